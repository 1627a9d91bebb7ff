/*
 * How many interrupts, and on which CPU, intrmap_create(9).
 */
#ifndef _SYS_INTRMAP_H_
#define _SYS_INTRMAP_H_

struct intrmap;
struct cpu_info;
struct device;

#define INTRMAP_POWEROF2	(1 << 0)

struct intrmap *intrmap_create(const struct device *, unsigned int,
    unsigned int, unsigned int);
void intrmap_destroy(struct intrmap *);
unsigned int intrmap_count(const struct intrmap *);
struct cpu_info *intrmap_cpu(const struct intrmap *, unsigned int);

#endif

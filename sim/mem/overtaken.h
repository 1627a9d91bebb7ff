/*
 * overtaken.h: loads that a later store of their CPU may overtake.
 *
 * Where a CPU does not keep a load before a later store (ORDER_RW), a device may
 * see the store, act on it and write what the load then gives: load buffering.
 * Code that runs natively issues in order, so no run goes that way, nor does it
 * say which store depends on which load.  But up to the device's write such a
 * way is one that is gone: the store does not depend on the load, so it is the
 * same whatever the load gives.  So a device's write to what was loaded, no
 * barrier in between and a store that the device acts on after the load, is all
 * there is to see of it (rule J24).
 */
#ifndef VIOTAPE_OVERTAKEN_H
#define VIOTAPE_OVERTAKEN_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

#define OVERTAKEN_CPUS	4u

struct overtaken;

struct overtaken *overtaken_create(void);
void overtaken_destroy(struct overtaken *o);
void overtaken_load(struct overtaken *o, unsigned cpu, uint64_t pa,
    size_t size, const void *pc);
/* Loads before it come before stores after it. */
void overtaken_barrier(struct overtaken *o, unsigned cpu);
/* What a load was overtaken by, as bits. */
#define OVERTAKEN_STORE		1u
#define OVERTAKEN_REGISTER	2u	/* a write of a register */

struct overtaken_load {
	const void *pc;
	uint64_t pa;
	unsigned by;
};

/* A store that a device acts on: all that was loaded may come after it. */
void overtaken_store(struct overtaken *o, unsigned cpu, unsigned by);
/* A device writes: 1, and *load, if that is what a load before such a store may
   give, too; each once. */
int overtaken_write(struct overtaken *o, uint64_t pa, size_t size,
    struct overtaken_load *load);
void overtaken_state(const struct overtaken *o, struct state *s);

#endif

/*
 * race.h: accesses of several CPUs that nothing orders.
 *
 * Each CPU has a clock, which goes on whenever it lets others know of what it
 * did: it leaves a lock, wakes a process, stores what a device is to see.  Who
 * learns of that (takes the lock, is woken, is interrupted by the device) knows
 * the clock of then.  Two accesses to a byte, one of them a store, by two CPUs
 * are a data race if the later one's CPU does not know of the earlier one (rule
 * R1; C11, 5.1.2.4).  Volatile and atomic accesses are not told here.
 */
#ifndef VIOTAPE_RACE_H
#define VIOTAPE_RACE_H

#include <stddef.h>
#include <stdint.h>

#define RACE_CPUS	4u

struct race;

/* The other access of a race. */
struct race_other {
	uint64_t va;			/* of the byte */
	const void *pc;			/* NULL: more than 2 GB from others */
	int write;
};

struct race *race_create(void);
void race_destroy(struct race *r);
/* The CPU that runs from now on. */
void race_cpu(struct race *r, unsigned cpu);
/* 1, and *other, if an access of another CPU is unordered with this one. */
int race_access(struct race *r, uint64_t va, size_t size, int write,
    const void *pc, struct race_other *other);
/* What the CPU did so far is known to who takes token later; token is a lock, a
   channel or whatever else orders; numbers are the caller's. */
void race_let(struct race *r, uint64_t token);
void race_take(struct race *r, uint64_t token);
/* The bytes are others' from now on: freed, or allocated. */
void race_forget(struct race *r, uint64_t va, uint64_t size);

#endif

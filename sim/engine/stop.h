/*
 * stop.h: the place in a run where a debugger is to stop.
 *
 * A run that has a struct run_stop calls sim_stopped_here() when it comes to
 * its place: right before a store that is known by its number, or the nth time
 * that somebody asks who called, and the answer is a certain path.  With a
 * breakpoint there the guest stands on the stack above.
 */
#ifndef VIOTAPE_STOP_H
#define VIOTAPE_STOP_H

#include <stdint.h>

#include "callpath.h"
#include "finding.h"

struct run_stop {
	uint64_t store;			/* its number in the run, or 0 */
	/* Where store is 0: */
	struct callpath path;
	uint64_t nth;			/* from 1; 0: none, it is counted */
	/* The run's own: */
	uint64_t event;			/* of the finding, when it counts */
	uint64_t seen;			/* times so far, */
	uint64_t at;			/* the first at event, or 0 */
};

/*
 * Where a finding comes about: the first store concerned, where it is about
 * one.  Else where it is noticed: *stop is then one that counts, for a run of
 * its own and run_stop_counted().  0; -1 if the finding has no place.
 */
int run_stop_at(struct run_stop *stop, const struct finding *f,
    const struct callpaths *paths);
/* After the run that counted: the time nearest to the finding.  -1: never. */
int run_stop_counted(struct run_stop *stop);

/* For breakpoints: does nothing, and no compiler takes it away. */
void sim_stopped_here(void);

struct run;

/* run.c's: a run begins. */
void run_stop_begin(struct run *r);
/* The watched store is about to happen. */
void run_stop_store(struct run *r, uint64_t seq);

#endif

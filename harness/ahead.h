/*
 * ahead.h: guests that are built in other processes, ahead of need.
 *
 *	a = ahead_create(revisions, n, jobs)
 *	ahead_begin(a, i)		it may be needed soon
 *	ahead_build(a, i, &err)		it is needed
 *	ahead_free(a)			waits for what is still being built
 *
 * What is built is in the cache (guest_build.h), so that load_guest() has
 * nothing more to do.
 */
#ifndef VIOTAPE_AHEAD_H
#define VIOTAPE_AHEAD_H

#include <stddef.h>

#include "guest_source.h"
#include "sim.h"

struct ahead;

/* n guests; specs stays the caller's and has to live on.  So many processes
   with ours; 1: no other. */
struct ahead *ahead_create(const struct guest_spec *specs, size_t n,
    unsigned jobs);
/* Unless it was begun before, or there are as many as there may be. */
void ahead_begin(struct ahead *a, size_t i);
/* Builds it, or waits for that.  -1 as guest_build(). */
int ahead_build(struct ahead *a, size_t i, struct error *err);
void ahead_free(struct ahead *a);	/* NULL is allowed */

#endif

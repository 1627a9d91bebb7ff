/*
 * arena.h: the heap of a run whose memory is put back (snapshot.h): one range
 * of addresses, with all that says what is free in it.
 *
 * Where it is on, check_malloc() and its like take from it; what lives longer
 * than the run, or is not to be put back, is allocated between arena_pause()
 * and arena_resume().  Memory is known by its address, so check_free() and
 * check_realloc() take either kind at any time.
 */
#ifndef VIOTAPE_ARENA_H
#define VIOTAPE_ARENA_H

#include <stddef.h>

#include "error.h"

/*
 * On.  Starts as new if nothing lives in it any more.  ERROR_SYSTEM: no
 * addresses.
 */
int arena_begin(struct error *err);
void arena_end(void);			/* off; what lives in it stays */
/* For the time being; these may be nested. */
void arena_pause(void);
void arena_resume(void);
int arena_is_on(void);

/* All of it, to be tracked; nobody ever stored behind the first used bytes. */
void arena_range(void **start, size_t *len, size_t *used);

int arena_owns(const void *p);
void *arena_alloc(size_t size);		/* CHECK: it is full */
void *arena_alloc_zeroed(size_t size);
void *arena_realloc(void *p, size_t size);
void arena_free(void *p);

#endif

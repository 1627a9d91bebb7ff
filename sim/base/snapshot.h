/*
 * snapshot.h: memory that can be put back as it was.
 *
 * Ranges are tracked: their pages are protected, and the first store to one is
 * a fault of the processor, by which it is known to change (host.h).  A snapshot
 * shares the pages that did not change with those before it; so it costs what
 * has changed, and putting one back costs what differs.  Pages that change again
 * and again stay unprotected, and are compared instead.
 *
 * One process has one such set.  All calls are for code whose stack is in none
 * of the ranges.  A system call must not be given a buffer in one to fill.
 */
#ifndef VIOTAPE_SNAPSHOT_H
#define VIOTAPE_SNAPSHOT_H

#include <stddef.h>

#include "error.h"
#include "state.h"

struct snapshot;

/* ERROR_SYSTEM: no memory for it.  Then nothing is tracked. */
int snapshot_begin(struct error *err);
/* Everything as it is now, and writable; all snapshots are freed before. */
void snapshot_end(void);

/*
 * Before the first snapshot, or without any effect if there was no begin:
 * len bytes from start, both multiples of the page size; or any few bytes,
 * which are copied each time.
 */
void snapshot_track(void *start, size_t len);
/* Just mapped, and all zeros but for the first used bytes: it is put back
   without a system call where a system allows for it. */
void snapshot_track_new(void *start, size_t len, size_t used);
void snapshot_track_stack(void *start, size_t len);	/* of a fiber */
void snapshot_track_bytes(void *start, size_t len);
/* The range is about to be unmapped. */
void snapshot_untrack(void *start);

/*
 * Adds SNAPSHOT_CHUNK bytes, by a state of their own; p is a multiple of it.
 * What did not change is not read again.
 */
#define SNAPSHOT_CHUNK	4096u
void snapshot_state(const void *p, struct state *s);

struct snapshot *snapshot_take(void);
/* One more that has s, who gives it to snapshot_free(), too. */
struct snapshot *snapshot_share(struct snapshot *s);
/* Memory is what it was when s was taken; s stays. */
void snapshot_put_back(const struct snapshot *s);
void snapshot_free(struct snapshot *s);		/* NULL is allowed */

#endif

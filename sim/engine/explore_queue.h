/*
 * explore_queue.h: ways that wait to be gone on with, those first that turned
 * least often, and of those the one that was found last, for little is to be put
 * back for it.  explore.c alone includes it.
 *
 * Each way that waits is one execution, and what is added later turned no less
 * than what was taken.  So if there is room for no more than so many, those that
 * turned most are dropped, and what was dropped is known by its turns.
 *
 * Each that waits takes memory.  Where very many do, those go first that turned
 * most: they are soon over, and few part from them.
 */
#ifndef VIOTAPE_EXPLORE_QUEUE_H
#define VIOTAPE_EXPLORE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "host.h"
#include "snapshot.h"

/* A run that stands still: its memory, and what of it goes on. */
struct place {
	struct snapshot *memory;
	struct host_fiber *at;
};

/*
 * A way that parts from another one within a window begins where the window
 * does, or before it, and is told the answers up to its turn: what it does up to
 * there is done once more, which costs less than memory that is kept for each.
 */
struct waiting {
	struct place at;
	uint8_t *picks;			/* the last is its turn */
	size_t npicks;			/* 0: at is the end of a window */
	uint32_t turns;			/* the last one, too */
	uint32_t window;		/* whose way it is, by number */
};

struct explore_bucket;

struct explore_queue {
	struct explore_bucket *list;	/* by turns */
	size_t nlist;
	size_t n;			/* in all of them */
	size_t wide;			/* if more wait, those first that turned
					   most */
	uint32_t dropped;		/* the least turns of those; QUEUE_NONE */
};

#define QUEUE_NONE	UINT32_MAX

struct place place_share(const struct place *p);
void place_free(struct place *p);

void explore_queue_init(struct explore_queue *q, size_t wide);
/* All that still wait are freed. */
void explore_queue_free(struct explore_queue *q);
/* w->at is shared with the queue, picks are copied. */
void explore_queue_add(struct explore_queue *q, const struct waiting *w);
/* The next one, which is now the caller's, for waiting_free(); 0: none waits. */
int explore_queue_take(struct explore_queue *q, struct waiting *w);
void waiting_free(struct waiting *w);
/* No more than max stay. */
void explore_queue_limit(struct explore_queue *q, uint64_t max);
/* The least turns of what waits or was dropped; QUEUE_NONE: there is nothing. */
uint32_t explore_queue_least(const struct explore_queue *q);

#endif

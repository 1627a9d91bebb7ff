/*
 * explore_story.h: what is told of a way as it is gone again: where it turned
 * off the plain one, and what the host saw there.  explore.c and
 * explore_story.c alone include it.
 */
#ifndef VIOTAPE_EXPLORE_STORY_H
#define VIOTAPE_EXPLORE_STORY_H

#include "explore.h"
#include "run_state.h"

#define STORY_TURNS_MAX	10u		/* that are told; more are counted */
#define STORY_SEEN_MAX	8u		/* bytes of a look that are told */

/* A choice that was not the plain one. */
struct story_turn {
	enum choice_kind kind;
	size_t number;			/* of the choice, from 0 */
	uint64_t event;			/* of the run, that came last */
	callpath_id by;			/* who did what the turn hangs on */
	/* What the host looked at then: nbytes 0 is nothing yet. */
	enum dma_purpose purpose;
	uint16_t queue;
	size_t nbytes;
	uint8_t host[STORY_SEEN_MAX], guest[STORY_SEEN_MAX];
	callpath_id stored;		/* who stored what it did not see, */
	uint64_t store;			/* and the number of that store */
};

struct explore_story {
	struct story_turn turns[STORY_TURNS_MAX];
	size_t nturns;			/* may be more than are kept */
	size_t asked;			/* choices so far */
	size_t nover, over;		/* answers that there are not; the
					   first one's number ... */
	unsigned over_n;		/* ... and how many it has */
};

/* The answer of a way to the next choice; 0 where it has none. */
unsigned explore_story_ask(struct explore_story *s, struct run *r,
    const struct explore_way *way, enum choice_kind kind, unsigned n);
/* The host's next access, after what was picked for it. */
void explore_story_dma(struct explore_story *s, struct run *r,
    const struct machine_dma *a);
/*
 * Into the finding that the way leads to, before what follows from it; and as
 * divergences what of the way did not fit this run.
 */
void explore_story_tell(const struct explore_story *s,
    const struct explore_way *way, struct run_result *result);

#endif

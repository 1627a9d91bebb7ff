/*
 * choice.h: the one door for chance.  Every undetermined thing of a run is a
 * choice between n alternatives, asked here; alternative 0 is always the plain
 * one (the host steps at once, an allocation succeeds, nothing is lost).
 *
 * Where the answers come from is the mode: always 0; a recorded list, then 0;
 * a seed.  Every answer is kept, so that any run can be run again.
 */
#ifndef VIOTAPE_CHOICE_H
#define VIOTAPE_CHOICE_H

#include <stddef.h>
#include <stdint.h>

#include "prng.h"

#define CHOICE_CACHE	(0xfu << CHOICE_CACHE_EVICT)	/* in kinds */

enum choice_kind {
	CHOICE_HOST_STEP,	/* after a register write: 0 now, 1 later */
	CHOICE_ALLOCATION,	/* 0 succeeds, 1 fails */
	CHOICE_PLACEMENT,	/* where an allocation lies */
	/* avail.idx was stored, or given by a sync: 0 the host waits for its
	   notification, 1 it looks at once */
	CHOICE_HOST_LOOK,
	/* used.idx is about to be loaded: 0 nothing happens, 1 the host works
	   right then, and the load sees the index that it wrote */
	CHOICE_HOST_LATE,
	/* What becomes of a cache line, as enum cache_fate and in its order:
	   0 as its rule says, 1 the other way.  Asked where it is in kinds
	   only: a run has millions.  An exploration asks for two of them, when
	   somebody looks (rule C6). */
	CHOICE_CACHE_EVICT, CHOICE_CACHE_FILL, CHOICE_CACHE_OVERWRITE,
	CHOICE_CACHE_DISCARD,
	/* Which of the buffered stores a look sees, and how old a load is:
	   order.h */
	CHOICE_ORDER_LOOK, CHOICE_ORDER_AGE,
	/* A barrier is about to make a store of avail.idx visible: 0 it does,
	   1 a host that has work works before that */
	CHOICE_HOST_DRAIN,
	/* A host that works late has served a chain and has more: 0 it goes
	   on, 1 the driver does, for now */
	CHOICE_HOST_PAUSE,
	/* Interrupts may be delivered: which of them, and last: none yet */
	CHOICE_ARRIVAL,
	/* The other CPU may go on, or take an interrupt: 0 this one goes on, 1
	   that one */
	CHOICE_CPU,
	/* A timeout is pending: 0 it comes when everybody waits, 1 now, for
	   so much time may have passed */
	CHOICE_TIMER,
	CHOICE_KINDS
};

/*
 * CHOICE_ONE: the one_at-th choice (from 1) of kind one_kind takes 1.
 * CHOICE_EVERY: every choice of the kinds that are asked does.
 * CHOICE_ASKED: ask says.
 */
enum choice_mode { CHOICE_PLAIN, CHOICE_RECORDED, CHOICE_RANDOM, CHOICE_ONE,
    CHOICE_EVERY, CHOICE_ASKED };

struct choice_made {
	uint8_t kind;		/* enum choice_kind */
	uint8_t n;		/* alternatives, 2 to 255 */
	uint8_t picked;
};

struct choice {
	enum choice_mode mode;
	struct prng prng;
	/* Answers to what is asked of kinds, in order; not owned. */
	const uint8_t *recorded;
	size_t nrecorded, nanswered;
	unsigned (*ask)(void *self, enum choice_kind kind, unsigned n);
	void *ask_self;
	enum choice_kind one_kind;
	uint64_t one_at;
	uint64_t asked[CHOICE_KINDS];	/* how often, of each kind */
	uint32_t kinds;			/* bit set of kinds that are asked;
					   others always take 0 */
	struct choice_made *made;
	size_t nmade, made_max;
};

/* All kinds plain. */
void choice_init(struct choice *c);
void choice_free(struct choice *c);
/* A number below n; n is 1 to 255. */
unsigned choice_pick(struct choice *c, enum choice_kind kind, unsigned n);

#endif

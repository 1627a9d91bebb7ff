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

enum choice_kind {
	CHOICE_HOST_STEP,	/* after a register write: 0 now, 1 later */
	CHOICE_ALLOCATION,	/* 0 succeeds, 1 fails */
	CHOICE_PLACEMENT,	/* where an allocation lies */
	CHOICE_KINDS
};

/* CHOICE_ONE: the one_at-th choice (from 1) of kind one_kind takes 1. */
enum choice_mode { CHOICE_PLAIN, CHOICE_RECORDED, CHOICE_RANDOM, CHOICE_ONE };

struct choice_made {
	uint8_t kind;		/* enum choice_kind */
	uint8_t n;		/* alternatives, 2 to 255 */
	uint8_t picked;
};

struct choice {
	enum choice_mode mode;
	struct prng prng;
	const uint8_t *recorded;	/* not owned */
	size_t nrecorded;
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

/*
 * state_memo.h: parts of a state that cost something to add: bytes of which
 * there are many and which change seldom, and things whose order is chance.
 *
 *	struct state_memo m = {0};
 *	...
 *	bytes are written:	m.fresh = 0
 *	state_memo_add(&m, s, bytes, n)		reads them only if it is 0
 */
#ifndef VIOTAPE_STATE_MEMO_H
#define VIOTAPE_STATE_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

/* {0} before the first use. */
struct state_memo {
	struct state of;
	int fresh;			/* of is the bytes' as they are */
};

/* Adds n bytes by their own state; whoever changes them clears fresh. */
void state_memo_add(struct state_memo *m, struct state *s, const void *bytes,
    size_t n);

void state_add_string(struct state *s, const char *text);	/* or NULL */

/*
 * A set: each member is made a state of its own, and they are summed up, so
 * that in which order they come says nothing.  {0} is the empty one.
 */
struct state_set {
	struct state sum;
	uint64_t n;
};

void state_set_add(struct state_set *set, const struct state *member);
void state_set_take(struct state_set *set, const struct state *member);
void state_add_set(struct state *s, const struct state_set *set);

#endif

/*
 * state.h: what the future of a run depends on, as 128 bits: two runs whose
 * states are equal go on alike, whatever way each came.
 *
 * A module with a state has a function NAME_state(), which adds all of it that
 * anything later can depend on.  Left out is only history: numbers of events,
 * statistics, texts for people, what is kept for a report.  A doubt is decided
 * for adding: too much costs executions, too little would make a proof of what
 * was not looked at.  Pointers are added as what they point to, or as an index,
 * never as numbers; bytes that nobody wrote (padding) never.  The order in which
 * things are added is part of the state, so lengths go before lists.
 */
#ifndef VIOTAPE_STATE_H
#define VIOTAPE_STATE_H

#include <stddef.h>
#include <stdint.h>

struct state {
	uint64_t a, b;
};

void state_init(struct state *s);
void state_add(struct state *s, const void *bytes, size_t n);
/* The constants have no pattern: fractions of square roots of primes. */
static inline void
state_add_u64(struct state *s, uint64_t value)
{
	s->a = (s->a ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	s->a ^= s->a >> 29;
	s->b = (s->b + value) * UINT64_C(0xbb67ae8584caa73b);
	s->b ^= s->b >> 32;
}
/* Words of a stack, whatever lies between its variables. */
void state_add_stack(struct state *s, const uint64_t *words, size_t n);
/*
 * What was called from here leaves nothing on the stack below: for what runs on
 * the guest's stacks and differs where their states do not.
 */
void state_stack_clean(void);
/* The same state twice over: 1 if equal. */
int state_same(const struct state *x, const struct state *y);

#endif

/* state.c: 128 bits of a state; two independent mixes of the same words. */
#include "state.h"
#include "stack_wipe.h"

#include <string.h>

void
state_init(struct state *s)
{
	s->a = UINT64_C(0xbb67ae8584caa73b);
	s->b = UINT64_C(0x3c6ef372fe94f82b);
}

/*
 * Long ones in lanes beside each other: a step of one lane waits for the step
 * before it, and a CPU multiplies for several at a time.
 */
#define LANES	4u
#define LONG	256u

static const uint8_t *
add_lanes(struct state *s, const uint8_t *p, size_t blocks)
{
	struct state l0 = *s, l1 = { ~s->a, s->b }, l2 = { s->a, ~s->b };
	struct state l3 = { ~s->a, ~s->b };
	uint64_t w[LANES];

	for (; blocks > 0; blocks--, p += sizeof w) {
		memcpy(w, p, sizeof w);
		state_add_u64(&l0, w[0]);
		state_add_u64(&l1, w[1]);
		state_add_u64(&l2, w[2]);
		state_add_u64(&l3, w[3]);
	}
	*s = l0;
	state_add_u64(s, l1.a);
	state_add_u64(s, l1.b);
	state_add_u64(s, l2.a);
	state_add_u64(s, l2.b);
	state_add_u64(s, l3.a);
	state_add_u64(s, l3.b);
	return p;
}

void
state_add(struct state *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t word;

	state_add_u64(s, n);
	if (n >= LONG) {
		size_t block = LANES * sizeof word;

		p = add_lanes(s, p, n / block);
		n %= block;
	}
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		state_add_u64(s, word);
	}
	if (n > 0) {
		word = 0;
		memcpy(&word, p, n);
		state_add_u64(s, word);
	}
}

/* Redzones lie there, too, where stores are watched: so each word by itself,
   and by no function that is watched. */
__attribute__((no_sanitize("address"))) void
state_add_stack(struct state *s, const uint64_t *words, size_t n)
{
	struct state other = { s->b, s->a };

	for (; n >= 2; n -= 2, words += 2) {
		state_add_u64(s, words[0]);
		state_add_u64(&other, words[1]);
	}
	if (n > 0)
		state_add_u64(s, words[0]);
	state_add_u64(s, other.a);
	state_add_u64(s, other.b);
}

#define CLEANED	8192u			/* bytes; who goes deeper leaves some */

__attribute__((noinline, no_sanitize("address"))) void
state_stack_clean(void)
{
	STACK_WIPE_DOWN(CLEANED);
}

int
state_same(const struct state *x, const struct state *y)
{
	return x->a == y->a && x->b == y->b;
}

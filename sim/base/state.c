/* state.c: 128 bits of a state; two independent mixes of the same words. */
#include "state.h"

#include <string.h>

/* Odd constants without a pattern: fractions of square roots of primes. */
#define MIX_A	UINT64_C(0x9e3779b97f4a7c15)
#define MIX_B	UINT64_C(0xbb67ae8584caa73b)
#define MIX_C	UINT64_C(0x3c6ef372fe94f82b)

void
state_init(struct state *s)
{
	s->a = MIX_B;
	s->b = MIX_C;
}

static inline void
mix(struct state *s, uint64_t word)
{
	s->a = (s->a ^ word) * MIX_A;
	s->a ^= s->a >> 29;
	s->b = (s->b + word) * MIX_B;
	s->b ^= s->b >> 32;
}

void
state_add_u64(struct state *s, uint64_t value)
{
	mix(s, value);
}

void
state_add(struct state *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t word;

	mix(s, n);
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		mix(s, word);
	}
	if (n > 0) {
		word = 0;
		memcpy(&word, p, n);
		mix(s, word);
	}
}

int
state_same(const struct state *x, const struct state *y)
{
	return x->a == y->a && x->b == y->b;
}

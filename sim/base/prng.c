/* prng.c: splitmix64. */
#include "prng.h"
#include "check.h"

uint64_t
prng_next(struct prng *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t
prng_below(struct prng *r, uint64_t n)
{
	CHECK(n > 0);
	return prng_next(r) % n;
}

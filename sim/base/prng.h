/*
 * prng.h: the one pseudo-random sequence (splitmix64), for tests and for the
 * random mode of the choice module.  Same seed, same numbers, everywhere.
 */
#ifndef VIOTAPE_PRNG_H
#define VIOTAPE_PRNG_H

#include <stdint.h>

struct prng {
	uint64_t state;
};

uint64_t prng_next(struct prng *r);
/* A number below n, without bias worth naming for n below 2^32; n > 0. */
uint64_t prng_below(struct prng *r, uint64_t n);

#endif

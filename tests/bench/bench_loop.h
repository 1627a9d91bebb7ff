/*
 * bench_loop.h: the loop that is timed, the same text for the guest, where it
 * is instrumented, and for the bench, where it is not.
 */
#ifndef VIOTAPE_BENCH_LOOP_H
#define VIOTAPE_BENCH_LOOP_H

#define BENCH_WORDS	16384u		/* of 4 bytes: 64 KiB */
#define BENCH_ROUNDS	100u

/* Cases of bench_guest.c. */
#define BENCH_NOTHING	0		/* all but the loop */
#define BENCH_HEAP	1		/* memory of malloc(9), no device near */
#define BENCH_STATIC	2		/* the guest's own data */

static void
bench_loop(unsigned int *words, unsigned int rounds)
{
	unsigned int i, round;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < BENCH_WORDS; i++)
			words[i] = round;
}

#endif

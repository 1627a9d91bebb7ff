/*
 * bench_guest.c: a guest that stores to memory no device can see, for
 * bench_store.c.  As a driver it matches nothing; it is there for its steps.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/errno.h>
#include <sys/malloc.h>

#include "kern_var.h"
#include "bench_loop.h"

static int testdev_match(struct device *, void *, void *);
static void testdev_attach(struct device *, struct device *, void *);

const struct cfattach testdev_ca = {
	sizeof(struct device), testdev_match, testdev_attach
};

struct cfdriver testdev_cd = {
	NULL, "testdev", DV_DULL, CD_COCOVM
};

static unsigned int words[BENCH_WORDS];

static int
testdev_match(struct device *parent, void *match, void *aux)
{
	return 0;
}

static void
testdev_attach(struct device *parent, struct device *self, void *aux)
{
}

/* Both kinds of memory are had in every case, so that only the loop differs. */
int
testdev_raise(hc_u64 n)
{
	unsigned int *heap;

	heap = malloc(sizeof(words), M_DEVBUF, M_WAITOK);
	if (n == BENCH_HEAP)
		bench_loop(heap, BENCH_ROUNDS);
	if (n == BENCH_STATIC)
		bench_loop(words, BENCH_ROUNDS);
	free(heap, M_DEVBUF, sizeof(words));
	return n > BENCH_STATIC ? EINVAL : 0;
}

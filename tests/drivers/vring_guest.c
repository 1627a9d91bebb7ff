/*
 * vring_guest.c: a guest driver that only posts: the step "raise K" makes K
 * chains of one readable buffer available, one by one, each by a store of
 * avail.idx of its own, and waits for nothing.  The ring is virtio.c's, as it
 * is.  Chain n reads the word n + 1.  The device is that of vring_model.h.
 */
#include "testvq_guest.h"

#define POST_WORDS	(PAGE_SIZE / sizeof(uint32_t))

/* No vq_done: nothing comes back, and nobody is interrupted. */
static void
testvq_attach(struct device *parent, struct device *self, void *aux)
{
	struct testvq_softc *sc = testvq_begin(parent, self, IPL_BIO, 1);
	int kept;

	virtio_stop_vq_intr(sc->sc_virtio, &sc->sc_vq);
	/* So that no entry is 0, as those are that were never written. */
	if (virtio_enqueue_prep(&sc->sc_vq, &kept) != 0 || kept != 0)
		panic("testvq: slot 0 is not the first");
	testvq_memory(sc);
	printf("\n");
	testvq_end(sc, aux);
}

int
testdev_raise(uint64_t n)
{
	struct testvq_softc *sc = testvq_first();
	uint32_t *word;
	uint64_t i;
	int slot;

	if (sc == NULL || n > POST_WORDS)
		return ENXIO;
	word = (uint32_t *)sc->sc_kva;
	for (i = 0; i < n; i++)
		word[i] = i + 1;
	bus_dmamap_sync(sc->sc_virtio->sc_dmat, sc->sc_map, 0, PAGE_SIZE,
	    BUS_DMASYNC_PREWRITE);
	for (i = 0; i < n; i++) {
		if (virtio_enqueue_prep(&sc->sc_vq, &slot) != 0 ||
		    virtio_enqueue_reserve(&sc->sc_vq, slot, 1) != 0)
			return ENOSPC;
		virtio_enqueue_p(&sc->sc_vq, slot, sc->sc_map,
		    i * sizeof(*word), sizeof(*word), 1);
		virtio_enqueue_commit(sc->sc_virtio, &sc->sc_vq, slot, 1);
	}
	return 0;
}

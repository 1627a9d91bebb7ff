/*
 * transports_guest.c: a guest driver of the simplest device there is, which
 * gives back what it is sent, for every transport of virtio: one queue, a
 * chain of two readable buffers and a writable one, interrupts.  The step
 * "raise n" sends n requests, each waited for, and looks at the answers and
 * at the device's configuration.
 */
#include "testvq_guest.h"

#define TESTVQ_HALF	32		/* bytes of each readable buffer */
#define TESTVQ_WAIT	1000000000ULL	/* ns */

static int testvq_done(struct virtqueue *);

static void
testvq_attach(struct device *parent, struct device *self, void *aux)
{
	struct testvq_softc *sc = testvq_begin(parent, self, IPL_BIO, 3);
	struct virtio_softc *vsc = sc->sc_virtio;

	sc->sc_vq.vq_done = testvq_done;
	testvq_memory(sc);
	printf(": version_1 %d indirect %d event %d queue %u config 0x%llx\n",
	    vsc->sc_version_1, vsc->sc_indirect,
	    virtio_has_feature(vsc, VIRTIO_F_RING_EVENT_IDX),
	    sc->sc_vq.vq_num, virtio_read_device_config_8(vsc, 0));
	testvq_end(sc, aux);
	(void)virtio_start_vq_intr(vsc, &sc->sc_vq);
}

static int
testvq_done(struct virtqueue *vq)
{
	struct testvq_softc *sc =
	    (struct testvq_softc *)vq->vq_owner->sc_child;
	int slot, n = 0;

	while (virtio_dequeue(vq->vq_owner, vq, &slot, &sc->sc_len) == 0) {
		bus_dmamap_sync(vq->vq_owner->sc_dmat, sc->sc_map, 0,
		    2 * TESTVQ_HALF, BUS_DMASYNC_POSTWRITE);
		bus_dmamap_sync(vq->vq_owner->sc_dmat, sc->sc_map,
		    PAGE_SIZE / 2, 2 * TESTVQ_HALF, BUS_DMASYNC_POSTREAD);
		virtio_dequeue_commit(vq, slot);
		sc->sc_done++;
		n++;
	}
	(void)virtio_start_vq_intr(vq->vq_owner, vq);
	wakeup(sc);
	return n != 0;
}

/* 0 if it came back as it was sent. */
static int
testvq_echo(struct testvq_softc *sc, unsigned int round)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = &sc->sc_vq;
	int slot, i, s, before = sc->sc_done;

	for (i = 0; i < 2 * TESTVQ_HALF; i++)
		sc->sc_kva[i] = (char)(round * 7 + i);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_map, 0, 2 * TESTVQ_HALF,
	    BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_map, PAGE_SIZE / 2,
	    2 * TESTVQ_HALF, BUS_DMASYNC_PREREAD);
	if (virtio_enqueue_prep(vq, &slot) != 0 ||
	    virtio_enqueue_reserve(vq, slot, 3) != 0)
		return ENOSPC;
	virtio_enqueue_p(vq, slot, sc->sc_map, 0, TESTVQ_HALF, 1);
	virtio_enqueue_p(vq, slot, sc->sc_map, TESTVQ_HALF, TESTVQ_HALF, 1);
	virtio_enqueue_p(vq, slot, sc->sc_map, PAGE_SIZE / 2, 2 * TESTVQ_HALF,
	    0);
	s = splbio();
	virtio_enqueue_commit(vsc, vq, slot, 1);
	while (sc->sc_done == before)
		if (tsleep_nsec(sc, 0, "testvq", TESTVQ_WAIT) != 0)
			break;
	splx(s);
	if (sc->sc_done != before + 1 || sc->sc_len != 2 * TESTVQ_HALF)
		return EIO;
	return memcmp(sc->sc_kva, sc->sc_kva + PAGE_SIZE / 2,
	    2 * TESTVQ_HALF) != 0 ? EIO : 0;
}

int
testdev_raise(uint64_t n)
{
	struct testvq_softc *sc = testvq_first();
	uint64_t i;
	int error = 0;

	if (sc == NULL)
		return ENXIO;
	for (i = 0; error == 0 && i < n; i++)
		error = testvq_echo(sc, i);
	/* Behind the registers: it moves where MSI-X came on meanwhile. */
	if (error == 0 && virtio_read_device_config_8(sc->sc_virtio, 0) !=
	    0x0807060504030201ULL)
		error = EINVAL;
	return error;
}

/*
 * transports_guest.c: a guest driver of the simplest device there is, which
 * gives back what it is sent, for every transport of virtio: one queue, a
 * chain of two readable buffers and a writable one, interrupts.  The step
 * "raise n" sends n requests, each waited for, and looks at the answers and
 * at the device's configuration.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>

#include <machine/bus.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

#define TESTVQ_ID	4		/* entropy: a type with a legacy id */
#define TESTVQ_HALF	32		/* bytes of each readable buffer */
#define TESTVQ_WAIT	1000000000ULL	/* ns */

struct testvq_softc {
	struct device		 sc_dev;
	struct virtio_softc	*sc_virtio;
	struct virtqueue	 sc_vq;
	bus_dma_segment_t	 sc_seg;
	bus_dmamap_t		 sc_map;
	caddr_t			 sc_kva;
	int			 sc_done;
	int			 sc_len;
};

static int testvq_match(struct device *, void *, void *);
static void testvq_attach(struct device *, struct device *, void *);
static int testvq_done(struct virtqueue *);
int testdev_raise(uint64_t);

const struct cfattach testvq_ca = {
	sizeof(struct testvq_softc), testvq_match, testvq_attach
};

struct cfdriver testvq_cd = {
	NULL, "testvq", DV_DULL, CD_COCOVM
};

static int
testvq_match(struct device *parent, void *match, void *aux)
{
	struct virtio_attach_args *va = aux;

	return va->va_devid == TESTVQ_ID;
}

static int
testvq_memory(struct testvq_softc *sc)
{
	bus_dma_tag_t t = sc->sc_virtio->sc_dmat;
	int n;

	return bus_dmamem_alloc(t, PAGE_SIZE, PAGE_SIZE, 0, &sc->sc_seg, 1, &n,
	    BUS_DMA_NOWAIT | BUS_DMA_ZERO) != 0 ||
	    bus_dmamem_map(t, &sc->sc_seg, 1, PAGE_SIZE, &sc->sc_kva,
	    BUS_DMA_NOWAIT) != 0 ||
	    bus_dmamap_create(t, PAGE_SIZE, 1, PAGE_SIZE, 0, BUS_DMA_NOWAIT,
	    &sc->sc_map) != 0 ||
	    bus_dmamap_load(t, sc->sc_map, sc->sc_kva, PAGE_SIZE, NULL,
	    BUS_DMA_NOWAIT) != 0;
}

static void
testvq_attach(struct device *parent, struct device *self, void *aux)
{
	struct testvq_softc *sc = (struct testvq_softc *)self;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;

	vsc->sc_child = self;
	vsc->sc_ipl = IPL_BIO;
	vsc->sc_vqs = &sc->sc_vq;
	vsc->sc_nvqs = 1;
	sc->sc_virtio = vsc;
	if (virtio_negotiate_features(vsc, NULL) != 0 ||
	    virtio_alloc_vq(vsc, &sc->sc_vq, 0, 3, "echo") != 0)
		panic("testvq: no queue");
	sc->sc_vq.vq_done = testvq_done;
	if (testvq_memory(sc) != 0)
		panic("testvq: no memory");
	printf(": version_1 %d indirect %d event %d queue %u config 0x%llx\n",
	    vsc->sc_version_1, vsc->sc_indirect,
	    virtio_has_feature(vsc, VIRTIO_F_RING_EVENT_IDX),
	    sc->sc_vq.vq_num, virtio_read_device_config_8(vsc, 0));
	if (virtio_attach_finish(vsc, aux) != 0)
		panic("testvq: not started");
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
	struct testvq_softc *sc;
	uint64_t i;
	int error = 0;

	if (testvq_cd.cd_ndevs == 0)
		return ENXIO;
	sc = testvq_cd.cd_devs[0];
	for (i = 0; error == 0 && i < n; i++)
		error = testvq_echo(sc, i);
	/* Behind the registers: it moves where MSI-X came on meanwhile. */
	if (error == 0 && virtio_read_device_config_8(sc->sc_virtio, 0) !=
	    0x0807060504030201ULL)
		error = EINVAL;
	return error;
}

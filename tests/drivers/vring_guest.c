/*
 * vring_guest.c: a guest driver that only posts: the step "raise K" makes K
 * chains of one readable buffer available, one by one, each by a store of
 * avail.idx of its own, and waits for nothing.  The ring is virtio.c's, as it
 * is.  Chain n reads the word n + 1.  The device is that of vring_model.h.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>

#include <machine/bus.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

#define POST_ID		4		/* entropy */
#define POST_WORDS	(PAGE_SIZE / sizeof(uint32_t))

struct post_softc {
	struct device		 sc_dev;
	struct virtio_softc	*sc_virtio;
	struct virtqueue	 sc_vq;
	bus_dma_segment_t	 sc_seg;
	bus_dmamap_t		 sc_map;
	caddr_t			 sc_kva;
	int			 sc_kept;	/* a slot */
};

static int post_match(struct device *, void *, void *);
static void post_attach(struct device *, struct device *, void *);
int testdev_raise(uint64_t);

const struct cfattach testvq_ca = {
	sizeof(struct post_softc), post_match, post_attach
};

struct cfdriver testvq_cd = {
	NULL, "testvq", DV_DULL, CD_COCOVM
};

static int
post_match(struct device *parent, void *match, void *aux)
{
	struct virtio_attach_args *va = aux;

	return va->va_devid == POST_ID;
}

static int
post_memory(struct post_softc *sc)
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

/* No vq_done: nothing comes back, and nobody is interrupted. */
static void
post_attach(struct device *parent, struct device *self, void *aux)
{
	struct post_softc *sc = (struct post_softc *)self;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;

	vsc->sc_child = self;
	vsc->sc_ipl = IPL_BIO;
	vsc->sc_vqs = &sc->sc_vq;
	vsc->sc_nvqs = 1;
	sc->sc_virtio = vsc;
	if (virtio_negotiate_features(vsc, NULL) != 0 ||
	    virtio_alloc_vq(vsc, &sc->sc_vq, 0, 1, "post") != 0)
		panic("testvq: no queue");
	virtio_stop_vq_intr(vsc, &sc->sc_vq);
	/* So that no entry is 0, as those are that were never written. */
	if (virtio_enqueue_prep(&sc->sc_vq, &sc->sc_kept) != 0 ||
	    sc->sc_kept != 0)
		panic("testvq: slot 0 is not the first");
	if (post_memory(sc) != 0)
		panic("testvq: no memory");
	printf("\n");
	if (virtio_attach_finish(vsc, aux) != 0)
		panic("testvq: not started");
}

int
testdev_raise(uint64_t n)
{
	struct post_softc *sc;
	uint32_t *word;
	uint64_t i;
	int slot;

	if (testvq_cd.cd_ndevs == 0 || n > POST_WORDS)
		return ENXIO;
	sc = testvq_cd.cd_devs[0];
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

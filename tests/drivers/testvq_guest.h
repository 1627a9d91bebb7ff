/*
 * testvq_guest.h: of a guest driver for tests: the simplest virtio device there is, of
 * one queue, and a page of memory that it sees.  Who includes it defines
 * testvq_attach() and testdev_raise().
 */
#ifndef VIOTAPE_TESTVQ_GUEST_H
#define VIOTAPE_TESTVQ_GUEST_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/mutex.h>

#include <machine/bus.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

#define TESTVQ_ID	4		/* entropy: a type with a legacy id */

struct testvq_softc {
	struct device		 sc_dev;
	struct virtio_softc	*sc_virtio;
	struct virtqueue	 sc_vq;
	bus_dma_segment_t	 sc_seg;
	bus_dmamap_t		 sc_map;	/* of all of the page */
	caddr_t			 sc_kva;
	struct mutex		 sc_mtx, sc_other;
	int			 sc_done;
	int			 sc_len;
	int			 sc_mode, sc_shared;
};

static int testvq_match(struct device *, void *, void *);
static void testvq_attach(struct device *, struct device *, void *);
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

/* Up to where the queue is there, with chains of so many segments. */
static struct testvq_softc *
testvq_begin(struct device *parent, struct device *self, int ipl, int segments)
{
	struct testvq_softc *sc = (struct testvq_softc *)self;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;

	vsc->sc_child = self;
	vsc->sc_ipl = ipl;
	vsc->sc_vqs = &sc->sc_vq;
	vsc->sc_nvqs = 1;
	sc->sc_virtio = vsc;
	mtx_init(&sc->sc_mtx, ipl & IPL_IRQMASK);
	mtx_init(&sc->sc_other, ipl & IPL_IRQMASK);
	if (virtio_negotiate_features(vsc, NULL) != 0 ||
	    virtio_alloc_vq(vsc, &sc->sc_vq, 0, segments, "test") != 0)
		panic("testvq: no queue");
	return sc;
}

static void
testvq_memory(struct testvq_softc *sc)
{
	bus_dma_tag_t t = sc->sc_virtio->sc_dmat;
	int n;

	if (bus_dmamem_alloc(t, PAGE_SIZE, PAGE_SIZE, 0, &sc->sc_seg, 1, &n,
	    BUS_DMA_NOWAIT | BUS_DMA_ZERO) != 0 ||
	    bus_dmamem_map(t, &sc->sc_seg, 1, PAGE_SIZE, &sc->sc_kva,
	    BUS_DMA_NOWAIT) != 0 ||
	    bus_dmamap_create(t, PAGE_SIZE, 1, PAGE_SIZE, 0, BUS_DMA_NOWAIT,
	    &sc->sc_map) != 0 ||
	    bus_dmamap_load(t, sc->sc_map, sc->sc_kva, PAGE_SIZE, NULL,
	    BUS_DMA_NOWAIT) != 0)
		panic("testvq: no memory");
}

static void
testvq_end(struct testvq_softc *sc, void *aux)
{
	if (virtio_attach_finish(sc->sc_virtio, aux) != 0)
		panic("testvq: not started");
}

static struct testvq_softc *
testvq_first(void)
{
	return testvq_cd.cd_ndevs != 0 ? testvq_cd.cd_devs[0] : NULL;
}

#endif

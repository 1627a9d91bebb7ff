/*
 * rules_guest.c: a guest driver for tests: each case breaks one rule of the
 * kernel's, or comes as close to that as is legal.
 *
 *	testdev_attach		memory for DMA, loaded and synced both ways:
 *				sc_buf, and sc_ring for what comes back
 *	testdev_raise(n)	case n
 *
 * No case is in this file.  To those of the other files it is what a kernel is
 * to a driver: a finding is placed at the driver that made the map, and here
 * is made what they all use.
 */
#include "rules_guest.h"

static int testdev_match(struct device *, void *, void *);
static void testdev_attach(struct device *, struct device *, void *);
static int testdev_detach(struct device *, int);

const struct cfattach testdev_ca = {
	sizeof(struct testdev_softc), testdev_match, testdev_attach,
	testdev_detach
};

struct cfdriver testdev_cd = {
	NULL, "testdev", DV_DULL, CD_COCOVM
};

void
testdev_aim(struct testdev_softc *sc, int purpose, uint64_t addr, uint32_t len)
{
	PUT(sc, TD_PURPOSE, purpose);
	PUT(sc, TD_ADDR_LOW, (uint32_t)addr);
	PUT(sc, TD_ADDR_HIGH, (uint32_t)(addr >> 32));
	PUT(sc, TD_LEN, len);
}

void
testdev_complete(struct testdev_softc *sc)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	(void)WORD(&sc->sc_ring, 0);
}

/* --- attaching --- */

static int
testdev_match(struct device *parent, void *match, void *aux)
{
	static const struct pci_matchid ids[] = { { 0x1af4, 0x10ff } };

	return pci_matchbyid(aux, ids, 1);
}

void
testdev_mem_alloc(struct testdev_softc *sc, struct testdev_mem *m, size_t size,
    int flags)
{
	int nsegs;

	m->m_size = size;
	if (bus_dmamem_alloc(sc->sc_dmat, size, PAGE_SIZE, 0, &m->m_seg, 1,
	    &nsegs, BUS_DMA_NOWAIT | flags) != 0 ||
	    bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, size, &m->m_kva,
	    BUS_DMA_NOWAIT) != 0 ||
	    bus_dmamap_create(sc->sc_dmat, size, 1, size, 0, BUS_DMA_NOWAIT,
	    &m->m_map) != 0)
		panic("testdev: no memory");
}

void
testdev_mem_load(struct testdev_softc *sc, struct testdev_mem *m)
{
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, m->m_size, NULL,
	    BUS_DMA_NOWAIT) != 0)
		panic("testdev: no load");
}

void
testdev_load_part(struct testdev_softc *sc, struct testdev_mem *m, size_t n)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, n, NULL,
	    BUS_DMA_NOWAIT) != 0)
		panic("testdev: no load");
	SYNC(sc, m, 0, n, PREREAD | PREWRITE);
}

void
testdev_mem_destroy(struct testdev_softc *sc, struct testdev_mem *m)
{
	bus_dmamap_destroy(sc->sc_dmat, m->m_map);
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1);
}

paddr_t
testdev_mmap(struct testdev_mem *m)
{
	return bus_dmamem_mmap(&pci_bus_dma_tag, &m->m_seg, 1, 0,
	    HC_PROT_READ | HC_PROT_WRITE, 0);
}

/* A client maps the page that the driver answers. */
volatile uint32_t *
testdev_client(paddr_t (*mmap)(struct testdev_mem *), struct testdev_mem *m)
{
	void (*answered)(void) = hc->answered;
	paddr_t pa;

	pa = mmap(m);			/* nothing is touched between these */
	answered();
	return hc->user_map(0, 0, pa & ~(paddr_t)PMAP_NOCACHE, HC_PROT_READ |
	    HC_PROT_WRITE, pa & PMAP_NOCACHE ? HC_MAP_NOCACHE : 0);
}

static int
testdev_intr(void *arg)
{
	struct testdev_softc *sc = arg;

	PUT(sc, TD_IRQ, 0);
	sc->sc_interrupts++;
	testdev_interrupted(sc);
	wakeup(&sc->sc_interrupts);
	return 1;
}

void *
testdev_establish(struct testdev_softc *sc)
{
	return pci_intr_establish(NULL, sc->sc_intr, IPL_BIO, testdev_intr, sc,
	    sc->sc_dev.dv_xname);
}

static void
testdev_attach(struct device *parent, struct device *self, void *aux)
{
	struct testdev_softc *sc = (struct testdev_softc *)self;
	struct pci_attach_args *pa = aux;

	sc->sc_case = -1;
	sc->sc_dmat = pa->pa_dmat;
	if (pci_mapreg_map(pa, PCI_MAPREG_START, PCI_MAPREG_TYPE_MEM, 0,
	    &sc->sc_iot, &sc->sc_ioh, NULL, NULL, 0) != 0 ||
	    pci_intr_map(pa, &sc->sc_intr) != 0)
		panic("testdev: no registers or no interrupt");
	sc->sc_ih = testdev_establish(sc);
	testdev_mem_alloc(sc, &sc->sc_buf, BUF_SIZE, BUS_DMA_ZERO);
	testdev_mem_load(sc, &sc->sc_buf);
	SYNC(sc, &sc->sc_buf, 0, BUF_SIZE, PREREAD | PREWRITE);
	testdev_mem_alloc(sc, &sc->sc_ring, PAGE_SIZE, BUS_DMA_ZERO);
	testdev_mem_load(sc, &sc->sc_ring);
	SYNC(sc, &sc->sc_ring, 0, PAGE_SIZE, PREREAD | PREWRITE);
	PUT(sc, TD_RING, (uint32_t)BUS(&sc->sc_ring));
	PUT(sc, TD_RING_HIGH, (uint32_t)(BUS(&sc->sc_ring) >> 32));
	printf("\n");
}

static int
testdev_detach(struct device *self, int flags)
{
	struct testdev_softc *sc = (struct testdev_softc *)self;

	pci_intr_disestablish(NULL, sc->sc_ih);
	bus_dmamap_unload(sc->sc_dmat, sc->sc_buf.m_map);
	testdev_mem_destroy(sc, &sc->sc_buf);
	bus_dmamap_unload(sc->sc_dmat, sc->sc_ring.m_map);
	testdev_mem_destroy(sc, &sc->sc_ring);
	bus_space_unmap(sc->sc_iot, sc->sc_ioh, TD_SIZE);
	return 0;
}

/* --- the step --- */

#define RULES_ENTRY(name, id, fatal)	case_##name,

static int (*const cases[RULES])(struct testdev_softc *,
    struct testdev_mem *) = { RULES_CASES(RULES_ENTRY) };

int
testdev_raise(hc_u64 n)
{
	struct testdev_softc *sc;

	if (n >= RULES || testdev_cd.cd_ndevs == 0)
		return ENXIO;
	sc = testdev_cd.cd_devs[0];
	sc->sc_case = (int)n;
	return cases[n](sc, &sc->sc_buf);
}

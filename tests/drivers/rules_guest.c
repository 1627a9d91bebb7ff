/*
 * rules_guest.c: a guest driver for tests: each case breaks one rule of the
 * kernel's, or comes as close to that as is legal.  What each must be found to
 * be stands in rules_cases.h.
 *
 *	testdev_attach		memory for DMA, loaded and synced both ways:
 *				sc_buf, and sc_ring for what comes back
 *	testdev_raise(n)	case n
 *
 * Loads and stores are volatile, so that each is made where it is written.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/device.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <machine/bus.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kern_var.h"
#include "rules_cases.h"

#define BUF_SIZE	(4 * PAGE_SIZE)
#define PREREAD		BUS_DMASYNC_PREREAD
#define PREWRITE	BUS_DMASYNC_PREWRITE
#define POSTREAD	BUS_DMASYNC_POSTREAD
#define POSTWRITE	BUS_DMASYNC_POSTWRITE

/* Memory for DMA: allocated, mapped, loaded. */
struct testdev_mem {
	bus_dma_segment_t	 m_seg;
	size_t			 m_size;
	caddr_t			 m_kva;
	bus_dmamap_t		 m_map;
};

struct testdev_softc {
	struct device		 sc_dev;
	bus_space_tag_t		 sc_iot;
	bus_space_handle_t	 sc_ioh;
	bus_dma_tag_t		 sc_dmat;
	void			*sc_ih;
	struct testdev_mem	 sc_buf, sc_ring;
	int			 sc_case;
	int			 sc_interrupts;
};

static int testdev_match(struct device *, void *, void *);
static void testdev_attach(struct device *, struct device *, void *);

const struct cfattach testdev_ca = {
	sizeof(struct testdev_softc), testdev_match, testdev_attach
};

struct cfdriver testdev_cd = {
	NULL, "testdev", DV_DULL
};

/* Word i of memory, byte i of it; its bus address. */
#define WORD(m, i)	(((volatile uint32_t *)(void *)(m)->m_kva)[i])
#define BYTE(m, i)	(((volatile uint8_t *)(m)->m_kva)[i])
#define BUS(m)		((m)->m_map->dm_segs[0].ds_addr)
#define SYNC(sc, m, at, n, ops) \
	bus_dmamap_sync((sc)->sc_dmat, (m)->m_map, (at), (n), (ops))

/* One access of the device; the last register write is in the line itself. */
#define PUT(sc, r, v)	bus_space_write_4((sc)->sc_iot, (sc)->sc_ioh, (r), (v))
#define GO(sc, op, why, at, n) \
	do { testdev_aim(sc, why, at, n); PUT(sc, TD_GO, op); } while (0)
#define READS(sc, why, at, n)	GO(sc, TD_OP_READ, why, at, n)
#define WRITES(sc, why, at, n)	GO(sc, TD_OP_WRITE, why, at, n)

static void
testdev_aim(struct testdev_softc *sc, int purpose, uint64_t addr, uint32_t len)
{
	PUT(sc, TD_PURPOSE, purpose);
	PUT(sc, TD_ADDR_LOW, (uint32_t)addr);
	PUT(sc, TD_ADDR_HIGH, (uint32_t)(addr >> 32));
	PUT(sc, TD_LEN, len);
}

/* The device gives all chains back, and the driver looks and sees it. */
static void
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

static void
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

static void
testdev_mem_load(struct testdev_softc *sc, struct testdev_mem *m)
{
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, m->m_size, NULL,
	    BUS_DMA_NOWAIT) != 0)
		panic("testdev: no load");
}

static void
testdev_mem_destroy(struct testdev_softc *sc, struct testdev_mem *m)
{
	bus_dmamap_destroy(sc->sc_dmat, m->m_map);
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1);
}

static int
testdev_intr(void *arg)
{
	struct testdev_softc *sc = arg;
	void *p;

	PUT(sc, TD_IRQ, 0);
	sc->sc_interrupts++;
	switch (sc->sc_case) {
	case RULE_sleep_in_interrupt:
		tsleep_nsec(sc, 0, "nap", 1); /* LINE: sleep_in_interrupt */
		break;
	case RULE_waitok_in_interrupt:
		p = malloc(8, M_DEVBUF, M_WAITOK); /* LINE: waitok_in_interrupt */
		free(p, M_DEVBUF, 8);
		break;
	case RULE_sleep_below_the_shim:
		hc->sleep(1, 1, "x"); /* LINE: sleep_below_the_shim */
		break;
	}
	wakeup(&sc->sc_interrupts);
	return 1;
}

static void
testdev_attach(struct device *parent, struct device *self, void *aux)
{
	struct testdev_softc *sc = (struct testdev_softc *)self;
	struct pci_attach_args *pa = aux;
	pci_intr_handle_t ih;

	sc->sc_case = -1;
	sc->sc_dmat = pa->pa_dmat;
	if (pci_mapreg_map(pa, PCI_MAPREG_START, PCI_MAPREG_TYPE_MEM, 0,
	    &sc->sc_iot, &sc->sc_ioh, NULL, NULL, 0) != 0 ||
	    pci_intr_map(pa, &ih) != 0)
		panic("testdev: no registers or no interrupt");
	sc->sc_ih = pci_intr_establish(pa->pa_pc, ih, IPL_BIO, testdev_intr,
	    sc, self->dv_xname);
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

/* --- addresses --- */

#define CASE(name) \
	static int case_##name(struct testdev_softc *sc, struct testdev_mem *m)

CASE(address_kva)
{
	READS(sc, TD_PAYLOAD, (u_long)m->m_kva, 64); /* LINE: address_kva */
	return 0;
}

CASE(address_nowhere)
{
	READS(sc, TD_PAYLOAD, 0xdead00000000, 64); /* LINE: address_nowhere */
	return 0;
}

CASE(address_segment)
{
	struct testdev_mem other;

	testdev_mem_alloc(sc, &other, PAGE_SIZE, 0);
	READS(sc, TD_PAYLOAD, other.m_seg.ds_addr, 8); /* LINE: address_segment */
	return 0;
}

CASE(address_unloaded)
{
	bus_addr_t bus = BUS(m);

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	READS(sc, TD_PAYLOAD, bus, 64);	/* LINE: address_unloaded */
	return 0;
}

static void
testdev_load_part(struct testdev_softc *sc, struct testdev_mem *m, size_t n)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, n, NULL,
	    BUS_DMA_NOWAIT) != 0)
		panic("testdev: no load");
	SYNC(sc, m, 0, n, PREREAD | PREWRITE);
}

CASE(address_past_end)
{
	testdev_load_part(sc, m, 64);
	READS(sc, TD_PAYLOAD, BUS(m), 65); /* LINE: address_past_end */
	return 0;
}

CASE(address_to_end)
{
	testdev_load_part(sc, m, 64);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

static paddr_t
testdev_mmap_kva(struct testdev_mem *m)
{
	return (paddr_t)m->m_kva;	/* LINE: mmap_kva */
}

static paddr_t
testdev_mmap_nowhere(struct testdev_mem *m)
{
	return m->m_seg.ds_addr + 0x700000000000; /* LINE: mmap_nowhere */
}

static paddr_t
testdev_mmap(struct testdev_mem *m)
{
	return bus_dmamem_mmap(&pci_bus_dma_tag, &m->m_seg, 1, 0,
	    HC_PROT_READ | HC_PROT_WRITE, 0);
}

/* A client maps the page that the driver answers. */
static volatile uint32_t *
testdev_client(paddr_t (*mmap)(struct testdev_mem *), struct testdev_mem *m)
{
	void (*answered)(void) = hc->answered;
	paddr_t pa;

	pa = mmap(m);			/* nothing is touched between these */
	answered();
	return hc->user_map(0, 0, pa, HC_PROT_READ | HC_PROT_WRITE, 0);
}

CASE(mmap_kva)
{
	testdev_client(testdev_mmap_kva, m)[0] = 1;
	return 0;
}

CASE(mmap_nowhere)
{
	testdev_client(testdev_mmap_nowhere, m)[0] = 1;
	return 0;
}

/* The bytes that the client stored through its own mapping. */
CASE(mmap_right)
{
	volatile uint32_t *p = testdev_client(testdev_mmap, m);

	p[0] = 0x12345678;
	if (WORD(m, 0) != 0x12345678)
		panic("the kernel does not see what its client stored");
	SYNC(sc, m, 0, 4, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	hc->user_unmap(0);
	return 0;
}

/* --- PREWRITE --- */

CASE(prewrite_missing)
{
	WORD(m, 4) = 0x11111111;	/* STORE: prewrite_missing */
	WORD(m, 5) = 0x22222222;
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_missing */
	return 0;
}

CASE(prewrite_short)
{
	int i;

	for (i = 0; i < 16; i++)
		WORD(m, i) = 0x01010101; /* STORE: prewrite_short */
	SYNC(sc, m, 0, 63, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_short */
	return 0;
}

CASE(prewrite_elsewhere)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_elsewhere */
	SYNC(sc, m, 4, 60, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_elsewhere */
	return 0;
}

CASE(prewrite_early)
{
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 0) = 1;			/* STORE: prewrite_early */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_early */
	return 0;
}

CASE(prewrite_other_op)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_other_op */
	SYNC(sc, m, 0, 64, PREREAD);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_other_op */
	return 0;
}

/* What is stored is what is there: a fault that no view shows. */
CASE(prewrite_same_value)
{
	WORD(m, 0) = 0;			/* STORE: prewrite_same_value */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_same_value */
	return 0;
}

/* The zeroes of BUS_DMA_ZERO are stores. */
CASE(prewrite_zeroed)
{
	struct testdev_mem other;

	testdev_mem_alloc(sc, &other, PAGE_SIZE, BUS_DMA_ZERO);
	testdev_mem_load(sc, &other);
	READS(sc, TD_PAYLOAD, BUS(&other), 64);	/* LINE: prewrite_zeroed */
	return 0;
}

/* Memory of malloc(9), on page boundary and not. */
static void
testdev_heap(struct testdev_softc *sc, struct testdev_mem *other)
{
	other->m_size = 3 * PAGE_SIZE;
	other->m_kva = malloc(other->m_size, M_DEVBUF, M_WAITOK | M_ZERO);
	other->m_kva += 200;
	other->m_size -= 300;
	if (bus_dmamap_create(sc->sc_dmat, other->m_size, 3, other->m_size, 0,
	    BUS_DMA_NOWAIT, &other->m_map) != 0)
		panic("testdev: no map");
	testdev_mem_load(sc, other);
	SYNC(sc, other, 0, other->m_size, PREREAD | PREWRITE);
}

CASE(prewrite_heap)
{
	struct testdev_mem other;

	testdev_heap(sc, &other);
	WORD(&other, 0) = 5;		/* STORE: prewrite_heap */
	READS(sc, TD_PAYLOAD, BUS(&other), 64);	/* LINE: prewrite_heap */
	return 0;
}

CASE(prewrite_by_client)
{
	volatile uint32_t *p = testdev_client(testdev_mmap, m);

	p[7] = 7;			/* STORE: prewrite_by_client */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_by_client */
	return 0;
}

/* Who sends the requests of all is not to blame, but who asked for this. */
static void
testdev_send(struct testdev_softc *sc, struct testdev_mem *m)
{
	READS(sc, TD_BACKING, BUS(m), 64);
}

CASE(prewrite_backing)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_backing */
	testdev_send(sc, m);		/* LINE: prewrite_backing */
	return 0;
}

CASE(prewrite_index)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_index */
	READS(sc, TD_AVAIL_INDEX, BUS(m), 2); /* LINE: prewrite_index */
	return 0;
}

CASE(prewrite_made)
{
	int i;

	for (i = 0; i < 16; i++)
		WORD(m, i) = i + 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 16) = 17;		/* beside it */
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(prewrite_made_heap)
{
	struct testdev_mem other;
	uint32_t i;

	testdev_heap(sc, &other);
	for (i = 0; i < other.m_size; i++)
		BYTE(&other, i) = i;
	SYNC(sc, &other, 0, other.m_size, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(&other), 64);
	return 0;
}

CASE(prewrite_twice)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 1) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_AVAIL_INDEX, BUS(m), 8);
	return 0;
}

CASE(flags_stale)
{
	WORD(m, 0) = 1;
	READS(sc, TD_AVAIL_FLAGS, BUS(m), 2);
	return 0;
}

/* A framebuffer is drawn into while the device may read it. */
CASE(backing_drawn)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	WORD(m, 0) = 2;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	return 0;
}

/* --- PREREAD --- */

CASE(preread_missing)
{
	WORD(m, 0) = 1;			/* STORE: preread_missing */
	SYNC(sc, m, 0, 64, PREWRITE);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: preread_missing */
	return 0;
}

CASE(preread_early)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WORD(m, 0) = 1;			/* STORE: preread_early */
	WRITES(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: preread_early */
	return 0;
}

CASE(preread_made)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREREAD);
	WORD(m, 16) = 17;		/* beside it */
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(preread_reposted)
{
	int i;

	SYNC(sc, m, 0, 64, PREREAD);
	for (i = 0; i < 3; i++) {
		WRITES(sc, TD_PAYLOAD, BUS(m), 64);
		testdev_complete(sc);
		SYNC(sc, m, 0, 64, POSTREAD);
		if (WORD(m, 15) != 0xa5a5a5a5)
			panic("what the device wrote is not there");
	}
	return 0;
}

CASE(preread_once_for_ring)
{
	int i;

	for (i = 0; i < 3; i++) {
		testdev_complete(sc);
		if (WORD(&sc->sc_ring, TD_RING_ENTRY / 4) != (uint32_t)i + 1)
			panic("the used entry is not there");
	}
	return 0;
}

/* --- POSTREAD --- */

/* The device has written 64 bytes of m and given them back. */
static void
testdev_receive(struct testdev_softc *sc, struct testdev_mem *m)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
}

CASE(postread_missing)
{
	testdev_receive(sc, m);
	(void)WORD(m, 3);		/* LINE: postread_missing */
	return 0;
}

CASE(postread_short)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 12, POSTREAD);
	(void)WORD(m, 2);
	(void)WORD(m, 3);		/* LINE: postread_short */
	return 0;
}

CASE(postread_early)
{
	SYNC(sc, m, 0, 64, PREREAD);
	SYNC(sc, m, 0, 64, POSTREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	(void)WORD(m, 0);		/* LINE: postread_early */
	return 0;
}

CASE(postread_of_entry)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	SYNC(sc, &sc->sc_ring, TD_RING_INDEX, 2, POSTREAD);
	(void)WORD(&sc->sc_ring, TD_RING_ENTRY / 4); /* LINE: postread_of_entry */
	return 0;
}

CASE(postread_made)
{
	int i;

	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	for (i = 0; i < 16; i++)
		if (WORD(m, i) != 0xa5a5a5a5)
			panic("what the device wrote is not there");
	return 0;
}

CASE(postread_twice)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	SYNC(sc, m, 0, 64, POSTREAD | POSTWRITE);
	(void)WORD(m, 0);
	return 0;
}

CASE(postread_clean)
{
	SYNC(sc, m, 0, 64, POSTREAD);
	(void)WORD(m, 0);
	return 0;
}

CASE(postread_then_unload)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (WORD(m, 0) != 0xa5a5a5a5)
		panic("what the device wrote is not there");
	return 0;
}

/* The index may be looked at stale, if the entry is synced. */
CASE(index_polled)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(&sc->sc_ring, TD_RING_ENTRY / 4);
	return 0;
}

/* The same old index may be seen for ever. */
CASE(index_polled_again)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(&sc->sc_ring, 0);	/* LINE: index_polled_again */
	return 0;
}

/* --- ownership --- */

CASE(posted_stored)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	WORD(m, 0) = 1;			/* LINE: posted_stored */
	return 0;
}

CASE(posted_loaded)
{
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	SYNC(sc, m, 0, 64, POSTREAD);
	(void)WORD(m, 0);		/* LINE: posted_loaded */
	return 0;
}

/* Given back, and nobody has looked. */
CASE(posted_unseen)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	WORD(m, 0) = 1;			/* LINE: posted_unseen */
	return 0;
}

CASE(posted_readable_loaded)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	(void)WORD(m, 0);
	return 0;
}

CASE(posted_given_back)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	WORD(m, 0) = 1;
	return 0;
}

CASE(posted_neighbour)
{
	READS(sc, TD_PAYLOAD, BUS(m) + 64, 64);
	WORD(m, 15) = 1;
	WORD(m, 32) = 1;
	return 0;
}

/* Command and response in one line of a cache. */
CASE(one_line)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 32, PREWRITE);
	SYNC(sc, m, 32, 32, PREREAD);
	READS(sc, TD_PAYLOAD, BUS(m), 32);
	WRITES(sc, TD_PAYLOAD, BUS(m) + 32, 32);
	testdev_complete(sc);
	SYNC(sc, m, 0, 32, POSTWRITE);
	SYNC(sc, m, 32, 32, POSTREAD);
	return WORD(m, 8) == 0xa5a5a5a5 ? 0 : EIO;
}

/* --- the calls of bus_dma(9) --- */

CASE(create_nothing)
{
	bus_dmamap_t map;

	return bus_dmamap_create(sc->sc_dmat, 0, 1, 1, 0, 1, &map) == /* LINE: create_nothing */
	    EINVAL ? 0 : EIO;
}

CASE(create_boundary)
{
	bus_dmamap_t map;

	return bus_dmamap_create(sc->sc_dmat, 8192, 2, 4096, 6144, 1, &map) == /* LINE: create_boundary */
	    EINVAL ? 0 : EIO;
}

CASE(create_limits)
{
	bus_dmamap_t map;
	int error;

	error = bus_dmamap_create(sc->sc_dmat, 1, 1, 1, 0, 1, &map);
	if (error != 0)
		return error;
	bus_dmamap_destroy(sc->sc_dmat, map);
	error = bus_dmamap_create(sc->sc_dmat, 8192, 2, 4096, 4096, 1, &map);
	if (error == 0)
		bus_dmamap_destroy(sc->sc_dmat, map);
	return error;
}

CASE(alloc_alignment)
{
	bus_dma_segment_t seg;
	int n;

	return bus_dmamem_alloc(sc->sc_dmat, 64, 12288, 0, &seg, 1, &n, 1) == /* LINE: alloc_alignment */
	    EINVAL ? 0 : EIO;
}

CASE(alloc_limits)
{
	bus_dma_segment_t seg;
	int error, n;

	error = bus_dmamem_alloc(sc->sc_dmat, 1, 0, 0, &seg, 1, &n, 1);
	if (error != 0)
		return error;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	error = bus_dmamem_alloc(sc->sc_dmat, 65536, 65536, 65536, &seg, 1,
	    &n, 1);
	if (error != 0 || seg.ds_addr % 65536 != 0)
		return EIO;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	return 0;
}

/* A copy of the handle is kept after the map is gone. */
CASE(map_destroyed)
{
	struct bus_dmamap copy = *m->m_map;

	bus_dmamap_destroy(sc->sc_dmat, m->m_map);
	bus_dmamap_sync(sc->sc_dmat, &copy, 0, 1, PREWRITE); /* LINE: map_destroyed */
	return 0;
}

CASE(load_twice)
{
	return bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, 64, NULL, 1); /* LINE: load_twice */
}

CASE(load_static)
{
	static char buf[64];

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	return bus_dmamap_load(sc->sc_dmat, m->m_map, buf, 64, NULL, 1) == 0; /* LINE: load_static */
}

CASE(unload_twice)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	bus_dmamap_unload(sc->sc_dmat, m->m_map); /* LINE: unload_twice */
	return 0;
}

CASE(sync_unloaded)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	SYNC(sc, m, 0, 64, PREWRITE);	/* LINE: sync_unloaded */
	return 0;
}

CASE(sync_past_end)
{
	testdev_load_part(sc, m, 64);
	SYNC(sc, m, 0, 65, PREWRITE);	/* LINE: sync_past_end */
	return 0;
}

CASE(sync_to_end)
{
	testdev_load_part(sc, m, 64);
	SYNC(sc, m, 63, 1, PREWRITE);
	SYNC(sc, m, 64, 0, PREWRITE);
	return 0;
}

CASE(sync_mixed)
{
	SYNC(sc, m, 0, 64, PREREAD | POSTWRITE); /* LINE: sync_mixed */
	return 0;
}

CASE(sync_both_ways)
{
	SYNC(sc, m, 0, 64, PREREAD | PREWRITE);
	SYNC(sc, m, 0, 64, POSTREAD | POSTWRITE);
	return 0;
}

CASE(free_other_length)
{
	bus_dma_segment_t seg;
	int error, n;

	error = bus_dmamem_alloc(sc->sc_dmat, 8192, 0, 0, &seg, 1, &n, 1);
	seg.ds_len = 4096;
	bus_dmamem_free(sc->sc_dmat, &seg, n);	/* LINE: free_other_length */
	return error;
}

CASE(free_mapped)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1); /* LINE: free_mapped */
	return 0;
}

CASE(map_freed)
{
	bus_dma_segment_t seg;
	caddr_t kva;
	int n;

	if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, 1) != 0)
		return EIO;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	return bus_dmamem_map(sc->sc_dmat, &seg, 1, 64, &kva, 1) == /* LINE: map_freed */
	    0 ? EIO : 0;
}

CASE(unmap_half)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size / 2);	/* LINE: unmap_half */
	return 0;
}

/* The address of the pointer instead of the pointer. */
CASE(unmap_pointer)
{
	bus_dmamem_unmap(sc->sc_dmat, (caddr_t)&m->m_kva, m->m_size); /* LINE: unmap_pointer */
	return 0;
}

CASE(destroy_loaded)
{
	testdev_mem_destroy(sc, m);
	return 0;
}

CASE(unload_without_post)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	testdev_mem_destroy(sc, m);
	return 0;
}

/* --- kernel --- */

CASE(access_unmapped)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	(void)WORD(m, 0);		/* LINE: access_unmapped */
	return 0;
}

CASE(access_freed)
{
	volatile uint8_t *p = malloc(40, M_DEVBUF, M_WAITOK);

	p[39] = 1;
	free((void *)p, M_DEVBUF, 40);
	p[39] = 2;			/* LINE: access_freed */
	return 0;
}

CASE(access_beyond)
{
	volatile uint8_t *p = malloc(40, M_DEVBUF, M_WAITOK);

	p[40] = 1;			/* LINE: access_beyond */
	return 0;
}

CASE(access_last_byte)
{
	volatile uint8_t *p = malloc(41, M_DEVBUF, M_WAITOK | M_ZERO);

	p[0] = p[40] = 1;
	free((void *)p, M_DEVBUF, 41);
	return 0;
}

CASE(free_inside)
{
	char *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p + 16, M_DEVBUF, 48);	/* LINE: free_inside */
	return 0;
}

CASE(free_again)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 64);
	free(p, M_DEVBUF, 64);		/* LINE: free_again */
	return 0;
}

CASE(free_size)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 60);		/* LINE: free_size */
	return 0;
}

CASE(free_type)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_TEMP, 64);		/* LINE: free_type */
	return 0;
}

CASE(free_size_untold)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 0);
	free(NULL, M_DEVBUF, 0);
	return 0;
}

/* The interrupt comes in at once: nothing blocks it. */
CASE(sleep_in_interrupt)
{
	PUT(sc, TD_IRQ, 1);
	return sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(waitok_in_interrupt)
{
	PUT(sc, TD_IRQ, 1);
	return sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(sleep_below_the_shim)
{
	PUT(sc, TD_IRQ, 1);
	return EIO;			/* the run has ended */
}

CASE(sleep_woken)
{
	int error;

	PUT(sc, TD_GO, TD_OP_RAISE);
	error = tsleep_nsec(&sc->sc_interrupts, 0, "irq", INFSLP);
	return error == 0 && sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(mutex_again)
{
	struct mutex mtx;

	mtx_init(&mtx, IPL_BIO);
	mtx_enter(&mtx);
	mtx_enter(&mtx);		/* LINE: mutex_again */
	return 0;
}

CASE(mutex_left_twice)
{
	struct mutex mtx;

	mtx_init(&mtx, IPL_BIO);
	mtx_enter(&mtx);
	mtx_leave(&mtx);
	mtx_leave(&mtx);		/* LINE: mutex_left_twice */
	return 0;
}

CASE(mutex_nested)
{
	struct mutex a, b;

	mtx_init(&a, IPL_BIO);
	mtx_init(&b, IPL_TTY);
	mtx_enter(&a);
	mtx_enter(&b);
	if (mtx_enter_try(&b) != 0)
		return EIO;
	mtx_leave(&b);
	mtx_leave(&a);
	mtx_enter(&b);
	mtx_leave(&b);
	return 0;
}

CASE(spl_too_low)
{
	splassert(IPL_TTY);		/* LINE: spl_too_low */
	return 0;
}

CASE(spl_right)
{
	int s = spltty();

	splassert(IPL_TTY);
	splassert(IPL_BIO);
	splx(s);
	return 0;
}

CASE(rule_unnamed)
{
	kern_rule_broken("of-no-table", "something else is broken"); /* LINE: rule_unnamed */
	return 0;
}

CASE(register_past_end)
{
	return bus_space_read_4(sc->sc_iot, sc->sc_ioh, TD_SIZE) == /* LINE: register_past_end */
	    0xffffffff ? 0 : EIO;
}

CASE(register_last)
{
	(void)bus_space_read_4(sc->sc_iot, sc->sc_ioh, TD_SIZE - 4);
	return 0;
}

/* --- what nobody will do --- */

CASE(poll_for_ever)
{
	while (WORD(m, 0) == 0)		/* LINE: poll_for_ever */
		continue;
	return 0;
}

/* The device is slow; it works when the driver can do nothing but wait. */
CASE(poll_answered)
{
	PUT(sc, TD_GO, TD_OP_LATER);
	while (WORD(&sc->sc_ring, TD_RING_INDEX) == 0)
		SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	return 0;
}

CASE(sleep_for_ever)
{
	return tsleep_nsec(sc, 0, "ever", INFSLP);
}

CASE(step_refused)
{
	return EOPNOTSUPP;
}

CASE(panicked)
{
	panic("case of rules_guest.c");	/* LINE: panicked */
}

CASE(host_gone)
{
	PUT(sc, TD_GO, TD_OP_DIE);	/* LINE: host_gone */
	return 0;
}

/* Barriers that a kernel with one CPU would not need. */
CASE(barriers)
{
	WORD(m, 0) = 1;
	membar_sync();
	membar_producer();
	membar_consumer();
	membar_enter();
	membar_exit();
	SYNC(sc, m, 0, 4, PREWRITE);
	membar_sync();
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(nothing)
{
	return 0;
}

/* --- the step --- */

#define RULES_FUNCTION(name, id, fatal)	case_##name,

static int (*const cases[RULES])(struct testdev_softc *,
    struct testdev_mem *) = { RULES_CASES(RULES_FUNCTION) };

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

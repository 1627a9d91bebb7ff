/* rules_memory.c: cases about memory for DMA, and calls in interrupts. */
#include "rules_guest.h"

#include <machine/pmap.h>

CASE(alloc_boundary)
{
	bus_dma_segment_t seg;
	int n;

	return bus_dmamem_alloc(sc->sc_dmat, 8193, 0, 8192, &seg, 1, &n, 1) == /* LINE: alloc_boundary */
	    EINVAL ? 0 : EIO;
}

/* low and high, in which there is memory, and just not. */
CASE(alloc_in_range)
{
	bus_dma_segment_t seg, other;
	int error, n;

	error = bus_dmamem_alloc_range(sc->sc_dmat, PAGE_SIZE, 0, 0, &seg, 1,
	    &n, 1, m->m_seg.ds_addr, m->m_seg.ds_addr + 0xfffff);
	if (error != 0 || seg.ds_addr < m->m_seg.ds_addr)
		return EIO;
	error = bus_dmamem_alloc_range(sc->sc_dmat, PAGE_SIZE, 0, 0, &other,
	    1, &n, 1, seg.ds_addr, seg.ds_addr + PAGE_SIZE - 1);
	bus_dmamem_free(sc->sc_dmat, &seg, 1);
	return error == ENOMEM ? 0 : EIO;
}

/* As many segments as the kernel likes: mapped, loaded, read as one. */
CASE(alloc_segments)
{
	bus_dma_segment_t segs[4];
	bus_dmamap_t map;
	volatile uint32_t *p;
	caddr_t kva;
	int i, n;

	if (bus_dmamem_alloc(sc->sc_dmat, 4 * PAGE_SIZE, 0, 0, segs, 4, &n,
	    BUS_DMA_NOWAIT | BUS_DMA_ZERO) != 0 ||
	    bus_dmamem_map(sc->sc_dmat, segs, n, 4 * PAGE_SIZE, &kva,
	    BUS_DMA_NOWAIT | BUS_DMA_COHERENT) != 0 ||
	    bus_dmamap_create(sc->sc_dmat, 4 * PAGE_SIZE, 4, PAGE_SIZE, 0,
	    BUS_DMA_NOWAIT, &map) != 0 ||
	    bus_dmamap_load(sc->sc_dmat, map, kva, 4 * PAGE_SIZE, NULL, 1) !=
	    0)
		return EIO;
	p = (volatile uint32_t *)kva;
	for (i = 0; i < 4; i++)
		p[i * 1024] = i + 1;
	bus_dmamap_sync(sc->sc_dmat, map, 0, 4 * PAGE_SIZE, PREWRITE);
	for (i = 0; i < map->dm_nsegs; i++)
		READS(sc, TD_BACKING, map->dm_segs[i].ds_addr, 64);
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	bus_dmamem_unmap(sc->sc_dmat, kva, 4 * PAGE_SIZE);
	bus_dmamem_free(sc->sc_dmat, segs, n);
	return 0;
}

CASE(dmafree_again)
{
	bus_dma_segment_t seg;
	int n;

	if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, 1) != 0)
		return EIO;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	bus_dmamem_free(sc->sc_dmat, &seg, n); /* LINE: dmafree_again */
	return 0;
}

/* The same pages may come again, and are freed again. */
CASE(dmafree_whole)
{
	bus_dma_segment_t seg;
	int i, n;

	for (i = 0; i < 2; i++) {
		if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, 1) !=
		    0)
			return EIO;
		bus_dmamem_free(sc->sc_dmat, &seg, n);
	}
	return 0;
}

CASE(dmafree_unknown)
{
	bus_dma_segment_t seg = m->m_seg;

	seg.ds_addr += PAGE_SIZE;
	seg.ds_len -= PAGE_SIZE;
	bus_dmamem_free(sc->sc_dmat, &seg, 1); /* LINE: dmafree_unknown */
	return 0;
}

CASE(dmafree_loaded)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1); /* LINE: dmafree_loaded */
	return 0;
}

/* A framebuffer of the host's: it reads it whenever it likes. */
CASE(dmafree_posted)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1); /* LINE: dmafree_posted */
	return 0;
}

CASE(free_loaded)
{
	char *p = malloc(100, M_DEVBUF, M_WAITOK);

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, p + 96, 4, NULL, 1) != 0)
		return EIO;
	free(p, M_DEVBUF, 100);		/* LINE: free_loaded */
	return 0;
}

CASE(free_unloaded)
{
	char *p = malloc(100, M_DEVBUF, M_WAITOK);
	char *q = malloc(100, M_DEVBUF, M_WAITOK);

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, p, 100, NULL, 1) != 0)
		return EIO;
	free(q, M_DEVBUF, 100);		/* beside it */
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	free(p, M_DEVBUF, 100);
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1);
	bus_dmamap_destroy(sc->sc_dmat, m->m_map);
	return 0;
}

CASE(map_less)
{
	caddr_t kva;

	return bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, PAGE_SIZE, &kva, 1); /* LINE: map_less */
}

CASE(map_more)
{
	caddr_t kva;

	return bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, BUF_SIZE + 1, &kva, 1); /* LINE: map_more */
}

/* A size is rounded to pages; memory may have two mappings. */
CASE(map_rounded)
{
	caddr_t kva;
	int error;

	error = bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, BUF_SIZE - 4095,
	    &kva, BUS_DMA_NOWAIT | BUS_DMA_COHERENT);
	if (error != 0)
		return error;
	bus_dmamem_unmap(sc->sc_dmat, kva, BUF_SIZE - 4095);
	WORD(m, 0) = 1;			/* the first is still there */
	SYNC(sc, m, 0, 4, PREWRITE);
	return 0;
}

CASE(mmap_freed)
{
	bus_dma_segment_t seg;
	int n;

	if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, 1) != 0)
		return EIO;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	return bus_dmamem_mmap(sc->sc_dmat, &seg, 1, 0, HC_PROT_READ, 0) == /* LINE: mmap_freed */
	    (paddr_t)-1 ? 0 : EIO;
}

CASE(mmap_inside)
{
	return bus_dmamem_mmap(sc->sc_dmat, &m->m_seg, 1, 4, HC_PROT_READ, 0) == /* LINE: mmap_inside */
	    m->m_seg.ds_addr ? 0 : EIO;
}

/* Past the end there is no page: -1, and no fault. */
CASE(mmap_past_end)
{
	if (bus_dmamem_mmap(sc->sc_dmat, &m->m_seg, 1, 0, HC_PROT_READ,
	    BUS_DMA_NOCACHE) != (m->m_seg.ds_addr | PMAP_NOCACHE))
		return EIO;
	if (bus_dmamem_mmap(sc->sc_dmat, &m->m_seg, 1, BUF_SIZE - PAGE_SIZE,
	    HC_PROT_READ, 0) != m->m_seg.ds_addr + BUF_SIZE - PAGE_SIZE)
		return EIO;
	return bus_dmamem_mmap(sc->sc_dmat, &m->m_seg, 1, BUF_SIZE,
	    HC_PROT_READ, 0) == (paddr_t)-1 ? 0 : EIO;
}

/* --- in an interrupt --- */

void
testdev_interrupted_dma(struct testdev_softc *sc)
{
	struct testdev_mem *m = &sc->sc_buf;
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	caddr_t kva;
	int n;

	switch (sc->sc_case) {
	case RULE_map_in_interrupt:
		sc->sc_error = bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, BUF_SIZE, &kva, 1); /* LINE: map_in_interrupt */
		break;
	case RULE_unmap_in_interrupt:
		bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size); /* LINE: unmap_in_interrupt */
		break;
	case RULE_create_in_interrupt:
		sc->sc_error = bus_dmamap_create(sc->sc_dmat, 64, 1, 64, 0, BUS_DMA_WAITOK, &map); /* LINE: create_in_interrupt */
		break;
	case RULE_load_in_interrupt:
		bus_dmamap_unload(sc->sc_dmat, m->m_map);
		sc->sc_error = bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, 64, NULL, BUS_DMA_WAITOK); /* LINE: load_in_interrupt */
		break;
	case RULE_nowait_in_interrupt:
		sc->sc_error = bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1,
		    &n, BUS_DMA_NOWAIT);
		bus_dmamem_free(sc->sc_dmat, &seg, 1);
		bus_dmamap_unload(sc->sc_dmat, m->m_map);
		if (sc->sc_error == 0)
			sc->sc_error = bus_dmamap_load(sc->sc_dmat, m->m_map,
			    m->m_kva, 64, NULL, BUS_DMA_NOWAIT);
		/* What ALLOCNOW has allocated nobody waits for. */
		if (sc->sc_error == 0)
			sc->sc_error = bus_dmamap_load(sc->sc_dmat,
			    sc->sc_map, m->m_kva, 64, NULL, BUS_DMA_WAITOK);
		break;
	}
}

static int
testdev_interrupt(struct testdev_softc *sc)
{
	if (bus_dmamap_create(sc->sc_dmat, 64, 1, 64, 0, BUS_DMA_ALLOCNOW,
	    &sc->sc_map) != 0)
		return ENOMEM;
	PUT(sc, TD_IRQ, 1);		/* it comes in at once */
	return sc->sc_interrupts == 1 ? sc->sc_error : EIO;
}

CASE(map_in_interrupt)
{
	return testdev_interrupt(sc);
}

CASE(unmap_in_interrupt)
{
	return testdev_interrupt(sc);
}

CASE(create_in_interrupt)
{
	return testdev_interrupt(sc);
}

CASE(load_in_interrupt)
{
	return testdev_interrupt(sc);
}

CASE(nowait_in_interrupt)
{
	return testdev_interrupt(sc);
}

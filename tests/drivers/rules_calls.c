/* rules_calls.c: cases about the calls of bus_dma(9). */
#include "rules_guest.h"

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

/* What fails leaves nothing loaded, whatever was there before. */
CASE(load_twice_failed)
{
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, BUF_SIZE + 1, NULL, 1) != /* LINE: load_twice_failed */
	    EINVAL)
		return EIO;
	return m->m_map->dm_mapsize == 0 && m->m_map->dm_nsegs == 0 ? 0 : EIO;
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
	testdev_complete(sc);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	testdev_mem_destroy(sc, m);
	return 0;
}

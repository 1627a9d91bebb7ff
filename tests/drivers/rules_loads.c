/* rules_loads.c: cases about what is loaded, which way, and until when. */
#include "rules_guest.h"

#include <sys/mbuf.h>
#include <sys/uio.h>

/* A map of its own, of one segment. */
static bus_dmamap_t
testdev_map(struct testdev_softc *sc, bus_size_t size, int flags)
{
	bus_dmamap_t map;

	if (bus_dmamap_create(sc->sc_dmat, size, 1, size, 0, BUS_DMA_NOWAIT |
	    flags, &map) != 0)
		panic("testdev: no map");
	return map;
}

/* --- what is loaded --- */

CASE(load_stack)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);
	char buf[64];

	buf[0] = 1;
	return bus_dmamap_load(sc->sc_dmat, map, buf, 64, NULL, 1) == 0; /* LINE: load_stack */
}

CASE(load_freed)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);
	char *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 64);
	return bus_dmamap_load(sc->sc_dmat, map, p, 64, NULL, 1); /* LINE: load_freed */
}

CASE(load_beyond)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);
	char *p = malloc(60, M_DEVBUF, M_WAITOK);

	return bus_dmamap_load(sc->sc_dmat, map, p, 61, NULL, 1); /* LINE: load_beyond */
}

/* All of an allocation, then its last byte. */
CASE(load_whole)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);
	char *p = malloc(60, M_DEVBUF, M_WAITOK);
	int error;

	error = bus_dmamap_load(sc->sc_dmat, map, p, 60, NULL, 1);
	bus_dmamap_unload(sc->sc_dmat, map);
	if (error == 0)
		error = bus_dmamap_load(sc->sc_dmat, map, p + 59, 1, NULL, 1);
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	free(p, M_DEVBUF, 60);
	return error;
}

CASE(load_nothing)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	return bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, 0, NULL, 1); /* LINE: load_nothing */
}

CASE(load_one_byte)
{
	testdev_load_part(sc, m, 1);
	return m->m_map->dm_mapsize == 1 && m->m_map->dm_nsegs == 1 ? 0 : EIO;
}

/* A load that fails leaves a map with nothing in it, to be loaded again. */
CASE(load_failed)
{
	bus_dmamap_t map;
	int error;

	if (bus_dmamap_create(sc->sc_dmat, 2 * PAGE_SIZE, 1, PAGE_SIZE, 0,
	    BUS_DMA_NOWAIT, &map) != 0)
		return ENOMEM;
	if (bus_dmamap_load(sc->sc_dmat, map, m->m_kva, 100, NULL, 1) != 0)
		return EIO;
	bus_dmamap_unload(sc->sc_dmat, map);
	error = bus_dmamap_load(sc->sc_dmat, map, m->m_kva, PAGE_SIZE + 1,
	    NULL, 1);
	if (error != EFBIG || map->dm_mapsize != 0 || map->dm_nsegs != 0)
		return EIO;
	error = bus_dmamap_load(sc->sc_dmat, map, m->m_kva, 2 * PAGE_SIZE + 1,
	    NULL, 1);
	if (error != EINVAL || map->dm_mapsize != 0 || map->dm_nsegs != 0)
		return EIO;
	error = bus_dmamap_load(sc->sc_dmat, map, m->m_kva, PAGE_SIZE, NULL,
	    1);
	bus_dmamap_destroy(sc->sc_dmat, map);
	return error;
}

/* Nobody looks whether the load failed. */
CASE(load_unchecked)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	(void)bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, BUF_SIZE + 1,
	    NULL, BUS_DMA_NOWAIT);
	SYNC(sc, m, 0, 64, PREWRITE);	/* LINE: load_unchecked */
	return 0;
}

/* Flags that are for a bus, or for hardware that is not here. */
CASE(load_flags)
{
	int flags = BUS_DMA_NOWAIT | BUS_DMA_STREAMING | BUS_DMA_BUS1 |
	    BUS_DMA_BUS2 | BUS_DMA_BUS3 | BUS_DMA_BUS4;
	bus_dmamap_t map = testdev_map(sc, 64, flags | BUS_DMA_64BIT |
	    BUS_DMA_ALLOCNOW);
	bus_dma_segment_t seg;
	caddr_t kva;
	int n;

	if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, flags) != 0 ||
	    bus_dmamem_map(sc->sc_dmat, &seg, n, 64, &kva, flags) != 0 ||
	    bus_dmamap_load(sc->sc_dmat, map, kva, 64, NULL, flags) != 0)
		return EIO;
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	bus_dmamem_unmap(sc->sc_dmat, kva, 64);
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	return 0;
}

CASE(raw_freed)
{
	bus_dmamap_t map = testdev_map(sc, PAGE_SIZE, 0);
	bus_dma_segment_t seg;
	int n;

	if (bus_dmamem_alloc(sc->sc_dmat, 64, 0, 0, &seg, 1, &n, 1) != 0)
		return EIO;
	bus_dmamem_free(sc->sc_dmat, &seg, n);
	return bus_dmamap_load_raw(sc->sc_dmat, map, &seg, n, 64, 1) == 0; /* LINE: raw_freed */
}

CASE(raw_more)
{
	bus_dmamap_t map = testdev_map(sc, 2 * PAGE_SIZE, 0);
	bus_dma_segment_t seg = m->m_seg;

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	seg.ds_len = PAGE_SIZE;
	return bus_dmamap_load_raw(sc->sc_dmat, map, &seg, 1, PAGE_SIZE + 1, 1); /* LINE: raw_more */
}

/* A part of it, synced and looked at by the device. */
CASE(raw_part)
{
	bus_dmamap_t map = testdev_map(sc, 2 * PAGE_SIZE, 0);

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load_raw(sc->sc_dmat, map, &m->m_seg, 1, 100, 1) != 0 ||
	    map->dm_mapsize != 100 || map->dm_segs[0].ds_len != 100)
		return EIO;
	WORD(m, 0) = 7;
	bus_dmamap_sync(sc->sc_dmat, map, 0, 100, PREWRITE);
	READS(sc, TD_BACKING, map->dm_segs[0].ds_addr, 100);
	bus_dmamap_sync(sc->sc_dmat, map, 0, 100, POSTWRITE);
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	return 0;
}

/* --- pieces --- */

static int
testdev_uio(struct testdev_softc *sc, bus_dmamap_t map, struct iovec *iov,
    int n, size_t resid)
{
	struct uio uio;

	memset(&uio, 0, sizeof uio);
	uio.uio_iov = iov;
	uio.uio_iovcnt = n;
	uio.uio_resid = resid;
	uio.uio_segflg = UIO_SYSSPACE;
	uio.uio_rw = UIO_WRITE;
	return bus_dmamap_load_uio(sc->sc_dmat, map, &uio, BUS_DMA_NOWAIT);
}

/* Three pieces, as much of them as there is left: one load. */
CASE(uio_pieces)
{
	struct iovec iov[3] = { { m->m_kva, 16 }, { m->m_kva + 4096, 16 },
	    { m->m_kva + 8192, 4096 } };
	bus_dmamap_t map;
	int i;

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_create(sc->sc_dmat, 8192, 3, 4096, 0, BUS_DMA_NOWAIT,
	    &map) != 0 || testdev_uio(sc, map, iov, 3, 40) != 0)
		return EIO;
	if (map->dm_mapsize != 40 || map->dm_nsegs != 3 ||
	    map->dm_segs[2].ds_len != 8)
		return EIO;
	WORD(m, 0) = WORD(m, 1024) = WORD(m, 2048) = 1;
	bus_dmamap_sync(sc->sc_dmat, map, 0, 40, PREWRITE);
	for (i = 0; i < 3; i++)
		READS(sc, TD_BACKING, map->dm_segs[i].ds_addr,
		    map->dm_segs[i].ds_len);
	bus_dmamap_unload(sc->sc_dmat, map);
	/* A piece too many leaves none. */
	iov[2].iov_base = m->m_kva + 8192 + 4000;
	iov[2].iov_len = 200;
	bus_dmamap_destroy(sc->sc_dmat, map);
	if (bus_dmamap_create(sc->sc_dmat, 8192, 2, 4096, 0, BUS_DMA_NOWAIT,
	    &map) != 0 || testdev_uio(sc, map, iov, 3, 232) != EFBIG)
		return EIO;
	return map->dm_mapsize == 0 && map->dm_nsegs == 0 ? 0 : EIO;
}

/* The second piece is synced by its offset in the load: one byte too few. */
CASE(uio_short)
{
	struct iovec iov[2] = { { m->m_kva, 128 }, { m->m_kva + 4096, 128 } };
	bus_dmamap_t map;

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_create(sc->sc_dmat, 8192, 2, 4096, 0, BUS_DMA_NOWAIT,
	    &map) != 0 || testdev_uio(sc, map, iov, 2, 256) != 0)
		return EIO;
	bus_dmamap_sync(sc->sc_dmat, map, 0, 256, PREWRITE);
	WORD(m, 1024 + 16) = 0x01010101; /* STORE: uio_short */
	bus_dmamap_sync(sc->sc_dmat, map, 0, 128 + 64, PREWRITE);
	READS(sc, TD_BACKING, map->dm_segs[1].ds_addr, 128); /* LINE: uio_short */
	return 0;
}

/* A packet of three mbufs; the one between has no bytes. */
static struct mbuf *
testdev_packet(void)
{
	struct mbuf *p = m_gethdr(M_DONTWAIT, MT_DATA), *n;
	int i;

	p->m_len = 128;
	for (i = 0, n = p; i < 2; i++, n = n->m_next)
		n->m_next = m_get(M_DONTWAIT, MT_DATA);
	n->m_len = 128;
	p->m_next->m_len = 0;
	p->m_pkthdr.len = 256;
	return p;
}

static bus_dmamap_t
testdev_packet_load(struct testdev_softc *sc, struct mbuf *p)
{
	bus_dmamap_t map;

	if (bus_dmamap_create(sc->sc_dmat, 256, 2, 256, 0, BUS_DMA_NOWAIT,
	    &map) != 0 || bus_dmamap_load_mbuf(sc->sc_dmat, map, p,
	    BUS_DMA_NOWAIT) != 0)
		panic("testdev: no load");
	return map;
}

CASE(mbuf_loaded)
{
	struct mbuf *p = testdev_packet();
	bus_dmamap_t map = testdev_packet_load(sc, p);
	int i;

	if (map->dm_mapsize != 256 || map->dm_nsegs != 2)
		return EIO;
	memset(p->m_data, 1, 128);
	memset(p->m_next->m_next->m_data, 2, 128);
	bus_dmamap_sync(sc->sc_dmat, map, 0, 256, PREWRITE);
	for (i = 0; i < 2; i++)
		READS(sc, TD_PAYLOAD, map->dm_segs[i].ds_addr, 128);
	testdev_complete(sc);
	bus_dmamap_sync(sc->sc_dmat, map, 0, 256, POSTWRITE);
	bus_dmamap_unload(sc->sc_dmat, map);
	p->m_len = 0;			/* a first mbuf of no bytes, too */
	p->m_pkthdr.len = 128;
	if (bus_dmamap_load_mbuf(sc->sc_dmat, map, p, BUS_DMA_NOWAIT) != 0 ||
	    map->dm_mapsize != 128 || map->dm_nsegs != 1)
		return EIO;
	bus_dmamap_unload(sc->sc_dmat, map);
	/* A packet that is too long leaves nothing. */
	p->m_pkthdr.len = 257;
	if (bus_dmamap_load_mbuf(sc->sc_dmat, map, p, BUS_DMA_NOWAIT) !=
	    EINVAL || map->dm_mapsize != 0 || map->dm_nsegs != 0)
		return EIO;
	m_freem(p);
	bus_dmamap_destroy(sc->sc_dmat, map);
	return 0;
}

/* The last mbuf is synced by its offset in the packet: not all of it. */
CASE(mbuf_short)
{
	struct mbuf *p = testdev_packet();
	bus_dmamap_t map = testdev_packet_load(sc, p);
	volatile uint32_t *data = mtod(p->m_next->m_next, volatile uint32_t *);

	bus_dmamap_sync(sc->sc_dmat, map, 0, 256, PREWRITE);
	data[31] = 0x01010101;		/* STORE: mbuf_short */
	bus_dmamap_sync(sc->sc_dmat, map, 0, 128 + 32, PREWRITE);
	READS(sc, TD_PAYLOAD, map->dm_segs[1].ds_addr, 128); /* LINE: mbuf_short */
	return 0;
}

CASE(mbuf_freed_loaded)
{
	struct mbuf *p = testdev_packet();

	testdev_packet_load(sc, p);
	m_freem(p);			/* LINE: mbuf_freed_loaded */
	return 0;
}

/* --- which way --- */

static void
testdev_load_way(struct testdev_softc *sc, struct testdev_mem *m, int way)
{
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (bus_dmamap_load(sc->sc_dmat, m->m_map, m->m_kva, m->m_size, NULL,
	    BUS_DMA_NOWAIT | way) != 0)
		panic("testdev: no load");
}

CASE(direction_of_device)
{
	testdev_load_way(sc, m, BUS_DMA_WRITE);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: direction_of_device */
	return 0;
}

CASE(direction_of_sync)
{
	testdev_load_way(sc, m, BUS_DMA_READ);
	SYNC(sc, m, 0, 64, PREREAD | PREWRITE);	/* LINE: direction_of_sync */
	return 0;
}

CASE(direction_kept)
{
	testdev_load_way(sc, m, BUS_DMA_READ);
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	SYNC(sc, m, 0, 64, POSTREAD);
	testdev_load_way(sc, m, BUS_DMA_WRITE);
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	SYNC(sc, m, 0, 64, POSTWRITE);
	testdev_load_way(sc, m, BUS_DMA_READ | BUS_DMA_WRITE);
	SYNC(sc, m, 0, 64, PREREAD | PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	return 0;
}

/* --- until when --- */

CASE(unload_posted)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	bus_dmamap_unload(sc->sc_dmat, m->m_map); /* LINE: unload_posted */
	return 0;
}

CASE(destroy_posted)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	bus_dmamap_destroy(sc->sc_dmat, m->m_map); /* LINE: destroy_posted */
	return 0;
}

/* It came back; that nobody has looked yet is another matter. */
CASE(unload_given_back)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	return 0;
}

/* What the device has is in the other map. */
CASE(unload_other)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);

	if (bus_dmamap_load(sc->sc_dmat, map, m->m_kva + 4096, 64, NULL, 1) !=
	    0)
		return EIO;
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	bus_dmamap_unload(sc->sc_dmat, map);
	testdev_complete(sc);
	bus_dmamap_destroy(sc->sc_dmat, map);
	return 0;
}

/* Another map over the first bytes of m. */
static bus_dmamap_t
testdev_second(struct testdev_softc *sc, struct testdev_mem *m)
{
	bus_dmamap_t map = testdev_map(sc, 64, 0);

	if (bus_dmamap_load(sc->sc_dmat, map, m->m_kva, 64, NULL, 1) != 0)
		panic("testdev: no load");
	bus_dmamap_sync(sc->sc_dmat, map, 0, 64, PREREAD | PREWRITE);
	return map;
}

CASE(overlap_written)
{
	bus_dmamap_t map = testdev_second(sc, m);

	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	WRITES(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr + 60, 4); /* LINE: overlap_written */
	return 0;
}

CASE(overlap_read_and_written)
{
	bus_dmamap_t map = testdev_second(sc, m);

	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	READS(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr, 1); /* LINE: overlap_read_and_written */
	return 0;
}

CASE(overlap_read)
{
	bus_dmamap_t map = testdev_second(sc, m);

	READS(sc, TD_PAYLOAD, BUS(m), 64);
	READS(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr, 64);
	return 0;
}

/* One after the other; and at once, side by side. */
CASE(overlap_in_turn)
{
	bus_dmamap_t map = testdev_second(sc, m);

	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	WRITES(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr, 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);	/* and nobody looks */
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	WRITES(sc, TD_PAYLOAD, BUS(m), 32);
	WRITES(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr + 32, 32);
	return 0;
}

/* Twice by one map: a place for answers that nobody reads. */
CASE(overlap_of_one_map)
{
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

/* --- syncs --- */

CASE(sync_no_operation)
{
	SYNC(sc, m, 0, 64, 0);		/* LINE: sync_no_operation */
	return 0;
}

CASE(sync_unknown_operation)
{
	SYNC(sc, m, 0, 64, PREWRITE | 0x10); /* LINE: sync_unknown_operation */
	return 0;
}

CASE(sync_each_operation)
{
	SYNC(sc, m, 0, 64, PREREAD);
	SYNC(sc, m, 0, 64, POSTREAD);
	SYNC(sc, m, 0, 64, PREWRITE);
	SYNC(sc, m, 0, 64, POSTWRITE);
	return 0;
}

CASE(sync_unmapped)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	SYNC(sc, m, 0, 64, PREWRITE);	/* LINE: sync_unmapped */
	return 0;
}

/* Who syncs no more may unmap before the unload. */
CASE(unmap_then_unload)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	bus_dmamem_free(sc->sc_dmat, &m->m_seg, 1);
	bus_dmamap_destroy(sc->sc_dmat, m->m_map);
	return 0;
}

/*
 * kern_bus_dma.c: memory that devices reach, bus_dma(9).
 *
 * What a map is and does is the host's knowledge; struct bus_dmamap is what a
 * driver sees of it, kept in step after every call that changes it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/uio.h>
#include <machine/bus.h>
#include <machine/pmap.h>

#include "kern_var.h"

struct bus_dma_tag {
	const char	*t_name;
};

struct bus_dma_tag pci_bus_dma_tag = { "pci" };

#define BUS_DMA_TAG_CHECK(t)	KASSERT((t) == &pci_bus_dma_tag)

static size_t
dmamap_size(int nsegments)
{
	return sizeof(struct bus_dmamap) +
	    nsegments * sizeof(bus_dma_segment_t);
}

/* The host's answer, through the stack, into memory that is instrumented. */
static void
dma_segments_take(bus_dma_segment_t *to, const struct hc_segment *from,
    hc_u32 n)
{
	hc_u32 i;

	for (i = 0; i < n; i++) {
		to[i].ds_addr = from[i].addr;
		to[i].ds_len = from[i].len;
	}
}

static void
dma_segments_give(struct hc_segment *to, const bus_dma_segment_t *from, int n)
{
	int i;

	if (n < 0 || n > (int)HC_SEGMENTS_MAX)
		KERN_UNMODELLED("bus_dma of more than 256 segments");
	for (i = 0; i < n; i++) {
		to[i].addr = from[i].ds_addr;
		to[i].len = from[i].ds_len;
	}
}

/* --- maps --- */

/* Segments of nothing that is loaded are nothing that anybody is promised: rule
   M7. */
static void
segments_leave(bus_dmamap_t map, int n)
{
	for (int i = 0; i < n && i < map->_dm_segcnt; i++)
		memset(&map->dm_segs[i], HC_FREED_BYTE,
		    sizeof map->dm_segs[i]);
}

int
bus_dmamap_create(bus_dma_tag_t t, bus_size_t size, int nsegments,
    bus_size_t maxsegsz, bus_size_t boundary, int flags, bus_dmamap_t *mapp)
{
	bus_dmamap_t map;
	hc_u64 host;
	int error;

	BUS_DMA_TAG_CHECK(t);
	if (nsegments < 1)
		return EINVAL;
	if (nsegments > (int)HC_SEGMENTS_MAX)
		KERN_UNMODELLED("bus_dmamap_create of more than 256 segments");
	map = malloc(dmamap_size(nsegments), M_DEVBUF, KERN_M_PART | M_ZERO |
	    ((flags & BUS_DMA_NOWAIT) ? M_NOWAIT : M_WAITOK));
	if (map == NULL)
		return ENOMEM;
	map->_dm_segcnt = nsegments;
	map->_dm_size = size;
	segments_leave(map, nsegments);
	error = hc->dmamap_create(size, nsegments, maxsegsz, boundary, flags,
	    &host);
	if (error != 0) {
		free(map, M_DEVBUF, dmamap_size(nsegments));
		return error;
	}
	map->_dm_host = host;
	*mapp = map;
	return 0;
}

void
bus_dmamap_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	BUS_DMA_TAG_CHECK(t);
	hc->dmamap_destroy(map->_dm_host);
	free(map, M_DEVBUF, dmamap_size(map->_dm_segcnt));
}

/* Shows the driver how a load went. */
static int
dmamap_loaded(bus_dmamap_t map, int error, bus_size_t size,
    const struct hc_segment *segs, hc_u32 nsegs)
{
	if (error != 0) {
		map->dm_mapsize = 0;
		map->dm_nsegs = 0;
		return error;
	}
	KASSERT(nsegs <= (hc_u32)map->_dm_segcnt);
	dma_segments_take(map->dm_segs, segs, nsegs);
	map->dm_nsegs = nsegs;
	map->dm_mapsize = size;
	return 0;
}

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t size,
    struct proc *p, int flags)
{
	struct hc_segment segs[HC_SEGMENTS_MAX];
	hc_u32 nsegs = 0;
	int error;

	BUS_DMA_TAG_CHECK(t);
	if (p != NULL)
		KERN_UNMODELLED("bus_dmamap_load of a process's memory");
	error = hc->dmamap_load(map->_dm_host, buf, size, flags, 0, segs,
	    &nsegs);
	return dmamap_loaded(map, error, size, segs, nsegs);
}

/*
 * As much of the pieces as uio_resid says is one load; what comes later is
 * appended to what there is, and a piece that fails undoes them all.
 */
int
bus_dmamap_load_uio(bus_dma_tag_t t, bus_dmamap_t map, struct uio *uio,
    int flags)
{
	struct hc_segment segs[HC_SEGMENTS_MAX];
	size_t left = uio->uio_resid, n;
	hc_u32 nsegs = 0;
	int error = 0, i;

	BUS_DMA_TAG_CHECK(t);
	if (uio->uio_segflg != UIO_SYSSPACE)
		KERN_UNMODELLED("bus_dmamap_load_uio of a process's memory");
	for (i = 0; i < uio->uio_iovcnt && left != 0 && error == 0; i++) {
		n = ulmin(left, uio->uio_iov[i].iov_len);
		error = hc->dmamap_load(map->_dm_host,
		    uio->uio_iov[i].iov_base, n, flags, i != 0, segs, &nsegs);
		left -= n;
	}
	return dmamap_loaded(map, error, uio->uio_resid, segs, nsegs);
}

/*
 * All mbufs of a packet that have bytes are one load.  The kernels go by the
 * length in the packet's header, and panic where there is none.
 */
int
bus_dmamap_load_mbuf(bus_dma_tag_t t, bus_dmamap_t map, struct mbuf *m0,
    int flags)
{
	struct hc_segment segs[HC_SEGMENTS_MAX];
	struct mbuf *m;
	hc_u32 nsegs = 0;
	int append = 0, error = 0;

	BUS_DMA_TAG_CHECK(t);
	if ((m0->m_flags & M_PKTHDR) == 0)
		panic("bus_dmamap_load_mbuf: no packet header");
	if (m0->m_pkthdr.len < 0 || m0->m_pkthdr.len > map->_dm_size)
		return dmamap_loaded(map, EINVAL, 0, segs, 0);
	for (m = m0; m != NULL && error == 0; m = m->m_next) {
		if (m->m_len == 0)
			continue;
		error = hc->dmamap_load(map->_dm_host, m->m_data, m->m_len,
		    flags, append, segs, &nsegs);
		append = 1;
	}
	if (!append)			/* tells that there is nothing */
		error = hc->dmamap_load(map->_dm_host, m0->m_data, 0, flags,
		    0, segs, &nsegs);
	return dmamap_loaded(map, error, m0->m_pkthdr.len, segs, nsegs);
}

int
bus_dmamap_load_raw(bus_dma_tag_t t, bus_dmamap_t map,
    bus_dma_segment_t *raw, int nraw, bus_size_t size, int flags)
{
	struct hc_segment from[HC_SEGMENTS_MAX], segs[HC_SEGMENTS_MAX];
	hc_u32 nsegs = 0;
	int error;

	BUS_DMA_TAG_CHECK(t);
	dma_segments_give(from, raw, nraw);
	error = hc->dmamap_load_raw(map->_dm_host, from, nraw, size, flags,
	    segs, &nsegs);
	return dmamap_loaded(map, error, size, segs, nsegs);
}

void
bus_dmamap_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	BUS_DMA_TAG_CHECK(t);
	hc->dmamap_unload(map->_dm_host);
	segments_leave(map, map->dm_nsegs);
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
}

void
bus_dmamap_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t size, int ops)
{
	BUS_DMA_TAG_CHECK(t);
	hc->dmamap_sync(map->_dm_host, offset, size, ops);
}

/* --- memory --- */

int
bus_dmamem_alloc_range(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, bus_dma_segment_t *segs, int nsegs_max, int *nsegs,
    int flags, bus_addr_t low, bus_addr_t high)
{
	struct hc_segment got[HC_SEGMENTS_MAX];
	hc_u32 n = 0;
	int error;

	BUS_DMA_TAG_CHECK(t);
	if (nsegs_max > (int)HC_SEGMENTS_MAX)
		nsegs_max = HC_SEGMENTS_MAX;
	error = hc->dmamem_alloc(size, alignment, boundary, low, high,
	    nsegs_max, flags, got, &n);
	if (error != 0)
		return error;
	KASSERT(n <= (hc_u32)nsegs_max);
	dma_segments_take(segs, got, n);
	*nsegs = n;
	return 0;
}

int
bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, bus_dma_segment_t *segs, int nsegs_max, int *nsegs,
    int flags)
{
	return bus_dmamem_alloc_range(t, size, alignment, boundary, segs,
	    nsegs_max, nsegs, flags, 0, (bus_addr_t)-1);
}

void
bus_dmamem_free(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs)
{
	struct hc_segment given[HC_SEGMENTS_MAX];

	BUS_DMA_TAG_CHECK(t);
	dma_segments_give(given, segs, nsegs);
	hc->dmamem_free(given, nsegs);
}

int
bus_dmamem_map(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs,
    size_t size, caddr_t *kvap, int flags)
{
	struct hc_segment given[HC_SEGMENTS_MAX];
	void *kva;
	int error;

	BUS_DMA_TAG_CHECK(t);
	dma_segments_give(given, segs, nsegs);
	error = hc->dmamem_map(given, nsegs, size, flags, &kva);
	if (error == 0)
		*kvap = kva;
	return error;
}

void
bus_dmamem_unmap(bus_dma_tag_t t, caddr_t kva, size_t size)
{
	BUS_DMA_TAG_CHECK(t);
	hc->dmamem_unmap(kva, size);
}

paddr_t
bus_dmamem_mmap(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs,
    off_t offset, int prot, int flags)
{
	struct hc_segment given[HC_SEGMENTS_MAX];
	paddr_t pa;

	BUS_DMA_TAG_CHECK(t);
	dma_segments_give(given, segs, nsegs);
	pa = hc->dmamem_mmap(given, nsegs, offset, prot, flags);
	if (pa != (paddr_t)-1 && (flags & BUS_DMA_NOCACHE) != 0)
		pa |= PMAP_NOCACHE;
	return pa;
}

/* bus_dma_load.c: loading a map: pieces, segments within limits, addresses. */
#include "bus_dma_var.h"

#include <string.h>

#include "check.h"

static int
piece_add(struct bus_dma *b, struct bus_map *map, uint64_t home, uint64_t len,
    int bounce)
{
	struct bus_piece p = { map->loaded, len, home, home, home };

	if (map->npieces == BUS_DMA_PIECES_MAX)
		return BUS_DMA_EFBIG;
	if (bounce) {			/* rule B2: one bounce page a page */
		if (map->bounce_used == map->nbounce)
			return BUS_DMA_ENOMEM;
		p.view = p.bus = map->bounce + map->bounce_used++ * MEM_PAGE +
		    home % MEM_PAGE;
	}
	if (b->iommu) {			/* rule I1: a page of its own a page */
		p.bus = b->iommu_next + home % MEM_PAGE;
		b->iommu_next += MEM_PAGE;
	}
	if (map->npieces == map->pieces_max) {
		map->pieces_max = map->pieces_max != 0 ?
		    2 * map->pieces_max : 4;
		map->pieces = check_realloc(map->pieces,
		    map->pieces_max * sizeof map->pieces[0]);
	}
	map->pieces[map->npieces++] = p;
	map->loaded += len;
	return 0;
}

/* Segments of all pieces, by the map's limits. */
static int
segments_make(struct bus_map *map)
{
	map->nsegs = 0;
	for (size_t i = 0; i < map->npieces; i++) {
		uint64_t at = map->pieces[i].bus, left = map->pieces[i].len;

		while (left > 0) {
			struct bus_segment *s = map->nsegs != 0 ?
			    &map->segs[map->nsegs - 1] : NULL;
			uint64_t n = left;

			if (map->boundary != 0 &&
			    n > map->boundary - at % map->boundary)
				n = map->boundary - at % map->boundary;
			if (s != NULL && s->addr + s->len == at &&
			    s->len < map->maxsegsz && (map->boundary == 0 ||
			    at % map->boundary != 0)) {
				if (n > map->maxsegsz - s->len)
					n = map->maxsegsz - s->len;
				s->len += n;
			} else {
				if (map->nsegs == map->nsegments)
					return BUS_DMA_EFBIG;
				if (n > map->maxsegsz)
					n = map->maxsegsz;
				s = &map->segs[map->nsegs++];
				s->addr = at;
				s->len = n;
			}
			at += n;
			left -= n;
		}
	}
	return 0;
}

void
bus_dma_map_empty(struct bus_map *map)
{
	map->loaded = 0;
	map->npieces = 0;
	map->nsegs = 0;
	map->bounce_used = 0;
}

static int
load_end(struct bus_dma *b, struct bus_map *map, int error,
    struct bus_segment *segs, uint32_t *nsegs)
{
	if (error == 0)
		error = segments_make(map);
	if (error != 0) {
		bus_dma_map_empty(map);
		*nsegs = 0;
		return error;
	}
	map->loaded_at = callpath_here(b->paths, NULL);
	b->iommu_next += MEM_PAGE;	/* nothing lies behind a load */
	memcpy(segs, map->segs, map->nsegs * sizeof segs[0]);
	*nsegs = map->nsegs;
	return 0;
}

static int
load_begin(struct bus_dma *b, struct bus_map *map, uint64_t len, int append)
{
	if (map->loaded != 0 && !append) {
		bus_dma_rule(b, "dma-load-over-load", b->iommu, map,
		    "bus_dmamap_load over a map that still has %llu bytes "
		    "loaded: unload it first; with an IOMMU its addresses leak",
		    (unsigned long long)map->loaded);
		bus_dma_map_empty(map);
	}
	if (len > map->size - map->loaded)
		return BUS_DMA_EINVAL;
	return b->events.fail(b->self) ? BUS_DMA_ENOMEM : 0;
}

int
bus_dma_map_load(struct bus_dma *b, uint64_t id, uint64_t va, uint64_t len,
    uint32_t flags, int append, struct bus_segment *segs, uint32_t *nsegs)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_load");
	int error;

	(void)flags;
	*nsegs = 0;
	if (map == NULL)
		return BUS_DMA_EINVAL;
	error = load_begin(b, map, len, append);
	while (error == 0 && len > 0) {
		uint64_t n = MEM_PAGE - va % MEM_PAGE, home;

		if (n > len)
			n = len;
		home = mem_va_to_pa(b->mem, va);
		if (home == MEM_NOWHERE || (mem_va_flags(b->mem, va) &
		    (MEM_VA_LOST | MEM_VA_ABORT)) != 0) {
			/* An address outside the window differs from run to
			   run (where the guest was loaded): not told. */
			bus_dma_rule(b, "dma-load-address", 1, map,
			    mem_va_inside(va, 1) ? "bus_dmamap_load of 0x%llx, "
			    "which is neither memory of malloc(9) nor a "
			    "mapping of bus_dmamem_map(9)" :
			    "bus_dmamap_load of an address outside the kernel's"
			    " memory, neither of malloc(9) nor of "
			    "bus_dmamem_map(9)", (unsigned long long)va);
			error = BUS_DMA_EINVAL;
			break;
		}
		mem_track(b->mem, va);
		error = piece_add(b, map, home, n, b->bounce);
		va += n;
		len -= n;
	}
	return load_end(b, map, error, segs, nsegs);
}

int
bus_dma_map_load_raw(struct bus_dma *b, uint64_t id,
    const struct bus_segment *raw, uint32_t nraw, uint64_t len, uint32_t flags,
    struct bus_segment *segs, uint32_t *nsegs)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_load_raw");
	int error;

	(void)flags;
	*nsegs = 0;
	if (map == NULL)
		return BUS_DMA_EINVAL;
	error = load_begin(b, map, len, 0);
	for (uint32_t i = 0; error == 0 && i < nraw && len > 0; i++) {
		uint64_t pa = raw[i].addr, left = raw[i].len;

		if (left > len)
			left = len;
		len -= left;
		while (error == 0 && left > 0) {
			uint64_t n = MEM_PAGE - pa % MEM_PAGE;

			if (n > left)
				n = left;
			error = mem_is_ram(b->mem, pa, n) ?
			    piece_add(b, map, pa, n, 0) : BUS_DMA_EINVAL;
			pa += n;
			left -= n;
		}
	}
	if (error == 0 && len > 0)
		error = BUS_DMA_EINVAL;
	return load_end(b, map, error, segs, nsegs);
}

void
bus_dma_map_unload(struct bus_dma *b, uint64_t id)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_unload");

	if (map == NULL)
		return;
	if (map->loaded == 0)
		bus_dma_rule(b, "dma-unload-unloaded", 0, map,
		    "bus_dmamap_unload of a map that is not loaded");
	bus_dma_map_empty(map);
}

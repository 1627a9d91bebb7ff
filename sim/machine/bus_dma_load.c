/* bus_dma_load.c: loading a map: pieces, segments within limits, addresses. */
#include "bus_dma_var.h"

#include <string.h>

#include "check.h"

typedef unsigned long long ull;

static int
piece_add(struct bus_dma *b, struct bus_map *map, uint64_t home, uint64_t va,
    uint64_t len, int bounce)
{
	struct bus_piece p = { map->loaded, len, home, home, home, va };

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
	bus_dma_reach_add(b, map);
	++*bus_dma_loads(b, home);
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

/* What is left there is what was there at first (rule B3). */
static void
bounce_leave(struct bus_dma *b, const struct bus_piece *p)
{
	static const uint8_t zeros[MEM_PAGE];

	if (p->view == p->home)
		return;
	CHECK(p->len <= MEM_PAGE);
	mem_cpu_store(b->mem, p->view, zeros, p->len, MEM_PC_COPY);
}

void
bus_dma_map_empty(struct bus_dma *b, struct bus_map *map)
{
	for (size_t i = 0; i < map->npieces; i++) {
		--*bus_dma_loads(b, map->pieces[i].home);
		bounce_leave(b, &map->pieces[i]);
	}
	bus_dma_reach_empty(b, map);
	map->loaded = 0;
	map->load_flags = 0;
	map->npieces = 0;
	map->nsegs = 0;
	map->bounce_used = 0;
}

static int
load_begin(struct bus_dma *b, struct bus_map *map, uint64_t len,
    uint32_t flags, int append, const char *call)
{
	if (!append && map->loaded != 0) {
		bus_dma_rule(b, "dma-load-over-load", b->iommu, map,
		    "%s over a map that still has %llu bytes loaded: unload it "
		    "first; with an IOMMU its addresses leak", call,
		    (ull)map->loaded);
		bus_dma_map_empty(b, map);
	}
	map->load_flags |= flags;
	bus_dma_map_stale(b, map);
	if (len > map->size - map->loaded)
		return BUS_DMA_EINVAL;
	if (len == 0 && !append)
		bus_dma_rule(b, "dma-load-nothing", 0, map, "%s of 0 bytes: "
		    "the kernel says that there is a segment, and it is an "
		    "old one", call);
	/* The pieces of one load succeed or fail together. */
	return !append && b->events.fail(b->self) ? BUS_DMA_ENOMEM : 0;
}

static int
load_end(struct bus_dma *b, struct bus_map *map, int error,
    struct bus_segment *segs, uint32_t *nsegs)
{
	if (error == 0)
		error = segments_make(map);
	if (error != 0) {
		bus_dma_map_empty(b, map);
		*nsegs = 0;
		return error;
	}
	bus_dma_map_stale(b, map);
	map->loaded_at = callpath_here(b->paths, NULL);
	b->iommu_next += MEM_PAGE;	/* nothing lies behind a load */
	memcpy(segs, map->segs, map->nsegs * sizeof segs[0]);
	*nsegs = map->nsegs;
	return 0;
}

/* Memory that cannot be loaded; where outside the window differs from run to
   run (it is where the guest was loaded) and is not told. */
static void
load_address_told(struct bus_dma *b, const struct bus_map *map, uint64_t va)
{
	if (mem_va_inside(va, 1)) {
		bus_dma_rule(b, "dma-load-address", 1, map, "bus_dmamap_load "
		    "of 0x%llx, which is neither memory of malloc(9) nor a "
		    "mapping of bus_dmamem_map(9)", (ull)va);
		return;
	}
	switch (callpath_place(b->paths, va)) {
	case CALLPATH_STACK:
		bus_dma_rule(b, "dma-load-stack", 1, map, "bus_dmamap_load of "
		    "a variable on the stack: it is gone when its function "
		    "returns, and shares its cache lines with other calls");
		break;
	case CALLPATH_MODULE:
		bus_dma_rule(b, "dma-load-address", 1, map, "bus_dmamap_load "
		    "of the driver's own code, constants or static data: take "
		    "memory of malloc(9) or bus_dmamem_alloc(9) (static data "
		    "might do in a kernel, and is not modelled here)");
		break;
	default:
		bus_dma_rule(b, "dma-load-address", 1, map, "bus_dmamap_load "
		    "of an address outside the kernel's memory, neither of "
		    "malloc(9) nor of bus_dmamem_map(9)");
		break;
	}
}

/* Heap memory is loaded as it was allocated, rule J12: not freed, and not
   beyond. */
static void
load_heap_checked(struct bus_dma *b, const struct bus_map *map, uint64_t va,
    uint64_t len)
{
	int live = mem_heap_judged(b->mem, va, len);

	if (live == 0)
		bus_dma_rule(b, "dma-load-freed", 1, map, "bus_dmamap_load of "
		    "memory that free(9) took back or malloc(9) never gave");
	else if (live > 0)
		bus_dma_rule(b, "dma-load-beyond", 0, map, "bus_dmamap_load of "
		    "%llu bytes, which end past the end of what malloc(9) gave",
		    (ull)len);
}

int
bus_dma_map_load(struct bus_dma *b, uint64_t id, uint64_t va, uint64_t len,
    uint32_t flags, int append, struct bus_segment *segs, uint32_t *nsegs)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_load");
	int error;

	*nsegs = 0;
	if (map == NULL)
		return BUS_DMA_EINVAL;
	error = load_begin(b, map, len, flags, append, "bus_dmamap_load");
	if (error == 0)
		load_heap_checked(b, map, va, len);
	while (error == 0 && len > 0) {
		uint64_t n = MEM_PAGE - va % MEM_PAGE, home;

		if (n > len)
			n = len;
		home = mem_va_to_pa(b->mem, va);
		if (home == MEM_NOWHERE || (mem_va_flags(b->mem, va) &
		    (MEM_VA_LOST | MEM_VA_ABORT)) != 0) {
			load_address_told(b, map, va);
			error = BUS_DMA_EINVAL;
			break;
		}
		mem_track(b->mem, va);
		error = piece_add(b, map, home, va, n,
		    b->bounce || home > b->limit);
		va += n;
		len -= n;
	}
	return load_end(b, map, error, segs, nsegs);
}

/* One segment of a raw load; what it is of is said if it is of nothing. */
static int
raw_add(struct bus_dma *b, struct bus_map *map, uint64_t pa, uint64_t left)
{
	int error = 0;

	if (bus_dma_memory_by_pa(b, pa) == NULL) {
		bus_dma_rule(b, "dma-load-raw-unknown", 1, map,
		    "bus_dmamap_load_raw of a segment at 0x%llx of %llu bytes "
		    "that bus_dmamem_alloc did not give, or that was freed",
		    (ull)pa, (ull)left);
		return BUS_DMA_EINVAL;
	}
	while (error == 0 && left > 0) {
		uint64_t n = MEM_PAGE - pa % MEM_PAGE;

		if (n > left)
			n = left;
		error = mem_is_ram(b->mem, pa, n) ?
		    piece_add(b, map, pa, 0, n, 0) : BUS_DMA_EINVAL;
		pa += n;
		left -= n;
	}
	return error;
}

int
bus_dma_map_load_raw(struct bus_dma *b, uint64_t id,
    const struct bus_segment *raw, uint32_t nraw, uint64_t len, uint32_t flags,
    struct bus_segment *segs, uint32_t *nsegs)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_load_raw");
	int error;

	*nsegs = 0;
	if (map == NULL)
		return BUS_DMA_EINVAL;
	error = load_begin(b, map, len, flags, 0, "bus_dmamap_load_raw");
	if (error == 0 && nraw > map->nsegments)
		error = BUS_DMA_EINVAL;
	for (uint32_t i = 0; error == 0 && i < nraw && len > 0; i++) {
		uint64_t n = raw[i].len < len ? raw[i].len : len;

		error = raw_add(b, map, raw[i].addr, n);
		len -= n;
	}
	if (error == 0 && len > 0)
		bus_dma_rule(b, "dma-load-raw-size", 0, map,
		    "bus_dmamap_load_raw of %llu bytes more than the segments "
		    "have: the kernel says that they are loaded", (ull)len);
	error = load_end(b, map, error, segs, nsegs);
	/* The kernels say EINVAL here where they say EFBIG in the others. */
	return error == BUS_DMA_EFBIG ? BUS_DMA_EINVAL : error;
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
	else
		b->events.unloading(b->self, map, "bus_dmamap_unload");
	bus_dma_map_empty(b, map);
}

/* bus_dma.c: maps, DMA memory, bounce pages, and what a sync does. */
#include "bus_dma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Flags of hypercall.h that matter here. */
#define FLAG_ZERO	0x0800u
/* An IOMMU's addresses begin here: where no machine has memory. */
#define IOMMU_BASE	UINT64_C(0x7000000000)

struct bus_dma {
	struct mem *mem;
	enum sync_arch arch;
	int bounce, iommu;
	uint64_t iommu_next;		/* the next address it gives */
	uint32_t owner;
	struct callpaths *paths;
	struct bus_dma_events events;
	void *self;
	struct bus_map **maps;		/* by id - 1; NULL: destroyed */
	size_t nmaps;
	struct bus_memory *memory;
	size_t nmemory, memory_max;
};

struct bus_dma *
bus_dma_create(struct mem *mem, enum sync_arch arch, int bounce,
    struct callpaths *paths, const struct bus_dma_events *events, void *self)
{
	struct bus_dma *b = check_calloc(1, sizeof *b);

	b->mem = mem;
	b->arch = arch;
	b->bounce = bounce;
	b->paths = paths;
	b->events = *events;
	b->self = self;
	return b;
}

void
bus_dma_iommu_set(struct bus_dma *b)
{
	b->iommu = 1;
	b->iommu_next = IOMMU_BASE;
}

int
bus_dma_iommu_gave(const struct bus_dma *b, uint64_t bus)
{
	return b->iommu && bus >= IOMMU_BASE && bus < b->iommu_next;
}

void
bus_dma_owner_set(struct bus_dma *b, uint32_t owner)
{
	b->owner = owner;
}

static void
map_free(struct bus_map *map)
{
	if (map != NULL)
		free(map->pieces);
	free(map);
}

void
bus_dma_destroy(struct bus_dma *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->nmaps; i++)
		map_free(b->maps[i]);
	free(b->maps);
	free(b->memory);
	free(b);
}

static void
rule(struct bus_dma *b, const char *id, int fatal, const struct bus_map *map,
    const char *fmt, unsigned long long x, unsigned long long y)
{
	char text[256];

	snprintf(text, sizeof text, fmt, x, y);
	b->events.rule(b->self, id, fatal, map, text);
}

/* The map of an id; a wrong one is reported, and NULL. */
static struct bus_map *
map_of(struct bus_dma *b, uint64_t id, const char *what)
{
	char text[160];

	if (id != 0 && id <= b->nmaps && b->maps[id - 1] != NULL)
		return b->maps[id - 1];
	snprintf(text, sizeof text, "%s of a map that was destroyed or never "
	    "created", what);
	b->events.rule(b->self, "dma-map-unknown", 1, NULL, text);
	return NULL;
}

int
bus_dma_map_create(struct bus_dma *b, uint64_t size, uint32_t nsegments,
    uint64_t maxsegsz, uint64_t boundary, uint32_t flags, uint64_t *id)
{
	struct bus_map *map;

	if (size == 0 || nsegments == 0 || maxsegsz == 0 ||
	    nsegments > BUS_DMA_SEGMENTS_MAX ||
	    (boundary & (boundary - 1)) != 0 || (boundary != 0 &&
	    boundary < maxsegsz && boundary < size)) {
		rule(b, "dma-create-arguments", 1, NULL, "bus_dmamap_create of "
		    "%llu bytes in %llu segments: size, segments and segment "
		    "size must not be 0, a boundary is a power of two and no "
		    "less than a segment", size, nsegments);
		return BUS_DMA_EINVAL;
	}
	if (b->nmaps == BUS_DMA_MAPS_MAX || b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	map = check_calloc(1, sizeof *map);
	map->size = size;
	map->nsegments = nsegments;
	map->maxsegsz = maxsegsz;
	map->boundary = boundary;
	map->flags = flags;
	map->bounce = MEM_NOWHERE;
	if (b->bounce) {		/* rule B1: pages of its own, zeroed */
		map->nbounce = size / MEM_PAGE + nsegments + 1;
		map->bounce = mem_pages_alloc(b->mem, map->nbounce, MEM_PAGE,
		    boundary > size ? boundary : 0, 0, UINT64_MAX);
		if (map->bounce == MEM_NOWHERE) {
			free(map);
			return BUS_DMA_ENOMEM;
		}
		for (uint64_t i = 0; i < map->nbounce; i++) {
			static const uint8_t zeros[MEM_PAGE];

			mem_device_store(b->mem, map->bounce + i * MEM_PAGE,
			    zeros, MEM_PAGE);
		}
	}
	map->created = callpath_here(b->paths, NULL);
	map->owner = b->owner;
	b->maps = check_realloc(b->maps, (b->nmaps + 1) * sizeof b->maps[0]);
	b->maps[b->nmaps++] = map;
	map->id = *id = b->nmaps;
	return 0;
}

void
bus_dma_map_destroy(struct bus_dma *b, uint64_t id)
{
	struct bus_map *map = map_of(b, id, "bus_dmamap_destroy");

	if (map == NULL)
		return;
	/* Destroying a loaded map is allowed: bus_dma(9). */
	if (map->bounce != MEM_NOWHERE)
		mem_pages_free(b->mem, map->bounce, map->nbounce);
	b->maps[id - 1] = NULL;
	map_free(map);
}

/* --- load --- */

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

static void
map_empty(struct bus_map *map)
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
		map_empty(map);
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
		rule(b, "dma-load-over-load", b->iommu, map, "bus_dmamap_load "
		    "over a map that still has %llu bytes loaded: unload it "
		    "first; with an IOMMU its addresses leak", map->loaded, 0);
		map_empty(map);
	}
	if (len > map->size - map->loaded)
		return BUS_DMA_EINVAL;
	return b->events.fail(b->self) ? BUS_DMA_ENOMEM : 0;
}

int
bus_dma_map_load(struct bus_dma *b, uint64_t id, uint64_t va, uint64_t len,
    uint32_t flags, int append, struct bus_segment *segs, uint32_t *nsegs)
{
	struct bus_map *map = map_of(b, id, "bus_dmamap_load");
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
			rule(b, "dma-load-address", 1, map, mem_va_inside(va,
			    1) ? "bus_dmamap_load of 0x%llx, which is neither "
			    "memory of malloc(9) nor a mapping of "
			    "bus_dmamem_map(9)" : "bus_dmamap_load of an "
			    "address outside the kernel's memory, neither of "
			    "malloc(9) nor of bus_dmamem_map(9)", va, 0);
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
	struct bus_map *map = map_of(b, id, "bus_dmamap_load_raw");
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
	struct bus_map *map = map_of(b, id, "bus_dmamap_unload");

	if (map == NULL)
		return;
	if (map->loaded == 0)
		rule(b, "dma-unload-unloaded", 0, map, "bus_dmamap_unload of a "
		    "map that is not loaded", 0, 0);
	map_empty(map);
}

/* --- sync --- */

/* What was done for bytes, whatever the machine made of it. */
static void
sync_shadow(struct bus_dma *b, uint64_t home, uint64_t n, uint32_t ops)
{
	unsigned clear = 0;

	if ((ops & SYNC_PREWRITE) != 0)
		clear |= MEM_UNWRITTEN;
	if ((ops & SYNC_PREREAD) != 0)
		clear |= MEM_UNREAD;
	if ((ops & SYNC_POSTREAD) != 0)
		clear |= MEM_DEVICE | MEM_RACY;
	mem_shadow_set(b->mem, home, n, 0, clear);
}

static void
sync_copy(struct bus_dma *b, const struct bus_piece *p, uint64_t skip,
    uint64_t n, const struct sync_effect *e)
{
	uint8_t page[MEM_PAGE];

	CHECK(n <= MEM_PAGE);
	if (e->copy_in) {
		mem_cpu_load(b->mem, p->view + skip, page, n);
		mem_cpu_store(b->mem, p->home + skip, page, n, MEM_PC_COPY);
	}
	if (e->copy_out) {
		mem_cpu_load(b->mem, p->home + skip, page, n);
		mem_cpu_store(b->mem, p->view + skip, page, n, MEM_PC_COPY);
	}
}

void
bus_dma_map_sync(struct bus_dma *b, uint64_t id, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	struct bus_map *map = map_of(b, id, "bus_dmamap_sync");
	int uncached = mem_line_size(b->mem) != 0 && !b->bounce;
	int panics = uncached && b->arch == SYNC_ARM64;
	struct sync_effect e = uncached ? sync_effect_uncached(b->arch, ops) :
	    sync_effect_of(b->arch, b->bounce, ops);
	uint64_t end = offset + len;

	if (map == NULL)
		return;
	if (map->loaded == 0)
		rule(b, "dma-sync-unloaded", 0, map, "bus_dmamap_sync of a map "
		    "that is not loaded", 0, 0);
	else if (end < offset || end > map->loaded)
		rule(b, "dma-sync-past-end", panics, map, panics ?
		    "bus_dmamap_sync up to byte %llu of a map with %llu bytes "
		    "loaded: this kernel panics; the run goes on as if it had "
		    "stopped at the end" :
		    "bus_dmamap_sync up to byte %llu of a map with %llu bytes "
		    "loaded", end, map->loaded);
	if ((ops & (SYNC_PREREAD | SYNC_PREWRITE)) != 0 &&
	    (ops & (SYNC_POSTREAD | SYNC_POSTWRITE)) != 0)
		rule(b, "dma-sync-mixed", 0, map, "bus_dmamap_sync with PRE and"
		    " POST operations in one call (0x%llx) is undefined", ops,
		    0);
	if (end < offset)
		end = UINT64_MAX;
	for (size_t i = 0; i < map->npieces; i++) {
		const struct bus_piece *p = &map->pieces[i];
		struct sync_effect bounced = { 0, 0, 0, 0, 0 };
		uint64_t skip = offset > p->offset ? offset - p->offset : 0;
		uint64_t n;

		if (p->offset >= end || skip >= p->len)
			continue;
		n = p->len - skip;
		if (n > end - p->offset - skip)
			n = end - p->offset - skip;
		/* What was loaded raw was not substituted: no copy. */
		sync_copy(b, p, skip, n, p->view != p->home ? &e : &bounced);
		if (e.clean)
			mem_lines_clean(b->mem, p->home + skip, n);
		if (e.invalidate)
			mem_lines_invalidate(b->mem, p->home + skip, n, 0);
		sync_shadow(b, p->home + skip, n, ops);
	}
	b->events.synced(b->self, map, offset, len, ops);
}

/* --- memory --- */

static struct bus_memory *
memory_at(struct bus_dma *b, uint64_t pa)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		struct bus_memory *m = &b->memory[i - 1];

		if (m->live && pa >= m->pa && pa - m->pa < m->size)
			return m;
	}
	return NULL;
}

int
bus_dma_mem_alloc(struct bus_dma *b, uint64_t size, uint64_t alignment,
    uint64_t boundary, uint64_t low, uint64_t high, uint32_t nsegs_max,
    uint32_t flags, struct bus_segment *segs, uint32_t *nsegs)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE, pa;
	struct bus_memory *m;

	*nsegs = 0;
	if (alignment < MEM_PAGE)
		alignment = MEM_PAGE;
	if (size == 0 || nsegs_max == 0 || (alignment & (alignment - 1)) != 0 ||
	    (boundary & (boundary - 1)) != 0 || low >= high) {
		rule(b, "dma-alloc-arguments", 1, NULL, "bus_dmamem_alloc of "
		    "%llu bytes in %llu segments: neither may be 0, alignment "
		    "and boundary are powers of two", size, nsegs_max);
		return BUS_DMA_EINVAL;
	}
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	pa = mem_pages_alloc(b->mem, npages, alignment, boundary, low, high);
	if (pa == MEM_NOWHERE)
		return BUS_DMA_ENOMEM;
	if (b->nmemory == b->memory_max) {
		b->memory_max = b->memory_max != 0 ? 2 * b->memory_max : 16;
		b->memory = check_realloc(b->memory,
		    b->memory_max * sizeof b->memory[0]);
	}
	m = &b->memory[b->nmemory++];
	memset(m, 0, sizeof *m);
	m->pa = pa;
	m->size = npages * MEM_PAGE;
	m->flags = flags;
	m->live = 1;
	m->allocated = callpath_here(b->paths, NULL);
	m->owner = b->owner;
	segs[0].addr = pa;
	segs[0].len = m->size;
	*nsegs = 1;
	return 0;
}

void
bus_dma_mem_free(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs)
{
	for (uint32_t i = 0; i < nsegs; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr);

		if (m == NULL || m->pa != segs[i].addr ||
		    m->size != segs[i].len) {
			rule(b, "dma-free-unknown", 1, NULL, "bus_dmamem_free "
			    "of a segment at 0x%llx of %llu bytes, which "
			    "bus_dmamem_alloc did not give", segs[i].addr,
			    segs[i].len);
			continue;
		}
		if (m->va != 0)
			rule(b, "dma-free-mapped", 1, NULL, "bus_dmamem_free "
			    "of memory at 0x%llx that is still mapped (%llu "
			    "bytes)", m->pa, m->mapped);
		m->live = 0;
		mem_pages_free(b->mem, m->pa, m->size / MEM_PAGE);
	}
}

/*
 * Memory that was asked for zeroed is stored to when it gets an address: those
 * stores are the CPU's, and dirty at birth (rule M2).
 */
static void
memory_zero(struct bus_dma *b, const struct bus_memory *m)
{
	static const uint8_t zeros[MEM_PAGE];

	for (uint64_t at = 0; at < m->size; at += MEM_PAGE)
		mem_cpu_store(b->mem, m->pa + at, zeros, MEM_PAGE,
		    MEM_PC_ZEROED);
}

int
bus_dma_mem_map(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t size, uint32_t flags, uint64_t *va)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE, at, have = 0;

	(void)flags;
	*va = 0;
	for (uint32_t i = 0; i < nsegs; i++) {
		if (memory_at(b, segs[i].addr) == NULL) {
			rule(b, "dma-mem-map-unknown", 1, NULL, "bus_dmamem_map"
			    " of a segment at 0x%llx that bus_dmamem_alloc did "
			    "not give", segs[i].addr, 0);
			return BUS_DMA_EINVAL;
		}
		have += segs[i].len;
	}
	if (size == 0 || have < size)
		return BUS_DMA_EINVAL;
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	*va = at = mem_va_alloc(b->mem, npages);
	if (at == 0)
		return BUS_DMA_ENOMEM;
	for (uint32_t i = 0; i < nsegs; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr);

		for (uint64_t off = 0; off < segs[i].len &&
		    at < *va + npages * MEM_PAGE; off += MEM_PAGE) {
			mem_va_map(b->mem, at, segs[i].addr + off,
			    MEM_VA_TRACKED);
			at += MEM_PAGE;
		}
		if ((m->flags & FLAG_ZERO) != 0 && m->mapped == 0)
			memory_zero(b, m);
		m->va = *va;
		m->mapped = npages * MEM_PAGE;
		m->mapped_at = callpath_here(b->paths, NULL);
	}
	return 0;
}

void
bus_dma_mem_unmap(struct bus_dma *b, uint64_t va, uint64_t size)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE;
	int found = 0;

	for (size_t i = 0; i < b->nmemory; i++) {
		struct bus_memory *m = &b->memory[i];

		if (m->va == va && va != 0) {
			if (m->mapped != npages * MEM_PAGE)
				rule(b, "dma-unmap-size", 1, NULL,
				    "bus_dmamem_unmap of %llu bytes where %llu "
				    "were mapped", size, m->mapped);
			npages = m->mapped / MEM_PAGE;
			m->va = 0;
			found = 1;
		}
	}
	if (!found) {
		rule(b, "dma-unmap-unknown", 1, NULL, "bus_dmamem_unmap of "
		    "0x%llx, which bus_dmamem_map did not give (the address of"
		    " the pointer instead of the pointer?)", mem_va_inside(va,
		    1) ? va : 0, 0);
		return;
	}
	for (uint64_t i = 0; i < npages; i++)
		mem_va_unmap(b->mem, va + i * MEM_PAGE);
}

uint64_t
bus_dma_mem_mmap(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t offset)
{
	(void)b;
	for (uint32_t i = 0; i < nsegs; i++) {
		if (offset < segs[i].len)
			return segs[i].addr + offset;
		offset -= segs[i].len;
	}
	return UINT64_MAX;
}

/* --- finding out --- */

const struct bus_map *
bus_dma_map_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmaps; i++)
		if (b->maps[i] != NULL && n-- == 0)
			return b->maps[i];
	return NULL;
}

const struct bus_memory *
bus_dma_memory_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmemory; i++)
		if (b->memory[i].live && n-- == 0)
			return &b->memory[i];
	return NULL;
}

const struct bus_map *
bus_dma_find(const struct bus_dma *b, uint64_t bus, uint64_t *len,
    const struct bus_piece **piece)
{
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		for (size_t k = 0; map != NULL && k < map->npieces; k++) {
			const struct bus_piece *p = &map->pieces[k];

			/* Pieces of one segment lie in a row: skip quickly. */
			if (bus < p->bus || bus - p->bus >= p->len)
				continue;
			if (*len > p->len - (bus - p->bus))
				*len = p->len - (bus - p->bus);
			*piece = p;
			return map;
		}
	}
	return NULL;
}

const struct bus_map *
bus_dma_find_home(const struct bus_dma *b, uint64_t pa)
{
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		for (size_t k = 0; map != NULL && k < map->npieces; k++)
			if (pa >= map->pieces[k].home &&
			    pa - map->pieces[k].home < map->pieces[k].len)
				return map;
	}
	return NULL;
}

uint64_t
bus_dma_view(const struct bus_dma *b, uint64_t pa)
{
	const struct bus_map *map = b->bounce ? bus_dma_find_home(b, pa) : NULL;

	for (size_t k = 0; map != NULL && k < map->npieces; k++)
		if (pa >= map->pieces[k].home &&
		    pa - map->pieces[k].home < map->pieces[k].len)
			return map->pieces[k].view + (pa - map->pieces[k].home);
	return pa;
}

const struct bus_memory *
bus_dma_memory_by_va(const struct bus_dma *b, uint64_t va)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		const struct bus_memory *m = &b->memory[i - 1];

		if (m->live && m->va != 0 && va >= m->va &&
		    va - m->va < m->mapped)
			return m;
	}
	return NULL;
}

const struct bus_memory *
bus_dma_memory_by_pa(const struct bus_dma *b, uint64_t pa)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		const struct bus_memory *m = &b->memory[i - 1];

		if (m->live && pa >= m->pa && pa - m->pa < m->size)
			return m;
	}
	return NULL;
}

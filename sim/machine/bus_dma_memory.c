/* bus_dma_memory.c: memory for DMA: allocated, mapped, given to clients. */
#include "bus_dma_var.h"

#include <string.h>

#include "check.h"

#define PAGES(size)	(((size) + MEM_PAGE - 1) / MEM_PAGE)

typedef unsigned long long ull;

/* The live memory that has [pa, pa + len), or NULL. */
static struct bus_memory *
memory_at(struct bus_dma *b, uint64_t pa, uint64_t len)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		struct bus_memory *m = &b->memory[i - 1];

		if (m->live && pa >= m->pa && pa - m->pa < m->size &&
		    len <= m->size - (pa - m->pa))
			return m;
	}
	return NULL;
}

/* --- alloc --- */

/* Where the pages of one allocation may lie. */
struct limits {
	uint64_t alignment, boundary, low, high;
};

static int
alloc_arguments_are_right(const struct limits *l, uint64_t size,
    uint32_t nsegs_max)
{
	return size != 0 && nsegs_max != 0 &&
	    (l->alignment & (l->alignment - 1)) == 0 &&
	    (l->boundary & (l->boundary - 1)) == 0 &&
	    (l->boundary == 0 || l->boundary >= size) && l->low < l->high;
}

static void
segments_give_back(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		mem_pages_free(b->mem, segs[i].addr, PAGES(segs[i].len));
}

/*
 * npages in at most nsegs_max segments; how many, or 0: there is no room.  One
 * segment where there is room for one; but apart, all the segments that are
 * allowed, and none next to another: bus_dma(9) promises no more (rule M8).
 */
static uint32_t
segments_take(struct bus_dma *b, const struct limits *l, uint64_t npages,
    uint32_t nsegs_max, int apart, struct bus_segment *segs)
{
	struct bus_segment between[BUS_DMA_SEGMENTS_MAX];
	uint64_t left = npages, want = npages;
	uint32_t n = 0, nbetween = 0;

	if (apart)
		want = (npages + nsegs_max - 1) / nsegs_max;
	while (left > 0 && n < nsegs_max) {
		uint64_t take = want < left ? want : left;
		uint64_t pa = mem_pages_alloc(b->mem, take, l->alignment,
		    l->boundary, l->low, l->high);

		if (pa == MEM_NOWHERE && want == 1)
			break;
		if (pa == MEM_NOWHERE) {
			want = (take + 1) / 2;
			continue;
		}
		segs[n++] = (struct bus_segment){ pa, take * MEM_PAGE };
		left -= take;
		if (apart)
			pa = mem_pages_alloc(b->mem, 1, MEM_PAGE, 0, l->low,
			    l->high);
		if (apart && pa != MEM_NOWHERE)
			between[nbetween++] = (struct bus_segment){ pa,
			    MEM_PAGE };
	}
	segments_give_back(b, between, nbetween);
	if (left == 0)
		return n;
	segments_give_back(b, segs, n);
	return 0;
}

static void
memory_add(struct bus_dma *b, const struct bus_segment *s, uint32_t nsegments,
    uint32_t flags)
{
	struct bus_memory *m;

	if (b->nmemory == b->memory_max) {
		b->memory_max = b->memory_max != 0 ? 2 * b->memory_max : 16;
		b->memory = check_realloc(b->memory,
		    b->memory_max * sizeof b->memory[0]);
	}
	m = &b->memory[b->nmemory++];
	memset(m, 0, sizeof *m);
	m->pa = s->addr;
	m->size = s->len;
	m->allocation = b->nallocations;
	m->nsegments = nsegments;
	m->flags = flags;
	m->live = 1;
	m->allocated = callpath_here(b->paths, NULL);
	m->owner = b->owner;
}

int
bus_dma_mem_alloc(struct bus_dma *b, uint64_t size, uint64_t alignment,
    uint64_t boundary, uint64_t low, uint64_t high, uint32_t nsegs_max,
    uint32_t flags, struct bus_segment *segs, uint32_t *nsegs)
{
	struct limits l = { alignment < MEM_PAGE ? MEM_PAGE : alignment,
	    boundary, low, high < b->limit ? high : b->limit };
	uint32_t n;

	*nsegs = 0;
	if (!alloc_arguments_are_right(&l, size, nsegs_max)) {
		bus_dma_rule(b, "dma-alloc-arguments", 1, NULL,
		    "bus_dmamem_alloc of %llu bytes in %u segments, alignment "
		    "0x%llx, boundary 0x%llx: size and segments must not be 0, "
		    "the other two are powers of two, and a boundary is no "
		    "less than the size", (ull)size, nsegs_max, (ull)alignment,
		    (ull)boundary);
		return BUS_DMA_EINVAL;
	}
	if (nsegs_max > BUS_DMA_SEGMENTS_MAX)
		nsegs_max = BUS_DMA_SEGMENTS_MAX;
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	n = segments_take(b, &l, PAGES(size), nsegs_max, nsegs_max > 1 &&
	    b->arch == SYNC_CONTRACT, segs);
	if (n == 0)
		return BUS_DMA_ENOMEM;
	b->nallocations++;
	for (uint32_t i = 0; i < n; i++)
		memory_add(b, &segs[i], n, flags);
	*nsegs = n;
	return 0;
}

/* --- free --- */

/* A segment that is given back and is not live as it is given. */
static void
free_unknown(struct bus_dma *b, const struct bus_segment *s)
{
	for (size_t i = b->nmemory; i > 0; i--)
		if (b->memory[i - 1].pa == s->addr) {
			bus_dma_rule(b, "dma-free-twice", 1, NULL,
			    "bus_dmamem_free of a segment at 0x%llx of %llu "
			    "bytes that was freed before", (ull)s->addr,
			    (ull)s->len);
			return;
		}
	bus_dma_rule(b, "dma-free-unknown", 1, NULL, "bus_dmamem_free of a "
	    "segment at 0x%llx of %llu bytes, which bus_dmamem_alloc did not "
	    "give", (ull)s->addr, (ull)s->len);
}

void
bus_dma_tell_loaded(struct bus_dma *b, uint64_t home, uint64_t size,
    const char *call)
{
	const struct bus_map *map = bus_dma_find_home_range(b, home, size,
	    NULL);
	int posted = mem_shadow_any(b->mem, home, size,
	    MEM_POSTED_R | MEM_POSTED_W);

	if (map == NULL)
		return;
	bus_dma_rule(b, "dma-free-loaded", posted, map, "%s of memory that a "
	    "map has loaded%s: unload it first", call, posted ? ", and that "
	    "the device has been given" : "");
}

void
bus_dma_heap_free(struct bus_dma *b, uint64_t va, uint64_t size,
    const char *call)
{
	for (uint64_t at = va, n; at < va + size; at += n) {
		uint64_t home = mem_va_to_pa(b->mem, at);

		n = MEM_PAGE - at % MEM_PAGE;
		if (n > va + size - at)
			n = va + size - at;
		if (home != MEM_NOWHERE &&
		    bus_dma_find_home_range(b, home, n, NULL) != NULL) {
			bus_dma_tell_loaded(b, home, n, call);
			return;
		}
	}
}

static void
memory_free(struct bus_dma *b, struct bus_memory *m)
{
	if (m->mappings != 0)
		bus_dma_rule(b, "dma-free-mapped", 1, NULL, "bus_dmamem_free "
		    "of memory at 0x%llx of %llu bytes that is still mapped",
		    (ull)m->pa, (ull)m->size);
	bus_dma_tell_loaded(b, m->pa, m->size, "bus_dmamem_free");
	m->live = 0;
	m->freed = callpath_here(b->paths, NULL);
	mem_pages_free(b->mem, m->pa, m->size / MEM_PAGE);
}

void
bus_dma_mem_free(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs)
{
	for (uint32_t i = 0; i < nsegs; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr, 1);

		if (m == NULL || m->pa != segs[i].addr) {
			free_unknown(b, &segs[i]);
			continue;
		}
		if (m->size != segs[i].len)
			bus_dma_rule(b, "dma-free-size", 1, NULL,
			    "bus_dmamem_free of %llu bytes at 0x%llx, where "
			    "bus_dmamem_alloc gave %llu", (ull)segs[i].len,
			    (ull)m->pa, (ull)m->size);
		else if (i == 0 && nsegs != m->nsegments)
			bus_dma_rule(b, "dma-free-size", 0, NULL,
			    "bus_dmamem_free of %u segments, where "
			    "bus_dmamem_alloc gave %u", nsegs, m->nsegments);
		memory_free(b, m);
	}
}

/* --- map --- */

/*
 * Memory that was asked for zeroed is stored to when it gets an address: those
 * stores are the CPU's, and dirty at birth (rule M2).
 */
static void
memory_zero(struct bus_dma *b, struct bus_memory *m)
{
	static const uint8_t zeros[MEM_PAGE];

	if ((m->flags & BUS_DMA_FLAG_ZERO) == 0 || m->zeroed)
		return;
	m->zeroed = 1;
	for (uint64_t at = 0; at < m->size; at += MEM_PAGE)
		mem_cpu_store(b->mem, m->pa + at, zeros, MEM_PAGE,
		    MEM_PC_ZEROED);
}

/* All of it, of bytes in nsegs segments, is to be mapped, and no more. */
static int
map_size_is_right(struct bus_dma *b, uint64_t have, uint64_t size,
    uint32_t nsegs)
{
	/* arm64 counts the size down and panics; so does amd64, but for one
	   segment, whose address in the direct map it takes. */
	int panics = b->arch != SYNC_AMD64 || nsegs > 1;

	if (size != 0 && PAGES(size) == PAGES(have))
		return 1;
	if (PAGES(size) < PAGES(have))
		bus_dma_rule(b, "dma-mem-map-size", panics, NULL,
		    "bus_dmamem_map of %llu bytes of memory that has %llu%s",
		    (ull)size, (ull)have, panics ? ": this kernel panics; the "
		    "run goes on with what was asked for" : "");
	else
		bus_dma_rule(b, "dma-mem-map-size", 0, NULL,
		    "bus_dmamem_map of %llu bytes of memory that has %llu: "
		    "nothing is mapped behind it", (ull)size, (ull)have);
	return size != 0;
}

static int
segments_are_known(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, const char *id, const char *call)
{
	for (uint32_t i = 0; i < nsegs; i++)
		if (memory_at(b, segs[i].addr, segs[i].len) == NULL) {
			bus_dma_rule(b, id, 1, NULL, "%s of a segment at "
			    "0x%llx of %llu bytes that bus_dmamem_alloc did "
			    "not give, or that was freed", call,
			    (ull)segs[i].addr, (ull)segs[i].len);
			return 0;
		}
	return 1;
}

static void
mapping_add(struct bus_dma *b, uint64_t va, uint64_t size, uint32_t flags)
{
	struct bus_mapping *m;

	b->mappings = check_realloc(b->mappings,
	    (b->nmappings + 1) * sizeof b->mappings[0]);
	m = &b->mappings[b->nmappings++];
	memset(m, 0, sizeof *m);
	m->va = va;
	m->size = size;
	m->flags = flags;
	m->allocations = b->nallocations;
	m->live = 1;
	m->mapped_at = callpath_here(b->paths, NULL);
	m->owner = b->owner;
}

/*
 * Rule T1: NOCACHE is done everywhere; COHERENT is a hint, which arm64 and
 * riscv64 take where devices do not snoop.
 */
static unsigned
attributes(const struct bus_dma *b, uint32_t flags)
{
	int hint = mem_line_size(b->mem) != 0 &&
	    (b->arch == SYNC_ARM64 || b->arch == SYNC_RISCV64);

	return (flags & BUS_DMA_FLAG_NOCACHE) != 0 || (hint &&
	    (flags & BUS_DMA_FLAG_COHERENT) != 0) ? MEM_VA_UNCACHED : 0;
}

int
bus_dma_mem_map(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t size, uint32_t flags, uint64_t *va)
{
	uint64_t at, end, have = 0;

	*va = 0;
	if (!segments_are_known(b, segs, nsegs, "dma-mem-map-unknown",
	    "bus_dmamem_map"))
		return BUS_DMA_EINVAL;
	for (uint32_t i = 0; i < nsegs; i++)
		have += segs[i].len;
	if (!map_size_is_right(b, have, size, nsegs))
		return BUS_DMA_EINVAL;
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	*va = at = mem_va_alloc(b->mem, PAGES(size));
	if (at == 0)
		return BUS_DMA_ENOMEM;
	end = at + PAGES(size) * MEM_PAGE;
	for (uint32_t i = 0; i < nsegs && at < end; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr, 1);

		for (uint64_t off = 0; off < segs[i].len && at < end;
		    off += MEM_PAGE, at += MEM_PAGE)
			mem_va_map(b->mem, at, segs[i].addr + off,
			    MEM_VA_TRACKED | attributes(b, flags));
		memory_zero(b, m);
		m->mappings++;
		m->map_flags = flags;
	}
	mapping_add(b, *va, end - *va, flags);
	return 0;
}

/* --- unmap, mmap --- */

/* The segments that it was of have a mapping less; what came there since has
   not. */
static void
memory_unmapped(struct bus_dma *b, const struct bus_mapping *g)
{
	const struct bus_memory *last = NULL;

	for (uint64_t off = 0; off < g->size; off += MEM_PAGE) {
		uint64_t pa = mem_va_to_pa(b->mem, g->va + off);
		struct bus_memory *m = pa != MEM_NOWHERE ?
		    memory_at(b, pa, 1) : NULL;

		if (m != NULL && m != last && m->mappings > 0 &&
		    m->allocation <= g->allocations)
			m->mappings--;
		last = m;
		if (mem_va_flags(b->mem, g->va + off) != MEM_VA_HOLE)
			mem_va_unmap(b->mem, g->va + off);
	}
}

void
bus_dma_mem_unmap(struct bus_dma *b, uint64_t va, uint64_t size)
{
	for (size_t i = b->nmappings; i > 0; i--) {
		struct bus_mapping *g = &b->mappings[i - 1];

		if (!g->live || g->va != va)
			continue;
		if (g->size != PAGES(size) * MEM_PAGE)
			bus_dma_rule(b, "dma-unmap-size", 1, NULL,
			    "bus_dmamem_unmap of %llu bytes where %llu were "
			    "mapped", (ull)size, (ull)g->size);
		g->live = 0;
		memory_unmapped(b, g);
		return;
	}
	bus_dma_rule(b, "dma-unmap-unknown", 1, NULL, "bus_dmamem_unmap of "
	    "0x%llx, which bus_dmamem_map did not give (the address of the "
	    "pointer instead of the pointer?)",
	    (ull)(mem_va_inside(va, 1) ? va : 0));
}

/* Rule A3: the memory itself, never a bounce page. */
uint64_t
bus_dma_mem_mmap(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t offset)
{
	if (!segments_are_known(b, segs, nsegs, "dma-mmap-unknown",
	    "bus_dmamem_mmap"))
		return UINT64_MAX;
	if (offset % MEM_PAGE != 0) {
		bus_dma_rule(b, "dma-mmap-offset", 1, NULL, "bus_dmamem_mmap "
		    "of offset %llu, which is not a page's: this kernel "
		    "panics; the run goes on with that page", (ull)offset);
		offset -= offset % MEM_PAGE;
	}
	for (uint32_t i = 0; i < nsegs; i++) {
		if (offset < segs[i].len)
			return segs[i].addr + offset;
		offset -= segs[i].len;
	}
	return UINT64_MAX;
}

/* bus_dma_sync.c: what a sync copies, cleans, invalidates and notes. */
#include "bus_dma_var.h"

#include "check.h"

/* What was done for bytes, whatever the machine made of it (rule S10). */
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
	if ((ops & (SYNC_PREREAD | SYNC_PREWRITE)) != 0)
		mem_lines_given(b->mem, home, n);
}

/* Rule B3: copies are stores that leave the shadow as it is. */
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
		mem_copies_look(b->mem, p->home + skip, n);
		mem_cpu_load(b->mem, p->home + skip, page, n);
		mem_cpu_store(b->mem, p->view + skip, page, n, MEM_PC_COPY);
	}
}

/* Operations that are none, or that are not allowed together (rule S9). */
static void
ops_checked(struct bus_dma *b, const struct bus_map *map, uint32_t ops)
{
	uint32_t hint = map->load_flags & (BUS_DMA_FLAG_READ |
	    BUS_DMA_FLAG_WRITE), against = 0;

	if ((ops & BUS_DMA_OPS) == 0 || (ops & ~BUS_DMA_OPS) != 0)
		bus_dma_rule(b, "dma-sync-operation", 0, map,
		    "bus_dmamap_sync with operations 0x%x: there are PREREAD, "
		    "PREWRITE, POSTREAD and POSTWRITE, and one is needed", ops);
	if ((ops & (SYNC_PREREAD | SYNC_PREWRITE)) != 0 &&
	    (ops & (SYNC_POSTREAD | SYNC_POSTWRITE)) != 0)
		bus_dma_rule(b, "dma-sync-mixed", 0, map, "bus_dmamap_sync "
		    "with PRE and POST operations in one call (0x%x) is "
		    "undefined", ops);
	if (hint == BUS_DMA_FLAG_READ)
		against = SYNC_PREWRITE | SYNC_POSTWRITE;
	else if (hint == BUS_DMA_FLAG_WRITE)
		against = SYNC_PREREAD | SYNC_POSTREAD;
	if ((ops & against) != 0)
		bus_dma_rule(b, "dma-direction", 0, map, "bus_dmamap_sync for "
		    "a %s of the device, of a map that was loaded for %s only",
		    hint == BUS_DMA_FLAG_READ ? "read" : "write",
		    hint == BUS_DMA_FLAG_READ ? "its writes (BUS_DMA_READ)" :
		    "its reads (BUS_DMA_WRITE)");
}

/* What the sync concerns: loaded, and as much of it as it says (rule S8). */
static void
range_checked(struct bus_dma *b, const struct bus_map *map, uint64_t offset,
    uint64_t len)
{
	/* arm64 looks only where it has lines to clean, or bytes to copy. */
	int panics = !b->bounce && b->arch == SYNC_ARM64 &&
	    (mem_line_size(b->mem) != 0 || map->bounce_used != 0);
	uint64_t end = offset + len;

	if (map->loaded == 0)
		bus_dma_rule(b, "dma-sync-unloaded", panics && len != 0, map,
		    "bus_dmamap_sync of a map that is not loaded%s", panics &&
		    len != 0 ? ": this kernel panics; the run goes on" : "");
	else if (end < offset || end > map->loaded)
		bus_dma_rule(b, "dma-sync-past-end", panics, map,
		    "bus_dmamap_sync up to byte %llu of a map with %llu bytes "
		    "loaded%s", (unsigned long long)end,
		    (unsigned long long)map->loaded, panics ? ": this kernel "
		    "panics; the run goes on as if it had stopped at the end" :
		    "");
}

/* 1 if the CPU still sees the piece where it saw it at the load (rule S11). */
static int
piece_is_mapped(const struct bus_dma *b, const struct bus_piece *p)
{
	const struct bus_memory *m;

	if (p->va != 0)
		return mem_va_to_pa(b->mem, p->va) == p->home;
	m = bus_dma_memory_by_pa(b, p->home);
	return m != NULL && m->mappings != 0;
}

/* n bytes of a piece, after the first skip. */
static void
sync_piece(struct bus_dma *b, const struct bus_map *map,
    const struct bus_piece *p, uint64_t skip, uint64_t n, uint32_t ops,
    const struct sync_effect *e)
{
	int copies = e->copy_in || e->copy_out;

	if (!piece_is_mapped(b, p))
		bus_dma_rule(b, "dma-sync-unmapped", copies || e->clean ||
		    e->invalidate, map, "bus_dmamap_sync of memory that is not "
		    "mapped any more: a kernel that copies, or cleans lines, "
		    "does it by that address");
	b->events.syncing(b->self, map, p->home + skip, p->view + skip, n,
	    ops);
	if (e->barrier || e->clean || e->invalidate)
		mem_barrier_bits(b->mem, ORDER_ALL);
	if (copies) {
		sync_copy(b, p, skip, n, e);
		/* Copies are accesses of the CPU: rule B3. */
		if (e->barrier)
			mem_barrier_bits(b->mem, ORDER_ALL);
	}
	if (e->clean)
		mem_lines_clean(b->mem, p->home + skip, n);
	if (e->invalidate)
		mem_lines_invalidate(b->mem, p->home + skip, n);
	sync_shadow(b, p->home + skip, n, ops);
}

void
bus_dma_map_sync(struct bus_dma *b, uint64_t id, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_sync");
	/* What was loaded raw, or lies within reach, was not substituted. */
	struct sync_effect copied = sync_effect_of(b->arch, 1, ops);
	struct sync_effect plain = mem_line_size(b->mem) != 0 && !b->bounce ?
	    sync_effect_uncached(b->arch, ops) :
	    sync_effect_of(b->arch, 0, ops);
	uint64_t end = offset + len;

	if (map == NULL)
		return;
	range_checked(b, map, offset, len);
	ops_checked(b, map, ops);
	if (end < offset)
		end = UINT64_MAX;
	for (size_t i = 0; i < map->npieces; i++) {
		const struct bus_piece *p = &map->pieces[i];
		uint64_t skip = offset > p->offset ? offset - p->offset : 0;
		uint64_t n;

		if (skip >= p->len || p->offset + skip >= end)
			continue;
		n = p->len - skip;
		if (n > end - p->offset - skip)
			n = end - p->offset - skip;
		sync_piece(b, map, p, skip, n, ops, p->view != p->home ?
		    &copied : &plain);
	}
	b->events.synced(b->self, map, offset, len, ops);
}

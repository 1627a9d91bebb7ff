/* bus_dma_sync.c: what a sync copies, cleans, invalidates and notes. */
#include "bus_dma_var.h"

#include "check.h"

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
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_sync");
	int uncached = mem_line_size(b->mem) != 0 && !b->bounce;
	int panics = uncached && b->arch == SYNC_ARM64;
	struct sync_effect e = uncached ? sync_effect_uncached(b->arch, ops) :
	    sync_effect_of(b->arch, b->bounce, ops);
	uint64_t end = offset + len;

	if (map == NULL)
		return;
	if (map->loaded == 0)
		bus_dma_rule(b, "dma-sync-unloaded", 0, map,
		    "bus_dmamap_sync of a map that is not loaded");
	else if (end < offset || end > map->loaded)
		bus_dma_rule(b, "dma-sync-past-end", panics, map, panics ?
		    "bus_dmamap_sync up to byte %llu of a map with %llu bytes "
		    "loaded: this kernel panics; the run goes on as if it had "
		    "stopped at the end" :
		    "bus_dmamap_sync up to byte %llu of a map with %llu bytes "
		    "loaded", (unsigned long long)end,
		    (unsigned long long)map->loaded);
	if ((ops & (SYNC_PREREAD | SYNC_PREWRITE)) != 0 &&
	    (ops & (SYNC_POSTREAD | SYNC_POSTWRITE)) != 0)
		bus_dma_rule(b, "dma-sync-mixed", 0, map, "bus_dmamap_sync "
		    "with PRE and POST operations in one call (0x%x) is "
		    "undefined", ops);
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

/* bus_dma.c: its life, and the maps: created, destroyed, found by number. */
#include "bus_dma_var.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct bus_dma *
bus_dma_create(struct mem *mem, enum sync_arch arch, int bounce,
    struct callpaths *paths, const struct bus_dma_events *events, void *self)
{
	struct bus_dma *b = check_calloc(1, sizeof *b);

	b->mem = mem;
	b->arch = arch;
	b->bounce = bounce;
	b->limit = UINT64_MAX;
	b->paths = paths;
	b->events = *events;
	b->self = self;
	b->buckets = check_calloc(BUS_BUCKETS, sizeof b->buckets[0]);
	b->loads = check_calloc((size_t)(mem_ram_size(mem) / MEM_PAGE),
	    sizeof b->loads[0]);
	return b;
}

void
bus_dma_limit_set(struct bus_dma *b, uint64_t limit)
{
	b->limit = limit;
}

void
bus_dma_iommu_set(struct bus_dma *b)
{
	b->iommu = 1;
	b->iommu_next = BUS_DMA_IOMMU_BASE;
}

int
bus_dma_iommu_gave(const struct bus_dma *b, uint64_t bus)
{
	return b->iommu && bus >= BUS_DMA_IOMMU_BASE && bus < b->iommu_next;
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
		check_free(map->pieces);
	check_free(map);
}

void
bus_dma_destroy(struct bus_dma *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->nmaps; i++)
		map_free(b->maps[i]);
	check_free(b->maps);
	check_free(b->reach);
	check_free(b->stale);
	for (size_t i = 0; i < BUS_BUCKETS; i++)
		check_free(b->buckets[i].list);
	check_free(b->buckets);
	check_free(b->loads);
	check_free(b->memory);
	check_free(b->mappings);
	check_free(b);
}

/* Rule J6: who calls knows whether it is fatal. */
void
bus_dma_rule(struct bus_dma *b, const char *id, int fatal,
    const struct bus_map *map, const char *fmt, ...)
{
	char text[BUS_DMA_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	b->events.rule(b->self, id, fatal, map, text);
}

uint32_t *
bus_dma_loads(const struct bus_dma *b, uint64_t pa)
{
	uint64_t at = pa - mem_ram_base(b->mem);

	return at < mem_ram_size(b->mem) ? &b->loads[at / MEM_PAGE] : NULL;
}

struct bus_map *
bus_dma_map_of(struct bus_dma *b, uint64_t id, const char *what)
{
	if (id != 0 && id <= b->nmaps && b->maps[id - 1] != NULL)
		return b->maps[id - 1];
	bus_dma_rule(b, "dma-map-unknown", 1, NULL, "%s of a map that was "
	    "destroyed or never created", what);
	return NULL;
}

/* Rules B1 and B4: pages of the map's own, zeroed, and not cached. */
static int
bounce_pages_take(struct bus_dma *b, struct bus_map *map)
{
	static const uint8_t zeros[MEM_PAGE];

	map->nbounce = map->size / MEM_PAGE + map->nsegments + 1;
	map->bounce = mem_pages_alloc(b->mem, map->nbounce, MEM_PAGE,
	    map->boundary > map->size ? map->boundary : 0, 0, b->limit);
	if (map->bounce == MEM_NOWHERE)
		return -1;
	mem_soon(b->mem, map->bounce, map->nbounce * MEM_PAGE);
	mem_lines_drop(b->mem, map->bounce, map->nbounce * MEM_PAGE);
	for (uint64_t i = 0; i < map->nbounce; i++)
		mem_device_store(b->mem, map->bounce + i * MEM_PAGE, zeros,
		    MEM_PAGE);
	/* The kernel did it, long before anybody looks: not old, not late. */
	mem_cpu_sees(b->mem, map->bounce, map->nbounce * MEM_PAGE);
	return 0;
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
		bus_dma_rule(b, "dma-create-arguments", 1, NULL,
		    "bus_dmamap_create of %llu bytes in %u segments: size, "
		    "segments and segment size must not be 0, a boundary is a "
		    "power of two and no less than a segment",
		    (unsigned long long)size, nsegments);
		return BUS_DMA_EINVAL;
	}
	if (b->nmaps == BUS_DMA_MAPS_MAX || b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	map = check_calloc(1, sizeof *map + nsegments * sizeof map->segs[0]);
	map->size = size;
	map->nsegments = nsegments;
	map->maxsegsz = maxsegsz;
	map->boundary = boundary;
	map->flags = flags;
	map->bounce = MEM_NOWHERE;
	if ((b->bounce || b->limit != UINT64_MAX) &&
	    bounce_pages_take(b, map) != 0) {
		check_free(map);
		return BUS_DMA_ENOMEM;
	}
	map->created = callpath_here(b->paths, NULL);
	map->owner = b->owner;
	b->maps = check_realloc(b->maps, (b->nmaps + 1) * sizeof b->maps[0]);
	b->reach = check_realloc(b->reach,
	    (b->nmaps + 1) * sizeof b->reach[0]);
	b->stale = check_realloc(b->stale,
	    (b->nmaps + 1) * sizeof b->stale[0]);
	memset(&b->reach[b->nmaps], 0, sizeof b->reach[0]);
	b->stale[b->nstale++] = (uint32_t)b->nmaps;
	b->maps[b->nmaps++] = map;
	map->id = *id = b->nmaps;
	bus_dma_reach_empty(b, map);
	return 0;
}

void
bus_dma_map_destroy(struct bus_dma *b, uint64_t id)
{
	struct bus_map *map = bus_dma_map_of(b, id, "bus_dmamap_destroy");

	if (map == NULL)
		return;
	/* Destroying a loaded map is allowed: bus_dma(9). */
	if (map->loaded != 0)
		b->events.unloading(b->self, map, "bus_dmamap_destroy");
	bus_dma_map_empty(b, map);
	if (map->bounce != MEM_NOWHERE)
		mem_pages_free(b->mem, map->bounce, map->nbounce);
	b->maps[id - 1] = NULL;
	map_free(map);
}

/*
 * bus_dma_var.h: what the parts of bus_dma share and nobody else sees:
 *
 *	bus_dma.c		life; maps created and destroyed; telling
 *	bus_dma_load.c		load, load_raw, unload
 *	bus_dma_sync.c		sync
 *	bus_dma_memory.c	memory: alloc, free, map, unmap, mmap
 *	bus_dma_find.c		what is where, for the device and the checkers
 */
#ifndef VIOTAPE_BUS_DMA_VAR_H
#define VIOTAPE_BUS_DMA_VAR_H

#include "bus_dma.h"

/* An IOMMU's addresses begin here: where no machine has memory. */
#define BUS_DMA_IOMMU_BASE	UINT64_C(0x7000000000)
#define BUS_DMA_TEXT_MAX	256u		/* a sentence about a broken rule */

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

/* Tells that a rule was broken; see bus_dma_events. */
void bus_dma_rule(struct bus_dma *b, const char *id, int fatal,
    const struct bus_map *map, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The map of an id; a wrong one is told, and NULL.  what: the call's name. */
struct bus_map *bus_dma_map_of(struct bus_dma *b, uint64_t id,
    const char *what);
/* Forgets what is loaded. */
void bus_dma_map_empty(struct bus_map *map);

#endif

/*
 * bus_dma_var.h: what the parts of bus_dma share and nobody else sees:
 *
 *	bus_dma.c		life; maps created and destroyed; telling
 *	bus_dma_load.c		load, load_raw, unload
 *	bus_dma_sync.c		sync
 *	bus_dma_memory.c	memory: alloc, free, map, unmap, mmap
 *	bus_dma_find.c		what is where, for the device and the checkers
 *	bus_dma_state.c		what the future depends on
 */
#ifndef VIOTAPE_BUS_DMA_VAR_H
#define VIOTAPE_BUS_DMA_VAR_H

#include "bus_dma.h"
#include "state_memo.h"

/* An IOMMU's addresses begin here: where no machine has memory. */
#define BUS_DMA_IOMMU_BASE	UINT64_C(0x7000000000)
/* Flags and operations of hypercall.h that matter here. */
#define BUS_DMA_FLAG_COHERENT	0x0004u
#define BUS_DMA_FLAG_READ	0x0100u
#define BUS_DMA_FLAG_WRITE	0x0200u
#define BUS_DMA_FLAG_ZERO	0x0800u
#define BUS_DMA_FLAG_NOCACHE	0x1000u
#define BUS_DMA_OPS		(SYNC_POSTREAD | SYNC_POSTWRITE | \
				 SYNC_PREREAD | SYNC_PREWRITE)
#define BUS_DMA_TEXT_MAX	256u		/* a sentence about a broken rule */

/*
 * What is asked of a map most often, by itself: maps are many and large.  All
 * its pieces lie in these stretches; of a map without any they are empty.
 * Whoever changes what bus_dma_state.c adds of a map calls bus_dma_map_stale().
 */
struct bus_reach {
	uint64_t home, home_end;
	struct state state;		/* of the map, if it is fresh; it is in
					   bus_dma's sum then */
	int fresh;
};

/* Where pieces are loaded, by the page of their bus address, in which each lies
   whole: what a device accesses is looked for by it. */
#define BUS_BUCKETS	1024u
struct bus_place {
	uint64_t bus, len;
	uint32_t map, piece;		/* numbers from 0 */
};
struct bus_bucket {
	struct bus_place *list;
	size_t n, max;
};

struct bus_dma {
	struct mem *mem;
	enum sync_arch arch;
	int bounce, iommu;
	uint64_t limit;			/* see bus_dma_limit_set */
	uint64_t iommu_next;		/* the next address it gives */
	uint32_t owner;
	struct callpaths *paths;
	struct bus_dma_events events;
	void *self;
	struct bus_map **maps;		/* by id - 1; NULL: destroyed */
	struct bus_reach *reach;	/* the same */
	size_t nmaps;
	struct state_set states;	/* of maps that are fresh */
	uint32_t *stale;		/* those that are not, by id - 1 */
	size_t nstale;
	struct bus_bucket *buckets;	/* BUS_BUCKETS */
	uint32_t *loads;		/* pieces that are loaded, by RAM page */
	struct bus_memory *memory;	/* all that ever was */
	size_t nmemory, memory_max;
	struct bus_mapping *mappings;	/* the same */
	size_t nmappings;
	uint64_t nallocations;
};

/* Tells that a rule was broken; see bus_dma_events. */
void bus_dma_rule(struct bus_dma *b, const char *id, int fatal,
    const struct bus_map *map, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The map of an id; a wrong one is told, and NULL.  what: the call's name. */
struct bus_map *bus_dma_map_of(struct bus_dma *b, uint64_t id,
    const char *what);
/* Nothing is loaded any more of what is; or the last piece is. */
void bus_dma_reach_empty(struct bus_dma *b, const struct bus_map *map);
void bus_dma_reach_add(struct bus_dma *b, const struct bus_map *map);
/* A state of the map is not what it is any more. */
void bus_dma_map_stale(struct bus_dma *b, const struct bus_map *map);
/* Forgets what is loaded. */
void bus_dma_map_empty(struct bus_dma *b, struct bus_map *map);
/* The counter of the pieces over the page of pa, which is RAM; or NULL. */
uint32_t *bus_dma_loads(const struct bus_dma *b, uint64_t pa);
/* Memory is about to be given back by call: tells if a map has it loaded. */
void bus_dma_tell_loaded(struct bus_dma *b, uint64_t home, uint64_t size,
    const char *call);

#endif

/*
 * bus_dma.h: bus_dma(9) below the door: maps, their segments, the memory that
 * the guest gets for DMA, bounce pages, and what a sync does.
 *
 * Three kinds of address.  A kernel virtual one (va), a physical one (pa) and
 * a bus one, which only a loaded map gives and only while it is loaded.  In a
 * machine without IOMMU a bus address is a physical one: of the memory itself,
 * or with bounce buffers of the map's bounce page; an IOMMU gives its own.
 *
 *	va ──mem──► pa of the memory ("home") ──piece of a map──► bus address
 *	                 ▲                              │ what the device sees
 *	                 └────────── copies of sync ────┘ at ("view") pa
 *
 * Breaking a rule of bus_dma(9) is reported through the rule callback and then
 * treated as the kernel of this architecture would.
 */
#ifndef VIOTAPE_BUS_DMA_H
#define VIOTAPE_BUS_DMA_H

#include <stddef.h>
#include <stdint.h>

#include "callpath.h"
#include "mem.h"
#include "state.h"
#include "sync_model.h"

#define BUS_DMA_SEGMENTS_MAX	256u
#define BUS_DMA_MAPS_MAX	65536u
#define BUS_DMA_PIECES_MAX	16384u		/* pages of one map */

/* Errors, OpenBSD's numbers. */
#define BUS_DMA_ENOMEM	12
#define BUS_DMA_EINVAL	22
#define BUS_DMA_EFBIG	27

struct bus_segment {
	uint64_t addr, len;
};

/* A stretch of a loaded map within one page. */
struct bus_piece {
	uint64_t offset;	/* in the map */
	uint64_t len;
	uint64_t home;		/* pa of the memory itself */
	uint64_t view;		/* pa where the device sees it */
	uint64_t bus;		/* the address that the device uses */
	uint64_t va;		/* where the CPU saw it when it was loaded; 0
				   if it was loaded raw */
};

struct bus_map {
	uint64_t id;
	uint64_t size, maxsegsz, boundary;
	uint32_t nsegments;
	uint32_t flags;			/* BUS_DMA_* of bus_dmamap_create */
	uint32_t load_flags;		/* ... and of the load, while loaded */
	uint64_t loaded;		/* bytes; 0: not loaded */
	struct bus_piece *pieces;
	size_t npieces, pieces_max;
	uint32_t nsegs;
	uint64_t bounce;		/* pa of its bounce pages, or MEM_NOWHERE */
	uint64_t nbounce, bounce_used;	/* pages */
	callpath_id created, loaded_at;
	uint32_t owner;			/* see bus_dma_owner_set */
	struct bus_segment segs[];	/* nsegments have room */
};

/* One segment of bus_dmamem_alloc(9). */
struct bus_memory {
	uint64_t pa, size;		/* bytes, whole pages */
	uint64_t allocation;		/* the same for all segments of one */
	uint32_t nsegments;		/* of that allocation */
	uint32_t flags;			/* BUS_DMA_* of bus_dmamem_alloc */
	uint32_t map_flags;		/* ... of the latest bus_dmamem_map */
	uint32_t mappings;		/* that it has now */
	int live, zeroed;
	callpath_id allocated, freed;
	uint32_t owner;
};

/* A mapping of bus_dmamem_map(9): of whole pages, of one segment or more. */
struct bus_mapping {
	uint64_t va, size;
	uint64_t allocations;		/* that there had been when it was made */
	uint32_t flags;			/* BUS_DMA_* of bus_dmamem_map */
	int live;
	callpath_id mapped_at;
	uint32_t owner;
};

struct bus_dma;

struct bus_dma_events {
	/*
	 * A rule of bus_dma(9) was broken: id is a finding's.  fatal says
	 * whether it goes wrong on this machine.  map may be NULL.
	 */
	void (*rule)(void *self, const char *id, int fatal,
	    const struct bus_map *map, const char *text);
	/* A loaded map is about to be unloaded by call, or destroyed. */
	void (*unloading)(void *self, const struct bus_map *map,
	    const char *call);
	/* 1 if the allocation that is about to be made shall fail. */
	int (*fail)(void *self);
	/* n bytes of a piece of a map, from home on, are about to be synced. */
	void (*syncing)(void *self, const struct bus_map *map, uint64_t home,
	    uint64_t view, uint64_t n, uint32_t ops);
	/* A sync is done. */
	void (*synced)(void *self, const struct bus_map *map, uint64_t offset,
	    uint64_t len, uint32_t ops);
};

struct bus_dma *bus_dma_create(struct mem *mem, enum sync_arch arch,
    int bounce, struct callpaths *paths, const struct bus_dma_events *events,
    void *self);
/*
 * From now on bus addresses are an IOMMU's: another at each load, good only
 * while it is loaded (rules I1 and I2).
 */
void bus_dma_iommu_set(struct bus_dma *b);
/*
 * Devices reach addresses up to limit, and there is memory beyond: DMA memory
 * comes from below, and what else lies beyond bounces (rule B4).
 */
void bus_dma_limit_set(struct bus_dma *b, uint64_t limit);
/* 1 if the IOMMU gave this address to a load, of now or of before. */
int bus_dma_iommu_gave(const struct bus_dma *b, uint64_t bus);
/* Whose what is created from now on is; a number of the caller's. */
void bus_dma_owner_set(struct bus_dma *b, uint32_t owner);
void bus_dma_destroy(struct bus_dma *b);
/*
 * Maps and what is loaded, memory and its mappings, the next number of a map
 * and the IOMMU's next address, both of which the guest gets to see.  What the
 * machine's description says is the same in all runs, and left out.
 */
void bus_dma_state(struct bus_dma *b, struct state *s);

/* --- the calls of the manual; 0 or an errno --- */

int bus_dma_map_create(struct bus_dma *b, uint64_t size, uint32_t nsegments,
    uint64_t maxsegsz, uint64_t boundary, uint32_t flags, uint64_t *id);
void bus_dma_map_destroy(struct bus_dma *b, uint64_t id);
int bus_dma_map_load(struct bus_dma *b, uint64_t id, uint64_t va, uint64_t len,
    uint32_t flags, int append, struct bus_segment *segs, uint32_t *nsegs);
int bus_dma_map_load_raw(struct bus_dma *b, uint64_t id,
    const struct bus_segment *raw, uint32_t nraw, uint64_t len, uint32_t flags,
    struct bus_segment *segs, uint32_t *nsegs);
void bus_dma_map_unload(struct bus_dma *b, uint64_t id);
void bus_dma_map_sync(struct bus_dma *b, uint64_t id, uint64_t offset,
    uint64_t len, uint32_t ops);
int bus_dma_mem_alloc(struct bus_dma *b, uint64_t size, uint64_t alignment,
    uint64_t boundary, uint64_t low, uint64_t high, uint32_t nsegs_max,
    uint32_t flags, struct bus_segment *segs, uint32_t *nsegs);
void bus_dma_mem_free(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs);
int bus_dma_mem_map(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t size, uint32_t flags, uint64_t *va);
void bus_dma_mem_unmap(struct bus_dma *b, uint64_t va, uint64_t size);
/* A physical address; UINT64_MAX past the end, which is no fault. */
uint64_t bus_dma_mem_mmap(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t offset);

/* size bytes of the heap at va are freed by call: tells if they are loaded. */
void bus_dma_heap_free(struct bus_dma *b, uint64_t va, uint64_t size,
    const char *call);

/* --- for the device's side and for the checkers --- */

/*
 * What a loaded map has at a bus address: the map and the piece; *len is cut
 * to what lies in that piece.  NULL: nothing loaded is there.
 */
const struct bus_map *bus_dma_find(const struct bus_dma *b, uint64_t bus,
    uint64_t *len, const struct bus_piece **piece);
/* The nth of those that exist now (from 0, in order of birth), or NULL. */
const struct bus_map *bus_dma_map_at(const struct bus_dma *b, size_t n);
const struct bus_memory *bus_dma_memory_at(const struct bus_dma *b, size_t n);
const struct bus_mapping *bus_dma_mapping_at(const struct bus_dma *b,
    size_t n);
/* 1 if the map has this bus address loaded. */
int bus_dma_map_has(const struct bus_map *map, uint64_t bus);
/* BUS_DMA_* that the map was created with; 0: there is no such map. */
uint32_t bus_dma_map_flags(const struct bus_dma *b, uint64_t id);
/* Where a device sees the byte whose home is pa; pa itself without bounce. */
uint64_t bus_dma_view(const struct bus_dma *b, uint64_t pa);
/* The loaded map that has the byte at home pa, or NULL. */
const struct bus_map *bus_dma_find_home(const struct bus_dma *b, uint64_t pa);
/* The first loaded map but this one (NULL: any) that has any byte of
   [pa, pa + size), or NULL. */
const struct bus_map *bus_dma_find_home_range(const struct bus_dma *b,
    uint64_t pa, uint64_t size, const struct bus_map *but);
/* The mapping that has va, the DMA memory whose pages have pa, or NULL. */
const struct bus_mapping *bus_dma_mapping_by_va(const struct bus_dma *b,
    uint64_t va);
const struct bus_memory *bus_dma_memory_by_pa(const struct bus_dma *b,
    uint64_t pa);
/* Where bus_dmamem_map(9) mapped the byte at pa the last time, or 0. */
uint64_t bus_dma_mem_kva(const struct bus_dma *b, uint64_t pa);
/* The bus address of the byte at home pa in a loaded map, or 0. */
uint64_t bus_dma_bus_of(const struct bus_dma *b, uint64_t pa);

#endif

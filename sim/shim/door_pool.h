/*
 * door_pool.h: memory of pool(9) for mbufs and clusters: items of one size,
 * cut from slabs of the heap that are contiguous in physical memory.
 *
 * Items lie side by side as a kernel's do, so neighbours share a cache line's
 * fate.  Each is looked at when accessed, as memory of malloc(9) is, and rests
 * for a while after it was given back, so that a use of it is seen; the order
 * of everything is that of the calls.
 */
#ifndef VIOTAPE_DOOR_POOL_H
#define VIOTAPE_DOOR_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "callpath.h"
#include "mem.h"
#include "state.h"

#define DOOR_POOL_SLAB		65536u	/* bytes; the largest item */
#define DOOR_POOL_GRAIN		64u	/* items are multiples of it */
#define DOOR_POOL_REST		32u	/* items that come before one again */
#define DOOR_POOL_GROWS		64u	/* items that are added at once */

struct door_pools;
struct door_kmem;

struct door_pools *door_pools_create(struct mem *mem);
void door_pools_destroy(struct door_pools *p);	/* NULL is allowed */

/*
 * An item, or 0: there is no more memory.  Its bytes are anybody's (M7).  Of each
 * taker (sched_runs()) the items are apart, unless memory runs out.
 */
uint64_t door_pools_take(struct door_pools *p, uint32_t size, uint64_t taker,
    callpath_id path, uint32_t owner);
/* 0; or -1: it is not an item of this size that is in use. */
int door_pools_give(struct door_pools *p, uint64_t va, uint32_t size,
    callpath_id path);
/* The item that holds va, in use or not; NULL: no pool's memory. */
const struct door_kmem *door_pools_item(const struct door_pools *p,
    uint64_t va);
/* Adds which items are in use, and in which order the others come again. */
void door_pools_state(const struct door_pools *p, struct state *s);
/* The nth item in use (from 0), by its address; NULL: there is none. */
const struct door_kmem *door_pools_nth(const struct door_pools *p, size_t n);

#endif

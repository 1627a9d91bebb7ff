/* door_pool.c: pool(9) for mbufs and clusters (rule M11); see door_pool.h. */
#include "door_pool.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "door.h"

/* A slab of one size of items. */
struct slab {
	uint64_t va;
	struct pool *pool;
	struct door_kmem *items;	/* one an item */
};

/* All items of one size. */
struct pool {
	uint32_t size, per_slab;
	/* Those that are free, a ring: the one that rests longest is first. */
	uint64_t *ring;
	size_t ring_max, first, nfree;
};

struct door_pools {
	struct mem *mem;
	struct pool pools[DOOR_POOL_SIZES_MAX];
	size_t npools;
	struct slab **slabs;		/* by address */
	size_t nslabs;
	/* The slab of each part of the heap, DOOR_POOL_SLAB bytes each; a
	   slab's two parts both name it. */
	struct slab *by_part[MEM_HEAP_SIZE / DOOR_POOL_SLAB][2];
};

struct door_pools *
door_pools_create(struct mem *mem)
{
	struct door_pools *p = check_calloc(1, sizeof *p);

	p->mem = mem;
	return p;
}

void
door_pools_destroy(struct door_pools *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->nslabs; i++) {
		check_free(p->slabs[i]->items);
		check_free(p->slabs[i]);
	}
	for (size_t i = 0; i < p->npools; i++)
		check_free(p->pools[i].ring);
	check_free(p->slabs);
	check_free(p);
}

static struct pool *
pool_of(struct door_pools *p, uint32_t size)
{
	struct pool *pool;

	for (size_t i = 0; i < p->npools; i++)
		if (p->pools[i].size == size)
			return &p->pools[i];
	CHECK(p->npools < DOOR_POOL_SIZES_MAX);
	CHECK(size > 0 && size % DOOR_POOL_GRAIN == 0 &&
	    size <= DOOR_POOL_SLAB);
	pool = &p->pools[p->npools++];
	pool->size = size;
	pool->per_slab = DOOR_POOL_SLAB / size;
	return pool;
}

/* --- slabs --- */

/* Where the slab of va is kept: its part of the heap begins before it. */
static struct slab *
slab_of(const struct door_pools *p, uint64_t va)
{
	uint64_t at = va - (mem_base() + MEM_HEAP_OFFSET);

	if (at >= MEM_HEAP_SIZE)
		return NULL;
	for (unsigned i = 0; i < 2; i++) {
		struct slab *s = p->by_part[at / DOOR_POOL_SLAB][i];

		if (s != NULL && va >= s->va && va - s->va < DOOR_POOL_SLAB)
			return s;
	}
	return NULL;
}

static void
slab_place(struct door_pools *p, struct slab *s, uint64_t va)
{
	uint64_t part = (va - (mem_base() + MEM_HEAP_OFFSET)) / DOOR_POOL_SLAB;

	if (p->by_part[part][0] == s)
		return;
	p->by_part[part][p->by_part[part][0] != NULL] = s;
}

/* The item's free from now on; it goes to the end of the ring. */
static void
ring_add(struct pool *pool, uint64_t va)
{
	CHECK(pool->nfree < pool->ring_max);
	pool->ring[(pool->first + pool->nfree++) % pool->ring_max] = va;
}

/* Room for n more items, what is in the ring put straight. */
static void
ring_grow(struct pool *pool, size_t n)
{
	uint64_t *ring = check_calloc(pool->ring_max + n, sizeof ring[0]);

	for (size_t i = 0; i < pool->nfree; i++)
		ring[i] = pool->ring[(pool->first + i) % pool->ring_max];
	check_free(pool->ring);
	pool->ring = ring;
	pool->ring_max += n;
	pool->first = 0;
}

static int
slab_add(struct door_pools *p, struct pool *pool)
{
	uint64_t va = mem_heap_pages(p->mem, DOOR_POOL_SLAB / MEM_PAGE);
	struct slab *s;
	size_t i;

	if (va == 0)
		return -1;
	s = check_calloc(1, sizeof *s);
	s->va = va;
	s->pool = pool;
	s->items = check_calloc(pool->per_slab, sizeof s->items[0]);
	p->slabs = check_realloc(p->slabs, (p->nslabs + 1) *
	    sizeof p->slabs[0]);
	for (i = p->nslabs++; i > 0 && p->slabs[i - 1]->va > va; i--)
		p->slabs[i] = p->slabs[i - 1];
	p->slabs[i] = s;
	slab_place(p, s, va);
	slab_place(p, s, va + DOOR_POOL_SLAB - 1);
	ring_grow(pool, pool->per_slab);
	for (uint32_t n = 0; n < pool->per_slab; n++) {
		s->items[n].va = va + (uint64_t)n * pool->size;
		s->items[n].size = pool->size;
		ring_add(pool, s->items[n].va);
	}
	return 0;
}

/* --- items --- */

static struct door_kmem *
item_of(const struct door_pools *p, uint64_t va)
{
	struct slab *s = slab_of(p, va);
	uint64_t n;

	if (s == NULL)
		return NULL;
	n = (va - s->va) / s->pool->size;
	return n < s->pool->per_slab ? &s->items[n] : NULL;
}

const struct door_kmem *
door_pools_item(const struct door_pools *p, uint64_t va)
{
	return item_of(p, va);
}

const struct door_kmem *
door_pools_nth(const struct door_pools *p, size_t n)
{
	for (size_t i = 0; i < p->nslabs; i++)
		for (uint32_t k = 0; k < p->slabs[i]->pool->per_slab; k++)
			if (p->slabs[i]->items[k].live && n-- == 0)
				return &p->slabs[i]->items[k];
	return NULL;
}

/* What a device wrote there once is nothing that its new user waits for. */
static void
item_forget(struct door_pools *p, uint64_t va, uint32_t size)
{
	uint64_t pa = mem_va_to_pa(p->mem, va);

	if (mem_shadow_any(p->mem, pa, size, MEM_DEVICE | MEM_RACY))
		mem_shadow_set(p->mem, pa, size, 0, MEM_DEVICE | MEM_RACY);
}

uint64_t
door_pools_take(struct door_pools *p, uint32_t size, callpath_id path,
    uint32_t owner)
{
	struct pool *pool = pool_of(p, size);
	struct door_kmem *item;
	uint64_t va;

	/* With no more memory those that rest have to do. */
	if (pool->nfree <= DOOR_POOL_REST && slab_add(p, pool) != 0 &&
	    pool->nfree == 0)
		return 0;
	va = pool->ring[pool->first];
	pool->first = (pool->first + 1) % pool->ring_max;
	pool->nfree--;
	item = item_of(p, va);
	CHECK(item != NULL && !item->live);
	item->live = 1;
	item->path = path;
	item->freed = CALLPATH_NONE;
	item->owner = owner;
	item_forget(p, va, size);
	mem_heap_live(p->mem, va, size, 1);
	return va;
}

int
door_pools_give(struct door_pools *p, uint64_t va, uint32_t size,
    callpath_id path)
{
	struct door_kmem *item = item_of(p, va);

	if (item == NULL || !item->live || item->va != va ||
	    item->size != size)
		return -1;
	item->live = 0;
	item->freed = path;
	mem_heap_live(p->mem, va, size, 0);
	ring_add(pool_of(p, size), va);
	return 0;
}

/* --- state --- */

void
door_pools_state(const struct door_pools *p, struct state *s)
{
	state_add_u64(s, p->npools);
	for (size_t i = 0; i < p->npools; i++) {
		const struct pool *pool = &p->pools[i];

		state_add_u64(s, (uint64_t)pool->size << 32 | pool->nfree);
		for (size_t k = 0; k < pool->nfree; k++)
			state_add_u64(s, pool->ring[(pool->first + k) %
			    pool->ring_max]);
	}
	state_add_u64(s, p->nslabs);
	for (size_t i = 0; i < p->nslabs; i++) {
		const struct slab *slab = p->slabs[i];

		state_add_u64(s, slab->va);
		for (uint32_t k = 0; k < slab->pool->per_slab; k++)
			if (slab->items[k].live)
				state_add_u64(s, (uint64_t)k << 32 |
				    slab->items[k].owner);
	}
}

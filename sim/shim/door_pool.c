/* door_pool.c: pool(9) for mbufs and clusters (rule M11); see door_pool.h. */
#include "door_pool.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "door.h"

/*
 * What is free comes again by address, so in which order it was freed makes no
 * difference (rule M11).  It rests until all is taken that is ready now, and
 * then all that has rested by then, which are DOOR_POOL_REST items or more.
 */
enum rest { READY, RESTS, RESTED, RESTS_KINDS };

/* A slab of one size of items. */
struct slab {
	uint64_t va;
	struct pool *pool;
	struct door_kmem *items;	/* one an item */
	uint8_t *rest;			/* enum rest, of those that are free */
};

/* All items of one size. */
struct pool {
	uint32_t size, per_slab;
	size_t n[RESTS_KINDS];		/* free items */
	/* None before it is ready: a slab's number, and an item's in it. */
	size_t slab;
	uint32_t item;
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
		check_free(p->slabs[i]->rest);
		check_free(p->slabs[i]);
	}
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
	s->rest = check_calloc(pool->per_slab, 1);
	p->slabs = check_realloc(p->slabs, (p->nslabs + 1) *
	    sizeof p->slabs[0]);
	for (i = p->nslabs++; i > 0 && p->slabs[i - 1]->va > va; i--)
		p->slabs[i] = p->slabs[i - 1];
	p->slabs[i] = s;
	slab_place(p, s, va);
	slab_place(p, s, va + DOOR_POOL_SLAB - 1);
	for (uint32_t n = 0; n < pool->per_slab; n++) {
		s->items[n].va = va + (uint64_t)n * pool->size;
		s->items[n].size = pool->size;
	}
	pool->n[READY] += pool->per_slab;
	pool->slab = pool->item = 0;
	return 0;
}

/* --- rest --- */

/* What has rested is ready, and what rests has. */
static void
pool_turn(struct door_pools *p, struct pool *pool)
{
	for (size_t i = 0; i < p->nslabs; i++)
		for (uint32_t k = 0; p->slabs[i]->pool == pool &&
		    k < pool->per_slab; k++) {
			uint8_t *rest = &p->slabs[i]->rest[k];

			*rest = *rest == RESTS ? RESTED : READY;
		}
	pool->n[READY] += pool->n[RESTED];
	pool->n[RESTED] = pool->n[RESTS];
	pool->n[RESTS] = 0;
	pool->slab = pool->item = 0;
}

/* The first that is ready; there is one. */
static struct door_kmem *
pool_first(struct door_pools *p, struct pool *pool)
{
	for (; pool->slab < p->nslabs; pool->slab++, pool->item = 0) {
		struct slab *s = p->slabs[pool->slab];

		for (; s->pool == pool && pool->item < pool->per_slab;
		    pool->item++)
			if (!s->items[pool->item].live &&
			    s->rest[pool->item] == READY)
				return &s->items[pool->item];
	}
	CHECK(!"an item is ready");
	return NULL;
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

uint64_t
door_pools_take(struct door_pools *p, uint32_t size, callpath_id path,
    uint32_t owner)
{
	struct pool *pool = pool_of(p, size);
	struct door_kmem *item;
	uint64_t va;

	if (pool->n[READY] == 0) {
		pool_turn(p, pool);
		/* With no more memory those that rest have to do. */
		if (pool->n[READY] < DOOR_POOL_REST && slab_add(p, pool) != 0 &&
		    pool->n[READY] == 0)
			pool_turn(p, pool);
	}
	if (pool->n[READY] == 0)
		return 0;
	item = pool_first(p, pool);
	va = item->va;
	pool->n[READY]--;
	item->live = 1;
	item->path = path;
	item->freed = CALLPATH_NONE;
	item->owner = owner;
	mem_heap_live(p->mem, va, size, 1);
	return va;
}

int
door_pools_give(struct door_pools *p, uint64_t va, uint32_t size,
    callpath_id path)
{
	struct door_kmem *item = item_of(p, va);
	struct slab *s = slab_of(p, va);

	if (item == NULL || !item->live || item->va != va ||
	    item->size != size)
		return -1;
	item->live = 0;
	item->freed = path;
	mem_heap_live(p->mem, va, size, 0);
	s->rest[item - s->items] = RESTS;
	s->pool->n[RESTS]++;
	return 0;
}

/* --- state --- */

/* Four bits an item: where it rests, or that it is in use. */
static void
slab_state(const struct slab *slab, struct state *s)
{
	uint64_t bits = 0;

	state_add_u64(s, slab->va);
	for (uint32_t k = 0; k < slab->pool->per_slab; k++) {
		const struct door_kmem *item = &slab->items[k];

		bits = bits << 4 | (item->live ? RESTS_KINDS : slab->rest[k]);
		if (k % 16 == 15 || k + 1 == slab->pool->per_slab)
			state_add_u64(s, bits);
		if (item->live)
			state_add_u64(s, item->owner);
	}
}

void
door_pools_state(const struct door_pools *p, struct state *s)
{
	state_add_u64(s, p->npools);
	for (size_t i = 0; i < p->npools; i++) {
		state_add_u64(s, p->pools[i].size);
		for (unsigned k = 0; k < RESTS_KINDS; k++)
			state_add_u64(s, p->pools[i].n[k]);
	}
	state_add_u64(s, p->nslabs);
	for (size_t i = 0; i < p->nslabs; i++)
		slab_state(p->slabs[i], s);
}

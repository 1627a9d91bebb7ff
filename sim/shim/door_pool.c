/* door_pool.c: pool(9) for mbufs and clusters (rule M11); see door_pool.h. */
#include "door_pool.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "door.h"

/*
 * Items are given out in turn, round and round (rule M11): which one comes next
 * depends on how many were given, and not on when others came back.  So two
 * ways in which the same was done at other times have the same in the same
 * places, and can become one.  And what was given back rests until its turn
 * comes again; if that is near, it is passed over once.
 */
enum rest { READY, PASSED, RESTS_KINDS };

/* A slab of one size of items. */
struct slab {
	uint64_t va;
	struct pool *pool;
	struct door_kmem *items;	/* one an item */
	uint8_t *rest;			/* enum rest, of those that are free */
};

/* All items of one size for one taker. */
struct pool {
	uint64_t taker;
	uint32_t size, per_slab;
	struct slab **slabs;		/* as they were added */
	size_t nslabs;
	size_t nlive, nready;		/* in use; free, and not to be passed */
	size_t turn;			/* whose it is: an item's number */
};

struct door_pools {
	struct mem *mem;
	struct pool **pools;		/* as they were first asked for */
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
	for (size_t i = 0; i < p->npools; i++) {
		check_free(p->pools[i]->slabs);
		check_free(p->pools[i]);
	}
	check_free(p->pools);
	check_free(p->slabs);
	check_free(p);
}

static struct pool *
pool_of(struct door_pools *p, uint32_t size, uint64_t taker)
{
	struct pool *pool;

	for (size_t i = 0; i < p->npools; i++)
		if (p->pools[i]->size == size && p->pools[i]->taker == taker)
			return p->pools[i];
	CHECK(size > 0 && size % DOOR_POOL_GRAIN == 0 &&
	    size <= DOOR_POOL_SLAB);
	pool = check_calloc(1, sizeof *pool);
	pool->size = size;
	pool->taker = taker;
	pool->per_slab = DOOR_POOL_SLAB / size;
	p->pools = check_realloc(p->pools, (p->npools + 1) *
	    sizeof p->pools[0]);
	p->pools[p->npools++] = pool;
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
	pool->slabs = check_realloc(pool->slabs, (pool->nslabs + 1) *
	    sizeof pool->slabs[0]);
	pool->slabs[pool->nslabs++] = s;
	for (uint32_t n = 0; n < pool->per_slab; n++) {
		s->items[n].va = va + (uint64_t)n * pool->size;
		s->items[n].size = pool->size;
	}
	pool->nready += pool->per_slab;
	return 0;
}

/* --- turns --- */

static size_t
items_of(const struct pool *pool)
{
	return pool->nslabs * pool->per_slab;
}

/* Many at once, for how many are in use at a time hangs on when what happens. */
static void
pool_grow(struct door_pools *p, struct pool *pool)
{
	size_t n = items_of(pool);

	while (items_of(pool) < n + DOOR_POOL_GROWS && slab_add(p, pool) == 0)
		;
}

/* The next that is ready; there is one. */
static struct door_kmem *
pool_next(struct pool *pool)
{
	size_t n = items_of(pool);

	for (size_t i = 0; i < 2 * n; i++) {
		size_t turn = pool->turn;
		struct slab *s = pool->slabs[turn / pool->per_slab];
		struct door_kmem *item = &s->items[turn % pool->per_slab];
		uint8_t *rest = &s->rest[turn % pool->per_slab];

		pool->turn = (turn + 1) % n;
		if (item->live)
			continue;
		if (*rest == READY)
			return item;
		*rest = READY;
		pool->nready++;
	}
	CHECK(!"an item is ready");
	return NULL;
}

/* Whether it is soon the turn of this one. */
static int
is_next(const struct pool *pool, const struct slab *s, size_t item)
{
	size_t n = items_of(pool), number = item;

	while (pool->slabs[number / pool->per_slab] != s)
		number += pool->per_slab;
	return (number + n - pool->turn) % n < DOOR_POOL_REST;
}

/* With no more memory another taker's has to do; NULL: there is none. */
static struct pool *
pool_instead(const struct door_pools *p, struct pool *pool)
{
	if (items_of(pool) != pool->nlive)
		return pool;
	for (size_t i = 0; i < p->npools; i++)
		if (p->pools[i]->size == pool->size &&
		    items_of(p->pools[i]) != p->pools[i]->nlive)
			return p->pools[i];
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
door_pools_take(struct door_pools *p, uint32_t size, uint64_t taker,
    callpath_id path, uint32_t owner)
{
	struct pool *pool = pool_of(p, size, taker);
	struct door_kmem *item;
	uint64_t va;

	if (pool->nready < DOOR_POOL_REST)
		pool_grow(p, pool);
	pool = pool_instead(p, pool);
	if (pool == NULL)
		return 0;
	item = pool_next(pool);
	va = item->va;
	pool->nready--;
	pool->nlive++;
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
	size_t n;

	if (item == NULL || !item->live || item->va != va ||
	    item->size != size)
		return -1;
	item->live = 0;
	item->freed = path;
	mem_heap_live(p->mem, va, size, 0);
	n = (size_t)(item - s->items);
	s->rest[n] = is_next(s->pool, s, n) ? PASSED : READY;
	s->pool->nready += s->rest[n] == READY;
	s->pool->nlive--;
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
		const struct pool *pool = p->pools[i];

		state_add_u64(s, pool->size);
		state_add_u64(s, pool->taker);
		state_add_u64(s, pool->turn);
		state_add_u64(s, pool->nslabs);
		for (size_t k = 0; k < pool->nslabs; k++)
			state_add_u64(s, pool->slabs[k]->va);
	}
	state_add_u64(s, p->nslabs);
	for (size_t i = 0; i < p->nslabs; i++)
		slab_state(p->slabs[i], s);
}

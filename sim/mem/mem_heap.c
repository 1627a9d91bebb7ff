/* mem_heap.c: which bytes of the kernel heap are live. */
#include "mem_heap.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "state_memo.h"

#define GRAIN		16u
#define REST_MAX	4096u		/* freed blocks that rest */

struct block {
	uint64_t va, room;		/* room: bytes with the gap */
};

struct mem_heap {
	uint64_t base, size, next;
	uint8_t *live;			/* valid bytes of each grain, 0 to 16 */
	struct block rest[REST_MAX];	/* a ring, oldest at rest_head */
	unsigned rest_head, rest_count;
	struct state_set marks;		/* what is live: place and size */
	struct block *spare;		/* rested, in the order they came */
	size_t nspare, spare_max;
};

struct mem_heap *
mem_heap_create(uint64_t base, uint64_t size)
{
	struct mem_heap *h = check_calloc(1, sizeof *h);

	h->base = base;
	h->size = size;
	h->live = check_calloc(size / GRAIN, 1);
	return h;
}

void
mem_heap_destroy(struct mem_heap *h)
{
	if (h == NULL)
		return;
	check_free(h->live);
	check_free(h->spare);
	check_free(h);
}

static uint64_t
room_of(uint64_t size)
{
	if (size >= 4096)
		return (size + GRAIN + 4095) / 4096 * 4096;
	return (size + GRAIN - 1) / GRAIN * GRAIN + GRAIN;
}

void
mem_heap_mark(struct mem_heap *h, uint64_t va, uint64_t size, int live)
{
	uint64_t first = (va - h->base) / GRAIN, whole = size / GRAIN;
	struct state one;

	state_init(&one);
	state_add_u64(&one, va);
	state_add_u64(&one, size);
	(live ? state_set_add : state_set_take)(&h->marks, &one);
	memset(h->live + first, live ? (int)GRAIN : 0, whole);
	if (size % GRAIN != 0)
		h->live[first + whole] = (uint8_t)(live ? size % GRAIN : 0);
}

uint64_t
mem_heap_span(struct mem_heap *h, uint64_t size)
{
	uint64_t va = (h->next + 4095) / 4096 * 4096;

	CHECK(size > 0 && size % 4096 == 0);
	if (va > h->size || size > h->size - va)
		return 0;
	h->next = va + size;
	return h->base + va;
}

uint64_t
mem_heap_take(struct mem_heap *h, uint64_t size)
{
	uint64_t room, va;

	CHECK(size > 0);
	if (size > h->size / 2)
		return 0;
	room = room_of(size);
	for (size_t i = 0; i < h->nspare; i++)
		if (h->spare[i].room == room) {
			va = h->spare[i].va;
			memmove(&h->spare[i], &h->spare[i + 1],
			    (h->nspare - i - 1) * sizeof h->spare[0]);
			h->nspare--;
			mem_heap_mark(h, va, size, 1);
			return va;
		}
	va = h->next;
	if (size >= 4096)
		va = (va + 4095) / 4096 * 4096;
	if (va + room > h->size)
		return 0;
	h->next = va + room;
	va += h->base;
	mem_heap_mark(h, va, size, 1);
	return va;
}

static void
spare_add(struct mem_heap *h, struct block b)
{
	if (h->nspare == h->spare_max) {
		h->spare_max = h->spare_max != 0 ? 2 * h->spare_max : 64;
		h->spare = check_realloc(h->spare,
		    h->spare_max * sizeof h->spare[0]);
	}
	h->spare[h->nspare++] = b;
}

void
mem_heap_give(struct mem_heap *h, uint64_t va, uint64_t size)
{
	struct block b = { va, room_of(size) };

	mem_heap_mark(h, va, size, 0);
	if (h->rest_count == REST_MAX) {
		spare_add(h, h->rest[h->rest_head]);
		h->rest_head = (h->rest_head + 1) % REST_MAX;
		h->rest_count--;
	}
	h->rest[(h->rest_head + h->rest_count) % REST_MAX] = b;
	h->rest_count++;
}

int
mem_heap_check(const struct mem_heap *h, uint64_t va, uint64_t size)
{
	uint64_t at = va - h->base, end = at + size;
	int first = 1;

	while (at < end) {
		uint64_t in = at % GRAIN, n = GRAIN - in;
		unsigned live = h->live[at / GRAIN];

		if (n > end - at)
			n = end - at;
		if (live < in + n)
			return first && live <= in ? (live == 0 ? 0 : 1) : 1;
		first = 0;
		at += n;
	}
	return -1;
}

static void
block_state(const struct block *b, struct state *s)
{
	state_add_u64(s, b->va);
	state_add_u64(s, b->room);
}

void
mem_heap_state(const struct mem_heap *h, struct state *s)
{
	state_add_u64(s, h->next);
	state_add_set(s, &h->marks);
	state_add_u64(s, h->rest_count);
	for (unsigned i = 0; i < h->rest_count; i++)
		block_state(&h->rest[(h->rest_head + i) % REST_MAX], s);
	state_add_u64(s, h->nspare);
	for (size_t i = 0; i < h->nspare; i++)
		block_state(&h->spare[i], s);
}

uint64_t
mem_heap_end(const struct mem_heap *h)
{
	return h->base + h->next;
}

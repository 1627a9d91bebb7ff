/* callpath.c: paths through the guest's code, each kept once. */
#include "callpath.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define BUCKETS		4096u

struct node {
	struct callpath path;
	uint32_t next;			/* in its bucket, 0: last */
};

struct callpaths {
	uint64_t base, size;
	void (*stack)(void *self, uint64_t *low, uint64_t *high);
	void *self;
	uint64_t interrupted_pc, interrupted_frame;
	callpath_id watched;		/* CALLPATH_NONE: none is */
	void (*hit)(void *self);
	void *hit_self;
	struct node *nodes;		/* nodes[0] is CALLPATH_NONE */
	uint32_t n, max;
	uint32_t bucket[BUCKETS];
};

struct callpaths *
callpaths_create(uint64_t base, uint64_t size,
    void (*stack)(void *self, uint64_t *low, uint64_t *high), void *self)
{
	struct callpaths *c = check_calloc(1, sizeof *c);

	c->base = base;
	c->size = size;
	c->stack = stack;
	c->self = self;
	c->max = 256;
	c->nodes = check_calloc(c->max, sizeof c->nodes[0]);
	c->n = 1;
	return c;
}

void
callpaths_destroy(struct callpaths *c)
{
	if (c == NULL)
		return;
	check_free(c->nodes);
	check_free(c);
}

void
callpaths_stack_set(struct callpaths *c,
    void (*stack)(void *self, uint64_t *low, uint64_t *high), void *self)
{
	c->stack = stack;
	c->self = self;
}

static callpath_id
intern(struct callpaths *c, const struct callpath *p)
{
	uint32_t h = 2166136261u, id;

	if (p->n == 0)
		return CALLPATH_NONE;
	for (uint32_t i = 0; i < p->n; i++)
		h = (h ^ p->at[i]) * 16777619u;
	h %= BUCKETS;
	for (id = c->bucket[h]; id != 0; id = c->nodes[id].next)
		if (c->nodes[id].path.n == p->n && memcmp(c->nodes[id].path.at,
		    p->at, p->n * sizeof p->at[0]) == 0)
			return id;
	if (c->n == c->max) {
		c->max *= 2;
		c->nodes = check_realloc(c->nodes, c->max * sizeof c->nodes[0]);
	}
	id = c->n++;
	memset(&c->nodes[id], 0, sizeof c->nodes[id]);
	memcpy(c->nodes[id].path.at, p->at, p->n * sizeof p->at[0]);
	c->nodes[id].path.n = p->n;
	c->nodes[id].next = c->bucket[h];
	c->bucket[h] = id;
	return id;
}

static void
add(const struct callpaths *c, struct callpath *p, uint64_t pc)
{
	if (pc - c->base < c->size && p->n < CALLPATH_DEPTH_MAX)
		p->at[p->n++] = (uint32_t)(pc - c->base);
}

void
callpaths_interrupted(struct callpaths *c, uint64_t pc, uint64_t frame)
{
	c->interrupted_pc = pc;
	c->interrupted_frame = frame;
}

static callpath_id
told(struct callpaths *c, callpath_id id)
{
	if (id == c->watched && id != CALLPATH_NONE)
		c->hit(c->hit_self);
	return id;
}

callpath_id
callpath_here(struct callpaths *c, const void *pc)
{
	uint64_t fp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	uint64_t low, high;
	struct callpath p;

	p.n = 0;
	low = high = 0;
	if (c->stack != NULL)
		c->stack(c->self, &low, &high);
	if (c->interrupted_pc != 0) {
		fp = c->interrupted_frame;
		if (pc == NULL)
			add(c, &p, c->interrupted_pc);
	}
	if (pc != NULL)
		add(c, &p, (uint64_t)(uintptr_t)pc);
	while (fp >= low && high >= 16 && fp <= high - 16 && fp % 8 == 0) {
		const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;

		/* The hook's own frame has the access's pc: not twice. */
		if (pc == NULL || frame[1] != (uint64_t)(uintptr_t)pc)
			add(c, &p, frame[1]);
		if (frame[0] <= fp)
			break;
		fp = frame[0];
	}
	return told(c, intern(c, &p));
}

void
callpaths_watch(struct callpaths *c, const struct callpath *path,
    void (*hit)(void *self), void *self)
{
	c->watched = path != NULL ? intern(c, path) : CALLPATH_NONE;
	c->hit = hit;
	c->hit_self = self;
}

callpath_id
callpath_of(struct callpaths *c, uint64_t pc)
{
	struct callpath p;

	p.n = 0;
	add(c, &p, pc);
	return told(c, intern(c, &p));
}

callpath_id
callpath_put(struct callpaths *c, const struct callpath *p)
{
	CHECK(p->n <= CALLPATH_DEPTH_MAX);
	return intern(c, p);
}

uint32_t
callpaths_count(const struct callpaths *c)
{
	return c->n;
}

const struct callpath *
callpath_get(const struct callpaths *c, callpath_id id)
{
	CHECK(id < c->n);
	return &c->nodes[id].path;
}

enum callpath_place
callpath_place(const struct callpaths *c, uint64_t addr)
{
	uint64_t low = 0, high = 0;

	if (addr >= c->base && addr - c->base < c->size)
		return CALLPATH_MODULE;
	if (c->stack != NULL)
		c->stack(c->self, &low, &high);
	return addr >= low && addr < high ? CALLPATH_STACK :
	    CALLPATH_ELSEWHERE;
}

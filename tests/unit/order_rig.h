/*
 * order_rig.h: for tests of the order models: the test is memory, and says how
 * each choice comes out.
 */
#ifndef VIOTAPE_ORDER_RIG_H
#define VIOTAPE_ORDER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "order.h"

/* A fence of memory alone, as rvwmo's. */
#define MEMORY	(ORDER_RR | ORDER_RW | ORDER_WR | ORDER_WW)

#define RAM	(4 * ORDER_PIECE)
#define CPU	0u
#define DEVICE	1u
#define OTHER	2u
#define AGENTS	3u
#define BUCKETS	4u			/* so that they are shared */
#define X	256u			/* bytes in granules of their own */
#define Y	512u
#define Z	1024u
#define ASKED_MAX	512u

static struct {
	struct order *o;
	uint8_t ram[RAM];
	unsigned script[8];		/* answers, then 0 */
	size_t nscript;
	size_t asked;
	unsigned n[ASKED_MAX];		/* alternatives of each */
	int is_load[ASKED_MAX];
	unsigned stores, uncached;	/* at memory */
} t;

static inline void
memory_load(void *self, uint64_t pa, void *dst, size_t n)
{
	(void)self;
	assert_true(pa + n <= RAM);
	memcpy(dst, t.ram + pa, n);
}

static inline void
memory_store(void *self, uint64_t pa, const void *src, size_t n, int uncached)
{
	(void)self;
	assert_true(pa + n <= RAM);
	memcpy(t.ram + pa, src, n);
	t.stores++;
	t.uncached += uncached != 0;
}

static inline unsigned
memory_pick(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	unsigned picked = t.asked < t.nscript ? t.script[t.asked] : 0;

	(void)self;
	assert_true(pa + size <= RAM);
	assert_in_range(n, 2, 255);
	assert_true(picked < n);
	assert_true(t.asked < ASKED_MAX);
	t.n[t.asked] = n;
	t.is_load[t.asked++] = is_load;
	return picked;
}

static inline struct order *
create(enum order_model model)
{
	static const struct order_memory memory = { memory_load, memory_store,
	    memory_pick, NULL };

	return order_create(model, AGENTS, BUCKETS, &memory);
}

static inline void
begin(enum order_model model)
{
	order_destroy(t.o);
	memset(&t, 0, sizeof t);
	t.o = create(model);
}

static inline int
tear_down(void **state)
{
	(void)state;
	order_destroy(t.o);
	t.o = NULL;
	return 0;
}

/* The next choice comes out so; those after it are plain. */
static inline void
next(unsigned picked)
{
	t.asked = 0;
	t.script[0] = picked;
	t.nscript = 1;
}

static inline void
store(unsigned agent, uint64_t pa, uint8_t v)
{
	order_store(t.o, agent, pa, &v, 1, 0, 0);
}

/* As mem_device_store() does. */
static inline void
store_past(unsigned agent, uint64_t pa, uint8_t v)
{
	order_stores(t.o, agent, pa, 1);
	t.ram[pa] = v;
}

static inline uint8_t
load(unsigned agent, uint64_t pa)
{
	uint8_t v = t.ram[pa];

	order_load(t.o, agent, pa, &v, 1);
	return v;
}

/* Looks with this answer, and reads the byte. */
static inline uint8_t
look(uint64_t pa, unsigned picked)
{
	next(picked);
	order_look(t.o, DEVICE, pa, 1);
	return t.ram[pa];
}

static inline uint8_t
forwarded(unsigned agent, uint64_t pa)
{
	uint8_t v = t.ram[pa];

	order_forward(t.o, agent, pa, &v, 1);
	return v;
}

#endif

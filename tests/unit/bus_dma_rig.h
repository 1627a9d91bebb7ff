/*
 * bus_dma_rig.h: for tests of bus_dma(9) below the door: memory, a bus_dma with
 * listeners, and a driver's buffer.
 */
#ifndef BUS_DMA_RIG_H
#define BUS_DMA_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bus_dma.h"
#include "untold.h"

#define RAM_BASE	UINT64_C(0x40000000)
#define RAM_SIZE	UINT64_C(0x1000000)
#define LINE		64u

static struct {
	struct mem *mem;
	struct bus_dma *b;
	struct callpaths *paths;
	char rules[512];		/* ids told, each with its severity */
	unsigned unloadings, syncings, synceds;
	int fail;			/* the next allocation fails */
} t;

static inline void
on_rule(void *self, const char *id, int fatal, const struct bus_map *map,
    const char *text)
{
	size_t n = strlen(t.rules);

	(void)self;
	(void)map;
	assert_true(strlen(text) > 10);
	snprintf(t.rules + n, sizeof t.rules - n, "%s%s ", id,
	    fatal ? "!" : "");
}

static inline void
on_unloading(void *self, const struct bus_map *map, const char *call)
{
	(void)self;
	assert_true(map->loaded != 0 && strlen(call) > 10);
	t.unloadings++;
}

static inline int
on_fail(void *self)
{
	int fail = t.fail;

	(void)self;
	t.fail = 0;
	return fail;
}

static inline void
on_syncing(void *self, const struct bus_map *map, uint64_t home,
    uint64_t view, uint64_t n, uint32_t ops)
{
	(void)self;
	(void)home;
	(void)view;
	(void)ops;
	assert_true(map->loaded >= n && n != 0);
	t.syncings++;
}

static inline void
on_synced(void *self, const struct bus_map *map, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	(void)self;
	(void)map;
	(void)offset;
	(void)len;
	(void)ops;
	t.synceds++;
}

static inline void
begin(enum sync_arch arch, int bounce, unsigned line_size)
{
	static const struct bus_dma_events events = { on_rule, on_unloading,
	    on_fail, on_syncing, on_synced };
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = RAM_SIZE, .line_size = line_size };
	struct error err;

	memset(&t, 0, sizeof t);
	t.mem = mem_create(&config, &err);
	assert_non_null(t.mem);
	t.paths = callpaths_create(0, 0, untold_stack, NULL);
	t.b = bus_dma_create(t.mem, arch, bounce, t.paths, &events, NULL);
}

static inline int
set_up(void **state)
{
	(void)state;
	begin(SYNC_ARM64, 0, 0);
	return 0;
}

static inline int
set_up_bounce(void **state)
{
	(void)state;
	begin(SYNC_AMD64, 1, 0);
	return 0;
}

static inline int
set_up_cache(void **state)
{
	(void)state;
	begin(SYNC_ARM64, 0, LINE);
	return 0;
}

static inline int
set_up_contract(void **state)
{
	(void)state;
	begin(SYNC_CONTRACT, 0, 0);
	return 0;
}

static inline int
set_up_iommu(void **state)
{
	(void)state;
	begin(SYNC_AMD64, 0, 0);
	bus_dma_iommu_set(t.b);
	return 0;
}

/* Devices reach the first half of memory. */
static inline int
set_up_limit(void **state)
{
	(void)state;
	begin(SYNC_ARM64, 0, 0);
	bus_dma_limit_set(t.b, RAM_BASE + RAM_SIZE / 2 - 1);
	mem_heap_floor_set(t.mem, RAM_BASE + RAM_SIZE / 2);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	bus_dma_destroy(t.b);
	callpaths_destroy(t.paths);
	mem_destroy(t.mem);
	return 0;
}

static inline void
rules_are(const char *wanted)
{
	assert_string_equal(t.rules, wanted);
	t.rules[0] = '\0';
}

/* --- a driver ------------------------------------------------------------------ */

struct buf {
	struct bus_segment seg[BUS_DMA_SEGMENTS_MAX];
	struct bus_segment dm[BUS_DMA_SEGMENTS_MAX];
	uint32_t nsegs, ndm;
	uint64_t size, va, map;
};

static inline void
buf_alloc(struct buf *f, uint64_t size)
{
	memset(f, 0, sizeof *f);
	f->size = size;
	assert_int_equal(bus_dma_mem_alloc(t.b, size, 0, 0, 0, UINT64_MAX, 1,
	    0, f->seg, &f->nsegs), 0);
	assert_int_equal(bus_dma_mem_map(t.b, f->seg, f->nsegs, size, 0,
	    &f->va), 0);
}

static inline void
buf_map(struct buf *f, uint32_t nsegments, uint64_t maxsegsz,
    uint64_t boundary)
{
	assert_int_equal(bus_dma_map_create(t.b, f->size, nsegments, maxsegsz,
	    boundary, 0, &f->map), 0);
}

static inline int
buf_load(struct buf *f, uint64_t at, uint64_t len)
{
	return bus_dma_map_load(t.b, f->map, f->va + at, len, 0, 0, f->dm,
	    &f->ndm);
}

static inline void
buf_make(struct buf *f, uint64_t size)
{
	buf_alloc(f, size);
	buf_map(f, 16, size, 0);
	assert_int_equal(buf_load(f, 0, size), 0);
}

static inline void
cpu_fill(const struct buf *f, uint64_t at, uint64_t n, uint8_t v)
{
	for (uint64_t i = at; i < at + n; i++)
		mem_cpu_store(t.mem, mem_va_to_pa(t.mem, f->va + i), &v, 1,
		    0x1000);
}

static inline uint8_t
cpu_byte(const struct buf *f, uint64_t at)
{
	uint8_t v;

	mem_cpu_load(t.mem, mem_va_to_pa(t.mem, f->va + at), &v, 1);
	return v;
}

/* Where byte at of the load lies for the device. */
static inline uint64_t
bus_of(const struct buf *f, uint64_t at)
{
	for (uint32_t i = 0; i < f->ndm; i++) {
		if (at < f->dm[i].len)
			return f->dm[i].addr + at;
		at -= f->dm[i].len;
	}
	fail();
	return 0;
}

static inline uint8_t
device_byte(const struct buf *f, uint64_t at)
{
	uint8_t v;

	mem_device_load(t.mem, bus_of(f, at), &v, 1);
	return v;
}

static inline void
device_fill(const struct buf *f, uint64_t at, uint64_t n, uint8_t v)
{
	for (uint64_t i = at; i < at + n; i++)
		mem_device_store(t.mem, bus_of(f, i), &v, 1);
}

static inline void
sync(const struct buf *f, uint64_t at, uint64_t n, uint32_t ops)
{
	bus_dma_map_sync(t.b, f->map, at, n, ops);
}

/* Whatever the limits: every byte once, in order, and no limit passed. */
static inline void
check_segments(const struct buf *f, uint64_t len, uint32_t nsegments,
    uint64_t maxsegsz, uint64_t boundary)
{
	uint64_t total = 0;

	assert_true(f->ndm <= nsegments);
	for (uint32_t i = 0; i < f->ndm; i++) {
		uint64_t a = f->dm[i].addr, n = f->dm[i].len;

		assert_true(n > 0 && n <= maxsegsz);
		if (boundary != 0)
			assert_int_equal(a / boundary, (a + n - 1) / boundary);
		total += n;
	}
	assert_int_equal(total, len);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define BOUNCE(f) cmocka_unit_test_setup_teardown(f, set_up_bounce, tear_down)
#define CACHED(f) cmocka_unit_test_setup_teardown(f, set_up_cache, tear_down)
#define CONTRACT(f) \
	cmocka_unit_test_setup_teardown(f, set_up_contract, tear_down)
#define IOMMU(f) cmocka_unit_test_setup_teardown(f, set_up_iommu, tear_down)

#endif

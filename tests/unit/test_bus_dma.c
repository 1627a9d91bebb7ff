/*
 * test_bus_dma.c: bus_dma(9) below the door: segments within their limits,
 * what a sync copies on each machine, and every rule that can be broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bus_dma.h"

#define RAM_BASE	UINT64_C(0x40000000)
#define RAM_SIZE	UINT64_C(0x1000000)
#define LINE		64u

static struct {
	struct mem *mem;
	struct bus_dma *b;
	struct callpaths *paths;
	char rules[256];		/* ids told, each with its severity */
	unsigned syncs;
	int fail;			/* the next allocation fails */
} t;

static void
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

static void
on_synced(void *self, const struct bus_map *map, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	(void)self;
	(void)map;
	(void)offset;
	(void)len;
	(void)ops;
	t.syncs++;
}

static int
on_fail(void *self)
{
	int fail = t.fail;

	(void)self;
	t.fail = 0;
	return fail;
}

static void
no_stack(void *self, uint64_t *low, uint64_t *high)
{
	(void)self;
	*low = *high = 0;
}

static void
begin(enum sync_arch arch, int bounce, unsigned line_size)
{
	static const struct bus_dma_events events = { on_rule, on_synced,
	    on_fail };
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = RAM_SIZE, .line_size = line_size };
	struct error err;

	memset(&t, 0, sizeof t);
	t.mem = mem_create(&config, &err);
	assert_non_null(t.mem);
	t.paths = callpaths_create(0, 0, no_stack, NULL);
	t.b = bus_dma_create(t.mem, arch, bounce, t.paths, &events, NULL);
}

static int
set_up(void **state)
{
	(void)state;
	begin(SYNC_ARM64, 0, 0);
	return 0;
}

static int
set_up_bounce(void **state)
{
	(void)state;
	begin(SYNC_AMD64, 1, 0);
	return 0;
}

static int
set_up_cache(void **state)
{
	(void)state;
	begin(SYNC_ARM64, 0, LINE);
	return 0;
}

static int
set_up_iommu(void **state)
{
	(void)state;
	begin(SYNC_AMD64, 0, 0);
	bus_dma_iommu_set(t.b);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	bus_dma_destroy(t.b);
	callpaths_destroy(t.paths);
	mem_destroy(t.mem);
	return 0;
}

static void
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

static void
buf_alloc(struct buf *f, uint64_t size)
{
	memset(f, 0, sizeof *f);
	f->size = size;
	assert_int_equal(bus_dma_mem_alloc(t.b, size, 0, 0, 0, UINT64_MAX, 1,
	    0, f->seg, &f->nsegs), 0);
	assert_int_equal(bus_dma_mem_map(t.b, f->seg, f->nsegs, size, 0,
	    &f->va), 0);
}

static void
buf_map(struct buf *f, uint32_t nsegments, uint64_t maxsegsz,
    uint64_t boundary)
{
	assert_int_equal(bus_dma_map_create(t.b, f->size, nsegments, maxsegsz,
	    boundary, 0, &f->map), 0);
}

static int
buf_load(struct buf *f, uint64_t at, uint64_t len)
{
	return bus_dma_map_load(t.b, f->map, f->va + at, len, 0, 0, f->dm,
	    &f->ndm);
}

static void
buf_make(struct buf *f, uint64_t size)
{
	buf_alloc(f, size);
	buf_map(f, 16, size, 0);
	assert_int_equal(buf_load(f, 0, size), 0);
}

static void
cpu_fill(const struct buf *f, uint64_t at, uint64_t n, uint8_t v)
{
	for (uint64_t i = at; i < at + n; i++)
		mem_cpu_store(t.mem, mem_va_to_pa(t.mem, f->va + i), &v, 1,
		    0x1000);
}

static uint8_t
cpu_byte(const struct buf *f, uint64_t at)
{
	uint8_t v;

	mem_cpu_load(t.mem, mem_va_to_pa(t.mem, f->va + at), &v, 1);
	return v;
}

/* Where byte at of the load lies for the device. */
static uint64_t
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

static uint8_t
device_byte(const struct buf *f, uint64_t at)
{
	uint8_t v;

	mem_device_load(t.mem, bus_of(f, at), &v, 1);
	return v;
}

static void
device_fill(const struct buf *f, uint64_t at, uint64_t n, uint8_t v)
{
	for (uint64_t i = at; i < at + n; i++)
		mem_device_store(t.mem, bus_of(f, i), &v, 1);
}

static void
sync(const struct buf *f, uint64_t at, uint64_t n, uint32_t ops)
{
	bus_dma_map_sync(t.b, f->map, at, n, ops);
}

/* --- segments --------------------------------------------------------------------- */

/* Whatever the limits: every byte once, in order, and no limit passed. */
static void
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

static void
segments_keep_their_limits(void **state)
{
	static const struct {
		uint64_t at, len, maxsegsz, boundary;
		uint32_t wanted;	/* segments */
	} loads[] = {
		{ 0, 16384, 65536, 0, 1 },	/* contiguous: one */
		{ 0, 16384, 4096, 0, 4 },
		{ 0, 16384, 4095, 0, 5 },
		{ 100, 16000, 65536, 0, 1 },
		{ 100, 16000, 4096, 4096, 4 },	/* 3996, then whole pages */
		{ 4000, 200, 4096, 4096, 2 },
		{ 4000, 200, 65536, 0, 1 },
		{ 4000, 200, 64, 0, 4 },
		{ 4095, 2, 4096, 4096, 2 },
		{ 0, 1, 1, 0, 1 },
		{ 0, 5000, 1000, 2048, 7 },	/* 1000 1000 48, twice; 904 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
		struct buf f;

		buf_alloc(&f, 65536);
		buf_map(&f, 64, loads[i].maxsegsz, loads[i].boundary);
		assert_int_equal(buf_load(&f, loads[i].at, loads[i].len), 0);
		check_segments(&f, loads[i].len, 64, loads[i].maxsegsz,
		    loads[i].boundary);
		assert_int_equal(f.ndm, loads[i].wanted);
		assert_int_equal(f.dm[0].addr, f.seg[0].addr + loads[i].at);
	}
	rules_are("");
}

static void
too_many_segments_are_efbig(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 3, 4096, 0);
	assert_int_equal(buf_load(&f, 0, 12288), 0);
	assert_int_equal(f.ndm, 3);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&f, 0, 12289), BUS_DMA_EFBIG);
	assert_int_equal(f.ndm, 0);
	/* A load that failed has loaded nothing. */
	rules_are("");
	bus_dma_map_unload(t.b, f.map);
	rules_are("dma-unload-unloaded ");
}

static void
more_than_the_map_holds_is_einval(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	assert_int_equal(bus_dma_map_create(t.b, 8192, 4, 8192, 0, 0, &f.map),
	    0);
	assert_int_equal(buf_load(&f, 0, 8193), BUS_DMA_EINVAL);
	assert_int_equal(buf_load(&f, 0, 8192), 0);
}

/* The pieces of one load, as an mbuf chain gives them. */
static void
appended_pieces_are_one_load(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 4, 16384, 0);
	assert_int_equal(buf_load(&f, 0, 100), 0);
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 8192, 50, 0, 1,
	    f.dm, &f.ndm), 0);
	assert_int_equal(f.ndm, 2);
	assert_int_equal(f.dm[1].addr, f.seg[0].addr + 8192);
	/* What follows on the last piece lengthens its segment. */
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 8242, 10, 0, 1,
	    f.dm, &f.ndm), 0);
	assert_int_equal(f.ndm, 2);
	assert_int_equal(f.dm[1].len, 60);
	rules_are("");
}

static void
raw_segments_are_loaded_as_they_are(void **state)
{
	struct bus_segment raw[2];
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 4, 16384, 0);
	raw[0] = (struct bus_segment){ f.seg[0].addr + 100, 200 };
	raw[1] = (struct bus_segment){ f.seg[0].addr + 8192, 300 };
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 2, 400, 0,
	    f.dm, &f.ndm), 0);
	assert_int_equal(f.ndm, 2);
	assert_int_equal(f.dm[0].addr, raw[0].addr);
	assert_int_equal(f.dm[1].len, 200);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 2, 501, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
	raw[0].addr = 0x1000;			/* no memory */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 1, 100, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
}

static void
a_loaded_map_is_found_by_its_addresses(void **state)
{
	const struct bus_piece *piece;
	struct buf f;
	uint64_t len = 100000;

	(void)state;
	buf_make(&f, 8192);
	assert_non_null(bus_dma_find(t.b, f.dm[0].addr + 10, &len, &piece));
	assert_int_equal(len, 4086);	/* to the end of its page */
	assert_int_equal(piece->offset, 0);
	assert_non_null(bus_dma_find_home(t.b, f.seg[0].addr + 8191));
	assert_null(bus_dma_find_home(t.b, f.seg[0].addr + 8192));
	len = 1;
	assert_null(bus_dma_find(t.b, f.dm[0].addr + 8192, &len, &piece));
	bus_dma_map_unload(t.b, f.map);
	assert_null(bus_dma_find(t.b, f.dm[0].addr, &len, &piece));
}

static void
failures_of_memory_are_enomem(void **state)
{
	struct bus_segment seg;
	struct buf f;
	uint64_t id;
	uint32_t n;

	(void)state;
	buf_make(&f, 4096);
	t.fail = 1;
	assert_int_equal(bus_dma_map_create(t.b, 1, 1, 1, 0, 0, &id),
	    BUS_DMA_ENOMEM);
	t.fail = 1;
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 0, 0, 0, UINT64_MAX, 1, 0,
	    &seg, &n), BUS_DMA_ENOMEM);
	bus_dma_map_unload(t.b, f.map);
	t.fail = 1;
	assert_int_equal(buf_load(&f, 0, 4096), BUS_DMA_ENOMEM);
	assert_int_equal(bus_dma_mem_alloc(t.b, RAM_SIZE + 1, 0, 0, 0,
	    UINT64_MAX, 1, 0, &seg, &n), BUS_DMA_ENOMEM);
	rules_are("");
}

/* --- what syncs do ------------------------------------------------------------------ */

static void
without_bounce_both_see_the_same(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	assert_int_equal(f.dm[0].addr, f.seg[0].addr);
	cpu_fill(&f, 10, 4, 0x11);
	assert_int_equal(device_byte(&f, 10), 0x11);
	device_fill(&f, 20, 4, 0x22);
	assert_int_equal(cpu_byte(&f, 20), 0x22);
}

/* Exactly the bytes [offset, offset + len), over pages too. */
static void
a_bounce_copies_exactly_its_bytes(void **state)
{
	static const struct {
		uint64_t at, n;
	} ranges[] = { { 0, 1 }, { 100, 50 }, { 4000, 200 }, { 4095, 2 },
	    { 8191, 1 }, { 0, 8192 }, { 17, 0 }, { 4096, 4096 } };
	struct buf f;

	(void)state;
	buf_make(&f, 8192);
	assert_true(bus_of(&f, 0) != f.seg[0].addr);
	for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
		uint64_t at = ranges[r].at, end = at + ranges[r].n;
		uint8_t v = (uint8_t)(0x40 + r);

		device_fill(&f, 0, 8192, 0x01);
		cpu_fill(&f, 0, 8192, v);
		sync(&f, at, ranges[r].n, SYNC_PREWRITE);
		for (uint64_t i = 0; i < 8192; i++)
			assert_int_equal(device_byte(&f, i), i >= at &&
			    i < end ? v : 0x01);
		device_fill(&f, 0, 8192, 0xee);
		sync(&f, at, ranges[r].n, SYNC_POSTREAD);
		for (uint64_t i = 0; i < 8192; i++)
			assert_int_equal(cpu_byte(&f, i), i >= at && i < end ?
			    0xee : v);
	}
	rules_are("");
}

static void
a_bounce_copies_for_its_operations_only(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 64, 0x11);
	device_fill(&f, 0, 64, 0x22);
	sync(&f, 0, 64, SYNC_PREREAD);
	sync(&f, 0, 64, SYNC_POSTWRITE);
	assert_int_equal(cpu_byte(&f, 0), 0x11);
	assert_int_equal(device_byte(&f, 0), 0x22);
	/* As bits: in comes first, and goes out again. */
	sync(&f, 0, 64, SYNC_POSTREAD | SYNC_PREWRITE);
	assert_int_equal(cpu_byte(&f, 0), 0x22);
	assert_int_equal(device_byte(&f, 0), 0x22);
	rules_are("dma-sync-mixed ");
}

/* Old bytes wait in the bounce pages for whoever loads the map next. */
static void
bounce_pages_keep_old_bytes_over_loads(void **state)
{
	struct buf f, g;

	(void)state;
	buf_make(&f, 4096);
	assert_int_equal(device_byte(&f, 0), 0);	/* zeroed at birth */
	cpu_fill(&f, 0, 64, 0x77);
	sync(&f, 0, 64, SYNC_PREWRITE);
	bus_dma_map_unload(t.b, f.map);
	buf_alloc(&g, 4096);
	g.map = f.map;
	assert_int_equal(buf_load(&g, 0, 4096), 0);
	assert_int_equal(bus_of(&g, 0), bus_of(&f, 0));
	assert_int_equal(device_byte(&g, 0), 0x77);
	assert_int_equal(cpu_byte(&g, 0), 0);
	rules_are("");
}

/* B1: the pages may have been anybody's before. */
static void
bounce_pages_are_zeroed_when_a_map_is_created(void **state)
{
	static const uint8_t old[MEM_PAGE] = { 0xee, 0xee };
	uint64_t pa = mem_pages_alloc(t.mem, 64, MEM_PAGE, 0, 0, UINT64_MAX);
	struct buf f;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		mem_device_store(t.mem, pa + i * MEM_PAGE, old, sizeof old);
	mem_pages_free(t.mem, pa, 64);
	buf_make(&f, 4096);
	assert_true(bus_of(&f, 0) >= pa && bus_of(&f, 0) < pa + 64 * MEM_PAGE);
	assert_int_equal(device_byte(&f, 0), 0);
	assert_int_equal(device_byte(&f, 1), 0);
}

/* What is loaded raw is not substituted: no bounce page, no copy. */
static void
a_raw_load_does_not_bounce(void **state)
{
	struct buf f;
	struct bus_segment segs[1];
	uint32_t n = 1;

	(void)state;
	buf_alloc(&f, 4096);
	buf_map(&f, 1, 4096, 0);
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, f.seg, 1, 4096, 0,
	    segs, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(segs[0].addr, f.seg[0].addr);
	cpu_fill(&f, 0, 8, 0x5a);
	sync(&f, 0, 8, SYNC_PREWRITE);
	rules_are("");
}

/* I1: other addresses at each load, in a place where there is no memory. */
static void
an_iommu_gives_other_addresses_at_each_load(void **state)
{
	struct buf f;
	uint64_t first;

	(void)state;
	buf_make(&f, 8192);
	first = bus_of(&f, 0);
	assert_false(mem_is_ram(t.mem, first, 1));
	assert_int_equal(f.ndm, 1);	/* pages in a row are one segment */
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&f, 0, 8192), 0);
	assert_int_not_equal(bus_of(&f, 0), first);
	assert_true(bus_dma_iommu_gave(t.b, first));
	assert_false(bus_dma_iommu_gave(t.b, RAM_BASE));
	rules_are("");
	assert_int_equal(buf_load(&f, 0, 8192), 0);
	rules_are("dma-load-over-load! ");
}

/* I2: reached is what is loaded, while it is; nothing lies behind a load. */
static void
an_iommu_has_what_is_loaded_and_nothing_else(void **state)
{
	const struct bus_piece *piece;
	uint64_t at, len = 16;
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	at = bus_of(&f, 0);
	assert_non_null(bus_dma_find(t.b, at, &len, &piece));
	assert_int_equal(piece->home, f.seg[0].addr);
	assert_null(bus_dma_find(t.b, at + 4096, &len, &piece));
	assert_null(bus_dma_find(t.b, f.seg[0].addr, &len, &piece));
	bus_dma_map_unload(t.b, f.map);
	assert_null(bus_dma_find(t.b, at, &len, &piece));
}

static void
past_the_end_nothing_is_copied(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	buf_map(&f, 4, 8192, 0);
	assert_int_equal(buf_load(&f, 0, 100), 0);
	cpu_fill(&f, 0, 200, 0x11);
	sync(&f, 50, 100, SYNC_PREWRITE);
	rules_are("dma-sync-past-end ");
	assert_int_equal(device_byte(&f, 49), 0);
	assert_int_equal(device_byte(&f, 99), 0x11);
	mem_device_load(t.mem, bus_of(&f, 99) + 1, &t.fail, 1);
	assert_int_equal(t.fail, 0);
	sync(&f, 10, UINT64_MAX - 5, SYNC_PREWRITE);	/* wraps round */
	rules_are("dma-sync-past-end ");
	assert_int_equal(device_byte(&f, 10), 0x11);
	assert_int_equal(device_byte(&f, 9), 0);
}

static void
the_device_sees_a_page_through_the_view(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 8192);
	assert_int_equal(bus_dma_view(t.b, f.seg[0].addr + 5000),
	    bus_of(&f, 5000));
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(bus_dma_view(t.b, f.seg[0].addr + 5000),
	    f.seg[0].addr + 5000);
}

/* An offset in the page stays, so that alignment does. */
static void
a_bounced_address_keeps_its_offset(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 16, 16384, 0);
	assert_int_equal(buf_load(&f, 300, 9000), 0);
	assert_int_equal(f.dm[0].addr % MEM_PAGE, 300);
	check_segments(&f, 9000, 16, 16384, 0);
	cpu_fill(&f, 300, 9000, 0x5a);
	sync(&f, 0, 9000, SYNC_PREWRITE);
	for (unsigned i = 0; i < 9000; i += 37)
		assert_int_equal(device_byte(&f, i), 0x5a);
}

/* Where the cache is not snooped: whole lines, in an exact switch. */
static void
a_cache_is_cleaned_and_invalidated_by_lines(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 128, 0x11);
	assert_int_equal(device_byte(&f, 0), 0);
	sync(&f, 10, 1, SYNC_PREWRITE);
	assert_int_equal(device_byte(&f, 0), 0x11);	/* neighbours too */
	assert_int_equal(device_byte(&f, 63), 0x11);
	assert_int_equal(device_byte(&f, 64), 0);
	sync(&f, 0, 128, SYNC_PREREAD);			/* cleans as well */
	assert_int_equal(device_byte(&f, 64), 0x11);
	device_fill(&f, 0, 64, 0x22);
	assert_int_equal(cpu_byte(&f, 0), 0x11);	/* filled before */
	sync(&f, 0, 64, SYNC_POSTWRITE);		/* a barrier at most */
	assert_int_equal(cpu_byte(&f, 0), 0x11);
	sync(&f, 0, 64, SYNC_POSTREAD);
	assert_int_equal(cpu_byte(&f, 0), 0x22);
	rules_are("");
}

static void
a_mixed_sync_does_nothing_in_an_exact_switch(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 64, 0x11);
	sync(&f, 0, 64, SYNC_PREWRITE | SYNC_POSTREAD);
	rules_are("dma-sync-mixed ");
	assert_int_equal(device_byte(&f, 0), 0);
	sync(&f, 0, 64, SYNC_PREWRITE | SYNC_PREREAD);
	assert_int_equal(device_byte(&f, 0), 0x11);
}

static void
past_the_end_panics_without_coherence(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	sync(&f, 4000, 97, SYNC_PREWRITE);
	rules_are("dma-sync-past-end! ");
}

/* --- shadow ------------------------------------------------------------------------- */

static void
a_sync_is_noted_byte_by_byte(void **state)
{
	struct buf f;
	uint64_t pa;

	(void)state;
	buf_make(&f, 8192);
	pa = f.seg[0].addr;
	cpu_fill(&f, 4000, 200, 1);
	sync(&f, 4050, 100, SYNC_PREWRITE);
	for (unsigned i = 4000; i < 4200; i++)
		assert_int_equal(mem_shadow_any(t.mem, pa + i, 1,
		    MEM_UNWRITTEN), i < 4050 || i >= 4150);
	assert_true(mem_shadow_any(t.mem, pa + 4100, 1, MEM_UNREAD));
	sync(&f, 4050, 100, SYNC_PREREAD);
	assert_false(mem_shadow_any(t.mem, pa + 4050, 100, MEM_UNREAD));
	assert_true(mem_shadow_any(t.mem, pa + 4049, 1, MEM_UNREAD));
	mem_shadow_set(t.mem, pa, 64, MEM_DEVICE | MEM_RACY, 0);
	sync(&f, 0, 32, SYNC_POSTREAD);
	assert_false(mem_shadow_any(t.mem, pa, 32, MEM_DEVICE | MEM_RACY));
	assert_true(mem_shadow_any(t.mem, pa + 32, 1, MEM_DEVICE));
	assert_int_equal(t.syncs, 3);
}

/* What BUS_DMA_ZERO zeroes is dirty at birth, and once only. */
static void
zeroed_memory_is_stored_to(void **state)
{
	struct bus_segment seg;
	uint64_t va, other;
	uint32_t n;

	(void)state;
	assert_int_equal(bus_dma_mem_alloc(t.b, 4096, 0, 0, 0, UINT64_MAX, 1,
	    0x0800, &seg, &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &va), 0);
	assert_true(mem_shadow_any(t.mem, seg.addr + 4095, 1, MEM_UNWRITTEN));
	assert_int_equal(mem_last_writer(t.mem, seg.addr).pc, MEM_PC_ZEROED);
	mem_shadow_set(t.mem, seg.addr, 4096, 0, 0xff);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &other), 0);
	assert_false(mem_shadow_any(t.mem, seg.addr, 4096, MEM_UNWRITTEN));
}

/* --- rules --------------------------------------------------------------------------- */

static void
create_checks_its_arguments(void **state)
{
	uint64_t id = 77;

	(void)state;
	assert_int_equal(bus_dma_map_create(t.b, 0, 1, 1, 0, 0, &id), 22);
	assert_int_equal(bus_dma_map_create(t.b, 1, 0, 1, 0, 0, &id), 22);
	assert_int_equal(bus_dma_map_create(t.b, 1, 1, 0, 0, 0, &id), 22);
	assert_int_equal(bus_dma_map_create(t.b, 1, BUS_DMA_SEGMENTS_MAX + 1,
	    1, 0, 0, &id), 22);
	rules_are("dma-create-arguments! dma-create-arguments! "
	    "dma-create-arguments! dma-create-arguments! ");
	assert_int_equal(bus_dma_map_create(t.b, 8192, 2, 4096, 12288, 0, &id),
	    22);
	assert_int_equal(bus_dma_map_create(t.b, 8192, 2, 4096, 2048, 0, &id),
	    22);
	rules_are("dma-create-arguments! dma-create-arguments! ");
	assert_int_equal(id, 77);
	assert_int_equal(bus_dma_map_create(t.b, 8192, 2, 4096, 4096, 0, &id),
	    0);
	rules_are("");
}

static void
alloc_checks_its_arguments(void **state)
{
	struct bus_segment seg;
	uint32_t n = 5;

	(void)state;
	assert_int_equal(bus_dma_mem_alloc(t.b, 0, 0, 0, 0, UINT64_MAX, 1, 0,
	    &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 0, 0, 0, UINT64_MAX, 0, 0,
	    &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 12288, 0, 0, UINT64_MAX, 1,
	    0, &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 0, 12288, 0, UINT64_MAX, 1,
	    0, &seg, &n), 22);
	assert_int_equal(n, 0);
	rules_are("dma-alloc-arguments! dma-alloc-arguments! "
	    "dma-alloc-arguments! dma-alloc-arguments! ");
	assert_int_equal(bus_dma_mem_alloc(t.b, 100, 65536, 65536, RAM_BASE +
	    0x10000, RAM_BASE + 0x10fff, 1, 0, &seg, &n), 0);
	assert_int_equal(seg.addr, RAM_BASE + 0x10000);
	assert_int_equal(seg.len, MEM_PAGE);
	rules_are("");
}

static void
maps_that_are_gone_are_told(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	bus_dma_map_destroy(t.b, f.map);	/* loaded: allowed */
	rules_are("");
	sync(&f, 0, 1, SYNC_PREWRITE);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&f, 0, 1), BUS_DMA_EINVAL);
	bus_dma_map_destroy(t.b, f.map);
	bus_dma_map_destroy(t.b, 0);
	bus_dma_map_destroy(t.b, 12345);
	rules_are("dma-map-unknown! dma-map-unknown! dma-map-unknown! "
	    "dma-map-unknown! dma-map-unknown! dma-map-unknown! ");
}

static void
loads_and_syncs_want_the_right_state(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	assert_int_equal(buf_load(&f, 0, 4096), 0);
	rules_are("dma-load-over-load ");
	bus_dma_map_unload(t.b, f.map);
	rules_are("");
	bus_dma_map_unload(t.b, f.map);
	rules_are("dma-unload-unloaded ");
	sync(&f, 0, 1, SYNC_PREWRITE);
	rules_are("dma-sync-unloaded ");
	assert_int_equal(bus_dma_map_load(t.b, f.map, 0x1234, 1, 0, 0, f.dm,
	    &f.ndm), BUS_DMA_EINVAL);
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 4095, 2, 0, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);	/* into the hole behind */
	rules_are("dma-load-address! dma-load-address! ");
	assert_int_equal(buf_load(&f, 0, 100), 0);
	sync(&f, 100, 0, SYNC_PREWRITE);
	sync(&f, 0, 100, SYNC_PREREAD | SYNC_PREWRITE);
	sync(&f, 0, 100, SYNC_POSTREAD | SYNC_POSTWRITE);
	rules_are("");
	sync(&f, 100, 1, SYNC_PREWRITE);
	sync(&f, 0, 1, SYNC_PREREAD | SYNC_POSTREAD);
	rules_are("dma-sync-past-end dma-sync-mixed ");
}

static void
memory_is_freed_as_it_was_given(void **state)
{
	struct bus_segment half;
	struct buf f;
	uint64_t va;

	(void)state;
	buf_alloc(&f, 8192);
	half = f.seg[0];
	half.len = 4096;
	bus_dma_mem_free(t.b, &half, 1);
	half.addr += 4096;
	bus_dma_mem_free(t.b, &half, 1);
	rules_are("dma-free-unknown! dma-free-unknown! ");
	bus_dma_mem_unmap(t.b, f.va + 4096, 4096);
	rules_are("dma-unmap-unknown! ");
	bus_dma_mem_unmap(t.b, f.va, 4096);
	rules_are("dma-unmap-size! ");
	bus_dma_mem_unmap(t.b, f.va, 8192);	/* it is gone */
	rules_are("dma-unmap-unknown! ");
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("");
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-unknown! ");
	assert_int_equal(bus_dma_mem_map(t.b, f.seg, 1, 8192, 0, &va),
	    BUS_DMA_EINVAL);
	rules_are("dma-mem-map-unknown! ");
	buf_alloc(&f, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-mapped! ");
}

static void
memory_is_found_by_either_address(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	assert_non_null(bus_dma_memory_by_va(t.b, f.va + 8191));
	assert_null(bus_dma_memory_by_va(t.b, f.va + 8192));
	assert_non_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr - 1));
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 4096), f.seg[0].addr +
	    4096);
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 8192), UINT64_MAX);
	bus_dma_mem_unmap(t.b, f.va, 8192);
	assert_null(bus_dma_memory_by_va(t.b, f.va));
	bus_dma_mem_free(t.b, f.seg, 1);
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define BOUNCE(f) cmocka_unit_test_setup_teardown(f, set_up_bounce, tear_down)
#define CACHED(f) cmocka_unit_test_setup_teardown(f, set_up_cache, tear_down)
#define IOMMU(f) cmocka_unit_test_setup_teardown(f, set_up_iommu, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_keep_their_limits),
		TEST(too_many_segments_are_efbig),
		TEST(more_than_the_map_holds_is_einval),
		TEST(appended_pieces_are_one_load),
		TEST(raw_segments_are_loaded_as_they_are),
		TEST(a_loaded_map_is_found_by_its_addresses),
		TEST(failures_of_memory_are_enomem),
		TEST(without_bounce_both_see_the_same),
		BOUNCE(a_bounce_copies_exactly_its_bytes),
		BOUNCE(a_bounce_copies_for_its_operations_only),
		BOUNCE(bounce_pages_keep_old_bytes_over_loads),
		BOUNCE(bounce_pages_are_zeroed_when_a_map_is_created),
		BOUNCE(a_raw_load_does_not_bounce),
		IOMMU(an_iommu_gives_other_addresses_at_each_load),
		IOMMU(an_iommu_has_what_is_loaded_and_nothing_else),
		BOUNCE(past_the_end_nothing_is_copied),
		BOUNCE(the_device_sees_a_page_through_the_view),
		BOUNCE(a_bounced_address_keeps_its_offset),
		CACHED(a_cache_is_cleaned_and_invalidated_by_lines),
		CACHED(a_mixed_sync_does_nothing_in_an_exact_switch),
		CACHED(past_the_end_panics_without_coherence),
		TEST(a_sync_is_noted_byte_by_byte),
		TEST(zeroed_memory_is_stored_to),
		TEST(create_checks_its_arguments),
		TEST(alloc_checks_its_arguments),
		TEST(maps_that_are_gone_are_told),
		TEST(loads_and_syncs_want_the_right_state),
		TEST(memory_is_freed_as_it_was_given),
		TEST(memory_is_found_by_either_address),
	};

	return cmocka_run_group_tests_name("bus_dma", tests, NULL, NULL);
}

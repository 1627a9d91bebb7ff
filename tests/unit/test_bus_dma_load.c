/*
 * test_bus_dma_load.c: maps of bus_dma(9) below the door: created, loaded
 * within their limits, found by their addresses, and the rules of these calls.
 */
#include "bus_dma_rig.h"

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
	rules_are("");
	/* More than the segments have: what there is. */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 2, 501, 0,
	    f.dm, &f.ndm), 0);
	rules_are("dma-load-raw-size ");
	assert_int_equal(f.dm[0].len + f.dm[1].len, 500);
	bus_dma_map_unload(t.b, f.map);
	raw[0].addr = 0x1000;			/* no memory */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 1, 100, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
	raw[0].addr = RAM_BASE + 0x800000;	/* memory of nobody */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 1, 100, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
	rules_are("dma-load-raw-unknown! dma-load-raw-unknown! ");
}

/* EINVAL, where the other loads have EFBIG. */
static void
too_many_raw_segments_are_einval(void **state)
{
	struct bus_segment raw[3];
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 2, 4096, 0);
	for (unsigned i = 0; i < 3; i++)
		raw[i] = (struct bus_segment){ f.seg[0].addr + i * 4096, 100 };
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 2, 200, 0,
	    f.dm, &f.ndm), 0);
	assert_int_equal(f.ndm, 2);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 3, 200, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
	raw[0].len = 4097;			/* cut in two: three in all */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, raw, 2, 4197, 0,
	    f.dm, &f.ndm), BUS_DMA_EINVAL);
	assert_int_equal(f.ndm, 0);
	rules_are("");
}

/* One allocation, none of it freed, and nothing behind it. */
static void
the_heap_is_loaded_as_it_was_allocated(void **state)
{
	uint64_t va = mem_heap_alloc(t.mem, 5000);
	struct buf f;

	(void)state;
	memset(&f, 0, sizeof f);
	f.va = va;
	f.size = 8192;
	buf_map(&f, 8, 8192, 0);
	assert_int_equal(buf_load(&f, 0, 5000), 0);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&f, 4999, 1), 0);
	bus_dma_map_unload(t.b, f.map);
	rules_are("");
	assert_int_equal(buf_load(&f, 1, 5000), 0);
	bus_dma_map_unload(t.b, f.map);
	rules_are("dma-load-beyond ");
	mem_heap_free(t.mem, va, 5000);
	assert_int_equal(buf_load(&f, 0, 16), 0);
	rules_are("dma-load-freed! ");
}

static void
a_load_of_nothing_is_told(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 4096);
	buf_map(&f, 1, 4096, 0);
	assert_int_equal(buf_load(&f, 0, 0), 0);
	rules_are("dma-load-nothing ");
	assert_int_equal(buf_load(&f, 0, 1), 0);
	rules_are("");
}

static void
a_stack(void *self, uint64_t *low, uint64_t *high)
{
	(void)self;
	*low = 0x7000;
	*high = 0x8000;
}

static void
the_stack_and_the_module_are_no_memory_for_dma(void **state)
{
	struct callpaths *ours = callpaths_create(0x1000, 0x1000, a_stack,
	    NULL), *was = t.paths;
	static const struct bus_dma_events events = { on_rule, on_unloading,
	    on_fail, on_syncing, on_synced };
	struct bus_dma *b = bus_dma_create(t.mem, SYNC_ARM64, 0, ours, &events,
	    NULL), *before = t.b;
	struct buf f = { .size = 64 };

	(void)state;
	t.b = b;
	buf_map(&f, 1, 64, 0);
	f.va = 0x7ff0;
	assert_int_equal(buf_load(&f, 0, 16), BUS_DMA_EINVAL);
	rules_are("dma-load-stack! ");
	f.va = 0x8000;
	assert_int_equal(buf_load(&f, 0, 16), BUS_DMA_EINVAL);
	f.va = 0x1fff;
	assert_int_equal(buf_load(&f, 0, 1), BUS_DMA_EINVAL);
	rules_are("dma-load-address! dma-load-address! ");
	t.b = before;
	t.paths = was;
	bus_dma_destroy(b);
	callpaths_destroy(ours);
}

/* All pieces of a load, or none: and one question about memory for all. */
static void
a_piece_that_fails_undoes_the_load(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 16384);
	buf_map(&f, 2, 16384, 0);
	assert_int_equal(buf_load(&f, 0, 100), 0);
	t.fail = 1;
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 4096, 50, 0, 1,
	    f.dm, &f.ndm), 0);
	assert_int_equal(t.fail, 1);		/* nobody asked */
	t.fail = 0;
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 8192, 50, 0, 1,
	    f.dm, &f.ndm), BUS_DMA_EFBIG);
	assert_int_equal(f.ndm, 0);
	assert_null(bus_dma_find_home(t.b, f.seg[0].addr));
	rules_are("");
}

static void
unloading_is_told_before_it_happens(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(t.unloadings, 1);
	bus_dma_map_unload(t.b, f.map);
	rules_are("dma-unload-unloaded ");
	assert_int_equal(buf_load(&f, 0, 10), 0);
	bus_dma_map_destroy(t.b, f.map);
	assert_int_equal(t.unloadings, 2);
	buf_make(&f, 4096);
	bus_dma_map_unload(t.b, f.map);
	bus_dma_map_destroy(t.b, f.map);
	assert_int_equal(t.unloadings, 3);
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

/* Of two maps with the same memory, whichever was loaded last. */
static void
the_map_that_was_created_first_is_found(void **state)
{
	const struct bus_piece *piece;
	struct buf f, again;
	uint64_t len = 1;

	(void)state;
	buf_make(&f, 4096);
	again = f;
	assert_int_equal(bus_dma_map_create(t.b, 4096, 1, 4096, 0, 0,
	    &again.map), 0);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&again, 0, 4096), 0);
	assert_int_equal(buf_load(&f, 0, 4096), 0);
	assert_int_equal(again.dm[0].addr, f.dm[0].addr);
	assert_ptr_equal(bus_dma_find(t.b, f.dm[0].addr, &len, &piece),
	    bus_dma_find_home(t.b, f.seg[0].addr));
	assert_int_equal(bus_dma_find(t.b, f.dm[0].addr, &len, &piece)->id,
	    f.map);
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(bus_dma_find(t.b, f.dm[0].addr, &len, &piece)->id,
	    again.map);
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
	/* Who runs off the end of a load is not in the next one. */
	assert_true(bus_of(&f, 0) > first + 8192);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_keep_their_limits),
		TEST(too_many_segments_are_efbig),
		TEST(more_than_the_map_holds_is_einval),
		TEST(appended_pieces_are_one_load),
		TEST(raw_segments_are_loaded_as_they_are),
		TEST(too_many_raw_segments_are_einval),
		TEST(the_heap_is_loaded_as_it_was_allocated),
		TEST(a_load_of_nothing_is_told),
		TEST(the_stack_and_the_module_are_no_memory_for_dma),
		TEST(a_piece_that_fails_undoes_the_load),
		TEST(unloading_is_told_before_it_happens),
		TEST(a_loaded_map_is_found_by_its_addresses),
		TEST(the_map_that_was_created_first_is_found),
		TEST(failures_of_memory_are_enomem),
		BOUNCE(a_raw_load_does_not_bounce),
		IOMMU(an_iommu_gives_other_addresses_at_each_load),
		IOMMU(an_iommu_has_what_is_loaded_and_nothing_else),
		BOUNCE(the_device_sees_a_page_through_the_view),
		BOUNCE(a_bounced_address_keeps_its_offset),
		TEST(create_checks_its_arguments),
		TEST(maps_that_are_gone_are_told),
		TEST(loads_and_syncs_want_the_right_state),
	};

	return cmocka_run_group_tests_name("bus_dma_load", tests, NULL, NULL);
}

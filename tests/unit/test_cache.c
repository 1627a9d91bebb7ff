/*
 * test_cache.c: a page's cache where devices do not snoop: rules C1 to C5 of
 * MODEL.md, each by what a CPU and a device would see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache.h"

#define LINE	64u

static uint8_t ram[CACHE_PAGE];
static struct cache_page cache;
static const struct cache_chooser worst;

/* The other fate, but only of one kind. */
static int
pick_other(void *self, enum cache_fate fate)
{
	return fate == *(const enum cache_fate *)self;
}

static int
empty(void **state)
{
	(void)state;
	memset(ram, 0x11, sizeof ram);
	memset(&cache, 0, sizeof cache);
	return 0;
}

static void
store(size_t at, uint8_t v)
{
	cache_store(&cache, LINE, ram, at, &v, 1);
}

static uint8_t
load(size_t at)
{
	uint8_t v;

	cache_load(&cache, LINE, ram, at, &v, 1);
	return v;
}

static void
device_store(size_t at, uint8_t v)
{
	cache_device_store(&cache, LINE, ram, at, &v, 1, &worst);
}

/* C1: the CPU sees its store, the device does not before a clean. */
static void
a_store_stays_in_its_line_until_it_is_cleaned(void **state)
{
	(void)state;
	store(100, 0x22);
	assert_int_equal(load(100), 0x22);
	assert_int_equal(ram[100], 0x11);
	assert_true(cache_dirty(&cache, LINE, 64, 1));
	assert_false(cache_dirty(&cache, LINE, 0, 64));
	cache_clean(&cache, LINE, ram, 100, 1);
	assert_int_equal(ram[100], 0x22);
	assert_false(cache_dirty(&cache, LINE, 0, CACHE_PAGE));
	assert_int_equal(load(100), 0x22);
}

/* C2: even an absent line is filled before a device writes to it. */
static void
a_device_s_store_is_not_seen_before_an_invalidation(void **state)
{
	(void)state;
	device_store(200, 0x33);
	assert_int_equal(ram[200], 0x33);
	assert_int_equal(load(200), 0x11);
	cache_invalidate(&cache, LINE, ram, 200, 1, &worst);
	assert_int_equal(load(200), 0x33);
}

/* C3: a dirty line comes over the whole line that the device wrote to. */
static void
a_dirty_line_comes_over_what_a_device_wrote(void **state)
{
	(void)state;
	store(64, 0x22);
	device_store(70, 0x33);
	assert_int_equal(ram[70], 0x11);
	assert_int_equal(ram[64], 0x22);
	assert_false(cache_dirty(&cache, LINE, 64, LINE));
}

/* C4: a neighbour in the line shares what happens to it. */
static void
neighbours_share_their_line(void **state)
{
	(void)state;
	store(0, 0x22);
	store(63, 0x23);
	store(64, 0x24);
	cache_clean(&cache, LINE, ram, 1, 1);
	assert_int_equal(ram[63], 0x23);
	assert_int_equal(ram[64], 0x11);
	store(0, 0x25);
	cache_invalidate(&cache, LINE, ram, 62, 1, &worst);
	assert_int_equal(load(0), 0x22);
	assert_int_equal(load(64), 0x24);
}

/* C5: what the CPU stored is gone; a hypervisor may also keep it. */
static void
an_invalidated_line_is_thrown_away_or_written_back(void **state)
{
	enum cache_fate fate = CACHE_DISCARD;
	const struct cache_chooser by = { pick_other, &fate };

	(void)state;
	store(5, 0x22);
	ram[6] = 0x44;
	cache_invalidate(&cache, LINE, ram, 5, 1, &worst);
	assert_int_equal(load(5), 0x11);
	assert_int_equal(load(6), 0x44);
	store(5, 0x22);
	ram[6] = 0x55;
	cache_invalidate(&cache, LINE, ram, 5, 1, &by);
	assert_int_equal(ram[5], 0x22);
	assert_int_equal(ram[6], 0x44);	/* the device's byte is gone */
}

/* Each rule's other fate, by itself: what a kinder cache would have done. */
static void
every_fate_is_a_choice(void **state)
{
	const uint8_t v = 0x33;
	enum cache_fate fate = CACHE_EVICT;
	const struct cache_chooser by = { pick_other, &fate };

	(void)state;
	store(100, 0x22);
	cache_device_load(&cache, LINE, ram, 100, 1, &worst);
	assert_int_equal(ram[100], 0x11);
	cache_device_load(&cache, LINE, ram, 100, 1, &by);
	assert_int_equal(ram[100], 0x22);
	assert_false(cache_dirty(&cache, LINE, 100, 1));

	fate = CACHE_FILL;
	cache_device_store(&cache, LINE, ram, 200, &v, 1, &by);
	assert_int_equal(load(200), 0x33);

	fate = CACHE_OVERWRITE;
	store(300, 0x22);
	cache_device_store(&cache, LINE, ram, 301, &v, 1, &by);
	assert_int_equal(ram[301], 0x33);
	assert_true(cache_dirty(&cache, LINE, 300, 1));
}

/* A load says nothing of what stays; a clean line with memory's bytes may go. */
static void
what_is_as_memory_is_may_be_absent(void **state)
{
	const uint8_t v = 0x33;
	enum cache_fate fate = CACHE_FILL;
	const struct cache_chooser by = { pick_other, &fate };

	(void)state;
	assert_int_equal(load(100), 0x11);
	assert_true(cache_absent(&cache, LINE, ram, 100 / LINE));
	assert_int_equal(cache.line[100 / LINE], CACHE_ABSENT);
	store(100, 0x22);
	assert_false(cache_absent(&cache, LINE, ram, 100 / LINE));
	cache_clean(&cache, LINE, ram, 100, 1);
	assert_true(cache_absent(&cache, LINE, ram, 100 / LINE));
	cache_device_store(&cache, LINE, ram, 100, &v, 1, &by);
	assert_int_equal(load(100), 0x33);
	/* Stale it is there. */
	device_store(100, 0x44);
	assert_int_equal(load(100), 0x33);
	assert_false(cache_absent(&cache, LINE, ram, 100 / LINE));
}

/* Before a store past the cache a line may have been fetched. */
static void
a_store_past_the_cache_finds_a_line_there(void **state)
{
	(void)state;
	cache_fill(&cache, LINE, ram, 100, 64);
	ram[100] = ram[163] = ram[192] = 0x55;
	assert_int_equal(load(100), 0x11);
	assert_int_equal(load(163), 0x11);
	assert_int_equal(load(192), 0x55);
}

static void
an_access_may_cover_several_lines(void **state)
{
	uint8_t from[200], to[200];

	(void)state;
	memset(from, 0x55, sizeof from);
	cache_store(&cache, LINE, ram, 30, from, sizeof from);
	cache_load(&cache, LINE, ram, 30, to, sizeof to);
	assert_memory_equal(from, to, sizeof to);
	assert_int_equal(load(29), 0x11);
	assert_int_equal(load(230), 0x11);
	cache_clean(&cache, LINE, ram, 30, sizeof from);
	assert_memory_equal(ram + 30, from, sizeof from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_store_stays_in_its_line_until_it_is_cleaned, empty),
		cmocka_unit_test_setup(
		    a_device_s_store_is_not_seen_before_an_invalidation,
		    empty),
		cmocka_unit_test_setup(
		    a_dirty_line_comes_over_what_a_device_wrote, empty),
		cmocka_unit_test_setup(neighbours_share_their_line, empty),
		cmocka_unit_test_setup(
		    an_invalidated_line_is_thrown_away_or_written_back,
		    empty),
		cmocka_unit_test_setup(every_fate_is_a_choice, empty),
		cmocka_unit_test_setup(what_is_as_memory_is_may_be_absent,
		    empty),
		cmocka_unit_test_setup(
		    a_store_past_the_cache_finds_a_line_there, empty),
		cmocka_unit_test_setup(an_access_may_cover_several_lines,
		    empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

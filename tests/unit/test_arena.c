/*
 * test_arena.c: the heap of a run that is put back: what it gives is aligned,
 * apart, and zero where that is asked for; what is given back comes again; and
 * memory of either heap is told by its address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "check.h"

static struct error err;

static int
set_up(void **state)
{
	(void)state;
	error_clear(&err);
	assert_int_equal(arena_begin(&err), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_end();
	return 0;
}

/* Sizes around each step of the classes. */
static const size_t sizes[] = { 0, 1, 15, 16, 17, 511, 512, 513, 640, 641,
    1023, 1024, 1025, 4096, 5000, 65535, 65537, 1000000, 3000001 };
#define SIZES (sizeof sizes / sizeof sizes[0])

static void
what_it_gives_is_aligned_and_apart(void **state)
{
	uint8_t *p[SIZES][2];

	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < SIZES; i++) {
			p[i][k] = check_malloc(sizes[i]);
			assert_true(arena_owns(p[i][k]));
			assert_int_equal((uintptr_t)p[i][k] % 16, 0);
			memset(p[i][k], (int)(2 * i + k), sizes[i]);
		}
	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < SIZES; i++) {
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(p[i][k][at], 2 * i + k);
			check_free(p[i][k]);
		}
}

static void
what_is_given_back_comes_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZES; i++) {
		uint8_t *p = check_malloc(sizes[i]), *q;

		memset(p, 0xff, sizes[i]);
		check_free(p);
		q = check_calloc(1, sizes[i]);
		assert_ptr_equal(p, q);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(q[at], 0);
		check_free(q);
	}
}

static void
what_grows_keeps_its_bytes(void **state)
{
	uint8_t *p = NULL;
	size_t had = 0;

	(void)state;
	for (size_t i = 0; i < SIZES; i++) {
		p = check_realloc(p, sizes[i]);
		for (size_t at = 0; at < had; at++)
			assert_int_equal(p[at], (uint8_t)(at * 7));
		for (size_t at = had; at < sizes[i]; at++)
			p[at] = (uint8_t)(at * 7);
		had = sizes[i];
	}
	check_free(p);
}

static void
what_is_to_stay_lies_elsewhere(void **state)
{
	void *in = check_malloc(32), *out;

	(void)state;
	assert_true(arena_is_on());
	arena_pause();
	arena_pause();
	out = check_malloc(32);
	assert_false(arena_owns(out));
	arena_resume();
	assert_false(arena_is_on());
	in = check_realloc(in, 4096);
	assert_true(arena_owns(in));
	check_free(in);
	check_free(out);
	arena_resume();
	assert_true(arena_is_on());
	arena_end();
	out = check_malloc(32);
	assert_false(arena_owns(out));
	check_free(out);
}

/* As new, if nothing lives in it: the same addresses in the same order. */
static void
it_begins_as_it_began(void **state)
{
	void *first = check_malloc(100), *again;

	(void)state;
	check_free(check_malloc(5000));
	check_free(first);
	arena_end();
	assert_int_equal(arena_begin(&err), 0);
	again = check_calloc(1, 5000);
	for (size_t at = 0; at < 5000; at++)
		assert_int_equal(((uint8_t *)again)[at], 0);
	arena_end();
	/* It lives, so it stays. */
	memset(again, 0xff, 5000);
	assert_int_equal(arena_begin(&err), 0);
	assert_ptr_not_equal(check_malloc(5000), again);
	assert_int_equal(((uint8_t *)again)[4999], 0xff);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_it_gives_is_aligned_and_apart),
		TEST(what_is_given_back_comes_again),
		TEST(what_grows_keeps_its_bytes),
		TEST(what_is_to_stay_lies_elsewhere),
		TEST(it_begins_as_it_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

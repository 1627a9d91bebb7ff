/*
 * test_overtaken.c: a device's write to what was loaded before the store that it
 * acts on is told, once; not if a barrier is between, or no store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "overtaken.h"

#define A	UINT64_C(0x1000)
#define PC(n)	((const void *)(uintptr_t)(0x100 + (n)))

static struct overtaken *o;
static struct overtaken_load load;

static int
set_up(void **state)
{
	(void)state;
	o = overtaken_create();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	overtaken_destroy(o);
	return 0;
}

static void
a_write_behind_the_store_is_told(void **state)
{
	(void)state;
	overtaken_load(o, 0, A, 4, PC(1));
	assert_false(overtaken_write(o, A, 4, &load));
	overtaken_store(o, 0, OVERTAKEN_STORE);
	assert_false(overtaken_write(o, A + 4, 4, &load));
	assert_false(overtaken_write(o, A - 4, 4, &load));
	assert_true(overtaken_write(o, A + 3, 1, &load));
	assert_ptr_equal(load.pc, PC(1));
	assert_int_equal(load.pa, A);
	assert_int_equal(load.by, OVERTAKEN_STORE);
	/* Once; also where the write begins before it. */
	assert_false(overtaken_write(o, A - 8, 64, &load));
}

static void
a_barrier_keeps_it(void **state)
{
	(void)state;
	overtaken_load(o, 0, A, 4, PC(1));
	overtaken_barrier(o, 0);
	overtaken_store(o, 0, OVERTAKEN_STORE);
	assert_false(overtaken_write(o, A, 4, &load));
	/* Of its own CPU. */
	overtaken_load(o, 1, A, 4, PC(1));
	overtaken_barrier(o, 0);
	overtaken_store(o, 0, OVERTAKEN_STORE);
	assert_false(overtaken_write(o, A, 4, &load));
	overtaken_store(o, 1, OVERTAKEN_STORE);
	assert_true(overtaken_write(o, A, 4, &load));
}

/* A load behind the store waits for the next one. */
static void
each_store_passes_what_was_before_it(void **state)
{
	(void)state;
	overtaken_load(o, 0, A, 4, PC(1));
	overtaken_store(o, 0, OVERTAKEN_REGISTER);
	overtaken_load(o, 0, A, 4, PC(2));
	assert_true(overtaken_write(o, A, 4, &load));
	assert_ptr_equal(load.pc, PC(1));
	assert_int_equal(load.by, OVERTAKEN_REGISTER);
	assert_false(overtaken_write(o, A, 4, &load));
	overtaken_store(o, 0, OVERTAKEN_STORE);
	assert_true(overtaken_write(o, A, 4, &load));
	assert_ptr_equal(load.pc, PC(2));
	assert_int_equal(load.by, OVERTAKEN_STORE);
}

static void
all_loads_of_the_bytes_are_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++)	/* one loop */
		overtaken_load(o, 0, A + 4 * i, 4, PC(1));
	overtaken_load(o, 0, A + 16, 2, PC(2));
	overtaken_load(o, 0, A + 16, 2, PC(2));
	overtaken_store(o, 0, OVERTAKEN_STORE);
	assert_true(overtaken_write(o, A + 17, 1, &load));
	assert_ptr_equal(load.pc, PC(1));
	assert_true(overtaken_write(o, A + 17, 1, &load));
	assert_ptr_equal(load.pc, PC(2));
	assert_false(overtaken_write(o, A + 17, 1, &load));
}

static struct state
state_now(void)
{
	struct state s;

	state_init(&s);
	overtaken_state(o, &s);
	return s;
}

static void
what_may_be_told_is_in_the_state(void **state)
{
	struct state none = state_now(), loaded, passed, now;

	(void)state;
	overtaken_load(o, 0, A, 4, PC(1));
	loaded = state_now();
	assert_false(state_same(&none, &loaded));
	overtaken_load(o, 0, A, 4, PC(1));
	now = state_now();
	assert_true(state_same(&loaded, &now));
	overtaken_store(o, 0, OVERTAKEN_STORE);
	passed = state_now();
	assert_false(state_same(&loaded, &passed));
	(void)overtaken_write(o, A, 4, &load);
	now = state_now();
	assert_false(state_same(&passed, &now));
	overtaken_barrier(o, 0);
	now = state_now();
	assert_true(state_same(&none, &now));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_write_behind_the_store_is_told),
		TEST(a_barrier_keeps_it),
		TEST(each_store_passes_what_was_before_it),
		TEST(all_loads_of_the_bytes_are_told),
		TEST(what_may_be_told_is_in_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

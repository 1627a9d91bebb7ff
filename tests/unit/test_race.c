/*
 * test_race.c: accesses of two CPUs: those that nothing orders are told, each
 * kind of what orders them is enough, and it orders no more than it should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "race.h"

#define VA	UINT64_C(0x10000)
#define LOCK	7u
#define OTHER	8u
#define PC(n)	((const void *)(uintptr_t)(0x100 + (n)))

static struct race *r;
static struct race_other other;

static int
set_up(void **state)
{
	(void)state;
	r = race_create();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	race_destroy(r);
	return 0;
}

static int
load(unsigned cpu, uint64_t va, size_t size)
{
	race_cpu(r, cpu);
	return race_access(r, va, size, 0, PC(cpu), &other);
}

static int
store(unsigned cpu, uint64_t va, size_t size)
{
	race_cpu(r, cpu);
	return race_access(r, va, size, 1, PC(2 + cpu), &other);
}

static void
two_loads_are_no_race(void **state)
{
	(void)state;
	assert_false(load(0, VA, 4));
	assert_false(load(1, VA, 4));
	assert_false(load(0, VA, 4));
}

static void
one_cpu_does_not_race_with_itself(void **state)
{
	(void)state;
	assert_false(store(1, VA, 4));
	assert_false(load(1, VA, 4));
	assert_false(store(1, VA, 8));
}

static void
a_store_and_anything_else_are(void **state)
{
	(void)state;
	assert_false(store(0, VA, 4));
	assert_true(load(1, VA + 3, 1));
	assert_true(other.write);
	assert_ptr_equal(other.pc, PC(2));
	assert_int_equal(other.va, VA + 3);
	assert_false(load(0, VA + 16, 8));
	assert_true(store(1, VA + 20, 4));
	assert_false(other.write);
	assert_ptr_equal(other.pc, PC(0));
	assert_false(store(0, VA + 32, 8));
	assert_true(store(1, VA + 24, 16));
	assert_int_equal(other.va, VA + 32);
}

static void
neighbours_are_others(void **state)
{
	(void)state;
	assert_false(store(0, VA, 4));
	assert_false(store(1, VA + 4, 4));
	assert_false(store(0, VA + 8, 1));
	assert_false(store(1, VA + 9, 1));
	/* Over the end of what is kept together. */
	assert_false(store(0, VA + 1020, 8));
	assert_true(load(1, VA + 1027, 1));
	assert_false(load(1, VA + 1028, 1));
}

static void
a_lock_orders(void **state)
{
	(void)state;
	race_take(r, LOCK);
	assert_false(store(0, VA, 4));
	race_let(r, LOCK);
	assert_false(store(0, VA + 4, 4));	/* after it was left */
	race_cpu(r, 1);
	race_take(r, LOCK);
	assert_false(load(1, VA, 4));
	assert_false(store(1, VA, 4));
	assert_true(load(1, VA + 4, 4));
	race_let(r, LOCK);
	race_cpu(r, 0);
	race_take(r, LOCK);
	assert_false(store(0, VA, 4));
}

static void
another_lock_does_not(void **state)
{
	(void)state;
	assert_false(store(0, VA, 4));
	race_let(r, LOCK);
	race_cpu(r, 1);
	race_take(r, OTHER);
	assert_true(load(1, VA, 4));
}

/* Left before the store. */
static void
a_lock_does_not_order_what_comes_later(void **state)
{
	(void)state;
	race_let(r, LOCK);
	assert_false(store(0, VA, 4));
	race_cpu(r, 1);
	race_take(r, LOCK);
	assert_true(store(1, VA, 4));
}

static void
what_was_freed_is_forgotten(void **state)
{
	(void)state;
	assert_false(store(0, VA + 1000, 100));
	race_forget(r, VA + 1000, 96);
	assert_false(store(1, VA + 1000, 96));
	assert_true(store(1, VA + 1096, 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_loads_are_no_race, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    one_cpu_does_not_race_with_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_store_and_anything_else_are,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(neighbours_are_others, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(a_lock_orders, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(another_lock_does_not, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_lock_does_not_order_what_comes_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_freed_is_forgotten,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

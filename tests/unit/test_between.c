/*
 * test_between.c: what a handler could have come between: two accesses of one
 * stretch and no fewer, in this context and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "between.h"

#define A	UINT64_C(0x1000)
#define B	UINT64_C(0x2000)
#define PC(n)	((const void *)(uintptr_t)(0x100 + (n)))

static struct between *b;
static struct between_pair pair;

static int
set_up(void **state)
{
	(void)state;
	b = between_create();
	between_stretch(b, 0);
	between_exposed(b, 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	between_destroy(b);
	return 0;
}

static int
load(uint64_t va, size_t size, unsigned pc)
{
	return between_access(b, va, size, 0, PC(pc), &pair);
}

static int
store(uint64_t va, size_t size, unsigned pc)
{
	return between_access(b, va, size, 1, PC(pc), &pair);
}

static void
two_accesses_in_common_are_told(void **state)
{
	(void)state;
	(void)load(A, 4, 1);
	(void)store(A, 4, 2);
	between_stretch(b, 1);
	assert_true(store(A, 4, 3));
	assert_ptr_equal(pair.first, PC(1));
	assert_ptr_equal(pair.last, PC(2));
}

static void
they_may_be_of_different_bytes(void **state)
{
	(void)state;
	(void)store(A, 4, 1);
	(void)store(B, 8, 2);
	between_stretch(b, 1);
	assert_false(load(B + 7, 1, 3));
	assert_true(load(A + 3, 1, 4));
	assert_ptr_equal(pair.first, PC(1));
	assert_ptr_equal(pair.last, PC(2));
}

static void
one_is_before_or_behind(void **state)
{
	(void)state;
	(void)store(A, 4, 1);
	(void)store(B, 4, 2);
	between_stretch(b, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_false(store(A, 4, 3));
	/* Each handler is one that comes by itself. */
	between_back(b, 0);
	between_stretch(b, 1);
	assert_false(store(B, 4, 3));
}

/* At a call of its own it begins a stretch, and is still the same handler. */
static void
a_handler_is_one_over_its_calls(void **state)
{
	(void)state;
	(void)store(A, 4, 1);
	(void)store(B, 4, 2);
	between_stretch(b, 1);
	assert_false(store(A, 4, 3));
	between_stretch(b, 1);
	assert_true(store(B, 4, 4));
	assert_ptr_equal(pair.first, PC(1));
	assert_ptr_equal(pair.last, PC(2));
}

static void
loads_alone_are_nothing(void **state)
{
	(void)state;
	(void)load(A, 4, 1);
	(void)load(A, 4, 2);
	between_stretch(b, 1);
	assert_false(load(A, 4, 3));
}

static void
neighbours_are_several(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++)
		(void)store(A + 4 * i, 4, 1);
	between_stretch(b, 1);
	assert_false(load(A + 8, 4, 2));
	assert_true(load(A + 12, 4, 2));
}

static void
one_load_over_neighbours_is_of_several(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++)
		(void)store(A + 4 * i, 4, 1);
	between_stretch(b, 1);
	assert_true(load(A + 8, 8, 2));
}

/* As often as it looks. */
static void
a_loop_is_one_access(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		(void)load(A, 4, 1);
	between_stretch(b, 1);
	assert_false(store(A, 4, 2));
}

static int
states_are_equal(void)
{
	struct state exposed, not_exposed;

	between_back(b, 0);
	between_exposed(b, 1);
	between_stretch(b, 1);
	state_init(&exposed);
	between_state(b, &exposed);
	between_back(b, 0);
	between_exposed(b, 0);
	between_stretch(b, 1);
	state_init(&not_exposed);
	between_state(b, &not_exposed);
	return state_same(&exposed, &not_exposed);
}

/* What was interrupted begins a new stretch; its accesses so far are compared. */
static void
what_was_interrupted_is_no_more_exposed(void **state)
{
	struct state before, behind;

	(void)state;
	assert_true(states_are_equal());
	state_init(&before);
	between_state(b, &before);
	between_back(b, 0);
	between_exposed(b, 1);
	(void)load(A, 4, 1);
	between_stretch(b, 1);
	state_init(&behind);
	between_state(b, &behind);
	assert_false(state_same(&before, &behind));
	assert_true(states_are_equal());
}

static void
what_was_before_the_call_is_past(void **state)
{
	(void)state;
	(void)load(A, 4, 1);
	between_stretch(b, 0);
	between_exposed(b, 1);
	(void)store(A, 4, 2);
	between_stretch(b, 1);
	assert_false(store(A, 4, 3));
}

static void
what_nothing_can_interrupt_is_left_out(void **state)
{
	(void)state;
	(void)load(A, 4, 1);
	between_exposed(b, 0);
	(void)store(A, 4, 2);
	between_stretch(b, 1);
	assert_false(store(A, 4, 3));
	/* ... and no more than that. */
	between_back(b, 0);
	between_exposed(b, 1);
	(void)store(A, 4, 2);
	between_stretch(b, 1);
	assert_true(store(A, 4, 3));
}

/* A handler's own stretch is compared with what interrupts that. */
static void
handlers_are_interrupted_too(void **state)
{
	(void)state;
	(void)load(A, 4, 1);
	between_stretch(b, 1);
	between_exposed(b, 1);
	(void)load(B, 4, 2);
	(void)store(B, 4, 3);
	between_stretch(b, 2);
	assert_true(store(B, 4, 4));
	assert_ptr_equal(pair.first, PC(2));
	between_back(b, 1);
	between_back(b, 0);
	(void)store(A, 4, 5);
	between_stretch(b, 1);
	assert_true(load(A, 4, 6) || store(A, 4, 6));
}

static struct state
state_now(void)
{
	struct state s;

	state_init(&s);
	between_state(b, &s);
	return s;
}

/* Whatever order they came in; not whatever they are. */
static void
a_stretch_is_in_the_state(void **state)
{
	struct state none = state_now(), one, two, again, same;

	(void)state;
	(void)load(A, 4, 1);
	one = state_now();
	assert_false(state_same(&none, &one));
	(void)load(A, 4, 1);
	same = state_now();
	assert_true(state_same(&one, &same));
	(void)store(B, 4, 2);
	two = state_now();
	assert_false(state_same(&one, &two));
	between_stretch(b, 0);
	between_exposed(b, 1);
	same = state_now();
	assert_true(state_same(&none, &same));
	(void)store(B, 4, 2);
	(void)load(A, 4, 1);
	again = state_now();
	assert_true(state_same(&two, &again));
	/* So is what the handler has had in common already. */
	between_stretch(b, 1);
	one = state_now();
	(void)load(B, 4, 3);
	again = state_now();
	assert_false(state_same(&one, &again));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(two_accesses_in_common_are_told),
		TEST(they_may_be_of_different_bytes),
		TEST(one_is_before_or_behind),
		TEST(a_handler_is_one_over_its_calls),
		TEST(loads_alone_are_nothing),
		TEST(neighbours_are_several),
		TEST(one_load_over_neighbours_is_of_several),
		TEST(a_loop_is_one_access),
		TEST(what_was_before_the_call_is_past),
		TEST(what_nothing_can_interrupt_is_left_out),
		TEST(handlers_are_interrupted_too),
		TEST(a_stretch_is_in_the_state),
		TEST(what_was_interrupted_is_no_more_exposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

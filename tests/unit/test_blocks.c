/*
 * test_blocks.c: which blocks may go in either order, which are nobody else's, and
 * that what was relied on and is not so is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "blocks.h"

#define STEP	1u
#define OTHER	2u			/* another step */

static struct blocks *b;

static int
set_up(void **state)
{
	(void)state;
	b = blocks_create(NULL);
	assert_non_null(b);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	blocks_destroy(b);
	return 0;
}

static void
a_block_is_known_by_step_context_and_beginning(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100);

	(void)state;
	assert_int_not_equal(one, 0);
	assert_int_equal(blocks_of(b, STEP, 7, 100), one);
	assert_int_not_equal(blocks_of(b, OTHER, 7, 100), one);
	assert_int_not_equal(blocks_of(b, STEP, 8, 100), one);
	assert_int_not_equal(blocks_of(b, STEP, 7, 101), one);
}

static void
looks_alone_are_apart(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100);
	uint32_t two = blocks_of(b, STEP, 8, 200);

	(void)state;
	assert_true(blocks_apart(b, one, two));
	blocks_touch(b, one, 5, 0);
	blocks_touch(b, two, 5, 0);
	blocks_touch(b, one, 6, 1);
	assert_true(blocks_apart(b, two, one));
	assert_true(blocks_private(b, one));
	assert_false(blocks_broken(b));
	blocks_rely_on_nothing(b);
	blocks_touch(b, two, 6, 0);	/* what the other one changes */
	assert_false(blocks_apart(b, one, two));
	assert_false(blocks_private(b, one));
	assert_false(blocks_private(b, two));
	assert_false(blocks_broken(b));
}

/* ... and then it is neither apart nor private any more, which is told. */
static void
what_was_relied_on_breaks(void **state)
{
	(void)state;
	for (int change = 0; change < 2; change++)
		for (int apart = 0; apart < 2; apart++) {
			uint64_t thing = 10u + 2u * (unsigned)change +
			    (unsigned)apart;
			uint32_t one = blocks_of(b, STEP, 7, thing);
			uint32_t two = blocks_of(b, STEP, 8, thing);

			blocks_rely_on_nothing(b);
			blocks_touch(b, one, thing, change);
			if (apart)
				assert_true(blocks_apart(b, one, two));
			else
				assert_true(blocks_private(b, one));
			blocks_touch(b, one, 99, 1);
			assert_false(blocks_broken(b));
			blocks_touch(b, two, thing, !change);
			assert_true(blocks_broken(b));
			blocks_rely_on_nothing(b);
			assert_false(blocks_broken(b));
			assert_false(blocks_private(b, one));
			assert_false(blocks_apart(b, one, two));
		}
}

/* A look becomes a change. */
static void
a_change_of_what_was_looked_at_breaks(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100);
	uint32_t two = blocks_of(b, STEP, 8, 100);

	(void)state;
	blocks_touch(b, one, 5, 0);
	blocks_touch(b, two, 5, 0);
	assert_true(blocks_private(b, one));
	blocks_touch(b, two, 5, 1);
	assert_true(blocks_broken(b));
	assert_false(blocks_private(b, one));
}

static void
others_are_other_contexts_of_the_step(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100);
	uint32_t same = blocks_of(b, STEP, 7, 101);
	uint32_t later = blocks_of(b, OTHER, 8, 100);

	(void)state;
	blocks_touch(b, one, 5, 1);
	blocks_touch(b, same, 5, 1);
	blocks_touch(b, later, 5, 1);
	assert_true(blocks_private(b, one));
	assert_true(blocks_private(b, later));
	/* In two steps they are never at once, but nothing is said of that. */
	assert_false(blocks_apart(b, one, same));
}

static void
of_no_block_nothing_is_known(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100);

	(void)state;
	blocks_touch(b, 0, 5, 1);
	assert_false(blocks_private(b, 0));
	assert_false(blocks_apart(b, 0, one));
	assert_false(blocks_apart(b, one, 0));
}

/* Nothing is apart any more, and it does not come right again. */
static void
too_many_break_for_good(void **state)
{
	uint32_t one = blocks_of(b, STEP, 7, 100), last = one;

	(void)state;
	for (uint64_t i = 0; last != 0 && i < 1u << 20; i++)
		last = blocks_of(b, STEP, 9, i);
	assert_int_equal(last, 0);
	assert_true(blocks_full(b));
	blocks_rely_on_nothing(b);
	assert_true(blocks_broken(b));
	assert_false(blocks_apart(b, one, one + 1));
	assert_int_equal(blocks_of(b, STEP, 7, 100), one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_block_is_known_by_step_context_and_beginning, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(looks_alone_are_apart, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(what_was_relied_on_breaks,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_change_of_what_was_looked_at_breaks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    others_are_other_contexts_of_the_step, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_no_block_nothing_is_known,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_break_for_good,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

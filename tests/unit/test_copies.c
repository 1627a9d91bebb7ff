/*
 * test_copies.c: who looks at a copy that was not made anew since ways were
 * compared is told; so is a line that takes an old one along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "copies.h"

#define LINE	64u
#define A	UINT64_C(0x10a4)	/* in the line from 0x1080 on */
#define B	UINT64_C(0x2004)

/* Two copies; ways were compared. */
static struct copies
some(int bounced)
{
	struct copies c;

	memset(&c, 0, sizeof c);
	assert_true(copies_add(&c, B, 2, bounced));
	assert_true(copies_add(&c, A, 2, bounced));
	copies_compared(&c);
	assert_false(c.looked);
	return c;
}

static void
each_is_kept_once_in_its_order(void **state)
{
	struct copies c = some(1);

	(void)state;
	assert_int_equal(c.n, 2);
	assert_int_equal(c.list[0].pa, A);
	assert_int_equal(c.list[1].pa, B);
	assert_false(copies_add(&c, A, 2, 1));
	assert_false(copies_add(&c, A + 1, 2, 1));	/* half of it */
	assert_int_equal(c.n, 2);
	assert_false(c.looked);
	assert_ptr_equal(copies_at(&c, A + 1), &c.list[0]);
	assert_null(copies_at(&c, A + 2));
	assert_null(copies_at(&c, A - 1));
	for (unsigned i = 2; i < COPIES_MAX; i++)
		assert_true(copies_add(&c, B + 8 * i, 2, 1));
	assert_false(copies_add(&c, A + 8, 2, 1));
	assert_int_equal(c.n, COPIES_MAX);
	/* The same bytes, left out until now as what they are no more. */
	assert_false(copies_add(&c, B, 2, 0));
	assert_true(c.looked);
}

static void
a_look_at_an_old_one_is_told(void **state)
{
	struct copies c = some(1);

	(void)state;
	copies_look(&c, A - 4, 4);
	copies_look(&c, A + 2, 4);
	assert_false(c.looked);
	copies_look(&c, A + 1, 1);
	assert_true(c.looked);
	/* Nothing was compared since it came. */
	memset(&c, 0, sizeof c);
	copies_add(&c, A, 2, 1);
	copies_look(&c, A, 2);
	assert_false(c.looked);
}

static void
what_is_stored_is_new(void **state)
{
	struct copies c = some(1);

	(void)state;
	copies_store(&c, A - 4, 64, 0);
	copies_look(&c, A, 2);
	assert_false(c.looked);
	copies_compared(&c);
	copies_look(&c, A, 2);
	assert_true(c.looked);
	/* Half of it is the other half's old value. */
	c = some(1);
	copies_store(&c, A, 1, 0);
	assert_true(c.looked);
	/* Where memory is the copy lines are nobody's matter. */
	c = some(1);
	copies_store(&c, A - 4, 4, LINE);
	copies_invalidate(&c, A, 2, LINE);
	copies_meet(&c, A, 2, LINE);
	copies_compared(&c);
	assert_false(c.looked);
	copies_look(&c, A, 2);
	assert_true(c.looked);
}

static void
a_line_that_is_invalidated_has_a_new_one(void **state)
{
	struct copies c = some(0);

	(void)state;
	copies_invalidate(&c, A / LINE * LINE + LINE, 4, LINE);
	copies_invalidate(&c, A / LINE * LINE - 4, 4, LINE);
	copies_look(&c, A, 2);
	assert_true(c.looked);
	c = some(0);
	copies_invalidate(&c, A / LINE * LINE, 1, LINE);
	copies_look(&c, A, 2);
	assert_false(c.looked);
}

/* It is dirty with the old one, until that is stored to; who sees it sees that. */
static void
a_line_takes_an_old_one_along(void **state)
{
	struct copies c;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		c = some(0);
		copies_store(&c, A - 8, 4, LINE);
		assert_false(c.looked);
		copies_meet(&c, A / LINE * LINE - 4, 4, LINE);	/* before it */
		assert_false(c.looked);
		if (i == 0)
			copies_meet(&c, A - 8, 4, LINE);
		else if (i == 1)
			copies_invalidate(&c, A, 2, LINE);
		else if (i == 2)
			copies_compared(&c);
		else
			copies_store(&c, A - 8, 16, LINE);
		if (i == 4)
			copies_compared(&c);
		assert_int_equal(c.looked, i < 3);
	}
	/* A new one is what everybody sees there. */
	c = some(0);
	copies_invalidate(&c, A, 2, LINE);
	copies_store(&c, A - 8, 4, LINE);
	copies_meet(&c, A - 8, 4, LINE);
	copies_compared(&c);
	assert_false(c.looked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_kept_once_in_its_order),
		cmocka_unit_test(a_look_at_an_old_one_is_told),
		cmocka_unit_test(what_is_stored_is_new),
		cmocka_unit_test(a_line_that_is_invalidated_has_a_new_one),
		cmocka_unit_test(a_line_takes_an_old_one_along),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}

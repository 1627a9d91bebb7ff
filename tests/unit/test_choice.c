/*
 * test_choice.c: where answers come from, and that all of them are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "choice.h"

#define ALL	((1u << CHOICE_KINDS) - 1)

static void
plain_is_always_the_first(void **state)
{
	struct choice c;

	(void)state;
	choice_init(&c);
	c.kinds = ALL;
	for (unsigned n = 1; n <= 255; n++)
		assert_int_equal(choice_pick(&c, CHOICE_PLACEMENT, n), 0);
	choice_free(&c);
}

static void
every_answer_is_kept_in_order(void **state)
{
	struct choice c;

	(void)state;
	choice_init(&c);
	c.kinds = ALL;
	c.mode = CHOICE_RANDOM;
	c.prng.state = 7;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned got = choice_pick(&c, CHOICE_ALLOCATION, 2 + i % 200);

		assert_int_equal(c.nmade, i + 1);
		assert_int_equal(c.made[i].kind, CHOICE_ALLOCATION);
		assert_int_equal(c.made[i].n, 2 + i % 200);
		assert_int_equal(c.made[i].picked, got);
		assert_true(got < 2 + i % 200);
	}
	choice_free(&c);
}

/* One alternative is no choice: nothing is asked, nothing kept. */
static void
one_alternative_is_not_kept(void **state)
{
	struct choice c;

	(void)state;
	choice_init(&c);
	c.kinds = ALL;
	c.mode = CHOICE_RANDOM;
	assert_int_equal(choice_pick(&c, CHOICE_PLACEMENT, 1), 0);
	assert_int_equal(c.nmade, 0);
	assert_int_equal(c.prng.state, 0);	/* nothing was drawn either */
	choice_free(&c);
}

static void
recorded_answers_come_first_then_plain(void **state)
{
	static const uint8_t recorded[] = { 1, 0, 3, 9 };
	struct choice c;

	(void)state;
	choice_init(&c);
	c.kinds = ALL;
	c.mode = CHOICE_RECORDED;
	c.recorded = recorded;
	c.nrecorded = 4;
	assert_int_equal(choice_pick(&c, CHOICE_HOST_STEP, 2), 1);
	assert_int_equal(choice_pick(&c, CHOICE_ALLOCATION, 2), 0);
	assert_int_equal(choice_pick(&c, CHOICE_PLACEMENT, 4), 3);
	/* Out of range: still one of the alternatives. */
	assert_true(choice_pick(&c, CHOICE_PLACEMENT, 4) < 4);
	assert_int_equal(choice_pick(&c, CHOICE_HOST_STEP, 2), 0);
	choice_free(&c);
}

/* What was made in one run, given as recorded, makes the same run again. */
static void
answers_of_a_random_run_replay_it(void **state)
{
	struct choice a, b;
	uint8_t recorded[200];
	unsigned seen = 0;

	(void)state;
	choice_init(&a);
	a.kinds = ALL;
	a.mode = CHOICE_RANDOM;
	a.prng.state = 42;
	for (unsigned i = 0; i < 200; i++)
		(void)choice_pick(&a, i % CHOICE_KINDS, 2 + i % 7);
	for (unsigned i = 0; i < 200; i++) {
		recorded[i] = a.made[i].picked;
		seen |= 1u << a.made[i].picked;
	}
	assert_true(seen & 2);			/* it was not all plain */
	choice_init(&b);
	b.kinds = ALL;
	b.mode = CHOICE_RECORDED;
	b.recorded = recorded;
	b.nrecorded = 200;
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(choice_pick(&b, i % CHOICE_KINDS, 2 + i % 7),
		    recorded[i]);
	choice_free(&a);
	choice_free(&b);
}

/* Kinds that are not asked take the plain one, in every mode. */
static void
kinds_that_are_not_asked_are_plain(void **state)
{
	struct choice c;
	unsigned other = 0;

	(void)state;
	choice_init(&c);
	c.kinds = 1u << CHOICE_HOST_STEP;
	c.mode = CHOICE_RANDOM;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(choice_pick(&c, CHOICE_ALLOCATION, 2), 0);
		other += choice_pick(&c, CHOICE_HOST_STEP, 2);
	}
	assert_in_range(other, 20, 80);
	choice_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_always_the_first),
		cmocka_unit_test(every_answer_is_kept_in_order),
		cmocka_unit_test(one_alternative_is_not_kept),
		cmocka_unit_test(recorded_answers_come_first_then_plain),
		cmocka_unit_test(answers_of_a_random_run_replay_it),
		cmocka_unit_test(kinds_that_are_not_asked_are_plain),
	};

	return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}

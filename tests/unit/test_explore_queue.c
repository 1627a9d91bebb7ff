/* Ways that wait: in which order they go on, and what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explore_queue.h"
#include "host.h"

static struct explore_queue q;
static struct place here;

static int
up(void **state)
{
	struct error err;

	(void)state;
	error_clear(&err);
	assert_int_equal(snapshot_begin(&err), 0);
	here.memory = snapshot_take();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	place_free(&here);
	snapshot_end();		/* a CHECK that nobody has one any more */
	return 0;
}

static void
add(uint8_t pick, uint32_t turns)
{
	uint8_t picks[] = { 0, pick };
	const struct waiting w = { .at = here, .picks = picks, .npicks = 2,
	    .turns = turns };

	explore_queue_add(&q, &w);
	picks[1] = 0xff;		/* it has its own */
}

static void
next_is(uint8_t pick, uint32_t turns)
{
	struct waiting w;

	assert_int_equal(explore_queue_take(&q, &w), 1);
	assert_int_equal(w.npicks, 2);
	assert_int_equal(w.picks[0], 0);
	assert_int_equal(w.picks[1], pick);
	assert_int_equal(w.turns, turns);
	waiting_free(&w);
}

/* The end of a window has no turn. */
static void
an_end_of_a_window_has_no_picks(void **state)
{
	const struct waiting end = { .at = here, .turns = 3 };
	struct waiting w;

	(void)state;
	explore_queue_init(&q, SIZE_MAX);
	explore_queue_add(&q, &end);
	assert_int_equal(explore_queue_take(&q, &w), 1);
	assert_int_equal(w.npicks, 0);
	assert_int_equal(w.turns, 3);
	assert_true(w.at.memory == here.memory);
	waiting_free(&w);
	explore_queue_free(&q);
}

static void
nothing_is_left(void)
{
	struct waiting w;

	assert_int_equal(explore_queue_take(&q, &w), 0);
	explore_queue_free(&q);
}

static void
who_turned_least_goes_first(void **state)
{
	(void)state;
	explore_queue_init(&q, SIZE_MAX);
	assert_true(explore_queue_least(&q) == QUEUE_NONE);
	add(1, 2);
	add(2, 0);
	add(3, 5);
	add(4, 2);
	assert_int_equal(explore_queue_least(&q), 0);
	next_is(2, 0);
	assert_int_equal(explore_queue_least(&q), 2);
	next_is(4, 2);			/* the later of two */
	add(5, 2);
	next_is(5, 2);
	next_is(1, 2);
	next_is(3, 5);
	assert_true(explore_queue_least(&q) == QUEUE_NONE);
	nothing_is_left();
}

static void
the_other_way_round_as_well(void **state)
{
	(void)state;
	explore_queue_init(&q, 0);
	add(1, 0);
	add(2, 3);
	add(3, 1);
	next_is(2, 3);
	next_is(3, 1);
	next_is(1, 0);
	nothing_is_left();
}

static void
where_many_wait_who_turned_most_goes_first(void **state)
{
	(void)state;
	explore_queue_init(&q, 2);
	add(1, 0);
	add(2, 3);
	add(3, 1);
	next_is(2, 3);
	next_is(1, 0);
	add(4, 2);
	add(5, 2);
	next_is(5, 2);
	next_is(3, 1);
	next_is(4, 2);
	nothing_is_left();
}

static void
what_is_dropped_turned_most_and_is_known(void **state)
{
	(void)state;
	explore_queue_init(&q, SIZE_MAX);
	add(1, 1);
	add(2, 4);
	add(3, 2);
	add(4, 4);
	explore_queue_limit(&q, 5);
	assert_int_equal(explore_queue_least(&q), 1);
	explore_queue_limit(&q, 2);
	next_is(1, 1);
	next_is(3, 2);
	/* Nothing waits, and ways that turn four times were not gone. */
	assert_int_equal(explore_queue_least(&q), 4);
	add(5, 6);
	assert_int_equal(explore_queue_least(&q), 4);
	add(6, 3);
	assert_int_equal(explore_queue_least(&q), 3);
	explore_queue_limit(&q, 0);
	assert_int_equal(explore_queue_least(&q), 3);
	nothing_is_left();
}

static void
what_still_waits_is_freed(void **state)
{
	(void)state;
	explore_queue_init(&q, SIZE_MAX);
	for (unsigned i = 0; i < 100; i++)
		add((uint8_t)i, i % 7);
	explore_queue_free(&q);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_turned_least_goes_first),
		TEST(the_other_way_round_as_well),
		TEST(where_many_wait_who_turned_most_goes_first),
		TEST(what_is_dropped_turned_most_and_is_known),
		TEST(what_still_waits_is_freed),
		TEST(an_end_of_a_window_has_no_picks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

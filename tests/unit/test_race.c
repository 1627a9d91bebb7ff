/*
 * test_race.c: accesses of two CPUs: those that nothing orders are told, each
 * kind of what orders them is enough, and it orders no more than it should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "prng.h"
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

/*
 * The rule as it is written: the last store and load of each CPU to each byte.
 * cell_races() and what is forgotten at a store must tell the same, up to the
 * first race.
 */
#define BYTES	16u
#define LOCKS	2u

static struct {
	unsigned knows[RACE_CPUS][RACE_CPUS], lock[LOCKS][RACE_CPUS];
	unsigned stored[BYTES][RACE_CPUS], loaded[BYTES][RACE_CPUS];
} plain;

static int
plain_access(unsigned cpu, unsigned at, unsigned size, int write)
{
	int race = 0;

	for (unsigned i = at; i < at + size; i++) {
		for (unsigned it = 0; it < RACE_CPUS; it++)
			race |= it != cpu && (plain.stored[i][it] >
			    plain.knows[cpu][it] || (write &&
			    plain.loaded[i][it] > plain.knows[cpu][it]));
		(write ? plain.stored : plain.loaded)[i][cpu] =
		    plain.knows[cpu][cpu];
	}
	return race;
}

static void
plain_join(unsigned *to, const unsigned *from)
{
	for (unsigned i = 0; i < RACE_CPUS; i++)
		if (to[i] < from[i])
			to[i] = from[i];
}

static void
plain_begin(void)
{
	memset(&plain, 0, sizeof plain);
	for (unsigned i = 0; i < RACE_CPUS; i++)
		plain.knows[i][i] = 1;
}

static void
it_is_what_the_rule_says(void **state)
{
	struct prng p = { 1 };
	unsigned races = 0, longest = 0, since = 0;

	(void)state;
	plain_begin();
	for (unsigned i = 0; i < 200000; i++) {
		unsigned cpu = (unsigned)prng_below(&p, RACE_CPUS);
		unsigned what = (unsigned)prng_below(&p, 8);
		unsigned lock = (unsigned)prng_below(&p, LOCKS);
		unsigned size = 1u << prng_below(&p, 4);
		unsigned at = (unsigned)prng_below(&p, BYTES / size) * size;
		int write = prng_below(&p, 4) == 0, race;

		race_cpu(r, cpu);
		if (what == 0) {
			race_let(r, lock);
			plain_join(plain.lock[lock], plain.knows[cpu]);
			plain.knows[cpu][cpu]++;
		} else if (what < 4) {
			race_take(r, lock);
			plain_join(plain.knows[cpu], plain.lock[lock]);
		} else if (what == 4 && lock == 0) {
			race_forget(r, VA + at, size);
			memset(plain.stored[at], 0,
			    size * sizeof plain.stored[0]);
			memset(plain.loaded[at], 0,
			    size * sizeof plain.loaded[0]);
		} else {
			race = race_access(r, VA + at, size, write, PC(0),
			    &other);
			assert_int_equal(race,
			    plain_access(cpu, at, size, write));
			longest = since > longest ? since : longest;
			since++;
			if (!race)
				continue;
			races++;
			since = 0;
			race_destroy(r);
			r = race_create();
			plain_begin();
		}
	}
	assert_true(races > 1000 && longest > 30);
}

/* Other places in the program than 4 GB can tell: it is a race all the same. */
static void
one_from_far_away_is_a_race(void **state)
{
	(void)state;
	race_cpu(r, 0);
	assert_false(race_access(r, VA, 4, 1, PC(0), &other));
	assert_false(race_access(r, VA + 4, 4, 1,
	    (const void *)(uintptr_t)(UINT64_C(1) << 40), &other));
	race_cpu(r, 1);
	assert_true(race_access(r, VA + 4, 4, 0, PC(1), &other));
	assert_null(other.pc);
	assert_true(race_access(r, VA, 4, 0, PC(1), &other));
	assert_ptr_equal(other.pc, PC(0));
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
		cmocka_unit_test_setup_teardown(it_is_what_the_rule_says,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_from_far_away_is_a_race,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_order_load.c: the order models: how old a load may be, and what of all
 * that is state.
 */
#include "order_rig.h"

/* --- how old a load may be --- */

static void
a_load_may_be_old_on_arm_alone(void **state)
{
	(void)state;
	for (int m = ORDER_ARM; m <= ORDER_RVWMO; m++) {
		begin(m);
		store_past(DEVICE, X, 1);
		store_past(DEVICE, X, 2);
		next(2);
		assert_int_equal(load(CPU, X), 0);
		assert_int_equal(t.n[0], 3);
		assert_int_equal(t.is_load[0], 1);
		next(1);
		assert_int_equal(load(CPU, X), 1);
		next(0);
		assert_int_equal(load(CPU, X), 2);
	}
	begin(ORDER_TSO);
	store_past(DEVICE, X, 1);
	assert_int_equal(load(CPU, X), 1);
	assert_int_equal(t.asked, 0);
}

/* Wherever it lies, of each place and length: ages are looked for by granule. */
static void
an_old_byte_is_found_wherever_it_is(void **state)
{
	(void)state;
	for (uint64_t at = 240; at < 340; at++)
		for (size_t n = 1; n <= 16; n++)
			for (uint64_t old = at; old < at + n; old += 5) {
				uint8_t bytes[16] = { 0 };

				begin(ORDER_ARM);
				store_past(DEVICE, old, 9);
				memcpy(bytes, t.ram + at, n);
				next(1);
				assert_true(order_load(t.o, CPU, at, bytes,
				    n));
				assert_int_equal(bytes[old - at], 0);
				assert_int_equal(t.asked, 1);
			}
}

/* ... and of several that a device stored at once. */
static void
an_old_byte_of_many_is_found(void **state)
{
	(void)state;
	for (uint64_t first = 300; first < 330; first++)
		for (uint64_t at = first; at < first + 16; at++) {
			uint8_t byte;

			begin(ORDER_ARM);
			order_stores(t.o, DEVICE, first, 16);
			memset(t.ram + first, 1, 16);
			next(1);
			byte = t.ram[at];
			assert_true(order_load(t.o, CPU, at, &byte, 1));
			assert_int_equal(byte, 0);
		}
}

/* What a CPU's store replaces when it is performed is old for others. */
static void
a_performed_store_leaves_an_age_too(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	store(OTHER, X, 1);
	assert_int_equal(load(CPU, X), 0);
	assert_int_equal(t.asked, 0);
	order_drain(t.o, OTHER);
	next(1);
	assert_int_equal(load(CPU, X), 0);
	next(0);
	assert_int_equal(load(CPU, X), 1);
	assert_int_equal(load(OTHER, X), 1);
	assert_int_equal(t.asked, 1);
}

static void
a_barrier_of_loads_ends_ages(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		begin(ORDER_ARM);
		store_past(DEVICE, X, 1);
		if (i == 0)
			order_barrier(t.o, CPU, ORDER_RR);
		else if (i == 1)
			order_acquire(t.o, CPU);
		else if (i == 2)
			order_barrier(t.o, CPU, ORDER_WW | ORDER_WIO);
		else
			order_barrier(t.o, OTHER, ORDER_RR);
		(void)load(CPU, X);
		assert_int_equal(t.asked, i >= 2);
		/* What comes behind the barrier can be missed again. */
		store_past(DEVICE, X, 2);
		next(1);
		assert_int_equal(load(CPU, X), 1);
	}
}

/* Rule O3: never older than what was seen, byte by byte. */
static void
nothing_older_than_seen_is_loaded(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	for (uint8_t i = 1; i <= 3; i++) {
		store_past(DEVICE, X, i);
		store_past(DEVICE, X + 1, i);
	}
	next(1);
	assert_int_equal(load(CPU, X), 2);
	next(1);				/* 2, 3: no more than these */
	assert_int_equal(load(CPU, X), 2);
	assert_int_equal(t.n[0], 2);
	next(0);
	assert_int_equal(load(CPU, X), 3);
	assert_int_equal(load(CPU, X), 3);
	assert_int_equal(t.asked, 1);
	/* The other byte is as old as it was. */
	next(3);
	assert_int_equal(load(CPU, X + 1), 0);
	assert_int_equal(t.n[0], 4);
}

static void
an_own_store_is_newer_than_an_age(void **state)
{
	(void)state;
	for (unsigned drained = 0; drained < 2; drained++) {
		begin(ORDER_ARM);
		store_past(DEVICE, X, 1);
		store(CPU, X, 2);
		if (drained)
			order_drain(t.o, CPU);
		assert_int_equal(load(CPU, X), 2);
		assert_int_equal(t.asked, 0);
	}
}

/* Aligned bytes are loaded at once: none of them of another time. */
static void
a_load_at_once_is_of_one_time(void **state)
{
	uint8_t v[2];

	(void)state;
	begin(ORDER_ARM);
	order_stores(t.o, DEVICE, X, 2);
	t.ram[X] = t.ram[X + 1] = 1;
	assert_int_equal(load(CPU, X), 1);
	t.asked = 0;
	memcpy(v, t.ram + X, 2);
	order_load(t.o, CPU, X, v, 2);
	assert_int_equal(t.asked, 0);
	assert_int_equal(v[1], 1);
}

/* The device stores while the CPU's store waits, and is then overwritten. */
static void
nothing_older_than_an_own_store_is_loaded(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	store(CPU, X, 2);
	store_past(DEVICE, X, 1);
	assert_int_equal(load(CPU, X), 2);
	order_drain(t.o, CPU);
	next(0);
	assert_int_equal(load(CPU, X), 2);
	assert_int_equal(t.asked, 0);
	/* The same past the buffer. */
	store_past(DEVICE, Y, 1);
	store_past(CPU, Y, 2);
	assert_int_equal(load(CPU, Y), 2);
	assert_int_equal(t.asked, 0);
}

static void
what_is_seen_is_no_longer_old(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	store_past(DEVICE, X, 1);
	store_past(DEVICE, Y, 1);
	order_seen(t.o, CPU, X, 1);
	assert_int_equal(load(CPU, X), 1);
	assert_int_equal(t.asked, 0);
	next(1);
	assert_int_equal(load(CPU, Y), 0);
}

/* Longer than one age keeps: each part by itself. */
static void
a_long_store_leaves_several_ages(void **state)
{
	uint8_t bytes[40];

	(void)state;
	begin(ORDER_ARM);
	order_stores(t.o, DEVICE, X, 40);
	memset(t.ram + X, 1, 40);
	memset(bytes, 1, 40);
	t.script[1] = 1;
	t.nscript = 2;
	order_load(t.o, CPU, X, bytes, 40);
	assert_int_equal(t.asked, 3);
	assert_int_equal(bytes[15], 1);
	assert_int_equal(bytes[16], 0);
	assert_int_equal(bytes[31], 0);
	assert_int_equal(bytes[32], 1);
}

static void
too_many_ages_are_said(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	for (unsigned i = 1; i <= 63; i++)
		store_past(DEVICE, X, (uint8_t)i);
	next(63);
	assert_int_equal(load(CPU, X), 0);
	assert_int_equal(order_capped(t.o), 0);
	store_past(DEVICE, X, 64);
	next(63);
	assert_int_equal(load(CPU, X), 1);
	assert_int_equal(order_capped(t.o), 1);
}

/* --- state --- */

static struct state
state_of(const struct order *o)
{
	struct state s;

	state_init(&s);
	order_state(o, &s);
	return s;
}

/* Whoever could, has seen what memory holds. */
static void
nobody_is_old(void)
{
	for (unsigned i = 0; i < AGENTS; i++)
		order_seen(t.o, i, 0, RAM);
}

/* Whether t.o is as another one was. */
static int
is_as(const struct state *was)
{
	struct state now = state_of(t.o);

	return state_same(was, &now);
}

static void
equal_buffers_are_one_state(void **state)
{
	struct state empty, one;

	(void)state;
	begin(ORDER_ARM);
	empty = state_of(t.o);
	store(CPU, X, 1);
	one = state_of(t.o);
	assert_false(is_as(&empty));
	order_drain(t.o, CPU);
	nobody_is_old();
	assert_true(is_as(&empty));
	/* The same store, behind another one that is done. */
	begin(ORDER_ARM);
	store(CPU, Y, 9);
	store(CPU, X, 1);
	assert_false(is_as(&one));
	assert_int_equal(look(Y, 0), 9);
	nobody_is_old();
	assert_true(is_as(&one));
	/* ... and behind one and a barrier, which no longer matters. */
	begin(ORDER_ARM);
	store(CPU, Y, 9);
	order_barrier(t.o, CPU, ORDER_WW);
	store(CPU, X, 1);
	assert_int_equal(look(Y, 0), 9);
	nobody_is_old();
	assert_true(is_as(&one));
}

static struct state
two_stores(uint64_t second, uint8_t v, unsigned before, unsigned after)
{
	begin(ORDER_RVWMO);
	store(CPU, X, 1);
	order_barrier(t.o, CPU, before);
	store(CPU, second, v);
	order_barrier(t.o, CPU, after);
	return state_of(t.o);
}

static void
what_is_buffered_and_ordered_is_state(void **state)
{
	struct state all[10];

	(void)state;
	all[0] = two_stores(Y, 2, 0, 0);
	all[1] = two_stores(Y, 3, 0, 0);
	all[2] = two_stores(Z, 2, 0, 0);
	all[3] = two_stores(Y, 2, ORDER_WW, 0);
	all[4] = two_stores(Y, 2, 0, ORDER_WW);
	all[5] = two_stores(Y, 2, ORDER_WIO, 0);
	all[6] = two_stores(Y, 2, 0, ORDER_WIO);
	all[7] = two_stores(Y, 2, ORDER_WR, 0);
	all[8] = two_stores(Y, 2, 0, ORDER_WR);
	all[9] = two_stores(Y, 2, ORDER_WW, ORDER_WW);
	for (unsigned i = 0; i < 10; i++)
		for (unsigned k = 0; k < i; k++)
			assert_false(state_same(&all[i], &all[k]));
	all[1] = two_stores(Y, 2, 0, 0);
	assert_true(state_same(&all[0], &all[1]));
}

static void
flags_of_stores_are_state(void **state)
{
	struct state all[3];
	uint8_t v = 1;

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin(ORDER_ARM);
		order_store(t.o, CPU, X, &v, 1, i == 1, i == 2);
		all[i] = state_of(t.o);
	}
	assert_false(state_same(&all[0], &all[1]));
	assert_false(state_same(&all[0], &all[2]));
	assert_false(state_same(&all[1], &all[2]));
}

/* A barrier with nothing before it leaves no trace. */
static void
a_barrier_of_nothing_is_no_state(void **state)
{
	struct state empty;

	(void)state;
	begin(ORDER_RVWMO);
	empty = state_of(t.o);
	order_barrier(t.o, CPU, MEMORY);
	order_barrier(t.o, CPU, ORDER_WIO);
	assert_true(is_as(&empty));
	store(CPU, X, 1);
	order_barrier(t.o, CPU, MEMORY);
	order_drain(t.o, CPU);
	nobody_is_old();
	assert_true(is_as(&empty));
}

static void
ages_are_state(void **state)
{
	struct state empty, one;

	(void)state;
	begin(ORDER_ARM);
	empty = state_of(t.o);
	store_past(DEVICE, X, 1);
	one = state_of(t.o);
	assert_false(is_as(&empty));
	store_past(DEVICE, Y, 1);
	assert_false(is_as(&one));
	order_seen(t.o, CPU, Y, 1);
	order_seen(t.o, OTHER, Y, 1);
	assert_true(is_as(&one));
	order_acquire(t.o, CPU);
	assert_false(is_as(&one));
	order_acquire(t.o, OTHER);
	assert_true(is_as(&empty));
	/* Who is never old has none. */
	order_never_old(t.o, DEVICE, 1);
	empty = state_of(t.o);
	order_stores(t.o, CPU, X, 1);
	order_acquire(t.o, OTHER);
	assert_true(is_as(&empty));
	/* What was there, not what came. */
	begin(ORDER_ARM);
	t.ram[X] = 7;
	store_past(DEVICE, X, 1);
	assert_false(is_as(&one));
}

/* Of one age, the byte that may still be old. */
static void
what_was_seen_of_an_age_is_state(void **state)
{
	struct state first;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin(ORDER_ARM);
		order_stores(t.o, DEVICE, X, 2);
		order_seen(t.o, CPU, X + i, 1);
		if (i == 0)
			first = state_of(t.o);
	}
	assert_false(is_as(&first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_may_be_old_on_arm_alone),
		cmocka_unit_test(an_old_byte_is_found_wherever_it_is),
		cmocka_unit_test(an_old_byte_of_many_is_found),
		cmocka_unit_test(a_performed_store_leaves_an_age_too),
		cmocka_unit_test(a_barrier_of_loads_ends_ages),
		cmocka_unit_test(nothing_older_than_seen_is_loaded),
		cmocka_unit_test(a_load_at_once_is_of_one_time),
		cmocka_unit_test(an_own_store_is_newer_than_an_age),
		cmocka_unit_test(nothing_older_than_an_own_store_is_loaded),
		cmocka_unit_test(what_is_seen_is_no_longer_old),
		cmocka_unit_test(a_long_store_leaves_several_ages),
		cmocka_unit_test(too_many_ages_are_said),
		cmocka_unit_test(equal_buffers_are_one_state),
		cmocka_unit_test(what_is_buffered_and_ordered_is_state),
		cmocka_unit_test(flags_of_stores_are_state),
		cmocka_unit_test(a_barrier_of_nothing_is_no_state),
		cmocka_unit_test(ages_are_state),
		cmocka_unit_test(what_was_seen_of_an_age_is_state),
	};

	return cmocka_run_group_tests_name("order_load", tests, NULL, tear_down);
}

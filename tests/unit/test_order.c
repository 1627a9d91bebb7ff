/*
 * test_order.c: the order models: what is ordered, what an agent finds of its
 * own stores, which of them a look sees, and when they must be there.
 */
#include "order_rig.h"

/* --- the models as data --- */

static const struct {
	const char *name;
	unsigned program;
	unsigned barrier[ORDER_BARRIERS];	/* what is ordered behind it */
} wanted[ORDER_MODELS] = {
	{ "sc", ORDER_ALL, { ORDER_ALL, ORDER_ALL, ORDER_ALL, ORDER_ALL,
	    ORDER_ALL, ORDER_ALL, ORDER_ALL } },
	{ "tso", ORDER_ALL & ~ORDER_WR, { ORDER_ALL, ORDER_ALL & ~ORDER_WR,
	    ORDER_ALL & ~ORDER_WR, ORDER_ALL, ORDER_ALL & ~ORDER_WR, ORDER_ALL,
	    ORDER_ALL & ~ORDER_WR } },
	{ "arm", 0, { ORDER_ALL, ORDER_WW | ORDER_WIO, ORDER_RR | ORDER_RW,
	    ORDER_ALL, ORDER_ALL, ORDER_ALL, ORDER_ALL } },
	{ "rvwmo", 0, { MEMORY, ORDER_WW, ORDER_RR, ORDER_WR | ORDER_WW,
	    ORDER_RW | ORDER_WW, ORDER_RR | ORDER_RW, 0 } },
};

static void
the_models_are_this_table(void **state)
{
	(void)state;
	for (int m = 0; m < ORDER_MODELS; m++) {
		assert_string_equal(order_name(m), wanted[m].name);
		assert_int_equal(order_find(wanted[m].name), m);
		assert_int_equal(order_program(m), wanted[m].program);
		for (int b = 0; b < ORDER_BARRIERS; b++)
			assert_int_equal(order_program(m) |
			    order_barrier_bits(m, b), wanted[m].barrier[b]);
	}
	assert_int_equal(order_find("alpha"), -1);
	assert_int_equal(order_find(""), -1);
}

/* --- what an agent finds of its own --- */

static void
sc_stores_at_once(void **state)
{
	(void)state;
	begin(ORDER_SC);
	store(CPU, X, 1);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(order_pending(t.o, CPU), 0);
	store_past(DEVICE, X, 2);
	assert_int_equal(load(CPU, X), 2);
	assert_int_equal(look(X, 0), 2);
	assert_int_equal(t.asked, 0);
}

static void
own_stores_are_found_newest_first(void **state)
{
	static const uint8_t a[] = { 1, 2, 3, 4 }, b[] = { 5, 6 };
	static const uint8_t both[] = { 0, 1, 5, 6, 4, 0 };
	uint8_t got[6] = { 0 };

	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++) {
		begin(m);
		order_store(t.o, CPU, X, a, 4, 0, 0);
		order_store(t.o, CPU, X + 1, b, 2, 0, 0);
		memset(got, 0, sizeof got);
		order_forward(t.o, CPU, X - 1, got, 6);
		assert_memory_equal(got, both, 6);
		assert_int_equal(load(CPU, X + 1), 5);
		/* Nobody else, and not memory. */
		assert_int_equal(t.stores, 0);
		assert_int_equal(forwarded(DEVICE, X), 0);
		assert_int_equal(load(DEVICE, X), 0);
		assert_int_equal(t.asked, 0);
	}
}

static void
a_newer_store_hides_all_of_an_older_one(void **state)
{
	static const uint8_t small[] = { 1, 2 }, large[] = { 3, 4, 5, 6 };
	uint8_t got[4] = { 0 };

	(void)state;
	begin(ORDER_ARM);
	order_store(t.o, CPU, X + 1, small, 2, 0, 0);
	order_store(t.o, CPU, X, large, 4, 0, 0);
	order_forward(t.o, CPU, X, got, 4);
	assert_memory_equal(got, large, 4);
}

static void
forwarding_crosses_granules(void **state)
{
	static const uint8_t a[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t found[] = { 1, 2, 3, 4, 5, 9, 7, 8 };
	uint8_t got[200] = { 0 };

	(void)state;
	begin(ORDER_ARM);
	order_store(t.o, CPU, 60, a, 8, 0, 0);
	store(CPU, 65, 9);
	order_forward(t.o, CPU, 0, got, 200);
	assert_memory_equal(got + 60, found, 8);
	got[59] |= got[68];
	assert_int_equal(got[59], 0);
	/* One byte of each side. */
	assert_int_equal(forwarded(CPU, 63), 4);
	assert_int_equal(forwarded(CPU, 64), 5);
	/* The newer one is the one that crosses. */
	store(CPU, Y + 64, 1);
	order_store(t.o, CPU, Y + 60, a, 8, 0, 0);
	assert_int_equal(forwarded(CPU, Y + 64), 5);
}

/* Longer than what an entry keeps itself, cut at the end of a piece. */
static void
wide_stores_are_forwarded(void **state)
{
	static uint8_t wide[ORDER_PIECE + 1000], got[ORDER_PIECE + 1000];
	const uint64_t pa = ORDER_PIECE - 500;

	(void)state;
	begin(ORDER_ARM);
	for (size_t i = 0; i < sizeof wide; i++)
		wide[i] = (uint8_t)(1 + i % 251);
	store(CPU, pa + 700, 255);		/* older: hidden */
	order_store(t.o, CPU, pa, wide, sizeof wide, 0, 0);
	order_forward(t.o, CPU, pa, got, sizeof wide);
	assert_memory_equal(got, wide, sizeof wide);
	store(CPU, pa + 600, 254);		/* newer: seen */
	wide[600] = 254;
	order_forward(t.o, CPU, pa, got, sizeof wide);
	assert_memory_equal(got, wide, sizeof wide);
	assert_true(order_is_pending(t.o, CPU, pa + sizeof wide - 1, 1));
	assert_false(order_is_pending(t.o, CPU, pa + sizeof wide, 64));
	assert_false(order_is_pending(t.o, CPU, pa - 64, 64));
	order_drain(t.o, CPU);
	assert_memory_equal(t.ram + pa, wide, sizeof wide);
	assert_int_equal(order_pending(t.o, CPU), 0);
	assert_false(order_is_pending(t.o, CPU, pa, sizeof wide));
}

/* What is found by its bytes must not be found by others that hash alike. */
static void
other_bytes_of_one_bucket_are_not_mixed_up(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	for (unsigned i = 0; i < 200; i++)
		store(CPU, i * 64, (uint8_t)(i + 1));
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(forwarded(CPU, i * 64), i + 1);
		assert_int_equal(forwarded(CPU, i * 64 + 1), 0);
	}
}

static void
uncached_goes_along(void **state)
{
	uint8_t v = 1;

	(void)state;
	begin(ORDER_ARM);
	order_store(t.o, CPU, X, &v, 1, 1, 0);
	store(CPU, Y, 1);
	order_drain(t.o, CPU);
	assert_int_equal(t.stores, 2);
	assert_int_equal(t.uncached, 1);
}

/* --- looks --- */

static void
on_tso_a_look_sees_all_that_is_earlier(void **state)
{
	(void)state;
	begin(ORDER_TSO);
	store(CPU, X, 1);
	store(CPU, Y, 2);
	store(CPU, Z, 3);
	assert_int_equal(look(Y, 0), 2);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(t.ram[Z], 0);
	assert_true(order_is_pending(t.o, CPU, Z, 1));
	/* Not seen is not seen. */
	assert_int_equal(look(Z, 1), 0);
	assert_int_equal(look(Z, 0), 3);
}

static void
on_arm_a_later_store_can_be_seen_alone(void **state)
{
	(void)state;
	for (int m = ORDER_ARM; m <= ORDER_RVWMO; m++) {
		begin(m);
		store(CPU, X, 1);
		store(CPU, Y, 2);
		assert_int_equal(look(Y, 0), 2);
		assert_int_equal(look(X, 1), 0);
		assert_int_equal(look(X, 0), 1);
	}
}

static void
a_barrier_keeps_stores_in_order(void **state)
{
	(void)state;
	for (int m = ORDER_ARM; m <= ORDER_RVWMO; m++) {
		begin(m);
		store(CPU, X, 1);
		order_barrier(t.o, CPU, ORDER_WW);
		store(CPU, Y, 2);
		store(CPU, Z, 3);
		assert_int_equal(look(Z, 0), 3);
		assert_int_equal(t.ram[X], 1);
		/* Y is behind the barrier as Z is. */
		assert_int_equal(t.ram[Y], 0);
		order_look(t.o, DEVICE, X, 1);
		assert_int_equal(t.asked, 1);	/* it is there: no choice */
	}
}

/* Loads that are ordered leave stores as they are. */
static void
a_barrier_of_loads_is_none_for_stores(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	store(CPU, X, 1);
	order_barrier(t.o, CPU, ORDER_RR | ORDER_RW);
	store(CPU, Y, 2);
	assert_int_equal(look(Y, 0), 2);
	assert_int_equal(t.ram[X], 0);
}

static void
stores_to_one_byte_stay_in_order(void **state)
{
	static const uint8_t both[] = { 2, 7 };

	(void)state;
	begin(ORDER_ARM);
	store(CPU, X, 1);
	order_store(t.o, CPU, X, both, 2, 0, 0);
	store(CPU, X, 3);
	/* The second byte is seen: so is what lies before it at the first. */
	assert_int_equal(look(X + 1, 0), 7);
	assert_int_equal(t.ram[X], 2);
	assert_int_equal(look(X, 1), 2);	/* the last is still to come */
	assert_int_equal(look(X, 0), 3);
	assert_int_equal(order_pending(t.o, CPU), 0);
}

static void
coherence_holds_through_several_steps(void **state)
{
	static const uint8_t xy[] = { 1, 1 }, yz[] = { 2, 2 }, zz[] = { 3, 3 };

	(void)state;
	begin(ORDER_ARM);
	order_store(t.o, CPU, X, xy, 2, 0, 0);
	order_store(t.o, CPU, X + 1, yz, 2, 0, 0);
	order_store(t.o, CPU, X + 2, zz, 2, 0, 0);
	assert_int_equal(look(X + 3, 0), 3);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(t.ram[X + 1], 2);
	assert_int_equal(t.ram[X + 2], 3);
}

static void
four_stores(enum order_model model)
{
	begin(model);
	store(CPU, X, 1);
	store(CPU, X, 2);
	store(CPU, X, 2);
	store(CPU, X, 3);
}

static void
a_look_offers_what_differs_newest_first(void **state)
{
	static const uint8_t seen[] = { 3, 2, 1, 0 };

	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++)
		for (unsigned k = 0; k < 4; k++) {
			four_stores(m);
			assert_int_equal(look(X, k), seen[k]);
			assert_int_equal(t.asked, 1);
			assert_int_equal(t.n[0], 4);
			assert_int_equal(t.is_load[0], 0);
		}
}

static void
a_look_that_cannot_tell_asks_nothing(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	t.ram[X] = 5;
	store(CPU, X, 5);
	store(CPU, Y, 1);
	assert_int_equal(look(X, 0), 5);
	assert_int_equal(look(Z, 0), 0);
	order_look(t.o, CPU, Y, 1);		/* its own */
	assert_int_equal(t.asked, 0);
	assert_int_equal(t.ram[Y], 0);
}

/* Two bytes at once: all of the ways that their order leaves, both first. */
static void
a_wide_look_offers_what_order_leaves(void **state)
{
	static const uint8_t ordered[][2] = { { 1, 2 }, { 1, 0 }, { 0, 0 } };
	static const uint8_t not[][2] = { { 1, 2 }, { 0, 2 }, { 1, 0 },
	    { 0, 0 } };

	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++)
		for (unsigned k = 0; k < (m == ORDER_TSO ? 3 : 4); k++) {
			begin(m);
			store(CPU, X, 1);
			store(CPU, X + 1, 2);
			next(k);
			order_look(t.o, DEVICE, X, 2);
			assert_int_equal(t.n[0], m == ORDER_TSO ? 3 : 4);
			assert_memory_equal(t.ram + X, m == ORDER_TSO ?
			    ordered[k] : not[k], 2);
		}
}

/* Many of them: how many, and that this is not all there is. */
static void
a_look_at_many_stores_asks_how_many(void **state)
{
	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++)
		for (unsigned k = 0; k <= 10; k++) {
			begin(m);
			for (unsigned i = 0; i < 10; i++)
				store(CPU, X + i, 1);
			next(k);
			order_look(t.o, DEVICE, X, 10);
			assert_int_equal(t.n[0], 11);
			for (unsigned i = 0; i < 10; i++)
				assert_int_equal(t.ram[X + i], i + k < 10);
			assert_int_equal(order_capped(t.o), m != ORDER_TSO);
		}
}

static void
each_piece_and_agent_is_asked_of(void **state)
{
	static const uint8_t v[] = { 1, 2 };

	(void)state;
	begin(ORDER_ARM);
	order_store(t.o, CPU, ORDER_PIECE - 1, v, 2, 0, 0);
	store(OTHER, ORDER_PIECE + 9, 3);
	next(1);				/* not the first byte */
	order_look(t.o, DEVICE, ORDER_PIECE - 8, 32);
	assert_int_equal(t.asked, 3);
	assert_int_equal(t.ram[ORDER_PIECE - 1], 0);
	assert_int_equal(t.ram[ORDER_PIECE], 2);
	assert_int_equal(t.ram[ORDER_PIECE + 9], 3);
}

static void
a_sure_look_sees_everything_unasked(void **state)
{
	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++) {
		four_stores(m);
		store(CPU, X + 1, 4);
		order_look_surely(t.o, DEVICE, X, 2);
		assert_int_equal(t.asked, 0);
		assert_int_equal(t.ram[X], 3);
		assert_int_equal(t.ram[X + 1], 4);
		assert_int_equal(order_pending(t.o, CPU), 0);
	}
}

/* It is known to be there, even if the byte was the same before. */
static void
a_sure_look_sees_a_store_of_the_same(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	t.ram[Y] = 7;
	store(CPU, X, 1);
	order_barrier(t.o, CPU, ORDER_WW);
	store(CPU, Y, 7);
	order_look_surely(t.o, DEVICE, Y, 1);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(order_pending(t.o, CPU), 0);
}

/* More ways than are offered: said, and the newest one still is. */
static void
too_many_ways_are_said(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	for (unsigned i = 1; i <= 63; i++)
		store(CPU, X, (uint8_t)i);
	assert_int_equal(look(X, 63), 0);
	assert_int_equal(t.n[0], 64);
	assert_int_equal(order_capped(t.o), 0);
	for (unsigned i = 64; i <= 100; i++)
		store(CPU, X, (uint8_t)i);
	assert_int_equal(look(X, 1), 62);
	assert_int_equal(order_capped(t.o), 1);
	assert_int_equal(look(X, 0), 100);
}

/* --- when a store must be there --- */

static void
draining_performs_in_order(void **state)
{
	(void)state;
	four_stores(ORDER_ARM);
	store(CPU, Y, 9);
	store(OTHER, Z, 9);
	order_drain(t.o, CPU);
	assert_int_equal(t.stores, 5);
	assert_int_equal(t.ram[X], 3);
	assert_int_equal(t.ram[Y], 9);
	assert_int_equal(t.ram[Z], 0);
	order_drain(t.o, CPU);
	assert_int_equal(t.stores, 5);
}

/* Rule O11: what comes when it is full makes the oldest visible, no others. */
static void
a_full_buffer_gives_the_older_half(void **state)
{
	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++) {
		uint64_t mark;

		begin(m);
		for (unsigned i = 0; i < ORDER_BUFFER_MAX; i++)
			store(CPU, 4096 + i, (uint8_t)(i % 251 + 1));
		mark = order_mark(t.o, CPU);
		assert_int_equal(t.stores, 0);
		store(CPU, X, 7);
		assert_int_equal(t.stores, ORDER_BUFFER_MAX / 2);
		assert_int_equal(t.ram[4096 + ORDER_BUFFER_MAX / 2 - 1],
		    (ORDER_BUFFER_MAX / 2 - 1) % 251 + 1);
		assert_int_equal(t.ram[4096 + ORDER_BUFFER_MAX / 2], 0);
		assert_int_equal(t.ram[X], 0);
		/* The others are where they were. */
		for (unsigned i = 0; i < ORDER_BUFFER_MAX; i += 100)
			assert_int_equal(load(CPU, 4096 + i), i % 251 + 1);
		assert_int_equal(load(CPU, X), 7);
		assert_int_equal(order_left_to(t.o, CPU, mark),
		    ORDER_BUFFER_MAX / 2);
		order_drain_to(t.o, CPU, mark);
		assert_int_equal(t.stores, ORDER_BUFFER_MAX);
		assert_int_equal(t.ram[X], 0);
		order_drain(t.o, CPU);
		assert_int_equal(t.ram[X], 7);
		assert_int_equal(order_pending(t.o, CPU), 0);
	}
}

/* Barriers mean what they did, of stores that stay and of those that are gone. */
static void
a_full_buffer_keeps_its_barriers(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	for (unsigned i = 0; i < ORDER_BUFFER_MAX - 4; i++)
		store(CPU, 4096 + i % 1024, 1);
	store(CPU, Y, 1);
	order_barrier(t.o, CPU, ORDER_WW | ORDER_WIO);
	store(CPU, X, 1);
	store(CPU, Z, 1);
	store(CPU, Z + 64, 1);
	store(CPU, Z + 128, 1);			/* the older half is gone */
	assert_int_equal(t.stores, ORDER_BUFFER_MAX / 2);
	assert_int_equal(t.ram[Y], 0);
	/* X comes after the barrier, so Y comes with it; Z may stay. */
	assert_int_equal(look(X, 0), 1);
	assert_int_equal(t.ram[Y], 1);
	assert_int_equal(t.ram[Z], 0);
	order_register_write(t.o, CPU);
	assert_int_equal(t.ram[Z], 0);
	assert_int_equal(t.ram[4096 + 1023], 1);
	order_drain(t.o, CPU);
	assert_int_equal(t.ram[Z + 128], 1);
}

/* Stores of all sizes, many more than it holds: memory comes to what they say. */
static void
a_buffer_that_runs_over_loses_nothing(void **state)
{
	static uint8_t wanted_ram[RAM];
	uint32_t x = 12345;

	(void)state;
	for (int m = ORDER_TSO; m < ORDER_MODELS; m++) {
		begin(m);
		memset(wanted_ram, 0, sizeof wanted_ram);
		for (unsigned i = 0; i < 5 * ORDER_BUFFER_MAX; i++) {
			uint8_t bytes[24];
			size_t n, pa;

			x = x * 1664525u + 1013904223u;
			n = 1 + (x >> 8) % sizeof bytes;
			pa = (x >> 13) % (RAM - sizeof bytes);
			memset(bytes, (int)(x >> 24), sizeof bytes);
			memcpy(wanted_ram + pa, bytes, n);
			order_store(t.o, CPU, pa, bytes, n, 0, 0);
			if (i % 997 == 0)
				order_barrier(t.o, CPU, ORDER_WW);
			if (i % 512 == 0)
				assert_int_equal(load(CPU, pa + n - 1),
				    bytes[0]);
		}
		order_drain(t.o, CPU);
		assert_memory_equal(t.ram, wanted_ram, RAM);
	}
}

static void
full_barriers_drain(void **state)
{
	(void)state;
	for (int m = ORDER_TSO; m <= ORDER_ARM; m++) {
		begin(m);
		store(CPU, X, 1);
		order_barrier(t.o, CPU,
		    order_barrier_bits(m, ORDER_BARRIER_SYNC));
		assert_int_equal(t.ram[X], 1);
	}
}

/* Whether X is visible when a register is written behind the barrier. */
static int
before_register(enum order_model model, enum order_barrier barrier)
{
	begin(model);
	store(CPU, X, 1);
	order_barrier(t.o, CPU, order_barrier_bits(model, barrier));
	store(CPU, Y, 1);
	order_register_write(t.o, CPU);
	assert_int_equal(t.asked, 0);
	/* Y is behind it: only amd64's program order keeps that. */
	assert_int_equal(t.ram[Y], model == ORDER_TSO);
	return t.ram[X];
}

static void
registers_are_written_after_what_a_barrier_says(void **state)
{
	(void)state;
	assert_true(before_register(ORDER_TSO, ORDER_BARRIER_CONSUMER));
	assert_true(before_register(ORDER_TSO, ORDER_BARRIER_PRODUCER));
	assert_true(before_register(ORDER_ARM, ORDER_BARRIER_SYNC));
	assert_true(before_register(ORDER_ARM, ORDER_BARRIER_PRODUCER));
	assert_false(before_register(ORDER_ARM, ORDER_BARRIER_CONSUMER));
	assert_false(before_register(ORDER_RVWMO, ORDER_BARRIER_SYNC));
	assert_false(before_register(ORDER_RVWMO, ORDER_BARRIER_PRODUCER));
}

/* A fence w,o lets w be; what was before w,w of it goes along. */
static void
a_register_write_takes_what_is_before(void **state)
{
	(void)state;
	begin(ORDER_RVWMO);
	store(CPU, X, 1);
	order_barrier(t.o, CPU, ORDER_WW);
	store(CPU, Y, 1);
	order_barrier(t.o, CPU, ORDER_WIO);
	store(CPU, Z, 1);
	order_register_write(t.o, CPU);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(t.ram[Y], 1);
	assert_int_equal(t.ram[Z], 0);
	/* It is not forgotten, and not counted among what comes. */
	order_drain(t.o, CPU);
	store(CPU, X, 2);
	order_register_write(t.o, CPU);
	assert_int_equal(t.ram[X], 1);
}

/* fence rw,rw: the store is visible before the next load, and no sooner. */
static void
a_fence_is_due_at_the_next_load(void **state)
{
	(void)state;
	begin(ORDER_RVWMO);
	store(CPU, X, 1);
	order_barrier(t.o, CPU, MEMORY);
	assert_int_equal(t.ram[X], 0);
	assert_int_equal(load(CPU, Y), 0);
	assert_int_equal(t.ram[X], 1);
	/* Once. */
	store(CPU, X, 2);
	(void)load(CPU, Y);
	assert_int_equal(t.ram[X], 1);
}

/* What is stored behind a fence may still be overtaken by a load. */
static void
a_fence_is_not_due_of_what_comes_after(void **state)
{
	(void)state;
	begin(ORDER_RVWMO);
	order_barrier(t.o, CPU, MEMORY);
	store(CPU, X, 1);
	(void)load(CPU, Y);
	assert_int_equal(t.ram[X], 0);
	order_barrier(t.o, CPU, MEMORY);
	store(CPU, Z, 1);
	(void)load(CPU, Y);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(t.ram[Z], 0);
}

/* X, then Y as a release, then Z. */
static void
begin_with_a_release(void)
{
	uint8_t v = 1;

	begin(ORDER_ARM);
	store(CPU, X, 1);
	order_store(t.o, CPU, Y, &v, 1, 0, 1);
	store(CPU, Z, 1);
}

static void
a_release_comes_after_all_before_it(void **state)
{
	(void)state;
	begin_with_a_release();
	/* It orders nothing behind itself. */
	assert_int_equal(look(Z, 0), 1);
	assert_int_equal(t.ram[Y], 0);
	assert_int_equal(look(Y, 0), 1);
	assert_int_equal(t.ram[X], 1);
}

static void
releases_alone_are_drained(void **state)
{
	(void)state;
	begin_with_a_release();
	order_drain_releases(t.o, CPU);
	assert_int_equal(t.ram[X], 1);
	assert_int_equal(t.ram[Y], 1);
	assert_int_equal(t.ram[Z], 0);
	store(CPU, X, 2);
	order_drain_releases(t.o, CPU);
	assert_int_equal(t.ram[X], 1);
}

static void
stores_are_performed_one_by_one(void **state)
{
	(void)state;
	begin(ORDER_ARM);
	store(CPU, X, 1);
	store(CPU, X, 2);
	store(CPU, Y, 3);
	order_barrier(t.o, CPU, ORDER_WW);
	store(CPU, Z, 4);
	assert_int_equal(order_pending(t.o, CPU), 4);
	assert_int_equal(order_pending(t.o, DEVICE), 0);
	assert_true(order_may_perform(t.o, CPU, 0));
	assert_false(order_may_perform(t.o, CPU, 1));	/* coherence */
	assert_true(order_may_perform(t.o, CPU, 2));
	assert_false(order_may_perform(t.o, CPU, 3));	/* the barrier */
	order_perform(t.o, CPU, 2);
	assert_false(order_may_perform(t.o, CPU, 2));	/* it is done */
	order_perform(t.o, CPU, 0);
	assert_false(order_may_perform(t.o, CPU, 3));
	order_perform(t.o, CPU, 1);
	assert_true(order_may_perform(t.o, CPU, 3));
	assert_int_equal(t.ram[X], 2);
	assert_int_equal(t.ram[Z], 0);
	order_perform(t.o, CPU, 3);
	assert_int_equal(order_pending(t.o, CPU), 0);
}

static void
on_tso_only_the_oldest_may_be_performed(void **state)
{
	(void)state;
	begin(ORDER_TSO);
	store(CPU, X, 1);
	store(CPU, Y, 2);
	assert_true(order_may_perform(t.o, CPU, 0));
	assert_false(order_may_perform(t.o, CPU, 1));
	order_perform(t.o, CPU, 0);
	assert_true(order_may_perform(t.o, CPU, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_models_are_this_table),
		cmocka_unit_test(sc_stores_at_once),
		cmocka_unit_test(own_stores_are_found_newest_first),
		cmocka_unit_test(a_newer_store_hides_all_of_an_older_one),
		cmocka_unit_test(forwarding_crosses_granules),
		cmocka_unit_test(wide_stores_are_forwarded),
		cmocka_unit_test(other_bytes_of_one_bucket_are_not_mixed_up),
		cmocka_unit_test(uncached_goes_along),
		cmocka_unit_test(on_tso_a_look_sees_all_that_is_earlier),
		cmocka_unit_test(on_arm_a_later_store_can_be_seen_alone),
		cmocka_unit_test(a_barrier_keeps_stores_in_order),
		cmocka_unit_test(a_barrier_of_loads_is_none_for_stores),
		cmocka_unit_test(stores_to_one_byte_stay_in_order),
		cmocka_unit_test(coherence_holds_through_several_steps),
		cmocka_unit_test(a_look_offers_what_differs_newest_first),
		cmocka_unit_test(a_look_that_cannot_tell_asks_nothing),
		cmocka_unit_test(a_wide_look_offers_what_order_leaves),
		cmocka_unit_test(a_look_at_many_stores_asks_how_many),
		cmocka_unit_test(each_piece_and_agent_is_asked_of),
		cmocka_unit_test(a_sure_look_sees_everything_unasked),
		cmocka_unit_test(a_sure_look_sees_a_store_of_the_same),
		cmocka_unit_test(too_many_ways_are_said),
		cmocka_unit_test(draining_performs_in_order),
		cmocka_unit_test(a_full_buffer_gives_the_older_half),
		cmocka_unit_test(a_full_buffer_keeps_its_barriers),
		cmocka_unit_test(a_buffer_that_runs_over_loses_nothing),
		cmocka_unit_test(full_barriers_drain),
		cmocka_unit_test(registers_are_written_after_what_a_barrier_says),
		cmocka_unit_test(a_register_write_takes_what_is_before),
		cmocka_unit_test(a_fence_is_due_at_the_next_load),
		cmocka_unit_test(a_fence_is_not_due_of_what_comes_after),
		cmocka_unit_test(a_release_comes_after_all_before_it),
		cmocka_unit_test(releases_alone_are_drained),
		cmocka_unit_test(stores_are_performed_one_by_one),
		cmocka_unit_test(on_tso_only_the_oldest_may_be_performed),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, tear_down);
}

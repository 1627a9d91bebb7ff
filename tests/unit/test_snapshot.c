/*
 * test_snapshot.c: memory is put back as it was, whatever was stored since and
 * in whatever order; against copies of all of it, with many pages and many
 * snapshots at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check.h"
#include "host.h"
#include "prng.h"
#include "snapshot.h"

#define PAGES	40u
#define HELD	12u
#define TURNS	4000u
#define PARTS	4u			/* of the pages */
#define STAYS	250u			/* turns, in one: the others are
					   protected meanwhile */

static struct error err;
static size_t page;
static uint8_t *range;
static uint32_t few[3];

static int
set_up(void **state)
{
	(void)state;
	error_clear(&err);
	page = host_page_size();
	range = host_map(PAGES * page, &err);
	assert_non_null(range);
	memset(few, 0, sizeof few);
	assert_int_equal(snapshot_begin(&err), 0);
	snapshot_track(range, PAGES * page);
	snapshot_track_bytes(few, sizeof few);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	snapshot_end();
	memset(range, 0x5a, PAGES * page);	/* all of it is writable */
	host_unmap(range, PAGES * page);
	return 0;
}

static void
what_was_stored_since_is_undone(void **state)
{
	struct snapshot *s, *later;

	(void)state;
	range[0] = 1;
	few[1] = 1;
	s = snapshot_take();
	range[0] = 2;
	range[5 * page + 7] = 3;
	few[1] = 2;
	later = snapshot_take();
	range[9 * page] = 4;
	snapshot_put_back(s);
	assert_int_equal(range[0], 1);
	assert_int_equal(range[5 * page + 7], 0);
	assert_int_equal(range[9 * page], 0);
	assert_int_equal(few[1], 1);
	snapshot_put_back(later);
	assert_int_equal(range[0], 2);
	assert_int_equal(range[5 * page + 7], 3);
	assert_int_equal(range[9 * page], 0);
	assert_int_equal(few[1], 2);
	snapshot_free(s);
	snapshot_free(later);
}

/* What stays when everything is over is the latest. */
static void
an_end_undoes_nothing(void **state)
{
	struct snapshot *s = snapshot_take();

	range[3 * page] = 9;
	snapshot_free(s);
	snapshot_end();
	assert_int_equal(range[3 * page], 9);
	range[4 * page] = 9;
	(void)state;
}

/* A chunk's state is that of its bytes, whether they are read or known. */
static void
a_state_is_that_of_the_bytes(void **state)
{
	struct snapshot *s, *t;
	struct state before, now, other;

	(void)state;
	range[page] = 1;
	s = snapshot_take();
	for (int i = 0; i < 2; i++) {
		state_init(&before);
		snapshot_state(range + page, &before);
	}
	range[page] = 2;
	state_init(&other);
	snapshot_state(range + page, &other);
	assert_false(state_same(&before, &other));
	t = snapshot_take();
	snapshot_put_back(s);
	for (unsigned i = 0; i < 200; i++) {	/* until it is protected */
		state_init(&now);
		snapshot_state(range + page, &now);
		assert_true(state_same(&before, &now));
		snapshot_free(snapshot_take());
	}
	snapshot_put_back(t);
	state_init(&now);
	snapshot_state(range + page, &now);
	assert_true(state_same(&other, &now));
	snapshot_free(s);
	snapshot_free(t);
}

struct held {
	struct snapshot *s;
	uint8_t *copy;
	uint32_t few[3];
};

static void
store_at_random(struct prng *r, unsigned turn)
{
	size_t pages = PAGES / PARTS;
	uint8_t *part = range + turn / STAYS % PARTS * pages * page;

	for (uint64_t n = prng_below(r, 6); n > 0; n--) {
		size_t at = (size_t)prng_below(r, pages * page);

		/* Some pages change again and again. */
		if (prng_below(r, 2) == 0)
			at %= 3 * page;
		part[at] = (uint8_t)prng_below(r, 4);
	}
	if (prng_below(r, 4) == 0)	/* all of a page */
		memset(part + prng_below(r, pages) * page,
		    (int)prng_below(r, 256), page);
	few[prng_below(r, 3)]++;
}

/* Read or known, each chunk's state is that of its bytes in the copy. */
static void
assert_states(const uint8_t *copy)
{
	for (size_t at = 0; at < PAGES * page; at += SNAPSHOT_CHUNK) {
		struct state s, wanted, bytes;

		state_init(&s);
		snapshot_state(range + at, &s);
		state_init(&bytes);
		state_add(&bytes, copy + at, SNAPSHOT_CHUNK);
		state_init(&wanted);
		state_add_u64(&wanted, bytes.a);
		state_add_u64(&wanted, bytes.b);
		assert_true(state_same(&s, &wanted));
	}
}

static void
any_of_many_is_put_back(void **state)
{
	struct held held[HELD];
	struct prng r = { 1 };

	(void)state;
	memset(held, 0, sizeof held);
	for (unsigned i = 0; i < TURNS; i++) {
		struct held *h = &held[prng_below(&r, HELD)];

		store_at_random(&r, i);
		if (h->s != NULL && prng_below(&r, 3) != 0) {
			snapshot_put_back(h->s);
			assert_memory_equal(range, h->copy, PAGES * page);
			assert_memory_equal(few, h->few, sizeof few);
			assert_states(h->copy);
			continue;
		}
		snapshot_free(h->s);
		check_free(h->copy);
		h->s = snapshot_take();
		h->copy = check_malloc(PAGES * page);
		memcpy(h->copy, range, PAGES * page);
		memcpy(h->few, few, sizeof few);
	}
	for (unsigned i = 0; i < HELD; i++) {
		snapshot_free(held[i].s);
		check_free(held[i].copy);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_stored_since_is_undone),
		TEST(an_end_undoes_nothing),
		TEST(a_state_is_that_of_the_bytes),
		TEST(any_of_many_is_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

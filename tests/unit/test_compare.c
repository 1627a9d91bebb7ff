/*
 * test_compare.c: accounts of two sides, and what is the same in them: by
 * meaning and not by address, in order or elsewhere, read from either side.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "compare.h"
#include "gpu_spec.h"
#include "pci_spec.h"
#include "virtio_mmio_spec.h"
#include "virtio_spec.h"

/* --- a side, written by events ------------------------------------------- */

struct teller {
	struct account *a;
	uint64_t n;			/* events so far */
	uint32_t ordinal;
};

static void
tell(struct teller *t, const struct event *e)
{
	account_event(t->a, e, t->n++, CALLPATH_NONE);
}

static void
mmio(struct teller *t, int write, uint32_t offset, uint64_t value)
{
	struct event e = { .kind = write ? EVENT_WRITE : EVENT_READ };

	e.access.region = EVENT_REGION_MMIO;
	e.access.size = 4;
	e.access.offset = offset;
	e.access.value = value;
	tell(t, &e);
}

/* A GPU in window 0, as it is found: two accesses are its own. */
static struct teller
begin(void)
{
	struct teller t = { account_create(), 0, 0 };

	mmio(&t, 0, VIRTIO_MMIO_VERSION, VIRTIO_MMIO_MODERN);
	mmio(&t, 0, VIRTIO_MMIO_DEVICE_ID, VIRTIO_ID_GPU);
	mmio(&t, 0, VIRTIO_MMIO_VENDOR_ID, 0);
	return t;
}

static void
step(struct teller *t, uint32_t index, const char *text)
{
	struct event e = { .kind = EVENT_STEP };

	e.step.index = index;
	e.data = (const uint8_t *)text;
	e.data_len = strlen(text);
	tell(t, &e);
}

/* A request of a type, for a resource; fenced by a number nobody compares. */
static void
request(struct teller *t, uint32_t type, uint32_t resource, uint32_t room)
{
	struct event_descriptor d[2] = { { GPU_UNREF_SIZE, 0 }, { room, 1 } };
	struct event e = { .kind = EVENT_CHAIN };
	uint8_t p[GPU_UNREF_SIZE] = { 0 };

	bytes_le_put(p, type, 4);
	bytes_le_put(p + GPU_HDR_FLAGS, GPU_FLAG_FENCE, 4);
	bytes_le_put(p + GPU_HDR_FENCE_ID, t->n, 8);
	bytes_le_put(p + GPU_UNREF_RESOURCE, resource, 4);
	e.chain.ordinal = t->ordinal++;
	e.chain.descriptors = d;
	e.chain.descriptor_count = 2;
	e.data = p;
	e.data_len = sizeof p;
	tell(t, &e);
}

static void
answer_holding(struct teller *t, uint32_t type, uint8_t byte)
{
	struct event e = { .kind = EVENT_USED };
	uint8_t p[GPU_HDR_SIZE + 4] = { 0 };

	bytes_le_put(p, type, 4);
	p[GPU_HDR_SIZE] = byte;
	bytes_le_put(p + GPU_HDR_FENCE_ID, t->n, 8);
	e.used.ordinal = t->ordinal - 1;
	e.used.used_len = sizeof p;
	e.data = p;
	e.data_len = sizeof p;
	tell(t, &e);
}

static void
answer(struct teller *t, uint32_t type)
{
	answer_holding(t, type, 0);
}

static void
unref(struct teller *t, uint32_t resource)
{
	request(t, GPU_RESOURCE_UNREF, resource, GPU_HDR_SIZE);
}

/* The same from either side, A and B exchanged; then everything is freed. */
static struct compare_counts
compared(struct teller *a, struct teller *b, enum account_sort sort,
    size_t first)
{
	struct compare *c = compare_create(a->a, b->a, 1);
	struct compare *d = compare_create(b->a, a->a, 1);
	struct compare_counts n = c->counts[sort];
	size_t behind = 0;

	assert_int_equal(c->first, first);
	assert_int_equal(d->first, first);
	for (unsigned i = 0; i < ACCOUNT_SORTS; i++) {
		assert_int_equal(c->counts[i].both, d->counts[i].both);
		assert_int_equal(c->counts[i].moved, d->counts[i].moved);
		assert_int_equal(c->counts[i].changed, d->counts[i].changed);
		assert_int_equal(c->counts[i].alone[0], d->counts[i].alone[1]);
		assert_int_equal(c->counts[i].alone[1], d->counts[i].alone[0]);
	}
	for (size_t i = 0; i < c->side[0].n; i++) {
		const struct compare_item *x = &c->side[0].items[i];

		assert_int_equal(x->fate, d->side[1].items[i].fate);
		assert_int_equal(x->mate, d->side[1].items[i].mate);
		if (x->fate != COMPARE_ALONE)
			assert_int_equal(c->side[1].items[x->mate].mate, i);
		if (x->fate == COMPARE_SAME) {	/* in order */
			assert_true(x->mate >= behind);
			behind = x->mate + 1;
		}
	}
	assert_int_equal(compare_differs(c), compare_differs(d));
	compare_free(c);
	compare_free(d);
	account_free(a->a);
	account_free(b->a);
	return n;
}

static void
assert_counts(struct compare_counts n, size_t both, size_t only_a,
    size_t only_b, size_t moved, size_t changed)
{
	assert_int_equal(n.both, both);
	assert_int_equal(n.alone[0], only_a);
	assert_int_equal(n.alone[1], only_b);
	assert_int_equal(n.moved, moved);
	assert_int_equal(n.changed, changed);
}

/* --- what is not compared ------------------------------------------------ */

static void
addresses_and_fences_say_nothing(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	mmio(&a, 1, VIRTIO_MMIO_QUEUE_DESC, 0x1000);
	b.n = 50;			/* other fences, other numbers */
	mmio(&b, 1, VIRTIO_MMIO_QUEUE_DESC, 0x777000);
	unref(&a, 1);
	unref(&b, 1);
	answer(&a, GPU_OK_NODATA);
	answer(&b, GPU_OK_NODATA);
	assert_counts(compared(&a, &b, ACCOUNT_REGISTER, 5), 3, 0, 0, 0, 0);
}

static void
other_functions_are_not_the_device(void **state)
{
	struct teller a = begin(), b = begin();
	struct event e = { .kind = EVENT_READ };

	(void)state;
	e.access.bdf = 0x10;
	e.access.size = 4;
	e.access.value = 0xffffffff;
	tell(&b, &e);
	assert_counts(compared(&a, &b, ACCOUNT_REGISTER, 2), 2, 0, 0, 0, 0);
}

/* --- what is ------------------------------------------------------------- */

static void
values_are_compared(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	mmio(&a, 1, VIRTIO_MMIO_QUEUE_NUM, 64);
	mmio(&b, 1, VIRTIO_MMIO_QUEUE_NUM, 32);
	unref(&a, 1);
	unref(&b, 1);
	assert_counts(compared(&a, &b, ACCOUNT_REGISTER, 2), 3, 0, 0, 0, 1);
}

static void
what_one_side_has_is_alone_wherever_it_stands(void **state)
{
	for (uint32_t at = 0; at < 6; at++) {
		struct teller a = begin(), b = begin();

		(void)state;
		for (uint32_t i = 0; i < 6; i++) {
			unref(&a, i % 2);
			if (i != at)
				unref(&b, i % 2);
		}
		assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2 + at),
		    5, 1, 0, 0, 0);
	}
}

/* Where both ends differ, too: the nth and the nth would all seem shifted. */
static void
what_each_side_left_out_shifts_nothing(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	unref(&a, 7);
	unref(&b, 8);
	for (uint32_t i = 0; i < 8; i++) {
		if (i != 1)
			unref(&a, 1);
		if (i != 5)
			unref(&b, 1);
		unref(&a, 20 + i);
		unref(&b, 20 + i);
	}
	unref(&a, 9);
	unref(&b, 10);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2), 15, 2, 2, 1, 0);
}

static void
what_stands_elsewhere_has_moved(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	unref(&a, 9);
	for (uint32_t i = 0; i < 4; i++) {
		unref(&a, i);
		unref(&b, i);
	}
	unref(&b, 9);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2), 5, 0, 0, 1, 0);
}

static void
moved_across_steps_is_moved(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	step(&a, 0, "boot");
	step(&b, 0, "boot");
	unref(&a, 9);
	unref(&a, 1);
	unref(&b, 1);
	step(&a, 1, "expect");
	step(&b, 1, "expect");
	unref(&b, 9);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 3), 2, 0, 0, 1, 0);
}

static void
sizes_and_answers_of_the_same_request_have_changed(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	request(&a, GPU_RESOURCE_UNREF, 1, 24);
	request(&b, GPU_RESOURCE_UNREF, 1, 512);
	answer(&a, GPU_OK_NODATA);
	answer(&b, GPU_ERR_UNSPEC);
	unref(&a, 2);
	unref(&b, 2);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2), 2, 0, 0, 0, 1);
}

static void
answers_belong_to_their_request(void **state)
{
	struct teller a = begin(), b = begin();
	struct compare *c;

	(void)state;
	unref(&a, 1);
	answer(&a, GPU_OK_NODATA);
	unref(&b, 2);
	answer(&b, GPU_OK_NODATA);
	c = compare_create(a.a, b.a, 1);
	assert_counts(c->counts[ACCOUNT_ANSWER], 0, 1, 1, 0, 0);
	assert_string_equal(account_text(a.a, account_at(a.a, 3)),
	    "queue 0 answered: RESOURCE_UNREF resource 1 fence");
	assert_string_equal(account_detail(a.a, account_at(a.a, 3)),
	    "OK_NODATA, 28 bytes");
	compare_free(c);
	account_free(a.a);
	account_free(b.a);
}

static void
what_words_do_not_say_is_compared_too(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	request(&a, GPU_GET_CAPSET_INFO, 1, 24);
	request(&b, GPU_GET_CAPSET_INFO, 2, 24);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2), 0, 1, 1, 0, 0);
	a = begin();
	b = begin();
	unref(&a, 1);
	unref(&b, 1);
	answer_holding(&a, GPU_OK_NODATA, 1);
	answer_holding(&b, GPU_OK_NODATA, 2);
	assert_counts(compared(&a, &b, ACCOUNT_ANSWER, 3), 1, 0, 0, 0, 1);
}

static void
a_reset_forgets_what_was_asked(void **state)
{
	struct teller a = begin();

	(void)state;
	mmio(&a, 1, VIRTIO_MMIO_STATUS, VIRTIO_STATUS_DRIVER_OK);
	unref(&a, 1);
	mmio(&a, 1, VIRTIO_MMIO_STATUS, 0);
	a.ordinal = 0;
	unref(&a, 2);
	answer(&a, GPU_OK_NODATA);
	assert_string_equal(account_text(a.a, account_at(a.a,
	    account_count(a.a) - 1)),
	    "queue 0 answered: RESOURCE_UNREF resource 2 fence");
	account_free(a.a);
}

static void
syncs_are_told_by_map_operation_and_range(void **state)
{
	struct bus_map map = { .size = 4096 };
	struct teller a = begin(), b = begin();

	(void)state;
	account_sync(a.a, &map, 0, 64, SYNC_PREREAD | SYNC_PREWRITE, 7, 0);
	account_sync(b.a, &map, 0, 64, SYNC_PREREAD | SYNC_PREWRITE, 7, 0);
	account_sync(a.a, &map, 64, 64, SYNC_POSTREAD, 7, 0);
	account_sync(b.a, &map, 64, 128, SYNC_POSTREAD, 7, 0);
	account_sync(a.a, &map, 0, 64, SYNC_POSTWRITE, 7, 0);
	assert_string_equal(account_text(a.a, account_at(a.a, 2)),
	    "PREREAD|PREWRITE of a map of 4096 bytes");
	assert_string_equal(account_detail(b.a, account_at(b.a, 3)),
	    "128 bytes from 64");
	assert_counts(compared(&a, &b, ACCOUNT_SYNC, 3), 2, 1, 0, 0, 1);
}

static void
other_registers_are_left_out(void **state)
{
	struct teller a = begin(), b = begin();
	struct compare *c;

	(void)state;
	mmio(&a, 1, VIRTIO_MMIO_QUEUE_NUM, 64);
	mmio(&a, 1, VIRTIO_MMIO_STATUS, VIRTIO_STATUS_DRIVER_OK);
	mmio(&b, 1, VIRTIO_MMIO_STATUS, VIRTIO_STATUS_DRIVER_OK);
	c = compare_create(a.a, b.a, 0);
	assert_false(compare_differs(c));
	assert_int_equal(c->counts[ACCOUNT_READY].both, 1);
	compare_free(c);
	c = compare_create(a.a, b.a, 1);
	assert_true(compare_differs(c));
	assert_int_equal(c->counts[ACCOUNT_READY].both, 0);
	compare_free(c);
	account_free(a.a);
	account_free(b.a);
}

static void
text_of_others_is_made_harmless(void **state)
{
	struct teller a = begin();

	(void)state;
	step(&a, 3, "text \x1b[31m");
	assert_string_equal(account_text(a.a, account_at(a.a, 2)),
	    "step 3: text \\x1b[31m");
	account_free(a.a);
}

/* With more edits than are searched for it still comes to an end, in order. */
static void
what_is_too_different_is_paired_by_its_number(void **state)
{
	struct teller a = begin(), b = begin();

	(void)state;
	request(&a, GPU_RESOURCE_UNREF, UINT32_MAX - 1, 24);
	unref(&a, UINT32_MAX - 2);
	for (uint32_t i = 0; i < COMPARE_EDITS_MAX; i++) {
		unref(&a, 2 * i);
		unref(&b, 2 * i + 1);
		if (i % 100 == 0) {
			unref(&a, UINT32_MAX);
			unref(&b, UINT32_MAX);
		}
	}
	/* Too far from the other one to be the same that has changed. */
	request(&b, GPU_RESOURCE_UNREF, UINT32_MAX - 1, 25);
	unref(&b, UINT32_MAX - 2);
	assert_counts(compared(&a, &b, ACCOUNT_REQUEST, 2),
	    COMPARE_EDITS_MAX / 100 + 1, COMPARE_EDITS_MAX + 1,
	    COMPARE_EDITS_MAX + 1, 1, 0);
}

/* Any two: every item has one fate, and the counts add up (and see compared:
   from either side). */
static void
any_two_are_symmetric(void **state)
{
	struct prng { uint64_t x; } r = { 1 };

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct teller t[2] = { begin(), begin() };
		size_t n[2] = { 0, 0 }, first = 0;
		struct compare *c;
		struct compare_counts got;

		for (unsigned side = 0; side < 2; side++)
			for (unsigned i = 0; i < 12; i++) {
				r.x = r.x * UINT64_C(6364136223846793005) + 1;
				if (r.x >> 62 == 0 && side == 1)
					continue;
				request(&t[side], GPU_RESOURCE_UNREF,
				    (uint32_t)(r.x >> 40) % 3, 24 +
				    (uint32_t)(r.x >> 50) % 2);
				n[side]++;
			}
		c = compare_create(t[0].a, t[1].a, 1);
		first = c->first;
		compare_free(c);
		got = compared(&t[0], &t[1], ACCOUNT_REQUEST, first);
		assert_int_equal(got.both + got.alone[0], n[0]);
		assert_int_equal(got.both + got.alone[1], n[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_fences_say_nothing),
		cmocka_unit_test(other_functions_are_not_the_device),
		cmocka_unit_test(values_are_compared),
		cmocka_unit_test(what_one_side_has_is_alone_wherever_it_stands),
		cmocka_unit_test(what_each_side_left_out_shifts_nothing),
		cmocka_unit_test(what_stands_elsewhere_has_moved),
		cmocka_unit_test(moved_across_steps_is_moved),
		cmocka_unit_test(
		    sizes_and_answers_of_the_same_request_have_changed),
		cmocka_unit_test(answers_belong_to_their_request),
		cmocka_unit_test(what_words_do_not_say_is_compared_too),
		cmocka_unit_test(a_reset_forgets_what_was_asked),
		cmocka_unit_test(syncs_are_told_by_map_operation_and_range),
		cmocka_unit_test(other_registers_are_left_out),
		cmocka_unit_test(text_of_others_is_made_harmless),
		cmocka_unit_test(what_is_too_different_is_paired_by_its_number),
		cmocka_unit_test(any_two_are_symmetric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

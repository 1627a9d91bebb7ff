/* test_event.c: events, their encoding, comparison and text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bytes.h"
#include "check.h"
#include "digest.h"
#include "event.h"
#include "event_samples.h"
#include "trace.h"

/*
 * The version of the format, and the SHA-256 of the encodings of all samples.
 * If encoding_changes_only_with_the_version fails, what is stored in traces
 * has changed: put it back; or raise TRACE_VERSION, describe the change in
 * traces/FORMAT.md, and put the new pair here.
 */
#define GOLDEN_VERSION	3u
#define GOLDEN_DIGEST \
	"e4b5aec6a57e639d21c864f85283f40e13326ed667f5b9d7bd2f5e10145993b7"

static void
encode_all(struct bytes *out)
{
	struct event e[SAMPLE_COUNT];

	event_samples(e);
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		assert_int_equal(event_encode(&e[i], out, NULL), 0);
}

static int
decode(const void *p, size_t n, struct event *e, struct event_room *room,
    struct error *err)
{
	struct bytes_reader r = { p, (const uint8_t *)p + n, 0 };
	int ret = event_decode(&r, e, room, err);

	if (ret == 0)
		assert_ptr_equal(r.p, r.end);
	return ret;
}

/* Whoever changes the encoding must change the version: this fails else. */
static void
encoding_changes_only_with_the_version(void **state)
{
	struct bytes out = { 0 };
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct digest d;

	(void)state;
	encode_all(&out);
	digest_init(&d);
	digest_add(&d, out.data, out.len);
	digest_final(&d, hash);
	digest_hex(hash, hex);
	assert_int_equal(TRACE_VERSION, GOLDEN_VERSION);
	assert_string_equal(hex, GOLDEN_DIGEST);
	bytes_free(&out);
}

/* There is a sample of every kind, so that the golden digest covers all. */
static void
every_kind_has_a_sample_and_a_name(void **state)
{
	struct event e[SAMPLE_COUNT];
	unsigned seen = 0;

	(void)state;
	event_samples(e);
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		seen |= 1u << e[i].kind;
	assert_int_equal(seen, (1u << EVENT_KIND_END) - 2);
	for (unsigned k = 1; k < EVENT_KIND_END; k++)
		assert_string_not_equal(event_kind_name(k), "?");
	assert_string_equal(event_kind_name(0), "?");
	assert_string_equal(event_kind_name(EVENT_KIND_END), "?");
}

/* The bytes of one event, as FORMAT.md's example has them. */
static void
a_read_has_the_bytes_of_the_format_document(void **state)
{
	static const uint8_t wanted[] = { 0x08, 0x02, 0x08, 0x05, 0x02, 0x14,
	    0xb4, 0xa4, 0x01 };
	struct event e = { .kind = EVENT_READ, .access = { .bdf = 8,
	    .region = EVENT_REGION_BAR0 + 4, .size = 2, .offset = 0x14,
	    .value = 0x5234 } };
	struct bytes out = { 0 };

	(void)state;
	assert_int_equal(event_encode(&e, &out, NULL), 0);
	assert_int_equal(out.len, sizeof wanted);
	assert_memory_equal(out.data, wanted, sizeof wanted);
	bytes_free(&out);
}

static void
decoding_gives_what_was_encoded(void **state)
{
	struct event e[SAMPLE_COUNT], got;
	struct event_room room = { 0 };
	struct bytes all = { 0 }, again = { 0 };
	struct bytes_reader r;

	(void)state;
	event_samples(e);
	encode_all(&all);
	r = (struct bytes_reader){ all.data, all.data + all.len, 0 };
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		assert_int_equal(event_decode(&r, &got, &room, NULL), 0);
		assert_true(event_equal(&got, &e[i]));
		assert_int_equal(event_encode(&got, &again, NULL), 0);
	}
	assert_ptr_equal(r.p, r.end);
	assert_int_equal(again.len, all.len);
	assert_memory_equal(again.data, all.data, all.len);
	event_room_free(&room);
	bytes_free(&all);
	bytes_free(&again);
}

/* An event cut short anywhere is refused; each in memory of its own size. */
static void
an_event_cut_short_is_refused(void **state)
{
	struct event e[SAMPLE_COUNT], got;
	struct event_room room = { 0 };
	struct bytes out = { 0 };
	struct error err;
	uint8_t *copy;

	(void)state;
	event_samples(e);
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		bytes_clear(&out);
		assert_int_equal(event_encode(&e[i], &out, NULL), 0);
		for (size_t n = 1; n < out.len; n++) {
			copy = malloc(n);
			memcpy(copy, out.data, n);
			assert_int_equal(decode(copy, n, &got, &room, &err),
			    -1);
			assert_int_equal(err.code, ERROR_INPUT);
			check_free(copy);
		}
	}
	event_room_free(&room);
	bytes_free(&out);
}

/* Any byte of any value: an error, or an event that encodes to these bytes. */
static void
a_changed_event_is_refused_or_is_another_event(void **state)
{
	struct event e[SAMPLE_COUNT], got;
	struct event_room room = { 0 };
	struct bytes out = { 0 }, again = { 0 };
	struct bytes_reader r;
	size_t refused = 0, other = 0, used;

	(void)state;
	event_samples(e);
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		bytes_clear(&out);
		assert_int_equal(event_encode(&e[i], &out, NULL), 0);
		for (size_t n = 0; n < out.len * 256; n++) {
			uint8_t was = out.data[n / 256];

			out.data[n / 256] = (uint8_t)n;
			r = (struct bytes_reader){ out.data,
			    out.data + out.len, 0 };
			if (event_decode(&r, &got, &room, NULL) == -1)
				refused++;
			else {
				other++;
				used = (size_t)(r.p - out.data);
				bytes_clear(&again);
				assert_int_equal(event_encode(&got, &again,
				    NULL), 0);
				assert_int_equal(again.len, used);
				assert_memory_equal(again.data, out.data,
				    used);
			}
			out.data[n / 256] = was;
		}
	}
	assert_true(refused > 1000 && other > 1000);
	event_room_free(&room);
	bytes_free(&out);
	bytes_free(&again);
}

static void
what_no_writer_writes_is_refused(void **state)
{
	static const struct { const char *why; size_t n; uint8_t b[12]; } bad[] = {
		{ "length 0", 1, { 0 } },
		{ "kind 0", 2, { 1, 0 } },
		{ "unknown kind", 2, { 1, EVENT_KIND_END } },
		{ "kind 255", 2, { 1, 255 } },
		{ "length not shortest", 4, { 0x82, 0x00, 7, 1 } },
		{ "field not shortest", 4, { 3, 7, 0x81, 0x00 } },
		{ "bytes behind the last field", 4, { 3, 7, 1, 0 } },
		{ "number beyond 64 bits", 12, { 11, 7, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0x02 } },
		{ "region 7", 7, { 6, 2, 8, 7, 1, 0, 0 } },
		{ "size 3", 7, { 6, 2, 8, 0, 3, 0, 0 } },
		{ "value over size", 8, { 7, 2, 8, 0, 1, 0, 0x80, 0x02 } },
		{ "bdf over 16 bits", 9, { 8, 2, 0x80, 0x80, 0x04, 0, 1, 0,
		    0 } },
		{ "NUL in text", 3, { 2, 10, 0 } },
		{ "IRQ of sort 3", 4, { 3, 6, 3, 0 } },
		{ "unknown chain flag", 6, { 5, 4, 0, 4, 0, 0 } },
		{ "unseen, and a length", 7, { 6, 4, 0, 2, 0, 1, 0x02 } },
		{ "unseen, and a byte", 8, { 7, 4, 0, 2, 0, 1, 0x00, 5 } },
		{ "more data than chain", 8, { 7, 4, 0, 0, 0, 1, 0x00, 5 } },
	};
	struct event_room room = { 0 };
	struct error err;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err.code = ERROR_NONE;
		if (decode(bad[i].b, bad[i].n, &e, &room, &err) == 0)
			fail_msg("accepted: %s", bad[i].why);
		assert_int_equal(err.code, ERROR_INPUT);
	}
	/* The same shapes with nothing wrong, so that the test can fail. */
	assert_int_equal(decode("\x02\x07\x01", 3, &e, &room, NULL), 0);
	assert_int_equal(decode("\x06\x02\x08\x08\x01\x00\x7f", 7, &e, &room,
	    NULL), 0);
	assert_int_equal(decode("\x07\x04\0\0\0\x01\x02\x05", 8, &e, &room,
	    NULL), 0);
	event_room_free(&room);
}

/* Each limit: at it all is well, one further it is ERROR_LIMIT. */
static void
limits_are_kept_and_named(void **state)
{
	struct event_descriptor *d;
	struct bytes out = { 0 };
	struct error err;
	struct event e;
	uint8_t *data;

	(void)state;
	data = malloc(EVENT_BYTES_MAX + 1);
	memset(data, 'x', EVENT_BYTES_MAX + 1);
	d = calloc(EVENT_DESCRIPTOR_MAX + 1, sizeof *d);
	e = (struct event){ .kind = EVENT_NOTE, .data = data,
	    .data_len = EVENT_TEXT_MAX };
	assert_int_equal(event_encode(&e, &out, &err), 0);
	bytes_clear(&out);
	e.data_len++;
	assert_int_equal(event_encode(&e, &out, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.text, "65537"));
	e = (struct event){ .kind = EVENT_USED, .data = data,
	    .data_len = EVENT_BYTES_MAX };
	assert_int_equal(event_check(&e, &err), 0);
	e.data_len++;
	assert_int_equal(event_encode(&e, &out, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	e = (struct event){ .kind = EVENT_CHAIN, .chain = { .descriptors = d,
	    .descriptor_count = EVENT_DESCRIPTOR_MAX } };
	assert_int_equal(event_check(&e, &err), 0);
	e.chain.descriptor_count++;
	assert_int_equal(event_encode(&e, &out, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	e = (struct event){ .kind = EVENT_PICTURE, .picture = { .width =
	    EVENT_SIDE_MAX + 1, .height = 1 } };
	assert_int_equal(event_encode(&e, &out, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	e.picture.width = EVENT_SIDE_MAX;
	e.picture.height = EVENT_SIDE_MAX;
	assert_int_equal(event_encode(&e, &out, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_int_equal(out.len, 0);
	bytes_free(&out);
	check_free(d);
	check_free(data);
}

/* Equality and digest see every field: each sample changed in one of them. */
static void
equality_and_digest_see_every_field(void **state)
{
	static const uint8_t other[24] = { 0xff };
	static const struct event_descriptor d[3] = { { 24, 0 }, { 0, 1 },
	    { 0xffffffff, 1 } };
	struct event s[SAMPLE_COUNT], c[19];
	uint8_t hash_s[DIGEST_SIZE], hash_c[DIGEST_SIZE];
	static const uint8_t of[19] = { 0, 0, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4,
	    5, 5, 6, 8, 9, 9 };
	struct digest ds, dc;

	(void)state;
	event_samples(s);
	for (size_t i = 0; i < 19; i++)
		c[i] = s[of[i]];
	c[0].step.index++;
	c[1].data_len--;
	c[2].kind = EVENT_WRITE;
	c[3].access.bdf++;
	c[4].access.region++;
	c[5].access.size = 8;
	c[6].access.offset++;
	c[7].access.value++;
	c[8].chain.queue++;
	c[9].chain.flags = 0;
	c[10].chain.ordinal++;
	c[11].chain.descriptors = d;
	c[12].data = other;
	c[13].used.used_len++;
	c[14].used.ordinal++;
	c[15].irq.how = EVENT_IRQ_LOWER;
	c[16].time_ns++;
	c[17].picture.origin = EVENT_ORIGIN_VIEW;
	c[18].data = other;
	for (size_t i = 0; i < 19; i++) {
		digest_init(&ds);
		digest_init(&dc);
		event_digest(&s[of[i]], &ds);
		event_digest(&c[i], &dc);
		digest_final(&ds, hash_s);
		digest_final(&dc, hash_c);
		assert_true(event_equal(&s[of[i]], &s[of[i]]));
		if (event_equal(&s[of[i]], &c[i]) ||
		    memcmp(hash_s, hash_c, DIGEST_SIZE) == 0)
			fail_msg("change %zu is not seen", i);
	}
}

/* How a picture is packed is no part of what it says. */
static void
packing_of_a_picture_says_nothing(void **state)
{
	struct event s[SAMPLE_COUNT], packed;
	uint8_t a[DIGEST_SIZE], b[DIGEST_SIZE];
	struct digest d;

	(void)state;
	event_samples(s);
	packed = s[9];
	assert_int_equal(packed.kind, EVENT_PICTURE);
	event_picture_hash(&s[9], packed.picture.hash);
	packed.picture.pack = EVENT_PACK_DELTA;
	packed.data = sample_answer;
	packed.data_len = sizeof sample_answer;
	assert_true(event_equal(&s[9], &packed));
	digest_init(&d);
	event_digest(&s[9], &d);
	digest_final(&d, a);
	digest_init(&d);
	event_digest(&packed, &d);
	digest_final(&d, b);
	assert_memory_equal(a, b, DIGEST_SIZE);
	packed.picture.hash[0] ^= 1;
	assert_false(event_equal(&s[9], &packed));
}

static void
events_print_as_one_line(void **state)
{
	static const char *const lines[SAMPLE_COUNT] = {
		"STEP 3 \"draw \\\"a\\\"\\n\"",
		"READ 01:01.0 config+0x100/4 = 0x10501af4",
		"WRITE 00:01.0 bar4+0x20/8 = 0xfedcba9876543210",
		"READ window 2 mmio+0xffffffff/1 = 0xff",
		"CHAIN queue 1 #200 [read 24, read 0, write 4294967295] "
		    "inferred 24 bytes: 00010000 01020304 00000000 00000000 "
		    "00000000 00000000",
		"USED queue 1 #200 len 4 4 bytes: 0011feff",
		"IRQ raise line 35",
		"IRQ MSI-X 1",
		"TIME 1500000000000 ns",
		"PICTURE scanout 0 2x3 from the host, sha256 1ca45404719cf0cf",
		"HOST_END \"killed\"",
		"NOTE \"\\xc3\\xa4\\x01\"",
	};
	struct event e[SAMPLE_COUNT];
	struct bytes out = { 0 };

	(void)state;
	event_samples(e);
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		bytes_clear(&out);
		event_print(&e[i], &out);
		assert_string_equal((const char *)out.data, lines[i]);
	}
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoding_changes_only_with_the_version),
		cmocka_unit_test(every_kind_has_a_sample_and_a_name),
		cmocka_unit_test(a_read_has_the_bytes_of_the_format_document),
		cmocka_unit_test(decoding_gives_what_was_encoded),
		cmocka_unit_test(an_event_cut_short_is_refused),
		cmocka_unit_test(
		    a_changed_event_is_refused_or_is_another_event),
		cmocka_unit_test(what_no_writer_writes_is_refused),
		cmocka_unit_test(limits_are_kept_and_named),
		cmocka_unit_test(equality_and_digest_see_every_field),
		cmocka_unit_test(packing_of_a_picture_says_nothing),
		cmocka_unit_test(events_print_as_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

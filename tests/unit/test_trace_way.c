/*
 * test_trace_way.c: a trace with a way: it comes back as it was written, is of
 * the version that has ways, and is refused where anything of it is wrong; the
 * events of one whose way is lost can be recovered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bytes.h"
#include "check.h"
#include "trace.h"
#include "trace_layout.h"
#include "trace_samples.h"

/*
 * The version of the format, and the SHA-256 of all blocks and the seek table
 * of a trace with a way, with fixed values.  As in test_trace.c: if it changes,
 * put the layout back, or raise TRACE_VERSION.
 */
#define GOLDEN_VERSION	3u
#define GOLDEN_DIGEST \
	"a4acc73109c3ceae12365deb110191e5cb0f9fe0e094984627e53d9358dbcb69"

#define FRAMES	2u

static const struct trace_choice sample_choices[] = { { 0, 1 }, { 7, 254 },
    { 8, 2 }, { 70000, 1 }, { TRACE_WAY_NUMBER_END - 1, 3 } };

static const struct trace_way sample_way = { .finding = "queue-stuck",
    .function = "virtio_pci_kick", .event = 548, .machine = "amd64-qemu",
    .faults = "virtio-lost-kick\nvio-no-mtu\n", .driver = "if_vio-1.72.c",
    .choices = sample_choices, .nchoices = 5 };

static struct trace_header
way_header(const struct trace_way *way)
{
	struct trace_header h = sample_header;

	h.way = way;
	return h;
}

static void
way_trace(const struct trace_way *way, struct bytes *out)
{
	const struct trace_header h = way_header(way);
	struct trace_writer *w = trace_writer_open_memory(&h, NULL);

	assert_non_null(w);
	for (size_t f = 0; f < FRAMES; f++)
		sample_add_frame(w, f * SAMPLE_FRAME_EVENTS,
		    SAMPLE_FRAME_EVENTS);
	assert_int_equal(trace_writer_close_memory(w, sample_run_digest, out,
	    NULL), 0);
}

static struct trace *
open_bytes(const struct bytes *b, enum trace_mode mode, struct error *err)
{
	error_clear(err);
	return trace_open_memory("m", b->data, b->len, mode, err);
}

static void
assert_refused(const struct bytes *b, const char *words)
{
	struct error err;

	assert_null(open_bytes(b, TRACE_STRICT, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static size_t
block_size(const struct bytes *b, size_t at)
{
	return 8 + (size_t)bytes_le(b->data + at + 4, 4);
}

static void
assert_same(const struct trace_way *a, const struct trace_way *b)
{
	assert_string_equal(a->finding, b->finding);
	assert_string_equal(a->function, b->function);
	assert_int_equal(a->event, b->event);
	assert_string_equal(a->machine, b->machine);
	assert_string_equal(a->faults, b->faults);
	assert_string_equal(a->driver, b->driver);
	assert_int_equal(a->nchoices, b->nchoices);
	for (size_t i = 0; i < a->nchoices; i++) {
		assert_int_equal(a->choices[i].number, b->choices[i].number);
		assert_int_equal(a->choices[i].answer, b->choices[i].answer);
	}
}

/* ---- written and read ---- */

static void
layout_changes_only_with_the_version(void **state)
{
	const struct trace_header header = way_header(&sample_way);
	struct layout_frame f = { .number = 1, .event_first = 2,
	    .event_count = 3, .packed_size = 4, .raw_size = 6,
	    .raw_hash = { 7 } };
	struct layout_end end = { 8, 9, 10, { 11 }, { 12 } };
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct bytes out = { 0 };
	struct digest d;

	(void)state;
	assert_int_equal(layout_put_header(&out, &header, hash, NULL), 0);
	assert_int_equal(layout_put_way(&out, TRACE_VERSION_WAY,
	    &sample_way, hash, NULL), 0);
	layout_put_frame(&out, TRACE_VERSION_WAY, &f);
	layout_put_end(&out, TRACE_VERSION_WAY, &end);
	layout_put_seek(&out, 13, 14, &f, 1);
	digest_init(&d);
	digest_add(&d, out.data, out.len);
	digest_final(&d, hash);
	digest_hex(hash, hex);
	assert_int_equal(TRACE_VERSION, GOLDEN_VERSION);
	assert_string_equal(hex, GOLDEN_DIGEST);
	bytes_free(&out);
}

static void
a_way_comes_back_with_its_events(void **state)
{
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	way_trace(&sample_way, &b);
	t = open_bytes(&b, TRACE_STRICT, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(trace_version(t), 2);
	assert_non_null(trace_header(t)->way);
	assert_same(trace_header(t)->way, &sample_way);
	assert_int_equal(sample_compare(t), FRAMES * SAMPLE_FRAME_EVENTS);
	trace_close(t);
	bytes_free(&b);
}

/* What is not given is the empty string; no choice is a way, too. */
static void
a_way_of_nothing_is_a_way(void **state)
{
	static const struct trace_way nothing = { 0 };
	static const struct trace_way empty = { .finding = "", .function = "",
	    .machine = "", .faults = "", .driver = "" };
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	way_trace(&nothing, &b);
	t = open_bytes(&b, TRACE_STRICT, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	assert_same(trace_header(t)->way, &empty);
	trace_close(t);
	bytes_free(&b);
}

/* Who reads version 1 alone goes on reading what has no way. */
static void
a_trace_without_a_way_is_of_version_1(void **state)
{
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	sample_trace(FRAMES, &b);
	assert_int_equal(bytes_le(b.data + 16, 4), 1);
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_int_equal(trace_version(t), 1);
	assert_null(trace_header(t)->way);
	trace_close(t);
	bytes_free(&b);
}

/* Two ways over one recording are two traces, by their hash. */
static void
the_hash_covers_the_way(void **state)
{
	struct trace_choice other[5];
	struct trace_way way = sample_way;
	struct bytes a = { 0 }, b = { 0 };
	struct trace *x, *y;
	struct error err;

	(void)state;
	memcpy(other, sample_choices, sizeof other);
	other[1].answer = 1;
	way.choices = other;
	way_trace(&sample_way, &a);
	way_trace(&way, &b);
	x = open_bytes(&a, TRACE_STRICT, &err);
	y = open_bytes(&b, TRACE_STRICT, &err);
	assert_memory_not_equal(trace_hash(x), trace_hash(y), DIGEST_SIZE);
	trace_close(x);
	trace_close(y);
	bytes_free(&a);
	bytes_free(&b);
}

static void
too_much_is_refused(void **state)
{
	struct trace_choice *many = calloc(TRACE_WAY_TAKEN_MAX + 1,
	    sizeof many[0]);
	char *text = calloc(TRACE_FAULTS_SIZE_MAX + 2, 1);
	struct trace_way way = sample_way;
	struct trace_header h = way_header(&way);
	struct error err;

	(void)state;
	memset(text, 'a', TRACE_FAULTS_SIZE_MAX + 1);
	way.faults = text;
	assert_null(trace_writer_open_memory(&h, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.text, "the way's faults has 4097 bytes"));
	way = sample_way;
	for (uint32_t i = 0; i <= TRACE_WAY_TAKEN_MAX; i++)
		many[i] = (struct trace_choice){ i, 1 };
	way.choices = many;
	way.nchoices = TRACE_WAY_TAKEN_MAX + 1;
	assert_null(trace_writer_open_memory(&h, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	check_free(text);
	check_free(many);
}

/* ---- damage ---- */

static void
every_changed_byte_of_it_is_found(void **state)
{
	struct bytes b = { 0 };
	size_t first, size;

	(void)state;
	way_trace(&sample_way, &b);
	first = block_size(&b, 0);
	size = block_size(&b, first);
	for (size_t i = first; i < first + size; i++) {
		struct error err;
		struct trace *t;

		b.data[i] ^= 0x21;
		assert_null(open_bytes(&b, TRACE_STRICT, &err));
		t = open_bytes(&b, TRACE_RECOVER, &err);
		assert_non_null(t);
		assert_null(trace_header(t)->way);
		assert_int_equal(trace_version(t), 2);
		assert_int_equal(trace_loss_count(t), 1);
		assert_int_equal(sample_compare(t),
		    FRAMES * SAMPLE_FRAME_EVENTS);
		trace_close(t);
		b.data[i] ^= 0x21;
	}
	b.data[first + LAYOUT_HEAD_SIZE] ^= 1;
	assert_refused(&b, "the way has been changed");
	bytes_free(&b);
}

static void
every_truncation_of_it_is_told(void **state)
{
	struct bytes b = { 0 };
	size_t first, size;

	(void)state;
	way_trace(&sample_way, &b);
	first = block_size(&b, 0);
	size = block_size(&b, first);
	for (size_t n = first; n < first + size; n++) {
		struct bytes cut = { b.data, n, n };

		assert_refused(&cut, "ends too early");
	}
	bytes_free(&b);
}

/* Moved: out of the trace, in twice, behind a frame, into version 1. */
static void
a_way_has_one_place(void **state)
{
	struct bytes b = { 0 }, c = { 0 }, plain = { 0 };
	size_t first, size, frame;

	(void)state;
	way_trace(&sample_way, &b);
	sample_trace(FRAMES, &plain);
	first = block_size(&b, 0);
	size = block_size(&b, first);
	frame = LAYOUT_FRAME_SIZE +
	    (size_t)bytes_le(b.data + first + size + 36, 4);

	bytes_add(&c, b.data, first);
	bytes_add(&c, b.data + first + size, b.len - first - size);
	assert_refused(&c, "the way is missing here");
	bytes_clear(&c);
	bytes_add(&c, b.data, first + size);
	bytes_add(&c, b.data + first, b.len - first);
	assert_refused(&c, "a way stands where none belongs");
	bytes_clear(&c);
	bytes_add(&c, b.data, first);
	bytes_add(&c, b.data + first + size, frame);
	bytes_add(&c, b.data + first, size);
	bytes_add(&c, b.data + first + size + frame,
	    b.len - first - size - frame);
	assert_refused(&c, "the way is missing here");
	bytes_clear(&c);
	bytes_add(&c, plain.data, block_size(&plain, 0));
	bytes_add(&c, b.data + first, size);
	bytes_add(&c, plain.data + block_size(&plain, 0),
	    plain.len - block_size(&plain, 0));
	assert_refused(&c, "a block of format version 2");
	bytes_free(&b);
	bytes_free(&c);
	bytes_free(&plain);
}

/* ---- forgeries: sealed as it must be, yet wrong ---- */

#define BUT_CHOICES \
	"\x07" "finding" "\x01" "f" "\x08" "function" "\x00" \
	"\x05" "event" "\x01" "\x05" "\x0c" "machine-name" "\x01" "m" \
	"\x06" "faults" "\x00" "\x06" "driver" "\x00"
#define GOOD	BUT_CHOICES "\x07" "choices" "\x02" "\x03\x01"

/* A block WAY of this body; as layout_get_way() takes it. */
static int
get_way(const void *body, size_t n, struct trace_way *way, struct bytes *text,
    struct bytes *choices)
{
	struct layout_block block = { .tag = LAYOUT_WAY, .version = 2,
	    .body = body, .body_size = n };

	return layout_get_way(&block, way, text, choices);
}

static void
fields_are_there_once_and_right(void **state)
{
	static const struct { const char *body; size_t n; } bad[] = {
#define BODY(text) { text, sizeof (text) - 1 }
		BODY(""), BODY(BUT_CHOICES), BODY(GOOD "\x06" "driver" "\x00"),
		BODY(GOOD "\x05" "later" "\x00"), BODY(GOOD "\x05" "late"),
		BODY(GOOD "\x00\x00"),
		/* No answer; answers 0 and 255; a number too high. */
		BODY(BUT_CHOICES "\x07" "choices" "\x01" "\x03"),
		BODY(BUT_CHOICES "\x07" "choices" "\x02" "\x03\x00"),
		BODY(BUT_CHOICES "\x07" "choices" "\x02" "\x03\xff"),
		BODY(BUT_CHOICES "\x07" "choices" "\x05"
		    "\x80\x80\x80\x08\x01"),
		BODY(BUT_CHOICES "\x07" "choices" "\x07"
		    "\xff\xff\xff\x07\x01\x00\x01"),
		/* A NUL in a text, an event of no or too many bytes. */
		BODY("\x07" "finding" "\x01" "\x00" "\x08" "function" "\x00"
		    "\x05" "event" "\x01" "\x05" "\x0c" "machine-name" "\x00"
		    "\x06" "faults" "\x00" "\x06" "driver" "\x00"
		    "\x07" "choices" "\x00"),
		BODY("\x07" "finding" "\x00" "\x08" "function" "\x00"
		    "\x05" "event" "\x00" "\x0c" "machine-name" "\x00"
		    "\x06" "faults" "\x00" "\x06" "driver" "\x00"
		    "\x07" "choices" "\x00"),
		BODY("\x07" "finding" "\x00" "\x08" "function" "\x00"
		    "\x05" "event" "\x02" "\x05\x05" "\x0c" "machine-name"
		    "\x00" "\x06" "faults" "\x00" "\x06" "driver" "\x00"
		    "\x07" "choices" "\x00"),
	};
	struct bytes text = { 0 }, choices = { 0 };
	struct trace_way way;

	(void)state;
	assert_int_equal(get_way(GOOD, sizeof GOOD - 1, &way, &text,
	    &choices), 0);
	assert_int_equal(way.nchoices, 1);
	assert_int_equal(way.choices[0].number, 3);
	assert_int_equal(way.event, 5);
	assert_string_equal(way.machine, "m");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (get_way(bad[i].body, bad[i].n, &way, &text, &choices) == 0)
			fail_msg("body %zu is taken", i);
	bytes_free(&text);
	bytes_free(&choices);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_changes_only_with_the_version),
		cmocka_unit_test(a_way_comes_back_with_its_events),
		cmocka_unit_test(a_way_of_nothing_is_a_way),
		cmocka_unit_test(a_trace_without_a_way_is_of_version_1),
		cmocka_unit_test(the_hash_covers_the_way),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(every_changed_byte_of_it_is_found),
		cmocka_unit_test(every_truncation_of_it_is_told),
		cmocka_unit_test(a_way_has_one_place),
		cmocka_unit_test(fields_are_there_once_and_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_trace_unseen.c: version 3: a header that says what was not seen, and
 * chains of which nobody saw more than that they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bytes.h"
#include "trace.h"
#include "trace_layout.h"
#include "trace_samples.h"

/* As in test_trace.c: if it changes, put the layout back, or raise
   TRACE_VERSION. */
#define GOLDEN_VERSION	3u
#define GOLDEN_DIGEST \
	"21557990450474b87fecf2f96c3667b76f96f29e1395abed10bd79fdd139f272"

static const struct event_descriptor unseen_list[] = { { 0, 0 }, { 0, 1 } };
static const struct event unseen_chain = { .kind = EVENT_CHAIN,
    .chain = { 1, EVENT_CHAIN_UNSEEN, 5, unseen_list, 2 } };

static struct trace_writer *
writer(const char *unseen, const struct trace_way *way)
{
	struct trace_header h = sample_header;
	struct trace_writer *w;

	h.unseen = unseen;
	h.way = way;
	w = trace_writer_open_memory(&h, NULL);
	assert_non_null(w);
	return w;
}

static void
whole(const char *unseen, const struct trace_way *way, struct bytes *out)
{
	struct trace_writer *w = writer(unseen, way);

	sample_add_frame(w, 0, SAMPLE_FRAME_EVENTS);
	if (unseen != NULL)
		assert_int_equal(trace_writer_add(w, &unseen_chain, NULL), 0);
	assert_int_equal(trace_writer_close_memory(w, sample_run_digest, out,
	    NULL), 0);
}

static struct trace *
open_bytes(const struct bytes *b, struct error *err)
{
	error_clear(err);
	return trace_open_memory("m", b->data, b->len, TRACE_STRICT, err);
}

static void
layout_changes_only_with_the_version(void **state)
{
	struct trace_header h = sample_header;
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct bytes out = { 0 };
	struct digest d;

	(void)state;
	h.unseen = "all";
	assert_int_equal(layout_put_header(&out, &h, hash, NULL), 0);
	assert_int_equal(event_encode(&unseen_chain, &out, NULL), 0);
	digest_init(&d);
	digest_add(&d, out.data, out.len);
	digest_final(&d, hash);
	digest_hex(hash, hex);
	assert_int_equal(TRACE_VERSION_UNSEEN, GOLDEN_VERSION);
	assert_string_equal(hex, GOLDEN_DIGEST);
	bytes_free(&out);
}

static void
what_is_unseen_comes_back(void **state)
{
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;
	struct event e;

	(void)state;
	whole("bytes", NULL, &b);
	t = open_bytes(&b, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(trace_version(t), 3);
	assert_string_equal(trace_header(t)->unseen, "bytes");
	assert_null(trace_header(t)->way);
	assert_int_equal(trace_event_get(t, SAMPLE_FRAME_EVENTS, &e, &err), 0);
	assert_true(event_equal(&e, &unseen_chain));
	trace_close(t);
	bytes_free(&b);
}

/* Who has no such thing writes and reads what there was before. */
static void
without_it_a_trace_is_of_version_1(void **state)
{
	struct bytes b = { 0 }, plain = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	(void)sample_trace(1, &plain);
	whole(NULL, NULL, &b);
	assert_int_equal(b.len, plain.len);
	assert_memory_equal(b.data, plain.data, b.len);
	t = open_bytes(&b, &err);
	assert_int_equal(trace_version(t), 1);
	assert_string_equal(trace_header(t)->unseen, "");
	trace_close(t);
	bytes_free(&plain);
	bytes_free(&b);
}

static void
it_may_have_a_way_too(void **state)
{
	static const struct trace_choice choice = { 3, 1 };
	static const struct trace_way way = { .finding = "queue-stuck",
	    .function = "f", .event = 7, .machine = "contract", .faults = "",
	    .driver = "", .choices = &choice, .nchoices = 1 };
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	whole("bytes", &way, &b);
	t = open_bytes(&b, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(trace_version(t), 3);
	assert_string_equal(trace_header(t)->unseen, "bytes");
	assert_non_null(trace_header(t)->way);
	assert_int_equal(trace_header(t)->way->event, 7);
	trace_close(t);
	bytes_free(&b);
}

/* No trace says less than all and looks as if it said all. */
static void
an_unseen_chain_needs_a_header_that_says_so(void **state)
{
	struct trace_writer *w = writer(NULL, NULL);
	struct error err;

	(void)state;
	error_clear(&err);
	assert_int_equal(trace_writer_add(w, &unseen_chain, &err), -1);
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "unseen"));
	assert_int_equal(trace_writer_event_count(w), 0);
	trace_writer_abort(w);
}

static void
reseal(uint8_t *block)
{
	size_t size = (size_t)bytes_le(block + 4, 4);
	struct digest d;
	uint8_t seal[DIGEST_SIZE];

	digest_init(&d);
	digest_add(&d, block + 8, size - DIGEST_SIZE);
	digest_final(&d, seal);
	memcpy(block + 8 + size - DIGEST_SIZE, seal, DIGEST_SIZE);
}

/* The same bytes, called another version: neither header nor frame is taken. */
static void
another_versions_blocks_are_not_taken(void **state)
{
	struct bytes b = { 0 }, plain = { 0 };
	struct layout_block block;
	struct error err;
	size_t at;

	(void)state;
	whole("bytes", NULL, &b);
	for (at = 0; at < b.len; at += block.size) {
		assert_int_equal(layout_find(b.data + at, b.len - at, &block),
		    LAYOUT_FOUND);
		bytes_le_put(b.data + at + 16, TRACE_VERSION_PLAIN, 4);
		reseal(b.data + at);
		if (block.tag == LAYOUT_END)
			break;
		if (block.tag == LAYOUT_FRAME)
			at += (size_t)bytes_le(block.body + 16, 4);
	}
	assert_null(open_bytes(&b, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	if (strstr(err.text, "unseen chain") == NULL)
		fail_msg("%s", err.text);
	/* And a header of version 3 without the key is none. */
	(void)sample_trace(1, &plain);
	bytes_le_put(plain.data + 16, TRACE_VERSION_UNSEEN, 4);
	reseal(plain.data);
	assert_null(open_bytes(&plain, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "its header is damaged"));
	bytes_free(&plain);
	bytes_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_changes_only_with_the_version),
		cmocka_unit_test(what_is_unseen_comes_back),
		cmocka_unit_test(without_it_a_trace_is_of_version_1),
		cmocka_unit_test(it_may_have_a_way_too),
		cmocka_unit_test(an_unseen_chain_needs_a_header_that_says_so),
		cmocka_unit_test(another_versions_blocks_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

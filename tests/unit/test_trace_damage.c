/*
 * test_trace_damage.c: traces that are cut short, changed or forged: a clear
 * error, or recovery that tells its loss; never a wrong event, never a crash
 * (the last is worth most under ASan and UBSan).
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
#include "trace_pack.h"
#include "trace_samples.h"

#define FRAMES	4u

/* A sample trace and where its parts are, found as FORMAT.md says. */
struct sample {
	struct bytes b;
	size_t count;			/* events */
	size_t at[FRAMES + 2];		/* of each block FRAME, END, table */
};

static int
sample_open(void **state)
{
	struct sample *s = calloc(1, sizeof *s);
	size_t pos;

	s->count = sample_trace(FRAMES, &s->b);
	pos = 8 + (size_t)bytes_le(s->b.data + 4, 4);
	for (size_t i = 0; i < FRAMES; i++) {
		s->at[i] = pos;
		pos += LAYOUT_FRAME_SIZE +
		    (size_t)bytes_le(s->b.data + pos + 36, 4);
	}
	s->at[FRAMES] = pos;
	s->at[FRAMES + 1] = pos + LAYOUT_END_SIZE;
	*state = s;
	return 0;
}

static int
sample_close(void **state)
{
	struct sample *s = *state;

	bytes_free(&s->b);
	check_free(s);
	return 0;
}

static struct trace *
open_bytes(const struct bytes *b, enum trace_mode mode, struct error *err)
{
	err->code = ERROR_NONE;
	return trace_open_memory("m", b->data, b->len, mode, err);
}

/* Strict reading refuses b, and the sentence has these words. */
static void
assert_refused(const struct bytes *b, const char *words)
{
	struct error err;
	struct trace *t = open_bytes(b, TRACE_STRICT, &err);

	assert_null(t);
	assert_int_equal(err.code, ERROR_INPUT);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static struct trace *
recover(const struct bytes *b)
{
	struct error err;
	struct trace *t = open_bytes(b, TRACE_RECOVER, &err);

	if (t == NULL)
		fail_msg("not recovered: %s", err.text);
	return t;
}

static void
assert_loss(const struct trace *t, size_t n, uint64_t frame_first,
    uint64_t frame_count, int open_end)
{
	const struct trace_loss *loss = trace_loss(t, n);

	assert_int_equal(loss->frame_first, frame_first);
	assert_int_equal(loss->frame_count, frame_count);
	assert_int_equal(loss->event_first, frame_first * SAMPLE_FRAME_EVENTS);
	assert_int_equal(loss->event_count, frame_count * SAMPLE_FRAME_EVENTS);
	assert_int_equal(loss->open_end, open_end);
	assert_true(loss->cause[0] != '\0');
}

/* ---- truncation ---- */

/*
 * Every length from nothing to all but one byte: strict reading refuses it;
 * recovery gives exactly the events of the frames that are whole, for a
 * recorder may have been killed there.
 */
static void
every_truncation_recovers_its_whole_frames(void **state)
{
	struct sample *s = *state;
	struct bytes b = s->b;
	struct error err;
	struct trace *t;
	size_t whole;

	for (b.len = 0; b.len < s->b.len; b.len++) {
		for (whole = 0; whole < FRAMES && s->at[whole + 1] <= b.len;)
			whole++;
		assert_null(open_bytes(&b, TRACE_STRICT, &err));
		assert_int_equal(err.code, ERROR_INPUT);
		t = open_bytes(&b, TRACE_RECOVER, &err);
		if (b.len < s->at[0]) {
			assert_null(t);
			assert_int_equal(err.code, ERROR_INPUT);
			continue;
		}
		assert_non_null(t);
		assert_non_null(trace_header(t));
		assert_int_equal(sample_compare(t),
		    whole * SAMPLE_FRAME_EVENTS);
		assert_int_equal(trace_loss_count(t), 1);
		assert_loss(t, 0, whole, 0, b.len < s->at[FRAMES + 1]);
		trace_close(t);
	}
	/* And the whole of it is whole. */
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_int_equal(sample_compare(t), s->count);
	trace_close(t);
}

static void
truncation_is_told_with_what_is_left(void **state)
{
	struct sample *s = *state;
	struct bytes b = s->b;

	b.len = s->at[3] + 50;
	assert_refused(&b, "m: ends too early");
	assert_refused(&b, "'viotape recover' gives events 0 to 131");
	b.len = s->at[1] - 1;
	assert_refused(&b, "the file ends within frame 0");
	assert_refused(&b, "no event can be recovered");
	b.len = 0;
	assert_refused(&b, "empty");
	b.len = 10;
	assert_refused(&b, "nothing can be recovered");
	b.len = s->b.len - 1;
	assert_refused(&b, "within the index");
	assert_refused(&b, "gives events 0 to 175 of 176");
}

/* ---- damage ---- */

/* What both modes must do with any changed trace; strict ones that opened. */
static int
check_changed(const struct sample *s)
{
	struct error err;
	struct trace *t;
	long got;
	int opened = 0;

	t = open_bytes(&s->b, TRACE_STRICT, &err);
	if (t != NULL) {
		opened = 1;
		assert_int_equal(sample_compare(t), s->count);
		assert_int_equal(trace_verify(t, NULL), 0);
		assert_string_equal(trace_header(t)->scenario_text,
		    sample_header.scenario_text);
		assert_memory_equal(trace_run_digest(t), sample_run_digest,
		    DIGEST_SIZE);
	} else {
		assert_int_equal(err.code, ERROR_INPUT);
		assert_true(strlen(err.text) > 20);
	}
	trace_close(t);
	t = open_bytes(&s->b, TRACE_RECOVER, &err);
	assert_non_null(t);
	got = sample_compare(t);
	/* One change costs one frame at most. */
	assert_in_range(got, s->count - SAMPLE_FRAME_EVENTS, s->count);
	assert_int_equal(trace_loss_count(t) == 0, opened);
	trace_close(t);
	return opened;
}

/* Whether a byte belongs to one of the zstd frames of events. */
static int
in_zstd_frame(const struct sample *s, size_t pos)
{
	for (size_t i = 0; i < FRAMES; i++)
		if (pos >= s->at[i] + LAYOUT_FRAME_SIZE && pos < s->at[i + 1])
			return 1;
	return 0;
}

/*
 * Every byte of the file changed, in one bit (another one from byte to byte)
 * and in all.  What is hashed of zstd's frames is their content; there, and
 * only there, a few bits may be without meaning.
 */
static void
every_changed_byte_is_found_or_means_nothing(void **state)
{
	struct sample *s = *state;
	size_t without_meaning = 0;

	for (size_t i = 0; i < s->b.len * 2; i++) {
		uint8_t flip = i % 2 ? 0xff : (uint8_t)(1u << i / 2 % 8);

		s->b.data[i / 2] ^= flip;
		if (check_changed(s)) {
			assert_true(in_zstd_frame(s, i / 2));
			without_meaning++;
		}
		s->b.data[i / 2] ^= flip;
	}
	assert_in_range(without_meaning, 0, s->b.len / 100);
	assert_int_equal(check_changed(s), 1);
}

/* Every byte removed, each in its turn: what follows is found again. */
static void
every_removed_byte_costs_one_frame_at_most(void **state)
{
	struct sample *s = *state;
	struct sample cut = *s;

	cut.b.data = malloc(s->b.len);
	cut.b.len = s->b.len - 1;
	for (size_t i = 0; i < s->b.len; i++) {
		memcpy(cut.b.data, s->b.data, i);
		memcpy(cut.b.data + i, s->b.data + i + 1, s->b.len - i - 1);
		assert_int_equal(check_changed(&cut), 0);
	}
	check_free(cut.b.data);
}

static void
frames_on_both_sides_of_damage_are_recovered(void **state)
{
	struct sample *s = *state;
	struct trace *t;

	s->b.data[s->at[2] - 3] ^= 0x10;
	assert_refused(&s->b, "frame 1");
	assert_refused(&s->b, "132 events between 0 and 175 of 176");
	t = recover(&s->b);
	assert_int_equal(sample_compare(t), 3 * SAMPLE_FRAME_EVENTS);
	assert_int_equal(trace_event_number(t, 43), 43);
	assert_int_equal(trace_event_number(t, 44), 88);
	assert_int_equal(trace_loss_count(t), 1);
	assert_loss(t, 0, 1, 1, 0);
	assert_int_equal(trace_loss(t, 0)->byte_first, s->at[1]);
	assert_int_equal(trace_loss(t, 0)->byte_count, s->at[2] - s->at[1]);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		assert_int_equal(trace_hash(t)[i], 0);
	assert_memory_equal(trace_run_digest(t), sample_run_digest,
	    DIGEST_SIZE);
	trace_close(t);
}

/* Removes bytes first to end - 1. */
static void
cut_out(struct bytes *b, size_t first, size_t end)
{
	memmove(b->data + first, b->data + end, b->len - end);
	b->len -= end - first;
}

static void
a_missing_frame_is_noticed_though_all_others_are_whole(void **state)
{
	struct sample *s = *state;
	struct trace *t;

	cut_out(&s->b, s->at[1], s->at[3]);
	assert_refused(&s->b, "frames are missing");
	t = recover(&s->b);
	assert_int_equal(sample_compare(t), 2 * SAMPLE_FRAME_EVENTS);
	assert_int_equal(trace_loss_count(t), 1);
	assert_loss(t, 0, 1, 2, 0);
	trace_close(t);
}

static void
a_missing_last_frame_is_noticed_by_the_end(void **state)
{
	struct sample *s = *state;
	struct trace *t;

	cut_out(&s->b, s->at[3], s->at[4]);
	t = recover(&s->b);
	assert_int_equal(trace_loss_count(t), 1);
	assert_loss(t, 0, 3, 1, 0);
	trace_close(t);
}

static void
a_frame_that_comes_twice_is_used_once(void **state)
{
	struct sample *s = *state;
	struct bytes b = { 0 };
	struct trace *t;

	bytes_add(&b, s->b.data, s->at[2]);
	bytes_add(&b, s->b.data + s->at[1], s->b.len - s->at[1]);
	assert_refused(&b, "frame 1 (from event 44) stands where frame 2");
	t = recover(&b);
	assert_int_equal(sample_compare(t), s->count);
	assert_int_equal(trace_loss_count(t), 1);
	assert_loss(t, 0, 2, 0, 0);
	trace_close(t);
	bytes_free(&b);
}

static void
without_its_header_the_events_are_still_there(void **state)
{
	struct sample *s = *state;
	struct trace *t;

	s->b.data[30] ^= 1;
	assert_refused(&s->b, "the header has been changed");
	t = recover(&s->b);
	assert_null(trace_header(t));
	assert_int_equal(sample_compare(t), s->count);
	assert_int_equal(trace_loss_count(t), 1);
	trace_close(t);
	cut_out(&s->b, 0, s->at[0]);
	assert_refused(&s->b, "the header is missing");
	t = recover(&s->b);
	assert_null(trace_header(t));
	assert_int_equal(sample_compare(t), s->count);
	trace_close(t);
}

static void
bytes_behind_the_end_are_noticed(void **state)
{
	struct sample *s = *state;
	struct trace *t;

	bytes_add(&s->b, "more", 4);
	assert_refused(&s->b, "4 bytes follow the trace's end");
	t = recover(&s->b);
	assert_int_equal(sample_compare(t), s->count);
	assert_int_equal(trace_loss_count(t), 1);
	assert_int_equal(trace_loss(t, 0)->byte_count, 4);
	trace_close(t);
}

static void
what_is_no_trace_is_called_so(void **state)
{
	struct bytes b = { 0 };
	struct error err;

	(void)state;
	bytes_printf(&b, "%s", "\x7f" "ELF and so on, a file of another sort");
	assert_refused(&b, "not a viotape trace");
	assert_null(open_bytes(&b, TRACE_RECOVER, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	bytes_free(&b);
}

/* ---- forgeries: everything is sealed as it must be, yet wrong ---- */

/* Sets the seal of a block that was changed. */
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

static void
another_version_is_refused_by_its_number(void **state)
{
	struct sample *s = *state;
	struct error err;

	bytes_le_put(s->b.data + 16, TRACE_VERSION + 1, 4);
	reseal(s->b.data);
	assert_refused(&s->b, "format version 4, and this viotape reads "
	    "versions 1 to 3");
	assert_null(open_bytes(&s->b, TRACE_RECOVER, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "version 4"));
}

/* A trace of one frame, of count events as given by their bytes. */
static void
forge(struct bytes *out, const void *raw, size_t raw_size, uint32_t count)
{
	struct layout_frame f = { .event_count = count };
	struct layout_end end = { .frame_count = 1, .event_count = count };
	struct bytes packed = { 0 };
	struct digest hash, d;
	uint8_t seal[DIGEST_SIZE];
	size_t header_size;

	bytes_clear(out);
	digest_init(&hash);
	CHECK(layout_put_header(out, &sample_header, seal, NULL) == 0);
	digest_add(&hash, seal, DIGEST_SIZE);
	header_size = out->len;
	trace_pack_events(raw, raw_size, &packed);
	f.packed_size = (uint32_t)packed.len;
	f.raw_size = (uint32_t)raw_size;
	digest_init(&d);
	digest_add(&d, raw, raw_size);
	digest_final(&d, f.raw_hash);
	layout_put_frame(out, TRACE_VERSION_PLAIN, &f);
	bytes_add(out, packed.data, packed.len);
	digest_add(&hash, f.seal, DIGEST_SIZE);
	digest_final(&hash, end.hash);
	end.raw_size = raw_size;
	layout_put_end(out, TRACE_VERSION_PLAIN, &end);
	layout_put_seek(out, header_size, 0, &f, 1);
	bytes_free(&packed);
}

static void
a_frame_of_wrong_events_is_damaged(void **state)
{
	static const uint8_t time_5[] = { 2, EVENT_TIME, 5, 2, EVENT_TIME, 6 };
	static const uint8_t unknown[] = { 2, EVENT_KIND_END, 5 };
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	forge(&b, time_5, 6, 2);
	t = open_bytes(&b, TRACE_STRICT, &err);	/* forge makes good ones */
	assert_non_null(t);
	trace_close(t);
	forge(&b, unknown, 3, 1);
	assert_refused(&b, "kind 11, 1 to 10 are known");
	forge(&b, time_5, 6, 1);
	assert_refused(&b, "bytes behind its 1 events");
	forge(&b, time_5, 6, 3);
	assert_refused(&b, "event 2 of it");
	forge(&b, time_5, 6, 4);
	assert_refused(&b, "numbers over their limits");
	forge(&b, time_5, 5, 2);
	assert_refused(&b, "event 1 of it");
	bytes_free(&b);
}

/* One picture of 2x3 as a frame's only event, packed in some way. */
static void
forge_picture(struct bytes *out, uint8_t pack, uint8_t hash_flip)
{
	struct event e[SAMPLE_COUNT], p;
	struct bytes raw = { 0 }, packed = { 0 };

	event_samples(e);
	p = e[9];
	event_picture_hash(&e[9], p.picture.hash);
	p.picture.hash[0] ^= hash_flip;
	p.picture.pack = pack;
	if (pack != EVENT_PACK_NONE) {
		trace_pack_pixels(e[9].data, e[9].data_len,
		    pack == EVENT_PACK_DELTA ? e[9].data : NULL, &packed);
		p.data = packed.data;
		p.data_len = packed.len;
	}
	CHECK(event_encode(&p, &raw, NULL) == 0);
	forge(out, raw.data, raw.len, 1);
	bytes_free(&raw);
	bytes_free(&packed);
}

static void
a_picture_that_is_wrong_inside_is_found_when_it_is_looked_at(void **state)
{
	struct bytes b = { 0 };
	struct error err;
	struct event e;
	struct trace *t;

	(void)state;
	forge_picture(&b, EVENT_PACK_KEY, 0);
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_non_null(t);
	assert_int_equal(trace_verify(t, &err), 0);
	trace_close(t);
	forge_picture(&b, EVENT_PACK_KEY, 1);
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_non_null(t);
	assert_int_equal(trace_verify(t, &err), -1);
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "event 0: the picture's pixels"));
	assert_int_equal(trace_event_get(t, 0, &e, &err), -1);
	assert_int_equal(trace_event_get(t, 0, &e, &err), -1);
	trace_close(t);
	forge_picture(&b, EVENT_PACK_DELTA, 0);
	assert_refused(&b, "packed as 2, where 1 belongs");
	forge_picture(&b, EVENT_PACK_NONE, 0);
	assert_refused(&b, "packed as 0, where 1 belongs");
	bytes_free(&b);
}

/* A trace whose header's body is given; without frames. */
static void
forge_header(struct bytes *out, const void *body, size_t n)
{
	uint8_t seal[DIGEST_SIZE], block[256];
	struct layout_end end = { 0 };
	struct digest d;

	bytes_clear(out);
	CHECK(layout_put_header(out, &sample_header, seal, NULL) == 0);
	memcpy(block, out->data, LAYOUT_HEAD_SIZE);
	memcpy(block + LAYOUT_HEAD_SIZE, body, n);
	bytes_le_put(block + 4, LAYOUT_BLOCK_SIZE_MIN - 8 + n, 4);
	reseal(block);
	bytes_clear(out);
	bytes_add(out, block, LAYOUT_BLOCK_SIZE_MIN + n);
	digest_init(&d);
	digest_add(&d, block + LAYOUT_HEAD_SIZE + n, DIGEST_SIZE);
	digest_final(&d, end.hash);
	layout_put_end(out, TRACE_VERSION_PLAIN, &end);
	layout_put_seek(out, LAYOUT_BLOCK_SIZE_MIN + n, 0, NULL, 0);
}

#define HEADER_BUT_MACHINE \
	"\x07" "creator" "\x00" "\x06" "device" "\x01" "d" "\x04" "host" \
	"\x00" "\x0c" "host-version" "\x00" "\x08" "scenario" "\x00" "\x0d" \
	"scenario-text" "\x00" "\x0d" "driver-digest" "\x20" \
	"0123456789abcdef0123456789abcdef"

static void
header_fields_are_there_once_and_unknown_ones_are_ignored(void **state)
{
	static const char good[] = HEADER_BUT_MACHINE "\x07" "machine" "\x00";
	static const char later[] = "\x05" "later" "\x03" "any"
	    HEADER_BUT_MACHINE "\x07" "machine" "\x00";
	static const char twice[] = HEADER_BUT_MACHINE "\x07" "machine" "\x00"
	    "\x07" "machine" "\x00";
	static const char less[] = HEADER_BUT_MACHINE;
	static const char over[] = HEADER_BUT_MACHINE "\x07" "machine" "\x05";
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	forge_header(&b, good, sizeof good - 1);
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_non_null(t);
	assert_string_equal(trace_header(t)->device, "d");
	trace_close(t);
	forge_header(&b, later, sizeof later - 1);
	t = open_bytes(&b, TRACE_STRICT, &err);
	assert_non_null(t);
	trace_close(t);
	forge_header(&b, twice, sizeof twice - 1);
	assert_refused(&b, "header is damaged");
	forge_header(&b, less, sizeof less - 1);
	assert_refused(&b, "header is damaged");
	forge_header(&b, over, sizeof over - 1);
	assert_refused(&b, "header is damaged");
	bytes_free(&b);
}

/* A frame of another trace in place of ours: only the end's hash knows. */
static void
a_frame_of_another_trace_is_found_by_the_hash_of_all(void **state)
{
	struct sample *s = *state;
	struct bytes b = { 0 };
	struct trace_writer *w;
	size_t size;

	w = trace_writer_open_memory(&sample_header, NULL);
	sample_add_frame(w, SAMPLE_FRAME_EVENTS, SAMPLE_FRAME_EVENTS);
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	/* Its first frame has the events of our second, and is our first. */
	size = LAYOUT_FRAME_SIZE + (size_t)bytes_le(b.data + s->at[0] + 36, 4);
	b.len = s->at[0] + size;
	bytes_add(&b, s->b.data + s->at[1], s->b.len - s->at[1]);
	assert_refused(&b, "has not the counts or the hash");
	bytes_free(&b);
}

/* Each number of END, changed and sealed anew, is found to be wrong. */
static void
an_end_that_counts_otherwise_is_found(void **state)
{
	static const struct { size_t at; const char *words; } field[] = {
		{ 0, "frames are missing" },
		{ 4, "has not the counts or the hash" },
		{ 12, "has not the counts or the hash" },
		{ 20, "has not the counts or the hash" },
	};
	struct sample *s = *state;
	uint8_t *end = s->b.data + s->at[FRAMES];

	for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
		uint8_t *p = end + LAYOUT_HEAD_SIZE + field[i].at;

		(*p)++;
		if (field[i].at == 0)	/* more frames have more events */
			p[4]++;
		reseal(end);
		assert_refused(&s->b, field[i].words);
		if (field[i].at == 0)
			p[4]--;
		(*p)--;
		p = end + LAYOUT_HEAD_SIZE;
		(*p)--;
		reseal(end);
		assert_refused(&s->b, "counts fewer frames or events");
		(*p)++;
	}
	reseal(end);
	assert_int_equal(check_changed(s), 1);
}

#define ON_SAMPLE(f) \
	cmocka_unit_test_setup_teardown(f, sample_open, sample_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SAMPLE(every_truncation_recovers_its_whole_frames),
		ON_SAMPLE(truncation_is_told_with_what_is_left),
		ON_SAMPLE(every_changed_byte_is_found_or_means_nothing),
		ON_SAMPLE(every_removed_byte_costs_one_frame_at_most),
		ON_SAMPLE(frames_on_both_sides_of_damage_are_recovered),
		ON_SAMPLE(
		    a_missing_frame_is_noticed_though_all_others_are_whole),
		ON_SAMPLE(a_missing_last_frame_is_noticed_by_the_end),
		ON_SAMPLE(a_frame_that_comes_twice_is_used_once),
		ON_SAMPLE(without_its_header_the_events_are_still_there),
		ON_SAMPLE(bytes_behind_the_end_are_noticed),
		cmocka_unit_test(what_is_no_trace_is_called_so),
		ON_SAMPLE(another_version_is_refused_by_its_number),
		cmocka_unit_test(a_frame_of_wrong_events_is_damaged),
		cmocka_unit_test(
	    a_picture_that_is_wrong_inside_is_found_when_it_is_looked_at),
		cmocka_unit_test(
		    header_fields_are_there_once_and_unknown_ones_are_ignored),
		ON_SAMPLE(
		    a_frame_of_another_trace_is_found_by_the_hash_of_all),
		ON_SAMPLE(an_end_that_counts_otherwise_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

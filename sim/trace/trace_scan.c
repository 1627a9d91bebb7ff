/*
 * trace_scan.c: one walk over a trace from its first byte to its last.
 *
 * What follows the place where one thought a block would be is searched for
 * the next block whose seal is right; block FRAME carries numbers and hash of
 * its zstd frame, so that a frame is accepted for what it is itself, whatever
 * lies around it.
 */
#include "trace_scan.h"
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
trace_scan_free(struct trace_scan *s)
{
	bytes_free(&s->header_text);
	bytes_free(&s->way_text);
	bytes_free(&s->way_choices);
	check_free(s->frames);
	check_free(s->losses);
	trace_frame_free(&s->frame);
}

/* ---- losses ---- */

/* From pos on something is wrong; only the first cause of a stretch counts. */
static void
scan_bad(struct trace_scan *s, size_t pos, const char *fmt, ...)
    ERROR_PRINTF(3, 4);

static void
scan_bad(struct trace_scan *s, size_t pos, const char *fmt, ...)
{
	va_list ap;

	if (s->bad)
		return;
	s->bad = 1;
	s->bad_first = pos;
	va_start(ap, fmt);
	vsnprintf(s->bad_cause, sizeof s->bad_cause, fmt, ap);
	va_end(ap);
}

/*
 * At pos something is right again, and frame and event are the numbers that
 * come next there: notes what is missing up to here.
 */
static void
scan_good(struct trace_scan *s, size_t pos, uint32_t frame, uint64_t event,
    int open_end)
{
	struct trace_loss *loss;

	if (frame != s->frame_next)
		scan_bad(s, pos, "frames are missing here");
	if (s->bad) {
		if (s->loss_count == s->loss_cap) {
			s->loss_cap = s->loss_cap != 0 ? 2 * s->loss_cap : 4;
			s->losses = check_realloc(s->losses,
			    s->loss_cap * sizeof s->losses[0]);
		}
		loss = &s->losses[s->loss_count++];
		memset(loss, 0, sizeof *loss);
		loss->byte_first = s->bad_first;
		loss->byte_count = pos - s->bad_first;
		loss->frame_first = s->frame_next;
		loss->frame_count = frame - s->frame_next;
		loss->event_first = s->event_next;
		loss->event_count = event - s->event_next;
		loss->open_end = open_end;
		memcpy(loss->cause, s->bad_cause, sizeof loss->cause);
	}
	s->bad = 0;
	s->frame_next = frame;
	s->event_next = event;
}

/* ---- blocks ---- */

/* The header; returns the bytes to go on, or 0. */
static size_t
scan_header(struct trace_scan *s, size_t pos, const struct layout_block *b)
{
	if (pos != 0) {
		scan_bad(s, pos, "another trace's header begins here");
		return b->size;
	}
	if (layout_get_header(b, &s->header, &s->header_text) == -1) {
		scan_bad(s, pos, "the header lacks a field, or one is wrong");
		return b->size;
	}
	s->has_header = 1;
	s->header_size = b->size;
	digest_add(&s->seals, b->seal, DIGEST_SIZE);
	return b->size;
}

/* The way, right behind the header. */
static size_t
scan_way(struct trace_scan *s, size_t pos, const struct layout_block *b)
{
	if (b->version == TRACE_VERSION_PLAIN)
		scan_bad(s, pos, "a way in a trace of version %" PRIu32,
		    b->version);
	else if (s->way_size != 0 || pos != s->header_size)
		scan_bad(s, pos, "a way stands where none belongs");
	else if (layout_get_way(b, &s->way, &s->way_text,
	    &s->way_choices) == -1)
		scan_bad(s, pos, "the way lacks a field, or one is wrong");
	else {
		s->way_size = b->size;
		s->header.way = &s->way;
		digest_add(&s->seals, b->seal, DIGEST_SIZE);
	}
	return b->size;
}

/* At pos something else comes: a trace that should have a way had it? */
static void
scan_way_missing(struct trace_scan *s, size_t pos)
{
	if (s->version == TRACE_VERSION_WAY && s->way_size == 0 &&
	    s->frame_next == 0)
		scan_bad(s, pos, "the way is missing here");
}

static void
scan_keep_frame(struct trace_scan *s, const struct layout_frame *info)
{
	struct trace_scan_frame *f;

	if (s->frame_count == s->frame_cap) {
		s->frame_cap = s->frame_cap != 0 ? 2 * s->frame_cap : 16;
		s->frames = check_realloc(s->frames,
		    s->frame_cap * sizeof s->frames[0]);
	}
	f = &s->frames[s->frame_count++];
	f->info = *info;
	f->first = (size_t)s->stat.event_count;
	s->stat.frame_count++;
	s->stat.event_count += info->event_count;
	s->stat.raw_size += info->raw_size;
	s->stat.packed_size += info->packed_size;
	s->stat.pixels_size += s->frame.pixels_size;
	for (unsigned k = 0; k < EVENT_KIND_END; k++)
		s->stat.kind_count[k] += s->frame.kind_count[k];
}

/* Whether a frame's numbers can follow those of the frames before it. */
static int
frame_follows(const struct trace_scan *s, const struct layout_frame *f)
{
	if (f->number < s->frame_next || f->event_first < s->event_next)
		return 0;
	if (f->number == s->frame_next)
		return f->event_first == s->event_next;
	/* Each of the missing frames had an event. */
	return f->event_first - s->event_next >= f->number - s->frame_next;
}

static size_t
scan_frame(struct trace_scan *s, size_t pos, const struct layout_block *b)
{
	struct layout_frame f;
	struct error err = { 0 };

	if (layout_get_frame(b, &f) == -1) {
		scan_bad(s, pos, "a frame is announced with numbers over their "
		    "limits");
		return b->size;
	}
	f.offset = pos + b->size;
	if (f.packed_size > s->len - f.offset) {
		scan_bad(s, pos, "the file ends within frame %" PRIu32,
		    f.number);
		return b->size;
	}
	if (!frame_follows(s, &f)) {
		scan_bad(s, pos, "frame %" PRIu32 " (from event %" PRIu64
		    ") stands where frame %" PRIu32 " (from event %" PRIu64
		    ") belongs", f.number, f.event_first, s->frame_next,
		    s->event_next);
		return b->size;
	}
	if (trace_frame_load(&s->frame, &f, s->data + f.offset, &err) == -1) {
		scan_bad(s, pos, "frame %" PRIu32 ": %.128s", f.number,
		    err.text);
		return b->size;
	}
	if (s->frame.unseen_count != 0 && b->version < TRACE_VERSION_UNSEEN) {
		scan_bad(s, pos, "frame %" PRIu32 " has an unseen chain, in a "
		    "trace of version %" PRIu32, f.number, b->version);
		return b->size;
	}
	scan_way_missing(s, pos);
	scan_good(s, pos, f.number, f.event_first, 0);
	scan_keep_frame(s, &f);
	digest_add(&s->seals, f.seal, DIGEST_SIZE);
	s->frame_next = f.number + 1;
	s->event_next = f.event_first + f.event_count;
	return b->size + f.packed_size;
}

/* Behind END: the seek table, and nothing else. */
static void
scan_seek(struct trace_scan *s, size_t pos)
{
	size_t n = s->len - pos;
	struct layout_frame *frames;
	struct bytes table = { 0 };

	if (s->loss_count != 0)
		return;		/* it lists what is lost, and is not needed */
	frames = check_calloc(s->frame_count + 1, sizeof frames[0]);
	for (size_t i = 0; i < s->frame_count; i++)
		frames[i] = s->frames[i].info;
	layout_put_seek(&table, s->header_size, s->way_size, frames,
	    s->frame_count);
	if (n > table.len &&
	    memcmp(table.data, s->data + pos, table.len) == 0)
		scan_bad(s, pos + table.len, "%zu bytes follow the trace's end",
		    n - table.len);
	else if (n < table.len && memcmp(table.data, s->data + pos, n) == 0)
		scan_bad(s, pos, "the file ends within the index");
	else if (n != table.len ||
	    memcmp(table.data, s->data + pos, n) != 0)
		scan_bad(s, pos, "the index does not list the frames there "
		    "are");
	check_free(frames);
	bytes_free(&table);
}

static size_t
scan_end(struct trace_scan *s, size_t pos, const struct layout_block *b)
{
	struct layout_end end;
	size_t ends = pos + b->size;

	if (layout_get_end(b, &end) == -1 || end.frame_count < s->frame_next ||
	    end.event_count < s->event_next ||
	    end.event_count - s->event_next < end.frame_count - s->frame_next) {
		scan_bad(s, pos, "the trace's end counts fewer frames or "
		    "events than there are");
		return b->size;
	}
	s->has_end = 1;
	s->end = end;
	scan_way_missing(s, pos);
	scan_good(s, pos, end.frame_count, end.event_count, 0);
	digest_final(&s->seals, s->hash);
	if (s->loss_count != 0)
		memset(s->hash, 0, sizeof s->hash);
	else if (end.event_count != s->stat.event_count ||
	    end.raw_size != s->stat.raw_size ||
	    memcmp(s->hash, end.hash, sizeof s->hash) != 0)
		scan_bad(s, pos, "the trace's end has not the counts or the "
		    "hash of its frames");
	scan_seek(s, ends);
	return s->len - pos;
}

/* ---- the walk ---- */

/* What begins at pos, by its place, when it cannot be read. */
static const char *
part_name(const struct trace_scan *s, size_t pos)
{
	return pos == 0 ? "header" : s->version == TRACE_VERSION_WAY &&
	    pos == s->header_size ? "way" : "description of a frame or the "
	    "end";
}

/* Whether a block's version is one that is read, and that of the others. */
static int
scan_version(struct trace_scan *s, size_t pos, uint32_t version)
{
	if (version < TRACE_VERSION_PLAIN || version > TRACE_VERSION ||
	    (s->version != 0 && version != s->version)) {
		scan_bad(s, pos, "a block of format version %" PRIu32,
		    version);
		return 0;
	}
	s->version = version;
	return 1;
}

/* What begins at pos; the bytes to go on, at least 1. */
static size_t
scan_step(struct trace_scan *s, size_t pos)
{
	struct layout_block b;

	switch (layout_find(s->data + pos, s->len - pos, &b)) {
	case LAYOUT_FOUND:
		if (!scan_version(s, pos, b.version))
			return b.size;
		if (b.tag == LAYOUT_HEADER)
			return scan_header(s, pos, &b);
		else if (b.tag == LAYOUT_WAY)
			return scan_way(s, pos, &b);
		else if (b.tag == LAYOUT_FRAME)
			return scan_frame(s, pos, &b);
		else
			return scan_end(s, pos, &b);
	case LAYOUT_FOUND_PART:
		scan_bad(s, pos, "the file ends within the %s",
		    part_name(s, pos));
		break;
	case LAYOUT_FOUND_DAMAGED:
		scan_bad(s, pos, "the %s has been changed", part_name(s, pos));
		break;
	case LAYOUT_FOUND_NONE:
		scan_bad(s, pos, "neither a frame nor the end begins here");
		break;
	}
	return 1 + layout_search(s->data + pos + 1, s->len - pos - 1);
}

/* A sentence for what begins with none of our blocks, or another version's. */
static int
scan_check_start(const struct trace_scan *s, struct error *err)
{
	struct layout_block b;

	if (s->len == 0)
		return error_set(err, ERROR_INPUT,
		    "it is empty, which no trace is");
	if (layout_find(s->data, s->len, &b) == LAYOUT_FOUND &&
	    (b.version < TRACE_VERSION_PLAIN || b.version > TRACE_VERSION))
		return error_set(err, ERROR_INPUT,
		    "it is a trace of format version %" PRIu32 ", and this "
		    "viotape reads versions %u to %u; use the viotape that "
		    "wrote it, or record anew", b.version, TRACE_VERSION_PLAIN,
		    TRACE_VERSION);
	return 0;
}

int
trace_scan_run(struct trace_scan *s, const uint8_t *data, size_t len,
    struct error *err)
{
	struct layout_block b;
	size_t pos = 0;

	memset(s, 0, sizeof *s);
	s->data = data;
	s->len = len;
	s->stat.file_size = len;
	digest_init(&s->seals);
	if (scan_check_start(s, err) == -1)
		return -1;
	if (layout_find(data, len, &b) == LAYOUT_FOUND &&
	    b.tag != LAYOUT_HEADER)
		scan_bad(s, 0, "the header is missing");
	while (pos < len)
		pos += scan_step(s, pos);
	CHECK(pos == len);
	if (!s->has_end)
		scan_bad(s, len, "the trace's end is missing");
	scan_good(s, len, s->frame_next, s->event_next, !s->has_end);
	if (!s->has_header && s->frame_count == 0)
		return error_set(err, ERROR_INPUT, "%s",
		    layout_begins(data, len) ?
		    "its header is damaged or cut short, and it has no whole "
		    "frame: nothing can be recovered" :
		    "it is not a viotape trace: it does not begin as one, and "
		    "no frame of one is in it");
	if (s->loss_count != 0)
		memset(s->hash, 0, sizeof s->hash);
	return 0;
}

/* trace_reader.c: a trace opened for reading, event by event. */
#include "trace.h"
#include "check.h"
#include "trace_frame.h"
#include "trace_pack.h"
#include "trace_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NONE	SIZE_MAX

struct trace {
	uint8_t *data;			/* the file */
	size_t len;
	struct trace_scan scan;

	size_t at;			/* the frame in frame; or NONE */
	struct trace_frame frame;
	struct bytes key_pixels[LAYOUT_KEY_COUNT_MAX]; /* of frame's keys, as
					   far as they are unpacked */
	struct bytes pixels;		/* of the last delta */
};

/* ---- opening ---- */

/* What recovery would give, for the sentence that refuses the trace. */
static void
describe_rest(const struct trace_scan *s, struct bytes *out)
{
	const struct trace_scan_frame *last;
	uint64_t count = s->stat.event_count;

	if (count == 0) {
		bytes_printf(out, "no event can be recovered");
		return;
	}
	last = &s->frames[s->frame_count - 1];
	bytes_printf(out, "'viotape recover' gives ");
	if (last->info.event_first + last->info.event_count == count)
		bytes_printf(out, "events 0 to %" PRIu64, count - 1);
	else
		bytes_printf(out, "%" PRIu64 " events between 0 and %" PRIu64,
		    count, last->info.event_first + last->info.event_count -
		    1);
	if (s->has_end)
		bytes_printf(out, " of %" PRIu64, s->end.event_count);
}

/* Why a strict reader refuses the trace. */
static int
refuse(const struct trace_scan *s, const char *name, struct error *err)
{
	const struct trace_loss *loss = &s->losses[0];
	struct bytes rest = { 0 };

	describe_rest(s, &rest);
	if (s->loss_count == 1 && loss->open_end)
		error_set(err, ERROR_INPUT,
		    "%s: ends too early, at byte %zu, its frames are whole up "
		    "to byte %" PRIu64 " (%s); %s", name, s->len,
		    loss->byte_first, loss->cause, (const char *)rest.data);
	else
		error_set(err, ERROR_INPUT,
		    "%s: is damaged in bytes %" PRIu64 " to %" PRIu64 " (%s); "
		    "%s", name, loss->byte_first,
		    loss->byte_first + loss->byte_count, loss->cause,
		    (const char *)rest.data);
	bytes_free(&rest);
	return -1;
}

/* Takes over data. */
static struct trace *
trace_open_data(const char *name, uint8_t *data, size_t len,
    enum trace_mode mode, struct error *err)
{
	struct trace *t = check_calloc(1, sizeof *t);
	int ret;

	t->data = data;
	t->len = len;
	t->at = NONE;
	ret = trace_scan_run(&t->scan, data, len, err);
	if (ret == -1)
		error_prefix(err, "%s", name);
	else if (mode == TRACE_STRICT && t->scan.loss_count != 0)
		ret = refuse(&t->scan, name, err);
	if (ret == 0)
		return t;
	trace_close(t);
	return NULL;
}

/* Reads size bytes, or fewer if the file has become shorter. */
static int
read_all(int fd, const char *path, uint8_t *data, size_t size, size_t *len,
    struct error *err)
{
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, data + *len, size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_set(err, ERROR_SYSTEM,
			    "cannot read %s: %s", path, strerror(errno));
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return 0;
}

/* Why open(2) failed; a recording that did not end is worth a word. */
static int
open_fail(const char *path, int error, struct error *err)
{
	struct bytes part = { 0 };
	int has_part;

	bytes_printf(&part, "%s%s", path, TRACE_PART_SUFFIX);
	has_part = error == ENOENT && access((const char *)part.data,
	    R_OK) == 0;
	error_set(err, ERROR_SYSTEM, "cannot open %s: %s%s%s%s", path,
	    strerror(error), has_part ? "; " : "",
	    has_part ? (const char *)part.data : "", has_part ?
	    " is there, of a recording that did not end: 'viotape recover' "
	    "reads it" : "");
	bytes_free(&part);
	return -1;
}

static int
load_file(const char *path, uint8_t **data, size_t *len, struct error *err)
{
	struct stat st;
	int fd, ret = -1;

	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return open_fail(path, errno, err);
	*data = NULL;
	if (fstat(fd, &st) == -1)
		error_set(err, ERROR_SYSTEM, "cannot read %s: %s", path,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode))
		error_set(err, ERROR_INPUT,
		    "%s is not a regular file, which a trace is", path);
	else if ((uint64_t)st.st_size > TRACE_FILE_SIZE_MAX)
		error_set(err, ERROR_LIMIT,
		    "%s has %" PRIu64 " bytes, a trace has at most %" PRIu64,
		    path, (uint64_t)st.st_size, TRACE_FILE_SIZE_MAX);
	else {
		*data = check_malloc((size_t)st.st_size + 1);
		ret = read_all(fd, path, *data, (size_t)st.st_size, len, err);
	}
	close(fd);
	if (ret == -1)
		check_free(*data);
	return ret;
}

struct trace *
trace_open(const char *path, enum trace_mode mode, struct error *err)
{
	uint8_t *data;
	size_t len;

	if (load_file(path, &data, &len, err) == -1)
		return NULL;
	return trace_open_data(path, data, len, mode, err);
}

struct trace *
trace_open_memory(const char *name, const void *data, size_t len,
    enum trace_mode mode, struct error *err)
{
	uint8_t *copy;

	if (len > TRACE_FILE_SIZE_MAX) {
		error_set(err, ERROR_LIMIT,
		    "%s has %zu bytes, a trace has at most %" PRIu64, name,
		    len, TRACE_FILE_SIZE_MAX);
		return NULL;
	}
	copy = check_malloc(len + 1);
	if (len != 0)
		memcpy(copy, data, len);
	return trace_open_data(name, copy, len, mode, err);
}

static void
keys_free(struct trace *t)
{
	for (size_t i = 0; i < LAYOUT_KEY_COUNT_MAX; i++)
		bytes_free(&t->key_pixels[i]);
}

void
trace_close(struct trace *t)
{
	if (t == NULL)
		return;
	trace_scan_free(&t->scan);
	trace_frame_free(&t->frame);
	keys_free(t);
	bytes_free(&t->pixels);
	check_free(t->data);
	check_free(t);
}

/* ---- what is known at once ---- */

const struct trace_header *
trace_header(const struct trace *t)
{
	return t->scan.has_header ? &t->scan.header : NULL;
}

unsigned
trace_version(const struct trace *t)
{
	return t->scan.version;
}

size_t
trace_event_count(const struct trace *t)
{
	return (size_t)t->scan.stat.event_count;
}

void
trace_stat(const struct trace *t, struct trace_stat *s)
{
	*s = t->scan.stat;
}

const uint8_t *
trace_run_digest(const struct trace *t)
{
	return t->scan.end.run_digest;
}

const uint8_t *
trace_hash(const struct trace *t)
{
	return t->scan.hash;
}

size_t
trace_loss_count(const struct trace *t)
{
	return t->scan.loss_count;
}

const struct trace_loss *
trace_loss(const struct trace *t, size_t n)
{
	CHECK(n < t->scan.loss_count);
	return &t->scan.losses[n];
}

/* ---- events ---- */

/* The frame that has event n. */
static size_t
frame_of_event(const struct trace *t, size_t n)
{
	size_t low = 0, high = t->scan.frame_count, middle;

	CHECK(n < trace_event_count(t));
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (t->scan.frames[middle].first <= n)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t
trace_event_number(const struct trace *t, size_t n)
{
	const struct trace_scan_frame *f;

	f = &t->scan.frames[frame_of_event(t, n)];
	return f->info.event_first + (n - f->first);
}

/* Unpacks a picture against a key's pixels, if not NULL; checks its hash. */
static int
picture_unpack(const struct event *e, const uint8_t *key, struct bytes *out,
    struct error *err)
{
	size_t size = (size_t)e->picture.width * e->picture.height * 4;
	uint8_t hash[DIGEST_SIZE];
	const char *wrong;
	struct digest d;

	wrong = trace_unpack(e->data, e->data_len, size, key, out);
	if (wrong != NULL)
		return error_set(err, ERROR_INPUT,
		    "the picture cannot be unpacked: %s", wrong);
	digest_init(&d);
	digest_add(&d, out->data, out->len);
	digest_final(&d, hash);
	if (memcmp(hash, e->picture.hash, DIGEST_SIZE) != 0)
		return error_set(err, ERROR_INPUT,
		    "the picture's pixels have not the hash that was "
		    "recorded");
	return 0;
}

/* The pixels of a key of the present frame; or NULL. */
static const struct bytes *
key_get(struct trace *t, size_t key, struct error *err)
{
	struct bytes *pixels = &t->key_pixels[key];
	struct event e;

	CHECK(key < t->frame.key_count);
	if (pixels->len != 0)
		return pixels;
	trace_frame_event(&t->frame, t->frame.keys[key], &e);
	if (picture_unpack(&e, NULL, pixels, err) == 0)
		return pixels;
	bytes_free(pixels);
	return NULL;
}

static int
picture_get(struct trace *t, struct event *e, struct error *err)
{
	size_t key = trace_frame_key(&t->frame, e);
	const struct bytes *pixels = key_get(t, key, err);

	if (pixels == NULL)
		return -1;
	if (e->picture.pack == EVENT_PACK_DELTA) {
		if (picture_unpack(e, pixels->data, &t->pixels, err) == -1)
			return -1;
		pixels = &t->pixels;
	}
	e->data = pixels->data;
	e->data_len = pixels->len;
	e->picture.pack = EVENT_PACK_NONE;
	return 0;
}

/* Event n as it is in its frame: a picture is still packed. */
static const struct trace_scan_frame *
event_load(struct trace *t, size_t n, struct event *e)
{
	size_t at = frame_of_event(t, n);
	const struct trace_scan_frame *f = &t->scan.frames[at];

	if (t->at != at) {
		/* The scan has accepted it from the same bytes. */
		CHECK(trace_frame_load(&t->frame, &f->info,
		    t->data + f->info.offset, NULL) == 0);
		t->at = at;
		keys_free(t);
	}
	trace_frame_event(&t->frame, (uint32_t)(n - f->first), e);
	return f;
}

int
trace_event_get(struct trace *t, size_t n, struct event *e, struct error *err)
{
	const struct trace_scan_frame *f = event_load(t, n, e);

	if (e->kind == EVENT_PICTURE && picture_get(t, e, err) == -1)
		return error_prefix(err, "event %" PRIu64,
		    f->info.event_first + (n - f->first));
	return 0;
}

void
trace_event_get_packed(struct trace *t, size_t n, struct event *e)
{
	(void)event_load(t, n, e);
}

int
trace_verify(struct trace *t, struct error *err)
{
	struct event e;

	if (t->scan.stat.kind_count[EVENT_PICTURE] == 0)
		return 0;
	for (size_t n = 0; n < trace_event_count(t); n++)
		if (trace_event_get(t, n, &e, err) == -1)
			return -1;
	return 0;
}

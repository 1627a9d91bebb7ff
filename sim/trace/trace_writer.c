/*
 * trace_writer.c: events into a file or into memory, frame by frame.
 *
 * Every write(2) carries whole blocks and frames, so that whatever stops the
 * process leaves at most one of them cut short, at the file's end.
 */
#include "trace.h"
#include "check.h"
#include "host.h"
#include "trace_layout.h"
#include "trace_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct key {
	uint32_t scanout, width, height;
	struct bytes pixels;
};

struct trace_writer {
	char *path;			/* NULL: in memory */
	char *part_path;
	int fd;
	int failed;			/* after a failed write */
	struct bytes memory;		/* all of the trace, if in memory */
	uint64_t size;			/* bytes written */
	uint32_t version;
	uint64_t header_size, way_size;	/* way_size 0: there is no way */
	struct digest hash;		/* over the seals */

	struct bytes raw;		/* events of the present frame */
	uint32_t raw_count;
	struct key keys[LAYOUT_KEY_COUNT_MAX];
	size_t key_count, key_size;
	size_t key_packed_size;		/* bytes of raw that are keys */

	struct layout_frame *frames;
	size_t frame_count, frame_cap;
	uint64_t event_count;		/* in frames and raw */
	uint64_t raw_size;		/* in frames */
};

/* ---- output ---- */

static int
disk_is_full(int error)
{
	return error == ENOSPC || error == EFBIG || error == EDQUOT;
}

/* A write failed: decides what stays of the file, and says it. */
static int
writer_fail(struct trace_writer *w, int error, struct error *err)
{
	int keep = !disk_is_full(error) && w->frame_count != 0;

	w->failed = 1;
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	if (keep)
		return error_set(err, ERROR_SYSTEM,
		    "cannot write %s: %s; its first %zu whole frames stay "
		    "there and can be had by 'viotape recover'", w->part_path,
		    strerror(error), w->frame_count);
	unlink(w->part_path);
	return error_set(err, ERROR_SYSTEM,
	    "cannot write %s: %s; it has been removed, nothing is recorded",
	    w->part_path, strerror(error));
}

static int
writer_put(struct trace_writer *w, const struct bytes *b, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	if (w->path == NULL) {
		bytes_add(&w->memory, b->data, b->len);
		w->size += b->len;
		return 0;
	}
	while (done < b->len) {
		n = write(w->fd, b->data + done, b->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return writer_fail(w, n == 0 ? ENOSPC : errno, err);
		done += (size_t)n;
	}
	w->size += b->len;
	return 0;
}

static int
writer_failed(const struct trace_writer *w, struct error *err)
{
	if (!w->failed)
		return 0;
	return error_set(err, ERROR_SYSTEM,
	    "%s is not written any more, because an earlier write failed",
	    w->part_path);
}

/* ---- life ---- */

static void
keys_clear(struct trace_writer *w)
{
	for (size_t i = 0; i < w->key_count; i++)
		bytes_free(&w->keys[i].pixels);
	w->key_count = 0;
	w->key_size = 0;
	w->key_packed_size = 0;
}

static void
writer_free(struct trace_writer *w)
{
	if (w->fd != -1)
		close(w->fd);
	keys_clear(w);
	bytes_free(&w->raw);
	bytes_free(&w->memory);
	check_free(w->frames);
	check_free(w->path);
	check_free(w->part_path);
	check_free(w);
}

static struct trace_writer *
writer_new(void)
{
	struct trace_writer *w = check_calloc(1, sizeof *w);

	w->fd = -1;
	digest_init(&w->hash);
	return w;
}

/* Into block: the header, and the way where there is one. */
static int
writer_head(struct trace_writer *w, const struct trace_header *header,
    struct bytes *block, struct error *err)
{
	uint8_t seal[DIGEST_SIZE];

	w->version = layout_version(header);
	if (layout_put_header(block, header, seal, err) != 0)
		return -1;
	digest_add(&w->hash, seal, DIGEST_SIZE);
	w->header_size = block->len;
	if (header->way == NULL)
		return 0;
	if (layout_put_way(block, w->version, header->way, seal, err) != 0)
		return -1;
	digest_add(&w->hash, seal, DIGEST_SIZE);
	w->way_size = block->len - w->header_size;
	return 0;
}

static int
writer_create(struct trace_writer *w, const char *path, struct error *err)
{
	size_t size = strlen(path) + sizeof TRACE_PART_SUFFIX;

	/* Told now and not at the rename, when all has been recorded. */
	if (host_is_directory(path))
		return error_set(err, ERROR_INPUT, "%s is a directory; a trace "
		    "is a file: give its name, too", path);
	w->path = check_strdup(path);
	w->part_path = check_malloc(size);
	snprintf(w->part_path, size, "%s%s", path, TRACE_PART_SUFFIX);
	w->fd = open(w->part_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0666);
	if (w->fd != -1)
		return 0;
	if (errno == EEXIST)
		return error_set(err, ERROR_INPUT,
		    "%s is there already: another recording writes it, or one "
		    "was stopped; save it with 'viotape recover', or remove "
		    "it, then record again", w->part_path);
	return error_set(err, ERROR_SYSTEM, "cannot create %s: %s",
	    w->part_path, strerror(errno));
}

static struct trace_writer *
writer_open(const char *path, const struct trace_header *header,
    struct error *err)
{
	struct trace_writer *w = writer_new();
	struct bytes block = { 0 };
	int ret;

	ret = writer_head(w, header, &block, err);
	if (ret == 0 && path != NULL)
		ret = writer_create(w, path, err);
	if (ret == 0)
		ret = writer_put(w, &block, err);
	bytes_free(&block);
	if (ret == 0)
		return w;
	writer_free(w);
	return NULL;
}

struct trace_writer *
trace_writer_open(const char *path, const struct trace_header *header,
    struct error *err)
{
	CHECK(path != NULL);
	return writer_open(path, header, err);
}

struct trace_writer *
trace_writer_open_memory(const struct trace_header *header, struct error *err)
{
	return writer_open(NULL, header, err);
}

void
trace_writer_abort(struct trace_writer *w)
{
	if (w == NULL)
		return;
	if (w->fd != -1)
		unlink(w->part_path);
	writer_free(w);
}

uint64_t
trace_writer_event_count(const struct trace_writer *w)
{
	return w->event_count;
}

/* ---- frames ---- */

static void
frame_remember(struct trace_writer *w, const struct layout_frame *f)
{
	if (w->frame_count == w->frame_cap) {
		w->frame_cap = w->frame_cap != 0 ? 2 * w->frame_cap : 16;
		w->frames = check_realloc(w->frames,
		    w->frame_cap * sizeof w->frames[0]);
	}
	w->frames[w->frame_count++] = *f;
}

int
trace_writer_flush(struct trace_writer *w, struct error *err)
{
	struct layout_frame f = { 0 };
	struct bytes out = { 0 }, packed = { 0 };
	struct digest d;
	int ret;

	if (writer_failed(w, err) == -1)
		return -1;
	if (w->raw_count == 0)
		return 0;
	trace_pack_events(w->raw.data, w->raw.len, &packed);
	f.number = (uint32_t)w->frame_count;
	f.event_first = w->event_count - w->raw_count;
	f.event_count = w->raw_count;
	f.packed_size = (uint32_t)packed.len;
	f.raw_size = (uint32_t)w->raw.len;
	digest_init(&d);
	digest_add(&d, w->raw.data, w->raw.len);
	digest_final(&d, f.raw_hash);
	layout_put_frame(&out, w->version, &f);
	bytes_add(&out, packed.data, packed.len);
	ret = writer_put(w, &out, err);
	if (ret == 0) {
		frame_remember(w, &f);
		digest_add(&w->hash, f.seal, DIGEST_SIZE);
		w->raw_size += w->raw.len;
		bytes_clear(&w->raw);
		w->raw_count = 0;
		keys_clear(w);
	}
	bytes_free(&packed);
	bytes_free(&out);
	return ret;
}

/* ---- events ---- */

/* Whether the frame as it is would still leave room for the end. */
static int
writer_check_limits(const struct trace_writer *w, struct error *err)
{
	uint64_t size = w->size + LAYOUT_FRAME_SIZE +
	    trace_pack_bound(w->raw.len) +
	    layout_tail_size(w->way_size != 0, w->frame_count + 1);

	if (w->event_count == TRACE_EVENT_MAX)
		return error_set(err, ERROR_LIMIT,
		    "the trace has %" PRIu64 " events, and may have no more",
		    TRACE_EVENT_MAX);
	if (w->frame_count == TRACE_FRAME_MAX)
		return error_set(err, ERROR_LIMIT,
		    "the trace has %" PRIu32 " frames, and may have no more",
		    TRACE_FRAME_MAX);
	if (size > TRACE_FILE_SIZE_MAX)
		return error_set(err, ERROR_LIMIT,
		    "the trace has %" PRIu64 " bytes, and may have at most %"
		    PRIu64, w->size, TRACE_FILE_SIZE_MAX);
	return 0;
}

static struct key *
key_find(struct trace_writer *w, const struct event_picture *p)
{
	for (size_t i = 0; i < w->key_count; i++)
		if (w->keys[i].scanout == p->scanout &&
		    w->keys[i].width == p->width &&
		    w->keys[i].height == p->height)
			return &w->keys[i];
	return NULL;
}

static void
key_add(struct trace_writer *w, const struct event *e)
{
	struct key *k = &w->keys[w->key_count++];

	CHECK(w->key_count <= LAYOUT_KEY_COUNT_MAX);
	k->scanout = e->picture.scanout;
	k->width = e->picture.width;
	k->height = e->picture.height;
	memset(&k->pixels, 0, sizeof k->pixels);
	bytes_add(&k->pixels, e->data, e->data_len);
	w->key_size += e->data_len;
}

/* Encodes an event that is ready for it into the frame. */
static int
frame_add(struct trace_writer *w, const struct event *e, struct error *err)
{
	size_t before = w->raw.len;

	if (event_encode(e, &w->raw, err) == -1)
		return -1;
	if (writer_check_limits(w, err) == -1) {
		w->raw.len = before;
		return -1;
	}
	w->raw_count++;
	w->event_count++;
	return 0;
}

/* A picture: as key if it is the frame's first of its sort, else as delta. */
static int
frame_add_picture(struct trace_writer *w, const struct event *e,
    struct error *err)
{
	struct key *key = key_find(w, &e->picture);
	struct event packed = *e;
	struct bytes data = { 0 };
	int ret;

	if (key == NULL && w->raw_count != 0 &&
	    (w->key_count == LAYOUT_KEY_COUNT_MAX ||
	    w->key_size + e->data_len > LAYOUT_KEY_SIZE_MAX)) {
		if (trace_writer_flush(w, err) == -1)
			return -1;
	}
	event_picture_hash(e, packed.picture.hash);
	trace_pack_pixels(e->data, e->data_len,
	    key != NULL ? key->pixels.data : NULL, &data);
	packed.picture.pack = key != NULL ? EVENT_PACK_DELTA : EVENT_PACK_KEY;
	packed.data = data.data;
	packed.data_len = data.len;
	ret = frame_add(w, &packed, err);
	if (ret == 0 && key == NULL) {
		key_add(w, e);
		w->key_packed_size += data.len;
	}
	bytes_free(&data);
	return ret;
}

/*
 * A frame is full by its other bytes: a large key picture is there for the
 * deltas that follow, and they must come into its frame.
 */
static int
frame_is_full(const struct trace_writer *w)
{
	return w->raw.len - w->key_packed_size >= TRACE_FRAME_SIZE_AIM ||
	    w->raw.len >= TRACE_FRAME_SIZE_FULL;
}

int
trace_writer_add(struct trace_writer *w, const struct event *e,
    struct error *err)
{
	int ret;

	if (writer_failed(w, err) == -1 || event_check(e, err) == -1)
		return -1;
	if (e->kind == EVENT_CHAIN && w->version < TRACE_VERSION_UNSEEN &&
	    (e->chain.flags & EVENT_CHAIN_UNSEEN) != 0)
		return error_set(err, ERROR_INPUT, "CHAIN is unseen, in a trace "
		    "whose header says nothing of it");
	if (e->kind == EVENT_PICTURE) {
		if (e->picture.pack != EVENT_PACK_NONE)
			return error_set(err, ERROR_INPUT,
			    "PICTURE is packed, a writer takes pixels");
		ret = frame_add_picture(w, e, err);
	} else
		ret = frame_add(w, e, err);
	if (ret == 0 && frame_is_full(w))
		ret = trace_writer_flush(w, err);
	return ret;
}

/* ---- end ---- */

/* Last frame, END, seek table. */
static int
writer_end(struct trace_writer *w, const uint8_t *run_digest,
    struct error *err)
{
	struct layout_end end = { 0 };
	struct bytes out = { 0 };
	int ret;

	if (trace_writer_flush(w, err) == -1)
		return -1;
	end.frame_count = (uint32_t)w->frame_count;
	end.event_count = w->event_count;
	end.raw_size = w->raw_size;
	digest_final(&w->hash, end.hash);
	if (run_digest != NULL)
		memcpy(end.run_digest, run_digest, DIGEST_SIZE);
	layout_put_end(&out, w->version, &end);
	layout_put_seek(&out, w->header_size, w->way_size, w->frames,
	    w->frame_count);
	CHECK(out.len == layout_tail_size(w->way_size != 0, w->frame_count));
	ret = writer_put(w, &out, err);
	bytes_free(&out);
	return ret;
}

static int
writer_rename(struct trace_writer *w, struct error *err)
{
	int fd = w->fd;

	w->fd = -1;
	if (close(fd) == -1)
		return writer_fail(w, errno, err);
	if (rename(w->part_path, w->path) == -1)
		return error_set(err, ERROR_SYSTEM,
		    "cannot rename %s to %s: %s; the trace is whole under its "
		    "first name", w->part_path, w->path, strerror(errno));
	return 0;
}

int
trace_writer_close(struct trace_writer *w,
    const uint8_t run_digest[DIGEST_SIZE], struct error *err)
{
	int ret;

	CHECK(w->path != NULL);
	ret = writer_end(w, run_digest, err);
	if (ret == 0)
		ret = writer_rename(w, err);
	writer_free(w);
	return ret;
}

int
trace_writer_close_memory(struct trace_writer *w,
    const uint8_t run_digest[DIGEST_SIZE], struct bytes *out,
    struct error *err)
{
	int ret;

	CHECK(w->path == NULL);
	ret = writer_end(w, run_digest, err);
	if (ret == 0)
		bytes_add(out, w->memory.data, w->memory.len);
	writer_free(w);
	return ret;
}

/* trace_frame.c: a data frame from its bytes, with everything checked. */
#include "trace_frame.h"
#include "check.h"
#include "trace_pack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
trace_frame_free(struct trace_frame *f)
{
	bytes_free(&f->raw);
	check_free(f->offsets);
	event_room_free(&f->room);
	memset(f, 0, sizeof *f);
}

/* Empties f, with room for so many events. */
static void
frame_reset(struct trace_frame *f, uint32_t count)
{
	bytes_clear(&f->raw);
	f->count = 0;
	f->key_count = 0;
	f->key_size = 0;
	f->pixels_size = 0;
	f->unseen_count = 0;
	memset(f->kind_count, 0, sizeof f->kind_count);
	if (f->cap < count) {
		f->cap = count;
		f->offsets = check_realloc(f->offsets,
		    f->cap * sizeof f->offsets[0]);
	}
}

static int
frame_unpack(struct trace_frame *f, const struct layout_frame *info,
    const uint8_t *packed, struct error *err)
{
	uint8_t hash[DIGEST_SIZE];
	const char *wrong;
	struct digest d;

	wrong = trace_unpack(packed, info->packed_size, info->raw_size, NULL,
	    &f->raw);
	if (wrong != NULL)
		return error_set(err, ERROR_INPUT, "%s", wrong);
	digest_init(&d);
	digest_add(&d, f->raw.data, f->raw.len);
	digest_final(&d, hash);
	if (memcmp(hash, info->raw_hash, DIGEST_SIZE) != 0)
		return error_set(err, ERROR_INPUT,
		    "its events have not the hash that was recorded");
	return 0;
}

static int
picture_same_sort(const struct event_picture *a, const struct event_picture *b)
{
	return a->scanout == b->scanout && a->width == b->width &&
	    a->height == b->height;
}

size_t
trace_frame_key(struct trace_frame *f, const struct event *e)
{
	struct event key;
	size_t i;

	for (i = 0; i < f->key_count; i++) {
		trace_frame_event(f, f->keys[i], &key);
		if (picture_same_sort(&key.picture, &e->picture))
			break;
	}
	return i;
}

/* Event n is a picture: the first of its sort must be a key, no other may. */
static int
frame_add_picture(struct trace_frame *f, const struct event *e, uint32_t n,
    struct error *err)
{
	uint64_t size = (uint64_t)e->picture.width * e->picture.height * 4;
	uint8_t wanted = EVENT_PACK_DELTA;

	if (trace_frame_key(f, e) == f->key_count)
		wanted = EVENT_PACK_KEY;
	if (e->picture.pack != wanted)
		return error_set(err, ERROR_INPUT,
		    "event %" PRIu32 " of it is a picture packed as %u, where "
		    "%u belongs", n, e->picture.pack, wanted);
	f->pixels_size += size;
	if (wanted == EVENT_PACK_DELTA)
		return 0;
	f->key_size += size;
	if (f->key_count == LAYOUT_KEY_COUNT_MAX ||
	    f->key_size > LAYOUT_KEY_SIZE_MAX)
		return error_set(err, ERROR_INPUT,
		    "it has more key pictures than %u, or than %u bytes",
		    LAYOUT_KEY_COUNT_MAX, LAYOUT_KEY_SIZE_MAX);
	f->keys[f->key_count++] = n;
	return 0;
}

static int
frame_decode(struct trace_frame *f, uint32_t count, struct error *err)
{
	struct bytes_reader r = { f->raw.data, f->raw.data + f->raw.len, 0 };
	struct event e;

	for (uint32_t n = 0; n < count; n++) {
		f->offsets[n] = (uint32_t)(r.p - f->raw.data);
		if (event_decode(&r, &e, &f->room, err) == -1)
			return error_prefix(err, "event %" PRIu32 " of it",
			    n);
		f->count = n + 1;
		f->kind_count[e.kind]++;
		f->unseen_count += e.kind == EVENT_CHAIN &&
		    (e.chain.flags & EVENT_CHAIN_UNSEEN) != 0;
		if (e.kind == EVENT_PICTURE &&
		    frame_add_picture(f, &e, n, err) == -1)
			return -1;
	}
	if (r.p != r.end)
		return error_set(err, ERROR_INPUT,
		    "it has bytes behind its %" PRIu32 " events", count);
	return 0;
}

int
trace_frame_load(struct trace_frame *f, const struct layout_frame *info,
    const uint8_t *packed, struct error *err)
{
	frame_reset(f, info->event_count);
	if (frame_unpack(f, info, packed, err) == 0 &&
	    frame_decode(f, info->event_count, err) == 0)
		return 0;
	frame_reset(f, 0);
	return -1;
}

void
trace_frame_event(struct trace_frame *f, uint32_t n, struct event *e)
{
	struct bytes_reader r;

	CHECK(n < f->count);
	r.p = f->raw.data + f->offsets[n];
	r.end = f->raw.data + f->raw.len;
	r.bad = 0;
	CHECK(event_decode(&r, e, &f->room, NULL) == 0);
}

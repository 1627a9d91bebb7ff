/*
 * event.c: the encoding of events.  An event is
 *
 *	length	LEB128	bytes that follow
 *	kind	1 byte
 *	fields	by kind, numbers as LEB128 unless they are one byte
 *	data	the rest
 *
 * and LEB128 is always the shortest there is, so that an event has exactly
 * one encoding.  The tables are in traces/FORMAT.md.
 */
#include "event.h"
#include "check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[EVENT_KIND_END] = {
	[EVENT_STEP] = "STEP",
	[EVENT_READ] = "READ",
	[EVENT_WRITE] = "WRITE",
	[EVENT_CHAIN] = "CHAIN",
	[EVENT_USED] = "USED",
	[EVENT_IRQ] = "IRQ",
	[EVENT_TIME] = "TIME",
	[EVENT_PICTURE] = "PICTURE",
	[EVENT_HOST_END] = "HOST_END",
	[EVENT_NOTE] = "NOTE",
};

void
event_room_free(struct event_room *room)
{
	check_free(room->descriptors);
	room->descriptors = NULL;
	room->descriptor_cap = 0;
}

const char *
event_kind_name(unsigned kind)
{
	if (kind >= EVENT_KIND_END || kind_names[kind] == NULL)
		return "?";
	return kind_names[kind];
}

/* ---- checking ---- */

static int
check_text(const struct event *e, struct error *err)
{
	if (e->data_len > EVENT_TEXT_MAX)
		return error_set(err, ERROR_LIMIT,
		    "%s has a text of %zu bytes, at most %u are allowed",
		    event_kind_name(e->kind), e->data_len, EVENT_TEXT_MAX);
	if (e->data_len != 0 && memchr(e->data, 0, e->data_len) != NULL)
		return error_set(err, ERROR_INPUT,
		    "%s has a NUL in its text", event_kind_name(e->kind));
	return 0;
}

static int
check_bytes(const struct event *e, struct error *err)
{
	if (e->data_len > EVENT_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "%s has %zu bytes, at most %u are allowed",
		    event_kind_name(e->kind), e->data_len, EVENT_BYTES_MAX);
	return 0;
}

static int
check_no_data(const struct event *e, struct error *err)
{
	if (e->data_len != 0)
		return error_set(err, ERROR_INPUT,
		    "%s has %zu bytes of data, it has none by its kind",
		    event_kind_name(e->kind), e->data_len);
	return 0;
}

static int
check_access(const struct event *e, struct error *err)
{
	const struct event_access *a = &e->access;

	if (a->region > EVENT_REGION_BAR5 && a->region != EVENT_REGION_MMIO)
		return error_set(err, ERROR_INPUT,
		    "%s of region %u, which is none (0 to 6 and 8 are)",
		    event_kind_name(e->kind), a->region);
	if (a->size != 1 && a->size != 2 && a->size != 4 && a->size != 8)
		return error_set(err, ERROR_INPUT,
		    "%s of %u bytes, registers have 1, 2, 4 or 8",
		    event_kind_name(e->kind), a->size);
	if (a->size < 8 && a->value >> (8 * a->size) != 0)
		return error_set(err, ERROR_INPUT,
		    "%s of %u bytes with the value 0x%" PRIx64
		    ", which does not fit", event_kind_name(e->kind), a->size,
		    a->value);
	return check_no_data(e, err);
}

static int
check_chain(const struct event *e, struct error *err)
{
	const struct event_chain *c = &e->chain;
	uint64_t readable = 0;

	if (c->descriptor_count > EVENT_DESCRIPTOR_MAX)
		return error_set(err, ERROR_LIMIT,
		    "CHAIN has %" PRIu32 " descriptors, at most %u are allowed",
		    c->descriptor_count, EVENT_DESCRIPTOR_MAX);
	if ((c->flags & ~EVENT_CHAIN_FLAGS) != 0)
		return error_set(err, ERROR_INPUT,
		    "CHAIN has flags 0x%02x, of which 0x%02x are known",
		    c->flags, EVENT_CHAIN_FLAGS);
	for (uint32_t i = 0; i < c->descriptor_count; i++) {
		if (c->descriptors[i].write > 1)
			return error_set(err, ERROR_INPUT,
			    "CHAIN has a descriptor whose write is neither "
			    "0 nor 1");
		if (c->descriptors[i].write == 0)
			readable += c->descriptors[i].len;
		if ((c->flags & EVENT_CHAIN_UNSEEN) != 0 &&
		    c->descriptors[i].len != 0)
			return error_set(err, ERROR_INPUT,
			    "CHAIN is unseen and has a descriptor of %" PRIu32
			    " bytes", c->descriptors[i].len);
	}
	if (e->data_len > readable)
		return error_set(err, ERROR_INPUT,
		    "CHAIN has %zu bytes, its descriptors let the host read %"
		    PRIu64, e->data_len, readable);
	return check_bytes(e, err);
}

static int
check_picture(const struct event *e, struct error *err)
{
	const struct event_picture *p = &e->picture;
	uint64_t size = (uint64_t)p->width * p->height * 4;

	if (p->width == 0 || p->height == 0 || p->width > EVENT_SIDE_MAX ||
	    p->height > EVENT_SIDE_MAX || size > EVENT_PIXELS_MAX)
		return error_set(err, ERROR_LIMIT,
		    "PICTURE of %" PRIu32 "x%" PRIu32
		    " pixels, allowed are 1 to %u a side and %u bytes",
		    p->width, p->height, EVENT_SIDE_MAX, EVENT_PIXELS_MAX);
	if (p->origin > EVENT_ORIGIN_HOST)
		return error_set(err, ERROR_INPUT,
		    "PICTURE has origin %u, 0 and 1 are known", p->origin);
	if (p->pack > EVENT_PACK_DELTA)
		return error_set(err, ERROR_INPUT,
		    "PICTURE has packing %u, 0 to 2 are known", p->pack);
	if (p->pack == EVENT_PACK_NONE && e->data_len != size)
		return error_set(err, ERROR_INPUT,
		    "PICTURE of %" PRIu32 "x%" PRIu32 " pixels has %zu bytes, "
		    "it needs %" PRIu64, p->width, p->height, e->data_len,
		    size);
	if (p->pack != EVENT_PACK_NONE && e->data_len > EVENT_PACKED_MAX)
		return error_set(err, ERROR_LIMIT,
		    "PICTURE of %" PRIu32 "x%" PRIu32 " pixels has %zu bytes "
		    "packed, at most %u are allowed", p->width, p->height,
		    e->data_len, EVENT_PACKED_MAX);
	return 0;
}

int
event_check(const struct event *e, struct error *err)
{
	switch (e->kind) {
	case EVENT_STEP:
	case EVENT_HOST_END:
	case EVENT_NOTE:
		return check_text(e, err);
	case EVENT_READ:
	case EVENT_WRITE:
		return check_access(e, err);
	case EVENT_CHAIN:
		return check_chain(e, err);
	case EVENT_USED:
		return check_bytes(e, err);
	case EVENT_IRQ:
		if (e->irq.how > EVENT_IRQ_MSIX)
			return error_set(err, ERROR_INPUT,
			    "IRQ of sort %u, 0 to 2 are known", e->irq.how);
		return check_no_data(e, err);
	case EVENT_TIME:
		return check_no_data(e, err);
	case EVENT_PICTURE:
		return check_picture(e, err);
	default:
		return error_set(err, ERROR_INPUT,
		    "an event of kind %u, 1 to %u are known", e->kind,
		    EVENT_KIND_END - 1u);
	}
}

/* ---- encoding ---- */

static void
put_chain(const struct event_chain *c, struct bytes *out)
{
	bytes_add_leb(out, c->queue);
	bytes_add_le(out, c->flags, 1);
	bytes_add_leb(out, c->ordinal);
	bytes_add_leb(out, c->descriptor_count);
	for (uint32_t i = 0; i < c->descriptor_count; i++)
		bytes_add_leb(out, (uint64_t)c->descriptors[i].len << 1 |
		    (c->descriptors[i].write != 0));
}

/* What the host shows, without how it is stored. */
static void
put_picture(const struct event_picture *p, struct bytes *out)
{
	bytes_add_leb(out, p->scanout);
	bytes_add_leb(out, p->width);
	bytes_add_leb(out, p->height);
	bytes_add_le(out, p->origin, 1);
}

/* Kind and fields; of a picture only those that put_picture has. */
static void
put_fields(const struct event *e, struct bytes *out)
{
	bytes_add_le(out, e->kind, 1);
	switch (e->kind) {
	case EVENT_STEP:
		bytes_add_leb(out, e->step.index);
		break;
	case EVENT_READ:
	case EVENT_WRITE:
		bytes_add_leb(out, e->access.bdf);
		bytes_add_le(out, e->access.region, 1);
		bytes_add_le(out, e->access.size, 1);
		bytes_add_leb(out, e->access.offset);
		bytes_add_leb(out, e->access.value);
		break;
	case EVENT_CHAIN:
		put_chain(&e->chain, out);
		break;
	case EVENT_USED:
		bytes_add_leb(out, e->used.queue);
		bytes_add_leb(out, e->used.ordinal);
		bytes_add_leb(out, e->used.used_len);
		break;
	case EVENT_IRQ:
		bytes_add_le(out, e->irq.how, 1);
		bytes_add_leb(out, e->irq.number);
		break;
	case EVENT_TIME:
		bytes_add_leb(out, e->time_ns);
		break;
	case EVENT_PICTURE:
		put_picture(&e->picture, out);
		break;
	default:		/* HOST_END and NOTE have data only */
		break;
	}
}

int
event_encode(const struct event *e, struct bytes *out, struct error *err)
{
	struct bytes body = { 0 };

	if (event_check(e, err) == -1)
		return -1;
	put_fields(e, &body);
	if (e->kind == EVENT_PICTURE) {
		bytes_add_le(&body, e->picture.pack, 1);
		bytes_add(&body, e->picture.hash, DIGEST_SIZE);
	}
	bytes_add_leb(out, body.len + e->data_len);
	bytes_add(out, body.data, body.len);
	bytes_add(out, e->data, e->data_len);
	bytes_free(&body);
	return 0;
}

/* ---- decoding ---- */

/* A number of at most max, in its shortest form; else bad. */
static uint64_t
get_leb(struct bytes_reader *r, uint64_t max)
{
	const uint8_t *start = r->p;
	uint64_t v = bytes_reader_leb(r);

	if (r->bad || v > max || (r->p - start > 1 && r->p[-1] == 0)) {
		r->bad = 1;
		return 0;
	}
	return v;
}

static void
get_chain(struct bytes_reader *r, struct event_chain *c,
    struct event_room *room)
{
	uint64_t v;

	c->queue = (uint16_t)get_leb(r, UINT16_MAX);
	c->flags = (uint8_t)bytes_reader_le(r, 1);
	c->ordinal = (uint32_t)get_leb(r, UINT32_MAX);
	c->descriptor_count = (uint32_t)get_leb(r, EVENT_DESCRIPTOR_MAX);
	if (room->descriptor_cap < c->descriptor_count) {
		room->descriptor_cap = c->descriptor_count;
		room->descriptors = check_realloc(room->descriptors,
		    room->descriptor_cap * sizeof room->descriptors[0]);
	}
	for (uint32_t i = 0; i < c->descriptor_count; i++) {
		v = get_leb(r, (uint64_t)UINT32_MAX << 1 | 1);
		room->descriptors[i].len = (uint32_t)(v >> 1);
		room->descriptors[i].write = v & 1;
	}
	c->descriptors = room->descriptors;
}

static void
get_picture(struct bytes_reader *r, struct event_picture *p)
{
	const uint8_t *hash;

	p->scanout = (uint32_t)get_leb(r, UINT32_MAX);
	p->width = (uint32_t)get_leb(r, UINT32_MAX);
	p->height = (uint32_t)get_leb(r, UINT32_MAX);
	p->origin = (uint8_t)bytes_reader_le(r, 1);
	p->pack = (uint8_t)bytes_reader_le(r, 1);
	hash = bytes_reader_take(r, DIGEST_SIZE);
	if (hash != NULL)
		memcpy(p->hash, hash, DIGEST_SIZE);
}

static void
get_fields(struct bytes_reader *r, struct event *e, struct event_room *room)
{
	switch (e->kind) {
	case EVENT_STEP:
		e->step.index = (uint32_t)get_leb(r, UINT32_MAX);
		break;
	case EVENT_READ:
	case EVENT_WRITE:
		e->access.bdf = (uint16_t)get_leb(r, UINT16_MAX);
		e->access.region = (uint8_t)bytes_reader_le(r, 1);
		e->access.size = (uint8_t)bytes_reader_le(r, 1);
		e->access.offset = (uint32_t)get_leb(r, UINT32_MAX);
		e->access.value = get_leb(r, UINT64_MAX);
		break;
	case EVENT_CHAIN:
		get_chain(r, &e->chain, room);
		break;
	case EVENT_USED:
		e->used.queue = (uint16_t)get_leb(r, UINT16_MAX);
		e->used.ordinal = (uint32_t)get_leb(r, UINT32_MAX);
		e->used.used_len = (uint32_t)get_leb(r, UINT32_MAX);
		break;
	case EVENT_IRQ:
		e->irq.how = (uint8_t)bytes_reader_le(r, 1);
		e->irq.number = (uint32_t)get_leb(r, UINT32_MAX);
		break;
	case EVENT_TIME:
		e->time_ns = get_leb(r, UINT64_MAX);
		break;
	case EVENT_PICTURE:
		get_picture(r, &e->picture);
		break;
	default:		/* HOST_END, NOTE; event_check finds the rest */
		break;
	}
}

int
event_decode(struct bytes_reader *r, struct event *e, struct event_room *room,
    struct error *err)
{
	struct bytes_reader body = { NULL, NULL, 0 };
	uint64_t len = get_leb(r, EVENT_ENCODED_MAX);

	memset(e, 0, sizeof *e);
	body.p = bytes_reader_take(r, len);
	if (body.p == NULL || len == 0) {
		r->bad = 1;
		return error_set(err, ERROR_INPUT,
		    "an event ends too early or is longer than %u bytes",
		    EVENT_ENCODED_MAX);
	}
	body.end = body.p + len;
	e->kind = (uint8_t)bytes_reader_le(&body, 1);
	get_fields(&body, e, room);
	e->data = body.p;
	e->data_len = (size_t)(body.end - body.p);
	if (body.bad) {
		r->bad = 1;
		return error_set(err, ERROR_INPUT,
		    "an event of kind %u (%s) has a field that is missing, "
		    "too large or not in its shortest form", e->kind,
		    event_kind_name(e->kind));
	}
	if (event_check(e, err) == -1) {
		r->bad = 1;
		if (err != NULL)
			err->code = ERROR_INPUT;
		return -1;
	}
	return 0;
}

/* ---- comparing ---- */

void
event_picture_hash(const struct event *e, uint8_t out[DIGEST_SIZE])
{
	struct digest d;

	if (e->picture.pack != EVENT_PACK_NONE) {
		memcpy(out, e->picture.hash, DIGEST_SIZE);
		return;
	}
	digest_init(&d);
	digest_add(&d, e->data, e->data_len);
	digest_final(&d, out);
}

static int
data_equal(const struct event *a, const struct event *b)
{
	uint8_t hash_a[DIGEST_SIZE], hash_b[DIGEST_SIZE];

	if (a->kind == EVENT_PICTURE && (a->picture.pack != EVENT_PACK_NONE ||
	    b->picture.pack != EVENT_PACK_NONE)) {
		event_picture_hash(a, hash_a);
		event_picture_hash(b, hash_b);
		return memcmp(hash_a, hash_b, DIGEST_SIZE) == 0;
	}
	return a->data_len == b->data_len && (a->data_len == 0 ||
	    memcmp(a->data, b->data, a->data_len) == 0);
}

int
event_equal(const struct event *a, const struct event *b)
{
	struct bytes fa = { 0 }, fb = { 0 };
	int equal;

	if (a->kind != b->kind)
		return 0;
	put_fields(a, &fa);
	put_fields(b, &fb);
	equal = fa.len == fb.len && memcmp(fa.data, fb.data, fa.len) == 0 &&
	    data_equal(a, b);
	bytes_free(&fa);
	bytes_free(&fb);
	return equal;
}

void
event_digest(const struct event *e, struct digest *d)
{
	uint8_t hash[DIGEST_SIZE];
	struct bytes fields = { 0 };

	put_fields(e, &fields);
	digest_add_u64(d, fields.len);
	digest_add(d, fields.data, fields.len);
	bytes_free(&fields);
	if (e->kind == EVENT_PICTURE) {
		event_picture_hash(e, hash);
		digest_add(d, hash, DIGEST_SIZE);
		return;
	}
	digest_add_u64(d, e->data_len);
	digest_add(d, e->data, e->data_len);
}

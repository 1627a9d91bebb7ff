/* trace_layout.c: blocks and seek table, to bytes and back. */
#include "trace_layout.h"
#include "check.h"

#include <string.h>

#define SEEK_ENTRY_SIZE	8u
#define SEEK_HEAD_SIZE	8u	/* skippable frame's magic and size */
#define SEEK_END_SIZE	9u	/* count, descriptor, magic */

#define KEY_SIZE_MAX	64u	/* bytes of a key in the header */

static const char block_tag[7] = { 'v', 'i', 'o', 't', 'a', 'p', 'e' };

/* ---- blocks, writing ---- */

uint32_t
layout_version(const struct trace_header *header)
{
	if (header->unseen != NULL && header->unseen[0] != '\0')
		return TRACE_VERSION_UNSEEN;
	return header->way != NULL ? TRACE_VERSION_WAY : TRACE_VERSION_PLAIN;
}

size_t
layout_block_begin(struct bytes *out, enum layout_tag tag, uint32_t version)
{
	size_t start = out->len;

	bytes_add_le(out, LAYOUT_MAGIC, 4);
	bytes_add_le(out, 0, 4);
	bytes_add(out, block_tag, sizeof block_tag);
	bytes_add_le(out, (uint64_t)tag, 1);
	bytes_add_le(out, version, 4);
	return start;
}

void
layout_block_end(struct bytes *out, size_t start, uint8_t seal[DIGEST_SIZE])
{
	struct digest d;

	digest_init(&d);
	digest_add(&d, out->data + start + 8, out->len - start - 8);
	digest_final(&d, seal);
	bytes_add(out, seal, DIGEST_SIZE);
	bytes_le_put(out->data + start + 4, out->len - start - 8, 4);
}

void
layout_put_frame(struct bytes *out, uint32_t version,
    struct layout_frame *frame)
{
	size_t start = layout_block_begin(out, LAYOUT_FRAME, version);

	bytes_add_le(out, frame->number, 4);
	bytes_add_le(out, frame->event_first, 8);
	bytes_add_le(out, frame->event_count, 4);
	bytes_add_le(out, frame->packed_size, 4);
	bytes_add_le(out, frame->raw_size, 4);
	bytes_add(out, frame->raw_hash, DIGEST_SIZE);
	layout_block_end(out, start, frame->seal);
	CHECK(out->len - start == LAYOUT_FRAME_SIZE);
}

void
layout_put_end(struct bytes *out, uint32_t version,
    const struct layout_end *end)
{
	size_t start = layout_block_begin(out, LAYOUT_END, version);
	uint8_t seal[DIGEST_SIZE];

	bytes_add_le(out, end->frame_count, 4);
	bytes_add_le(out, end->event_count, 8);
	bytes_add_le(out, end->raw_size, 8);
	bytes_add(out, end->hash, DIGEST_SIZE);
	bytes_add(out, end->run_digest, DIGEST_SIZE);
	layout_block_end(out, start, seal);
	CHECK(out->len - start == LAYOUT_END_SIZE);
}

static void
put_seek_entry(struct bytes *out, uint64_t packed_size, uint64_t raw_size)
{
	bytes_add_le(out, packed_size, 4);
	bytes_add_le(out, raw_size, 4);
}

void
layout_put_seek(struct bytes *out, uint64_t header_size,
    uint64_t way_size, const struct layout_frame *frames, size_t frame_count)
{
	size_t count = 2 * frame_count + 2 + (way_size != 0);

	bytes_add_le(out, LAYOUT_SEEK_MAGIC, 4);
	bytes_add_le(out, count * SEEK_ENTRY_SIZE + SEEK_END_SIZE, 4);
	put_seek_entry(out, header_size, 0);
	if (way_size != 0)
		put_seek_entry(out, way_size, 0);
	for (size_t i = 0; i < frame_count; i++) {
		put_seek_entry(out, LAYOUT_FRAME_SIZE, 0);
		put_seek_entry(out, frames[i].packed_size, frames[i].raw_size);
	}
	put_seek_entry(out, LAYOUT_END_SIZE, 0);
	bytes_add_le(out, count, 4);
	bytes_add_le(out, 0, 1);	/* descriptor: no checksums */
	bytes_add_le(out, LAYOUT_SEEK_END_MAGIC, 4);
}

uint64_t
layout_tail_size(int has_way, size_t frame_count)
{
	return LAYOUT_END_SIZE + SEEK_HEAD_SIZE + (2 * (uint64_t)frame_count +
	    2 + (has_way != 0)) * SEEK_ENTRY_SIZE + SEEK_END_SIZE;
}

/* ---- header ---- */

enum field_kind { FIELD_TEXT, FIELD_MACHINE, FIELD_DIGEST };

/* The header's keys, in the order of the file. */
static const struct header_field {
	const char *key;
	enum field_kind kind;
	size_t at;		/* of a FIELD_TEXT in struct trace_header */
	size_t size_max;	/* bytes of the value */
} fields[] = {
	{ "creator", FIELD_TEXT, offsetof(struct trace_header, creator),
	    TRACE_NAME_SIZE_MAX },
	{ "device", FIELD_TEXT, offsetof(struct trace_header, device),
	    TRACE_NAME_SIZE_MAX },
	{ "host", FIELD_TEXT, offsetof(struct trace_header, host_name),
	    TRACE_NAME_SIZE_MAX },
	{ "host-version", FIELD_TEXT,
	    offsetof(struct trace_header, host_version), TRACE_NAME_SIZE_MAX },
	{ "scenario", FIELD_TEXT,
	    offsetof(struct trace_header, scenario_name),
	    TRACE_NAME_SIZE_MAX },
	{ "scenario-text", FIELD_TEXT,
	    offsetof(struct trace_header, scenario_text),
	    TRACE_SCENARIO_SIZE_MAX },
	{ "driver-digest", FIELD_DIGEST, 0, DIGEST_SIZE },
	{ "machine", FIELD_MACHINE, 0, TRACE_MACHINE_SIZE_MAX },
	/* The last; only from TRACE_VERSION_UNSEEN on. */
	{ "unseen", FIELD_TEXT, offsetof(struct trace_header, unseen),
	    TRACE_UNSEEN_SIZE_MAX },
};

#define FIELD_COUNT	(sizeof fields / sizeof fields[0])

/* How many of them a trace of this version has. */
static size_t
field_count(uint32_t version)
{
	return version >= TRACE_VERSION_UNSEEN ? FIELD_COUNT : FIELD_COUNT - 1;
}

/* A field's value; its size. */
static size_t
header_value(const struct trace_header *h, const struct header_field *f,
    const void **value)
{
	const char *text;

	switch (f->kind) {
	case FIELD_MACHINE:
		*value = h->machine;
		return h->machine_len;
	case FIELD_DIGEST:
		*value = h->driver_digest;
		return DIGEST_SIZE;
	case FIELD_TEXT:
		break;
	}
	memcpy(&text, (const char *)h + f->at, sizeof text);
	*value = text;
	return text != NULL ? strlen(text) : 0;
}

int
layout_put_header(struct bytes *out, const struct trace_header *header,
    uint8_t seal[DIGEST_SIZE], struct error *err)
{
	uint32_t version = layout_version(header);
	const void *value;
	size_t i, len, start;

	for (i = 0; i < field_count(version); i++) {
		len = header_value(header, &fields[i], &value);
		if (len > fields[i].size_max)
			return error_set(err, ERROR_LIMIT,
			    "the header's %s has %zu bytes, at most %zu are "
			    "allowed", fields[i].key, len, fields[i].size_max);
	}
	start = layout_block_begin(out, LAYOUT_HEADER, version);
	for (i = 0; i < field_count(version); i++) {
		len = header_value(header, &fields[i], &value);
		bytes_add_leb(out, strlen(fields[i].key));
		bytes_add(out, fields[i].key, strlen(fields[i].key));
		bytes_add_leb(out, len);
		bytes_add(out, value, len);
	}
	layout_block_end(out, start, seal);
	return 0;
}

/* Stores a value; text has room.  Returns -1 if it is not as it must be. */
static int
header_set(struct trace_header *h, const struct header_field *f,
    const uint8_t *value, size_t len, struct bytes *text)
{
	const char *copy = (const char *)text->data + text->len;

	if (len > f->size_max)
		return -1;
	switch (f->kind) {
	case FIELD_MACHINE:
		h->machine = text->data + text->len;
		h->machine_len = len;
		break;
	case FIELD_DIGEST:
		if (len != DIGEST_SIZE)
			return -1;
		memcpy(h->driver_digest, value, DIGEST_SIZE);
		break;
	case FIELD_TEXT:
		if (memchr(value, 0, len) != NULL)
			return -1;
		memcpy((char *)h + f->at, &copy, sizeof copy);
		break;
	}
	bytes_add(text, value, len);
	bytes_add_le(text, 0, 1);
	return 0;
}

int
layout_get_header(const struct layout_block *block,
    struct trace_header *header, struct bytes *text)
{
	struct bytes_reader r = { block->body, block->body + block->body_size,
	    0 };
	const uint8_t *key, *value;
	size_t i, key_len, value_len, count = field_count(block->version);
	unsigned seen = 0;

	memset(header, 0, sizeof *header);
	header->unseen = "";
	bytes_clear(text);
	/* All values and their NULs: text must not move. */
	bytes_reserve(text, block->body_size + FIELD_COUNT);
	while (r.p < r.end) {
		key_len = bytes_reader_leb(&r);
		key = bytes_reader_take(&r, key_len);
		value_len = bytes_reader_leb(&r);
		value = bytes_reader_take(&r, value_len);
		if (r.bad || key_len == 0 || key_len > KEY_SIZE_MAX)
			return -1;
		for (i = 0; i < count; i++)
			if (strlen(fields[i].key) == key_len &&
			    memcmp(fields[i].key, key, key_len) == 0)
				break;
		if (i == count)
			continue;	/* FORMAT.md, 2: such are ignored */
		if ((seen & 1u << i) != 0 ||
		    header_set(header, &fields[i], value, value_len, text))
			return -1;
		seen |= 1u << i;
	}
	if (block->version >= TRACE_VERSION_UNSEEN &&
	    header->unseen[0] == '\0')
		return -1;
	return seen == (1u << count) - 1 ? 0 : -1;
}

/* ---- blocks, reading ---- */

/* Whether a block of this tag may have this size. */
static int
block_size_fits(enum layout_tag tag, uint64_t size)
{
	switch (tag) {
	case LAYOUT_HEADER:
		return size >= LAYOUT_BLOCK_SIZE_MIN &&
		    size <= TRACE_HEADER_SIZE_MAX;
	case LAYOUT_WAY:
		return size >= LAYOUT_BLOCK_SIZE_MIN &&
		    size <= TRACE_WAY_SIZE_MAX;
	case LAYOUT_FRAME:
		return size == LAYOUT_FRAME_SIZE;
	case LAYOUT_END:
		return size == LAYOUT_END_SIZE;
	}
	return 0;
}

int
layout_begins(const uint8_t *p, size_t len)
{
	uint8_t magic[4];

	bytes_le_put(magic, LAYOUT_MAGIC, 4);
	if (memcmp(p, magic, len < 4 ? len : 4) != 0)
		return 0;
	if (len <= 8)
		return 1;
	len -= 8;
	return memcmp(p + 8, block_tag,
	    len < sizeof block_tag ? len : sizeof block_tag) == 0;
}

enum layout_found
layout_find(const uint8_t *p, size_t len, struct layout_block *block)
{
	uint8_t seal[DIGEST_SIZE];
	uint64_t size;
	struct digest d;

	if (len == 0 || !layout_begins(p, len))
		return LAYOUT_FOUND_NONE;
	if (len < LAYOUT_HEAD_SIZE)
		return LAYOUT_FOUND_PART;
	size = bytes_le(p + 4, 4) + 8;
	block->tag = (enum layout_tag)p[15];
	block->version = (uint32_t)bytes_le(p + 16, 4);
	if (!block_size_fits(block->tag, size))
		return LAYOUT_FOUND_DAMAGED;
	if (len < size)
		return LAYOUT_FOUND_PART;
	block->size = (size_t)size;
	block->body = p + LAYOUT_HEAD_SIZE;
	block->body_size = block->size - LAYOUT_BLOCK_SIZE_MIN;
	block->seal = block->body + block->body_size;
	digest_init(&d);
	digest_add(&d, p + 8, block->size - 8 - DIGEST_SIZE);
	digest_final(&d, seal);
	return memcmp(seal, block->seal, DIGEST_SIZE) == 0 ? LAYOUT_FOUND :
	    LAYOUT_FOUND_DAMAGED;
}

size_t
layout_search(const uint8_t *p, size_t n)
{
	const uint8_t *at = p, *end = p + n;

	while (at < end && (at = memchr(at, LAYOUT_MAGIC & 0xff,
	    (size_t)(end - at))) != NULL) {
		if (end - at >= 16 && layout_begins(at, 16))
			return (size_t)(at - p);
		at++;
	}
	return n;
}

int
layout_get_frame(const struct layout_block *block, struct layout_frame *f)
{
	const uint8_t *p = block->body;

	CHECK(block->tag == LAYOUT_FRAME);
	f->number = (uint32_t)bytes_le(p, 4);
	f->event_first = bytes_le(p + 4, 8);
	f->event_count = (uint32_t)bytes_le(p + 12, 4);
	f->packed_size = (uint32_t)bytes_le(p + 16, 4);
	f->raw_size = (uint32_t)bytes_le(p + 20, 4);
	memcpy(f->raw_hash, p + 24, DIGEST_SIZE);
	memcpy(f->seal, block->seal, DIGEST_SIZE);
	/* An event takes at least 2 bytes. */
	if (f->number >= TRACE_FRAME_MAX || f->event_count == 0 ||
	    f->event_first > TRACE_EVENT_MAX - f->event_count ||
	    f->raw_size > TRACE_FRAME_SIZE_MAX ||
	    f->event_count > f->raw_size / 2)
		return -1;
	return 0;
}

int
layout_get_end(const struct layout_block *block, struct layout_end *end)
{
	const uint8_t *p = block->body;

	CHECK(block->tag == LAYOUT_END);
	end->frame_count = (uint32_t)bytes_le(p, 4);
	end->event_count = bytes_le(p + 4, 8);
	end->raw_size = bytes_le(p + 12, 8);
	memcpy(end->hash, p + 20, DIGEST_SIZE);
	memcpy(end->run_digest, p + 52, DIGEST_SIZE);
	if (end->frame_count > TRACE_FRAME_MAX ||
	    end->event_count > TRACE_EVENT_MAX)
		return -1;
	return 0;
}

/*
 * trace_way.c: block WAY, to bytes and back: fields as a header has them, each
 * exactly once.  Here nothing may be ignored: who does not know a field would
 * go another way.
 */
#include "trace_layout.h"
#include "check.h"

#include <string.h>

#define KEY_SIZE_MAX	64u		/* bytes of a key, as in the header */

enum way_kind { WAY_TEXT, WAY_NUMBER, WAY_CHOICES };

/* In the order of the file. */
static const struct way_field {
	const char *key;
	enum way_kind kind;
	size_t at;			/* of a WAY_TEXT in struct trace_way */
	size_t size_max;		/* bytes of the value */
} fields[] = {
	{ "finding", WAY_TEXT, offsetof(struct trace_way, finding),
	    TRACE_NAME_SIZE_MAX },
	{ "function", WAY_TEXT, offsetof(struct trace_way, function),
	    TRACE_NAME_SIZE_MAX },
	{ "event", WAY_NUMBER, 0, 10 },
	{ "machine-name", WAY_TEXT, offsetof(struct trace_way, machine),
	    TRACE_NAME_SIZE_MAX },
	{ "faults", WAY_TEXT, offsetof(struct trace_way, faults),
	    TRACE_FAULTS_SIZE_MAX },
	{ "driver", WAY_TEXT, offsetof(struct trace_way, driver),
	    TRACE_NAME_SIZE_MAX },
	{ "choices", WAY_CHOICES, 0, TRACE_WAY_SIZE_MAX },
};

#define FIELD_COUNT	(sizeof fields / sizeof fields[0])
#define FIELDS_ALL	((1u << FIELD_COUNT) - 1)

/* --- writing --- */

/* Each as what lies between it and the one before, and its answer. */
static void
choices_put(struct bytes *out, const struct trace_way *way)
{
	uint32_t next = 0;

	for (size_t i = 0; i < way->nchoices; i++) {
		CHECK(way->choices[i].number >= next &&
		    way->choices[i].number < TRACE_WAY_NUMBER_END &&
		    way->choices[i].answer >= 1 &&
		    way->choices[i].answer <= 254);
		bytes_add_leb(out, way->choices[i].number - next);
		bytes_add_le(out, way->choices[i].answer, 1);
		next = way->choices[i].number + 1;
	}
}

static void
value_put(struct bytes *out, const struct trace_way *way,
    const struct way_field *f)
{
	const char *text;

	switch (f->kind) {
	case WAY_CHOICES:
		choices_put(out, way);
		break;
	case WAY_NUMBER:
		bytes_add_leb(out, way->event);
		break;
	case WAY_TEXT:
		memcpy(&text, (const char *)way + f->at, sizeof text);
		if (text != NULL)
			bytes_add(out, text, strlen(text));
		break;
	}
}

int
layout_put_way(struct bytes *out, uint32_t version,
    const struct trace_way *way, uint8_t seal[DIGEST_SIZE], struct error *err)
{
	struct bytes body = { 0 }, value = { 0 };
	size_t start;
	int ret = 0;

	if (way->nchoices > TRACE_WAY_TAKEN_MAX)
		return error_set(err, ERROR_LIMIT, "the way has %zu choices "
		    "that are not 0, at most %u are allowed", way->nchoices,
		    TRACE_WAY_TAKEN_MAX);
	for (size_t i = 0; i < FIELD_COUNT && ret == 0; i++) {
		bytes_clear(&value);
		value_put(&value, way, &fields[i]);
		if (value.len > fields[i].size_max)
			ret = error_set(err, ERROR_LIMIT, "the way's %s has "
			    "%zu bytes, at most %zu are allowed",
			    fields[i].key, value.len, fields[i].size_max);
		bytes_add_leb(&body, strlen(fields[i].key));
		bytes_add(&body, fields[i].key, strlen(fields[i].key));
		bytes_add_leb(&body, value.len);
		if (value.len > 0)
			bytes_add(&body, value.data, value.len);
	}
	if (ret == 0) {
		start = layout_block_begin(out, LAYOUT_WAY, version);
		bytes_add(out, body.data, body.len);
		layout_block_end(out, start, seal);
		CHECK(out->len - start <= TRACE_WAY_SIZE_MAX);
	}
	bytes_free(&value);
	bytes_free(&body);
	return ret;
}

/* --- reading --- */

static int
choices_get(struct trace_way *way, const uint8_t *value, size_t len,
    struct bytes *choices)
{
	struct bytes_reader r = { value, value + len, 0 };
	uint64_t next = 0;

	while (r.p < r.end) {
		struct trace_choice c = { 0 };
		uint64_t gap = bytes_reader_leb(&r);

		c.answer = (uint8_t)bytes_reader_le(&r, 1);
		if (r.bad || gap >= TRACE_WAY_NUMBER_END - next ||
		    c.answer == 0 || c.answer == 255 ||
		    way->nchoices == TRACE_WAY_TAKEN_MAX)
			return -1;
		c.number = (uint32_t)(next + gap);
		next = c.number + UINT64_C(1);
		bytes_add(choices, &c, sizeof c);
		way->nchoices++;
	}
	return 0;
}

/* text has room. */
static int
value_get(struct trace_way *way, const struct way_field *f,
    const uint8_t *value, size_t len, struct bytes *text,
    struct bytes *choices)
{
	struct bytes_reader r = { value, value + len, 0 };
	const char *copy = (const char *)text->data + text->len;

	if (len > f->size_max)
		return -1;
	switch (f->kind) {
	case WAY_CHOICES:
		return choices_get(way, value, len, choices);
	case WAY_NUMBER:
		way->event = bytes_reader_leb(&r);
		return r.bad || r.p != r.end ? -1 : 0;
	case WAY_TEXT:
		break;
	}
	if (len > 0 && memchr(value, 0, len) != NULL)
		return -1;
	memcpy((char *)way + f->at, &copy, sizeof copy);
	if (len > 0)
		bytes_add(text, value, len);
	bytes_add_le(text, 0, 1);
	return 0;
}

int
layout_get_way(const struct layout_block *block, struct trace_way *way,
    struct bytes *text, struct bytes *choices)
{
	struct bytes_reader r = { block->body, block->body + block->body_size,
	    0 };
	unsigned seen = 0;

	memset(way, 0, sizeof *way);
	bytes_clear(text);
	bytes_clear(choices);
	/* All values and their NULs: text must not move. */
	bytes_reserve(text, block->body_size + FIELD_COUNT);
	while (r.p < r.end) {
		size_t key_len = bytes_reader_leb(&r), value_len, i;
		const uint8_t *key = bytes_reader_take(&r, key_len), *value;

		value_len = bytes_reader_leb(&r);
		value = bytes_reader_take(&r, value_len);
		if (r.bad || key_len == 0 || key_len > KEY_SIZE_MAX)
			return -1;
		for (i = 0; i < FIELD_COUNT; i++)
			if (strlen(fields[i].key) == key_len &&
			    memcmp(fields[i].key, key, key_len) == 0)
				break;
		if (i == FIELD_COUNT || (seen & 1u << i) != 0 ||
		    value_get(way, &fields[i], value, value_len, text,
		    choices) != 0)
			return -1;
		seen |= 1u << i;
	}
	way->choices = (const struct trace_choice *)(const void *)choices->data;
	return seen == FIELDS_ALL ? 0 : -1;
}

/* qemu_json.c: the small part of JSON that QMP needs. */
#include "qemu_json.h"

#include <string.h>

struct qemu_json
qemu_json_of(const char *text)
{
	struct qemu_json j = { text, strlen(text) };

	return j;
}

static void
qemu_json_skip(struct qemu_json *j, size_t n)
{
	j->text += n;
	j->len -= n;
}

static void
qemu_json_skip_space(struct qemu_json *j)
{
	while (j->len > 0 && strchr(" \t\r\n", *j->text) != NULL &&
	    *j->text != '\0')
		qemu_json_skip(j, 1);
}

/* Skips c, if it is the next thing but space.  1, or 0. */
static int
qemu_json_accept(struct qemu_json *j, char c)
{
	qemu_json_skip_space(j);
	if (j->len == 0 || *j->text != c)
		return 0;
	qemu_json_skip(j, 1);
	return 1;
}

/* The length of a string with both quotes, or 0 if it has no end. */
static size_t
qemu_json_string_len(struct qemu_json j)
{
	size_t i;

	for (i = 1; i < j.len; i++) {
		if (j.text[i] == '\\')
			i++;
		else if (j.text[i] == '"')
			return i + 1;
	}
	return 0;
}

/*
 * The length of the value that j begins with (no space before it), or 0.  Of
 * what is nested only the brackets and strings are looked at: the text comes
 * from QEMU, and a wrong guess finds nothing worse than a wrong member.
 */
static size_t
qemu_json_value_len(struct qemu_json j)
{
	struct qemu_json at = j;
	size_t depth = 0, n;

	do {
		if (at.len == 0)
			return 0;
		n = 1;
		if (*at.text == '"') {
			if ((n = qemu_json_string_len(at)) == 0)
				return 0;
		} else if (*at.text == '{' || *at.text == '[') {
			if (++depth > QEMU_JSON_DEPTH_MAX)
				return 0;
		} else if (*at.text == '}' || *at.text == ']') {
			if (depth-- == 0)
				return 0;
		} else if (depth == 0)
			while (n < at.len &&
			    memchr(",]} \t\r\n", at.text[n], 7) == NULL)
				n++;
		qemu_json_skip(&at, n);
	} while (depth > 0);
	return (size_t)(at.text - j.text);
}

/* Takes one value off j.  1, or 0. */
static int
qemu_json_take(struct qemu_json *j, struct qemu_json *value)
{
	qemu_json_skip_space(j);
	value->text = j->text;
	value->len = qemu_json_value_len(*j);
	qemu_json_skip(j, value->len);
	return value->len != 0;
}

int
qemu_json_member(struct qemu_json object, const char *name,
    struct qemu_json *value)
{
	struct qemu_json key;

	if (!qemu_json_accept(&object, '{'))
		return 0;
	do {
		if (!qemu_json_take(&object, &key) || *key.text != '"' ||
		    !qemu_json_accept(&object, ':') ||
		    !qemu_json_take(&object, value))
			return 0;
		if (key.len == strlen(name) + 2 &&
		    memcmp(key.text + 1, name, key.len - 2) == 0)
			return 1;
	} while (qemu_json_accept(&object, ','));
	return 0;
}

int
qemu_json_next(struct qemu_json *rest, struct qemu_json *element)
{
	if (!qemu_json_accept(rest, '[') && !qemu_json_accept(rest, ','))
		return 0;
	return qemu_json_take(rest, element);
}

/* Four hexadecimal digits; 1, or 0. */
static int
qemu_json_hex(struct qemu_json *j, uint32_t *code)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d;
	int i;

	*code = 0;
	for (i = 0; i < 4; i++) {
		if (j->len == 0 || *j->text == '\0' ||
		    (d = strchr(digits, *j->text)) == NULL)
			return 0;
		*code = *code << 4 | (uint32_t)((d - digits) & 15);
		qemu_json_skip(j, 1);
	}
	return 1;
}

static void
qemu_json_add_utf8(struct bytes *out, uint32_t code)
{
	if (code < 0x80) {
		bytes_add_le(out, code, 1);
	} else if (code < 0x800) {
		bytes_add_le(out, 0xc0 | code >> 6, 1);
		bytes_add_le(out, 0x80 | (code & 63), 1);
	} else if (code < 0x10000) {
		bytes_add_le(out, 0xe0 | code >> 12, 1);
		bytes_add_le(out, 0x80 | (code >> 6 & 63), 1);
		bytes_add_le(out, 0x80 | (code & 63), 1);
	} else {
		bytes_add_le(out, 0xf0 | code >> 18, 1);
		bytes_add_le(out, 0x80 | (code >> 12 & 63), 1);
		bytes_add_le(out, 0x80 | (code >> 6 & 63), 1);
		bytes_add_le(out, 0x80 | (code & 63), 1);
	}
}

/* What follows a backslash.  1, or 0. */
static int
qemu_json_unescape(struct qemu_json *j, struct bytes *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint32_t code, low;
	const char *c;

	if (j->len == 0 || *j->text == '\0')
		return 0;
	if (*j->text != 'u') {
		if ((c = strchr(from, *j->text)) == NULL)
			return 0;
		bytes_add(out, &to[c - from], 1);
		qemu_json_skip(j, 1);
		return 1;
	}
	qemu_json_skip(j, 1);
	if (!qemu_json_hex(j, &code))
		return 0;
	if (code >= 0xd800 && code < 0xdc00) {		/* half of a pair */
		if (j->len < 6 || memcmp(j->text, "\\u", 2) != 0)
			return 0;
		qemu_json_skip(j, 2);
		if (!qemu_json_hex(j, &low) || low < 0xdc00 || low > 0xdfff)
			return 0;
		code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
	}
	qemu_json_add_utf8(out, code);
	return 1;
}

int
qemu_json_string(struct qemu_json value, struct bytes *out)
{
	if (value.len < 2 || *value.text != '"' ||
	    qemu_json_string_len(value) != value.len)
		return 0;
	value.len--;					/* the last quote */
	qemu_json_skip(&value, 1);
	while (value.len > 0) {
		if (*value.text != '\\') {
			bytes_add(out, value.text, 1);
			qemu_json_skip(&value, 1);
			continue;
		}
		qemu_json_skip(&value, 1);
		if (!qemu_json_unescape(&value, out))
			return 0;
	}
	bytes_reserve(out, 1);
	out->data[out->len] = '\0';
	return 1;
}

int
qemu_json_member_is(struct qemu_json object, const char *name, const char *s)
{
	struct qemu_json value;

	return qemu_json_member(object, name, &value) &&
	    value.len == strlen(s) + 2 && *value.text == '"' &&
	    memcmp(value.text + 1, s, value.len - 2) == 0;
}

int
qemu_json_number(struct qemu_json value, uint64_t *number)
{
	size_t i;

	*number = 0;
	if (value.len == 0 || value.len > 18)
		return 0;
	for (i = 0; i < value.len; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return 0;
		*number = *number * 10 + (uint64_t)(value.text[i] - '0');
	}
	return 1;
}

void
qemu_json_add_string(struct bytes *out, const char *s)
{
	bytes_add(out, "\"", 1);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			bytes_printf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			bytes_printf(out, "\\u%04x", (unsigned)*s);
		else
			bytes_add(out, s, 1);
	}
	bytes_add(out, "\"", 1);
}

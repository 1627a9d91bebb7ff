/* bytes.c: a growing byte buffer, and little-endian numbers in bytes. */
#include "bytes.h"
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RENEW_PIECE	4096u		/* what branches share or not */

void
bytes_free(struct bytes *b)
{
	check_free(b->data);
	memset(b, 0, sizeof *b);
}

void
bytes_clear(struct bytes *b)
{
	b->len = 0;
}

void
bytes_reserve(struct bytes *b, size_t more)
{
	size_t cap = b->cap != 0 ? b->cap : 64;

	CHECK(more <= SIZE_MAX / 4 && b->len <= SIZE_MAX / 4);
	while (cap < b->len + more)
		cap *= 2;
	if (cap == b->cap)
		return;
	b->data = check_realloc(b->data, cap);
	b->cap = cap;
}

void
bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	bytes_reserve(b, n);
	memcpy(b->data + b->len, p, n);
	b->len += n;
}

void
bytes_add_le(struct bytes *b, uint64_t v, size_t width)
{
	uint8_t tmp[8];

	bytes_le_put(tmp, v, width);
	bytes_add(b, tmp, width);
}

void
bytes_add_leb(struct bytes *b, uint64_t v)
{
	uint8_t tmp[10];
	size_t n = 0;

	do {
		tmp[n] = v & 0x7f;
		v >>= 7;
		if (v != 0)
			tmp[n] |= 0x80;
		n++;
	} while (v != 0);
	bytes_add(b, tmp, n);
}

void
bytes_printf(struct bytes *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	bytes_reserve(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

int
bytes_renew(void *to, const void *from, size_t n)
{
	const uint8_t *src = from;
	uint8_t *dst = to;
	int changed = 0;

	while (n > 0) {
		size_t part = RENEW_PIECE - (uintptr_t)dst % RENEW_PIECE;

		if (part > n)
			part = n;
		if (memcmp(dst, src, part) != 0) {
			memcpy(dst, src, part);
			changed = 1;
		}
		dst += part;
		src += part;
		n -= part;
	}
	return changed;
}

static unsigned
hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

void
bytes_of_hex(void *to, const char *hex, size_t n)
{
	uint8_t *dst = to;

	for (size_t i = 0; i < n; i++)
		dst[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 |
		    hex_value(hex[2 * i + 1]));
}

uint64_t
bytes_le(const void *p, size_t width)
{
	const uint8_t *s = p;
	uint64_t v = 0;

	for (size_t i = 0; i < width; i++)
		v |= (uint64_t)s[i] << (8 * i);
	return v;
}

void
bytes_le_put(void *p, uint64_t v, size_t width)
{
	uint8_t *d = p;

	for (size_t i = 0; i < width; i++)
		d[i] = (uint8_t)(v >> (8 * i));
}

const uint8_t *
bytes_reader_take(struct bytes_reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = 1;
		return NULL;
	}
	r->p += n;
	return p;
}

uint64_t
bytes_reader_le(struct bytes_reader *r, size_t width)
{
	const uint8_t *p = bytes_reader_take(r, width);

	return p != NULL ? bytes_le(p, width) : 0;
}

uint64_t
bytes_reader_leb(struct bytes_reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		const uint8_t *p = bytes_reader_take(r, 1);

		if (p == NULL)
			return 0;
		if (shift == 63 && *p > 1)
			break;
		v |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p & 0x80) == 0)
			return v;
	}
	r->bad = 1;
	return 0;
}

/*
 * png.c: pictures as PNG files.
 *
 *	signature | IHDR | IDAT | IEND
 *	chunk: length (4, big-endian) | type (4) | data | CRC-32 of type, data
 *	IDAT:  78 01 | stored blocks | Adler-32 of what they hold
 *	block: last? (1) | n (2) | ~n (2) | n bytes, at most 65535
 *	row:   filter 0 | R G B ...
 */
#include "png.h"

#include <string.h>

#define STORED_MAX	65535u
#define ADLER_MOD	65521u

static void
put_be32(struct bytes *out, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 8), (uint8_t)v };

	bytes_add(out, b, sizeof b);
}

static uint32_t
crc32_of(const uint8_t *p, size_t n)
{
	static uint32_t table[256];
	uint32_t c = 0xffffffffu;

	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t v = i;

			for (int k = 0; k < 8; k++)
				v = v & 1 ? 0xedb88320u ^ v >> 1 : v >> 1;
			table[i] = v;
		}
	for (size_t i = 0; i < n; i++)
		c = table[(c ^ p[i]) & 0xff] ^ c >> 8;
	return ~c;
}

static uint32_t
adler32_of(const uint8_t *p, size_t n)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < n; i++) {
		a = (a + p[i]) % ADLER_MOD;
		b = (b + a) % ADLER_MOD;
	}
	return b << 16 | a;
}

static void
put_chunk(struct bytes *out, const char type[4], const uint8_t *data,
    size_t n)
{
	size_t at;

	put_be32(out, (uint32_t)n);
	at = out->len;
	bytes_add(out, type, 4);
	if (n > 0)
		bytes_add(out, data, n);
	put_be32(out, crc32_of(out->data + at, out->len - at));
}

static void
rows_make(const uint8_t *bgrx, unsigned width, unsigned height,
    struct bytes *rows)
{
	bytes_reserve(rows, ((size_t)width * 3 + 1) * height);
	for (unsigned y = 0; y < height; y++) {
		bytes_add(rows, "", 1);
		for (unsigned x = 0; x < width; x++, bgrx += 4) {
			uint8_t rgb[3] = { bgrx[2], bgrx[1], bgrx[0] };

			bytes_add(rows, rgb, sizeof rgb);
		}
	}
}

static void
deflate_stored(const struct bytes *in, struct bytes *out)
{
	static const uint8_t head[2] = { 0x78, 0x01 };

	bytes_add(out, head, sizeof head);
	for (size_t at = 0; at < in->len;) {
		size_t n = in->len - at < STORED_MAX ? in->len - at :
		    STORED_MAX;

		bytes_add_le(out, at + n == in->len, 1);
		bytes_add_le(out, n, 2);
		bytes_add_le(out, ~n & 0xffff, 2);
		bytes_add(out, in->data + at, n);
		at += n;
	}
	put_be32(out, adler32_of(in->data, in->len));
}

void
png_encode(const uint8_t *bgrx, unsigned width, unsigned height,
    struct bytes *out)
{
	static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n',
	    0x1a, '\n' };
	struct bytes head = {0}, rows = {0}, packed = {0};
	static const uint8_t rest[5] = { 8, 2, 0, 0, 0 };

	CHECK(width >= 1 && width <= EVENT_SIDE_MAX);
	CHECK(height >= 1 && height <= EVENT_SIDE_MAX);
	bytes_add(out, signature, sizeof signature);
	put_be32(&head, width);
	put_be32(&head, height);
	bytes_add(&head, rest, sizeof rest);	/* 8 bits, RGB */
	put_chunk(out, "IHDR", head.data, head.len);
	rows_make(bgrx, width, height, &rows);
	deflate_stored(&rows, &packed);
	put_chunk(out, "IDAT", packed.data, packed.len);
	put_chunk(out, "IEND", NULL, 0);
	bytes_free(&packed);
	bytes_free(&rows);
	bytes_free(&head);
}

void
png_difference(const uint8_t *a, const uint8_t *b, unsigned width,
    unsigned height, struct bytes *out)
{
	static const uint8_t red[4] = { 0, 0, 255, 0 };
	size_t n = (size_t)width * height;

	bytes_reserve(out, n * 4);
	for (size_t i = 0; i < n; i++, a += 4, b += 4) {
		uint8_t grey = (uint8_t)(160 + (a[0] + a[1] + a[2]) / 12);
		uint8_t same[4] = { grey, grey, grey, 0 };

		bytes_add(out, memcmp(a, b, 3) != 0 ? red : same, 4);
	}
}

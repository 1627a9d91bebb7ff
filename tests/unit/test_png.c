/*
 * test_png.c: PNG files are read back by a reader of this file's own: chunks
 * and their sums, stored blocks, rows; the pixels are those that went in.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check.h"
#include "png.h"

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Bit by bit, unlike the encoder. */
static uint32_t
crc(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffff;

	while (n-- > 0) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (0xedb88320 & (0 - (c & 1)));
	}
	return ~c;
}

/* What the stored blocks of a zlib stream hold; checks its sums. */
static void
inflate(const uint8_t *p, size_t n, struct bytes *out)
{
	uint32_t a = 1, b = 0;
	size_t at = 2;
	int last = 0;

	assert_int_equal((p[0] << 8 | p[1]) % 31, 0);
	assert_int_equal(p[0] & 0xf, 8);
	while (!last) {
		size_t len = (size_t)(p[at + 1] | p[at + 2] << 8);

		assert_true(p[at] <= 1);
		last = p[at];
		assert_int_equal(len ^ 0xffff, p[at + 3] | p[at + 4] << 8);
		assert_true(at + 5 + len <= n);
		bytes_add(out, p + at + 5, len);
		at += 5 + len;
	}
	for (size_t i = 0; i < out->len; i++) {
		a = (a + out->data[i]) % 65521;
		b = (b + a) % 65521;
	}
	assert_int_equal(be32(p + at), b << 16 | a);
	assert_int_equal(at + 4, n);
}

static void
check_picture(unsigned width, unsigned height)
{
	size_t n = (size_t)width * height, at = 8;
	uint8_t *pixels = malloc(n * 4);
	struct bytes png = {0}, rows = {0};
	const uint8_t *p;

	for (size_t i = 0; i < n * 4; i++)
		pixels[i] = (uint8_t)(i * 7 + i / 251);
	png_encode(pixels, width, height, &png);
	assert_memory_equal(png.data, "\x89PNG\r\n\x1a\n", 8);
	while (at < png.len) {
		uint32_t len = be32(png.data + at);
		const uint8_t *body = png.data + at + 8;

		assert_true(at + 12 + len <= png.len);
		assert_int_equal(be32(body + len), crc(body - 4, len + 4));
		if (memcmp(body - 4, "IHDR", 4) == 0) {
			assert_int_equal(be32(body), width);
			assert_int_equal(be32(body + 4), height);
			assert_memory_equal(body + 8, "\x08\x02\0\0\0", 5);
		} else if (memcmp(body - 4, "IDAT", 4) == 0) {
			inflate(body, len, &rows);
		}
		at += 12 + len;
	}
	assert_memory_equal(png.data + png.len - 12,
	    "\0\0\0\0IEND\xae\x42\x60\x82", 12);
	assert_int_equal(rows.len, (3 * (size_t)width + 1) * height);
	p = rows.data;
	for (size_t i = 0; i < n; i++, p += 3) {
		if (i % width == 0)
			assert_int_equal(*p++, 0);
		assert_int_equal(p[0], pixels[4 * i + 2]);
		assert_int_equal(p[1], pixels[4 * i + 1]);
		assert_int_equal(p[2], pixels[4 * i]);
	}
	bytes_free(&png);
	bytes_free(&rows);
	check_free(pixels);
}

static void
test_pictures_read_back_as_they_were(void **state)
{
	(void)state;
	check_picture(1, 1);
	check_picture(3, 2);
	check_picture(8192, 2);
}

static void
test_pictures_of_many_blocks_read_back(void **state)
{
	(void)state;
	check_picture(200, 150);	/* 90150 bytes of rows: two blocks */
	check_picture(640, 480);
}

static void
test_difference_is_red_where_it_is_one(void **state)
{
	static const uint8_t a[8] = { 10, 20, 30, 0, 1, 2, 3, 0 };
	static const uint8_t b[8] = { 10, 20, 30, 9, 1, 2, 4, 0 };
	struct bytes out = {0};

	(void)state;
	png_difference(a, b, 2, 1, &out);
	assert_int_equal(out.len, 8);
	assert_int_equal(out.data[0], out.data[1]);	/* grey: X says nothing */
	assert_int_equal(out.data[1], out.data[2]);
	assert_memory_equal(out.data + 4, "\x00\x00\xff", 3);
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures_read_back_as_they_were),
		cmocka_unit_test(test_pictures_of_many_blocks_read_back),
		cmocka_unit_test(test_difference_is_red_where_it_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

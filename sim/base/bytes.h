/*
 * bytes.h: a growing byte buffer, and little-endian numbers in bytes.
 *
 * Everything that is recorded is little-endian and has no padding, whatever
 * the machine that records.
 */
#ifndef VIOTAPE_BYTES_H
#define VIOTAPE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* A buffer owned by its holder.  {0} is an empty one. */
struct bytes {
	uint8_t *data;
	size_t len;		/* bytes in use */
	size_t cap;		/* bytes allocated */
};

void bytes_free(struct bytes *b);	/* and makes it empty again */
void bytes_clear(struct bytes *b);	/* len = 0, keeps the memory */
void bytes_reserve(struct bytes *b, size_t more);
void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_add_le(struct bytes *b, uint64_t v, size_t width); /* 1, 2, 4, 8 */
/* A number as LEB128: 7 bits a byte, low ones first; at most 10 bytes. */
void bytes_add_leb(struct bytes *b, uint64_t v);
/* Formats at the end, without the terminating NUL in len (but it is there). */
void bytes_printf(struct bytes *b, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/*
 * Copies n bytes to where they mostly are already: 1 if some were others.  What
 * is the same is not written, so that a snapshot (snapshot.h) goes on sharing it.
 */
int bytes_renew(void *to, const void *from, size_t n);

/* n bytes out of twice as many hexadecimal digits, which hex must have. */
void bytes_of_hex(void *to, const char *hex, size_t n);

uint64_t bytes_le(const void *p, size_t width);		/* width 1 to 8 */
void bytes_le_put(void *p, uint64_t v, size_t width);

/*
 * A reader over bytes that it does not own.  Reading past the end gives zero
 * and sets bad, which stays set: check it once, at the end.
 */
struct bytes_reader {
	const uint8_t *p, *end;
	int bad;
};

uint64_t bytes_reader_le(struct bytes_reader *r, size_t width);
uint64_t bytes_reader_leb(struct bytes_reader *r);
const uint8_t *bytes_reader_take(struct bytes_reader *r, size_t n); /* or NULL */

#endif

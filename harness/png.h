/*
 * png.h: pictures as PNG files (ISO/IEC 15948), 8 bits each of red, green and
 * blue, not compressed: deflate's stored blocks (RFC 1951, 3.2.4) in a zlib
 * stream (RFC 1950), so that no library is needed.
 */
#ifndef VIOTAPE_PNG_H
#define VIOTAPE_PNG_H

#include <stdint.h>

#include "sim.h"

/*
 * Appends a file of a picture: width * height pixels of B, G, R, X, rows from
 * the top, no stride; both sides 1 to EVENT_SIDE_MAX.
 */
void png_encode(const uint8_t *bgrx, unsigned width, unsigned height,
    struct bytes *out);

/*
 * Appends the pixels (B, G, R, X) of the difference of two pictures: what is
 * the same as a pale grey of the first, what differs red.
 */
void png_difference(const uint8_t *a, const uint8_t *b, unsigned width,
    unsigned height, struct bytes *out);

#endif

/*
 * trace_pack.h: bytes into zstd frames and back: event bytes into data frames,
 * pixels into key pictures and deltas.  Every frame made here carries its
 * content size and no checksum (the trace has SHA-256).
 */
#ifndef VIOTAPE_TRACE_PACK_H
#define VIOTAPE_TRACE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* The most bytes that packing n bytes can give. */
size_t trace_pack_bound(size_t n);

/* Appends one zstd frame of the n bytes at p, n > 0. */
void trace_pack_events(const void *p, size_t n, struct bytes *out);

/*
 * Appends one zstd frame of the n bytes of pixels at p; key is NULL for a key
 * picture, else the key's pixels, n bytes too.
 */
void trace_pack_pixels(const void *p, size_t n, const uint8_t *key,
    struct bytes *out);

/*
 * Replaces out's content by that of the one zstd frame that the n bytes at p
 * must be; its content must be raw_size bytes.  prefix is NULL, or raw_size
 * bytes that it was packed against.  Returns NULL, or what is wrong, a
 * sentence that lasts.
 */
const char *trace_unpack(const uint8_t *p, size_t n, size_t raw_size,
    const uint8_t *prefix, struct bytes *out);

#endif

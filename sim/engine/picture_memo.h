/*
 * picture_memo.h: the digests of pictures that were seen before.
 *
 * The same scenario on another machine shows, if all is well, the same
 * pictures, and to hash one costs more than the rest of its run.  So many runs
 * share a memo: the pixels of the latest pictures beside their SHA-256.  To
 * compare two pictures is quick; what is equal has the same digest, so results
 * are the same with a memo or without.
 */
#ifndef VIOTAPE_PICTURE_MEMO_H
#define VIOTAPE_PICTURE_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define PICTURE_MEMO_MAX	64u		/* pictures */
#define PICTURE_MEMO_BYTES_MAX	(64u << 20)	/* of all their pixels */

struct picture_memo;

struct picture_memo *picture_memo_create(void);
void picture_memo_free(struct picture_memo *m);	/* NULL is allowed */

/* The SHA-256 of n bytes of pixels; m may be NULL. */
void picture_memo_hash(struct picture_memo *m, const uint8_t *pixels, size_t n,
    uint8_t out[DIGEST_SIZE]);

#endif

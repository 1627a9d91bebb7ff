/*
 * digest.h: SHA-256 (FIPS 180-4): the digest of a run, the hash of each frame
 * of a trace, the key of a cached guest object.
 */
#ifndef VIOTAPE_DIGEST_H
#define VIOTAPE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32			/* bytes */
#define DIGEST_HEX_SIZE 65		/* with the NUL */

struct digest {
	uint32_t h[8];
	uint64_t len;			/* bytes so far */
	uint8_t block[64];
};

void digest_init(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
/* The number as 8 little-endian bytes. */
void digest_add_u64(struct digest *d, uint64_t v);
/* The length, then the bytes: "ab","c" and "a","bc" differ. */
void digest_add_string(struct digest *d, const char *s);
/* May be called once; d is used up. */
void digest_final(struct digest *d, uint8_t out[DIGEST_SIZE]);
void digest_hex(const uint8_t in[DIGEST_SIZE], char out[DIGEST_HEX_SIZE]);
/* And back; in is what digest_hex() made. */
void digest_of_hex(const char in[DIGEST_HEX_SIZE], uint8_t out[DIGEST_SIZE]);

#endif

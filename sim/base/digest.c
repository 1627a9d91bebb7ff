/* digest.c: SHA-256, written from FIPS 180-4. */
#include "digest.h"
#include "bytes.h"

#include <string.h>

/* Section 4.2.2: the first 32 bits of the cube roots of the first 64 primes. */
static const uint32_t k256[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* One round of section 6.2.2; the caller renames the variables. */
#define ROUND(a, b, c, d, e, f, g, h, i) do {				\
	uint32_t t1 = h + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +	\
	    (g ^ (e & (f ^ g))) + k256[i] + w[i];			\
	d += t1;							\
	h = t1 + (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +		\
	    ((a & b) | (c & (a | b)));					\
} while (0)

static void
digest_block(struct digest *d, const uint8_t *p)
{
	uint32_t w[64], a = d->h[0], b = d->h[1], c = d->h[2], e = d->h[4];
	uint32_t d3 = d->h[3], f = d->h[5], g = d->h[6], h = d->h[7];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		    (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^
		    w[i - 15] >> 3;
		uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^
		    w[i - 2] >> 10;

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	for (int i = 0; i < 64; i += 8) {
		ROUND(a, b, c, d3, e, f, g, h, i);
		ROUND(h, a, b, c, d3, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d3, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d3, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d3, i + 4);
		ROUND(d3, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d3, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d3, e, f, g, h, a, i + 7);
	}
	d->h[0] += a;
	d->h[1] += b;
	d->h[2] += c;
	d->h[3] += d3;
	d->h[4] += e;
	d->h[5] += f;
	d->h[6] += g;
	d->h[7] += h;
}

void
digest_init(struct digest *d)
{
	static const uint32_t h0[8] = {		/* section 5.3.3 */
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memset(d, 0, sizeof *d);
	memcpy(d->h, h0, sizeof h0);
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	const uint8_t *s = p;
	size_t have = d->len % 64;

	d->len += n;
	if (have != 0) {
		size_t want = 64 - have;

		if (n < want) {
			if (n != 0)
				memcpy(d->block + have, s, n);
			return;
		}
		memcpy(d->block + have, s, want);
		digest_block(d, d->block);
		s += want;
		n -= want;
	}
	for (; n >= 64; s += 64, n -= 64)
		digest_block(d, s);
	if (n != 0)
		memcpy(d->block, s, n);
}

void
digest_add_u64(struct digest *d, uint64_t v)
{
	uint8_t le[8];

	bytes_le_put(le, v, 8);
	digest_add(d, le, 8);
}

void
digest_add_string(struct digest *d, const char *s)
{
	size_t n = strlen(s);

	digest_add_u64(d, n);
	digest_add(d, s, n);
}

void
digest_final(struct digest *d, uint8_t out[DIGEST_SIZE])
{
	static const uint8_t pad[64] = { 0x80 };
	uint64_t bits = d->len * 8;
	uint8_t be[8];

	digest_add(d, pad, 1 + (119 - d->len % 64) % 64);
	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(bits >> (56 - 8 * i));
	digest_add(d, be, 8);
	for (int i = 0; i < DIGEST_SIZE; i++)
		out[i] = (uint8_t)(d->h[i / 4] >> (24 - 8 * (i % 4)));
}

void
digest_hex(const uint8_t in[DIGEST_SIZE], char out[DIGEST_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = hex[in[i] >> 4];
		out[2 * i + 1] = hex[in[i] & 15];
	}
	out[2 * DIGEST_SIZE] = '\0';
}

void
digest_of_hex(const char in[DIGEST_HEX_SIZE], uint8_t out[DIGEST_SIZE])
{
	bytes_of_hex(out, in, DIGEST_SIZE);
}

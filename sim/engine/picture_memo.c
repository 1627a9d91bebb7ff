/* picture_memo.c: the digests of pictures that were seen before. */
#include "picture_memo.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"

struct picture {
	uint8_t *pixels;
	size_t n;
	uint8_t hash[DIGEST_SIZE];
};

struct picture_memo {
	struct picture list[PICTURE_MEMO_MAX];	/* the oldest first */
	unsigned count;
	size_t bytes;
};

struct picture_memo *
picture_memo_create(void)
{
	return check_calloc(1, sizeof(struct picture_memo));
}

static void
forget_oldest(struct picture_memo *m)
{
	m->bytes -= m->list[0].n;
	check_free(m->list[0].pixels);
	m->count--;
	memmove(&m->list[0], &m->list[1], m->count * sizeof m->list[0]);
}

void
picture_memo_free(struct picture_memo *m)
{
	while (m != NULL && m->count != 0)
		forget_oldest(m);
	check_free(m);
}

static void
hash_pixels(const uint8_t *pixels, size_t n, uint8_t out[DIGEST_SIZE])
{
	struct digest d;

	digest_init(&d);
	digest_add(&d, pixels, n);
	digest_final(&d, out);
}

/* It outlives runs, and what they put back. */
void
picture_memo_hash(struct picture_memo *m, const uint8_t *pixels, size_t n,
    uint8_t out[DIGEST_SIZE])
{
	struct picture *p;

	for (unsigned i = 0; m != NULL && i < m->count; i++) {
		p = &m->list[i];
		if (p->n != n || memcmp(p->pixels, pixels, n) != 0)
			continue;
		memcpy(out, p->hash, DIGEST_SIZE);
		return;
	}
	hash_pixels(pixels, n, out);
	if (m == NULL || n == 0 || n > PICTURE_MEMO_BYTES_MAX)
		return;
	arena_pause();
	while (m->count == PICTURE_MEMO_MAX ||
	    m->bytes + n > PICTURE_MEMO_BYTES_MAX)
		forget_oldest(m);
	p = &m->list[m->count++];
	p->pixels = check_malloc(n);
	arena_resume();
	memcpy(p->pixels, pixels, n);
	p->n = n;
	memcpy(p->hash, out, DIGEST_SIZE);
	m->bytes += n;
}

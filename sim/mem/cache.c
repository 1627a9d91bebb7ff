/* cache.c: the CPU's cache of one guest page, where devices do not snoop. */
#include "cache.h"

#include <string.h>

/* Lines have 16 bytes at least, so theirs are whole bytes of bits. */
static void
bits_none(struct cache_page *c, unsigned size, size_t i)
{
	memset(c->third + i * size / 8, 0, size / 8);
	memset(c->mixed + i * size / 8, 0, size / 8);
}

/* Of n bytes from at, those that memory has otherwise than the line. */
static void
bits_note(const struct cache_page *c, uint8_t *bits, const uint8_t *ram,
    size_t at, size_t n)
{
	if (memcmp(c->data + at, ram + at, n) == 0)
		return;
	for (; n != 0; at++, n--)
		if (c->data[at] != ram[at])
			bits[at / 8] |= (uint8_t)(1u << at % 8);
}

static void
bits_clear(uint8_t *bits, size_t at, size_t n)
{
	for (; n != 0; at++, n--)
		bits[at / 8] &= (uint8_t)~(1u << at % 8);
}

static int
bits_any(const uint8_t *bits, size_t at, size_t n)
{
	for (; n != 0; at++, n--)
		if ((bits[at / 8] >> at % 8 & 1) != 0)
			return 1;
	return 0;
}

static void
line_fill(struct cache_page *c, unsigned size, const uint8_t *ram, size_t i)
{
	if (c->line[i] != CACHE_ABSENT)
		return;
	memcpy(c->data + i * size, ram + i * size, size);
	bits_none(c, size, i);
	c->line[i] = CACHE_CLEAN;
}

/* Rule C4: the whole line, whatever part of it is asked for. */
static int
line_write_back(struct cache_page *c, unsigned size, uint8_t *ram, size_t i)
{
	int mixed;

	if (c->line[i] < CACHE_DIRTY)
		return 0;
	mixed = c->keeps && bits_any(c->mixed, i * size, size);
	if (c->line[i] == CACHE_DIRTY)
		memcpy(ram + i * size, c->data + i * size, size);
	bits_none(c, size, i);
	c->line[i] = CACHE_CLEAN;
	return mixed;
}

/* The bytes of line i that are in [at, at + n), of which there are some. */
static size_t
part_of(unsigned size, size_t i, size_t *at, size_t n)
{
	size_t end = *at + n < (i + 1) * size ? *at + n : (i + 1) * size;

	if (*at < i * size)
		*at = i * size;
	return end - *at;
}

int
cache_absent(const struct cache_page *c, unsigned size, const uint8_t *ram,
    size_t i)
{
	return c->line[i] == CACHE_ABSENT || (c->line[i] == CACHE_CLEAN &&
	    memcmp(c->data + i * size, ram + i * size, size) == 0 &&
	    !(c->keeps && bits_any(c->third, i * size, size)));
}

void
cache_load(const struct cache_page *c, unsigned size, const uint8_t *ram,
    size_t at, void *dst, size_t n)
{
	uint8_t *to = dst;

	while (n != 0) {
		size_t i = at / size, len = size - at % size;

		if (len > n)
			len = n;
		memcpy(to, (c->line[i] == CACHE_ABSENT ? ram : c->data) + at,
		    len);
		to += len;
		at += len;
		n -= len;
	}
}

void
cache_fill(struct cache_page *c, unsigned size, const uint8_t *ram, size_t at,
    size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		line_fill(c, size, ram, i);
}

/* What a store that comes now leaves of third values and of mixed bytes. */
static void
line_stored(struct cache_page *c, unsigned size, const uint8_t *ram, size_t i,
    size_t at, const uint8_t *src, size_t n)
{
	if (c->line[i] == CACHE_CLEAN) {
		bits_note(c, c->third, ram, i * size, size);
		memcpy(c->mixed + i * size / 8, c->third + i * size / 8,
		    size / 8);
	} else if (memcmp(c->data + at, src, n) != 0) {
		bits_note(c, c->third, ram, at, n);
	}
	bits_clear(c->mixed, at, n);
}

void
cache_store(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    const void *src, size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		size_t from = at, len = part_of(size, i, &from, n);

		line_fill(c, size, ram, i);
		if (c->keeps)
			line_stored(c, size, ram, i, from, (const uint8_t *)src +
			    (from - at), len);
		c->line[i] = CACHE_DIRTY;
	}
	memcpy(c->data + at, src, n);
}

static int
other(const struct cache_chooser *by, enum cache_fate fate)
{
	return by->pick != NULL && by->pick(by->self, fate);
}

void
cache_device_load(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n, const struct cache_chooser *by)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		if (c->line[i] == CACHE_DIRTY && other(by, CACHE_EVICT))
			(void)line_write_back(c, size, ram, i);	/* not C1 */
}

int
cache_device_store(struct cache_page *c, unsigned size, uint8_t *ram,
    size_t at, const void *src, size_t n, const struct cache_chooser *by)
{
	size_t first = at / size, last = (at + n - 1) / size;
	int dirty = 0;

	if (n == 0)
		return 0;
	for (size_t i = first; i <= last; i++) {	/* rule C2 */
		size_t from = at, len = part_of(size, i, &from, n);

		dirty |= c->line[i] >= CACHE_DIRTY;
		if (c->keeps && c->line[i] == CACHE_CLEAN && memcmp(ram + from,
		    (const uint8_t *)src + (from - at), len) != 0)
			bits_note(c, c->third, ram, from, len);
		if (cache_absent(c, size, ram, i)) {
			c->line[i] = CACHE_ABSENT;
			if (!other(by, CACHE_FILL))
				line_fill(c, size, ram, i);
		}
	}
	memcpy(ram + at, src, n);
	for (size_t i = first; i <= last; i++)		/* rule C3 */
		if (c->line[i] == CACHE_DIRTY && !other(by, CACHE_OVERWRITE))
			(void)line_write_back(c, size, ram, i);
	return dirty;
}

int
cache_clean(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n)
{
	int mixed = 0;

	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		mixed |= line_write_back(c, size, ram, i);
	return mixed;
}

int
cache_invalidate(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n, const struct cache_chooser *by)
{
	int dirty = 0;

	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		dirty |= c->line[i] >= CACHE_DIRTY;
		if (c->line[i] == CACHE_DIRTY && other(by, CACHE_DISCARD))
			(void)line_write_back(c, size, ram, i);	/* not C5 */
		c->line[i] = CACHE_ABSENT;
		bits_none(c, size, i);
	}
	return dirty;
}

/*
 * A fate that came before the look: a dirty line was written back, another one
 * went and was filled again, and what the bytes n from at have now is seen.
 * Bytes beside them may have been stored to behind it, so they have, each, what
 * they have now or what they had.  1 as line_write_back().
 */
static int
line_went_before(struct cache_page *c, unsigned size, uint8_t *ram, size_t i,
    size_t at, size_t n)
{
	uint8_t beside[CACHE_PAGE / 8] = { 0 };
	int dirty = c->line[i] == CACHE_DIRTY, mixed = 0;

	bits_note(c, beside, ram, i * size, at - i * size);
	bits_note(c, beside, ram, at + n, (i + 1) * size - (at + n));
	if (dirty) {
		mixed = line_write_back(c, size, ram, i);
	} else {
		c->line[i] = CACHE_ABSENT;
		line_fill(c, size, ram, i);
	}
	memcpy(c->third + i * size / 8, beside + i * size / 8, size / 8);
	if (dirty && bits_any(beside, i * size, size))
		c->line[i] = CACHE_EVICTED;
	return mixed;
}

int
cache_looks(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n, const struct cache_chooser *by)
{
	int seen = 0;

	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		size_t from = at, len = part_of(size, i, &from, n);

		if (bits_any(c->line[i] >= CACHE_DIRTY ? c->mixed : c->third,
		    from, len))
			seen |= CACHE_THIRD;
		if (c->line[i] != CACHE_CLEAN)
			continue;
		if (memcmp(c->data + from, ram + from, len) != 0 &&
		    other(by, CACHE_FILL)) {
			(void)line_went_before(c, size, ram, i, from, len);
			seen |= CACHE_CHANGED;
		}
	}
	return seen;
}

int
cache_device_looks(struct cache_page *c, unsigned size, uint8_t *ram,
    size_t at, size_t n, const struct cache_chooser *by)
{
	int seen = 0;

	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		size_t from = at, len = part_of(size, i, &from, n);

		if (c->line[i] < CACHE_DIRTY)
			continue;
		if (bits_any(c->third, from, len))
			seen |= CACHE_THIRD;
		if (c->line[i] == CACHE_DIRTY &&
		    memcmp(c->data + from, ram + from, len) != 0 &&
		    other(by, CACHE_EVICT)) {
			if (line_went_before(c, size, ram, i, from, len))
				seen |= CACHE_THIRD;
			seen |= CACHE_CHANGED;
		}
	}
	return seen;
}

int
cache_dirty(const struct cache_page *c, unsigned size, size_t at, size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		if (c->line[i] == CACHE_DIRTY)
			return 1;
	return 0;
}

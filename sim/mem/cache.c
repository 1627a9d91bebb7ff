/* cache.c: the CPU's cache of one guest page, where devices do not snoop. */
#include "cache.h"

#include <string.h>

static void
line_fill(struct cache_page *c, unsigned size, const uint8_t *ram, size_t i)
{
	if (c->line[i] != CACHE_ABSENT)
		return;
	memcpy(c->data + i * size, ram + i * size, size);
	c->line[i] = CACHE_CLEAN;
}

/* Rule C4: the whole line, whatever part of it is asked for. */
static void
line_write_back(struct cache_page *c, unsigned size, uint8_t *ram, size_t i)
{
	if (c->line[i] != CACHE_DIRTY)
		return;
	memcpy(ram + i * size, c->data + i * size, size);
	c->line[i] = CACHE_CLEAN;
}

int
cache_absent(const struct cache_page *c, unsigned size, const uint8_t *ram,
    size_t i)
{
	return c->line[i] == CACHE_ABSENT || (c->line[i] == CACHE_CLEAN &&
	    memcmp(c->data + i * size, ram + i * size, size) == 0);
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

void
cache_store(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    const void *src, size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		line_fill(c, size, ram, i);
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
			line_write_back(c, size, ram, i);	/* not C1 */
}

void
cache_device_store(struct cache_page *c, unsigned size, uint8_t *ram,
    size_t at, const void *src, size_t n, const struct cache_chooser *by)
{
	size_t first = at / size, last = (at + n - 1) / size;

	if (n == 0)
		return;
	for (size_t i = first; i <= last; i++)		/* rule C2 */
		if (cache_absent(c, size, ram, i)) {
			c->line[i] = CACHE_ABSENT;
			if (!other(by, CACHE_FILL))
				line_fill(c, size, ram, i);
		}
	memcpy(ram + at, src, n);
	for (size_t i = first; i <= last; i++)		/* rule C3 */
		if (c->line[i] == CACHE_DIRTY && !other(by, CACHE_OVERWRITE))
			line_write_back(c, size, ram, i);
}

void
cache_clean(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		line_write_back(c, size, ram, i);
}

void
cache_invalidate(struct cache_page *c, unsigned size, uint8_t *ram, size_t at,
    size_t n, const struct cache_chooser *by)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++) {
		if (c->line[i] == CACHE_DIRTY && other(by, CACHE_DISCARD))
			line_write_back(c, size, ram, i);	/* not C5 */
		c->line[i] = CACHE_ABSENT;
	}
}

int
cache_dirty(const struct cache_page *c, unsigned size, size_t at, size_t n)
{
	for (size_t i = at / size; n != 0 && i <= (at + n - 1) / size; i++)
		if (c->line[i] == CACHE_DIRTY)
			return 1;
	return 0;
}

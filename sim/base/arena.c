/* arena.c: sizes in classes, a list of what is free for each; see arena.h. */
#include "arena.h"

#include <stdint.h>
#include <string.h>

#include "check.h"
#include "host.h"

#define ARENA_SIZE	((size_t)1 << 30)	/* of addresses */
#define ALIGN		16u
#define SMALL		512u		/* in steps of ALIGN up to here */
#define STEPS		4u		/* then so many between powers of 2 */
#define CLASSES		(SMALL / ALIGN + 1 + STEPS * 32u)
#define SOON		((size_t)64 << 10) /* whoever takes no more uses all of
					   it, and others come behind it */

/* Lies before what is given away. */
struct head {
	uint32_t class;
	uint32_t live;
	struct head *next;		/* where it is free */
};
_Static_assert(sizeof(struct head) % ALIGN == 0 || sizeof(void *) != 8,
    "what is given away is aligned");

/* At the start of the range, so that it is put back with the rest. */
struct arena {
	size_t used;			/* bytes from the start */
	uint64_t live;
	struct head *vacant[CLASSES];
};

static uint8_t *range;			/* NULL: never begun */
static size_t expected;			/* up to here it is in use, or soon */
static int on;
static unsigned paused;

static struct arena *
arena(void)
{
	return (struct arena *)(void *)range;
}

int
arena_begin(struct error *err)
{
	CHECK(!on && paused == 0);
	if (range != NULL && arena()->live == 0) {
		host_unmap(range, ARENA_SIZE);
		range = NULL;
	}
	if (range == NULL) {
		range = host_map(ARENA_SIZE, err);
		if (range == NULL)
			return -1;
		expected = 0;
		arena()->used = (sizeof(struct arena) + ALIGN - 1) / ALIGN *
		    ALIGN;
	}
	on = 1;
	return 0;
}

void
arena_end(void)
{
	on = 0;
	paused = 0;
}

void
arena_pause(void)
{
	paused++;
}

void
arena_resume(void)
{
	CHECK(paused != 0);
	paused--;
}

int
arena_is_on(void)
{
	return on && paused == 0;
}

void
arena_range(void **start, size_t *len, size_t *used)
{
	*start = range;
	*len = range != NULL ? ARENA_SIZE : 0;
	*used = range != NULL ? arena()->used : 0;
}

int
arena_owns(const void *p)
{
	uintptr_t at = (uintptr_t)p, start = (uintptr_t)range;

	return range != NULL && at >= start && at - start < ARENA_SIZE;
}

/* The class of a size, and the size that things of it have. */
static uint32_t
class_of(size_t size, size_t *whole)
{
	size_t power = SMALL, step;
	uint32_t class = SMALL / ALIGN;

	if (size <= SMALL) {
		*whole = (size + ALIGN - 1) / ALIGN * ALIGN;
		return (uint32_t)(*whole / ALIGN);
	}
	while (2 * power < size) {
		power *= 2;
		class += STEPS;
	}
	step = power / STEPS;
	class += (uint32_t)((size - power + step - 1) / step);
	*whole = power + (size - power + step - 1) / step * step;
	return class;
}

/* What begins at used is taken: a fault for each of its pages would cost more. */
static void
expect(const struct arena *a, size_t size)
{
	size_t from = a->used / SOON * SOON, end = a->used + size;

	if (size > SOON || end <= expected)
		return;
	if (from < expected)
		from = expected;
	expected = (end + SOON - 1) / SOON * SOON;
	host_soon(range + from, expected - from);
}

/* *fresh: it was never given away, and is zero. */
static void *
take(size_t size, int *fresh)
{
	struct arena *a = arena();
	size_t whole;
	uint32_t class;
	struct head *h;

	CHECK(size < ARENA_SIZE);
	class = class_of(size != 0 ? size : 1, &whole);
	CHECK(class < CLASSES);
	h = a->vacant[class];
	*fresh = h == NULL;
	if (h != NULL) {
		a->vacant[class] = h->next;
	} else {
		CHECK(whole + sizeof *h <= ARENA_SIZE - a->used);
		expect(a, whole + sizeof *h);
		h = (struct head *)(void *)(range + a->used);
		a->used += whole + sizeof *h;
		h->class = class;
	}
	h->live = 1;
	h->next = NULL;
	a->live++;
	return h + 1;
}

static struct head *
head_of(void *p)
{
	struct head *h = (struct head *)p - 1;

	CHECK(arena_owns(p) && h->live == 1 && h->class < CLASSES);
	return h;
}

static size_t
size_of_class(uint32_t class)
{
	size_t power = SMALL;

	if (class <= SMALL / ALIGN)
		return (size_t)class * ALIGN;
	class -= SMALL / ALIGN;
	while (class > STEPS) {
		class -= STEPS;
		power *= 2;
	}
	return power + power / STEPS * class;
}

void *
arena_alloc(size_t size)
{
	int fresh;

	return take(size, &fresh);
}

void *
arena_alloc_zeroed(size_t size)
{
	int fresh;
	void *p = take(size, &fresh);

	return fresh ? p : memset(p, 0, size);
}

void
arena_free(void *p)
{
	struct arena *a = arena();
	struct head *h;

	if (p == NULL)
		return;
	h = head_of(p);
	h->live = 0;
	h->next = a->vacant[h->class];
	a->vacant[h->class] = h;
	a->live--;
}

void *
arena_realloc(void *p, size_t size)
{
	size_t has;
	void *to;

	if (p == NULL)
		return arena_alloc(size);
	has = size_of_class(head_of(p)->class);
	if (size <= has)
		return p;
	to = memcpy(arena_alloc(size), p, has);
	arena_free(p);
	return to;
}

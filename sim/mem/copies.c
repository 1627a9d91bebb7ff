/* copies.c: copies that nobody looks at; rule X7. */
#include "copies.h"

#include <string.h>

static int
overlaps(const struct copy *y, uint64_t pa, uint64_t size)
{
	return pa < y->pa + y->size && y->pa < pa + size;
}

/* Whether these bytes have a line in common with the copy. */
static int
shares(const struct copy *y, uint64_t pa, uint64_t size, unsigned line)
{
	uint64_t first, end;

	if (y->bounced || line == 0)
		return 0;
	first = y->pa / line * line;
	end = (y->pa + y->size + line - 1) / line * line;
	return pa < end && first < pa + size;
}

int
copies_add(struct copies *c, uint64_t pa, uint64_t size, int bounced)
{
	size_t i = 0;

	while (i < c->n && c->list[i].pa < pa)
		i++;
	if (i < c->n && c->list[i].pa == pa) {
		/* What was left out before was left out as another one. */
		c->looked |= c->list[i].bounced != bounced ||
		    c->list[i].size != size;
		return 0;
	}
	if (c->n == COPIES_MAX || (i < c->n && pa + size > c->list[i].pa) ||
	    (i > 0 && c->list[i - 1].pa + c->list[i - 1].size > pa))
		return 0;
	memmove(&c->list[i + 1], &c->list[i],
	    (c->n - i) * sizeof c->list[0]);
	c->list[i] = (struct copy){ .pa = pa, .size = size,
	    .bounced = bounced, .anew = 1 };
	c->n++;
	return 1;
}

void
copies_look(struct copies *c, uint64_t pa, uint64_t size)
{
	for (size_t i = 0; i < c->n; i++)
		c->looked |= overlaps(&c->list[i], pa, size) &&
		    !c->list[i].anew;
}

void
copies_store(struct copies *c, uint64_t pa, uint64_t size, unsigned line)
{
	for (size_t i = 0; i < c->n; i++) {
		struct copy *y = &c->list[i];

		if (pa <= y->pa && y->pa + y->size <= pa + size) {
			y->anew = 1;
			y->beside = 0;
		} else if (!y->anew) {
			c->looked |= overlaps(y, pa, size);
			y->beside |= shares(y, pa, size, line);
		}
	}
}

void
copies_invalidate(struct copies *c, uint64_t pa, uint64_t size, unsigned line)
{
	for (size_t i = 0; i < c->n; i++) {
		struct copy *y = &c->list[i];

		if (!shares(y, pa, size, line))
			continue;
		c->looked |= y->beside;
		y->beside = 0;
		if (pa / line <= y->pa / line && (y->pa + y->size - 1) / line <=
		    (pa + size - 1) / line)
			y->anew = 1;
	}
}

void
copies_meet(struct copies *c, uint64_t pa, uint64_t size, unsigned line)
{
	for (size_t i = 0; i < c->n; i++)
		c->looked |= shares(&c->list[i], pa, size, line) &&
		    c->list[i].beside;
}

void
copies_compared(struct copies *c)
{
	for (size_t i = 0; i < c->n; i++) {
		c->looked |= c->list[i].beside;
		c->list[i].anew = 0;
	}
}

const struct copy *
copies_at(const struct copies *c, uint64_t pa)
{
	for (size_t i = 0; i < c->n; i++)
		if (overlaps(&c->list[i], pa, 1))
			return &c->list[i];
	return NULL;
}

void
copies_state(const struct copies *c, struct state *s)
{
	state_add_u64(s, c->n);
	for (size_t i = 0; i < c->n; i++)
		state_add_u64(s, c->list[i].pa << 1 |
		    (uint64_t)c->list[i].bounced);
}

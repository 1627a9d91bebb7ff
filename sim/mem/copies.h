/*
 * copies.h: copies that the CPU has of what a device wrote, and that nobody
 * looks at; rule X7 of MODEL.md.
 *
 * A driver that looks behind a POSTREAD at whether the device wants to be
 * notified does not see what the CPU had of that before, in a page that is bounced
 * or in a line of its cache.  Where ways are compared at the end of a window such
 * copies are left out.  That is an assumption; that somebody looks at one before
 * it is made anew is told, and then all is to be explored with them.
 */
#ifndef VIOTAPE_COPIES_H
#define VIOTAPE_COPIES_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

#define COPIES_MAX	64u		/* more are not left out */

struct copy {
	uint64_t pa, size;		/* where the CPU sees it */
	int bounced;			/* memory is the copy; or a line is */
	int anew;			/* made since ways were compared last */
	int beside;			/* its line was stored to, and it was not
					   made anew before */
};

struct copies {
	struct copy list[COPIES_MAX];	/* by pa */
	size_t n;
	int looked;			/* somebody did */
};

/* A device wrote there.  1: it is new in the list. */
int copies_add(struct copies *c, uint64_t pa, uint64_t size, int bounced);
/*
 * What becomes of [pa, pa + size), lines having line bytes (0: there are none):
 * somebody looks at it; it is stored to; its lines are invalidated; or lines
 * that are dirty come to memory, or a device looks there.
 */
void copies_look(struct copies *c, uint64_t pa, uint64_t size);
void copies_store(struct copies *c, uint64_t pa, uint64_t size, unsigned line);
void copies_invalidate(struct copies *c, uint64_t pa, uint64_t size,
    unsigned line);
void copies_meet(struct copies *c, uint64_t pa, uint64_t size, unsigned line);
/* Ways were compared that may differ in copies. */
void copies_compared(struct copies *c);

/* The copy that the byte at pa is of, or NULL. */
const struct copy *copies_at(const struct copies *c, uint64_t pa);
/* Which there are. */
void copies_state(const struct copies *c, struct state *s);

#endif

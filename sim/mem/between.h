/*
 * between.h: accesses between which an interrupt could have come.
 *
 * Interrupts, soft interrupts and timeouts come at calls (sched.h).  On a real
 * CPU they come between any two instructions that their level allows.  Where an
 * access has nothing to do with what the handler touches, it makes no difference
 * on which side of it the handler came.  So of the accesses since the last call
 * at which it could have come, a stretch, one may be of the same bytes as the
 * handler's (one of the two a store): the handler came before it or after it.
 * With two of them there is a way that no run goes: between them (rule R2).
 *
 * Each context that is under way has a stretch of its own: the process at depth
 * 0, what interrupted it at 1, and so on.
 */
#ifndef VIOTAPE_BETWEEN_H
#define VIOTAPE_BETWEEN_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

#define BETWEEN_DEPTH	20u		/* contexts that are under way */

struct between;

/* What a handler could have come between: by the first and the last of them. */
struct between_pair {
	const void *first, *last;
};

struct between *between_create(void);
void between_destroy(struct between *b);
/* The context at depth runs, and a new stretch of it begins.  It is another
   handler if what ran was not so deep, else the same one. */
void between_stretch(struct between *b, unsigned depth);
/* The context at depth runs, what interrupted it is gone. */
void between_back(struct between *b, unsigned depth);
/* Whether something could come between the accesses from now on. */
void between_exposed(struct between *b, int exposed);
/*
 * 1, and *pair, if this is a handler's, and there is now a second access of the
 * stretch that it interrupted with bytes in common: each pair once.
 */
int between_access(struct between *b, uint64_t va, size_t size, int write,
    const void *pc, struct between_pair *pair);
/* Of stretches that are still to be compared. */
void between_state(const struct between *b, struct state *s);

#endif

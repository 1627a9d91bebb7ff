/*
 * blocks.h: what contexts touch between two turns, and whether it matters which
 * of two goes first.
 *
 * A context of the guest runs in blocks: from one call at which CPUs take turns
 * to the next.  A block is known by the step of the scenario, by who runs (the
 * handler, soft interrupt or timeout; 0 is the process) and by what it begins
 * with.  All that it has ever touched is kept: locks, registers, pages that a
 * device may see, atomic variables, the scheduler's own things.  Two blocks are
 * apart if no thing is touched by both, and changed by one of them: then nobody
 * can tell which went first (rule K3).  A block is private if that is so with
 * the blocks of all others in its step.
 *
 * What blocks touch is learned from ways that are gone, so what was said of one
 * may turn out to be wrong.  Then it is broken: who relied on it begins again,
 * and knows more.
 */
#ifndef VIOTAPE_BLOCKS_H
#define VIOTAPE_BLOCKS_H

#include <stdint.h>

#include "error.h"

struct blocks;

/* Not of a run's memory: nobody puts it back.  NULL: there is no memory. */
struct blocks *blocks_create(struct error *err);
void blocks_destroy(struct blocks *b);

/* From 1; 0 if there are too many, which breaks them for good. */
uint32_t blocks_of(struct blocks *b, uint64_t step, uint64_t who,
    uint64_t first);
/* Nothing for block 0.  change: others could tell that it was. */
void blocks_touch(struct blocks *b, uint32_t block, uint64_t what, int change);
/* By a block, and a private one within it, or the same; nothing without b. */
void blocks_touch_within(struct blocks *b, uint32_t block, uint32_t within,
    uint64_t what, int change);
/* 1 if so, as far as is known: who asks relies on it.  Of block 0 nothing is. */
int blocks_private(struct blocks *b, uint32_t block);
int blocks_apart(struct blocks *b, uint32_t one, uint32_t other);
/* Nobody relies on anything any more. */
void blocks_rely_on_nothing(struct blocks *b);
/* What somebody relied on was not so. */
int blocks_broken(const struct blocks *b);
/* ... and never will be: there were too many. */
int blocks_full(const struct blocks *b);

#endif

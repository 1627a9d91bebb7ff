/* blocks.c: what contexts touch between two turns; rule K3. */
#include "blocks.h"

#include <string.h>

#include "check.h"
#include "host.h"

#define BLOCKS_MAX	(1u << 14)
#define THINGS_MAX	(1u << 17)
#define USES_MAX	(1u << 18)
#define APART_MAX	(1u << 18)
#define LOAD		2u		/* slots for each that there may be */

struct block {
	uint64_t step, who, first;
	uint32_t uses;			/* the latest, or 0 */
	uint32_t shared;		/* things that others touch, too */
	int relied;			/* on its being private */
};

/* Something that is touched in a step. */
struct thing {
	uint64_t step, what;
	uint32_t uses;
	int shared;
};

struct use {
	uint32_t block, thing;
	uint32_t next_of_block, next_of_thing;
	int change;
};

/* Numbers from 1; what a slot holds, 0 is none. */
struct blocks {
	uint32_t nblocks, nthings, nuses, napart;
	int broken, full;
	struct block block[BLOCKS_MAX + 1];
	struct thing thing[THINGS_MAX + 1];
	struct use use[USES_MAX + 1];
	uint32_t block_slot[LOAD * BLOCKS_MAX];
	uint32_t thing_slot[LOAD * THINGS_MAX];
	uint32_t use_slot[LOAD * USES_MAX];
	/* Two blocks, the lower number in the upper half; 0 is none. */
	uint64_t apart_slot[LOAD * APART_MAX];
};

struct blocks *
blocks_create(struct error *err)
{
	return host_map(sizeof(struct blocks), err);
}

void
blocks_destroy(struct blocks *b)
{
	if (b != NULL)
		host_unmap(b, sizeof *b);
}

static uint32_t
mixed(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) ^ b;

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93) ^ c;
	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x >> 32);
}

static void
fill_up(struct blocks *b)
{
	b->full = b->broken = 1;
}

uint32_t
blocks_of(struct blocks *b, uint64_t step, uint64_t who, uint64_t first)
{
	uint32_t at = mixed(step, who, first) % (LOAD * BLOCKS_MAX);
	struct block *block;

	for (; b->block_slot[at] != 0; at = (at + 1) % (LOAD * BLOCKS_MAX)) {
		block = &b->block[b->block_slot[at]];
		if (block->step == step && block->who == who &&
		    block->first == first)
			return b->block_slot[at];
	}
	if (b->nblocks == BLOCKS_MAX) {
		fill_up(b);
		return 0;
	}
	block = &b->block[++b->nblocks];
	block->step = step;
	block->who = who;
	block->first = first;
	return b->block_slot[at] = b->nblocks;
}

/* NULL: too many. */
static struct thing *
thing_at(struct blocks *b, uint64_t step, uint64_t what)
{
	uint32_t at = mixed(step, what, 1) % (LOAD * THINGS_MAX);
	struct thing *thing;

	for (; b->thing_slot[at] != 0; at = (at + 1) % (LOAD * THINGS_MAX)) {
		thing = &b->thing[b->thing_slot[at]];
		if (thing->step == step && thing->what == what)
			return thing;
	}
	if (b->nthings == THINGS_MAX) {
		fill_up(b);
		return NULL;
	}
	b->thing_slot[at] = ++b->nthings;
	thing = &b->thing[b->nthings];
	thing->step = step;
	thing->what = what;
	return thing;
}

static uint64_t
pair_of(uint32_t one, uint32_t other)
{
	return one < other ? (uint64_t)one << 32 | other :
	    (uint64_t)other << 32 | one;
}

/* Where the pair is, or would be. */
static uint64_t *
apart_at(struct blocks *b, uint64_t pair)
{
	uint32_t at = mixed(pair, 2, 3) % (LOAD * APART_MAX);

	while (b->apart_slot[at] != 0 && b->apart_slot[at] != pair)
		at = (at + 1) % (LOAD * APART_MAX);
	return &b->apart_slot[at];
}

static void
share(struct blocks *b, struct block *block)
{
	block->shared++;
	b->broken |= block->relied;
}

/* A use is new, or changes now: what it makes of those that others have. */
static void
compare(struct blocks *b, struct thing *thing, const struct use *use, int news)
{
	struct block *block = &b->block[use->block];
	int shared = thing->shared;

	for (uint32_t i = thing->uses; i != 0; i = b->use[i].next_of_thing) {
		const struct use *u = &b->use[i];

		if (b->block[u->block].who == block->who ||
		    (!u->change && !use->change))
			continue;
		shared = 1;
		b->broken |= *apart_at(b, pair_of(u->block, use->block)) != 0;
	}
	if (shared && !thing->shared)
		for (uint32_t i = thing->uses; i != 0;
		    i = b->use[i].next_of_thing)
			share(b, &b->block[b->use[i].block]);
	else if (shared && news)
		share(b, block);
	thing->shared = shared;
}

static struct use *
use_find(struct blocks *b, uint32_t block, uint32_t thing, uint32_t *at)
{
	*at = mixed(block, thing, 4) % (LOAD * USES_MAX);
	for (; b->use_slot[*at] != 0; *at = (*at + 1) % (LOAD * USES_MAX)) {
		struct use *u = &b->use[b->use_slot[*at]];

		if (u->block == block && u->thing == thing)
			return u;
	}
	return NULL;
}

void
blocks_touch(struct blocks *b, uint32_t block, uint64_t what, int change)
{
	struct thing *thing;
	struct use *use;
	uint32_t at;

	if (block == 0 || b->full)
		return;
	thing = thing_at(b, b->block[block].step, what);
	if (thing == NULL)
		return;
	use = use_find(b, block, (uint32_t)(thing - b->thing), &at);
	if (use != NULL) {
		if (change && !use->change) {
			use->change = 1;
			compare(b, thing, use, 0);
		}
		return;
	}
	if (b->nuses == USES_MAX) {
		fill_up(b);
		return;
	}
	b->use_slot[at] = ++b->nuses;
	use = &b->use[b->nuses];
	use->block = block;
	use->thing = (uint32_t)(thing - b->thing);
	use->change = change != 0;
	use->next_of_block = b->block[block].uses;
	b->block[block].uses = b->nuses;
	use->next_of_thing = thing->uses;
	thing->uses = b->nuses;
	compare(b, thing, use, 1);
}

void
blocks_touch_within(struct blocks *b, uint32_t block, uint32_t within,
    uint64_t what, int change)
{
	if (b == NULL)
		return;
	blocks_touch(b, block, what, change);
	if (within != block)
		blocks_touch(b, within, what, change);
}

int
blocks_private(struct blocks *b, uint32_t block)
{
	if (block == 0 || b->block[block].shared != 0)
		return 0;
	b->block[block].relied = 1;
	return 1;
}

int
blocks_apart(struct blocks *b, uint32_t one, uint32_t other)
{
	uint64_t *slot;

	if (one == 0 || other == 0 || b->full)
		return 0;
	slot = apart_at(b, pair_of(one, other));
	if (*slot != 0)
		return 1;
	for (uint32_t i = b->block[one].uses; i != 0;
	    i = b->use[i].next_of_block) {
		uint32_t at;
		const struct use *u = use_find(b, other, b->use[i].thing, &at);

		if (u != NULL && (u->change || b->use[i].change))
			return 0;
	}
	if (b->napart == APART_MAX) {
		fill_up(b);
		return 0;
	}
	b->napart++;
	*slot = pair_of(one, other);
	return 1;
}

void
blocks_rely_on_nothing(struct blocks *b)
{
	for (uint32_t i = 1; i <= b->nblocks; i++)
		b->block[i].relied = 0;
	if (b->napart != 0)
		memset(b->apart_slot, 0, sizeof b->apart_slot);
	b->napart = 0;
	b->broken = b->full;
}

int
blocks_broken(const struct blocks *b)
{
	return b->broken;
}

int
blocks_full(const struct blocks *b)
{
	return b->full;
}

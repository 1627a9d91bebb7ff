/*
 * mutant.h: a guest that is the same but for one thing that it asks of the
 * kernel: a sync that is left out, a barrier that is a weaker one, an address
 * that is of another kind.  The door does it; no driver is edited.
 *
 * What a mutant changes is a *site*: a call through the door of one kind, with
 * the same operations, by one of its call paths.  A line would not do: a helper
 * that syncs hides all its callers behind one.  A run tells which sites it
 * came by (door_mutate), and a later run of the same guest, whose paths are the
 * same numbers, may have some of them changed.
 *
 *	kind		what				changes
 *	SYNC		operations, HC_SYNC_*		DROPPED (operations)
 *	BARRIER		enum hc_barrier			DROPPED, WEAKER (which)
 *	LOAD		0				KVA, PA: of each ds_addr
 *	MMAP		0				KVA, BUS: of the page
 */
#ifndef VIOTAPE_MUTANT_H
#define VIOTAPE_MUTANT_H

#include <stddef.h>
#include <stdint.h>

#include "callpath.h"

enum mutant_kind { MUTANT_SYNC, MUTANT_BARRIER, MUTANT_LOAD, MUTANT_MMAP };
#define MUTANT_KINDS	4

struct mutant_site {
	enum mutant_kind kind;
	uint32_t what;
	struct callpath path;
	uint64_t calls;
};

/* In the order in which a run came by them.  {0} is none. */
struct mutant_sites {
	struct mutant_site *list;
	size_t n, max;
};

enum mutant_how {
	MUTANT_DROPPED,			/* arg: operations; of a barrier 0 */
	MUTANT_WEAKER,			/* arg: the barrier that it is instead */
	MUTANT_KVA,			/* a kernel virtual address instead */
	MUTANT_PA,			/* the memory's physical one */
	MUTANT_BUS			/* the one that a device uses */
};

struct mutant_change {
	enum mutant_how how;
	uint32_t arg;
};

struct mutant {
	enum mutant_kind kind;
	uint32_t what;
	struct mutant_change change;
	const struct callpath *paths;	/* the caller's; any of them */
	size_t npaths;
};

void mutant_sites_free(struct mutant_sites *s);
/*
 * One more call by there.  The list outlives the run, and what the run puts back
 * (arena.h).
 */
void mutant_sites_add(struct mutant_sites *s, enum mutant_kind kind,
    uint32_t what, const struct callpath *path);

#endif

/*
 * compare.h: how two accounts differ: which of their items are the same, which
 * come in another order, which only one of them has.
 *
 *	c = compare_create(a, b, registers);
 *	if (compare_differs(c)) ... c->first, c->counts
 *	compare_free(c);
 *
 * The longest common sequence is what is the same and in order, searched for
 * between equal steps.  What is left between two of its items and has the same
 * name has changed: its content is another.  Of what is left then, the nth on
 * one side and the nth like it on the other are the same in another order.
 * The answer does not depend on which is given first.
 */
#ifndef VIOTAPE_COMPARE_H
#define VIOTAPE_COMPARE_H

#include "account.h"

#define COMPARE_NONE	SIZE_MAX

/* Edits between two steps that are searched for; with more the nth of those
   that are alike are the same, in order along the longest rising sequence. */
#define COMPARE_EDITS_MAX	3000

enum compare_fate {
	COMPARE_SAME,		/* the other has it, here */
	COMPARE_MOVED,		/* ... elsewhere */
	COMPARE_ALONE		/* the other has it not */
};

/* An item of a side that is compared. */
struct compare_item {
	const struct account_item *item;
	enum compare_fate fate;
	size_t mate;		/* its number on the other side, or NONE */
	int changed;		/* the mate has another content */
};

struct compare_side {
	const struct account *account;
	struct compare_item *items;
	size_t n;
};

struct compare_counts {
	size_t both, moved, changed;	/* moved and changed are of both */
	size_t alone[2];
};

struct compare {
	struct compare_side side[2];
	/* Items at the beginning that say the same; the next is the first
	   difference, if any side has one. */
	size_t first;
	struct compare_counts counts[ACCOUNT_SORTS];
	int registers;
};

/*
 * registers: whether the devices have the same registers and interrupts, and
 * these are compared; else only that the drivers became ready, by which
 * features.  Keeps pointers into the accounts.
 */
struct compare *compare_create(const struct account *a,
    const struct account *b, int registers);
void compare_free(struct compare *c);		/* NULL is allowed */
/* Whether any item differs; the clock is not one. */
int compare_differs(const struct compare *c);
/* Whether counts are not all of what both have in order and alike. */
int compare_counts_differ(const struct compare_counts *n);

#endif

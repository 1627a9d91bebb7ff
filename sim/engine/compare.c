/* compare.c: which items of two accounts are the same; see compare.h. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

/* --- what is compared ---------------------------------------------------- */

static int
is_compared(enum account_sort sort, int registers)
{
	switch (sort) {
	case ACCOUNT_REGISTER:
	case ACCOUNT_INTERRUPT:
		return registers;
	case ACCOUNT_READY:
		return !registers;
	default:
		return 1;
	}
}

static void
side_fill(struct compare_side *s, const struct account *a, int registers)
{
	size_t n = account_count(a);

	s->account = a;
	s->items = check_calloc(n + 1, sizeof s->items[0]);
	for (size_t i = 0; i < n; i++) {
		const struct account_item *item = account_at(a, i);

		if (is_compared(item->sort, registers))
			s->items[s->n++] = (struct compare_item){ item,
			    COMPARE_ALONE, COMPARE_NONE, 0 };
	}
}

/* --- the same, in order -------------------------------------------------- */

/* Items of two sides from here to there, whose common sequence is wanted. */
struct stretch {
	struct compare_item *a, *b;	/* the whole sides */
	size_t a0, a1, b0, b1;
};

/* The same with the same content. */
static int
is_same(const struct stretch *s, size_t i, size_t k)
{
	return s->a[i].item->name == s->b[k].item->name &&
	    s->a[i].item->content == s->b[k].item->content;
}

static void
pair(const struct stretch *s, size_t i, size_t k, enum compare_fate fate)
{
	s->a[i].fate = s->b[k].fate = fate;
	s->a[i].mate = k;
	s->b[k].mate = i;
}

/*
 * E. Myers, An O(ND) Difference Algorithm, 1986: reach[k] is how far along a
 * the best way with d edits comes on diagonal k; all of them are kept for the
 * way back.  -1: more than COMPARE_EDITS_MAX edits.
 */
static int
stretch_search(const struct stretch *s)
{
	long n = (long)(s->a1 - s->a0), m = (long)(s->b1 - s->b0), d, k;
	long max = n + m < COMPARE_EDITS_MAX ? n + m : COMPARE_EDITS_MAX;
	int32_t **kept = check_calloc((size_t)max + 1, sizeof kept[0]);
	int32_t *reach = check_calloc((size_t)(2 * max + 3), sizeof reach[0]);
	int32_t *r = reach + max + 1;
	int found = 0;
	long x = 0, y;

	for (d = 0; d <= max && !found; d++) {
		kept[d] = check_calloc((size_t)(2 * d + 3), sizeof reach[0]);
		memcpy(kept[d], r - d - 1, (size_t)(2 * d + 3) *
		    sizeof reach[0]);
		for (k = -d; k <= d && !found; k += 2) {
			x = k == -d || (k != d && r[k - 1] < r[k + 1]) ?
			    r[k + 1] : r[k - 1] + 1;
			y = x - k;
			while (x < n && y < m && is_same(s,
			    s->a0 + (size_t)x, s->b0 + (size_t)y)) {
				x++;
				y++;
			}
			r[k] = (int32_t)x;
			found = x >= n && y >= m;
		}
	}
	x = n;
	y = m;
	for (d--; found && d >= 0; d--) {
		const int32_t *was = kept[d] + d + 1;
		long from, px, py;

		k = x - y;
		from = k == -d || (k != d && was[k - 1] < was[k + 1]) ? k + 1 :
		    k - 1;
		px = d == 0 ? 0 : was[from];
		py = d == 0 ? 0 : px - from;
		while (x > px && y > py && x > 0 && y > 0 && is_same(s,
		    s->a0 + (size_t)x - 1, s->b0 + (size_t)y - 1)) {
			x--;
			y--;
			pair(s, s->a0 + (size_t)x, s->b0 + (size_t)y,
			    COMPARE_SAME);
		}
		x = px;
		y = py;
	}
	for (d = 0; d <= max; d++)
		check_free(kept[d]);
	check_free(kept);
	check_free(reach);
	return found ? 0 : -1;
}

/* --- the nth of its like ------------------------------------------------- */

struct named {
	uint64_t name, content;
	size_t at;
};

static int
by_name(const void *p, const void *q)
{
	const struct named *a = p, *b = q;

	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->content != b->content)
		return a->content < b->content ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Those that are alone between two numbers, sorted; *n of them. */
static struct named *
named_make(const struct compare_item *items, size_t from, size_t to,
    int contents, size_t *n)
{
	struct named *list = check_calloc(to - from + 1, sizeof list[0]);

	*n = 0;
	for (size_t i = from; i < to; i++)
		if (items[i].fate == COMPARE_ALONE)
			list[(*n)++] = (struct named){ items[i].item->name,
			    contents ? items[i].item->content : 0, i };
	qsort(list, *n, sizeof list[0], by_name);
	return list;
}

/* With contents only what has the same is paired. */
static void
pair_nth(const struct stretch *s, int contents)
{
	size_t na, nb, i = 0, k = 0;
	struct named *a = named_make(s->a, s->a0, s->a1, contents,
	    &na);
	struct named *b = named_make(s->b, s->b0, s->b1, contents,
	    &nb);

	while (i < na && k < nb)
		if (a[i].name < b[k].name || (a[i].name == b[k].name &&
		    a[i].content < b[k].content))
			i++;
		else if (a[i].name != b[k].name ||
		    a[i].content != b[k].content)
			k++;
		else
			pair(s, a[i++].at, b[k++].at, COMPARE_MOVED);
	check_free(a);
	check_free(b);
}

/* Of pairs that are not in order, the longest rising sequence is. */
static void
straighten(const struct stretch *s)
{
	size_t n = s->a1 - s->a0, len = 0;
	size_t *ends = check_calloc(n + 1, sizeof ends[0]);
	size_t *before = check_calloc(n + 1, sizeof before[0]);

	for (size_t i = s->a0; i < s->a1; i++) {
		size_t low = 0, high = len;

		if (s->a[i].fate != COMPARE_MOVED ||
		    s->a[i].mate < s->b0 || s->a[i].mate >= s->b1)
			continue;
		while (low < high) {
			size_t mid = (low + high) / 2;

			if (s->a[ends[mid]].mate < s->a[i].mate)
				low = mid + 1;
			else
				high = mid;
		}
		before[i - s->a0] = low > 0 ? ends[low - 1] : COMPARE_NONE;
		ends[low] = i;
		len += low == len;
	}
	for (size_t i = len > 0 ? ends[len - 1] : COMPARE_NONE;
	    i != COMPARE_NONE; i = before[i - s->a0])
		pair(s, i, s->a[i].mate, COMPARE_SAME);
	check_free(ends);
	check_free(before);
}

/* --- all of it ----------------------------------------------------------- */

/*
 * Between two that are the same in order, what has the same name and another
 * content has changed.
 */
static void
gaps_compare(struct stretch s)
{
	struct stretch gap = s;

	for (gap.a0 = s.a0, gap.b0 = s.b0; gap.a0 < s.a1 && gap.b0 < s.b1;
	    gap.a0 = gap.a1 + 1, gap.b0 = gap.b1 + 1) {
		gap.a1 = gap.a0;
		while (gap.a1 < s.a1 && s.a[gap.a1].fate != COMPARE_SAME)
			gap.a1++;
		gap.b1 = gap.a1 < s.a1 ? s.a[gap.a1].mate : s.b1;
		if (gap.a0 == gap.a1 || gap.b0 == gap.b1)
			continue;
		pair_nth(&gap, 0);
		straighten(&gap);
	}
}

static void
stretch_compare(struct stretch s)
{
	while (s.a0 < s.a1 && s.b0 < s.b1 && is_same(&s, s.a0, s.b0)) {
		pair(&s, s.a0, s.b0, COMPARE_SAME);
		s.a0++;
		s.b0++;
	}
	while (s.a0 < s.a1 && s.b0 < s.b1 && is_same(&s, s.a1 - 1,
	    s.b1 - 1)) {
		s.a1--;
		s.b1--;
		pair(&s, s.a1, s.b1, COMPARE_SAME);
	}
	if (s.a0 < s.a1 && s.b0 < s.b1 && stretch_search(&s) != 0) {
		pair_nth(&s, 1);
		straighten(&s);
	}
	gaps_compare(s);
}

static size_t
step_next(const struct compare_item *items, size_t from, size_t n)
{
	while (from < n && items[from].item->sort != ACCOUNT_STEP)
		from++;
	return from;
}

/* Between equal steps; from the first other one on, all at once. */
static void
sides_compare(struct compare_side *a, struct compare_side *b)
{
	struct stretch s = { a->items, b->items, 0, 0, 0, 0 };

	for (size_t behind = 0;; behind = 1) {
		s.a1 = step_next(a->items, s.a0 + behind, a->n);
		s.b1 = step_next(b->items, s.b0 + behind, b->n);
		if (s.a1 >= a->n || s.b1 >= b->n || !is_same(&s, s.a1, s.b1))
			break;
		stretch_compare(s);
		s.a0 = s.a1;
		s.b0 = s.b1;
	}
	s.a1 = a->n;
	s.b1 = b->n;
	stretch_compare(s);
	s.a0 = s.b0 = 0;
	pair_nth(&s, 1);
}

/* Which of two is taken first, whichever was given first. */
static int
is_later(const struct compare_side *a, const struct compare_side *b)
{
	if (a->n != b->n)
		return a->n > b->n;
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].item->name != b->items[i].item->name)
			return a->items[i].item->name >
			    b->items[i].item->name;
		else if (a->items[i].item->content !=
		    b->items[i].item->content)
			return a->items[i].item->content >
			    b->items[i].item->content;
	return 0;
}

static void
count(struct compare *c)
{
	struct compare_side *a = &c->side[0], *b = &c->side[1];

	for (size_t i = 0; i < a->n; i++) {
		struct compare_item *x = &a->items[i], *y;
		struct compare_counts *n = &c->counts[x->item->sort];

		if (x->fate == COMPARE_ALONE) {
			n->alone[0]++;
			continue;
		}
		y = &b->items[x->mate];
		x->changed = y->changed = x->item->content !=
		    y->item->content;
		n->both++;
		n->moved += x->fate == COMPARE_MOVED;
		n->changed += (size_t)x->changed;
	}
	for (size_t k = 0; k < b->n; k++)
		if (b->items[k].fate == COMPARE_ALONE)
			c->counts[b->items[k].item->sort].alone[1]++;
	while (c->first < a->n && c->first < b->n &&
	    a->items[c->first].item->name == b->items[c->first].item->name &&
	    a->items[c->first].item->content ==
	    b->items[c->first].item->content)
		c->first++;
}

struct compare *
compare_create(const struct account *a, const struct account *b,
    int registers)
{
	struct compare *c = check_calloc(1, sizeof *c);

	c->registers = registers;
	side_fill(&c->side[0], a, registers);
	side_fill(&c->side[1], b, registers);
	if (is_later(&c->side[0], &c->side[1]))
		sides_compare(&c->side[1], &c->side[0]);
	else
		sides_compare(&c->side[0], &c->side[1]);
	count(c);
	return c;
}

void
compare_free(struct compare *c)
{
	if (c == NULL)
		return;
	check_free(c->side[0].items);
	check_free(c->side[1].items);
	check_free(c);
}

int
compare_counts_differ(const struct compare_counts *n)
{
	return n->moved != 0 || n->changed != 0 || n->alone[0] != 0 ||
	    n->alone[1] != 0;
}

int
compare_differs(const struct compare *c)
{
	for (unsigned i = 0; i < ACCOUNT_SORTS; i++)
		if (compare_counts_differ(&c->counts[i]))
			return 1;
	return 0;
}

/* diff_report.c: how two accounts differ, for people; see diff_report.h. */
#include "diff_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define CONTEXT		4u	/* items before the first difference */
#define GROUPS_SHOWN	4u	/* of a kind of difference; verbose: all */
#define BYTES_SHOWN	8u	/* of two answers, where they differ */

static const char *const plural[ACCOUNT_SORTS] = {
	[ACCOUNT_STEP] = "steps", [ACCOUNT_REQUEST] = "requests",
	[ACCOUNT_ANSWER] = "answers", [ACCOUNT_PACKET] = "packets received",
	[ACCOUNT_PICTURE] = "pictures", [ACCOUNT_REGISTER] = "registers",
	[ACCOUNT_INTERRUPT] = "interrupts", [ACCOUNT_SYNC] = "syncs",
	[ACCOUNT_READY] = "features", [ACCOUNT_HOST_END] = "ends of the host",
	[ACCOUNT_FINDING] = "findings"
};

/* What stands before an item's words; "" where these say what it is. */
static const char *const singular[ACCOUNT_SORTS] = {
	[ACCOUNT_STEP] = "", [ACCOUNT_REQUEST] = "request ",
	[ACCOUNT_ANSWER] = "", [ACCOUNT_PACKET] = "packet ",
	[ACCOUNT_PICTURE] = "picture ", [ACCOUNT_REGISTER] = "",
	[ACCOUNT_INTERRUPT] = "interrupt: ", [ACCOUNT_SYNC] = "sync ",
	[ACCOUNT_READY] = "", [ACCOUNT_HOST_END] = "the host ends: ",
	[ACCOUNT_FINDING] = "finding "
};

const char *
diff_sort_name(enum account_sort sort)
{
	return plural[sort];
}

int
diff_differs(const struct diff *d)
{
	return d->transports || compare_differs(d->compare) ||
	    account_time_ns(d->side[0].account) !=
	    account_time_ns(d->side[1].account);
}

static char
letter(unsigned side)
{
	return side == 0 ? 'A' : 'B';
}

/* "request queue 0 RESOURCE_FLUSH ..., reads 48, writes 24" */
static void
item_print(const struct account *a, const struct account_item *i,
    int with_detail, struct bytes *out)
{
	const char *detail = account_detail(a, i);

	bytes_printf(out, "%s%s", singular[i->sort], account_text(a, i));
	if (with_detail && detail[0] != '\0')
		bytes_printf(out, "%s%s", i->sort == ACCOUNT_REGISTER ?
		    " = " : ", ", detail);
}

/* --- the first difference ------------------------------------------------ */

/* "   331   330  " or with a side left out. */
static void
columns(const uint64_t *a, const uint64_t *b, struct bytes *out)
{
	bytes_printf(out, "  ");
	if (a != NULL)
		bytes_printf(out, "%7" PRIu64, *a);
	else
		bytes_printf(out, "%7s", "");
	if (b != NULL)
		bytes_printf(out, "%7" PRIu64, *b);
	else
		bytes_printf(out, "%7s", "");
	bytes_printf(out, "  ");
}

static void
context_print(const struct diff *d, struct bytes *out)
{
	const struct compare_side *s = d->compare->side;
	size_t first = d->compare->first;
	size_t from = first > CONTEXT ? first - CONTEXT : 0;
	size_t step = first;

	while (step > 0 && s[0].items[step - 1].item->sort != ACCOUNT_STEP)
		step--;
	bytes_printf(out, "  %7s%7s\n", "A", "B");
	if (step > 0 && step - 1 < from) {
		columns(&s[0].items[step - 1].item->event,
		    &s[1].items[step - 1].item->event, out);
		item_print(s[0].account, s[0].items[step - 1].item, 1, out);
		bytes_printf(out, "\n");
		if (step < from)
			bytes_printf(out, "  %7s%7s  ...\n", "", "");
	}
	for (size_t i = from; i < first; i++) {
		columns(&s[0].items[i].item->event, &s[1].items[i].item->event,
		    out);
		item_print(s[0].account, s[0].items[i].item, 1, out);
		bytes_printf(out, "\n");
	}
}

static void
place_print(const char *what, const char *place, struct bytes *out)
{
	if (place != NULL)
		bytes_printf(out, "%18s%s%s\n", "", what, place);
}

/* What one side has at the first difference. */
static void
first_print(const struct diff *d, unsigned side, struct bytes *out)
{
	const struct compare *c = d->compare;
	const struct compare_side *s = &c->side[side];
	const struct diff_side *told = &d->side[side];
	const struct compare_item *x;

	if (c->first >= s->n || s->items[c->first].item->sort ==
	    ACCOUNT_FINDING) {
		columns(NULL, NULL, out);
		bytes_printf(out, "%c: nothing more\n", letter(side));
		return;
	}
	x = &s->items[c->first];
	columns(side == 0 ? &x->item->event : NULL, side == 1 ?
	    &x->item->event : NULL, out);
	bytes_printf(out, "%c: ", letter(side));
	item_print(s->account, x->item, 1, out);
	if (x->fate == COMPARE_ALONE)
		bytes_printf(out, "  (only in %c)", letter(side));
	else if (x->mate != c->first)
		bytes_printf(out, "  (in %c at %" PRIu64 "%s)", letter(!side),
		    c->side[!side].items[x->mate].item->event, x->changed ?
		    ", changed" : "");
	bytes_printf(out, "\n");
	place_print("by ", diff_place(told, x->item), out);
	place_print("the map: ", diff_made(told, x->item), out);
}

static void
hex_print(const uint8_t *p, size_t n, size_t at, struct bytes *out)
{
	if (at >= n)
		bytes_printf(out, " nothing");
	for (size_t i = at; i < n && i < at + BYTES_SHOWN; i++)
		bytes_printf(out, " %02x", p[i]);
}

/* Where the bytes of two answers differ, as far as they are kept. */
static void
bytes_differ(const struct diff *d, const struct compare_item *x,
    const char *indent, struct bytes *out)
{
	const struct compare_side *s = d->compare->side;
	const struct account_item *a = x->item;
	const struct account_item *b = s[1].items[x->mate].item;
	const uint8_t *p = account_bytes(s[0].account, a);
	const uint8_t *q = account_bytes(s[1].account, b);
	size_t at = 0;

	if (strcmp(account_detail(s[0].account, a),
	    account_detail(s[1].account, b)) != 0)
		return;			/* the words say it */
	while (at < a->nbytes && at < b->nbytes && p[at] == q[at])
		at++;
	if (at == a->nbytes && at == b->nbytes)
		return;
	bytes_printf(out, "%sits bytes differ from %zu on: A", indent, at);
	hex_print(p, a->nbytes, at, out);
	bytes_printf(out, ", B");
	hex_print(q, b->nbytes, at, out);
	bytes_printf(out, "\n");
}

/* Whether all that crossed the boundary is the same on both sides. */
static int
only_findings(const struct compare *c)
{
	for (unsigned side = 0; side < 2; side++)
		if (c->first < c->side[side].n && c->side[side]
		    .items[c->first].item->sort != ACCOUNT_FINDING)
			return 0;
	return 1;
}

static void
first_difference(const struct diff *d, struct bytes *out)
{
	const struct compare *c = d->compare;
	const struct compare_item *x = c->first < c->side[0].n ?
	    &c->side[0].items[c->first] : NULL;

	if (only_findings(c)) {
		bytes_printf(out, "\nthe host sees the same; what is found "
		    "differs\n");
		return;
	}
	bytes_printf(out, "\nthe first difference, behind %zu items that say "
	    "the same (with numbers of events):\n", c->first);
	context_print(d, out);
	first_print(d, 0, out);
	first_print(d, 1, out);
	if (x != NULL && x->mate == c->first && x->changed)
		bytes_differ(d, x, "                  ", out);
}

/* --- the summary --------------------------------------------------------- */

enum way { ALONE_A, ALONE_B, MOVED, CHANGED, WAYS };

static const char *const way_words[WAYS] = { "only in A", "only in B",
    "elsewhere", "changed" };

/* Differences of the same words at the same place. */
struct group {
	const struct compare_item *first;
	size_t count;
	int details;			/* not all have the first's */
};

struct groups {
	struct group *list;
	size_t n, max;
};

static int
is_way(const struct compare_item *x, enum way way)
{
	return way == MOVED ? x->fate == COMPARE_MOVED :
	    way == CHANGED ? x->changed : x->fate == COMPARE_ALONE;
}

static int
is_group(const struct diff_side *s, const struct group *g,
    const struct compare_item *x)
{
	const char *a = diff_place(s, g->first->item);
	const char *b = diff_place(s, x->item);

	return strcmp(account_text(s->account, g->first->item),
	    account_text(s->account, x->item)) == 0 && (a == b ||
	    (a != NULL && b != NULL && strcmp(a, b) == 0));
}

/* An answer that one side alone has, because nobody else asked. */
static int
follows(const struct compare_side *s, const struct compare_item *x)
{
	if (x->item->sort != ACCOUNT_ANSWER || x->fate == COMPARE_SAME)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].item->name == x->item->request &&
		    s->items[i].fate == x->fate)
			return 1;
	return 0;
}

static void
groups_make(const struct diff *d, enum account_sort sort, enum way way,
    struct groups *to)
{
	unsigned side = way == ALONE_B;
	const struct compare_side *s = &d->compare->side[side];

	to->n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct compare_item *x = &s->items[i];
		size_t k;

		if (x->item->sort != sort || !is_way(x, way) ||
		    (way != CHANGED && follows(s, x)))
			continue;
		for (k = 0; k < to->n; k++)
			if (is_group(&d->side[side], &to->list[k], x))
				break;
		if (k == to->max) {
			to->max = to->max != 0 ? 2 * to->max : 16;
			to->list = check_realloc(to->list,
			    to->max * sizeof to->list[0]);
		}
		if (k == to->n) {
			to->n++;
			to->list[k] = (struct group){ x, 0, 0 };
		}
		to->list[k].count++;
		to->list[k].details |= x->item->content !=
		    to->list[k].first->item->content;
	}
}

static void
group_print(const struct diff *d, enum way way, const struct group *g,
    struct bytes *out)
{
	unsigned side = way == ALONE_B;
	const struct compare_side *s = &d->compare->side[side];
	const struct account_item *i = g->first->item, *j;
	const struct account *a = s->account, *b = d->compare->side[1].account;

	bytes_printf(out, "    %-10s", way_words[way]);
	if (g->count > 1)
		bytes_printf(out, "%zu x ", g->count);
	item_print(a, i, way < MOVED && !g->details, out);
	if (way == MOVED || way == CHANGED) {
		j = d->compare->side[1].items[g->first->mate].item;
		if (way == MOVED)
			bytes_printf(out, ": A at %" PRIu64 ", B at %" PRIu64,
			    i->event, j->event);
		else if (strcmp(account_detail(a, i), account_detail(b, j)) !=
		    0)
			bytes_printf(out, ": A %s, B %s",
			    account_detail(a, i), account_detail(b, j));
	}
	bytes_printf(out, "\n");
	if (diff_place(&d->side[side], i) != NULL)
		bytes_printf(out, "%14sby %s\n", "", diff_place(
		    &d->side[side], i));
	if (way == CHANGED)
		bytes_differ(d, g->first, "              ", out);
}

static void
sort_print(const struct diff *d, enum account_sort sort, struct groups *groups,
    struct bytes *out)
{
	const struct compare_counts *n = &d->compare->counts[sort];
	size_t shown;

	if (n->both + n->alone[0] + n->alone[1] == 0)
		return;
	bytes_printf(out, "  %-17s %zu in both", plural[sort], n->both);
	for (unsigned side = 0; side < 2; side++)
		if (n->alone[side] > 0)
			bytes_printf(out, ", %zu only in %c", n->alone[side],
			    letter(side));
	if (n->moved > 0)
		bytes_printf(out, ", %zu in another order", n->moved);
	if (n->changed > 0)
		bytes_printf(out, ", %zu with other %s", n->changed,
		    sort == ACCOUNT_REQUEST ? "sizes" :
		    sort == ACCOUNT_REGISTER ? "values" :
		    sort == ACCOUNT_SYNC ? "ranges" : "contents");
	bytes_printf(out, "\n");
	for (enum way way = ALONE_A; way < WAYS; way++) {
		groups_make(d, sort, way, groups);
		shown = d->verbose || groups->n <= GROUPS_SHOWN + 1 ?
		    groups->n : GROUPS_SHOWN;
		for (size_t i = 0; i < shown; i++)
			group_print(d, way, &groups->list[i], out);
		if (shown < groups->n)
			bytes_printf(out, "%14s%zu more kinds (--verbose)\n",
			    "", groups->n - shown);
	}
}

static void
time_print(const struct diff *d, struct bytes *out)
{
	uint64_t a = account_time_ns(d->side[0].account);
	uint64_t b = account_time_ns(d->side[1].account);

	bytes_printf(out, "  %-17s ", "virtual time");
	if (a == b)
		bytes_printf(out, "%" PRIu64 ".%03" PRIu64 " us in both\n",
		    a / 1000, a % 1000);
	else
		bytes_printf(out, "A %" PRIu64 ".%03" PRIu64 " us, B %" PRIu64
		    ".%03" PRIu64 " us\n", a / 1000, a % 1000, b / 1000,
		    b % 1000);
}

static void
head_print(const struct diff *d, struct bytes *out)
{
	for (unsigned side = 0; side < 2; side++) {
		bytes_printf(out, "%c: ", letter(side));
		report_clean((const char *)d->side[side].words.data, out);
		bytes_printf(out, "\n");
	}
	bytes_add(out, d->about.data, d->about.len);
}

void
diff_begin(const struct diff *d, struct bytes *out)
{
	head_print(d, out);
	if (compare_differs(d->compare))
		first_difference(d, out);
}

void
diff_text(const struct diff *d, struct bytes *out)
{
	struct groups groups = { 0 };

	diff_begin(d, out);
	bytes_printf(out, "\nin all:\n");
	for (unsigned sort = 0; sort < ACCOUNT_SORTS; sort++)
		sort_print(d, (enum account_sort)sort, &groups, out);
	time_print(d, out);
	check_free(groups.list);
}

void
diff_stat(const struct diff *d, struct bytes *out)
{
	head_print(d, out);
	bytes_printf(out, "\n%-17s%8s%8s%8s%8s%8s%8s%8s\n", "", "A", "B",
	    "both", "only A", "only B", "order", "changed");
	for (unsigned i = 0; i < ACCOUNT_SORTS; i++) {
		const struct compare_counts *n = &d->compare->counts[i];

		if (n->both + n->alone[0] + n->alone[1] == 0)
			continue;
		bytes_printf(out, "%-17s%8zu%8zu%8zu%8zu%8zu%8zu%8zu\n",
		    plural[i], n->both + n->alone[0], n->both + n->alone[1],
		    n->both, n->alone[0], n->alone[1], n->moved, n->changed);
	}
	bytes_printf(out, "%-17s%8" PRIu64 "%8" PRIu64 "\n",
	    "virtual time, us", account_time_ns(d->side[0].account) / 1000,
	    account_time_ns(d->side[1].account) / 1000);
}

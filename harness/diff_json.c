/*
 * diff_json.c: what differs, for programs, as one JSON object (RFC 8259).
 * Keys come in the order written here and are never left out, but for those
 * marked "?"; nothing is added but at the end of an object.
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"diff"
 *	differs		true or false
 *	a, b		what they are, in words
 *	time_ns		[of A, of B], virtual
 *	counts		{ "requests": { both, only_a, only_b, order, changed },
 *			...}: order and changed are of both
 *	first?		{ same, a?: ITEM, b?: ITEM }: the first difference, behind
 *			so many items that say the same
 *	differences	[{ how ("only_a", "only_b", "order", "changed"),
 *			a?: ITEM, b?: ITEM }]: all, in A's order, then B's
 *
 * ITEM is { event, sort, text, detail, place? }.
 */
#include "diff_report.h"

#include <inttypes.h>

#include "json_write.h"

static void
item(const struct diff *d, unsigned side, const struct account_item *i,
    struct bytes *out)
{
	const struct account *a = d->side[side].account;
	const char *place = diff_place(&d->side[side], i);

	bytes_printf(out, "{ \"event\": %" PRIu64 ", \"sort\": ", i->event);
	escape_json(out, diff_sort_name(i->sort));
	json_text(out, ", ", "text", account_text(a, i));
	json_text(out, ", ", "detail", account_detail(a, i));
	if (place != NULL)
		json_text(out, ", ", "place", place);
	bytes_printf(out, " }");
}

static void
first(const struct diff *d, struct bytes *out)
{
	const struct compare *c = d->compare;

	bytes_printf(out, "  \"first\": { \"same\": %zu", c->first);
	for (unsigned side = 0; side < 2; side++)
		if (c->first < c->side[side].n) {
			bytes_printf(out, ", \"%c\": ", "ab"[side]);
			item(d, side, c->side[side].items[c->first].item, out);
		}
	bytes_printf(out, " },\n");
}

static void
difference(const struct diff *d, unsigned side, const struct compare_item *x,
    const char *how, size_t *n, struct bytes *out)
{
	bytes_printf(out, "%s\n    { \"how\": \"%s\", \"%c\": ", (*n)++ > 0 ?
	    "," : "", how, "ab"[side]);
	item(d, side, x->item, out);
	if (x->mate != COMPARE_NONE) {
		bytes_printf(out, ", \"b\": ");
		item(d, 1, d->compare->side[1].items[x->mate].item, out);
	}
	bytes_printf(out, " }");
}

static void
differences(const struct diff *d, struct bytes *out)
{
	const struct compare_side *s = d->compare->side;
	size_t n = 0;

	for (size_t i = 0; i < s[0].n; i++) {
		const struct compare_item *x = &s[0].items[i];

		if (x->fate == COMPARE_ALONE)
			difference(d, 0, x, "only_a", &n, out);
		if (x->fate == COMPARE_MOVED)
			difference(d, 0, x, "order", &n, out);
		if (x->changed)
			difference(d, 0, x, "changed", &n, out);
	}
	for (size_t i = 0; i < s[1].n; i++)
		if (s[1].items[i].fate == COMPARE_ALONE)
			difference(d, 1, &s[1].items[i], "only_b", &n, out);
}

static void
counts(const struct diff *d, struct bytes *out)
{
	const char *between = "";

	bytes_printf(out, "  \"counts\": {");
	for (unsigned i = 0; i < ACCOUNT_SORTS; i++) {
		const struct compare_counts *n = &d->compare->counts[i];

		bytes_printf(out, "%s\n    \"%s\": { \"both\": %zu, "
		    "\"only_a\": %zu, \"only_b\": %zu, \"order\": %zu, "
		    "\"changed\": %zu }", between,
		    diff_sort_name((enum account_sort)i), n->both,
		    n->alone[0], n->alone[1], n->moved, n->changed);
		between = ",";
	}
	bytes_printf(out, "\n  },\n");
}

void
diff_json(const struct diff *d, struct bytes *out)
{
	bytes_printf(out, "{\n  \"format\": 1,\n  \"viotape\": \"%s\",\n"
	    "  \"command\": \"diff\",\n  \"differs\": %s,\n", VIOTAPE_VERSION,
	    diff_differs(d) ? "true" : "false");
	for (unsigned side = 0; side < 2; side++) {
		bytes_printf(out, "  \"%c\": ", "ab"[side]);
		escape_json(out, (const char *)d->side[side].words.data);
		bytes_printf(out, ",\n");
	}
	bytes_printf(out, "  \"time_ns\": [%" PRIu64 ", %" PRIu64 "],\n",
	    account_time_ns(d->side[0].account),
	    account_time_ns(d->side[1].account));
	counts(d, out);
	if (compare_differs(d->compare))
		first(d, out);
	bytes_printf(out, "  \"differences\": [");
	differences(d, out);
	bytes_printf(out, "\n  ]\n}\n");
}

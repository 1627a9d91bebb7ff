/* mutate_report.c: the matrix of mutants and machines, for people. */
#include "mutate_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT		4		/* of a row */

/* --- the table ------------------------------------------------------------ */

static int
name_width(const struct mutate_report *r)
{
	char text[MUTATE_TEXT_MAX];
	size_t width = 0;

	for (size_t i = 0; i < r->calls->n; i++) {
		const struct mutate_call *c = &r->calls->list[i];

		for (size_t k = 0; k < c->nmutants; k++) {
			mutate_change_text(c->kind, c->what,
			    &c->mutants[k].change, text);
			if (strlen(text) > width)
				width = strlen(text);
		}
	}
	return (int)width + INDENT;
}

static int
column_width(const struct mutate_report *r, size_t machine)
{
	size_t width = strlen(r->machines->list[machine].name);

	for (int i = 0; i < MUTATE_FATES; i++)
		if (strlen(mutate_fate_name((enum mutate_fate)i)) > width)
			width = strlen(mutate_fate_name((enum mutate_fate)i));
	return (int)width;
}

/* Whether a finding stands in an earlier column. */
static int
is_named(const struct mutate_mutant *m, size_t machine)
{
	for (size_t i = 0; i < machine; i++)
		if (m->cells[i].v.finding == m->cells[machine].v.finding)
			return 1;
	return 0;
}

static void
row_print(const struct mutate_report *r, const struct mutate_call *c,
    const struct mutate_mutant *m, int width, struct bytes *out)
{
	char text[MUTATE_TEXT_MAX];
	const char *before = "  ";

	mutate_change_text(c->kind, c->what, &m->change, text);
	bytes_printf(out, "%*s%-*s", INDENT, "", width - INDENT, text);
	for (size_t i = 0; i < r->machines->n; i++)
		bytes_printf(out, "  %-*s", column_width(r, i),
		    mutate_fate_name(m->cells[i].v.fate));
	for (size_t i = 0; i < r->machines->n; i++)
		if (m->cells[i].v.finding != NULL && !is_named(m, i)) {
			bytes_printf(out, "%s%s", before,
			    m->cells[i].v.finding->id);
			before = ", ";
		}
	while (out->data[out->len - 1] == ' ')
		out->len--;
	bytes_printf(out, "\n");
}

/* --- call paths ----------------------------------------------------------- */

static int
frames_are_same(const struct mutate_call *a, const struct mutate_call *b,
    size_t i)
{
	const struct report_frame *x = &a->path.frames[i];
	const struct report_frame *y = &b->path.frames[i];

	if (i >= a->path.n || i >= b->path.n)
		return a->path.n == b->path.n;
	return x->line == y->line && strcmp(x->file, y->file) == 0 &&
	    strcmp(x->function, y->function) == 0;
}

/* The same thing at the same line. */
static int
is_same_line(const struct mutate_call *a, const struct mutate_call *b)
{
	return a->kind == b->kind && a->what == b->what &&
	    frames_are_same(a, b, 0);
}

static int
results_are_same(const struct mutate_report *r, const struct mutate_call *a,
    const struct mutate_call *b)
{
	for (size_t k = 0; k < a->nmutants; k++)
		for (size_t i = 0; i < r->machines->n; i++) {
			const struct mutate_verdict *x =
			    &a->mutants[k].cells[i].v;
			const struct mutate_verdict *y =
			    &b->mutants[k].cells[i].v;

			if (x->fate != y->fate || x->finding != y->finding)
				return 0;
		}
	return 1;
}

static int
stand_together(const struct mutate_report *r, const struct mutate_call *a,
    const struct mutate_call *b)
{
	return a == b || (!r->verbose && is_same_line(a, b) &&
	    frames_are_same(a, b, 1) && results_are_same(r, a, b));
}

/* The frames that those from first to end share that stand with the first. */
static size_t
frames_shared(const struct mutate_report *r, const struct mutate_call *first,
    const struct mutate_call *end, size_t *count)
{
	size_t n = first->path.n;

	*count = 0;
	for (const struct mutate_call *c = first; c < end; c++) {
		size_t same = 1;

		if (!stand_together(r, first, c))
			continue;
		++*count;
		while (same < n && same < c->path.n &&
		    frames_are_same(first, c, same))
			same++;
		n = same;
	}
	return n;
}

/* "<- f:12 <- g viogpu.c:34 <- h:56": a file where it is another one. */
static void
path_print(const struct mutate_call *c, size_t shared, size_t count,
    struct bytes *out)
{
	const char *before = "  ";

	for (size_t i = 1; i < shared; i++) {
		const struct report_frame *f = &c->path.frames[i];
		const char *file = host_path_base(f->file);

		bytes_printf(out, "%s<- %s", before, f->function);
		if (strcmp(f->file, c->path.frames[i - 1].file) != 0)
			bytes_printf(out, " %s", file);
		bytes_printf(out, ":%u", f->line);
		before = " ";
	}
	if (count > 1)
		bytes_printf(out, "%s<- ... (%zu call paths)", before, count);
	else if (shared < 2)
		bytes_printf(out, "%s<- the kernel", before);
	bytes_printf(out, "\n");
}

/* Calls of one line, from first to end. */
static void
line_print(const struct mutate_report *r, const struct mutate_call *first,
    const struct mutate_call *end, int width, struct bytes *out)
{
	char what[MUTATE_TEXT_MAX];

	mutate_what_text(first->kind, first->what, what);
	bytes_printf(out, "\n%s:%u %s: %s%s%s\n", first->path.frames[0].file,
	    first->path.frames[0].line, first->path.frames[0].function,
	    mutate_kind_name(first->kind), what[0] != '\0' ? " " : "", what);
	for (const struct mutate_call *c = first; c < end; c++) {
		const struct mutate_call *before = first;
		size_t shared, count;

		while (before < c && !stand_together(r, before, c))
			before++;
		if (before < c)
			continue;
		shared = frames_shared(r, c, end, &count);
		path_print(c, shared, count, out);
		for (size_t k = 0; k < c->nmutants; k++)
			row_print(r, c, &c->mutants[k], width, out);
	}
}

/* --- what it means -------------------------------------------------------- */

static const char *const fate_words[MUTATE_FATES] = {
	"none of these traces comes by here",
	"this machine makes nothing of it, by its model",
	"nothing was found, which proves nothing",
	"a finding of what does not go wrong on this machine, in these traces",
	"a run came to no end",
	"a finding, fatal on this machine, that the guest as it is has not",
};

static int
explores(const struct mutate_report *r)
{
	return r->judge->as_it_is != NULL;
}

/* Cells that say so, of those where this was left out; 0 is all of them. */
static size_t
cells_count(const struct mutate_report *r, enum mutate_fate fate,
    unsigned left)
{
	size_t count = 0;

	for (size_t i = 0; i < r->calls->n; i++)
		for (size_t m = 0; m < r->calls->list[i].nmutants; m++)
			for (size_t c = 0; c < r->machines->n; c++) {
				const struct mutate_verdict *v = &r->calls
				    ->list[i].mutants[m].cells[c].v;

				count += v->fate == fate && (left == 0 ||
				    (v->left & left) != 0);
			}
	return count;
}

/* Why nothing that was found means little: "executions beyond 300 (2)". */
static void
not_seen_print(const struct mutate_report *r, struct bytes *out)
{
	const char *before = "nothing was found, and not all was looked at: ";

	if (!explores(r)) {
		bytes_printf(out, "%s", fate_words[MUTATE_NOT_SEEN]);
		if (!r->judge->sees_order)
			bytes_printf(out, ": memory order is run as sc, so "
			    "barriers do nothing");
		return;
	}
	for (unsigned bit = 1; bit < 1u << MUTATE_LEFTS; bit <<= 1) {
		size_t n = cells_count(r, MUTATE_NOT_SEEN, bit);

		if (n == 0)
			continue;
		bytes_printf(out, "%s%s", before, mutate_left_name(bit));
		if (bit == MUTATE_LEFT_EXECUTIONS)
			bytes_printf(out, " beyond %llu",
			    (unsigned long long)r->bounds->executions_max);
		bytes_printf(out, " (%zu)", n);
		before = ", ";
	}
}

static void
not_needed_print(const struct mutate_report *r, struct bytes *out)
{
	bytes_printf(out, "%s", fate_words[MUTATE_NOT_NEEDED]);
	if (explores(r))
		bytes_printf(out, "; or no way through these traces goes "
		    "wrong without it, within the bounds below");
}

static void
bounds_print(const struct mutate_report *r, struct bytes *out)
{
	if (!explores(r))
		return;
	bytes_printf(out, "bound of the model: ");
	report_gaps(explore_gaps_of(r->bounds->kinds), out);
	bytes_printf(out, " (MODEL.md, section 10)\n");
	bytes_printf(out, "bound of mutate: the compiler's order is that of a "
	    "guest with the call; one mutant at a time, of calls that the "
	    "guest as it is comes by; %llu executions of each\n",
	    (unsigned long long)r->bounds->executions_max);
}

static void
words_print(const struct mutate_report *r, struct bytes *out)
{
	static const enum mutate_fate order[MUTATE_FATES] = { MUTATE_KILLED,
	    MUTATE_LATENT, MUTATE_UNKNOWN, MUTATE_NOT_SEEN, MUTATE_NOT_NEEDED,
	    MUTATE_NOT_REACHED };

	for (int k = 0; k < MUTATE_FATES; k++) {
		if (cells_count(r, order[k], 0) == 0)
			continue;
		bytes_printf(out, "%-11s  ", mutate_fate_name(order[k]));
		if (order[k] == MUTATE_NOT_SEEN)
			not_seen_print(r, out);
		else if (order[k] == MUTATE_NOT_NEEDED)
			not_needed_print(r, out);
		else
			bytes_printf(out, "%s", fate_words[order[k]]);
		bytes_printf(out, "\n");
	}
}

static void
summary_print(const struct mutate_report *r, struct bytes *out)
{
	size_t n[MUTATE_FATES] = { 0 };

	for (size_t i = 0; i < r->calls->n; i++)
		for (size_t k = 0; k < r->calls->list[i].nmutants; k++)
			n[mutate_worst(r->calls,
			    &r->calls->list[i].mutants[k])]++;
	/* Always in the plural: scripts read it. */
	bytes_printf(out, "%zu mutants, %zu traces, %zu machines: %zu killed, "
	    "%zu latent, %zu not seen, %zu not needed",
	    mutate_calls_mutants(r->calls), r->traces->n, r->machines->n,
	    n[MUTATE_KILLED], n[MUTATE_LATENT], n[MUTATE_NOT_SEEN],
	    n[MUTATE_NOT_NEEDED]);
	if (n[MUTATE_UNKNOWN] > 0)
		bytes_printf(out, ", %zu unknown", n[MUTATE_UNKNOWN]);
	bytes_printf(out, "\n");
}

void
mutate_report_text(const struct mutate_report *r, struct bytes *out)
{
	const struct mutate_calls *c = r->calls;
	int width = name_width(r);

	bytes_printf(out, "%s; judged by %s: %s\n\n%-*s", r->guest,
	    r->judge->name, r->judge->about, width, "");
	for (size_t i = 0; i < r->machines->n; i++)
		bytes_printf(out, "  %-*s", i + 1 < r->machines->n ?
		    column_width(r, i) : 0, r->machines->list[i].name);
	bytes_printf(out, "\n");
	for (size_t i = 0, end; i < c->n; i = end) {
		for (end = i + 1; end < c->n && is_same_line(&c->list[i],
		    &c->list[end]); end++)
			continue;
		line_print(r, &c->list[i], &c->list[end], width, out);
	}
	bytes_printf(out, "\n");
	words_print(r, out);
	bounds_print(r, out);
	if (c->note != NULL)
		bytes_printf(out, "note: %s\n", c->note);
	summary_print(r, out);
}

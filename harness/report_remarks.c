/*
 * report_remarks.c: what a report says beside its findings, a line each: what
 * departs from the recording, what was skipped or is not known, what the
 * result is bounded by.  Nothing is left out silently, in any format.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

struct remarks {
	report_remark *tell;
	void *self;
	struct bytes text;		/* of the remark that is made */
};

static void
tell(struct remarks *to, enum report_weight weight, const char *id,
    const char *begins)
{
	struct report_said said = { weight, id, begins, NULL };

	bytes_printf(&to->text, "%s", "");		/* its NUL */
	said.text = (const char *)to->text.data;
	to->tell(to->self, &said);
	bytes_clear(&to->text);
}

void
report_said_print(const struct report_said *said, struct bytes *out)
{
	bytes_printf(out, "%s%s\n", said->begins, said->text);
}

static void
said_print(void *self, const struct report_said *said)
{
	report_said_print(said, self);
}

static void
divergence_tell(const struct report *r, const struct report_divergence *d,
    struct remarks *to)
{
	report_clean(d->text, &to->text);
	bytes_printf(&to->text, " (");
	report_clean(r->traces[d->trace].name, &to->text);
	bytes_printf(&to->text, " on ");
	for (size_t i = 0; i < d->nmachines; i++)
		bytes_printf(&to->text, "%s%s", i > 0 ? ", " : "",
		    r->machines[d->machines[i]].name);
	bytes_printf(&to->text, ")");
	tell(to, r->strict ? REMARK_WARNING : REMARK_NOTE, "divergence",
	    r->strict ? "divergence: " : "note: divergence: ");
}

void
report_divergence_print(const struct report *r,
    const struct report_divergence *d, struct bytes *out)
{
	struct remarks to = { said_print, out, { 0 } };

	divergence_tell(r, d, &to);
	bytes_free(&to.text);
}

/* "TRACE on MACHINE: ", or with what else stands behind them. */
static void
pair_begin(const struct report *r, const struct report_run *run,
    const char *behind, struct bytes *out)
{
	report_clean(r->traces[run->trace].name, out);
	bytes_printf(out, " on ");
	report_clean(r->machines[run->machine].name, out);
	bytes_printf(out, "%s", behind);
}

static void
run_tell(const struct report *r, const struct report_run *run,
    struct remarks *to)
{
	if (run->skipped != NULL) {
		pair_begin(r, run, ": ", &to->text);
		report_clean(run->skipped, &to->text);
		tell(to, REMARK_NOTE, "skipped", "skipped: ");
	}
	if (run->unknown != NULL) {
		pair_begin(r, run, ": ", &to->text);
		report_clean(run->unknown, &to->text);
		tell(to, REMARK_ERROR, "unknown", "unknown: ");
	}
	if (run->dropped > 0) {
		pair_begin(r, run, ": ", &to->text);
		bytes_printf(&to->text, "%llu findings past the limit of %u "
		    "were not kept", (unsigned long long)run->dropped,
		    FINDINGS_MAX);
		tell(to, REMARK_WARNING, "limit", "note: ");
	}
	if (run->nnotes_dropped > 0) {
		pair_begin(r, run, ": ", &to->text);
		bytes_printf(&to->text, "%llu divergences past the limit of "
		    "%u were not kept",
		    (unsigned long long)run->nnotes_dropped, RUN_NOTES_MAX);
		tell(to, REMARK_WARNING, "limit", "note: ");
	}
}

static void
unseen_tell(const struct report *r, struct remarks *to)
{
	for (size_t i = 0; i < r->nbaseline; i++)
		if (!r->baseline[i].seen) {
			bytes_printf(&to->text, "not found any more: the "
			    "baseline's %s ", r->baseline[i].id);
			report_clean(r->baseline[i].file, &to->text);
			bytes_printf(&to->text, " ");
			report_clean(r->baseline[i].function, &to->text);
			tell(to, REMARK_NOTE, "baseline", "note: ");
		}
}

void
report_gaps(uint32_t gaps, struct bytes *out)
{
	const char *comma = "";

	for (int i = 0; i < EXPLORE_GAPS; i++)
		if ((gaps >> i & 1) != 0) {
			bytes_printf(out, "%s%s", comma,
			    explore_gap_text((enum explore_gap)i));
			comma = ", ";
		}
}

/* How far an exploration came that is not whole. */
static void
bound_tell(const struct report_run *run, struct bytes *text)
{
	const struct explore_counts *c = &run->explored;
	const char *further =
	    "interrupts that wait, pauses of the host or early timeouts";

	if (!run->cut)
		bytes_printf(text, "a look with more outcomes than are told "
		    "apart");
	else if (c->further_max > 1)
		bytes_printf(text, "all but ways with more than %llu %s",
		    (unsigned long long)c->further_max - 1, further);
	else if (c->further_max != 0)
		bytes_printf(text, "all but ways with %s", further);
	else if (c->taken_max == 0)
		bytes_printf(text, "not even all windows of the plain run");
	else
		bytes_printf(text, "all ways with at most %llu choices other "
		    "than the plain run's, and some with more",
		    (unsigned long long)c->taken_max - 1);
}

static int
is_bounded_alike(const struct report_run *a, const struct report_run *b)
{
	return a->cut == b->cut && (a->cut || a->capped) &&
	    (b->cut || b->capped) && (!a->cut ||
	    (a->explored.further_max == b->explored.further_max &&
	    (a->explored.further_max != 0 ||
	    a->explored.taken_max == b->explored.taken_max)));
}

static int
has_gap(const struct report_run *run, int gap)
{
	return run->skipped == NULL && (run->gaps >> gap & 1) != 0;
}

/* Whether the pairs of two traces that is has are on the same machines. */
static int
is_on_same(const struct report *r, const unsigned char *is, size_t one,
    size_t other)
{
	for (size_t m = 0; m < r->nmachines; m++) {
		int of[2] = { 0, 0 };

		for (size_t i = 0; i < r->nruns; i++)
			if (r->runs[i].machine == m && is[i]) {
				of[0] |= r->runs[i].trace == one;
				of[1] |= r->runs[i].trace == other;
			}
		if (of[0] != of[1])
			return 0;
	}
	return 1;
}

/* How many of a trace's pairs is has, and how many ran. */
static size_t
pairs_of(const struct report *r, const unsigned char *is, size_t trace,
    size_t *ran)
{
	size_t n = 0;

	*ran = 0;
	for (size_t i = 0; i < r->nruns; i++)
		if (r->runs[i].trace == trace) {
			n += is[i];
			*ran += r->runs[i].skipped == NULL;
		}
	return n;
}

static void
machines_tell(const struct report *r, const unsigned char *is, size_t trace,
    struct bytes *text)
{
	const char *comma = " on ";
	size_t ran, n = pairs_of(r, is, trace, &ran);

	if (n == ran && n > 2) {
		bytes_printf(text, " on all machines");
		return;
	}
	for (size_t i = 0; i < r->nruns; i++)
		if (r->runs[i].trace == trace && is[i]) {
			bytes_printf(text, "%s", comma);
			report_clean(r->machines[r->runs[i].machine].name,
			    text);
			comma = ", ";
		}
}

/* "TRACE, TRACE on MACHINE, MACHINE; TRACE on all machines": those with is. */
static void
pairs_tell(const struct report *r, const unsigned char *is, struct bytes *text)
{
	unsigned char *told = check_calloc(r->ntraces + 1, 1);
	const char *before = "";
	size_t ran;

	for (size_t t = 0; t < r->ntraces; t++) {
		if (told[t] || pairs_of(r, is, t, &ran) == 0)
			continue;
		for (size_t k = t; k < r->ntraces; k++)
			if (pairs_of(r, is, k, &ran) != 0 &&
			    is_on_same(r, is, t, k)) {
				bytes_printf(text, "%s", before);
				report_clean(r->traces[k].name, text);
				told[k] = 1;
				before = ", ";
			}
		machines_tell(r, is, t, text);
		before = "; ";
	}
	check_free(told);
}

/* Pairs that came as far are told together. */
static void
bounds_tell(const struct report *r, struct remarks *to)
{
	unsigned char *told = check_calloc(r->nruns + 1, 1);
	unsigned char *is = check_calloc(r->nruns + 1, 1);

	for (size_t i = 0; i < r->nruns; i++) {
		const struct report_run *run = &r->runs[i];

		if ((!run->cut && !run->capped) || told[i])
			continue;
		for (size_t k = 0; k < r->nruns; k++) {
			is[k] = is_bounded_alike(run, &r->runs[k]);
			told[k] |= is[k];
		}
		bytes_printf(&to->text, "not all was explored of ");
		pairs_tell(r, is, &to->text);
		bytes_printf(&to->text, ": ");
		bound_tell(run, &to->text);
		bytes_printf(&to->text, "; --work says how much is");
		tell(to, REMARK_WARNING, "bound", "bound: ");
	}
	check_free(told);
	check_free(is);
}

/* ": " and the pairs with is, if others ran as well. */
static void
some_tell(const struct report *r, const unsigned char *is, struct bytes *text)
{
	int all = 1;

	for (size_t i = 0; i < r->nruns; i++)
		all &= is[i] || r->runs[i].skipped != NULL;
	if (all)
		return;
	bytes_printf(text, ": ");
	pairs_tell(r, is, text);
}

/* What the model leaves out of pairs, and of which, if not of all. */
static void
gaps_tell(const struct report *r, struct remarks *to)
{
	unsigned char *is = check_calloc(r->nruns + 1, 1);

	for (int gap = 0; gap < EXPLORE_GAPS; gap++) {
		for (size_t i = 0; i < r->nruns; i++)
			is[i] = (unsigned char)has_gap(&r->runs[i], gap);
		if (memchr(is, 1, r->nruns) == NULL)
			continue;
		report_gaps(1u << gap, &to->text);
		some_tell(r, is, &to->text);
		bytes_printf(&to->text, " (MODEL.md, section 10)");
		tell(to, REMARK_NOTE, "bound", "bound of the model: ");
	}
	check_free(is);
}

/* Where there is one CPU, what would be more with two. */
static void
one_cpu_tell(const struct report *r, struct remarks *to)
{
	unsigned char *is = check_calloc(r->nruns + 1, 1);

	for (size_t i = 0; i < r->nruns; i++)
		is[i] = r->runs[i].skipped == NULL && r->runs[i].unlocked &&
		    (r->kinds & 1u << CHOICE_CPU) == 0 &&
		    !has_gap(&r->runs[i], GAP_SECOND_CPU);
	if (memchr(is, 1, r->nruns) != NULL) {
		bytes_printf(&to->text, "code that needs no kernel lock ran "
		    "on one CPU, for the machine has no other");
		some_tell(r, is, &to->text);
		bytes_printf(&to->text, " (--also cpus has more)");
		tell(to, REMARK_NOTE, "one-cpu", "one CPU: ");
	}
	check_free(is);
}

/* What prove has gone through, and what its model leaves out. */
static void
explored_tell(const struct report *r, struct remarks *to)
{
	struct explore_counts all = { 0 };

	for (size_t i = 0; i < r->nruns; i++) {
		all.executions += r->runs[i].explored.executions;
		all.windows += r->runs[i].explored.windows;
		all.states += r->runs[i].explored.states;
	}
	bounds_tell(r, to);
	bytes_printf(&to->text, "%llu executions, %llu windows, %llu states",
	    (unsigned long long)all.executions,
	    (unsigned long long)all.windows, (unsigned long long)all.states);
	tell(to, REMARK_NOTE, "explored", "explored: ");
	gaps_tell(r, to);
	one_cpu_tell(r, to);
	bytes_printf(&to->text, "%s", r->certificate);
	tell(to, REMARK_NOTE, "certificate", "certificate: ");
}

/* Of traces that were made from somebody else's log. */
static void
imports_tell(const struct report *r, struct remarks *to)
{
	for (size_t i = 0; i < r->ntraces; i++) {
		if (r->traces[i].unseen[0] == '\0')
			continue;
		report_clean(r->traces[i].name, &to->text);
		bytes_printf(&to->text, ": ");
		report_clean(r->traces[i].unseen, &to->text);
		tell(to, REMARK_NOTE, "import", "what the import does not "
		    "hold: ");
	}
}

static void
order_tell(const struct report *r, struct remarks *to)
{
	int weak = 0;

	if (strcmp(r->command, "prove") == 0) {
		explored_tell(r, to);
		return;
	}
	for (size_t i = 0; i < r->nmachines && !r->ordered; i++)
		weak |= !r->machines[i].order_is_sc;
	if (!weak)
		return;
	bytes_printf(&to->text, "memory order is run as sc on every machine, "
	    "so a run can at best be HOLDS-BOUNDED: viotape prove has the "
	    "machine's own order");
	tell(to, REMARK_NOTE, "bound", "");
}

void
report_remarks(const struct report *r, report_remark *fn, void *self)
{
	struct remarks to = { fn, self, {0} };

	for (size_t i = 0; i < r->ndivergences; i++)
		divergence_tell(r, &r->divergences[i], &to);
	for (size_t i = 0; i < r->nruns; i++)
		run_tell(r, &r->runs[i], &to);
	unseen_tell(r, &to);
	if (r->note != NULL) {
		report_clean(r->note, &to.text);
		tell(&to, REMARK_WARNING, "lines", "note: ");
	}
	imports_tell(r, &to);
	order_tell(r, &to);
	bytes_free(&to.text);
}

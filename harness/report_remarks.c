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
report_bounds(uint32_t kinds, struct bytes *out)
{
	bytes_printf(out, "%s, interrupts at events%s, %scache lines as "
	    "their rules have them, deadlines to the millisecond, load "
	    "buffering by dependencies taken as ordered",
	    (kinds >> CHOICE_CPU & 1) != 0 ?
	    "one CPU beside that of interrupts" : "one CPU",
	    (kinds >> CHOICE_ARRIVAL & 1) != 0 ? "" : " and at once",
	    (kinds >> CHOICE_HOST_PAUSE & 1) != 0 ? "" :
	    "chains that wait served at once, ");
}

static void
bound_tell(const struct report_run *run, struct bytes *text)
{
	if (!run->cut)
		bytes_printf(text, "a look with more outcomes than are told "
		    "apart");
	else if (run->explored.taken_max == 0)
		bytes_printf(text, "not even all windows of the plain run");
	else
		bytes_printf(text, "all ways with at most %llu choices other "
		    "than the plain run's, and some with more",
		    (unsigned long long)run->explored.taken_max - 1);
}

/* What prove has gone through, and what its model leaves out. */
static void
explored_tell(const struct report *r, struct remarks *to)
{
	struct explore_counts all = { 0 };

	for (size_t i = 0; i < r->nruns; i++) {
		const struct report_run *run = &r->runs[i];

		all.executions += run->explored.executions;
		all.windows += run->explored.windows;
		all.states += run->explored.states;
		if (!run->cut && !run->capped)
			continue;
		pair_begin(r, run, ": not all of it was explored (",
		    &to->text);
		bound_tell(run, &to->text);
		bytes_printf(&to->text, "); --executions says how much is");
		tell(to, REMARK_WARNING, "bound", "bound: ");
	}
	bytes_printf(&to->text, "%llu executions, %llu windows, %llu states",
	    (unsigned long long)all.executions,
	    (unsigned long long)all.windows, (unsigned long long)all.states);
	tell(to, REMARK_NOTE, "explored", "explored: ");
	report_bounds(r->kinds, &to->text);
	bytes_printf(&to->text, " (MODEL.md, section 10)");
	tell(to, REMARK_NOTE, "bound", "bound of the model: ");
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

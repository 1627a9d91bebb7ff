/* bisect_judge.c: is a revision good or bad?  See bisect.h. */
#include "bisect.h"
#include "check_all.h"
#include "check_run.h"
#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_SHOWN	3u		/* in the words of a verdict */

static char *
taken(struct bytes *text)
{
	char *s = check_strdup(text->len > 0 ? (const char *)text->data : "");

	bytes_free(text);
	return s;
}

struct options
bisect_options(const struct bisect *b, size_t i)
{
	struct options o = *b->o;

	o.repo = b->repo;
	o.rev = b->history.list[i].hash;
	o.json = NULL;
	return o;
}

static void
skip(struct bisect_try *t, int status, const char *why)
{
	t->what = BISECT_SKIPPED;
	t->status = status;
	t->says = check_strdup(why);
}

/* --- by check --------------------------------------------------------------- */

struct judging {
	const struct bisect *b;
	struct bisect_try *try;
};

static void
finding_keep(struct bisect_try *t, const struct report *r,
    const struct report_fault *fault)
{
	const struct report_finding *f = report_fault_shown(r, fault);
	const struct report_run *run = &r->runs[f->run];
	struct bisect_finding *to = GROW(t->findings, t->nfindings);
	struct bytes where = { 0 };

	bytes_printf(&where, "%s on ", fault->fatal ? "fatal" : "latent");
	report_where(r, fault, fault->fatal, &where);
	to->kind = f->f.kind;
	to->file = check_strdup(f->file);
	to->function = check_strdup(f->function);
	to->line = f->line;
	to->text = check_strdup(f->f.text[0] != '\0' ? f->f.text :
	    f->f.kind->title);
	to->where = taken(&where);
	to->trace = run->trace;
	to->machine = run->machine;
}

/* "FAILS: sync-missing-prewrite, queue-stuck and 2 more" */
static char *
verdict_words(const struct report *r, const struct bisect_try *t)
{
	struct bytes text = { 0 };
	size_t n = 0;

	bytes_printf(&text, "%s", run_verdict_name(r->verdict));
	for (size_t i = 0; i < t->nfindings; i++) {
		size_t k = 0;

		while (t->findings[k].kind != t->findings[i].kind)
			k++;
		if (k == i && n++ < IDS_SHOWN)
			bytes_printf(&text, "%s%s", n == 1 ? ": " : ", ",
			    t->findings[i].kind->id);
	}
	if (n == 0 && r->verdict == RUN_FAILS)
		bytes_printf(&text, ": %zu divergences", r->ndivergences);
	if (n > IDS_SHOWN)
		bytes_printf(&text, " and %zu more", n - IDS_SHOWN);
	return taken(&text);
}

/* Nothing ran, or not to its end: why. */
static void
skip_unknown(const struct report *r, struct bisect_try *t)
{
	const char *why = NULL;
	struct bytes text = { 0 };

	for (size_t i = 0; i < r->nruns && why == NULL; i++)
		why = r->status == EXIT_INPUT ? r->runs[i].skipped :
		    r->runs[i].skipped == NULL ? r->runs[i].unknown : NULL;
	bytes_printf(&text, "%s: %s", r->status == EXIT_INPUT ? "every trace "
	    "is skipped" : "UNKNOWN", why != NULL ? why : "nothing ran");
	skip(t, r->status, (const char *)text.data);
	bytes_free(&text);
}

/* Whether it is one that is looked for; without --finding: that counts. */
static int
is_wanted(const struct options *o, const struct report *r,
    const struct report_fault *fault)
{
	const struct report_finding *f = report_fault_shown(r, fault);

	if (o->finding == NULL)
		return fault->counted;
	return strcmp(f->f.kind->id, o->finding) == 0 && (o->at == NULL ||
	    strcmp(f->function, o->at) == 0 || strcmp(f->file, o->at) == 0 ||
	    strcmp(host_path_base(f->file), o->at) == 0);
}

static int
judge_report(void *self, const struct report *r, struct error *err)
{
	struct judging *j = self;
	struct bisect_try *t = j->try;
	const char *wanted = j->b->o->finding;

	(void)err;
	for (size_t i = 0; i < r->nfaults; i++)
		if (is_wanted(j->b->o, r, &r->faults[i]))
			finding_keep(t, r, &r->faults[i]);
	for (size_t i = r->nruns; i-- > 0;)
		if (r->runs[i].verdict == RUN_FAILS) {
			t->trace = r->runs[i].trace;
			t->machine = r->runs[i].machine;
		}
	if (wanted != NULL ? t->nfindings > 0 : r->verdict == RUN_FAILS)
		t->what = BISECT_BAD;
	else if (r->verdict == RUN_UNKNOWN)
		skip_unknown(r, t);
	else
		t->what = BISECT_GOOD;
	if (t->what != BISECT_SKIPPED)
		t->says = wanted == NULL ? verdict_words(r, t) :
		    check_strdup(t->nfindings > 0 ? "found" : "not found");
	return EXIT_HOLDS;
}

static int
judge_by_check(struct bisect *b, size_t i, struct error *err)
{
	struct options o = bisect_options(b, i);
	struct judging j = { b, &b->tries[i] };
	struct check_kind kind = check_kind_of_check();
	int status;

	kind.done = judge_report;
	kind.self = &j;
	status = check_all(&o, &kind);
	if (j.try->what != BISECT_UNTRIED)
		return 0;
	error_clear(err);
	b->status = status;
	return -1;
}

/* --- by what the host sees -------------------------------------------------- */

int
bisect_judge_load(struct bisect *b, struct error *err)
{
	const struct options *o = b->o;
	const char *missing;

	if (!o->by_host)
		return 0;
	if (o->args.n != 1)
		return error_set(err, ERROR_USAGE, "with --host bisect compares"
		    " on one trace; \"%s\" is one too many", o->args.list[1]);
	if (load_trace(o->args.list[0], &b->trace, err) != 0 ||
	    diff_machine(o, &b->trace, &b->machine, err) != 0)
		return -1;
	missing = load_transport_missing(&b->trace, &b->machine);
	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s on %s: %s",
		    b->trace.name, b->machine.name, missing);
	return 0;
}

/* Whether what a side said is of any use. */
static int
side_judged(const struct bisect *b, const struct diff_side *s,
    struct bisect_try *t)
{
	const char *missing = load_guest_missing(&b->trace, &s->built);
	struct bytes text = { 0 };

	if (missing != NULL)
		skip(t, EXIT_INPUT, missing);
	else if (s->result.verdict == RUN_UNKNOWN) {
		bytes_printf(&text, "UNKNOWN: %s", s->result.unknown);
		skip(t, EXIT_UNKNOWN, (const char *)text.data);
		bytes_free(&text);
	}
	return t->what != BISECT_SKIPPED;
}

static void
side_compare(const struct bisect *b, const struct diff_side *s,
    struct bisect_try *t)
{
	struct compare *c = compare_create(b->good.account, s->account, 1);
	struct bytes text = { 0 };

	t->what = compare_differs(c) ? BISECT_BAD : BISECT_GOOD;
	if (t->what == BISECT_GOOD)
		bytes_printf(&text, "the host sees the same");
	else
		bytes_printf(&text, "the host sees a difference behind %zu "
		    "items", c->first);
	t->says = taken(&text);
	compare_free(c);
}

static int
judge_by_host(struct bisect *b, size_t i, struct error *err)
{
	struct options o = bisect_options(b, i);
	struct bisect_try *t = &b->tries[i];
	struct diff_side side = { 0 };
	int ret = diff_guest(&o, &b->trace, &b->machine, DIFF_BOUNDARY, &side,
	    err);

	if (ret == 0 && side_judged(b, &side, t)) {
		if (b->good.account == NULL) {	/* it is the good one */
			b->good = side;
			memset(&side, 0, sizeof side);
			t->what = BISECT_GOOD;
			t->says = check_strdup("what the others are compared "
			    "with");
		} else {
			side_compare(b, &side, t);
		}
	}
	diff_side_free(&side);
	return ret;
}

/* --- both ------------------------------------------------------------------- */

int
bisect_judge(struct bisect *b, size_t i, struct error *err)
{
	return b->o->by_host ? judge_by_host(b, i, err) :
	    judge_by_check(b, i, err);
}

static int
has_finding(const struct bisect_try *t, const struct bisect_finding *f)
{
	for (size_t i = 0; i < t->nfindings; i++)
		if (t->findings[i].kind == f->kind &&
		    strcmp(t->findings[i].file, f->file) == 0 &&
		    strcmp(t->findings[i].function, f->function) == 0)
			return 1;
	return 0;
}

/* Where one side has a finding that the other has not, or FAILS. */
static void
diff_where(const struct bisect *b, size_t *trace, size_t *machine)
{
	const struct bisect_try *low = &b->tries[b->low];
	const struct bisect_try *high = &b->tries[b->high];
	const struct bisect_try *bad = low->what == BISECT_BAD ? low : high;
	const struct bisect_try *good = bad == low ? high : low;
	size_t i = 0;

	while (i < bad->nfindings && has_finding(good, &bad->findings[i]))
		i++;
	if (i == bad->nfindings)
		i = 0;
	*trace = bad->nfindings > 0 ? bad->findings[i].trace : bad->trace;
	*machine = bad->nfindings > 0 ? bad->findings[i].machine :
	    bad->machine;
}

static int
diff_on(struct bisect *b, const struct loaded_trace *t,
    const struct machine_desc *m, enum diff_of of, struct error *err)
{
	struct options low = bisect_options(b, b->low);
	struct options high = bisect_options(b, b->high);
	int ret = diff_guests(&low, &high, t, m, of, &b->diff, err);

	b->diff.verbose = b->o->verbose;
	if (ret == 0) {
		b->has_diff = 1;
		diff_places_find(&b->diff);
	}
	return ret;
}

int
bisect_diff(struct bisect *b, struct error *err)
{
	const struct options *o = b->o;
	size_t trace, machine;
	struct loaded_traces traces = { 0 };
	struct machines machines = { 0 };
	int ret;

	if (o->by_host) {
		b->diff_trace = check_strdup(o->args.list[0]);
		b->diff_machine = o->machines.n == 0 ? NULL :
		    check_strdup(o->machines.list[0]);
		return diff_on(b, &b->trace, &b->machine, DIFF_BOUNDARY, err);
	}
	diff_where(b, &trace, &machine);
	ret = load_traces(o->args.list, o->args.n, &traces, err);
	if (ret == 0)
		ret = load_machines(o->machines.list, o->machines.n, &machines,
		    err);
	if (ret == 0) {
		CHECK(trace < traces.n && machine < machines.n);
		b->diff_trace = check_strdup(traces.list[trace].name);
		b->diff_machine = check_strdup(machines.list[machine].name);
		ret = diff_on(b, &traces.list[trace],
		    &machines.list[machine], DIFF_ALL, err);
	}
	machines_free(&machines);
	loaded_traces_free(&traces);
	return ret;
}

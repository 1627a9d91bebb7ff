/* report.c: what runs found, put together; see report.h. */
#include "report.h"
#include "lookup.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
report_init(struct report *r, const char *command, int strict)
{
	memset(r, 0, sizeof *r);
	r->command = command;
	r->strict = strict;
	r->guest = check_strdup("");
}

static void
path_free(struct report_path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		check_free(p->frames[i].file);
		check_free(p->frames[i].function);
	}
	check_free(p->frames);
}

static void
findings_of_report_free(struct report *r)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		struct report_finding *f = &r->findings[i];

		path_free(&f->path);
		for (size_t k = 0; k < f->f.nnotes; k++)
			path_free(&f->notes[k].path);
	}
	check_free(r->findings);
	check_free(r->faults);
	for (size_t i = 0; i < r->nrequests; i++)
		path_free(&r->requests[i].path);
	check_free(r->requests);
	for (size_t i = 0; i < r->ndivergences; i++) {
		check_free(r->divergences[i].text);
		check_free(r->divergences[i].machines);
	}
	check_free(r->divergences);
	for (size_t i = 0; i < r->nbaseline; i++) {
		check_free(r->baseline[i].id);
		check_free(r->baseline[i].file);
		check_free(r->baseline[i].function);
	}
	check_free(r->baseline);
}

void
report_free(struct report *r)
{
	findings_of_report_free(r);
	for (size_t i = 0; i < r->ndrivers; i++)
		check_free(r->drivers[i]);
	check_free(r->drivers);
	for (size_t i = 0; i < r->ntraces; i++) {
		check_free(r->traces[i].name);
		check_free(r->traces[i].device);
		check_free(r->traces[i].host);
		check_free(r->traces[i].scenario);
		check_free(r->traces[i].unseen);
		check_free(r->traces[i].given);
	}
	check_free(r->traces);
	for (size_t i = 0; i < r->nmachines; i++) {
		check_free(r->machines[i].name);
		check_free(r->machines[i].title);
		check_free(r->machines[i].line);
		check_free(r->machines[i].order);
		check_free(r->machines[i].given);
	}
	check_free(r->machines);
	for (size_t i = 0; i < r->nruns; i++) {
		check_free(r->runs[i].skipped);
		check_free(r->runs[i].unknown);
	}
	check_free(r->runs);
	check_free(r->guest);
	check_free(r->note);
	report_asked_free(&r->asked);
	for (size_t i = 0; i < r->nsources; i++) {
		check_free(r->sources[i].file);
		bytes_free(&r->sources[i].text);
	}
	check_free(r->sources);
	memset(r, 0, sizeof *r);
}

static int
callpath_same(const struct callpath *a, const struct callpath *b)
{
	return a->n == b->n &&
	    memcmp(a->at, b->at, a->n * sizeof a->at[0]) == 0;
}

/* --- filling ------------------------------------------------------------- */

void
report_guest_set(struct report *r, const char *words,
    const char *driver_digest, const char *const *drivers, size_t n)
{
	check_free(r->guest);
	r->guest = check_strdup(words);
	snprintf(r->driver_digest, sizeof r->driver_digest, "%s",
	    driver_digest);
	for (size_t i = 0; i < n; i++)
		*GROW(r->drivers, r->ndrivers) = check_strdup(drivers[i]);
}

size_t
report_trace_add(struct report *r, const char *name, const char *device,
    const char *host, const char *scenario, const uint8_t hash[DIGEST_SIZE])
{
	struct report_trace *t = GROW(r->traces, r->ntraces);

	t->name = check_strdup(name);
	t->device = check_strdup(device);
	t->host = check_strdup(host);
	t->scenario = check_strdup(scenario);
	t->unseen = check_strdup("");
	t->given = check_strdup(name);
	digest_hex(hash, t->hash);
	return r->ntraces - 1;
}

void
report_trace_unseen(struct report *r, size_t trace, const char *unseen)
{
	check_free(r->traces[trace].unseen);
	r->traces[trace].unseen = check_strdup(unseen);
}

size_t
report_machine_add(struct report *r, const struct machine_desc *m)
{
	struct report_machine *to = GROW(r->machines, r->nmachines);
	uint8_t digest[DIGEST_SIZE];
	struct digest d;
	char line[512];

	machine_desc_line(m, line, sizeof line);
	to->name = check_strdup(m->name);
	to->title = check_strdup(m->title);
	to->line = check_strdup(line);
	to->given = check_strdup(m->name);
	to->order = check_strdup(order_name(m->order));
	to->order_is_sc = m->order == ORDER_SC;
	digest_init(&d);
	digest_add(&d, m->dtb, m->dtb_len);
	digest_final(&d, digest);
	digest_hex(digest, to->digest);
	return r->nmachines - 1;
}

static void
finding_copy(struct report *r, size_t run, const struct finding *f,
    const struct callpaths *paths)
{
	struct report_finding *to = GROW(r->findings, r->nfindings);

	r->runs[run].fatal += f->fatal != 0;
	r->runs[run].latent += f->fatal == 0;
	to->f = *f;
	to->run = run;
	to->at = *callpath_get(paths, f->where);
	for (size_t i = 0; i < f->nnotes; i++) {
		memcpy(to->notes[i].text, f->notes[i].text,
		    sizeof to->notes[i].text);
		to->notes[i].at = *callpath_get(paths, f->notes[i].path);
	}
}

static void
findings_copy(struct report *r, size_t run, const struct run_result *result)
{
	for (size_t i = 0; i < result->findings.n; i++)
		finding_copy(r, run, &result->findings.list[i], result->paths);
}

/* The same words in one trace are one, on however many machines. */
static void
divergence_add(struct report *r, size_t trace, size_t machine,
    const char *text)
{
	struct report_divergence *d = NULL;

	for (size_t i = 0; i < r->ndivergences && d == NULL; i++)
		if (r->divergences[i].trace == trace &&
		    strcmp(r->divergences[i].text, text) == 0)
			d = &r->divergences[i];
	if (d == NULL) {
		d = GROW(r->divergences, r->ndivergences);
		d->trace = trace;
		d->text = check_strdup(text);
	}
	if (d->nmachines == 0 || d->machines[d->nmachines - 1] != machine)
		*GROW(d->machines, d->nmachines) = machine;
}

void
report_run_add(struct report *r, size_t trace, size_t machine,
    const struct run_result *result)
{
	struct report_run *run = GROW(r->runs, r->nruns);

	run->trace = trace;
	run->machine = machine;
	run->verdict = result->verdict;
	if (result->verdict == RUN_UNKNOWN)
		run->unknown = check_strdup(result->unknown);
	run->events = result->events;
	run->stores = result->stores;
	run->time_ns = result->time_ns;
	run->pictures = result->pictures;
	run->dropped = result->findings.dropped;
	run->nnotes_dropped = result->nnotes_dropped;
	run->ndiverged = result->nnotes;
	digest_hex(result->digest, run->digest);
	findings_copy(r, r->nruns - 1, result);
	for (size_t i = 0; i < result->nnotes; i++)
		divergence_add(r, trace, machine, result->notes[i]);
}

void
report_run_more(struct report *r, size_t trace, size_t machine,
    const struct run_result *result)
{
	size_t n = r->nruns;
	struct report_run *run;

	while (n > 0 && (r->runs[n - 1].trace != trace ||
	    r->runs[n - 1].machine != machine))
		n--;
	CHECK(n > 0);
	run = &r->runs[n - 1];
	if (result->verdict == RUN_UNKNOWN && run->verdict != RUN_FAILS) {
		run->verdict = RUN_UNKNOWN;
		check_free(run->unknown);
		run->unknown = check_strdup(result->unknown);
	} else if (result->verdict == RUN_FAILS) {
		run->verdict = RUN_FAILS;
	}
	findings_copy(r, n - 1, result);
}

void
report_run_explored(struct report *r, size_t trace, size_t machine,
    const struct explore_counts *counts, const uint8_t ends[DIGEST_SIZE],
    int cut, int capped, uint32_t gaps, int unlocked)
{
	for (size_t i = 0; i < r->nruns; i++)
		if (r->runs[i].trace == trace && r->runs[i].machine ==
		    machine) {
			r->runs[i].explored = *counts;
			digest_hex(ends, r->runs[i].ends);
			r->runs[i].cut = cut;
			r->runs[i].capped = capped;
			r->runs[i].gaps = gaps;
			r->runs[i].unlocked = unlocked;
		}
}

void
report_run_skip(struct report *r, size_t trace, size_t machine,
    const char *why)
{
	struct report_run *run = GROW(r->runs, r->nruns);

	run->trace = trace;
	run->machine = machine;
	run->skipped = check_strdup(why);
	run->verdict = RUN_UNKNOWN;
}

void
report_request_add(struct report *r, const struct callpath *at, uint32_t word)
{
	struct report_request *q;

	for (size_t i = 0; i < r->nrequests; i++)
		if (r->requests[i].word == word && callpath_same(
		    &r->requests[i].at, at))
			return;
	q = GROW(r->requests, r->nrequests);
	q->at = *at;
	q->word = word;
}

/* --- addresses become lines ---------------------------------------------- */

static void
lookup_collect(struct lookup *l, const struct report *r)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];

		lookup_add(l, &f->at);
		for (size_t k = 0; k < f->f.nnotes; k++)
			lookup_add(l, &f->notes[k].at);
	}
	for (size_t i = 0; r->nfindings > 0 && i < r->nrequests; i++)
		lookup_add(l, &r->requests[i].at);
	lookup_sort(l);
}

/* Names of drivers' sources; a foreign one may be there with a directory. */
static int
is_driver(const struct report *r, const char *file)
{
	for (size_t i = 0; i < r->ndrivers; i++)
		if (strcmp(r->drivers[i], file) == 0 || strcmp(host_path_base(
		    r->drivers[i]), host_path_base(file)) == 0)
			return 1;
	return 0;
}

static void
path_resolve(const struct report *r, const struct lookup *l,
    const struct callpath *from, struct report_path *to)
{
	for (uint32_t i = 0; i < from->n; i++) {
		const struct symbol_place *place = lookup_find(l, from->at[i]);

		for (size_t k = 0; place != NULL && k < place->n; k++) {
			const struct symbol_frame *s = &place->frame[k];
			struct report_frame *f;

			if (strcmp(s->file, "??") == 0 &&
			    strcmp(s->function, "??") == 0)
				continue;
			f = GROW(to->frames, to->n);
			f->file = check_strdup(s->file);
			f->function = check_strdup(s->function);
			f->line = s->line;
			f->driver = is_driver(r, s->file);
		}
	}
}

void
report_resolve_by(struct report *r, report_resolver *resolve, void *self)
{
	struct lookup l = {0};

	lookup_collect(&l, r);
	if (l.n > 0)
		resolve(self, l.offsets, l.n, l.places);
	for (size_t i = 0; i < r->nrequests; i++)
		path_resolve(r, &l, &r->requests[i].at, &r->requests[i].path);
	for (size_t i = 0; i < r->nfindings; i++) {
		struct report_finding *f = &r->findings[i];

		path_resolve(r, &l, &f->at, &f->path);
		for (size_t k = 0; k < f->f.nnotes; k++)
			path_resolve(r, &l, &f->notes[k].at,
			    &f->notes[k].path);
		report_place(r, f);
	}
	lookup_free(&l);
}

struct asked {
	struct symbolizer *s;
	struct error err;
};

static void
resolve_by_tool(void *self, const uint64_t *offsets, size_t n,
    struct symbol_place *places)
{
	struct asked *a = self;

	(void)symbolize_places(a->s, offsets, n, places, &a->err);
}

void
report_resolve(struct report *r, struct symbolizer *s)
{
	struct asked a = { s, { ERROR_NONE, "" } };

	report_resolve_by(r, resolve_by_tool, &a);
	if (r->nfindings == 0)
		return;
	if (symbolize_note(s) != NULL)
		r->note = check_strdup(symbolize_note(s));
	else if (a.err.code != ERROR_NONE)
		r->note = check_strdup(a.err.text);
}

/* --- judging ------------------------------------------------------------- */

static int
finding_same(const struct report_finding *a, const struct report_finding *b)
{
	return a->f.kind == b->f.kind && a->line == b->line &&
	    strcmp(a->file, b->file) == 0;
}

/* Of the findings of a fault the first fatal one is shown, else the first. */
static void
fault_add(struct report *r, size_t i)
{
	struct report_finding *f = &r->findings[i];
	struct report_fault *to = NULL;

	for (size_t k = 0; k < r->nfaults && to == NULL; k++)
		if (finding_same(&r->findings[r->faults[k].first], f)) {
			to = &r->faults[k];
			f->fault = k;
		}
	if (to == NULL) {
		to = GROW(r->faults, r->nfaults);
		to->first = i;
		to->fatal = f->f.fatal;
		f->fault = r->nfaults - 1;
	} else if (f->f.fatal && !to->fatal) {
		to->fatal = 1;
		to->first = i;
	}
}

static const struct report *sorting;

static int
by_place(const void *a, const void *b)
{
	const struct report_fault *fa = a, *fb = b;
	const struct report_finding *x = &sorting->findings[fa->first];
	const struct report_finding *y = &sorting->findings[fb->first];
	int c = strcmp(x->file, y->file);

	if (c != 0)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->f.kind->id, y->f.kind->id);
}

static void
faults_merge(struct report *r)
{
	size_t *to;

	for (size_t i = 0; i < r->nfindings; i++)
		fault_add(r, i);
	if (r->nfaults == 0)
		return;
	for (size_t i = 0; i < r->nfaults; i++)
		r->faults[i].next = i;
	sorting = r;
	qsort(r->faults, r->nfaults, sizeof r->faults[0], by_place);
	to = check_calloc(r->nfaults, sizeof to[0]);
	for (size_t i = 0; i < r->nfaults; i++)
		to[r->faults[i].next] = i;
	for (size_t i = 0; i < r->nfindings; i++)
		r->findings[i].fault = to[r->findings[i].fault];
	check_free(to);
}

/* What a cell says once the baseline has had its say. */
static void
run_judge(struct report *r, size_t n)
{
	struct report_run *run = &r->runs[n];
	int fails = r->strict && run->ndiverged > 0;

	if (run->skipped != NULL)
		return;
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];

		fails |= f->run == n && (f->f.fatal || r->strict) &&
		    !r->faults[f->fault].accepted;
	}
	if (fails)
		run->verdict = RUN_FAILS;
	else if (run->verdict == RUN_FAILS)
		run->verdict = RUN_HOLDS_BOUNDED;
}

static void
verdict_judge(struct report *r)
{
	size_t holds = 0, unknown = 0, ran = 0;

	for (size_t i = 0; i < r->nruns; i++) {
		if (r->runs[i].skipped != NULL) {
			r->skipped++;
			continue;
		}
		ran++;
		holds += r->runs[i].verdict == RUN_HOLDS;
		unknown += r->runs[i].verdict == RUN_UNKNOWN;
	}
	if (r->counted > 0) {
		r->verdict = RUN_FAILS;
		r->status = EXIT_FAILS;
	} else if (ran == 0) {		/* nothing at all was looked at */
		r->verdict = RUN_UNKNOWN;
		r->status = EXIT_INPUT;
	} else if (unknown > 0) {
		r->verdict = RUN_UNKNOWN;
		r->status = EXIT_UNKNOWN;
	} else {
		r->verdict = holds == ran ? RUN_HOLDS : RUN_HOLDS_BOUNDED;
		r->status = EXIT_HOLDS;
	}
}

void
report_judge(struct report *r)
{
	faults_merge(r);
	for (size_t i = 0; i < r->nfaults; i++) {
		struct report_fault *f = &r->faults[i];

		f->accepted = baseline_accepts(r, &r->findings[f->first]);
		f->counted = (f->fatal || r->strict) && !f->accepted;
		r->counted += f->counted != 0;
	}
	if (r->strict)
		r->counted += r->ndivergences;
	for (size_t i = 0; i < r->nruns; i++)
		run_judge(r, i);
	verdict_judge(r);
}

/* --- reading ------------------------------------------------------------- */

const struct report_finding *
report_fault_shown(const struct report *r, const struct report_fault *f)
{
	return &r->findings[f->first];
}

const char *
report_sentence(const struct report_finding *f)
{
	return f->f.text[0] != '\0' ? f->f.text : f->f.kind->title;
}

const struct report_run *
report_run_at(const struct report *r, size_t trace, size_t machine)
{
	for (size_t i = 0; i < r->nruns; i++)
		if (r->runs[i].trace == trace && r->runs[i].machine == machine)
			return &r->runs[i];
	return NULL;
}

/* Whether the fault shows in a cell: fatal 1, latent 0. */
static int
fault_in(const struct report *r, size_t fault, int fatal, size_t trace,
    size_t machine)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];
		const struct report_run *run = &r->runs[f->run];

		if (f->fault == fault && (f->f.fatal != 0) == fatal &&
		    run->trace == trace && run->machine == machine)
			return 1;
	}
	return 0;
}

/* The traces of a machine's column in which the fault shows; how many ran. */
static size_t
where_traces(const struct report *r, size_t fault, int fatal, size_t machine,
    struct bytes *names, size_t *ran)
{
	size_t n = 0;

	*ran = 0;
	for (size_t t = 0; t < r->ntraces; t++) {
		const struct report_run *run = report_run_at(r, t, machine);

		*ran += run != NULL && run->skipped == NULL;
		if (fault_in(r, fault, fatal, t, machine))
			bytes_printf(names, "%s%s", n++ > 0 ? ", " : "",
			    r->traces[t].name);
	}
	return n;
}

void
report_where(const struct report *r, const struct report_fault *f, int fatal,
    struct bytes *out)
{
	size_t fault = (size_t)(f - r->faults), shown = 0, ran;
	struct bytes last = {0}, now = {0};

	/* The traces stand behind the last machine that has the same ones. */
	for (size_t m = 0; m < r->nmachines; m++) {
		size_t n;

		bytes_clear(&now);
		n = where_traces(r, fault, fatal, m, &now, &ran);
		if (n == 0)
			continue;
		if (n == ran)
			bytes_clear(&now);
		if (shown > 0 && last.len > 0 && (last.len != now.len ||
		    memcmp(last.data, now.data, now.len) != 0))
			bytes_printf(out, " (%.*s)", (int)last.len,
			    (const char *)last.data);
		bytes_printf(out, "%s%s", shown++ > 0 ? ", " : "",
		    r->machines[m].name);
		bytes_clear(&last);
		bytes_add(&last, now.data, now.len);
	}
	if (last.len > 0)
		bytes_printf(out, " (%.*s)", (int)last.len,
		    (const char *)last.data);
	bytes_free(&last);
	bytes_free(&now);
}

void
report_summary_line(enum run_verdict verdict, size_t traces, size_t machines,
    size_t findings, size_t skipped, struct bytes *out)
{
	/* Always in the plural: scripts read it. */
	bytes_printf(out, "%s: %zu traces, %zu machines, %zu findings",
	    run_verdict_name(verdict), traces, machines, findings);
	if (skipped > 0)
		bytes_printf(out, ", %zu skipped", skipped);
}

void
report_summary(const struct report *r, struct bytes *out)
{
	report_summary_line(r->verdict, r->ntraces, r->nmachines, r->counted,
	    r->skipped, out);
}

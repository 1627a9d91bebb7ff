/*
 * matrix_trees.c: OpenBSD trees and revisions by machines: what check says of
 * each, and with --times how long that took.
 *
 * As JSON (RFC 8259), keys in this order, none left out but those marked "?":
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"matrix"
 *	traces		[name]
 *	trees		[{ tree, rev?, builds: true or false, why?: what does
 *			not, build_seconds?, machines: [CELL], findings:
 *			[{ id, file, line, function, text, fatal: [machine],
 *			latent: [machine] }] }]
 *
 * CELL is { machine, is ("HOLDS-BOUNDED", "HOLDS", "FAILS", "latent",
 * "UNKNOWN", "skipped"), fatal, latent (findings), seconds? }; seconds are
 * those of --times.
 */
#include "matrix_trees.h"
#include "ahead.h"
#include "check_all.h"
#include "check_run.h"
#include "guest_tree.h"
#include "history.h"
#include "load.h"
#include "lookup.h"
#include "json_write.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_SHOWN	4u		/* findings named in a row */
#define CELL_SIZE	48u
#define NS_PER_MS	1000000u

struct tree_cell {
	size_t fatal, latent;		/* findings */
	enum run_verdict verdict;	/* where there are none */
	int ran;
	uint64_t ns;			/* of all its runs */
};

struct trees {
	const struct options *o;
	struct machines machines;
	struct loaded_traces traces;
	struct options *rows;		/* one a tree */
	char **labels;			/* what stands before each */
	size_t nlabels;
	struct guest_spec *specs;
	size_t n;
	struct history *histories;	/* of each --rev OLDER..NEWER */
	size_t nhistories;
	struct ahead *ahead;
	int width;			/* of the names' column */
	struct bytes json;
	/* Of the row that is being made: */
	size_t row;
	struct tree_cell *cells;	/* one a machine */
	uint64_t build_ns;
	int unbuilt;			/* a tree did not build */
};

int
matrix_has_trees(const struct options *o)
{
	return o->trees.n + o->revs.n > 0 || o->repo != NULL ||
	    o->driver != NULL || o->times;
}

/* --- a row --------------------------------------------------------------------- */

/* How a fault shows on a machine: 2 fatal, 1 latent, 0 not. */
static int
shows(const struct report *r, size_t fault, size_t machine)
{
	int how = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];

		if (f->fault == fault && r->runs[f->run].machine == machine &&
		    how < 1 + (f->f.fatal != 0))
			how = 1 + (f->f.fatal != 0);
	}
	return how;
}

static void
cell_fill(const struct report *r, size_t machine, struct tree_cell *c)
{
	int unknown = 0, bounded = 0;

	for (size_t i = 0; i < r->nfaults; i++) {
		int how = shows(r, i, machine);

		c->fatal += how == 2;
		c->latent += how == 1;
	}
	for (size_t i = 0; i < r->nruns; i++) {
		const struct report_run *run = &r->runs[i];

		if (run->machine != machine || run->skipped != NULL)
			continue;
		c->ran = 1;
		unknown |= run->verdict == RUN_UNKNOWN;
		bounded |= run->verdict == RUN_HOLDS_BOUNDED;
	}
	c->verdict = unknown ? RUN_UNKNOWN : bounded ? RUN_HOLDS_BOUNDED :
	    RUN_HOLDS;
}

static const char *
cell_word(const struct tree_cell *c)
{
	return c->fatal > 0 ? run_verdict_name(RUN_FAILS) : !c->ran ?
	    "skipped" : c->verdict == RUN_UNKNOWN || c->latent == 0 ?
	    run_verdict_name(c->verdict) : "latent";
}

/* "FAILS 2", and with --times "FAILS 2 0.31s" */
static void
cell_print(const struct trees *t, const struct tree_cell *c,
    char text[CELL_SIZE])
{
	size_t n = c->fatal > 0 ? c->fatal : c->latent;
	int at = snprintf(text, CELL_SIZE, "%s", cell_word(c));

	if (n > 0)
		at += snprintf(text + at, CELL_SIZE - (size_t)at, " %zu", n);
	if (t->o->times)
		snprintf(text + at, CELL_SIZE - (size_t)at, " %" PRIu64
		    ".%02" PRIu64 "s", c->ns / NS_PER_MS / 1000,
		    c->ns / NS_PER_MS % 1000 / 10);
}

/* So wide is the column of a machine. */
static int
cell_width(const struct trees *t, size_t machine)
{
	int name = (int)strlen(t->machines.list[machine].name);
	int cell = (int)strlen("HOLDS-BOUNDED") + (t->o->times ?
	    (int)strlen(" 00.00s") : 0);

	return name > cell ? name : cell;
}

/* Each id once, as they come. */
static void
ids_print(const struct report *r, struct bytes *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nfaults; i++) {
		const struct finding_kind *kind = report_fault_shown(r,
		    &r->faults[i])->f.kind;
		size_t k = 0;

		while (report_fault_shown(r, &r->faults[k])->f.kind != kind)
			k++;
		if (k == i && n++ < IDS_SHOWN)
			bytes_printf(out, "%s%s", n == 1 ? "" : ", ",
			    kind->id);
	}
	if (n > IDS_SHOWN)
		bytes_printf(out, " and %zu more", n - IDS_SHOWN);
}

static void
name_print(const struct trees *t, const char *name, struct bytes *out)
{
	struct bytes clean = { 0 };

	report_clean(name, &clean);
	bytes_printf(out, "%-*.*s", t->width, (int)clean.len,
	    (const char *)clean.data);
	bytes_free(&clean);
}

static void
row_text(const struct trees *t, const struct report *r, struct bytes *out)
{
	char cell[CELL_SIZE];

	name_print(t, t->labels[t->row], out);
	if (t->o->times)
		bytes_printf(out, "  %3" PRIu64 ".%02" PRIu64 "s",
		    t->build_ns / NS_PER_MS / 1000,
		    t->build_ns / NS_PER_MS % 1000 / 10);
	for (size_t i = 0; i < t->machines.n; i++) {
		cell_print(t, &t->cells[i], cell);
		bytes_printf(out, "  %-*s", i + 1 < t->machines.n ||
		    r->nfaults > 0 ? cell_width(t, i) : 0, cell);
	}
	if (r->nfaults > 0)
		bytes_printf(out, "  ");
	ids_print(r, out);
	bytes_printf(out, "\n");
}

/* --- as JSON -------------------------------------------------------------------- */

static void
seconds(const char *name, uint64_t ns, struct bytes *out)
{
	bytes_printf(out, ", \"%s\": %" PRIu64 ".%03" PRIu64, name,
	    ns / NS_PER_MS / 1000, ns / NS_PER_MS % 1000);
}

static void
json_head(const struct trees *t, struct bytes *out)
{
	bytes_printf(out, "{\n  \"format\": 1,\n  \"viotape\": \"%s\",\n"
	    "  \"command\": \"matrix\",\n  \"traces\": [", VIOTAPE_VERSION);
	for (size_t i = 0; i < t->traces.n; i++) {
		bytes_printf(out, "%s", i > 0 ? ", " : "");
		escape_json(out, t->traces.list[i].name);
	}
	bytes_printf(out, "],\n  \"trees\": [");
}

static void
json_row_begin(struct trees *t, const char *why)
{
	const struct options *row = &t->rows[t->row];
	struct bytes *out = &t->json;

	bytes_printf(out, "%s\n    { ", t->row > 0 ? "," : "");
	json_text(out, "", "tree", row->sys != NULL ? row->sys : row->repo);
	if (row->rev != NULL) {
		bytes_printf(out, ", ");
		json_text(out, "", "rev", row->rev);
	}
	bytes_printf(out, ", \"builds\": %s", why == NULL ? "true" : "false");
	if (why != NULL) {
		bytes_printf(out, ", ");
		json_text(out, "", "why", why);
	}
	if (t->o->times)
		seconds("build_seconds", t->build_ns, out);
	bytes_printf(out, ",\n      \"machines\": [");
}

static void
json_cells(struct trees *t)
{
	struct bytes *out = &t->json;

	for (size_t i = 0; i < t->machines.n; i++) {
		const struct tree_cell *c = &t->cells[i];

		bytes_printf(out, "%s\n        { ", i > 0 ? "," : "");
		json_text(out, "", "machine", t->machines.list[i].name);
		bytes_printf(out, ", \"is\": \"%s\", \"fatal\": %zu, "
		    "\"latent\": %zu", cell_word(c), c->fatal, c->latent);
		if (t->o->times)
			seconds("seconds", c->ns, out);
		bytes_printf(out, " }");
	}
}

static void
json_shows(const struct trees *t, const struct report *r, size_t fault,
    int how, struct bytes *out)
{
	size_t n = 0;

	bytes_printf(out, "[");
	for (size_t i = 0; i < t->machines.n; i++)
		if (shows(r, fault, i) == how) {
			bytes_printf(out, "%s", n++ > 0 ? ", " : "");
			escape_json(out, t->machines.list[i].name);
		}
	bytes_printf(out, "]");
}

static void
json_findings(struct trees *t, const struct report *r)
{
	struct bytes *out = &t->json;

	for (size_t i = 0; i < r->nfaults; i++) {
		const struct report_finding *f = report_fault_shown(r,
		    &r->faults[i]);

		bytes_printf(out, "%s\n        { ", i > 0 ? "," : "");
		json_text(out, "", "id", f->f.kind->id);
		bytes_printf(out, ", ");
		json_text(out, "", "file", f->file);
		bytes_printf(out, ", \"line\": %u, ", f->line);
		json_text(out, "", "function", f->function);
		bytes_printf(out, ", ");
		json_text(out, "", "text", f->f.text[0] != '\0' ? f->f.text :
		    f->f.kind->title);
		bytes_printf(out, ", \"fatal\": ");
		json_shows(t, r, i, 2, out);
		bytes_printf(out, ", \"latent\": ");
		json_shows(t, r, i, 1, out);
		bytes_printf(out, " }");
	}
}

/* --- the rows -------------------------------------------------------------------- */

static int
print(const struct trees *t, struct bytes *text, struct error *err)
{
	int ret = 0;

	if (t->o->json == NULL || strcmp(t->o->json, "-") != 0)
		ret = check_write("-", text, err);
	bytes_free(text);
	return ret;
}

/* check's run, and how long it took. */
static int
pair_run(const struct options *o, const struct run_config *config,
    struct run_result *result, struct bytes *more, struct error *err)
{
	uint64_t from = host_monotonic_ns();
	int ret = check_kind_of_check().run(o, config, result, more, err);

	bytes_add_le(more, host_monotonic_ns() - from, 8);
	return ret;
}

static int
pair_take(void *self, struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in, struct error *err)
{
	struct trees *t = self;
	int ret = check_kind_of_check().take(NULL, r, trace, machine, in, err);

	t->cells[machine].ns += bytes_reader_le(in, 8);
	return ret;
}

static int
row_done(void *self, const struct report *r, struct error *err)
{
	struct trees *t = self;
	struct bytes text = { 0 };

	for (size_t i = 0; i < t->machines.n; i++)
		cell_fill(r, i, &t->cells[i]);
	json_row_begin(t, NULL);
	json_cells(t);
	bytes_printf(&t->json, "\n      ],\n      \"findings\": [");
	json_findings(t, r);
	bytes_printf(&t->json, "%s] }", r->nfaults > 0 ? "\n      " : "");
	row_text(t, r, &text);
	return print(t, &text, err) == 0 ? EXIT_HOLDS : -1;
}

static int
row_unbuilt(struct trees *t, struct error *err)
{
	struct bytes text = { 0 };

	err->text[strcspn(err->text, ";\n")] = '\0';
	json_row_begin(t, err->text);
	bytes_printf(&t->json, "],\n      \"findings\": [] }");
	name_print(t, t->labels[t->row], &text);
	bytes_printf(&text, "  ");
	report_clean(err->text, &text);
	bytes_printf(&text, "\n");
	error_clear(err);
	t->unbuilt = 1;
	return print(t, &text, err);
}

/* 0; -1 with err; or the status of what check_all() has told. */
static int
row_make(struct trees *t, struct error *err)
{
	struct check_kind kind = { .command = "check", .run = pair_run,
	    .take = pair_take, .done = row_done, .self = t };
	uint64_t from = host_monotonic_ns();
	int ret = ahead_build(t->ahead, t->row, err);

	t->build_ns = host_monotonic_ns() - from;
	memset(t->cells, 0, t->machines.n * sizeof t->cells[0]);
	if (ret != 0)
		return err->code == ERROR_BUILD ? row_unbuilt(t, err) : -1;
	if (t->row + 1 < t->n)
		ahead_begin(t->ahead, t->row + 1);
	return check_all(&t->rows[t->row], &kind);
}

static int
head_print(const struct trees *t, struct error *err)
{
	struct bytes text = { 0 };

	bytes_printf(&text, "%-*s", t->width, "");
	if (t->o->times)
		bytes_printf(&text, "  %7s", "build");
	for (size_t i = 0; i < t->machines.n; i++)
		bytes_printf(&text, "  %-*s", i + 1 < t->machines.n ?
		    cell_width(t, i) : 0, t->machines.list[i].name);
	bytes_printf(&text, "\n");
	return print(t, &text, err);
}

/* label is t's from now on. */
static void
row_add(struct trees *t, const char *sys, const char *rev, char *label)
{
	struct options *row = GROW(t->rows, t->n);

	*row = *t->o;
	row->sys = sys;
	row->rev = rev;
	row->repo = rev != NULL ? t->o->repo : NULL;
	row->json = NULL;
	*GROW(t->labels, t->nlabels) = label;
	if ((int)strlen(label) > t->width)
		t->width = (int)strlen(label);
}

/* "9afac382dc81 2024-08-01" */
static char *
commit_label(const struct history_commit *c)
{
	char text[GIT_SHORT + 1 + HISTORY_DAY + 1];

	snprintf(text, sizeof text, "%.*s %.*s", GIT_SHORT, c->hash,
	    HISTORY_DAY, c->date);
	return check_strdup(text);
}

/* A revision; or each that changes the drivers behind OLDER up to NEWER. */
static int
revs_add(struct trees *t, const char *rev, struct error *err)
{
	struct history *h;

	if (strstr(rev, "..") == NULL) {
		row_add(t, NULL, rev, check_strdup(rev));
		return 0;
	}
	h = GROW(t->histories, t->nhistories);
	if (history_range(t->o->repo, rev, h, err) != 0)
		return -1;
	for (size_t i = 1; i < h->n; i++)
		row_add(t, NULL, h->list[i].hash,
		    commit_label(&h->list[i]));
	return 0;
}

static int
rows_load(struct trees *t, struct error *err)
{
	const struct options *o = t->o;
	struct guest_tree taken;
	int ret = 0;

	for (size_t i = 0; i < o->trees.n; i++)
		row_add(t, o->trees.list[i], NULL,
		    check_strdup(o->trees.list[i]));
	for (size_t i = 0; ret == 0 && i < o->revs.n; i++)
		ret = revs_add(t, o->revs.list[i], err);
	t->specs = check_calloc(t->n + 1, sizeof t->specs[0]);
	for (size_t i = 0; ret == 0 && i < t->n; i++) {
		t->specs[i] = options_guest(&t->rows[i]);
		ret = guest_tree_take(&t->specs[i], &taken, err);
		guest_tree_free(&taken);
	}
	return ret;
}

/* All that can be refused is read before anything is built. */
static int
trees_load(struct trees *t, struct error *err)
{
	const struct options *o = t->o;

	if ((o->repo != NULL) != (o->revs.n > 0))
		return error_set(err, ERROR_USAGE, o->repo != NULL ?
		    "--repo wants --rev, the revision to take out of it" :
		    "--rev wants --repo, the repository that has it");
	if (o->trees.n + o->revs.n == 0)
		return error_set(err, ERROR_USAGE, "--driver and --times are "
		    "for a matrix of trees; give them by --sys, or by --repo "
		    "and --rev");
	if (load_machines(o->machines.list, o->machines.n, &t->machines,
	    err) != 0 || load_traces(o->args.list, o->args.n, &t->traces,
	    err) != 0 || rows_load(t, err) != 0)
		return -1;
	t->cells = check_calloc(t->machines.n, sizeof t->cells[0]);
	/* A time is to be one of building, not of waiting for it. */
	t->ahead = ahead_create(t->specs, t->n, o->times ? 1 : o->jobs != 0 ?
	    (unsigned)o->jobs : host_cpu_count());
	return 0;
}

static int
trees_run(struct trees *t, struct error *err)
{
	int status = head_print(t, err);

	json_head(t, &t->json);
	for (t->row = 0; status == 0 && t->row < t->n; t->row++)
		status = row_make(t, err);
	bytes_printf(&t->json, "\n  ]\n}\n");
	if (status == 0 && t->o->json != NULL)
		status = check_write(t->o->json, &t->json, err);
	return status;
}

int
matrix_trees(const struct options *o)
{
	struct trees t = { .o = o };
	struct error err;
	int status;

	error_clear(&err);
	status = trees_load(&t, &err);
	if (status == 0)
		status = trees_run(&t, &err);
	if (status < 0)
		status = options_fail(&err);
	if (status == 0 && t.unbuilt)
		status = EXIT_BUILD;
	ahead_free(t.ahead);
	for (size_t i = 0; i < t.nhistories; i++)
		history_free(&t.histories[i]);
	check_free(t.histories);
	for (size_t i = 0; i < t.nlabels; i++)
		check_free(t.labels[i]);
	check_free(t.labels);
	bytes_free(&t.json);
	check_free(t.cells);
	check_free(t.rows);
	check_free(t.specs);
	loaded_traces_free(&t.traces);
	machines_free(&t.machines);
	return status;
}

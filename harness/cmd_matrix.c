/*
 * cmd_matrix.c: viotape matrix: every fault of drivers/faults on every
 * machine: where it goes wrong, where it is latent, where it does not show.
 *
 * A cell is the worst of all traces.  Nothing in it is expected beforehand:
 * each comes out of the runs, and MODEL.md's rules say why.
 *
 * As JSON (RFC 8259), keys in this order:
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"matrix"
 *	traces		[name]
 *	faults		[{ fault, machines: [{ machine, is ("-", "latent",
 *			"FAILS", "UNKNOWN") }], findings: [id] }]: the first
 *			fault is "" and stands for none; of findings the
 *			first four
 *
 * Of trees instead of faults: matrix_trees.c.
 */
#include "check_run.h"
#include "load.h"
#include "matrix_trees.h"
#include "options.h"
#include "escape.h"
#include "report.h"
#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MAX	4		/* findings named in the list below */

enum cell { CELL_UNSEEN, CELL_LATENT, CELL_FATAL, CELL_UNKNOWN };

static const char *const cell_words[] = { "-", "latent", "FAILS", "UNKNOWN" };

struct matrix {
	const struct options *o;
	struct machines machines;
	struct loaded_traces traces;
	struct host_names faults;
	int width;			/* of the names' column */
	struct bytes json;
};

struct row {
	enum cell *cells;		/* one a machine */
	const char *ids[IDS_MAX];	/* kinds of findings, as they came */
	size_t nids;
};

static void
row_id(struct row *row, const char *id)
{
	for (size_t i = 0; i < row->nids; i++)
		if (strcmp(row->ids[i], id) == 0)
			return;
	if (row->nids < IDS_MAX)
		row->ids[row->nids++] = id;
}

static enum cell
cell_of(struct row *row, const struct run_result *r)
{
	enum cell c = r->verdict == RUN_UNKNOWN ? CELL_UNKNOWN : CELL_UNSEEN;

	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.list[i];

		row_id(row, f->kind->id);
		if (f->fatal && c < CELL_FATAL)
			c = CELL_FATAL;
		else if (c < CELL_LATENT)
			c = CELL_LATENT;
	}
	return c;
}

static int
matrix_pair(struct matrix *m, struct guest *guest, size_t trace, size_t machine,
    struct row *row, struct error *err)
{
	const struct loaded_trace *t = &m->traces.list[trace];
	const struct machine_desc *desc = &m->machines.list[machine];
	struct check_host host = { .tape = t->tape };
	struct run_config config = { .desc = desc, .guest = guest,
	    .scenario = &t->scenario, .host = check_host_create,
	    .self = &host, .no_callers = 1 };
	struct run_result result;
	enum cell c;

	/* It cannot get worse. */
	if (row->cells[machine] >= CELL_FATAL ||
	    load_transport_missing(t, desc) != NULL)
		return 0;
	if (run_execute(&config, &result, err) != 0)
		return error_prefix(err, "%s on %s", t->name, desc->name);
	c = cell_of(row, &result);
	if (c > row->cells[machine])
		row->cells[machine] = c;
	run_result_free(&result);
	return 0;
}

static int
printing(const struct matrix *m)
{
	return m->o->json == NULL || strcmp(m->o->json, "-") != 0;
}

static void
row_print(const struct matrix *m, const char *name, int width,
    const struct row *row)
{
	if (!printing(m))
		return;
	printf("%-*s", width, name);
	for (size_t i = 0; i < m->machines.n; i++)
		printf("  %-*s", i + 1 < m->machines.n || row->nids != 0 ?
		    (int)strlen(m->machines.list[i].name) : 0,
		    cell_words[row->cells[i]]);
	for (size_t i = 0; i < row->nids; i++)
		printf("%s%s", i == 0 ? "  " : ", ", row->ids[i]);
	printf("\n");
	fflush(stdout);
}

static void
json_begin(struct matrix *m)
{
	bytes_printf(&m->json, "{\n  \"format\": 1,\n  \"viotape\": \"%s\",\n"
	    "  \"command\": \"matrix\",\n  \"traces\": [", VIOTAPE_VERSION);
	for (size_t i = 0; i < m->traces.n; i++) {
		bytes_printf(&m->json, "%s", i > 0 ? ", " : "");
		escape_json(&m->json, m->traces.list[i].name);
	}
	bytes_printf(&m->json, "],\n  \"faults\": [");
}

static void
row_json(struct matrix *m, size_t n, const char *fault, const struct row *row)
{
	bytes_printf(&m->json, "%s\n    { \"fault\": ", n > 0 ? "," : "");
	escape_json(&m->json, fault != NULL ? fault : "");
	bytes_printf(&m->json, ",\n      \"machines\": [");
	for (size_t i = 0; i < m->machines.n; i++) {
		bytes_printf(&m->json, "%s{ \"machine\": ", i > 0 ? ", " :
		    "");
		escape_json(&m->json, m->machines.list[i].name);
		bytes_printf(&m->json, ", \"is\": \"%s\" }",
		    cell_words[row->cells[i]]);
	}
	bytes_printf(&m->json, "],\n      \"findings\": [");
	for (size_t i = 0; i < row->nids; i++) {
		bytes_printf(&m->json, "%s", i > 0 ? ", " : "");
		escape_json(&m->json, row->ids[i]);
	}
	bytes_printf(&m->json, "] }");
}

/* The fault of a row; the first one has none. */
static const char *
row_fault(const struct matrix *m, size_t i)
{
	return i == 0 ? NULL : m->faults.names[i - 1];
}

static int
row_run(struct matrix *m, const char *fault, struct row *row,
    struct error *err)
{
	struct guest_spec spec = { .faults = &fault, .nfaults = fault != NULL };
	struct guest_built built = { 0 };
	struct guest *guest = NULL;
	int ret = guest_build(&spec, &built, err);

	if (ret == 0 && (guest = guest_load(built.path, err)) == NULL)
		ret = -1;
	for (size_t t = 0; ret == 0 && t < m->traces.n; t++)
		for (size_t i = 0; ret == 0 && i < m->machines.n; i++)
			ret = matrix_pair(m, guest, t, i, row, err);
	guest_unload(guest);
	guest_built_free(&built);
	return ret;
}

/* In a worker: 0, then the cells and the ids; or the error's code and text. */
static void
row_work(void *self, size_t i, struct bytes *out)
{
	struct matrix *m = self;
	struct row row = { 0 };
	struct error err;

	error_clear(&err);
	row.cells = check_calloc(m->machines.n, sizeof row.cells[0]);
	if (row_run(m, row_fault(m, i), &row, &err) != 0) {
		bytes_add_le(out, (uint64_t)err.code, 4);
		bytes_add(out, err.text, strlen(err.text) + 1);
	} else {
		bytes_add_le(out, 0, 4);
		for (size_t k = 0; k < m->machines.n; k++)
			bytes_add_le(out, row.cells[k], 1);
		bytes_add_le(out, row.nids, 1);
		for (size_t k = 0; k < row.nids; k++)
			bytes_add(out, row.ids[k], strlen(row.ids[k]) + 1);
	}
	check_free(row.cells);
}

static int
row_take(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	struct matrix *m = self;
	const char *fault = row_fault(m, i);
	enum error_code code = (enum error_code)bytes_reader_le(in, 4);
	struct row row = { 0 };

	if (code != 0)
		return error_set(err, code, "%s", (const char *)in->p);
	row.cells = check_calloc(m->machines.n, sizeof row.cells[0]);
	for (size_t k = 0; k < m->machines.n; k++)
		row.cells[k] = (enum cell)bytes_reader_le(in, 1);
	row.nids = (size_t)bytes_reader_le(in, 1);
	CHECK(row.nids <= IDS_MAX);
	for (size_t k = 0; k < row.nids; k++) {
		row.ids[k] = (const char *)in->p;
		CHECK(bytes_reader_take(in, strlen(row.ids[k]) + 1) != NULL);
	}
	row_print(m, fault != NULL ? fault : "(none)", m->width, &row);
	row_json(m, i, fault, &row);
	check_free(row.cells);
	return 0;
}

static int
matrix_run(struct matrix *m, struct error *err)
{
	unsigned jobs = m->o->jobs != 0 ? (unsigned)m->o->jobs :
	    host_cpu_count();

	m->width = (int)host_names_widest(&m->faults);
	if (m->width < (int)strlen("(none)"))
		m->width = (int)strlen("(none)");
	if (printing(m)) {
		printf("%-*s", m->width, "");
		for (size_t i = 0; i < m->machines.n; i++)
			printf("  %s", m->machines.list[i].name);
		printf("\n");
		fflush(stdout);
	}
	json_begin(m);
	if (workers_run(m->faults.n + 1, jobs, row_work, row_take, m,
	    err) != 0)
		return -1;
	bytes_printf(&m->json, "\n  ]\n}\n");
	return m->o->json == NULL ? 0 : check_write(m->o->json, &m->json, err);
}

int
cmd_matrix(const struct options *o)
{
	struct matrix m = { .o = o };
	struct error err;
	int ret;

	if (matrix_has_trees(o))
		return matrix_trees(o);
	error_clear(&err);
	ret = load_machines(o->machines.list, o->machines.n, &m.machines, &err);
	if (ret == 0)
		ret = load_traces(o->args.list, o->args.n, &m.traces, &err);
	if (ret == 0)
		ret = guest_faults_list(&m.faults, &err);
	if (ret == 0)
		ret = matrix_run(&m, &err);
	bytes_free(&m.json);
	host_names_free(&m.faults);
	loaded_traces_free(&m.traces);
	machines_free(&m.machines);
	return ret == 0 ? EXIT_HOLDS : options_fail(&err);
}

/*
 * cmd_mutate.c: viotape mutate: what each sync, barrier and translation of the
 * guest is good for, by leaving it out.
 *
 * First each trace runs on each machine as it is: that must hold, and tells by
 * which calls it came.  Then each mutant of each call runs on each machine, in
 * the traces that come by, the shortest first, until one kills it or tells all
 * that can be told of it there.  With --prove each of these is explored, the
 * guest as it is, too: it must hold, and what only a late host leads to is a
 * call like others.
 */
#include "check_run.h"
#include "mutate_report.h"
#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of one mutant in one trace on one machine: less than a second. */
#define EXECUTIONS_DEFAULT	1000u

/* A trace on a machine, of the guest as it is. */
struct pair {
	int ran;
	uint64_t events;
	struct mutate_base base;
};

struct mutate {
	const struct options *o;
	const struct mutate_judge *judge;
	struct mutate_bounds bounds;
	struct machines machines;
	struct loaded_traces traces;
	struct guest_built built;
	struct guest *guest;
	struct picture_memo *pictures;
	struct pair *pairs;		/* [trace * machines.n + machine] */
	size_t *order;			/* [machine * traces.n + n]: the nth */
	struct mutate_calls calls;
	size_t *call_of;		/* [mutant]: its call, */
	size_t *nth_of;			/* ... and its number there */
	int unknown;			/* err says that the guest fails */
};

static unsigned
jobs(const struct mutate *m)
{
	return m->o->jobs != 0 ? (unsigned)m->o->jobs : host_cpu_count();
}

/* On a terminal one line says where we are; it is wiped at the end. */
static void
progress(const char *what, size_t n, size_t of)
{
	if (!host_isatty(STDERR_FILENO))
		return;
	if (what == NULL)
		fprintf(stderr, "\r\033[K");
	else
		fprintf(stderr, "\r\033[K[%zu/%zu] %s", n, of, what);
	fflush(stderr);
}

static struct run_config
config_of(struct mutate *m, size_t trace, size_t machine,
    struct check_host *host)
{
	struct run_config config = { .desc = &m->machines.list[machine],
	    .guest = m->guest, .scenario = &m->traces.list[trace].scenario,
	    .host = check_host_create, .self = host, .no_callers = 1,
	    .pictures = m->pictures };

	memset(host, 0, sizeof *host);
	host->tape = m->traces.list[trace].tape;
	return config;
}

static void
pack_error(struct bytes *out, const struct error *err)
{
	bytes_clear(out);
	bytes_add_le(out, (uint64_t)err->code, 4);
	bytes_add(out, err->text, strlen(err->text) + 1);
}

/* --- the guest as it is --------------------------------------------------- */

/* What stands behind the error's code, 0, in a pair's result. */
enum pair_result { PAIR_SKIPPED, PAIR_UNKNOWN, PAIR_HOLDS };

/* Why it does not hold, or NULL. */
static const char *
does_not_hold(const struct run_result *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.list[i].fatal)
			return r->findings.list[i].kind->id;
	return r->verdict == RUN_UNKNOWN ? r->unknown : NULL;
}

static void
pair_pack(const struct run_result *r, const char *why,
    const struct mutant_sites *sites, const struct mutant_sites *others,
    struct bytes *out)
{
	struct mutate_base base;

	bytes_add_le(out, 0, 4);
	if (r->declined != NULL && why == NULL) {
		bytes_add_le(out, PAIR_SKIPPED, 1);
	} else if (why != NULL) {
		bytes_add_le(out, PAIR_UNKNOWN, 1);
		bytes_add(out, why, strlen(why) + 1);
	} else {
		bytes_add_le(out, PAIR_HOLDS, 1);
		bytes_add_le(out, r->events, 8);
		mutate_base_take(&base, r);
		mutate_base_pack(&base, out);
		mutate_base_free(&base);
		mutate_sites_pack(sites, out);
		mutate_sites_pack(others, out);
	}
}

/* A run of it; and if that holds, what else the judge does with it. */
static int
pair_run(const struct mutate *m, struct run_config *config, struct bytes *out,
    struct error *err)
{
	struct mutant_sites sites = { 0 }, others = { 0 };
	const struct finding_kind *found = NULL;
	struct run_result result;
	const char *why;
	int ret = 0;

	config->sites = &sites;
	if (run_execute(config, &result, err) != 0) {
		mutant_sites_free(&sites);
		return -1;
	}
	config->sites = &others;
	why = does_not_hold(&result);
	if (why == NULL && result.declined == NULL &&
	    m->judge->as_it_is != NULL)
		ret = m->judge->as_it_is(config, &m->bounds, &found, err);
	if (ret == 0)
		pair_pack(&result, found != NULL ? found->id : why, &sites,
		    &others, out);
	run_result_free(&result);
	mutant_sites_free(&sites);
	mutant_sites_free(&others);
	return ret;
}

static void
pair_work(void *self, size_t i, struct bytes *out)
{
	struct mutate *m = self;
	size_t trace = i / m->machines.n, machine = i % m->machines.n;
	struct check_host host;
	struct run_config config = config_of(m, trace, machine, &host);
	struct error err;

	error_clear(&err);
	if (load_pair_missing(&m->traces.list[trace], config.desc,
	    &m->built) != NULL) {
		bytes_add_le(out, 0, 4);
		bytes_add_le(out, PAIR_SKIPPED, 1);
	} else if (pair_run(m, &config, out, &err) != 0) {
		pack_error(out, &err);
	}
}

static int
pair_take(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	struct mutate *m = self;
	size_t trace = i / m->machines.n, machine = i % m->machines.n;
	const char *name = m->traces.list[trace].name;
	const char *on = m->machines.list[machine].name;
	enum error_code code = (enum error_code)bytes_reader_le(in, 4);
	struct mutant_sites sites;

	progress("as it is", i + 1, m->traces.n * m->machines.n);
	if (code != 0)
		return error_set(err, code, "%s on %s: %s", name, on,
		    (const char *)in->p);
	switch (bytes_reader_le(in, 1)) {
	case PAIR_SKIPPED:
		return 0;
	case PAIR_UNKNOWN:
		m->unknown = 1;
		return error_set(err, ERROR_INPUT, "%s does not hold on %s as "
		    "it is (%s): mutate wants a guest that holds, and viotape "
		    "%s says what is wrong with this one", name, on,
		    (const char *)in->p, m->judge->name);
	default:
		break;
	}
	m->pairs[i].ran = 1;
	m->pairs[i].events = bytes_reader_le(in, 8);
	mutate_base_unpack(in, &m->pairs[i].base);
	for (int k = 0; k < 2; k++) {
		mutate_sites_unpack(in, &sites);
		mutate_calls_add(&m->calls, &sites, trace, machine);
		mutant_sites_free(&sites);
	}
	return 0;
}

static int
nothing_ran(const struct mutate *m)
{
	for (size_t i = 0; i < m->traces.n * m->machines.n; i++)
		if (m->pairs[i].ran)
			return 0;
	return 1;
}

/* The shortest trace first, by its events as the guest is. */
static void
traces_order(struct mutate *m, size_t machine)
{
	size_t *order = &m->order[machine * m->traces.n];

	for (size_t t = 0; t < m->traces.n; t++) {
		size_t k = t;

		for (; k > 0 && m->pairs[order[k - 1] * m->machines.n +
		    machine].events > m->pairs[t * m->machines.n +
		    machine].events; k--)
			order[k] = order[k - 1];
		order[k] = t;
	}
}

static int
guest_as_it_is(struct mutate *m, struct error *err)
{
	size_t n = m->traces.n * m->machines.n;
	int ret;

	m->pairs = check_calloc(n, sizeof m->pairs[0]);
	m->order = check_calloc(n, sizeof m->order[0]);
	mutate_calls_init(&m->calls, m->traces.n, m->machines.n);
	ret = (m->o->prove ? workers_run_apart : workers_run)(n, jobs(m),
	    pair_work, pair_take, m, err);
	progress(NULL, 0, 0);
	if (ret != 0)
		return -1;
	if (nothing_ran(m))
		return error_set(err, ERROR_INPUT, "every trace was skipped on "
		    "every machine");
	for (size_t i = 0; i < m->machines.n; i++)
		traces_order(m, i);
	mutate_calls_resolve(&m->calls, &m->built);
	if (m->o->at != NULL)
		mutate_calls_keep(&m->calls, m->o->at);
	if (m->o->at != NULL && m->calls.n == 0)
		return error_set(err, ERROR_INPUT, "no call that mutate can "
		    "change comes by %s in these traces; a place is a "
		    "FUNCTION, a FILE or FILE:LINE of a driver", m->o->at);
	mutate_calls_mutate(&m->calls);
	return 0;
}

/* --- the mutants ---------------------------------------------------------- */

/* One trace; the cell takes the worse, and all that was left out. */
static int
cell_trace(struct mutate *m, const struct mutant *mutant, size_t trace,
    size_t machine, struct mutate_cell *cell, struct error *err)
{
	struct check_host host;
	struct run_config config = config_of(m, trace, machine, &host);
	struct mutate_verdict v;

	config.mutant = mutant;
	if (m->judge->run(&config, &m->bounds, &m->pairs[trace *
	    m->machines.n + machine].base, &v, err) != 0)
		return -1;
	v.executions += cell->v.executions;
	v.left |= v.fate == MUTATE_KILLED ? 0 : cell->v.left;
	if (v.fate > cell->v.fate) {
		cell->v = v;
		cell->trace = trace;
	}
	cell->v.executions = v.executions;
	cell->v.left = v.left;
	return 0;
}

static int
cell_judge(struct mutate *m, const struct mutate_call *call,
    const struct mutate_mutant *mm, size_t machine, struct mutate_cell *cell,
    struct error *err)
{
	struct mutant mutant = { call->kind, call->what, mm->change,
	    call->paths, call->npaths };
	enum mutate_fate most = mutate_most(m->judge,
	    &m->machines.list[machine], call->kind, call->what, &mm->change);

	if (!mutate_call_reached(&m->calls, call, machine))
		return 0;
	/* What it cannot see it need not run. */
	if (call->kind == MUTANT_BARRIER && !m->judge->sees_order) {
		cell->v.fate = MUTATE_NOT_SEEN;
		cell->v.left = MUTATE_LEFT_WAYS;
		return 0;
	}
	for (size_t k = 0; k < m->traces.n; k++) {
		size_t t = m->order[machine * m->traces.n + k];

		if (!call->reached[t * m->machines.n + machine])
			continue;
		if (cell_trace(m, &mutant, t, machine, cell, err) != 0)
			return error_prefix(err, "%s on %s with a mutant",
			    m->traces.list[t].name,
			    m->machines.list[machine].name);
		if (cell->v.fate >= most)
			break;
	}
	return 0;
}

static void
cell_work(void *self, size_t i, struct bytes *out)
{
	struct mutate *m = self;
	size_t n = i / m->machines.n, machine = i % m->machines.n;
	const struct mutate_call *call = &m->calls.list[m->call_of[n]];
	const char *id = "";
	struct mutate_cell cell = { 0 };
	struct error err;

	error_clear(&err);
	if (cell_judge(m, call, &call->mutants[m->nth_of[n]], machine, &cell,
	    &err) != 0) {
		pack_error(out, &err);
		return;
	}
	if (cell.v.finding != NULL)
		id = cell.v.finding->id;
	bytes_add_le(out, 0, 4);
	bytes_add_le(out, cell.v.fate, 1);
	bytes_add_le(out, cell.v.left, 1);
	bytes_add_le(out, cell.v.executions, 8);
	bytes_add_le(out, cell.trace, 8);
	bytes_add(out, id, strlen(id) + 1);
}

static int
cell_take(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	struct mutate *m = self;
	size_t n = i / m->machines.n, machine = i % m->machines.n;
	struct mutate_cell *cell = &m->calls.list[m->call_of[n]]
	    .mutants[m->nth_of[n]].cells[machine];
	enum error_code code = (enum error_code)bytes_reader_le(in, 4);

	progress("mutants", i + 1, mutate_calls_mutants(&m->calls) *
	    m->machines.n);
	if (code != 0)
		return error_set(err, code, "%s", (const char *)in->p);
	cell->v.fate = (enum mutate_fate)bytes_reader_le(in, 1);
	cell->v.left = (unsigned)bytes_reader_le(in, 1);
	cell->v.executions = bytes_reader_le(in, 8);
	cell->trace = (size_t)bytes_reader_le(in, 8);
	cell->v.finding = finding_kind_find((const char *)in->p);
	return 0;
}

static int
mutants_run(struct mutate *m, struct error *err)
{
	size_t total = mutate_calls_mutants(&m->calls), n = 0;
	int ret;

	m->call_of = check_calloc(total + 1, sizeof m->call_of[0]);
	m->nth_of = check_calloc(total + 1, sizeof m->nth_of[0]);
	for (size_t i = 0; i < m->calls.n; i++)
		for (size_t k = 0; k < m->calls.list[i].nmutants; k++) {
			m->call_of[n] = i;
			m->nth_of[n++] = k;
		}
	ret = (m->o->prove ? workers_run_apart : workers_run)(total *
	    m->machines.n, jobs(m), cell_work, cell_take, m, err);
	progress(NULL, 0, 0);
	return ret;
}

/* --- the command ---------------------------------------------------------- */

static int
mutate_write(const struct mutate *m, struct error *err)
{
	struct bytes words = { 0 }, text = { 0 };
	struct mutate_report r = { .judge = m->judge, .machines = &m->machines,
	    .traces = &m->traces, .calls = &m->calls,
	    .driver_digest = m->built.driver_digest, .bounds = &m->bounds,
	    .verbose = m->o->verbose };
	int ret = 0;

	check_guest_words(m->o, &words);
	r.guest = (const char *)words.data;
	if (m->o->json == NULL || strcmp(m->o->json, "-") != 0) {
		mutate_report_text(&r, &text);
		ret = check_write("-", &text, err);
	}
	bytes_clear(&text);
	if (ret == 0 && m->o->json != NULL) {
		mutate_report_json(&r, &text);
		ret = check_write(m->o->json, &text, err);
	}
	bytes_free(&text);
	bytes_free(&words);
	return ret;
}

static void
mutate_free(struct mutate *m)
{
	for (size_t i = 0; m->pairs != NULL &&
	    i < m->traces.n * m->machines.n; i++)
		mutate_base_free(&m->pairs[i].base);
	check_free(m->pairs);
	check_free(m->order);
	check_free(m->call_of);
	check_free(m->nth_of);
	mutate_calls_free(&m->calls);
	picture_memo_free(m->pictures);
	guest_unload(m->guest);
	guest_built_free(&m->built);
	loaded_traces_free(&m->traces);
	machines_free(&m->machines);
}

int
cmd_mutate(const struct options *o)
{
	struct mutate m = { .o = o, .judge = o->prove ? &mutate_judge_prove :
	    &mutate_judge_check };
	struct error err;
	int status = EXIT_HOLDS;

	error_clear(&err);
	if (!o->prove && (o->executions != 0 || o->also != NULL)) {
		error_set(&err, ERROR_USAGE, "--executions and --also "
		    "are about --prove, which is not given");
		return options_fail(&err);
	}
	m.bounds.executions_max = o->executions != 0 ? o->executions :
	    EXECUTIONS_DEFAULT;
	m.bounds.kinds = EXPLORE_USUAL;
	if (explore_kinds_read(o->also, &m.bounds.kinds, &err) != 0)
		return options_fail(&err);
	m.pictures = picture_memo_create();
	if (load_machines(o->machines.list, o->machines.n, &m.machines,
	    &err) != 0 || load_traces(o->args.list, o->args.n, &m.traces,
	    &err) != 0 || load_guest(o, &m.built, &m.guest, &err) != 0 ||
	    guest_as_it_is(&m, &err) != 0 || mutants_run(&m, &err) != 0 ||
	    mutate_write(&m, &err) != 0) {
		status = options_fail(&err);
		if (m.unknown)
			status = EXIT_UNKNOWN;
	}
	mutate_free(&m);
	return status;
}

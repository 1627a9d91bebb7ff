/*
 * cmd_check.c: viotape check: each trace on each machine, one run each, and
 * what was found.
 */
#include "check_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
	const struct options *o;
	struct machines machines;
	struct loaded_traces traces;
	struct guest_built built;
	struct guest *guest;
	struct run_seen seen;		/* callers that are known already */
	struct report report;
};

/* On a terminal one line says where we are; it is wiped at the end. */
static void
progress(const struct check *c, size_t n, const char *trace,
    const char *machine)
{
	if (!host_isatty(STDERR_FILENO))
		return;
	if (trace == NULL)
		fprintf(stderr, "\r\033[K");
	else
		fprintf(stderr, "\r\033[K[%zu/%zu] %s on %s", n,
		    c->traces.n * c->machines.n, trace, machine);
	fflush(stderr);
}

/* All that can be refused is read before anything runs. */
static int
check_load(struct check *c, struct error *err)
{
	const struct options *o = c->o;

	if (check_baseline_read(&c->report, o, err) != 0 ||
	    load_machines(o->machines.list, o->machines.n, &c->machines,
	    err) != 0 || load_traces(o->args.list, o->args.n, &c->traces,
	    err) != 0)
		return -1;
	return load_guest(o, &c->built, &c->guest, err);
}

/* Each allocation of the boot fails in turn; so many the plain run made. */
static int
check_ways_out(struct check *c, size_t t, size_t m,
    const struct run_config *plain, uint64_t allocations, struct error *err)
{
	struct check_host host = *(struct check_host *)plain->self;
	struct run_config config = *plain;
	struct run_result result;

	config.self = &host;
	config.event = NULL;
	for (uint64_t n = 1; n <= allocations; n++) {
		config.fail_at = n;
		if (run_execute(&config, &result, err) != 0)
			return -1;
		/* Else it was one of the scenario's, after the boot. */
		if (n <= result.allocations)
			report_run_more(&c->report, t, m, &result);
		run_result_free(&result);
	}
	return 0;
}

static int
check_pair(struct check *c, size_t t, size_t m, struct error *err)
{
	const struct loaded_trace *trace = &c->traces.list[t];
	const struct machine_desc *desc = &c->machines.list[m];
	const char *missing = load_transport_missing(trace, desc);
	struct check_host host = { .tape = trace->tape };
	struct run_config config = { .desc = desc, .guest = c->guest,
	    .scenario = &trace->scenario, .host = check_host_create,
	    .self = &host, .event = check_host_event, .seen = &c->seen };
	struct run_result result;
	uint64_t allocations;

	if (missing != NULL) {
		report_run_skip(&c->report, t, m, missing);
		return 0;
	}
	progress(c, t * c->machines.n + m + 1, trace->name, desc->name);
	if (run_execute(&config, &result, err) != 0) {
		free(host.requests);
		return error_prefix(err, "%s on %s", trace->name, desc->name);
	}
	check_run_add(&c->report, t, m, &result, &host);
	allocations = c->o->fail_allocations ? result.allocations : 0;
	run_result_free(&result);
	return check_ways_out(c, t, m, &config, allocations, err);
}

static int
check_run_all(struct check *c, struct error *err)
{
	int ret = 0;

	check_report_begin(&c->report, c->o, &c->built, c->traces.list,
	    c->traces.n, &c->machines);
	for (size_t t = 0; ret == 0 && t < c->traces.n; t++)
		for (size_t m = 0; ret == 0 && m < c->machines.n; m++)
			ret = check_pair(c, t, m, err);
	progress(c, 0, NULL, NULL);
	if (ret == 0)
		check_report_end(&c->report, &c->built);
	return ret;
}

static int
write_one(const struct report *r, const char *name,
    void (*make)(const struct report *, struct bytes *), struct error *err)
{
	struct bytes text = {0};
	int ret;

	if (name == NULL)
		return 0;
	make(r, &text);
	ret = check_write(name, &text, err);
	bytes_free(&text);
	return ret;
}

static int
is_stdout(const char *name)
{
	return name != NULL && strcmp(name, "-") == 0;
}

static int
check_write_all(const struct check *c, struct error *err)
{
	const struct options *o = c->o;
	struct bytes text = {0};
	int ret = 0;

	if (!is_stdout(o->json) && !is_stdout(o->junit) &&
	    !is_stdout(o->write_baseline)) {
		report_text(&c->report, check_colours(), &text);
		ret = check_write("-", &text, err);
		bytes_free(&text);
	}
	if (ret == 0)
		ret = write_one(&c->report, o->json, report_json, err);
	if (ret == 0)
		ret = write_one(&c->report, o->junit, report_junit, err);
	if (ret == 0)
		ret = write_one(&c->report, o->write_baseline, baseline_write,
		    err);
	return ret;
}

static void
check_free(struct check *c)
{
	report_free(&c->report);
	run_seen_free(&c->seen);
	guest_unload(c->guest);
	guest_built_free(&c->built);
	loaded_traces_free(&c->traces);
	machines_free(&c->machines);
}

int
cmd_check(const struct options *o)
{
	struct check c;
	struct error err;
	int status;

	memset(&c, 0, sizeof c);
	error_clear(&err);
	c.o = o;
	report_init(&c.report, "check", o->strict);
	if (check_load(&c, &err) != 0 || check_run_all(&c, &err) != 0 ||
	    check_write_all(&c, &err) != 0)
		status = options_fail(&err);
	else
		status = c.report.status;
	if (status == EXIT_INPUT && c.report.nruns > 0 &&
	    c.report.skipped == c.report.nruns)
		fprintf(stderr, "viotape: every trace was skipped on every "
		    "machine\n");
	check_free(&c);
	return status;
}

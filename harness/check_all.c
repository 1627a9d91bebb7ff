/*
 * check_all.c: each trace on each machine, by several processes, into one
 * report: what check and prove share; what is done with a pair is theirs.
 */
#include "check_all.h"

#include "certificate.h"
#include "check_run.h"
#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
	const struct options *o;
	const struct check_kind *kind;
	struct machines machines;
	struct loaded_traces traces;
	struct guest_built built;
	struct guest *guest;
	struct run_seen seen;		/* callers that are known already */
	struct picture_memo *pictures;	/* of the runs before */
	struct report report;
	size_t npairs;			/* of this shard */
	uint64_t begun_ns;		/* host_monotonic_ns() */
	struct bytes certificate;	/* of prove */
};

#define ESTIMATE_AFTER_NS	UINT64_C(3000000000)

/*
 * On a terminal one line says where we are, and how long it may take if what is
 * left takes as long as what was; it is wiped at the end.
 */
static void
progress(const struct check *c, size_t n, const char *trace,
    const char *machine)
{
	uint64_t ns = host_monotonic_ns() - c->begun_ns, left;

	if (!host_isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (trace != NULL)
		fprintf(stderr, "[%zu/%zu] %s on %s", n, c->npairs, trace,
		    machine);
	if (trace != NULL && ns > ESTIMATE_AFTER_NS) {
		left = ns / n * (c->npairs - n) / 1000000000;
		fprintf(stderr, left < 120 ? ", about %llu s left" :
		    ", about %llu min left", (unsigned long long)(left < 120 ?
		    left : left / 60));
	}
	fflush(stderr);
}

/*
 * The pairs of a shard lie as far apart as there are shards: neighbours take
 * alike.
 */
static int
shard_work(struct check *c, struct error *err)
{
	size_t total = c->traces.n * c->machines.n;

	if (certificate_shard_read(c->o->shard, &c->report.shard,
	    &c->report.shards, err) != 0)
		return -1;
	if (c->report.shards > total)
		return error_set(err, ERROR_USAGE, "there are %zu pairs of "
		    "trace and machine, too few for %llu shards", total,
		    (unsigned long long)c->report.shards);
	c->npairs = (total - c->report.shard) / c->report.shards + 1;
	return 0;
}

/* The nth of this shard among all pairs. */
static size_t
pair_number(const struct check *c, size_t nth)
{
	return (size_t)(c->report.shard - 1 + nth * c->report.shards);
}

/* All that can be refused is read before anything runs. */
static int
check_load(struct check *c, struct error *err)
{
	const struct options *o = c->o;
	int ret;

	if (check_baseline_read(&c->report, o, err) != 0 ||
	    load_machines(o->machines.list, o->machines.n, &c->machines,
	    err) != 0 || load_traces(o->args.list, o->args.n, &c->traces,
	    err) != 0)
		return -1;
	if (shard_work(c, err) != 0)
		return -1;
	if (c->kind->whole_ways != NULL)
		c->report.whole_ways = c->kind->whole_ways(o, c->traces.n *
		    c->machines.n);
	ret = load_guest(o, &c->built, &c->guest, err);
	if (c->kind->built != NULL)
		c->kind->built(c->kind->self, &c->built);
	if (ret != 0)
		return -1;
	return c->kind->memo == NULL ? 0 :
	    run_memo_guest(c->kind->memo, c->built.path, err);
}

/* What stands first in a pair's result. */
enum pair_result { PAIR_FAILED, PAIR_SKIPPED, PAIR_RAN };

static void
pack_text(struct bytes *out, enum pair_result what, const char *text)
{
	bytes_add_le(out, what, 1);
	bytes_add(out, text, strlen(text) + 1);
}

/* In a worker: the runs of one pair, as bytes. */
static void
pair_make(struct check *c, size_t i, struct bytes *out)
{
	const struct loaded_trace *trace = &c->traces.list[i / c->machines.n];
	const struct machine_desc *desc =
	    &c->machines.list[i % c->machines.n];
	const char *missing = load_pair_missing(trace, desc, &c->built);
	struct check_host host = { .tape = trace->tape, .trace = trace,
	    .built = &c->built, .whole_ways = c->report.whole_ways };
	struct run_config config = { .desc = desc, .guest = c->guest,
	    .scenario = &trace->scenario, .host = check_host_create,
	    .self = &host, .event = check_host_event, .seen = &c->seen,
	    .pictures = c->pictures };
	struct bytes more = { 0 };
	struct run_result result;
	struct error err;

	error_clear(&err);
	if (missing != NULL) {
		pack_text(out, PAIR_SKIPPED, missing);
		return;
	}
	if (c->kind->run(c->o, &config, &result, &more, &err) == 0) {
		if (result.declined != NULL &&
		    findings_fatal(&result.findings) == 0) {
			pack_text(out, PAIR_SKIPPED, result.declined);
			run_result_free(&result);
			check_host_end(&host);
			bytes_free(&more);
			return;
		}
		bytes_add_le(out, PAIR_RAN, 1);
		run_result_pack(&result, out);
		check_host_pack(&host, out);
		bytes_add(out, more.data, more.len);
		run_result_free(&result);
		check_host_end(&host);
		bytes_free(&more);
		return;
	}
	check_host_end(&host);
	bytes_free(&more);
	bytes_add_le(out, PAIR_FAILED, 1);
	bytes_add_le(out, err.code, 4);
	bytes_add(out, err.text, strlen(err.text) + 1);
}

/* The same, or what was said before. */
static void
pair_run(void *self, size_t nth, struct bytes *out)
{
	struct check *c = self;
	size_t i = pair_number(c, nth);
	const struct loaded_trace *t = &c->traces.list[i / c->machines.n];
	const struct bytes *known = c->kind->memo == NULL ? NULL :
	    run_memo_find(c->kind->memo, t, &c->machines.list[i %
	    c->machines.n]);

	if (known != NULL)
		bytes_add(out, known->data, known->len);
	else
		pair_make(c, i, out);
}

static int
pair_take(void *self, size_t nth, struct bytes_reader *in, struct error *err)
{
	struct check *c = self;
	size_t i = pair_number(c, nth);
	size_t t = i / c->machines.n, m = i % c->machines.n;
	struct check_host host = { 0 };
	struct run_result result;
	enum error_code code;

	progress(c, nth + 1, c->traces.list[t].name, c->machines.list[m].name);
	if (c->kind->memo != NULL && in->p[0] != PAIR_FAILED)
		run_memo_keep(c->kind->memo, &c->traces.list[t],
		    &c->machines.list[m], in);
	switch (bytes_reader_le(in, 1)) {
	case PAIR_SKIPPED:
		report_run_skip(&c->report, t, m, (const char *)in->p);
		return 0;
	case PAIR_FAILED:
		code = (enum error_code)bytes_reader_le(in, 4);
		return error_set(err, code, "%s on %s: %s",
		    c->traces.list[t].name, c->machines.list[m].name,
		    (const char *)in->p);
	default:
		break;
	}
	run_result_unpack(in, &result);
	check_host_unpack(&host, in);
	check_run_add(&c->report, t, m, &result, &host);
	run_result_free(&result);
	return c->kind->take(c->kind->self, &c->report, t, m, in, err);
}

/* What prove has shown, once for the report and for a file. */
static void
certificate_make(struct check *c)
{
	struct certificate of;

	certificate_of(&c->report, c->o, &of);
	certificate_digest(&of, c->report.certificate);
	certificate_write(&of, &c->certificate);
	certificate_free(&of);
}

static int
check_run_all(struct check *c, struct error *err)
{
	unsigned jobs = c->o->jobs != 0 ? (unsigned)c->o->jobs :
	    host_cpu_count();
	int ret;

	check_report_begin(&c->report, c->o, &c->built, c->traces.list,
	    c->traces.n, &c->machines);
	snprintf(c->report.source_digest, sizeof c->report.source_digest, "%s",
	    c->built.source_digest);
	c->begun_ns = host_monotonic_ns();
	/* How an exploration comes together hangs on what lies on stacks, the
	   heap's addresses, too: all pairs begin with the same one. */
	ret = (c->kind->explored != 0 ? workers_run_apart :
	    workers_run)(c->o->quick ? 0 : c->npairs, jobs, pair_run,
	    pair_take, c, err);
	progress(c, 0, NULL, NULL);
	if (ret == 0)
		check_report_end(&c->report, &c->built);
	if (ret == 0 && c->o->html != NULL)
		report_sources_read(&c->report, c->built.drivers.names,
		    c->built.driver_paths.names, c->built.drivers.n);
	if (ret == 0 && c->kind->explored != 0 && c->kind->done == NULL)
		certificate_make(c);
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
	const struct {
		const char *name;
		void (*make)(const struct report *, struct bytes *);
	} files[] = {
		{ o->json, report_json }, { o->junit, report_junit },
		{ o->sarif, report_sarif }, { o->html, report_html },
		{ o->write_baseline, baseline_write },
	};
	struct bytes text = {0};
	int taken = is_stdout(o->certificate), ret = 0;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		taken |= is_stdout(files[i].name);
	if (!taken) {
		report_text(&c->report, check_colours(), &text);
		ret = check_write("-", &text, err);
		bytes_free(&text);
	}
	if (ret == 0 && o->certificate != NULL)
		ret = check_write(o->certificate, &c->certificate, err);
	for (size_t i = 0; i < sizeof files / sizeof files[0] && ret == 0; i++)
		ret = write_one(&c->report, files[i].name, files[i].make, err);
	return ret;
}

static void
check_all_free(struct check *c)
{
	report_free(&c->report);
	bytes_free(&c->certificate);
	run_seen_free(&c->seen);
	picture_memo_free(c->pictures);
	guest_unload(c->guest);
	guest_built_free(&c->built);
	loaded_traces_free(&c->traces);
	machines_free(&c->machines);
}

int
check_more_take(struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in)
{
	struct run_result result;

	while (bytes_reader_le(in, 1) != 0) {
		run_result_unpack(in, &result);
		report_run_more(r, trace, machine, &result);
		run_result_free(&result);
	}
	return 0;
}

int
check_all(const struct options *o, const struct check_kind *kind)
{
	struct check c;
	struct error err;
	int status;

	memset(&c, 0, sizeof c);
	error_clear(&err);
	c.o = o;
	c.pictures = picture_memo_create();
	c.kind = kind;
	report_init(&c.report, kind->command, o->strict);
	c.report.kinds = kind->explored;
	c.report.executions_max = kind->executions_max;
	c.report.work_max = kind->work_max;
	if (check_load(&c, &err) != 0 || check_run_all(&c, &err) != 0)
		status = kind->failed == NULL ? options_fail(&err) :
		    kind->failed(kind->self, &err);
	else if (kind->done != NULL)
		status = kind->done(kind->self, &c.report, &err);
	else
		status = check_write_all(&c, &err) != 0 ? options_fail(&err) :
		    c.report.status;
	if (status < 0)
		status = options_fail(&err);
	if (status == EXIT_INPUT && c.report.nruns > 0 &&
	    c.report.skipped == c.report.nruns)
		fprintf(stderr, "viotape: every trace was skipped on every "
		    "machine\n");
	check_all_free(&c);
	return status;
}

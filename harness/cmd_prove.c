/*
 * cmd_prove.c: viotape prove: each trace on each machine, every behaviour, and
 * what was found.
 */
#include "check_all.h"
#include "check_run.h"
#include "cmd_certificate.h"
#include "counterexample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one pair, unless --executions or --work says otherwise. */
#define WORK_DEFAULT	25000u
/* So many pairs, a trace on each machine, are given their time; more of them are
   to be over in minutes. */
#define PAIRS_FEW	9u
#define WAYS_FEW	4u		/* times the work of a pair; of more, once */

/* The finding of a way into a file, where that is asked for, and noted. */
static int
way_write(struct counterexamples *c, const struct explore_config *x,
    const struct explore_way *way, struct run_result *result,
    struct error *err)
{
	char *path;

	if (c->o->counterexamples == NULL)
		return 0;
	if (counterexample_write(c, x, way, &path, err) != 0)
		return -1;
	for (size_t i = 0; path != NULL && i < result->findings.n; i++)
		if (run_finding_identity(result->paths,
		    &result->findings.list[i]) == way->identity) {
			finding_note(&result->findings.list[i], CALLPATH_NONE,
			    "written as a trace: viotape replay %.300s", path);
			break;
		}
	check_free(path);
	return 0;
}

/* What the plain run finds has a way of no choices. */
static int
plain_write(struct counterexamples *c, const struct explore_config *x,
    struct run_result *plain, struct error *err)
{
	for (size_t i = 0; i < plain->findings.n; i++) {
		struct explore_way way = { .identity = run_finding_identity(
		    plain->paths, &plain->findings.list[i]) };

		if (plain->findings.list[i].fatal &&
		    way_write(c, x, &way, plain, err) != 0)
			return -1;
	}
	return 0;
}

/* A way is made as short as it can be, and gone once more to tell of it. */
static int
way_add(struct counterexamples *c, const struct explore_config *x,
    struct explore_way *way, struct bytes *more, struct error *err)
{
	struct run_result result;

	if (explore_shrink(x, way, err) != 0 ||
	    explore_again(x, way, &result, err) != 0)
		return -1;
	if (way_write(c, x, way, &result, err) != 0) {
		run_result_free(&result);
		return -1;
	}
	bytes_add_le(more, 1, 1);
	run_result_pack(&result, more);
	run_result_free(&result);
	return 0;
}

static int
prove_kinds(const struct options *o, uint32_t *kinds, struct error *err)
{
	*kinds = EXPLORE_DEFAULT;
	return explore_kinds_read(o->also, kinds, err);
}

static uint64_t
prove_work(const struct options *o)
{
	return o->work != 0 || o->executions != 0 ? o->work : WORK_DEFAULT;
}

/* Where HOLDS can be had for it. */
static uint64_t
prove_whole_ways(const struct options *o, size_t npairs)
{
	uint64_t work = prove_work(o);

	if (o->whole_ways != 0)
		return o->whole_ways;
	if (work > UINT64_MAX / WAYS_FEW)
		return work;
	return o->whole || npairs <= PAIRS_FEW ? WAYS_FEW * work : work;
}

/* Best of all: nothing was found, and nothing is left to be looked at. */
static void
whole_holds(struct explore_result *found)
{
	if (found->plain.verdict == RUN_HOLDS_BOUNDED && !found->cut &&
	    !found->capped && found->gaps == 0 && found->plain.declined ==
	    NULL)
		found->plain.verdict = RUN_HOLDS;
}

/* Nothing is said of what a way would have come to: nor of the whole. */
static void
unknown_way(struct explore_result *found)
{
	struct run_result *plain = &found->plain;

	if (found->unknown[0] == '\0' || plain->declined != NULL ||
	    plain->verdict == RUN_FAILS || plain->verdict == RUN_UNKNOWN)
		return;
	plain->verdict = RUN_UNKNOWN;
	snprintf(plain->unknown, sizeof plain->unknown, "%.255s",
	    found->unknown);
}

static int
prove_pair(const struct options *o, const struct run_config *config,
    struct run_result *result, struct bytes *more, struct error *err)
{
	struct explore_config x = { .run = *config };
	struct check_host host = *(struct check_host *)config->self;
	struct counterexamples c = { o, host.trace, host.built, NULL, 0 };
	struct explore_result found;
	int ret;

	x.executions_max = o->executions;
	x.work_max = prove_work(o);
	x.whole_ways = host.whole_ways;
	if (prove_kinds(o, &x.kinds, err) != 0)
		return -1;
	if (explore_execute(&x, &found, err) != 0)
		return -1;
	x.run.event = NULL;
	x.run.self = &host;
	if (trace_header(host.trace->trace)->unseen[0] != '\0')
		found.gaps |= 1u << GAP_IMPORT;
	ret = plain_write(&c, &x, &found.plain, err);
	for (size_t i = 0; i < found.nways && ret == 0; i++)
		ret = way_add(&c, &x, &found.ways[i], more, err);
	counterexamples_free(&c);
	bytes_add_le(more, 0, 1);
	bytes_add(more, &found.counts, sizeof found.counts);
	bytes_add(more, found.ends, sizeof found.ends);
	bytes_add_le(more, (uint64_t)found.cut, 1);
	bytes_add_le(more, (uint64_t)found.capped, 1);
	bytes_add_le(more, found.gaps, 4);
	bytes_add_le(more, (uint64_t)found.unlocked, 1);
	if (ret == 0) {
		unknown_way(&found);
		whole_holds(&found);
		*result = found.plain;
		memset(&found.plain, 0, sizeof found.plain);
	}
	explore_result_free(&found);
	return ret;
}

static int
prove_take(void *self, struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in, struct error *err)
{
	struct explore_counts counts;
	const uint8_t *p;
	uint32_t gaps;
	int cut, capped;

	(void)self;
	(void)err;
	(void)check_more_take(r, trace, machine, in);
	p = bytes_reader_take(in, sizeof counts);
	CHECK(p != NULL);
	memcpy(&counts, p, sizeof counts);
	p = bytes_reader_take(in, DIGEST_SIZE);
	CHECK(p != NULL);
	cut = bytes_reader_le(in, 1) != 0;
	capped = bytes_reader_le(in, 1) != 0;
	gaps = (uint32_t)bytes_reader_le(in, 4);
	report_run_explored(r, trace, machine, &counts, p, cut, capped, gaps,
	    bytes_reader_le(in, 1) != 0);
	return 0;
}

int
prove_again(const struct options *o, int (*done)(void *self,
    const struct report *r, struct error *err), void *self)
{
	struct check_kind kind = { .command = "prove", .run = prove_pair,
	    .take = prove_take, .whole_ways = prove_whole_ways };
	struct error err;

	error_clear(&err);
	if (o->fail_allocations) {
		error_set(&err, ERROR_USAGE, "prove makes no step fail; check "
		    "--fail-allocations does");
		return options_fail(&err);
	}
	if (prove_kinds(o, &kind.explored, &err) != 0)
		return options_fail(&err);
	kind.done = done;
	kind.self = self;
	kind.executions_max = o->executions;
	kind.work_max = prove_work(o);
	return check_all(o, &kind);
}

int
cmd_prove(const struct options *o)
{
	return prove_again(o, NULL, NULL);
}

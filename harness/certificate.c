/* certificate.c: what a certificate holds, its digest, two of them compared. */
#include "certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct certificate_part *
parts_new(size_t n)
{
	return check_calloc(n + 1, sizeof(struct certificate_part));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
finding_add(struct certificate_pair *p, const struct report_finding *f)
{
	char text[512];

	snprintf(text, sizeof text, "%s at %s:%u", f->f.kind->id,
	    f->file != NULL ? f->file : "??", f->line);
	for (size_t i = 0; i < p->nfindings; i++)
		if (strcmp(p->findings[i], text) == 0)
			return;
	p->findings = check_realloc(p->findings,
	    (p->nfindings + 1) * sizeof p->findings[0]);
	p->findings[p->nfindings++] = check_strdup(text);
}

static void
pair_of(const struct report *r, size_t number, struct certificate_pair *p)
{
	const struct report_run *run = &r->runs[number];

	if (run->skipped != NULL) {
		p->state = CERTIFICATE_SKIPPED;
		p->why = check_strdup(run->skipped);
		return;
	}
	p->state = CERTIFICATE_RAN;
	p->verdict = run->verdict;
	p->why = run->unknown != NULL ? check_strdup(run->unknown) : NULL;
	p->whole = !run->cut && !run->capped;
	p->gaps = run->gaps;
	p->ends = run->explored.ends;
	snprintf(p->ends_digest, sizeof p->ends_digest, "%s", run->ends);
	p->executions = run->explored.executions;
	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].run == number && r->findings[i].f.fatal)
			finding_add(p, &r->findings[i]);
	if (p->nfindings > 1)
		qsort(p->findings, p->nfindings, sizeof p->findings[0],
		    by_text);
}

const char *const certificate_given_names[CERTIFICATE_GIVEN] = { "driver",
    "sys", "repo", "rev" };

void
certificate_of(const struct report *r, const struct options *o,
    struct certificate *c)
{
	const char *const given[CERTIFICATE_GIVEN] = {
		[CERTIFICATE_DRIVER] = o->driver, [CERTIFICATE_SYS] = o->sys,
		[CERTIFICATE_REPO] = o->repo, [CERTIFICATE_REV] = o->rev
	};

	struct bytes tries = {0};

	memset(c, 0, sizeof *c);
	c->guest = check_strdup(r->guest);
	c->faults = check_calloc(o->faults.n + 1, sizeof c->faults[0]);
	for (size_t i = 0; i < o->faults.n; i++)
		c->faults[c->nfaults++] = check_strdup(o->faults.list[i]);
	for (size_t i = 0; i < CERTIFICATE_GIVEN; i++)
		if (given[i] != NULL)
			c->given[i] = check_strdup(given[i]);
	snprintf(c->source, sizeof c->source, "%s", r->source_digest);
	c->model = ORDER_MODEL_VERSION;
	explore_kinds_text(r->kinds, &tries);
	bytes_add(&tries, "", 1);
	c->tries = (char *)tries.data;
	c->executions_max = r->executions_max;
	c->work_max = r->work_max;
	c->whole_ways = r->whole_ways;
	c->traces = parts_new(r->ntraces);
	for (size_t i = 0; i < r->ntraces; i++) {
		c->traces[i].name = check_strdup(r->traces[i].name);
		c->traces[i].given = check_strdup(r->traces[i].given);
		snprintf(c->traces[i].digest, sizeof c->traces[i].digest, "%s",
		    r->traces[i].hash);
	}
	c->ntraces = r->ntraces;
	c->machines = parts_new(r->nmachines);
	for (size_t i = 0; i < r->nmachines; i++) {
		c->machines[i].name = check_strdup(r->machines[i].name);
		c->machines[i].given = check_strdup(r->machines[i].given);
		c->machines[i].order = check_strdup(r->machines[i].order);
		snprintf(c->machines[i].digest, sizeof c->machines[i].digest,
		    "%s", r->machines[i].digest);
	}
	c->nmachines = r->nmachines;
	c->pairs = check_calloc(c->ntraces * c->nmachines + 1,
	    sizeof c->pairs[0]);
	for (size_t i = 0; i < r->nruns; i++)
		pair_of(r, i, &c->pairs[r->runs[i].trace * c->nmachines +
		    r->runs[i].machine]);
	c->shard = r->shard;
	c->shards = r->shards;
}

static void
parts_free(struct certificate_part *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check_free(list[i].name);
		check_free(list[i].given);
		check_free(list[i].order);
	}
	check_free(list);
}

static void
pair_free(struct certificate_pair *p)
{
	for (size_t i = 0; i < p->nfindings; i++)
		check_free(p->findings[i]);
	check_free(p->findings);
	check_free(p->why);
}

void
certificate_free(struct certificate *c)
{
	for (size_t i = 0; c->pairs != NULL && i < c->ntraces * c->nmachines;
	    i++)
		pair_free(&c->pairs[i]);
	check_free(c->pairs);
	parts_free(c->traces, c->ntraces);
	parts_free(c->machines, c->nmachines);
	for (size_t i = 0; i < c->nfaults; i++)
		check_free(c->faults[i]);
	check_free(c->faults);
	for (size_t i = 0; i < CERTIFICATE_GIVEN; i++)
		check_free(c->given[i]);
	check_free(c->guest);
	check_free(c->tries);
	memset(c, 0, sizeof *c);
}

/* --- the digest ---------------------------------------------------------------- */

static void
add_pair(const struct certificate_pair *p, struct digest *d)
{
	digest_add_u64(d, p->state);
	digest_add_string(d, p->why != NULL ? p->why : "");
	if (p->state != CERTIFICATE_RAN)
		return;
	digest_add_string(d, run_verdict_name(p->verdict));
	digest_add_u64(d, p->nfindings);
	for (size_t i = 0; i < p->nfindings; i++)
		digest_add_string(d, p->findings[i]);
	digest_add_u64(d, (uint64_t)(p->whole != 0));
	/* How far a search came that was cut is no matter of what it is of. */
	if (!p->whole)
		return;
	for (int i = 0; i < EXPLORE_GAPS; i++)
		if ((p->gaps >> i & 1) != 0)
			digest_add_string(d, explore_gap_name(
			    (enum explore_gap)i));
	digest_add_u64(d, p->ends);
	digest_add_string(d, p->ends_digest);
}

/* Of what it is: the same in all shards. */
static void
add_subject(const struct certificate *c, struct digest *d)
{
	digest_add_u64(d, CERTIFICATE_FORMAT);
	digest_add_string(d, c->guest);
	digest_add_u64(d, c->nfaults);
	for (size_t i = 0; i < c->nfaults; i++)
		digest_add_string(d, c->faults[i]);
	digest_add_string(d, c->source);
	digest_add_u64(d, c->model);
	digest_add_string(d, c->tries);
	digest_add_u64(d, c->executions_max);
	digest_add_u64(d, c->work_max);
	digest_add_u64(d, c->whole_ways);
	digest_add_u64(d, c->ntraces);
	for (size_t i = 0; i < c->ntraces; i++) {
		digest_add_string(d, c->traces[i].name);
		digest_add_string(d, c->traces[i].digest);
	}
	digest_add_u64(d, c->nmachines);
	for (size_t i = 0; i < c->nmachines; i++) {
		digest_add_string(d, c->machines[i].name);
		digest_add_string(d, c->machines[i].order);
		digest_add_string(d, c->machines[i].digest);
	}
}

void
certificate_digest(const struct certificate *c, char hex[DIGEST_HEX_SIZE])
{
	uint8_t out[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	add_subject(c, &d);
	for (size_t i = 0; i < c->ntraces * c->nmachines; i++)
		add_pair(&c->pairs[i], &d);
	digest_final(&d, out);
	digest_hex(out, hex);
}

/* --- what it says -------------------------------------------------------------- */

enum run_verdict
certificate_verdict(const struct certificate *c)
{
	/* From best to worst, as a report judges. */
	static const int rank[] = { [RUN_HOLDS] = 0, [RUN_HOLDS_BOUNDED] = 1,
	    [RUN_UNKNOWN] = 2, [RUN_FAILS] = 3 };
	enum run_verdict worst = RUN_HOLDS;
	size_t ran = 0;

	for (size_t i = 0; i < c->ntraces * c->nmachines; i++) {
		const struct certificate_pair *p = &c->pairs[i];

		if (p->state != CERTIFICATE_RAN)
			continue;
		ran++;
		if (rank[p->verdict] > rank[worst])
			worst = p->verdict;
	}
	return ran != 0 ? worst : RUN_UNKNOWN;
}

/* Whether an earlier pair has it. */
static int
is_told(const struct certificate *c, size_t pair, const char *finding)
{
	for (size_t i = 0; i < pair; i++)
		for (size_t k = 0; k < c->pairs[i].nfindings; k++)
			if (strcmp(c->pairs[i].findings[k], finding) == 0)
				return 1;
	return 0;
}

int
certificate_summary(const struct certificate *c, struct bytes *out)
{
	enum run_verdict v = certificate_verdict(c);
	size_t findings = 0, skipped = 0;

	for (size_t i = 0; i < c->ntraces * c->nmachines; i++) {
		skipped += c->pairs[i].state == CERTIFICATE_SKIPPED;
		for (size_t k = 0; k < c->pairs[i].nfindings; k++)
			findings += !is_told(c, i, c->pairs[i].findings[k]);
	}
	report_summary_line(v, c->ntraces, c->nmachines, findings, skipped,
	    out);
	bytes_printf(out, "\n");
	return v == RUN_FAILS ? EXIT_FAILS : v == RUN_UNKNOWN ? EXIT_UNKNOWN :
	    EXIT_HOLDS;
}

/* --- two of them ---------------------------------------------------------------- */

static int
differs(char *what, size_t size, const char *name, const char *was,
    const char *is)
{
	if (strcmp(was, is) == 0)
		return 0;
	snprintf(what, size, "%s: \"%.80s\" there, \"%.80s\" here", name, was,
	    is);
	return 1;
}

static int
differs_number(char *what, size_t size, const char *name, uint64_t was,
    uint64_t is)
{
	if (was == is)
		return 0;
	snprintf(what, size, "%s: %llu there, %llu here", name,
	    (unsigned long long)was, (unsigned long long)is);
	return 1;
}

static int
parts_differ(char *what, size_t size, const char *name,
    const struct certificate_part *was, size_t nwas,
    const struct certificate_part *is, size_t nis)
{
	char text[200];

	snprintf(text, sizeof text, "the number of %ss", name);
	if (differs_number(what, size, text, nwas, nis))
		return 1;
	for (size_t i = 0; i < nwas; i++) {
		snprintf(text, sizeof text, "the digest of %s %.100s", name,
		    was[i].name);
		if (differs(what, size, name, was[i].name, is[i].name) ||
		    differs(what, size, text, was[i].digest, is[i].digest))
			return 1;
		if (was[i].order != NULL && differs(what, size,
		    "the memory order", was[i].order, is[i].order))
			return 1;
	}
	return 0;
}

/* Of what they are. */
static int
subjects_differ(const struct certificate *was, const struct certificate *is,
    char *what, size_t size)
{
	if (differs(what, size, "the guest", was->guest, is->guest) ||
	    differs(what, size, "the digest of its sources", was->source,
	    is->source) || differs_number(what, size, "the model's version",
	    was->model, is->model) || differs(what, size, "what is tried",
	    was->tries, is->tries) || differs_number(what, size,
	    "executions of a pair at most", was->executions_max,
	    is->executions_max) || differs_number(what, size,
	    "work of a pair at most", was->work_max, is->work_max) ||
	    differs_number(what, size, "ways of a pair that holds at most",
	    was->whole_ways, is->whole_ways))
		return 1;
	return parts_differ(what, size, "trace", was->traces, was->ntraces,
	    is->traces, is->ntraces) || parts_differ(what, size, "machine",
	    was->machines, was->nmachines, is->machines, is->nmachines);
}

int
certificate_same_subject(const struct certificate *was,
    const struct certificate *is, char *what, size_t size)
{
	return !subjects_differ(was, is, what, size);
}

/* In words, all that the digest has of a pair. */
static void
pair_text(const struct certificate_pair *p, struct bytes *out)
{
	static const char *const words[] = { "not run", "skipped", "" };

	bytes_clear(out);
	bytes_printf(out, "%s", p->state == CERTIFICATE_RAN ?
	    run_verdict_name(p->verdict) : words[p->state]);
	if (p->why != NULL)
		bytes_printf(out, " (%s)", p->why);
	for (size_t i = 0; i < p->nfindings; i++)
		bytes_printf(out, ", %s", p->findings[i]);
	if (p->state != CERTIFICATE_RAN)
		return;
	if (p->whole)
		bytes_printf(out, ", %llu end states %.16s",
		    (unsigned long long)p->ends, p->ends_digest);
	else
		bytes_printf(out, ", cut");
}

int
certificate_same(const struct certificate *was, const struct certificate *is,
    char *what, size_t size)
{
	struct bytes a = { 0 }, b = { 0 };
	int same = !subjects_differ(was, is, what, size);

	for (size_t i = 0; same && i < was->ntraces * was->nmachines; i++) {
		char name[200];

		snprintf(name, sizeof name, "%.90s on %.90s",
		    was->traces[i / was->nmachines].name,
		    was->machines[i % was->nmachines].name);
		if (was->pairs[i].state == CERTIFICATE_ABSENT)
			continue;
		pair_text(&was->pairs[i], &a);
		pair_text(&is->pairs[i], &b);
		same = !differs(what, size, name, (const char *)a.data,
		    (const char *)b.data);
	}
	bytes_free(&a);
	bytes_free(&b);
	return same;
}

int
certificate_merge(struct certificate *c, const struct certificate *shard,
    struct error *err)
{
	char what[400];

	if (subjects_differ(c, shard, what, sizeof what))
		return error_set(err, ERROR_INPUT, "the certificates are not "
		    "of one run: %s", what);
	for (size_t i = 0; i < c->ntraces * c->nmachines; i++) {
		struct certificate_pair *to = &c->pairs[i];
		const struct certificate_pair *from = &shard->pairs[i];

		if (from->state == CERTIFICATE_ABSENT)
			continue;
		if (to->state != CERTIFICATE_ABSENT)
			return error_set(err, ERROR_INPUT, "%s on %s is in "
			    "two of the certificates: each shard is wanted "
			    "once", c->traces[i / c->nmachines].name,
			    c->machines[i % c->nmachines].name);
		*to = *from;
		to->why = from->why != NULL ? check_strdup(from->why) : NULL;
		to->findings = check_calloc(from->nfindings + 1,
		    sizeof to->findings[0]);
		for (size_t k = 0; k < from->nfindings; k++)
			to->findings[k] = check_strdup(from->findings[k]);
	}
	return 0;
}

int
certificate_shard_read(const char *text, uint64_t *shard, uint64_t *shards,
    struct error *err)
{
	unsigned long long n, of;
	int used = 0;

	*shard = *shards = 1;
	if (text == NULL)
		return 0;
	if (text[0] < '0' || text[0] > '9' ||
	    sscanf(text, "%9llu/%9llu%n", &n, &of, &used) != 2 ||
	    text[used] != '\0' || strchr(text, '/')[1] < '0' ||
	    strchr(text, '/')[1] > '9' || n == 0 || n > of)
		return error_set(err, ERROR_USAGE, "\"%.40s\" is no shard: I/N "
		    "is wanted, the Ith of N parts, I from 1 to N", text);
	*shard = n;
	*shards = of;
	return 0;
}

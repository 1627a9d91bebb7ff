/*
 * cmd_certificate.c: viotape verify of a certificate, and viotape merge.
 */
#include "cmd_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "check_run.h"

static int
certificate_load(const char *name, struct certificate *c, struct error *err)
{
	struct bytes text = { 0 };
	int ret = -1;

	if (host_file_read(name, &text, CERTIFICATE_SIZE_MAX, err) == 0 &&
	    certificate_read((const char *)text.data, text.len, c, err) == 0)
		ret = 0;
	else
		error_prefix(err, "%s", name);
	bytes_free(&text);
	return ret;
}

int
certificate_is(const char *name)
{
	FILE *f = fopen(name, "rb");
	int c = '\0';

	if (f == NULL)
		return 0;
	do {
		c = getc(f);
	} while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
	fclose(f);
	return c == '{';
}

/* --- verify ------------------------------------------------------------------- */

struct verifying {
	const char *name;
	const struct options *again;	/* quick: of what it is alone */
	const struct certificate *was;
};

/* Proved again: is it the same? */
static int
compare(void *self, const struct report *r, struct error *err)
{
	const struct verifying *v = self;
	struct certificate is;
	char what[400], hex[DIGEST_HEX_SIZE];
	int same;

	(void)err;
	certificate_of(r, v->again, &is);
	same = v->again->quick ? certificate_same_subject(v->was, &is, what,
	    sizeof what) : certificate_same(v->was, &is, what, sizeof what);
	certificate_free(&is);
	certificate_digest(v->was, hex);
	printf("%s: %s, ", v->name, v->again->quick ? "not proved again" :
	    "proved again");
	if (same)
		printf("%s; digest %s\n", v->again->quick ? "of what is here" :
		    "the same", hex);
	else
		printf("and %s: %s\n", v->again->quick ? "of something else" :
		    "not the same", what);
	return same ? EXIT_HOLDS : EXIT_FAILS;
}

/* The command that the certificate is of. */
static void
options_of(const struct options *o, const struct certificate *c,
    const char **traces, const char **machines, char *shard, size_t size,
    struct options *again)
{
	memset(again, 0, sizeof *again);
	again->command = o->command;
	again->jobs = o->jobs;
	again->quick = o->quick;
	again->faults = o->faults;
	again->driver = o->driver;
	again->sys = o->sys;
	again->repo = o->repo;
	again->rev = o->rev;
	if (!o->guest_given) {
		again->faults.list = (const char **)c->faults;
		again->faults.n = c->nfaults;
		again->driver = c->given[CERTIFICATE_DRIVER];
		again->sys = c->given[CERTIFICATE_SYS];
		again->repo = c->given[CERTIFICATE_REPO];
		again->rev = c->given[CERTIFICATE_REV];
	}
	for (size_t i = 0; i < c->ntraces; i++)
		traces[i] = c->traces[i].given;
	for (size_t i = 0; i < c->nmachines; i++)
		machines[i] = c->machines[i].given;
	again->args.list = traces;
	again->args.n = c->ntraces;
	again->machines.list = machines;
	again->machines.n = c->nmachines;
	again->executions = c->executions_max;
	again->work = c->work_max;
	again->whole_ways = c->whole_ways;
	again->also = c->tries[0] != '\0' ? c->tries : NULL;
	snprintf(shard, size, "%llu/%llu", (unsigned long long)c->shard,
	    (unsigned long long)c->shards);
	again->shard = shard;
}

int
certificate_verify(const struct options *o, const char *name)
{
	struct certificate c;
	const char **traces, **machines;
	struct options again;
	struct verifying v = { name, &again, &c };
	struct error err;
	char shard[48];
	int status;

	error_clear(&err);
	if (certificate_load(name, &c, &err) != 0)
		return options_fail(&err);
	if (c.model != ORDER_MODEL_VERSION) {
		error_set(&err, ERROR_INPUT, "%s is of version %llu of the "
		    "model, this viotape has version %u: proofs of different "
		    "models are not compared", name,
		    (unsigned long long)c.model, ORDER_MODEL_VERSION);
		certificate_free(&c);
		return options_fail(&err);
	}
	traces = check_calloc(c.ntraces + 1, sizeof traces[0]);
	machines = check_calloc(c.nmachines + 1, sizeof machines[0]);
	options_of(o, &c, traces, machines, shard, sizeof shard, &again);
	status = prove_again(&again, compare, &v);
	check_free(traces);
	check_free(machines);
	certificate_free(&c);
	return status;
}

/* --- merge -------------------------------------------------------------------- */

/* Every pair is wanted. */
static int
all_there(const struct certificate *c, struct error *err)
{
	size_t missing = 0, first = 0;

	for (size_t i = c->ntraces * c->nmachines; i-- > 0;)
		if (c->pairs[i].state == CERTIFICATE_ABSENT) {
			missing++;
			first = i;
		}
	if (missing == 0)
		return 0;
	return error_set(err, ERROR_INPUT, "%zu pairs of trace and machine are "
	    "in none of the certificates, %s on %s the first: the certificates "
	    "of all shards are wanted", missing,
	    c->traces[first / c->nmachines].name,
	    c->machines[first % c->nmachines].name);
}

static int
merge_all(const struct options *o, struct certificate *c, struct error *err)
{
	struct certificate one;
	int ret = certificate_load(o->args.list[0], c, err);

	for (size_t i = 1; i < o->args.n && ret == 0; i++) {
		ret = certificate_load(o->args.list[i], &one, err);
		if (ret != 0)
			break;
		ret = certificate_merge(c, &one, err);
		if (ret != 0)
			error_prefix(err, "%s", o->args.list[i]);
		certificate_free(&one);
	}
	if (ret == 0)
		ret = all_there(c, err);
	c->shard = c->shards = 1;
	return ret;
}

int
cmd_merge(const struct options *o)
{
	struct certificate c = { 0 };
	struct bytes text = { 0 };
	struct error err;
	int status = EXIT_HOLDS, ret;

	error_clear(&err);
	ret = merge_all(o, &c, &err);
	if (ret == 0 && o->output != NULL) {
		certificate_write(&c, &text);
		ret = check_write(o->output, &text, &err);
		bytes_clear(&text);
	}
	if (ret == 0) {
		char hex[DIGEST_HEX_SIZE];

		certificate_digest(&c, hex);
		status = certificate_summary(&c, &text);
		if (o->output == NULL || strcmp(o->output, "-") != 0)
			printf("certificate %s\n%s", hex,
			    (const char *)text.data);
	}
	bytes_free(&text);
	certificate_free(&c);
	return ret == 0 ? status : options_fail(&err);
}

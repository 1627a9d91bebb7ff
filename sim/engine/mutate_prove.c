/* mutate_prove.c: a mutant that check has not killed, in every behaviour. */
#include "mutate.h"

#include <string.h>

#include "check.h"
#include "explore.h"

static const struct finding_kind *
first_fatal(const struct run_result *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.list[i].fatal)
			return r->findings.list[i].kind;
	return NULL;
}

/* What a way leads to: a way knows it by its identity alone. */
static int
kind_of_way(const struct explore_config *x, const struct explore_way *way,
    const struct finding_kind **kind, struct error *err)
{
	struct run_result r;

	if (explore_again(x, way, &r, err) != 0)
		return -1;
	for (size_t i = 0; i < r.findings.n && *kind == NULL; i++)
		if (run_finding_identity(r.paths, &r.findings.list[i]) ==
		    way->identity)
			*kind = r.findings.list[i].kind;
	run_result_free(&r);
	CHECK(*kind != NULL);
	return 0;
}

struct explored {
	const struct finding_kind *found;	/* fatal, the first; or NULL */
	int cut, unknown, hit;
	uint64_t executions;
};

static int
explored_by(const struct run_config *config, const struct mutate_bounds *bounds,
    struct explored *e, struct error *err)
{
	struct explore_config x = { .run = *config, .first = 1,
	    .executions_max = bounds->executions_max, .kinds = bounds->kinds };
	struct explore_result r;
	int ret = 0;

	memset(e, 0, sizeof *e);
	x.run.until_found = RUN_UNTIL_FATAL;
	if (explore_execute(&x, &r, err) != 0)
		return -1;
	e->found = first_fatal(&r.plain);
	e->cut = r.cut || r.capped;
	e->unknown = r.unknown[0] != '\0';
	e->hit = r.mutant_hit;
	e->executions = r.counts.executions;
	x.run.sites = NULL;
	if (e->found == NULL && r.nways != 0)
		ret = kind_of_way(&x, &r.ways[0], &e->found, err);
	explore_result_free(&r);
	return ret;
}

static int
prove_as_it_is(const struct run_config *config,
    const struct mutate_bounds *bounds, const struct finding_kind **found,
    struct error *err)
{
	struct explored e;

	if (explored_by(config, bounds, &e, err) != 0)
		return -1;
	*found = e.found;
	return 0;
}

/* As the guest as it is has none, any fatal finding is the mutant's. */
static int
prove_judge(const struct run_config *config, const struct mutate_bounds *bounds,
    const struct mutate_base *base, struct mutate_verdict *v,
    struct error *err)
{
	const struct mutant *m = config->mutant;
	struct explored e;
	int hit;			/* exploring may come by alone */

	if (mutate_check(config, base, v, &hit, err) != 0)
		return -1;
	if (v->fate == MUTATE_KILLED || v->fate == MUTATE_UNKNOWN ||
	    mutate_takes(config->desc, m->kind, m->what, &m->change) == 0)
		return 0;
	if (explored_by(config, bounds, &e, err) != 0)
		return -1;
	v->executions = e.executions;
	v->left = mutate_unexplored(config->desc, m->kind, m->what,
	    &m->change);
	if (e.cut || !e.hit)
		v->left |= MUTATE_LEFT_EXECUTIONS;
	if (e.found != NULL) {
		v->fate = MUTATE_KILLED;
		v->finding = e.found;
		v->left = 0;
	} else if (e.unknown) {
		v->fate = MUTATE_UNKNOWN;
		v->finding = NULL;
	} else if (v->fate != MUTATE_LATENT) {
		v->fate = mutate_survivor(v->left, config->desc, m->kind,
		    m->what, &m->change);
	}
	return 0;
}

const struct mutate_judge mutate_judge_prove = { "prove",
    "check, then every behaviour up to a bound of executions, in the "
    "machine's memory order", 1, prove_as_it_is, prove_judge };

/*
 * litmus_run.c: every execution of a litmus test, by the engine of order.h.
 *
 * One combination of the threads' ways at a time, all orders of issuing and
 * performing are tried, depth first; a state that was there before is not gone
 * into again.
 */
#include "litmus_exec.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define STATES_MAX	4000000u

/* --- a set of states --- */

/* 1: it is new. */
static int
set_add(struct litmus_set *set, const struct state *s)
{
	size_t at;

	if (2 * set->n >= set->max) {
		struct litmus_set more = { NULL, 0,
		    set->max != 0 ? 2 * set->max :
		    1024 };

		more.list = check_calloc(more.max, sizeof more.list[0]);
		for (size_t i = 0; i < set->max; i++)
			if (set->list[i].a != 0 || set->list[i].b != 0)
				set_add(&more, &set->list[i]);
		check_free(set->list);
		*set = more;
	}
	for (at = s->a % set->max; set->list[at].a != 0 ||
	    set->list[at].b != 0; at = (at + 1) % set->max)
		if (state_same(&set->list[at], s))
			return 0;
	set->list[at] = *s;
	set->n++;
	return 1;
}

static void
set_clear(struct litmus_set *set)
{
	check_free(set->list);
	memset(set, 0, sizeof *set);
}

/* The next script; 0: there is none. */
static int
picks_next(struct litmus_run *r)
{
	while (r->npicks > 0) {
		if (++r->picks[r->npicks - 1] < r->among[r->npicks - 1]) {
			r->picks_given = r->npicks;
			return 1;
		}
		r->npicks--;
	}
	return 0;
}

/* --- all of them --- */

static void explore(struct litmus_run *r, struct litmus_exec *x);

enum step_kind { STEP_LOAD, STEP_STORE, STEP_PERFORM };

static void
step(struct litmus_run *r, struct litmus_exec *x, enum step_kind kind,
    unsigned thread, unsigned i)
{
	r->now = x;
	r->npicks = 0;
	if (kind == STEP_PERFORM)
		order_perform(x->order, thread, i);
	else if (kind == STEP_LOAD)
		issue_load(r, x, thread, i);
	else
		issue_store(r, x, thread, i);
}

/* The step in every way that the engine lets it come out. */
static void
branch(struct litmus_run *r, const struct litmus_exec *from,
    enum step_kind kind, unsigned thread, unsigned i)
{
	unsigned picks[LITMUS_PICKS_MAX], among[LITMUS_PICKS_MAX], n = 0;

	for (;;) {
		struct litmus_exec *x = exec_copy(r, from);

		memcpy(r->picks, picks, n * sizeof picks[0]);
		r->picks_given = n;
		step(r, x, kind, thread, i);
		n = r->npicks;
		memcpy(picks, r->picks, n * sizeof picks[0]);
		memcpy(among, r->among, n * sizeof among[0]);
		if (!r->failed)
			explore(r, x);
		exec_destroy(x);
		memcpy(r->picks, picks, n * sizeof picks[0]);
		memcpy(r->among, among, n * sizeof among[0]);
		r->npicks = n;
		if (r->failed || !picks_next(r))
			return;
		n = r->npicks;
		memcpy(picks, r->picks, n * sizeof picks[0]);
	}
}

static void
record(struct litmus_run *r, const struct litmus_exec *x)
{
	uint64_t values[LITMUS_PLACES_MAX + 1];
	struct state s;

	state_init(&s);
	for (unsigned i = 0; i < r->t->nthreads; i++)
		state_add_u64(&s, r->chosen[i]);
	state_add(&s, x->block, r->size);
	if (!set_add(&r->finished, &s))
		return;
	for (unsigned i = 0; i < r->t->nplaces; i++) {
		const struct litmus_place *p = &r->t->places[i];
		const struct litmus_way *way;

		values[i] = 0;
		if (p->thread >= 0) {
			way = r->way[p->thread];
			values[i] = exec_value(r, x, (unsigned)p->thread,
			    way->from[p->index], way->value[p->index]);
			continue;
		}
		for (unsigned k = 0; k < p->size; k++)
			values[i] |= (uint64_t)x->block[r->memory + 2 *
			    (p->index * LITMUS_LOCATION_BYTES + k)] << 8 * k;
	}
	litmus_result_add(r->t, r->result, values);
}

static int
is_finished(const struct litmus_run *r, const struct litmus_exec *x)
{
	for (unsigned t = 0; t < r->t->nthreads; t++)
		for (unsigned i = 0; i < r->way[t]->n; i++)
			if (!exec_is_done(r, x, t, (int)i))
				return 0;
	return 1;
}

/* 1: it was there before, or there are too many. */
static int
is_visited(struct litmus_run *r, const struct litmus_exec *x)
{
	struct state s;

	state_init(&s);
	state_add(&s, x->block, r->size);
	order_state(x->order, &s);
	if (!set_add(&r->visited, &s))
		return 1;
	if (++r->states <= STATES_MAX)
		return 0;
	r->failed = 1;
	error_set(r->err, ERROR_LIMIT, "%s: more than %u states; the test is "
	    "too large", r->t->file, STATES_MAX);
	return 1;
}

/*
 * Nothing can be done and not all is done: an access goes nowhere.  Before that
 * it could still have turned out that the way is another.
 */
static void
refuse_stuck(struct litmus_run *r, const struct litmus_exec *x)
{
	for (unsigned t = 0; t < r->t->nthreads && !r->failed; t++)
		for (unsigned i = 0; i < r->way[t]->n && !r->failed; i++) {
			const struct litmus_inst *in = &r->way[t]->list[i];

			if (in->access < 0 || exec_is_done(r, x, t, (int)i) ||
			    !exec_has_address(r, x, t, i) ||
			    exec_good_address(r, x, t, i))
				continue;
			r->failed = 1;
			litmus_refuse(r->t, in->u->line, r->err, "thread %u "
			    "accesses %u bytes where no location is, or at an "
			    "address that is not aligned; neither is taken", t,
			    in->u->size);
		}
}

static void
explore(struct litmus_run *r, struct litmus_exec *x)
{
	int finished, pending = 0, stuck = 1;

	issue_settle(r, x);
	if (x->dead || r->failed || is_visited(r, x))
		return;
	finished = is_finished(r, x);
	for (unsigned t = 0; t < r->t->nthreads; t++)
		for (unsigned i = 0; i < order_pending(x->order, t); i++) {
			pending = 1;
			stuck = 0;
			if ((!r->how->lazy || finished) &&
			    order_may_perform(x->order, t, i))
				branch(r, x, STEP_PERFORM, t, i);
		}
	if (finished && !pending)
		record(r, x);
	for (unsigned t = 0; t < r->t->nthreads && !finished; t++)
		for (unsigned i = 0; i < r->way[t]->n && !r->failed; i++) {
			unsigned op = r->way[t]->list[i].u->op;

			if ((op == LITMUS_LOAD || op == LITMUS_STORE) &&
			    rules_may_issue(r, x, t, i)) {
				stuck = 0;
				branch(r, x, op == LITMUS_LOAD ? STEP_LOAD :
				    STEP_STORE, t, i);
			}
		}
	if (stuck && !finished)
		refuse_stuck(r, x);
}

/* --- one combination of ways, and all --- */

static void
layout(struct litmus_run *r)
{
	size_t at = 0, ninsts, naccesses;

	r->nstores = 0;
	for (unsigned t = 0; t < r->t->nthreads; t++) {
		const struct litmus_way *way = r->way[t];

		r->inst_at[t + 1] = r->inst_at[t] + way->n;
		r->access_at[t + 1] = r->access_at[t] + way->accesses;
		for (unsigned i = 0; i < way->n; i++) {
			if (way->list[i].u->op != LITMUS_STORE ||
			    r->nstores == LITMUS_STORES_MAX)
				continue;
			r->nstores++;
			r->stores[r->nstores].thread = t;
			r->stores[r->nstores].inst = i;
		}
	}
	ninsts = r->inst_at[r->t->nthreads];
	naccesses = r->access_at[r->t->nthreads];
	r->ncells = r->t->nlocations * LITMUS_LOCATION_BYTES;
	r->address = at += 8 * ninsts;
	r->flags = at += 8 * ninsts;
	r->writers = at += ninsts;
	r->performed = at += 8 * naccesses;
	r->memory = at += r->nstores + 1;
	r->co_n = at += 2 * r->ncells;
	r->co = at += r->ncells;
	r->size = at + r->ncells * (r->nstores + 1);
}

static void
run_ways(struct litmus_run *r)
{
	struct litmus_exec *x;

	for (unsigned t = 0; t < r->t->nthreads; t++) {
		r->way[t] = &r->ways[t].list[r->chosen[t]];
		if (r->way[t]->cut) {
			r->result->loops = 1;
			return;
		}
	}
	layout(r);
	x = exec_create(r);
	set_clear(&r->visited);
	explore(r, x);
	exec_destroy(x);
}

/* The next combination, like an odometer; 0: that was the last. */
static int
next_ways(struct litmus_run *r)
{
	for (unsigned t = 0; t < r->t->nthreads; t++) {
		if (++r->chosen[t] < r->ways[t].n)
			return 1;
		r->chosen[t] = 0;
	}
	return 0;
}

int
litmus_run(const struct litmus *t, const struct litmus_how *how,
    struct litmus_result *result, struct error *err)
{
	struct litmus_run *r = check_calloc(1, sizeof *r);
	int ret = 0, left = 1;

	memset(result, 0, sizeof *result);
	r->t = t;
	r->how = how;
	r->err = err;
	r->result = result;
	r->program = order_program(how->model);
	for (unsigned i = 0; i < t->nthreads && ret == 0; i++) {
		ret = litmus_ways_of(t, i, &r->ways[i], err);
		left &= r->ways[i].n != 0;
	}
	while (ret == 0 && left && !r->failed) {
		run_ways(r);
		left = next_ways(r);
	}
	for (unsigned i = 0; i < t->nthreads; i++)
		litmus_ways_free(&r->ways[i]);
	set_clear(&r->visited);
	set_clear(&r->finished);
	ret = r->failed ? -1 : ret;
	check_free(r);
	return ret;
}

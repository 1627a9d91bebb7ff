/* explore.c: every behaviour over one trace: windows, ways, states. */
#include "explore_var.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "run_state.h"

#define STACK_SIZE	((size_t)1 << 20)	/* of what is not the guest's */
#define QUEUE_WIDE	65536u		/* ways that wait; if more do, memory is
					   what there is too little of */
#define ROUNDS_MAX	8u		/* until it is known what blocks touch */
#define NEAR_WORK	512u		/* mem_work() that takes no longer than
					   memory to be kept */

/* What one exploration tells the next one of the same. */
struct explore_rounds {
	int leaves_out;			/* copies (rule X7) */
	uint32_t kinds, config_kinds;	/* now, and in the end */
	struct blocks *blocks;
	unsigned broken;		/* how often they were */
};

/* --- what was found --- */

static size_t
taken(const uint8_t *list, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += list[i] != 0;
	return count;
}

/* The shorter of two ways to the same finding stays. */
static void
way_add(struct explore *x, uint64_t identity, const uint8_t *list, size_t n)
{
	struct explore_way *w;
	size_t i = 0;

	while (i < x->nways && x->ways[i].identity != identity)
		i++;
	if (i < x->nways) {
		w = &x->ways[i];
		if (w->taken <= taken(list, n))
			return;
		check_free(w->choices);
	} else {
		x->ways = check_realloc(x->ways,
		    (x->nways + 1) * sizeof x->ways[0]);
		w = &x->ways[x->nways++];
	}
	w->identity = identity;
	w->finding = NULL;
	w->choices = check_malloc(n + 1);
	memcpy(w->choices, list, n);
	w->nchoices = n;
	w->taken = taken(list, n);
}

/* What this run has found that is to be told, each with the way to here. */
static void
ways_of_run(struct explore *x)
{
	const struct findings *f = &x->run->result->findings;

	x->found |= x->config->first && findings_fatal(f) != 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].fatal || f->list[i].told)
			way_add(x, run_finding_identity(
			    x->run->result->paths, &f->list[i]),
			    x->way->path.list, x->way->path.n);
}

void
explore_run_tell(struct explore *x)
{
	const struct run *r = x->run;

	ways_of_run(x);
	x->capped |= mem_order_capped(machine_mem(r->machine));
	x->looked |= mem_copies_looked(machine_mem(r->machine));
	if (x->unknown[0] == '\0' && (r->result->declined != NULL ||
	    r->result->verdict == RUN_UNKNOWN))
		snprintf(x->unknown, sizeof x->unknown, "%s",
		    r->result->declined != NULL ? r->result->declined :
		    r->result->unknown);
	x->mutant_hit |= r->door != NULL && door_mutant_hits(r->door) != 0;
	x->gaps |= run_gaps(r);
	x->unlocked |= r->unlocked;
}

/* --- the run and its explorer take turns --- */

/* In the explorer: what stands at goes on until it stands again. */
static enum told
go_on(struct explore *x, struct host_fiber *at)
{
	arena_resume();
	host_fiber_switch(x->self, at);
	arena_pause();
	return x->told;
}

static void
run_all(void *self)
{
	struct explore *x = self;

	x->failed = run_execute(&x->run_config, x->result, x->err) != 0;
	x->told = GONE;
	host_fiber_leave(x->runner, x->self);
}

static struct place
place_here(const struct explore *x)
{
	return (struct place){ snapshot_take(), x->at };
}

/* How far the plain run has come, if this is it. */
static void
plain_keep(struct explore *x, const struct place *here)
{
	if (x->way->turns != 0)
		return;
	place_free(&x->plain);
	x->plain = place_share(here);
}

/* --- ways --- */

/* Ways that part here begin where this one did, if that is not far; or here. */
static void
base_keep(struct explore *x)
{
	uint64_t now = mem_work(machine_mem(x->run->machine));

	if (x->base.memory != NULL && now - x->base_work < NEAR_WORK)
		return;
	place_free(&x->base);
	x->base = place_here(x);
	x->base_work = now;
	x->picks.n = x->told_picks = 0;
}

/* The ways that part from this one here; it goes on by the first. */
static void
way_parts(struct explore *x)
{
	struct picks *p = &x->picks;
	struct waiting w;

	base_keep(x);
	w = (struct waiting){ .at = x->base, .window = x->window };
	explore_picks_add(p, 0);
	for (unsigned k = x->alternatives; --k > 0;) {
		p->list[p->n - 1] = x->picks_of[k];
		w.picks = p->list;
		w.npicks = p->n;
		w.turns = explore_turns_to(x->way, x->kind, x->picks_of[k]);
		explore_queue_add(&x->queue, &w);
	}
	p->list[p->n - 1] = x->picks_of[0];
}

static void
window_add(struct explore *x)
{
	CHECK(machine_host_has_state(x->run->machine));
	if (x->nwindows == x->windows_max) {
		x->windows_max = 2 * x->windows_max + 16;
		x->window_ways = check_realloc(x->window_ways,
		    x->windows_max * sizeof x->window_ways[0]);
	}
	x->window = (uint32_t)x->nwindows++;
	x->window_ways[x->window] = 0;
	x->counts.windows++;
}

static void
way_worked(struct explore *x)
{
	uint64_t now = explore_work_so_far(x);

	/* The plain run is gone whatever the bound. */
	if (x->way->turns != 0)
		x->counts.work += now - x->since;
	x->since = now;
}

/* A way through the window is gone, and stands. */
static void
way_ends(struct explore *x)
{
	struct place here = { NULL, NULL };
	int news = x->told == ENDS && !x->known;
	uint64_t ways = ++x->window_ways[x->window];

	x->counts.executions++;
	x->counts.work += EXPLORE_WAY_WORK;
	x->counts.merged += x->told == MET || (x->told == ENDS && x->known);
	if (ways > x->counts.wide)
		x->counts.wide = ways;
	if (news || x->way->turns == 0)
		here = place_here(x);
	if (news) {
		const struct waiting w = { .at = here,
		    .turns = x->way->turns };

		explore_queue_add(&x->queue, &w);
		x->stands = here.memory;
	}
	plain_keep(x, &here);
	place_free(&here);
}

/* From where the run stands to the end of a window, or of everything. */
static void
way_explore(struct explore *x, struct host_fiber *at)
{
	struct place here;

	for (;; at = x->at) {
		switch (go_on(x, at)) {
		case BEGINS:
			window_add(x);
			continue;
		case CHOOSES:
			way_parts(x);
			continue;
		case GONE:		/* there was no run */
			return;
		default:
			break;
		}
		break;
	}
	explore_run_tell(x);
	way_worked(x);
	if (x->probe) {
		way_ends(x);
	} else {
		CHECK(x->told == OVER || (x->told == ENDS && x->known));
		here = place_here(x);
		plain_keep(x, &here);
		place_free(&here);
	}
}

static uint64_t
left(uint64_t max, uint64_t done)
{
	return max == 0 ? UINT64_MAX : done < max ? max - done : 0;
}

/* Nothing stands between this and HOLDS but what is not yet explored. */
static int
holds_so_far(const struct explore *x)
{
	return x->nways == 0 && x->gaps == 0 && !x->capped &&
	    x->unknown[0] == '\0';
}

/*
 * It may be more than config says where HOLDS can be had for it: nothing else
 * is in the way, and those that wait, and as many that part from them, do not
 * take too much if they take what ways took so far.
 */
static uint64_t
work_max(const struct explore *x)
{
	const struct explore_counts *c = &x->counts;
	uint64_t max = x->config->work_max, ways = x->config->whole_ways;
	uint64_t more = EXPLORE_WHOLE_WORK * max, next = 2 * x->queue.n;
	uint64_t beside = c->work - EXPLORE_WAY_WORK * c->executions;

	if (ways == 0 || more / EXPLORE_WHOLE_WORK != max ||
	    ways > (UINT64_MAX - more) / EXPLORE_WAY_WORK ||
	    !holds_so_far(x) || c->executions > ways ||
	    next > ways - c->executions || beside > more ||
	    (c->executions != 0 && next > (more - beside) / (beside /
	    c->executions + 1)))
		return max;
	return EXPLORE_WAY_WORK * ways + more;
}

/* What was relied on was not so: all of it is gone again. */
static int
is_broken(const struct explore *x)
{
	return explore_tries(x, CHOICE_CPU) && x->blocks != NULL &&
	    blocks_broken(x->blocks);
}

/* How many ways may still be gone, at most; 0: what is left is not explored. */
static uint64_t
room(const struct explore *x)
{
	uint64_t ways = left(x->config->executions_max,
	    x->counts.executions);
	uint64_t work = left(work_max(x), x->counts.work);

	if (x->found || x->looked || is_broken(x))
		return 0;
	work = work / EXPLORE_WAY_WORK + (work % EXPLORE_WAY_WORK != 0);
	return ways < work ? ways : work;
}

/*
 * Ways that turned less are gone first: so what is found first turned least,
 * and if there are too many, it is known that all were gone with so many turns.
 * Where more wait than memory should have, those that turned most go before
 * them; what is known at the end is of those that still wait, as ever.
 */
static void
explore_all(struct explore *x)
{
	size_t wide = x->config->most_turned ? 0 : QUEUE_WIDE;
	struct waiting w;
	uint32_t turned = 0;

	explore_queue_init(&x->queue, wide);
	way_explore(x, x->runner);
	for (;;) {
		int least;

		explore_queue_limit(&x->queue, room(x));
		least = x->queue.n <= wide;
		if (!explore_queue_take(&x->queue, &w))
			break;
		CHECK(!least || w.turns >= turned);
		if (least)
			turned = w.turns;
		if (w.at.memory != x->stands)
			snapshot_put_back(w.at.memory);
		x->stands = NULL;
		place_free(&x->base);
		x->base = place_share(&w.at);
		x->base_work = mem_work(machine_mem(x->run->machine));
		x->picks.n = x->told_picks = 0;
		for (size_t i = 0; i < w.npicks; i++)
			explore_picks_add(&x->picks, w.picks[i]);
		x->since = explore_work_so_far(x);
		x->probe = x->way->open;
		x->window = w.window;
		way_explore(x, w.at.at);
		waiting_free(&w);
	}
	place_free(&x->base);
	x->turns_left = explore_queue_least(&x->queue);
	explore_queue_free(&x->queue);
	check_free(x->window_ways);
	check_free(x->picks.list);
}

/* The plain run goes on to its end, whatever was explored of the others. */
static void
plain_ends(struct explore *x)
{
	if (x->told != GONE)
		snapshot_put_back(x->plain.memory);
	place_free(&x->plain);
	snapshot_end();
	arena_end();
	if (x->told == GONE)
		return;
	x->plainly = 1;
	x->probe = 0;
	host_fiber_switch(x->self, x->plain.at);
	CHECK(x->told == GONE);
}

/* --- all of it --- */

/* What every run of the exploration has, a way's included. */
static struct run_config
config_of(const struct explore_config *config)
{
	struct run_config c = config->run;

	c.ordered = 1;
	c.choice_kinds = EXPLORE_KINDS;
	c.choice_mode = CHOICE_RECORDED;
	return c;
}

/* Ways to what the plain run has as well are no news. */
static void
ways_sift(struct explore *x, const struct run_result *plain)
{
	size_t to = 0;

	for (size_t i = 0; i < x->nways; i++) {
		int known = 0;

		for (size_t k = 0; k < plain->findings.n && !known; k++)
			known = run_finding_identity(plain->paths,
			    &plain->findings.list[k]) == x->ways[i].identity;
		if (known)
			check_free(x->ways[i].choices);
		else
			x->ways[to++] = x->ways[i];
	}
	x->nways = to;
}

static void
ways_free(struct explore_way *ways, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_free(ways[i].choices);
	check_free(ways);
}

static void
explore_done(struct explore *x, struct explore_result *result)
{
	result->plain = *x->result;
	ways_sift(x, &result->plain);
	result->ways = x->ways;
	result->nways = x->nways;
	result->counts = x->counts;
	result->capped = x->capped;
	result->cut = x->turns_left != QUEUE_NONE || x->seen->full ||
	    x->ends->full;
	if (result->cut && x->turns_left != QUEUE_NONE) {
		result->counts.further_max = x->turns_left / TURN_FURTHER;
		result->counts.taken_max = x->turns_left % TURN_FURTHER;
	}
	result->gaps = x->gaps | (explore_gaps_of(~x->untried) &
	    (1u << GAP_INTERRUPTS | 1u << GAP_PAUSES | 1u << GAP_TIMERS));
	explore_ends_done(x->ends, result);
	memcpy(result->unknown, x->unknown, sizeof result->unknown);
	result->unlocked = x->unlocked;
	result->mutant_hit = x->mutant_hit;
}

/* The run's memory, and who goes by it. */
static int
memory_begin(struct explore *x, void **stack)
{
	void *heap;
	size_t len, used;

	if (snapshot_begin(x->err) != 0)
		return -1;
	*stack = host_map(STACK_SIZE, x->err);
	if (*stack == NULL || arena_begin(x->err) != 0) {
		snapshot_end();
		return -1;
	}
	x->result = check_calloc(1, sizeof *x->result);
	arena_pause();
	arena_range(&heap, &len, &used);
	snapshot_track_new(heap, len, used);
	snapshot_track_stack(*stack, STACK_SIZE);
	x->self = host_fiber_create_self();
	x->runner = host_fiber_create(*stack, STACK_SIZE, run_all, x);
	return 0;
}

static int
explored(struct explore *x, struct explore_result *result)
{
	void *stack = NULL;

	if (memory_begin(x, &stack) == 0) {
		explore_all(x);
		plain_ends(x);
		host_fiber_destroy(x->runner);
		host_fiber_destroy(x->self);
		if (!x->failed)
			explore_done(x, result);
		check_free(x->result);
	} else {
		x->failed = 1;
	}
	if (x->failed)
		ways_free(x->ways, x->nways);
	if (stack != NULL)
		host_unmap(stack, STACK_SIZE);
	return x->failed ? -1 : 0;
}

enum once { ONCE_DONE, ONCE_AGAIN, ONCE_FAILED };

/*
 * ONCE_AGAIN: it says nothing, and has to be done again.  Copies were left out
 * that somebody looks at; or what blocks touch was not known, and is better now.
 */
static enum once
explore_once(const struct explore_config *config, struct explore_rounds *rounds,
    struct explore_result *result, struct error *err)
{
	struct explore x;
	int ret = -1;

	memset(result, 0, sizeof *result);
	memset(&x, 0, sizeof x);
	x.leaves_out = rounds->leaves_out;
	x.kinds = rounds->kinds;
	x.config_kinds = rounds->config_kinds;
	x.blocks = rounds->blocks;
	x.config = config;
	x.err = err;
	x.run_config = config_of(config);
	x.run_config.explore = &x;
	x.seen = host_map_large(2 * sizeof *x.seen, err);
	if (x.seen != NULL) {
		x.ends = x.seen + 1;
		ret = explored(&x, result);
		host_unmap(x.seen, 2 * sizeof *x.seen);
	}
	if (ret != 0)
		return ONCE_FAILED;
	if (x.looked)
		rounds->leaves_out = 0;
	if (is_broken(&x) && ++rounds->broken >= ROUNDS_MAX)
		result->gaps |= 1u << GAP_CPUS;
	else if (is_broken(&x))
		return ONCE_AGAIN;
	return x.looked ? ONCE_AGAIN : ONCE_DONE;
}

/* One CPU first; that is all where there are no others to try. */
static enum once
explore_rounds(const struct explore_config *config,
    struct explore_rounds *rounds, struct explore_result *result,
    struct error *err)
{
	enum once once = ONCE_DONE;

	for (;;) {
		if (rounds->blocks != NULL)
			blocks_rely_on_nothing(rounds->blocks);
		once = explore_once(config, rounds, result, err);
		if (once == ONCE_FAILED || (once == ONCE_DONE &&
		    rounds->kinds == rounds->config_kinds))
			return once;
		explore_result_free(result);
		if (once == ONCE_DONE)
			rounds->kinds = rounds->config_kinds;
	}
}

int
explore_execute(const struct explore_config *config,
    struct explore_result *result, struct error *err)
{
	uint32_t kinds = config->kinds != 0 ? config->kinds : EXPLORE_DEFAULT;
	struct explore_rounds rounds = { .leaves_out = !config->all_copies,
	    .kinds = kinds, .config_kinds = kinds };
	enum once once;

	memset(result, 0, sizeof *result);
	if ((kinds & 1u << CHOICE_CPU) != 0 && !config->all_orders) {
		rounds.kinds &= ~(1u << CHOICE_CPU);
		rounds.blocks = blocks_create(err);
		if (rounds.blocks == NULL)
			return -1;
	}
	once = explore_rounds(config, &rounds, result, err);
	blocks_destroy(rounds.blocks);
	return once == ONCE_DONE ? 0 : -1;
}

void
explore_result_free(struct explore_result *r)
{
	ways_free(r->ways, r->nways);
	run_result_free(&r->plain);
	memset(r, 0, sizeof *r);
}

int
explore_again(const struct explore_config *config,
    const struct explore_way *way, struct run_result *result,
    struct error *err)
{
	struct run_config run = config_of(config);
	struct explore x;

	memset(&x, 0, sizeof x);
	x.config = config;
	x.err = err;
	x.again = way;
	run.choices = way->choices;
	run.nchoices = way->nchoices;
	run.explore = &x;
	if (run_execute(&run, result, err) != 0)
		return -1;
	explore_story_tell(&x.story, way, result);
	return 0;
}

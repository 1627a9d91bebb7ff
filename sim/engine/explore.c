/* explore.c: every behaviour over one trace: windows, ways, states. */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "digest.h"
#include "explore_queue.h"
#include "explore_run.h"
#include "explore_story.h"
#include "host.h"
#include "run_state.h"
#include "snapshot.h"

#define SEEN_MAX	(1u << 20)	/* states */
#define SEEN_SLOTS	(2 * SEEN_MAX)	/* a power of two */
#define STACK_SIZE	((size_t)1 << 20)	/* of what is not the guest's */
/* One turn of a further kind comes after all of the usual ones. */
#define TURN_FURTHER	(UINT32_C(1) << 16)
#define NEAR_WORK	512u		/* mem_work() that takes no longer than
					   memory to be kept */
/* Room from the beginning: what lies on stacks has addresses of the run's heap,
   and they are not to depend on how long a way is. */
#define PATH_ROOM	((size_t)1 << 20)
#define OWN_ROOM	((size_t)1 << 12)

/*
 * Different states, in the order in which they were found; memory that nobody
 * comes by is never there.
 */
struct seen {
	size_t n;
	int full;
	struct state list[SEEN_MAX];
	uint32_t slot[SEEN_SLOTS];	/* by hash: number from 1, or 0 */
};

struct picks {
	uint8_t *list;
	size_t n, max;
};

/* What a way knows of itself: put back with the run that goes it. */
struct way {
	struct picks path;		/* answers since the run began */
	int open;			/* inside of a window */
	int turned;			/* in it an answer was not 0 */
	uint32_t turns;			/* see turns_to(); 0: the plain run */
	uint8_t latest[CHOICE_KINDS];	/* answers */
	enum choice_kind host_works;	/* the last choice that it works by */
	/* Where it came by within its window since it turned. */
	struct state *own;
	size_t nown, own_max;
};

/* Why a run stands still. */
enum told {
	BEGINS,				/* before the first choice of a window */
	CHOOSES,			/* between alternatives */
	ENDS,				/* at the end of one */
	MET,				/* where another way was */
	OVER,				/* nothing of the guest runs any more */
	GONE				/* nor anything else */
};

/*
 * The run has a stack of its own, the explorer this process's.  One of them
 * goes on at a time.  All that the run has is put back with snapshots; nothing
 * of this is.
 */
struct explore {
	const struct explore_config *config;
	const struct explore_way *again;	/* the way to be gone, or NULL */
	struct explore_story story;		/* of again */
	struct run *run;
	struct run_config run_config;
	struct run_result *result;
	struct error *err;
	int failed;			/* err is set */
	struct way *way;		/* in the run's memory */
	struct host_fiber *self, *runner;	/* this, and who began the run */
	struct host_fiber *at;		/* of the run, what stands still */
	enum told told;
	int known;			/* ENDS in a state that is no news */
	enum choice_kind kind;		/* CHOOSES between so many */
	unsigned alternatives;
	/* Where this way began, and its answers since then to what is tried;
	   of those it has been told so many. */
	struct place base;
	struct picks picks;
	size_t told_picks;
	uint64_t base_work;		/* mem_work() at base */
	uint64_t since;			/* events, where this way parted */
	uint32_t gaps;			/* of enum explore_gap */
	int unlocked;			/* see explore_result */
	uint32_t untried;		/* kinds, that were asked for */
	int probe;			/* a way through a window is gone */
	int plainly;			/* nothing is explored any more */
	struct place plain;		/* how far the plain run has come */
	struct explore_queue queue;
	const struct snapshot *stands;	/* memory is what it was then, or NULL */
	uint64_t *window_ways;		/* of each window, by number */
	size_t nwindows, windows_max;
	uint32_t window;		/* the one that is gone through */
	struct explore_counts counts;
	int capped, found, mutant_hit;
	uint32_t turns_left;		/* of what was not explored, the least */
	char unknown[RUN_UNKNOWN_MAX];
	struct seen *seen;
	struct seen *ends;		/* explore_end_state() of windows */
	struct explore_way *ways;
	size_t nways;
};

/* --- small things --- */

static void
picks_add(struct picks *p, uint8_t pick)
{
	if (p->n == p->max) {
		p->max = p->max != 0 ? 2 * p->max : 64;
		p->list = check_realloc(p->list, p->max);
	}
	p->list[p->n++] = pick;
}

/* 1 if it is news; a full table takes nothing more, and the result says so. */
static int
seen_add(struct seen *s, struct state state)
{
	size_t i = (size_t)state.a & (SEEN_SLOTS - 1);

	while (s->slot[i] != 0) {
		if (state_same(&s->list[s->slot[i] - 1], &state))
			return 0;
		i = (i + 1) & (SEEN_SLOTS - 1);
	}
	if (s->n == SEEN_MAX) {
		s->full = 1;
		return 1;
	}
	s->list[s->n++] = state;
	s->slot[i] = (uint32_t)s->n;
	return 1;
}

/* The same for the end of a window. */
static int
end_add(struct explore *x, struct state state)
{
	int news = seen_add(x->seen, state);

	x->counts.states += (uint64_t)news;
	return news;
}

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

/* Of a run that stands still: what is known of all of them together. */
static void
run_tell(struct explore *x)
{
	const struct run *r = x->run;

	ways_of_run(x);
	x->capped |= mem_order_capped(machine_mem(r->machine));
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

/* In the run: it stands still, until somebody puts this back and goes on. */
static void
stand(struct explore *x, enum told told)
{
	x->told = told;
	x->at = sched_fiber(machine_sched(x->run->machine));
	host_fiber_switch(x->at, x->self);
}

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

/*
 * A turn is an answer that is not 0, and not the latest one of its kind: a host
 * that stays late, or a store that stays in its buffer, turns once.  Nor is it a
 * turn what a host sees that was let to work before a barrier, for that was the
 * turn.  So there are no more turns than answers that are not 0, and none only if
 * there is no such answer (rule X4).  Those of further kinds count in the upper
 * half of the number, which is compared first.
 */
static uint32_t
turns_to(const struct way *w, enum choice_kind kind, unsigned pick)
{
	int between = w->host_works == CHOICE_HOST_DRAIN &&
	    w->latest[CHOICE_HOST_DRAIN] != 0;

	if (pick == 0 || pick == w->latest[kind] ||
	    (between && kind == CHOICE_ORDER_LOOK))
		return w->turns;
	if ((EXPLORE_FURTHER & 1u << kind) != 0)
		return w->turns + TURN_FURTHER;
	return w->turns % TURN_FURTHER == TURN_FURTHER - 1 ? w->turns :
	    w->turns + 1;
}

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

/* The ways that part from this one here; it goes on by 0. */
static void
way_parts(struct explore *x)
{
	struct picks *p = &x->picks;
	struct waiting w;

	base_keep(x);
	w = (struct waiting){ .at = x->base, .window = x->window };
	picks_add(p, 0);
	for (unsigned k = x->alternatives; --k > 0;) {
		p->list[p->n - 1] = (uint8_t)k;
		w.picks = p->list;
		w.npicks = p->n;
		w.turns = turns_to(x->way, x->kind, k);
		explore_queue_add(&x->queue, &w);
	}
	p->list[p->n - 1] = 0;
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

/* Of the run, from its beginning. */
static uint64_t
work_so_far(const struct explore *x)
{
	return x->run->result->events +
	    mem_work(machine_mem(x->run->machine)) / EXPLORE_STORES_WORK;
}

static void
way_worked(struct explore *x)
{
	uint64_t now = work_so_far(x);

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
	run_tell(x);
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

/* How many ways may still be gone, at most; 0: what is left is not explored. */
static uint64_t
room(const struct explore *x)
{
	uint64_t ways = left(x->config->executions_max,
	    x->counts.executions);
	uint64_t work = left(work_max(x), x->counts.work);

	if (x->found)
		return 0;
	work = work / EXPLORE_WAY_WORK + (work % EXPLORE_WAY_WORK != 0);
	return ways < work ? ways : work;
}

/*
 * Ways that turned less are gone first: so what is found first turned least,
 * and if there are too many, it is known that all were gone with so many turns.
 */
static void
explore_all(struct explore *x)
{
	struct waiting w;
	uint32_t turned = 0;

	explore_queue_init(&x->queue, x->config->most_turned);
	way_explore(x, x->runner);
	for (;;) {
		explore_queue_limit(&x->queue, room(x));
		if (!explore_queue_take(&x->queue, &w))
			break;
		CHECK(w.turns >= turned || x->config->most_turned);
		turned = w.turns;
		if (w.at.memory != x->stands)
			snapshot_put_back(w.at.memory);
		x->stands = NULL;
		place_free(&x->base);
		x->base = place_share(&w.at);
		x->base_work = mem_work(machine_mem(x->run->machine));
		x->picks.n = x->told_picks = 0;
		for (size_t i = 0; i < w.npicks; i++)
			picks_add(&x->picks, w.picks[i]);
		x->since = work_so_far(x);
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

/* --- what the run tells --- */

static unsigned
ask_again(void *self, enum choice_kind kind, unsigned n)
{
	struct explore *x = self;

	return explore_story_ask(&x->story, x->run, x->again, kind, n);
}

static int
lets_host_work(enum choice_kind kind)
{
	return kind == CHOICE_HOST_STEP || kind == CHOICE_HOST_LOOK ||
	    kind == CHOICE_HOST_LATE || kind == CHOICE_HOST_DRAIN;
}

/* What this way does was done before, up to its turn. */
static int
is_told(const struct explore *x)
{
	return x->told_picks < x->picks.n;
}

static void
window_begins(struct explore *x)
{
	struct way *w = x->way;
	struct state now;

	w->open = 1;
	w->turned = 0;
	w->nown = 0;
	x->probe = 1;
	if (is_told(x))
		return;
	/* So that what did not change is not looked at by every way. */
	state_init(&now);
	explore_state(x->run, &now);
	stand(x, BEGINS);
}

/*
 * A host that may pause is between two chains, and of the simulator nothing else
 * is under way but what it was let to work by: so ways may meet there, too.
 */
static unsigned
ask(void *self, enum choice_kind kind, unsigned n)
{
	struct explore *x = self;
	struct way *w = x->way;
	unsigned picked = 0;

	if (!explore_tries(x, kind)) {
		x->untried |= 1u << kind;
		n = 1;
	} else if (kind == CHOICE_HOST_PAUSE) {
		explore_meet(x, kind, (uint64_t)w->host_works);
	} else if (lets_host_work(kind)) {
		w->host_works = kind;
	}
	if (n > 1 && !w->open && !x->plainly)
		window_begins(x);
	if (n > 1 && x->probe) {
		int told = is_told(x);

		if (!told) {
			x->kind = kind;
			x->alternatives = n;
			x->counts.choices++;
			stand(x, CHOOSES);
		}
		picked = x->picks.list[x->told_picks++];
		if (told && !is_told(x))	/* it parts here */
			x->since = work_so_far(x);
	}
	CHECK(picked < n);
	w->turns = turns_to(w, kind, picked);
	if (n > 1)
		w->latest[kind] = (uint8_t)picked;
	if (picked != 0) {
		w->turned = 1;
		w->nown = 0;
	}
	picks_add(&w->path, (uint8_t)picked);
	state_stack_clean();
	return picked;
}

void
explore_begin(struct explore *x, struct run *r)
{
	struct choice *c = machine_choice(r->machine);

	x->run = r;
	sched_explore_begin(machine_sched(r->machine), x->again != NULL ||
	    explore_tries(x, CHOICE_TIMER));
	machine_fates_ask(r->machine);
	c->mode = CHOICE_ASKED;
	c->kinds = EXPLORE_KINDS;
	c->ask = x->again != NULL ? ask_again : ask;
	c->ask_self = x;
	/* Who goes a way again does not know what was tried. */
	if (x->again != NULL || explore_tries(x, CHOICE_ARRIVAL))
		mem_between_begin(machine_mem(r->machine));
	if (x->again != NULL)
		return;
	x->way = check_calloc(1, sizeof *x->way);
	x->way->path.max = PATH_ROOM;
	x->way->path.list = check_malloc(PATH_ROOM);
	x->way->own_max = OWN_ROOM;
	x->way->own = check_malloc(OWN_ROOM * sizeof x->way->own[0]);
}

/* What a host could tell of a window's end. */
static void
end_seen(struct explore *x)
{
	struct state end;

	state_init(&end);
	explore_end_state(x->run, &end);
	(void)seen_add(x->ends, end);
}

void
explore_dma(struct explore *x, const struct machine_dma *a)
{
	if (x->again != NULL)
		explore_story_dma(&x->story, x->run, a);
}

/*
 * At the end of a window it stands, and goes on from there as the beginning of
 * the next, if the state is new.  Where no window was open it goes on at once,
 * unless another way came to that state, too.
 */
void
explore_point(struct explore *x)
{
	struct state s;

	if (x->again != NULL || x->plainly || x->run->ended)
		return;
	x->way->open = 0;
	if (!x->probe && is_told(x)) {
		state_stack_clean();
		return;
	}
	state_init(&s);
	explore_state(x->run, &s);
	if (x->probe) {
		end_seen(x);
		x->known = !end_add(x, s);
		stand(x, ENDS);
	} else if (!seen_add(x->seen, s)) {
		x->known = 1;
		stand(x, ENDS);
	}
	state_stack_clean();
}

void
explore_end(struct explore *x)
{
	if (x->run == NULL || x->again != NULL)
		return;
	if (!x->plainly) {
		if (x->probe && !x->run->failed)
			end_seen(x);
		stand(x, OVER);
	}
	run_tell(x);
	check_free(x->way->path.list);
	check_free(x->way->own);
	check_free(x->way);
}

/*
 * Whether this way was here before: a loop that waits for the host.  It is gone
 * no further if the host has something to do, for its doing that is another way
 * from here; else nothing ever ends it, which is for the run to find (rule X3).
 */
static int
goes_round(const struct way *w, const struct state *s)
{
	for (size_t i = 0; i < w->nown; i++)
		if (state_same(&w->own[i], s))
			return 1;
	return 0;
}

static void
own_add(struct way *w, const struct state *s)
{
	if (w->nown == w->own_max) {
		w->own_max *= 2;
		w->own = check_realloc(w->own, w->own_max *
		    sizeof w->own[0]);
	}
	w->own[w->nown++] = *s;
}

/*
 * Within a window, too, a way that comes to a state where another one was is
 * gone no further: who was there first asks, and takes, all that is left (rule
 * X2).
 */
void
explore_meet(struct explore *x, enum choice_kind kind, uint64_t where)
{
	struct way *w = x->way;
	struct state s;

	if (!x->probe || !w->open || x->run->ended)
		return;
	if (is_told(x)) {
		state_stack_clean();	/* as it is without */
		return;
	}
	state_init(&s);
	state_add_u64(&s, kind);
	state_add_u64(&s, where);
	explore_state(x->run, &s);
	if (seen_add(x->seen, s))
		own_add(w, &s);
	else if (!goes_round(w, &s) || (kind == CHOICE_HOST_LATE &&
	    w->turned && machine_host_busy(x->run->machine)))
		stand(x, MET);		/* only the plain run goes on */
	state_stack_clean();
}

int
explore_tries(const struct explore *x, enum choice_kind kind)
{
	uint32_t kinds = x->config->kinds != 0 ? x->config->kinds :
	    EXPLORE_DEFAULT;

	return x->again == NULL && (kinds >> kind & 1) != 0;
}

int
explore_compares(const struct explore *x)
{
	return x->again != NULL || explore_tries(x, CHOICE_CPU);
}

int
explore_is_plain(const struct explore *x)
{
	return x->again != NULL || (x->way->turns == 0 && !is_told(x));
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

static int
by_value(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

/* As a set: in which order they were found is left out. */
static void
ends_done(const struct seen *ends, struct explore_result *result)
{
	struct state *list = check_calloc(ends->n + 1, sizeof list[0]);
	struct digest d;
	size_t n = ends->n;

	memcpy(list, ends->list, n * sizeof list[0]);
	qsort(list, n, sizeof list[0], by_value);
	digest_init(&d);
	digest_add_u64(&d, n);
	for (size_t i = 0; i < n; i++) {
		digest_add_u64(&d, list[i].a);
		digest_add_u64(&d, list[i].b);
	}
	digest_final(&d, result->ends);
	result->counts.ends = n;
	check_free(list);
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
	if ((result->gaps & 1u << GAP_CPUS) != 0 &&
	    !explore_tries(x, CHOICE_CPU))
		result->gaps ^= 1u << GAP_CPUS | 1u << GAP_SECOND_CPU;
	ends_done(x->ends, result);
	memcpy(result->unknown, x->unknown, sizeof result->unknown);
	result->unlocked = x->unlocked;
	result->mutant_hit = x->mutant_hit;
}

/* The run's memory, and who goes by it. */
static int
memory_begin(struct explore *x, void **stack)
{
	void *heap;
	size_t len;

	if (snapshot_begin(x->err) != 0)
		return -1;
	*stack = host_map(STACK_SIZE, x->err);
	if (*stack == NULL || arena_begin(x->err) != 0) {
		snapshot_end();
		return -1;
	}
	x->result = check_calloc(1, sizeof *x->result);
	arena_pause();
	arena_range(&heap, &len);
	snapshot_track(heap, len);
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

int
explore_execute(const struct explore_config *config,
    struct explore_result *result, struct error *err)
{
	struct explore x;
	int ret = -1;

	memset(result, 0, sizeof *result);
	memset(&x, 0, sizeof x);
	x.config = config;
	x.err = err;
	x.run_config = config_of(config);
	x.run_config.explore = &x;
	x.seen = host_map(2 * sizeof *x.seen, err);
	if (x.seen != NULL) {
		x.ends = x.seen + 1;
		ret = explored(&x, result);
		host_unmap(x.seen, 2 * sizeof *x.seen);
	}
	return ret;
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

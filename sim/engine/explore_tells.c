/*
 * explore_tells.c: what a run that is explored tells its explorer, from the
 * stacks of the run: each choice, each state where ways may become one.
 */
#include "explore_var.h"

#include <string.h>

#include "check.h"
#include "run_state.h"

/* Room from the beginning: what lies on stacks has addresses of the run's heap,
   and they are not to depend on how long a way is. */
#define PATH_ROOM	((size_t)1 << 20)
#define OWN_ROOM	((size_t)1 << 12)

/* --- small things --- */

void
explore_picks_add(struct picks *p, uint8_t pick)
{
	if (p->n == p->max) {
		p->max = p->max != 0 ? 2 * p->max : 64;
		p->list = check_realloc(p->list, p->max);
	}
	p->list[p->n++] = pick;
}

/* The same for the end of a window. */
static int
end_add(struct explore *x, struct state state)
{
	int news = explore_seen_add(x->seen, state);

	x->counts.states += (uint64_t)news;
	return news;
}

/* In the run: it stands still, until somebody puts this back and goes on. */
static void
stand(struct explore *x, enum told told)
{
	x->told = told;
	x->at = sched_fiber(machine_sched(x->run->machine));
	host_fiber_switch(x->at, x->self);
}

/*
 * A turn is an answer that is not 0, and not the latest one of its kind: a host
 * that stays late, or a store that stays in its buffer, turns once.  Nor is it a
 * turn what a host sees that was let to work before a barrier, for that was the
 * turn.  So there are no more turns than answers that are not 0, and none only if
 * there is no such answer (rule X4).  Those of further kinds count in the upper
 * half of the number, which is compared first.
 */
uint32_t
explore_turns_to(const struct way *w, enum choice_kind kind, unsigned pick)
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

uint64_t
explore_work_so_far(const struct explore *x)
{
	return x->run->result->events +
	    mem_work(machine_mem(x->run->machine)) / EXPLORE_STORES_WORK;
}

/* --- choices --- */

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

/* What CPUs do in another order is known (rule K3); where all of it is, too, the
   run has stood already. */
static unsigned
worth_going(const struct explore *x, enum choice_kind kind, unsigned n,
    uint8_t *picks_of)
{
	const struct sched *s = machine_sched(x->run->machine);
	unsigned m = 0;

	for (unsigned k = 0; k < n; k++)
		if (kind != CHOICE_CPU || n == 1 || sched_may_turn(s, k))
			picks_of[m++] = (uint8_t)k;
	if (m == 0)
		picks_of[m++] = 0;
	return m;
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
	uint8_t picks_of[256];
	unsigned picked, m;

	if (!explore_tries(x, kind)) {
		x->untried |= 1u << kind;
		n = 1;
	} else if (kind == CHOICE_HOST_PAUSE) {
		explore_meet(x, kind, (uint64_t)w->host_works);
	} else if (lets_host_work(kind)) {
		w->host_works = kind;
	}
	m = worth_going(x, kind, n, picks_of);
	picked = picks_of[0];
	if (m > 1 && !w->open && !x->plainly)
		window_begins(x);
	if (m > 1 && x->probe) {
		int told = is_told(x);

		if (!told) {
			x->kind = kind;
			x->alternatives = m;
			memcpy(x->picks_of, picks_of, m);
			x->counts.choices++;
			stand(x, CHOOSES);
		}
		picked = x->picks.list[x->told_picks++];
		if (told && !is_told(x))	/* it parts here */
			x->since = explore_work_so_far(x);
	}
	CHECK(picked < n);
	w->turns = explore_turns_to(w, kind, picked);
	if (n > 1)
		w->latest[kind] = (uint8_t)picked;
	if (picked != 0) {
		w->turned = 1;
		w->nown = 0;
	}
	explore_picks_add(&w->path, (uint8_t)picked);
	state_stack_clean();
	return picked;
}

void
explore_begin(struct explore *x, struct run *r)
{
	struct choice *c = machine_choice(r->machine);

	x->run = r;
	/* What blocks touch is learned by ways of one CPU first. */
	if (x->blocks != NULL)
		machine_blocks(r->machine, x->blocks,
		    explore_tries(x, CHOICE_CPU));
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
	if (x->leaves_out)
		mem_copies_begin(machine_mem(r->machine));
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
	(void)explore_seen_add(x->ends, end);
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
	mem_copies_compared(machine_mem(x->run->machine));
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
	} else if (!explore_seen_add(x->seen, s)) {
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
	explore_run_tell(x);
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
	mem_copies_state(machine_mem(x->run->machine), &s);
	if (explore_seen_add(x->seen, s))
		own_add(w, &s);
	else if (!goes_round(w, &s) || (kind == CHOICE_HOST_LATE &&
	    w->turned && machine_host_busy(x->run->machine) == BUSY_SERVES))
		stand(x, MET);		/* only the plain run goes on */
	state_stack_clean();
}

int
explore_tries(const struct explore *x, enum choice_kind kind)
{
	return x->again == NULL && (x->kinds >> kind & 1) != 0;
}

int
explore_tries_cpus(const struct explore *x)
{
	return (x->config_kinds & 1u << CHOICE_CPU) != 0;
}

void
explore_known(struct explore *x)
{
	if (x->again != NULL || x->plainly || x->run->ended)
		return;
	x->known = 1;
	stand(x, x->probe && x->way->open ? MET : ENDS);
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

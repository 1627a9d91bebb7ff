/* explore.c: every behaviour over one trace: windows, branches, states. */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "branch.h"
#include "check.h"
#include "digest.h"
#include "explore_run.h"
#include "explore_story.h"
#include "host.h"
#include "run_state.h"

#define SEEN_MAX	(1u << 20)	/* states */
#define SEEN_SLOTS	(2 * SEEN_MAX)	/* a power of two */

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

/* Shared by all branches: one of them runs at a time. */
struct shared {
	struct explore_counts counts;
	int capped, cut, found, mutant_hit;
	char unknown[RUN_UNKNOWN_MAX];
	struct seen seen;
	struct seen ends;		/* explore_end_state() of windows */
};

struct picks {
	uint8_t *list;
	size_t n, max;
};

struct explore {
	const struct explore_config *config;
	const struct explore_way *again;	/* the way to be gone, or NULL */
	struct explore_story story;		/* of again */
	struct run *run;
	struct error *err;
	int failed;			/* err is set */
	struct shared *shared;
	int probe;			/* ends at the end of its window */
	int branch;			/* this is not the first process */
	int open;			/* inside of a window */
	int known;			/* another way leads on from here, too */
	enum choice_kind host_works;	/* the last choice that it works by */
	struct branch self;
	/* The way through this window: answers to begin with, then 0. */
	struct picks prefix;
	size_t asked;			/* in this window */
	struct picks path;		/* answers since the run began */
	size_t window;			/* of them, where the window began */
	struct picks ways_n;		/* alternatives of each of this window */
	struct explore_way *ways;
	size_t nways;
	/* Where this way came by within its window. */
	struct state *own;
	size_t nown, own_max;
	struct branch *later;		/* that wait, see probe_ends() */
	size_t nlater;
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

static void
picks_set(struct picks *p, const uint8_t *list, size_t n)
{
	p->n = 0;
	for (size_t i = 0; i < n; i++)
		picks_add(p, list[i]);
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
	int news = seen_add(&x->shared->seen, state);

	x->shared->counts.states += (uint64_t)news;
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
		free(w->choices);
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

	x->shared->found |= x->config->first && findings_fatal(f) != 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].fatal || f->list[i].told)
			way_add(x, run_finding_identity(
			    x->run->result->paths, &f->list[i]), x->path.list,
			    x->path.n);
}

/* --- between branches --- */

static void
ways_pack(const struct explore *x, struct bytes *out)
{
	bytes_add_le(out, x->nways, 8);
	for (size_t i = 0; i < x->nways; i++) {
		bytes_add_le(out, x->ways[i].identity, 8);
		bytes_add_le(out, x->ways[i].nchoices, 8);
		bytes_add(out, x->ways[i].choices, x->ways[i].nchoices);
	}
	explore_sites_pack(x->run, out);
}

static void
ways_unpack(struct explore *x, struct bytes_reader *in)
{
	uint64_t n = bytes_reader_le(in, 8);

	for (uint64_t i = 0; i < n; i++) {
		uint64_t identity = bytes_reader_le(in, 8);
		size_t len = (size_t)bytes_reader_le(in, 8);

		way_add(x, identity, bytes_reader_take(in, len), len);
	}
	explore_sites_unpack(x->run, in);
	CHECK(!in->bad);
}

/* How a way through a window ends, but for the next point. */
enum { OVER = 1, MET };

/* A probe's report: how its window ended, and what was asked in it. */
struct report {
	int over;			/* OVER: the run ended in it; MET */
	int known;			/* another one ended there */
	int stays;			/* it waits to be told to go on */
	uint8_t *picks, *ns;
	size_t n;
};

static void
report_pack(const struct explore *x, const struct report *r, struct bytes *out)
{
	size_t n = x->path.n - x->window;

	bytes_add_le(out, (uint64_t)r->over, 1);
	bytes_add_le(out, (uint64_t)r->known, 1);
	bytes_add_le(out, (uint64_t)r->stays, 1);
	bytes_add_le(out, n, 8);
	bytes_add(out, x->path.list + x->window, n);
	bytes_add(out, x->ways_n.list, n);
}

static void
report_unpack(struct bytes_reader *in, struct report *r)
{
	r->over = (int)bytes_reader_le(in, 1);
	r->known = (int)bytes_reader_le(in, 1);
	r->stays = (int)bytes_reader_le(in, 1);
	r->n = (size_t)bytes_reader_le(in, 8);
	r->picks = check_malloc(r->n + 1);
	r->ns = check_malloc(r->n + 1);
	for (int i = 0; i < 2; i++) {
		const uint8_t *p = bytes_reader_take(in, r->n);

		CHECK(p != NULL || r->n == 0);
		if (r->n != 0)
			memcpy(i == 0 ? r->picks : r->ns, p, r->n);
	}
}

static void
report_free(struct report *r)
{
	free(r->picks);
	free(r->ns);
}

/* What all ways have together, at the end of one. */
static void
shared_tell(struct explore *x)
{
	const struct run *r = x->run;

	x->shared->capped |= mem_order_capped(machine_mem(r->machine));
	if (x->shared->unknown[0] == '\0' && (r->result->declined != NULL ||
	    r->result->verdict == RUN_UNKNOWN))
		snprintf(x->shared->unknown, sizeof x->shared->unknown, "%s",
		    r->result->declined != NULL ? r->result->declined :
		    r->result->unknown);
	x->shared->mutant_hit |= r->door != NULL &&
	    door_mutant_hits(r->door) != 0;
}

/* This process becomes one that takes a window from here. */
static void
become(struct explore *x, const struct branch *b, int probe,
    const uint8_t *prefix, size_t n)
{
	x->self = *b;
	x->probe = probe;
	x->branch = 1;
	picks_set(&x->prefix, prefix, n);
	x->asked = 0;
	x->known = 0;
	x->nown = 0;
	x->ways_n.n = 0;
	free(x->ways);			/* whoever started it has them */
	x->ways = NULL;
	x->nways = 0;
}

/* A probe's window is over: who started it hears of it. */
static void
probe_tell(struct explore *x, const struct report *r)
{
	struct bytes out = { 0 };

	ways_of_run(x);
	shared_tell(x);
	report_pack(x, r, &out);
	ways_pack(x, &out);
	branch_tell(&x->self, &out);
	bytes_free(&out);
}

static _Noreturn void
probe_leave(struct explore *x, int over)
{
	const struct report r = { .over = over };
	const struct bytes nothing = { 0 };

	probe_tell(x, &r);
	branch_leave(&x->self, &nothing);
}

/*
 * The window's end.  If it is a new state, the probe stays: it waits until the
 * plain way has explored its own next window, for most states differ in what
 * that window makes equal again; what is still new then, it follows to the end.
 * The plain way's end is its starter's own.
 */
static void
probe_ends(struct explore *x, const struct state *end)
{
	struct report r = { 0 };
	const struct bytes nothing = { 0 };

	r.known = !end_add(x, *end);
	r.stays = !r.known && x->prefix.n != 0;
	probe_tell(x, &r);
	if (!r.stays)
		branch_leave(&x->self, &nothing);
	branch_wait(&x->self);
	become(x, &x->self, 0, NULL, 0);
}

/* --- one window --- */

static void
fail(struct explore *x)
{
	x->failed = 1;
	x->run->failed = x->run->ended = 1;
	*x->run->err = *x->err;
}

/* One way through the window: 1 in the branch that goes it. */
static int
probe(struct explore *x, const uint8_t *prefix, size_t n, struct report *r)
{
	struct bytes bytes = { 0 }, rest = { 0 };
	struct bytes_reader in;
	struct branch b;
	int which = n != 0 ? branch_start_later(&b, x->err) :
	    branch_start(&b, x->err);

	if (which == 1) {
		become(x, &b, 1, prefix, n);
		x->nlater = 0;		/* they are not this one's */
		return 1;
	}
	memset(r, 0, sizeof *r);
	if (which < 0 || branch_hear(&b, &bytes, x->err) != 0) {
		fail(x);
		bytes_free(&bytes);
		return 0;
	}
	in = (struct bytes_reader){ bytes.data, bytes.data + bytes.len, 0 };
	report_unpack(&in, r);
	ways_unpack(x, &in);
	bytes_free(&bytes);
	x->shared->counts.executions++;
	if (r->stays) {
		x->later = check_realloc(x->later, (x->nlater + 1) * sizeof b);
		x->later[x->nlater++] = b;
	} else if (branch_join(&b, &rest, x->err) != 0) {
		fail(x);
	}
	bytes_free(&rest);
	return 0;
}

/* The first n that wait go on, one after the other, each to its end. */
static void
pursue_later(struct explore *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bytes bytes = { 0 };
		struct bytes_reader in;

		branch_go(&x->later[i]);
		if (branch_join(&x->later[i], &bytes, x->err) != 0) {
			if (!x->failed)
				fail(x);
			continue;
		}
		in = (struct bytes_reader){ bytes.data,
		    bytes.data + bytes.len, 0 };
		ways_unpack(x, &in);
		bytes_free(&bytes);
	}
	if (n != 0)
		memmove(x->later, x->later + n,
		    (x->nlater - n) * sizeof x->later[0]);
	x->nlater -= n;
}

struct window {
	struct report *todo;		/* ways to be gone, as prefixes */
	size_t ntodo, todo_max;
	uint64_t ways;
};

static void
todo_add(struct window *w, const struct report *r, size_t at, uint8_t pick)
{
	struct report *t;

	if (w->ntodo == w->todo_max) {
		w->todo_max = w->todo_max != 0 ? 2 * w->todo_max : 16;
		w->todo = check_realloc(w->todo,
		    w->todo_max * sizeof w->todo[0]);
	}
	t = &w->todo[w->ntodo++];
	memset(t, 0, sizeof *t);
	t->picks = check_malloc(at + 1);
	memcpy(t->picks, r->picks, at);
	t->picks[at] = pick;
	t->n = at + 1;
}

/* The ways that part from this one behind its prefix, the last first. */
static void
todo_add_all(struct window *w, const struct report *r, size_t prefix)
{
	for (size_t i = prefix; i < r->n; i++)
		for (unsigned k = r->ns[i]; k-- > 1;)
			todo_add(w, r, i, (uint8_t)k);
}

static int
is_cut(const struct explore *x)
{
	uint64_t max = x->config->executions_max;

	return x->failed || x->shared->found ||
	    (max != 0 && x->shared->counts.executions >= max);
}

/*
 * All ways through the window that begins here.  Returns in the process that
 * goes on from here, whichever that is: a probe, or, when all of them are done,
 * this one, the plain way.
 */
static void
window_explore(struct explore *x, size_t waiting)
{
	struct window w = { 0 };
	struct report r;
	struct state now;
	size_t prefix = 0;

	CHECK(machine_host_has_state(x->run->machine));
	x->open = 1;
	x->window = x->path.n;
	x->ways_n.n = 0;
	x->asked = 0;
	x->prefix.n = 0;
	/* So that what did not change is not looked at by every branch. */
	state_init(&now);
	explore_state(x->run, &now);
	if (probe(x, NULL, 0, &r))
		return;
	x->shared->counts.windows++;
	for (;;) {
		todo_add_all(&w, &r, prefix);
		w.ways++;
		/* The plain way's end is this process's own. */
		if (w.ways == 1 && !x->failed && r.over != OVER)
			x->known = r.over == MET || r.known;
		x->shared->counts.merged += r.over == MET || r.known;
		report_free(&r);
		if (w.ntodo == 0 || is_cut(x))
			break;
		struct report t = w.todo[--w.ntodo];

		prefix = t.n;
		if (probe(x, t.picks, t.n, &r))
			return;
		report_free(&t);
	}
	x->shared->cut |= w.ntodo != 0;

	if (w.ways > x->shared->counts.wide)
		x->shared->counts.wide = w.ways;
	while (w.ntodo > 0)
		report_free(&w.todo[--w.ntodo]);
	free(w.todo);
	if (waiting != 0)
		pursue_later(x, waiting);
	x->prefix.n = x->asked = 0;
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

/*
 * A host that may pause is between two chains, and of the simulator nothing else
 * is under way but what it was let to work by: so ways may meet there, too.
 */
static unsigned
ask(void *self, enum choice_kind kind, unsigned n)
{
	struct explore *x = self;
	unsigned picked;

	if (!explore_tries(x, kind))
		n = 1;
	else if (kind == CHOICE_HOST_PAUSE)
		explore_meet(x, kind, (uint64_t)x->host_works);
	else if (lets_host_work(kind))
		x->host_works = kind;
	if (n > 1 && !x->open && !x->failed && !x->known) {
		if (is_cut(x))
			x->shared->cut = 1;
		else
			window_explore(x, x->nlater);
	}
	picked = x->asked < x->prefix.n ? x->prefix.list[x->asked] : 0;
	CHECK(picked < n);
	x->asked++;
	picks_add(&x->path, (uint8_t)picked);
	picks_add(&x->ways_n, (uint8_t)n);
	x->shared->counts.choices += x->probe;
	state_stack_clean();
	return picked;
}

void
explore_begin(struct explore *x, struct run *r)
{
	struct choice *c = machine_choice(r->machine);

	x->run = r;
	c->mode = CHOICE_ASKED;
	c->kinds = EXPLORE_KINDS;
	c->ask = x->again != NULL ? ask_again : ask;
	c->ask_self = x;
}

/* What a host could tell of a window's end. */
static void
end_seen(struct explore *x)
{
	struct state end;

	state_init(&end);
	explore_end_state(x->run, &end);
	(void)seen_add(&x->shared->ends, end);
}

void
explore_dma(struct explore *x, const struct machine_dma *a)
{
	if (x->again != NULL)
		explore_story_dma(&x->story, x->run, a);
}

void
explore_point(struct explore *x)
{
	struct state s;

	if (x->again != NULL)
		return;
	if (x->known && !x->probe && x->branch)
		explore_end(x);
	if (x->failed || x->run->ended || x->known)
		return;
	if (x->probe) {
		state_init(&s);
		explore_state(x->run, &s);
		end_seen(x);
		probe_ends(x, &s);
	}
	if (x->branch && x->shared->found)
		explore_end(x);
	x->open = 0;
	state_stack_clean();
}

void
explore_end(struct explore *x)
{
	struct bytes out = { 0 };

	if (x->run == NULL || x->again != NULL)
		return;
	pursue_later(x, x->nlater);
	if (x->failed)
		return;
	if (x->probe) {
		if (!x->run->failed)
			end_seen(x);
		probe_leave(x, OVER);
	}
	shared_tell(x);
	if (!x->branch)
		return;
	ways_of_run(x);
	ways_pack(x, &out);
	branch_leave(&x->self, &out);
}

/*
 * Whether this way was here before: a loop that waits for the host.  It is gone
 * no further if the host has something to do, for its doing that is another way
 * from here; else nothing ever ends it, which is for the run to find (rule X3).
 */
static int
goes_round(struct explore *x, const struct state *s)
{
	for (size_t i = 0; i < x->nown; i++)
		if (state_same(&x->own[i], s))
			return 1;
	return 0;
}

static void
own_add(struct explore *x, const struct state *s)
{
	if (x->nown == x->own_max) {
		x->own_max = x->own_max != 0 ? 2 * x->own_max : 16;
		x->own = check_realloc(x->own, x->own_max *
		    sizeof x->own[0]);
	}
	x->own[x->nown++] = *s;
}

/*
 * Within a window, too, a way that comes to a state where another one was is
 * gone no further: who was there first asks, and takes, all that is left (rule
 * X2).
 */
void
explore_meet(struct explore *x, enum choice_kind kind, uint64_t where)
{
	struct state s;

	if (!x->probe || !x->open || x->failed || x->run->ended ||
	    x->asked < x->prefix.n)
		return;
	state_init(&s);
	state_add_u64(&s, kind);
	state_add_u64(&s, where);
	explore_state(x->run, &s);
	if (seen_add(&x->shared->seen, s))
		own_add(x, &s);
	else if (!goes_round(x, &s) || (kind == CHOICE_HOST_LATE &&
	    x->prefix.n != 0 && machine_host_busy(x->run->machine)))
		probe_leave(x, MET);
	state_stack_clean();
}

int
explore_tries(const struct explore *x, enum choice_kind kind)
{
	uint32_t kinds = x->config->kinds != 0 ? x->config->kinds :
	    EXPLORE_USUAL;

	return x->again == NULL && (kinds >> kind & 1) != 0;
}

int
explore_compares(const struct explore *x)
{
	return x->again != NULL || explore_tries(x, CHOICE_CPU);
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
			free(x->ways[i].choices);
		else
			x->ways[to++] = x->ways[i];
	}
	x->nways = to;
}

static void
ways_free(struct explore_way *ways, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(ways[i].choices);
	free(ways);
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
	free(list);
}

static void
explore_done(struct explore *x, struct explore_result *result)
{
	ways_sift(x, &result->plain);
	result->ways = x->ways;
	result->nways = x->nways;
	result->counts = x->shared->counts;
	result->capped = x->shared->capped;
	result->cut = x->shared->cut || x->shared->seen.full ||
	    x->shared->ends.full;
	ends_done(&x->shared->ends, result);
	memcpy(result->unknown, x->shared->unknown, sizeof result->unknown);
	result->mutant_hit = x->shared->mutant_hit;
}

int
explore_execute(const struct explore_config *config,
    struct explore_result *result, struct error *err)
{
	struct run_config run = config_of(config);
	struct explore x;
	int failed;

	memset(result, 0, sizeof *result);
	memset(&x, 0, sizeof x);
	x.config = config;
	x.err = err;
	x.self.go = -1;
	x.shared = host_map_shared(sizeof *x.shared, err);
	if (x.shared == NULL)
		return -1;
	run.explore = &x;
	failed = run_execute(&run, &result->plain, err) != 0;
	if (!failed)
		explore_done(&x, result);
	else
		ways_free(x.ways, x.nways);
	host_unmap(x.shared, sizeof *x.shared);
	free(x.prefix.list);
	free(x.path.list);
	free(x.ways_n.list);
	free(x.later);
	free(x.own);
	return failed ? -1 : 0;
}

void
explore_result_free(struct explore_result *r)
{
	ways_free(r->ways, r->nways);
	run_result_free(&r->plain);
	memset(r, 0, sizeof *r);
}

/* In the order of EXPLORE_MORE. */
static const struct {
	const char *name;
	enum choice_kind kind;
} kinds_more[] = {
	{ "interrupts", CHOICE_ARRIVAL }, { "pauses", CHOICE_HOST_PAUSE },
	{ "cpus", CHOICE_CPU },
};
#define KINDS_MORE	(sizeof kinds_more / sizeof kinds_more[0])

int
explore_kinds_read(const char *list, uint32_t *kinds, struct error *err)
{
	const char *p = list;

	*kinds = EXPLORE_USUAL;
	while (p != NULL) {
		size_t len = strcspn(p, ","), i = 0;

		while (i < KINDS_MORE && (strlen(kinds_more[i].name) != len ||
		    memcmp(kinds_more[i].name, p, len) != 0))
			i++;
		if (i == KINDS_MORE)
			return error_set(err, ERROR_USAGE, "\"%.*s\" is "
			    "nothing that can be tried: " EXPLORE_MORE ", or "
			    "several with commas between", (int)(len < 40 ?
			    len : 40), p);
		*kinds |= 1u << kinds_more[i].kind;
		p = p[len] == ',' ? p + len + 1 : NULL;
	}
	return 0;
}

void
explore_kinds_text(uint32_t kinds, struct bytes *out)
{
	const char *comma = "";

	for (size_t i = 0; i < KINDS_MORE; i++)
		if ((kinds >> kinds_more[i].kind & 1) != 0) {
			bytes_printf(out, "%s%s", comma, kinds_more[i].name);
			comma = ",";
		}
}

void
explore_way_text(const struct explore_way *way, struct bytes *out)
{
	const char *comma = "";

	for (size_t i = 0; i < way->nchoices; i++)
		if (way->choices[i] != 0) {
			bytes_printf(out, "%s%zu=%u", comma, i,
			    way->choices[i]);
			comma = ",";
		}
}

/* One "NUMBER=ALTERNATIVE" behind what the way has, and *text behind it. */
static int
way_read_one(const char **text, struct explore_way *way)
{
	unsigned long long at, pick;
	char *end;

	if (**text < '0' || **text > '9')
		return -1;
	at = strtoull(*text, &end, 10);
	if (*end != '=' || end[1] < '0' || end[1] > '9' ||
	    at >= EXPLORE_CHOICES_MAX || at < way->nchoices)
		return -1;
	pick = strtoull(end + 1, &end, 10);
	if (pick == 0 || pick > 254)
		return -1;
	way->choices = check_realloc(way->choices, at + 1);
	memset(way->choices + way->nchoices, 0, at - way->nchoices);
	way->choices[at] = (uint8_t)pick;
	way->nchoices = (size_t)at + 1;
	way->taken++;
	*text = end;
	return 0;
}

int
explore_way_read(const char *text, struct explore_way *way, struct error *err)
{
	const char *at = text;
	int ret;

	memset(way, 0, sizeof *way);
	do {
		ret = way_read_one(&at, way);
	} while (ret == 0 && *at++ == ',');
	if (ret == 0 && at[-1] == '\0')
		return 0;
	free(way->choices);
	memset(way, 0, sizeof *way);
	return error_set(err, ERROR_USAGE, "\"%.40s\" is no list of choices: "
	    "NUMBER=ALTERNATIVE, ascending, with commas between, as prove "
	    "prints it", text);
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

int
explore_is_plain(const struct explore *x)
{
	return !x->branch;
}

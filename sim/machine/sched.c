/* sched.c: who runs: contexts as fibers, interrupts, timers, virtual clock. */
#include "sched.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"
#include "snapshot.h"

/*
 * A loop that neither stores nor asks for anything new is taken to wait for
 * the host after POLL_IDLE events; after STALLS_MAX such waits in which nobody
 * could do anything, nobody ever will.
 */
#define POLL_IDLE	256u
#define STALLS_MAX	4096u
#define ARRIVALS_MAX	16u		/* interrupts to choose from */
#define STORM_MAX	10000u		/* handlers in a row at one point */
/* Longer than any driver waits; timeouts that come again keep time going. */
#define PATIENCE_NS	UINT64_C(60000000000)

struct handler {
	uint32_t irq;
	int ipl;
	int mpsafe;
	uint64_t token;
};

struct timer {
	uint64_t token, due_ns, seq;
};

struct soft {
	uint64_t token;
	int ipl;
};

enum work { WORK_NONE, WORK_INTERRUPT, WORK_SOFTINTR, WORK_TIMEOUT,
    WORK_SECOND };

struct context {
	struct sched *sched;
	struct host_fiber *fiber;
	void *stack;
	struct host_fiber *back;	/* whom it interrupted */
	enum work work;
	uint64_t token;
};

/* A CPU that does not run, while the other one does. */
struct cpu {
	struct host_fiber *fiber;
	int ipl;
	int spins;			/* for what the other one has */
};

struct sched {
	struct sched_calls calls;
	void *self;
	struct host_fiber *main, *running;
	struct context process, nested[SCHED_NESTED_MAX];
	unsigned depth;			/* nested contexts that are busy */
	void (*fn)(void *);
	void *arg;
	int process_ended, abandoned, in_guest;
	/* The second CPU's handlers, of one interrupt at a time. */
	struct context second;
	int second_busy, joining;
	uint32_t second_irq;
	uint64_t second_token;		/* of the handler */
	unsigned cpu;			/* that runs */
	struct cpu cpus[2];
	int sleeping, timed_out;
	uint64_t sleep_channel, sleep_due_ns;
	int ipl;
	uint64_t now_ns, seq;
	int in_grains;			/* deadlines are */
	int clock_read;			/* by the guest, once */
	int ties;			/* two deadlines were in one grain */
	int timers_come;		/* at calls, if somebody chooses so */
	/* For what the host's context lets time pass; see idle_until(). */
	int idles, idles_for_process;
	uint64_t idles_until_ns, patience_ns;
	/* Handlers so far at the point where each depth was interrupted: here,
	   for on a stack they would be part of a state (rule X3). */
	unsigned delivered[SCHED_NESTED_MAX + 1];
	struct handler handlers[SCHED_HANDLERS_MAX];
	size_t nhandlers;
	uint8_t level[SCHED_IRQS_MAX], edge[SCHED_IRQS_MAX];
	struct timer timers[SCHED_TIMERS_MAX];
	size_t ntimers;
	struct soft soft[SCHED_TIMERS_MAX];
	size_t nsoft;
	struct mem_activity activity;
	unsigned stalls;
};

static void second_run(struct sched *s);
static void second_end(struct sched *s);

static void
context_run(struct context *c)
{
	struct sched *s = c->sched;

	switch (c->work) {
	case WORK_SECOND:
		second_run(s);
		break;
	case WORK_INTERRUPT:
		s->calls.interrupt(s->self, c->token);
		break;
	case WORK_SOFTINTR:
		s->calls.softintr(s->self, c->token);
		break;
	case WORK_TIMEOUT:
		s->calls.timeout(s->self, c->token);
		break;
	default:
		s->fn(s->arg);
		break;
	}
}

/* A fiber serves one piece of work after the other, for ever. */
static void
context_main(void *arg)
{
	struct context *c = arg;

	for (;;) {
		context_run(c);
		if (c == &c->sched->process)
			c->sched->process_ended = 1;
		if (c == &c->sched->second) {
			second_end(c->sched);
			continue;
		}
		c->sched->running = c->back;
		host_fiber_switch(c->fiber, c->back);
	}
}

/*
 * A stack, below it what nobody may touch: who runs over it faults there, and
 * does not reach other memory of ours.
 */
static void *
stack_create(void)
{
	char *p = host_map(SCHED_STACK_GUARD + SCHED_STACK_SIZE, NULL);

	CHECK(p != NULL && host_protect(p, SCHED_STACK_GUARD, 0, NULL) == 0);
	snapshot_track_stack(p + SCHED_STACK_GUARD, SCHED_STACK_SIZE);
	return p + SCHED_STACK_GUARD;
}

static void
stack_have(struct context *c)
{
	if (c->stack == NULL)
		c->stack = stack_create();
}

static void
context_start(struct sched *s, struct context *c)
{
	stack_have(c);
	c->sched = s;
	if (c->fiber == NULL)
		c->fiber = host_fiber_create(c->stack, SCHED_STACK_SIZE,
		    context_main, c);
}

struct sched *
sched_create(const struct sched_calls *calls, void *self)
{
	struct sched *s = check_calloc(1, sizeof *s);

	s->calls = *calls;
	s->self = self;
	s->activity.limit = POLL_IDLE;
	s->main = host_fiber_create_self();
	s->running = s->main;
	return s;
}

static void
context_end(struct context *c)
{
	if (c->fiber != NULL)
		host_fiber_destroy(c->fiber);
	if (c->stack == NULL)
		return;
	snapshot_untrack(c->stack);
	host_unmap((char *)c->stack - SCHED_STACK_GUARD,
	    SCHED_STACK_GUARD + SCHED_STACK_SIZE);
}

void
sched_destroy(struct sched *s)
{
	if (s == NULL)
		return;
	context_end(&s->process);
	context_end(&s->second);
	for (unsigned i = 0; i < SCHED_NESTED_MAX; i++)
		context_end(&s->nested[i]);
	host_fiber_destroy(s->main);
	check_free(s);
}

struct host_fiber *
sched_fiber(const struct sched *s)
{
	return s->running;
}

int
sched_in_guest(const struct sched *s)
{
	return s->running != s->main;
}

void
sched_stack(const struct sched *s, uint64_t *low, uint64_t *high)
{
	const struct context *c = &s->process;

	for (unsigned i = 0; i < s->depth; i++)
		if (s->nested[i].fiber == s->running)
			c = &s->nested[i];
	if (s->cpu != 0)
		c = &s->second;
	*low = (uint64_t)(uintptr_t)c->stack;
	*high = s->running == s->main ? *low : *low + SCHED_STACK_SIZE;
}

uint64_t
sched_now_ns(const struct sched *s)
{
	return s->now_ns;
}

uint64_t
sched_clock_read(struct sched *s)
{
	s->clock_read = 1;
	return s->now_ns;
}

_Noreturn void
sched_abandon(struct sched *s)
{
	struct host_fiber *from = s->running;

	CHECK(from != s->main);
	s->abandoned = 1;
	if (s->cpu != 0)
		s->calls.cpu(s->self, 0, 0);
	s->cpu = 0;
	s->running = s->main;
	host_fiber_switch(from, s->main);
	CHECK(!"an abandoned context ran again");
	abort();
}

void
sched_stop(struct sched *s)
{
	s->abandoned = 1;
	if (sched_in_guest(s))
		sched_abandon(s);
}

int
sched_stopped(const struct sched *s)
{
	return s->abandoned;
}

static void
switch_to(struct sched *s, struct context *c)
{
	struct host_fiber *from = s->running;

	c->back = from;
	s->running = c->fiber;
	host_fiber_switch(from, c->fiber);
}

/* --- the second CPU --- */

unsigned
sched_cpu(const struct sched *s)
{
	return s->cpu;
}

static void
cpu_runs(struct sched *s, unsigned cpu)
{
	s->cpu = cpu;
	s->running = s->cpus[cpu].fiber;
	s->ipl = s->cpus[cpu].ipl;
	s->calls.cpu(s->self, cpu, s->second_busy);
}

/* The other CPU goes on, until it is this one's turn again. */
static void
cpu_switch(struct sched *s)
{
	struct cpu *from = &s->cpus[s->cpu];

	from->fiber = s->running;
	from->ipl = s->ipl;
	sched_progress(s);
	cpu_runs(s, !s->cpu);
	host_fiber_switch(from->fiber, s->running);
}

static int
is_pending(const struct sched *s, const struct handler *h)
{
	return (s->level[h->irq] || s->edge[h->irq]) &&
	    !(s->second_busy && h->irq == s->second_irq);
}

/*
 * Rule K1: an interrupt that comes to the second CPU, if somebody chooses so:
 * all of its handlers say that they need no kernel lock, and it is at no other
 * work.
 */
static int
second_may_start(struct sched *s, int above)
{
	const struct handler *best = NULL;

	if (s->calls.other_cpu == NULL || s->second_busy || s->cpu != 0)
		return 0;
	for (size_t i = 0; i < s->nhandlers; i++) {
		const struct handler *h = &s->handlers[i];
		int all = h->mpsafe;

		for (size_t k = 0; k < s->nhandlers; k++)
			all &= s->handlers[k].irq != h->irq ||
			    s->handlers[k].mpsafe;
		if (all && is_pending(s, h) && h->ipl > above && (best == NULL ||
		    h->ipl > best->ipl))
			best = h;
	}
	if (best == NULL || !s->calls.other_cpu(s->self))
		return 0;
	context_start(s, &s->second);
	s->second.work = WORK_SECOND;
	s->second_busy = 1;
	s->second_irq = best->irq;
	s->edge[best->irq] = 0;
	s->cpus[1].fiber = s->second.fiber;
	s->cpus[1].ipl = SCHED_IPL_NONE;
	s->cpus[1].spins = 0;
	cpu_switch(s);
	return 1;
}

static void
second_run(struct sched *s)
{
	for (size_t i = 0; i < s->nhandlers && !s->abandoned; i++)
		if (s->handlers[i].irq == s->second_irq) {
			s->ipl = s->handlers[i].ipl;
			s->second_token = s->handlers[i].token;
			s->calls.interrupt(s->self, s->second_token);
		}
}

static void
second_end(struct sched *s)
{
	struct host_fiber *self = s->second.fiber;

	s->second_busy = 0;
	s->cpus[0].spins = 0;
	sched_progress(s);
	cpu_runs(s, 0);
	host_fiber_switch(self, s->running);
}

/* Whether the CPU that does not run has something to do. */
static int
other_has_work(const struct sched *s)
{
	const struct cpu *other = &s->cpus[!s->cpu];

	if (!s->second_busy || other->spins)
		return 0;
	if (s->cpu == 0 || other->fiber != s->main)
		return 1;
	/* The first one idles. */
	if (s->joining)
		return 0;
	if (s->nsoft != 0 || (s->idles_for_process && !s->sleeping &&
	    !s->process_ended))
		return 1;
	for (size_t i = 0; i < s->nhandlers; i++)
		if (is_pending(s, &s->handlers[i]))
			return 1;
	return 0;
}

void
sched_turn(struct sched *s)
{
	if (!sched_in_guest(s) || s->abandoned || s->calls.other_cpu == NULL)
		return;
	if (!s->second_busy)
		(void)second_may_start(s, SCHED_IPL_NONE);
	else if (other_has_work(s) && s->calls.other_cpu(s->self))
		cpu_switch(s);
}

void
sched_spin(struct sched *s)
{
	struct cpu *other = &s->cpus[!s->cpu];

	/* The first one idles while the second spins: who sleeps has it. */
	if (!s->second_busy || other->spins || (s->cpu == 1 &&
	    other->fiber == s->main && s->joining)) {
		s->calls.no_progress(s->self);
		sched_abandon(s);
	}
	s->cpus[s->cpu].spins = 1;
	cpu_switch(s);
}

void
sched_spun(struct sched *s)
{
	s->cpus[!s->cpu].spins = 0;
}

int
sched_handles_elsewhere(const struct sched *s, uint64_t token)
{
	return s->second_busy && s->cpu == 0 && s->second_token == token;
}

/* What the second CPU has begun comes to its end; the first one idles. */
static void
second_join(struct sched *s)
{
	s->joining = 1;
	while (s->second_busy && !s->abandoned) {
		if (s->cpus[1].spins) {
			s->calls.no_progress(s->self);
			sched_stop(s);
			break;
		}
		cpu_switch(s);
	}
	s->joining = 0;
}

/* --- delivery --- */

static int
is_deliverable(const struct sched *s, const struct handler *h)
{
	return is_pending(s, h) && h->ipl > s->ipl;
}

/* Whether something may come between the accesses of what runs. */
static int
is_exposed(const struct sched *s)
{
	if (s->timers_come && s->ntimers != 0 &&
	    s->ipl < SCHED_IPL_SOFTCLOCK)
		return 1;
	for (size_t i = 0; i < s->nhandlers; i++)
		if (is_deliverable(s, &s->handlers[i]))
			return 1;
	return 0;
}

static void
stretch_tell(struct sched *s, enum sched_stretch what)
{
	if (s->calls.stretch != NULL && s->cpu == 0)
		s->calls.stretch(s->self, s->depth, what, is_exposed(s));
}

static void
nest(struct sched *s, enum work work, uint64_t token, int ipl)
{
	struct context *c;
	int old = s->ipl;

	CHECK(s->depth < SCHED_NESTED_MAX);
	c = &s->nested[s->depth++];
	context_start(s, c);
	c->work = work;
	c->token = token;
	s->ipl = ipl;
	sched_progress(s);
	stretch_tell(s, STRETCH_BEGINS);
	switch_to(s, c);
	if (s->abandoned)
		return;
	s->ipl = old;
	s->depth--;
	stretch_tell(s, STRETCH_BACK);
}

/* Whether an earlier handler has the same interrupt: it comes once. */
static int
is_shared_with_earlier(const struct sched *s, const struct handler *h)
{
	for (const struct handler *e = s->handlers; e < h; e++)
		if (e->irq == h->irq && is_deliverable(s, e))
			return 1;
	return 0;
}

/*
 * The highest handler above the present level whose interrupt is pending.
 * Others that are pending may come first, or none of them yet, if somebody
 * chooses so: *later is then set.
 */
static const struct handler *
pending_handler(struct sched *s, int *later)
{
	const struct handler *best = NULL;
	unsigned n = 0, nth;

	for (size_t i = 0; i < s->nhandlers; i++) {
		const struct handler *h = &s->handlers[i];

		if (!is_deliverable(s, h))
			continue;
		n += !is_shared_with_earlier(s, h);
		if (best == NULL || h->ipl > best->ipl)
			best = h;
	}
	if (best == NULL || later == NULL || s->calls.arrival == NULL)
		return best;
	if (n > ARRIVALS_MAX)
		n = ARRIVALS_MAX;
	nth = s->calls.arrival(s->self, n + 1);
	if (nth >= n) {
		*later = 1;
		return NULL;
	}
	for (size_t i = 0; i < s->nhandlers && nth > 0; i++) {
		const struct handler *h = &s->handlers[i];

		if (is_deliverable(s, h) && h->irq != best->irq &&
		    !is_shared_with_earlier(s, h) && --nth == 0)
			return h;
	}
	return best;
}

/* All handlers of one interrupt, as a shared line wants. */
static void
deliver_irq(struct sched *s, uint32_t irq)
{
	s->edge[irq] = 0;
	for (size_t i = 0; i < s->nhandlers && !s->abandoned; i++)
		if (s->handlers[i].irq == irq)
			nest(s, WORK_INTERRUPT, s->handlers[i].token,
			    s->handlers[i].ipl > s->ipl ? s->handlers[i].ipl :
			    s->ipl);
}

static int
deliver_soft(struct sched *s)
{
	size_t best = s->nsoft;

	for (size_t i = 0; i < s->nsoft; i++)
		if (s->soft[i].ipl > s->ipl && (best == s->nsoft ||
		    s->soft[i].ipl > s->soft[best].ipl))
			best = i;
	if (best == s->nsoft)
		return 0;
	struct soft soft = s->soft[best];

	memmove(&s->soft[best], &s->soft[best + 1],
	    (s->nsoft - best - 1) * sizeof s->soft[0]);
	s->nsoft--;
	nest(s, WORK_SOFTINTR, soft.token, soft.ipl);
	return 1;
}

static void
advance(struct sched *s, uint64_t to_ns)
{
	if (to_ns <= s->now_ns)
		return;
	s->now_ns = to_ns;
	s->calls.time(s->self, to_ns);
}

/* early: one that is not due may come, for time may have passed (rule X5). */
static int
deliver_timer(struct sched *s, int early)
{
	uint64_t token;

	if (s->ntimers == 0 || s->ipl >= SCHED_IPL_SOFTCLOCK)
		return 0;
	if (s->timers[0].due_ns > s->now_ns) {
		if (!early || s->calls.timer == NULL ||
		    !s->calls.timer(s->self))
			return 0;
		advance(s, s->timers[0].due_ns);
	}
	token = s->timers[0].token;
	memmove(&s->timers[0], &s->timers[1],
	    (s->ntimers - 1) * sizeof s->timers[0]);
	s->ntimers--;
	nest(s, WORK_TIMEOUT, token, SCHED_IPL_SOFTCLOCK);
	return 1;
}

/* may_wait: interrupts may come later than here, if somebody chooses so. */
static int
deliver(struct sched *s, int may_wait)
{
	unsigned *done = &s->delivered[s->depth];
	int later = 0;

	for (*done = 0; !s->abandoned; ++*done) {
		const struct handler *h = later ? NULL :
		    pending_handler(s, may_wait ? &later : NULL);

		if (*done > STORM_MAX) {
			s->calls.no_progress(s->self);
			sched_stop(s);
			break;
		}
		if (h != NULL)
			deliver_irq(s, h->irq);
		else if (!deliver_soft(s) && !deliver_timer(s, may_wait &&
		    *done == 0))
			break;
	}
	if (!s->abandoned)
		stretch_tell(s, STRETCH_BEGINS);
	return *done != 0;
}

/* The second CPU is at an interrupt's level: nothing nests there. */
void
sched_poll(struct sched *s)
{
	if (!sched_in_guest(s) || s->abandoned || s->cpu != 0)
		return;
	(void)second_may_start(s, s->ipl);
	if (!s->abandoned)
		(void)deliver(s, 1);
}

/* --- polling --- */

void
sched_progress(struct sched *s)
{
	s->activity.idle = 0;
	s->stalls = 0;
}

struct mem_activity *
sched_memory_activity(struct sched *s)
{
	return &s->activity;
}

void
sched_idle(struct sched *s)
{
	s->activity.idle = 0;
	if (!sched_in_guest(s))
		return;
	if (s->activity.stored)
		s->stalls = 0;
	s->activity.stored = 0;
	if (s->calls.host_step(s->self, 1) == 1 || (s->cpu == 0 &&
	    deliver(s, 0))) {
		s->stalls = 0;
		return;
	}
	if (other_has_work(s)) {
		unsigned stalls = s->stalls;

		cpu_switch(s);
		s->stalls = stalls;
	}
	if (++s->stalls > STALLS_MAX) {
		s->calls.no_progress(s->self);
		sched_abandon(s);
	}
}

void
sched_activity(struct sched *s, int store)
{
	if (store)
		sched_progress(s);
	else if (++s->activity.idle >= POLL_IDLE)
		sched_idle(s);
}

/* --- spl, interrupts, timers --- */

int
sched_spl(struct sched *s, int level)
{
	int old = s->ipl;

	/* What waits comes before it, or when the level is low again. */
	if (level > old && is_exposed(s))
		sched_poll(s);
	s->ipl = level;
	if (level < old)
		sched_poll(s);
	else
		stretch_tell(s, STRETCH_GOES_ON);
	return old;
}

int
sched_spl_get(const struct sched *s)
{
	return s->ipl;
}

int
sched_establish(struct sched *s, uint32_t irq, int ipl, uint64_t token,
    const char *name)
{
	(void)name;
	if (s->nhandlers == SCHED_HANDLERS_MAX || irq >= SCHED_IRQS_MAX)
		return -1;
	s->handlers[s->nhandlers].irq = irq;
	s->handlers[s->nhandlers].ipl = ipl;
	s->handlers[s->nhandlers].mpsafe = 0;
	s->handlers[s->nhandlers].token = token;
	s->nhandlers++;
	return 0;
}

void
sched_mpsafe(struct sched *s, uint64_t token)
{
	for (size_t i = 0; i < s->nhandlers; i++)
		if (s->handlers[i].token == token)
			s->handlers[i].mpsafe = 1;
}

void
sched_disestablish(struct sched *s, uint64_t token)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nhandlers; i++)
		if (s->handlers[i].token != token)
			s->handlers[kept++] = s->handlers[i];
	s->nhandlers = kept;
}

size_t
sched_handler_count(const struct sched *s)
{
	return s->nhandlers;
}

void
sched_irq_line(struct sched *s, uint32_t irq, int level)
{
	if (irq < SCHED_IRQS_MAX)
		s->level[irq] = level != 0;
	stretch_tell(s, STRETCH_GOES_ON);
}

void
sched_irq_edge(struct sched *s, uint32_t irq)
{
	if (irq < SCHED_IRQS_MAX)
		s->edge[irq] = 1;
	stretch_tell(s, STRETCH_GOES_ON);
}

void
sched_softintr(struct sched *s, uint64_t token, int ipl)
{
	for (size_t i = 0; i < s->nsoft; i++)
		if (s->soft[i].token == token)
			return;
	CHECK(s->nsoft < SCHED_TIMERS_MAX);
	s->soft[s->nsoft].token = token;
	s->soft[s->nsoft++].ipl = ipl;
	sched_poll(s);
}

void
sched_softintr_cancel(struct sched *s, uint64_t token)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nsoft; i++)
		if (s->soft[i].token != token)
			s->soft[kept++] = s->soft[i];
	s->nsoft = kept;
}

int
sched_timer_pending(const struct sched *s, uint64_t token)
{
	for (size_t i = 0; i < s->ntimers; i++)
		if (s->timers[i].token == token)
			return 1;
	return 0;
}

int
sched_timer_del(struct sched *s, uint64_t token)
{
	for (size_t i = 0; i < s->ntimers; i++)
		if (s->timers[i].token == token) {
			memmove(&s->timers[i], &s->timers[i + 1],
			    (s->ntimers - i - 1) * sizeof s->timers[0]);
			s->ntimers--;
			return 1;
		}
	return 0;
}

void
sched_explore_begin(struct sched *s, int timers_come)
{
	s->in_grains = 1;
	s->timers_come = timers_come != 0;
	stack_have(&s->process);
	stack_have(&s->second);
	for (unsigned i = 0; i < SCHED_NESTED_MAX; i++)
		stack_have(&s->nested[i]);
}

/* Now, as far as deadlines know. */
static uint64_t
grain_now(const struct sched *s)
{
	return s->in_grains ? s->now_ns - s->now_ns % SCHED_TIME_GRAIN_NS :
	    s->now_ns;
}

/* A deadline (rule X1). */
static uint64_t
due_in(const struct sched *s, uint64_t ns)
{
	uint64_t now = grain_now(s), rest = ns % SCHED_TIME_GRAIN_NS;

	if (ns >= SCHED_FOREVER - s->now_ns - SCHED_TIME_GRAIN_NS)
		return SCHED_FOREVER;
	if (s->in_grains && rest != 0)
		ns += SCHED_TIME_GRAIN_NS - rest;
	return now + ns;
}

/* Of two deadlines in one grain it is not known which is the first. */
static void
ties_note(struct sched *s, uint64_t due_ns)
{
	for (size_t i = 0; i < s->ntimers; i++)
		s->ties |= due_ns != SCHED_FOREVER &&
		    s->timers[i].due_ns / SCHED_TIME_GRAIN_NS ==
		    due_ns / SCHED_TIME_GRAIN_NS;
}

int
sched_time_matters(const struct sched *s)
{
	return s->clock_read || s->ties;
}

int
sched_timer_set(struct sched *s, uint64_t token, uint64_t ns)
{
	struct timer t = { token, due_in(s, ns), s->seq++ };
	size_t i;

	(void)sched_timer_del(s, token);
	ties_note(s, t.due_ns);
	if (s->ntimers == SCHED_TIMERS_MAX)
		return -1;
	for (i = s->ntimers; i > 0 && s->timers[i - 1].due_ns > t.due_ns; i--)
		s->timers[i] = s->timers[i - 1];
	s->timers[i] = t;
	s->ntimers++;
	stretch_tell(s, STRETCH_GOES_ON);
	return 0;
}

/* --- time --- */

/* Time until the next thing that time alone brings, at most until. */
static uint64_t
next_due(const struct sched *s, uint64_t until)
{
	if (s->ntimers != 0 && s->timers[0].due_ns < until)
		until = s->timers[0].due_ns;
	if (s->sleeping && s->sleep_due_ns < until)
		until = s->sleep_due_ns;
	return until;
}

void
sched_delay_ns(struct sched *s, uint64_t ns)
{
	uint64_t until = s->now_ns + ns;

	sched_progress(s);
	while (s->calls.host_step(s->self, 0) == 1)
		continue;
	while (s->now_ns < until) {
		uint64_t due = next_due(s, until);

		advance(s, due > s->now_ns && s->ipl < SCHED_IPL_SOFTCLOCK ?
		    due : until);
		sched_poll(s);
	}
	sched_poll(s);
}

/*
 * Nobody's turn: what is pending is delivered, the host works, time passes,
 * until done says so.  Runs in the host's context.
 */
static enum sched_end
idle_loop(struct sched *s, uint64_t until_ns, int for_process)
{
	while (!s->abandoned) {
		if (for_process && (!s->sleeping || s->process_ended))
			return SCHED_DONE;
		s->ipl = SCHED_IPL_NONE;
		if (s->second_busy && !s->cpus[1].spins) {
			cpu_switch(s);
			continue;
		}
		if (second_may_start(s, SCHED_IPL_NONE))
			continue;
		if (deliver(s, 0) || s->calls.host_step(s->self, 0) == 1)
			continue;
		if (s->sleeping && s->sleep_due_ns <= s->now_ns) {
			s->sleeping = 0;
			s->timed_out = 1;
			continue;
		}
		if (!for_process && s->now_ns >= until_ns)
			return SCHED_DONE;
		uint64_t due = next_due(s, until_ns);

		if (due == SCHED_FOREVER || due <= s->now_ns ||
		    (for_process && s->now_ns > s->patience_ns)) {
			if (s->calls.host_step(s->self, 1) == 1)
				continue;
			s->calls.no_progress(s->self);
			return SCHED_STUCK;
		}
		/* Nothing is left but to give up waiting: a host that still
		   has something says it now. */
		if (s->sleeping && due == s->sleep_due_ns &&
		    s->calls.host_step(s->self, 1) == 1)
			continue;
		advance(s, due);
	}
	return SCHED_ABANDONED;
}

static enum sched_end
idle_until(struct sched *s, uint64_t until_ns, int for_process)
{
	enum sched_end end;

	s->idles = 1;
	s->idles_for_process = for_process;
	s->idles_until_ns = until_ns;
	s->patience_ns = due_in(s, PATIENCE_NS);
	end = idle_loop(s, until_ns, for_process);
	s->idles = 0;
	if (!for_process)
		second_join(s);
	return end;
}

enum sched_end
sched_wait(struct sched *s, uint64_t ns)
{
	CHECK(!sched_in_guest(s));
	if (s->abandoned)
		return SCHED_ABANDONED;
	return idle_until(s, due_in(s, ns), 0);
}

enum sched_end
sched_call(struct sched *s, void (*fn)(void *), void *arg)
{
	CHECK(!sched_in_guest(s));
	if (s->abandoned)
		return SCHED_ABANDONED;
	context_start(s, &s->process);
	s->process.work = WORK_NONE;
	s->process_ended = 0;
	s->fn = fn;
	s->arg = arg;
	s->ipl = SCHED_IPL_NONE;
	for (;;) {
		enum sched_end end;

		sched_progress(s);
		stretch_tell(s, STRETCH_BEGINS);
		switch_to(s, &s->process);
		if (s->abandoned)
			return SCHED_ABANDONED;
		if (s->process_ended) {
			second_join(s);
			return s->abandoned ? SCHED_ABANDONED : SCHED_DONE;
		}
		end = idle_until(s, SCHED_FOREVER, 1);
		if (end != SCHED_DONE)
			return end;
	}
}

int
sched_can_sleep(const struct sched *s)
{
	/* Whatever the level: it is let go while the process sleeps. */
	return s->running == s->process.fiber;
}

int
sched_sleep(struct sched *s, uint64_t channel, uint64_t ns)
{
	int ipl = s->ipl;

	CHECK(s->running == s->process.fiber);
	s->sleeping = 1;
	s->timed_out = 0;
	s->sleep_channel = channel;
	s->sleep_due_ns = due_in(s, ns);
	ties_note(s, s->sleep_due_ns);
	s->running = s->main;
	host_fiber_switch(s->process.fiber, s->main);
	s->ipl = ipl;
	return s->timed_out;
}

void
sched_wakeup(struct sched *s, uint64_t channel)
{
	if (s->sleeping && s->sleep_channel == channel)
		s->sleeping = 0;
}

/* --- state --- */

/*
 * What is left of a time.  In the kernel it is counted in ticks, so that a poll
 * more or less before it is no other time (rule X1).
 */
static void
add_due(const struct sched *s, struct state *st, uint64_t due_ns)
{
	uint64_t now = grain_now(s), left = due_ns > now ? due_ns - now : 0;

	state_add_u64(st, due_ns == SCHED_FOREVER ? SCHED_FOREVER :
	    left / SCHED_TIME_GRAIN_NS + (left % SCHED_TIME_GRAIN_NS != 0));
}

/* 0 the host's, 1 the process, 2 and on what interrupted it. */
static unsigned
context_number(const struct sched *s, const struct host_fiber *f)
{
	if (f == NULL || f == s->main)
		return 0;
	if (f == s->process.fiber)
		return 1;
	for (unsigned i = 0; i < SCHED_NESTED_MAX; i++)
		if (f == s->nested[i].fiber)
			return 2 + i;
	if (f == s->second.fiber)
		return 2 + SCHED_NESTED_MAX;
	CHECK(!"a fiber of nobody's");
	return 0;
}

static void
add_contexts(const struct sched *s, struct state *st)
{
	state_add_u64(st, context_number(s, s->running));
	state_add_u64(st, (uint64_t)s->process_ended << 1 |
	    (uint64_t)s->abandoned);
	state_add_u64(st, s->process.fiber != NULL && !s->process_ended);
	state_add_u64(st, (uint64_t)s->sleeping << 1 |
	    (uint64_t)s->timed_out);
	if (s->sleeping) {
		state_add_u64(st, s->sleep_channel);
		add_due(s, st, s->sleep_due_ns);
	}
	state_add_u64(st, s->depth);
	for (unsigned i = 0; i < s->depth; i++) {
		state_add_u64(st, s->nested[i].work);
		state_add_u64(st, s->nested[i].token);
		state_add_u64(st, context_number(s, s->nested[i].back));
	}
	state_add_u64(st, s->second_busy);
	if (s->second_busy) {
		const struct cpu *other = &s->cpus[!s->cpu];

		state_add_u64(st, (uint64_t)s->cpu << 1 | (uint64_t)s->joining);
		state_add_u64(st, s->second_irq);
		state_add_u64(st, s->second_token);
		state_add_u64(st, context_number(s, other->fiber));
		state_add_u64(st, (uint64_t)other->ipl << 1 |
		    (uint64_t)other->spins);
	}
	/* The host's own place; its stack is nobody's to look at. */
	state_add_u64(st, (uint64_t)s->idles << 1 |
	    (uint64_t)(s->idles && s->idles_for_process));
	if (s->idles) {
		add_due(s, st, s->idles_until_ns);
		add_due(s, st, s->patience_ns);
	}
}

static void
add_pending(const struct sched *s, struct state *st)
{
	state_add_u64(st, (uint64_t)s->ipl);
	state_add_u64(st, s->nhandlers);
	for (size_t i = 0; i < s->nhandlers; i++) {
		state_add_u64(st, s->handlers[i].irq);
		state_add_u64(st, (uint64_t)s->handlers[i].ipl << 1 |
		    (uint64_t)s->handlers[i].mpsafe);
		state_add_u64(st, s->handlers[i].token);
	}
	state_add(st, s->level, sizeof s->level);
	state_add(st, s->edge, sizeof s->edge);
	state_add_u64(st, s->nsoft);
	for (size_t i = 0; i < s->nsoft; i++) {
		state_add_u64(st, s->soft[i].token);
		state_add_u64(st, (uint64_t)s->soft[i].ipl);
	}
	/* In the order in which they come, which seq has decided already. */
	state_add_u64(st, s->ntimers);
	for (size_t i = 0; i < s->ntimers; i++) {
		state_add_u64(st, s->timers[i].token);
		add_due(s, st, s->timers[i].due_ns);
	}
}

void
sched_state(const struct sched *s, struct state *st)
{
	add_contexts(s, st);
	add_pending(s, st);
	state_add_u64(st, (uint64_t)s->clock_read);
	if (s->clock_read)
		state_add_u64(st, s->now_ns / SCHED_TIME_GRAIN_NS);
	/* Not how often a loop has looked (rule X3). */
	state_add_u64(st, (uint64_t)s->activity.stored);
}

static void
stack_tell(const struct sched *s, const struct context *c,
    void (*each)(void *self, uint64_t low, uint64_t high), void *self)
{
	uint64_t low = (uint64_t)(uintptr_t)c->stack;
	uint64_t high = low + SCHED_STACK_SIZE;
	uint64_t sp = host_fiber_sp(c->fiber);

	/* Where nobody knows the pointer, all of it: too much is no harm. */
	if (sp > low && sp <= high)
		low = sp;
	each(self, c->fiber == s->running ? 0 : low, high);
}

void
sched_stacks(const struct sched *s, void (*each)(void *self,
    uint64_t low, uint64_t high), void *self)
{
	if (s->process.fiber != NULL && !s->process_ended)
		stack_tell(s, &s->process, each, self);
	for (unsigned i = 0; i < s->depth; i++)
		stack_tell(s, &s->nested[i], each, self);
	if (s->second_busy)
		stack_tell(s, &s->second, each, self);
}

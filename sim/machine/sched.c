/* sched.c: who runs: contexts as fibers, interrupts, timers, virtual clock. */
#include "sched.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"
#include "sched_var.h"
#include "snapshot.h"
#include "state.h"

/*
 * A loop that neither stores nor asks for anything new is taken to wait for
 * the host after POLL_IDLE events; after STALLS_MAX such waits in which nobody
 * could do anything, nobody ever will.
 */
#define POLL_IDLE	256u
#define STALLS_MAX	4096u
/* Longer than any driver waits; timeouts that come again keep time going. */
#define PATIENCE_NS	UINT64_C(60000000000)

void
sched_context_run(struct context *c)
{
	struct sched *s = c->sched;

	switch (c->work) {
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
		if (c->cpu != 0) {
			sched_cpu_work(c->sched, c);
			sched_cpu_end(c->sched);
			continue;
		}
		sched_context_run(c);
		if (c == &c->sched->process)
			c->sched->process_ended = 1;
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

void
sched_context_start(struct sched *s, struct context *c)
{
	if (c->stack == NULL)
		c->stack = stack_create();
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
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		context_end(&s->cpus[i].context);
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
		c = &s->cpus[s->cpu].context;
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

uint64_t
sched_waited_read(struct sched *s)
{
	s->waited_read = 1;
	return s->waited_ns;
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

/* --- delivery --- */

void
sched_advance(struct sched *s, uint64_t to_ns)
{
	if (to_ns <= s->now_ns)
		return;
	s->now_ns = to_ns;
	s->calls.time(s->self, to_ns);
}

static void
stretch_tell(struct sched *s, enum sched_stretch what)
{
	if (s->explored && s->calls.stretch != NULL && s->cpu == 0)
		s->calls.stretch(s->self, s->depth, what, sched_is_exposed(s));
}

int
sched_kernel(struct sched *s, int own)
{
	int was = s->kernel;

	s->kernel = own != 0;
	if (s->kernel != was && s->calls.kernel != NULL)
		s->calls.kernel(s->self, s->kernel);
	return was;
}

void
sched_touched(struct sched *s)
{
	s->waits = 0;
}

void
sched_called(struct sched *s)
{
	if (!s->kernel)
		s->waits = 0;
}

void
sched_left(struct sched *s)
{
	if (s->kernel)
		s->waits = 0;
}

/* What was chosen for this depth runs, on top of what was interrupted; in a frame
   of its own, which begins where all was wiped. */
static __attribute__((noinline)) void
nest(struct sched *s)
{
	const struct delivery *d = &s->deliveries[s->depth];
	struct context *c;
	int old = s->ipl, kernel;

	CHECK(s->depth < SCHED_NESTED_MAX);
	kernel = sched_kernel(s, 0);
	c = &s->nested[s->depth++];
	sched_context_start(s, c);
	c->work = d->work;
	c->token = d->token;
	s->ipl = d->ipl;
	s->waits = 0;
	s->deliveries[s->depth - 1].block = s->cpus[0].block;
	s->deliveries[s->depth - 1].within = s->cpus[0].within;
	sched_block(s, sched_block_of(s, d->token, SCHED_BEGIN));
	sched_touch(s, d->token, 1);
	sched_progress(s);
	stretch_tell(s, STRETCH_BEGINS);
	switch_to(s, c);
	if (s->abandoned)
		return;
	s->ipl = old;
	s->depth--;
	sched_block_back(s, s->deliveries[s->depth].block,
	    s->deliveries[s->depth].within);
	(void)sched_kernel(s, kernel);
	s->waits = 0;
	stretch_tell(s, STRETCH_BACK);
}

/*
 * may_wait: interrupts may come later than here, if somebody chooses so.  While
 * something runs this frame is part of a state: nothing that says how it was
 * chosen is left in it, nor below.
 */
static int
deliver(struct sched *s, int may_wait)
{
	struct delivery *d = &s->deliveries[s->depth];

	memset(d, 0, sizeof *d);
	while (!s->abandoned && sched_next_work(s, may_wait)) {
		if (s->explored)
			state_stack_clean();
		nest(s);
	}
	if (!s->abandoned)
		stretch_tell(s, STRETCH_BEGINS);
	return d->done != 0;
}

/* On other CPUs nothing nests: what could is another one's (rule K1). */
void
sched_poll(struct sched *s)
{
	if (!sched_in_guest(s) || s->abandoned || s->cpu != 0)
		return;
	(void)deliver(s, 1);
}

void
sched_barrier(struct sched *s)
{
	if (sched_in_guest(s) && !s->abandoned && s->cpu == 0)
		(void)deliver(s, 0);
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
	sched_others_help(s);
	if (s->explored)
		state_stack_clean();
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
	if (level > old && sched_is_exposed(s))
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
sched_unlocked(struct sched *s)
{
	s->unlocked = 1;
}

void
sched_mpsafe(struct sched *s, uint64_t token)
{
	sched_unlocked(s);
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
	s->waits = 0;
	stretch_tell(s, STRETCH_GOES_ON);
}

void
sched_irq_edge(struct sched *s, uint32_t irq)
{
	if (irq < SCHED_IRQS_MAX)
		s->edge[irq] = 1;
	s->waits = 0;
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
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if ((s->others >> i & 1) != 0 && s->cpus[i].fresh &&
		    s->cpus[i].context.work == WORK_SOFTINTR &&
		    s->cpus[i].context.token == token)
			s->others &= ~(1u << i);
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
	s->explored = 1;
	s->timers_come = timers_come != 0;
	/* Who began a fiber is on its stack: nobody in particular. */
	sched_context_start(s, &s->process);
	s->process_ended = 1;
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++) {
		s->cpus[i].context.cpu = i;
		sched_context_start(s, &s->cpus[i].context);
	}
	for (unsigned i = 0; i < SCHED_NESTED_MAX; i++)
		sched_context_start(s, &s->nested[i]);
}

/* Now, as far as deadlines know. */
uint64_t
sched_grain_now(const struct sched *s)
{
	return s->explored ? s->now_ns - s->now_ns % SCHED_TIME_GRAIN_NS :
	    s->now_ns;
}

/* A deadline (rule X1). */
static uint64_t
due_in(const struct sched *s, uint64_t ns)
{
	uint64_t now = sched_grain_now(s), rest = ns % SCHED_TIME_GRAIN_NS;

	if (ns >= SCHED_FOREVER - s->now_ns - SCHED_TIME_GRAIN_NS)
		return SCHED_FOREVER;
	if (s->explored && rest != 0)
		ns += SCHED_TIME_GRAIN_NS - rest;
	return now + ns;
}

/* Of two deadlines in one grain it is not known which is the first. */
static void
ties_note(struct sched *s, uint64_t due_ns)
{
	uint64_t grain = due_ns / SCHED_TIME_GRAIN_NS;

	if (due_ns == SCHED_FOREVER)
		return;
	s->ties |= s->sleeping &&
	    s->sleep_due_ns / SCHED_TIME_GRAIN_NS == grain;
	for (size_t i = 0; i < s->ntimers; i++)
		s->ties |= s->timers[i].due_ns / SCHED_TIME_GRAIN_NS == grain;
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

		sched_advance(s, due > s->now_ns && s->ipl < SCHED_IPL_SOFTCLOCK ?
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
		if (sched_others_go_on(s, 1))
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
		sched_advance(s, due);
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
		sched_others_join(s);
	return end;
}

enum sched_end
sched_wait(struct sched *s, uint64_t ns)
{
	CHECK(!sched_in_guest(s));
	if (s->abandoned)
		return SCHED_ABANDONED;
	s->waited_ns += ns;
	s->step++;
	return idle_until(s, due_in(s, ns), 0);
}

void
sched_slack_set(struct sched *s, uint64_t ns)
{
	s->slack_ns = ns;
	s->taken_ns = 0;
}

enum sched_end
sched_wait_rest(struct sched *s, uint64_t ns, uint64_t *taken_ns)
{
	*taken_ns = s->taken_ns;
	CHECK(*taken_ns <= ns);
	s->waited_ns += *taken_ns;
	sched_slack_set(s, 0);
	return sched_wait(s, ns - *taken_ns);
}

enum sched_end
sched_call(struct sched *s, void (*fn)(void *), void *arg)
{
	CHECK(!sched_in_guest(s));
	if (s->abandoned)
		return SCHED_ABANDONED;
	s->step++;
	sched_context_start(s, &s->process);
	s->process.work = WORK_NONE;
	s->process_ended = 0;
	s->fn = fn;
	s->arg = arg;
	s->ipl = SCHED_IPL_NONE;
	(void)sched_kernel(s, 0);
	for (;;) {
		enum sched_end end;

		sched_progress(s);
		sched_block(s, sched_block_of(s, 0, SCHED_BEGIN));
		stretch_tell(s, STRETCH_BEGINS);
		switch_to(s, &s->process);
		sched_block(s, 0);
		if (s->abandoned)
			return SCHED_ABANDONED;
		if (s->process_ended) {
			sched_others_join(s);
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
	s->sleep_due_ns = due_in(s, ns);
	ties_note(s, s->sleep_due_ns);
	s->sleeping = 1;
	s->timed_out = 0;
	s->sleep_channel = channel;
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

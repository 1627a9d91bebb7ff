/* sched_state.c: the state of the scheduler, and where its stacks are. */
#include "sched_var.h"

#include "check.h"
#include "host.h"

/*
 * What is left of a time.  In the kernel it is counted in ticks, so that a poll
 * more or less before it is no other time (rule X1).
 */
static void
add_due(const struct sched *s, struct state *st, uint64_t due_ns)
{
	uint64_t now = sched_grain_now(s), left = due_ns > now ? due_ns - now : 0;

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
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if (f == s->cpus[i].context.fiber)
			return 2 + SCHED_NESTED_MAX + i;
	CHECK(!"a fiber of nobody's");
	return 0;
}

/* What comes when that which was chosen is over. */
static void
add_delivery(const struct delivery *d, struct state *st)
{
	state_add_u64(st, (uint64_t)d->later << 1 | (uint64_t)d->has_irq);
	state_add_u64(st, (uint64_t)d->ipl);
	if (d->has_irq) {
		state_add_u64(st, d->irq);
		state_add_u64(st, d->at);
	}
}

/* Several are under way. */
static void
add_cpus(const struct sched *s, struct state *st)
{
	state_add_u64(st, s->cpu);
	state_add_u64(st, s->step);
	for (unsigned i = 0; i < SCHED_CPUS_MAX; i++) {
		const struct cpu *c = &s->cpus[i];

		if (i != 0 && (s->others >> i & 1) == 0)
			continue;
		state_add_u64(st, (uint64_t)c->block << 32 | c->within);
		if (i != 0) {
			state_add_u64(st, c->context.work);
			state_add_u64(st, c->context.token);
			state_add_u64(st, c->irq);
		}
		if (i == s->cpu)
			continue;
		state_add_u64(st, context_number(s, c->fiber));
		state_add_u64(st, (uint64_t)c->ipl << 3 |
		    (uint64_t)c->kernel << 2 | (uint64_t)c->asleep << 1 |
		    (uint64_t)c->stands);
		state_add_u64(st, c->stands_for);
	}
	for (unsigned i = 0; i < s->depth; i++)
		state_add_u64(st, (uint64_t)s->deliveries[i].block << 32 |
		    s->deliveries[i].within);
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
		add_delivery(&s->deliveries[i], st);
	}
	state_add_u64(st, (uint64_t)s->others << 1 | (uint64_t)s->joining);
	if (s->others != 0)
		add_cpus(s, st);
	/* The host's own place; its stack is nobody's to look at.  How long it
	   has had patience is as how often a loop has looked (rule X3). */
	state_add_u64(st, (uint64_t)s->idles << 1 |
	    (uint64_t)(s->idles && s->idles_for_process));
	if (s->idles)
		add_due(s, st, s->idles_until_ns);
}

static void
add_pending(const struct sched *s, struct state *st)
{
	state_add_u64(st, (uint64_t)s->ipl << 2 | (uint64_t)s->kernel << 1 |
	    (uint64_t)(sched_is_exposed(s) && s->waits));
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
	if (s->timers_come) {
		state_add_u64(st, s->slack_ns);
		state_add_u64(st, s->taken_ns);
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
	if (s->waited_read)
		state_add_u64(st, s->waited_ns);
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
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if ((s->others >> i & 1) != 0)
			stack_tell(s, &s->cpus[i].context, each, self);
}

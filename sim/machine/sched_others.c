/* sched_others.c: who is at work beside the CPU that runs, and what could be
   next; rule K1. */
#include "sched_var.h"

/* --- who is there --- */

static int
is_busy(const struct sched *s, unsigned cpu)
{
	return cpu == 0 || (s->others >> cpu & 1) != 0;
}

/* What a CPU that idles would do by itself. */
int
sched_idle_has_work(const struct sched *s)
{
	if (s->joining)
		return 0;
	if (s->idles_for_process && !s->sleeping && !s->process_ended)
		return 1;
	for (size_t i = 0; i < s->nsoft; i++)
		if (!sched_is_under_way(s, WORK_SOFTINTR, s->soft[i].token))
			return 1;
	for (size_t i = 0; i < s->nhandlers; i++)
		if (sched_is_pending(s, &s->handlers[i]))
			return 1;
	return 0;
}

int
sched_handles_elsewhere(const struct sched *s, unsigned cpu, uint64_t token)
{
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if (i != cpu && is_busy(s, i) && s->cpus[i].context.work ==
		    WORK_INTERRUPT && s->cpus[i].context.token == token)
			return 1;
	return 0;
}

/* Of one that does not run. */
static int
has_work(const struct sched *s, unsigned cpu)
{
	const struct cpu *c = &s->cpus[cpu];

	if (!is_busy(s, cpu))
		return 0;
	if (cpu == 0 && c->fiber == s->main)
		return sched_idle_has_work(s);
	if (c->stands == STANDS_FOR_HANDLER)
		return !sched_handles_elsewhere(s, cpu, c->stands_for);
	return s->is_held == NULL || !s->is_held(c->stands_for, cpu);
}

int
sched_is_under_way(const struct sched *s, enum work work, uint64_t token)
{
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if (is_busy(s, i) && s->cpus[i].context.work == work &&
		    (work == WORK_TIMEOUT ||
		    s->cpus[i].context.token == token))
			return 1;
	return 0;
}

static int
nests(const struct sched *s, enum work work, uint64_t token)
{
	for (unsigned i = 0; i < s->depth; i++)
		if (s->nested[i].work == work && (work == WORK_TIMEOUT ||
		    s->nested[i].token == token))
			return 1;
	return 0;
}

static int
irq_elsewhere(const struct sched *s, uint32_t irq)
{
	for (unsigned i = 1; i < SCHED_CPUS_MAX; i++)
		if (is_busy(s, i) && s->cpus[i].context.work ==
		    WORK_INTERRUPT && s->cpus[i].irq == irq)
			return 1;
	return 0;
}

int
sched_is_pending(const struct sched *s, const struct handler *h)
{
	return (s->level[h->irq] || s->edge[h->irq]) &&
	    (s->others == 0 || !irq_elsewhere(s, h->irq));
}

/* --- what could be next --- */

unsigned
sched_free_cpu(const struct sched *s)
{
	unsigned cpu = 1;

	while (cpu < SCHED_CPUS_MAX && is_busy(s, cpu))
		cpu++;
	return cpu;
}

static void
other_add(struct sched *s, enum work work, unsigned cpu, uint64_t token,
    uint32_t irq, int ipl)
{
	if (s->nothers < OTHERS_MAX)
		s->other[s->nothers++] = (struct other){ work, cpu, token,
		    irq, ipl };
	else
		s->crowded = 1;
}

/* All handlers of the interrupt: they need no kernel lock, or nobody has it. */
static int
irq_may_begin(const struct sched *s, uint32_t irq)
{
	int locked = s->is_held != NULL && s->is_held(SCHED_KERNEL_LOCK,
	    SCHED_CPUS_MAX);

	for (size_t i = 0; i < s->nhandlers; i++) {
		const struct handler *h = &s->handlers[i];

		if (h->irq == irq && ((!h->mpsafe && locked) ||
		    nests(s, WORK_INTERRUPT, h->token)))
			return 0;
	}
	return 1;
}

static void
add_interrupts(struct sched *s, unsigned cpu)
{
	for (size_t i = 0; i < s->nhandlers; i++) {
		const struct handler *h = &s->handlers[i];
		size_t first = 0;

		while (s->handlers[first].irq != h->irq)
			first++;
		if (first == i && sched_is_pending(s, h) &&
		    irq_may_begin(s, h->irq))
			other_add(s, WORK_INTERRUPT, cpu, h->token, h->irq,
			    h->ipl);
	}
}

/* What another CPU could begin; timeouts that are not due are the last. */
static void
add_beginnings(struct sched *s, int early)
{
	unsigned cpu = sched_free_cpu(s);

	if (!s->unlocked)
		return;
	add_interrupts(s, cpu);
	for (size_t i = 0; i < s->nsoft; i++)
		if (!sched_is_under_way(s, WORK_SOFTINTR, s->soft[i].token) &&
		    !nests(s, WORK_SOFTINTR, s->soft[i].token))
			other_add(s, WORK_SOFTINTR, cpu, s->soft[i].token, 0,
			    s->soft[i].ipl);
	if (sched_timer_may_come(s, early) && !nests(s, WORK_TIMEOUT, 0))
		other_add(s, WORK_TIMEOUT, cpu, s->timers[0].token, 0,
		    SCHED_IPL_SOFTCLOCK);
}

void
sched_others_find(struct sched *s, int self_may, int early)
{
	size_t there;

	s->nothers = 0;
	s->self_may = self_may;
	s->self_alone = 0;
	for (unsigned i = 0; i < SCHED_CPUS_MAX; i++)
		if (i != s->cpu && has_work(s, i))
			other_add(s, WORK_NONE, i, 0, 0, 0);
	there = s->nothers;
	add_beginnings(s, early);
	if (sched_free_cpu(s) == SCHED_CPUS_MAX) {
		s->crowded |= s->nothers != there;
		s->nothers = (unsigned)there;
	}
}

static int
is_worth(const struct sched *s, const struct other *o)
{
	if (o->work == WORK_NONE)
		return !s->cpus[o->cpu].asleep;
	return o->work != WORK_TIMEOUT || s->timers_come ||
	    s->timers[0].due_ns <= s->now_ns;
}

int
sched_may_turn(const struct sched *s, unsigned n)
{
	if (s->self_may && n == 0)
		return 1;
	if (s->self_alone)
		return 0;
	return is_worth(s, &s->other[n - (s->self_may != 0)]);
}

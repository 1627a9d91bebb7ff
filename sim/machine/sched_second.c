/* sched_second.c: the second CPU, which takes interrupts; rule K1. */
#include "sched_var.h"

#include "check.h"
#include "host.h"

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
	(void)sched_kernel(s, s->cpus[cpu].kernel);
	s->waits = 0;
	s->calls.cpu(s->self, cpu, s->second_busy);
}

/* The other CPU goes on, until it is this one's turn again. */
void
sched_cpu_switch(struct sched *s)
{
	struct cpu *from = &s->cpus[s->cpu];

	from->fiber = s->running;
	from->ipl = s->ipl;
	from->kernel = s->kernel;
	sched_progress(s);
	cpu_runs(s, !s->cpu);
	host_fiber_switch(from->fiber, s->running);
}

int
sched_is_pending(const struct sched *s, const struct handler *h)
{
	return (s->level[h->irq] || s->edge[h->irq]) &&
	    !(s->second_busy && h->irq == s->second_irq);
}

/*
 * Rule K1: an interrupt that comes to the second CPU, if somebody chooses so:
 * all of its handlers say that they need no kernel lock, and it is at no other
 * work.
 */
int
sched_second_may_start(struct sched *s, int above)
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
		if (all && sched_is_pending(s, h) && h->ipl > above && (best == NULL ||
		    h->ipl > best->ipl))
			best = h;
	}
	if (best == NULL || !s->calls.other_cpu(s->self))
		return 0;
	sched_context_start(s, &s->second);
	s->second.work = WORK_SECOND;
	s->second_busy = 1;
	s->second_irq = best->irq;
	s->edge[best->irq] = 0;
	s->cpus[1].fiber = s->second.fiber;
	s->cpus[1].ipl = SCHED_IPL_NONE;
	s->cpus[1].kernel = 0;
	s->cpus[1].spins = 0;
	sched_cpu_switch(s);
	return 1;
}

void
sched_second_run(struct sched *s)
{
	for (size_t i = 0; i < s->nhandlers && !s->abandoned; i++)
		if (s->handlers[i].irq == s->second_irq) {
			s->ipl = s->handlers[i].ipl;
			s->second_token = s->handlers[i].token;
			s->calls.interrupt(s->self, s->second_token);
		}
}

void
sched_second_end(struct sched *s)
{
	struct host_fiber *self = s->second.fiber;

	s->second_busy = 0;
	s->cpus[0].spins = 0;
	sched_progress(s);
	cpu_runs(s, 0);
	host_fiber_switch(self, s->running);
}

/* Whether the CPU that does not run has something to do. */
int
sched_other_has_work(const struct sched *s)
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
		if (sched_is_pending(s, &s->handlers[i]))
			return 1;
	return 0;
}

void
sched_turn(struct sched *s)
{
	if (!sched_in_guest(s) || s->abandoned || s->calls.other_cpu == NULL)
		return;
	if (!s->second_busy)
		(void)sched_second_may_start(s, SCHED_IPL_NONE);
	else if (sched_other_has_work(s) && s->calls.other_cpu(s->self))
		sched_cpu_switch(s);
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
	sched_cpu_switch(s);
}

void
sched_spun(struct sched *s)
{
	s->cpus[!s->cpu].spins = 0;
}

uint64_t
sched_runs(const struct sched *s)
{
	if (s->cpu != 0)
		return s->second_token;
	return s->depth != 0 ? s->deliveries[s->depth - 1].token : 0;
}

int
sched_handles_elsewhere(const struct sched *s, uint64_t token)
{
	return s->second_busy && s->cpu == 0 && s->second_token == token;
}

/* What the second CPU has begun comes to its end; the first one idles. */
void
sched_second_join(struct sched *s)
{
	s->joining = 1;
	while (s->second_busy && !s->abandoned) {
		if (s->cpus[1].spins) {
			s->calls.no_progress(s->self);
			sched_stop(s);
			break;
		}
		sched_cpu_switch(s);
	}
	s->joining = 0;
}

/* sched_cpus.c: whose turn it is, from one CPU to another; rules K1 and K3. */
#include "sched_var.h"

#include <string.h>

#include "blocks.h"
#include "check.h"
#include "host.h"

unsigned
sched_cpu(const struct sched *s)
{
	return s->cpu;
}

void
sched_locks(struct sched *s, int (*is_held)(uint64_t lock, unsigned but))
{
	s->is_held = is_held;
}

void
sched_blocks(struct sched *s, struct blocks *b, int relies)
{
	s->blocks = b;
	s->relies = relies;
}

int
sched_crowded(const struct sched *s)
{
	return s->crowded;
}

/* --- blocks --- */

uint32_t
sched_block_of(struct sched *s, uint64_t who, uint64_t first)
{
	return s->blocks == NULL ? 0 : blocks_of(s->blocks, s->step, who,
	    first);
}

static void
block_within(struct sched *s, uint32_t within)
{
	struct cpu *me = &s->cpus[s->cpu];

	me->within = within;
	if (s->blocks != NULL)
		s->calls.block(s->self, me->block, within);
}

void
sched_block_back(struct sched *s, uint32_t block, uint32_t within)
{
	s->cpus[s->cpu].block = block;
	block_within(s, within);
}

void
sched_block(struct sched *s, uint32_t block)
{
	sched_block_back(s, block, block);
}

void
sched_touch(struct sched *s, uint64_t what, int change)
{
	const struct cpu *me = &s->cpus[s->cpu];

	blocks_touch_within(s->blocks, me->block, me->within, what, change);
}

/* An exploration asks whose turn it is; in all other runs there is one CPU. */
static int
may_be_several(const struct sched *s)
{
	return s->explored && s->calls.turn != NULL;
}

/* The block of this CPU goes first: for whom that matters is no longer asleep. */
static void
wake(struct sched *s, unsigned cpu)
{
	for (unsigned i = 0; i < SCHED_CPUS_MAX; i++) {
		struct cpu *c = &s->cpus[i];

		if (c->asleep && (i == cpu || !s->relies ||
		    !blocks_apart(s->blocks, c->block, s->cpus[cpu].block)))
			c->asleep = 0;
	}
}

/* --- from one to another --- */

static void
cpu_runs(struct sched *s, unsigned cpu)
{
	s->cpu = cpu;
	s->running = s->cpus[cpu].fiber;
	s->ipl = s->cpus[cpu].ipl;
	s->cpus[cpu].asleep = 0;
	(void)sched_kernel(s, s->cpus[cpu].kernel);
	s->waits = 0;
	s->calls.cpu(s->self, cpu, s->others);
	block_within(s, s->cpus[cpu].within);
	/* Of one that idles nobody knows what it does. */
	wake(s, cpu);
}

/* Another CPU goes on, until it is this one's turn again. */
static void
cpu_switch(struct sched *s, unsigned cpu)
{
	struct cpu *from = &s->cpus[s->cpu];

	from->fiber = s->running;
	from->ipl = s->ipl;
	from->kernel = s->kernel;
	sched_progress(s);
	cpu_runs(s, cpu);
	host_fiber_switch(from->fiber, s->running);
}

static void
begin(struct sched *s, const struct other *o)
{
	struct cpu *c = &s->cpus[o->cpu];
	uint64_t token = o->token;

	c->context.cpu = o->cpu;
	sched_context_start(s, &c->context);
	if (o->work == WORK_INTERRUPT)
		s->edge[o->irq] = 0;
	else if (o->work == WORK_TIMEOUT)
		sched_timer_take(s, &token);
	else
		sched_softintr_cancel(s, token);
	c->context.work = o->work;
	c->context.token = token;
	c->irq = o->irq;
	c->work_ipl = o->ipl;
	c->fresh = 1;
	c->fiber = c->context.fiber;
	c->ipl = SCHED_IPL_NONE;
	c->kernel = 0;
	c->asleep = 0;
	c->stands = STANDS_AT_TURN;
	c->stands_for = 0;
	c->block = c->within = sched_block_of(s, token, SCHED_BEGIN);
	s->others |= 1u << o->cpu;
}

/* Which of them is next: all that come before it were gone from here, too. */
static void
chosen(struct sched *s, unsigned nth)
{
	struct other next = s->other[nth];

	for (unsigned i = 0; i < nth; i++)
		if (s->other[i].work == WORK_NONE)
			s->cpus[s->other[i].cpu].asleep = 1;
	if (next.work != WORK_NONE)
		begin(s, &next);
}

static void
go(struct sched *s, unsigned nth)
{
	unsigned cpu = s->other[nth].cpu;

	chosen(s, nth);
	cpu_switch(s, cpu);
}

/* One of those that were found; who runs cannot, or may as well. */
static unsigned
pick(struct sched *s)
{
	unsigned n = s->nothers + (s->self_may != 0);
	int any = 0;

	for (unsigned i = 0; i < n; i++)
		any |= sched_may_turn(s, i);
	if (!any && s->calls.known != NULL)
		s->calls.known(s->self);
	return n == 1 ? 0 : s->calls.turn(s->self, n);
}

static void
stand(struct sched *s, enum stands stands, uint64_t what)
{
	s->cpus[s->cpu].stands = stands;
	s->cpus[s->cpu].stands_for = what;
}

void
sched_turn(struct sched *s, uint64_t what)
{
	struct cpu *me = &s->cpus[s->cpu];
	uint32_t block;
	unsigned k = 0;
	int alone;

	if (!may_be_several(s) || !sched_in_guest(s) || s->abandoned)
		return;
	block = sched_block_of(s, sched_runs(s), what);
	alone = s->relies && blocks_private(s->blocks, block);
	sched_others_find(s, 1, 1);
	s->self_alone = alone;
	if (s->nothers != 0)
		k = pick(s);
	if (k == 0 && alone) {
		block_within(s, block);
	} else if (k == 0) {
		sched_block(s, block);
		wake(s, s->cpu);
	} else {
		me->block = me->within = block;
		me->asleep = 1;
		stand(s, STANDS_AT_TURN, what);
		go(s, k - 1);
	}
	sched_touch(s, what, 1);
	state_stack_clean();
}

/* This CPU cannot go on. */
static void
others_must(struct sched *s)
{
	sched_others_find(s, 0, 1);
	if (s->nothers == 0) {
		s->calls.no_progress(s->self);
		sched_abandon(s);
	}
	go(s, pick(s));
}

void
sched_spin(struct sched *s, uint64_t lock)
{
	sched_block(s, sched_block_of(s, sched_runs(s), lock));
	stand(s, STANDS_AT_TURN, lock);
	others_must(s);
	sched_touch(s, lock, 1);
}

void
sched_handler_wait(struct sched *s, uint64_t token)
{
	sched_turn(s, token);
	while (sched_handles_elsewhere(s, s->cpu, token)) {
		stand(s, STANDS_FOR_HANDLER, token);
		others_must(s);
	}
}

int
sched_others_go_on(struct sched *s, int self_may)
{
	unsigned k;

	if (!may_be_several(s))
		return 0;
	sched_others_find(s, self_may && (s->others == 0 ||
	    sched_idle_has_work(s)), 0);
	/* Nobody can: time passes, or the host does something. */
	if (s->nothers == 0)
		return 0;
	k = pick(s);
	if (s->self_may && k == 0)
		return 0;
	go(s, k - (s->self_may != 0));
	return 1;
}

void
sched_others_help(struct sched *s)
{
	unsigned stalls = s->stalls;
	struct cpu *me = &s->cpus[s->cpu];
	uint32_t block = me->block, within = me->within;

	if (!may_be_several(s))
		return;
	sched_others_find(s, 1, 0);
	me->block = 0;
	stand(s, STANDS_AT_TURN, 0);
	for (unsigned i = 0; i < SCHED_CPUS_MAX; i++)
		s->cpus[i].asleep = 0;
	if (s->nothers != 0 && s->other[0].work == WORK_NONE) {
		go(s, 0);
	} else if (s->nothers != 0 && stalls == 0) {
		unsigned k = pick(s);

		if (k != 0)
			go(s, k - 1);
	}
	sched_block_back(s, block, within);
	s->stalls = stalls;
}

int
sched_soft_elsewhere(struct sched *s, const struct soft *soft)
{
	unsigned cpu = sched_free_cpu(s), k;
	struct other o = { WORK_SOFTINTR, cpu, soft->token, 0, soft->ipl };

	if (!may_be_several(s) || s->running == s->main || !s->unlocked)
		return 0;
	if (cpu == SCHED_CPUS_MAX) {
		s->crowded = 1;
		return 0;
	}
	/* It comes here, now elsewhere, or there when it is that one's turn. */
	s->self_may = 1;
	s->self_alone = 0;
	s->nothers = 2;
	s->other[0] = s->other[1] = o;
	k = s->calls.turn(s->self, 3);
	if (k == 0)
		return 0;
	begin(s, &o);
	stand(s, STANDS_AT_TURN, 0);
	if (k == 1) {
		cpu_switch(s, cpu);
	} else {
		s->cpus[cpu].asleep = 1;
		wake(s, s->cpu);
	}
	return 1;
}

void
sched_cpu_work(struct sched *s, struct context *c)
{
	struct cpu *cpu = &s->cpus[c->cpu];

	cpu->fresh = 0;
	s->ipl = cpu->work_ipl;
	sched_touch(s, c->token, 1);
	if (c->work != WORK_INTERRUPT) {
		sched_context_run(c);
		return;
	}
	for (size_t i = 0; i < s->nhandlers && !s->abandoned; i++)
		if (s->handlers[i].irq == cpu->irq) {
			s->ipl = s->handlers[i].ipl;
			c->token = s->handlers[i].token;
			sched_context_run(c);
		}
}

/* One that idles is next if no other has begun something: it sees what there is. */
void
sched_cpu_end(struct sched *s)
{
	struct host_fiber *self = s->cpus[s->cpu].context.fiber;
	unsigned next = 0, k;

	sched_progress(s);
	s->others &= ~(1u << s->cpu);
	sched_others_find(s, 0, 1);
	if (s->nothers != 0 && (s->cpus[0].fiber != s->main ||
	    s->other[0].work == WORK_NONE)) {
		k = pick(s);
		next = s->other[k].cpu;
		chosen(s, k);
	}
	cpu_runs(s, next);
	if (s->running != self)
		host_fiber_switch(self, s->running);
}

uint64_t
sched_runs(const struct sched *s)
{
	if (s->cpu != 0)
		return s->cpus[s->cpu].context.token;
	return s->depth != 0 ? s->deliveries[s->depth - 1].token : 0;
}

void
sched_others_join(struct sched *s)
{
	s->joining = 1;
	while (s->others != 0 && !s->abandoned)
		if (!sched_others_go_on(s, 0)) {
			s->calls.no_progress(s->self);
			sched_stop(s);
		}
	s->joining = 0;
}

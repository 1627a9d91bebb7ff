/* sched_next.c: what is delivered next: interrupts, soft ones, timeouts. */
#include "sched_var.h"

#include <string.h>

#define ARRIVALS_MAX	16u		/* interrupts to choose from */
#define STORM_MAX	10000u		/* handlers in a row at one point */

static int
is_deliverable(const struct sched *s, const struct handler *h)
{
	return sched_is_pending(s, h) && h->ipl > s->ipl;
}

/* Time until the first timeout, of which there is one. */
static uint64_t
timer_left(const struct sched *s)
{
	uint64_t now = sched_grain_now(s), due = s->timers[0].due_ns;

	return due > now ? due - now : 0;
}

/* Rule X5: what code takes until then the next wait can give. */
static int
timer_may_come(const struct sched *s)
{
	return s->ntimers != 0 && timer_left(s) <= s->slack_ns;
}

int
sched_timer_may_come(const struct sched *s, int early)
{
	return s->ntimers != 0 && !sched_is_under_way(s, WORK_TIMEOUT, 0) &&
	    (s->timers[0].due_ns <= s->now_ns || (early &&
	    timer_may_come(s)));
}

/* Time goes on to where it is due. */
void
sched_timer_take(struct sched *s, uint64_t *token)
{
	*token = s->timers[0].token;
	if (s->timers[0].due_ns > s->now_ns) {
		s->taken_ns += timer_left(s);
		s->slack_ns -= timer_left(s);
		sched_advance(s, s->timers[0].due_ns);
	}
	memmove(&s->timers[0], &s->timers[1],
	    (s->ntimers - 1) * sizeof s->timers[0]);
	s->ntimers--;
}

int
sched_is_exposed(const struct sched *s)
{
	if (s->timers_come && timer_may_come(s) &&
	    s->ipl < SCHED_IPL_SOFTCLOCK)
		return 1;
	for (size_t i = 0; i < s->nhandlers; i++)
		if (is_deliverable(s, &s->handlers[i]))
			return 1;
	return 0;
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
	if (s->waits) {			/* rule R3 */
		*later = 1;
		return NULL;
	}
	if (n > ARRIVALS_MAX)
		n = ARRIVALS_MAX;
	nth = s->calls.arrival(s->self, n + 1);
	if (nth >= n) {
		*later = s->waits = 1;
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

static int
chosen(struct delivery *d, enum work work, uint64_t token, int ipl)
{
	d->work = work;
	d->token = token;
	d->ipl = ipl;
	return 1;
}

/* All handlers of one interrupt, as a shared line wants. */
static int
next_of_irq(struct sched *s, struct delivery *d)
{
	while (d->has_irq && d->at < s->nhandlers) {
		const struct handler *h = &s->handlers[d->at++];

		if (h->irq == d->irq)
			return chosen(d, WORK_INTERRUPT, h->token,
			    h->ipl > s->ipl ? h->ipl : s->ipl);
	}
	d->has_irq = 0;
	return 0;
}

static size_t
soft_best(const struct sched *s)
{
	size_t best = s->nsoft;

	for (size_t i = 0; i < s->nsoft; i++)
		if (s->soft[i].ipl > s->ipl && (best == s->nsoft ||
		    s->soft[i].ipl > s->soft[best].ipl) &&
		    !sched_is_under_way(s, WORK_SOFTINTR, s->soft[i].token))
			best = i;
	return best;
}

/* may_wait: another CPU may have it, if somebody chooses so. */
static int
next_soft(struct sched *s, struct delivery *d, int may_wait)
{
	size_t best;

	if (s->nsoft == 0)
		return 0;
	while ((best = soft_best(s)) != s->nsoft) {
		struct soft soft = s->soft[best];

		memmove(&s->soft[best], &s->soft[best + 1],
		    (s->nsoft - best - 1) * sizeof s->soft[0]);
		s->nsoft--;
		if (!may_wait || !sched_soft_elsewhere(s, &soft))
			return chosen(d, WORK_SOFTINTR, soft.token, soft.ipl);
		if (s->abandoned)
			break;
	}
	return 0;
}

/* early: one that is not due may come, for time may have passed (rule X5). */
static int
next_timer(struct sched *s, struct delivery *d, int early)
{
	uint64_t token;

	if (s->ntimers == 0 || s->ipl >= SCHED_IPL_SOFTCLOCK ||
	    !sched_timer_may_come(s, early) ||
	    (s->timers[0].due_ns > s->now_ns && (s->calls.timer == NULL ||
	    !s->calls.timer(s->self))))
		return 0;
	sched_timer_take(s, &token);
	return chosen(d, WORK_TIMEOUT, token, SCHED_IPL_SOFTCLOCK);
}

int
sched_next_work(struct sched *s, int may_wait)
{
	struct delivery *d = &s->deliveries[s->depth];
	const struct handler *h;
	int first = d->done == 0, is;

	if (next_of_irq(s, d))
		return 1;
	h = d->later ? NULL : pending_handler(s, may_wait ? &d->later : NULL);
	if (d->done > STORM_MAX) {
		s->calls.no_progress(s->self);
		sched_stop(s);
		return 0;
	}
	if (h != NULL) {
		s->edge[h->irq] = 0;
		d->irq = h->irq;
		d->has_irq = 1;
		d->at = 0;
		is = next_of_irq(s, d);
	} else {
		is = next_soft(s, d, may_wait) ||
		    next_timer(s, d, may_wait && first);
	}
	d->done += (unsigned)is;
	return is;
}

/*
 * sched_var.h: the inside of the scheduler, for sched.c (contexts, levels, time),
 * sched_next.c (what is delivered), sched_second.c (the second CPU) and
 * sched_state.c.
 */
#ifndef VIOTAPE_SCHED_VAR_H
#define VIOTAPE_SCHED_VAR_H

#include "sched.h"

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
	int kernel;
	int spins;			/* for what the other one has */
};

/*
 * What comes at a point where a depth may be interrupted.  It is here and not on
 * the stack that was interrupted, where what is over would tell states apart.
 */
struct delivery {
	unsigned done;			/* so far; no part of a state (X3) */
	int later;			/* no interrupt any more */
	int has_irq;			/* handlers from at on may share irq */
	uint32_t irq;
	size_t at;
	/* Chosen: */
	enum work work;
	uint64_t token;
	int ipl;
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
	int kernel;			/* its own code runs, no driver's */
	int waits;			/* what is pending was let wait, and
					   nothing happened since (rule R3) */
	uint64_t now_ns, seq;
	int explored;			/* deadlines are in grains, and
					   stretches are told */
	int clock_read, waited_read;	/* by the guest, once */
	uint64_t waited_ns;		/* that sched_wait() was asked for */
	int ties;			/* two deadlines were in one grain */
	int timers_come;		/* at calls, if somebody chooses so */
	uint64_t slack_ns, taken_ns;	/* of the next sched_wait_rest() */
	/* For what the host's context lets time pass; see idle_until(). */
	int idles, idles_for_process;
	uint64_t idles_until_ns, patience_ns;
	struct delivery deliveries[SCHED_NESTED_MAX + 1]; /* at each depth */
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

/* sched.c */
void sched_context_start(struct sched *s, struct context *c);
/* Now, as far as deadlines know. */
uint64_t sched_grain_now(const struct sched *s);

/* Time goes on, if it is later. */
void sched_advance(struct sched *s, uint64_t to_ns);

/* sched_next.c; whether something may come between the accesses of what runs */
int sched_is_exposed(const struct sched *s);
/*
 * 1: the delivery of this depth has what comes next.  may_wait: interrupts may
 * come later than here, and timeouts that are not due, if somebody chooses so.
 */
int sched_next_work(struct sched *s, int may_wait);

/* sched_second.c; an interrupt that no CPU has taken */
int sched_is_pending(const struct sched *s, const struct handler *h);
/* The other CPU goes on, until it is this one's turn again. */
void sched_cpu_switch(struct sched *s);
/* 1 if it took an interrupt of a level above this, and has come back here. */
int sched_second_may_start(struct sched *s, int above);
/* All that its context does, and its end. */
void sched_second_run(struct sched *s);
void sched_second_end(struct sched *s);
/* Whether the CPU that does not run has something to do. */
int sched_other_has_work(const struct sched *s);
/* What the second CPU has begun comes to its end; the first one idles. */
void sched_second_join(struct sched *s);

#endif

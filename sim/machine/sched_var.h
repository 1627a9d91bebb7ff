/*
 * sched_var.h: the inside of the scheduler, for sched.c (contexts, levels, time),
 * sched_next.c (what is delivered), sched_cpus.c (whose turn it is),
 * sched_others.c (who could be next) and sched_state.c.
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

enum work { WORK_NONE, WORK_INTERRUPT, WORK_SOFTINTR, WORK_TIMEOUT };

struct context {
	struct sched *sched;
	struct host_fiber *fiber;
	void *stack;
	struct host_fiber *back;	/* whom it interrupted */
	enum work work;
	uint64_t token;
	unsigned cpu;			/* whose it is */
};

/* Why a CPU stands still, when it comes to its turn again. */
enum stands { STANDS_AT_TURN, STANDS_FOR_HANDLER };

struct cpu {
	/* While it does not run: */
	struct host_fiber *fiber;
	int ipl;
	int kernel;
	enum stands stands;
	uint64_t stands_for;		/* the lock, or what else; the handler */
	int asleep;			/* what goes on here first was gone (K3) */
	/* The block that runs, or is about to; see blocks.h. */
	uint32_t block;
	uint32_t within;		/* a private one, which goes on as that */
	/* Of all but the first, which serve one piece of work at a time: */
	struct context context;
	uint32_t irq;			/* of an interrupt */
	int work_ipl;
	int fresh;			/* it has begun nothing yet */
};

/* What may be next instead of the context that runs. */
struct other {
	enum work work;			/* to begin; WORK_NONE: cpu goes on */
	unsigned cpu;
	uint64_t token;
	uint32_t irq;
	int ipl;
};

#define OTHERS_MAX	24u

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
	uint32_t block, within;		/* of what was interrupted */
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
	struct cpu cpus[SCHED_CPUS_MAX];
	unsigned cpu;			/* that runs */
	unsigned others;		/* CPUs but the first that are busy, a bit
					   each */
	int joining;
	int unlocked;			/* something needs no kernel lock */
	int crowded;			/* no CPU was left for what could begin */
	struct other other[OTHERS_MAX];	/* of the latest turn */
	unsigned nothers;
	int self_may;			/* and whether who runs may go on */
	int self_alone;			/* what it does next is private (K3) */
	struct blocks *blocks;
	int relies;			/* on what they say */
	int (*is_held)(uint64_t lock, unsigned but);
	uint64_t step;			/* of the scenario, for blocks */
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
/* Its piece of work, once. */
void sched_context_run(struct context *c);
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

/* sched_others.c; an interrupt that no CPU has taken */
int sched_is_pending(const struct sched *s, const struct handler *h);
/* Somebody is at this soft interrupt, or at a timeout. */
int sched_is_under_way(const struct sched *s, enum work work, uint64_t token);
/* Of CPUs but this one, whether one runs that handler. */
int sched_handles_elsewhere(const struct sched *s, unsigned cpu,
    uint64_t token);
/* What a CPU that idles would do by itself. */
int sched_idle_has_work(const struct sched *s);
/* The first that is at nothing; SCHED_CPUS_MAX: there is none. */
unsigned sched_free_cpu(const struct sched *s);
/*
 * What may be next instead of what runs: others that go on, then what they could
 * begin; self_may: what runs may go on as well, early: timeouts may come that
 * are not due.
 */
void sched_others_find(struct sched *s, int self_may, int early);

/* sched_cpus.c; from now on this block runs on this CPU */
void sched_block(struct sched *s, uint32_t block);
/* The one that was interrupted goes on. */
void sched_block_back(struct sched *s, uint32_t block, uint32_t within);
/* How what begins here is known: the block it begins with. */
uint32_t sched_block_of(struct sched *s, uint64_t who, uint64_t first);
/*
 * Nothing has to run here: 1 if another CPU was let go on, and it is this one's
 * turn again.
 */
int sched_others_go_on(struct sched *s, int self_may);
/*
 * A soft interrupt that could come here: 1 if another CPU has it, now or later.
 */
int sched_soft_elsewhere(struct sched *s, const struct soft *soft);
/* All that the context of a CPU does, and its end. */
void sched_cpu_work(struct sched *s, struct context *c);
void sched_cpu_end(struct sched *s);
/* What others have begun comes to its end; the first one idles. */
void sched_others_join(struct sched *s);
/* The timeout that is the first: whether it may come, at the latest now. */
int sched_timer_may_come(const struct sched *s, int early);
void sched_timer_take(struct sched *s, uint64_t *token);

#endif

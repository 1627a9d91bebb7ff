/*
 * sched.h: who runs: the kernel's contexts, the interrupts, spl(9), timeouts
 * and the virtual clock.
 *
 * A context is a fiber: the process that takes the scenario's steps, and one
 * for each nested interrupt, soft interrupt or timeout.  Contexts change only
 * at events (a call through the door, an access that waits for the host), so a
 * run is the same every time.  The virtual clock advances only when everybody
 * waits, and in delay(9): never per access.
 *
 * All of them run on one CPU, unless somebody chooses that another one takes an
 * interrupt, a soft interrupt or a timeout (decisions/0024, 0038).  Then several
 * contexts are on their way, one on each CPU, and one of them goes on at a time:
 * they take turns at calls that order one CPU's accesses before another's, and
 * where one waits for a lock that another one has.
 *
 *	sched_call(s, fn, arg)		from the host: runs fn as the process
 *	    ... guest code, which calls through the door:
 *	    sched_poll(s)		deliver what may be delivered now
 *	    sched_sleep(s, ...)		the process waits; others run
 *	sched_wait(s, until_ns)		from the host: nobody asks anything
 */
#ifndef VIOTAPE_SCHED_H
#define VIOTAPE_SCHED_H

#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "state.h"

#define SCHED_IPL_NONE		0
#define SCHED_IPL_SOFTCLOCK	2
#define SCHED_IPL_HIGH		12
#define SCHED_FOREVER		UINT64_MAX
#define SCHED_HANDLERS_MAX	64u	/* established interrupts */
#define SCHED_IRQS_MAX		1024u	/* interrupt numbers */
#define SCHED_TIMERS_MAX	1024u
#define SCHED_NESTED_MAX	16u	/* contexts that interrupt each other */
#define SCHED_STACK_SIZE	(256u << 10)
/* Bytes below a stack that nobody may touch; a multiple of any page. */
#define SCHED_STACK_GUARD	(64u << 10)

/*
 * In a state times are told apart by so much, see sched_state().  Where states
 * are compared, deadlines are multiples of it, too (sched_explore_begin()): what
 * is behind the millisecond now changes no order of them.
 */
#define SCHED_TIME_GRAIN_NS	UINT64_C(1000000)

#define SCHED_CPUS_MAX		MEM_CPUS_MAX

/*
 * What a turn is before, if it is no mutex or other token of the guest's: see
 * blocks.h.  Pages that a device may see, and what CPUs load and store with
 * volatile or atomic accesses, have numbers of their own, too.
 */
enum sched_thing { SCHED_KERNEL_LOCK = 1, SCHED_DEVICE, SCHED_BEGIN,
    SCHED_HOST };

struct blocks;
struct sched;

/* How a run of the process ended. */
enum sched_end {
	SCHED_DONE,		/* the function returned */
	SCHED_STUCK,		/* it waits for what nobody will do */
	SCHED_ABANDONED		/* sched_abandon was called */
};

/* A stretch of accesses begins, one goes on, or goes on after a handler. */
enum sched_stretch { STRETCH_BEGINS, STRETCH_GOES_ON, STRETCH_BACK };

struct sched_calls {
	/* Guest code of a context; token is the one that was given. */
	void (*interrupt)(void *self, uint64_t token);
	void (*softintr)(void *self, uint64_t token);
	void (*timeout)(void *self, uint64_t token);
	/* Lets the host do one unit of work; 1 if it did any. */
	int (*host_step)(void *self, int block);
	/* The clock moved on. */
	void (*time)(void *self, uint64_t now_ns);
	/* A loop waits for what nobody will do; then the run is abandoned. */
	void (*no_progress)(void *self);
	/*
	 * n - 1 interrupts may be delivered: which comes now, 0 the one that
	 * is the first by its level; n - 1 none yet.  NULL: always 0.
	 */
	unsigned (*arrival)(void *self, unsigned n);
	/*
	 * n - 1 others may go on here: another CPU, or one that begins
	 * something.  Which does, 0 the one that runs, if it may; see
	 * sched_may_turn().  NULL: there is one CPU.
	 */
	unsigned (*turn)(void *self, unsigned n);
	/* From now on this CPU runs; others: those that are busy but the first,
	   a bit each. */
	void (*cpu)(void *self, unsigned cpu, unsigned others);
	/* The block that runs from now on, and a private one that is part of it,
	   or the same. */
	void (*block)(void *self, uint32_t block, uint32_t within);
	/* What comes from here on was gone in another order (rule K3). */
	void (*known)(void *self);
	/*
	 * A timeout that is pending may come now, for so much time may have
	 * passed: 1 if it does.  NULL: none does before everybody waits.
	 */
	int (*timer)(void *self);
	/*
	 * For between.h: the first CPU's context at this depth runs; enum
	 * sched_stretch; exposed: something may come between its accesses.
	 */
	void (*stretch)(void *self, unsigned depth, int what, int exposed);
	/* The kernel's own code runs from now on, or a driver's; NULL: nobody
	   asks. */
	void (*kernel)(void *self, int own);
};

struct sched *sched_create(const struct sched_calls *calls, void *self);
void sched_destroy(struct sched *s);

/* From the host: runs fn(arg) as the process until it ends, one way or other. */
enum sched_end sched_call(struct sched *s, void (*fn)(void *), void *arg);
/* From the host: lets so much time pass. */
enum sched_end sched_wait(struct sched *s, uint64_t ns);
/*
 * What code may take of the next sched_wait_rest() (rule X5): where calls.timer
 * says so a timeout comes that early.
 */
void sched_slack_set(struct sched *s, uint64_t ns);
/* From the host: as sched_wait(), less what code took since the slack was set.
   That is *taken_ns, and nobody's any more. */
enum sched_end sched_wait_rest(struct sched *s, uint64_t ns,
    uint64_t *taken_ns);
/* From guest context: leaves all contexts for good; does not return. */
_Noreturn void sched_abandon(struct sched *s);
/* The same from wherever it is called: returns when that is the host. */
void sched_stop(struct sched *s);
/* 1 once all contexts were left for good. */
int sched_stopped(const struct sched *s);
/* 1 while a guest context runs. */
int sched_in_guest(const struct sched *s);
/* Whatever runs, for who takes turns with all of it. */
struct host_fiber *sched_fiber(const struct sched *s);
/* The stack that runs, to walk its frames: [*low, *high). */
void sched_stack(const struct sched *s, uint64_t *low, uint64_t *high);

uint64_t sched_now_ns(const struct sched *s);
/*
 * Before anything runs: deadlines are told in grains, and all stacks are there,
 * to be tracked (snapshot.h).  timers_come: calls.timer may say so.
 */
void sched_explore_begin(struct sched *s, int timers_come);

/*
 * Who runs, who waits and for what, what is pending: all but the stacks.  Times
 * are what is left of them, so that when something happened says nothing;
 * but for a guest that has looked at the clock (sched_clock_read()).  Tokens
 * and channels are the guest's own numbers, and added as such.
 */
void sched_state(const struct sched *s, struct state *st);
/*
 * The guest's stacks, [low, high) each: the process's and those of what
 * interrupted it, in this order.  low is where a context that does not run was
 * left; of the one that runs, which knows its own, it is 0.
 */
/* Whether the order of deadlines, or the clock, may have decided anything by
   less than a grain: the guest has looked, or two are due in the same. */
int sched_time_matters(const struct sched *s);
void sched_stacks(const struct sched *s, void (*each)(void *self,
    uint64_t low, uint64_t high), void *self);

/* --- for the door, in guest context --- */

void sched_poll(struct sched *s);
/*
 * Rule R3.  Whether the kernel's own code runs from now on, in the context that
 * runs, or a driver's, as it does where one begins: what it was.
 */
int sched_kernel(struct sched *s, int own);
/*
 * For rule R3, that it matters whether a handler comes before or behind this: a
 * driver has called or accessed something, if it is one that runs; the kernel's
 * own code has left a mutex, if that runs, so handlers may look at what it did;
 * somebody did such a thing, whoever runs.
 */
void sched_called(struct sched *s);
void sched_left(struct sched *s);
void sched_touched(struct sched *s);
/* A load, or a call that changes nothing (0); or a store. */
void sched_activity(struct sched *s, int store);
/* The same for accesses to memory, which count by themselves. */
struct mem_activity *sched_memory_activity(struct sched *s);
void sched_idle(struct sched *s);	/* ... and have reached the limit */
/* Something was done: whoever polls has not waited in vain. */
void sched_progress(struct sched *s);
int sched_spl(struct sched *s, int level);
int sched_spl_get(const struct sched *s);
int sched_can_sleep(const struct sched *s);
/* 0 woken, 1 timed out. Process context only. */
int sched_sleep(struct sched *s, uint64_t channel, uint64_t ns);
void sched_wakeup(struct sched *s, uint64_t channel);
void sched_delay_ns(struct sched *s, uint64_t ns);
/* 0; or -1: no room (SCHED_HANDLERS_MAX, SCHED_IRQS_MAX). */
int sched_establish(struct sched *s, uint32_t irq, int ipl, uint64_t token,
    const char *name);
/* The handler needs no kernel lock: another CPU may run it beside the first. */
void sched_mpsafe(struct sched *s, uint64_t token);
/* So does something else: until then nothing can be beside anything else. */
void sched_unlocked(struct sched *s);
void sched_disestablish(struct sched *s, uint64_t token);
void sched_softintr(struct sched *s, uint64_t token, int ipl);
void sched_softintr_cancel(struct sched *s, uint64_t token);
/* 0; or -1: SCHED_TIMERS_MAX reached. Set again moves it. */
int sched_timer_set(struct sched *s, uint64_t token, uint64_t ns);
int sched_timer_del(struct sched *s, uint64_t token);	/* 1: was pending */
int sched_timer_pending(const struct sched *s, uint64_t token);
/* The CPU that runs, from 0. */
unsigned sched_cpu(const struct sched *s);
/*
 * What orders the accesses of CPUs is about to be called: another one may go on.
 * What it is: a lock, another token, or of enum sched_thing.
 */
void sched_turn(struct sched *s, uint64_t what);
/* The same without a turn: it is touched, and changed or looked at. */
void sched_touch(struct sched *s, uint64_t what, int change);
/*
 * The CPU that runs waits for a lock that another one has, which goes on; returns
 * when it is this one's turn again: the caller looks again.  If nobody can go on,
 * no_progress is told and the run abandoned.
 */
void sched_spin(struct sched *s, uint64_t lock);
/* The same until no other CPU is within the handler of this token. */
void sched_handler_wait(struct sched *s, uint64_t token);
/* In a loop that waits, who could end it goes on, if there is one. */
void sched_others_help(struct sched *s);
/* Who tells whether a CPU has a lock, but for one. */
void sched_locks(struct sched *s, int (*is_held)(uint64_t lock, unsigned but));
/* What blocks touch is kept here from now on, and relied on, or learned alone; not
   owned. */
void sched_blocks(struct sched *s, struct blocks *b, int relies);
/* In calls.turn: whether n is worth going: not what is known from another order. */
int sched_may_turn(const struct sched *s, unsigned n);
/* Whether there was more at once than CPUs. */
int sched_crowded(const struct sched *s);
/* The token of the handler, soft interrupt or timeout that runs; 0: a process. */
uint64_t sched_runs(const struct sched *s);
/* The time, for the guest: from now on it may depend on it. */
uint64_t sched_clock_read(struct sched *s);
/* What is pending, and the level allows, comes here and not later (rule K2). */
void sched_barrier(struct sched *s);
/* What all waits so far have asked for, for the guest: whatever code took, it is
   the same in all ways (rule X6). */
uint64_t sched_waited_read(struct sched *s);
size_t sched_handler_count(const struct sched *s);

/* --- for hosts --- */

void sched_irq_line(struct sched *s, uint32_t irq, int level);
void sched_irq_edge(struct sched *s, uint32_t irq);	/* a message came */

#endif

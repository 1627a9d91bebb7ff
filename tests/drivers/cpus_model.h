/*
 * cpus_model.h: what cpus_guest.c's step "raise n" does, by n.
 */
#ifndef VIOTAPE_CPUS_MODEL_H
#define VIOTAPE_CPUS_MODEL_H

enum cpus_mode {
	CPUS_MUTEX = 1,		/* a mutex over all of it: right */
	CPUS_SPL = 2,		/* the interrupt's level alone, which keeps no
				   other CPU away */
	CPUS_CROSSED = 3,	/* two mutexes, taken in either order */
	CPUS_RACE = 4,		/* a count that both change without a lock */
	CPUS_UNKNOWN = 5,	/* what the shim lacks, if no answer is there at
				   once */
	CPUS_POLL = 6,		/* looks for the answer again and again */
	CPUS_POLL_LOST = 7,	/* the same, twice; the second time without a
				   notification, if the first answer was late */
	CPUS_SLEEP = 8,		/* looks, and sleeps, at no level */
	CPUS_COUNT = 9,		/* a count that both change, at no level */
	CPUS_COUNT_LEVEL = 10,	/* the same at the interrupt's level: right */
	CPUS_STORE = 11,	/* one store of each: whoever comes first */
	CPUS_TIMEOUT = 12,	/* that no timeout comes while it runs */
	CPUS_BARRIER = 13,	/* waits with intr_barrier(9) */
	CPUS_CLUSTER = 14,	/* a cluster that both have, and let go: right */
	CPUS_SLOTS = 15,	/* that entries of the queue come in turn */
	CPUS_OWN = 16,		/* that no interrupt comes in the middle of the
				   kernel's own code */
	CPUS_OWN_LEFT = 17,	/* the same, where that leaves a mutex */
	CPUS_OWN_TWO = 18,	/* that has two accesses which the handler has,
				   too, before one may come: no driver's */
	CPUS_STATIC = 19,	/* a variable of the driver's own, between two
				   changes of the level */
	CPUS_TASK = 20,		/* that a task runs before what comes behind its
				   task_add(9) */
	CPUS_TASK_COUNT = 21,	/* a count of a task and the process, under a
				   mutex: right */
	CPUS_TIMEOUT_LEVEL = 22, /* that its level keeps a timeout away */
	CPUS_THREE = 23		/* three mutexes, of which process, handler and
				   task take two each, round and round */
};

#endif

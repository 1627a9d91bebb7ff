/*
 * Functions that run later, timeout(9), at IPL_SOFTCLOCK.
 */
#ifndef _SYS_TIMEOUT_H_
#define _SYS_TIMEOUT_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/time.h>

struct timeout {
	void		(*to_func)(void *);
	void		*to_arg;
	int		 to_flags;
};

#define TIMEOUT_PROC		0x01	/* process context: not modelled */
#define TIMEOUT_ONQUEUE		0x02	/* set, not yet fired */
#define TIMEOUT_INITIALIZED	0x04
#define TIMEOUT_TRIGGERED	0x08	/* fired or firing */
#define TIMEOUT_MPSAFE		0x10	/* runs without the kernel lock */

#define KCLOCK_NONE	(-1)
#define KCLOCK_UPTIME	0

#define TIMEOUT_INITIALIZER_FLAGS(fn, arg, kclock, flags) \
	{ (fn), (arg), (flags) | TIMEOUT_INITIALIZED }
#define TIMEOUT_INITIALIZER(fn, arg) \
	TIMEOUT_INITIALIZER_FLAGS((fn), (arg), KCLOCK_NONE, 0)

#define timeout_pending(to)	((to)->to_flags & TIMEOUT_ONQUEUE)
#define timeout_initialized(to)	((to)->to_flags & TIMEOUT_INITIALIZED)
#define timeout_triggered(to)	((to)->to_flags & TIMEOUT_TRIGGERED)

void timeout_set(struct timeout *, void (*)(void *), void *);
void timeout_set_flags(struct timeout *, void (*)(void *), void *, int, int);
void timeout_set_proc(struct timeout *, void (*)(void *), void *);

/* 1 if the timeout was not pending, 0 if it was and is put off. */
int timeout_add(struct timeout *, int);		/* ticks */
int timeout_add_sec(struct timeout *, int);
int timeout_add_msec(struct timeout *, uint64_t);
int timeout_add_usec(struct timeout *, uint64_t);
int timeout_add_nsec(struct timeout *, uint64_t);

/* 1 if the timeout was pending; _barrier waits for a running one. */
int timeout_del(struct timeout *);
int timeout_del_barrier(struct timeout *);
void timeout_barrier(struct timeout *);

#endif

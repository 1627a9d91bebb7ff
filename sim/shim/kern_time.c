/*
 * kern_time.c: virtual time, timeout(9), delay(9), getuptime(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/time.h>
#include <sys/timeout.h>

#include "kern_var.h"

int hz = 100;
int tick = 10000;
int tick_nsec = 10000000;

static struct timeout *timeout_running;

void
timeout_set_flags(struct timeout *to, void (*fn)(void *), void *arg,
    int kclock, int flags)
{
	if (kclock != KCLOCK_NONE && kclock != KCLOCK_UPTIME)
		KERN_UNMODELLED("timeout_set_flags of another clock");
	/* Its function could sleep; there is no thread to run it in. */
	if (flags & TIMEOUT_PROC)
		KERN_UNMODELLED("timeout_set_proc");
	to->to_func = fn;
	to->to_arg = arg;
	to->to_flags = flags | TIMEOUT_INITIALIZED;
}

void
timeout_set(struct timeout *to, void (*fn)(void *), void *arg)
{
	timeout_set_flags(to, fn, arg, KCLOCK_NONE, 0);
}

void
timeout_set_proc(struct timeout *to, void (*fn)(void *), void *arg)
{
	timeout_set_flags(to, fn, arg, KCLOCK_NONE, TIMEOUT_PROC);
}

int
timeout_add_nsec(struct timeout *to, uint64_t ns)
{
	int was_pending;

	KERN_OWN(&timeout_running);
	was_pending = timeout_pending(to) != 0;
	KASSERT(timeout_initialized(to));
	if (was_pending)
		(void)hc->timer_del(KERN_TOKEN(to));
	CLR(to->to_flags, TIMEOUT_TRIGGERED);
	SET(to->to_flags, TIMEOUT_ONQUEUE);
	KERN_OWN_END(&timeout_running);
	hc->timer_set(KERN_TOKEN(to), ns,
	    ISSET(to->to_flags, TIMEOUT_MPSAFE) != 0);
	return !was_pending;
}

/* A timeout fires at a tick of the clock: at the next one at the earliest. */
int
timeout_add(struct timeout *to, int ticks)
{
	KASSERT(ticks >= 0);
	return timeout_add_nsec(to, (uint64_t)max(ticks, 1) * tick_nsec);
}

/* n units of unit_ns each, as ticks, rounded up. */
static int
timeout_add_units(struct timeout *to, uint64_t n, uint64_t unit_ns)
{
	uint64_t ticks;

	if (n > (uint64_t)INT_MAX * tick_nsec / unit_ns)
		return timeout_add(to, INT_MAX);
	ticks = howmany(n * unit_ns, tick_nsec);
	return timeout_add(to, MIN(ticks, INT_MAX));
}

int
timeout_add_sec(struct timeout *to, int seconds)
{
	KASSERT(seconds >= 0);
	return timeout_add_units(to, seconds, 1000000000);
}

int
timeout_add_msec(struct timeout *to, uint64_t ms)
{
	return timeout_add_units(to, ms, 1000000);
}

int
timeout_add_usec(struct timeout *to, uint64_t us)
{
	return timeout_add_units(to, us, 1000);
}

int
timeout_del(struct timeout *to)
{
	int was_pending;

	KERN_OWN(&timeout_running);
	was_pending = timeout_pending(to) != 0;
	if (was_pending)
		(void)hc->timer_del(KERN_TOKEN(to));
	CLR(to->to_flags, TIMEOUT_ONQUEUE | TIMEOUT_TRIGGERED);
	KERN_OWN_END(&timeout_running);
	return was_pending;
}

void
timeout_barrier(struct timeout *to)
{
	while (timeout_running == to)
		hc->others();
	KERN_OWN(&timeout_running);	/* what it did is seen */
	KERN_OWN_END(&timeout_running);
}

int
timeout_del_barrier(struct timeout *to)
{
	int was_pending = timeout_del(to);

	if (!was_pending)
		timeout_barrier(to);
	return was_pending;
}

/* After the function has run, its timeout may be freed: not touched again. */
void
kern_timeout_dispatch(hc_u64 token)
{
	struct timeout *to = KERN_POINTER(token);
	int mpsafe;

	KERN_OWN(&timeout_running);
	mpsafe = ISSET(to->to_flags, TIMEOUT_MPSAFE);
	CLR(to->to_flags, TIMEOUT_ONQUEUE);
	SET(to->to_flags, TIMEOUT_TRIGGERED);
	timeout_running = to;
	KERN_OWN_END(&timeout_running);
	if (!mpsafe)
		KERNEL_LOCK();
	to->to_func(to->to_arg);
	if (!mpsafe)
		KERNEL_UNLOCK();
	timeout_running = NULL;
}

/* --- time --- */

uint64_t
nsecuptime(void)
{
	return hc->uptime_ns();
}

uint64_t
getnsecuptime(void)
{
	return nsecuptime();
}

time_t
getuptime(void)
{
	return nsecuptime() / 1000000000;
}

void
nanouptime(struct timespec *ts)
{
	uint64_t ns = nsecuptime();

	ts->tv_sec = ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
}

void
getnanouptime(struct timespec *ts)
{
	nanouptime(ts);
}

void
microuptime(struct timeval *tv)
{
	uint64_t ns = nsecuptime();

	tv->tv_sec = ns / 1000000000;
	tv->tv_usec = ns % 1000000000 / 1000;
}

void
getmicrouptime(struct timeval *tv)
{
	microuptime(tv);
}

void
delay(int us)
{
	KASSERT(us >= 0);
	hc->delay_us(us);
}

/*
 * kern_sleep.c: waiting and waking, tsleep(9), and rwlock(9).
 *
 * msleep and rwsleep let their lock go before they sleep, which may let an
 * interrupt in that wakes.  So a sleeper announces itself first, and a wakeup
 * marks those who are announced and not yet asleep:
 *
 *	announce -> let the lock go -> marked ? return : sleep
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/rwlock.h>

#include "kern_var.h"

struct sleeper {
	TAILQ_ENTRY(sleeper)	 sl_entry;
	const volatile void	*sl_channel;
	int			 sl_woken;
};

static TAILQ_HEAD(, sleeper) sleepers = TAILQ_HEAD_INITIALIZER(sleepers);

void
assertwaitok(void)
{
	if (panicstr == NULL && !hc->can_sleep())
		kern_rule_broken("sleep-in-interrupt",
		    "a function that may sleep is called in interrupt "
		    "context, at level %d", hc->spl_get());
}

static void
sleep_announce(struct sleeper *sl, const volatile void *channel)
{
	hc->turn(KERN_TOKEN(channel));
	sl->sl_channel = channel;
	sl->sl_woken = 0;
	TAILQ_INSERT_TAIL(&sleepers, sl, sl_entry);
}

/*
 * Sleeps unless woken since.  Before the devices are attached nobody can be
 * waited for: interrupts are let in, and that is all.
 */
static int
sleep_finish(struct sleeper *sl, const char *why, uint64_t ns)
{
	const volatile void *channel = sl->sl_channel;
	int s;

	hc->turn(KERN_TOKEN(channel));
	TAILQ_REMOVE(&sleepers, sl, sl_entry);
	if (sl->sl_woken)
		return 0;
	if (cold || panicstr != NULL) {
		s = hc->spl_get();
		(void)spl0();
		splx(s);
		return 0;
	}
	assertwaitok();
	if (!hc->can_sleep()) {
		hc->busy();		/* the caller may well ask again */
		return 0;
	}
	return hc->sleep(KERN_TOKEN(channel), ns, why);
}

static uint64_t
sleep_ticks(int ticks)
{
	return ticks == 0 ? INFSLP : (uint64_t)ticks * tick_nsec;
}

int
kern_sleep(const volatile void *channel, const char *why, uint64_t ns)
{
	struct sleeper sl;

	sleep_announce(&sl, channel);
	return sleep_finish(&sl, why, ns);
}

/* What is pending may come before it, behind what its caller has looked at. */
int
tsleep_nsec(const volatile void *channel, int priority, const char *why,
    uint64_t ns)
{
	hc->busy();
	return kern_sleep(channel, why, ns);
}

int
tsleep(const volatile void *channel, int priority, const char *why, int ticks)
{
	return tsleep_nsec(channel, priority, why, sleep_ticks(ticks));
}

int
msleep_nsec(const volatile void *channel, struct mutex *mtx, int priority,
    const char *why, uint64_t ns)
{
	struct sleeper sl;
	int error;

	MUTEX_ASSERT_LOCKED(mtx);
	sleep_announce(&sl, channel);
	mtx_leave(mtx);
	error = sleep_finish(&sl, why, ns);
	if ((priority & PNORELOCK) == 0)
		mtx_enter(mtx);
	return error;
}

int
msleep(const volatile void *channel, struct mutex *mtx, int priority,
    const char *why, int ticks)
{
	return msleep_nsec(channel, mtx, priority, why, sleep_ticks(ticks));
}

int
rwsleep_nsec(const volatile void *channel, struct rwlock *rwl, int priority,
    const char *why, uint64_t ns)
{
	struct sleeper sl;
	int error, status = rw_status(rwl);

	rw_assert_anylock(rwl);
	sleep_announce(&sl, channel);
	rw_exit(rwl);
	error = sleep_finish(&sl, why, ns);
	if ((priority & PNORELOCK) == 0)
		(void)rw_enter(rwl, status);
	return error;
}

int
rwsleep(const volatile void *channel, struct rwlock *rwl, int priority,
    const char *why, int ticks)
{
	return rwsleep_nsec(channel, rwl, priority, why, sleep_ticks(ticks));
}

void
wakeup_n(const volatile void *channel, int n)
{
	struct sleeper *sl;

	hc->turn(KERN_TOKEN(channel));
	TAILQ_FOREACH(sl, &sleepers, sl_entry) {
		if (sl->sl_channel != channel || sl->sl_woken)
			continue;
		sl->sl_woken = 1;
		if (--n == 0)
			return;
	}
	hc->wakeup(KERN_TOKEN(channel), n < 0 ? 0 : n);
}

void
wakeup(const volatile void *channel)
{
	wakeup_n(channel, -1);
}

/* --- rwlock(9) --- */

void
_rw_init(struct rwlock *rwl, const char *name)
{
	rwl->rwl_writer = 0;
	rwl->rwl_readers = 0;
	rwl->rwl_name = name;
}

/* There is one process: it cannot wait for itself. */
static int
rw_held(struct rwlock *rwl, int flags)
{
	if (flags & RW_NOSLEEP)
		return EBUSY;
	if ((flags & RW_RECURSEFAIL) && rwl->rwl_writer)
		return EDEADLK;
	panic("rw_enter: %s locking against myself", rwl->rwl_name);
}

int
rw_enter(struct rwlock *rwl, int flags)
{
	if ((flags & RW_NOSLEEP) == 0)
		assertwaitok();
	if (flags & RW_DOWNGRADE) {
		rw_assert_wrlock(rwl);
		rwl->rwl_writer = 0;
		rwl->rwl_readers = 1;
		return 0;
	}
	if (flags & RW_WRITE) {
		if (rwl->rwl_writer || rwl->rwl_readers > 0)
			return rw_held(rwl, flags);
		rwl->rwl_writer = 1;
		return 0;
	}
	KASSERT(flags & RW_READ);
	if (rwl->rwl_writer)
		return rw_held(rwl, flags);
	rwl->rwl_readers++;
	return 0;
}

void
rw_enter_read(struct rwlock *rwl)
{
	(void)rw_enter(rwl, RW_READ);
}

void
rw_enter_write(struct rwlock *rwl)
{
	(void)rw_enter(rwl, RW_WRITE);
}

void
rw_exit_write(struct rwlock *rwl)
{
	rw_assert_wrlock(rwl);
	rwl->rwl_writer = 0;
}

void
rw_exit_read(struct rwlock *rwl)
{
	rw_assert_rdlock(rwl);
	rwl->rwl_readers--;
}

void
rw_exit(struct rwlock *rwl)
{
	if (rwl->rwl_writer)
		rw_exit_write(rwl);
	else
		rw_exit_read(rwl);
}

int
rw_status(struct rwlock *rwl)
{
	return rwl->rwl_writer ? RW_WRITE : rwl->rwl_readers > 0 ? RW_READ : 0;
}

void
rw_assert_wrlock(struct rwlock *rwl)
{
	if (panicstr == NULL && !rwl->rwl_writer)
		panic("%s: lock not held by this process", rwl->rwl_name);
}

void
rw_assert_rdlock(struct rwlock *rwl)
{
	if (panicstr == NULL && rwl->rwl_readers == 0)
		panic("%s: lock not shared", rwl->rwl_name);
}

void
rw_assert_anylock(struct rwlock *rwl)
{
	if (panicstr == NULL && rw_status(rwl) == 0)
		panic("%s: lock not held", rwl->rwl_name);
}

void
rw_assert_unlocked(struct rwlock *rwl)
{
	if (panicstr == NULL && rw_status(rwl) != 0)
		panic("%s: lock held", rwl->rwl_name);
}

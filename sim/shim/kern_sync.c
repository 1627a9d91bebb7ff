/*
 * kern_sync.c: interrupt levels, mutexes, the kernel lock, barriers; spl(9),
 * mutex(9), membar_sync(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/mutex.h>

#include "kern_var.h"

int splassert_ctl = 1;

int
splraise(int ipl)
{
	int old = hc->spl_get();

	if (ipl > old)
		(void)hc->spl(ipl);
	return old;
}

int
spllower(int ipl)
{
	return hc->spl(ipl);
}

void
splx(int ipl)
{
	(void)hc->spl(ipl);
}

/* A level is not enough if it is lower; after panic nothing is checked. */
void
splassert_check(int wantipl, const char *function)
{
	int ipl = hc->spl_get();

	if (panicstr != NULL || ipl >= wantipl)
		return;
	kern_rule_broken("splassert", "splassert: %s: want %d have %d",
	    function, wantipl, ipl);
}

void
__mtx_init(struct mutex *mtx, int ipl, const char *name)
{
	mtx->mtx_wantipl = ipl;
	mtx->mtx_name = name;
}

void
mtx_enter(struct mutex *mtx)
{
	hc->mtx_enter(KERN_TOKEN(mtx), mtx->mtx_wantipl, mtx->mtx_name);
}

int
mtx_enter_try(struct mutex *mtx)
{
	return hc->mtx_enter_try(KERN_TOKEN(mtx), mtx->mtx_wantipl,
	    mtx->mtx_name);
}

void
mtx_leave(struct mutex *mtx)
{
	hc->mtx_leave(KERN_TOKEN(mtx));
}

int
mtx_owned(struct mutex *mtx)
{
	return hc->mtx_owned(KERN_TOKEN(mtx));
}

void
__mtx_assert(struct mutex *mtx, int locked, const char *function)
{
	if (panicstr != NULL || db_active || mtx_owned(mtx) == locked)
		return;
	panic("mutex %s %slocked in %s", mtx->mtx_name, locked ? "not " : "",
	    function);
}

void
_kernel_lock(void)
{
	hc->kernel_lock(1);
}

void
_kernel_unlock(void)
{
	hc->kernel_lock(0);
}

void
cpu_busy_cycle(void)
{
	hc->busy();
}

void
membar_sync(void)
{
	hc->barrier(HC_BARRIER_SYNC);
}

void
membar_producer(void)
{
	hc->barrier(HC_BARRIER_PRODUCER);
}

void
membar_consumer(void)
{
	hc->barrier(HC_BARRIER_CONSUMER);
}

void
membar_enter(void)
{
	hc->barrier(HC_BARRIER_ENTER);
}

void
membar_exit(void)
{
	hc->barrier(HC_BARRIER_EXIT);
}

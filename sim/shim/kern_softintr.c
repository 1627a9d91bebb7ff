/*
 * kern_softintr.c: work put off to a lower level, softintr_establish(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>

#include "kern_var.h"

void
kern_softintr_init(struct kern_softintr *si, int ipl, void (*fn)(void *),
    void *arg)
{
	si->si_fn = fn;
	si->si_arg = arg;
	si->si_flags = ipl & IPL_MPSAFE;
	/* A hardware level means the soft level below it. */
	ipl &= IPL_IRQMASK;
	if (ipl > IPL_SOFTTTY)
		ipl = ipl == IPL_NET ? IPL_SOFTNET :
		    ipl == IPL_CLOCK ? IPL_SOFTCLOCK : IPL_SOFTTTY;
	si->si_ipl = ipl;
}

void *
softintr_establish(int ipl, void (*fn)(void *), void *arg)
{
	struct kern_softintr *si;

	si = malloc(sizeof(*si), M_DEVBUF, M_NOWAIT | M_ZERO);
	if (si == NULL)
		return NULL;
	kern_softintr_init(si, ipl, fn, arg);
	return si;
}

void
softintr_disestablish(void *cookie)
{
	struct kern_softintr *si = cookie;

	hc->softintr_cancel(KERN_TOKEN(si));
	free(si, M_DEVBUF, sizeof(*si));
}

void
softintr_schedule(void *cookie)
{
	struct kern_softintr *si = cookie;

	hc->softintr_schedule(KERN_TOKEN(si), si->si_ipl | si->si_flags);
}

void
kern_softintr_dispatch(hc_u64 token)
{
	struct kern_softintr *si = KERN_POINTER(token);
	int mpsafe = si->si_flags;

	if (!mpsafe)
		KERNEL_LOCK();
	si->si_fn(si->si_arg);
	if (!mpsafe)
		KERNEL_UNLOCK();
}

/*
 * kern_intr.c: interrupt handlers, softintr_establish(9), intr_barrier(9) and
 * intrmap_create(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/intrmap.h>
#include <sys/malloc.h>

#include "kern_var.h"

int
kern_intr_establish(struct kern_intrhand *ih, hc_u32 irq, int ipl,
    int (*fn)(void *), void *arg, const char *name)
{
	ih->ih_fn = fn;
	ih->ih_arg = arg;
	ih->ih_flags = ipl & IPL_MPSAFE;
	return hc->intr_establish(irq, ipl & (IPL_IRQMASK | IPL_MPSAFE), KERN_TOKEN(ih),
	    name != NULL ? name : "");
}

void
kern_intr_disestablish(struct kern_intrhand *ih)
{
	hc->intr_disestablish(KERN_TOKEN(ih));
}

/* The host has raised the level; what is not MPSAFE takes the kernel lock. */
void
kern_intr_dispatch(hc_u64 token)
{
	struct kern_intrhand *ih = KERN_POINTER(token);
	int mpsafe = ih->ih_flags & IPL_MPSAFE;

	if (!mpsafe)
		KERNEL_LOCK();
	(void)ih->ih_fn(ih->ih_arg);
	if (!mpsafe)
		KERNEL_UNLOCK();
}

void
intr_barrier(void *cookie)
{
	hc->intr_barrier(KERN_TOKEN(cookie));
}

/*
 * A driver spreads its interrupts over CPUs that it thinks there are; all of
 * them are the one that runs.
 */
struct intrmap {
	unsigned int	im_count;
};

struct intrmap *
intrmap_create(const struct device *dev, unsigned int nintr,
    unsigned int maxintr, unsigned int flags)
{
	struct intrmap *im;

	KASSERT(nintr > 0 && maxintr > 0);
	im = malloc(sizeof(*im), M_DEVBUF, M_WAITOK | M_ZERO);
	im->im_count = min(ncpus, min(nintr, maxintr));
	if (flags & INTRMAP_POWEROF2)
		im->im_count = 1 << (fls(im->im_count) - 1);
	hc->spread(im->im_count);
	return im;
}

void
intrmap_destroy(struct intrmap *im)
{
	free(im, M_DEVBUF, sizeof(*im));
}

unsigned int
intrmap_count(const struct intrmap *im)
{
	return im->im_count;
}

struct cpu_info *
intrmap_cpu(const struct intrmap *im, unsigned int i)
{
	KASSERT(i < im->im_count);
	return i % ncpus == 0 ? &cpu_info_primary :
	    &cpu_info_others[i % ncpus - 1];
}

/*
 * kern_var.h: what the parts of the guest's kernel (kern_*.c) share with each
 * other and no driver sees.
 *
 *	guest_entry_get()		kern_entry.c	sets hc
 *	  boot -> config_rootfound()	kern_autoconf.c	by the table of
 *						kern_ioconf.c
 *	    mainbus -> pci -> drivers	kern_mainbus.c, kern_pci*.c
 *	  op -> kern_user_op()		kern_user.c
 *
 * A part does what a manual page promises and asks the host, through hc, for
 * everything that hardware does.  Tokens given to the host are addresses of
 * the guest's structures.
 */
#ifndef KERN_VAR_H
#define KERN_VAR_H

#include <sys/types.h>
#include <sys/stdarg.h>
#include "hypercall.h"

/* The host; set before any other guest code runs. */
extern const struct hypercall *hc;

/* A function, or a use of one, that is not modelled: stops with this name. */
#define KERN_UNMODELLED(name)	hc->unmodelled(name)

/*
 * A flag of malloc(9) of ours: the memory belongs to something that the host
 * knows by itself (a DMA map, a handler), and is not told apart from it.
 */
#define KERN_M_PART		HC_M_KERNEL

/* Token and channel of an address, and back. */
#define KERN_TOKEN(p)		((hc_u64)(uintptr_t)(p))
#define KERN_POINTER(token)	((void *)(uintptr_t)(token))

/* See hypercall.h, own. */
#define KERN_OWN(p)		hc->own(KERN_TOKEN(p), 1)
#define KERN_OWN_END(p)		hc->own(KERN_TOKEN(p), 0)

/* See hypercall.h, kernel: the kernel's own code runs, or a driver that it calls,
   up to KERN_BACK() with what the first one gave. */
#define KERN_CODE()		hc->kernel(1)
#define KERN_DRIVER()		hc->kernel(0)
#define KERN_BACK(was)		((void)hc->kernel(was))

/*
 * Breaks rule (a finding's id) with a sentence made as by printf(9), of at
 * most 255 bytes.  Returns.
 */
void kern_rule_broken(const char *rule, const char *fmt, ...);

/*
 * tsleep_nsec(9) of the kernel's own, which has looked at what it waits for and
 * sleeps in one: no interrupt comes in between.
 */
int kern_sleep(const volatile void *channel, const char *why, uint64_t ns);

/*
 * An interrupt's handler.  Its address is the host's token and the cookie
 * that a driver gets, so a bus that keeps more puts it first in its own.
 */
struct kern_intrhand {
	int	(*ih_fn)(void *);
	void	*ih_arg;
	int	 ih_flags;		/* IPL_MPSAFE */
};

/* Fills ih in and establishes it; 0 or the host's errno. */
int kern_intr_establish(struct kern_intrhand *ih, hc_u32 irq, int ipl,
    int (*fn)(void *), void *arg, const char *name);
void kern_intr_disestablish(struct kern_intrhand *ih);

/*
 * A soft interrupt; its address is the host's token.  ipl is one of the soft
 * levels, with IPL_MPSAFE or without.
 */
struct kern_softintr {
	void	(*si_fn)(void *);
	void	*si_arg;
	int	 si_ipl;
	int	 si_flags;		/* IPL_MPSAFE */
};

void kern_softintr_init(struct kern_softintr *si, int ipl, void (*fn)(void *),
    void *arg);

/* What the host calls with its tokens. */
void kern_intr_dispatch(hc_u64 token);
void kern_softintr_dispatch(hc_u64 token);
void kern_timeout_dispatch(hc_u64 token);

/*
 * The ports from first on lie at the physical address base, size of them: the
 * space io_bus_space.  Without a call there are none.
 */
void kern_io_space_set(uint64_t first, uint64_t base, uint64_t size);
int kern_io_space_present(void);

/*
 * The device that was attached last among those right on a bus (pci, or the
 * root's nodes) that are no bus themselves; NULL: there is none.
 */
struct device *kern_bus_child_last(void);
/* Offers what has no driver to the drivers again: how many devices came. */
int kern_bus_rescan(void);
/* The same for one bus: kern_pci.c, kern_mainbus.c. */
int kern_pci_rescan(struct device *bus);
int kern_mainbus_rescan(struct device *bus);
/* Whether dev, if it is a device still, is attached to parent. */
int kern_device_is_child(const struct device *dev, const struct device *parent);

/* A step of a scenario, as guest_entry.op: kern_user.c. */
int kern_user_op(hc_u32 op, const hc_u64 args[6], const char *text);

/* HC_OP_RAISE, where NTESTDEV is given: case n of a test's own driver. */
int testdev_raise(hc_u64 n);

#endif

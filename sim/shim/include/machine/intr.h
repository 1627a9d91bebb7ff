/*
 * Interrupt levels, spl(9), softintr_establish(9) and intr_barrier(9).
 */
#ifndef _MACHINE_INTR_H_
#define _MACHINE_INTR_H_

#define IPL_NONE	0
#define IPL_SOFT	1
#define IPL_SOFTCLOCK	2
#define IPL_SOFTNET	3
#define IPL_SOFTTTY	4
#define IPL_BIO		5
#define IPL_NET		6
#define IPL_TTY		7
#define IPL_VM		8
#define IPL_AUDIO	9
#define IPL_CLOCK	10
#define IPL_STATCLOCK	10
#define IPL_SCHED	11
#define IPL_HIGH	12

#define IPL_MPFLOOR	IPL_TTY
#define IPL_MPSAFE	0x100		/* flag: without the kernel lock */
#define IPL_IRQMASK	0x0ff

int splraise(int);			/* to this level at least */
int spllower(int);			/* to this level exactly */
void splx(int);

#define spl0()		spllower(IPL_NONE)
#define splsoft()	splraise(IPL_SOFT)
#define splsoftclock()	splraise(IPL_SOFTCLOCK)
#define splsoftnet()	splraise(IPL_SOFTNET)
#define splsofttty()	splraise(IPL_SOFTTTY)
#define splbio()	splraise(IPL_BIO)
#define splnet()	splraise(IPL_NET)
#define spltty()	splraise(IPL_TTY)
#define splvm()		splraise(IPL_VM)
#define splaudio()	splraise(IPL_AUDIO)
#define splclock()	splraise(IPL_CLOCK)
#define splstatclock()	splraise(IPL_STATCLOCK)
#define splsched()	splraise(IPL_SCHED)
#define splhigh()	splraise(IPL_HIGH)

#define splassert(ipl) do {						\
	if (splassert_ctl > 0)						\
		splassert_check((ipl), __func__);			\
} while (0)
extern int splassert_ctl;
void splassert_check(int, const char *);

void *softintr_establish(int, void (*)(void *), void *);
#define softintr_establish_flags(ipl, fn, arg, flags) \
	softintr_establish((ipl), (fn), (arg))
void softintr_disestablish(void *);
void softintr_schedule(void *);

/* Waits until the handler of this cookie does not run. */
void intr_barrier(void *);

#endif

/*
 * What the whole kernel knows: printing, panic, sleep, memory, <sys/systm.h>.
 */
#ifndef _SYS_SYSTM_H_
#define _SYS_SYSTM_H_

#include <sys/_null.h>
#include <sys/types.h>
#include <sys/errno.h>
#include <sys/queue.h>
#include <sys/stdarg.h>
#include <machine/cpu.h>
#include <machine/intr.h>
#include <lib/libkern/libkern.h>

struct mutex;
struct rwlock;

extern int cold;		/* 1 until every device is attached */
extern int ncpus;
extern int db_active;		/* always 0: there is no debugger inside */
extern int splassert_ctl;	/* splassert(9) checks while above 0 */
extern const char *panicstr;	/* NULL until panic(9) */

/* printf(9); %b too, no floating point. */
int printf(const char *, ...);
int vprintf(const char *, va_list);
int snprintf(char *, size_t, const char *, ...);
int vsnprintf(char *, size_t, const char *, va_list);
void panic(const char *, ...) __dead;

/* copy(9) and friends are in <lib/libkern/libkern.h>. */

/* tsleep(9). */
#define INFSLP		UINT64_MAX
#define MAXTSLP		(UINT64_MAX - 1)

int tsleep(const volatile void *, int, const char *, int);
int tsleep_nsec(const volatile void *, int, const char *, uint64_t);
int msleep(const volatile void *, struct mutex *, int, const char *, int);
int msleep_nsec(const volatile void *, struct mutex *, int, const char *,
    uint64_t);
int rwsleep(const volatile void *, struct rwlock *, int, const char *, int);
int rwsleep_nsec(const volatile void *, struct rwlock *, int, const char *,
    uint64_t);
void wakeup(const volatile void *);
void wakeup_n(const volatile void *, int);	/* at most n sleepers */
#define wakeup_one(chan)	wakeup_n((chan), 1)

/* Stops, by a finding, where sleeping is not allowed. */
void assertwaitok(void);

#define KERNEL_LOCK()		_kernel_lock()
#define KERNEL_UNLOCK()		_kernel_unlock()
void _kernel_lock(void);
void _kernel_unlock(void);

void delay(int);		/* microseconds */
#define DELAY(us)	delay(us)

#endif

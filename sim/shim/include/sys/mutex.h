/*
 * Mutexes, mutex(9): mutual exclusion that also raises the interrupt level.
 */
#ifndef _SYS_MUTEX_H_
#define _SYS_MUTEX_H_

#include <machine/intr.h>

/* The lock itself is the simulator's, known by the mutex's address. */
struct mutex {
	int		 mtx_wantipl;
	const char	*mtx_name;
};

/* Any level that an interrupt may have is raised to IPL_MPFLOOR at least. */
#define __MUTEX_IPL(ipl) \
	(((ipl) > IPL_NONE && (ipl) < IPL_MPFLOOR) ? IPL_MPFLOOR : (ipl))
#define MUTEX_INITIALIZER(ipl)	{ __MUTEX_IPL((ipl)), "mtx" }

void __mtx_init(struct mutex *, int, const char *);
#define mtx_init(m, ipl)	__mtx_init((m), __MUTEX_IPL((ipl)), #m)
#define mtx_init_flags(m, ipl, name, flags) \
	__mtx_init((m), __MUTEX_IPL((ipl)), (name))

void mtx_enter(struct mutex *);
int mtx_enter_try(struct mutex *);
void mtx_leave(struct mutex *);
int mtx_owned(struct mutex *);
void __mtx_assert(struct mutex *, int, const char *);

#define MUTEX_ASSERT_LOCKED(m)		__mtx_assert((m), 1, __func__)
#define MUTEX_ASSERT_UNLOCKED(m)	__mtx_assert((m), 0, __func__)

#endif

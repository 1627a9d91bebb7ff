/*
 * Clock rate, <sys/kernel.h>.
 */
#ifndef _SYS_KERNEL_H_
#define _SYS_KERNEL_H_

extern int hz;			/* ticks a second: 100 */
extern int tick;		/* microseconds a tick */
extern int tick_nsec;		/* nanoseconds a tick */

#endif

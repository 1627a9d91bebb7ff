/*
 * Barriers and atomic operations are in <sys/atomic.h>.
 */
#ifndef _MACHINE_ATOMIC_H_
#define _MACHINE_ATOMIC_H_

#include <sys/atomic.h>

#endif

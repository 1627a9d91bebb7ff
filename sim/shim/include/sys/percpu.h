/*
 * Size of a cache line, <sys/percpu.h>.  Per-CPU counters are not modelled.
 */
#ifndef _SYS_PERCPU_H_
#define _SYS_PERCPU_H_

#define CACHELINESIZE	64

#endif

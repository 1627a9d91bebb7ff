/*
 * CPUs.  A driver sees MAXCPUS of them, to spread interrupts and queues over;
 * code runs on the first alone.
 */
#ifndef _MACHINE_CPU_H_
#define _MACHINE_CPU_H_

#include <sys/types.h>

struct cpu_info {
	unsigned int	 ci_cpuid;
	struct proc	*ci_curproc;
};

#define MAXCPUS		4

extern struct cpu_info cpu_info_primary;
extern struct cpu_info cpu_info_others[MAXCPUS - 1];

#define curcpu()	(&cpu_info_primary)
#define cpu_number()	(curcpu()->ci_cpuid)

#define CPU_IS_PRIMARY(ci)	((ci) == &cpu_info_primary)
#define CPU_INFO_UNIT(ci)	((int)(ci)->ci_cpuid)

/* One turn of a loop that waits for a device: the device takes its turn. */
#define CPU_BUSY_CYCLE()	cpu_busy_cycle()
void cpu_busy_cycle(void);

#endif

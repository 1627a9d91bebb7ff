/*
 * The process.  There is one, which attaches devices and takes the steps of a
 * scenario.
 */
#ifndef _SYS_PROC_H_
#define _SYS_PROC_H_

#include <sys/types.h>
#include <sys/rwlock.h>

struct proc {
	pid_t	p_tid;
};

extern struct proc proc0;
#define curproc	(&proc0)

#endif

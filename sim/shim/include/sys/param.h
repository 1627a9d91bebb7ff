/*
 * Parameters and small macros that nearly every kernel source uses.
 */
#ifndef _SYS_PARAM_H_
#define _SYS_PARAM_H_

#include <sys/_null.h>
#include <sys/types.h>
#include <sys/limits.h>
#include <sys/errno.h>
#include <machine/param.h>
#include <machine/intr.h>
#include <machine/cpu.h>

/* Priorities of sleep, tsleep(9). */
#define PSWP		0
#define PVM		4
#define PINOD		8
#define PRIBIO		16
#define PVFS		20
#define PZERO		22
#define PSOCK		24
#define PWAIT		32
#define PLOCK		36
#define PPAUSE		40
#define PUSER		50
#define PRIMASK		0x0ff
#define PCATCH		0x100
#define PNORELOCK	0x200

#define NBBY		8

#define ISSET(t, f)	((t) & (f))
#define SET(t, f)	((t) |= (f))
#define CLR(t, f)	((t) &= ~(f))

#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define nitems(a)	(sizeof((a)) / sizeof((a)[0]))

#define howmany(x, y)	(((x) + ((y) - 1)) / (y))
#define roundup(x, y)	((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)	(((x) / (y)) * (y))
#define powerof2(x)	((((x) - 1) & (x)) == 0)

#ifndef offsetof
#define offsetof(s, m)	__builtin_offsetof(s, m)
#endif

#endif

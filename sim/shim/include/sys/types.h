/*
 * The types of the kernel, <sys/types.h>: 64-bit addresses, LP64.
 */
#ifndef _SYS_TYPES_H_
#define _SYS_TYPES_H_

#include <sys/cdefs.h>
#include <sys/stdint.h>
#include <sys/endian.h>

typedef unsigned char	u_char;
typedef unsigned short	u_short;
typedef unsigned int	u_int;
typedef unsigned long	u_long;
typedef unsigned char	unchar;
typedef unsigned short	ushort;
typedef unsigned int	uint;
typedef unsigned long	ulong;

typedef uint8_t		u_int8_t;
typedef uint16_t	u_int16_t;
typedef uint32_t	u_int32_t;
typedef uint64_t	u_int64_t;
typedef uint16_t	__uint16_t;
typedef uint32_t	__uint32_t;
typedef uint64_t	__uint64_t;

typedef __SIZE_TYPE__	size_t;
typedef long		ssize_t;
typedef long		register_t;
typedef char		*caddr_t;
typedef int32_t		dev_t;
typedef int32_t		pid_t;
typedef uint32_t	uid_t;
typedef uint32_t	gid_t;
typedef uint32_t	mode_t;
typedef int64_t		off_t;
typedef int64_t		daddr_t;
typedef int64_t		time_t;
typedef long		suseconds_t;

/* Addresses and sizes: of kernel virtual memory, of physical memory. */
typedef u_long		vaddr_t;
typedef u_long		vsize_t;
typedef u_long		paddr_t;
typedef u_long		psize_t;

#define major(x)	(((unsigned)(x) >> 8) & 0xff)
#define minor(x)	((unsigned)((x) & 0xff) | (((x) & 0xffff0000) >> 8))
#define makedev(x, y)	((dev_t)((((x) & 0xff) << 8) | ((y) & 0xff) | \
			    (((y) & 0xffff00) << 8)))
#define NODEV		((dev_t)-1)

struct proc;
struct device;

#endif

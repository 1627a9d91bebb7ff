/*
 * How an ioctl(2) request is made: direction, size of the argument, group
 * character and number.
 *
 *	31   29 28       16 15      8 7       0
 *	+------+-----------+---------+---------+
 *	|  dir |   size    |  group  | number  |
 *	+------+-----------+---------+---------+
 */
#ifndef _SYS_IOCCOM_H_
#define _SYS_IOCCOM_H_

#define IOCPARM_MASK		0x1fffUL
#define IOCPARM_LEN(x)		(((x) >> 16) & IOCPARM_MASK)
#define IOCBASECMD(x)		((x) & ~(IOCPARM_MASK << 16))
#define IOCGROUP(x)		(((x) >> 8) & 0xff)

#define IOC_VOID		0x20000000UL
#define IOC_OUT			0x40000000UL
#define IOC_IN			0x80000000UL
#define IOC_INOUT		(IOC_IN | IOC_OUT)

#define _IOC(dir, g, n, len)	((unsigned long)((dir) | \
	(((len) & IOCPARM_MASK) << 16) | ((unsigned long)(g) << 8) | (n)))
#define _IO(g, n)		_IOC(IOC_VOID, (g), (n), 0)
#define _IOR(g, n, t)		_IOC(IOC_OUT, (g), (n), sizeof(t))
#define _IOW(g, n, t)		_IOC(IOC_IN, (g), (n), sizeof(t))
#define _IOWR(g, n, t)		_IOC(IOC_INOUT, (g), (n), sizeof(t))

#endif

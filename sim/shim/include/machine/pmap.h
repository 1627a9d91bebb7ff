/*
 * Attributes in the low bits of a physical address that a driver's mmap
 * returns, pmap(9).
 */
#ifndef _MACHINE_PMAP_H_
#define _MACHINE_PMAP_H_

#define PMAP_NOCACHE	0x1		/* not cached */
#define PMAP_WC		0x2		/* write combining */
#define PMAP_DEVICE	0x4		/* device memory */

#endif

/*
 * Sizes of the machine: pages of 4096 bytes.
 */
#ifndef _MACHINE_PARAM_H_
#define _MACHINE_PARAM_H_

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1 << PAGE_SHIFT)
#define PAGE_MASK	(PAGE_SIZE - 1)
#define NBPG		PAGE_SIZE
#define PGSHIFT		PAGE_SHIFT
#define PGOFSET		PAGE_MASK

#define trunc_page(x)	((x) & ~(unsigned long)PAGE_MASK)
#define round_page(x)	(((x) + PAGE_MASK) & ~(unsigned long)PAGE_MASK)
#define atop(x)		((x) >> PAGE_SHIFT)
#define ptoa(x)		((x) << PAGE_SHIFT)

#endif

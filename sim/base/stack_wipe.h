/*
 * stack_wipe.h: the body of a function that wipes n bytes of the stack below its
 * caller; n is a constant.  The function is not to be inlined.
 */
#ifndef VIOTAPE_STACK_WIPE_H
#define VIOTAPE_STACK_WIPE_H

#include <stdint.h>
#include <string.h>

#define STACK_WIPE(n) do {						\
	uint8_t below[n];						\
									\
	memset(below, 0, sizeof below);					\
	/* Somebody looks at it. */					\
	__asm__ volatile ("" : : "r" (below) : "memory");		\
} while (0)

#endif

/*
 * stack_wipe.h: the body of a function that wipes n bytes of the stack below its
 * caller; n is a constant.  The function is not to be inlined, and does nothing
 * else: it calls nobody, so no compiler saves a register in its frame, which
 * would leave there what the guest had in it.
 */
#ifndef VIOTAPE_STACK_WIPE_H
#define VIOTAPE_STACK_WIPE_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t stack_wipe_block __attribute__((vector_size(16)));

#define STACK_WIPE(n) do {						\
	volatile stack_wipe_block below[(n) / sizeof(stack_wipe_block)]; \
									\
	for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)	\
		below[i] = (stack_wipe_block){ 0, 0 };			\
} while (0)

#endif

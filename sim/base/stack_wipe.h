/*
 * stack_wipe.h: the bodies of functions that wipe the stack below their caller;
 * n bytes, a constant.  Such a function is not to be inlined, is not watched by
 * a sanitizer, and does nothing else: it calls nobody, so no compiler saves a
 * register in its frame, which would leave there what the guest had in it.
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

/*
 * The same from the caller downwards, a piece at a time, and no further than to
 * where some pieces in a row are clean: most calls go much less deep than n.
 * What lies behind a hole as large as that stays.
 */
#define STACK_WIPE_PIECE	16u	/* blocks */
#define STACK_WIPE_CLEAN	6u	/* pieces */

#define STACK_WIPE_DOWN(n) do {						\
	volatile stack_wipe_block below[(n) / sizeof(stack_wipe_block)]; \
	size_t at = sizeof below / sizeof below[0];			\
	unsigned clean = 0;						\
									\
	while (at >= STACK_WIPE_PIECE && clean < STACK_WIPE_CLEAN) {	\
		stack_wipe_block any = { 0, 0 };			\
									\
		at -= STACK_WIPE_PIECE;					\
		for (size_t i = 0; i < STACK_WIPE_PIECE; i++)		\
			any |= below[at + i];				\
		clean++;						\
		if ((any[0] | any[1]) == 0)				\
			continue;					\
		clean = 0;						\
		for (size_t i = 0; i < STACK_WIPE_PIECE; i++)		\
			below[at + i] = (stack_wipe_block){ 0, 0 };	\
	}								\
} while (0)

#endif

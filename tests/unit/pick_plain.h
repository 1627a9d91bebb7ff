/* pick_plain.h: for tests: of buffered stores and old loads, what is plain. */
#ifndef VIOTAPE_PICK_PLAIN_H
#define VIOTAPE_PICK_PLAIN_H

#include <stddef.h>
#include <stdint.h>

static inline unsigned
pick_plain(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	(void)self;
	(void)is_load;
	(void)pa;
	(void)size;
	(void)n;
	return 0;
}

#endif

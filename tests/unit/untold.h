/* untold.h: for tests: what they are told and do not look at. */
#ifndef VIOTAPE_UNTOLD_H
#define VIOTAPE_UNTOLD_H

#include "boundary.h"

/* Of struct machine_events. */
static inline void
untold_reg(void *self, int write, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	(void)self;
	(void)write;
	(void)bdf;
	(void)region;
	(void)offset;
	(void)size;
	(void)value;
}

/* For callpaths_create(): nobody's stack is walked. */
static inline void
untold_stack(void *self, uint64_t *low, uint64_t *high)
{
	(void)self;
	*low = *high = 0;
}

#endif

/* state_check.h: two states are the same, or they are not. */
#ifndef VIOTAPE_STATE_CHECK_H
#define VIOTAPE_STATE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state.h"

static inline void
same(struct state a, struct state b)
{
	assert_true(state_same(&a, &b));
}

static inline void
differ(struct state a, struct state b)
{
	assert_false(state_same(&a, &b));
}

#endif

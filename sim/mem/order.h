/*
 * order.h: when a store of the CPU becomes visible: the order model.
 *
 * So far every machine's stores become visible at once and in order (sc),
 * whatever its order axis says, and the output says so; the buffer between a
 * store and its visibility is this module, so that others can come (MODEL.md,
 * rule O1).
 */
#ifndef VIOTAPE_ORDER_H
#define VIOTAPE_ORDER_H

#include <stddef.h>
#include <stdint.h>

enum order_model { ORDER_SC, ORDER_TSO, ORDER_ARM, ORDER_RVWMO };

struct order {
	uint64_t stores;		/* so far */
};

typedef void order_visible_fn(void *self, uint64_t pa, const uint8_t *bytes,
    size_t size);

/*
 * A store: visible is called when other agents may see it.  Rule O1
 * (MODEL.md): sequentially consistent, at once.
 */
static inline void
order_store(struct order *o, uint64_t pa, const uint8_t *bytes, size_t size,
    order_visible_fn *visible, void *self)
{
	o->stores++;
	visible(self, pa, bytes, size);
}

const char *order_name(enum order_model model);
/* By name; -1 if there is none. */
int order_find(const char *name);

#endif

/* order.c: when a store of the CPU becomes visible. */
#include "order.h"

#include <string.h>

static const char *const order_names[] = { "sc", "tso", "arm", "rvwmo" };

/* Rule O1 (MODEL.md): sequentially consistent, visible at once. */
void
order_store(struct order *o, uint64_t pa, const uint8_t *bytes, size_t size,
    order_visible_fn *visible, void *self)
{
	o->stores++;
	visible(self, pa, bytes, size);
}

const char *
order_name(enum order_model model)
{
	return order_names[model];
}

int
order_find(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(name, order_names[i]) == 0)
			return i;
	return -1;
}

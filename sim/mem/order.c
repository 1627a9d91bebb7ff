/* order.c: the names of the order models. */
#include "order.h"

#include <string.h>

static const char *const order_names[] = { "sc", "tso", "arm", "rvwmo" };

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

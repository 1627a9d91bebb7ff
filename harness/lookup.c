/* lookup.c: many places of many call paths, asked for at once. */
#include "lookup.h"

#include <stdlib.h>

static int
by_offset(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void
lookup_add(struct lookup *l, const struct callpath *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->at[i] != 0)
			*GROW(l->offsets, l->n) = p->at[i] - 1u;
}

void
lookup_sort(struct lookup *l)
{
	size_t n = 0;

	if (l->n > 1)
		qsort(l->offsets, l->n, sizeof l->offsets[0], by_offset);
	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || l->offsets[i] != l->offsets[n - 1])
			l->offsets[n++] = l->offsets[i];
	l->n = n;
	l->places = check_calloc(n + 1, sizeof l->places[0]);
}

const struct symbol_place *
lookup_find(const struct lookup *l, uint32_t at)
{
	uint64_t offset = at - 1u;
	const uint64_t *found = at == 0 || l->n == 0 ? NULL :
	    bsearch(&offset, l->offsets, l->n, sizeof offset, by_offset);

	return found != NULL ? &l->places[found - l->offsets] : NULL;
}

void
lookup_free(struct lookup *l)
{
	symbolize_places_free(l->places, l->n);
	check_free(l->places);
	check_free(l->offsets);
}

/*
 * lookup.h: many places of many call paths, asked for at once.
 *
 *	lookup_add(&l, &path) ...
 *	lookup_sort(&l)
 *	... fill l.places[i] for l.offsets[i] ...
 *	place = lookup_find(&l, path.at[i])
 *	lookup_free(&l)
 */
#ifndef VIOTAPE_LOOKUP_H
#define VIOTAPE_LOOKUP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim.h"
#include "symbolize.h"

/* Room for one more in an array; all are small. */
#define GROW(array, n) \
	((array) = check_realloc((array), ((n) + 1) * sizeof (array)[0]), \
	    memset(&(array)[n], 0, sizeof (array)[0]), &(array)[(n)++])

/* {0} is an empty one. */
struct lookup {
	uint64_t *offsets;		/* ascending, each once */
	size_t n;
	struct symbol_place *places;	/* one an offset */
};

/*
 * The return addresses of a path; 0 is none.  A return address is that of the
 * next instruction: the call is before it.
 */
void lookup_add(struct lookup *l, const struct callpath *p);
/* All are added: offsets are in order from now on, places are empty. */
void lookup_sort(struct lookup *l);
/* What is at a return address of a path that was added; NULL for 0. */
const struct symbol_place *lookup_find(const struct lookup *l, uint32_t at);
void lookup_free(struct lookup *l);

#endif

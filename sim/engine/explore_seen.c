/* explore_seen.c: states that were seen, as sets. */
#include "explore_var.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "digest.h"

int
explore_seen_add(struct seen *s, struct state state)
{
	size_t i = (size_t)state.a & (SEEN_SLOTS - 1);

	while (s->slot[i] != 0) {
		if (state_same(&s->list[s->slot[i] - 1], &state))
			return 0;
		i = (i + 1) & (SEEN_SLOTS - 1);
	}
	if (s->n == SEEN_MAX) {
		s->full = 1;
		return 1;
	}
	s->list[s->n++] = state;
	s->slot[i] = (uint32_t)s->n;
	return 1;
}

static int
by_value(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

/* As a set: in which order they were found is left out. */
void
explore_ends_done(const struct seen *ends, struct explore_result *result)
{
	struct state *list = check_calloc(ends->n + 1, sizeof list[0]);
	struct digest d;
	size_t n = ends->n;

	memcpy(list, ends->list, n * sizeof list[0]);
	qsort(list, n, sizeof list[0], by_value);
	digest_init(&d);
	digest_add_u64(&d, n);
	for (size_t i = 0; i < n; i++) {
		digest_add_u64(&d, list[i].a);
		digest_add_u64(&d, list[i].b);
	}
	digest_final(&d, result->ends);
	result->counts.ends = n;
	check_free(list);
}

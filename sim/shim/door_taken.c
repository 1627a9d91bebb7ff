/* door_taken.c: what guest code took and has to give back. */
#include "door_taken.h"

#include <string.h>

#include "check.h"

/* The latest one; t->n if there is none. */
static size_t
taken_find(const struct door_takings *t, enum door_taken_kind kind,
    uint64_t key)
{
	for (size_t i = t->n; i > 0; i--)
		if (t->list[i - 1].kind == kind && t->list[i - 1].key == key)
			return i - 1;
	return t->n;
}

void
door_taken_add(struct door_takings *t, const struct door_taken *what)
{
	size_t i = what->kind == DOOR_TIMER ? taken_find(t, what->kind,
	    what->key) : t->n;

	if (i == t->max) {
		t->max = t->max != 0 ? 2 * t->max : 16;
		t->list = check_realloc(t->list, t->max * sizeof t->list[0]);
	}
	if (i == t->n)
		t->n++;
	t->list[i] = *what;
}

int
door_taken_del(struct door_takings *t, enum door_taken_kind kind, uint64_t key,
    uint64_t size)
{
	size_t i = taken_find(t, kind, key);
	int other;

	/* The same registers may be mapped in several sizes. */
	for (size_t j = t->n; j > 0; j--)
		if (t->list[j - 1].kind == kind && t->list[j - 1].key == key &&
		    t->list[j - 1].size == size) {
			i = j - 1;
			break;
		}
	if (i == t->n)
		return -1;
	other = t->list[i].size != size;
	memmove(&t->list[i], &t->list[i + 1],
	    (t->n - i - 1) * sizeof t->list[0]);
	t->n--;
	return other;
}

void
door_takings_state(const struct door_takings *t, struct state *s)
{
	state_add_u64(s, t->n);
	for (size_t i = 0; i < t->n; i++) {
		state_add_u64(s, (uint64_t)t->list[i].kind << 32 |
		    t->list[i].owner);
		state_add_u64(s, t->list[i].key);
		state_add_u64(s, t->list[i].size);
	}
}

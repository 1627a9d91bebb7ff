/* state_memo.c: many bytes that change seldom, and things without an order. */
#include "state_memo.h"

#include <string.h>

void
state_memo_add(struct state_memo *m, struct state *s, const void *bytes,
    size_t n)
{
	if (!m->fresh) {
		state_init(&m->of);
		state_add(&m->of, bytes, n);
		m->fresh = 1;
	}
	state_add_u64(s, m->of.a);
	state_add_u64(s, m->of.b);
}

void
state_add_string(struct state *s, const char *text)
{
	state_add_u64(s, text != NULL);
	if (text != NULL)
		state_add(s, text, strlen(text));
}

void
state_set_add(struct state_set *set, const struct state *member)
{
	set->sum.a += member->a;
	set->sum.b += member->b;
	set->n++;
}

void
state_set_take(struct state_set *set, const struct state *member)
{
	set->sum.a -= member->a;
	set->sum.b -= member->b;
	set->n--;
}

void
state_add_set(struct state *s, const struct state_set *set)
{
	state_add_u64(s, set->n);
	state_add_u64(s, set->sum.a);
	state_add_u64(s, set->sum.b);
}

/* explore_queue.c: see explore_queue.h; a stack for each number of turns,
   in ascending order. */
#include "explore_queue.h"

#include <string.h>

#include "check.h"

struct explore_bucket {
	uint32_t turns;
	struct waiting *stack;
	size_t n, max;
};

struct place
place_share(const struct place *p)
{
	return (struct place){ snapshot_share(p->memory), p->at };
}

void
place_free(struct place *p)
{
	snapshot_free(p->memory);
	p->memory = NULL;
}

void
waiting_free(struct waiting *w)
{
	place_free(&w->at);
	check_free(w->picks);
	w->picks = NULL;
}

void
explore_queue_init(struct explore_queue *q, size_t wide)
{
	memset(q, 0, sizeof *q);
	q->wide = wide;
	q->dropped = QUEUE_NONE;
}

void
explore_queue_free(struct explore_queue *q)
{
	for (size_t i = 0; i < q->nlist; i++) {
		struct explore_bucket *b = &q->list[i];

		while (b->n > 0)
			waiting_free(&b->stack[--b->n]);
		check_free(b->stack);
	}
	check_free(q->list);
	memset(q, 0, sizeof *q);
}

static struct explore_bucket *
bucket(struct explore_queue *q, uint32_t turns)
{
	size_t at = q->nlist;

	while (at > 0 && q->list[at - 1].turns > turns)
		at--;
	if (at > 0 && q->list[at - 1].turns == turns)
		return &q->list[at - 1];
	q->list = check_realloc(q->list, (q->nlist + 1) * sizeof q->list[0]);
	memmove(q->list + at + 1, q->list + at,
	    (q->nlist - at) * sizeof q->list[0]);
	memset(&q->list[at], 0, sizeof q->list[at]);
	q->list[at].turns = turns;
	q->nlist++;
	return &q->list[at];
}

void
explore_queue_add(struct explore_queue *q, const struct waiting *w)
{
	struct explore_bucket *b = bucket(q, w->turns);
	struct waiting *to;

	if (b->n == b->max) {
		b->max = b->max != 0 ? 2 * b->max : 16;
		b->stack = check_realloc(b->stack, b->max * sizeof b->stack[0]);
	}
	to = &b->stack[b->n++];
	*to = *w;
	to->at = place_share(&w->at);
	to->picks = w->npicks != 0 ? check_malloc(w->npicks) : NULL;
	if (w->npicks != 0)
		memcpy(to->picks, w->picks, w->npicks);
	q->n++;
}

/* The first that has any, or the last. */
static size_t
busy(const struct explore_queue *q, int last)
{
	for (size_t i = 0; i < q->nlist; i++) {
		size_t at = last ? q->nlist - 1 - i : i;

		if (q->list[at].n != 0)
			return at;
	}
	return q->nlist;
}

int
explore_queue_take(struct explore_queue *q, struct waiting *w)
{
	size_t at = busy(q, q->n > q->wide);

	if (at == q->nlist)
		return 0;
	*w = q->list[at].stack[--q->list[at].n];
	q->n--;
	return 1;
}

void
explore_queue_limit(struct explore_queue *q, uint64_t max)
{
	while (q->n > max) {
		size_t at = busy(q, 1);
		struct explore_bucket *b = &q->list[at];

		waiting_free(&b->stack[--b->n]);
		q->n--;
		if (b->turns < q->dropped)
			q->dropped = b->turns;
	}
}

uint32_t
explore_queue_least(const struct explore_queue *q)
{
	size_t at = busy(q, 0);

	return at != q->nlist && q->list[at].turns < q->dropped ?
	    q->list[at].turns : q->dropped;
}

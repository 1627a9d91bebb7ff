/* between.c: accesses between which an interrupt could have come; rule R2. */
#include "between.h"

#include "check.h"
#include "state_memo.h"

#define LOOKED_BACK	64u		/* for the same access */
#define NOBODY		SIZE_MAX

/* By one instruction; of neighbours, if it went on from one to the next. */
struct access {
	uint64_t va, size, one;		/* bytes, and of one access */
	const void *pc;
	int write;
};

struct stretch {
	size_t from, n;			/* of the list */
	int exposed;
	size_t hit;			/* what the handler has touched, too, */
	uint64_t part;			/* ... of neighbours the first, second */
};

struct between {
	struct access *list;
	size_t max;
	struct stretch at[BETWEEN_DEPTH];
	unsigned depth;
};

struct between *
between_create(void)
{
	return check_calloc(1, sizeof(struct between));
}

void
between_destroy(struct between *b)
{
	if (b == NULL)
		return;
	check_free(b->list);
	check_free(b);
}

void
between_stretch(struct between *b, unsigned depth)
{
	struct stretch *t;

	CHECK(depth < BETWEEN_DEPTH);
	t = &b->at[depth];
	t->from = depth != 0 ? b->at[depth - 1].from + b->at[depth - 1].n : 0;
	t->n = 0;
	t->exposed = 0;
	/* A handler comes; or it is one that goes on. */
	if (depth > b->depth)
		b->at[depth - 1].hit = NOBODY;
	b->depth = depth;
}

void
between_back(struct between *b, unsigned depth)
{
	CHECK(depth < BETWEEN_DEPTH);
	b->depth = depth;
}

void
between_exposed(struct between *b, int exposed)
{
	b->at[b->depth].exposed = exposed != 0;
}

/* A loop that looks again and again is one access. */
static int
is_there(const struct access *list, size_t n, const struct access *a)
{
	for (size_t i = n; i-- > 0 && n - i <= LOOKED_BACK;)
		if (list[i].pc == a->pc && list[i].write == a->write &&
		    a->va >= list[i].va &&
		    a->va + a->size <= list[i].va + list[i].size)
			return 1;
	return 0;
}

static void
stretch_add(struct between *b, const struct access *a)
{
	struct stretch *t = &b->at[b->depth];
	struct access *last = t->n != 0 ? &b->list[t->from + t->n - 1] : NULL;

	if (t->n != 0 && is_there(b->list + t->from, t->n, a))
		return;
	if (last != NULL && last->pc == a->pc && last->write == a->write &&
	    last->one == a->one && last->va + last->size == a->va) {
		last->size += a->size;
		return;
	}
	if (t->from + t->n == b->max) {
		b->max = b->max != 0 ? 2 * b->max : 256;
		b->list = check_realloc(b->list, b->max * sizeof b->list[0]);
	}
	b->list[t->from + t->n++] = *a;
}

/* Which of neighbours the handler's access is to; 1 if it is to several. */
static int
part_of(const struct access *was, const struct access *a, uint64_t *part)
{
	uint64_t low = was->va > a->va ? was->va : a->va;
	uint64_t high = was->va + was->size < a->va + a->size ?
	    was->va + was->size : a->va + a->size;

	*part = (low - was->va) / was->one;
	return *part != (high - 1 - was->va) / was->one;
}

static int
is_second(struct between *b, const struct access *a, struct between_pair *pair)
{
	struct stretch *t = &b->at[b->depth - 1];

	for (size_t i = t->from; i < t->from + t->n; i++) {
		const struct access *was = &b->list[i];
		uint64_t part;
		int several;

		if ((!was->write && !a->write) || a->va + a->size <= was->va ||
		    was->va + was->size <= a->va)
			continue;
		several = part_of(was, a, &part);
		if (t->hit == NOBODY && !several) {
			t->hit = i;
			t->part = part;
		}
		if (t->hit == i && t->part == part && !several)
			continue;
		pair->first = b->list[t->hit != NOBODY && t->hit < i ?
		    t->hit : i].pc;
		pair->last = b->list[t->hit != NOBODY && t->hit > i ?
		    t->hit : i].pc;
		return 1;
	}
	return 0;
}

int
between_access(struct between *b, uint64_t va, size_t size, int write,
    const void *pc, struct between_pair *pair)
{
	const struct access a = { va, size, size, pc, write != 0 };
	int second = b->depth != 0 && b->at[b->depth - 1].n != 0 &&
	    is_second(b, &a, pair);

	if (b->at[b->depth].exposed && size != 0)
		stretch_add(b, &a);
	return second;
}

/* In which order they came is no matter for what is found. */
static void
add_stretch(const struct between *b, const struct stretch *t, struct state *s)
{
	struct state_set set = { 0 };

	for (size_t i = t->from; i < t->from + t->n; i++) {
		const struct access *a = &b->list[i];
		struct state one;

		state_init(&one);
		state_add_u64(&one, a->va);
		state_add_u64(&one, a->size << 1 | (uint64_t)a->write);
		state_add_u64(&one, (uint64_t)(uintptr_t)a->pc);
		state_set_add(&set, &one);
	}
	state_add_set(s, &set);
}

void
between_state(const struct between *b, struct state *s)
{
	for (unsigned i = 0; i <= b->depth; i++) {
		const struct stretch *t = &b->at[i];

		add_stretch(b, t, s);
		if (i == b->depth) {
			state_add_u64(s, (uint64_t)t->exposed);
			break;
		}
		/* What was interrupted begins a new stretch when it goes on. */
		if (t->hit == NOBODY)
			continue;
		state_add_u64(s, (uint64_t)(uintptr_t)b->list[t->hit].pc);
		state_add_u64(s, b->list[t->hit].va + t->part);
	}
}

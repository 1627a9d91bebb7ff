/* overtaken.c: loads that a later store of their CPU may overtake; rule J24. */
#include "overtaken.h"

#include "check.h"
#include "state_memo.h"

struct load {
	uint64_t pa, size, one;		/* bytes, 0: told; and of one load */
	const void *pc;
	unsigned by;			/* of OVERTAKEN_* */
};

struct loads {
	struct load *list;
	size_t n, max;
	size_t passed;			/* the first so many, by a store */
};

struct overtaken {
	struct loads cpu[OVERTAKEN_CPUS];
};

struct overtaken *
overtaken_create(void)
{
	return check_calloc(1, sizeof(struct overtaken));
}

void
overtaken_destroy(struct overtaken *o)
{
	if (o == NULL)
		return;
	for (unsigned i = 0; i < OVERTAKEN_CPUS; i++)
		check_free(o->cpu[i].list);
	check_free(o);
}

/* Of those that no store has passed yet; a loop loads again and again. */
static int
is_there(const struct loads *l, uint64_t pa, size_t size, const void *pc)
{
	for (size_t i = l->n; i-- > l->passed;)
		if (l->list[i].pc == pc && pa >= l->list[i].pa &&
		    pa + size <= l->list[i].pa + l->list[i].size)
			return 1;
	return 0;
}

void
overtaken_load(struct overtaken *o, unsigned cpu, uint64_t pa, size_t size,
    const void *pc)
{
	struct loads *l = &o->cpu[cpu];
	struct load *last = l->n > l->passed ? &l->list[l->n - 1] : NULL;

	if (last != NULL && last->pc == pc && last->one == size &&
	    last->pa + last->size == pa) {
		last->size += size;	/* one loop over neighbours */
		return;
	}
	if (is_there(l, pa, size, pc))
		return;
	if (l->n == l->max) {
		l->max = l->max != 0 ? 2 * l->max : 64;
		l->list = check_realloc(l->list, l->max * sizeof l->list[0]);
	}
	l->list[l->n++] = (struct load){ pa, size, size, pc, 0 };
}

void
overtaken_barrier(struct overtaken *o, unsigned cpu)
{
	o->cpu[cpu].n = o->cpu[cpu].passed = 0;
}

void
overtaken_store(struct overtaken *o, unsigned cpu, unsigned by)
{
	struct loads *l = &o->cpu[cpu];

	for (size_t i = 0; i < l->n; i++)
		l->list[i].by |= by;
	l->passed = l->n;
}

int
overtaken_write(struct overtaken *o, uint64_t pa, size_t size,
    struct overtaken_load *of)
{
	for (unsigned i = 0; i < OVERTAKEN_CPUS; i++)
		for (size_t k = 0; k < o->cpu[i].passed; k++) {
			struct load *load = &o->cpu[i].list[k];

			if (load->size == 0 || pa >= load->pa + load->size ||
			    load->pa >= pa + size)
				continue;
			*of = (struct overtaken_load){ load->pc, load->pa,
			    load->by };
			load->size = 0;
			return 1;
		}
	return 0;
}

/* In which order they came is no matter. */
static void
add_loads(const struct load *list, size_t n, struct state *s)
{
	struct state_set set = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct state one;

		state_init(&one);
		state_add_u64(&one, list[i].pa);
		state_add_u64(&one, list[i].size << 2 | list[i].by);
		state_add_u64(&one, (uint64_t)(uintptr_t)list[i].pc);
		state_set_add(&set, &one);
	}
	state_add_set(s, &set);
}

void
overtaken_state(const struct overtaken *o, struct state *s)
{
	for (unsigned i = 0; i < OVERTAKEN_CPUS; i++) {
		const struct loads *l = &o->cpu[i];

		add_loads(l->list, l->passed, s);
		add_loads(l->list + l->passed, l->n - l->passed, s);
	}
}

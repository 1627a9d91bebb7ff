/*
 * litmus_issue.c: an instruction issued.  Loads, stores and barriers go through
 * the engine that drivers go through (order.h), each thread as an agent.
 */
#include "litmus_exec.h"

#include <string.h>

#define ALL		(ORDER_RR | ORDER_RW | ORDER_WR | ORDER_WW)

/* --- coherence --- */

/*
 * In the order of stores to byte k of the access: 0 the beginning, then
 * performed ones, then the thread's own that are not performed yet.
 */
static size_t
age_of(const struct litmus_run *r, const struct litmus_exec *x, size_t cell,
    unsigned store)
{
	const uint8_t *co = &x->block[r->co + cell * (r->nstores + 1)];
	size_t n = x->block[r->co_n + cell];

	if (store == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (co[i] == store)
			return i + 1;
	return LITMUS_STORES_MAX + r->stores[store].inst;
}

/* Who wrote byte k of an access, as far as it is known: UNREAD otherwise. */
static unsigned
writer_at(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned k)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	uint8_t flags = *exec_flags(r, x, thread, i);

	if ((flags & (LITMUS_DONE | LITMUS_READ)) == 0)
		return LITMUS_UNREAD;
	return in->u->op == LITMUS_STORE ? exec_store_no(r, thread, i) :
	    exec_writers(r, x, thread, in)[k];
}

/* A load has read from something older than what an access before it has. */
static int
is_incoherent(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	uint64_t at = exec_address(r, x, thread, i);
	uint64_t other = exec_address(r, x, thread, j);

	for (unsigned k = 0; k < list[i].u->size; k++) {
		uint64_t b = at + k - other;
		unsigned first, second;

		if (at + k < other || b >= list[j].u->size)
			continue;
		first = writer_at(r, x, thread, i, k);
		second = writer_at(r, x, thread, j, (unsigned)b);
		if (first != LITMUS_UNREAD && second != LITMUS_UNREAD &&
		    age_of(r, x, exec_cell(at) + k, second) <
		    age_of(r, x, exec_cell(at) + k, first))
			return 1;
	}
	return 0;
}

/* Coherence of what was issued out of order, seen from access i. */
static void
check_coherence(const struct litmus_run *r, struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	const struct litmus_inst *list = r->way[thread]->list;

	for (unsigned j = 0; j < r->way[thread]->n; j++) {
		unsigned a = i < j ? i : j, b = i < j ? j : i;

		if (i != j && list[j].access >= 0 && list[b].u->op ==
		    LITMUS_LOAD && exec_same_bytes(r, x, thread, i, j) &&
		    is_incoherent(r, x, thread, a, b))
			x->dead = 1;
	}
}

/* What a store leaves in memory: each byte, and the store's number. */
static void
store_bytes(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, uint8_t *bytes)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	uint64_t value = exec_value(r, x, thread, in->from_b, in->b);
	unsigned store = exec_store_no(r, thread, i);

	for (unsigned k = 0; k < in->u->size; k++) {
		bytes[2 * k] = (uint8_t)(value >> 8 * k);
		bytes[2 * k + 1] = (uint8_t)store;
	}
}

/*
 * Over what the engine has: the thread's own stores before the load that are not
 * issued yet, since it is open whether they are executed.  1: one is not known.
 */
static int
lay_over_unissued(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j, uint8_t *bytes)
{
	const struct litmus_inst *list = r->way[thread]->list;
	uint64_t at = exec_address(r, x, thread, j);
	uint8_t own[16];
	int left = 0;

	for (unsigned b = 0; b < list[j].u->size; b++) {
		int i = rules_own_store(r, x, thread, j, b);

		if (i < 0 || exec_is_done(r, x, thread, i))
			continue;
		if (rules_unknown(r, x, thread, j, b)) {
			bytes[2 * b] = 0;
			bytes[2 * b + 1] = LITMUS_UNREAD;
			left = 1;
			continue;
		}
		store_bytes(r, x, thread, (unsigned)i, own);
		memcpy(bytes + 2 * b, own + 2 * (at + b - exec_address(r, x,
		    thread, (unsigned)i)), 2);
	}
	return left;
}

/* Nothing of the load is open any more. */
static void
finish_load(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i, uint64_t value)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];

	exec_finish(r, x, thread, i, value);
	if (rules_acquire(in) && !r->how->native)
		order_acquire(x->order, thread);
	if ((in->u->flags & LITMUS_LOCKED) != 0)
		order_barrier(x->order, thread, ALL);
}

/* The bytes that were open, once they are known; 1: that is done. */
static int
finish_read(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	uint8_t *writers = exec_writers(r, x, thread, in), own[16];
	uint64_t at = exec_address(r, x, thread, i);
	uint64_t value = exec_u64(x, 0, exec_no(r, thread, i));

	if (rules_unknown_bytes(r, x, thread, i) != 0)
		return 0;
	for (unsigned b = 0; b < in->u->size; b++) {
		int from = rules_own_store(r, x, thread, i, b);

		if (writers[b] != LITMUS_UNREAD)
			continue;
		store_bytes(r, x, thread, (unsigned)from, own);
		memcpy(own, own + 2 * (at + b - exec_address(r, x, thread,
		    (unsigned)from)), 2);
		value |= (uint64_t)own[0] << 8 * b;
		writers[b] = own[1];
	}
	*exec_flags(r, x, thread, i) &= (uint8_t)~LITMUS_READ;
	finish_load(r, x, thread, i, value);
	check_coherence(r, x, thread, i);
	return 1;
}

void
issue_load(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	unsigned size = in->u->size;
	uint64_t pa = 2 * exec_cell(exec_address(r, x, thread, i)), value = 0;
	uint8_t bytes[16], *writers = exec_writers(r, x, thread, in);
	int open;

	if ((in->u->flags & LITMUS_LOCKED) != 0)
		order_drain(x->order, thread);
	if (r->how->native) {
		if ((in->u->flags & LITMUS_ACQUIRE) != 0)
			order_drain_releases(x->order, thread);
		if (r->how->lazy)
			order_look(x->order, thread, pa, 2 * size);
	}
	exec_memory(r, pa, bytes, 2 * size);
	r->may_be_old = rules_may_be_old(r, x, thread, i);
	if (rules_acquire(in) && r->how->native)
		order_load_acquire(x->order, thread, pa, bytes, 2 * size);
	else
		order_load(x->order, thread, pa, bytes, 2 * size);
	open = lay_over_unissued(r, x, thread, i, bytes);
	for (unsigned k = 0; k < size; k++) {
		value |= (uint64_t)bytes[2 * k] << 8 * k;
		writers[k] = bytes[2 * k + 1];
	}
	if (open) {
		*exec_flags(r, x, thread, i) |= LITMUS_READ;
		exec_u64_set(x, 0, exec_no(r, thread, i), value);
	} else {
		finish_load(r, x, thread, i, value);
	}
	if (!exec_in_order(r))
		check_coherence(r, x, thread, i);
}

void
issue_store(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	unsigned size = in->u->size;
	uint64_t at = exec_address(r, x, thread, i);
	uint64_t value = exec_value(r, x, thread, in->from_b, in->b);
	uint8_t bytes[16];

	store_bytes(r, x, thread, i, bytes);
	if (in->pair >= 0 && exec_address(r, x, thread, (unsigned)in->pair) !=
	    at) {
		x->dead = 1;
		return;
	}
	exec_finish(r, x, thread, i, litmus_truncate(value, size));
	if (!exec_in_order(r))
		check_coherence(r, x, thread, i);
	order_store(x->order, thread, 2 * exec_cell(at), bytes, 2 * size, 0,
	    (in->u->flags & LITMUS_RELEASE) != 0);
	if ((in->u->flags & LITMUS_LOCKED) != 0)
		order_barrier(x->order, thread, ALL);
	if (r->how->native && rules_acquire_release(r->way[thread]->list, in))
		order_barrier(x->order, thread, ORDER_WR | ORDER_WW);
}

/* --- what needs no choice --- */

/* 1: something was done. */
static int
settle_one(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i)
{
	const struct litmus_inst *in = &r->way[thread]->list[i];
	uint64_t a = exec_value(r, x, thread, in->from_a, in->a);
	uint8_t *flags = exec_flags(r, x, thread, i);

	switch (in->u->op) {
	case LITMUS_LOAD:
	case LITMUS_STORE:
		if ((*flags & LITMUS_ADDRESSED) == 0 && exec_is_done(r, x,
		    thread, in->from_a)) {
			*flags |= LITMUS_ADDRESSED;
			exec_u64_set(x, r->address, exec_no(r, thread, i),
			    a + in->u->imm);
			return 1;
		}
		if ((*flags & LITMUS_READ) != 0)
			return finish_read(r, x, thread, i);
		if (in->u->op == LITMUS_LOAD || !rules_may_issue(r, x, thread,
		    i) || !rules_eager(r, x, thread, i))
			return 0;
		issue_store(r, x, thread, i);
		return 1;
	case LITMUS_FENCE:
		if (!rules_fence(r, x, thread, i))
			return 0;
		order_barrier(x->order, thread, rules_fence_bits(r, in));
		break;
	case LITMUS_ISB:
		if (!rules_isb(r, x, thread, i))
			return 0;
		break;
	case LITMUS_ALU:
		if (!exec_is_done(r, x, thread, in->from_a) ||
		    !exec_is_done(r, x, thread, in->from_b))
			return 0;
		exec_finish(r, x, thread, i, litmus_alu(in->u, a, exec_value(r,
		    x, thread, in->from_b, in->b)));
		return 1;
	case LITMUS_BRANCH:
	case LITMUS_ASSERT:
		if (!exec_is_done(r, x, thread, in->from_a))
			return 0;
		if ((a != 0) != (in->u->op == LITMUS_ASSERT || in->guess))
			x->dead = 1;
		break;
	}
	exec_finish(r, x, thread, i, 0);
	return 1;
}

void
issue_settle(struct litmus_run *r, struct litmus_exec *x)
{
	int again = 1;

	r->now = x;
	while (again && !x->dead && !r->failed) {
		again = 0;
		for (unsigned t = 0; t < r->t->nthreads; t++)
			for (unsigned i = 0; i < r->way[t]->n && !x->dead; i++)
				if (!exec_is_done(r, x, t, (int)i))
					again |= settle_one(r, x, t, i);
	}
}

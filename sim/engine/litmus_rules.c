/*
 * litmus_rules.c: what may be issued when.
 *
 * A driver's code is native: nobody sees what its registers depend on, so it is
 * issued in order, and loads that are old and stores that are late are all that
 * can be out of order.  The registers of a litmus test are known, so here an
 * instruction may be issued before earlier ones wherever Armv8 does not order the
 * two (section B2.3 of the Arm Architecture Reference Manual); that a store
 * overtakes an earlier load (load buffering) comes of this.
 */
#include "litmus_exec.h"

/* --- what may be issued --- */

int
rules_acquire(const struct litmus_inst *in)
{
	return (in->u->flags & (LITMUS_ACQUIRE | LITMUS_ACQUIRE_PC)) != 0;
}

/* The store of an atomic operation with both. */
int
rules_acquire_release(const struct litmus_inst *list,
    const struct litmus_inst *in)
{
	return (in->u->flags & LITMUS_RELEASE) != 0 && (in->u->flags &
	    LITMUS_ATOMIC) != 0 && in->pair >= 0 &&
	    rules_acquire(&list[in->pair]);
}

/* Between the two there is a fence that orders stores before loads. */
static int
is_fenced(const struct litmus_inst *list, unsigned i, unsigned j)
{
	while (++i < j)
		if (list[i].u->op == LITMUS_FENCE &&
		    (list[i].u->imm & ORDER_WR) != 0 &&
		    (list[i].u->imm & ORDER_RR) == 0)
			return 1;
	return 0;
}

/* Rule O8's bits, by what comes later: a store or a load. */
static unsigned
bits_before(int is_store)
{
	return is_store ? ORDER_RW | ORDER_WW : ORDER_RR | ORDER_WR;
}

/*
 * The thread's own store that the load's byte b comes from: the last one before
 * it; -1: none.  An address that is the same in every run counts before what it
 * seems to depend on is there.
 */
int
rules_own_store(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j, unsigned b)
{
	const struct litmus_inst *list = r->way[thread]->list;
	uint64_t at = exec_address(r, x, thread, j) + b;

	for (unsigned i = j; i-- > 0;) {
		int known = exec_has_address(r, x, thread, i);

		if (list[i].u->op == LITMUS_STORE && (known ||
		    list[i].address_known) && exec_overlaps(at, 1, known ?
		    exec_address(r, x, thread, i) : list[i].address,
		    list[i].u->size))
			return (int)i;
	}
	return -1;
}

/*
 * The load's byte is of a store that is not issued and whose data, or whose
 * address, is not known.
 */
int
rules_unknown(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j, unsigned b)
{
	int i = rules_own_store(r, x, thread, j, b);

	return i >= 0 && !exec_is_done(r, x, thread, i) &&
	    (!exec_has_address(r, x, thread, (unsigned)i) ||
	    !exec_is_done(r, x, thread, r->way[thread]->list[i].from_b));
}

/* How many of the load's bytes are. */
unsigned
rules_unknown_bytes(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	unsigned n = 0;

	for (unsigned b = 0; b < r->way[thread]->list[j].u->size; b++)
		n += rules_unknown(r, x, thread, j, b) != 0;
	return n;
}

/*
 * Armv8: whether instruction i, which is not issued, has to come before j
 * (section B2.3 of the Arm Architecture Reference Manual).  Dependencies are
 * seen to by dependencies_done().
 */
static int
waits_for(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	const struct litmus_inst *in = &list[i], *to = &list[j];
	int is_store = to->u->op == LITMUS_STORE;

	switch (in->u->op) {
	case LITMUS_FENCE:
		return (in->u->imm & bits_before(is_store)) != 0;
	case LITMUS_ISB:
		return 1;
	case LITMUS_LOAD:
		return rules_acquire(in) || (is_store && ((to->u->flags &
		    LITMUS_RELEASE) != 0 || exec_same_bytes(r, x, thread, i,
		    j)));
	case LITMUS_STORE:
		if (is_store && (to->u->flags & LITMUS_RELEASE) != 0)
			return 1;
		if (!is_store && (in->u->flags & LITMUS_RELEASE) != 0 &&
		    (to->u->flags & LITMUS_ACQUIRE) != 0)
			return 1;
		/* A load takes what is to be stored. */
		return is_store && exec_same_bytes(r, x, thread, i, j);
	}
	return 0;
}

/* A store, the last one to these bytes before the load. */
static int
is_last_before(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	if (list[i].u->op != LITMUS_STORE || list[j].u->op != LITMUS_LOAD ||
	    !exec_same_bytes(r, x, thread, i, j))
		return 0;
	for (unsigned k = i + 1; k < j; k++)
		if (list[k].u->op == LITMUS_STORE && exec_same_bytes(r, x,
		    thread, k, j))
			return 0;
	return 1;
}

/*
 * The same for a store that is not performed, whether issued or not: one before
 * DSB ST, a release before an acquire, an acquiring and releasing atomic
 * operation's; and one whose atomic operation has not loaded yet, before an
 * acquire that would read it.
 */
static int
waits_for_performed(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	const struct litmus_inst *in = &list[i], *to = &list[j];
	int to_acquire = to->u->op == LITMUS_LOAD && rules_acquire(to);

	if (in->u->op != LITMUS_STORE || exec_is_performed(r, x, thread, i))
		return 0;
	if (to->u->op == LITMUS_LOAD && is_fenced(list, i, j))
		return 1;
	if ((in->u->flags & LITMUS_RELEASE) != 0) {
		if (to_acquire && (to->u->flags & LITMUS_ACQUIRE) != 0)
			return 1;
		if (rules_acquire_release(list, in))
			return 1;
	}
	return to_acquire && in->pair >= 0 && !exec_is_done(r, x, thread,
	    in->pair)
	    && is_last_before(r, x, thread, i, j);
}

/* Whether all loads of this set, by their numbers, are issued. */
static int
loads_done(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, uint32_t loads)
{
	const struct litmus_way *way = r->way[thread];

	for (unsigned i = 0; i < way->n && loads != 0; i++)
		if (way->list[i].access >= 0 && (loads & 1u <<
		    way->list[i].access) != 0 && !exec_is_done(r, x, thread,
		    (int)i))
			return 0;
	return 1;
}

/*
 * The loads that a load's value or address comes from by what instructions
 * decided (CSEL, CAS), through registers and what the thread itself has stored.
 */
static uint32_t
picked_from(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	uint32_t loads = list[j].addr | list[j].pick_addr, more = 0;

	for (unsigned i = 0; i < j; i++)
		if (is_last_before(r, x, thread, i, j))
			loads |= list[i].addr | list[i].data |
			    list[i].pick_addr | list[i].pick_data;
	for (unsigned i = 0; i < j; i++)
		if (list[i].u->op == LITMUS_LOAD && (loads & 1u <<
		    list[i].access) != 0)
			more |= picked_from(r, x, thread, i);
	return loads | more;
}

/* Whether a load of this set comes from one that is not issued. */
static int
picks_done(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, uint32_t loads)
{
	const struct litmus_way *way = r->way[thread];

	for (unsigned i = 0; i < way->n && loads != 0; i++)
		if (way->list[i].u->op == LITMUS_LOAD && (loads & 1u <<
		    way->list[i].access) != 0 && !loads_done(r, x, thread,
		    picked_from(r, x, thread, i)))
			return 0;
	return 1;
}

/* A load of this set, by the numbers of accesses. */
static int
is_load_of(const struct litmus_inst *in, uint32_t loads)
{
	return in->u->op == LITMUS_LOAD && (loads & 1u << in->access) != 0;
}

/* Locally ordered before, for good: by what waits_for() and others ask, too. */
static int
comes_before(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	const struct litmus_inst *in = &list[i], *to = &list[j];
	int is_store = to->u->op == LITMUS_STORE;
	uint32_t loads = to->addr | to->data;

	if (is_store)
		loads |= to->ctrl | to->before_addr | to->pick_addr |
		    to->pick_data | to->pick_ctrl;
	if (is_load_of(in, loads) || to->pair == (int)i ||
	    rules_acquire_release(list, in))
		return 1;
	if (waits_for(r, x, thread, i, j) && (is_store ||
	    in->u->op == LITMUS_LOAD || (in->u->flags & LITMUS_RELEASE) != 0))
		return 1;
	for (unsigned k = i + 1; k < j; k++) {
		unsigned bits = in->u->op == LITMUS_LOAD ? ORDER_RR | ORDER_RW :
		    ORDER_WR | ORDER_WW;

		if (list[k].u->op == LITMUS_FENCE && (list[k].u->imm & bits &
		    bits_before(is_store)) != 0)
			return 1;
		if (list[k].u->op == LITMUS_ISB && is_load_of(in, list[k].ctrl |
		    list[k].pick_ctrl | list[k].before_addr))
			return 1;
		if (is_last_before(r, x, thread, k, j) && is_load_of(in,
		    list[k].addr | list[k].data))
			return 1;
	}
	return 0;
}

static int
leads_to(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	if (comes_before(r, x, thread, i, j))
		return 1;
	for (unsigned k = i + 1; k < j; k++)
		if (list[k].access >= 0 && comes_before(r, x, thread, i, k) &&
		    leads_to(r, x, thread, k, j))
			return 1;
	return 0;
}

/*
 * A store comes after what a load comes from that is ordered before the store,
 * though the load itself need not.
 */
static int
is_owed(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	for (unsigned i = 0; i < j && list[j].u->op == LITMUS_STORE; i++)
		if (list[i].u->op == LITMUS_LOAD && !loads_done(r, x, thread,
		    picked_from(r, x, thread, i)) && leads_to(r, x, thread, i,
		    j))
			return 1;
	return 0;
}

/*
 * Dependencies that its sources do not show by being there: a store comes after
 * the loads that decide whether it is executed,
    and where it or an access before
 * it goes to.
 */
static int
dependencies_done(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, const struct litmus_inst *in)
{
	return in->u->op != LITMUS_STORE || loads_done(r, x, thread, in->ctrl |
	    in->pick_ctrl | in->before_addr | in->pick_addr | in->pick_data);
}

int
rules_may_issue(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	const struct litmus_inst *in = &list[j];

	if (exec_is_done(r, x, thread, (int)j) || !exec_is_done(r, x, thread,
	    in->from_a)
	    || !exec_is_done(r, x, thread, in->from_b) ||
	    !exec_good_address(r, x, thread, j))
		return 0;
	if (!exec_in_order(r) && (!dependencies_done(r, x, thread, in) ||
	    is_owed(r, x, thread, j)))
		return 0;
	/* What is stored is not known: a part may be read, if there is one. */
	if (in->u->op == LITMUS_LOAD && rules_unknown_bytes(r, x, thread, j) ==
	    in->u->size)
		return 0;
	if ((*exec_flags(r, x, thread, j) & LITMUS_READ) != 0)
		return 0;
	for (unsigned i = 0; i < j; i++) {
		int done = exec_is_done(r, x, thread, (int)i);

		if (!done && (exec_in_order(r) || waits_for(r, x, thread, i,
		    j)))
			return 0;
		if (!r->how->native && waits_for_performed(r, x, thread, i, j))
			return 0;
	}
	return 1;
}

/*
 * Whether a load may come out older than what is there now.  Native code's may
 * whenever the engine knows of nothing against it.  Where dependencies are
 * known, one that has to come after another instruction is as old as it gets by
 * being issued early.
 */
int
rules_may_be_old(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	for (unsigned i = 0; i < j; i++) {
		const struct litmus_inst *in = &list[i];

		/* What it has to come after is there, and not older. */
		if (in->u->op == LITMUS_STORE &&
		    (in->u->flags & LITMUS_RELEASE) != 0 &&
		    ((list[j].u->flags & LITMUS_ACQUIRE) != 0 ||
		    (!r->how->native && rules_acquire_release(list, in))))
			return 0;
		if (!r->how->native && (in->u->op == LITMUS_ISB ||
		    (in->u->op == LITMUS_FENCE && (in->u->imm & ORDER_WR) != 0)
		    || (in->u->op == LITMUS_STORE && exec_same_bytes(r, x,
		    thread, i, j))))
			return 0;
	}
	return r->how->native || (list[j].addr | list[j].pick_addr) == 0;
}

int
rules_fence(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	unsigned bits = (unsigned)list[j].u->imm;

	for (unsigned i = 0; i < j; i++) {
		const struct litmus_uop *u = list[i].u;

		if (exec_is_done(r, x, thread, (int)i))
			continue;
		if (exec_in_order(r))
			return 0;
		if (u->op == LITMUS_LOAD && (bits & (ORDER_RR | ORDER_RW)) != 0
		    && ((u->flags & LITMUS_NORET) == 0 ||
		    (bits & ORDER_WR) != 0))
			return 0;
		if (u->op == LITMUS_STORE && (bits & (ORDER_WR | ORDER_WW)) !=
		    0)
			return 0;
	}
	return 1;
}

/*
 * What the engine is told of a fence.  One that orders stores before later loads
 * and is not waited for by earlier loads, which may still come (DSB ST), would
 * order these, too; there is_fenced() sees to it.
 */
unsigned
rules_fence_bits(const struct litmus_run *r, const struct litmus_inst *fence)
{
	unsigned bits = (unsigned)fence->u->imm;

	return exec_in_order(r) || (bits & ORDER_RR) != 0 ? bits :
	    bits & ~ORDER_WR;
}

int
rules_isb(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;
	uint32_t loads = list[j].ctrl | list[j].pick_ctrl |
	    list[j].before_addr;

	for (unsigned i = 0; i < j; i++)
		if (!exec_is_done(r, x, thread, (int)i) && (exec_in_order(r) ||
		    (list[i].u->op == LITMUS_FENCE && list[i].u->flags != 0)))
			return 0;
	return loads_done(r, x, thread, loads) &&
	    (exec_in_order(r) || picks_done(r, x, thread, loads));
}

/*
 * A store goes into the buffer as soon as it may: there it waits as long as it
 * likes.  Not so where the model performs it at once, or where a release before
 * it is still to come, which the buffer would put behind it.
 */
int
rules_eager(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	for (unsigned i = 0; i < j; i++)
		if (list[i].u->op == LITMUS_STORE && (list[i].u->flags &
		    LITMUS_RELEASE) != 0 && !exec_is_done(r, x, thread, (int)i))
			return 0;
	return (r->program & ORDER_WR) == 0;
}

/*
 * litmus_axioms.h: the executions of a litmus test by the axioms of its model,
 * to compare with those of the engine.  Nothing of the engine is used: from the
 * same ways through the code (litmus_var.h), every choice of what each load reads
 * from (rf) and of the order of stores to each location (co) is made, and those
 * are kept that the axioms allow.
 *
 * Armv8: section B2.3 of the Arm Architecture Reference Manual; the names of
 * relations are those of its formal version.  x86-TSO: Owens, Sarkar, Sewell,
 * "A better x86 memory model: x86-TSO", section 3.  Accesses of different sizes
 * are cut into cells of the smallest size there is; what one instruction does to
 * its cells it does at once.
 *
 * native: as the engine runs drivers.  No dependency is known, neither of
 * registers nor of what an atomic operation has stored; a load comes before every
 * later store, and every load is kept.
 */
#ifndef VIOTAPE_LITMUS_AXIOMS_H
#define VIOTAPE_LITMUS_AXIOMS_H

#include "litmus_var.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define EVENTS_MAX	128u

struct rel {
	uint64_t row[EVENTS_MAX][2];
};

struct ax_event {
	unsigned thread, inst;
	const struct litmus_inst *in;
	unsigned cell;			/* its place in memory, in cells */
	unsigned rf;			/* loads: the event, or NO_EVENT: first */
	unsigned co;			/* stores: its place, from 1 */
};
#define NO_EVENT	EVENTS_MAX

/* A load's cell, whose store is chosen before addresses are known. */
struct ax_slot {
	unsigned thread, inst, part;
	unsigned store;			/* of all stores, 0 is the beginning */
};

struct axioms {
	const struct litmus *t;
	enum order_model model;
	int native;
	struct litmus_result *result;
	struct litmus_ways ways[LITMUS_THREADS_MAX];
	const struct litmus_way *way[LITMUS_THREADS_MAX];
	unsigned grain;			/* bytes of a cell */
	struct {
		unsigned thread, inst;
	} stores[LITMUS_STORES_MAX + 1];
	unsigned nstores;
	struct ax_slot slots[EVENTS_MAX];
	unsigned nslots;
	uint64_t values[LITMUS_THREADS_MAX][LITMUS_INSTS_MAX];
	uint64_t address[LITMUS_THREADS_MAX][LITMUS_INSTS_MAX];
	uint8_t known[LITMUS_THREADS_MAX][LITMUS_INSTS_MAX];
	uint8_t addressed[LITMUS_THREADS_MAX][LITMUS_INSTS_MAX];
	struct ax_event events[EVENTS_MAX];
	unsigned nevents;
	struct rel local;		/* lob, or what program order keeps */
	struct rel picks;
};

/* --- relations --- */

static inline void
rel_add(struct rel *r, unsigned a, unsigned b)
{
	r->row[a][b / 64] |= UINT64_C(1) << b % 64;
}

static inline int
rel_has(const struct rel *r, unsigned a, unsigned b)
{
	return (r->row[a][b / 64] >> b % 64 & 1) != 0;
}

static inline void
rel_close(struct rel *r, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		for (unsigned i = 0; i < n; i++)
			if (rel_has(r, i, k)) {
				r->row[i][0] |= r->row[k][0];
				r->row[i][1] |= r->row[k][1];
			}
}

static inline int
rel_is_acyclic(struct rel *r, unsigned n)
{
	rel_close(r, n);
	for (unsigned i = 0; i < n; i++)
		if (rel_has(r, i, i))
			return 0;
	return 1;
}

/* --- events --- */

static inline int
ax_is_store(const struct ax_event *e)
{
	return e->in->u->op == LITMUS_STORE;
}

static inline int
ax_has(const struct ax_event *e, unsigned flags)
{
	return (e->in->u->flags & flags) != 0;
}

static inline int
ax_is_acquire(const struct ax_event *e)
{
	return !ax_is_store(e) && ax_has(e, LITMUS_ACQUIRE |
	    LITMUS_ACQUIRE_PC);
}

static inline int
ax_po(const struct ax_event *a, const struct ax_event *b)
{
	return a->thread == b->thread && a->inst < b->inst;
}

static inline int
ax_same_access(const struct ax_event *a, const struct ax_event *b)
{
	return a->thread == b->thread && a->inst == b->inst;
}

/* a is the load of the atomic pair whose store b is. */
static inline int
ax_rmw(const struct ax_event *a, const struct ax_event *b)
{
	return a->thread == b->thread && b->in->pair >= 0 &&
	    (unsigned)b->in->pair == a->inst;
}

/* In the order of stores to the cell, where the load reads or the store is. */
static inline unsigned
ax_place(const struct axioms *x, const struct ax_event *e)
{
	return ax_is_store(e) ? e->co : e->rf == NO_EVENT ? 0 :
	    x->events[e->rf].co;
}

/* Coherence-after: b overwrites what a stored or read. */
static inline int
ax_ca(const struct axioms *x, const struct ax_event *a,
    const struct ax_event *b)
{
	return a->cell == b->cell && ax_is_store(b) && ax_place(x, a) < b->co &&
	    a != b;
}

/* --- Armv8: what is ordered within a thread --- */

/* A store, the last one before the load to this cell. */
static inline int
ax_lmrs(const struct axioms *x, unsigned a, unsigned b)
{
	const struct ax_event *e = x->events, *w = &e[a], *r = &e[b];

	if (!ax_is_store(w) || ax_is_store(r) || !ax_po(w, r) ||
	    w->cell != r->cell)
		return 0;
	for (unsigned i = 0; i < x->nevents; i++)
		if (ax_is_store(&e[i]) && e[i].cell == r->cell &&
		    ax_po(w, &e[i]) && ax_po(&e[i], r))
			return 0;
	return 1;
}

static inline int
ax_depends(uint32_t loads, const struct ax_event *from)
{
	return !ax_is_store(from) && (loads & 1u << from->in->access) != 0;
}

/*
 * What a load's value, or its address, comes from by what instructions decided
 * (CSEL, CAS), through registers and through what the thread itself has stored.
 */
static inline void
ax_picks(const struct axioms *x, struct rel *picks)
{
	memset(picks, 0, sizeof *picks);
	for (unsigned i = 0; i < x->nevents; i++)
		for (unsigned j = 0; j < x->nevents; j++) {
			const struct ax_event *a = &x->events[i];
			const struct ax_event *b = &x->events[j];
			const struct litmus_inst *in = b->in;

			if (ax_po(a, b) && (ax_depends(in->addr |
			    in->pick_addr | in->data | in->pick_data, a) ||
			    ax_lmrs(x, i, j)))
				rel_add(picks, i, j);
		}
	rel_close(picks, x->nevents);
}

/* a is one of these loads, or one of them comes from it. */
static inline int
ax_leads_to(const struct axioms *x, const struct ax_event *a, uint32_t loads)
{
	if (ax_is_store(a))
		return 0;
	if (ax_depends(loads, a))
		return 1;
	for (unsigned k = 0; k < x->nevents; k++)
		if (x->events[k].thread == a->thread &&
		    ax_depends(loads, &x->events[k]) &&
		    rel_has(&x->picks, (unsigned)(a - x->events), k))
			return 1;
	return 0;
}

/* A fence between the two that orders them, or ISB after a branch. */
static inline int
ax_fenced(const struct axioms *x, const struct ax_event *a,
    const struct ax_event *b)
{
	const struct litmus_inst *list = x->way[a->thread]->list;
	unsigned bit = ax_is_store(a) ? (ax_is_store(b) ? ORDER_WW : ORDER_WR) :
	    ax_is_store(b) ? ORDER_RW : ORDER_RR;

	for (unsigned i = a->inst + 1; i < b->inst; i++) {
		const struct litmus_inst *in = &list[i];

		if (in->u->op == LITMUS_FENCE && (in->u->imm & bit) != 0 &&
		    (!ax_has(a, LITMUS_NORET) || x->native ||
		    (in->u->imm & ORDER_WR) != 0))
			return 1;
		if (in->u->op == LITMUS_ISB && !x->native && ax_leads_to(x, a,
		    in->ctrl | in->pick_ctrl | in->before_addr))
			return 1;
	}
	return 0;
}

static inline int
ax_bob(const struct axioms *x, const struct ax_event *a,
    const struct ax_event *b)
{
	const struct litmus_inst *list = x->way[a->thread]->list;

	if (ax_is_acquire(a) || (ax_is_store(b) && ax_has(b, LITMUS_RELEASE)))
		return 1;
	if (ax_is_store(a) && ax_has(a, LITMUS_RELEASE) && !ax_is_store(b) &&
	    ax_has(b, LITMUS_ACQUIRE))
		return 1;
	/* The store of an acquiring and releasing atomic operation. */
	return ax_is_store(a) && ax_has(a, LITMUS_RELEASE) &&
	    ax_has(a, LITMUS_ATOMIC) && a->in->pair >= 0 &&
	    (list[a->in->pair].u->flags & LITMUS_ACQUIRE) != 0;
}

static inline int
ax_dob(const struct axioms *x, unsigned i, unsigned j)
{
	const struct ax_event *a = &x->events[i], *b = &x->events[j];
	const struct litmus_inst *in = b->in;
	int to_store = ax_is_store(b);

	if (ax_depends(in->addr | in->data, a))
		return 1;
	if (to_store && ax_depends(in->ctrl | in->before_addr | in->pick_addr |
	    in->pick_data | in->pick_ctrl, a))
		return 1;
	for (unsigned k = 0; k < x->nevents; k++)
		if (ax_lmrs(x, k, j) && ax_depends(x->events[k].in->addr |
		    x->events[k].in->data, a))
			return 1;
	return 0;
}

static inline int
ax_aob(const struct axioms *x, unsigned i, unsigned j)
{
	const struct ax_event *a = &x->events[i], *b = &x->events[j];

	if (ax_rmw(a, b))
		return 1;
	for (unsigned k = 0; k < x->nevents && ax_is_acquire(b) &&
	    !x->native; k++)
		if (ax_rmw(a, &x->events[k]) && ax_lmrs(x, k, j))
			return 1;
	return 0;
}

/* A load before a store to where it, or a store to where an access before, is. */
static inline int
ax_lmws(const struct axioms *x, unsigned i, unsigned j)
{
	const struct ax_event *a = &x->events[i], *b = &x->events[j];

	for (unsigned k = 0; k < x->nevents; k++)
		if (ax_same_access(b, &x->events[k]) && ax_is_store(b) &&
		    x->events[k].cell == a->cell)
			return 1;
	return 0;
}

static inline int
ax_local_arm(const struct axioms *x, unsigned i, unsigned j)
{
	const struct ax_event *a = &x->events[i], *b = &x->events[j];

	if (!ax_po(a, b))
		return 0;
	if (ax_bob(x, a, b) || ax_fenced(x, a, b) || ax_aob(x, i, j) ||
	    ax_lmws(x, i, j))
		return 1;
	return x->native ? !ax_is_store(a) && ax_is_store(b) :
	    ax_dob(x, i, j);
}

static inline int
ax_local(const struct axioms *x, unsigned i, unsigned j)
{
	const struct ax_event *a = &x->events[i], *b = &x->events[j];

	if (x->model == ORDER_ARM)
		return ax_local_arm(x, i, j);
	if (!ax_po(a, b))
		return 0;
	return x->model == ORDER_SC || !ax_is_store(a) || ax_is_store(b) ||
	    ax_fenced(x, a, b) || ax_has(a, LITMUS_LOCKED) ||
	    ax_has(b, LITMUS_LOCKED);
}

/* A store waits for what a load comes from that is locally ordered before it. */
static inline void
ax_add_picked(struct axioms *x)
{
	struct rel lob = x->local;
	unsigned n = x->nevents;

	rel_close(&lob, n);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++)
			for (unsigned j = 0; j < n; j++)
				if (!ax_is_store(&x->events[i]) &&
				    ax_is_store(&x->events[j]) &&
				    rel_has(&x->picks, i, k) &&
				    rel_has(&lob, k, j))
					rel_add(&x->local, i, j);
}

/* --- axioms --- */

/* Coherence: within a thread, accesses of a cell agree with its order. */
static inline int
ax_is_coherent(const struct axioms *x)
{
	for (unsigned i = 0; i < x->nevents; i++)
		for (unsigned j = 0; j < x->nevents; j++) {
			const struct ax_event *a = &x->events[i];
			const struct ax_event *b = &x->events[j];

			if (!ax_po(a, b) || a->cell != b->cell)
				continue;
			if (ax_is_store(b) ? ax_place(x, a) >= b->co :
			    ax_place(x, a) > ax_place(x, b))
				return 0;
		}
	return 1;
}

/* Stores that overwrite what r read and that w overwrites: of r's thread or not. */
static inline int
ax_between(const struct axioms *x, const struct ax_event *r,
    const struct ax_event *w, int own)
{
	for (unsigned k = 0; k < x->nevents; k++) {
		const struct ax_event *o = &x->events[k];

		if ((o->thread == r->thread) == own && ax_ca(x, r, o) &&
		    ax_ca(x, o, w))
			return 1;
	}
	return 0;
}

/*
 * No other thread's store between an atomic load and its store, but where the
 * thread's own is there, too.
 */
static inline int
ax_is_atomic(const struct axioms *x)
{
	for (unsigned i = 0; i < x->nevents; i++)
		for (unsigned j = 0; j < x->nevents; j++) {
			const struct ax_event *r = &x->events[i];
			const struct ax_event *w = &x->events[j];

			if (ax_rmw(r, w) && r->cell == w->cell &&
			    ax_between(x, r, w, 0) && !ax_between(x, r, w, 1))
				return 0;
		}
	return 1;
}

/* What another thread sees of the first is before the second. */
static inline int
ax_observed(const struct axioms *x, const struct ax_event *a,
    const struct ax_event *b)
{
	return a->thread != b->thread && (ax_ca(x, a, b) || (!ax_is_store(b) &&
	    b->rf != NO_EVENT && &x->events[b->rf] == a));
}

/* An order of all that every agent agrees on. */
static inline int
ax_is_ordered(const struct axioms *x)
{
	struct rel ob = x->local;
	const struct ax_event *e = x->events;

	for (unsigned i = 0; i < x->nevents; i++)
		for (unsigned j = 0; j < x->nevents; j++) {
			if (!ax_observed(x, &e[i], &e[j]))
				continue;
			/* ... and before all that b's instruction does. */
			for (unsigned k = 0; k < x->nevents; k++) {
				if (!ax_same_access(&e[j], &e[k]))
					continue;
				rel_add(&ob, i, k);
				/* An earlier load of what a load has read. */
				for (unsigned h = 0; !ax_is_store(&e[i]) &&
				    h < x->nevents; h++)
					for (unsigned g = 0; g < x->nevents;
					    g++)
						if (!ax_is_store(&e[h]) &&
						    ax_same_access(&e[g],
						    &e[i]) && ax_po(&e[h],
						    &e[g]) && e[h].cell ==
						    e[g].cell)
							rel_add(&ob, h, k);
			}
		}
	return rel_is_acyclic(&ob, x->nevents);
}

/* --- final states --- */

static inline void
ax_record(struct axioms *x)
{
	uint64_t values[LITMUS_PLACES_MAX + 1];

	for (unsigned i = 0; i < x->t->nplaces; i++) {
		const struct litmus_place *p = &x->t->places[i];
		unsigned at;

		if (p->thread >= 0) {
			const struct litmus_way *way = x->way[p->thread];
			int from = way->from[p->index];

			values[i] = from < 0 ? way->value[p->index] :
			    x->values[p->thread][from];
			continue;
		}
		values[i] = x->t->locations[p->index].value;
		at = p->index * LITMUS_LOCATION_BYTES;
		for (unsigned n = 1; n <= x->nevents; n++)
			for (unsigned k = 0; k < x->nevents; k++) {
				const struct ax_event *e = &x->events[k];
				uint64_t address, v, mask = 0;
				unsigned by;

				if (!ax_is_store(e) || e->co != n ||
				    e->cell * x->grain < at || e->cell *
				    x->grain >= at + p->size)
					continue;
				by = e->cell * x->grain - at;
				address = x->address[e->thread][e->inst];
				v = x->values[e->thread][e->inst] >> 8 * (by -
				    (address - LITMUS_ADDRESS) %
				    LITMUS_ADDRESS_STEP);
				for (unsigned b = by; b < by + x->grain; b++)
					mask |= UINT64_C(255) << 8 * b;
				values[i] = (values[i] & ~mask) |
				    (v << 8 * by & mask);
			}
	}
	litmus_result_add(x->t, x->result, values);
}

/* --- orders of stores, cell by cell --- */

static inline void ax_order(struct axioms *x, unsigned event);

/* Gives the event every place among the stores of its cell before it. */
static inline void
ax_order_at(struct axioms *x, unsigned event, unsigned place)
{
	for (unsigned i = 0; i < event; i++)
		if (ax_is_store(&x->events[i]) && x->events[i].cell ==
		    x->events[event].cell && x->events[i].co >= place)
			x->events[i].co++;
	x->events[event].co = place;
	ax_order(x, event + 1);
	for (unsigned i = 0; i < event; i++)
		if (ax_is_store(&x->events[i]) && x->events[i].cell ==
		    x->events[event].cell && x->events[i].co > place)
			x->events[i].co--;
	x->events[event].co = 0;
}

static inline void
ax_order(struct axioms *x, unsigned event)
{
	unsigned before = 0;

	while (event < x->nevents && !ax_is_store(&x->events[event]))
		event++;
	if (event == x->nevents) {
		if (ax_is_coherent(x) && ax_is_atomic(x) && ax_is_ordered(x))
			ax_record(x);
		return;
	}
	for (unsigned i = 0; i < event; i++)
		before += ax_is_store(&x->events[i]) && x->events[i].cell ==
		    x->events[event].cell;
	for (unsigned place = 1; place <= before + 1; place++)
		ax_order_at(x, event, place);
}

/* --- values, once every load has its stores --- */

static inline uint64_t
ax_offset(uint64_t address)
{
	return (address - LITMUS_ADDRESS) / LITMUS_ADDRESS_STEP *
	    LITMUS_LOCATION_BYTES + (address - LITMUS_ADDRESS) %
	    LITMUS_ADDRESS_STEP;
}

/* One cell of a load: 1 known, 0 not yet, -1 it cannot read from there. */
static inline int
ax_slot_value(const struct axioms *x, const struct ax_slot *s, uint64_t *v)
{
	uint64_t address = x->address[s->thread][s->inst] + s->part * x->grain;
	int at = litmus_located(x->t, address, x->grain);
	uint64_t from;
	unsigned thread, inst;

	if (at < 0)
		return -1;
	if (s->store == 0) {
		from = (address - LITMUS_ADDRESS) % LITMUS_ADDRESS_STEP;
		*v = from < 8 ? x->t->locations[at].value >> 8 * from : 0;
		return 1;
	}
	thread = x->stores[s->store].thread;
	inst = x->stores[s->store].inst;
	if (!x->addressed[thread][inst] || !x->known[thread][inst])
		return 0;
	from = x->address[thread][inst];
	if (address < from || address + x->grain > from +
	    x->way[thread]->list[inst].u->size)
		return -1;
	*v = x->values[thread][inst] >> 8 * (address - from);
	return 1;
}

static inline int
ax_load_value(struct axioms *x, unsigned t, unsigned i)
{
	uint64_t value = 0, v = 0;

	for (unsigned k = 0; k < x->nslots; k++) {
		const struct ax_slot *s = &x->slots[k];
		int ret;

		if (s->thread != t || s->inst != i)
			continue;
		ret = ax_slot_value(x, s, &v);
		if (ret <= 0)
			return ret;
		value |= litmus_truncate(v, x->grain) << 8 * s->part *
		    x->grain;
	}
	x->values[t][i] = value;
	x->known[t][i] = 1;
	return 1;
}

static inline int
ax_source(const struct axioms *x, unsigned t, int from, uint64_t otherwise,
    uint64_t *v)
{
	*v = from < 0 ? otherwise : x->values[t][from];
	return from < 0 || x->known[t][from];
}

/* 1: something came to be known, 0 not, -1 it is no execution. */
static inline int
ax_evaluate_one(struct axioms *x, unsigned t, unsigned i)
{
	const struct litmus_inst *in = &x->way[t]->list[i];
	uint64_t a, b;
	int has_a = ax_source(x, t, in->from_a, in->a, &a);
	int has_b = ax_source(x, t, in->from_b, in->b, &b);
	unsigned op = in->u->op;

	if (op == LITMUS_LOAD || op == LITMUS_STORE) {
		if (!has_a)
			return 0;
		x->address[t][i] = a + in->u->imm;
		x->addressed[t][i] = 1;
		if (op == LITMUS_LOAD)
			return ax_load_value(x, t, i);
		if (!has_b)
			return 0;
		x->values[t][i] = litmus_truncate(b, in->u->size);
	} else if (op == LITMUS_ALU) {
		if (!has_a || !has_b)
			return 0;
		x->values[t][i] = litmus_alu(in->u, a, b);
	} else if (op == LITMUS_BRANCH || op == LITMUS_ASSERT) {
		if (!has_a)
			return 0;
		if ((a != 0) != (op == LITMUS_ASSERT || in->guess))
			return -1;
	}
	x->known[t][i] = 1;
	return 1;
}

/* 0: all is known. */
static inline int
ax_evaluate(struct axioms *x)
{
	int again = 1, left = 0;

	memset(x->known, 0, sizeof x->known);
	memset(x->addressed, 0, sizeof x->addressed);
	while (again) {
		again = left = 0;
		for (unsigned t = 0; t < x->t->nthreads; t++)
			for (unsigned i = 0; i < x->way[t]->n; i++) {
				int ret = x->known[t][i] ? 0 :
				    ax_evaluate_one(x, t, i);

				if (ret < 0)
					return -1;
				again |= ret;
				left |= !x->known[t][i];
			}
	}
	return left ? -1 : 0;
}

/* Events of all accesses, cell by cell; -1: addresses do not fit. */
static inline int
ax_events(struct axioms *x)
{
	x->nevents = 0;
	for (unsigned t = 0; t < x->t->nthreads; t++)
		for (unsigned i = 0; i < x->way[t]->n; i++) {
			const struct litmus_inst *in = &x->way[t]->list[i];

			if (in->access < 0)
				continue;
			if (in->pair >= 0 && x->address[t][in->pair] !=
			    x->address[t][i])
				return -1;
			if (litmus_located(x->t, x->address[t][i],
			    in->u->size) < 0)
				return -1;
			for (unsigned k = 0; k < in->u->size / x->grain; k++) {
				struct ax_event *e = &x->events[x->nevents++];

				CHECK(x->nevents < EVENTS_MAX);
				memset(e, 0, sizeof *e);
				e->thread = t;
				e->inst = i;
				e->in = in;
				e->cell = (unsigned)(ax_offset(x->address[t][i]
				    ) / x->grain + k);
				e->rf = NO_EVENT;
			}
		}
	return 0;
}

static inline void
ax_read_from(struct axioms *x)
{
	unsigned slot = 0;

	for (unsigned i = 0; i < x->nevents; i++) {
		struct ax_event *e = &x->events[i];
		unsigned s;

		if (ax_is_store(e))
			continue;
		s = x->slots[slot++].store;
		for (unsigned k = 0; s != 0 && k < x->nevents; k++)
			if (x->events[k].thread == x->stores[s].thread &&
			    x->events[k].inst == x->stores[s].inst &&
			    x->events[k].cell == e->cell)
				e->rf = k;
	}
}

static inline void
ax_try(struct axioms *x)
{
	if (ax_evaluate(x) != 0 || ax_events(x) != 0)
		return;
	ax_read_from(x);
	ax_picks(x, &x->picks);
	memset(&x->local, 0, sizeof x->local);
	for (unsigned i = 0; i < x->nevents; i++)
		for (unsigned j = 0; j < x->nevents; j++)
			if (ax_local(x, i, j))
				rel_add(&x->local, i, j);
	if (x->model == ORDER_ARM && !x->native)
		ax_add_picked(x);
	ax_order(x, 0);
}

/* Whether the load's cell could read from this store, as far as is known. */
static inline int
ax_could_read(const struct axioms *x, const struct ax_slot *s, unsigned store)
{
	const struct litmus_inst *in = &x->way[s->thread]->list[s->inst];
	const struct litmus_inst *w = &x->way[x->stores[store].thread]->list[
	    x->stores[store].inst];
	uint64_t at = in->address + s->part * x->grain;

	if (x->stores[store].thread == s->thread &&
	    x->stores[store].inst > s->inst)
		return 0;
	return !in->address_known || !w->address_known || (at >= w->address &&
	    at + x->grain <= w->address + w->u->size);
}

static inline void
ax_choose(struct axioms *x, unsigned slot)
{
	if (slot == x->nslots) {
		ax_try(x);
		return;
	}
	for (unsigned s = 0; s <= x->nstores; s++)
		if (s == 0 || ax_could_read(x, &x->slots[slot], s)) {
			x->slots[slot].store = s;
			ax_choose(x, slot + 1);
		}
}

static inline void
ax_combination(struct axioms *x)
{
	x->nstores = x->nslots = 0;
	for (unsigned t = 0; t < x->t->nthreads; t++)
		for (unsigned i = 0; i < x->way[t]->n; i++) {
			const struct litmus_inst *in = &x->way[t]->list[i];

			if (in->u->op == LITMUS_STORE) {
				CHECK(x->nstores < LITMUS_STORES_MAX);
				x->stores[++x->nstores].thread = t;
				x->stores[x->nstores].inst = i;
			}
			for (unsigned k = 0; in->u->op == LITMUS_LOAD &&
			    k < in->u->size / x->grain; k++) {
				CHECK(x->nslots < EVENTS_MAX);
				x->slots[x->nslots].thread = t;
				x->slots[x->nslots].inst = i;
				x->slots[x->nslots++].part = k;
			}
		}
	ax_choose(x, 0);
}

static inline void
ax_all_ways(struct axioms *x, unsigned thread)
{
	if (thread == x->t->nthreads) {
		ax_combination(x);
		return;
	}
	for (size_t i = 0; i < x->ways[thread].n; i++) {
		x->way[thread] = &x->ways[thread].list[i];
		if (x->way[thread]->cut)
			x->result->loops = 1;
		else
			ax_all_ways(x, thread + 1);
	}
}

/* The smallest access of all code. */
static inline unsigned
ax_grain(const struct litmus *t)
{
	unsigned grain = 8;

	for (unsigned i = 0; i < t->nthreads; i++)
		for (unsigned k = 0; k < t->code[i].n; k++) {
			const struct litmus_uop *u = &t->code[i].list[k];

			if ((u->op == LITMUS_LOAD || u->op == LITMUS_STORE) &&
			    u->size < grain)
				grain = u->size;
		}
	return grain;
}

static inline int
litmus_axioms(const struct litmus *t, enum order_model model, int native,
    struct litmus_result *result, struct error *err)
{
	struct axioms *x = check_calloc(1, sizeof *x);
	int ret = 0;

	memset(result, 0, sizeof *result);
	x->t = t;
	x->model = model;
	x->native = native;
	x->result = result;
	x->grain = ax_grain(t);
	for (unsigned i = 0; i < t->nthreads && ret == 0; i++)
		ret = litmus_ways_of(t, i, &x->ways[i], err);
	if (ret == 0)
		ax_all_ways(x, 0);
	for (unsigned i = 0; i < t->nthreads; i++)
		litmus_ways_free(&x->ways[i]);
	free(x);
	return ret;
}

#endif

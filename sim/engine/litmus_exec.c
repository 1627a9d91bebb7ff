/*
 * litmus_exec.c: one execution of a litmus test on its way, and the memory that
 * the engine has of it; see litmus_exec.h.
 */
#include "litmus_exec.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

/* --- the block --- */

size_t
exec_no(const struct litmus_run *r, unsigned thread, unsigned i)
{
	return r->inst_at[thread] + i;
}

uint64_t
exec_u64(const struct litmus_exec *x, size_t offset, size_t n)
{
	uint64_t v;

	memcpy(&v, x->block + offset + 8 * n, 8);
	return v;
}

void
exec_u64_set(struct litmus_exec *x, size_t offset, size_t n, uint64_t v)
{
	memcpy(x->block + offset + 8 * n, &v, 8);
}

uint8_t *
exec_flags(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	return &x->block[r->flags + exec_no(r, thread, i)];
}

int
exec_is_done(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, int i)
{
	return i < 0 || (*exec_flags(r, x, thread, (
	    unsigned)i) & LITMUS_DONE) != 0;
}

uint64_t
exec_value(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, int from, uint64_t otherwise)
{
	return from < 0 ? otherwise :
	    exec_u64(x, 0, exec_no(r, thread, (unsigned)from));
}

uint8_t *
exec_writers(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, const struct litmus_inst *in)
{
	return &x->block[r->writers + 8 * (r->access_at[thread] +
	    (unsigned)in->access)];
}

uint64_t
exec_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	return exec_u64(x, r->address, exec_no(r, thread, i));
}

int
exec_has_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	return (*exec_flags(r, x, thread, i) & LITMUS_ADDRESSED) != 0;
}

void
exec_finish(const struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i, uint64_t value)
{
	*exec_flags(r, x, thread, i) |= LITMUS_DONE;
	exec_u64_set(x, 0, exec_no(r, thread, i), value);
}

/* The first byte, as the engine numbers them. */
uint64_t
exec_cell(uint64_t address)
{
	uint64_t n = address - LITMUS_ADDRESS;

	return n / LITMUS_ADDRESS_STEP * LITMUS_LOCATION_BYTES +
	    n % LITMUS_ADDRESS_STEP;
}

/* --- the engine's memory --- */

void
exec_memory(void *self, uint64_t pa, void *dst, size_t n)
{
	const struct litmus_run *r = self;

	memcpy(dst, r->now->block + r->memory + pa, n);
}

/*
 * Between an atomic load and its store, in the order of stores to the byte, no
 * other thread's may come; unless the thread's own does, which ends the pair.
 */
static int
is_atomic(const struct litmus_run *r, unsigned store, size_t cell, size_t k)
{
	unsigned thread = r->stores[store].thread;
	const struct litmus_inst *list = r->way[thread]->list;
	int pair = list[r->stores[store].inst].pair, others = 0;
	const uint8_t *co = &r->now->block[r->co + cell * (r->nstores + 1)];
	size_t n = r->now->block[r->co_n + cell];
	uint8_t from;

	if (pair < 0)
		return 1;
	from = exec_writers(r, r->now, thread, &list[pair])[k];
	for (; n > 0 && co[n - 1] != from; n--) {
		if (r->stores[co[n - 1]].thread == thread)
			return 1;
		others = 1;
	}
	return !others;
}

static void
memory_store(void *self, uint64_t pa, const void *src, size_t n, int uncached)
{
	struct litmus_run *r = self;
	const uint8_t *bytes = src;
	uint8_t *block = r->now->block;
	unsigned store = bytes[1];

	(void)uncached;
	for (size_t k = 0; 2 * k < n; k++) {
		size_t cell = pa / 2 + k;

		if (!is_atomic(r, store, cell, k))
			r->now->dead = 1;
		CHECK(block[r->co_n + cell] < r->nstores);
		block[r->co + cell * (r->nstores + 1) +
		    block[r->co_n + cell]++] = (uint8_t)store;
	}
	block[r->performed + store] = 1;
	memcpy(block + r->memory + pa, bytes, n);
}

/* The script's, and then 0; what was asked is kept, for the next script. */
static unsigned
memory_pick(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	struct litmus_run *r = self;
	unsigned picked = 0;

	(void)pa;
	(void)size;
	if (is_load && !r->may_be_old)
		return 0;
	CHECK(r->npicks < LITMUS_PICKS_MAX);
	if (r->npicks < r->picks_given)
		picked = r->picks[r->npicks];
	r->picks[r->npicks] = picked;
	r->among[r->npicks++] = n;
	return picked;
}

/* --- life of an execution --- */

struct litmus_exec *
exec_create(struct litmus_run *r)
{
	struct order_memory memory = { exec_memory, memory_store, memory_pick,
	    r };
	struct litmus_exec *x = check_calloc(1, sizeof *x);

	x->block = check_calloc(1, r->size);
	x->order = order_create(r->how->model, r->t->nthreads,
	    LITMUS_LOCATIONS_MAX, &memory);
	for (unsigned i = 0; i < r->t->nthreads; i++)
		order_keep_times(x->order, i);
	for (unsigned i = 0; i < r->t->nlocations; i++)
		for (unsigned k = 0; k < 8; k++)
			x->block[r->memory + 2 * (i * LITMUS_LOCATION_BYTES +
			    k)] = (uint8_t)(r->t->locations[i].value >> 8 * k);
	return x;
}

struct litmus_exec *
exec_copy(const struct litmus_run *r, const struct litmus_exec *x)
{
	struct litmus_exec *copy = check_calloc(1, sizeof *copy);

	copy->block = check_malloc(r->size);
	memcpy(copy->block, x->block, r->size);
	copy->order = order_copy(x->order);
	return copy;
}

void
exec_destroy(struct litmus_exec *x)
{
	order_destroy(x->order);
	check_free(x->block);
	check_free(x);
}

int
exec_in_order(const struct litmus_run *r)
{
	return r->how->native || (r->program & ORDER_RR) != 0;
}

int
exec_overlaps(uint64_t x, unsigned nx, uint64_t y, unsigned ny)
{
	return x < y + ny && y < x + nx;
}

int
exec_same_bytes(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j)
{
	const struct litmus_inst *list = r->way[thread]->list;

	return exec_has_address(r, x, thread, i) && exec_has_address(r, x,
	    thread, j) &&
	    exec_overlaps(exec_address(r, x, thread, i), list[i].u->size,
	    exec_address(r, x, thread, j), list[j].u->size);
}

unsigned
exec_store_no(const struct litmus_run *r, unsigned thread, unsigned i)
{
	unsigned n = 1;

	while (n <= r->nstores && (r->stores[n].thread != thread ||
	    r->stores[n].inst != i))
		n++;
	CHECK(n <= r->nstores);
	return n;
}

int
exec_is_performed(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	return x->block[r->performed + exec_store_no(r, thread, i)];
}

int
exec_good_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i)
{
	unsigned size = r->way[thread]->list[i].u->size;
	uint64_t address = exec_address(r, x, thread, i);

	return litmus_located(r->t, address, size) >= 0 &&
	    address % size == 0 && address % LITMUS_ADDRESS_STEP + size <=
	    LITMUS_LOCATION_BYTES / 2;
}

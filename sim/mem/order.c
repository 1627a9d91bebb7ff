/* order.c: the order models; see order.h. */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define INLINE_MAX	16u		/* bytes kept in the entry itself */
#define AGES_MAX	64u		/* ways that a load may come out */
#define SUBSETS		4u		/* stores whose subsets a look picks */
#define GRANULE		64u
#define WIDE_BUCKETS	256u		/* of stores in no one granule, by piece */
#define AGED_BITS	2048u		/* granules that have ages, and maybe
					   more: most loads have none */

/* A store in its agent's buffer. */
struct entry {
	uint64_t pa;
	uint32_t size;
	uint32_t after;			/* entries before this number first */
	uint32_t next;			/* older one of the same bucket, from 1 */
	uint8_t uncached, release, done;
	uint8_t data[INLINE_MAX];
	uint8_t *more;			/* or here, if it is longer */
};

/* Bytes that another agent has overwritten, as they were. */
struct age {
	uint64_t pa;
	uint32_t size;
	uint32_t seen;			/* bit n: byte n is past for good */
	uint8_t data[INLINE_MAX];
};

struct agent {
	struct entry *list;		/* oldest first; done ones in between */
	size_t n, max, left;		/* left: not done */
	uint64_t before;		/* stores that list has no more */
	/* The newest entry of each, from 1, or 0; of stores that lie in one
	   granule, and of the others. */
	uint32_t *bucket, *wide;
	uint32_t after;			/* since the last ORDER_WW */
	uint32_t before_io;		/* since the last ORDER_WIO */
	uint32_t due;			/* ORDER_WR: those before this number
					   before the next load */
	struct age *ages;		/* oldest first */
	size_t nages, ages_max;
	uint64_t aged[AGED_BITS / 64];	/* of no meaning without ages */
	int keeps_times;		/* those that are seen wholly, too */
	int never_old;
};

struct order {
	enum order_model model;
	unsigned program;
	struct order_memory memory;
	struct agent *agents;
	unsigned nagents, buckets;
	int capped;
};

/* --- the models as data --- */

static const char *const order_names[ORDER_MODELS] = { "sc", "tso", "arm",
    "rvwmo" };

/* Rules O4, O5, O6 and O7: what program order alone keeps. */
static const unsigned programs[ORDER_MODELS] = {
	[ORDER_SC] = ORDER_ALL,
	[ORDER_TSO] = ORDER_RR | ORDER_RW | ORDER_WW | ORDER_WIO,
	[ORDER_ARM] = 0,
	[ORDER_RVWMO] = 0
};

/* Rule O8: what each barrier adds. */
static const unsigned barriers[ORDER_MODELS][ORDER_BARRIERS] = {
	/* mfence, or a locked operation; the others bind the compiler. */
	[ORDER_TSO] = {
		[ORDER_BARRIER_SYNC] = ORDER_ALL,
		[ORDER_BARRIER_ENTER] = ORDER_ALL,
		[ORDER_BARRIER_LOCK] = ORDER_ALL
	},
	/* dmb sy, dmb st, dmb ld. */
	[ORDER_ARM] = {
		[ORDER_BARRIER_SYNC] = ORDER_ALL,
		[ORDER_BARRIER_PRODUCER] = ORDER_WW | ORDER_WIO,
		[ORDER_BARRIER_CONSUMER] = ORDER_RR | ORDER_RW,
		[ORDER_BARRIER_ENTER] = ORDER_ALL,
		[ORDER_BARRIER_EXIT] = ORDER_ALL,
		[ORDER_BARRIER_LOCK] = ORDER_ALL,
		[ORDER_BARRIER_UNLOCK] = ORDER_ALL
	},
	/* fence rw,rw; w,w; r,r; w,rw; rw,w: memory alone, never registers. */
	[ORDER_RVWMO] = {
		[ORDER_BARRIER_SYNC] = ORDER_RR | ORDER_RW | ORDER_WR |
		    ORDER_WW,
		[ORDER_BARRIER_PRODUCER] = ORDER_WW,
		[ORDER_BARRIER_CONSUMER] = ORDER_RR,
		[ORDER_BARRIER_ENTER] = ORDER_WR | ORDER_WW,
		[ORDER_BARRIER_EXIT] = ORDER_RW | ORDER_WW,
		[ORDER_BARRIER_LOCK] = ORDER_RR | ORDER_RW
	}
};

unsigned
order_program(enum order_model model)
{
	return programs[model];
}

unsigned
order_barrier_bits(enum order_model model, enum order_barrier barrier)
{
	return barriers[model][barrier];
}

const char *
order_name(enum order_model model)
{
	return order_names[model];
}

int
order_find(const char *name)
{
	for (int i = 0; i < ORDER_MODELS; i++)
		if (strcmp(name, order_names[i]) == 0)
			return i;
	return -1;
}

/* --- life --- */

/* Where a store is found again by its bytes. */
static uint32_t *
granule_bucket(const struct order *o, const struct agent *a, uint64_t pa)
{
	return &a->bucket[pa / GRANULE % o->buckets];
}

static uint32_t *
wide_bucket(const struct agent *a, uint64_t pa)
{
	return &a->wide[pa / ORDER_PIECE % WIDE_BUCKETS];
}

static uint32_t *
bucket_of(const struct order *o, const struct agent *a, uint64_t pa,
    uint64_t size)
{
	return pa / GRANULE == (pa + size - 1) / GRANULE ?
	    granule_bucket(o, a, pa) : wide_bucket(a, pa);
}

static void
buffer_clear(const struct order *o, struct agent *a)
{
	for (size_t i = 0; i < a->n; i++) {
		*bucket_of(o, a, a->list[i].pa, a->list[i].size) = 0;
		check_free(a->list[i].more);
	}
	a->before += a->n;
	a->n = a->left = 0;
	a->after = a->before_io = a->due = 0;
}

static void
buckets_make(const struct order *o, struct agent *a)
{
	a->bucket = check_calloc(o->buckets, sizeof a->bucket[0]);
	a->wide = check_calloc(WIDE_BUCKETS, sizeof a->wide[0]);
}

struct order *
order_create(enum order_model model, unsigned agents, unsigned buckets,
    const struct order_memory *memory)
{
	struct order *o = check_calloc(1, sizeof *o);

	CHECK(buckets != 0);

	o->model = model;
	o->program = programs[model];
	o->memory = *memory;
	o->nagents = agents;
	o->buckets = buckets;
	o->agents = check_calloc(agents, sizeof o->agents[0]);
	for (unsigned i = 0; i < agents; i++)
		buckets_make(o, &o->agents[i]);
	return o;
}

void
order_destroy(struct order *o)
{
	if (o == NULL)
		return;
	for (unsigned i = 0; i < o->nagents; i++) {
		buffer_clear(o, &o->agents[i]);
		check_free(o->agents[i].bucket);
		check_free(o->agents[i].wide);
		check_free(o->agents[i].list);
		check_free(o->agents[i].ages);
	}
	check_free(o->agents);
	check_free(o);
}

struct order *
order_copy(const struct order *o)
{
	struct order *copy = check_malloc(sizeof *copy);

	*copy = *o;
	copy->agents = check_malloc(o->nagents * sizeof copy->agents[0]);
	for (unsigned i = 0; i < o->nagents; i++) {
		struct agent *a = &copy->agents[i];

		*a = o->agents[i];
		buckets_make(o, a);
		a->max = a->n;
		a->list = check_malloc((a->n + 1) * sizeof a->list[0]);
		if (a->n != 0)
			memcpy(a->list, o->agents[i].list, a->n *
			    sizeof a->list[0]);
		for (size_t k = 0; k < a->n; k++) {
			struct entry *e = &a->list[k];
			const uint8_t *more = e->more;

			*bucket_of(o, a, e->pa, e->size) = *bucket_of(o,
			    &o->agents[i], e->pa, e->size);
			if (more == NULL)
				continue;
			e->more = check_malloc(e->size);
			memcpy(e->more, more, e->size);
		}
		a->ages_max = a->nages;
		a->ages = check_malloc((a->nages + 1) * sizeof a->ages[0]);
		if (a->nages != 0)
			memcpy(a->ages, o->agents[i].ages, a->nages *
			    sizeof a->ages[0]);
	}
	return copy;
}

void
order_never_old(struct order *o, unsigned agent, int never)
{
	o->agents[agent].never_old = never != 0;
	if (never)
		o->agents[agent].nages = 0;
}

/* --- what loads may still see --- */

static int
overlaps(uint64_t pa, uint64_t size, uint64_t at, uint64_t n)
{
	return pa < at + n && at < pa + size;
}

/* An age has at most two granules. */
static void
aged_note(struct agent *a, const struct age *age)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t bit = (age->pa + i * (age->size - 1)) / GRANULE %
		    AGED_BITS;

		a->aged[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

/* 0: no age has any of these bytes, which are as few as an age's. */
static int
may_be_aged(const struct agent *a, uint64_t pa, size_t size)
{
	int is = 0;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t bit = (pa + i * (size - 1)) / GRANULE % AGED_BITS;

		is |= (a->aged[bit / 64] >> bit % 64 & 1) != 0;
	}
	return is;
}

/*
 * Coherence (rule O3): of these bytes nothing older than the first upto ages is
 * seen any more, because the agent has stored there, or seen something newer.
 */
static void
ages_drop(struct agent *a, uint64_t pa, size_t size, size_t upto)
{
	size_t to = 0;

	for (size_t i = 0; i < a->nages; i++) {
		struct age *age = &a->ages[i];

		for (uint32_t k = 0; i < upto && k < age->size; k++)
			if (age->pa + k >= pa && age->pa + k - pa < size)
				age->seen |= 1u << k;
		if (age->seen != (1u << age->size) - 1 ||
		    (a->keeps_times && to > 0))
			a->ages[to++] = *age;
	}
	a->nages = to;
}

/* Rule O6: what an agent overwrites stays to be seen by old loads of others. */
void
order_stores(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	if ((o->program & ORDER_RR) != 0)
		return;
	/* Whatever others stored until now, its own store is newer. */
	if (o->agents[agent].nages != 0)
		ages_drop(&o->agents[agent], pa, size, o->agents[agent].nages);
	for (unsigned i = 0; i < o->nagents; i++) {
		struct agent *a = &o->agents[i];

		for (size_t at = 0; i != agent && !a->never_old && at < size;
		    at += INLINE_MAX) {
			struct age *age;

			if (a->nages == a->ages_max) {
				a->ages_max = a->ages_max != 0 ?
				    2 * a->ages_max : 16;
				a->ages = check_realloc(a->ages,
				    a->ages_max * sizeof a->ages[0]);
			}
			if (a->nages == 0)
				memset(a->aged, 0, sizeof a->aged);
			age = &a->ages[a->nages++];
			memset(age, 0, sizeof *age);
			age->pa = pa + at;
			age->size = (uint32_t)(size - at < INLINE_MAX ?
			    size - at : INLINE_MAX);
			aged_note(a, age);
			o->memory.load(o->memory.self, age->pa, age->data,
			    age->size);
		}
	}
}

/* bytes as they were before the age's store. */
static void
age_undo(const struct age *age, uint64_t pa, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (pa + i >= age->pa && pa + i - age->pa < age->size &&
		    (age->seen & 1u << (pa + i - age->pa)) == 0)
			bytes[i] = age->data[pa + i - age->pa];
}

/* --- performing --- */

static const uint8_t *
entry_data(const struct entry *e)
{
	return e->more != NULL ? e->more : e->data;
}

/* Everything before it is done: into memory. */
static void
perform(struct order *o, unsigned agent, struct entry *e)
{
	struct agent *a = &o->agents[agent];

	order_stores(o, agent, e->pa, e->size);
	/* Loads come after it from now on, so nothing before it is seen. */
	if ((size_t)(e - a->list) < a->due)
		a->nages = 0;
	e->done = 1;
	a->left--;
	o->memory.store(o->memory.self, e->pa, entry_data(e), e->size,
	    e->uncached);
	if (a->left == 0)
		buffer_clear(o, a);
}

/* Rule O3: stores to the same bytes stay in their order. */
static int
is_before(const struct entry *list, size_t i, size_t of)
{
	return !list[i].done && i < of && (i < list[of].after ||
	    overlaps(list[i].pa, list[i].size, list[of].pa, list[of].size));
}

/*
 * With all that is ordered before it.  What a store waits for was stored before
 * it, so doing everything up to a number in order breaks no rule.
 */
static void
perform_with(struct order *o, unsigned agent, size_t of)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = 0; a->n != 0 && i < a->list[of].after; i++)
		if (!a->list[i].done)
			perform(o, agent, &a->list[i]);
	for (size_t i = 0; a->n != 0 && i < of; i++)
		if (is_before(a->list, i, of))
			perform_with(o, agent, i);
	if (a->n != 0 && !a->list[of].done)
		perform(o, agent, &a->list[of]);
}

void
order_drain(struct order *o, unsigned agent)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = 0; a->left != 0; i++)
		if (!a->list[i].done)
			perform(o, agent, &a->list[i]);
}

uint64_t
order_mark(const struct order *o, unsigned agent)
{
	return o->agents[agent].before + o->agents[agent].n;
}

void
order_drain_to(struct order *o, unsigned agent, uint64_t mark)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = 0; a->left != 0 && a->before + i < mark; i++)
		if (!a->list[i].done)
			perform(o, agent, &a->list[i]);
}

uint64_t
order_left_to(const struct order *o, unsigned agent, uint64_t mark)
{
	const struct agent *a = &o->agents[agent];
	uint64_t n = 0;

	for (size_t i = 0; i < a->n && a->before + i < mark; i++)
		n += !a->list[i].done;
	return n;
}

void
order_drain_releases(struct order *o, unsigned agent)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = a->n; a->left != 0 && i-- > 0;)
		if (i < a->n && a->list[i].release && !a->list[i].done)
			perform_with(o, agent, i);
}

size_t
order_pending(const struct order *o, unsigned agent)
{
	return o->agents[agent].n;
}

int
order_may_perform(const struct order *o, unsigned agent, size_t i)
{
	const struct agent *a = &o->agents[agent];

	if (a->list[i].done)
		return 0;
	for (size_t k = 0; k < i; k++)
		if (is_before(a->list, k, i))
			return 0;
	return 1;
}

void
order_perform(struct order *o, unsigned agent, size_t i)
{
	CHECK(order_may_perform(o, agent, i));
	perform(o, agent, &o->agents[agent].list[i]);
}

/* The done ones at the front of the list are gone; numbers are of what stays. */
static void
buffer_compact(const struct order *o, struct agent *a)
{
	size_t gone = 0;

	while (gone < a->n && a->list[gone].done)
		check_free(a->list[gone++].more);
	for (size_t i = 0; i < a->n; i++)
		*bucket_of(o, a, a->list[i].pa, a->list[i].size) = 0;
	memmove(a->list, a->list + gone, (a->n - gone) * sizeof a->list[0]);
	a->before += gone;
	a->n -= gone;
	for (size_t i = 0; i < a->n; i++) {
		struct entry *e = &a->list[i];
		uint32_t *bucket = bucket_of(o, a, e->pa, e->size);

		e->after = e->after > gone ? e->after - (uint32_t)gone : 0;
		e->next = *bucket;
		*bucket = (uint32_t)i + 1;
	}
	a->after = a->after > gone ? a->after - (uint32_t)gone : 0;
	a->before_io = a->before_io > gone ? a->before_io - (uint32_t)gone : 0;
	a->due = a->due > gone ? a->due - (uint32_t)gone : 0;
}

/* Rule O11: it holds so many; the older half makes room. */
static void
buffer_make_room(struct order *o, unsigned agent)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = 0; i < ORDER_BUFFER_MAX / 2 && a->n != 0; i++)
		if (!a->list[i].done)
			perform(o, agent, &a->list[i]);
	if (a->n != 0)
		buffer_compact(o, a);
}

/* --- the agent's own accesses --- */

static void
buffer_add(struct order *o, struct agent *a, uint64_t pa, const uint8_t *bytes,
    size_t size, int uncached, int release)
{
	struct entry *e;
	uint32_t *bucket = bucket_of(o, a, pa, size);

	if (a->n == a->max) {
		a->max = a->max != 0 ? 2 * a->max : 64;
		a->list = check_realloc(a->list, a->max * sizeof a->list[0]);
	}
	e = &a->list[a->n];
	memset(e, 0, sizeof *e);
	e->pa = pa;
	e->size = (uint32_t)size;
	/* Rule O5: where program order keeps stores, all before; rule O9. */
	e->after = (o->program & ORDER_WW) != 0 || release ? (uint32_t)a->n :
	    a->after;
	e->uncached = uncached != 0;
	e->release = release != 0;
	if (size > INLINE_MAX)
		e->more = check_malloc(size);
	memcpy(e->more != NULL ? e->more : e->data, bytes, size);
	e->next = *bucket;
	*bucket = (uint32_t)a->n + 1;
	a->n++;
	a->left++;
}

void
order_store(struct order *o, unsigned agent, uint64_t pa, const void *bytes,
    size_t size, int uncached, int release)
{
	struct agent *a = &o->agents[agent];
	const uint8_t *p = bytes;

	if (a->nages != 0)
		ages_drop(a, pa, size, a->nages);
	if ((o->program & ORDER_WR) != 0) {	/* rule O4 */
		order_stores(o, agent, pa, size);
		o->memory.store(o->memory.self, pa, p, size, uncached);
		return;
	}
	while (size > 0) {
		size_t n = ORDER_PIECE - pa % ORDER_PIECE;

		n = n < size ? n : size;
		if (a->n == ORDER_BUFFER_MAX)
			buffer_make_room(o, agent);
		buffer_add(o, a, pa, p, n, uncached, release);
		p += n;
		pa += n;
		size -= n;
	}
}

/* Bytes of an entry that no newer one gave; how many it gave. */
static size_t
forward_entry(const struct entry *e, uint64_t pa, uint8_t *bytes, size_t size,
    uint64_t *found)
{
	size_t n = 0;

	if (e->done || !overlaps(pa, size, e->pa, e->size))
		return 0;
	for (size_t k = 0; k < size; k++)
		if (pa + k >= e->pa && pa + k - e->pa < e->size &&
		    (*found & UINT64_C(1) << k) == 0) {
			*found |= UINT64_C(1) << k;
			bytes[k] = entry_data(e)[pa + k - e->pa];
			n++;
		}
	return n;
}

/* Within a granule, newest first, until every byte has its store. */
static void
forward_granule(const struct order *o, const struct agent *a, uint64_t pa,
    uint8_t *bytes, size_t size)
{
	uint32_t i = *granule_bucket(o, a, pa), w = *wide_bucket(a, pa);
	uint64_t found = 0;
	size_t left = size;

	while (left > 0 && (i != 0 || w != 0)) {
		uint32_t *next = i > w ? &i : &w;
		const struct entry *e = &a->list[*next - 1];

		left -= forward_entry(e, pa, bytes, size, &found);
		*next = e->next;
	}
}

void
order_forward(const struct order *o, unsigned agent, uint64_t pa,
    uint8_t *bytes, size_t size)
{
	const struct agent *a = &o->agents[agent];

	while (a->left != 0 && size > 0) {
		size_t n = GRANULE - pa % GRANULE;

		n = n < size ? n : size;
		forward_granule(o, a, pa, bytes, n);
		bytes += n;
		pa += n;
		size -= n;
	}
}

/* Aligned, of a size that one instruction loads at once. */
static int
is_at_once(uint64_t pa, size_t size)
{
	return (size & (size - 1)) == 0 && pa % size == 0;
}

/* Some of these bytes are known to be newer than the age. */
static int
age_is_seen(const struct age *age, uint64_t pa, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (pa + i >= age->pa && pa + i - age->pa < age->size &&
		    (age->seen & 1u << (pa + i - age->pa)) != 0)
			return 1;
	return 0;
}

/* Nothing older than the first upto of them is seen of any bytes any more. */
static void
ages_forget(struct agent *a, size_t upto)
{
	a->nages -= upto;
	if (a->nages != 0)
		memmove(a->ages, a->ages + upto, a->nages *
		    sizeof a->ages[0]);
}

/*
 * Rule O6: the ways that a load may come out, the newest first; 1: it is old.
 * acquire: later loads come after the time at which what came out was first
 * there.
 */
static int
load_picked(struct order *o, struct agent *a, uint64_t pa, uint8_t *bytes,
    size_t size, int acquire)
{
	size_t at[AGES_MAX], n = 1, since = 0;
	uint8_t was[INLINE_MAX], last[INLINE_MAX];
	unsigned picked;

	CHECK(size <= INLINE_MAX);
	memcpy(was, bytes, size);
	memcpy(last, bytes, size);
	at[0] = a->nages;
	for (size_t i = a->nages; i-- > 0;) {
		if (!overlaps(pa, size, a->ages[i].pa, a->ages[i].size))
			continue;
		/* All of it is as old as its newest byte has to be. */
		if (is_at_once(pa, size) && age_is_seen(&a->ages[i], pa,
		    size)) {
			since = i + 1;
			break;
		}
		age_undo(&a->ages[i], pa, was, size);
		if (memcmp(was, last, size) == 0)
			continue;
		if (n == AGES_MAX) {
			o->capped = 1;
			break;
		}
		memcpy(last, was, size);
		at[n++] = i;
	}
	picked = n == 1 ? 0 : o->memory.pick(o->memory.self, 1, pa, size,
	    (unsigned)n);
	for (size_t i = a->nages; picked != 0 && i-- > at[picked];)
		age_undo(&a->ages[i], pa, bytes, size);
	if (picked + 1 < n)
		since = at[picked + 1] + 1;
	if (!acquire)
		since = 0;
	ages_forget(a, since);
	if (n != 1)
		ages_drop(a, pa, size, at[picked] - since);
	return picked != 0;
}

static int
load(struct order *o, unsigned agent, uint64_t pa, uint8_t *bytes, size_t size,
    int acquire)
{
	struct agent *a = &o->agents[agent];
	int old = 0;

	if (a->due != 0) {
		for (size_t i = 0; i < a->due; i++)
			if (!a->list[i].done)
				perform(o, agent, &a->list[i]);
		a->due = 0;
		o->memory.load(o->memory.self, pa, bytes, size);
	}
	for (size_t done = 0; a->nages != 0 && done < size;) {
		size_t n = size - done < INLINE_MAX ? size - done : INLINE_MAX;

		if (acquire || may_be_aged(a, pa + done, n))
			old |= load_picked(o, a, pa + done, bytes + done, n,
			    acquire);
		done += n;
	}
	order_forward(o, agent, pa, bytes, size);
	return old;
}

int
order_load(struct order *o, unsigned agent, uint64_t pa, uint8_t *bytes,
    size_t size)
{
	return load(o, agent, pa, bytes, size, 0);
}

void
order_keep_times(struct order *o, unsigned agent)
{
	o->agents[agent].keeps_times = 1;
}

int
order_load_acquire(struct order *o, unsigned agent, uint64_t pa,
    uint8_t *bytes, size_t size)
{
	CHECK(o->agents[agent].keeps_times);
	return load(o, agent, pa, bytes, size, 1);
}

void
order_acquire(struct order *o, unsigned agent)
{
	o->agents[agent].nages = 0;
}

void
order_barrier(struct order *o, unsigned agent, unsigned bits)
{
	struct agent *a = &o->agents[agent];

	if ((bits & ORDER_WW) != 0)
		a->after = (uint32_t)a->n;
	if ((bits & ORDER_WIO) != 0)
		a->before_io = (uint32_t)a->n;
	if ((bits & (ORDER_WR | ORDER_WIO)) == (ORDER_WR | ORDER_WIO))
		order_drain(o, agent);
	else if ((bits & ORDER_WR) != 0)
		a->due = (uint32_t)a->n;
	if ((bits & ORDER_RR) != 0)
		order_acquire(o, agent);
}

/* Rule O7: what a register write comes after. */
void
order_register_write(struct order *o, unsigned agent)
{
	struct agent *a = &o->agents[agent];

	if ((o->program & ORDER_WIO) != 0)
		order_drain(o, agent);
	for (size_t i = a->before_io; a->left != 0 && i-- > 0;)
		if (i < a->n && !a->list[i].done)
			perform_with(o, agent, i);
}

/* --- what others see of it --- */

static int
chain_has(const struct agent *a, uint32_t i, uint64_t pa, size_t size)
{
	for (; i != 0; i = a->list[i - 1].next)
		if (!a->list[i - 1].done && overlaps(pa, size,
		    a->list[i - 1].pa, a->list[i - 1].size))
			return 1;
	return 0;
}

int
order_is_pending(const struct order *o, unsigned agent, uint64_t pa,
    size_t size)
{
	const struct agent *a = &o->agents[agent];

	for (uint64_t at = pa / GRANULE; a->left != 0 &&
	    at <= (pa + size - 1) / GRANULE; at++) {
		if (chain_has(a, *granule_bucket(o, a, at * GRANULE), pa,
		    size) || chain_has(a, *wide_bucket(a, at * GRANULE), pa,
		    size))
			return 1;
	}
	return 0;
}

/* What of the entry lies in [pa, pa + size), over bytes. */
static void
lay_over(const struct entry *e, uint64_t pa, uint8_t *bytes, size_t size)
{
	uint64_t low = e->pa > pa ? e->pa : pa;
	uint64_t high = e->pa + e->size < pa + size ? e->pa + e->size :
	    pa + size;

	memcpy(bytes + (low - pa), entry_data(e) + (low - e->pa), high - low);
}

/*
 * One agent's buffered stores to these bytes, within a piece: at[k] are those
 * after which the bytes are others than before, the oldest first.
 */
struct look {
	size_t at[AGES_MAX], n;
};

static void
look_find(struct order *o, unsigned agent, uint64_t pa, size_t size,
    struct look *l)
{
	struct agent *a = &o->agents[agent];
	uint8_t now[ORDER_PIECE], next[ORDER_PIECE];

	l->n = 0;
	o->memory.load(o->memory.self, pa, now, size);
	memcpy(next, now, size);
	for (size_t i = 0; i < a->n; i++) {
		const struct entry *e = &a->list[i];

		if (e->done || !overlaps(pa, size, e->pa, e->size))
			continue;
		lay_over(e, pa, next, size);
		if (memcmp(now, next, size) == 0)
			continue;
		memcpy(now, next, size);
		if (l->n == AGES_MAX - 1) {	/* too many: the last counts */
			o->capped = 1;
			l->n--;
		}
		l->at[l->n++] = i;
	}
}

/* Whether these of them, a bit each, can be performed without the others. */
static int
look_is_closed(const struct agent *a, const struct look *l, unsigned these)
{
	for (size_t k = 0; k < l->n; k++)
		for (size_t i = 0; (these & 1u << k) != 0 && i < k; i++)
			if ((these & 1u << i) == 0 && is_before(a->list,
			    l->at[i], l->at[k]))
				return 0;
	return 1;
}

/*
 * Which of them are performed, all being the plain way.  Of more than SUBSETS it
 * is only asked how many, the oldest first: that is all there is where program
 * order keeps stores.
 */
static unsigned
look_pick(struct order *o, const struct agent *a, const struct look *l,
    uint64_t pa, size_t size)
{
	unsigned ways[1u << SUBSETS], n = 0, all = (1u << l->n) - 1;

	for (unsigned these = all + 1; these-- > 0;)
		if (look_is_closed(a, l, these))
			ways[n++] = these;
	return ways[o->memory.pick(o->memory.self, 0, pa, size, n)];
}

/* The oldest of them, as many as is picked. */
static size_t
look_pick_number(struct order *o, const struct agent *a, const struct look *l,
    uint64_t pa, size_t size)
{
	for (size_t k = 1; k < l->n; k++)
		if (!is_before(a->list, l->at[k - 1], l->at[k]))
			o->capped = 1;
	return l->n - o->memory.pick(o->memory.self, 0, pa, size,
	    (unsigned)l->n + 1);
}

/* All of them, those that change nothing included, with what is before each. */
static void
look_at_all(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	struct agent *a = &o->agents[agent];

	for (size_t i = 0; i < a->n; i++)
		if (!a->list[i].done && overlaps(pa, size, a->list[i].pa,
		    a->list[i].size))
			perform_with(o, agent, i);
}

static void
look_at(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	struct agent *a = &o->agents[agent];
	struct look l;
	unsigned these = ~0u;
	size_t upto;

	look_find(o, agent, pa, size, &l);
	if (l.n == 0)
		return;
	upto = l.n;
	if (l.n <= SUBSETS)
		these = look_pick(o, a, &l, pa, size);
	else
		upto = look_pick_number(o, a, &l, pa, size);
	for (size_t k = 0; k < upto && a->n != 0; k++)
		if (l.n > SUBSETS || (these & 1u << k) != 0)
			perform_with(o, agent, l.at[k]);
}

static void
look(struct order *o, unsigned agent, uint64_t pa, size_t size, int surely)
{
	while (size > 0) {
		size_t n = ORDER_PIECE - pa % ORDER_PIECE;

		n = n < size ? n : size;
		for (unsigned i = 0; i < o->nagents; i++)
			if (i != agent && order_is_pending(o, i, pa, n))
				(surely ? look_at_all : look_at)(o, i, pa, n);
		pa += n;
		size -= n;
	}
}

void
order_look(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	look(o, agent, pa, size, 0);
}

void
order_look_surely(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	look(o, agent, pa, size, 1);
}

void
order_seen(struct order *o, unsigned agent, uint64_t pa, size_t size)
{
	ages_drop(&o->agents[agent], pa, size, o->agents[agent].nages);
}

int
order_capped(const struct order *o)
{
	return o->capped;
}

/* --- state --- */

/* Numbers of entries as numbers among those that are left. */
static void
agent_state(const struct agent *a, struct state *s)
{
	uint32_t *left;

	if (a->n == 0 && a->nages == 0) {
		state_add_u64(s, UINT64_MAX);
		return;
	}
	left = check_calloc(a->n + 1, sizeof left[0]);
	for (size_t i = 0; i < a->n; i++)
		left[i + 1] = left[i] + !a->list[i].done;
	state_add_u64(s, a->left);
	for (size_t i = 0; i < a->n; i++) {
		const struct entry *e = &a->list[i];

		if (e->done)
			continue;
		state_add_u64(s, e->pa);
		state_add_u64(s, left[e->after]);
		state_add_u64(s, (uint64_t)e->uncached << 1 | e->release);
		state_add(s, entry_data(e), e->size);
	}
	state_add_u64(s, left[a->after]);
	state_add_u64(s, left[a->before_io]);
	state_add_u64(s, left[a->due]);
	check_free(left);
	state_add_u64(s, a->nages);
	for (size_t i = 0; i < a->nages; i++) {
		state_add_u64(s, a->ages[i].pa);
		state_add_u64(s, a->ages[i].seen);
		state_add(s, a->ages[i].data, a->ages[i].size);
	}
}

void
order_state(const struct order *o, struct state *s)
{
	for (unsigned i = 0; i < o->nagents; i++)
		agent_state(&o->agents[i], s);
}

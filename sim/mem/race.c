/* race.c: accesses of several CPUs that nothing orders: vector clocks. */
#include "race.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PAGE		1024u		/* bytes */
#define PAGES		1024u		/* slots by hash, a power of two */
#define GRAIN		4u		/* bytes that share a cell */
#define CPU_BITS	2u
#define ELSEWHERE	UINT32_MAX	/* in the place of when: pc is a number */
#define PC_MIDDLE	(UINT64_C(1) << 31)
#define PC_FAR		0u		/* from the others: nobody knows which */

_Static_assert(1u << CPU_BITS == RACE_CPUS, "when has a CPU's number");

struct clock {
	uint32_t at[RACE_CPUS];
};

/* An access: when is the clock of the CPU that made it, and above which one that
   is; 0 is never.  pc: where in the program, beyond race.pc_base. */
struct last {
	uint32_t when, pc;
};

/*
 * The last accesses to a byte, or to all of a grain.  A store is enough to know
 * of all before it, for they are ordered before it, or a race that is told; so
 * is a load of the loads that it knows of.  Loads of several CPUs that do not
 * know of each other lie in race.several.  Bytes of a grain that were not
 * accessed together lie in race.bytes.
 */
struct cell {
	struct last stored, loaded;
};
struct several {
	struct last of[RACE_CPUS];
};
struct bytes {
	struct cell of[GRAIN];
};

struct page {
	struct page *next;
	uint64_t number;
	struct cell cell[PAGE / GRAIN];
};

/* Many of one size, by number; vacant is the number of one, and 1. */
struct numbered {
	uint8_t *at;
	size_t size;
	uint32_t n, max, vacant;
};

struct token {
	uint64_t token;
	struct clock clock;
};

struct race {
	unsigned cpu;
	struct clock knows[RACE_CPUS];
	struct token *tokens;
	size_t ntokens, tokens_max;
	struct page *pages[PAGES];
	struct numbered several, bytes;
	uint64_t pc_base;		/* 0: there was no access yet */
};

struct race *
race_create(void)
{
	struct race *r = check_calloc(1, sizeof *r);

	for (unsigned i = 0; i < RACE_CPUS; i++)
		r->knows[i].at[i] = 1;
	r->several.size = sizeof(struct several);
	r->bytes.size = sizeof(struct bytes);
	return r;
}

void
race_destroy(struct race *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < PAGES; i++)
		while (r->pages[i] != NULL) {
			struct page *p = r->pages[i];

			r->pages[i] = p->next;
			check_free(p);
		}
	check_free(r->several.at);
	check_free(r->bytes.at);
	check_free(r->tokens);
	check_free(r);
}

void
race_cpu(struct race *r, unsigned cpu)
{
	CHECK(cpu < RACE_CPUS);
	r->cpu = cpu;
}

/* NULL if there is none, unless it is to be made. */
static struct page *
page_at(struct race *r, uint64_t va, int make)
{
	uint64_t number = va / PAGE;
	struct page **slot = &r->pages[number & (PAGES - 1)], *p;

	for (p = *slot; p != NULL && p->number != number;)
		p = p->next;
	if (p == NULL && make) {
		p = check_calloc(1, sizeof *p);
		p->number = number;
		p->next = *slot;
		*slot = p;
	}
	return p;
}

/* --- many of one size --- */

static void *
numbered_at(const struct numbered *l, uint32_t number)
{
	return l->at + number * l->size;
}

/* What is in it is not told. */
static uint32_t
numbered_take(struct numbered *l)
{
	uint32_t number = l->n;

	if (l->vacant != 0) {
		number = l->vacant - 1;
		memcpy(&l->vacant, numbered_at(l, number), sizeof l->vacant);
		return number;
	}
	if (l->n == l->max) {
		l->max = l->max != 0 ? 2 * l->max : 64;
		l->at = check_realloc(l->at, l->max * l->size);
	}
	l->n++;
	return number;
}

static void
numbered_give(struct numbered *l, uint32_t number)
{
	memcpy(numbered_at(l, number), &l->vacant, sizeof l->vacant);
	l->vacant = number + 1;
}

static struct several *
several_of(const struct race *r, const struct cell *c)
{
	return c->loaded.when != ELSEWHERE ? NULL :
	    numbered_at(&r->several, c->loaded.pc);
}

static struct bytes *
bytes_of(const struct race *r, const struct cell *c)
{
	return c->stored.when != ELSEWHERE ? NULL :
	    numbered_at(&r->bytes, c->stored.pc);
}

static void
loads_forget(struct race *r, struct cell *c)
{
	if (c->loaded.when == ELSEWHERE)
		numbered_give(&r->several, c->loaded.pc);
	c->loaded = (struct last){ 0, 0 };
}

/* The bytes of the grain are by themselves from now on. */
static void
split(struct race *r, struct cell *c)
{
	uint32_t number = numbered_take(&r->bytes);
	struct bytes *bytes = numbered_at(&r->bytes, number);

	for (unsigned i = 0; i < GRAIN; i++) {
		struct cell *one = &bytes->of[i];

		*one = *c;
		if (i == 0 || c->loaded.when != ELSEWHERE)
			continue;
		one->loaded.pc = numbered_take(&r->several);
		*several_of(r, one) = *several_of(r, c);
	}
	*c = (struct cell){ { ELSEWHERE, number }, { 0, 0 } };
}

/* All of them have come to be the same, without loads. */
static void
join(struct race *r, struct cell *c)
{
	uint32_t number = c->stored.pc;

	*c = bytes_of(r, c)->of[0];
	numbered_give(&r->bytes, number);
}

/* --- accesses --- */

static unsigned
cpu_of(const struct last *l)
{
	return l->when & (RACE_CPUS - 1);
}

static struct last
now(struct race *r, const void *pc)
{
	uint64_t at = (uint64_t)(uintptr_t)pc;
	uint32_t clock = r->knows[r->cpu].at[r->cpu];

	CHECK(clock < ELSEWHERE >> CPU_BITS);
	if (r->pc_base == 0)
		r->pc_base = at - PC_MIDDLE;
	at -= r->pc_base;
	return (struct last){ clock << CPU_BITS | r->cpu,
	    at <= UINT32_MAX ? (uint32_t)at : PC_FAR };
}

/* Whether the CPU that runs knows of an access. */
static int
knows(const struct race *r, const struct last *l)
{
	return l->when >> CPU_BITS <= r->knows[r->cpu].at[cpu_of(l)];
}

static void
other_is(const struct race *r, struct race_other *other,
    const struct last *l, int write)
{
	other->pc = l->pc == PC_FAR ? NULL :
	    (const void *)(uintptr_t)(r->pc_base + l->pc);
	other->write = write;
}

/* The first CPU of those whose access is unordered with a store; its store is
   told before its load. */
static int
cell_races(const struct race *r, const struct cell *c, int write,
    struct race_other *other)
{
	const struct several *several = several_of(r, c);
	const struct last *load = several != NULL ? several->of : &c->loaded;
	size_t n = !write ? 0 : several != NULL ? RACE_CPUS : 1;
	int race = !knows(r, &c->stored);

	if (race)
		other_is(r, other, &c->stored, 1);
	for (size_t i = 0; i < n; i++)
		if (!knows(r, &load[i])) {
			if (!race || cpu_of(&load[i]) < cpu_of(&c->stored))
				other_is(r, other, &load[i], 0);
			return 1;
		}
	return race;
}

static void
cell_loaded(struct race *r, struct cell *c, struct last by)
{
	struct several *several = several_of(r, c);

	if (several == NULL && knows(r, &c->loaded)) {
		c->loaded = by;
		return;
	}
	if (several == NULL) {
		struct last before = c->loaded;

		c->loaded = (struct last){ ELSEWHERE,
		    numbered_take(&r->several) };
		several = several_of(r, c);
		memset(several, 0, sizeof *several);
		several->of[cpu_of(&before)] = before;
	}
	several->of[r->cpu] = by;
}

static int
cell_access(struct race *r, struct cell *c, int write, struct last by,
    struct race_other *other)
{
	int race = cell_races(r, c, write, other);

	if (write) {
		loads_forget(r, c);
		c->stored = by;
	} else {
		cell_loaded(r, c, by);
	}
	return race;
}

/* n bytes of one grain. */
static int
grain_access(struct race *r, struct cell *c, uint64_t va, unsigned n,
    int write, struct last by, struct race_other *other)
{
	int race = 0;

	if (n < GRAIN && bytes_of(r, c) == NULL)
		split(r, c);
	other->va = va;
	if (bytes_of(r, c) == NULL)
		return cell_access(r, c, write, by, other);
	for (unsigned i = 0; i < n; i++) {
		struct race_other one;

		if (cell_access(r, &bytes_of(r, c)->of[va % GRAIN + i], write,
		    by, &one) && !race) {
			*other = one;
			other->va = va + i;
			race = 1;
		}
	}
	if (write && n == GRAIN)
		join(r, c);
	return race;
}

/* How many of size bytes from va on lie in its grain. */
static unsigned
in_grain(uint64_t va, uint64_t size)
{
	unsigned n = GRAIN - (unsigned)(va % GRAIN);

	return size < n ? (unsigned)size : n;
}

int
race_access(struct race *r, uint64_t va, size_t size, int write,
    const void *pc, struct race_other *other)
{
	struct last by = now(r, pc);
	struct page *p = NULL;
	int race = 0;

	while (size > 0) {
		unsigned n = in_grain(va, size);
		struct race_other one;

		if (p == NULL || va % PAGE == 0)
			p = page_at(r, va, 1);
		if (grain_access(r, &p->cell[va % PAGE / GRAIN], va, n, write,
		    by, &one) && !race) {
			*other = one;
			race = 1;
		}
		va += n;
		size -= n;
	}
	return race;
}

static struct token *
token_at(struct race *r, uint64_t token)
{
	for (size_t i = 0; i < r->ntokens; i++)
		if (r->tokens[i].token == token)
			return &r->tokens[i];
	return NULL;
}

static void
clock_join(struct clock *to, const struct clock *from)
{
	for (unsigned i = 0; i < RACE_CPUS; i++)
		if (to->at[i] < from->at[i])
			to->at[i] = from->at[i];
}

void
race_let(struct race *r, uint64_t token)
{
	struct token *t = token_at(r, token);

	if (t == NULL) {
		if (r->ntokens == r->tokens_max) {
			r->tokens_max = r->tokens_max != 0 ?
			    2 * r->tokens_max : 16;
			r->tokens = check_realloc(r->tokens,
			    r->tokens_max * sizeof r->tokens[0]);
		}
		t = &r->tokens[r->ntokens++];
		memset(t, 0, sizeof *t);
		t->token = token;
	}
	clock_join(&t->clock, &r->knows[r->cpu]);
	r->knows[r->cpu].at[r->cpu]++;
}

void
race_take(struct race *r, uint64_t token)
{
	const struct token *t = token_at(r, token);

	if (t != NULL)
		clock_join(&r->knows[r->cpu], &t->clock);
}

static void
cell_forget(struct race *r, struct cell *c)
{
	loads_forget(r, c);
	c->stored = (struct last){ 0, 0 };
}

static void
grain_forget(struct race *r, struct cell *c, uint64_t va, unsigned n)
{
	if (n < GRAIN && bytes_of(r, c) == NULL)
		split(r, c);
	if (bytes_of(r, c) == NULL) {
		cell_forget(r, c);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		cell_forget(r, &bytes_of(r, c)->of[va % GRAIN + i]);
	if (n == GRAIN)
		join(r, c);
}

void
race_forget(struct race *r, uint64_t va, uint64_t size)
{
	uint64_t end = va + size;

	while (va < end) {
		uint64_t stop = va - va % PAGE + PAGE;
		struct page *p = page_at(r, va, 0);

		stop = stop < end ? stop : end;
		while (p != NULL && va < stop) {
			unsigned n = in_grain(va, stop - va);

			grain_forget(r, &p->cell[va % PAGE / GRAIN], va, n);
			va += n;
		}
		va = stop;
	}
}

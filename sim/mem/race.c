/* race.c: accesses of several CPUs that nothing orders: vector clocks. */
#include "race.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PAGE		1024u		/* bytes */
#define PAGES		1024u		/* slots by hash, a power of two */
#define GRAIN		4u		/* bytes that share the places */

struct clock {
	uint32_t at[RACE_CPUS];
};

/* The last access of each CPU: when, and where in the program; 0 is never. */
struct page {
	struct page *next;
	uint64_t number;
	struct {
		uint32_t stored[RACE_CPUS], loaded[RACE_CPUS];
	} byte[PAGE];
	struct {
		const void *stored[RACE_CPUS], *loaded[RACE_CPUS];
	} grain[PAGE / GRAIN];
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
};

struct race *
race_create(void)
{
	struct race *r = check_calloc(1, sizeof *r);

	for (unsigned i = 0; i < RACE_CPUS; i++)
		r->knows[i].at[i] = 1;
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

static int
byte_access(struct race *r, struct page *p, uint64_t va, int write,
    const void *pc, struct race_other *other)
{
	unsigned at = (unsigned)(va % PAGE), me = r->cpu;
	int race = 0;

	for (unsigned it = 0; it < RACE_CPUS && !race; it++) {
		uint32_t known = r->knows[me].at[it];

		if (it == me)
			continue;
		if (p->byte[at].stored[it] > known) {
			other->pc = p->grain[at / GRAIN].stored[it];
			other->write = race = 1;
		} else if (write && p->byte[at].loaded[it] > known) {
			other->pc = p->grain[at / GRAIN].loaded[it];
			other->write = 0;
			race = 1;
		}
	}
	other->va = va;
	if (write) {
		p->byte[at].stored[me] = r->knows[me].at[me];
		p->grain[at / GRAIN].stored[me] = pc;
	} else {
		p->byte[at].loaded[me] = r->knows[me].at[me];
		p->grain[at / GRAIN].loaded[me] = pc;
	}
	return race;
}

int
race_access(struct race *r, uint64_t va, size_t size, int write,
    const void *pc, struct race_other *other)
{
	struct page *p = NULL;
	int race = 0;

	for (size_t i = 0; i < size; i++) {
		struct race_other one;

		if (p == NULL || (va + i) % PAGE == 0)
			p = page_at(r, va + i, 1);
		if (byte_access(r, p, va + i, write, pc, &one) && !race) {
			*other = one;
			race = 1;
		}
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

void
race_forget(struct race *r, uint64_t va, uint64_t size)
{
	while (size > 0) {
		uint64_t n = PAGE - va % PAGE;
		struct page *p = page_at(r, va, 0);

		n = n < size ? n : size;
		if (p != NULL)
			memset(&p->byte[va % PAGE], 0, n * sizeof p->byte[0]);
		va += n;
		size -= n;
	}
}

/*
 * test_cache_fates.c: rule C6 of MODEL.md.  A line's fate is asked when somebody
 * looks, and where more could have happened that is told.  Programs of a CPU and
 * a device on two bytes of a line are run on a cache that may do anything at any
 * time, and on cache.c with all answers: where nothing is told, what the loads
 * can give is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache.h"

#define LINE		16u
#define SPACED		9u		/* the second byte */
#define PROGRAM_MAX	9u
#define OUTCOMES_MAX	4096u

enum op { STORE, STORE_B, LOAD, LOAD_B, CLEAN, INVALIDATE, DEVICE_STORE,
    DEVICE_STORE_B, DEVICE_LOAD, DEVICE_LOAD_B, OPS };

struct program {
	uint8_t op[PROGRAM_MAX];
	uint8_t value[PROGRAM_MAX];	/* of a store */
	unsigned n;
};

/* What all loads gave, a digit each; of different programs they differ too. */
struct outcomes {
	uint64_t list[OUTCOMES_MAX];
	unsigned n;
};

static void
outcome_add(struct outcomes *o, uint64_t outcome)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->list[i] == outcome)
			return;
	assert_true(o->n < OUTCOMES_MAX);
	o->list[o->n++] = outcome;
}

static int
is_in(const struct outcomes *o, uint64_t outcome)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->list[i] == outcome)
			return 1;
	return 0;
}

static unsigned
byte_of(uint8_t op)
{
	return op == STORE_B || op == LOAD_B || op == DEVICE_STORE_B ||
	    op == DEVICE_LOAD_B;
}

/* --- a cache that may do anything at any time --- */

struct any {
	uint8_t line, cache[2], ram[2];
};

static void any_run(const struct program *p, unsigned at, struct any a,
    uint64_t outcome, struct outcomes *out);

static void
any_op(const struct program *p, unsigned at, struct any a, uint64_t outcome,
    struct outcomes *out)
{
	unsigned b = byte_of(p->op[at]);
	struct any other;

	switch (p->op[at]) {
	case STORE: case STORE_B:
		if (a.line == CACHE_ABSENT)
			memcpy(a.cache, a.ram, 2);
		a.line = CACHE_DIRTY;
		a.cache[b] = p->value[at];
		break;
	case LOAD: case LOAD_B:
		outcome = outcome * 16 + (a.line == CACHE_ABSENT ? a.ram :
		    a.cache)[b] + 1;
		break;
	case DEVICE_STORE: case DEVICE_STORE_B:
		a.ram[b] = p->value[at];
		break;
	case DEVICE_LOAD: case DEVICE_LOAD_B:
		outcome = outcome * 16 + a.ram[b] + 1;
		break;
	case CLEAN:
		if (a.line == CACHE_DIRTY) {
			memcpy(a.ram, a.cache, 2);
			a.line = CACHE_CLEAN;
		}
		break;
	default:
		other = a;
		if (a.line == CACHE_DIRTY) {
			memcpy(other.ram, a.cache, 2);
			other.line = CACHE_ABSENT;
			any_run(p, at + 1, other, outcome, out);
		}
		a.line = CACHE_ABSENT;
	}
	any_run(p, at + 1, a, outcome, out);
}

/* From each state that the line may come to by itself: three, by one step. */
static void
any_run(const struct program *p, unsigned at, struct any a, uint64_t outcome,
    struct outcomes *out)
{
	if (at == p->n) {
		outcome_add(out, outcome);
		return;
	}
	if (a.line == CACHE_DIRTY) {
		any_op(p, at, a, outcome, out);
		memcpy(a.ram, a.cache, 2);
		a.line = CACHE_CLEAN;
	}
	if (a.line == CACHE_CLEAN) {
		any_op(p, at, a, outcome, out);
		a.line = CACHE_ABSENT;
	}
	any_op(p, at, a, outcome, out);
	memcpy(a.cache, a.ram, 2);
	a.line = CACHE_CLEAN;
	any_op(p, at, a, outcome, out);
}

/* --- cache.c, all answers --- */

struct answers {
	unsigned given, asked;		/* the given ones as bits, then 0 */
};

static int
answer(void *self, enum cache_fate fate)
{
	struct answers *a = self;

	assert_true(fate == CACHE_EVICT || fate == CACHE_FILL);
	return (int)(a->given >> a->asked++ & 1);
}

/* What is told of a way, and what its loads gave. */
static int
asked_way(const struct program *p, struct answers *a, uint64_t *outcome)
{
	static const struct cache_chooser worst;
	const struct cache_chooser by = { answer, a };
	uint8_t ram[CACHE_PAGE], v;
	struct cache_page c;
	int told = 0;

	memset(&c, 0, sizeof c);
	c.keeps = 1;
	memset(ram, 0, sizeof ram);
	a->asked = 0;
	*outcome = 0;
	for (unsigned i = 0; i < p->n; i++) {
		size_t at = byte_of(p->op[i]) ? SPACED : 0;

		switch (p->op[i]) {
		case STORE: case STORE_B:
			cache_store(&c, LINE, ram, at, &p->value[i], 1);
			break;
		case LOAD: case LOAD_B:
			told |= cache_looks(&c, LINE, ram, at, 1, &by);
			cache_load(&c, LINE, ram, at, &v, 1);
			*outcome = *outcome * 16 + v + 1;
			break;
		case DEVICE_STORE: case DEVICE_STORE_B:
			if (cache_device_store(&c, LINE, ram, at, &p->value[i],
			    1, &worst))
				told |= CACHE_THIRD;
			break;
		case DEVICE_LOAD: case DEVICE_LOAD_B:
			told |= cache_device_looks(&c, LINE, ram, at, 1, &by);
			*outcome = *outcome * 16 + ram[at] + 1;
			break;
		case CLEAN:
			if (cache_clean(&c, LINE, ram, 0, LINE))
				told |= CACHE_THIRD;
			break;
		default:
			if (cache_invalidate(&c, LINE, ram, 0, LINE, &worst))
				told |= CACHE_THIRD;
		}
	}
	return (told & CACHE_THIRD) != 0;
}

static int
asked_all(const struct program *p, struct outcomes *out)
{
	struct answers a = { 0, 0 };
	uint64_t outcome;
	int told = 0;

	for (;;) {
		unsigned last;

		told |= asked_way(p, &a, &outcome);
		outcome_add(out, outcome);
		/* The next ones: the last 0 of those that were asked is 1. */
		for (last = a.asked; last > 0 &&
		    (a.given >> (last - 1) & 1) != 0; last--)
			continue;
		if (last == 0)
			return told;
		a.given = (a.given & ((1u << (last - 1)) - 1)) |
		    1u << (last - 1);
	}
}

/* --- one against the other --- */

static const char *const words[OPS] = { "store a", "store b", "load a",
    "load b", "clean", "invalidate", "device stores a", "device stores b",
    "device loads a", "device loads b" };

static void
program_fails(const struct program *p, const char *why)
{
	for (unsigned i = 0; i < p->n; i++)
		print_message("%s %d\n", words[p->op[i]], (int)p->value[i]);
	fail_msg("%s", why);
}

struct count {
	unsigned told, same, several;
};

static void
compare(const struct program *p, struct count *count)
{
	static struct outcomes any, asked;
	const struct any begin = { CACHE_ABSENT, { 0, 0 }, { 0, 0 } };

	int told;

	any.n = asked.n = 0;
	any_run(p, 0, begin, 0, &any);
	told = asked_all(p, &asked);
	for (unsigned i = 0; i < asked.n; i++)
		if (!is_in(&any, asked.list[i]))
			program_fails(p, "what cannot happen was asked");
	if (told) {
		count->told++;
		return;
	}
	if (asked.n != any.n)
		program_fails(p, "what can happen was not asked");
	count->same++;
	count->several += any.n > 1;
}

/* Values are new ones, or of two that come again and again. */
static void
values(struct program *p, unsigned different)
{
	for (unsigned i = 0; i < p->n; i++)
		p->value[i] = (uint8_t)(1 + i % different);
}

static void
what_is_asked_is_all_there_is(void **state)
{
	struct count count = { 0 };
	struct program p;

	(void)state;
	p.n = 5;
	for (unsigned number = 0; number < 100000; number++) {
		unsigned rest = number;

		for (unsigned i = 0; i < p.n; i++, rest /= OPS)
			p.op[i] = (uint8_t)(rest % OPS);
		values(&p, PROGRAM_MAX);
		compare(&p, &count);
		values(&p, 2);
		compare(&p, &count);
	}
	print_message("%u programs are the same, %u of them with several "
	    "outcomes; of %u it is told that they may not be\n", count.same,
	    count.several, count.told);
	assert_true(count.same > count.told);
	assert_true(count.several > count.same / 20);
}

static void
longer_ones_too(void **state)
{
	struct count count = { 0 };
	uint64_t random = 1;
	struct program p;

	(void)state;
	p.n = PROGRAM_MAX;
	for (unsigned number = 0; number < 15000; number++) {
		for (unsigned i = 0; i < p.n; i++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			p.op[i] = (uint8_t)((random >> 40) % OPS);
		}
		values(&p, number % 2 == 0 ? PROGRAM_MAX : 2);
		compare(&p, &count);
	}
	assert_true(count.same > 500);
	assert_true(count.several > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_is_all_there_is),
		cmocka_unit_test(longer_ones_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_vring_model.c: what prove sees of the virtqueue model (vring_model.h) is
 * what there is: an enumeration of our own, which knows nothing of drivers,
 * buffers stores and polls at every moment, agrees with it; and a guest that
 * stores avail.idx too early is found out, where it can be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "check.h"
#include "load.h"
#include "vring_model.h"

#define K_MAX	4u

static struct guest_built built, early_built;
static struct guest *guest, *early;

/* --- an enumeration of our own ---------------------------------------------- */

/* What the machine keeps of the order of stores. */
struct rules {
	int in_order;			/* stores are seen as they were made */
	int producer;			/* a barrier before the index */
	int each;			/* a full one after every store */
};

/* One moment: the driver's place, what is visible, what the device did. */
struct moment {
	uint8_t done;			/* of the driver's operations */
	uint8_t visible;		/* of the K entries, K descriptors ... */
	uint8_t described;
	uint8_t index;			/* ... and what avail.idx is */
	uint8_t taken, polls;
	uint8_t at[K_MAX];		/* taken when index i + 1 was stored */
	uint8_t read[K_MAX];		/* what each poll read */
};

#define MOMENTS_MAX	(1u << 20)	/* a power of two */

struct brute {
	unsigned k, polls_max;		/* 0: any number of them */
	struct rules rules;
	struct moment *seen;		/* by hash; done UINT8_MAX is none */
	size_t nseen;
	uint8_t take[K_MAX + 1][K_MAX + 1][POLL_RESULTS];
	unsigned ends;
};

/* 1 if it is news. */
static int
brute_add(struct brute *b, const struct moment *m)
{
	const uint8_t *p = (const uint8_t *)m;
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < sizeof *m; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	for (i = h & (MOMENTS_MAX - 1); b->seen[i].done != UINT8_MAX;
	    i = (i + 1) & (MOMENTS_MAX - 1))
		if (memcmp(&b->seen[i], m, sizeof *m) == 0)
			return 0;
	assert_true(++b->nseen < MOMENTS_MAX / 2);
	b->seen[i] = *m;
	return 1;
}

/* Of chain n: 0 its descriptor, 1 its entry, 2 the index that covers it. */
static int
is_visible(const struct moment *m, unsigned n, unsigned what)
{
	return what == 0 ? m->described >> n & 1 : what == 1 ?
	    m->visible >> n & 1 : m->index > n;
}

/* Whether a store that was made may become visible now. */
static int
may_show(const struct brute *b, const struct moment *m, unsigned n,
    unsigned what)
{
	if (is_visible(m, n, what))
		return 0;
	/* Each location in its order, always. */
	if (what == 2 && m->index != n)
		return 0;
	for (unsigned i = 0; i < what; i++)
		if ((b->rules.in_order || b->rules.each ||
		    (b->rules.producer && what == 2)) &&
		    !is_visible(m, n, i))
			return 0;
	return 1;
}

static void brute_from(struct brute *b, struct moment m);

/* The device polls: reads the index, and takes the next chain if it covers it. */
static void
brute_poll(struct brute *b, struct moment m)
{
	unsigned posted = m.done / 3u, result = POLL_NOTHING;

	if (b->polls_max != 0) {
		if (m.polls == b->polls_max)
			return;
		m.read[m.polls++] = m.index;
	}
	if (m.index > m.taken) {
		result = is_visible(&m, m.taken, 0) &&
		    is_visible(&m, m.taken, 1) ? POLL_RIGHT : POLL_WRONG;
		b->take[posted][m.taken][result] = 1;
		if (result == POLL_WRONG)
			return;		/* the driver is at fault */
		m.taken++;
	}
	brute_from(b, m);
}

/*
 * The driver's operations: for each chain a descriptor, an entry, the index;
 * all of a chain's are visible before the next chain's first.
 */
static void
brute_from(struct brute *b, struct moment m)
{
	unsigned n = m.done / 3u, what = m.done % 3u;
	struct moment next;

	if (!brute_add(b, &m))
		return;
	for (unsigned i = 0; i < m.done; i++) {
		if (!may_show(b, &m, i / 3, i % 3))
			continue;
		next = m;
		if (i % 3 == 0)
			next.described |= (uint8_t)(1u << i / 3);
		else if (i % 3 == 1)
			next.visible |= (uint8_t)(1u << i / 3);
		else
			next.index = (uint8_t)(i / 3 + 1);
		brute_from(b, next);
	}
	if (n < b->k && (what != 0 || n == 0 || (is_visible(&m, n - 1, 0) &&
	    is_visible(&m, n - 1, 1) && is_visible(&m, n - 1, 2)))) {
		next = m;
		next.done++;
		if (what == 2 && b->polls_max == 0)
			next.at[n] = m.taken;
		brute_from(b, next);
	}
	brute_poll(b, m);
}

/* The different ways of it: by what each poll read, or what was taken when. */
static void
brute_ends(struct brute *b)
{
	for (size_t i = 0; i < MOMENTS_MAX; i++) {
		const struct moment *m = &b->seen[i];

		b->ends += m->done == 3 * b->k && m->index == b->k &&
		    m->polls == b->polls_max;
	}
}

static void
brute_run(struct brute *b, unsigned k, unsigned polls_max,
    const struct rules *rules)
{
	memset(b, 0, sizeof *b);
	b->k = k;
	b->polls_max = polls_max;
	b->rules = *rules;
	b->seen = malloc(MOMENTS_MAX * sizeof b->seen[0]);
	assert_non_null(b->seen);
	memset(b->seen, 0xff, MOMENTS_MAX * sizeof b->seen[0]);
	brute_from(b, (struct moment){ .done = 0 });
}

/* --- the machines ------------------------------------------------------------ */

static const struct rules in_order = { .in_order = 1, .producer = 1 };
static const struct rules unordered = { .producer = 1, .each = 1 };
static const struct rules barrier_alone = { .producer = 1 };

static const struct model_machine {
	const char *name;
	int bounce;			/* it, and bounce buffers */
	const struct rules *rules;
} machines[] = {
	{ "amd64-qemu", 0, &in_order }, { "amd64-sev", 0, &in_order },
	/* Their syncs are barriers (MODEL.md, S3, S4 and O2) ... */
	{ "arm64-qemu", 0, &unordered }, { "riscv64-qemu", 0, &unordered },
	{ "contract-bounce", 0, &unordered },
	/* ... and of what copies on them they are none (S2). */
	{ "arm64-qemu", 1, &barrier_alone },
	{ "riscv64-qemu", 1, &barrier_alone },
};

#define MACHINES	(sizeof machines / sizeof machines[0])

static void
machine_load(const struct model_machine *m, struct machine_desc *desc)
{
	struct error err;

	error_clear(&err);
	if (load_machine(m->name, desc, &err) != 0)
		fail_msg("%s", err.text);
	desc->bounce |= m->bounce;
}

/* --- what prove sees --------------------------------------------------------- */

struct proved {
	struct vring_model_seen *seen;
	struct explore_result r;
};

static void
prove(const struct model_machine *machine, struct guest *g, unsigned k,
    const struct mutant *mutant, struct proved *p)
{
	struct vring_model model = { .k = k };
	struct explore_config config;
	struct machine_desc desc;
	struct error err;

	error_clear(&err);
	model.seen = p->seen = host_map(sizeof *p->seen, &err);
	machine_load(machine, &desc);
	if (p->seen == NULL || vring_model_begin(&model, &desc, g,
	    &config, &err) != 0)
		fail_msg("%s", err.text);
	config.run.mutant = mutant;
	if (explore_execute(&config, &p->r, &err) != 0)
		fail_msg("%s", err.text);
	assert_false(p->r.cut);
	assert_false(p->r.capped);
	vring_model_end(&model);
	machine_desc_free(&desc);
}

static void
proved_free(struct proved *p)
{
	explore_result_free(&p->r);
	host_unmap(p->seen, sizeof *p->seen);
}

/* All that was taken, and when, and whether it was right. */
static void
assert_the_same_is_taken(const struct proved *p, const struct brute *b)
{
	for (unsigned i = 0; i <= b->k; i++)
		for (unsigned t = 0; t <= b->k; t++)
			for (unsigned what = POLL_RIGHT; what <= POLL_WRONG;
			    what++)
				if (p->seen->poll[i][t][what] !=
				    b->take[i][t][what])
					fail_msg("K %u: with %u posted and %u "
					    "taken, a %s chain: %s", b->k, i,
					    t, what == POLL_RIGHT ? "right" :
					    "wrong", p->seen->poll[i][t][what] ?
					    "prove alone has it" :
					    "prove has it not");
}

/* Ways from here on through what was seen, until all are posted. */
static unsigned
ways_through(const struct vring_model_seen *s, unsigned k, unsigned posted,
    unsigned taken)
{
	unsigned ways = 0;

	for (unsigned t = taken;; t++) {
		/* It stops here. */
		ways += posted == k ? s->left[t] : s->first[posted + 1][t] ?
		    ways_through(s, k, posted + 1, t) : 0;
		if (!s->poll[posted][t][POLL_RIGHT])
			return ways;
	}
}

/*
 * The same chains are taken at the same moments, and, states being one where
 * the future is, as many ways lead through them as there are.
 */
static void
prove_sees_what_there_is_and_loses_no_way(void **state)
{
	static const unsigned ways[] = { 0, 2, 5, 14, 42 };

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		for (unsigned k = 1; k <= K_MAX; k++) {
			struct proved p;
			struct brute b;

			prove(&machines[i], guest, k, NULL, &p);
			brute_run(&b, k, 0, machines[i].rules);
			assert_int_equal(p.r.plain.verdict, RUN_HOLDS_BOUNDED);
			assert_int_equal(p.r.plain.findings.n, 0);
			assert_int_equal(p.r.nways, 0);
			assert_the_same_is_taken(&p, &b);
			brute_ends(&b);
			assert_int_equal(b.ends, ways[k]);
			assert_int_equal(ways_through(p.seen, k, 0, 0),
			    b.ends);
			check_free(b.seen);
			proved_free(&p);
		}
}

/* What stands beside the figures of the bench: polls of a number that is K. */
static void
k_polls_are_as_many_executions_as_the_bench_says(void **state)
{
	static const unsigned binomial[] = { 1, 2, 6, 20, 70 };

	(void)state;
	for (unsigned k = 1; k <= K_MAX; k++) {
		struct brute b;

		brute_run(&b, k, k, &in_order);
		brute_ends(&b);
		assert_int_equal(b.ends, binomial[k]);
		check_free(b.seen);
	}
}

/* A state is what was posted and what was taken, on every machine. */
static void
executions_grow_as_the_square_of_k(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		for (unsigned k = 5; k <= 8; k += 3) {
			struct proved p;

			prove(&machines[i], guest, k, NULL, &p);
			assert_int_equal(p.r.counts.windows, k * (k + 1) / 2);
			assert_int_equal(p.r.counts.executions,
			    3 * k * (k + 1) / 2);
			proved_free(&p);
		}
}

/* --- what is wrong is found --------------------------------------------------- */

/* Where the driver asks for the barrier before the index. */
static void
producer_take(const struct model_machine *machine, struct mutant_site *site)
{
	struct vring_model model = { .k = 1 };
	struct explore_config config;
	struct mutant_sites sites = { 0 };
	struct machine_desc desc;
	struct run_result r;
	struct error err;
	unsigned n = 0;

	error_clear(&err);
	machine_load(machine, &desc);
	if (vring_model_begin(&model, &desc, guest, &config, &err) != 0)
		fail_msg("%s", err.text);
	config.run.sites = &sites;
	if (run_execute(&config.run, &r, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sites.n; i++)
		if (sites.list[i].kind == MUTANT_BARRIER &&
		    sites.list[i].what == HC_BARRIER_PRODUCER) {
			*site = sites.list[i];
			n++;
		}
	assert_int_equal(n, 1);
	run_result_free(&r);
	mutant_sites_free(&sites);
	vring_model_end(&model);
	machine_desc_free(&desc);
}

static void
a_barrier_that_is_missing_is_found_where_it_is_needed(void **state)
{
	unsigned found = 0;

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++) {
		struct rules without = *machines[i].rules;
		struct mutant_site site;
		struct mutant m = { .kind = MUTANT_BARRIER,
		    .what = HC_BARRIER_PRODUCER,
		    .change = { MUTANT_DROPPED, 0 }, .npaths = 1 };

		producer_take(&machines[i], &site);
		m.paths = &site.path;
		without.producer = 0;
		for (unsigned k = 1; k <= 3; k++) {
			int wrong = 0;
			struct proved p;
			struct brute b;

			prove(&machines[i], guest, k, &m, &p);
			assert_true(p.r.plain.mutant_hits > 0);
			brute_run(&b, k, 0, &without);
			for (unsigned n = 0; n < k; n++)
				wrong |= b.take[n + 1][n][POLL_WRONG];
			assert_int_equal(wrong,
			    machines[i].rules == &barrier_alone);
			assert_int_equal(wrong, p.r.nways != 0 ||
			    p.r.plain.verdict == RUN_FAILS);
			assert_the_same_is_taken(&p, &b);
			found += wrong != 0;
			check_free(b.seen);
			proved_free(&p);
		}
	}
	assert_int_equal(found, 2 * 3);
}

/* The fault stores the index before there is anything that it covers. */
static void
an_index_that_is_stored_too_early_is_found(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		for (unsigned k = 1; k <= 3; k++) {
			struct proved p;
			int wrong = 0;

			prove(&machines[i], early, k, NULL, &p);
			assert_true(p.r.nways != 0 ||
			    p.r.plain.verdict == RUN_FAILS);
			for (unsigned n = 0; n < k; n++)
				wrong |= p.seen->poll[n + 1][n][POLL_WRONG];
			assert_true(wrong);
			proved_free(&p);
		}
}

static int
set_up(void **state)
{
	static const char *const fault = "virtio-avail-before-descriptor";
	struct error err;

	(void)state;
	error_clear(&err);
	guest = vring_model_guest(VIOTAPE_SOURCE_DIR, NULL, 0, &built, &err);
	if (guest != NULL)
		early = vring_model_guest(VIOTAPE_SOURCE_DIR, &fault, 1,
		    &early_built, &err);
	if (early == NULL)
		fail_msg("%s", err.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guest_unload(early);
	guest_unload(guest);
	guest_built_free(&early_built);
	guest_built_free(&built);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prove_sees_what_there_is_and_loses_no_way),
		cmocka_unit_test(
		    k_polls_are_as_many_executions_as_the_bench_says),
		cmocka_unit_test(executions_grow_as_the_square_of_k),
		cmocka_unit_test(
		    a_barrier_that_is_missing_is_found_where_it_is_needed),
		cmocka_unit_test(an_index_that_is_stored_too_early_is_found),
	};

	return cmocka_run_group_tests_name("vring_model", tests, set_up,
	    tear_down);
}

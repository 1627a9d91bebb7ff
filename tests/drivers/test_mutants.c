/*
 * test_mutants.c: a site is known by its path, a mutant changes what it names
 * and nothing else, and what is found of it is what the machine makes of it.
 */
#include "rules_device.h"

enum machines_tried { COHERENT, PLAIN, BOUNCING, NOT_COHERENT, TRANSLATING,
    MACHINES };

static struct machine_desc machines[MACHINES];
static struct guest_built built;
static struct guest *guest;

static int
set_up(void **state)
{
	static const struct tree trees[MACHINES] = {
		[COHERENT] = { .arch = "arm64" },
		[PLAIN] = { .arch = "amd64" },
		[BOUNCING] = { .arch = "amd64", .bounce = 1 },
		[NOT_COHERENT] = { .arch = "arm64", .not_coherent = 1 },
		[TRANSLATING] = { .arch = "arm64", .iommu = 1 },
	};

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		tree_machine(&trees[i], "machine", &machines[i]);
	guest = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guest_unload(guest);
	guest_built_free(&built);
	for (unsigned i = 0; i < MACHINES; i++)
		machine_desc_free(&machines[i]);
	return 0;
}

/* --- runs ------------------------------------------------------------------ */

static void
run_rule(unsigned number, unsigned machine, struct run_config config,
    struct run_result *result)
{
	char text[32];

	snprintf(text, sizeof text, "raise %u\nwait 20\n", number);
	rules_run_text(guest, &machines[machine], text, config, result);
}

/* The guest as it is: its sites, and what is told of it. */
static void
sites_of(unsigned number, unsigned machine, struct mutant_sites *sites,
    struct mutate_base *base)
{
	struct run_result result;

	memset(sites, 0, sizeof *sites);
	run_rule(number, machine, (struct run_config){ .sites = sites },
	    &result);
	mutate_base_take(base, &result);
	run_result_free(&result);
}

/* The nth site (from 0) of this kind with these operations. */
static const struct mutant_site *
site_nth(const struct mutant_sites *s, enum mutant_kind kind, uint32_t what,
    size_t n)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].kind == kind && s->list[i].what == what &&
		    n-- == 0)
			return &s->list[i];
	fail_msg("there is no such site");
	return NULL;
}

static struct mutant
mutant_of(const struct mutant_site *s, enum mutant_how how, uint32_t arg)
{
	return (struct mutant){ s->kind, s->what, { how, arg }, &s->path, 1 };
}

static void
assert_fate(unsigned number, unsigned machine, const struct mutant *m,
    const struct mutate_base *base, enum mutate_fate fate, const char *id)
{
	struct run_config config = { .mutant = m, .desc = &machines[machine],
	    .guest = guest, .host = device_create };
	const struct mutate_bounds none = { 0 };
	struct mutate_verdict v;
	struct scenario s;
	struct error err;
	char text[32];

	error_clear(&err);
	snprintf(text, sizeof text, "raise %u\n", number);
	assert_int_equal(scenario_parse(&s, "rules", text, strlen(text), &err),
	    0);
	config.scenario = &s;
	assert_int_equal(mutate_judge_check.run(&config, &none, base, &v,
	    &err), 0);
	scenario_free(&s);
	assert_string_equal(mutate_fate_name(v.fate), mutate_fate_name(fate));
	assert_string_equal(v.finding != NULL ? v.finding->id : "", id);
}

/*
 * The nth site, so changed, on each machine; fates and ids by machine, "" is
 * no finding.
 */
static void
assert_fates(unsigned number, enum mutant_kind kind, uint32_t what, size_t n,
    enum mutant_how how, uint32_t arg, const enum mutate_fate fates[MACHINES],
    const char *const ids[MACHINES])
{
	for (unsigned i = 0; i < MACHINES; i++) {
		struct mutant_sites sites;
		struct mutate_base base;
		struct mutant m;

		sites_of(number, i, &sites, &base);
		m = mutant_of(site_nth(&sites, kind, what, n), how, arg);
		assert_fate(number, i, &m, &base, fates[i], ids[i]);
		mutant_sites_free(&sites);
		mutate_base_free(&base);
	}
}

/* --- cases ----------------------------------------------------------------- */

static void
a_sync_that_is_dropped_is_missing(void **state)
{
	static const enum mutate_fate fates[MACHINES] = { MUTATE_LATENT,
	    MUTATE_LATENT, MUTATE_KILLED, MUTATE_KILLED, MUTATE_LATENT };
	static const char *const ids[MACHINES] = { "sync-missing-prewrite",
	    "sync-missing-prewrite", "sync-missing-prewrite",
	    "sync-missing-prewrite", "sync-missing-prewrite" };

	(void)state;
	assert_fates(RULE_prewrite_made, MUTANT_SYNC, HC_SYNC_PREWRITE, 0,
	    MUTANT_DROPPED, HC_SYNC_PREWRITE, fates, ids);
}

/* The attach function's sync of the buffer, which mmap_right relies on. */
static void
one_operation_of_two_is_dropped(void **state)
{
	static const enum mutate_fate told[MACHINES] = { MUTATE_LATENT,
	    MUTATE_LATENT, MUTATE_LATENT, MUTATE_LATENT, MUTATE_LATENT };
	static const char *const ids[MACHINES] = { "sync-missing-prewrite",
	    "sync-missing-prewrite", "sync-missing-prewrite",
	    "sync-missing-prewrite", "sync-missing-prewrite" };
	/* PREREAD: nothing is written here.  A coherent arm64 has its barrier
	   for the operation that is left. */
	static const enum mutate_fate rest[MACHINES] = { MUTATE_NOT_NEEDED,
	    MUTATE_NOT_NEEDED, MUTATE_NOT_NEEDED, MUTATE_NOT_SEEN,
	    MUTATE_NOT_NEEDED };
	static const char *const none[MACHINES] = { "", "", "", "", "" };
	const uint32_t both = HC_SYNC_PREREAD | HC_SYNC_PREWRITE;

	(void)state;
	assert_fates(RULE_mmap_right, MUTANT_SYNC, both, 0, MUTANT_DROPPED,
	    HC_SYNC_PREWRITE, told, ids);
	assert_fates(RULE_mmap_right, MUTANT_SYNC, both, 0, MUTANT_DROPPED,
	    HC_SYNC_PREREAD, rest, none);
}

/* Of two that are the same but for their place the other one stays. */
static void
one_site_is_changed_and_no_other(void **state)
{
	struct mutant_sites sites;
	struct mutate_base base;
	struct run_result result;
	struct mutant m;

	(void)state;
	sites_of(RULE_prewrite_twice, BOUNCING, &sites, &base);
	m = mutant_of(site_nth(&sites, MUTANT_SYNC, HC_SYNC_PREWRITE, 0),
	    MUTANT_DROPPED, HC_SYNC_PREWRITE);
	run_rule(RULE_prewrite_twice, BOUNCING, (struct run_config){
	    .mutant = &m }, &result);
	assert_int_equal(result.mutant_hits, 1);
	assert_int_equal(result.findings.n, 0);
	run_result_free(&result);
	/* A path that nobody takes is no site. */
	((struct callpath *)(uintptr_t)m.paths)->at[0]++;
	run_rule(RULE_prewrite_twice, BOUNCING, (struct run_config){
	    .mutant = &m }, &result);
	assert_int_equal(result.mutant_hits, 0);
	run_result_free(&result);
	mutant_sites_free(&sites);
	mutate_base_free(&base);
}

static void
an_address_of_another_kind_is_found(void **state)
{
	static const enum mutate_fate kva[MACHINES] = { MUTATE_KILLED,
	    MUTATE_KILLED, MUTATE_KILLED, MUTATE_KILLED, MUTATE_KILLED };
	static const char *const load[MACHINES] = { "address-kva",
	    "address-kva", "address-kva", "address-kva", "address-kva" };
	static const char *const map[MACHINES] = { "mmap-kva", "mmap-kva",
	    "mmap-kva", "mmap-kva", "mmap-kva" };
	static const enum mutate_fate pa[MACHINES] = { MUTATE_NOT_NEEDED,
	    MUTATE_NOT_NEEDED, MUTATE_KILLED, MUTATE_NOT_NEEDED,
	    MUTATE_KILLED };
	static const char *const loaded[MACHINES] = { "", "",
	    "address-not-loaded", "", "address-not-loaded" };

	(void)state;
	assert_fates(RULE_prewrite_made, MUTANT_LOAD, 0, 0, MUTANT_KVA, 0, kva,
	    load);
	assert_fates(RULE_prewrite_made, MUTANT_LOAD, 0, 0, MUTANT_PA, 0, pa,
	    loaded);
	assert_fates(RULE_mmap_right, MUTANT_MMAP, 0, 0, MUTANT_KVA, 0, kva,
	    map);
}

/* The bus address is another one where devices see something else. */
static void
a_page_at_its_bus_address(void **state)
{
	static const enum mutate_fate fates[MACHINES] = { MUTATE_NOT_NEEDED,
	    MUTATE_NOT_NEEDED, MUTATE_KILLED, MUTATE_NOT_NEEDED,
	    MUTATE_KILLED };
	static const char *const ids[MACHINES] = { "", "",
	    "guest-panic", "",
	    "mmap-nowhere" };

	(void)state;
	assert_fates(RULE_mmap_right, MUTANT_MMAP, 0, 0, MUTANT_BUS, 0, fates,
	    ids);
}

/* Each is a site, and to be without it changes nothing while order is sc. */
static void
barriers_are_sites(void **state)
{
	struct mutant_sites sites;
	struct mutate_base base;
	struct run_result plain, result;
	size_t n = 0;

	(void)state;
	sites_of(RULE_barriers, COHERENT, &sites, &base);
	run_rule(RULE_barriers, COHERENT, (struct run_config){ .once = 0 },
	    &plain);
	for (size_t i = 0; i < sites.n; i++) {
		const struct mutant_site *s = &sites.list[i];
		struct mutant_change changes[MUTATE_CHANGES_MAX];
		size_t nchanges = mutate_changes(s->kind, s->what, changes);

		if (s->kind != MUTANT_BARRIER)
			continue;
		n++;
		for (size_t k = 0; k < nchanges; k++) {
			struct mutant m = mutant_of(s, changes[k].how,
			    changes[k].arg);

			run_rule(RULE_barriers, COHERENT, (struct run_config){
			    .mutant = &m }, &result);
			assert_int_equal(result.mutant_hits, 1);
			assert_memory_equal(result.digest, plain.digest,
			    DIGEST_SIZE);
			run_result_free(&result);
		}
	}
	assert_int_equal(n, 6);		/* as many as the case has */
	run_result_free(&plain);
	mutant_sites_free(&sites);
	mutate_base_free(&base);
}

static void
changes_of_each_kind(void **state)
{
	static const struct {
		enum mutant_kind kind;
		uint32_t what;
		size_t n;
	} rows[] = {
		{ MUTANT_SYNC, HC_SYNC_PREWRITE, 1 },
		{ MUTANT_SYNC, HC_SYNC_PREREAD | HC_SYNC_PREWRITE, 3 },
		{ MUTANT_SYNC, 0xf, 5 },
		{ MUTANT_BARRIER, HC_BARRIER_SYNC, 5 },
		{ MUTANT_BARRIER, HC_BARRIER_PRODUCER, 1 },
		{ MUTANT_BARRIER, HC_BARRIER_CONSUMER, 1 },
		{ MUTANT_BARRIER, HC_BARRIER_ENTER, 2 },
		{ MUTANT_BARRIER, HC_BARRIER_EXIT, 2 },
		{ MUTANT_LOAD, 0, 2 }, { MUTANT_MMAP, 0, 2 },
	};
	struct mutant_change list[MUTATE_CHANGES_MAX];
	char text[2][MUTATE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t n = mutate_changes(rows[i].kind, rows[i].what, list);

		assert_int_equal(n, rows[i].n);
		/* Each has its own name. */
		for (size_t k = 0; k < n; k++)
			for (size_t j = 0; j < k; j++) {
				mutate_change_text(rows[i].kind, rows[i].what,
				    &list[k], text[0]);
				mutate_change_text(rows[i].kind, rows[i].what,
				    &list[j], text[1]);
				assert_string_not_equal(text[0], text[1]);
			}
	}
	mutate_what_text(MUTANT_SYNC, 0xf, text[0]);
	assert_string_equal(text[0],
	    "PREREAD|PREWRITE|POSTREAD|POSTWRITE");
}

/* What was left out of a look decides what may be said of a survivor. */
static void
what_is_not_needed_depends_on_what_was_left_out(void **state)
{
	const struct mutant_change drop = { MUTANT_DROPPED, HC_SYNC_PREWRITE };
	const struct mutant_change weak = { MUTANT_DROPPED, 0 };
	const unsigned one = MUTATE_LEFT_WAYS;

	(void)state;
	assert_int_equal(mutate_survivor(0, &machines[COHERENT],
	    MUTANT_BARRIER, HC_BARRIER_SYNC, &weak), MUTATE_NOT_NEEDED);
	assert_int_equal(mutate_survivor(one, &machines[COHERENT],
	    MUTANT_BARRIER, HC_BARRIER_SYNC, &weak), MUTATE_NOT_SEEN);
	assert_int_equal(mutate_survivor(one, &machines[COHERENT],
	    MUTANT_SYNC, HC_SYNC_PREWRITE, &drop),
	    MUTATE_NOT_SEEN);	/* it was a barrier, rule S3 */
	assert_int_equal(mutate_survivor(one, &machines[PLAIN],
	    MUTANT_SYNC, HC_SYNC_PREWRITE, &drop),
	    MUTATE_NOT_NEEDED);	/* rule S1 */
	assert_int_equal(mutate_most(&mutate_judge_check, &machines[COHERENT],
	    MUTANT_SYNC, HC_SYNC_PREWRITE, &drop), MUTATE_LATENT);
	assert_int_equal(mutate_most(&mutate_judge_prove, &machines[COHERENT],
	    MUTANT_SYNC, HC_SYNC_PREWRITE, &drop), MUTATE_KILLED);
	assert_int_equal(mutate_most(&mutate_judge_check, &machines[BOUNCING],
	    MUTANT_SYNC, HC_SYNC_PREWRITE, &drop), MUTATE_KILLED);
}

/*
 * What a barrier or a sync takes with it is what MODEL.md's tables give it and
 * nothing else keeps; loads that later stores overtake, and other fates of
 * lines, are nothing that exploring could show.
 */
static void
what_goes_with_a_barrier_is_the_models(void **state)
{
	static const struct {
		enum machines_tried machine;
		enum mutant_kind kind;
		uint32_t what;
		struct mutant_change change;
		unsigned takes, unexplored;
	} rows[] = {
		/* tso: sync and enter are a fence, the others nothing */
		{ PLAIN, MUTANT_BARRIER, HC_BARRIER_SYNC, { MUTANT_DROPPED, 0 },
		    MUTATE_TAKES_ORDER, 0 },
		{ PLAIN, MUTANT_BARRIER, HC_BARRIER_SYNC, { MUTANT_WEAKER,
		    HC_BARRIER_ENTER }, 0, 0 },
		{ PLAIN, MUTANT_BARRIER, HC_BARRIER_SYNC, { MUTANT_WEAKER,
		    HC_BARRIER_EXIT }, MUTATE_TAKES_ORDER, 0 },
		{ PLAIN, MUTANT_BARRIER, HC_BARRIER_CONSUMER, { MUTANT_DROPPED,
		    0 }, 0, 0 },
		{ PLAIN, MUTANT_BARRIER, HC_BARRIER_PRODUCER, { MUTANT_DROPPED,
		    0 }, 0, 0 },
		/* arm: a producer keeps stores, a consumer also loads before
		   stores, the others all */
		{ COHERENT, MUTANT_BARRIER, HC_BARRIER_PRODUCER, {
		    MUTANT_DROPPED, 0 }, MUTATE_TAKES_ORDER, 0 },
		{ COHERENT, MUTANT_BARRIER, HC_BARRIER_CONSUMER, {
		    MUTANT_DROPPED, 0 }, MUTATE_TAKES_ORDER,
		    MUTATE_LEFT_BUFFERING },
		{ COHERENT, MUTANT_BARRIER, HC_BARRIER_SYNC, { MUTANT_WEAKER,
		    HC_BARRIER_EXIT }, 0, 0 },
		{ COHERENT, MUTANT_BARRIER, HC_BARRIER_SYNC, { MUTANT_WEAKER,
		    HC_BARRIER_CONSUMER }, MUTATE_TAKES_ORDER, 0 },
		{ COHERENT, MUTANT_SYNC, HC_SYNC_PREWRITE, { MUTANT_DROPPED,
		    HC_SYNC_PREWRITE }, MUTATE_TAKES_ORDER,
		    MUTATE_LEFT_BUFFERING },
		{ COHERENT, MUTANT_SYNC, HC_SYNC_PREREAD | HC_SYNC_PREWRITE, {
		    MUTANT_DROPPED, HC_SYNC_PREREAD }, 0, 0 },
		/* copies are all there is, rule S2 */
		{ BOUNCING, MUTANT_SYNC, HC_SYNC_PREWRITE, { MUTANT_DROPPED,
		    HC_SYNC_PREWRITE }, MUTATE_TAKES_BYTES, 0 },
		/* a clean is a barrier, too, and stays one: rules S5, O2 */
		{ NOT_COHERENT, MUTANT_SYNC, HC_SYNC_PREWRITE, {
		    MUTANT_DROPPED, HC_SYNC_PREWRITE }, MUTATE_TAKES_BYTES |
		    MUTATE_TAKES_ORDER, MUTATE_LEFT_BUFFERING |
		    MUTATE_LEFT_LINES },
		{ NOT_COHERENT, MUTANT_SYNC, HC_SYNC_PREREAD |
		    HC_SYNC_PREWRITE, { MUTANT_DROPPED, HC_SYNC_PREREAD },
		    MUTATE_TAKES_BYTES, MUTATE_LEFT_LINES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct machine_desc *d = &machines[rows[i].machine];

		assert_int_equal(mutate_takes(d, rows[i].kind, rows[i].what,
		    &rows[i].change), rows[i].takes);
		assert_int_equal(mutate_unexplored(d, rows[i].kind,
		    rows[i].what, &rows[i].change), rows[i].unexplored);
	}
}

/* What is told of the guest as it is does not count against a mutant. */
static void
what_was_told_before_is_no_news(void **state)
{
	struct mutant_sites sites;
	struct mutate_base base;
	struct mutant m;

	(void)state;
	sites_of(RULE_prewrite_same_value, BOUNCING, &sites, &base);
	assert_int_equal(base.n, 1);
	m = mutant_of(site_nth(&sites, MUTANT_SYNC, HC_SYNC_PREREAD |
	    HC_SYNC_PREWRITE, 1), MUTANT_DROPPED, HC_SYNC_PREREAD);
	assert_fate(RULE_prewrite_same_value, BOUNCING, &m, &base,
	    MUTATE_NOT_NEEDED, "");
	mutate_base_free(&base);
	assert_fate(RULE_prewrite_same_value, BOUNCING, &m, &base,
	    MUTATE_LATENT, "sync-missing-prewrite");
	mutant_sites_free(&sites);
}

static void
a_finding_ends_the_run(void **state)
{
	struct run_result whole, fatal, any;

	(void)state;
	run_rule(RULE_prewrite_missing, COHERENT, (struct run_config){
	    .until_found = RUN_UNTIL_FATAL }, &whole);
	assert_false(whole.stopped);	/* it is latent here */
	run_rule(RULE_prewrite_missing, COHERENT, (struct run_config){
	    .until_found = RUN_UNTIL_FINDING }, &any);
	assert_true(any.stopped);
	assert_true(any.events < whole.events);
	run_rule(RULE_prewrite_missing, BOUNCING, (struct run_config){
	    .until_found = RUN_UNTIL_FATAL }, &fatal);
	assert_true(fatal.stopped);
	assert_int_equal(findings_fatal(&fatal.findings), 1);
	run_result_free(&whole);
	run_result_free(&any);
	run_result_free(&fatal);
}

static void
sites_and_findings_as_bytes(void **state)
{
	struct mutant_sites sites, back;
	struct mutate_base base, told;
	struct bytes out = { 0 };
	struct bytes_reader in;

	(void)state;
	sites_of(RULE_prewrite_same_value, BOUNCING, &sites, &base);
	mutate_sites_pack(&sites, &out);
	mutate_base_pack(&base, &out);
	in = (struct bytes_reader){ out.data, out.data + out.len, 0 };
	mutate_sites_unpack(&in, &back);
	mutate_base_unpack(&in, &told);
	assert_true(in.p == in.end);
	assert_int_equal(back.n, sites.n);
	for (size_t i = 0; i < sites.n; i++) {
		assert_int_equal(back.list[i].kind, sites.list[i].kind);
		assert_int_equal(back.list[i].what, sites.list[i].what);
		assert_int_equal(back.list[i].calls, sites.list[i].calls);
		assert_int_equal(back.list[i].path.n, sites.list[i].path.n);
		assert_memory_equal(back.list[i].path.at, sites.list[i].path
		    .at, sites.list[i].path.n * sizeof(uint32_t));
	}
	assert_int_equal(told.n, base.n);
	assert_ptr_equal(told.list[0].kind, base.list[0].kind);
	bytes_free(&out);
	mutant_sites_free(&sites);
	mutant_sites_free(&back);
	mutate_base_free(&base);
	mutate_base_free(&told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_that_is_dropped_is_missing),
		cmocka_unit_test(one_operation_of_two_is_dropped),
		cmocka_unit_test(one_site_is_changed_and_no_other),
		cmocka_unit_test(an_address_of_another_kind_is_found),
		cmocka_unit_test(a_page_at_its_bus_address),
		cmocka_unit_test(barriers_are_sites),
		cmocka_unit_test(changes_of_each_kind),
		cmocka_unit_test(what_is_not_needed_depends_on_what_was_left_out),
		cmocka_unit_test(what_goes_with_a_barrier_is_the_models),
		cmocka_unit_test(what_was_told_before_is_no_news),
		cmocka_unit_test(a_finding_ends_the_run),
		cmocka_unit_test(sites_and_findings_as_bytes),
	};

	return cmocka_run_group_tests_name("mutants", tests, set_up,
	    tear_down);
}

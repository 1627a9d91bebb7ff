/*
 * test_run_digest.c: a run is a function of its inputs.  The same twice gives
 * the same events and the same digest, another fault gives another, and so it
 * stays whichever compiler has made the guest.
 */
#include "check.h"
#include "rules_device.h"

#define EVENTS_MAX	20000u

/* Cases that exercise stores, both views, interrupts, time and the heap. */
static const unsigned cases[] = { RULE_nothing, RULE_prewrite_missing,
    RULE_prewrite_short, RULE_prewrite_made_heap, RULE_postread_made,
    RULE_postread_missing, RULE_preread_once_for_ring, RULE_sleep_woken,
    RULE_poll_answered, RULE_poll_for_ever, RULE_mmap_kva, RULE_load_static,
    RULE_unmap_pointer, RULE_address_kva, RULE_panicked, RULE_access_freed };
#define NCASES (sizeof cases / sizeof cases[0])

static struct machine_desc bouncing;

struct log {
	uint8_t digest[EVENTS_MAX][DIGEST_SIZE];	/* of each event */
	size_t n;
};

static struct log first, second;

static int
log_event(void *self, const struct event *e, struct error *err)
{
	struct log *log = self;
	struct digest d;

	(void)err;
	assert_true(log->n < EVENTS_MAX);
	digest_init(&d);
	event_digest(e, &d);
	digest_final(&d, log->digest[log->n++]);
	return 0;
}

/* The host that run_config wants and the log that events go to are one self. */
static void
run_case(struct guest *g, const struct machine_desc *m, unsigned number,
    struct log *log, struct run_result *result)
{
	struct run_config config = { .event = log_event, .self = log };
	char text[64];

	snprintf(text, sizeof text, "raise %u\nwait 20\n", number);
	log->n = 0;
	rules_run_text(g, m, text, config, result);
	assert_int_equal(log->n, result->events);
	assert_true(log->n > 10);
}

static int
set_up(void **state)
{
	static const struct tree tree = { .bounce = 1 };

	(void)state;
	tree_machine(&tree, "bouncing", &bouncing);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	machine_desc_free(&bouncing);
	return 0;
}

static void
results_are_equal(const struct run_result *a, const struct run_result *b)
{
	assert_int_equal(first.n, second.n);
	for (size_t i = 0; i < first.n; i++)
		assert_memory_equal(first.digest[i], second.digest[i],
		    DIGEST_SIZE);
	assert_memory_equal(a->digest, b->digest, DIGEST_SIZE);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->dmesg.len, b->dmesg.len);
	assert_memory_equal(a->dmesg.data, b->dmesg.data, a->dmesg.len);
	assert_int_equal(a->findings.n, b->findings.n);
	for (size_t i = 0; i < a->findings.n; i++) {
		assert_string_equal(a->findings.list[i].text,
		    b->findings.list[i].text);
		assert_int_equal(a->findings.list[i].event,
		    b->findings.list[i].event);
	}
}

static void
the_same_twice_is_the_same(void **state)
{
	struct run_result a, b;
	struct guest_built built;
	struct guest *g = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);

	(void)state;
	for (size_t i = 0; i < NCASES; i++) {
		run_case(g, &bouncing, cases[i], &first, &a);
		run_case(g, &bouncing, cases[i], &second, &b);
		results_are_equal(&a, &b);
		assert_int_equal(a.stores, b.stores);
		run_result_free(&a);
		run_result_free(&b);
	}
	guest_unload(g);
	guest_built_free(&built);
}

static void
another_case_has_another_digest(void **state)
{
	static struct run_result results[NCASES];
	struct guest_built built;
	struct guest *g = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);

	(void)state;
	for (size_t i = 0; i < NCASES; i++) {
		run_case(g, &bouncing, cases[i], &first, &results[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(results[i].digest,
			    results[j].digest, DIGEST_SIZE);
	}
	for (size_t i = 0; i < NCASES; i++)
		run_result_free(&results[i]);
	guest_unload(g);
	guest_built_free(&built);
}

/*
 * The same at the boundary, on machines that differ in their cache alone: what
 * was found is in the digest too, and where nothing is found nothing differs.
 */
static void
a_finding_changes_the_digest(void **state)
{
	static const struct tree trees[2] = { { .arch = "arm64" },
	    { .arch = "arm64", .not_coherent = 1 } };
	static const unsigned numbers[2] = { RULE_nothing,
	    RULE_prewrite_missing };
	struct machine_desc m[2];
	struct run_result r[2];
	struct guest_built built;
	struct guest *g = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < 2; i++) {
			tree_machine(&trees[i], "m", &m[i]);
			run_case(g, &m[i], numbers[k], i == 0 ? &first :
			    &second, &r[i]);
			machine_desc_free(&m[i]);
		}
		assert_int_equal(first.n, second.n);
		for (size_t i = 0; i < first.n; i++)
			assert_memory_equal(first.digest[i], second.digest[i],
			    DIGEST_SIZE);
		assert_int_equal(r[1].findings.n, k);
		assert_int_equal(memcmp(r[0].digest, r[1].digest,
		    DIGEST_SIZE) != 0, k);
		for (unsigned i = 0; i < 2; i++)
			run_result_free(&r[i]);
	}
	guest_unload(g);
	guest_built_free(&built);
}

/* Ends after the number of events that was asked for. */
static void
until_ends_the_run(void **state)
{
	struct run_config config = { .event = log_event, .self = &first,
	    .until = 50 };
	struct run_result r;
	struct guest_built built;
	struct guest *g = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);

	(void)state;
	first.n = 0;
	rules_run_text(g, &bouncing, "raise 0\nraise 1\n", config, &r);
	assert_int_equal(r.events, 50);
	assert_int_equal(r.stopped, 1);
	run_result_free(&r);
	guest_unload(g);
	guest_built_free(&built);
}

/* Every case of all, by a guest of each compiler. */
static void
gcc_and_clang_give_the_same(void **state)
{
	static const char *const compilers[] = { "gcc", "clang" };
	struct guest_built built[2];
	struct guest *g[2];
	struct run_result a, b;
	char *old = getenv("VIOTAPE_CC");

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		char *found = host_program_find(compilers[i]);

		if (found == NULL) {
			print_message("skipped: there is no %s\n",
			    compilers[i]);
			skip();
		}
		check_free(found);
	}
	old = old != NULL ? check_strdup(old) : NULL;
	for (unsigned i = 0; i < 2; i++) {
		setenv("VIOTAPE_CC", compilers[i], 1);
		g[i] = rules_guest_load(VIOTAPE_SOURCE_DIR, &built[i]);
	}
	assert_string_not_equal(built[0].digest, built[1].digest);
	for (unsigned i = 0; i < RULES; i++) {
		run_case(g[0], &bouncing, i, &first, &a);
		run_case(g[1], &bouncing, i, &second, &b);
		if (memcmp(a.digest, b.digest, DIGEST_SIZE) != 0)
			print_message("case %u\n", i);
		results_are_equal(&a, &b);
		run_result_free(&a);
		run_result_free(&b);
	}
	for (unsigned i = 0; i < 2; i++) {
		guest_unload(g[i]);
		guest_built_free(&built[i]);
	}
	if (old != NULL)
		setenv("VIOTAPE_CC", old, 1);
	else
		unsetenv("VIOTAPE_CC");
	check_free(old);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_twice_is_the_same),
		cmocka_unit_test(another_case_has_another_digest),
		cmocka_unit_test(a_finding_changes_the_digest),
		cmocka_unit_test(until_ends_the_run),
		cmocka_unit_test(gcc_and_clang_give_the_same),
	};

	return cmocka_run_group_tests_name("run_digest", tests, set_up,
	    tear_down);
}

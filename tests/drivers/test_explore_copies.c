/*
 * test_explore_copies.c: copies that nobody looks at are left out where ways are
 * compared (rule X7), and nothing is lost by it: our drivers are found to be what
 * they are without, in fewer windows, whoever is gone on from first; a driver that
 * looks at one is explored with them.
 */
#include "vio_rig.h"

#define MACHINES	3u

static const char *const names[MACHINES] = { "amd64-sev",
    "arm64-noncoherent", "contract-bounce" };
static const char text[] =
    "device net\nup 10.0.2.15/24\nping 10.0.2.2 2 64\nexpect\n";

static struct machine_desc machines[MACHINES];
static struct guest_built looks_built;
static struct guest *looks_guest;
static struct scenario scenario;

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)self;
	(void)err;
	*host = builtin_host_create(machine_port(m), &scenario,
	    VIRTIO_TRANSPORT_PCI);
	return 0;
}

static struct explore_config
config_of(unsigned machine, struct guest *guest)
{
	return (struct explore_config){ .run = { .desc = &machines[machine],
	    .guest = guest, .scenario = &scenario, .host = make_host },
	    .kinds = EXPLORE_USUAL };
}

static void
execute(const struct explore_config *config, struct explore_result *r)
{
	struct error err;

	error_clear(&err);
	if (explore_execute(config, r, &err) != 0)
		fail_msg("%s", err.text);
	assert_false(r->cut);
}

static void
nothing_is_lost_by_it(void **state)
{
	struct explore_result without, with;

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++) {
		struct explore_config config = config_of(i, vio_guest);

		execute(&config, &without);
		config.all_copies = 1;
		execute(&config, &with);
		print_message("    %s: %llu windows, with copies %llu\n",
		    names[i], (unsigned long long)without.counts.windows,
		    (unsigned long long)with.counts.windows);
		/* A fifth to an eighth; 172 of 173 if lines are told apart. */
		assert_true(2 * without.counts.windows < with.counts.windows);
		assert_int_equal(without.nways, 0);
		assert_int_equal(with.nways, 0);
		assert_int_equal(without.gaps, with.gaps);
		assert_memory_equal(without.plain.digest, with.plain.digest,
		    DIGEST_SIZE);
		explore_result_free(&without);
		explore_result_free(&with);
	}
}

static void
nothing_depends_on_the_order_of_exploring(void **state)
{
	struct explore_result first, last;

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++) {
		struct explore_config config = config_of(i, vio_guest);

		execute(&config, &first);
		config.most_turned = 1;
		execute(&config, &last);
		assert_int_equal(first.counts.ends, last.counts.ends);
		assert_memory_equal(first.ends, last.ends, DIGEST_SIZE);
		explore_result_free(&first);
		explore_result_free(&last);
	}
}

static int
finds(const struct explore_result *r, const char *id)
{
	for (size_t i = 0; i < r->plain.findings.n; i++)
		if (strcmp(r->plain.findings.list[i].kind->id, id) == 0)
			return 1;
	return 0;
}

/* As if none had been left out: to the last execution. */
static void
who_looks_is_explored_with_them(void **state)
{
	struct explore_result without, with;

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++) {
		struct explore_config config = config_of(i, looks_guest);

		execute(&config, &without);
		config.all_copies = 1;
		execute(&config, &with);
		assert_true(finds(&without, "sync-missing-postread"));
		assert_int_equal(without.nways, with.nways);
		for (size_t k = 0; k < with.nways; k++)
			assert_true(without.ways[k].identity ==
			    with.ways[k].identity);
		assert_memory_equal(&without.counts, &with.counts,
		    sizeof with.counts);
		assert_memory_equal(without.ends, with.ends, DIGEST_SIZE);
		explore_result_free(&without);
		explore_result_free(&with);
	}
}

static int
set_up(void **state)
{
	static const char *const fault = "virtio-no-event-sync";
	const struct guest_spec spec = { .faults = &fault, .nfaults = 1 };
	struct error err;

	error_clear(&err);
	for (unsigned i = 0; i < MACHINES; i++)
		if (load_machine(names[i], &machines[i], &err) != 0)
			fail_msg("%s", err.text);
	if (guest_build(&spec, &looks_built, &err) != 0 ||
	    (looks_guest = guest_load(looks_built.path, &err)) == NULL ||
	    scenario_parse(&scenario, "copies", text, sizeof text - 1,
	    &err) != 0)
		fail_msg("%s", err.text);
	return vio_set_up(state);
}

static int
tear_down(void **state)
{
	scenario_free(&scenario);
	guest_unload(looks_guest);
	guest_built_free(&looks_built);
	for (unsigned i = 0; i < MACHINES; i++)
		machine_desc_free(&machines[i]);
	return vio_tear_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_by_it),
		cmocka_unit_test(nothing_depends_on_the_order_of_exploring),
		cmocka_unit_test(who_looks_is_explored_with_them),
	};

	return cmocka_run_group_tests_name("explore_copies", tests, set_up,
	    tear_down);
}

/*
 * test_hundred_runs.c: the same trace, machine and driver give the same digest
 * a hundred times over, whatever ran before in this process, and in processes
 * whose memory lies elsewhere (addresses are random, the environment grows).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "sim.h"

#define TRACE		"viogpu-console"
#define FAULT		"viogpu-no-fb-sync"
#define RUNS		100u
#define PROCESSES	5u
#define PADDING		1237u		/* bytes more of environment, each */

/* Short, so that a hundred take seconds; it departs from the recording. */
static const char text[] = "text \\e[31mred\\e[0m on black\\n\nexpect\n";

/* What is run: a guest on a machine, each with its first digest. */
struct combination {
	const char *machine;
	unsigned guest;
	struct machine_desc desc;
	struct run_result first;
};

static struct combination combinations[] = {
	{ .machine = "arm64-qemu" },
	{ .machine = "amd64-sev" },
	{ .machine = "amd64-sev", .guest = 1 },
};
#define COMBINATIONS	(sizeof combinations / sizeof combinations[0])

static struct loaded_trace trace;
static struct scenario scenario;
static struct guest_built built[2];
static struct guest *guests[2];

static int
tape_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)self;
	return replay_host_create(host, trace.tape, machine_port(m), err);
}

static void
run(const struct combination *c, struct run_result *result)
{
	const struct run_config config = { .desc = &c->desc,
	    .guest = guests[c->guest], .scenario = &scenario,
	    .host = tape_host };
	struct error err;

	error_clear(&err);
	if (run_execute(&config, result, &err) != 0)
		fail_msg("%s", err.text);
}

static int
set_up(void **state)
{
	static const char *const faults[] = { FAULT };
	const struct guest_spec specs[] = { { .nfaults = 0 },
	    { .faults = faults, .nfaults = 1 } };
	struct error err;

	(void)state;
	error_clear(&err);
	if (load_trace(TRACE, &trace, &err) != 0 || scenario_parse(&scenario,
	    "short", text, sizeof text - 1, &err) != 0)
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < 2; i++) {
		if (guest_build(&specs[i], &built[i], &err) != 0)
			fail_msg("%s", err.text);
		guests[i] = guest_load(built[i].path, &err);
		if (guests[i] == NULL)
			fail_msg("%s", err.text);
	}
	for (size_t i = 0; i < COMBINATIONS; i++)
		if (load_machine(combinations[i].machine,
		    &combinations[i].desc, &err) != 0)
			fail_msg("%s", err.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMBINATIONS; i++) {
		run_result_free(&combinations[i].first);
		machine_desc_free(&combinations[i].desc);
	}
	for (unsigned i = 0; i < 2; i++) {
		guest_unload(guests[i]);
		guest_built_free(&built[i]);
	}
	scenario_free(&scenario);
	loaded_trace_free(&trace);
	return 0;
}

static void
a_hundred_runs_are_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMBINATIONS; i++)
		run(&combinations[i], &combinations[i].first);
	/* Another machine each time, now and then a guest with a fault. */
	for (unsigned n = 0; n < RUNS; n++) {
		const struct combination *c = &combinations[n % 10 == 9 ? 2 :
		    n % 2];
		struct run_result r;

		run(c, &r);
		assert_memory_equal(r.digest, c->first.digest, DIGEST_SIZE);
		assert_int_equal(r.events, c->first.events);
		assert_int_equal(r.stores, c->first.stores);
		assert_int_equal(r.time_ns, c->first.time_ns);
		assert_int_equal(r.findings.n, c->first.findings.n);
		assert_int_equal(r.nnotes, c->first.nnotes);
		run_result_free(&r);
	}
	/* That the digest can differ: another machine, another guest. */
	assert_memory_not_equal(combinations[0].first.digest,
	    combinations[1].first.digest, DIGEST_SIZE);
	assert_memory_not_equal(combinations[1].first.digest,
	    combinations[2].first.digest, DIGEST_SIZE);
	assert_int_equal(combinations[2].first.verdict, RUN_FAILS);
}

/*
 * What one process says, whose environment is n times larger, from the first
 * brace on: AddressSanitizer has a line of its own, with a pid, before it.
 */
static const char *
run_process(const char *viotape, unsigned n, struct bytes *output)
{
	const char *argv[] = { viotape, "check", "--json", "-", "--fault",
	    FAULT, "-m", "arm64-qemu", "-m", "amd64-sev", TRACE, NULL };
	char padding[PROCESSES * PADDING + 1];
	const char *json;
	struct error err;
	int status;

	error_clear(&err);
	memset(padding, 'x', n * PADDING);
	padding[n * PADDING] = '\0';
	assert_int_equal(setenv("VIOTAPE_TEST_PADDING", padding, 1), 0);
	if (host_spawn_wait(argv, output, &status, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(unsetenv("VIOTAPE_TEST_PADDING"), 0);
	assert_int_equal(status, 1);
	bytes_add(output, "", 1);
	json = strchr((const char *)output->data, '{');
	assert_non_null(json);
	return json;
}

static void
every_process_says_the_same(void **state)
{
	const char *viotape = getenv("VIOTAPE");
	struct bytes first = { 0 }, other = { 0 };
	const char *said;

	(void)state;
	if (viotape == NULL) {
		print_message("skipped: VIOTAPE does not name the executable; "
		    "ctest sets it\n");
		skip();
	}
	said = run_process(viotape, 0, &first);
	assert_non_null(strstr(said, "\"digest\": \""));
	assert_non_null(strstr(said, "\"verdict\": \"FAILS\""));
	for (unsigned n = 1; n < PROCESSES; n++) {
		bytes_clear(&other);
		assert_string_equal(run_process(viotape, n, &other), said);
	}
	bytes_free(&first);
	bytes_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_runs_are_the_same),
		cmocka_unit_test(every_process_says_the_same),
	};

	return cmocka_run_group_tests_name("hundred_runs", tests, set_up,
	    tear_down);
}

/*
 * test_cpus.c: two CPUs: what is wrong on two of them alone is found, with a way
 * that is gone again, where a second one is tried, and not where there is one;
 * what is right on two is not told.
 */
#include "testvq_rig.h"
#include "cpus_model.h"

static int
echo_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)self;
	(void)err;
	*host = testvq_host(machine_port(m), VIRTIO_TRANSPORT_PCI, 0);
	return 0;
}

struct asked {
	struct machine_desc desc;
	struct scenario scenario;
	struct explore_config config;
	struct explore_result r;
};

static int all_orders;

/* Two steps of the guest, and a wait behind them unless that is 0. */
static void
prove_waits(struct asked *a, const char *machine, enum cpus_mode mode,
    uint32_t kinds, unsigned wait_ms, unsigned cpus)
{
	struct error err;
	char text[48];

	memset(a, 0, sizeof *a);
	error_clear(&err);
	snprintf(text, sizeof text, "raise %d\nraise %d\n%swait %u\n",
	    (int)mode, (int)mode, wait_ms == 0 ? "# no " : "", wait_ms);
	if (load_machine(machine, &a->desc, &err) != 0 || scenario_parse(
	    &a->scenario, "cpus", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	a->desc.cpus = cpus;
	a->config.kinds = kinds;
	a->config.all_orders = all_orders;
	a->config.run.desc = &a->desc;
	a->config.run.guest = testvq_guest;
	a->config.run.scenario = &a->scenario;
	a->config.run.host = echo_host;
	if (explore_execute(&a->config, &a->r, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < a->r.plain.findings.n; i++)
		print_message("%s: %s\n", a->r.plain.findings.list[i].kind->id,
		    a->r.plain.findings.list[i].text);
	assert_false(a->r.cut);
	assert_false(a->r.capped);
	assert_int_equal(a->r.plain.verdict, RUN_HOLDS_BOUNDED);
	assert_int_equal(a->r.plain.findings.n, 0);
}

static void
prove_kinds(struct asked *a, const char *machine, enum cpus_mode mode,
    uint32_t kinds)
{
	prove_waits(a, machine, mode, kinds, 0, 1);
}

static void
prove(struct asked *a, const char *machine, enum cpus_mode mode, int cpus)
{
	prove_kinds(a, machine, mode, EXPLORE_USUAL |
	    (cpus ? 1u << CHOICE_CPU : 0));
}

/* Several CPUs, in all orders. */
static void
prove_all(struct asked *a, const char *machine, enum cpus_mode mode)
{
	all_orders = 1;
	prove(a, machine, mode, 1);
	all_orders = 0;
}

static void
assert_known(const struct explore_result *r, const struct explore_way *way)
{
	size_t i = 0;

	while (i < r->nways && r->ways[i].identity != way->identity)
		i++;
	assert_true(i < r->nways);
}

static void
asked_free(struct asked *a)
{
	explore_result_free(&a->r);
	scenario_free(&a->scenario);
	machine_desc_free(&a->desc);
}

static const char *const machines[] = { "amd64-qemu", "amd64-sev",
    "arm64-qemu" };

#define MACHINES	(sizeof machines / sizeof machines[0])

static int
leads_to(const struct asked *a, const struct explore_way *way, const char *id)
{
	struct run_result again;
	struct error err;
	int found = 0;

	error_clear(&err);
	if (explore_again(&a->config, way, &again, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t k = 0; k < again.findings.n; k++)
		found |= strcmp(again.findings.list[k].kind->id, id) == 0;
	run_result_free(&again);
	return found;
}

/* One of the ways, made short and gone again. */
static void
assert_way_to(struct asked *a, const char *id)
{
	struct explore_way *way = a->r.ways;
	struct error err;

	error_clear(&err);
	while (way < a->r.ways + a->r.nways && !leads_to(a, way, id))
		way++;
	assert_true(way < a->r.ways + a->r.nways);
	if (explore_shrink(&a->config, way, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(way->taken > 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(leads_to(a, way, id));
}

/* More ways with two, and none of them goes wrong. */
static void
a_mutex_keeps_another_cpu_away(void **state)
{
	struct asked one, two;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&one, machines[i], CPUS_MUTEX, 0);
		prove(&two, machines[i], CPUS_MUTEX, 1);
		assert_int_equal(one.r.nways, 0);
		assert_int_equal(two.r.nways, 0);
		assert_true(two.r.counts.executions >
		    one.r.counts.executions);
		asked_free(&one);
		asked_free(&two);
	}
}

/* It comes between the look and the sleep, and nobody wakes any more. */
static void
a_level_does_not(void **state)
{
	struct asked a;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&a, machines[i], CPUS_SPL, 0);
		assert_int_equal(a.r.nways, 0);
		asked_free(&a);
		prove(&a, machines[i], CPUS_SPL, 1);
		assert_way_to(&a, "no-progress");
		asked_free(&a);
	}
}

static void
crossed_locks_wait_for_each_other(void **state)
{
	struct asked a;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&a, machines[i], CPUS_CROSSED, 0);
		assert_int_equal(a.r.nways, 0);
		asked_free(&a);
		prove(&a, machines[i], CPUS_CROSSED, 1);
		assert_way_to(&a, "no-progress");
		asked_free(&a);
	}
}

static void
what_no_lock_orders_is_a_race(void **state)
{
	struct asked a;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&a, machines[i], CPUS_RACE, 0);
		assert_int_equal(a.r.nways, 0);
		asked_free(&a);
		prove(&a, machines[i], CPUS_RACE, 1);
		assert_way_to(&a, "data-race");
		asked_free(&a);
	}
}

/* The plain way has its answer at once; a late host's has not. */
static void
a_way_that_ends_in_the_dark_is_told(void **state)
{
	struct asked a;

	(void)state;
	prove(&a, "amd64-qemu", CPUS_MUTEX, 0);
	assert_string_equal(a.r.unknown, "");
	asked_free(&a);
	prove(&a, "amd64-qemu", CPUS_UNKNOWN, 0);
	assert_int_equal(a.r.nways, 0);
	assert_non_null(strstr(a.r.unknown, "what_is_not_there"));
	asked_free(&a);
}

/* However long the host may take: a loop that waits for it is one way. */
static void
a_loop_that_waits_is_no_more_ways(void **state)
{
	struct asked a;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&a, machines[i], CPUS_POLL, 0);
		assert_int_equal(a.r.nways, 0);
		assert_true(a.r.counts.wide <= 10);
		asked_free(&a);
	}
}

/* ... and one that nothing ends is told, in the way that comes to it. */
static void
a_loop_that_nothing_ends_is_told(void **state)
{
	struct asked a;

	(void)state;
	for (size_t i = 0; i < MACHINES; i++) {
		prove(&a, machines[i], CPUS_POLL_LOST, 0);
		assert_way_to(&a, "no-progress");
		asked_free(&a);
	}
}

/* --- one CPU, and what comes in between ---------------------------------------- */

/* Nothing with the usual choices; with these as well a way to id, or none. */
static void
found_while(enum cpus_mode mode, uint32_t more, unsigned wait_ms,
    const char *id)
{
	struct asked a;

	for (size_t i = 0; i < MACHINES; i++) {
		prove_waits(&a, machines[i], mode, EXPLORE_USUAL, wait_ms, 1);
		assert_int_equal(a.r.nways, 0);
		asked_free(&a);
		prove_waits(&a, machines[i], mode, EXPLORE_USUAL | more,
		    wait_ms, 1);
		if (id != NULL)
			assert_way_to(&a, id);
		else
			assert_int_equal(a.r.nways, 0);
		asked_free(&a);
	}
}

static void
found_by(enum cpus_mode mode, uint32_t more, const char *id)
{
	found_while(mode, more, 0, id);
}

/* A wakeup between the look and the sleep wakes nobody. */
static void
a_sleep_at_no_level_is_slept_for_ever(void **state)
{
	(void)state;
	found_by(CPUS_SLEEP, 1u << CHOICE_ARRIVAL, "no-progress");
	found_by(CPUS_SPL, 1u << CHOICE_ARRIVAL, NULL);
}

/* Rule R2: no run goes there, and it is told that one could. */
static void
what_a_handler_comes_between_is_told(void **state)
{
	(void)state;
	found_by(CPUS_COUNT, 1u << CHOICE_ARRIVAL, "interrupt-race");
	found_by(CPUS_COUNT_LEVEL, 1u << CHOICE_ARRIVAL, NULL);
	found_by(CPUS_STORE, 1u << CHOICE_ARRIVAL, NULL);
	found_by(CPUS_CLUSTER, 1u << CHOICE_ARRIVAL, NULL);
}

/* Rule R3: what the kernel's own code does is one step, up to where it leaves a
   mutex. */
static void
no_handler_comes_into_the_kernels_own_code(void **state)
{
	(void)state;
	found_by(CPUS_OWN, 1u << CHOICE_ARRIVAL, NULL);
	found_by(CPUS_OWN_LEFT, 1u << CHOICE_ARRIVAL, "guest-panic");
	found_by(CPUS_OWN_TWO, 1u << CHOICE_ARRIVAL, NULL);
	found_by(CPUS_STATIC, 1u << CHOICE_ARRIVAL, "guest-panic");
}

/* Of our stack: so which one comes does not hang on when the device was done. */
static void
entries_of_a_queue_come_in_turn(void **state)
{
	struct asked a;

	(void)state;
	prove(&a, "arm64-qemu", CPUS_SLOTS, 0);
	assert_int_equal(a.r.nways, 0);
	asked_free(&a);
}

/* Rule K1: soft interrupts and timeouts are other CPUs', too, and each has one. */
static void
others_have_more_than_interrupts(void **state)
{
	(void)state;
	found_by(CPUS_TASK, 1u << CHOICE_CPU, "guest-panic");
	found_by(CPUS_TASK_COUNT, 1u << CHOICE_CPU, NULL);
	found_by(CPUS_THREE, 1u << CHOICE_CPU, "no-progress");
	found_while(CPUS_TIMEOUT_LEVEL, 1u << CHOICE_TIMER, 10, NULL);
	found_while(CPUS_TIMEOUT_LEVEL, 1u << CHOICE_TIMER | 1u << CHOICE_CPU,
	    10, "guest-panic");
	found_while(CPUS_TIMEOUT_LEVEL, 1u << CHOICE_TIMER | 1u << CHOICE_CPU,
	    9, NULL);
}

/* Rule K3: what is left out finds nothing more. */
static void
orders_that_nobody_can_tell_are_left_out(void **state)
{
	static const enum cpus_mode modes[] = { CPUS_MUTEX, CPUS_SPL,
	    CPUS_CROSSED, CPUS_RACE, CPUS_COUNT_LEVEL, CPUS_CLUSTER, CPUS_TASK,
	    CPUS_TASK_COUNT, CPUS_THREE };
	uint64_t less = 0;

	(void)state;
	for (size_t m = 0; m < MACHINES; m++)
		for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
			struct asked all, some;

			prove_all(&all, machines[m], modes[i]);
			prove(&some, machines[m], modes[i], 1);
			assert_int_equal(all.r.nways, some.r.nways);
			assert_true(some.r.counts.executions <=
			    all.r.counts.executions);
			/* Whose handler and process have locks in turn. */
			if (modes[i] <= CPUS_RACE)
				assert_true(some.r.counts.executions <
				    all.r.counts.executions);
			less += all.r.counts.executions -
			    some.r.counts.executions;
			for (size_t k = 0; k < some.r.nways; k++)
				assert_known(&all.r, &some.r.ways[k]);
			asked_free(&all);
			asked_free(&some);
		}
	assert_true(less != 0);
}

/* Rule K2. */
static void
a_barrier_lets_interrupts_come(void **state)
{
	(void)state;
	found_by(CPUS_BARRIER, 1u << CHOICE_ARRIVAL, NULL);
}

/* Rule X5: one of a tick, 10 ms, where the next wait has as much to give. */
static void
a_timeout_comes_while_others_run(void **state)
{
	(void)state;
	found_while(CPUS_TIMEOUT, 1u << CHOICE_TIMER, 10, "guest-panic");
	found_while(CPUS_TIMEOUT, 1u << CHOICE_TIMER, 9, NULL);
	found_by(CPUS_TIMEOUT, 1u << CHOICE_TIMER, NULL);
	found_while(CPUS_SPL, 1u << CHOICE_TIMER, 10, NULL);
}

/* What was not looked at is known, of this guest on this machine. */
static void
what_is_left_out_is_named(void **state)
{
	static const struct {
		const char *machine;
		enum cpus_mode mode;
		uint32_t kinds, gaps;
		unsigned wait_ms, cpus;
	} cases[] = {
		{ "amd64-qemu", CPUS_MUTEX, EXPLORE_USUAL,
		    1u << GAP_INTERRUPTS, 0, 1 },
		{ "amd64-qemu", CPUS_MUTEX, EXPLORE_USUAL,
		    1u << GAP_INTERRUPTS | 1u << GAP_SECOND_CPU, 0, 2 },
		{ "arm64-qemu", CPUS_SPL, EXPLORE_DEFAULT, 0, 0, 1 },
		{ "arm64-qemu", CPUS_SPL, EXPLORE_DEFAULT,
		    1u << GAP_SECOND_CPU, 0, 4 },
		{ "amd64-qemu", CPUS_MUTEX, EXPLORE_DEFAULT | 1u << CHOICE_CPU,
		    0, 0, 1 },
		{ "amd64-qemu", CPUS_MUTEX, EXPLORE_DEFAULT | 1u << CHOICE_CPU,
		    0, 0, 2 },
		{ "amd64-qemu", CPUS_COUNT, EXPLORE_DEFAULT,
		    1u << GAP_BETWEEN, 0, 1 },
		{ "amd64-qemu", CPUS_TIMEOUT, EXPLORE_USUAL,
		    1u << GAP_TIMERS, 10, 1 },
		{ "amd64-qemu", CPUS_TIMEOUT, EXPLORE_USUAL, 0, 9, 1 },
		{ "amd64-qemu", CPUS_TIMEOUT, EXPLORE_DEFAULT, 0, 10, 1 },
		{ "arm64-noncoherent", CPUS_SPL, EXPLORE_DEFAULT, 0, 0, 1 },
	};
	struct asked a;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		prove_waits(&a, cases[i].machine, cases[i].mode,
		    cases[i].kinds, cases[i].wait_ms, cases[i].cpus);
		assert_true(a.r.unlocked);
		assert_int_equal(a.r.gaps, cases[i].gaps);
		asked_free(&a);
	}
}

static void
the_same_twice_is_the_same(void **state)
{
	struct explore_counts counts[2];
	uint8_t ends[2][DIGEST_SIZE];
	struct asked a;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		prove(&a, "arm64-qemu", CPUS_MUTEX, 1);
		counts[i] = a.r.counts;
		memcpy(ends[i], a.r.ends, DIGEST_SIZE);
		asked_free(&a);
	}
	assert_true(counts[0].executions != 0);
	assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
	assert_memory_equal(ends[0], ends[1], DIGEST_SIZE);
}

static int
set_up(void **state)
{
	(void)state;
	testvq_set_up(VIOTAPE_SOURCE_DIR "/tests/drivers/cpus_guest.c");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mutex_keeps_another_cpu_away),
		cmocka_unit_test(a_level_does_not),
		cmocka_unit_test(crossed_locks_wait_for_each_other),
		cmocka_unit_test(what_no_lock_orders_is_a_race),
		cmocka_unit_test(a_way_that_ends_in_the_dark_is_told),
		cmocka_unit_test(a_loop_that_waits_is_no_more_ways),
		cmocka_unit_test(a_loop_that_nothing_ends_is_told),
		cmocka_unit_test(a_sleep_at_no_level_is_slept_for_ever),
		cmocka_unit_test(what_a_handler_comes_between_is_told),
		cmocka_unit_test(no_handler_comes_into_the_kernels_own_code),
		cmocka_unit_test(entries_of_a_queue_come_in_turn),
		cmocka_unit_test(others_have_more_than_interrupts),
		cmocka_unit_test(orders_that_nobody_can_tell_are_left_out),
		cmocka_unit_test(a_barrier_lets_interrupts_come),
		cmocka_unit_test(a_timeout_comes_while_others_run),
		cmocka_unit_test(what_is_left_out_is_named),
		cmocka_unit_test(the_same_twice_is_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, testvq_tear_down);
}

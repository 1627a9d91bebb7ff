/*
 * test_run_state.c: the state of whole runs, at each of their events: the same
 * run has the same states; one in which something was chosen otherwise has
 * others, and where both have done the same in the end, the same again.
 */
#include "vio_rig.h"

#include "door_var.h"
#include "machine_tree.h"
#include "machine_var.h"
#include "run_state.h"

#define EVENTS_MAX	100000u

struct log {
	const struct scenario *scenario;
	struct replay_tape *tape;	/* NULL: the built-in host */
	struct machine *m;
	struct state at[EVENTS_MAX];
	size_t n;
	int synced;			/* racy_bytes_synced() at each step */
	int forgets;			/* door_state_forget() at each event */
	/* By these queues the host takes a buffer at the second step. */
	const uint16_t *held;
	size_t nheld;
	/* Between the last event of a step and the next step. */
	struct state step[64];
	size_t nsteps;
};

static struct log first, second;
static struct machine_desc coherent, bouncing;

static int
log_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct log *log = self;

	log->m = m;
	if (log->tape != NULL)
		return replay_host_create(host, log->tape, machine_port(m),
		    err);
	*host = builtin_host_create(machine_port(m), log->scenario,
	    VIRTIO_TRANSPORT_PCI);
	return 0;
}

/* The machine knows whose it is. */
static struct state
run_now(struct log *log)
{
	struct run *r = log->m->self;
	struct state s;

	state_init(&s);
	if (r->checker != NULL)		/* not before it has begun */
		run_state(r, &s);
	return s;
}

/*
 * Where devices have a copy, the driver has what they say at any time, an index
 * or a flag, as old as its last sync of it: here it has synced now.
 */
static void
racy_bytes_synced(struct machine *m)
{
	struct mem *mem = machine_mem(m);
	uint64_t base = mem_ram_base(mem);
	uint64_t end = base + machine_desc_of(m)->ram.size;

	mem_settle(mem);
	for (uint64_t pa = base; pa < end; pa += MEM_PAGE)
		for (uint64_t at = pa; at < pa + MEM_PAGE &&
		    mem_shadow_any(mem, pa, MEM_PAGE, MEM_RACY); at++) {
			uint64_t view = bus_dma_view(machine_bus_dma(m), at);
			uint8_t byte;

			if (view == at ||
			    !mem_shadow_any(mem, at, 1, MEM_RACY))
				continue;
			mem_cpu_load(mem, view, &byte, 1);
			mem_cpu_store(mem, at, &byte, 1, MEM_PC_COPY);
		}
}

/* The last buffers of RAM, which no driver has by then. */
static void
hold(struct log *log)
{
	struct mem *mem = machine_mem(log->m);
	uint64_t end = mem_ram_base(mem) + machine_desc_of(log->m)->ram.size;

	for (size_t i = 0; i < log->nheld; i++) {
		const struct dma_what what = { .queue = log->held[i],
		    .ordinal = 1000, .purpose = DMA_PAYLOAD };
		const uint64_t pa = end - 64u * (log->held[i] + 1u);
		const struct machine_dma a = { .what = &what, .bus = pa,
		    .len = 64, .home = pa, .view = pa };

		checker_held(((struct run *)log->m->self)->checker, &a);
	}
}

static int
log_event(void *self, const struct event *e, struct error *err)
{
	struct log *log = self;

	(void)err;
	assert_true(log->n < EVENTS_MAX);
	log->at[log->n++] = run_now(log);
	if (log->forgets) {
		struct state all;

		door_state_forget(((struct run *)log->m->self)->door);
		all = run_now(log);
		assert_true(state_same(&all, &log->at[log->n - 1]));
	}
	if (e->kind == EVENT_STEP) {
		assert_true(log->nsteps < 64);
		if (log->nsteps == 2)
			hold(log);
		if (log->synced)
			racy_bytes_synced(log->m);
		log->step[log->nsteps++] = run_now(log);
	}
	return 0;
}

static void
log_run(struct log *log, const struct machine_desc *desc,
    const struct scenario *s, uint64_t look)
{
	struct run_config config = { .host = log_host, .self = log,
	    .event = log_event, .guest = vio_guest, .desc = desc,
	    .scenario = s, .no_callers = 1, .once = 1 };
	struct run_result result;
	struct error err;

	error_clear(&err);
	log->n = log->nsteps = 0;
	log->scenario = s;
	if (look != 0) {
		config.choice_kinds = 1u << CHOICE_HOST_LOOK;
		config.choice_mode = CHOICE_EVERY;
	}
	if (run_execute(&config, &result, &err) != 0)
		fail_msg("%s", err.text);
	if (result.verdict != RUN_HOLDS_BOUNDED)
		vio_print_findings("run", &result);
	assert_int_equal(result.verdict, RUN_HOLDS_BOUNDED);
	run_result_free(&result);
}

static void
parse(struct scenario *s, const char *text)
{
	struct error err;

	error_clear(&err);
	if (scenario_parse(s, "state", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
}

static size_t
states_differ(void)
{
	size_t n = 0;

	assert_int_equal(first.n, second.n);
	for (size_t i = 0; i < first.n; i++)
		n += !state_same(&first.at[i], &second.at[i]);
	return n;
}

static size_t
steps_differ(void)
{
	size_t n = 0;

	assert_int_equal(first.nsteps, second.nsteps);
	for (size_t i = 0; i < first.nsteps; i++)
		n += !state_same(&first.step[i], &second.step[i]);
	return n;
}

/* How many states of the second run the first one never had. */
static size_t
states_new(void)
{
	size_t n = 0;

	for (size_t i = 0; i < second.n; i++) {
		size_t k = 0;

		while (k < first.n && !state_same(&first.at[k], &second.at[i]))
			k++;
		n += k == first.n;
	}
	return n;
}

/* How many events are as if nothing had happened: registers that are read, and
   answer what they did before. */
static size_t
states_stand(void)
{
	size_t n = 0;

	for (size_t i = 1; i < first.n; i++)
		n += state_same(&first.at[i - 1], &first.at[i]);
	return n;
}

static const char *const texts[] = {
	"display 640 480\ntext hello\\n\nexpect\ngraphics\nmap\n"
	"fill 0 0 64 64 123456\nexpect\nunmap\ntextmode\nwait 20\n"
	"text again\\n\nexpect\n",
	"device net\nup 10.0.2.15/24\nping 10.0.2.2 2 64\nexpect\n"
	"ping 10.0.2.2 2 1400\nexpect\n",
};

static void
the_same_run_has_the_same_states(void **state)
{
	const struct machine_desc *machines[] = { &coherent, &bouncing };
	struct scenario s;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		parse(&s, texts[i / 2]);
		log_run(&first, machines[i % 2], &s, 0);
		log_run(&second, machines[i % 2], &s, 0);
		assert_true(first.n > 100);
		assert_int_equal(states_differ(), 0);
		assert_true(states_stand() < first.n / 2);
		scenario_free(&s);
	}
}

/*
 * A host that looks at each publication is ahead of one that is told, but when
 * a step is done both have done the same.  Where devices have a copy, one driver
 * may have synced an index before the host moved it and the other one after.
 */
static void
what_a_host_does_early_comes_to_the_same(void **state)
{
	const struct machine_desc *machines[] = { &coherent, &bouncing };
	struct scenario s;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		parse(&s, texts[i / 2]);
		first.synced = second.synced = i % 2;
		log_run(&first, machines[i % 2], &s, 0);
		log_run(&second, machines[i % 2], &s, 1);
		assert_true(states_new() > 10);
		assert_int_equal(steps_differ(), 0);
		scenario_free(&s);
	}
	first.synced = second.synced = 0;
}

/* The sum of what was allocated follows each allocation, attach and free. */
static void
allocations_are_in_the_state(void **state)
{
	struct scenario s;

	(void)state;
	first.forgets = 1;
	for (unsigned i = 0; i < 2; i++) {
		parse(&s, texts[i]);
		log_run(&first, &coherent, &s, 0);
		assert_true(first.n > 100);
		scenario_free(&s);
	}
	parse(&s, "display 640 480\ntext a\n\nexpect\ndetach\n");
	log_run(&first, &coherent, &s, 0);
	scenario_free(&s);
	first.forgets = 0;
}

/* Another letter is in the framebuffer, in what is shown, and intended. */
static void
another_text_is_another_state(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "display 640 480\ntext a\nexpect\ntext c\nexpect\n");
	log_run(&first, &coherent, &s, 0);
	scenario_free(&s);
	parse(&s, "display 640 480\ntext b\nexpect\ntext c\nexpect\n");
	log_run(&second, &coherent, &s, 0);
	assert_int_equal(first.nsteps, 5);
	/* The boot and the first step begin alike. */
	assert_int_equal(steps_differ(), 3);
	scenario_free(&s);
}

/* Which of several queues' buffers came first is no matter once they are there. */
static void
buffers_that_are_held_have_no_order(void **state)
{
	static const uint16_t ascending[] = { 0, 1, 2 }, mixed[] = { 2, 0, 1 };
	struct scenario s;

	(void)state;
	parse(&s, texts[1]);
	first.held = ascending;
	second.held = mixed;
	first.nheld = second.nheld = 3;
	log_run(&first, &coherent, &s, 0);
	log_run(&second, &coherent, &s, 0);
	assert_int_equal(states_differ(), 0);
	assert_int_equal(steps_differ(), 0);
	second.nheld = 2;		/* one less */
	log_run(&second, &coherent, &s, 0);
	assert_true(steps_differ() != 0);
	first.nheld = second.nheld = 0;
	scenario_free(&s);
}

static void
a_replayed_host_has_a_state(void **state)
{
	static const char *const names[] = { "viogpu-console", "vio-dhcp" };
	struct loaded_trace trace;
	struct error err;

	(void)state;
	error_clear(&err);
	for (unsigned i = 0; i < 2; i++) {
		if (load_trace(names[i], &trace, &err) != 0)
			fail_msg("%s", err.text);
		first.tape = second.tape = trace.tape;
		log_run(&first, &coherent, &trace.scenario, 0);
		log_run(&second, &coherent, &trace.scenario, 0);
		assert_int_equal(states_differ(), 0);
		assert_true(states_stand() < first.n / 2);
		log_run(&second, &coherent, &trace.scenario, 1);
		assert_true(states_new() > 10);
		assert_int_equal(steps_differ(), 0);
		first.tape = second.tape = NULL;
		loaded_trace_free(&trace);
	}
}

static int
set_up(void **state)
{
	static const struct tree plain = { 0 }, bounce = { .bounce = 1 };

	tree_machine(&plain, "coherent", &coherent);
	tree_machine(&bounce, "bouncing", &bouncing);
	return vio_set_up(state);
}

static int
tear_down(void **state)
{
	machine_desc_free(&coherent);
	machine_desc_free(&bouncing);
	return vio_tear_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_run_has_the_same_states),
		cmocka_unit_test(what_a_host_does_early_comes_to_the_same),
		cmocka_unit_test(allocations_are_in_the_state),
		cmocka_unit_test(another_text_is_another_state),
		cmocka_unit_test(buffers_that_are_held_have_no_order),
		cmocka_unit_test(a_replayed_host_has_a_state),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

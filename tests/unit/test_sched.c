/*
 * test_sched.c: who runs, when, and at which level: interrupts against spl(9),
 * the virtual clock, sleep and wakeup, and loops that wait for nobody.
 *
 * The guest's code is here functions of the test, run as the process; what
 * happens is written down as letters in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sched.h"

static struct {
	struct sched *s;
	char said[256];
	int host_work;			/* steps that the host has to do */
	int host_blocked;		/* ... that it does only when waited for */
	int host_asked;			/* times it was asked to block */
	void (*on_host)(void);
	void (*on_interrupt)(uint64_t token);
	void (*on_softintr)(void);
	void (*on_timeout)(uint64_t token);
	uint64_t times[64];
	size_t ntimes;
	const char *arrivals;		/* digits: which interrupt comes */
	int asked;			/* for one of them */
	int kernel;			/* its own code runs */
	void (*meanwhile)(void);
	int early;			/* a timeout comes as soon as it may */
	int stuck;
	int level;			/* seen somewhere */
} t;

static void
say(const char *what)
{
	assert_true(strlen(t.said) + strlen(what) < sizeof t.said);
	strcat(t.said, what);
}

static void
say_level(char kind, uint64_t token)
{
	char b[40];

	assert_true(sched_runs(t.s) == token);
	snprintf(b, sizeof b, "%c%u@%d ", kind, (unsigned)token,
	    sched_spl_get(t.s));
	say(b);
}

static void
call_interrupt(void *self, uint64_t token)
{
	(void)self;
	say_level('i', token);
	if (t.on_interrupt != NULL)
		t.on_interrupt(token);
}

static void
call_softintr(void *self, uint64_t token)
{
	(void)self;
	say_level('s', token);
	if (t.on_softintr != NULL)
		t.on_softintr();
}

static void
call_timeout(void *self, uint64_t token)
{
	(void)self;
	say_level('t', token);
	if (t.on_timeout != NULL)
		t.on_timeout(token);
}

static int
call_host_step(void *self, int block)
{
	(void)self;
	t.host_asked += block != 0;
	if (t.host_work == 0 && !(block && t.host_blocked > 0))
		return 0;
	if (t.host_work > 0)
		t.host_work--;
	else
		t.host_blocked--;
	if (t.on_host != NULL)
		t.on_host();
	return 1;
}

static void
call_time(void *self, uint64_t now_ns)
{
	(void)self;
	assert_true(t.ntimes < 64);
	t.times[t.ntimes++] = now_ns;
}

static void
call_no_progress(void *self)
{
	(void)self;
	t.stuck++;
}

/* What t.arrivals says, then always the first. */
static unsigned
call_arrival(void *self, unsigned n)
{
	unsigned nth = 0;

	(void)self;
	t.asked++;
	if (t.arrivals != NULL && *t.arrivals != '\0')
		nth = (unsigned)(*t.arrivals++ - '0');
	assert_true(nth < n);
	return nth;
}

static int
call_timer(void *self)
{
	(void)self;
	return t.early;
}

static const struct sched_calls calls = {
    .interrupt = call_interrupt, .softintr = call_softintr,
    .timeout = call_timeout, .host_step = call_host_step, .time = call_time,
    .no_progress = call_no_progress, .arrival = call_arrival,
    .timer = call_timer };

static int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof t);
	t.s = sched_create(&calls, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sched_destroy(t.s);
	return 0;
}

static void
run(void (*fn)(void *), enum sched_end wanted)
{
	assert_int_equal(sched_call(t.s, fn, NULL), wanted);
	assert_false(sched_in_guest(t.s));
}

/* --- interrupts and levels --- */

static void
guest_spl(void *arg)
{
	(void)arg;
	assert_true(sched_in_guest(t.s) && sched_runs(t.s) == 0);
	assert_int_equal(sched_spl_get(t.s), SCHED_IPL_NONE);
	assert_int_equal(sched_establish(t.s, 9, 5, 1, "x"), 0);
	assert_int_equal(sched_spl(t.s, 5), 0);
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
	say("blocked ");
	assert_int_equal(sched_spl(t.s, 4), 5);
	say("after ");
	assert_int_equal(sched_spl_get(t.s), 4);
	sched_poll(t.s);
}

static void
an_interrupt_waits_for_the_level(void **state)
{
	(void)state;
	run(guest_spl, SCHED_DONE);
	assert_string_equal(t.said, "blocked i1@5 after ");
}

static void
handler_nests(uint64_t token)
{
	if (token == 1) {
		sched_irq_edge(t.s, 20);	/* higher: comes in between */
		sched_irq_edge(t.s, 21);	/* lower: waits */
		sched_poll(t.s);
		say("end1 ");
	}
}

static void
guest_nest(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	(void)sched_establish(t.s, 20, 7, 2, "y");
	(void)sched_establish(t.s, 21, 3, 3, "z");
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
	say("end");
}

static void
only_a_higher_interrupt_interrupts_a_handler(void **state)
{
	(void)state;
	t.on_interrupt = handler_nests;
	run(guest_nest, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 i2@7 end1 i3@3 end");
}

static void
guest_three(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 3, 1, "low");
	(void)sched_establish(t.s, 10, 7, 2, "high");
	(void)sched_establish(t.s, 9, 3, 3, "low, the same line");
	sched_irq_edge(t.s, 9);
	sched_irq_edge(t.s, 10);
	sched_poll(t.s);
	say("on ");
	sched_called(t.s);
	sched_poll(t.s);
	say("end ");
}

/* What is chosen, and what comes of it, of one low and one high interrupt. */
static void
interrupts_come_as_somebody_chooses(void **state)
{
	static const struct {
		const char *chosen, *said;
	} rows[] = {
		{ "", "i2@7 i1@3 i3@3 on end " },
		{ "1", "i1@3 i3@3 i2@7 on end " },
		/* Whoever waits once waits to the next point. */
		{ "2", "on i2@7 i1@3 i3@3 end " },
		{ "21", "on i1@3 i3@3 i2@7 end " },
		{ "01", "i2@7 on i1@3 i3@3 end " },
		{ "11", "i1@3 i3@3 on i2@7 end " },
		{ "22", "on end i2@7 i1@3 i3@3 " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		t.arrivals = rows[i].chosen;
		run(guest_three, SCHED_DONE);
		/* Nobody runs: they are not kept any longer. */
		(void)sched_wait(t.s, 1);
		assert_string_equal(t.said, rows[i].said);
	}
}

static void
nothing(void)
{
}

/* Or accesses something, which the door tells in the same way. */
static void
calls_something(void)
{
	sched_called(t.s);
}

static void
leaves_a_mutex(void)
{
	sched_left(t.s);
}

static void
does_something(void)
{
	sched_touched(t.s);
}

static void
raises_again(void)
{
	sched_irq_edge(t.s, 9);
}

static void
raises_a_level(void)
{
	sched_irq_line(t.s, 9, 1);
}

static void
defers(void)
{
	sched_softintr(t.s, 5, 2);
}

static void
goes_over(void)
{
	int was = sched_kernel(t.s, !t.kernel);

	assert_int_equal(was, t.kernel);
	assert_int_equal(sched_kernel(t.s, was), !t.kernel);
}

static void
other_calls(void)
{
	int was = sched_kernel(t.s, !t.kernel);

	sched_called(t.s);
	(void)sched_kernel(t.s, was);
}

static void
guest_is_asked(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	assert_int_equal(sched_kernel(t.s, t.kernel), 0);
	sched_called(t.s);
	sched_irq_edge(t.s, 9);
	t.arrivals = "111";
	sched_poll(t.s);
	t.meanwhile();
	sched_poll(t.s);
	sched_irq_line(t.s, 9, 0);
}

/*
 * Rule R3: an interrupt that was let wait is asked for again when something was
 * done since that its handler may be before or behind.
 */
static void
who_was_let_wait_is_asked_when_something_happened(void **state)
{
	static const struct {
		void (*meanwhile)(void);
		int driver, kernel;	/* how often it is asked */
	} rows[] = {
		{ nothing, 1, 1 }, { goes_over, 1, 1 },
		{ calls_something, 2, 1 }, { leaves_a_mutex, 1, 2 },
		{ other_calls, 1, 2 },
		{ does_something, 2, 2 }, { raises_again, 2, 2 },
		{ raises_a_level, 2, 2 },
		/* It has run since. */
		{ defers, 2, 2 },
	};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		t.meanwhile = rows[i / 2].meanwhile;
		t.kernel = i % 2 != 0;
		run(guest_is_asked, SCHED_DONE);
		if (t.asked != (t.kernel ? rows[i / 2].kernel :
		    rows[i / 2].driver))
			fail_msg("row %zu, kernel %d: asked %d times", i / 2,
			    t.kernel, t.asked);
	}
}

/* A handler is a driver's, whatever it has interrupted. */
static void
handler_looks(uint64_t token)
{
	(void)token;
	say(sched_kernel(t.s, 1) ? "own " : "driver ");
}

static void
guest_owns(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	for (int own = 0; own < 2; own++) {
		(void)sched_kernel(t.s, own);
		sched_irq_edge(t.s, 9);
		sched_poll(t.s);
		assert_int_equal(sched_kernel(t.s, own), own);
	}
}

static void
a_handler_is_a_drivers(void **state)
{
	(void)state;
	t.on_interrupt = handler_looks;
	run(guest_owns, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 driver i1@5 driver ");
}

static void
guest_two(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 3, 1, "low");
	(void)sched_establish(t.s, 10, 7, 2, "high");
	(void)sched_spl(t.s, 12);
	sched_irq_edge(t.s, 9);
	sched_irq_edge(t.s, 10);
	(void)sched_spl(t.s, 0);
}

static void
the_highest_pending_comes_first(void **state)
{
	(void)state;
	run(guest_two, SCHED_DONE);
	assert_string_equal(t.said, "i2@7 i1@3 ");
}

static int handled;

static void
handler_lowers_line(uint64_t token)
{
	(void)token;
	if (++handled == 3)
		sched_irq_line(t.s, 9, 0);
}

static void
guest_level(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_line(t.s, 9, 1);
	sched_poll(t.s);
}

/* A line that stays up interrupts again, until it is lowered. */
static void
a_level_interrupts_until_it_is_lowered(void **state)
{
	(void)state;
	handled = 0;
	t.on_interrupt = handler_lowers_line;
	run(guest_level, SCHED_DONE);
	assert_int_equal(handled, 3);
	assert_string_equal(t.said, "i1@5 i1@5 i1@5 ");
}

static void
guest_edge(void *arg)
{
	(void)arg;
	sched_irq_edge(t.s, 9);		/* nobody there yet: it is kept */
	(void)sched_spl(t.s, 5);
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_edge(t.s, 9);		/* two messages, one interrupt */
	sched_irq_edge(t.s, 9);
	(void)sched_spl(t.s, 0);
	sched_poll(t.s);
}

static void
an_edge_interrupts_once(void **state)
{
	(void)state;
	run(guest_edge, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 ");
}

static void
guest_times(void *arg)
{
	uint64_t grain = SCHED_TIME_GRAIN_NS;

	(void)sched_timer_set(t.s, 1, grain);
	(void)sched_timer_set(t.s, 2, 2 * grain);
	(void)sched_timer_set(t.s, 1, 3 * grain);	/* moved */
	assert_false(sched_time_matters(t.s));
	if (arg == NULL)
		(void)sched_clock_read(t.s);
	else
		(void)sched_timer_set(t.s, 3, 2 * grain + 1);
	assert_true(sched_time_matters(t.s));
}

static void
timeout_sets_another(uint64_t token)
{
	if (token == 1)
		(void)sched_timer_set(t.s, 2, 2 * SCHED_TIME_GRAIN_NS);
}

static void
guest_sleeps_as_long(void *arg)
{
	(void)arg;
	(void)sched_timer_set(t.s, 1, SCHED_TIME_GRAIN_NS);
	(void)sched_sleep(t.s, 7, 3 * SCHED_TIME_GRAIN_NS);
}

/* Who has looked at the clock, and two deadlines that are near each other. */
static void
times_that_may_matter_are_known(void **state)
{
	static int near;

	(void)state;
	assert_int_equal(sched_call(t.s, guest_times, NULL), SCHED_DONE);
	sched_destroy(t.s);
	t.s = sched_create(&calls, NULL);
	assert_int_equal(sched_call(t.s, guest_times, &near), SCHED_DONE);
	/* A sleeper's, and one that is set while it sleeps. */
	sched_destroy(t.s);
	t.s = sched_create(&calls, NULL);
	t.on_timeout = timeout_sets_another;
	assert_int_equal(sched_call(t.s, guest_sleeps_as_long, NULL),
	    SCHED_DONE);
	assert_true(sched_time_matters(t.s));
}

static void
guest_raises(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_edge(t.s, 9);
	(void)sched_spl(t.s, 4);	/* not above it, and it waits */
	say("raised ");
	sched_irq_edge(t.s, 9);
	(void)sched_spl(t.s, 6);
	(void)sched_spl(t.s, 5);	/* both keep it away */
	sched_irq_edge(t.s, 9);
	(void)sched_spl(t.s, 7);
	say("high ");
	(void)sched_spl(t.s, 0);
}

static void
what_waits_comes_before_a_level_is_raised(void **state)
{
	(void)state;
	run(guest_raises, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 raised i1@5 high i1@5 ");
}

static void
guest_storm(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_line(t.s, 9, 1);
	sched_poll(t.s);
	say("never");
}

static void
handler_forgets(uint64_t token)
{
	(void)token;
	t.said[0] = '\0';
}

/* A line that nobody lowers: the run ends, and is told once. */
static void
a_storm_is_no_progress(void **state)
{
	(void)state;
	t.on_interrupt = handler_forgets;
	run(guest_storm, SCHED_ABANDONED);
	assert_int_equal(t.stuck, 1);
	assert_string_equal(t.said, "");
}

static void
guest_shared(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	(void)sched_establish(t.s, 9, 6, 2, "y");
	assert_int_equal(sched_handler_count(t.s), 2);
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
	sched_disestablish(t.s, 1);
	assert_int_equal(sched_handler_count(t.s), 1);
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
}

static void
a_shared_line_calls_every_handler(void **state)
{
	(void)state;
	run(guest_shared, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 i2@6 i2@6 ");
}

static void
guest_limits(void *arg)
{
	(void)arg;
	assert_int_equal(sched_establish(t.s, SCHED_IRQS_MAX, 5, 1, "x"), -1);
	for (unsigned i = 0; i < SCHED_HANDLERS_MAX; i++)
		assert_int_equal(sched_establish(t.s, i, 5, i, "x"), 0);
	assert_int_equal(sched_establish(t.s, 1, 5, 1, "x"), -1);
	for (unsigned i = 0; i < SCHED_TIMERS_MAX; i++)
		assert_int_equal(sched_timer_set(t.s, i, 1000), 0);
	assert_int_equal(sched_timer_set(t.s, 5000, 1), -1);
	/* Moving one that is there needs no room. */
	assert_int_equal(sched_timer_set(t.s, 3, 5), 0);
}

static void
limits_are_told(void **state)
{
	(void)state;
	run(guest_limits, SCHED_DONE);
}

/* --- softintr --- */

static void
guest_soft(void *arg)
{
	(void)arg;
	(void)sched_spl(t.s, 12);
	sched_softintr(t.s, 1, 1);
	sched_softintr(t.s, 2, 3);
	sched_softintr(t.s, 2, 3);	/* is scheduled already */
	sched_softintr(t.s, 3, 2);
	sched_softintr_cancel(t.s, 3);
	say("| ");
	(void)sched_spl(t.s, 1);	/* lets 3 in, not 1 */
	say("| ");
	(void)sched_spl(t.s, 0);
	sched_softintr(t.s, 4, 1);	/* at once */
}

static void
softintrs_run_by_level_and_once(void **state)
{
	(void)state;
	run(guest_soft, SCHED_DONE);
	assert_string_equal(t.said, "| s2@3 | s1@1 s4@1 ");
}

/* --- time --- */

static void
guest_timers(void *arg)
{
	(void)arg;
	assert_int_equal(sched_timer_set(t.s, 1, 300), 0);
	assert_int_equal(sched_timer_set(t.s, 2, 100), 0);
	assert_int_equal(sched_timer_set(t.s, 3, 100), 0);
	assert_int_equal(sched_timer_set(t.s, 4, 200), 0);
	assert_int_equal(sched_timer_del(t.s, 4), 1);
	assert_int_equal(sched_timer_del(t.s, 4), 0);
	assert_int_equal(sched_timer_set(t.s, 1, 50), 0);	/* moved */
	sched_poll(t.s);
	say("| ");
}

static void
timers_fire_in_order_of_time_then_of_setting(void **state)
{
	(void)state;
	run(guest_timers, SCHED_DONE);
	assert_string_equal(t.said, "| ");
	assert_int_equal(sched_wait(t.s, 1000), SCHED_DONE);
	assert_string_equal(t.said, "| t1@2 t2@2 t3@2 ");
	assert_int_equal(sched_now_ns(t.s), 1000);
	/* The clock stops only where something is due. */
	assert_int_equal(t.ntimes, 3);
	assert_int_equal(t.times[0], 50);
	assert_int_equal(t.times[1], 100);
	assert_int_equal(t.times[2], 1000);
}

static void
guest_polls(void *arg)
{
	(void)arg;
	(void)sched_spl(t.s, SCHED_IPL_SOFTCLOCK);
	sched_poll(t.s);
	(void)sched_spl(t.s, 0);
	sched_poll(t.s);
	sched_poll(t.s);
	say("| ");
}

static struct state
state_here(void)
{
	struct state s;

	state_init(&s);
	sched_state(t.s, &s);
	return s;
}

static struct state in_softintr;

static void
guest_defers(void *arg)
{
	(void)arg;
	sched_softintr(t.s, 5, SCHED_IPL_SOFTCLOCK);
}

static void
guest_defers_behind(void *arg)
{
	sched_irq_edge(t.s, 3);
	guest_defers(arg);
}

static void
keep_state(void)
{
	in_softintr = state_here();
}

static void
raise_and_keep(void)
{
	sched_irq_edge(t.s, 3);
	keep_state();
}

/* Whether an interrupt that waits comes when what runs is over, or later. */
static void
what_comes_next_is_in_the_state(void **state)
{
	struct state later, next;

	(void)state;
	sched_explore_begin(t.s, 0);
	assert_int_equal(sched_establish(t.s, 3, 6, 1, "a"), 0);
	t.arrivals = "1";
	t.on_softintr = keep_state;
	run(guest_defers_behind, SCHED_DONE);
	later = in_softintr;
	assert_int_equal(sched_wait(t.s, 1), SCHED_DONE);
	t.on_softintr = raise_and_keep;
	run(guest_defers, SCHED_DONE);
	next = in_softintr;
	assert_string_equal(t.said, "s5@2 i1@6 s5@2 i1@6 ");
	assert_false(state_same(&later, &next));
	/* And nothing else is other. */
	t.arrivals = "1";
	t.on_softintr = keep_state;
	run(guest_defers_behind, SCHED_DONE);
	assert_true(state_same(&later, &in_softintr));
}

/*
 * Rule X5: two timeouts come while code runs, the third would come later than
 * the wait ends; and that ends when it would have ended without.
 */
static void
code_takes_what_the_next_wait_gives(void **state)
{
	const uint64_t ms = SCHED_TIME_GRAIN_NS;
	struct state late, early;
	uint64_t taken;

	(void)state;
	sched_explore_begin(t.s, 1);
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(sched_timer_set(t.s, i, 10 * i * ms), 0);
	/* Nobody said that there is time. */
	t.early = 1;
	run(guest_polls, SCHED_DONE);
	assert_string_equal(t.said, "| ");
	assert_int_equal(sched_now_ns(t.s), 0);
	sched_slack_set(t.s, 25 * ms);
	late = state_here();
	run(guest_polls, SCHED_DONE);
	assert_string_equal(t.said, "| t1@2 t2@2 | ");
	assert_int_equal(sched_now_ns(t.s), 20 * ms);
	early = state_here();
	assert_false(state_same(&late, &early));
	assert_int_equal(sched_wait_rest(t.s, 25 * ms, &taken), SCHED_DONE);
	assert_int_equal(taken, 20 * ms);
	assert_int_equal(sched_now_ns(t.s), 25 * ms);
	assert_int_equal(sched_waited_read(t.s), 25 * ms);
	/* What is left of it is not for the next. */
	run(guest_polls, SCHED_DONE);
	assert_string_equal(t.said, "| t1@2 t2@2 | | ");
	assert_int_equal(sched_wait_rest(t.s, 5 * ms, &taken), SCHED_DONE);
	assert_int_equal(taken, 0);
	assert_string_equal(t.said, "| t1@2 t2@2 | | t3@2 ");
	assert_int_equal(sched_now_ns(t.s), 30 * ms);
}

/* How much may be taken, and was, decides what is to come. */
static void
time_that_is_owed_is_in_the_state(void **state)
{
	struct state none, some;
	uint64_t taken;

	(void)state;
	sched_explore_begin(t.s, 1);
	none = state_here();
	sched_slack_set(t.s, 10 * SCHED_TIME_GRAIN_NS);
	some = state_here();
	assert_false(state_same(&none, &some));
	assert_int_equal(sched_timer_set(t.s, 1, 10 * SCHED_TIME_GRAIN_NS), 0);
	t.early = 1;
	run(guest_polls, SCHED_DONE);
	some = state_here();
	assert_int_equal(sched_wait_rest(t.s, 10 * SCHED_TIME_GRAIN_NS, &taken),
	    SCHED_DONE);
	none = state_here();
	assert_false(state_same(&none, &some));
}

static void
guest_delay(void *arg)
{
	(void)arg;
	(void)sched_timer_set(t.s, 1, 100);
	sched_delay_ns(t.s, 99);
	say("| ");
	sched_delay_ns(t.s, 1);
	say("| ");
	(void)sched_timer_set(t.s, 2, 10);
	(void)sched_spl(t.s, SCHED_IPL_SOFTCLOCK);
	sched_delay_ns(t.s, 50);	/* due, and the level is too high */
	say("| ");
	(void)sched_spl(t.s, 0);
	assert_int_equal(sched_now_ns(t.s), 150);
}

static void
delay_lets_time_pass_and_timeouts_run(void **state)
{
	(void)state;
	run(guest_delay, SCHED_DONE);
	assert_string_equal(t.said, "| t1@2 | | t2@2 ");
}

static void
guest_busy(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100000; i++)
		sched_activity(t.s, 1);
	sched_poll(t.s);
}

static void
accesses_take_no_time(void **state)
{
	(void)state;
	run(guest_busy, SCHED_DONE);
	assert_int_equal(sched_now_ns(t.s), 0);
	assert_int_equal(t.ntimes, 0);
	assert_int_equal(t.stuck, 0);
}

/* --- sleep --- */

static void
wake_seven(uint64_t token)
{
	(void)token;
	sched_wakeup(t.s, 8);		/* another channel */
	say("8 ");
	sched_wakeup(t.s, 7);
}

static void
guest_sleep(void *arg)
{
	(void)arg;
	assert_int_equal(sched_can_sleep(t.s), 1);
	(void)sched_timer_set(t.s, 1, 1000);
	(void)sched_spl(t.s, 6);
	assert_int_equal(sched_sleep(t.s, 7, SCHED_FOREVER), 0);
	assert_int_equal(sched_spl_get(t.s), 6);	/* as before */
	assert_int_equal(sched_now_ns(t.s), 1000);
	say("woken");
}

/* The level is let go during the sleep: the timeout ran at 2. */
static void
a_wakeup_ends_a_sleep(void **state)
{
	(void)state;
	t.on_timeout = wake_seven;
	run(guest_sleep, SCHED_DONE);
	assert_string_equal(t.said, "t1@2 8 woken");
}

static void
guest_sleep_timeout(void *arg)
{
	(void)arg;
	assert_int_equal(sched_sleep(t.s, 7, 500), 1);
	assert_int_equal(sched_now_ns(t.s), 500);
	say("late");
}

static void
a_sleep_ends_by_itself(void **state)
{
	(void)state;
	run(guest_sleep_timeout, SCHED_DONE);
	assert_string_equal(t.said, "late");
}

static void
wake_from_host(void)
{
	sched_irq_edge(t.s, 9);
}

static void
wake_one(uint64_t token)
{
	assert_int_equal(sched_can_sleep(t.s), 0);
	sched_wakeup(t.s, token);
}

static void
guest_sleep_irq(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	assert_int_equal(sched_sleep(t.s, 1, SCHED_FOREVER), 0);
}

/* A real host that takes its time is waited for before time is up. */
static void
a_host_that_works_wakes_a_sleeper(void **state)
{
	(void)state;
	t.host_blocked = 1;
	t.on_host = wake_from_host;
	t.on_interrupt = wake_one;
	run(guest_sleep_irq, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 ");
	assert_int_equal(t.stuck, 0);
}

static void
guest_sleep_ever(void *arg)
{
	(void)arg;
	(void)sched_sleep(t.s, 1, SCHED_FOREVER);
	say("never");
}

static void
a_sleep_that_nobody_ends_is_no_progress(void **state)
{
	(void)state;
	run(guest_sleep_ever, SCHED_STUCK);
	assert_int_equal(t.stuck, 1);
	assert_string_equal(t.said, "");
	assert_true(t.host_asked > 0);	/* it was given the chance */
}

static void
again(uint64_t token)
{
	t.said[0] = '\0';
	t.ntimes = 0;
	(void)sched_timer_set(t.s, token, UINT64_C(1000000000));
}

static void
guest_sleep_with_ticks(void *arg)
{
	(void)arg;
	(void)sched_timer_set(t.s, 1, 1);
	(void)sched_sleep(t.s, 1, SCHED_FOREVER);
}

/* A timeout that comes for ever does not make waiting endless. */
static void
time_alone_is_no_progress(void **state)
{
	(void)state;
	t.on_timeout = again;
	run(guest_sleep_with_ticks, SCHED_STUCK);
	assert_int_equal(t.stuck, 1);
	assert_true(sched_now_ns(t.s) >= UINT64_C(60000000000));
}

/* --- polling --- */

static int answered;

static void
answer(void)
{
	answered = 1;
}

static void
guest_poll(void *arg)
{
	(void)arg;
	while (!answered)
		sched_activity(t.s, 0);
	say("seen");
}

static void
a_loop_that_only_loads_waits_for_the_host(void **state)
{
	(void)state;
	answered = 0;
	t.host_blocked = 1;
	t.on_host = answer;
	run(guest_poll, SCHED_DONE);
	assert_string_equal(t.said, "seen");
	assert_int_equal(t.stuck, 0);
}

static void
interrupt_answers(uint64_t token)
{
	(void)token;
	answered = 1;
}

static void
guest_poll_irq(void *arg)
{
	(void)sched_establish(t.s, 9, 5, 1, "x");
	guest_poll(arg);
}

static void
a_loop_is_ended_by_an_interrupt(void **state)
{
	(void)state;
	answered = 0;
	t.host_blocked = 1;
	t.on_host = wake_from_host;
	t.on_interrupt = interrupt_answers;
	run(guest_poll_irq, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 seen");
}

static void
a_loop_that_nobody_answers_is_abandoned(void **state)
{
	(void)state;
	answered = 0;
	run(guest_poll, SCHED_ABANDONED);
	assert_int_equal(t.stuck, 1);
	assert_string_equal(t.said, "");
	assert_true(t.host_asked > 100);
	/* And nothing runs any more. */
	run(guest_busy, SCHED_ABANDONED);
	assert_int_equal(sched_wait(t.s, 10), SCHED_ABANDONED);
}

/* --- leaving --- */

static void
handler_abandons(uint64_t token)
{
	(void)token;
	sched_abandon(t.s);
}

static void
guest_abandoned(void *arg)
{
	(void)arg;
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
	say("never");
}

static void
abandoning_leaves_every_context(void **state)
{
	(void)state;
	t.on_interrupt = handler_abandons;
	run(guest_abandoned, SCHED_ABANDONED);
	assert_string_equal(t.said, "i1@5 ");
}

static void
guest_timer_only(void *arg)
{
	(void)arg;
	(void)sched_timer_set(t.s, 1, 100);
}

static void
stop_at_time(void)
{
	sched_stop(t.s);
}

/* Stopped while nobody runs: what is due stays undone. */
static void
stopping_from_the_host_ends_waiting(void **state)
{
	(void)state;
	run(guest_timer_only, SCHED_DONE);
	t.host_work = 1;
	t.on_host = stop_at_time;
	assert_int_equal(sched_wait(t.s, 1000), SCHED_ABANDONED);
	assert_string_equal(t.said, "");
}

static void
guest_stack(void *arg)
{
	uint64_t low, high, here = (uint64_t)(uintptr_t)&low;

	(void)arg;
	sched_stack(t.s, &low, &high);
	/* A sanitizer may keep variables elsewhere: the frame itself. */
	here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	assert_true(here >= low && here < high);
	assert_int_equal(high - low, SCHED_STACK_SIZE);
}

static void
handler_stack(uint64_t token)
{
	(void)token;
	guest_stack(NULL);
}

static void
guest_stacks(void *arg)
{
	guest_stack(arg);
	(void)sched_establish(t.s, 9, 5, 1, "x");
	sched_irq_edge(t.s, 9);
	sched_poll(t.s);
	guest_stack(arg);
}

static void
the_stack_is_of_the_context_that_runs(void **state)
{
	uint64_t low, high;

	(void)state;
	t.on_interrupt = handler_stack;
	run(guest_stacks, SCHED_DONE);
	assert_string_equal(t.said, "i1@5 ");
	sched_stack(t.s, &low, &high);
	assert_int_equal(low, high);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interrupt_waits_for_the_level),
		TEST(interrupts_come_as_somebody_chooses),
		TEST(who_was_let_wait_is_asked_when_something_happened),
		TEST(a_handler_is_a_drivers),
		TEST(only_a_higher_interrupt_interrupts_a_handler),
		TEST(the_highest_pending_comes_first),
		TEST(a_level_interrupts_until_it_is_lowered),
		TEST(an_edge_interrupts_once),
		TEST(what_waits_comes_before_a_level_is_raised),
		TEST(times_that_may_matter_are_known),
		TEST(a_storm_is_no_progress),
		TEST(a_shared_line_calls_every_handler),
		TEST(limits_are_told),
		TEST(softintrs_run_by_level_and_once),
		TEST(timers_fire_in_order_of_time_then_of_setting),
		TEST(what_comes_next_is_in_the_state),
		TEST(code_takes_what_the_next_wait_gives),
		TEST(time_that_is_owed_is_in_the_state),
		TEST(delay_lets_time_pass_and_timeouts_run),
		TEST(accesses_take_no_time),
		TEST(a_wakeup_ends_a_sleep),
		TEST(a_sleep_ends_by_itself),
		TEST(a_host_that_works_wakes_a_sleeper),
		TEST(a_sleep_that_nobody_ends_is_no_progress),
		TEST(time_alone_is_no_progress),
		TEST(a_loop_that_only_loads_waits_for_the_host),
		TEST(a_loop_is_ended_by_an_interrupt),
		TEST(a_loop_that_nobody_answers_is_abandoned),
		TEST(abandoning_leaves_every_context),
		TEST(stopping_from_the_host_ends_waiting),
		TEST(the_stack_is_of_the_context_that_runs),
	};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}

/*
 * test_state.c: the state that two runs are merged by, below the devices: it
 * is another one when something is that the future depends on, and the same
 * again when that was undone, however many times.
 */
#include "machine_tree.h"

#include <stdlib.h>

#include "bus_dma_rig.h"
#include "check.h"
#include "door.h"
#include "door_pool.h"
#include "door_taken.h"
#include "hook_runtime.h"
#include "hypercall.h"
#include "machine.h"
#include "sched.h"
#include "state_check.h"
#include "state_memo.h"

#define MS	UINT64_C(1000000)	/* SCHED_TIME_GRAIN_NS */

/* --- what states are made of --- */

static struct state
set_of(uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t members[] = { a, b, c };
	struct state_set set = { 0 };
	struct state s, one;

	for (int i = 0; i < 3; i++) {
		state_init(&one);
		state_add_u64(&one, members[i]);
		state_set_add(&set, &one);
	}
	state_init(&s);
	state_add_set(&s, &set);
	return s;
}

static void
a_set_has_members_and_no_order(void **state)
{
	(void)state;
	same(set_of(1, 2, 3), set_of(3, 1, 2));
	differ(set_of(1, 2, 3), set_of(1, 2, 4));
	differ(set_of(1, 2, 2), set_of(1, 1, 2));
}

static struct state
memo_of(struct state_memo *m, const char *text)
{
	struct state s;

	state_init(&s);
	state_memo_add(m, &s, text, strlen(text));
	return s;
}

static void
a_memo_reads_only_what_is_not_fresh(void **state)
{
	struct state_memo m = { 0 };
	struct state one = memo_of(&m, "one");

	(void)state;
	same(one, memo_of(&m, "two"));
	m.fresh = 0;
	differ(one, memo_of(&m, "two"));
	m.fresh = 0;
	same(one, memo_of(&m, "one"));
}

/* --- sched --- */

static struct sched *sched;
static struct state seen[8];
static unsigned nseen, nstacks;
static uint64_t stack_low[4], stack_high[4];

static struct state
sched_now(void)
{
	struct state s;

	state_init(&s);
	sched_state(sched, &s);
	return s;
}

static void
keep(void)
{
	assert_true(nseen < 8);
	seen[nseen++] = sched_now();
}

static void
call_token(void *self, uint64_t token)
{
	(void)self;
	(void)token;
	keep();
}

static void
each_stack(void *self, uint64_t low, uint64_t high)
{
	(void)self;
	assert_true(nstacks < 4);
	stack_low[nstacks] = low;
	stack_high[nstacks++] = high;
}

static void
call_nested(void *self, uint64_t token)
{
	(void)self;
	(void)token;
	nstacks = 0;
	sched_stacks(sched, each_stack, NULL);
}

static int
host_step(void *self, int block)
{
	(void)self;
	(void)block;
	return 0;
}

static void
on_time(void *self, uint64_t now_ns)
{
	(void)self;
	(void)now_ns;
}

static void
no_progress(void *self)
{
	(void)self;
}

static int
sched_up(void **state)
{
	static const struct sched_calls calls = { .interrupt = call_nested,
	    .softintr = call_token, .timeout = call_token,
	    .host_step = host_step, .time = on_time,
	    .no_progress = no_progress };

	(void)state;
	nseen = nstacks = 0;
	sched = sched_create(&calls, NULL);
	return 0;
}

static int
sched_down(void **state)
{
	(void)state;
	sched_destroy(sched);
	return 0;
}

static void
what_is_pending_is_in_the_state(void **state)
{
	struct state before = sched_now();

	(void)state;
	sched_irq_line(sched, 9, 1);
	differ(before, sched_now());
	sched_irq_line(sched, 9, 0);
	same(before, sched_now());
	assert_int_equal(sched_establish(sched, 9, 5, 1, "x"), 0);
	differ(before, sched_now());
	sched_disestablish(sched, 1);
	same(before, sched_now());
	sched_softintr(sched, 4, 3);
	differ(before, sched_now());
	sched_softintr_cancel(sched, 4);
	same(before, sched_now());
	(void)sched_spl(sched, 5);
	differ(before, sched_now());
	(void)sched_spl(sched, 0);
	same(before, sched_now());
	/* Rule X3: who looks again is where he was. */
	sched_activity(sched, 0);
	same(before, sched_now());
	sched_memory_activity(sched)->stored = 1;
	differ(before, sched_now());
	sched_memory_activity(sched)->stored = 0;
	sched_irq_edge(sched, 3);
	differ(before, sched_now());
}

/*
 * The same timers are left for the same time: when it is says nothing.  Less
 * than a grain more or less is no other time (rule X1).
 */
static void
times_are_what_is_left_of_them(void **state)
{
	struct state first, second;

	(void)state;
	sched_explore_begin(sched, 0);
	assert_int_equal(sched_timer_set(sched, 7, 10 * MS), 0);
	assert_int_equal(sched_timer_set(sched, 8, 10 * MS), 0);
	first = sched_now();
	sched_delay_ns(sched, MS - 1);
	same(first, sched_now());
	/* Nor for what is set now: they have one deadline. */
	assert_int_equal(sched_timer_set(sched, 8, 10 * MS - 1), 0);
	same(first, sched_now());
	assert_int_equal(sched_wait(sched, 3 * MS), SCHED_DONE);
	differ(first, sched_now());
	assert_int_equal(sched_timer_set(sched, 7, 10 * MS), 0);
	assert_int_equal(sched_timer_set(sched, 8, 10 * MS), 0);
	same(first, sched_now());
	/* In another order they come in another. */
	assert_int_equal(sched_timer_set(sched, 7, 10 * MS), 0);
	differ(first, sched_now());
	assert_int_equal(sched_timer_del(sched, 7), 1);
	assert_int_equal(sched_timer_del(sched, 8), 1);
	first = sched_now();
	assert_int_equal(sched_wait(sched, 6 * MS), SCHED_DONE);
	same(first, sched_now());
	/* But for who has asked for how long was waited, or looked at the
	   clock. */
	assert_int_equal(sched_waited_read(sched), 9 * MS);
	first = sched_now();
	sched_delay_ns(sched, MS);
	same(first, sched_now());
	assert_int_equal(sched_wait(sched, MS), SCHED_DONE);
	differ(first, sched_now());
	assert_int_equal(sched_clock_read(sched), 11 * MS);
	first = sched_now();
	assert_int_equal(sched_wait(sched, MS), SCHED_DONE);
	second = sched_now();
	differ(first, second);
}

static void
guest_sleeps(void *arg)
{
	keep();
	if (*(const int *)arg != 0)
		(void)sched_sleep(sched, 77, 5000);
}

static void
who_sleeps_for_what_is_in_the_state(void **state)
{
	int sleeps = 0;

	(void)state;
	assert_int_equal(sched_call(sched, guest_sleeps, &sleeps), SCHED_DONE);
	assert_int_equal(sched_timer_set(sched, 1, 2000), 0);
	sleeps = 1;
	assert_int_equal(sched_call(sched, guest_sleeps, &sleeps), SCHED_DONE);
	assert_int_equal(nseen, 3);	/* the process, twice; the timeout */
	differ(seen[0], seen[1]);	/* a timer is set */
	differ(seen[1], seen[2]);
}

static void
guest_waits_for_ever(void *arg)
{
	assert_int_equal(sched_timer_set(sched, 1, *(const uint64_t *)arg), 0);
	(void)sched_sleep(sched, 77, SCHED_FOREVER);
}

/* Rule X3: of how long it waits nothing is said when a timeout comes. */
static void
patience_is_no_state(void **state)
{
	uint64_t ns = 5 * MS;
	struct state first;

	sched_explore_begin(sched, 0);
	assert_int_equal(sched_call(sched, guest_waits_for_ever, &ns),
	    SCHED_STUCK);
	assert_int_equal(nseen, 1);
	first = seen[0];
	(void)sched_down(state);
	(void)sched_up(state);
	sched_explore_begin(sched, 0);
	ns = 8 * MS;
	assert_int_equal(sched_call(sched, guest_waits_for_ever, &ns),
	    SCHED_STUCK);
	assert_int_equal(nseen, 1);
	same(first, seen[0]);
}

static void
guest_is_interrupted(void *arg)
{
	(void)arg;
	(void)sched_establish(sched, 9, 5, 1, "x");
	sched_irq_edge(sched, 9);
	sched_poll(sched);
}

/* The interrupted process has a pointer within its stack, the handler none. */
static void
the_stacks_of_all_contexts_are_told(void **state)
{
	(void)state;
	assert_int_equal(sched_call(sched, guest_is_interrupted, NULL),
	    SCHED_DONE);
	assert_int_equal(nstacks, 2);
	assert_true(stack_low[0] > stack_high[0] - SCHED_STACK_SIZE);
	assert_true(stack_low[0] < stack_high[0]);
	assert_true(stack_high[0] - stack_low[0] < SCHED_STACK_SIZE / 8);
	assert_int_equal(stack_low[1], 0);
	assert_true(stack_high[1] != stack_high[0]);
	nstacks = 0;
	sched_stacks(sched, each_stack, NULL);
	assert_int_equal(nstacks, 0);
}

/* --- bus_dma --- */

static struct state
bus_now(void)
{
	struct state s;

	state_init(&s);
	bus_dma_state(t.b, &s);
	return s;
}

static void
loading_and_unloading_a_map_is_nothing(void **state)
{
	struct state created, loaded;
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	buf_map(&f, 16, 8192, 0);
	created = bus_now();
	assert_int_equal(buf_load(&f, 0, 8192), 0);
	loaded = bus_now();
	differ(created, loaded);
	bus_dma_map_unload(t.b, f.map);
	same(created, bus_now());
	assert_int_equal(buf_load(&f, 0, 4096), 0);
	differ(loaded, bus_now());
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(buf_load(&f, 0, 8192), 0);
	same(loaded, bus_now());
	bus_dma_owner_set(t.b, 4);
	differ(loaded, bus_now());
}

/* The state of a map is kept until the map changes, whatever it is that does. */
static void
each_change_of_a_map_is_seen(void **state)
{
	struct state empty, half, hinted, other;
	struct buf f, beside;

	(void)state;
	buf_alloc(&f, 8192);
	buf_map(&f, 16, 8192, 0);
	empty = bus_now();
	assert_int_equal(buf_load(&f, 0, 4096), 0);
	half = bus_now();
	differ(empty, half);
	/* More of it. */
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va + 4096, 4096, 0, 1,
	    f.dm, &f.ndm), 0);
	differ(half, bus_now());
	differ(empty, bus_now());
	/* A hint alone. */
	bus_dma_map_unload(t.b, f.map);
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va, 4096,
	    HC_DMA_READ, 0, f.dm, &f.ndm), 0);
	hinted = bus_now();
	differ(half, hinted);
	/* Nothing more of it, but with another hint. */
	assert_int_equal(bus_dma_map_load(t.b, f.map, f.va, 0,
	    HC_DMA_WRITE, 1, f.dm, &f.ndm), 0);
	differ(hinted, bus_now());
	/* One that is not loaded goes, one that failed to load is empty. */
	bus_dma_map_unload(t.b, f.map);
	same(empty, bus_now());
	assert_int_equal(buf_load(&f, 0, 8192 + 1), BUS_DMA_EINVAL);
	same(empty, bus_now());
	assert_int_equal(buf_load(&f, 0, 4096), 0);
	same(half, bus_now());
	beside = f;
	buf_map(&beside, 16, 8192, 0);
	other = bus_now();
	differ(half, other);
	bus_dma_map_destroy(t.b, f.map);
	differ(other, bus_now());
}

/* Another load has other addresses, so nothing is as it was. */
static void
an_iommu_goes_on(void **state)
{
	struct state created;
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	buf_map(&f, 16, 8192, 0);
	created = bus_now();
	assert_int_equal(buf_load(&f, 0, 8192), 0);
	bus_dma_map_unload(t.b, f.map);
	differ(created, bus_now());
}

/* Freed memory is known to have been; how often says nothing. */
static void
memory_and_mappings_come_and_go(void **state)
{
	struct state begun = bus_now(), freed;
	struct buf f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct state held;

		buf_alloc(&f, 8192);
		held = bus_now();
		bus_dma_mem_unmap(t.b, f.va, 8192);
		differ(held, bus_now());
		bus_dma_mem_free(t.b, f.seg, f.nsegs);
		differ(held, bus_now());
		if (i > 0)
			same(freed, bus_now());
		freed = bus_now();
	}
	differ(begun, freed);
	rules_are("");
}

/* --- machine --- */

static void
machine_ignores_dma(void *self, const struct machine_dma *a)
{
	(void)self;
	(void)a;
}

static void
messages_are_taken_and_freed(void **state)
{
	static const struct tree tree = { 0 };
	const struct machine_events events = { .dma = machine_ignores_dma };
	struct machine_desc desc;
	struct machine_config config = { .desc = &desc, .events = &events };
	struct state s[4];
	struct machine *m;
	struct error err;
	uint64_t addr;
	uint32_t data, irq;

	(void)state;
	tree_machine(&tree, "state", &desc);
	config.paths = callpaths_create(0, 0, untold_stack, NULL);
	m = machine_create(&config, &err);
	assert_non_null(m);
	for (int i = 0; i < 4; i++)
		state_init(&s[i]);
	assert_int_equal(machine_host_has_state(m), 1);	/* there is none */
	machine_state(m, &s[0]);
	assert_int_equal(machine_msi_alloc(m, 8, 1, &addr, &data, &irq), 0);
	machine_state(m, &s[1]);
	sched_irq_edge(machine_sched(m), irq);
	machine_state(m, &s[2]);
	differ(s[0], s[1]);
	differ(s[1], s[2]);
	machine_destroy(m);
	m = machine_create(&config, &err);
	assert_int_equal(machine_msi_alloc(m, 8, 1, &addr, &data, &irq), 0);
	machine_msi_free(m, irq);
	machine_state(m, &s[3]);
	same(s[0], s[3]);
	machine_destroy(m);
	callpaths_destroy(config.paths);
	machine_desc_free(&desc);
}

/* --- the door's --- */

static struct state
takings_now(const struct door_takings *all)
{
	struct state s;

	state_init(&s);
	door_takings_state(all, &s);
	return s;
}

static void
what_was_taken_and_given_back(void **state)
{
	struct door_taken one = { DOOR_HANDLER, 1, 0, 1, 5 };
	struct door_takings all = { 0 };
	struct state none = takings_now(&all), first;

	(void)state;
	door_taken_add(&all, &one);
	first = takings_now(&all);
	differ(none, first);
	assert_int_equal(door_taken_del(&all, DOOR_HANDLER, 1, 0), 0);
	same(none, takings_now(&all));
	one.path = 9;			/* who took it is for the report */
	door_taken_add(&all, &one);
	same(first, takings_now(&all));
	one.owner = 2;
	door_taken_add(&all, &one);
	differ(first, takings_now(&all));
	check_free(all.list);
}

/* Takes two items and gives them back, the first one first or last. */
static struct state
pool_after(unsigned first, int give)
{
	struct door_pools *p;
	struct state s;
	uint64_t item[2];

	begin(SYNC_ARM64, 0, 0);
	p = door_pools_create(t.mem);
	item[0] = door_pools_take(p, 2048, 0, 1, 1);
	item[1] = door_pools_take(p, 2048, 0, 1, 1);
	for (unsigned i = 0; give && i < 2; i++)
		assert_int_equal(door_pools_give(p, item[(first + i) % 2],
		    2048, 1), 0);
	state_init(&s);
	door_pools_state(p, &s);
	door_pools_destroy(p);
	(void)tear_down(NULL);
	return s;
}

/* --- what returned calls leave on the guest's stack --- */

#define LEFT	256u			/* bytes of a frame */
#define PATTERN	0xa5

/* The hook that a guest's load calls. */
void __tsan_read8(void *p);

static uint64_t loaded;

/* Two frames that somebody looks at, of one size and place. */
static __attribute__((noinline, no_sanitize("address"))) void
leave(void)
{
	uint8_t frame[LEFT];

	memset(frame, PATTERN, sizeof frame);
	__tsan_read8(&loaded);
	__asm__ volatile ("" : : "r" (frame) : "memory");
}

static __attribute__((no_sanitize("address"))) size_t
patterns(const uint8_t *frame, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += frame[i] == PATTERN;
	return n;
}

static __attribute__((noinline, no_sanitize("address"))) size_t
find(void)
{
	uint8_t frame[LEFT];

	/* Never written here, and nobody is to conclude from that. */
	__asm__ volatile ("" : "=m" (frame));
	return patterns(frame, sizeof frame);
}

static size_t
found_after_load(int capture)
{
	size_t n;

	hook_window.capture = capture;
	__tsan_read8(&loaded);
	leave();
	__tsan_read8(&loaded);
	n = find();
	hook_window.capture = 0;
	return n;
}

static void
what_calls_left_is_wiped_at_the_next_load(void **state)
{
	(void)state;
	hook_window.deepest = 0;
	assert_true(found_after_load(0) > LEFT / 2);
	/* The hook keeps registers below its caller, too. */
	assert_true(found_after_load(1) <= 8 * sizeof(uint64_t));
}

/* A wipe goes on over what is clean between, unless that is large. */
#define DEEP		1400u

static __attribute__((noinline, no_sanitize("address"))) void
leave_both_ends(void)
{
	uint8_t frame[DEEP];

	__asm__ volatile ("" : "=m" (frame));
	memset(frame, PATTERN, 64);
	memset(frame + DEEP - 64, PATTERN, 64);
	__asm__ volatile ("" : : "r" (frame) : "memory");
}

static __attribute__((noinline, no_sanitize("address"))) size_t
find_deep(void)
{
	uint8_t frame[DEEP];

	__asm__ volatile ("" : "=m" (frame));
	return patterns(frame, sizeof frame);
}

static size_t
found_after_clean(int clean)
{
	state_stack_clean();
	leave_both_ends();
	if (clean)
		state_stack_clean();
	return find_deep();
}

static void
what_calls_left_is_wiped_behind_a_hole(void **state)
{
	(void)state;
	assert_true(found_after_clean(0) > 64);
	assert_int_equal(found_after_clean(1), 0);
}

/* It is all one which of two was given back first. */
static void
items_of_a_pool_rest_in_no_order(void **state)
{
	(void)state;
	differ(pool_after(0, 0), pool_after(0, 1));
	same(pool_after(0, 1), pool_after(1, 1));
}

/*
 * Takes 200 items, of which so many are in use at a time, and gives them back;
 * of others takes so many in between.  *next: where the one lies that comes then.
 */
static struct state
pool_goes_on(unsigned in_use, unsigned others, uint64_t *next)
{
	struct door_pools *p;
	struct state s;
	uint64_t live[20] = { 0 };

	assert_true(in_use <= 20);
	begin(SYNC_ARM64, 0, 0);
	p = door_pools_create(t.mem);
	for (unsigned i = 0; i < 200 + in_use; i++) {
		uint64_t *item = &live[i % in_use];

		if (*item != 0)
			assert_int_equal(door_pools_give(p, *item, 256, 1), 0);
		*item = i < 200 ? door_pools_take(p, 256, 1, 1, 1) : 0;
		if (i < others)
			assert_true(door_pools_take(p, 256, 2, 1, 1) != 0);
	}
	state_init(&s);
	door_pools_state(p, &s);
	*next = door_pools_take(p, 256, 1, 1, 1);
	door_pools_destroy(p);
	(void)tear_down(NULL);
	return s;
}

static void
which_item_comes_hangs_on_how_many_came(void **state)
{
	uint64_t one, several, beside;

	(void)state;
	same(pool_goes_on(1, 0, &one), pool_goes_on(20, 0, &several));
	assert_true(one == several);
	(void)pool_goes_on(7, 100, &beside);
	assert_true(one == beside);
}

/* What one taker has for itself another one gets before there is none. */
static void
takers_share_when_memory_runs_out(void **state)
{
	struct door_pools *p;
	uint64_t item, last = 0;
	unsigned n = 0;

	(void)state;
	begin(SYNC_ARM64, 0, 0);
	p = door_pools_create(t.mem);
	assert_true(door_pools_take(p, 65536, 1, 1, 1) != 0);
	while ((item = door_pools_take(p, 65536, 2, 1, 1)) != 0) {
		last = item;
		n++;
	}
	assert_true(n > 63);
	assert_int_equal(door_pools_give(p, last, 65536, 1), 0);
	assert_true(door_pools_take(p, 65536, 3, 1, 1) == last);
	door_pools_destroy(p);
	(void)tear_down(NULL);
}

/* Of so many that are in use the one that was taken first goes each time. */
static void
goes_round(unsigned in_use)
{
	struct door_pools *p;
	uint64_t live[300], given[DOOR_POOL_REST] = { 0 };

	begin(SYNC_ARM64, 0, 0);
	p = door_pools_create(t.mem);
	for (unsigned i = 0; i < in_use; i++)
		live[i] = door_pools_take(p, 2048, 0, 1, 1);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t *oldest = &live[i % in_use];

		assert_int_equal(door_pools_give(p, *oldest, 2048, 1), 0);
		given[i % DOOR_POOL_REST] = *oldest;
		*oldest = door_pools_take(p, 2048, 0, 1, 1);
		assert_int_not_equal(*oldest, 0);
		for (unsigned k = 0; k < DOOR_POOL_REST; k++)
			assert_int_not_equal(*oldest, given[k]);
	}
	door_pools_destroy(p);
	(void)tear_down(NULL);
}

static void
an_item_rests_before_it_comes_again(void **state)
{
	(void)state;
	goes_round(1);
	goes_round(31);
	goes_round(300);
}

#define SCHED(f) cmocka_unit_test_setup_teardown(f, sched_up, sched_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_has_members_and_no_order),
		cmocka_unit_test(a_memo_reads_only_what_is_not_fresh),
		SCHED(what_is_pending_is_in_the_state),
		SCHED(times_are_what_is_left_of_them),
		SCHED(who_sleeps_for_what_is_in_the_state),
		SCHED(patience_is_no_state),
		SCHED(the_stacks_of_all_contexts_are_told),
		TEST(loading_and_unloading_a_map_is_nothing),
		TEST(each_change_of_a_map_is_seen),
		BOUNCE(loading_and_unloading_a_map_is_nothing),
		BOUNCE(each_change_of_a_map_is_seen),
		IOMMU(an_iommu_goes_on),
		TEST(memory_and_mappings_come_and_go),
		cmocka_unit_test(messages_are_taken_and_freed),
		cmocka_unit_test(what_was_taken_and_given_back),
		cmocka_unit_test(items_of_a_pool_rest_in_no_order),
		cmocka_unit_test(which_item_comes_hangs_on_how_many_came),
		cmocka_unit_test(takers_share_when_memory_runs_out),
		cmocka_unit_test(an_item_rests_before_it_comes_again),
		cmocka_unit_test(what_calls_left_is_wiped_at_the_next_load),
		cmocka_unit_test(what_calls_left_is_wiped_behind_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

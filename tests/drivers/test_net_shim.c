/*
 * test_net_shim.c: mbufs, interfaces and the small stack of the guest's
 * kernel, with an interface whose other end is in its driver (net_guest.h).
 *
 * The door is opened here, without a run: what the host is told of frames and
 * interfaces is looked at as it comes.
 */
#include "machine_tree.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "door.h"
#include "guest_build.h"
#include "host.h"
#include "net_cases.h"
#include "rules_device.h"
#include "untold.h"

#define SELF	0x0a00020fu	/* 10.0.2.15 */
#define PEER	0x0a000202u
#define LATEST	8u		/* frames that are kept */

static const char *const names[] = {
#define NET_NAME(name)	#name,
	NET_CASES(NET_NAME)
};

static struct guest_built built;
static struct guest *guest;
static struct machine_desc desc;

/* One boot of the guest and what it told. */
static struct world {
	struct machine *machine;
	struct door *door;
	struct callpaths *paths;
	uint64_t out, in, bytes;
	uint64_t queue_out[4];
	uint8_t frame[LATEST][2000];
	size_t len[LATEST];
	unsigned dir[LATEST];
	uint32_t flags[LATEST];
	struct hc_net_state state;
	unsigned states, leaks, rules;
	char rule[64], name[16];
	/* The step that the process takes. */
	hc_u32 op;
	hc_u64 args[6];
	int error;
} w;

/* --- what the guest tells --- */

static void
on_panic(void *self, const char *text)
{
	(void)self;
	print_error("panic: %s\n", text);
	w.rules++;
}

static void
on_rule(void *self, const char *id, const char *text)
{
	(void)self;
	print_error("%s: %s\n", id, text);
	snprintf(w.rule, sizeof w.rule, "%s", id);
	w.rules++;
}

static void
on_frame(void *self, unsigned dir, unsigned queue, const uint8_t *bytes,
    size_t len, uint32_t flags, uint32_t mss)
{
	size_t i = (w.out + w.in) % LATEST;

	(void)self;
	(void)mss;
	*(dir == 0 ? &w.out : &w.in) += 1;
	w.bytes += len;
	if (dir == 0 && queue < 4)
		w.queue_out[queue]++;
	w.dir[i] = dir;
	w.len[i] = len;
	w.flags[i] = flags;
	memcpy(w.frame[i], bytes, len < sizeof w.frame[i] ? len :
	    sizeof w.frame[i]);
}

static void
on_state(void *self, const char *name, const struct hc_net_state *state)
{
	(void)self;
	snprintf(w.name, sizeof w.name, "%s", name);
	w.state = *state;
	w.states++;
}

static void
on_leak(void *self, uint64_t size, callpath_id taken)
{
	(void)self;
	(void)size;
	(void)taken;
	w.leaks++;
}

static void
on_access(void *self, enum mem_bad why, uint64_t va, size_t size,
    unsigned kind, const void *pc)
{
	(void)va;
	(void)kind;
	(void)pc;
	on_rule(self, why == MEM_BAD_FREED ? "access-freed" : "access-bad",
	    size == 1 ? "a byte" : "bytes");
}

static void
on_interrupt(void *self, uint64_t token)
{
	(void)self;
	door_guest(w.door)->interrupt(token);
}

static void
on_softintr(void *self, uint64_t token)
{
	(void)self;
	door_guest(w.door)->softintr(token);
}

static void
on_timeout(void *self, uint64_t token)
{
	(void)self;
	door_guest(w.door)->timeout(token);
}

static void
on_time(void *self, uint64_t now)
{
	(void)self;
	(void)now;
}

static void
on_no_progress(void *self)
{
	on_rule(self, "no-progress", "a loop");
}

/* How many CPUs the driver counts on is not looked at here. */
static void
on_spread(void *self)
{
	(void)self;
}

/* --- a world --- */

static void
boot(void *arg)
{
	(void)arg;
	door_guest(w.door)->boot();
}

static void
take_step(void *arg)
{
	(void)arg;
	w.error = door_guest(w.door)->op(w.op, w.args, "");
}

static void
open_world(uint64_t fail_at)
{
	static const struct door_events door_events = { .panic = on_panic,
	    .unmodelled = on_panic, .rule_broken = on_rule, .spread = on_spread,
	    .net_frame = on_frame, .net_state = on_state,
	    .pool_leak = on_leak };
	static const struct machine_events events = { .reg = untold_reg,
	    .time = on_time, .interrupt = on_interrupt,
	    .softintr = on_softintr, .timeout = on_timeout,
	    .no_progress = on_no_progress, .mem = { .bad_access = on_access }
	};
	struct machine_config mc = { .desc = &desc, .events = &events };
	struct boundary_host host;
	struct error err;

	memset(&w, 0, sizeof w);
	error_clear(&err);
	w.paths = callpaths_create(guest_base(guest), guest_size(guest), NULL,
	    NULL);
	mc.paths = w.paths;
	w.machine = machine_create(&mc, &err);
	assert_non_null(w.machine);
	if (fail_at != 0) {
		machine_choice(w.machine)->kinds = 1u << CHOICE_ALLOCATION;
		machine_choice(w.machine)->mode = CHOICE_ONE;
		machine_choice(w.machine)->one_kind = CHOICE_ALLOCATION;
		machine_choice(w.machine)->one_at = fail_at;
	}
	assert_int_equal(device_create(NULL, w.machine, &host, &err), 0);
	machine_host_set(w.machine, host);
	w.door = door_open(w.machine, guest, &door_events, &w);
	assert_int_equal(machine_firmware(w.machine, &err), 0);
	assert_int_equal(sched_call(machine_sched(w.machine), boot, NULL),
	    SCHED_DONE);
}

static void
close_world(void)
{
	door_close(w.door);
	machine_destroy(w.machine);
	callpaths_destroy(w.paths);
}

static int
step(hc_u32 op, hc_u64 a, hc_u64 b, hc_u64 c, hc_u64 d)
{
	w.op = op;
	w.args[0] = a;
	w.args[1] = b;
	w.args[2] = c;
	w.args[3] = d;
	w.error = -1;
	assert_int_equal(sched_call(machine_sched(w.machine), take_step, NULL),
	    SCHED_DONE);
	return w.error;
}

static int
set_up(void **state)
{
	static const char *const defines[] = { "-DNTESTDEV=1" };
	static const char *const files[] = { "tests/drivers/net_guest.c",
	    "tests/drivers/net_mbuf_cases.c" };
	static const struct tree tree = { .arch = "arm64" };
	char *paths[2];
	const char *extra[2];
	struct guest_spec spec = { .extra = extra, .nextra = 2,
	    .defines = defines, .ndefines = 1 };
	struct error err;

	(void)state;
	error_clear(&err);
	for (size_t i = 0; i < 2; i++)
		extra[i] = paths[i] = host_path_join(VIOTAPE_SOURCE_DIR,
		    files[i]);
	if (guest_build(&spec, &built, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < 2; i++)
		check_free(paths[i]);
	guest = guest_load(built.path, &err);
	if (guest == NULL)
		fail_msg("%s", err.text);
	tree_machine(&tree, "net", &desc);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guest_unload(guest);
	guest_built_free(&built);
	machine_desc_free(&desc);
	return 0;
}

/* --- tests --- */

/* A case, again after a tick each time that it wants to be. */
static void
take_case(unsigned i)
{
	while (step(HC_OP_RAISE, i, 0, 0, 0) == NET_AGAIN)
		assert_int_equal(sched_wait(machine_sched(w.machine),
		    10000000), SCHED_DONE);
}

/* Each case in a guest of its own; no rule is broken, no mbuf is left. */
static void
every_case(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NET_COUNT; i++) {
		unsigned keeps = i == NET_detached_keeps;

		open_world(0);
		assert_int_equal(w.leaks, 0);
		take_case(i);
		if (w.error != 0)
			fail_msg("%s: line %d of its file", names[i], w.error);
		if (w.rules != 0)
			fail_msg("%s: breaks %s", names[i], w.rule);
		if ((w.leaks != 0) != keeps)
			fail_msg("%s: %u mbufs are told to be kept", names[i],
			    w.leaks);
		if (!keeps && door_pool_nth(w.door, 0) != NULL)
			fail_msg("%s: an mbuf is left", names[i]);
		close_world();
	}
}

/* Each allocation fails in turn: nothing is lost, nothing is used after. */
static void
allocations_fail(void **state)
{
	uint64_t first, last;

	(void)state;
	open_world(UINT64_MAX);
	first = machine_choice(w.machine)->asked[CHOICE_ALLOCATION];
	assert_int_equal(step(HC_OP_RAISE, NET_no_memory, 0, 0, 0), 0);
	last = machine_choice(w.machine)->asked[CHOICE_ALLOCATION];
	close_world();
	assert_true(last - first >= 6);
	for (uint64_t at = first + 1; at <= last; at++) {
		open_world(at);
		step(HC_OP_RAISE, NET_no_memory, 0, 0, 0);
		if (w.error != 0 || w.rules != 0)
			fail_msg("allocation %llu: line %d, %s",
			    (unsigned long long)(at - first), w.error, w.rule);
		assert_null(door_pool_nth(w.door, 0));
		close_world();
	}
}

static const uint8_t *
latest(unsigned back, size_t *len, unsigned *dir)
{
	size_t i = (w.out + w.in - 1 - back) % LATEST;

	*len = w.len[i];
	*dir = w.dir[i];
	return w.frame[i];
}

static void
the_host_hears_of_an_interface(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 9 };

	(void)state;
	open_world(0);
	assert_string_equal(w.name, "lp0");
	assert_int_equal(w.state.attached, 1);
	assert_memory_equal(w.state.mac, mac, 6);
	assert_int_equal(w.state.mtu, 1500);
	assert_int_equal(w.state.hardmtu, 65435);
	assert_int_equal(w.state.tx_queues, 2);
	assert_int_equal(w.state.rx_queues, 2);
	assert_int_equal(w.state.flags & 0x41, 0);
	assert_int_equal(step(HC_OP_NET_UP, 0, 0, 0, 0), 0);
	assert_int_equal(w.state.flags & 0x41, 0x41);
	assert_int_equal(step(HC_OP_NET_MTU, 9000, 0, 0, 0), 0);
	assert_int_equal(w.state.mtu, 9000);
	assert_int_equal(step(HC_OP_NET_MTU, 65436, 1, 0, 0), 0);
	assert_int_equal(step(HC_OP_NET_MTU, 65435, 1, 0, 0), 17);
	assert_int_equal(step(HC_OP_NET_MTU, 45, 1, 0, 0), 0);
	assert_int_equal(step(HC_OP_NET_LLADDR, 0x020000000009, 0, 0, 0), 0);
	assert_memory_equal(w.state.mac, other, 6);
	assert_int_equal(step(HC_OP_NET_DOWN, 0, 0, 0, 0), 0);
	assert_int_equal(w.state.flags & 0x41, 0);
	assert_int_equal(w.rules, 0);
	close_world();
}

/* ARP first, then the echo; each frame told as it crosses, whole. */
static void
the_host_hears_of_frames(void **state)
{
	const uint8_t *p;
	unsigned dir;
	size_t len;

	(void)state;
	open_world(0);
	assert_int_equal(step(HC_OP_NET_UP, SELF, 24, 0, 0), 0);
	assert_int_equal(w.out, 1);		/* who announces itself */
	p = latest(0, &len, &dir);
	assert_int_equal(len, 42);
	assert_int_equal(p[12] << 8 | p[13], 0x0806);
	assert_int_equal(step(HC_OP_NET_PING, PEER, 2, 1000, 0), 0);
	assert_int_equal(w.out, 4);
	assert_int_equal(w.in, 3);
	p = latest(0, &len, &dir);
	assert_int_equal(dir, 1);
	assert_int_equal(len, 14 + 20 + 8 + 1000);
	assert_int_equal(p[34], 0);		/* an answer */
	assert_int_equal(p[34 + 8 + 3], 1);	/* the second's number */
	assert_int_equal(p[34 + 8 + 300],
	    (uint8_t)(308 + (308 >> 8) * 7));
	p = latest(1, &len, &dir);
	assert_int_equal(dir, 0);
	assert_int_equal(p[34], 8);
	assert_int_equal(step(HC_OP_NET_PING, PEER, 1, 1473, 0), 40);
	assert_int_equal(step(HC_OP_NET_PING, PEER, 1, 1472, 0), 0);
	assert_int_equal(w.rules, 0);
	close_world();
}

/* Every size, some too short to have a number. */
static void
datagrams_come_back(void **state)
{
	(void)state;
	open_world(0);
	assert_int_equal(step(HC_OP_NET_UP, SELF, 24, 0, 0), 0);
	for (unsigned size = 0; size <= 1472; size += size < 20 ? 1 : 121)
		assert_int_equal(step(HC_OP_NET_ECHO, PEER, 7, 2, size), 0);
	assert_int_equal(step(HC_OP_NET_MTU, 65435, 0, 0, 0), 0);
	assert_int_equal(step(HC_OP_NET_ECHO, PEER, 7, 2, 65407), 0);
	assert_int_equal(step(HC_OP_NET_ECHO, PEER, 7, 2, 65408), 40);
	w.out = w.in = 0;
	assert_int_equal(step(HC_OP_NET_UDP, PEER, 9, 100, 18), 0);
	assert_int_equal(w.out, 100);
	assert_int_equal(w.in, 0);
	assert_true(w.queue_out[0] > 0 && w.queue_out[1] > 0);
	/* The peer swallows it: nobody answers. */
	assert_int_equal(step(HC_OP_NET_ECHO, PEER, 9, 1, 18), 35 + 25);
	assert_int_equal(w.rules, 0);
	close_world();
}

static void
a_burst_loses_nothing(void **state)
{
	(void)state;
	open_world(0);
	assert_int_equal(step(HC_OP_NET_UP, SELF, 24, 0, 0), 0);
	assert_int_equal(step(HC_OP_NET_BURST, 3000, 7, PEER, 0), 0);
	assert_int_equal(w.out, 3002);
	assert_true(w.in > 1200 && w.in < 1800);
	assert_true(w.bytes / (w.out + w.in) > 600);
	assert_null(door_pool_nth(w.door, 0));
	assert_int_equal(w.rules, 0);
	close_world();
}

/* Nobody there: the step says so, and what waits for a neighbour is freed. */
static void
nobody_answers(void **state)
{
	(void)state;
	open_world(0);
	assert_int_equal(step(HC_OP_NET_PING, PEER, 1, 10, 0), 49);
	assert_int_equal(step(HC_OP_NET_UP, SELF, 24, 0, 0), 0);
	assert_int_equal(step(HC_OP_NET_PING, 0x0a000203, 1, 10, 0), 60);
	assert_non_null(door_pool_nth(w.door, 0));
	assert_int_equal(step(HC_OP_NET_DOWN, 0, 0, 0, 0), 0);
	assert_null(door_pool_nth(w.door, 0));
	assert_int_equal(step(HC_OP_NET_DHCP, 0, 0, 0, 0), 60);
	assert_int_equal(step(HC_OP_NET_STREAM_OUT, PEER, 9, 100, 0), 49);
	assert_int_equal(w.rules, 0);
	close_world();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(allocations_fail),
		cmocka_unit_test(the_host_hears_of_an_interface),
		cmocka_unit_test(the_host_hears_of_frames),
		cmocka_unit_test(datagrams_come_back),
		cmocka_unit_test(a_burst_loses_nothing),
		cmocka_unit_test(nobody_answers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

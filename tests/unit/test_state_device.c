/*
 * test_state_device.c: the state that two runs are merged by, of devices and of
 * the oracles: it is another one when something is that the future depends on,
 * and the same again when that was undone.
 */
#include "net_rig.h"

#include "check.h"
#include "display_oracle.h"
#include "gpu_device.h"
#include "gpu_spec.h"
#include "host_profile.h"
#include "intent.h"
#include "net_oracle.h"
#include "state_check.h"
#include "vring.h"

static struct state
host_now(struct boundary_host *h)
{
	struct state s;

	state_init(&s);
	h->ops->state(h->self, &s);
	return s;
}

/* --- the ring --- */

static struct state
ring_now(const struct vring *vr)
{
	struct state s;

	state_init(&s);
	vring_state(vr, &s);
	return s;
}

static void
a_chain_is_taken_and_given_back(void **state)
{
	struct vring_chain c = { 0 };
	struct state s[4];
	struct vring vr;
	struct fake f;

	(void)state;
	fake_init(&f);
	vring_init(&vr, 8, 0, 8, RING_DESC(0), RING_AVAIL(0), RING_USED(0), 0);
	s[0] = ring_now(&vr);
	fake_desc(&f, RING_DESC(0), 3, REQUEST, 5, 0, 0);
	fake_avail(&f, 0, 8, 3);
	same(s[0], ring_now(&vr));	/* that is memory's */
	assert_int_equal(vring_take(&f.port, &vr, &c), VRING_TAKEN);
	s[1] = ring_now(&vr);
	differ(s[0], s[1]);
	assert_int_equal(vring_push(&f.port, &vr, &c, 0), 0);
	s[2] = ring_now(&vr);
	differ(s[1], s[2]);
	/* The chain that is given back differs by its number only. */
	vr.last_avail = vr.used_idx = 0;
	vr.ordinal = 0;
	same(s[0], ring_now(&vr));
	vr.last_avail = 1;
	s[1] = ring_now(&vr);
	differ(s[0], s[1]);
	vr.last_avail = 0;
	vr.used_idx = 1;
	differ(s[0], ring_now(&vr));
	differ(s[1], ring_now(&vr));
	vr.used_idx = 0;
	vr.busy[0] = 8;
	differ(s[0], ring_now(&vr));
	vr.busy[0] = 0;
	vr.seen_avail = 1;
	differ(s[0], ring_now(&vr));
	vr.seen_avail = 0;
	vr.keeps = 1;
	differ(s[0], ring_now(&vr));
	state_init(&s[0]);
	vring_chain_state(&c, &s[0]);
	c.desc[0].len++;
	state_init(&s[1]);
	vring_chain_state(&c, &s[1]);
	differ(s[0], s[1]);
	vring_chain_free(&c);
	fake_free(&f);
}

/* --- a device behind PCI --- */

static void
config_write(struct rig *r, uint32_t at, unsigned size, uint64_t v)
{
	assert_int_equal(r->host.ops->write(r->host.self, BDF, REGION_CONFIG,
	    at, size, v, &r->err), 0);
}

static struct state
told_now(const struct virtio_state *st)
{
	struct state s;

	state_init(&s);
	virtio_state_state(st, &s);
	return s;
}

/* What a driver can tell of the first queue, and of the last. */
static void
all_of_a_queue_is_in_the_state(void **state)
{
	static const struct {
		size_t at, size;
	} members[] = {
#define MEMBER(name)	{ offsetof(struct virtio_queue_state, name),	\
			    sizeof((struct virtio_queue_state *)0)->name }
		MEMBER(size), MEMBER(size_max), MEMBER(notify_off),
		MEMBER(vector), MEMBER(size_known), MEMBER(notify_off_known),
		MEMBER(align), MEMBER(stop_pending), MEMBER(size_read),
		MEMBER(enabled), MEMBER(reset_pending), MEMBER(vector_unread),
		MEMBER(written), MEMBER(desc), MEMBER(driver), MEMBER(device)
#undef MEMBER
	};
	static const unsigned queues[] = { 0, VIRTIO_QUEUES_MAX - 1 };
	struct virtio_state st;
	struct state before;

	(void)state;
	virtio_state_init(&st, NULL, VIRTIO_BUS_PCI, 8);
	before = told_now(&st);
	for (size_t q = 0; q < 2; q++)
		for (size_t i = 0; i < sizeof members / sizeof members[0];
		    i++) {
			uint8_t *member = (uint8_t *)&st.queue[queues[q]] +
			    members[i].at;

			member[members[i].size - 1] ^= 1;
			differ(before, told_now(&st));
			member[members[i].size - 1] ^= 1;
			same(before, told_now(&st));
		}
}

static void
registers_are_in_the_state(void **state)
{
	struct rig r;
	struct state begun, with;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	begun = host_now(&r.host);
	same(begun, host_now(&r.host));
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);
	differ(begun, host_now(&r.host));
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 1);
	same(begun, host_now(&r.host));
	config_write(&r, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	differ(begun, host_now(&r.host));
	config_write(&r, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER);
	/* The next access looks whether the layout is another one. */
	(void)rd(&r, VIRTIO_PCI_STATUS, 1);
	same(begun, host_now(&r.host));
	/* A notification is there until the queue was looked at. */
	notify(&r, 0);
	differ(begun, host_now(&r.host));
	work(&r);
	with = host_now(&r.host);
	notify(&r, 0);
	work(&r);
	same(with, host_now(&r.host));
	rig_close(&r);
}

/* A vector is masked; what it holds back is sent when it no more is. */
static void
a_vector_is_masked_and_unmasked(void **state)
{
	const uint32_t control = 12 + 16;	/* of vector 1, in BAR 1 */
	const enum boundary_region table = (enum boundary_region)
	    (REGION_BAR0 + 1);
	struct rig r;
	struct state open;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	for (uint32_t v = 1; v < 2; v++)
		assert_int_equal(r.host.ops->write(r.host.self, BDF, table,
		    control, 4, 0, &r.err), 0);
	open = host_now(&r.host);
	assert_int_equal(r.host.ops->write(r.host.self, BDF, table, control, 4,
	    1, &r.err), 0);
	differ(open, host_now(&r.host));
	assert_int_equal(r.host.ops->write(r.host.self, BDF, table, control, 4,
	    0, &r.err), 0);
	same(open, host_now(&r.host));
	rig_close(&r);
}

/* Two resets are one: it only matters that there was one. */
static void
a_device_is_reset_as_it_was(void **state)
{
	struct rig r;
	struct state one, two;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	one = host_now(&r.host);
	post(&r, 0, 1, 2000);
	differ(one, host_now(&r.host));
	rig_start(&r, F(MAC), 2);
	work(&r);
	two = host_now(&r.host);
	rig_start(&r, F(MAC), 2);
	work(&r);
	same(two, host_now(&r.host));
	rig_close(&r);
}

/* Time counts while a chain waits that nobody told of, and not else. */
static void
patience_is_in_the_state(void **state)
{
	struct rig r;
	struct state quiet, since;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	quiet = host_now(&r.host);
	r.host.ops->time(r.host.self, 1000);
	same(quiet, host_now(&r.host));
	fake_desc(&r.f, RING_DESC(0), 0, BUFFERS, 2000, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r.f, 0, queue_size(&r, 0), 0);
	quiet = host_now(&r.host);
	r.host.ops->time(r.host.self, 2000);
	since = host_now(&r.host);
	differ(quiet, since);
	r.host.ops->time(r.host.self, 3000);
	differ(since, host_now(&r.host));
	rig_close(&r);
}

/* --- the network device and its peer --- */

static void
frames_and_filters_are_in_the_state(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	static const uint8_t on[] = { 0, 0, 1 }, off[] = { 0, 0, 0 };
	struct boundary_happening send = { .what = HAPPEN_SEND, .count = 1,
	    .size = 100 };
	struct state before, with;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC) | F(CTRL_VQ) | F(CTRL_RX), 3);
	assert_int_equal(command(&r, 2, off, sizeof off), NET_CTRL_OK);
	before = host_now(&r.host);
	memcpy(send.mac, mac, 6);
	assert_int_equal(r.host.ops->happen(r.host.self, &send, &r.err), 0);
	with = host_now(&r.host);
	differ(before, with);		/* in the peer */
	work(&r);
	differ(with, host_now(&r.host));	/* in the device */
	rig_close(&r);

	/* The same twice, but for one bit of the filter. */
	rig_open(&r, NULL);
	rig_start(&r, F(MAC) | F(CTRL_VQ) | F(CTRL_RX), 3);
	assert_int_equal(command(&r, 2, off, sizeof off), NET_CTRL_OK);
	same(before, host_now(&r.host));
	rig_close(&r);
	rig_open(&r, NULL);
	rig_start(&r, F(MAC) | F(CTRL_VQ) | F(CTRL_RX), 3);
	assert_int_equal(command(&r, 2, on, sizeof on), NET_CTRL_OK);
	differ(before, host_now(&r.host));
	rig_close(&r);
}

static struct state
peer_now(const struct net_peer *p)
{
	struct state s;

	state_init(&s);
	net_peer_state(p, &s);
	return s;
}

/* Who has 10.0.2.2?  The answer is thrown away. */
static void
peer_asks(struct net_peer *p)
{
	static const uint8_t ask[28] = { 0, 1, 8, 0, 6, 4, 0, 1,
	    [24] = 10, 0, 2, 2 };
	static struct test_frame f;
	struct net_wire_frame out;

	frame_ether(&f, ETHER_TYPE_ARP);
	memcpy(f.p + 14, ask, sizeof ask);
	f.n = ETHER_MIN_SIZE;
	net_peer_take(p, f.p, f.n);
	(void)net_peer_next(p, 1500, 0, &out);
}

/* Where in a count a frame is matters to who loses every third. */
static void
a_peer_has_streams_and_counts(void **state)
{
	static struct test_frame f;
	const struct net_peer_config losing = { .loss = 3 };
	struct net_peer *p = net_peer_create(&losing);
	struct state s[3];

	(void)state;
	s[0] = peer_now(p);
	frame_udp(&f, 1000, 9, 20);	/* swallowed, but for who spoke */
	net_peer_take(p, f.p, f.n);
	s[1] = peer_now(p);
	differ(s[0], s[1]);
	net_peer_take(p, f.p, f.n);
	same(s[1], peer_now(p));
	frame_udp(&f, 1000, 7, 20);	/* echoed */
	net_peer_take(p, f.p, f.n);
	s[2] = peer_now(p);
	differ(s[1], s[2]);
	net_peer_free(p);

	/* Three answers later it is where it was; one of them was lost. */
	p = net_peer_create(&losing);
	peer_asks(p);
	s[0] = peer_now(p);
	peer_asks(p);
	differ(s[0], peer_now(p));
	peer_asks(p);
	peer_asks(p);
	same(s[0], peer_now(p));
	net_peer_free(p);
}

/* --- manners --- */

static void
a_profile_adds_its_own(void **state)
{
	const struct host_profile late = { .bdf = BDF, .late_reset_reads = 3 };
	struct boundary_host h, bare = { 0 };
	struct boundary_host_ops ops;
	struct state old, now;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	h = r.host = host_profile_create(r.host, &late);
	for (uint32_t at = 0; at < 256; at += 4) {
		uint64_t v;

		assert_int_equal(h.ops->read(h.self, BDF, REGION_CONFIG, at, 4,
		    &v, &r.err), 0);
	}
	config_write(&r, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER);
	wr(&r, VIRTIO_PCI_STATUS, 1, 1);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0);
	old = host_now(&h);
	assert_int_equal(rd(&r, VIRTIO_PCI_STATUS, 1), 1);
	now = host_now(&h);
	differ(old, now);		/* one read fewer is left */
	rig_close(&r);

	/* A host without a state has none with manners. */
	memset(&ops, 0, sizeof ops);
	bare.ops = &ops;
	h = host_profile_create(bare, &late);
	assert_null(h.ops->state);
	check_free(h.self);
}

/* --- the display --- */

#define SIDE	64u
#define BACKING	(FAKE_BASE + 0x200000u)

static void
gpu_ask(struct gpu2d *g, uint32_t type, const uint32_t *words, unsigned n)
{
	struct gpu2d_reply reply = { 0 };
	uint8_t request[128] = { 0 };

	bytes_le_put(request, type, 4);
	for (unsigned i = 0; i < n; i++)
		bytes_le_put(request + GPU_HDR_SIZE + 4 * i, words[i], 4);
	assert_int_equal(gpu2d_apply(g, 0, request, GPU_HDR_SIZE + 4 * n, 1,
	    &reply), GPU2D_ANSWERED);
	assert_int_equal(reply.type, GPU_OK_NODATA);
	gpu2d_reply_free(&reply);
}

static struct state
gpu_now(struct gpu2d *g)
{
	struct state s;

	state_init(&s);
	gpu2d_state(g, &s);
	return s;
}

static void
gpu_transfer(struct gpu2d *g)
{
	const uint32_t words[] = { 0, 0, SIDE, SIDE, 0, 0, 1, 0 };

	gpu_ask(g, GPU_TRANSFER_TO_HOST_2D, words, 8);
}

static void
gpu_flush(struct gpu2d *g)
{
	const uint32_t words[] = { 0, 0, SIDE, SIDE, 1, 0 };

	gpu_ask(g, GPU_RESOURCE_FLUSH, words, 6);
}

static void
pixels_and_what_is_shown_are_in_the_state(void **state)
{
	const struct gpu2d_config cfg = { 8, 1, SIDE, SIDE };
	const uint32_t create[] = { 1, GPU_FORMAT_BGRX, SIDE, SIDE };
	const uint32_t attach[] = { 1, 1, BACKING, 0, SIDE * SIDE * 4, 0 };
	const uint32_t scanout[] = { 0, 0, SIDE, SIDE, 0, 1 };
	const uint32_t unref[] = { 1, 0 };
	struct state s[6];
	struct gpu2d *g;
	struct fake f;

	(void)state;
	fake_init(&f);
	g = gpu2d_create(&f.port, &cfg);
	s[0] = gpu_now(g);
	gpu_ask(g, GPU_RESOURCE_CREATE_2D, create, 4);
	s[1] = gpu_now(g);
	differ(s[0], s[1]);
	gpu_ask(g, GPU_RESOURCE_ATTACH_BACKING, attach, 6);
	s[2] = gpu_now(g);
	differ(s[1], s[2]);
	gpu_ask(g, GPU_SET_SCANOUT, scanout, 6);
	s[3] = gpu_now(g);
	differ(s[2], s[3]);
	fake_put(&f, BACKING + 4 * 100, 0x123456, 4);
	same(s[3], gpu_now(g));		/* the host has not looked */
	gpu_transfer(g);
	s[4] = gpu_now(g);
	differ(s[3], s[4]);
	gpu_flush(g);
	s[5] = gpu_now(g);
	differ(s[4], s[5]);
	fake_put(&f, BACKING + 4 * 100, 0, 4);
	gpu_transfer(g);
	differ(s[5], gpu_now(g));
	gpu_flush(g);
	same(s[3], gpu_now(g));
	gpu_ask(g, GPU_RESOURCE_UNREF, unref, 2);
	same(s[0], gpu_now(g));
	gpu2d_free(g);
	fake_free(&f);
}

static void
a_display_has_events_and_a_mode(void **state)
{
	const struct gpu_device_config cfg = { .width = 640, .height = 480 };
	struct boundary_happening resize = { .what = HAPPEN_RESIZE };
	struct boundary_host h;
	struct state s[3];
	struct error err;
	struct fake f;

	(void)state;
	fake_init(&f);
	h = gpu_device_host(&f.port, &cfg);
	s[0] = host_now(&h);
	resize.width = 800;
	resize.height = 600;
	assert_int_equal(h.ops->happen(h.self, &resize, &err), 0);
	s[1] = host_now(&h);
	differ(s[0], s[1]);
	resize.width = 640;
	resize.height = 480;
	assert_int_equal(h.ops->happen(h.self, &resize, &err), 0);
	differ(s[0], host_now(&h));	/* the event is still there */
	differ(s[1], host_now(&h));
	h.ops->close(h.self);
	fake_free(&f);
}

/* --- oracles --- */

static struct state
display_now(struct display_oracle *o)
{
	struct state s;

	state_init(&s);
	display_oracle_state(o, &s);
	return s;
}

static void
what_is_shown_and_intended(void **state)
{
	static const unsigned char glyphs[95 * 16];
	static const hc_u32 palette[16] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const struct hc_font font = { .width = 8, .height = 16, .first = 32,
	    .count = 95, .glyphs = glyphs };
	struct scenario_step text = { .op = SCENARIO_TEXT }, graphics =
	    { .op = SCENARIO_GRAPHICS }, fill = { .op = SCENARIO_FILL };
	struct display_oracle *o = display_oracle_create(&font, palette);
	uint8_t ask[24] = { 0 }, answer[24 + 24] = { 0 }, black[64] = { 0 };
	struct display_compare c;
	struct state s[5];

	(void)state;
	bytes_le_put(ask, GPU_GET_DISPLAY_INFO, 4);
	bytes_le_put(answer, GPU_OK_DISPLAY_INFO, 4);
	bytes_le_put(answer + 32, 64, 4);
	bytes_le_put(answer + 36, 32, 4);
	s[0] = display_now(o);
	display_oracle_request(o, ask, sizeof ask);
	differ(s[0], display_now(o));
	display_oracle_answer(o, answer, sizeof answer);
	display_oracle_geometry(o, 2, 8, 0, 0);
	s[0] = display_now(o);
	text.text = "a";
	display_oracle_step(o, &text);
	s[1] = display_now(o);
	differ(s[0], s[1]);
	text.text = "\b \b";
	display_oracle_step(o, &text);
	same(s[0], display_now(o));
	/* To look at it changes nothing. */
	display_oracle_compare(o, &c);
	same(s[0], display_now(o));
	display_oracle_picture(o, 0, 4, 4, black);
	s[1] = display_now(o);
	differ(s[0], s[1]);
	black[5] = 1;
	display_oracle_picture(o, 0, 4, 4, black);
	differ(s[1], display_now(o));
	display_oracle_step(o, &graphics);
	s[2] = display_now(o);
	fill.args[2] = fill.args[3] = 3;
	fill.args[4] = 0x123456;
	display_oracle_step(o, &fill);
	s[3] = display_now(o);
	differ(s[2], s[3]);
	display_oracle_step(o, &fill);
	same(s[3], display_now(o));
	display_oracle_destroy(o);
}

static void
nothing_is_told(void *self, const char *id, const char *text)
{
	(void)self;
	(void)text;
	fail_msg("%s", id);
}

static struct state
packets_now(const struct net_oracle *o)
{
	struct state s;

	state_init(&s);
	net_oracle_state_add(o, &s);
	return s;
}

static void
frames_in_flight_are_in_the_state(void **state)
{
	static struct test_frame f;
	struct virtio_state told;
	struct net_oracle *o, *other;
	uint8_t sent[NET_HDR_SIZE + 100] = { 0 };
	struct state s[3];

	(void)state;
	virtio_state_init(&told, NULL, VIRTIO_BUS_PCI, 8);
	told.accepted[1] = 1;
	o = net_oracle_create(&told, 1, nothing_is_told, NULL);
	other = net_oracle_create(&told, 1, nothing_is_told, NULL);
	frame_udp(&f, 1, 9, 20);
	memcpy(sent + NET_HDR_SIZE, f.p, f.n);
	s[0] = packets_now(o);
	net_oracle_frame(o, 0, 0, f.p, f.n, 0, 0);
	s[1] = packets_now(o);
	differ(s[0], s[1]);
	net_oracle_taken(o, 1, 1, sent, NET_HDR_SIZE + f.n);
	s[2] = packets_now(o);
	differ(s[1], s[2]);
	differ(s[0], s[2]);		/* it would be seen a second time */
	net_oracle_forget(o);
	/* Interrupts are counted only from frame to frame. */
	net_oracle_interrupt(other);
	net_oracle_frame(other, 0, 0, f.p, f.n, 0, 0);
	for (unsigned i = 0; i < 16; i++) {
		net_oracle_frame(o, 0, 0, f.p, f.n, 0, 0);
		s[2] = packets_now(o);
		net_oracle_forget(o);
	}
	net_oracle_interrupt(o);
	net_oracle_interrupt(o);
	net_oracle_frame(o, 0, 0, f.p, f.n, 0, 0);
	same(packets_now(other), packets_now(o));
	net_oracle_destroy(o);
	net_oracle_destroy(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_taken_and_given_back),
		cmocka_unit_test(all_of_a_queue_is_in_the_state),
		cmocka_unit_test(registers_are_in_the_state),
		cmocka_unit_test(a_vector_is_masked_and_unmasked),
		cmocka_unit_test(a_device_is_reset_as_it_was),
		cmocka_unit_test(patience_is_in_the_state),
		cmocka_unit_test(frames_and_filters_are_in_the_state),
		cmocka_unit_test(a_peer_has_streams_and_counts),
		cmocka_unit_test(a_profile_adds_its_own),
		cmocka_unit_test(pixels_and_what_is_shown_are_in_the_state),
		cmocka_unit_test(a_display_has_events_and_a_mode),
		cmocka_unit_test(what_is_shown_and_intended),
		cmocka_unit_test(frames_in_flight_are_in_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_net_device.c: the built-in virtio-net: features, packets, queues. */
#include "net_rig.h"

#define OFFLOADS (F(CSUM) | F(GUEST_CSUM) | F(HOST_TSO4) | F(GUEST_TSO4))

static struct test_frame f;
static const struct net_header plain;

static void
features_are_offered_and_left_out(void **state)
{
	struct net_device_config cfg = { .mtu_offered = 1, .mtu = 9000,
	    .pairs = 2 };
	struct rig r;
	uint64_t all;

	(void)state;
	rig_open(&r, NULL);
	r.host.ops->write(r.host.self, BDF, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY, &r.err);
	all = offered(&r);
	assert_int_equal(all & (F(MTU) | F(MQ)), 0);
	assert_int_equal(~all & (OFFLOADS | F(MAC) | F(MRG_RXBUF) | F(STATUS) |
	    F(CTRL_VQ) | F(CTRL_RX) | F(CTRL_VLAN) | F(GUEST_ANNOUNCE) |
	    F(CTRL_MAC_ADDR) | F(CTRL_GUEST_OFFLOADS)), 0);
	assert_int_equal(queue_size(&r, 0), 256);
	assert_int_equal(queue_size(&r, 1), 256);
	assert_int_equal(queue_size(&r, 2), 64);
	assert_int_equal(queue_size(&r, 3), 0);
	mac_is(&r, "\x52\x54\x00\x12\x34\x56");
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_LINK_UP);
	rig_close(&r);
	rig_open(&r, &cfg);
	r.host.ops->write(r.host.self, BDF, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY, &r.err);
	assert_int_equal(offered(&r) & (F(MTU) | F(MQ)), F(MTU) | F(MQ));
	assert_int_equal(rd(&r, 0x2008, 2), 2);
	assert_int_equal(rd(&r, 0x200a, 2), 9000);
	assert_int_equal(queue_size(&r, 3), 256);
	assert_int_equal(queue_size(&r, 4), 64);
	rig_close(&r);
	cfg.features_off = ~(uint64_t)0;
	rig_open(&r, &cfg);
	r.host.ops->write(r.host.self, BDF, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY, &r.err);
	assert_int_equal(offered(&r), VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1));
	rig_close(&r);
}

/* An echo, without and with each way to lay it out. */
static void
a_packet_goes_out_and_its_answer_comes_in(void **state)
{
	struct rig r;
	const uint8_t *b;
	size_t n;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	post(&r, 0, 4, 1526);
	frame_udp(&f, 5000, 7, 300);
	transmit(&r, 0, &plain, &f);
	b = received(&r, 0, &n);
	assert_int_equal(n, 12 + f.n);
	assert_int_equal(b[0] | b[1], 0);
	assert_memory_equal(b + 12 + 42, f.p + 42, 300);
	/* 5.1.6.4.1: also without MRG_RXBUF. */
	assert_int_equal(bytes_le(b + 10, 2), 1);
	assert_int_equal(b[12 + f.n], 0xee);
	fake_expect(&r.f, "");
	rig_start(&r, F(MAC) | F(MRG_RXBUF), 2);
	post(&r, 0, 4, 1526);
	transmit(&r, 0, &plain, &f);
	b = received(&r, 0, &n);
	assert_int_equal(n, 12 + f.n);
	assert_int_equal(bytes_le(b + 10, 2), 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* 5014 bytes come as four buffers of 1526 (measured), all at once. */
static void
a_large_packet_is_merged_from_buffers(void **state)
{
	struct rig r;
	uint8_t got[6000];
	const uint8_t *b;
	size_t n, at = 0;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MRG_RXBUF), 2);
	post(&r, 0, 3, 1526);
	frame_udp(&f, 5000, 7, 5014 - 42);
	transmit(&r, 0, &plain, &f);
	assert_int_equal(unseen(&r, 0), 0);	/* it waits for a fourth */
	assert_true(net_device_waiting(r.d));
	post(&r, 0, 3, 1526);
	assert_int_equal(unseen(&r, 0), 4);
	assert_false(net_device_waiting(r.d));
	for (int i = 0; i < 4; i++) {
		b = received(&r, 0, &n);
		assert_int_equal(n, i < 3 ? 1526 : 5026 - 3 * 1526);
		memcpy(got + at, b, n);
		at += n;
	}
	assert_int_equal(bytes_le(got + 10, 2), 4);
	assert_memory_equal(got + 12 + 42, f.p + 42, 5014 - 42);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
frames_wait_for_a_buffer_in_their_order(void **state)
{
	struct rig r;
	size_t n;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, 0, 2);
	for (unsigned i = 0; i < 5; i++) {
		frame_udp(&f, 5000, 7, 100 + i);
		transmit(&r, 0, &plain, &f);
	}
	assert_int_equal(unseen(&r, 0), 0);
	/* No buffer was ever given, so nothing is even fetched. */
	for (unsigned i = 0; i < 5; i++) {
		post(&r, 0, 1, 1526);
		(void)received(&r, 0, &n);
		assert_int_equal(n, 12 + 42 + 100 + i);
		assert_int_equal(unseen(&r, 0), 0);
	}
	rig_close(&r);
}

static void
a_buffer_that_is_too_small_is_told(void **state)
{
	struct net_device_config cfg = { .mtu_offered = 1, .mtu = 9000 };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, 0, 2);
	post(&r, 0, 1, 500);
	frame_udp(&f, 5000, 7, 500 - 12 - 42);
	transmit(&r, 0, &plain, &f);
	fake_expect(&r.f, "");			/* it just fits */
	post(&r, 0, 1, 500);
	frame_udp(&f, 5000, 7, 501 - 12 - 42);
	transmit(&r, 0, &plain, &f);
	fake_expect(&r.f, "net-rx-buffer-small");
	rig_start(&r, 0, 2);
	post(&r, 0, 1, 12);
	fake_expect(&r.f, "");
	post(&r, 0, 1, 11);
	fake_expect(&r.f, "net-rx-buffer-small");
	assert_int_equal(rd(&r, VIRTIO_PCI_STATUS, 1), 0x4f);
	rig_close(&r);
	rig_open(&r, &cfg);
	rig_start(&r, F(MTU), 2);
	post(&r, 0, 1, 12 + 14 + 9000);
	fake_expect(&r.f, "");
	post(&r, 0, 1, 12 + 14 + 8999);
	fake_expect(&r.f, "net-rx-buffer-mtu");
	rig_start(&r, F(MTU) | F(MRG_RXBUF), 2);
	post(&r, 0, 1, 1526);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* TSO to the peer, LRO back: one frame each. */
static void
segmentation_is_offloaded_both_ways(void **state)
{
	struct net_header h = { .flags = NET_HDR_F_NEEDS_CSUM, .gso_type =
	    NET_GSO_TCPV4, .hdr_len = 54, .gso_size = 1460, .csum_start = 34,
	    .csum_offset = 16 };
	struct net_frame look;
	struct net_header got;
	struct rig r;
	const uint8_t *b;
	size_t n;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, OFFLOADS | F(MRG_RXBUF), 2);
	post(&r, 0, 8, 0x11000);
	frame_tcp(&f, 9, 1000, 0, TCP_F_SYN, 0, 0);
	transmit(&r, 0, &plain, &f);
	(void)received(&r, 0, &n);
	frame_tcp(&f, 9, 1001, 5001, TCP_F_ACK | TCP_F_FIN, 0, 60000);
	net_frame_look(&look, f.p, f.n);
	net_be16_put(f.p + 50, net_pseudo_sum(&look, f.p, 60020));
	transmit(&r, 0, &h, &f);
	fake_expect(&r.f, "");
	assert_int_equal(net_peer_counts(net_device_peer(r.d))->bad, 0);
	assert_int_equal(net_peer_counts(net_device_peer(r.d))->pattern, 0);
	b = received(&r, 0, &n);
	assert_int_equal(net_be32(b + 12 + 42), 61002);
	assert_int_equal(b[0], NET_HDR_F_DATA_VALID);
	/* The other way: 60000 bytes as one frame. */
	frame_tcp(&f, 19, 1000, 0, TCP_F_SYN, 0, 0);
	transmit(&r, 0, &plain, &f);
	(void)received(&r, 0, &n);
	frame_tcp(&f, 19, 1001, 5001, TCP_F_ACK, 0, 8);
	net_be32_put(f.p + 54, 0);
	net_be32_put(f.p + 58, 60000);
	net_checksums_set(f.p, f.n);
	transmit(&r, 0, &plain, &f);
	b = received(&r, 0, &n);
	assert_int_equal(n, 12 + 54 + 60000);
	net_header_get(&got, b, 12);
	assert_int_equal(got.flags, NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(got.gso_type, NET_GSO_TCPV4);
	assert_int_equal(got.gso_size, 1460);
	assert_int_equal(got.hdr_len, 54);
	assert_int_equal(got.csum_start, 34);
	assert_int_equal(got.csum_offset, 16);
	net_frame_look(&look, b + 12, n - 12);
	assert_int_equal(net_be16(b + 12 + 50), net_pseudo_sum(&look, b + 12,
	    60020));
	fake_expect(&r.f, "");
	/* Not asked for any more: frames of the usual size. */
	rig_close(&r);
}

static void
link_mtu_and_address_change_at_run_time(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	struct net_device_config cfg = { .mtu_offered = 1, .mtu = 1500 };
	struct rig r;
	unsigned raised;
	size_t n;

	(void)state;
	rig_open(&r, &cfg);
	rig_start(&r, F(STATUS) | F(MAC), 2);
	post(&r, 0, 4, 1526);
	raised = r.f.raised;
	net_device_link(r.d, 0);
	assert_int_equal(r.f.raised, raised + 1);
	assert_int_equal(rd(&r, 0x2006, 2), 0);
	assert_int_equal(rd(&r, 0x1000, 1), 3);
	frame_udp(&f, 5000, 7, 100);
	transmit(&r, 0, &plain, &f);
	assert_int_equal(unseen(&r, 0), 0);
	assert_int_equal(net_device_counts(r.d)->down, 1);
	(void)rd(&r, 0x1000, 1);
	net_device_link(r.d, 1);
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_LINK_UP);
	transmit(&r, 0, &plain, &f);
	(void)received(&r, 0, &n);
	net_device_mtu(r.d, 1400);
	assert_int_equal(rd(&r, 0x200a, 2), 1400);
	net_device_mac(r.d, mac);
	mac_is(&r, "\x02\0\0\0\0\x09");
	transmit(&r, 0, &plain, &f);		/* its answer is filtered: */
	assert_int_equal(unseen(&r, 0), 0);	/* it goes to the old one */
	assert_int_equal(net_device_counts(r.d)->filtered, 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
a_flow_comes_back_on_the_pair_that_it_was_sent_from(void **state)
{
	static const uint8_t set[4] = { NET_CTRL_MQ, 0, 2, 0 };
	struct net_device_config cfg = { .pairs = 2 };
	struct rig r;
	size_t n;

	(void)state;
	rig_open(&r, &cfg);
	rig_start(&r, F(MQ) | F(CTRL_VQ), 5);
	post(&r, 0, 2, 1526);
	frame_udp(&f, 5000, 7, 100);
	transmit(&r, 1, &plain, &f);
	fake_expect(&r.f, "net-queue-not-enabled");
	(void)received(&r, 0, &n);
	assert_int_equal(command(&r, 4, set, 4), NET_CTRL_OK);
	r.posted = 0;
	post(&r, 1, 2, 1526);
	transmit(&r, 1, &plain, &f);
	assert_int_equal(unseen(&r, 0), 0);
	(void)received(&r, 1, &n);
	transmit(&r, 0, &plain, &f);
	(void)received(&r, 0, &n);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
features_that_require_others_are_judged(void **state)
{
	static const struct { uint64_t features; const char *id; } t[] = {
		{ F(GUEST_TSO4), "virtio-feature-needs-another" },
		{ F(GUEST_TSO4) | F(GUEST_CSUM), "" },
		{ F(HOST_TSO6), "virtio-feature-needs-another" },
		{ F(HOST_ECN) | F(CSUM), "virtio-feature-needs-another" },
		{ F(HOST_ECN) | F(CSUM) | F(HOST_TSO6), "" },
		{ F(CTRL_RX), "virtio-feature-needs-another" },
		{ F(CTRL_RX) | F(CTRL_VQ), "" }
	};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		rig_start(&r, t[i].features, 2);
		post(&r, 0, 1, 1526);
		fake_expect(&r.f, t[i].id);
	}
	rig_close(&r);
}

static void
the_device_configuration_is_read_only(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	wr(&r, 0x2000, 1, 0x77);
	fake_expect(&r.f, "virtio-read-only-written");
	assert_int_equal(rd(&r, 0x2000, 1), 0x52);
	rig_close(&r);
}

/* What was given before a reset is not the device's any more. */
static void
a_reset_forgets_buffers_and_modes(void **state)
{
	static const uint8_t promisc[3] = { NET_CTRL_RX, 0, 1 };
	static const uint8_t other[6] = { 2, 9, 9, 9, 9, 9 };
	uint64_t all = F(CTRL_VQ) | F(CTRL_RX);
	struct rig r;
	size_t n;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, all, 3);
	post(&r, 0, 3, 1526);
	assert_int_equal(command(&r, 2, promisc, 3), NET_CTRL_OK);
	net_peer_send(net_device_peer(r.d), other, 1, 50);
	work(&r);
	(void)received(&r, 0, &n);
	rig_start(&r, all, 3);
	net_peer_send(net_device_peer(r.d), other, 1, 50);
	post(&r, 0, 1, 1526);
	assert_int_equal(unseen(&r, 0), 0);
	assert_int_equal(net_device_counts(r.d)->filtered, 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* A host may look at its queues unasked: net_device is no virtio_core. */
static void
a_look_is_a_notification(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(MAC), 2);
	fake_desc(&r.f, RING_DESC(0), 0, BUFFERS, 2000, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r.f, 0, queue_size(&r, 0), 0);
	work(&r);
	assert_int_equal(r.f.taken, 0);
	r.host.ops->look(r.host.self);
	work(&r);
	assert_int_equal(r.f.taken, 1);
	rig_close(&r);
}

/* What the driver has stored is what memory has, or a chain more that nobody
   sees yet; or nobody knows (-1). */
static int chains_more;

static int
stored(void *machine, uint64_t addr, void *dst, size_t len)
{
	uint8_t *idx = dst;

	assert_int_equal(len, 2);
	if (chains_more < 0)
		return -1;
	assert_int_equal(fake_read(machine, addr, idx, len, NULL), DMA_OK);
	bytes_le_put(idx, bytes_le(idx, 2) + (unsigned)chains_more, 2);
	return 0;
}

static enum boundary_busy
busy(const struct rig *r)
{
	return r->host.ops->busy(r->host.self);
}

static int
step(struct rig *r)
{
	return r->host.ops->step(r->host.self, 0, &r->err);
}

/* A chain with a datagram, of which the device is not told. */
static void
send_untold(struct rig *r)
{
	frame_udp(&f, 5000, 7, 300);
	net_header_put(&plain, fake_at(&r->f, SENT), NET_HDR_SIZE);
	memcpy(fake_at(&r->f, SENT + NET_HDR_SIZE), f.p, f.n);
	fake_desc(&r->f, RING_DESC(TX(0)), 0, SENT,
	    (uint32_t)(NET_HDR_SIZE + f.n), 0, 0);
	fake_avail(&r->f, TX(0), queue_size(r, TX(0)), 0);
}

/* Rule X8: not with a notification behind which there is nothing new; and rule
   X9: buffers that wait for a frame are the least. */
static void
a_host_is_busy_where_something_is_new(void **state)
{
	struct rig r;
	unsigned looks;

	(void)state;
	rig_open(&r, NULL);
	r.f.port.stored = stored;
	rig_start(&r, F(MAC), 2);
	notify(&r, TX(0));			/* nor was there ever anything */
	assert_int_equal(busy(&r), BUSY_NOT);
	assert_int_equal(step(&r), 0);
	send_untold(&r);
	assert_int_equal(busy(&r), BUSY_NOT);
	notify(&r, TX(0));
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 1);
	/* The answer is on the wire, and then waits for a buffer. */
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 0);
	assert_int_equal(busy(&r), BUSY_NOT);
	fake_desc(&r.f, RING_DESC(RX(0)), 0, BUFFERS, 1526, VIRTQ_DESC_F_WRITE,
	    0);
	fake_avail(&r.f, RX(0), queue_size(&r, RX(0)), 0);
	notify(&r, RX(0));
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 1);		/* the buffer */
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 1);		/* the frame */
	assert_int_equal(busy(&r), BUSY_NOT);
	assert_int_equal(unseen(&r, RX(0)), 1);
	/* A second buffer, and no frame. */
	fake_desc(&r.f, RING_DESC(RX(0)), 1, BUFFERS, 1526, VIRTQ_DESC_F_WRITE,
	    0);
	fake_avail(&r.f, RX(0), queue_size(&r, RX(0)), 1);
	notify(&r, RX(0));
	assert_int_equal(busy(&r), BUSY_TAKES);
	assert_int_equal(step(&r), 1);
	assert_int_equal(busy(&r), BUSY_NOT);
	notify(&r, TX(0));
	assert_int_equal(busy(&r), BUSY_NOT);
	/* A chain that the driver has stored is work, seen or not. */
	for (chains_more = 1; chains_more >= -1; chains_more--)
		assert_int_equal(busy(&r), chains_more != 0 ? BUSY_SERVES :
		    BUSY_NOT);
	chains_more = 0;
	/* Who has no turn has seen that; and forgets nothing else. */
	r.host.ops->waits(r.host.self);
	looks = r.f.seen_reads[DMA_AVAIL_INDEX];
	assert_int_equal(step(&r), 0);
	assert_int_equal(r.f.seen_reads[DMA_AVAIL_INDEX], looks);
	send_untold(&r);
	notify(&r, TX(0));
	r.host.ops->waits(r.host.self);
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 1);
	assert_int_equal(step(&r), 1);		/* the answer */
	notify(&r, TX(0));
	r.f.port.stored = NULL;
	assert_int_equal(busy(&r), BUSY_SERVES);
	assert_int_equal(step(&r), 0);
	assert_int_equal(busy(&r), BUSY_NOT);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* Rule X9: receive buffers; what is sent is looked for after each chain. */
static void
buffers_are_taken_as_they_were_seen(void **state)
{
	struct rig r;
	unsigned looks;

	(void)state;
	rig_open(&r, NULL);
	r.f.port.stored = stored;
	rig_start(&r, F(MAC) | F(CTRL_VQ), 3);
	for (uint16_t i = 0; i < 2; i++) {
		fake_desc(&r.f, RING_DESC(RX(0)), i, BUFFERS + i * 0x1000,
		    1526, VIRTQ_DESC_F_WRITE, 0);
		fake_avail(&r.f, RX(0), queue_size(&r, RX(0)), i);
	}
	notify(&r, RX(0));
	assert_int_equal(busy(&r), BUSY_TAKES);
	/* One more is stored, and a device that takes now would miss it. */
	chains_more = 1;
	assert_int_equal(busy(&r), BUSY_SERVES);
	chains_more = -1;			/* or it may be so */
	assert_int_equal(busy(&r), BUSY_SERVES);
	chains_more = 0;
	looks = r.f.seen_reads[DMA_AVAIL_INDEX];
	assert_int_equal(step(&r), 1);
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.seen_reads[DMA_AVAIL_INDEX], looks + 1);
	assert_int_equal(step(&r), 0);
	assert_int_equal(r.f.seen_reads[DMA_AVAIL_INDEX], looks + 2);
	/* Commands are not kept, whatever the number of their queue. */
	fake_desc(&r.f, RING_DESC(2), 0, SENT, 2, 0, 0);
	fake_avail(&r.f, 2, queue_size(&r, 2), 0);
	notify(&r, 2);
	assert_int_equal(busy(&r), BUSY_SERVES);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_offered_and_left_out),
		cmocka_unit_test(a_packet_goes_out_and_its_answer_comes_in),
		cmocka_unit_test(a_host_is_busy_where_something_is_new),
		cmocka_unit_test(buffers_are_taken_as_they_were_seen),
		cmocka_unit_test(a_large_packet_is_merged_from_buffers),
		cmocka_unit_test(frames_wait_for_a_buffer_in_their_order),
		cmocka_unit_test(a_buffer_that_is_too_small_is_told),
		cmocka_unit_test(segmentation_is_offloaded_both_ways),
		cmocka_unit_test(link_mtu_and_address_change_at_run_time),
		cmocka_unit_test(
		    a_flow_comes_back_on_the_pair_that_it_was_sent_from),
		cmocka_unit_test(features_that_require_others_are_judged),
		cmocka_unit_test(the_device_configuration_is_read_only),
		cmocka_unit_test(a_reset_forgets_buffers_and_modes),
		cmocka_unit_test(a_look_is_a_notification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_net_peer.c: the machine at the other end of the cable: what it answers,
 * byte by byte where that matters, and what it does not.
 */
#include "net_frames.h"

static struct test_frame f;

static struct net_peer *
peer_make(unsigned loss, unsigned reorder, uint64_t seed)
{
	struct net_peer_config cfg = { .loss = loss, .reorder = reorder,
	    .seed = seed };

	return net_peer_create(&cfg);
}

/* The next frame, which has to be there; its checksums are right. */
static const uint8_t *
next(struct net_peer *p, struct net_frame *look, size_t *n)
{
	struct net_wire_frame w;

	assert_int_equal(net_peer_next(p, 1500, 0, &w), 1);
	assert_int_equal(w.mss, 0);
	*n = w.n;
	net_frame_look(look, w.bytes, w.n);
	assert_true(net_ip_checksum_right(look, w.bytes));
	assert_true(net_l4_checksum_right(look, w.bytes));
	return w.bytes;
}

static void
none(struct net_peer *p)
{
	struct net_wire_frame w;

	assert_int_equal(net_peer_next(p, 1500, 0, &w), 0);
	assert_false(net_peer_pending(p));
}

static void
arp_make(uint32_t target)
{
	static const uint8_t ask[14] = { 0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0,
	    0x12, 0x34, 0x56 };

	frame_ether(&f, ETHER_TYPE_ARP);
	memset(f.p, 0xff, 6);
	memcpy(f.p + 14, ask, sizeof ask);
	net_be32_put(f.p + 28, NET_PEER_GUEST);
	net_be32_put(f.p + 38, target);
	f.n = 60;
}

static void
arp_is_answered_for_its_own_addresses(void **state)
{
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *a;
	size_t n;

	(void)state;
	arp_make(NET_PEER_ADDRESS);
	net_peer_take(p, f.p, f.n);
	a = next(p, &look, &n);
	assert_int_equal(n, 60);
	assert_memory_equal(a, f.p + 6, 6);
	assert_int_equal(look.type, ETHER_TYPE_ARP);
	assert_int_equal(net_be16(a + 20), 2);
	assert_memory_equal(a + 22, "\x52\x55\x0a\x00\x02\x02", 6);
	assert_int_equal(net_be32(a + 28), NET_PEER_ADDRESS);
	assert_memory_equal(a + 32, f.p + 6, 6);
	assert_int_equal(net_be32(a + 38), NET_PEER_GUEST);
	arp_make(NET_PEER_DNS);
	net_peer_take(p, f.p, f.n);
	assert_int_equal(net_be32(next(p, &look, &n) + 28), NET_PEER_DNS);
	arp_make(0x0a000207);
	net_peer_take(p, f.p, f.n);
	arp_make(NET_PEER_ADDRESS);
	f.n = 41;			/* cut off */
	net_peer_take(p, f.p, f.n);
	none(p);
	net_peer_free(p);
}

static void
echo_of_any_size_comes_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 56, 57, 1472, 8972, 65507 };
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *a;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		frame_icmp(&f, sizes[i]);
		net_peer_take(p, f.p, f.n);
		a = next(p, &look, &n);
		assert_int_equal(n, f.n < 60 ? 60 : f.n);
		assert_int_equal(a[34], 0);
		assert_int_equal(net_sum(a + 34, 8 + sizes[i], 0), 0xffff);
		assert_memory_equal(a + 38, f.p + 38, 4 + sizes[i]);
		assert_int_equal(net_be32(a + 26), NET_PEER_ADDRESS);
		frame_udp(&f, 5000, 7, sizes[i]);
		net_peer_take(p, f.p, f.n);
		a = next(p, &look, &n);
		assert_int_equal(net_be16(a + 34), 7);
		assert_int_equal(net_be16(a + 36), 5000);
		assert_memory_equal(a + 42, f.p + 42, sizes[i]);
	}
	frame_udp(&f, 5000, 9, 100);
	net_peer_take(p, f.p, f.n);
	none(p);
	assert_int_equal(net_peer_counts(p)->bad, 0);
	net_peer_free(p);
}

static void
what_is_broken_or_for_others_is_not_answered(void **state)
{
	struct net_peer *p = peer_make(0, 0, 0);

	(void)state;
	frame_udp(&f, 5000, 7, 100);
	f.p[100] ^= 1;
	net_peer_take(p, f.p, f.n);
	frame_icmp(&f, 100);
	f.p[100] ^= 1;
	net_peer_take(p, f.p, f.n);
	frame_icmp(&f, 100);
	f.p[24] ^= 1;				/* of the IP header */
	net_peer_take(p, f.p, f.n);
	frame_udp(&f, 5000, 7, 100);
	net_peer_take(p, f.p, f.n - 1);		/* cut off */
	net_peer_take(p, f.p, 13);
	assert_int_equal(net_peer_counts(p)->bad, 5);
	frame_udp(&f, 5000, 7, 100);
	f.p[0] = 0x50;				/* another Ethernet address */
	net_peer_take(p, f.p, f.n);
	frame_udp(&f, 5000, 7, 100);
	net_be32_put(f.p + 30, 0x08080808);
	net_checksums_set(f.p, f.n);
	net_peer_take(p, f.p, f.n);
	assert_int_equal(net_peer_counts(p)->foreign, 2);
	none(p);
	net_peer_free(p);
}

static void
dhcp_make(unsigned type)
{
	uint8_t *d;

	frame_udp(&f, 68, 67, 300);
	d = f.p + 42;
	memset(d, 0, 300);
	memset(f.p, 0xff, 6);
	net_be32_put(f.p + 26, 0);
	net_be32_put(f.p + 30, 0xffffffff);
	d[0] = 1;
	d[1] = 1;
	d[2] = 6;
	net_be32_put(d + 4, 0x12345678);
	memcpy(d + 28, f.p + 6, 6);
	net_be32_put(d + 236, 0x63825363);
	d[240] = 0;				/* padding before the options */
	d[241] = 53;
	d[242] = 1;
	d[243] = (uint8_t)type;
	d[244] = 255;
	net_checksums_set(f.p, f.n);
}

static void
dhcp_gives_the_addresses_of_the_user_network(void **state)
{
	static const unsigned asked[] = { 1, 3 }, told[] = { 2, 5 };
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *d;
	size_t n;

	(void)state;
	for (int i = 0; i < 2; i++) {
		dhcp_make(asked[i]);
		net_peer_take(p, f.p, f.n);
		d = next(p, &look, &n) + 42;
		assert_int_equal(d[0], 2);
		assert_int_equal(net_be32(d + 4), 0x12345678);
		assert_int_equal(net_be32(d + 16), NET_PEER_GUEST);
		assert_memory_equal(d + 28, f.p + 6, 6);
		assert_int_equal(d[240], 53);
		assert_int_equal(d[242], told[i]);
		assert_memory_equal(d + 243, "\x36\x04\x0a\x00\x02\x02", 6);
	}
	dhcp_make(7);				/* RELEASE */
	net_peer_take(p, f.p, f.n);
	dhcp_make(1);
	f.p[42 + 236] = 0;			/* no DHCP */
	net_checksums_set(f.p, f.n);
	net_peer_take(p, f.p, f.n);
	none(p);
	net_peer_free(p);
}

static void
tftp_ask(const void *message, size_t n)
{
	frame_udp(&f, 6000, 69, n);
	memcpy(f.p + 42, message, n);
	net_checksums_set(f.p, f.n);
}

static void
tftp_gives_a_file_of_pattern(void **state)
{
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *d;
	uint8_t ack[4] = { 0, 4, 0, 0 };
	size_t n, at = 0;

	(void)state;
	tftp_ask("\0\1boot.bin\0octet", 17);
	net_peer_take(p, f.p, f.n);
	for (unsigned block = 1;; block++) {
		d = next(p, &look, &n) + 42;
		assert_int_equal(net_be16(d), 3);
		assert_int_equal(net_be16(d + 2), block);
		n = look.end - look.payload - 4;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(d[4 + i], net_peer_pattern(at++));
		if (n < 512)
			break;
		ack[3] = (uint8_t)block;
		tftp_ask(ack, 4);
		net_peer_take(p, f.p, f.n);
	}
	assert_int_equal(at, NET_PEER_FILE_SIZE);
	tftp_ask("\0\1missing\0octet", 16);
	net_peer_take(p, f.p, f.n);
	d = next(p, &look, &n) + 42;
	assert_int_equal(net_be16(d), 5);
	none(p);
	net_peer_free(p);
}

/* The guest's stream, in frames of segmentation size; one is missing. */
static void
a_stream_out_is_taken_and_compared(void **state)
{
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *a;
	size_t n;

	(void)state;
	frame_tcp(&f, 9, 1000, 0, TCP_F_SYN, 0, 0);
	net_peer_take(p, f.p, f.n);
	a = next(p, &look, &n);
	assert_int_equal(look.tcp_flags, TCP_F_SYN | TCP_F_ACK);
	assert_int_equal(net_be32(a + 38), 5000);
	assert_int_equal(net_be32(a + 42), 1001);
	frame_tcp(&f, 9, 1001, 5001, TCP_F_ACK, 0, 0);
	net_peer_take(p, f.p, f.n);
	none(p);
	frame_tcp(&f, 9, 1001, 5001, TCP_F_ACK, 0, 64000);
	net_peer_take(p, f.p, f.n);
	a = next(p, &look, &n);
	assert_int_equal(net_be32(a + 42), 65001);
	frame_tcp(&f, 9, 65001, 5001, TCP_F_ACK | TCP_F_FIN, 64000, 6000);
	net_peer_take(p, f.p, f.n);
	a = next(p, &look, &n);
	assert_int_equal(look.tcp_flags, TCP_F_FIN | TCP_F_ACK);
	assert_int_equal(net_be32(a + 42), 71002);
	assert_int_equal(net_peer_counts(p)->pattern, 0);
	/* Another pattern, and a gap. */
	frame_tcp(&f, 9, 1000, 0, TCP_F_SYN, 0, 0);
	net_peer_take(p, f.p, f.n);
	frame_tcp(&f, 9, 1001, 5001, TCP_F_ACK, 1, 100);
	net_peer_take(p, f.p, f.n);
	assert_int_equal(net_peer_counts(p)->pattern, 100);
	frame_tcp(&f, 9, 2001, 5001, TCP_F_ACK, 1000, 100);
	net_peer_take(p, f.p, f.n);
	assert_int_equal(net_peer_counts(p)->pattern, 200);
	net_peer_free(p);
}

/* Bytes of a stream of count, in frames of at most large or mtu bytes. */
static void
stream_in(unsigned mtu, unsigned large, uint64_t count, unsigned frames)
{
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	struct net_wire_frame w;
	const uint8_t *a;
	uint64_t at = 0;
	unsigned flags = 0;
	size_t n;

	frame_tcp(&f, 19, 1000, 0, TCP_F_SYN, 0, 0);
	net_peer_take(p, f.p, f.n);
	(void)next(p, &look, &n);
	frame_tcp(&f, 19, 1001, 5001, TCP_F_ACK, 0, 8);
	net_be32_put(f.p + 54, (uint32_t)(count >> 32));
	net_be32_put(f.p + 58, (uint32_t)count);
	net_checksums_set(f.p, f.n);
	net_peer_take(p, f.p, f.n);
	while (net_peer_pending(p)) {
		assert_int_equal(net_peer_next(p, mtu, large, &w), 1);
		a = w.bytes;
		net_frame_look(&look, a, w.n);
		assert_true(net_l4_checksum_right(&look, a));
		assert_int_equal(w.mss, look.ip_size > mtu ? mtu - 40 : 0);
		assert_int_equal(net_be32(a + 38), 5001 + (uint32_t)at);
		for (size_t i = look.payload; i < look.end; i++)
			assert_int_equal(a[i], net_peer_pattern(at++));
		flags = look.tcp_flags;
		frames--;
	}
	assert_int_equal(at, count);
	assert_int_equal(frames, 0);
	assert_int_equal(flags & TCP_F_FIN, TCP_F_FIN);
	net_peer_free(p);
}

static void
a_stream_in_comes_in_frames_of_the_mtu_or_larger(void **state)
{
	(void)state;
	stream_in(1500, 0, 14600, 10);
	stream_in(1500, 0, 14601, 11);
	stream_in(1500, 65535, 65495, 1);
	stream_in(1500, 65535, 65496, 2);
	stream_in(9000, 0, 100000, 12);
	stream_in(68, 0, 280, 10);
	stream_in(65535, 0, 65495, 1);
}

static void
echo_numbered(struct net_peer *p, unsigned i)
{
	frame_udp(&f, 5000, 7, 20);
	net_be32_put(f.p + 42, i);
	net_checksums_set(f.p, f.n);
	net_peer_take(p, f.p, f.n);
}

static void
loss_and_order_are_as_asked_for(void **state)
{
	static const unsigned lossy[] = { 0, 1, 3, 4, 6, 7 };
	static const unsigned mixed[] = { 0, 2, 1, 3 };
	struct net_peer *p = peer_make(3, 0, 0);
	struct net_frame look;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		echo_numbered(p, i);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(net_be32(next(p, &look, &n) + 42), lossy[i]);
	none(p);
	assert_int_equal(net_peer_counts(p)->lost, 3);
	net_peer_free(p);
	p = peer_make(0, 3, 0);
	echo_numbered(p, 0);
	assert_int_equal(net_be32(next(p, &look, &n) + 42), mixed[0]);
	for (unsigned i = 1; i < 4; i++)
		echo_numbered(p, i);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(net_be32(next(p, &look, &n) + 42), mixed[i]);
	assert_int_equal(net_peer_counts(p)->reordered, 1);
	net_peer_free(p);
	p = peer_make(3, 0, 2);			/* the seed moves the count */
	echo_numbered(p, 0);
	none(p);
	net_peer_free(p);
}

static void
a_scenario_can_have_frames_sent(void **state)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 5 };
	struct net_peer *p = peer_make(0, 0, 0);
	struct net_frame look;
	const uint8_t *a;
	size_t n;

	(void)state;
	net_peer_send(p, group, 2, 100);
	a = next(p, &look, &n);
	assert_memory_equal(a, group, 6);
	assert_int_equal(look.end - look.payload, 100);
	assert_int_equal(net_be32(next(p, &look, &n) + 42), 1);
	none(p);
	net_peer_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_is_answered_for_its_own_addresses),
		cmocka_unit_test(echo_of_any_size_comes_back),
		cmocka_unit_test(what_is_broken_or_for_others_is_not_answered),
		cmocka_unit_test(dhcp_gives_the_addresses_of_the_user_network),
		cmocka_unit_test(tftp_gives_a_file_of_pattern),
		cmocka_unit_test(a_stream_out_is_taken_and_compared),
		cmocka_unit_test(
		    a_stream_in_comes_in_frames_of_the_mtu_or_larger),
		cmocka_unit_test(loss_and_order_are_as_asked_for),
		cmocka_unit_test(a_scenario_can_have_frames_sent)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

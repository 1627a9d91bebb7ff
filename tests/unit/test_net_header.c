/*
 * test_net_header.c: the rules of virtio_net_hdr: each broken once, and next
 * to it the nearest packet that is right.
 */
#include "fake_port.h"
#include "net_frames.h"
#include "net_header.h"

#define F(name)		VIRTIO_FEATURE(NET_BIT_##name)
#define ALL	(F(CSUM) | F(HOST_TSO4) | F(HOST_TSO6) | F(HOST_UFO) | F(MTU) | \
	VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1))

static struct test_frame f;
static uint8_t sent[NET_HDR_SIZE + FRAME_ROOM];
static struct fake fake;
static uint64_t negotiated;

/* The id that is told of the header with the frame in f; "" is none. */
static const char *
judged(const struct net_header *h, int fit)
{
	struct net_terms t = { negotiated, 0, 1500 };
	static char id[48];

	net_header_put(h, sent, NET_HDR_SIZE);
	memcpy(sent + NET_HDR_SIZE, f.p, f.n);
	assert_int_equal(net_header_judge(&t, sent, NET_HDR_SIZE + f.n,
	    &fake.port), fit);
	assert_in_range(fake.broken, 0, 1);
	snprintf(id, sizeof id, "%s", fake.broken != 0 ? fake.ids[0] : "");
	fake.broken = 0;
	assert_int_equal(net_header_judge(&t, sent, NET_HDR_SIZE + f.n, NULL),
	    fit);
	return id;
}

/* A TCP packet with its checksum promised, and the header for it. */
static struct net_header
promised(size_t n, unsigned gso_size)
{
	struct net_header h = { .flags = NET_HDR_F_NEEDS_CSUM,
	    .csum_start = 34, .csum_offset = 16 };
	struct net_frame look;

	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, n);
	net_frame_look(&look, f.p, f.n);
	net_be16_put(f.p + 50, net_pseudo_sum(&look, f.p, 20 + n));
	if (gso_size != 0) {
		h.gso_type = NET_GSO_TCPV4;
		h.gso_size = (uint16_t)gso_size;
		h.hdr_len = 54;
	}
	return h;
}

static void
flags_and_num_buffers(void **state)
{
	struct net_header h = { 0 };

	(void)state;
	negotiated = ALL;
	frame_udp(&f, 1, 9, 100);
	assert_string_equal(judged(&h, 1), "");
	h.num_buffers = 1;
	assert_string_equal(judged(&h, 1), "net-num-buffers");
	h.num_buffers = 0;
	h.flags = NET_HDR_F_DATA_VALID;
	assert_string_equal(judged(&h, 1), "net-flags");
	h.flags = NET_HDR_F_RSC_INFO;
	assert_string_equal(judged(&h, 1), "net-flags");
	h = promised(100, 0);
	assert_string_equal(judged(&h, 1), "");
	negotiated = ALL & ~(F(CSUM) | F(HOST_TSO4) | F(HOST_TSO6) |
	    F(HOST_UFO));
	assert_string_equal(judged(&h, 1), "net-flags");
}

static void
checksums(void **state)
{
	struct net_header h = promised(100, 0), plain = { 0 };

	(void)state;
	negotiated = ALL;
	h.csum_start = 35;
	assert_string_equal(judged(&h, 1), "net-checksum-place");
	h.csum_start = 34;
	h.csum_offset = 6;
	assert_string_equal(judged(&h, 1), "net-checksum-place");
	h.csum_start = 0xfff0;
	assert_string_equal(judged(&h, 1), "net-checksum-place");
	h = promised(100, 0);
	net_be16_put(f.p + 50, 0);		/* a driver that clears it */
	assert_string_equal(judged(&h, 1), "net-checksum-pseudo");
	h = promised(100, 0);
	f.p[24] ^= 1;
	assert_string_equal(judged(&h, 1), "net-checksum-wrong");
	frame_udp(&f, 1, 9, 100);
	f.p[60] ^= 1;
	assert_string_equal(judged(&plain, 1), "net-checksum-wrong");
	net_be16_put(f.p + 40, 0);		/* UDP without a checksum */
	assert_string_equal(judged(&plain, 1), "");
	(void)promised(100, 0);			/* left out and not promised */
	assert_string_equal(judged(&plain, 1), "net-checksum-wrong");
	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, 1);
	f.n = 60;				/* padded to the minimum */
	assert_string_equal(judged(&plain, 1), "");
}

static void
segmentation(void **state)
{
	struct net_header h = promised(4000, 1460);

	(void)state;
	negotiated = ALL;
	assert_string_equal(judged(&h, 1), "");
	h.gso_size = 0;
	assert_string_equal(judged(&h, 0), "net-gso-size");
	h = promised(4000, 1460);
	h.gso_type = NET_GSO_TCPV6;
	assert_string_equal(judged(&h, 0), "net-gso-type");
	h.gso_type = NET_GSO_UDP;
	assert_string_equal(judged(&h, 0), "net-gso-type");
	h.gso_type = 2;
	assert_string_equal(judged(&h, 0), "net-gso-type");
	h.gso_type = NET_GSO_TCPV4 | NET_GSO_ECN;
	assert_string_equal(judged(&h, 1), "net-gso-ecn");
	negotiated = ALL | F(HOST_ECN);
	assert_string_equal(judged(&h, 1), "");
	negotiated = ALL & ~F(HOST_TSO4);
	h = promised(4000, 1460);
	assert_string_equal(judged(&h, 1), "net-gso-not-negotiated");
	negotiated = ALL;
	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, 4000);
	h.flags = 0;
	assert_string_equal(judged(&h, 1), "net-gso-no-checksum");
	negotiated = ALL | F(GUEST_HDRLEN);
	h = promised(4000, 1460);
	assert_string_equal(judged(&h, 1), "");
	h.hdr_len = 53;
	assert_string_equal(judged(&h, 1), "net-header-length");
}

static void
lengths(void **state)
{
	struct net_header h = { 0 };

	(void)state;
	negotiated = ALL;
	frame_udp(&f, 1, 9, 1500 - 28);
	assert_string_equal(judged(&h, 1), "");
	frame_udp(&f, 1, 9, 1501 - 28);
	assert_string_equal(judged(&h, 1), "net-packet-too-long");
	negotiated = ALL & ~F(MTU);
	assert_string_equal(judged(&h, 1), "");
	frame_udp(&f, 1, 9, 65535 - 28);
	assert_string_equal(judged(&h, 1), "");
	f.n = 65536 + 14;
	assert_string_equal(judged(&h, 0), "net-packet-too-long");
	frame_udp(&f, 1, 9, 100);
	f.n--;
	assert_string_equal(judged(&h, 1), "net-length-wrong");
	f.n = 13;
	assert_string_equal(judged(&h, 0), "net-packet-short");
	frame_ether(&f, 0x9000);
	assert_string_equal(judged(&h, 1), "");
}

static void
a_packet_without_a_header_and_the_legacy_one(void **state)
{
	struct net_terms t = { ALL, 0, 1500 };

	(void)state;
	memset(sent, 0, sizeof sent);
	assert_int_equal(net_header_judge(&t, sent, 11, &fake.port), 0);
	fake_expect(&fake, "net-header-short");
	assert_int_equal(net_header_size(&t), 12);
	t.legacy = 1;
	assert_int_equal(net_header_size(&t), 10);
	t.features |= F(MRG_RXBUF);
	assert_int_equal(net_header_size(&t), 12);
	t.features = 0;
	frame_udp(&f, 1, 9, 100);
	memcpy(sent + 10, f.p, f.n);
	assert_int_equal(net_header_judge(&t, sent, 10 + f.n, &fake.port), 1);
	fake_expect(&fake, "");
}

static void
apply_makes_the_checksum(void **state)
{
	struct net_header h = promised(1000, 0);
	struct net_frame look;
	struct bytes text = {0};

	(void)state;
	net_header_apply(&h, f.p, f.n);
	net_frame_look(&look, f.p, f.n);
	assert_true(net_l4_checksum_right(&look, f.p));
	h.csum_start = 60000;			/* nowhere: nothing is done */
	net_header_apply(&h, f.p, f.n);
	assert_true(net_l4_checksum_right(&look, f.p));
	h = promised(1000, 500);
	net_header_print(&h, &text);
	assert_string_equal((char *)text.data,
	    "csum 34+16 gso tcpv4 mss 500 headers 54");
	bytes_clear(&text);
	memset(&h, 0, sizeof h);
	net_header_print(&h, &text);
	assert_string_equal((char *)text.data, "plain");
	bytes_free(&text);
}

struct segments {
	unsigned n;
	size_t payload;
	uint32_t seq;
};

static void
segment_seen(void *self, const uint8_t *p, size_t len)
{
	struct segments *s = self;
	struct net_frame look;

	net_frame_look(&look, p, len);
	assert_true(net_ip_checksum_right(&look, p));
	assert_true(net_l4_checksum_right(&look, p));
	assert_int_equal(look.end, len);
	assert_int_equal(net_be32(p + 38), s->seq);
	for (size_t i = look.payload; i < len; i++)
		assert_int_equal(p[i], net_peer_pattern(s->payload++));
	s->seq += (uint32_t)(len - look.payload);
	assert_int_equal(look.tcp_flags & TCP_F_FIN,
	    s->payload == 4000 ? TCP_F_FIN : 0);
	s->n++;
}

static void
segments_go_on_where_the_last_one_ended(void **state)
{
	struct segments s = { 0, 0, 7 };

	(void)state;
	frame_tcp(&f, 9, 7, 1, TCP_F_ACK | TCP_F_FIN, 0, 4000);
	net_segment(f.p, f.n, 1460, segment_seen, &s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.payload, 4000);
}

static int
setup(void **state)
{
	(void)state;
	fake_init(&fake);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_free(&fake);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_num_buffers),
		cmocka_unit_test(checksums),
		cmocka_unit_test(segmentation),
		cmocka_unit_test(lengths),
		cmocka_unit_test(a_packet_without_a_header_and_the_legacy_one),
		cmocka_unit_test(apply_makes_the_checksum),
		cmocka_unit_test(segments_go_on_where_the_last_one_ended)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

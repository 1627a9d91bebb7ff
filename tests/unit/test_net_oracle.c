/*
 * test_net_oracle.c: what the packets' oracle tells: each finding once, and
 * next to it the nearest that is as it should be.
 */
#include "fake_port.h"
#include "net_frames.h"
#include "net_header.h"
#include "net_oracle.h"

#define F(name)		VIRTIO_FEATURE(NET_BIT_##name)

static struct test_frame f, g;
static const struct net_header plain;

struct rig {
	struct fake fake;
	struct virtio_state told;
	struct net_oracle *o;
	unsigned n;			/* findings */
	char id[48];			/* the first */
	char text[300];
};

static void
tell(void *self, const char *id, const char *text)
{
	struct rig *r = self;

	if (r->n++ == 0) {
		snprintf(r->id, sizeof r->id, "%s", id);
		snprintf(r->text, sizeof r->text, "%s", text);
	}
}

static void
rig_open(struct rig *r, uint64_t features)
{
	memset(r, 0, sizeof *r);
	fake_init(&r->fake);
	virtio_state_init(&r->told, NULL, VIRTIO_BUS_PCI, 8);
	features |= VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
	r->told.accepted[0] = (uint32_t)features;
	r->told.accepted[1] = (uint32_t)(features >> 32);
	r->o = net_oracle_create(&r->told, 0, tell, r);
}

static void
rig_close(struct rig *r)
{
	net_oracle_destroy(r->o);
	fake_free(&r->fake);
}

/* Exactly this was told since the last call; "" is nothing. */
static void
told(struct rig *r, const char *id)
{
	assert_string_equal(r->n != 0 ? r->id : "", id);
	assert_in_range(r->n, 0, 1);
	r->n = 0;
}

static void
hand(struct rig *r, unsigned queue, const struct test_frame *p,
    uint32_t flags, unsigned mss)
{
	net_oracle_frame(r->o, 0, queue, p->p, p->n, flags, mss);
}

static void
take(struct rig *r, unsigned queue, const struct net_header *h,
    const struct test_frame *p)
{
	static uint8_t sent[NET_HDR_SIZE + FRAME_ROOM];

	net_header_put(h, sent, NET_HDR_SIZE);
	memcpy(sent + NET_HDR_SIZE, p->p, p->n);
	net_oracle_taken(r->o, NET_QUEUE_TX(queue), 1, sent,
	    NET_HDR_SIZE + p->n);
}

/* The host gives a frame in buffers of size bytes. */
static void
give(struct rig *r, unsigned queue, const struct net_header *h,
    const struct test_frame *p, size_t size)
{
	static uint8_t given[NET_HDR_SIZE + FRAME_ROOM];
	size_t n = NET_HDR_SIZE + p->n, at, part;
	struct net_header copy = *h;

	copy.num_buffers = (uint16_t)((n + size - 1) / size);
	net_header_put(&copy, given, NET_HDR_SIZE);
	memcpy(given + NET_HDR_SIZE, p->p, p->n);
	for (at = 0; at < n; at += part) {
		part = n - at < size ? n - at : size;
		net_oracle_used(r->o, NET_QUEUE_RX(queue), given + at, part);
	}
	net_oracle_interrupt(r->o);
}

static void
up(struct rig *r, unsigned queue, const struct test_frame *p, uint32_t flags,
    unsigned mss)
{
	net_oracle_frame(r->o, 1, queue, p->p, p->n, flags, mss);
}

static void
expect(struct rig *r)
{
	net_oracle_expect(r->o, &r->fake.port);
}

/* A frame that carries a number. */
static void
numbered(struct test_frame *p, unsigned i, size_t n)
{
	frame_udp(p, 1, 9, n);
	net_be32_put(p->p + 42, i);
	net_checksums_set(p->p, p->n);
}

static void
what_arrives_as_it_was_is_right(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, F(MRG_RXBUF));
	for (unsigned i = 0; i < 50; i++) {
		numbered(&f, i, 100 + i);
		hand(&r, 0, &f, 0, 0);
	}
	for (unsigned i = 0; i < 50; i++) {
		numbered(&f, i, 100 + i);
		take(&r, 0, &plain, &f);
		give(&r, 1, &plain, &f, 64);
	}
	for (unsigned i = 0; i < 50; i++) {
		numbered(&f, i, 100 + i);
		up(&r, 1, &f, 0, 0);
	}
	expect(&r);
	told(&r, "");
	assert_int_equal(net_oracle_counts(r.o)->sent, 50);
	assert_int_equal(net_oracle_counts(r.o)->received, 50);
	rig_close(&r);
}

static void
torn_and_of_a_wrong_length(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	numbered(&f, 1, 100);
	hand(&r, 0, &f, 0, 0);
	g = f;
	g.p[80] ^= 0x40;
	take(&r, 0, &plain, &g);
	assert_non_null(strstr(r.text, "the first that differs is 80"));
	told(&r, "packet-torn");
	hand(&r, 0, &f, 0, 0);
	g = f;
	g.n--;
	take(&r, 0, &plain, &g);
	told(&r, "packet-wrong-length");
	give(&r, 0, &plain, &f, 4096);
	g = f;
	g.p[f.n - 1] ^= 1;
	up(&r, 0, &g, 0, 0);
	told(&r, "packet-torn");
	give(&r, 0, &plain, &f, 4096);
	g.n = f.n + 2;
	up(&r, 0, &g, 0, 0);
	told(&r, "packet-wrong-length");
	expect(&r);
	told(&r, "");
	rig_close(&r);
}

static void
lost_doubled_reordered_and_unknown(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	numbered(&f, 1, 100);
	numbered(&g, 2, 100);
	hand(&r, 0, &f, 0, 0);
	hand(&r, 0, &g, 0, 0);
	take(&r, 0, &plain, &g);
	told(&r, "packet-reordered");
	take(&r, 0, &plain, &f);
	told(&r, "");
	take(&r, 0, &plain, &f);
	told(&r, "packet-doubled");
	hand(&r, 0, &f, 0, 0);		/* sent twice is no doubling */
	take(&r, 0, &plain, &f);
	told(&r, "");
	numbered(&g, 3, 60);
	take(&r, 0, &plain, &g);
	told(&r, "packet-unknown");
	hand(&r, 0, &f, 0, 0);
	expect(&r);
	told(&r, "packet-lost");
	give(&r, 0, &plain, &f, 4096);
	net_oracle_interrupt(r.o);
	expect(&r);
	told(&r, "packet-lost");
	give(&r, 0, &plain, &f, 4096);
	up(&r, 0, &f, 0, 0);
	up(&r, 0, &f, 0, 0);
	told(&r, "packet-doubled");
	/* What a reset throws away is not lost. */
	hand(&r, 0, &f, 0, 0);
	give(&r, 0, &plain, &f, 4096);
	net_oracle_forget(r.o);
	expect(&r);
	told(&r, "");
	rig_close(&r);
}

static void
a_stopped_interface_throws_away_what_it_has(void **state)
{
	struct hc_net_state s = { .flags = 0x41, .mtu = 1500, .hardmtu = 1500 };
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	net_oracle_state(r.o, &s);
	numbered(&f, 1, 100);
	hand(&r, 0, &f, 0, 0);
	s.flags = 1;			/* no longer RUNNING */
	net_oracle_state(r.o, &s);
	expect(&r);
	told(&r, "");
	s.flags = 0x41;
	net_oracle_state(r.o, &s);
	hand(&r, 0, &f, 0, 0);
	s.mtu = 1400;
	net_oracle_state(r.o, &s);
	expect(&r);
	told(&r, "packet-lost");
	rig_close(&r);
}

static void
on_another_queue(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, F(MQ));
	numbered(&f, 1, 100);
	hand(&r, 0, &f, 0, 0);
	take(&r, 1, &plain, &f);
	told(&r, "packet-wrong-queue");
	hand(&r, 1, &f, 0, 0);
	take(&r, 1, &plain, &f);
	told(&r, "");
	give(&r, 1, &plain, &f, 4096);
	up(&r, 0, &f, 0, 0);
	told(&r, "packet-wrong-queue");
	rig_close(&r);
}

static void
headers_and_checksums(void **state)
{
	struct net_header h = { .flags = NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
	    .csum_offset = 16, .gso_type = NET_GSO_TCPV4, .gso_size = 1460,
	    .hdr_len = 54 };
	uint32_t tso = HC_NET_TSO | HC_NET_CSUM_TCP_OUT;
	struct net_frame look;
	struct rig r;

	(void)state;
	rig_open(&r, F(CSUM) | F(HOST_TSO4));
	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, 9000);
	net_be16_put(f.p + 50, 0);	/* the stack leaves it empty, and the */
	g = f;				/* driver puts the pseudo header in */
	net_frame_look(&look, f.p, f.n);
	net_be16_put(g.p + 50, net_pseudo_sum(&look, f.p, 9020));
	hand(&r, 0, &f, tso, 1460);
	take(&r, 0, &h, &g);
	told(&r, "");
	hand(&r, 0, &f, tso, 1460);
	h.gso_size = 1448;
	take(&r, 0, &h, &g);
	told(&r, "packet-wrong-header");
	hand(&r, 0, &f, tso, 1460);
	h.gso_type = NET_GSO_NONE;
	take(&r, 0, &h, &g);
	told(&r, "packet-wrong-header");
	hand(&r, 0, &f, HC_NET_CSUM_TCP_OUT, 0);
	take(&r, 0, &plain, &g);	/* nobody computes it */
	told(&r, "packet-checksum-wrong");
	hand(&r, 0, &f, HC_NET_CSUM_TCP_OUT, 0);
	take(&r, 0, &h, &f);		/* not the pseudo header's sum */
	told(&r, "packet-checksum-wrong");
	hand(&r, 0, &f, HC_NET_CSUM_TCP_OUT, 0);
	net_checksums_set(f.p, f.n);
	take(&r, 0, &plain, &f);	/* the driver computed it itself */
	told(&r, "");
	rig_close(&r);
}

static void
what_a_driver_may_say_of_a_received_packet(void **state)
{
	struct net_header valid = { .flags = NET_HDR_F_DATA_VALID };
	struct net_header lro = { .flags = NET_HDR_F_NEEDS_CSUM, .csum_start =
	    34, .csum_offset = 16, .gso_type = NET_GSO_TCPV4, .gso_size = 1460,
	    .hdr_len = 54 };
	struct rig r;

	(void)state;
	rig_open(&r, F(GUEST_CSUM) | F(GUEST_TSO4) | F(MRG_RXBUF));
	numbered(&f, 1, 100);
	give(&r, 0, &valid, &f, 4096);
	up(&r, 0, &f, HC_NET_CSUM_UDP_IN_OK, 0);
	told(&r, "");
	give(&r, 0, &plain, &f, 4096);
	up(&r, 0, &f, 0, 0);
	told(&r, "");
	give(&r, 0, &plain, &f, 4096);
	up(&r, 0, &f, HC_NET_CSUM_UDP_IN_OK, 0);
	told(&r, "packet-checksum-trusted");
	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, 9000);
	give(&r, 0, &lro, &f, 2048);
	up(&r, 0, &f, HC_NET_LRO | HC_NET_CSUM_TCP_IN_OK, 1460);
	told(&r, "");
	give(&r, 0, &lro, &f, 2048);
	up(&r, 0, &f, HC_NET_LRO | HC_NET_CSUM_TCP_IN_OK, 1448);
	told(&r, "packet-wrong-header");
	give(&r, 0, &plain, &f, 2048);
	up(&r, 0, &f, HC_NET_LRO, 1460);
	told(&r, "packet-wrong-header");
	rig_close(&r);
}

static void
longer_than_the_hard_mtu(void **state)
{
	struct hc_net_state s = { .flags = 0x41, .mtu = 1500, .hardmtu = 1500 };
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	net_oracle_state(r.o, &s);
	frame_udp(&f, 1, 9, 1472 + 4);	/* a tag has its four bytes */
	hand(&r, 0, &f, 0, 0);
	take(&r, 0, &plain, &f);
	told(&r, "");
	frame_udp(&f, 1, 9, 1472 + 5);
	hand(&r, 0, &f, 0, 0);
	take(&r, 0, &plain, &f);
	told(&r, "packet-too-long");
	rig_close(&r);
}

/* A ring of 64 at RING_DESC(q), as the driver would have told it. */
static void
ring(struct rig *r, unsigned q)
{
	struct virtio_queue_state *s = &r->told.queue[q];

	s->enabled = 1;
	s->size = s->size_max = 64;
	s->desc = RING_DESC(q);
	s->driver = RING_AVAIL(q);
	s->device = RING_USED(q);
}

static void
a_queue_that_nobody_is_told_of(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	ring(&r, 1);
	numbered(&f, 1, 100);
	hand(&r, 0, &f, 0, 0);
	fake_avail(&r.fake, 1, 64, 0);
	expect(&r);
	told(&r, "queue-stuck");
	hand(&r, 0, &f, 0, 0);
	take(&r, 0, &plain, &f);	/* it was taken after all */
	expect(&r);
	told(&r, "");
	rig_close(&r);
}

static void
packets_that_nobody_looks_at(void **state)
{
	uint8_t given[NET_HDR_SIZE + 2000] = { 0 };
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	numbered(&f, 1, 100);
	memcpy(given + NET_HDR_SIZE, f.p, f.n);
	net_oracle_used(r.o, 0, given, NET_HDR_SIZE + f.n);
	expect(&r);
	told(&r, "interrupt-lost");
	/* It is skipped, and a later one taken: it was not for want of one. */
	net_oracle_used(r.o, 0, given, NET_HDR_SIZE + f.n);
	numbered(&f, 2, 100);
	memcpy(given + NET_HDR_SIZE, f.p, f.n);
	net_oracle_used(r.o, 0, given, NET_HDR_SIZE + f.n);
	up(&r, 0, &f, 0, 0);
	told(&r, "packet-reordered");
	expect(&r);
	told(&r, "packet-lost");
	net_oracle_used(r.o, 0, given, NET_HDR_SIZE + f.n);
	up(&r, 0, &f, 0, 0);		/* without an interrupt, and seen */
	expect(&r);
	told(&r, "");
	rig_close(&r);
}

static void
a_program_gets_the_pattern(void **state)
{
	struct scenario_step step = { .op = SCENARIO_NET_TFTP };
	uint8_t p[1000];
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	for (unsigned i = 0; i < sizeof p; i++)
		p[i] = net_peer_pattern(i);
	net_oracle_step(r.o, &step);
	net_oracle_content(r.o, p, 500);
	net_oracle_content(r.o, p + 500, 500);
	told(&r, "");
	net_oracle_step(r.o, &step);
	net_oracle_content(r.o, p, 500);
	told(&r, "");
	net_oracle_content(r.o, p + 501, 499);
	told(&r, "packet-content-wrong");
	assert_int_equal(net_oracle_counts(r.o)->content, 1999);
	rig_close(&r);
}

/* The control queue's chains are no packets. */
static void
commands_are_no_packets(void **state)
{
	static const uint8_t promisc[3] = { 0, 0, 1 }, ack[1] = { 0 };
	struct rig r;

	(void)state;
	rig_open(&r, F(CTRL_VQ));
	net_oracle_taken(r.o, 2, 1, promisc, 3);
	net_oracle_used(r.o, 2, ack, 1);
	expect(&r);
	told(&r, "");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_arrives_as_it_was_is_right),
		cmocka_unit_test(torn_and_of_a_wrong_length),
		cmocka_unit_test(lost_doubled_reordered_and_unknown),
		cmocka_unit_test(a_stopped_interface_throws_away_what_it_has),
		cmocka_unit_test(on_another_queue),
		cmocka_unit_test(headers_and_checksums),
		cmocka_unit_test(what_a_driver_may_say_of_a_received_packet),
		cmocka_unit_test(longer_than_the_hard_mtu),
		cmocka_unit_test(a_queue_that_nobody_is_told_of),
		cmocka_unit_test(packets_that_nobody_looks_at),
		cmocka_unit_test(a_program_gets_the_pattern),
		cmocka_unit_test(commands_are_no_packets)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

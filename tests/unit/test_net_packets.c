/*
 * test_net_packets.c: packets put together from a recording's events, played
 * again, and written as pcapng.
 */
#include "fake_port.h"
#include "net_frames.h"
#include "net_packets.h"
#include "pcapng.h"
#include "replay_net.h"

static struct test_frame f;
static uint8_t data[NET_HDR_SIZE + FRAME_ROOM];

static void
accept_features(struct net_packets *d, uint64_t features)
{
	struct virtio_state *st = net_packets_state(d);

	features |= VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
	st->accepted[0] = (uint32_t)features;
	st->accepted[1] = (uint32_t)(features >> 32);
}

/* The frame in f behind a header of size bytes. */
static size_t
with_header(const struct net_header *h, size_t size)
{
	net_header_put(h, data, size);
	memcpy(data + size, f.p, f.n);
	return size + f.n;
}

static struct event
chain_event(unsigned queue, struct event_descriptor *d, size_t n)
{
	struct event e = { .kind = EVENT_CHAIN };

	d->len = (uint32_t)n;
	d->write = 0;
	e.chain.queue = (uint16_t)queue;
	e.chain.descriptors = d;
	e.chain.descriptor_count = 1;
	e.data = data;
	e.data_len = n;
	return e;
}

static struct event
used_event(unsigned queue, const uint8_t *p, size_t n)
{
	struct event e = { .kind = EVENT_USED };

	e.used.queue = (uint16_t)queue;
	e.used.used_len = (uint32_t)n;
	e.data = p;
	e.data_len = n;
	return e;
}

static void
packets_come_out_of_chains(void **state)
{
	struct net_header h = { .flags = NET_HDR_F_DATA_VALID,
	    .num_buffers = 3 };
	struct net_packets *d = net_packets_create();
	struct event_descriptor desc;
	struct net_packet p;
	struct event e;
	size_t n, part;

	(void)state;
	accept_features(d, VIRTIO_FEATURE(NET_BIT_MRG_RXBUF));
	frame_udp(&f, 1, 9, 300);
	e = chain_event(3, &desc, with_header(&h, 12));
	assert_int_equal(net_packets_event(d, &e, 7, &p), 1);
	assert_int_equal(p.kind, NET_PACKET_OUT);
	assert_int_equal(p.pair, 1);
	assert_int_equal(p.event, 7);
	assert_int_equal(p.n, f.n);
	assert_memory_equal(p.frame, f.p, f.n);
	e = (struct event){ .kind = EVENT_TIME, .time_ns = 5000 };
	assert_int_equal(net_packets_event(d, &e, 8, &p), 0);
	n = with_header(&h, 12);
	for (size_t at = 0; at < n; at += part) {
		part = n - at < 130 ? n - at : 130;
		e = used_event(0, data + at, part);
		assert_int_equal(net_packets_event(d, &e, 9 + at / 130, &p),
		    at + part == n);
	}
	assert_int_equal(p.kind, NET_PACKET_IN);
	assert_int_equal(p.event, 9);
	assert_int_equal(p.event_last, 11);
	assert_int_equal(p.time_ns, 5000);
	assert_int_equal(p.header.flags, NET_HDR_F_DATA_VALID);
	assert_int_equal(p.n, f.n);
	assert_memory_equal(p.frame, f.p, f.n);
	memcpy(data, "\0\0\1", 3);
	e = chain_event(4, &desc, 3);
	assert_int_equal(net_packets_event(d, &e, 12, &p), 1);
	assert_int_equal(p.kind, NET_PACKET_CONTROL);
	e = used_event(4, data, 1);
	assert_int_equal(net_packets_event(d, &e, 13, &p), 0);
	desc.write = 1;				/* a receive buffer */
	e = chain_event(0, &desc, 0);
	desc.write = 1;
	assert_int_equal(net_packets_event(d, &e, 14, &p), 0);
	net_packets_free(d);
}

/* ------------------------------------------------------------------ pcapng */

static uint64_t
le(const struct bytes *b, size_t at, size_t width)
{
	assert_true(at + width <= b->len);
	return bytes_le(b->data + at, width);
}

static void
packets_are_written_as_blocks(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 18, 1472, 65507 };
	struct bytes b = { 0 };
	size_t at = 0, n, blocks = 0;

	(void)state;
	pcapng_begin(&b, "viotape", "vio0", "a test", NULL);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		frame_udp(&f, 1, 9, sizes[i]);
		pcapng_packet(&b, 0x123456789au, i % 2 == 0, i == 2 ? NULL :
		    "event 7", f.p, f.n);
	}
	for (; at < b.len; at += n, blocks++) {
		n = (size_t)le(&b, at + 4, 4);
		assert_int_equal(n % 4, 0);
		assert_int_equal(le(&b, at + n - 4, 4), n);
		assert_int_equal(le(&b, at, 4), blocks == 0 ? 0x0a0d0d0a :
		    blocks == 1 ? 1 : 6);
		if (blocks < 2)
			continue;
		assert_int_equal(le(&b, at + 12, 4), 0x12);
		assert_int_equal(le(&b, at + 16, 4), 0x3456789a);
		assert_int_equal(le(&b, at + 20, 4), 42 + sizes[blocks - 2]);
		/* The last option but one is the flags. */
		assert_int_equal(le(&b, at + n - 16, 4), 0x00040002);
		assert_int_equal(le(&b, at + n - 12, 4),
		    blocks % 2 == 0 ? 1 : 2);
	}
	assert_int_equal(at, b.len);
	assert_int_equal(blocks, 2 + sizeof sizes / sizeof sizes[0]);
	bytes_free(&b);
}

/* ------------------------------------------------------------------ replay */

static unsigned departed;
static char said[200];

static void
diverged(void *machine, const char *text)
{
	(void)machine;
	departed++;
	snprintf(said, sizeof said, "%s", text);
}

static struct trace_writer *
writer(void)
{
	static const uint8_t nothing[4];
	struct trace_header h = { .device = "virtio-net-pci", .host_name =
	    "test", .host_version = "", .scenario_name = "test",
	    .scenario_text = "device net\n", .creator = "test",
	    .machine = nothing, .machine_len = sizeof nothing };
	struct error err;
	struct trace_writer *w = trace_writer_open_memory(&h, &err);

	assert_non_null(w);
	return w;
}

static void
add(struct trace_writer *w, const struct event *e)
{
	struct error err;

	if (trace_writer_add(w, e, &err) != 0)
		fail_msg("%s", err.text);
}

/* A legacy header: nothing was negotiated in these recordings. */
static void
add_sent(struct trace_writer *w, const struct net_header *h)
{
	struct event_descriptor desc;
	struct event e = chain_event(1, &desc, with_header(h, 10));

	add(w, &e);
}

static void
add_given(struct trace_writer *w, const struct net_header *h)
{
	struct event e = used_event(0, data, with_header(h, 10));

	add(w, &e);
}

static struct replay_net *
tape_of(struct trace_writer *w, struct trace **t)
{
	static const uint8_t digest[DIGEST_SIZE];
	static struct bytes file;
	struct error err;
	struct replay_net *n;

	bytes_clear(&file);
	assert_int_equal(trace_writer_close_memory(w, digest, &file, &err), 0);
	*t = trace_open_memory("test", file.data, file.len, TRACE_STRICT, &err);
	if (*t == NULL)
		fail_msg("%s", err.text);
	n = replay_net_read(*t, &err);
	assert_non_null(n);
	return n;
}

static void
packets_come_when_their_cause_is_there(void **state)
{
	static const char step[] = "host send ff:ff:ff:ff:ff:ff 1 60";
	struct net_header plain = { 0 }, h = { .flags = NET_HDR_F_NEEDS_CSUM,
	    .csum_start = 34, .csum_offset = 16, .gso_type = NET_GSO_TCPV4,
	    .gso_size = 1460, .hdr_len = 54 };
	struct event e = { .kind = EVENT_STEP };
	struct boundary_port port = { .diverged = diverged };
	struct trace_writer *w = writer();
	struct net_wire_frame got;
	struct net_frame look;
	struct replay_net *n;
	struct net_wire wire;
	struct trace *t;

	(void)state;
	frame_icmp(&f, 56);
	add_sent(w, &plain);
	add_given(w, &plain);
	e.data = (const uint8_t *)step;
	e.data_len = sizeof step - 1;
	add(w, &e);
	frame_tcp(&f, 9, 1, 1, TCP_F_ACK, 0, 3000);
	net_frame_look(&look, f.p, f.n);
	net_be16_put(f.p + 50, net_pseudo_sum(&look, f.p, 3020));
	add_given(w, &h);
	n = tape_of(w, &t);
	for (int large = 0; large < 2; large++) {
		wire = replay_net_wire(n, &port);
		departed = 0;
		assert_int_equal(wire.next(wire.self, 1500, 65535, 0,
		    &got), 0);
		frame_icmp(&f, 57);		/* another length: not yet */
		wire.take(wire.self, f.p, f.n);
		assert_int_equal(departed, 1);
		assert_non_null(strstr(said, "expected ICMP 10.0.2.15 > "
		    "10.0.2.2, 98 bytes, driver sent ICMP 10.0.2.15 > "
		    "10.0.2.2, 99 bytes"));
		frame_icmp(&f, 56);
		wire.take(wire.self, f.p, f.n);
		assert_int_equal(wire.next(wire.self, 1500, 65535, 0,
		    &got), 1);
		assert_int_equal(got.n, f.n);
		assert_memory_equal(got.bytes, f.p, f.n);
		/* The next waits for the scenario's step. */
		assert_false(wire.pending(wire.self, 1));
		if (large)
			wire.frame(wire.self, f.p, f.n);
		else
			wire.send(wire.self, f.p, 1, 60);
		assert_true(wire.pending(wire.self, 1));
		assert_int_equal(wire.next(wire.self, 1500,
		    large ? 65535 : 0, 0, &got), 1);
		net_frame_look(&look, got.bytes, got.n);
		assert_true(net_l4_checksum_right(&look, got.bytes));
		assert_int_equal(got.mss, large ? 1460 : 0);
		assert_int_equal(look.end - look.payload, large ? 3000 : 1460);
		for (int i = large ? 2 : 0; i < 2; i++)
			assert_int_equal(wire.next(wire.self, 1500, 0, 0,
			    &got),
			    1);
		assert_int_equal(wire.next(wire.self, 1500, 0, 0,
			    &got), 0);
		wire.close(wire.self);
	}
	replay_net_free(n);
	trace_close(t);
}

static void
ping(struct net_wire *w, unsigned n)
{
	frame_icmp(&f, n);
	w->take(w->self, f.p, f.n);
}

/* The size of what is given, or 0. */
static size_t
given(struct net_wire *w, int idle)
{
	struct net_wire_frame got;

	return w->next(w->self, 1500, 0, idle, &got) ? got.n - 42 : 0;
}

/* Two were sent, then both were answered. */
static void
the_order_of_queues_may_be_another(void **state)
{
	struct net_header plain = { 0 };
	struct boundary_port port = { .diverged = diverged };
	struct trace_writer *w = writer();
	struct replay_net *n;
	struct net_wire wire;
	struct trace *t;

	(void)state;
	for (int i = 0; i < 4; i++) {
		frame_icmp(&f, 100 + (unsigned)i % 2);
		if (i < 2)
			add_sent(w, &plain);
		else
			add_given(w, &plain);
	}
	n = tape_of(w, &t);
	wire = replay_net_wire(n, &port);
	departed = 0;
	ping(&wire, 101);		/* the second first */
	assert_int_equal(given(&wire, 0), 0);
	ping(&wire, 100);
	assert_int_equal(given(&wire, 0), 100);
	assert_int_equal(given(&wire, 0), 101);
	assert_int_equal(departed, 0);
	wire.close(wire.self);
	/* The first is left out: nobody waits for it for ever. */
	wire = replay_net_wire(n, &port);
	ping(&wire, 101);
	assert_int_equal(given(&wire, 0), 0);
	assert_int_equal(given(&wire, 1), 100);
	wire.close(wire.self);
	/* The cause is left out: it does not come. */
	wire = replay_net_wire(n, &port);
	ping(&wire, 100);
	assert_int_equal(given(&wire, 1), 0);
	wire.close(wire.self);
	replay_net_free(n);
	trace_close(t);
}

static void
what_differs_is_named(void **state)
{
	struct net_header plain = { 0 };
	struct boundary_port port = { .diverged = diverged };
	struct trace_writer *w = writer();
	struct replay_net *n;
	struct net_wire wire;
	struct trace *t;

	(void)state;
	frame_udp(&f, 1, 9, 100);
	add_sent(w, &plain);
	n = tape_of(w, &t);
	wire = replay_net_wire(n, &port);
	departed = 0;
	f.p[60] ^= 0xff;
	wire.take(wire.self, f.p, f.n);
	assert_int_equal(departed, 1);
	assert_non_null(strstr(said, "(byte 60 is 0x"));
	wire.take(wire.self, f.p, f.n);		/* behind the end: once */
	wire.take(wire.self, f.p, f.n);
	assert_int_equal(departed, 2);
	assert_non_null(strstr(said, "the recording ends"));
	wire.close(wire.self);
	replay_net_free(n);
	trace_close(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_come_out_of_chains),
		cmocka_unit_test(packets_are_written_as_blocks),
		cmocka_unit_test(packets_come_when_their_cause_is_there),
		cmocka_unit_test(the_order_of_queues_may_be_another),
		cmocka_unit_test(what_differs_is_named)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_net_control.c: the control queue: each command, each way to send it
 * wrong, and which frames pass afterwards.
 */
#include "net_rig.h"
#include "net_control.h"

#define RX_ALL	(F(CTRL_VQ) | F(CTRL_RX) | F(CTRL_RX_EXTRA) | F(CTRL_VLAN) | \
	F(CTRL_MAC_ADDR) | F(GUEST_ANNOUNCE) | F(MAC) | F(STATUS))

static const uint8_t own[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const uint8_t other[6] = { 2, 9, 9, 9, 9, 9 };
static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 5 };
static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static struct test_frame f;

/* Which of own, other, group, broadcast pass, a letter each. */
static const char *
passes(struct rig *r)
{
	static char text[5];
	const uint8_t *const to[4] = { own, other, group, all };
	uint64_t before;
	size_t n;

	post(r, 0, 4, 1526);
	for (int i = 0; i < 4; i++) {
		before = net_device_counts(r->d)->filtered;
		net_peer_send(net_device_peer(r->d), to[i], 1, 60);
		work(r);
		text[i] = "oOgb"[i];
		if (net_device_counts(r->d)->filtered != before)
			text[i] = '-';
		else
			(void)received(r, 0, &n);
	}
	/* The buffers that are left are given again with the next reset. */
	return text;
}

static void
receive_modes(void **state)
{
	static const struct { uint8_t command, value; const char *passes; }
	t[] = {
		{ NET_CTRL_RX_PROMISC, 1, "oOgb" },
		{ NET_CTRL_RX_PROMISC, 0, "o--b" },
		{ NET_CTRL_RX_ALLMULTI, 1, "o-gb" },
		{ NET_CTRL_RX_NOMULTI, 1, "o--b" },
		{ NET_CTRL_RX_NOMULTI, 0, "o-gb" },
		{ NET_CTRL_RX_NOBCAST, 1, "o-g-" },
		{ NET_CTRL_RX_NOBCAST, 0, "o-gb" },
		{ NET_CTRL_RX_ALLMULTI, 0, "o--b" },
		{ NET_CTRL_RX_ALLUNI, 1, "oO-b" },
		{ NET_CTRL_RX_NOUNI, 1, "---b" },
		{ NET_CTRL_RX_PROMISC, 1, "oOgb" }
	};
	uint8_t bytes[3] = { NET_CTRL_RX };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, RX_ALL, 3);
	assert_string_equal(passes(&r), "o--b");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		bytes[1] = t[i].command;
		bytes[2] = t[i].value;
		assert_int_equal(command(&r, 2, bytes, 3), NET_CTRL_OK);
		assert_string_equal(passes(&r), t[i].passes);
	}
	fake_expect(&r.f, "");
	bytes[2] = 2;
	assert_int_equal(command(&r, 2, bytes, 3), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-value");
	rig_close(&r);
}

static uint32_t
table(uint8_t *out, unsigned nuni, const uint8_t *uni, unsigned nmulti,
    const uint8_t *multi)
{
	uint8_t *p = out;

	*p++ = NET_CTRL_MAC;
	*p++ = NET_CTRL_MAC_TABLE_SET;
	bytes_le_put(p, nuni, 4);
	memcpy(p + 4, uni, 6 * nuni);
	p += 4 + 6 * nuni;
	bytes_le_put(p, nmulti, 4);
	memcpy(p + 4, multi, 6 * nmulti);
	return (uint32_t)(p + 4 + 6 * nmulti - out);
}

static void
the_table_of_addresses(void **state)
{
	uint8_t b[64];
	struct rig r;
	uint32_t n;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, RX_ALL, 3);
	n = table(b, 0, own, 1, group);
	assert_int_equal(command(&r, 2, b, n), NET_CTRL_OK);
	assert_string_equal(passes(&r), "o-gb");
	n = table(b, 1, other, 0, group);
	assert_int_equal(command(&r, 2, b, n), NET_CTRL_OK);
	assert_string_equal(passes(&r), "oO-b");
	n = table(b, 0, own, 0, group);
	assert_int_equal(command(&r, 2, b, n), NET_CTRL_OK);
	assert_string_equal(passes(&r), "o--b");
	fake_expect(&r.f, "");
	n = table(b, 1, group, 0, group);
	(void)command(&r, 2, b, n);
	fake_expect(&r.f, "net-control-mac-table");
	n = table(b, 0, own, 1, other);
	(void)command(&r, 2, b, n);
	fake_expect(&r.f, "net-control-mac-table");
	n = table(b, 1, other, 1, group);
	assert_int_equal(command(&r, 2, b, n - 1), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-format");
	bytes_le_put(b + 2, 0xffffffff, 4);	/* entries without end */
	assert_int_equal(command(&r, 2, b, n), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-format");
	rig_close(&r);
}

static void
the_address_is_set_and_shows(void **state)
{
	uint8_t b[8] = { NET_CTRL_MAC, NET_CTRL_MAC_ADDR_SET };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, RX_ALL, 3);
	memcpy(b + 2, other, 6);
	assert_int_equal(command(&r, 2, b, 8), NET_CTRL_OK);
	assert_string_equal(passes(&r), "-O-b");
	mac_is(&r, "\x02\x09\x09\x09\x09\x09");
	assert_int_equal(command(&r, 2, b, 7), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-format");
	rig_start(&r, RX_ALL, 3);		/* a reset takes it back */
	assert_string_equal(passes(&r), "o--b");
	rig_close(&r);
}

static void
vlans_pass_when_they_were_added(void **state)
{
	uint8_t b[4] = { NET_CTRL_VLAN, NET_CTRL_VLAN_ADD, 5, 0 };
	struct net_control c;

	(void)state;
	memset(&c, 0, sizeof c);
	net_control_reset(&c, own);
	c.features = RX_ALL;
	frame_udp(&f, 1, 9, 60);
	memmove(f.p + 16, f.p + 12, f.n - 12);
	net_be16_put(f.p + 12, ETHER_TYPE_VLAN);
	net_be16_put(f.p + 14, 5);
	memcpy(f.p, own, 6);
	f.n += 4;
	assert_false(net_control_accepts(&c, f.p, f.n));
	assert_int_equal(net_control_command(&c, b, 4, 1, NULL), NET_CTRL_OK);
	assert_true(net_control_accepts(&c, f.p, f.n));
	net_be16_put(f.p + 14, 6);
	assert_false(net_control_accepts(&c, f.p, f.n));
	c.features &= ~F(CTRL_VLAN);
	assert_true(net_control_accepts(&c, f.p, f.n));
	c.features |= F(CTRL_VLAN);
	net_be16_put(f.p + 14, 5);
	b[1] = NET_CTRL_VLAN_DEL;
	assert_int_equal(net_control_command(&c, b, 4, 1, NULL), NET_CTRL_OK);
	assert_false(net_control_accepts(&c, f.p, f.n));
	b[3] = 0x10;				/* 4101 */
	assert_int_equal(net_control_command(&c, b, 4, 1, NULL), NET_CTRL_ERR);
}

static void
announce_is_acknowledged(void **state)
{
	static const uint8_t ack[2] = { NET_CTRL_ANNOUNCE, 0 };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, RX_ALL, 3);
	net_device_announce(r.d);
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_LINK_UP | NET_S_ANNOUNCE);
	assert_int_equal(command(&r, 2, ack, 2), NET_CTRL_OK);
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_LINK_UP);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
what_was_not_negotiated_is_refused(void **state)
{
	static const uint8_t commands[][4] = {
		{ NET_CTRL_RX, 0, 1 }, { NET_CTRL_RX, 2, 1 },
		{ NET_CTRL_VLAN, 0, 1, 0 }, { NET_CTRL_ANNOUNCE, 0 },
		{ NET_CTRL_MQ, 0, 1, 0 }
	};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, F(CTRL_VQ), 3);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		assert_int_equal(command(&r, 2, commands[i], 4), NET_CTRL_ERR);
		fake_expect(&r.f, "net-control-not-negotiated");
	}
	assert_int_equal(command(&r, 2, "\x09\x00", 2), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-format");
	assert_int_equal(command(&r, 2, "\x00", 1), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-format");
	rig_close(&r);
}

static void
pairs_and_offloads_have_limits(void **state)
{
	uint8_t pairs[4] = { NET_CTRL_MQ, 0, 2, 0 };
	uint8_t offloads[10] = { NET_CTRL_GUEST_OFFLOADS, 0, 0x82 };
	struct net_device_config cfg = { .pairs = 2 };
	struct rig r;

	(void)state;
	rig_open(&r, &cfg);
	rig_start(&r, F(CTRL_VQ) | F(MQ) | F(CTRL_GUEST_OFFLOADS) |
	    F(GUEST_CSUM) | F(GUEST_TSO4), 5);
	assert_int_equal(command(&r, 4, pairs, 4), NET_CTRL_OK);
	assert_int_equal(command(&r, 4, offloads, 10), NET_CTRL_OK);
	fake_expect(&r.f, "");
	pairs[2] = 3;
	assert_int_equal(command(&r, 4, pairs, 4), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-pairs");
	pairs[2] = 0;
	assert_int_equal(command(&r, 4, pairs, 4), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-pairs");
	offloads[3] = 1;			/* GUEST_TSO6 */
	assert_int_equal(command(&r, 4, offloads, 10), NET_CTRL_ERR);
	fake_expect(&r.f, "net-control-offloads");
	rig_close(&r);
}

/* It is carried out at once and answered after the packets. */
static void
a_command_is_in_flight_for_a_while(void **state)
{
	static const uint8_t promisc[3] = { NET_CTRL_RX, 0, 1 };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_start(&r, RX_ALL, 3);
	memcpy(fake_at(&r.f, REQUEST), promisc, 3);
	fake_desc(&r.f, RING_DESC(2), 0, REQUEST, 3, 1, 1);
	fake_desc(&r.f, RING_DESC(2), 1, RESPONSE, 1, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r.f, 2, 64, 0);
	notify(&r, 2);
	assert_int_equal(r.host.ops->step(r.host.self, 0, &r.err), 1);
	assert_int_equal(unseen(&r, 2), 0);
	work(&r);
	assert_int_equal(unseen(&r, 2), 1);
	rig_close(&r);
}

static void
commands_are_printed(void **state)
{
	struct bytes text = {0};
	uint8_t b[64];
	uint32_t n;

	(void)state;
	n = table(b, 1, other, 1, group);
	net_control_print(b, n, &text);
	assert_string_equal((char *)text.data, "MAC_TABLE_SET 1 unicast, "
	    "1 multicast: 02:09:09:09:09:09 01:00:5e:00:00:05");
	bytes_clear(&text);
	n = table(b, 0, other, 1, group);
	net_control_print(b, n, &text);
	assert_string_equal((char *)text.data, "MAC_TABLE_SET 0 unicast, "
	    "1 multicast: 01:00:5e:00:00:05");
	bytes_clear(&text);
	net_control_print((const uint8_t *)"\0\0\1", 3, &text);
	assert_string_equal((char *)text.data, "PROMISC 1");
	bytes_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receive_modes),
		cmocka_unit_test(the_table_of_addresses),
		cmocka_unit_test(the_address_is_set_and_shows),
		cmocka_unit_test(vlans_pass_when_they_were_added),
		cmocka_unit_test(announce_is_acknowledged),
		cmocka_unit_test(what_was_not_negotiated_is_refused),
		cmocka_unit_test(pairs_and_offloads_have_limits),
		cmocka_unit_test(a_command_is_in_flight_for_a_while),
		cmocka_unit_test(commands_are_printed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

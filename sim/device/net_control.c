/* net_control.c: the control queue of a network device. */
#include "net_control.h"
#include "net_frame.h"
#include "virtio_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OFFLOADS (VIRTIO_FEATURE(NET_BIT_GUEST_CSUM) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_TSO4) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_TSO6) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_ECN) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_UFO) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_USO4) | \
	VIRTIO_FEATURE(NET_BIT_GUEST_USO6))

/* Commands: their feature, their length of data (ANY: looked at apart). */
#define ANY	0xffu

static const struct command {
	const char *name;
	uint8_t class, command, bit, size;
} commands[] = {
	{ "PROMISC", NET_CTRL_RX, NET_CTRL_RX_PROMISC, NET_BIT_CTRL_RX, 1 },
	{ "ALLMULTI", NET_CTRL_RX, NET_CTRL_RX_ALLMULTI, NET_BIT_CTRL_RX, 1 },
	{ "ALLUNI", NET_CTRL_RX, NET_CTRL_RX_ALLUNI, NET_BIT_CTRL_RX_EXTRA, 1 },
	{ "NOMULTI", NET_CTRL_RX, NET_CTRL_RX_NOMULTI, NET_BIT_CTRL_RX_EXTRA,
	    1 },
	{ "NOUNI", NET_CTRL_RX, NET_CTRL_RX_NOUNI, NET_BIT_CTRL_RX_EXTRA, 1 },
	{ "NOBCAST", NET_CTRL_RX, NET_CTRL_RX_NOBCAST, NET_BIT_CTRL_RX_EXTRA,
	    1 },
	{ "MAC_TABLE_SET", NET_CTRL_MAC, NET_CTRL_MAC_TABLE_SET,
	    NET_BIT_CTRL_RX, ANY },
	{ "MAC_ADDR_SET", NET_CTRL_MAC, NET_CTRL_MAC_ADDR_SET,
	    NET_BIT_CTRL_MAC_ADDR, 6 },
	{ "VLAN_ADD", NET_CTRL_VLAN, NET_CTRL_VLAN_ADD, NET_BIT_CTRL_VLAN, 2 },
	{ "VLAN_DEL", NET_CTRL_VLAN, NET_CTRL_VLAN_DEL, NET_BIT_CTRL_VLAN, 2 },
	{ "ANNOUNCE_ACK", NET_CTRL_ANNOUNCE, NET_CTRL_ANNOUNCE_ACK,
	    NET_BIT_GUEST_ANNOUNCE, 0 },
	{ "VQ_PAIRS_SET", NET_CTRL_MQ, NET_CTRL_MQ_VQ_PAIRS_SET, NET_BIT_MQ,
	    2 },
	{ "GUEST_OFFLOADS_SET", NET_CTRL_GUEST_OFFLOADS,
	    NET_CTRL_GUEST_OFFLOADS_SET, NET_BIT_CTRL_GUEST_OFFLOADS, 8 }
};

static const struct command *
command_find(const uint8_t *p, size_t n)
{
	for (size_t i = 0; n >= NET_CTRL_DATA &&
	    i < sizeof commands / sizeof commands[0]; i++)
		if (commands[i].class == p[NET_CTRL_CLASS] &&
		    commands[i].command == p[NET_CTRL_COMMAND])
			return &commands[i];
	return NULL;
}

static unsigned
refuse(const struct boundary_port *port, const char *id, const char *section,
    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (port == NULL)
		return NET_CTRL_ERR;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	port->protocol_broken(port->machine, id, section, text);
	return NET_CTRL_ERR;
}

void
net_control_reset(struct net_control *c, const uint8_t mac[6])
{
	memset(&c->filter, 0, sizeof c->filter);
	memcpy(c->filter.mac, mac, 6);
	c->pairs = 1;
	c->offloads = OFFLOADS;
	c->announce_acked = c->mac_set = 0;
}

/* ---------------------------------------------------------------- commands */

/* One of the two tables: how many bytes it has, or 0: it does not fit. */
static size_t
table_size(const uint8_t *p, size_t n)
{
	uint64_t entries = n >= 4 ? bytes_le(p, 4) : UINT64_MAX;

	return n >= 4 && entries <= (n - 4) / 6 ? 4 + 6 * (size_t)entries : 0;
}

/* Whether one table holds addresses of its kind only. */
static int
table_pure(const uint8_t *p, size_t size, unsigned multicast)
{
	for (size_t at = 4; at < size; at += 6)
		if ((p[at] & 1u) != multicast)
			return 0;
	return 1;
}

static unsigned
table_take(const uint8_t *p, size_t size, uint8_t out[][6], uint8_t *overflow)
{
	unsigned n = (unsigned)((size - 4) / 6);

	*overflow = n > NET_MAC_TABLE_MAX;
	if (n > NET_MAC_TABLE_MAX)
		n = NET_MAC_TABLE_MAX;
	memcpy(out, p + 4, 6u * n);
	return n;
}

static unsigned
mac_table(struct net_control *c, const uint8_t *p, size_t n,
    const struct boundary_port *port)
{
	size_t uni = table_size(p, n);
	size_t multi = uni != 0 ? table_size(p + uni, n - uni) : 0;

	if (multi == 0 || uni + multi != n)
		return refuse(port, "net-control-format", "5.1.6.5.2.2",
		    "MAC_TABLE_SET with %zu bytes, which are not a table of "
		    "unicast and one of multicast addresses", n);
	if (!table_pure(p, uni, 0) || !table_pure(p + uni, multi, 1))
		(void)refuse(port, "net-control-mac-table", "5.1.6.5.2.2",
		    "MAC_TABLE_SET with a multicast address in the first table,"
		    " or another in the second");
	c->filter.nuni = table_take(p, uni, c->filter.uni,
	    &c->filter.uni_overflow);
	c->filter.nmulti = table_take(p + uni, multi, c->filter.multi,
	    &c->filter.multi_overflow);
	return NET_CTRL_OK;
}

static unsigned
rx_mode(struct net_control *c, unsigned command, unsigned value,
    const struct boundary_port *port)
{
	uint8_t *const modes[] = { &c->filter.promisc, &c->filter.allmulti,
	    &c->filter.alluni, &c->filter.nomulti, &c->filter.nouni,
	    &c->filter.nobcast };

	if (value > 1)
		return refuse(port, "net-control-value", "5.1.6.5.1",
		    "a receive mode is set to %u, and it is on (1) or off (0)",
		    value);
	*modes[command] = (uint8_t)value;
	return NET_CTRL_OK;
}

static unsigned
vlan(struct net_control *c, unsigned command, unsigned id,
    const struct boundary_port *port)
{
	uint8_t bit = (uint8_t)(1u << id % 8);

	if (id >= NET_VLANS)
		return refuse(port, "net-control-value", "5.1.6.5.3",
		    "VLAN %u, and there are 0 to 4095", id);
	if (command == NET_CTRL_VLAN_ADD)
		c->filter.vlan[id / 8] |= bit;
	else
		c->filter.vlan[id / 8] &= (uint8_t)~bit;
	return NET_CTRL_OK;
}

static unsigned
pairs(struct net_control *c, unsigned n, const struct boundary_port *port)
{
	if (n == 0 || n > c->pairs_max)
		return refuse(port, "net-control-pairs", "5.1.6.5.6.1",
		    "VQ_PAIRS_SET %u, and the device has 1 to %u", n,
		    c->pairs_max);
	c->pairs = (uint16_t)n;
	return NET_CTRL_OK;
}

static unsigned
offloads(struct net_control *c, uint64_t wanted,
    const struct boundary_port *port)
{
	if ((wanted & ~(c->features & OFFLOADS)) != 0)
		return refuse(port, "net-control-offloads", "5.1.6.5.8",
		    "GUEST_OFFLOADS_SET 0x%llx, of which 0x%llx was not "
		    "negotiated", (unsigned long long)wanted,
		    (unsigned long long)(wanted & ~(c->features & OFFLOADS)));
	c->offloads = wanted;
	return NET_CTRL_OK;
}

static unsigned
carry_out(struct net_control *c, const struct command *k, const uint8_t *p,
    size_t n, const struct boundary_port *port)
{
	uint64_t value = n >= 1 && n <= 8 ? bytes_le(p, n) : 0;

	switch (k->class) {
	case NET_CTRL_RX:
		return rx_mode(c, k->command, (unsigned)value, port);
	case NET_CTRL_MAC:
		if (k->command == NET_CTRL_MAC_TABLE_SET)
			return mac_table(c, p, n, port);
		memcpy(c->filter.mac, p, 6);
		c->mac_set = 1;
		return NET_CTRL_OK;
	case NET_CTRL_VLAN:
		return vlan(c, k->command, (unsigned)value, port);
	case NET_CTRL_ANNOUNCE:
		c->announce_acked = 1;
		return NET_CTRL_OK;
	case NET_CTRL_MQ:
		return pairs(c, (unsigned)value, port);
	default:
		return offloads(c, value, port);
	}
}

unsigned
net_control_command(struct net_control *c, const uint8_t *p, size_t n,
    size_t writable, const struct boundary_port *port)
{
	const struct command *k = command_find(p, n);

	if (writable == 0)
		return refuse(port, "net-control-format", "5.1.6.5",
		    "a command of %zu bytes without a byte for the ack", n);
	if (k == NULL)
		return refuse(port, "net-control-format", "5.1.6.5",
		    "class %u, command %u, %zu bytes: no such command",
		    n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n);
	if ((c->features & VIRTIO_FEATURE(k->bit)) == 0)
		return refuse(port, "net-control-not-negotiated", "5.1.6.5",
		    "%s, and feature %u was not negotiated", k->name, k->bit);
	n -= NET_CTRL_DATA;
	if (k->size != ANY && n != k->size)
		return refuse(port, "net-control-format", "5.1.6.5",
		    "%s with %zu bytes of data, and it has %u", k->name, n,
		    k->size);
	return carry_out(c, k, p + NET_CTRL_DATA, n, port);
}

/* ----------------------------------------------------------------- filters */

static int
in_table(const uint8_t table[][6], unsigned n, const uint8_t *mac)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(table[i], mac, 6) == 0)
			return 1;
	return 0;
}

static int
accepts_mac(const struct net_filter *f, const uint8_t *to)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff };

	if (memcmp(to, broadcast, 6) == 0)
		return !f->nobcast;
	if ((to[0] & 1) != 0)
		return !f->nomulti && (f->allmulti || f->multi_overflow ||
		    in_table(f->multi, f->nmulti, to));
	return !f->nouni && (f->alluni || f->uni_overflow ||
	    memcmp(to, f->mac, 6) == 0 || in_table(f->uni, f->nuni, to));
}

int
net_control_accepts(const struct net_control *c, const uint8_t *frame,
    size_t n)
{
	const struct net_filter *f = &c->filter;
	struct net_frame look;

	/* Without CTRL_RX nobody can say what is wanted: a device then takes
	   what is for its address, and all multicast. */
	if ((c->features & VIRTIO_FEATURE(NET_BIT_CTRL_RX)) == 0)
		return n >= ETHER_HEADER_SIZE && ((frame[0] & 1) != 0 ||
		    memcmp(frame, f->mac, 6) == 0);
	net_frame_look(&look, frame, n);
	if (f->promisc)
		return 1;
	if (look.has_vlan &&
	    (c->features & VIRTIO_FEATURE(NET_BIT_CTRL_VLAN)) != 0 &&
	    (f->vlan[look.vlan / 8] & 1u << look.vlan % 8) == 0)
		return 0;
	return n >= ETHER_HEADER_SIZE && accepts_mac(f, frame);
}

/* ------------------------------------------------------------------- state */

/* Of a table what is in it; behind it lies what was there before. */
static void
add_filter(const struct net_filter *f, struct state *s)
{
	state_add(s, f->mac, sizeof f->mac);
	state_add_u64(s, (uint64_t)f->promisc << 56 |
	    (uint64_t)f->allmulti << 48 | (uint64_t)f->alluni << 40 |
	    (uint64_t)f->nomulti << 32 | (uint64_t)f->nouni << 24 |
	    (uint64_t)f->nobcast << 16 | (uint64_t)f->uni_overflow << 8 |
	    f->multi_overflow);
	state_add(s, f->uni, 6 * (size_t)f->nuni);
	state_add(s, f->multi, 6 * (size_t)f->nmulti);
	state_add(s, f->vlan, sizeof f->vlan);
}

void
net_control_state(const struct net_control *c, struct state *s)
{
	state_add_u64(s, c->features);
	add_filter(&c->filter, s);
	state_add_u64(s, (uint64_t)c->pairs_max << 32 |
	    (uint64_t)c->pairs << 16 | (uint64_t)c->announce_acked << 8 |
	    c->mac_set);
	state_add_u64(s, c->offloads);
}

/* ---------------------------------------------------------------- printing */

static void
print_macs(const uint8_t *p, size_t n, struct bytes *out)
{
	char text[NET_MAC_TEXT_SIZE];
	size_t uni = table_size(p, n);
	size_t multi = uni != 0 ? table_size(p + uni, n - uni) : 0;

	if (multi == 0)
		return;
	bytes_printf(out, " %zu unicast, %zu multicast", (uni - 4) / 6,
	    (multi - 4) / 6);
	for (size_t at = 4; at < uni + multi; at += 6) {
		if (at == uni)
			at += 4;
		if (at >= uni + multi)
			break;
		net_mac_print(p + at, text);
		bytes_printf(out, "%s %s", at == 4 || (uni == 4 && at == 8) ?
		    ":" : "", text);
	}
}

void
net_control_print(const uint8_t *p, size_t n, struct bytes *out)
{
	const struct command *k = command_find(p, n);
	char text[NET_MAC_TEXT_SIZE];

	if (k == NULL) {
		bytes_printf(out, "an unknown control command of %zu bytes", n);
		return;
	}
	bytes_printf(out, "%s", k->name);
	p += NET_CTRL_DATA;
	n -= NET_CTRL_DATA;
	if (k->size == ANY) {
		print_macs(p, n, out);
	} else if (k->size == 6 && n == 6) {
		net_mac_print(p, text);
		bytes_printf(out, " %s", text);
	} else if (k->size == 8 && n == 8) {
		bytes_printf(out, " 0x%llx",
		    (unsigned long long)bytes_le(p, 8));
	} else if (n >= 1 && n <= 2) {
		bytes_printf(out, " %u", (unsigned)bytes_le(p, n));
	}
}

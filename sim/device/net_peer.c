/* net_peer.c: the machine at the other end of the cable. */
#include "net_peer.h"
#include "net_peer_tcp.h"
#include "check.h"
#include "net_frame.h"
#include "net_spec.h"

#include <stdlib.h>
#include <string.h>

#define PORT_ECHO	7u
#define PORT_DISCARD	9u
#define PORT_DHCP	67u
#define PORT_DHCP_GUEST	68u
#define PORT_TFTP	69u

#define DHCP_DISCOVER	1
#define DHCP_OFFER	2
#define DHCP_REQUEST	3
#define DHCP_ACK	5
#define DHCP_OPTIONS	240u		/* offset in the message */
#define DHCP_SIZE	300u		/* of an answer */
#define DHCP_COOKIE	0x63825363u
#define DHCP_LEASE_S	86400u

#define TFTP_RRQ	1
#define TFTP_DATA	3
#define TFTP_ACK	4
#define TFTP_ERROR	5
#define TFTP_BLOCK	512u

static const uint8_t peer_mac[6] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02 };
static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

struct queued {
	struct queued *next;
	size_t n;
	int given;			/* by net_peer_frame() */
	uint8_t bytes[];
};

struct net_peer {
	struct net_peer_config cfg;
	struct net_peer_counts counts;
	struct net_peer_tcp *tcp;
	struct queued *first, **last;
	size_t queued;
	struct queued *out;		/* what the guest was given last */
	struct bytes build;		/* a frame in the making */
	uint64_t nth;			/* frames queued, for loss and order */
	uint16_t ip_id;
	uint8_t guest_mac[6];		/* whoever spoke last */
};

uint8_t
net_peer_pattern(uint64_t o)
{
	return (uint8_t)(o + (o >> 8) * 7 + (o >> 16) * 31);
}

/* ------------------------------------------------------------ to the guest */

static void
enqueue_as(struct net_peer *p, const uint8_t *frame, size_t n, int given)
{
	struct queued *q, *before;

	p->nth++;
	if (p->cfg.loss != 0 && p->nth % p->cfg.loss == 0) {
		p->counts.lost++;
		return;
	}
	if (p->queued == NET_PEER_QUEUE_MAX) {
		p->counts.dropped++;
		return;
	}
	q = check_malloc(sizeof *q + n);
	memcpy(q->bytes, frame, n);
	q->n = n;
	q->given = given;
	q->next = NULL;
	before = p->first;
	if (p->cfg.reorder != 0 && p->nth % p->cfg.reorder == 0 &&
	    before != NULL && before->next == NULL) {
		/* It overtakes the one that waits. */
		q->next = before;
		p->first = q;
		p->last = &before->next;
		p->counts.reordered++;
	} else {
		*p->last = q;
		p->last = &q->next;
	}
	p->queued++;
}

static void
enqueue(struct net_peer *p, const uint8_t *frame, size_t n)
{
	enqueue_as(p, frame, n, 0);
}

void
net_peer_frame(struct net_peer *p, const uint8_t *frame, size_t n)
{
	enqueue_as(p, frame, n, 1);
}

/* Ethernet and IPv4 for n bytes of proto behind them; where those begin. */
static uint8_t *
ip_begin(struct net_peer *p, const uint8_t to[6], uint32_t src, uint32_t dst,
    unsigned proto, size_t n)
{
	size_t size = ETHER_HEADER_SIZE + 20 + n;
	uint8_t *b;

	bytes_clear(&p->build);
	bytes_reserve(&p->build, size < ETHER_MIN_SIZE ? ETHER_MIN_SIZE : size);
	b = p->build.data;
	memset(b, 0, size < ETHER_MIN_SIZE ? ETHER_MIN_SIZE : size);
	p->build.len = size < ETHER_MIN_SIZE ? ETHER_MIN_SIZE : size;
	memcpy(b, to, 6);
	memcpy(b + 6, peer_mac, 6);
	net_be16_put(b + 12, ETHER_TYPE_IPV4);
	b += ETHER_HEADER_SIZE;
	b[0] = 0x45;
	net_be16_put(b + 2, (unsigned)(20 + n));
	net_be16_put(b + 4, p->ip_id++);
	b[8] = 64;
	b[9] = (uint8_t)proto;
	net_be32_put(b + 12, src);
	net_be32_put(b + 16, dst);
	return b + 20;
}

static void
ip_send(struct net_peer *p)
{
	net_checksums_set(p->build.data, p->build.len);
	enqueue(p, p->build.data, p->build.len);
}

/* The same for UDP with n bytes of payload. */
static uint8_t *
udp_begin(struct net_peer *p, const uint8_t to[6], uint32_t src, uint32_t dst,
    unsigned sport, unsigned dport, size_t n)
{
	uint8_t *b = ip_begin(p, to, src, dst, IP_PROTO_UDP, 8 + n);

	net_be16_put(b, sport);
	net_be16_put(b + 2, dport);
	net_be16_put(b + 4, (unsigned)(8 + n));
	return b + 8;
}

void
net_peer_send(struct net_peer *p, const uint8_t mac[6], unsigned count,
    unsigned size)
{
	uint32_t to = (mac[0] & 1) != 0 ? 0xe0000001u : NET_PEER_GUEST;
	uint8_t *b;

	for (unsigned i = 0; i < count; i++) {
		b = udp_begin(p, mac, NET_PEER_ADDRESS, to, PORT_DISCARD,
		    PORT_DISCARD, size);
		for (unsigned k = 0; k < size; k++)
			b[k] = net_peer_pattern(k);
		if (size >= 4)
			net_be32_put(b, i);
		ip_send(p);
	}
}

/* ------------------------------------------------------------------ answers */

static void
answer_arp(struct net_peer *p, const uint8_t *a, size_t n)
{
	uint8_t b[ETHER_MIN_SIZE] = { 0 };
	uint32_t target;

	if (n < 28 || net_be32(a) != 0x00010800u || net_be16(a + 6) != 1)
		return;
	target = net_be32(a + 24);
	if (target != NET_PEER_ADDRESS && target != NET_PEER_DNS)
		return;
	memcpy(b, a + 8, 6);
	memcpy(b + 6, peer_mac, 6);
	net_be16_put(b + 12, ETHER_TYPE_ARP);
	memcpy(b + 14, a, 6);
	net_be16_put(b + 20, 2);
	memcpy(b + 22, peer_mac, 6);
	net_be32_put(b + 28, target);
	memcpy(b + 32, a + 8, 10);
	enqueue(p, b, sizeof b);
}

static void
answer_icmp(struct net_peer *p, const struct net_frame *f, const uint8_t *frame)
{
	size_t n = f->end - f->l4;
	const uint8_t *in = frame + f->l4;
	uint8_t *out;

	if (n < 8 || in[0] != 8)
		return;
	if (net_sum(in, n, 0) != 0xffff) {
		p->counts.bad++;
		return;
	}
	out = ip_begin(p, frame + 6, net_be32(frame + f->ip + 16),
	    net_be32(frame + f->ip + 12), IP_PROTO_ICMP, n);
	memcpy(out, in, n);
	out[0] = 0;
	net_be16_put(out + 2, 0);
	net_be16_put(out + 2, ~net_sum(out, n, 0) & 0xffff);
	ip_send(p);
}

/* A DHCP option's value, of at least n bytes, or NULL. */
static const uint8_t *
dhcp_option(const uint8_t *m, size_t len, unsigned option, size_t n)
{
	size_t at = DHCP_OPTIONS;

	while (at + 1 < len && m[at] != 255) {
		if (m[at] == 0) {
			at++;
			continue;
		}
		if (at + 2 + m[at + 1] > len)
			return NULL;
		if (m[at] == option && m[at + 1] >= n)
			return m + at + 2;
		at += 2u + m[at + 1];
	}
	return NULL;
}

static uint8_t *
dhcp_put(uint8_t *o, unsigned option, uint32_t value)
{
	o[0] = (uint8_t)option;
	o[1] = 4;
	net_be32_put(o + 2, value);
	return o + 6;
}

static void
answer_dhcp(struct net_peer *p, const uint8_t *m, size_t len)
{
	const uint8_t *type;
	uint8_t *o, *out;

	if (len < DHCP_OPTIONS || m[0] != 1 || net_be32(m + 236) != DHCP_COOKIE)
		return;
	type = dhcp_option(m, len, 53, 1);
	if (type == NULL || (type[0] != DHCP_DISCOVER &&
	    type[0] != DHCP_REQUEST))
		return;
	out = udp_begin(p, broadcast, NET_PEER_ADDRESS, 0xffffffffu, PORT_DHCP,
	    PORT_DHCP_GUEST, DHCP_SIZE);
	out[0] = 2;
	memcpy(out + 1, m + 1, 2);
	memcpy(out + 4, m + 4, 4);		/* xid */
	memcpy(out + 10, m + 10, 2);
	net_be32_put(out + 16, NET_PEER_GUEST);
	net_be32_put(out + 20, NET_PEER_ADDRESS);
	memcpy(out + 28, m + 28, 16);
	net_be32_put(out + 236, DHCP_COOKIE);
	o = out + DHCP_OPTIONS;
	o[0] = 53;
	o[1] = 1;
	o[2] = type[0] == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK;
	o = dhcp_put(o + 3, 54, NET_PEER_ADDRESS);
	o = dhcp_put(o, 51, DHCP_LEASE_S);
	o = dhcp_put(o, 1, 0xffffff00u);
	o = dhcp_put(o, 3, NET_PEER_ADDRESS);
	o = dhcp_put(o, 6, NET_PEER_DNS);
	o[0] = 255;
	ip_send(p);
}

static void
tftp_block(struct net_peer *p, const struct net_frame *f, const uint8_t *frame,
    unsigned block)
{
	size_t at = (size_t)(block - 1) * TFTP_BLOCK, n;
	uint8_t *out;

	if (block == 0 || at > NET_PEER_FILE_SIZE)
		return;
	n = NET_PEER_FILE_SIZE - at < TFTP_BLOCK ? NET_PEER_FILE_SIZE - at :
	    TFTP_BLOCK;
	out = udp_begin(p, frame + 6, net_be32(frame + f->ip + 16),
	    net_be32(frame + f->ip + 12), PORT_TFTP, net_be16(frame + f->l4),
	    4 + n);
	net_be16_put(out, TFTP_DATA);
	net_be16_put(out + 2, block);
	for (size_t i = 0; i < n; i++)
		out[4 + i] = net_peer_pattern(at + i);
	ip_send(p);
}

static void
answer_tftp(struct net_peer *p, const struct net_frame *f, const uint8_t *frame)
{
	static const char missing[] = "missing";
	const uint8_t *m = frame + f->payload;
	size_t n = f->end - f->payload;
	uint8_t *out;

	if (n < 4)
		return;
	if (net_be16(m) == TFTP_ACK) {
		tftp_block(p, f, frame, net_be16(m + 2) + 1u);
	} else if (net_be16(m) == TFTP_RRQ && n >= 2 + sizeof missing &&
	    memcmp(m + 2, missing, sizeof missing) == 0) {
		out = udp_begin(p, frame + 6, NET_PEER_ADDRESS,
		    net_be32(frame + f->ip + 12), PORT_TFTP,
		    net_be16(frame + f->l4), 4 + 8);
		net_be16_put(out, TFTP_ERROR);
		net_be16_put(out + 2, 1);	/* no such file */
		memcpy(out + 4, "no file", 8);
		ip_send(p);
	} else if (net_be16(m) == TFTP_RRQ) {
		tftp_block(p, f, frame, 1);
	}
}

static void
answer_udp(struct net_peer *p, const struct net_frame *f, const uint8_t *frame)
{
	const uint8_t *u = frame + f->l4;
	size_t n = f->end - f->payload;
	uint8_t *out;

	switch (net_be16(u + 2)) {
	case PORT_ECHO:
		out = udp_begin(p, frame + 6, net_be32(frame + f->ip + 16),
		    net_be32(frame + f->ip + 12), PORT_ECHO, net_be16(u), n);
		memcpy(out, u + 8, n);
		ip_send(p);
		break;
	case PORT_DHCP:
		answer_dhcp(p, u + 8, n);
		break;
	case PORT_TFTP:
		answer_tftp(p, f, frame);
		break;
	default:			/* PORT_DISCARD, and all the others */
		break;
	}
}

static void
answer_ipv4(struct net_peer *p, const struct net_frame *f,
    const uint8_t *frame, size_t n)
{
	uint32_t dst = net_be32(frame + f->ip + 16);

	if (f->ip + f->ip_size > n || !net_ip_checksum_right(f, frame) ||
	    !net_l4_checksum_right(f, frame)) {
		p->counts.bad++;
		return;
	}
	if (dst != NET_PEER_ADDRESS && dst != NET_PEER_DNS &&
	    dst != 0xffffffffu && dst != 0x0a0002ffu) {
		p->counts.foreign++;
		return;
	}
	if (f->proto == IP_PROTO_ICMP && !f->fragment)
		answer_icmp(p, f, frame);
	else if (f->proto == IP_PROTO_UDP && f->l4_known)
		answer_udp(p, f, frame);
	else if (f->proto == IP_PROTO_TCP && f->l4_known)
		net_peer_tcp_take(p->tcp, f, frame);
}

void
net_peer_take(struct net_peer *p, const uint8_t *frame, size_t n)
{
	struct net_frame f;

	p->counts.taken++;
	net_frame_look(&f, frame, n);
	if (n < ETHER_HEADER_SIZE) {
		p->counts.bad++;
		return;
	}
	if ((frame[0] & 1) == 0 && memcmp(frame, peer_mac, 6) != 0) {
		p->counts.foreign++;
		return;
	}
	memcpy(p->guest_mac, frame + 6, 6);
	if (p->cfg.silent)
		return;
	/* A tagged frame is of a network that this machine is not in. */
	if (f.has_vlan)
		p->counts.foreign++;
	else if (f.type == ETHER_TYPE_ARP)
		answer_arp(p, frame + ETHER_HEADER_SIZE,
		    n - ETHER_HEADER_SIZE);
	else if (f.version == 4)
		answer_ipv4(p, &f, frame, n);
}

/* ------------------------------------------------------------------ streams */

/* One segment of TCP, for net_peer_tcp.c. */
static uint8_t *
tcp_begin(void *self, const struct net_peer_tcp_to *to, size_t n)
{
	struct net_peer *p = self;
	uint8_t *b = ip_begin(p, to->mac, to->src, to->dst, IP_PROTO_TCP,
	    20 + n);

	net_be16_put(b, to->sport);
	net_be16_put(b + 2, to->dport);
	net_be32_put(b + 4, to->seq);
	net_be32_put(b + 8, to->ack);
	b[12] = 5 << 4;
	b[13] = (uint8_t)to->flags;
	net_be16_put(b + 14, 65535);
	return b + 20;
}

static void
tcp_send(void *self)
{
	ip_send(self);
}

static void
tcp_pattern_wrong(void *self, uint64_t bytes)
{
	((struct net_peer *)self)->counts.pattern += bytes;
}

static const struct net_peer_tcp_ops tcp_ops = { tcp_begin, tcp_send,
    tcp_pattern_wrong };

int
net_peer_pending(const struct net_peer *p)
{
	return p->first != NULL || net_peer_tcp_pending(p->tcp);
}

int
net_peer_next(struct net_peer *p, unsigned mtu, unsigned large,
    struct net_wire_frame *out)
{
	unsigned size;
	struct net_frame f;

	if (mtu < NET_MTU_MIN)
		mtu = NET_MTU_MIN;
	size = large > mtu ? large : mtu;
	check_free(p->out);
	p->out = NULL;
	while (p->first == NULL)
		if (!net_peer_tcp_more(p->tcp, size - 40))
			return 0;
	p->out = p->first;
	p->first = p->out->next;
	if (p->first == NULL)
		p->last = &p->first;
	p->queued--;
	p->counts.sent++;
	out->bytes = p->out->bytes;
	out->n = p->out->n;
	net_frame_look(&f, out->bytes, out->n);
	out->mss = f.ip_size > mtu && f.proto == IP_PROTO_TCP ? mtu - 40 : 0;
	out->flags = p->cfg.partial ? NET_HDR_F_NEEDS_CSUM :
	    NET_HDR_F_DATA_VALID;
	if (p->out->given)
		out->mss = out->flags = 0;
	out->pair = -1;
	return 1;
}

/* --------------------------------------------------------------- as a wire */

static void
wire_take(void *self, const uint8_t *frame, size_t n)
{
	net_peer_take(self, frame, n);
}

static int
wire_next(void *self, unsigned mtu, unsigned large, int idle,
    struct net_wire_frame *out)
{
	(void)idle;
	return net_peer_next(self, mtu, large, out);
}

static int
wire_pending(const void *self, int idle)
{
	(void)idle;
	return net_peer_pending(self);
}

static void
wire_send(void *self, const uint8_t mac[6], unsigned count, unsigned size)
{
	net_peer_send(self, mac, count, size);
}

static void
wire_frame(void *self, const uint8_t *bytes, size_t n)
{
	net_peer_frame(self, bytes, n);
}

/* Where in a count that comes round to something every so many frames. */
static void
add_turn(uint64_t nth, unsigned every, struct state *s)
{
	state_add_u64(s, every != 0 ? nth % every : 0);
}

/* What was given last is the guest's, and what went wrong is counted only. */
void
net_peer_state(const struct net_peer *p, struct state *s)
{
	state_add_u64(s, p->queued);
	for (const struct queued *q = p->first; q != NULL; q = q->next) {
		state_add(s, q->bytes, q->n);
		state_add_u64(s, (uint64_t)q->given);
	}
	add_turn(p->nth, p->cfg.loss, s);
	add_turn(p->nth, p->cfg.reorder, s);
	state_add_u64(s, p->ip_id);
	state_add(s, p->guest_mac, sizeof p->guest_mac);
	net_peer_tcp_state(p->tcp, s);
}

static void
wire_state(const void *self, struct state *s)
{
	net_peer_state(self, s);
}

static void
wire_close(void *self)
{
	net_peer_free(self);
}

struct net_wire
net_peer_wire(struct net_peer *p)
{
	struct net_wire w = { p, wire_take, wire_next, wire_pending, wire_send,
	    wire_frame, NULL, wire_close, wire_state };

	return w;
}

/* ------------------------------------------------------------------- making */

struct net_peer *
net_peer_create(const struct net_peer_config *cfg)
{
	struct net_peer *p = check_calloc(1, sizeof *p);

	p->cfg = *cfg;
	p->nth = cfg->seed;
	p->last = &p->first;
	p->ip_id = 1;
	p->tcp = net_peer_tcp_create(&tcp_ops, p);
	return p;
}

void
net_peer_free(struct net_peer *p)
{
	struct queued *q;

	if (p == NULL)
		return;
	while ((q = p->first) != NULL) {
		p->first = q->next;
		check_free(q);
	}
	check_free(p->out);
	net_peer_tcp_free(p->tcp);
	bytes_free(&p->build);
	check_free(p);
}

const struct net_peer_counts *
net_peer_counts(const struct net_peer *p)
{
	return &p->counts;
}

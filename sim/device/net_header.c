/* net_header.c: the header in front of each packet, and its rules. */
#include "net_header.h"
#include "net_frame.h"
#include "net_spec.h"
#include "virtio_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One packet under judgement. */
struct judged {
	const struct net_terms *t;
	const struct boundary_port *port;
	struct net_header h;
	struct net_frame f;
	const uint8_t *p;		/* the frame */
	size_t n;
};

size_t
net_header_size(const struct net_terms *t)
{
	return t->legacy && (t->features & VIRTIO_FEATURE(NET_BIT_MRG_RXBUF)) ==
	    0 ? NET_HDR_SIZE_LEGACY : NET_HDR_SIZE;
}

void
net_header_get(struct net_header *h, const uint8_t *p, size_t size)
{
	memset(h, 0, sizeof *h);
	h->flags = p[NET_HDR_FLAGS];
	h->gso_type = p[NET_HDR_GSO_TYPE];
	h->hdr_len = (uint16_t)bytes_le(p + NET_HDR_HDR_LEN, 2);
	h->gso_size = (uint16_t)bytes_le(p + NET_HDR_GSO_SIZE, 2);
	h->csum_start = (uint16_t)bytes_le(p + NET_HDR_CSUM_START, 2);
	h->csum_offset = (uint16_t)bytes_le(p + NET_HDR_CSUM_OFFSET, 2);
	if (size >= NET_HDR_SIZE)
		h->num_buffers = (uint16_t)bytes_le(p + NET_HDR_NUM_BUFFERS,
		    2);
}

void
net_header_put(const struct net_header *h, uint8_t *p, size_t size)
{
	p[NET_HDR_FLAGS] = h->flags;
	p[NET_HDR_GSO_TYPE] = h->gso_type;
	bytes_le_put(p + NET_HDR_HDR_LEN, h->hdr_len, 2);
	bytes_le_put(p + NET_HDR_GSO_SIZE, h->gso_size, 2);
	bytes_le_put(p + NET_HDR_CSUM_START, h->csum_start, 2);
	bytes_le_put(p + NET_HDR_CSUM_OFFSET, h->csum_offset, 2);
	if (size >= NET_HDR_SIZE)
		bytes_le_put(p + NET_HDR_NUM_BUFFERS, h->num_buffers, 2);
}

static int
has(const struct net_terms *t, unsigned bit)
{
	return (t->features & VIRTIO_FEATURE(bit)) != 0;
}

static void
broken(const struct judged *j, const char *id, const char *section,
    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (j->port == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	j->port->protocol_broken(j->port->machine, id, section, text);
}

/* ------------------------------------------------------------------- rules */

static void
judge_checksum(const struct judged *j)
{
	const struct net_frame *f = &j->f;
	size_t at = (size_t)j->h.csum_start + j->h.csum_offset;
	unsigned held, sum, off = net_checksum_offset(f);

	if ((j->h.flags & NET_HDR_F_NEEDS_CSUM) == 0) {
		if (!net_ip_checksum_right(f, j->p))
			broken(j, "net-checksum-wrong", "5.1.6.2.1",
			    "a packet whose IP header has a wrong checksum");
		else if (f->ip + f->ip_size <= j->n &&
		    !net_l4_checksum_right(f, j->p))
			broken(j, "net-checksum-wrong", "5.1.6.2.1", "a packet "
			    "of %zu bytes is sent without NEEDS_CSUM and its "
			    "%s checksum is wrong", j->n, f->proto ==
			    IP_PROTO_TCP ? "TCP" : "UDP");
		return;
	}
	if (at + 2 > j->n || (off != 0 && (j->h.csum_start != f->l4 ||
	    j->h.csum_offset != off))) {
		broken(j, "net-checksum-place", "5.1.6.2.1", "csum_start %u "
		    "and csum_offset %u do not name the checksum of this packet"
		    " of %zu bytes, which is at %zu and %u", j->h.csum_start,
		    j->h.csum_offset, j->n, f->l4, off);
		return;
	}
	if (off == 0)
		return;
	if (!net_ip_checksum_right(f, j->p))
		broken(j, "net-checksum-wrong", "5.1.6.2.1", "a packet whose "
		    "IP header has a wrong checksum; NEEDS_CSUM is of TCP or "
		    "UDP");
	held = net_be16(j->p + at);
	sum = net_pseudo_sum(f, j->p, f->end - f->l4);
	if (held != sum)
		broken(j, "net-checksum-pseudo", "5.1.6.2.1", "with NEEDS_CSUM "
		    "the checksum field holds 0x%04x, and the sum of the "
		    "pseudo header is 0x%04x", held, sum);
}

/* The feature that allows a type of segmentation, or 0: there is no such. */
static unsigned
gso_bit(unsigned type)
{
	switch (type) {
	case NET_GSO_TCPV4:
		return NET_BIT_HOST_TSO4;
	case NET_GSO_TCPV6:
		return NET_BIT_HOST_TSO6;
	case NET_GSO_UDP:
		return NET_BIT_HOST_UFO;
	case NET_GSO_UDP_L4:
		return NET_BIT_HOST_USO;
	default:
		return 0;
	}
}

static int
gso_fits(unsigned type, const struct net_frame *f)
{
	switch (type) {
	case NET_GSO_TCPV4:
		return f->version == 4 && f->proto == IP_PROTO_TCP;
	case NET_GSO_TCPV6:
		return f->version == 6 && f->proto == IP_PROTO_TCP;
	default:
		return f->version != 0 && f->proto == IP_PROTO_UDP;
	}
}

/* 1: fit to be sent. */
static int
judge_gso(const struct judged *j)
{
	unsigned type = j->h.gso_type & ~NET_GSO_ECN, bit = gso_bit(type);

	if ((j->h.gso_type & NET_GSO_ECN) != 0 &&
	    !has(j->t, NET_BIT_HOST_ECN))
		broken(j, "net-gso-ecn", "5.1.6.2.1", "gso_type 0x%02x says "
		    "ECN without VIRTIO_NET_F_HOST_ECN", j->h.gso_type);
	if (type == NET_GSO_NONE)
		return 1;
	if (bit == 0 || !gso_fits(type, &j->f) || !j->f.l4_known) {
		broken(j, "net-gso-type", "5.1.6.2.1", "gso_type 0x%02x on a "
		    "packet that is %s%s", j->h.gso_type, j->f.version == 4 ?
		    "IPv4 " : j->f.version == 6 ? "IPv6 " : "no IP",
		    j->f.version == 0 ? "" : j->f.proto == IP_PROTO_TCP ?
		    "TCP" : j->f.proto == IP_PROTO_UDP ? "UDP" :
		    "of another protocol");
		return 0;
	}
	if (!has(j->t, bit))
		broken(j, "net-gso-not-negotiated", "5.1.6.2.1", "gso_type "
		    "0x%02x, and feature %u was not negotiated",
		    j->h.gso_type, bit);
	if ((j->h.flags & NET_HDR_F_NEEDS_CSUM) == 0)
		broken(j, "net-gso-no-checksum", "5.1.6.2.1", "gso_type 0x%02x "
		    "without NEEDS_CSUM: the segments would have no checksum",
		    j->h.gso_type);
	if (j->h.gso_size == 0) {
		broken(j, "net-gso-size", "5.1.6.2.1", "gso_type 0x%02x with "
		    "gso_size 0", j->h.gso_type);
		return 0;
	}
	if (has(j->t, NET_BIT_GUEST_HDRLEN) && j->h.hdr_len != j->f.payload)
		broken(j, "net-header-length", "5.1.6.2.1", "hdr_len is %u, "
		    "and the headers of this packet have %zu bytes",
		    j->h.hdr_len, j->f.payload);
	return 1;
}

static void
judge_flags(const struct judged *j)
{
	if (!has(j->t, NET_BIT_CSUM) && j->h.flags != 0)
		broken(j, "net-flags", "5.1.6.2.1", "flags are 0x%02x, and "
		    "VIRTIO_NET_F_CSUM was not negotiated", j->h.flags);
	else if ((j->h.flags & ~NET_HDR_F_NEEDS_CSUM) != 0)
		broken(j, "net-flags", "5.1.6.2.1", "flags are 0x%02x: a driver"
		    " sets nothing but NEEDS_CSUM", j->h.flags);
	if (j->h.num_buffers != 0)
		broken(j, "net-num-buffers", "5.1.6.2.1", "num_buffers is %u "
		    "in a packet that is sent, and has to be 0",
		    j->h.num_buffers);
}

/* The lengths; 1: fit to be sent. */
static int
judge_size(const struct judged *j)
{
	size_t max = j->f.ip + j->t->mtu;

	if (has(j->t, NET_BIT_MTU) && j->n > max &&
	    (j->h.gso_type & ~NET_GSO_ECN) == NET_GSO_NONE)
		broken(j, "net-packet-too-long", "5.1.4.2", "a packet of %zu "
		    "bytes without segmentation: the device's mtu %lu allows "
		    "%zu", j->n, (unsigned long)j->t->mtu, max);
	if (j->n > j->f.ip + IP_PACKET_MAX) {
		broken(j, "net-packet-too-long", "5.1.6.2", "a packet of %zu "
		    "bytes: IP has no more than 65535", j->n);
		return 0;
	}
	if (j->f.version != 0 && j->f.ip + j->f.ip_size > j->n)
		broken(j, "net-length-wrong", "5.1.6.2", "a packet of %zu bytes"
		    " whose IP header says that there are %zu", j->n,
		    j->f.ip + j->f.ip_size);
	return 1;
}

int
net_header_judge(const struct net_terms *t, const uint8_t *read, size_t n,
    const struct boundary_port *port)
{
	size_t size = net_header_size(t);
	struct judged j;

	memset(&j, 0, sizeof j);
	j.t = t;
	j.port = port;
	if (n < size) {
		broken(&j, "net-header-short", "5.1.6.2", "%zu bytes were sent,"
		    " not even a header of %zu", n, size);
		return 0;
	}
	net_header_get(&j.h, read, size);
	j.p = read + size;
	j.n = n - size;
	judge_flags(&j);
	if (j.n < ETHER_HEADER_SIZE) {
		broken(&j, "net-packet-short", "5.1.6.2", "%zu bytes behind the"
		    " header, not even an Ethernet header of 14", j.n);
		return 0;
	}
	net_frame_look(&j.f, j.p, j.n);
	if (!judge_size(&j) || !judge_gso(&j))
		return 0;
	judge_checksum(&j);
	return 1;
}

void
net_header_apply(const struct net_header *h, uint8_t *frame, size_t n)
{
	size_t at = (size_t)h->csum_start + h->csum_offset;
	uint32_t sum;

	if ((h->flags & NET_HDR_F_NEEDS_CSUM) == 0 || at + 2 > n ||
	    h->csum_start >= n)
		return;
	sum = ~net_sum(frame + h->csum_start, n - h->csum_start, 0) & 0xffff;
	net_be16_put(frame + at, sum == 0 ? 0xffff : sum);
}

void
net_header_print(const struct net_header *h, struct bytes *out)
{
	static const char *const types[] = { "", "tcpv4", "2", "udp", "tcpv6",
	    "udp_l4" };
	unsigned type = h->gso_type & ~NET_GSO_ECN;
	size_t before = out->len;

	if ((h->flags & NET_HDR_F_NEEDS_CSUM) != 0)
		bytes_printf(out, "csum %u+%u ", h->csum_start,
		    h->csum_offset);
	if ((h->flags & NET_HDR_F_DATA_VALID) != 0)
		bytes_printf(out, "valid ");
	if (type != NET_GSO_NONE && type < sizeof types / sizeof types[0])
		bytes_printf(out, "gso %s mss %u headers %u ", types[type],
		    h->gso_size, h->hdr_len);
	else if (h->gso_type != 0)
		bytes_printf(out, "gso 0x%02x ", h->gso_type);
	if (out->len == before)
		bytes_printf(out, "plain ");
	out->len--;			/* the last blank */
	out->data[out->len] = '\0';
}

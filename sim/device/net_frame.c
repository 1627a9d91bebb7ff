/* net_frame.c: Ethernet frames, their checksums, their segments. */
#include "net_frame.h"
#include "check.h"
#include "net_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint16_t
net_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
net_be32(const uint8_t *p)
{
	return (uint32_t)net_be16(p) << 16 | net_be16(p + 2);
}

void
net_be16_put(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
net_be32_put(uint8_t *p, uint32_t v)
{
	net_be16_put(p, v >> 16);
	net_be16_put(p + 2, v & 0xffff);
}

uint32_t
net_sum(const uint8_t *p, size_t len, uint32_t before)
{
	uint64_t sum = before;

	for (; len >= 2; p += 2, len -= 2)
		sum += net_be16(p);
	if (len != 0)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

/* ------------------------------------------------------------------ looking */

static void
look_l4(struct net_frame *f, const uint8_t *p)
{
	size_t room = f->end > f->l4 ? f->end - f->l4 : 0, size;

	if (f->fragment)
		return;
	if (f->proto == IP_PROTO_UDP && room >= 8) {
		f->payload = f->l4 + 8;
		f->l4_known = 1;
	} else if (f->proto == IP_PROTO_TCP && room >= 20) {
		size = (size_t)(p[f->l4 + 12] >> 4) * 4;
		if (size < 20 || size > room)
			return;
		f->payload = f->l4 + size;
		f->tcp_flags = p[f->l4 + 13];
		f->l4_known = 1;
	}
}

static void
look_ipv4(struct net_frame *f, const uint8_t *p, size_t len)
{
	size_t room = len - f->ip, header;

	if (room < 20 || p[f->ip] >> 4 != 4)
		return;
	header = (size_t)(p[f->ip] & 15) * 4;
	f->ip_size = net_be16(p + f->ip + 2);
	if (header < 20 || header > room || f->ip_size < header)
		return;
	f->version = 4;
	f->proto = p[f->ip + 9];
	f->fragment = (net_be16(p + f->ip + 6) & 0x3fff) != 0;
	f->l4 = f->ip + header;
	f->end = f->ip + (f->ip_size < room ? f->ip_size : room);
	look_l4(f, p);
}

static void
look_ipv6(struct net_frame *f, const uint8_t *p, size_t len)
{
	size_t room = len - f->ip;

	if (room < 40 || p[f->ip] >> 4 != 6)
		return;
	f->version = 6;
	f->ip_size = 40u + net_be16(p + f->ip + 4);
	f->proto = p[f->ip + 6];
	f->l4 = f->ip + 40;
	f->end = f->ip + (f->ip_size < room ? f->ip_size : room);
	look_l4(f, p);
}

void
net_frame_look(struct net_frame *f, const uint8_t *p, size_t len)
{
	memset(f, 0, sizeof *f);
	if (len < ETHER_HEADER_SIZE)
		return;
	f->type = net_be16(p + 12);
	f->ip = ETHER_HEADER_SIZE;
	if (f->type == ETHER_TYPE_VLAN && len >= ETHER_HEADER_SIZE +
	    ETHER_VLAN_SIZE) {
		f->has_vlan = 1;
		f->vlan = net_be16(p + 14) & 0xfff;
		f->type = net_be16(p + 16);
		f->ip += ETHER_VLAN_SIZE;
	}
	f->end = len;
	if (f->type == ETHER_TYPE_IPV4)
		look_ipv4(f, p, len);
	else if (f->type == ETHER_TYPE_IPV6)
		look_ipv6(f, p, len);
}

/* ---------------------------------------------------------------- checksums */

uint32_t
net_pseudo_sum(const struct net_frame *f, const uint8_t *p, size_t n)
{
	const uint8_t *ip = p + f->ip;
	uint32_t sum = f->version == 4 ? net_sum(ip + 12, 8, 0) :
	    net_sum(ip + 8, 32, 0);

	sum += (uint32_t)(n >> 16) + (uint32_t)(n & 0xffff) + f->proto;
	return net_sum(NULL, 0, sum);
}

unsigned
net_checksum_offset(const struct net_frame *f)
{
	if (!f->l4_known)
		return 0;
	return f->proto == IP_PROTO_TCP ? 16 : 6;
}

int
net_ip_checksum_right(const struct net_frame *f, const uint8_t *p)
{
	return f->version != 4 ||
	    net_sum(p + f->ip, f->l4 - f->ip, 0) == 0xffff;
}

int
net_l4_checksum_right(const struct net_frame *f, const uint8_t *p)
{
	size_t n = f->end - f->l4;

	if (!f->l4_known || (f->proto == IP_PROTO_UDP && f->version == 4 &&
	    net_be16(p + f->l4 + 6) == 0))
		return 1;
	return net_sum(p + f->l4, n, net_pseudo_sum(f, p, n)) == 0xffff;
}

void
net_checksums_set(uint8_t *p, size_t len)
{
	struct net_frame f;
	unsigned at;
	uint32_t sum;
	size_t n;

	net_frame_look(&f, p, len);
	if (f.version == 4) {
		net_be16_put(p + f.ip + 10, 0);
		net_be16_put(p + f.ip + 10,
		    ~net_sum(p + f.ip, f.l4 - f.ip, 0) & 0xffff);
	}
	at = net_checksum_offset(&f);
	if (at == 0)
		return;
	n = f.end - f.l4;
	net_be16_put(p + f.l4 + at, 0);
	sum = ~net_sum(p + f.l4, n, net_pseudo_sum(&f, p, n)) & 0xffff;
	/* A UDP checksum of 0 would say that there is none. */
	if (sum == 0 && f.proto == IP_PROTO_UDP)
		sum = 0xffff;
	net_be16_put(p + f.l4 + at, sum);
}

/* ----------------------------------------------------------------- segments */

/* The headers of the segment that has n bytes of payload from offset on. */
static void
segment_headers(uint8_t *s, const struct net_frame *f, size_t offset, size_t n,
    unsigned nth, int last)
{
	size_t size = f->payload - f->ip + n;

	if (f->version == 4) {
		net_be16_put(s + f->ip + 2, (unsigned)size);
		net_be16_put(s + f->ip + 4, net_be16(s + f->ip + 4) + nth);
	} else {
		net_be16_put(s + f->ip + 4, (unsigned)(size - 40));
	}
	if (f->proto == IP_PROTO_UDP) {
		net_be16_put(s + f->l4 + 4, (unsigned)(size -
		    (f->l4 - f->ip)));
		return;
	}
	net_be32_put(s + f->l4 + 4, net_be32(s + f->l4 + 4) +
	    (uint32_t)offset);
	if (!last)
		s[f->l4 + 13] &= (uint8_t)~(TCP_F_FIN | TCP_F_PSH);
	if (nth != 0)
		s[f->l4 + 13] &= (uint8_t)~TCP_F_CWR;
}

void
net_segment(const uint8_t *p, size_t len, unsigned mss,
    void (*each)(void *self, const uint8_t *p, size_t len), void *self)
{
	struct net_frame f;
	uint8_t *s = check_malloc(len);
	size_t payload, offset = 0, n;
	unsigned nth = 0;

	net_frame_look(&f, p, len);
	payload = f.l4_known ? f.end - f.payload : 0;
	if (mss == 0 || payload <= mss) {
		memcpy(s, p, len);
		net_checksums_set(s, len);
		each(self, s, len);
		check_free(s);
		return;
	}
	for (; offset < payload; offset += n, nth++) {
		n = payload - offset < mss ? payload - offset : mss;
		memcpy(s, p, f.payload);
		memcpy(s + f.payload, p + f.payload + offset, n);
		segment_headers(s, &f, offset, n, nth, offset + n == payload);
		net_checksums_set(s, f.payload + n);
		each(self, s, f.payload + n);
	}
	check_free(s);
}

void
net_mac_print(const uint8_t mac[6], char out[NET_MAC_TEXT_SIZE])
{
	snprintf(out, NET_MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void
print_ipv4(const struct net_frame *f, const uint8_t *p, struct bytes *out)
{
	const uint8_t *ip = p + f->ip + 12;

	for (int i = 0; i < 2; i++, ip += 4) {
		bytes_printf(out, "%s%u.%u.%u.%u", i == 0 ? " " : " > ", ip[0],
		    ip[1], ip[2], ip[3]);
		if (f->l4_known)
			bytes_printf(out, ":%u", net_be16(p + f->l4 + 2 * i));
	}
}

void
net_frame_print(const uint8_t *p, size_t len, struct bytes *out)
{
	struct net_frame f;

	net_frame_look(&f, p, len);
	if (f.has_vlan)
		bytes_printf(out, "VLAN %u ", f.vlan);
	if (f.version != 0)
		bytes_printf(out, "%s%s", f.proto == IP_PROTO_TCP ? "TCP" :
		    f.proto == IP_PROTO_UDP ? "UDP" : f.proto == IP_PROTO_ICMP ?
		    "ICMP" : "IP", f.version == 6 ? "v6" : "");
	else
		bytes_printf(out, f.type == ETHER_TYPE_ARP ? "ARP" :
		    "type 0x%04x", f.type);
	if (f.version == 4)
		print_ipv4(&f, p, out);
	bytes_printf(out, ", %zu bytes", len);
}

uint32_t
net_flow(const struct net_frame *f, const uint8_t *p)
{
	size_t n = f->version == 4 ? 4 : 16;
	size_t from = f->ip + (f->version == 4 ? 12 : 8);
	uint32_t h = f->proto;

	if (f->version == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		h += (uint32_t)((p[from + i] + p[from + n + i]) *
		    (int)(2 * i + 257));
	if (f->l4_known)
		h += 65537u * ((uint32_t)net_be16(p + f->l4) +
		    net_be16(p + f->l4 + 2));
	return h * 2654435761u;
}

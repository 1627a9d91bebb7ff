/*
 * net_frames.h: for tests: frames as a guest of 10.0.2.15 would send them, and
 * a look at those that come back.
 */
#ifndef VIOTAPE_NET_FRAMES_H
#define VIOTAPE_NET_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "net_frame.h"
#include "net_peer.h"
#include "net_spec.h"

#define FRAME_ROOM	(65536u + 64u)

struct test_frame {
	uint8_t p[FRAME_ROOM];
	size_t n;
};

static inline void
frame_ether(struct test_frame *f, unsigned type)
{
	static const uint8_t head[12] = { 0x52, 0x55, 0x0a, 0, 2, 2,
	    0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	memset(f, 0, sizeof *f);
	memcpy(f->p, head, sizeof head);
	net_be16_put(f->p + 12, type);
	f->n = 14;
}

/* IPv4 with n bytes of proto; where they go. */
static inline uint8_t *
frame_ipv4(struct test_frame *f, unsigned proto, size_t n)
{
	uint8_t *ip = f->p + 14;

	frame_ether(f, ETHER_TYPE_IPV4);
	ip[0] = 0x45;
	net_be16_put(ip + 2, (unsigned)(20 + n));
	ip[8] = 64;
	ip[9] = (uint8_t)proto;
	net_be32_put(ip + 12, NET_PEER_GUEST);
	net_be32_put(ip + 16, NET_PEER_ADDRESS);
	f->n = 34 + n;
	return ip + 20;
}

/* UDP with n bytes of pattern; checksums are right. */
static inline void
frame_udp(struct test_frame *f, unsigned sport, unsigned dport, size_t n)
{
	uint8_t *u = frame_ipv4(f, IP_PROTO_UDP, 8 + n);

	net_be16_put(u, sport);
	net_be16_put(u + 2, dport);
	net_be16_put(u + 4, (unsigned)(8 + n));
	for (size_t i = 0; i < n; i++)
		u[8 + i] = net_peer_pattern(i);
	net_checksums_set(f->p, f->n);
}

/* TCP with n bytes of pattern from offset on. */
static inline void
frame_tcp(struct test_frame *f, unsigned dport, uint32_t seq, uint32_t ack,
    unsigned flags, uint64_t offset, size_t n)
{
	uint8_t *t = frame_ipv4(f, IP_PROTO_TCP, 20 + n);

	net_be16_put(t, 40000);
	net_be16_put(t + 2, dport);
	net_be32_put(t + 4, seq);
	net_be32_put(t + 8, ack);
	t[12] = 5 << 4;
	t[13] = (uint8_t)flags;
	net_be16_put(t + 14, 65535);
	for (size_t i = 0; i < n; i++)
		t[20 + i] = net_peer_pattern(offset + i);
	net_checksums_set(f->p, f->n);
}

static inline void
frame_icmp(struct test_frame *f, size_t n)
{
	uint8_t *c = frame_ipv4(f, IP_PROTO_ICMP, 8 + n);

	c[0] = 8;
	net_be16_put(c + 4, 77);
	for (size_t i = 0; i < n; i++)
		c[8 + i] = net_peer_pattern(i);
	net_be16_put(c + 2, ~net_sum(c, 8 + n, 0) & 0xffff);
	net_checksums_set(f->p, f->n);
}

#endif

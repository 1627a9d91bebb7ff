/*
 * net_frame.h: what an Ethernet frame is, as far as checksums, segments and
 * flows need it: Ethernet, one VLAN tag, IPv4 or IPv6 without extension
 * headers, TCP or UDP.
 *
 *	| Ethernet | tag | IP header | TCP/UDP header | payload | padding |
 *	0                ip          l4               payload   end       len
 *
 * Numbers on the wire are big-endian.  Nothing here reads past len.
 */
#ifndef VIOTAPE_NET_FRAME_H
#define VIOTAPE_NET_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

#define NET_FRAME_MAX	(65535u + 18u)	/* bytes: the largest IP packet */

struct net_frame {
	uint16_t type;			/* Ethernet type, behind a tag */
	uint16_t vlan;			/* its id, when there is a tag */
	uint8_t has_vlan;
	uint8_t version;		/* 4, 6, or 0: no IP, or a broken one */
	uint8_t proto;			/* of IP */
	uint8_t fragment;		/* part of an IPv4 datagram */
	uint8_t l4_known;		/* a whole TCP or UDP header is there */
	uint8_t tcp_flags;
	size_t ip, l4, payload;		/* offsets */
	size_t end;			/* of the IP packet, at most len */
	size_t ip_size;			/* what the IP header says; may be past
					   len */
};

/* Looks at a frame; what it cannot know stays 0. */
void net_frame_look(struct net_frame *f, const uint8_t *p, size_t len);

uint16_t net_be16(const uint8_t *p);
uint32_t net_be32(const uint8_t *p);
void net_be16_put(uint8_t *p, unsigned v);
void net_be32_put(uint8_t *p, uint32_t v);

/* Ones' complement sum, folded to 16 bits, of len bytes and what was before. */
uint32_t net_sum(const uint8_t *p, size_t len, uint32_t before);
/* The sum of the pseudo header of f, for l4 packets of n bytes; folded. */
uint32_t net_pseudo_sum(const struct net_frame *f, const uint8_t *p, size_t n);
/* Offset of the checksum within the TCP or UDP header; 0: neither. */
unsigned net_checksum_offset(const struct net_frame *f);

/* Whether the header of IPv4, and of TCP or UDP, has the right checksum (a UDP
   checksum of 0 is right).  1 also when there is none. */
int net_ip_checksum_right(const struct net_frame *f, const uint8_t *p);
int net_l4_checksum_right(const struct net_frame *f, const uint8_t *p);
/* Computes both anew, in place. */
void net_checksums_set(uint8_t *p, size_t len);

/*
 * Cuts a large TCP frame (or UDP with USO) into frames of at most mss bytes of
 * payload and calls each; checksums are right, id and sequence numbers go on,
 * FIN and PSH come with the last.  A frame that needs no cut is called as it
 * is, with its checksums set.
 */
void net_segment(const uint8_t *p, size_t len, unsigned mss,
    void (*each)(void *self, const uint8_t *p, size_t len), void *self);

/* "52:54:00:12:34:56" */
#define NET_MAC_TEXT_SIZE	18u
void net_mac_print(const uint8_t mac[6], char out[NET_MAC_TEXT_SIZE]);

/* "TCP 10.0.2.15:40000 > 10.0.2.2:9, 1514 bytes"; appended. */
void net_frame_print(const uint8_t *p, size_t len, struct bytes *out);

/* A number for what belongs together: addresses, ports, protocol, the same in
   both directions. */
uint32_t net_flow(const struct net_frame *f, const uint8_t *p);

#endif

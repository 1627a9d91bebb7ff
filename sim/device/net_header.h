/*
 * net_header.h: struct virtio_net_hdr in front of each packet (VIRTIO 1.2,
 * 5.1.6): reading and writing it, and the rules that a driver must obey in the
 * ones that it sends (5.1.6.2.1).
 *
 * Rules told to port->protocol_broken (id, section):
 *
 *	net-header-short	5.1.6.2		not even a header
 *	net-packet-short	5.1.6.2		no Ethernet header behind it
 *	net-packet-too-long	5.1.4.2		over the mtu, not segmented; or
 *						over 65535 bytes of IP
 *	net-num-buffers		5.1.6.2.1	is not 0
 *	net-flags		5.1.6.2.1	not 0 without CSUM; DATA_VALID
 *						or RSC_INFO from a driver
 *	net-checksum-place	5.1.6.2.1	csum_start, csum_offset do not
 *						name the packet's checksum
 *	net-checksum-pseudo	5.1.6.2.1	it does not hold the sum of the
 *						pseudo header
 *	net-checksum-wrong	5.1.6.2.1	no NEEDS_CSUM, and it is wrong
 *	net-gso-not-negotiated	5.1.6.2.1
 *	net-gso-type		5.1.6.2.1	is not what the packet is
 *	net-gso-no-checksum	5.1.6.2.1	GSO without NEEDS_CSUM
 *	net-gso-size		5.1.6.2.1	is 0
 *	net-gso-ecn		5.1.6.2.1	ECN without HOST_ECN
 *	net-header-length	5.1.6.2.1	hdr_len with GUEST_HDRLEN
 *	net-length-wrong	5.1.6.2		the IP header says another size
 */
#ifndef VIOTAPE_NET_HEADER_H
#define VIOTAPE_NET_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"

struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};

/* What the two sides agreed on, as far as packets depend on it. */
struct net_terms {
	uint64_t features;		/* negotiated */
	int legacy;			/* no VERSION_1: a legacy interface */
	uint32_t mtu;			/* of the device, with NET_BIT_MTU */
};

/* Bytes of the header under these terms: 12, or 10. */
size_t net_header_size(const struct net_terms *t);
void net_header_get(struct net_header *h, const uint8_t *p, size_t size);
void net_header_put(const struct net_header *h, uint8_t *p, size_t size);

/*
 * Judges a packet that the driver sent: read holds the header and then the
 * frame, n bytes.  1: it is fit to be sent; 0: it has to be dropped.  port NULL
 * judges without a word.
 */
int net_header_judge(const struct net_terms *t, const uint8_t *read, size_t n,
    const struct boundary_port *port);

/* What a device makes of a packet with NEEDS_CSUM, in place: the checksum is
   computed over the packet from csum_start on. */
void net_header_apply(const struct net_header *h, uint8_t *frame, size_t n);

/* "csum 34+16 gso tcpv4 mss 1448 headers 54", or "plain"; appended. */
void net_header_print(const struct net_header *h, struct bytes *out);

#endif

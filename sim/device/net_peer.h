/*
 * net_peer.h: what is at the other end of the cable: one machine that answers,
 * without a clock and without chance, so that a run can be repeated.
 *
 *	guest ── frame ──► net_peer_take()
 *	guest ◄── frame ── net_peer_next()	as often as there is room
 *
 * It is 10.0.2.2 (and 10.0.2.3), 52:55:0a:00:02:02, the addresses of QEMU's
 * user network, so that a scenario can have either:
 *
 *	ARP		answers for its two addresses
 *	DHCP		gives 10.0.2.15/24, router 10.0.2.2, DNS 10.0.2.3
 *	ICMP echo	answers, whatever the size
 *	UDP 7, 9	echoes, swallows
 *	TFTP (69)	any file but "missing": NET_PEER_FILE_SIZE bytes of pattern
 *	TCP 9, 19	takes a stream, sends one
 *
 * A frame whose checksums are wrong or that is not for it is dropped and
 * counted.  A frame of segmentation size is taken and answered whole.
 *
 * The streams are the simplest of TCP: handshake and FIN, true headers,
 * checksums and sequence numbers, no options, nothing is sent twice.
 *
 *	port 9		the guest sends pattern and FIN; each frame is
 *			acknowledged, the FIN is answered by one FIN
 *	port 19		the guest sends eight bytes, a big-endian number; so
 *			many bytes of pattern come, the last segment has FIN
 *
 * The pattern's byte at offset o is o + (o >> 8) * 7 + (o >> 16) * 31, modulo
 * 256.
 */
#ifndef VIOTAPE_NET_PEER_H
#define VIOTAPE_NET_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "net_wire.h"

#define NET_PEER_ADDRESS	0x0a000202u	/* 10.0.2.2 */
#define NET_PEER_DNS		0x0a000203u
#define NET_PEER_GUEST		0x0a00020fu	/* 10.0.2.15, by DHCP */
#define NET_PEER_FILE_SIZE	3000u		/* bytes, by TFTP */
#define NET_PEER_QUEUE_MAX	65536u		/* frames that wait */
#define NET_PEER_STREAMS_MAX	16u

struct net_peer_config {
	unsigned loss;			/* every so manieth frame to the guest
					   is lost; 0: none */
	unsigned reorder;		/* ... comes after the next one */
	int partial;			/* checksums of its frames are promised,
					   not computed, where that may be */
	int silent;			/* it answers nothing */
	uint64_t seed;			/* where in the count these begin */
};

/* What went wrong with frames from the guest, and what is missing. */
struct net_peer_counts {
	uint64_t taken, sent;
	uint64_t bad;			/* a checksum or a length is wrong */
	uint64_t foreign;		/* not for this machine */
	uint64_t pattern;		/* stream bytes that are not the pattern */
	uint64_t lost, reordered;	/* on purpose */
	uint64_t dropped;		/* NET_PEER_QUEUE_MAX */
};

struct net_peer;

struct net_peer *net_peer_create(const struct net_peer_config *cfg);
void net_peer_free(struct net_peer *p);		/* NULL is fine */

/* A frame from the guest, complete: checksums are computed, not promised. */
void net_peer_take(struct net_peer *p, const uint8_t *frame, size_t n);
/* The peer sends count UDP frames (port 9) with size bytes of pattern to this
   Ethernet address; a multicast one goes to 224.0.0.1, else 10.0.2.15. */
void net_peer_send(struct net_peer *p, const uint8_t mac[6], unsigned count,
    unsigned size);

/* The peer sends this frame; nothing is known of its checksums. */
void net_peer_frame(struct net_peer *p, const uint8_t *frame, size_t n);

/*
 * As net_wire's next.  Frames of a stream carry up to mtu bytes of IP, or up
 * to large when that is more.  An mtu below 68 is taken as 68.
 */
int net_peer_next(struct net_peer *p, unsigned mtu, unsigned large,
    struct net_wire_frame *out);
/* Whether net_peer_next() has something. */
int net_peer_pending(const struct net_peer *p);
/* Adds the frames that wait, the streams, and what the next frame depends on. */
void net_peer_state(const struct net_peer *p, struct state *s);

/* The peer as what is at the end of a cable, which owns it then. */
struct net_wire net_peer_wire(struct net_peer *p);

const struct net_peer_counts *net_peer_counts(const struct net_peer *p);

uint8_t net_peer_pattern(uint64_t offset);

#endif

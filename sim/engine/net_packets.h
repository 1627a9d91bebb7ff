/*
 * net_packets.h: the packets in a recording: what crossed between driver and
 * host, put together from chains and what came back of them.
 *
 *	struct net_packets *d = net_packets_create();
 *	for each event e with its number:
 *		if (net_packets_event(d, e, number, &packet)) ...
 *	net_packets_free(d);
 */
#ifndef VIOTAPE_NET_PACKETS_H
#define VIOTAPE_NET_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "net_header.h"
#include "virtio_state.h"

enum net_packet_kind {
	NET_PACKET_OUT,			/* from the driver, as the host took it */
	NET_PACKET_IN,			/* from the host, whole */
	NET_PACKET_CONTROL		/* a command; frame holds it */
};

struct net_packet {
	enum net_packet_kind kind;
	unsigned pair;			/* of queues */
	uint64_t event, event_last;	/* the chain's; or the first and last
					   that gave it */
	uint64_t time_ns;		/* the virtual clock's */
	struct net_header header;	/* OUT and IN */
	const uint8_t *frame;		/* until the next event */
	size_t n;
};

struct net_packets;

struct net_packets *net_packets_create(void);
void net_packets_free(struct net_packets *d);	/* NULL is fine */

/* 1: this event completes a packet. */
int net_packets_event(struct net_packets *d, const struct event *e,
    uint64_t number, struct net_packet *out);

/* What the driver told the device so far. */
struct virtio_state *net_packets_state(struct net_packets *d);

#endif

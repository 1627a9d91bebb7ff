/* net_peer_tcp.h: the streams of net_peer.h; the inside of net_peer.c. */
#ifndef VIOTAPE_NET_PEER_TCP_H
#define VIOTAPE_NET_PEER_TCP_H

#include <stddef.h>
#include <stdint.h>

#include "net_frame.h"
#include "state.h"

/* The headers of one segment. */
struct net_peer_tcp_to {
	uint8_t mac[6];
	uint32_t src, dst;		/* IPv4 addresses */
	uint16_t sport, dport;
	uint32_t seq, ack;
	unsigned flags;			/* TCP_F_* */
};

struct net_peer_tcp_ops {
	/* Begins a segment with n bytes of payload: where they go. */
	uint8_t *(*begin)(void *self, const struct net_peer_tcp_to *to,
	    size_t n);
	void (*send)(void *self);	/* what was begun */
	/* So many bytes of a stream were not the pattern, or out of order. */
	void (*wrong)(void *self, uint64_t bytes);
};

struct net_peer_tcp;

struct net_peer_tcp *net_peer_tcp_create(const struct net_peer_tcp_ops *ops,
    void *self);
void net_peer_tcp_free(struct net_peer_tcp *t);
/* A segment whose checksum is right. */
void net_peer_tcp_take(struct net_peer_tcp *t, const struct net_frame *f,
    const uint8_t *frame);
/* Sends one more segment of a stream, at most mss bytes of payload: 1; or 0. */
int net_peer_tcp_more(struct net_peer_tcp *t, size_t mss);
int net_peer_tcp_pending(const struct net_peer_tcp *t);
void net_peer_tcp_state(const struct net_peer_tcp *t, struct state *s);

#endif

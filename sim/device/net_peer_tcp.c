/* net_peer_tcp.c: streams both ways, the simplest of TCP. */
#include "net_peer_tcp.h"
#include "check.h"
#include "net_peer.h"
#include "net_spec.h"

#include <stdlib.h>
#include <string.h>

#define PORT_TAKES	9u
#define PORT_SENDS	19u
#define ISS		5000u		/* the peer's first sequence number */

struct stream {
	struct net_peer_tcp_to to;	/* how an answer is addressed */
	uint8_t used, fin;
	uint64_t taken;			/* bytes of the guest's */
	uint64_t sent, left;		/* bytes of ours */
	uint8_t ask[8];			/* how many bytes it wants */
};

struct net_peer_tcp {
	const struct net_peer_tcp_ops *ops;
	void *self;
	struct stream stream[NET_PEER_STREAMS_MAX];
	unsigned next;			/* whose turn it is to be replaced */
};

struct net_peer_tcp *
net_peer_tcp_create(const struct net_peer_tcp_ops *ops, void *self)
{
	struct net_peer_tcp *t = check_calloc(1, sizeof *t);

	t->ops = ops;
	t->self = self;
	return t;
}

void
net_peer_tcp_free(struct net_peer_tcp *t)
{
	check_free(t);
}

/* An empty segment with the stream's present numbers. */
static void
segment(struct net_peer_tcp *t, struct stream *s, unsigned flags)
{
	s->to.flags = flags;
	(void)t->ops->begin(t->self, &s->to, 0);
	t->ops->send(t->self);
}

static struct stream *
stream_find(struct net_peer_tcp *t, uint32_t address, uint16_t port,
    uint16_t own)
{
	for (unsigned i = 0; i < NET_PEER_STREAMS_MAX; i++) {
		struct stream *s = &t->stream[i];

		if (s->used && s->to.dst == address && s->to.dport == port &&
		    s->to.sport == own)
			return s;
	}
	return NULL;
}

static void
stream_open(struct net_peer_tcp *t, const struct net_frame *f,
    const uint8_t *frame)
{
	const uint8_t *ip = frame + f->ip, *tcp = frame + f->l4;
	uint16_t port = net_be16(tcp), own = net_be16(tcp + 2);
	struct stream *s = stream_find(t, net_be32(ip + 12), port, own);

	if (s == NULL)
		s = &t->stream[t->next++ % NET_PEER_STREAMS_MAX];
	memset(s, 0, sizeof *s);
	s->used = own == PORT_TAKES || own == PORT_SENDS;
	memcpy(s->to.mac, frame + 6, 6);
	s->to.src = net_be32(ip + 16);
	s->to.dst = net_be32(ip + 12);
	s->to.sport = own;
	s->to.dport = port;
	s->to.seq = ISS;
	s->to.ack = net_be32(tcp + 4) + 1;
	segment(t, s, s->used ? TCP_F_SYN | TCP_F_ACK : TCP_F_RST | TCP_F_ACK);
	s->to.seq++;
}

/* The guest's bytes: pattern on port 9, the wanted number on port 19. */
static void
stream_bytes(struct net_peer_tcp *t, struct stream *s, const uint8_t *p,
    size_t n)
{
	uint64_t wrong = 0;

	for (size_t i = 0; i < n; i++, s->taken++) {
		if (s->to.sport == PORT_TAKES)
			wrong += p[i] != net_peer_pattern(s->taken);
		else if (s->taken < sizeof s->ask)
			s->ask[s->taken] = p[i];
	}
	if (s->to.sport == PORT_SENDS && s->taken >= sizeof s->ask &&
	    s->taken - n < sizeof s->ask)
		s->left = (uint64_t)net_be32(s->ask) << 32 |
		    net_be32(s->ask + 4);
	if (wrong != 0)
		t->ops->wrong(t->self, wrong);
}

void
net_peer_tcp_take(struct net_peer_tcp *t, const struct net_frame *f,
    const uint8_t *frame)
{
	const uint8_t *tcp = frame + f->l4;
	size_t n = f->end - f->payload;
	struct stream *s;

	if ((f->tcp_flags & TCP_F_SYN) != 0) {
		stream_open(t, f, frame);
		return;
	}
	s = stream_find(t, net_be32(frame + f->ip + 12), net_be16(tcp),
	    net_be16(tcp + 2));
	if (s == NULL || (f->tcp_flags & TCP_F_RST) != 0) {
		if (s != NULL)
			s->used = 0;
		return;
	}
	if (n == 0 && (f->tcp_flags & TCP_F_FIN) == 0)
		return;				/* an acknowledgement */
	if (net_be32(tcp + 4) != s->to.ack) {
		t->ops->wrong(t->self, n);	/* lost or out of order */
		return;
	}
	stream_bytes(t, s, frame + f->payload, n);
	s->to.ack += (uint32_t)n;
	if ((f->tcp_flags & TCP_F_FIN) != 0) {
		s->to.ack++;
		segment(t, s, s->fin ? TCP_F_ACK : TCP_F_FIN | TCP_F_ACK);
		s->fin = 1;
	} else if (s->to.sport == PORT_TAKES) {
		segment(t, s, TCP_F_ACK);
	}
}

int
net_peer_tcp_pending(const struct net_peer_tcp *t)
{
	for (unsigned i = 0; i < NET_PEER_STREAMS_MAX; i++)
		if (t->stream[i].used && t->stream[i].left != 0)
			return 1;
	return 0;
}

int
net_peer_tcp_more(struct net_peer_tcp *t, size_t mss)
{
	for (unsigned i = 0; i < NET_PEER_STREAMS_MAX; i++) {
		struct stream *s = &t->stream[i];
		uint8_t *p;
		size_t n;

		if (!s->used || s->left == 0)
			continue;
		n = s->left < mss ? (size_t)s->left : mss;
		s->left -= n;
		s->to.flags = TCP_F_ACK;
		if (s->left == 0)
			s->to.flags |= TCP_F_PSH | TCP_F_FIN;
		p = t->ops->begin(t->self, &s->to, n);
		for (size_t k = 0; k < n; k++)
			p[k] = net_peer_pattern(s->sent + k);
		s->sent += n;
		s->to.seq += (uint32_t)n + (s->left == 0);
		s->fin |= s->left == 0;
		t->ops->send(t->self);
		return 1;
	}
	return 0;
}

static void
add_stream(const struct stream *t, struct state *s)
{
	const struct net_peer_tcp_to *to = &t->to;

	state_add_u64(s, (uint64_t)t->used << 8 | t->fin);
	if (!t->used)
		return;			/* nobody looks at it any more */
	state_add(s, to->mac, sizeof to->mac);
	state_add_u64(s, (uint64_t)to->src << 32 | to->dst);
	state_add_u64(s, (uint64_t)to->sport << 16 | to->dport);
	state_add_u64(s, (uint64_t)to->seq << 32 | to->ack);
	state_add_u64(s, t->taken);
	state_add_u64(s, t->sent);
	state_add_u64(s, t->left);
	state_add(s, t->ask, sizeof t->ask);
}

void
net_peer_tcp_state(const struct net_peer_tcp *t, struct state *s)
{
	state_add_u64(s, t->next % NET_PEER_STREAMS_MAX);
	for (unsigned i = 0; i < NET_PEER_STREAMS_MAX; i++)
		add_stream(&t->stream[i], s);
}

/* replay_net.c: the packets of a recording, played again. */
#include "replay_net.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "net_control.h"
#include "net_frame.h"
#include "net_packets.h"
#include "net_peer.h"
#include "net_spec.h"

#define DEPARTED_MAX	8u		/* differences that are named */
#define TCP_HEADERS	40u		/* bytes of IP and TCP before a segment */
/* Fields of IP in a frame of Ethernet: offsets, each where the last ends. */
#define IP_IDENT	18u
#define IP_FRAGMENT	20u
#define IP_CHECKSUM	24u
#define IP_ADDRESSES	26u
#define LARGE_MAX	65535u		/* bytes of IP in a frame of several */

/* A packet, its checksums computed, or a control command. */
struct taped {
	uint8_t *bytes;
	size_t n;
	unsigned mss;
	uint8_t flags;			/* of its header */
	int pair;
	/* What had been before it. */
	size_t after_out;
	unsigned after_sends;
	/* Of a command: what it was answered, once that came. */
	int answered;
	uint8_t ack;
	uint16_t queue;
	uint32_t ordinal;
};

struct list {
	struct taped *list;
	size_t n, max;
};

struct replay_net {
	struct list in, out, commands;
	unsigned sends;			/* steps "host send" and "host frame" */
};

/* ----------------------------------------------------------------- reading */

static struct taped *
list_add(struct list *l, const uint8_t *bytes, size_t n)
{
	struct taped *t;

	if (l->n == l->max) {
		l->max = l->max != 0 ? 2 * l->max : 16;
		l->list = check_realloc(l->list, l->max * sizeof l->list[0]);
	}
	t = &l->list[l->n++];
	memset(t, 0, sizeof *t);
	t->bytes = check_malloc(n + 1);
	if (n != 0)
		memcpy(t->bytes, bytes, n);
	t->n = n;
	return t;
}

static void
list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		check_free(l->list[i].bytes);
	check_free(l->list);
}

static void
packet_add(struct replay_net *r, const struct net_packet *p)
{
	struct list *l = p->kind == NET_PACKET_IN ? &r->in : &r->out;
	struct taped *t = list_add(l, p->frame, p->n);

	net_header_apply(&p->header, t->bytes, t->n);
	t->pair = (int)p->pair;
	t->flags = p->header.flags;
	if ((p->header.gso_type & ~NET_GSO_ECN) != NET_GSO_NONE)
		t->mss = p->header.gso_size;
	t->after_out = r->out.n;
	t->after_sends = r->sends;
}

/* The answer of a control command is one byte on its queue. */
static void
ack_seen(struct replay_net *r, const struct event *e)
{
	for (size_t i = r->commands.n; i > 0; i--) {
		struct taped *t = &r->commands.list[i - 1];

		if (t->answered || t->queue != e->used.queue ||
		    t->ordinal != e->used.ordinal || e->data_len == 0)
			continue;
		t->answered = 1;
		t->ack = e->data[0];
		return;
	}
}

static int
begins(const struct event *e, const char *word, size_t n)
{
	return e->data_len >= n && memcmp(e->data, word, n) == 0;
}

static void
event_read(struct replay_net *r, struct net_packets *d, const struct event *e,
    uint64_t number)
{
	static const char send[] = "host send ", frame[] = "host frame ";
	struct net_packet p;
	struct taped *t;

	if (e->kind == EVENT_STEP && (begins(e, send, sizeof send - 1) ||
	    begins(e, frame, sizeof frame - 1)))
		r->sends++;
	if (e->kind == EVENT_USED)
		ack_seen(r, e);
	if (!net_packets_event(d, e, number, &p))
		return;
	if (p.kind != NET_PACKET_CONTROL) {
		packet_add(r, &p);
		return;
	}
	t = list_add(&r->commands, p.frame, p.n);
	t->queue = e->chain.queue;
	t->ordinal = e->chain.ordinal;
}

struct replay_net *
replay_net_read(struct trace *t, struct error *err)
{
	struct replay_net *r = check_calloc(1, sizeof *r);
	struct net_packets *d = net_packets_create();
	struct event e;
	int ret = 0;

	for (size_t n = 0; ret == 0 && n < trace_event_count(t); n++) {
		ret = trace_event_get(t, n, &e, err);
		if (ret == 0)
			event_read(r, d, &e, trace_event_number(t, n));
	}
	net_packets_free(d);
	if (ret != 0) {
		replay_net_free(r);
		return NULL;
	}
	return r;
}

void
replay_net_free(struct replay_net *r)
{
	if (r == NULL)
		return;
	list_free(&r->in);
	list_free(&r->out);
	list_free(&r->commands);
	check_free(r);
}

/* -------------------------------------------------------------- one run */

struct wire {
	const struct replay_net *tape;
	const struct boundary_port *port;
	uint8_t *taken;			/* of the driver's recorded packets */
	size_t sent;			/* they are, up to here */
	size_t seen;			/* packets that came, recorded or not */
	size_t given;			/* recorded packets of the host's */
	unsigned sends;
	int ended;			/* said that the recording is at its end */
	unsigned departed;		/* differences, the first are named */
	struct list cut;		/* segments of a larger packet */
	size_t cut_given;
	size_t asked;			/* place in the commands */
	/* Our own peer, as long as it says what was recorded; or NULL. */
	struct net_peer *peer;
	struct list said;		/* by it, and not recorded so far */
	size_t agreed;			/* frames that both said */
	int live;			/* it has taken over */
	struct taped given_last;	/* of said; the frame is the device's
					   until it asks again */
};

static int
same(const struct taped *t, const uint8_t *p, size_t n)
{
	return t->n == n && (n == 0 || memcmp(t->bytes, p, n) == 0);
}

/*
 * The same, where the peer numbered its packets in another order: but for the
 * identification of IP, and the checksum that covers it.
 */
static int
said_same(const struct taped *t, const uint8_t *p, size_t n)
{
	struct net_frame f;

	net_frame_look(&f, p, n);
	if (t->n != n || n < IP_ADDRESSES || f.type != ETHER_TYPE_IPV4)
		return same(t, p, n);
	return memcmp(t->bytes, p, IP_IDENT) == 0 &&
	    memcmp(t->bytes + IP_FRAGMENT, p + IP_FRAGMENT,
	    IP_CHECKSUM - IP_FRAGMENT) == 0 &&
	    memcmp(t->bytes + IP_ADDRESSES, p + IP_ADDRESSES,
	    n - IP_ADDRESSES) == 0;
}

static int
same_flow(const struct taped *t, const uint8_t *p, size_t n)
{
	struct net_frame a, b;

	net_frame_look(&a, t->bytes, t->n);
	net_frame_look(&b, p, n);
	return a.type == b.type && a.proto == b.proto &&
	    net_flow(&a, t->bytes) == net_flow(&b, p);
}

/* The first byte that differs, when two packets are of one length. */
static void
difference_print(const struct taped *t, const uint8_t *p, size_t n,
    struct bytes *out)
{
	size_t at = 0;

	if (t->n != n)
		return;
	while (at < n && t->bytes[at] == p[at])
		at++;
	bytes_printf(out, " (byte %zu is 0x%02x, was 0x%02x)", at, p[at],
	    t->bytes[at]);
}

/*
 * The recording has no answer to what the driver sent.  If it is one of our own
 * peer, that has heard all and knows one.
 */
static void
take_over(struct wire *w)
{
	if (w->peer == NULL || w->agreed == 0)
		return;
	w->live = 1;
	w->port->diverged(w->port->machine, "packets: the recorded host said "
	    "what the built-in peer says, which answers from here on");
}

static void
depart(struct wire *w, const struct taped *expected, const uint8_t *frame,
    size_t n)
{
	struct bytes text = { 0 };

	if (++w->departed > DEPARTED_MAX) {
		w->port->diverged(w->port->machine, "packets: more of them "
		    "differ from the recording's, and are not named");
		return;
	}
	if (expected == NULL) {
		bytes_printf(&text, "packets: the recording ends, driver sent ");
		net_frame_print(frame, n, &text);
	} else {
		bytes_printf(&text, "packets: expected ");
		net_frame_print(expected->bytes, expected->n, &text);
		bytes_printf(&text, ", driver sent ");
		net_frame_print(frame, n, &text);
		difference_print(expected, frame, n, &text);
	}
	w->port->diverged(w->port->machine, (const char *)text.data);
	bytes_free(&text);
}

/* The first recorded one that was not taken and is the same; or n. */
static size_t
find_untaken(const struct wire *w, const uint8_t *frame, size_t n)
{
	const struct list *out = &w->tape->out;
	size_t i = w->sent;

	while (i < out->n && (w->taken[i] || !same(&out->list[i], frame, n)))
		i++;
	return i;
}

/*
 * Several queues may send in another order than they did; what was not recorded
 * at all stands for the next of its flow.
 */
static void
wire_take(void *self, const uint8_t *frame, size_t n)
{
	struct wire *w = self;
	const struct list *out = &w->tape->out;
	size_t i;

	if (w->peer != NULL)
		net_peer_take(w->peer, frame, n);
	if (w->live)
		return;
	i = find_untaken(w, frame, n);
	w->seen++;
	if (i == out->n) {
		if (w->sent < out->n || !w->ended)
			depart(w, w->sent < out->n ? &out->list[w->sent] : NULL,
			    frame, n);
		w->ended |= w->sent == out->n;
		take_over(w);
		i = w->sent;
		if (i == out->n || !same_flow(&out->list[i], frame, n))
			return;
	}
	w->taken[i] = 1;
	while (w->sent < out->n && w->taken[w->sent])
		w->sent++;
}

/*
 * A packet is due when as many were seen as before it, the last of them among
 * them; or, when nothing else will come, only that one.
 */
static int
due(const struct wire *w, int idle)
{
	const struct taped *t;

	if (w->given == w->tape->in.n)
		return 0;
	t = &w->tape->in.list[w->given];
	if (w->sends < t->after_sends)
		return 0;
	if (w->sent >= t->after_out)
		return 1;
	return w->taken[t->after_out - 1] &&
	    (idle || w->seen >= t->after_out);
}

static int
wire_pending(const void *self, int idle)
{
	const struct wire *w = self;

	return w->cut_given != w->cut.n || (w->live ? w->said.n != 0 ||
	    net_peer_pending(w->peer) : due(w, idle));
}

static void
cut_each(void *self, const uint8_t *p, size_t n)
{
	(void)list_add(self, p, n);
}

static void
give(const struct taped *t, struct net_wire_frame *out)
{
	out->bytes = t->bytes;
	out->n = t->n;
	out->mss = t->mss;
	out->flags = t->flags & (NET_HDR_F_NEEDS_CSUM | NET_HDR_F_DATA_VALID);
	out->pair = t->pair;
}

/* Takes one of the list out of it; it is the caller's. */
static struct taped
list_take(struct list *l, size_t i)
{
	struct taped t = l->list[i];

	l->n--;
	memmove(&l->list[i], &l->list[i + 1], (l->n - i) * sizeof t);
	return t;
}

/*
 * Whether the peer says the same, in whatever order; if not, it is another
 * host's recording.
 */
static void
peer_compare(struct wire *w, const struct taped *t, unsigned mtu)
{
	unsigned large = t->mss != 0 ? LARGE_MAX : 0;
	struct net_wire_frame f;
	size_t i = 0;

	if (w->peer == NULL)
		return;
	if (t->mss != 0)
		mtu = t->mss + TCP_HEADERS;
	while (i < w->said.n && !said_same(t, w->said.list[i].bytes,
	    w->said.list[i].n))
		i++;
	while (i == w->said.n && net_peer_next(w->peer, mtu, large, &f)) {
		struct taped *said = list_add(&w->said, f.bytes, f.n);

		said->mss = f.mss;
		said->flags = f.flags;
		said->pair = f.pair;
		if (!said_same(t, f.bytes, f.n))
			i++;
	}
	if (i < w->said.n) {
		check_free(list_take(&w->said, i).bytes);
		w->agreed++;
		return;
	}
	net_peer_free(w->peer);
	w->peer = NULL;
}

static int
wire_next(void *self, unsigned mtu, unsigned large, int idle,
    struct net_wire_frame *out)
{
	struct wire *w = self;
	const struct taped *t;

	if (w->cut_given == w->cut.n && w->live && w->said.n == 0)
		return net_peer_next(w->peer, mtu, large, out);
	if (w->cut_given == w->cut.n) {
		if (!w->live && !due(w, idle))
			return 0;
		if (w->live) {
			check_free(w->given_last.bytes);
			w->given_last = list_take(&w->said, 0);
			t = &w->given_last;
		} else {
			t = &w->tape->in.list[w->given++];
			peer_compare(w, t, mtu);
		}
		give(t, out);
		if (t->mss == 0 || large != 0)
			return 1;
		list_free(&w->cut);
		memset(&w->cut, 0, sizeof w->cut);
		w->cut_given = 0;
		net_segment(t->bytes, t->n, t->mss, cut_each, &w->cut);
	}
	give(&w->cut.list[w->cut_given++], out);
	out->flags = NET_HDR_F_DATA_VALID;
	out->pair = -1;
	return 1;
}

static void
wire_send(void *self, const uint8_t mac[6], unsigned count, unsigned size)
{
	struct wire *w = self;

	if (w->peer != NULL)
		net_peer_send(w->peer, mac, count, size);
	w->sends++;
}

static void
wire_frame(void *self, const uint8_t *bytes, size_t n)
{
	struct wire *w = self;

	(void)bytes;
	(void)n;
	w->sends++;
}

/* The nth time as the nth time; a command that nobody recorded is new. */
static unsigned
wire_acked(void *self, const uint8_t *command, size_t n, unsigned own)
{
	struct wire *w = self;
	const struct list *l = &w->tape->commands;
	struct bytes text = { 0 };

	for (size_t i = w->asked; i < l->n; i++)
		if (same(&l->list[i], command, n)) {
			w->asked = i + 1;
			return l->list[i].answered ? l->list[i].ack : own;
		}
	bytes_printf(&text, "control queue: driver sent ");
	net_control_print(command, n, &text);
	bytes_printf(&text, ", which the recorded one did not send here");
	w->port->diverged(w->port->machine, (const char *)text.data);
	bytes_free(&text);
	return own;
}

/*
 * The places on the tape.  More differences than are named are told by one
 * sentence, whatever their number.
 */
static void
wire_state(const void *self, struct state *s)
{
	const struct wire *w = self;

	state_add(s, w->taken, w->tape->out.n);
	state_add_u64(s, w->sent);
	state_add_u64(s, w->seen);
	state_add_u64(s, w->given);
	state_add_u64(s, w->sends);
	state_add_u64(s, w->asked);
	state_add_u64(s, (uint64_t)(w->ended != 0) << 32 |
	    (w->departed < DEPARTED_MAX ? w->departed : DEPARTED_MAX));
	state_add_u64(s, (uint64_t)(w->live != 0) << 2 |
	    (uint64_t)(w->agreed != 0) << 1 | (w->peer != NULL));
	if (w->peer != NULL)
		net_peer_state(w->peer, s);
	state_add_u64(s, w->said.n);
	for (size_t i = 0; i < w->said.n; i++)
		state_add(s, w->said.list[i].bytes, w->said.list[i].n);
	state_add_u64(s, w->cut.n - w->cut_given);
	for (size_t i = w->cut_given; i < w->cut.n; i++)
		state_add(s, w->cut.list[i].bytes, w->cut.list[i].n);
}

static void
wire_close(void *self)
{
	struct wire *w = self;

	list_free(&w->cut);
	list_free(&w->said);
	check_free(w->given_last.bytes);
	net_peer_free(w->peer);
	check_free(w->taken);
	check_free(w);
}

struct net_wire
replay_net_wire(const struct replay_net *n, const struct boundary_port *port)
{
	static const struct net_peer_config peer = { 0 };
	struct wire *w = check_calloc(1, sizeof *w);
	struct net_wire out = { w, wire_take, wire_next, wire_pending,
	    wire_send, wire_frame, wire_acked, wire_close, wire_state };

	w->tape = n;
	w->port = port;
	w->taken = check_calloc(n->out.n + 1, 1);
	w->peer = net_peer_create(&peer);
	return out;
}

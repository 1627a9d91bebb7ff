/* replay_net.c: the packets of a recording, played again. */
#include "replay_net.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "net_control.h"
#include "net_frame.h"
#include "net_packets.h"
#include "net_spec.h"

#define DEPARTED_MAX	8u		/* differences that are named */

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
		free(l->list[i].bytes);
	free(l->list);
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
	free(r);
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
};

static int
same(const struct taped *t, const uint8_t *p, size_t n)
{
	return t->n == n && (n == 0 || memcmp(t->bytes, p, n) == 0);
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
	size_t i = find_untaken(w, frame, n);

	w->seen++;
	if (i == out->n) {
		if (w->sent < out->n || !w->ended)
			depart(w, w->sent < out->n ? &out->list[w->sent] : NULL,
			    frame, n);
		w->ended |= w->sent == out->n;
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
wire_pending(const void *self)
{
	const struct wire *w = self;

	return w->cut_given != w->cut.n || due(w, 1);
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

static int
wire_next(void *self, unsigned mtu, unsigned large, int idle,
    struct net_wire_frame *out)
{
	struct wire *w = self;
	const struct taped *t;

	(void)mtu;
	if (w->cut_given == w->cut.n) {
		if (!due(w, idle))
			return 0;
		t = &w->tape->in.list[w->given++];
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

	(void)mac;
	(void)count;
	(void)size;
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
	state_add_u64(s, w->cut.n - w->cut_given);
	for (size_t i = w->cut_given; i < w->cut.n; i++)
		state_add(s, w->cut.list[i].bytes, w->cut.list[i].n);
}

static void
wire_close(void *self)
{
	struct wire *w = self;

	list_free(&w->cut);
	free(w->taken);
	free(w);
}

struct net_wire
replay_net_wire(const struct replay_net *n, const struct boundary_port *port)
{
	struct wire *w = check_calloc(1, sizeof *w);
	struct net_wire out = { w, wire_take, wire_next, wire_pending,
	    wire_send, wire_frame, wire_acked, wire_close, wire_state };

	w->tape = n;
	w->port = port;
	w->taken = check_calloc(n->out.n + 1, 1);
	return out;
}

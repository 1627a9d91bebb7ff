/* net_oracle.c: do packets arrive as they were handed over? */
#include "net_oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "net_frame.h"
#include "net_header.h"
#include "net_peer.h"
#include "net_spec.h"
#include "state_memo.h"
#include "virtio_spec.h"
#include "vring.h"

#define PAIRS		(VIRTIO_QUEUES_MAX / 2)
#define RECENT		16u		/* frames remembered after they arrived */

#define IFF_RUNNING_	0x40u		/* <net/if.h> */

#define CSUM_OUT	(HC_NET_CSUM_TCP_OUT | HC_NET_CSUM_UDP_OUT)
#define CSUM_OK		(HC_NET_CSUM_TCP_IN_OK | HC_NET_CSUM_UDP_IN_OK)

/* A frame on its way. */
struct flying {
	struct flying *next;
	size_t n;
	uint64_t nth;			/* on its line */
	uint32_t flags;			/* HC_NET_*; or the header's flags */
	unsigned mss;
	struct state_memo memo;		/* of bytes, which never change */
	uint8_t bytes[];
};

struct line {
	struct flying *first, **last;
	unsigned n;
	uint64_t over;			/* not followed: NET_ORACLE_FLIGHT_MAX */
	uint64_t added, seen;		/* ever; the latest that arrived */
	struct flying *recent[RECENT];
	unsigned nrecent;
};

struct net_oracle {
	const struct virtio_state *told;
	int judged;			/* headers and checksums, by the host */
	void (*tell)(void *self, const char *id, const char *text);
	void *self;
	struct line out[PAIRS];		/* handed to the driver */
	struct line in[PAIRS];		/* given by the host */
	/* A received packet whose buffers come one after the other. */
	struct bytes merge[PAIRS];
	unsigned merge_left[PAIRS];
	uint16_t taken[VIRTIO_QUEUES_MAX];	/* chains, as avail.idx counts */
	uint64_t interrupts;		/* that came */
	uint64_t used_at[PAIRS];	/* the same, at the latest frame */
	struct hc_net_state state;
	int has_state;
	uint64_t content;		/* bytes of the step under way */
	struct net_oracle_counts counts;
};

struct net_oracle *
net_oracle_create(const struct virtio_state *told, int judged,
    void (*tell)(void *self, const char *id, const char *text), void *self)
{
	struct net_oracle *o = check_calloc(1, sizeof *o);

	o->told = told;
	o->judged = judged;
	o->tell = tell;
	o->self = self;
	for (unsigned i = 0; i < PAIRS; i++) {
		o->out[i].last = &o->out[i].first;
		o->in[i].last = &o->in[i].first;
	}
	return o;
}

static void
line_clear(struct line *l)
{
	struct flying *f;

	while ((f = l->first) != NULL) {
		l->first = f->next;
		check_free(f);
	}
	l->last = &l->first;
	l->n = 0;
	l->over = 0;
	for (unsigned i = 0; i < RECENT; i++) {
		check_free(l->recent[i]);
		l->recent[i] = NULL;
	}
}

void
net_oracle_forget(struct net_oracle *o)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		line_clear(&o->out[i]);
		line_clear(&o->in[i]);
		bytes_clear(&o->merge[i]);
		o->merge_left[i] = 0;
	}
	memset(o->taken, 0, sizeof o->taken);
}

void
net_oracle_destroy(struct net_oracle *o)
{
	if (o == NULL)
		return;
	net_oracle_forget(o);
	for (unsigned i = 0; i < PAIRS; i++)
		bytes_free(&o->merge[i]);
	check_free(o);
}

static void
tell(const struct net_oracle *o, const char *id, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	o->tell(o->self, id, text);
}

static struct net_terms
terms(const struct net_oracle *o)
{
	struct net_terms t = { virtio_state_features(o->told), 0, 0 };

	t.legacy = (t.features & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0;
	return t;
}

/* ------------------------------------------------------------------ flights */

static void
line_add(struct line *l, const uint8_t *frame, size_t n, uint32_t flags,
    unsigned mss)
{
	struct flying *f;

	if (l->n == NET_ORACLE_FLIGHT_MAX) {
		l->over++;
		return;
	}
	f = check_malloc(sizeof *f + n);
	f->next = NULL;
	f->n = n;
	f->nth = ++l->added;
	f->flags = flags;
	f->mss = mss;
	f->memo.fresh = 0;
	if (n != 0)
		memcpy(f->bytes, frame, n);
	*l->last = f;
	l->last = &f->next;
	l->n++;
}

/* Takes the nth off the line; it is remembered for a while. */
static struct flying *
line_take(struct line *l, unsigned nth)
{
	struct flying **pp = &l->first, *f;
	unsigned slot = l->nrecent++ % RECENT;

	while (nth-- != 0)
		pp = &(*pp)->next;
	f = *pp;
	*pp = f->next;
	if (l->last == &f->next)
		l->last = pp;
	l->n--;
	if (f->nth > l->seen)
		l->seen = f->nth;
	check_free(l->recent[slot]);
	l->recent[slot] = f;
	return f;
}

/* The two bytes that a frame's checksum has, if it was left to others. */
static size_t
checksum_place(const struct flying *f)
{
	struct net_frame look;

	if ((f->flags & CSUM_OUT) == 0)
		return SIZE_MAX;
	net_frame_look(&look, f->bytes, f->n);
	return look.l4_known ? look.l4 + net_checksum_offset(&look) : SIZE_MAX;
}

static size_t
ip_checksum_place(const struct flying *f)
{
	struct net_frame look;

	if ((f->flags & HC_NET_CSUM_IPV4_OUT) == 0)
		return SIZE_MAX;
	net_frame_look(&look, f->bytes, f->n);
	return look.version == 4 ? look.ip + 10 : SIZE_MAX;
}

/* The first byte that differs and may not; SIZE_MAX: none.  Equal lengths. */
static size_t
difference(const struct flying *f, const uint8_t *frame)
{
	size_t l4, ip;

	if (f->n == 0 || memcmp(f->bytes, frame, f->n) == 0)
		return SIZE_MAX;
	l4 = checksum_place(f);
	ip = ip_checksum_place(f);
	for (size_t i = 0; i < f->n; i++)
		if (f->bytes[i] != frame[i] && i != l4 && i != l4 + 1 &&
		    i != ip && i != ip + 1)
			return i;
	return SIZE_MAX;
}

static int
same(const struct flying *f, const uint8_t *frame, size_t n)
{
	return f->n == n && difference(f, frame) == SIZE_MAX;
}

/* Which of a line it is, from the front; UINT32_MAX: none. */
static uint32_t
line_find(const struct line *l, const uint8_t *frame, size_t n)
{
	uint32_t nth = 0;

	for (const struct flying *f = l->first; f != NULL; f = f->next, nth++)
		if (same(f, frame, n))
			return nth;
	return UINT32_MAX;
}

static int
line_remembers(const struct line *l, const uint8_t *frame, size_t n)
{
	for (unsigned i = 0; i < RECENT; i++)
		if (l->recent[i] != NULL && same(l->recent[i], frame, n))
			return 1;
	return 0;
}

/* ---------------------------------------------------------------- arrivals */

/* Two lines of one direction: how they are called. */
struct way {
	const char *from, *at;		/* "handed to the driver", "the host" */
};

static const struct way ways[2] = {
	{ "that the stack handed to the driver", "the host" },
	{ "that the host gave", "the stack" }
};

/* It is on no line as it is: the oldest was changed on its way. */
static struct flying *
arrived_changed(struct net_oracle *o, struct line *l, unsigned queue,
    const uint8_t *frame, size_t n, const struct way *w)
{
	const struct flying *f = l->first;
	size_t at;

	if (line_remembers(l, frame, n)) {
		tell(o, "packet-doubled", "%s sees a packet of %zu bytes on "
		    "queue %u a second time", w->at, n, queue);
		return NULL;
	}
	if (f == NULL) {
		if (l->over != 0) {
			l->over--;
			return NULL;
		}
		tell(o, "packet-unknown", "%s sees a packet of %zu bytes on "
		    "queue %u that nobody handed over", w->at, n, queue);
		return NULL;
	}
	if (f->n != n) {
		tell(o, "packet-wrong-length", "%s sees %zu bytes on queue %u "
		    "of a packet of %zu %s", w->at, n, queue, f->n, w->from);
		return line_take(l, 0);
	}
	at = difference(f, frame);
	tell(o, "packet-torn", "%s sees other bytes than those %s: of %zu bytes"
	    " on queue %u the first that differs is %zu, 0x%02x where 0x%02x "
	    "was handed over", w->at, w->from, n, queue, at, frame[at],
	    f->bytes[at]);
	return line_take(l, 0);
}

/* A frame arrives at the other end: the one that it was, or NULL. */
static struct flying *
arrived(struct net_oracle *o, struct line lines[PAIRS], unsigned queue,
    const uint8_t *frame, size_t n, const struct way *w)
{
	struct line *l = &lines[queue];
	uint32_t nth;

	if (l->first != NULL && same(l->first, frame, n))
		return line_take(l, 0);
	nth = line_find(l, frame, n);
	if (nth != UINT32_MAX) {
		tell(o, "packet-reordered", "%s sees a packet of %zu bytes on "
		    "queue %u before %" PRIu32 " %s earlier", w->at, n, queue,
		    nth, w->from);
		return line_take(l, nth);
	}
	for (unsigned i = 0; i < PAIRS; i++) {
		if (i == queue)
			continue;
		nth = line_find(&lines[i], frame, n);
		if (nth == UINT32_MAX)
			continue;
		tell(o, "packet-wrong-queue", "%s sees a packet of %zu bytes on"
		    " queue %u that belongs to queue %u", w->at, n, queue, i);
		return line_take(&lines[i], nth);
	}
	return arrived_changed(o, l, queue, frame, n, w);
}

/* ----------------------------------------------------------------- sending */

static void
sent_header(const struct net_oracle *o, const struct flying *f,
    const struct net_header *h)
{
	int gso = (h->gso_type & ~NET_GSO_ECN) != NET_GSO_NONE;
	int tso = (f->flags & HC_NET_TSO) != 0;

	if (gso != tso)
		tell(o, "packet-wrong-header", "a packet of %zu bytes is %sto "
		    "be segmented, and its header %s", f->n, tso ? "" : "not ",
		    gso ? "asks for it" : "does not ask for it");
	else if (tso && h->gso_size != f->mss)
		tell(o, "packet-wrong-header", "a packet of %zu bytes is to be "
		    "cut into segments of %u bytes, and gso_size is %u", f->n,
		    f->mss, h->gso_size);
}

/* What becomes of the checksum when the host has done its part. */
static void
sent_checksum(const struct net_oracle *o, const struct net_header *h,
    const uint8_t *frame, size_t n)
{
	struct net_frame look;
	uint8_t *copy;

	net_frame_look(&look, frame, n);
	if (look.version == 0 || look.ip + look.ip_size > n)
		return;
	copy = check_malloc(n);
	memcpy(copy, frame, n);
	net_header_apply(h, copy, n);
	if (!net_ip_checksum_right(&look, copy))
		tell(o, "packet-checksum-wrong", "a packet of %zu bytes leaves "
		    "with a wrong checksum in its IP header", n);
	else if (!net_l4_checksum_right(&look, copy))
		tell(o, "packet-checksum-wrong", "a packet of %zu bytes leaves "
		    "with a wrong %s checksum, and its header %s", n,
		    look.proto == IP_PROTO_TCP ? "TCP" : "UDP",
		    (h->flags & NET_HDR_F_NEEDS_CSUM) != 0 ?
		    "names another place or another sum" :
		    "does not ask the host for one");
	check_free(copy);
}

static void
sent_length(const struct net_oracle *o, const struct net_header *h, size_t n)
{
	size_t most = o->state.hardmtu + ETHER_HEADER_SIZE + ETHER_VLAN_SIZE;

	if (o->has_state && o->state.hardmtu != 0 && n > most &&
	    (h->gso_type & ~NET_GSO_ECN) == NET_GSO_NONE)
		tell(o, "packet-too-long", "a packet of %zu bytes leaves, and "
		    "the hard mtu of the interface is %u", n,
		    o->state.hardmtu);
}

void
net_oracle_taken(struct net_oracle *o, unsigned queue, unsigned nread,
    const uint8_t *read, size_t n)
{
	struct net_terms t = terms(o);
	size_t size = net_header_size(&t);
	struct net_header h;
	struct flying *f;

	if (queue >= VIRTIO_QUEUES_MAX)
		return;
	o->taken[queue]++;
	/* Even queues receive, or are the control queue. */
	if (queue % 2 == 0 || nread == 0 || n < size)
		return;
	net_header_get(&h, read, size);
	f = arrived(o, o->out, queue / 2, read + size, n - size, &ways[0]);
	sent_length(o, &h, n - size);
	if (f == NULL)
		return;
	o->counts.sent++;
	o->counts.sent_bytes += n - size;
	sent_header(o, f, &h);
	if (!o->judged && same(f, read + size, n - size))
		sent_checksum(o, &h, read + size, n - size);
}

/* --------------------------------------------------------------- receiving */

static void
packet_given(struct net_oracle *o, unsigned pair)
{
	struct bytes *b = &o->merge[pair];
	struct net_terms t = terms(o);
	size_t size = net_header_size(&t);
	struct net_header h;

	if (b->len < size)
		return;
	net_header_get(&h, b->data, size);
	line_add(&o->in[pair], b->data + size, b->len - size,
	    h.flags | (uint32_t)h.gso_type << 8, h.gso_size);
	o->used_at[pair] = o->interrupts;
}

void
net_oracle_used(struct net_oracle *o, unsigned queue, const uint8_t *written,
    size_t n)
{
	unsigned pair = queue / 2;
	struct net_terms t = terms(o);
	struct bytes *b;

	/* The control queue gives one byte back, no packet. */
	if (queue % 2 != 0 || queue >= VIRTIO_QUEUES_MAX ||
	    (o->merge_left[pair] == 0 && n < net_header_size(&t)))
		return;
	b = &o->merge[pair];
	if (o->merge_left[pair] == 0) {
		bytes_clear(b);
		o->merge_left[pair] = 1;
		if ((t.features & VIRTIO_FEATURE(NET_BIT_MRG_RXBUF)) != 0)
			o->merge_left[pair] = (unsigned)bytes_le(written +
			    NET_HDR_NUM_BUFFERS, 2);
		if (o->merge_left[pair] == 0)
			o->merge_left[pair] = 1;
	}
	bytes_add(b, written, n);
	if (--o->merge_left[pair] == 0)
		packet_given(o, pair);
}

void
net_oracle_interrupt(struct net_oracle *o)
{
	o->interrupts++;
}

/* The driver hands up a frame. */
static void
handed_up(struct net_oracle *o, unsigned queue, const uint8_t *frame, size_t n,
    uint32_t flags, unsigned mss)
{
	struct flying *f = arrived(o, o->in, queue, frame, n, &ways[1]);
	unsigned gso;

	if (f == NULL)
		return;
	o->counts.received++;
	o->counts.received_bytes += n;
	gso = f->flags >> 8 & 0xff & ~NET_GSO_ECN;
	if ((flags & CSUM_OK) != 0 && (f->flags & (NET_HDR_F_NEEDS_CSUM |
	    NET_HDR_F_DATA_VALID)) == 0)
		tell(o, "packet-checksum-trusted", "the driver calls the "
		    "checksum of a packet of %zu bytes right, and the host "
		    "never said so: flags are 0x%02x", n, f->flags & 0xff);
	if ((flags & HC_NET_LRO) != 0 && (gso == NET_GSO_NONE || mss != f->mss))
		tell(o, "packet-wrong-header", "the driver hands up a packet of"
		    " %zu bytes as joined from segments of %u, and the host "
		    "said %u", n, mss, gso == NET_GSO_NONE ? 0 : f->mss);
}

void
net_oracle_frame(struct net_oracle *o, unsigned dir, unsigned queue,
    const uint8_t *frame, size_t n, uint32_t flags, unsigned mss)
{
	if (queue >= PAIRS)
		return;
	if (dir == 0)
		line_add(&o->out[queue], frame, n, flags, mss);
	else
		handed_up(o, queue, frame, n, flags, mss);
}

/* ------------------------------------------------------------ guest, steps */

void
net_oracle_state(struct net_oracle *o, const struct hc_net_state *state)
{
	int running = o->has_state && (o->state.flags & IFF_RUNNING_) != 0;

	o->state = *state;
	o->has_state = 1;
	/* A driver that stops throws away what it has. */
	if (running && (state->flags & IFF_RUNNING_) == 0)
		net_oracle_forget(o);
}

void
net_oracle_content(struct net_oracle *o, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == net_peer_pattern(o->content + i))
			continue;
		tell(o, "packet-content-wrong", "byte %" PRIu64 " of what the "
		    "guest's program received is 0x%02x, and 0x%02x was sent",
		    o->content + i, bytes[i],
		    net_peer_pattern(o->content + i));
		break;
	}
	o->content += n;
	o->counts.content += n;
}

void
net_oracle_step(struct net_oracle *o, const struct scenario_step *step)
{
	(void)step;
	o->content = 0;
}

/* ------------------------------------------------------------------- quiet */

/* Chains that are in the available ring and were not taken. */
static unsigned
ring_waits(const struct net_oracle *o, unsigned queue,
    const struct boundary_port *port)
{
	struct vring vr;
	uint8_t idx[2];

	if (!virtio_state_ring(o->told, queue, &vr) ||
	    port->dma_read(port->machine, vr.avail + VIRTQ_AVAIL_IDX, idx, 2,
	    NULL) != DMA_OK)
		return 0;
	return (uint16_t)(bytes_le(idx, 2) - o->taken[queue]);
}

static void
expect_out(struct net_oracle *o, unsigned pair,
    const struct boundary_port *port)
{
	struct line *l = &o->out[pair];
	unsigned waits;

	if (l->n == 0)
		return;
	waits = ring_waits(o, NET_QUEUE_TX(pair), port);
	if (waits != 0)
		tell(o, "queue-stuck", "%u chains wait in transmit queue %u, "
		    "the host was not told of them, and all is quiet", waits,
		    pair);
	else
		tell(o, "packet-lost", "%u packets that the stack handed to the"
		    " driver never came to the host: queue %u, the first has "
		    "%zu bytes", l->n, pair, l->first->n);
	line_clear(l);
}

static void
expect_in(struct net_oracle *o, unsigned pair)
{
	struct line *l = &o->in[pair];

	if (l->n == 0)
		return;
	/* Who took a later one looked, and this one is lost. */
	if (o->used_at[pair] == o->interrupts && l->first->nth > l->seen)
		tell(o, "interrupt-lost", "the host gave %u packets on receive "
		    "queue %u, no interrupt came since because the driver "
		    "wanted none, and it does not look", l->n, pair);
	else
		tell(o, "packet-lost", "%u packets that the host gave never "
		    "came to the stack: queue %u, the first has %zu bytes",
		    l->n, pair, l->first->n);
	line_clear(l);
}

void
net_oracle_expect(struct net_oracle *o, const struct boundary_port *port)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		expect_out(o, i, port);
		expect_in(o, i);
	}
}

const struct net_oracle_counts *
net_oracle_counts(const struct net_oracle *o)
{
	return &o->counts;
}

/* ------------------------------------------------------------------- state */

static void
add_flying(struct flying *f, struct state *s)
{
	state_add_u64(s, f->n);
	state_add_u64(s, (uint64_t)f->flags << 32 | f->mss);
	state_memo_add(&f->memo, s, f->bytes, f->n);
}

/*
 * Frames are numbered to see whether a later one has arrived before; those in
 * flight are in the order of their numbers.  What is remembered is forgotten
 * in the order in which it arrived.
 */
static void
add_line(const struct line *l, struct state *s)
{
	int unused = l->first == NULL && l->nrecent == 0 && l->over == 0;

	state_add_u64(s, (uint64_t)(unused != 0));
	if (unused)
		return;
	state_add_u64(s, l->n);
	state_add_u64(s, l->over);
	for (struct flying *f = l->first; f != NULL; f = f->next) {
		state_add_u64(s, f->nth > l->seen);
		add_flying(f, s);
	}
	for (unsigned i = 0; i < RECENT; i++) {
		struct flying *f = l->recent[(l->nrecent + i) % RECENT];

		state_add_u64(s, f != NULL);
		if (f != NULL)
			add_flying(f, s);
	}
}

static void
add_interface(const struct hc_net_state *i, struct state *s)
{
	state_add(s, i->mac, sizeof i->mac);
	state_add_u64(s, (uint64_t)i->attached << 32 | i->link_state);
	state_add_u64(s, i->flags);
	state_add_u64(s, (uint64_t)i->mtu << 32 | i->hardmtu);
	state_add_u64(s, (uint64_t)i->capabilities << 32 | i->capenable);
	state_add_u64(s, (uint64_t)i->tx_queues << 32 | i->rx_queues);
	state_add_u64(s, i->baudrate);
}

/* What the driver told the device is the run's, and added there. */
void
net_oracle_state_add(const struct net_oracle *o, struct state *s)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		add_line(&o->out[i], s);
		add_line(&o->in[i], s);
		state_add_u64(s, o->merge_left[i]);
		if (o->merge_left[i] != 0)
			state_add(s, o->merge[i].data, o->merge[i].len);
		/* Asked of packets that are under way. */
		state_add_u64(s, o->in[i].n != 0 &&
		    o->used_at[i] == o->interrupts);
	}
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		state_add_u64(s, o->taken[i]);
	state_add_u64(s, (uint64_t)(o->has_state != 0));
	if (o->has_state)
		add_interface(&o->state, s);
	state_add_u64(s, o->content);
}

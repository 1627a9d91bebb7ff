/* net_device.c: the built-in virtio-net (VIRTIO 1.2, 5.1). */
#include "net_device.h"
#include "check.h"
#include "net_control.h"
#include "net_frame.h"
#include "net_header.h"
#include "net_spec.h"
#include "virtio_feature.h"
#include "virtio_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET_CLASS_CODE	0x020000u	/* Ethernet controller */
#define QUEUES_MAX	(2 * NET_DEVICE_PAIRS_MAX + 1)
#define FLOWS		256u		/* where a flow was last sent from */
#define QUEUE_SIZE	256u
#define CONTROL_SIZE	64u
#define MTU_DEFAULT	1500u		/* where none was agreed on */
#define LARGE_MAX	65535u		/* bytes of IP in one LRO frame */

/* A buffer that the driver gave for a packet. */
struct buffer {
	uint32_t ordinal;
	size_t room;
};

/* The buffers of one receive queue, in their order: a ring. */
struct buffers {
	struct buffer ring[VIRTQ_SIZE_MAX];
	unsigned first, n;
	size_t room;
};

struct net_device {
	struct boundary_host_ops ops;
	const struct boundary_port *port;
	struct virtio_core *transport;
	struct boundary_host inner;	/* the transport as a host */
	struct net_wire wire;
	struct net_peer *peer;		/* at its end, or NULL */
	struct net_device_config cfg;
	uint16_t queue_size_max[QUEUES_MAX];
	uint8_t config[NET_CONFIG_SIZE];
	struct net_control control;
	struct net_device_counts counts;
	struct buffers *rx[NET_DEVICE_PAIRS_MAX];
	uint8_t flow[FLOWS];		/* pair */
	struct bytes wait;		/* header and frame that wait for room */
	int waiting;
	unsigned wait_pair;
	/* A control command that was carried out. */
	int answered;
	uint32_t answer_ordinal;
	uint8_t answer;
	uint8_t features_begun;
};

static uint64_t
features(const struct net_device *d)
{
	return virtio_state_features(virtio_core_state(d->transport));
}

static struct net_terms
terms(const struct net_device *d)
{
	struct net_terms t = { features(d), 0, d->cfg.mtu };

	t.legacy = (t.features & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0;
	return t;
}

static void
broken(const struct net_device *d, const char *id, const char *section,
    const char *text)
{
	d->port->protocol_broken(d->port->machine, id, section, text);
}

/* ------------------------------------------------------------ configuration */

static void
config_make(struct net_device *d)
{
	memcpy(d->config + NET_CONFIG_MAC, d->cfg.mac, 6);
	bytes_le_put(d->config + NET_CONFIG_STATUS, NET_S_LINK_UP, 2);
	bytes_le_put(d->config + NET_CONFIG_MAX_PAIRS, d->cfg.pairs, 2);
	bytes_le_put(d->config + NET_CONFIG_MTU, d->cfg.mtu, 2);
}

static uint64_t
net_config_read(void *self, uint32_t offset, unsigned size)
{
	return bytes_le(((struct net_device *)self)->config + offset, size);
}

/* A legacy driver may write the address (5.1.4.3). */
static void
net_config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	struct net_device *d = self;

	if ((features(d) & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0 &&
	    offset + size <= NET_CONFIG_MAC + 6) {
		bytes_le_put(d->config + offset, value, size);
		memcpy(d->control.filter.mac, d->config + NET_CONFIG_MAC, 6);
	}
}

static uint16_t
config_status(const struct net_device *d)
{
	return (uint16_t)bytes_le(d->config + NET_CONFIG_STATUS, 2);
}

static void
config_status_set(struct net_device *d, unsigned on, unsigned off)
{
	bytes_le_put(d->config + NET_CONFIG_STATUS,
	    (config_status(d) | on) & ~off, 2);
}

static void
net_reset(void *self)
{
	struct net_device *d = self;

	for (unsigned i = 0; i < d->cfg.pairs; i++)
		d->rx[i]->first = d->rx[i]->n = 0;
	for (unsigned i = 0; i < d->cfg.pairs; i++)
		d->rx[i]->room = 0;
	memset(d->flow, 0, sizeof d->flow);
	memcpy(d->config + NET_CONFIG_MAC, d->cfg.mac, 6);
	config_status_set(d, 0, NET_S_ANNOUNCE);
	net_control_reset(&d->control, d->cfg.mac);
	d->answered = d->features_begun = 0;
	d->waiting = 0;
}

/* ---------------------------------------------------------------- features */

/* At the first request: what was agreed on. */
static void
features_begin(struct net_device *d)
{
	if (d->features_begun)
		return;
	d->features_begun = 1;
	d->control.features = features(d);
	d->control.pairs_max = (uint16_t)d->cfg.pairs;
}

static int
has(const struct net_device *d, unsigned bit)
{
	return (d->control.features & VIRTIO_FEATURE(bit)) != 0;
}

/* ---------------------------------------------------------------- requests */

static unsigned
control_queue(const struct net_device *d)
{
	return has(d, NET_BIT_MQ) ? 2 * d->cfg.pairs : 2;
}

static void
flow_sent(struct net_device *d, const uint8_t *frame, size_t n, unsigned pair)
{
	struct net_frame f;

	net_frame_look(&f, frame, n);
	d->flow[net_flow(&f, frame) >> 24] = (uint8_t)pair;
}

static void
transmit(struct net_device *d, unsigned pair, const uint8_t *read, size_t n)
{
	struct net_terms t = terms(d);
	size_t size = net_header_size(&t);
	struct net_header h;
	uint8_t *frame;
	char text[120];

	if (pair >= d->control.pairs) {
		snprintf(text, sizeof text, "a packet on pair %u, and %u are in"
		    " use", pair, d->control.pairs);
		broken(d, "net-queue-not-enabled", "5.1.6.5.6.1", text);
	}
	if (!net_header_judge(&t, read, n, d->port)) {
		d->counts.unfit++;
		return;
	}
	if ((config_status(d) & NET_S_LINK_UP) == 0) {
		d->counts.down++;
		return;
	}
	n -= size;
	net_header_get(&h, read, size);
	flow_sent(d, read + size, n, pair);
	frame = check_malloc(n);
	memcpy(frame, read + size, n);
	net_header_apply(&h, frame, n);
	d->wire.take(d->wire.self, frame, n);
	check_free(frame);
}

static enum virtio_request_result
receive_buffer(struct net_device *d, unsigned pair, uint32_t ordinal,
    size_t room)
{
	struct buffers *b = d->rx[pair];
	struct net_terms t = terms(d);
	size_t size = net_header_size(&t);
	char text[120];

	if (room < size) {
		snprintf(text, sizeof text, "a receive buffer of %zu bytes, and"
		    " the header alone has %zu", room, size);
		broken(d, "net-rx-buffer-small", "5.1.6.3.1", text);
		return VIRTIO_REQUEST_BROKEN;
	}
	if (has(d, NET_BIT_MTU) && !has(d, NET_BIT_MRG_RXBUF) &&
	    room < size + ETHER_HEADER_SIZE + d->cfg.mtu) {
		snprintf(text, sizeof text, "a receive buffer of %zu bytes, and"
		    " a packet of the mtu needs %zu", room,
		    size + ETHER_HEADER_SIZE + d->cfg.mtu);
		broken(d, "net-rx-buffer-mtu", "5.1.4.2", text);
	}
	CHECK(b->n < VIRTQ_SIZE_MAX);
	b->ring[(b->first + b->n) % VIRTQ_SIZE_MAX].ordinal = ordinal;
	b->ring[(b->first + b->n++) % VIRTQ_SIZE_MAX].room = room;
	b->room += room;
	return VIRTIO_REQUEST_LATER;
}

static void
control(struct net_device *d, uint32_t ordinal, const uint8_t *read, size_t n,
    size_t room)
{
	unsigned own = net_control_command(&d->control, read, n, room, d->port);

	d->answer = (uint8_t)(d->wire.acked == NULL ? own :
	    d->wire.acked(d->wire.self, read, n, own));
	d->answer_ordinal = ordinal;
	d->answered = 1;
	if (d->control.announce_acked) {
		config_status_set(d, 0, NET_S_ANNOUNCE);
		d->control.announce_acked = 0;
	}
	if (d->control.mac_set && has(d, NET_BIT_MAC))
		memcpy(d->config + NET_CONFIG_MAC, d->control.filter.mac, 6);
	d->control.mac_set = 0;
}

static int
control_answer(struct net_device *d, struct error *err)
{
	d->answered = 0;
	return virtio_core_complete(d->transport, control_queue(d),
	    d->answer_ordinal, &d->answer, 1, err);
}

static enum virtio_request_result
net_request(void *self, unsigned queue, uint32_t ordinal, const uint8_t *read,
    size_t nread, size_t writable_max, struct bytes *response,
    struct error *err)
{
	struct net_device *d = self;

	(void)response;
	features_begin(d);
	if (has(d, NET_BIT_CTRL_VQ) && queue == control_queue(d)) {
		/* One at a time: the one before is answered first. */
		if (d->answered && control_answer(d, err) != 0)
			return VIRTIO_REQUEST_ABORTED;
		control(d, ordinal, read, nread, writable_max);
		return VIRTIO_REQUEST_LATER;
	}
	if (queue % 2 == 0)
		return receive_buffer(d, queue / 2, ordinal, writable_max);
	transmit(d, queue / 2, read, nread);
	return VIRTIO_REQUEST_DONE;
}

/* ---------------------------------------------------------------- receiving */

/* The header of a frame for the guest. */
static void
header_make(const struct net_device *d, const struct net_wire_frame *w,
    struct net_header *h)
{
	struct net_frame f;

	memset(h, 0, sizeof *h);
	net_frame_look(&f, w->bytes, w->n);
	if ((d->control.offloads & d->control.features &
	    VIRTIO_FEATURE(NET_BIT_GUEST_CSUM)) == 0 || !f.l4_known)
		return;
	h->flags = w->mss != 0 ? NET_HDR_F_NEEDS_CSUM : w->flags;
	if ((h->flags & NET_HDR_F_NEEDS_CSUM) == 0)
		return;
	h->csum_start = (uint16_t)f.l4;
	h->csum_offset = (uint16_t)net_checksum_offset(&f);
	if (w->mss == 0)
		return;
	h->gso_type = f.version == 4 ? NET_GSO_TCPV4 : NET_GSO_TCPV6;
	h->gso_size = (uint16_t)w->mss;
	h->hdr_len = (uint16_t)f.payload;
}

/* With NEEDS_CSUM the field holds the sum of the pseudo header. */
static void
checksum_promise(const struct net_header *h, uint8_t *frame, size_t n)
{
	struct net_frame f;

	if ((h->flags & NET_HDR_F_NEEDS_CSUM) == 0)
		return;
	net_frame_look(&f, frame, n);
	net_be16_put(frame + h->csum_start + h->csum_offset,
	    net_pseudo_sum(&f, frame, f.end - f.l4));
}

static unsigned
steer(const struct net_device *d, const struct net_wire_frame *w)
{
	struct net_frame f;
	unsigned pair;

	if (w->pair >= 0 && (unsigned)w->pair < d->control.pairs)
		return (unsigned)w->pair;
	net_frame_look(&f, w->bytes, w->n);
	pair = d->flow[net_flow(&f, w->bytes) >> 24];
	return pair < d->control.pairs ? pair : 0;
}

/* Whether the guest is to have it; what it is not to have is counted. */
static int
frame_wanted(struct net_device *d, const struct net_wire_frame *w)
{
	size_t most = ETHER_HEADER_SIZE + ETHER_VLAN_SIZE + d->cfg.mtu;

	if ((config_status(d) & NET_S_LINK_UP) == 0)
		d->counts.down++;
	else if (!net_control_accepts(&d->control, w->bytes, w->n))
		d->counts.filtered++;
	else if (w->mss == 0 && has(d, NET_BIT_MTU) && w->n > most &&
	    w->n > ETHER_MIN_SIZE)
		d->counts.too_long++;
	else
		return 1;
	return 0;
}

/* Fetches the next frame that the guest wants: 1, or 0. */
static int
frame_fetch(struct net_device *d, int idle)
{
	int lro = (d->control.offloads & d->control.features &
	    VIRTIO_FEATURE(NET_BIT_GUEST_TSO4)) != 0;
	unsigned mtu = has(d, NET_BIT_MTU) ? d->cfg.mtu : MTU_DEFAULT;
	struct net_terms t = terms(d);
	size_t size = net_header_size(&t);
	struct net_wire_frame w;
	struct net_header h;

	do {
		if (!d->wire.next(d->wire.self, mtu, lro ? LARGE_MAX : 0,
		    idle, &w))
			return 0;
	} while (!frame_wanted(d, &w));
	header_make(d, &w, &h);
	bytes_clear(&d->wait);
	bytes_reserve(&d->wait, size + w.n);
	net_header_put(&h, d->wait.data, size);
	memcpy(d->wait.data + size, w.bytes, w.n);
	d->wait.len = size + w.n;
	checksum_promise(&h, d->wait.data + size, w.n);
	d->wait_pair = steer(d, &w);
	return 1;
}

/* Whether there is room for the one that waits. */
static int
frame_fits(const struct net_device *d)
{
	const struct buffers *b = d->rx[d->wait_pair];

	return b->n != 0 && (!has(d, NET_BIT_MRG_RXBUF) ||
	    b->room >= d->wait.len);
}

static void
buffer_drop(struct buffers *b)
{
	b->room -= b->ring[b->first].room;
	b->first = (b->first + 1) % VIRTQ_SIZE_MAX;
	b->n--;
}

/* The frame that waits goes into the buffers of its pair, if there is room. */
static int
frame_deliver(struct net_device *d, struct error *err)
{
	struct buffers *b = d->rx[d->wait_pair];
	struct virtio_answer answers[VRING_CHAIN_DESC_MAX];
	size_t at = 0, left = d->wait.len, room;
	struct net_terms t = terms(d);
	int mergeable = has(d, NET_BIT_MRG_RXBUF);
	unsigned n = 0;

	if (!frame_fits(d))
		return 0;
	d->waiting = 0;
	if (!mergeable && b->ring[b->first].room < left) {
		broken(d, "net-rx-buffer-small", "5.1.6.3.1", "a packet does "
		    "not fit into the receive buffer, and buffers are not "
		    "merged");
		d->counts.too_long++;
		return 1;
	}
	for (; left != 0 && n < VRING_CHAIN_DESC_MAX; n++) {
		room = b->ring[b->first].room < left ?
		    b->ring[b->first].room : left;
		answers[n].ordinal = b->ring[b->first].ordinal;
		answers[n].bytes = d->wait.data + at;
		answers[n].n = room;
		buffer_drop(b);
		at += room;
		left -= room;
	}
	if (mergeable || !t.legacy)
		bytes_le_put(d->wait.data + NET_HDR_NUM_BUFFERS, n, 2);
	return virtio_core_complete_all(d->transport,
	    NET_QUEUE_RX(d->wait_pair), answers, n, err) == 0 ? 1 : -1;
}

static int
ready(const struct net_device *d)
{
	const struct virtio_state *st = virtio_core_state(
	    d->transport);

	return d->features_begun &&
	    (st->status & VIRTIO_STATUS_DRIVER_OK) != 0 &&
	    (st->status & VIRTIO_STATUS_NEEDS_RESET) == 0;
}

/* ------------------------------------------------------------------- host */

static int
host_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct net_device *d = self;

	return d->inner.ops->read(d->inner.self, bdf, region, offset, size,
	    value, err);
}

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct net_device *d = self;

	return d->inner.ops->write(d->inner.self, bdf, region, offset, size,
	    value, err);
}

int
net_device_step(struct net_device *d, int block, struct error *err)
{
	int r = 0;

	/* Frames first: a guest that sends without end is to hear, too. */
	if (ready(d)) {
		if (!d->waiting)
			d->waiting = frame_fetch(d, block);
		if (d->waiting)
			r = frame_deliver(d, err);
	}
	if (r == 0)
		r = virtio_core_step(d->transport, err);
	if (r == 0 && ready(d) && d->answered)
		r = control_answer(d, err) == 0 ? 1 : -1;
	return r;
}

/* A frame that waits may fit when the buffers are taken that there are. */
enum boundary_busy
net_device_busy(const struct net_device *d)
{
	enum boundary_busy busy = virtio_core_busy(d->transport);

	if (busy == BUSY_SERVES || !ready(d))
		return busy;
	if (d->answered || (d->waiting ? busy == BUSY_TAKES || frame_fits(d) :
	    d->wire.pending(d->wire.self, 0)))
		return BUSY_SERVES;
	return busy;
}

static enum boundary_busy
host_busy(void *self)
{
	return net_device_busy(self);
}

static void
host_waits(void *self)
{
	virtio_core_waits(((struct net_device *)self)->transport);
}

static int
host_step(void *self, int block, struct error *err)
{
	return net_device_step(self, block, err);
}

static void
host_time(void *self, uint64_t ns)
{
	struct net_device *d = self;

	d->inner.ops->time(d->inner.self, ns);
}

int
net_device_happen(struct net_device *d, const struct boundary_happening *h)
{
	switch (h->what) {
	case HAPPEN_LINK:
		net_device_link(d, h->value != 0);
		return 0;
	case HAPPEN_ANNOUNCE:
		net_device_announce(d);
		return 0;
	case HAPPEN_MTU:
		net_device_mtu(d, (uint16_t)h->value);
		return 0;
	case HAPPEN_MAC:
		net_device_mac(d, h->mac);
		return 0;
	case HAPPEN_SEND:
		d->wire.send(d->wire.self, h->mac, h->count, h->size);
		return 0;
	case HAPPEN_FRAME:
		d->wire.frame(d->wire.self, h->bytes, h->n);
		return 0;
	default:
		return virtio_core_happen(d->transport, h);
	}
}

static int
host_happen(void *self, const struct boundary_happening *h, struct error *err)
{
	(void)err;
	return net_device_happen(self, h);
}

static void
host_look(void *self)
{
	virtio_core_look(((struct net_device *)self)->transport);
}

static void
host_close(void *self)
{
	struct net_device *d = self;

	d->inner.ops->close(d->inner.self);	/* and net_close() */
}

static void
net_close(void *self)
{
	struct net_device *d = self;

	for (unsigned i = 0; i < d->cfg.pairs; i++)
		check_free(d->rx[i]);
	d->wire.close(d->wire.self);
	bytes_free(&d->wait);
	check_free(d);
}

/* ------------------------------------------------------------------ making */

static void
add_buffers(const struct buffers *b, struct state *s)
{
	state_add_u64(s, b->n);
	state_add_u64(s, b->room);
	for (unsigned i = 0; i < b->n; i++) {
		const struct buffer *at =
		    &b->ring[(b->first + i) % VIRTQ_SIZE_MAX];

		state_add_u64(s, at->ordinal);
		state_add_u64(s, at->room);
	}
}

/* Receive buffers wait for frames. */
static int
net_keeps(void *self, unsigned queue)
{
	return queue != control_queue(self) && queue % 2 == 0;
}

/* The device behind its transport, and what is at the cable's other end. */
static void
net_state(void *self, struct state *s)
{
	const struct net_device *d = self;

	state_add(s, d->config, sizeof d->config);
	state_add(s, d->cfg.mac, sizeof d->cfg.mac);
	state_add_u64(s, d->cfg.mtu);
	net_control_state(&d->control, s);
	for (unsigned i = 0; i < d->cfg.pairs; i++)
		add_buffers(d->rx[i], s);
	state_add(s, d->flow, sizeof d->flow);
	state_add_u64(s, (uint64_t)(d->waiting != 0) << 16 |
	    (uint64_t)(d->answered != 0) << 8 | d->features_begun);
	if (d->waiting) {
		state_add_u64(s, d->wait_pair);
		state_add(s, d->wait.data, d->wait.len);
	}
	if (d->answered)
		state_add_u64(s, (uint64_t)d->answer_ordinal << 8 |
		    d->answer);
	d->wire.state(d->wire.self, s);
}

static void
host_state(void *self, struct state *s)
{
	struct net_device *d = self;

	d->inner.ops->state(d->inner.self, s);	/* and net_state() */
}

static const struct virtio_device_ops net_ops = {
	.reset = net_reset, .config_read = net_config_read,
	.config_write = net_config_write, .request = net_request,
	.close = net_close, .keeps = net_keeps, .state = net_state
};

static uint64_t
offered(const struct net_device_config *cfg)
{
	static const uint8_t bits[] = { NET_BIT_CSUM, NET_BIT_GUEST_CSUM,
	    NET_BIT_CTRL_GUEST_OFFLOADS, NET_BIT_MAC, NET_BIT_GUEST_TSO4,
	    NET_BIT_GUEST_TSO6, NET_BIT_GUEST_ECN, NET_BIT_GUEST_UFO,
	    NET_BIT_HOST_TSO4, NET_BIT_HOST_TSO6, NET_BIT_HOST_ECN,
	    NET_BIT_HOST_UFO, NET_BIT_MRG_RXBUF, NET_BIT_STATUS,
	    NET_BIT_CTRL_VQ, NET_BIT_CTRL_RX, NET_BIT_CTRL_VLAN,
	    NET_BIT_CTRL_RX_EXTRA, NET_BIT_GUEST_ANNOUNCE,
	    NET_BIT_CTRL_MAC_ADDR, VIRTIO_BIT_INDIRECT_DESC,
	    VIRTIO_BIT_EVENT_IDX, VIRTIO_BIT_RING_RESET };
	struct virtio_feature_lack lack;
	uint64_t f = 0;

	for (size_t i = 0; i < sizeof bits; i++)
		f |= VIRTIO_FEATURE(bits[i]);
	if (cfg->mtu_offered)
		f |= VIRTIO_FEATURE(NET_BIT_MTU);
	if (cfg->pairs > 1)
		f |= VIRTIO_FEATURE(NET_BIT_MQ);
	f &= ~cfg->features_off;
	/* 2.2.2: none without the ones that it needs. */
	while (virtio_feature_lack(VIRTIO_ID_NET, f, 0, &lack))
		f &= ~VIRTIO_FEATURE(lack.bit);
	return f | VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
}

static void
describe(struct net_device *d, struct virtio_device *v)
{
	const struct net_device_as *as = d->cfg.as;

	memset(v, 0, sizeof *v);
	v->id = VIRTIO_ID_NET;
	v->class_code = NET_CLASS_CODE;
	v->config_size = NET_CONFIG_SIZE;
	v->features = as != NULL ? as->features : offered(&d->cfg);
	v->queues = as != NULL ? as->queues : 2 * d->cfg.pairs +
	    ((v->features & VIRTIO_FEATURE(NET_BIT_CTRL_VQ)) != 0);
	for (unsigned i = 0; i < v->queues; i++)
		d->queue_size_max[i] = as != NULL ? as->queue_size_max[i] :
		    i < 2 * d->cfg.pairs ? QUEUE_SIZE : CONTROL_SIZE;
	v->vectors = as != NULL ? as->vectors : d->cfg.no_msix ? 0 :
	    (uint16_t)(v->queues + 1);
	v->queue_size_max = d->queue_size_max;
	v->ops = &net_ops;
	v->self = d;
}

/* As another host was seen to be. */
static void
become(struct net_device *d, const struct net_device_as *as)
{
	d->cfg.pairs = as->queues / 2;
	memcpy(d->config, as->config, sizeof d->config);
	memcpy(d->cfg.mac, d->config + NET_CONFIG_MAC, 6);
	d->cfg.mtu = (uint16_t)bytes_le(d->config + NET_CONFIG_MTU, 2);
	d->wire = as->wire;
}

struct net_device *
net_device_create(const struct boundary_port *port,
    const struct net_device_config *cfg, struct virtio_device *out)
{
	struct net_device *d = check_calloc(1, sizeof *d);

	d->port = port;
	d->cfg = *cfg;
	if (cfg->as != NULL) {
		become(d, cfg->as);
	} else {
		if (d->cfg.pairs == 0)
			d->cfg.pairs = 1;
		config_make(d);
		d->peer = net_peer_create(&cfg->peer);
		d->wire = net_peer_wire(d->peer);
	}
	CHECK(d->cfg.pairs >= 1 && d->cfg.pairs <= NET_DEVICE_PAIRS_MAX);
	for (unsigned i = 0; i < d->cfg.pairs; i++)
		d->rx[i] = check_calloc(1, sizeof *d->rx[i]);
	describe(d, out);
	d->cfg.as = NULL;		/* the caller's */
	net_control_reset(&d->control, d->cfg.mac);
	return d;
}

void
net_device_behind(struct net_device *d, struct virtio_core *core)
{
	d->transport = core;
}

struct boundary_host
net_device_host(const struct boundary_port *port,
    const struct net_device_config *cfg, struct net_device **out)
{
	struct virtio_device desc;
	struct net_device *d = net_device_create(port, cfg, &desc);
	struct boundary_host host;

	net_device_behind(d, virtio_transport_create(port, d->cfg.transport,
	    &desc));
	d->inner = virtio_core_host(d->transport);
	d->ops = *d->inner.ops;
	d->ops.read = host_read;
	d->ops.write = host_write;
	d->ops.step = host_step;
	d->ops.busy = host_busy;
	d->ops.waits = host_waits;
	d->ops.time = host_time;
	d->ops.close = host_close;
	d->ops.happen = host_happen;
	d->ops.look = host_look;
	d->ops.state = host_state;
	host.ops = &d->ops;
	host.self = d;
	if (out != NULL)
		*out = d;
	return host;
}

/* ----------------------------------------------------------------- changes */

static void
changed(struct net_device *d)
{
	virtio_core_config_changed(d->transport);
}

void
net_device_link(struct net_device *d, int up)
{
	config_status_set(d, up ? NET_S_LINK_UP : 0, up ? 0 : NET_S_LINK_UP);
	changed(d);
}

void
net_device_announce(struct net_device *d)
{
	config_status_set(d, NET_S_ANNOUNCE, 0);
	changed(d);
}

void
net_device_mtu(struct net_device *d, uint16_t mtu)
{
	d->cfg.mtu = mtu;
	bytes_le_put(d->config + NET_CONFIG_MTU, mtu, 2);
	changed(d);
}

void
net_device_mac(struct net_device *d, const uint8_t mac[6])
{
	memcpy(d->cfg.mac, mac, 6);
	memcpy(d->config + NET_CONFIG_MAC, mac, 6);
	memcpy(d->control.filter.mac, mac, 6);
	changed(d);
}

struct net_peer *
net_device_peer(struct net_device *d)
{
	return d->peer;
}

const struct net_device_counts *
net_device_counts(const struct net_device *d)
{
	return &d->counts;
}

int
net_device_waiting(const struct net_device *d)
{
	return d->waiting || d->wire.pending(d->wire.self, 1);
}

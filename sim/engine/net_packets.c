/* net_packets.c: the packets in a recording. */
#include "net_packets.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "net_spec.h"
#include "virtio_spec.h"
#include "virtio_watch.h"

#define PAIRS	(VIRTIO_QUEUES_MAX / 2)

/* A packet that comes in several buffers. */
struct merging {
	struct bytes bytes;
	unsigned left;
	uint64_t event;
};

struct net_packets {
	struct virtio_watch watch;
	uint64_t time_ns;
	struct merging in[PAIRS];
};

struct net_packets *
net_packets_create(void)
{
	struct net_packets *d = check_calloc(1, sizeof *d);

	virtio_watch_init(&d->watch);
	return d;
}

void
net_packets_free(struct net_packets *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < PAIRS; i++)
		bytes_free(&d->in[i].bytes);
	check_free(d);
}

struct virtio_state *
net_packets_state(struct net_packets *d)
{
	return &d->watch.st;
}

static void
access_seen(struct net_packets *d, const struct event *e)
{
	const struct event_access *a = &e->access;
	uint32_t resets = d->watch.st.resets;

	(void)virtio_watch_access(&d->watch, e->kind == EVENT_WRITE, a->bdf,
	    (enum boundary_region)a->region, a->offset, a->size, a->value);
	if (resets != d->watch.st.resets)
		for (unsigned i = 0; i < PAIRS; i++)
			d->in[i].left = 0;
}

static struct net_terms
terms(const struct net_packets *d)
{
	struct net_terms t = { virtio_state_features(&d->watch.st), 0, 0 };

	t.legacy = (t.features & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0;
	return t;
}

static int
chain_seen(struct net_packets *d, const struct event *e, uint64_t number,
    struct net_packet *out)
{
	struct net_terms t = terms(d);
	size_t size = net_header_size(&t);
	const struct event_chain *c = &e->chain;
	int readable = c->descriptor_count != 0 && !c->descriptors[0].write;

	if (!readable || c->queue >= VIRTIO_QUEUES_MAX)
		return 0;			/* a receive buffer */
	memset(out, 0, sizeof *out);
	out->pair = c->queue / 2;
	out->event = out->event_last = number;
	out->time_ns = d->time_ns;
	if (c->queue % 2 == 0) {
		out->kind = NET_PACKET_CONTROL;
		out->frame = e->data;
		out->n = e->data_len;
		return 1;
	}
	if (e->data_len < size)
		return 0;
	out->kind = NET_PACKET_OUT;
	net_header_get(&out->header, e->data, size);
	out->frame = e->data + size;
	out->n = e->data_len - size;
	return 1;
}

static int
used_seen(struct net_packets *d, const struct event *e, uint64_t number,
    struct net_packet *out)
{
	struct net_terms t = terms(d);
	size_t size = net_header_size(&t);
	unsigned pair = e->used.queue / 2;
	struct merging *m;

	if (e->used.queue >= VIRTIO_QUEUES_MAX || e->used.queue % 2 != 0)
		return 0;
	m = &d->in[pair];
	if (m->left == 0) {
		if (e->data_len < size)
			return 0;	/* of the control queue */
		bytes_clear(&m->bytes);
		m->event = number;
		m->left = 1;
		if ((t.features & VIRTIO_FEATURE(NET_BIT_MRG_RXBUF)) != 0)
			m->left = (unsigned)bytes_le(e->data +
			    NET_HDR_NUM_BUFFERS, 2);
		if (m->left == 0)
			m->left = 1;
	}
	bytes_add(&m->bytes, e->data, e->data_len);
	if (--m->left != 0)
		return 0;
	memset(out, 0, sizeof *out);
	out->kind = NET_PACKET_IN;
	out->pair = pair;
	out->event = m->event;
	out->event_last = number;
	out->time_ns = d->time_ns;
	net_header_get(&out->header, m->bytes.data, size);
	out->frame = m->bytes.data + size;
	out->n = m->bytes.len - size;
	return 1;
}

int
net_packets_event(struct net_packets *d, const struct event *e,
    uint64_t number, struct net_packet *out)
{
	switch (e->kind) {
	case EVENT_READ:
	case EVENT_WRITE:
		access_seen(d, e);
		return 0;
	case EVENT_TIME:
		d->time_ns = e->time_ns;
		return 0;
	case EVENT_CHAIN:
		return chain_seen(d, e, number, out);
	case EVENT_USED:
		return used_seen(d, e, number, out);
	default:
		return 0;
	}
}

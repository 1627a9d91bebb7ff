/* virtio_core_state.c: what the future of a built-in device depends on. */
#include "virtio_core.h"

static void
add_queue(const struct virtio_core *c, const struct virtio_core_queue *q,
    struct state *s)
{
	uint64_t n = 0;

	state_add_u64(s, (uint64_t)q->ring_valid << 16 |
	    (uint64_t)q->notified << 8 | q->unnotified_told);
	if (q->ring_valid)
		vring_state(&q->vr, s);
	/* How long nobody told of a chain: patience ends some day. */
	state_add_u64(s, q->unnotified_ns != 0);
	if (q->unnotified_ns != 0)
		state_add_u64(s, c->now_ns - q->unnotified_ns);
	for (const struct virtio_core_pending *p = q->pending; p != NULL;
	    p = p->next, n++)
		vring_chain_state(&p->chain, s);
	state_add_u64(s, n);
}

void
virtio_core_state_add(const struct virtio_core *c, struct state *s)
{
	virtio_state_state(&c->st, s);
	for (unsigned i = 0; i < c->device.queues; i++)
		add_queue(c, &c->queue[i], s);
	state_add_u64(s, (uint64_t)c->isr << 8 | c->broken);
	if (c->ops->state != NULL)
		c->ops->state(c->self, s);
	if (c->device.ops->state != NULL)
		c->device.ops->state(c->device.self, s);
}

/* virtio_core.c: a built-in virtio device behind some transport. */
#include "virtio_core.h"
#include "check.h"
#include "virtio_mmio_device.h"
#include "virtio_mmio_spec.h"
#include "virtio_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
ones(unsigned size)
{
	return size >= 8 ? UINT64_MAX : ((uint64_t)1 << (8 * size)) - 1;
}

/* ------------------------------------------------------------- interrupts */

static void
core_interrupt(struct virtio_core *c, unsigned isr, int queue)
{
	c->isr |= (uint8_t)isr;
	c->ops->interrupt(c->self, queue);
}

void
virtio_core_config_changed(struct virtio_core *c)
{
	c->st.config_generation++;
	virtio_state_config_changed(&c->st);
	/* QEMU sets both bits. */
	if ((c->st.status & VIRTIO_STATUS_DRIVER_OK) != 0)
		core_interrupt(c, VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG,
		    VIRTIO_CORE_CONFIG);
}

void
virtio_core_needs_reset(struct virtio_core *c)
{
	int ready = (c->st.status & VIRTIO_STATUS_DRIVER_OK) != 0;

	c->broken = 1;
	c->st.status |= VIRTIO_STATUS_NEEDS_RESET;
	if (ready)
		core_interrupt(c, VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG,
		    VIRTIO_CORE_CONFIG);
}

/* Before DRIVER_OK no buffer may be consumed (2.1.2), but for legacy drivers
   (3.1.2); nor of a driver that has given up (FAILED). */
static int
core_may_work(const struct virtio_core *c)
{
	return !c->broken && (c->st.status & VIRTIO_STATUS_FAILED) == 0 && (c->st.legacy || c->hears_early ||
	    (c->st.status & VIRTIO_STATUS_DRIVER_OK) != 0) &&
	    (c->ops->may_work == NULL || c->ops->may_work(c->self));
}

/* The ring of a queue: as the device knows it, or, where it has not taken any
   chain yet, as the driver says, in fresh; NULL: there is none. */
static const struct vring *
core_ring(const struct virtio_core *c, unsigned queue, struct vring *fresh)
{
	const struct virtio_core_queue *q = &c->queue[queue];

	if (q->ring_valid)
		return &q->vr;
	return virtio_state_ring(&c->st, queue, fresh) ? fresh : NULL;
}

/*
 * Chains that the driver made available, and of which no notification told
 * though the device had asked for one, as it always does.
 */
static unsigned
core_unnotified(const struct virtio_core *c, unsigned queue, uint32_t *ordinal)
{
	const struct virtio_core_queue *q = &c->queue[queue];
	const struct vring *vr;
	struct vring fresh;

	if (q->notified || !core_may_work(c) || (!c->st.legacy &&
	    (c->st.status & VIRTIO_STATUS_DRIVER_OK) == 0))
		return 0;
	*ordinal = q->ring_valid ? q->vr.ordinal : 0;
	vr = core_ring(c, queue, &fresh);
	return vr != NULL ? vring_waiting(c->port, vr) : 0;
}

static void
core_judge_unnotified(struct virtio_core *c, unsigned queue, unsigned n,
    uint32_t ordinal)
{
	char text[160];

	if (c->st.port == NULL || c->queue[queue].unnotified_told)
		return;
	c->queue[queue].unnotified_told = 1;
	snprintf(text, sizeof text, "queue %u, chain %lu: the device was not "
	    "notified of %u available chain%s, and nobody will do anything "
	    "about it", queue, (unsigned long)ordinal, n, n == 1 ? "" : "s");
	c->port->protocol_broken(c->port->machine, "ring-not-notified",
	    "2.7.10.1", text);
}

static void
core_look_still(struct virtio_core *c)
{
	uint32_t ordinal = 0;

	for (unsigned i = 0; i < c->device.queues; i++) {
		unsigned n = core_unnotified(c, i, &ordinal);

		if (n != 0)
			core_judge_unnotified(c, i, n, ordinal);
	}
}

/* A driver that polls gives up some day: what it waits for is seen before. */
void
virtio_core_time(struct virtio_core *c, uint64_t ns)
{
	uint32_t ordinal = 0;

	c->now_ns = ns;
	for (unsigned i = 0; i < c->device.queues; i++) {
		struct virtio_core_queue *q = &c->queue[i];
		unsigned n = core_unnotified(c, i, &ordinal);

		if (n == 0)
			q->unnotified_ns = 0;
		else if (q->unnotified_ns == 0)
			q->unnotified_ns = ns;
		else if (ns - q->unnotified_ns >= VIRTIO_NOTIFY_PATIENCE_NS)
			core_judge_unnotified(c, i, n, ordinal);
	}
}

/* Whether a look at a queue that was notified could find something (rule X8). */
static int
core_queue_busy(const struct virtio_core *c, unsigned queue)
{
	const struct vring *vr;
	struct vring fresh;

	if (!c->queue[queue].notified)
		return 0;
	vr = core_ring(c, queue, &fresh);
	return vr != NULL && vring_published(c->port, vr);
}

static int
core_keeps(const struct virtio_core *c, unsigned queue)
{
	return c->device.ops->keeps != NULL &&
	    c->device.ops->keeps(c->device.self, queue);
}

/* Rule X9: it takes, and that may as well be later or have been before. */
static int
core_only_takes(const struct virtio_core *c, unsigned queue)
{
	struct vring fresh;

	return core_keeps(c, queue) &&
	    !vring_in_flight(c->port, core_ring(c, queue, &fresh));
}

enum boundary_busy
virtio_core_busy(const struct virtio_core *c)
{
	enum boundary_busy busy = BUSY_NOT;

	if (!core_may_work(c))
		return BUSY_NOT;
	for (unsigned i = 0; i < c->device.queues; i++) {
		if (!core_queue_busy(c, i))
			continue;
		if (!core_only_takes(c, i))
			return BUSY_SERVES;
		busy = BUSY_TAKES;
	}
	return busy;
}

void
virtio_core_waits(struct virtio_core *c)
{
	if (!core_may_work(c))
		return;
	for (unsigned i = 0; i < c->device.queues; i++)
		if (!core_queue_busy(c, i))
			c->queue[i].notified = 0;
}

void
virtio_core_look(struct virtio_core *c)
{
	for (unsigned i = 0; i < c->device.queues; i++)
		c->queue[i].notified = 1;
}

int
virtio_core_happen(struct virtio_core *c, const struct boundary_happening *h)
{
	if (h->what == HAPPEN_STILL) {
		core_look_still(c);
		return 0;
	}
	if (h->what == HAPPEN_NEEDS_RESET) {
		virtio_core_needs_reset(c);
		return 0;
	}
	if (c->device.ops->resize == NULL)
		return 1;
	if (c->device.ops->resize(c->device.self, h->width, h->height))
		virtio_core_config_changed(c);
	return 0;
}

/* ------------------------------------------------------------------ reset */

static void
queue_drop(struct virtio_core_queue *q)
{
	struct virtio_core_pending *p;

	while ((p = q->pending) != NULL) {
		q->pending = p->next;
		vring_chain_free(&p->chain);
		check_free(p);
	}
	q->ring_valid = q->notified = q->unnotified_told = 0;
	q->unnotified_ns = 0;
}

static void
core_reset(struct virtio_core *c)
{
	for (unsigned i = 0; i < c->device.queues; i++)
		queue_drop(&c->queue[i]);
	c->isr = c->broken = 0;
	c->ops->quiet(c->self);
	if (c->device.ops->reset != NULL)
		c->device.ops->reset(c->device.self);
}

/* FEATURES_OK stays only if the device can live with what was accepted. */
static void
check_features(struct virtio_core *c)
{
	uint64_t accepted = virtio_state_features(&c->st);

	if ((accepted & ~c->device.features) != 0 ||
	    (accepted & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0 ||
	    (c->port->fails != NULL &&
	    c->port->fails(c->port->machine, "FEATURES_OK")))
		c->st.status &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
}

void
virtio_core_status_written(struct virtio_core *c, uint8_t before,
    uint8_t value)
{
	if (value == 0)
		core_reset(c);
	else if (!c->st.legacy &&
	    (c->st.status & ~before & VIRTIO_STATUS_FEATURES_OK) != 0)
		check_features(c);
}

void
virtio_core_notified(struct virtio_core *c, int queue)
{
	if (queue >= 0 && (unsigned)queue < c->device.queues)
		c->queue[queue].notified = 1;
}

void
virtio_core_queue_dropped(struct virtio_core *c, unsigned queue)
{
	if (queue < c->device.queues)
		queue_drop(&c->queue[queue]);
}

/* ---------------------------------------------------------- configuration */

static int
in_config(const struct virtio_core *c, uint32_t offset, unsigned size)
{
	return offset < c->device.config_size &&
	    size <= c->device.config_size - offset;
}

uint64_t
virtio_core_config_read(struct virtio_core *c, uint32_t offset, unsigned size)
{
	if (!in_config(c, offset, size))
		return UINT64_MAX;
	return c->device.ops->config_read(c->device.self, offset, size);
}

void
virtio_core_config_write(struct virtio_core *c, uint32_t offset,
    unsigned size, uint64_t value)
{
	if (in_config(c, offset, size))
		c->device.ops->config_write(c->device.self, offset, size,
		    value);
}

/* -------------------------------------------------------------------- work */

static int
core_aborted(struct error *err)
{
	return error_set(err, ERROR_HOST, "the machine aborted an access of "
	    "the device");
}

/* Writes nth of the answers that are given back together. */
static int
core_answer(struct virtio_core *c, unsigned queue,
    const struct vring_chain *chain, const struct virtio_answer *a,
    unsigned nth)
{
	struct vring *vr = &c->queue[queue].vr;
	long written = vring_chain_write(c->port, vr, chain, 0, a->bytes, a->n);

	if (written < 0)
		return -1;
	if ((size_t)written > chain->write_size)
		written = (long)chain->write_size;
	return vring_fill(c->port, vr, chain, (uint32_t)written, nth);
}

/* Tells of one that was given back. */
static void
core_answer_tell(struct virtio_core *c, unsigned queue,
    const struct vring_chain *chain, const struct virtio_answer *a)
{
	size_t n = a->n < chain->write_size ? a->n : (size_t)chain->write_size;

	c->port->chain_used(c->port->machine, c->st.address, (uint16_t)queue,
	    chain->ordinal, (uint32_t)n, a->bytes, n);
}

/* The driver may want to hear of what was given back. */
static int
core_answer_end(struct virtio_core *c, unsigned queue,
    struct error *err)
{
	int tell = vring_should_interrupt(c->port, &c->queue[queue].vr);

	if (tell < 0)
		return core_aborted(err);
	if (tell)
		core_interrupt(c, VIRTIO_ISR_QUEUE, (int)queue);
	return 0;
}

/* One chain that was just taken is answered at once. */
static int
core_answer_now(struct virtio_core *c, unsigned queue,
    const struct vring_chain *chain, const uint8_t *bytes, size_t n,
    struct error *err)
{
	struct virtio_answer a = { chain->ordinal, bytes, n };

	if (core_answer(c, queue, chain, &a, 0) != 0 ||
	    vring_flush(c->port, &c->queue[queue].vr, 1, chain->ordinal) != 0)
		return core_aborted(err);
	core_answer_tell(c, queue, chain, &a);
	return core_answer_end(c, queue, err);
}

/* Keeps the chain for virtio_core_complete(). */
static void
core_keep(struct virtio_core *c, unsigned queue,
    const struct vring_chain *chain)
{
	struct virtio_core_pending **pp, *p;

	for (pp = &c->queue[queue].pending; *pp != NULL; pp = &(*pp)->next)
		continue;
	p = check_calloc(1, sizeof *p);
	vring_chain_copy(&p->chain, chain);
	*pp = p;
}

/* The buffers that are to be written are the device's until it answers. */
static void
core_hold(struct virtio_core *c, unsigned queue,
    const struct vring_chain *chain)
{
	struct dma_what what = { .purpose = DMA_PAYLOAD,
	    .bdf = c->st.address, .queue = (uint16_t)queue,
	    .ordinal = chain->ordinal };

	if (c->port->held == NULL)
		return;
	for (unsigned i = chain->nread; i < chain->ndesc; i++) {
		c->port->held(c->port->machine, chain->desc[i].addr,
		    chain->desc[i].len, &what);
		what.offset += chain->desc[i].len;
	}
}

static int
core_serve(struct virtio_core *c, unsigned queue, struct error *err)
{
	const struct vring_chain *chain = &c->chain;
	size_t room;
	int r;

	bytes_clear(&c->request);
	bytes_clear(&c->response);
	r = vring_chain_read(c->port, &c->queue[queue].vr, chain, &c->request,
	    err);
	if (r == VRING_ABORTED)
		return core_aborted(err);
	if (r != 0)
		return -1;
	c->port->chain_taken(c->port->machine, c->st.address, (uint16_t)queue,
	    chain->ordinal, chain->lens, chain->ndesc, chain->nread,
	    c->request.data, c->request.len);
	room = chain->write_size > VRING_CHAIN_BYTES_MAX ?
	    VRING_CHAIN_BYTES_MAX : (size_t)chain->write_size;
	switch (c->device.ops->request(c->device.self, queue, chain->ordinal,
	    c->request.data, c->request.len, room, &c->response, err)) {
	case VIRTIO_REQUEST_DONE:
		if (c->response.len > room)
			c->response.len = room;
		return core_answer_now(c, queue, chain, c->response.data,
		    c->response.len, err) != 0 ? -1 : 1;
	case VIRTIO_REQUEST_LATER:
		core_hold(c, queue, chain);
		core_keep(c, queue, chain);
		return 1;
	case VIRTIO_REQUEST_BROKEN:
		virtio_core_needs_reset(c);
		return 1;
	default:
		return core_aborted(err);
	}
}

int
virtio_core_step(struct virtio_core *c, struct error *err)
{
	enum vring_result r;

	for (unsigned i = 0; i < c->device.queues; i++) {
		struct virtio_core_queue *q = &c->queue[i];

		if (!q->notified || !core_may_work(c))
			continue;
		if (!q->ring_valid && !virtio_state_ring(&c->st, i, &q->vr)) {
			q->notified = 0;
			continue;
		}
		q->vr.keeps = (uint8_t)core_keeps(c, i);
		r = vring_take(c->port, &q->vr, &c->chain);
		/* A look at an empty ring that is still fresh is nothing. */
		q->ring_valid |= r != VRING_EMPTY;
		switch (r) {
		case VRING_TAKEN:
			return core_serve(c, i, err);
		case VRING_EMPTY:
			q->notified = 0;
			continue;
		case VRING_BROKEN:
			virtio_core_needs_reset(c);
			return 1;
		default:
			return core_aborted(err);
		}
	}
	return 0;
}

/* Where the pending request with this ordinal hangs, or NULL. */
static struct virtio_core_pending **
core_pending_find(struct virtio_core *c, unsigned queue,
    uint32_t ordinal)
{
	struct virtio_core_pending **pp;

	for (pp = &c->queue[queue].pending; *pp != NULL; pp = &(*pp)->next)
		if ((*pp)->chain.ordinal == ordinal)
			return pp;
	return NULL;
}

int
virtio_core_complete_all(struct virtio_core *c, unsigned queue,
    const struct virtio_answer *answers, unsigned n, struct error *err)
{
	struct virtio_core_pending **pp, *p;

	CHECK(queue < c->device.queues && n != 0);
	for (unsigned i = 0; i < n; i++) {
		pp = core_pending_find(c, queue, answers[i].ordinal);
		if (pp == NULL)
			return error_set(err, ERROR_HOST, "queue %u has no "
			    "request %lu to be answered", queue,
			    (unsigned long)answers[i].ordinal);
		if (core_answer(c, queue, &(*pp)->chain, &answers[i], i) != 0)
			return core_aborted(err);
	}
	if (vring_flush(c->port, &c->queue[queue].vr, n,
	    answers[n - 1].ordinal) != 0)
		return core_aborted(err);
	for (unsigned i = 0; i < n; i++) {
		pp = core_pending_find(c, queue, answers[i].ordinal);
		p = *pp;
		*pp = p->next;
		core_answer_tell(c, queue, &p->chain, &answers[i]);
		vring_chain_free(&p->chain);
		check_free(p);
	}
	return core_answer_end(c, queue, err);
}

int
virtio_core_complete(struct virtio_core *c, unsigned queue,
    uint32_t ordinal, const uint8_t *response, size_t n, struct error *err)
{
	const struct virtio_answer a = { ordinal, response, n };

	return virtio_core_complete_all(c, queue, &a, 1, err);
}

/* ------------------------------------------------------------------ making */

void
virtio_core_init(struct virtio_core *c, const struct boundary_port *port,
    enum virtio_bus bus, uint16_t address, const struct virtio_device *device,
    const struct virtio_transport_ops *ops, void *self)
{
	CHECK(device->queues >= 1 && device->queues <= VIRTIO_QUEUES_MAX);
	CHECK(device->vectors <= VIRTIO_VECTORS_MAX);
	memset(c, 0, sizeof *c);
	c->port = port;
	c->ops = ops;
	c->self = self;
	c->device = *device;
	virtio_state_init(&c->st, port, bus, address);
}

void
virtio_core_end(struct virtio_core *c)
{
	for (unsigned i = 0; i < c->device.queues; i++)
		queue_drop(&c->queue[i]);
	vring_chain_free(&c->chain);
	bytes_free(&c->request);
	bytes_free(&c->response);
	if (c->device.ops->close != NULL)
		c->device.ops->close(c->device.self);
}

void
virtio_core_free(struct virtio_core *c)
{
	if (c != NULL)
		c->ops->free(c->self);
}

void
virtio_core_judge(struct virtio_core *c, int on)
{
	c->st.port = on ? c->port : NULL;
}

void
virtio_core_hear_early(struct virtio_core *c)
{
	c->hears_early = 1;
}

struct virtio_state *
virtio_core_state(struct virtio_core *c)
{
	return &c->st;
}

uint64_t
virtio_core_read(struct virtio_core *c, enum boundary_region region,
    uint32_t offset, unsigned size)
{
	return c->ops->read(c->self, region, offset, size) & ones(size);
}

void
virtio_core_write(struct virtio_core *c, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	c->ops->write(c->self, region, offset, size, value & ones(size));
}

/* -------------------------------------------------------------------- host */

int
virtio_core_is_at(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region)
{
	return bdf == c->st.address &&
	    (c->st.bus == VIRTIO_BUS_MMIO) == (region == REGION_MMIO);
}

/* Windows without a device are of one version with those that have one. */
uint64_t
virtio_core_absent_read(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region, uint32_t offset, unsigned size)
{
	if (region != REGION_MMIO)
		return ones(size);
	return virtio_mmio_absent_read(c->st.port, bdf,
	    c->st.mmio.version != 0 ? c->st.mmio.version : VIRTIO_MMIO_MODERN,
	    offset, size);
}

void
virtio_core_absent_write(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region, uint32_t offset)
{
	if (region == REGION_MMIO)
		virtio_mmio_absent_write(c->st.port, bdf, offset);
}

static int
host_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct virtio_core *c = self;

	(void)err;
	*value = virtio_core_is_at(c, bdf, region) ?
	    virtio_core_read(c, region, offset, size) :
	    virtio_core_absent_read(c, bdf, region, offset, size);
	return 0;
}

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct virtio_core *c = self;

	(void)err;
	if (virtio_core_is_at(c, bdf, region))
		virtio_core_write(c, region, offset, size, value);
	else
		virtio_core_absent_write(c, bdf, region, offset);
	return 0;
}

static int
host_step(void *self, int block, struct error *err)
{
	(void)block;
	return virtio_core_step(self, err);
}

static void
host_time(void *self, uint64_t ns)
{
	virtio_core_time(self, ns);
}

static void
host_close(void *self)
{
	virtio_core_free(self);
}

static int
host_happen(void *self, const struct boundary_happening *h, struct error *err)
{
	(void)err;
	return virtio_core_happen(self, h);
}

static void
host_look(void *self)
{
	virtio_core_look(self);
}

static enum boundary_busy
host_busy(void *self)
{
	return virtio_core_busy(self);
}

static void
host_waits(void *self)
{
	virtio_core_waits(self);
}

static void
host_state(void *self, struct state *s)
{
	virtio_core_state_add(self, s);
}

static const struct boundary_host_ops host_ops = {
	"builtin", host_read, host_write, host_step, host_time, host_close,
	host_happen, host_look, host_busy, host_waits, host_state
};

struct boundary_host
virtio_core_host(struct virtio_core *c)
{
	struct boundary_host h = { &host_ops, c };

	return h;
}

/*
 * virtio_pci_device.c: a modern virtio device on PCI (VIRTIO 1.2, 4.1), the
 * transport.
 */
#include "virtio_pci_device.h"
#include "check.h"
#include "pci_function.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#include <stdlib.h>
#include <string.h>

/* A request that the device answers later. */
struct device_pending {
	struct device_pending *next;
	struct vring_chain chain;
};

struct device_queue {
	struct vring vr;
	uint8_t ring_valid;		/* vr was set up since the reset */
	uint8_t notified;
	struct device_pending *pending;	/* oldest first */
};

struct virtio_pci_device {
	const struct boundary_port *port;
	uint16_t bdf;
	struct virtio_device device;
	struct pci_function function;
	struct virtio_state st;
	struct device_queue queue[VIRTIO_QUEUES_MAX];
	struct vring_chain chain;	/* memory for the one being served */
	struct bytes request, response;
	struct bytes hole;		/* what a buffer has where an answer
					   writes nothing */
	uint8_t isr;
	uint8_t line;			/* level that the INTx pin wants */
	uint8_t line_told;		/* level that the port was told */
	uint8_t broken;			/* no more work until a reset */
	uint8_t msix_pending[VIRTIO_VECTORS_MAX / 8];
};

static uint64_t
ones(unsigned size)
{
	return size >= 8 ? UINT64_MAX : ((uint64_t)1 << (8 * size)) - 1;
}

/* ------------------------------------------------------------- interrupts */

static int
device_msix_enabled(const struct virtio_pci_device *d)
{
	return d->device.vectors != 0 &&
	    (d->st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0;
}

static void
device_line_update(struct virtio_pci_device *d)
{
	int level = d->line && (d->st.pci.command & PCI_COMMAND_INTX_OFF) == 0;
	uint8_t *status = &d->function.image[PCI_CFG_STATUS];

	*status = (uint8_t)((*status & ~PCI_STATUS_INTERRUPT) |
	    (d->line ? PCI_STATUS_INTERRUPT : 0));
	if (level == d->line_told)
		return;
	d->line_told = (uint8_t)level;
	d->port->irq_line(d->port->machine, d->bdf,
	    d->function.image[PCI_CFG_IRQ_PIN], level);
}

static void
device_message(struct virtio_pci_device *d, unsigned vector)
{
	const struct virtio_vector *v = &d->st.pci.vector[vector];
	uint8_t bit = (uint8_t)(1u << vector % 8);

	if ((d->st.pci.msix_control & PCI_MSIX_CONTROL_MASK) != 0 ||
	    (v->control & PCI_MSIX_ENTRY_MASKED) != 0) {
		d->msix_pending[vector / 8] |= bit;
		return;
	}
	d->msix_pending[vector / 8] &= (uint8_t)~bit;
	d->port->irq_message(d->port->machine, d->bdf, vector, v->address,
	    v->data);
}

/* After a change of a mask: what was held back is sent. */
static void
device_messages_pending(struct virtio_pci_device *d)
{
	if (!device_msix_enabled(d))
		return;
	for (unsigned i = 0; i < d->device.vectors; i++)
		if ((d->msix_pending[i / 8] & 1u << i % 8) != 0)
			device_message(d, i);
}

static void
device_interrupt(struct virtio_pci_device *d, unsigned isr, unsigned vector)
{
	d->isr |= (uint8_t)isr;
	if (!device_msix_enabled(d)) {
		d->line = 1;
		device_line_update(d);
	} else if (vector < d->device.vectors) {
		device_message(d, vector);
	}
}

/* 4.1.5.4; QEMU sets both bits of ISR. */
static void
device_interrupt_config(struct virtio_pci_device *d)
{
	device_interrupt(d, VIRTIO_PCI_ISR_QUEUE | VIRTIO_PCI_ISR_CONFIG,
	    d->st.pci.config_vector);
}

static void
device_broken(struct virtio_pci_device *d)
{
	d->broken = 1;
	d->st.status |= VIRTIO_STATUS_NEEDS_RESET;
	device_interrupt_config(d);
}

/* ------------------------------------------------------------------ reset */

static void
device_queue_drop(struct device_queue *q)
{
	struct device_pending *p;

	while ((p = q->pending) != NULL) {
		q->pending = p->next;
		vring_chain_free(&p->chain);
		free(p);
	}
	q->ring_valid = q->notified = 0;
}

static void
device_reset(struct virtio_pci_device *d)
{
	for (unsigned i = 0; i < d->device.queues; i++)
		device_queue_drop(&d->queue[i]);
	d->isr = d->line = d->broken = 0;
	memset(d->msix_pending, 0, sizeof d->msix_pending);
	device_line_update(d);
	if (d->device.ops->reset != NULL)
		d->device.ops->reset(d->device.self);
}

/* FEATURES_OK stays only if the device can live with what was accepted. */
static void
device_check_features(struct virtio_pci_device *d)
{
	uint64_t accepted = virtio_state_features(&d->st);

	if ((accepted & ~d->device.features) != 0 ||
	    (accepted & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) == 0)
		d->st.status &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
}

/* ------------------------------------------------------------------- reads */

static uint64_t
device_read_queue(struct virtio_pci_device *d, uint32_t offset)
{
	const struct virtio_queue_state *q = virtio_state_selected(&d->st);

	/* Of a queue that there is not, QEMU still counts the notify_off. */
	if (offset == VIRTIO_PCI_QUEUE_NOTIFY_OFF)
		return d->st.queue_select;
	if (q == NULL)
		return offset == VIRTIO_PCI_QUEUE_VECTOR ?
		    VIRTIO_PCI_NO_VECTOR : 0;
	switch (offset) {
	case VIRTIO_PCI_QUEUE_SIZE:
		return q->size;
	case VIRTIO_PCI_QUEUE_VECTOR:
		return q->vector;
	case VIRTIO_PCI_QUEUE_ENABLE:
		return q->enabled;
	case VIRTIO_PCI_QUEUE_DESC:
		return q->desc & 0xffffffff;
	case VIRTIO_PCI_QUEUE_DESC + 4:
		return q->desc >> 32;
	case VIRTIO_PCI_QUEUE_DRIVER:
		return q->driver & 0xffffffff;
	case VIRTIO_PCI_QUEUE_DRIVER + 4:
		return q->driver >> 32;
	case VIRTIO_PCI_QUEUE_DEVICE:
		return q->device & 0xffffffff;
	case VIRTIO_PCI_QUEUE_DEVICE + 4:
		return q->device >> 32;
	default:
		return 0;
	}
}

static uint64_t
device_read_common(struct virtio_pci_device *d, uint32_t offset)
{
	uint32_t sel;

	switch (offset) {
	case VIRTIO_PCI_DEVICE_FEATURE_SELECT:
		return d->st.device_feature_select;
	case VIRTIO_PCI_DEVICE_FEATURE:
		sel = d->st.device_feature_select;
		return sel < 2 ? d->device.features >> (32 * sel) & 0xffffffff :
		    0;
	case VIRTIO_PCI_DRIVER_FEATURE_SELECT:
		return d->st.driver_feature_select;
	case VIRTIO_PCI_DRIVER_FEATURE:
		sel = d->st.driver_feature_select;
		return sel < 2 ? d->st.shown[sel] : 0;
	case VIRTIO_PCI_CONFIG_VECTOR:
		return d->st.pci.config_vector;
	case VIRTIO_PCI_NUM_QUEUES:
		return d->device.queues;
	case VIRTIO_PCI_STATUS:
		return d->st.status;
	case VIRTIO_PCI_CONFIG_GENERATION:
		return d->st.config_generation;
	case VIRTIO_PCI_QUEUE_SELECT:
		return d->st.queue_select;
	default:
		return device_read_queue(d, offset);
	}
}

static uint64_t
device_read_msix(const struct virtio_pci_device *d, uint32_t inner)
{
	const struct virtio_vector *v =
	    &d->st.pci.vector[inner / PCI_MSIX_ENTRY_SIZE];

	switch (inner % PCI_MSIX_ENTRY_SIZE) {
	case PCI_MSIX_ENTRY_ADDRESS:
		return v->address & 0xffffffff;
	case PCI_MSIX_ENTRY_ADDRESS + 4:
		return v->address >> 32;
	case PCI_MSIX_ENTRY_DATA:
		return v->data;
	case PCI_MSIX_ENTRY_CONTROL:
		return v->control;
	default:
		return UINT64_MAX;
	}
}

static uint64_t
device_read_isr(struct virtio_pci_device *d)
{
	uint64_t value = d->isr;

	d->isr = d->line = 0;
	device_line_update(d);
	return value;
}

static uint64_t
device_read_bar(struct virtio_pci_device *d, enum boundary_region region,
    uint32_t offset, unsigned size)
{
	uint32_t inner;

	if ((d->st.pci.command & PCI_COMMAND_MEMORY) == 0)
		return UINT64_MAX;
	switch (virtio_state_find(&d->st, region, offset, &inner)) {
	case VIRTIO_PCI_PART_COMMON:
		return device_read_common(d, inner) |
		    (size == 8 ? device_read_common(d, inner + 4) << 32 : 0);
	case VIRTIO_PCI_PART_NOTIFY:
		return 0;
	case VIRTIO_PCI_PART_ISR:
		return device_read_isr(d);
	case VIRTIO_PCI_PART_DEVICE:
		if (inner >= d->device.config_size ||
		    size > d->device.config_size - inner)
			return UINT64_MAX;
		return d->device.ops->config_read(d->device.self, inner, size);
	case VIRTIO_PCI_PART_MSIX_TABLE:
		return size == 8 ? (device_read_msix(d, inner) & 0xffffffff) |
		    device_read_msix(d, inner + 4) << 32 :
		    device_read_msix(d, inner);
	case VIRTIO_PCI_PART_MSIX_PBA:
		return inner + size <= sizeof d->msix_pending ?
		    bytes_le(d->msix_pending + inner, size) : UINT64_MAX;
	default:
		return UINT64_MAX;
	}
}

/* --------------------------------------- configuration access (4.1.4.9) */

/* Whether an access touches pci_cfg_data; then what it stands for. */
static int
device_access(const struct virtio_pci_device *d, uint32_t offset,
    unsigned size, enum boundary_region *region, uint32_t *at, unsigned *len)
{
	unsigned cap = d->st.pci.layout.access_cap;
	const uint8_t *c = d->function.image + cap;

	if (cap == 0 || offset + size <= cap + VIRTIO_PCI_CAP_DATA ||
	    offset >= cap + VIRTIO_PCI_CAP_ACCESS_SIZE)
		return 0;
	*at = (uint32_t)bytes_le(c + VIRTIO_PCI_CAP_OFFSET, 4);
	*len = (unsigned)bytes_le(c + VIRTIO_PCI_CAP_LENGTH, 4);
	if (c[VIRTIO_PCI_CAP_BAR] >= PCI_CFG_BARS ||
	    (*len != 1 && *len != 2 && *len != 4))
		return 0;
	*region = (enum boundary_region)(REGION_BAR0 + c[VIRTIO_PCI_CAP_BAR]);
	return 1;
}

uint64_t
virtio_pci_device_read(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size)
{
	enum boundary_region to;
	uint64_t value;
	uint32_t at;
	unsigned len;

	if (region == REGION_CONFIG && device_access(d, offset, size, &to, &at,
	    &len)) {
		value = virtio_pci_device_read(d, to, at, len);
		bytes_le_put(d->function.image + d->st.pci.layout.access_cap +
		    VIRTIO_PCI_CAP_DATA, value, len);
	}
	value = region == REGION_CONFIG ?
	    pci_function_read(&d->function, offset, size) :
	    device_read_bar(d, region, offset, size);
	value &= ones(size);
	virtio_state_read(&d->st, region, offset, size, value);
	return value;
}

/* ------------------------------------------------------------------ writes */

static void
device_write_config(struct virtio_pci_device *d, uint32_t offset,
    unsigned size, uint64_t value)
{
	uint16_t command = d->st.pci.command, control = d->st.pci.msix_control;
	unsigned msix = d->st.pci.layout.msix_cap;
	enum boundary_region to;
	uint32_t at;
	unsigned len;

	pci_function_write(&d->function, offset, size, value);
	virtio_state_write(&d->st, REGION_CONFIG, offset, size, value);
	d->st.pci.command = pci_function_word(&d->function, PCI_CFG_COMMAND);
	if (msix != 0)
		d->st.pci.msix_control = pci_function_word(&d->function,
		    msix + PCI_MSIX_CONTROL);
	/* QEMU stops a device that must not reach memory any more. */
	if ((command & ~d->st.pci.command & PCI_COMMAND_MASTER) != 0)
		d->st.status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	if ((~control & d->st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0)
		d->line = 0;
	device_line_update(d);
	device_messages_pending(d);
	if (device_access(d, offset, size, &to, &at, &len))
		virtio_pci_device_write(d, to, at, len,
		    bytes_le(d->function.image + d->st.pci.layout.access_cap +
		    VIRTIO_PCI_CAP_DATA, len));
}

/* After the state has taken a write of the common structure. */
static void
device_written_common(struct virtio_pci_device *d, uint32_t inner,
    uint64_t value, uint8_t status_before)
{
	unsigned queue = d->st.queue_select;

	if (inner == VIRTIO_PCI_STATUS) {
		if ((uint8_t)value == 0)
			device_reset(d);
		else if ((d->st.status & ~status_before &
		    VIRTIO_STATUS_FEATURES_OK) != 0)
			device_check_features(d);
	} else if (inner == VIRTIO_PCI_QUEUE_RESET && queue < d->device.queues &&
	    d->st.queue[queue].reset_pending) {
		device_queue_drop(&d->queue[queue]);
	}
}

static void
device_write_bar(struct virtio_pci_device *d, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	uint8_t status_before = d->st.status;
	enum virtio_pci_part part;
	uint32_t inner;
	int queue;

	if ((d->st.pci.command & PCI_COMMAND_MEMORY) == 0)
		return;
	virtio_state_write(&d->st, region, offset, size, value);
	part = virtio_state_find(&d->st, region, offset, &inner);
	switch (part) {
	case VIRTIO_PCI_PART_COMMON:
		device_written_common(d, inner, value, status_before);
		break;
	case VIRTIO_PCI_PART_NOTIFY:
		queue = virtio_state_notified(&d->st, region, offset,
		    0xffff);
		if (queue >= 0 && (unsigned)queue < d->device.queues)
			d->queue[queue].notified = 1;
		break;
	case VIRTIO_PCI_PART_DEVICE:
		if (inner < d->device.config_size &&
		    size <= d->device.config_size - inner)
			d->device.ops->config_write(d->device.self, inner,
			    size, value);
		break;
	case VIRTIO_PCI_PART_MSIX_TABLE:
		device_messages_pending(d);
		break;
	default:
		break;
	}
}

void
virtio_pci_device_write(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value)
{
	value &= ones(size);
	if (region == REGION_CONFIG)
		device_write_config(d, offset, size, value);
	else
		device_write_bar(d, region, offset, size, value);
}

/* -------------------------------------------------------------------- work */

static int
device_aborted(struct error *err)
{
	return error_set(err, ERROR_HOST, "the machine aborted an access of "
	    "the device");
}

/* Writes an answer; how many bytes the chain then holds, or -1. */
static long
device_answer_write(struct virtio_pci_device *d, struct vring *vr,
    const struct vring_chain *c, const struct virtio_answer *a)
{
	struct bytes *old = &d->hole;
	long end = vring_chain_write(d->port, vr, c, 0, a->bytes,
	    a->hole < a->hole_end ? a->hole : a->n);

	if (a->hole >= a->hole_end || end < 0)
		return end;
	bytes_clear(old);
	vring_chain_peek(d->port, c, a->hole_end, old);
	if (old->len > a->hole)
		memcpy(a->bytes + a->hole, old->data + a->hole,
		    old->len - a->hole);
	return vring_chain_write(d->port, vr, c, a->hole_end,
	    a->bytes + a->hole_end, a->n - a->hole_end);
}

/* Writes nth of the answers that are given back together. */
static int
device_answer(struct virtio_pci_device *d, unsigned queue,
    const struct vring_chain *c, const struct virtio_answer *a, unsigned nth)
{
	struct vring *vr = &d->queue[queue].vr;
	long written = device_answer_write(d, vr, c, a);

	if (written < 0)
		return -1;
	if ((size_t)written > c->write_size)
		written = (long)c->write_size;
	return vring_fill(d->port, vr, c, (uint32_t)written, nth);
}

/* Tells of one that was given back. */
static void
device_answer_tell(struct virtio_pci_device *d, unsigned queue,
    const struct vring_chain *c, const struct virtio_answer *a)
{
	size_t n = a->n < c->write_size ? a->n : (size_t)c->write_size;

	d->port->chain_used(d->port->machine, d->bdf, (uint16_t)queue,
	    c->ordinal, (uint32_t)n, a->bytes, n);
}

/* The driver may want to hear of what was given back. */
static int
device_answer_end(struct virtio_pci_device *d, unsigned queue,
    struct error *err)
{
	int tell = vring_should_interrupt(d->port, &d->queue[queue].vr);

	if (tell < 0)
		return device_aborted(err);
	if (tell)
		device_interrupt(d, VIRTIO_PCI_ISR_QUEUE,
		    d->st.queue[queue].vector);
	return 0;
}

/* One chain that was just taken is answered at once. */
static int
device_answer_now(struct virtio_pci_device *d, unsigned queue,
    const struct vring_chain *c, uint8_t *bytes, size_t n, struct error *err)
{
	struct virtio_answer a = { c->ordinal, bytes, n, 0, 0 };

	if (device_answer(d, queue, c, &a, 0) != 0 ||
	    vring_flush(d->port, &d->queue[queue].vr, 1, c->ordinal) != 0)
		return device_aborted(err);
	device_answer_tell(d, queue, c, &a);
	return device_answer_end(d, queue, err);
}

/* Keeps the chain for virtio_pci_device_complete(). */
static void
device_keep(struct virtio_pci_device *d, unsigned queue,
    const struct vring_chain *c)
{
	struct device_pending **pp, *p;

	for (pp = &d->queue[queue].pending; *pp != NULL; pp = &(*pp)->next)
		continue;
	p = check_calloc(1, sizeof *p);
	vring_chain_copy(&p->chain, c);
	*pp = p;
}

static int
device_serve(struct virtio_pci_device *d, unsigned queue, struct error *err)
{
	const struct vring_chain *c = &d->chain;
	size_t room;
	int r;

	bytes_clear(&d->request);
	bytes_clear(&d->response);
	r = vring_chain_read(d->port, &d->queue[queue].vr, c, &d->request, err);
	if (r == VRING_ABORTED)
		return device_aborted(err);
	if (r != 0)
		return -1;
	d->port->chain_taken(d->port->machine, d->bdf, (uint16_t)queue,
	    c->ordinal, c->lens, c->ndesc, c->nread, d->request.data,
	    d->request.len);
	room = c->write_size > VRING_CHAIN_BYTES_MAX ? VRING_CHAIN_BYTES_MAX :
	    (size_t)c->write_size;
	switch (d->device.ops->request(d->device.self, queue, c->ordinal,
	    d->request.data, d->request.len, room, &d->response, err)) {
	case VIRTIO_REQUEST_DONE:
		if (d->response.len > room)
			d->response.len = room;
		return device_answer_now(d, queue, c, d->response.data,
		    d->response.len, err) != 0 ? -1 : 1;
	case VIRTIO_REQUEST_LATER:
		device_keep(d, queue, c);
		return 1;
	case VIRTIO_REQUEST_BROKEN:
		device_broken(d);
		return 1;
	default:
		return device_aborted(err);
	}
}

int
virtio_pci_device_step(struct virtio_pci_device *d, struct error *err)
{
	for (unsigned i = 0; i < d->device.queues; i++) {
		struct device_queue *q = &d->queue[i];

		/* Before DRIVER_OK no buffer may be consumed (2.1.2). */
		if (d->broken || !q->notified ||
		    (d->st.status & VIRTIO_STATUS_DRIVER_OK) == 0 ||
		    (d->st.pci.command & PCI_COMMAND_MASTER) == 0)
			continue;
		if (!q->ring_valid)
			q->ring_valid = (uint8_t)virtio_state_ring(&d->st,
			    i, &q->vr);
		if (!q->ring_valid) {
			q->notified = 0;
			continue;
		}
		switch (vring_take(d->port, &q->vr, &d->chain)) {
		case VRING_TAKEN:
			return device_serve(d, i, err);
		case VRING_EMPTY:
			q->notified = 0;
			continue;
		case VRING_BROKEN:
			device_broken(d);
			return 1;
		default:
			return device_aborted(err);
		}
	}
	return 0;
}

/* Where the pending request with this ordinal hangs, or NULL. */
static struct device_pending **
device_pending_find(struct virtio_pci_device *d, unsigned queue,
    uint32_t ordinal)
{
	struct device_pending **pp;

	for (pp = &d->queue[queue].pending; *pp != NULL; pp = &(*pp)->next)
		if ((*pp)->chain.ordinal == ordinal)
			return pp;
	return NULL;
}

int
virtio_pci_device_complete_all(struct virtio_pci_device *d, unsigned queue,
    const struct virtio_answer *answers, unsigned n, struct error *err)
{
	struct device_pending **pp, *p;

	CHECK(queue < d->device.queues && n != 0);
	for (unsigned i = 0; i < n; i++) {
		pp = device_pending_find(d, queue, answers[i].ordinal);
		if (pp == NULL)
			return error_set(err, ERROR_HOST, "queue %u has no "
			    "request %lu to be answered", queue,
			    (unsigned long)answers[i].ordinal);
		if (device_answer(d, queue, &(*pp)->chain, &answers[i], i) != 0)
			return device_aborted(err);
	}
	if (vring_flush(d->port, &d->queue[queue].vr, n,
	    answers[n - 1].ordinal) != 0)
		return device_aborted(err);
	for (unsigned i = 0; i < n; i++) {
		pp = device_pending_find(d, queue, answers[i].ordinal);
		p = *pp;
		*pp = p->next;
		device_answer_tell(d, queue, &p->chain, &answers[i]);
		vring_chain_free(&p->chain);
		free(p);
	}
	return device_answer_end(d, queue, err);
}

int
virtio_pci_device_complete(struct virtio_pci_device *d, unsigned queue,
    uint32_t ordinal, const uint8_t *response, size_t n, struct error *err)
{
	struct virtio_answer a = { ordinal, NULL, n, 0, 0 };

	bytes_clear(&d->response);
	bytes_add(&d->response, response, n);
	a.bytes = d->response.data;
	return virtio_pci_device_complete_all(d, queue, &a, 1, err);
}

void
virtio_pci_device_config_changed(struct virtio_pci_device *d)
{
	d->st.config_generation++;
	if ((d->st.status & VIRTIO_STATUS_DRIVER_OK) != 0)
		device_interrupt_config(d);
}

void
virtio_pci_device_needs_reset(struct virtio_pci_device *d)
{
	int ready = (d->st.status & VIRTIO_STATUS_DRIVER_OK) != 0;

	d->broken = 1;
	d->st.status |= VIRTIO_STATUS_NEEDS_RESET;
	if (ready)
		device_interrupt_config(d);
}

int
virtio_pci_device_happen(struct virtio_pci_device *d,
    const struct boundary_happening *h)
{
	if (h->what == HAPPEN_NEEDS_RESET) {
		virtio_pci_device_needs_reset(d);
		return 0;
	}
	if (d->device.ops->resize == NULL)
		return 1;
	if (d->device.ops->resize(d->device.self, h->width, h->height))
		virtio_pci_device_config_changed(d);
	return 0;
}

/* ------------------------------------------------------------------ making */

static struct virtio_pci_device *
device_make(const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device)
{
	struct virtio_pci_device *d = check_calloc(1, sizeof *d);

	CHECK(device->queues >= 1 && device->queues <= VIRTIO_QUEUES_MAX);
	CHECK(device->vectors <= VIRTIO_VECTORS_MAX);
	d->port = port;
	d->bdf = bdf;
	d->device = *device;
	virtio_state_init(&d->st, port, VIRTIO_BUS_PCI, bdf);
	return d;
}

struct virtio_pci_device *
virtio_pci_device_create(const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device)
{
	struct virtio_pci_device *d = device_make(port, bdf, device);
	struct pci_virtio_identity id;
	struct error err;

	id.device_id = device->id;
	id.class_code = device->class_code;
	id.vectors = device->vectors;
	pci_function_init_virtio(&d->function, &id);
	CHECK(virtio_state_image(&d->st, d->function.image, &err) == 0);
	virtio_state_device(&d->st, device->features, device->queues,
	    device->queue_size_max);
	return d;
}

struct virtio_pci_device *
virtio_pci_device_create_as(const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device, const uint8_t image[PCI_CONFIG_SIZE],
    const uint8_t mask[PCI_CONFIG_SIZE], struct error *err)
{
	struct virtio_pci_device *d = device_make(port, bdf, device);

	memcpy(d->function.image, image, PCI_CONFIG_SIZE);
	memcpy(d->function.mask, mask, PCI_CONFIG_SIZE);
	if (virtio_state_image(&d->st, image, err) != 0) {
		free(d);
		return NULL;
	}
	virtio_state_device(&d->st, device->features, device->queues,
	    device->queue_size_max);
	return d;
}

void
virtio_pci_device_register_name(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE])
{
	virtio_state_register_name(&d->st, region, offset, size, out);
}

void
virtio_pci_device_free(struct virtio_pci_device *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < d->device.queues; i++)
		device_queue_drop(&d->queue[i]);
	vring_chain_free(&d->chain);
	bytes_free(&d->request);
	bytes_free(&d->response);
	bytes_free(&d->hole);
	if (d->device.ops->close != NULL)
		d->device.ops->close(d->device.self);
	free(d);
}

void
virtio_pci_device_judge(struct virtio_pci_device *d, int on)
{
	d->st.port = on ? d->port : NULL;
}

const struct virtio_state *
virtio_pci_device_state(const struct virtio_pci_device *d)
{
	return &d->st;
}

/* -------------------------------------------------------------------- host */

static int
host_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct virtio_pci_device *d = self;

	(void)err;
	*value = bdf == d->bdf ? virtio_pci_device_read(d, region, offset,
	    size) : ones(size);
	return 0;
}

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct virtio_pci_device *d = self;

	(void)err;
	if (bdf == d->bdf)
		virtio_pci_device_write(d, region, offset, size, value);
	return 0;
}

static int
host_step(void *self, int block, struct error *err)
{
	(void)block;
	return virtio_pci_device_step(self, err);
}

static void
host_time(void *self, uint64_t ns)
{
	(void)self;
	(void)ns;
}

static void
host_close(void *self)
{
	virtio_pci_device_free(self);
}

static int
host_happen(void *self, const struct boundary_happening *h, struct error *err)
{
	(void)err;
	return virtio_pci_device_happen(self, h);
}

static const struct boundary_host_ops host_ops = {
	"builtin", host_read, host_write, host_step, host_time, host_close,
	host_happen
};

struct boundary_host
virtio_pci_host(struct virtio_pci_device *d)
{
	struct boundary_host h = { &host_ops, d };

	return h;
}

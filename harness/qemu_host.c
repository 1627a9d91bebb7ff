/* qemu_host.c: QEMU's own device models as the host of a run, observed. */
#include "qemu_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPI_FIRST	32u		/* interrupt ids of a GIC's SPIs */
#define WAIT_MS		2000u		/* for a chain to come back */
#define INTERRUPT_MS	200u		/* for the interrupt behind it */
#define NET_FRAME_MS	300u		/* for a frame to be given to the guest */

struct watched_queue {
	struct vring_observer observer;
	int ready;			/* the observer is set up */
	unsigned outstanding;		/* chains that QEMU has */
	uint16_t signalled;		/* used index at the last interrupt */
};

struct qemu_host {
	struct qemu *qemu;
	const struct machine_desc *desc;
	const struct boundary_port *port;
	struct virtio_watch watch;	/* the device, once seen */
	uint32_t resets;
	struct watched_queue queue[VIRTIO_QUEUES_MAX];
	uint64_t bar[6];		/* where the guest placed them */
	struct gpu2d *gpu;		/* what the display shows, computed */
	struct qemu_net *net;		/* what a network card is plugged into */
	struct bytes bytes;
};

void
qemu_host_device(enum virtio_transport t, const char *kind,
    char out[QEMU_DEVICE_SIZE])
{
	static const char *const forms[] = {
		[VIRTIO_TRANSPORT_PCI] = "virtio-%s-pci",
		[VIRTIO_TRANSPORT_PCI_INTX] = "virtio-%s-pci,vectors=0",
		[VIRTIO_TRANSPORT_PCI_LEGACY] = "virtio-%s-pci,"
		    "disable-modern=on,disable-legacy=off",
		[VIRTIO_TRANSPORT_MMIO] = "virtio-%s-device,"
		    "bus=virtio-mmio-bus.0",
		[VIRTIO_TRANSPORT_MMIO_LEGACY] = "virtio-%s-device,"
		    "bus=virtio-mmio-bus.0"
	};
	const char *form = forms[t];
	size_t before = strcspn(form, "%");

	snprintf(out, QEMU_DEVICE_SIZE, "%.*s%s%s", (int)before, form, kind,
	    form + before + 2);
}

/* QEMU's windows are of version 1 unless it is told otherwise. */
const char *const *
qemu_host_globals(enum virtio_transport t)
{
	static const char *const none[] = { NULL };
	static const char *const modern[] = { "-global",
	    "virtio-mmio.force-legacy=false", NULL };

	return t == VIRTIO_TRANSPORT_MMIO ? modern : none;
}

struct qemu_host *
qemu_host_start(const struct qemu_host_config *config,
    const struct machine_desc *desc, struct error *err)
{
	struct qemu_host *h = check_calloc(1, sizeof *h);
	struct qemu_config qc = { 0 };

	qc.program = config->program;
	qc.arch = QEMU_AARCH64;
	qc.ram_size = desc->ram.size;
	qc.args = config->args;
	qc.fds = config->fds;
	qc.fds_count = config->fds_count;
	h->net = config->net;
	h->desc = desc;
	if (!desc->has_pci || desc->bounce)
		error_set(err, ERROR_INPUT, "machine %s cannot be recorded "
		    "with QEMU: it needs a PCI host and no bounce buffers; "
		    "record on arm64-qemu and replay on %s", desc->name,
		    desc->name);
	else
		h->qemu = qemu_start(&qc, err);
	if (h->qemu == NULL) {
		check_free(h);
		return NULL;
	}
	if (qemu_ram_base(h->qemu) != desc->ram.base) {
		error_set(err, ERROR_INPUT, "machine %s has its memory at "
		    "0x%llx, QEMU's virt at 0x%llx: record on arm64-qemu",
		    desc->name, (unsigned long long)desc->ram.base,
		    (unsigned long long)qemu_ram_base(h->qemu));
		qemu_host_stop(h);
		return NULL;
	}
	if (qemu_irq_intercept(h->qemu, NULL, err) != 0) {
		qemu_host_stop(h);
		return NULL;
	}
	return h;
}

uint8_t *
qemu_host_ram(struct qemu_host *h)
{
	return qemu_ram(h->qemu);
}

const char *
qemu_host_version(const struct qemu_host *h)
{
	return qemu_version(h->qemu);
}

int
qemu_host_screen(struct qemu_host *h, const char *id, struct bytes *bgrx,
    unsigned *width, unsigned *height, struct error *err)
{
	struct qemu_picture p = { 0 };

	if (qemu_screendump(h->qemu, id, &p, err) != 0)
		return -1;
	*width = p.width;
	*height = p.height;
	bytes_free(bgrx);
	*bgrx = p.pixels;
	return 0;
}

static void
queues_drop(struct qemu_host *h)
{
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		vring_observer_free(&h->queue[i].observer);
		memset(&h->queue[i], 0, sizeof h->queue[i]);
	}
}

void
qemu_host_stop(struct qemu_host *h)
{
	if (h == NULL)
		return;
	queues_drop(h);
	gpu2d_free(h->gpu);
	bytes_free(&h->bytes);
	qemu_stop(h->qemu);
	check_free(h);
}

/* Where QEMU has a register. */
static uint64_t
address_of(const struct qemu_host *h, uint16_t bdf,
    enum boundary_region region, uint32_t offset)
{
	if (region == REGION_CONFIG)
		return h->desc->ecam.base + ((uint64_t)bdf << 12) + offset;
	if (region == REGION_MMIO)
		return h->desc->windows[bdf].base + offset;
	return h->bar[region - REGION_BAR0] + offset;
}

/* --- observing --- */

static void
gpu_look(struct qemu_host *h, uint32_t ordinal, const uint8_t *request,
    size_t n)
{
	struct gpu2d_config cfg = { h->watch.st.address, 1, 640, 480 };
	struct gpu2d_reply reply = { 0 };

	if (h->watch.st.device_id != VIRTIO_ID_GPU)
		return;
	if (h->gpu == NULL)
		h->gpu = gpu2d_create(h->port, &cfg);
	(void)gpu2d_apply(h->gpu, ordinal, request, n, 1, &reply);
	gpu2d_reply_free(&reply);
}

/* What the driver has made available, before QEMU is told of it. */
static void
chains_look(struct qemu_host *h, unsigned n)
{
	struct watched_queue *q = &h->queue[n];
	const struct vring_chain *c;
	struct vring vr;

	if (!q->ready) {
		if (!virtio_state_ring(&h->watch.st, n, &vr))
			return;
		vring_observer_init(&q->observer, &vr);
		q->ready = 1;
	}
	for (;;) {
		bytes_clear(&h->bytes);
		if (vring_observe_avail(h->port, &q->observer, &c,
		    &h->bytes) != VRING_TAKEN)
			return;
		/* A receive buffer rests with QEMU as long as it likes. */
		q->outstanding += c->nread != 0;
		h->port->chain_taken(h->port->machine, h->watch.st.address, (uint16_t)n,
		    c->ordinal, c->lens, c->ndesc, c->nread, h->bytes.data,
		    h->bytes.len);
		if (n == 0)
			gpu_look(h, c->ordinal, h->bytes.data, h->bytes.len);
	}
}

/* What QEMU has given back; how many chains. */
static int
used_look(struct qemu_host *h, unsigned n, struct error *err)
{
	struct watched_queue *q = &h->queue[n];
	struct vring_observed u;
	int some = 0, r;

	while (q->ready) {
		bytes_clear(&h->bytes);
		r = vring_observe_used(h->port, &q->observer, &u, &h->bytes,
		    err);
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		if (q->outstanding > 0)
			q->outstanding--;
		some++;
		h->port->chain_used(h->port->machine, h->watch.st.address, (uint16_t)n,
		    u.ordinal, u.used_len, h->bytes.data, h->bytes.len);
	}
	return some;
}

/* Whether a driver that asks for interrupts is owed one (VIRTIO 2.7.7). */
static int
interrupt_owed(struct qemu_host *h, unsigned n)
{
	struct watched_queue *q = &h->queue[n];
	const struct vring *vr = &q->observer.vr;
	uint16_t now = vr->used_idx, old = q->signalled, event;
	uint8_t le[2] = { 0, 0 };
	uint64_t at = vr->event_idx ? vr->avail + 4 + 2u * vr->size : vr->avail;

	(void)h->port->dma_read(h->port->machine, at, le, 2, NULL);
	event = (uint16_t)bytes_le(le, 2);
	q->signalled = now;
	if (!vr->event_idx)
		return (event & 1) == 0;
	return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

/* --- interrupts --- */

/* Whether an interrupt of QEMU's controller is the line of this pin. */
static int
is_pin(const struct qemu_host *h, unsigned pin, uint32_t irq)
{
	uint32_t address = (uint32_t)h->watch.st.address << 8 &
	    h->desc->intx_mask;

	if (h->watch.st.pci.layout.irq_pin != pin)
		return 0;
	for (size_t i = 0; i < h->desc->nintx; i++)
		if (h->desc->intx[i].pin == pin && h->desc->intx[i].irq == irq &&
		    (h->desc->intx[i].address & h->desc->intx_mask) == address)
			return 1;
	return 0;
}

/* 1 if it was the device's. */
static int
line_tell(struct qemu_host *h, const struct qemu_irq *irq)
{
	uint32_t number = irq->number + SPI_FIRST;
	uint16_t at = h->watch.st.address;
	unsigned pin = 0;

	if (!h->watch.found)
		return 0;
	if (h->watch.st.bus == VIRTIO_BUS_MMIO) {
		if (at >= h->desc->nwindows ||
		    h->desc->windows[at].irq != number)
			return 0;
	} else {
		for (pin = 1; pin <= 4 && !is_pin(h, pin, number); pin++)
			continue;
		if (pin > 4)
			return 0;
	}
	h->port->irq_line(h->port->machine, at, pin, irq->level);
	return 1;
}

static int
lines_look(struct qemu_host *h)
{
	struct qemu_irq irq;
	int some = 0;

	while (qemu_irq_next(h->qemu, &irq) == 1)
		some |= line_tell(h, &irq);
	return some;
}

/* A message is a store of the vector's datum at its address, in memory. */
static int
messages_look(struct qemu_host *h)
{
	uint8_t *ram = qemu_ram(h->qemu);
	int some = 0;

	for (unsigned i = 0; i < h->watch.st.pci.layout.vectors &&
	    i < VIRTIO_VECTORS_MAX; i++) {
		const struct virtio_vector *v = &h->watch.st.pci.vector[i];
		uint64_t at = v->address - h->desc->ram.base;

		if (v->data == 0 || at > h->desc->ram.size - 4 ||
		    bytes_le(ram + at, 4) != v->data)
			continue;
		memset(ram + at, 0, 4);
		h->port->irq_message(h->port->machine, h->watch.st.address, i, v->address,
		    v->data);
		some = 1;
	}
	return some;
}

static int
interrupts_look(struct qemu_host *h)
{
	int lines = lines_look(h);

	return messages_look(h) || lines;
}

/* --- the host --- */

static int
host_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct qemu_host *h = self;

	if (qemu_read(h->qemu, address_of(h, bdf, region, offset), size, value,
	    err) != 0)
		return -1;
	(void)virtio_watch_access(&h->watch, 0, bdf, region, offset, size,
	    *value);
	if (region != REGION_CONFIG)
		(void)lines_look(h);
	return 0;
}

/* Where the guest, or the firmware, places the BARs. */
static void
bar_look(struct qemu_host *h, uint32_t offset, uint64_t value)
{
	unsigned n = (offset - 0x10) / 4;

	if (offset < 0x10 || offset >= 0x28 || value == UINT32_MAX)
		return;
	if (n > 0 && (h->watch.st.pci.image[offset - 4] & 7) == 4)
		h->bar[n - 1] = (h->bar[n - 1] & UINT32_MAX) | value << 32;
	else
		h->bar[n] = (h->watch.st.pci.image[offset] & PCI_BAR_IO) != 0 ?
		    h->desc->io.base + ((value & ~(uint64_t)3) -
		    h->desc->io_pci) : value & ~(uint64_t)0xf;
}

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct qemu_host *h = self;
	int notified = -1;

	if (virtio_watch_is_at(&h->watch, bdf, region)) {
		if (region == REGION_CONFIG)
			bar_look(h, offset, value);
		else
			notified = virtio_state_notified(&h->watch.st, region,
			    offset, value);
		(void)virtio_watch_access(&h->watch, 1, bdf, region, offset,
		    size, value);
		if (h->resets != h->watch.st.resets) {
			h->resets = h->watch.st.resets;
			queues_drop(h);
			if (h->gpu != NULL)
				gpu2d_reset(h->gpu);
		}
	}
	if (notified >= 0 && notified < (int)VIRTIO_QUEUES_MAX)
		chains_look(h, (unsigned)notified);
	if (qemu_write(h->qemu, address_of(h, bdf, region, offset), size,
	    value, err) != 0)
		return -1;
	(void)lines_look(h);
	return 0;
}

/* Waits for the interrupt that is owed; a device may be masked: bounded. */
static int
interrupt_await(struct qemu_host *h, struct error *err)
{
	for (unsigned ms = 0; ms < INTERRUPT_MS; ms++) {
		if (interrupts_look(h))
			return 0;
		if (qemu_wait(h->qemu, 1, err) < 0)
			return -1;
	}
	return 0;
}

static int
queue_step(struct qemu_host *h, unsigned n, struct error *err)
{
	struct watched_queue *q = &h->queue[n];
	int some = used_look(h, n, err);

	for (unsigned ms = 0; some == 0 && ms < WAIT_MS; ms++) {
		if (qemu_wait(h->qemu, ms < 50 ? 0 : 1, err) < 0)
			return -1;
		some = used_look(h, n, err);
		if (some == 0 && ms < 50)
			(void)interrupts_look(h);
	}
	if (some <= 0) {
		/* It rests with the host; nobody waits for it again. */
		q->outstanding = 0;
		return some;
	}
	if (interrupt_owed(h, n) && interrupt_await(h, err) != 0)
		return -1;
	return 1;
}

/* --- a network card --- */

/* How many chains QEMU has given back that were not told yet. */
static unsigned
used_ahead(struct qemu_host *h, unsigned n)
{
	const struct vring *vr = &h->queue[n].observer.vr;
	uint8_t le[2] = { 0, 0 };

	if (!h->queue[n].ready)
		return 0;
	(void)h->port->dma_read(h->port->machine, vr->used + VIRTQ_USED_IDX,
	    le, 2, NULL);
	return (uint16_t)(bytes_le(le, 2) - vr->used_idx);
}

/* 1 when QEMU has given back so many; 0 when it took too long. */
static int
used_await(struct qemu_host *h, unsigned n, unsigned wanted, unsigned ms_max,
    struct error *err)
{
	uint64_t any;

	for (unsigned ms = 0; used_ahead(h, n) < wanted; ms++) {
		if (ms == ms_max)
			return 0;
		if (qemu_wait(h->qemu, ms < 50 ? 0 : 1, err) < 0)
			return -1;
	}
	/* QEMU is in the middle of it: what it answers now comes after. */
	return qemu_read(h->qemu, address_of(h, h->watch.st.address,
	    h->watch.st.bus == VIRTIO_BUS_MMIO ? REGION_MMIO : REGION_CONFIG,
	    0), 4, &any, err) == 0 ? 1 : -1;
}

/* Waits for the message of a queue or of the configuration, unseen. */
static int
message_await(struct qemu_host *h, unsigned vector, struct error *err)
{
	const struct virtio_vector *v = &h->watch.st.pci.vector[vector];
	uint64_t at = v->address - h->desc->ram.base;

	if (v->data == 0 || at > h->desc->ram.size - 4 ||
	    (v->control & PCI_MSIX_ENTRY_MASKED) != 0)
		return 0;
	for (unsigned ms = 0; ms < INTERRUPT_MS; ms++) {
		if (bytes_le(qemu_ram(h->qemu) + at, 4) == v->data)
			return 0;
		if (qemu_wait(h->qemu, ms < 50 ? 0 : 1, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Tells what came back, in the order of the queues, and then the interrupts in
 * that of the vectors: whatever QEMU did first, a recording is the same.
 */
static int
net_tell(struct qemu_host *h, struct error *err)
{
	int msix = (h->watch.st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0;
	int owed = 0, some;

	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		if (!h->queue[i].ready)
			continue;
		chains_look(h, i);
		some = used_look(h, i, err);
		if (some < 0)
			return -1;
		if (some == 0 || !interrupt_owed(h, i))
			continue;
		owed = 1;
		if (msix && h->watch.st.queue[i].vector < VIRTIO_VECTORS_MAX &&
		    message_await(h, h->watch.st.queue[i].vector, err) != 0)
			return -1;
	}
	if (owed && !msix && interrupt_await(h, err) != 0)
		return -1;
	(void)interrupts_look(h);
	return 0;
}

/* Bytes in the buffers that a queue's driver gave and QEMU still has. */
static uint64_t
room_given(const struct watched_queue *q)
{
	uint64_t room = 0;

	for (unsigned i = 0; i < q->observer.vr.size; i++)
		if (q->observer.flight[i].busy)
			room += q->observer.flight[i].chain.write_size;
	return room;
}

/* The peer's next frame, if the driver gave enough for it: 1, 0 or -1. */
static int
net_send(struct qemu_host *h, struct error *err)
{
	int r;

	if (!qemu_net_pending(h->net) || !h->queue[0].ready)
		return 0;
	chains_look(h, 0);
	if (room_given(&h->queue[0]) < qemu_net_frame_max(h->net) ||
	    qemu_net_send(h->net) == 0)
		return 0;
	/* What the card filters never comes. */
	r = used_await(h, 0, 1, NET_FRAME_MS, err);
	if (r < 0 || (r > 0 && net_tell(h, err) != 0))
		return -1;
	return 1;
}

static int
net_step(struct qemu_host *h, struct error *err)
{
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		struct watched_queue *q = &h->queue[i];

		if (q->outstanding == 0)
			continue;
		if (used_await(h, i, q->outstanding, WAIT_MS, err) < 0)
			return -1;
		qemu_net_receive(h->net);
		if (net_tell(h, err) != 0)
			return -1;
		q->outstanding = 0;	/* else it rests with the host */
		return 1;
	}
	if (qemu_net_has_peer(h->net)) {
		int r = net_send(h, err);

		if (r != 0)
			return r;
	}
	return interrupts_look(h);
}

/* --- steps of the scenario that are the host's --- */

static int
host_happen(void *self, const struct boundary_happening *what,
    struct error *err)
{
	struct qemu_host *h = self;
	char command[160];

	if (h->net == NULL)
		return 1;
	switch (what->what) {
	case HAPPEN_LINK:
		snprintf(command, sizeof command, "{\"execute\":\"set_link\","
		    "\"arguments\":{\"name\":\"" QEMU_NET_DEVICE_ID "\","
		    "\"up\":%s}}", what->value != 0 ? "true" : "false");
		break;
	case HAPPEN_ANNOUNCE:
		snprintf(command, sizeof command, "{\"execute\":"
		    "\"announce-self\",\"arguments\":{\"initial\":50,"
		    "\"max\":50,\"rounds\":1,\"step\":50}}");
		break;
	case HAPPEN_SEND:
		qemu_net_frames(h->net, what->mac, what->count, what->size);
		return 0;
	case HAPPEN_FRAME:
		qemu_net_frame(h->net, what->bytes, what->n);
		return 0;
	default:
		return 1;
	}
	if (qemu_qmp(h->qemu, command, NULL, err) != 0)
		return -1;
	if ((h->watch.st.status & VIRTIO_STATUS_DRIVER_OK) == 0)
		return 0;
	if ((h->watch.st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) == 0)
		return interrupt_await(h, err);
	if (h->watch.st.pci.config_vector < VIRTIO_VECTORS_MAX &&
	    message_await(h, h->watch.st.pci.config_vector, err) != 0)
		return -1;
	(void)interrupts_look(h);
	return 0;
}

static int
host_step(void *self, int block, struct error *err)
{
	struct qemu_host *h = self;

	if (h->net != NULL)
		return net_step(h, err);
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		if (h->queue[i].outstanding > 0)
			return queue_step(h, i, err);
	if (block && qemu_wait(h->qemu, 1, err) < 0)
		return -1;
	return interrupts_look(h);
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
	(void)self;			/* see qemu_host_stop() */
}

static const struct boundary_host_ops host_ops = { "qemu", host_read,
    host_write, host_step, host_time, host_close, host_happen, NULL, NULL,
    NULL, NULL };

struct boundary_host
qemu_host_attach(struct qemu_host *h, struct machine *m)
{
	struct boundary_host host = { &host_ops, h };

	h->port = machine_port(m);
	return host;
}

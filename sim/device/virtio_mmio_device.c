/* virtio_mmio_device.c: a virtio device in an MMIO window. */
#include "virtio_mmio_device.h"
#include "check.h"
#include "virtio_mmio_spec.h"
#include "virtio_spec.h"

#include <stdio.h>
#include <stdlib.h>

struct virtio_mmio_device {
	struct virtio_core core;
	uint8_t line_told;		/* level that the port was told */
};

/* ------------------------------------------------------------- interrupts */

static void
line_update(struct virtio_mmio_device *d)
{
	int level = d->core.isr != 0;

	if (level == d->line_told)
		return;
	d->line_told = (uint8_t)level;
	d->core.port->irq_line(d->core.port->machine, d->core.st.address, 0,
	    level);
}

static void
device_interrupt(void *self, int queue)
{
	(void)queue;			/* InterruptStatus says enough */
	line_update(self);
}

static void
device_quiet(void *self)
{
	line_update(self);
}

/* ------------------------------------------------------------------- reads */

static uint64_t
read_queue(struct virtio_mmio_device *d, uint32_t offset)
{
	const struct virtio_queue_state *q =
	    virtio_state_selected(&d->core.st);

	if (q == NULL)
		return 0;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return q->size_max;
	case VIRTIO_MMIO_QUEUE_PFN:
		return d->core.st.mmio.page_size != 0 ?
		    q->desc / d->core.st.mmio.page_size : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return q->enabled;
	default:
		return 0;
	}
}

static uint64_t
read_register(struct virtio_mmio_device *d, uint32_t offset)
{
	const struct virtio_state *st = &d->core.st;

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return VIRTIO_MMIO_MAGIC;
	case VIRTIO_MMIO_VERSION:
		return st->mmio.version;
	case VIRTIO_MMIO_DEVICE_ID:
		return d->core.device.id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VIRTIO_MMIO_VENDOR_QEMU;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return st->device_feature_select < 2 ?
		    d->core.device.features >>
		    (32 * st->device_feature_select) & UINT32_MAX : 0;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return d->core.isr;
	case VIRTIO_MMIO_STATUS:
		return st->status;
	case VIRTIO_MMIO_SHM_LEN:	/* there is no such memory */
	case VIRTIO_MMIO_SHM_LEN + 4:
	case VIRTIO_MMIO_SHM_BASE:
	case VIRTIO_MMIO_SHM_BASE + 4:
		return st->legacy ? 0 : UINT32_MAX;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return st->legacy ? 0 : st->config_generation;
	default:
		return read_queue(d, offset);
	}
}

static uint64_t
device_read(void *self, enum boundary_region region, uint32_t offset,
    unsigned size)
{
	struct virtio_mmio_device *d = self;
	uint64_t value;

	value = offset >= VIRTIO_MMIO_CONFIG ?
	    virtio_core_config_read(&d->core, offset - VIRTIO_MMIO_CONFIG,
	    size) : size == 4 ? read_register(d, offset) : 0;
	value &= UINT64_MAX >> (64 - 8 * size);
	virtio_state_read(&d->core.st, region, offset, size, value);
	return value;
}

/* ------------------------------------------------------------------ writes */

static void
queue_written(struct virtio_mmio_device *d, uint32_t offset)
{
	const struct virtio_queue_state *q =
	    virtio_state_selected(&d->core.st);

	/* A queue that is stopped, reset or moved begins anew. */
	if (q != NULL && (offset == VIRTIO_MMIO_QUEUE_PFN ||
	    (offset == VIRTIO_MMIO_QUEUE_READY && !q->enabled) ||
	    (offset == VIRTIO_MMIO_QUEUE_RESET && q->reset_pending)))
		virtio_core_queue_dropped(&d->core, d->core.st.queue_select);
}

static void
device_write(void *self, enum boundary_region region, uint32_t offset,
    unsigned size, uint64_t value)
{
	struct virtio_mmio_device *d = self;
	uint8_t before = d->core.st.status;

	virtio_state_write(&d->core.st, region, offset, size, value);
	if (offset >= VIRTIO_MMIO_CONFIG) {
		virtio_core_config_write(&d->core, offset - VIRTIO_MMIO_CONFIG,
		    size, value);
		return;
	}
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		virtio_core_notified(&d->core, (int)(value & 0xffff));
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		d->core.isr &= (uint8_t)~value;
		line_update(d);
		break;
	case VIRTIO_MMIO_STATUS:
		virtio_core_status_written(&d->core, before, (uint8_t)value);
		break;
	default:
		queue_written(d, offset);
		break;
	}
}

/* ------------------------------------------------------------------ making */

static void
device_free(void *self)
{
	struct virtio_mmio_device *d = self;

	virtio_core_end(&d->core);
	check_free(d);
}

static void
device_state(const void *self, struct state *s)
{
	const struct virtio_mmio_device *d = self;

	state_add_u64(s, d->line_told);
}

static const struct virtio_transport_ops device_ops = {
	device_read, device_write, device_interrupt, device_quiet, NULL,
	device_free, device_state
};

struct virtio_mmio_device *
virtio_mmio_device_create(const struct boundary_port *port, uint16_t window,
    uint32_t version, const struct virtio_device *device)
{
	struct virtio_mmio_device *d = check_calloc(1, sizeof *d);
	struct virtio_core *c = &d->core;

	CHECK(version == VIRTIO_MMIO_LEGACY || version == VIRTIO_MMIO_MODERN);
	virtio_core_init(c, port, VIRTIO_BUS_MMIO, window, device,
	    &device_ops, d);
	if (version == VIRTIO_MMIO_LEGACY)
		c->device.features = (c->device.features & UINT32_MAX) |
		    VIRTIO_FEATURE(VIRTIO_BIT_ANY_LAYOUT);
	virtio_state_mmio(&c->st, version, device->id);
	virtio_state_device(&c->st, c->device.features, device->queues,
	    device->queue_size_max);
	return d;
}

struct virtio_core *
virtio_mmio_device_core(struct virtio_mmio_device *d)
{
	return &d->core;
}

/* --------------------------------------------------------- empty windows */

static void
absent_judge(const struct boundary_port *port, uint16_t window,
    uint32_t offset, int write)
{
	char text[128];

	if (port == NULL || (!write && (offset == VIRTIO_MMIO_MAGIC_VALUE ||
	    offset == VIRTIO_MMIO_VERSION || offset == VIRTIO_MMIO_DEVICE_ID)))
		return;
	snprintf(text, sizeof text, "offset 0x%lx of window %u is %s, whose "
	    "DeviceID is 0", (unsigned long)offset, window, write ? "written" :
	    "read");
	port->protocol_broken(port->machine, "virtio-mmio-no-device",
	    "4.2.3.1.1", text);
}

uint64_t
virtio_mmio_absent_read(const struct boundary_port *port, uint16_t window,
    uint32_t version, uint32_t offset, unsigned size)
{
	absent_judge(port, window, offset, 0);
	if (size != 4)
		return 0;
	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return VIRTIO_MMIO_MAGIC;
	case VIRTIO_MMIO_VERSION:
		return version;
	case VIRTIO_MMIO_VENDOR_ID:
		return VIRTIO_MMIO_VENDOR_QEMU;
	default:
		return 0;
	}
}

void
virtio_mmio_absent_write(const struct boundary_port *port, uint16_t window,
    uint32_t offset)
{
	absent_judge(port, window, offset, 1);
}

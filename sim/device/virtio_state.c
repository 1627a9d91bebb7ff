/*
 * virtio_state.c: what a driver has told a virtio device, and the rules that
 * hold on every transport: status, features, queues.
 */
#include "virtio_state_var.h"
#include "check.h"
#include "virtio_mmio_spec.h"
#include "virtio_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bits of a status write that are the driver's own to set. */
#define STATUS_DRIVERS	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | \
    VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

void
virtio_judge(const struct virtio_state *st, const char *id,
    const char *section, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (st->port == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	st->port->protocol_broken(st->port->machine, id, section, text);
}

static void
queue_reset(struct virtio_queue_state *q)
{
	q->enabled = q->written = q->reset_pending = q->stop_pending = 0;
	q->align = 0;
	q->desc = q->driver = q->device = 0;
	q->vector = 0xffff;
	q->vector_unread = 0;
	q->size = q->size_known ? q->size_max : 0;
}

static void
state_reset(struct virtio_state *st)
{
	st->status = 0;
	st->features_ok_read = 0;
	st->accepted[0] = st->accepted[1] = 0;
	st->queue_select = 0;
	st->look.field = NULL;
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		queue_reset(&st->queue[i]);
	if (st->bus == VIRTIO_BUS_MMIO)
		virtio_mmio_state_reset(st);
	else
		virtio_pci_state_reset(st);
}

void
virtio_state_init(struct virtio_state *st, const struct boundary_port *port,
    enum virtio_bus bus, uint16_t address)
{
	memset(st, 0, sizeof *st);
	st->port = port;
	st->bus = bus;
	st->address = address;
	virtio_pci_state_init(st);
	state_reset(st);
}

void
virtio_state_device(struct virtio_state *st, uint64_t offered, unsigned n,
    const uint16_t *size_max)
{
	CHECK(n <= VIRTIO_QUEUES_MAX);
	st->offered[0] = (uint32_t)offered;
	st->offered[1] = (uint32_t)(offered >> 32);
	st->offered_known = 3;
	st->num_queues = (uint16_t)n;
	for (unsigned i = 0; i < n; i++) {
		st->queue[i].size = st->queue[i].size_max = size_max[i];
		st->queue[i].notify_off = (uint16_t)i;
		st->queue[i].size_known = st->queue[i].notify_off_known = 1;
	}
}

void
virtio_state_mmio(struct virtio_state *st, uint32_t version,
    uint16_t device_id)
{
	virtio_mmio_state_version(st, version);
	st->device_id = device_id;
}

uint64_t
virtio_state_offered(const struct virtio_state *st)
{
	return st->offered[0] | (uint64_t)st->offered[1] << 32;
}

uint64_t
virtio_state_features(const struct virtio_state *st)
{
	return st->accepted[0] | (uint64_t)st->accepted[1] << 32;
}

int
virtio_accepted(const struct virtio_state *st, unsigned bit)
{
	return (virtio_state_features(st) & VIRTIO_FEATURE(bit)) != 0;
}

struct virtio_queue_state *
virtio_state_selected(struct virtio_state *st)
{
	if (st->queue_select >= VIRTIO_QUEUES_MAX ||
	    (st->num_queues != 0 && st->queue_select >= st->num_queues))
		return NULL;
	return &st->queue[st->queue_select];
}

/* ---------------------------------------------------- status, features */

/* A write of the status that sets bits, by the sequence of 3.1.1. */
static void
judge_status(const struct virtio_state *st, uint8_t value)
{
	uint8_t fresh = (uint8_t)(value & ~st->status);
	uint8_t cleared = (uint8_t)(st->status & STATUS_DRIVERS & ~value);

	if (cleared != 0)
		virtio_judge(st, "virtio-status-cleared", "2.1.1",
		    "device_status 0x%02x written over 0x%02x clears 0x%02x",
		    value, st->status, cleared);
	/* To say FAILED once more is not to go on. */
	if ((st->status & VIRTIO_STATUS_FAILED) != 0 &&
	    ((value & VIRTIO_STATUS_FAILED) == 0 || fresh != 0))
		virtio_judge(st, "virtio-continued-after-failed", "2.1.1",
		    "device_status 0x%02x written after FAILED without a reset",
		    value);
	if ((fresh & VIRTIO_STATUS_ACKNOWLEDGE) != 0 && st->resets == 0)
		virtio_judge(st, "virtio-init-order", "3.1.1",
		    "ACKNOWLEDGE set, and the device was not reset before");
	if ((fresh & VIRTIO_STATUS_DRIVER) != 0 &&
	    (value & VIRTIO_STATUS_ACKNOWLEDGE) == 0)
		virtio_judge(st, "virtio-init-order", "3.1.1",
		    "DRIVER set without ACKNOWLEDGE");
	if (st->legacy) {
		if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0)
			virtio_judge(st, "virtio-legacy-features-ok", "3.1.2",
			    "FEATURES_OK set through the legacy interface");
		if ((fresh & VIRTIO_STATUS_DRIVER_OK) != 0) {
			virtio_judge_lacks(st);
			virtio_pci_judge_vectors(st);
		}
		return;
	}
	if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0 &&
	    (value & VIRTIO_STATUS_DRIVER) == 0)
		virtio_judge(st, "virtio-init-order", "3.1.1",
		    "FEATURES_OK set without DRIVER");
	if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0 &&
	    (st->offered[1] & st->offered_known >> 1 &
	    ~st->accepted[1] & 1) != 0)
		virtio_judge(st, "virtio-version-1-not-accepted", "6.1",
		    "FEATURES_OK set, VIRTIO_F_VERSION_1 is offered and not "
		    "accepted");
	if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0)
		virtio_judge_lacks(st);
	if ((fresh & VIRTIO_STATUS_DRIVER_OK) == 0)
		return;
	virtio_pci_judge_vectors(st);
	if ((value & VIRTIO_STATUS_FEATURES_OK) == 0 ||
	    (st->features_ok_read == 0 &&
	    (st->status & VIRTIO_STATUS_FEATURES_OK) == 0))
		virtio_judge(st, "virtio-driver-ok-early", "3.1.1",
		    "DRIVER_OK set, and FEATURES_OK was not set before");
	else if (!st->features_ok_read)
		virtio_judge(st, "virtio-features-ok-not-read", "3.1.1",
		    "DRIVER_OK set, and device_status was not read after "
		    "FEATURES_OK was set");
}

void
virtio_status_written(struct virtio_state *st, uint8_t value)
{
	if (value == 0) {
		state_reset(st);
		st->reset_pending = 1;
		st->resets++;
		return;
	}
	judge_status(st, value);
	if ((value & ~st->status & VIRTIO_STATUS_FEATURES_OK) != 0)
		st->features_ok_read = 0;
	st->status = (uint8_t)(value |
	    (st->status & VIRTIO_STATUS_NEEDS_RESET));
}

void
virtio_status_read(struct virtio_state *st, uint8_t value)
{
	if (value == 0)
		st->reset_pending = 0;
	/* Until a reset is complete the old status may still be shown. */
	if (st->reset_pending)
		return;
	st->status = value;
	st->features_ok_read = (value & VIRTIO_STATUS_FEATURES_OK) != 0;
}

/* Without FEATURES_OK the features are settled by the first use (3.1.2). */
static int
legacy_used(const struct virtio_state *st)
{
	if ((st->status & VIRTIO_STATUS_DRIVER_OK) != 0)
		return 1;
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		if (st->queue[i].enabled)
			return 1;
	return 0;
}

void
virtio_features_written(struct virtio_state *st, uint32_t sel, uint32_t value)
{
	uint32_t beyond, fresh, offered = 0;

	if ((st->status & VIRTIO_STATUS_DRIVER) == 0)
		virtio_judge(st, "virtio-init-order", "3.1.1",
		    "features written before DRIVER is set");
	virtio_judge_failed(st, "features accepted");
	if (sel < 2 && value != 0 && (st->offered_read & 1u << sel) == 0)
		virtio_judge(st, "virtio-init-order", "3.1.1",
		    "features of word %lu accepted before the offered ones "
		    "were read", (unsigned long)sel);
	if (sel < 2)
		offered = (st->offered_known & 1u << sel) != 0 ?
		    st->offered[sel] : value;
	beyond = value & ~offered;
	if (beyond != 0)
		virtio_judge(st, "virtio-feature-not-offered", "2.2.1",
		    "features 0x%08lx accepted in word %lu, 0x%08lx of them "
		    "not offered", (unsigned long)value, (unsigned long)sel,
		    (unsigned long)beyond);
	if (sel >= 2)
		return;
	fresh = value & ~st->accepted[sel];
	if (fresh != 0 && st->legacy && legacy_used(st))
		virtio_judge(st, "virtio-features-changed", "3.1.2",
		    "features 0x%08lx accepted after a queue was set up, or "
		    "DRIVER_OK", (unsigned long)fresh);
	if (fresh != 0 && (st->status & VIRTIO_STATUS_FEATURES_OK) != 0)
		virtio_judge(st, "virtio-features-changed", "3.1.1",
		    "features 0x%08lx of word %lu accepted after FEATURES_OK",
		    (unsigned long)fresh, (unsigned long)sel);
	st->shown[sel] = value;
	/* The negotiation is over once FEATURES_OK stands (2.2). */
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		st->accepted[sel] = value;
}

void
virtio_features_read(struct virtio_state *st, uint32_t sel, uint32_t value)
{
	if (sel >= 2)
		return;
	st->offered[sel] = value;
	st->offered_known |= (uint8_t)(1u << sel);
	st->offered_read |= (uint8_t)(1u << sel);
}

/* ---------------------------------------------------------------- queues */

/* A field of a queue is written: is it the time for that? */
static void
judge_queue(const struct virtio_state *st, const struct virtio_queue_state *q,
    const char *name, const char *section)
{
	if (!st->legacy && (st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		virtio_judge(st, "virtio-queue-before-features-ok", "3.1.1",
		    "%s of queue %u written before FEATURES_OK", name,
		    st->queue_select);
	if (q->enabled)
		virtio_judge(st, "virtio-queue-changed", section,
		    "%s of queue %u written while the queue is enabled", name,
		    st->queue_select);
}

void
virtio_queue_size_written(const struct virtio_state *st,
    struct virtio_queue_state *q, uint16_t value, const char *section)
{
	judge_queue(st, q, "queue_size", section);
	if (value == 0 || (value & (value - 1)) != 0)
		virtio_judge(st, "virtio-queue-size", section,
		    "queue_size %u of queue %u is no power of 2", value,
		    st->queue_select);
	else if (q->size_known && value > q->size_max)
		virtio_judge(st, "virtio-queue-size", st->bus ==
		    VIRTIO_BUS_PCI ? "4.1.4.3" : section, "queue_size "
		    "%u of queue %u, the device's maximum is %u", value,
		    st->queue_select, q->size_max);
	q->size = value;
	q->written |= VIRTIO_WRITTEN_SIZE;
}

void
virtio_queue_size_read(struct virtio_queue_state *q, uint16_t value)
{
	q->size = value;
	q->size_read = 1;
	if ((q->written & VIRTIO_WRITTEN_SIZE) == 0) {
		q->size_max = value;
		q->size_known = 1;
	}
}

void
virtio_queue_address_written(const struct virtio_state *st,
    struct virtio_queue_state *q, enum virtio_ring_part part, int high,
    uint32_t value, const char *name, const char *section)
{
	uint64_t *addr = part == VIRTIO_RING_DESC ? &q->desc :
	    part == VIRTIO_RING_DRIVER ? &q->driver : &q->device;

	judge_queue(st, q, name, section);
	if (high) {
		*addr = (*addr & 0xffffffff) | (uint64_t)value << 32;
	} else {
		*addr = (*addr & ~(uint64_t)0xffffffff) | value;
		q->written |= (uint8_t)(VIRTIO_WRITTEN_DESC << part);
	}
}

static void
judge_aligned(const struct virtio_state *st, const char *name, uint64_t addr,
    unsigned align)
{
	if (addr % align != 0)
		virtio_judge(st, "virtio-ring-misaligned", "2.7.1",
		    "%s of queue %u is 0x%llx, no multiple of %u", name,
		    st->queue_select, (unsigned long long)addr, align);
}

void
virtio_queue_enabled(const struct virtio_state *st,
    struct virtio_queue_state *q, const char *section)
{
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		virtio_judge(st, "virtio-queue-before-features-ok", "3.1.1",
		    "queue_enable of queue %u written before FEATURES_OK",
		    st->queue_select);
	virtio_judge_failed(st, "a queue enabled");
	if (q->size_known && q->size_max == 0)
		virtio_judge(st, "virtio-queue-missing", section, "queue %u "
		    "enabled, the device says that there is none",
		    st->queue_select);
	if (q->reset_pending)
		virtio_judge(st, "virtio-queue-reset-not-awaited", section,
		    "queue %u enabled before queue_reset was read as 0",
		    st->queue_select);
	if ((q->written & VIRTIO_WRITTEN_ADDRESSES) !=
	    VIRTIO_WRITTEN_ADDRESSES)
		virtio_judge(st, "virtio-queue-enable-early", section,
		    "queue %u enabled before all its addresses were written",
		    st->queue_select);
	if (!q->enabled) {
		judge_aligned(st, "queue_desc", q->desc, VIRTQ_DESC_ALIGN);
		judge_aligned(st, "queue_driver", q->driver,
		    VIRTQ_AVAIL_ALIGN);
		judge_aligned(st, "queue_device", q->device, VIRTQ_USED_ALIGN);
	}
	q->enabled = 1;
	q->reset_pending = 0;
}

void
virtio_queue_page_written(struct virtio_state *st,
    struct virtio_queue_state *q, uint32_t number, uint32_t page,
    uint32_t align, const char *section)
{
	uint64_t end;

	if ((st->status & VIRTIO_STATUS_DRIVER) == 0)
		virtio_judge(st, "virtio-init-order", "3.1.2",
		    "queue %u set up before DRIVER is set", st->queue_select);
	if (number != 0 && q->enabled)
		virtio_judge(st, "virtio-queue-changed", section,
		    "page 0x%lx written for queue %u, which has a page",
		    (unsigned long)number, st->queue_select);
	if (number != 0)
		virtio_judge_failed(st, "a queue set up");
	if (number != 0 && q->size_known && q->size_max == 0)
		virtio_judge(st, "virtio-queue-missing", section, "queue %u "
		    "set up, the device says that there is none",
		    st->queue_select);
	if (number != 0 && !q->size_read)
		virtio_judge(st, "virtio-legacy-size-unread", "2.7.2",
		    "queue %u set up, and its size was never read",
		    st->queue_select);
	q->desc = (uint64_t)number * page;
	q->driver = q->desc + (uint64_t)VIRTQ_DESC_SIZE * q->size;
	end = q->driver + 2u * (3u + q->size);
	q->device = align != 0 ? (end + align - 1) / align * align : end;
	st->queue_stops += number == 0 && q->enabled;
	q->enabled = number != 0;
}

void
virtio_queue_reset_written(struct virtio_state *st,
    struct virtio_queue_state *q)
{
	if (!virtio_accepted(st, VIRTIO_BIT_RING_RESET)) {
		virtio_judge(st, "virtio-field-not-negotiated", "2.6.1",
		    "queue %u is reset by itself without VIRTIO_F_RING_RESET",
		    st->queue_select);
		return;
	}
	st->queue_stops++;
	queue_reset(q);
	q->reset_pending = 1;
}

void
virtio_judge_notify_early(const struct virtio_state *st, uint32_t offset)
{
	virtio_judge_failed(st, "a notification");
	if ((st->status & VIRTIO_STATUS_DRIVER_OK) == 0)
		virtio_judge(st, "virtio-notify-before-driver-ok", "3.1.1",
		    "notification at offset 0x%lx before DRIVER_OK",
		    (unsigned long)offset);
}

int
virtio_state_ring(const struct virtio_state *st, unsigned queue,
    struct vring *out)
{
	const struct virtio_queue_state *q;

	if (queue >= VIRTIO_QUEUES_MAX)
		return 0;
	q = &st->queue[queue];
	if (!q->enabled || q->size == 0 || q->size > VIRTQ_SIZE_MAX)
		return 0;
	vring_init(out, st->address, (uint16_t)queue, q->size, q->desc,
	    q->driver, q->device, virtio_state_features(st));
	return 1;
}

/* -------------------------------------------------------------- accesses */

void
virtio_state_write(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	virtio_judge_torn(st);
	if (st->bus == VIRTIO_BUS_PCI && region != REGION_MMIO)
		virtio_pci_state_write(st, region, offset, size, value);
	else if (st->bus == VIRTIO_BUS_MMIO && region == REGION_MMIO)
		virtio_mmio_state_write(st, offset, size, value);
}

void
virtio_state_read(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	if (st->bus == VIRTIO_BUS_PCI && region != REGION_MMIO)
		virtio_pci_state_read(st, region, offset, size, value);
	else if (st->bus == VIRTIO_BUS_MMIO && region == REGION_MMIO)
		virtio_mmio_state_read(st, offset, size, value);
}

int
virtio_state_in_config(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, uint32_t *inner)
{
	enum virtio_pci_part part;
	uint32_t first;

	if (st->bus == VIRTIO_BUS_MMIO) {
		*inner = offset - VIRTIO_MMIO_CONFIG;
		return region == REGION_MMIO && offset >= VIRTIO_MMIO_CONFIG;
	}
	part = virtio_state_find(st, region, offset, inner);
	first = virtio_pci_legacy_config(st);
	if (part == VIRTIO_PCI_PART_LEGACY && *inner >= first) {
		*inner -= first;
		return 1;
	}
	return part == VIRTIO_PCI_PART_DEVICE;
}

int
virtio_state_notified(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, uint64_t value)
{
	if (st->bus == VIRTIO_BUS_MMIO)
		return region == REGION_MMIO ?
		    virtio_mmio_state_notified(offset, value) : -1;
	return virtio_pci_state_notified(st, region, offset, value);
}

void
virtio_state_register_name(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE])
{
	if (st->bus == VIRTIO_BUS_MMIO && region == REGION_MMIO)
		virtio_mmio_register_name(st, offset, size, out);
	else
		virtio_pci_register_name(st, region, offset, size, out);
}

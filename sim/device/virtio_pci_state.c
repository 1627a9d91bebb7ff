/*
 * virtio_pci_state.c: what a driver has told a virtio PCI function, and the
 * rules that it must obey there.
 */
#include "virtio_pci_state.h"
#include "bytes.h"
#include "check.h"
#include "virtio_pci_field.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bits of a status write that are the driver's own to set. */
#define STATUS_DRIVERS	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | \
    VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

static void state_judge(const struct virtio_pci_state *, const char *,
    const char *, const char *, ...) ERROR_PRINTF(4, 5);

static void
state_judge(const struct virtio_pci_state *st, const char *id,
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
state_queue_reset(struct virtio_pci_queue *q)
{
	q->enabled = q->written = q->reset_pending = 0;
	q->desc = q->driver = q->device = 0;
	q->vector = VIRTIO_PCI_NO_VECTOR;
	q->size = q->size_known ? q->size_max : 0;
}

static void
state_reset(struct virtio_pci_state *st)
{
	st->status = 0;
	st->features_ok_read = 0;
	st->accepted[0] = st->accepted[1] = 0;
	st->config_vector = VIRTIO_PCI_NO_VECTOR;
	st->queue_select = 0;
	for (unsigned i = 0; i < VIRTIO_PCI_QUEUES_MAX; i++)
		state_queue_reset(&st->queue[i]);
}

void
virtio_pci_state_init(struct virtio_pci_state *st,
    const struct boundary_port *port, uint16_t bdf)
{
	memset(st, 0, sizeof *st);
	st->port = port;
	st->bdf = bdf;
	state_reset(st);
	for (unsigned i = 0; i < VIRTIO_PCI_VECTORS_MAX; i++)
		st->vector[i].control = PCI_MSIX_ENTRY_MASKED;
}

int
virtio_pci_state_image(struct virtio_pci_state *st,
    const uint8_t image[PCI_CONFIG_SIZE], struct error *err)
{
	struct virtio_pci_layout layout;

	if (virtio_pci_layout_parse(image, &layout, err) != 0)
		return -1;
	memcpy(st->image, image, PCI_CONFIG_SIZE);
	st->layout = layout;
	st->layout_valid = 1;
	st->image_changed = 0;
	st->command = (uint16_t)bytes_le(image + PCI_CFG_COMMAND, 2);
	return 0;
}

void
virtio_pci_state_device(struct virtio_pci_state *st, uint64_t offered,
    unsigned n, const uint16_t *size_max)
{
	CHECK(n <= VIRTIO_PCI_QUEUES_MAX);
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

uint64_t
virtio_pci_state_features(const struct virtio_pci_state *st)
{
	return st->accepted[0] | (uint64_t)st->accepted[1] << 32;
}

static int
state_accepted(const struct virtio_pci_state *st, unsigned bit)
{
	return (virtio_pci_state_features(st) & VIRTIO_FEATURE(bit)) != 0;
}

struct virtio_pci_queue *
virtio_pci_state_selected(struct virtio_pci_state *st)
{
	if (st->queue_select >= VIRTIO_PCI_QUEUES_MAX ||
	    (st->num_queues != 0 && st->queue_select >= st->num_queues))
		return NULL;
	return &st->queue[st->queue_select];
}

enum virtio_pci_part
virtio_pci_state_find(struct virtio_pci_state *st, enum boundary_region region,
    uint32_t offset, uint32_t *inner)
{
	struct virtio_pci_layout layout;

	if (st->image_changed) {
		st->image_changed = 0;
		if (virtio_pci_layout_parse(st->image, &layout, NULL) == 0) {
			st->layout = layout;
			st->layout_valid = 1;
		}
	}
	*inner = offset;
	if (region == REGION_CONFIG)
		return VIRTIO_PCI_PART_CONFIG;
	if (!st->layout_valid)
		return VIRTIO_PCI_PART_NONE;
	return virtio_pci_layout_find(&st->layout, region, offset, inner);
}

/* ---------------------------------------------------- status, features */

/* A write of device_status that sets bits, by the sequence of 3.1.1. */
static void
state_judge_status(const struct virtio_pci_state *st, uint8_t value)
{
	uint8_t fresh = (uint8_t)(value & ~st->status);
	uint8_t cleared = (uint8_t)(st->status & STATUS_DRIVERS & ~value);

	if (cleared != 0)
		state_judge(st, "virtio-status-cleared", "2.1.1",
		    "device_status 0x%02x written over 0x%02x clears 0x%02x",
		    value, st->status, cleared);
	if ((st->status & VIRTIO_STATUS_FAILED) != 0)
		state_judge(st, "virtio-continued-after-failed", "2.1.1",
		    "device_status 0x%02x written after FAILED without a reset",
		    value);
	if ((fresh & VIRTIO_STATUS_DRIVER) != 0 &&
	    (value & VIRTIO_STATUS_ACKNOWLEDGE) == 0)
		state_judge(st, "virtio-init-order", "3.1.1",
		    "DRIVER set without ACKNOWLEDGE");
	if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0 &&
	    (value & VIRTIO_STATUS_DRIVER) == 0)
		state_judge(st, "virtio-init-order", "3.1.1",
		    "FEATURES_OK set without DRIVER");
	if ((fresh & VIRTIO_STATUS_FEATURES_OK) != 0 &&
	    (st->offered[1] & st->offered_known >> 1 &
	    ~st->accepted[1] & 1) != 0)
		state_judge(st, "virtio-version-1-not-accepted", "6.1",
		    "FEATURES_OK set, VIRTIO_F_VERSION_1 is offered and not "
		    "accepted");
	if ((fresh & VIRTIO_STATUS_DRIVER_OK) == 0)
		return;
	if ((value & VIRTIO_STATUS_FEATURES_OK) == 0 ||
	    (st->features_ok_read == 0 &&
	    (st->status & VIRTIO_STATUS_FEATURES_OK) == 0))
		state_judge(st, "virtio-driver-ok-early", "3.1.1",
		    "DRIVER_OK set, and FEATURES_OK was not set before");
	else if (!st->features_ok_read)
		state_judge(st, "virtio-features-ok-not-read", "3.1.1",
		    "DRIVER_OK set, and device_status was not read after "
		    "FEATURES_OK was set");
}

static void
state_write_status(struct virtio_pci_state *st, uint8_t value)
{
	if (value == 0) {
		state_reset(st);
		st->reset_pending = 1;
		st->resets++;
		return;
	}
	state_judge_status(st, value);
	if ((value & ~st->status & VIRTIO_STATUS_FEATURES_OK) != 0)
		st->features_ok_read = 0;
	st->status = (uint8_t)(value |
	    (st->status & VIRTIO_STATUS_NEEDS_RESET));
}

static void
state_write_features(struct virtio_pci_state *st, uint32_t value)
{
	uint32_t sel = st->driver_feature_select, beyond, fresh;
	uint32_t offered = 0;

	if ((st->status & VIRTIO_STATUS_DRIVER) == 0)
		state_judge(st, "virtio-init-order", "3.1.1",
		    "features written before DRIVER is set");
	if (sel < 2 && (st->offered_known & 1u << sel) != 0)
		offered = st->offered[sel];
	beyond = value & ~offered;
	if (beyond != 0)
		state_judge(st, "virtio-feature-not-offered", "2.2.1",
		    "features 0x%08lx accepted in word %lu, 0x%08lx of them "
		    "not offered%s", (unsigned long)value, (unsigned long)sel,
		    (unsigned long)beyond, sel < 2 &&
		    (st->offered_known & 1u << sel) == 0 ?
		    " (the offered ones were never read)" : "");
	if (sel >= 2)
		return;
	fresh = value & ~st->accepted[sel];
	if (fresh != 0 && (st->status & VIRTIO_STATUS_FEATURES_OK) != 0)
		state_judge(st, "virtio-features-changed", "3.1.1",
		    "features 0x%08lx of word %lu accepted after FEATURES_OK",
		    (unsigned long)fresh, (unsigned long)sel);
	st->shown[sel] = value;
	/* The negotiation is over once FEATURES_OK stands (2.2). */
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		st->accepted[sel] = value;
}

/* ---------------------------------------------------------------- queues */

static void
state_judge_vector(const struct virtio_pci_state *st, unsigned vector)
{
	if (vector != VIRTIO_PCI_NO_VECTOR && vector >= st->layout.vectors)
		state_judge(st, "virtio-vector-out-of-range", "4.1.5.1.2.2",
		    "MSI-X vector %u of %u", vector, st->layout.vectors);
}

static void
state_judge_queue(const struct virtio_pci_state *st,
    const struct virtio_pci_queue *q, const char *name)
{
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		state_judge(st, "virtio-queue-before-features-ok", "3.1.1",
		    "%s of queue %u written before FEATURES_OK", name,
		    st->queue_select);
	if (q->enabled)
		state_judge(st, "virtio-queue-changed", "4.1.4.3.2",
		    "%s of queue %u written while the queue is enabled", name,
		    st->queue_select);
}

static void
state_write_size(const struct virtio_pci_state *st, struct virtio_pci_queue *q,
    uint16_t value)
{
	state_judge_queue(st, q, "queue_size");
	if (value == 0 || (value & (value - 1)) != 0)
		state_judge(st, "virtio-queue-size", "4.1.4.3.2",
		    "queue_size %u of queue %u is no power of 2", value,
		    st->queue_select);
	else if (q->size_known && value > q->size_max)
		state_judge(st, "virtio-queue-size", "2.7",
		    "queue_size %u of queue %u, the device's maximum is %u",
		    value, st->queue_select, q->size_max);
	q->size = value;
	q->written |= VIRTIO_PCI_WRITTEN_SIZE;
}

static void
state_judge_aligned(const struct virtio_pci_state *st, const char *name,
    uint64_t addr, unsigned align)
{
	if (addr % align != 0)
		state_judge(st, "virtio-ring-misaligned", "2.7.1",
		    "%s of queue %u is 0x%llx, no multiple of %u", name,
		    st->queue_select, (unsigned long long)addr, align);
}

static void
state_write_enable(const struct virtio_pci_state *st,
    struct virtio_pci_queue *q, uint16_t value)
{
	if (value == 0) {
		state_judge(st, "virtio-queue-enable-zero", "4.1.4.3.2",
		    "0 written to queue_enable of queue %u", st->queue_select);
		return;
	}
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		state_judge(st, "virtio-queue-before-features-ok", "3.1.1",
		    "queue_enable of queue %u written before FEATURES_OK",
		    st->queue_select);
	if (q->reset_pending)
		state_judge(st, "virtio-queue-reset-not-awaited", "4.1.4.3.2",
		    "queue %u enabled before queue_reset was read as 0",
		    st->queue_select);
	if ((q->written & VIRTIO_PCI_WRITTEN_ADDRESSES) !=
	    VIRTIO_PCI_WRITTEN_ADDRESSES)
		state_judge(st, "virtio-queue-enable-early", "4.1.4.3.2",
		    "queue %u enabled before all its addresses were written",
		    st->queue_select);
	if (!q->enabled) {
		state_judge_aligned(st, "queue_desc", q->desc,
		    VIRTQ_DESC_ALIGN);
		state_judge_aligned(st, "queue_driver", q->driver,
		    VIRTQ_AVAIL_ALIGN);
		state_judge_aligned(st, "queue_device", q->device,
		    VIRTQ_USED_ALIGN);
	}
	q->enabled = 1;
	q->reset_pending = 0;
}

static void
state_write_address(struct virtio_pci_state *st, struct virtio_pci_queue *q,
    uint32_t offset, uint32_t value)
{
	const struct virtio_pci_field *f = virtio_pci_field_common(offset);
	unsigned which = (offset - VIRTIO_PCI_QUEUE_DESC) / 8;
	uint64_t *addr = which == 0 ? &q->desc : which == 1 ? &q->driver :
	    &q->device;

	state_judge_queue(st, q, f->name);
	if (f->high) {
		*addr = (*addr & 0xffffffff) | (uint64_t)value << 32;
	} else {
		*addr = (*addr & ~(uint64_t)0xffffffff) | value;
		q->written |= (uint8_t)(1u << which);
	}
}

static void
state_write_queue(struct virtio_pci_state *st, uint32_t offset, uint64_t value)
{
	struct virtio_pci_queue *q = virtio_pci_state_selected(st);

	if (q == NULL)
		return;
	switch (offset) {
	case VIRTIO_PCI_QUEUE_SIZE:
		state_write_size(st, q, (uint16_t)value);
		break;
	case VIRTIO_PCI_QUEUE_VECTOR:
		state_judge_vector(st, (uint16_t)value);
		if (q->enabled)
			state_judge(st, "virtio-queue-vector-late",
			    "4.1.4.3.2", "queue_msix_vector of queue %u "
			    "written while the queue is enabled",
			    st->queue_select);
		q->vector = (uint16_t)value;
		if (q->vector >= st->layout.vectors)
			q->vector = VIRTIO_PCI_NO_VECTOR;
		break;
	case VIRTIO_PCI_QUEUE_ENABLE:
		state_write_enable(st, q, (uint16_t)value);
		break;
	case VIRTIO_PCI_QUEUE_RESET:
		if ((uint16_t)value == 1 &&
		    state_accepted(st, VIRTIO_BIT_RING_RESET)) {
			state_queue_reset(q);
			q->reset_pending = 1;
		}
		break;
	default:
		state_write_address(st, q, offset, (uint32_t)value);
		break;
	}
}

/* ---------------------------------------------------------- the structure */

/* One access of at most 4 bytes that hits a field. */
static void
state_write_field(struct virtio_pci_state *st,
    const struct virtio_pci_field *f, uint64_t value)
{
	if (f->read_only) {
		state_judge(st, "virtio-read-only-written", "4.1.4.3.2",
		    "0x%llx written to %s, which the driver must not write",
		    (unsigned long long)value, f->name);
		return;
	}
	if (st->reset_pending && (f->offset != VIRTIO_PCI_STATUS ||
	    (uint8_t)value != 0)) {
		state_judge(st, "virtio-reset-not-awaited", "4.1.4.3.2",
		    "%s written after a reset, before device_status was read "
		    "as 0", f->name);
		st->reset_pending = 0;	/* told once for each reset */
	}
	switch (f->offset) {
	case VIRTIO_PCI_DEVICE_FEATURE_SELECT:
		st->device_feature_select = (uint32_t)value;
		break;
	case VIRTIO_PCI_DRIVER_FEATURE_SELECT:
		st->driver_feature_select = (uint32_t)value;
		break;
	case VIRTIO_PCI_DRIVER_FEATURE:
		state_write_features(st, (uint32_t)value);
		break;
	case VIRTIO_PCI_CONFIG_VECTOR:
		state_judge_vector(st, (uint16_t)value);
		st->config_vector = (uint16_t)value < st->layout.vectors ?
		    (uint16_t)value : VIRTIO_PCI_NO_VECTOR;
		break;
	case VIRTIO_PCI_STATUS:
		state_write_status(st, (uint8_t)value);
		break;
	case VIRTIO_PCI_QUEUE_SELECT:
		st->queue_select = (uint16_t)value;
		break;
	default:
		state_write_queue(st, f->offset, value);
		break;
	}
}

static void
state_read_queue(struct virtio_pci_state *st, uint32_t offset, uint16_t value)
{
	struct virtio_pci_queue *q = virtio_pci_state_selected(st);

	if (q == NULL)
		return;
	switch (offset) {
	case VIRTIO_PCI_QUEUE_SIZE:
		q->size = value;
		if ((q->written & VIRTIO_PCI_WRITTEN_SIZE) == 0) {
			q->size_max = value;
			q->size_known = 1;
		}
		break;
	case VIRTIO_PCI_QUEUE_VECTOR:
		q->vector = value;
		break;
	case VIRTIO_PCI_QUEUE_NOTIFY_OFF:
		q->notify_off = value;
		q->notify_off_known = 1;
		break;
	case VIRTIO_PCI_QUEUE_RESET:
		if (value == 0)
			q->reset_pending = 0;
		break;
	default:
		break;
	}
}

static void
state_read_status(struct virtio_pci_state *st, uint8_t value)
{
	if (value == 0)
		st->reset_pending = 0;
	/* Until a reset is complete the old status may still be shown. */
	if (st->reset_pending)
		return;
	st->status = value;
	st->features_ok_read = (value & VIRTIO_STATUS_FEATURES_OK) != 0;
}

static void
state_read_field(struct virtio_pci_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	uint32_t sel = st->device_feature_select;

	switch (f->offset) {
	case VIRTIO_PCI_DEVICE_FEATURE:
		if (sel < 2) {
			st->offered[sel] = (uint32_t)value;
			st->offered_known |= (uint8_t)(1u << sel);
		}
		break;
	case VIRTIO_PCI_CONFIG_VECTOR:
		st->config_vector = (uint16_t)value;
		break;
	case VIRTIO_PCI_NUM_QUEUES:
		st->num_queues = (uint16_t)value;
		break;
	case VIRTIO_PCI_STATUS:
		state_read_status(st, (uint8_t)value);
		break;
	case VIRTIO_PCI_CONFIG_GENERATION:
		st->config_generation = (uint8_t)value;
		break;
	default:
		if (f->selector == VIRTIO_PCI_SELECT_QUEUE)
			state_read_queue(st, f->offset, (uint16_t)value);
		break;
	}
}

/* Every field that an access hits at its start; 8 bytes are twice 4. */
static void
state_common(struct virtio_pci_state *st, uint32_t inner, unsigned size,
    uint64_t value, int write)
{
	const struct virtio_pci_field *f = virtio_pci_field_common(inner);

	if (size == 8) {
		state_common(st, inner, 4, value & 0xffffffff, write);
		state_common(st, inner + 4, 4, value >> 32, write);
		return;
	}
	if (f != NULL && write)
		state_write_field(st, f, value);
	else if (f != NULL)
		state_read_field(st, f, value);
}

/* --------------------------------------------------------- other registers */

static void
state_judge_width(const struct virtio_pci_state *st, enum virtio_pci_part part,
    uint32_t inner, unsigned size, int write)
{
	const struct virtio_pci_field *f;
	unsigned width = size;

	if (part == VIRTIO_PCI_PART_COMMON && inner < VIRTIO_PCI_COMMON_SIZE) {
		f = virtio_pci_field_common(inner);
		width = f != NULL ? f->width : 0;
	} else if (part == VIRTIO_PCI_PART_ISR) {
		width = 1;
	} else if (part == VIRTIO_PCI_PART_NOTIFY && write) {
		width = state_accepted(st, VIRTIO_BIT_NOTIFICATION_DATA) ?
		    4 : 2;
	} else if (part == VIRTIO_PCI_PART_DEVICE) {
		width = virtio_pci_field_device_width(st->layout.device_id,
		    inner);
		if (width == 0)
			return;
		if (inner % width != 0)
			width = 0;
	}
	if (width == 0)
		state_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of a structure, where no "
		    "field begins", write ? "write" : "read", size,
		    (unsigned long)inner);
	else if (width != size)
		state_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of a structure, the field "
		    "has %u", write ? "write" : "read", size,
		    (unsigned long)inner, width);
}

static void
state_config(struct virtio_pci_state *st, uint32_t offset, unsigned size,
    uint64_t value, int write)
{
	unsigned msix = st->layout_valid && st->layout.msix_cap != 0 ?
	    st->layout.msix_cap + (unsigned)PCI_MSIX_CONTROL : 0;

	for (unsigned i = 0; i < size && offset + i < PCI_CONFIG_SIZE; i++) {
		uint32_t at = offset + i;
		uint8_t b = (uint8_t)(value >> (8 * i));

		/* Of a write only what is known to be writable is believed;
		   BARs say nothing here. */
		if (write && at != PCI_CFG_COMMAND && at != PCI_CFG_COMMAND + 1)
			continue;
		if (at < PCI_CFG_BAR0 || at >= PCI_CFG_BAR0 + 4 * PCI_CFG_BARS)
			st->image_changed |= st->image[at] != b;
		st->image[at] = b;
	}
	st->command = (uint16_t)bytes_le(st->image + PCI_CFG_COMMAND, 2);
	/* The bits that can be written are in the control's high byte. */
	if (msix != 0 && offset <= msix + 1 && offset + size > msix + 1)
		st->msix_control = (uint16_t)((value >> (8 *
		    (msix + 1 - offset)) & 0xff) << 8);
}

static void
state_msix(struct virtio_pci_state *st, uint32_t inner, unsigned size,
    uint64_t value)
{
	struct virtio_pci_vector *v;
	uint32_t n = inner / PCI_MSIX_ENTRY_SIZE;

	if (size == 8) {
		state_msix(st, inner, 4, value & 0xffffffff);
		state_msix(st, inner + 4, 4, value >> 32);
		return;
	}
	if (size != 4 || inner % 4 != 0 || n >= VIRTIO_PCI_VECTORS_MAX ||
	    n >= st->layout.vectors)
		return;
	v = &st->vector[n];
	switch (inner % PCI_MSIX_ENTRY_SIZE) {
	case PCI_MSIX_ENTRY_ADDRESS:
		v->address = (v->address & ~(uint64_t)0xffffffff) | value;
		break;
	case PCI_MSIX_ENTRY_ADDRESS + 4:
		v->address = (v->address & 0xffffffff) | value << 32;
		break;
	case PCI_MSIX_ENTRY_DATA:
		v->data = (uint32_t)value;
		break;
	default:
		v->control = (uint32_t)value;
		break;
	}
}

static void
state_judge_notify(struct virtio_pci_state *st, enum boundary_region region,
    uint32_t offset, uint32_t inner, uint64_t value)
{
	uint64_t index = value & 0xffff;

	if ((st->status & VIRTIO_STATUS_DRIVER_OK) == 0)
		state_judge(st, "virtio-notify-before-driver-ok", "3.1.1",
		    "notification at offset 0x%lx before DRIVER_OK",
		    (unsigned long)inner);
	if (state_accepted(st, VIRTIO_BIT_NOTIF_CONFIG_DATA))
		return;
	if (virtio_pci_state_notified(st, region, offset, index) != (int)index)
		state_judge(st, "virtio-notify-value", "4.1.5.2",
		    "%llu written to the notification address of queue %d",
		    (unsigned long long)index, virtio_pci_state_notified(st,
		    region, offset, 0xffff));
}

/* ---------------------------------------------------------------- accesses */

void
virtio_pci_state_write(struct virtio_pci_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value)
{
	uint32_t inner;
	enum virtio_pci_part part;

	part = virtio_pci_state_find(st, region, offset, &inner);
	state_judge_width(st, part, inner, size, 1);
	switch (part) {
	case VIRTIO_PCI_PART_CONFIG:
		state_config(st, offset, size, value, 1);
		break;
	case VIRTIO_PCI_PART_COMMON:
		state_common(st, inner, size, value, 1);
		break;
	case VIRTIO_PCI_PART_NOTIFY:
		state_judge_notify(st, region, offset, inner, value);
		break;
	case VIRTIO_PCI_PART_DEVICE:
		if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
			state_judge(st, "virtio-config-written-early", "3.1.1",
			    "device configuration offset 0x%lx written before "
			    "FEATURES_OK", (unsigned long)inner);
		break;
	case VIRTIO_PCI_PART_MSIX_TABLE:
		state_msix(st, inner, size, value);
		break;
	default:
		break;
	}
}

void
virtio_pci_state_read(struct virtio_pci_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	uint32_t inner;
	enum virtio_pci_part part;

	part = virtio_pci_state_find(st, region, offset, &inner);
	state_judge_width(st, part, inner, size, 0);
	if (part == VIRTIO_PCI_PART_CONFIG)
		state_config(st, offset, size, value, 0);
	else if (part == VIRTIO_PCI_PART_COMMON)
		state_common(st, inner, size, value, 0);
}

int
virtio_pci_state_notified(struct virtio_pci_state *st,
    enum boundary_region region, uint32_t offset, uint64_t value)
{
	uint32_t inner, multiplier = st->layout.notify_multiplier;
	uint64_t index = value & 0xffff;

	if (virtio_pci_state_find(st, region, offset, &inner) !=
	    VIRTIO_PCI_PART_NOTIFY)
		return -1;
	if (multiplier == 0)
		return index < VIRTIO_PCI_QUEUES_MAX ? (int)index : -1;
	/* Queues may share an address: then the value says which. */
	if (index < VIRTIO_PCI_QUEUES_MAX &&
	    st->queue[index].notify_off_known &&
	    inner / multiplier == st->queue[index].notify_off)
		return (int)index;
	for (unsigned i = 0; i < VIRTIO_PCI_QUEUES_MAX; i++)
		if (st->queue[i].notify_off_known &&
		    inner / multiplier == st->queue[i].notify_off)
			return (int)i;
	return index < VIRTIO_PCI_QUEUES_MAX &&
	    !st->queue[index].notify_off_known ? (int)index : -1;
}

int
virtio_pci_state_ring(const struct virtio_pci_state *st, unsigned queue,
    struct vring *out)
{
	const struct virtio_pci_queue *q;

	if (queue >= VIRTIO_PCI_QUEUES_MAX)
		return 0;
	q = &st->queue[queue];
	if (!q->enabled || q->size == 0 || q->size > VIRTQ_SIZE_MAX)
		return 0;
	vring_init(out, st->bdf, (uint16_t)queue, q->size, q->desc, q->driver,
	    q->device, virtio_pci_state_features(st));
	return 1;
}

/*
 * virtio_pci_state.c: what a driver has told a virtio PCI function: its
 * configuration space, MSI-X, the structures of VIRTIO 1.2, 4.1.4.
 */
#include "virtio_state_var.h"
#include "bytes.h"
#include "virtio_pci_field.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#include <string.h>

#define SETUP	"4.1.4.3.2"		/* of the common structure */

void
virtio_pci_state_init(struct virtio_state *st)
{
	for (unsigned i = 0; i < VIRTIO_VECTORS_MAX; i++)
		st->pci.vector[i].control = PCI_MSIX_ENTRY_MASKED;
}

void
virtio_pci_state_reset(struct virtio_state *st)
{
	st->pci.config_vector = VIRTIO_PCI_NO_VECTOR;
	st->pci.config_vector_unread = 0;
}

static void
layout_take(struct virtio_state *st, const struct virtio_pci_layout *layout)
{
	st->pci.layout = *layout;
	st->pci.layout_valid = 1;
	st->device_id = layout->device_id;
}

int
virtio_state_image(struct virtio_state *st,
    const uint8_t image[PCI_CONFIG_SIZE], struct error *err)
{
	struct virtio_pci_layout layout;

	if (virtio_pci_layout_parse(image, &layout, err) != 0)
		return -1;
	memcpy(st->pci.image, image, PCI_CONFIG_SIZE);
	layout_take(st, &layout);
	st->pci.image_changed = 0;
	st->pci.command = (uint16_t)bytes_le(image + PCI_CFG_COMMAND, 2);
	return 0;
}

enum virtio_pci_part
virtio_state_find(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, uint32_t *inner)
{
	struct virtio_pci_layout layout;

	if (st->pci.image_changed) {
		st->pci.image_changed = 0;
		if (virtio_pci_layout_parse(st->pci.image, &layout, NULL) == 0)
			layout_take(st, &layout);
	}
	*inner = offset;
	if (region == REGION_CONFIG)
		return VIRTIO_PCI_PART_CONFIG;
	if (!st->pci.layout_valid)
		return VIRTIO_PCI_PART_NONE;
	return virtio_pci_layout_find(&st->pci.layout, region, offset, inner);
}

/* --------------------------------------------------- the common structure */

uint16_t
virtio_pci_vector_written(const struct virtio_state *st, uint16_t value)
{
	if (value < st->pci.layout.vectors)
		return value;
	if (value != VIRTIO_PCI_NO_VECTOR)
		virtio_judge(st, "virtio-vector-out-of-range", "4.1.5.1.2.2",
		    "MSI-X vector %u of %u", value, st->pci.layout.vectors);
	return VIRTIO_PCI_NO_VECTOR;	/* read back, it is a refusal */
}

void
virtio_pci_judge_vectors(const struct virtio_state *st)
{
	if (st->pci.config_vector_unread)
		virtio_judge(st, "virtio-vector-not-verified", "4.1.5.1.2.2",
		    "DRIVER_OK set, and config_msix_vector was written and "
		    "not read back");
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		if (st->queue[i].vector_unread)
			virtio_judge(st, "virtio-vector-not-verified",
			    "4.1.5.1.2.2", "DRIVER_OK set, and "
			    "queue_msix_vector of queue %u was written and "
			    "not read back", i);
}

static void
write_address(struct virtio_state *st, struct virtio_queue_state *q,
    const struct virtio_pci_field *f, uint32_t value)
{
	enum virtio_ring_part part = (enum virtio_ring_part)
	    ((f->offset - VIRTIO_PCI_QUEUE_DESC) / 8);

	virtio_queue_address_written(st, q, part, f->high, value, f->name,
	    SETUP);
}

static void
write_queue(struct virtio_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	if (q == NULL) {
		virtio_judge_no_queue(st, f->name, "4.1.5.1.3");
		return;
	}
	switch (f->offset) {
	case VIRTIO_PCI_QUEUE_SIZE:
		virtio_queue_size_written(st, q, (uint16_t)value, SETUP);
		break;
	case VIRTIO_PCI_QUEUE_VECTOR:
		if (q->enabled)
			virtio_judge(st, "virtio-queue-vector-late", SETUP,
			    "queue_msix_vector of queue %u written while the "
			    "queue is enabled", st->queue_select);
		q->vector = virtio_pci_vector_written(st, (uint16_t)value);
		q->vector_unread = (uint16_t)value != VIRTIO_PCI_NO_VECTOR;
		break;
	case VIRTIO_PCI_QUEUE_ENABLE:
		if ((uint16_t)value == 0)
			virtio_judge(st, "virtio-queue-enable-zero", SETUP,
			    "0 written to queue_enable of queue %u",
			    st->queue_select);
		else
			virtio_queue_enabled(st, q, SETUP);
		break;
	case VIRTIO_PCI_QUEUE_RESET:
		if ((uint16_t)value == 1)
			virtio_queue_reset_written(st, q);
		break;
	default:
		write_address(st, q, f, (uint32_t)value);
		break;
	}
}

/* One access of at most 4 bytes that hits a field. */
static void
write_field(struct virtio_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	if (f->read_only) {
		virtio_judge(st, "virtio-read-only-written", SETUP,
		    "0x%llx written to %s, which the driver must not write",
		    (unsigned long long)value, f->name);
		return;
	}
	if (st->reset_pending && (f->offset != VIRTIO_PCI_STATUS ||
	    (uint8_t)value != 0)) {
		virtio_judge(st, "virtio-reset-not-awaited", SETUP,
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
		virtio_features_written(st, st->driver_feature_select,
		    (uint32_t)value);
		break;
	case VIRTIO_PCI_CONFIG_VECTOR:
		st->pci.config_vector = virtio_pci_vector_written(st,
		    (uint16_t)value);
		st->pci.config_vector_unread =
		    (uint16_t)value != VIRTIO_PCI_NO_VECTOR;
		break;
	case VIRTIO_PCI_STATUS:
		virtio_status_written(st, (uint8_t)value);
		break;
	case VIRTIO_PCI_QUEUE_SELECT:
		st->queue_select = (uint16_t)value;
		break;
	default:
		write_queue(st, f, value);
		break;
	}
}

static void
read_queue(struct virtio_state *st, uint32_t offset, uint16_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	if (q == NULL)
		return;
	switch (offset) {
	case VIRTIO_PCI_QUEUE_SIZE:
		virtio_queue_size_read(q, value);
		break;
	case VIRTIO_PCI_QUEUE_VECTOR:
		q->vector = value;
		q->vector_unread = 0;
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
read_field(struct virtio_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	switch (f->offset) {
	case VIRTIO_PCI_DEVICE_FEATURE:
		virtio_features_read(st, st->device_feature_select,
		    (uint32_t)value);
		break;
	case VIRTIO_PCI_CONFIG_VECTOR:
		st->pci.config_vector = (uint16_t)value;
		st->pci.config_vector_unread = 0;
		break;
	case VIRTIO_PCI_NUM_QUEUES:
		st->num_queues = (uint16_t)value;
		break;
	case VIRTIO_PCI_STATUS:
		virtio_status_read(st, (uint8_t)value);
		break;
	case VIRTIO_PCI_CONFIG_GENERATION:
		virtio_generation_read(st, (uint32_t)value);
		break;
	default:
		if (f->selector == VIRTIO_PCI_SELECT_QUEUE)
			read_queue(st, f->offset, (uint16_t)value);
		break;
	}
}

/* Every field that an access hits at its start; 8 bytes are twice 4. */
static void
common_access(struct virtio_state *st, uint32_t inner, unsigned size,
    uint64_t value, int write)
{
	const struct virtio_pci_field *f = virtio_pci_field_common(inner);

	if (size == 8) {
		common_access(st, inner, 4, value & 0xffffffff, write);
		common_access(st, inner + 4, 4, value >> 32, write);
		return;
	}
	if (f != NULL && write)
		write_field(st, f, value);
	else if (f != NULL)
		read_field(st, f, value);
}

/* --------------------------------------------------------- other registers */

static void
judge_width(const struct virtio_state *st, enum virtio_pci_part part,
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
		width = virtio_accepted(st, VIRTIO_BIT_NOTIFICATION_DATA) ?
		    4 : 2;
	} else if (part == VIRTIO_PCI_PART_DEVICE) {
		width = virtio_pci_field_device_width(st->device_id, inner);
		if (width == 0)
			return;
		if (inner % width != 0)
			width = 0;
	}
	if (width == 0)
		virtio_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of a structure, where no "
		    "field begins", write ? "write" : "read", size,
		    (unsigned long)inner);
	else if (width != size)
		virtio_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of a structure, the field "
		    "has %u", write ? "write" : "read", size,
		    (unsigned long)inner, width);
}

/* Whether a driver's write to this byte is kept: of a write only what is known
   to be writable is believed; BARs say nothing here. */
static int
config_kept(const struct virtio_pci_part_state *p, uint32_t at)
{
	unsigned cap = p->layout_valid ? p->layout.access_cap : 0;

	return at == PCI_CFG_COMMAND || at == PCI_CFG_COMMAND + 1 ||
	    (cap != 0 && (at == cap + VIRTIO_PCI_CAP_BAR ||
	    (at >= cap + VIRTIO_PCI_CAP_OFFSET &&
	    at < cap + VIRTIO_PCI_CAP_DATA)));
}

static void
config_access(struct virtio_state *st, uint32_t offset, unsigned size,
    uint64_t value, int write)
{
	struct virtio_pci_part_state *p = &st->pci;
	unsigned msix = p->layout_valid && p->layout.msix_cap != 0 ?
	    p->layout.msix_cap + (unsigned)PCI_MSIX_CONTROL : 0;

	if (write)
		virtio_pci_judge_capabilities(st, offset, size);
	virtio_pci_judge_window(st, offset, size, write);
	for (unsigned i = 0; i < size && offset + i < PCI_CONFIG_SIZE; i++) {
		uint32_t at = offset + i;
		uint8_t b = (uint8_t)(value >> (8 * i));

		if (write && !config_kept(p, at))
			continue;
		if (at < PCI_CFG_BAR0 || at >= PCI_CFG_BAR0 + 4 * PCI_CFG_BARS)
			p->image_changed |= p->image[at] != b;
		p->image[at] = b;
	}
	p->command = (uint16_t)bytes_le(p->image + PCI_CFG_COMMAND, 2);
	/* The bits that can be written are in the control's high byte. */
	if (msix != 0 && offset <= msix + 1 && offset + size > msix + 1)
		p->msix_control = (uint16_t)((value >> (8 *
		    (msix + 1 - offset)) & 0xff) << 8);
}

static void
write_msix(struct virtio_state *st, uint32_t inner, unsigned size,
    uint64_t value)
{
	struct virtio_vector *v;
	uint32_t n = inner / PCI_MSIX_ENTRY_SIZE;

	if (size == 8) {
		write_msix(st, inner, 4, value & 0xffffffff);
		write_msix(st, inner + 4, 4, value >> 32);
		return;
	}
	if (size != 4 || inner % 4 != 0 || n >= VIRTIO_VECTORS_MAX ||
	    n >= st->pci.layout.vectors)
		return;
	v = &st->pci.vector[n];
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
judge_notify(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, uint32_t inner, uint64_t value)
{
	uint64_t index = value & 0xffff;

	virtio_judge_notify_early(st, inner);
	if (virtio_accepted(st, VIRTIO_BIT_NOTIF_CONFIG_DATA))
		return;
	if (virtio_pci_state_notified(st, region, offset, index) != (int)index)
		virtio_judge(st, "virtio-notify-value", "4.1.5.2",
		    "%llu written to the notification address of queue %d",
		    (unsigned long long)index, virtio_pci_state_notified(st,
		    region, offset, 0xffff));
}

/* -------------------------------------------------------------- accesses */

void
virtio_pci_state_write(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	uint32_t inner;
	enum virtio_pci_part part = virtio_state_find(st, region, offset,
	    &inner);

	judge_width(st, part, inner, size, 1);
	switch (part) {
	case VIRTIO_PCI_PART_CONFIG:
		config_access(st, offset, size, value, 1);
		break;
	case VIRTIO_PCI_PART_COMMON:
		st->legacy = 0;
		common_access(st, inner, size, value, 1);
		break;
	case VIRTIO_PCI_PART_LEGACY:
		virtio_legacy_state_write(st, inner, size, value);
		break;
	case VIRTIO_PCI_PART_NOTIFY:
		judge_notify(st, region, offset, inner, value);
		break;
	case VIRTIO_PCI_PART_DEVICE:
		virtio_config_written(st, inner);
		break;
	case VIRTIO_PCI_PART_MSIX_TABLE:
		write_msix(st, inner, size, value);
		break;
	default:
		break;
	}
}

void
virtio_pci_state_read(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	uint32_t inner;
	enum virtio_pci_part part = virtio_state_find(st, region, offset,
	    &inner);

	judge_width(st, part, inner, size, 0);
	if (part == VIRTIO_PCI_PART_CONFIG)
		config_access(st, offset, size, value, 0);
	else if (part == VIRTIO_PCI_PART_COMMON)
		common_access(st, inner, size, value, 0);
	else if (part == VIRTIO_PCI_PART_LEGACY)
		virtio_legacy_state_read(st, inner, size, value);
	else if (part == VIRTIO_PCI_PART_DEVICE)
		virtio_config_read(st, inner, size);
}

int
virtio_pci_state_notified(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, uint64_t value)
{
	uint32_t inner, multiplier = st->pci.layout.notify_multiplier;
	uint64_t index = value & 0xffff;
	enum virtio_pci_part part = virtio_state_find(st, region, offset,
	    &inner);

	if (part == VIRTIO_PCI_PART_LEGACY &&
	    inner == VIRTIO_LEGACY_QUEUE_NOTIFY)
		return index < VIRTIO_QUEUES_MAX ? (int)index : -1;
	if (part != VIRTIO_PCI_PART_NOTIFY)
		return -1;
	if (multiplier == 0)
		return index < VIRTIO_QUEUES_MAX ? (int)index : -1;
	/* Queues may share an address: then the value says which. */
	if (index < VIRTIO_QUEUES_MAX &&
	    st->queue[index].notify_off_known &&
	    inner / multiplier == st->queue[index].notify_off)
		return (int)index;
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		if (st->queue[i].notify_off_known &&
		    inner / multiplier == st->queue[i].notify_off)
			return (int)i;
	return index < VIRTIO_QUEUES_MAX &&
	    !st->queue[index].notify_off_known ? (int)index : -1;
}

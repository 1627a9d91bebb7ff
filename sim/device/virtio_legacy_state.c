/*
 * virtio_legacy_state.c: what a driver has told a virtio PCI function through
 * the legacy structure of VIRTIO 1.2, 4.1.4.10, and the rules that hold there.
 */
#include "virtio_state_var.h"
#include "virtio_pci_field.h"
#include "virtio_pci_spec.h"

#define LAYOUT	"4.1.4.10"

uint32_t
virtio_pci_legacy_config(const struct virtio_state *st)
{
	return (st->pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0 ?
	    VIRTIO_LEGACY_HEADER_SIZE_MSIX : VIRTIO_LEGACY_HEADER_SIZE;
}

/* The device configuration takes any width (4.1.4.10), the rest its own. */
static void
judge_width(const struct virtio_state *st, uint32_t offset, unsigned size,
    int write)
{
	const struct virtio_pci_field *f = virtio_pci_field_legacy(offset);

	if (offset >= virtio_pci_legacy_config(st))
		return;
	if (f == NULL)
		virtio_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of the legacy structure, "
		    "where no field begins", write ? "write" : "read", size,
		    (unsigned long)offset);
	else if (f->width != size)
		virtio_judge(st, "virtio-access-width", "4.1.3.1",
		    "%s of %u bytes at offset 0x%lx of the legacy structure, "
		    "the field has %u", write ? "write" : "read", size,
		    (unsigned long)offset, f->width);
}

static void
notified(const struct virtio_state *st, uint64_t value)
{
	uint64_t queue = value & 0xffff;

	virtio_judge_notify_early(st, VIRTIO_LEGACY_QUEUE_NOTIFY);
	if (queue >= VIRTIO_QUEUES_MAX || !st->queue[queue].enabled)
		virtio_judge(st, "virtio-notify-value", "4.1.5.2",
		    "queue %llu is notified, which is not set up",
		    (unsigned long long)queue);
}

static void
write_field(struct virtio_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	if (q == NULL && f->selector == VIRTIO_PCI_SELECT_QUEUE)
		virtio_judge_no_queue(st, f->name, "4.1.5.1.3");
	switch (f->offset) {
	case VIRTIO_LEGACY_DRIVER_FEATURES:
		virtio_features_written(st, 0, (uint32_t)value);
		break;
	case VIRTIO_LEGACY_QUEUE_ADDRESS:
		if (q != NULL)
			virtio_queue_page_written(st, q, (uint32_t)value,
			    VIRTIO_LEGACY_PAGE, VIRTIO_LEGACY_PAGE,
			    "4.1.5.1.3.1");
		break;
	case VIRTIO_LEGACY_QUEUE_SELECT:
		st->queue_select = (uint16_t)value;
		break;
	case VIRTIO_LEGACY_QUEUE_NOTIFY:
		notified(st, value);
		break;
	case VIRTIO_LEGACY_STATUS:
		virtio_status_written(st, (uint8_t)value);
		st->reset_pending = 0;	/* a legacy reset is done at once */
		break;
	case VIRTIO_LEGACY_CONFIG_VECTOR:
		st->pci.config_vector = virtio_pci_vector_written(st,
		    (uint16_t)value);
		st->pci.config_vector_unread =
		    (uint16_t)value != VIRTIO_PCI_NO_VECTOR;
		break;
	case VIRTIO_LEGACY_QUEUE_VECTOR:
		if (q == NULL)
			break;
		q->vector = virtio_pci_vector_written(st, (uint16_t)value);
		q->vector_unread = (uint16_t)value != VIRTIO_PCI_NO_VECTOR;
		break;
	default:
		virtio_judge(st, "virtio-read-only-written", LAYOUT,
		    "0x%llx written to %s, which the driver must not write",
		    (unsigned long long)value, f->name);
		break;
	}
}

void
virtio_legacy_state_write(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value)
{
	const struct virtio_pci_field *f = virtio_pci_field_legacy(offset);

	st->legacy = 1;
	judge_width(st, offset, size, 1);
	if (offset >= virtio_pci_legacy_config(st))
		virtio_config_written(st, offset -
		    virtio_pci_legacy_config(st));
	else if (f != NULL)
		write_field(st, f, value);
}

static void
read_field(struct virtio_state *st, const struct virtio_pci_field *f,
    uint64_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	switch (f->offset) {
	case VIRTIO_LEGACY_DEVICE_FEATURES:
		virtio_features_read(st, 0, (uint32_t)value);
		break;
	case VIRTIO_LEGACY_QUEUE_SIZE:
		if (q != NULL)
			virtio_queue_size_read(q, (uint16_t)value);
		break;
	case VIRTIO_LEGACY_STATUS:
		virtio_status_read(st, (uint8_t)value);
		break;
	case VIRTIO_LEGACY_CONFIG_VECTOR:
		st->pci.config_vector = (uint16_t)value;
		st->pci.config_vector_unread = 0;
		break;
	case VIRTIO_LEGACY_QUEUE_VECTOR:
		if (q == NULL)
			break;
		q->vector = (uint16_t)value;
		q->vector_unread = 0;
		break;
	default:
		break;
	}
}

void
virtio_legacy_state_read(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value)
{
	const struct virtio_pci_field *f = virtio_pci_field_legacy(offset);

	judge_width(st, offset, size, 0);
	if (offset >= virtio_pci_legacy_config(st))
		virtio_config_read(st, offset - virtio_pci_legacy_config(st),
		    size);
	else if (f != NULL)
		read_field(st, f, value);
}

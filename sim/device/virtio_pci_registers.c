/*
 * virtio_pci_registers.c: the registers of a virtio device on PCI, answered
 * out of its state: the common structure of VIRTIO 1.2, 4.1.4.3, and the
 * legacy one of 4.1.4.10.
 */
#include "virtio_pci_device_var.h"
#include "virtio_pci_spec.h"

/* ------------------------------------------------- the common structure */

static uint64_t
read_queue(struct virtio_pci_device *d, uint32_t offset)
{
	struct virtio_state *st = &d->core.st;
	const struct virtio_queue_state *q = virtio_state_selected(st);

	/* Of a queue that there is not, QEMU still counts the notify_off. */
	if (offset == VIRTIO_PCI_QUEUE_NOTIFY_OFF)
		return st->queue_select;
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

uint64_t
virtio_pci_common_read(struct virtio_pci_device *d, uint32_t offset)
{
	struct virtio_state *st = &d->core.st;
	uint32_t sel;

	switch (offset) {
	case VIRTIO_PCI_DEVICE_FEATURE_SELECT:
		return st->device_feature_select;
	case VIRTIO_PCI_DEVICE_FEATURE:
		sel = st->device_feature_select;
		return sel < 2 ? d->core.device.features >> (32 * sel) &
		    UINT32_MAX : 0;
	case VIRTIO_PCI_DRIVER_FEATURE_SELECT:
		return st->driver_feature_select;
	case VIRTIO_PCI_DRIVER_FEATURE:
		sel = st->driver_feature_select;
		return sel < 2 ? st->shown[sel] : 0;
	case VIRTIO_PCI_CONFIG_VECTOR:
		return st->pci.config_vector;
	case VIRTIO_PCI_NUM_QUEUES:
		return d->core.device.queues;
	case VIRTIO_PCI_STATUS:
		return st->status;
	case VIRTIO_PCI_CONFIG_GENERATION:
		return st->config_generation;
	case VIRTIO_PCI_QUEUE_SELECT:
		return st->queue_select;
	default:
		return read_queue(d, offset);
	}
}

void
virtio_pci_common_written(struct virtio_pci_device *d, uint32_t offset,
    uint64_t value, uint8_t status_before)
{
	struct virtio_state *st = &d->core.st;
	const struct virtio_queue_state *q = virtio_state_selected(st);

	if (offset == VIRTIO_PCI_STATUS)
		virtio_core_status_written(&d->core, status_before,
		    (uint8_t)value);
	else if (offset == VIRTIO_PCI_QUEUE_RESET && q != NULL &&
	    q->reset_pending)
		virtio_core_queue_dropped(&d->core, st->queue_select);
}

/* ------------------------------------------------- the legacy structure */

uint64_t
virtio_pci_legacy_read(struct virtio_pci_device *d, uint32_t offset,
    unsigned size)
{
	struct virtio_state *st = &d->core.st;
	const struct virtio_queue_state *q = virtio_state_selected(st);
	uint32_t config = virtio_pci_legacy_config(st);

	if (offset >= config)
		return virtio_core_config_read(&d->core, offset - config,
		    size);
	switch (offset) {
	case VIRTIO_LEGACY_DEVICE_FEATURES:
		return d->core.device.features & UINT32_MAX;
	case VIRTIO_LEGACY_DRIVER_FEATURES:
		return st->shown[0];
	case VIRTIO_LEGACY_QUEUE_ADDRESS:
		return q != NULL ? q->desc / VIRTIO_LEGACY_PAGE : 0;
	case VIRTIO_LEGACY_QUEUE_SIZE:
		return q != NULL ? q->size : 0;
	case VIRTIO_LEGACY_QUEUE_SELECT:
		return st->queue_select;
	case VIRTIO_LEGACY_STATUS:
		return st->status;
	case VIRTIO_LEGACY_ISR:
		return virtio_pci_device_isr(d);
	case VIRTIO_LEGACY_CONFIG_VECTOR:
		return st->pci.config_vector;
	case VIRTIO_LEGACY_QUEUE_VECTOR:
		return q != NULL ? q->vector : VIRTIO_PCI_NO_VECTOR;
	default:
		return 0;
	}
}

void
virtio_pci_legacy_written(struct virtio_pci_device *d, uint32_t offset,
    unsigned size, uint64_t value, uint8_t status_before)
{
	struct virtio_state *st = &d->core.st;
	const struct virtio_queue_state *q = virtio_state_selected(st);
	uint32_t config = virtio_pci_legacy_config(st);

	if (offset >= config)
		virtio_core_config_write(&d->core, offset - config, size,
		    value);
	else if (offset == VIRTIO_LEGACY_STATUS)
		virtio_core_status_written(&d->core, status_before,
		    (uint8_t)value);
	else if (offset == VIRTIO_LEGACY_QUEUE_NOTIFY)
		virtio_core_notified(&d->core, (int)(value & 0xffff));
	else if (offset == VIRTIO_LEGACY_QUEUE_ADDRESS && q != NULL)
		virtio_core_queue_dropped(&d->core, st->queue_select);
}

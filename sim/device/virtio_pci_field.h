/*
 * virtio_pci_field.h: the registers of a virtio PCI function as a table:
 * width, who may write, name.  For virtio_pci_state.c and its names.
 */
#ifndef VIOTAPE_VIRTIO_PCI_FIELD_H
#define VIOTAPE_VIRTIO_PCI_FIELD_H

#include <stddef.h>
#include <stdint.h>

/* What a register's value depends on. */
enum virtio_pci_selector {
	VIRTIO_PCI_SELECT_NONE,
	VIRTIO_PCI_SELECT_DEVICE_FEATURE,	/* device_feature_select */
	VIRTIO_PCI_SELECT_DRIVER_FEATURE,	/* driver_feature_select */
	VIRTIO_PCI_SELECT_QUEUE			/* queue_select */
};

struct virtio_pci_field {
	uint8_t offset, width;		/* bytes */
	uint8_t read_only;		/* for the driver */
	uint8_t high;			/* high half of a 64-bit field */
	enum virtio_pci_selector selector;
	const char *name;
};

/* The field of the common structure at exactly this offset, or NULL.  64-bit
   fields are two of 32 bits. */
const struct virtio_pci_field *virtio_pci_field_common(uint32_t offset);

/* The same of the legacy structure. */
const struct virtio_pci_field *virtio_pci_field_legacy(uint32_t offset);

/*
 * The width that an access to device configuration must have (5.1.4, 5.7.4),
 * by VIRTIO's device id; 0: not known to us.
 */
unsigned virtio_pci_field_device_width(uint16_t device_id, uint32_t offset);

#endif

/*
 * virtio_pci_device_var.h: a virtio device on PCI from inside, shared by
 * virtio_pci_device.c and virtio_pci_registers.c.  Nobody else includes it.
 */
#ifndef VIOTAPE_VIRTIO_PCI_DEVICE_VAR_H
#define VIOTAPE_VIRTIO_PCI_DEVICE_VAR_H

#include "pci_function.h"
#include "virtio_core.h"
#include "virtio_pci_device.h"

struct virtio_pci_device {
	struct virtio_core core;
	struct pci_function function;
	uint8_t line;			/* level that the INTx pin wants */
	uint8_t line_told;		/* level that the port was told */
	uint8_t msix_pending[VIRTIO_VECTORS_MAX / 8];
};

/* The interrupt status, which a read clears, with its line. */
uint64_t virtio_pci_device_isr(struct virtio_pci_device *d);

/* Registers of the common structure (4.1.4.3): read; and after the state has
   taken a write, with the status as it was before. */
uint64_t virtio_pci_common_read(struct virtio_pci_device *d,
    uint32_t offset);
void virtio_pci_common_written(struct virtio_pci_device *d, uint32_t offset,
    uint64_t value, uint8_t status_before);

/* The same of the legacy structure (4.1.4.10), with the device configuration
   behind it. */
uint64_t virtio_pci_legacy_read(struct virtio_pci_device *d, uint32_t offset,
    unsigned size);
void virtio_pci_legacy_written(struct virtio_pci_device *d, uint32_t offset,
    unsigned size, uint64_t value, uint8_t status_before);

#endif

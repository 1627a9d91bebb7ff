/*
 * virtio_pci_device.h: a virtio device on PCI (VIRTIO 1.2, 4.1): modern,
 * legacy (4.1.4.10, what was 0.9.5) or both (transitional), with MSI-X or the
 * INTx line alone.
 *
 *	driver ── register access ─► virtio_pci_device ─► virtio_core
 *	port ◄── line or message ──
 *
 * Behaviour beyond the specification is QEMU 7.2's, as measured: registers
 * answer at their own offset only (elsewhere 0) and at any width.
 */
#ifndef VIOTAPE_VIRTIO_PCI_DEVICE_H
#define VIOTAPE_VIRTIO_PCI_DEVICE_H

#include <stdint.h>

#include "boundary.h"
#include "error.h"
#include "pci_spec.h"
#include "virtio_core.h"
#include "virtio_device.h"

#define VIRTIO_PCI_BDF_DEFAULT	0x0008u	/* 00:01.0 */

enum virtio_pci_kind {
	VIRTIO_PCI_MODERN,
	VIRTIO_PCI_LEGACY,
	VIRTIO_PCI_TRANSITIONAL
};

struct virtio_pci_device;

/*
 * A function at bdf with this device behind it.  port is not owned and must
 * outlive it; device is copied, its self is freed by close.  Through the
 * legacy structure features 0 to 31 are offered, ANY_LAYOUT (27) among them
 * always (6.3).
 */
struct virtio_pci_device *virtio_pci_device_create(
    const struct boundary_port *port, uint16_t bdf, enum virtio_pci_kind kind,
    const struct virtio_device *device);
/*
 * The same with another function's configuration space: its 256 bytes, and of
 * each the bits that the driver can write.  NULL as virtio_pci_layout_parse();
 * device->self is then still the caller's.
 */
struct virtio_pci_device *virtio_pci_device_create_as(
    const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device, const uint8_t image[PCI_CONFIG_SIZE],
    const uint8_t mask[PCI_CONFIG_SIZE], struct error *err);

/* To work with; frees, too. */
struct virtio_core *virtio_pci_device_core(struct virtio_pci_device *d);

#endif

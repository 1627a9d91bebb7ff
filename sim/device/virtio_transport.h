/*
 * virtio_transport.h: the ways in which a driver can reach a virtio device,
 * and a built-in device behind one of them.
 *
 *	pci		PCI, modern (VIRTIO 1.2, 4.1), MSI-X if the device has
 *	pci-intx	the same without MSI-X: the INTx line
 *	pci-legacy	PCI, the legacy structure alone (4.1.4.10; 0.9.5)
 *	mmio		an MMIO window of the device tree (4.2), version 2
 *	mmio-legacy	the same, version 1 (4.2.4)
 */
#ifndef VIOTAPE_VIRTIO_TRANSPORT_H
#define VIOTAPE_VIRTIO_TRANSPORT_H

#include "boundary.h"
#include "virtio_core.h"

enum virtio_transport {
	VIRTIO_TRANSPORT_PCI,
	VIRTIO_TRANSPORT_PCI_INTX,
	VIRTIO_TRANSPORT_PCI_LEGACY,
	VIRTIO_TRANSPORT_MMIO,
	VIRTIO_TRANSPORT_MMIO_LEGACY,
	VIRTIO_TRANSPORTS
};

const char *virtio_transport_name(enum virtio_transport t);

/* 0 and the transport of that name, or -1. */
int virtio_transport_find(const char *name, enum virtio_transport *out);
enum virtio_bus virtio_transport_bus(enum virtio_transport t);

/* How a driver reaches the device of this state; a PCI function that is
   transitional is modern. */
enum virtio_transport virtio_transport_of(const struct virtio_state *st);

/* Where the built-in device is: the function 00:01.0, or window 0. */
uint16_t virtio_transport_address(enum virtio_transport t);

/* The device behind it; see virtio_core.h. */
struct virtio_core *virtio_transport_create(const struct boundary_port *port,
    enum virtio_transport t, const struct virtio_device *device);

#endif

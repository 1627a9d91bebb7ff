/* virtio_transport.c: the ways in which a driver can reach a virtio device. */
#include "virtio_transport.h"
#include "check.h"
#include "virtio_pci_device.h"

static const char *const names[] = {
	[VIRTIO_TRANSPORT_PCI] = "pci",
	[VIRTIO_TRANSPORT_PCI_LEGACY] = "pci-legacy",
};

const char *
virtio_transport_name(enum virtio_transport t)
{
	CHECK(t < VIRTIO_TRANSPORTS);
	return names[t];
}

uint16_t
virtio_transport_address(enum virtio_transport t)
{
	CHECK(t < VIRTIO_TRANSPORTS);
	return VIRTIO_PCI_BDF_DEFAULT;
}

struct virtio_core *
virtio_transport_create(const struct boundary_port *port,
    enum virtio_transport t, const struct virtio_device *device)
{
	enum virtio_pci_kind kind = t == VIRTIO_TRANSPORT_PCI_LEGACY ?
	    VIRTIO_PCI_LEGACY : VIRTIO_PCI_MODERN;

	return virtio_pci_device_core(virtio_pci_device_create(port,
	    virtio_transport_address(t), kind, device));
}

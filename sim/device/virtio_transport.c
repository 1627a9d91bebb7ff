/* virtio_transport.c: the ways in which a driver can reach a virtio device. */
#include "virtio_transport.h"
#include "check.h"
#include "virtio_mmio_device.h"
#include "virtio_mmio_spec.h"
#include "virtio_pci_device.h"

#include <string.h>

static const char *const names[] = {
	[VIRTIO_TRANSPORT_PCI] = "pci",
	[VIRTIO_TRANSPORT_PCI_INTX] = "pci-intx",
	[VIRTIO_TRANSPORT_PCI_LEGACY] = "pci-legacy",
	[VIRTIO_TRANSPORT_MMIO] = "mmio",
	[VIRTIO_TRANSPORT_MMIO_LEGACY] = "mmio-legacy",
};

const char *
virtio_transport_name(enum virtio_transport t)
{
	CHECK(t < VIRTIO_TRANSPORTS);
	return names[t];
}

int
virtio_transport_find(const char *name, enum virtio_transport *out)
{
	for (unsigned i = 0; i < VIRTIO_TRANSPORTS; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum virtio_transport)i;
			return 0;
		}
	return -1;
}

enum virtio_bus
virtio_transport_bus(enum virtio_transport t)
{
	CHECK(t < VIRTIO_TRANSPORTS);
	return t == VIRTIO_TRANSPORT_MMIO || t == VIRTIO_TRANSPORT_MMIO_LEGACY ?
	    VIRTIO_BUS_MMIO : VIRTIO_BUS_PCI;
}

uint16_t
virtio_transport_address(enum virtio_transport t)
{
	return virtio_transport_bus(t) == VIRTIO_BUS_MMIO ? 0 :
	    VIRTIO_PCI_BDF_DEFAULT;
}

struct virtio_core *
virtio_transport_create(const struct boundary_port *port,
    enum virtio_transport t, const struct virtio_device *device)
{
	enum virtio_pci_kind kind = t == VIRTIO_TRANSPORT_PCI_LEGACY ?
	    VIRTIO_PCI_LEGACY : VIRTIO_PCI_MODERN;
	struct virtio_device d = *device;

	if (virtio_transport_bus(t) == VIRTIO_BUS_MMIO)
		return virtio_mmio_device_core(virtio_mmio_device_create(port,
		    virtio_transport_address(t),
		    t == VIRTIO_TRANSPORT_MMIO_LEGACY ? VIRTIO_MMIO_LEGACY :
		    VIRTIO_MMIO_MODERN, device));
	if (t == VIRTIO_TRANSPORT_PCI_INTX)
		d.vectors = 0;
	return virtio_pci_device_core(virtio_pci_device_create(port,
	    virtio_transport_address(t), kind, &d));
}

enum virtio_transport
virtio_transport_of(const struct virtio_state *st)
{
	const struct virtio_pci_layout *l = &st->pci.layout;

	if (st->bus == VIRTIO_BUS_MMIO)
		return st->mmio.version == VIRTIO_MMIO_LEGACY ?
		    VIRTIO_TRANSPORT_MMIO_LEGACY : VIRTIO_TRANSPORT_MMIO;
	if (!l->modern)
		return VIRTIO_TRANSPORT_PCI_LEGACY;
	return l->vectors != 0 ? VIRTIO_TRANSPORT_PCI :
	    VIRTIO_TRANSPORT_PCI_INTX;
}

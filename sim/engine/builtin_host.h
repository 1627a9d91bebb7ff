/*
 * builtin_host.h: the built-in host that a scenario is for: its device, as the
 * scenario's first lines want it.
 */
#ifndef VIOTAPE_BUILTIN_HOST_H
#define VIOTAPE_BUILTIN_HOST_H

#include "boundary.h"
#include "scenario.h"
#include "virtio_transport.h"

#define BUILTIN_HOST_DEVICE_SIZE 64u

/* "virtio-gpu-pci", "virtio-net-mmio": as a trace's header names it. */
void builtin_host_device(const struct scenario *s, enum virtio_transport t,
    char out[BUILTIN_HOST_DEVICE_SIZE]);

/* port is not owned; the host does not keep the scenario. */
struct boundary_host builtin_host_create(const struct boundary_port *port,
    const struct scenario *s, enum virtio_transport t);

#endif

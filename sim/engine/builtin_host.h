/*
 * builtin_host.h: the built-in host that a scenario is for: its device, as the
 * scenario's first lines want it.
 */
#ifndef VIOTAPE_BUILTIN_HOST_H
#define VIOTAPE_BUILTIN_HOST_H

#include "boundary.h"
#include "scenario.h"

/* "virtio-gpu-pci", "virtio-net-pci": as a trace's header names it. */
const char *builtin_host_device(const struct scenario *s);

/* port is not owned; the host does not keep the scenario. */
struct boundary_host builtin_host_create(const struct boundary_port *port,
    const struct scenario *s);

#endif

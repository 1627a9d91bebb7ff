/*
 * virtio_mmio_device.h: a virtio device in an MMIO window (VIRTIO 1.2, 4.2),
 * version 2 or, legacy, version 1.
 *
 *	driver ── register access ─► virtio_mmio_device ─► virtio_core
 *	port ◄── the window's line ──
 *
 * The window's line is pin 0 of boundary_port's irq_line; its level is whether
 * InterruptStatus has a bit.  Behaviour beyond the specification is QEMU
 * 7.2's: what cannot be read reads as 0.
 */
#ifndef VIOTAPE_VIRTIO_MMIO_DEVICE_H
#define VIOTAPE_VIRTIO_MMIO_DEVICE_H

#include <stdint.h>

#include "boundary.h"
#include "virtio_core.h"
#include "virtio_device.h"

struct virtio_mmio_device;

/*
 * The window's device.  version is 1 or 2 (CHECK).  port is not owned and must
 * outlive it; device is copied, its self is freed by close.  In version 1
 * features 0 to 31 are offered, ANY_LAYOUT (27) among them always (6.3).
 */
struct virtio_mmio_device *virtio_mmio_device_create(
    const struct boundary_port *port, uint16_t window, uint32_t version,
    const struct virtio_device *device);

/* To work with; frees, too. */
struct virtio_core *virtio_mmio_device_core(struct virtio_mmio_device *d);

/*
 * A window without a device: magic, version and vendor, everything else 0
 * (DeviceID says so).  An access that a driver must not make there is told:
 * virtio-mmio-no-device, 4.2.3.1.1.  port may be NULL: nothing is told.
 */
uint64_t virtio_mmio_absent_read(const struct boundary_port *port,
    uint16_t window, uint32_t version, uint32_t offset, unsigned size);
void virtio_mmio_absent_write(const struct boundary_port *port,
    uint16_t window, uint32_t offset);

#endif

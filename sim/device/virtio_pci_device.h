/*
 * virtio_pci_device.h: a modern virtio device on PCI (VIRTIO 1.2, 4.1), the
 * transport; what the device does with its requests is a struct virtio_device.
 *
 *	port ◄── DMA, interrupts ── virtio_pci_device ── virtio_device
 *	driver ── register access ─►
 *
 * A notification only marks its queue; the work is done by
 * virtio_pci_device_step(), one chain a call, so that the caller decides when
 * a host takes its next step.  Registers are answered out of a struct
 * virtio_pci_state, which also judges the driver.
 *
 * Behaviour beyond the specification is QEMU 7.2's, as measured: registers
 * answer at their own offset only (elsewhere 0) and at any width, ISR says 3
 * for a configuration change, a broken ring sets DEVICE_NEEDS_RESET, the
 * selectors and driver_feature survive a reset.  One difference, on purpose:
 * FEATURES_OK is withheld when the accepted features are no subset of the
 * offered ones or lack VERSION_1 (2.2.2, 6.2), where QEMU ignores the bits.
 */
#ifndef VIOTAPE_VIRTIO_PCI_DEVICE_H
#define VIOTAPE_VIRTIO_PCI_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"
#include "error.h"
#include "virtio_state.h"

#define VIRTIO_PCI_BDF_DEFAULT	0x0008u	/* 00:01.0 */

enum virtio_request_result {
	VIRTIO_REQUEST_DONE = 0,	/* response holds the answer */
	VIRTIO_REQUEST_LATER = 1,	/* virtio_pci_device_complete() follows,
					   perhaps never */
	VIRTIO_REQUEST_BROKEN = -1,	/* the device needs a reset */
	VIRTIO_REQUEST_ABORTED = -2	/* the machine aborts */
};

struct virtio_device;

struct virtio_device_ops {
	/* Back to how the device was at first. */
	void (*reset)(void *self);
	/* Device configuration (2.5); offset + size <= config_size. */
	uint64_t (*config_read)(void *self, uint32_t offset, unsigned size);
	void (*config_write)(void *self, uint32_t offset, unsigned size,
	    uint64_t value);
	/*
	 * One request: all its device-readable bytes.  DONE: response (empty
	 * when called) is what to write; what does not fit in writable_max is
	 * cut off.
	 */
	enum virtio_request_result (*request)(void *self, unsigned queue,
	    uint32_t ordinal, const uint8_t *read, size_t nread,
	    size_t writable_max, struct bytes *response, struct error *err);
	/* Frees the device; may be NULL. */
	void (*close)(void *self);
	/*
	 * The host wants a display of this size, 0 is none: 1 when its
	 * configuration changed thereby.  NULL: no display.
	 */
	int (*resize)(void *self, uint32_t width, uint32_t height);
};

struct virtio_device {
	uint16_t id;			/* 5: 16 is a GPU */
	uint32_t class_code;		/* PCI's, 24 bits */
	uint64_t features;		/* offered, VERSION_1 among them */
	uint32_t config_size;		/* bytes of device configuration */
	uint16_t vectors;		/* MSI-X vectors; 0: no MSI-X */
	unsigned queues;		/* at most VIRTIO_QUEUES_MAX */
	const uint16_t *queue_size_max;	/* queues of them */
	const struct virtio_device_ops *ops;
	void *self;
};

struct virtio_pci_device;

/*
 * A function at bdf with this device behind it.  port is not owned and must
 * outlive it; device is copied, its self is freed by close.
 */
struct virtio_pci_device *virtio_pci_device_create(
    const struct boundary_port *port, uint16_t bdf,
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
void virtio_pci_device_free(struct virtio_pci_device *d);	/* NULL is fine */

/* As virtio_state_register_name(), of this device's state. */
void virtio_pci_device_register_name(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE]);

/* Register accesses, as in struct boundary_host_ops; never fail. */
uint64_t virtio_pci_device_read(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size);
void virtio_pci_device_write(struct virtio_pci_device *d,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value);

/*
 * Serves one chain of one notified queue, the lowest numbered first: 1; 0
 * when there is nothing to do; -1 when the machine aborted or a limit was
 * reached (err says which).
 */
int virtio_pci_device_step(struct virtio_pci_device *d, struct error *err);

/*
 * Answers a request that was left for LATER.  0; or -1: no such request (it
 * went with a reset), or the machine aborted.
 */
int virtio_pci_device_complete(struct virtio_pci_device *d, unsigned queue,
    uint32_t ordinal, const uint8_t *response, size_t n, struct error *err);

/* One of several answers. */
struct virtio_answer {
	uint32_t ordinal;
	uint8_t *bytes;			/* n of them; those from hole to
					   hole_end are not written: they
					   become what the buffer has there */
	size_t n, hole, hole_end;
};

/*
 * The same for requests that are answered together: the driver sees all of
 * them given back or none, and is interrupted once.
 */
int virtio_pci_device_complete_all(struct virtio_pci_device *d, unsigned queue,
    const struct virtio_answer *answers, unsigned n, struct error *err);

/* The device configuration has changed: generation, interrupt (4.1.5.4). */
void virtio_pci_device_config_changed(struct virtio_pci_device *d);

/*
 * The device cannot go on (2.1.2): DEVICE_NEEDS_RESET, an interrupt when the
 * driver is ready for one, no more work until it is reset.
 */
void virtio_pci_device_needs_reset(struct virtio_pci_device *d);
/* As happen of struct boundary_host_ops. */
int virtio_pci_device_happen(struct virtio_pci_device *d,
    const struct boundary_happening *h);

/*
 * Whether it judges the driver itself (it does at first).  Off, when a struct
 * virtio_pci_state in front of the host does; rings and requests are judged
 * all the same.
 */
void virtio_pci_device_judge(struct virtio_pci_device *d, int on);

/* What the driver has told it; for reports and tests. */
const struct virtio_state *virtio_pci_device_state(
    const struct virtio_pci_device *d);

/*
 * The device as a host of its own, named "builtin": every other bdf reads as
 * all ones.  The host owns d; close frees it.
 */
struct boundary_host virtio_pci_host(struct virtio_pci_device *d);

#endif

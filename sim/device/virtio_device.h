/*
 * virtio_device.h: what a virtio device is and does, whatever transport it is
 * reached by: a GPU, a network card, a test's own.
 *
 *	driver ◄── transport ── virtio_core ── struct virtio_device
 */
#ifndef VIOTAPE_VIRTIO_DEVICE_H
#define VIOTAPE_VIRTIO_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "error.h"
#include "state.h"

enum virtio_request_result {
	VIRTIO_REQUEST_DONE = 0,	/* response holds the answer */
	VIRTIO_REQUEST_LATER = 1,	/* virtio_core_complete() follows,
					   perhaps never */
	VIRTIO_REQUEST_BROKEN = -1,	/* the device needs a reset */
	VIRTIO_REQUEST_ABORTED = -2	/* the machine aborts */
};

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
	/* 1 if it keeps the chains of this queue until it has something for
	   them; NULL: of none. */
	int (*keeps)(void *self, unsigned queue);
	/* Adds the device's own state; NULL: it has none. */
	void (*state)(void *self, struct state *s);
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

#endif

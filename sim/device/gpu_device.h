/*
 * gpu_device.h: the built-in virtio-gpu (VIRTIO 1.2, 5.7): a controlq with
 * gpu2d.h's commands, a cursorq whose requests are taken and given back
 * unanswered (as QEMU does), one scanout.
 */
#ifndef VIOTAPE_GPU_DEVICE_H
#define VIOTAPE_GPU_DEVICE_H

#include <stdint.h>

#include "boundary.h"
#include "gpu2d.h"
#include "virtio_core.h"
#include "virtio_transport.h"

#define GPU_DEVICE_SIDE_MAX	8192u	/* pixels */

/* What a host may say that makes no sense, or less than it should. */
struct gpu_device_strange {
	uint32_t width, height;		/* in GET_DISPLAY_INFO; 0: no display */
	const uint8_t *edid;		/* GPU_EDID_BLOCK_SIZE bytes, or NULL */
	uint32_t edid_size;		/* as the answer says */
};

struct gpu_device_config {
	enum virtio_transport transport; /* 0: modern PCI */
	uint32_t width, height;		/* pixels, 1 to GPU_DEVICE_SIDE_MAX */
	int no_edid;			/* VIRTIO_GPU_F_EDID is not offered */
	uint64_t features_off;		/* nor offered; VERSION_1 stays */
	int no_msix;			/* no MSI-X capability */
	const struct gpu_device_strange *strange;	/* NULL: it is not */
};

/*
 * A virtio-gpu behind its transport.  port is not owned.  Beyond what gpu2d.h
 * and virtio_state.h tell, port->protocol_broken is told gpu-response-short
 * (5.7.6.8): the response was cut off, as QEMU does.
 */
struct virtio_core *gpu_device_create(const struct boundary_port *port,
    const struct gpu_device_config *cfg);

/* The same as a host: virtio_core_host() of it. */
struct boundary_host gpu_device_host(const struct boundary_port *port,
    const struct gpu_device_config *cfg);

#endif

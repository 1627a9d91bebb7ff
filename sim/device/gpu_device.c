/* gpu_device.c: the built-in virtio-gpu (VIRTIO 1.2, 5.7). */
#include "gpu_device.h"
#include "check.h"
#include "gpu_spec.h"
#include "virtio_spec.h"

#include <stdlib.h>

#define GPU_CLASS_CODE	0x038000u	/* display controller, other */
#define GPU_VECTORS	3		/* configuration and two queues */

struct gpu_device {
	const struct boundary_port *port;
	struct gpu2d *g;
	struct gpu2d_reply reply;
	uint8_t config[GPU_CONFIG_SIZE];
};

static const uint16_t gpu_queue_size_max[] = { 64, 16 };

static void
gpu_reset(void *self)
{
	struct gpu_device *d = self;

	gpu2d_reset(d->g);
	bytes_le_put(d->config + GPU_CONFIG_EVENTS_READ, 0, 4);
}

static uint64_t
gpu_config_read(void *self, uint32_t offset, unsigned size)
{
	struct gpu_device *d = self;

	return bytes_le(d->config + offset, size);
}

/* Only events_clear has an effect. */
static void
gpu_config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	struct gpu_device *d = self;
	uint32_t events;

	if (offset != GPU_CONFIG_EVENTS_CLEAR || size != 4)
		return;
	events = (uint32_t)bytes_le(d->config + GPU_CONFIG_EVENTS_READ, 4);
	bytes_le_put(d->config + GPU_CONFIG_EVENTS_READ,
	    events & ~(uint32_t)value, 4);
}

static enum virtio_request_result
gpu_request(void *self, unsigned queue, uint32_t ordinal, const uint8_t *read,
    size_t nread, size_t writable_max, struct bytes *response,
    struct error *err)
{
	struct gpu_device *d = self;

	(void)err;
	if (queue == GPU_QUEUE_CURSOR)
		return VIRTIO_REQUEST_DONE;
	switch (gpu2d_apply(d->g, ordinal, read, nread, 1, &d->reply)) {
	case GPU2D_ANSWERED:
		if (writable_max < d->reply.response.len)
			d->port->protocol_broken(d->port->machine,
			    "gpu-response-short", "5.7.6.8", "the buffer for "
			    "a response is smaller than the response");
		bytes_add(response, d->reply.response.data,
		    d->reply.response.len);
		return VIRTIO_REQUEST_DONE;
	case GPU2D_SILENT:
		return VIRTIO_REQUEST_LATER;
	default:
		return VIRTIO_REQUEST_ABORTED;
	}
}

/* 5.7.4.1: the driver is to ask what display there is now. */
static int
gpu_resize(void *self, uint32_t width, uint32_t height)
{
	struct gpu_device *d = self;

	gpu2d_mode_set(d->g, width, height);
	bytes_le_put(d->config + GPU_CONFIG_EVENTS_READ, GPU_EVENT_DISPLAY, 4);
	return 1;
}

static void
gpu_close(void *self)
{
	struct gpu_device *d = self;

	gpu2d_free(d->g);
	gpu2d_reply_free(&d->reply);
	check_free(d);
}

static void
gpu_state(void *self, struct state *s)
{
	struct gpu_device *d = self;

	state_add(s, d->config, sizeof d->config);
	gpu2d_state(d->g, s);
}

static const struct virtio_device_ops gpu_ops = {
	.reset = gpu_reset, .config_read = gpu_config_read,
	.config_write = gpu_config_write, .request = gpu_request,
	.close = gpu_close, .resize = gpu_resize, .state = gpu_state
};

struct virtio_core *
gpu_device_create(const struct boundary_port *port,
    const struct gpu_device_config *cfg)
{
	struct gpu_device *d = check_calloc(1, sizeof *d);
	struct gpu2d_config g2 = { virtio_transport_address(cfg->transport), 1,
	    cfg->width, cfg->height };
	struct virtio_device dev = { 0 };

	CHECK(cfg->width >= 1 && cfg->width <= GPU_DEVICE_SIDE_MAX);
	CHECK(cfg->height >= 1 && cfg->height <= GPU_DEVICE_SIDE_MAX);
	d->port = port;
	d->g = gpu2d_create(port, &g2);
	if (cfg->strange != NULL) {
		gpu2d_mode_set(d->g, cfg->strange->width, cfg->strange->height);
		if (cfg->strange->edid != NULL)
			gpu2d_edid_set(d->g, cfg->strange->edid,
			    cfg->strange->edid_size);
	}
	bytes_le_put(d->config + GPU_CONFIG_NUM_SCANOUTS, g2.scanouts, 4);
	dev.id = VIRTIO_ID_GPU;
	dev.class_code = GPU_CLASS_CODE;
	dev.features = VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC) |
	    VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX) |
	    VIRTIO_FEATURE(VIRTIO_BIT_RING_RESET);
	if (!cfg->no_edid)
		dev.features |= VIRTIO_FEATURE(GPU_BIT_EDID);
	dev.features = (dev.features & ~cfg->features_off) |
	    VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
	dev.config_size = GPU_CONFIG_SIZE;
	dev.vectors = cfg->no_msix ? 0 : GPU_VECTORS;
	dev.queues = 2;
	dev.queue_size_max = gpu_queue_size_max;
	dev.ops = &gpu_ops;
	dev.self = d;
	return virtio_transport_create(port, cfg->transport, &dev);
}

struct boundary_host
gpu_device_host(const struct boundary_port *port,
    const struct gpu_device_config *cfg)
{
	return virtio_core_host(gpu_device_create(port, cfg));
}

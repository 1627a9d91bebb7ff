/*
 * testvq_rig.h: for tests: a guest with a driver of testvq_guest.h's device, and the
 * device, which answers each request with what it read in it.
 */
#ifndef VIOTAPE_TESTVQ_RIG_H
#define VIOTAPE_TESTVQ_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "echo_device.h"
#include "guest_build.h"
#include "load.h"
#include "sim.h"

static struct guest_built testvq_built;
static struct guest *testvq_guest;

/* Out of tests/drivers/NAME. */
static inline void
testvq_set_up(const char *path)
{
	static const char *const defines[] = { "-DNTESTVQ=1" };
	const struct guest_spec spec = { .extra = &path, .nextra = 1,
	    .defines = defines, .ndefines = 1 };
	struct error err;

	error_clear(&err);
	if (guest_build(&spec, &testvq_built, &err) != 0)
		fail_msg("%s", err.text);
	testvq_guest = guest_load(testvq_built.path, &err);
	if (testvq_guest == NULL)
		fail_msg("%s", err.text);
}

static inline int
testvq_tear_down(void **state)
{
	(void)state;
	guest_unload(testvq_guest);
	guest_built_free(&testvq_built);
	return 0;
}

static inline uint64_t
testvq_config_read(void *self, uint32_t offset, unsigned size)
{
	static const uint8_t config[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	(void)self;
	return bytes_le(config + offset, size);
}

static inline struct boundary_host
testvq_host(const struct boundary_port *port, enum virtio_transport transport,
    uint64_t features_off)
{
	static const struct virtio_device_ops ops = {
		.config_read = testvq_config_read,
		.config_write = echo_config_write, .request = echo_request
	};
	static const uint16_t sizes[] = { 8 };
	struct virtio_device dev = {
		.id = 4, .class_code = 0xff0000, .features =
		(VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1) |
		VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC) |
		VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX)) & ~features_off,
		.config_size = 8, .vectors = 2, .queues = 1,
		.queue_size_max = sizes, .ops = &ops
	};

	return virtio_core_host(virtio_transport_create(port, transport,
	    &dev));
}

#endif

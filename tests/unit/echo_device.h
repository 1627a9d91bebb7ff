/*
 * echo_device.h: for tests: a device that answers each request with what it
 * read in it, and does not care what is written to its configuration.
 */
#ifndef VIOTAPE_ECHO_DEVICE_H
#define VIOTAPE_ECHO_DEVICE_H

#include "bytes.h"
#include "virtio_device.h"

static inline void
echo_config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	(void)self;
	(void)offset;
	(void)size;
	(void)value;
}

static inline enum virtio_request_result
echo_request(void *self, unsigned queue, uint32_t ordinal, const uint8_t *read,
    size_t nread, size_t writable_max, struct bytes *response,
    struct error *err)
{
	(void)self;
	(void)queue;
	(void)ordinal;
	(void)writable_max;
	(void)err;
	bytes_add(response, read, nread);
	return VIRTIO_REQUEST_DONE;
}

#endif

/*
 * virtio_feature.h: facts of VIRTIO 1.2 about feature bits and device
 * configuration, by type of device (virtio_spec.h, VIRTIO_ID_*): which feature
 * needs which other, and which fields there are with which feature.
 */
#ifndef VIOTAPE_VIRTIO_FEATURE_H
#define VIOTAPE_VIRTIO_FEATURE_H

#include <stddef.h>
#include <stdint.h>

/* bit was accepted, and none of the features that it needs. */
struct virtio_feature_lack {
	unsigned bit;
	const char *name;		/* "HOST_TSO4" */
	const char *needs;		/* "CSUM", "GUEST_TSO4 or GUEST_TSO6" */
	const char *section;		/* "5.1.3.1" */
};

/* The n-th such feature of what was accepted: 1, or 0 after the last. */
int virtio_feature_lack(uint16_t device_id, uint64_t accepted, size_t n,
    struct virtio_feature_lack *out);

/* A field of device configuration. */
struct virtio_config_field {
	const char *name;
	uint8_t offset, size;		/* bytes */
	uint8_t width;			/* of one access */
	uint8_t read_only;		/* for the driver */
	uint64_t features;		/* it is there with any of these; 0:
					   always */
	const char *section;		/* that says so */
};

/* The field at this offset, or NULL: none is known there. */
const struct virtio_config_field *virtio_config_field(uint16_t device_id,
    uint32_t offset);

#endif

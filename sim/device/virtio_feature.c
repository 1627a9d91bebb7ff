/* virtio_feature.c: which feature needs which, which field is there when. */
#include "virtio_feature.h"
#include "gpu_spec.h"
#include "net_spec.h"
#include "virtio_spec.h"

#define B(bit)	VIRTIO_FEATURE(bit)
#define N(bit)	VIRTIO_FEATURE(NET_BIT_##bit)

static const struct {
	uint8_t id, bit;
	uint64_t any;			/* one of these is needed */
	const char *name, *needs, *section;
} lacks[] = {
#define NET(bit, any, needs)	{ VIRTIO_ID_NET, NET_BIT_##bit, any, #bit, \
    needs, "5.1.3.1" }
	NET(GUEST_TSO4, N(GUEST_CSUM), "GUEST_CSUM"),
	NET(GUEST_TSO6, N(GUEST_CSUM), "GUEST_CSUM"),
	NET(GUEST_ECN, N(GUEST_TSO4) | N(GUEST_TSO6),
	    "GUEST_TSO4 or GUEST_TSO6"),
	NET(GUEST_UFO, N(GUEST_CSUM), "GUEST_CSUM"),
	NET(HOST_TSO4, N(CSUM), "CSUM"),
	NET(HOST_TSO6, N(CSUM), "CSUM"),
	NET(HOST_ECN, N(HOST_TSO4) | N(HOST_TSO6), "HOST_TSO4 or HOST_TSO6"),
	NET(HOST_UFO, N(CSUM), "CSUM"),
	NET(HOST_USO, N(CSUM), "CSUM"),
	NET(CTRL_RX, N(CTRL_VQ), "CTRL_VQ"),
	NET(CTRL_VLAN, N(CTRL_VQ), "CTRL_VQ"),
	NET(GUEST_ANNOUNCE, N(CTRL_VQ), "CTRL_VQ"),
	NET(MQ, N(CTRL_VQ), "CTRL_VQ"),
	NET(CTRL_MAC_ADDR, N(CTRL_VQ), "CTRL_VQ"),
	NET(RSC_EXT, N(HOST_TSO4) | N(HOST_TSO6), "HOST_TSO4 or HOST_TSO6"),
	NET(RSS, N(CTRL_VQ), "CTRL_VQ"),
	{ VIRTIO_ID_GPU, GPU_BIT_CONTEXT_INIT, B(GPU_BIT_VIRGL),
	    "CONTEXT_INIT", "VIRGL", "5.7.3" }
};

int
virtio_feature_lack(uint16_t device_id, uint64_t accepted, size_t n,
    struct virtio_feature_lack *out)
{
	for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
		if (lacks[i].id != device_id ||
		    (accepted & B(lacks[i].bit)) == 0 ||
		    (accepted & lacks[i].any) != 0 || n-- != 0)
			continue;
		out->bit = lacks[i].bit;
		out->name = lacks[i].name;
		out->needs = lacks[i].needs;
		out->section = lacks[i].section;
		return 1;
	}
	return 0;
}

/* ---------------------------------------------------- device configuration */

/* 5.1.4; the MAC is there without the feature, too. */
static const struct virtio_config_field net_fields[] = {
	{ "mac", NET_CONFIG_MAC, 6, 1, 1, 0, "5.1.4" },
	{ "status", NET_CONFIG_STATUS, 2, 2, 1, N(STATUS), "5.1.4" },
	{ "max_virtqueue_pairs", NET_CONFIG_MAX_PAIRS, 2, 2, 1,
	    N(MQ) | N(RSS), "5.1.4" },
	{ "mtu", NET_CONFIG_MTU, 2, 2, 1, N(MTU), "5.1.4" },
	{ "speed", 12, 4, 4, 1, N(SPEED_DUPLEX), "5.1.4" },
	{ "duplex", 16, 1, 1, 1, N(SPEED_DUPLEX), "5.1.4" },
	{ "rss_max_key_size", 17, 1, 1, 1, N(RSS) | N(HASH_REPORT), "5.1.4" },
	{ "rss_max_indirection_table_length", 18, 2, 2, 1, N(RSS), "5.1.4" },
	{ "supported_hash_types", 20, 4, 4, 1, N(RSS) | N(HASH_REPORT),
	    "5.1.4" }
};

/* 5.7.4.1; of the others than events_read it says nothing. */
static const struct virtio_config_field gpu_fields[] = {
	{ "events_read", GPU_CONFIG_EVENTS_READ, 4, 4, 1, 0, "5.7.4.1" },
	{ "events_clear", GPU_CONFIG_EVENTS_CLEAR, 4, 4, 0, 0, "5.7.4.1" },
	{ "num_scanouts", GPU_CONFIG_NUM_SCANOUTS, 4, 4, 0, 0, "5.7.4.1" },
	{ "num_capsets", GPU_CONFIG_NUM_CAPSETS, 4, 4, 0, 0, "5.7.4.1" }
};

const struct virtio_config_field *
virtio_config_field(uint16_t device_id, uint32_t offset)
{
	const struct virtio_config_field *f = NULL;
	size_t n = 0;

	if (device_id == VIRTIO_ID_NET) {
		f = net_fields;
		n = sizeof net_fields / sizeof net_fields[0];
	} else if (device_id == VIRTIO_ID_GPU) {
		f = gpu_fields;
		n = sizeof gpu_fields / sizeof gpu_fields[0];
	}
	for (; n != 0; n--, f++)
		if (offset >= f->offset && offset - f->offset < f->size)
			return f;
	return NULL;
}

/*
 * The virtio GPU device, 2D part: facts of VIRTIO 1.2 section 5.7.
 *
 * A request goes down the control queue as one chain: the request, which the
 * device reads, then room for the response, which it writes.  Both begin
 * with a virtio_gpu_ctrl_hdr; the response repeats the fence of the request
 * if FLAG_FENCE was set, and comes only when the work is done.
 */

#ifndef _DEV_PV_VIOGPU_H_
#define _DEV_PV_VIOGPU_H_

#include <sys/types.h>

/* integers of the device's byte order, which is the machine's */
#define __le16	uint16_t
#define __le32	uint32_t
#define __le64	uint64_t

/* feature bits (5.7.3) */
#define VIRTIO_GPU_F_VIRGL		(1ULL << 0)
#define VIRTIO_GPU_F_EDID		(1ULL << 1)
#define VIRTIO_GPU_F_RESOURCE_UUID	(1ULL << 2)
#define VIRTIO_GPU_F_RESOURCE_BLOB	(1ULL << 3)
#define VIRTIO_GPU_F_CONTEXT_INIT	(1ULL << 4)

/* configuration space (5.7.4) */
#define VIRTIO_GPU_EVENT_DISPLAY	(1 << 0)

struct virtio_gpu_config {
	__le32	events_read;
	__le32	events_clear;
	__le32	num_scanouts;
	__le32	num_capsets;
};

/* types of requests and responses (5.7.6.7) */
enum virtio_gpu_ctrl_type {
	VIRTIO_GPU_UNDEFINED = 0,

	VIRTIO_GPU_CMD_GET_DISPLAY_INFO = 0x0100,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
	VIRTIO_GPU_CMD_RESOURCE_UNREF,
	VIRTIO_GPU_CMD_SET_SCANOUT,
	VIRTIO_GPU_CMD_RESOURCE_FLUSH,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
	VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
	VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
	VIRTIO_GPU_CMD_GET_CAPSET_INFO,
	VIRTIO_GPU_CMD_GET_CAPSET,
	VIRTIO_GPU_CMD_GET_EDID,

	VIRTIO_GPU_CMD_UPDATE_CURSOR = 0x0300,
	VIRTIO_GPU_CMD_MOVE_CURSOR,

	VIRTIO_GPU_RESP_OK_NODATA = 0x1100,
	VIRTIO_GPU_RESP_OK_DISPLAY_INFO,
	VIRTIO_GPU_RESP_OK_CAPSET_INFO,
	VIRTIO_GPU_RESP_OK_CAPSET,
	VIRTIO_GPU_RESP_OK_EDID,

	VIRTIO_GPU_RESP_ERR_UNSPEC = 0x1200,
	VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY,
	VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID,
	VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
	VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
	VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
};

#define VIRTIO_GPU_FLAG_FENCE	(1 << 0)

struct virtio_gpu_ctrl_hdr {
	__le32	type;
	__le32	flags;
	__le64	fence_id;
	__le32	ctx_id;
	__le32	padding;		/* a ring_idx, with contexts */
};

struct virtio_gpu_rect {
	__le32	x;
	__le32	y;
	__le32	width;
	__le32	height;
};

/* GET_DISPLAY_INFO: no more than the header; one answer per scanout */
#define VIRTIO_GPU_MAX_SCANOUTS	16

struct virtio_gpu_resp_display_info {
	struct virtio_gpu_ctrl_hdr	hdr;
	struct virtio_gpu_display_one {
		struct virtio_gpu_rect	r;
		__le32			enabled;
		__le32			flags;
	}				pmodes[VIRTIO_GPU_MAX_SCANOUTS];
};

/* GET_EDID: blocks of 128 bytes, as VESA E-EDID has them */
struct virtio_gpu_get_edid {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				scanout;
	__le32				padding;
};

struct virtio_gpu_resp_edid {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				size;		/* of edid, used */
	__le32				padding;
	uint8_t				edid[1024];
};

/* byte order in memory, first byte first */
enum virtio_gpu_formats {
	VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM = 1,
	VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM = 2,
	VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM = 3,
	VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM = 4,
	VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM = 67,
	VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM = 68,
	VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM = 121,
	VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM = 134,
};

struct virtio_gpu_resource_create_2d {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				resource_id;	/* 0 is none */
	__le32				format;
	__le32				width;
	__le32				height;
};

struct virtio_gpu_resource_unref {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				resource_id;
	__le32				padding;
};

struct virtio_gpu_set_scanout {
	struct virtio_gpu_ctrl_hdr	hdr;
	struct virtio_gpu_rect		r;
	__le32				scanout_id;
	__le32				resource_id;	/* 0 disables it */
};

struct virtio_gpu_resource_flush {
	struct virtio_gpu_ctrl_hdr	hdr;
	struct virtio_gpu_rect		r;
	__le32				resource_id;
	__le32				padding;
};

struct virtio_gpu_transfer_to_host_2d {
	struct virtio_gpu_ctrl_hdr	hdr;
	struct virtio_gpu_rect		r;
	__le64				offset;		/* in the backing */
	__le32				resource_id;
	__le32				padding;
};

/* followed by nr_entries of virtio_gpu_mem_entry */
struct virtio_gpu_resource_attach_backing {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				resource_id;
	__le32				nr_entries;
};

struct virtio_gpu_mem_entry {
	__le64	addr;
	__le32	length;
	__le32	padding;
};

struct virtio_gpu_resource_detach_backing {
	struct virtio_gpu_ctrl_hdr	hdr;
	__le32				resource_id;
	__le32				padding;
};

/*
 * The preferred mode of a display by its EDID: 0, or EINVAL when the first
 * block is damaged or says none.
 */
int	viogpu_edid_mode(const uint8_t *, size_t, int *, int *);

#endif /* _DEV_PV_VIOGPU_H_ */

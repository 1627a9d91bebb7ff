/*
 * gpu_spec.h: facts of the VIRTIO 1.2 specification about the GPU device
 * (5.7), as far as two dimensions go.  Everything is little-endian; offsets
 * and sizes are in bytes, from the start of a request or a response.
 */
#ifndef VIOTAPE_GPU_SPEC_H
#define VIOTAPE_GPU_SPEC_H

/* Feature bits, numbers of bits (5.7.3). */
#define GPU_BIT_VIRGL			0
#define GPU_BIT_EDID			1
#define GPU_BIT_RESOURCE_UUID		2
#define GPU_BIT_RESOURCE_BLOB		3
#define GPU_BIT_CONTEXT_INIT		4

#define GPU_QUEUE_CONTROL		0	/* 5.7.2 */
#define GPU_QUEUE_CURSOR		1

/* Device configuration (5.7.4), 32 bits each. */
#define GPU_CONFIG_EVENTS_READ		0x0
#define GPU_CONFIG_EVENTS_CLEAR		0x4
#define GPU_CONFIG_NUM_SCANOUTS		0x8
#define GPU_CONFIG_NUM_CAPSETS		0xc
#define GPU_CONFIG_SIZE			0x10
#define GPU_EVENT_DISPLAY		0x1u	/* 5.7.4.1 */

#define GPU_SCANOUTS_MAX		16u

/* Header of requests and responses (5.7.6.7). */
#define GPU_HDR_TYPE			0	/* 32 bits */
#define GPU_HDR_FLAGS			4	/* 32 */
#define GPU_HDR_FENCE_ID		8	/* 64 */
#define GPU_HDR_CTX_ID			16	/* 32 */
#define GPU_HDR_RING_IDX		20	/* 8, then 3 of padding */
#define GPU_HDR_SIZE			24u
#define GPU_FLAG_FENCE			0x1u
#define GPU_FLAG_INFO_RING_IDX		0x2u

enum gpu_type {
	GPU_GET_DISPLAY_INFO = 0x0100,
	GPU_RESOURCE_CREATE_2D,
	GPU_RESOURCE_UNREF,
	GPU_SET_SCANOUT,
	GPU_RESOURCE_FLUSH,
	GPU_TRANSFER_TO_HOST_2D,
	GPU_RESOURCE_ATTACH_BACKING,
	GPU_RESOURCE_DETACH_BACKING,
	GPU_GET_CAPSET_INFO,
	GPU_GET_CAPSET,
	GPU_GET_EDID,
	GPU_RESOURCE_ASSIGN_UUID,
	GPU_RESOURCE_CREATE_BLOB,
	GPU_SET_SCANOUT_BLOB,
	GPU_UPDATE_CURSOR = 0x0300,
	GPU_MOVE_CURSOR,
	GPU_OK_NODATA = 0x1100,
	GPU_OK_DISPLAY_INFO,
	GPU_OK_CAPSET_INFO,
	GPU_OK_CAPSET,
	GPU_OK_EDID,
	GPU_ERR_UNSPEC = 0x1200,
	GPU_ERR_OUT_OF_MEMORY,
	GPU_ERR_INVALID_SCANOUT_ID,
	GPU_ERR_INVALID_RESOURCE_ID,
	GPU_ERR_INVALID_CONTEXT_ID,
	GPU_ERR_INVALID_PARAMETER
};

/* Rectangle: x, y, width, height, 32 bits each. */
#define GPU_RECT_SIZE			16u

/* Requests of the controlq (5.7.6.8), behind the header. */
#define GPU_CREATE_RESOURCE		24
#define GPU_CREATE_FORMAT		28
#define GPU_CREATE_WIDTH		32
#define GPU_CREATE_HEIGHT		36
#define GPU_CREATE_SIZE			40u
#define GPU_UNREF_RESOURCE		24
#define GPU_UNREF_SIZE			32u
#define GPU_SCANOUT_RECT		24
#define GPU_SCANOUT_ID			40
#define GPU_SCANOUT_RESOURCE		44
#define GPU_SCANOUT_SIZE		48u
#define GPU_FLUSH_RECT			24
#define GPU_FLUSH_RESOURCE		40
#define GPU_FLUSH_SIZE			48u
#define GPU_TRANSFER_RECT		24
#define GPU_TRANSFER_OFFSET		40	/* 64 */
#define GPU_TRANSFER_RESOURCE		48
#define GPU_TRANSFER_SIZE		56u
#define GPU_ATTACH_RESOURCE		24
#define GPU_ATTACH_ENTRIES		28
#define GPU_ATTACH_SIZE			32u	/* then the entries */
#define GPU_ENTRY_ADDR			0	/* 64 */
#define GPU_ENTRY_LENGTH		8	/* 32 */
#define GPU_ENTRY_SIZE			16u
#define GPU_DETACH_RESOURCE		24
#define GPU_DETACH_SIZE			32u
#define GPU_EDID_SCANOUT		24
#define GPU_EDID_SIZE			32u

/* Requests of the cursorq (5.7.6.10). */
#define GPU_CURSOR_SCANOUT		24
#define GPU_CURSOR_X			28
#define GPU_CURSOR_Y			32
#define GPU_CURSOR_RESOURCE		40
#define GPU_CURSOR_HOT_X		44
#define GPU_CURSOR_HOT_Y		48
#define GPU_CURSOR_SIZE			56u

/* Responses with data. */
#define GPU_DISPLAY_MODES		24	/* one for each scanout */
#define GPU_DISPLAY_MODE_SIZE		24u	/* rectangle, enabled, flags */
#define GPU_DISPLAY_INFO_SIZE		408u
#define GPU_RESP_EDID_LENGTH		24
#define GPU_RESP_EDID_DATA		32
#define GPU_RESP_EDID_DATA_SIZE		1024u
#define GPU_RESP_EDID_SIZE		1056u

/* Formats (5.7.6.8): bytes in memory, first one first; 32 bits a pixel. */
enum gpu_format {
	GPU_FORMAT_BGRA = 1,
	GPU_FORMAT_BGRX = 2,
	GPU_FORMAT_ARGB = 3,
	GPU_FORMAT_XRGB = 4,
	GPU_FORMAT_RGBA = 67,
	GPU_FORMAT_XBGR = 68,
	GPU_FORMAT_ABGR = 121,
	GPU_FORMAT_RGBX = 134
};

#endif

/* gpu2d_request.c: virtio-gpu requests as text, and their equality. */
#include "gpu2d.h"
#include "gpu_spec.h"

#include <stdio.h>
#include <string.h>

const char *
gpu2d_type_name(uint32_t type, char buf[16])
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{ GPU_GET_DISPLAY_INFO, "GET_DISPLAY_INFO" },
		{ GPU_RESOURCE_CREATE_2D, "RESOURCE_CREATE_2D" },
		{ GPU_RESOURCE_UNREF, "RESOURCE_UNREF" },
		{ GPU_SET_SCANOUT, "SET_SCANOUT" },
		{ GPU_RESOURCE_FLUSH, "RESOURCE_FLUSH" },
		{ GPU_TRANSFER_TO_HOST_2D, "TRANSFER_TO_HOST_2D" },
		{ GPU_RESOURCE_ATTACH_BACKING, "RESOURCE_ATTACH_BACKING" },
		{ GPU_RESOURCE_DETACH_BACKING, "RESOURCE_DETACH_BACKING" },
		{ GPU_GET_CAPSET_INFO, "GET_CAPSET_INFO" },
		{ GPU_GET_CAPSET, "GET_CAPSET" },
		{ GPU_GET_EDID, "GET_EDID" },
		{ GPU_RESOURCE_ASSIGN_UUID, "RESOURCE_ASSIGN_UUID" },
		{ GPU_RESOURCE_CREATE_BLOB, "RESOURCE_CREATE_BLOB" },
		{ GPU_SET_SCANOUT_BLOB, "SET_SCANOUT_BLOB" },
		{ GPU_UPDATE_CURSOR, "UPDATE_CURSOR" },
		{ GPU_MOVE_CURSOR, "MOVE_CURSOR" },
		{ GPU_OK_NODATA, "OK_NODATA" },
		{ GPU_OK_DISPLAY_INFO, "OK_DISPLAY_INFO" },
		{ GPU_OK_CAPSET_INFO, "OK_CAPSET_INFO" },
		{ GPU_OK_CAPSET, "OK_CAPSET" },
		{ GPU_OK_EDID, "OK_EDID" },
		{ GPU_ERR_UNSPEC, "ERR_UNSPEC" },
		{ GPU_ERR_OUT_OF_MEMORY, "ERR_OUT_OF_MEMORY" },
		{ GPU_ERR_INVALID_SCANOUT_ID, "ERR_INVALID_SCANOUT_ID" },
		{ GPU_ERR_INVALID_RESOURCE_ID, "ERR_INVALID_RESOURCE_ID" },
		{ GPU_ERR_INVALID_CONTEXT_ID, "ERR_INVALID_CONTEXT_ID" },
		{ GPU_ERR_INVALID_PARAMETER, "ERR_INVALID_PARAMETER" }
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].type == type)
			return names[i].name;
	snprintf(buf, 16, "0x%lx", (unsigned long)type);
	return buf;
}

static unsigned long
request_u32(const uint8_t *p, size_t offset)
{
	return (unsigned long)bytes_le(p + offset, 4);
}

static void
print_rect(const uint8_t *p, size_t offset, struct bytes *out)
{
	bytes_printf(out, " %lu,%lu %lux%lu", request_u32(p, offset),
	    request_u32(p, offset + 4), request_u32(p, offset + 8),
	    request_u32(p, offset + 12));
}

/* The entries that are really there. */
static size_t
backing_entries(const uint8_t *p, size_t n)
{
	size_t said = request_u32(p, GPU_ATTACH_ENTRIES);
	size_t have = (n - GPU_ATTACH_SIZE) / GPU_ENTRY_SIZE;

	return said < have ? said : have;
}

static uint64_t
backing_length(const uint8_t *p, size_t n)
{
	size_t entries = backing_entries(p, n);
	uint64_t sum = 0;

	for (size_t i = 0; i < entries; i++)
		sum += bytes_le(p + GPU_ATTACH_SIZE + i * GPU_ENTRY_SIZE +
		    GPU_ENTRY_LENGTH, 4);
	return sum;
}

static void
print_attach(const uint8_t *p, size_t n, int addresses, struct bytes *out)
{
	bytes_printf(out, " resource %lu", request_u32(p, GPU_ATTACH_RESOURCE));
	if (addresses)
		bytes_printf(out, " entries %lu",
		    request_u32(p, GPU_ATTACH_ENTRIES));
	bytes_printf(out, " bytes %llu",
	    (unsigned long long)backing_length(p, n));
	if (addresses && backing_entries(p, n) != 0)
		bytes_printf(out, " at 0x%llx", (unsigned long long)bytes_le(
		    p + GPU_ATTACH_SIZE + GPU_ENTRY_ADDR, 8));
}

/* Bytes that a request of this type has at least. */
static size_t
request_size(uint32_t type)
{
	switch (type) {
	case GPU_RESOURCE_CREATE_2D:
		return GPU_CREATE_SIZE;
	case GPU_RESOURCE_UNREF:
	case GPU_RESOURCE_ATTACH_BACKING:
	case GPU_RESOURCE_DETACH_BACKING:
	case GPU_GET_EDID:
		return GPU_ATTACH_SIZE;
	case GPU_SET_SCANOUT:
	case GPU_RESOURCE_FLUSH:
		return GPU_SCANOUT_SIZE;
	case GPU_TRANSFER_TO_HOST_2D:
		return GPU_TRANSFER_SIZE;
	case GPU_UPDATE_CURSOR:
	case GPU_MOVE_CURSOR:
		return GPU_CURSOR_SIZE;
	default:
		return GPU_HDR_SIZE;
	}
}

static void
print_body(uint32_t type, const uint8_t *p, size_t n, int addresses,
    struct bytes *out)
{
	switch (type) {
	case GPU_RESOURCE_CREATE_2D:
		bytes_printf(out, " resource %lu format %lu %lux%lu",
		    request_u32(p, GPU_CREATE_RESOURCE),
		    request_u32(p, GPU_CREATE_FORMAT),
		    request_u32(p, GPU_CREATE_WIDTH),
		    request_u32(p, GPU_CREATE_HEIGHT));
		break;
	case GPU_RESOURCE_UNREF:
	case GPU_RESOURCE_DETACH_BACKING:
		bytes_printf(out, " resource %lu",
		    request_u32(p, GPU_UNREF_RESOURCE));
		break;
	case GPU_SET_SCANOUT:
		bytes_printf(out, " scanout %lu resource %lu",
		    request_u32(p, GPU_SCANOUT_ID),
		    request_u32(p, GPU_SCANOUT_RESOURCE));
		print_rect(p, GPU_SCANOUT_RECT, out);
		break;
	case GPU_RESOURCE_FLUSH:
		bytes_printf(out, " resource %lu",
		    request_u32(p, GPU_FLUSH_RESOURCE));
		print_rect(p, GPU_FLUSH_RECT, out);
		break;
	case GPU_TRANSFER_TO_HOST_2D:
		bytes_printf(out, " resource %lu",
		    request_u32(p, GPU_TRANSFER_RESOURCE));
		print_rect(p, GPU_TRANSFER_RECT, out);
		bytes_printf(out, " offset %llu", (unsigned long long)bytes_le(
		    p + GPU_TRANSFER_OFFSET, 8));
		break;
	case GPU_RESOURCE_ATTACH_BACKING:
		print_attach(p, n, addresses, out);
		break;
	case GPU_GET_EDID:
		bytes_printf(out, " scanout %lu",
		    request_u32(p, GPU_EDID_SCANOUT));
		break;
	case GPU_UPDATE_CURSOR:
	case GPU_MOVE_CURSOR:
		bytes_printf(out, " scanout %lu resource %lu %lu,%lu",
		    request_u32(p, GPU_CURSOR_SCANOUT),
		    request_u32(p, GPU_CURSOR_RESOURCE),
		    request_u32(p, GPU_CURSOR_X), request_u32(p, GPU_CURSOR_Y));
		break;
	default:
		break;
	}
}

/* With addresses also what depends on them, and the fence. */
static void
request_print(const uint8_t *request, size_t n, int addresses,
    struct bytes *out)
{
	uint32_t type;
	char buf[16];

	if (n < GPU_HDR_SIZE) {
		bytes_printf(out, "request of %lu bytes, shorter than a header",
		    (unsigned long)n);
		return;
	}
	type = (uint32_t)bytes_le(request, 4);
	bytes_printf(out, "%s", gpu2d_type_name(type, buf));
	if (n < request_size(type))
		bytes_printf(out, " short, %lu bytes", (unsigned long)n);
	else
		print_body(type, request, n, addresses, out);
	if ((bytes_le(request + GPU_HDR_FLAGS, 4) & GPU_FLAG_FENCE) == 0)
		return;
	bytes_printf(out, " fence");
	if (addresses)
		bytes_printf(out, " %llu", (unsigned long long)bytes_le(
		    request + GPU_HDR_FENCE_ID, 8));
}

void
gpu2d_request_print(const uint8_t *request, size_t n, struct bytes *out)
{
	request_print(request, n, 1, out);
}

void
gpu2d_request_print_meaning(const uint8_t *request, size_t n,
    struct bytes *out)
{
	request_print(request, n, 0, out);
}

/* Where a request's body has 4 bytes of padding at its end. */
static int
request_padded(uint32_t type)
{
	return type == GPU_RESOURCE_UNREF || type == GPU_RESOURCE_FLUSH ||
	    type == GPU_TRANSFER_TO_HOST_2D || type == GPU_GET_EDID ||
	    type == GPU_RESOURCE_DETACH_BACKING;
}

int
gpu2d_request_equal_meaning(const uint8_t *a, size_t na, const uint8_t *b,
    size_t nb)
{
	size_t size;
	uint32_t type;

	if (na < GPU_HDR_SIZE || nb < GPU_HDR_SIZE)
		return na == nb && memcmp(a, b, na) == 0;
	if (memcmp(a, b, GPU_HDR_FENCE_ID) != 0 ||
	    memcmp(a + GPU_HDR_CTX_ID, b + GPU_HDR_CTX_ID, 4) != 0)
		return 0;
	if ((bytes_le(a + GPU_HDR_FLAGS, 4) & GPU_FLAG_INFO_RING_IDX) != 0 &&
	    a[GPU_HDR_RING_IDX] != b[GPU_HDR_RING_IDX])
		return 0;
	type = (uint32_t)bytes_le(a, 4);
	size = request_size(type);
	if (na < size || nb < size || !(request_padded(type) ||
	    type == GPU_RESOURCE_ATTACH_BACKING))
		return na == nb && memcmp(a + GPU_HDR_SIZE, b + GPU_HDR_SIZE,
		    na - GPU_HDR_SIZE) == 0;
	if (type == GPU_RESOURCE_ATTACH_BACKING)
		return request_u32(a, GPU_ATTACH_RESOURCE) ==
		    request_u32(b, GPU_ATTACH_RESOURCE) &&
		    backing_length(a, na) == backing_length(b, nb);
	return memcmp(a + GPU_HDR_SIZE, b + GPU_HDR_SIZE,
	    size - 4 - GPU_HDR_SIZE) == 0;
}

void
gpu2d_request_meaning(const uint8_t *p, size_t n, struct bytes *out)
{
	size_t size;
	uint32_t type;

	if (n < GPU_HDR_SIZE) {
		bytes_add(out, p, n);
		return;
	}
	bytes_add(out, p, GPU_HDR_FENCE_ID);
	bytes_add(out, p + GPU_HDR_CTX_ID, 4);
	if ((bytes_le(p + GPU_HDR_FLAGS, 4) & GPU_FLAG_INFO_RING_IDX) != 0)
		bytes_add(out, p + GPU_HDR_RING_IDX, 1);
	type = (uint32_t)bytes_le(p, 4);
	size = request_size(type);
	if (n < size || !(request_padded(type) ||
	    type == GPU_RESOURCE_ATTACH_BACKING)) {
		bytes_add(out, p + GPU_HDR_SIZE, n - GPU_HDR_SIZE);
	} else if (type == GPU_RESOURCE_ATTACH_BACKING) {
		bytes_add(out, p + GPU_ATTACH_RESOURCE, 4);
		bytes_add_le(out, backing_length(p, n), 8);
	} else {
		bytes_add(out, p + GPU_HDR_SIZE, size - 4 - GPU_HDR_SIZE);
	}
}

/* gpu2d.c: the meaning of the virtio-gpu 2D commands (VIRTIO 1.2, 5.7.6). */
#include "gpu2d.h"
#include "check.h"
#include "gpu_edid.h"
#include "gpu_spec.h"
#include "state_memo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIXEL_SIZE	4u		/* bytes, in every format */
#define PROBE_STEP	4096u		/* bytes between probes of a backing */

struct gpu2d_entry {
	uint64_t addr;			/* bus address */
	uint32_t length;		/* bytes */
};

struct gpu2d_resource {
	uint32_t id;			/* 0: free */
	uint32_t format, width, height;
	uint8_t *image;			/* in the resource's format */
	struct state_memo memo;		/* of the image */
	struct gpu2d_entry *entry;
	uint32_t entries;		/* 0: no backing */
	uint64_t backing_size;		/* bytes */
};

struct gpu2d_rect {
	uint32_t x, y, width, height;
};

struct gpu2d_scanout {
	uint32_t resource;		/* 0: shows nothing */
	struct gpu2d_rect rect;		/* of the resource */
	uint8_t *shown;			/* BGRX */
	struct state_memo memo;		/* of shown */
};

struct gpu2d {
	const struct boundary_port *port;
	struct gpu2d_config cfg;
	struct gpu2d_resource resource[GPU2D_RESOURCES_MAX];
	uint64_t image_bytes;		/* of all resources */
	struct gpu2d_scanout scanout[GPU_SCANOUTS_MAX];
	struct bytes row;		/* memory for one transfer */
	uint32_t asked;			/* types, a bit each, since a reset */
	const uint8_t *edid;		/* NULL: the mode's */
	uint32_t edid_size;
};

/* One request on its way. */
struct gpu2d_call {
	struct gpu2d *g;
	uint32_t ordinal;
	const uint8_t *p;
	size_t n;
	int apply;
	int aborted;
	struct gpu2d_reply *reply;
};

static uint32_t
call_u32(const struct gpu2d_call *c, size_t offset)
{
	return (uint32_t)bytes_le(c->p + offset, 4);
}

static struct gpu2d_rect
call_rect(const struct gpu2d_call *c, size_t offset)
{
	struct gpu2d_rect r;

	r.x = call_u32(c, offset);
	r.y = call_u32(c, offset + 4);
	r.width = call_u32(c, offset + 8);
	r.height = call_u32(c, offset + 12);
	return r;
}

static void
call_broken(const struct gpu2d_call *c, const char *id, const char *text)
{
	if (c->apply)
		c->g->port->protocol_broken(c->g->port->machine, id,
		    "5.7.6.8", text);
}

/* --------------------------------------------------------------- resources */

static struct gpu2d_resource *
resource_find(struct gpu2d *g, uint32_t id)
{
	for (unsigned i = 0; id != 0 && i < GPU2D_RESOURCES_MAX; i++)
		if (g->resource[i].id == id)
			return &g->resource[i];
	return NULL;
}

static struct gpu2d_resource *
resource_free_slot(struct gpu2d *g)
{
	for (unsigned i = 0; i < GPU2D_RESOURCES_MAX; i++)
		if (g->resource[i].id == 0)
			return &g->resource[i];
	return NULL;
}

static int
rect_inside(const struct gpu2d_rect *r, const struct gpu2d_resource *res)
{
	return r->x <= res->width && r->width <= res->width - r->x &&
	    r->y <= res->height && r->height <= res->height - r->y;
}

static void
scanout_disable(struct gpu2d_scanout *s)
{
	check_free(s->shown);
	memset(s, 0, sizeof *s);
}

static void
resource_detach(struct gpu2d_resource *res)
{
	check_free(res->entry);
	res->entry = NULL;
	res->entries = 0;
	res->backing_size = 0;
}

static void
resource_destroy(struct gpu2d *g, struct gpu2d_resource *res)
{
	for (unsigned i = 0; i < GPU_SCANOUTS_MAX; i++)
		if (g->scanout[i].resource == res->id)
			scanout_disable(&g->scanout[i]);
	resource_detach(res);
	g->image_bytes -= (uint64_t)res->width * res->height * PIXEL_SIZE;
	check_free(res->image);
	memset(res, 0, sizeof *res);
}

struct gpu2d *
gpu2d_create(const struct boundary_port *port, const struct gpu2d_config *cfg)
{
	struct gpu2d *g = check_calloc(1, sizeof *g);

	CHECK(cfg->scanouts >= 1 && cfg->scanouts <= GPU_SCANOUTS_MAX);
	g->port = port;
	g->cfg = *cfg;
	return g;
}

void
gpu2d_edid_set(struct gpu2d *g, const uint8_t *edid, uint32_t size)
{
	g->edid = edid;
	g->edid_size = size;
}

void
gpu2d_mode_set(struct gpu2d *g, uint32_t width, uint32_t height)
{
	g->cfg.width = width;
	g->cfg.height = height;
}

void
gpu2d_reset(struct gpu2d *g)
{
	for (unsigned i = 0; i < GPU2D_RESOURCES_MAX; i++)
		if (g->resource[i].id != 0)
			resource_destroy(g, &g->resource[i]);
	g->asked = 0;
}

void
gpu2d_free(struct gpu2d *g)
{
	if (g == NULL)
		return;
	gpu2d_reset(g);
	bytes_free(&g->row);
	check_free(g);
}

void
gpu2d_reply_free(struct gpu2d_reply *r)
{
	bytes_free(&r->response);
	r->type = 0;
}

/* ------------------------------------------------------------------ pixels */

/* Where blue, green and red lie in a pixel's 4 bytes; 0: no such format. */
static int
format_layout(uint32_t format, unsigned bgr[3])
{
	unsigned b, g, r;

	switch (format) {
	case GPU_FORMAT_BGRA:
	case GPU_FORMAT_BGRX:
		b = 0, g = 1, r = 2;
		break;
	case GPU_FORMAT_ARGB:
	case GPU_FORMAT_XRGB:
		b = 3, g = 2, r = 1;
		break;
	case GPU_FORMAT_RGBA:
	case GPU_FORMAT_RGBX:
		b = 2, g = 1, r = 0;
		break;
	case GPU_FORMAT_XBGR:
	case GPU_FORMAT_ABGR:
		b = 1, g = 2, r = 3;
		break;
	default:
		return 0;
	}
	bgr[0] = b;
	bgr[1] = g;
	bgr[2] = r;
	return 1;
}

/*
 * n pixels as they are shown: B, G, R, 0.  1 if some were others; else nothing
 * is written, as by bytes_renew().
 */
static int
pixels_show(uint8_t *to, const uint8_t *from, size_t n, const unsigned bgr[3])
{
	if (bgr[0] == 0 && bgr[1] == 1 && bgr[2] == 2) {
		/* Nearly all there are: whole words at once. */
		const uint8_t keep[PIXEL_SIZE] = { 0xff, 0xff, 0xff, 0 };
		uint32_t mask, pixel, was, other = 0;

		memcpy(&mask, keep, PIXEL_SIZE);
		for (size_t i = 0; i < n; i++) {
			memcpy(&pixel, from + i * PIXEL_SIZE, PIXEL_SIZE);
			memcpy(&was, to + i * PIXEL_SIZE, PIXEL_SIZE);
			other |= (pixel & mask) ^ was;
		}
		for (size_t i = 0; other != 0 && i < n; i++) {
			memcpy(&pixel, from + i * PIXEL_SIZE, PIXEL_SIZE);
			pixel &= mask;
			memcpy(to + i * PIXEL_SIZE, &pixel, PIXEL_SIZE);
		}
		return other != 0;
	}
	for (; n > 0; n--, to += PIXEL_SIZE, from += PIXEL_SIZE) {
		for (unsigned i = 0; i < 3; i++)
			to[i] = from[bgr[i]];
		to[3] = 0;
	}
	return 1;
}

/* Shows the part of r (of the resource) that the scanout covers. */
static void
scanout_show(struct gpu2d_scanout *s, const struct gpu2d_resource *res,
    const struct gpu2d_rect *r)
{
	uint32_t x0 = r->x > s->rect.x ? r->x : s->rect.x;
	uint32_t y0 = r->y > s->rect.y ? r->y : s->rect.y;
	uint32_t x1 = r->x + r->width, y1 = r->y + r->height;
	unsigned bgr[3] = { 0, 0, 0 };
	int changed = 0;

	if (x1 > s->rect.x + s->rect.width)
		x1 = s->rect.x + s->rect.width;
	if (y1 > s->rect.y + s->rect.height)
		y1 = s->rect.y + s->rect.height;
	CHECK(format_layout(res->format, bgr));
	for (uint32_t y = y0; y < y1 && x0 < x1; y++)
		changed |= pixels_show(s->shown + ((size_t)(y - s->rect.y) *
		    s->rect.width + (x0 - s->rect.x)) * PIXEL_SIZE,
		    res->image + ((size_t)y * res->width + x0) * PIXEL_SIZE,
		    x1 - x0, bgr);
	if (changed)
		s->memo.fresh = 0;
}

int
gpu2d_picture(const struct gpu2d *g, unsigned scanout, uint32_t *width,
    uint32_t *height, const uint8_t **bgrx)
{
	const struct gpu2d_scanout *s;

	if (scanout >= g->cfg.scanouts || g->scanout[scanout].resource == 0)
		return 0;
	s = &g->scanout[scanout];
	*width = s->rect.width;
	*height = s->rect.height;
	*bgrx = s->shown;
	return 1;
}

/* ----------------------------------------------------------------- backing */

/*
 * Whether an entry's memory is there (memory comes in pages, so one byte of
 * each will do).  It is looked at unseen; where nothing is, the device's own
 * access is made in the open, so that the machine can judge it, or abort.
 */
static int
backing_present(struct gpu2d_call *c, const struct gpu2d_entry *e,
    uint64_t offset)
{
	const struct boundary_port *port = c->g->port;
	struct dma_what what;
	uint8_t b;

	for (uint64_t at = 0; at < e->length; ) {
		uint64_t next = at + PROBE_STEP - (e->addr + at) % PROBE_STEP;

		if (port->dma_read(port->machine, e->addr + at, &b, 1, NULL) !=
		    DMA_OK) {
			memset(&what, 0, sizeof what);
			what.purpose = DMA_BACKING;
			what.bdf = c->g->cfg.bdf;
			what.ordinal = c->ordinal;
			what.offset = offset + at;
			if (c->apply && port->dma_read(port->machine,
			    e->addr + at, &b, 1, &what) == DMA_ABORTED)
				c->aborted = 1;
			return 0;
		}
		at = next;
	}
	return 1;
}

/*
 * Reads len bytes into an image, which has most of them already: a page at a
 * time, as the machine goes through them anyway.
 */
static int
entry_read(const struct boundary_port *port, uint64_t addr, uint8_t *dst,
    uint64_t len, struct dma_what what, int *changed)
{
	uint8_t piece[PROBE_STEP];
	int aborted = 0;

	while (len > 0) {
		size_t n = PROBE_STEP - addr % PROBE_STEP;

		n = n < len ? n : (size_t)len;
		aborted |= port->dma_read(port->machine, addr, piece, n,
		    &what) == DMA_ABORTED;
		*changed |= bytes_renew(dst, piece, n);
		what.offset += n;
		addr += n;
		dst += n;
		len -= n;
	}
	return aborted ? -1 : 0;
}

/*
 * Reads len bytes at an offset of the backing; what lies past it stays.
 * *changed becomes 1 if some are others than before.
 */
static int
backing_read(const struct gpu2d_call *c, const struct gpu2d_resource *res,
    uint64_t offset, uint8_t *dst, uint64_t len, int *changed)
{
	const struct boundary_port *port = c->g->port;
	struct dma_what what;
	uint64_t start = 0;

	memset(&what, 0, sizeof what);
	what.purpose = DMA_BACKING;
	what.bdf = c->g->cfg.bdf;
	what.ordinal = c->ordinal;
	for (uint32_t i = 0; i < res->entries && len != 0; i++) {
		const struct gpu2d_entry *e = &res->entry[i];
		uint64_t skip, part;

		if (offset >= start + e->length) {
			start += e->length;
			continue;
		}
		skip = offset - start;
		part = e->length - skip < len ? e->length - skip : len;
		what.offset = offset;
		if (entry_read(port, e->addr + skip, dst, part, what,
		    changed) != 0)
			return -1;
		offset += part;
		dst += part;
		len -= part;
		start += e->length;
	}
	return 0;
}

/* ---------------------------------------------------------------- commands */

static uint32_t
call_create(struct gpu2d_call *c)
{
	uint32_t id = call_u32(c, GPU_CREATE_RESOURCE);
	uint32_t width = call_u32(c, GPU_CREATE_WIDTH);
	uint32_t height = call_u32(c, GPU_CREATE_HEIGHT);
	uint32_t format = call_u32(c, GPU_CREATE_FORMAT);
	struct gpu2d_resource *res = resource_free_slot(c->g);
	uint64_t rows = (uint64_t)width * PIXEL_SIZE;
	unsigned bgr[3];

	if (id == 0 || resource_find(c->g, id) != NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (!format_layout(format, bgr))
		return GPU_ERR_INVALID_PARAMETER;
	if (res == NULL ||
	    (rows != 0 && height >= GPU2D_IMAGES_MAX / rows + 1) ||
	    c->g->image_bytes + rows * height >= GPU2D_IMAGES_MAX)
		return GPU_ERR_OUT_OF_MEMORY;
	if (!c->apply)
		return GPU_OK_NODATA;
	res->id = id;
	res->format = format;
	res->width = width;
	res->height = height;
	res->image = check_calloc((size_t)rows * height + 1, 1);
	c->g->image_bytes += rows * height;
	return GPU_OK_NODATA;
}

static uint32_t
call_unref(struct gpu2d_call *c)
{
	struct gpu2d_resource *res =
	    resource_find(c->g, call_u32(c, GPU_UNREF_RESOURCE));

	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (c->apply)
		resource_destroy(c->g, res);
	return GPU_OK_NODATA;
}

static uint32_t
call_set_scanout(struct gpu2d_call *c)
{
	uint32_t id = call_u32(c, GPU_SCANOUT_ID);
	uint32_t resource = call_u32(c, GPU_SCANOUT_RESOURCE);
	struct gpu2d_rect r = call_rect(c, GPU_SCANOUT_RECT);
	struct gpu2d_resource *res;
	struct gpu2d_scanout *s;

	if (id >= c->g->cfg.scanouts)
		return GPU_ERR_INVALID_SCANOUT_ID;
	s = &c->g->scanout[id];
	if (resource == 0) {
		if (c->apply)
			scanout_disable(s);
		return GPU_OK_NODATA;
	}
	res = resource_find(c->g, resource);
	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (res->entries == 0)
		return GPU_ERR_UNSPEC;
	if (r.width < GPU2D_SCANOUT_MIN || r.height < GPU2D_SCANOUT_MIN ||
	    !rect_inside(&r, res))
		return GPU_ERR_INVALID_PARAMETER;
	if (!c->apply)
		return GPU_OK_NODATA;
	scanout_disable(s);
	s->resource = resource;
	s->rect = r;
	s->shown = check_calloc((size_t)r.width * r.height, PIXEL_SIZE);
	scanout_show(s, res, &r);
	return GPU_OK_NODATA;
}

static uint32_t
call_flush(struct gpu2d_call *c)
{
	const struct boundary_port *port = c->g->port;
	struct gpu2d_rect r = call_rect(c, GPU_FLUSH_RECT);
	struct gpu2d_resource *res =
	    resource_find(c->g, call_u32(c, GPU_FLUSH_RESOURCE));

	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (!rect_inside(&r, res))
		return GPU_ERR_INVALID_PARAMETER;
	for (unsigned i = 0; c->apply && i < c->g->cfg.scanouts; i++) {
		struct gpu2d_scanout *s = &c->g->scanout[i];

		if (s->resource != res->id)
			continue;
		scanout_show(s, res, &r);
		port->picture(port->machine, i, s->rect.width,
		    s->rect.height, s->shown);
	}
	return GPU_OK_NODATA;
}

/* Row by row, or at once where rows follow each other in both places. */
static void
call_transfer_rows(struct gpu2d_call *c, struct gpu2d_resource *res,
    const struct gpu2d_rect *r, uint64_t offset)
{
	uint64_t stride = (uint64_t)res->width * PIXEL_SIZE;
	uint64_t len = (uint64_t)r->width * PIXEL_SIZE;
	uint32_t rows = r->height;
	int past = 0, changed = 0, lost;

	if (len == stride && rows != 0) {
		len *= rows;
		rows = 1;
	}
	for (uint32_t y = 0; y < rows && len != 0; y++) {
		uint64_t from = offset + y * stride;
		uint8_t *to = res->image + ((uint64_t)(r->y + y) * res->width +
		    r->x) * PIXEL_SIZE;

		/* offset is the driver's, and may be near 2^64. */
		past |= from < offset || from > res->backing_size ||
		    len > res->backing_size - from;
		lost = from >= offset &&
		    backing_read(c, res, from, to, len, &changed) != 0;
		if (changed)
			res->memo.fresh = 0;
		if (lost) {
			c->aborted = 1;
			return;
		}
	}
	if (past)
		call_broken(c, "gpu-transfer-past-backing", "a "
		    "TRANSFER_TO_HOST_2D reaches past the end of the "
		    "resource's backing");
}

static uint32_t
call_transfer(struct gpu2d_call *c)
{
	struct gpu2d_rect r = call_rect(c, GPU_TRANSFER_RECT);
	struct gpu2d_resource *res =
	    resource_find(c->g, call_u32(c, GPU_TRANSFER_RESOURCE));

	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (res->entries == 0)
		return GPU_ERR_UNSPEC;
	if (!rect_inside(&r, res))
		return GPU_ERR_INVALID_PARAMETER;
	if (c->apply)
		call_transfer_rows(c, res, &r,
		    bytes_le(c->p + GPU_TRANSFER_OFFSET, 8));
	return GPU_OK_NODATA;
}

static uint32_t
call_attach(struct gpu2d_call *c)
{
	uint32_t n = call_u32(c, GPU_ATTACH_ENTRIES);
	struct gpu2d_resource *res =
	    resource_find(c->g, call_u32(c, GPU_ATTACH_RESOURCE));
	struct gpu2d_entry *entry;
	uint64_t size = 0;

	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (res->entries != 0 || n > GPU2D_ENTRIES_MAX ||
	    (c->n - GPU_ATTACH_SIZE) / GPU_ENTRY_SIZE < n)
		return GPU_ERR_UNSPEC;
	if (n == 0)			/* as QEMU: fine, and no backing */
		return GPU_OK_NODATA;
	entry = check_calloc(n, sizeof *entry);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = c->p + GPU_ATTACH_SIZE + i * GPU_ENTRY_SIZE;

		entry[i].addr = bytes_le(p + GPU_ENTRY_ADDR, 8);
		entry[i].length = (uint32_t)bytes_le(p + GPU_ENTRY_LENGTH, 4);
		if (entry[i].length == 0 ||
		    !backing_present(c, &entry[i], size)) {
			check_free(entry);
			return GPU_ERR_UNSPEC;
		}
		size += entry[i].length;
	}
	if (!c->apply) {
		check_free(entry);
		return GPU_OK_NODATA;
	}
	res->entry = entry;
	res->entries = n;
	res->backing_size = size;
	return GPU_OK_NODATA;
}

static uint32_t
call_detach(struct gpu2d_call *c)
{
	struct gpu2d_resource *res =
	    resource_find(c->g, call_u32(c, GPU_DETACH_RESOURCE));

	if (res == NULL)
		return GPU_ERR_INVALID_RESOURCE_ID;
	if (res->entries == 0)
		return GPU_ERR_UNSPEC;
	if (c->apply)
		resource_detach(res);
	return GPU_OK_NODATA;
}

static uint32_t
call_display_info(struct gpu2d_call *c)
{
	struct bytes *out = &c->reply->response;
	uint8_t *p;

	bytes_reserve(out, GPU_DISPLAY_INFO_SIZE);
	memset(out->data + out->len, 0, GPU_DISPLAY_INFO_SIZE - out->len);
	out->len = GPU_DISPLAY_INFO_SIZE;
	p = out->data + GPU_DISPLAY_MODES;
	bytes_le_put(p + 8, c->g->cfg.width, 4);
	bytes_le_put(p + 12, c->g->cfg.height, 4);
	bytes_le_put(p + GPU_RECT_SIZE, c->g->cfg.width != 0 &&
	    c->g->cfg.height != 0, 4);			/* enabled */
	return GPU_OK_DISPLAY_INFO;
}

static uint32_t
call_edid(struct gpu2d_call *c)
{
	struct bytes *out = &c->reply->response;

	if (call_u32(c, GPU_EDID_SCANOUT) >= c->g->cfg.scanouts)
		return GPU_ERR_INVALID_PARAMETER;
	bytes_reserve(out, GPU_RESP_EDID_SIZE);
	memset(out->data + out->len, 0, GPU_RESP_EDID_SIZE - out->len);
	out->len = GPU_RESP_EDID_SIZE;
	bytes_le_put(out->data + GPU_RESP_EDID_LENGTH,
	    GPU_RESP_EDID_DATA_SIZE, 4);
	if (c->g->edid != NULL) {
		bytes_le_put(out->data + GPU_RESP_EDID_LENGTH,
		    c->g->edid_size, 4);
		memcpy(out->data + GPU_RESP_EDID_DATA, c->g->edid,
		    GPU_EDID_BLOCK_SIZE);
	} else {
		gpu_edid_make(out->data + GPU_RESP_EDID_DATA, c->g->cfg.width,
		    c->g->cfg.height);
	}
	return GPU_OK_EDID;
}

/* What each command needs before it can be carried out. */
static const struct gpu2d_command {
	uint32_t type;
	uint32_t size;			/* bytes of the request, at least */
	uint32_t (*call)(struct gpu2d_call *);
} command_table[] = {
	{ GPU_GET_DISPLAY_INFO, GPU_HDR_SIZE, call_display_info },
	{ GPU_GET_EDID, GPU_EDID_SIZE, call_edid },
	{ GPU_RESOURCE_CREATE_2D, GPU_CREATE_SIZE, call_create },
	{ GPU_RESOURCE_UNREF, GPU_UNREF_SIZE, call_unref },
	{ GPU_SET_SCANOUT, GPU_SCANOUT_SIZE, call_set_scanout },
	{ GPU_RESOURCE_FLUSH, GPU_FLUSH_SIZE, call_flush },
	{ GPU_TRANSFER_TO_HOST_2D, GPU_TRANSFER_SIZE, call_transfer },
	{ GPU_RESOURCE_ATTACH_BACKING, GPU_ATTACH_SIZE, call_attach },
	{ GPU_RESOURCE_DETACH_BACKING, GPU_DETACH_SIZE, call_detach }
};

static uint32_t
call_dispatch(struct gpu2d_call *c)
{
	uint32_t type = call_u32(c, GPU_HDR_TYPE);

	for (size_t i = 0; i < sizeof command_table / sizeof command_table[0];
	    i++) {
		if (command_table[i].type != type)
			continue;
		if (c->n >= command_table[i].size)
			return command_table[i].call(c);
		call_broken(c, "gpu-request-short", "a request is shorter "
		    "than its structure");
		return GPU_OK_NODATA;
	}
	/* Blobs are known to QEMU, and not enabled. */
	if (type == GPU_RESOURCE_CREATE_BLOB || type == GPU_SET_SCANOUT_BLOB)
		return GPU_ERR_INVALID_PARAMETER;
	return GPU_ERR_UNSPEC;
}

/* The first request of each type may be refused, when somebody wants so. */
static int
call_refused(struct gpu2d_call *c)
{
	const struct boundary_port *port = c->g->port;
	uint32_t nth = call_u32(c, GPU_HDR_TYPE) - GPU_GET_DISPLAY_INFO;
	char buf[16];

	if (!c->apply || port->fails == NULL ||
	    nth > GPU_SET_SCANOUT_BLOB - GPU_GET_DISPLAY_INFO ||
	    (c->g->asked & UINT32_C(1) << nth) != 0)
		return 0;
	c->g->asked |= UINT32_C(1) << nth;
	return port->fails(port->machine,
	    gpu2d_type_name(call_u32(c, GPU_HDR_TYPE), buf));
}

enum gpu2d_result
gpu2d_apply(struct gpu2d *g, uint32_t ordinal, const uint8_t *request,
    size_t n, int apply, struct gpu2d_reply *reply)
{
	struct gpu2d_call c = { g, ordinal, request, n, apply, 0, reply };
	uint8_t *p;

	bytes_clear(&reply->response);
	reply->type = 0;
	if (n < GPU_HDR_SIZE)
		return GPU2D_SILENT;
	bytes_reserve(&reply->response, GPU_HDR_SIZE);
	memset(reply->response.data, 0, GPU_HDR_SIZE);
	reply->response.len = GPU_HDR_SIZE;
	reply->type = call_refused(&c) ? GPU_ERR_OUT_OF_MEMORY :
	    call_dispatch(&c);
	p = reply->response.data;
	bytes_le_put(p + GPU_HDR_TYPE, reply->type, 4);
	if ((call_u32(&c, GPU_HDR_FLAGS) & GPU_FLAG_FENCE) != 0) {
		bytes_le_put(p + GPU_HDR_FLAGS, GPU_FLAG_FENCE, 4);
		memcpy(p + GPU_HDR_FENCE_ID, request + GPU_HDR_FENCE_ID, 8);
		memcpy(p + GPU_HDR_CTX_ID, request + GPU_HDR_CTX_ID, 4);
	}
	return c.aborted ? GPU2D_ABORTED : GPU2D_ANSWERED;
}

/* ------------------------------------------------------------------- state */

static void
add_resource(struct gpu2d_resource *res, struct state *s)
{
	state_add_u64(s, res->id);
	if (res->id == 0)
		return;
	state_add_u64(s, (uint64_t)res->width << 32 | res->height);
	state_add_u64(s, res->format);
	state_memo_add(&res->memo, s, res->image,
	    (size_t)res->width * res->height * PIXEL_SIZE);
	state_add_u64(s, res->entries);
	for (uint32_t i = 0; i < res->entries; i++) {
		state_add_u64(s, res->entry[i].addr);
		state_add_u64(s, res->entry[i].length);
	}
}

static void
add_scanout(struct gpu2d_scanout *o, struct state *s)
{
	state_add_u64(s, o->resource);
	if (o->resource == 0)
		return;
	state_add_u64(s, (uint64_t)o->rect.x << 32 | o->rect.y);
	state_add_u64(s, (uint64_t)o->rect.width << 32 | o->rect.height);
	state_memo_add(&o->memo, s, o->shown,
	    (size_t)o->rect.width * o->rect.height * PIXEL_SIZE);
}

/* A resource's place in the table says where the next one goes. */
void
gpu2d_state(struct gpu2d *g, struct state *s)
{
	state_add_u64(s, (uint64_t)g->cfg.width << 32 | g->cfg.height);
	state_add_u64(s, (uint64_t)(g->edid != NULL) << 32 | g->edid_size);
	state_add_u64(s, g->asked);
	for (unsigned i = 0; i < GPU2D_RESOURCES_MAX; i++)
		add_resource(&g->resource[i], s);
	for (unsigned i = 0; i < g->cfg.scanouts; i++)
		add_scanout(&g->scanout[i], s);
}

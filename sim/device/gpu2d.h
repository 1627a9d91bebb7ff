/*
 * gpu2d.h: the meaning of the virtio-gpu 2D commands (VIRTIO 1.2, 5.7.6): a
 * table of resources, the guest memory behind them, the scanouts.
 *
 *	guest memory ──TRANSFER──► resource's image ──FLUSH──► what is shown
 *	(backing)
 *
 * TRANSFER copies from the backing as the device sees it at that time; FLUSH
 * brings the flushed rectangle to each scanout that shows the resource, and
 * tells the picture to port->picture.  So a store that the device never saw,
 * a transfer or a flush that was forgotten is missing from the picture.
 * SET_SCANOUT shows what the resource then holds, but tells no picture.
 *
 * It is used by the built-in device, which answers with its responses, and
 * next to a real or a recorded host, to know what that host shows.
 *
 * Answers are those of QEMU 7.2, as measured, but for: backing outside memory
 * is refused at ATTACH whatever its length (QEMU lets one page pass); a
 * TRANSFER past the backing is answered OK (QEMU 7.2 dies); a TRANSFER of the
 * full width from offset 0 copies its rectangle (QEMU: the whole image).
 */
#ifndef VIOTAPE_GPU2D_H
#define VIOTAPE_GPU2D_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"
#include "error.h"
#include "state.h"

/* Limits; to pass one is answered with ERR_OUT_OF_MEMORY or ERR_UNSPEC. */
#define GPU2D_RESOURCES_MAX	256u
#define GPU2D_IMAGES_MAX	(256u << 20)	/* bytes of all images */
#define GPU2D_ENTRIES_MAX	16384u		/* of one backing */
#define GPU2D_SCANOUT_MIN	16u		/* pixels, each side */

struct gpu2d_config {
	uint16_t bdf;			/* for struct dma_what */
	unsigned scanouts;		/* 1 to GPU_SCANOUTS_MAX */
	uint32_t width, height;		/* pixels, of scanout 0's mode */
};

/* {0} before the first use; gpu2d_reply_free() at the end. */
struct gpu2d_reply {
	uint32_t type;			/* GPU_OK_*, GPU_ERR_* (gpu_spec.h) */
	struct bytes response;		/* the whole one, header first */
};

enum gpu2d_result {
	GPU2D_ANSWERED = 0,
	GPU2D_SILENT = 1,		/* no whole header: never answered */
	GPU2D_ABORTED = -1		/* the machine aborts */
};

struct gpu2d;

/* port is not owned. */
struct gpu2d *gpu2d_create(const struct boundary_port *port,
    const struct gpu2d_config *cfg);
void gpu2d_free(struct gpu2d *g);		/* NULL is fine */
/* The mode of scanout 0 from now on; 0 by 0 is none. */
void gpu2d_mode_set(struct gpu2d *g, uint32_t width, uint32_t height);
/*
 * Another EDID than the mode's: edid is one block (not owned), of which the
 * answer says that it has size bytes.
 */
void gpu2d_edid_set(struct gpu2d *g, const uint8_t *edid, uint32_t size);
void gpu2d_reset(struct gpu2d *g);		/* resources, scanouts gone */
void gpu2d_reply_free(struct gpu2d_reply *r);

/*
 * One request of the controlq, n bytes; ordinal is its chain's.  With apply it
 * is carried out; without, only the answer is found: nothing changes, no
 * access is seen.
 *
 * Told to port->protocol_broken, with apply:
 *	gpu-request-short		5.7.6.8	answered OK, nothing done
 *	gpu-transfer-past-backing	5.7.6.8	the rest keeps its old pixels
 */
enum gpu2d_result gpu2d_apply(struct gpu2d *g, uint32_t ordinal,
    const uint8_t *request, size_t n, int apply, struct gpu2d_reply *reply);

/*
 * What a scanout shows: 1, with its size in pixels and its pixels (B, G, R, 0,
 * rows from the top, no stride; valid until the next call); 0: nothing.
 */
int gpu2d_picture(const struct gpu2d *g, unsigned scanout, uint32_t *width,
    uint32_t *height, const uint8_t **bgrx);

/*
 * Adds resources with their pixels, backings and scanouts.  Pixels are read
 * only if they changed since the last time, which g remembers.
 */
void gpu2d_state(struct gpu2d *g, struct state *s);

/* ------------------------------------------------- requests, as requests */

/* "SET_SCANOUT" by GPU_HDR_TYPE, also of responses; "0x999" goes into buf. */
const char *gpu2d_type_name(uint32_t type, char buf[16]);

/*
 * Appends a request as one line without a newline:
 *	SET_SCANOUT scanout 0 resource 1 0,0 640x480 fence 7
 */
void gpu2d_request_print(const uint8_t *request, size_t n, struct bytes *out);
/* The same without what gpu2d_request_equal_meaning() does not compare. */
void gpu2d_request_print_meaning(const uint8_t *request, size_t n,
    struct bytes *out);

/*
 * Whether two requests ask the same: equal but for fence ids, padding and the
 * addresses of the backing; of a backing the sum of the lengths counts (how
 * it is cut into entries depends on addresses).
 */
int gpu2d_request_equal_meaning(const uint8_t *a, size_t na, const uint8_t *b,
    size_t nb);
/* Appends bytes that are the same for requests that ask the same. */
void gpu2d_request_meaning(const uint8_t *request, size_t n,
    struct bytes *out);

#endif

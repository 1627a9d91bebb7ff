/* test_gpu2d.c: what the virtio-gpu 2D commands mean. */
#include "fake_port.h"
#include "gpu2d.h"
#include "gpu_edid.h"
#include "gpu_spec.h"

#define FB	(FAKE_BASE + 0x200000u)

struct rig {
	struct fake f;
	struct gpu2d *g;
	struct gpu2d_reply reply;
	struct bytes req;
	int apply;
};

static void
rig_open(struct rig *r)
{
	struct gpu2d_config cfg = { 8, 1, 640, 480 };

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->g = gpu2d_create(&r->f.port, &cfg);
	r->apply = 1;
}

static void
rig_close(struct rig *r)
{
	gpu2d_free(r->g);
	gpu2d_reply_free(&r->reply);
	bytes_free(&r->req);
	fake_free(&r->f);
}

/* A header, then n numbers of 32 bits. */
static void
make(struct bytes *b, uint32_t type, unsigned n, ...)
{
	va_list ap;

	bytes_clear(b);
	bytes_add_le(b, type, 4);
	for (unsigned i = 0; i < 5; i++)
		bytes_add_le(b, 0, 4);
	va_start(ap, n);
	for (unsigned i = 0; i < n; i++)
		bytes_add_le(b, va_arg(ap, uint32_t), 4);
	va_end(ap);
}

static uint32_t
run(struct rig *r)
{
	assert_int_equal(gpu2d_apply(r->g, 0, r->req.data, r->req.len,
	    r->apply, &r->reply), GPU2D_ANSWERED);
	assert_int_equal(bytes_le(r->reply.response.data, 4), r->reply.type);
	return r->reply.type;
}

static uint32_t
create(struct rig *r, uint32_t id, uint32_t format, uint32_t w, uint32_t h)
{
	make(&r->req, GPU_RESOURCE_CREATE_2D, 4, id, format, w, h);
	return run(r);
}

static uint32_t
attach(struct rig *r, uint32_t id, uint64_t addr, uint32_t len)
{
	make(&r->req, GPU_RESOURCE_ATTACH_BACKING, 6, id, 1,
	    (uint32_t)addr, (uint32_t)(addr >> 32), len, 0);
	return run(r);
}

static uint32_t
scanout(struct rig *r, uint32_t s, uint32_t id, uint32_t x, uint32_t y,
    uint32_t w, uint32_t h)
{
	make(&r->req, GPU_SET_SCANOUT, 6, x, y, w, h, s, id);
	return run(r);
}

static uint32_t
transfer(struct rig *r, uint32_t id, uint32_t x, uint32_t y, uint32_t w,
    uint32_t h, uint32_t offset)
{
	make(&r->req, GPU_TRANSFER_TO_HOST_2D, 8, x, y, w, h, offset, 0, id,
	    0);
	return run(r);
}

static uint32_t
flush(struct rig *r, uint32_t id, uint32_t x, uint32_t y, uint32_t w,
    uint32_t h)
{
	make(&r->req, GPU_RESOURCE_FLUSH, 6, x, y, w, h, id, 0);
	return run(r);
}

/* What the tests draw as the n-th pixel. */
static uint32_t
pixel(uint32_t n)
{
	return n * 0x010203 & 0xffffff;
}

/* Resource 1, 64x64, BGRX, one entry of backing, shown by scanout 0. */
static void
setup(struct rig *r)
{
	rig_open(r);
	for (uint32_t i = 0; i < 64 * 64; i++)
		fake_put(&r->f, FB + 4 * i, pixel(i) | 0xaa000000, 4);
	assert_int_equal(create(r, 1, GPU_FORMAT_BGRX, 64, 64), GPU_OK_NODATA);
	assert_int_equal(attach(r, 1, FB, 64 * 64 * 4), GPU_OK_NODATA);
	assert_int_equal(scanout(r, 0, 1, 0, 0, 64, 64), GPU_OK_NODATA);
}

static uint32_t
shown(struct rig *r, uint32_t x, uint32_t y)
{
	uint32_t w, h;
	const uint8_t *p;

	assert_int_equal(gpu2d_picture(r->g, 0, &w, &h, &p), 1);
	assert_true(x < w && y < h);
	return (uint32_t)bytes_le(p + 4 * ((size_t)y * w + x), 4);
}

/* ------------------------------------------------------------------ tests */

/* A store becomes visible by transfer and flush, and by nothing less. */
static void
a_picture_needs_transfer_and_flush(void **state)
{
	struct rig r;

	(void)state;
	setup(&r);
	assert_int_equal(shown(&r, 5, 5), 0);
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 5, 5), 0);		/* no transfer */
	assert_int_equal(transfer(&r, 1, 0, 0, 64, 64, 0), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 5, 5), 0);		/* no flush */
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 5, 5), pixel(5 * 64 + 5));
	assert_int_equal(r.f.pictures, 2);
	assert_int_equal(r.f.width, 64);
	/* What is stored after the transfer is not seen. */
	fake_put(&r.f, FB, 0x112233, 4);
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 0, 0), 0);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* offset is where the rectangle begins, rows are the resource's apart. */
static void
a_partial_transfer_and_flush_touch_their_rectangle_only(void **state)
{
	struct rig r;

	(void)state;
	setup(&r);
	assert_int_equal(transfer(&r, 1, 16, 2, 8, 4, (2 * 64 + 16) * 4),
	    GPU_OK_NODATA);
	assert_int_equal(flush(&r, 1, 16, 2, 4, 4), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 16, 2), pixel(2 * 64 + 16));
	assert_int_equal(shown(&r, 19, 5), pixel(5 * 64 + 19));
	assert_int_equal(shown(&r, 15, 2), 0);
	assert_int_equal(shown(&r, 16, 6), 0);
	assert_int_equal(shown(&r, 20, 2), 0);		/* not flushed */
	assert_int_equal(transfer(&r, 1, 16, 2, 8, 4, 0), GPU_OK_NODATA);
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 17, 3), pixel(65));
	rig_close(&r);
}

static void
a_backing_of_many_entries_is_one_after_the_other(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	assert_int_equal(create(&r, 7, GPU_FORMAT_BGRA, 64, 32),
	    GPU_OK_NODATA);
	for (uint32_t i = 0; i < 1024; i++) {
		fake_put(&r.f, FB + 0x8000 + 4 * i, i, 4);
		fake_put(&r.f, FB + 4 * i, 1024 + i, 4);
	}
	make(&r.req, GPU_RESOURCE_ATTACH_BACKING, 14, 7, 3,
	    FB + 0x8000, 0, 4094, 0, FB + 0x8000 + 4094, 0, 2, 0,
	    FB, 0, 4096, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	assert_int_equal(scanout(&r, 0, 7, 0, 0, 64, 32), GPU_OK_NODATA);
	assert_int_equal(transfer(&r, 7, 0, 0, 64, 32, 0), GPU_OK_NODATA);
	assert_int_equal(flush(&r, 7, 0, 0, 64, 32), GPU_OK_NODATA);
	for (uint32_t i = 0; i < 2048; i++)
		assert_int_equal(shown(&r, i % 64, i / 64), i);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* Bytes c0 c1 c2 c3 in memory, as each format reads them. */
static void
each_format_is_shown_in_its_colours(void **state)
{
	static const struct { uint32_t format, bgrx; } t[] = {
		{ GPU_FORMAT_BGRA, 0xc2c1c0 }, { GPU_FORMAT_BGRX, 0xc2c1c0 },
		{ GPU_FORMAT_ARGB, 0xc1c2c3 }, { GPU_FORMAT_XRGB, 0xc1c2c3 },
		{ GPU_FORMAT_RGBA, 0xc0c1c2 }, { GPU_FORMAT_RGBX, 0xc0c1c2 },
		{ GPU_FORMAT_XBGR, 0xc3c2c1 }, { GPU_FORMAT_ABGR, 0xc3c2c1 }
	};
	struct rig r;

	(void)state;
	rig_open(&r);
	for (uint32_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		fake_put(&r.f, FB, 0xc3c2c1c0, 4);
		assert_int_equal(create(&r, 1 + i, t[i].format, 16, 16),
		    GPU_OK_NODATA);
		assert_int_equal(attach(&r, 1 + i, FB, 1024), GPU_OK_NODATA);
		assert_int_equal(transfer(&r, 1 + i, 0, 0, 16, 16, 0),
		    GPU_OK_NODATA);
		assert_int_equal(scanout(&r, 0, 1 + i, 0, 0, 16, 16),
		    GPU_OK_NODATA);
		assert_int_equal(shown(&r, 0, 0), t[i].bgrx);
	}
	rig_close(&r);
}

/* The answers to what is wrong, as QEMU 7.2 gives them. */
static void
each_error_is_answered(void **state)
{
	struct rig r;

	(void)state;
	setup(&r);
	assert_int_equal(create(&r, 0, 2, 64, 64), GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(create(&r, 1, 2, 64, 64), GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(create(&r, 2, 77, 64, 64), GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(create(&r, 2, 2, 20000, 20000), GPU_ERR_OUT_OF_MEMORY);
	assert_int_equal(create(&r, 2, 2, 0xffffffff, 0xffffffff),
	    GPU_ERR_OUT_OF_MEMORY);
	assert_int_equal(create(&r, 2, 2, 0, 0), GPU_OK_NODATA);
	assert_int_equal(scanout(&r, 1, 9, 0, 0, 64, 64),
	    GPU_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(scanout(&r, 0, 9, 0, 0, 64, 64),
	    GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(scanout(&r, 0, 2, 0, 0, 0, 0), GPU_ERR_UNSPEC);
	assert_int_equal(scanout(&r, 0, 1, 0, 0, 15, 16),
	    GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(scanout(&r, 0, 1, 1, 0, 64, 64),
	    GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(scanout(&r, 0, 1, 0xfffffff8, 0, 16, 16),
	    GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(scanout(&r, 1, 0, 0, 0, 0, 0),
	    GPU_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(transfer(&r, 9, 0, 0, 1, 1, 0),
	    GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(transfer(&r, 2, 0, 0, 0, 0, 0), GPU_ERR_UNSPEC);
	assert_int_equal(transfer(&r, 1, 0, 0, 65, 1, 0),
	    GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(transfer(&r, 1, 64, 0, 0, 0, 0), GPU_OK_NODATA);
	assert_int_equal(transfer(&r, 1, 65, 0, 0, 0, 0),
	    GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(flush(&r, 9, 0, 0, 1, 1), GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(flush(&r, 1, 0, 63, 1, 2), GPU_ERR_INVALID_PARAMETER);
	assert_int_equal(flush(&r, 2, 0, 0, 0, 0), GPU_OK_NODATA);
	assert_int_equal(attach(&r, 9, FB, 4096), GPU_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(attach(&r, 1, FB, 4096), GPU_ERR_UNSPEC);
	assert_int_equal(attach(&r, 2, FB, 0), GPU_ERR_UNSPEC);
	make(&r.req, GPU_RESOURCE_ATTACH_BACKING, 6, 2, 2, FB, 0, 4096, 0);
	assert_int_equal(run(&r), GPU_ERR_UNSPEC);
	make(&r.req, GPU_RESOURCE_ATTACH_BACKING, 2, 2, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	make(&r.req, GPU_RESOURCE_DETACH_BACKING, 2, 2, 0);
	assert_int_equal(run(&r), GPU_ERR_UNSPEC);
	make(&r.req, GPU_RESOURCE_DETACH_BACKING, 2, 9, 0);
	assert_int_equal(run(&r), GPU_ERR_INVALID_RESOURCE_ID);
	make(&r.req, GPU_RESOURCE_UNREF, 2, 0, 0);
	assert_int_equal(run(&r), GPU_ERR_INVALID_RESOURCE_ID);
	make(&r.req, GPU_GET_EDID, 2, 1, 0);
	assert_int_equal(run(&r), GPU_ERR_INVALID_PARAMETER);
	make(&r.req, 0x999, 0);
	assert_int_equal(run(&r), GPU_ERR_UNSPEC);
	make(&r.req, GPU_GET_CAPSET_INFO, 2, 0, 0);
	assert_int_equal(run(&r), GPU_ERR_UNSPEC);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
backing_outside_memory_is_refused_in_the_open(void **state)
{
	struct rig r;

	(void)state;
	setup(&r);
	assert_int_equal(create(&r, 2, 2, 64, 64), GPU_OK_NODATA);
	r.f.lost = 0;
	assert_int_equal(attach(&r, 2, 0x700000000, 16384), GPU_ERR_UNSPEC);
	assert_int_equal(r.f.lost, 1);
	assert_true(r.f.lost_addr == 0x700000000);
	/* Across the end of memory: the first byte that is not there. */
	assert_int_equal(attach(&r, 2, FAKE_BASE + FAKE_SIZE - 100, 16384),
	    GPU_ERR_UNSPEC);
	assert_true(r.f.lost_addr == FAKE_BASE + FAKE_SIZE);
	assert_int_equal(transfer(&r, 2, 0, 0, 1, 1, 0), GPU_ERR_UNSPEC);
	/* Without apply nobody sees it. */
	r.f.lost = 0;
	r.apply = 0;
	assert_int_equal(attach(&r, 2, 0x700000000, 16384), GPU_ERR_UNSPEC);
	assert_int_equal(r.f.lost, 0);
	/* A machine that aborts. */
	r.f.abort_on_lost = 1;
	make(&r.req, GPU_RESOURCE_ATTACH_BACKING, 6, 2, 1, 0, 7, 16384, 0);
	assert_int_equal(gpu2d_apply(r.g, 0, r.req.data, r.req.len, 1,
	    &r.reply), GPU2D_ABORTED);
	rig_close(&r);
}

static void
a_transfer_past_the_backing_keeps_the_rest_and_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	memset(fake_at(&r.f, FB), 0x11, 0x10000);
	assert_int_equal(create(&r, 1, 2, 64, 64), GPU_OK_NODATA);
	assert_int_equal(attach(&r, 1, FB, 64 * 4 * 10), GPU_OK_NODATA);
	assert_int_equal(scanout(&r, 0, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(transfer(&r, 1, 0, 0, 64, 10, 0), GPU_OK_NODATA);
	fake_expect(&r.f, "");
	assert_int_equal(transfer(&r, 1, 0, 0, 64, 64, 0), GPU_OK_NODATA);
	fake_expect(&r.f, "gpu-transfer-past-backing");
	make(&r.req, GPU_TRANSFER_TO_HOST_2D, 8, 0, 0, 8, 8, 0xffffff00,
	    0xffffffff, 1, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	fake_expect(&r.f, "gpu-transfer-past-backing");
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 0, 9), 0x111111);
	assert_int_equal(shown(&r, 0, 10), 0);
	rig_close(&r);
}

static void
short_requests_are_answered_as_qemu_does_and_told(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	make(&r.req, GPU_RESOURCE_CREATE_2D, 1, 5);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	fake_expect(&r.f, "gpu-request-short");
	assert_int_equal(create(&r, 5, 2, 16, 16), GPU_OK_NODATA);
	assert_int_equal(gpu2d_apply(r.g, 0, r.req.data, 12, 1, &r.reply),
	    GPU2D_SILENT);
	rig_close(&r);
}

static void
a_fence_is_echoed_and_nothing_else(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	make(&r.req, GPU_GET_DISPLAY_INFO, 0);
	bytes_le_put(r.req.data + 4, 0x83, 4);
	bytes_le_put(r.req.data + 8, 77, 8);
	bytes_le_put(r.req.data + 16, 5, 4);
	bytes_le_put(r.req.data + 20, 9, 4);
	assert_int_equal(run(&r), GPU_OK_DISPLAY_INFO);
	assert_int_equal(bytes_le(r.reply.response.data + 4, 4), 1);
	assert_int_equal(bytes_le(r.reply.response.data + 8, 8), 77);
	assert_int_equal(bytes_le(r.reply.response.data + 16, 4), 5);
	assert_int_equal(bytes_le(r.reply.response.data + 20, 4), 0);
	bytes_le_put(r.req.data + 4, 0x82, 4);
	assert_int_equal(run(&r), GPU_OK_DISPLAY_INFO);
	for (unsigned i = 4; i < 24; i++)
		assert_int_equal(r.reply.response.data[i], 0);
	rig_close(&r);
}

/* Without apply the answer is the same, and nothing has happened. */
static void
checking_changes_nothing(void **state)
{
	struct rig r;

	(void)state;
	setup(&r);
	r.apply = 0;
	r.f.pictures = 0;
	memset(r.f.seen_reads, 0, sizeof r.f.seen_reads);
	assert_int_equal(create(&r, 2, 2, 64, 64), GPU_OK_NODATA);
	assert_int_equal(create(&r, 2, 2, 64, 64), GPU_OK_NODATA);
	assert_int_equal(transfer(&r, 1, 0, 0, 64, 64, 0), GPU_OK_NODATA);
	assert_int_equal(flush(&r, 1, 0, 0, 64, 64), GPU_OK_NODATA);
	make(&r.req, GPU_RESOURCE_DETACH_BACKING, 2, 1, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	make(&r.req, GPU_RESOURCE_UNREF, 2, 1, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	assert_int_equal(scanout(&r, 0, 0, 0, 0, 0, 0), GPU_OK_NODATA);
	assert_int_equal(shown(&r, 5, 5), 0);
	assert_int_equal(r.f.pictures, 0);
	assert_int_equal(r.f.seen_reads[DMA_BACKING], 0);
	rig_close(&r);
}

static void
scanouts_end_with_their_resource_and_at_a_reset(void **state)
{
	struct rig r;
	uint32_t w, h;
	const uint8_t *p;

	(void)state;
	setup(&r);
	make(&r.req, GPU_RESOURCE_UNREF, 2, 1, 0);
	assert_int_equal(run(&r), GPU_OK_NODATA);
	assert_int_equal(gpu2d_picture(r.g, 0, &w, &h, &p), 0);
	assert_int_equal(create(&r, 1, 2, 64, 64), GPU_OK_NODATA);
	assert_int_equal(attach(&r, 1, FB, 16384), GPU_OK_NODATA);
	assert_int_equal(transfer(&r, 1, 0, 0, 64, 64, 0), GPU_OK_NODATA);
	assert_int_equal(scanout(&r, 0, 1, 10, 20, 30, 40), GPU_OK_NODATA);
	assert_int_equal(gpu2d_picture(r.g, 0, &w, &h, &p), 1);
	assert_int_equal(w, 30);
	assert_int_equal(h, 40);
	assert_int_equal(shown(&r, 0, 0), pixel(20 * 64 + 10));
	gpu2d_reset(r.g);
	assert_int_equal(gpu2d_picture(r.g, 0, &w, &h, &p), 0);
	assert_int_equal(flush(&r, 1, 0, 0, 1, 1), GPU_ERR_INVALID_RESOURCE_ID);
	/* The memory of all images is limited, and comes back. */
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(create(&r, 1, 2, 8000, 8000), GPU_OK_NODATA);
		assert_int_equal(create(&r, 2, 2, 8000, 500),
		    GPU_ERR_OUT_OF_MEMORY);
		gpu2d_reset(r.g);
	}
	rig_close(&r);
}

static void
expect_print(struct rig *r, const char *text)
{
	struct bytes out = { 0 };

	gpu2d_request_print(r->req.data, r->req.len, &out);
	assert_string_equal((char *)out.data, text);
	bytes_free(&out);
}

static void
requests_are_printed_in_one_line(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	make(&r.req, GPU_SET_SCANOUT, 6, 0, 0, 640, 480, 0, 1);
	expect_print(&r, "SET_SCANOUT scanout 0 resource 1 0,0 640x480");
	bytes_le_put(r.req.data + 4, 1, 4);
	bytes_le_put(r.req.data + 8, 7, 4);
	expect_print(&r,
	    "SET_SCANOUT scanout 0 resource 1 0,0 640x480 fence 7");
	make(&r.req, GPU_RESOURCE_CREATE_2D, 4, 1, 2, 640, 480);
	expect_print(&r, "RESOURCE_CREATE_2D resource 1 format 2 640x480");
	make(&r.req, GPU_RESOURCE_ATTACH_BACKING, 6, 1, 1, FB, 0, 4096, 0);
	expect_print(&r, "RESOURCE_ATTACH_BACKING resource 1 entries 1 bytes "
	    "4096 at 0x40200000");
	make(&r.req, GPU_TRANSFER_TO_HOST_2D, 8, 1, 2, 3, 4, 16, 0, 1, 0);
	expect_print(&r, "TRANSFER_TO_HOST_2D resource 1 1,2 3x4 offset 16");
	make(&r.req, GPU_RESOURCE_FLUSH, 2, 1, 2);
	expect_print(&r, "RESOURCE_FLUSH short, 32 bytes");
	make(&r.req, 0x999, 0);
	expect_print(&r, "0x999");
	rig_close(&r);
}

static int
equal(const struct bytes *a, const struct bytes *b)
{
	int r = gpu2d_request_equal_meaning(a->data, a->len, b->data, b->len);
	struct bytes ma = { 0 }, mb = { 0 };

	/* What is compared two by two, and what may be digested, agree. */
	gpu2d_request_meaning(a->data, a->len, &ma);
	gpu2d_request_meaning(b->data, b->len, &mb);
	assert_int_equal(r, ma.len == mb.len && memcmp(ma.data, mb.data,
	    ma.len) == 0);
	bytes_free(&ma);
	bytes_free(&mb);
	assert_int_equal(r, gpu2d_request_equal_meaning(b->data, b->len,
	    a->data, a->len));
	return r;
}

static void
requests_equal_in_meaning_differ_in_fences_addresses_padding(void **state)
{
	struct bytes a = { 0 }, b = { 0 };

	(void)state;
	make(&a, GPU_RESOURCE_FLUSH, 6, 0, 0, 640, 480, 1, 0);
	make(&b, GPU_RESOURCE_FLUSH, 6, 0, 0, 640, 480, 1, 99);
	bytes_le_put(b.data + GPU_HDR_FENCE_ID, 12345, 8);
	assert_true(equal(&a, &b));
	bytes_le_put(b.data + GPU_FLUSH_RESOURCE, 2, 4);
	assert_false(equal(&a, &b));
	make(&b, GPU_SET_SCANOUT, 6, 0, 0, 640, 480, 1, 0);
	assert_false(equal(&a, &b));
	make(&a, GPU_SET_SCANOUT, 6, 0, 0, 640, 480, 1, 1);
	assert_false(equal(&a, &b));		/* the last field counts */
	make(&a, GPU_RESOURCE_ATTACH_BACKING, 6, 1, 1, FB, 0, 8192, 0);
	make(&b, GPU_RESOURCE_ATTACH_BACKING, 10, 1, 2, 0, 5, 4096, 0,
	    0x9000, 6, 4096, 1);
	assert_true(equal(&a, &b));
	bytes_le_put(b.data + GPU_ATTACH_SIZE + GPU_ENTRY_LENGTH, 4095, 4);
	assert_false(equal(&a, &b));
	make(&a, GPU_GET_DISPLAY_INFO, 0);
	make(&b, GPU_GET_DISPLAY_INFO, 0);
	assert_true(equal(&a, &b));
	bytes_le_put(b.data + GPU_HDR_FLAGS, 1, 4);
	assert_false(equal(&a, &b));
	bytes_free(&a);
	bytes_free(&b);
}

static void
the_edid_is_valid_and_says_the_resolution(void **state)
{
	static const uint32_t size[][2] = {
		{ 640, 480 }, { 1280, 800 }, { 4095, 2160 }
	};
	uint8_t e[GPU_EDID_BLOCK_SIZE];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned sum = 0;

		gpu_edid_make(e, size[i][0], size[i][1]);
		for (unsigned k = 0; k < sizeof e; k++)
			sum += e[k];
		assert_int_equal(sum & 0xff, 0);
		assert_memory_equal(e, "\0\xff\xff\xff\xff\xff\xff\0", 8);
		assert_int_equal(e[54 + 2] | (e[54 + 4] & 0xf0) << 4,
		    size[i][0]);
		assert_int_equal(e[54 + 5] | (e[54 + 7] & 0xf0) << 4,
		    size[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_needs_transfer_and_flush),
		cmocka_unit_test(
		    a_partial_transfer_and_flush_touch_their_rectangle_only),
		cmocka_unit_test(
		    a_backing_of_many_entries_is_one_after_the_other),
		cmocka_unit_test(each_format_is_shown_in_its_colours),
		cmocka_unit_test(each_error_is_answered),
		cmocka_unit_test(backing_outside_memory_is_refused_in_the_open),
		cmocka_unit_test(
		    a_transfer_past_the_backing_keeps_the_rest_and_is_told),
		cmocka_unit_test(
		    short_requests_are_answered_as_qemu_does_and_told),
		cmocka_unit_test(a_fence_is_echoed_and_nothing_else),
		cmocka_unit_test(checking_changes_nothing),
		cmocka_unit_test(
		    scanouts_end_with_their_resource_and_at_a_reset),
		cmocka_unit_test(requests_are_printed_in_one_line),
		cmocka_unit_test(
		    requests_equal_in_meaning_differ_in_fences_addresses_padding),
		cmocka_unit_test(the_edid_is_valid_and_says_the_resolution)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_gpu_device.c: the built-in virtio-gpu as a host.  Where a test says
 * "measured", the expectation is what QEMU 7.2's virtio-gpu-pci,xres=640,
 * yres=480 was seen to answer.
 */
#include "fake_port.h"
#include "gpu_device.h"
#include "gpu_spec.h"
#include "virtio_pci_device.h"
#include "virtio_spec.h"

#define BAR4	((enum boundary_region)(REGION_BAR0 + 4))
#define BDF	VIRTIO_PCI_BDF_DEFAULT

struct rig {
	struct fake f;
	struct boundary_host host;
	struct error err;
};

static uint64_t
rd(struct rig *r, enum boundary_region region, uint32_t offset, unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(r->host.ops->read(r->host.self, BDF, region, offset,
	    size, &v, &r->err), 0);
	return v;
}

static void
wr(struct rig *r, enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t v)
{
	assert_int_equal(r->host.ops->write(r->host.self, BDF, region, offset,
	    size, v, &r->err), 0);
}

static void
rig_open(struct rig *r)
{
	struct gpu_device_config cfg = { .width = 640, .height = 480 };

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->host = gpu_device_host(&r->f.port, &cfg);
}

static void
rig_close(struct rig *r)
{
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

static void
drv_start(struct rig *r)
{
	static const unsigned size[] = { 64, 16 };

	wr(r, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(r, BAR4, VIRTIO_PCI_STATUS, 1), 0);
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 3);
	for (uint32_t i = 0; i < 2; i++) {
		wr(r, BAR4, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, i);
		(void)rd(r, BAR4, VIRTIO_PCI_DEVICE_FEATURE, 4);
		wr(r, BAR4, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		wr(r, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4, i ? 1 : 2);
	}
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0b);
	assert_int_equal(rd(r, BAR4, VIRTIO_PCI_STATUS, 1), 0x0b);
	for (uint32_t q = 0; q < 2; q++) {
		wr(r, BAR4, VIRTIO_PCI_QUEUE_SELECT, 2, q);
		assert_int_equal(rd(r, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2),
		    size[q]);
		for (uint32_t i = 0; i < 3; i++) {
			wr(r, BAR4, VIRTIO_PCI_QUEUE_DESC + 8 * i, 4,
			    RING_DESC(q) + 0x1000 * i);
			wr(r, BAR4, VIRTIO_PCI_QUEUE_DESC + 8 * i + 4, 4, 0);
		}
		wr(r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	}
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
}

/* Sends n bytes at REQUEST with room bytes for the answer; what step said. */
static int
drv_send(struct rig *r, unsigned q, uint32_t n, uint32_t room)
{
	fake_desc(&r->f, RING_DESC(q), 0, REQUEST, n, room != 0, 1);
	fake_desc(&r->f, RING_DESC(q), 1, RESPONSE, room, VIRTQ_DESC_F_WRITE,
	    0);
	memset(fake_at(&r->f, RESPONSE), 0xee, 2048);
	fake_avail(&r->f, q, q ? 16 : 64, 0);
	wr(r, BAR4, 0x3000 + 4 * q, 2, q);
	r->f.used = 0;
	return r->host.ops->step(r->host.self, 0, &r->err);
}

/* ------------------------------------------------------------------ tests */

/* Measured: all 256 bytes. */
static void
configuration_space_is_qemus(void **state)
{
	static const uint8_t expect[0xb0] = {
		0xf4, 0x1a, 0x50, 0x10, 0, 0, 0x10, 0,
		0x01, 0x00, 0x80, 0x03, 0, 0, 0, 0,
		[0x20] = 0x0c, [0x2c] = 0xf4, 0x1a, 0x00, 0x11,
		[0x34] = 0x98, [0x3d] = 0x01,
		[0x40] = 0x09, 0x00, 0x10, 0x01, 0x04,
		[0x4d] = 0x10,
		[0x50] = 0x09, 0x40, 0x10, 0x03, 0x04,
		[0x59] = 0x10, [0x5d] = 0x10,
		[0x60] = 0x09, 0x50, 0x10, 0x04, 0x04,
		[0x69] = 0x20, [0x6d] = 0x10,
		[0x70] = 0x09, 0x60, 0x14, 0x02, 0x04,
		[0x79] = 0x30, [0x7d] = 0x10,
		[0x80] = 0x04, 0, 0, 0, 0x09, 0x70, 0x14, 0x05,
		[0x98] = 0x11, 0x84, 0x02, 0x00, 0x01, 0, 0, 0,
		0x01, 0x08
	};
	struct rig r;

	(void)state;
	rig_open(&r);
	for (uint32_t i = 0; i < 256; i++)
		assert_int_equal(rd(&r, REGION_CONFIG, i, 1),
		    i < sizeof expect ? expect[i] : 0);
	rig_close(&r);
}

/* Measured: {offset in BAR 4, size, value} before any write. */
static void
registers_answer_as_qemus(void **state)
{
	static const struct { uint32_t at; unsigned size; uint64_t v; } t[] = {
		{ 0x00, 4, 0 }, { 0x04, 4, 0x30000002 }, { 0x04, 2, 2 },
		{ 0x06, 2, 0 }, { 0x10, 4, 0xffff }, { 0x12, 2, 2 },
		{ 0x11, 1, 0 }, { 0x14, 4, 0 }, { 0x18, 4, 64 },
		{ 0x1a, 2, 0xffff }, { 0x1a, 1, 0xff }, { 0x1c, 2, 0 },
		{ 0x00, 8, 0x3000000200000000 }, { 0x38, 4, 0 },
		{ 0x44, 4, 0 }, { 0x1000, 4, 0 }, { 0x2000, 4, 0 },
		{ 0x2004, 4, 0 }, { 0x2008, 4, 1 }, { 0x2008, 1, 1 },
		{ 0x200c, 4, 0 }, { 0x2010, 4, 0xffffffff },
		{ 0x2010, 1, 0xff }, { 0x2ffc, 4, 0xffffffff },
		{ 0x3000, 4, 0 }
	};
	struct rig r;

	(void)state;
	rig_open(&r);
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_int_equal(rd(&r, BAR4, t[i].at, t[i].size), t[i].v);
	wr(&r, BAR4, 0, 4, 1);
	assert_int_equal(rd(&r, BAR4, 4, 4), 0x101);
	wr(&r, BAR4, 0, 4, 2);
	assert_int_equal(rd(&r, BAR4, 4, 4), 0);
	wr(&r, BAR4, 0x16, 2, 1);
	assert_int_equal(rd(&r, BAR4, 0x18, 2), 16);
	wr(&r, BAR4, 0x16, 2, 3);
	assert_int_equal(rd(&r, BAR4, 0x16, 2), 3);
	assert_int_equal(rd(&r, BAR4, 0x18, 2), 0);
	assert_int_equal(rd(&r, BAR4, 0x1a, 2), 0xffff);
	assert_int_equal(rd(&r, BAR4, 0x1e, 2), 3);
	assert_int_equal(rd(&r, (enum boundary_region)(REGION_BAR0 + 1), 0x2c,
	    4), 1);
	assert_int_equal(rd(&r, (enum boundary_region)(REGION_BAR0 + 1), 0x30,
	    4), 0xffffffff);
	assert_int_equal(rd(&r, (enum boundary_region)(REGION_BAR0 + 1), 0x808,
	    4), 0xffffffff);
	rig_close(&r);
}

/* Measured: type and length of the answer, for room to write it. */
static void
answers_have_qemus_types_and_lengths(void **state)
{
	static const struct {
		uint32_t type, n, room, answer, len;
		const char *id;
	} t[] = {
		{ GPU_GET_DISPLAY_INFO, 24, 408, 0x1101, 408, "" },
		{ GPU_GET_DISPLAY_INFO, 24, 1056, 0x1101, 408, "" },
		{ GPU_GET_DISPLAY_INFO, 24, 100, 0x1101, 100,
		    "gpu-response-short" },
		{ GPU_GET_EDID, 32, 1056, 0x1104, 1056, "" },
		{ GPU_RESOURCE_UNREF, 32, 24, 0x1203, 24, "" },
		{ GPU_RESOURCE_CREATE_2D, 28, 24, 0x1100, 24,
		    "gpu-request-short" },
		{ 0x999, 32, 24, 0x1200, 24, "" },
		{ GPU_UPDATE_CURSOR, 56, 24, 0x1200, 24, "" },
		{ GPU_RESOURCE_CREATE_BLOB, 64, 24, 0x1205, 24, "" }
	};
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		fake_put(&r.f, REQUEST, t[i].type, 4);
		assert_int_equal(drv_send(&r, 0, t[i].n, t[i].room), 1);
		assert_int_equal(fake_get(&r.f, RESPONSE, 4), t[i].answer);
		assert_int_equal(r.f.used_len, t[i].len);
		assert_int_equal(fake_get(&r.f, RESPONSE + t[i].len, 1), 0xee);
		assert_int_equal(rd(&r, BAR4, 0x1000, 1), 1);
		fake_expect(&r.f, t[i].id);
	}
	rig_close(&r);
}

static void
the_display_mode_is_the_configured_one(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	fake_put(&r.f, REQUEST, GPU_GET_DISPLAY_INFO, 4);
	assert_int_equal(drv_send(&r, 0, 24, 408), 1);
	assert_int_equal(fake_get(&r.f, RESPONSE + 24 + 8, 4), 640);
	assert_int_equal(fake_get(&r.f, RESPONSE + 24 + 12, 4), 480);
	assert_int_equal(fake_get(&r.f, RESPONSE + 24 + 16, 4), 1);
	for (unsigned i = 48; i < 408; i++)
		assert_int_equal(fake_get(&r.f, RESPONSE + i, 1), 0);
	fake_put(&r.f, REQUEST, GPU_GET_EDID, 4);
	assert_int_equal(drv_send(&r, 0, 32, 1056), 1);
	assert_int_equal(fake_get(&r.f, RESPONSE + 24, 4), 1024);
	assert_int_equal(fake_get(&r.f, RESPONSE + 32 + 54 + 2, 1), 640 & 0xff);
	rig_close(&r);
}

/* Measured: requests without room are carried out; cursor ones come back. */
static void
cursor_requests_come_back_with_no_answer(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	fake_put(&r.f, REQUEST, GPU_MOVE_CURSOR, 4);
	assert_int_equal(drv_send(&r, 1, 56, 0), 1);
	assert_int_equal(r.f.used, 1);
	assert_int_equal(r.f.used_len, 0);
	fake_put(&r.f, REQUEST, GPU_UPDATE_CURSOR, 4);
	assert_int_equal(drv_send(&r, 1, 56, 24), 1);
	assert_int_equal(r.f.used_len, 0);
	assert_int_equal(fake_get(&r.f, RESPONSE, 1), 0xee);
	fake_expect(&r.f, "");
	rig_close(&r);
}

/* Measured: a request shorter than a header is kept, others go on. */
static void
a_request_without_a_header_is_never_answered(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	assert_int_equal(drv_send(&r, 0, 12, 24), 1);
	assert_int_equal(r.f.used, 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_STATUS, 1), 0x0f);
	rig_close(&r);
}

static void
put_words(struct rig *r, unsigned n, ...)
{
	va_list ap;

	va_start(ap, n);
	for (unsigned i = 0; i < n; i++)
		fake_put(&r->f, REQUEST + 24 + 4 * i, va_arg(ap, uint32_t), 4);
	va_end(ap);
}

static void
command(struct rig *r, uint32_t type, uint32_t n)
{
	fake_put(&r->f, REQUEST, type, 4);
	assert_int_equal(drv_send(r, 0, n, 24), 1);
	assert_int_equal(fake_get(&r->f, RESPONSE, 4), GPU_OK_NODATA);
}

/* From the driver's store to the host's pixel. */
static void
a_session_shows_what_was_drawn(void **state)
{
	struct rig r;
	uint32_t fb = FAKE_BASE + 0x200000;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	memset(fake_at(&r.f, fb), 0x5a, 640 * 480 * 4);
	put_words(&r, 4, 1u, 2u, 640u, 480u);
	command(&r, GPU_RESOURCE_CREATE_2D, 40);
	put_words(&r, 6, 1u, 1u, fb, 0u, 640u * 480u * 4u, 0u);
	command(&r, GPU_RESOURCE_ATTACH_BACKING, 48);
	put_words(&r, 6, 0u, 0u, 640u, 480u, 0u, 1u);
	command(&r, GPU_SET_SCANOUT, 48);
	put_words(&r, 8, 0u, 0u, 640u, 480u, 0u, 0u, 1u, 0u);
	command(&r, GPU_TRANSFER_TO_HOST_2D, 56);
	assert_int_equal(r.f.pictures, 0);
	put_words(&r, 6, 0u, 0u, 640u, 480u, 1u, 0u);
	command(&r, GPU_RESOURCE_FLUSH, 48);
	assert_int_equal(r.f.pictures, 1);
	assert_int_equal(r.f.width, 640);
	assert_int_equal(r.f.height, 480);
	assert_memory_equal(r.f.pixel, "\x5a\x5a\x5a\0", 4);
	fake_expect(&r.f, "");
	/* A reset forgets the resource. */
	memset(fake_at(&r.f, RING_DESC(0)), 0, 0x20000);
	drv_start(&r);
	put_words(&r, 4, 1u, 2u, 640u, 480u);
	command(&r, GPU_RESOURCE_CREATE_2D, 40);
	rig_close(&r);
}

static void
features_can_be_left_out(void **state)
{
	struct gpu_device_config cfg = {
		.width = 800, .height = 600, .no_edid = 1, .no_msix = 1,
		.features_off = ~(uint64_t)0
	};
	struct rig r;

	(void)state;
	memset(&r, 0, sizeof r);
	fake_init(&r.f);
	r.host = gpu_device_host(&r.f.port, &cfg);
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(rd(&r, BAR4, 4, 4), 0);
	wr(&r, BAR4, 0, 4, 1);
	assert_int_equal(rd(&r, BAR4, 4, 4), 1);
	assert_int_equal(rd(&r, REGION_CONFIG, PCI_CFG_CAPABILITIES, 1), 0x84);
	rig_close(&r);
}

static int
happen(struct rig *r, const struct boundary_happening *h)
{
	return r->host.ops->happen(r->host.self, h, &r->err);
}

/* 5.7.4: the event stands until the driver clears it, or resets. */
static void
another_size_is_an_event(void **state)
{
	static const struct boundary_happening h = { .what = HAPPEN_RESIZE,
	    .width = 800, .height = 600 };
	const uint8_t *p;
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	assert_int_equal(rd(&r, BAR4, 0x2000, 4), 0);
	assert_int_equal(r.f.line, 0);
	assert_int_equal(happen(&r, &h), 0);
	assert_int_equal(rd(&r, BAR4, 0x2000, 4), GPU_EVENT_DISPLAY);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_CONFIG_GENERATION, 1), 1);
	assert_int_equal(r.f.line, 1);
	assert_int_equal(rd(&r, BAR4, 0x1000, 1) & VIRTIO_ISR_CONFIG,
	    VIRTIO_ISR_CONFIG);
	wr(&r, BAR4, 0x2004, 4, 2);	/* another bit */
	assert_int_equal(rd(&r, BAR4, 0x2000, 4), GPU_EVENT_DISPLAY);
	wr(&r, BAR4, 0x2004, 4, GPU_EVENT_DISPLAY);
	assert_int_equal(rd(&r, BAR4, 0x2000, 4), 0);
	memset(fake_at(&r.f, REQUEST), 0, 64);
	bytes_le_put(fake_at(&r.f, REQUEST), GPU_GET_DISPLAY_INFO, 4);
	assert_int_equal(drv_send(&r, 0, GPU_HDR_SIZE, 408), 1);
	p = fake_at(&r.f, RESPONSE);
	assert_int_equal(bytes_le(p + GPU_HDR_SIZE + 8, 4), 800);
	assert_int_equal(bytes_le(p + GPU_HDR_SIZE + 12, 4), 600);
	assert_int_equal(happen(&r, &h), 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(&r, BAR4, 0x2000, 4), 0);
	rig_close(&r);
}

/* 2.1.2: told by an interrupt, and no request is served until a reset. */
static void
a_device_that_needs_a_reset_works_no_more(void **state)
{
	static const struct boundary_happening h = {
	    .what = HAPPEN_NEEDS_RESET };
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	assert_int_equal(happen(&r, &h), 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_STATUS, 1),
	    0x0f | VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(r.f.line, 1);
	memset(fake_at(&r.f, REQUEST), 0, 64);
	bytes_le_put(fake_at(&r.f, REQUEST), GPU_GET_DISPLAY_INFO, 4);
	assert_int_equal(drv_send(&r, 0, GPU_HDR_SIZE, 408), 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_STATUS, 1), 0);
	rig_close(&r);
}

/* Before DRIVER_OK the driver can see it, and no interrupt comes (2.1.2). */
static void
nobody_is_interrupted_before_driver_ok(void **state)
{
	static const struct boundary_happening h = {
	    .what = HAPPEN_NEEDS_RESET };
	struct rig r;

	(void)state;
	rig_open(&r);
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(happen(&r, &h), 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_STATUS, 1),
	    VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(r.f.line, 0);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configuration_space_is_qemus),
		cmocka_unit_test(registers_answer_as_qemus),
		cmocka_unit_test(answers_have_qemus_types_and_lengths),
		cmocka_unit_test(the_display_mode_is_the_configured_one),
		cmocka_unit_test(cursor_requests_come_back_with_no_answer),
		cmocka_unit_test(a_request_without_a_header_is_never_answered),
		cmocka_unit_test(a_session_shows_what_was_drawn),
		cmocka_unit_test(features_can_be_left_out),
		cmocka_unit_test(another_size_is_an_event),
		cmocka_unit_test(a_device_that_needs_a_reset_works_no_more),
		cmocka_unit_test(nobody_is_interrupted_before_driver_ok)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

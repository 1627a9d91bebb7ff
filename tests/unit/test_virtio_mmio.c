/*
 * test_virtio_mmio.c: virtio over MMIO, both versions: the registers, the
 * window's interrupt, and the rules that a driver must obey there.
 */
#include "echo_device.h"
#include "fake_port.h"
#include "virtio_mmio_device.h"
#include "virtio_mmio_spec.h"
#include "virtio_transport.h"
#include "virtio_watch.h"

#define SIZE_MAX_OF_QUEUE	16u
#define F_DEVICE	VIRTIO_FEATURE(3)
#define F_LEFT	VIRTIO_FEATURE(36)	/* offered, never accepted */
#define PAGE		4096u

struct rig {
	struct fake f;
	struct virtio_core *d;
	struct boundary_host host;
	struct error err;
	int legacy;
	unsigned level;			/* of the window's line */
};

static uint64_t
echo_config_read(void *self, uint32_t offset, unsigned size)
{
	(void)self;
	(void)size;
	return 0x40 + offset;
}

static const struct virtio_device_ops echo_ops = {
	.config_read = echo_config_read, .config_write = echo_config_write,
	.request = echo_request
};

/* A window has one line, pin 0. */
static void
window_line(void *m, uint16_t bdf, unsigned pin, int level)
{
	struct fake *f = m;

	assert_int_equal(bdf, 0);
	assert_int_equal(pin, 0);
	assert_int_not_equal(level, f->line);
	f->line = level;
}

static void
rig_open(struct rig *r, int legacy)
{
	static const uint16_t sizes[] = { SIZE_MAX_OF_QUEUE,
	    SIZE_MAX_OF_QUEUE };
	struct virtio_device dev = {
		.id = VIRTIO_ID_GPU, .features = F_DEVICE |
		VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1) |
		VIRTIO_FEATURE(VIRTIO_BIT_RING_RESET) | F_LEFT,
		.config_size = 16,
		.queues = 2, .queue_size_max = sizes, .ops = &echo_ops
	};

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->f.port.irq_line = window_line;
	r->legacy = legacy;
	r->d = virtio_transport_create(&r->f.port, legacy ?
	    VIRTIO_TRANSPORT_MMIO_LEGACY : VIRTIO_TRANSPORT_MMIO, &dev);
	r->host = virtio_core_host(r->d);
}

static void
rig_close(struct rig *r)
{
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

static uint64_t
rd_sized(struct rig *r, uint16_t window, uint32_t offset, unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(r->host.ops->read(r->host.self, window, REGION_MMIO,
	    offset, size, &v, &r->err), 0);
	return v;
}

static uint32_t
rd(struct rig *r, uint32_t offset)
{
	return (uint32_t)rd_sized(r, 0, offset, 4);
}

static void
wr_sized(struct rig *r, uint16_t window, uint32_t offset, unsigned size,
    uint64_t v)
{
	assert_int_equal(r->host.ops->write(r->host.self, window, REGION_MMIO,
	    offset, size, v, &r->err), 0);
}

static void
wr(struct rig *r, uint32_t offset, uint32_t v)
{
	wr_sized(r, 0, offset, 4, v);
}

/* ---------------------------------------------------------------- driver */

enum from { FROM_NOTHING, FROM_DRIVER, FROM_FEATURES, FROM_QUEUE,
    FROM_RUNNING };

static void
drv_identify(struct rig *r)
{
	assert_int_equal(rd(r, VIRTIO_MMIO_MAGIC_VALUE), VIRTIO_MMIO_MAGIC);
	assert_int_equal(rd(r, VIRTIO_MMIO_VERSION), r->legacy ? 1 : 2);
	assert_int_equal(rd(r, VIRTIO_MMIO_DEVICE_ID), VIRTIO_ID_GPU);
}

static void
drv_features(struct rig *r)
{
	uint64_t offered = 0;

	for (uint32_t i = 0; i < (r->legacy ? 1u : 2u); i++) {
		wr(r, VIRTIO_MMIO_DEVICE_FEATURES_SEL, i);
		offered |= (uint64_t)rd(r, VIRTIO_MMIO_DEVICE_FEATURES) <<
		    32 * i;
		wr(r, VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
		wr(r, VIRTIO_MMIO_DRIVER_FEATURES,
		    (uint32_t)((offered & ~F_LEFT) >> 32 * i));
	}
	assert_true((offered & F_DEVICE) != 0);
	assert_int_equal((offered & VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1)) != 0,
	    !r->legacy);
	if (r->legacy)
		return;
	wr(r, VIRTIO_MMIO_STATUS, 0x0b);
	assert_int_equal(rd(r, VIRTIO_MMIO_STATUS), 0x0b);
}

/* All of a queue but that it is to be used. */
static void
drv_queue(struct rig *r, unsigned q)
{
	wr(r, VIRTIO_MMIO_QUEUE_SEL, q);
	assert_int_equal(rd(r, VIRTIO_MMIO_QUEUE_NUM_MAX), SIZE_MAX_OF_QUEUE);
	wr(r, VIRTIO_MMIO_QUEUE_NUM, SIZE_MAX_OF_QUEUE);
	if (r->legacy) {
		wr(r, VIRTIO_MMIO_GUEST_PAGE_SIZE, PAGE);
		wr(r, VIRTIO_MMIO_QUEUE_ALIGN, PAGE);
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		wr(r, VIRTIO_MMIO_QUEUE_DESC + 0x10 * i,
		    (uint32_t)RING_DESC(q) + 0x1000 * i);
		wr(r, VIRTIO_MMIO_QUEUE_DESC + 0x10 * i + 4, 0);
	}
}

static void
drv_enable(struct rig *r, unsigned q)
{
	if (r->legacy)
		wr(r, VIRTIO_MMIO_QUEUE_PFN, (uint32_t)RING_DESC(q) / PAGE);
	else
		wr(r, VIRTIO_MMIO_QUEUE_READY, 1);
}

static void
drv_to(struct rig *r, enum from from)
{
	if (from == FROM_NOTHING)
		return;
	drv_identify(r);
	wr(r, VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(rd(r, VIRTIO_MMIO_STATUS), 0);
	wr(r, VIRTIO_MMIO_STATUS, 1);
	wr(r, VIRTIO_MMIO_STATUS, 3);
	if (from == FROM_DRIVER)
		return;
	drv_features(r);
	if (from == FROM_FEATURES)
		return;
	drv_queue(r, 0);
	if (from == FROM_QUEUE)
		return;
	drv_enable(r, 0);
	wr(r, VIRTIO_MMIO_STATUS, r->legacy ? 0x07 : 0x0f);
}

/* Where the legacy layout puts the available and the used ring. */
#define LEGACY_AVAIL	(RING_DESC(0) + 16 * SIZE_MAX_OF_QUEUE)
#define LEGACY_USED	(RING_DESC(0) + PAGE)

static void
drv_send(struct rig *r, const char *text)
{
	uint64_t avail = r->legacy ? LEGACY_AVAIL : RING_AVAIL(0);
	unsigned idx = (unsigned)fake_get(&r->f, avail + 2, 2);

	memcpy(fake_at(&r->f, REQUEST), text, strlen(text));
	fake_desc(&r->f, RING_DESC(0), 0, REQUEST, (uint32_t)strlen(text),
	    VIRTQ_DESC_F_NEXT, 1);
	fake_desc(&r->f, RING_DESC(0), 1, RESPONSE, 64, VIRTQ_DESC_F_WRITE, 0);
	fake_put(&r->f, avail + 4 + 2 * (idx % SIZE_MAX_OF_QUEUE), 0, 2);
	fake_put(&r->f, avail + 2, idx + 1, 2);
	wr(r, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

/* ------------------------------------------------------------------ tests */

/* Nothing is told of a driver that follows the specification. */
static void
a_correct_driver_is_served(void **state)
{
	(void)state;
	for (int legacy = 0; legacy < 2; legacy++) {
		struct rig r;

		rig_open(&r, legacy);
		drv_to(&r, FROM_RUNNING);
		drv_send(&r, "ping");
		assert_int_equal(r.host.ops->step(r.host.self, 0, &r.err), 1);
		assert_memory_equal(fake_at(&r.f, RESPONSE), "ping\0", 5);
		assert_int_equal(fake_get(&r.f, (legacy ? LEGACY_USED :
		    RING_USED(0)) + 2, 2), 1);
		/* A level: until it is acknowledged. */
		assert_int_equal(r.f.line, 1);
		assert_int_equal(rd(&r, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
		assert_int_equal(r.f.line, 1);
		wr(&r, VIRTIO_MMIO_INTERRUPT_ACK, 1);
		assert_int_equal(r.f.line, 0);
		virtio_core_config_changed(r.d);
		assert_int_equal(rd(&r, VIRTIO_MMIO_INTERRUPT_STATUS), 3);
		wr(&r, VIRTIO_MMIO_INTERRUPT_ACK, 2);
		assert_int_equal(r.f.line, 1);
		(void)rd(&r, VIRTIO_MMIO_INTERRUPT_STATUS);
		wr(&r, VIRTIO_MMIO_INTERRUPT_ACK, 1);
		assert_int_equal(r.f.line, 0);
		assert_int_equal(rd(&r, VIRTIO_MMIO_CONFIG + 8), 0x48);
		/* Anew; a reset also lowers the line. */
		drv_send(&r, "a");
		assert_int_equal(r.host.ops->step(r.host.self, 0, &r.err), 1);
		assert_int_equal(r.f.line, 1);
		memset(fake_at(&r.f, RING_DESC(0)), 0, 0x4000);
		drv_to(&r, FROM_RUNNING);
		assert_int_equal(r.f.line, 0);
		fake_expect(&r.f, "");
		rig_close(&r);
	}
}

/* One access each that breaks one rule, from a state that is right. */
static const struct breach {
	const char *id;
	int legacy;
	enum from from;
	uint32_t offset;
	unsigned size;			/* 0: a read of 4 bytes */
	uint64_t value;
} breaches[] = {
	{ "virtio-mmio-not-identified", 0, FROM_NOTHING, VIRTIO_MMIO_STATUS, 4,
	    0 },
	{ "virtio-mmio-not-identified", 1, FROM_NOTHING,
	    VIRTIO_MMIO_DEVICE_ID, 0, 0 },
	{ "", 0, FROM_NOTHING, VIRTIO_MMIO_VERSION, 0, 0 },
	{ "virtio-access-width", 0, FROM_DRIVER, VIRTIO_MMIO_QUEUE_SEL, 2, 0 },
	{ "virtio-access-width", 0, FROM_FEATURES, VIRTIO_MMIO_CONFIG + 4, 1,
	    0 },
	{ "", 1, FROM_FEATURES, VIRTIO_MMIO_CONFIG + 4, 1, 0 },
	{ "", 0, FROM_FEATURES, VIRTIO_MMIO_CONFIG + 4, 4, 0 },
	{ "virtio-mmio-register", 0, FROM_DRIVER, 0x01c, 0, 0 },
	{ "virtio-mmio-register", 0, FROM_DRIVER, VIRTIO_MMIO_QUEUE_PFN, 4,
	    0 },
	{ "virtio-mmio-register", 1, FROM_DRIVER, VIRTIO_MMIO_QUEUE_READY, 0,
	    0 },
	{ "virtio-mmio-register", 0, FROM_DRIVER, VIRTIO_MMIO_QUEUE_SEL, 0,
	    0 },
	{ "", 0, FROM_DRIVER, VIRTIO_MMIO_QUEUE_READY, 0, 0 },
	{ "virtio-read-only-written", 0, FROM_DRIVER, VIRTIO_MMIO_DEVICE_ID, 4,
	    1 },
	{ "virtio-mmio-select", 0, FROM_DRIVER, VIRTIO_MMIO_DEVICE_FEATURES, 0,
	    0 },
	{ "virtio-queue-size", 0, FROM_QUEUE, VIRTIO_MMIO_QUEUE_NUM, 4,
	    2 * SIZE_MAX_OF_QUEUE },
	{ "virtio-queue-size", 1, FROM_QUEUE, VIRTIO_MMIO_QUEUE_NUM, 4, 12 },
	{ "", 0, FROM_QUEUE, VIRTIO_MMIO_QUEUE_NUM, 4, 8 },
	{ "virtio-queue-changed", 0, FROM_RUNNING, VIRTIO_MMIO_QUEUE_NUM, 4,
	    8 },
	{ "virtio-queue-changed", 0, FROM_RUNNING,
	    VIRTIO_MMIO_QUEUE_DEVICE + 4, 4, 1 },
	{ "virtio-queue-changed", 1, FROM_RUNNING, VIRTIO_MMIO_QUEUE_PFN, 4,
	    0x40020 },
	{ "", 1, FROM_RUNNING, VIRTIO_MMIO_QUEUE_PFN, 4, 0 },
	{ "virtio-queue-enable-early", 0, FROM_FEATURES,
	    VIRTIO_MMIO_QUEUE_READY, 4, 1 },
	{ "virtio-legacy-align", 1, FROM_QUEUE, VIRTIO_MMIO_QUEUE_ALIGN, 4,
	    3000 },
	{ "", 1, FROM_QUEUE, VIRTIO_MMIO_QUEUE_ALIGN, 4, 64 },
	{ "virtio-legacy-features-ok", 1, FROM_FEATURES, VIRTIO_MMIO_STATUS, 4,
	    0x0b },
	{ "virtio-features-changed", 0, FROM_FEATURES,
	    VIRTIO_MMIO_DRIVER_FEATURES, 4, 0x111 },
	{ "virtio-driver-ok-early", 0, FROM_DRIVER, VIRTIO_MMIO_STATUS, 4,
	    7 },
	{ "virtio-notify-value", 0, FROM_RUNNING, VIRTIO_MMIO_QUEUE_NOTIFY, 4,
	    1 },
	{ "virtio-notify-value", 1, FROM_RUNNING, VIRTIO_MMIO_QUEUE_NOTIFY, 4,
	    1 },
	{ "", 0, FROM_RUNNING, VIRTIO_MMIO_QUEUE_NOTIFY, 4, 0 },
	{ "virtio-mmio-ack-unread", 0, FROM_RUNNING,
	    VIRTIO_MMIO_INTERRUPT_ACK, 4, 1 },
	{ "", 0, FROM_RUNNING, VIRTIO_MMIO_STATUS, 4, 0 }
};

static void
each_broken_rule_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++) {
		const struct breach *b = &breaches[i];
		struct rig r;

		rig_open(&r, b->legacy);
		drv_to(&r, b->from);
		fake_expect(&r.f, "");
		if (b->size == 0)
			(void)rd(&r, b->offset);
		else
			wr_sized(&r, 0, b->offset, b->size, b->value);
		fake_expect(&r.f, b->id);
		rig_close(&r);
	}
}

/* Rules that take more than one access to break. */
static void
rules_over_several_accesses_are_told(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	drv_to(&r, FROM_RUNNING);
	(void)rd(&r, VIRTIO_MMIO_INTERRUPT_STATUS);
	wr(&r, VIRTIO_MMIO_INTERRUPT_ACK, 0x11);
	fake_expect(&r.f, "virtio-mmio-ack");
	/* A queue that is stopped: read back, or not. */
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(rd(&r, VIRTIO_MMIO_QUEUE_READY), 0);
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 1);
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 0);
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 1);
	fake_expect(&r.f, "virtio-mmio-stop-not-read");
	/* A queue reset, which clears the addresses, and is to be awaited. */
	wr(&r, VIRTIO_MMIO_QUEUE_RESET, 1);
	drv_queue(&r, 0);
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 1);
	fake_expect(&r.f, "virtio-queue-reset-not-awaited");
	wr(&r, VIRTIO_MMIO_QUEUE_RESET, 1);
	assert_int_equal(rd(&r, VIRTIO_MMIO_QUEUE_RESET), 0);
	drv_queue(&r, 0);
	wr(&r, VIRTIO_MMIO_QUEUE_READY, 1);
	fake_expect(&r.f, "");
	rig_close(&r);

	rig_open(&r, 0);
	drv_to(&r, FROM_QUEUE);
	drv_enable(&r, 0);
	wr(&r, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	fake_expect(&r.f, "virtio-notify-before-driver-ok");
	rig_close(&r);

	rig_open(&r, 0);
	drv_identify(&r);
	wr(&r, VIRTIO_MMIO_STATUS, 0);
	wr(&r, VIRTIO_MMIO_STATUS, 1);
	wr(&r, VIRTIO_MMIO_STATUS, 3);	/* to wait is no MUST here */
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	(void)rd(&r, VIRTIO_MMIO_DEVICE_FEATURES);
	wr(&r, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)F_DEVICE);
	fake_expect(&r.f, "virtio-mmio-select");
	rig_close(&r);
}

/* Version 1: what has to be told before a queue's page. */
static void
a_legacy_queue_without_its_measures_is_told(void **state)
{
	static const struct {
		const char *id;
		int num_max, num, page, align;
	} tries[] = {
		{ "", 1, 1, 1, 1 },
		{ "virtio-legacy-size-unread", 0, 1, 1, 1 },
		{ "virtio-queue-enable-early", 1, 0, 1, 1 },
		{ "virtio-legacy-page-size", 1, 1, 0, 1 },
		{ "virtio-legacy-align", 1, 1, 1, 0 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		struct rig r;

		rig_open(&r, 1);
		drv_to(&r, FROM_FEATURES);
		wr(&r, VIRTIO_MMIO_QUEUE_SEL, 0);
		if (tries[i].num_max)
			(void)rd(&r, VIRTIO_MMIO_QUEUE_NUM_MAX);
		if (tries[i].num)
			wr(&r, VIRTIO_MMIO_QUEUE_NUM, SIZE_MAX_OF_QUEUE);
		if (tries[i].page)
			wr(&r, VIRTIO_MMIO_GUEST_PAGE_SIZE, PAGE);
		if (tries[i].align)
			wr(&r, VIRTIO_MMIO_QUEUE_ALIGN, PAGE);
		fake_expect(&r.f, "");
		drv_enable(&r, 0);
		fake_expect(&r.f, tries[i].id);
		rig_close(&r);
	}
}

/* An empty window says so, and may be asked nothing else. */
static void
an_empty_window_is_left_alone(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 0);
	assert_int_equal(rd_sized(&r, 7, VIRTIO_MMIO_MAGIC_VALUE, 4),
	    VIRTIO_MMIO_MAGIC);
	assert_int_equal(rd_sized(&r, 7, VIRTIO_MMIO_VERSION, 4), 2);
	assert_int_equal(rd_sized(&r, 7, VIRTIO_MMIO_DEVICE_ID, 4), 0);
	fake_expect(&r.f, "");
	assert_int_equal(rd_sized(&r, 7, VIRTIO_MMIO_STATUS, 4), 0);
	fake_expect(&r.f, "virtio-mmio-no-device");
	wr_sized(&r, 7, VIRTIO_MMIO_GUEST_PAGE_SIZE, 4, PAGE);
	fake_expect(&r.f, "virtio-mmio-no-device");
	rig_close(&r);
}

static void
expect_name(const struct virtio_watch *w, uint32_t offset, unsigned size,
    const char *name)
{
	struct virtio_state st = w->st;
	char buf[VIRTIO_NAME_SIZE];

	virtio_state_register_name(&st, REGION_MMIO, offset, size, buf);
	assert_string_equal(buf, name);
}

/* Who stands beside finds the window with the device, and its registers. */
static void
a_watch_finds_the_window(void **state)
{
	struct virtio_watch w;
	struct vring vr;

	(void)state;
	virtio_watch_init(&w);
	assert_false(virtio_watch_access(&w, 0, 2, REGION_MMIO,
	    VIRTIO_MMIO_VERSION, 4, 2));
	assert_false(virtio_watch_access(&w, 0, 2, REGION_MMIO,
	    VIRTIO_MMIO_DEVICE_ID, 4, 0));
	assert_false(virtio_watch_access(&w, 0, 3, REGION_MMIO,
	    VIRTIO_MMIO_VERSION, 4, 1));
	assert_true(virtio_watch_access(&w, 0, 3, REGION_MMIO,
	    VIRTIO_MMIO_DEVICE_ID, 4, VIRTIO_ID_GPU));
	assert_false(virtio_watch_is_at(&w, 3, REGION_CONFIG));
	assert_int_equal(w.st.device_id, VIRTIO_ID_GPU);
	assert_true(w.st.legacy);
	(void)virtio_watch_access(&w, 1, 3, REGION_MMIO,
	    VIRTIO_MMIO_GUEST_PAGE_SIZE, 4, PAGE);
	(void)virtio_watch_access(&w, 1, 3, REGION_MMIO,
	    VIRTIO_MMIO_QUEUE_SEL, 4, 1);
	(void)virtio_watch_access(&w, 1, 3, REGION_MMIO,
	    VIRTIO_MMIO_QUEUE_NUM, 4, 16);
	(void)virtio_watch_access(&w, 1, 3, REGION_MMIO,
	    VIRTIO_MMIO_QUEUE_ALIGN, 4, 64);
	(void)virtio_watch_access(&w, 1, 3, REGION_MMIO,
	    VIRTIO_MMIO_QUEUE_PFN, 4, 5);
	assert_int_equal(virtio_state_ring(&w.st, 1, &vr), 1);
	assert_int_equal(vr.desc, 5 * PAGE);
	assert_int_equal(vr.avail, 5 * PAGE + 256);
	assert_int_equal(vr.used, 5 * PAGE + 320);	/* 294, by 64 */
	expect_name(&w, VIRTIO_MMIO_QUEUE_PFN, 4, "mmio.queue_pfn[1]");
	expect_name(&w, VIRTIO_MMIO_STATUS, 4, "mmio.status");
	expect_name(&w, VIRTIO_MMIO_CONFIG + 8, 4, "device+0x8");
	expect_name(&w, 0x1c, 4, "mmio+0x1c/4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_correct_driver_is_served),
		cmocka_unit_test(each_broken_rule_is_told),
		cmocka_unit_test(rules_over_several_accesses_are_told),
		cmocka_unit_test(a_legacy_queue_without_its_measures_is_told),
		cmocka_unit_test(an_empty_window_is_left_alone),
		cmocka_unit_test(a_watch_finds_the_window)
	};

	return cmocka_run_group_tests_name("virtio_mmio", tests, NULL, NULL);
}

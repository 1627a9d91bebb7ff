/*
 * test_virtio_pci_device.c: virtio over PCI: the registers, the rules that a
 * driver must obey, interrupts; and the same seen from beside a host.
 */
#include "fake_port.h"
#include "host_profile.h"
#include "virtio_pci_device.h"

#define ECHO_SIZE	16u		/* entries of each queue */
#define BAR4		((enum boundary_region)(REGION_BAR0 + 4))
#define BAR1		((enum boundary_region)(REGION_BAR0 + 1))
#define FEATURES	(VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1) | \
    VIRTIO_FEATURE(VIRTIO_BIT_RING_RESET) | VIRTIO_FEATURE(3))

/* A device that answers with what it was sent; "later" waits. */
struct echo {
	unsigned resets;
	uint32_t config;
};

struct rig {
	struct fake f;
	struct echo echo;
	struct virtio_core *d;
	struct boundary_host host;
	struct error err;
};

static void
echo_reset(void *self)
{
	((struct echo *)self)->resets++;
}

static uint64_t
echo_config_read(void *self, uint32_t offset, unsigned size)
{
	(void)size;
	return ((struct echo *)self)->config + offset;
}

static void
echo_config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	(void)offset;
	(void)size;
	((struct echo *)self)->config = (uint32_t)value;
}

static enum virtio_request_result
echo_request(void *self, unsigned queue, uint32_t ordinal, const uint8_t *read,
    size_t nread, size_t writable_max, struct bytes *response,
    struct error *err)
{
	(void)self;
	(void)queue;
	(void)ordinal;
	(void)writable_max;
	(void)err;
	if (nread == 5 && memcmp(read, "later", 5) == 0)
		return VIRTIO_REQUEST_LATER;
	bytes_add(response, read, nread);
	return VIRTIO_REQUEST_DONE;
}

static const struct virtio_device_ops echo_ops = {
	.reset = echo_reset, .config_read = echo_config_read,
	.config_write = echo_config_write, .request = echo_request
};

static void
rig_open(struct rig *r)
{
	static const uint16_t sizes[] = { ECHO_SIZE, ECHO_SIZE };
	struct virtio_device dev = {
		.id = VIRTIO_ID_GPU, .class_code = 0x038000,
		.features = FEATURES, .config_size = 16, .vectors = 3,
		.queues = 2, .queue_size_max = sizes, .ops = &echo_ops
	};

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	dev.self = &r->echo;
	r->d = virtio_pci_device_core(virtio_pci_device_create(&r->f.port,
	    VIRTIO_PCI_BDF_DEFAULT, VIRTIO_PCI_MODERN, &dev));
	r->host = virtio_core_host(r->d);
}

static void
rig_close(struct rig *r)
{
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

static uint64_t
rd(struct rig *r, enum boundary_region region, uint32_t offset, unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(r->host.ops->read(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, region, offset, size, &v, &r->err), 0);
	return v;
}

static void
wr(struct rig *r, enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t v)
{
	assert_int_equal(r->host.ops->write(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, region, offset, size, v, &r->err), 0);
}

static unsigned
status(struct rig *r)
{
	return (unsigned)rd(r, BAR4, VIRTIO_PCI_STATUS, 1);
}

/* Finds the registers as a driver does: reads all configuration space. */
static void
drv_find(struct rig *r)
{
	for (uint32_t i = 0; i < PCI_CONFIG_SIZE; i += 4)
		(void)rd(r, REGION_CONFIG, i, 4);
	wr(r, REGION_CONFIG, PCI_CFG_COMMAND, 2,
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void
drv_features(struct rig *r, uint64_t want)
{
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	while (status(r) != 0)
		;
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 3);
	for (uint32_t i = 0; i < 2; i++) {
		wr(r, BAR4, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, i);
		assert_int_equal(rd(r, BAR4, VIRTIO_PCI_DEVICE_FEATURE, 4),
		    FEATURES >> 32 * i & 0xffffffff);
		wr(r, BAR4, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		wr(r, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4,
		    want >> 32 * i & 0xffffffff);
	}
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0b);
}

static void
drv_queue(struct rig *r, unsigned q)
{
	static const uint32_t at[] = {
		VIRTIO_PCI_QUEUE_DESC, VIRTIO_PCI_QUEUE_DRIVER,
		VIRTIO_PCI_QUEUE_DEVICE
	};

	wr(r, BAR4, VIRTIO_PCI_QUEUE_SELECT, 2, q);
	assert_int_equal(rd(r, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2), ECHO_SIZE);
	assert_int_equal(rd(r, BAR4, VIRTIO_PCI_QUEUE_NOTIFY_OFF, 2), q);
	for (unsigned i = 0; i < 3; i++) {
		wr(r, BAR4, at[i], 4, RING_DESC(q) + 0x1000 * i);
		wr(r, BAR4, at[i] + 4, 4, 0);
	}
}

static void
drv_start(struct rig *r)
{
	drv_find(r);
	drv_features(r, FEATURES);
	assert_int_equal(status(r), 0x0b);
	for (unsigned q = 0; q < 2; q++) {
		drv_queue(r, q);
		wr(r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	}
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
}

static void
drv_kick(struct rig *r, unsigned q)
{
	wr(r, BAR4, 0x3000 + 4 * q, 2, q);
}

static void
drv_send(struct rig *r, unsigned q, const char *text)
{
	memcpy(fake_at(&r->f, REQUEST), text, strlen(text));
	fake_desc(&r->f, RING_DESC(q), 0, REQUEST, (uint32_t)strlen(text),
	    VIRTQ_DESC_F_NEXT, 1);
	fake_desc(&r->f, RING_DESC(q), 1, RESPONSE, 64, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r->f, q, ECHO_SIZE, 0);
	drv_kick(r, q);
}

static int
step(struct rig *r)
{
	return r->host.ops->step(r->host.self, 0, &r->err);
}

/* ------------------------------------------------------------------ tests */

/* Nothing is told of a driver that follows the specification. */
static void
a_correct_driver_is_served_and_breaks_no_rule(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	drv_send(&r, 0, "ping");
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 2, 2), 0);
	assert_int_equal(step(&r), 1);		/* only now */
	assert_memory_equal(fake_at(&r.f, RESPONSE), "ping\0", 5);
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 2, 2), 1);
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 8, 4), 4);
	assert_int_equal(r.f.taken, 1);
	assert_int_equal(r.f.used, 1);
	assert_int_equal(r.f.line, 1);
	assert_int_equal(rd(&r, REGION_CONFIG, PCI_CFG_STATUS, 2), 0x18);
	assert_int_equal(rd(&r, BAR4, 0x1000, 1), 1);
	assert_int_equal(r.f.line, 0);
	assert_int_equal(rd(&r, BAR4, 0x1000, 1), 0);
	assert_int_equal(rd(&r, REGION_CONFIG, PCI_CFG_STATUS, 2), 0x10);
	assert_int_equal(step(&r), 0);
	/* Again after a reset. */
	drv_features(&r, FEATURES);
	assert_int_equal(r.echo.resets, 2);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
bars_are_sized_and_other_functions_are_absent(void **state)
{
	static const uint32_t sized[] = {
		0, 0xfffff000, 0, 0, 0xffffc00c, 0xffffffff
	};
	struct rig r;
	uint64_t v;

	(void)state;
	rig_open(&r);
	assert_int_equal(rd(&r, REGION_CONFIG, 0, 4), 0x10501af4);
	assert_int_equal(rd(&r, REGION_CONFIG, 8, 4), 0x03800001);
	for (uint32_t i = 0; i < 6; i++) {
		wr(&r, REGION_CONFIG, PCI_CFG_BAR0 + 4 * i, 4, 0xffffffff);
		assert_int_equal(rd(&r, REGION_CONFIG, PCI_CFG_BAR0 + 4 * i,
		    4), sized[i]);
	}
	wr(&r, REGION_CONFIG, 0, 4, 0);
	assert_int_equal(rd(&r, REGION_CONFIG, 0, 2), 0x1af4);
	assert_int_equal(rd(&r, REGION_CONFIG, 0x100, 4), 0xffffffff);
	assert_int_equal(r.host.ops->read(r.host.self, 0x10, REGION_CONFIG, 0,
	    4, &v, &r.err), 0);
	assert_int_equal(v, 0xffffffff);
	/* Memory decoding is off. */
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_STATUS, 1), 0xff);
	rig_close(&r);
}

static void
the_layout_is_found_in_configuration_space(void **state)
{
	struct rig r;
	struct virtio_pci_layout l;
	uint8_t image[PCI_CONFIG_SIZE];

	(void)state;
	rig_open(&r);
	for (uint32_t i = 0; i < PCI_CONFIG_SIZE; i += 4)
		bytes_le_put(image + i, rd(&r, REGION_CONFIG, i, 4), 4);
	assert_int_equal(virtio_pci_layout_parse(image, &l, &r.err), 0);
	assert_int_equal(l.device_id, VIRTIO_ID_GPU);
	assert_int_equal(l.window[VIRTIO_PCI_PART_NOTIFY].offset, 0x3000);
	assert_int_equal(l.notify_multiplier, 4);
	assert_int_equal(l.vectors, 3);
	assert_int_equal(l.irq_pin, 1);
	image[0x41] = 0x98;			/* a loop */
	assert_int_equal(virtio_pci_layout_parse(image, &l, &r.err), -1);
	assert_non_null(strstr(r.err.text, "loop"));
	image[0x41] = 0;
	image[0x53] = 77;			/* no ISR */
	assert_int_equal(virtio_pci_layout_parse(image, &l, &r.err), -1);
	assert_non_null(strstr(r.err.text, "ISR"));
	image[0] = 0;
	assert_int_equal(virtio_pci_layout_parse(image, &l, &r.err), -1);
	rig_close(&r);
}

/* FEATURES_OK does not stay when the accepted features will not do. */
static void
features_that_do_not_fit_are_refused(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_find(&r);
	drv_features(&r, VIRTIO_FEATURE(3));
	assert_int_equal(status(&r), 0x03);
	fake_expect(&r.f, "virtio-version-1-not-accepted");
	drv_features(&r, FEATURES | VIRTIO_FEATURE(6));
	assert_int_equal(status(&r), 0x03);
	fake_expect(&r.f, "virtio-feature-not-offered");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x07);
	fake_expect(&r.f, "virtio-driver-ok-early");
	rig_close(&r);
}

/* One access each that breaks one rule, from a state that is right. */
enum from { FROM_RESET, FROM_DRIVER, FROM_FEATURES, FROM_QUEUE, FROM_RUNNING };

static const struct breach {
	const char *id;
	enum from from;
	enum boundary_region region;
	uint32_t offset;
	unsigned size;
	uint64_t value;
} breaches[] = {
	{ "virtio-access-width", FROM_DRIVER, BAR4, VIRTIO_PCI_QUEUE_SELECT, 4,
	    0 },
	{ "virtio-access-width", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_DEVICE_FEATURE_SELECT, 2, 0 },
	{ "virtio-access-width", FROM_RUNNING, BAR4, 0x3000, 4, 0 },
	{ "virtio-access-width", FROM_FEATURES, BAR4,
	    VIRTIO_PCI_QUEUE_DESC, 8, RING_DESC(0) },
	{ "virtio-access-width", FROM_FEATURES, BAR4, 0x2004, 1, 0 },
	{ "virtio-access-width", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_DRIVER_FEATURE + 1, 1, 0 },
	{ "virtio-reset-not-awaited", FROM_RESET, BAR4, VIRTIO_PCI_STATUS, 1,
	    1 },
	{ "virtio-reset-not-awaited", FROM_RESET, BAR4,
	    VIRTIO_PCI_QUEUE_SELECT, 2, 0 },
	{ "", FROM_RESET, BAR4, VIRTIO_PCI_STATUS, 1, 0 },
	{ "virtio-status-cleared", FROM_DRIVER, BAR4, VIRTIO_PCI_STATUS, 1,
	    2 },
	{ "virtio-status-cleared", FROM_RUNNING, BAR4, VIRTIO_PCI_STATUS, 1,
	    0x0b },
	{ "", FROM_RUNNING, BAR4, VIRTIO_PCI_STATUS, 1, 0x8f },
	{ "virtio-driver-ok-early", FROM_DRIVER, BAR4, VIRTIO_PCI_STATUS, 1,
	    7 },
	{ "virtio-feature-not-offered", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_DRIVER_FEATURE, 4, 1 << 4 },
	{ "virtio-features-changed", FROM_QUEUE, BAR4,
	    VIRTIO_PCI_DRIVER_FEATURE, 4, 0x101 },
	{ "virtio-config-written-early", FROM_DRIVER, BAR4, 0x2004, 4, 0 },
	{ "", FROM_QUEUE, BAR4, 0x2004, 4, 0 },
	{ "virtio-read-only-written", FROM_QUEUE, BAR4, 0x2000, 4, 0 },
	{ "virtio-queue-before-features-ok", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_QUEUE_DESC, 4, RING_DESC(0) },
	{ "virtio-queue-size", FROM_QUEUE, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2,
	    12 },
	{ "virtio-queue-size", FROM_QUEUE, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2, 0 },
	{ "virtio-queue-size", FROM_QUEUE, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2,
	    2 * ECHO_SIZE },
	{ "", FROM_QUEUE, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2, ECHO_SIZE / 2 },
	{ "virtio-queue-enable-zero", FROM_QUEUE, BAR4,
	    VIRTIO_PCI_QUEUE_ENABLE, 2, 0 },
	{ "virtio-queue-enable-early", FROM_FEATURES, BAR4,
	    VIRTIO_PCI_QUEUE_ENABLE, 2, 1 },
	{ "virtio-queue-changed", FROM_RUNNING, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2,
	    8 },
	{ "virtio-queue-changed", FROM_RUNNING, BAR4,
	    VIRTIO_PCI_QUEUE_DEVICE + 4, 4, 1 },
	{ "virtio-queue-vector-late", FROM_RUNNING, BAR4,
	    VIRTIO_PCI_QUEUE_VECTOR, 2, 1 },
	{ "virtio-vector-out-of-range", FROM_QUEUE, BAR4,
	    VIRTIO_PCI_QUEUE_VECTOR, 2, 3 },
	{ "virtio-vector-out-of-range", FROM_QUEUE, BAR4,
	    VIRTIO_PCI_CONFIG_VECTOR, 2, 9 },
	{ "", FROM_QUEUE, BAR4, VIRTIO_PCI_QUEUE_VECTOR, 2, 2 },
	{ "virtio-read-only-written", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_NUM_QUEUES, 2, 1 },
	{ "virtio-read-only-written", FROM_DRIVER, BAR4,
	    VIRTIO_PCI_DEVICE_FEATURE, 4, 1 },
	{ "virtio-notify-before-driver-ok", FROM_QUEUE, BAR4, 0x3000, 2, 0 },
	{ "virtio-notify-value", FROM_RUNNING, BAR4, 0x3004, 2, 0 },
	{ "", FROM_RUNNING, BAR4, 0x3004, 2, 1 }
};

static void
drv_to(struct rig *r, enum from from)
{
	drv_find(r);
	wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	if (from == FROM_RESET)
		return;
	if (from == FROM_RUNNING) {
		drv_start(r);
		return;
	}
	if (from == FROM_DRIVER) {
		assert_int_equal(status(r), 0);
		wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
		wr(r, BAR4, VIRTIO_PCI_STATUS, 1, 3);
		(void)rd(r, BAR4, VIRTIO_PCI_DEVICE_FEATURE, 4);
		return;
	}
	drv_features(r, FEATURES & ~VIRTIO_FEATURE(VIRTIO_BIT_RING_RESET));
	assert_int_equal(status(r), 0x0b);
	if (from == FROM_QUEUE)
		drv_queue(r, 0);
}

static void
each_broken_rule_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++) {
		const struct breach *b = &breaches[i];
		struct rig r;

		rig_open(&r);
		drv_to(&r, b->from);
		fake_expect(&r.f, "");
		wr(&r, b->region, b->offset, b->size, b->value);
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
	rig_open(&r);
	drv_find(&r);
	drv_features(&r, FEATURES);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
	fake_expect(&r.f, "virtio-features-ok-not-read");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x8f);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x8f);	/* says it once more */
	fake_expect(&r.f, "");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(status(&r), 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 2);
	fake_expect(&r.f, "virtio-init-order");
	(void)rd(&r, BAR4, VIRTIO_PCI_STATUS, 4);
	fake_expect(&r.f, "virtio-access-width");
	rig_close(&r);
	rig_open(&r);
	drv_to(&r, FROM_QUEUE);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_DESC, 4, RING_DESC(0) + 8);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	fake_expect(&r.f, "virtio-ring-misaligned");
	rig_close(&r);
}

/* Each step of 3.1.1 before the one that it needs. */
static void
steps_out_of_order_are_told(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_find(&r);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	fake_expect(&r.f, "virtio-init-order");	/* there was no reset */
	rig_close(&r);
	rig_open(&r);
	drv_to(&r, FROM_RESET);
	assert_int_equal(status(&r), 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	wr(&r, BAR4, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, 1);
	(void)rd(&r, BAR4, VIRTIO_PCI_DEVICE_FEATURE, 4);
	wr(&r, BAR4, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, 1);
	wr(&r, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4, 1);
	fake_expect(&r.f, "virtio-init-order");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 9);
	fake_expect(&r.f, "virtio-init-order");
	rig_close(&r);
	rig_open(&r);
	drv_to(&r, FROM_DRIVER);
	drv_queue(&r, 0);
	assert_int_equal(r.f.broken, 6);
	r.f.broken = 0;
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	fake_expect(&r.f, "virtio-queue-before-features-ok");
	rig_close(&r);
}

/* What was negotiated and set up is gone after a reset. */
static void
a_reset_forgets_features_and_queues(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_to(&r, FROM_QUEUE);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2, 8);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2), 8);
	wr(&r, BAR4, VIRTIO_PCI_CONFIG_VECTOR, 2, 1);
	wr(&r, BAR4, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, 0);
	wr(&r, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4, 0);
	/* FEATURES_OK has ended the negotiation. */
	assert_true(virtio_state_features(virtio_core_state(r.d)) ==
	    (FEATURES & ~VIRTIO_FEATURE(VIRTIO_BIT_RING_RESET)));
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(status(&r), 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_SIZE, 2), ECHO_SIZE);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_DESC, 4), 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_CONFIG_VECTOR, 2), 0xffff);
	fake_expect(&r.f, "");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 3);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0b);
	fake_expect(&r.f, "virtio-version-1-not-accepted");
	assert_int_equal(status(&r), 3);
	rig_close(&r);
}

/* A queue by itself is reset, and its old ring is forgotten. */
static void
one_queue_can_be_reset(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	drv_send(&r, 1, "a");
	assert_int_equal(step(&r), 1);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_SELECT, 2, 1);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_RESET, 2, 1);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2), 0);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_RESET, 2), 0);
	memset(fake_at(&r.f, RING_DESC(1)), 0, 0x4000);
	drv_queue(&r, 1);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	drv_send(&r, 1, "b");
	assert_int_equal(step(&r), 1);
	assert_int_equal(fake_get(&r.f, RING_USED(1) + 2, 2), 1);
	fake_expect(&r.f, "");
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_RESET, 2, 1);
	drv_queue(&r, 1);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	fake_expect(&r.f, "virtio-queue-reset-not-awaited");
	rig_close(&r);
}

static void
a_broken_ring_needs_a_reset(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	fake_put(&r.f, RING_AVAIL(0) + 2, 500, 2);
	drv_kick(&r, 0);
	assert_int_equal(step(&r), 1);
	fake_expect(&r.f, "ring-index-jump");
	assert_int_equal(status(&r), 0x4f);
	assert_int_equal(r.f.line, 1);
	assert_int_equal(rd(&r, BAR4, 0x1000, 1), 3);
	drv_send(&r, 1, "x");
	assert_int_equal(step(&r), 0);		/* no work until a reset */
	memset(fake_at(&r.f, RING_DESC(0)), 0, 0x20000);
	drv_start(&r);
	drv_send(&r, 1, "x");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.used, 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
no_buffer_is_consumed_before_driver_ok_or_without_bus_master(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_to(&r, FROM_QUEUE);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	drv_send(&r, 0, "x");
	fake_expect(&r.f, "virtio-notify-before-driver-ok");
	assert_int_equal(step(&r), 0);
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
	assert_int_equal(step(&r), 0);
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.line, 0);		/* INTx is disabled */
	wr(&r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER);
	assert_int_equal(r.f.line, 1);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(r.f.line, 0);
	rig_close(&r);
}

/* As QEMU does, which virtio_core_hear_early() makes it do: told all the same. */
static void
one_that_hears_early_serves_before_driver_ok(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	virtio_core_hear_early(r.d);
	drv_to(&r, FROM_QUEUE);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	drv_send(&r, 0, "x");
	fake_expect(&r.f, "virtio-notify-before-driver-ok");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.used, 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
msix_sends_messages_and_holds_masked_ones_back(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_find(&r);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(rd(&r, BAR1, 16 * i + 12, 4), 1);
		wr(&r, BAR1, 16 * i, 4, 0x08020000 + i);
		wr(&r, BAR1, 16 * i + 4, 4, 0);
		wr(&r, BAR1, 16 * i + 8, 4, 100 + i);
		wr(&r, BAR1, 16 * i + 12, 4, 0);
	}
	wr(&r, REGION_CONFIG, 0x98 + PCI_MSIX_CONTROL, 2,
	    PCI_MSIX_CONTROL_ENABLE);
	drv_features(&r, FEATURES);
	assert_int_equal(status(&r), 0x0b);
	drv_queue(&r, 0);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_VECTOR, 2, 2);
	assert_int_equal(rd(&r, BAR4, VIRTIO_PCI_QUEUE_VECTOR, 2), 2);
	wr(&r, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
	drv_send(&r, 0, "1");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.messages, 1);
	assert_int_equal(r.f.vector, 2);
	assert_int_equal(r.f.msg_addr, 0x08020002);
	assert_int_equal(r.f.msg_data, 102);
	assert_int_equal(r.f.raised, 0);
	/* Masked: pending, sent when unmasked. */
	wr(&r, BAR1, 16 * 2 + 12, 4, 1);
	drv_send(&r, 0, "2");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.messages, 1);
	assert_int_equal(rd(&r, BAR1, 0x800, 4), 4);
	wr(&r, BAR1, 16 * 2 + 12, 4, 0);
	assert_int_equal(r.f.messages, 2);
	assert_int_equal(rd(&r, BAR1, 0x800, 4), 0);
	/* The same for the function's mask. */
	wr(&r, REGION_CONFIG, 0x98 + PCI_MSIX_CONTROL, 2,
	    PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
	drv_send(&r, 0, "3");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.messages, 2);
	wr(&r, REGION_CONFIG, 0x98 + PCI_MSIX_CONTROL, 2,
	    PCI_MSIX_CONTROL_ENABLE);
	assert_int_equal(r.f.messages, 3);
	/* No vector for configuration changes: no message. */
	virtio_core_config_changed(r.d);
	assert_int_equal(r.f.messages, 3);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
a_request_can_be_answered_later(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_start(&r);
	drv_send(&r, 0, "later");
	assert_int_equal(step(&r), 1);
	assert_int_equal(r.f.used, 0);
	assert_int_equal(virtio_core_complete(r.d, 0, 0,
	    (const uint8_t *)"now", 3, &r.err), 0);
	assert_int_equal(r.f.used, 1);
	assert_int_equal(r.f.line, 1);
	assert_memory_equal(fake_at(&r.f, RESPONSE), "now\0", 4);
	assert_int_equal(virtio_core_complete(r.d, 0, 0, NULL, 0,
	    &r.err), -1);
	/* The same chain again while the device still has it. */
	drv_send(&r, 0, "later");
	assert_int_equal(step(&r), 1);
	fake_expect(&r.f, "");
	drv_send(&r, 0, "later");
	assert_int_equal(step(&r), 1);
	fake_expect(&r.f, "ring-head-in-flight");
	rig_close(&r);
}

/* 4.1.4.9: a BAR is reached through configuration space. */
static void
the_access_window_reaches_a_bar(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	drv_to(&r, FROM_RESET);
	assert_int_equal(status(&r), 0);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_BAR, 1, 4);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_OFFSET, 4,
	    VIRTIO_PCI_NUM_QUEUES);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_LENGTH, 4, 2);
	assert_int_equal(rd(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_DATA, 4),
	    2);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_OFFSET, 4,
	    VIRTIO_PCI_STATUS);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_LENGTH, 4, 1);
	wr(&r, REGION_CONFIG, 0x84 + VIRTIO_PCI_CAP_DATA, 4, 1);
	assert_int_equal(status(&r), 1);
	fake_expect(&r.f, "");
	rig_close(&r);
}

static void
expect_name(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, const char *name)
{
	char buf[VIRTIO_NAME_SIZE];

	virtio_state_register_name(st, region, offset, size, buf);
	assert_string_equal(buf, name);
}

/*
 * A state that is only shown the accesses, as beside a real or a recorded
 * host, knows where the rings are and judges alike.
 */
static void
a_state_beside_a_host_learns_everything(void **state)
{
	struct rig r;
	struct fake judge;
	struct virtio_state st;
	struct vring vr;
	static const struct { uint32_t at; unsigned size; uint64_t v; } w[] = {
		{ VIRTIO_PCI_STATUS, 1, 0x0f },
		{ VIRTIO_PCI_QUEUE_SELECT, 2, 1 }
	};
	uint64_t v;

	(void)state;
	rig_open(&r);
	fake_init(&judge);
	virtio_state_init(&st, &judge.port, VIRTIO_BUS_PCI,
	    VIRTIO_PCI_BDF_DEFAULT);
	expect_name(&st, BAR4, 0x14, 1, "bar4+0x14/1");
	for (uint32_t i = 0; i < PCI_CONFIG_SIZE; i += 4)
		virtio_state_read(&st, REGION_CONFIG, i, 4,
		    rd(&r, REGION_CONFIG, i, 4));
	assert_int_equal(virtio_state_ring(&st, 1, &vr), 0);
	/* The driver drives the device; the state is shown the same. */
	drv_start(&r);
	st.status = 0x03;
	st.device_feature_select = 1;
	virtio_state_read(&st, BAR4, VIRTIO_PCI_DEVICE_FEATURE, 4, 0x101);
	virtio_state_write(&st, BAR4, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4,
	    1);
	virtio_state_write(&st, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4, 0x1);
	fake_expect(&judge, "");
	virtio_state_write(&st, BAR4, VIRTIO_PCI_DRIVER_FEATURE, 4, 0x3);
	fake_expect(&judge, "virtio-feature-not-offered");
	virtio_state_write(&st, BAR4, VIRTIO_PCI_STATUS, 1, 0x0b);
	virtio_state_read(&st, BAR4, VIRTIO_PCI_STATUS, 1, 0x0b);
	for (size_t i = 0; i < sizeof w / sizeof w[0]; i++)
		virtio_state_write(&st, BAR4, w[i].at, w[i].size, w[i].v);
	for (uint32_t at = VIRTIO_PCI_QUEUE_SIZE; at < 0x38;
	    at += at < VIRTIO_PCI_QUEUE_DESC ? 2 : 4) {
		unsigned size = at < VIRTIO_PCI_QUEUE_DESC ? 2 : 4;

		wr(&r, BAR4, VIRTIO_PCI_QUEUE_SELECT, 2, 1);
		v = rd(&r, BAR4, at, size);
		if (at == VIRTIO_PCI_QUEUE_SIZE ||
		    at == VIRTIO_PCI_QUEUE_NOTIFY_OFF)
			virtio_state_read(&st, BAR4, at, size, v);
		else if (at >= VIRTIO_PCI_QUEUE_DESC)
			virtio_state_write(&st, BAR4, at, size, v);
	}
	virtio_state_write(&st, BAR4, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	assert_int_equal(virtio_state_ring(&st, 1, &vr), 1);
	assert_int_equal(vr.desc, RING_DESC(1));
	assert_int_equal(vr.avail, RING_AVAIL(1));
	assert_int_equal(vr.used, RING_USED(1));
	assert_int_equal(vr.size, ECHO_SIZE);
	assert_int_equal(virtio_state_notified(&st, BAR4, 0x3004, 1), 1);
	assert_int_equal(virtio_state_notified(&st, BAR4, 0x14, 1), -1);
	/* Only a 0 that was read ends the wait for a reset. */
	virtio_state_write(&st, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	virtio_state_read(&st, BAR4, VIRTIO_PCI_STATUS, 1, 0x0f);
	fake_expect(&judge, "");
	virtio_state_write(&st, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	fake_expect(&judge, "virtio-reset-not-awaited");
	assert_int_equal(virtio_state_ring(&st, 1, &vr), 0);
	virtio_state_write(&st, BAR4, VIRTIO_PCI_QUEUE_SELECT, 2, 1);
	expect_name(&st, BAR4, 0x14, 1, "common.device_status");
	expect_name(&st, BAR4, 0x04, 4, "common.device_feature[1]");
	expect_name(&st, BAR4, 0x18, 2, "common.queue_size[1]");
	expect_name(&st, BAR4, 0x18, 4, "common.queue_size[1]/4");
	expect_name(&st, BAR4, 0x24, 4, "common.queue_desc[1].high");
	expect_name(&st, BAR4, 0x3004, 2, "notify[1]");
	expect_name(&st, BAR4, 0x1000, 1, "isr");
	expect_name(&st, BAR4, 0x2008, 4, "device+0x8");
	expect_name(&st, BAR1, 0x28, 4, "msix.entry[2].data");
	expect_name(&st, REGION_CONFIG, 4, 2, "config.command");
	expect_name(&st, REGION_CONFIG, 0x9a, 2, "config.msix_control");
	expect_name(&st, REGION_CONFIG, 0x20, 4, "config.bar4");
	expect_name(&st, REGION_CONFIG, 0x44, 4, "config+0x44/4");
	fake_expect(&judge, "");
	fake_free(&judge);
	rig_close(&r);
}

static int
refuse_3(uint16_t id, uint64_t offered, uint64_t accepted)
{
	assert_int_equal(id, VIRTIO_ID_GPU);
	assert_int_equal(offered, FEATURES);
	return (accepted & VIRTIO_FEATURE(3)) == 0;
}

/* A late reset loses what is written before it is done; waiting is safe. */
static void
a_profile_resets_late_and_withholds_features_ok(void **state)
{
	struct rig r;
	struct host_profile p = { .bdf = VIRTIO_PCI_BDF_DEFAULT,
	    .late_reset_reads = 3, .features_refused = refuse_3 };

	(void)state;
	rig_open(&r);
	p.port = &r.f.port;
	r.host = host_profile_create(r.host, &p);
	assert_string_equal(r.host.ops->name, "builtin");
	/* Nothing to reset: done at once, nothing is lost. */
	drv_find(&r);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	fake_expect(&r.f, "virtio-reset-not-awaited");
	assert_int_equal(status(&r), 1);
	drv_start(&r);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(status(&r), 0x0f);
	assert_int_equal(status(&r), 0);
	fake_expect(&r.f, "");
	drv_start(&r);			/* it waits */
	fake_expect(&r.f, "");
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 3);
	fake_expect(&r.f, "virtio-reset-not-awaited");
	while (status(&r) == 0x0f)
		;
	assert_int_equal(status(&r), 0);	/* both were lost */
	drv_features(&r, FEATURES & ~VIRTIO_FEATURE(3));
	assert_int_equal(status(&r), 3);
	drv_features(&r, FEATURES);
	assert_int_equal(status(&r), 0x0b);
	fake_expect(&r.f, "");
	assert_true(host_profile_apple_refused(1, 1 << 3, 0));
	assert_false(host_profile_apple_refused(1, 1 << 3, 1 << 3));
	assert_false(host_profile_apple_refused(16, 1 << 3, 0));
	rig_close(&r);
}

/* What a firmware left running is reset late too, the first time. */
static void
a_profile_knows_a_firmware_that_used_the_device(void **state)
{
	struct rig r;
	struct host_profile p = { .bdf = VIRTIO_PCI_BDF_DEFAULT,
	    .late_reset_reads = 2, .firmware_status = 0x0f };

	(void)state;
	rig_open(&r);
	p.port = &r.f.port;
	r.host = host_profile_create(r.host, &p);
	drv_find(&r);
	assert_int_equal(status(&r), 0x0f);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 0);
	wr(&r, BAR4, VIRTIO_PCI_STATUS, 1, 1);
	fake_expect(&r.f, "virtio-reset-not-awaited");
	assert_int_equal(status(&r), 0x0f);
	assert_int_equal(status(&r), 0x0f);
	assert_int_equal(status(&r), 0);	/* and the 1 was lost */
	drv_start(&r);
	assert_int_equal(status(&r), 0x0f);
	fake_expect(&r.f, "");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_correct_driver_is_served_and_breaks_no_rule),
		cmocka_unit_test(bars_are_sized_and_other_functions_are_absent),
		cmocka_unit_test(the_layout_is_found_in_configuration_space),
		cmocka_unit_test(features_that_do_not_fit_are_refused),
		cmocka_unit_test(each_broken_rule_is_told),
		cmocka_unit_test(rules_over_several_accesses_are_told),
		cmocka_unit_test(steps_out_of_order_are_told),
		cmocka_unit_test(a_reset_forgets_features_and_queues),
		cmocka_unit_test(one_queue_can_be_reset),
		cmocka_unit_test(a_broken_ring_needs_a_reset),
		cmocka_unit_test(
		    no_buffer_is_consumed_before_driver_ok_or_without_bus_master),
		cmocka_unit_test(one_that_hears_early_serves_before_driver_ok),
		cmocka_unit_test(
		    msix_sends_messages_and_holds_masked_ones_back),
		cmocka_unit_test(a_request_can_be_answered_later),
		cmocka_unit_test(the_access_window_reaches_a_bar),
		cmocka_unit_test(a_state_beside_a_host_learns_everything),
		cmocka_unit_test(
		    a_profile_resets_late_and_withholds_features_ok),
		cmocka_unit_test(
		    a_profile_knows_a_firmware_that_used_the_device)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

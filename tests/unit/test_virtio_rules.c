/*
 * test_virtio_rules.c: rules of VIRTIO 1.2 for drivers that a single register
 * does not show: features that need others, device configuration, vectors,
 * capabilities; each broken, and each as near to that as is legal.
 */
#include "fake_port.h"
#include "virtio_feature.h"
#include "virtio_pci_device.h"

#define BAR4		((enum boundary_region)(REGION_BAR0 + 4))
#define QUEUE_SIZE	16u
#define F(bit)		VIRTIO_FEATURE(bit)
#define VERSION_1	F(VIRTIO_BIT_VERSION_1)

/* A network device, which has fields that come with features. */
#define CSUM		F(0)
#define MTU		F(3)
#define MAC		F(5)
#define TSO4		F(11)
#define STATUS		F(16)
#define CTRL_VQ		F(17)
#define MQ		F(22)
#define OFFERED		(VERSION_1 | CSUM | MTU | MAC | TSO4 | STATUS | \
    CTRL_VQ | MQ)

/* The access window (4.1.4.9), and the capability of the registers. */
#define WINDOW		0x84u
#define COMMON		0x40u

struct rig {
	struct fake f;
	struct virtio_core *d;
	struct boundary_host host;
};

static uint64_t
config_read(void *self, uint32_t offset, unsigned size)
{
	(void)self;
	(void)size;
	return offset;
}

static void
config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	(void)self;
	(void)offset;
	(void)size;
	(void)value;
}

static enum virtio_request_result
request(void *self, unsigned queue, uint32_t ordinal, const uint8_t *read,
    size_t nread, size_t writable_max, struct bytes *response,
    struct error *err)
{
	(void)self;
	(void)queue;
	(void)ordinal;
	(void)read;
	(void)nread;
	(void)writable_max;
	(void)response;
	(void)err;
	return VIRTIO_REQUEST_DONE;
}

static uint64_t
look(struct rig *r, enum boundary_region region, uint32_t offset,
    unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(r->host.ops->read(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, region, offset, size, &v, NULL), 0);
	return v;
}

/* Configuration space. */
static void
put(struct rig *r, uint32_t offset, unsigned size, uint64_t value)
{
	assert_int_equal(r->host.ops->write(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, REGION_CONFIG, offset, size, value, NULL),
	    0);
}

static void
rig_open_as(struct rig *r, enum virtio_pci_kind kind, uint64_t offered)
{
	static const struct virtio_device_ops ops = {
		.config_read = config_read, .config_write = config_write,
		.request = request
	};
	static const uint16_t sizes[] = { QUEUE_SIZE, 0 };
	const struct virtio_device dev = {
		.id = VIRTIO_ID_NET, .class_code = 0x020000,
		.features = offered, .config_size = 24, .vectors = 3,
		.queues = 2, .queue_size_max = sizes, .ops = &ops
	};

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->d = virtio_pci_device_core(virtio_pci_device_create(&r->f.port,
	    VIRTIO_PCI_BDF_DEFAULT, kind, &dev));
	r->host = virtio_core_host(r->d);
	put(r, PCI_CFG_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER);
}

static void
rig_open(struct rig *r, uint64_t offered)
{
	rig_open_as(r, VIRTIO_PCI_MODERN, offered);
}

/* Nothing is told, or exactly this. */
static void
rig_close(struct rig *r, const char *id)
{
	fake_expect(&r->f, id);
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

static uint64_t
rd(struct rig *r, uint32_t offset, unsigned size)
{
	return look(r, BAR4, offset, size);
}

static void
wr(struct rig *r, uint32_t offset, unsigned size, uint64_t value)
{
	assert_int_equal(r->host.ops->write(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, BAR4, offset, size, value, NULL), 0);
}

/* Device configuration. */
static void
config(struct rig *r, uint32_t offset, unsigned size)
{
	(void)rd(r, 0x2000 + offset, size);
}

static void
drv_accept(struct rig *r, uint64_t accepted)
{
	wr(r, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(r, VIRTIO_PCI_STATUS, 1), 0);
	wr(r, VIRTIO_PCI_STATUS, 1, 1);
	wr(r, VIRTIO_PCI_STATUS, 1, 3);
	for (uint32_t i = 0; i < 2; i++) {
		wr(r, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, i);
		(void)rd(r, VIRTIO_PCI_DEVICE_FEATURE, 4);
		wr(r, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		wr(r, VIRTIO_PCI_DRIVER_FEATURE, 4,
		    accepted >> 32 * i & 0xffffffff);
	}
	wr(r, VIRTIO_PCI_STATUS, 1, 0x0b);
	assert_int_equal(rd(r, VIRTIO_PCI_STATUS, 1), 0x0b);
}

/* ---------------------------------------------------------------- features */

static void
accepting_gives(uint64_t offered, uint64_t accepted, const char *id)
{
	struct rig r;

	rig_open(&r, offered);
	drv_accept(&r, accepted);
	rig_close(&r, id);
}

static void
a_feature_needs_another(void **state)
{
	struct virtio_feature_lack lack;

	(void)state;
	accepting_gives(OFFERED, VERSION_1 | TSO4,
	    "virtio-feature-needs-another");
	accepting_gives(OFFERED, VERSION_1 | TSO4 | CSUM, "");
	accepting_gives(OFFERED, VERSION_1 | MQ,
	    "virtio-feature-needs-another");
	accepting_gives(OFFERED, OFFERED, "");
	accepting_gives(OFFERED, VERSION_1, "");
	/* Alternatives: one of them will do. */
	assert_int_equal(virtio_feature_lack(VIRTIO_ID_NET, F(9), 0, &lack), 1);
	assert_int_equal(lack.bit, 9);
	assert_string_equal(lack.needs, "GUEST_TSO4 or GUEST_TSO6");
	assert_int_equal(virtio_feature_lack(VIRTIO_ID_NET, F(9) | F(8) | F(1),
	    0, &lack), 0);
	/* By the number on a GPU: 4 needs 0, and 11 is nothing. */
	assert_int_equal(virtio_feature_lack(VIRTIO_ID_GPU, F(4) | F(11), 0,
	    &lack), 1);
	assert_string_equal(lack.section, "5.7.3");
	assert_int_equal(virtio_feature_lack(VIRTIO_ID_GPU, F(4) | F(11), 1,
	    &lack), 0);
	assert_int_equal(virtio_feature_lack(VIRTIO_ID_GPU, F(4) | F(0), 0,
	    &lack), 0);
}

/* Offered features may be read before a reset, and not again after it. */
static void
features_are_read_before_some_are_accepted(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(&r, VIRTIO_PCI_STATUS, 1), 0);
	wr(&r, VIRTIO_PCI_STATUS, 1, 1);
	wr(&r, VIRTIO_PCI_STATUS, 1, 3);
	wr(&r, VIRTIO_PCI_DRIVER_FEATURE, 4, 0);	/* none: fine */
	wr(&r, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, 1);
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_PCI_DRIVER_FEATURE, 4, 1);
	rig_close(&r, "virtio-init-order");
	rig_open(&r, OFFERED);
	drv_accept(&r, VERSION_1);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(&r, VIRTIO_PCI_STATUS, 1), 0);
	wr(&r, VIRTIO_PCI_STATUS, 1, 3);
	wr(&r, VIRTIO_PCI_DRIVER_FEATURE, 4, 1);
	rig_close(&r, "");
}

static void
nothing_goes_on_after_failed(void **state)
{
	static const struct {
		uint32_t offset;
		unsigned size;
		uint64_t value;
		const char *id;
	} after[] = {
		{ VIRTIO_PCI_DRIVER_FEATURE, 4, 1,
		    "virtio-continued-after-failed" },
		{ 0x3000, 2, 0, "virtio-continued-after-failed" },
		{ VIRTIO_PCI_STATUS, 1, 0x9f, "virtio-continued-after-failed" },
		/* Said once more. */
		{ VIRTIO_PCI_STATUS, 1, 0x8f, "" },
		/* On the way out. */
		{ VIRTIO_PCI_CONFIG_VECTOR, 2, VIRTIO_PCI_NO_VECTOR, "" },
		{ VIRTIO_PCI_STATUS, 1, 0, "" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
		struct rig r;

		rig_open(&r, OFFERED);
		drv_accept(&r, VERSION_1);
		wr(&r, VIRTIO_PCI_STATUS, 1, 0x0f);
		wr(&r, VIRTIO_PCI_STATUS, 1, 0x8f);
		wr(&r, after[i].offset, after[i].size, after[i].value);
		rig_close(&r, after[i].id);
	}
}

/* --------------------------------------------------- device configuration */

static void
reading_gives(uint64_t offered, uint32_t offset, unsigned size, const char *id)
{
	struct rig r;

	rig_open(&r, offered);
	drv_accept(&r, VERSION_1);	/* offered is enough */
	config(&r, offset, size);
	rig_close(&r, id);
}

static void
fields_come_with_features(void **state)
{
	(void)state;
	reading_gives(OFFERED, 6, 2, "");
	reading_gives(OFFERED & ~STATUS, 6, 2, "virtio-config-not-offered");
	reading_gives(OFFERED, 10, 2, "");
	reading_gives(OFFERED & ~MTU, 10, 2, "virtio-config-not-offered");
	reading_gives(OFFERED, 8, 2, "");
	reading_gives((OFFERED & ~MQ) | F(60), 8, 2, "");
	reading_gives(OFFERED & ~MQ, 8, 2, "virtio-config-not-offered");
	reading_gives(OFFERED, 12, 4, "virtio-config-not-offered");
	reading_gives(OFFERED & ~MAC, 0, 1, "");	/* always there */
}

/* Before DRIVER, while features are negotiated: 2.5.2 lets it. */
static void
configuration_may_be_read_at_any_time(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	config(&r, 6, 2);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(&r, VIRTIO_PCI_STATUS, 1), 0);
	config(&r, 6, 2);
	wr(&r, VIRTIO_PCI_STATUS, 1, 3);
	config(&r, 6, 2);
	rig_close(&r, "");
}

static void
read_only_fields_are_not_written(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	drv_accept(&r, VERSION_1 | MTU);
	wr(&r, 0x2000 + 10, 2, 1500);
	rig_close(&r, "virtio-read-only-written");
}

/* The MAC takes six reads; a change in between is put together with what was
   before, if nobody looks at the generation. */
static void
mac(struct rig *r, int change)
{
	for (uint32_t i = 0; i < 6; i++) {
		if (i == 3 && change)
			virtio_core_config_changed(r->d);
		config(r, i, 1);
	}
}

static void
a_torn_value_is_not_used(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	drv_accept(&r, VERSION_1);
	mac(&r, 0);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0x0f);	/* nothing changed */
	mac(&r, 1);
	(void)rd(&r, VIRTIO_PCI_CONFIG_GENERATION, 1);
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);	/* it looked */
	mac(&r, 1);
	mac(&r, 0);
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);	/* it read again */
	config(&r, 0, 1);
	virtio_core_config_changed(r.d);
	config(&r, 1, 1);
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);	/* and never knew it whole */
	fake_expect(&r.f, "");
	mac(&r, 1);
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);
	rig_close(&r, "virtio-config-torn");
}

/* ------------------------------------------------------------------ queues */

static void
queues_that_are_not_there(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	drv_accept(&r, VERSION_1);
	for (uint32_t q = 1; q < 4; q++) {	/* to ask is how to find out */
		wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, q);
		assert_int_equal(rd(&r, VIRTIO_PCI_QUEUE_SIZE, 2), 0);
	}
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_PCI_QUEUE_DESC, 4, RING_DESC(0));
	fake_expect(&r.f, "virtio-queue-missing");
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 1);
	for (uint32_t i = 0; i < 3; i++)
		wr(&r, VIRTIO_PCI_QUEUE_DESC + 8 * i, 4, RING_DESC(1));
	wr(&r, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	rig_close(&r, "virtio-queue-missing");
}

static void
a_queue_is_reset_only_with_the_feature(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED | F(VIRTIO_BIT_RING_RESET));
	drv_accept(&r, VERSION_1 | F(VIRTIO_BIT_RING_RESET));
	wr(&r, VIRTIO_PCI_QUEUE_RESET, 2, 1);
	fake_expect(&r.f, "");
	drv_accept(&r, VERSION_1);
	wr(&r, VIRTIO_PCI_QUEUE_RESET, 2, 1);
	rig_close(&r, "virtio-field-not-negotiated");
}

/* Which vectors are written, and which are read back, before DRIVER_OK. */
static void
vectors_gives(int write, int read_config, int read_queue, const char *id)
{
	struct rig r;
	uint32_t vector = write ? 1 : VIRTIO_PCI_NO_VECTOR;

	rig_open(&r, OFFERED);
	drv_accept(&r, VERSION_1);
	wr(&r, VIRTIO_PCI_CONFIG_VECTOR, 2, vector);
	if (read_config)
		(void)rd(&r, VIRTIO_PCI_CONFIG_VECTOR, 2);
	wr(&r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);
	wr(&r, VIRTIO_PCI_QUEUE_VECTOR, 2, vector);
	if (read_queue)
		(void)rd(&r, VIRTIO_PCI_QUEUE_VECTOR, 2);
	wr(&r, VIRTIO_PCI_STATUS, 1, 0x0f);
	rig_close(&r, id);
}

static void
vectors_are_read_back(void **state)
{
	(void)state;
	vectors_gives(1, 1, 1, "");
	vectors_gives(1, 1, 0, "virtio-vector-not-verified");
	vectors_gives(1, 0, 1, "virtio-vector-not-verified");
	vectors_gives(0, 0, 0, "");		/* NO_VECTOR is no mapping */
}

/* ----------------------------------------------------------- notification */

static void
drv_run(struct rig *r)
{
	static const uint32_t at[] = { VIRTIO_PCI_QUEUE_DESC,
	    VIRTIO_PCI_QUEUE_DRIVER, VIRTIO_PCI_QUEUE_DEVICE };

	drv_accept(r, VERSION_1);
	wr(r, VIRTIO_PCI_QUEUE_SELECT, 2, 0);
	for (uint32_t i = 0; i < 3; i++) {
		wr(r, at[i], 4, RING_DESC(0) + 0x1000 * i);
		wr(r, at[i] + 4, 4, 0);
	}
	wr(r, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	wr(r, VIRTIO_PCI_STATUS, 1, 0x0f);
	fake_desc(&r->f, RING_DESC(0), 0, REQUEST, 8, 0, 0);
}

static void
drv_work(struct rig *r)
{
	struct error err;

	while (r->host.ops->step(r->host.self, 0, &err) == 1)
		continue;
}

static void
still(struct rig *r)
{
	const struct boundary_happening h = { .what = HAPPEN_STILL };

	assert_int_equal(r->host.ops->happen(r->host.self, &h, NULL), 0);
}

/* The first chain, or one after others; told when nothing moves any more. */
static void
a_chain_without_a_notification_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	drv_run(&r);
	still(&r);			/* nothing is available */
	fake_avail(&r.f, 0, QUEUE_SIZE, 0);
	drv_work(&r);
	fake_expect(&r.f, "");
	still(&r);
	still(&r);
	fake_expect(&r.f, "ring-not-notified");
	wr(&r, 0x3000, 2, 0);
	still(&r);			/* notified, not yet served */
	drv_work(&r);
	assert_int_equal(r.f.used, 1);
	still(&r);
	rig_close(&r, "");
	rig_open(&r, OFFERED);
	drv_run(&r);
	fake_avail(&r.f, 0, QUEUE_SIZE, 0);
	wr(&r, 0x3000, 2, 0);
	drv_work(&r);
	fake_avail(&r.f, 0, QUEUE_SIZE, 0);
	still(&r);
	rig_close(&r, "ring-not-notified");
}

/* A driver may collect chains, but not for a second. */
static void
a_notification_may_come_late(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	drv_run(&r);
	r.host.ops->time(r.host.self, 1000);
	fake_avail(&r.f, 0, QUEUE_SIZE, 0);
	r.host.ops->time(r.host.self, 2000);
	r.host.ops->time(r.host.self, 1999 + VIRTIO_NOTIFY_PATIENCE_NS);
	fake_expect(&r.f, "");
	wr(&r, 0x3000, 2, 0);
	drv_work(&r);
	r.host.ops->time(r.host.self, 2000 + VIRTIO_NOTIFY_PATIENCE_NS);
	fake_avail(&r.f, 0, QUEUE_SIZE, 0);
	r.host.ops->time(r.host.self, 3000 + VIRTIO_NOTIFY_PATIENCE_NS);
	r.host.ops->time(r.host.self, 3000 + 2 * VIRTIO_NOTIFY_PATIENCE_NS);
	rig_close(&r, "ring-not-notified");
}

/* ------------------------------------------------------- legacy interface */

static void
old(struct rig *r, uint32_t offset, unsigned size, uint64_t value)
{
	assert_int_equal(r->host.ops->write(r->host.self,
	    VIRTIO_PCI_BDF_DEFAULT, REGION_BAR0, offset, size, value, NULL),
	    0);
}

/* Up to a queue whose size was asked for, or not. */
static void
old_start(struct rig *r, int ask)
{
	rig_open_as(r, VIRTIO_PCI_LEGACY, OFFERED & ~VERSION_1);
	old(r, VIRTIO_LEGACY_STATUS, 1, 0);
	old(r, VIRTIO_LEGACY_STATUS, 1, 1);
	old(r, VIRTIO_LEGACY_STATUS, 1, 3);
	(void)look(r, REGION_BAR0, VIRTIO_LEGACY_DEVICE_FEATURES, 4);
	old(r, VIRTIO_LEGACY_DRIVER_FEATURES, 4, MAC);
	old(r, VIRTIO_LEGACY_QUEUE_SELECT, 2, 0);
	if (ask)
		(void)look(r, REGION_BAR0, VIRTIO_LEGACY_QUEUE_SIZE, 2);
	old(r, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, RING_DESC(0) / 4096);
}

/* Its status has no FEATURES_OK, its queues no size of the driver's choice;
   the configuration may be written, its fields still come with features. */
static void
legacy_drivers_keep_their_own_rules(void **state)
{
	struct rig r;

	(void)state;
	old_start(&r, 1);
	old(&r, 20, 1, 2);			/* the address */
	(void)look(&r, REGION_BAR0, 20 + 6, 2);
	old(&r, VIRTIO_LEGACY_STATUS, 1, 7);
	rig_close(&r, "");
	old_start(&r, 0);
	rig_close(&r, "virtio-legacy-size-unread");
	old_start(&r, 1);
	old(&r, VIRTIO_LEGACY_STATUS, 1, 0x0b);
	rig_close(&r, "virtio-legacy-features-ok");
	old_start(&r, 1);
	(void)look(&r, REGION_BAR0, 20 + 12, 4);
	rig_close(&r, "virtio-config-not-offered");
}

/* ------------------------------------------------------------ capabilities */

static void
capabilities_are_not_written(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	assert_int_equal(look(&r, REGION_CONFIG, COMMON, 1),
	    PCI_CAP_ID_VENDOR);
	assert_int_equal(look(&r, REGION_CONFIG, WINDOW + 3,
	    1), VIRTIO_PCI_CAP_ACCESS);
	/* MSI-X is not virtio's, and the header is not a capability. */
	put(&r, 0x98 + PCI_MSIX_CONTROL, 2, 0);
	put(&r, COMMON - 4, 4, 0);
	put(&r, WINDOW + 4, 4, 4);
	fake_expect(&r.f, "");
	put(&r, WINDOW, 4, 0);
	fake_expect(&r.f, "virtio-capability-written");
	put(&r, COMMON + 8, 4, 0);
	rig_close(&r, "virtio-capability-written");
}

static void
window(struct rig *r, unsigned bar, uint32_t offset, uint32_t length)
{
	put(r, WINDOW + VIRTIO_PCI_CAP_BAR, 1, bar);
	put(r, WINDOW + VIRTIO_PCI_CAP_OFFSET, 4, offset);
	put(r, WINDOW + VIRTIO_PCI_CAP_LENGTH, 4, length);
	(void)look(r, REGION_CONFIG, WINDOW +
	    VIRTIO_PCI_CAP_DATA, 4);
}

static void
the_window_shows_structures_only(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, OFFERED);
	(void)look(&r, REGION_CONFIG, WINDOW +
	    VIRTIO_PCI_CAP_DATA, 4);	/* not set up yet */
	window(&r, 4, VIRTIO_PCI_STATUS, 1);
	window(&r, 4, VIRTIO_PCI_DEVICE_FEATURE, 4);
	fake_expect(&r.f, "");
	window(&r, 4, 0x3002, 4);		/* not aligned */
	fake_expect(&r.f, "virtio-config-window");
	window(&r, 6, 0, 4);		/* there is no BAR 6 */
	fake_expect(&r.f, "virtio-config-window");
	window(&r, 1, 0, 4);		/* MSI-X */
	fake_expect(&r.f, "virtio-config-window");
	window(&r, 4, VIRTIO_PCI_STATUS, 1);
	put(&r, WINDOW + VIRTIO_PCI_CAP_LENGTH, 4, 0);
	put(&r, WINDOW + VIRTIO_PCI_CAP_DATA, 4, 0);
	rig_close(&r, "virtio-config-window");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feature_needs_another),
		cmocka_unit_test(features_are_read_before_some_are_accepted),
		cmocka_unit_test(nothing_goes_on_after_failed),
		cmocka_unit_test(fields_come_with_features),
		cmocka_unit_test(configuration_may_be_read_at_any_time),
		cmocka_unit_test(read_only_fields_are_not_written),
		cmocka_unit_test(a_torn_value_is_not_used),
		cmocka_unit_test(queues_that_are_not_there),
		cmocka_unit_test(a_queue_is_reset_only_with_the_feature),
		cmocka_unit_test(vectors_are_read_back),
		cmocka_unit_test(a_chain_without_a_notification_is_told),
		cmocka_unit_test(a_notification_may_come_late),
		cmocka_unit_test(legacy_drivers_keep_their_own_rules),
		cmocka_unit_test(capabilities_are_not_written),
		cmocka_unit_test(the_window_shows_structures_only)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

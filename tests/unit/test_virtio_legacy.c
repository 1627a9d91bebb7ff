/*
 * test_virtio_legacy.c: the legacy structure of a virtio PCI function (VIRTIO
 * 1.2, 4.1.4.10): each rule for drivers fires, the nearest legal use does not.
 */
#include "fake_port.h"
#include "virtio_pci_device.h"
#include "virtio_state_var.h"
#include "virtio_transport.h"

#define BAR0	((enum boundary_region)REGION_BAR0)
#define BDF	VIRTIO_PCI_BDF_DEFAULT

static uint64_t
config_read(void *self, uint32_t offset, unsigned size)
{
	(void)self;
	(void)size;
	return 0x40 + offset;
}

static const struct virtio_device_ops ops = { .config_read = config_read };

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

/* As far as a queue is set up and runs. */
static void
rig_open(struct rig *r)
{
	static const uint16_t sizes[] = { 16 };
	struct virtio_device dev = { .id = 4, .features = 0x8, .config_size =
	    8, .vectors = 2, .queues = 1, .queue_size_max = sizes,
	    .ops = &ops };

	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->host = virtio_core_host(virtio_transport_create(&r->f.port,
	    VIRTIO_TRANSPORT_PCI_LEGACY, &dev));
	assert_int_equal(rd(r, REGION_CONFIG, 0, 4), 0x10051af4);
	wr(r, REGION_CONFIG, PCI_CFG_COMMAND, 2, PCI_COMMAND_IO |
	    PCI_COMMAND_MASTER);
	for (uint64_t status = 0; status < 4; status = status * 2 + 1)
		wr(r, BAR0, VIRTIO_LEGACY_STATUS, 1, status);
	assert_int_equal(rd(r, BAR0, VIRTIO_LEGACY_DEVICE_FEATURES, 4),
	    0x8000008);
	wr(r, BAR0, VIRTIO_LEGACY_DRIVER_FEATURES, 4, 0x8000000);
	wr(r, BAR0, VIRTIO_LEGACY_QUEUE_SELECT, 2, 0);
	assert_int_equal(rd(r, BAR0, VIRTIO_LEGACY_QUEUE_SIZE, 2), 16);
	wr(r, BAR0, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, RING_DESC(0) / 4096);
	wr(r, BAR0, VIRTIO_LEGACY_STATUS, 1, 7);
	fake_expect(&r->f, "");
}

static void
rig_close(struct rig *r)
{
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

static void
each_broken_rule_is_told(void **state)
{
	static const struct {
		const char *id;
		uint32_t offset;
		unsigned size;
		uint64_t value;
	} breaches[] = {
		{ "virtio-access-width", VIRTIO_LEGACY_QUEUE_SELECT, 4, 0 },
		{ "virtio-read-only-written", VIRTIO_LEGACY_QUEUE_SIZE, 2, 8 },
		{ "virtio-queue-changed", VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 9 },
		{ "", VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0 },
		{ "virtio-notify-value", VIRTIO_LEGACY_QUEUE_NOTIFY, 2, 1 },
		{ "", VIRTIO_LEGACY_QUEUE_NOTIFY, 2, 0 },
		{ "virtio-legacy-features-ok", VIRTIO_LEGACY_STATUS, 1, 0x0f },
		{ "virtio-status-cleared", VIRTIO_LEGACY_STATUS, 1, 3 },
		{ "", VIRTIO_LEGACY_STATUS, 1, 0 },
		{ "virtio-features-changed", VIRTIO_LEGACY_DRIVER_FEATURES, 4,
		    0x8000008 },
		{ "", VIRTIO_LEGACY_DRIVER_FEATURES, 4, 0x8000000 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++) {
		struct rig r;

		rig_open(&r);
		wr(&r, BAR0, breaches[i].offset, breaches[i].size,
		    breaches[i].value);
		fake_expect(&r.f, breaches[i].id);
		rig_close(&r);
	}
}

/* Device configuration is behind the vectors, which are there with MSI-X. */
static void
a_queue_is_set_up_after_driver_is_set(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct rig r;

		rig_open(&r);
		wr(&r, BAR0, VIRTIO_LEGACY_STATUS, 1, 0);
		wr(&r, BAR0, VIRTIO_LEGACY_STATUS, 1, 1);
		if (!early)
			wr(&r, BAR0, VIRTIO_LEGACY_STATUS, 1, 3);
		assert_int_equal(rd(&r, BAR0, VIRTIO_LEGACY_QUEUE_SIZE, 2), 16);
		wr(&r, BAR0, VIRTIO_LEGACY_QUEUE_ADDRESS, 4,
		    RING_DESC(0) / 4096);
		fake_expect(&r.f, early ? "virtio-init-order" : "");
		rig_close(&r);
	}
}

/* To an observer, who knows of queues what the driver has read. */
static void
a_queue_of_size_0_is_not_there(void **state)
{
	(void)state;
	for (uint16_t size = 0; size <= 16; size += 16) {
		struct virtio_state st;
		struct fake f;

		fake_init(&f);
		virtio_state_init(&st, &f.port, VIRTIO_BUS_PCI, BDF);
		st.status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
		virtio_queue_size_read(&st.queue[0], size);
		virtio_queue_page_written(&st, &st.queue[0], 5, 4096, 4096,
		    "2.7.2");
		fake_expect(&f, size == 0 ? "virtio-queue-missing" : "");
		fake_free(&f);
	}
}

static void
the_configuration_moves_with_msix(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	assert_int_equal(rd(&r, BAR0, 20, 1), 0x40);
	wr(&r, REGION_CONFIG, 0x40 + PCI_MSIX_CONTROL, 2,
	    PCI_MSIX_CONTROL_ENABLE);
	assert_int_equal(rd(&r, BAR0, VIRTIO_LEGACY_CONFIG_VECTOR, 2),
	    VIRTIO_PCI_NO_VECTOR);
	assert_int_equal(rd(&r, BAR0, 24, 1), 0x40);
	wr(&r, BAR0, VIRTIO_LEGACY_QUEUE_VECTOR, 2, 2);
	fake_expect(&r.f, "virtio-vector-out-of-range");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_rule_is_told),
		cmocka_unit_test(a_queue_is_set_up_after_driver_is_set),
		cmocka_unit_test(a_queue_of_size_0_is_not_there),
		cmocka_unit_test(the_configuration_moves_with_msix)
	};

	return cmocka_run_group_tests_name("virtio_legacy", tests, NULL, NULL);
}

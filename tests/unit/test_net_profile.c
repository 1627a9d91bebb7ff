/*
 * test_net_profile.c: the built-in virtio-net under the manners of other hosts:
 * an mtu that was offered and declined, one over every limit that is offered
 * again after each reset, and a configuration that changes while it runs.
 */
#include "net_rig.h"
#include "host_profile.h"

static const uint16_t mtus[] = { 0, 67, 68, 1280, 1500, 9000, 65435, 65436,
	65535 };
#define NMTUS	(sizeof mtus / sizeof mtus[0])

/* With apple, as Apple's host would be. */
static void
host_open(struct rig *r, const struct net_device_config *cfg, int apple)
{
	struct host_profile p = { .port = &r->f.port, .bdf = BDF,
	    .late_reset_reads = 3,
	    .features_refused = host_profile_apple_refused };

	rig_open(r, cfg);
	if (apple) {
		p.port = &r->f.port;
		r->host = host_profile_create(r->host, &p);
	}
	assert_int_equal(r->host.ops->write(r->host.self, BDF, REGION_CONFIG,
	    PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
	    &r->err), 0);
	/* A driver finds the registers, and so does the profile. */
	for (uint32_t at = 0; at < 256; at += 4) {
		uint64_t v;

		assert_int_equal(r->host.ops->read(r->host.self, BDF,
		    REGION_CONFIG, at, 4, &v, &r->err), 0);
	}
}

/* A reset, waited for; how often it had to be looked. */
static unsigned
reset(struct rig *r)
{
	unsigned looks = 1;

	wr(r, VIRTIO_PCI_STATUS, 1, 0);
	for (; rd(r, VIRTIO_PCI_STATUS, 1) != 0; looks++)
		assert_in_range(looks, 1, 100);
	return looks;
}

/* Whether the host lets these features stand. */
static int
negotiate(struct rig *r, uint64_t features)
{
	features |= VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
	(void)offered(r);
	wr(r, VIRTIO_PCI_STATUS, 1, 1);
	wr(r, VIRTIO_PCI_STATUS, 1, 3);
	for (uint32_t i = 0; i < 2; i++) {
		wr(r, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		wr(r, VIRTIO_PCI_DRIVER_FEATURE, 4, features >> (32 * i) &
		    0xffffffff);
	}
	wr(r, VIRTIO_PCI_STATUS, 1, 0x0b);
	return rd(r, VIRTIO_PCI_STATUS, 1) == 0x0b;
}

static void
an_mtu_that_is_declined_is_refused_by_apple_alone(void **state)
{
	(void)state;
	for (int apple = 0; apple < 2; apple++)
		for (size_t i = 0; i < NMTUS; i++) {
			struct net_device_config cfg = { .mtu_offered = 1,
			    .mtu = mtus[i] };
			struct rig r;

			host_open(&r, &cfg, apple);
			assert_int_equal(offered(&r) & F(MTU), F(MTU));
			(void)reset(&r);
			assert_int_equal(negotiate(&r, F(MAC)), !apple);
			(void)reset(&r);
			assert_int_equal(negotiate(&r, F(MAC) | F(MTU)), 1);
			assert_int_equal(rd(&r, 0x200a, 2), mtus[i]);
			rig_close(&r);
		}
}

/* Without an offer nobody can decline. */
static void
no_mtu_is_no_matter(void **state)
{
	struct rig r;

	(void)state;
	for (int apple = 0; apple < 2; apple++) {
		host_open(&r, NULL, apple);
		(void)reset(&r);
		assert_int_equal(offered(&r) & F(MTU), 0);
		assert_int_equal(negotiate(&r, F(MAC)), 1);
		rig_close(&r);
	}
}

/* It is offered again after every reset, so only declining helps. */
static void
an_mtu_over_the_limit_is_offered_again(void **state)
{
	struct net_device_config cfg = { .mtu_offered = 1, .mtu = 65436 };
	struct rig r;

	(void)state;
	for (int apple = 0; apple < 2; apple++) {
		host_open(&r, &cfg, apple);
		for (int i = 0; i < 3; i++) {
			(void)reset(&r);
			assert_int_equal(negotiate(&r, F(MTU)), 1);
			assert_int_equal(rd(&r, 0x200a, 2), 65436);
			(void)reset(&r);
			assert_int_equal(offered(&r) & F(MTU), F(MTU));
			assert_int_equal(negotiate(&r, 0), !apple);
		}
		rig_close(&r);
	}
}

static void
a_late_reset_has_to_be_waited_for(void **state)
{
	struct rig r;

	(void)state;
	host_open(&r, NULL, 1);
	assert_int_equal(reset(&r), 1);		/* there was nothing to reset */
	assert_int_equal(negotiate(&r, F(MAC)), 1);
	assert_int_equal(reset(&r), 4);
	assert_int_equal(negotiate(&r, F(MAC)), 1);
	fake_expect(&r.f, "");
	wr(&r, VIRTIO_PCI_STATUS, 1, 0);	/* and not waited for */
	wr(&r, VIRTIO_PCI_STATUS, 1, 1);
	fake_expect(&r.f, "virtio-reset-not-awaited");
	rig_close(&r);
}

/* What happens to the host comes through its manners. */
static void
happenings_pass_through(void **state)
{
	struct boundary_happening h = { .what = HAPPEN_LINK };
	struct rig r;

	(void)state;
	host_open(&r, NULL, 1);
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_LINK_UP);
	assert_int_equal(r.host.ops->happen(r.host.self, &h, &r.err), 0);
	assert_int_equal(rd(&r, 0x2006, 2), 0);
	h.what = HAPPEN_MTU;
	h.value = 1400;
	assert_int_equal(r.host.ops->happen(r.host.self, &h, &r.err), 0);
	assert_int_equal(rd(&r, 0x200a, 2), 1400);
	h.what = HAPPEN_MAC;
	memcpy(h.mac, "\x02\x00\x00\x00\x00\x09", 6);
	assert_int_equal(r.host.ops->happen(r.host.self, &h, &r.err), 0);
	mac_is(&r, "\x02\0\0\0\0\x09");
	h.what = HAPPEN_ANNOUNCE;
	assert_int_equal(r.host.ops->happen(r.host.self, &h, &r.err), 0);
	assert_int_equal(rd(&r, 0x2006, 2), NET_S_ANNOUNCE);
	h.what = HAPPEN_RESIZE;
	assert_int_equal(r.host.ops->happen(r.host.self, &h, &r.err), 1);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_mtu_that_is_declined_is_refused_by_apple_alone),
		cmocka_unit_test(no_mtu_is_no_matter),
		cmocka_unit_test(an_mtu_over_the_limit_is_offered_again),
		cmocka_unit_test(a_late_reset_has_to_be_waited_for),
		cmocka_unit_test(happenings_pass_through)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

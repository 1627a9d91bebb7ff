/*
 * test_vio_mtu.c: what comes of the MTU that a host offers: whether the feature
 * is accepted, the interface's hard MTU and its own, and what ifconfig(8) may
 * make of it; on hosts of both manners, with receive buffers that are put
 * together and without.  By OpenBSD's vio(4) of January 2026: both become the
 * device's, up to ETHER_MAX_HARDMTU_LEN, and a device that asks for more gets
 * the negotiation again without the feature; and by 5.1.4.1, which has none
 * below 68.
 */
#include "vio_rig.h"

#define NONE		(-1)
#define HARDMTU_MAX	65435u		/* ETHER_MAX_HARDMTU_LEN */
#define MTU_LEAST	46u		/* that Ethernet's ioctl grants */

static const long offers[] = { NONE, 0, 67, 68, 1280, 1500, 9000, 65435, 65436,
    65535 };
#define NOFFERS (sizeof offers / sizeof offers[0])

struct expected {
	int attaches, accepts;
	unsigned hard, own;
};

/* The rules, said once more. */
static struct expected
expected_of(long offer, int apple, int merge)
{
	struct expected e = { 1, 0, 0, 1500 };

	/* A cluster of 2048, less alignment, header, Ethernet and VLAN. */
	e.hard = merge ? HARDMTU_MAX : 2048 - 2 - 12 - 18;
	if (offer == NONE)
		return e;
	if (offer >= 68 && offer <= (long)HARDMTU_MAX) {
		e.accepts = 1;
		e.hard = e.own = (unsigned)offer;
	} else if (apple && offer > (long)HARDMTU_MAX) {
		/* It was declined, that was refused: our own limit. */
		e.accepts = 1;
		e.hard = e.own = HARDMTU_MAX;
	} else if (apple) {
		e.attaches = 0;
	}
	return e;
}

static void
text_of(char *out, size_t size, long offer, int merge, const char *steps)
{
	char mtu[32] = "";

	if (offer != NONE)
		snprintf(mtu, sizeof mtu, "mtu %ld\n", offer);
	snprintf(out, size, "device net\n%s%s%s", mtu,
	    merge ? "" : "without mrg_rxbuf\n", steps);
}

static void
check(const struct machine_desc *desc, long offer, int merge)
{
	struct expected e = expected_of(offer, desc->apple, merge);
	struct vio_rig rig = { .follow = 1 };
	char text[512], steps[320], what[128];
	struct run_result result;

	/* First what it is, then what ifconfig makes of it. */
	text_of(text, sizeof text, offer, merge, "wait 1\n");
	vio_run(&rig, desc, text, &result);
	snprintf(what, sizeof what, "%s, %s, offered %ld", desc->name,
	    merge ? "mergeable" : "one buffer", offer);
	print_message("    %-42s %-8s %-12s hard %5u  mtu %5u\n", what,
	    rig.attached ? "attached" : "refused",
	    rig.accepted & VIRTIO_FEATURE(NET_BIT_MTU) ? "accepted" :
	    "not accepted", rig.state.hardmtu, rig.state.mtu);
	vio_print_findings(what, &result);
	assert_int_equal(result.findings.n, 0);
	assert_int_equal(rig.attached, e.attaches);
	run_result_free(&result);
	if (!e.attaches)
		return;
	assert_int_equal((rig.accepted & VIRTIO_FEATURE(NET_BIT_MTU)) != 0,
	    e.accepts);
	assert_int_equal(rig.state.hardmtu, e.hard);
	assert_int_equal(rig.state.mtu, e.own);

	snprintf(steps, sizeof steps, "up 10.0.2.15/24\nmtu %u refused\n"
	    "mtu %u refused\nmtu %u\nmtu %u\nping 10.0.2.2 1 18\n"
	    "ping 10.0.2.2 1 %u\nexpect\n", e.hard + 1, MTU_LEAST - 1,
	    MTU_LEAST, e.hard, e.hard - 28);
	text_of(text, sizeof text, offer, merge, steps);
	memset(&rig, 0, sizeof rig);
	vio_run(&rig, desc, text, &result);
	vio_print_findings(what, &result);
	assert_int_equal(result.findings.n, 0);
	assert_int_equal(rig.state.mtu, e.hard);
	run_result_free(&result);
}

static void
check_machine(const char *name)
{
	struct machine_desc desc;
	struct error err;

	error_clear(&err);
	if (load_machine(name, &desc, &err) != 0)
		fail_msg("%s", err.text);
	for (int merge = 0; merge < 2; merge++)
		for (size_t i = 0; i < NOFFERS; i++)
			check(&desc, offers[i], merge);
	machine_desc_free(&desc);
}

static void
the_mtu_is_the_hosts_where_it_can_be(void **state)
{
	(void)state;
	check_machine("arm64-qemu");
}

static void
a_host_that_insists_is_obeyed_up_to_our_limit(void **state)
{
	struct machine_desc desc;
	struct error err;

	(void)state;
	error_clear(&err);
	if (load_machine("arm64-apple-vz", &desc, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(desc.apple);
	machine_desc_free(&desc);
	check_machine("arm64-apple-vz");
}

/* Nothing said above holds for this one by accident. */
static void
a_driver_without_the_feature_differs(void **state)
{
	static const char *const faults[] = { "vio-no-mtu" };
	const struct guest_spec spec = { .faults = faults, .nfaults = 1 };
	struct guest *ours = vio_guest;
	struct vio_rig rig = { .follow = 1 };
	struct guest_built built;
	struct run_result result;
	struct machine_desc desc;
	struct error err;

	(void)state;
	error_clear(&err);
	if (guest_build(&spec, &built, &err) != 0 ||
	    (vio_guest = guest_load(built.path, &err)) == NULL ||
	    load_machine("arm64-apple-vz", &desc, &err) != 0)
		fail_msg("%s", err.text);
	vio_run(&rig, &desc, "device net\nmtu 1500\nwait 1\n", &result);
	assert_int_equal(rig.attached, 0);
	run_result_free(&result);
	machine_desc_free(&desc);

	if (load_machine("arm64-qemu", &desc, &err) != 0)
		fail_msg("%s", err.text);
	vio_run(&rig, &desc, "device net\nmtu 9000\nwait 1\n", &result);
	assert_int_equal(rig.attached, 1);
	assert_int_equal(rig.accepted & VIRTIO_FEATURE(NET_BIT_MTU), 0);
	assert_int_equal(rig.state.mtu, 1500);
	run_result_free(&result);
	machine_desc_free(&desc);
	guest_unload(vio_guest);
	guest_built_free(&built);
	vio_guest = ours;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mtu_is_the_hosts_where_it_can_be),
		cmocka_unit_test(
		    a_host_that_insists_is_obeyed_up_to_our_limit),
		cmocka_unit_test(a_driver_without_the_feature_differs)
	};

	return cmocka_run_group_tests_name("vio_mtu", tests, vio_set_up,
	    vio_tear_down);
}

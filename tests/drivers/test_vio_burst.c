/*
 * test_vio_burst.c: frames of random sizes, many in flight, half of them given
 * back: none is lost, doubled, torn or out of order, over each transport, with
 * receive buffers that are put together and without, in any way that the rings
 * can be used.  Each of the 20,000 is looked at at both ends.
 *
 *	VIOTAPE_PACKETS=N	N frames a case instead
 */
#include "vio_rig.h"

#define PACKETS		1250u

static const char *const layouts[] = { "", "without mrg_rxbuf\n",
    "without indirect_desc event_idx\n",
    "without mrg_rxbuf indirect_desc event_idx\nmtu 9000\n" };

static unsigned long
packets(void)
{
	const char *n = getenv("VIOTAPE_PACKETS");

	return n != NULL ? strtoul(n, NULL, 10) : PACKETS;
}

static void
burst(const char *machine, enum virtio_transport t, const char *layout,
    unsigned long n)
{
	struct vio_rig rig = { .transport = t };
	struct machine_desc desc;
	struct run_result result;
	struct error err;
	char text[256], what[128];

	error_clear(&err);
	if (load_machine(machine, &desc, &err) != 0)
		fail_msg("%s", err.text);
	snprintf(text, sizeof text, "device net\n%sup 10.0.2.15/24\n"
	    "burst %lu %u\nexpect\n", layout, n, (unsigned)t + 1);
	snprintf(what, sizeof what, "%s over %s, %s", machine,
	    virtio_transport_name(t), layout);
	vio_run(&rig, &desc, text, &result);
	vio_print_findings(what, &result);
	assert_int_equal(result.findings.n, 0);
	assert_int_equal(rig.attached, 1);
	assert_int_equal(result.pictures, 1);
	run_result_free(&result);
	machine_desc_free(&desc);
}

static void
none_is_lost_over_any_transport(void **state)
{
	(void)state;
	for (unsigned t = 0; t < VIRTIO_TRANSPORTS; t++)
		for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
			burst("arm64-qemu", (enum virtio_transport)t,
			    layouts[i], packets() * 4 / 5);
}

static void
none_is_lost_where_devices_have_copies_or_caches(void **state)
{
	static const char *const machines[] = { "amd64-sev",
	    "arm64-noncoherent", "contract", "contract-bounce" };

	(void)state;
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
		burst(machines[i], VIRTIO_TRANSPORT_PCI, layouts[i],
		    packets() * 4 / 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_lost_over_any_transport),
		cmocka_unit_test(
		    none_is_lost_where_devices_have_copies_or_caches)
	};

	return cmocka_run_group_tests_name("vio_burst", tests, vio_set_up,
	    vio_tear_down);
}

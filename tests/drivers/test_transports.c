/*
 * test_transports.c: our virtio drivers over every transport, against a device
 * that gives back what it is sent, on machines that have it: nothing is found,
 * rings wrap, interrupts come, configuration is where it should be.
 */
#include "testvq_rig.h"

#define GUEST	VIOTAPE_SOURCE_DIR "/tests/drivers/transports_guest.c"

struct asked {
	enum virtio_transport transport;
	uint64_t features_off;
};

static int
echo_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	const struct asked *a = self;

	(void)err;
	*host = testvq_host(machine_port(m), a->transport, a->features_off);
	return 0;
}

/* --- runs --- */

static void
run(const char *machine, struct asked *a, const char *text,
    struct run_result *result)
{
	struct run_config config = { .host = echo_host, .self = a,
	    .guest = testvq_guest };
	struct machine_desc desc;
	struct scenario s;
	struct error err;

	error_clear(&err);
	if (load_machine(machine, &desc, &err) != 0 || scenario_parse(&s,
	    "echo", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	config.desc = &desc;
	config.scenario = &s;
	if (run_execute(&config, result, &err) != 0)
		fail_msg("%s", err.text);
	scenario_free(&s);
	machine_desc_free(&desc);
}

static void
expect_right(const char *machine, struct asked *a)
{
	int legacy = a->transport == VIRTIO_TRANSPORT_PCI_LEGACY ||
	    a->transport == VIRTIO_TRANSPORT_MMIO_LEGACY;
	struct run_result result;
	char expected[128];

	run(machine, a, "raise 20\n", &result);
	bytes_add(&result.dmesg, "", 1);
	for (size_t i = 0; i < result.findings.n; i++)
		print_message("    %s over %s: %s: %s\n%s", machine,
		    virtio_transport_name(a->transport),
		    result.findings.list[i].kind->id,
		    result.findings.list[i].text,
		    (const char *)result.dmesg.data);
	assert_int_equal(result.findings.n, 0);
	snprintf(expected, sizeof expected, "version_1 %d indirect %d event "
	    "%d queue 8 config 0x807060504030201", !legacy,
	    a->features_off == 0, a->features_off == 0);
	if (strstr((const char *)result.dmesg.data, expected) == NULL)
		fail_msg("%s is not in: %s", expected,
		    (const char *)result.dmesg.data);
	run_result_free(&result);
}

static const char *const machines[] = { "arm64-qemu", "arm64-noncoherent",
    "contract-bounce" };

static void
each_transport_works_on_machines_that_have_it(void **state)
{
	(void)state;
	for (unsigned t = 0; t < VIRTIO_TRANSPORTS; t++)
		for (size_t m = 0; m < sizeof machines / sizeof machines[0];
		    m++) {
			struct asked a = { (enum virtio_transport)t, 0 };

			expect_right(machines[m], &a);
			a.features_off =
			    VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC) |
			    VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX);
			expect_right(machines[m], &a);
		}
}

/* A legacy device's ports are mapped where a PC has them, too. */
static void
legacy_pci_works_with_the_ports_of_a_pc(void **state)
{
	struct asked a = { VIRTIO_TRANSPORT_PCI_LEGACY, 0 };

	(void)state;
	expect_right("amd64-qemu", &a);
	expect_right("amd64-sev", &a);
}

/* Where there are no ports, a legacy device gets no driver, and says so. */
static void
without_ports_a_legacy_device_is_not_attached(void **state)
{
	struct asked a = { VIRTIO_TRANSPORT_PCI_LEGACY, 0 };
	struct run_result result;

	(void)state;
	run("arm64-apple-vz", &a, "wait 1\n", &result);
	assert_int_equal(result.findings.n, 0);
	bytes_add(&result.dmesg, "", 1);
	assert_non_null(strstr((const char *)result.dmesg.data,
	    "no virtio registers"));
	run_result_free(&result);
}

static int
set_up(void **state)
{
	(void)state;
	testvq_set_up(GUEST);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_transport_works_on_machines_that_have_it),
		cmocka_unit_test(legacy_pci_works_with_the_ports_of_a_pc),
		cmocka_unit_test(
		    without_ports_a_legacy_device_is_not_attached)
	};

	return cmocka_run_group_tests_name("transports", tests, set_up,
	    testvq_tear_down);
}

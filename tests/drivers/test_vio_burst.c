/*
 * test_vio_burst.c: frames of random sizes, many in flight, half of them given
 * back: none is lost, doubled, torn or out of order, over each transport, with
 * receive buffers that are put together and without, in any way that the rings
 * can be used.  Each of the 20,000 is looked at at both ends.
 *
 *	VIOTAPE_PACKETS=N	so many in all, or a little more, instead
 *	VIOTAPE_SHARE=I/N	the I-th of N programs that share them
 */
#include "vio_rig.h"

#define PACKETS		20000u

/* What is offered, how long frames are, how many of 64 parts each has. */
static const struct layout {
	const char *head;
	unsigned mtu, parts;
} layouts[] = {
	{ "", 1500, 6 },
	{ "without mrg_rxbuf\n", 600, 22 },
	{ "without indirect_desc event_idx\n", 128, 35 },
	{ "without mrg_rxbuf indirect_desc event_idx\nmtu 9000\n", 9000, 1 }
};
#define NLAYOUTS	(sizeof layouts / sizeof layouts[0])
#define NCASES		(VIRTIO_TRANSPORTS + 1)	/* of each layout */

static unsigned long all, sent, ncases;
static unsigned share, shares = 1;

static void
burst(const char *machine, enum virtio_transport t, const struct layout *l)
{
	unsigned long n = all * l->parts / (64 * NCASES) + 1;
	struct vio_rig rig = { .transport = t };
	struct machine_desc desc;
	struct run_result result;
	struct error err;
	char text[256], what[128];

	if (ncases++ % shares != share)
		return;
	error_clear(&err);
	if (load_machine(machine, &desc, &err) != 0)
		fail_msg("%s", err.text);
	snprintf(text, sizeof text, "device net\n%sup 10.0.2.15/24\nmtu %u\n"
	    "burst %lu %u\nexpect\n", l->head, l->mtu, n, (unsigned)t + 1);
	snprintf(what, sizeof what, "%s over %s, %s", machine,
	    virtio_transport_name(t), l->head);
	vio_run(&rig, &desc, text, &result);
	vio_print_findings(what, &result);
	assert_int_equal(result.findings.n, 0);
	assert_int_equal(rig.attached, 1);
	assert_int_equal(result.pictures, 1);
	sent += n;
	run_result_free(&result);
	machine_desc_free(&desc);
}

static void
none_is_lost_over_any_transport(void **state)
{
	(void)state;
	for (unsigned t = 0; t < VIRTIO_TRANSPORTS; t++)
		for (size_t i = 0; i < NLAYOUTS; i++)
			burst("arm64-qemu", (enum virtio_transport)t,
			    &layouts[i]);
}

static void
none_is_lost_where_devices_have_copies_or_caches(void **state)
{
	static const char *const machines[NLAYOUTS] = { "amd64-sev",
	    "arm64-noncoherent", "contract", "contract-bounce" };

	(void)state;
	for (size_t i = 0; i < NLAYOUTS; i++)
		burst(machines[i], VIRTIO_TRANSPORT_PCI, &layouts[i]);
}

static int
set_up(void **state)
{
	const char *n = getenv("VIOTAPE_PACKETS");
	const char *part = getenv("VIOTAPE_SHARE");

	all = n != NULL ? strtoul(n, NULL, 10) : PACKETS;
	if (part != NULL && (sscanf(part, "%u/%u", &share, &shares) != 2 ||
	    share >= shares))
		fail_msg("VIOTAPE_SHARE=%s is not 0/1, 0/2, 1/2 ...", part);
	return vio_set_up(state);
}

static int
tear_down(void **state)
{
	print_message("%lu packets sent\n", sent);
	return vio_tear_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_lost_over_any_transport),
		cmocka_unit_test(
		    none_is_lost_where_devices_have_copies_or_caches)
	};

	return cmocka_run_group_tests_name("vio_burst", tests, set_up,
	    tear_down);
}

/*
 * fuzz_vio.c: our network driver in front of a host that lies (fuzz_liar.h): in
 * every register and byte of configuration, in headers and packets, in used
 * entries and answers of commands, in when it interrupts.  The driver may give
 * up, and packets may be lost; it may not touch memory that is not its own, and
 * it may not hang.
 *
 * Input: 1 byte, bits 0 and 1 the machine, 2 and 3 what is not offered, 6
 * whether the run goes to its end; then the liar's.
 */
#include "fuzz_liar.h"

#include <stdlib.h>

#include "guest_build.h"
#include "machine_tree.h"

#define WHOLE		0x40u
#define EVENTS_MAX	8000u		/* of a run that is cut short */
#define EVENTS_ENDLESS	3000000u	/* no run has so many */

static const char steps[] =
    "device net\n"
    "mtu 1500\n"
    "up 10.0.2.15/24\n"
    "ping 10.0.2.2 1 56\n"
    "join 01:00:5e:00:00:05\n"
    "burst 12 1\n"
    "stream out 10.0.2.2 9 9000 1448\n"
    "stream in 10.0.2.2 19 9000\n"
    "promisc on\n"
    "down\n"
    "up\n"
    "expect\n";

struct target {
	struct liar liar;		/* first: it is the host's self */
	struct net_device_config device;
};

static int
target_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct target *t = self;

	(void)err;
	liar_begin(&t->liar, m, host);
	t->liar.device = net_device_host(&t->liar.port, &t->device, NULL);
	return 0;
}

static struct guest *guest;
static struct guest_built built;
static struct machine_desc machines[4];

static void
begin(void)
{
	static struct tree trees[] = {
		{ .arch = "arm64" },
		{ .arch = "amd64", .bounce = 1 },
		{ .arch = "arm64", .iommu = 1, .no_msi = 1 },
		{ .arch = "arm64", .not_coherent = 1, .unbacked = "abort" },
	};
	static const struct guest_spec spec;	/* our drivers */
	struct error err;

	error_clear(&err);
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++)
		tree_machine(&trees[i], "fuzz", &machines[i]);
	if (guest_build(&spec, &built, &err) == 0)
		guest = guest_load(built.path, &err);
	if (guest == NULL) {
		fprintf(stderr, "fuzz_vio: %s\n", err.text);
		exit(1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t off[4] = { 0, VIRTIO_FEATURE(NET_BIT_MRG_RXBUF),
	    VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC) |
	    VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX),
	    VIRTIO_FEATURE(NET_BIT_CTRL_VQ) };
	struct target t = { .liar.in = { data, size }, .device = {
	    .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, .mtu_offered = 1,
	    .mtu = 1500, .pairs = 2 } };
	struct run_config config = { .host = target_create, .self = &t,
	    .once = 1 };
	struct run_result result;
	struct scenario s;
	struct error err;
	unsigned what;

	if (guest == NULL)
		begin();
	error_clear(&err);
	CHECK(scenario_parse(&s, "fuzz", steps, sizeof steps - 1, &err) == 0);
	what = (unsigned)fuzz_le(&t.liar.in, 1);
	t.device.features_off = off[what >> 2 & 3];
	config.desc = &machines[what % 4];
	config.until = (what & WHOLE) != 0 ? 0 : EVENTS_MAX;
	config.guest = guest;
	config.scenario = &s;
	if (run_execute(&config, &result, &err) == 0) {
		CHECK(result.events < EVENTS_ENDLESS);
		liar_check_findings(&result);
		run_result_free(&result);
	}
	scenario_free(&s);
	return 0;
}

/*
 * fuzz_host.c: our drivers in front of a host that lies (fuzz_liar.h): in what a
 * register or a byte of configuration says, in the used entries and the answers
 * that it writes, in when it interrupts.  The driver may give up; it may not
 * touch memory that is not its own, and it may not hang.
 *
 * Input: 1 byte for the machine and whether the run goes to its end (a driver
 * that waits for a lost answer polls half a million times); then the liar's.
 */
#include "fuzz_liar.h"

#include <stdlib.h>

#include "guest_build.h"
#include "machine_tree.h"

#define WHOLE		0x40u
#define EVENTS_MAX	6000u		/* of a run that is cut short */
#define EVENTS_ENDLESS	3000000u	/* no run has so many */

static const char steps[] =
    "display 64 48\n"
    "text hello\\n\n"
    "expect\n"
    "graphics\n"
    "map\n"
    "fill 0 0 16 16 ff0000\n"
    "expect\n";

static int
liar_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	static const struct gpu_device_config gpu = { .width = 64,
	    .height = 48 };
	struct liar *l = self;

	(void)err;
	liar_begin(l, m, host);
	l->device = gpu_device_host(&l->port, &gpu);
	return 0;
}

/* --- a run ------------------------------------------------------------------ */

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
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		trees[i].ram_base = TREE_RAM;	/* little: runs are short */
		trees[i].ram_size = UINT64_C(16) << 20;
		tree_machine(&trees[i], "fuzz", &machines[i]);
	}
	if (guest_build(&spec, &built, &err) == 0)
		guest = guest_load(built.path, &err);
	if (guest == NULL) {
		fprintf(stderr, "fuzz_host: %s\n", err.text);
		exit(1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct liar l = { .in = { data, size } };
	struct run_config config = { .host = liar_create, .self = &l,
	    .once = 1 };
	struct run_result result;
	struct scenario s;
	struct error err;
	unsigned what;

	if (guest == NULL)
		begin();
	error_clear(&err);
	CHECK(scenario_parse(&s, "fuzz", steps, sizeof steps - 1, &err) == 0);
	what = (unsigned)fuzz_le(&l.in, 1);
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

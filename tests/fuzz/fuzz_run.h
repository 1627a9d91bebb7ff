/*
 * fuzz_run.h: our drivers and the machines for fuzz targets that run them:
 * coherent, with bounce buffers, behind an IOMMU without MSI, not coherent.
 */
#ifndef VIOTAPE_FUZZ_RUN_H
#define VIOTAPE_FUZZ_RUN_H

#include <stdio.h>
#include <stdlib.h>

#include "fuzz_liar.h"
#include "guest_build.h"
#include "machine_tree.h"

#define FUZZ_MACHINES		4u
#define FUZZ_EVENTS_ENDLESS	3000000u	/* no run has so many */

static struct guest *fuzz_guest;	/* NULL: not begun */
static struct machine_desc fuzz_machines[FUZZ_MACHINES];

/* Once: makes both, each machine with ram_size bytes; 0: the usual. */
static void
fuzz_run_begin(const char *target, uint64_t ram_size)
{
	static struct guest_built built;
	static struct tree trees[FUZZ_MACHINES] = {
		{ .arch = "arm64" },
		{ .arch = "amd64", .bounce = 1 },
		{ .arch = "arm64", .iommu = 1, .no_msi = 1 },
		{ .arch = "arm64", .not_coherent = 1, .unbacked = "abort" },
	};
	static const struct guest_spec spec;	/* our drivers */
	struct error err;

	if (fuzz_guest != NULL)
		return;
	error_clear(&err);
	for (size_t i = 0; i < FUZZ_MACHINES; i++) {
		trees[i].ram_base = TREE_RAM;
		trees[i].ram_size = ram_size;
		tree_machine(&trees[i], "fuzz", &fuzz_machines[i]);
	}
	if (guest_build(&spec, &built, &err) == 0)
		fuzz_guest = guest_load(built.path, &err);
	if (fuzz_guest == NULL) {
		fprintf(stderr, "%s: %s\n", target, err.text);
		exit(1);
	}
}

/*
 * A run of the steps, by config's host, until config's event: it uses no memory
 * that is not its own, and it ends.
 */
static void
fuzz_run(struct run_config *config, unsigned machine, const char *steps,
    size_t nsteps)
{
	struct run_result result;
	struct scenario s;
	struct error err;

	error_clear(&err);
	CHECK(scenario_parse(&s, "fuzz", steps, nsteps, &err) == 0);
	config->desc = &fuzz_machines[machine % FUZZ_MACHINES];
	config->guest = fuzz_guest;
	config->scenario = &s;
	if (run_execute(config, &result, &err) == 0) {
		CHECK(result.events < FUZZ_EVENTS_ENDLESS);
		liar_check_findings(config->self, &result);
		run_result_free(&result);
	}
	scenario_free(&s);
}

#endif

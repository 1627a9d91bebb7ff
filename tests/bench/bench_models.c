/*
 * bench_models.c: what each model of hardware costs: the same recording on a
 * machine that has it, over the same machine without; and all recordings on
 * all machines, as viotape check runs them.
 */
#include "bench.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct model {
	const char *name;
	int not_coherent, bounce, iommu, contract;
};

/* The first is what the others are over. */
static const struct model models[] = {
	{ "coherent", 0, 0, 0, 0 },
	{ "a cache that devices do not snoop", 1, 0, 0, 0 },
	{ "bounce buffers", 0, 1, 0, 0 },
	{ "an IOMMU", 0, 0, 1, 0 },
	{ "contract, not snooped", 1, 0, 0, 1 },
};

#define MODELS		(sizeof models / sizeof models[0])
#define LINE_SIZE	64u

static int
tape_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	const struct loaded_trace *t = self;

	return replay_host_create(host, t->tape, machine_port(m), err);
}

static void
model_run(struct guest *guest, struct loaded_trace *t,
    const struct machine_desc *plain, const struct model *model,
    struct bench_times *times)
{
	struct machine_desc desc = *plain;	/* the tree stays plain's */
	struct run_config config = { .desc = &desc, .guest = guest,
	    .scenario = &t->scenario, .host = tape_host, .self = t };
	struct run_result result;
	struct error err;
	uint64_t begin;

	error_clear(&err);
	desc.coherent = !model->not_coherent;
	desc.line_size = LINE_SIZE;
	desc.bounce = model->bounce;
	desc.iommu = model->iommu;
	if (model->contract)
		desc.arch = SYNC_CONTRACT;
	begin = host_monotonic_ns();
	if (run_execute(&config, &result, &err) != 0)
		bench_fail(&err);
	bench_times_add(times, host_monotonic_ns() - begin);
	if (result.findings.n != 0)
		bench_fail_words("%s with %s: %s", t->name, model->name,
		    result.findings.list[0].text);
	run_result_free(&result);
}

static void
models_of_trace(struct guest *guest, const char *name,
    const struct machine_desc *desc)
{
	struct bench_times times[MODELS];
	struct loaded_trace t;
	struct error err;
	char what[160];

	error_clear(&err);
	memset(times, 0, sizeof times);
	if (load_trace(name, &t, &err) != 0)
		bench_fail(&err);
	for (unsigned i = 0; i < BENCH_REPEATS; i++)
		for (size_t k = 0; k < MODELS; k++)
			model_run(guest, &t, desc, &models[k], &times[k]);
	for (size_t k = 1; k < MODELS; k++) {
		snprintf(what, sizeof what, "%s: %s", name, models[k].name);
		bench_row(what, bench_median_ns(&times[k]) /
		    bench_median_ns(&times[0]), "x", 2, 0);
	}
	loaded_trace_free(&t);
}

/* The program beside this one, as everybody runs it. */
static void
check_all(void)
{
	char *self = host_executable_path(NULL), *slash, *program;
	const char *argv[] = { NULL, "check", NULL };
	struct bench_times times = { .n = 0 };
	struct bytes output = { 0 };
	struct error err;
	int status = 0;

	error_clear(&err);
	CHECK(self != NULL);
	slash = strrchr(self, '/');
	*slash = '\0';
	argv[0] = program = host_path_join(self, "viotape");
	/* Once more, so that the guest is there. */
	for (unsigned i = 0; i <= BENCH_REPEATS; i++) {
		uint64_t begin = host_monotonic_ns();

		bytes_clear(&output);
		if (host_spawn_wait(argv, &output, &status, &err) != 0)
			bench_fail(&err);
		if (status != 0)
			bench_fail_words("viotape check ends with %d", status);
		if (i != 0)
			bench_times_add(&times, host_monotonic_ns() - begin);
	}
	bench_row("viotape check: all traces on all machines",
	    bench_median_ns(&times) / 1e9, "s", 2, -2);
	bytes_free(&output);
	check_free(program);
	check_free(self);
}

void
bench_models(void)
{
	static const char *const names[] = { "viogpu-client-1024x768",
	    "vio-mtu-limit" };
	const struct guest_spec spec = { .faults = NULL };
	struct guest_built built;
	struct guest *guest = bench_guest(&spec, &built);
	struct machine_desc desc;
	struct error err;

	error_clear(&err);
	if (load_machine("arm64-qemu", &desc, &err) != 0)
		bench_fail(&err);
	bench_head("the same recording, with a model of hardware over without");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		models_of_trace(guest, names[i], &desc);
	machine_desc_free(&desc);
	guest_unload(guest);
	guest_built_free(&built);
	check_all();
}

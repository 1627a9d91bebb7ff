/*
 * bench_net.c: packets by the built-in host against QEMU's network card live:
 * the same guest, the same burst that a peer echoes, both in this process and
 * neither recorded.
 *
 *	rate	packets a second of the longer burst less those of the shorter,
 *		so that the start and the boot are in neither
 */
#include "bench.h"

#include "check.h"
#include "qemu_host.h"
#include "qemu_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW	200u		/* packets of a burst */
#define MANY	2200u

struct net {
	const struct machine_desc *desc;
	const struct scenario *scenario;
	struct guest *guest;
	struct qemu_host *qemu;		/* NULL: the built-in host */
};

static int
net_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct net *n = self;

	(void)err;
	*host = n->qemu != NULL ? qemu_host_attach(n->qemu, m) :
	    builtin_host_create(machine_port(m), n->scenario,
	    VIRTIO_TRANSPORT_PCI);
	return 0;
}

static uint8_t *
net_ram(void *self)
{
	return qemu_host_ram(((struct net *)self)->qemu);
}

static uint64_t
net_run(struct net *n)
{
	struct run_config config = { .desc = n->desc, .guest = n->guest,
	    .scenario = n->scenario, .host = net_host, .self = n, .once = 1 };
	struct run_result result;
	struct error err;
	uint64_t began;

	error_clear(&err);
	if (n->qemu != NULL)
		config.ram = net_ram;
	began = host_monotonic_ns();
	if (run_execute(&config, &result, &err) != 0)
		bench_fail(&err);
	began = host_monotonic_ns() - began;
	if (result.verdict != RUN_HOLDS_BOUNDED)
		bench_fail_words("a burst of packets does not hold: %s",
		    result.findings.n != 0 ? result.findings.list[0].text :
		    "nothing is known of it");
	run_result_free(&result);
	return began;
}

static uint64_t
net_live(struct net *n)
{
	struct qemu_host_config cfg = { .program = NULL };
	struct error err;
	struct qemu_net *cable;
	uint64_t ns;

	error_clear(&err);
	cable = qemu_net_create(n->scenario, VIRTIO_TRANSPORT_PCI, &err);
	if (cable == NULL)
		bench_fail(&err);
	cfg.args = qemu_net_args(cable);
	cfg.fds = qemu_net_fds(cable, &cfg.fds_count);
	cfg.net = cable;
	n->qemu = qemu_host_start(&cfg, n->desc, &err);
	if (n->qemu == NULL)
		bench_fail(&err);
	qemu_net_started(cable);
	ns = net_run(n);
	qemu_host_stop(n->qemu);
	qemu_net_free(cable);
	n->qemu = NULL;
	return ns;
}

/* How long a burst takes, by both hosts. */
static void
net_burst(struct net *n, unsigned packets, struct bench_times *builtin,
    struct bench_times *live)
{
	struct scenario s;
	struct error err;
	char text[120];

	error_clear(&err);
	snprintf(text, sizeof text, "device net\nup 10.0.2.15/24\n"
	    "burst %u 1\nexpect\n", packets);
	if (scenario_parse(&s, "burst", text, strlen(text), &err) != 0)
		bench_fail(&err);
	n->scenario = &s;
	bench_times_add(builtin, net_run(n));
	bench_times_add(live, net_live(n));
	scenario_free(&s);
}

void
bench_net(void)
{
	char *program = host_program_find("qemu-system-aarch64");
	const struct guest_spec spec = { .faults = NULL };
	struct bench_times few = { .n = 0 }, many = { .n = 0 },
	    few_live = { .n = 0 }, many_live = { .n = 0 };
	struct guest_built built;
	struct machine_desc desc;
	struct net n = { .desc = &desc };
	struct error err;

	error_clear(&err);
	bench_head("packets by the built-in host against QEMU's card live");
	if (program == NULL) {
		bench_skip("packets a second, built-in / live QEMU",
		    "QEMU is not installed");
		return;
	}
	check_free(program);
	n.guest = bench_guest(&spec, &built);
	if (load_machine("arm64-qemu", &desc, &err) != 0)
		bench_fail(&err);
	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		net_burst(&n, FEW, &few, &few_live);
		net_burst(&n, MANY, &many, &many_live);
	}
	bench_row("packets a second, built-in / live QEMU",
	    (bench_median_ns(&many_live) - bench_median_ns(&few_live)) /
	    (bench_median_ns(&many) - bench_median_ns(&few)), "x", 1, 0);
	machine_desc_free(&desc);
	guest_unload(n.guest);
	guest_built_free(&built);
}

/*
 * bench_live.c: a replay against the live QEMU session that it was recorded
 * from: the same guest, the same scenario, both in this process.
 *
 *	session	QEMU's start, the run, every event into a trace, the end of
 *		QEMU; as viotape record does it
 *	run	the run of that session alone, QEMU being there already
 *	replay	the same run with the recording of that session as the host
 *
 * The guest's own work (console drawing, hooked) is in all three.
 */
#include "bench.h"

#include "check.h"
#include "qemu_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPLAY_ID	"gpu0"

struct live {
	const struct machine_desc *desc;
	const struct scenario *scenario;
	struct guest *guest;
	struct qemu_host *qemu;
	struct trace_writer *writer;
	struct replay_tape *tape;
};

static int
live_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)err;
	*host = qemu_host_attach(((struct live *)self)->qemu, m);
	return 0;
}

static uint8_t *
live_ram(void *self)
{
	return qemu_host_ram(((struct live *)self)->qemu);
}

static int
live_picture(void *self, struct bytes *bgrx, unsigned *width,
    unsigned *height, struct error *err)
{
	return qemu_host_screen(((struct live *)self)->qemu, DISPLAY_ID, bgrx,
	    width, height, err);
}

static int
live_event(void *self, const struct event *e, struct error *err)
{
	return trace_writer_add(((struct live *)self)->writer, e, err);
}

static struct qemu_host *
live_start(const struct live *l)
{
	char device[80];
	const char *args[] = { "-device", device, NULL };
	struct qemu_host_config cfg = { .args = args };
	struct qemu_host *qemu;
	struct error err;

	error_clear(&err);
	snprintf(device, sizeof device, "virtio-gpu-pci,id=" DISPLAY_ID
	    ",xres=%u,yres=%u", l->scenario->width, l->scenario->height);
	qemu = qemu_host_start(&cfg, l->desc, &err);
	if (qemu == NULL)
		bench_fail(&err);
	return qemu;
}

/* One session; the trace of it into out. */
static void
live_session(struct live *l, struct bench_times *session,
    struct bench_times *run, struct bytes *out)
{
	const struct trace_header header = { .device = "virtio-gpu-pci",
	    .host_name = "qemu", .scenario_name = l->scenario->name,
	    .scenario_text = l->scenario->source, .machine = l->desc->dtb,
	    .machine_len = l->desc->dtb_len };
	struct run_config config = { .desc = l->desc, .guest = l->guest,
	    .scenario = l->scenario, .host = live_host, .ram = live_ram,
	    .self = l, .once = 1, .event = live_event,
	    .host_picture = live_picture };
	struct run_result result;
	struct error err;
	uint64_t begin = host_monotonic_ns(), began, ended;

	error_clear(&err);
	l->qemu = live_start(l);
	l->writer = trace_writer_open_memory(&header, &err);
	if (l->writer == NULL)
		bench_fail(&err);
	began = host_monotonic_ns();
	if (run_execute(&config, &result, &err) != 0)
		bench_fail(&err);
	ended = host_monotonic_ns();
	bytes_clear(out);
	if (trace_writer_close_memory(l->writer, result.digest, out,
	    &err) != 0)
		bench_fail(&err);
	qemu_host_stop(l->qemu);
	bench_times_add(session, host_monotonic_ns() - begin);
	bench_times_add(run, ended - began);
	if (result.verdict != RUN_HOLDS_BOUNDED)
		bench_fail_words("the live run of %s does not hold",
		    l->scenario->name);
	run_result_free(&result);
}

static int
tape_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	return replay_host_create(host, ((struct live *)self)->tape,
	    machine_port(m), err);
}

/* One replay of a trace in memory; with and without the reading of it. */
static void
live_replay(struct live *l, const struct bytes *file, struct bench_times *both,
    struct bench_times *run)
{
	struct run_config config = { .desc = l->desc, .guest = l->guest,
	    .scenario = l->scenario, .host = tape_host, .self = l };
	struct run_result result;
	struct error err;
	struct trace *trace;
	uint64_t begin = host_monotonic_ns(), began, ended;

	error_clear(&err);
	trace = trace_open_memory("the recording", file->data, file->len,
	    TRACE_STRICT, &err);
	l->tape = trace != NULL ? replay_tape_read(trace, &err) : NULL;
	if (l->tape == NULL)
		bench_fail(&err);
	began = host_monotonic_ns();
	if (run_execute(&config, &result, &err) != 0)
		bench_fail(&err);
	ended = host_monotonic_ns();
	bench_times_add(both, ended - begin);
	bench_times_add(run, ended - began);
	if (result.verdict != RUN_HOLDS_BOUNDED || result.nnotes != 0)
		bench_fail_words("the replay of %s is not the recorded run",
		    l->scenario->name);
	run_result_free(&result);
	replay_tape_free(l->tape);
	trace_close(trace);
}

static void
live_scenario(struct live *l)
{
	struct bench_times session = { .n = 0 }, run = { .n = 0 },
	    replay = { .n = 0 }, reading = { .n = 0 };
	struct bytes file = { 0 };
	char what[160];

	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		live_session(l, &session, &run, &file);
		live_replay(l, &file, &reading, &replay);
	}
	bytes_free(&file);
	snprintf(what, sizeof what, "%s: live session / replay",
	    l->scenario->name);
	bench_row(what, bench_median_ns(&session) / bench_median_ns(&replay),
	    "x", 1, 20);
	snprintf(what, sizeof what, "%s: live session / replay with reading "
	    "the trace", l->scenario->name);
	bench_row(what, bench_median_ns(&session) / bench_median_ns(&reading),
	    "x", 1, 20);
	snprintf(what, sizeof what, "%s: live run alone, QEMU being there / "
	    "replay", l->scenario->name);
	bench_row(what, bench_median_ns(&run) / bench_median_ns(&replay), "x",
	    1, 0);
}

void
bench_live(void)
{
	static const char *const names[] = { "console", "client", "screens" };
	char *program = host_program_find("qemu-system-aarch64");
	const struct guest_spec spec = { .faults = NULL };
	struct guest_built built;
	struct machine_desc desc;
	struct scenario scenario;
	struct live l = { .desc = &desc, .scenario = &scenario };
	struct error err;

	error_clear(&err);
	bench_head("replay against the live QEMU session it was recorded from");
	if (program == NULL) {
		bench_skip("live session / replay", "QEMU is not installed");
		return;
	}
	check_free(program);
	l.guest = bench_guest(&spec, &built);
	if (load_machine("arm64-qemu", &desc, &err) != 0)
		bench_fail(&err);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (load_scenario(names[i], &scenario, &err) != 0)
			bench_fail(&err);
		live_scenario(&l);
		scenario_free(&scenario);
	}
	machine_desc_free(&desc);
	guest_unload(l.guest);
	guest_built_free(&built);
}

/*
 * report_samples.h: runs that were made up, of a guest that was made up, for
 * tests of reports.
 */
#ifndef VIOTAPE_REPORT_SAMPLES_H
#define VIOTAPE_REPORT_SAMPLES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"
#include "report.h"

/* Addresses of a made-up guest, and what the made-up tool says of each. */
enum { STORE = 0x10, REPAINT = 0x20, CREATE = 0x30, OTHER = 0x40,
    SHIM = 0x50, GET_INFO = 0x60, ODD = 0x70 };

static const struct {
	uint64_t at;
	struct { const char *file, *function; unsigned line; } frames[6];
} code[] = {
	{ STORE, { { "sim/shim/kern_x.c", "draw", 7 } } },
	{ REPAINT, { { "drivers/virtio.c", "kick", 70 },
	    { "drivers/viogpu.c", "send_cmd", 310 },
	    { "drivers/viogpu.c", "simple_cmd", 350 },
	    { "drivers/viogpu.c", "transfer", 402 },
	    { "drivers/viogpu.c", "repaint", 500 },
	    { "sim/shim/kern_x.c", "idle", 1 } } },
	{ CREATE, { { "sim/shim/kern_y.c", "bus_dmamap_create", 8 },
	    { "drivers/viogpu.c", "attach", 100 } } },
	{ OTHER, { { "drivers/virtio.c", "setup", 20 } } },
	{ SHIM, { { "sim/shim/kern_z.c", "inner", 9 } } },
	{ ODD, { { "a \"dir\"/<b>&{0}#%41.c", "f<T>", 3 } } },
	{ GET_INFO, { { "drivers/virtio.c", "kick", 70 },
	    { "drivers/viogpu.c", "send_cmd", 310 },
	    { "drivers/viogpu.c", "simple_cmd", 350 },
	    { "drivers/viogpu.c", "get_info", 420 } } },
};

/* So many lines were written above those of drivers. */
static unsigned report_moved;

static inline void
resolve(void *self, const uint64_t *offsets, size_t n,
    struct symbol_place *places)
{
	(void)self;
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < sizeof code / sizeof code[0]; c++) {
			struct symbol_place *p = &places[i];

			/* Return addresses: what is asked for is less 1. */
			if (code[c].at != offsets[i] + 1)
				continue;
			for (; p->n < 6 && code[c].frames[p->n].file != NULL;
			    p->n++) {
				struct symbol_frame *f = &p->frame[p->n];

				f->file = check_strdup(
				    code[c].frames[p->n].file);
				f->function = check_strdup(
				    code[c].frames[p->n].function);
				f->line = code[c].frames[p->n].line +
				    (f->file[0] == 'd' ? report_moved : 0);
			}
		}
}

/* --- making runs up ------------------------------------------------------ */

static inline void
run_begin(struct run_result *run)
{
	memset(run, 0, sizeof *run);
	run->paths = callpaths_create(0, 1 << 20, NULL, NULL);
	run->verdict = RUN_HOLDS_BOUNDED;
}

static inline struct finding *
run_find(struct run_result *run, const char *id, uint64_t where, int fatal)
{
	int is_new;
	struct finding *f = findings_add(&run->findings, id, where, fatal,
	    &is_new);

	f->where = callpath_of(run->paths, where);
	memcpy(f->text, "it is so", 9);
	f->event = 12;
	if (fatal)
		run->verdict = RUN_FAILS;
	return f;
}

static inline void
note(struct run_result *run, struct finding *f, uint64_t at, const char *text)
{
	finding_note(f, at != 0 ? callpath_of(run->paths, at) : CALLPATH_NONE,
	    "%s", text);
}

static inline void
run_end(struct report *r, size_t trace, size_t machine,
    struct run_result *run)
{
	report_run_add(r, trace, machine, run);
	run_result_free(run);
}

/* A report of one guest with ntraces traces and nmachines machines. */
static inline void
begin(struct report *r, size_t ntraces, size_t nmachines, int strict)
{
	static const char *const drivers[] = { "drivers/viogpu.c",
	    "drivers/virtio.c" };
	static const char *const names[] = { "one", "two", "three" };
	static const uint8_t hash[DIGEST_SIZE] = { 1 };
	struct machine_desc m;

	memset(&m, 0, sizeof m);
	report_init(r, "check", strict);
	report_guest_set(r, "our drivers", "00", drivers, 2);
	for (size_t i = 0; i < ntraces; i++)
		(void)report_trace_add(r, names[i], "virtio-gpu-pci",
		    "qemu 1", "console", hash);
	for (size_t i = 0; i < nmachines; i++) {
		memcpy(m.name, "mA", 3);
		m.name[1] = (char)('A' + i);
		(void)report_machine_add(r, &m);
	}
}

static inline void
end(struct report *r)
{
	report_resolve_by(r, resolve, NULL);
	report_judge(r);
}

/* One run that fails with a fault of the framebuffer's. */
static inline void
fb_fault(struct report *r, size_t trace, size_t machine, int fatal)
{
	struct run_result run;
	struct finding *f;

	run_begin(&run);
	f = run_find(&run, "sync-missing-prewrite", REPAINT, fatal);
	f->by_caller = 1;
	note(&run, f, STORE, "the first store that the host never saw");
	note(&run, f, CREATE, "the map: 8 bytes by bus_dmamap_create");
	f->nbytes = 2;
	f->guest[0] = 0xab;
	run_end(r, trace, machine, &run);
}

/* A report with all there is, and text of the worst kind. */
static inline void
nasty(struct report *r, int strict)
{
	static const char text[] = "a \"quoted\" <b> & \\ \033[1m\n\x80\xc3\xa4";
	struct error err;
	struct run_result run;
	struct finding *f;

	begin(r, 2, 3, strict);
	fb_fault(r, 0, 0, 1);
	fb_fault(r, 0, 1, 0);
	report_run_skip(r, 0, 2, text);
	run_begin(&run);
	f = run_find(&run, "guest-panic", SHIM, 1);
	memcpy(f->text, text, sizeof text);
	memcpy(f->prevent, text, sizeof text);
	note(&run, f, 0, text);
	(void)run_find(&run, "mmap-kva", ODD, 1);
	run.notes[run.nnotes++] = check_strdup(text);
	run_end(r, 1, 0, &run);
	run_begin(&run);
	run.verdict = RUN_UNKNOWN;
	memcpy(run.unknown, text, sizeof text);
	run_end(r, 1, 1, &run);
	r->note = check_strdup(text);
	assert_int_equal(baseline_read(r, "b", "mmap-kva a.c f", 14, &err),
	    0);
	end(r);
}

#endif

/*
 * check_run.h: what check and replay share: runs into a report, the report
 * onto paper.
 */
#ifndef VIOTAPE_CHECK_RUN_H
#define VIOTAPE_CHECK_RUN_H

#include "load.h"
#include "options.h"
#include "report.h"
#include "sim.h"

/* What the guest is, in words: "our drivers, with fault viogpu-no-fb-sync". */
void check_guest_words(const struct options *o, struct bytes *out);

/* Fills the guest, the traces, the machines of a report. */
void check_report_begin(struct report *r, const struct options *o,
    const struct guest_built *built, const struct loaded_trace *traces,
    size_t ntraces, const struct machines *machines);

/* run_config.host of a recorded trace; self begins with this. */
struct check_host {
	const struct replay_tape *tape;
};
int check_host_create(void *self, struct machine *m,
    struct boundary_host *host, struct error *err);

/* Reads --baseline into r, if there is one. */
int check_baseline_read(struct report *r, const struct options *o,
    struct error *err);

/* Asks for lines, judges. */
void check_report_end(struct report *r, const struct guest_built *built);

/* Writes text to a file, or to the standard output when name is "-". */
int check_write(const char *name, const struct bytes *text,
    struct error *err);

/* Whether standard output gets colours. */
int check_colours(void);

#endif

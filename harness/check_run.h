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

#define CHECK_REQUESTS_MAX	1024	/* kept of one run */

/* run_config.host of a recorded trace; self begins with this. */
struct check_host {
	const struct replay_tape *tape;
	/* What prove writes counterexamples of; else NULL. */
	const struct loaded_trace *trace;
	const struct guest_built *built;
	uint64_t whole_ways;		/* of prove, see explore_config */
	struct machine *machine;	/* while it runs */
	struct report_request *requests;
	size_t nrequests;
};
int check_host_create(void *self, struct machine *m,
    struct boundary_host *host, struct error *err);

/* run_config.event: keeps who sent which request.  Never fails. */
int check_host_event(void *self, const struct event *e, struct error *err);
/* Its requests as bytes and back, for workers.h; and their end. */
void check_host_pack(const struct check_host *h, struct bytes *out);
void check_host_unpack(struct check_host *h, struct bytes_reader *in);
void check_host_end(struct check_host *h);
/* A run's result and its requests into the report; h is then empty. */
void check_run_add(struct report *r, size_t trace, size_t machine,
    const struct run_result *result, struct check_host *h);

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

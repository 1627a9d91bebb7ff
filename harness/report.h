/*
 * report.h: what runs found, put together for people and for programs.
 *
 *	report_init(&r)
 *	report_trace_add, report_machine_add	rows and columns
 *	report_run_add, report_run_skip		a cell each, in any order
 *	report_resolve				addresses become lines, once
 *	baseline_read				what is accepted
 *	report_judge				faults merged, verdicts
 *	report_text, report_json, report_junit, report_sarif, report_html,
 *	    baseline_write
 *	report_free
 *
 * The same id at the same FILE:LINE is one fault, on however many machines and
 * in however many traces it shows.  All that the reports print is in here: no
 * writer reads a clock, a file or an address.
 */
#ifndef VIOTAPE_REPORT_H
#define VIOTAPE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"
#include "symbolize.h"

/* --- places -------------------------------------------------------------- */

struct report_frame {
	char *file;			/* "drivers/viogpu.c", "??" */
	unsigned line;
	char *function;
	int driver;			/* file is a driver's source */
};

/* Innermost first, inlined functions unfolded; without what is not known. */
struct report_path {
	struct report_frame *frames;
	size_t n;
};

/* --- findings ------------------------------------------------------------ */

struct report_note {
	char text[FINDING_TEXT_MAX];
	struct callpath at;		/* until it is resolved */
	struct report_path path;
};

/* One finding of one run. */
struct report_finding {
	struct finding f;		/* its paths' numbers mean nothing */
	size_t run;
	struct callpath at;		/* f.where */
	struct report_path path;
	struct report_note notes[FINDING_NOTES_MAX];
	/* The place, chosen by report_place(). */
	const char *file, *function;	/* in path or a note, or static */
	unsigned line;
	size_t fault;			/* that it belongs to */
};

/* What is one for people; findings of several runs. */
struct report_fault {
	size_t first;			/* the finding that is shown */
	int fatal;			/* in any run */
	int accepted;			/* by the baseline */
	int counted;
	size_t next;			/* report_judge's */
};

struct report_divergence {
	char *text;
	size_t trace;
	size_t *machines;		/* ascending */
	size_t nmachines;
};

/* --- runs ---------------------------------------------------------------- */

/*
 * What a driver asked of its device, and who called: the requests of a run,
 * each pair of path and first word once.
 */
struct report_request {
	callpath_id id;			/* in the run; not used by the report */
	struct callpath at;
	struct report_path path;
	uint32_t word;			/* its first 4 bytes: what it asks */
};

struct report_run {
	size_t trace, machine;
	char *skipped;			/* why, or NULL */
	enum run_verdict verdict;	/* report_judge: after the baseline */
	char *unknown;			/* why, when UNKNOWN */
	uint64_t events, stores, time_ns, dropped, nnotes_dropped;
	size_t pictures;
	char digest[DIGEST_HEX_SIZE];
	size_t fatal, latent, ndiverged;	/* of this run */
	char ends[DIGEST_HEX_SIZE];	/* prove: explore_result.ends */
	/* prove: how it was explored; executions 0 is not at all. */
	struct explore_counts explored;
	int cut, capped;
	uint32_t gaps;			/* prove: of enum explore_gap */
	int unlocked;			/* prove: see explore_result */
};

struct report_trace {
	char *name, *device, *host, *scenario;
	char *given;			/* as it was asked for, or its name */
	char *unseen;			/* what it does not hold, or "" */
	char hash[DIGEST_HEX_SIZE];
};

struct report_machine {
	char *name, *title, *line;
	char *given;			/* as it was asked for, or its name */
	char *order;			/* of the real machine */
	int order_is_sc;
	char digest[DIGEST_HEX_SIZE];	/* of its device tree */
};

/*
 * How it was asked for, as words for sh(1): the guest, " --fault x"; what else
 * tells the runs, " --strict"; and both with traces, machines and baseline.
 * Without names of files that are written, and without -j: they change nothing.
 */
struct report_asked {
	char *guest, *how, *whole;
	int ways_out;			/* --fail-allocations */
	/* The user's own sources: a tree, one FILE.c, or NULL; if it is a
	   tree by an absolute name, that name. */
	int is_tree;
	char *file, *root;
};

/* The lines of a source that reports show, NUL between them. */
struct report_source {
	char *file;			/* as frames call it */
	struct bytes text;
};

/* One line of a baseline. */
struct baseline_entry {
	char *id, *file, *function;
	int seen;
};

struct report {
	const char *command;		/* "check"; static */
	int strict;
	uint32_t kinds;			/* prove: of EXPLORE_KINDS, those tried */
	int ordered;			/* not sc: prove, and replay of a way */
	char *guest;			/* "our drivers with fault x" */
	char driver_digest[DIGEST_HEX_SIZE];
	/* prove: of all sources; the bound, which part of all pairs this is,
	   1 of 1 for all, and the digest of the certificate that says so. */
	char source_digest[DIGEST_HEX_SIZE];
	uint64_t executions_max, work_max, whole_ways, shard, shards;
	char certificate[DIGEST_HEX_SIZE];
	char **drivers;			/* names of drivers' sources */
	size_t ndrivers;
	struct report_trace *traces;
	size_t ntraces;
	struct report_machine *machines;
	size_t nmachines;
	struct report_run *runs;
	size_t nruns;
	struct report_finding *findings;
	size_t nfindings;
	struct report_request *requests;	/* of all runs */
	size_t nrequests;
	struct report_divergence *divergences;
	size_t ndivergences;
	struct baseline_entry *baseline;
	size_t nbaseline;
	int has_baseline;		/* one was read, be it empty */
	struct report_asked asked;
	struct report_source *sources;	/* only where they were asked for */
	size_t nsources;
	char *note;			/* why lines are not known, or NULL */
	/* report_judge: */
	struct report_fault *faults;	/* by file, line, id */
	size_t nfaults;
	enum run_verdict verdict;
	int status;			/* of the command, EXIT_* */
	size_t counted, skipped;
};

void report_init(struct report *r, const char *command, int strict);
void report_free(struct report *r);

/* The guest: its drivers' names, and in words what it is.  All is copied. */
void report_guest_set(struct report *r, const char *words,
    const char *driver_digest, const char *const *drivers, size_t n);
/* Return the row's, the column's number. */
size_t report_trace_add(struct report *r, const char *name,
    const char *device, const char *host, const char *scenario,
    const uint8_t hash[DIGEST_SIZE]);
/* It was imported from a log, which lacks this. */
void report_trace_unseen(struct report *r, size_t trace, const char *unseen);
size_t report_machine_add(struct report *r, const struct machine_desc *m);

/* How it was asked for, once traces and machines are there. */
struct options;
void report_asked_set(struct report *r, const struct options *o);
void report_asked_free(struct report_asked *a);
/*
 * Reads the sources of drivers that findings name, names[i] at paths[i]; what
 * cannot be read is not shown.  After report_resolve().
 */
void report_sources_read(struct report *r, char *const *names,
    char *const *paths, size_t n);

/*
 * Findings of a further run of a pair that report_run_add has: they count to
 * its cell, which takes the worse verdict.
 */
void report_run_more(struct report *r, size_t trace, size_t machine,
    const struct run_result *result);
/* A run's result; copied, so it may be freed. */
void report_run_add(struct report *r, size_t trace, size_t machine,
    const struct run_result *result);
/* How a pair that report_run_add has was explored. */
void report_run_explored(struct report *r, size_t trace, size_t machine,
    const struct explore_counts *counts, const uint8_t ends[DIGEST_SIZE],
    int cut, int capped, uint32_t gaps, int unlocked);
void report_run_skip(struct report *r, size_t trace, size_t machine,
    const char *why);
/* A request that was seen; the same again is not kept twice. */
void report_request_add(struct report *r, const struct callpath *at,
    uint32_t word);

/* Frames of an offset in the guest (a return address). */
typedef void report_resolver(void *self, const uint64_t *offsets, size_t n,
    struct symbol_place *places);
/*
 * Addresses become files and lines, all in one question; places are chosen.
 * err is set to why if the tool there is does not work: lines are then not
 * known, and the report says so.
 */
void report_resolve(struct report *r, struct symbolizer *s);
void report_resolve_by(struct report *r, report_resolver *resolve, void *self);

/*
 * The place of a finding, from its path and its notes' (report_place.c).  The
 * innermost frame in a driver's source; where a note says who made the map or
 * the memory, the innermost in that one's file, for the fault is of the driver
 * that owns it and not of the code that rings the bell.  by_caller: the
 * innermost call there that only requests of this kind make (their first word
 * tells the kinds apart), or, where that is none, the next function outward.
 */
void report_place(const struct report *r, struct report_finding *f);

/* Merges, counts, decides. */
void report_judge(struct report *r);

/* --- reading a judged report, for its writers ---------------------------- */

const struct report_finding *report_fault_shown(const struct report *r,
    const struct report_fault *f);
/* Its sentence, or its kind's. */
const char *report_sentence(const struct report_finding *f);
/* Whether a baseline takes the one for the other. */
int report_same_function(const struct report_finding *f,
    const struct report_finding *g);
const struct report_run *report_run_at(const struct report *r, size_t trace,
    size_t machine);			/* NULL: there was none */
/*
 * "arm64-qemu (boot, client), amd64-sev": where a fault is fatal, or latent
 * with fatal 0; the traces are left out when they are all of them.
 */
void report_where(const struct report *r, const struct report_fault *f,
    int fatal, struct bytes *out);
/*
 * Where the frames from first on end that are of interest: behind the driver's,
 * for what called its outermost function is the shim's kernel.
 */
size_t report_path_end(const struct report_path *p, size_t first);
/* "viogpu_x viogpu.c:1 <- f g.c:2", at most frames_max of it. */
void report_path_print(const struct report_path *p, size_t first,
    size_t frames_max, struct bytes *out);
/* The summary line, without newline. */
void report_summary(const struct report *r, struct bytes *out);
/* The same line as report_text() ends with, perhaps coloured. */
void report_verdict_line(const struct report *r, int colours,
    struct bytes *out);
/* The same line of these. */
void report_summary_line(enum run_verdict verdict, size_t traces,
    size_t machines, size_t findings, size_t skipped, struct bytes *out);
/* Text of others without what a terminal would obey. */
void report_clean(const char *text, struct bytes *out);
/* The same to the standard output. */
void report_clean_print(const char *text);
/* "fatal on amd64-sev; latent on arm64-qemu": both of report_where(). */
void report_where_all(const struct report *r, const struct report_fault *f,
    struct bytes *out);
/* "FILE:LINE: ID: sentence", as compilers write it, and a newline. */
void report_fault_head(const struct report *r, const struct report_fault *f,
    int colours, struct bytes *out);
/* A divergence in one line. */
void report_divergence_print(const struct report *r,
    const struct report_divergence *d, struct bytes *out);
/* The indented lines of a fault, report_text's; uncoloured. */
void report_fault_body(const struct report *r, const struct report_fault *f,
    struct bytes *out);

/*
 * What is different on other machines in the same trace: "it follows: ..." of
 * theirs that the finding that is shown does not have.
 */
void report_others(const struct report *r, const struct report_fault *f,
    void (*tell)(void *self, const char *machine, const char *text),
    void *self);
/* One pair as a command line: "viotape check --fault x -m machine trace". */
void report_command(const struct report *r, const char *command, size_t trace,
    size_t machine, struct bytes *out);
/* The choices of the way to a finding of prove's, or NULL: none, or cut off. */
const char *report_choices(const struct report_finding *f);
/* The same of the note that has them. */
const char *report_choices_of(const struct report_note *n);
/* Whether a note is a turn of that way. */
int report_note_is_turn(const struct report_note *n);
/* The innermost frame in a driver, else the innermost; NULL of no path. */
const struct report_frame *report_path_place(const struct report_path *p);
/* The nth line of a source, from 1; NULL: it is not known. */
const char *report_source_line(const struct report *r, const char *file,
    unsigned line);

/*
 * What is said beside the findings: what departs from the recording, what was
 * skipped or is not known, what bounds the result.
 */
enum report_weight { REMARK_NOTE, REMARK_WARNING, REMARK_ERROR };

struct report_said {
	enum report_weight weight;
	const char *id;			/* one word: "skipped", "bound" */
	const char *begins;		/* of its line for people, or "" */
	const char *text;		/* clean, no newline; until it returns */
};

typedef void report_remark(void *self, const struct report_said *said);
/* A line of text. */
void report_said_print(const struct report_said *said, struct bytes *out);
/* Each once, always in the same order. */
void report_remarks(const struct report *r, report_remark *fn, void *self);
/* What the model leaves out where so much is tried, in a few words. */
void report_gaps(uint32_t gaps, struct bytes *out);

/* --- the reports --------------------------------------------------------- */

/* For people; all of it, plain or coloured. */
void report_text(const struct report *r, int colours, struct bytes *out);
/* Only what comes behind the table: replay's. */
void report_text_findings(const struct report *r, int colours,
    struct bytes *out);
/* For programs: the format is described in report_json.c. */
void report_json(const struct report *r, struct bytes *out);
/* Two values of it, for SARIF: both views, and the runs that show a fault. */
void report_json_views(const struct report_finding *f, struct bytes *out);
void report_json_runs(const struct report *r, const struct report_fault *fault,
    struct bytes *out);
/* JUnit's XML: a test case for each trace and machine. */
void report_junit(const struct report *r, struct bytes *out);

/* SARIF 2.1.0, for code scanning and editors: see report_sarif.c. */
void report_sarif(const struct report *r, struct bytes *out);
/* One page of HTML, for a person: see report_html.c. */
void report_html(const struct report *r, struct bytes *out);

/*
 * A baseline, findings that are known: lines "ID FILE FUNCTION", without line
 * numbers so that edits above them do not matter; # begins a comment.  Adds to
 * r; -1 with ERROR_INPUT: the line that is none.
 */
int baseline_read(struct report *r, const char *name, const char *text,
    size_t len, struct error *err);
/* One of the fatal faults of r, and with strict of the latent ones. */
void baseline_write(const struct report *r, struct bytes *out);
/* 1 if an entry accepts the finding (and has then been seen). */
int baseline_accepts(struct report *r, const struct report_finding *f);

#endif

/*
 * bisect.h: a search in a history, while it goes on: cmd_bisect.c searches,
 * bisect_judge.c says good or bad of one revision, bisect_report.c and
 * bisect_json.c tell.
 */
#ifndef VIOTAPE_BISECT_H
#define VIOTAPE_BISECT_H

#include "ahead.h"
#include "diff_report.h"
#include "history.h"
#include "load.h"
#include "options.h"
#include "sim.h"

enum bisect_class {
	BISECT_UNTRIED,
	BISECT_GOOD,
	BISECT_BAD,
	BISECT_SKIPPED		/* does not build, or cannot be judged */
};

/* A finding that made a revision bad. */
struct bisect_finding {
	const struct finding_kind *kind;
	char *file, *function;
	unsigned line;
	char *text;		/* a sentence */
	char *where;		/* "fatal on amd64-sev" */
	size_t trace, machine;	/* where it is shown, by their numbers */
};

/* What became of one revision. */
struct bisect_try {
	enum bisect_class what;
	size_t nth;		/* tried as the nth, from 1; 0: not tried */
	char *says;		/* in words; why it is skipped */
	int status;		/* skipped: what the command would end with,
				   were it --good or --bad */
	struct bisect_finding *findings;
	size_t nfindings;
	/* The first run that FAILS, where it is bad by its verdict. */
	size_t trace, machine;
};

struct bisect {
	const struct options *o;
	const char *repo;
	struct history history;
	struct bisect_try *tries;	/* one a commit of the history */
	struct guest_spec *specs;
	struct ahead *ahead;
	size_t ntried;
	int status;		/* it ends with, where 0 is not all to say */
	/*
	 * Commit low is as the older end is, high is as the newer one; what is
	 * between them, if the search is over, is skipped.
	 */
	size_t low, high;
	/* Of --host: the trace, the machine, and what the good one said. */
	struct loaded_trace trace;
	struct machine_desc machine;
	struct diff_side good;
	/* In the end: low and high on one trace and machine. */
	int has_diff;
	struct diff diff;
	char *diff_trace, *diff_machine;	/* as they would be given */
	struct host_names *files;	/* of commits low + 1 to high */
};

/* The options of one revision, for load_guest() and check_all(). */
struct options bisect_options(const struct bisect *b, size_t i);
/* "bad" */
const char *bisect_class_name(enum bisect_class c);

/* --- bisect_judge.c ------------------------------------------------------- */

/* Reads what --host needs, before anything is built. */
int bisect_judge_load(struct bisect *b, struct error *err);
/*
 * Tries commit i, which fills tries[i].  -1: it cannot go on; err has the
 * sentence, or code ERROR_NONE: it was told, b->status is set.
 */
int bisect_judge(struct bisect *b, size_t i, struct error *err);
/* How low and high differ: into diff, unless there is nothing to compare. */
int bisect_diff(struct bisect *b, struct error *err);

/* --- bisect_report.c, bisect_json.c --------------------------------------- */

void bisect_head(const struct bisect *b, struct bytes *out);
void bisect_line(const struct bisect *b, size_t i, struct bytes *out);
void bisect_text(const struct bisect *b, struct bytes *out);
/* For programs: the format is described in bisect_json.c. */
void bisect_json(const struct bisect *b, struct bytes *out);

#endif

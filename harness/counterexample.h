/*
 * counterexample.h: a way to a finding as a trace, NAME.vtr: prove writes it,
 * replay goes it again.
 *
 * In it are the recording that was replayed, whole, the machine, the choices,
 * and which of our drivers' faults were put back.  A FILE.c of the user's is
 * named and not kept: a trace is data, and nobody who opens one runs what
 * somebody else wrote (decisions/0020).
 */
#ifndef VIOTAPE_COUNTEREXAMPLE_H
#define VIOTAPE_COUNTEREXAMPLE_H

#include "load.h"
#include "options.h"
#include "report.h"
#include "sim.h"

/* --- writing --- */

/* Those of one pair; {0} but for the first three. */
struct counterexamples {
	const struct options *o;	/* its counterexamples is a directory */
	const struct loaded_trace *trace;
	const struct guest_built *built;
	char **known;			/* "ID FUNCTION" of those there are */
	size_t nknown;
};

/*
 * Goes the way, and writes it with what it leads to into a file of the
 * directory, which is made if need be: TRACE-MACHINE-ID.vtr, or -2 and so on
 * before the dot.  *path is the file, the caller's; NULL where the finding is
 * not fatal or one of its id and function is there already.  -1: the file
 * cannot be written, or no run could be had.
 */
int counterexample_write(struct counterexamples *c,
    const struct explore_config *x, const struct explore_way *way,
    char **path, struct error *err);
void counterexamples_free(struct counterexamples *c);

/* --- reading --- */

/* What a way is, in a line: what is found where, by what choices. */
void counterexample_words(const struct trace_way *way, struct bytes *out);
/* -1: a text in it would be obeyed by a terminal, or is no name. */
int counterexample_check(const struct trace_way *way, struct error *err);
/*
 * The options with the guest that it was found in, unless they name one: its
 * list of faults is then to be freed, and points into text.  -1: it was found in
 * a FILE.c, and none is given; *with is then o.
 */
int counterexample_guest(const struct trace_way *way, const struct options *o,
    struct options *with, struct bytes *text, struct error *err);
/* Its choices; way is to be freed as explore_way_read()'s. */
void counterexample_choices(const struct trace_way *from,
    struct explore_way *way);
/* The finding that it is of, in a judged report, or NULL. */
const struct report_finding *counterexample_find(const struct trace_way *way,
    const struct report *r);

#endif

/*
 * watch_state.h: what one round of watch saw, and what another saw otherwise.
 *
 *	watch_state_take(&now, report)
 *	watch_state_print(&now, &out)			the first: all, in short
 *	watch_state_print_changes(&before, &now, report, colours, &out)
 *	watch_state_free(&before)
 *
 * Lines move as a driver is edited: a finding is the same one if id, file and
 * function are, as in a baseline; of several, one of the same line or else of
 * the same words before any other.
 */
#ifndef VIOTAPE_WATCH_STATE_H
#define VIOTAPE_WATCH_STATE_H

#include "report.h"

struct watch_fault {
	char *id, *file, *function;
	unsigned line;
	char *head;			/* "FILE:LINE: ID: sentence" */
	char *sentence;			/* what is behind the place */
	char *where;			/* "fatal on amd64-sev" */
	size_t number;			/* of the report's faults */
	int matched;
};

/* A trace on a machine. */
struct watch_cell {
	char *trace, *machine;
	const char *verdict;		/* or "skipped"; static */
	char *why;			/* it is skipped, or UNKNOWN; or "" */
};

/* {0} is of no round.  All is copied: the report may go. */
struct watch_state {
	struct watch_fault *faults;	/* in the report's order */
	size_t nfaults;
	struct watch_cell *cells;	/* trace by trace */
	size_t ncells;
	char **notes;			/* divergences, each a line */
	size_t nnotes;
	char *summary;			/* check's last line */
};

void watch_state_take(struct watch_state *s, const struct report *r);
void watch_state_free(struct watch_state *s);

/* A line a finding and one of divergences; nothing of a table. */
void watch_state_print(const struct watch_state *s, struct bytes *out);
/*
 * What is gone, which verdicts are others, what is new, as check prints it;
 * nothing if nothing is.  r is now's; both are marked.
 */
void watch_state_print_changes(struct watch_state *before,
    struct watch_state *now, const struct report *r, int colours,
    struct bytes *out);

#endif

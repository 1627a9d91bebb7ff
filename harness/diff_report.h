/*
 * diff_report.h: how two accounts differ, for people and for programs.
 *
 *	diff_guests(a, b, &trace, &machine, DIFF_ALL, &d, &err)
 *	diff_places_find(&d)		calls become lines
 *	diff_text, diff_begin, diff_stat, diff_json
 *	diff_free(&d)
 */
#ifndef VIOTAPE_DIFF_REPORT_H
#define VIOTAPE_DIFF_REPORT_H

#include "guest_build.h"
#include "load.h"
#include "options.h"
#include "sim.h"

/* One of the two that are compared. */
struct diff_side {
	struct bytes words;		/* what it is, in words */
	struct account *account;
	/* Of a run; of a trace built.path is NULL and result empty. */
	struct guest_built built;
	struct run_result result;
	/* Of each path of the result: where that is, or NULL; and the same
	   without the bus that hands requests on. */
	char **places, **callers;
	uint32_t nplaces;
};

struct diff {
	struct diff_side side[2];	/* A, B */
	struct bytes about;		/* more lines of the head, whole */
	struct compare *compare;
	int transports;			/* the devices are reached otherwise */
	int verbose;			/* all of it */
};

void diff_side_free(struct diff_side *s);
void diff_free(struct diff *d);

/* --- guests on a trace ---------------------------------------------------- */

enum diff_of {
	DIFF_ALL,
	DIFF_BOUNDARY		/* what the host sees: no syncs, no findings */
};

/* The machine of -m, of which there is one at most, else the recorded one. */
int diff_machine(const struct options *o, const struct loaded_trace *t,
    struct machine_desc *m, struct error *err);
/* Builds a guest, runs it, fills a side, which is {0} before. */
int diff_guest(const struct options *o, const struct loaded_trace *t,
    const struct machine_desc *m, enum diff_of of, struct diff_side *s,
    struct error *err);
/*
 * Two of them into a diff that is {0} before.  -1: also ERROR_INPUT where the
 * machine has not what the trace's device sits on.
 */
int diff_guests(const struct options *a, const struct options *b,
    const struct loaded_trace *t, const struct machine_desc *m,
    enum diff_of of, struct diff *d, struct error *err);

/* --- telling --------------------------------------------------------------- */

/* Of what differs; both sides, once compare is there. */
void diff_places_find(struct diff *d);
/* Whether anything is to be told. */
int diff_differs(const struct diff *d);

/* For people: the first difference, then what else differs. */
void diff_text(const struct diff *d, struct bytes *out);
/* The same without what else differs. */
void diff_begin(const struct diff *d, struct bytes *out);
/* The numbers alone, as a table. */
void diff_stat(const struct diff *d, struct bytes *out);
/* For programs: the format is described in diff_json.c. */
void diff_json(const struct diff *d, struct bytes *out);

/* "requests"; for the lines of a summary. */
const char *diff_sort_name(enum account_sort sort);
/* Where an item of a side was caused, or NULL: not known. */
const char *diff_place(const struct diff_side *s,
    const struct account_item *i);
/* Where the map of a sync was created, or NULL. */
const char *diff_made(const struct diff_side *s, const struct account_item *i);

#endif

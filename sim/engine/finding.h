/*
 * finding.h: a driver's fault, found in a run: a result, not an error.
 *
 * The same fault is one finding however often it shows: a finding has a key
 * (its id, and who made the map or the place in the code), and what comes
 * again only counts.  A finding is fatal when it goes wrong on this machine in
 * this run, latent when this machine does not make it happen.  What follows
 * from a fatal finding (a black screen, a driver that waits for ever) is told
 * as its consequence and is no finding of its own.
 */
#ifndef VIOTAPE_FINDING_H
#define VIOTAPE_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "callpath.h"

#define FINDING_TEXT_MAX	400u
#define FINDING_NOTES_MAX	16u
#define FINDING_BYTES_MAX	16u
#define FINDING_FOLLOWED_MAX	4u
#define FINDING_CONFIRM_MAX	6u
#define FINDINGS_MAX		1000u	/* of one run; more are not kept */

/* What a kind is beside a fault of its own (0). */
enum finding_role {
	FINDING_CONSEQUENCE = 1,	/* follows from others where there are
					   any */
	FINDING_MAY_FOLLOW = 3,		/* the same; others may follow from it,
					   too */
	FINDING_LET_PASS = 2		/* a rule of a device's that hosts let
					   pass: latent everywhere */
};

/* What is known of an id. */
struct finding_kind {
	const char *id;
	const char *title;	/* a sentence, no full stop */
	const char *why;	/* a paragraph for viotape explain */
	const char *source;	/* manual page, section of a specification */
	int role;		/* enum finding_role, or 0 */
};

/* NULL after the last. */
const struct finding_kind *finding_kind_at(size_t n);
const struct finding_kind *finding_kind_find(const char *id);	/* or NULL */

/* A further line: "first store: ... at PATH". */
struct finding_note {
	char text[FINDING_TEXT_MAX];
	callpath_id path;	/* or CALLPATH_NONE */
};

/*
 * How a run could show that a latent finding goes wrong here.  With look, the
 * CHOICE_HOST_LOOK (from 1) of a host that is early: it does if the chain that
 * the host takes is then another one.  Without, by a host that is late
 * everywhere (CHOICE_HOST_LATE): it does if the finding is then fatal.
 */
struct finding_confirm {
	uint64_t look;
	uint16_t queue;
	uint32_t ordinal;
	uint64_t chain;			/* digest of it in this run; 0: not yet */
};

struct finding {
	const struct finding_kind *kind;
	int fatal;
	uint64_t key;
	uint64_t count;
	callpath_id where;	/* where the driver did or did not do it */
	/* 1: the caller of the innermost driver function is the place: what
	   is reported belongs to one request, not to the function that sends
	   them all.  2: the first function in another file than that one's:
	   what a transport read is about the driver that asked it. */
	int by_caller;
	int told;			/* the exploration tells its way, though
					   it be latent */
	char text[FINDING_TEXT_MAX];
	char prevent[FINDING_TEXT_MAX];	/* what would have prevented it */
	struct finding_note notes[FINDING_NOTES_MAX];
	size_t nnotes;
	/* Kinds of consequence that were noted, each once. */
	const struct finding_kind *followed[FINDING_FOLLOWED_MAX];
	/* Both views of the first bytes that differ (or would). */
	uint64_t bytes_at;		/* offset in the map or buffer */
	size_t nbytes;
	uint8_t guest[FINDING_BYTES_MAX], host[FINDING_BYTES_MAX];
	uint64_t store_seq;		/* first store concerned; 0: no store of
					   the guest's code */
	uint64_t store_first;		/* the same, whoever stored */
	size_t store_note;		/* the note that is to get its path */
	uint64_t event;			/* number of the event in the run */
	/*
	 * Of a latent one: where a run could show whether it goes wrong here,
	 * the first times that it showed and the latest.
	 */
	struct finding_confirm confirm[FINDING_CONFIRM_MAX];
	size_t nconfirm;
	int of_index;			/* of a missing POSTREAD: it was used.idx
					   that was looked at, no entry */
	/* Of a missing sync: the request that showed it, the map's bytes. */
	uint64_t request, byte_first, byte_last;
};

struct findings {
	struct finding *list;
	size_t n, max;
	uint64_t dropped;
};

void findings_free(struct findings *f);
/*
 * The finding of (id, key): a new one (count 1, *is_new set) or the old one
 * (count grown, *is_new clear; fatal may have been raised).  An id that no
 * table knows is a CHECK.  NULL when FINDINGS_MAX is reached.
 */
struct finding *findings_add(struct findings *f, const char *id, uint64_t key,
    int fatal, int *is_new);
/* The same if it is there, without counting; or NULL. */
struct finding *findings_find(struct findings *f, const char *id, uint64_t key);
/* Adds a line; silently no more than FINDING_NOTES_MAX. */
void finding_note(struct finding *f, callpath_id path, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/* The latest fatal finding that is no consequence, or NULL: what goes wrong
   next is taken to follow from it. */
struct finding *findings_root(struct findings *f);
size_t findings_fatal(const struct findings *f);

#endif

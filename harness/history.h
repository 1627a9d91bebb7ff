/*
 * history.h: the commits between two revisions of a git repository that change
 * what a guest is built from (guest_tree.h).
 *
 *	history_read(repo, good, bad, &h, &err)		or history_range()
 *	... h.list[0] is the older of the two, h.list[h.n - 1] has the drivers
 *	of the newer one
 *	history_free(&h)
 *
 * Followed are first parents: a merge stands for all that it brought.
 */
#ifndef VIOTAPE_HISTORY_H
#define VIOTAPE_HISTORY_H

#include <stddef.h>

#include "git.h"
#include "sim.h"

#define HISTORY_DAY	10		/* letters of a date that are its day */

struct history_commit {
	char hash[GIT_HASH_MAX + 1];
	char parent[GIT_HASH_MAX + 1];	/* the first one; "" of a root */
	char *date;			/* of the author, as git has it:
					   "2024-07-25 10:35:40 +0200" */
	char *subject;
};

struct history {
	struct history_commit *list;
	size_t n;			/* at least 2 */
	int mended;			/* the good one is the newer one */
};

/*
 * -1: ERROR_INPUT where there is no such repository or revision, neither is an
 * ancestor of the other along first parents, or nothing that matters changed
 * between them; ERROR_USAGE for twice the same; ERROR_LIMIT, ERROR_SYSTEM.  h is
 * to be freed in every case.
 */
int history_read(const char *repo, const char *good, const char *bad,
    struct history *h, struct error *err);
/*
 * The same of "A..B": A is the older one, and list[0]; h->mended is 0.
 */
int history_range(const char *repo, const char *range, struct history *h,
    struct error *err);
void history_free(struct history *h);

/*
 * What a commit changes of what the guest is built from, as paths in the
 * repository; free by host_names_free().
 */
int history_files(const char *repo, const struct history_commit *c,
    struct host_names *files, struct error *err);

#endif

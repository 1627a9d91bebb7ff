/*
 * git.h: questions to a git repository, by git(1).
 *
 *	git_begin("--repo", &err)
 *	git_commit_find(repo, "--rev", rev, hash, &err)
 *	git_run(argv, &output, &status, &err)	plumbing only
 *
 * Nothing that is asked reads or writes a work tree or an index.
 */
#ifndef VIOTAPE_GIT_H
#define VIOTAPE_GIT_H

#include <stddef.h>

#include "sim.h"

#define GIT_HASH_MAX	64		/* letters: SHA-256's */
#define GIT_SHORT	12		/* of them, in tables for people */

/*
 * Looks for git, and forgets what a hook has set: a repository is the one that
 * is named.  -1: ERROR_INPUT if there is no git; option is what needs it, and
 * instead says what to do without.
 */
int git_begin(const char *option, const char *instead, struct error *err);

/*
 * Runs git; its output ends in a NUL that does not count.  *status is git's.
 * -1: ERROR_SYSTEM; ERROR_LIMIT if it says more than HOST_OUTPUT_MAX bytes.
 */
int git_run(const char *const argv[], struct bytes *output, int *status,
    struct error *err);

/* The first line of what git said, cut to size. */
void git_first_line(const struct bytes *output, char *text, size_t size);

/*
 * Is repo one, and has it that revision?  The commit's hash.  -1: ERROR_INPUT;
 * option is what named the revision.
 */
int git_commit_find(const char *repo, const char *option, const char *rev,
    char hash[GIT_HASH_MAX + 1], struct error *err);

#endif

/* history.c: the commits of a history that matter; see history.h. */
#include "history.h"
#include "guest_tree.h"
#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_ARGS	64
/* The hash, its parents, the author's date, the subject; none has a tab but
   the last. */
#define FORMAT		"--format=%H%x09%P%x09%ai%x09%s"

/* The rest of a line up to a tab, ended; *p moves behind it. */
static char *
field(char **p)
{
	char *start = *p, *tab = strchr(start, '\t');

	if (tab == NULL)
		return NULL;
	*tab = '\0';
	*p = tab + 1;
	return start;
}

/* A line of FORMAT; 0 if it is another one, "commit HASH" or a warning. */
static int
line_take(char *line, struct history_commit *c)
{
	char *hash = field(&line), *parents, *date;

	if (hash == NULL || strlen(hash) > GIT_HASH_MAX ||
	    hash[strspn(hash, "0123456789abcdef")] != '\0' ||
	    (parents = field(&line)) == NULL || (date = field(&line)) == NULL)
		return 0;
	snprintf(c->hash, sizeof c->hash, "%s", hash);
	snprintf(c->parent, sizeof c->parent, "%.*s",
	    (int)strcspn(parents, " "), parents);
	c->date = check_strdup(date);
	c->subject = check_strdup(line);
	return 1;
}

static void
commits_take(char *text, struct history *h)
{
	struct history_commit c;

	for (char *line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n"))
		if (line_take(line, &c))
			*GROW(h->list, h->n) = c;
}

/* Adds what git rev-list says to words; those are behind its own. */
static int
commits_list(const char *repo, const char *const *words, size_t n,
    struct history *h, struct error *err)
{
	const char *argv[HISTORY_ARGS] = { "git", "-C", repo, "rev-list",
	    "--first-parent", "--reverse", "--encoding=UTF-8", FORMAT };
	struct bytes output = {0};
	char said[256];
	size_t at = 8;
	int status, ret;

	CHECK(at + n < HISTORY_ARGS);
	for (size_t i = 0; i < n; i++)
		argv[at++] = words[i];
	ret = git_run(argv, &output, &status, err);
	git_first_line(&output, said, sizeof said);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "git cannot list the history"
		    " of %s: %s", repo, said);
	if (ret == 0)
		commits_take((char *)output.data, h);
	bytes_free(&output);
	return ret;
}

/* 1 if a is an ancestor of b. */
static int
is_ancestor(const char *repo, const char *a, const char *b, struct error *err)
{
	const char *argv[] = { "git", "-C", repo, "merge-base",
	    "--is-ancestor", a, b, NULL };
	struct bytes output = {0};
	int status, ret = git_run(argv, &output, &status, err);

	bytes_free(&output);
	return ret != 0 ? -1 : status == 0;
}

/* Where two lines of history parted, for a sentence; "" if they never met. */
static void
parted_at(const char *repo, const char *a, const char *b, char *hash,
    size_t size)
{
	const char *argv[] = { "git", "-C", repo, "merge-base", a, b, NULL };
	struct bytes output = {0};
	int status;

	hash[0] = '\0';
	if (git_run(argv, &output, &status, NULL) == 0 && status == 0)
		git_first_line(&output, hash, size);
	bytes_free(&output);
}

/* Which is the older one?  1: good, 0: bad. */
static int
older_find(const char *repo, const char *const hash[2],
    const char *const word[2], struct error *err)
{
	char parted[GIT_HASH_MAX + 1];
	int older;

	if (strcmp(hash[0], hash[1]) == 0)
		return error_set(err, ERROR_USAGE, "%s and %s are the same "
		    "commit", word[0], word[1]);
	older = is_ancestor(repo, hash[0], hash[1], err);
	if (older != 0)
		return older;
	older = is_ancestor(repo, hash[1], hash[0], err);
	if (older != 0)
		return older < 0 ? -1 : 0;
	parted_at(repo, hash[0], hash[1], parted, sizeof parted);
	if (parted[0] == '\0')
		return error_set(err, ERROR_INPUT, "%s and %s have no commit "
		    "in common; a history has to lead from one to the other",
		    word[0], word[1]);
	return error_set(err, ERROR_INPUT, "%s and %s are of two branches, "
	    "which parted at %.*s; one has to be an ancestor of the other",
	    word[0], word[1], GIT_SHORT, parted);
}

/*
 * Whether the older one is on the newer one's line of first parents, and did
 * not come into it by a merge: the first commit behind it has it as parent.
 */
static int
line_check(const char *repo, const char *older, const char *newer,
    const char *word, struct error *err)
{
	char range[2 * GIT_HASH_MAX + 3], said[256];
	const char *argv[] = { "git", "-C", repo, "rev-list", "--first-parent",
	    "--reverse", "--parents", range, NULL };
	struct bytes output = {0};
	const char *parent;
	int status, ret;

	/* Only the first line matters, however long the rest is. */
	snprintf(range, sizeof range, "%s..%s", older, newer);
	ret = host_spawn_wait(argv, &output, &status, err);
	git_first_line(&output, said, sizeof said);
	bytes_free(&output);
	if (ret != 0)
		return -1;
	parent = strchr(said, ' ');
	parent = parent != NULL ? parent + 1 : "";
	if (strncmp(parent, older, strlen(older)) == 0)
		return 0;
	return error_set(err, ERROR_INPUT, "%s came in by a merge, and a "
	    "history is followed along first parents; give %.*s, the commit "
	    "of that line before, instead", word, GIT_SHORT, parent);
}

static int
between_read(const char *repo, const char *older, const char *newer,
    struct history *h, struct error *err)
{
	const char *words[HISTORY_ARGS] = { "--no-walk", older };
	char range[2 * GIT_HASH_MAX + 3];
	struct host_names paths;
	size_t n = 0;
	int ret = commits_list(repo, words, 2, h, err);

	if (ret == 0 && h->n != 1)
		ret = error_set(err, ERROR_SYSTEM, "git rev-list --no-walk "
		    "lists %zu commits of one", h->n);
	snprintf(range, sizeof range, "%s..%s", older, newer);
	words[n++] = range;
	words[n++] = "--";
	guest_tree_pathspecs(&paths);
	for (size_t i = 0; i < paths.n; i++)
		words[n++] = paths.names[i];
	if (ret == 0)
		ret = commits_list(repo, words, n, h, err);
	host_names_free(&paths);
	return ret;
}

/* Everything once it is known which is the older one. */
static int
history_fill(const char *repo, const char *const hash[2],
    const char *const word[2], struct history *h, struct error *err)
{
	int first = h->mended;

	if (line_check(repo, hash[first], hash[!first], word[first],
	    err) != 0 ||
	    between_read(repo, hash[first], hash[!first], h, err) != 0)
		return -1;
	if (h->n < 2)
		return error_set(err, ERROR_INPUT, "nothing that the guest is "
		    "built from changed between %s and %s", word[0], word[1]);
	return 0;
}

int
history_read(const char *repo, const char *good, const char *bad,
    struct history *h, struct error *err)
{
	char hash_good[GIT_HASH_MAX + 1], hash_bad[GIT_HASH_MAX + 1];
	const char *const hash[] = { hash_good, hash_bad };
	const char *const word[] = { good, bad };
	int older;

	memset(h, 0, sizeof *h);
	if (git_begin("bisect", "", err) != 0 ||
	    git_commit_find(repo, "--good", good, hash_good, err) != 0 ||
	    git_commit_find(repo, "--bad", bad, hash_bad, err) != 0)
		return -1;
	older = older_find(repo, hash, word, err);
	if (older < 0)
		return -1;
	h->mended = !older;
	return history_fill(repo, hash, word, h, err);
}

int
history_range(const char *repo, const char *range, struct history *h,
    struct error *err)
{
	char from[GIT_HASH_MAX + 1], to[GIT_HASH_MAX + 1];
	const char *const hash[] = { from, to };
	const char *dots = strstr(range, "..");
	char *older = check_strdup(range);
	const char *const word[] = { older, dots + 2 };
	int ret = -1, order;

	memset(h, 0, sizeof *h);
	older[dots - range] = '\0';
	if (older[0] == '\0' || word[1][0] == '\0' || word[1][0] == '.') {
		error_set(err, ERROR_USAGE, "--rev %s is no history; give "
		    "OLDER..NEWER", range);
	} else if (git_begin("--repo", "", err) == 0 &&
	    git_commit_find(repo, "--rev", older, from, err) == 0 &&
	    git_commit_find(repo, "--rev", word[1], to, err) == 0) {
		order = older_find(repo, hash, word, err);
		if (order == 0)
			error_set(err, ERROR_USAGE, "--rev %s: %s is the older "
			    "one; exchange them", range, word[1]);
		else if (order > 0)
			ret = history_fill(repo, hash, word, h, err);
	}
	check_free(older);
	return ret;
}

void
history_free(struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		check_free(h->list[i].date);
		check_free(h->list[i].subject);
	}
	check_free(h->list);
	memset(h, 0, sizeof *h);
}

int
history_files(const char *repo, const struct history_commit *c,
    struct host_names *files, struct error *err)
{
	const char *argv[HISTORY_ARGS] = { "git", "-C", repo, "diff-tree",
	    "-r", "--no-commit-id", "--name-only", "--root" };
	struct bytes output = {0};
	struct host_names paths;
	size_t n = 8;
	int status, ret;

	memset(files, 0, sizeof *files);
	if (c->parent[0] != '\0')
		argv[n++] = c->parent;
	argv[n++] = c->hash;
	argv[n++] = "--";
	guest_tree_pathspecs(&paths);
	for (size_t i = 0; i < paths.n; i++)
		argv[n++] = paths.names[i];
	CHECK(n < HISTORY_ARGS);
	ret = git_run(argv, &output, &status, err);
	if (ret == 0 && status == 0)
		for (char *p = strtok((char *)output.data, "\n"); p != NULL;
		    p = strtok(NULL, "\n"))
			*GROW(files->names, files->n) = check_strdup(p);
	host_names_free(&paths);
	bytes_free(&output);
	return ret;
}

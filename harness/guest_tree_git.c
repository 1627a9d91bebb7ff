/*
 * guest_tree_git.c: the drivers in a revision of a git repository, by git(1);
 * see guest_tree.h.
 *
 *	git -C REPO rev-parse --verify REV^{commit}	the commit's hash
 *	git -C REPO ls-tree -r -l --full-tree HASH -- sys/dev/pv ...
 *	git -C REPO cat-file blob HASH			once a file
 *
 * None of them reads or writes a work tree or an index.
 */
#include "guest_tree_var.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIT_HASH_MAX	GUEST_REVISION_MAX

/* A file that git lists. */
struct listed {
	char hash[GIT_HASH_MAX + 1];
	unsigned long long size;
	struct tree_file *file;
};

/* The first line of what git said, for a sentence. */
static void
first_line(const struct bytes *output, char *text, size_t size)
{
	const char *p = output->len > 0 ? (const char *)output->data : "";
	size_t n = 0;

	while (n < output->len && p[n] != '\n')
		n++;
	snprintf(text, size, "%.*s", (int)n, p);
}

/* Runs git; its output ends in a NUL that does not count. */
static int
git_run(const char *const argv[], struct bytes *output, int *status,
    struct error *err)
{
	if (host_spawn_wait(argv, output, status, err) != 0)
		return -1;
	bytes_add(output, "", 1);
	output->len--;
	return 0;
}

/* Is it a repository, and has it that revision? */
int
guest_tree_revision(const char *repo, const char *rev,
    char hash[GUEST_REVISION_MAX + 1], struct error *err)
{
	struct bytes name = {0}, output = {0};
	const char *is_one[] = { "git", "-C", repo, "rev-parse", "--git-dir",
	    NULL };
	const char *find[] = { "git", "-C", repo, "rev-parse", "--verify",
	    "--quiet", NULL, NULL };
	char said[256];
	int status, ret;

	bytes_printf(&name, "%s^{commit}", rev);
	find[6] = (const char *)name.data;
	ret = git_run(is_one, &output, &status, err);
	first_line(&output, said, sizeof said);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "%s is no git repository; "
		    "git says: %s", repo, said);
	bytes_clear(&output);
	if (ret == 0)
		ret = rev[0] == '-' ? 0 : git_run(find, &output, &status, err);
	if (ret == 0 && (rev[0] == '-' || status != 0))
		ret = error_set(err, ERROR_INPUT, "the repository %s has no "
		    "revision %s; --rev wants a commit, a tag or a branch",
		    repo, rev);
	first_line(&output, said, sizeof said);
	if (ret == 0 && (strlen(said) > GIT_HASH_MAX ||
	    said[strspn(said, "0123456789abcdef")] != '\0'))
		ret = error_set(err, ERROR_SYSTEM, "git rev-parse answers "
		    "\"%.80s\", which is no commit", said);
	if (ret == 0)
		snprintf(hash, GIT_HASH_MAX + 1, "%.*s", GIT_HASH_MAX, said);
	bytes_free(&output);
	bytes_free(&name);
	return ret;
}

/* The part of path below a layout's dev, or NULL. */
static const char *
below(const char *path, const char *layout)
{
	size_t n = strlen(layout);

	if (n == 0)
		return path;
	return strncmp(path, layout, n) == 0 && path[n] == '/' ?
	    path + n + 1 : NULL;
}

/* One line "MODE blob HASH SIZE\tPATH"; 0 if it is no plain file. */
static int
line_read(char *line, struct listed *entry, char **path)
{
	char mode[8], kind[8];

	*path = strchr(line, '\t');
	if (*path == NULL)
		return 0;
	*(*path)++ = '\0';
	return sscanf(line, "%7s %7s %64s %llu", mode, kind, entry->hash,
	    &entry->size) == 4 && strcmp(kind, "blob") == 0 &&
	    strncmp(mode, "100", 3) == 0;
}

/* Takes what is wanted below one layout; text is changed. */
static int
list_take(char *text, const char *layout, struct tree_files *files,
    struct listed *list, struct error *err)
{
	for (char *line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		struct listed entry = {0};
		const char *file;
		char *path;

		if (!line_read(line, &entry, &path) ||
		    (file = below(path, layout)) == NULL ||
		    !tree_file_wanted(file))
			continue;
		if (entry.size > GUEST_FILE_SIZE_MAX)
			return error_set(err, ERROR_LIMIT, "%s in %s has %llu "
			    "bytes, more than %u", path, files->words,
			    entry.size, GUEST_FILE_SIZE_MAX);
		entry.file = tree_file_add(files, file, err);
		if (entry.file == NULL)
			return -1;
		list[files->n - 1] = entry;
	}
	return 0;
}

static int
tree_list(const char *repo, const char *hash, struct tree_files *files,
    struct listed *list, struct error *err)
{
	const char *argv[] = { "git", "-C", repo, "ls-tree", "-r", "-l",
	    "--full-tree", hash, "--", "sys/dev/pv", "sys/dev/pci",
	    "sys/dev/fdt", "dev/pv", "dev/pci", "dev/fdt", "pv", "pci", "fdt",
	    NULL };
	struct bytes output = {0};
	char said[256];
	int status, ret = git_run(argv, &output, &status, err);

	first_line(&output, said, sizeof said);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "git cannot list %s: %s",
		    files->words, said);
	for (size_t i = 0; ret == 0 && i < TREE_LAYOUTS && files->n == 0;
	    i++) {
		char *text = check_strdup((const char *)output.data);

		free(files->name);
		files->name = check_strdup(tree_layouts[i]);
		ret = list_take(text, tree_layouts[i], files, list, err);
		free(text);
	}
	if (ret == 0 && files->n == 0)
		ret = error_set(err, ERROR_INPUT, "%s has no drivers of "
		    "virtio: neither in sys/dev/pv nor in dev/pv nor in pv",
		    files->words);
	bytes_free(&output);
	return ret;
}

static int
blobs_read(const char *repo, struct tree_files *files,
    const struct listed *list, struct error *err)
{
	struct host_job *jobs = check_calloc(files->n, sizeof *jobs);
	const char *(*argv)[7] = check_calloc(files->n, sizeof *argv);
	int ret;

	for (size_t i = 0; i < files->n; i++) {
		const char *words[] = { "git", "-C", repo, "cat-file", "blob",
		    list[i].hash, NULL };

		memcpy(argv[i], words, sizeof words);
		jobs[i].argv = argv[i];
	}
	ret = host_spawn_jobs(jobs, files->n, 0, err);
	for (size_t i = 0; i < files->n; i++) {
		char said[256];

		first_line(&jobs[i].output, said, sizeof said);
		if (ret == 0 && jobs[i].status != 0)
			ret = error_set(err, ERROR_INPUT, "git cannot read %s "
			    "in %s: %s", list[i].file->path, files->words,
			    said);
		else if (ret == 0 && jobs[i].output.len != list[i].size)
			ret = error_set(err, ERROR_INPUT, "git gives %zu bytes "
			    "of %s in %s, which has %llu",
			    jobs[i].output.len, list[i].file->path,
			    files->words, list[i].size);
		if (ret == 0)
			bytes_add(&list[i].file->text, jobs[i].output.data,
			    jobs[i].output.len);
		bytes_free(&jobs[i].output);
	}
	free(argv);
	free(jobs);
	return ret;
}

/* A repository is the one that was named, whatever a hook has set. */
static void
git_environment_clear(void)
{
	static const char *const names[] = { "GIT_DIR", "GIT_WORK_TREE",
	    "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
	    "GIT_PREFIX" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

int
tree_read_git(const char *repo, const char *rev, struct tree_files *files,
    struct error *err)
{
	struct listed *list;
	char hash[GIT_HASH_MAX + 1], *git = host_program_find("git");
	struct bytes words = {0};
	int ret;

	if (git == NULL)
		return error_set(err, ERROR_INPUT, "--repo needs git, which "
		    "was not found; install it, or check the revision out and "
		    "give that by --sys");
	free(git);
	git_environment_clear();
	if (guest_tree_revision(repo, rev, hash, err) != 0)
		return -1;
	bytes_printf(&words, "revision %s of %s", rev, repo);
	files->words = check_strdup((const char *)words.data);
	bytes_free(&words);
	list = check_calloc(GUEST_TREE_FILES_MAX, sizeof *list);
	ret = tree_list(repo, hash, files, list, err);
	if (ret == 0)
		ret = blobs_read(repo, files, list, err);
	free(list);
	return ret;
}

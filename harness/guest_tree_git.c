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
#include "git.h"
#include "guest_tree_var.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that git lists. */
struct listed {
	char hash[GIT_HASH_MAX + 1];
	unsigned long long size;
	struct tree_file *file;
};

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

	git_first_line(&output, said, sizeof said);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "git cannot list %s: %s",
		    files->words, said);
	for (size_t i = 0; ret == 0 && i < TREE_LAYOUTS && files->n == 0;
	    i++) {
		char *text = check_strdup((const char *)output.data);

		check_free(files->name);
		files->name = check_strdup(tree_layouts[i]);
		ret = list_take(text, tree_layouts[i], files, list, err);
		check_free(text);
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

		git_first_line(&jobs[i].output, said, sizeof said);
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
	check_free(argv);
	check_free(jobs);
	return ret;
}

int
tree_read_git(const char *repo, const char *rev, struct tree_files *files,
    struct error *err)
{
	struct listed *list;
	char hash[GIT_HASH_MAX + 1];
	struct bytes words = {0};
	int ret;

	if (git_begin("--repo", ", or check the revision out and give that by "
	    "--sys", err) != 0 ||
	    git_commit_find(repo, "--rev", rev, hash, err) != 0)
		return -1;
	bytes_printf(&words, "revision %s of %s", rev, repo);
	files->words = check_strdup((const char *)words.data);
	bytes_free(&words);
	list = check_calloc(GUEST_TREE_FILES_MAX, sizeof *list);
	ret = tree_list(repo, hash, files, list, err);
	if (ret == 0)
		ret = blobs_read(repo, files, list, err);
	check_free(list);
	return ret;
}

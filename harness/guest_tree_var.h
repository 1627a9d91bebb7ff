/* guest_tree_var.h: the files of a tree while they are collected. */
#ifndef VIOTAPE_GUEST_TREE_VAR_H
#define VIOTAPE_GUEST_TREE_VAR_H

#include "guest_tree.h"

struct tree_file {
	char *path;		/* below dev: "pv/virtio.c" */
	struct bytes text;
};

struct tree_files {
	struct tree_file file[GUEST_TREE_FILES_MAX];
	size_t n;
	char *name;		/* struct guest_tree's */
	char *words;		/* what it is, for sentences */
};

/* Where dev may be below what was given, most likely first. */
#define TREE_LAYOUTS	3
extern const char *const tree_layouts[TREE_LAYOUTS];

/* 1 if a file, "pv/virtio.c", is one that is taken. */
int tree_file_wanted(const char *path);
/* Adds one without its text; NULL and ERROR_LIMIT. */
struct tree_file *tree_file_add(struct tree_files *files, const char *path,
    struct error *err);

/* guest_tree_git.c: fills files from a repository's revision. */
int tree_read_git(const char *repo, const char *rev, struct tree_files *files,
    struct error *err);

#endif

/*
 * guest_tree.c: the drivers of an OpenBSD source tree, copied to where they
 * are compiled; see guest_tree.h.
 */
#include "guest_tree_var.h"
#include "guest_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const tree_layouts[TREE_LAYOUTS] = { "sys/dev", "dev", "" };

/* --- which files --------------------------------------------------------- */

/* file is NAME.c, or a part of it, NAME_*.c. */
static int
is_source(const char *file, const char *name)
{
	size_t n = strlen(name), len = strlen(file);

	return strncmp(file, name, n) == 0 && len >= n + 2 &&
	    strcmp(file + len - 2, ".c") == 0 &&
	    (len == n + 2 || file[n] == '_');
}

static int
is_header(const char *file, const char *begin)
{
	size_t len = strlen(file);

	return strncmp(file, begin, strlen(begin)) == 0 && len > 2 &&
	    strcmp(file + len - 2, ".h") == 0;
}

static const struct {
	const char *dir, *name;
	int header;
} wanted[] = {
	{ "pv/", "virtio", 0 }, { "pv/", "if_vio", 0 }, { "pv/", "viogpu", 0 },
	{ "pv/", "vi", 1 }, { "pv/", "if_vi", 1 },
	{ "pci/", "virtio_pci", 0 }, { "pci/", "virtio_", 1 },
	{ "fdt/", "virtio_mmio", 0 }, { "fdt/", "virtio_", 1 },
};
#define NWANTED (sizeof wanted / sizeof wanted[0])

int
tree_file_wanted(const char *path)
{
	for (size_t i = 0; i < NWANTED; i++) {
		size_t n = strlen(wanted[i].dir);
		const char *file = path + n;

		if (strncmp(path, wanted[i].dir, n) != 0 ||
		    strchr(file, '/') != NULL)
			continue;
		if (wanted[i].header ? is_header(file, wanted[i].name) :
		    is_source(file, wanted[i].name))
			return 1;
	}
	return 0;
}

static void
pathspec_add(struct host_names *names, const char *layout, size_t i,
    const char *ending)
{
	struct bytes text = {0};

	bytes_printf(&text, ":(top,glob)%s%s%s%s%s", layout,
	    layout[0] != '\0' ? "/" : "", wanted[i].dir, wanted[i].name,
	    ending);
	names->names[names->n++] = check_strdup((const char *)text.data);
	bytes_free(&text);
}

void
guest_tree_pathspecs(struct host_names *names)
{
	names->n = 0;
	names->names = check_calloc(TREE_LAYOUTS * NWANTED * 2,
	    sizeof names->names[0]);
	for (size_t l = 0; l < TREE_LAYOUTS; l++)
		for (size_t i = 0; i < NWANTED; i++) {
			pathspec_add(names, tree_layouts[l], i,
			    wanted[i].header ? "*.h" : ".c");
			if (!wanted[i].header)
				pathspec_add(names, tree_layouts[l], i,
				    "_*.c");
		}
}

struct tree_file *
tree_file_add(struct tree_files *files, const char *path, struct error *err)
{
	struct tree_file *f;

	if (files->n == GUEST_TREE_FILES_MAX) {
		error_set(err, ERROR_LIMIT, "%s has more than %d files of "
		    "virtio, viogpu and vio", files->words,
		    GUEST_TREE_FILES_MAX);
		return NULL;
	}
	f = &files->file[files->n++];
	f->path = check_strdup(path);
	return f;
}

static int
by_path(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int
have(const struct tree_files *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->file[i].path, path) == 0)
			return 1;
	return 0;
}

/* What a guest cannot do without. */
static int
files_check(const struct tree_files *files, struct error *err)
{
	static const char *const needed[] = { "pv/virtio.c", "pv/virtiovar.h",
	    "pv/virtioreg.h" };
	static const char *const one_of[][2] = {
		{ "pci/virtio_pci.c", "fdt/virtio_mmio.c" },
		{ "pv/viogpu.c", "pv/if_vio.c" } };

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		char *path = host_path_join(files->name, needed[i]);

		if (!have(files, needed[i]))
			error_set(err, ERROR_INPUT, "%s has no %s; a guest is "
			    "made of the tree's own virtio stack",
			    files->words, path);
		check_free(path);
		if (!have(files, needed[i]))
			return -1;
	}
	for (size_t i = 0; i < 2; i++) {
		char *a = host_path_join(files->name, one_of[i][0]);
		char *b = host_path_join(files->name, one_of[i][1]);
		int there = have(files, one_of[i][0]) ||
		    have(files, one_of[i][1]);

		if (!there)
			error_set(err, ERROR_INPUT, "%s has neither %s nor %s; "
			    "%s", files->words, a, b, i == 0 ? "one of them "
			    "has to find the device" : "one of them is the "
			    "driver under test");
		check_free(a);
		check_free(b);
		if (!there)
			return -1;
	}
	return 0;
}

/* --- from a directory ---------------------------------------------------- */

static int
dir_read(const char *dev, const char *sub, struct tree_files *files,
    struct error *err)
{
	char *dir = host_path_join(dev, sub);
	struct host_names names;
	int ret = 0;

	if (!host_is_directory(dir)) {
		check_free(dir);
		return 0;
	}
	ret = host_tree_list(dir, 0, &names, err);
	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		char *path = host_path_join(sub, names.names[i]);
		char *full = host_path_join(dir, names.names[i]);
		struct tree_file *f;

		if (tree_file_wanted(path)) {
			f = tree_file_add(files, path, err);
			ret = f == NULL ? -1 : host_file_read(full, &f->text,
			    GUEST_FILE_SIZE_MAX, err);
		}
		check_free(full);
		check_free(path);
	}
	host_names_free(&names);
	check_free(dir);
	return ret;
}

static const char *const subs[] = { "fdt", "pci", "pv" };
#define SUBS	(sizeof subs / sizeof subs[0])

/* The "dev" of what was given, or NULL. */
static char *
dev_find(const char *given)
{
	char *found = NULL;

	while (strncmp(given, "./", 2) == 0)
		given += 2;
	for (size_t i = 0; i < TREE_LAYOUTS && found == NULL; i++) {
		char *dev = tree_layouts[i][0] == '\0' ? check_strdup(given) :
		    host_path_join(given, tree_layouts[i]);
		char *pv = host_path_join(dev, "pv");

		if (host_is_directory(pv))
			found = dev;
		else
			check_free(dev);
		check_free(pv);
	}
	return found;
}

void
guest_tree_paths(const char *sys, void (*path)(void *self, const char *path),
    void *self)
{
	char *dev = dev_find(sys);

	for (size_t i = 0; dev != NULL && i < SUBS; i++) {
		char *dir = host_path_join(dev, subs[i]);
		struct host_names names = { 0 };

		if (host_tree_list(dir, 0, &names, NULL) != 0)
			names.n = 0;
		for (size_t k = 0; k < names.n; k++) {
			char *below = host_path_join(subs[i], names.names[k]);
			char *full = host_path_join(dir, names.names[k]);

			if (tree_file_wanted(below))
				path(self, full);
			check_free(full);
			check_free(below);
		}
		host_names_free(&names);
		check_free(dir);
	}
	check_free(dev);
}

static int
tree_read_dir(const char *given, struct tree_files *files, struct error *err)
{
	int ret = 0;

	files->words = check_strdup(given);
	if (!host_is_directory(given))
		return error_set(err, ERROR_INPUT, "there is no directory %s; "
		    "--sys wants an OpenBSD source tree", given);
	files->name = dev_find(given);
	if (files->name == NULL)
		return error_set(err, ERROR_INPUT, "%s is no OpenBSD source "
		    "tree: it has no sys/dev/pv, no dev/pv and no pv; give "
		    "the tree's root, its sys or its dev", files->words);
	for (size_t i = 0; ret == 0 && i < SUBS; i++)
		ret = dir_read(files->name, subs[i], files, err);
	return ret;
}

/* --- the copy ------------------------------------------------------------ */

static void
files_digest(const struct tree_files *files, char hex[DIGEST_HEX_SIZE])
{
	uint8_t sum[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < files->n; i++) {
		digest_add_string(&d, files->file[i].path);
		digest_add_u64(&d, files->file[i].text.len);
		digest_add(&d, files->file[i].text.data,
		    files->file[i].text.len);
	}
	digest_final(&d, sum);
	digest_hex(sum, hex);
}

static int
files_write(const struct tree_files *files, const char *dir,
    struct error *err)
{
	char *dev = host_path_join(dir, "dev");
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < files->n; i++) {
		const struct tree_file *f = &files->file[i];
		char *path = host_path_join(dev, f->path);
		char *slash = strrchr(path, '/');

		*slash = '\0';
		ret = host_mkdir_p(path, err);
		*slash = '/';
		if (ret == 0)
			ret = host_file_write_atomic(path, f->text.data,
			    f->text.len, err);
		check_free(path);
	}
	check_free(dev);
	return ret;
}

/* Writes all, and only then gives it its name. */
static int
stage_create(const struct tree_files *files, const char *trees,
    const char *final, struct error *err)
{
	char *temp;
	int ret;

	guest_cache_thin(trees, GUEST_TREES_FILES_MAX);
	if (host_mkdir_p(trees, err) == -1)
		return -1;
	temp = host_temp_dir_create(trees, "new", err);
	if (temp == NULL)
		return -1;
	ret = files_write(files, temp, err);
	/* Where another viotape was quicker, its copy is the same. */
	if (ret == 0 && rename(temp, final) != 0 && !host_is_directory(final))
		ret = error_set(err, ERROR_SYSTEM, "cannot make %s", final);
	(void)host_tree_remove(temp, NULL);
	check_free(temp);
	return ret;
}

static int
stage_find(const struct tree_files *files, struct guest_tree *t,
    struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	char *cache = host_cache_dir(err), *trees;
	int ret = 0;

	if (cache == NULL)
		return -1;
	files_digest(files, hex);
	trees = host_path_join(cache, GUEST_TREES);
	t->stage = host_path_join(trees, hex);
	if (host_is_directory(t->stage))
		guest_cache_touch(t->stage);
	else
		ret = stage_create(files, trees, t->stage, err);
	check_free(trees);
	check_free(cache);
	return ret;
}

int
guest_tree_take(const struct guest_spec *spec, struct guest_tree *t,
    struct error *err)
{
	struct tree_files *files = check_calloc(1, sizeof *files);
	int ret;

	memset(t, 0, sizeof *t);
	ret = spec->sys != NULL ? tree_read_dir(spec->sys, files, err) :
	    tree_read_git(spec->repo, spec->rev, files, err);
	if (ret == 0)
		ret = files_check(files, err);
	qsort(files->file, files->n, sizeof files->file[0], by_path);
	if (ret == 0)
		ret = stage_find(files, t, err);
	if (ret == 0)
		t->name = check_strdup(files->name);
	else
		guest_tree_free(t);
	for (size_t i = 0; i < files->n; i++) {
		check_free(files->file[i].path);
		bytes_free(&files->file[i].text);
	}
	check_free(files->name);
	check_free(files->words);
	check_free(files);
	return ret;
}

void
guest_tree_free(struct guest_tree *t)
{
	check_free(t->stage);
	check_free(t->name);
	memset(t, 0, sizeof *t);
}

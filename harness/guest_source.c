/*
 * guest_source.c: which source files make a guest; see guest_source.h.
 *
 * Files are read once, here, and known by their digest from then on: a guest
 * is built again when a byte of it has changed, and not because of a date.
 */
#include "guest_source.h"
#include "guest_cache.h"
#include "guest_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

/* Adds name and text of a file to d. */
static int
digest_add_file(struct digest *d, const char *path, const char *name,
    struct error *err)
{
	struct bytes b = {0};
	int ret = host_file_read(path, &b, GUEST_FILE_SIZE_MAX, err);

	if (ret == 0) {
		digest_add_string(d, name);
		digest_add_u64(d, b.len);
		digest_add(d, b.data, b.len);
	}
	bytes_free(&b);
	return ret;
}

/* --- faults -------------------------------------------------------------- */

static char *
faults_dir(const char *data)
{
	return host_path_join(data, "drivers/faults");
}

static int
faults_list_in(const char *data, struct host_names *names, struct error *err)
{
	char *dir = faults_dir(data);
	size_t n = 0;

	if (!host_is_directory(dir)) {
		names->names = check_calloc(1, sizeof(char *));
		names->n = 0;
		check_free(dir);
		return 0;
	}
	if (host_tree_list(dir, 0, names, err) == -1) {
		check_free(dir);
		return -1;
	}
	for (size_t i = 0; i < names->n; i++) {
		char *name = names->names[i];

		if (!name_ends(name, ".diff")) {
			check_free(name);
			continue;
		}
		name[strlen(name) - strlen(".diff")] = '\0';
		names->names[n++] = name;
	}
	names->n = n;
	check_free(dir);
	return 0;
}

int
guest_faults_list(struct host_names *names, struct error *err)
{
	char *data = host_data_dir(err);
	int ret = data != NULL ? faults_list_in(data, names, err) : -1;

	check_free(data);
	return ret;
}

/* How many bytes two names share at their beginning. */
static size_t
name_likeness(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/* An error that lists the faults there are, the nearest first. */
static int
fault_unknown(const char *name, const struct host_names *known,
    struct error *err)
{
	struct bytes list = {0};
	size_t best = 0;

	for (size_t i = 0; i < known->n; i++)
		if (name_likeness(name, known->names[i]) >
		    name_likeness(name, known->names[best]))
			best = i;
	if (known->n > 0)
		bytes_printf(&list, "%s", known->names[best]);
	for (size_t i = 0; i < known->n; i++)
		if (i != best)
			bytes_printf(&list, ", %s", known->names[i]);
	error_set(err, ERROR_USAGE, "there is no fault %s; there %s %s", name,
	    known->n == 1 ? "is" : "are", known->n > 0 ?
	    (const char *)list.data : "none in drivers/faults");
	bytes_free(&list);
	return -1;
}

static char *
fault_path(const char *data, const char *name)
{
	char *dir = faults_dir(data), *stem = host_path_join(dir, name);
	size_t size = strlen(stem) + sizeof ".diff";
	char *path = check_malloc(size);

	snprintf(path, size, "%s.diff", stem);
	check_free(stem);
	check_free(dir);
	return path;
}

int
guest_fault_describe(const char *name, struct bytes *text, struct error *err)
{
	char *data = host_data_dir(err), *path;
	struct host_names known;
	struct bytes diff = {0};
	const char *head, *end;
	int ret = -1;

	if (data == NULL)
		return -1;
	if (faults_list_in(data, &known, err) == -1) {
		check_free(data);
		return -1;
	}
	path = fault_path(data, name);
	if (!host_names_have(&known, name)) {
		fault_unknown(name, &known, err);
	} else if (host_file_read(path, &diff, GUEST_FILE_SIZE_MAX, err) == 0) {
		bytes_add(&diff, "\n--- ", 6);		/* and its NUL */
		head = (const char *)diff.data;
		end = strncmp(head, "--- ", 4) == 0 ? head :
		    strstr(head, "\n--- ") + 1;
		bytes_printf(text, "%.*s", (int)(end - head), head);
		ret = 0;
	}
	bytes_free(&diff);
	host_names_free(&known);
	check_free(path);
	check_free(data);
	return ret;
}

/* --- a tree of drivers with faults in it --------------------------------- */

/* A name for the tree: the drivers as they are, and the diffs. */
static int
tree_digest(const struct guest_spec *spec, const char *data,
    char hex[DIGEST_HEX_SIZE], struct error *err)
{
	char *dir = host_path_join(data, "drivers");
	struct host_names names;
	struct digest d;
	uint8_t sum[DIGEST_SIZE];
	int ret = host_tree_list(dir, 1, &names, err);

	digest_init(&d);
	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		char *path = host_path_join(dir, names.names[i]);

		if (strncmp(names.names[i], "faults/", 7) != 0)
			ret = digest_add_file(&d, path, names.names[i], err);
		check_free(path);
	}
	for (size_t i = 0; ret == 0 && i < spec->nfaults; i++) {
		char *path = fault_path(data, spec->faults[i]);

		ret = digest_add_file(&d, path, spec->faults[i], err);
		check_free(path);
	}
	digest_final(&d, sum);
	digest_hex(sum, hex);
	host_names_free(&names);
	check_free(dir);
	return ret;
}

static int
tree_copy(const char *data, const char *tree, struct error *err)
{
	char *from = host_path_join(data, "drivers");
	char *to = host_path_join(tree, "drivers");
	struct host_names names;
	int ret = host_tree_list(from, 1, &names, err);

	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		char *a = host_path_join(from, names.names[i]);
		char *b = host_path_join(to, names.names[i]);
		char *slash = strrchr(b, '/');

		if (strncmp(names.names[i], "faults/", 7) != 0) {
			*slash = '\0';
			ret = host_mkdir_p(b, err);
			*slash = '/';
			if (ret == 0)
				ret = host_file_copy(a, b, GUEST_FILE_SIZE_MAX,
				    err);
		}
		check_free(b);
		check_free(a);
	}
	host_names_free(&names);
	check_free(to);
	check_free(from);
	return ret;
}

static int
tree_patch(const char *data, const char *tree, const char *fault,
    struct error *err)
{
	char *diff = fault_path(data, fault);
	const char *argv[] = { "patch", "-s", "-f", "-p1", "-d", tree, "-i",
	    diff, NULL };
	struct bytes output = {0};
	int status, ret = host_spawn_wait(argv, &output, &status, err);

	if (ret == -1)
		error_prefix(err, "putting back a fault needs patch(1), "
		    "which ./setup installs");
	else if (status != 0)
		ret = error_set(err, ERROR_BUILD, "the fault %s does not "
		    "apply to the drivers as they are now; bring "
		    "drivers/faults/%s.diff up to date\n%.*s", fault, fault,
		    (int)output.len, (const char *)output.data);
	bytes_free(&output);
	check_free(diff);
	return ret;
}

/* Copies, patches, and only then gives it its name. */
static int
tree_create(const struct guest_spec *spec, const char *data,
    const char *trees, const char *final, struct error *err)
{
	char *tree;
	int ret;

	guest_cache_thin(trees, GUEST_FAULT_FILES_MAX);
	if (host_mkdir_p(trees, err) == -1)
		return -1;
	tree = host_temp_dir_create(trees, "new", err);
	if (tree == NULL)
		return -1;
	ret = tree_copy(data, tree, err);
	for (size_t i = 0; ret == 0 && i < spec->nfaults; i++)
		ret = tree_patch(data, tree, spec->faults[i], err);
	/* Where another viotape was quicker, its tree is the same. */
	if (ret == 0 && rename(tree, final) != 0 && !host_is_directory(final))
		ret = error_set(err, ERROR_SYSTEM, "cannot make %s", final);
	(void)host_tree_remove(tree, NULL);
	check_free(tree);
	return ret;
}

/* The top of a tree with drivers/ in it and the faults applied, or NULL. */
static char *
tree_with_faults(const struct guest_spec *spec, const char *data,
    struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	struct host_names known;
	char *cache, *trees, *tree = NULL;
	int ret = 0;

	if (spec->nfaults > GUEST_FAULTS_MAX) {
		error_set(err, ERROR_LIMIT, "%zu faults asked for, at most %d "
		    "can be put back at once", spec->nfaults,
		    GUEST_FAULTS_MAX);
		return NULL;
	}
	if (faults_list_in(data, &known, err) == -1)
		return NULL;
	for (size_t i = 0; ret == 0 && i < spec->nfaults; i++)
		if (!host_names_have(&known, spec->faults[i]))
			ret = fault_unknown(spec->faults[i], &known, err);
	host_names_free(&known);
	if (ret == -1 || tree_digest(spec, data, hex, err) == -1 ||
	    (cache = host_cache_dir(err)) == NULL)
		return NULL;
	trees = host_path_join(cache, GUEST_FAULT_TREES);
	tree = host_path_join(trees, hex);
	if (!host_is_directory(tree) &&
	    tree_create(spec, data, trees, tree, err) == -1) {
		check_free(tree);
		tree = NULL;
	}
	check_free(trees);
	check_free(cache);
	return tree;
}

/* --- the list of sources ------------------------------------------------- */

/* What a driver was written for, by the words of its text. */
static unsigned
source_says(const char *path)
{
	static const struct {
		const char *word;
		unsigned says;
	} words[] = {
		{ "virtio_attach_finish", GUEST_SAYS_FINISH },
		{ "CD_COCOVM", GUEST_SAYS_COCOVM },
	};
	struct bytes b = {0};
	unsigned says = 0;

	if (host_file_read(path, &b, GUEST_FILE_SIZE_MAX, NULL) == 0) {
		bytes_add(&b, "", 1);
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (strstr((const char *)b.data, words[i].word) != NULL)
				says |= words[i].says;
	}
	bytes_free(&b);
	return says;
}

/* While the sources are collected. */
struct digests {
	struct digest headers, own_headers;	/* the shim's, the drivers' */
	struct digest driver;			/* drivers, with headers */
};

static int
source_add(struct guest_sources *s, const char *path, const char *name,
    int is_driver, struct error *err)
{
	struct guest_source *src = &s->source[s->n];
	struct digest d;

	if (s->n == GUEST_SOURCES_MAX)
		return error_set(err, ERROR_LIMIT, "a guest has more than %d "
		    "source files", GUEST_SOURCES_MAX);
	digest_init(&d);
	if (digest_add_file(&d, path, "", err) == -1)
		return -1;
	digest_final(&d, src->digest);
	src->path = check_strdup(path);
	src->name = check_strdup(name);
	src->is_driver = is_driver;
	src->says = is_driver ? source_says(path) : 0;
	s->n++;
	return 0;
}

/*
 * Adds the C files of dir and digests the headers, those of drivers into the
 * name of the drivers, too (it is in every trace: what goes into it in which
 * order is not to change).  name is what dir is called, "" if nothing stands
 * before the files'.
 */
static int
sources_add_dir(struct guest_sources *s, const char *dir, const char *name,
    const char *prefix, int is_driver, struct digests *to, struct error *err)
{
	struct host_names names;
	int ret = host_tree_list(dir, 1, &names, err);

	if (ret == -1)
		return -1;
	for (size_t i = 0; ret == 0 && i < names.n; i++) {
		const char *file = names.names[i];
		char *path = host_path_join(dir, file);
		char *full = host_path_join(name, file);

		if (strncmp(file, "faults/", 7) == 0) {
			/* Those are applied, not compiled. */
		} else if (name_ends(file, ".h")) {
			ret = digest_add_file(is_driver ? &to->own_headers :
			    &to->headers, path, full, err);
			if (ret == 0 && is_driver)
				ret = digest_add_file(&to->driver, path, full,
				    err);
		} else if (name_ends(file, ".c") &&
		    strncmp(file, prefix, strlen(prefix)) == 0) {
			ret = source_add(s, path, full, is_driver, err);
		}
		check_free(full);
		check_free(path);
	}
	host_names_free(&names);
	return ret;
}

/* How much of a driver's name a FILE.c's name begins with; 0: not this. */
static size_t
driver_match(const char *file, const char *driver)
{
	size_t n = strlen(driver) - strlen(".c");
	char next = file[n < strlen(file) ? n : strlen(file)];

	if (strncmp(file, driver, n) != 0)
		return 0;
	if (next == '_' || (next >= 'a' && next <= 'z'))
		return 0;	/* virtio_mmio.c is not a virtio.c */
	return n;
}

/* The kernel knows this driver, whether there is one of ours or not. */
#define VIO	"if_vio.c"

/* The driver of this name, or one in its place; NULL: there is none. */
static const struct guest_source *
driver_find(const struct guest_sources *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->source[i].is_driver && driver_match(host_path_base(
		    s->source[i].name), name) != 0)
			return &s->source[i];
	return NULL;
}

static void
define_add(struct guest_sources *s, const char *define)
{
	CHECK(s->ndefines < GUEST_DEFINES_MAX);
	s->defines[s->ndefines++] = define;
}

/*
 * Which drivers the kernel configures, and which of its years it is of.  What
 * guest_compiler.c says holds for our own; a tree need not have everything.
 * On our stack a vio(4) of before 2024 is translated (virtio_compat.c); a tree
 * has the stack of its own time.
 */
static void
sources_define(struct guest_sources *s)
{
	const struct {
		const char *driver, *absent;
		int *lacks;
	} optional[] = {
		{ "virtio_pci.c", "-UNVIRTIO_PCI", &s->lacks_pci },
		{ "virtio_mmio.c", "-UNVIRTIO_MMIO", &s->lacks_mmio },
		{ "viogpu.c", "-UNVIOGPU", &s->lacks_gpu },
	};
	const struct guest_source *vio = driver_find(s, VIO);
	unsigned says = 0;

	for (size_t i = 0; i < s->n; i++)
		says |= s->source[i].says;
	if (vio != NULL)
		define_add(s, "-DNVIO=1");
	if (vio != NULL && !s->is_tree && (vio->says & GUEST_SAYS_FINISH) == 0)
		define_add(s, "-DVIO_COMPAT=1");
	if ((says & GUEST_SAYS_COCOVM) != 0)
		define_add(s, "-DKERN_COCOVM=1");
	s->lacks_net = s->is_tree && vio == NULL;
	for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
		*optional[i].lacks = s->is_tree &&
		    driver_find(s, optional[i].driver) == NULL;
		if (*optional[i].lacks)
			define_add(s, optional[i].absent);
	}
}

/*
 * Files that are parts of a driver, by the header that they share with it: a
 * FILE.c in its place that does not include that has no use for them, and may
 * have their functions itself.
 */
static int
parts_drop(struct guest_sources *s, const char *driver, const char *file,
    struct error *err)
{
	static const struct {
		const char *driver, *part, *header;
	} parts[] = {
		{ "virtio_pci.c", "virtio_pci_intr.c", "virtio_pcivar.h" },
		{ "virtio_pci.c", "virtio_pci_legacy.c", "virtio_pcivar.h" }
	};
	struct bytes text = {0};
	size_t n = 0;

	if (host_file_read(file, &text, GUEST_FILE_SIZE_MAX, err) != 0)
		return -1;
	bytes_add(&text, "", 1);

	for (size_t i = 0; i < s->n; i++) {
		const char *name = host_path_base(s->source[i].name);
		int drop = 0;

		for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
			drop |= s->source[i].is_driver &&
			    strcmp(driver, parts[k].driver) == 0 &&
			    strcmp(name, parts[k].part) == 0 &&
			    strstr((const char *)text.data,
			    parts[k].header) == NULL;
		if (drop) {
			check_free(s->source[i].path);
			check_free(s->source[i].name);
		} else {
			s->source[n++] = s->source[i];
		}
	}
	s->n = n;
	bytes_free(&text);
	return 0;
}

static int
driver_replace(struct guest_sources *s, const char *file, struct error *err)
{
	struct guest_source *best = NULL;
	char *driver = NULL;
	struct bytes list = {0};
	size_t length = 0;
	struct digest d;
	int ret;

	for (size_t i = 0; i < s->n; i++) {
		const char *name = host_path_base(s->source[i].name);
		size_t n = s->source[i].is_driver ?
		    driver_match(host_path_base(file), name) : 0;

		if (s->source[i].is_driver)
			bytes_printf(&list, "%s%s", list.len ? ", " : "", name);
		if (n > length) {
			length = n;
			best = &s->source[i];
		}
	}
	if (best == NULL && name_ends(file, ".c") &&
	    driver_match(host_path_base(file), VIO) != 0) {
		bytes_free(&list);
		if (source_add(s, file, file, 1, err) == -1)
			return -1;
		s->source[s->n - 1].is_foreign = 1;
		return 0;
	}
	if (!name_ends(file, ".c") || best == NULL) {
		ret = error_set(err, ERROR_USAGE, "%s replaces no driver; its "
		    "name should be, or begin as, one of: %s", file,
		    list.len ? (const char *)list.data : "(no drivers)");
		bytes_free(&list);
		return ret;
	}
	bytes_free(&list);
	digest_init(&d);
	if (digest_add_file(&d, file, "", err) == -1)
		return -1;
	digest_final(&d, best->digest);
	driver = check_strdup(host_path_base(best->name));
	check_free(best->path);
	check_free(best->name);
	best->path = check_strdup(file);
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	best->name = check_strdup(file);
	best->is_foreign = 1;
	best->says = source_says(best->path);
	ret = parts_drop(s, driver, best->path, err);
	check_free(driver);
	return ret;
}

/* A test's own driver, called by its place below the data if it is there. */
static int
source_extra(struct guest_sources *s, const char *path, struct error *err)
{
	size_t n = strlen(s->data);
	const char *name = strncmp(path, s->data, n) == 0 && path[n] == '/' ?
	    path + n + 1 : path;

	if (source_add(s, path, name, 1, err) == -1)
		return -1;
	s->source[s->n - 1].is_foreign = 1;
	return 0;
}

/* The digests that name the drivers and the whole. */
static void
sources_digest(struct guest_sources *s, struct digest *driver)
{
	struct digest all;

	digest_init(&all);
	digest_add(&all, s->headers, DIGEST_SIZE);
	digest_add(&all, s->own_headers, DIGEST_SIZE);
	for (size_t i = 0; i < s->n; i++) {
		const struct guest_source *src = &s->source[i];

		digest_add_string(&all, host_path_base(src->name));
		digest_add(&all, src->digest, DIGEST_SIZE);
		if (!src->is_driver)
			continue;
		digest_add_string(driver, host_path_base(src->name));
		digest_add(driver, src->digest, DIGEST_SIZE);
	}
	digest_final(driver, s->driver);
	digest_final(&all, s->all);
}

/* Our own drivers, as they are or with faults in them. */
static int
sources_take_ours(struct guest_sources *s, const struct guest_spec *spec,
    struct digests *to, struct error *err)
{
	char *top = spec->nfaults > 0 ? tree_with_faults(spec, s->data, err) :
	    check_strdup(s->data);
	int ret;

	if (top == NULL)
		return -1;
	s->drivers = host_path_join(top, "drivers");
	s->name_from = host_path_join(top, "");
	s->name_to = check_strdup("");
	ret = sources_add_dir(s, s->drivers, "drivers", "", 1, to, err);
	check_free(top);
	return ret;
}

/* Those of the user's tree. */
static int
sources_take_tree(struct guest_sources *s, const struct guest_spec *spec,
    struct digests *to, struct error *err)
{
	struct guest_tree tree;
	char *dev;
	int ret;

	if (spec->nfaults > 0)
		return error_set(err, ERROR_USAGE, "a fault is put back into "
		    "our own drivers, not into another tree's");
	if (guest_tree_take(spec, &tree, err) != 0)
		return -1;
	dev = host_path_join(tree.stage, "dev");
	s->is_tree = 1;
	s->drivers = check_strdup(tree.stage);
	s->name_from = host_path_join(dev, "");
	s->name_to = tree.name[0] != '\0' ? host_path_join(tree.name, "") :
	    check_strdup("");
	ret = sources_add_dir(s, dev, tree.name, "", 1, to, err);
	guest_tree_free(&tree);
	check_free(dev);
	return ret;
}

int
guest_sources_find(const struct guest_spec *spec, struct guest_sources *s,
    struct error *err)
{
	int is_tree = spec->sys != NULL || spec->repo != NULL;
	struct digests to;
	char *shim = NULL;
	int ret = -1;

	memset(s, 0, sizeof *s);
	digest_init(&to.headers);
	digest_init(&to.own_headers);
	digest_init(&to.driver);
	s->data = host_data_dir(err);
	if (s->data == NULL)
		return -1;
	shim = host_path_join(s->data, "sim/shim");
	if ((is_tree ? sources_take_tree(s, spec, &to, err) :
	    sources_take_ours(s, spec, &to, err)) == -1 ||
	    sources_add_dir(s, shim, "sim/shim", "kern_", 0, &to, err) == -1)
		goto out;
	digest_final(&to.headers, s->headers);
	digest_final(&to.own_headers, s->own_headers);
	if (spec->driver != NULL && driver_replace(s, spec->driver, err) == -1)
		goto out;
	for (size_t i = 0; i < spec->nextra; i++)
		if (source_extra(s, spec->extra[i], err) == -1)
			goto out;
	sources_define(s);
	sources_digest(s, &to.driver);
	ret = 0;
out:
	check_free(shim);
	if (ret == -1)
		guest_sources_free(s);
	return ret;
}

void
guest_sources_free(struct guest_sources *s)
{
	for (size_t i = 0; i < s->n; i++) {
		check_free(s->source[i].path);
		check_free(s->source[i].name);
	}
	check_free(s->data);
	check_free(s->drivers);
	check_free(s->name_from);
	check_free(s->name_to);
	memset(s, 0, sizeof *s);
}

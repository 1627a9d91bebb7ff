/* watch_files.c: the files that a watch looks at; see watch_files.h. */
#include "watch_files.h"
#include "load.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX	(1u << 30)	/* bytes; a trace may be long */
#define DTS_SIZE_MAX	(1u << 20)
#define DTS_DEPTH_MAX	8		/* of /include/ */
#define NAMES_MAX	4		/* of files that are told */

/* --- which ------------------------------------------------------------------ */

struct listing {
	struct watch_files *f;
	size_t room;
	char *data;			/* host_data_dir(), or NULL */
};

static int
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static void
add(struct listing *l, const char *path)
{
	size_t n = l->data != NULL ? strlen(l->data) : 0;
	struct watch_file *w;

	if (l->f->n == WATCH_FILES_MAX)
		return;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (l->f->n == l->room) {
		l->room = l->room * 2 + 64;
		l->f->list = check_realloc(l->f->list,
		    l->room * sizeof l->f->list[0]);
	}
	w = &l->f->list[l->f->n++];
	memset(w, 0, sizeof *w);
	w->path = check_strdup(path);
	/* Ours are called as reports call them. */
	if (n > 0 && strncmp(path, l->data, n) == 0 && path[n] == '/')
		path += n + 1;
	w->name = check_strdup(path);
}

/* guest_tree_paths()'s. */
static void
add_path(void *self, const char *path)
{
	add(self, path);
}

/* The files below dir of which wanted says so. */
static void
add_dir(struct listing *l, const char *dir, int recursive,
    int (*wanted)(const char *file))
{
	struct host_names names;

	if (!host_is_directory(dir) ||
	    host_tree_list(dir, recursive, &names, NULL) != 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		char *path = host_path_join(dir, names.names[i]);

		if (wanted(names.names[i]))
			add(l, path);
		check_free(path);
	}
	host_names_free(&names);
}

static void
add_data_dir(struct listing *l, const char *name, int recursive,
    int (*wanted)(const char *file))
{
	char *dir;

	if (l->data == NULL)
		return;
	dir = host_path_join(l->data, name);
	add_dir(l, dir, recursive, wanted);
	check_free(dir);
}

static int
is_shim(const char *file)
{
	return name_ends(file, ".h") || (strncmp(file, "kern_", 5) == 0 &&
	    name_ends(file, ".c"));
}

static int
is_driver(const char *file)
{
	return strncmp(file, "faults/", 7) != 0 && (name_ends(file, ".h") ||
	    name_ends(file, ".c"));
}

static int
is_header(const char *file)
{
	return name_ends(file, ".h");
}

static int
is_trace(const char *file)
{
	return name_ends(file, TRACE_SUFFIX);
}

static int
is_machine(const char *file)
{
	return name_ends(file, ".dts");
}

static void
add_faults(struct listing *l, const struct options *o)
{
	for (size_t i = 0; l->data != NULL && i < o->faults.n; i++) {
		struct bytes name = { 0 };
		char *path;

		bytes_printf(&name, "drivers/faults/%s.diff",
		    o->faults.list[i]);
		path = host_path_join(l->data, (const char *)name.data);
		add(l, path);
		check_free(path);
		bytes_free(&name);
	}
}

/* The directory that a file is in, with its slash; "" is here. */
static char *
dir_of(const char *path)
{
	char *dir = check_strdup(path);

	dir[host_path_base(path) - path] = '\0';
	return dir;
}

static void
add_guest(struct listing *l, const struct options *o,
    const struct host_names *included)
{
	char *dir;

	add_data_dir(l, "sim/shim", 1, is_shim);
	if (o->sys != NULL)
		guest_tree_paths(o->sys, add_path, l);
	else if (o->repo == NULL)
		add_data_dir(l, "drivers", 1, is_driver);
	add_faults(l, o);
	if (o->driver == NULL)
		return;
	add(l, o->driver);
	/* One of those beside it may be the header that it lacks. */
	dir = dir_of(o->driver);
	add_dir(l, dir[0] != '\0' ? dir : ".", 0, is_header);
	check_free(dir);
	for (size_t i = 0; included != NULL && i < included->n; i++)
		add(l, included->names[i]);
}

/* A device tree's source, and what it takes in by /include/ and /incbin/. */
static void
add_source(struct listing *l, const char *path, int depth)
{
	static const char *const words[] = { "/include/", "/incbin/" };
	struct bytes b = { 0 };
	char *dir;

	add(l, path);
	if (depth == 0 || !name_ends(path, ".dts") || host_file_read(path, &b,
	    DTS_SIZE_MAX, NULL) != 0)
		return;
	bytes_add(&b, "", 1);
	dir = dir_of(path);
	for (size_t w = 0; w < 2; w++) {
		const char *p = (const char *)b.data;

		while ((p = strstr(p, words[w])) != NULL) {
			const char *from = strchr(p, '"'), *to;
			char *name, *full;

			p++;
			if (from == NULL || (to = strchr(from + 1, '"')) ==
			    NULL)
				break;
			name = check_calloc((size_t)(to - from), 1);
			memcpy(name, from + 1, (size_t)(to - from - 1));
			full = name[0] == '/' ? check_strdup(name) :
			    host_path_join(dir, name);
			add_source(l, full, depth - 1);
			check_free(full);
			check_free(name);
		}
	}
	check_free(dir);
	bytes_free(&b);
}

static void
add_machines(struct listing *l, const struct options *o)
{
	if (o->machines.n == 0)
		add_data_dir(l, "traces/machines", 0, is_machine);
	for (size_t i = 0; i < o->machines.n; i++) {
		char *path;

		if (strcmp(o->machines.list[i], "all") == 0) {
			add_data_dir(l, "traces/machines", 0, is_machine);
			continue;
		}
		path = load_machine_path(o->machines.list[i], NULL);
		if (path != NULL)
			add_source(l, path, DTS_DEPTH_MAX);
		check_free(path);
	}
}

static void
add_traces(struct listing *l, const struct options *o)
{
	if (o->args.n == 0)
		add_data_dir(l, "traces", 0, is_trace);
	for (size_t i = 0; i < o->args.n; i++) {
		char *path = load_trace_path(o->args.list[i], NULL);

		if (path != NULL)
			add(l, path);
		check_free(path);
	}
}

static int
by_path(const void *a, const void *b)
{
	const struct watch_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void
file_free(struct watch_file *w)
{
	check_free(w->path);
	check_free(w->name);
}

/* In order, each once. */
static void
sort(struct watch_files *f)
{
	size_t n = 0;

	if (f->n > 1)
		qsort(f->list, f->n, sizeof f->list[0], by_path);
	for (size_t i = 0; i < f->n; i++)
		if (n > 0 && strcmp(f->list[n - 1].path, f->list[i].path) == 0)
			file_free(&f->list[i]);
		else
			f->list[n++] = f->list[i];
	f->n = n;
}

void
watch_files_list(const struct options *o, const struct host_names *included,
    struct watch_files *f)
{
	struct listing l = { .f = f, .data = host_data_dir(NULL) };

	memset(f, 0, sizeof *f);
	add_guest(&l, o, included);
	add_machines(&l, o);
	add_traces(&l, o);
	sort(f);
	for (size_t i = 0; i < f->n; i++)
		f->list[i].stamp = host_file_stamp(f->list[i].path);
	check_free(l.data);
	if (o->repo != NULL)
		(void)git_commit_find(o->repo, "--rev", o->rev, f->revision,
		    NULL);
}

void
watch_files_free(struct watch_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		file_free(&f->list[i]);
	check_free(f->list);
	memset(f, 0, sizeof *f);
}

static struct watch_file *
find(const struct watch_files *f, const char *path)
{
	struct watch_file key = { .path = (char *)(uintptr_t)path };

	return f->n == 0 ? NULL : bsearch(&key, f->list, f->n,
	    sizeof f->list[0], by_path);
}

/* --- what is in them -------------------------------------------------------- */

/* The digest of what is there now; 0 where nothing can be read. */
static void
contents(const char *path, uint8_t out[DIGEST_SIZE])
{
	struct bytes b = { 0 };
	struct digest d;

	memset(out, 0, DIGEST_SIZE);
	if (host_file_read(path, &b, FILE_SIZE_MAX, NULL) == 0) {
		digest_init(&d);
		digest_add(&d, b.data, b.len);
		digest_final(&d, out);
	}
	bytes_free(&b);
}

void
watch_files_read(struct watch_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->list[i].is_read) {
			contents(f->list[i].path, f->list[i].digest);
			f->list[i].is_read = 1;
		}
}

int
watch_files_moved(const struct watch_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct host_stamp s = host_file_stamp(f->list[i].path);

		if (!host_stamp_same(&s, &f->list[i].stamp))
			return 1;
	}
	return 0;
}

int
watch_files_others(const struct watch_files *f, const struct options *o,
    const struct host_names *included)
{
	struct watch_files now;
	int others;

	watch_files_list(o, included, &now);
	others = strcmp(f->revision, now.revision) != 0;
	for (size_t i = 0; i < now.n && !others; i++)
		others = find(f, now.list[i].path) == NULL;
	watch_files_free(&now);
	return others;
}

/* --- what became of them ---------------------------------------------------- */

static int
same_stamps(const struct watch_files *a, const struct watch_files *b)
{
	if (a->n != b->n || strcmp(a->revision, b->revision) != 0)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->list[i].path, b->list[i].path) != 0 ||
		    !host_stamp_same(&a->list[i].stamp, &b->list[i].stamp))
			return 0;
	return 1;
}

/* A file that was there is not. */
static int
lacks(const struct watch_files *now, const struct watch_files *before)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct watch_file *w = find(now, before->list[i].path);

		if (before->list[i].stamp.inode != 0 &&
		    (w == NULL || w->stamp.inode == 0))
			return 1;
	}
	return 0;
}

/* Waits; the list as it is then. */
static void
quiet_await(const struct watch_files *before, const struct options *o,
    const struct host_names *included, const volatile sig_atomic_t *stop,
    struct watch_files *now)
{
	unsigned waited = 0;

	watch_files_list(o, included, now);
	while (waited < WATCH_SETTLE_MS && !*stop) {
		struct watch_files last = *now;
		int quiet;

		host_sleep_ms(WATCH_QUIET_MS);
		waited += WATCH_QUIET_MS;
		watch_files_list(o, included, now);
		quiet = same_stamps(&last, now);
		watch_files_free(&last);
		if (quiet && (waited >= WATCH_GONE_MS || !lacks(now, before)))
			return;
	}
}

/* Adds a name to those that are told; the nth. */
static void
name_add(struct bytes *words, size_t n, const char *name, const char *what)
{
	if (n >= NAMES_MAX)
		return;
	bytes_printf(words, "%s", n > 0 ? ", " : "");
	report_clean(name, words);
	bytes_printf(words, "%s", what);
}

static void
names_end(struct bytes *words, size_t n)
{
	if (n > NAMES_MAX)
		bytes_printf(words, " and %zu more", n - NAMES_MAX);
}

size_t
watch_files_settle(struct watch_files *f, const struct options *o,
    const struct host_names *included, const volatile sig_atomic_t *stop,
    struct bytes *words, struct bytes *touched)
{
	size_t changed = 0, same = 0;
	struct watch_files now;

	quiet_await(f, o, included, stop, &now);
	for (size_t i = 0; i < now.n; i++) {
		struct watch_file *w = &now.list[i];
		const struct watch_file *was = find(f, w->path);

		if (was != NULL && host_stamp_same(&was->stamp, &w->stamp)) {
			memcpy(w->digest, was->digest, DIGEST_SIZE);
			w->was_new = was->was_new;
			w->is_read = 1;
			continue;
		}
		contents(w->path, w->digest);
		w->is_read = 1;
		if (was != NULL && memcmp(was->digest, w->digest,
		    DIGEST_SIZE) == 0) {
			w->was_new = was->was_new;
			name_add(touched, same++, w->name, "");
			continue;
		}
		w->was_new = 1;
		name_add(words, changed++, w->name, w->stamp.inode == 0 ?
		    " (gone)" : was == NULL ? " (new)" : "");
	}
	for (size_t i = 0; i < f->n; i++)
		if (find(&now, f->list[i].path) == NULL)
			name_add(words, changed++, f->list[i].name, " (gone)");
	if (strcmp(f->revision, now.revision) != 0)
		name_add(words, changed++, o->rev, now.revision[0] == '\0' ?
		    " (gone)" : "");
	names_end(words, changed);
	names_end(touched, same);
	watch_files_free(f);
	*f = now;
	return changed;
}

void
watch_files_again(struct watch_files *f, const struct options *o,
    const struct host_names *included)
{
	struct watch_files now;

	watch_files_list(o, included, &now);
	for (size_t i = 0; i < now.n; i++) {
		struct watch_file *w = &now.list[i];
		const struct watch_file *was = find(f, w->path);

		/* Its stamp is older than the build: a change since is seen. */
		if (was != NULL) {
			w->stamp = was->stamp;
			memcpy(w->digest, was->digest, DIGEST_SIZE);
			w->is_read = was->is_read;
			w->was_new = was->was_new;
		}
	}
	watch_files_read(&now);
	/* What went away since has to be missed: it moves over. */
	for (size_t i = 0; i < f->n; i++)
		f->list[i].is_listed = find(&now, f->list[i].path) != NULL;
	now.list = check_realloc(now.list, (now.n + f->n + 1) *
	    sizeof now.list[0]);
	for (size_t i = 0; i < f->n; i++)
		if (!f->list[i].is_listed) {
			now.list[now.n++] = f->list[i];
			f->list[i].path = f->list[i].name = NULL;
		}
	memcpy(now.revision, f->revision, sizeof now.revision);
	sort(&now);
	watch_files_free(f);
	*f = now;
}

size_t
watch_files_reread(struct watch_files *f, struct bytes *words)
{
	size_t changed = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct watch_file *w = &f->list[i];
		uint8_t now[DIGEST_SIZE];

		if (!w->was_new)
			continue;
		w->was_new = 0;
		contents(w->path, now);
		if (memcmp(now, w->digest, DIGEST_SIZE) == 0)
			continue;
		memcpy(w->digest, now, DIGEST_SIZE);
		name_add(words, changed++, w->name, "");
	}
	names_end(words, changed);
	return changed;
}

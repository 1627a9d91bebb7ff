/* guest_cache.c: directories of files that can be made again. */
#include "guest_cache.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
guest_cache_temp(const char *final)
{
	static unsigned serial;
	size_t size = strlen(final) + 64;
	char *temp = check_malloc(size);

	/* The ending stays: linkers look at it. */
	snprintf(temp, size, "%.*s-%ld-%u%s",
	    (int)(strrchr(final, '.') - final), final, (long)getpid(),
	    serial++, strrchr(final, '.'));
	return temp;
}

int
guest_cache_commit(const char *temp, const char *final, struct error *err)
{
	if (rename(temp, final) == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "cannot write %s: %s", final,
	    strerror(errno));
}

struct aged {
	char *path;
	time_t mtime;
};

static int
aged_compare(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return x->mtime < y->mtime ? -1 : x->mtime > y->mtime;
}

void
guest_cache_prune(const char *dir, size_t files_max)
{
	struct host_names names;
	struct aged *aged;

	if (host_tree_list(dir, 0, &names, NULL) == -1)
		return;
	if (names.n > files_max) {
		aged = check_calloc(names.n, sizeof *aged);
		for (size_t i = 0; i < names.n; i++) {
			struct stat st;

			aged[i].path = host_path_join(dir, names.names[i]);
			if (stat(aged[i].path, &st) == 0)
				aged[i].mtime = st.st_mtime;
		}
		qsort(aged, names.n, sizeof *aged, aged_compare);
		for (size_t i = 0; i < names.n; i++) {
			if (i < names.n - files_max)
				(void)unlink(aged[i].path);
			check_free(aged[i].path);
		}
		check_free(aged);
	}
	host_names_free(&names);
}

/* What lies in a directory: how old it is, how many files it has. */
struct heap {
	struct aged aged;		/* first: aged_compare() */
	size_t files;
};

/* names are sorted, so what lies in one heap stands together. */
static size_t
heaps_make(const char *dir, const struct host_names *names, struct heap *heaps)
{
	size_t n = 0, last = 0;

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->names[i];
		size_t len = strcspn(name, "/");
		struct stat st;
		char *top;

		if (n > 0 && len == last && strncmp(name,
		    names->names[i - 1], len) == 0) {
			heaps[n - 1].files++;
			continue;
		}
		last = len;
		top = check_strdup(name);
		top[len] = '\0';
		heaps[n].aged.path = host_path_join(dir, top);
		check_free(top);
		heaps[n].aged.mtime = stat(heaps[n].aged.path, &st) == 0 ?
		    st.st_mtime : 0;
		heaps[n++].files = 1;
	}
	return n;
}

static void
heap_remove(const char *path)
{
	if (host_is_directory(path))
		(void)host_tree_remove(path, NULL);
	else
		(void)unlink(path);
}

void
guest_cache_thin(const char *dir, size_t files_max)
{
	struct host_names names;
	struct heap *heaps;
	struct error err;
	size_t n, left;

	error_clear(&err);
	if (host_tree_list(dir, 1, &names, &err) == -1) {
		if (err.code == ERROR_LIMIT)
			(void)host_tree_remove(dir, NULL);
		return;
	}
	left = names.n;
	if (left > files_max) {
		heaps = check_calloc(left, sizeof heaps[0]);
		n = heaps_make(dir, &names, heaps);
		qsort(heaps, n, sizeof heaps[0], aged_compare);
		for (size_t i = 0; i < n; i++) {
			if (left > files_max / 2) {
				heap_remove(heaps[i].aged.path);
				left -= heaps[i].files;
			}
			check_free(heaps[i].aged.path);
		}
		check_free(heaps);
	}
	host_names_free(&names);
}

void
guest_cache_touch(const char *path)
{
	(void)utimensat(AT_FDCWD, path, NULL, 0);
}

/* guest_cache.c: directories of files that can be made again. */
#include "guest_cache.h"

#include <sys/stat.h>

#include <errno.h>
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
			free(aged[i].path);
		}
		free(aged);
	}
	host_names_free(&names);
}

void
guest_cache_empty(const char *dir, size_t files_max)
{
	struct host_names names;
	struct error err;
	int full;

	error_clear(&err);
	if (host_tree_list(dir, 1, &names, &err) == -1) {
		full = err.code == ERROR_LIMIT;
	} else {
		full = names.n > files_max;
		host_names_free(&names);
	}
	if (full)
		(void)host_tree_remove(dir, NULL);
}

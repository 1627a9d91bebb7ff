/* host_file.c: files and directories, by POSIX; see host.h. */
#include "host.h"
#include "check.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
host_path_join(const char *a, const char *b)
{
	size_t n = strlen(a), size = n + strlen(b) + 2;
	char *path = check_malloc(size);

	snprintf(path, size, "%s%s%s", a,
	    n > 0 && a[n - 1] != '/' ? "/" : "", b);
	return path;
}

const char *
host_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int
host_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
host_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int
host_mkdir_p(const char *path, struct error *err)
{
	char *part = check_strdup(path);
	size_t n = strlen(part);
	int ret = 0;

	for (size_t i = 1; i <= n && ret == 0; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0777) != 0 && !host_is_directory(part))
			ret = error_set(err, ERROR_SYSTEM, "cannot make the "
			    "directory %s: %s", part, strerror(errno));
		part[i] = i < n ? '/' : '\0';
	}
	check_free(part);
	return ret;
}

/* --- whole files --------------------------------------------------------- */

static int
file_read_fd(int fd, const char *path, struct bytes *b, size_t size_max,
    struct error *err)
{
	struct stat st;
	size_t start = b->len;

	if (fstat(fd, &st) != 0)
		return error_set(err, ERROR_INPUT, "cannot read %s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INPUT, "%s is not a file", path);
	if ((uintmax_t)st.st_size > size_max)
		return error_set(err, ERROR_LIMIT, "%s has %ju bytes, more "
		    "than the %zu that are read of such a file", path,
		    (uintmax_t)st.st_size, size_max);
	bytes_reserve(b, (size_t)st.st_size + 1);
	for (;;) {
		ssize_t n;

		bytes_reserve(b, 4096);
		n = read(fd, b->data + b->len, b->cap - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n == -1) {
			b->len = start;
			return error_set(err, ERROR_SYSTEM, "cannot read %s: "
			    "%s", path, strerror(errno));
		}
		b->len += (size_t)n;
		if (b->len - start > size_max) {
			b->len = start;
			return error_set(err, ERROR_LIMIT, "%s grew beyond "
			    "%zu bytes while it was read", path, size_max);
		}
	}
}

int
host_file_read(const char *path, struct bytes *b, size_t size_max,
    struct error *err)
{
	/* Nonblocking: a FIFO given as a file must not hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;

	if (fd == -1)
		return error_set(err, ERROR_INPUT, "cannot open %s: %s", path,
		    strerror(errno));
	ret = file_read_fd(fd, path, b, size_max, err);
	close(fd);
	return ret;
}

int
host_fd_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int
host_fd_read(int fd, void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t done = read(fd, at, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == 0)
			errno = 0;
		if (done <= 0)
			return -1;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
file_write_fd(int fd, const void *data, size_t len)
{
	if (host_fd_write(fd, data, len) != 0)
		return -1;
	return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1;
}

int
host_file_write_atomic(const char *path, const void *data, size_t len,
    struct error *err)
{
	size_t size = strlen(path) + sizeof ".XXXXXX";
	char *temp = check_malloc(size);
	mode_t mask = umask(0);
	int fd, ret = 0, saved;

	umask(mask);
	snprintf(temp, size, "%s.XXXXXX", path);
	fd = mkstemp(temp);
	if (fd == -1) {
		ret = error_set(err, ERROR_SYSTEM, "cannot write %s: %s", path,
		    strerror(errno));
		check_free(temp);
		return ret;
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)fchmod(fd, 0666 & ~mask);
	ret = file_write_fd(fd, data, len);
	saved = errno;
	if (close(fd) != 0 && ret == 0) {
		saved = errno;
		ret = -1;
	}
	if (ret == 0 && rename(temp, path) != 0) {
		saved = errno;
		ret = -1;
	}
	if (ret != 0) {
		(void)unlink(temp);
		error_set(err, ERROR_SYSTEM, "cannot write %s: %s", path,
		    strerror(saved));
	}
	check_free(temp);
	return ret;
}

int
host_file_copy(const char *from, const char *to, size_t size_max,
    struct error *err)
{
	struct bytes b = {0};
	int ret = host_file_read(from, &b, size_max, err);

	if (ret == 0)
		ret = host_file_write_atomic(to, b.data, b.len, err);
	bytes_free(&b);
	return ret;
}

/* --- trees --------------------------------------------------------------- */

static int
names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
host_names_free(struct host_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		check_free(names->names[i]);
	check_free(names->names);
	names->names = NULL;
	names->n = 0;
}

int
host_names_have(const struct host_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->names[i], name) == 0)
			return 1;
	return 0;
}

size_t
host_names_widest(const struct host_names *names)
{
	size_t width = 0;

	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->names[i]) > width)
			width = strlen(names->names[i]);
	return width;
}

static int
tree_walk(const char *dir, const char *below, int depth,
    struct host_names *out, struct error *err)
{
	char *path = host_path_join(dir, below);
	DIR *d = opendir(path);
	struct dirent *e;
	int ret = 0;

	if (d == NULL)
		ret = error_set(err, ERROR_INPUT, "cannot read the directory "
		    "%s: %s", path, strerror(errno));
	while (ret == 0 && (e = readdir(d)) != NULL) {
		char *rel, *full;

		if (e->d_name[0] == '.')
			continue;
		rel = below[0] != '\0' ? host_path_join(below, e->d_name) :
		    check_strdup(e->d_name);
		full = host_path_join(dir, rel);
		if (host_is_file(full) && out->n < HOST_TREE_FILES_MAX) {
			out->names[out->n++] = check_strdup(rel);
		} else if (host_is_file(full)) {
			ret = error_set(err, ERROR_LIMIT, "%s holds more than "
			    "%d files", dir, HOST_TREE_FILES_MAX);
		} else if (depth > 0 && host_is_directory(full)) {
			ret = depth == 1 ? error_set(err, ERROR_LIMIT, "%s is "
			    "nested deeper than %d directories", dir,
			    HOST_TREE_DEPTH_MAX) :
			    tree_walk(dir, rel, depth - 1, out, err);
		}
		check_free(full);
		check_free(rel);
	}
	if (d != NULL)
		closedir(d);
	check_free(path);
	return ret;
}

int
host_tree_list(const char *dir, int recursive, struct host_names *names,
    struct error *err)
{
	int ret;

	names->n = 0;
	names->names = check_calloc(HOST_TREE_FILES_MAX, sizeof(char *));
	ret = tree_walk(dir, "", recursive ? HOST_TREE_DEPTH_MAX : 0, names,
	    err);
	if (ret == -1) {
		host_names_free(names);
		return -1;
	}
	qsort(names->names, names->n, sizeof(char *), names_compare);
	return 0;
}

int
host_tree_remove(const char *dir, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int ret = 0;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return error_set(err, ERROR_SYSTEM, "cannot remove %s: %s",
		    dir, strerror(errno));
	while (ret == 0 && (e = readdir(d)) != NULL) {
		struct stat st;
		char *path;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		path = host_path_join(dir, e->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			ret = host_tree_remove(path, err);
		else if (unlink(path) != 0 && errno != ENOENT)
			ret = error_set(err, ERROR_SYSTEM, "cannot remove %s: "
			    "%s", path, strerror(errno));
		check_free(path);
	}
	closedir(d);
	if (ret == 0 && rmdir(dir) != 0 && errno != ENOENT)
		ret = error_set(err, ERROR_SYSTEM, "cannot remove %s: %s", dir,
		    strerror(errno));
	return ret;
}

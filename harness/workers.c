/* workers.c: many pieces of work by several processes, the results in order. */
#include "workers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_FAULT	4		/* the status of a CHECK, see check.h */

struct worker {
	pid_t pid;
	int fd;				/* its results, to be read */
};

/* In the child: every count-th piece from first on. */
static _Noreturn void
worker_main(int fd, size_t first, size_t n, unsigned count, workers_do *work,
    void *self)
{
	struct bytes out = { 0 };
	uint8_t size[8];

	for (size_t i = first; i < n; i += count) {
		bytes_clear(&out);
		work(self, i, &out);
		bytes_le_put(size, out.len, 8);
		/* Nobody reads any more: the parent has ended it all. */
		if (host_fd_write(fd, size, 8) != 0 ||
		    host_fd_write(fd, out.data, out.len) != 0)
			_exit(0);
	}
	_exit(0);
}

static int
worker_start(struct worker *all, size_t first, size_t n, unsigned count,
    workers_do *work, void *self, struct error *err)
{
	struct worker *w = &all[first];
	int fds[2];

	if (pipe(fds) != 0)
		return error_set(err, ERROR_SYSTEM, "no pipe for a worker: %s",
		    strerror(errno));
	/* What is buffered would be written by each of us. */
	fflush(stdout);
	fflush(stderr);
	w->pid = fork();
	if (w->pid == 0) {
		close(fds[0]);
		/* Else an older one would write to us when nobody reads. */
		for (size_t i = 0; i < first; i++)
			close(all[i].fd);
		worker_main(fds[1], first, n, count, work, self);
	}
	close(fds[1]);
	w->fd = fds[0];
	if (w->pid > 0)
		return 0;
	close(fds[0]);
	return error_set(err, ERROR_SYSTEM, "no process for a worker: %s",
	    strerror(errno));
}

/* The worker ended before its time: as it did, so do we. */
static int
worker_lost(struct worker *w, size_t i, struct error *err)
{
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	w->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == OWN_FAULT)
		_exit(OWN_FAULT);
	return error_set(err, ERROR_SYSTEM, "the process that did piece %zu "
	    "of the work was lost (%s %d)", i, WIFSIGNALED(status) ?
	    "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) :
	    WEXITSTATUS(status));
}

static int
take_one(struct worker *w, size_t i, struct bytes *buf, workers_take *take,
    void *self, struct error *err)
{
	struct bytes_reader in = { 0 };
	uint8_t size[8];

	bytes_clear(buf);
	if (host_fd_read(w->fd, size, 8) != 0)
		return worker_lost(w, i, err);
	buf->len = (size_t)bytes_le(size, 8);
	bytes_reserve(buf, 1);
	if (host_fd_read(w->fd, buf->data, buf->len) != 0)
		return worker_lost(w, i, err);
	in.p = buf->data;
	in.end = buf->data + buf->len;
	return take(self, i, &in, err);
}

static int
run_here(size_t n, workers_do *work, workers_take *take, void *self,
    struct error *err)
{
	struct bytes out = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++) {
		struct bytes_reader in = { 0 };

		bytes_clear(&out);
		work(self, i, &out);
		bytes_reserve(&out, 1);
		in.p = out.data;
		in.end = out.data + out.len;
		ret = take(self, i, &in, err);
	}
	bytes_free(&out);
	return ret;
}

int
workers_run(size_t n, unsigned count, workers_do *work, workers_take *take,
    void *self, struct error *err)
{
	struct worker workers[WORKERS_MAX];
	struct bytes buf = { 0 };
	unsigned started = 0;
	int ret = 0;

	if (count > WORKERS_MAX)
		count = WORKERS_MAX;
	if (count > n)
		count = (unsigned)n;
	if (count <= 1)
		return run_here(n, work, take, self, err);
	while (ret == 0 && started < count) {
		ret = worker_start(workers, started, n, count, work, self,
		    err);
		if (ret == 0)
			started++;
	}
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = take_one(&workers[i % count], i, &buf, take, self, err);
	for (unsigned i = 0; i < started; i++) {
		close(workers[i].fd);
		while (workers[i].pid > 0 &&
		    waitpid(workers[i].pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	bytes_free(&buf);
	return ret;
}

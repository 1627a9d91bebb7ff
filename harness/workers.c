/* workers.c: many pieces of work by several processes, the results in order. */
#include "workers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
	pid_t pid;
	int fd;				/* its results, to be read */
};

/* What is to be done. */
struct job {
	size_t n;
	unsigned count;
	workers_do *work;
	void *self;
	int apart;
};

static void
piece_do(const struct job *job, size_t i, int fd, struct bytes *out)
{
	uint8_t size[8];

	bytes_clear(out);
	job->work(job->self, i, out);
	bytes_le_put(size, out->len, 8);
	/* Nobody reads any more: the parent has ended it all. */
	if (host_fd_write(fd, size, 8) != 0 ||
	    host_fd_write(fd, out->data, out->len) != 0)
		_exit(0);
}

/* In a child of the worker's, as which it ends if that is lost. */
static void
piece_apart(const struct job *job, size_t i, int fd)
{
	struct bytes out = { 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		piece_do(job, i, fd, &out);
		_exit(0);
	}
	if (pid < 0)
		_exit(CHECK_STATUS);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status));
}

/* In the child: every count-th piece from first on. */
static _Noreturn void
worker_main(int fd, size_t first, const struct job *job)
{
	struct bytes out = { 0 };

	for (size_t i = first; i < job->n; i += job->count)
		if (job->apart)
			piece_apart(job, i, fd);
		else
			piece_do(job, i, fd, &out);
	_exit(0);
}

static int
worker_start(struct worker *all, size_t first, const struct job *job,
    struct error *err)
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
		worker_main(fds[1], first, job);
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
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_STATUS)
		_exit(CHECK_STATUS);
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

static int
run_in_workers(struct job *job, workers_take *take, struct error *err)
{
	struct worker workers[WORKERS_MAX];
	size_t n = job->n;
	unsigned count;
	struct bytes buf = { 0 };
	unsigned started = 0;
	int ret = 0;

	if (job->count > WORKERS_MAX)
		job->count = WORKERS_MAX;
	if (job->count > n)
		job->count = (unsigned)n;
	count = job->count;
	if (count <= 1 && !job->apart)
		return run_here(n, job->work, take, job->self, err);
	while (ret == 0 && started < count) {
		ret = worker_start(workers, started, job, err);
		if (ret == 0)
			started++;
	}
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = take_one(&workers[i % count], i, &buf, take, job->self,
		    err);
	for (unsigned i = 0; i < started; i++) {
		close(workers[i].fd);
		while (workers[i].pid > 0 &&
		    waitpid(workers[i].pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	bytes_free(&buf);
	return ret;
}

int
workers_run(size_t n, unsigned count, workers_do *work, workers_take *take,
    void *self, struct error *err)
{
	struct job job = { n, count, work, self, 0 };

	return run_in_workers(&job, take, err);
}

int
workers_run_apart(size_t n, unsigned count, workers_do *work,
    workers_take *take, void *self, struct error *err)
{
	struct job job = { n, count, work, self, 1 };

	return run_in_workers(&job, take, err);
}

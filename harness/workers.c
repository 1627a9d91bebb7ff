/* workers.c: many pieces of work by several processes, the results in order. */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define NONE	SIZE_MAX
#define BEGUN	UINT64_MAX		/* in the place of a result's size */

struct worker {
	pid_t pid;
	int fd;				/* its results, to be read; -1: ended */
	size_t at;			/* the piece that it is at, or NONE */
};

/* What is to be done. */
struct job {
	size_t n;
	unsigned count;
	workers_do *work;
	void *self;
	int apart;
	/* Apart, the piece that nobody has begun, for all processes. */
	atomic_size_t *next;
};

struct result {
	struct bytes data;
	int here;
};

struct crew {
	const struct job *job;
	struct worker all[WORKERS_MAX];
	unsigned count;
	struct result *results;		/* those that came before their turn */
	size_t lost;			/* a piece whose worker was; or NONE */
	struct error why;
};

static void
message_put(int fd, size_t i, uint64_t size)
{
	uint8_t b[16];

	bytes_le_put(b, i, 8);
	bytes_le_put(b + 8, size, 8);
	/* Nobody reads any more: the parent has ended it all. */
	if (host_fd_write(fd, b, sizeof b) != 0)
		_exit(0);
}

static void
piece_do(const struct job *job, size_t i, int fd, struct bytes *out)
{
	bytes_clear(out);
	job->work(job->self, i, out);
	message_put(fd, i, out->len);
	if (host_fd_write(fd, out->data, out->len) != 0)
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

/*
 * In the child: every count-th piece from first on; or, where a piece knows
 * nothing of those before, the next one that nobody has begun.
 */
static _Noreturn void
worker_main(int fd, size_t first, const struct job *job)
{
	struct bytes out = { 0 };
	size_t i = job->apart ? atomic_fetch_add(job->next, 1) : first;

	while (i < job->n) {
		message_put(fd, i, BEGUN);
		if (job->apart)
			piece_apart(job, i, fd);
		else
			piece_do(job, i, fd, &out);
		i = job->apart ? atomic_fetch_add(job->next, 1) :
		    i + job->count;
	}
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
			if (all[i].fd >= 0)
				close(all[i].fd);
		worker_main(fds[1], first, job);
	}
	close(fds[1]);
	w->fd = fds[0];
	w->at = NONE;
	if (w->pid > 0)
		return 0;
	close(fds[0]);
	return error_set(err, ERROR_SYSTEM, "no process for a worker: %s",
	    strerror(errno));
}

/* The worker ended before its time: as it did, so do we. */
static void
worker_lost(struct crew *c, struct worker *w)
{
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	w->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_STATUS)
		_exit(CHECK_STATUS);
	/* Of several, the first piece is told. */
	if (w->at > c->lost)
		return;
	c->lost = w->at;
	error_set(&c->why, ERROR_SYSTEM, "the process that did piece %zu "
	    "of the work was lost (%s %d)", w->at, WIFSIGNALED(status) ?
	    "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) :
	    WEXITSTATUS(status));
}

static void
worker_ended(struct crew *c, struct worker *w)
{
	if (w->at != NONE)
		worker_lost(c, w);
	close(w->fd);
	w->fd = -1;
}

/* One message of a worker that has some. */
static void
worker_heard(struct crew *c, struct worker *w)
{
	struct result *r;
	uint8_t b[16];
	uint64_t size;

	if (host_fd_read(w->fd, b, sizeof b) != 0) {
		worker_ended(c, w);
		return;
	}
	w->at = (size_t)bytes_le(b, 8);
	size = bytes_le(b + 8, 8);
	if (size == BEGUN)
		return;
	r = &c->results[w->at];
	r->data.len = (size_t)size;
	bytes_reserve(&r->data, 1);
	if (host_fd_read(w->fd, r->data.data, r->data.len) != 0) {
		worker_ended(c, w);
		return;
	}
	r->here = 1;
	w->at = NONE;
}

/* Waits until a worker says something, or the last has ended: then -1. */
static int
crew_hear(struct crew *c)
{
	struct pollfd fds[WORKERS_MAX];
	nfds_t n = 0;

	for (unsigned i = 0; i < c->count; i++)
		if (c->all[i].fd >= 0)
			fds[n++] = (struct pollfd){ c->all[i].fd, POLLIN, 0 };
	if (n == 0)
		return -1;
	while (poll(fds, n, -1) < 0)
		CHECK(errno == EINTR);
	for (nfds_t at = 0; at < n; at++)
		for (unsigned i = 0; fds[at].revents != 0 && i < c->count; i++)
			if (c->all[i].fd == fds[at].fd) {
				worker_heard(c, &c->all[i]);
				break;
			}
	return 0;
}

static int
take_one(struct crew *c, size_t i, workers_take *take, struct error *err)
{
	struct result *r = &c->results[i];
	struct bytes_reader in = { 0 };
	int ret;

	while (!r->here && c->lost != i)
		if (crew_hear(c) != 0)
			return error_set(err, ERROR_SYSTEM, "the processes "
			    "have ended, and piece %zu of the work was done by "
			    "none", i);
	if (!r->here) {
		*err = c->why;
		return -1;
	}
	in.p = r->data.data;
	in.end = r->data.data + r->data.len;
	ret = take(c->job->self, i, &in, err);
	bytes_free(&r->data);
	return ret;
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

static void
crew_end(struct crew *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		if (c->all[i].fd >= 0)
			close(c->all[i].fd);
		while (c->all[i].pid > 0 &&
		    waitpid(c->all[i].pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	for (size_t i = 0; i < c->job->n; i++)
		bytes_free(&c->results[i].data);
	check_free(c->results);
}

static int
run_in_workers(struct job *job, workers_take *take, struct error *err)
{
	struct crew c = { .job = job, .lost = NONE };
	int ret = 0;

	if (job->count > WORKERS_MAX)
		job->count = WORKERS_MAX;
	if (job->count > job->n)
		job->count = (unsigned)job->n;
	if (job->count <= 1 && !job->apart)
		return run_here(job->n, job->work, take, job->self, err);
	job->next = host_map_shared(host_page_size(), err);
	if (job->next == NULL)
		return -1;
	c.results = check_calloc(job->n + 1, sizeof c.results[0]);
	while (ret == 0 && c.count < job->count) {
		ret = worker_start(c.all, c.count, job, err);
		if (ret == 0)
			c.count++;
	}
	for (size_t i = 0; ret == 0 && i < job->n; i++)
		ret = take_one(&c, i, take, err);
	crew_end(&c);
	host_unmap(job->next, host_page_size());
	return ret;
}

int
workers_run(size_t n, unsigned count, workers_do *work, workers_take *take,
    void *self, struct error *err)
{
	struct job job = { n, count, work, self, 0, NULL };

	return run_in_workers(&job, take, err);
}

int
workers_run_apart(size_t n, unsigned count, workers_do *work,
    workers_take *take, void *self, struct error *err)
{
	struct job job = { n, count, work, self, 1, NULL };

	return run_in_workers(&job, take, err);
}

/* ahead.c: guests that are built ahead of need; see ahead.h. */
#include "ahead.h"
#include "guest_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct build_ahead {
	pid_t pid;			/* 0: not being built */
	int fd;				/* its result, to be read */
	int done;
	struct error err;		/* then; or code ERROR_NONE */
};

struct ahead {
	const struct guest_spec *specs;
	size_t n;
	unsigned jobs;
	struct build_ahead *builds;
};

struct ahead *
ahead_create(const struct guest_spec *specs, size_t n, unsigned jobs)
{
	struct ahead *a = check_calloc(1, sizeof *a);

	a->specs = specs;
	a->n = n;
	a->jobs = jobs;
	a->builds = check_calloc(n, sizeof a->builds[0]);
	return a;
}

static void
build_here(const struct guest_spec *spec, struct error *err)
{
	struct guest_built built;

	error_clear(err);
	(void)guest_build(spec, &built, err);
	guest_built_free(&built);
}

/* The error's code and text: so much fits into a pipe that nobody reads. */
static _Noreturn void
child_main(int fd, const struct guest_spec *spec)
{
	struct error err;
	uint8_t code[4];

	build_here(spec, &err);
	bytes_le_put(code, (uint64_t)err.code, 4);
	(void)host_fd_write(fd, code, 4);
	(void)host_fd_write(fd, err.text, sizeof err.text);
	_exit(0);
}

static unsigned
ahead_busy(const struct ahead *a)
{
	unsigned n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->builds[i].pid > 0;
	return n;
}

void
ahead_begin(struct ahead *a, size_t i)
{
	struct build_ahead *b = &a->builds[i];
	int fds[2];

	/* One of the jobs is we. */
	if (b->done || b->pid > 0 || ahead_busy(a) + 1 >= a->jobs ||
	    pipe(fds) != 0)
		return;
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	/* What is buffered would be written by each of us. */
	fflush(stdout);
	fflush(stderr);
	b->pid = fork();
	if (b->pid == 0)
		child_main(fds[1], &a->specs[i]);
	close(fds[1]);
	b->fd = fds[0];
	/* Without a process for it, it is built when it is needed. */
	if (b->pid < 0) {
		close(fds[0]);
		b->pid = 0;
	}
}

/* Its end; -1 if it left no result. */
static int
build_wait(struct build_ahead *b)
{
	uint8_t code[4];
	int status = 0, ret;

	ret = host_fd_read(b->fd, code, 4);
	if (ret == 0)
		ret = host_fd_read(b->fd, b->err.text, sizeof b->err.text);
	close(b->fd);
	while (waitpid(b->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	b->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_STATUS)
		_exit(CHECK_STATUS);
	if (ret == 0) {
		b->err.code = (enum error_code)bytes_le(code, 4);
		b->err.text[sizeof b->err.text - 1] = '\0';
		b->done = 1;
	}
	return ret;
}

int
ahead_build(struct ahead *a, size_t i, struct error *err)
{
	struct build_ahead *b = &a->builds[i];

	/* One that was lost is built once more, here. */
	if (b->pid > 0)
		(void)build_wait(b);
	if (!b->done) {
		build_here(&a->specs[i], &b->err);
		b->done = 1;
	}
	if (b->err.code == ERROR_NONE)
		return 0;
	return error_set(err, b->err.code, "%s", b->err.text);
}

void
ahead_free(struct ahead *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		if (a->builds[i].pid > 0)
			(void)build_wait(&a->builds[i]);
	check_free(a->builds);
	check_free(a);
}

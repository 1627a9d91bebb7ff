/* branch.c: a copy of this process that goes another way. */
#include "branch.h"
#include "host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_FAULT	4		/* the status of a CHECK, see check.h */
#define PIECE		65536u

int
branch_start(struct branch *b, struct error *err)
{
	int fds[2];

	if (pipe(fds) != 0)
		return error_set(err, ERROR_SYSTEM, "no pipe for a branch of "
		    "the exploration: %s", strerror(errno));
	/* What is buffered would be written by each of us. */
	fflush(stdout);
	fflush(stderr);
	b->go = -1;
	b->pid = fork();
	if (b->pid == 0) {
		close(fds[0]);
		b->fd = fds[1];
		return 1;
	}
	close(fds[1]);
	b->fd = fds[0];
	if (b->pid > 0)
		return 0;
	close(fds[0]);
	return error_set(err, ERROR_SYSTEM, "no process for a branch of the "
	    "exploration: %s", strerror(errno));
}

int
branch_start_later(struct branch *b, struct error *err)
{
	int fds[2], which;

	if (pipe(fds) != 0)
		return error_set(err, ERROR_SYSTEM, "no pipe for a branch of "
		    "the exploration: %s", strerror(errno));
	which = branch_start(b, err);
	b->go = which == 1 ? fds[0] : fds[1];
	close(which == 1 ? fds[1] : fds[0]);
	if (which < 0)
		close(fds[1]);
	return which;
}

void
branch_wait(struct branch *b)
{
	char byte;
	ssize_t n = 1;

	while (b->go >= 0 && (n = read(b->go, &byte, 1)) < 0 && errno == EINTR)
		continue;
	if (n != 1)			/* whoever was to tell us is gone */
		_exit(OWN_FAULT);
	if (b->go >= 0)
		close(b->go);
	b->go = -1;
}

/* It may be lost by now, which branch_join() tells: no SIGPIPE. */
void
branch_go(struct branch *b)
{
	struct sigaction ignore, was;

	if (b->go < 0)
		return;
	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, &was);
	while (write(b->go, "", 1) < 0 && errno == EINTR)
		continue;
	sigaction(SIGPIPE, &was, NULL);
	close(b->go);
	b->go = -1;
}

/* Who started it is gone if it cannot be told. */
static void
say(const struct branch *b, const void *p, size_t n)
{
	if (host_fd_write(b->fd, p, n) != 0)
		_exit(OWN_FAULT);
}

void
branch_tell(struct branch *b, const struct bytes *what)
{
	uint8_t len[8];

	bytes_le_put(len, what->len, sizeof len);
	say(b, len, sizeof len);
	say(b, what->data, what->len);
}

int
branch_hear(struct branch *b, struct bytes *what, struct error *err)
{
	struct bytes rest = { 0 };
	uint8_t len[8];

	if (host_fd_read(b->fd, len, sizeof len) == 0) {
		size_t n = (size_t)bytes_le(len, sizeof len);

		bytes_reserve(what, n);
		if (host_fd_read(b->fd, what->data + what->len, n) == 0) {
			what->len += n;
			return 0;
		}
	}
	if (branch_join(b, &rest, err) == 0)
		error_set(err, ERROR_SYSTEM, "a branch of the exploration "
		    "said nothing");
	bytes_free(&rest);
	return -1;
}

_Noreturn void
branch_leave(struct branch *b, const struct bytes *with)
{
	say(b, with->data, with->len);
	_exit(0);
}

int
branch_join(struct branch *b, struct bytes *bytes, struct error *err)
{
	uint8_t piece[PIECE];
	int status = 0;
	ssize_t n;

	while ((n = read(b->fd, piece, sizeof piece)) != 0)
		if (n > 0)
			bytes_add(bytes, piece, (size_t)n);
		else if (errno != EINTR)
			break;
	close(b->fd);
	if (b->go >= 0)
		close(b->go);
	b->go = -1;
	while (waitpid((pid_t)b->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == OWN_FAULT)
		_exit(OWN_FAULT);
	return error_set(err, ERROR_SYSTEM, "a branch of the exploration was "
	    "lost (%s %d)", WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

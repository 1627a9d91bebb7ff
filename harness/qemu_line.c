/* qemu_line.c: lines over a socket, with an end to every wait. */
#include "qemu_line.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

int64_t
qemu_deadline(unsigned ms)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
}

int
qemu_poll(int fd, short events, int64_t deadline)
{
	struct pollfd p;
	int64_t left;
	int n;

	for (;;) {
		left = deadline - qemu_deadline(0);
		if (left < 0)
			left = 0;
		if (left > INT_MAX)
			left = INT_MAX;
		p.fd = fd;
		p.events = events;
		p.revents = 0;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return 1;
		if (n == 0 && left == 0)
			return 0;
		CHECK(n == 0 || errno == EINTR || errno == EAGAIN);
	}
}

int
qemu_fd_own(int fd)
{
	int high;

	if (fd < 0)
		return -1;
	if (fd > 2)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ? -1 : fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return high;
}

static int
qemu_fd_own_pair(int pair[2], struct error *err)
{
	pair[0] = qemu_fd_own(pair[0]);
	pair[1] = qemu_fd_own(pair[1]);
	if (pair[0] != -1 && pair[1] != -1)
		return 0;
	error_set(err, ERROR_SYSTEM, "cannot keep a descriptor: %s",
	    strerror(errno));
	qemu_fd_close(&pair[0]);
	qemu_fd_close(&pair[1]);
	return -1;
}

int
qemu_fd_socketpair(int pair[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) {
		pair[0] = pair[1] = -1;
		return error_set(err, ERROR_SYSTEM,
		    "cannot make a pair of sockets: %s", strerror(errno));
	}
	return qemu_fd_own_pair(pair, err);
}

int
qemu_fd_pipe(int pair[2], struct error *err)
{
	if (pipe(pair) == -1) {
		pair[0] = pair[1] = -1;
		return error_set(err, ERROR_SYSTEM, "cannot make a pipe: %s",
		    strerror(errno));
	}
	return qemu_fd_own_pair(pair, err);
}

void
qemu_fd_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
qemu_line_open(struct qemu_line *l, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	memset(l, 0, sizeof *l);
	CHECK(flags != -1 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != -1);
	l->fd = fd;
}

void
qemu_line_close(struct qemu_line *l)
{
	qemu_fd_close(&l->fd);
	bytes_free(&l->in);
	l->start = l->seen = 0;
}

/*
 * write(2) that answers EPIPE without a signal.  MSG_NOSIGNAL and SO_NOSIGPIPE
 * are each missing somewhere; the mask is POSIX.  The signal is fetched only
 * where it became pending here: it does not if it is ignored, and if it was
 * blocked before, it is the caller's affair.
 */
static ssize_t
qemu_line_write(int fd, const void *p, size_t n)
{
	sigset_t pipe_set, old, pending;
	ssize_t done;
	int error, sig;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_set, &old);
	done = write(fd, p, n);
	error = errno;
	if (done == -1 && error == EPIPE && sigismember(&old, SIGPIPE) == 0 &&
	    sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
		sigwait(&pipe_set, &sig);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return done;
}

enum qemu_line_result
qemu_line_send(struct qemu_line *l, const void *text, size_t len,
    int64_t deadline)
{
	const uint8_t *p = text;
	ssize_t n;

	if (l->fd == -1)
		return QEMU_LINE_CLOSED;
	while (len > 0) {
		n = qemu_line_write(l->fd, p, len);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!qemu_poll(l->fd, POLLOUT, deadline))
				return QEMU_LINE_LATE;
		} else if (errno != EINTR)
			return QEMU_LINE_CLOSED;
	}
	return QEMU_LINE_OK;
}

/* The line in the buffer, or NULL. */
static char *
qemu_line_take(struct qemu_line *l)
{
	char *line, *end;

	if (l->in.len == l->seen)
		return NULL;
	line = (char *)l->in.data + l->start;
	end = memchr(l->in.data + l->seen, '\n', l->in.len - l->seen);
	if (end == NULL) {
		l->seen = l->in.len;
		return NULL;
	}
	l->start = l->seen = (size_t)(end + 1 - (char *)l->in.data);
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

enum qemu_line_result
qemu_line_receive(struct qemu_line *l, char **line, int64_t deadline)
{
	const size_t step = 4096;
	ssize_t n;

	while ((*line = qemu_line_take(l)) == NULL) {
		if (l->fd == -1 || l->in.len - l->start > QEMU_LINE_SIZE_MAX)
			return QEMU_LINE_CLOSED;
		if (!qemu_poll(l->fd, POLLIN, deadline))
			return QEMU_LINE_LATE;
		if (l->start > 0) {
			l->in.len -= l->start;
			l->seen -= l->start;
			memmove(l->in.data, l->in.data + l->start, l->in.len);
			l->start = 0;
		}
		bytes_reserve(&l->in, step);
		n = read(l->fd, l->in.data + l->in.len, step);
		if (n > 0)
			l->in.len += (size_t)n;
		else if (n == 0 || (errno != EINTR && errno != EAGAIN &&
		    errno != EWOULDBLOCK))
			return QEMU_LINE_CLOSED;
	}
	return QEMU_LINE_OK;
}

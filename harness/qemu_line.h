/*
 * qemu_line.h: lines of text over a socket to another process, with an end to
 * every wait and without SIGPIPE.
 *
 * Both protocols of QEMU that are spoken here, qtest and QMP, are lines that
 * end in a newline.  The clock is used to give up, for nothing else: it is
 * neither recorded nor printed.
 */
#ifndef VIOTAPE_QEMU_LINE_H
#define VIOTAPE_QEMU_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"
#include "sim.h"

#define QEMU_LINE_SIZE_MAX (4u << 20)	/* bytes in one line received */

/* A point of the monotonic clock, in milliseconds, ms from now. */
int64_t qemu_deadline(unsigned ms);

/*
 * Waits until one of poll(2)'s events is there for fd.  Returns 1, or 0 when
 * the deadline has passed.  A deadline in the past looks once.
 */
int qemu_poll(int fd, short events, int64_t deadline);

/*
 * Makes a descriptor ours alone: closed on exec, and not 0, 1 or 2 (then it is
 * a duplicate and fd is closed).  Returns the descriptor, or -1 with errno.
 */
int qemu_fd_own(int fd);
/* A socketpair(2) and a pipe(2) of such descriptors; -1 and ERROR_SYSTEM. */
int qemu_fd_socketpair(int pair[2], struct error *err);
int qemu_fd_pipe(int pair[2], struct error *err);
/* Closes *fd unless it is -1, and makes it -1. */
void qemu_fd_close(int *fd);

enum qemu_line_result {
	QEMU_LINE_CLOSED = -1,	/* the other end is gone; line too long */
	QEMU_LINE_LATE = 0,	/* the deadline has passed */
	QEMU_LINE_OK = 1
};

struct qemu_line {
	int fd;			/* owned; -1 is none */
	struct bytes in;	/* received; from start on not yet given out */
	size_t start, seen;	/* seen: no newline before this one */
};

/* Takes the descriptor over and makes it non-blocking. */
void qemu_line_open(struct qemu_line *l, int fd);
/* Safe for one that was never opened but has fd -1 and zeros. */
void qemu_line_close(struct qemu_line *l);

/* Sends len bytes; the caller puts the newline. */
enum qemu_line_result qemu_line_send(struct qemu_line *l, const void *text,
    size_t len, int64_t deadline);

/*
 * Gives one line, NUL instead of its newline (a carriage return before it is
 * taken off), valid until the next call.
 */
enum qemu_line_result qemu_line_receive(struct qemu_line *l, char **line,
    int64_t deadline);

#endif

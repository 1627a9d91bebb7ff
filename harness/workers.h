/*
 * workers.h: many pieces of work by several processes, the results in order.
 *
 * A piece is done in a child that was forked for it and for others like it; it
 * writes its result as bytes, and the parent takes the results in the order of
 * the pieces, whichever child was first.  So what comes out does not depend on
 * how many there are.
 */
#ifndef VIOTAPE_WORKERS_H
#define VIOTAPE_WORKERS_H

#include <stddef.h>

#include "sim.h"

#define WORKERS_MAX	64u

/* Does piece i; its result, or what went wrong with it, goes to out. */
typedef void workers_do(void *self, size_t i, struct bytes *out);
/* Takes the result of piece i; -1 ends it all. */
typedef int workers_take(void *self, size_t i, struct bytes_reader *in,
    struct error *err);

/*
 * n pieces by so many processes (1: none but this one).  -1 with err when take
 * said so or a worker was lost; a CHECK that failed in a worker ends this
 * process with the same status.
 */
int workers_run(size_t n, unsigned count, workers_do *work, workers_take *take,
    void *self, struct error *err);

/*
 * The same, and each piece is done by a process that knows nothing of those
 * before: not even its heap has anything of theirs.
 */
int workers_run_apart(size_t n, unsigned count, workers_do *work,
    workers_take *take, void *self, struct error *err);

#endif

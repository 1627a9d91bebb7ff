/*
 * branch.h: a copy of this process that goes another way and comes back with
 * bytes: a checkpoint of everything, made by fork(2).
 *
 *	switch (branch_start(&b, &err)) {
 *	case 1:	... go the other way ...
 *		branch_leave(&b, &bytes);
 *	case 0:	branch_join(&b, &bytes, &err);
 *	}
 *
 * Used so that one of them runs at a time: whoever started a branch waits for it,
 * or the branch waits to be told to go.  So any depth of them is as deterministic
 * as one.
 */
#ifndef VIOTAPE_BRANCH_H
#define VIOTAPE_BRANCH_H

#include "bytes.h"
#include "error.h"

struct branch {
	long pid;			/* of the branch; 0 in itself */
	int fd;				/* what it leaves with */
	int go;				/* it waits for this, or -1 */
};

/* 1 in the branch, 0 in who started it; -1: no process, no pipe. */
int branch_start(struct branch *b, struct error *err);
/*
 * The same, for one that waits: in it branch_wait() waits for branch_go(), and
 * ends it when nobody is left to tell it.
 */
int branch_start_later(struct branch *b, struct error *err);
void branch_wait(struct branch *b);
void branch_go(struct branch *b);
/* In the branch: bytes for branch_hear(), and it goes on. */
void branch_tell(struct branch *b, const struct bytes *what);
/* Waits for what it tells, once for each; -1: it was lost, as branch_join(),
   which is then done. */
int branch_hear(struct branch *b, struct bytes *what, struct error *err);
/* In the branch: ends it. */
_Noreturn void branch_leave(struct branch *b, const struct bytes *with);
/*
 * Waits for it; what it left with is added to bytes.  -1: it was lost.  A CHECK
 * that failed in it ends this process with the same status.
 */
int branch_join(struct branch *b, struct bytes *bytes, struct error *err);

#endif

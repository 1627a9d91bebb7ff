/*
 * run_memo.h: what runs of a trace on a machine said, kept as long as the
 * process lives: a run is a function of guest, trace and machine, so the same
 * three say the same again.
 *
 *	m = run_memo_create()
 *	run_memo_guest(m, path, &err)		the guest from now on
 *	run_memo_find(m, trace, machine)	what it said, or NULL
 *	run_memo_keep(m, trace, machine, &in)
 *	run_memo_free(m)
 *
 * A guest is known by the bytes of its shared object, debugging information
 * and all, so lines in reports are right, too.
 */
#ifndef VIOTAPE_RUN_MEMO_H
#define VIOTAPE_RUN_MEMO_H

#include "load.h"
#include "sim.h"

/* The oldest go when there are more, or more bytes. */
#define RUN_MEMO_MAX		4096u
#define RUN_MEMO_BYTES_MAX	(256u << 20)

struct run_memo;

struct run_memo *run_memo_create(void);
void run_memo_free(struct run_memo *m);

/* -1: the file cannot be read. */
int run_memo_guest(struct run_memo *m, const char *path, struct error *err);
/* The guest's digest in hexadecimal; "" before run_memo_guest(). */
const char *run_memo_guest_hex(const struct run_memo *m);

/* Valid until the next run_memo_keep(). */
const struct bytes *run_memo_find(const struct run_memo *m,
    const struct loaded_trace *t, const struct machine_desc *d);
/* All that in has; it does not move.  What is known already stays. */
void run_memo_keep(struct run_memo *m, const struct loaded_trace *t,
    const struct machine_desc *d, const struct bytes_reader *in);
/* How many were kept that were not known, since the last time it was asked. */
size_t run_memo_new(struct run_memo *m);

#endif

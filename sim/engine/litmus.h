/*
 * litmus.h: litmus tests, the small programs by which memory models are
 * compared, in herd's format, run by the engine that runs the drivers.
 *
 *	test = litmus_read(name, text, len, &err)
 *	litmus_model_of(test, given, &model, &err)
 *	litmus_run(test, &how, &result, &err)
 *	litmus_print(test, &result, &out)
 *	litmus_result_free(&result); litmus_free(test)
 *
 * A file has a header (architecture and name), what memory and registers hold
 * at first, one column of code a thread, and a condition on what they hold at
 * last:
 *
 *	AArch64 MP+dmb.sy+addr
 *	{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 *	 P0          | P1                 ;
 *	 MOV W0,#1   | LDR W0,[X1]        ;
 *	 STR W0,[X1] | EOR W2,W0,W0       ;
 *	 DMB SY      | LDR W4,[X3,W2,SXTW];
 *	 MOV W2,#1   |                    ;
 *	 STR W2,[X3] |                    ;
 *	exists (1:X0=1 /\ 1:X4=0)
 *
 * What is not understood is refused, with file and line.  The result is a list
 * of final states, each with the number of executions that end in it.  Two
 * executions are the same if each load reads from the same stores, the stores
 * to each location are in the same order, and the same way was gone through
 * the code; this is what herd counts.
 */
#ifndef VIOTAPE_LITMUS_H
#define VIOTAPE_LITMUS_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "error.h"
#include "order.h"

#define LITMUS_TEXT_MAX		(64u << 10)	/* bytes of a file */

struct litmus;

/* A final state: a value for each place that is looked at, in their order. */
struct litmus_state {
	uint64_t *values;
	uint64_t executions;
	int satisfies;			/* the condition's proposition */
};

struct litmus_result {
	struct litmus_state *list;	/* sorted by their values */
	size_t n;
	uint64_t positive, negative;	/* executions that satisfy it, or not */
	int loops;			/* 1: executions were cut off */
};

/* How the engine is driven.  { model } is what a user gets: everything. */
struct litmus_how {
	enum order_model model;
	/*
	 * As a driver's code is: threads issue in program order, no dependency
	 * is known.
	 */
	int native;
	/*
	 * With native: stores are performed only when somebody looks.  Where
	 * two threads store to one place, not every order of theirs comes out.
	 */
	int lazy;
};

/*
 * The test in the text of a file called name (for messages).  NULL with
 * ERROR_INPUT or ERROR_LIMIT.
 */
struct litmus *litmus_read(const char *name, const char *text, size_t len,
    struct error *err);
void litmus_free(struct litmus *t);

/*
 * The model to run it with: its architecture's own if given is NULL, else the
 * one of that name, which has to be sc or the architecture's own.
 */
int litmus_model_of(const struct litmus *t, const char *given,
    enum order_model *model, struct error *err);

/* Every execution.  -1 with ERROR_LIMIT; result is to be freed in any case. */
int litmus_run(const struct litmus *t, const struct litmus_how *how,
    struct litmus_result *result, struct error *err);
void litmus_result_free(struct litmus_result *result);

/* As herd prints it, without its hash of the test. */
void litmus_print(const struct litmus *t, const struct litmus_result *result,
    struct bytes *out);

#endif

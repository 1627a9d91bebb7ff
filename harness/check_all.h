/*
 * check_all.h: each trace on each machine, by several processes, into one
 * report: what check and prove share.
 */
#ifndef VIOTAPE_CHECK_ALL_H
#define VIOTAPE_CHECK_ALL_H

#include "options.h"
#include "report.h"
#include "run_memo.h"
#include "sim.h"

/* What is done with a pair, a trace on a machine. */
struct check_kind {
	const char *command;
	uint32_t explored;		/* prove: choices that are tried, */
	uint64_t executions_max, work_max;	/* ... and of a pair at most;
						   0: any; one is not */
	/* prove: of a pair of so many, explore_config.whole_ways. */
	uint64_t (*whole_ways)(const struct options *o, size_t npairs);
	/*
	 * Instead of printing and writing, if it is there: gets the report; its
	 * result is the command's exit status, or -1 with err.
	 */
	int (*done)(void *self, const struct report *r, struct error *err);
	/* If it is there: the guest, built or as far as that came. */
	void (*built)(void *self, const struct guest_built *built);
	/*
	 * Instead of printing err, if it is there: why there is no report; its
	 * result is the exit status.
	 */
	int (*failed)(void *self, const struct error *err);
	void *self;
	/* What pairs said before, or NULL: those are not run again. */
	struct run_memo *memo;
	/*
	 * In a worker: the pair's runs; the first one's result, and what is to
	 * be said beyond it as bytes.  -1: no run could be had.
	 */
	int (*run)(const struct options *o, const struct run_config *config,
	    struct run_result *result, struct bytes *more, struct error *err);
	/*
	 * In order: what run said beyond the result, into the report; gets self,
	 * too.
	 */
	int (*take)(void *self, struct report *r, size_t trace,
	    size_t machine, struct bytes_reader *in, struct error *err);
};

/* What check does with one: cmd_check.c.  It takes no self. */
struct check_kind check_kind_of_check(void);
/* The command, from the options to its exit status. */
int check_all(const struct options *o, const struct check_kind *kind);
/* Results, each behind a byte that is not 0, until one that is. */
int check_more_take(struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in);

#endif

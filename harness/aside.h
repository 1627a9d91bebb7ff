/*
 * aside.h: a run of a trace that is not told step by step: its result, and a
 * report of it alone.
 */
#ifndef VIOTAPE_ASIDE_H
#define VIOTAPE_ASIDE_H

#include "check_run.h"

struct aside {
	struct check_host host;		/* first: check_host_create */
	struct run_result result;
	struct report report;		/* judged; its findings are result's,
					   in their order */
};

/*
 * config is the run's but for host, self, event and expected; way is gone, or the plain
 * run made if it is NULL.  -1: no run could be had; a is then empty.
 */
int aside_run(struct aside *a, const struct options *o,
    const struct guest_built *built, const struct loaded_trace *trace,
    const struct run_config *config, const struct explore_way *way,
    struct error *err);
void aside_free(struct aside *a);

#endif

/*
 * debugger.h: replay --gdb: a debugger that stands where a finding comes about,
 * with the guest's sources before it.
 *
 * The debugger runs this program again with --stop, which calls
 * sim_stopped_here() there (stop.h), breaks on that, and goes up to the guest's
 * function.  It is the words of $VIOTAPE_DEBUGGER, else gdb, else lldb; lldb is
 * told apart by its name.
 */
#ifndef VIOTAPE_DEBUGGER_H
#define VIOTAPE_DEBUGGER_H

#include "guest_build.h"
#include "load.h"
#include "options.h"
#include "sim.h"

struct debugger_place {
	struct run_stop stop;
	char *function;			/* the guest's that stands there; NULL:
					   it has returned by then */
	char *words;			/* for people */
};

/*
 * Where the finding of way's run comes about: of (or NULL) says which finding,
 * else it is the first that is told.  Takes one run, or two.  o has the guest
 * that built is.  -1: ERROR_USAGE: nothing is found, or nowhere; or no run
 * could be had.
 */
int debugger_place_find(struct debugger_place *place,
    const struct options *o, const struct guest_built *built,
    const struct loaded_trace *trace, const struct run_config *config,
    const struct explore_way *way, const struct trace_way *of,
    struct error *err);
void debugger_place_free(struct debugger_place *place);

/*
 * Becomes the debugger, over this replay of o.  Returns only with -1: there is
 * none (ERROR_USAGE), or it cannot be started.
 */
int debugger_become(const struct debugger_place *place,
    const struct options *o, const struct guest_built *built,
    struct error *err);

#endif

/* stop.c: the place in a run where a debugger is to stop; see stop.h. */
#include "stop.h"
#include "run_state.h"

#include <string.h>

#if defined(__GNUC__)
__attribute__((noinline))
#endif
void
sim_stopped_here(void)
{
#if defined(__GNUC__)
	__asm__ volatile ("" : : : "memory");
#endif
}

int
run_stop_at(struct run_stop *stop, const struct finding *f,
    const struct callpaths *paths)
{
	memset(stop, 0, sizeof *stop);
	stop->store = f->store_seq;
	stop->path = *callpath_get(paths, f->where);
	stop->event = f->event;
	return stop->store != 0 || stop->path.n != 0 ? 0 : -1;
}

int
run_stop_counted(struct run_stop *stop)
{
	stop->nth = stop->at != 0 ? stop->at : stop->seen;
	stop->seen = 0;
	return stop->nth != 0 ? 0 : -1;
}

/* Somebody asked who called, and it is who is waited for. */
static void
path_seen(void *self)
{
	struct run *r = self;
	struct run_stop *stop = r->config->stop;

	if (stop->nth != 0) {
		if (++stop->seen == stop->nth)
			sim_stopped_here();
		return;
	}
	if (r->result->events > stop->event)
		return;
	stop->seen++;
	if (r->result->events == stop->event && stop->at == 0)
		stop->at = stop->seen;
}

void
run_stop_begin(struct run *r)
{
	struct run_stop *stop = r->config->stop;

	if (stop == NULL)
		return;
	if (stop->store != 0) {
		r->watch[0] = stop->store;
		r->nwatch = 1;
	} else {
		callpaths_watch(r->result->paths, &stop->path, path_seen, r);
	}
}

void
run_stop_store(struct run *r, uint64_t seq)
{
	if (r->config->stop != NULL && r->config->stop->store == seq)
		sim_stopped_here();
}

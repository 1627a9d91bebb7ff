/* explore_state.c: the state of a run: host side, memory, guest. */
#include "explore_run.h"

#include "run_state.h"

void
explore_state(struct run *r, struct state *s)
{
	run_state(r, s);
	door_stack_state(r->door, s);
}

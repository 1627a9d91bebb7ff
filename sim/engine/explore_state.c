/* explore_state.c: the state of a run: host side, memory, guest. */
#include "explore_run.h"

#include "run_state.h"

void
explore_end_state(struct run *r, struct state *s)
{
	state_add_u64(s, r->step_index);
	machine_host_state(r->machine, s);
	mem_device_state(machine_mem(r->machine), s);
}

void
explore_state(struct run *r, struct state *s)
{
	run_state(r, s);
	door_stack_state(r->door, s);
}

/* run_whole.c: the state of a whole run: where it is, and all that it has. */
#include "run_state.h"

/*
 * The scenario's place and what the run knows of driver and device.  Whether
 * the reset that the host asked for came is seen by counting resets: it matters
 * whether there was one since.
 */
static void
add_place(const struct run *r, struct state *s)
{
	state_add_u64(s, r->step_index);
	state_add_u64(s, (uint64_t)r->step_op << 32 |
	    (uint32_t)r->step_error);
	state_add_u64(s, (uint64_t)(r->failed != 0) << 8 |
	    (uint64_t)(r->ended != 0) << 7 |
	    (uint64_t)(r->result->stopped != 0) << 6 |
	    (uint64_t)(r->had_failed != 0) << 5 |
	    (uint64_t)(r->attaching != 0) << 4 |
	    (uint64_t)(r->was_live != 0) << 3 |
	    (uint64_t)(r->refused != CALLPATH_NONE) << 2 |
	    (uint64_t)(r->reset_wanted != 0) << 1 | (r->event_wanted != 0));
	state_add_u64(s, r->reset_wanted &&
	    r->reset_wanted_at == r->told.st.resets);
	state_add_u64(s, (uint64_t)r->transport << 32 | r->configurer);
	/* A run that is to end at an event counts them. */
	if (r->config->until != 0)
		state_add_u64(s, r->result->events);
	virtio_watch_state(&r->told, s);
}

void
run_state(struct run *r, struct state *s)
{
	add_place(r, s);
	machine_state(r->machine, s);
	mem_state(machine_mem(r->machine), s);
	door_state(r->door, s);
	checker_state(r->checker, s);
	display_oracle_state(r->oracle, s);
	if (r->net != NULL)
		net_oracle_state_add(r->net, s);
}

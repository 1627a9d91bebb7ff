/* explore_state.c: the state of a run: host side, memory, guest; its gaps. */
#include "explore_run.h"

#include "explore.h"
#include "run_state.h"

void
explore_end_state(struct run *r, struct state *s)
{
	state_add_u64(s, r->step_index);
	machine_host_state(r->machine, s);
	mem_device_state(machine_mem(r->machine), s);
}

uint32_t
run_gaps(const struct run *r)
{
	const struct machine_desc *desc = machine_desc_of(r->machine);
	const struct mem *mem = machine_mem(r->machine);
	uint32_t gaps = r->gaps;

	if (explore_tries_cpus(r->config->explore)) {
		if (sched_crowded(machine_sched(r->machine)))
			gaps |= 1u << GAP_CPUS;
	} else if (r->unlocked && (desc->cpus > 1 || r->spread))
		gaps |= 1u << GAP_SECOND_CPU;
	if (mem_fates_met(mem) || (desc->mismatched && mem_had_uncached(mem)))
		gaps |= 1u << GAP_LINES;
	if (sched_time_matters(machine_sched(r->machine)))
		gaps |= 1u << GAP_TIME;
	return gaps;
}

void
explore_state(struct run *r, struct state *s)
{
	door_accesses(r->door);
	run_state(r, s);
	door_stack_state(r->door, s);
}

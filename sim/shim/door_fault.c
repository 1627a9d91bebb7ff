/* door_fault.c: the processor's faults while the guest runs. */
#include "door.h"

#include "door_var.h"
#include "hook_runtime.h"
#include "host.h"

/*
 * The processor refuses what the guest does: a finding of its driver, as far
 * as it can be told from a fault of ours.  Either the access that was hooked
 * last is what faults, or an instruction of the guest, or it went to where no
 * code is.
 */
void
door_fault(void *self, const struct host_fault *f)
{
	const struct hook_window *w = &hook_window;
	struct door *d = self;
	uint64_t base = guest_base(d->guest), size = guest_size(d->guest);
	int hooked = f->kind == HOST_FAULT_MEMORY && w->last_size != 0 &&
	    (f->address - w->last < w->last_size || w->last >> 47 != 0);
	const void *pc = (const void *)(uintptr_t)(f->pc + 1);
	uint64_t low, high;

	if (!sched_in_guest(d->sched))
		return;
	/* Paths are of where calls return to, one behind the instruction. */
	callpaths_interrupted(machine_callpaths(d->machine), f->from != 0 ?
	    f->from : f->pc + 1, f->frame);
	sched_stack(d->sched, &low, &high);
	if (low - f->address <= SCHED_STACK_GUARD) {
		/* Perhaps in a hook or in the door, which have this stack. */
		d->events.panic(d->self, "trap: the kernel's stack ran over");
	} else if (!hooked && f->pc - base >= size &&
	    f->pc != f->address) {
		callpaths_interrupted(machine_callpaths(d->machine), 0, 0);
		return;
	} else if (hooked) {
		d->events.fault(d->self, w->last, w->last_size, w->last_kind,
		    w->recent[(w->recent_next - 1) % HOOK_RECENT]);
	} else if (f->kind == HOST_FAULT_MEMORY && f->pc != f->address) {
		d->events.fault(d->self, f->address, 1, HOOK_READ, pc);
	} else {
		d->events.panic(d->self, f->kind == HOST_FAULT_ARITHMETIC ?
		    "trap: a division by zero, or its like" :
		    f->kind == HOST_FAULT_MEMORY ?
		    "trap: a call of a function that is not there" :
		    "trap: an instruction that there is not");
	}
	callpaths_interrupted(machine_callpaths(d->machine), 0, 0);
	sched_abandon(d->sched);
}

/*
 * door_var.h: the inside of the door, for door.c, door_net.c and door_mutate.c.
 */
#ifndef VIOTAPE_DOOR_VAR_H
#define VIOTAPE_DOOR_VAR_H

#include "check.h"
#include "door.h"
#include "door_pool.h"
#include "hook_runtime.h"
#include "state_memo.h"

#define MUTEXES_MAX	256u
#define ATTACH_DEPTH_MAX 16u

struct door {
	struct machine *machine;
	struct mem *mem;
	struct sched *sched;
	struct bus_dma *dma;
	const struct guest_entry *entry;
	struct guest *guest;
	struct door_events events;
	void *self;
	struct bytes dmesg;
	struct door_kmem *kmem;
	size_t nkmem, kmem_max;
	struct state_set kmem_states;	/* of each; see door_kmem_tell() */
	struct {
		uint64_t mtx;
		int ipl;		/* to go back to */
		unsigned cpu;		/* that has it */
	} held[MUTEXES_MAX];
	size_t nheld;
	/* The kernel lock: how often it was taken, and by which CPU. */
	unsigned kernel_locked, kernel_locker;
	uint64_t kernel_takes;		/* in all */
	/* Who let go of each lock last, and when: mem_lock_left(). */
	struct door_left {
		uint64_t lock;
		unsigned cpu;
		uint64_t mark;
	} *left;
	size_t nleft, left_max;
	callpath_id answer, sleeper;
	struct door_pools *pools;
	struct bytes frame;
	uint32_t owners[ATTACH_DEPTH_MAX], nowners, last_owner;
	int booted;
	struct door_takings takings;
	const struct mutant *mutant;	/* or NULL */
	callpath_id *mutant_ids;	/* of its paths */
	uint64_t mutant_hits;
	struct mutant_sites *sites;	/* to be noted, or NULL */
};

extern struct door *door;		/* the open one */

/* door_state.c: an allocation is part of the state, or about to change. */
void door_kmem_tell(struct door *d, const struct door_kmem *k);
void door_kmem_untell(struct door *d, const struct door_kmem *k);
/* The next door_state() comes from what there is, and not from what is kept of
   earlier ones: the same, and tests see that it is. */
void door_state_forget(struct door *d);

/* Every call begins here: the last store has happened. */
static inline void
enter(void)
{
	CHECK(door != NULL);
	if (hook_window.capture) {	/* what lies below is state */
		state_stack_clean();
		hook_window.deepest = 0;
	}
	mem_settle(door->mem);
	sched_activity(door->sched, 0);
}

/* door_net.c */
void *door_pool_get(hc_u32 size, hc_u32 flags);
void door_pool_put(void *item, hc_u32 size);
int door_pool_used(const void *p);
void door_pool_leaks(void);
void door_net_frame(hc_u32 dir, hc_u32 queue, const struct hc_piece *pieces,
    hc_u32 npieces, hc_u32 flags, hc_u32 mss);
void door_net_state(const char *name, const struct hc_net_state *state);
void door_net_content(const void *bytes, hc_u64 len);

/* door_mutate.c: 0 if nothing is left of the call. */
int door_mutate_sync(hc_u32 *ops);
int door_mutate_barrier(int *kind);
/* What a load, or bus_dmamem_mmap, answers. */
void door_mutate_segments(struct bus_segment *segs, uint32_t n);
uint64_t door_mutate_mmap(uint64_t pa);

static inline callpath_id
path_here(void)
{
	return callpath_here(machine_callpaths(door->machine), NULL);
}

/* A fault of the processor; see host_fault_handler_set().  (door_fault.c) */
struct host_fault;
void door_fault(void *self, const struct host_fault *f);

#endif

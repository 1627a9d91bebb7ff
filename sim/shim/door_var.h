/*
 * door_var.h: the inside of the door, for door.c and door_*.c: which of the calls
 * of hypercall.h are where.
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
	uint32_t accesses;		/* hook_window.recent_next, when it was
					   looked at last */
};

extern struct door *door;		/* the open one */

/* door_state.c: an allocation is part of the state, or about to change. */
void door_kmem_tell(struct door *d, const struct door_kmem *k);
void door_kmem_untell(struct door *d, const struct door_kmem *k);
/* The next door_state() comes from what there is, and not from what is kept of
   earlier ones: the same, and tests see that it is. */
void door_state_forget(struct door *d);

/* A call begins here that only lets interrupts in, or keeps them out: the last
   store has happened. */
static inline void
enter_level(void)
{
	CHECK(door != NULL);
	if (hook_window.capture) {	/* what lies below is state */
		state_stack_clean();
		hook_window.deepest = 0;
	}
	mem_settle(door->mem);
	sched_activity(door->sched, 0);
	door_accesses(door);
}

/* Every other call. */
static inline void
enter(void)
{
	enter_level();
	sched_called(door->sched);
}

/* door.c */
__attribute__((noreturn)) void door_panic(const char *text);
/* What a driver took: whose it is, and from where. */
void door_take(enum door_taken_kind kind, uint64_t key, uint64_t size);
/* Whether a step that can fail shall fail now. */
int door_step_fails(const char *call);

/* door_lock.c; the kernel lock so many times, and how often it had been taken. */
void door_kernel_lock_take(unsigned times);
unsigned door_kernel_lock_leave(unsigned times);
int door_mtx_owned(hc_u64 mtx);
void door_mtx_enter(hc_u64 mtx, int ipl, const char *name);
int door_mtx_enter_try(hc_u64 mtx, int ipl, const char *name);
void door_mtx_leave(hc_u64 mtx);
void door_kernel_lock(int take);
int door_is_held(uint64_t lock, unsigned but);

/* door_time.c */
int door_intr_establish(hc_u32 irq, hc_u32 ipl, hc_u64 token, const char
    *name);
void door_intr_disestablish(hc_u64 token);
void door_intr_barrier(hc_u64 token);
int door_spl(int level);
int door_spl_get(void);
void door_softintr_schedule(hc_u64 token, hc_u32 ipl);
void door_softintr_cancel(hc_u64 token);
void door_timer_set(hc_u64 token, hc_u64 ns, hc_u32 mpsafe);
int door_timer_del(hc_u64 token);
void door_spread(hc_u32 n);
hc_u64 door_uptime_ns(void);
hc_u64 door_waited_ns(void);
void door_delay_us(hc_u64 us);
void door_busy(void);
void door_turn(hc_u64 token);
void door_others(void);
void door_own(hc_u64 what, int take);
int door_kernel(int own);
int door_sleep(hc_u64 channel, hc_u64 ns, const char *why);
void door_wakeup(hc_u64 channel, hc_u32 n);
int door_can_sleep(void);
void door_barrier(int kind);

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

/* Of the guest's last access, which tells where it is about to call from. */
static inline const void *
door_last_pc(void)
{
	uint32_t last = hook_window.recent_next - 1;

	return hook_window.recent[last % HOOK_RECENT];
}

/* A fault of the processor; see host_fault_handler_set().  (door_fault.c) */
struct host_fault;
void door_fault(void *self, const struct host_fault *f);

#endif

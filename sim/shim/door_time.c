/* door_time.c: interrupts, soft interrupts, timeouts, delay(9), tsleep(9). */
#include "door_var.h"

#include <stdio.h>

/* OpenBSD's numbers, errno(2). */
#define ENOMEM_	12
#define EWOULDBLOCK_ 35

int
door_intr_establish(hc_u32 irq, hc_u32 ipl, hc_u64 token, const char *name)
{
	enter();
	if (door_step_fails("interrupt establishment") ||
	    sched_establish(door->sched, irq, (int)(ipl & ~HC_IPL_MPSAFE),
	    token, name) != 0)
		return ENOMEM_;
	if ((ipl & HC_IPL_MPSAFE) != 0) {
		sched_mpsafe(door->sched, token);
		machine_mpsafe(door->machine);
	}
	door_take(DOOR_HANDLER, token, 0);
	return 0;
}

void
door_spread(hc_u32 n)
{
	enter();
	if (n > 1)
		door->events.spread(door->self);
}

/* Until no other CPU is within this handler. */
static void
handler_wait(uint64_t token)
{
	sched_handler_wait(door->sched, token);
	mem_race_take(door->mem, MEM_RACE_HANDLER | token);
}

void
door_intr_disestablish(hc_u64 token)
{
	enter();
	handler_wait(token);
	sched_disestablish(door->sched, token);
	(void)door_taken_del(&door->takings, DOOR_HANDLER, token, 0);
}

void
door_intr_barrier(hc_u64 token)
{
	enter();
	sched_barrier(door->sched);
	handler_wait(token);
	sched_poll(door->sched);
}

int
door_spl(int level)
{
	mem_settle(door->mem);
	door_accesses(door);
	return sched_spl(door->sched, level);
}

int
door_spl_get(void)
{
	return sched_spl_get(door->sched);
}

void
door_softintr_schedule(hc_u64 token, hc_u32 ipl)
{
	enter();
	mem_race_let(door->mem, MEM_RACE_DEFERRED | token);
	sched_touch(door->sched, token, 1);
	if ((ipl & HC_IPL_MPSAFE) != 0)
		sched_unlocked(door->sched);
	sched_softintr(door->sched, token, (int)(ipl & ~HC_IPL_MPSAFE));
}

void
door_softintr_cancel(hc_u64 token)
{
	enter();
	sched_touch(door->sched, token, 1);
	sched_softintr_cancel(door->sched, token);
}

void
door_timer_set(hc_u64 token, hc_u64 ns, hc_u32 mpsafe)
{
	enter();
	if (mpsafe)
		sched_unlocked(door->sched);
	sched_progress(door->sched);
	mem_between_touch(door->mem, MEM_RACE_DEFERRED | token, door_last_pc());
	mem_race_let(door->mem, MEM_RACE_DEFERRED | token);
	sched_touch(door->sched, token, 1);
	CHECK(sched_timer_set(door->sched, token, ns) == 0);
	door_take(DOOR_TIMER, token, 0);
}

int
door_timer_del(hc_u64 token)
{
	enter();
	mem_between_touch(door->mem, MEM_RACE_DEFERRED | token, door_last_pc());
	sched_touch(door->sched, token, 1);
	return sched_timer_del(door->sched, token);
}

hc_u64
door_uptime_ns(void)
{
	enter();
	return sched_clock_read(door->sched);
}

hc_u64
door_waited_ns(void)
{
	enter();
	return sched_waited_read(door->sched);
}

void
door_delay_us(hc_u64 us)
{
	enter();
	sched_delay_ns(door->sched, us > UINT64_MAX / 1000 ? UINT64_MAX / 2 :
	    us * 1000);
}

void
door_busy(void)
{
	enter();
	sched_poll(door->sched);
}

void
door_turn(hc_u64 token)
{
	enter();
	sched_turn(door->sched, token);
}

void
door_others(void)
{
	enter();
	sched_poll(door->sched);
	sched_others_help(door->sched);
}

int
door_kernel(int own)
{
	enter_level();
	return sched_kernel(door->sched, own);
}

void
door_own(hc_u64 what, int take)
{
	enter();
	sched_touched(door->sched);
	sched_touch(door->sched, what, 1);
	mem_between_shield(door->mem, take);
	if (take)
		mem_race_take(door->mem, what);
	else
		mem_race_let(door->mem, what);
}

int
door_sleep(hc_u64 channel, hc_u64 ns, const char *why)
{
	char text[160];
	unsigned locked;
	int woken;

	enter();
	if (!sched_can_sleep(door->sched)) {
		snprintf(text, sizeof text, "sleeps (\"%.64s\") in a context "
		    "or at a level where that is not allowed",
		    why != NULL ? why : "");
		door->events.rule_broken(door->self, "sleep-not-allowed", text);
		door_panic("sleep where it is not allowed");
	}
	door->sleeper = path_here();
	/* A process that sleeps lets go of the kernel lock. */
	locked = door_kernel_lock_leave(door->kernel_locked != 0 &&
	    door->kernel_locker == 0 ? door->kernel_locked : 0);
	sched_touch(door->sched, channel, 1);
	woken = sched_sleep(door->sched, channel, ns) == 0;
	mem_race_take(door->mem, MEM_RACE_CHANNEL | channel);
	if (locked != 0)
		door_kernel_lock_take(locked);
	door->sleeper = CALLPATH_NONE;
	return woken ? 0 : EWOULDBLOCK_;
}

void
door_wakeup(hc_u64 channel, hc_u32 n)
{
	(void)n;
	enter();
	mem_race_let(door->mem, MEM_RACE_CHANNEL | channel);
	sched_touch(door->sched, channel, 1);
	sched_wakeup(door->sched, channel);
}

int
door_can_sleep(void)
{
	return sched_can_sleep(door->sched);
}

/* Rule O2: nothing but what the order model makes of it. */
void
door_barrier(int kind)
{
	enter();
	if (door_mutate_barrier(&kind))
		mem_barrier(door->mem, (enum order_barrier)kind);
}

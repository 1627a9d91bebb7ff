/* door_lock.c: mutexes and the kernel lock, mutex(9): who has them. */
#include "door_var.h"

#include <stdio.h>
#include <string.h>

/* As a turn has it. */
static uint64_t
key_of(uint64_t lock)
{
	return lock == MEM_RACE_KERNEL_LOCK ? SCHED_KERNEL_LOCK : lock;
}

static struct door_left *
left_at(uint64_t lock)
{
	for (size_t i = 0; i < door->nleft; i++)
		if (door->left[i].lock == lock)
			return &door->left[i];
	return NULL;
}

/* A lock is let go: who takes it next sees what was stored before. */
static void
lock_left(uint64_t lock)
{
	struct door_left *l = left_at(lock);

	if (l == NULL) {
		if (door->nleft == door->left_max) {
			door->left_max = door->left_max != 0 ?
			    2 * door->left_max : 16;
			door->left = check_realloc(door->left,
			    door->left_max * sizeof door->left[0]);
		}
		l = &door->left[door->nleft++];
		l->lock = lock;
	}
	l->cpu = sched_cpu(door->sched);
	l->mark = mem_lock_left(door->mem);
	mem_race_let(door->mem, lock);
	sched_touch(door->sched, key_of(lock), 1);
}

static void
lock_taken(uint64_t lock)
{
	const struct door_left *l = left_at(lock);

	if (l == NULL)
		mem_lock_taken(door->mem, sched_cpu(door->sched), 0);
	else
		mem_lock_taken(door->mem, l->cpu, l->mark);
	mem_race_take(door->mem, lock);
}

static size_t
held_index(uint64_t mtx)
{
	size_t i;

	for (i = 0; i < door->nheld; i++)
		if (door->held[i].mtx == mtx)
			break;
	return i;
}

int
door_is_held(uint64_t lock, unsigned but)
{
	size_t i;

	if (lock == SCHED_KERNEL_LOCK)
		return door->kernel_locked != 0 && door->kernel_locker != but;
	i = held_index(lock);
	return i < door->nheld && door->held[i].cpu != but;
}

/* By the CPU that runs. */
int
door_mtx_owned(hc_u64 mtx)
{
	size_t i = held_index(mtx);

	return i < door->nheld && door->held[i].cpu == sched_cpu(door->sched);
}

void
door_mtx_enter(hc_u64 mtx, int ipl, const char *name)
{
	char text[160];
	int old;

	enter_level();
	if (!door_is_held(mtx, SCHED_CPUS_MAX))
		sched_turn(door->sched, mtx);
	if (door_mtx_owned(mtx)) {
		snprintf(text, sizeof text, "mtx_enter of mutex \"%.64s\" that "
		    "this CPU holds already", name != NULL ? name : "");
		door->events.rule_broken(door->self, "mutex-held-twice", text);
		door_panic("mutex held twice");
	}
	old = sched_spl_get(door->sched);
	if (ipl > old)
		(void)sched_spl(door->sched, ipl);
	while (held_index(mtx) < door->nheld)
		sched_spin(door->sched, mtx);
	CHECK(door->nheld < MUTEXES_MAX);
	door->held[door->nheld].mtx = mtx;
	door->held[door->nheld].cpu = sched_cpu(door->sched);
	door->held[door->nheld++].ipl = old;
	lock_taken(mtx);
}

int
door_mtx_enter_try(hc_u64 mtx, int ipl, const char *name)
{
	enter();
	sched_turn(door->sched, mtx);
	if (held_index(mtx) < door->nheld)
		return 0;
	door_mtx_enter(mtx, ipl, name);
	return 1;
}

void
door_mtx_leave(hc_u64 mtx)
{
	size_t i = held_index(mtx);
	int ipl;

	enter_level();
	if (i == door->nheld || door->held[i].cpu != sched_cpu(door->sched)) {
		door->events.rule_broken(door->self, "mutex-not-held",
		    "mtx_leave of a mutex that is not held");
		return;
	}
	ipl = door->held[i].ipl;
	memmove(&door->held[i], &door->held[i + 1],
	    (door->nheld - i - 1) * sizeof door->held[0]);
	door->nheld--;
	lock_left(mtx);
	sched_left(door->sched);
	if (ipl < sched_spl_get(door->sched))
		(void)sched_spl(door->sched, ipl);
}

/* A CPU that has it takes it again. */
void
door_kernel_lock_take(unsigned times)
{
	unsigned cpu = sched_cpu(door->sched);

	while (door_is_held(SCHED_KERNEL_LOCK, cpu))
		sched_spin(door->sched, SCHED_KERNEL_LOCK);
	door->kernel_locker = cpu;
	door->kernel_takes++;
	if (door->kernel_locked == 0 && times != 0)
		lock_taken(MEM_RACE_KERNEL_LOCK);
	door->kernel_locked += times;
}

/* How often it had been taken. */
unsigned
door_kernel_lock_leave(unsigned times)
{
	CHECK(times <= door->kernel_locked);
	door->kernel_locked -= times;
	if (door->kernel_locked == 0 && times != 0) {
		door->kernel_locker = 0;
		lock_left(MEM_RACE_KERNEL_LOCK);
	}
	return times;
}

void
door_kernel_lock(int take)
{
	enter();
	if (take) {
		if (!door_is_held(SCHED_KERNEL_LOCK, sched_cpu(door->sched)))
			sched_turn(door->sched, SCHED_KERNEL_LOCK);
		door_kernel_lock_take(1);
		return;
	}
	if (door->kernel_locked != 0 &&
	    door->kernel_locker == sched_cpu(door->sched))
		(void)door_kernel_lock_leave(1);
	else
		door->events.rule_broken(door->self, "mutex-not-held",
		    "KERNEL_UNLOCK() by a CPU that has not the kernel lock");
}

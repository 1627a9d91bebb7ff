/*
 * kern_task.c: work put off to a queue, task_add(9), taskq_create(9).
 *
 * Kernels run tasks in threads.  Here each queue is a soft interrupt: a task
 * runs when the level falls, before the process goes on, and to its end.  What
 * sleeps in a task is told as in any interrupt.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/task.h>

#include "kern_net.h"
#include "kern_var.h"

struct taskq {
	struct kern_softintr	 tq_si;		/* first: the host's token */
	struct task_list	 tq_tasks;
	int			 tq_ipl;
	int			 tq_flags;	/* IPL_MPSAFE */
	int			 tq_running;
	const char		*tq_name;
};

static struct taskq taskq_sys = {
	.tq_ipl = IPL_SOFT, .tq_name = "systq"
};
static struct taskq taskq_sys_mp = {
	.tq_ipl = IPL_SOFT, .tq_flags = IPL_MPSAFE, .tq_name = "systqmp"
};
static struct taskq taskq_softnet = {
	.tq_ipl = IPL_SOFTNET, .tq_flags = IPL_MPSAFE, .tq_name = "softnet"
};

struct taskq *const systq = &taskq_sys;
struct taskq *const systqmp = &taskq_sys_mp;
struct taskq *const kern_softnet = &taskq_softnet;

void
kern_task_unlink(struct task_list *list, struct task *t)
{
	TAILQ_REMOVE(list, t, t_entry);
	memset(&t->t_entry, 0, sizeof t->t_entry);
}

/* The tasks that are there now; one that is added meanwhile comes again. */
static void
taskq_run(void *arg)
{
	struct taskq *tq = arg;
	struct task *t, work;

	KERN_OWN(tq);
	tq->tq_running++;
	while ((t = TAILQ_FIRST(&tq->tq_tasks)) != NULL) {
		kern_task_unlink(&tq->tq_tasks, t);
		CLR(t->t_flags, TASK_ONQUEUE);
		work = *t;		/* it may free itself */
		KERN_OWN_END(tq);
		work.t_func(work.t_arg);
		KERN_OWN(tq);
	}
	tq->tq_running--;
	KERN_OWN_END(tq);
}

static void
taskq_ready(struct taskq *tq)
{
	if (tq->tq_si.si_fn != NULL)
		return;
	TAILQ_INIT(&tq->tq_tasks);
	kern_softintr_init(&tq->tq_si, tq->tq_ipl | tq->tq_flags, taskq_run,
	    tq);
}

/* ipl is the level that task_add() is called at; tasks run at softnet. */
struct taskq *
taskq_create(const char *name, unsigned int nthreads, int ipl,
    unsigned int flags)
{
	struct taskq *tq;

	KASSERT(nthreads > 0);
	tq = malloc(sizeof(*tq), M_DEVBUF, M_WAITOK | M_ZERO);
	tq->tq_name = name;
	tq->tq_ipl = IPL_SOFT;
	tq->tq_flags = (flags & TASKQ_MPSAFE) ? IPL_MPSAFE : 0;
	return tq;
}

void
taskq_destroy(struct taskq *tq)
{
	taskq_barrier(tq);
	if (tq->tq_si.si_fn != NULL)
		hc->softintr_cancel(KERN_TOKEN(&tq->tq_si));
	free(tq, M_DEVBUF, sizeof(*tq));
}

/* Whoever waits sleeps, so the level falls meanwhile. */
void
taskq_barrier(struct taskq *tq)
{
	int s = hc->spl_get();

	assertwaitok();
	taskq_ready(tq);
	while (tq->tq_running > 0 || !TAILQ_EMPTY(&tq->tq_tasks)) {
		(void)spl0();
		hc->others();
	}
	KERN_OWN(tq);			/* what they did is seen */
	KERN_OWN_END(tq);
	splx(s);
}

void
taskq_del_barrier(struct taskq *tq, struct task *t)
{
	(void)task_del(tq, t);
	taskq_barrier(tq);
}

void
task_set(struct task *t, void (*fn)(void *), void *arg)
{
	t->t_func = fn;
	t->t_arg = arg;
	t->t_flags = 0;
	t->t_queue = NULL;
}

int
task_add(struct taskq *tq, struct task *t)
{
	int added;

	KERN_OWN(tq);
	added = !ISSET(t->t_flags, TASK_ONQUEUE);
	if (added) {
		taskq_ready(tq);
		SET(t->t_flags, TASK_ONQUEUE);
		t->t_queue = tq;
		TAILQ_INSERT_TAIL(&tq->tq_tasks, t, t_entry);
	}
	KERN_OWN_END(tq);
	if (added)
		hc->softintr_schedule(KERN_TOKEN(&tq->tq_si),
		    tq->tq_si.si_ipl | tq->tq_si.si_flags);
	return added;
}

int
task_del(struct taskq *tq, struct task *t)
{
	int removed;

	KERN_OWN(tq);
	removed = ISSET(t->t_flags, TASK_ONQUEUE) != 0;
	if (removed) {
		KASSERT(t->t_queue == tq);
		CLR(t->t_flags, TASK_ONQUEUE);
		kern_task_unlink(&tq->tq_tasks, t);
	}
	KERN_OWN_END(tq);
	return removed;
}

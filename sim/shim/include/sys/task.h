/*
 * Work put off to a queue, task_add(9), taskq_create(9).
 *
 * The queues of the network run at softnet, as soft interrupts; so do all
 * others here: there is no thread that a task could sleep in.
 */
#ifndef _SYS_TASK_H_
#define _SYS_TASK_H_

#include <sys/types.h>
#include <sys/queue.h>

struct taskq;

struct task {
	TAILQ_ENTRY(task)	 t_entry;
	void			(*t_func)(void *);
	void			*t_arg;
	unsigned int		 t_flags;
	const struct taskq	*t_queue;	/* that has it, or NULL */
};

TAILQ_HEAD(task_list, task);

#define TASK_ONQUEUE	1

#define TASKQ_MPSAFE	(1 << 0)	/* without the kernel lock */

#define TASK_INITIALIZER(f, a)	{ { NULL, NULL }, (f), (a), 0, NULL }

extern struct taskq *const systq;	/* with the kernel lock */
extern struct taskq *const systqmp;	/* without it */

struct taskq *taskq_create(const char *, unsigned int, int, unsigned int);
void taskq_destroy(struct taskq *);
void taskq_barrier(struct taskq *);	/* all before it have run */
void taskq_del_barrier(struct taskq *, struct task *);

void task_set(struct task *, void (*)(void *), void *);
int task_add(struct taskq *, struct task *);	/* 1: was not pending */
int task_del(struct taskq *, struct task *);	/* 1: was pending */

#define task_pending(t)	((t)->t_flags & TASK_ONQUEUE)

#endif

/*
 * Linked lists as macros, queue(3): SLIST, LIST, SIMPLEQ and TAILQ.
 *
 *	SLIST	head -> elm -> elm -> NULL		one pointer each way in
 *	LIST	as SLIST, and each element knows what points to it
 *	SIMPLEQ	as SLIST, and the head knows the last link
 *	TAILQ	as LIST, and the head knows the last link
 */
#ifndef _SYS_QUEUE_H_
#define _SYS_QUEUE_H_

/* --- SLIST --- */

#define SLIST_HEAD(name, type)	struct name { struct type *slh_first; }
#define SLIST_ENTRY(type)	struct { struct type *sle_next; }
#define SLIST_HEAD_INITIALIZER(head)	{ (void *)0 }

#define SLIST_FIRST(head)	((head)->slh_first)
#define SLIST_NEXT(elm, field)	((elm)->field.sle_next)
#define SLIST_END(head)		((void *)0)
#define SLIST_EMPTY(head)	(SLIST_FIRST(head) == SLIST_END(head))
#define SLIST_INIT(head)	(SLIST_FIRST(head) = SLIST_END(head))

#define SLIST_FOREACH(var, head, field)					\
	for ((var) = SLIST_FIRST(head); (var) != SLIST_END(head);	\
	    (var) = SLIST_NEXT(var, field))
#define SLIST_FOREACH_SAFE(var, head, field, next)			\
	for ((var) = SLIST_FIRST(head);					\
	    (var) != SLIST_END(head) &&					\
	    ((next) = SLIST_NEXT(var, field), 1); (var) = (next))

#define SLIST_INSERT_HEAD(head, elm, field) do {			\
	SLIST_NEXT(elm, field) = SLIST_FIRST(head);			\
	SLIST_FIRST(head) = (elm);					\
} while (0)
#define SLIST_INSERT_AFTER(at, elm, field) do {				\
	SLIST_NEXT(elm, field) = SLIST_NEXT(at, field);			\
	SLIST_NEXT(at, field) = (elm);					\
} while (0)
#define SLIST_REMOVE_HEAD(head, field)					\
	(SLIST_FIRST(head) = SLIST_NEXT(SLIST_FIRST(head), field))
#define SLIST_REMOVE_AFTER(at, field)					\
	(SLIST_NEXT(at, field) = SLIST_NEXT(SLIST_NEXT(at, field), field))
#define SLIST_REMOVE(head, elm, type, field) do {			\
	struct type **slot_ = &SLIST_FIRST(head);			\
									\
	while (*slot_ != (elm))						\
		slot_ = &SLIST_NEXT(*slot_, field);			\
	*slot_ = SLIST_NEXT(*slot_, field);				\
} while (0)

/* --- LIST --- */

#define LIST_HEAD(name, type)	struct name { struct type *lh_first; }
#define LIST_ENTRY(type)						\
	struct { struct type *le_next; struct type **le_prev; }
#define LIST_HEAD_INITIALIZER(head)	{ (void *)0 }

#define LIST_FIRST(head)	((head)->lh_first)
#define LIST_NEXT(elm, field)	((elm)->field.le_next)
#define LIST_END(head)		((void *)0)
#define LIST_EMPTY(head)	(LIST_FIRST(head) == LIST_END(head))
#define LIST_INIT(head)		(LIST_FIRST(head) = LIST_END(head))

#define LIST_FOREACH(var, head, field)					\
	for ((var) = LIST_FIRST(head); (var) != LIST_END(head);		\
	    (var) = LIST_NEXT(var, field))
#define LIST_FOREACH_SAFE(var, head, field, next)			\
	for ((var) = LIST_FIRST(head);					\
	    (var) != LIST_END(head) &&					\
	    ((next) = LIST_NEXT(var, field), 1); (var) = (next))

/* Links elm in at the pointer *slot, before what that points to now. */
#define _LIST_LINK(slot, elm, field) do {				\
	(elm)->field.le_prev = (slot);					\
	LIST_NEXT(elm, field) = *(slot);				\
	if (*(slot) != (void *)0)					\
		(*(slot))->field.le_prev = &LIST_NEXT(elm, field);	\
	*(elm)->field.le_prev = (elm);					\
} while (0)
#define LIST_INSERT_HEAD(head, elm, field)				\
	_LIST_LINK(&LIST_FIRST(head), elm, field)
#define LIST_INSERT_AFTER(at, elm, field)				\
	_LIST_LINK(&LIST_NEXT(at, field), elm, field)
#define LIST_INSERT_BEFORE(at, elm, field) do {				\
	(elm)->field.le_prev = (at)->field.le_prev;			\
	LIST_NEXT(elm, field) = (at);					\
	*(at)->field.le_prev = (elm);					\
	(at)->field.le_prev = &LIST_NEXT(elm, field);			\
} while (0)
#define LIST_REMOVE(elm, field) do {					\
	if (LIST_NEXT(elm, field) != (void *)0)				\
		LIST_NEXT(elm, field)->field.le_prev =			\
		    (elm)->field.le_prev;				\
	*(elm)->field.le_prev = LIST_NEXT(elm, field);			\
} while (0)

/* --- SIMPLEQ --- */

#define SIMPLEQ_HEAD(name, type)					\
	struct name { struct type *sqh_first; struct type **sqh_last; }
#define SIMPLEQ_ENTRY(type)	struct { struct type *sqe_next; }
#define SIMPLEQ_HEAD_INITIALIZER(head)	{ (void *)0, &(head).sqh_first }

#define SIMPLEQ_FIRST(head)	((head)->sqh_first)
#define SIMPLEQ_NEXT(elm, field) ((elm)->field.sqe_next)
#define SIMPLEQ_END(head)	((void *)0)
#define SIMPLEQ_EMPTY(head)	(SIMPLEQ_FIRST(head) == SIMPLEQ_END(head))
#define SIMPLEQ_INIT(head) do {						\
	SIMPLEQ_FIRST(head) = (void *)0;				\
	(head)->sqh_last = &SIMPLEQ_FIRST(head);			\
} while (0)

#define SIMPLEQ_FOREACH(var, head, field)				\
	for ((var) = SIMPLEQ_FIRST(head); (var) != SIMPLEQ_END(head);	\
	    (var) = SIMPLEQ_NEXT(var, field))
#define SIMPLEQ_INSERT_HEAD(head, elm, field) do {			\
	SIMPLEQ_NEXT(elm, field) = SIMPLEQ_FIRST(head);			\
	if (SIMPLEQ_EMPTY(head))					\
		(head)->sqh_last = &SIMPLEQ_NEXT(elm, field);		\
	SIMPLEQ_FIRST(head) = (elm);					\
} while (0)
#define SIMPLEQ_INSERT_TAIL(head, elm, field) do {			\
	SIMPLEQ_NEXT(elm, field) = (void *)0;				\
	*(head)->sqh_last = (elm);					\
	(head)->sqh_last = &SIMPLEQ_NEXT(elm, field);			\
} while (0)
#define SIMPLEQ_INSERT_AFTER(head, at, elm, field) do {			\
	SIMPLEQ_NEXT(elm, field) = SIMPLEQ_NEXT(at, field);		\
	if (SIMPLEQ_NEXT(elm, field) == (void *)0)			\
		(head)->sqh_last = &SIMPLEQ_NEXT(elm, field);		\
	SIMPLEQ_NEXT(at, field) = (elm);				\
} while (0)
#define SIMPLEQ_REMOVE_HEAD(head, field) do {				\
	SIMPLEQ_FIRST(head) = SIMPLEQ_NEXT(SIMPLEQ_FIRST(head), field);	\
	if (SIMPLEQ_EMPTY(head))					\
		(head)->sqh_last = &SIMPLEQ_FIRST(head);		\
} while (0)

/* --- TAILQ --- */

#define TAILQ_HEAD(name, type)						\
	struct name { struct type *tqh_first; struct type **tqh_last; }
#define TAILQ_ENTRY(type)						\
	struct { struct type *tqe_next; struct type **tqe_prev; }
#define TAILQ_HEAD_INITIALIZER(head)	{ (void *)0, &(head).tqh_first }

#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
#define TAILQ_END(head)		((void *)0)
#define TAILQ_EMPTY(head)	(TAILQ_FIRST(head) == TAILQ_END(head))
/* A link and a head have the same shape: first pointer, then address. */
#define TAILQ_LAST(head, headname)					\
	(*(((struct headname *)((head)->tqh_last))->tqh_last))
#define TAILQ_PREV(elm, headname, field)				\
	(*(((struct headname *)((elm)->field.tqe_prev))->tqh_last))
#define TAILQ_INIT(head) do {						\
	TAILQ_FIRST(head) = (void *)0;					\
	(head)->tqh_last = &TAILQ_FIRST(head);				\
} while (0)

#define TAILQ_FOREACH(var, head, field)					\
	for ((var) = TAILQ_FIRST(head); (var) != TAILQ_END(head);	\
	    (var) = TAILQ_NEXT(var, field))
#define TAILQ_FOREACH_SAFE(var, head, field, next)			\
	for ((var) = TAILQ_FIRST(head);					\
	    (var) != TAILQ_END(head) &&					\
	    ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))
#define TAILQ_FOREACH_REVERSE(var, head, headname, field)		\
	for ((var) = TAILQ_LAST(head, headname);			\
	    (var) != TAILQ_END(head);					\
	    (var) = TAILQ_PREV(var, headname, field))

/* The address that holds the pointer back to elm's next link. */
#define _TAILQ_BACK(head, elm, field)					\
	(*(TAILQ_NEXT(elm, field) != (void *)0 ?			\
	    &TAILQ_NEXT(elm, field)->field.tqe_prev : &(head)->tqh_last))
#define TAILQ_INSERT_HEAD(head, elm, field) do {			\
	TAILQ_NEXT(elm, field) = TAILQ_FIRST(head);			\
	_TAILQ_BACK(head, elm, field) = &TAILQ_NEXT(elm, field);	\
	TAILQ_FIRST(head) = (elm);					\
	(elm)->field.tqe_prev = &TAILQ_FIRST(head);			\
} while (0)
#define TAILQ_INSERT_TAIL(head, elm, field) do {			\
	TAILQ_NEXT(elm, field) = (void *)0;				\
	(elm)->field.tqe_prev = (head)->tqh_last;			\
	*(head)->tqh_last = (elm);					\
	(head)->tqh_last = &TAILQ_NEXT(elm, field);			\
} while (0)
#define TAILQ_INSERT_AFTER(head, at, elm, field) do {			\
	TAILQ_NEXT(elm, field) = TAILQ_NEXT(at, field);			\
	_TAILQ_BACK(head, elm, field) = &TAILQ_NEXT(elm, field);	\
	TAILQ_NEXT(at, field) = (elm);					\
	(elm)->field.tqe_prev = &TAILQ_NEXT(at, field);			\
} while (0)
#define TAILQ_REMOVE(head, elm, field) do {				\
	_TAILQ_BACK(head, elm, field) = (elm)->field.tqe_prev;		\
	*(elm)->field.tqe_prev = TAILQ_NEXT(elm, field);		\
} while (0)

#endif

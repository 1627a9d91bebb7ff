/*
 * Queues of an interface, ifq_enqueue(9), ifiq_input(9).
 *
 * What is done with a transmit queue is serialised: if_qstart of one queue is
 * never called while it runs.
 */
#ifndef _NET_IFQ_H_
#define _NET_IFQ_H_

#include <sys/types.h>
#include <sys/atomic.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/task.h>

struct ifnet;
struct ifqueue;
struct ifiqueue;

struct ifq_ops;
extern const struct ifq_ops *const ifq_priq_ops;

struct ifqueue {
	struct ifnet		*ifq_if;
	struct taskq		*ifq_softnet;
	union {
		void			*_ifq_softc;
		struct ifqueue		*_ifq_ifqs[1];
	} _ifq_ptr;
#define ifq_softc	_ifq_ptr._ifq_softc
#define ifq_ifqs	_ifq_ptr._ifq_ifqs

	struct mutex		 ifq_mtx;
	struct mbuf_list	 ifq_ml;
	unsigned int		 ifq_len;
	unsigned int		 ifq_oactive;
	unsigned int		 ifq_maxlen;
	unsigned int		 ifq_idx;
	struct mbuf		*ifq_begun;	/* between begin and commit */

	uint64_t		 ifq_packets;
	uint64_t		 ifq_bytes;
	uint64_t		 ifq_qdrops;
	uint64_t		 ifq_errors;
	uint64_t		 ifq_mcasts;
	uint32_t		 ifq_oactives;

	struct mutex		 ifq_task_mtx;
	struct task_list	 ifq_task_list;
	int			 ifq_serializing;
	struct task		 ifq_bundle;
	struct task		 ifq_start;
	struct task		 ifq_restart;
	struct mbuf_list	 ifq_free;	/* dropped under the mutex */
};

struct ifiqueue {
	struct ifnet		*ifiq_if;
	struct taskq		*ifiq_softnet;
	union {
		void			*_ifiq_softc;
		struct ifiqueue		*_ifiq_ifiqs[1];
	} _ifiq_ptr;
#define ifiq_softc	_ifiq_ptr._ifiq_softc
#define ifiq_ifiqs	_ifiq_ptr._ifiq_ifiqs

	struct mutex		 ifiq_mtx;
	struct mbuf_list	 ifiq_ml;
	struct task		 ifiq_task;
	unsigned int		 ifiq_pressure;

	uint64_t		 ifiq_packets;
	uint64_t		 ifiq_bytes;
	uint64_t		 ifiq_fdrops;
	uint64_t		 ifiq_qdrops;
	uint64_t		 ifiq_errors;
	uint64_t		 ifiq_mcasts;
	uint64_t		 ifiq_noproto;

	unsigned int		 ifiq_idx;
};

/* The stack's side. */
void ifq_init(struct ifqueue *, struct ifnet *, unsigned int);
void ifq_destroy(struct ifqueue *);
int ifq_enqueue(struct ifqueue *, struct mbuf *);	/* 0 or ENOBUFS */
void ifq_start(struct ifqueue *);
unsigned int ifq_hdatalen(struct ifqueue *);

/* The driver's side. */
struct mbuf *ifq_dequeue(struct ifqueue *);
struct mbuf *ifq_deq_begin(struct ifqueue *);	/* leaves the mutex held */
void ifq_deq_commit(struct ifqueue *, struct mbuf *);
void ifq_deq_rollback(struct ifqueue *, struct mbuf *);
unsigned int ifq_purge(struct ifqueue *);
void *ifq_q_enter(struct ifqueue *, const struct ifq_ops *);
void ifq_init_maxlen(struct ifqueue *, unsigned int);
void ifq_serialize(struct ifqueue *, struct task *);
void ifq_barrier(struct ifqueue *);		/* may sleep */
void ifq_restart(struct ifqueue *);		/* clears oactive, starts */
void ifq_set_oactive(struct ifqueue *);
void ifq_clr_oactive(struct ifqueue *);
unsigned int ifq_is_oactive(struct ifqueue *);
int ifq_deq_sleep(struct ifqueue *, struct mbuf **, int, int, const char *,
    volatile unsigned int *, volatile unsigned int *);
void ifq_add_data(struct ifqueue *, void *);
void ifq_mfreem(struct ifqueue *, struct mbuf *);
void ifq_mfreeml(struct ifqueue *, struct mbuf_list *);

#define ifq_len(ifq)		READ_ONCE((ifq)->ifq_len)
#define ifq_empty(ifq)		(ifq_len(ifq) == 0)
#define ifq_is_priq(ifq)	1
#define ifq_set_maxlen(ifq, l)	ifq_init_maxlen((ifq), (l))

void ifiq_init(struct ifiqueue *, struct ifnet *, unsigned int);
void ifiq_destroy(struct ifiqueue *);
/* Takes the packets; 1: the driver should slow down. */
int ifiq_input(struct ifiqueue *, struct mbuf_list *);
int ifiq_enqueue(struct ifiqueue *, struct mbuf *);
#define ifiq_len(ifiq)		ml_len(&(ifiq)->ifiq_ml)
#define ifiq_empty(ifiq)	ml_empty(&(ifiq)->ifiq_ml)

#endif

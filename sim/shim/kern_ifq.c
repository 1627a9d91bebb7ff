/*
 * kern_ifq.c: queues of an interface, ifq_enqueue(9), ifiq_input(9).
 *
 *	stack: ifq_enqueue, ifq_start ──► ifq_serialize ──► if_qstart
 *	driver: ifq_dequeue			the host hears of the frame
 *	driver: ifiq_input			the same; softnet takes it up
 *
 * What is a packet and what is not is asked where a driver hands one up, so
 * that the finding names the driver.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <net/if.h>
#include <net/bpf.h>

#include "kern_net.h"
#include "kern_var.h"

#define IFIQ_MAXLEN_DROP	(2048 * 5)	/* more are dropped */
#define IFIQ_MAXLEN_SLOW	2048		/* the driver is told */
#define PIECES_MAX		256		/* mbufs of a frame that is told */

struct ifq_ops {
	int	 ifqop_none;
};

static const struct ifq_ops priq_ops = { 0 };
const struct ifq_ops *const ifq_priq_ops = &priq_ops;

/* --- what the host hears --- */

/* Flags of mbuf(9) and of the door have different numbers. */
static const struct {
	u_int16_t	from;
	hc_u32		to;
} frame_flags[] = {
	{ M_IPV4_CSUM_OUT, HC_NET_CSUM_IPV4_OUT },
	{ M_TCP_CSUM_OUT, HC_NET_CSUM_TCP_OUT },
	{ M_UDP_CSUM_OUT, HC_NET_CSUM_UDP_OUT },
	{ M_IPV4_CSUM_IN_OK, HC_NET_CSUM_IPV4_IN_OK },
	{ M_IPV4_CSUM_IN_BAD, HC_NET_CSUM_IPV4_IN_BAD },
	{ M_TCP_CSUM_IN_OK, HC_NET_CSUM_TCP_IN_OK },
	{ M_TCP_CSUM_IN_BAD, HC_NET_CSUM_TCP_IN_BAD },
	{ M_UDP_CSUM_IN_OK, HC_NET_CSUM_UDP_IN_OK },
	{ M_UDP_CSUM_IN_BAD, HC_NET_CSUM_UDP_IN_BAD },
};

static void
frame_told(int in, u_int queue, struct mbuf *m0)
{
	struct hc_piece pieces[PIECES_MAX];
	u_int16_t csum = m0->m_pkthdr.csum_flags;
	hc_u32 flags = 0, n = 0;
	struct mbuf *m;
	u_int i;

	for (m = m0; m != NULL; m = m->m_next) {
		if (m->m_len == 0)
			continue;
		if (n == PIECES_MAX)
			KERN_UNMODELLED("a packet of more than 256 mbufs");
		pieces[n].at = m->m_data;
		pieces[n++].len = m->m_len;
	}
	for (i = 0; csum != 0 && i < nitems(frame_flags); i++) {
		if (csum & frame_flags[i].from)
			flags |= frame_flags[i].to;
	}
	if (csum & M_TCP_TSO)
		flags |= in ? HC_NET_LRO : HC_NET_TSO;
	else if (in && m0->m_pkthdr.ph_mss != 0)
		flags |= HC_NET_LRO;
	if (m0->m_flags & M_VLANTAG)
		flags |= HC_NET_VLAN;
	hc->net_frame(in, queue, pieces, n, flags,
	    (flags & (HC_NET_TSO | HC_NET_LRO)) ? m0->m_pkthdr.ph_mss : 0);
}

/* --- serialising --- */

void
ifq_serialize(struct ifqueue *ifq, struct task *t)
{
	struct task work;

	if (ISSET(READ_ONCE(t->t_flags), TASK_ONQUEUE))
		return;
	mtx_enter(&ifq->ifq_task_mtx);
	SET(t->t_flags, TASK_ONQUEUE);
	TAILQ_INSERT_TAIL(&ifq->ifq_task_list, t, t_entry);
	if (!ifq->ifq_serializing) {
		ifq->ifq_serializing = 1;
		while ((t = TAILQ_FIRST(&ifq->ifq_task_list)) != NULL) {
			kern_task_unlink(&ifq->ifq_task_list, t);
			CLR(t->t_flags, TASK_ONQUEUE);
			work = *t;
			mtx_leave(&ifq->ifq_task_mtx);
			work.t_func(work.t_arg);
			mtx_enter(&ifq->ifq_task_mtx);
		}
		ifq->ifq_serializing = 0;
	}
	mtx_leave(&ifq->ifq_task_mtx);
}

static void
ifq_driver_start(struct ifqueue *ifq)
{
	int was = KERN_DRIVER();

	ifq->ifq_if->if_qstart(ifq);
	KERN_BACK(was);
}

static void
ifq_start_task(void *arg)
{
	struct ifqueue *ifq = arg;
	struct ifnet *ifp = ifq->ifq_if;

	if (!ISSET(ifp->if_flags, IFF_RUNNING) || ifq_empty(ifq) ||
	    ifq_is_oactive(ifq))
		return;
	ifq_driver_start(ifq);
}

static void
ifq_restart_task(void *arg)
{
	struct ifqueue *ifq = arg;

	ifq_clr_oactive(ifq);
	ifq_driver_start(ifq);
}

static void
ifq_bundle_task(void *arg)
{
	struct ifqueue *ifq = arg;
	int was = KERN_CODE();

	ifq_serialize(ifq, &ifq->ifq_start);
	KERN_BACK(was);
}

void
ifq_restart(struct ifqueue *ifq)
{
	ifq_serialize(ifq, &ifq->ifq_restart);
}

/* A few packets wait for each other: many at once cost the driver less. */
void
ifq_start(struct ifqueue *ifq)
{
	struct ifnet *ifp = ifq->ifq_if;

	if (ifq_len(ifq) >= min(ifp->if_txmit, ifq->ifq_maxlen)) {
		(void)task_del(ifq->ifq_softnet, &ifq->ifq_bundle);
		ifq_bundle_task(ifq);
	} else
		(void)task_add(ifq->ifq_softnet, &ifq->ifq_bundle);
}

void
ifq_barrier(struct ifqueue *ifq)
{
	/* What interrupts has finished, or the process could not ask. */
	(void)task_del(ifq->ifq_softnet, &ifq->ifq_bundle);
	taskq_barrier(ifq->ifq_softnet);
	KASSERT(!ifq->ifq_serializing);
}

void
ifq_set_oactive(struct ifqueue *ifq)
{
	KERN_OWN(&ifq->ifq_oactive);
	if (!ifq->ifq_oactive) {
		ifq->ifq_oactive = 1;
		ifq->ifq_oactives++;
	}
	KERN_OWN_END(&ifq->ifq_oactive);
}

void
ifq_clr_oactive(struct ifqueue *ifq)
{
	KERN_OWN(&ifq->ifq_oactive);
	ifq->ifq_oactive = 0;
	KERN_OWN_END(&ifq->ifq_oactive);
}

unsigned int
ifq_is_oactive(struct ifqueue *ifq)
{
	return READ_ONCE(ifq->ifq_oactive);
}

/* --- transmit queues --- */

void
ifq_init_maxlen(struct ifqueue *ifq, unsigned int maxlen)
{
	ifq->ifq_maxlen = maxlen;
}

void
ifq_init(struct ifqueue *ifq, struct ifnet *ifp, unsigned int idx)
{
	ifq->ifq_if = ifp;
	ifq->ifq_softnet = kern_softnet;
	ifq->ifq_softc = NULL;
	mtx_init(&ifq->ifq_mtx, IPL_NET);
	ml_init(&ifq->ifq_ml);
	ml_init(&ifq->ifq_free);
	ifq->ifq_len = 0;
	ifq->ifq_oactive = 0;
	ifq->ifq_begun = NULL;
	ifq->ifq_packets = ifq->ifq_bytes = ifq->ifq_qdrops = 0;
	ifq->ifq_errors = ifq->ifq_mcasts = 0;
	ifq->ifq_oactives = 0;
	mtx_init(&ifq->ifq_task_mtx, IPL_NET);
	TAILQ_INIT(&ifq->ifq_task_list);
	ifq->ifq_serializing = 0;
	task_set(&ifq->ifq_bundle, ifq_bundle_task, ifq);
	task_set(&ifq->ifq_start, ifq_start_task, ifq);
	task_set(&ifq->ifq_restart, ifq_restart_task, ifq);
	if (ifq->ifq_maxlen == 0)
		ifq_init_maxlen(ifq, IFQ_MAXLEN);
	ifq->ifq_idx = idx;
}

void
ifq_destroy(struct ifqueue *ifq)
{
	(void)ifq_purge(ifq);
	(void)task_del(ifq->ifq_softnet, &ifq->ifq_bundle);
}

int
ifq_enqueue(struct ifqueue *ifq, struct mbuf *m)
{
	int full;

	mtx_enter(&ifq->ifq_mtx);
	full = ifq->ifq_len >= ifq->ifq_maxlen;
	if (full) {
		ifq->ifq_qdrops++;
	} else {
		ml_enqueue(&ifq->ifq_ml, m);
		ifq->ifq_len++;
		ifq->ifq_packets++;
		ifq->ifq_bytes += m->m_pkthdr.len;
		if (ISSET(m->m_flags, M_MCAST))
			ifq->ifq_mcasts++;
	}
	mtx_leave(&ifq->ifq_mtx);
	if (!full)
		return 0;
	m_freem(m);
	return ENOBUFS;
}

struct mbuf *
ifq_dequeue(struct ifqueue *ifq)
{
	struct mbuf *m;

	mtx_enter(&ifq->ifq_mtx);
	m = ml_dequeue(&ifq->ifq_ml);
	if (m != NULL)
		ifq->ifq_len--;
	mtx_leave(&ifq->ifq_mtx);
	if (m != NULL)
		frame_told(0, ifq->ifq_idx, m);
	return m;
}

/* Until commit or rollback the mutex is held. */
struct mbuf *
ifq_deq_begin(struct ifqueue *ifq)
{
	struct mbuf *m;

	mtx_enter(&ifq->ifq_mtx);
	m = MBUF_LIST_FIRST(&ifq->ifq_ml);
	if (m == NULL)
		mtx_leave(&ifq->ifq_mtx);
	ifq->ifq_begun = m;
	return m;
}

static void
ifq_deq_end(struct ifqueue *ifq, struct mbuf *m, const char *function)
{
	MUTEX_ASSERT_LOCKED(&ifq->ifq_mtx);
	if (m == NULL || m != ifq->ifq_begun)
		panic("%s: not the packet of ifq_deq_begin", function);
	ifq->ifq_begun = NULL;
}

void
ifq_deq_commit(struct ifqueue *ifq, struct mbuf *m)
{
	ifq_deq_end(ifq, m, "ifq_deq_commit");
	(void)ml_dequeue(&ifq->ifq_ml);
	ifq->ifq_len--;
	mtx_leave(&ifq->ifq_mtx);
	frame_told(0, ifq->ifq_idx, m);
}

void
ifq_deq_rollback(struct ifqueue *ifq, struct mbuf *m)
{
	ifq_deq_end(ifq, m, "ifq_deq_rollback");
	mtx_leave(&ifq->ifq_mtx);
}

unsigned int
ifq_purge(struct ifqueue *ifq)
{
	struct mbuf_list ml;

	mtx_enter(&ifq->ifq_mtx);
	ml = ifq->ifq_ml;
	ml_init(&ifq->ifq_ml);
	ifq->ifq_len = 0;
	ifq->ifq_qdrops += ml_len(&ml);
	mtx_leave(&ifq->ifq_mtx);
	return ml_purge(&ml);
}

unsigned int
ifq_hdatalen(struct ifqueue *ifq)
{
	unsigned int len;

	mtx_enter(&ifq->ifq_mtx);
	len = ml_hdatalen(&ifq->ifq_ml);
	mtx_leave(&ifq->ifq_mtx);
	return len;
}

void
ifq_mfreem(struct ifqueue *ifq, struct mbuf *m)
{
	MUTEX_ASSERT_LOCKED(&ifq->ifq_mtx);
	ifq->ifq_len--;
	ifq->ifq_qdrops++;
	m_freem(m);
}

void
ifq_mfreeml(struct ifqueue *ifq, struct mbuf_list *ml)
{
	MUTEX_ASSERT_LOCKED(&ifq->ifq_mtx);
	ifq->ifq_len -= ml_len(ml);
	ifq->ifq_qdrops += ml_len(ml);
	(void)ml_purge(ml);
}

/* --- receive queues --- */

static void
ifiq_deliver(struct ifiqueue *ifiq)
{
	struct ifnet *ifp = ifiq->ifiq_if;
	struct mbuf_list ml;
	struct mbuf *m;

	/* The process sleeps with the stack's lock: its turn comes first. */
	if (!kern_net_softnet_enter(&ifiq->ifiq_task))
		return;
	mtx_enter(&ifiq->ifiq_mtx);
	ml = ifiq->ifiq_ml;
	ml_init(&ifiq->ifiq_ml);
	mtx_leave(&ifiq->ifiq_mtx);
	while ((m = ml_dequeue(&ml)) != NULL)
		ifp->if_input(ifp, m);
	kern_net_softnet_leave();
}

static void
ifiq_task(void *arg)
{
	int was = KERN_CODE();

	ifiq_deliver(arg);
	KERN_BACK(was);
}

void
ifiq_init(struct ifiqueue *ifiq, struct ifnet *ifp, unsigned int idx)
{
	ifiq->ifiq_if = ifp;
	ifiq->ifiq_softnet = kern_softnet;
	ifiq->ifiq_softc = NULL;
	mtx_init(&ifiq->ifiq_mtx, IPL_NET);
	ml_init(&ifiq->ifiq_ml);
	task_set(&ifiq->ifiq_task, ifiq_task, ifiq);
	ifiq->ifiq_pressure = 0;
	ifiq->ifiq_packets = ifiq->ifiq_bytes = ifiq->ifiq_fdrops = 0;
	ifiq->ifiq_qdrops = ifiq->ifiq_errors = 0;
	ifiq->ifiq_mcasts = ifiq->ifiq_noproto = 0;
	ifiq->ifiq_idx = idx;
}

void
ifiq_destroy(struct ifiqueue *ifiq)
{
	(void)task_del(ifiq->ifiq_softnet, &ifiq->ifiq_task);
	(void)ml_purge(&ifiq->ifiq_ml);
}

/* A listener sees what comes in before anybody else does. */
static void
ifiq_tap(struct ifnet *ifp, struct mbuf_list *ml)
{
	struct mbuf *m;

	MBUF_LIST_FOREACH(ml, m)
		(void)bpf_mtap_ether(ifp->if_bpf, m, BPF_DIRECTION_IN);
}

int
ifiq_input(struct ifiqueue *ifiq, struct mbuf_list *ml)
{
	struct ifnet *ifp = ifiq->ifiq_if;
	struct mbuf_list good = MBUF_LIST_INITIALIZER();
	unsigned int len, dropped = 0;
	uint64_t bytes = 0;
	struct mbuf *m;

	if (ml_empty(ml))
		return 0;
	while ((m = ml_dequeue(ml)) != NULL) {
		if (!kern_mbuf_check("ifiq_input", m)) {
			m_freem(m);
			continue;
		}
		m->m_pkthdr.ph_ifidx = ifp->if_index;
		m->m_pkthdr.ph_rtableid = ifp->if_rdomain;
		bytes += m->m_pkthdr.len;
		frame_told(1, ifiq->ifiq_idx, m);
		ml_enqueue(&good, m);
	}
	if (ifp->if_bpf != NULL)
		ifiq_tap(ifp, &good);
	mtx_enter(&ifiq->ifiq_mtx);
	ifiq->ifiq_packets += ml_len(&good);
	ifiq->ifiq_bytes += bytes;
	len = ifiq_len(ifiq);
	if (len < IFIQ_MAXLEN_DROP)
		ml_enlist(&ifiq->ifiq_ml, &good);
	else
		ifiq->ifiq_qdrops += dropped = ml_len(&good);
	mtx_leave(&ifiq->ifiq_mtx);
	if (dropped > 0)
		(void)ml_purge(&good);
	else
		(void)task_add(ifiq->ifiq_softnet, &ifiq->ifiq_task);
	return len > IFIQ_MAXLEN_SLOW;
}

int
ifiq_enqueue(struct ifiqueue *ifiq, struct mbuf *m)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();

	ml_enqueue(&ml, m);
	return ifiq_input(ifiq, &ml);
}

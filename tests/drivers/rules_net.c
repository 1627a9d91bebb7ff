/* rules_net.c: what a driver of an interface hands up, and counts. */
#include <sys/mbuf.h>
#include <sys/task.h>
#include <net/if.h>
#include <netinet/if_ether.h>

#include "rules_guest.h"

static struct arpcom ac;

static void
testif_start(struct ifnet *ifp)
{
}

static int
testif_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	return ENOTTY;
}

static struct ifnet *
testif_attach(void)
{
	struct ifnet *ifp = &ac.ac_if;

	ifp->if_start = testif_start;
	ifp->if_ioctl = testif_ioctl;
	if_attach(ifp);
	ether_ifattach(ifp);
	return ifp;
}

static void
testif_detach(struct ifnet *ifp)
{
	ether_ifdetach(ifp);
	if_detach(ifp);
}

static struct mbuf *
packet(void)
{
	struct mbuf *m = MCLGETL(NULL, M_DONTWAIT, MCLBYTES);

	m->m_len = m->m_pkthdr.len = 60;
	memset(mtod(m, void *), 0, 60);
	return m;
}

CASE(input_length)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct ifnet *ifp = testif_attach();
	struct mbuf *p = packet();

	p->m_pkthdr.len = 61;
	ml_enqueue(&ml, p);
	if_input(ifp, &ml);		/* LINE: input_length */
	testif_detach(ifp);
	return 0;
}

/* The device said how long, and it was believed. */
CASE(input_room)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct ifnet *ifp = testif_attach();
	struct mbuf *p = packet();

	p->m_data += 12;
	p->m_len = p->m_pkthdr.len = MCLBYTES - 11;
	ml_enqueue(&ml, p);
	if_input(ifp, &ml);		/* LINE: input_room */
	testif_detach(ifp);
	return 0;
}

CASE(input_no_header)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct ifnet *ifp = testif_attach();
	struct mbuf *p = packet();

	m_removehdr(p);
	ml_enqueue(&ml, p);
	if_input(ifp, &ml);		/* LINE: input_no_header */
	testif_detach(ifp);
	return 0;
}

/* To the last byte of a cluster, and in two mbufs. */
CASE(input_whole)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct ifnet *ifp = testif_attach();
	struct mbuf *p = packet();

	p->m_data += 12;
	p->m_len = MCLBYTES - 12;
	p->m_next = m_get(M_DONTWAIT, MT_DATA);
	p->m_next->m_len = MLEN;
	p->m_pkthdr.len = MCLBYTES - 12 + MLEN;
	ml_enqueue(&ml, p);
	if_input(ifp, &ml);
	testif_detach(ifp);
	return 0;
}

CASE(ring_put_many)
{
	struct if_rxring ring;

	if_rxr_init(&ring, 2, 4);
	(void)if_rxr_get(&ring, 2);
	if_rxr_put(&ring, 3);		/* LINE: ring_put_many */
	return 0;
}

CASE(ring_put_all)
{
	struct if_rxring ring;

	if_rxr_init(&ring, 2, 4);
	if_rxr_put(&ring, if_rxr_get(&ring, 100));
	return 0;
}

static void
task_sleeps(void *arg)
{
	(void)malloc(16, M_DEVBUF, M_WAITOK);	/* LINE: task_waits */
}

CASE(task_waits)
{
	struct task t;

	task_set(&t, task_sleeps, NULL);
	(void)task_add(systq, &t);
	taskq_barrier(systq);
	return 0;
}

CASE(net_unlocked)
{
	NET_ASSERT_LOCKED();		/* LINE: net_unlocked */
	return 0;
}

CASE(net_shared)
{
	NET_LOCK_SHARED();
	NET_ASSERT_LOCKED_EXCLUSIVE();	/* LINE: net_shared */
	NET_UNLOCK_SHARED();
	return 0;
}

CASE(net_locked)
{
	NET_LOCK();
	NET_ASSERT_LOCKED_EXCLUSIVE();
	NET_UNLOCK();
	NET_LOCK_SHARED();
	NET_ASSERT_LOCKED();
	NET_UNLOCK_SHARED();
	return 0;
}

/* net_guest.c: an interface for tests, the peer behind it, cases of queues. */
#include "net_guest.h"

#include <sys/sockio.h>
#include <net/bpf.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/tcp_var.h>
#include <netinet/udp.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#define PEER		0x0a000202u
#define IP_AT		ETHER_HDR_LEN
#define L4_AT		(IP_AT + sizeof(struct ip))

struct lp_softc *lp;

static int lp_match(struct device *, void *, void *);
static void lp_attach(struct device *, struct device *, void *);
static int lp_detach(struct device *, int);

const struct cfattach testdev_ca = {
	sizeof(struct lp_softc), lp_match, lp_attach, lp_detach
};

struct cfdriver testdev_cd = {
	NULL, "lp", DV_IFNET, CD_COCOVM
};

/* --- the peer --- */

static const u_int8_t peer_mac[ETHER_ADDR_LEN] = { 2, 0, 0, 0, 0, 2 };

static void
peer_swap(struct mbuf *m, u_int a, u_int b, u_int n)
{
	u_int8_t x[16], y[16];

	m_copydata(m, a, n, x);
	m_copydata(m, b, n, y);
	(void)m_copyback(m, a, n, y, M_WAIT);
	(void)m_copyback(m, b, n, x, M_WAIT);
}

static int
peer_arp(struct mbuf *m)
{
	u_int32_t peer = htonl(PEER);
	struct ether_arp ea;

	m_copydata(m, IP_AT, sizeof(ea), &ea);
	if (ntohs(ea.arp_op) != ARPOP_REQUEST ||
	    memcmp(ea.arp_tpa, &peer, sizeof(peer)) != 0)
		return 0;
	ea.arp_op = htons(ARPOP_REPLY);
	memcpy(ea.arp_tha, ea.arp_sha, ETHER_ADDR_LEN);
	memcpy(ea.arp_tpa, ea.arp_spa, sizeof(ea.arp_tpa));
	memcpy(ea.arp_sha, peer_mac, ETHER_ADDR_LEN);
	memcpy(ea.arp_spa, &peer, sizeof(peer));
	(void)m_copyback(m, IP_AT, sizeof(ea), &ea, M_WAIT);
	return 1;
}

/* 1: m has become the answer. */
static int
peer_answers(struct mbuf *m)
{
	u_int16_t csum = m->m_pkthdr.csum_flags, port, sum;
	struct ether_header eh;
	struct ip ip;
	u_int8_t type;
	int answers;

	m_copydata(m, 0, sizeof(eh), &eh);
	m_resethdr(m);
	if (ntohs(eh.ether_type) == ETHERTYPE_ARP) {
		answers = peer_arp(m);
	} else {
		m_copydata(m, IP_AT, sizeof(ip), &ip);
		m_copydata(m, L4_AT + 2, sizeof(port), &port);
		answers = ip.ip_p == IPPROTO_ICMP ||
		    (ip.ip_p == IPPROTO_UDP && port == htons(7));
		if (answers)
			peer_swap(m, IP_AT + 12, IP_AT + 16, 4);
		if (answers && ip.ip_p == IPPROTO_UDP)
			peer_swap(m, L4_AT, L4_AT + 2, 2);
		if (answers && ip.ip_p == IPPROTO_ICMP) {
			m_copydata(m, L4_AT + 2, sizeof(sum), &sum);
			type = 0;
			(void)m_copyback(m, L4_AT, 1, &type, M_WAIT);
			sum = htons(ntohs(sum) + 0x0800 +
			    (ntohs(sum) >= 0xf800));
			(void)m_copyback(m, L4_AT + 2, 2, &sum, M_WAIT);
		}
		if (csum & M_UDP_CSUM_OUT)
			m->m_pkthdr.csum_flags |= M_UDP_CSUM_IN_OK;
	}
	if (!answers)
		return 0;
	(void)m_copyback(m, 0, ETHER_ADDR_LEN, lp->sc_ac.ac_enaddr, M_WAIT);
	(void)m_copyback(m, ETHER_ADDR_LEN, ETHER_ADDR_LEN, peer_mac, M_WAIT);
	return 1;
}

/* --- the driver --- */

static void
lp_take(struct ifnet *ifp, u_int queue, struct mbuf *m, struct mbuf_list *ml)
{
	if (ifp->if_bpf != NULL)
		(void)bpf_mtap_ether(ifp->if_bpf, m, BPF_DIRECTION_OUT);
	lp->sc_taken++;
	if (peer_answers(m))
		ml_enqueue(ml, m);
	else
		m_freem(m);
}

static void
lp_qstart(struct ifqueue *ifq)
{
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct ifnet *ifp = ifq->ifq_if;
	struct mbuf *m;

	lp->sc_own += KERN_DRIVER();
	lp->sc_starts++;
	lp->sc_nested += lp->sc_inside++;
	while (!lp->sc_full && (m = ifq_dequeue(ifq)) != NULL)
		lp_take(ifp, ifq->ifq_idx, m, &ml);
	if (lp->sc_full && !ifq_empty(ifq))
		ifq_set_oactive(ifq);
	lp->sc_inside--;
	(void)ifiq_input(ifp->if_iqs[ifq->ifq_idx], &ml);
}

static void
lp_input(struct ifnet *ifp, struct mbuf *m)
{
	lp->sc_ups++;
	lp->sc_own_ups += KERN_CODE();
	ether_input(ifp, m);
}

static int
lp_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct ifreq *ifr = (struct ifreq *)data;
	int error;

	lp->sc_own += KERN_DRIVER();
	switch (cmd) {
	case SIOCSIFADDR:
		ifp->if_flags |= IFF_UP | IFF_RUNNING;
		return 0;
	case SIOCSIFFLAGS:
		if (ifp->if_flags & IFF_UP)
			ifp->if_flags |= IFF_RUNNING;
		else
			ifp->if_flags &= ~IFF_RUNNING;
		lp->sc_filters++;
		return 0;
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
		return ifmedia_ioctl(ifp, ifr, &lp->sc_media, cmd);
	default:
		error = ether_ioctl(ifp, &lp->sc_ac, cmd, data);
		if (error == ENETRESET) {
			lp->sc_filters++;
			error = 0;
		}
		return error;
	}
}

static int
lp_media_change(struct ifnet *ifp)
{
	return 0;
}

static void
lp_media_status(struct ifnet *ifp, struct ifmediareq *imr)
{
	imr->ifm_status = IFM_AVALID | IFM_ACTIVE;
	imr->ifm_active = IFM_ETHER | IFM_1000_T | IFM_FDX;
}

static int
lp_match(struct device *parent, void *match, void *aux)
{
	static const struct pci_matchid ids[] = { { 0x1af4, 0x10ff } };

	return pci_matchbyid(aux, ids, 1);
}

static void
lp_attach(struct device *parent, struct device *self, void *aux)
{
	struct lp_softc *sc = (struct lp_softc *)self;
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	static const u_int8_t mac[] = { 2, 0, 0, 0, 0, 1 };

	lp = sc;
	memcpy(sc->sc_ac.ac_enaddr, mac, sizeof(mac));
	printf(": address %s\n", ether_sprintf(sc->sc_ac.ac_enaddr));
	(void)strlcpy(ifp->if_xname, self->dv_xname, IFNAMSIZ);
	ifp->if_softc = sc;
	ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_xflags = IFXF_MPSAFE;
	ifp->if_qstart = lp_qstart;
	ifp->if_ioctl = lp_ioctl;
	ifp->if_hardmtu = ETHER_MAX_HARDMTU_LEN;
	ifq_init_maxlen(&ifp->if_snd, 20);
	ifmedia_init(&sc->sc_media, 0, lp_media_change, lp_media_status);
	ifmedia_add(&sc->sc_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_add(&sc->sc_media, IFM_ETHER | IFM_1000_T | IFM_FDX, 0, NULL);
	ifmedia_set(&sc->sc_media, IFM_ETHER | IFM_AUTO);
	if_attach(ifp);
	ether_ifattach(ifp);
	if_attach_queues(ifp, LP_QUEUES);
	if_attach_iqueues(ifp, LP_QUEUES);
}

static int
lp_detach(struct device *self, int flags)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;

	if_deactivate(ifp);
	ether_ifdetach(ifp);
	if_detach(ifp);
	ifmedia_delete_instance(&lp->sc_media, IFM_INST_ANY);
	lp = NULL;
	return 0;
}

/* --- cases --- */

/*
 * The ring may grow by one in a tick of the client's time, while it is low; what
 * code takes is none (rule X6).
 */
CASE(rings)
{
	static struct if_rxring r;
	static u_int tick;

	if (tick == 0) {
		if_rxr_init(&r, 4, 10);
		IS(if_rxr_get(&r, 2) == 2 && if_rxr_get(&r, 100) == 2);
		IS(if_rxr_get(&r, 100) == 0 && if_rxr_inuse(&r) == 4);
		if_rxr_put(&r, 3);
		delay(20000);
		IS(if_rxr_needrefill(&r) && if_rxr_get(&r, 100) == 3);
	} else if (tick <= 20) {
		if_rxr_put(&r, if_rxr_inuse(&r));
		IS(if_rxr_get(&r, 100) == MIN(4 + tick, 10));
	} else {
		if_rxr_livelocked(&r);
		if_rxr_livelocked(&r);	/* at most one in a tick */
		IS(if_rxr_cwm(&r) == (tick < 27 ? 30 - tick : 4));
	}
	return tick++ < 40 ? NET_AGAIN : 0;
}

static struct mbuf *
lp_frame(void)
{
	struct mbuf *m = kern_net_packet(60, M_WAIT);

	memset(mtod(m, void *), 0, 60);
	return m;
}

static int
lp_up(void)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_flags = lp->sc_ac.ac_if.if_flags | IFF_UP;
	return kern_if_ioctl(&lp->sc_ac.ac_if, SIOCSIFFLAGS, &ifr);
}

/* A queue that is oactive is not started until somebody restarts it. */
CASE(oactive)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	struct ifqueue *ifq = &ifp->if_snd;
	u_int starts;

	IS(lp_up() == 0);
	lp->sc_full = 1;
	IS(if_enqueue(ifp, lp_frame()) == 0);
	hc->busy();
	IS(ifq_is_oactive(ifq) && ifq_len(ifq) == 1);
	starts = lp->sc_starts;
	IS(if_enqueue(ifp, lp_frame()) == 0);
	hc->busy();
	IS(lp->sc_starts == starts && ifq_len(ifq) == 2);
	lp->sc_full = 0;
	ifq_restart(ifq);
	IS(!ifq_is_oactive(ifq) && ifq_empty(ifq) && lp->sc_taken == 2);
	IS(ifq->ifq_packets == 2 && ifq->ifq_bytes == 120);
	IS(ifq->ifq_oactives == 1);
	return 0;
}

/* Who runs is known (rule R3): a driver that the kernel's own code has called, and
   that code again when it is back. */
CASE(own_code)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	const hc_u64 up[6] = { PEER + 13, 24 }, ping[6] = { PEER, 2, 64 };

	ifp->if_input = lp_input;
	IS(KERN_CODE() == 0);
	IS(lp_up() == 0);
	IS(if_enqueue(ifp, lp_frame()) == 0);
	hc->busy();
	ifq_restart(&ifp->if_snd);
	IS(lp->sc_starts == 2 && lp->sc_own == 0);
	IS(KERN_DRIVER() == 1);
	IS(kern_net_op(HC_OP_NET_UP, up, NULL) == 0);
	IS(kern_net_op(HC_OP_NET_PING, ping, NULL) == 0);
	IS(lp->sc_starts > 2 && lp->sc_own == 0);
	IS(lp->sc_ups > 1 && lp->sc_ups == lp->sc_own_ups);
	IS(KERN_CODE() == 0);
	return 0;
}

/* Sixteen at once are a start; fewer wait for softnet. */
CASE(restart)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	u_int i;
	int s;

	IS(lp_up() == 0);
	s = splsoftnet();
	for (i = 0; i < 15; i++)
		IS(if_enqueue(ifp, lp_frame()) == 0);
	IS(lp->sc_starts == 0);
	IS(if_enqueue(ifp, lp_frame()) == 0);
	IS(lp->sc_starts == 1 && lp->sc_taken == 16);
	IS(if_enqueue(ifp, lp_frame()) == 0);
	IS(lp->sc_starts == 1);
	splx(s);
	IS(lp->sc_starts == 2 && lp->sc_taken == 17);
	s = splsoftnet();
	IS(if_enqueue(ifp, lp_frame()) == 0);
	ifq_barrier(&ifp->if_snd);	/* nothing of it comes after */
	splx(s);
	IS(lp->sc_starts == 2 && ifq_purge(&ifp->if_snd) == 1);
	return 0;
}

static void
serial_task(void *arg)
{
	struct ifqueue *ifq = &lp->sc_ac.ac_if.if_snd;

	/* Asked for inside, it comes when this one has ended. */
	*(u_int *)arg = lp->sc_starts;
	lp->sc_inside++;
	ifq_restart(ifq);
	lp->sc_inside--;
}

CASE(serialised)
{
	struct ifqueue *ifq = &lp->sc_ac.ac_if.if_snd;
	struct task t;
	u_int seen = 99;

	IS(lp_up() == 0);
	task_set(&t, serial_task, &seen);
	ifq_serialize(ifq, &t);
	IS(seen == 0 && lp->sc_starts == 1 && lp->sc_nested == 0);
	return 0;
}

CASE(queue_full)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	u_int i;

	IS(lp_up() == 0);
	lp->sc_full = 1;
	for (i = 0; i < 20; i++)
		IS(if_enqueue(ifp, lp_frame()) == 0);
	IS(if_enqueue(ifp, lp_frame()) == ENOBUFS);	/* and it is freed */
	IS(ifp->if_snd.ifq_qdrops == 1 && ifq_len(&ifp->if_snd) == 20);
	IS(ifq_purge(&ifp->if_snd) == 20);
	IS(ifp->if_snd.ifq_qdrops == 21 && ifq_empty(&ifp->if_snd));
	return 0;
}

CASE(deq_rollback)
{
	struct ifqueue *ifq = &lp->sc_ac.ac_if.if_snd;
	struct mbuf *m;

	IS(ifq_deq_begin(ifq) == NULL);
	IS(ifq_enqueue(ifq, lp_frame()) == 0);
	m = ifq_deq_begin(ifq);
	IS(m != NULL);
	ifq_deq_rollback(ifq, m);
	IS(ifq_len(ifq) == 1 && ifq_deq_begin(ifq) == m);
	ifq_deq_commit(ifq, m);
	IS(ifq_len(ifq) == 0 && ifq_dequeue(ifq) == NULL);
	m_freem(m);
	return 0;
}

CASE(media)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	struct ifmediareq imr;
	uint64_t list[2];
	struct ifreq ifr;

	memset(&imr, 0, sizeof(imr));
	IS(kern_if_ioctl(ifp, SIOCGIFMEDIA, &imr) == 0);
	IS(imr.ifm_count == 2 && imr.ifm_current == (IFM_ETHER | IFM_AUTO));
	IS(imr.ifm_status == (IFM_AVALID | IFM_ACTIVE));
	imr.ifm_ulist = list;
	IS(kern_if_ioctl(ifp, SIOCGIFMEDIA, &imr) == 0);
	IS(list[1] == (IFM_ETHER | IFM_1000_T | IFM_FDX));
	imr.ifm_count = 1;
	IS(kern_if_ioctl(ifp, SIOCGIFMEDIA, &imr) == E2BIG);
	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_media = IFM_ETHER | IFM_10_T;
	IS(kern_if_ioctl(ifp, SIOCSIFMEDIA, &ifr) == EINVAL);
	ifr.ifr_media = list[1];
	IS(kern_if_ioctl(ifp, SIOCSIFMEDIA, &ifr) == 0);
	IS(lp->sc_media.ifm_cur->ifm_media == list[1]);
	IS(ifmedia_baudrate(list[1]) == IF_Gbps(1));
	return 0;
}

static int
multi(u_long cmd, u_int8_t last)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_addr.sa_data[0] = 0x01;
	ifr.ifr_addr.sa_data[5] = last;
	return kern_if_ioctl(&lp->sc_ac.ac_if, cmd, &ifr);
}

static u_int
multi_count(void)
{
	struct ether_multistep step;
	struct ether_multi *enm;
	u_int n = 0;

	ETHER_FIRST_MULTI(step, &lp->sc_ac, enm);
	while (enm != NULL) {
		n++;
		ETHER_NEXT_MULTI(step, enm);
	}
	return n;
}

CASE(multicast)
{
	struct ifreq ifr;

	IS(multi_count() == 0);
	IS(multi(SIOCADDMULTI, 1) == 0 && lp->sc_filters == 1);
	IS(multi(SIOCADDMULTI, 2) == 0 && lp->sc_filters == 2);
	IS(multi(SIOCADDMULTI, 1) == 0 && lp->sc_filters == 2);	/* again */
	IS(multi_count() == 2 && lp->sc_ac.ac_multicnt == 2);
	IS(multi(SIOCDELMULTI, 1) == 0 && multi_count() == 2);
	IS(multi(SIOCDELMULTI, 1) == 0 && multi_count() == 1);
	IS(lp->sc_filters == 3 && multi(SIOCDELMULTI, 1) == ENXIO);
	memset(&ifr, 0, sizeof(ifr));
	IS(kern_if_ioctl(&lp->sc_ac.ac_if, SIOCADDMULTI, &ifr) == EINVAL);
	ifr.ifr_addr.sa_family = AF_INET;		/* every group */
	IS(kern_if_ioctl(&lp->sc_ac.ac_if, SIOCADDMULTI, &ifr) == 0);
	IS(lp->sc_ac.ac_multirangecnt == 1);
	IS(kern_if_ioctl(&lp->sc_ac.ac_if, SIOCDELMULTI, &ifr) == 0);
	IS(lp->sc_ac.ac_multirangecnt == 0 && multi_count() == 1);
	return 0;
}

/* A TCP packet of 100 bytes of payload in one mbuf, or cut at an offset. */
static struct mbuf *
tcp_frame(u_int cut)
{
	u_int8_t b[14 + 20 + 24 + 100];
	struct mbuf *m, *n;

	memset(b, 0, sizeof(b));
	b[12] = 0x08;
	b[14] = 0x45;
	b[17] = sizeof(b) - 14;
	b[23] = IPPROTO_TCP;
	b[46] = 6 << 4;
	m = m_devget((char *)b, sizeof(b), ETHER_ALIGN);
	if (cut != 0) {
		n = m_split(m, cut, M_WAIT);
		m_removehdr(n);
		m->m_next = n;
		m->m_pkthdr.len = sizeof(b);
	}
	return m;
}

CASE(headers)
{
	struct ether_extracted ext;
	struct mbuf *m;
	u_int8_t b;

	m = tcp_frame(0);
	ether_extract_headers(m, &ext);
	IS(ext.eh != NULL && ext.evh == NULL && ext.ip4 != NULL &&
	    ext.ip6 == NULL && ext.udp == NULL);
	IS((caddr_t)ext.tcp == mtod(m, caddr_t) + 34);
	IS(ext.iplen == 144 && ext.iphlen == 20 && ext.tcphlen == 24 &&
	    ext.paylen == 100);
	b = 1;				/* says more than there is */
	(void)m_copyback(m, 16, 1, &b, M_WAIT);
	ether_extract_headers(m, &ext);
	IS(ext.eh != NULL && ext.ip4 == NULL && ext.tcp == NULL);
	m_freem(m);
	m = tcp_frame(34);		/* each header in one mbuf */
	ether_extract_headers(m, &ext);
	IS(ext.tcp == mtod(m->m_next, struct tcphdr *));
	m_freem(m);
	m = tcp_frame(40);		/* TCP's lies in two */
	ether_extract_headers(m, &ext);
	IS(ext.ip4 != NULL && ext.tcp == NULL);
	m_freem(m);
	m = lp_chain(13, 13);
	ether_extract_headers(m, &ext);
	IS(ext.eh == NULL && ext.ip4 == NULL);
	m_freem(m);
	return 0;
}

static u_int task_runs;
static int task_level;

static void
task_fn(void *arg)
{
	task_runs++;
	task_level = hc->spl_get();
	if (arg != NULL && task_runs < 3)
		(void)task_add(systq, arg);
}

CASE(tasks)
{
	struct task t, again;
	struct taskq *tq;
	int s;

	task_set(&t, task_fn, NULL);
	s = splhigh();
	IS(task_add(systq, &t) == 1 && task_add(systq, &t) == 0);
	IS(task_pending(&t) && task_runs == 0);
	IS(task_del(systq, &t) == 1 && task_del(systq, &t) == 0);
	splx(s);
	IS(task_runs == 0);
	task_set(&again, task_fn, &again);
	IS(task_add(systq, &again) == 1);
	taskq_barrier(systq);
	IS(task_runs == 3 && task_level == IPL_SOFT);
	tq = taskq_create("lptq", 1, IPL_NET, 0);
	s = splnet();
	IS(task_add(tq, &t) == 1);
	taskq_del_barrier(tq, &t);
	splx(s);
	IS(task_runs == 3);
	IS(task_add(tq, &t) == 1);
	taskq_destroy(tq);
	IS(task_runs == 4);
	IS(task_add(kern_softnet, &t) == 1);
	taskq_barrier(kern_softnet);
	IS(task_level == IPL_SOFTNET);
	return 0;
}

/* What comes in waits while the process sleeps with the stack's lock. */
CASE(lock_waits)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	u_int noproto;

	IS(lp_up() == 0);
	noproto = ifp->if_noproto;
	NET_LOCK();
	ml_enqueue(&ml, lp_frame());
	memcpy(mtod(ml.ml_head, void *), lp->sc_ac.ac_enaddr, ETHER_ADDR_LEN);
	if_input(ifp, &ml);
	IS(ml_empty(&ml));
	IS(tsleep_nsec(&lp, PWAIT, "lplock", 1000000) == EWOULDBLOCK);
	IS(ifp->if_noproto == noproto);
	NET_UNLOCK();
	hc->busy();
	IS(ifp->if_noproto == noproto + 1);
	return 0;
}

/* A driver of 2019: one queue, if_start at splnet, macros of then. */
static struct arpcom old_ac;
static int old_level, old_frames;

static void
old_start(struct ifnet *ifp)
{
	struct mbuf *m;

	old_level = hc->spl_get();
	for (;;) {
		IFQ_DEQUEUE(&ifp->if_snd, m);
		if (m == NULL)
			break;
		old_frames++;
		m_freem(m);
	}
}

CASE(old_start)
{
	struct ifnet *ifp = &old_ac.ac_if;

	(void)strlcpy(ifp->if_xname, "old0", IFNAMSIZ);
	ifp->if_start = old_start;
	ifp->if_ioctl = lp_ioctl;
	IFQ_SET_MAXLEN(&ifp->if_snd, 3);
	if_attach(ifp);
	ether_ifattach(ifp);
	ifp->if_flags |= IFF_UP | IFF_RUNNING;
	IS(ifp->if_snd.ifq_maxlen == 3 && ifp->if_mtu == ETHERMTU);
	IS(ifp->if_hardmtu == ETHERMTU && ifp->if_nifqs == 1);
	IS(if_enqueue(ifp, lp_frame()) == 0);
	hc->busy();
	IS(old_frames == 1 && old_level == IPL_NET);
	IS(IFQ_IS_EMPTY(&ifp->if_snd));
	ether_ifdetach(ifp);
	if_detach(ifp);
	return 0;
}

/* A listener sees what goes both ways, and the filter is told. */
CASE(tapped)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;
	u_int filters;

	IS(lp_up() == 0 && ifp->if_bpf == NULL);
	filters = lp->sc_filters;
	IS(kern_if_listen(ifp, 1) == 0 && ifp->if_bpf != NULL);
	IS((ifp->if_flags & IFF_PROMISC) != 0);
	IS(lp->sc_filters == filters + 1);
	IS(kern_if_listen(ifp, 1) == EBUSY);
	IS(if_enqueue(ifp, lp_frame()) == 0);
	hc->busy();
	IS(lp->sc_taken == 1);
	IS(kern_if_listen(ifp, 0) == 0 && ifp->if_bpf == NULL);
	IS((ifp->if_flags & IFF_PROMISC) == 0);
	return 0;
}

/* What is in its queues goes with an interface. */
CASE(detached)
{
	struct ifnet *ifp = &lp->sc_ac.ac_if;

	IS(lp_up() == 0);
	lp->sc_full = 1;
	IS(if_enqueue(ifp, lp_frame()) == 0);
	IS(multi(SIOCADDMULTI, 1) == 0);
	IS(config_detach(&lp->sc_dev, 0) == 0);
	IS(lp == NULL && kern_if_first() == NULL);
	return 0;
}

CASE(detached_keeps)
{
	lp->sc_kept = lp_chain(3000, 3000);
	IS(config_detach(&lp->sc_dev, 0) == 0);
	return 0;
}

/* --- the step --- */

#define NET_ENTRY(name)	net_case_##name,

static int (*const cases[NET_COUNT])(void) = { NET_CASES(NET_ENTRY) };

int
testdev_raise(hc_u64 n)
{
	return n < NET_COUNT && lp != NULL ? cases[n]() : ENXIO;
}

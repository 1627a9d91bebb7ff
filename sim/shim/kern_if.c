/*
 * kern_if.c: network interfaces, ifnet(9): attaching, detaching, queues, what
 * the host is told of them, and the lock of the stack.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/sockio.h>
#include <net/if.h>
#include <net/bpf.h>
#include <net/if_types.h>
#include <netinet/if_ether.h>

#include "kern_net.h"
#include "kern_var.h"

#define IF_TXMIT	16	/* packets that are worth a start at once */

struct ifnet_head ifnet = TAILQ_HEAD_INITIALIZER(ifnet);
struct rwlock netlock = RWLOCK_INITIALIZER("netlock");

static unsigned short if_last_index;

/* What the host was told last, by index. */
static struct hc_net_state if_told[KERN_IFS_MAX + 1];

/* --- the lock of the stack --- */

/* Tasks that came while the process had the lock. */
static TAILQ_HEAD(, task) netlock_waiting =
    TAILQ_HEAD_INITIALIZER(netlock_waiting);

void
net_lock_enter(int exclusive)
{
	(void)rw_enter(&netlock, exclusive ? RW_WRITE : RW_READ);
}

void
net_lock_exit(void)
{
	struct task *t;

	rw_exit(&netlock);
	while (rw_status(&netlock) == 0 &&
	    (t = TAILQ_FIRST(&netlock_waiting)) != NULL) {
		KERN_OWN(kern_softnet);
		TAILQ_REMOVE(&netlock_waiting, t, t_entry);
		CLR(t->t_flags, TASK_ONQUEUE);
		KERN_OWN_END(kern_softnet);
		(void)task_add(kern_softnet, t);
	}
}

/*
 * A thread of softnet would wait for the lock; a soft interrupt cannot, so its
 * task comes again when the lock is free.
 */
int
kern_net_softnet_enter(struct task *t)
{
	if (rw_status(&netlock) == RW_WRITE) {
		KERN_OWN(kern_softnet);
		if (!ISSET(t->t_flags, TASK_ONQUEUE)) {
			SET(t->t_flags, TASK_ONQUEUE);
			t->t_queue = kern_softnet;
			TAILQ_INSERT_TAIL(&netlock_waiting, t, t_entry);
		}
		KERN_OWN_END(kern_softnet);
		return 0;
	}
	netlock.rwl_readers++;
	return 1;
}

void
kern_net_softnet_leave(void)
{
	KASSERT(netlock.rwl_readers > 0);
	netlock.rwl_readers--;
}

void
net_assert_locked(int exclusive, const char *function)
{
	int status = rw_status(&netlock);

	if (panicstr != NULL || status == RW_WRITE ||
	    (status == RW_READ && !exclusive))
		return;
	kern_rule_broken("splassert", "%s: the lock of the network is not "
	    "held%s", function, status == 0 ? "" : " exclusively");
}

/* --- what the host is told --- */

/* It looks as nobody in a kernel does, so that it races with nobody. */
__attribute__((no_sanitize("thread"))) void
kern_if_tell(struct ifnet *ifp)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	struct hc_net_state state;
	u_int32_t cap = ifp->if_capabilities;

	if (ifp->if_index == 0 || ifp->if_index > KERN_IFS_MAX)
		return;
	memset(&state, 0, sizeof(state));
	memcpy(state.mac, ac->ac_enaddr, sizeof(state.mac));
	state.attached = ifp->if_attached;
	state.link_state = ifp->if_link_state;
	state.flags = ifp->if_flags & 0xffff;
	state.mtu = ifp->if_mtu;
	state.hardmtu = ifp->if_hardmtu;
	state.capabilities = cap;
	state.capenable = ISSET(ifp->if_xflags, IFXF_LRO) ? cap :
	    cap & ~IFCAP_LRO;
	state.tx_queues = ifp->if_nifqs;
	state.rx_queues = ifp->if_niqs;
	state.baudrate = ifp->if_baudrate;
	if (memcmp(&state, &if_told[ifp->if_index], sizeof(state)) == 0)
		return;
	if_told[ifp->if_index] = state;
	hc->net_state(ifp->if_xname, &state);
}

void
kern_if_tell_all(void)
{
	struct ifnet *ifp;

	TAILQ_FOREACH(ifp, &ifnet, if_list)
		kern_if_tell(ifp);
}

struct ifnet *
kern_if_first(void)
{
	return TAILQ_FIRST(&ifnet);
}

/* --- attaching --- */

void
if_alloc_sadl(struct ifnet *ifp)
{
	/* The link-level address stays in struct arpcom. */
}

/* Before 2020 drivers have only an if_start, at splnet and locked. */
void
if_qstart_compat(struct ifqueue *ifq)
{
	struct ifnet *ifp = ifq->ifq_if;
	int s;

	KERNEL_LOCK();
	s = splnet();
	ifp->if_start(ifp);
	splx(s);
	KERNEL_UNLOCK();
}

void
if_start(struct ifnet *ifp)
{
	if_qstart_compat(&ifp->if_snd);
}

static void
if_linkstate_task(void *arg)
{
	kern_if_tell(arg);
}

static void
if_attach_common(struct ifnet *ifp)
{
	if (ifp->if_attached)
		panic("if_attach: %s is attached already", ifp->if_xname);
	if (ifp->if_start == NULL && ifp->if_qstart == NULL)
		panic("if_attach: %s has no if_start and no if_qstart",
		    ifp->if_xname);
	if (ISSET(ifp->if_xflags, IFXF_MPSAFE) && ifp->if_qstart == NULL)
		panic("if_attach: %s is IFXF_MPSAFE and has no if_qstart",
		    ifp->if_xname);
	if (ifp->if_watchdog != NULL)
		KERN_UNMODELLED("if_watchdog");
	if (ifp->if_qstart == NULL)
		ifp->if_qstart = if_qstart_compat;
	TAILQ_INIT(&ifp->if_addrlist);
	ifq_init(&ifp->if_snd, ifp, 0);
	ifp->if_snd.ifq_ifqs[0] = &ifp->if_snd;
	ifp->if_ifqs = ifp->if_snd.ifq_ifqs;
	ifp->if_nifqs = 1;
	if (ifp->if_txmit == 0)
		ifp->if_txmit = IF_TXMIT;
	ifiq_init(&ifp->if_rcv, ifp, 0);
	ifp->if_rcv.ifiq_ifiqs[0] = &ifp->if_rcv;
	ifp->if_iqs = ifp->if_rcv.ifiq_ifiqs;
	ifp->if_niqs = 1;
	if (ifp->if_enqueue == NULL)
		ifp->if_enqueue = if_enqueue;
	task_set(&ifp->if_linkstatetask, if_linkstate_task, ifp);
}

void
if_attach(struct ifnet *ifp)
{
	if_attach_common(ifp);
	ifp->if_index = if_last_index < KERN_IFS_MAX ? ++if_last_index : 0;
	ifp->if_attached = 1;
	TAILQ_INSERT_TAIL(&ifnet, ifp, if_list);
}

void
if_attachhead(struct ifnet *ifp)
{
	if_attach(ifp);
	TAILQ_REMOVE(&ifnet, ifp, if_list);
	TAILQ_INSERT_HEAD(&ifnet, ifp, if_list);
}

void
if_attach_queues(struct ifnet *ifp, unsigned int n)
{
	struct ifqueue **map, *ifq;
	unsigned int i;

	KASSERT(ifp->if_ifqs == ifp->if_snd.ifq_ifqs);
	KASSERT(n != 0);
	map = mallocarray(n, sizeof(*map), M_DEVBUF, M_WAITOK);
	ifp->if_snd.ifq_softc = NULL;
	map[0] = &ifp->if_snd;
	for (i = 1; i < n; i++) {
		ifq = malloc(sizeof(*ifq), M_DEVBUF, M_WAITOK | M_ZERO);
		ifq_init_maxlen(ifq, ifp->if_snd.ifq_maxlen);
		ifq_init(ifq, ifp, i);
		map[i] = ifq;
	}
	ifp->if_ifqs = map;
	ifp->if_nifqs = n;
}

void
if_attach_iqueues(struct ifnet *ifp, unsigned int n)
{
	struct ifiqueue **map, *ifiq;
	unsigned int i;

	KASSERT(ifp->if_iqs == ifp->if_rcv.ifiq_ifiqs);
	KASSERT(n != 0);
	map = mallocarray(n, sizeof(*map), M_DEVBUF, M_WAITOK);
	ifp->if_rcv.ifiq_softc = NULL;
	map[0] = &ifp->if_rcv;
	for (i = 1; i < n; i++) {
		ifiq = malloc(sizeof(*ifiq), M_DEVBUF, M_WAITOK | M_ZERO);
		ifiq_init(ifiq, ifp, i);
		map[i] = ifiq;
	}
	ifp->if_iqs = map;
	ifp->if_niqs = n;
}

/* --- detaching --- */

static void
if_gone_qstart(struct ifqueue *ifq)
{
	(void)ifq_purge(ifq);
}

static int
if_gone_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	return ENODEV;
}

/* From here on nobody calls the driver through the interface. */
void
if_deactivate(struct ifnet *ifp)
{
	ifp->if_qstart = if_gone_qstart;
	ifp->if_ioctl = if_gone_ioctl;
}

static void
if_queues_destroy(struct ifnet *ifp)
{
	unsigned int i;

	for (i = 0; i < ifp->if_nifqs; i++) {
		ifq_destroy(ifp->if_ifqs[i]);
		if (i > 0)
			free(ifp->if_ifqs[i], M_DEVBUF, sizeof(struct ifqueue));
	}
	if (ifp->if_ifqs != ifp->if_snd.ifq_ifqs)
		free(ifp->if_ifqs, M_DEVBUF,
		    ifp->if_nifqs * sizeof(struct ifqueue *));
	for (i = 0; i < ifp->if_niqs; i++) {
		ifiq_destroy(ifp->if_iqs[i]);
		if (i > 0)
			free(ifp->if_iqs[i], M_DEVBUF,
			    sizeof(struct ifiqueue));
	}
	if (ifp->if_iqs != ifp->if_rcv.ifiq_ifiqs)
		free(ifp->if_iqs, M_DEVBUF,
		    ifp->if_niqs * sizeof(struct ifiqueue *));
	ifp->if_nifqs = ifp->if_niqs = 0;
}

void
if_detach(struct ifnet *ifp)
{
	unsigned int i;

	if (!ifp->if_attached)
		panic("if_detach: %s is not attached", ifp->if_xname);
	if_deactivate(ifp);
	for (i = 0; i < ifp->if_nifqs; i++)
		ifq_barrier(ifp->if_ifqs[i]);
	(void)task_del(kern_softnet, &ifp->if_linkstatetask);
	kern_stack_detach(ifp);
	ifp->if_flags &= ~(IFF_UP | IFF_OACTIVE);
	if_queues_destroy(ifp);
	bpfdetach(ifp);
	TAILQ_REMOVE(&ifnet, ifp, if_list);
	ifp->if_attached = 0;
	kern_if_tell(ifp);
	ifp->if_index = 0;
}

/* Without any interface the stack has no packets either. */
void
kern_net_detached(void)
{
	if (TAILQ_EMPTY(&ifnet))
		hc->pool_leaks();
}

/* --- frames out, state --- */

/* The driver taps what it sends. */
int
if_enqueue(struct ifnet *ifp, struct mbuf *m)
{
	struct ifqueue *ifq = &ifp->if_snd;
	int error;

	if (ifp->if_nifqs > 1 && ISSET(m->m_pkthdr.csum_flags, M_FLOWID))
		ifq = ifp->if_ifqs[m->m_pkthdr.ph_flowid % ifp->if_nifqs];
	error = ifq_enqueue(ifq, m);
	if (error == 0)
		ifq_start(ifq);
	return error;
}

void
if_input(struct ifnet *ifp, struct mbuf_list *ml)
{
	(void)ifiq_input(&ifp->if_rcv, ml);
}

/* At any level; what follows of it is softnet's. */
void
if_link_state_change(struct ifnet *ifp)
{
	if (ifp->if_attached)
		(void)task_add(kern_softnet, &ifp->if_linkstatetask);
}

void
if_up(struct ifnet *ifp)
{
	NET_ASSERT_LOCKED_EXCLUSIVE();
	ifp->if_flags |= IFF_UP;
	kern_if_tell(ifp);
}

void
if_down(struct ifnet *ifp)
{
	unsigned int i;

	NET_ASSERT_LOCKED_EXCLUSIVE();
	ifp->if_flags &= ~IFF_UP;
	for (i = 0; i < ifp->if_nifqs; i++)
		(void)ifq_purge(ifp->if_ifqs[i]);
	kern_stack_down(ifp);
	kern_if_tell(ifp);
}

struct ifnet *
if_get(unsigned int index)
{
	struct ifnet *ifp;

	TAILQ_FOREACH(ifp, &ifnet, if_list) {
		if (index != 0 && ifp->if_index == index)
			return ifp;
	}
	return NULL;
}

void
if_put(struct ifnet *ifp)
{
	/* Interfaces do not go while somebody looks at them: one CPU. */
}

int
if_setlladdr(struct ifnet *ifp, const uint8_t *lladdr)
{
	struct arpcom *ac = (struct arpcom *)ifp;

	if (ifp->if_type != IFT_ETHER)
		return EINVAL;
	memcpy(ac->ac_enaddr, lladdr, ETHER_ADDR_LEN);
	return 0;
}

/* A listener wants every frame, or no longer. */
int
ifpromisc(struct ifnet *ifp, int on)
{
	unsigned int oldflags = ifp->if_flags;
	int oldcount = ifp->if_pcount, error;
	struct ifreq ifr;

	NET_ASSERT_LOCKED_EXCLUSIVE();
	if (on) {
		if (ifp->if_pcount++ != 0)
			return 0;
		ifp->if_flags |= IFF_PROMISC;
	} else {
		if (--ifp->if_pcount > 0)
			return 0;
		ifp->if_flags &= ~IFF_PROMISC;
	}
	if ((ifp->if_flags & IFF_UP) == 0)
		return 0;
	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_flags = ifp->if_flags;
	error = kern_driver_ioctl(ifp, SIOCSIFFLAGS, (caddr_t)&ifr);
	if (error != 0) {
		ifp->if_flags = oldflags;
		ifp->if_pcount = oldcount;
	}
	return error;
}

/* --- receive rings --- */

/* Ticks of the client's time: how long code takes is not known (rule X6). */
static int
rxr_tick(void)
{
	return (int)(hc->waited_ns() / tick_nsec);
}

void
if_rxr_init(struct if_rxring *rxr, u_int lwm, u_int hwm)
{
	memset(rxr, 0, sizeof(*rxr));
	rxr->rxr_adjusted = rxr_tick();
	rxr->rxr_lwm = rxr->rxr_cwm = lwm;
	rxr->rxr_hwm = hwm;
}

/*
 * At most once in a tick the ring may grow, by one, if it has run low.  How
 * many of max buffers may be added now.
 */
u_int
if_rxr_get(struct if_rxring *rxr, u_int max)
{
	u_int n;

	if (rxr_tick() != rxr->rxr_adjusted && rxr->rxr_alive < rxr->rxr_lwm) {
		if (rxr->rxr_cwm < rxr->rxr_hwm)
			rxr->rxr_cwm++;
		rxr->rxr_adjusted = rxr_tick();
	}
	if (rxr->rxr_alive >= rxr->rxr_cwm)
		return 0;
	n = min(rxr->rxr_cwm - rxr->rxr_alive, max);
	rxr->rxr_alive += n;
	return n;
}

void
kern_rxr_put(struct if_rxring *rxr, u_int n)
{
	if (n > rxr->rxr_alive)
		kern_rule_broken("ifnet-rule", "if_rxr_put of %u buffers, and "
		    "the ring has %u", n, rxr->rxr_alive);
	rxr->rxr_alive -= min(n, rxr->rxr_alive);
}

/* The stack cannot keep up: the ring shrinks, once in a tick. */
void
if_rxr_livelocked(struct if_rxring *rxr)
{
	if (rxr_tick() == rxr->rxr_adjusted)
		return;
	if (rxr->rxr_cwm > rxr->rxr_lwm)
		rxr->rxr_cwm--;
	rxr->rxr_adjusted = rxr_tick();
}

/* copyout(9) to a program is a copy here: programs are the kernel's. */
int
if_rxr_info_ioctl(struct if_rxrinfo *user, u_int n, struct if_rxring_info *e)
{
	u_int room = user->ifri_total;

	user->ifri_total = n;
	if (user->ifri_entries != NULL)
		memcpy(user->ifri_entries, e, min(room, n) * sizeof(*e));
	return 0;
}

int
if_rxr_ioctl(struct if_rxrinfo *user, const char *name, u_int size,
    struct if_rxring *rxr)
{
	struct if_rxring_info e;

	memset(&e, 0, sizeof(e));
	if (name != NULL)
		(void)strlcpy(e.ifr_name, name, sizeof(e.ifr_name));
	e.ifr_size = size;
	e.ifr_info = *rxr;
	return if_rxr_info_ioctl(user, 1, &e);
}

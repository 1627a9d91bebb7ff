/*
 * Network interfaces as drivers see them: struct ifnet, ifnet(9).
 *
 * A driver fills in what it has and calls if_attach() and ether_ifattach().
 * Then the stack calls:
 *
 *	if_output -> ifq_enqueue -> if_qstart or if_start	frames out
 *	if_ioctl						requests
 *	if_watchdog		a second after if_timer was 1
 *
 * and the driver hands frames up with ifiq_input() or if_input().
 */
#ifndef _NET_IF_VAR_H_
#define _NET_IF_VAR_H_

#include <sys/queue.h>
#include <sys/mbuf.h>
#include <sys/task.h>
#include <sys/rwlock.h>
#include <sys/systm.h>
#include <net/if.h>
#include <net/ifq.h>

struct rtentry;
struct ifnet;

struct ifnet {
	TAILQ_ENTRY(ifnet)	 if_list;
	void			*if_softc;
	caddr_t			 if_bpf;
	caddr_t			 if_mcast;
	char			 if_xname[IFNAMSIZ];
	unsigned short		 if_index;
	unsigned int		 if_flags;	/* IFF_* */
	int			 if_xflags;	/* IFXF_* */
	int			 if_pcount;
	short			 if_timer;	/* seconds to the watchdog */
	u_short			 if_rtlabelid;
	uint8_t			 if_priority;
	u_int			 if_hardmtu;
	struct if_data		 if_data;
	struct task		 if_watchdogtask;
	struct task		 if_linkstatetask;
	TAILQ_HEAD(, ifaddr)	 if_addrlist;

	struct ifqueue		 if_snd;	/* the first transmit queue */
	struct ifqueue		**if_ifqs;	/* all of them */
	unsigned int		 if_nifqs;
	struct ifiqueue		 if_rcv;	/* the first receive queue */
	struct ifiqueue		**if_iqs;
	unsigned int		 if_niqs;
	unsigned int		 if_txmit;

	int	(*if_output)(struct ifnet *, struct mbuf *, struct sockaddr *,
		    struct rtentry *);
	int	(*if_ll_output)(struct ifnet *, struct mbuf *,
		    struct sockaddr *, struct rtentry *);
	int	(*if_enqueue)(struct ifnet *, struct mbuf *);
	void	(*if_input)(struct ifnet *, struct mbuf *);
	void	(*if_start)(struct ifnet *);	/* at splnet, kernel lock */
	void	(*if_qstart)(struct ifqueue *);
	int	(*if_ioctl)(struct ifnet *, u_long, caddr_t);
	void	(*if_watchdog)(struct ifnet *);
	int	(*if_wol)(struct ifnet *, int);

	u_char			 if_attached;	/* between attach and detach */
	u_int32_t		 if_inaddr;	/* its IPv4 address; network */
	u_int32_t		 if_inmask;	/* order, 0: none */
	void			*if_stack;	/* of the stack above it */
};

#define if_mtu		if_data.ifi_mtu
#define if_type		if_data.ifi_type
#define if_addrlen	if_data.ifi_addrlen
#define if_hdrlen	if_data.ifi_hdrlen
#define if_metric	if_data.ifi_metric
#define if_link_state	if_data.ifi_link_state
#define if_baudrate	if_data.ifi_baudrate
#define if_ipackets	if_data.ifi_ipackets
#define if_ierrors	if_data.ifi_ierrors
#define if_opackets	if_data.ifi_opackets
#define if_oerrors	if_data.ifi_oerrors
#define if_collisions	if_data.ifi_collisions
#define if_ibytes	if_data.ifi_ibytes
#define if_obytes	if_data.ifi_obytes
#define if_imcasts	if_data.ifi_imcasts
#define if_omcasts	if_data.ifi_omcasts
#define if_iqdrops	if_data.ifi_iqdrops
#define if_oqdrops	if_data.ifi_oqdrops
#define if_noproto	if_data.ifi_noproto
#define if_lastchange	if_data.ifi_lastchange
#define if_capabilities	if_data.ifi_capabilities
#define if_rdomain	if_data.ifi_rdomain

TAILQ_HEAD(ifnet_head, ifnet);
extern struct ifnet_head ifnet;

#define IF_Gbps(n)	((n) * 1000000000ULL)
#define IF_Mbps(n)	((n) * 1000000ULL)
#define IF_Kbps(n)	((n) * 1000ULL)

/* Attaching; queues between if_attach() and the first frame. */
void if_attach(struct ifnet *);
void if_attach_queues(struct ifnet *, unsigned int);
void if_attach_iqueues(struct ifnet *, unsigned int);
void if_attachhead(struct ifnet *);
void if_deactivate(struct ifnet *);
void if_detach(struct ifnet *);
void if_alloc_sadl(struct ifnet *);

/* Frames. */
void if_input(struct ifnet *, struct mbuf_list *);
int if_enqueue(struct ifnet *, struct mbuf *);
void if_start(struct ifnet *);
void if_qstart_compat(struct ifqueue *);

/* State. */
void if_link_state_change(struct ifnet *);
void if_up(struct ifnet *);
void if_down(struct ifnet *);
struct ifnet *if_get(unsigned int);
void if_put(struct ifnet *);
int ifpromisc(struct ifnet *, int);
int if_setlladdr(struct ifnet *, const uint8_t *);

/* Receive rings: watermarks are numbers of buffers. */
void if_rxr_init(struct if_rxring *, u_int, u_int);
u_int if_rxr_get(struct if_rxring *, u_int);	/* how many to add */
void if_rxr_livelocked(struct if_rxring *);
int if_rxr_info_ioctl(struct if_rxrinfo *, u_int, struct if_rxring_info *);
int if_rxr_ioctl(struct if_rxrinfo *, const char *, u_int,
    struct if_rxring *);

void kern_rxr_put(struct if_rxring *, u_int);
#define if_rxr_put(r, c)		kern_rxr_put((r), (c))
#define if_rxr_needrefill(r)		((r)->rxr_alive < (r)->rxr_lwm)
#define if_rxr_inuse(r)			((r)->rxr_alive)
#define if_rxr_cwm(r)			((r)->rxr_cwm)

/* The lock of the stack. */
extern struct rwlock netlock;
void net_lock_enter(int);
void net_lock_exit(void);
void net_assert_locked(int, const char *);

#define NET_LOCK()		net_lock_enter(1)
#define NET_UNLOCK()		net_lock_exit()
#define NET_LOCK_SHARED()	net_lock_enter(0)
#define NET_UNLOCK_SHARED()	net_lock_exit()
#define NET_RLOCK_IN_SOFTNET()	net_lock_enter(0)
#define NET_RUNLOCK_IN_SOFTNET() net_lock_exit()
#define NET_ASSERT_LOCKED()	net_assert_locked(0, __func__)
#define NET_ASSERT_LOCKED_EXCLUSIVE() net_assert_locked(1, __func__)
#define NET_ASSERT_UNLOCKED()	rw_assert_unlocked(&netlock)

#define IFQ_MAXLEN	256

/* Until 2020 these were macros of a queue of an interface. */
#define IFQ_SET_MAXLEN(ifq, len)	ifq_init_maxlen((ifq), (len))
#define IFQ_IS_EMPTY(ifq)		ifq_empty(ifq)
#define IFQ_LEN(ifq)			ifq_len(ifq)
#define IFQ_PURGE(ifq)			((void)ifq_purge(ifq))
#define IFQ_DEQUEUE(ifq, m)		((m) = ifq_dequeue(ifq))

#endif

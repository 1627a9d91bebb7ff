/*
 * Virtio network, VIRTIO 1.2 section 5.1: Ethernet on one pair of queues or
 * several, and a queue for commands.
 *
 *	vio_attach	features, queues, memory, interrupts, DRIVER_OK; the
 *			interface appears, and is down
 *	vio_up		receive buffers posted, commands: pairs, offloads,
 *			address, filter
 *	vio_down	reset: all that the device had is ours again; it is
 *			started anew with empty queues, so that it still tells
 *			of its link
 *
 * Memory and who owns it.  A packet's mbufs are loaded into the map of the
 * slot that it takes in its queue, from the commit of the slot until the
 * device has used it; nothing of ours looks at them in between.  Headers of
 * packets that are sent, and commands, lie in pages that the CPU alone writes;
 * the device writes into cache lines that hold nothing else: received headers
 * of legacy devices one a line, acks of commands at a page's end.
 *
 * Locks.  A pair has a mutex for each of its two queues, held while slots are
 * filled or taken back.  Commands are sent one at a time, by a process that
 * configures the interface and sleeps until the device answers, or by the
 * restart of a broken device, which polls.
 */

#include "bpfilter.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/intrmap.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/percpu.h>
#include <sys/sockio.h>
#include <sys/task.h>
#include <sys/timeout.h>

#include <machine/bus.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

#include <net/if.h>
#include <net/if_media.h>

#include <netinet/in.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/tcp_timer.h>
#include <netinet/tcp_var.h>
#include <netinet/udp.h>

#if NBPFILTER > 0
#include <net/bpf.h>
#endif

/*
 * Facts of the specification
 */

/* Features (5.1.3). */
#define VIO_F_CSUM			(1ULL << 0)
#define VIO_F_GUEST_CSUM		(1ULL << 1)
#define VIO_F_CTRL_GUEST_OFFLOADS	(1ULL << 2)
#define VIO_F_MTU			(1ULL << 3)
#define VIO_F_MAC			(1ULL << 5)
#define VIO_F_GUEST_TSO4		(1ULL << 7)
#define VIO_F_GUEST_TSO6		(1ULL << 8)
#define VIO_F_HOST_TSO4			(1ULL << 11)
#define VIO_F_HOST_TSO6			(1ULL << 12)
#define VIO_F_MRG_RXBUF			(1ULL << 15)
#define VIO_F_STATUS			(1ULL << 16)
#define VIO_F_CTRL_VQ			(1ULL << 17)
#define VIO_F_CTRL_RX			(1ULL << 18)
#define VIO_F_GUEST_ANNOUNCE		(1ULL << 21)
#define VIO_F_MQ			(1ULL << 22)
#define VIO_F_CTRL_MAC_ADDR		(1ULL << 23)

#define VIO_F_GUEST_TSO			(VIO_F_GUEST_TSO4 | VIO_F_GUEST_TSO6)
#define VIO_F_HOST_TSO			(VIO_F_HOST_TSO4 | VIO_F_HOST_TSO6)

/* Device configuration (5.1.4). */
#define VIO_CONFIG_MAC			0	/* 6 bytes */
#define VIO_CONFIG_STATUS		6	/* 16 bits */
#define VIO_CONFIG_PAIRS		8	/* 16 */
#define VIO_CONFIG_MTU			10	/* 16 */
#define VIO_S_LINK_UP			1
#define VIO_S_ANNOUNCE			2
#define VIO_MTU_MIN			68	/* 5.1.4.1 */

/* In front of each packet (5.1.6). */
struct vio_hdr {
	uint8_t		vh_flags;
	uint8_t		vh_gso_type;
	uint16_t	vh_hdr_len;
	uint16_t	vh_gso_size;
	uint16_t	vh_csum_start;
	uint16_t	vh_csum_offset;
	uint16_t	vh_num_buffers;	/* not if legacy without MRG_RXBUF */
};

#define VIO_HDR_F_NEEDS_CSUM		1
#define VIO_HDR_F_DATA_VALID		2
#define VIO_HDR_GSO_NONE		0
#define VIO_HDR_GSO_TCPV4		1
#define VIO_HDR_GSO_TCPV6		4
#define VIO_HDR_GSO_ECN			0x80

/* Commands (5.1.6.5): class and command, data, and the device's ack. */
#define VIO_CTRL_RX			0
#define VIO_CTRL_RX_PROMISC		0
#define VIO_CTRL_RX_ALLMULTI		1
#define VIO_CTRL_MAC			1
#define VIO_CTRL_MAC_TABLE_SET		0
#define VIO_CTRL_MAC_ADDR_SET		1
#define VIO_CTRL_ANNOUNCE		3
#define VIO_CTRL_ANNOUNCE_ACK		0
#define VIO_CTRL_MQ			4
#define VIO_CTRL_MQ_PAIRS_SET		0
#define VIO_CTRL_OFFLOADS		5
#define VIO_CTRL_OFFLOADS_SET		0
#define VIO_CTRL_OK			0

struct vio_ctrl_cmd {
	uint8_t		vc_class;
	uint8_t		vc_command;
};

#define VIO_MACS_MAX			64	/* of multicast, in a table */

struct vio_mac_table {
	uint32_t	vt_n;
	uint8_t		vt_mac[VIO_MACS_MAX][ETHER_ADDR_LEN];
};
#define VIO_MAC_TABLE_SIZE(n)		(sizeof(uint32_t) + (n) * ETHER_ADDR_LEN)

/*
 * Our own limits
 */
#define VIO_PAIRS_MAX		8
#define VIO_TX_SEGS		32	/* of a packet; more are put together */
#define VIO_TX_LEN_MAX		\
	(sizeof(struct ether_vlan_header) + IP_MAXPACKET)
#define VIO_RX_BUFS_MAX		64	/* of one packet */
#define VIO_RX_ROUNDS		64	/* then others have their turn */
#define VIO_RX_TICK_SEC		1	/* until memory is asked for again */
#define VIO_CTRL_SEGS		4	/* command, two of data, ack */
#define VIO_CTRL_TIMEOUT	5000000	/* microseconds */
#define VIO_CTRL_STEP		10
#define VIO_MAC_TRIES		8	/* until it stays the same */
#define VIO_RESTARTS_MAX	8	/* without a packet in between */

/* Memory shared with the device: one segment, mapped and loaded. */
struct vio_mem {
	bus_dma_segment_t	vm_seg;
	bus_dmamap_t		vm_map;
	bus_size_t		vm_size;	/* whole pages */
	caddr_t			vm_kva;		/* NULL: there is none */
};

/* What a slot of a queue holds. */
struct vio_slot {
	bus_dmamap_t		vs_map;
	struct mbuf		*vs_m;		/* NULL: nothing, not loaded */
};

struct vio_softc;

struct vio_pair {
	struct vio_softc	*vp_sc;
	unsigned int		 vp_num;

	struct virtqueue	*vp_rxvq;
	struct mutex		 vp_rxmtx;
	struct vio_slot		*vp_rxslots;
	struct if_rxring	 vp_rxring;
	struct vio_mem		 vp_rxhdrs;	/* if apart from the packets */
	struct mbuf		*vp_rxm;	/* packet of several buffers */
	struct mbuf		*vp_rxlast;
	unsigned int		 vp_rxleft;	/* buffers to come ... */
	int			 vp_rxbad;	/* ... for nothing */
	struct vio_hdr		 vp_rxhdr;
	struct timeout		 vp_rxtick;

	struct virtqueue	*vp_txvq;
	struct mutex		 vp_txmtx;
	struct vio_slot		*vp_txslots;
	unsigned int		 vp_txsegs;	/* a map may have */
	unsigned int		 vp_txused;	/* descriptors in use */
	unsigned int		 vp_txworst;	/* that a packet takes */
	struct vio_mem		 vp_txhdrs;
};

enum vio_ctrl_state {
	VIO_CTRL_FREE,
	VIO_CTRL_WAITING,		/* the device has a command */
	VIO_CTRL_ANSWERED
};

/* Who configures the interface, and how he waits for commands. */
enum vio_busy {
	VIO_BUSY_NOT,
	VIO_BUSY_SLEEPS,
	VIO_BUSY_POLLS
};

struct vio_softc {
	struct device		 sc_dev;
	struct virtio_softc	*sc_virtio;
	struct arpcom		 sc_ac;
	struct ifmedia		 sc_media;

	struct virtqueue	*sc_vqs;	/* pairs, then control */
	unsigned int		 sc_nvqs;	/* allocated */
	struct vio_pair		*sc_pairs;
	unsigned int		 sc_npairs;
	struct intrmap		*sc_intrmap;	/* more than one pair */

	uint64_t		 sc_features;	/* agreed on at attach */
	unsigned int		 sc_hdrlen;
	int			 sc_hdrapart;	/* in a descriptor of its own */
	unsigned int		 sc_rxbufsize;	/* of a cluster */
	unsigned int		 sc_mtumax;	/* at attach */
	int			 sc_mtumust;	/* refused without the feature */
	uint8_t			 sc_mac[ETHER_ADDR_LEN];  /* the device's */

	struct virtqueue	*sc_ctrlvq;	/* NULL: none */
	struct vio_mem		 sc_ctrl;
	struct mutex		 sc_ctrlmtx;
	volatile enum vio_ctrl_state sc_ctrl_state;
	int			 sc_ctrl_len;	/* bytes of the answer */

	volatile int		 sc_broken;	/* device wants a reset */
	enum vio_busy		 sc_busy;
	int			 sc_restarts;
	int			 sc_moved;	/* it changed its address */
	int			 sc_announce;	/* to be acknowledged */
	struct task		 sc_task;	/* restart, announce */

	int			 sc_attached;
};

/* Places in the page of commands; the device writes its last line only. */
#define VIO_CTRL_OFF_CMD	0
#define VIO_CTRL_OFF_DATA1	64
#define VIO_CTRL_OFF_DATA2	1024
#define VIO_CTRL_OFF_ACK	(PAGE_SIZE - CACHELINESIZE)

int	vio_match(struct device *, void *, void *);
void	vio_attach(struct device *, struct device *, void *);
int	vio_detach(struct device *, int);

int	vio_negotiate(struct vio_softc *);
uint64_t vio_usable(struct vio_softc *, uint64_t);
void	vio_layout(struct vio_softc *);
int	vio_alloc(struct vio_softc *, struct virtio_attach_args *);
int	vio_alloc_pair(struct vio_softc *, struct vio_pair *);
int	vio_alloc_slots(struct vio_softc *, struct virtqueue *,
	    struct vio_slot **, bus_size_t, int, int);
int	vio_establish(struct vio_softc *, struct virtio_attach_args *);
void	vio_free(struct vio_softc *);
void	vio_free_slots(struct vio_softc *, struct virtqueue *,
	    struct vio_slot *);
int	vio_mem_alloc(struct vio_softc *, struct vio_mem *, bus_size_t);
void	vio_mem_free(struct vio_softc *, struct vio_mem *);
void	vio_mem_sync(struct vio_softc *, struct vio_mem *, bus_size_t,
	    bus_size_t, int);
void	vio_attach_if(struct vio_softc *);

int	vio_up(struct vio_softc *);
void	vio_down(struct vio_softc *);
int	vio_quiesce(struct vio_softc *);
void	vio_task(void *);
int	vio_ioctl(struct ifnet *, u_long, caddr_t);
int	vio_ioctl_flags(struct vio_softc *);
int	vio_rxrinfo(struct vio_softc *, struct if_rxrinfo *);
int	vio_media_change(struct ifnet *);
void	vio_media_status(struct ifnet *, struct ifmediareq *);

void	vio_start(struct ifqueue *);
int	vio_send(struct vio_pair *, int, struct mbuf *);
int	vio_load_tx(struct vio_softc *, bus_dmamap_t, struct mbuf *);
int	vio_tx_offload(struct vio_softc *, struct mbuf *, struct vio_hdr *);
int	vio_txeof(struct vio_pair *, struct mbuf_list *);
int	vio_tx_intr(struct virtqueue *);

int	vio_rx_intr(struct virtqueue *);
void	vio_rxtick(void *);
void	vio_rx_fill(struct vio_pair *);
int	vio_rx_post(struct vio_pair *);
struct mbuf *vio_rx_mbuf(struct vio_softc *);
int	vio_rxeof(struct vio_pair *, struct mbuf_list *);
void	vio_rx_buffer(struct vio_pair *, struct vio_slot *, int, int,
	    struct mbuf_list *);
int	vio_rx_first(struct vio_pair *, struct mbuf *, int, int);
void	vio_rx_packet(struct vio_pair *, struct mbuf_list *);
void	vio_rx_offload(struct vio_softc *, struct mbuf *, struct vio_hdr *);
void	vio_rx_lro(struct mbuf *, struct ether_extracted *, struct vio_hdr *);

int	vio_ctrl(struct vio_softc *, int, int, const void *, size_t,
	    const void *, size_t);
int	vio_ctrl_send(struct vio_softc *, size_t, size_t);
int	vio_ctrl_wait(struct vio_softc *);
int	vio_ctrl_intr(struct virtqueue *);
int	vio_ctrl_flag(struct vio_softc *, int, int);
int	vio_set_pairs(struct vio_softc *);
int	vio_set_offloads(struct vio_softc *);
int	vio_set_mac(struct vio_softc *);
int	vio_set_filter(struct vio_softc *);

int	vio_config_change(struct virtio_softc *);
int	vio_config_intr(void *);
int	vio_pair_intr(void *);
void	vio_link_state(struct vio_softc *);
void	vio_announce(struct vio_softc *);
int	vio_read_mac(struct vio_softc *);
void	vio_get_mtu(struct vio_softc *);

const struct cfattach vio_ca = {
	.ca_devsize = sizeof(struct vio_softc),
	.ca_match = vio_match,
	.ca_attach = vio_attach,
	.ca_detach = vio_detach,
};

struct cfdriver vio_cd = {
	NULL, "vio", DV_IFNET, CD_COCOVM
};

static const struct virtio_feature_name vio_feature_names[] = {
	{ VIO_F_CSUM,			"CSum" },
	{ VIO_F_GUEST_CSUM,		"GuestCSum" },
	{ VIO_F_CTRL_GUEST_OFFLOADS,	"CtrlGuestOffloads" },
	{ VIO_F_MTU,			"MTU" },
	{ VIO_F_MAC,			"MAC" },
	{ VIO_F_GUEST_TSO4,		"GuestTSO4" },
	{ VIO_F_GUEST_TSO6,		"GuestTSO6" },
	{ VIO_F_HOST_TSO4,		"HostTSO4" },
	{ VIO_F_HOST_TSO6,		"HostTSO6" },
	{ VIO_F_MRG_RXBUF,		"MrgRxBuf" },
	{ VIO_F_STATUS,			"Status" },
	{ VIO_F_CTRL_VQ,		"CtrlVQ" },
	{ VIO_F_CTRL_RX,		"CtrlRx" },
	{ VIO_F_GUEST_ANNOUNCE,		"GuestAnnounce" },
	{ VIO_F_MQ,			"MQ" },
	{ VIO_F_CTRL_MAC_ADDR,		"CtrlMAC" },
	{ 0,				NULL }
};

/*
 * A feature is of use with another only: by the specification (5.1.3.1), or
 * for us.  Large packets are received into several buffers, and there has to
 * be a way to stop them, as who forwards packets cannot have them.  Filtering
 * by VLAN is not asked for, for nobody tells an interface of its VLANs.
 */
static const struct {
	uint64_t	feature;
	uint64_t	needs;
} vio_needs[] = {
	{ VIO_F_HOST_TSO4,		VIO_F_CSUM },
	{ VIO_F_HOST_TSO6,		VIO_F_CSUM },
	{ VIO_F_CTRL_RX,		VIO_F_CTRL_VQ },
	{ VIO_F_GUEST_ANNOUNCE,		VIO_F_CTRL_VQ | VIO_F_STATUS },
	{ VIO_F_MQ,			VIO_F_CTRL_VQ },
	{ VIO_F_CTRL_MAC_ADDR,		VIO_F_CTRL_VQ },
	{ VIO_F_CTRL_GUEST_OFFLOADS,	VIO_F_CTRL_VQ },
	{ VIO_F_GUEST_TSO4,		VIO_F_GUEST_CSUM | VIO_F_MRG_RXBUF |
	    VIO_F_CTRL_GUEST_OFFLOADS },
	{ VIO_F_GUEST_TSO6,		VIO_F_GUEST_CSUM | VIO_F_MRG_RXBUF |
	    VIO_F_CTRL_GUEST_OFFLOADS },
};

/*
 * Autoconf
 */
int
vio_match(struct device *parent, void *match, void *aux)
{
	struct virtio_attach_args *va = aux;

	return va->va_devid == PCI_PRODUCT_VIRTIO_NETWORK;
}

void
vio_attach(struct device *parent, struct device *self, void *aux)
{
	struct vio_softc *sc = (struct vio_softc *)self;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;
	struct virtio_attach_args *va = aux;
	int error;

	if (vsc->sc_child != NULL) {
		printf(": virtio has another driver already\n");
		return;
	}
	sc->sc_virtio = vsc;
	vsc->sc_child = self;
	vsc->sc_ipl = IPL_NET | IPL_MPSAFE;
	vsc->sc_config_change = NULL;

	error = vio_negotiate(sc);
	if (error != 0) {
		printf(": features refused\n");
		goto fail;
	}
	if (vio_read_mac(sc))
		memcpy(sc->sc_ac.ac_enaddr, sc->sc_mac, ETHER_ADDR_LEN);
	else
		ether_fakeaddr(&sc->sc_ac.ac_if);
	vio_layout(sc);

	error = vio_alloc(sc, va);
	if (error == 0)
		error = vio_establish(sc, va);
	if (error == 0)
		error = virtio_attach_finish(vsc, va);
	if (error != 0) {
		printf(": cannot be set up: %d\n", error);
		goto reset;
	}

	printf(": address %s\n", ether_sprintf(sc->sc_ac.ac_enaddr));
	vio_attach_if(sc);
	return;

reset:
	/* attach_finish has done so if it failed; twice does no harm. */
	virtio_reset(vsc);
	vio_free(sc);
fail:
	vsc->sc_config_change = NULL;
	vsc->sc_child = VIRTIO_CHILD_ERROR;
}

/* The interface, with nothing that may fail. */
void
vio_attach_if(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	unsigned int i;

	strlcpy(ifp->if_xname, sc->sc_dev.dv_xname, IFNAMSIZ);
	ifp->if_softc = sc;
	ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_xflags = IFXF_MPSAFE;
	ifp->if_qstart = vio_start;
	ifp->if_ioctl = vio_ioctl;
	ifp->if_capabilities = IFCAP_VLAN_MTU;
	if (ISSET(sc->sc_features, VIO_F_CSUM))
		SET(ifp->if_capabilities, IFCAP_CSUM_TCPv4 |
		    IFCAP_CSUM_UDPv4 | IFCAP_CSUM_TCPv6 | IFCAP_CSUM_UDPv6 |
		    IFCAP_VLAN_HWOFFLOAD);
	if (ISSET(sc->sc_features, VIO_F_HOST_TSO4))
		SET(ifp->if_capabilities, IFCAP_TSOv4);
	if (ISSET(sc->sc_features, VIO_F_HOST_TSO6))
		SET(ifp->if_capabilities, IFCAP_TSOv6);
	if (ISSET(sc->sc_features, VIO_F_GUEST_TSO)) {
		SET(ifp->if_capabilities, IFCAP_LRO);
		SET(ifp->if_xflags, IFXF_LRO);
	}
	ifq_init_maxlen(&ifp->if_snd, sc->sc_pairs[0].vp_txvq->vq_num);

	ifmedia_init(&sc->sc_media, 0, vio_media_change, vio_media_status);
	ifmedia_add(&sc->sc_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&sc->sc_media, IFM_ETHER | IFM_AUTO);

	if_attach(ifp);
	if_attach_queues(ifp, sc->sc_npairs);
	if_attach_iqueues(ifp, sc->sc_npairs);
	for (i = 0; i < sc->sc_npairs; i++)
		ifp->if_ifqs[i]->ifq_softc = &sc->sc_pairs[i];
	ether_ifattach(ifp);
	/* Ethernet's is 1500, for it does not know of ours. */
	if (ISSET(sc->sc_features, VIO_F_MTU))
		ifp->if_mtu = ifp->if_hardmtu;

	sc->sc_attached = 1;
	vsc->sc_config_change = vio_config_change;
	vio_link_state(sc);
}

int
vio_detach(struct device *self, int flags)
{
	struct vio_softc *sc = (struct vio_softc *)self;
	struct virtio_softc *vsc = sc->sc_virtio;
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	unsigned int i;
	int error;

	/* An attach that failed has given everything back. */
	if (!sc->sc_attached)
		return 0;

	vsc->sc_config_change = NULL;
	error = vio_quiesce(sc);
	if (error != 0)
		return error;
	sc->sc_attached = 0;
	taskq_del_barrier(systq, &sc->sc_task);
	for (i = 0; i < sc->sc_npairs; i++)
		timeout_del_barrier(&sc->sc_pairs[i].vp_rxtick);

	ifmedia_delete_instance(&sc->sc_media, IFM_INST_ANY);
	ether_ifdetach(ifp);
	if_detach(ifp);

	vio_free(sc);
	vsc->sc_child = NULL;
	return 0;
}

/*
 * Features
 */

/* What is left of features that the device gave us. */
uint64_t
vio_usable(struct vio_softc *sc, uint64_t have)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint64_t before;
	unsigned int i, mtu;

	do {
		before = have;
		for (i = 0; i < nitems(vio_needs); i++) {
			if ((have & vio_needs[i].needs) != vio_needs[i].needs)
				CLR(have, vio_needs[i].feature);
		}
	} while (have != before);

	if (ISSET(have, VIO_F_MTU)) {
		mtu = virtio_read_device_config_2(vsc, VIO_CONFIG_MTU);
		if (mtu < VIO_MTU_MIN ||
		    (mtu > ETHER_MAX_HARDMTU_LEN && !sc->sc_mtumust))
			CLR(have, VIO_F_MTU);
		sc->sc_mtumax = mtu;
		sc->sc_ac.ac_if.if_hardmtu = MIN(mtu, ETHER_MAX_HARDMTU_LEN);
	}
	return have;
}

/*
 * Only an answer tells what is offered, so what turns out to be of no use is
 * left out and the negotiation made again: fewer each time, which ends.
 *
 * An MTU over what mbufs can hold is declined so.  Some hosts refuse to go on
 * without the feature: then it is taken, and the interface's limit is our
 * own; there is room for what the device may send over it.
 */
int
vio_negotiate(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint64_t want, have, usable;
	int declined = 0;

	want = VIO_F_CSUM | VIO_F_GUEST_CSUM | VIO_F_CTRL_GUEST_OFFLOADS |
	    VIO_F_MTU | VIO_F_MAC | VIO_F_GUEST_TSO | VIO_F_HOST_TSO |
	    VIO_F_MRG_RXBUF | VIO_F_STATUS | VIO_F_CTRL_VQ | VIO_F_CTRL_RX |
	    VIO_F_GUEST_ANNOUNCE | VIO_F_MQ | VIO_F_CTRL_MAC_ADDR |
	    VIRTIO_F_ANY_LAYOUT;
	for (;;) {
		vsc->sc_driver_features = want;
		if (virtio_negotiate_features(vsc, vio_feature_names) != 0) {
			if (!declined || sc->sc_mtumust)
				return ENODEV;
			sc->sc_mtumust = 1;
			SET(want, VIO_F_MTU);
			continue;
		}
		have = want & vsc->sc_active_features;
		usable = vio_usable(sc, have);
		if (usable == have)
			break;
		declined = ISSET(have & ~usable, VIO_F_MTU);
		want = usable;
	}
	/* Whatever it offers later, it gets no other answer. */
	vsc->sc_driver_features = sc->sc_features = have;
	return 0;
}

/* How packets lie in memory. */
void
vio_layout(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct ifnet *ifp = &sc->sc_ac.ac_if;

	sc->sc_hdrlen = sizeof(struct vio_hdr);
	if (!vsc->sc_version_1 && !ISSET(sc->sc_features, VIO_F_MRG_RXBUF))
		sc->sc_hdrlen = offsetof(struct vio_hdr, vh_num_buffers);
	/* 5.1.6.6; mergeable buffers have no second part. */
	sc->sc_hdrapart = !vsc->sc_version_1 &&
	    !ISSET(sc->sc_features, VIRTIO_F_ANY_LAYOUT | VIO_F_MRG_RXBUF);

	sc->sc_rxbufsize = MCLBYTES;
	if (ISSET(sc->sc_features, VIO_F_MRG_RXBUF)) {
		/* Longer packets take more buffers. */
		if (!ISSET(sc->sc_features, VIO_F_MTU))
			ifp->if_hardmtu = ETHER_MAX_HARDMTU_LEN;
	} else if (ISSET(sc->sc_features, VIO_F_MTU)) {
		sc->sc_rxbufsize = MAX(MCLBYTES, ETHER_ALIGN + sc->sc_hdrlen +
		    sizeof(struct ether_vlan_header) + sc->sc_mtumax);
	} else {
		ifp->if_hardmtu = MCLBYTES - ETHER_ALIGN - sc->sc_hdrlen -
		    sizeof(struct ether_vlan_header);
	}
}

/*
 * The device's address, read until it is the same twice: it may become another
 * while it is read.  1: it is not the one that was known.
 */
int
vio_read_mac(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint8_t mac[2][ETHER_ADDR_LEN];
	int i, tries;

	if (!ISSET(sc->sc_features, VIO_F_MAC))
		return 0;
	for (tries = 0; tries < VIO_MAC_TRIES; tries++) {
		for (i = 0; i < ETHER_ADDR_LEN; i++)
			mac[tries & 1][i] = virtio_read_device_config_1(vsc,
			    VIO_CONFIG_MAC + i);
		if (tries > 0 && ETHER_IS_EQ(mac[0], mac[1]))
			break;
	}
	if (ETHER_IS_EQ(sc->sc_mac, mac[0]))
		return 0;
	memcpy(sc->sc_mac, mac[0], ETHER_ADDR_LEN);
	return 1;
}

/*
 * The device has another one.  Buffers are laid out for the first, so it
 * becomes smaller and not larger; what makes no sense changes nothing.
 */
void
vio_get_mtu(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	unsigned int mtu;

	if (!ISSET(sc->sc_features, VIO_F_MTU))
		return;
	mtu = virtio_read_device_config_2(sc->sc_virtio, VIO_CONFIG_MTU);
	if (mtu < VIO_MTU_MIN)
		return;
	mtu = MIN(mtu, sc->sc_mtumax);
	ifp->if_hardmtu = MIN(mtu, ETHER_MAX_HARDMTU_LEN);
	if (ifp->if_mtu > ifp->if_hardmtu)
		ifp->if_mtu = ifp->if_hardmtu;
}

/*
 * Memory
 */
int
vio_mem_alloc(struct vio_softc *sc, struct vio_mem *vm, bus_size_t size)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	bus_dma_tag_t dmat = vsc->sc_dmat;
	int flags = BUS_DMA_NOWAIT, nsegs, error;

	if (vsc->sc_version_1)
		flags |= BUS_DMA_64BIT;
	vm->vm_size = roundup(size, PAGE_SIZE);

	error = bus_dmamem_alloc(dmat, vm->vm_size, PAGE_SIZE, 0, &vm->vm_seg,
	    1, &nsegs, BUS_DMA_NOWAIT | BUS_DMA_ZERO);
	if (error != 0)
		return error;
	error = bus_dmamem_map(dmat, &vm->vm_seg, nsegs, vm->vm_size,
	    &vm->vm_kva, BUS_DMA_NOWAIT);
	if (error != 0)
		goto free;
	error = bus_dmamap_create(dmat, vm->vm_size, 1, vm->vm_size, 0, flags,
	    &vm->vm_map);
	if (error != 0)
		goto unmap;
	error = bus_dmamap_load(dmat, vm->vm_map, vm->vm_kva, vm->vm_size,
	    NULL, BUS_DMA_NOWAIT);
	if (error != 0)
		goto destroy;
	return 0;

destroy:
	bus_dmamap_destroy(dmat, vm->vm_map);
unmap:
	bus_dmamem_unmap(dmat, vm->vm_kva, vm->vm_size);
free:
	bus_dmamem_free(dmat, &vm->vm_seg, 1);
	vm->vm_kva = NULL;
	return error;
}

void
vio_mem_free(struct vio_softc *sc, struct vio_mem *vm)
{
	bus_dma_tag_t dmat = sc->sc_virtio->sc_dmat;

	if (vm->vm_kva == NULL)
		return;
	bus_dmamap_unload(dmat, vm->vm_map);
	bus_dmamem_unmap(dmat, vm->vm_kva, vm->vm_size);
	bus_dmamem_free(dmat, &vm->vm_seg, 1);
	bus_dmamap_destroy(dmat, vm->vm_map);
	vm->vm_kva = NULL;
}

void
vio_mem_sync(struct vio_softc *sc, struct vio_mem *vm, bus_size_t off,
    bus_size_t len, int ops)
{
	bus_dmamap_sync(sc->sc_virtio->sc_dmat, vm->vm_map, off, len, ops);
}

/* A map for each slot of a queue. */
int
vio_alloc_slots(struct vio_softc *sc, struct virtqueue *vq,
    struct vio_slot **slotsp, bus_size_t size, int nsegs, int flags)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct vio_slot *slots;
	unsigned int i;
	int error;

	slots = mallocarray(vq->vq_num, sizeof(*slots), M_DEVBUF,
	    M_WAITOK | M_CANFAIL | M_ZERO);
	if (slots == NULL)
		return ENOMEM;
	*slotsp = slots;

	flags |= BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW;
	if (vsc->sc_version_1)
		flags |= BUS_DMA_64BIT;
	for (i = 0; i < vq->vq_num; i++) {
		error = bus_dmamap_create(vsc->sc_dmat, size, nsegs, size, 0,
		    flags, &slots[i].vs_map);
		if (error != 0) {
			slots[i].vs_map = NULL;
			return error;
		}
	}
	return 0;
}

/* The device has none of them. */
void
vio_free_slots(struct vio_softc *sc, struct virtqueue *vq,
    struct vio_slot *slots)
{
	bus_dma_tag_t dmat = sc->sc_virtio->sc_dmat;
	unsigned int i;

	if (slots == NULL)
		return;
	for (i = 0; i < vq->vq_num; i++) {
		KASSERT(slots[i].vs_m == NULL);
		if (slots[i].vs_map != NULL)
			bus_dmamap_destroy(dmat, slots[i].vs_map);
	}
	free(slots, M_DEVBUF, vq->vq_num * sizeof(*slots));
}

int
vio_alloc_pair(struct vio_softc *sc, struct vio_pair *vp)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *rx, *tx;
	bus_size_t len;
	int rxsegs, error;

	/* A cluster is contiguous memory, but not so its bounce pages. */
	rxsegs = sc->sc_rxbufsize <= MCLBYTES ? 1 :
	    howmany(sc->sc_rxbufsize, PAGE_SIZE) + 2;
	rx = &sc->sc_vqs[sc->sc_nvqs];
	error = virtio_alloc_vq(vsc, rx, 2 * vp->vp_num,
	    rxsegs + sc->sc_hdrapart, "rx");
	if (error != 0)
		return error;
	sc->sc_nvqs++;
	tx = &sc->sc_vqs[sc->sc_nvqs];
	error = virtio_alloc_vq(vsc, tx, 2 * vp->vp_num + 1, VIO_TX_SEGS + 1,
	    "tx");
	if (error != 0)
		return error;
	sc->sc_nvqs++;
	vp->vp_rxvq = rx;
	vp->vp_txvq = tx;
	rx->vq_done = vio_rx_intr;
	tx->vq_done = vio_tx_intr;
	rx->vq_intr_vec = tx->vq_intr_vec = vp->vp_num + 1;

	/* A header and a packet, or a buffer, have to fit. */
	if (vsc->sc_indirect) {
		vp->vp_txsegs = VIO_TX_SEGS;
		vp->vp_txworst = 1;
	} else {
		if (tx->vq_num < 2 ||
		    rx->vq_num < (unsigned int)rxsegs + sc->sc_hdrapart)
			return ENOSPC;
		vp->vp_txsegs = MIN(VIO_TX_SEGS, tx->vq_num - 1);
		vp->vp_txworst = vp->vp_txsegs + 1;
	}

	error = vio_alloc_slots(sc, rx, &vp->vp_rxslots, sc->sc_rxbufsize,
	    rxsegs, BUS_DMA_READ);
	if (error != 0)
		return error;
	len = sizeof(struct ether_vlan_header) + sc->sc_ac.ac_if.if_hardmtu;
	if (ISSET(sc->sc_features, VIO_F_HOST_TSO))
		len = VIO_TX_LEN_MAX;
	error = vio_alloc_slots(sc, tx, &vp->vp_txslots, len, vp->vp_txsegs,
	    BUS_DMA_WRITE);
	if (error != 0)
		return error;
	error = vio_mem_alloc(sc, &vp->vp_txhdrs,
	    tx->vq_num * sizeof(struct vio_hdr));
	if (error == 0 && sc->sc_hdrapart)
		error = vio_mem_alloc(sc, &vp->vp_rxhdrs,
		    rx->vq_num * CACHELINESIZE);
	return error;
}

int
vio_alloc(struct vio_softc *sc, struct virtio_attach_args *va)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	unsigned int i, pairs = 1;
	struct vio_pair *vp;
	int error;

	sc->sc_npairs = 1;
	if (ISSET(sc->sc_features, VIO_F_MQ)) {
		pairs = virtio_read_device_config_2(vsc, VIO_CONFIG_PAIRS);
		/* One vector for the configuration, one for each pair. */
		if (pairs > 1 && va->va_nintr > 2)
			sc->sc_intrmap = intrmap_create(&sc->sc_dev,
			    va->va_nintr - 1, MIN(pairs, VIO_PAIRS_MAX), 0);
		if (sc->sc_intrmap != NULL)
			sc->sc_npairs = intrmap_count(sc->sc_intrmap);
	}

	sc->sc_pairs = mallocarray(sc->sc_npairs, sizeof(*sc->sc_pairs),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	sc->sc_vqs = mallocarray(2 * sc->sc_npairs + 1, sizeof(*sc->sc_vqs),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	vsc->sc_vqs = sc->sc_vqs;
	task_set(&sc->sc_task, vio_task, sc);
	mtx_init(&sc->sc_ctrlmtx, IPL_NET);

	for (i = 0; i < sc->sc_npairs; i++) {
		vp = &sc->sc_pairs[i];
		vp->vp_sc = sc;
		vp->vp_num = i;
		mtx_init(&vp->vp_rxmtx, IPL_NET);
		mtx_init(&vp->vp_txmtx, IPL_NET);
		timeout_set(&vp->vp_rxtick, vio_rxtick, vp);
		error = vio_alloc_pair(sc, vp);
		if (error != 0)
			return error;
	}
	if (ISSET(sc->sc_features, VIO_F_CTRL_VQ)) {
		sc->sc_ctrlvq = &sc->sc_vqs[sc->sc_nvqs];
		error = virtio_alloc_vq(vsc, sc->sc_ctrlvq, 2 * MAX(pairs, 1),
		    VIO_CTRL_SEGS, "control");
		if (error != 0)
			return error;
		sc->sc_nvqs++;
		sc->sc_ctrlvq->vq_done = vio_ctrl_intr;
		sc->sc_ctrlvq->vq_intr_vec = 0;
		if (!vsc->sc_indirect && sc->sc_ctrlvq->vq_num < VIO_CTRL_SEGS)
			return ENOSPC;
		error = vio_mem_alloc(sc, &sc->sc_ctrl, PAGE_SIZE);
		if (error != 0)
			return error;
	}
	vsc->sc_nvqs = sc->sc_nvqs;
	return 0;
}

/* Several pairs have a vector each, on a CPU of its own. */
int
vio_establish(struct vio_softc *sc, struct virtio_attach_args *va)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	unsigned int i;
	int error;

	if (sc->sc_npairs == 1)
		return 0;
	error = virtio_intr_establish(vsc, va, 0, NULL, vio_config_intr, sc);
	for (i = 0; error == 0 && i < sc->sc_npairs; i++)
		error = virtio_intr_establish(vsc, va, i + 1,
		    intrmap_cpu(sc->sc_intrmap, i), vio_pair_intr,
		    &sc->sc_pairs[i]);
	return error;
}

/* All that vio_alloc() took, as far as it came; the device is reset. */
void
vio_free(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct vio_pair *vp;
	unsigned int i;

	for (i = 0; sc->sc_pairs != NULL && i < sc->sc_npairs; i++) {
		vp = &sc->sc_pairs[i];
		vio_free_slots(sc, vp->vp_rxvq, vp->vp_rxslots);
		vio_free_slots(sc, vp->vp_txvq, vp->vp_txslots);
		vio_mem_free(sc, &vp->vp_rxhdrs);
		vio_mem_free(sc, &vp->vp_txhdrs);
	}
	vio_mem_free(sc, &sc->sc_ctrl);
	for (i = 0; i < sc->sc_nvqs; i++)
		virtio_free_vq(vsc, &sc->sc_vqs[i]);
	vsc->sc_nvqs = sc->sc_nvqs = 0;
	vsc->sc_vqs = NULL;

	if (sc->sc_vqs != NULL)
		free(sc->sc_vqs, M_DEVBUF,
		    (2 * sc->sc_npairs + 1) * sizeof(*sc->sc_vqs));
	if (sc->sc_pairs != NULL)
		free(sc->sc_pairs, M_DEVBUF,
		    sc->sc_npairs * sizeof(*sc->sc_pairs));
	sc->sc_vqs = NULL;
	sc->sc_ctrlvq = NULL;
	sc->sc_pairs = NULL;
	if (sc->sc_intrmap != NULL)
		intrmap_destroy(sc->sc_intrmap);
	sc->sc_intrmap = NULL;
}

/*
 * Up, down, and what happens when the device breaks
 */

/*
 * Take everything back from the device.  EBUSY: it does not let go, and has all
 * that it had; a device that says so once may say something else the next time.
 */
int
vio_quiesce(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct vio_pair *vp;
	struct vio_slot *vs;
	unsigned int i, j;

	CLR(ifp->if_flags, IFF_RUNNING);
	virtio_reset(vsc);
	if (virtio_get_status(vsc) & VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK) {
		printf("%s: device does not finish its reset\n",
		    sc->sc_dev.dv_xname);
		return EBUSY;
	}
	virtio_intr_barrier(vsc);

	for (i = 0; i < sc->sc_npairs; i++) {
		vp = &sc->sc_pairs[i];
		timeout_del(&vp->vp_rxtick);

		mtx_enter(&vp->vp_rxmtx);
		for (j = 0; j < vp->vp_rxvq->vq_num; j++) {
			vs = &vp->vp_rxslots[j];
			if (vs->vs_m == NULL)
				continue;
			bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
			ml_enqueue(&ml, vs->vs_m);
			vs->vs_m = NULL;
		}
		if (vp->vp_rxm != NULL)
			ml_enqueue(&ml, vp->vp_rxm);
		vp->vp_rxm = vp->vp_rxlast = NULL;
		vp->vp_rxleft = 0;
		mtx_leave(&vp->vp_rxmtx);

		mtx_enter(&vp->vp_txmtx);
		for (j = 0; j < vp->vp_txvq->vq_num; j++) {
			vs = &vp->vp_txslots[j];
			if (vs->vs_m == NULL)
				continue;
			bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
			ml_enqueue(&ml, vs->vs_m);
			vs->vs_m = NULL;
		}
		vp->vp_txused = 0;
		mtx_leave(&vp->vp_txmtx);
		ifq_clr_oactive(ifp->if_ifqs[i]);
	}
	sc->sc_ctrl_state = VIO_CTRL_FREE;
	ml_purge(&ml);
	return 0;
}

/* From whatever state, with empty queues. */
static int
vio_restart(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint64_t mask = sc->sc_features;
	int error;

	error = vio_quiesce(sc);
	if (error != 0)
		return error;
	sc->sc_broken = 0;
	/* What it was told before, it has forgotten. */
	memset(sc->sc_mac, 0, ETHER_ADDR_LEN);
	virtio_reinit_start(vsc);
	/* Memory was laid out for what it could do then. */
	if ((vsc->sc_active_features & mask) != mask) {
		virtio_set_status(vsc, VIRTIO_CONFIG_DEVICE_STATUS_FAILED);
		return EIO;
	}
	virtio_reinit_end(vsc);
	if ((virtio_get_status(vsc) &
	    (VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK |
	    VIRTIO_CONFIG_DEVICE_STATUS_FAILED)) !=
	    VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK)
		return EIO;
	return 0;
}

void
vio_down(struct vio_softc *sc)
{
	if (vio_restart(sc) != 0)
		printf("%s: does not start any more\n", sc->sc_dev.dv_xname);
	else
		vio_link_state(sc);
}

int
vio_up(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	struct vio_pair *vp;
	unsigned int i, n, lwm;
	int error;

	error = vio_restart(sc);
	if (error == 0)
		error = vio_set_pairs(sc);
	if (error == 0)
		error = vio_set_offloads(sc);
	if (error == 0)
		error = vio_set_mac(sc);
	if (error == 0)
		error = vio_set_filter(sc);
	if (error != 0)
		return error;

	for (i = 0; i < sc->sc_npairs; i++) {
		vp = &sc->sc_pairs[i];
		n = vp->vp_rxvq->vq_num;
		if (!sc->sc_virtio->sc_indirect)
			n /= vp->vp_rxvq->vq_maxnsegs;
		lwm = 2 * howmany(MAXMCLBYTES, sc->sc_rxbufsize);
		lwm = MAX(lwm, 32);
		mtx_enter(&vp->vp_rxmtx);
		if_rxr_init(&vp->vp_rxring, MIN(lwm, n), n);
		mtx_leave(&vp->vp_rxmtx);
	}
	SET(ifp->if_flags, IFF_RUNNING);
	for (i = 0; i < sc->sc_npairs; i++) {
		vio_rx_intr(sc->sc_pairs[i].vp_rxvq);
		ifq_restart(ifp->if_ifqs[i]);
	}
	vio_link_state(sc);
	return 0;
}

/*
 * What an interrupt found and could not do.  Whoever configures the interface
 * does it himself when he is done.
 */
static void
vio_recover(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	int up;

	while (sc->sc_broken) {
		up = ISSET(ifp->if_flags, IFF_UP);
		if (sc->sc_restarts++ >= VIO_RESTARTS_MAX) {
			printf("%s: device breaks again and again, given up\n",
			    sc->sc_dev.dv_xname);
			(void)vio_quiesce(sc);
			sc->sc_broken = 0;
			return;
		}
		printf("%s: device needs a reset\n", sc->sc_dev.dv_xname);
		if (up)
			(void)vio_up(sc);
		else
			vio_down(sc);
	}
	if (sc->sc_moved && ISSET(ifp->if_flags, IFF_RUNNING)) {
		sc->sc_moved = 0;
		if (vio_set_mac(sc) == 0)
			(void)vio_set_filter(sc);
	}
	if (sc->sc_announce && ISSET(ifp->if_flags, IFF_RUNNING)) {
		sc->sc_announce = 0;
		vio_announce(sc);
	}
}

void
vio_task(void *arg)
{
	struct vio_softc *sc = arg;

	if (sc->sc_busy != VIO_BUSY_NOT)
		return;
	sc->sc_busy = VIO_BUSY_POLLS;
	vio_recover(sc);
	sc->sc_busy = VIO_BUSY_NOT;
}

/*
 * Requests
 */
int
vio_ioctl_flags(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;

	if (!ISSET(ifp->if_flags, IFF_UP)) {
		if (ISSET(ifp->if_flags, IFF_RUNNING))
			vio_down(sc);
		return 0;
	}
	if (ISSET(ifp->if_flags, IFF_RUNNING))
		return ENETRESET;
	sc->sc_restarts = 0;
	return vio_up(sc);
}

int
vio_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct vio_softc *sc = ifp->if_softc;
	struct ifreq *ifr = (struct ifreq *)data;
	int error = 0;

	sc->sc_busy = VIO_BUSY_SLEEPS;
	switch (cmd) {
	case SIOCSIFADDR:
		SET(ifp->if_flags, IFF_UP);
		/* FALLTHROUGH */
	case SIOCSIFFLAGS:
		error = vio_ioctl_flags(sc);
		break;
	case SIOCSIFXFLAGS:
		if (ISSET(ifp->if_flags, IFF_RUNNING))
			error = vio_set_offloads(sc);
		break;
	case SIOCGIFMEDIA:
	case SIOCSIFMEDIA:
		error = ifmedia_ioctl(ifp, ifr, &sc->sc_media, cmd);
		break;
	case SIOCGIFRXR:
		error = vio_rxrinfo(sc, (struct if_rxrinfo *)ifr->ifr_data);
		break;
	default:
		error = ether_ioctl(ifp, &sc->sc_ac, cmd, data);
		break;
	}
	if (error == ENETRESET) {
		error = 0;
		if (ISSET(ifp->if_flags, IFF_RUNNING))
			error = vio_set_filter(sc);
	}
	if (sc->sc_broken || sc->sc_moved || sc->sc_announce)
		vio_recover(sc);
	sc->sc_busy = VIO_BUSY_NOT;
	return error;
}

int
vio_rxrinfo(struct vio_softc *sc, struct if_rxrinfo *ifri)
{
	struct if_rxring_info *ifr;
	unsigned int i;
	int error;

	ifr = mallocarray(sc->sc_npairs, sizeof(*ifr), M_TEMP,
	    M_WAITOK | M_ZERO);
	for (i = 0; i < sc->sc_npairs; i++) {
		ifr[i].ifr_size = sc->sc_rxbufsize;
		snprintf(ifr[i].ifr_name, sizeof(ifr[i].ifr_name), "%u", i);
		ifr[i].ifr_info = sc->sc_pairs[i].vp_rxring;
	}
	error = if_rxr_info_ioctl(ifri, sc->sc_npairs, ifr);
	free(ifr, M_TEMP, sc->sc_npairs * sizeof(*ifr));
	return error;
}

int
vio_media_change(struct ifnet *ifp)
{
	return 0;
}

void
vio_media_status(struct ifnet *ifp, struct ifmediareq *imr)
{
	imr->ifm_active = IFM_ETHER | IFM_AUTO;
	imr->ifm_status = IFM_AVALID;
	if (LINK_STATE_IS_UP(ifp->if_link_state) &&
	    ISSET(ifp->if_flags, IFF_UP))
		imr->ifm_status |= IFM_ACTIVE | IFM_FDX;
}

/*
 * Packets out
 */

/*
 * The header of a packet whose checksum, or cutting, is left to the device.
 * The sum that the stack left is that of the pseudo header; where it is to
 * be cut there is no length in it, which the device wants (5.1.6.2).
 */
int
vio_tx_offload(struct vio_softc *sc, struct mbuf *m, struct vio_hdr *hdr)
{
	struct ether_extracted ext;
	uint32_t sum;

	memset(hdr, 0, sizeof(*hdr));
	if (!ISSET(m->m_pkthdr.csum_flags, M_TCP_CSUM_OUT | M_UDP_CSUM_OUT |
	    M_TCP_TSO))
		return 0;

	ether_extract_headers(m, &ext);
	hdr->vh_flags = VIO_HDR_F_NEEDS_CSUM;
	hdr->vh_csum_start = (ext.evh != NULL ? sizeof(*ext.evh) :
	    sizeof(*ext.eh)) + ext.iphlen;
	if (ext.udp != NULL && ISSET(m->m_pkthdr.csum_flags, M_UDP_CSUM_OUT)) {
		hdr->vh_csum_offset = offsetof(struct udphdr, uh_sum);
		return 0;
	}
	if (ext.tcp == NULL)
		return EINVAL;
	hdr->vh_csum_offset = offsetof(struct tcphdr, th_sum);
	if (!ISSET(m->m_pkthdr.csum_flags, M_TCP_TSO))
		return 0;

	if (m->m_pkthdr.ph_mss == 0) {
		tcpstat_inc(tcps_outbadtso);
		return EINVAL;
	}
	hdr->vh_gso_type = ext.ip4 != NULL ? VIO_HDR_GSO_TCPV4 :
	    VIO_HDR_GSO_TCPV6;
	hdr->vh_gso_size = m->m_pkthdr.ph_mss;
	hdr->vh_hdr_len = hdr->vh_csum_start + ext.tcphlen;
	sum = ext.tcp->th_sum + htons(ext.tcphlen + ext.paylen);
	ext.tcp->th_sum = (sum & 0xffff) + (sum >> 16);
	tcpstat_add(tcps_outpkttso, howmany(ext.paylen, m->m_pkthdr.ph_mss));
	return 0;
}

int
vio_load_tx(struct vio_softc *sc, bus_dmamap_t map, struct mbuf *m)
{
	bus_dma_tag_t dmat = sc->sc_virtio->sc_dmat;
	int error;

	error = bus_dmamap_load_mbuf(dmat, map, m,
	    BUS_DMA_NOWAIT | BUS_DMA_WRITE);
	if (error != EFBIG)
		return error;
	if (m_defrag(m, M_DONTWAIT) != 0)
		return ENOBUFS;
	return bus_dmamap_load_mbuf(dmat, map, m,
	    BUS_DMA_NOWAIT | BUS_DMA_WRITE);
}

/* One packet into a slot; not 0: the slot is free again, m is the caller's. */
int
vio_send(struct vio_pair *vp, int slot, struct mbuf *m)
{
	struct vio_softc *sc = vp->vp_sc;
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = vp->vp_txvq;
	struct vio_slot *vs = &vp->vp_txslots[slot];
	struct vio_hdr *hdr = (struct vio_hdr *)vp->vp_txhdrs.vm_kva + slot;
	bus_size_t off = slot * sizeof(*hdr);
	int error;

	error = vio_tx_offload(sc, m, hdr);
	if (error == 0)
		error = vio_load_tx(sc, vs->vs_map, m);
	if (error != 0) {
		virtio_enqueue_abort(vq, slot);
		return error;
	}
	error = virtio_enqueue_reserve(vq, slot, vs->vs_map->dm_nsegs + 1);
	if (error != 0) {
		bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
		return error;
	}

	vio_mem_sync(sc, &vp->vp_txhdrs, off, sc->sc_hdrlen,
	    BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(vsc->sc_dmat, vs->vs_map, 0, m->m_pkthdr.len,
	    BUS_DMASYNC_PREWRITE);
	virtio_enqueue_p(vq, slot, vp->vp_txhdrs.vm_map, off, sc->sc_hdrlen,
	    1);
	virtio_enqueue(vq, slot, vs->vs_map, 1);
	vs->vs_m = m;
	vp->vp_txused += vsc->sc_indirect ? 1 : vs->vs_map->dm_nsegs + 1;
	virtio_enqueue_commit(vsc, vq, slot, 0);
	return 0;
}

/* Take back what the device has sent; frees it later, with ml. */
int
vio_txeof(struct vio_pair *vp, struct mbuf_list *ml)
{
	struct virtio_softc *vsc = vp->vp_sc->sc_virtio;
	struct vio_slot *vs;
	int n = 0, slot;

	MUTEX_ASSERT_LOCKED(&vp->vp_txmtx);
	while (virtio_dequeue(vsc, vp->vp_txvq, &slot, NULL) == 0) {
		vs = &vp->vp_txslots[slot];
		vio_mem_sync(vp->vp_sc, &vp->vp_txhdrs,
		    slot * sizeof(struct vio_hdr), vp->vp_sc->sc_hdrlen,
		    BUS_DMASYNC_POSTWRITE);
		bus_dmamap_sync(vsc->sc_dmat, vs->vs_map, 0,
		    vs->vs_m->m_pkthdr.len, BUS_DMASYNC_POSTWRITE);
		vp->vp_txused -= vsc->sc_indirect ? 1 :
		    vs->vs_map->dm_nsegs + 1;
		bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
		ml_enqueue(ml, vs->vs_m);
		vs->vs_m = NULL;
		virtio_dequeue_commit(vp->vp_txvq, slot);
		n++;
	}
	return n;
}

/*
 * Have an interrupt come while anything is out, after most of it is back.
 * What came back while we asked is taken now; that can only be as often as
 * there are slots.
 */
static int
vio_tx_ask(struct vio_pair *vp, struct mbuf_list *ml)
{
	unsigned int i;
	int n = 0;

	for (i = 0; i <= vp->vp_txvq->vq_num; i++) {
		if (!virtio_postpone_intr_smart(vp->vp_txvq))
			break;
		n += vio_txeof(vp, ml);
	}
	return n;
}

void
vio_start(struct ifqueue *ifq)
{
	struct vio_pair *vp = ifq->ifq_softc;
	struct ifnet *ifp = ifq->ifq_if;
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	struct virtqueue *vq = vp->vp_txvq;
	struct mbuf *m;
	int slot, queued;

	mtx_enter(&vp->vp_txmtx);
again:
	queued = 0;
	while (ISSET(ifp->if_flags, IFF_RUNNING)) {
		if (vq->vq_num - vp->vp_txused < vp->vp_txworst ||
		    virtio_enqueue_prep(vq, &slot) != 0) {
			ifq_set_oactive(ifq);
			break;
		}
		m = ifq_dequeue(ifq);
		if (m == NULL) {
			virtio_enqueue_abort(vq, slot);
			break;
		}
#if NBPFILTER > 0
		if (ifp->if_bpf != NULL)
			bpf_mtap(ifp->if_bpf, m, BPF_DIRECTION_OUT);
#endif
		if (vio_send(vp, slot, m) != 0) {
			ifq->ifq_errors++;
			ml_enqueue(&ml, m);
			continue;
		}
		queued = 1;
	}
	if (queued) {
		virtio_notify(vp->vp_sc->sc_virtio, vq);
		if (vio_tx_ask(vp, &ml) > 0 && ifq_is_oactive(ifq)) {
			ifq_clr_oactive(ifq);
			goto again;
		}
	}
	mtx_leave(&vp->vp_txmtx);
	ml_purge(&ml);
}

static struct vio_pair *
vio_pair_of(struct virtqueue *vq)
{
	struct vio_softc *sc = (struct vio_softc *)vq->vq_owner->sc_child;

	return &sc->sc_pairs[vq->vq_index / 2];
}

int
vio_tx_intr(struct virtqueue *vq)
{
	struct vio_pair *vp = vio_pair_of(vq);
	struct ifqueue *ifq = vp->vp_sc->sc_ac.ac_if.if_ifqs[vp->vp_num];
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	int n;

	mtx_enter(&vp->vp_txmtx);
	n = vio_txeof(vp, &ml);
	n += vio_tx_ask(vp, &ml);
	mtx_leave(&vp->vp_txmtx);
	ml_purge(&ml);
	if (n > 0 && ifq_is_oactive(ifq))
		ifq_restart(ifq);
	return n > 0;
}

/*
 * Packets in
 */
int
vio_rx_intr(struct virtqueue *vq)
{
	struct vio_pair *vp = vio_pair_of(vq);
	struct virtio_softc *vsc = vq->vq_owner;
	struct ifnet *ifp = &vp->vp_sc->sc_ac.ac_if;
	struct mbuf_list ml = MBUF_LIST_INITIALIZER();
	int i, n = 0;

	for (i = 0; ISSET(ifp->if_flags, IFF_RUNNING); i++) {
		if (i == VIO_RX_ROUNDS) {
			timeout_add(&vp->vp_rxtick, 1);
			break;
		}
		mtx_enter(&vp->vp_rxmtx);
		n += vio_rxeof(vp, &ml);
		vio_rx_fill(vp);
		mtx_leave(&vp->vp_rxmtx);
		if (ifiq_input(ifp->if_iqs[vp->vp_num], &ml))
			if_rxr_livelocked(&vp->vp_rxring);
		if (!virtio_start_vq_intr(vsc, vq))
			break;
	}
	return n > 0;
}

void
vio_rxtick(void *arg)
{
	struct vio_pair *vp = arg;

	vio_rx_intr(vp->vp_rxvq);
}

/* As many buffers as there may be; what there is no memory for, later. */
void
vio_rx_fill(struct vio_pair *vp)
{
	struct virtqueue *vq = vp->vp_rxvq;
	unsigned int want, n;

	MUTEX_ASSERT_LOCKED(&vp->vp_rxmtx);
	want = if_rxr_get(&vp->vp_rxring, vq->vq_num);
	for (n = 0; n < want; n++) {
		if (vio_rx_post(vp) != 0)
			break;
	}
	if (n < want) {
		if_rxr_put(&vp->vp_rxring, want - n);
		timeout_add_sec(&vp->vp_rxtick, VIO_RX_TICK_SEC);
	}
	if (n > 0)
		virtio_notify(vp->vp_sc->sc_virtio, vq);
}

/*
 * Memory for one buffer, with the IP header aligned: a cluster, and an mbuf
 * more where the largest does not do.
 */
struct mbuf *
vio_rx_mbuf(struct vio_softc *sc)
{
	struct mbuf *m;

	m = MCLGETL(NULL, M_DONTWAIT, MIN(sc->sc_rxbufsize, MAXMCLBYTES));
	if (m == NULL)
		return NULL;
	m->m_len = MIN(sc->sc_rxbufsize, MAXMCLBYTES);
	m->m_pkthdr.len = sc->sc_rxbufsize;
	if (sc->sc_rxbufsize > MAXMCLBYTES) {
		MGET(m->m_next, M_DONTWAIT, MT_DATA);
		if (m->m_next == NULL) {
			m_freem(m);
			return NULL;
		}
		m->m_next->m_len = sc->sc_rxbufsize - MAXMCLBYTES;
	}
	if (sc->sc_hdrapart || sc->sc_hdrlen == sizeof(struct vio_hdr))
		m_adj(m, ETHER_ALIGN);
	return m;
}

int
vio_rx_post(struct vio_pair *vp)
{
	struct vio_softc *sc = vp->vp_sc;
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = vp->vp_rxvq;
	struct vio_slot *vs;
	struct mbuf *m;
	int slot, error;

	error = virtio_enqueue_prep(vq, &slot);
	if (error != 0)
		return error;
	vs = &vp->vp_rxslots[slot];
	m = vio_rx_mbuf(sc);
	if (m == NULL) {
		virtio_enqueue_abort(vq, slot);
		return ENOBUFS;
	}

	error = bus_dmamap_load_mbuf(vsc->sc_dmat, vs->vs_map, m,
	    BUS_DMA_NOWAIT | BUS_DMA_READ);
	if (error != 0) {
		virtio_enqueue_abort(vq, slot);
		m_freem(m);
		return error;
	}
	error = virtio_enqueue_reserve(vq, slot,
	    vs->vs_map->dm_nsegs + sc->sc_hdrapart);
	if (error != 0) {
		bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
		m_freem(m);
		return error;
	}

	if (sc->sc_hdrapart) {
		vio_mem_sync(sc, &vp->vp_rxhdrs, slot * CACHELINESIZE,
		    sc->sc_hdrlen, BUS_DMASYNC_PREREAD);
		virtio_enqueue_p(vq, slot, vp->vp_rxhdrs.vm_map,
		    slot * CACHELINESIZE, sc->sc_hdrlen, 0);
	}
	bus_dmamap_sync(vsc->sc_dmat, vs->vs_map, 0, m->m_pkthdr.len,
	    BUS_DMASYNC_PREREAD);
	virtio_enqueue(vq, slot, vs->vs_map, 0);
	vs->vs_m = m;
	virtio_enqueue_commit(vsc, vq, slot, 0);
	return 0;
}

int
vio_rxeof(struct vio_pair *vp, struct mbuf_list *ml)
{
	struct vio_softc *sc = vp->vp_sc;
	struct virtio_softc *vsc = sc->sc_virtio;
	struct vio_slot *vs;
	int n = 0, slot, len, first;

	MUTEX_ASSERT_LOCKED(&vp->vp_rxmtx);
	while (virtio_dequeue(vsc, vp->vp_rxvq, &slot, &len) == 0) {
		vs = &vp->vp_rxslots[slot];
		/* Of the bytes, how many are not in the packet's buffer? */
		first = sc->sc_hdrapart ? MIN(len, (int)sc->sc_hdrlen) : 0;
		if (first > 0)
			vio_mem_sync(sc, &vp->vp_rxhdrs, slot * CACHELINESIZE,
			    first, BUS_DMASYNC_POSTREAD);
		if (len > first)
			bus_dmamap_sync(vsc->sc_dmat, vs->vs_map, 0,
			    len - first, BUS_DMASYNC_POSTREAD);
		bus_dmamap_unload(vsc->sc_dmat, vs->vs_map);
		virtio_dequeue_commit(vp->vp_rxvq, slot);
		vio_rx_buffer(vp, vs, slot, len, ml);
		n++;
	}
	if_rxr_put(&vp->vp_rxring, n);
	return n;
}

/*
 * The first buffer of a packet: len bytes with the header, which says how
 * many buffers there are.  Not 0: it makes no sense, and is thrown away alone.
 */
int
vio_rx_first(struct vio_pair *vp, struct mbuf *m, int slot, int len)
{
	struct vio_softc *sc = vp->vp_sc;
	const void *src;

	vp->vp_rxleft = 1;
	if (len < (int)sc->sc_hdrlen + ETHER_HDR_LEN)
		return EINVAL;
	src = sc->sc_hdrapart ?
	    vp->vp_rxhdrs.vm_kva + slot * CACHELINESIZE : mtod(m, void *);
	memset(&vp->vp_rxhdr, 0, sizeof(vp->vp_rxhdr));
	memcpy(&vp->vp_rxhdr, src, sc->sc_hdrlen);
	if (ISSET(sc->sc_features, VIO_F_MRG_RXBUF)) {
		if (vp->vp_rxhdr.vh_num_buffers == 0 ||
		    vp->vp_rxhdr.vh_num_buffers > VIO_RX_BUFS_MAX)
			return EINVAL;
		vp->vp_rxleft = vp->vp_rxhdr.vh_num_buffers;
	}
	if (sc->sc_hdrapart)
		len -= sc->sc_hdrlen;
	m_adj(m, len - m->m_pkthdr.len);
	if (!sc->sc_hdrapart)
		m_adj(m, sc->sc_hdrlen);
	if (m->m_next != NULL && m->m_next->m_len == 0) {
		m_freem(m->m_next);
		m->m_next = NULL;
	}
	return 0;
}

/* A buffer of len bytes is back: a packet, or a part of one. */
void
vio_rx_buffer(struct vio_pair *vp, struct vio_slot *vs, int slot, int len,
    struct mbuf_list *ml)
{
	struct ifnet *ifp = &vp->vp_sc->sc_ac.ac_if;
	struct mbuf *m = vs->vs_m;

	vs->vs_m = NULL;
	if (vp->vp_rxleft == 0) {
		if (vio_rx_first(vp, m, slot, len) != 0) {
			vp->vp_rxleft = 0;
			ifp->if_ierrors++;
			m_freem(m);
			return;
		}
		vp->vp_rxm = vp->vp_rxlast = m;
	} else if (len == 0) {
		m_freem(m);
	} else {
		m_removehdr(m);
		m->m_len = len;
		vp->vp_rxm->m_pkthdr.len += len;
		vp->vp_rxlast->m_next = m;
		vp->vp_rxlast = m;
	}
	if (--vp->vp_rxleft == 0)
		vio_rx_packet(vp, ml);
}

/* All of a packet is there. */
void
vio_rx_packet(struct vio_pair *vp, struct mbuf_list *ml)
{
	struct vio_softc *sc = vp->vp_sc;
	struct mbuf *m = vp->vp_rxm;

	vp->vp_rxm = vp->vp_rxlast = NULL;
	if (m->m_pkthdr.len > (int)VIO_TX_LEN_MAX) {
		sc->sc_ac.ac_if.if_ierrors++;
		m_freem(m);
		return;
	}
	vio_rx_offload(sc, m, &vp->vp_rxhdr);
	if (sc->sc_npairs > 1) {
		m->m_pkthdr.ph_flowid = vp->vp_num;
		SET(m->m_pkthdr.csum_flags, M_FLOWID);
	}
	sc->sc_restarts = 0;
	ml_enqueue(ml, m);
}

/*
 * What the device says of a checksum.  It may have left the sum of a packet
 * from another guest unfinished: good for us, and to be finished if the
 * packet is forwarded.
 */
void
vio_rx_offload(struct vio_softc *sc, struct mbuf *m, struct vio_hdr *hdr)
{
	struct ether_extracted ext;
	uint16_t flags = 0;

	if (!ISSET(sc->sc_features, VIO_F_GUEST_CSUM))
		return;
	if (!ISSET(hdr->vh_flags, VIO_HDR_F_NEEDS_CSUM |
	    VIO_HDR_F_DATA_VALID) && hdr->vh_gso_type == VIO_HDR_GSO_NONE)
		return;

	ether_extract_headers(m, &ext);
	if (ext.tcp != NULL)
		flags = M_TCP_CSUM_IN_OK;
	else if (ext.udp != NULL)
		flags = M_UDP_CSUM_IN_OK;
	if (ISSET(hdr->vh_flags, VIO_HDR_F_NEEDS_CSUM)) {
		if (ext.tcp != NULL)
			SET(flags, M_TCP_CSUM_OUT);
		else if (ext.udp != NULL)
			SET(flags, M_UDP_CSUM_OUT);
	} else if (!ISSET(hdr->vh_flags, VIO_HDR_F_DATA_VALID)) {
		flags = 0;
	}
	SET(m->m_pkthdr.csum_flags, flags);
	if (hdr->vh_gso_type != VIO_HDR_GSO_NONE &&
	    ISSET(sc->sc_features, VIO_F_GUEST_TSO))
		vio_rx_lro(m, &ext, hdr);
}

/* Several segments in one packet, to be cut again if it is forwarded. */
void
vio_rx_lro(struct mbuf *m, struct ether_extracted *ext, struct vio_hdr *hdr)
{
	uint8_t type = hdr->vh_gso_type & ~VIO_HDR_GSO_ECN;

	if (ext->tcp == NULL || hdr->vh_gso_size == 0 ||
	    ext->paylen <= hdr->vh_gso_size ||
	    type != (ext->ip4 != NULL ? VIO_HDR_GSO_TCPV4 :
	    VIO_HDR_GSO_TCPV6)) {
		tcpstat_inc(tcps_inbadlro);
		return;
	}
	tcpstat_inc(tcps_inhwlro);
	tcpstat_add(tcps_inpktlro, howmany(ext->paylen, hdr->vh_gso_size));
	SET(m->m_pkthdr.csum_flags, M_TCP_TSO);
	m->m_pkthdr.ph_mss = hdr->vh_gso_size;
}

/*
 * Commands
 */

/*
 * Send one and wait for its answer.  EIO: the device does not answer, and is
 * broken; EOPNOTSUPP: it will not.
 */
int
vio_ctrl(struct vio_softc *sc, int class, int command, const void *data1,
    size_t n1, const void *data2, size_t n2)
{
	struct vio_ctrl_cmd *cmd;
	int error;

	KASSERT(sc->sc_ctrlvq != NULL && sc->sc_busy != VIO_BUSY_NOT);
	KASSERT(sc->sc_ctrl_state == VIO_CTRL_FREE);

	cmd = (struct vio_ctrl_cmd *)(sc->sc_ctrl.vm_kva + VIO_CTRL_OFF_CMD);
	cmd->vc_class = class;
	cmd->vc_command = command;
	if (n1 > 0)
		memcpy(sc->sc_ctrl.vm_kva + VIO_CTRL_OFF_DATA1, data1, n1);
	if (n2 > 0)
		memcpy(sc->sc_ctrl.vm_kva + VIO_CTRL_OFF_DATA2, data2, n2);
	error = vio_ctrl_send(sc, n1, n2);
	if (error == 0)
		error = vio_ctrl_wait(sc);
	if (error == EOPNOTSUPP)
		printf("%s: device refuses command %d.%d\n",
		    sc->sc_dev.dv_xname, class, command);
	return error;
}

/* A descriptor for each part, as legacy devices want them. */
int
vio_ctrl_send(struct vio_softc *sc, size_t n1, size_t n2)
{
	struct virtqueue *vq = sc->sc_ctrlvq;
	bus_dmamap_t map = sc->sc_ctrl.vm_map;
	int nsegs = 2 + (n1 > 0) + (n2 > 0), slot, error;

	mtx_enter(&sc->sc_ctrlmtx);
	error = virtio_enqueue_prep(vq, &slot);
	if (error == 0)
		error = virtio_enqueue_reserve(vq, slot, nsegs);
	if (error != 0) {
		mtx_leave(&sc->sc_ctrlmtx);
		return error;
	}
	vio_mem_sync(sc, &sc->sc_ctrl, VIO_CTRL_OFF_CMD,
	    sizeof(struct vio_ctrl_cmd), BUS_DMASYNC_PREWRITE);
	virtio_enqueue_p(vq, slot, map, VIO_CTRL_OFF_CMD,
	    sizeof(struct vio_ctrl_cmd), 1);
	if (n1 > 0) {
		vio_mem_sync(sc, &sc->sc_ctrl, VIO_CTRL_OFF_DATA1, n1,
		    BUS_DMASYNC_PREWRITE);
		virtio_enqueue_p(vq, slot, map, VIO_CTRL_OFF_DATA1, n1, 1);
	}
	if (n2 > 0) {
		vio_mem_sync(sc, &sc->sc_ctrl, VIO_CTRL_OFF_DATA2, n2,
		    BUS_DMASYNC_PREWRITE);
		virtio_enqueue_p(vq, slot, map, VIO_CTRL_OFF_DATA2, n2, 1);
	}
	vio_mem_sync(sc, &sc->sc_ctrl, VIO_CTRL_OFF_ACK, sizeof(uint8_t),
	    BUS_DMASYNC_PREREAD);
	virtio_enqueue_p(vq, slot, map, VIO_CTRL_OFF_ACK, sizeof(uint8_t), 0);
	sc->sc_ctrl_state = VIO_CTRL_WAITING;
	virtio_enqueue_commit(sc->sc_virtio, vq, slot, 1);
	mtx_leave(&sc->sc_ctrlmtx);
	return 0;
}

static void
vio_ctrl_poll(struct vio_softc *sc)
{
	int us;

	for (us = 0; us < VIO_CTRL_TIMEOUT; us += VIO_CTRL_STEP) {
		virtio_check_vq(sc->sc_virtio, sc->sc_ctrlvq);
		if (sc->sc_ctrl_state != VIO_CTRL_WAITING || sc->sc_broken)
			return;
		delay(VIO_CTRL_STEP);
	}
}

int
vio_ctrl_wait(struct vio_softc *sc)
{
	int error = 0;

	if (cold || sc->sc_busy == VIO_BUSY_POLLS)
		vio_ctrl_poll(sc);

	mtx_enter(&sc->sc_ctrlmtx);
	while (sc->sc_ctrl_state == VIO_CTRL_WAITING && !sc->sc_broken) {
		if (error != 0 || cold || sc->sc_busy == VIO_BUSY_POLLS) {
			printf("%s: no answer to a command\n",
			    sc->sc_dev.dv_xname);
			sc->sc_broken = 1;
			break;
		}
		error = msleep_nsec(&sc->sc_ctrl_state, &sc->sc_ctrlmtx,
		    PRIBIO, "vioctl", USEC_TO_NSEC(VIO_CTRL_TIMEOUT));
	}
	if (sc->sc_ctrl_state == VIO_CTRL_WAITING) {
		mtx_leave(&sc->sc_ctrlmtx);
		return EIO;
	}
	sc->sc_ctrl_state = VIO_CTRL_FREE;
	mtx_leave(&sc->sc_ctrlmtx);

	if (sc->sc_ctrl_len < (int)sizeof(uint8_t))
		return EOPNOTSUPP;
	vio_mem_sync(sc, &sc->sc_ctrl, VIO_CTRL_OFF_ACK, sizeof(uint8_t),
	    BUS_DMASYNC_POSTREAD);
	if (*(uint8_t *)(sc->sc_ctrl.vm_kva + VIO_CTRL_OFF_ACK) != VIO_CTRL_OK)
		return EOPNOTSUPP;
	return 0;
}

int
vio_ctrl_intr(struct virtqueue *vq)
{
	struct virtio_softc *vsc = vq->vq_owner;
	struct vio_softc *sc = (struct vio_softc *)vsc->sc_child;
	int slot, len, n = 0;

	mtx_enter(&sc->sc_ctrlmtx);
	do {
		while (virtio_dequeue(vsc, vq, &slot, &len) == 0) {
			virtio_dequeue_commit(vq, slot);
			sc->sc_ctrl_len = len;
			sc->sc_ctrl_state = VIO_CTRL_ANSWERED;
			n++;
		}
	} while (n < (int)vq->vq_num && virtio_start_vq_intr(vsc, vq));
	mtx_leave(&sc->sc_ctrlmtx);
	if (n > 0)
		wakeup(&sc->sc_ctrl_state);
	return n > 0;
}

int
vio_set_pairs(struct vio_softc *sc)
{
	uint16_t pairs = sc->sc_npairs;

	if (pairs == 1)
		return 0;
	return vio_ctrl(sc, VIO_CTRL_MQ, VIO_CTRL_MQ_PAIRS_SET, &pairs,
	    sizeof(pairs), NULL, 0);
}

/* Large packets come or do not; after a reset they do. */
int
vio_set_offloads(struct vio_softc *sc)
{
	uint64_t want = sc->sc_features & (VIO_F_GUEST_CSUM | VIO_F_GUEST_TSO);

	if (!ISSET(sc->sc_features, VIO_F_GUEST_TSO))
		return 0;
	if (!ISSET(sc->sc_ac.ac_if.if_xflags, IFXF_LRO))
		CLR(want, VIO_F_GUEST_TSO);
	return vio_ctrl(sc, VIO_CTRL_OFFLOADS, VIO_CTRL_OFFLOADS_SET, &want,
	    sizeof(want), NULL, 0);
}

/*
 * The device has its own address after a reset.  If it cannot be given ours,
 * the filter lets ours in.
 */
int
vio_set_mac(struct vio_softc *sc)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	uint8_t *mac = sc->sc_ac.ac_enaddr;
	int i, error;

	(void)vio_read_mac(sc);
	if (ETHER_IS_EQ(sc->sc_mac, mac))
		return 0;
	if (ISSET(sc->sc_features, VIO_F_CTRL_MAC_ADDR)) {
		error = vio_ctrl(sc, VIO_CTRL_MAC, VIO_CTRL_MAC_ADDR_SET, mac,
		    ETHER_ADDR_LEN, NULL, 0);
		if (error == EOPNOTSUPP)
			return 0;
		if (error != 0)
			return error;
	} else if (!vsc->sc_version_1) {
		for (i = 0; i < ETHER_ADDR_LEN; i++)
			virtio_write_device_config_1(vsc, VIO_CONFIG_MAC + i,
			    mac[i]);
	} else {
		return 0;
	}
	memcpy(sc->sc_mac, mac, ETHER_ADDR_LEN);
	return 0;
}

int
vio_ctrl_flag(struct vio_softc *sc, int command, int on)
{
	uint8_t value = on != 0;

	return vio_ctrl(sc, VIO_CTRL_RX, command, &value, sizeof(value), NULL,
	    0);
}

/* Which frames come.  A device without a filter lets all of them in. */
int
vio_set_filter(struct vio_softc *sc)
{
	struct arpcom *ac = &sc->sc_ac;
	struct ifnet *ifp = &ac->ac_if;
	struct vio_mac_table uni, multi;
	struct ether_multi *enm;
	struct ether_multistep step;
	int error;

	CLR(ifp->if_flags, IFF_ALLMULTI);
	if (!ISSET(sc->sc_features, VIO_F_CTRL_RX)) {
		SET(ifp->if_flags, IFF_ALLMULTI);
		return 0;
	}
	if (ISSET(ifp->if_flags, IFF_PROMISC) || ac->ac_multirangecnt > 0 ||
	    ac->ac_multicnt > VIO_MACS_MAX)
		SET(ifp->if_flags, IFF_ALLMULTI);

	uni.vt_n = multi.vt_n = 0;
	if (!ETHER_IS_EQ(sc->sc_mac, ac->ac_enaddr))
		memcpy(uni.vt_mac[uni.vt_n++], ac->ac_enaddr, ETHER_ADDR_LEN);
	if (!ISSET(ifp->if_flags, IFF_ALLMULTI)) {
		ETHER_FIRST_MULTI(step, ac, enm);
		while (enm != NULL) {
			memcpy(multi.vt_mac[multi.vt_n++], enm->enm_addrlo,
			    ETHER_ADDR_LEN);
			ETHER_NEXT_MULTI(step, enm);
		}
	}
	error = vio_ctrl(sc, VIO_CTRL_MAC, VIO_CTRL_MAC_TABLE_SET, &uni,
	    VIO_MAC_TABLE_SIZE(uni.vt_n), &multi,
	    VIO_MAC_TABLE_SIZE(multi.vt_n));
	/* Without a table, all multicast has to do. */
	if (error == EOPNOTSUPP) {
		SET(ifp->if_flags, IFF_ALLMULTI);
		error = 0;
	}
	if (error == 0)
		error = vio_ctrl_flag(sc, VIO_CTRL_RX_ALLMULTI,
		    ISSET(ifp->if_flags, IFF_ALLMULTI));
	if (error == 0)
		error = vio_ctrl_flag(sc, VIO_CTRL_RX_PROMISC,
		    ISSET(ifp->if_flags, IFF_PROMISC));
	/* It lives with what the device lets in. */
	return error == EOPNOTSUPP ? 0 : error;
}

/*
 * What the device tells
 */
int
vio_config_change(struct virtio_softc *vsc)
{
	struct vio_softc *sc = (struct vio_softc *)vsc->sc_child;

	if (virtio_get_status(vsc) &
	    VIRTIO_CONFIG_DEVICE_STATUS_DEVICE_NEEDS_RESET) {
		sc->sc_broken = 1;
		wakeup(&sc->sc_ctrl_state);
		task_add(systq, &sc->sc_task);
		return 1;
	}
	vio_link_state(sc);
	vio_get_mtu(sc);
	/* The address is the guest's to choose: it wants its own back. */
	if (vio_read_mac(sc)) {
		sc->sc_moved = 1;
		task_add(systq, &sc->sc_task);
	}
	if (ISSET(sc->sc_features, VIO_F_GUEST_ANNOUNCE) &&
	    (virtio_read_device_config_2(vsc, VIO_CONFIG_STATUS) &
	    VIO_S_ANNOUNCE) != 0) {
		sc->sc_announce = 1;
		task_add(systq, &sc->sc_task);
	}
	return 1;
}

/* The vector of configuration and commands, if pairs have their own. */
int
vio_config_intr(void *arg)
{
	struct vio_softc *sc = arg;
	struct virtio_softc *vsc = sc->sc_virtio;

	KERNEL_LOCK();
	if (vsc->sc_config_change != NULL)
		vio_config_change(vsc);
	KERNEL_UNLOCK();
	if (sc->sc_ctrlvq != NULL)
		virtio_check_vq(vsc, sc->sc_ctrlvq);
	return 1;
}

int
vio_pair_intr(void *arg)
{
	struct vio_pair *vp = arg;
	struct virtio_softc *vsc = vp->vp_sc->sc_virtio;

	virtio_check_vq(vsc, vp->vp_txvq);
	virtio_check_vq(vsc, vp->vp_rxvq);
	return 1;
}

/* A device that cannot tell has one always (5.1.4). */
void
vio_link_state(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	int state = LINK_STATE_FULL_DUPLEX;

	if (ISSET(sc->sc_features, VIO_F_STATUS) &&
	    (virtio_read_device_config_2(sc->sc_virtio, VIO_CONFIG_STATUS) &
	    VIO_S_LINK_UP) == 0)
		state = LINK_STATE_DOWN;
	if (ifp->if_link_state == state)
		return;
	ifp->if_link_state = state;
	if_link_state_change(ifp);
}

/*
 * The guest was moved: tell the switches where it is now, by a frame that
 * says nothing but who sent it, a request of RARP.
 */
void
vio_announce(struct vio_softc *sc)
{
	struct ifnet *ifp = &sc->sc_ac.ac_if;
	struct ether_header *eh;
	struct ether_arp *ea;
	struct mbuf *m;

	MGETHDR(m, M_DONTWAIT, MT_DATA);
	if (m != NULL) {
		m->m_len = m->m_pkthdr.len = ETHER_MIN_LEN - ETHER_CRC_LEN;
		eh = mtod(m, struct ether_header *);
		memset(eh, 0, m->m_len);
		memset(eh->ether_dhost, 0xff, ETHER_ADDR_LEN);
		memcpy(eh->ether_shost, sc->sc_ac.ac_enaddr, ETHER_ADDR_LEN);
		eh->ether_type = htons(ETHERTYPE_REVARP);
		ea = (struct ether_arp *)(eh + 1);
		ea->arp_hrd = htons(ARPHRD_ETHER);
		ea->arp_pro = htons(ETHERTYPE_IP);
		ea->arp_hln = ETHER_ADDR_LEN;
		ea->arp_pln = sizeof(ea->arp_spa);
		ea->arp_op = htons(ARPOP_REVREQUEST);
		memcpy(ea->arp_sha, sc->sc_ac.ac_enaddr, ETHER_ADDR_LEN);
		memcpy(ea->arp_tha, sc->sc_ac.ac_enaddr, ETHER_ADDR_LEN);
		(void)if_enqueue(ifp, m);
	}
	(void)vio_ctrl(sc, VIO_CTRL_ANNOUNCE, VIO_CTRL_ANNOUNCE_ACK, NULL, 0,
	    NULL, 0);
}

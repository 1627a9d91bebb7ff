/*
 * Network interfaces as programs see them, netintro(4).
 */
#ifndef _NET_IF_H_
#define _NET_IF_H_

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#define IF_NAMESIZE	16
#define IFNAMSIZ	IF_NAMESIZE

/* What an interface counts, and what it is. */
struct if_data {
	u_char		ifi_type;		/* IFT_* */
	u_char		ifi_addrlen;
	u_char		ifi_hdrlen;
	u_char		ifi_link_state;		/* LINK_STATE_* */
	u_int32_t	ifi_mtu;
	u_int32_t	ifi_metric;
	u_int32_t	ifi_rdomain;
	u_int64_t	ifi_baudrate;		/* bits a second; 0 unknown */
	u_int64_t	ifi_ipackets;
	u_int64_t	ifi_ierrors;
	u_int64_t	ifi_opackets;
	u_int64_t	ifi_oerrors;
	u_int64_t	ifi_collisions;
	u_int64_t	ifi_ibytes;
	u_int64_t	ifi_obytes;
	u_int64_t	ifi_imcasts;
	u_int64_t	ifi_omcasts;
	u_int64_t	ifi_iqdrops;
	u_int64_t	ifi_oqdrops;
	u_int64_t	ifi_noproto;
	u_int32_t	ifi_capabilities;	/* IFCAP_* */
	struct timeval	ifi_lastchange;
};

/* if_flags */
#define IFF_UP		0x1		/* is to be used */
#define IFF_BROADCAST	0x2
#define IFF_DEBUG	0x4
#define IFF_LOOPBACK	0x8
#define IFF_POINTOPOINT	0x10
#define IFF_STATICARP	0x20
#define IFF_RUNNING	0x40		/* the driver has its resources */
#define IFF_NOARP	0x80
#define IFF_PROMISC	0x100		/* every frame */
#define IFF_ALLMULTI	0x200		/* every multicast frame */
#define IFF_OACTIVE	0x400
#define IFF_SIMPLEX	0x800		/* does not hear itself */
#define IFF_LINK0	0x1000
#define IFF_LINK1	0x2000
#define IFF_LINK2	0x4000
#define IFF_MULTICAST	0x8000

/* Flags that no request may set: the kernel's own. */
#define IFF_CANTCHANGE \
	(IFF_BROADCAST | IFF_POINTOPOINT | IFF_RUNNING | IFF_OACTIVE | \
	IFF_SIMPLEX | IFF_MULTICAST | IFF_ALLMULTI)

/* if_xflags */
#define IFXF_MPSAFE		0x1	/* if_qstart without the kernel lock */
#define IFXF_INET6_NOPRIVACY	0x2
#define IFXF_MPLS		0x4
#define IFXF_LRO		0x8	/* large packets are handed up */
#define IFXF_WOL		0x40
#define IFXF_AUTOCONF4		0x80
#define IFXF_MBUF_64BIT		0x400	/* mbufs may lie anywhere */

#define IFXF_CANTCHANGE		(IFXF_MPSAFE | IFXF_MBUF_64BIT)

/* ifi_link_state */
#define LINK_STATE_UNKNOWN	0
#define LINK_STATE_INVALID	1
#define LINK_STATE_DOWN		2
#define LINK_STATE_KALIVE_DOWN	3
#define LINK_STATE_UP		4
#define LINK_STATE_HALF_DUPLEX	5
#define LINK_STATE_FULL_DUPLEX	6
#define LINK_STATE_IS_UP(s) \
	((s) >= LINK_STATE_UP || (s) == LINK_STATE_UNKNOWN)

/* ifi_capabilities */
#define IFCAP_CSUM_IPv4		0x00000001
#define IFCAP_CSUM_TCPv4	0x00000002
#define IFCAP_CSUM_UDPv4	0x00000004
#define IFCAP_VLAN_MTU		0x00000010
#define IFCAP_VLAN_HWTAGGING	0x00000020
#define IFCAP_VLAN_HWOFFLOAD	0x00000040	/* offloads with a VLAN tag */
#define IFCAP_CSUM_TCPv6	0x00000080
#define IFCAP_CSUM_UDPv6	0x00000100
#define IFCAP_TSOv4		0x00001000
#define IFCAP_TSOv6		0x00002000
#define IFCAP_LRO		0x00004000
#define IFCAP_WOL		0x00008000

#define IFCAP_CSUM_MASK \
	(IFCAP_CSUM_IPv4 | IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4 | \
	IFCAP_CSUM_TCPv6 | IFCAP_CSUM_UDPv6)

/* One request for one interface. */
struct ifreq {
	char	ifr_name[IFNAMSIZ];
	union {
		struct sockaddr	ifru_addr;
		short		ifru_flags;
		int		ifru_metric;
		int64_t		ifru_vnetid;
		uint64_t	ifru_media;
		caddr_t		ifru_data;
		unsigned int	ifru_index;
	} ifr_ifru;
};
#define ifr_addr	ifr_ifru.ifru_addr
#define ifr_flags	ifr_ifru.ifru_flags
#define ifr_metric	ifr_ifru.ifru_metric
#define ifr_mtu		ifr_ifru.ifru_metric
#define ifr_hardmtu	ifr_ifru.ifru_metric
#define ifr_media	ifr_ifru.ifru_media
#define ifr_data	ifr_ifru.ifru_data
#define ifr_index	ifr_ifru.ifru_index

struct ifmediareq {
	char		 ifm_name[IFNAMSIZ];
	uint64_t	 ifm_current;
	uint64_t	 ifm_mask;
	uint64_t	 ifm_status;
	uint64_t	 ifm_active;
	int		 ifm_count;
	uint64_t	*ifm_ulist;
};

/* How many buffers a receive ring may hold now; if_rxr_init(9). */
struct if_rxring {
	int	rxr_adjusted;		/* tick of the last change of cwm */
	u_int	rxr_alive;		/* given to the hardware */
	u_int	rxr_cwm;		/* as many as are allowed now */
	u_int	rxr_lwm;
	u_int	rxr_hwm;
};

struct if_rxring_info {
	char			ifr_name[16];
	u_int			ifr_size;	/* of its buffers */
	struct if_rxring	ifr_info;
};

struct if_rxrinfo {
	u_int			 ifri_total;
	struct if_rxring_info	*ifri_entries;
};

#define IF_MAX_VECTORS	8		/* queues of one interface, at most */

#include <net/if_var.h>

#endif

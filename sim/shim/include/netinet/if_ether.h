/*
 * Ethernet: frames, ARP on it, struct arpcom of its drivers, multicast.
 */
#ifndef _NETINET_IF_ETHER_H_
#define _NETINET_IF_ETHER_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <net/ethertypes.h>
#include <net/if_arp.h>
#include <net/if.h>
#include <netinet/in.h>

#define ETHER_ADDR_LEN	6
#define ETHER_TYPE_LEN	2
#define ETHER_CRC_LEN	4
#define ETHER_HDR_LEN	((ETHER_ADDR_LEN * 2) + ETHER_TYPE_LEN)
#define ETHER_MIN_LEN	64		/* with the CRC */
#define ETHER_MAX_LEN	1518
#define ETHER_MAX_DIX_LEN 1536
#define ETHER_VLAN_ENCAP_LEN 4
#define ETHER_ALIGN	2		/* puts the IP header on 4 bytes */
#define ETHERMTU	(ETHER_MAX_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)
#define ETHERMIN	(ETHER_MIN_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)

/* The greatest MTU: an mbuf's largest cluster with headers and room. */
#define ETHER_MAX_HARDMTU_LEN	65435

struct ether_addr {
	u_int8_t	ether_addr_octet[ETHER_ADDR_LEN];
};

struct ether_header {
	u_int8_t	ether_dhost[ETHER_ADDR_LEN];
	u_int8_t	ether_shost[ETHER_ADDR_LEN];
	u_int16_t	ether_type;
};

struct ether_vlan_header {
	u_int8_t	evl_dhost[ETHER_ADDR_LEN];
	u_int8_t	evl_shost[ETHER_ADDR_LEN];
	u_int16_t	evl_encap_proto;
	u_int16_t	evl_tag;
	u_int16_t	evl_proto;
};

#define EVL_VLID_MASK	0xfff
#define EVL_VLANOFTAG(tag)	((tag) & EVL_VLID_MASK)

#define ETHER_IS_MULTICAST(addr)	(*(addr) & 0x01)
#define ETHER_IS_BROADCAST(addr) \
	(((addr)[0] & (addr)[1] & (addr)[2] & (addr)[3] & (addr)[4] & \
	(addr)[5]) == 0xff)
#define ETHER_IS_ANYADDR(addr) \
	(((addr)[0] | (addr)[1] | (addr)[2] | (addr)[3] | (addr)[4] | \
	(addr)[5]) == 0x00)
#define ETHER_IS_EQ(a, b)	(memcmp((a), (b), ETHER_ADDR_LEN) == 0)

/* ARP of IPv4 on Ethernet, after struct arphdr's fields. */
struct ether_arp {
	struct arphdr	ea_hdr;
	u_int8_t	arp_sha[ETHER_ADDR_LEN];
	u_int8_t	arp_spa[4];
	u_int8_t	arp_tha[ETHER_ADDR_LEN];
	u_int8_t	arp_tpa[4];
};
#define arp_hrd		ea_hdr.ar_hrd
#define arp_pro		ea_hdr.ar_pro
#define arp_hln		ea_hdr.ar_hln
#define arp_pln		ea_hdr.ar_pln
#define arp_op		ea_hdr.ar_op

/* A range of multicast addresses that somebody wants to hear. */
struct ether_multi {
	u_int8_t		enm_addrlo[ETHER_ADDR_LEN];
	u_int8_t		enm_addrhi[ETHER_ADDR_LEN];
	u_int			enm_refcount;
	LIST_ENTRY(ether_multi)	enm_list;
};

/* The beginning of an Ethernet driver's softc, after its struct device. */
struct arpcom {
	struct ifnet			ac_if;
	u_int8_t			ac_enaddr[ETHER_ADDR_LEN];
	u_int16_t			ac__pad;
	LIST_HEAD(, ether_multi)	ac_multiaddrs;
	int				ac_multicnt;
	int				ac_multirangecnt;
	void				*ac_trunkport;
	const void			*ac_brport;
};

struct ether_multistep {
	struct ether_multi	*e_enm;
};

/* enm: the next range, NULL after the last. */
#define ETHER_NEXT_MULTI(step, enm) do {				\
	if (((enm) = (step).e_enm) != NULL)				\
		(step).e_enm = LIST_NEXT((enm), enm_list);		\
} while (0)
#define ETHER_FIRST_MULTI(step, ac, enm) do {				\
	(step).e_enm = LIST_FIRST(&(ac)->ac_multiaddrs);		\
	ETHER_NEXT_MULTI((step), (enm));				\
} while (0)

/* Headers of a packet as far as they are there and whole; else NULL. */
struct ether_extracted {
	struct ether_header		*eh;
	struct ether_vlan_header	*evh;
	struct ip			*ip4;
	struct ip6_hdr			*ip6;
	struct tcphdr			*tcp;
	struct udphdr			*udp;
	u_int				 iplen;		/* of the IP packet */
	union {
		u_int			 iphlen;
		u_int			 ip4hlen;	/* in February 2024 */
	};
	u_int				 tcphlen;
	u_int				 paylen;	/* after all headers */
};

void ether_extract_headers(struct mbuf *, struct ether_extracted *);

void ether_ifattach(struct ifnet *);
void ether_ifdetach(struct ifnet *);
int ether_ioctl(struct ifnet *, struct arpcom *, u_long, caddr_t);
void ether_input(struct ifnet *, struct mbuf *);
int ether_output(struct ifnet *, struct mbuf *, struct sockaddr *,
    struct rtentry *);
void ether_fakeaddr(struct ifnet *);
char *ether_sprintf(u_char *);
u_int32_t ether_crc32_le(const u_int8_t *, size_t);
u_int32_t ether_crc32_be(const u_int8_t *, size_t);
/* ENETRESET: the driver has to program its filter anew. */
int ether_addmulti(struct ifreq *, struct arpcom *);
int ether_delmulti(struct ifreq *, struct arpcom *);

extern u_int8_t etherbroadcastaddr[ETHER_ADDR_LEN];
extern u_int8_t etheranyaddr[ETHER_ADDR_LEN];

#endif

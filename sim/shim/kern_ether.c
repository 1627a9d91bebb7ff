/*
 * kern_ether.c: Ethernet: its interfaces, its requests, multicast addresses,
 * and the headers of a packet as drivers take them apart.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/sockio.h>
#include <net/if.h>
#include <net/bpf.h>
#include <net/if_types.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "kern_net.h"
#include "kern_var.h"

#define CRC32_LE	0xedb88320U
#define CRC32_BE	0x04c11db7U

u_int8_t etherbroadcastaddr[ETHER_ADDR_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff
};
u_int8_t etheranyaddr[ETHER_ADDR_LEN];

/* --- attaching --- */

void
ether_ifattach(struct ifnet *ifp)
{
	struct arpcom *ac = (struct arpcom *)ifp;

	if (!ifp->if_attached)
		panic("ether_ifattach: %s before if_attach", ifp->if_xname);
	ifp->if_type = IFT_ETHER;
	ifp->if_addrlen = ETHER_ADDR_LEN;
	ifp->if_hdrlen = ETHER_HDR_LEN;
	ifp->if_mtu = ETHERMTU;
	ifp->if_input = ether_input;
	if (ifp->if_output == NULL)
		ifp->if_output = ether_output;
	if (ifp->if_hardmtu == 0)
		ifp->if_hardmtu = ETHERMTU;
	LIST_INIT(&ac->ac_multiaddrs);
	ac->ac_multicnt = ac->ac_multirangecnt = 0;
	if_alloc_sadl(ifp);
	bpfattach(&ifp->if_bpf, ifp, DLT_EN10MB, ETHER_HDR_LEN);
	kern_if_tell(ifp);
}

void
ether_ifdetach(struct ifnet *ifp)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	struct ether_multi *enm;

	if_deactivate(ifp);
	while ((enm = LIST_FIRST(&ac->ac_multiaddrs)) != NULL) {
		LIST_REMOVE(enm, enm_list);
		free(enm, M_DEVBUF, sizeof(*enm));
	}
	ac->ac_multicnt = ac->ac_multirangecnt = 0;
}

/* A locally administered address for hardware that has none. */
void
ether_fakeaddr(struct ifnet *ifp)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	static u_int8_t given;

	ac->ac_enaddr[0] = 0xfe;
	ac->ac_enaddr[1] = 0xe1;
	ac->ac_enaddr[2] = 0xba;
	ac->ac_enaddr[3] = 0xd0 | (given & 0xf);
	ac->ac_enaddr[4] = 0x51;
	ac->ac_enaddr[5] = given++;
}

/* The text of the last call is overwritten by the third next. */
char *
ether_sprintf(u_char *addr)
{
	static char text[3][sizeof("00:11:22:33:44:55")];
	static u_int next;
	char *p = text[next++ % nitems(text)];

	(void)snprintf(p, sizeof(text[0]), "%02x:%02x:%02x:%02x:%02x:%02x",
	    addr[0], addr[1], addr[2], addr[3], addr[4], addr[5]);
	return p;
}

u_int32_t
ether_crc32_le(const u_int8_t *p, size_t len)
{
	u_int32_t crc = 0xffffffffU;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= p[i];
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) ? CRC32_LE : 0);
	}
	return crc;
}

u_int32_t
ether_crc32_be(const u_int8_t *p, size_t len)
{
	u_int32_t crc = 0xffffffffU, carry;
	u_int8_t byte;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		byte = p[i];
		for (bit = 0; bit < 8; bit++, byte >>= 1) {
			carry = (crc >> 31) ^ (byte & 1);
			crc = (crc << 1) ^ (carry ? CRC32_BE : 0);
		}
	}
	return crc;
}

/* --- multicast --- */

/*
 * The range of Ethernet addresses of a socket address: an Ethernet one alone,
 * an IPv4 group, or with INADDR_ANY every IPv4 group.
 */
static int
multi_range(struct sockaddr *sa, u_int8_t *lo, u_int8_t *hi)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)sa;
	u_int32_t addr;

	switch (sa->sa_family) {
	case AF_UNSPEC:
		memcpy(lo, sa->sa_data, ETHER_ADDR_LEN);
		break;
	case AF_INET:
		addr = ntohl(sin->sin_addr.s_addr);
		lo[0] = 0x01;
		lo[1] = 0x00;
		lo[2] = 0x5e;
		lo[3] = (addr >> 16) & 0x7f;
		lo[4] = addr >> 8;
		lo[5] = addr;
		break;
	default:
		return EAFNOSUPPORT;
	}
	memcpy(hi, lo, ETHER_ADDR_LEN);
	if (sa->sa_family == AF_INET && addr == 0) {
		hi[3] = 0x7f;
		hi[4] = hi[5] = 0xff;
	}
	return ETHER_IS_MULTICAST(lo) ? 0 : EINVAL;
}

static struct ether_multi *
multi_find(struct arpcom *ac, const u_int8_t *lo, const u_int8_t *hi)
{
	struct ether_multi *enm;

	LIST_FOREACH(enm, &ac->ac_multiaddrs, enm_list) {
		if (ETHER_IS_EQ(enm->enm_addrlo, lo) &&
		    ETHER_IS_EQ(enm->enm_addrhi, hi))
			return enm;
	}
	return NULL;
}

int
ether_addmulti(struct ifreq *ifr, struct arpcom *ac)
{
	u_int8_t lo[ETHER_ADDR_LEN], hi[ETHER_ADDR_LEN];
	struct ether_multi *enm;
	int error = multi_range(&ifr->ifr_addr, lo, hi), s;

	if (error != 0)
		return error;
	s = splnet();
	enm = multi_find(ac, lo, hi);
	if (enm != NULL) {
		enm->enm_refcount++;
		splx(s);
		return 0;
	}
	enm = malloc(sizeof(*enm), M_DEVBUF, M_NOWAIT | M_ZERO);
	if (enm == NULL) {
		splx(s);
		return ENOBUFS;
	}
	memcpy(enm->enm_addrlo, lo, sizeof(lo));
	memcpy(enm->enm_addrhi, hi, sizeof(hi));
	enm->enm_refcount = 1;
	LIST_INSERT_HEAD(&ac->ac_multiaddrs, enm, enm_list);
	ac->ac_multicnt++;
	if (!ETHER_IS_EQ(lo, hi))
		ac->ac_multirangecnt++;
	splx(s);
	return ENETRESET;
}

int
ether_delmulti(struct ifreq *ifr, struct arpcom *ac)
{
	u_int8_t lo[ETHER_ADDR_LEN], hi[ETHER_ADDR_LEN];
	struct ether_multi *enm;
	int error = multi_range(&ifr->ifr_addr, lo, hi), s;

	if (error != 0)
		return error;
	s = splnet();
	enm = multi_find(ac, lo, hi);
	if (enm == NULL || --enm->enm_refcount > 0) {
		splx(s);
		return enm == NULL ? ENXIO : 0;
	}
	LIST_REMOVE(enm, enm_list);
	free(enm, M_DEVBUF, sizeof(*enm));
	ac->ac_multicnt--;
	if (!ETHER_IS_EQ(lo, hi))
		ac->ac_multirangecnt--;
	splx(s);
	return ENETRESET;
}

/* What a driver's if_ioctl does not know itself. */
int
ether_ioctl(struct ifnet *ifp, struct arpcom *ac, u_long cmd, caddr_t data)
{
	struct ifreq *ifr = (struct ifreq *)data;

	switch (cmd) {
	case SIOCSIFADDR:
		return 0;
	case SIOCSIFMTU:
		if (ifr->ifr_mtu < ETHERMIN ||
		    (u_int)ifr->ifr_mtu > ifp->if_hardmtu)
			return EINVAL;
		ifp->if_mtu = ifr->ifr_mtu;
		return 0;
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		if (!ISSET(ifp->if_flags, IFF_MULTICAST))
			return EOPNOTSUPP;
		return cmd == SIOCADDMULTI ? ether_addmulti(ifr, ac) :
		    ether_delmulti(ifr, ac);
	default:
		return ENOTTY;
	}
}

/* --- frames --- */

/*
 * Frames of others come in while the interface is promiscuous, and multicast
 * that a rough filter let through: they end here.
 */
void
ether_input(struct ifnet *ifp, struct mbuf *m)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	struct ether_header eh;

	if (m->m_pkthdr.len < ETHER_HDR_LEN ||
	    !ISSET(ifp->if_flags, IFF_UP)) {
		m_freem(m);
		return;
	}
	m_copydata(m, 0, ETHER_HDR_LEN, &eh);
	if (ETHER_IS_MULTICAST(eh.ether_dhost)) {
		m->m_flags |= ETHER_IS_BROADCAST(eh.ether_dhost) ? M_BCAST :
		    M_MCAST;
	} else if (!ETHER_IS_EQ(ac->ac_enaddr, eh.ether_dhost)) {
		m_freem(m);
		return;
	}
	m_adj(m, ETHER_HDR_LEN);
	switch (ntohs(eh.ether_type)) {
	case ETHERTYPE_IP:
		kern_ip_input(ifp, m);
		break;
	case ETHERTYPE_ARP:
		kern_arp_input(ifp, m);
		break;
	default:
		ifp->if_noproto++;
		m_freem(m);
		break;
	}
}

/* dst is AF_UNSPEC with a whole Ethernet header: others are not asked for. */
int
ether_output(struct ifnet *ifp, struct mbuf *m, struct sockaddr *dst,
    struct rtentry *rt)
{
	if (dst->sa_family != AF_UNSPEC) {
		m_freem(m);
		return EAFNOSUPPORT;
	}
	M_PREPEND(m, ETHER_HDR_LEN, M_DONTWAIT);
	if (m == NULL)
		return ENOBUFS;
	memcpy(mtod(m, void *), dst->sa_data, ETHER_HDR_LEN);
	return ifp->if_enqueue(ifp, m);
}

/* --- headers --- */

/* Where n bytes from off lie in one mbuf; NULL if they do not. */
static void *
header_at(struct mbuf *m, u_int off, u_int n)
{
	int in;

	m = m_getptr(m, off, &in);
	if (m == NULL || m->m_len - in < n)
		return NULL;
	return mtod(m, caddr_t) + in;
}

static void
extract_l4(struct mbuf *m, struct ether_extracted *ext, u_int off, int proto)
{
	struct tcphdr *th;

	if (proto == IPPROTO_TCP) {
		th = header_at(m, off, sizeof(*th));
		if (th == NULL)
			return;
		ext->tcphlen = th->th_off << 2;
		if (ext->tcphlen < sizeof(*th) ||
		    ext->iplen < ext->iphlen + ext->tcphlen ||
		    header_at(m, off, ext->tcphlen) == NULL)
			return;
		ext->tcp = th;
		ext->paylen -= ext->tcphlen;
	} else if (proto == IPPROTO_UDP) {
		if (ext->iplen < ext->iphlen + sizeof(struct udphdr))
			return;
		ext->udp = header_at(m, off, sizeof(struct udphdr));
		if (ext->udp != NULL)
			ext->paylen -= sizeof(struct udphdr);
	}
}

static void
extract_ip4(struct mbuf *m, struct ether_extracted *ext, u_int off)
{
	struct ip *ip = header_at(m, off, sizeof(*ip));
	u_int hlen, len;

	if (ip == NULL || ip->ip_v != IPVERSION)
		return;
	hlen = ip->ip_hl << 2;
	len = ntohs(ip->ip_len);
	if (hlen < sizeof(*ip) || len < hlen ||
	    (u_int)m->m_pkthdr.len < off + len ||
	    header_at(m, off, hlen) == NULL)
		return;
	ext->ip4 = ip;
	ext->iphlen = hlen;
	ext->iplen = len;
	ext->paylen = len - hlen;
	if (ntohs(ip->ip_off) & (IP_MF | IP_OFFMASK))
		return;
	extract_l4(m, ext, off + hlen, ip->ip_p);
}

static void
extract_ip6(struct mbuf *m, struct ether_extracted *ext, u_int off)
{
	struct ip6_hdr *ip6 = header_at(m, off, sizeof(*ip6));
	u_int len;

	if (ip6 == NULL ||
	    (ip6->ip6_vfc & IPV6_VERSION_MASK) != IPV6_VERSION)
		return;
	len = sizeof(*ip6) + ntohs(ip6->ip6_plen);
	if ((u_int)m->m_pkthdr.len < off + len)
		return;
	ext->ip6 = ip6;
	ext->iphlen = sizeof(*ip6);
	ext->iplen = len;
	ext->paylen = len - sizeof(*ip6);
	extract_l4(m, ext, off + sizeof(*ip6), ip6->ip6_nxt);
}

void
ether_extract_headers(struct mbuf *m, struct ether_extracted *ext)
{
	u_int off = sizeof(struct ether_header);
	u_int16_t type;

	memset(ext, 0, sizeof(*ext));
	ext->eh = header_at(m, 0, off);
	if (ext->eh == NULL)
		return;
	type = ntohs(ext->eh->ether_type);
	if (type == ETHERTYPE_VLAN) {
		off = sizeof(struct ether_vlan_header);
		ext->evh = header_at(m, 0, off);
		if (ext->evh == NULL)
			return;
		type = ntohs(ext->evh->evl_proto);
	}
	if (type == ETHERTYPE_IP)
		extract_ip4(m, ext, off);
	else if (type == ETHERTYPE_IPV6)
		extract_ip6(m, ext, off);
}

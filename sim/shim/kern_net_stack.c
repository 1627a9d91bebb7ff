/*
 * kern_net_stack.c: just enough of a stack to use an interface as a host would:
 * ARP, IPv4 without fragments and options, ICMP echo, UDP.
 *
 * It is one host with one address and a handful of neighbours.  What it sends
 * looks as a kernel's packets do: headers in front of the bytes where there is
 * room, else in an mbuf of their own; checksums are left to the driver where
 * it can them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <sys/timeout.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "kern_net.h"
#include "kern_var.h"

#define NEIGHBOURS	8		/* entries, and the oldest goes */
#define HELD_MAX	64		/* packets that wait for a neighbour */
#define ASK_AGAIN_MS	900		/* once in that is enough; who waited for a
					   second asks again */
#define HEADROOM	64		/* before the bytes of a packet */
#define IP_HLEN		((u_int)sizeof(struct ip))
#define FRAME_HLEN	(ETHER_HDR_LEN + IP_HLEN)

struct neighbour {
	u_int32_t		addr;	/* 0: not in use */
	u_int8_t		mac[ETHER_ADDR_LEN];
	u_int8_t		known;
	struct timeout		asked;	/* pending: a moment ago */
	struct mbuf_list	held;	/* complete frames but for their dhost */
};

static struct {
	struct ifnet	*ifp;		/* that has the address */
	u_int32_t	 addr, mask, gateway;
	u_int16_t	 ip_id;
} self;

static struct neighbour neighbours[NEIGHBOURS];
static u_int neighbour_next;

struct kern_udp kern_udp;
void (*kern_echo_input)(struct mbuf *, u_int16_t, u_int16_t);
void (*kern_tcp_input)(struct ifnet *, struct mbuf *, const struct kern_ip *);
struct kern_stack_drops kern_stack_drops;

/* Headers as they are built, before they go into the packet in one piece. */
struct headers {
	/* So that all of them are aligned, and with them usually the copy. */
	u_int8_t		pad[6];
	struct ether_header	eh;
	struct ip		ip;
	struct udphdr		uh;
} __aligned(8);

CTASSERT(offsetof(struct headers, ip) == 20);
CTASSERT(sizeof(struct headers) == 48);

/* --- addresses --- */

static void
neighbour_forget(struct neighbour *n)
{
	(void)ml_purge(&n->held);
	(void)timeout_del(&n->asked);
	n->addr = 0;
}

static void
neighbours_forget(void)
{
	u_int i;

	for (i = 0; i < NEIGHBOURS; i++)
		neighbour_forget(&neighbours[i]);
}

void
kern_stack_address(struct ifnet *ifp, u_int32_t addr, u_int prefix)
{
	self.ifp = addr != 0 ? ifp : NULL;
	self.addr = addr;
	self.mask = prefix == 0 ? 0 : 0xffffffffU << (32 - prefix);
	self.gateway = 0;
	ifp->if_inaddr = htonl(addr);
	ifp->if_inmask = htonl(self.mask);
	neighbours_forget();
}

void
kern_stack_gateway(u_int32_t addr)
{
	self.gateway = addr;
}

u_int32_t
kern_stack_self(void)
{
	return self.addr;
}

void
kern_stack_down(struct ifnet *ifp)
{
	neighbours_forget();
}

void
kern_stack_detach(struct ifnet *ifp)
{
	neighbours_forget();
	if (self.ifp == ifp)
		memset(&self, 0, sizeof(self));
	kern_udp.port = 0;
	kern_echo_input = NULL;
	kern_tcp_input = NULL;
}

/* --- packets out --- */

/*
 * As a socket's bytes are: small ones inside, others in a cluster that fits,
 * with room for headers if it happens to have some left.
 */
struct mbuf *
kern_net_packet(u_int len, int how)
{
	struct mbuf *m;

	m = m_gethdr(how, MT_DATA);
	if (m == NULL)
		return NULL;
	if (len + HEADROOM > MHLEN) {
		if (m_clget(m, how, len) == NULL) {
			m_freem(m);
			return NULL;
		}
		if (m->m_ext.ext_size >= len + HEADROOM)
			m->m_data += HEADROOM;
	} else
		m->m_data += HEADROOM;
	m->m_len = m->m_pkthdr.len = len;
	return m;
}

static int
arp_send(struct ifnet *ifp, int op, const u_int8_t *tha, u_int32_t spa,
    u_int32_t tpa, const u_int8_t *to)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	struct ether_header eh;
	struct ether_arp ea;
	struct mbuf *m;

	m = kern_net_packet(ETHER_HDR_LEN + sizeof(ea), M_DONTWAIT);
	if (m == NULL)
		return ENOBUFS;
	memcpy(eh.ether_dhost, to, ETHER_ADDR_LEN);
	memcpy(eh.ether_shost, ac->ac_enaddr, ETHER_ADDR_LEN);
	eh.ether_type = htons(ETHERTYPE_ARP);
	if (ETHER_IS_BROADCAST(to))
		m->m_flags |= M_BCAST;
	ea.arp_hrd = htons(ARPHRD_ETHER);
	ea.arp_pro = htons(ETHERTYPE_IP);
	ea.arp_hln = ETHER_ADDR_LEN;
	ea.arp_pln = sizeof(spa);
	ea.arp_op = htons(op);
	memcpy(ea.arp_sha, ac->ac_enaddr, ETHER_ADDR_LEN);
	memcpy(ea.arp_tha, tha, ETHER_ADDR_LEN);
	spa = htonl(spa);
	tpa = htonl(tpa);
	memcpy(ea.arp_spa, &spa, sizeof(spa));
	memcpy(ea.arp_tpa, &tpa, sizeof(tpa));
	memcpy(mtod(m, caddr_t), &eh, sizeof(eh));
	memcpy(mtod(m, caddr_t) + sizeof(eh), &ea, sizeof(ea));
	return ifp->if_enqueue(ifp, m);
}

int
kern_arp_announce(struct ifnet *ifp)
{
	return arp_send(ifp, ARPOP_REQUEST, etheranyaddr, self.addr, self.addr,
	    etherbroadcastaddr);
}

static struct neighbour *
neighbour_find(u_int32_t addr)
{
	u_int i;

	for (i = 0; i < NEIGHBOURS; i++) {
		if (neighbours[i].addr == addr)
			return &neighbours[i];
	}
	return NULL;
}

/* That the timeout is not pending any more is all. */
static void
neighbour_may_be_asked(void *n)
{
}

static struct neighbour *
neighbour_make(u_int32_t addr)
{
	struct neighbour *n = neighbour_find(0);

	if (n == NULL)
		n = &neighbours[neighbour_next++ % NEIGHBOURS];
	neighbour_forget(n);
	timeout_set(&n->asked, neighbour_may_be_asked, n);
	n->addr = addr;
	n->known = 0;
	return n;
}

/* A whole frame but for its dhost waits until the neighbour has answered. */
static int
neighbour_hold(struct ifnet *ifp, struct neighbour *n, struct mbuf *m)
{
	if (ml_len(&n->held) >= HELD_MAX)
		m_freem(ml_dequeue(&n->held));
	ml_enqueue(&n->held, m);
	if (ml_len(&n->held) > 1 && timeout_pending(&n->asked))
		return 0;
	(void)timeout_add_msec(&n->asked, ASK_AGAIN_MS);
	return arp_send(ifp, ARPOP_REQUEST, etheranyaddr, self.addr, n->addr,
	    etherbroadcastaddr);
}

/* The last two headers are the packet's own if it is no UDP. */
static void
headers_fill(struct ifnet *ifp, struct headers *h, const struct kern_ip *ip,
    u_int len)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	const u_int16_t *word = (const u_int16_t *)(const void *)&h->ip;
	u_int32_t sum = 0;
	u_int i;

	memcpy(h->eh.ether_shost, ac->ac_enaddr, ETHER_ADDR_LEN);
	h->eh.ether_type = htons(ETHERTYPE_IP);
	h->ip.ip_v = IPVERSION;
	h->ip.ip_hl = IP_HLEN >> 2;
	h->ip.ip_tos = 0;
	h->ip.ip_len = htons(len);
	h->ip.ip_id = htons(self.ip_id);
	self.ip_id++;
	h->ip.ip_off = htons(IP_DF);
	h->ip.ip_ttl = IPDEFTTL;
	h->ip.ip_p = ip->proto;
	h->ip.ip_sum = 0;
	h->ip.ip_src.s_addr = htonl(ip->src);
	h->ip.ip_dst.s_addr = htonl(ip->dst);
	for (i = 0; i < IP_HLEN / 2; i++)
		sum += word[i];
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	h->ip.ip_sum = ~sum;
}

/* UDP's header, and its checksum or what the driver needs of it. */
static void
headers_udp(struct ifnet *ifp, struct headers *h, const struct kern_ip *ip,
    struct mbuf *m)
{
	u_int16_t len = m->m_pkthdr.len + sizeof(h->uh), sum;

	h->uh.uh_sport = htons(ip->sport);
	h->uh.uh_dport = htons(ip->dport);
	h->uh.uh_ulen = htons(len);
	sum = in_cksum_phdr(h->ip.ip_src.s_addr, h->ip.ip_dst.s_addr,
	    htonl((u_int32_t)len + IPPROTO_UDP));
	if (ISSET(ifp->if_capabilities, IFCAP_CSUM_UDPv4)) {
		m->m_pkthdr.csum_flags |= M_UDP_CSUM_OUT;
		h->uh.uh_sum = sum;
		return;
	}
	sum = ~kern_sum(m, 0, m->m_pkthdr.len, (u_int32_t)sum +
	    h->uh.uh_sport + h->uh.uh_dport + h->uh.uh_ulen);
	h->uh.uh_sum = sum == 0 ? 0xffff : sum;
}

static int
ip_send(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip, int udp)
{
	u_int hlen = FRAME_HLEN + (udp ? sizeof(struct udphdr) : 0);
	u_int len = hlen - ETHER_HDR_LEN + m->m_pkthdr.len;
	u_int32_t hop = ip->dst;
	struct neighbour *n = NULL;
	struct headers h;

	if (len > IP_MAXPACKET || (len > ifp->if_mtu &&
	    !ISSET(m->m_pkthdr.csum_flags, M_TCP_TSO))) {
		m_freem(m);
		return EMSGSIZE;
	}
	if (ip->dst != 0xffffffffU && self.addr == 0) {
		m_freem(m);
		return EADDRNOTAVAIL;
	}
	if (ip->dst != 0xffffffffU &&
	    ((ip->dst ^ self.addr) & self.mask) != 0)
		hop = self.gateway;
	if (hop == 0) {
		m_freem(m);
		return EHOSTUNREACH;
	}
	headers_fill(ifp, &h, ip, len);
	if (udp)
		headers_udp(ifp, &h, ip, m);
	M_PREPEND(m, hlen, M_DONTWAIT);
	if (m == NULL)
		return ENOBUFS;
	if (ip->dst == 0xffffffffU) {
		memcpy(h.eh.ether_dhost, etherbroadcastaddr, ETHER_ADDR_LEN);
		m->m_flags |= M_BCAST;
	} else {
		n = neighbour_find(hop);
		if (n == NULL)
			n = neighbour_make(hop);
		memcpy(h.eh.ether_dhost, n->mac, ETHER_ADDR_LEN);
	}
	memcpy(mtod(m, caddr_t), &h.eh, hlen);
	if (n != NULL && !n->known)
		return neighbour_hold(ifp, n, m);
	return ifp->if_enqueue(ifp, m);
}

int
kern_ip_send(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	return ip_send(ifp, m, ip, 0);
}

int
kern_udp_send(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	struct kern_ip udp = *ip;

	udp.proto = IPPROTO_UDP;
	return ip_send(ifp, m, &udp, 1);
}

/* --- packets in --- */

static void
arp_learn(struct ifnet *ifp, u_int32_t addr, const u_int8_t *mac)
{
	struct neighbour *n = neighbour_find(addr);
	struct mbuf *m;

	if (n == NULL || addr == 0)
		return;
	(void)timeout_del(&n->asked);
	memcpy(n->mac, mac, ETHER_ADDR_LEN);
	n->known = 1;
	while ((m = ml_dequeue(&n->held)) != NULL) {
		memcpy(mtod(m, caddr_t), mac, ETHER_ADDR_LEN);
		(void)ifp->if_enqueue(ifp, m);
	}
}

void
kern_arp_input(struct ifnet *ifp, struct mbuf *m)
{
	u_int32_t spa, tpa;
	struct ether_arp ea;

	if ((u_int)m->m_pkthdr.len < sizeof(ea)) {
		kern_stack_drops.short_len++;
		m_freem(m);
		return;
	}
	m_copydata(m, 0, sizeof(ea), &ea);
	m_freem(m);
	if (ntohs(ea.arp_hrd) != ARPHRD_ETHER ||
	    ntohs(ea.arp_pro) != ETHERTYPE_IP ||
	    ea.arp_hln != ETHER_ADDR_LEN || ea.arp_pln != sizeof(spa)) {
		kern_stack_drops.header++;
		return;
	}
	memcpy(&spa, ea.arp_spa, sizeof(spa));
	memcpy(&tpa, ea.arp_tpa, sizeof(tpa));
	arp_learn(ifp, ntohl(spa), ea.arp_sha);
	if (ntohs(ea.arp_op) != ARPOP_REQUEST || self.addr == 0 ||
	    ntohl(tpa) != self.addr || ntohl(spa) == self.addr)
		return;
	(void)arp_send(ifp, ARPOP_REPLY, ea.arp_sha, self.addr, ntohl(spa),
	    ea.arp_sha);
}

/* An echo is answered with its own mbufs. */
static void
icmp_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	struct kern_ip back = { .src = self.addr, .dst = ip->src,
	    .proto = IPPROTO_ICMP };
	u_int8_t type[ICMP_MINLEN];
	u_int16_t sum;

	if (ip->len < ICMP_MINLEN || kern_sum(m, 0, ip->len, 0) != 0xffff) {
		kern_stack_drops.checksum++;
		m_freem(m);
		return;
	}
	m_copydata(m, 0, sizeof(type), type);
	if (type[0] == ICMP_ECHOREPLY && kern_echo_input != NULL) {
		m_adj(m, ICMP_MINLEN);
		kern_echo_input(m, type[4] << 8 | type[5],
		    type[6] << 8 | type[7]);
		return;
	}
	if (type[0] != ICMP_ECHO || ip->dst != self.addr) {
		kern_stack_drops.noport++;
		m_freem(m);
		return;
	}
	type[0] = ICMP_ECHOREPLY;
	type[2] = type[3] = 0;
	if (m_copyback(m, 0, sizeof(type), type, M_DONTWAIT) != 0) {
		m_freem(m);
		return;
	}
	sum = ~kern_sum(m, 0, ip->len, 0);
	if (m_copyback(m, 2, sizeof(sum), &sum, M_DONTWAIT) != 0) {
		m_freem(m);
		return;
	}
	m_resethdr(m);
	(void)kern_ip_send(ifp, m, &back);
}

static void
udp_input(struct ifnet *ifp, struct mbuf *m, struct kern_ip *ip)
{
	u_int16_t csum = m->m_pkthdr.csum_flags;
	struct udphdr uh;
	u_int len;

	if (ip->len < sizeof(uh)) {
		kern_stack_drops.short_len++;
		m_freem(m);
		return;
	}
	m_copydata(m, 0, sizeof(uh), &uh);
	len = ntohs(uh.uh_ulen);
	if (len < sizeof(uh) || len > ip->len) {
		kern_stack_drops.header++;
		m_freem(m);
		return;
	}
	if (uh.uh_sum != 0 && (csum & M_UDP_CSUM_IN_OK) == 0 &&
	    ((csum & M_UDP_CSUM_IN_BAD) != 0 ||
	    kern_sum(m, 0, len, in_cksum_phdr(htonl(ip->src),
	    htonl(ip->dst), htonl(len + IPPROTO_UDP))) != 0xffff)) {
		kern_stack_drops.checksum++;
		m_freem(m);
		return;
	}
	ip->sport = ntohs(uh.uh_sport);
	ip->dport = ntohs(uh.uh_dport);
	if (kern_udp.port == 0 || ip->dport != kern_udp.port) {
		kern_stack_drops.noport++;
		m_freem(m);
		return;
	}
	if (len < ip->len)
		m_adj(m, (int)len - (int)ip->len);
	m_adj(m, sizeof(uh));
	ip->len = len - sizeof(uh);
	kern_udp.input(ifp, m, ip);
}

static void
tcp_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	u_int16_t csum = m->m_pkthdr.csum_flags;

	if (kern_tcp_input == NULL) {
		kern_stack_drops.noport++;
		m_freem(m);
		return;
	}
	if ((csum & M_TCP_CSUM_IN_OK) == 0 &&
	    ((csum & M_TCP_CSUM_IN_BAD) != 0 ||
	    kern_sum(m, 0, ip->len, in_cksum_phdr(htonl(ip->src),
	    htonl(ip->dst), htonl(ip->len + IPPROTO_TCP))) != 0xffff)) {
		kern_stack_drops.checksum++;
		m_freem(m);
		return;
	}
	kern_tcp_input(ifp, m, ip);
}

void
kern_ip_input(struct ifnet *ifp, struct mbuf *m)
{
	struct kern_ip in;
	struct ip ip;
	u_int len;

	if ((u_int)m->m_pkthdr.len < sizeof(ip)) {
		kern_stack_drops.short_len++;
		m_freem(m);
		return;
	}
	m_copydata(m, 0, sizeof(ip), &ip);
	len = ntohs(ip.ip_len);
	if (ip.ip_v != IPVERSION || ip.ip_hl != IP_HLEN >> 2 ||
	    len < IP_HLEN || len > (u_int)m->m_pkthdr.len ||
	    (ntohs(ip.ip_off) & (IP_MF | IP_OFFMASK)) != 0) {
		kern_stack_drops.header++;
		m_freem(m);
		return;
	}
	if ((m->m_pkthdr.csum_flags & M_IPV4_CSUM_IN_OK) == 0 &&
	    kern_sum(m, 0, IP_HLEN, 0) != 0xffff) {
		kern_stack_drops.checksum++;
		m_freem(m);
		return;
	}
	in.src = ntohl(ip.ip_src.s_addr);
	in.dst = ntohl(ip.ip_dst.s_addr);
	in.proto = ip.ip_p;
	in.len = len - IP_HLEN;
	/* Without an address everything is taken: a lease comes so. */
	if (self.addr != 0 && in.dst != self.addr && in.dst != 0xffffffffU &&
	    in.dst != (self.addr | ~self.mask) && in.dst >> 28 != 0xe) {
		kern_stack_drops.foreign++;
		m_freem(m);
		return;
	}
	if (len < (u_int)m->m_pkthdr.len)	/* an Ethernet frame's padding */
		m_adj(m, (int)len - m->m_pkthdr.len);
	m_adj(m, IP_HLEN);
	switch (in.proto) {
	case IPPROTO_ICMP:
		icmp_input(ifp, m, &in);
		break;
	case IPPROTO_UDP:
		udp_input(ifp, m, &in);
		break;
	case IPPROTO_TCP:
		tcp_input(ifp, m, &in);
		break;
	default:
		kern_stack_drops.noport++;
		m_freem(m);
		break;
	}
}

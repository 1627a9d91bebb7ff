/*
 * kern_net_user.c: the steps of a scenario that use a network (HC_OP_NET_*),
 * as programs take them: ifconfig(8), ping(8), datagrams there and back.
 *
 * A datagram's payload is the pattern; from 8 bytes on the first 8 are its
 * number and what the pattern begins with, so that each can be told from each
 * other.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <sys/sockio.h>
#include <sys/time.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "kern_net.h"
#include "kern_var.h"

#define PEER		0x0a000202U	/* 10.0.2.2, of a burst */
#define PORT_ECHO	7
#define PORT_DISCARD	9
#define PORT_OURS	30007
#define PING_ID		0x7669
#define WAIT_NS		MSEC_TO_NSEC(1000)
#define ROOM_NS		MSEC_TO_NSEC(1)	/* to wait for room in a queue */
#define BURST_GROUP	64u
#define IN_FLIGHT	128u		/* echoes that are waited for */
#define UDP_HLEN	((u_int)(sizeof(struct ip) + sizeof(struct udphdr)))
#define FRAME_MIN	60u		/* bytes, without the CRC */

/* Echoes under way: sent and not answered yet. */
static struct {
	u_int		sent, answered, wrong, twice;
	u_int		waiting;	/* bits below that are set */
	u_int32_t	base;		/* what the payloads begin with */
	struct {
		u_int32_t	number;
		u_int		len;	/* 0: not in use */
	} slot[IN_FLIGHT];
} echo;

/* --- ifconfig(8) --- */

static void
request(struct ifnet *ifp, struct ifreq *ifr)
{
	memset(ifr, 0, sizeof(*ifr));
	(void)strlcpy(ifr->ifr_name, ifp->if_xname, sizeof(ifr->ifr_name));
}

static int
user_flags(struct ifnet *ifp, int set, int clear)
{
	struct ifreq ifr;

	request(ifp, &ifr);
	ifr.ifr_flags = (ifp->if_flags | set) & ~clear;
	return kern_if_ioctl(ifp, SIOCSIFFLAGS, &ifr);
}

static int
user_up(struct ifnet *ifp, hc_u64 addr, hc_u64 prefix)
{
	struct ifreq ifr;
	int error;

	if (addr > 0xffffffffU || prefix > 32)
		return EINVAL;
	if (addr == 0)
		return user_flags(ifp, IFF_UP, 0);
	NET_LOCK();
	kern_stack_address(ifp, addr, prefix);
	NET_UNLOCK();
	request(ifp, &ifr);
	error = kern_if_ioctl(ifp, SIOCSIFADDR, &ifr);
	if (error != 0)
		return error;
	NET_LOCK();
	error = kern_arp_announce(ifp);
	NET_UNLOCK();
	return error;
}

static int
user_dhcp(struct ifnet *ifp)
{
	int error = user_flags(ifp, IFF_UP, 0);

	return error == 0 ? kern_dhcp(ifp) : error;
}

/* refused: it is achieved if it is. */
static int
user_mtu(struct ifnet *ifp, hc_u64 mtu, int refused)
{
	struct ifreq ifr;
	int error;

	if (mtu > INT_MAX)
		return EINVAL;
	request(ifp, &ifr);
	ifr.ifr_mtu = mtu;
	error = kern_if_ioctl(ifp, SIOCSIFMTU, &ifr);
	/* As ifioctl does for all drivers: the filter may depend on it. */
	if (error == ENETRESET)
		error = 0;
	if (!refused)
		return error;
	printf("%s: mtu %llu: %s %d\n", ifp->if_xname, mtu,
	    error != 0 ? "refused," : "taken,", error);
	return error != 0 ? 0 : EEXIST;
}

static void
mac_of(hc_u64 mac, u_int8_t *bytes)
{
	int i;

	for (i = 0; i < ETHER_ADDR_LEN; i++)
		bytes[i] = mac >> (40 - 8 * i);
}

static int
user_multi(struct ifnet *ifp, u_long cmd, hc_u64 mac)
{
	struct ifreq ifr;

	request(ifp, &ifr);
	ifr.ifr_addr.sa_family = AF_UNSPEC;
	mac_of(mac, (u_int8_t *)ifr.ifr_addr.sa_data);
	return kern_if_ioctl(ifp, cmd, &ifr);
}

/* A program that wants every IPv4 group: a range of addresses. */
static int
user_allmulti(struct ifnet *ifp, int on)
{
	struct ifreq ifr;

	request(ifp, &ifr);
	ifr.ifr_addr.sa_family = AF_INET;
	return kern_if_ioctl(ifp, on ? SIOCADDMULTI : SIOCDELMULTI, &ifr);
}

static int
user_lladdr(struct ifnet *ifp, hc_u64 mac)
{
	struct ifreq ifr;
	int error;

	request(ifp, &ifr);
	ifr.ifr_addr.sa_len = ETHER_ADDR_LEN;
	mac_of(mac, (u_int8_t *)ifr.ifr_addr.sa_data);
	error = kern_if_ioctl(ifp, SIOCSIFLLADDR, &ifr);
	if (error == 0 && kern_stack_self() != 0 &&
	    ISSET(ifp->if_flags, IFF_UP)) {
		NET_LOCK();
		error = kern_arp_announce(ifp);
		NET_UNLOCK();
	}
	return error;
}

/* --- frames as they are --- */

static u_int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* As a program sends one through bpf(4). */
static int
user_frame(struct ifnet *ifp, const char *text)
{
	u_int i, len = text != NULL ? strlen(text) / 2 : 0;
	struct mbuf *m;
	u_int8_t byte;

	if (len < ETHER_HDR_LEN)
		return EINVAL;
	if (!ISSET(ifp->if_flags, IFF_UP))
		return ENETDOWN;
	if (len > ifp->if_mtu + ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN)
		return EMSGSIZE;
	m = kern_net_packet(len, M_DONTWAIT);
	if (m == NULL)
		return ENOBUFS;
	for (i = 0; i < len; i++) {
		byte = hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]);
		if (m_copyback(m, i, 1, &byte, M_DONTWAIT) != 0) {
			m_freem(m);
			return ENOBUFS;
		}
	}
	return ifp->if_enqueue(ifp, m);
}

/* --- what is sent --- */

/* The payload that datagram `number' of an operation has. */
static void
payload_fill(struct mbuf *m, u_int off, u_int len, u_int32_t number)
{
	u_int32_t head[2] = { htonl(number), htonl(echo.base) };

	kern_pattern_fill(m, off, len, (u_int64_t)number * 8);
	if (len >= sizeof(head))
		(void)m_copyback(m, off, sizeof(head), head, M_DONTWAIT);
}

/* Waits while the queue is nearly full: a program's send(2) would fail. */
static void
room_wait(struct ifnet *ifp)
{
	u_int tries;

	for (tries = 0; tries < 1000 &&
	    ifq_len(&ifp->if_snd) + 2 > ifp->if_snd.ifq_maxlen; tries++)
		(void)kern_sleep(&echo, "netroom", ROOM_NS);
}

static int
datagram_send(struct ifnet *ifp, u_int32_t addr, u_int16_t port, u_int len,
    u_int32_t number)
{
	struct kern_ip ip = { .src = kern_stack_self(), .dst = addr,
	    .sport = PORT_OURS, .dport = port };
	struct mbuf *m;
	int error;

	if (len + UDP_HLEN > ifp->if_mtu)
		return EMSGSIZE;
	room_wait(ifp);
	m = kern_net_packet(len, M_WAIT);
	payload_fill(m, 0, len, number);
	if (ifp->if_nifqs > 1) {
		/* A connection of its own each, by its number. */
		m->m_pkthdr.csum_flags |= M_FLOWID;
		m->m_pkthdr.ph_flowid = number;
	}
	NET_LOCK();
	error = kern_udp_send(ifp, m, &ip);
	NET_UNLOCK();
	return error;
}

static int
ping_send(struct ifnet *ifp, u_int32_t addr, u_int len, u_int16_t number)
{
	struct kern_ip ip = { .src = kern_stack_self(), .dst = addr,
	    .proto = IPPROTO_ICMP };
	u_int8_t h[ICMP_MINLEN] = { ICMP_ECHO, 0, 0, 0, PING_ID >> 8,
	    PING_ID & 0xff, number >> 8, number & 0xff };
	struct mbuf *m;
	u_int16_t sum;
	int error;

	m = kern_net_packet(ICMP_MINLEN + len, M_WAIT);
	payload_fill(m, ICMP_MINLEN, len, number);
	memcpy(mtod(m, void *), h, sizeof(h));
	sum = ~kern_sum(m, 0, ICMP_MINLEN + len, 0);
	memcpy(mtod(m, caddr_t) + 2, &sum, sizeof(sum));
	NET_LOCK();
	error = kern_ip_send(ifp, m, &ip);
	NET_UNLOCK();
	return error;
}

/* --- what comes back --- */

static void
echo_begin(u_int32_t base)
{
	memset(&echo, 0, sizeof(echo));
	echo.base = base;
}

static void
echo_sent(u_int32_t number, u_int len)
{
	u_int i = number % IN_FLIGHT;

	KASSERT(echo.slot[i].len == 0);
	echo.slot[i].number = number;
	echo.slot[i].len = len + 1;	/* a datagram may be empty */
	echo.sent++;
	echo.waiting++;
}

/* Datagram `number' is back with len bytes from off on of m. */
static void
echo_back(struct mbuf *m, u_int len, u_int32_t number)
{
	u_int i = number % IN_FLIGHT, off = 0, wrong;
	u_int32_t head[2];

	if (echo.slot[i].len == 0 || echo.slot[i].number != number) {
		echo.twice++;
		return;
	}
	wrong = len + 1 != echo.slot[i].len;
	if (len >= sizeof(head)) {
		m_copydata(m, 0, sizeof(head), head);
		wrong |= ntohl(head[0]) != number ||
		    ntohl(head[1]) != echo.base;
		off = sizeof(head);
	}
	if (kern_pattern_check(m, off, len - off,
	    (u_int64_t)number * 8 + off) != 0)
		wrong = 1;
	echo.wrong += wrong;
	echo.slot[i].len = 0;
	echo.waiting--;
	echo.answered++;
	wakeup(&echo);
}

static void
ping_input(struct mbuf *m, u_int16_t id, u_int16_t seq)
{
	if (id == PING_ID)
		echo_back(m, m->m_pkthdr.len, seq);
	m_freem(m);
}

/* Too short for its number, it is taken for the oldest of its length. */
static void
datagram_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	u_int32_t number = 0, i, oldest = 0xffffffffU;

	if (ip->len >= 8) {
		m_copydata(m, 0, sizeof(number), &number);
		number = ntohl(number);
	} else {
		for (i = 0; i < IN_FLIGHT; i++) {
			if (echo.slot[i].len == ip->len + 1 &&
			    echo.slot[i].number < oldest)
				oldest = echo.slot[i].number;
		}
		number = oldest;
	}
	echo_back(m, ip->len, number);
	m_freem(m);
}

/* Until fewer than n are under way; ETIMEDOUT if nothing comes. */
static int
echo_wait(u_int n)
{
	u_int answered;

	while (echo.waiting >= n) {
		answered = echo.answered;
		if (kern_sleep(&echo, "netecho", WAIT_NS) != 0 &&
		    answered == echo.answered)
			return ETIMEDOUT;
	}
	return 0;
}

static int
echo_end(struct ifnet *ifp, const char *what, int error)
{
	kern_udp.port = 0;
	kern_echo_input = NULL;
	if (error == 0 && (echo.wrong > 0 || echo.twice > 0))
		error = EIO;
	if (error != 0)
		printf("%s: %s: error %d: %u sent, %u came back, %u of them "
		    "wrong, %u more than once or unasked\n", ifp->if_xname,
		    what, error, echo.sent, echo.answered, echo.wrong,
		    echo.twice);
	return error;
}

/* --- steps --- */

static int
user_ping(struct ifnet *ifp, const hc_u64 args[6])
{
	u_int32_t i, count = args[1];
	u_int len = args[2];
	int error = 0;

	if (args[1] > 65536 ||
	    args[2] + ICMP_MINLEN + sizeof(struct ip) > ifp->if_mtu)
		return EMSGSIZE;
	echo_begin(0);
	kern_echo_input = ping_input;
	for (i = 0; error == 0 && i < count; i++) {
		echo_sent(i, len);
		error = ping_send(ifp, args[0], len, i);
		if (error == 0)
			error = echo_wait(1);
	}
	return echo_end(ifp, "ping", error);
}

static int
user_udp(struct ifnet *ifp, const hc_u64 args[6])
{
	hc_u64 i;
	int error = 0;

	if (args[3] > IP_MAXPACKET)
		return EMSGSIZE;
	echo_begin(args[1]);
	for (i = 0; error == 0 && i < args[2]; i++)
		error = datagram_send(ifp, args[0], args[1], args[3], i);
	return error;
}

static int
user_echo(struct ifnet *ifp, const hc_u64 args[6])
{
	u_int len = args[3];
	hc_u64 i;
	int error = 0;

	if (args[3] > IP_MAXPACKET)
		return EMSGSIZE;
	echo_begin(args[1]);
	kern_udp.port = PORT_OURS;
	kern_udp.input = datagram_input;
	for (i = 0; error == 0 && i < args[2]; i++) {
		echo_sent(i, len);
		error = datagram_send(ifp, args[0], args[1], len, i);
		if (error == 0)
			error = echo_wait(1);
	}
	return echo_end(ifp, "echo", error);
}

static u_int32_t
random_next(u_int32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/*
 * Many at once, of every size; half of them come back.  Groups of up to
 * BURST_GROUP are sent while softnet is kept out, so that the driver finds
 * them together in its queue, as it does when another CPU sends.
 */
static int
user_burst(struct ifnet *ifp, const hc_u64 args[6])
{
	u_int32_t state = (u_int32_t)args[1] * 2654435761U + 1;
	u_int32_t peer = args[2] != 0 ? args[2] : PEER, number;
	u_int least = FRAME_MIN - ETHER_HDR_LEN - UDP_HLEN, most, len;
	u_int group = 0;
	int error = 0, back, s = hc->spl_get();

	if (args[0] > 0xffffffffU || ifp->if_mtu < UDP_HLEN + least)
		return EINVAL;
	if (state == 0)
		state = 1;
	most = ifp->if_mtu - UDP_HLEN;
	echo_begin(args[1]);
	kern_udp.port = PORT_OURS;
	kern_udp.input = datagram_input;
	for (number = 0; error == 0 && number < args[0]; number++) {
		if (group-- == 0) {
			splx(s);
			group = (random_next(&state) >> 8) % BURST_GROUP;
			(void)splsoftnet();
		}
		len = least + random_next(&state) % (most - least + 1);
		back = random_next(&state) & 1;
		if (back) {
			/* Its slot must be free, whoever is late. */
			while (error == 0 &&
			    echo.slot[number % IN_FLIGHT].len != 0)
				error = echo_wait(echo.waiting);
			if (error != 0)
				break;
			echo_sent(number, len);
		}
		error = datagram_send(ifp, peer,
		    back ? PORT_ECHO : PORT_DISCARD, len, number);
	}
	splx(s);
	if (error == 0)
		error = echo_wait(1);
	return echo_end(ifp, "burst", error);
}

static int
stream_op(struct ifnet *ifp, hc_u32 op, const hc_u64 args[6])
{
	if (args[1] > 65535 || args[3] > IP_MAXPACKET)
		return EINVAL;
	if (op == HC_OP_NET_STREAM_OUT)
		return kern_stream_out(ifp, args[0], args[1], args[2],
		    args[3]);
	return kern_stream_in(ifp, args[0], args[1], args[2]);
}

/* Joining a group makes the driver program its filter. */
static int
config_op(struct ifnet *ifp, hc_u32 op, const hc_u64 args[6])
{
	switch (op) {
	case HC_OP_NET_UP:
		return user_up(ifp, args[0], args[1]);
	case HC_OP_NET_DOWN:
		return user_flags(ifp, 0, IFF_UP);
	case HC_OP_NET_MTU:
		return user_mtu(ifp, args[0], args[1] != 0);
	case HC_OP_NET_PROMISC:
		return kern_if_listen(ifp, args[0] != 0);
	case HC_OP_NET_ALLMULTI:
		return user_allmulti(ifp, args[0] != 0);
	case HC_OP_NET_JOIN:
		return user_multi(ifp, SIOCADDMULTI, args[0]);
	case HC_OP_NET_LEAVE:
		return user_multi(ifp, SIOCDELMULTI, args[0]);
	case HC_OP_NET_LLADDR:
		return user_lladdr(ifp, args[0]);
	default:
		return EOPNOTSUPP;
	}
}

static int
net_op(hc_u32 op, const hc_u64 args[6], const char *text)
{
	struct ifnet *ifp = kern_if_first();

	if (ifp == NULL)
		return ENXIO;
	switch (op) {
	case HC_OP_NET_DHCP:
		return user_dhcp(ifp);
	case HC_OP_NET_PING:
		return user_ping(ifp, args);
	case HC_OP_NET_UDP:
		return user_udp(ifp, args);
	case HC_OP_NET_ECHO:
		return user_echo(ifp, args);
	case HC_OP_NET_STREAM_OUT:
	case HC_OP_NET_STREAM_IN:
		return stream_op(ifp, op, args);
	case HC_OP_NET_TFTP:
		return kern_tftp(ifp, args[0], text);
	case HC_OP_NET_BURST:
		return user_burst(ifp, args);
	case HC_OP_NET_FRAME:
		return user_frame(ifp, text);
	default:
		return config_op(ifp, op, args);
	}
}

int
kern_net_op(hc_u32 op, const hc_u64 args[6], const char *text)
{
	int was = KERN_CODE();
	int error = net_op(op, args, text);

	KERN_BACK(was);
	return error;
}

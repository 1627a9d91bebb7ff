/*
 * kern_net_client.c: programs that every host has: a client of DHCP (RFC 2131)
 * and one of TFTP (RFC 1350).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <sys/sockio.h>
#include <sys/time.h>
#include <net/if.h>
#include <netinet/if_ether.h>

#include "kern_net.h"
#include "kern_var.h"

/* --- DHCP --- */

#define DHCP_SERVER	67
#define DHCP_CLIENT	68
#define DHCP_XID	0x76696f31U
#define DHCP_COOKIE	0x63825363U
#define DHCP_SIZE	300		/* of a message of ours */
#define DHCP_OPTIONS	240		/* where they begin */
#define DHCP_TRIES	10		/* for all that is asked */
#define DHCP_RETRY_NS	MSEC_TO_NSEC(1000)

#define DHCPDISCOVER	1
#define DHCPOFFER	2
#define DHCPREQUEST	3
#define DHCPACK		5

static struct {
	struct ifnet	*ifp;		/* NULL: nobody waits */
	u_int8_t	 want;		/* DHCPOFFER or DHCPACK */
	u_int8_t	 got;
	u_int		 tries;		/* that nobody has answered in time */
	u_int32_t	 addr, mask, router, server;
} dhcp;

static u_int32_t
be32(const u_int8_t *p)
{
	return (u_int32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void
be32_put(u_int8_t *p, u_int32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static int
dhcp_send(struct ifnet *ifp, u_int8_t type)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	struct kern_ip ip = { .dst = 0xffffffffU, .sport = DHCP_CLIENT,
	    .dport = DHCP_SERVER };
	u_int8_t b[DHCP_SIZE], *o = b + DHCP_OPTIONS;
	struct mbuf *m;
	int error;

	memset(b, 0, sizeof(b));
	b[0] = 1;			/* from a client, on Ethernet */
	b[1] = 1;
	b[2] = ETHER_ADDR_LEN;
	be32_put(b + 4, DHCP_XID);
	b[10] = 0x80;			/* answer by broadcast */
	memcpy(b + 28, ac->ac_enaddr, ETHER_ADDR_LEN);
	be32_put(b + 236, DHCP_COOKIE);
	*o++ = 53;
	*o++ = 1;
	*o++ = type;
	if (type == DHCPREQUEST) {
		*o++ = 50;
		*o++ = 4;
		be32_put(o, dhcp.addr);
		o += 4;
		*o++ = 54;
		*o++ = 4;
		be32_put(o, dhcp.server);
		o += 4;
	}
	*o = 255;
	m = kern_net_packet(sizeof(b), M_WAIT);
	memcpy(mtod(m, void *), b, sizeof(b));
	NET_LOCK();
	error = kern_udp_send(ifp, m, &ip);
	NET_UNLOCK();
	return error;
}

/* What the options say; the type, or 0. */
static u_int8_t
dhcp_options(const u_int8_t *b, u_int len)
{
	u_int at = DHCP_OPTIONS, n;
	u_int8_t type = 0;

	while (at + 2 <= len && b[at] != 255) {
		if (b[at] == 0) {
			at++;
			continue;
		}
		n = b[at + 1];
		if (at + 2 + n > len)
			break;
		if (b[at] == 53 && n == 1)
			type = b[at + 2];
		else if (b[at] == 1 && n == 4)
			dhcp.mask = be32(b + at + 2);
		else if (b[at] == 3 && n >= 4)
			dhcp.router = be32(b + at + 2);
		else if (b[at] == 54 && n == 4)
			dhcp.server = be32(b + at + 2);
		at += 2 + n;
	}
	return type;
}

static void
dhcp_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	struct arpcom *ac = (struct arpcom *)ifp;
	u_int8_t b[576];
	u_int len = min(ip->len, sizeof(b));

	m_copydata(m, 0, len, b);
	m_freem(m);
	if (dhcp.ifp != ifp || dhcp.got || len < DHCP_OPTIONS || b[0] != 2 ||
	    be32(b + 4) != DHCP_XID || be32(b + 236) != DHCP_COOKIE ||
	    memcmp(b + 28, ac->ac_enaddr, ETHER_ADDR_LEN) != 0 ||
	    dhcp_options(b, len) != dhcp.want)
		return;
	dhcp.addr = be32(b + 16);
	dhcp.got = 1;
	wakeup(&dhcp);
}

/* Asks until there is an answer, or it was asked too often. */
static int
dhcp_ask(struct ifnet *ifp, u_int8_t type, u_int8_t want)
{
	int error;

	dhcp.want = want;
	dhcp.got = 0;
	while (dhcp.tries < DHCP_TRIES) {
		error = dhcp_send(ifp, type);
		if (error != 0)
			return error;
		if (!dhcp.got && kern_sleep(&dhcp, "dhcp", DHCP_RETRY_NS) != 0)
			dhcp.tries++;
		if (dhcp.got)
			return 0;
	}
	return ETIMEDOUT;
}

static int
dhcp_bind(struct ifnet *ifp)
{
	struct ifreq ifr;
	u_int prefix;
	int error;

	for (prefix = 0; prefix < 32 &&
	    (dhcp.mask & (0x80000000U >> prefix)) != 0; prefix++)
		continue;
	memset(&ifr, 0, sizeof(ifr));
	NET_LOCK();
	kern_stack_address(ifp, dhcp.addr, prefix);
	kern_stack_gateway(dhcp.router);
	NET_UNLOCK();
	error = kern_if_ioctl(ifp, SIOCSIFADDR, &ifr);
	if (error != 0)
		return error;
	NET_LOCK();
	error = kern_arp_announce(ifp);
	NET_UNLOCK();
	printf("%s: bound to %u.%u.%u.%u/%u\n", ifp->if_xname,
	    dhcp.addr >> 24, (dhcp.addr >> 16) & 0xff,
	    (dhcp.addr >> 8) & 0xff, dhcp.addr & 0xff, prefix);
	return error;
}

int
kern_dhcp(struct ifnet *ifp)
{
	int error;

	memset(&dhcp, 0, sizeof(dhcp));
	dhcp.ifp = ifp;
	NET_LOCK();
	kern_stack_address(ifp, 0, 0);
	NET_UNLOCK();
	kern_udp.port = DHCP_CLIENT;
	kern_udp.input = dhcp_input;
	error = dhcp_ask(ifp, DHCPDISCOVER, DHCPOFFER);
	if (error == 0)
		error = dhcp_ask(ifp, DHCPREQUEST, DHCPACK);
	kern_udp.port = 0;
	dhcp.ifp = NULL;
	return error == 0 ? dhcp_bind(ifp) : error;
}

/* --- TFTP --- */

#define TFTP_SERVER	69
#define TFTP_CLIENT	3069
#define TFTP_BLOCK	512
#define TFTP_TRIES	5
#define TFTP_WAIT_NS	MSEC_TO_NSEC(1000)

#define TFTP_RRQ	1
#define TFTP_DATA	3
#define TFTP_ACK	4
#define TFTP_ERROR	5

static struct {
	u_int32_t	addr;
	u_int16_t	port;		/* of the server, from its first answer */
	u_int16_t	block;		/* the last that came */
	u_int		refused, done;
} tftp;

static void
tftp_data(struct mbuf *m, const struct kern_ip *ip, u_int16_t block)
{
	u_int len = ip->len - 4;
	u_int8_t b[TFTP_BLOCK];

	/* One that comes again was not acknowledged in time. */
	if (block != (u_int16_t)(tftp.block + 1) || len > sizeof(b))
		return;
	m_copydata(m, 4, len, b);
	hc->net_content(b, len);
	tftp.block = block;
	tftp.done = len < TFTP_BLOCK;
	wakeup(&tftp);
}

static void
tftp_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	u_int8_t b[4];

	if (ip->src == tftp.addr && ip->len >= sizeof(b) &&
	    (tftp.block == 0 || ip->sport == tftp.port)) {
		m_copydata(m, 0, sizeof(b), b);
		tftp.port = ip->sport;
		if (b[0] == 0 && b[1] == TFTP_DATA) {
			tftp_data(m, ip, b[2] << 8 | b[3]);
		} else if (b[0] == 0 && b[1] == TFTP_ERROR) {
			tftp.refused = 1;
			wakeup(&tftp);
		}
	}
	m_freem(m);
}

/* The request, or the acknowledgement of the last block. */
static int
tftp_send(struct ifnet *ifp, const char *file)
{
	struct kern_ip ip = { .src = kern_stack_self(), .dst = tftp.addr,
	    .sport = TFTP_CLIENT, .dport = tftp.port };
	static const char mode[] = "octet";
	u_int len = strlen(file) + 1, n;
	u_int8_t b[2 + 256 + sizeof(mode)];
	struct mbuf *m;
	int error;

	memset(b, 0, 4);
	if (tftp.block == 0) {
		b[1] = TFTP_RRQ;
		memcpy(b + 2, file, len);
		memcpy(b + 2 + len, mode, sizeof(mode));
		n = 2 + len + sizeof(mode);
	} else {
		b[1] = TFTP_ACK;
		b[2] = tftp.block >> 8;
		b[3] = tftp.block;
		n = 4;
	}
	m = kern_net_packet(n, M_WAIT);
	memcpy(mtod(m, void *), b, n);
	NET_LOCK();
	error = kern_udp_send(ifp, m, &ip);
	NET_UNLOCK();
	return error;
}

int
kern_tftp(struct ifnet *ifp, u_int32_t addr, const char *file)
{
	u_int tries = 0;
	u_int16_t block;
	int error = 0;

	if (file == NULL || file[0] == '\0' || strlen(file) > 255)
		return EINVAL;
	memset(&tftp, 0, sizeof(tftp));
	tftp.addr = addr;
	tftp.port = TFTP_SERVER;
	kern_udp.port = TFTP_CLIENT;
	kern_udp.input = tftp_input;
	while (error == 0 && !tftp.done && !tftp.refused) {
		block = tftp.block;
		error = tftp_send(ifp, file);
		if (error == 0 && block == tftp.block && !tftp.refused)
			(void)kern_sleep(&tftp, "tftp", TFTP_WAIT_NS);
		if (block != tftp.block)
			tries = 0;
		else if (++tries == TFTP_TRIES)
			error = ETIMEDOUT;
	}
	if (error == 0 && tftp.done)
		error = tftp_send(ifp, file);
	kern_udp.port = 0;
	return error == 0 && tftp.refused ? ENOENT : error;
}

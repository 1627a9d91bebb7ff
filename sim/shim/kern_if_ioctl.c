/*
 * kern_if_ioctl.c: what ifconfig(8) asks of an interface, as ioctl(2) does it;
 * listeners of bpf(4); what drivers count for TCP.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <sys/sockio.h>
#include <net/if.h>
#include <net/bpf.h>
#include <netinet/if_ether.h>
#include <netinet/tcp_var.h>

#include "kern_net.h"
#include "kern_var.h"

#define BPF_SNAPLEN	116		/* bytes that a listener looks at */

/* --- requests --- */

int
kern_driver_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	int was = KERN_DRIVER();
	int error = ifp->if_ioctl(ifp, cmd, data);

	KERN_BACK(was);
	return error;
}

static int
ioctl_flags(struct ifnet *ifp, struct ifreq *ifr)
{
	unsigned int old = ifp->if_flags;
	int error, s;

	ifp->if_flags = (old & IFF_CANTCHANGE) |
	    ((u_short)ifr->ifr_flags & ~IFF_CANTCHANGE);
	error = kern_driver_ioctl(ifp, SIOCSIFFLAGS, (caddr_t)ifr);
	if (error != 0) {
		ifp->if_flags = old;
	} else if (ISSET(old ^ ifp->if_flags, IFF_UP)) {
		s = splnet();
		if (ISSET(ifp->if_flags, IFF_UP))
			if_up(ifp);
		else
			if_down(ifp);
		splx(s);
	}
	return error;
}

/* The driver compares what is wanted with what is, so that is set after. */
static int
ioctl_xflags(struct ifnet *ifp, struct ifreq *ifr)
{
	int error;

	error = kern_driver_ioctl(ifp, SIOCSIFXFLAGS, (caddr_t)ifr);
	/* A driver need not know of them. */
	if (error == ENOTTY)
		error = 0;
	if (error == 0)
		ifp->if_xflags = (ifp->if_xflags & IFXF_CANTCHANGE) |
		    ((u_short)ifr->ifr_flags & ~IFXF_CANTCHANGE);
	return error;
}

/* The driver programs a new address as it comes up. */
static int
ioctl_lladdr(struct ifnet *ifp, struct ifreq *ifr)
{
	int up = ISSET(ifp->if_flags, IFF_UP), error;
	struct ifreq again;

	if (ifr->ifr_addr.sa_len != ETHER_ADDR_LEN ||
	    ETHER_IS_MULTICAST((u_int8_t *)ifr->ifr_addr.sa_data))
		return EINVAL;
	error = kern_driver_ioctl(ifp, SIOCSIFLLADDR, (caddr_t)ifr);
	if (error != 0 && error != ENOTTY)
		return error;
	error = if_setlladdr(ifp, (uint8_t *)ifr->ifr_addr.sa_data);
	if (error != 0)
		return error;
	memset(&again, 0, sizeof(again));
	if (up) {
		ifp->if_flags &= ~IFF_UP;
		again.ifr_flags = ifp->if_flags;
		(void)kern_driver_ioctl(ifp, SIOCSIFFLAGS, (caddr_t)&again);
	}
	ifp->if_flags |= IFF_UP;
	again.ifr_flags = ifp->if_flags;
	(void)kern_driver_ioctl(ifp, SIOCSIFFLAGS, (caddr_t)&again);
	if (!up) {
		ifp->if_flags &= ~IFF_UP;
		again.ifr_flags = ifp->if_flags;
		(void)kern_driver_ioctl(ifp, SIOCSIFFLAGS, (caddr_t)&again);
	}
	return 0;
}

int
kern_if_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct ifreq *ifr = data;
	int error;

	KERNEL_LOCK();
	NET_LOCK();
	switch (cmd) {
	case SIOCSIFFLAGS:
		error = ioctl_flags(ifp, ifr);
		break;
	case SIOCSIFXFLAGS:
		error = ioctl_xflags(ifp, ifr);
		break;
	case SIOCSIFLLADDR:
		error = ioctl_lladdr(ifp, ifr);
		break;
	default:
		error = kern_driver_ioctl(ifp, cmd, data);
		break;
	}
	kern_if_tell(ifp);
	NET_UNLOCK();
	KERNEL_UNLOCK();
	return error;
}

/* --- bpf(4) --- */

/* One listener for all interfaces: it wants everything and keeps nothing. */
static char listener;

void
bpfattach(caddr_t *driver, struct ifnet *ifp, u_int dlt, u_int hdrlen)
{
	*driver = NULL;			/* until somebody listens */
}

void
bpfdetach(struct ifnet *ifp)
{
	ifp->if_bpf = NULL;
}

int
kern_if_listen(struct ifnet *ifp, int on)
{
	int error;

	KERNEL_LOCK();
	NET_LOCK();
	if ((ifp->if_bpf != NULL) == on) {
		error = EBUSY;
	} else {
		error = ifpromisc(ifp, on);
		if (error == 0)
			ifp->if_bpf = on ? &listener : NULL;
		kern_if_tell(ifp);
	}
	NET_UNLOCK();
	KERNEL_UNLOCK();
	return error;
}

/* Looks at the first bytes of a packet. */
int
bpf_mtap(caddr_t arg, const struct mbuf *m, u_int direction)
{
	char bytes[BPF_SNAPLEN];
	u_int n = 0, want;

	if (arg == NULL)
		return 0;
	for (; m != NULL && n < sizeof(bytes); m = m->m_next) {
		want = min(m->m_len, sizeof(bytes) - n);
		memcpy(bytes + n, m->m_data, want);
		n += want;
	}
	return 0;
}

int
bpf_mtap_hdr(caddr_t arg, const void *data, u_int len, const struct mbuf *m,
    u_int direction)
{
	char bytes[BPF_SNAPLEN];

	if (arg != NULL)
		memcpy(bytes, data, min(len, sizeof(bytes)));
	return bpf_mtap(arg, m, direction);
}

int
bpf_mtap_ether(caddr_t arg, const struct mbuf *m, u_int direction)
{
	return bpf_mtap(arg, m, direction);
}

int
bpf_mtap_af(caddr_t arg, u_int32_t af, const struct mbuf *m, u_int direction)
{
	return bpf_mtap_hdr(arg, &af, sizeof(af), m, direction);
}

/* --- netstat(1)'s numbers --- */

static uint64_t tcpstat[tcps_ncounters];

void
tcpstat_inc(enum tcpstat_counters c)
{
	tcpstat_add(c, 1);
}

void
tcpstat_add(enum tcpstat_counters c, uint64_t n)
{
	KASSERT(c >= 0 && c < tcps_ncounters);
	tcpstat[c] += n;
}

uint64_t
tcpstat_get(enum tcpstat_counters c)
{
	return tcpstat[c];
}

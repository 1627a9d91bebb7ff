/*
 * net_guest.h: a guest for tests of the network: an interface whose other end
 * is inside its driver, so that stack, queues and mbufs are tested without a
 * device.
 *
 *	net_guest.c		the driver lp(4), its peer, cases of queues
 *	net_mbuf_cases.c	cases of mbufs
 *
 * The peer is 10.0.2.2: it answers ARP and echoes, and UDP port 7; the rest it
 * throws away.
 */
#ifndef NET_GUEST_H
#define NET_GUEST_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/mbuf.h>
#include <net/if.h>
#include <net/if_media.h>
#include <netinet/if_ether.h>

#include "kern_net.h"
#include "kern_var.h"
#include "net_cases.h"

#define LP_QUEUES	2

struct lp_softc {
	struct device		 sc_dev;
	struct arpcom		 sc_ac;
	struct ifmedia		 sc_media;
	struct mbuf		*sc_kept;	/* of the case detached_keeps */
	int			 sc_full;	/* takes nothing: oactive */
	int			 sc_inside;	/* calls of if_qstart now */
	int			 sc_nested;	/* ... while it runs */
	int			 sc_own;	/* calls of the driver as the kernel's
						   own code */
	int			 sc_ups, sc_own_ups;	/* frames that went up;
						   in the kernel's own code */
	u_int			 sc_starts, sc_taken, sc_filters;
};

extern struct lp_softc *lp;		/* the one there is */

#define CASE(name)	int net_case_##name(void)
#define NET_FUNCTION(name)	CASE(name);
NET_CASES(NET_FUNCTION)

/* Leaves the case where something is not as it should be. */
#define IS(e)		do { if (!(e)) return __LINE__; } while (0)

/* A packet of len bytes of the pattern in mbufs of at most each bytes. */
struct mbuf *lp_chain(u_int len, u_int each);
/* 0; or the number of bytes of m that are not the pattern from o on. */
u_int lp_wrong(struct mbuf *m, u_int64_t o);

#endif

/*
 * kern_net.h: what the parts of the guest's network share with each other and
 * no driver sees.
 *
 *	kern_user.c --HC_OP_NET_*--> kern_net_user.c	steps of a scenario
 *	    kern_net_stack.c	ARP, IPv4, ICMP, UDP, the streams' segments
 *	    kern_ether.c	Ethernet, multicast, ether_ioctl
 *	    kern_if.c		interfaces, requests, the host's net_state
 *	    kern_ifq.c		queues, the host's net_frame
 *	driver
 *	kern_uipc_*.c		mbufs, beneath all of them
 */
#ifndef KERN_NET_H
#define KERN_NET_H

#include <sys/types.h>
#include "hypercall.h"

struct mbuf;
struct ifnet;
struct task;
struct task_list;
struct taskq;

/* --- mbufs --- */

/* Where the bytes of an mbuf may lie, and how many. */
caddr_t kern_mbuf_room(struct mbuf *m, u_int *size);
/* 1; or 0, and a rule is broken: who hands over what is no packet. */
int kern_mbuf_check(const char *who, struct mbuf *m);
/* Two mbufs with one cluster; an mbuf without its own. */
void kern_mcl_share(struct mbuf *to, struct mbuf *from);
void kern_mcl_release(struct mbuf *m);

/* --- tasks of the network, and the lock of the stack --- */

extern struct taskq *const kern_softnet;

/* Off a list, with nothing left of it in its links, which are part of states. */
void kern_task_unlink(struct task_list *list, struct task *t);
/* 1: the stack is softnet's until _leave; 0: task t comes again. */
int kern_net_softnet_enter(struct task *t);
void kern_net_softnet_leave(void);

/* --- interfaces --- */

#define KERN_IFS_MAX	8		/* the host hears of so many */

/* Tells the host what an interface is, if that has changed. */
void kern_if_tell(struct ifnet *ifp);
void kern_if_tell_all(void);
struct ifnet *kern_if_first(void);	/* NULL: there is none */
/* What ioctl(2) does for a program; takes the locks. */
int kern_if_ioctl(struct ifnet *ifp, u_long cmd, void *data);
/* The driver's if_ioctl, with a driver's code under way (see KERN_DRIVER). */
int kern_driver_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data);
/* A listener of bpf(4) comes (1) or goes. */
int kern_if_listen(struct ifnet *ifp, int on);
/* After a detach: what mbufs are left are nobody's. */
void kern_net_detached(void);

/* --- the stack: kern_net_stack.c --- */

/*
 * Addresses and ports are numbers of the CPU here; packets have them in the
 * network's order.
 */
struct kern_ip {
	u_int32_t	src, dst;
	u_int16_t	sport, dport;	/* of UDP */
	u_int		len;		/* bytes behind the IP header */
	u_int8_t	proto;
};

void kern_stack_detach(struct ifnet *ifp);
void kern_stack_down(struct ifnet *ifp);
/* A frame without its Ethernet header, from ether_input(). */
void kern_arp_input(struct ifnet *ifp, struct mbuf *m);
void kern_ip_input(struct ifnet *ifp, struct mbuf *m);

/* The address and the bits of its prefix; 0, 0: none. */
void kern_stack_address(struct ifnet *ifp, u_int32_t addr, u_int prefix);
void kern_stack_gateway(u_int32_t addr);
u_int32_t kern_stack_self(void);
/* Tells everybody that self is here, as an address does that is new. */
int kern_arp_announce(struct ifnet *ifp);

/* A packet with room for len bytes, and before them for headers; or NULL. */
struct mbuf *kern_net_packet(u_int len, int how);
/*
 * Sends what is behind the IP header (_ip, which goes before it) or the UDP
 * header.  Takes m.  EHOSTUNREACH, ENOBUFS, EMSGSIZE for one over the MTU.
 */
int kern_ip_send(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip);
int kern_udp_send(struct ifnet *ifp, struct mbuf *m,
    const struct kern_ip *ip);

/* Who takes packets; NULL in a protocol's place: nobody. They free m. */
struct kern_udp {
	u_int16_t	 port;		/* 0: none */
	void		(*input)(struct ifnet *, struct mbuf *,
			    const struct kern_ip *);
};

extern struct kern_udp kern_udp;
/* Of an answer to an echo: m begins behind the ICMP header. */
extern void (*kern_echo_input)(struct mbuf *m, u_int16_t id, u_int16_t seq);
/* m begins with the TCP header, whose checksum is right. */
extern void (*kern_tcp_input)(struct ifnet *, struct mbuf *m,
    const struct kern_ip *);

/* What the stack dropped since, for a step that waited in vain. */
struct kern_stack_drops {
	u_int	short_len, header, checksum, foreign, noport;
};
extern struct kern_stack_drops kern_stack_drops;

/* --- checksums and the pattern: kern_net_bytes.c --- */

/* The sum of len bytes from off on, added to sum; folded to 16 bits. */
u_int16_t kern_sum(struct mbuf *m, u_int off, u_int len, u_int32_t sum);
/*
 * The pattern's byte at offset o of a stream is o + (o >> 8) * 7 +
 * (o >> 16) * 31, modulo 256.  Fill: [off, off + len) of m; check: how many
 * bytes there are wrong.
 */
void kern_pattern_fill(struct mbuf *m, u_int off, u_int len, u_int64_t o);
u_int kern_pattern_check(struct mbuf *m, u_int off, u_int len, u_int64_t o);

/* --- steps of a scenario: kern_net_user.c --- */

int kern_net_op(hc_u32 op, const hc_u64 args[6], const char *text);
/* kern_net_client.c, kern_net_stream.c */
int kern_dhcp(struct ifnet *ifp);
int kern_tftp(struct ifnet *ifp, u_int32_t addr, const char *file);
int kern_stream_out(struct ifnet *ifp, u_int32_t addr, u_int16_t port,
    u_int64_t bytes, u_int mss);
int kern_stream_in(struct ifnet *ifp, u_int32_t addr, u_int16_t port,
    u_int64_t bytes);

#endif

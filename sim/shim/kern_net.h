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

/* --- mbufs --- */

/* Where the bytes of an mbuf may lie, and how many. */
caddr_t kern_mbuf_room(struct mbuf *m, u_int *size);
/* 1; or 0, and a rule is broken: who hands over what is no packet. */
int kern_mbuf_check(const char *who, struct mbuf *m);
/* Two mbufs with one cluster; an mbuf without its own. */
void kern_mcl_share(struct mbuf *to, struct mbuf *from);
void kern_mcl_release(struct mbuf *m);

#endif

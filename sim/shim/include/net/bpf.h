/*
 * Taps of an interface, bpf(4).  Nobody listens behind them: each tap looks at
 * the packet as a listener would, and counts it.
 */
#ifndef _NET_BPF_H_
#define _NET_BPF_H_

#include <sys/types.h>

struct ifnet;
struct mbuf;

#define BPF_DIRECTION_IN	(1 << 0)
#define BPF_DIRECTION_OUT	(1 << 1)

#define DLT_NULL	0
#define DLT_EN10MB	1
#define DLT_LOOP	12
#define DLT_RAW		14

/* 0, or 1: a listener wants the packet dropped (never). */
int bpf_mtap(caddr_t, const struct mbuf *, u_int);
int bpf_mtap_hdr(caddr_t, const void *, u_int, const struct mbuf *, u_int);
int bpf_mtap_ether(caddr_t, const struct mbuf *, u_int);
int bpf_mtap_af(caddr_t, u_int32_t, const struct mbuf *, u_int);
void bpfattach(caddr_t *, struct ifnet *, u_int, u_int);
void bpfdetach(struct ifnet *);

#endif

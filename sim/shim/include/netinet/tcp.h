/*
 * The header of TCP, RFC 9293.
 */
#ifndef _NETINET_TCP_H_
#define _NETINET_TCP_H_

#include <sys/types.h>
#include <sys/endian.h>

typedef u_int32_t	tcp_seq;

struct tcphdr {
	u_int16_t	th_sport;
	u_int16_t	th_dport;
	tcp_seq		th_seq;
	tcp_seq		th_ack;
#if _BYTE_ORDER == _LITTLE_ENDIAN
	u_int32_t	th_x2:4,
			th_off:4,		/* 32-bit words */
			th_flags:8,
			th_win:16;
#else
	u_int32_t	th_off:4,
			th_x2:4,
			th_flags:8,
			th_win:16;
#endif
#define TH_FIN	0x01
#define TH_SYN	0x02
#define TH_RST	0x04
#define TH_PUSH	0x08
#define TH_ACK	0x10
#define TH_URG	0x20
#define TH_ECE	0x40
#define TH_CWR	0x80
	u_int16_t	th_sum;
	u_int16_t	th_urp;
};

#define TCPOPT_EOL	0
#define TCPOPT_NOP	1
#define TCPOPT_MAXSEG	2

#define TCP_MSS		512
#define TCP_MAXWIN	65535

#endif

/*
 * The header of IPv4, RFC 791.
 */
#ifndef _NETINET_IP_H_
#define _NETINET_IP_H_

#include <sys/types.h>
#include <sys/endian.h>
#include <netinet/in.h>

#define IPVERSION	4

struct ip {
#if _BYTE_ORDER == _LITTLE_ENDIAN
	u_int32_t	ip_hl:4,		/* 32-bit words */
			ip_v:4,
			ip_tos:8,
			ip_len:16;		/* with the header */
#else
	u_int32_t	ip_v:4,
			ip_hl:4,
			ip_tos:8,
			ip_len:16;
#endif
	u_int16_t	ip_id;
	u_int16_t	ip_off;
#define IP_RF		0x8000
#define IP_DF		0x4000
#define IP_MF		0x2000
#define IP_OFFMASK	0x1fff
	u_int8_t	ip_ttl;
	u_int8_t	ip_p;
	u_int16_t	ip_sum;
	struct in_addr	ip_src, ip_dst;
};

#define IP_MAXPACKET	65535
#define MAXTTL		255
#define IPDEFTTL	64

#endif

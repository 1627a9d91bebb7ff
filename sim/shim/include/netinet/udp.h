/*
 * The header of UDP, RFC 768.
 */
#ifndef _NETINET_UDP_H_
#define _NETINET_UDP_H_

#include <sys/types.h>

struct udphdr {
	u_int16_t	uh_sport;
	u_int16_t	uh_dport;
	u_int16_t	uh_ulen;		/* with the header */
	u_int16_t	uh_sum;
};

#endif

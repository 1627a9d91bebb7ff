/*
 * The address resolution protocol, RFC 826.
 */
#ifndef _NET_IF_ARP_H_
#define _NET_IF_ARP_H_

#include <sys/types.h>

struct arphdr {
	u_int16_t	ar_hrd;
	u_int16_t	ar_pro;
	u_int8_t	ar_hln;
	u_int8_t	ar_pln;
	u_int16_t	ar_op;
};

#define ARPHRD_ETHER	1
#define ARPOP_REQUEST	1
#define ARPOP_REPLY	2
#define ARPOP_REVREQUEST 3	/* RARP, RFC 903 */

#endif

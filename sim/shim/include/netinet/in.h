/*
 * Internet addresses and protocols, inet(4).
 */
#ifndef _NETINET_IN_H_
#define _NETINET_IN_H_

#include <sys/types.h>
#include <sys/socket.h>

typedef u_int32_t	in_addr_t;
typedef u_int16_t	in_port_t;

struct in_addr {
	in_addr_t s_addr;		/* network order */
};

struct sockaddr_in {
	u_int8_t	sin_len;
	sa_family_t	sin_family;
	in_port_t	sin_port;
	struct in_addr	sin_addr;
	int8_t		sin_zero[8];
};

#define IPPROTO_IP	0
#define IPPROTO_ICMP	1
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_IPV6	41
#define IPPROTO_ICMPV6	58

#define __IPADDR(x)		((u_int32_t)htonl((u_int32_t)(x)))
#define INADDR_ANY		__IPADDR(0x00000000)
#define INADDR_LOOPBACK		__IPADDR(0x7f000001)
#define INADDR_BROADCAST	__IPADDR(0xffffffff)

#define IN_MULTICAST(i) \
	(((u_int32_t)(i) & __IPADDR(0xf0000000)) == __IPADDR(0xe0000000))

struct in6_addr {
	union {
		u_int8_t	__u6_addr8[16];
		u_int16_t	__u6_addr16[8];
		u_int32_t	__u6_addr32[4];
	} __u6_addr;
};
#define s6_addr		__u6_addr.__u6_addr8

struct mbuf;

/* The Internet checksum, RFC 1071, of len bytes; 0 if they hold theirs. */
int in_cksum(struct mbuf *, int);
/* ... of the pseudo header of proto too, from off on. */
int in4_cksum(struct mbuf *, u_int8_t, int, int);

/* Sums of the pseudo header, folded. */
static inline u_int16_t
in_cksum_phdr(u_int32_t src, u_int32_t dst, u_int32_t lenproto)
{
	u_int64_t sum = (u_int64_t)src + dst + lenproto;

	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (sum >> 16) + (sum & 0xffff);
}

#endif

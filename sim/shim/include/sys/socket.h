/*
 * Addresses of sockets, <sys/socket.h>; sockets themselves are not modelled.
 */
#ifndef _SYS_SOCKET_H_
#define _SYS_SOCKET_H_

#include <sys/types.h>

typedef uint8_t		sa_family_t;
typedef unsigned int	socklen_t;

#define AF_UNSPEC	0
#define AF_INET		2
#define AF_LINK		18
#define AF_INET6	24
#define AF_MAX		36

struct sockaddr {
	uint8_t		sa_len;
	sa_family_t	sa_family;
	char		sa_data[14];
};

struct sockaddr_storage {
	uint8_t		ss_len;
	sa_family_t	ss_family;
	unsigned char	__ss_pad1[6];
	uint64_t	__ss_pad2;
	unsigned char	__ss_pad3[240];
};

#endif

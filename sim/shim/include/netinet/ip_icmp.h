/*
 * The header of ICMP's echo, RFC 792.
 */
#ifndef _NETINET_IP_ICMP_H_
#define _NETINET_IP_ICMP_H_

#include <sys/types.h>

#define ICMP_ECHOREPLY	0
#define ICMP_ECHO	8

/* type, code, checksum, identifier, sequence number */
#define ICMP_MINLEN	8

#endif

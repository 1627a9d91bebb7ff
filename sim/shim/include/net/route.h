/*
 * Routes, <net/route.h>.  The stack of this kernel knows neighbours only.
 */
#ifndef _NET_ROUTE_H_
#define _NET_ROUTE_H_

#include <sys/types.h>
#include <sys/socket.h>

struct rtentry;

#endif

/*
 * Timers of TCP, <netinet/tcp_timer.h>: connections are not modelled.
 */
#ifndef _NETINET_TCP_TIMER_H_
#define _NETINET_TCP_TIMER_H_

#endif

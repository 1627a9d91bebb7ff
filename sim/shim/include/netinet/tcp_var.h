/*
 * What TCP counts for drivers that cut and join its segments.
 */
#ifndef _NETINET_TCP_VAR_H_
#define _NETINET_TCP_VAR_H_

#include <sys/types.h>

enum tcpstat_counters {
	tcps_outswtso,		/* packets cut by the stack */
	tcps_outhwtso,		/* packets to be cut by hardware */
	tcps_outpkttso,		/* segments that come of them */
	tcps_outbadtso,		/* packets that could not be cut */
	tcps_inswlro,
	tcps_inhwlro,		/* packets joined by hardware */
	tcps_inpktlro,		/* segments in them */
	tcps_inbadlro,		/* packets joined wrongly */
	tcps_ncounters
};

void tcpstat_inc(enum tcpstat_counters);
void tcpstat_add(enum tcpstat_counters, uint64_t);
uint64_t tcpstat_get(enum tcpstat_counters);	/* for tests */

#endif

/*
 * Types of Ethernet frames, in the CPU's order.
 */
#ifndef _NET_ETHERTYPES_H_
#define _NET_ETHERTYPES_H_

#define ETHERTYPE_IP		0x0800
#define ETHERTYPE_ARP		0x0806
#define ETHERTYPE_REVARP	0x8035
#define ETHERTYPE_VLAN		0x8100
#define ETHERTYPE_IPV6		0x86dd
#define ETHERTYPE_SLOW		0x8809
#define ETHERTYPE_MPLS		0x8847
#define ETHERTYPE_PAE		0x888e
#define ETHERTYPE_QINQ		0x88a8
#define ETHERTYPE_LLDP		0x88cc

#endif

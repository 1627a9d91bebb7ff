/*
 * Kinds of interfaces, ifi_type.
 */
#ifndef _NET_IF_TYPES_H_
#define _NET_IF_TYPES_H_

#define IFT_OTHER	1
#define IFT_ETHER	6
#define IFT_LOOP	24

#endif

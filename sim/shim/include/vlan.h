/*
 * What config(8) makes: vlan(4) is in this kernel.  None is ever created.
 */
#ifndef _VLAN_H_
#define _VLAN_H_

#define NVLAN		1

#endif

/*
 * net_control.h: the control queue of a network device (VIRTIO 1.2, 5.1.6.5):
 * what the driver asked for, and whether it may.
 *
 * Rules told to port->protocol_broken (id, section):
 *
 *	net-control-format		5.1.6.5		length, unknown class
 *							or command, no ack
 *	net-control-not-negotiated	5.1.6.5		its feature
 *	net-control-value		5.1.6.5.1	not 0 or 1; a VLAN
 *							over 4095
 *	net-control-mac-table		5.1.6.5.2.2	multicast among
 *							unicast, or
 *							the other way
 *	net-control-pairs		5.1.6.5.6.1	0, or over the max
 *	net-control-offloads		5.1.6.5.8	not negotiated
 */
#ifndef VIOTAPE_NET_CONTROL_H
#define VIOTAPE_NET_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"
#include "net_spec.h"
#include "state.h"

#define NET_MAC_TABLE_MAX	64u	/* more: as if promiscuous */

struct net_filter {
	uint8_t mac[6];			/* the default address */
	uint8_t promisc, allmulti, alluni, nomulti, nouni, nobcast;
	uint8_t uni_overflow, multi_overflow;
	unsigned nuni, nmulti;
	uint8_t uni[NET_MAC_TABLE_MAX][6], multi[NET_MAC_TABLE_MAX][6];
	uint8_t vlan[NET_VLANS / 8];	/* a bit each */
};

struct net_control {
	uint64_t features;		/* negotiated; set by the device */
	uint16_t pairs_max;		/* the same */
	struct net_filter filter;
	uint16_t pairs;			/* in use */
	uint64_t offloads;		/* of the guest, by feature bits */
	uint8_t announce_acked;		/* since it was last cleared */
	uint8_t mac_set;		/* the driver gave filter.mac */
};

/* As after a reset: an empty table, one pair, this address. */
void net_control_reset(struct net_control *c, const uint8_t mac[6]);

/*
 * Carries out one command of n bytes, the ack has writable bytes.  Returns
 * NET_CTRL_OK or NET_CTRL_ERR.
 */
unsigned net_control_command(struct net_control *c, const uint8_t *p,
    size_t n, size_t writable, const struct boundary_port *port);

/* Adds what was asked for, and what was negotiated. */
void net_control_state(const struct net_control *c, struct state *s);

/* Whether a frame passes: 5.1.6.5.1 to 5.1.6.5.3. */
int net_control_accepts(const struct net_control *c, const uint8_t *frame,
    size_t n);

/* "MAC_TABLE_SET 0 unicast, 1 multicast: 01:00:5e:00:00:01"; appended. */
void net_control_print(const uint8_t *p, size_t n, struct bytes *out);

#endif

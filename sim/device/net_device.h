/*
 * net_device.h: the built-in virtio-net (VIRTIO 1.2, 5.1), and the machine at
 * the other end of its cable (net_peer.h).
 *
 *	driver ── tx ──► net_device ── checksums made ──► net_peer
 *	driver ◄── rx ── net_device ◄── frames ────────── net_peer
 *
 * One frame is delivered a step, when there is a buffer for it; until then it
 * waits.  With several queue pairs a frame comes to the pair that its flow was
 * last sent from (5.1.6.5.6).  A control command is carried out when it is
 * taken and answered in a later step, after whatever packets there are, so that
 * a driver that does not wait is seen.
 *
 * Where the specification leaves a choice, QEMU 7.2 is followed.  Not where
 * QEMU breaks it: without MRG_RXBUF num_buffers of a received packet is 1
 * (5.1.6.4.1), and QEMU before 10.0 leaves it as the buffer had it.  A driver
 * that counts on it is right.
 */
#ifndef VIOTAPE_NET_DEVICE_H
#define VIOTAPE_NET_DEVICE_H

#include <stdint.h>

#include "boundary.h"
#include "net_peer.h"
#include "net_spec.h"
#include "net_wire.h"
#include "virtio_core.h"
#include "virtio_transport.h"

#define NET_DEVICE_PAIRS_MAX	16u

struct net_device_config {
	enum virtio_transport transport; /* 0: modern PCI */
	uint8_t mac[6];
	int mtu_offered;		/* NET_BIT_MTU is, with this mtu, which
					   may be one that makes no sense */
	uint16_t mtu;
	unsigned pairs;			/* 0: 1; with more NET_BIT_MQ is offered */
	uint64_t features_off;		/* not offered, nor what needs them;
					   VERSION_1 stays */
	int no_msix;			/* no MSI-X capability */
	struct net_peer_config peer;
	/* What another host was seen to be, or NULL: features, queue sizes (of
	   2 * pairs, then the control queue), configuration, and the cable's
	   other end instead of a peer; the device then owns the wire. */
	const struct net_device_as *as;
};

struct net_device_as {
	uint64_t features;
	const uint16_t *queue_size_max;
	unsigned queues;
	uint8_t config[NET_CONFIG_SIZE];
	uint16_t vectors;
	struct net_wire wire;
};

struct net_device;

/*
 * The device as a host, named "builtin".  port is not owned.  *out, unless
 * NULL, is for the functions below as long as the host is not closed.
 *
 * Beyond net_header.h, net_control.h and virtio_state.h,
 * port->protocol_broken is told (id, section):
 *
 *	net-queue-not-enabled	5.1.6.5.6.1	a packet on a pair over the
 *						number that is in use
 *	net-rx-buffer-small	5.1.6.3.1	smaller than a header; or,
 *						without MRG_RXBUF, than the
 *						packet
 *	net-rx-buffer-mtu	5.1.4.2		too small for the mtu
 */
struct boundary_host net_device_host(const struct boundary_port *port,
    const struct net_device_config *cfg, struct net_device **out);

/*
 * The same behind a transport of somebody else's: *out is what to make that
 * with (it owns the device), then net_device_behind() says which it is.  The
 * host's step and happen are then these.
 */
struct net_device *net_device_create(const struct boundary_port *port,
    const struct net_device_config *cfg, struct virtio_device *out);
void net_device_behind(struct net_device *d, struct virtio_core *core);
/* See struct boundary_host_ops. */
enum boundary_busy net_device_busy(const struct net_device *d);
int net_device_step(struct net_device *d, int block, struct error *err);
int net_device_happen(struct net_device *d, const struct boundary_happening *h);

/* NULL: another end of the cable. */
struct net_peer *net_device_peer(struct net_device *d);

/* What may change while a guest runs. */
void net_device_link(struct net_device *d, int up);
void net_device_announce(struct net_device *d);
void net_device_mtu(struct net_device *d, uint16_t mtu);
void net_device_mac(struct net_device *d, const uint8_t mac[6]);

/* What the device did that nobody else can know. */
struct net_device_counts {
	uint64_t filtered;		/* frames that nobody asked for */
	uint64_t down;			/* frames while the link was down */
	uint64_t unfit;			/* sent, and not fit to be sent */
	uint64_t too_long;		/* for the mtu, or for the buffer */
};

const struct net_device_counts *net_device_counts(const struct net_device *d);
/* Frames wait for a buffer that nobody gives. */
int net_device_waiting(const struct net_device *d);

#endif

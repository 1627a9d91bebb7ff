/*
 * qemu_net.h: what QEMU's network card is plugged into: QEMU's own user
 * network, or our peer (net_peer.h) at the other end of a datagram socket.
 *
 * The user network answers ARP, DHCP, ping of its gateway and TFTP, out of a
 * folder with the files that the scenario asks for; nothing leaves it
 * (restrict=on), and it sends nothing unasked (ipv6=off: no router
 * advertisements by the clock).  A scenario that asks for more (echo, streams,
 * bursts, frames from the host, loss, an mtu over 1500) gets the peer.  Either
 * way QEMU offers neither checksums nor segmentation, for want of a header on
 * its cable.
 */
#ifndef VIOTAPE_QEMU_NET_H
#define VIOTAPE_QEMU_NET_H

#include <stddef.h>

#include "sim.h"

#define QEMU_NET_DEVICE_ID	"net0"

struct qemu_net;

/* NULL: ERROR_INPUT, the scenario wants what QEMU has not; ERROR_SYSTEM. */
struct qemu_net *qemu_net_create(const struct scenario *s,
    enum virtio_transport t, struct error *err);
void qemu_net_free(struct qemu_net *n);		/* NULL is fine */

/* Arguments for QEMU, NULL-terminated, and the descriptors it inherits. */
const char *const *qemu_net_args(const struct qemu_net *n);
const int *qemu_net_fds(const struct qemu_net *n, size_t *count);
/* QEMU runs: the inherited ends are closed here. */
void qemu_net_started(struct qemu_net *n);

/* 1: the peer is at the other end. */
int qemu_net_has_peer(const struct qemu_net *n);
/* Gives the peer what QEMU sent. */
void qemu_net_receive(struct qemu_net *n);
/* Sends QEMU the peer's next frame: its size in bytes, or 0: there is none. */
size_t qemu_net_send(struct qemu_net *n);
/* Bytes of the largest of these, with virtio_net_hdr. */
size_t qemu_net_frame_max(const struct qemu_net *n);
int qemu_net_pending(const struct qemu_net *n);
/* The peer sends frames, as a scenario's step asks. */
void qemu_net_frames(struct qemu_net *n, const uint8_t mac[6], unsigned count,
    unsigned size);
void qemu_net_frame(struct qemu_net *n, const uint8_t *frame, size_t len);

#endif

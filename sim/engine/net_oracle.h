/*
 * net_oracle.h: do packets arrive as they were handed over?
 *
 *	stack ── frame ──► driver ── ring ──► host	compared there
 *	stack ◄── frame ── driver ◄── ring ── host	compared there
 *
 * The oracle knows both ends: what crosses between stack and driver from the
 * door (net_frame), what the host took and gave from the boundary's chains.  It
 * keeps a frame until the other end has seen it, so its memory is what is in
 * flight.  Frames are compared byte by byte, but for checksums that were left
 * to the driver: of those the host's result is computed and has to be right.
 *
 * What it tells (ids of findings):
 *
 *	packet-torn		other bytes at the other end
 *	packet-wrong-length	shorter or longer
 *	packet-lost		never seen, when all is quiet
 *	packet-doubled		seen twice
 *	packet-reordered	overtaken on its own queue
 *	packet-wrong-queue	seen on another queue than it was handed to
 *	packet-unknown		seen, and nobody handed it over
 *	packet-too-long		longer than the interface's hard mtu
 *	packet-wrong-header	virtio_net_hdr says otherwise than the stack
 *	packet-checksum-wrong	what the host makes of it has a wrong checksum
 *	packet-checksum-trusted	called right, which the host never said (5.1.6.4)
 *	packet-content-wrong	what the guest's program got is not the pattern
 *	queue-stuck		chains are available and nobody takes them, and
 *				no notification is under way
 *	interrupt-lost		chains were given back and the driver does not
 *				look, though no interrupt came since
 */
#ifndef VIOTAPE_NET_ORACLE_H
#define VIOTAPE_NET_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "hypercall.h"
#include "scenario.h"
#include "state.h"
#include "virtio_state.h"

#define NET_ORACLE_FLIGHT_MAX	8192u	/* frames of one queue; more are not
					   followed */

struct net_oracle;

/*
 * told is what the driver told the device; it outlives the oracle.  judged: the
 * host judges headers and checksums itself (net_header.h), so the oracle need
 * not say it again.
 */
struct net_oracle *net_oracle_create(const struct virtio_state *told,
    int judged, void (*tell)(void *self, const char *id, const char *text), void *self);
void net_oracle_destroy(struct net_oracle *o);	/* NULL is fine */

/* From the boundary. */
void net_oracle_taken(struct net_oracle *o, unsigned queue, unsigned nread,
    const uint8_t *read, size_t n);
void net_oracle_used(struct net_oracle *o, unsigned queue,
    const uint8_t *written, size_t n);
void net_oracle_interrupt(struct net_oracle *o);
/* The device was reset, or the interface goes down: nothing is in flight. */
void net_oracle_forget(struct net_oracle *o);

/* From the door, as struct door_events has them. */
void net_oracle_frame(struct net_oracle *o, unsigned dir, unsigned queue,
    const uint8_t *frame, size_t n, uint32_t flags, unsigned mss);
void net_oracle_state(struct net_oracle *o, const struct hc_net_state *state);
void net_oracle_content(struct net_oracle *o, const uint8_t *bytes, size_t n);

/* A step begins. */
void net_oracle_step(struct net_oracle *o, const struct scenario_step *step);
/*
 * All is quiet: what is still in flight will not arrive.  port is asked unseen
 * what the rings hold.
 */
void net_oracle_expect(struct net_oracle *o, const struct boundary_port *port);

/* Adds the frames in flight and those remembered, and what is judged by. */
void net_oracle_state_add(const struct net_oracle *o, struct state *s);

struct net_oracle_counts {
	uint64_t sent, sent_bytes;	/* that the host took, and were right */
	uint64_t received, received_bytes;
	uint64_t content;		/* bytes of net_content */
};

const struct net_oracle_counts *net_oracle_counts(const struct net_oracle *o);

#endif

/*
 * vring.h: the split virtqueue (VIRTIO 1.2, 2.7), from the device's side.
 *
 *	descriptor table	written by the driver, read by the device
 *	available ring		the same; its index covers its entries
 *	used ring		written by the device: entry, then index
 *
 * Two ways to look at one:
 *
 * The device serves the queue.  Every access is seen by the machine and its
 * checkers (struct dma_what says what it is for):
 *
 *	while ((r = vring_take(port, &vr, &chain)) == VRING_TAKEN) {
 *		vring_chain_read(port, &vr, &chain, &request, &err)
 *		vring_chain_write(port, &vr, &chain, response, n)
 *		vring_push(port, &vr, &chain, n)
 *		if (vring_should_interrupt(port, &vr)) ...
 *	}
 *
 * An observer looks on while another device (a real host) serves it, unseen:
 * vring_observe_avail() after each notification, vring_observe_used() when
 * the host may be done.
 */
#ifndef VIOTAPE_VRING_H
#define VIOTAPE_VRING_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"
#include "error.h"
#include "state.h"
#include "virtio_spec.h"

/* Limits of one chain. */
#define VRING_CHAIN_DESC_MAX	1024u		/* descriptors; more is broken */
#define VRING_CHAIN_BYTES_MAX	(4u << 20)	/* bytes, read or written */

/* {0}, then vring_init().  The addresses are bus addresses. */
struct vring {
	uint64_t desc, avail, used;
	uint16_t size;			/* entries, at most VIRTQ_SIZE_MAX */
	uint16_t bdf, queue;		/* for struct dma_what */
	uint8_t event_idx;		/* VIRTIO_F_EVENT_IDX was negotiated */
	uint8_t indirect;		/* VIRTIO_F_INDIRECT_DESC was */
	uint8_t in_order;		/* VIRTIO_F_IN_ORDER was */
	uint8_t signalled_valid;	/* signalled_used means something */
	uint8_t flags_written;		/* used.flags, by the device */
	uint8_t flags_told;		/* that avail.flags are wrong */
	uint8_t keeps;			/* its chains wait in the device */
	uint16_t last_avail;		/* the next entry to be taken */
	uint16_t seen_avail;		/* avail.idx when it was read, if keeps */
	uint16_t used_idx;		/* the next entry to be given back */
	uint16_t signalled_used;	/* used_idx at the last interrupt */
	uint32_t ordinal;		/* of the next chain, from 0 */
	/* A bit for each descriptor of the table: in a chain that was taken
	   and not given back. */
	uint8_t busy[VIRTQ_SIZE_MAX / 8];
};

struct vring_descriptor {
	uint64_t addr;			/* bus address */
	uint32_t len;			/* bytes */
	uint8_t writable;		/* for the device to write */
};

/*
 * A copy of one chain, indirect tables unfolded: nread device-readable
 * descriptors, then the device-writable ones.  {0} is an empty one; it may be
 * used again and again; vring_chain_free() frees it.
 */
struct vring_chain {
	uint16_t head;			/* as the used ring wants it */
	uint32_t ordinal;		/* n-th chain of its queue */
	unsigned ndesc, nread;
	uint64_t read_size, write_size;	/* bytes of the two parts */
	struct vring_descriptor *desc;
	uint32_t *lens;			/* desc[i].len, for chain_taken */
	unsigned cap;
	uint16_t *slot;			/* its descriptors of the table, nslot
					   of them in order */
	unsigned nslot, slot_cap;
};

enum vring_result {
	VRING_EMPTY = 0,		/* no new chain */
	VRING_TAKEN = 1,		/* here it is */
	VRING_BROKEN = -1,		/* the driver broke the ring: the device
					   needs a reset; was reported, unless
					   memory was not there (the machine
					   reports that) */
	VRING_ABORTED = -2		/* the machine aborts: stop at once */
};

/*
 * An empty ring at these addresses.  features are the negotiated ones.  size
 * must be 1 to VIRTQ_SIZE_MAX (CHECK); a size that is no power of 2 works, as
 * in QEMU.
 */
void vring_init(struct vring *vr, uint16_t bdf, uint16_t queue, uint16_t size,
    uint64_t desc, uint64_t avail, uint64_t used, uint64_t features);

void vring_chain_free(struct vring_chain *c);	/* and makes it empty */
/* Copies src into dst, which keeps its own memory. */
void vring_chain_copy(struct vring_chain *dst, const struct vring_chain *src);

/*
 * Takes the next available chain: reads avail.index, the entry, the
 * descriptors; with EVENT_IDX writes avail_event.  Rules that are broken are
 * told to port->protocol_broken:
 *
 *	id				section		then
 *	ring-index-jump			2.7.6.1		VRING_BROKEN
 *	ring-head-out-of-range		2.7.6		VRING_BROKEN
 *	ring-head-in-flight		2.7.13.1	goes on
 *	ring-descriptor-in-flight	2.7.13.1	goes on
 *	ring-next-out-of-range		2.7.5		VRING_BROKEN
 *	ring-descriptor-loop		2.7.5.2		VRING_BROKEN
 *	ring-order			2.7.4.2		VRING_BROKEN
 *	ring-zero-length		2.7.13.1	VRING_BROKEN (as QEMU)
 *	ring-chain-too-large		2.7.5.2		VRING_BROKEN, past 2^32
 *	ring-chain-too-long		2.7.5.3.1	goes on; VRING_BROKEN past
 *							VRING_CHAIN_DESC_MAX
 *	ring-indirect-nested		2.7.5.3.1	VRING_BROKEN
 *	ring-indirect-length		2.7.5.3		VRING_BROKEN
 *	ring-indirect-next		2.7.5.3.1	goes on, next is ignored
 *	ring-indirect-not-negotiated	2.7.5.3.1	goes on
 *	ring-not-in-order		2.7.5.2, 2.7.5.3.1 goes on
 *	ring-avail-flags		2.7.7.1		goes on; told once
 *	ring-used-flags			2.7.10.1	goes on; told once
 *
 * What the last two look at the device does not read for its own sake, so it
 * is looked at without being seen.
 */
enum vring_result vring_take(const struct boundary_port *port,
    struct vring *vr, struct vring_chain *out);

/*
 * Appends all device-readable bytes to out, in order, as the device sees them
 * now.  0; -1 with ERROR_LIMIT past VRING_CHAIN_BYTES_MAX; VRING_ABORTED.
 * Memory that is not there reads as the port says (0xff).
 */
int vring_chain_read(const struct boundary_port *port, const struct vring *vr,
    const struct vring_chain *c, struct bytes *out, struct error *err);

/*
 * Scatters n bytes over the device-writable part, from offset at on, as far as
 * that part goes.  Returns the offset behind the last byte that was written (at
 * least at), or VRING_ABORTED.
 */
long vring_chain_write(const struct boundary_port *port,
    const struct vring *vr, const struct vring_chain *c, size_t at,
    const uint8_t *src, size_t n);

/* Appends the first n bytes of the device-writable part, looking unseen. */
void vring_chain_peek(const struct boundary_port *port,
    const struct vring_chain *c, size_t n, struct bytes *out);

/*
 * Gives a chain back: the used entry, then the used index.  Chains that belong
 * together are given back at once: vring_fill() for each, nth from 0 on, then
 * one vring_flush().  0 or VRING_ABORTED.
 */
int vring_push(const struct boundary_port *port, struct vring *vr,
    const struct vring_chain *c, uint32_t len);
int vring_fill(const struct boundary_port *port, struct vring *vr,
    const struct vring_chain *c, uint32_t len, unsigned nth);
int vring_flush(const struct boundary_port *port, struct vring *vr,
    unsigned n, uint32_t ordinal);

/*
 * Whether the driver wants to hear of what was pushed since the last time
 * that this said yes (2.7.7.2): 1, 0 or VRING_ABORTED.  With EVENT_IDX the
 * first time after vring_init() is always yes, as in QEMU.
 */
int vring_should_interrupt(const struct boundary_port *port, struct vring *vr);

/*
 * How many chains are available that the device has not taken, looked at
 * without being seen: 0 too, if the ring is not in memory or makes no sense.
 */
unsigned vring_waiting(const struct boundary_port *port,
    const struct vring *vr);
/* 1 if the driver has made available what the device has not taken, whether the
   device could see it yet or not; and if nobody knows. */
int vring_published(const struct boundary_port *port,
    const struct vring *vr);
/* 1 if the device would not see what the driver has stored in avail.idx; and if
   nobody knows. */
int vring_in_flight(const struct boundary_port *port,
    const struct vring *vr);

/*
 * Asks for notifications, or says that none are needed (2.7.10.2): used.flags
 * or, with EVENT_IDX, avail_event.  0 or VRING_ABORTED.
 */
int vring_set_notify(const struct boundary_port *port, struct vring *vr,
    int on);

/*
 * Adds a ring as the device has it: where it is, its positions, what is in
 * flight.  An observer's has none: it stands beside a host whose state nobody
 * knows.
 */
void vring_state(const struct vring *vr, struct state *s);
/* Adds a chain that was taken. */
void vring_chain_state(const struct vring_chain *c, struct state *s);

/* ------------------------------------------------------------- observer */

/* A chain that the driver made available and the host still has. */
struct vring_flight {
	int busy;
	struct vring_chain chain;
};

/* {0}, then vring_observer_init(); vring_observer_free(). */
struct vring_observer {
	struct vring vr;		/* vr.used_idx: entries seen so far */
	struct vring_flight *flight;	/* by head, vr.size of them */
};

struct vring_observed {
	uint32_t ordinal;
	uint16_t head;
	uint32_t used_len;		/* as the used ring says */
	const struct vring_chain *chain; /* until the next call */
};

/* The observer starts at the rings' beginning (both indices 0). */
void vring_observer_init(struct vring_observer *o, const struct vring *vr);
void vring_observer_free(struct vring_observer *o);	/* {0} is fine */

/*
 * The next chain that was made available since the last call, and the bytes
 * that it lets the host read (appended to read).  Nothing is reported; a
 * chain that breaks a rule is VRING_BROKEN, and the observer then is at its
 * end.  *out is valid until the host gives the chain back.
 */
enum vring_result vring_observe_avail(const struct boundary_port *port,
    struct vring_observer *o, const struct vring_chain **out,
    struct bytes *read);

/*
 * The next chain that the host gave back since the last call, and the bytes
 * that it wrote: the first used_len of the writable part, as they are now
 * (appended to written).  1, 0 for none, -1 when the host's used ring makes
 * no sense (a head that it does not have).  Call vring_observe_avail() until
 * it is empty first, or a chain may not be known yet.
 */
int vring_observe_used(const struct boundary_port *port,
    struct vring_observer *o, struct vring_observed *out,
    struct bytes *written, struct error *err);

#endif

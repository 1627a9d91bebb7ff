/*
 * net_wire.h: the cable of a network device: what is at its other end, a
 * programmed peer (net_peer.h) or a recording of one.
 */
#ifndef VIOTAPE_NET_WIRE_H
#define VIOTAPE_NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

/* A frame for the guest; whole, with its checksums computed. */
struct net_wire_frame {
	const uint8_t *bytes;		/* until the next call of anything */
	size_t n;
	unsigned mss;			/* of the segments that it stands for;
					   0: it is one frame */
	uint8_t flags;			/* NET_HDR_F_* that the header is to
					   have, where that was negotiated */
	int pair;			/* of queues; -1: by its flow */
};

struct net_wire {
	void *self;
	/* From the guest, complete. */
	void (*take)(void *self, const uint8_t *frame, size_t n);
	/*
	 * The next one for the guest: 1, or 0.  An mtu counts bytes of IP;
	 * large is how many one frame of segments may have, or 0.  idle: the
	 * guest does nothing any more unless it hears something.
	 */
	int (*next)(void *self, unsigned mtu, unsigned large, int idle,
	    struct net_wire_frame *out);
	/* Whether next would give one. */
	int (*pending)(const void *self, int idle);
	/* Frames to an address, by a step of a scenario. */
	void (*send)(void *self, const uint8_t mac[6], unsigned count,
	    unsigned size);
	/* One frame, by a step; copied. */
	void (*frame)(void *self, const uint8_t *bytes, size_t n);
	/*
	 * What a control command of n bytes is answered, where the device
	 * would answer own.  NULL: that.
	 */
	unsigned (*acked)(void *self, const uint8_t *command, size_t n,
	    unsigned own);
	void (*close)(void *self);
	/* Adds what this end's future depends on. */
	void (*state)(const void *self, struct state *s);
};

#endif

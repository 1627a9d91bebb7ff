/*
 * virtio_core.h: a built-in virtio device behind some transport: queues, work,
 * reset, features, pending chains, and which interrupt is wanted.
 *
 *	port ◄── DMA ── virtio_core ── struct virtio_device
 *	driver ── register access ─► transport ─► virtio_core
 *	port ◄── interrupts ── transport ◄── virtio_core
 *
 * A notification only marks its queue; the work is done by
 * virtio_core_step(), one chain a call, so that the caller decides when a
 * host takes its next step.  Registers are answered by the transport, out of
 * the core's struct virtio_state, which also judges the driver.
 *
 * Behaviour beyond the specification is QEMU 7.2's, as measured: a broken ring
 * sets DEVICE_NEEDS_RESET, the interrupt status says 3 for a configuration
 * change, the selectors and driver_feature survive a reset.  One difference,
 * on purpose: FEATURES_OK is withheld when the accepted features are no
 * subset of the offered ones or lack VERSION_1 (2.2.2, 6.2), where QEMU
 * ignores the bits.
 *
 * A transport has a struct virtio_core as its first part, makes it by
 * virtio_core_init(), and tells it what was written.  Users take the core from
 * the transport that they made (virtio_pci_device_core() ...) and need not
 * know which it was.
 */
#ifndef VIOTAPE_VIRTIO_CORE_H
#define VIOTAPE_VIRTIO_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bytes.h"
#include "error.h"
#include "state.h"
#include "virtio_device.h"
#include "virtio_state.h"

#define VIRTIO_CORE_CONFIG	(-1)	/* instead of a queue's number */
/* No driver leaves a chain so long without a notification on purpose. */
#define VIRTIO_NOTIFY_PATIENCE_NS	UINT64_C(1000000000)

struct virtio_core;

/* self is the transport's own. */
struct virtio_transport_ops {
	/* Register accesses of the device's own address; value fits in size. */
	uint64_t (*read)(void *self, enum boundary_region region,
	    uint32_t offset, unsigned size);
	void (*write)(void *self, enum boundary_region region,
	    uint32_t offset, unsigned size, uint64_t value);
	/* An interrupt is wanted (core->isr is set already) for a queue, or
	   for VIRTIO_CORE_CONFIG. */
	void (*interrupt)(void *self, int queue);
	/* After a reset: nothing is pending any more. */
	void (*quiet)(void *self);
	/* Whether the device may reach memory; NULL: always. */
	int (*may_work)(const void *self);
	/* Frees the transport, by virtio_core_end() its core. */
	void (*free)(void *self);
	/* Adds the transport's own state. */
	void (*state)(const void *self, struct state *s);
};

/* A request that the device answers later. */
struct virtio_core_pending {
	struct virtio_core_pending *next;
	struct vring_chain chain;
};

struct virtio_core_queue {
	struct vring vr;
	uint8_t ring_valid;		/* vr is in use since the reset: a
					   chain was there */
	uint8_t notified;
	uint8_t unnotified_told;
	uint64_t unnotified_ns;		/* when a chain was first seen that
					   nobody told of; 0: none is */
	struct virtio_core_pending *pending;	/* oldest first */
};

struct virtio_core {
	const struct boundary_port *port;
	const struct virtio_transport_ops *ops;
	void *self;
	struct virtio_device device;
	struct virtio_state st;
	struct virtio_core_queue queue[VIRTIO_QUEUES_MAX];
	struct vring_chain chain;	/* memory for the one being served */
	struct bytes request, response;
	uint64_t now_ns;		/* as virtio_core_time() was told */
	uint8_t isr;			/* bit 0 a queue, bit 1 configuration */
	uint8_t broken;			/* no more work until a reset */
	uint8_t hears_early;		/* virtio_core_hear_early() */
};

/* ------------------------------------------------------- for transports */

/* device is copied, its self is freed by close.  port is not owned. */
void virtio_core_init(struct virtio_core *c, const struct boundary_port *port,
    enum virtio_bus bus, uint16_t address, const struct virtio_device *device,
    const struct virtio_transport_ops *ops, void *self);
/* Frees what it holds, the device too (by close). */
void virtio_core_end(struct virtio_core *c);

/* After the state has taken a write of the status, which was before. */
void virtio_core_status_written(struct virtio_core *c, uint8_t before,
    uint8_t value);
/* A queue was notified; one that is not there is ignored. */
void virtio_core_notified(struct virtio_core *c, int queue);
/* A queue alone was reset, or stopped: its ring and chains are forgotten. */
void virtio_core_queue_dropped(struct virtio_core *c, unsigned queue);
/* Device configuration; out of its bounds all ones, or lost. */
uint64_t virtio_core_config_read(struct virtio_core *c, uint32_t offset,
    unsigned size);
void virtio_core_config_write(struct virtio_core *c, uint32_t offset,
    unsigned size, uint64_t value);

/* ------------------------------------------------------------ for users */

/*
 * Serves one chain of one notified queue, the lowest numbered first: 1; 0
 * when there is nothing to do; -1 when the machine aborted or a limit was
 * reached (err says which).
 */
int virtio_core_step(struct virtio_core *c, struct error *err);

/*
 * Answers a request that was left for LATER.  0; or -1: no such request (it
 * went with a reset), or the machine aborted.
 */
int virtio_core_complete(struct virtio_core *c, unsigned queue,
    uint32_t ordinal, const uint8_t *response, size_t n, struct error *err);

/* One of several answers. */
struct virtio_answer {
	uint32_t ordinal;
	const uint8_t *bytes;
	size_t n;
};

/*
 * The same for requests that are answered together: the driver sees all of
 * them given back or none, and is interrupted once.
 */
int virtio_core_complete_all(struct virtio_core *c, unsigned queue,
    const struct virtio_answer *answers, unsigned n, struct error *err);

/*
 * The guest's time has come to ns.  Told to port->protocol_broken, here and
 * when all stands still (HAPPEN_STILL):
 *
 *	ring-not-notified	2.7.10.1	a chain is available, and the
 *						device, which asked for it,
 *						was not notified
 */
void virtio_core_time(struct virtio_core *c, uint64_t ns);

/* The device configuration has changed: generation, interrupt (2.5). */
void virtio_core_config_changed(struct virtio_core *c);
/*
 * The device cannot go on (2.1.2): DEVICE_NEEDS_RESET, an interrupt when the
 * driver is ready for one, no more work until it is reset.
 */
void virtio_core_needs_reset(struct virtio_core *c);
/* See struct boundary_host_ops. */
enum boundary_busy virtio_core_busy(const struct virtio_core *c);
void virtio_core_waits(struct virtio_core *c);
/* Looks at every queue in the next steps, notified or not. */
void virtio_core_look(struct virtio_core *c);

/* As happen of struct boundary_host_ops. */
int virtio_core_happen(struct virtio_core *c,
    const struct boundary_happening *h);

/* A register access, as in struct boundary_host_ops; never fails. */
uint64_t virtio_core_read(struct virtio_core *c, enum boundary_region region,
    uint32_t offset, unsigned size);
void virtio_core_write(struct virtio_core *c, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value);

/*
 * Whether it judges the driver itself (it does at first).  Off, when a struct
 * virtio_state in front of the host does; rings and requests are judged all
 * the same.
 */
void virtio_core_judge(struct virtio_core *c, int on);
/*
 * It hears a notification before DRIVER_OK, which it must not (2.1.2), and QEMU
 * does; the driver, who must not send one, is told all the same.
 */
void virtio_core_hear_early(struct virtio_core *c);

/* Adds what its future depends on: of the core, of its transport (the state
   of it), and of the device behind. */
void virtio_core_state_add(const struct virtio_core *c, struct state *s);

/* What the driver has told it; for reports, names and tests. */
struct virtio_state *virtio_core_state(struct virtio_core *c);

void virtio_core_free(struct virtio_core *c);	/* NULL is fine */

/* Whether an access is one of this device's. */
int virtio_core_is_at(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region);
/* An access of what is not there: no function, or an empty window. */
uint64_t virtio_core_absent_read(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region, uint32_t offset, unsigned size);
void virtio_core_absent_write(const struct virtio_core *c, uint16_t bdf,
    enum boundary_region region, uint32_t offset);

/*
 * The device as a host of its own, named "builtin": every other function
 * reads as all ones, every other window is empty.  The host owns the device and its transport; close frees
 * them.
 */
struct boundary_host virtio_core_host(struct virtio_core *c);

#endif

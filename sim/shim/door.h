/*
 * door.h: the host's side of hypercall.h: each call handed to the machine.
 *
 * One door is open at a time: hypercalls carry no context of their own.
 */
#ifndef VIOTAPE_DOOR_H
#define VIOTAPE_DOOR_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "callpath.h"
#include "door_taken.h"
#include "guest.h"
#include "hypercall.h"
#include "machine.h"
#include "mutant.h"
#include "state.h"

#define DOOR_DMESG_MAX	(1u << 20)	/* bytes kept */

/* What a run wants to know of the guest beyond the machine. */
struct door_events {
	void (*panic)(void *self, const char *text);
	void (*unmodelled)(void *self, const char *function);
	void (*rule_broken)(void *self, const char *id, const char *text);
	/* The driver gives work to more than one CPU. */
	void (*spread)(void *self);
	/* An access to memory that neither guest nor host has; the run ends. */
	void (*fault)(void *self, uint64_t va, size_t size, unsigned kind,
	    const void *pc);
	/*
	 * A driver's mmap gave pa, which is no memory; answer is the path of
	 * the place that it came from.
	 */
	void (*user_map_nowhere)(void *self, uint64_t pa, callpath_id answer);
	void (*console_geometry)(void *self, unsigned rows, unsigned columns,
	    unsigned x, unsigned y);
	/*
	 * Of network interfaces, as in hypercall.h; each may be NULL.  Bytes
	 * and state are valid during the call.
	 */
	void (*net_frame)(void *self, unsigned dir, unsigned queue,
	    const uint8_t *bytes, size_t len, uint32_t flags, uint32_t mss);
	void (*net_state)(void *self, const char *name,
	    const struct hc_net_state *state);
	void (*net_content)(void *self, const uint8_t *bytes, size_t len);
	/* An item of a pool that nobody gave back: who took it. */
	void (*pool_leak)(void *self, uint64_t size, callpath_id taken);
};

/* One allocation of malloc(9), or one item of a pool(9), whose type is 0. */
struct door_kmem {
	uint64_t va, size;
	uint32_t type;
	int live;
	callpath_id path, freed;
	uint32_t owner;			/* see door_owner */
	int softc;			/* of a device that is attached */
	int part;			/* HC_M_KERNEL */
};

struct door;

struct door *door_open(struct machine *m, struct guest *g,
    const struct door_events *events, void *self);
/* From now on keeps what door_stack_state() wants; costs a little. */
void door_capture(struct door *d);
/* If a driver runs: whether it has accessed anything, be it in the window or one of
   its own variables, since this was asked last, counts for rule R3. */
void door_accesses(struct door *d);
/* The stack is kept from here, within a call through the door. */
void door_stack_here(const struct door *d);
/* Registers and stack of the guest at its latest access, which is where a point
   of the exploration lies; or where door_stack_here() was. */
void door_stack_state(const struct door *d, struct state *s);
void door_close(struct door *d);	/* NULL is allowed */
/*
 * Before the guest runs: what is changed of it, and where its sites go; each
 * may be NULL, and is kept until the door is closed.
 */
void door_mutate(struct door *d, const struct mutant *m,
    struct mutant_sites *sites);
uint64_t door_mutant_hits(const struct door *d);	/* calls changed */

const struct guest_entry *door_guest(const struct door *d);
/* What the guest's kernel printed so far. */
const struct bytes *door_dmesg(const struct door *d);
/* The latest allocation or item of a pool that holds va, live or not, or NULL. */
const struct door_kmem *door_kmem_at(const struct door *d, uint64_t va);
size_t door_kmem_live(const struct door *d);	/* allocations of malloc(9) */
/* The nth live allocation (from 0), or NULL. */
const struct door_kmem *door_kmem_nth(const struct door *d, size_t n);
/*
 * Whose attach function runs: devices are numbered from 1 as their attach
 * functions begin, 0 is nobody's.
 */
uint32_t door_owner(const struct door *d);
/* How often the kernel lock was taken so far. */
uint64_t door_kernel_takes(const struct door *d);
/* The nth item of a pool that is in use (from 0), or NULL. */
const struct door_kmem *door_pool_nth(const struct door *d, size_t n);
/*
 * The boot is over: what is taken while no attach function runs is from now
 * on DOOR_OWNER_LATER's, not nobody's.
 */
#define DOOR_OWNER_LATER UINT32_MAX
void door_booted(struct door *d);
/* What else was taken and not given back; a timer may have fired since. */
const struct door_takings *door_takings(const struct door *d);
/* Who sleeps; CALLPATH_NONE: nobody. */
callpath_id door_sleeper(const struct door *d);
/* Adds what was given to the guest and taken back, its locks, and its static
   data; its other memory is memory's. */
void door_state(const struct door *d, struct state *s);

#endif

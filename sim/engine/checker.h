/*
 * checker.h: predictive analysis in one pass: which stores could go stale,
 * which loads could be early, which addresses are not a device's.
 *
 * The checkers see what crosses the boundary and what bus_dma(9) was asked;
 * they know no driver.  They judge by the shadow of memory (mem.h): a byte
 * that the CPU stored and no PREWRITE covered since, read by a device as part
 * of a request, is a fault of the driver wherever it runs.  Whether it is
 * fatal here is not asked of a table: it is fatal when the device's view of
 * that byte differs from the CPU's at that moment, and latent when not.
 */
#ifndef VIOTAPE_CHECKER_H
#define VIOTAPE_CHECKER_H

#include <stdint.h>

#include "door.h"
#include "finding.h"
#include "machine.h"
#include "state.h"
#include "vring.h"

struct checker;

/* Findings go to f; event is where the number of the present event stands. */
struct checker *checker_create(struct findings *f, const uint64_t *event);
void checker_destroy(struct checker *c);
/* Both outlive the checker; before the guest runs. */
void checker_attach(struct checker *c, struct machine *m, struct door *d);

/*
 * Adds what future findings depend on: whose bytes are, what was published and
 * how the stores since then lie to it.  Of findings already told only what
 * keeps another one from being told.
 */
void checker_state(const struct checker *c, struct state *s);

/* As in struct machine_events and its mem. */
void checker_dma(struct checker *c, const struct machine_dma *a);
void checker_held(struct checker *c, const struct machine_dma *a);
void checker_chain_used(struct checker *c, uint16_t queue, uint32_t ordinal);
void checker_dma_rule(struct checker *c, const char *id, int fatal,
    const struct bus_map *map, const char *text);
void checker_unloading(struct checker *c, const struct bus_map *map,
    const char *call);
/* The same map has the rings of a queue that the device may look at. */
void checker_unloading_rings(struct checker *c, const struct bus_map *map,
    unsigned queue, const char *call);
/* A load was given what a device has overwritten (rule J23). */
void checker_old_load(struct checker *c, uint64_t pa, uint64_t size,
    const void *pc);
/* A device wrote what a load before its cause may give, too (rule J24): 1 if
   that matters. */
int checker_late_load(struct checker *c, const struct overtaken_load *load);
/* A handler's access at pc, which could have come between two (rule R2). */
void checker_between(struct checker *c, const void *pc,
    const struct between_pair *pair);
void checker_stale_load(struct checker *c, uint64_t pa, uint64_t size,
    const void *pc);
/* Rule R1. */
void checker_data_race(struct checker *c, size_t size, unsigned kind,
    const void *pc, const struct race_other *other);
void checker_posted_access(struct checker *c, uint64_t pa, uint64_t size,
    unsigned kind, const void *pc);
void checker_used_index_load(struct checker *c, uint64_t pa, const void *pc);
void checker_mismatched_load(struct checker *c, uint64_t pa, uint64_t size,
    const void *pc);
void checker_bad_access(struct checker *c, enum mem_bad why, uint64_t va,
    uint64_t size, unsigned kind, const void *pc);
void checker_protocol(struct checker *c, const char *id, const char *section,
    const char *text);
void checker_reg_unclaimed(struct checker *c, uint64_t pa, unsigned size,
    int write);
void checker_user_map_nowhere(struct checker *c, uint64_t pa,
    callpath_id answer);
/*
 * The device may look at this queue from now on (DRIVER_OK); vr says where its
 * rings are.
 */
void checker_queue_ready(struct checker *c, const struct vring *vr);
/* A store to a ready queue's avail.idx, as mem_events.range_store tells it. */
void checker_avail_index_store(struct checker *c, uint16_t queue, int visible,
    const void *pc);
/* n bytes at home, seen by the device at view, are about to be synced. */
void checker_syncing(struct checker *c, const struct bus_map *map,
    uint64_t home, uint64_t view, uint64_t n, uint32_t ops);
/* A sync copied [offset, offset + len) of a map to where the device looks. */
void checker_avail_synced(struct checker *c, const struct bus_map *map,
    uint64_t offset, uint64_t len);
/* A sync of what the device wrote is done. */
void checker_used_synced(struct checker *c);
/* The device was reset: it owns nothing any more. */
void checker_reset(struct checker *c);
/*
 * A device was given up, or detached: what its driver and those attached after
 * it (owner numbers from owner on) took and did not give back; after a detach
 * also what was taken since the boot while no attach function ran.
 */
void checker_leaks(struct checker *c, uint32_t owner, int detached);
/* Detached, and the device goes on: device_status is status. */
void checker_device_live(struct checker *c, unsigned status);
/* At the end of a run in which a step failed on purpose: says so. */
void checker_failed_note(struct checker *c);
/* An mbuf or cluster of size bytes is kept when no driver is attached. */
void checker_mbuf_leak(struct checker *c, uint64_t size, callpath_id taken);
/* A rule of the kernel, at the present place. */
void checker_rule(struct checker *c, const char *id, const char *text);
/*
 * The host asked for a reset and the driver made none, which it only SHOULD:
 * latent, whatever follows (a kind and a sentence, or NULL).
 */
void checker_reset_ignored(struct checker *c, const char *id,
    const char *follows);
/* The display's event was never cleared, which nobody has to: latent. */
void checker_event_left(struct checker *c);
/*
 * What went wrong with the run as a whole: a finding of its own, or a
 * consequence of the fatal one that came before it.
 */
void checker_consequence(struct checker *c, const char *id, const char *text);
/* The same of what a transport read there, for the driver that asked it. */
void checker_consequence_at(struct checker *c, const char *id,
    const char *text, callpath_id where);
/* The same of a packet: where there is no cause, the place is the caller, or
   who told the host to look last. */
void checker_packet(struct checker *c, const char *id, const char *text);

#endif

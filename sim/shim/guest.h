/*
 * guest.h: one built guest (the driver under test and its kernel shim, a
 * shared object): loading it, and putting its data back before each run.
 *
 * The same file loaded twice is one module: a guest is loaded once and reset.
 */
#ifndef VIOTAPE_GUEST_H
#define VIOTAPE_GUEST_H

#include <stdint.h>

#include "error.h"
#include "hypercall.h"
#include "state.h"

struct guest;

/* ERROR_BUILD: it cannot be loaded, or speaks another version of the door. */
struct guest *guest_load(const char *path, struct error *err);
void guest_unload(struct guest *g);	/* NULL is allowed */

/* Its data as it was when it was loaded. */
void guest_reset(struct guest *g);
/* Resets it and hands it the door; once a run. */
const struct guest_entry *guest_enter(struct guest *g,
    const struct hypercall *calls);
/* Adds its data as it is now. */
void guest_state(const struct guest *g, struct state *s);
/* Its data is to be put back with snapshots (snapshot.h). */
void guest_track(const struct guest *g);
/* What to subtract from an address in it to get an address of its file. */
uint64_t guest_base(const struct guest *g);
/* Bytes from there to the end of its data, which lies behind its code. */
uint64_t guest_size(const struct guest *g);
const char *guest_path(const struct guest *g);

#endif

/*
 * explore_run.h: what a run tells its explorer; run*.c alone include it.
 */
#ifndef VIOTAPE_EXPLORE_RUN_H
#define VIOTAPE_EXPLORE_RUN_H

#include "choice.h"
#include "machine.h"
#include "state.h"

struct explore;
struct run;

/* The run begins: its choices are asked of the explorer from now on. */
void explore_begin(struct explore *x, struct run *r);
/*
 * A window ends here and the next begins: the driver is about to store
 * avail.idx, or a step of the scenario is about to be taken.  May not return.
 */
void explore_point(struct explore *x);
/*
 * A choice of this kind may be asked next; where tells it from others, such as
 * the address of the used.idx that is about to be loaded.  May not return.
 */
void explore_meet(struct explore *x, enum choice_kind kind, uint64_t where);
/* What comes from here on was gone in another order of CPUs.  The same. */
void explore_known(struct explore *x);
/* Whether choices of this kind are tried. */
int explore_tries(const struct explore *x, enum choice_kind kind);
/* The same of several CPUs, now or when it is known what blocks touch. */
int explore_tries_cpus(const struct explore *x);
/* Whether accesses of two CPUs are compared. */
int explore_compares(const struct explore *x);
/* The host is about to access memory. */
void explore_dma(struct explore *x, const struct machine_dma *a);
/* Whether this is the plain run, whose digest counts. */
int explore_is_plain(const struct explore *x);
/* Nothing of the guest runs any more.  The same. */
void explore_end(struct explore *x);
/* All that the run's future depends on; explore_state.c. */
void explore_state(struct run *r, struct state *s);
/*
 * Of it what lies on the host's side of the boundary, or could be read from
 * there, and the scenario's place: what a certificate names.  Explored states
 * that differ in the guest's own data alone are one here; so it does not depend
 * on who compiled the guest.
 */
void explore_end_state(struct run *r, struct state *s);
/* What it has met that is not looked at, as bits of enum explore_gap. */
uint32_t run_gaps(const struct run *r);

#endif

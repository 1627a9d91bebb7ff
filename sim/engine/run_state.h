/*
 * run_state.h: one run as it goes, shared by run.c (passes and results),
 * run_events.c (what machine and door tell), run_steps.c (the scenario) and
 * run_whole.c (its state).  Nobody else includes it.
 */
#ifndef VIOTAPE_RUN_STATE_H
#define VIOTAPE_RUN_STATE_H

#include "checker.h"
#include "door.h"
#include "net_oracle.h"
#include "run.h"
#include "state.h"
#include "virtio_watch.h"

#define RUN_WATCH_MAX	64u

struct run {
	const struct run_config *config;
	struct run_result *result;
	struct machine *machine;
	struct door *door;
	struct checker *checker;
	struct display_oracle *oracle;
	struct net_oracle *net;		/* NULL: not a network scenario */
	const struct guest_entry *entry;
	struct digest digest;
	struct error *err;
	uint32_t gaps;			/* of enum explore_gap, that it met */
	int unlocked;			/* code ran without the kernel lock */
	int spread;			/* the driver counts on several CPUs */
	int failed;			/* err is set: no result */
	int ended;			/* early, by a panic or the like */
	/* 0 the boot, n the nth step, one more the end, two more the way out
	   of a run in which something failed on purpose. */
	size_t step_index;
	/* Something had failed so when the step began; in an attach. */
	int had_failed, attaching;
	/* The step that the guest's process takes. */
	const struct scenario_step *step;
	hc_u32 step_op;			/* enum hc_op */
	int step_error;
	/* What the driver tells the device, to see whether it gave up. */
	struct virtio_watch told;
	int was_live;			/* DRIVER_OK was set, once */
	uint64_t accepted;		/* features that ever were */
	/* Where the driver read that FEATURES_OK was refused, while the device
	   is not ready; or CALLPATH_NONE. */
	callpath_id refused;
	/* The transport's owner number, door_owner(): who used registers
	   first; or only configuration space, while that is nobody. */
	uint32_t transport, configurer;
	/* What the host said by a step, until the driver did something. */
	int reset_wanted;		/* by needs-reset, when told.st.resets */
	uint32_t reset_wanted_at;	/* ... was this */
	int event_wanted;		/* by resize: events_clear not written */
	/* Of the chain that was taken last. */
	struct event_descriptor *descriptors;
	unsigned ndescriptors;
	uint64_t watch[RUN_WATCH_MAX];
	size_t nwatch;
	/* Of a run that confirms a latent finding: where, and the digest of
	   its chain as the host took it now; 0: it never did. */
	const struct finding_confirm *confirming;
	uint64_t confirmed;
};

/* What a machine and a door of a run tell; self is the struct run. */
extern const struct machine_events run_machine_events;
extern const struct door_events run_door_events;

/* One recorded fact: digested, given to config->event, counted. */
void run_record(struct run *r, const struct event *e);

/* A finding that ends the run, by config->until_found. */
int run_has_found(const struct run *r);

/* The host wants a reset, and the device was not made ready again since. */
int run_reset_missing(const struct run *r);
/* In a run in which a step is to fail on purpose: it did. */
int run_has_failed(const struct run *r);
/* As checker_consequence(); or of the reset that the driver did not make. */
void run_consequence(struct run *r, const char *id, const char *text);
/* What the packets' oracle tells. */
void run_packet(void *self, const char *id, const char *text);
/* A divergence from the recording, or why a run ends: each text once. */
void run_note(struct run *r, const char *text);

/* Boot, then the scenario's steps, until the run ends. */
void run_play(struct run *r);
/*
 * Adds all that the future of the run depends on, but for the stacks of its
 * contexts (sched_stacks()).  The host has to have a state
 * (machine_host_has_state()).
 */
void run_state(struct run *r, struct state *s);

#endif

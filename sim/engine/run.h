/*
 * run.h: one run: a guest on a machine with a host, asked what a scenario
 * asks.  A run is a function of (driver, scenario, machine, host, choices).
 *
 * run_execute does it twice when a finding concerns a store: the second run,
 * the same in everything, is there to see who called when that store was made.
 */
#ifndef VIOTAPE_RUN_H
#define VIOTAPE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "callpath.h"
#include "digest.h"
#include "display_oracle.h"
#include "error.h"
#include "event.h"
#include "finding.h"
#include "guest.h"
#include "machine.h"
#include "mutant.h"
#include "picture_memo.h"
#include "scenario.h"
#include "stop.h"

#define RUN_NOTES_MAX	200u		/* divergences kept */

/*
 * Faults whose callers are known from an earlier run, so that many runs of one
 * guest need a second one only where there is news.  {0} is none.
 */
struct run_seen {
	uint64_t *list;
	size_t n;
};

void run_seen_free(struct run_seen *s);

struct explore;

/* Which finding ends a run: none, a fatal one, any. */
enum run_until { RUN_TO_END, RUN_UNTIL_FATAL, RUN_UNTIL_FINDING };

struct run_config {
	const struct machine_desc *desc;
	struct guest *guest;
	const struct scenario *scenario;
	/*
	 * Makes the host of a run, on its machine; called once a run.  -1 with
	 * err; the machine closes the host.
	 */
	int (*host)(void *self, struct machine *m, struct boundary_host *host,
	    struct error *err);
	/* Memory that the host needs as RAM, or NULL; asked before host. */
	uint8_t *(*ram)(void *self);
	void *self;
	int once;			/* a real host: never a second run */
	int no_callers;			/* nobody asks who made a store */
	struct run_seen *seen;		/* or NULL: always a second run */
	struct picture_memo *pictures;	/* or NULL: each is hashed */
	uint32_t choice_kinds;		/* choices that are not plain */
	enum choice_mode choice_mode;
	uint64_t choice_seed;
	/*
	 * The fail_at-th step that can fail (from 1: an allocation, a mapping,
	 * a request of the host ...) fails; the run then ends soon, with a
	 * detach, and asks how the driver finds its way out.  0: none fails.
	 */
	uint64_t fail_at;
	/* The machine's own order model; 0: sc, whatever it has (rule O1). */
	int ordered;
	/* With CHOICE_RECORDED: the answers to all choices of choice_kinds,
	   then 0; not copied. */
	const uint8_t *choices;
	size_t nchoices;
	struct explore *explore;	/* explore.h, or NULL */
	struct run_stop *stop;		/* for a debugger, or NULL */
	/* What the guest asks for and does not get, or NULL. */
	const struct mutant *mutant;
	/* Where the sites that the run came by are added, or NULL. */
	struct mutant_sites *sites;
	/* Each event as it happens, or NULL; -1 ends the run with err. */
	int (*event)(void *self, const struct event *e, struct error *err);
	/* Each bus_dmamap_sync(9), when it is done, or NULL. */
	void (*synced)(void *self, const struct bus_map *map, uint64_t offset,
	    uint64_t len, uint32_t ops);
	/* An expect step was judged, or NULL. */
	void (*expected)(void *self, unsigned step,
	    const struct display_compare *c);
	/* An interface came, went or changed, or NULL. */
	void (*net_state)(void *self, const struct hc_net_state *state);
	/* After event number until (0: never) the run ends. */
	uint64_t until;
	/*
	 * ... and at the first event after a finding in which the host does
	 * not serve a request; no confirming then.
	 */
	enum run_until until_found;
	/* A real host's own picture for expect, or NULL. -1: none. */
	int (*host_picture)(void *self, struct bytes *bgrx, unsigned *width,
	    unsigned *height, struct error *err);
};

enum run_verdict { RUN_HOLDS, RUN_HOLDS_BOUNDED, RUN_FAILS, RUN_UNKNOWN };

#define RUN_UNKNOWN_MAX	256u

struct run_result {
	enum run_verdict verdict;
	struct findings findings;
	struct callpaths *paths;	/* what findings' paths mean */
	char *notes[RUN_NOTES_MAX];	/* divergences from the recording */
	size_t nnotes;
	uint64_t nnotes_dropped;
	uint64_t events, stores;
	uint64_t allocations;		/* steps that could have failed */
	uint64_t mutant_hits;		/* calls that the mutant changed */
	uint64_t time_ns;		/* virtual, at the end */
	struct bytes dmesg;
	uint8_t digest[DIGEST_SIZE];	/* events, pictures, findings */
	size_t pictures;		/* expect steps that were judged */
	uint64_t packets_sent, packets_received; /* that arrived */
	int stopped;			/* ended at until, or until_found */
	const char *declined;		/* why the guest rightly left the
					   device alone, or NULL */
	char unknown[RUN_UNKNOWN_MAX];	/* why the verdict is UNKNOWN */
	/* Run's own: the findings whose stores a second run watches. */
	struct findings *watched;
};

/*
 * A finding's identity among all runs of one guest: id, severity, place.  Paths
 * are those of the result that has it.
 */
uint64_t run_finding_identity(const struct callpaths *paths,
    const struct finding *f);
/* -1: no run could be had (memory, host); result is then empty. */
int run_execute(const struct run_config *config, struct run_result *result,
    struct error *err);
void run_result_free(struct run_result *r);
const char *run_verdict_name(enum run_verdict v);

#endif

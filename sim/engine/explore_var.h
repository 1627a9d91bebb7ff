/*
 * explore_var.h: the inside of the explorer, for explore.c (ways, and in which
 * order they are gone), explore_tells.c (what the run that goes them says) and
 * explore_seen.c (states).
 */
#ifndef VIOTAPE_EXPLORE_VAR_H
#define VIOTAPE_EXPLORE_VAR_H

#include "blocks.h"
#include "explore.h"
#include "explore_queue.h"
#include "explore_run.h"
#include "explore_story.h"
#include "host.h"
#include "snapshot.h"

#define SEEN_MAX	(1u << 20)	/* states */
#define SEEN_SLOTS	(2 * SEEN_MAX)	/* a power of two */
/* One turn of a further kind comes after all of the usual ones. */
#define TURN_FURTHER	(UINT32_C(1) << 16)

/*
 * Different states, in the order in which they were found; memory that nobody
 * comes by is never there.
 */
struct seen {
	size_t n;
	int full;
	struct state list[SEEN_MAX];
	uint32_t slot[SEEN_SLOTS];	/* by hash: number from 1, or 0 */
};

struct picks {
	uint8_t *list;
	size_t n, max;
};

/* What a way knows of itself: put back with the run that goes it. */
struct way {
	struct picks path;		/* answers since the run began */
	int open;			/* inside of a window */
	int turned;			/* in it an answer was not 0 */
	uint32_t turns;			/* see explore_turns_to(); 0: the plain run */
	uint8_t latest[CHOICE_KINDS];	/* answers */
	enum choice_kind host_works;	/* the last choice that it works by */
	/* Where it came by within its window since it turned. */
	struct state *own;
	size_t nown, own_max;
};

/* Why a run stands still. */
enum told {
	BEGINS,				/* before the first choice of a window */
	CHOOSES,			/* between alternatives */
	ENDS,				/* at the end of one */
	MET,				/* where another way was */
	OVER,				/* nothing of the guest runs any more */
	GONE				/* nor anything else */
};

/*
 * The run has a stack of its own, the explorer this process's.  One of them
 * goes on at a time.  All that the run has is put back with snapshots; nothing
 * of this is.
 */
struct explore {
	const struct explore_config *config;
	const struct explore_way *again;	/* the way to be gone, or NULL */
	struct explore_story story;		/* of again */
	struct run *run;
	struct run_config run_config;
	struct run_result *result;
	struct error *err;
	int failed;			/* err is set */
	struct way *way;		/* in the run's memory */
	struct host_fiber *self, *runner;	/* this, and who began the run */
	struct host_fiber *at;		/* of the run, what stands still */
	enum told told;
	int known;			/* ENDS in a state that is no news */
	enum choice_kind kind;		/* CHOOSES between so many */
	unsigned alternatives;
	uint8_t picks_of[256];		/* what is picked by each of them */
	/* Where this way began, and its answers since then to what is tried;
	   of those it has been told so many. */
	struct place base;
	struct picks picks;
	size_t told_picks;
	uint64_t base_work;		/* mem_work() at base */
	uint64_t since;			/* events, where this way parted */
	uint32_t gaps;			/* of enum explore_gap */
	int unlocked;			/* see explore_result */
	uint32_t untried;		/* kinds, that were asked for */
	uint32_t kinds, config_kinds;	/* that are tried now, and in the end */
	struct blocks *blocks;		/* of contexts, or NULL (rule K3) */
	int probe;			/* a way through a window is gone */
	int plainly;			/* nothing is explored any more */
	struct place plain;		/* how far the plain run has come */
	struct explore_queue queue;
	const struct snapshot *stands;	/* memory is what it was then, or NULL */
	uint64_t *window_ways;		/* of each window, by number */
	size_t nwindows, windows_max;
	uint32_t window;		/* the one that is gone through */
	struct explore_counts counts;
	int leaves_out, looked;		/* copies (rule X7); at one that was */
	int capped, found, mutant_hit;
	uint32_t turns_left;		/* of what was not explored, the least */
	char unknown[RUN_UNKNOWN_MAX];
	struct seen *seen;
	struct seen *ends;		/* explore_end_state() of windows */
	struct explore_way *ways;
	size_t nways;
};

/* explore_seen.c; 1 if it is news; a full table takes nothing more, and the
   result says so. */
int explore_seen_add(struct seen *s, struct state state);
/* The digest of all of them, and how many, into result. */
void explore_ends_done(const struct seen *ends,
    struct explore_result *result);

/* explore_tells.c */
void explore_picks_add(struct picks *p, uint8_t pick);
/* How often a way has turned when it answers so. */
uint32_t explore_turns_to(const struct way *w, enum choice_kind kind,
    unsigned pick);
/* Of the run, from its beginning. */
uint64_t explore_work_so_far(const struct explore *x);

/* explore.c; of a run that stands still: what is known of all of them. */
void explore_run_tell(struct explore *x);

#endif

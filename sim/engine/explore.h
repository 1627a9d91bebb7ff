/*
 * explore.h: every behaviour of a guest over one trace on one machine.
 *
 * A run asks for choices (choice.h): when the host works, which buffered stores
 * it sees, how old a load is.  A window begins at the first choice after a
 * point, and ends at the next point: a store of avail.idx, a step of the
 * scenario.  Each way through it is gone, from where it parts from another one
 * (snapshot.h), and the states at its end are compared (state.h).
 * Where they are equal the ways have become one, and the exploration goes on
 * from there once.  Ways that turn less often, which is to answer otherwise than
 * the plain run and than before, are gone first: so what is found first turns
 * least, and what was not explored for want of work has a measure.  A way turns
 * no more often than it has answers other than 0, and one that goes on for others
 * turned no more often than they: so all with fewer were gone.  The cost is a sum
 * over windows and not a product; and the proofs of the windows compose, because
 * the future of a run depends on its state alone (decisions/0019).
 */
#ifndef VIOTAPE_EXPLORE_H
#define VIOTAPE_EXPLORE_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "error.h"
#include "run.h"
#include "state.h"

/* All kinds of choices that an exploration asks for. */
#define EXPLORE_KINDS (1u << CHOICE_HOST_STEP | 1u << CHOICE_HOST_LOOK |	\
    1u << CHOICE_HOST_LATE | 1u << CHOICE_ORDER_LOOK |			\
    1u << CHOICE_ORDER_AGE | 1u << CHOICE_HOST_DRAIN |			\
    1u << CHOICE_CACHE_EVICT | 1u << CHOICE_CACHE_FILL |		\
    1u << CHOICE_HOST_PAUSE | 1u << CHOICE_ARRIVAL |			\
    1u << CHOICE_TIMER | 1u << CHOICE_CPU)
/* When something happens, and nothing else: the further kinds.  All ways without
   them are gone before any with. */
#define EXPLORE_FURTHER	(1u << CHOICE_HOST_PAUSE | 1u << CHOICE_ARRIVAL |	\
    1u << CHOICE_TIMER)
#define EXPLORE_USUAL	(EXPLORE_KINDS & ~(EXPLORE_FURTHER | 1u << CHOICE_CPU))
/* Those that are tried unless more is asked for. */
#define EXPLORE_DEFAULT	(EXPLORE_USUAL | EXPLORE_FURTHER)

/* What may leave out behaviours of a trace on a machine; MODEL.md, section 10. */
enum explore_gap {
	GAP_INTERRUPTS, GAP_PAUSES, GAP_TIMERS,	/* further kinds, not tried */
	GAP_SECOND_CPU,			/* of machines that have several, nor
					   CHOICE_CPU */
	GAP_CPUS,			/* more at once than CPUs that are tried */
	GAP_BETWEEN,			/* rule R2 was broken */
	GAP_OVERTAKEN,			/* rule J24 was */
	GAP_LINES,			/* fates of lines that C6 does not ask for */
	GAP_TIME,			/* rule X1 may have decided something */
	GAP_IMPORT,			/* what a trace does not hold */
	EXPLORE_GAPS
};
/* "interrupts", for programs; and for people, behind "bound of the model: ". */
const char *explore_gap_name(enum explore_gap gap);
const char *explore_gap_text(enum explore_gap gap);

/* One way to a finding: the answers to the choices from the run's start. */
struct explore_way {
	uint64_t identity;		/* run_finding_identity() */
	const char *finding;		/* its id where identity is of another
					   build of the guest, or NULL */
	uint8_t *choices;
	size_t nchoices;
	size_t taken;			/* choices that are not 0 */
};

struct explore_counts {
	uint64_t executions;		/* ways through a window */
	uint64_t windows;		/* from one state each */
	uint64_t states;		/* different ones, at ends of windows */
	uint64_t merged;		/* ways that ended in a known one */
	uint64_t wide;			/* the most ways of one window */
	uint64_t choices;		/* that were asked */
	/* Of a cut exploration: all ways were gone with fewer answers other
	   than 0 of further kinds; and of those with so many all with fewer
	   of the usual ones. */
	uint64_t further_max, taken_max;
	uint64_t work;			/* see explore_config.work_max */
	uint64_t ends;			/* different ones at ends of windows, as
					   the host can see them */
};

struct explore_result {
	/* The plain run, in which all choices are 0. */
	struct run_result plain;
	/* Ways to fatal findings, and to data races, that it has not, one for
	   each, the shortest that was found; in the order of discovery. */
	struct explore_way *ways;
	size_t nways;
	struct explore_counts counts;
	/* Of the set of those: the same for every compiler of the guest and
	   every order of exploring, if all of it was explored. */
	uint8_t ends[DIGEST_SIZE];
	int capped;			/* see mem_order_capped() */
	uint32_t gaps;			/* of enum explore_gap, a bit each */
	int unlocked;			/* code of the guest ran that a second CPU
					   could run beside other code */
	int cut;			/* a bound was reached, or first */
	/* Why a way ended where nothing is said, the first that did; or "". */
	char unknown[RUN_UNKNOWN_MAX];
	int mutant_hit;			/* a way came by config.run.mutant */
};

struct explore_config {
	/* Choices, mode and explore of it are the explorer's; its sites are
	   those of all ways. */
	struct run_config run;
	uint64_t executions_max;	/* 0: as many as it takes */
	/*
	 * Events of all ways but the plain run, from where each parts, and
	 * their stores and what devices moved, of which EXPLORE_STORES_WORK
	 * count as one; and EXPLORE_WAY_WORK for each way: about what it takes,
	 * and no matter of compilers.  0: all.
	 */
	uint64_t work_max;
	/*
	 * It may be so many ways, and EXPLORE_WHOLE_WORK times as much beside
	 * what ways count for themselves, as long as no finding, no gap and no
	 * way that says nothing is known, and that seems to be enough.  0: no.
	 */
	uint64_t whole_ways;
	/* Of EXPLORE_KINDS, what is tried; the rest is asked, so that numbers
	   of choices are the same, and takes 0.  0: EXPLORE_DEFAULT. */
	uint32_t kinds;
	int first;			/* ends when a way to a finding is known */
	/* What is found is the same: */
	int most_turned;		/* ways that turned most are gone first */
	int all_copies;			/* none is left out (rule X7) */
	int all_orders;			/* of CPUs: none is left out (rule K3) */
};

#define EXPLORE_WAY_WORK	16u
#define EXPLORE_STORES_WORK	128u
#define EXPLORE_WHOLE_WORK	16u

/*
 * Puts to kinds what is tried as well: names of EXPLORE_MORE with commas
 * between; NULL is nothing more.  -1 with ERROR_USAGE.
 */
#define EXPLORE_MORE	"interrupts, pauses, timers, cpus"
int explore_kinds_read(const char *list, uint32_t *kinds, struct error *err);
/* What these may leave out, whatever the guest and the machine. */
uint32_t explore_gaps_of(uint32_t kinds);
/* And back: "" for the usual. */
void explore_kinds_text(uint32_t kinds, struct bytes *out);

/* A way names no choice from this one on. */
#define EXPLORE_CHOICES_MAX	(1u << 24)

/*
 * -1: no run could be had; result is then empty.  The run's memory is put back
 * again and again: what config.run.host and the like create has to come from
 * check_malloc(), and what it changes of memory of the caller's stays changed.
 * Events are told of the plain run alone, some of them twice.
 */
int explore_execute(const struct explore_config *config,
    struct explore_result *result, struct error *err);
void explore_result_free(struct explore_result *r);
/* How the notes of a story begin: where the way turned, for printf and scanf,
   and, behind all of them, its choices, of which no more than so many letters. */
#define EXPLORE_STORY_TURN	"event %llu, choice %zu: "
#define EXPLORE_STORY_AGAIN	"again by viotape replay with --choices "
#define EXPLORE_STORY_AGAIN_MAX	300

/*
 * The run that a way is, again, with its findings, and with its story at the
 * one that it leads to: *result is to be freed.  -1 as run_execute().
 */
int explore_again(const struct explore_config *config,
    const struct explore_way *way, struct run_result *result,
    struct error *err);
/*
 * Takes choices out of a way as long as the same finding comes of what is left;
 * then none of them can be left out by itself, unless there were so many that
 * some hundred runs were too few.  0; -1 as run_execute().
 */
int explore_shrink(const struct explore_config *config,
    struct explore_way *way, struct error *err);

/* "17=1,42=2": the choices that are not 0, by number from 0; and back: -1 with
   ERROR_USAGE, *way is then empty. */
void explore_way_text(const struct explore_way *way, struct bytes *out);
int explore_way_read(const char *text, struct explore_way *way,
    struct error *err);

#endif

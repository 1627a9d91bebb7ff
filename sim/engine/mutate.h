/*
 * mutate.h: which mutants there are of what a run asked for, and what becomes
 * of one on a machine.
 *
 *	config.sites = &sites		a run of the guest as it is
 *	mutate_base_take(&base, ...)	what is told of it already
 *	n = mutate_changes(kind, what, list)	for each site
 *	config.mutant = &mutant
 *	judge->run(&config, &bounds, &base, &verdict, &err)
 *
 * Who judges is a table: check, one run each, and prove, which explores what
 * check has not killed.  What a judge did not look at it does not call needless:
 * a mutant that survives is *not needed* if the machine makes nothing of what
 * was taken away, or if the judge left nothing out of what that can come to
 * (MUTATE_LEFT_*), and *not seen* else.
 */
#ifndef VIOTAPE_MUTATE_H
#define VIOTAPE_MUTATE_H

#include "mutant.h"
#include "run.h"

#define MUTATE_CHANGES_MAX	6u	/* of one site */
#define MUTATE_TEXT_MAX		64u

/* From the least to what ends the search. */
enum mutate_fate {
	MUTATE_NOT_REACHED,		/* no trace comes by here */
	MUTATE_NOT_NEEDED,		/* nothing, and nothing can be */
	MUTATE_NOT_SEEN,		/* nothing, and that means little */
	MUTATE_LATENT,			/* told; does not go wrong here */
	MUTATE_UNKNOWN,			/* a run came to no end */
	MUTATE_KILLED			/* a fatal finding */
};
#define MUTATE_FATES	6

/* What is told of the guest as it is: latent findings, by kind and place. */
struct mutate_told {
	const struct finding_kind *kind;
	struct callpath where;
};

/* {0} is none. */
struct mutate_base {
	struct mutate_told *list;
	size_t n;
};

/*
 * What was left out of what a mutant can come to, beside what MODEL.md leaves
 * out of every verdict.  0: nothing.
 */
#define MUTATE_LEFT_WAYS	0x1u	/* all but one, in the order of sc */
#define MUTATE_LEFT_EXECUTIONS	0x2u	/* beyond a bound */
/* A load that a later store overtakes: nothing else was ordered there. */
#define MUTATE_LEFT_BUFFERING	0x4u
#define MUTATE_LEFT_LINES	0x8u	/* the other fates of cache lines */
#define MUTATE_LEFTS		4

struct mutate_verdict {
	enum mutate_fate fate;
	const struct finding_kind *finding;	/* LATENT, KILLED; or NULL */
	unsigned left;			/* MUTATE_LEFT_*; of KILLED 0 */
	uint64_t executions;		/* that were explored */
};

/* What the explorer is told, explore_config's; of prove alone. */
struct mutate_bounds {
	uint64_t executions_max;
	uint32_t kinds;
};

struct mutate_judge {
	const char *name;
	const char *about;		/* what it does, in a few words */
	int sees_order;			/* else barriers are not tried */
	/*
	 * Of the guest as it is, which has no fatal finding under check: what
	 * this judge finds in it, or NULL; adds to config->sites what only it
	 * comes by.  NULL: nothing more than check does.
	 */
	int (*as_it_is)(const struct run_config *config,
	    const struct mutate_bounds *bounds,
	    const struct finding_kind **found, struct error *err);
	/*
	 * Runs config, whose mutant the scenario reaches.  -1 with err: no run
	 * could be had.
	 */
	int (*run)(const struct run_config *config,
	    const struct mutate_bounds *bounds,
	    const struct mutate_base *base, struct mutate_verdict *v,
	    struct error *err);
};

extern const struct mutate_judge mutate_judge_check;
/* Explores, too, what the machine's order or bytes can come to; the guest as it
   is has no finding that way.  (mutate_prove.c) */
extern const struct mutate_judge mutate_judge_prove;

/* mutate_judge_check's run, of a mutant that this one run may not come by:
   *hit tells. */
int mutate_check(const struct run_config *config,
    const struct mutate_base *base, struct mutate_verdict *v, int *hit,
    struct error *err);

void mutate_base_take(struct mutate_base *b, const struct run_result *r);
void mutate_base_free(struct mutate_base *b);

/* The changes of a site of this kind; how many. */
size_t mutate_changes(enum mutant_kind kind, uint32_t what,
    struct mutant_change list[MUTATE_CHANGES_MAX]);
/*
 * What the change takes away on a machine, by its model: the order of accesses;
 * bytes that are where they should be (copies, lines, an address).  0: nothing,
 * and then the guest does there what it did before.
 */
#define MUTATE_TAKES_ORDER	0x1u
#define MUTATE_TAKES_BYTES	0x2u
unsigned mutate_takes(const struct machine_desc *d, enum mutant_kind kind,
    uint32_t what, const struct mutant_change *change);
/* What even an exploration of every way has no say in, MUTATE_LEFT_*. */
unsigned mutate_unexplored(const struct machine_desc *d, enum mutant_kind kind,
    uint32_t what, const struct mutant_change *change);
/* The most that the judge can find: no run can be worse, MUTATE_LATENT or
   MUTATE_KILLED. */
enum mutate_fate mutate_most(const struct mutate_judge *j,
    const struct machine_desc *d, enum mutant_kind kind, uint32_t what,
    const struct mutant_change *change);
/* What a mutant is that was reached and of which nothing was found. */
enum mutate_fate mutate_survivor(unsigned left, const struct machine_desc *d,
    enum mutant_kind kind, uint32_t what, const struct mutant_change *change);

/* "sync", "barrier", "load", "mmap". */
const char *mutate_kind_name(enum mutant_kind kind);
/* "PREREAD|PREWRITE", "producer", "". */
void mutate_what_text(enum mutant_kind kind, uint32_t what,
    char text[MUTATE_TEXT_MAX]);
/* "dropped", "without PREREAD", "consumer instead", "kernel virtual". */
void mutate_change_text(enum mutant_kind kind, uint32_t what,
    const struct mutant_change *change, char text[MUTATE_TEXT_MAX]);
/* "killed", "not needed", ... */
const char *mutate_fate_name(enum mutate_fate fate);
/* "ways", "executions", "load buffering", "cache lines"; bit is one of
   MUTATE_LEFT_*. */
const char *mutate_left_name(unsigned bit);

/* For another process of this program, as run_pack.h. */
void mutate_sites_pack(const struct mutant_sites *s, struct bytes *out);
void mutate_sites_unpack(struct bytes_reader *in, struct mutant_sites *s);
void mutate_base_pack(const struct mutate_base *b, struct bytes *out);
void mutate_base_unpack(struct bytes_reader *in, struct mutate_base *b);

#endif

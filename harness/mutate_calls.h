/*
 * mutate_calls.h: the calls of a guest that mutate changes: the sites of many
 * runs, put together by what the driver's sources call a path.
 *
 *	mutate_calls_init(&c, ntraces, nmachines)
 *	mutate_calls_add(&c, &sites, trace, machine)	as they come
 *	mutate_calls_resolve(&c, &built)		lines; sorted
 *	mutate_calls_keep(&c, place)			or all of them
 *	mutate_calls_free(&c)
 *
 * A call is known by its kind, its operations and the frames of its path that
 * lie in drivers' sources, inlined ones too: which function of the kernel led
 * to the driver does not matter to it.  So one call has several sites.
 */
#ifndef VIOTAPE_MUTATE_CALLS_H
#define VIOTAPE_MUTATE_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "guest_build.h"
#include "report.h"
#include "sim.h"

/* What became of a mutant on one machine. */
struct mutate_cell {
	struct mutate_verdict v;
	size_t trace;			/* that decided; of KILLED and LATENT */
};

struct mutate_mutant {
	struct mutant_change change;
	struct mutate_cell *cells;	/* one a machine */
};

struct mutate_call {
	enum mutant_kind kind;
	uint32_t what;
	struct report_path path;	/* frames of drivers, innermost first */
	struct callpath *paths;		/* of its sites */
	size_t npaths;
	uint8_t *reached;		/* [trace * nmachines + machine] */
	struct mutate_mutant mutants[MUTATE_CHANGES_MAX];
	size_t nmutants;
};

struct mutate_calls {
	struct mutate_call *list;	/* by file, line, kind, what, path */
	size_t n;
	size_t ntraces, nmachines;
	char *note;			/* why lines are not known, or NULL */
};

void mutate_calls_init(struct mutate_calls *c, size_t ntraces,
    size_t nmachines);
void mutate_calls_add(struct mutate_calls *c, const struct mutant_sites *s,
    size_t trace, size_t machine);
/* Once, after all were added: what the driver has no part in goes. */
void mutate_calls_resolve(struct mutate_calls *c,
    const struct guest_built *built);
/* Those stay whose path has a frame there: FUNCTION, FILE or FILE:LINE. */
void mutate_calls_keep(struct mutate_calls *c, const char *place);
/* Each gets its mutants, whose cells say NOT_REACHED. */
void mutate_calls_mutate(struct mutate_calls *c);
void mutate_calls_free(struct mutate_calls *c);

/* 1 if any trace comes by there on this machine. */
int mutate_call_reached(const struct mutate_calls *c,
    const struct mutate_call *call, size_t machine);
size_t mutate_calls_mutants(const struct mutate_calls *c);
/* The worst of a mutant on all machines. */
enum mutate_fate mutate_worst(const struct mutate_calls *c,
    const struct mutate_mutant *m);

#endif

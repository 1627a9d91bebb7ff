/* explore_shrink.c: a way to a finding, made as short as it can be. */
#include "explore.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

/*
 * A choice that is taken out changes how many are asked before the next one
 * that is kept: those behind it are looked for up to so many numbers away.
 */
#define SHIFT_MAX	8
/* Runs for it: a long way stays longer than it has to be. */
#define RUNS_MAX	400u

/* Whether a run has the finding: 1, 0; -1 as run_execute(). */
static int
leads_there(const struct explore_config *config, const struct explore_way *way,
    struct error *err)
{
	struct run_result r;
	int found = 0;

	if (explore_again(config, way, &r, err) != 0)
		return -1;
	for (size_t i = 0; i < r.findings.n && !found; i++)
		found = run_finding_identity(r.paths, &r.findings.list[i]) ==
		    way->identity;
	run_result_free(&r);
	return found;
}

/*
 * into is the way without its choice at, those behind it shift numbers further.
 * 0 if there is no such way.
 */
static int
without(const struct explore_way *way, size_t at, int shift,
    struct explore_way *into)
{
	size_t n = way->nchoices;

	if (shift > 0)
		n += (size_t)shift;
	into->choices = check_calloc(n + 1, 1);
	into->nchoices = n;
	into->identity = way->identity;
	into->finding = way->finding;
	into->taken = way->taken - 1;
	memcpy(into->choices, way->choices, at);
	for (size_t i = at + 1; i < way->nchoices; i++) {
		size_t to = i + (size_t)shift;

		if (way->choices[i] == 0)
			continue;
		if (shift < 0 && (i < at + (size_t)-shift)) {
			check_free(into->choices);
			return 0;
		}
		into->choices[to] = way->choices[i];
	}
	return 1;
}

/*
 * Takes the choice at out of the way: 1; 0 where the finding does not come
 * without it; -1 as run_execute().
 */
static int
take_out(const struct explore_config *config, struct explore_way *way,
    size_t at, unsigned *runs, struct error *err)
{
	for (int k = 0; k <= 2 * SHIFT_MAX && *runs > 0; k++) {
		int shift = k % 2 != 0 ? -(k / 2 + 1) : k / 2, r;
		struct explore_way shorter;

		/* Nothing behind it: every shift is the same. */
		if (k != 0 && at + 1 == way->nchoices)
			break;
		if (!without(way, at, shift, &shorter))
			continue;
		--*runs;
		r = leads_there(config, &shorter, err);
		if (r == 1) {
			check_free(way->choices);
			*way = shorter;
			return 1;
		}
		check_free(shorter.choices);
		if (r < 0)
			return -1;
	}
	return 0;
}

static void
trim(struct explore_way *way)
{
	while (way->nchoices > 0 && way->choices[way->nchoices - 1] == 0)
		way->nchoices--;
}

/* Each choice once, the last first; how many were taken out, or -1. */
static int
shrink_once(const struct explore_config *config, struct explore_way *way,
    unsigned *runs, struct error *err)
{
	int out = 0;

	for (size_t i = way->nchoices; i-- > 0;) {
		int r;

		if (i >= way->nchoices || way->choices[i] == 0)
			continue;
		r = take_out(config, way, i, runs, err);
		if (r < 0)
			return -1;
		out += r;
		trim(way);
	}
	return out;
}

int
explore_shrink(const struct explore_config *config, struct explore_way *way,
    struct error *err)
{
	unsigned runs = RUNS_MAX;
	int out;

	trim(way);
	/* Without one of them, another may be needed no longer. */
	do {
		out = shrink_once(config, way, &runs, err);
	} while (out > 0);
	return out;
}

/* checker_state.c: what future findings depend on. */
#include "checker_var.h"

#include <string.h>

#include "state_memo.h"

/* Many at a time, for each state has hundreds of them. */
#define POSTED_AT_ONCE	32u

static void
add_posted(const struct checker *c, struct state *s)
{
	uint64_t words[POSTED_AT_ONCE][5];
	size_t n = 0;

	state_add_u64(s, c->nposted);
	for (size_t i = 0; i < c->nposted; i++) {
		const struct posted *p = &c->posted[i];

		words[n][0] = (uint64_t)p->ordinal << 32 | p->queue;
		words[n][1] = p->map;
		words[n][2] = p->home;
		words[n][3] = p->len;
		words[n][4] = (uint64_t)p->bit << 32 |
		    (uint64_t)p->purpose << 1 | (p->used != 0);
		if (++n == POSTED_AT_ONCE || i + 1 == c->nposted) {
			state_add(s, words, n * sizeof words[0]);
			n = 0;
		}
	}
}

static void
add_lost(const struct checker *c, struct state *s)
{
	unsigned n = c->nlost < CHECKER_LOST_MAX ? c->nlost :
	    CHECKER_LOST_MAX;

	state_add_u64(s, n);		/* the oldest first */
	for (unsigned i = c->nlost - n; i != c->nlost; i++) {
		const struct lost *l = &c->lost[i % CHECKER_LOST_MAX];

		state_add_u64(s, l->home);
		state_add_u64(s, l->len);
	}
}

/* Loads without a sync are told at the second; further ones say no more. */
static void
add_indexes(const struct checker *c, struct state *s)
{
	state_add_u64(s, c->nindex);
	for (size_t i = 0; i < c->nindex; i++) {
		state_add_u64(s, c->index[i].home);
		state_add_u64(s, (uint64_t)c->index[i].queue << 4 |
		    (uint64_t)(c->index[i].gave_up != 0) << 3 |
		    (uint64_t)(c->index[i].told != 0) << 2 |
		    (c->index[i].unsynced < 2 ? c->index[i].unsynced : 2));
	}
}

/* The path itself: its number says when it was first met. */
static void
add_path(const struct checker *c, uint64_t id, struct state *s)
{
	const struct callpath *p = callpath_get(machine_callpaths(c->machine),
	    (callpath_id)id);

	state_add_u64(s, p->n);
	for (uint32_t i = 0; i < p->n; i++)
		state_add_u64(s, p->at[i]);
}

/*
 * What was told keeps something else from being told in three ways: a fatal
 * fault takes what follows as its consequence (rule J7); a map that is not
 * prepared is not told of its neighbours as well (checker_line.c); and there
 * is an end of findings.
 */
static void
add_findings(const struct checker *c, struct state *s)
{
	const struct finding *root = findings_root(c->findings);
	struct state_set unprepared = { 0 };

	state_add_string(s, root != NULL ? root->kind->id : NULL);
	state_add_u64(s, c->findings->n == FINDINGS_MAX);
	for (size_t i = 0; i < c->findings->n; i++) {
		const struct finding *f = &c->findings->list[i];
		struct state one;

		if (strcmp(f->kind->id, "sync-missing-preread") != 0)
			continue;
		state_init(&one);
		add_path(c, f->key, &one);
		state_set_add(&unprepared, &one);
	}
	state_add_set(s, &unprepared);
}

void
checker_state(const struct checker *c, struct state *s)
{
	add_posted(c, s);
	add_lost(c, s);
	add_indexes(c, s);
	checker_publish_state(c, s);
	add_findings(c, s);
}

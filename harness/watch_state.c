/* watch_state.c: what a round saw, and what another saw otherwise. */
#include "watch_state.h"
#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- taking ------------------------------------------------------------------ */

/* The text of a writer of the report's, without its newline. */
static char *
text_take(struct bytes *b)
{
	char *text;

	while (b->len > 0 && b->data[b->len - 1] == '\n')
		b->len--;
	text = check_calloc(b->len + 1, 1);
	if (b->len > 0)
		memcpy(text, b->data, b->len);
	bytes_free(b);
	return text;
}

static void
fault_take(struct watch_state *s, const struct report *r, size_t i)
{
	const struct report_finding *f = report_fault_shown(r, &r->faults[i]);
	struct watch_fault *w = GROW(s->faults, s->nfaults);
	struct bytes head = { 0 }, where = { 0 };

	w->id = check_strdup(f->f.kind->id);
	w->file = check_strdup(f->file);
	w->function = check_strdup(f->function);
	w->line = f->line;
	w->number = i;
	w->sentence = check_strdup(f->f.text[0] != '\0' ? f->f.text :
	    f->f.kind->title);
	report_fault_head(r, &r->faults[i], 0, &head);
	w->head = text_take(&head);
	report_where_all(r, &r->faults[i], &where);
	w->where = text_take(&where);
}

static void
cell_take(struct watch_state *s, const struct report *r, size_t t, size_t m)
{
	const struct report_run *run = report_run_at(r, t, m);
	struct watch_cell *c;

	if (run == NULL)
		return;
	c = GROW(s->cells, s->ncells);
	c->trace = check_strdup(r->traces[t].name);
	c->machine = check_strdup(r->machines[m].name);
	c->verdict = run->skipped != NULL ? "skipped" :
	    run_verdict_name(run->verdict);
	c->why = check_strdup(run->skipped != NULL ? run->skipped :
	    run->unknown != NULL ? run->unknown : "");
}

void
watch_state_take(struct watch_state *s, const struct report *r)
{
	struct bytes text = { 0 };

	memset(s, 0, sizeof *s);
	for (size_t i = 0; i < r->nfaults; i++)
		fault_take(s, r, i);
	for (size_t t = 0; t < r->ntraces; t++)
		for (size_t m = 0; m < r->nmachines; m++)
			cell_take(s, r, t, m);
	for (size_t i = 0; i < r->ndivergences; i++) {
		report_divergence_print(r, &r->divergences[i], &text);
		*GROW(s->notes, s->nnotes) = text_take(&text);
	}
	report_summary(r, &text);
	s->summary = text_take(&text);
}

void
watch_state_free(struct watch_state *s)
{
	for (size_t i = 0; i < s->nfaults; i++) {
		check_free(s->faults[i].id);
		check_free(s->faults[i].file);
		check_free(s->faults[i].function);
		check_free(s->faults[i].head);
		check_free(s->faults[i].sentence);
		check_free(s->faults[i].where);
	}
	for (size_t i = 0; i < s->ncells; i++) {
		check_free(s->cells[i].trace);
		check_free(s->cells[i].machine);
		check_free(s->cells[i].why);
	}
	for (size_t i = 0; i < s->nnotes; i++)
		check_free(s->notes[i]);
	check_free(s->faults);
	check_free(s->cells);
	check_free(s->notes);
	check_free(s->summary);
	memset(s, 0, sizeof *s);
}

/* --- all of it, in short ------------------------------------------------------ */

void
watch_state_print(const struct watch_state *s, struct bytes *out)
{
	for (size_t i = 0; i < s->nfaults; i++)
		bytes_printf(out, "%s\n", s->faults[i].head);
	if (s->nnotes > 0)
		bytes_printf(out, "%zu divergence%s from what was recorded; "
		    "viotape check has %s\n", s->nnotes, s->nnotes == 1 ? "" :
		    "s", s->nnotes == 1 ? "it" : "them");
}

/* --- findings ----------------------------------------------------------------- */

/* How alike they have to be, the most alike first. */
enum { SAME_LINE, SAME_WORDS, SAME_FUNCTION, SAME_END };

static int
fault_same(const struct watch_fault *a, const struct watch_fault *b, int how)
{
	if (strcmp(a->id, b->id) != 0 || strcmp(a->file, b->file) != 0 ||
	    strcmp(a->function, b->function) != 0)
		return 0;
	return how == SAME_FUNCTION || (strcmp(a->sentence, b->sentence) == 0 &&
	    (how == SAME_WORDS || a->line == b->line));
}

/* Elsewhere is another place, and worse or better. */
static void
fault_moved(const struct watch_fault *before, const struct watch_fault *now,
    struct bytes *out)
{
	if (strcmp(before->where, now->where) != 0) {
		report_clean(now->file, out);
		bytes_printf(out, ":%u: %s: now %s (was %s)\n", now->line,
		    now->id, now->where, before->where);
	}
}

static void
faults_match(struct watch_state *before, struct watch_state *now,
    struct bytes *out)
{
	for (size_t i = 0; i < before->nfaults; i++)
		before->faults[i].matched = 0;
	for (size_t k = 0; k < now->nfaults; k++)
		now->faults[k].matched = 0;
	for (int how = SAME_LINE; how < SAME_END; how++)
		for (size_t k = 0; k < now->nfaults; k++)
			for (size_t i = 0; i < before->nfaults &&
			    !now->faults[k].matched; i++)
				if (!before->faults[i].matched && fault_same(
				    &before->faults[i], &now->faults[k], how)) {
					before->faults[i].matched = 1;
					now->faults[k].matched = 1;
					fault_moved(&before->faults[i],
					    &now->faults[k], out);
				}
}

/* --- divergences ---------------------------------------------------------------- */

static int
note_in(const struct watch_state *s, const char *note)
{
	for (size_t i = 0; i < s->nnotes; i++)
		if (strcmp(s->notes[i], note) == 0)
			return 1;
	return 0;
}

static void
notes_print(const struct watch_state *a, const struct watch_state *not_in,
    const char *before, struct bytes *out)
{
	for (size_t i = 0; i < a->nnotes; i++)
		if (!note_in(not_in, a->notes[i]))
			bytes_printf(out, "%s%s\n", before, a->notes[i]);
}

/* --- verdicts --------------------------------------------------------------------- */

static const char *
verdict_of(const struct watch_state *s, const struct watch_cell *c)
{
	for (size_t i = 0; i < s->ncells; i++)
		if (strcmp(s->cells[i].trace, c->trace) == 0 &&
		    strcmp(s->cells[i].machine, c->machine) == 0)
			return s->cells[i].verdict;
	return "new";
}

/* The first of a trace that was and is the same as this one. */
static int
cell_first(const struct watch_state *before, const struct watch_state *now,
    size_t n)
{
	const struct watch_cell *c = &now->cells[n];

	for (size_t i = 0; i < n; i++)
		if (strcmp(now->cells[i].trace, c->trace) == 0 &&
		    strcmp(now->cells[i].verdict, c->verdict) == 0 &&
		    strcmp(verdict_of(before, &now->cells[i]),
		    verdict_of(before, c)) == 0)
			return 0;
	return 1;
}

/* "viogpu-console on amd64-sev, contract: FAILS, was HOLDS-BOUNDED" */
static void
cells_print(const struct watch_state *before, const struct watch_state *now,
    struct bytes *out)
{
	for (size_t n = 0; n < now->ncells; n++) {
		const struct watch_cell *c = &now->cells[n];
		const char *was = verdict_of(before, c);
		size_t machines = 0;

		if (strcmp(was, c->verdict) == 0 || !cell_first(before, now, n))
			continue;
		report_clean(c->trace, out);
		bytes_printf(out, " on ");
		for (size_t i = n; i < now->ncells; i++)
			if (strcmp(now->cells[i].trace, c->trace) == 0 &&
			    strcmp(now->cells[i].verdict, c->verdict) == 0 &&
			    strcmp(verdict_of(before, &now->cells[i]), was) ==
			    0) {
				bytes_printf(out, "%s", machines++ > 0 ? ", " :
				    "");
				report_clean(now->cells[i].machine, out);
			}
		bytes_printf(out, ": %s, was %s", c->verdict, was);
		if (c->why[0] != '\0') {
			bytes_printf(out, ": ");
			report_clean(c->why, out);
		}
		bytes_printf(out, "\n");
	}
}

void
watch_state_print_changes(struct watch_state *before, struct watch_state *now,
    const struct report *r, int colours, struct bytes *out)
{
	struct bytes moved = { 0 };

	faults_match(before, now, &moved);
	for (size_t i = 0; i < before->nfaults; i++)
		if (!before->faults[i].matched)
			bytes_printf(out, "gone: %s\n", before->faults[i].head);
	notes_print(before, now, "gone: ", out);
	notes_print(now, before, "", out);
	cells_print(before, now, out);
	if (moved.len > 0)
		bytes_add(out, moved.data, moved.len);
	for (size_t k = 0; k < now->nfaults; k++)
		if (!now->faults[k].matched) {
			const struct report_fault *f =
			    &r->faults[now->faults[k].number];

			report_fault_head(r, f, colours, out);
			report_fault_body(r, f, out);
		}
	bytes_free(&moved);
}

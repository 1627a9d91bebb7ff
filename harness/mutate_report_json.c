/*
 * mutate_report_json.c: what became of the mutants, as one JSON object.  Keys
 * come in the order written here and are never left out, but for those marked
 * "?"; nothing is added but at the end of an object.
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"mutate"
 *	judge		"check", "prove"
 *	guest		{ words, driver_digest }
 *	traces		[name]
 *	machines	[name]
 *	mutants		[{ kind ("sync", "barrier", "load", "mmap"), what
 *			   (operations, or which barrier), change, file, line,
 *			   function, worst: FATE,
 *			   cells: [{ machine, fate: FATE, finding?, trace?,
 *			   left_out: [LEFT], executions }],
 *			   traces: [name], path: [{ file, line, function }] }]
 *			FATE is "killed", "latent", "not seen", "not needed",
 *			"not reached" or "UNKNOWN"; finding is an id, trace the
 *			one that showed it; traces are those that come by, on
 *			any machine; path has the frames of drivers only,
 *			innermost first, of which the first is file and line;
 *			LEFT is what was not looked at of what the mutant can
 *			come to: "ways" (all but one, memory order as sc),
 *			"executions" (beyond the bound), "load buffering",
 *			"cache lines"; executions is how many were explored
 *	note?		why lines are not known
 *	executions_max?	of one mutant in one trace; of prove alone
 */
#include "json_write.h"
#include "mutate_report.h"

#include <stdio.h>

static void
put_frame(struct bytes *out, const char *before, const struct report_frame *f)
{
	json_text(out, before, "file", f->file);
	json_number(out, ", ", "line", f->line);
	json_text(out, ", ", "function", f->function);
}

static void
put_head(struct bytes *out, const struct mutate_report *r)
{
	bytes_printf(out, "{\n  \"format\": 1");
	json_text(out, ",\n  ", "viotape", VIOTAPE_VERSION);
	json_text(out, ",\n  ", "command", "mutate");
	json_text(out, ",\n  ", "judge", r->judge->name);
	json_text(out, ",\n  \"guest\": { ", "words", r->guest);
	json_text(out, ", ", "driver_digest", r->driver_digest);
	bytes_printf(out, " },\n  \"traces\": [");
	for (size_t i = 0; i < r->traces->n; i++) {
		bytes_printf(out, "%s", i > 0 ? ", " : "");
		escape_json(out, r->traces->list[i].name);
	}
	bytes_printf(out, "],\n  \"machines\": [");
	for (size_t i = 0; i < r->machines->n; i++) {
		bytes_printf(out, "%s", i > 0 ? ", " : "");
		escape_json(out, r->machines->list[i].name);
	}
	bytes_printf(out, "]");
}

static void
put_left(struct bytes *out, unsigned left)
{
	const char *before = "";

	bytes_printf(out, ", \"left_out\": [");
	for (unsigned bit = 1; bit < 1u << MUTATE_LEFTS; bit <<= 1)
		if ((left & bit) != 0) {
			bytes_printf(out, "%s", before);
			escape_json(out, mutate_left_name(bit));
			before = ", ";
		}
	bytes_printf(out, "]");
}

static void
put_cells(struct bytes *out, const struct mutate_report *r,
    const struct mutate_mutant *m)
{
	bytes_printf(out, ",\n      \"cells\": [");
	for (size_t i = 0; i < r->machines->n; i++) {
		const struct mutate_cell *cell = &m->cells[i];

		json_text(out, i > 0 ? ",\n        { " : "\n        { ",
		    "machine", r->machines->list[i].name);
		json_text(out, ", ", "fate", mutate_fate_name(cell->v.fate));
		if (cell->v.finding != NULL) {
			json_text(out, ", ", "finding", cell->v.finding->id);
			json_text(out, ", ", "trace",
			    r->traces->list[cell->trace].name);
		}
		put_left(out, cell->v.left);
		json_number(out, ", ", "executions", cell->v.executions);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

static void
put_traces(struct bytes *out, const struct mutate_report *r,
    const struct mutate_call *c)
{
	const char *before = "";

	bytes_printf(out, ",\n      \"traces\": [");
	for (size_t t = 0; t < r->traces->n; t++) {
		int reached = 0;

		for (size_t i = 0; i < r->machines->n; i++)
			reached |= c->reached[t * r->machines->n + i];
		if (!reached)
			continue;
		bytes_printf(out, "%s", before);
		escape_json(out, r->traces->list[t].name);
		before = ", ";
	}
	bytes_printf(out, "]");
}

static void
put_mutant(struct bytes *out, const struct mutate_report *r,
    const struct mutate_call *c, const struct mutate_mutant *m)
{
	char what[MUTATE_TEXT_MAX], change[MUTATE_TEXT_MAX];

	mutate_what_text(c->kind, c->what, what);
	mutate_change_text(c->kind, c->what, &m->change, change);
	json_text(out, "\n    { ", "kind", mutate_kind_name(c->kind));
	json_text(out, ", ", "what", what);
	json_text(out, ", ", "change", change);
	put_frame(out, ", ", &c->path.frames[0]);
	json_text(out, ", ", "worst", mutate_fate_name(mutate_worst(r->calls,
	    m)));
	put_cells(out, r, m);
	put_traces(out, r, c);
	bytes_printf(out, ",\n      \"path\": [");
	for (size_t i = 0; i < c->path.n; i++) {
		put_frame(out, i > 0 ? ", { " : "{ ", &c->path.frames[i]);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "] }");
}

void
mutate_report_json(const struct mutate_report *r, struct bytes *out)
{
	const char *before = "";

	put_head(out, r);
	bytes_printf(out, ",\n  \"mutants\": [");
	for (size_t i = 0; i < r->calls->n; i++)
		for (size_t k = 0; k < r->calls->list[i].nmutants; k++) {
			bytes_printf(out, "%s", before);
			put_mutant(out, r, &r->calls->list[i],
			    &r->calls->list[i].mutants[k]);
			before = ",";
		}
	bytes_printf(out, "]");
	if (r->calls->note != NULL)
		json_text(out, ",\n  ", "note", r->calls->note);
	if (r->judge->as_it_is != NULL)
		json_number(out, ",\n  ", "executions_max",
		    r->bounds->executions_max);
	bytes_printf(out, "\n}\n");
}

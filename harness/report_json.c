/*
 * report_json.c: the report for programs, as one JSON object (RFC 8259).
 * Keys come in the order written here and are never left out, but for those
 * marked "?"; nothing is added but at the end of an object, and format says
 * which version of this page it is.  Numbers are integers.
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"check"
 *	verdict		"HOLDS", "HOLDS-BOUNDED", "FAILS", "UNKNOWN"
 *	status		exit status
 *	strict		true: latent findings and divergences count
 *	counted, skipped	as in the summary line
 *	guest		{ words, driver_digest, drivers: [file] }
 *	traces		[{ name, device, host, scenario, hash, unseen? }]; unseen: what
 *			an imported one does not hold
 *	machines	[{ name, title, description, order, run_as }]
 *	runs		[{ trace, machine, skipped?, verdict, unknown?, events,
 *			   stores, time_ns, pictures, fatal, latent,
 *			   divergences, digest, explored? }]; trace and machine
 *			are names, a skipped run has nothing behind skipped;
 *			explored, of prove: { executions, windows, states,
 *			merged, widest, whole, whole_to_choices?, usual_whole?,
 *			gaps: [NAME], unlocked }: all ways were gone with so
 *			many choices other than the plain run's, or all without
 *			a further kind; what the model leaves out (MODEL.md,
 *			10); whether code ran without the kernel lock
 *	findings	[{ id, title, file, line, function, sentence,
 *			   severity ("fatal", "latent"), counted, accepted,
 *			   prevent?, bytes?: { at, guest, host }, path: PATH,
 *			   notes: [{ text, path: PATH }],
 *			   runs: [{ trace, machine, severity, event, count }] }]
 *			sentence to notes are of the first run that it is
 *			fatal in; bytes are hexadecimal; PATH is
 *			[{ file, line, function }], innermost first
 *	divergences	[{ trace, machines: [name], sentence }]
 *	baseline_unseen	[{ id, file, function }]
 *	note?		why lines are not known
 */
#include "json_write.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

static void
put_head(struct bytes *out, const struct report *r)
{
	json_number(out, "{\n  ", "format", 1);
	json_text(out, ",\n  ", "viotape", VIOTAPE_VERSION);
	json_text(out, ",\n  ", "command", r->command);
	json_text(out, ",\n  ", "verdict", run_verdict_name(r->verdict));
	json_number(out, ",\n  ", "status", (uint64_t)r->status);
	json_truth(out, ",\n  ", "strict", r->strict);
	json_number(out, ",\n  ", "counted", r->counted);
	json_number(out, ",\n  ", "skipped", r->skipped);
	json_text(out, ",\n  \"guest\": { ", "words", r->guest);
	json_text(out, ", ", "driver_digest", r->driver_digest);
	bytes_printf(out, ", \"drivers\": [");
	for (size_t i = 0; i < r->ndrivers; i++) {
		bytes_printf(out, "%s", i > 0 ? ", " : "");
		escape_json(out, r->drivers[i]);
	}
	bytes_printf(out, "] }");
}

static void
put_traces(struct bytes *out, const struct report *r)
{
	bytes_printf(out, ",\n  \"traces\": [");
	for (size_t i = 0; i < r->ntraces; i++) {
		const struct report_trace *t = &r->traces[i];

		json_text(out, i > 0 ? ",\n    { " : "\n    { ", "name",
		    t->name);
		json_text(out, ", ", "device", t->device);
		json_text(out, ", ", "host", t->host);
		json_text(out, ", ", "scenario", t->scenario);
		json_text(out, ", ", "hash", t->hash);
		if (t->unseen[0] != '\0')
			json_text(out, ", ", "unseen", t->unseen);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "],\n  \"machines\": [");
	for (size_t i = 0; i < r->nmachines; i++) {
		const struct report_machine *m = &r->machines[i];

		json_text(out, i > 0 ? ",\n    { " : "\n    { ", "name",
		    m->name);
		json_text(out, ", ", "title", m->title);
		json_text(out, ", ", "description", m->line);
		json_text(out, ", ", "order", m->order);
		json_text(out, ", ", "run_as", strcmp(r->command, "prove") ==
		    0 ? m->order : "sc");
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

/* Of prove; how many it took is no part of what was shown. */
static void
put_explored(struct bytes *out, const struct report *r,
    const struct report_run *run)
{
	if (strcmp(r->command, "prove") != 0)
		return;
	json_number(out, ", \"explored\": { ", "executions",
	    run->explored.executions);
	json_number(out, ", ", "windows", run->explored.windows);
	json_number(out, ", ", "states", run->explored.states);
	json_number(out, ", ", "merged", run->explored.merged);
	json_number(out, ", ", "widest", run->explored.wide);
	json_truth(out, ", ", "whole", !run->cut && !run->capped);
	if (run->cut && run->explored.further_max != 0)
		json_number(out, ", ", "whole_to_choices",
		    run->explored.further_max - 1);
	else if (run->cut && run->explored.taken_max != 0)
		json_number(out, ", ", "whole_to_choices",
		    run->explored.taken_max - 1);
	if (run->cut)
		json_truth(out, ", ", "usual_whole",
		    run->explored.further_max != 0);
	json_gaps(out, run->gaps);
	json_truth(out, ", ", "unlocked", run->unlocked);
	bytes_printf(out, " }");
}

static void
put_run(struct bytes *out, const struct report *r,
    const struct report_run *run)
{
	json_text(out, "{ ", "trace", r->traces[run->trace].name);
	json_text(out, ", ", "machine", r->machines[run->machine].name);
	if (run->skipped != NULL) {
		json_text(out, ", ", "skipped", run->skipped);
		bytes_printf(out, " }");
		return;
	}
	json_text(out, ", ", "verdict", run_verdict_name(run->verdict));
	if (run->unknown != NULL)
		json_text(out, ", ", "unknown", run->unknown);
	json_number(out, ", ", "events", run->events);
	json_number(out, ", ", "stores", run->stores);
	json_number(out, ", ", "time_ns", run->time_ns);
	json_number(out, ", ", "pictures", run->pictures);
	json_number(out, ", ", "fatal", run->fatal);
	json_number(out, ", ", "latent", run->latent);
	json_number(out, ", ", "divergences", run->ndiverged);
	json_text(out, ", ", "digest", run->digest);
	put_explored(out, r, run);
	bytes_printf(out, " }");
}

static void
put_path(struct bytes *out, const struct report_path *p)
{
	bytes_printf(out, "\"path\": [");
	for (size_t i = 0; i < p->n; i++) {
		json_text(out, i > 0 ? ", { " : "{ ", "file",
		    p->frames[i].file);
		json_number(out, ", ", "line", p->frames[i].line);
		json_text(out, ", ", "function", p->frames[i].function);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

static void
put_hex(struct bytes *out, const char *key, const uint8_t *p, size_t n)
{
	json_key(out, ", ", key);
	bytes_printf(out, "\"");
	for (size_t i = 0; i < n; i++)
		bytes_printf(out, "%02x", p[i]);
	bytes_printf(out, "\"");
}

void
report_json_views(const struct report_finding *f, struct bytes *out)
{
	json_number(out, "{ ", "at", f->f.bytes_at);
	put_hex(out, "guest", f->f.guest, f->f.nbytes);
	put_hex(out, "host", f->f.host, f->f.nbytes);
	bytes_printf(out, " }");
}

void
report_json_runs(const struct report *r, const struct report_fault *fault,
    struct bytes *out)
{
	const char *before = "[";

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];
		const struct report_run *run = &r->runs[f->run];

		if (&r->faults[f->fault] != fault)
			continue;
		bytes_printf(out, "%s", before);
		json_text(out, "{ ", "trace", r->traces[run->trace].name);
		json_text(out, ", ", "machine", r->machines[run->machine].name);
		json_text(out, ", ", "severity", f->f.fatal ? "fatal" :
		    "latent");
		json_number(out, ", ", "event", f->f.event);
		json_number(out, ", ", "count", f->f.count);
		bytes_printf(out, " }");
		before = ", ";
	}
	bytes_printf(out, "]");
}

static void
put_finding(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_fault *fault = &r->faults[n];
	const struct report_finding *f = report_fault_shown(r, fault);

	json_text(out, n > 0 ? ",\n    { " : "\n    { ", "id", f->f.kind->id);
	json_text(out, ", ", "title", f->f.kind->title);
	json_text(out, ",\n      ", "file", f->file);
	json_number(out, ", ", "line", f->line);
	json_text(out, ", ", "function", f->function);
	json_text(out, ",\n      ", "sentence", f->f.text);
	json_text(out, ",\n      ", "severity", fault->fatal ? "fatal" :
	    "latent");
	json_truth(out, ", ", "counted", fault->counted);
	json_truth(out, ", ", "accepted", fault->accepted);
	if (f->f.prevent[0] != '\0')
		json_text(out, ",\n      ", "prevent", f->f.prevent);
	if (f->f.nbytes > 0) {
		json_key(out, ",\n      ", "bytes");
		report_json_views(f, out);
	}
	bytes_printf(out, ",\n      ");
	put_path(out, &f->path);
	bytes_printf(out, ",\n      \"notes\": [");
	for (size_t i = 0; i < f->f.nnotes; i++) {
		json_text(out, i > 0 ? ", { " : "{ ", "text",
		    f->notes[i].text);
		bytes_printf(out, ", ");
		put_path(out, &f->notes[i].path);
		bytes_printf(out, " }");
	}
	json_key(out, "],\n      ", "runs");
	report_json_runs(r, fault, out);
	bytes_printf(out, " }");
}

static void
put_divergences(struct bytes *out, const struct report *r)
{
	bytes_printf(out, ",\n  \"divergences\": [");
	for (size_t i = 0; i < r->ndivergences; i++) {
		const struct report_divergence *d = &r->divergences[i];

		json_text(out, i > 0 ? ",\n    { " : "\n    { ", "trace",
		    r->traces[d->trace].name);
		bytes_printf(out, ", \"machines\": [");
		for (size_t m = 0; m < d->nmachines; m++) {
			bytes_printf(out, "%s", m > 0 ? ", " : "");
			escape_json(out, r->machines[d->machines[m]].name);
		}
		json_text(out, "], ", "sentence", d->text);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

static void
put_unseen(struct bytes *out, const struct report *r)
{
	const char *before = "";

	bytes_printf(out, ",\n  \"baseline_unseen\": [");
	for (size_t i = 0; i < r->nbaseline; i++) {
		if (r->baseline[i].seen)
			continue;
		bytes_printf(out, "%s", before);
		json_text(out, "{ ", "id", r->baseline[i].id);
		json_text(out, ", ", "file", r->baseline[i].file);
		json_text(out, ", ", "function", r->baseline[i].function);
		bytes_printf(out, " }");
		before = ", ";
	}
	bytes_printf(out, "]");
}

void
report_json(const struct report *r, struct bytes *out)
{
	put_head(out, r);
	put_traces(out, r);
	bytes_printf(out, ",\n  \"runs\": [");
	for (size_t i = 0; i < r->nruns; i++) {
		bytes_printf(out, "%s\n    ", i > 0 ? "," : "");
		put_run(out, r, &r->runs[i]);
	}
	bytes_printf(out, "],\n  \"findings\": [");
	for (size_t i = 0; i < r->nfaults; i++)
		put_finding(out, r, i);
	bytes_printf(out, "]");
	put_divergences(out, r);
	put_unseen(out, r);
	if (r->note != NULL)
		json_text(out, ",\n  ", "note", r->note);
	bytes_printf(out, "\n}\n");
}

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
 *			   divergences, digest }]; trace and machine are names,
 *			a skipped run has nothing behind skipped
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
#include "report.h"

#include <stdio.h>
#include <string.h>

/* The length of a UTF-8 character at p, or 0: no such. */
static size_t
utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 :
	    p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
	    p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] >= 0xa0)))
		return 0;
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return n;
}

void
report_json_string(struct bytes *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	bytes_printf(out, "\"");
	while (*p != '\0') {
		size_t n = utf8_length(p);

		if (n == 0) {
			bytes_printf(out, "\\ufffd");
			n = 1;
		} else if (*p == '"' || *p == '\\') {
			bytes_printf(out, "\\%c", *p);
		} else if (*p < 0x20 || *p == 0x7f) {
			bytes_printf(out, "\\u%04x", *p);
		} else {
			bytes_add(out, p, n);
		}
		p += n;
	}
	bytes_printf(out, "\"");
}

/* `"key": "text"`, with what separates it from the one before. */
static void
put_text(struct bytes *out, const char *before, const char *key,
    const char *text)
{
	bytes_printf(out, "%s\"%s\": ", before, key);
	report_json_string(out, text);
}

static void
put_number(struct bytes *out, const char *before, const char *key, uint64_t n)
{
	bytes_printf(out, "%s\"%s\": %llu", before, key,
	    (unsigned long long)n);
}

static void
put_truth(struct bytes *out, const char *before, const char *key, int truth)
{
	bytes_printf(out, "%s\"%s\": %s", before, key,
	    truth ? "true" : "false");
}

static void
put_head(struct bytes *out, const struct report *r)
{
	put_number(out, "{\n  ", "format", 1);
	put_text(out, ",\n  ", "viotape", VIOTAPE_VERSION);
	put_text(out, ",\n  ", "command", r->command);
	put_text(out, ",\n  ", "verdict", run_verdict_name(r->verdict));
	put_number(out, ",\n  ", "status", (uint64_t)r->status);
	put_truth(out, ",\n  ", "strict", r->strict);
	put_number(out, ",\n  ", "counted", r->counted);
	put_number(out, ",\n  ", "skipped", r->skipped);
	put_text(out, ",\n  \"guest\": { ", "words", r->guest);
	put_text(out, ", ", "driver_digest", r->driver_digest);
	bytes_printf(out, ", \"drivers\": [");
	for (size_t i = 0; i < r->ndrivers; i++) {
		bytes_printf(out, "%s", i > 0 ? ", " : "");
		report_json_string(out, r->drivers[i]);
	}
	bytes_printf(out, "] }");
}

static void
put_traces(struct bytes *out, const struct report *r)
{
	bytes_printf(out, ",\n  \"traces\": [");
	for (size_t i = 0; i < r->ntraces; i++) {
		const struct report_trace *t = &r->traces[i];

		put_text(out, i > 0 ? ",\n    { " : "\n    { ", "name",
		    t->name);
		put_text(out, ", ", "device", t->device);
		put_text(out, ", ", "host", t->host);
		put_text(out, ", ", "scenario", t->scenario);
		put_text(out, ", ", "hash", t->hash);
		if (t->unseen[0] != '\0')
			put_text(out, ", ", "unseen", t->unseen);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "],\n  \"machines\": [");
	for (size_t i = 0; i < r->nmachines; i++) {
		const struct report_machine *m = &r->machines[i];

		put_text(out, i > 0 ? ",\n    { " : "\n    { ", "name",
		    m->name);
		put_text(out, ", ", "title", m->title);
		put_text(out, ", ", "description", m->line);
		put_text(out, ", ", "order", m->order);
		put_text(out, ", ", "run_as", strcmp(r->command, "prove") ==
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
	put_number(out, ", \"explored\": { ", "executions",
	    run->explored.executions);
	put_number(out, ", ", "windows", run->explored.windows);
	put_number(out, ", ", "states", run->explored.states);
	put_number(out, ", ", "merged", run->explored.merged);
	put_number(out, ", ", "widest", run->explored.wide);
	put_truth(out, ", ", "whole", !run->cut && !run->capped);
	bytes_printf(out, " }");
}

static void
put_run(struct bytes *out, const struct report *r,
    const struct report_run *run)
{
	put_text(out, "{ ", "trace", r->traces[run->trace].name);
	put_text(out, ", ", "machine", r->machines[run->machine].name);
	if (run->skipped != NULL) {
		put_text(out, ", ", "skipped", run->skipped);
		bytes_printf(out, " }");
		return;
	}
	put_text(out, ", ", "verdict", run_verdict_name(run->verdict));
	if (run->unknown != NULL)
		put_text(out, ", ", "unknown", run->unknown);
	put_number(out, ", ", "events", run->events);
	put_number(out, ", ", "stores", run->stores);
	put_number(out, ", ", "time_ns", run->time_ns);
	put_number(out, ", ", "pictures", run->pictures);
	put_number(out, ", ", "fatal", run->fatal);
	put_number(out, ", ", "latent", run->latent);
	put_number(out, ", ", "divergences", run->ndiverged);
	put_text(out, ", ", "digest", run->digest);
	put_explored(out, r, run);
	bytes_printf(out, " }");
}

static void
put_path(struct bytes *out, const struct report_path *p)
{
	bytes_printf(out, "\"path\": [");
	for (size_t i = 0; i < p->n; i++) {
		put_text(out, i > 0 ? ", { " : "{ ", "file",
		    p->frames[i].file);
		put_number(out, ", ", "line", p->frames[i].line);
		put_text(out, ", ", "function", p->frames[i].function);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

static void
put_hex(struct bytes *out, const char *key, const uint8_t *p, size_t n)
{
	bytes_printf(out, ", \"%s\": \"", key);
	for (size_t i = 0; i < n; i++)
		bytes_printf(out, "%02x", p[i]);
	bytes_printf(out, "\"");
}

static void
put_finding_runs(struct bytes *out, const struct report *r, size_t fault)
{
	const char *before = "";

	bytes_printf(out, ",\n      \"runs\": [");
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];
		const struct report_run *run = &r->runs[f->run];

		if (f->fault != fault)
			continue;
		bytes_printf(out, "%s", before);
		put_text(out, "{ ", "trace", r->traces[run->trace].name);
		put_text(out, ", ", "machine", r->machines[run->machine].name);
		put_text(out, ", ", "severity", f->f.fatal ? "fatal" :
		    "latent");
		put_number(out, ", ", "event", f->f.event);
		put_number(out, ", ", "count", f->f.count);
		bytes_printf(out, " }");
		before = ", ";
	}
	bytes_printf(out, "] }");
}

static void
put_finding(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_fault *fault = &r->faults[n];
	const struct report_finding *f = report_fault_shown(r, fault);

	put_text(out, n > 0 ? ",\n    { " : "\n    { ", "id", f->f.kind->id);
	put_text(out, ", ", "title", f->f.kind->title);
	put_text(out, ",\n      ", "file", f->file);
	put_number(out, ", ", "line", f->line);
	put_text(out, ", ", "function", f->function);
	put_text(out, ",\n      ", "sentence", f->f.text);
	put_text(out, ",\n      ", "severity", fault->fatal ? "fatal" :
	    "latent");
	put_truth(out, ", ", "counted", fault->counted);
	put_truth(out, ", ", "accepted", fault->accepted);
	if (f->f.prevent[0] != '\0')
		put_text(out, ",\n      ", "prevent", f->f.prevent);
	if (f->f.nbytes > 0) {
		put_number(out, ",\n      \"bytes\": { ", "at", f->f.bytes_at);
		put_hex(out, "guest", f->f.guest, f->f.nbytes);
		put_hex(out, "host", f->f.host, f->f.nbytes);
		bytes_printf(out, " }");
	}
	bytes_printf(out, ",\n      ");
	put_path(out, &f->path);
	bytes_printf(out, ",\n      \"notes\": [");
	for (size_t i = 0; i < f->f.nnotes; i++) {
		put_text(out, i > 0 ? ", { " : "{ ", "text",
		    f->notes[i].text);
		bytes_printf(out, ", ");
		put_path(out, &f->notes[i].path);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
	put_finding_runs(out, r, n);
}

static void
put_divergences(struct bytes *out, const struct report *r)
{
	bytes_printf(out, ",\n  \"divergences\": [");
	for (size_t i = 0; i < r->ndivergences; i++) {
		const struct report_divergence *d = &r->divergences[i];

		put_text(out, i > 0 ? ",\n    { " : "\n    { ", "trace",
		    r->traces[d->trace].name);
		bytes_printf(out, ", \"machines\": [");
		for (size_t m = 0; m < d->nmachines; m++) {
			bytes_printf(out, "%s", m > 0 ? ", " : "");
			report_json_string(out, r->machines[d->machines[m]].name);
		}
		put_text(out, "], ", "sentence", d->text);
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
		put_text(out, "{ ", "id", r->baseline[i].id);
		put_text(out, ", ", "file", r->baseline[i].file);
		put_text(out, ", ", "function", r->baseline[i].function);
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
		put_text(out, ",\n  ", "note", r->note);
	bytes_printf(out, "\n}\n");
}

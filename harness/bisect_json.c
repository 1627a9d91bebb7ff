/*
 * bisect_json.c: a search in a history, for programs, as one JSON object
 * (RFC 8259).  Keys come in the order written here and are never left out, but
 * for those marked "?"; nothing is added but at the end of an object.
 *
 *	format		1
 *	viotape		version of viotape
 *	command		"bisect"
 *	by		"verdict", "finding" or "host"
 *	finding?	its id
 *	at?		the place that it has to have
 *	repository	as it was given
 *	good, bad	{ given, hash }; hash is of the commit that has its
 *			drivers
 *	mended		true: the good one is the newer one
 *	commits		how many change the drivers between them
 *	tried		[TRY]: in the order in which they were tried
 *	found		true: first has one element
 *	first		[{ hash, date, subject, files: [] }]: the commits of
 *			which one is the first that is like the newer one
 *	before, with	TRY: of the last that is like the older one, of the
 *			first that is known to be like the newer one
 *	diff?		{ trace, machine?, of: the object of diff --json }: these
 *			two on one trace
 *
 * TRY is { hash, date, subject, is ("good", "bad", "skipped"), says,
 * findings: [{ id, file, line, function, text, where }] }.
 */
#include "bisect.h"
#include "json_write.h"
#include "report.h"

static void
commit(const struct history_commit *c, struct bytes *out)
{
	json_text(out, "", "hash", c->hash);
	bytes_printf(out, ", ");
	json_text(out, "", "date", c->date);
	bytes_printf(out, ", ");
	json_text(out, "", "subject", c->subject);
}

static void
try(const struct bisect *b, size_t i, struct bytes *out)
{
	const struct bisect_try *t = &b->tries[i];

	bytes_printf(out, "{ ");
	commit(&b->history.list[i], out);
	bytes_printf(out, ",\n      \"is\": \"%s\", ",
	    bisect_class_name(t->what));
	json_text(out, "", "says", t->says);
	bytes_printf(out, ",\n      \"findings\": [");
	for (size_t k = 0; k < t->nfindings; k++) {
		const struct bisect_finding *f = &t->findings[k];

		bytes_printf(out, "%s{ ", k > 0 ? ", " : "");
		json_text(out, "", "id", f->kind->id);
		bytes_printf(out, ", ");
		json_text(out, "", "file", f->file);
		bytes_printf(out, ", \"line\": %u, ", f->line);
		json_text(out, "", "function", f->function);
		bytes_printf(out, ", ");
		json_text(out, "", "text", f->text);
		bytes_printf(out, ", ");
		json_text(out, "", "where", f->where);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "] }");
}

static void
tried(const struct bisect *b, struct bytes *out)
{
	bytes_printf(out, "  \"tried\": [");
	for (size_t nth = 1; nth <= b->ntried; nth++)
		for (size_t i = 0; i < b->history.n; i++)
			if (b->tries[i].nth == nth) {
				bytes_printf(out, "%s\n    ", nth > 1 ? "," :
				    "");
				try(b, i, out);
			}
	bytes_printf(out, "\n  ],\n");
}

static void
first(const struct bisect *b, struct bytes *out)
{
	bytes_printf(out, "  \"found\": %s,\n  \"first\": [",
	    b->high - b->low == 1 ? "true" : "false");
	for (size_t i = b->low + 1; i <= b->high; i++) {
		const struct host_names *files = &b->files[i - b->low - 1];

		bytes_printf(out, "%s\n    { ", i > b->low + 1 ? "," : "");
		commit(&b->history.list[i], out);
		bytes_printf(out, ",\n      \"files\": [");
		for (size_t k = 0; k < files->n; k++) {
			bytes_printf(out, "%s", k > 0 ? ", " : "");
			escape_json(out, files->names[k]);
		}
		bytes_printf(out, "] }");
	}
	bytes_printf(out, "\n  ],\n");
}

static void
end(const struct bisect *b, size_t i, const char *name, const char *given,
    struct bytes *out)
{
	bytes_printf(out, "  \"%s\": { ", name);
	json_text(out, "", "given", given);
	bytes_printf(out, ", ");
	json_text(out, "", "hash", b->history.list[i].hash);
	bytes_printf(out, " },\n");
}

void
bisect_json(const struct bisect *b, struct bytes *out)
{
	const struct options *o = b->o;
	size_t last = b->history.n - 1;
	int mended = b->history.mended;

	bytes_printf(out, "{\n  \"format\": 1,\n  \"viotape\": \"%s\",\n"
	    "  \"command\": \"bisect\",\n  \"by\": \"%s\",\n",
	    VIOTAPE_VERSION, o->by_host ? "host" : o->finding != NULL ?
	    "finding" : "verdict");
	if (o->finding != NULL) {
		bytes_printf(out, "  ");
		json_text(out, "", "finding", o->finding);
		bytes_printf(out, ",\n");
	}
	if (o->at != NULL) {
		bytes_printf(out, "  ");
		json_text(out, "", "at", o->at);
		bytes_printf(out, ",\n");
	}
	bytes_printf(out, "  ");
	json_text(out, "", "repository", b->repo);
	bytes_printf(out, ",\n");
	end(b, mended ? last : 0, "good", o->good, out);
	end(b, mended ? 0 : last, "bad", o->bad, out);
	bytes_printf(out, "  \"mended\": %s,\n  \"commits\": %zu,\n",
	    mended ? "true" : "false", last);
	tried(b, out);
	first(b, out);
	bytes_printf(out, "  \"before\": ");
	try(b, b->low, out);
	bytes_printf(out, ",\n  \"with\": ");
	try(b, b->high, out);
	if (b->has_diff) {
		bytes_printf(out, ",\n  \"diff\": { ");
		json_text(out, "", "trace", b->diff_trace);
		bytes_printf(out, ", ");
		if (b->diff_machine != NULL) {
			json_text(out, "", "machine", b->diff_machine);
			bytes_printf(out, ", ");
		}
		bytes_printf(out, "\"of\": ");
		diff_json(&b->diff, out);
		bytes_printf(out, "  }");
	}
	bytes_printf(out, "\n}\n");
}

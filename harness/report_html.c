/*
 * report_html.c: the report as one page of HTML, for somebody who gets it from
 * continuous integration: the verdict first, then which trace on which machine,
 * the findings by lines of the driver, with the lines, and what else there is
 * to know.
 *
 * The page is a file by itself: no script, nothing from elsewhere, light or
 * dark as its reader is, and readable on paper.  It is well-formed XML as well,
 * which is what its tests look at.  Nothing tells where or when it was made.
 * All text goes through put(), which escapes it.
 */
#include "report.h"

#include "escape.h"

#include <stdio.h>
#include <string.h>

#define LINES_AROUND	4u		/* of the source, on either side */

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;"
    "--soft:#f3f5f7;--rule:#d3d9df;--red:#a40e18;--red-soft:#fde8e8;"
    "--green:#116329;--green-soft:#e3f5e6;--amber:#7a4a00;"
    "--amber-soft:#fff3d6}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--dim:#9aa5b1;"
    "--paper:#14181d;--soft:#1e242b;--rule:#39424d;--red:#ff9b95;"
    "--red-soft:#3f1a1b;--green:#7ddc8f;--green-soft:#16301d;"
    "--amber:#f0c060;--amber-soft:#352a10}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:62rem;"
    "font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--paper);overflow-wrap:anywhere}\n"
    "h1{font-size:1.1rem;margin:0;color:var(--dim);font-weight:600}\n"
    "h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;"
    "border-bottom:1px solid var(--rule)}\n"
    "h3{font-size:1.05rem;margin:2rem 0 .5rem}\n"
    "h4{font-size:1rem;margin:1.25rem 0 .25rem}\n"
    "p{margin:.35rem 0}\n"
    "code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "\"DejaVu Sans Mono\",monospace;font-size:.875em}\n"
    "pre{margin:.5rem 0;padding:.6rem .75rem;background:var(--soft);"
    "border:1px solid var(--rule);border-radius:4px;overflow-x:auto;"
    "tab-size:8;line-height:1.45}\n"
    ".summary{font-size:1.6rem;font-weight:700;margin:.25rem 0;"
    "line-height:1.25}\n"
    ".dim{color:var(--dim)}\n"
    ".fails,.fatal{color:var(--red)}\n"
    ".holds{color:var(--green)}\n"
    ".unknown,.skipped,.latent{color:var(--amber)}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem}\n"
    "th,td{border:1px solid var(--rule);padding:.3rem .55rem;"
    "text-align:left;vertical-align:top}\n"
    "th{background:var(--soft);font-weight:600}\n"
    "td.fails{background:var(--red-soft);font-weight:700}\n"
    "td.holds{background:var(--green-soft)}\n"
    "td.unknown,td.skipped{background:var(--amber-soft)}\n"
    "td small{display:block;font-weight:400;color:var(--ink)}\n"
    ".matrix{overflow-wrap:normal}\n"
    ".matrix th:first-child{position:sticky;left:0}\n"
    "article{border-left:4px solid var(--rule);padding:.1rem 0 .1rem 1rem;"
    "margin:1rem 0}\n"
    "article.counted{border-color:var(--red)}\n"
    ".tag{font-size:.8rem;font-weight:600;border:1px solid;"
    "border-radius:3px;padding:0 .35rem;margin-left:.4rem}\n"
    ".sentence{font-size:1.05rem}\n"
    ".source .n{color:var(--dim);user-select:none}\n"
    ".source .at{display:inline-block;min-width:100%;"
    "background:var(--red-soft);font-weight:700}\n"
    ".latent-only .source .at{background:var(--amber-soft)}\n"
    "ol.path,ol.turns,ul.notes{margin:.4rem 0;padding-left:1.6rem}\n"
    "ol.path li,ol.turns li,ul.notes li{margin:.3rem 0}\n"
    ".line{display:block;color:var(--dim);white-space:pre-wrap;"
    "tab-size:8}\n"
    ".differs{font-weight:700;background:var(--red-soft);"
    "color:var(--red)}\n"
    "dt{font-weight:600;margin-top:.75rem}\n"
    "dd{margin:0}\n"
    "details{margin:.6rem 0}\n"
    "summary{cursor:pointer;font-weight:600}\n"
    "li details,dd details{margin:.1rem 0}\n"
    "li summary,dd summary{font-weight:400;font-size:.875rem;color:var(--dim)}\n"
    "footer{margin-top:3rem;color:var(--dim);font-size:.875rem}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}"
    "pre{white-space:pre-wrap}pre,tr,li{break-inside:avoid}"
    "h2,h3,h4,dt{break-after:avoid}"
    "details::details-content{content-visibility:visible;"
    "block-size:auto}}\n";

/* --- pieces --------------------------------------------------------------- */

/* Markup of ours; never text of others. */
static void
markup(struct bytes *out, const char *text)
{
	bytes_printf(out, "%s", text);
}

/* Text, escaped. */
static void
put(struct bytes *out, const char *text)
{
	escape_xml(out, text);
}

static void
put_number(struct bytes *out, uint64_t n)
{
	bytes_printf(out, "%llu", (unsigned long long)n);
}

/* "<NAME ...>TEXT</NAME>"; attributes are ours. */
static void
element(struct bytes *out, const char *name, const char *attributes,
    const char *text)
{
	bytes_printf(out, "<%s%s%s>", name, attributes[0] != '\0' ? " " : "",
	    attributes);
	put(out, text);
	bytes_printf(out, "</%s>", name);
}

static const char *
verdict_class(enum run_verdict v)
{
	return v == RUN_FAILS ? "fails" : v == RUN_UNKNOWN ? "unknown" :
	    "holds";
}

/* What was made by a function that adds to bytes, escaped. */
static void
put_bytes(struct bytes *out, struct bytes *text)
{
	bytes_add(text, "", 1);
	put(out, (const char *)text->data);
	bytes_free(text);
}

/* --- the head ------------------------------------------------------------- */

static const char *
verdict_words(const struct report *r)
{
	switch (r->verdict) {
	case RUN_HOLDS:
		return "Nothing was found that counts.";
	case RUN_HOLDS_BOUNDED:
		return "Nothing was found that counts, within the bounds that "
		    "are told below.";
	case RUN_FAILS:
		return "What counts was found; it stands below, by lines of "
		    "the driver.";
	default:
		return "Nothing can be said: a run came to no end, or none "
		    "was made.";
	}
}

static void
put_head(struct bytes *out, const struct report *r)
{
	struct bytes summary = {0};

	report_summary(r, &summary);
	bytes_add(&summary, "", 1);
	markup(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\"/>\n"
	    "<meta name=\"generator\" content=\"viotape "
	    VIOTAPE_VERSION "\"/>\n<title>");
	put(out, run_verdict_name(r->verdict));
	markup(out, ": viotape ");
	put(out, r->command);
	markup(out, ", ");
	put(out, r->guest);
	markup(out, "</title>\n<style>\n");
	markup(out, style);
	markup(out, "</style>\n</head>\n<body>\n<header>\n<h1>viotape ");
	put(out, r->command);
	bytes_printf(out, "</h1>\n<p class=\"summary %s\">",
	    verdict_class(r->verdict));
	put(out, (const char *)summary.data);
	markup(out, "</p>\n");
	element(out, "p", "", r->guest);
	element(out, "p", "class=\"dim\"", verdict_words(r));
	markup(out, "\n</header>\n<main>\n");
	bytes_free(&summary);
}

/* --- traces and machines -------------------------------------------------- */

static void
put_cell(struct bytes *out, const struct report_run *run)
{
	if (run == NULL) {
		markup(out, "<td class=\"dim\">not run</td>");
		return;
	}
	if (run->skipped != NULL) {
		markup(out, "<td class=\"skipped\">skipped</td>");
		return;
	}
	bytes_printf(out, "<td class=\"%s\">", verdict_class(run->verdict));
	put(out, run_verdict_name(run->verdict));
	if (run->fatal > 0)
		bytes_printf(out, "<small>%zu fatal</small>", run->fatal);
	if (run->latent > 0)
		bytes_printf(out, "<small>%zu latent</small>", run->latent);
	markup(out, "</td>");
}

static void
put_matrix(struct bytes *out, const struct report *r)
{
	markup(out, "<section id=\"matrix\">\n<h2>Traces and machines</h2>\n"
	    "<div class=\"wide\"><table class=\"matrix\">\n<thead><tr>"
	    "<th scope=\"col\">trace</th>");
	for (size_t m = 0; m < r->nmachines; m++)
		element(out, "th", "scope=\"col\"", r->machines[m].name);
	markup(out, "</tr></thead>\n<tbody>\n");
	for (size_t t = 0; t < r->ntraces; t++) {
		markup(out, "<tr>");
		element(out, "th", "scope=\"row\"", r->traces[t].name);
		for (size_t m = 0; m < r->nmachines; m++)
			put_cell(out, report_run_at(r, t, m));
		markup(out, "</tr>\n");
	}
	markup(out, "</tbody>\n</table></div>\n</section>\n");
}

/* --- the source ----------------------------------------------------------- */

static void
put_source(struct bytes *out, const struct report *r, const char *file,
    unsigned at)
{
	unsigned first = at > LINES_AROUND ? at - LINES_AROUND : 1;

	if (report_source_line(r, file, at) == NULL)
		return;
	markup(out, "<pre class=\"source\">");
	for (unsigned n = first; n <= at + LINES_AROUND; n++) {
		const char *line = report_source_line(r, file, n);

		if (line == NULL)
			break;
		if (n == at)
			markup(out, "<span class=\"at\">");
		bytes_printf(out, "<span class=\"n\">%5u%s</span>\t", n,
		    n == at ? " &gt;" : "  ");
		put(out, line);
		markup(out, n == at ? "</span>\n" : "\n");
	}
	markup(out, "</pre>\n");
}

/* "function FILE:LINE", and the line itself. */
static void
put_frame(struct bytes *out, const struct report *r,
    const struct report_frame *f)
{
	const char *line = f->driver ? report_source_line(r, f->file, f->line)
	    : NULL;

	element(out, "code", "", f->function);
	if (strcmp(f->file, "??") != 0) {
		markup(out, " <span class=\"dim mono\">");
		put(out, f->file);
		bytes_printf(out, ":%u</span>", f->line);
	}
	if (line != NULL)
		element(out, "code", "class=\"line\"", line +
		    strspn(line, " \t"));
}

static void
put_frames(struct bytes *out, const struct report *r,
    const struct report_path *p, size_t first, size_t end)
{
	bytes_printf(out, "<ol class=\"path\" start=\"%zu\">\n", first + 1);
	for (size_t i = first; i < end; i++) {
		markup(out, "<li>");
		put_frame(out, r, &p->frames[i]);
		markup(out, "</li>\n");
	}
	markup(out, "</ol>\n");
}

/* What called the driver is the shim's kernel, and folded. */
static void
put_path(struct bytes *out, const struct report *r,
    const struct report_path *p)
{
	size_t end = report_path_end(p, 0);

	put_frames(out, r, p, 0, end);
	if (end == p->n)
		return;
	bytes_printf(out, "<details><summary>%zu more, from the kernel on"
	    "</summary>\n", p->n - end);
	put_frames(out, r, p, end, p->n);
	markup(out, "</details>\n");
}

/* --- one finding ---------------------------------------------------------- */

static void
put_byte_row(struct bytes *out, const char *who, const uint8_t *p,
    const uint8_t *other, size_t n)
{
	bytes_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"mono\">",
	    who);
	for (size_t i = 0; i < n; i++)
		bytes_printf(out, p[i] != other[i] ?
		    "%s<span class=\"differs\">%02x</span>" : "%s%02x",
		    i > 0 ? " " : "", p[i]);
	markup(out, "</td></tr>\n");
}

static void
put_views(struct bytes *out, const struct finding *f)
{
	if (f->nbytes == 0)
		return;
	bytes_printf(out, "<dt>Both views, from byte %llu</dt>\n<dd>"
	    "<div class=\"wide\"><table><tbody>\n",
	    (unsigned long long)f->bytes_at);
	put_byte_row(out, "guest", f->guest, f->host, f->nbytes);
	put_byte_row(out, "host", f->host, f->guest, f->nbytes);
	markup(out, "</tbody></table></div></dd>\n");
}

static void
put_turns(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->f.nnotes; i++) {
		const struct report_frame *at =
		    report_path_place(&f->notes[i].path);

		if (!report_note_is_turn(&f->notes[i]))
			continue;
		if (n++ == 0)
			markup(out, "<dt>The way to it, in the order of time"
			    "</dt>\n<dd><ol class=\"turns\">\n");
		markup(out, "<li>");
		put(out, f->notes[i].text);
		if (at != NULL) {
			markup(out, "<br/>");
			put_frame(out, r, at);
		}
		markup(out, "</li>\n");
	}
	if (n > 0)
		markup(out, "</ol></dd>\n");
}

static void
put_note(struct bytes *out, const struct report *r,
    const struct report_note *n)
{
	const struct report_frame *at = report_path_place(&n->path);

	markup(out, "<li>");
	put(out, n->text);
	if (at != NULL) {
		markup(out, "<br/>");
		put_frame(out, r, at);
	}
	if (n->path.n > 1) {
		markup(out, "<details><summary>its call path</summary>\n");
		put_path(out, r, &n->path);
		markup(out, "</details>");
	}
	markup(out, "</li>\n");
}

struct noting {
	struct bytes *out;
	size_t n;
};

static void
notes_begin(struct noting *to)
{
	if (to->n++ == 0)
		markup(to->out, "<dt>What belongs to it</dt>\n"
		    "<dd><ul class=\"notes\">\n");
}

/* What is different on another machine. */
static void
put_other(void *self, const char *machine, const char *text)
{
	struct noting *to = self;

	notes_begin(to);
	markup(to->out, "<li>on ");
	put(to->out, machine);
	markup(to->out, ": ");
	put(to->out, text);
	markup(to->out, "</li>\n");
}

static void
put_notes(struct bytes *out, const struct report *r,
    const struct report_fault *fault)
{
	const struct report_finding *f = report_fault_shown(r, fault);
	struct noting to = { out, 0 };

	for (size_t i = 0; i < f->f.nnotes; i++) {
		if (report_note_is_turn(&f->notes[i]) ||
		    report_choices_of(&f->notes[i]) != NULL)
			continue;		/* they stand elsewhere */
		notes_begin(&to);
		put_note(out, r, &f->notes[i]);
	}
	report_others(r, fault, put_other, &to);
	if (to.n > 0)
		markup(out, "</ul></dd>\n");
}

static void
put_again(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	const struct report_run *run = &r->runs[f->run];
	const char *choices = report_choices(f);
	struct bytes line = {0};

	markup(out, "<dt>Again</dt>\n<dd><pre>");
	report_command(r, r->command, run->trace, run->machine, &line);
	put_bytes(out, &line);
	markup(out, "\n");
	if (choices != NULL || (strcmp(r->command, "check") == 0 &&
	    !r->asked.ways_out)) {
		report_command(r, choices != NULL ? "replay" : "replay --gdb",
		    run->trace, run->machine, &line);
		if (choices != NULL)
			bytes_printf(&line, " --choices %s", choices);
		put_bytes(out, &line);
		markup(out, "\n");
	}
	markup(out, "</pre></dd>\n");
}

static void
put_runs_of(struct bytes *out, const struct report *r, size_t fault)
{
	markup(out, "<details><summary>The runs that show it</summary>\n"
	    "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">trace"
	    "</th><th scope=\"col\">machine</th><th scope=\"col\">there it is"
	    "</th><th scope=\"col\">first at event</th><th scope=\"col\">times"
	    "</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];
		const struct report_run *run = &r->runs[f->run];

		if (f->fault != fault)
			continue;
		markup(out, "<tr>");
		element(out, "td", "", r->traces[run->trace].name);
		element(out, "td", "", r->machines[run->machine].name);
		element(out, "td", f->f.fatal ? "class=\"fatal\"" :
		    "class=\"latent\"", f->f.fatal ? "fatal" : "latent");
		markup(out, "<td>");
		put_number(out, f->f.event);
		markup(out, "</td><td>");
		put_number(out, f->f.count);
		markup(out, "</td></tr>\n");
	}
	markup(out, "</tbody></table></div></details>\n");
}

static void
put_where(struct bytes *out, const struct report *r,
    const struct report_fault *fault)
{
	for (int fatal = 1; fatal >= 0; fatal--) {
		struct bytes where = {0};

		report_where(r, fault, fatal, &where);
		if (where.len > 0) {
			bytes_printf(out, "<p class=\"%s\">%s on ", fatal ?
			    "fatal" : "latent", fatal ? "Fatal" : "Latent");
			put_bytes(out, &where);
			markup(out, "</p>\n");
		}
		bytes_free(&where);
	}
}

static void
put_finding(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_fault *fault = &r->faults[n];
	const struct report_finding *f = report_fault_shown(r, fault);
	const struct finding_kind *k = f->f.kind;

	bytes_printf(out, "<article id=\"finding-%zu\" class=\"%s\">\n<h4>",
	    n + 1, fault->counted ? "counted" : "note");
	element(out, "code", "", k->id);
	element(out, "span", fault->fatal ? "class=\"tag fatal\"" :
	    "class=\"tag latent\"", fault->fatal ? "fatal" : "latent");
	if (fault->accepted)
		element(out, "span", "class=\"tag dim\"", "accepted");
	markup(out, "</h4>\n");
	element(out, "p", "class=\"sentence\"", report_sentence(f));
	markup(out, "\n");
	put_where(out, r, fault);
	markup(out, "<dl>\n");
	if (f->f.prevent[0] != '\0') {
		markup(out, "<dt>Prevented by</dt>\n");
		element(out, "dd", "", f->f.prevent);
		markup(out, "\n");
	}
	put_views(out, &f->f);
	put_turns(out, r, f);
	put_notes(out, r, fault);
	if (f->path.n > 0) {
		markup(out, "<dt>The call path, from the inside out</dt>\n"
		    "<dd>");
		put_path(out, r, &f->path);
		markup(out, "</dd>\n");
	}
	put_again(out, r, f);
	markup(out, "</dl>\n");
	put_runs_of(out, r, n);
	markup(out, "<details><summary>Why it is a fault</summary>\n");
	element(out, "p", "", k->why);
	markup(out, "<p class=\"dim\">Source: ");
	put(out, k->source);
	markup(out, ".</p></details>\n</article>\n");
}

/* --- the findings --------------------------------------------------------- */

enum part { COUNTED, LATENT, ACCEPTED };

static enum part
part_of(const struct report_fault *f)
{
	return f->counted ? COUNTED : f->accepted ? ACCEPTED : LATENT;
}

static size_t
part_count(const struct report *r, enum part part)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nfaults; i++)
		n += part_of(&r->faults[i]) == part;
	return n;
}

/* Those of one line stand together, below it. */
static void
put_part(struct bytes *out, const struct report *r, enum part part)
{
	const struct report_finding *last = NULL;

	for (size_t i = 0; i < r->nfaults; i++) {
		const struct report_finding *f =
		    report_fault_shown(r, &r->faults[i]);

		if (part_of(&r->faults[i]) != part)
			continue;
		if (last == NULL || strcmp(last->file, f->file) != 0 ||
		    last->line != f->line) {
			markup(out, "<h3><code>");
			put(out, f->file);
			bytes_printf(out, ":%u</code> in ", f->line);
			element(out, "code", "", f->function);
			markup(out, "</h3>\n");
			put_source(out, r, f->file, f->line);
		}
		put_finding(out, r, i);
		last = f;
	}
}

static void
put_folded(struct bytes *out, const struct report *r, enum part part,
    const char *words)
{
	size_t n = part_count(r, part);

	if (n == 0)
		return;
	bytes_printf(out, "<details class=\"latent-only\"><summary>%zu "
	    "finding%s %s</summary>\n", n, n == 1 ? "" : "s", words);
	put_part(out, r, part);
	markup(out, "</details>\n");
}

/* Where there are many: each by a line, to be gone to. */
static void
put_contents(struct bytes *out, const struct report *r)
{
	if (part_count(r, COUNTED) < 2)
		return;
	markup(out, "<ul>\n");
	for (size_t i = 0; i < r->nfaults; i++) {
		const struct report_finding *f =
		    report_fault_shown(r, &r->faults[i]);

		if (part_of(&r->faults[i]) != COUNTED)
			continue;
		bytes_printf(out, "<li><a href=\"#finding-%zu\"><code>",
		    i + 1);
		put(out, f->file);
		bytes_printf(out, ":%u</code></a> ", f->line);
		element(out, "code", "", f->f.kind->id);
		markup(out, "</li>\n");
	}
	markup(out, "</ul>\n");
}

static void
put_findings(struct bytes *out, const struct report *r)
{
	markup(out, "<section id=\"findings\">\n<h2>Findings</h2>\n");
	if (part_count(r, COUNTED) == 0)
		markup(out, "<p>None that counts.</p>\n");
	put_contents(out, r);
	put_part(out, r, COUNTED);
	put_folded(out, r, LATENT, "of what these machines do not make go "
	    "wrong here: latent, not counted");
	put_folded(out, r, ACCEPTED, "that the baseline accepts");
	markup(out, "</section>\n");
}

/* --- what else there is to know ------------------------------------------- */

struct remarking {
	struct bytes *out;
	const char *id;			/* only those; NULL: all others */
	size_t n;
};

static void
put_remark(void *self, const struct report_said *said)
{
	struct remarking *to = self;
	int is_other = strcmp(said->id, "skipped") != 0 &&
	    strcmp(said->id, "divergence") != 0;

	if (to->id != NULL ? strcmp(said->id, to->id) != 0 : !is_other)
		return;
	if (to->n++ == 0)
		markup(to->out, "<ul>\n");
	markup(to->out, "<li>");
	if (is_other)
		put(to->out, said->begins);
	put(to->out, said->text);
	markup(to->out, "</li>\n");
}

static void
put_remarks(struct bytes *out, const struct report *r, const char *id,
    const char *title)
{
	struct bytes list = {0};
	struct remarking to = { &list, id, 0 };

	report_remarks(r, put_remark, &to);
	if (to.n > 0) {
		markup(out, "<section>\n");
		element(out, "h2", "", title);
		markup(out, "\n");
		bytes_add(out, list.data, list.len);
		markup(out, "</ul>\n</section>\n");
	}
	bytes_free(&list);
}

static void
put_digest(struct bytes *out, const char *what, const char *name,
    const char *digest)
{
	if (digest[0] == '\0')
		return;
	markup(out, "<tr><th scope=\"row\">");
	put(out, what);
	markup(out, "</th>");
	element(out, "td", "", name);
	element(out, "td", "class=\"mono\"", digest);
	markup(out, "</tr>\n");
}

static void
put_digests(struct bytes *out, const struct report *r)
{
	markup(out, "<section>\n<h2>Digests</h2>\n<details><summary>Of what was "
	    "run, and of each run</summary>\n<div class=\"wide\"><table>"
	    "<tbody>\n");
	put_digest(out, "drivers", r->guest, r->driver_digest);
	put_digest(out, "guest", "all its sources", r->source_digest);
	put_digest(out, "certificate", "", r->certificate);
	for (size_t i = 0; i < r->ntraces; i++)
		put_digest(out, "trace", r->traces[i].name, r->traces[i].hash);
	for (size_t i = 0; i < r->nmachines; i++)
		put_digest(out, "machine", r->machines[i].name,
		    r->machines[i].digest);
	for (size_t i = 0; i < r->nruns; i++) {
		struct bytes pair = {0};

		if (r->runs[i].skipped != NULL)
			continue;
		bytes_printf(&pair, "%s on %s",
		    r->traces[r->runs[i].trace].name,
		    r->machines[r->runs[i].machine].name);
		put_digest(out, "run", (const char *)pair.data,
		    r->runs[i].digest);
		bytes_free(&pair);
	}
	markup(out, "</tbody></table></div></details>\n</section>\n");
}

static void
put_machines(struct bytes *out, const struct report *r)
{
	markup(out, "<section>\n<h2>The machines and the traces</h2>\n"
	    "<details><summary>What they are</summary>\n<ul>\n");
	for (size_t i = 0; i < r->nmachines; i++) {
		markup(out, "<li>");
		element(out, "b", "", r->machines[i].name);
		markup(out, ": ");
		put(out, r->machines[i].line);
		markup(out, "</li>\n");
	}
	for (size_t i = 0; i < r->ntraces; i++) {
		markup(out, "<li>");
		element(out, "b", "", r->traces[i].name);
		markup(out, ": ");
		put(out, r->traces[i].device);
		markup(out, " of ");
		put(out, r->traces[i].host);
		markup(out, ", scenario ");
		put(out, r->traces[i].scenario);
		markup(out, "</li>\n");
	}
	markup(out, "</ul></details>\n</section>\n");
}

void
report_html(const struct report *r, struct bytes *out)
{
	put_head(out, r);
	put_matrix(out, r);
	put_findings(out, r);
	put_remarks(out, r, "skipped", "Skipped");
	put_remarks(out, r, "divergence", "What departs from the recordings");
	put_remarks(out, r, NULL, "Bounds and remarks");
	if (r->asked.whole != NULL) {
		markup(out, "<section>\n<h2>All of it again</h2>\n");
		element(out, "pre", "", r->asked.whole);
		markup(out, "\n</section>\n");
	}
	put_machines(out, r);
	put_digests(out, r);
	markup(out, "</main>\n<footer>viotape " VIOTAPE_VERSION "</footer>\n"
	    "</body>\n</html>\n");
}

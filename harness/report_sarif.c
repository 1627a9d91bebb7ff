/*
 * report_sarif.c: the report as SARIF 2.1.0 (OASIS, "Static Analysis Results
 * Interchange Format"), as GitHub's code scanning and editors read it: one log
 * of one run.
 *
 *	tool.driver	viotape, its version, and the kinds that are found here,
 *			in the order of viotape findings, with the words of
 *			viotape explain
 *	invocations	the command line; what was skipped, what bounds the
 *			result and what departs from recordings, as notifications
 *	results		one for each fault: id and line.  error: fatal, or
 *			counted; note: latent.  With a baseline each is new,
 *			or unchanged and suppressed
 *	  stacks	call paths, innermost first: the finding's, its notes'
 *	  codeFlows	the same from the outside in, for viewers that know no
 *			stacks; before it the turns of prove's way
 *	  partialFingerprints	of what a baseline goes by, id, file and
 *			function, so that edits above it do not matter; and a
 *			number where several faults share these
 *	  properties	both views, machines and traces
 *
 * A file is a URI relative to %SRCROOT%, the top of the sources that are looked
 * at, or, if they are the user's and it is one of ours, to VIOTAPE; absolute
 * only if the user's is and no tree has it.  Nothing tells where or when it was
 * made.
 *
 * Of GitHub's own, primaryLocationLineHash is not there: its uploader makes it
 * of the lines themselves, and complains of one that is made otherwise; nor
 * automationDetails, for then its user could not name a category.
 */
#include "report.h"

#include "explain.h"
#include "json_write.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/" \
    "schemas/sarif-schema-2.1.0.json"

/* --- pieces --------------------------------------------------------------- */

/*
 * A message: braces are placeholders (section 3.11.5) and "](" makes a link
 * (3.11.6), so those of others are doubled, and set apart.
 */
static void
put_message(struct bytes *out, const char *before, const char *key,
    const char *text)
{
	struct bytes plain = {0};

	for (const char *p = text; *p != '\0'; p++) {
		bytes_add(&plain, p, 1);
		if (*p == '{' || *p == '}')
			bytes_add(&plain, p, 1);
		else if (p[0] == ']' && p[1] == '(')
			bytes_add(&plain, " ", 1);
	}
	bytes_add(&plain, "", 1);
	json_key(out, before, key);
	json_text(out, "{ ", "text", (const char *)plain.data);
	bytes_printf(out, " }");
	bytes_free(&plain);
}

static int
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Whether the guest is the user's, and this file of it ours. */
static int
is_of_viotape(const struct report *r, const char *file)
{
	if (!r->asked.is_tree && r->asked.file == NULL)
		return 0;
	if (begins(file, "sim/shim/"))
		return 1;
	return !r->asked.is_tree && strcmp(file, r->asked.file) != 0;
}

static void
put_artifact(struct bytes *out, const struct report *r, const char *file)
{
	const char *root = r->asked.root;
	struct bytes uri = {0};
	int relative;

	if (root != NULL && begins(file, root) && file[strlen(root)] == '/')
		file += strlen(root) + 1;
	while (begins(file, "./"))
		file += 2;
	relative = file[0] != '/';
	bytes_printf(&uri, "%s", relative ? "" : "file://");
	escape_uri(&uri, file);
	bytes_add(&uri, "", 1);
	json_text(out, "\"artifactLocation\": { ", "uri",
	    (const char *)uri.data);
	if (relative)
		json_text(out, ", ", "uriBaseId", is_of_viotape(r, file) ?
		    "VIOTAPE" : "%SRCROOT%");
	bytes_printf(out, " }");
	bytes_free(&uri);
}

/* The members of a location. */
static void
put_place(struct bytes *out, const struct report *r, const char *file,
    unsigned line, const char *function)
{
	const char *before = "";

	if (strcmp(file, "??") != 0) {
		bytes_printf(out, "\"physicalLocation\": { ");
		put_artifact(out, r, file);
		if (line > 0) {
			json_number(out, ", \"region\": { ", "startLine",
			    line);
			bytes_printf(out, " }");
		}
		bytes_printf(out, " }");
		before = ", ";
	}
	if (strcmp(function, "??") != 0) {
		bytes_printf(out, "%s\"logicalLocations\": [", before);
		json_text(out, "{ ", "name", function);
		json_text(out, ", ", "kind", "function");
		bytes_printf(out, " }]");
	}
}

static void
put_frame(struct bytes *out, const struct report *r,
    const struct report_frame *f)
{
	put_place(out, r, f->file, f->line, f->function);
}

/* --- the tool ------------------------------------------------------------- */

static int
kind_is_found(const struct report *r, const struct finding_kind *k)
{
	for (size_t i = 0; i < r->nfaults; i++)
		if (report_fault_shown(r, &r->faults[i])->f.kind == k)
			return 1;
	return 0;
}

/* Where a kind stands among the rules. */
static size_t
rule_index(const struct report *r, const struct finding_kind *of)
{
	const struct finding_kind *k;
	size_t n = 0;

	for (size_t i = 0; (k = finding_kind_at(i)) != of; i++) {
		CHECK(k != NULL);
		n += kind_is_found(r, k) != 0;
	}
	return n;
}

static void
put_rule(struct bytes *out, const char *before, const struct finding_kind *k)
{
	struct bytes text = {0};

	json_text(out, before, "id", k->id);
	bytes_printf(&text, "%s.", k->title);
	put_message(out, ",\n          ", "shortDescription",
	    (const char *)text.data);
	put_message(out, ",\n          ", "fullDescription", k->why);
	bytes_clear(&text);
	explain_finding(k, &text);
	put_message(out, ",\n          ", "help", (const char *)text.data);
	json_text(out, ",\n          \"defaultConfiguration\": { ", "level",
	    k->role == FINDING_LET_PASS ? "note" : "error");
	bytes_printf(out, " } }");
	bytes_free(&text);
}

static void
put_tool(struct bytes *out, const struct report *r)
{
	const struct finding_kind *k;
	const char *before = "\n        { ";

	json_text(out, "    \"tool\": { \"driver\": { ", "name", "viotape");
	json_text(out, ", ", "version", VIOTAPE_VERSION);
	json_text(out, ", ", "semanticVersion", VIOTAPE_VERSION);
	bytes_printf(out, ",\n      \"rules\": [");
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++) {
		if (!kind_is_found(r, k))
			continue;
		put_rule(out, before, k);
		before = ",\n        { ";
	}
	bytes_printf(out, "] } }");
}

/* --- the invocation ------------------------------------------------------- */

struct notifying {
	struct bytes *out;
	const char *before;
};

static void
put_notification(void *self, const struct report_said *said)
{
	static const char *const levels[] = { [REMARK_NOTE] = "note",
	    [REMARK_WARNING] = "warning", [REMARK_ERROR] = "error" };
	struct notifying *to = self;
	struct bytes text = {0};

	bytes_printf(&text, "%s%s", said->begins, said->text);
	bytes_printf(to->out, "%s", to->before);
	json_text(to->out, "\n        { \"descriptor\": { ", "id", said->id);
	json_text(to->out, " }, ", "level", levels[said->weight]);
	put_message(to->out, ", ", "message", (const char *)text.data);
	bytes_printf(to->out, " }");
	to->before = ",";
	bytes_free(&text);
}

/* Whether all was looked at that was asked for, and could be. */
static int
is_complete(const struct report *r)
{
	size_t ran = 0;

	for (size_t i = 0; i < r->nruns; i++) {
		if (r->runs[i].unknown != NULL)
			return 0;
		ran += r->runs[i].skipped == NULL;
	}
	return ran > 0;
}

static void
put_invocation(struct bytes *out, const struct report *r)
{
	struct notifying to = { out, "" };

	json_truth(out, ",\n    \"invocations\": [{ ", "executionSuccessful",
	    is_complete(r));
	json_number(out, ", ", "exitCode", (uint64_t)r->status);
	json_text(out, ", ", "exitCodeDescription",
	    run_verdict_name(r->verdict));
	if (r->asked.whole != NULL)
		json_text(out, ",\n      ", "commandLine", r->asked.whole);
	bytes_printf(out, ",\n      \"toolExecutionNotifications\": [");
	report_remarks(r, put_notification, &to);
	bytes_printf(out, "] }]");
}

static void
put_bases(struct bytes *out, const struct report *r)
{
	struct bytes uri = {0};

	json_key(out, ",\n    \"originalUriBaseIds\": {\n      ",
	    "%SRCROOT%");
	bytes_printf(out, "{ ");
	if (r->asked.root != NULL) {
		bytes_printf(&uri, "file://");
		escape_uri(&uri, r->asked.root);
		bytes_printf(&uri, "/");
		json_text(out, "", "uri", (const char *)uri.data);
		bytes_printf(out, ", ");
	}
	put_message(out, "", "description", "the top of the sources that are "
	    "looked at");
	bytes_printf(out, " }");
	if (r->asked.is_tree || r->asked.file != NULL) {
		put_message(out, ",\n      \"VIOTAPE\": { ", "description",
		    "the top of viotape's own sources");
		bytes_printf(out, " }");
	}
	bytes_printf(out, " }");
	bytes_free(&uri);
}

/* --- a result ------------------------------------------------------------- */

/*
 * What a baseline goes by; of several faults that have it in common their
 * order by lines.
 */
static void
put_fingerprint(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_finding *f = report_fault_shown(r, &r->faults[n]);
	const char *const parts[] = { f->f.kind->id, f->file, f->function };
	char hex[DIGEST_HEX_SIZE];
	uint8_t digest[DIGEST_SIZE];
	struct digest d;
	size_t number = 1;

	digest_init(&d);
	for (size_t i = 0; i < 3; i++)
		digest_add(&d, parts[i], strlen(parts[i]) + 1);
	digest_final(&d, digest);
	digest_hex(digest, hex);
	for (size_t i = 0; i < n; i++) {
		const struct report_finding *g =
		    report_fault_shown(r, &r->faults[i]);

		number += report_same_function(f, g) != 0;
	}
	bytes_printf(out, ",\n      \"partialFingerprints\": "
	    "{ \"viotapeFinding/v1\": \"%s:%zu\" }", hex, number);
}

/* Viewers show its first sentence where there is little room. */
static void
put_result_message(struct bytes *out, const struct report *r,
    const struct report_fault *fault)
{
	const struct report_finding *f = report_fault_shown(r, fault);
	struct bytes text = {0}, where = {0};

	report_clean(report_sentence(f), &text);
	bytes_printf(&text, ".");
	for (int fatal = 1; fatal >= 0; fatal--) {
		bytes_clear(&where);
		report_where(r, fault, fatal, &where);
		if (where.len > 0)
			bytes_printf(&text, " %s on %s.", fatal ? "Fatal" :
			    "Latent", (const char *)where.data);
	}
	if (f->f.prevent[0] != '\0') {
		bytes_printf(&text, " Prevented by: ");
		report_clean(f->f.prevent, &text);
		bytes_printf(&text, ".");
	}
	bytes_add(&text, "", 1);
	put_message(out, ",\n      ", "message", (const char *)text.data);
	bytes_free(&text);
	bytes_free(&where);
}

static void
put_stack(struct bytes *out, const struct report *r, const char *before,
    const char *words, const struct report_path *p)
{
	put_message(out, before, "message", words);
	bytes_printf(out, ", \"frames\": [");
	for (size_t i = 0; i < p->n; i++) {
		bytes_printf(out, "%s\n          { \"location\": { ", i > 0 ?
		    "," : "");
		put_frame(out, r, &p->frames[i]);
		bytes_printf(out, " } }");
	}
	bytes_printf(out, "] }");
}

static void
put_stacks(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	const char *before = ",\n      \"stacks\": [\n        { ";
	int any = 0;

	if (f->path.n > 0) {
		put_stack(out, r, before, "by", &f->path);
		before = ",\n        { ";
		any = 1;
	}
	for (size_t i = 0; i < f->f.nnotes; i++) {
		if (f->notes[i].path.n == 0)
			continue;
		put_stack(out, r, before, f->notes[i].text, &f->notes[i].path);
		before = ",\n        { ";
		any = 1;
	}
	bytes_printf(out, "%s", any ? "]" : "");
}

/* Where what the notes tell happened. */
static void
put_related(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	const char *before = ",\n      \"relatedLocations\": [";
	int any = 0;

	for (size_t i = 0; i < f->f.nnotes; i++) {
		const struct report_frame *at =
		    report_path_place(&f->notes[i].path);

		if (at == NULL)
			continue;
		bytes_printf(out, "%s\n        ", before);
		json_number(out, "{ ", "id", i + 1);
		put_message(out, ", ", "message", f->notes[i].text);
		bytes_printf(out, ", ");
		put_frame(out, r, at);
		bytes_printf(out, " }");
		before = ",";
		any = 1;
	}
	bytes_printf(out, "%s", any ? "]" : "");
}

/* The beginning of one, before its place. */
static void
put_step(struct bytes *out, const char *before, const char *words)
{
	bytes_printf(out, "%s\n          { \"location\": { ", before);
	put_message(out, "", "message", words);
	bytes_printf(out, ", ");
}

static size_t
count_turns(const struct report_finding *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->f.nnotes; i++)
		n += report_note_is_turn(&f->notes[i]) &&
		    report_path_place(&f->notes[i].path) != NULL;
	return n;
}

/* In the order of time, with the finding at the end. */
static void
put_way(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	const char *before = "";

	put_message(out, "\n        { ", "message", "the way to it, in the "
	    "order of time");
	bytes_printf(out, ", \"threadFlows\": [{ \"locations\": [");
	for (size_t i = 0; i < f->f.nnotes; i++) {
		const struct report_frame *at =
		    report_path_place(&f->notes[i].path);

		if (at == NULL || !report_note_is_turn(&f->notes[i]))
			continue;
		put_step(out, before, f->notes[i].text);
		put_frame(out, r, at);
		bytes_printf(out, " } }");
		before = ",";
	}
	put_step(out, before, report_sentence(f));
	put_place(out, r, f->file, f->line, f->function);
	bytes_printf(out, " } }] }] }");
}

/* From the outside in. */
static void
put_calls(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	put_message(out, "\n        { ", "message", "the calls that lead to "
	    "it");
	bytes_printf(out, ", \"threadFlows\": [{ \"locations\": [");
	for (size_t i = f->path.n; i > 0; i--) {
		const struct report_frame *at = &f->path.frames[i - 1];

		put_step(out, i < f->path.n ? "," : "", at->function);
		put_frame(out, r, at);
		bytes_printf(out, " } }");
	}
	bytes_printf(out, "] }] }");
}

static void
put_flows(struct bytes *out, const struct report *r,
    const struct report_finding *f)
{
	size_t turns = count_turns(f);

	if (turns == 0 && f->path.n == 0)
		return;
	bytes_printf(out, ",\n      \"codeFlows\": [");
	if (turns > 0)
		put_way(out, r, f);
	if (f->path.n > 0) {
		bytes_printf(out, "%s", turns > 0 ? "," : "");
		put_calls(out, r, f);
	}
	bytes_printf(out, "]");
}

static void
put_properties(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_fault *fault = &r->faults[n];
	const struct report_finding *f = report_fault_shown(r, fault);
	const char *before = "";

	json_text(out, ",\n      \"properties\": { ", "severity",
	    fault->fatal ? "fatal" : "latent");
	json_truth(out, ", ", "counted", fault->counted);
	if (f->f.nbytes > 0) {
		json_key(out, ", ", "bytes");
		report_json_views(f, out);
	}
	bytes_printf(out, ",\n        \"notes\": [");
	for (size_t i = 0; i < f->f.nnotes; i++) {
		if (f->notes[i].path.n > 0)
			continue;
		bytes_printf(out, "%s", before);
		escape_json(out, f->notes[i].text);
		before = ", ";
	}
	json_key(out, "],\n        ", "runs");
	report_json_runs(r, fault, out);
	bytes_printf(out, " }");
}

static void
put_result(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_fault *fault = &r->faults[n];
	const struct report_finding *f = report_fault_shown(r, fault);

	json_text(out, n > 0 ? ",\n    { " : "\n    { ", "ruleId",
	    f->f.kind->id);
	json_number(out, ", ", "ruleIndex", rule_index(r, f->f.kind));
	json_text(out, ", ", "kind", "fail");
	json_text(out, ", ", "level", fault->fatal || r->strict ? "error" :
	    "note");
	if (r->has_baseline)
		json_text(out, ", ", "baselineState", fault->accepted ?
		    "unchanged" : "new");
	if (fault->accepted) {
		json_text(out, ",\n      \"suppressions\": [{ ", "kind",
		    "external");
		json_text(out, ", ", "status", "accepted");
		json_text(out, ", ", "justification", "the baseline lists it");
		bytes_printf(out, " }]");
	}
	put_result_message(out, r, fault);
	bytes_printf(out, ",\n      \"locations\": [{ ");
	put_place(out, r, f->file, f->line, f->function);
	bytes_printf(out, " }]");
	put_fingerprint(out, r, n);
	put_related(out, r, f);
	put_stacks(out, r, f);
	put_flows(out, r, f);
	put_properties(out, r, n);
	bytes_printf(out, " }");
}

/* --- the run -------------------------------------------------------------- */

static void
put_run_properties(struct bytes *out, const struct report *r)
{
	struct bytes summary = {0};

	report_summary(r, &summary);
	json_text(out, ",\n    \"properties\": { ", "command", r->command);
	json_text(out, ", ", "summary", (const char *)summary.data);
	json_text(out, ",\n      \"guest\": { ", "words", r->guest);
	json_text(out, ", ", "driver_digest", r->driver_digest);
	bytes_printf(out, " },\n      \"traces\": [");
	for (size_t i = 0; i < r->ntraces; i++) {
		json_text(out, i > 0 ? ", { " : "{ ", "name",
		    r->traces[i].name);
		json_text(out, ", ", "hash", r->traces[i].hash);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "],\n      \"machines\": [");
	for (size_t i = 0; i < r->nmachines; i++) {
		json_text(out, i > 0 ? ", { " : "{ ", "name",
		    r->machines[i].name);
		json_text(out, ", ", "digest", r->machines[i].digest);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "] }");
	bytes_free(&summary);
}

void
report_sarif(const struct report *r, struct bytes *out)
{
	json_text(out, "{\n  ", "$schema", SCHEMA);
	json_text(out, ",\n  ", "version", "2.1.0");
	bytes_printf(out, ",\n  \"runs\": [{\n");
	put_tool(out, r);
	put_invocation(out, r);
	put_bases(out, r);
	bytes_printf(out, ",\n    \"results\": [");
	for (size_t i = 0; i < r->nfaults; i++)
		put_result(out, r, i);
	bytes_printf(out, "]");
	put_run_properties(out, r);
	bytes_printf(out, " }]\n}\n");
}

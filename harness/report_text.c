/*
 * report_text.c: the report for people.
 *
 *	                 arm64-qemu     amd64-sev
 *	boot-640x480     HOLDS-BOUNDED  FAILS
 *
 *	drivers/viogpu.c:692: sync-missing-prewrite: the host reads ...
 *	  by viogpu_transfer_to_host_2d viogpu.c:692 <- ...
 *	  the first store that the host never saw: kern_rasops.c:210 in ...
 *	  at byte 0: guest 00 11, host 00 00
 *	  prevented by: bus_dmamap_sync(9) of ...
 *	  fatal on amd64-sev; latent on arm64-qemu
 *
 *	FAILS: 1 traces, 2 machines, 1 findings
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#define PATH_FRAMES_MAX	8u		/* of a path in one line */

enum colour { PLAIN, BOLD, RED, GREEN, YELLOW };

static void
colour_set(int colours, enum colour c, struct bytes *out)
{
	static const char *const codes[] = { "0", "1", "1;31", "32", "33" };

	if (colours)
		bytes_printf(out, "\033[%sm", codes[c]);
}

void
report_clean(const char *text, struct bytes *out)
{
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '\n')
			bytes_printf(out, "; ");
		else if (c < 0x20 || c == 0x7f)
			bytes_printf(out, "\\x%02x", c);
		else
			bytes_add(out, p, 1);
	}
}

void
report_clean_print(const char *text)
{
	struct bytes out = {0};

	report_clean(text, &out);
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	bytes_free(&out);
}

/* --- paths --------------------------------------------------------------- */

size_t
report_path_end(const struct report_path *p, size_t first)
{
	size_t end = first;

	while (end < p->n && !p->frames[end].driver)
		end++;
	while (end < p->n && p->frames[end].driver)
		end++;
	return end;
}

void
report_path_print(const struct report_path *p, size_t first,
    size_t frames_max, struct bytes *out)
{
	size_t last = report_path_end(p, first);

	for (size_t i = first; i < last; i++) {
		const struct report_frame *f = &p->frames[i];

		if (i > first)
			bytes_printf(out, " <- ");
		if (i - first == frames_max) {
			bytes_printf(out, "...");
			break;
		}
		report_clean(f->function, out);
		if (strcmp(f->file, "??") == 0)
			continue;
		bytes_printf(out, " ");
		report_clean(host_path_base(f->file), out);
		bytes_printf(out, ":%u", f->line);
	}
}

/* "viogpu.c:398 in viogpu_mem_alloc <- ..." */
static void
note_path_print(const struct report_path *p, struct bytes *out)
{
	const struct report_frame *f = report_path_place(p);
	size_t first = (size_t)(f - p->frames);
	struct bytes rest = {0};

	report_clean(host_path_base(f->file), out);
	bytes_printf(out, ":%u in ", f->line);
	report_clean(f->function, out);
	/* Behind a driver's frame only the driver's callers are of interest. */
	if (first + 1 < p->n && (!f->driver || p->frames[first + 1].driver)) {
		report_path_print(p, first + 1, PATH_FRAMES_MAX, &rest);
		bytes_printf(out, " <- %.*s", (int)rest.len,
		    (const char *)rest.data);
	}
	bytes_free(&rest);
}

/* --- one finding --------------------------------------------------------- */

static void
hex_print(const uint8_t *p, size_t n, struct bytes *out)
{
	for (size_t i = 0; i < n; i++)
		bytes_printf(out, " %02x", p[i]);
}

static void
notes_print(const struct report_finding *f, struct bytes *out)
{
	for (size_t i = 0; i < f->f.nnotes; i++) {
		const struct report_note *n = &f->notes[i];

		bytes_printf(out, "  ");
		report_clean(n->text, out);
		if (n->path.n > 0) {
			bytes_printf(out, ": ");
			note_path_print(&n->path, out);
		}
		bytes_printf(out, "\n");
	}
}

static int
note_has(const struct report_finding *f, const char *text)
{
	for (size_t i = 0; i < f->f.nnotes; i++)
		if (strcmp(f->notes[i].text, text) == 0)
			return 1;
	return 0;
}

void
report_others(const struct report *r, const struct report_fault *fault,
    void (*tell)(void *self, const char *machine, const char *text),
    void *self)
{
	const struct report_finding *shown = report_fault_shown(r, fault);
	size_t n = (size_t)(fault - r->faults);

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];
		const struct report_run *run = &r->runs[f->run];

		if (f->fault != n || f->run == shown->run || !f->f.fatal ||
		    run->trace != r->runs[shown->run].trace)
			continue;
		for (size_t k = 0; k < f->f.nnotes; k++)
			if (f->notes[k].path.n == 0 &&
			    !note_has(shown, f->notes[k].text))
				tell(self, r->machines[run->machine].name,
				    f->notes[k].text);
	}
}

void
report_where_all(const struct report *r, const struct report_fault *fault,
    struct bytes *out)
{
	struct bytes fatal = {0}, latent = {0};

	report_where(r, fault, 1, &fatal);
	report_where(r, fault, 0, &latent);
	if (fatal.len > 0)
		bytes_printf(out, "fatal on %s", (const char *)fatal.data);
	if (latent.len > 0)
		bytes_printf(out, "%slatent on %s", fatal.len > 0 ? "; " : "",
		    (const char *)latent.data);
	bytes_free(&fatal);
	bytes_free(&latent);
}

static void
other_print(void *self, const char *machine, const char *text)
{
	struct bytes *out = self;

	bytes_printf(out, "  on %s: ", machine);
	report_clean(text, out);
	bytes_printf(out, "\n");
}

static void
where_print(const struct report *r, const struct report_fault *fault,
    struct bytes *out)
{
	const struct report_finding *f = report_fault_shown(r, fault);
	const struct report_run *run = &r->runs[f->run];

	bytes_printf(out, "  ");
	report_where_all(r, fault, out);
	bytes_printf(out, "\n  here: event %llu of ",
	    (unsigned long long)f->f.event);
	report_clean(r->traces[run->trace].name, out);
	bytes_printf(out, " on %s, %llu time%s in this run\n",
	    r->machines[run->machine].name, (unsigned long long)f->f.count,
	    f->f.count == 1 ? "" : "s");
}

void
report_fault_body(const struct report *r, const struct report_fault *fault,
    struct bytes *out)
{
	const struct report_finding *f = report_fault_shown(r, fault);

	if (f->path.n > 0) {
		bytes_printf(out, "  by ");
		report_path_print(&f->path, (size_t)(report_path_place(
		    &f->path) - f->path.frames), PATH_FRAMES_MAX, out);
		bytes_printf(out, "\n");
	}
	notes_print(f, out);
	if (f->f.nbytes > 0) {
		bytes_printf(out, "  at byte %llu: guest",
		    (unsigned long long)f->f.bytes_at);
		hex_print(f->f.guest, f->f.nbytes, out);
		bytes_printf(out, ", host");
		hex_print(f->f.host, f->f.nbytes, out);
		bytes_printf(out, "\n");
	}
	if (f->f.prevent[0] != '\0') {
		bytes_printf(out, "  prevented by: ");
		report_clean(f->f.prevent, out);
		bytes_printf(out, "\n");
	}
	report_others(r, fault, other_print, out);
	where_print(r, fault, out);
}

void
report_fault_head(const struct report *r, const struct report_fault *fault,
    int colours, struct bytes *out)
{
	const struct report_finding *f = report_fault_shown(r, fault);
	struct bytes latent = {0};

	colour_set(colours, BOLD, out);
	report_clean(f->file, out);
	bytes_printf(out, ":%u: ", f->line);
	colour_set(colours, fault->counted ? RED : YELLOW, out);
	if (fault->accepted)
		bytes_printf(out, "accepted: ");
	else if (!fault->counted)
		bytes_printf(out, "note: ");
	bytes_printf(out, "%s: ", f->f.kind->id);
	colour_set(colours, PLAIN, out);
	report_clean(report_sentence(f), out);
	if (!fault->fatal) {
		report_where(r, fault, 0, &latent);
		bytes_printf(out, " (latent on %s)",
		    (const char *)latent.data);
	}
	bytes_printf(out, "\n");
	bytes_free(&latent);
}

static void
fault_print(const struct report *r, const struct report_fault *fault,
    int colours, struct bytes *out)
{
	report_fault_head(r, fault, colours, out);
	report_fault_body(r, fault, out);
	bytes_printf(out, "\n");
}

/* --- notes --------------------------------------------------------------- */

static void
remark_print(void *self, const struct report_said *said)
{
	report_said_print(said, self);
}

/* --- the table ----------------------------------------------------------- */

static size_t
wider(size_t width, const char *text)
{
	size_t n = strlen(text);

	return n > width ? n : width;
}

static void
pad(size_t n, size_t width, struct bytes *out)
{
	for (; n < width; n++)
		bytes_printf(out, " ");
}

static void
cell_print(const struct report *r, size_t t, size_t m, int colours,
    size_t width, struct bytes *out)
{
	const struct report_run *run = report_run_at(r, t, m);
	const char *word = run == NULL ? "-" : run->skipped != NULL ?
	    "skipped" : run_verdict_name(run->verdict);
	enum colour c = YELLOW;

	if (run != NULL && run->skipped == NULL)
		c = run->verdict == RUN_FAILS ? RED :
		    run->verdict == RUN_UNKNOWN ? YELLOW : GREEN;
	bytes_printf(out, "  ");
	colour_set(colours, c, out);
	bytes_printf(out, "%s", word);
	colour_set(colours, PLAIN, out);
	if (m + 1 < r->nmachines)
		pad(strlen(word), width, out);
}

static void
table_print(const struct report *r, int colours, struct bytes *out)
{
	size_t first = 0;

	for (size_t t = 0; t < r->ntraces; t++)
		first = wider(first, r->traces[t].name);
	pad(0, first, out);
	for (size_t m = 0; m < r->nmachines; m++) {
		bytes_printf(out, "  %s", r->machines[m].name);
		if (m + 1 < r->nmachines)
			pad(strlen(r->machines[m].name),
			    wider(strlen("HOLDS-BOUNDED"),
			    r->machines[m].name), out);
	}
	bytes_printf(out, "\n");
	for (size_t t = 0; t < r->ntraces; t++) {
		bytes_printf(out, "%s", r->traces[t].name);
		pad(strlen(r->traces[t].name), first, out);
		for (size_t m = 0; m < r->nmachines; m++)
			cell_print(r, t, m, colours,
			    wider(strlen("HOLDS-BOUNDED"),
			    r->machines[m].name), out);
		bytes_printf(out, "\n");
	}
	bytes_printf(out, "\n");
}

/* --- all of it ----------------------------------------------------------- */

static void
faults_print(const struct report *r, int counted, int colours,
    struct bytes *out)
{
	for (size_t i = 0; i < r->nfaults; i++)
		if ((r->faults[i].counted != 0) == counted)
			fault_print(r, &r->faults[i], colours, out);
}

void
report_verdict_line(const struct report *r, int colours, struct bytes *out)
{
	struct bytes summary = {0};

	report_summary(r, &summary);
	colour_set(colours, r->verdict == RUN_FAILS ? RED : BOLD, out);
	bytes_add(out, summary.data, summary.len);
	colour_set(colours, PLAIN, out);
	bytes_printf(out, "\n");
	bytes_free(&summary);
}

void
report_text_findings(const struct report *r, int colours, struct bytes *out)
{
	faults_print(r, 1, colours, out);
	faults_print(r, 0, colours, out);
	report_remarks(r, remark_print, out);
	report_verdict_line(r, colours, out);
}

void
report_text(const struct report *r, int colours, struct bytes *out)
{
	bytes_printf(out, "%s\n\n", r->guest);
	table_print(r, colours, out);
	report_text_findings(r, colours, out);
}

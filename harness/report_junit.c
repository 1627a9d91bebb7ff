/*
 * report_junit.c: the report as JUnit's XML, as continuous integration reads
 * it: one suite, a test case for each trace (name) and machine (classname).
 * A cell that fails has one failure for each fault that counts; UNKNOWN is an
 * error, a skipped pair is skipped.  There are no times: a run has none.
 */
#include "escape.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

static void
put_attribute(struct bytes *out, const char *name, const char *text)
{
	bytes_printf(out, " %s=\"", name);
	escape_xml(out, text);
	bytes_printf(out, "\"");
}

/* Whether the fault counts in this run: only there it is a failure. */
static int
fault_fails(const struct report *r, size_t fault, size_t run)
{
	if (!r->faults[fault].counted)
		return 0;
	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].fault == fault &&
		    r->findings[i].run == run &&
		    (r->findings[i].f.fatal || r->strict))
			return 1;
	return 0;
}

static void
put_failure(struct bytes *out, const struct report *r, size_t fault)
{
	const struct report_finding *f =
	    report_fault_shown(r, &r->faults[fault]);
	struct bytes line = {0}, body = {0};

	bytes_printf(&line, "%s:%u: %s: %s", f->file, f->line, f->f.kind->id,
	    report_sentence(f));
	report_fault_body(r, &r->faults[fault], &body);
	bytes_printf(out, "      <failure");
	put_attribute(out, "type", f->f.kind->id);
	put_attribute(out, "message", (const char *)line.data);
	bytes_printf(out, ">");
	escape_xml(out, (const char *)line.data);
	bytes_printf(out, "\n");
	escape_xml(out, (const char *)body.data);
	bytes_printf(out, "</failure>\n");
	bytes_free(&line);
	bytes_free(&body);
}

static void
put_divergence_failures(struct bytes *out, const struct report *r,
    const struct report_run *run)
{
	for (size_t i = 0; i < r->ndivergences; i++) {
		const struct report_divergence *d = &r->divergences[i];

		for (size_t m = 0; m < d->nmachines; m++) {
			if (d->trace != run->trace ||
			    d->machines[m] != run->machine)
				continue;
			bytes_printf(out, "      <failure");
			put_attribute(out, "type", "divergence");
			put_attribute(out, "message", d->text);
			bytes_printf(out, "/>\n");
		}
	}
}

static void
put_case(struct bytes *out, const struct report *r, size_t n)
{
	const struct report_run *run = &r->runs[n];

	bytes_printf(out, "    <testcase");
	put_attribute(out, "classname", r->machines[run->machine].name);
	put_attribute(out, "name", r->traces[run->trace].name);
	bytes_printf(out, ">\n");
	if (run->skipped != NULL) {
		bytes_printf(out, "      <skipped");
		put_attribute(out, "message", run->skipped);
		bytes_printf(out, "/>\n");
	} else {
		for (size_t i = 0; i < r->nfaults; i++)
			if (fault_fails(r, i, n))
				put_failure(out, r, i);
		if (r->strict)
			put_divergence_failures(out, r, run);
		if (run->verdict == RUN_UNKNOWN) {
			bytes_printf(out, "      <error type=\"UNKNOWN\"");
			put_attribute(out, "message", run->unknown != NULL ?
			    run->unknown : "");
			bytes_printf(out, "/>\n");
		}
	}
	bytes_printf(out, "    </testcase>\n");
}

static void
put_counts(struct bytes *out, const struct report *r)
{
	size_t failures = 0, errors = 0;

	for (size_t i = 0; i < r->nruns; i++) {
		if (r->runs[i].skipped != NULL)
			continue;
		failures += r->runs[i].verdict == RUN_FAILS;
		errors += r->runs[i].verdict == RUN_UNKNOWN;
	}
	bytes_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
	    "skipped=\"%zu\"", r->nruns, failures, errors, r->skipped);
}

void
report_junit(const struct report *r, struct bytes *out)
{
	bytes_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites");
	put_counts(out, r);
	bytes_printf(out, ">\n  <testsuite name=\"viotape %s\"", r->command);
	put_counts(out, r);
	bytes_printf(out, ">\n");
	for (size_t i = 0; i < r->nruns; i++)
		put_case(out, r, i);
	bytes_printf(out, "  </testsuite>\n</testsuites>\n");
}

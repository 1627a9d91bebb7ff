/* counterexample.c: a way to a finding as a trace; see counterexample.h. */
#include "counterexample.h"
#include "aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- writing --------------------------------------------------------------- */

/* How many of the id there are; the pair of both is known from now on.  -1: it
   is already. */
static int
known_add(struct counterexamples *c, const char *id, const char *function)
{
	struct bytes words = { 0 };
	size_t len = strlen(id);
	int same = 0;

	bytes_printf(&words, "%s %s", id, function);
	for (size_t i = 0; i < c->nknown; i++) {
		if (strcmp(c->known[i], (const char *)words.data) == 0) {
			bytes_free(&words);
			return -1;
		}
		same += strncmp(c->known[i], id, len) == 0 &&
		    c->known[i][len] == ' ';
	}
	c->known = check_realloc(c->known, (c->nknown + 1) *
	    sizeof c->known[0]);
	c->known[c->nknown++] = check_strdup((const char *)words.data);
	bytes_free(&words);
	return same;
}

static void
add_plain(struct bytes *out, const char *text)
{
	for (; *text != '\0'; text++)
		bytes_printf(out, "%c", (*text >= 'a' && *text <= 'z') ||
		    (*text >= 'A' && *text <= 'Z') || strchr("0123456789.-_",
		    *text) != NULL ? *text : '_');
}

static char *
path_of(const struct counterexamples *c, const char *machine, const char *id,
    int nth)
{
	struct bytes name = { 0 };
	char *path;

	add_plain(&name, c->trace->name);
	bytes_printf(&name, "-");
	add_plain(&name, machine);
	bytes_printf(&name, "-%s", id);
	if (nth > 0)
		bytes_printf(&name, "-%d", nth + 1);
	bytes_printf(&name, "%s", TRACE_SUFFIX);
	path = host_path_join(c->o->counterexamples, (const char *)name.data);
	bytes_free(&name);
	return path;
}

/* The recording's events, and all else of the way's. */
static int
trace_make(const struct counterexamples *c, const struct machine_desc *desc,
    const struct trace_way *way, const uint8_t *digest, struct bytes *out,
    struct error *err)
{
	struct trace_header h = *trace_header(c->trace->trace);
	struct trace_writer *w;
	struct event e;

	h.creator = "viotape " VIOTAPE_VERSION;
	h.machine = desc->dtb;
	h.machine_len = desc->dtb_len;
	h.way = way;
	digest_of_hex(c->built->driver_digest, h.driver_digest);
	w = trace_writer_open_memory(&h, err);
	if (w == NULL)
		return -1;
	for (size_t n = 0; n < trace_event_count(c->trace->trace); n++)
		if (trace_event_get(c->trace->trace, n, &e, err) != 0 ||
		    trace_writer_add(w, &e, err) != 0) {
			trace_writer_abort(w);
			return -1;
		}
	return trace_writer_close_memory(w, digest, out, err);
}

static int
write_seen(const struct counterexamples *c, const struct explore_config *x,
    const struct explore_way *way, const struct aside *a, size_t finding,
    const char *path, struct error *err)
{
	const struct report_finding *f = &a->report.findings[finding];
	struct bytes faults = { 0 }, guest = { 0 }, out = { 0 };
	struct trace_choice *choices = check_calloc(way->taken + 1,
	    sizeof choices[0]);
	struct trace_way tw = { .finding = f->f.kind->id,
	    .function = f->function, .event = f->f.event,
	    .machine = x->run.desc->name, .choices = choices };
	int ret;

	for (size_t i = 0; i < way->nchoices; i++)
		if (way->choices[i] != 0) {
			CHECK(tw.nchoices < way->taken);
			choices[tw.nchoices].number = (uint32_t)i;
			choices[tw.nchoices++].answer = way->choices[i];
		}
	for (size_t i = 0; i < c->o->faults.n; i++)
		bytes_printf(&faults, "%s\n", c->o->faults.list[i]);
	tw.faults = faults.len != 0 ? (const char *)faults.data : "";
	/* The guest's sources are not in a trace: what they are called is. */
	if (c->o->sys != NULL)
		bytes_printf(&guest, "--sys %s", host_path_base(c->o->sys));
	else if (c->o->repo != NULL)
		bytes_printf(&guest, "--repo %s --rev %s",
		    host_path_base(c->o->repo), c->o->rev);
	else if (c->o->driver != NULL)
		bytes_printf(&guest, "%s", host_path_base(c->o->driver));
	tw.driver = guest.len != 0 ? (const char *)guest.data : "";
	ret = host_mkdir_p(c->o->counterexamples, err);
	if (ret == 0)
		ret = trace_make(c, x->run.desc, &tw, a->result.digest, &out,
		    err);
	if (ret == 0)
		ret = host_file_write_atomic(path, out.data, out.len, err);
	bytes_free(&out);
	bytes_free(&guest);
	bytes_free(&faults);
	check_free(choices);
	return ret;
}

int
counterexample_write(struct counterexamples *c,
    const struct explore_config *x, const struct explore_way *way,
    char **path, struct error *err)
{
	struct aside a;
	int ret = 0;

	*path = NULL;
	if (aside_run(&a, c->o, c->built, c->trace, &x->run, way, err) != 0)
		return -1;
	for (size_t i = 0; i < a.result.findings.n; i++) {
		const struct finding *f = &a.result.findings.list[i];
		int nth;

		if (!f->fatal || run_finding_identity(a.result.paths, f) !=
		    way->identity)
			continue;
		nth = known_add(c, f->kind->id, a.report.findings[i].function);
		if (nth < 0)
			break;
		*path = path_of(c, x->run.desc->name, f->kind->id, nth);
		ret = write_seen(c, x, way, &a, i, *path, err);
		break;
	}
	if (ret != 0) {
		check_free(*path);
		*path = NULL;
	}
	aside_free(&a);
	return ret;
}

void
counterexamples_free(struct counterexamples *c)
{
	for (size_t i = 0; i < c->nknown; i++)
		check_free(c->known[i]);
	check_free(c->known);
	c->known = NULL;
	c->nknown = 0;
}

/* --- reading --------------------------------------------------------------- */

static void
add_faults(const struct trace_way *way, const char *between,
    struct bytes *out)
{
	const char *at = way->faults;

	while (*at != '\0') {
		size_t n = strcspn(at, "\n");

		bytes_printf(out, "%s%.*s", at == way->faults ? "" : between,
		    (int)n, at);
		at += n + (at[n] == '\n');
	}
}

void
counterexample_words(const struct trace_way *way, struct bytes *out)
{
	bytes_printf(out, "%s", way->finding);
	if (way->function[0] != '\0')
		bytes_printf(out, " in %s", way->function);
	bytes_printf(out, ", event %llu of a run on %s, %s",
	    (unsigned long long)way->event, way->machine,
	    way->driver[0] != '\0' ? way->driver : "our drivers");
	if (way->faults[0] != '\0') {
		bytes_printf(out, " with fault ");
		add_faults(way, ", ", out);
	}
	if (way->nchoices == 0)
		bytes_printf(out, ", no choices");
	for (size_t i = 0; i < way->nchoices; i++)
		bytes_printf(out, "%s%u=%u", i == 0 ? ", choices " : ",",
		    (unsigned)way->choices[i].number, way->choices[i].answer);
}

int
counterexample_check(const struct trace_way *way, struct error *err)
{
	const char *const texts[] = { way->finding, way->function,
	    way->machine, way->driver, way->faults };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (const char *p = texts[i]; *p != '\0'; p++)
			if ((unsigned char)*p < 0x20 && (*p != '\n' ||
			    texts[i] != way->faults))
				return error_set(err, ERROR_INPUT, "a name in "
				    "its way has the byte 0x%02x, which no "
				    "name has", (unsigned char)*p);
	if (strchr(way->driver, '/') != NULL)
		return error_set(err, ERROR_INPUT, "its way names the driver "
		    "%.200s: a path, where only a name belongs", way->driver);
	return 0;
}

int
counterexample_guest(const struct trace_way *way, const struct options *o,
    struct options *with, struct bytes *text, struct error *err)
{
	size_t n = 0;
	char *at;

	*with = *o;
	if (o->guest_given || o->no_faults)
		return 0;
	if (strncmp(way->driver, "--", 2) == 0)
		return error_set(err, ERROR_USAGE, "this trace is of a finding "
		    "in the drivers of a tree (%.200s), which are not in it: "
		    "give that tree, or the one to try in its place, by --sys "
		    "DIR, or --repo DIR and --rev REV", way->driver);
	if (way->driver[0] != '\0')
		return error_set(err, ERROR_USAGE, "this trace is of a finding "
		    "in %.200s, which is not in it: give that file, or the one "
		    "to try in its place, by --driver FILE.c", way->driver);
	bytes_clear(text);
	add_faults(way, "\n", text);
	bytes_add_le(text, 0, 1);
	for (at = (char *)text->data; *at != '\0'; n++)
		at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
	with->faults.list = check_calloc(n + 1, sizeof with->faults.list[0]);
	with->faults.n = n;
	at = (char *)text->data;
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(at, "\n");

		with->faults.list[i] = at;
		at[len] = '\0';
		at += len + 1;
	}
	if (n > GUEST_FAULTS_MAX) {
		check_free(with->faults.list);
		*with = *o;
		return error_set(err, ERROR_INPUT, "this trace names %zu "
		    "faults, and at most %d can be put back at once", n,
		    GUEST_FAULTS_MAX);
	}
	return 0;
}

void
counterexample_choices(const struct trace_way *from, struct explore_way *way)
{
	size_t n = from->nchoices != 0 ?
	    from->choices[from->nchoices - 1].number + (size_t)1 : 0;

	memset(way, 0, sizeof *way);
	way->finding = from->finding;
	way->choices = check_calloc(n + 1, 1);
	way->nchoices = n;
	way->taken = from->nchoices;
	for (size_t i = 0; i < from->nchoices; i++)
		way->choices[from->choices[i].number] =
		    from->choices[i].answer;
}

const struct report_finding *
counterexample_find(const struct trace_way *way, const struct report *r)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];

		if (f->f.fatal && strcmp(f->f.kind->id, way->finding) == 0 &&
		    strcmp(f->function, way->function) == 0)
			return f;
	}
	return NULL;
}

/*
 * cmd_replay.c: viotape replay: one recording against this driver, told step
 * by step, with pictures of what was intended and what the host shows.
 */
#include "check_run.h"
#include "counterexample.h"
#include "debugger.h"
#include "png.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	struct check_host host;		/* first: check_host_create */
	const struct options *o;
	struct options with;		/* the same with the trace's guest */
	struct bytes words;		/* that with points into */
	const struct trace_way *of;	/* the trace's; or NULL */
	struct explore_way way;		/* of --choices, or of the trace */
	int has_way;
	struct loaded_trace trace;
	struct machines machines;	/* one */
	struct guest_built built;
	struct guest *guest;
	struct report report;
	uint64_t events;
	int same;			/* run as the trace's, by their digests */
	unsigned pictures;
	struct error err;		/* of a picture that was not written */
	int failed;
};

/* --- the story ----------------------------------------------------------- */

static void
step_print(const struct replay *p, const struct event *e)
{
	char text[SCENARIO_LINE_MAX + 64];

	snprintf(text, sizeof text, "%.*s", (int)(e->data_len < sizeof text ?
	    e->data_len : sizeof text - 1), (const char *)e->data);
	printf("%8" PRIu64 "  step %" PRIu32 ": ", p->events, e->step.index);
	report_clean_print(text);
	printf("\n");
}

static int
on_event(void *self, const struct event *e, struct error *err)
{
	struct replay *p = self;

	p->events++;
	(void)check_host_event(&p->host, e, err);
	if (p->failed) {
		*err = p->err;
		return -1;
	}
	if (e->kind == EVENT_STEP)
		step_print(p, e);
	else if (e->kind == EVENT_HOST_END)
		printf("%8" PRIu64 "  the host ends\n", p->events);
	return 0;
}

static int
picture_write(struct replay *p, unsigned step, const char *what,
    const uint8_t *bgrx, unsigned width, unsigned height)
{
	struct bytes png = {0};
	char name[64], *path;
	int ret;

	snprintf(name, sizeof name, "%02u-%s.png", step, what);
	path = host_path_join(p->o->png, name);
	png_encode(bgrx, width, height, &png);
	ret = host_file_write_atomic(path, png.data, png.len, &p->err);
	if (ret == 0)
		p->pictures++;
	check_free(path);
	bytes_free(&png);
	return ret;
}

/* Three pictures of an expect step; where nothing is shown it is black. */
static void
pictures_write(struct replay *p, unsigned step,
    const struct display_compare *c)
{
	struct bytes other = {0}, black = {0};
	const uint8_t *shown = c->shown;
	size_t n = (size_t)c->width * c->height;

	if (c->intended == NULL || n == 0 || p->failed)
		return;
	if (shown == NULL) {
		bytes_reserve(&black, n * 4);
		memset(black.data, 0, n * 4);
		shown = black.data;
	}
	png_difference(c->intended, shown, c->width, c->height, &other);
	p->failed = picture_write(p, step, "intended", c->intended, c->width,
	    c->height) != 0 || picture_write(p, step, "shown", shown,
	    c->width, c->height) != 0 || picture_write(p, step, "difference",
	    other.data, c->width, c->height) != 0;
	bytes_free(&other);
	bytes_free(&black);
}

static void
on_expected(void *self, unsigned step, const struct display_compare *c)
{
	struct replay *p = self;

	printf("%8" PRIu64 "  step %u: ", p->events, step);
	if (c->intended == NULL)
		printf("no display was ever set up\n");
	else if (c->shown == NULL)
		printf("the host never showed a picture of %ux%u\n", c->width,
		    c->height);
	else if (c->differ == 0)
		printf("the host shows what was intended (%ux%u)\n", c->width,
		    c->height);
	else
		printf("the host shows %s: %" PRIu64 " of %u pixels differ, "
		    "the first at %u,%u\n", c->black ? "a black screen" :
		    "another picture", c->differ, c->width * c->height, c->x,
		    c->y);
	if (p->o->png != NULL)
		pictures_write(p, step, c);
}

static void
dmesg_print(const struct bytes *dmesg)
{
	const char *p = (const char *)dmesg->data;
	size_t left = dmesg->len;

	printf("\nwhat the guest's kernel printed:\n");
	while (left > 0) {
		const char *end = memchr(p, '\n', left);
		size_t n = end != NULL ? (size_t)(end - p) : left;
		char line[1024];

		snprintf(line, sizeof line, "%.*s", (int)(n < 1000 ? n : 1000),
		    p);
		printf("  ");
		report_clean_print(line);
		printf("\n");
		n += end != NULL;
		p += n;
		left -= n;
	}
}

/* --- the run ------------------------------------------------------------- */

/* The machine that was given, or the one that the trace brings. */
static int
machine_find(struct replay *p, struct error *err)
{
	const struct trace_header *h = trace_header(p->trace.trace);
	const struct options *o = p->o;

	if (o->machines.n > 1 || (o->machines.n == 1 &&
	    strcmp(o->machines.list[0], "all") == 0))
		return error_set(err, ERROR_USAGE, "replay has one machine; "
		    "check takes many");
	p->machines.list = check_calloc(1, sizeof p->machines.list[0]);
	p->machines.n = 1;
	if (o->machines.n == 1)
		return load_machine(o->machines.list[0], p->machines.list,
		    err);
	return machine_desc_read(p->machines.list, p->of != NULL ?
	    p->of->machine : "as recorded", h->machine, h->machine_len, err);
}

/* What way is gone, in what guest: the trace's, unless the options say. */
static int
way_find(struct replay *p, struct error *err)
{
	const struct options *o = p->o;

	if (p->of != NULL && (counterexample_check(p->of, err) != 0 ||
	    counterexample_guest(p->of, o, &p->with, &p->words, err) != 0))
		return error_prefix(err, "trace %s", p->trace.name);
	if (o->choices != NULL &&
	    explore_way_read(o->choices, &p->way, err) != 0)
		return -1;
	if (o->choices == NULL && p->of != NULL)
		counterexample_choices(p->of, &p->way);
	p->has_way = o->choices != NULL || p->of != NULL;
	return 0;
}

static int
replay_load(struct replay *p, struct error *err)
{
	const struct options *o = p->o;
	const char *missing;

	if (load_trace(o->args.list[0], &p->trace, err) != 0)
		return -1;
	p->of = trace_header(p->trace.trace)->way;
	if (way_find(p, err) != 0 || machine_find(p, err) != 0)
		return -1;
	missing = load_transport_missing(&p->trace, p->machines.list);
	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s on %s: %s",
		    p->trace.name, p->machines.list->name, missing);
	if (load_guest(&p->with, &p->built, &p->guest, err) != 0)
		return -1;
	missing = load_guest_missing(&p->trace, &p->built);
	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s: %s", p->trace.name,
		    missing);
	return o->png != NULL ? host_mkdir_p(o->png, err) : 0;
}

/* The plain run, or the way through all that prove explores. */
static int
replay_execute(const struct replay *p, const struct run_config *config,
    struct run_result *result, struct error *err)
{
	struct explore_config x = { .run = *config };

	if (!p->has_way)
		return run_execute(config, result, err);
	return explore_again(&x, &p->way, result, err);
}

static int
replay_run(struct replay *p, struct error *err)
{
	struct run_config config = { .desc = p->machines.list,
	    .guest = p->guest, .scenario = &p->trace.scenario,
	    .host = check_host_create, .self = p, .event = on_event,
	    .expected = on_expected, .until = p->o->until };
	struct debugger_place place = { 0 };
	struct run_result result;
	int ret;

	if ((p->o->gdb || p->o->stop) && debugger_place_find(&place, &p->with,
	    &p->built, &p->trace, &config, p->has_way ? &p->way : NULL, p->of,
	    err) != 0)
		return -1;
	if (p->o->gdb) {
		(void)debugger_become(&place, p->o, &p->built, err);
		debugger_place_free(&place);
		return -1;
	}
	if (p->o->stop)
		config.stop = &place.stop;
	p->report.ordered = p->has_way;
	check_report_begin(&p->report, &p->with, &p->built, &p->trace, 1,
	    &p->machines);
	p->host.tape = p->trace.tape;
	printf("%s on %s, %s\n\n", p->trace.name, p->machines.list->name,
	    p->report.guest);
	ret = replay_execute(p, &config, &result, err);
	debugger_place_free(&place);
	if (ret != 0)
		return -1;
	if (result.stopped)
		printf("%8" PRIu64 "  stopped, as --until said\n", p->events);
	else
		printf("%8" PRIu64 "  the end, after %" PRIu64 " events and "
		    "%" PRIu64 " us of virtual time\n", p->events,
		    result.events, result.time_ns / 1000);
	if (p->o->verbose)
		dmesg_print(&result.dmesg);
	p->same = memcmp(result.digest, trace_run_digest(p->trace.trace),
	    DIGEST_SIZE) == 0;
	check_run_add(&p->report, 0, 0, &result, &p->host);
	run_result_free(&result);
	if (p->failed) {
		*err = p->err;
		return -1;
	}
	return 0;
}

/*
 * Whether the finding that a counterexample is of comes: the way was found with
 * one driver, and another one's choices are others.
 */
static void
of_tell(const struct replay *p)
{
	const struct report_finding *f = counterexample_find(p->of,
	    &p->report);
	uint8_t driver[DIGEST_SIZE];
	int same;

	digest_of_hex(p->built.driver_digest, driver);
	same = memcmp(driver, trace_header(p->trace.trace)->driver_digest,
	    DIGEST_SIZE) == 0;
	printf("%8s  this trace is of %s", "", p->of->finding);
	if (p->of->function[0] != '\0')
		printf(" in %s", p->of->function);
	if (f != NULL) {
		printf(", and it is found again, at event %" PRIu64 "%s\n",
		    f->f.event, p->same ? " of the same run" : "");
		return;
	}
	printf(", and it is NOT found%s\n", p->o->until != 0 ? " up to here" :
	    "");
	if (same && !p->same)
		printf("%8s  though the drivers are those that it was found "
		    "in: machine, choices or viotape are others\n", "");
	else if (!same)
		printf("%8s  in these drivers, which are others than those "
		    "that it was found in; whether another\n%8s  way leads "
		    "there is what viotape prove says\n", "", "");
}

static int
replay_tell(struct replay *p, struct error *err)
{
	struct bytes text = {0};
	int ret;

	check_report_end(&p->report, &p->built);
	if (p->o->png != NULL)
		printf("%8s  %u pictures in %s\n", "", p->pictures,
		    p->o->png);
	if (p->of != NULL)
		of_tell(p);
	printf("\n");
	report_text_findings(&p->report, check_colours(), &text);
	ret = check_write("-", &text, err);
	bytes_free(&text);
	return ret;
}

int
cmd_replay(const struct options *o)
{
	struct replay p;
	struct error err;
	int status;

	memset(&p, 0, sizeof p);
	error_clear(&err);
	p.o = o;
	p.with = *o;
	report_init(&p.report, "replay", o->strict);
	if (replay_load(&p, &err) != 0 || replay_run(&p, &err) != 0 ||
	    replay_tell(&p, &err) != 0)
		status = options_fail(&err);
	else
		status = p.report.status;
	check_host_end(&p.host);
	check_free(p.way.choices);
	if (p.with.faults.list != o->faults.list)
		check_free(p.with.faults.list);
	bytes_free(&p.words);
	report_free(&p.report);
	guest_unload(p.guest);
	guest_built_free(&p.built);
	machines_free(&p.machines);
	loaded_trace_free(&p.trace);
	return status;
}

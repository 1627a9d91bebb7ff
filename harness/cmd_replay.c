/*
 * cmd_replay.c: viotape replay: one recording against this driver, told step
 * by step, with pictures of what was intended and what the host shows.
 */
#include "check_run.h"
#include "png.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	struct check_host host;		/* first: check_host_create */
	const struct options *o;
	struct explore_way way;		/* of --choices */
	struct loaded_trace trace;
	struct machines machines;	/* one */
	struct guest_built built;
	struct guest *guest;
	struct report report;
	uint64_t events;
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
	free(path);
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
	return machine_desc_read(p->machines.list, "as recorded", h->machine,
	    h->machine_len, err);
}

static int
replay_load(struct replay *p, struct error *err)
{
	const struct options *o = p->o;
	const char *missing;

	if (load_trace(o->args.list[0], &p->trace, err) != 0 ||
	    machine_find(p, err) != 0)
		return -1;
	missing = load_transport_missing(&p->trace, p->machines.list);
	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s on %s: %s",
		    p->trace.name, p->machines.list->name, missing);
	if (o->choices != NULL &&
	    explore_way_read(o->choices, &p->way, err) != 0)
		return -1;
	if (load_guest(o, &p->built, &p->guest, err) != 0)
		return -1;
	missing = load_driver_missing(p->trace.scenario.device, &p->built);
	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s: %s", p->trace.name,
		    missing);
	return o->png != NULL ? host_mkdir_p(o->png, err) : 0;
}

/* The plain run, or the way of --choices through all that prove explores. */
static int
replay_execute(const struct replay *p, const struct run_config *config,
    struct run_result *result, struct error *err)
{
	struct explore_config x = { .run = *config };

	if (p->o->choices == NULL)
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
	struct run_result result;

	check_report_begin(&p->report, p->o, &p->built, &p->trace, 1,
	    &p->machines);
	p->host.tape = p->trace.tape;
	printf("%s on %s, %s\n\n", p->trace.name, p->machines.list->name,
	    p->report.guest);
	if (replay_execute(p, &config, &result, err) != 0)
		return -1;
	if (result.stopped)
		printf("%8" PRIu64 "  stopped, as --until said\n", p->events);
	else
		printf("%8" PRIu64 "  the end, after %" PRIu64 " events and "
		    "%" PRIu64 " us of virtual time\n", p->events,
		    result.events, result.time_ns / 1000);
	if (p->o->verbose)
		dmesg_print(&result.dmesg);
	check_run_add(&p->report, 0, 0, &result, &p->host);
	run_result_free(&result);
	if (p->failed) {
		*err = p->err;
		return -1;
	}
	return 0;
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
	report_init(&p.report, "replay", o->strict);
	p.report.ordered = o->choices != NULL;
	if (replay_load(&p, &err) != 0 || replay_run(&p, &err) != 0 ||
	    replay_tell(&p, &err) != 0)
		status = options_fail(&err);
	else
		status = p.report.status;
	check_host_end(&p.host);
	free(p.way.choices);
	report_free(&p.report);
	guest_unload(p.guest);
	guest_built_free(&p.built);
	machines_free(&p.machines);
	loaded_trace_free(&p.trace);
	return status;
}

/*
 * test_screen_dumps.c: what is computed from the device's view is what QEMU
 * showed: each trace holds QEMU's own screen dumps, and this run's pictures at
 * the same steps are the same, pixel by pixel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load.h"
#include "sim.h"

#define PICTURES_MAX	64u

struct pictures {
	uint8_t hash[PICTURES_MAX][DIGEST_SIZE];
	unsigned width[PICTURES_MAX], height[PICTURES_MAX];
	size_t n;
};

struct player {
	const struct replay_tape *tape;
	struct pictures shown;
};

static void
keep(struct pictures *p, const struct event *e)
{
	assert_true(p->n < PICTURES_MAX);
	event_picture_hash(e, p->hash[p->n]);
	p->width[p->n] = e->picture.width;
	p->height[p->n++] = e->picture.height;
}

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	return replay_host_create(host, ((struct player *)self)->tape,
	    machine_port(m), err);
}

static int
look(void *self, const struct event *e, struct error *err)
{
	(void)err;
	if (e->kind == EVENT_PICTURE)
		keep(&((struct player *)self)->shown, e);
	return 0;
}

static void
play(const struct loaded_trace *t, const char *fault, struct pictures *shown)
{
	struct guest_spec spec = { .faults = &fault, .nfaults = fault != NULL };
	struct guest_built built = { 0 };
	struct machine_desc desc;
	struct player player = { .tape = t->tape };
	struct run_config config = { .desc = &desc,
	    .scenario = &t->scenario, .host = make_host, .self = &player,
	    .event = look, .once = 1 };
	struct run_result r;
	struct error err;

	error_clear(&err);
	if (guest_build(&spec, &built, &err) != 0 ||
	    (config.guest = guest_load(built.path, &err)) == NULL ||
	    load_machine("contract-bounce", &desc, &err) != 0 ||
	    run_execute(&config, &r, &err) != 0)
		fail_msg("%s", err.text);
	run_result_free(&r);
	machine_desc_free(&desc);
	guest_unload(config.guest);
	guest_built_free(&built);
	*shown = player.shown;
}

static void
recorded(const struct loaded_trace *t, struct pictures *dumps)
{
	struct error err;

	memset(dumps, 0, sizeof *dumps);
	for (size_t i = 0; i < trace_event_count(t->trace); i++) {
		struct event e;

		if (trace_event_get(t->trace, i, &e, &err) != 0)
			fail_msg("%s", err.text);
		if (e.kind == EVENT_PICTURE &&
		    e.picture.origin == EVENT_ORIGIN_HOST)
			keep(dumps, &e);
	}
}

static size_t
equal(const struct pictures *a, const struct pictures *b)
{
	size_t same = 0;

	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		same += a->width[i] == b->width[i] &&
		    a->height[i] == b->height[i] &&
		    memcmp(a->hash[i], b->hash[i], DIGEST_SIZE) == 0;
	return same;
}

/* On a machine that bounces, so that nothing is right by sharing memory. */
static void
this_run_shows_what_qemu_showed(void **state)
{
	struct loaded_traces traces;
	struct pictures dumps, shown;
	struct error err;
	size_t total = 0;

	(void)state;
	error_clear(&err);
	if (load_traces(NULL, 0, &traces, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < traces.n; i++) {
		/* The built-in host has no screen of its own. */
		if (strcmp(trace_header(traces.list[i].trace)->host_name,
		    "qemu") != 0)
			continue;
		recorded(&traces.list[i], &dumps);
		play(&traces.list[i], NULL, &shown);
		assert_int_equal(equal(&dumps, &shown), dumps.n);
		total += dumps.n;
	}
	loaded_traces_free(&traces);
	assert_true(total > 0);
}

/* The same comparison sees a driver that shows something else. */
static void
a_driver_that_does_not_sync_shows_something_else(void **state)
{
	struct loaded_trace t;
	struct pictures dumps, shown;
	struct error err;

	(void)state;
	error_clear(&err);
	if (load_trace("viogpu-client", &t, &err) != 0)
		fail_msg("%s", err.text);
	recorded(&t, &dumps);
	play(&t, "viogpu-no-fb-sync", &shown);
	assert_int_equal(equal(&dumps, &shown), 0);
	loaded_trace_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_run_shows_what_qemu_showed),
		cmocka_unit_test(
		    a_driver_that_does_not_sync_shows_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

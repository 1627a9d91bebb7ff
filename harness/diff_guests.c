/*
 * diff_guests.c: what a guest says on a trace, and how two guests differ; see
 * diff_report.h.
 */
#include "check_run.h"
#include "diff_report.h"

#include <string.h>

struct diff_run {
	struct check_host host;		/* first: check_host_create */
	struct diff_side *side;
	uint64_t events;
};

static int
on_event(void *self, const struct event *e, struct error *err)
{
	struct diff_run *r = self;
	callpath_id at = CALLPATH_NONE;

	(void)err;
	r->events++;
	if (e->kind == EVENT_CHAIN)
		at = machine_published(r->host.machine);
	else if (e->kind == EVENT_READ || e->kind == EVENT_WRITE)
		at = callpath_here(r->side->result.paths, NULL);
	account_event(r->side->account, e, r->events, at);
	return 0;
}

static void
on_synced(void *self, const struct bus_map *map, uint64_t offset,
    uint64_t len, uint32_t ops)
{
	struct diff_run *r = self;

	account_sync(r->side->account, map, offset, len, ops, r->events,
	    callpath_here(r->side->result.paths, NULL));
}

int
diff_machine(const struct options *o, const struct loaded_trace *t,
    struct machine_desc *m, struct error *err)
{
	const struct trace_header *h = trace_header(t->trace);

	if (o->machines.n > 1 || (o->machines.n == 1 &&
	    strcmp(o->machines.list[0], "all") == 0))
		return error_set(err, ERROR_USAGE, "%s has one machine; "
		    "take one after the other", o->command->name);
	if (o->machines.n == 1)
		return load_machine(o->machines.list[0], m, err);
	return machine_desc_read(m, "as recorded", h->machine, h->machine_len,
	    err);
}

int
diff_guest(const struct options *o, const struct loaded_trace *t,
    const struct machine_desc *m, enum diff_of of, struct diff_side *s,
    struct error *err)
{
	struct diff_run r = { .side = s };
	struct run_config config = { .desc = m, .scenario = &t->scenario,
	    .host = check_host_create, .self = &r, .event = on_event,
	    .synced = of == DIFF_ALL ? on_synced : NULL, .no_callers = 1 };
	const char *missing;
	struct guest *guest;
	int ret;

	check_guest_words(o, &s->words);
	r.host.tape = t->tape;
	s->account = account_create();
	ret = load_guest(o, &s->built, &guest, err);
	config.guest = guest;
	if (ret == 0 && of == DIFF_ALL && (missing = load_guest_missing(t,
	    &s->built)) != NULL)
		ret = error_set(err, ERROR_INPUT, "%s: %s", t->name, missing);
	if (ret == 0)
		ret = run_execute(&config, &s->result, err);
	if (ret == 0 && of == DIFF_ALL)
		account_findings(s->account, &s->result.findings);
	guest_unload(guest);
	return ret;
}

/* What became of a run besides what it said. */
static void
run_about(struct diff *d, unsigned side)
{
	const struct run_result *r = &d->side[side].result;

	if (r->verdict == RUN_UNKNOWN)
		bytes_printf(&d->about, "%c ends early: %s\n", "AB"[side],
		    r->unknown);
	if (r->declined != NULL)
		bytes_printf(&d->about, "%c leaves the device alone: %s\n",
		    "AB"[side], r->declined);
}

int
diff_guests(const struct options *a, const struct options *b,
    const struct loaded_trace *t, const struct machine_desc *m,
    enum diff_of of, struct diff *d, struct error *err)
{
	const char *missing = load_transport_missing(t, m);

	if (missing != NULL)
		return error_set(err, ERROR_INPUT, "%s on %s: %s", t->name,
		    m->name, missing);
	if (diff_guest(a, t, m, of, &d->side[0], err) != 0 ||
	    diff_guest(b, t, m, of, &d->side[1], err) != 0)
		return -1;
	bytes_printf(&d->about, "both on %s, machine %s\n", t->name, m->name);
	run_about(d, 0);
	run_about(d, 1);
	d->compare = compare_create(d->side[0].account, d->side[1].account, 1);
	return 0;
}

void
diff_free(struct diff *d)
{
	compare_free(d->compare);
	diff_side_free(&d->side[0]);
	diff_side_free(&d->side[1]);
	bytes_free(&d->about);
	memset(d, 0, sizeof *d);
}

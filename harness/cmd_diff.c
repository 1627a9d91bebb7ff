/*
 * cmd_diff.c: viotape diff: what two traces, or two guests on one trace, say
 * differently.
 */
#include "check_run.h"
#include "diff_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- two traces ---------------------------------------------------------- */

static const char *
device_name(uint16_t id)
{
	return id == VIRTIO_ID_GPU ? "a virtio display" :
	    id == VIRTIO_ID_NET ? "a virtio network card" :
	    id == 0 ? "no virtio device" : "another virtio device";
}

static void
trace_words(const struct trace_header *h, const char *given,
    struct bytes *out)
{
	bytes_printf(out, "%s: %s of %s, scenario %s", given, h->device,
	    h->host_version[0] != '\0' ? h->host_version : h->host_name,
	    h->scenario_name);
}

static int
trace_account(const char *given, struct diff_side *s, struct error *err)
{
	char *path = load_trace_path(given, err);
	struct trace *t = path != NULL ? trace_open(path, TRACE_STRICT, err) :
	    NULL;

	check_free(path);
	if (t == NULL)
		return -1;
	trace_words(trace_header(t), given, &s->words);
	s->account = account_create();
	for (size_t i = 0; i < trace_event_count(t); i++) {
		struct event e;

		trace_event_get_packed(t, i, &e);
		account_event(s->account, &e, trace_event_number(t, i),
		    CALLPATH_NONE);
	}
	trace_close(t);
	return 0;
}

/* Whether both transports have the same registers. */
static int
same_registers(enum virtio_transport a, enum virtio_transport b)
{
	return a == b || (a <= VIRTIO_TRANSPORT_PCI_INTX &&
	    b <= VIRTIO_TRANSPORT_PCI_INTX);
}

static int
traces_compare(const struct options *o, struct diff *d, struct error *err)
{
	struct diff_side *s = d->side;
	enum virtio_transport a, b;

	if (o->args.n != 2)
		return error_set(err, ERROR_USAGE, "diff wants two traces; or "
		    "one, and two guests: viotape diff [GUEST] --against "
		    "[GUEST] %s", o->args.list[0]);
	if (o->guest_given || o->machines.n > 0)
		return error_set(err, ERROR_USAGE, "two traces are compared as "
		    "they were recorded, without a guest or a machine; guests "
		    "are compared by viotape diff [GUEST] --against [GUEST] "
		    "TRACE");
	for (unsigned i = 0; i < 2; i++)
		if (trace_account(o->args.list[i], &s[i], err) != 0)
			return -1;
	if (account_device(s[0].account) != account_device(s[1].account))
		return error_set(err, ERROR_INPUT, "%s has %s, %s has %s: "
		    "there is nothing to compare; give two recordings of the "
		    "same device", o->args.list[0], device_name(account_device(
		    s[0].account)), o->args.list[1], device_name(
		    account_device(s[1].account)));
	a = account_transport(s[0].account);
	b = account_transport(s[1].account);
	d->transports = a != b;
	if (a != b)
		bytes_printf(&d->about, "A is reached by %s, B by %s\n",
		    virtio_transport_name(a), virtio_transport_name(b));
	if (!same_registers(a, b))
		bytes_printf(&d->about, "their registers and interrupts "
		    "are others, and not compared\n");
	d->compare = compare_create(s[0].account, s[1].account,
	    same_registers(a, b));
	return 0;
}

/* --- two guests on one trace --------------------------------------------- */

static int
guests_compare(const struct options *o, struct diff *d, struct error *err)
{
	struct loaded_trace t = { 0 };
	struct machine_desc m = { 0 };
	int ret = -1;

	if (o->args.n != 1)
		return error_set(err, ERROR_USAGE, "diff compares two guests "
		    "on one trace; \"%s\" is one too many",
		    o->args.list[1]);
	if (load_trace(o->args.list[0], &t, err) != 0 ||
	    diff_machine(o, &t, &m, err) != 0)
		goto out;
	ret = diff_guests(o, o->against, &t, &m, DIFF_ALL, d, err);
out:
	machine_desc_free(&m);
	loaded_trace_free(&t);
	return ret;
}

/* --- both ---------------------------------------------------------------- */

static int
tell(const struct options *o, struct diff *d, struct error *err)
{
	struct bytes text = { 0 }, json = { 0 };
	int ret = 0;

	if (diff_differs(d))
		diff_places_find(d);
	if (o->json != NULL) {
		diff_json(d, &json);
		ret = check_write(o->json, &json, err);
	}
	if (ret == 0 && diff_differs(d) && (o->json == NULL ||
	    strcmp(o->json, "-") != 0)) {
		if (o->stat)
			diff_stat(d, &text);
		else
			diff_text(d, &text);
		ret = check_write("-", &text, err);
	}
	bytes_free(&json);
	bytes_free(&text);
	return ret;
}

/* A guest that needs what is not modelled says nothing of the rest. */
static int
status_of(const struct diff *d)
{
	for (unsigned i = 0; i < 2; i++)
		if (d->side[i].result.verdict == RUN_UNKNOWN) {
			fprintf(stderr, "viotape: %c, %s, ends early: %s\n",
			    "AB"[i], (const char *)d->side[i].words.data,
			    d->side[i].result.unknown);
			return EXIT_UNKNOWN;
		}
	return diff_differs(d) ? EXIT_FAILS : EXIT_HOLDS;
}

int
cmd_diff(const struct options *o)
{
	struct diff d;
	struct error err;
	int status, ret;

	memset(&d, 0, sizeof d);
	error_clear(&err);
	d.verbose = o->verbose;
	ret = o->against != NULL ? guests_compare(o, &d, &err) :
	    traces_compare(o, &d, &err);
	if (ret != 0 || tell(o, &d, &err) != 0)
		status = options_fail(&err);
	else
		status = status_of(&d);
	diff_free(&d);
	return status;
}

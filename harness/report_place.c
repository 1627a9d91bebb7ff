/* report_place.c: which line of the driver a finding belongs to. */
#include "report.h"

#include <string.h>

static const struct report_frame *
innermost_driver(const struct report_path *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->frames[i].driver)
			return &p->frames[i];
	return NULL;
}

const struct report_frame *
report_path_place(const struct report_path *p)
{
	const struct report_frame *d = innermost_driver(p);

	return d != NULL ? d : p->n > 0 ? &p->frames[0] : NULL;
}

static const struct report_frame *
innermost_in(const struct report_path *p, const char *file)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->frames[i].driver &&
		    strcmp(p->frames[i].file, file) == 0)
			return &p->frames[i];
	return NULL;
}

/* The next function outward in the file of from, or from itself. */
static const struct report_frame *
caller_of(const struct report_path *p, const struct report_frame *from)
{
	for (const struct report_frame *f = from + 1; f < p->frames + p->n;
	    f++)
		if (f->driver && strcmp(f->file, from->file) == 0 &&
		    strcmp(f->function, from->function) != 0)
			return f;
	return from;
}

/* The first function in another file than from's, or from itself. */
static const struct report_frame *
other_file(const struct report_path *p, const struct report_frame *from)
{
	for (const struct report_frame *f = from + 1; f < p->frames + p->n;
	    f++)
		if (f->driver && strcmp(f->file, from->file) != 0)
			return f;
	return from;
}

/* Whether requests of this first word are sent from where the finding is. */
static int
request_kind_is(const struct report *r, const struct report_finding *f,
    uint32_t word)
{
	for (size_t i = 0; i < r->nrequests; i++)
		if (r->requests[i].word == word &&
		    r->requests[i].at.n == f->at.n && memcmp(
		    r->requests[i].at.at, f->at.at,
		    f->at.n * sizeof f->at.at[0]) == 0)
			return 1;
	return 0;
}

/* Whether a request of another kind was sent through this call, too. */
static int
call_shared(const struct report *r, const struct report_finding *f,
    const struct report_frame *call)
{
	for (size_t i = 0; i < r->nrequests; i++) {
		const struct report_request *q = &r->requests[i];

		if (request_kind_is(r, f, q->word))
			continue;
		for (size_t k = 0; k < q->path.n; k++)
			if (q->path.frames[k].line == call->line &&
			    strcmp(q->path.frames[k].file, call->file) == 0 &&
			    strcmp(q->path.frames[k].function,
			    call->function) == 0)
				return 1;
	}
	return 0;
}

/* The innermost call from from on that only requests of this kind make. */
static const struct report_frame *
own_call(const struct report *r, const struct report_finding *f,
    const struct report_frame *from)
{
	const struct report_path *p = &f->path;

	for (const struct report_frame *c = from; c < p->frames + p->n; c++)
		if (c->driver && strcmp(c->file, from->file) == 0 &&
		    !call_shared(r, f, c))
			return c == from ? caller_of(p, from) : c;
	return caller_of(p, from);
}

/*
 * Whose thing it is: the file that created the map; else that allocated the
 * memory; else that made the address.  checker.c begins such notes so.
 */
static const char *
owner_file(const struct report_finding *f)
{
	static const char *const begins[] = { "the map:", "the memory:",
	    "the address:" };

	for (size_t b = 0; b < sizeof begins / sizeof begins[0]; b++)
		for (size_t i = 0; i < f->f.nnotes; i++) {
			const struct report_frame *d;

			if (strncmp(f->notes[i].text, begins[b],
			    strlen(begins[b])) != 0)
				continue;
			d = innermost_driver(&f->notes[i].path);
			if (d != NULL)
				return d->file;
		}
	return NULL;
}

static const struct report_frame *
place_find(const struct report *r, const struct report_finding *f)
{
	const char *owner = owner_file(f);
	const struct report_frame *d = NULL;

	if (owner != NULL)
		d = innermost_in(&f->path, owner);
	if (d == NULL)
		d = innermost_driver(&f->path);
	if (d != NULL && f->f.by_caller == 2)
		return other_file(&f->path, d);
	if (d != NULL)
		return f->f.by_caller ? own_call(r, f, d) : d;
	for (size_t i = 0; i < f->f.nnotes && d == NULL; i++)
		d = innermost_driver(&f->notes[i].path);
	if (d != NULL)
		return d;
	return report_path_place(&f->path);
}

/* Nothing is known: an editor still gets a file to open, the device's. */
static const char *
device_driver(const struct report *r, const struct report_finding *f)
{
	int is_net = f->run < r->nruns && strstr(
	    r->traces[r->runs[f->run].trace].device, "-net") != NULL;

	for (size_t i = 0; i < r->ndrivers; i++)
		if (strncmp(host_path_base(r->drivers[i]), is_net ? "if_vio" :
		    "viogpu", 6) == 0)
			return r->drivers[i];
	return r->ndrivers > 0 ? r->drivers[0] : "the guest";
}

void
report_place(const struct report *r, struct report_finding *f)
{
	const struct report_frame *at = place_find(r, f);

	if (at != NULL && strcmp(at->file, "??") != 0) {
		f->file = at->file;
		f->function = at->function;
		f->line = at->line > 0 ? at->line : 1;
		return;
	}
	f->file = device_driver(r, f);
	f->function = at != NULL ? at->function : "??";
	f->line = 1;
}

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
place_find(const struct report_finding *f)
{
	const char *owner = owner_file(f);
	const struct report_frame *d = NULL;

	if (owner != NULL)
		d = innermost_in(&f->path, owner);
	if (d == NULL)
		d = innermost_driver(&f->path);
	if (d != NULL)
		return f->f.by_caller ? caller_of(&f->path, d) : d;
	for (size_t i = 0; i < f->f.nnotes && d == NULL; i++)
		d = innermost_driver(&f->notes[i].path);
	if (d != NULL)
		return d;
	return f->path.n > 0 ? &f->path.frames[0] : NULL;
}

void
report_place(const struct report *r, struct report_finding *f)
{
	const struct report_frame *at = place_find(f);

	if (at != NULL && strcmp(at->file, "??") != 0) {
		f->file = at->file;
		f->function = at->function;
		f->line = at->line > 0 ? at->line : 1;
		return;
	}
	/* Nothing is known: an editor still gets a file to open. */
	f->file = r->ndrivers > 0 ? r->drivers[0] : "the guest";
	f->function = at != NULL ? at->function : "??";
	f->line = 1;
}

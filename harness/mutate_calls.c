/* mutate_calls.c: the sites of many runs become calls of a driver. */
#include "mutate_calls.h"

#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mutate_calls_init(struct mutate_calls *c, size_t ntraces, size_t nmachines)
{
	memset(c, 0, sizeof *c);
	c->ntraces = ntraces;
	c->nmachines = nmachines;
}

static void
call_free(struct mutate_call *call)
{
	for (size_t i = 0; i < call->path.n; i++) {
		check_free(call->path.frames[i].file);
		check_free(call->path.frames[i].function);
	}
	for (size_t i = 0; i < call->nmutants; i++)
		check_free(call->mutants[i].cells);
	check_free(call->path.frames);
	check_free(call->paths);
	check_free(call->reached);
}

void
mutate_calls_free(struct mutate_calls *c)
{
	for (size_t i = 0; i < c->n; i++)
		call_free(&c->list[i]);
	check_free(c->list);
	check_free(c->note);
	memset(c, 0, sizeof *c);
}

/* --- sites ---------------------------------------------------------------- */

static struct mutate_call *
site_call(struct mutate_calls *c, const struct mutant_site *s)
{
	struct mutate_call *call;

	for (size_t i = 0; i < c->n; i++) {
		call = &c->list[i];
		if (call->kind == s->kind && call->what == s->what &&
		    call->paths[0].n == s->path.n && memcmp(call->paths[0].at,
		    s->path.at, s->path.n * sizeof s->path.at[0]) == 0)
			return call;
	}
	call = GROW(c->list, c->n);
	call->kind = s->kind;
	call->what = s->what;
	*GROW(call->paths, call->npaths) = s->path;
	call->reached = check_calloc(c->ntraces * c->nmachines + 1, 1);
	return call;
}

void
mutate_calls_add(struct mutate_calls *c, const struct mutant_sites *s,
    size_t trace, size_t machine)
{
	for (size_t i = 0; i < s->n; i++)
		site_call(c, &s->list[i])->reached[trace * c->nmachines +
		    machine] = 1;
}

/* --- lines ---------------------------------------------------------------- */

/* Names of drivers' sources; a foreign one may be there with a directory. */
static int
is_driver(const struct guest_built *built, const char *file)
{
	for (size_t i = 0; i < built->drivers.n; i++)
		if (strcmp(host_path_base(built->drivers.names[i]),
		    host_path_base(file)) == 0)
			return 1;
	return 0;
}

static void
frame_add(struct report_path *p, const char *file, unsigned line,
    const char *function)
{
	struct report_frame *f = GROW(p->frames, p->n);

	f->file = check_strdup(file);
	f->function = check_strdup(function);
	f->line = line;
	f->driver = 1;
}

/* The driver's frames; without any tool the addresses, all of them. */
static void
path_resolve(struct mutate_call *call, const struct lookup *l,
    const struct guest_built *built, int known)
{
	const struct callpath *from = &call->paths[0];

	for (uint32_t i = 0; i < from->n; i++) {
		const struct symbol_place *place = lookup_find(l, from->at[i]);
		char address[24];

		snprintf(address, sizeof address, "0x%x", from->at[i]);
		if (!known)
			frame_add(&call->path, "??", 0, address);
		for (size_t k = 0; known && place != NULL && k < place->n; k++)
			if (is_driver(built, place->frame[k].file))
				frame_add(&call->path, place->frame[k].file,
				    place->frame[k].line,
				    place->frame[k].function);
	}
}

/* --- calls ---------------------------------------------------------------- */

static int
frame_compare(const struct report_frame *x, const struct report_frame *y)
{
	int d = strcmp(x->file, y->file);

	if (d == 0 && x->line != y->line)
		d = x->line < y->line ? -1 : 1;
	return d != 0 ? d : strcmp(x->function, y->function);
}

/* The line first, then what is called there, then who called. */
static int
by_line(const void *a, const void *b)
{
	const struct mutate_call *x = a, *y = b;
	int d = frame_compare(&x->path.frames[0], &y->path.frames[0]);

	if (d == 0 && x->kind != y->kind)
		d = x->kind < y->kind ? -1 : 1;
	if (d == 0 && x->what != y->what)
		d = x->what < y->what ? -1 : 1;
	for (size_t i = 1; d == 0 && i < x->path.n && i < y->path.n; i++)
		d = frame_compare(&x->path.frames[i], &y->path.frames[i]);
	if (d == 0 && x->path.n != y->path.n)
		d = x->path.n < y->path.n ? -1 : 1;
	return d;
}

/* from's sites are sites of to. */
static void
call_merge(struct mutate_calls *c, struct mutate_call *to,
    struct mutate_call *from)
{
	for (size_t i = 0; i < from->npaths; i++)
		*GROW(to->paths, to->npaths) = from->paths[i];
	for (size_t i = 0; i < c->ntraces * c->nmachines; i++)
		to->reached[i] |= from->reached[i];
	call_free(from);
}

static void
calls_without_driver_go(struct mutate_calls *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].path.n == 0)
			call_free(&c->list[i]);
		else
			c->list[n++] = c->list[i];
	c->n = n;
}

static void
calls_merge(struct mutate_calls *c)
{
	size_t n = 0;

	if (c->n > 1)
		qsort(c->list, c->n, sizeof c->list[0], by_line);
	for (size_t i = 0; i < c->n; i++)
		if (n > 0 && by_line(&c->list[n - 1], &c->list[i]) == 0)
			call_merge(c, &c->list[n - 1], &c->list[i]);
		else
			c->list[n++] = c->list[i];
	c->n = n;
}

/* FILE may have more before it than place says, as /src/drivers/viogpu.c. */
static int
frame_is_at(const struct report_frame *f, const char *place)
{
	char line[1024];

	if (strcmp(f->function, place) == 0)
		return 1;
	place = host_path_base(place);
	if (strcmp(host_path_base(f->file), place) == 0)
		return 1;
	snprintf(line, sizeof line, "%s:%u", host_path_base(f->file), f->line);
	return strcmp(line, place) == 0;
}

void
mutate_calls_keep(struct mutate_calls *c, const char *place)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct report_path *p = &c->list[i].path;
		size_t k = 0;

		while (k < p->n && !frame_is_at(&p->frames[k], place))
			k++;
		if (k < p->n)
			c->list[n++] = c->list[i];
		else
			call_free(&c->list[i]);
	}
	c->n = n;
}

static void
call_mutants(struct mutate_calls *c, struct mutate_call *call)
{
	struct mutant_change changes[MUTATE_CHANGES_MAX];

	call->nmutants = mutate_changes(call->kind, call->what, changes);
	for (size_t i = 0; i < call->nmutants; i++) {
		call->mutants[i].change = changes[i];
		call->mutants[i].cells = check_calloc(c->nmachines + 1,
		    sizeof call->mutants[i].cells[0]);
	}
}

void
mutate_calls_mutate(struct mutate_calls *c)
{
	for (size_t i = 0; i < c->n; i++)
		call_mutants(c, &c->list[i]);
}

void
mutate_calls_resolve(struct mutate_calls *c, const struct guest_built *built)
{
	struct symbolizer *s = symbolize_open(built->path);
	struct lookup l = { 0 };
	struct error err;
	int known;

	error_clear(&err);
	for (size_t i = 0; i < c->n; i++)
		lookup_add(&l, &c->list[i].paths[0]);
	lookup_sort(&l);
	known = l.n == 0 || symbolize_places(s, l.offsets, l.n, l.places,
	    &err) == 0;
	if (symbolize_note(s) != NULL)
		known = 0;
	if (!known)
		c->note = check_strdup(symbolize_note(s) != NULL ?
		    symbolize_note(s) : err.text);
	for (size_t i = 0; i < c->n; i++)
		path_resolve(&c->list[i], &l, built, known);
	calls_without_driver_go(c);
	calls_merge(c);
	lookup_free(&l);
	symbolize_close(s);
}

/* --- reading -------------------------------------------------------------- */

int
mutate_call_reached(const struct mutate_calls *c,
    const struct mutate_call *call, size_t machine)
{
	for (size_t t = 0; t < c->ntraces; t++)
		if (call->reached[t * c->nmachines + machine])
			return 1;
	return 0;
}

size_t
mutate_calls_mutants(const struct mutate_calls *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->list[i].nmutants;
	return n;
}

enum mutate_fate
mutate_worst(const struct mutate_calls *c, const struct mutate_mutant *m)
{
	enum mutate_fate worst = MUTATE_NOT_REACHED;

	for (size_t i = 0; i < c->nmachines; i++)
		if (m->cells[i].v.fate > worst)
			worst = m->cells[i].v.fate;
	return worst;
}

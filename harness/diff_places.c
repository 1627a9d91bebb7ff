/* diff_places.c: who caused what differs, as lines of the driver. */
#include "diff_report.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

#define FRAMES_SHOWN	4u
#define BUS_SHOWN	2u	/* of them, before the device's driver */

struct place_frame {
	const struct symbol_frame *f;
	int is_driver, is_bus;
};

void
diff_side_free(struct diff_side *s)
{
	for (uint32_t i = 0; i < s->nplaces; i++)
		check_free(s->places[i]);
	for (uint32_t i = 0; i < s->nplaces; i++)
		check_free(s->callers[i]);
	check_free(s->callers);
	check_free(s->places);
	bytes_free(&s->words);
	account_free(s->account);
	run_result_free(&s->result);
	guest_built_free(&s->built);
}

const char *
diff_place(const struct diff_side *s, const struct account_item *i)
{
	if (i->at == CALLPATH_NONE || i->at >= s->nplaces)
		return NULL;
	return i->sort == ACCOUNT_REQUEST ? s->callers[i->at] :
	    s->places[i->at];
}

const char *
diff_made(const struct diff_side *s, const struct account_item *i)
{
	return i->made != CALLPATH_NONE && i->made < s->nplaces ?
	    s->callers[i->made] : NULL;
}

static int
is_driver(const struct diff_side *s, const char *file)
{
	for (size_t i = 0; i < s->built.drivers.n; i++)
		if (strcmp(host_path_base(s->built.drivers.names[i]),
		    host_path_base(file)) == 0)
			return 1;
	return 0;
}

static void
frame_print(const struct symbol_frame *f, const struct symbol_frame *last,
    struct bytes *out)
{
	if (last == NULL)
		bytes_printf(out, "%s:%u %s", host_path_base(f->file),
		    f->line, f->function);
	else if (strcmp(f->file, last->file) == 0)
		bytes_printf(out, " <- %s:%u", f->function, f->line);
	else
		bytes_printf(out, " <- %s %s:%u", f->function,
		    host_path_base(f->file), f->line);
}

/*
 * The driver's frames of a path, innermost first; at most so many of the
 * virtio bus where a device's driver called it, which tells one call from
 * another.
 */
static char *
place_make(const struct diff_side *s, const struct lookup *l,
    const struct callpath *path, size_t bus_max)
{
	struct place_frame frames[CALLPATH_DEPTH_MAX * SYMBOLIZE_FRAMES_MAX];
	const struct symbol_frame *last = NULL;
	size_t n = 0, shown = 0, bus = 0;
	struct bytes out = { 0 };
	int device = 0;
	char *text = NULL;

	for (uint32_t i = 0; i < path->n; i++) {
		const struct symbol_place *p = lookup_find(l, path->at[i]);

		for (size_t k = 0; p != NULL && k < p->n; k++) {
			const char *base = host_path_base(p->frame[k].file);

			frames[n].f = &p->frame[k];
			frames[n].is_driver = is_driver(s, base);
			frames[n].is_bus = strncmp(base, "virtio", 6) == 0;
			device |= frames[n].is_driver && !frames[n].is_bus;
			n++;
		}
	}
	for (size_t i = 0; i < n && shown < FRAMES_SHOWN; i++) {
		int is_bus = device && frames[i].is_bus;

		/* What called the device's driver is no news. */
		if (!frames[i].is_driver || (is_bus && (shown > 0 ||
		    bus++ >= bus_max)))
			continue;
		frame_print(frames[i].f, last, &out);
		last = frames[i].f;
		shown += !is_bus;
	}
	if (last != NULL)
		text = check_strdup((const char *)out.data);
	bytes_free(&out);
	return text;
}

static void
want(const struct diff_side *s, uint8_t *wanted, callpath_id path)
{
	if (path != CALLPATH_NONE && path < s->nplaces)
		wanted[path] = 1;
}

static void
side_find(struct diff_side *s, const struct compare_side *c, size_t first)
{
	uint8_t *wanted;
	struct symbolizer *tool;
	struct lookup l = { 0 };
	struct error err;

	if (s->built.path == NULL || s->result.paths == NULL)
		return;
	s->nplaces = callpaths_count(s->result.paths);
	s->places = check_calloc(s->nplaces + 1, sizeof s->places[0]);
	s->callers = check_calloc(s->nplaces + 1, sizeof s->callers[0]);
	wanted = check_calloc(s->nplaces + 1, 1);
	for (size_t i = 0; i < c->n; i++)
		if (i == first || c->items[i].fate != COMPARE_SAME ||
		    c->items[i].changed) {
			want(s, wanted, c->items[i].item->at);
			want(s, wanted, c->items[i].item->made);
		}
	for (uint32_t i = 0; i < s->nplaces; i++)
		if (wanted[i])
			lookup_add(&l, callpath_get(s->result.paths, i));
	lookup_sort(&l);
	tool = symbolize_open(s->built.path);
	if (l.n > 0)
		(void)symbolize_places(tool, l.offsets, l.n, l.places, &err);
	symbolize_close(tool);
	for (uint32_t i = 0; i < s->nplaces; i++)
		if (wanted[i]) {
			const struct callpath *p = callpath_get(
			    s->result.paths, i);

			s->places[i] = place_make(s, &l, p, BUS_SHOWN);
			s->callers[i] = place_make(s, &l, p, 0);
		}
	lookup_free(&l);
	check_free(wanted);
}

void
diff_places_find(struct diff *d)
{
	for (unsigned i = 0; i < 2; i++)
		side_find(&d->side[i], &d->compare->side[i],
		    d->compare->first);
}

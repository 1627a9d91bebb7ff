/*
 * report_baseline.c: findings that are known and accepted.
 *
 *	# a comment
 *	sync-missing-prewrite drivers/viogpu.c viogpu_transfer_to_host_2d
 *
 * The first word is the id, the last the function, what is between them the
 * file, which may have spaces in it.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *
copy(const char *from, const char *to)
{
	size_t n = (size_t)(to - from);
	char *s = check_malloc(n + 1);

	memcpy(s, from, n);
	s[n] = '\0';
	return s;
}

static int
entry_add(struct report *r, const char *name, unsigned line, const char *p,
    const char *end, struct error *err)
{
	const char *id_end = p, *function, *file, *file_end;
	struct baseline_entry *e;
	char *id;

	while (id_end < end && !is_blank(*id_end))
		id_end++;
	for (function = end; function > id_end && !is_blank(function[-1]);
	    function--)
		continue;
	for (file_end = function; file_end > id_end && is_blank(file_end[-1]);
	    file_end--)
		continue;
	for (file = id_end; file < file_end && is_blank(*file); file++)
		continue;
	if (file >= file_end)
		return error_set(err, ERROR_INPUT, "%s:%u: no line of a "
		    "baseline; wanted ID FILE FUNCTION", name, line);
	id = copy(p, id_end);
	if (finding_kind_find(id) == NULL) {
		error_set(err, ERROR_INPUT, "%s:%u: no finding is called "
		    "\"%.60s\"; viotape findings lists them", name, line, id);
		check_free(id);
		return -1;
	}
	r->baseline = check_realloc(r->baseline,
	    (r->nbaseline + 1) * sizeof r->baseline[0]);
	e = &r->baseline[r->nbaseline++];
	e->id = id;
	e->file = copy(file, file_end);
	e->function = copy(function, end);
	e->seen = 0;
	return 0;
}

int
baseline_read(struct report *r, const char *name, const char *text,
    size_t len, struct error *err)
{
	const char *p = text, *stop = text + len;

	r->has_baseline = 1;
	if (len > 0 && memchr(text, '\0', len) != NULL)
		return error_set(err, ERROR_INPUT, "%s is no baseline: there "
		    "is a zero byte in it", name);
	for (unsigned line = 1; p < stop; line++) {
		const char *end = memchr(p, '\n', (size_t)(stop - p));
		const char *next;

		if (end == NULL)
			end = stop;
		next = end + (end < stop);
		while (p < end && is_blank(*p))
			p++;
		for (const char *c = p; c < end; c++)
			if (*c == '#' && (c == p || is_blank(c[-1])))
				end = c;
		while (end > p && is_blank(end[-1]))
			end--;
		if (end > p && entry_add(r, name, line, p, end, err) != 0)
			return -1;
		p = next;
	}
	return 0;
}

int
baseline_accepts(struct report *r, const struct report_finding *f)
{
	int accepted = 0;

	for (size_t i = 0; i < r->nbaseline; i++) {
		struct baseline_entry *e = &r->baseline[i];

		if (strcmp(e->id, f->f.kind->id) == 0 &&
		    strcmp(e->file, f->file) == 0 &&
		    strcmp(e->function, f->function) == 0)
			accepted = e->seen = 1;
	}
	return accepted;
}

int
report_same_function(const struct report_finding *f,
    const struct report_finding *g)
{
	return f->f.kind == g->f.kind && strcmp(f->file, g->file) == 0 &&
	    strcmp(f->function, g->function) == 0;
}

/* Two lines of one function are one entry. */
static int
entry_known(const struct report *r, size_t n)
{
	const struct report_finding *f = report_fault_shown(r, &r->faults[n]);

	for (size_t i = 0; i < n; i++) {
		const struct report_finding *g =
		    report_fault_shown(r, &r->faults[i]);

		if ((r->faults[i].fatal || r->strict) &&
		    report_same_function(f, g))
			return 1;
	}
	return 0;
}

void
baseline_write(const struct report *r, struct bytes *out)
{
	bytes_printf(out, "# findings that viotape %s accepts: ID FILE "
	    "FUNCTION\n", r->command);
	for (size_t i = 0; i < r->nfaults; i++) {
		const struct report_finding *f =
		    report_fault_shown(r, &r->faults[i]);

		if ((!r->faults[i].fatal && !r->strict) || entry_known(r, i))
			continue;
		bytes_printf(out, "%s %s %s\n", f->f.kind->id, f->file,
		    f->function);
	}
}

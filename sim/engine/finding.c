/* finding.c: the faults of a run, each once. */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void
findings_free(struct findings *f)
{
	check_free(f->list);
	memset(f, 0, sizeof *f);
}

struct finding *
findings_find(struct findings *f, const char *id, uint64_t key)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].key == key &&
		    strcmp(f->list[i].kind->id, id) == 0)
			return &f->list[i];
	return NULL;
}

struct finding *
findings_add(struct findings *f, const char *id, uint64_t key, int fatal,
    int *is_new)
{
	const struct finding_kind *kind = finding_kind_find(id);
	struct finding *at = findings_find(f, id, key);

	CHECK(kind != NULL);
	*is_new = 0;
	if (at != NULL) {
		at->count++;
		return at;
	}
	if (f->n == FINDINGS_MAX) {
		f->dropped++;
		return NULL;
	}
	if (f->n == f->max) {
		f->max = f->max != 0 ? 2 * f->max : 8;
		f->list = check_realloc(f->list, f->max * sizeof f->list[0]);
	}
	at = &f->list[f->n++];
	memset(at, 0, sizeof *at);
	at->kind = kind;
	at->key = key;
	at->fatal = fatal;
	at->count = 1;
	*is_new = 1;
	return at;
}

void
finding_note(struct finding *f, callpath_id path, const char *fmt, ...)
{
	struct finding_note *n;
	va_list ap;

	if (f->nnotes == FINDING_NOTES_MAX)
		return;
	n = &f->notes[f->nnotes++];
	n->path = path;
	va_start(ap, fmt);
	vsnprintf(n->text, sizeof n->text, fmt, ap);
	va_end(ap);
}

struct finding *
findings_root(struct findings *f)
{
	for (size_t i = f->n; i > 0; i--)
		if (f->list[i - 1].fatal &&
		    f->list[i - 1].kind->role != FINDING_CONSEQUENCE)
			return &f->list[i - 1];
	return NULL;
}

size_t
findings_fatal(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->list[i].fatal != 0;
	return n;
}

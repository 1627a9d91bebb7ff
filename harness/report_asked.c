/*
 * report_asked.c: how a report was asked for, and what a person asks next: the
 * words of the command line, the lines of the sources.
 */
#include "report.h"

#include "escape.h"
#include "lookup.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the command line ----------------------------------------------------- */

static void
word_add(struct bytes *out, const char *option, const char *word)
{
	if (word == NULL)
		return;
	bytes_printf(out, " %s%s", option, option[0] != '\0' ? " " : "");
	escape_shell(out, word);
}

static void
words_add(struct bytes *out, const char *option,
    const struct options_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		word_add(out, option, words->list[i]);
}

/* Becomes a string of its own; out is empty again. */
static char *
words_end(struct bytes *out)
{
	char *words;

	bytes_add(out, "", 1);
	words = check_strdup((const char *)out->data);
	bytes_clear(out);
	return words;
}

static char *
guest_words(const struct options *o, struct bytes *out)
{
	words_add(out, "--fault", &o->faults);
	if (o->no_faults)
		word_add(out, "--fault", "none");
	word_add(out, "--driver", o->driver);
	word_add(out, "--sys", o->sys);
	word_add(out, "--repo", o->repo);
	word_add(out, "--rev", o->rev);
	return words_end(out);
}

static char *
how_words(const struct options *o, struct bytes *out)
{
	if (o->strict)
		bytes_printf(out, " --strict");
	if (o->fail_allocations)
		bytes_printf(out, " --fail-allocations");
	if (o->executions != 0)
		bytes_printf(out, " --executions %llu",
		    (unsigned long long)o->executions);
	word_add(out, "--also", o->also);
	return words_end(out);
}

static char *
whole_words(const struct report *r, const struct options *o,
    struct bytes *out)
{
	bytes_printf(out, "viotape %s%s%s", r->command, r->asked.guest,
	    r->asked.how);
	word_add(out, "--baseline", o->baseline);
	word_add(out, "--shard", o->shard);
	words_add(out, "-m", &o->machines);
	words_add(out, "", &o->args);
	return words_end(out);
}

/* Where each word is one of them, it is what was given. */
static void
given_set(char **given, const struct options_words *words, size_t n, size_t i)
{
	if (words->n != n)
		return;
	check_free(*given);
	*given = check_strdup(words->list[i]);
}

static const char *
without_dot(const char *file)
{
	while (file != NULL && strncmp(file, "./", 2) == 0)
		file += 2;
	return file;
}

void
report_asked_set(struct report *r, const struct options *o)
{
	struct report_asked *a = &r->asked;
	struct bytes words = {0};

	report_asked_free(a);
	for (size_t i = 0; i < r->ntraces; i++)
		given_set(&r->traces[i].given, &o->args, r->ntraces, i);
	for (size_t i = 0; i < r->nmachines; i++)
		given_set(&r->machines[i].given, &o->machines, r->nmachines,
		    i);
	a->guest = guest_words(o, &words);
	a->how = how_words(o, &words);
	a->whole = whole_words(r, o, &words);
	a->ways_out = o->fail_allocations;
	a->is_tree = o->sys != NULL || o->repo != NULL;
	if (o->driver != NULL)
		a->file = check_strdup(without_dot(o->driver));
	if (o->sys != NULL && o->sys[0] == '/')
		a->root = check_strdup(o->sys);
	while (a->root != NULL && a->root[0] != '\0' &&
	    a->root[strlen(a->root) - 1] == '/')
		a->root[strlen(a->root) - 1] = '\0';
	bytes_free(&words);
}

void
report_asked_free(struct report_asked *a)
{
	check_free(a->guest);
	check_free(a->how);
	check_free(a->whole);
	check_free(a->file);
	check_free(a->root);
	memset(a, 0, sizeof *a);
}

void
report_command(const struct report *r, const char *command, size_t trace,
    size_t machine, struct bytes *out)
{
	int same = strcmp(command, r->command) == 0;

	bytes_printf(out, "viotape %s%s%s", command,
	    r->asked.guest != NULL ? r->asked.guest : "",
	    same && r->asked.how != NULL ? r->asked.how : "");
	word_add(out, "-m", r->machines[machine].given);
	word_add(out, "", r->traces[trace].given);
	bytes_printf(out, "%s", "");			/* its NUL */
}

/* --- ways ----------------------------------------------------------------- */

const char *
report_choices_of(const struct report_note *note)
{
	size_t n = strlen(EXPLORE_STORY_AGAIN);

	if (strncmp(note->text, EXPLORE_STORY_AGAIN, n) != 0 ||
	    strlen(note->text + n) >= EXPLORE_STORY_AGAIN_MAX)
		return NULL;
	return note->text + n;
}

const char *
report_choices(const struct report_finding *f)
{
	const char *choices = NULL;

	for (size_t i = 0; i < f->f.nnotes && choices == NULL; i++)
		choices = report_choices_of(&f->notes[i]);
	return choices;
}

int
report_note_is_turn(const struct report_note *n)
{
	unsigned long long event;
	size_t choice;

	return sscanf(n->text, EXPLORE_STORY_TURN, &event, &choice) == 2;
}

/* --- sources -------------------------------------------------------------- */

static const struct report_source *
source_find(const struct report *r, const char *file)
{
	for (size_t i = 0; i < r->nsources; i++)
		if (strcmp(r->sources[i].file, file) == 0)
			return &r->sources[i];
	return NULL;
}

static void
source_read(struct report *r, const char *file, char *const *names,
    char *const *paths, size_t n)
{
	struct report_source *s;
	struct error err;
	size_t i = 0;

	/* Frames have no "./", names of a tree may. */
	while (i < n && strcmp(without_dot(names[i]), file) != 0)
		i++;
	if (i == n || source_find(r, file) != NULL)
		return;
	s = GROW(r->sources, r->nsources);
	s->file = check_strdup(file);
	if (host_file_read(paths[i], &s->text, GUEST_FILE_SIZE_MAX,
	    &err) != 0)
		bytes_clear(&s->text);
	for (size_t k = 0; k < s->text.len; k++)
		if (s->text.data[k] == '\0' || s->text.data[k] == '\r')
			s->text.data[k] = ' ';
		else if (s->text.data[k] == '\n')
			s->text.data[k] = '\0';
	if (s->text.len > 0 && s->text.data[s->text.len - 1] != '\0')
		bytes_add(&s->text, "", 1);
}

static void
sources_of_path(struct report *r, const struct report_path *p,
    char *const *names, char *const *paths, size_t n)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->frames[i].driver)
			source_read(r, p->frames[i].file, names, paths, n);
}

void
report_sources_read(struct report *r, char *const *names,
    char *const *paths, size_t n)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct report_finding *f = &r->findings[i];

		source_read(r, f->file, names, paths, n);
		sources_of_path(r, &f->path, names, paths, n);
		for (size_t k = 0; k < f->f.nnotes; k++)
			sources_of_path(r, &f->notes[k].path, names, paths, n);
	}
}

const char *
report_source_line(const struct report *r, const char *file, unsigned line)
{
	const struct report_source *s = source_find(r, file);
	const char *p, *end;

	if (s == NULL || line == 0)
		return NULL;
	p = (const char *)s->text.data;
	end = p + s->text.len;
	for (unsigned i = 1; i < line && p < end; i++)
		p += strlen(p) + 1;
	return p < end ? p : NULL;
}

/*
 * guest_messages.c: what a source needs and does not find; see
 * guest_messages.h.  A message of gcc or clang is
 *
 *	FILE:LINE:COLUMN: error: TEXT
 */
#include "guest_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN	127

/* What stands before a name in TEXT, and what after it. */
static const struct {
	const char *before, *after;
} phrases[] = {
	{ "implicit declaration of function '", "'" },
	{ "undeclared function '", "'" },
	{ "use of undeclared identifier '", "'" },
	{ "unknown type name '", "'" },
	{ "has no member named '", "'" },
	{ "no member named '", "'" },
	{ "undefined type '", "'" },
	{ "incomplete type '", "'" },
	{ "has incomplete type '", "'" },
	{ "error: '", "' undeclared" },
	{ "error: '", "' file not found" },
	{ "fatal error: ", ": No such file or directory" },
};

/* The name that a line is about; 0: none. */
static int
line_name(const char *text, char name[NAME_MAX_LEN + 1])
{
	if (strstr(text, "error: ") == NULL)
		return 0;
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
		const char *p = strstr(text, phrases[i].before), *end;

		if (p == NULL)
			continue;
		p += strlen(phrases[i].before);
		end = strstr(p, phrases[i].after);
		if (end == NULL || end == p || end - p > NAME_MAX_LEN)
			continue;
		snprintf(name, NAME_MAX_LEN + 1, "%.*s", (int)(end - p), p);
		return 1;
	}
	return 0;
}

/* The name of the source that lies at a path, or the path. */
static const char *
source_name(const struct guest_sources *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->source[i].path, path) == 0)
			return s->source[i].name;
	return path;
}

/* "FILE:LINE" of the beginning of a message, the name of FILE for its path; cuts
   text there. */
static void
line_place(const struct guest_sources *s, char *text, struct bytes *out)
{
	char *end, *colon;

	end = strstr(text, ": error: ");
	if (end == NULL)
		end = strstr(text, ": fatal error: ");
	if (end == NULL)
		return;
	*end = '\0';				/* FILE:LINE:COLUMN */
	colon = strrchr(text, ':');
	if (colon == NULL)
		return;
	*colon = '\0';
	colon = strrchr(text, ':');
	if (colon == NULL)
		return;
	*colon = '\0';
	bytes_printf(out, "%s:%s", source_name(s, text), colon + 1);
}

/* How much of a line is the name of a file in which there is an error; 0. */
static size_t
line_file(const char *text)
{
	return strstr(text, " error: ") != NULL ? strcspn(text, ":") : 0;
}

/*
 * What the messages go on with about a file whose first error is none of a name
 * comes of that error: a slip.
 */
struct slips {
	const char *file;		/* that they are about: len letters */
	size_t len;
	int slipped;
};

/* Whether a line's name is missing for no other reason; file is how much of it
   is a file's name, named: it has one. */
static int
is_missing(struct slips *f, const char *line, size_t file, int named)
{

	if (file != 0 && (file != f->len || memcmp(line, f->file, file) != 0)) {
		f->file = line;
		f->len = file;
		f->slipped = !named;
	}
	return named && !f->slipped;
}

void
guest_messages_needs(const char *messages, const struct guest_sources *s,
    struct bytes *out)
{
	char told[GUEST_NEEDS_MAX][NAME_MAX_LEN + 1];
	struct slips slips = { NULL, 0, 0 };
	size_t n = 0, more = 0;

	for (const char *line = messages; *line != '\0';) {
		size_t len = strcspn(line, "\n"), i = 0;
		char name[NAME_MAX_LEN + 1], text[1024];
		const char *at = line;

		line += len + (line[len] == '\n');
		snprintf(text, sizeof text, "%.*s", (int)len, at);
		if (!is_missing(&slips, at, line_file(text), line_name(text,
		    name)))
			continue;
		while (i < n && strcmp(told[i], name) != 0)
			i++;
		if (i < n)
			continue;
		if (n == GUEST_NEEDS_MAX) {
			more++;
			continue;
		}
		memcpy(told[n++], name, sizeof name);
		bytes_printf(out, "%s", out->len > 0 ? "; " : "");
		line_place(s, text, out);
		bytes_printf(out, " needs %s, " GUEST_NEEDS_NONE, name);
	}
	if (more > 0)
		bytes_printf(out, "; and more (%zu messages)", more);
}

/*
 * symbolize.c: file, line and function of addresses in a guest; see
 * symbolize.h.
 *
 * addr2line -a -f -i and llvm-symbolizer in GNU style both print for each
 * address a line with it, then two lines for each frame, innermost first:
 *
 *	0x0000000000001234
 *	viogpu_wsmmap
 *	drivers/viogpu.c:123 (discriminator 2)
 *
 * atos -i prints a line for each frame and an empty line after each address:
 *
 *	viogpu_wsmmap (in guest.dylib) (viogpu.c:123)
 */
#include "symbolize.h"
#include "guest_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLIZE_BATCH_MAX	256	/* addresses of one command line */
#define SYMBOLIZE_WORDS_MAX	12	/* of the command before them */

struct tool {
	const char *program;
	int is_atos;
	const char *options[8];		/* the file's name follows */
};

/* The first there is, is used. */
static const struct tool tools[] = {
	{ "addr2line", 0, { "-a", "-f", "-i", "-e" } },
	{ "llvm-symbolizer", 0, { "--output-style=GNU", "-a", "-f", "-i",
	    "-e" } },
	{ "llvm-addr2line", 0, { "-a", "-f", "-i", "-e" } },
	{ "atos", 1, { "-i", "-fullPath", "-o" } },
};

struct symbolizer {
	char *path;
	const struct tool *tool;	/* NULL: there is none */
};

struct symbolizer *
symbolize_open(const char *path)
{
	struct symbolizer *s = check_calloc(1, sizeof *s);
	const char *wanted = getenv("VIOTAPE_SYMBOLIZER");

	s->path = check_strdup(path);
	for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
		char *file;

		if (wanted != NULL && strcmp(wanted, tools[i].program) != 0)
			continue;
		file = host_program_find(tools[i].program);
		if (file == NULL)
			continue;
		check_free(file);
		s->tool = &tools[i];
		break;
	}
	return s;
}

void
symbolize_close(struct symbolizer *s)
{
	if (s == NULL)
		return;
	check_free(s->path);
	check_free(s);
}

const char *
symbolize_note(const struct symbolizer *s)
{
	return s->tool != NULL ? NULL : "lines of the driver are not known, "
	    "because neither addr2line (package binutils) nor llvm-symbolizer "
	    "(package llvm) was found";
}

/* --- what the tools print ------------------------------------------------ */

/* The name a report uses: no "./", nothing of the cache before drivers/. */
static const char *
file_shorten(const char *file)
{
	const char *tree = strstr(file, "/" GUEST_FAULT_TREES "/");
	const char *mark = strstr(file, GUEST_SOURCE_MARK);
	const char *rest;

	if (tree != NULL) {
		rest = strchr(tree + strlen("/" GUEST_FAULT_TREES "/"), '/');
		if (rest != NULL)
			file = rest + 1;
	}
	if (mark != NULL)
		file = mark + strlen(GUEST_SOURCE_MARK);
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	return file;
}

static void
place_add(struct symbol_place *place, const char *function, size_t flen,
    const char *at, size_t len)
{
	struct symbol_frame *f;
	char text[1024];
	char *colon;
	int unknown;

	if (place->n == SYMBOLIZE_FRAMES_MAX)
		return;
	f = &place->frame[place->n++];
	snprintf(text, sizeof text, "%.*s", (int)len, at);
	/* A name may have spaces of its own. */
	colon = strstr(text, " (discriminator ");
	if (colon != NULL)
		*colon = '\0';
	/* llvm adds a column where it has one: file:line:column. */
	colon = strrchr(text, ':');
	if (colon != NULL) {
		*colon = '\0';
		f->line = (unsigned)strtoul(colon + 1, NULL, 10);
	}
	unknown = text[0] == '?' || text[0] == '\0';
	f->file = check_strdup(unknown ? "??" : file_shorten(text));
	if (unknown)
		f->line = 0;
	snprintf(text, sizeof text, "%.*s", (int)flen, function);
	f->function = check_strdup(text[0] != '\0' ? text : "??");
}

/* One line, without its end; moves p behind it.  0 at the end of the text. */
static int
line_take(const char **p, const char **line, size_t *len)
{
	if (**p == '\0')
		return 0;
	*line = *p;
	*len = strcspn(*p, "\n");
	*p += *len + ((*p)[*len] == '\n');
	return 1;
}

static void
gnu_parse(const char *p, struct symbol_place *places, size_t n)
{
	const char *line, *at;
	size_t len, at_len, i = 0;

	while (line_take(&p, &line, &len)) {
		if (len > 2 && strncmp(line, "0x", 2) == 0) {
			i++;
			continue;
		}
		if (len == 0 || !line_take(&p, &at, &at_len))
			continue;
		if (i > 0 && i <= n)
			place_add(&places[i - 1], line, len, at, at_len);
	}
}

static void
atos_parse(const char *p, struct symbol_place *places, size_t n)
{
	const char *line;
	size_t len, i = 0;

	while (i < n && line_take(&p, &line, &len)) {
		const char *in = strstr(line, " (in ");
		const char *at;

		if (len == 0) {
			i++;
			continue;
		}
		if (in == NULL || in > line + len || line[len - 1] != ')')
			continue;
		for (at = line + len; at > in && at[-1] != '('; at--)
			continue;
		place_add(&places[i], line, (size_t)(in - line), at,
		    (size_t)(line + len - 1 - at));
	}
}

static int
batch_ask(const struct symbolizer *s, const uint64_t *offsets, size_t n,
    struct symbol_place *places, struct error *err)
{
	const char *argv[SYMBOLIZE_WORDS_MAX + SYMBOLIZE_BATCH_MAX];
	char text[SYMBOLIZE_BATCH_MAX][24];
	struct bytes output = {0};
	size_t words = 0;
	int status, ret;

	argv[words++] = s->tool->program;
	for (size_t i = 0; s->tool->options[i] != NULL; i++)
		argv[words++] = s->tool->options[i];
	argv[words++] = s->path;
	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof text[i], "0x%llx",
		    (unsigned long long)offsets[i]);
		argv[words++] = text[i];
	}
	argv[words] = NULL;
	ret = host_spawn_wait(argv, &output, &status, err);
	bytes_add(&output, "", 1);
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_SYSTEM, "%s cannot read the guest: "
		    "%s", s->tool->program, (const char *)output.data);
	if (ret == 0 && s->tool->is_atos)
		atos_parse((const char *)output.data, places, n);
	else if (ret == 0)
		gnu_parse((const char *)output.data, places, n);
	bytes_free(&output);
	return ret;
}

int
symbolize_places(struct symbolizer *s, const uint64_t *offsets, size_t n,
    struct symbol_place *places, struct error *err)
{
	int ret = 0;

	memset(places, 0, n * sizeof *places);
	for (size_t i = 0; s->tool != NULL && ret == 0 && i < n;) {
		size_t batch = n - i < SYMBOLIZE_BATCH_MAX ? n - i :
		    SYMBOLIZE_BATCH_MAX;

		ret = batch_ask(s, offsets + i, batch, places + i, err);
		i += batch;
	}
	for (size_t i = 0; i < n; i++)
		if (places[i].n == 0)
			place_add(&places[i], "??", 2, "??:0", 4);
	return ret;
}

void
symbolize_places_free(struct symbol_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < places[i].n; k++) {
			check_free(places[i].frame[k].file);
			check_free(places[i].frame[k].function);
		}
		places[i].n = 0;
	}
}

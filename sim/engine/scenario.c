/* scenario.c: what the guest is asked to do: reading its text. */
#include "scenario.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Words, and their arguments: d a number, x hexadecimal, t text to the end. */
static const struct {
	const char *word;
	enum scenario_op op;
	const char *args;
} words[] = {
	{ "text", SCENARIO_TEXT, "t" },
	{ "lines", SCENARIO_TEXT, "ddt" },
	{ "screen", SCENARIO_SCREEN, "d" },
	{ "graphics", SCENARIO_GRAPHICS, "" },
	{ "textmode", SCENARIO_TEXTMODE, "" },
	{ "map", SCENARIO_MAP, "" },
	{ "unmap", SCENARIO_UNMAP, "" },
	{ "fill", SCENARIO_FILL, "ddddx" },
	{ "pattern", SCENARIO_PATTERN, "ddddd" },
	{ "copy", SCENARIO_COPY, "dddddd" },
	{ "detach", SCENARIO_DETACH, "" },
	{ "attach", SCENARIO_ATTACH, "" },
	{ "resize", SCENARIO_RESIZE, "dd" },
	{ "needs-reset", SCENARIO_NEEDS_RESET, "" },
	{ "wait", SCENARIO_WAIT, "d" },
	{ "expect", SCENARIO_EXPECT, "" },
	{ "raise", SCENARIO_RAISE, "d" },	/* tests only */
};
#define NWORDS (sizeof words / sizeof words[0])

struct parser {
	struct scenario *s;
	uint32_t line;
	struct error *err;
};

static int
wrong(struct parser *p, const char *what, const char *word)
{
	return error_set(p->err, ERROR_INPUT, "scenario %s, line %u: %s "
	    "(\"%.60s\"); see viotape explain scenario", p->s->name, p->line,
	    what, word);
}

static struct scenario_step *
step_new(struct parser *p, enum scenario_op op)
{
	struct scenario *s = p->s;
	struct scenario_step *step;

	if (s->n == SCENARIO_STEPS_MAX) {
		error_set(p->err, ERROR_LIMIT, "scenario %s, line %u: more than"
		    " %u steps", s->name, p->line, SCENARIO_STEPS_MAX);
		return NULL;
	}
	s->steps = check_realloc(s->steps, (s->n + 1) * sizeof s->steps[0]);
	step = &s->steps[s->n++];
	memset(step, 0, sizeof *step);
	step->op = op;
	step->line = p->line;
	return step;
}

/* Escapes resolved in place. */
static int
unescape(struct parser *p, char *text)
{
	static const char letters[] = "ntrbe\\";
	static const char values[] = "\n\t\r\b\033\\";
	char *to = text;

	for (char *from = text; *from != '\0'; from++) {
		const char *l;

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		l = *from != '\0' ? strchr(letters, *from) : NULL;
		if (l == NULL)
			return wrong(p, "\\ must be followed by n, t, r, b, e "
			    "or \\", from - 1);
		*to++ = values[l - letters];
	}
	*to = '\0';
	return 0;
}

/* One text step; %d, if there, becomes n. */
static int
text_step(struct parser *p, const char *text, uint64_t n)
{
	struct scenario_step *step = step_new(p, SCENARIO_TEXT);
	const char *hole = strstr(text, "%d");
	char buf[SCENARIO_LINE_MAX + 32];

	if (step == NULL)
		return -1;
	if (hole != NULL && n != UINT64_MAX)
		snprintf(buf, sizeof buf, "%.*s%llu%s", (int)(hole - text),
		    text, (unsigned long long)n, hole + 2);
	else
		snprintf(buf, sizeof buf, "%s", text);
	step->text = check_strdup(buf);
	return 0;
}

static int
number(struct parser *p, char **at, int base, uint64_t *out)
{
	char *end;

	while (*at[0] == ' ' || *at[0] == '\t')
		(*at)++;
	if (!isxdigit((unsigned char)**at))
		return wrong(p, "a number is missing", *at);
	*out = strtoull(*at, &end, base);
	if (end == *at || (*end != '\0' && *end != ' ' && *end != '\t') ||
	    *out > UINT32_MAX)
		return wrong(p, "not a number below 2^32", *at);
	*at = end;
	return 0;
}

static int
check_args(struct parser *p, const char *word, const struct scenario_step *s)
{
	if (s->op == SCENARIO_SCREEN && s->args[0] > 3)
		return wrong(p, "screens are 0 to 3", word);
	if (s->op == SCENARIO_WAIT && s->args[0] > SCENARIO_WAIT_MAX_MS)
		return wrong(p, "at most 60000 milliseconds", word);
	if (s->op == SCENARIO_RESIZE && (s->args[0] > SCENARIO_SIDE_MAX ||
	    s->args[1] > SCENARIO_SIDE_MAX))
		return wrong(p, "wanted a width and a height, at most 8192 "
		    "each", word);
	return 0;
}

static int
parse_words(struct parser *p, size_t w, char *rest)
{
	uint64_t args[6] = { 0 };
	size_t nargs = 0;
	struct scenario_step *step;

	for (const char *a = words[w].args; *a != '\0'; a++) {
		if (*a == 't') {
			if (*rest == ' ' || *rest == '\t')
				rest++;
			if (unescape(p, rest) != 0)
				return -1;
			if (nargs == 0)
				return text_step(p, rest, UINT64_MAX);
			if (args[1] < args[0] || args[1] - args[0] >= 1000)
				return wrong(p, "wanted a first and a last "
				    "number, at most 1000 lines", rest);
			for (uint64_t n = args[0]; n <= args[1]; n++)
				if (text_step(p, rest, n) != 0)
					return -1;
			return 0;
		}
		if (number(p, &rest, *a == 'x' ? 16 : 10, &args[nargs++]) != 0)
			return -1;
	}
	while (*rest == ' ' || *rest == '\t')
		rest++;
	if (*rest != '\0')
		return wrong(p, "more than is wanted", rest);
	step = step_new(p, words[w].op);
	if (step == NULL)
		return -1;
	memcpy(step->args, args, sizeof args);
	return check_args(p, words[w].word, step);
}

static int
parse_display(struct parser *p, char *rest)
{
	uint64_t width, height;

	if (number(p, &rest, 10, &width) != 0 ||
	    number(p, &rest, 10, &height) != 0)
		return -1;
	if (*rest != '\0' || width < 16 || height < 16 ||
	    width > SCENARIO_SIDE_MAX || height > SCENARIO_SIDE_MAX)
		return wrong(p, "wanted a width and a height, 16 to 8192 each",
		    rest);
	p->s->width = (unsigned)width;
	p->s->height = (unsigned)height;
	return 0;
}

static int
parse_line(struct parser *p, char *line)
{
	size_t len;

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	len = strcspn(line, " \t");
	if (len == 5 && strncmp(line, "title", 5) == 0) {
		line += 5 + (line[5] != '\0');
		snprintf(p->s->title, sizeof p->s->title, "%s", line);
		return 0;
	}
	if (len == 7 && strncmp(line, "display", 7) == 0)
		return parse_display(p, line + 7);
	for (size_t w = 0; w < NWORDS; w++)
		if (strlen(words[w].word) == len &&
		    strncmp(words[w].word, line, len) == 0)
			return parse_words(p, w, line + len);
	return wrong(p, "not a step", line);
}

int
scenario_parse(struct scenario *s, const char *name, const char *text,
    size_t len, struct error *err)
{
	struct parser p = { s, 0, err };
	size_t at = 0;

	memset(s, 0, sizeof *s);
	snprintf(s->name, sizeof s->name, "%s", name);
	s->width = 640;
	s->height = 480;
	s->source = check_malloc(len + 1);
	if (len != 0)
		memcpy(s->source, text, len);
	s->source[len] = '\0';
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;
		char line[SCENARIO_LINE_MAX];
		int r;

		p.line++;
		if (n >= sizeof line || memchr(text + at, '\0', n) != NULL) {
			r = wrong(&p, "a line of more than 1023 bytes, or a "
			    "zero byte", "");
		} else {
			memcpy(line, text + at, n);
			line[n] = '\0';
			r = parse_line(&p, line);
		}
		if (r != 0) {
			scenario_free(s);
			return -1;
		}
		at += n + 1;
	}
	return 0;
}

void
scenario_free(struct scenario *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->steps[i].text);
	free(s->steps);
	free(s->source);
	memset(s, 0, sizeof *s);
}

static void
text_line(const char *text, char *buf, size_t size)
{
	size_t at = (size_t)snprintf(buf, size, "text ");

	for (; *text != '\0' && at + 5 < size; text++) {
		if (*text == '\\' || (unsigned char)*text < ' ') {
			static const char from[] = "\n\t\r\b\033\\";
			static const char to[] = "ntrbe\\";
			const char *f = strchr(from, *text);

			buf[at++] = '\\';
			buf[at++] = f != NULL ? to[f - from] : '?';
		} else {
			buf[at++] = *text;
		}
	}
	buf[at] = '\0';
}

void
scenario_step_line(const struct scenario_step *step, char *buf, size_t size)
{
	size_t at;

	if (step->op == SCENARIO_TEXT) {
		text_line(step->text, buf, size);
		return;
	}
	for (size_t w = 0; w < NWORDS; w++) {
		if (words[w].op != step->op)
			continue;
		at = (size_t)snprintf(buf, size, "%s", words[w].word);
		for (size_t i = 0; words[w].args[i] != '\0' && at < size; i++)
			at += (size_t)snprintf(buf + at, size - at,
			    words[w].args[i] == 'x' ? " %06llx" : " %llu",
			    (unsigned long long)step->args[i]);
		return;
	}
}

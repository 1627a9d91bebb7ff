/* scenario.c: what the guest is asked to do: reading its text. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "scenario_args.h"

/* Words, and their arguments, a letter each (scenario_args.h). */
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
	{ "up", SCENARIO_NET_UP, "p" },
	{ "down", SCENARIO_NET_DOWN, "" },
	{ "dhcp", SCENARIO_NET_DHCP, "" },
	{ "ping", SCENARIO_NET_PING, "add" },
	{ "udp", SCENARIO_NET_UDP, "addd" },
	{ "echo", SCENARIO_NET_ECHO, "addd" },
	{ "stream out", SCENARIO_NET_STREAM_OUT, "addd" },
	{ "stream in", SCENARIO_NET_STREAM_IN, "add" },
	{ "tftp", SCENARIO_NET_TFTP, "aw" },
	{ "mtu", SCENARIO_NET_MTU, "dr" },
	{ "promisc", SCENARIO_NET_PROMISC, "o" },
	{ "allmulti", SCENARIO_NET_ALLMULTI, "o" },
	{ "join", SCENARIO_NET_JOIN, "m" },
	{ "leave", SCENARIO_NET_LEAVE, "m" },
	{ "lladdr", SCENARIO_NET_LLADDR, "m" },
	{ "burst", SCENARIO_NET_BURST, "dd" },
	{ "link", SCENARIO_LINK, "u" },
	{ "announce", SCENARIO_ANNOUNCE, "" },
	{ "host mtu", SCENARIO_HOST_MTU, "d" },
	{ "host mac", SCENARIO_HOST_MAC, "m" },
	{ "host send", SCENARIO_HOST_SEND, "mdd" },
	{ "frame", SCENARIO_NET_FRAME, "h" },
	{ "host frame", SCENARIO_HOST_FRAME, "h" },
};
#define NWORDS (sizeof words / sizeof words[0])

static struct scenario_step *
step_new(struct scenario_parser *p, enum scenario_op op)
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
unescape(struct scenario_parser *p, char *text)
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
			return scenario_wrong(p, "\\ must be followed by n, t, r, b, e "
			    "or \\", from - 1);
		*to++ = values[l - letters];
	}
	*to = '\0';
	return 0;
}

/* One text step; %d, if there, becomes n. */
static int
text_step(struct scenario_parser *p, const char *text, uint64_t n)
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

/* The limits of the steps of a network. */
static int
check_net_args(struct scenario_parser *p, const char *word,
    const struct scenario_step *s)
{
	size_t size = s->op == SCENARIO_NET_PING ? 2 :
	    s->op == SCENARIO_NET_UDP || s->op == SCENARIO_NET_ECHO ? 3 :
	    s->op == SCENARIO_HOST_SEND ? 2 : 0;

	if (size != 0 && s->args[size] > SCENARIO_DATAGRAM_MAX)
		return scenario_wrong(p, "at most 65507 bytes", word);
	if (size == 3 && s->args[1] > 65535)
		return scenario_wrong(p, "ports are 0 to 65535", word);
	if (s->op == SCENARIO_HOST_MTU && s->args[0] > 65535)
		return scenario_wrong(p, "an mtu is 0 to 65535", word);
	if (s->op == SCENARIO_HOST_SEND && s->args[1] > 1000)
		return scenario_wrong(p, "at most 1000 frames", word);
	if (s->op == SCENARIO_NET_STREAM_OUT && s->args[3] == 0)
		return scenario_wrong(p, "segments have at least 1 byte", word);
	return 0;
}

static int
check_args(struct scenario_parser *p, const char *word,
    const struct scenario_step *s)
{
	if (s->op == SCENARIO_SCREEN && s->args[0] > 3)
		return scenario_wrong(p, "screens are 0 to 3", word);
	if (s->op == SCENARIO_WAIT && s->args[0] > SCENARIO_WAIT_MAX_MS)
		return scenario_wrong(p, "at most 60000 milliseconds", word);
	if (s->op == SCENARIO_RESIZE && (s->args[0] > SCENARIO_SIDE_MAX ||
	    s->args[1] > SCENARIO_SIDE_MAX))
		return scenario_wrong(p, "wanted a width and a height, at most 8192 "
		    "each", word);
	return check_net_args(p, word, s);
}

static int
parse_words(struct scenario_parser *p, size_t w, char *rest)
{
	uint64_t args[6] = { 0 };
	char *text = NULL;
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
				return scenario_wrong(p, "wanted a first and a last "
				    "number, at most 1000 lines", rest);
			for (uint64_t n = args[0]; n <= args[1]; n++)
				if (text_step(p, rest, n) != 0)
					return -1;
			return 0;
		}
		if (*a == 'w' || *a == 'h') {
			text = *a == 'w' ? scenario_word(p, &rest) :
			    scenario_hex(p, &rest);
			if (text == NULL)
				return -1;
			continue;
		}
		if (scenario_arg(p, &rest, *a, &args[nargs]) != 0)
			return -1;
		nargs += *a == 'p' ? 2 : 1;
	}
	while (*rest == ' ' || *rest == '\t')
		rest++;
	if (*rest != '\0')
		return scenario_wrong(p, "more than is wanted", rest);
	step = step_new(p, words[w].op);
	if (step == NULL)
		return -1;
	if (text != NULL)
		step->text = check_strdup(text);
	memcpy(step->args, args, sizeof args);
	if (step->op == SCENARIO_NET_BURST)
		step->args[2] = SCENARIO_PEER;
	return check_args(p, words[w].word, step);
}

/* Lines of frames alone may be long. */
static size_t
line_max(const char *line, size_t n)
{
	static const char *const words_of[] = { "frame ", "host frame " };

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(words_of[i]);

		if (n > len && memcmp(line, words_of[i], len) == 0)
			return len + 2 * SCENARIO_FRAME_MAX + 2;
	}
	return SCENARIO_LINE_MAX;
}

/* Whether a line begins with a word; behind it a blank or its end. */
static int
begins(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 &&
	    (line[n] == '\0' || line[n] == ' ' || line[n] == '\t');
}

static int
parse_line(struct scenario_parser *p, char *line)
{
	int head;

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	head = scenario_head(p, line);
	if (head != 0)
		return head > 0 ? 0 : -1;
	for (size_t w = 0; w < NWORDS; w++)
		if (begins(line, words[w].word))
			return parse_words(p, w, line + strlen(words[w].word));
	return scenario_wrong(p, "not a step", line);
}

int
scenario_parse(struct scenario *s, const char *name, const char *text,
    size_t len, struct error *err)
{
	struct scenario_parser p = { s, 0, err };
	size_t at = 0;

	memset(s, 0, sizeof *s);
	snprintf(s->name, sizeof s->name, "%s", name);
	scenario_head_default(s);
	s->source = check_malloc(len + 1);
	if (len != 0)
		memcpy(s->source, text, len);
	s->source[len] = '\0';
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;
		size_t max = line_max(text + at, n);
		char *line;
		int r;

		p.line++;
		if (n >= max || memchr(text + at, '\0', n) != NULL) {
			r = max == SCENARIO_LINE_MAX ? scenario_wrong(&p, "a "
			    "line of more than 1023 bytes, or a zero byte",
			    "") : scenario_wrong(&p, "a frame has at most 9018 "
			    "bytes", "");
		} else {
			line = check_malloc(n + 1);
			if (n != 0)
				memcpy(line, text + at, n);
			line[n] = '\0';
			r = parse_line(&p, line);
			check_free(line);
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
		check_free(s->steps[i].text);
	check_free(s->steps);
	check_free(s->source);
	memset(s, 0, sizeof *s);
}

void
scenario_step_line(const struct scenario_step *step, char *buf, size_t size)
{
	const uint64_t *arg = step->args;
	size_t at;

	if (step->op == SCENARIO_NET_FRAME || step->op ==
	    SCENARIO_HOST_FRAME) {
		snprintf(buf, size, "%s %.*s, %zu bytes", step->op ==
		    SCENARIO_NET_FRAME ? "frame" : "host frame",
		    (int)(2 * SCENARIO_FRAME_MIN), step->text,
		    strlen(step->text) / 2);
		return;
	}
	if (step->op == SCENARIO_TEXT) {
		scenario_text_print(step->text, buf, size);
		return;
	}
	for (size_t w = 0; w < NWORDS; w++) {
		if (words[w].op != step->op)
			continue;
		at = (size_t)snprintf(buf, size, "%s", words[w].word);
		for (const char *a = words[w].args; *a != '\0' && at < size;
		    a++) {
			at += *a == 'w' ? (size_t)snprintf(buf + at, size - at,
			    " %s", step->text) : scenario_arg_print(*a, arg,
			    buf + at, size - at);
			arg += *a == 'w' ? 0 : *a == 'p' ? 2 : 1;
		}
		return;
	}
}

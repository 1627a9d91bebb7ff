/* scenario_args.c: what follows a scenario's words. */
#include "scenario_args.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
scenario_wrong(struct scenario_parser *p, const char *what, const char *word)
{
	return error_set(p->err, ERROR_INPUT, "scenario %s, line %u: %s "
	    "(\"%.60s\"); see viotape explain scenario", p->s->name, p->line,
	    what, word);
}

static void
skip_blanks(char **at)
{
	while (**at == ' ' || **at == '\t')
		(*at)++;
}

static int
ended(const char *at)
{
	return *at == '\0' || *at == ' ' || *at == '\t';
}

int
scenario_number(struct scenario_parser *p, char **at, int base, uint64_t *out)
{
	char *end;

	skip_blanks(at);
	if (!isxdigit((unsigned char)**at))
		return scenario_wrong(p, "a number is missing", *at);
	*out = strtoull(*at, &end, base);
	if (end == *at || !ended(end) || *out > UINT32_MAX)
		return scenario_wrong(p, "not a number below 2^32", *at);
	*at = end;
	return 0;
}

char *
scenario_word(struct scenario_parser *p, char **at)
{
	char *word;

	skip_blanks(at);
	word = *at;
	while (!ended(*at))
		(*at)++;
	if (word == *at) {
		(void)scenario_wrong(p, "a word is missing", word);
		return NULL;
	}
	if (**at != '\0')
		*(*at)++ = '\0';
	return word;
}

char *
scenario_hex(struct scenario_parser *p, char **at)
{
	char *word = scenario_word(p, at);
	size_t n;

	if (word == NULL)
		return NULL;
	n = strspn(word, "0123456789abcdefABCDEF");
	if (word[n] != '\0' || n % 2 != 0 || n < 2 * SCENARIO_FRAME_MIN ||
	    n > 2 * SCENARIO_FRAME_MAX) {
		(void)scenario_wrong(p, "wanted a frame of 14 to 9018 bytes, two "
		    "hexadecimal digits each", word);
		return NULL;
	}
	return word;
}

/* One of two words: 1 for the first, 0 for the second. */
static int
one_of(struct scenario_parser *p, char **at, const char *yes, const char *no,
    uint64_t *out)
{
	size_t n;

	skip_blanks(at);
	n = strcspn(*at, " \t");
	*out = n == strlen(yes) && strncmp(*at, yes, n) == 0;
	if (*out == 0 && (n != strlen(no) || strncmp(*at, no, n) != 0))
		return scenario_wrong(p, strcmp(yes, "on") == 0 ?
		    "wanted on or off" : "wanted up or down", *at);
	*at += n;
	return 0;
}

/* n numbers of a base below 256, a letter between them. */
static int
dotted(char **at, unsigned n, int base, char between, uint64_t *out)
{
	unsigned long v;
	char *end;

	*out = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)**at))
			return -1;
		v = strtoul(*at, &end, base);
		if (end == *at || end - *at > 3 || v > 255 ||
		    (i + 1 < n && *end != between))
			return -1;
		*out = *out << 8 | v;
		*at = end + (i + 1 < n);
	}
	return 0;
}

static int
address(struct scenario_parser *p, char **at, uint64_t *out)
{
	char *begin;

	skip_blanks(at);
	begin = *at;
	if (dotted(at, 4, 10, '.', out) != 0)
		return scenario_wrong(p, "wanted an address like 10.0.2.2",
		    begin);
	return 0;
}

/* An address and the bits of its net, or nothing: both 0. */
static int
prefix(struct scenario_parser *p, char **at, uint64_t out[2])
{
	char *begin, *end;

	skip_blanks(at);
	begin = *at;
	out[0] = out[1] = 0;
	if (*begin == '\0')
		return 0;
	if (address(p, at, &out[0]) != 0)
		return -1;
	out[1] = **at == '/' ? strtoul(*at + 1, &end, 10) : 0;
	if (**at != '/' || !isdigit((unsigned char)(*at)[1]) || !ended(end) ||
	    out[1] < 1 || out[1] > 32)
		return scenario_wrong(p, "wanted an address and the bits of its"
		    " net, like 10.0.2.15/24", begin);
	*at = end;
	return 0;
}

int
scenario_arg(struct scenario_parser *p, char **at, char kind, uint64_t *out)
{
	char *begin;

	skip_blanks(at);
	begin = *at;
	switch (kind) {
	case 'a':
		if (address(p, at, out) != 0)
			return -1;
		break;
	case 'm':
		if (dotted(at, 6, 16, ':', out) != 0)
			return scenario_wrong(p, "wanted an Ethernet address "
			    "like 52:54:00:12:34:56", begin);
		break;
	case 'o':
		return one_of(p, at, "on", "off", out);
	case 'u':
		return one_of(p, at, "up", "down", out);
	case 'p':
		return prefix(p, at, out);
	case 'r':
		*out = strncmp(*at, "refused", 7) == 0 && ended(*at + 7);
		*at += *out != 0 ? 7 : 0;
		return 0;
	default:
		return scenario_number(p, at, kind == 'x' ? 16 : 10, out);
	}
	if (!ended(*at))
		return scenario_wrong(p, "wanted a blank behind an address",
		    begin);
	return 0;
}

/* ---------------------------------------------------------------- printing */

static size_t
address_print(uint64_t a, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, " %u.%u.%u.%u",
	    (unsigned)(a >> 24 & 255), (unsigned)(a >> 16 & 255),
	    (unsigned)(a >> 8 & 255), (unsigned)(a & 255));
}

size_t
scenario_arg_print(char kind, const uint64_t *arg, char *buf, size_t size)
{
	size_t n;

	switch (kind) {
	case 'x':
		return (size_t)snprintf(buf, size, " %06" PRIx64, arg[0]);
	case 'a':
		return address_print(arg[0], buf, size);
	case 'm':
		return (size_t)snprintf(buf, size, " %02x:%02x:%02x:%02x:%02x:"
		    "%02x", (unsigned)(arg[0] >> 40 & 255),
		    (unsigned)(arg[0] >> 32 & 255),
		    (unsigned)(arg[0] >> 24 & 255),
		    (unsigned)(arg[0] >> 16 & 255),
		    (unsigned)(arg[0] >> 8 & 255), (unsigned)(arg[0] & 255));
	case 'o':
		return (size_t)snprintf(buf, size, arg[0] ? " on" : " off");
	case 'u':
		return (size_t)snprintf(buf, size, arg[0] ? " up" : " down");
	case 'r':
		return (size_t)snprintf(buf, size, "%s", arg[0] ? " refused" :
		    "");
	case 'p':
		if (arg[1] == 0)
			return 0;
		n = address_print(arg[0], buf, size);
		return n + (n < size ? (size_t)snprintf(buf + n, size - n,
		    "/%" PRIu64, arg[1]) : 0);
	default:
		return (size_t)snprintf(buf, size, " %" PRIu64, arg[0]);
	}
}

void
scenario_text_print(const char *text, char *buf, size_t size)
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

/* escape.c: text of others as a format wants it; see escape.h. */
#include "escape.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

/* The length of a UTF-8 character at p, or 0: no such. */
static size_t
utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 :
	    p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
	    p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] >= 0xa0)))
		return 0;
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return n;
}

void
escape_json(struct bytes *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	bytes_printf(out, "\"");
	while (*p != '\0') {
		size_t n = utf8_length(p);

		if (n == 0) {
			bytes_printf(out, "\\ufffd");
			n = 1;
		} else if (*p == '"' || *p == '\\') {
			bytes_printf(out, "\\%c", *p);
		} else if (*p < 0x20 || *p == 0x7f) {
			bytes_printf(out, "\\u%04x", *p);
		} else {
			bytes_add(out, p, n);
		}
		p += n;
	}
	bytes_printf(out, "\"");
}

/* Controls, and code points that are no characters. */
static int
xml_lacks(const unsigned char *p, size_t n)
{
	if (n == 1)
		return (p[0] < 0x20 && p[0] != '\n' && p[0] != '\t') ||
		    p[0] == 0x7f;
	if (n == 2)				/* U+0080 to U+009F */
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n == 3 && p[0] == 0xef && p[1] == 0xb7)	/* U+FDD0 to U+FDEF */
		return p[2] >= 0x90 && p[2] < 0xb0;
	/* The last two of each plane. */
	return p[n - 1] >= 0xbe && p[n - 2] == 0xbf && (n == 3 ? p[0] == 0xef :
	    (p[1] & 0x0f) == 0x0f);
}

void
escape_xml(struct bytes *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0') {
		size_t n = utf8_length(p);

		if (n == 0 || xml_lacks(p, n))
			bytes_printf(out, REPLACEMENT);
		else if (*p == '&')
			bytes_printf(out, "&amp;");
		else if (*p == '<')
			bytes_printf(out, "&lt;");
		else if (*p == '>')
			bytes_printf(out, "&gt;");
		else if (*p == '"')
			bytes_printf(out, "&quot;");
		else
			bytes_add(out, p, n);
		p += n > 0 ? n : 1;
	}
}

static int
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

void
escape_uri(struct bytes *out, const char *path)
{
	for (; *path != '\0'; path++)
		if (is_letter_or_digit(*path) || strchr("-._~/", *path) != NULL)
			bytes_add(out, path, 1);
		else
			bytes_printf(out, "%%%02X", (unsigned char)*path);
}

void
escape_shell(struct bytes *out, const char *word)
{
	const char *p = word;

	while (is_letter_or_digit(*p) || (*p != '\0' &&
	    strchr("-._/+:=,@%", *p) != NULL))
		p++;
	if (*p == '\0' && p > word) {
		bytes_printf(out, "%s", word);
		return;
	}
	bytes_printf(out, "'");
	for (p = word; *p != '\0'; p++)
		if (*p == '\'')
			bytes_printf(out, "'\\''");
		else
			bytes_add(out, p, 1);
	bytes_printf(out, "'");
}

/*
 * escape.h: text of others (names of files, words of a recording, lines of a
 * source) as a format wants it.  Nothing that it says can end where it stands:
 * a file may be called `a<b&"c.c`.
 *
 * Text is UTF-8 with a NUL; what is none becomes U+FFFD, a byte at a time,
 * where the format has letters.  All add to out.
 */
#ifndef VIOTAPE_ESCAPE_H
#define VIOTAPE_ESCAPE_H

#include "sim.h"

/* A string of JSON (RFC 8259), with its quotes. */
void escape_json(struct bytes *out, const char *text);
/*
 * The inside of an element, or of an attribute in double quotes, of XML 1.0 and
 * of HTML.  What neither has (control characters but tab and newline) becomes
 * U+FFFD.
 */
void escape_xml(struct bytes *out, const char *text);
/*
 * The path of a URI reference (RFC 3986): all but unreserved letters and "/" is
 * percent-encoded, so that a relative one stays relative.  Bytes, not letters.
 */
void escape_uri(struct bytes *out, const char *path);
/* One word for sh(1), quoted only if it has to be. */
void escape_shell(struct bytes *out, const char *word);

#endif

/* error.c: bad input and failed operations, as a code and one sentence. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
error_prefix(struct error *err, const char *fmt, ...)
{
	char prefix[512];
	size_t used, have;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof prefix - 2, fmt, ap);
	va_end(ap);
	strcat(prefix, ": ");
	used = strlen(prefix);
	have = strlen(err->text);
	if (have > sizeof err->text - 1 - used)
		have = sizeof err->text - 1 - used;
	memmove(err->text + used, err->text, have);
	memcpy(err->text, prefix, used);
	err->text[used + have] = '\0';
	return -1;
}

void
error_clear(struct error *err)
{
	err->code = ERROR_NONE;
	err->text[0] = '\0';
}

/* explain.c: what viotape explain says of a finding; see explain.h. */
#include "explain.h"

#include <string.h>

#define EXPLAIN_WIDTH	78		/* columns of a paragraph */

void
explain_paragraph(const char *text, struct bytes *out)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > EXPLAIN_WIDTH) {
			bytes_printf(out, "\n");
			column = 0;
		} else if (column > 0) {
			bytes_printf(out, " ");
			column++;
		}
		bytes_printf(out, "%.*s", (int)n, text);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	bytes_printf(out, "\n");
}

void
explain_finding(const struct finding_kind *k, struct bytes *out)
{
	bytes_printf(out, "%s: %s.\n\n", k->id, k->title);
	explain_paragraph(k->why, out);
	bytes_printf(out, "\nSource: %s.\n", k->source);
	if (k->role == FINDING_CONSEQUENCE || k->role == FINDING_MAY_FOLLOW)
		bytes_printf(out, "It is a consequence: where another finding "
		    "explains it, it is told there.\n");
}

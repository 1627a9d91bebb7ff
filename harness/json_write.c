/* json_write.c: members of JSON objects; see json_write.h. */
#include "json_write.h"

#include <stdio.h>

void
json_key(struct bytes *out, const char *before, const char *key)
{
	bytes_printf(out, "%s\"%s\": ", before, key);
}

void
json_text(struct bytes *out, const char *before, const char *key,
    const char *text)
{
	json_key(out, before, key);
	escape_json(out, text);
}

void
json_number(struct bytes *out, const char *before, const char *key, uint64_t n)
{
	json_key(out, before, key);
	bytes_printf(out, "%llu", (unsigned long long)n);
}

void
json_truth(struct bytes *out, const char *before, const char *key, int truth)
{
	json_key(out, before, key);
	bytes_printf(out, "%s", truth ? "true" : "false");
}

void
json_gaps(struct bytes *out, uint32_t gaps)
{
	const char *comma = "";

	json_key(out, ", ", "gaps");
	bytes_printf(out, "[");
	for (int i = 0; i < EXPLORE_GAPS; i++)
		if ((gaps >> i & 1) != 0) {
			bytes_printf(out, "%s\"%s\"", comma,
			    explore_gap_name((enum explore_gap)i));
			comma = ", ";
		}
	bytes_printf(out, "]");
}

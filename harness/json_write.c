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

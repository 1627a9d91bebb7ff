/*
 * fuzz_litmus.c: a litmus test's text; of what is accepted every way through the
 * code.  It is not run: that takes as long as the test is large.
 */
#include "fuzz.h"

#include "check.h"
#include "litmus_var.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err;
	struct litmus *t;

	error_clear(&err);
	t = litmus_read("fuzz", (const char *)data, size, &err);
	if (t == NULL) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
		return 0;
	}
	for (unsigned i = 0; i < t->nthreads; i++) {
		struct litmus_ways ways;

		error_clear(&err);
		if (litmus_ways_of(t, i, &ways, &err) != 0)
			CHECK(err.code == ERROR_LIMIT);
		litmus_ways_free(&ways);
	}
	litmus_free(t);
	return 0;
}

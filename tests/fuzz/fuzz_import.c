/*
 * fuzz_import.c: what viotape import is given: a capture becomes a scenario that
 * is one, or is refused; anything else, as a log of QEMU's, a trace that can be
 * replayed, or is refused.
 */
#include "fuzz.h"

#include "capture.h"
#include "check.h"
#include "import_log.h"
#include "import_packets.h"

/* Windows where QEMU's arm machine has them. */
static const struct machine_desc *
machine(void)
{
	static struct machine_desc m;

	for (m.nwindows = 0; m.nwindows < 32; m.nwindows++) {
		m.windows[m.nwindows].base = 0xa000000 + 0x200 * m.nwindows;
		m.windows[m.nwindows].size = 0x200;
	}
	return &m;
}

static void
packets(const uint8_t *data, size_t size)
{
	struct import_packets told;
	struct bytes out = { 0 };
	struct scenario s;
	struct error err;

	error_clear(&err);
	if (import_packets("fuzz", data, size, NULL, &out, &told, &err) != 0) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
	} else {
		CHECK(scenario_parse(&s, "fuzz", (const char *)out.data,
		    out.len, &err) == 0);
		scenario_free(&s);
	}
	bytes_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_config cfg = { .name = "fuzz", .machine = machine() };
	struct bytes out = { 0 }, told = { 0 };
	struct error err;

	if (capture_is(data, size)) {
		packets(data, size);
		return 0;
	}
	error_clear(&err);
	if (import_log(&cfg, (const char *)data, size, &out, &told, &err) != 0)
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0' &&
		    out.len == 0);
	else
		CHECK(out.len != 0 && told.len != 0);
	bytes_free(&told);
	bytes_free(&out);
	return 0;
}

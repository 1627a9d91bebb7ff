/*
 * fuzz_host.c: our drivers in front of a host that lies (fuzz_liar.h): in what a
 * register or a byte of configuration says, in the used entries and the answers
 * that it writes, in when it interrupts.  The driver may give up; it may not
 * touch memory that is not its own, and it may not hang.
 *
 * Input: 1 byte for the machine and whether the run goes to its end (a driver
 * that waits for a lost answer polls half a million times); then the liar's.
 */
#include "fuzz_run.h"

#define WHOLE		0x40u
#define EVENTS_MAX	6000u		/* of a run that is cut short */

static const char steps[] =
    "display 64 48\n"
    "text hello\\n\n"
    "expect\n"
    "graphics\n"
    "map\n"
    "fill 0 0 16 16 ff0000\n"
    "expect\n";

static int
liar_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	static const struct gpu_device_config gpu = { .width = 64,
	    .height = 48 };
	struct liar *l = self;

	(void)err;
	liar_begin(l, m, host);
	l->device = gpu_device_host(&l->port, &gpu);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct liar l = { .in = { data, size } };
	struct run_config config = { .host = liar_create, .self = &l,
	    .once = 1 };
	unsigned what;

	/* Little memory: runs are short. */
	fuzz_run_begin("fuzz_host", UINT64_C(16) << 20);
	what = (unsigned)fuzz_le(&l.in, 1);
	config.until = (what & WHOLE) != 0 ? 0 : EVENTS_MAX;
	fuzz_run(&config, what, steps, sizeof steps - 1);
	return 0;
}

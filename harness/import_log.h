/*
 * import_log.h: a log of QEMU's (qemu_log.h) becomes a trace: what a real guest
 * did with the registers of one virtio device, what the host answered, which
 * chains it took and gave back, and when it interrupted.
 *
 * What is in a chain is not in a log, and is unseen in the trace (FORMAT.md);
 * its header says so in words.  Of the other devices nothing is kept.  The
 * offsets and numbers of the trace come from what the guest itself read and
 * wrote: where the BARs are, which vector a queue has.
 *
 * Nothing is invented but, where it must be, said: ids that the guest read in
 * two halves become one read; a device behind a bridge is put on bus 0, the
 * only one that machines here have; an interrupt line falls when the guest
 * acknowledges it.
 */
#ifndef VIOTAPE_IMPORT_LOG_H
#define VIOTAPE_IMPORT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define IMPORT_LOG_SIZE_MAX	((size_t)1 << 30)	/* bytes */
#define IMPORT_DEVICES_MAX	64u

struct import_config {
	const char *name;		/* of the log, for sentences */
	const struct machine_desc *machine;	/* where its windows are */
	const char *device;		/* N, "net" or "gpu"; NULL: the only one */
	const struct scenario *scenario;	/* NULL: one of ours */
};

/* What became of the lines. */
struct import_counts {
	uint64_t lines;
	uint64_t accesses;		/* of the device, in the trace */
	uint64_t chains, used, interrupts;
	uint64_t others;		/* accesses of other devices */
	uint64_t no_use;		/* events that a trace has no use for */
	uint64_t bad, bad_first;	/* not understood; the first one's line */
	uint64_t extended;		/* configuration space over 256 bytes */
	uint64_t queueless;		/* chains and interrupts of a queue that
					   the log never names, or of no device */
	uint64_t kicks;			/* notifications without a register */
	uint64_t joined;		/* reads of ids that became one */
	int moved;			/* from another bus or function */
};

/*
 * Adds the trace to out, and to told what it is and what it lacks, in lines.
 * Returns 0; or -1 with ERROR_INPUT: no virtio device that viotape has in it,
 * several and no word which, a log that begins too late; ERROR_USAGE: device
 * is none of them.
 */
int import_log(const struct import_config *cfg, const char *text, size_t n,
    struct bytes *out, struct bytes *told, struct error *err);

#endif

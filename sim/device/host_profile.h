/*
 * host_profile.h: a host's manners, laid over any host, a recorded one too:
 * a boundary_host that passes everything on but for
 *
 * - late resets: after the driver wrote 0 to device_status, that many reads
 *   of it still say what it was; what the driver writes to the common
 *   structure until one has said 0 is lost (Apple's hypervisor); a device whose
 *   status was 0 is reset at once;
 * - withheld FEATURES_OK: the bit is not passed on when the predicate refuses
 *   what was accepted of what was offered.
 *
 * Where the registers are, is learnt from the reads of configuration space that
 * pass by, so the host underneath is asked nothing that the driver did not ask.
 */
#ifndef VIOTAPE_HOST_PROFILE_H
#define VIOTAPE_HOST_PROFILE_H

#include <stdint.h>

#include "boundary.h"

struct host_profile {
	/* Told of virtio-reset-not-awaited (virtio_state.h) where a write
	   is lost, because the host underneath never sees it; or NULL. */
	const struct boundary_port *port;
	uint16_t bdf;			/* the function that it applies to */
	unsigned late_reset_reads;	/* 0: resets are done at once */
	/* What device_status says before the first reset: a firmware that used
	   the device leaves it so.  0: as the host underneath says. */
	uint8_t firmware_status;
	/* NULL: never withheld.  1 refuses.  device_id is VIRTIO's. */
	int (*features_refused)(uint16_t device_id, uint64_t offered,
	    uint64_t accepted);
};

/* The host that results; it owns inner, close closes both. */
struct boundary_host host_profile_create(struct boundary_host inner,
    const struct host_profile *profile);

/*
 * Apple's predicate: a network device (id 1) whose VIRTIO_NET_F_MTU (bit 3)
 * was offered and not accepted is refused.
 */
int host_profile_apple_refused(uint16_t device_id, uint64_t offered,
    uint64_t accepted);

#endif

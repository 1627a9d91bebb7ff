/*
 * capture.h: the packets of a pcap (either order of bytes, micro- or
 * nanoseconds) or a pcapng, one by one.
 *
 *	pcap	header of 24 bytes: magic number, ..., sort of link; then of
 *		each packet 16 bytes (time, bytes kept, bytes it had) and it
 *	pcapng	blocks: type 4, length 4, body, length 4.  Sections say the
 *		order of bytes, interfaces the sort of link; packets are those
 *		of blocks 6, 3 and 2 (draft-ietf-opsawg-pcapng)
 *
 * Times are not read.
 */
#ifndef VIOTAPE_CAPTURE_H
#define VIOTAPE_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define CAPTURE_INTERFACES_MAX	1024u	/* of a section */

enum capture_way { CAPTURE_UNKNOWN, CAPTURE_IN, CAPTURE_OUT };

struct capture_packet {
	uint64_t number;		/* in the file, from 1 */
	const uint8_t *bytes;		/* in the file */
	size_t n;
	enum capture_way way;		/* seen from the interface */
	const uint8_t *mac;		/* of the interface, or NULL */
};

/* Whether a file begins as one of them. */
int capture_is(const uint8_t *data, size_t n);

/*
 * Calls each for every packet, as long as that returns 0.  -1: what it
 * returned; or ERROR_INPUT: the file is damaged or cut off, its link is not
 * Ethernet, a packet was not kept whole.
 */
int capture_read(const char *name, const uint8_t *data, size_t n,
    int (*each)(void *self, const struct capture_packet *p, struct error *err),
    void *self, struct error *err);

#endif

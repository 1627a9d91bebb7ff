/*
 * import_packets.h: the packets of a capture (capture.h) become the steps of a
 * scenario: the guest sends those that were sent, its silent peer the others,
 * in the order of the file.
 *
 *	device net
 *	mac 52:54:00:12:34:56
 *	peer silent
 *	up
 *	frame ffffffffffff5254001234560806...
 *	host frame 525400123456...
 *	expect
 *
 * The guest is who the capture says: --mac; or the interface's own address, and
 * what it says of a packet's way; or whoever sent the first packet.
 */
#ifndef VIOTAPE_IMPORT_PACKETS_H
#define VIOTAPE_IMPORT_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define IMPORT_PACKETS_MAX	4000u	/* steps of a scenario, nearly */

struct import_packets {
	uint64_t in, out;
	uint8_t mac[6];
};

/*
 * Adds the scenario's text to out.  mac: as --mac gives it, or NULL.  -1 with
 * ERROR_INPUT as capture_read(); ERROR_LIMIT: a packet, by its number, that is
 * too long or too short, too many of them, a text that is too long; ERROR_USAGE:
 * mac is no address.
 */
int import_packets(const char *name, const uint8_t *data, size_t n,
    const char *mac, struct bytes *out, struct import_packets *told,
    struct error *err);

#endif

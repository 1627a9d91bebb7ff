/*
 * pcapng.h: writing packets into a file that Wireshark reads: one section, one
 * Ethernet interface, a packet a block (draft-ietf-opsawg-pcapng).
 */
#ifndef VIOTAPE_PCAPNG_H
#define VIOTAPE_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

/* Begins a file: its section and its interface. mac NULL: not known. */
void pcapng_begin(struct bytes *out, const char *application,
    const char *interface, const char *description, const uint8_t mac[6]);
/*
 * One packet; inbound is towards the interface.  comment may be NULL.  The
 * time is in nanoseconds.
 */
void pcapng_packet(struct bytes *out, uint64_t time_ns, int inbound,
    const char *comment, const uint8_t *frame, size_t n);

#endif

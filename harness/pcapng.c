/*
 * pcapng.c: a file of packets.
 *
 *	block	type 4, length 4, body, length 4; a multiple of 4 bytes
 *	option	code 2, length 2, value, padding to 4; the last is 0, 0
 */
#include "pcapng.h"

#include <string.h>

#define SECTION		0x0a0d0d0au
#define INTERFACE	1u
#define PACKET		6u
#define BYTE_ORDER	0x1a2b3c4du
#define LINK_ETHERNET	1u

#define OPTION_COMMENT	1u
#define SECTION_APPLICATION 4u
#define IF_NAME		2u
#define IF_DESCRIPTION	3u
#define IF_MAC		6u
#define IF_RESOLUTION	9u
#define PACKET_FLAGS	2u
#define FLAGS_INBOUND	1u
#define FLAGS_OUTBOUND	2u

/* Where a block began; its length comes when it ends. */
static size_t
block_begin(struct bytes *out, uint32_t type)
{
	size_t at = out->len;

	bytes_add_le(out, type, 4);
	bytes_add_le(out, 0, 4);
	return at;
}

static void
block_end(struct bytes *out, size_t at)
{
	size_t n = out->len + 4 - at;

	bytes_add_le(out, n, 4);
	bytes_le_put(out->data + at + 4, n, 4);
}

static void
padded(struct bytes *out, const void *p, size_t n)
{
	bytes_add(out, p, n);
	bytes_add(out, "\0\0\0", -n % 4);
}

static void
option(struct bytes *out, unsigned code, const void *p, size_t n)
{
	if (n > 65535)
		n = 65535;
	bytes_add_le(out, code, 2);
	bytes_add_le(out, n, 2);
	padded(out, p, n);
}

static void
option_text(struct bytes *out, unsigned code, const char *text)
{
	option(out, code, text, strlen(text));
}

static void
options_end(struct bytes *out)
{
	bytes_add_le(out, 0, 4);
}

void
pcapng_begin(struct bytes *out, const char *application, const char *interface,
    const char *description, const uint8_t mac[6])
{
	static const uint8_t nanoseconds = 9;	/* 10^-9 */
	size_t at = block_begin(out, SECTION);

	bytes_add_le(out, BYTE_ORDER, 4);
	bytes_add_le(out, 1, 2);
	bytes_add_le(out, 0, 2);
	bytes_add_le(out, UINT64_MAX, 8);	/* its length is not told */
	option_text(out, SECTION_APPLICATION, application);
	options_end(out);
	block_end(out, at);
	at = block_begin(out, INTERFACE);
	bytes_add_le(out, LINK_ETHERNET, 2);
	bytes_add_le(out, 0, 2);
	bytes_add_le(out, 0, 4);		/* packets are whole */
	option_text(out, IF_NAME, interface);
	option_text(out, IF_DESCRIPTION, description);
	if (mac != NULL)
		option(out, IF_MAC, mac, 6);
	option(out, IF_RESOLUTION, &nanoseconds, 1);
	options_end(out);
	block_end(out, at);
}

void
pcapng_packet(struct bytes *out, uint64_t time_ns, int inbound,
    const char *comment, const uint8_t *frame, size_t n)
{
	size_t at = block_begin(out, PACKET);
	uint8_t flags[4];

	bytes_add_le(out, 0, 4);		/* the interface */
	bytes_add_le(out, time_ns >> 32, 4);
	bytes_add_le(out, time_ns & UINT32_MAX, 4);
	bytes_add_le(out, n, 4);
	bytes_add_le(out, n, 4);
	padded(out, frame, n);
	if (comment != NULL)
		option_text(out, OPTION_COMMENT, comment);
	bytes_le_put(flags, inbound ? FLAGS_INBOUND : FLAGS_OUTBOUND, 4);
	option(out, PACKET_FLAGS, flags, 4);
	options_end(out);
	block_end(out, at);
}

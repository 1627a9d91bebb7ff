/* capture.c: the packets of a pcap or a pcapng; see capture.h. */
#include "capture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_MICRO	0xa1b2c3d4u
#define PCAP_NANO	0xa1b23c4du
#define PCAP_HEADER	24u
#define PCAP_RECORD	16u
#define SECTION		0x0a0d0d0au
#define SECTION_ORDER	0x1a2b3c4du
#define INTERFACE	1u
#define PACKET_OLD	2u
#define PACKET_SIMPLE	3u
#define PACKET		6u
#define OPTION_END	0u
#define OPTION_FLAGS	2u		/* of a packet */
#define OPTION_MAC	6u		/* of an interface */
#define LINK_ETHERNET	1u
#define LINK_MASK	0xffffu		/* above: whether there are checksums */

struct interface {
	uint32_t link, kept;		/* kept: bytes at most, 0: all */
	const uint8_t *mac;
};

struct capture {
	const char *name;
	const uint8_t *data;
	size_t n;
	int big;			/* the highest byte comes first */
	struct interface *list;
	size_t ninterfaces;
	uint64_t number;
	int (*each)(void *self, const struct capture_packet *p,
	    struct error *err);
	void *self;
};

static uint32_t
get(const struct capture *c, const uint8_t *p, unsigned width)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (uint32_t)p[c->big ? width - 1 - i : i] << 8 * i;
	return v;
}

static int
cut_off(const struct capture *c, size_t at, struct error *err)
{
	return error_set(err, ERROR_INPUT, "%s: packet %" PRIu64 " (from byte "
	    "%zu on) goes beyond the file's end: the capture was cut off, or "
	    "is damaged", c->name, c->number + 1, at);
}

/* One packet, of a link, as it was kept and as it was. */
static int
give(struct capture *c, uint32_t link, uint32_t size, struct capture_packet *p,
    struct error *err)
{
	p->number = ++c->number;
	if (link != LINK_ETHERNET)
		return error_set(err, ERROR_INPUT, "%s: packet %" PRIu64 " is "
		    "of link type %" PRIu32 ", a scenario has Ethernet's (type "
		    "1): capture on the interface itself and not on \"any\"",
		    c->name, p->number, link);
	if (p->n < size)
		return error_set(err, ERROR_INPUT, "%s: of packet %" PRIu64
		    "'s %" PRIu32 " bytes %zu were kept: capture whole packets "
		    "(tcpdump -s 0)", c->name, p->number, size, p->n);
	return c->each(c->self, p, err);
}

/* --------------------------------------------------------------------- pcap */

static int
pcap_magic(struct capture *c)
{
	for (c->big = 0; c->n >= 4 && c->big < 2; c->big++) {
		uint32_t magic = get(c, c->data, 4);

		if (magic == PCAP_MICRO || magic == PCAP_NANO)
			return 1;
	}
	return 0;
}

static int
pcap_read(struct capture *c, struct error *err)
{
	uint32_t link;

	if (c->n < PCAP_HEADER)
		return error_set(err, ERROR_INPUT, "%s: a pcap's header has 24 "
		    "bytes, the file %zu", c->name, c->n);
	link = get(c, c->data + 20, 4) & LINK_MASK;
	for (size_t at = PCAP_HEADER; at < c->n;) {
		struct capture_packet p = { 0 };
		const uint8_t *record = c->data + at;

		if (c->n - at < PCAP_RECORD ||
		    get(c, record + 8, 4) > c->n - at - PCAP_RECORD)
			return cut_off(c, at, err);
		p.bytes = record + PCAP_RECORD;
		p.n = get(c, record + 8, 4);
		if (give(c, link, get(c, record + 12, 4), &p, err) != 0)
			return -1;
		at += PCAP_RECORD + p.n;
	}
	return 0;
}

/* ------------------------------------------------------------------- pcapng */

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* An option's value of at least size bytes, or NULL. */
static const uint8_t *
option_find(const struct capture *c, const uint8_t *p, size_t n,
    unsigned code, size_t size)
{
	while (n >= 4 && get(c, p, 2) != OPTION_END) {
		size_t len = get(c, p + 2, 2);

		if (padded(len) > n - 4)
			return NULL;
		if (get(c, p, 2) == code)
			return len >= size ? p + 4 : NULL;
		p += 4 + padded(len);
		n -= 4 + padded(len);
	}
	return NULL;
}

static int
damaged(const struct capture *c, size_t at, const char *what,
    struct error *err)
{
	return error_set(err, ERROR_INPUT, "%s: the block at byte %zu %s: the "
	    "capture is damaged", c->name, at, what);
}

static int
interface_read(struct capture *c, size_t at, const uint8_t *body, size_t n,
    struct error *err)
{
	struct interface *i;

	if (n < 8)
		return damaged(c, at, "is too short for an interface", err);
	if (c->ninterfaces == CAPTURE_INTERFACES_MAX)
		return error_set(err, ERROR_LIMIT, "%s: more than %u "
		    "interfaces", c->name, CAPTURE_INTERFACES_MAX);
	c->list = check_realloc(c->list, (c->ninterfaces + 1) *
	    sizeof c->list[0]);
	i = &c->list[c->ninterfaces++];
	i->link = get(c, body, 2);
	i->kept = get(c, body + 4, 4);
	i->mac = option_find(c, body + 8, n - 8, OPTION_MAC, 6);
	return 0;
}

/* A packet of interface number, with head bytes before it. */
static int
packet_give(struct capture *c, size_t at, const uint8_t *body, size_t n,
    size_t head, uint32_t number, uint32_t kept, uint32_t size,
    struct error *err)
{
	struct capture_packet p = { 0 };
	const uint8_t *flags;

	if (number >= c->ninterfaces)
		return damaged(c, at, "is of an interface that is not "
		    "described", err);
	if (kept > n - head)
		return damaged(c, at, "is too short for its packet", err);
	p.bytes = body + head;
	p.n = kept;
	p.mac = c->list[number].mac;
	flags = padded(kept) <= n - head ? option_find(c, p.bytes +
	    padded(kept), n - head - padded(kept), OPTION_FLAGS, 4) : NULL;
	if (flags != NULL && (get(c, flags, 4) & 3) != 3)
		p.way = (enum capture_way)(get(c, flags, 4) & 3);
	return give(c, c->list[number].link, size, &p, err);
}

static int
packet_read(struct capture *c, size_t at, uint32_t type, const uint8_t *body,
    size_t n, struct error *err)
{
	uint32_t size, kept;

	if (n < (type == PACKET_SIMPLE ? 4u : 20u))
		return damaged(c, at, "is too short for a packet", err);
	if (type != PACKET_SIMPLE)
		return packet_give(c, at, body, n, 20,
		    get(c, body, type == PACKET ? 4 : 2), get(c, body + 12, 4),
		    get(c, body + 16, 4), err);
	/* It does not say how much of it was kept. */
	size = kept = get(c, body, 4);
	if (c->ninterfaces != 0 && c->list[0].kept != 0 &&
	    kept > c->list[0].kept)
		kept = c->list[0].kept;
	return packet_give(c, at, body, n, 4, 0, kept, size, err);
}

static int
section_read(struct capture *c, size_t at, struct error *err)
{
	if (c->n - at < 12)
		return cut_off(c, at, err);
	for (c->big = 0; c->big < 2; c->big++)
		if (get(c, c->data + at + 8, 4) == SECTION_ORDER)
			break;
	if (c->big == 2)
		return damaged(c, at, "does not say its order of bytes", err);
	c->ninterfaces = 0;
	return 0;
}

static int
pcapng_read(struct capture *c, struct error *err)
{
	size_t at = 0, n;

	while (at < c->n) {
		const uint8_t *block = c->data + at;
		uint32_t type;
		int ret = 0;

		if (c->n - at < 12)
			return cut_off(c, at, err);
		type = get(c, block, 4);	/* SECTION is a palindrome */
		if (type == SECTION && section_read(c, at, err) != 0)
			return -1;
		n = get(c, block + 4, 4);
		if (n < 12 || n % 4 != 0)
			return damaged(c, at, "has a length that none has",
			    err);
		if (n > c->n - at)
			return cut_off(c, at, err);
		if (type == INTERFACE)
			ret = interface_read(c, at, block + 8, n - 12, err);
		else if (type == PACKET || type == PACKET_OLD ||
		    type == PACKET_SIMPLE)
			ret = packet_read(c, at, type, block + 8, n - 12, err);
		if (ret != 0)
			return -1;
		at += n;
	}
	return 0;
}

int
capture_is(const uint8_t *data, size_t n)
{
	struct capture c = { .data = data, .n = n };

	return pcap_magic(&c) || (n >= 4 && bytes_le(data, 4) == SECTION);
}

int
capture_read(const char *name, const uint8_t *data, size_t n,
    int (*each)(void *self, const struct capture_packet *p, struct error *err),
    void *self, struct error *err)
{
	struct capture c = { .name = name, .data = data, .n = n, .each = each,
	    .self = self };
	int ret;

	ret = pcap_magic(&c) ? pcap_read(&c, err) : pcapng_read(&c, err);
	check_free(c.list);
	return ret;
}

/*
 * event.h: one recorded fact of the hardware boundary, or one thing that the
 * scenario asked of the guest.
 *
 * A trace (trace.h) is a sequence of events.  Their order is the recording's
 * causal order; an event has no time of its own, except EVENT_TIME, which is
 * the virtual clock's.  How events look in a file is written in
 * traces/FORMAT.md; the numbers below are part of that format: to change a
 * number, a field or what a field means is to change TRACE_VERSION (trace.h),
 * and tests/unit/test_event.c fails if that is forgotten.
 *
 * Making one:
 *
 *	struct event e = {
 *		.kind = EVENT_READ,
 *		.access = { .bdf = 8, .region = EVENT_REGION_BAR0 + 4,
 *		    .offset = 0x14, .size = 1, .value = 0x0f },
 *	};
 *
 * An event points to its bytes and descriptors and owns neither.
 */
#ifndef VIOTAPE_EVENT_H
#define VIOTAPE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "digest.h"
#include "error.h"

enum event_kind {
	EVENT_STEP = 1,		/* the scenario asked the guest: step, data */
	EVENT_READ = 2,		/* guest read a register: access */
	EVENT_WRITE = 3,	/* guest wrote a register: access */
	EVENT_CHAIN = 4,	/* host took a chain: chain, data */
	EVENT_USED = 5,		/* host gave a chain back: used, data */
	EVENT_IRQ = 6,		/* host raised or lowered an interrupt: irq */
	EVENT_TIME = 7,		/* the virtual clock came to: time */
	EVENT_PICTURE = 8,	/* what a scanout shows: picture, data */
	EVENT_HOST_END = 9,	/* the host died or closed: data says how */
	EVENT_NOTE = 10		/* a remark that replay ignores: data */
};
#define EVENT_KIND_END 11	/* one more than the last kind */

/* Where a register access went: event_access.region. */
enum event_region {
	EVENT_REGION_CONFIG = 0,	/* PCI configuration space */
	EVENT_REGION_BAR0 = 1,		/* BAR n is EVENT_REGION_BAR0 + n */
	EVENT_REGION_BAR5 = 6,
	EVENT_REGION_MMIO = 8		/* a virtio-mmio window */
};

enum event_irq_how {
	EVENT_IRQ_RAISE = 0,	/* line becomes asserted; number: INTx pin,
				   or of virtio-mmio the window */
	EVENT_IRQ_LOWER = 1,	/* INTx line becomes deasserted */
	EVENT_IRQ_MSIX = 2	/* MSI-X message; number: table entry */
};

enum event_origin {
	EVENT_ORIGIN_VIEW = 0,	/* computed from the device's view of memory */
	EVENT_ORIGIN_HOST = 1	/* the host's own screen dump */
};

/* How a picture's data is packed.  Users of trace.h meet EVENT_PACK_NONE. */
enum event_pack {
	EVENT_PACK_NONE = 0,	/* data is the pixels; never so in a trace */
	EVENT_PACK_KEY = 1,	/* data is a zstd frame of the pixels */
	EVENT_PACK_DELTA = 2	/* the same, with the key's pixels as prefix */
};

/* event_chain.flags */
#define EVENT_CHAIN_INFERRED	0x01	/* data is what the chain let the host
					   read, not what it was seen reading */
#define EVENT_CHAIN_UNSEEN	0x02	/* nobody saw what is in it: lengths are
					   0, there is no data, nor is there
					   any of its EVENT_USED */
#define EVENT_CHAIN_FLAGS	0x03	/* every flag there is */

/* Limits.  To pass one is ERROR_LIMIT on writing, damage on reading. */
#define EVENT_TEXT_MAX		65536u	/* bytes of STEP, HOST_END, NOTE */
#define EVENT_BYTES_MAX		(4u << 20) /* bytes of CHAIN, USED */
#define EVENT_DESCRIPTOR_MAX	32768u	/* descriptors of one chain */
#define EVENT_SIDE_MAX		8192u	/* width or height, in pixels */
#define EVENT_PIXELS_MAX	(64u << 20) /* bytes of one picture's pixels */
#define EVENT_PACKED_MAX	(15u << 20) /* bytes of one picture, packed */
#define EVENT_ENCODED_MAX	(EVENT_PACKED_MAX + 256u) /* of any event */

/* One descriptor of a chain, in chain order (an indirect table unfolded). */
struct event_descriptor {
	uint32_t len;		/* bytes */
	uint8_t write;		/* 1: for the device to write; 0: to read */
};

/* EVENT_STEP; data: what was asked, text. */
struct event_step {
	uint32_t index;		/* number of the step in the scenario, from 0 */
};

/* EVENT_READ, EVENT_WRITE; no data. */
struct event_access {
	uint16_t bdf;		/* bus << 8 | device << 3 | function; for
				   virtio-mmio the number of the window */
	uint8_t region;		/* enum event_region */
	uint8_t size;		/* bytes: 1, 2, 4 or 8 */
	uint32_t offset;	/* bytes, from the region's start */
	uint64_t value;		/* fits in size */
};

/*
 * EVENT_CHAIN; data: the bytes of the descriptors that are not write, in
 * order; fewer than their lengths say where there is no memory behind them.
 */
struct event_chain {
	uint16_t queue;
	uint8_t flags;		/* EVENT_CHAIN_* */
	uint32_t ordinal;	/* n-th chain of the queue since the device's
				   reset, from 0 */
	const struct event_descriptor *descriptors;
	uint32_t descriptor_count;
};

/* EVENT_USED; data: the bytes that the host wrote into the chain. */
struct event_used {
	uint16_t queue;
	uint32_t ordinal;	/* of the EVENT_CHAIN that this answers */
	uint32_t used_len;	/* bytes, as the used ring says */
};

/* EVENT_IRQ; no data. */
struct event_irq {
	uint8_t how;		/* enum event_irq_how */
	uint32_t number;
};

/*
 * EVENT_PICTURE; data: the pixels, 4 bytes each (B, G, R, X), row by row from
 * the top, no stride: width * height * 4 bytes.
 */
struct event_picture {
	uint32_t scanout;
	uint32_t width, height;	/* pixels, 1 to EVENT_SIDE_MAX */
	uint8_t origin;		/* enum event_origin */
	uint8_t pack;		/* enum event_pack; EVENT_PACK_NONE for users */
	uint8_t hash[DIGEST_SIZE]; /* SHA-256 of the pixels.  A trace writer
				   computes it, a reader has checked it */
};

struct event {
	uint8_t kind;		/* enum event_kind */
	union {
		struct event_step step;
		struct event_access access;
		struct event_chain chain;
		struct event_used used;
		struct event_irq irq;
		uint64_t time_ns;	/* EVENT_TIME */
		struct event_picture picture;
	};
	const uint8_t *data;	/* text is not NUL-terminated, has no NUL */
	size_t data_len;	/* bytes */
};

/* Memory of event_decode for descriptors; {0} is empty. */
struct event_room {
	struct event_descriptor *descriptors;
	size_t descriptor_cap;
};

void event_room_free(struct event_room *room);

/* "READ", ...; "?" for a number that is no kind. */
const char *event_kind_name(unsigned kind);

/*
 * Whether the fields are within their limits and agree (size and value,
 * width, height and data_len, the chain's readable bytes and data_len, ...).
 * Returns 0; or -1 with ERROR_LIMIT or ERROR_INPUT.
 */
int event_check(const struct event *e, struct error *err);

/*
 * Appends the encoding of e to out; data is copied as it is (a picture's
 * packing is trace.h's work).  An event has one encoding.  Returns 0; or -1
 * as event_check, with nothing appended.
 */
int event_encode(const struct event *e, struct bytes *out, struct error *err);

/*
 * Decodes one event and moves r behind it.  e's data points into r's bytes,
 * its descriptors into room, until room's next use.  Returns 0; or -1 with
 * ERROR_INPUT: bytes missing, an unknown kind, a value over its limit.
 */
int event_decode(struct bytes_reader *r, struct event *e,
    struct event_room *room, struct error *err);

/*
 * Whether two events say the same.  Pictures compare by hash when either is
 * packed, else by pixels; packing itself says nothing.
 */
int event_equal(const struct event *a, const struct event *b);

/*
 * The SHA-256 of a picture's pixels: computed when e has them, else what e
 * says it is.
 */
void event_picture_hash(const struct event *e, uint8_t out[DIGEST_SIZE]);

/*
 * Adds what e says to a digest.  It does not depend on the version of zstd,
 * on packing or on how a trace is cut into frames; a picture with
 * EVENT_PACK_NONE counts by its pixels' SHA-256, which is computed here.
 */
void event_digest(const struct event *e, struct digest *d);

/*
 * Appends e as one line of text, without a newline: kind, fields, the first
 * bytes of data in hexadecimal, text quoted with everything escaped that is
 * not printable ASCII.  Generic: it knows registers by offset, not by name.
 */
void event_print(const struct event *e, struct bytes *out);

#endif

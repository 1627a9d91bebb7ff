/* vring.c: the split virtqueue (VIRTIO 1.2, 2.7), from the device's side. */
#include "vring.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How one walk over a ring is made. */
struct vring_walk {
	const struct boundary_port *port;
	struct vring *vr;
	int seen;			/* 0: an observer's */
};

struct vring_table {
	uint64_t addr;
	uint32_t count;			/* descriptors */
	enum dma_purpose purpose;
};

void
vring_init(struct vring *vr, uint16_t bdf, uint16_t queue, uint16_t size,
    uint64_t desc, uint64_t avail, uint64_t used, uint64_t features)
{
	CHECK(size >= 1 && size <= VIRTQ_SIZE_MAX);
	memset(vr, 0, sizeof *vr);
	vr->bdf = bdf;
	vr->queue = queue;
	vr->size = size;
	vr->desc = desc;
	vr->avail = avail;
	vr->used = used;
	vr->event_idx =
	    (features & VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX)) != 0;
	vr->indirect =
	    (features & VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC)) != 0;
	vr->in_order = (features & VIRTIO_FEATURE(VIRTIO_BIT_IN_ORDER)) != 0;
}

/* ---------------------------------------------------------------- chains */

void
vring_chain_free(struct vring_chain *c)
{
	check_free(c->desc);
	check_free(c->lens);
	check_free(c->slot);
	memset(c, 0, sizeof *c);
}

static void
vring_chain_reserve(struct vring_chain *c, unsigned n)
{
	unsigned cap = c->cap != 0 ? c->cap : 4;

	if (n <= c->cap)
		return;
	while (cap < n)
		cap *= 2;
	c->desc = check_realloc(c->desc, cap * sizeof *c->desc);
	c->lens = check_realloc(c->lens, cap * sizeof *c->lens);
	c->cap = cap;
}

static void
vring_chain_reserve_slots(struct vring_chain *c, unsigned n)
{
	unsigned cap = c->slot_cap != 0 ? c->slot_cap : 4;

	if (n <= c->slot_cap)
		return;
	while (cap < n)
		cap *= 2;
	c->slot = check_realloc(c->slot, cap * sizeof *c->slot);
	c->slot_cap = cap;
}

void
vring_chain_copy(struct vring_chain *dst, const struct vring_chain *src)
{
	vring_chain_reserve(dst, src->ndesc);
	dst->head = src->head;
	dst->ordinal = src->ordinal;
	dst->ndesc = src->ndesc;
	dst->nread = src->nread;
	dst->read_size = src->read_size;
	dst->write_size = src->write_size;
	vring_chain_reserve_slots(dst, src->nslot);
	dst->nslot = src->nslot;
	if (src->nslot != 0)
		memcpy(dst->slot, src->slot, src->nslot * sizeof *src->slot);
	if (src->ndesc == 0)
		return;
	memcpy(dst->desc, src->desc, src->ndesc * sizeof *src->desc);
	memcpy(dst->lens, src->lens, src->ndesc * sizeof *src->lens);
}

static void
vring_chain_add(struct vring_chain *c, uint64_t addr, uint32_t len,
    int writable)
{
	vring_chain_reserve(c, c->ndesc + 1);
	c->desc[c->ndesc].addr = addr;
	c->desc[c->ndesc].len = len;
	c->desc[c->ndesc].writable = writable != 0;
	c->lens[c->ndesc++] = len;
	if (writable) {
		c->write_size += len;
	} else {
		c->nread++;
		c->read_size += len;
	}
}

/* ---------------------------------------------------------------- memory */

static struct dma_what
vring_what(const struct vring *vr, enum dma_purpose purpose, uint32_t ordinal,
    uint64_t offset)
{
	struct dma_what what;

	memset(&what, 0, sizeof what);
	what.purpose = purpose;
	what.bdf = vr->bdf;
	what.queue = vr->queue;
	what.ordinal = ordinal;
	what.offset = offset;
	return what;
}

/* VRING_TAKEN: read; or why not. */
static enum vring_result
vring_read(const struct vring_walk *w, uint64_t addr, void *dst, size_t len,
    enum dma_purpose purpose)
{
	struct dma_what what = vring_what(w->vr, purpose, w->vr->ordinal, 0);

	switch (w->port->dma_read(w->port->machine, addr, dst, len,
	    w->seen ? &what : NULL)) {
	case DMA_OK:
		return VRING_TAKEN;
	case DMA_LOST:
		return VRING_BROKEN;
	default:
		return w->seen ? VRING_ABORTED : VRING_BROKEN;
	}
}

static int
vring_write(const struct boundary_port *port, const struct vring *vr,
    uint64_t addr, const void *src, size_t len, enum dma_purpose purpose,
    uint32_t ordinal)
{
	struct dma_what what = vring_what(vr, purpose, ordinal, 0);

	if (port->dma_write(port->machine, addr, src, len, &what) ==
	    DMA_ABORTED)
		return VRING_ABORTED;
	return 0;
}

/* ----------------------------------------------------------------- rules */

static enum vring_result
vring_broken(const struct vring_walk *w, const char *id, const char *section,
    const char *what, uint64_t found, uint64_t limit)
{
	char text[256];

	if (!w->seen)
		return VRING_BROKEN;
	snprintf(text, sizeof text, "queue %u, chain %lu: %s: %llu (limit "
	    "%llu)", (unsigned)w->vr->queue, (unsigned long)w->vr->ordinal,
	    what, (unsigned long long)found, (unsigned long long)limit);
	w->port->protocol_broken(w->port->machine, id, section, text);
	return VRING_BROKEN;
}

/* One descriptor is added to the chain, if the rules let it. */
static enum vring_result
vring_add(const struct vring_walk *w, struct vring_chain *c, uint64_t addr,
    uint32_t len, int writable)
{
	if (len == 0)
		return vring_broken(w, "ring-zero-length", "2.7.13.1",
		    "a descriptor of no bytes, number in the chain", c->ndesc,
		    w->vr->size);
	if (!writable && c->ndesc > c->nread)
		return vring_broken(w, "ring-order", "2.7.4.2",
		    "a device-readable descriptor behind a device-writable "
		    "one, number in the chain", c->ndesc, w->vr->size);
	if (c->ndesc == VRING_CHAIN_DESC_MAX)
		return vring_broken(w, "ring-chain-too-long", "2.7.5.3.1",
		    "descriptors in one chain", c->ndesc + 1ul,
		    VRING_CHAIN_DESC_MAX);
	vring_chain_add(c, addr, len, writable);
	if (c->read_size + c->write_size > (uint64_t)1 << 32)
		return vring_broken(w, "ring-chain-too-large", "2.7.5.2",
		    "bytes in one chain", c->read_size + c->write_size,
		    (uint64_t)1 << 32);
	return VRING_TAKEN;
}

static int
vring_busy(const struct vring *vr, unsigned slot)
{
	return (vr->busy[slot / 8] & 1u << slot % 8) != 0;
}

static void
vring_busy_set(struct vring *vr, const struct vring_chain *c, int busy)
{
	for (unsigned i = 0; i < c->nslot; i++) {
		uint8_t bit = (uint8_t)(1u << c->slot[i] % 8);

		if (busy)
			vr->busy[c->slot[i] / 8] |= bit;
		else
			vr->busy[c->slot[i] / 8] &= (uint8_t)~bit;
	}
}

/* A descriptor of the table belongs to the chain; once told is enough. */
static void
vring_take_slot(const struct vring_walk *w, struct vring_chain *c,
    uint32_t slot, int *told)
{
	if (vring_busy(w->vr, slot) && !*told) {
		*told = 1;
		if (c->nslot == 0)
			(void)vring_broken(w, "ring-head-in-flight",
			    "2.7.13.1", "made available again while the "
			    "device still has it, head of a chain", slot,
			    w->vr->size);
		else
			(void)vring_broken(w, "ring-descriptor-in-flight",
			    "2.7.13.1", "used again while the device still "
			    "has a chain with it, descriptor", slot,
			    w->vr->size);
	}
	vring_chain_reserve_slots(c, c->nslot + 1);
	c->slot[c->nslot++] = (uint16_t)slot;
}

/* With IN_ORDER descriptors follow each other; the table goes round. */
static void
vring_judge_next(const struct vring_walk *w, const struct vring_table *t,
    uint32_t index, uint32_t next, int *told)
{
	int table = t->purpose == DMA_DESCRIPTOR;

	if (!w->vr->in_order || *told || next == (table ?
	    (index + 1) % t->count : index + 1))
		return;
	*told = 1;
	(void)vring_broken(w, "ring-not-in-order", table ? "2.7.5.2" :
	    "2.7.5.3.1", "with VIRTIO_F_IN_ORDER, next of a descriptor is no "
	    "successor of its own number", next, index);
}

/* A descriptor that refers to an indirect table: which table to go on in. */
static enum vring_result
vring_enter(const struct vring_walk *w, struct vring_table *t, uint64_t addr,
    uint32_t len, unsigned flags)
{
	if (t->purpose == DMA_INDIRECT)
		return vring_broken(w, "ring-indirect-nested", "2.7.5.3.1",
		    "an indirect table in an indirect table, bytes", len, 0);
	if (!w->vr->indirect)
		(void)vring_broken(w, "ring-indirect-not-negotiated",
		    "2.7.5.3.1", "an indirect table without "
		    "VIRTIO_F_INDIRECT_DESC, bytes", len, 0);
	if ((flags & VIRTQ_DESC_F_NEXT) != 0)
		(void)vring_broken(w, "ring-indirect-next", "2.7.5.3.1",
		    "an indirect table with a next descriptor, flags", flags,
		    VIRTQ_DESC_F_INDIRECT);
	if (len == 0 || len % VIRTQ_DESC_SIZE != 0)
		return vring_broken(w, "ring-indirect-length", "2.7.5.3",
		    "an indirect table's bytes are no multiple of 16", len,
		    VIRTQ_DESC_SIZE);
	t->addr = addr;
	t->count = len / VIRTQ_DESC_SIZE;
	t->purpose = DMA_INDIRECT;
	return VRING_TAKEN;
}

/* Follows the chain from its head through at most one indirect table. */
static enum vring_result
vring_follow(const struct vring_walk *w, uint16_t head,
    struct vring_chain *out)
{
	struct vring_table t = { w->vr->desc, w->vr->size, DMA_DESCRIPTOR };
	enum vring_result r;
	uint32_t index = head, next, steps = 0;
	int busy_told = 0, order_told = 0;
	uint8_t d[VIRTQ_DESC_SIZE];
	unsigned flags;

	for (;;) {
		r = vring_read(w, t.addr + (uint64_t)index * VIRTQ_DESC_SIZE,
		    d, sizeof d, t.purpose);
		if (r != VRING_TAKEN)
			return r;
		if (t.purpose == DMA_DESCRIPTOR)
			vring_take_slot(w, out, index, &busy_told);
		flags = (unsigned)bytes_le(d + VIRTQ_DESC_FLAGS, 2);
		if ((flags & VIRTQ_DESC_F_INDIRECT) != 0) {
			r = vring_enter(w, &t, bytes_le(d, 8),
			    (uint32_t)bytes_le(d + VIRTQ_DESC_LEN, 4), flags);
			if (r != VRING_TAKEN)
				return r;
			index = steps = 0;
			continue;
		}
		r = vring_add(w, out, bytes_le(d, 8),
		    (uint32_t)bytes_le(d + VIRTQ_DESC_LEN, 4),
		    (flags & VIRTQ_DESC_F_WRITE) != 0);
		if (r != VRING_TAKEN || (flags & VIRTQ_DESC_F_NEXT) == 0)
			return r;
		next = (uint32_t)bytes_le(d + VIRTQ_DESC_NEXT, 2);
		if (next >= t.count)
			return vring_broken(w, "ring-next-out-of-range",
			    "2.7.5", "next descriptor", next, t.count);
		vring_judge_next(w, &t, index, next, &order_told);
		index = next;
		if (++steps >= t.count)
			return vring_broken(w, "ring-descriptor-loop",
			    "2.7.5.2", "descriptors followed, more than the "
			    "table has", steps + 1ul, t.count);
	}
}

/* Looks at a flags field unseen; 0 if it is not in memory. */
static unsigned
vring_peek(const struct boundary_port *port, uint64_t addr)
{
	uint8_t b[2];

	if (port->dma_read(port->machine, addr, b, 2, NULL) != DMA_OK)
		return 0;
	return (unsigned)bytes_le(b, 2);
}

/* Flags that the driver must have right whether the device looks or not. */
static void
vring_judge_flags(const struct vring_walk *w)
{
	struct vring *vr = w->vr;
	unsigned limit = vr->event_idx ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT;
	unsigned flags = vring_peek(w->port, vr->avail + VIRTQ_AVAIL_FLAGS);

	if (flags > limit && !vr->flags_told) {
		vr->flags_told = 1;
		(void)vring_broken(w, "ring-avail-flags", "2.7.7.1",
		    vr->event_idx ? "with VIRTIO_F_EVENT_IDX avail.flags are 0,"
		    " found" : "avail.flags are 0 or 1, found", flags, limit);
	}
	if (vr->ordinal != 0 || vr->flags_written)
		return;
	flags = vring_peek(w->port, vr->used + VIRTQ_USED_FLAGS);
	if (flags != 0)
		(void)vring_broken(w, "ring-used-flags", "2.7.10.1",
		    "used.flags are 0 until the device sets them, found",
		    flags, 0);
}

/* Whether there are new entries.  Of chains that are kept all that were seen are
   taken before the index is read again (rule X9). */
static enum vring_result
vring_fresh(const struct vring_walk *w)
{
	struct vring *vr = w->vr;
	enum vring_result r;
	uint8_t b[2];
	uint16_t fresh;

	if (vr->keeps && vr->seen_avail != vr->last_avail)
		return VRING_TAKEN;
	r = vring_read(w, vr->avail + VIRTQ_AVAIL_IDX, b, 2, DMA_AVAIL_INDEX);
	if (r != VRING_TAKEN)
		return r;
	fresh = (uint16_t)(bytes_le(b, 2) - vr->last_avail);
	if (fresh == 0)
		return VRING_EMPTY;
	if (fresh > vr->size)
		return vring_broken(w, "ring-index-jump", "2.7.6.1",
		    "entries added to the available ring at once, or idx went "
		    "back", fresh, vr->size);
	if (vr->keeps)
		vr->seen_avail = (uint16_t)bytes_le(b, 2);
	return VRING_TAKEN;
}

/* Whether there is a new entry, and which. */
static enum vring_result
vring_next(const struct vring_walk *w, uint16_t *head)
{
	struct vring *vr = w->vr;
	enum vring_result r = vring_fresh(w);
	uint8_t b[2];

	if (r != VRING_TAKEN)
		return r;
	r = vring_read(w, vr->avail + VIRTQ_AVAIL_RING +
	    2u * (unsigned)(vr->last_avail % vr->size), b, 2, DMA_AVAIL_ENTRY);
	if (r != VRING_TAKEN)
		return r;
	*head = (uint16_t)bytes_le(b, 2);
	if (*head >= vr->size)
		return vring_broken(w, "ring-head-out-of-range", "2.7.6",
		    "head of a chain", *head, vr->size);
	return VRING_TAKEN;
}

static enum vring_result
vring_walk(const struct vring_walk *w, struct vring_chain *out)
{
	struct vring *vr = w->vr;
	enum vring_result r;
	uint16_t head = 0;

	r = vring_next(w, &head);
	if (r != VRING_TAKEN)
		return r;
	out->head = head;
	out->ordinal = vr->ordinal;
	out->ndesc = out->nread = out->nslot = 0;
	out->read_size = out->write_size = 0;
	if (w->seen)
		vring_judge_flags(w);
	vr->last_avail++;
	if (w->seen && vr->event_idx &&
	    vring_set_notify(w->port, vr, 1) == VRING_ABORTED)
		return VRING_ABORTED;
	r = vring_follow(w, head, out);
	if (r != VRING_TAKEN)
		return r;
	if (out->ndesc > vr->size)
		(void)vring_broken(w, "ring-chain-too-long", "2.7.5.3.1",
		    "descriptors in one chain", out->ndesc, vr->size);
	if (w->seen)
		vring_busy_set(vr, out, 1);
	vr->ordinal++;
	return VRING_TAKEN;
}

/* ---------------------------------------------------------------- device */

enum vring_result
vring_take(const struct boundary_port *port, struct vring *vr,
    struct vring_chain *out)
{
	struct vring_walk w = { port, vr, 1 };

	return vring_walk(&w, out);
}

static int
vring_payload(const struct boundary_port *port, const struct vring *vr,
    const struct vring_chain *c, struct bytes *out, int seen,
    struct error *err)
{
	struct dma_what what = vring_what(vr, DMA_PAYLOAD, c->ordinal, 0);

	if (c->read_size > VRING_CHAIN_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "queue %u, chain %lu: %llu "
		    "bytes to read, the limit is %u", (unsigned)vr->queue,
		    (unsigned long)c->ordinal,
		    (unsigned long long)c->read_size, VRING_CHAIN_BYTES_MAX);
	bytes_reserve(out, (size_t)c->read_size + 1);
	for (unsigned i = 0; i < c->nread; i++) {
		if (port->dma_read(port->machine, c->desc[i].addr,
		    out->data + out->len, c->desc[i].len,
		    seen ? &what : NULL) == DMA_ABORTED && seen)
			return VRING_ABORTED;
		out->len += c->desc[i].len;
		what.offset += c->desc[i].len;
	}
	return 0;
}

int
vring_chain_read(const struct boundary_port *port, const struct vring *vr,
    const struct vring_chain *c, struct bytes *out, struct error *err)
{
	return vring_payload(port, vr, c, out, 1, err);
}

long
vring_chain_write(const struct boundary_port *port, const struct vring *vr,
    const struct vring_chain *c, size_t at, const uint8_t *src, size_t n)
{
	struct dma_what what = vring_what(vr, DMA_PAYLOAD, c->ordinal, 0);
	uint64_t begin = 0, end = at + n;

	what.offset = at;
	for (unsigned i = c->nread; i < c->ndesc && what.offset < end; i++) {
		uint64_t inner = what.offset - begin;
		uint64_t len = c->desc[i].len;

		begin += len;
		if (inner >= len)
			continue;
		len -= inner;
		if (len > end - what.offset)
			len = end - what.offset;
		if (port->dma_write(port->machine, c->desc[i].addr + inner,
		    src + (what.offset - at), (size_t)len, &what) ==
		    DMA_ABORTED)
			return VRING_ABORTED;
		what.offset += len;
	}
	return (long)what.offset;
}

int
vring_fill(const struct boundary_port *port, struct vring *vr,
    const struct vring_chain *c, uint32_t len, unsigned nth)
{
	uint8_t b[VIRTQ_USED_ENTRY_SIZE];

	bytes_le_put(b, c->head, 4);
	bytes_le_put(b + 4, len, 4);
	if (vring_write(port, vr, vr->used + VIRTQ_USED_RING +
	    VIRTQ_USED_ENTRY_SIZE * ((uint16_t)(vr->used_idx + nth) %
	    vr->size), b, sizeof b, DMA_USED_ENTRY, c->ordinal) != 0)
		return VRING_ABORTED;
	vring_busy_set(vr, c, 0);
	return 0;
}

int
vring_flush(const struct boundary_port *port, struct vring *vr, unsigned n,
    uint32_t ordinal)
{
	uint8_t b[2];

	vr->used_idx = (uint16_t)(vr->used_idx + n);
	bytes_le_put(b, vr->used_idx, 2);
	return vring_write(port, vr, vr->used + VIRTQ_USED_IDX, b, 2,
	    DMA_USED_INDEX, ordinal);
}

int
vring_push(const struct boundary_port *port, struct vring *vr,
    const struct vring_chain *c, uint32_t len)
{
	if (vring_fill(port, vr, c, len, 0) != 0)
		return VRING_ABORTED;
	return vring_flush(port, vr, 1, c->ordinal);
}

int
vring_should_interrupt(const struct boundary_port *port, struct vring *vr)
{
	struct vring_walk w = { port, vr, 1 };
	uint16_t since, event;
	uint8_t b[2];
	int valid;

	if (!vr->event_idx) {
		if (vring_read(&w, vr->avail + VIRTQ_AVAIL_FLAGS, b, 2,
		    DMA_AVAIL_FLAGS) == VRING_ABORTED)
			return VRING_ABORTED;
		return (bytes_le(b, 2) & VIRTQ_AVAIL_F_NO_INTERRUPT) == 0;
	}
	if (vring_read(&w, vr->avail + VIRTQ_AVAIL_RING + 2u * vr->size, b, 2,
	    DMA_USED_EVENT) == VRING_ABORTED)
		return VRING_ABORTED;
	event = (uint16_t)bytes_le(b, 2);
	since = (uint16_t)(vr->used_idx - vr->signalled_used);
	valid = vr->signalled_valid;
	vr->signalled_valid = 1;
	vr->signalled_used = vr->used_idx;
	/* event is one of the indices that were filled since: 2.7.7.2. */
	return !valid || (uint16_t)(vr->used_idx - event - 1) < since;
}

unsigned
vring_waiting(const struct boundary_port *port, const struct vring *vr)
{
	uint8_t b[2];
	unsigned fresh;

	if (port->dma_read(port->machine, vr->avail + VIRTQ_AVAIL_IDX, b, 2,
	    NULL) != DMA_OK)
		return 0;
	fresh = (uint16_t)(bytes_le(b, 2) - vr->last_avail);
	return fresh <= vr->size ? fresh : 0;
}

/* What the driver has stored; -1: nobody knows. */
static int
index_stored(const struct boundary_port *port, const struct vring *vr)
{
	uint8_t b[2];

	return port->stored == NULL || port->stored(port->machine, vr->avail +
	    VIRTQ_AVAIL_IDX, b, 2) != 0 ? -1 : (int)bytes_le(b, 2);
}

int
vring_published(const struct boundary_port *port, const struct vring *vr)
{
	int stored = index_stored(port, vr);

	return stored < 0 || (uint16_t)stored != vr->last_avail;
}

int
vring_in_flight(const struct boundary_port *port, const struct vring *vr)
{
	int stored = index_stored(port, vr);
	uint8_t b[2];

	return stored < 0 || (port->dma_read(port->machine, vr->avail +
	    VIRTQ_AVAIL_IDX, b, 2, NULL) == DMA_OK &&
	    (int)bytes_le(b, 2) != stored);
}

int
vring_set_notify(const struct boundary_port *port, struct vring *vr, int on)
{
	uint8_t b[2];

	if (vr->event_idx) {
		/* An index just passed is as far away as can be said. */
		bytes_le_put(b, (uint16_t)(on ? vr->last_avail :
		    vr->last_avail - 1), 2);
		return vring_write(port, vr, vr->used + VIRTQ_USED_RING +
		    VIRTQ_USED_ENTRY_SIZE * vr->size, b, 2, DMA_AVAIL_EVENT,
		    vr->ordinal);
	}
	vr->flags_written = 1;
	bytes_le_put(b, on ? 0 : VIRTQ_USED_F_NO_NOTIFY, 2);
	return vring_write(port, vr, vr->used + VIRTQ_USED_FLAGS, b, 2,
	    DMA_USED_FLAGS, vr->ordinal);
}

/* ----------------------------------------------------------------- state */

void
vring_state(const struct vring *vr, struct state *s)
{
	state_add_u64(s, vr->desc);
	state_add_u64(s, vr->avail);
	state_add_u64(s, vr->used);
	state_add_u64(s, (uint64_t)vr->size << 32 |
	    (uint64_t)vr->bdf << 16 | vr->queue);
	state_add_u64(s, (uint64_t)vr->event_idx << 40 |
	    (uint64_t)vr->indirect << 32 | (uint64_t)vr->in_order << 24 |
	    (uint64_t)vr->signalled_valid << 16 |
	    (uint64_t)vr->keeps << 9 | (uint64_t)vr->flags_written << 8 |
	    vr->flags_told);
	state_add_u64(s, (uint64_t)vr->seen_avail << 48 |
	    (uint64_t)vr->last_avail << 32 |
	    (uint64_t)vr->used_idx << 16 | vr->signalled_used);
	state_add_u64(s, vr->ordinal);
	/* No descriptor has a number from size on. */
	state_add(s, vr->busy, (vr->size + 7u) / 8);
}

/* lens says again what desc does. */
void
vring_chain_state(const struct vring_chain *c, struct state *s)
{
	state_add_u64(s, (uint64_t)c->ordinal << 16 | c->head);
	state_add_u64(s, (uint64_t)c->ndesc << 32 | c->nread);
	state_add_u64(s, c->read_size);
	state_add_u64(s, c->write_size);
	for (unsigned i = 0; i < c->ndesc; i++) {
		state_add_u64(s, c->desc[i].addr);
		state_add_u64(s, (uint64_t)c->desc[i].len << 8 |
		    c->desc[i].writable);
	}
	state_add_u64(s, c->nslot);
	for (unsigned i = 0; i < c->nslot; i++)
		state_add_u64(s, c->slot[i]);
}

/* -------------------------------------------------------------- observer */

void
vring_observer_init(struct vring_observer *o, const struct vring *vr)
{
	vring_observer_free(o);
	o->vr = *vr;
	o->vr.last_avail = o->vr.used_idx = 0;
	o->vr.ordinal = 0;
	o->flight = check_calloc(vr->size, sizeof *o->flight);
}

void
vring_observer_free(struct vring_observer *o)
{
	if (o->flight != NULL)
		for (unsigned i = 0; i < o->vr.size; i++)
			vring_chain_free(&o->flight[i].chain);
	check_free(o->flight);
	memset(o, 0, sizeof *o);
}

enum vring_result
vring_observe_avail(const struct boundary_port *port, struct vring_observer *o,
    const struct vring_chain **out, struct bytes *read)
{
	struct vring_walk w = { port, &o->vr, 0 };
	struct vring_chain c = { 0 };
	enum vring_result r;
	struct vring_flight *f;

	r = vring_walk(&w, &c);
	if (r == VRING_TAKEN) {
		f = &o->flight[c.head];
		vring_chain_copy(&f->chain, &c);
		f->busy = 1;
		*out = &f->chain;
		if (vring_payload(port, &o->vr, &f->chain, read, 0, NULL) != 0)
			r = VRING_BROKEN;
	}
	vring_chain_free(&c);
	return r;
}

void
vring_chain_peek(const struct boundary_port *port, const struct vring_chain *c,
    size_t n, struct bytes *written)
{
	uint64_t left = n;

	if (left > VRING_CHAIN_BYTES_MAX)
		left = VRING_CHAIN_BYTES_MAX;
	for (unsigned i = c->nread; i < c->ndesc && left != 0; i++) {
		size_t len = c->desc[i].len;

		if (len > left)
			len = (size_t)left;
		bytes_reserve(written, len);
		(void)port->dma_read(port->machine, c->desc[i].addr,
		    written->data + written->len, len, NULL);
		written->len += len;
		left -= len;
	}
}

int
vring_observe_used(const struct boundary_port *port, struct vring_observer *o,
    struct vring_observed *out, struct bytes *written, struct error *err)
{
	struct vring_walk w = { port, &o->vr, 0 };
	struct vring *vr = &o->vr;
	uint8_t b[VIRTQ_USED_ENTRY_SIZE];
	uint64_t head;

	if (vring_read(&w, vr->used + VIRTQ_USED_IDX, b, 2,
	    DMA_USED_INDEX) != VRING_TAKEN)
		return error_set(err, ERROR_HOST, "queue %u: the used ring is "
		    "not in memory", (unsigned)vr->queue);
	if ((uint16_t)bytes_le(b, 2) == vr->used_idx)
		return 0;
	(void)vring_read(&w, vr->used + VIRTQ_USED_RING +
	    VIRTQ_USED_ENTRY_SIZE * (unsigned)(vr->used_idx % vr->size), b,
	    sizeof b, DMA_USED_ENTRY);
	head = bytes_le(b, 4);
	if (head >= vr->size || !o->flight[head].busy)
		return error_set(err, ERROR_HOST, "queue %u: used entry %u "
		    "gives back chain %llu, which the host does not have",
		    (unsigned)vr->queue, (unsigned)vr->used_idx,
		    (unsigned long long)head);
	vr->used_idx++;
	o->flight[head].busy = 0;
	out->head = (uint16_t)head;
	out->used_len = (uint32_t)bytes_le(b + 4, 4);
	out->chain = &o->flight[head].chain;
	out->ordinal = out->chain->ordinal;
	vring_chain_peek(port, out->chain, out->used_len, written);
	return 1;
}

/*
 * checker_publish.c: what avail.idx covers must be the device's before.
 *
 * A device may look at its queue whenever avail.idx is seen to have moved (rule
 * J16): no notification is needed for it.  At the store of avail.idx the new
 * chains are walked as the driver means them, and what they have that was not
 * given with PREWRITE yet is kept.  When the device takes a chain, what it reads
 * is compared with that: bytes that were stored, or synced, only after the store
 * of avail.idx were published early.
 *
 * In this run the device came late, so nothing went wrong; the finding carries
 * the choice with which a run shows whether something does: the host looks right
 * at that store (run.c).
 */
#include "checker_var.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "virtio_spec.h"

#define CHAIN_WALK_MAX	1024u		/* descriptors of one chain */
#define UNREADY_MAX	64u		/* stretches kept of one publication */
#define HEADS_NONE	UINT32_C(0x10000)	/* a head has 16 bits */
#define HEADS_MAX	16u

struct stretch {
	uint64_t home;
	uint32_t len;
};

/* One store of avail.idx: the chains [first, end) by their ordinals. */
struct publication {
	uint32_t first, end;
	uint64_t seq;			/* number of the store */
	uint64_t look;			/* the choice of the host to look then */
	callpath_id by;
	struct stretch *unready;
	size_t nunready;
	uint16_t heads[HEADS_MAX];	/* entries of its first chains */
};

struct publisher {
	struct vring vr;		/* as the driver told the device */
	uint64_t index;			/* home of avail.idx */
	uint16_t seen;			/* its value at the last store */
	uint16_t used_seen;		/* used.idx as the driver knows it */
	/* Homes of entries that were synced before the look at the index, and
	   not since; ascending.  More than there is room for are not kept. */
	uint64_t again[UNREADY_MAX];
	size_t nagain;
	uint32_t ordinal;		/* of the next chain */
	uint32_t read;			/* that the device read last */
	callpath_id by;			/* of the store that is happening */
	struct publication *list;	/* oldest first */
	size_t n, max;
};

struct publish {
	struct publisher *list;		/* one a queue */
	size_t n;
};

static struct publisher *
publisher_find(struct checker *c, uint16_t queue)
{
	for (size_t i = 0; i < c->publish->n; i++)
		if (c->publish->list[i].vr.queue == queue)
			return &c->publish->list[i];
	return NULL;
}

static void
publication_drop(struct publisher *p, size_t n)
{
	if (n == 0)
		return;			/* there may be no list */
	for (size_t i = 0; i < n; i++)
		check_free(p->list[i].unready);
	memmove(p->list, p->list + n, (p->n - n) * sizeof p->list[0]);
	p->n -= n;
}

void
checker_publish_free(struct checker *c)
{
	for (size_t i = 0; c->publish != NULL && i < c->publish->n; i++) {
		publication_drop(&c->publish->list[i], c->publish->list[i].n);
		check_free(c->publish->list[i].list);
	}
	if (c->publish != NULL)
		check_free(c->publish->list);
	check_free(c->publish);
	c->publish = NULL;
}

/* The home of a bus address, and how many of len bytes lie there in a row. */
static uint64_t
home_of(const struct checker *c, uint64_t bus, uint64_t *len)
{
	const struct bus_piece *piece = NULL;
	uint64_t n = MEM_PAGE - bus % MEM_PAGE;

	if (*len > n)
		*len = n;
	if (bus_dma_find(c->dma, bus, len, &piece) == NULL)
		return MEM_NOWHERE;
	return piece->home + (bus - piece->bus);
}

/* What the driver means by bytes at a bus address; 0: there is nothing. */
static int
meant(const struct checker *c, uint64_t bus, uint8_t *dst, uint64_t len)
{
	while (len > 0) {
		uint64_t n = len, home = home_of(c, bus, &n);

		if (home == MEM_NOWHERE)
			return 0;
		mem_cpu_load(c->mem, home, dst, n);
		dst += n;
		bus += n;
		len -= n;
	}
	return 1;
}

/* What the device will read of a chain is shown to somebody. */
struct visit {
	const struct checker *c;
	void (*bytes)(const struct visit *v, uint64_t home, uint64_t n);
	struct publication *pub;
	struct state *state;
};

static void
visit_each(const struct visit *v, uint64_t bus, uint64_t len)
{
	while (len > 0) {
		uint64_t n = len, home = home_of(v->c, bus, &n);

		if (home == MEM_NOWHERE)
			return;
		v->bytes(v, home, n);
		bus += n;
		len -= n;
	}
}

/* Keeps what of it was stored and not given to the device. */
static void
unready_add(const struct visit *v, uint64_t home, uint64_t n)
{
	struct publication *pub = v->pub;

	if (!mem_shadow_any(v->c->mem, home, n, MEM_UNWRITTEN) ||
	    pub->nunready == UNREADY_MAX)
		return;
	pub->unready = check_realloc(pub->unready,
	    (pub->nunready + 1) * sizeof pub->unready[0]);
	pub->unready[pub->nunready++] = (struct stretch){ home, (uint32_t)n };
}

/* One table of descriptors, from entry i on. */
static void
table_walk(const struct visit *v, uint64_t table, uint32_t entries,
    uint32_t i, int depth)
{
	for (unsigned n = 0; n < CHAIN_WALK_MAX && i < entries; n++) {
		uint64_t bus = table + (uint64_t)i * VIRTQ_DESC_SIZE, addr;
		uint8_t d[VIRTQ_DESC_SIZE];
		uint32_t len, flags;

		if (!meant(v->c, bus, d, sizeof d))
			return;
		visit_each(v, bus, sizeof d);
		addr = bytes_le(d + VIRTQ_DESC_ADDR, 8);
		len = (uint32_t)bytes_le(d + VIRTQ_DESC_LEN, 4);
		flags = (uint32_t)bytes_le(d + VIRTQ_DESC_FLAGS, 2);
		if ((flags & VIRTQ_DESC_F_INDIRECT) != 0 && depth == 0)
			table_walk(v, addr, len / VIRTQ_DESC_SIZE, 0, 1);
		else if ((flags & VIRTQ_DESC_F_WRITE) == 0)
			visit_each(v, addr, len);
		if ((flags & VIRTQ_DESC_F_NEXT) == 0)
			return;
		i = (uint32_t)bytes_le(d + VIRTQ_DESC_NEXT, 2);
	}
}

static void
chain_walk(const struct visit *v, const struct publisher *p, uint16_t at)
{
	uint64_t entry = p->vr.avail + VIRTQ_AVAIL_RING +
	    2u * (uint64_t)(at % p->vr.size);
	uint8_t head[2];

	if (!meant(v->c, entry, head, 2))
		return;
	visit_each(v, entry, 2);
	table_walk(v, p->vr.desc, p->vr.size, (uint32_t)bytes_le(head, 2), 0);
}

/* The entry of the available ring, as the driver sees it. */
static uint16_t
head_of(struct checker *c, const struct publisher *p, uint16_t at)
{
	uint8_t head[2] = { 0, 0 };

	(void)meant(c, p->vr.avail + VIRTQ_AVAIL_RING +
	    2u * (uint64_t)(at % p->vr.size), head, 2);
	return (uint16_t)bytes_le(head, 2);
}

/*
 * Two entries of the available ring share the note of their last store (rule
 * M6): one that still is what it was then was not stored late.
 */
static int
is_same_head(struct checker *c, const struct publisher *p,
    const struct publication *pub, const struct machine_dma *a)
{
	uint32_t i = a->what->ordinal - pub->first;

	return a->what->purpose == DMA_AVAIL_ENTRY && i < HEADS_MAX &&
	    pub->heads[i] == head_of(c, p, (uint16_t)a->what->ordinal);
}

/* --- what the run tells --- */

void
checker_queue_ready(struct checker *c, const struct vring *vr)
{
	uint64_t len = 2, index;
	struct publisher *p;
	uint8_t b[2];

	if (c->publish == NULL)
		c->publish = check_calloc(1, sizeof *c->publish);
	index = home_of(c, vr->avail + VIRTQ_AVAIL_IDX, &len);
	if (index == MEM_NOWHERE || len != 2 || vr->size == 0)
		return;
	c->publish->list = check_realloc(c->publish->list,
	    (c->publish->n + 1) * sizeof *p);
	p = &c->publish->list[c->publish->n++];
	memset(p, 0, sizeof *p);
	p->vr = *vr;
	p->index = index;
	/* What was stored before the device may look at all is in time. */
	mem_cpu_load(c->mem, index, b, 2);
	p->seen = (uint16_t)bytes_le(b, 2);
	p->ordinal = p->read = p->seen;
	mem_watch_range(c->mem, index, 2, vr->queue);
}

/* Whether the device has a copy of avail.idx (rule B1). */
static int
is_copied(struct checker *c, const struct publisher *p)
{
	const struct bus_piece *piece = NULL;
	uint64_t len = 2;

	return bus_dma_find(c->dma, p->vr.avail + VIRTQ_AVAIL_IDX, &len,
	    &piece) != NULL && piece->view != piece->home;
}

void
checker_avail_index_store(struct checker *c, uint16_t queue, int visible,
    const void *pc)
{
	struct publisher *p = c->publish != NULL ?
	    publisher_find(c, queue) : NULL;
	struct visit v = { c, unready_add, NULL, NULL };
	struct publication *pub;
	uint16_t fresh;
	uint8_t b[2];

	if (p == NULL)
		return;
	if (!visible) {
		p->by = here(c, pc);
		return;
	}
	mem_cpu_load(c->mem, p->index, b, 2);
	fresh = (uint16_t)(bytes_le(b, 2) - p->seen);
	if (fresh == 0 || fresh > p->vr.size)
		return;			/* the ring's own rules tell of it */
	if (p->n == p->max) {
		p->max = p->max != 0 ? 2 * p->max : 8;
		p->list = check_realloc(p->list, p->max * sizeof *pub);
	}
	pub = &p->list[p->n++];
	memset(pub, 0, sizeof *pub);
	pub->first = p->ordinal;
	pub->end = p->ordinal + fresh;
	pub->seq = mem_store_count(c->mem);
	pub->by = p->by;
	v.pub = pub;
	for (uint16_t i = 0; i < fresh; i++) {
		chain_walk(&v, p, (uint16_t)(p->seen + i));
		if (i < HEADS_MAX)
			pub->heads[i] = head_of(c, p, (uint16_t)(p->seen + i));
	}
	p->seen = (uint16_t)(p->seen + fresh);
	p->ordinal = pub->end;
	if (is_copied(c, p))
		return;			/* seen when a sync brings it there */
	machine_host_look(c->machine, p->index, p->by);
	/* The host may have taken it at once: the list may have moved. */
	if (p->n != 0)
		p->list[p->n - 1].look = machine_choice(c->machine)
		    ->asked[CHOICE_HOST_LOOK];
}

void
checker_avail_synced(struct checker *c, const struct bus_map *map,
    uint64_t offset, uint64_t len)
{
	for (size_t i = 0; c->publish != NULL && i < c->publish->n; i++) {
		struct publisher *p = &c->publish->list[i];

		if (p->n == 0)
			continue;
		for (size_t k = 0; k < map->npieces; k++) {
			const struct bus_piece *b = &map->pieces[k];
			uint64_t at = b->offset + (p->index - b->home);

			if (p->index < b->home ||
			    p->index - b->home >= b->len || at < offset ||
			    at - offset >= len)
				continue;
			/* The line at home is not where the device looks. */
			machine_host_look(c->machine, b->view != b->home ?
			    MEM_NOWHERE : p->index, p->by);
			if (p->n != 0)
				p->list[p->n - 1].look = machine_choice(
				    c->machine)->asked[CHOICE_HOST_LOOK];
			return;
		}
	}
}

static void
again_add(struct publisher *p, uint64_t entry)
{
	size_t at = p->nagain;

	for (size_t i = 0; i < p->nagain; i++)
		if (p->again[i] == entry)
			return;
	if (p->nagain == UNREADY_MAX)
		return;
	for (; at > 0 && p->again[at - 1] > entry; at--)
		p->again[at] = p->again[at - 1];
	p->again[at] = entry;
	p->nagain++;
}

void
checker_used_synced(struct checker *c)
{
	for (size_t i = 0; c->publish != NULL && i < c->publish->n; i++) {
		struct publisher *p = &c->publish->list[i];
		size_t kept = 0;

		for (size_t k = 0; k < p->nagain; k++) {
			uint64_t at = p->again[k], n = VIRTQ_USED_ENTRY_SIZE;

			if (n > MEM_PAGE - at % MEM_PAGE)
				n = MEM_PAGE - at % MEM_PAGE;
			if (mem_shadow_any(c->mem, at, n, MEM_DEVICE))
				p->again[kept++] = at;
		}
		p->nagain = kept;
	}
}

/*
 * Rule J17: the driver has looked at used.idx.  What it covers now and did not
 * cover before is there only from now on: a POSTREAD that came before the look
 * may have been before the device wrote the entries.
 */
void
checker_used_index_seen(struct checker *c, uint16_t queue, uint64_t home)
{
	struct publisher *p = c->publish != NULL ?
	    publisher_find(c, queue) : NULL;
	uint16_t now;
	uint8_t b[2];

	if (p == NULL)
		return;
	mem_cpu_load(c->mem, home, b, 2);
	now = (uint16_t)bytes_le(b, 2);
	if ((uint16_t)(now - p->used_seen) > p->vr.size)
		p->used_seen = now;	/* not an index that can be */
	for (; p->used_seen != now; p->used_seen++) {
		uint64_t len = VIRTQ_USED_ENTRY_SIZE, entry = home_of(c,
		    p->vr.used + VIRTQ_USED_RING + VIRTQ_USED_ENTRY_SIZE *
		    (uint64_t)(p->used_seen % p->vr.size), &len);

		if (entry == MEM_NOWHERE ||
		    mem_shadow_any(c->mem, entry, len, MEM_DEVICE))
			continue;	/* not synced at all: J3 */
		mem_shadow_set(c->mem, entry, len, MEM_DEVICE, MEM_RACY);
		again_add(p, entry);
	}
}

int
checker_synced_before_index(struct checker *c, uint64_t home)
{
	for (size_t i = 0; c->publish != NULL && i < c->publish->n; i++) {
		const struct publisher *p = &c->publish->list[i];

		for (size_t k = 0; k < p->nagain; k++)
			if (home >= p->again[k] &&
			    home - p->again[k] < VIRTQ_USED_ENTRY_SIZE)
				return 1;
	}
	return 0;
}

/* --- judging --- */

/* A store among the bytes that came after the index's: its number, or 0. */
static uint64_t
stored_late(struct checker *c, const struct machine_dma *a, uint64_t seq,
    uint64_t *pc)
{
	uint64_t first = 0;

	for (uint64_t at = 0; at < a->len; at += 4) {
		struct mem_writer w = mem_last_writer(c->mem, a->home + at);

		if (w.seq > seq && w.pc > MEM_PC_COPY &&
		    (first == 0 || w.seq < first)) {
			first = w.seq;
			*pc = w.pc;
		}
	}
	return first;
}

static int
was_unready(const struct publication *pub, const struct machine_dma *a)
{
	for (size_t i = 0; i < pub->nunready; i++)
		if (a->home < pub->unready[i].home + pub->unready[i].len &&
		    pub->unready[i].home < a->home + a->len)
			return 1;
	return 0;
}

/* A run could show here whether it goes wrong; half of the places are kept for
   the latest. */
static void
confirm_add(struct finding *f, const struct machine_dma *a, uint64_t look)
{
	const struct finding_confirm at = { look, a->what->queue,
	    a->what->ordinal, 0 };
	size_t last = f->nconfirm;

	if (f->fatal || look == 0 || (last != 0 && f->confirm[last - 1]
	    .ordinal == at.ordinal && f->confirm[last - 1].queue == at.queue))
		return;
	if (last == FINDING_CONFIRM_MAX) {
		last = FINDING_CONFIRM_MAX / 2;
		memmove(&f->confirm[last], &f->confirm[last + 1],
		    (FINDING_CONFIRM_MAX - 1 - last) * sizeof at);
		last = FINDING_CONFIRM_MAX - 1;
	}
	f->confirm[last] = at;
	f->nconfirm = last + 1;
}

static void
published_early(struct checker *c, const struct machine_dma *a,
    const struct publication *pub, uint64_t late, uint64_t pc)
{
	/* One store of avail.idx is one fault, whoever led there. */
	const struct callpath *by = callpath_get(machine_callpaths(c->machine),
	    pub->by);
	int is_new;
	struct finding *f = findings_add(c->findings, "ring-published-early",
	    by->n != 0 ? by->at[0] : pub->by, 0, &is_new);

	if (f == NULL)
		return;
	confirm_add(f, a, pub->look);
	if (!is_new)
		return;
	f->where = pub->by;
	f->event = *c->event;
	say(f->text, "avail.idx says that a chain is there before %s "
	    "was %s: a device that looks right then sees old bytes",
	    checker_purpose_names[a->what->purpose], late != 0 ? "stored" :
	    "given to it with PREWRITE");
	say(f->prevent, "store and PREWRITE the buffers, the "
	    "descriptors and the entry of the available ring before avail.idx "
	    "is stored");
	if (late != 0) {
		f->store_note = f->nnotes;
		f->store_seq = late;
		finding_note(f, callpath_of(machine_callpaths(c->machine), pc),
		    "the store that came too late");
	}
	if (a->map != NULL)
		note_map(f, a->map);
}

void
checker_published_read(struct checker *c, const struct machine_dma *a)
{
	struct publisher *p = c->publish != NULL ?
	    publisher_find(c, a->what->queue) : NULL;
	size_t done = 0;
	uint64_t pc = 0, late;

	if (p == NULL || a->home == MEM_NOWHERE ||
	    (int32_t)(a->what->ordinal - p->read) < 0)
		return;
	p->read = a->what->ordinal;
	while (done < p->n && (int32_t)(p->list[done].end -
	    a->what->ordinal) <= 0)
		done++;
	if (done != 0)
		publication_drop(p, done);
	if (p->n == 0 || (int32_t)(a->what->ordinal - p->list[0].first) < 0)
		return;
	late = is_same_head(c, p, &p->list[0], a) ? 0 :
	    stored_late(c, a, p->list[0].seq, &pc);
	if (late != 0 || (was_unready(&p->list[0], a) &&
	    !mem_shadow_any(c->mem, a->home, a->len, MEM_UNWRITTEN)))
		published_early(c, a, &p->list[0], late, pc);
}

/* --- state --- */

/*
 * The number of the store of avail.idx, and of those to what the device will
 * read of the chain, say one thing: whether these came after it.
 */
static void
late_add(const struct visit *v, uint64_t home, uint64_t n)
{
	for (uint64_t at = 0; at < n; at += 4) {
		struct mem_writer w = mem_last_writer(v->c->mem, home + at);

		if (w.seq > v->pub->seq && w.pc > MEM_PC_COPY)
			state_add_u64(v->state, home + at);
	}
}

/*
 * Who published it, and when the host was asked to look, is for the report.  Of
 * its chains those count that the device has not yet passed; and if all was
 * ready, each by itself, whether one store of avail.idx told of several or not.
 */
static void
add_publication(const struct checker *c, const struct publisher *p,
    struct publication *pub, struct state *s)
{
	const struct visit v = { c, late_add, pub, s };
	uint32_t first = pub->first;

	if ((int32_t)(p->read - first) > 0)
		first = (int32_t)(p->read - pub->end) < 0 ? p->read : pub->end;
	if (pub->nunready != 0) {
		state_add_u64(s, pub->nunready);
		state_add_u64(s, (uint64_t)first << 32 | pub->end);
	}
	for (size_t i = 0; i < pub->nunready; i++) {
		state_add_u64(s, pub->unready[i].home);
		state_add_u64(s, pub->unready[i].len);
	}
	/* Entries have the low 16 bits of their chain's number. */
	for (uint32_t i = first; i != pub->end; i++) {
		state_add_u64(s, (uint64_t)i << 32 | (i - pub->first <
		    HEADS_MAX ? pub->heads[i - pub->first] : HEADS_NONE));
		chain_walk(&v, p, (uint16_t)i);
		state_add_u64(s, UINT64_MAX);
	}
}

static void
add_publisher(const struct checker *c, const struct publisher *p,
    struct state *s)
{
	vring_state(&p->vr, s);
	state_add_u64(s, p->index);
	state_add_u64(s, (uint64_t)p->ordinal << 32 |
	    (uint64_t)p->seen << 16 | p->used_seen);
	state_add_u64(s, p->nagain);
	for (size_t i = 0; i < p->nagain; i++)
		state_add_u64(s, p->again[i]);
	for (size_t i = 0; i < p->n; i++)
		add_publication(c, p, &p->list[i], s);
}

void
checker_publish_state(const struct checker *c, struct state *s)
{
	size_t n = c->publish != NULL ? c->publish->n : 0;

	state_add_u64(s, n);
	for (size_t i = 0; i < n; i++)
		add_publisher(c, &c->publish->list[i], s);
}

/* checker_posted.c: whose a buffer is, between driver and device. */
#include "checker_var.h"

#include <string.h>

#include "check.h"

/*
 * In the order of queues and chains, whichever came first: so what is found
 * depends on what is there, and two runs that have the same are in one state.
 */
static void
posted_add(struct checker *c, const struct machine_dma *a, uint32_t ordinal,
    unsigned bit)
{
	struct posted p = { .queue = a->what->queue, .ordinal = ordinal,
	    .map = a->map != NULL ? a->map->id : 0, .home = a->home,
	    .len = a->len, .bit = bit, .purpose = a->what->purpose };
	size_t at = c->nposted;

	if (c->nposted == c->posted_max) {
		c->posted_max = c->posted_max != 0 ? 2 * c->posted_max : 64;
		c->posted = check_realloc(c->posted,
		    c->posted_max * sizeof c->posted[0]);
	}
	for (; at > 0 && (c->posted[at - 1].queue > p.queue ||
	    (c->posted[at - 1].queue == p.queue &&
	    c->posted[at - 1].ordinal > ordinal)); at--)
		c->posted[at] = c->posted[at - 1];
	c->posted[at] = p;
	c->nposted++;
	mem_shadow_set(c->mem, a->home, a->len, bit, 0);
}

void
checker_posted_add(struct checker *c, const struct machine_dma *a)
{
	posted_add(c, a, a->what->ordinal, a->write ? MEM_POSTED_W :
	    MEM_POSTED_R);
}

/*
 * Parts of a live queue that a driver may not store to: the descriptors of a
 * chain until it comes back (VIRTIO 1.2, 3.3.1), and what the device writes,
 * until a reset (2.7.8).
 */
void
checker_ring_add(struct checker *c, const struct machine_dma *a)
{
	const uint8_t *s = mem_shadow(c->mem, a->home);
	uint64_t i = 0;

	if (!a->write) {
		checker_posted_add(c, a);
		return;
	}
	if (s == NULL)			/* memory that no driver ever had */
		return;
	/* Entries are written again and again. */
	while (i < a->len && (s[i] & MEM_POSTED_R) != 0)
		i++;
	if (i < a->len)
		posted_add(c, a, UINT32_MAX, MEM_POSTED_R);	/* of no chain */
}

/* What lies at this address, or NULL; a part of the ring before a buffer. */
static const struct posted *
posted_at(const struct checker *c, uint64_t pa, uint64_t size)
{
	const struct posted *found = NULL;

	for (size_t i = 0; i < c->nposted; i++) {
		const struct posted *p = &c->posted[i];

		if (pa < p->home + p->len && p->home < pa + size &&
		    (found == NULL || p->purpose != DMA_PAYLOAD))
			found = p;
	}
	return found;
}

/*
 * An index that is looked at too early is looked at again; avail_event decides
 * at once whether the device is told, so it may not be old (2.7.13.4.1).
 */
int
checker_is_event(const struct checker *c, uint64_t pa, uint64_t size)
{
	const struct posted *p = posted_at(c, pa, size);

	return p != NULL && p->purpose == DMA_AVAIL_EVENT;
}

/* A store to a part of the ring; 0 if it is none. */
static int
ring_stored(struct checker *c, uint64_t pa, uint64_t size, const void *pc)
{
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	const struct posted *p = posted_at(c, pa, size);
	callpath_id where = here(c, pc);
	struct finding *f;
	int desc;

	if (p == NULL || p->purpose == DMA_PAYLOAD)
		return 0;
	desc = p->purpose == DMA_DESCRIPTOR || p->purpose == DMA_INDIRECT;
	f = found(c, desc ? "ring-descriptor-altered" : "ring-used-written",
	    where, 1, where);
	if (f == NULL)
		return 1;
	if (desc)
		say(f->text, "the driver stores to a descriptor of chain %lu "
		    "of queue %u, which the device has",
		    (unsigned long)p->ordinal, p->queue);
	else
		say(f->text, "the driver stores to the used ring of queue %u, "
		    "which only the device writes", p->queue);
	say(f->prevent, desc ? "wait until the chain is in the used ring, or "
	    "reset the device" : "reset the device before the queue is set up "
	    "anew");
	if (map != NULL)
		note_map(f, map);
	return 1;
}

/*
 * What the device was given by another map and has not given back.  Where bus
 * addresses are physical ones both maps have the same, and nobody can say by
 * which an access came: then that there is another map is enough.
 */
static const struct posted *
posted_by_another(const struct checker *c, const struct machine_dma *a,
    unsigned bits)
{
	for (size_t i = 0; i < c->nposted; i++) {
		const struct posted *p = &c->posted[i];

		if (p->used || (p->bit & bits) == 0 ||
		    a->home >= p->home + p->len ||
		    p->home >= a->home + a->len)
			continue;
		if (p->map != a->map->id || (!reaches_loaded_only(c) &&
		    bus_dma_find_home_range(c->dma, a->home, a->len,
		    a->map) != NULL))
			return p;
	}
	return NULL;
}

/* Rule J10: the device has the same bytes by two maps, and writes them. */
void
checker_overlap(struct checker *c, const struct machine_dma *a)
{
	unsigned bits = a->write ? MEM_POSTED_R | MEM_POSTED_W : MEM_POSTED_W;
	const struct posted *p;
	struct finding *f;

	if (a->map == NULL || !mem_shadow_any(c->mem, a->home, a->len, bits))
		return;
	p = posted_by_another(c, a, bits);
	if (p == NULL)
		return;
	f = found(c, "dma-overlap", a->map->created,
	    machine_desc_of(c->machine)->bounce, a->published);
	if (f == NULL)
		return;
	say(f->text, "the device %s bytes that it also has by another map%s; "
	    "neither request has come back", a->write ? "writes" : "reads",
	    a->write && p->bit == MEM_POSTED_R ? ", to read" : ", to write");
	say(f->prevent, "let one request come back before the other is made, "
	    "or give them different memory");
	note_map(f, a->map);
}

/* Rule J11: a map's hint says what the device will do. */
void
checker_direction(struct checker *c, const struct machine_dma *a)
{
	unsigned hint = a->map != NULL ?
	    a->map->load_flags & (HC_DMA_READ | HC_DMA_WRITE) : 0;
	struct finding *f;

	if (hint == 0 || hint == (HC_DMA_READ | HC_DMA_WRITE) ||
	    hint == (a->write ? HC_DMA_READ : HC_DMA_WRITE))
		return;
	f = found(c, "dma-direction", a->map->created, 0, a->published);
	if (f == NULL)
		return;
	say(f->text, "the device %s a map that was loaded for %s only",
	    a->write ? "writes to" : "reads", a->write ?
	    "its reads (BUS_DMA_WRITE)" : "its writes (BUS_DMA_READ)");
	say(f->prevent, "load it with %s as well, or with neither",
	    a->write ? "BUS_DMA_READ" : "BUS_DMA_WRITE");
	note_map(f, a->map);
}

/* A device has a buffer, from now until the chain comes back. */
void
checker_held(struct checker *c, const struct machine_dma *a)
{
	checker_overlap(c, a);
	checker_posted_add(c, a);
}

/* Whether that is known already: receive buffers are held before they are
   written. */
int
checker_holds(const struct checker *c, const struct machine_dma *a)
{
	if (!mem_shadow_any(c->mem, a->home, a->len, MEM_POSTED_W))
		return 0;
	for (size_t i = 0; i < c->nposted; i++) {
		const struct posted *p = &c->posted[i];

		if (p->queue == a->what->queue && p->ordinal ==
		    a->what->ordinal && p->bit == MEM_POSTED_W &&
		    p->home <= a->home && a->home + a->len <= p->home + p->len)
			return 1;
	}
	return 0;
}

int
checker_is_lost(const struct checker *c, uint64_t pa, uint64_t size)
{
	for (unsigned i = 0; i < CHECKER_LOST_MAX && i < c->nlost; i++)
		if (pa < c->lost[i].home + c->lost[i].len &&
		    c->lost[i].home < pa + size)
			return 1;
	return 0;
}

/*
 * What the device wrote into a bounce page and no POSTREAD copied goes with it:
 * afterwards the two views are one again, and say nothing (rule J3).
 */
static void
bounce_lost(struct checker *c, const struct bus_piece *p)
{
	uint8_t guest[MEM_PAGE], host[MEM_PAGE];
	struct lost *lost;

	for (uint64_t at = 0, n; at < p->len; at += n) {
		n = MEM_PAGE - (p->home + at) % MEM_PAGE;
		if (n > p->len - at)
			n = p->len - at;
		if (!mem_shadow_any(c->mem, p->home + at, n, MEM_DEVICE))
			continue;
		mem_cpu_load(c->mem, p->home + at, guest, n);
		mem_device_load(c->mem, p->view + at, host, n);
		if (memcmp(guest, host, n) == 0)
			continue;
		lost = &c->lost[c->nlost++ % CHECKER_LOST_MAX];
		lost->home = p->home + at;
		lost->len = n;
	}
}

/* Rule J9: what the device was given stays loaded until it comes back. */
void
checker_unloading(struct checker *c, const struct bus_map *map,
    const char *call)
{
	callpath_id where = here(c, NULL);
	struct finding *f;

	for (size_t i = 0; i < map->npieces; i++)
		if (map->pieces[i].view != map->pieces[i].home)
			bounce_lost(c, &map->pieces[i]);
	for (size_t i = 0; i < c->nposted; i++) {
		const struct posted *p = &c->posted[i];

		if (p->used || p->map != map->id)
			continue;
		/* Where addresses are the same it may have been the other. */
		if (!reaches_loaded_only(c) && bus_dma_find_home_range(c->dma,
		    p->home, p->len, map) != NULL)
			continue;
		f = found(c, "dma-unload-posted", map->created,
		    reaches_loaded_only(c), where);
		if (f == NULL)
			return;
		say(f->text, "%s of a map whose memory the device has been "
		    "given and has not given back", call);
		say(f->prevent, "wait for the request, or reset the device, "
		    "before the map is unloaded");
		note_map(f, map);
		return;
	}
}

/* Rule J9 too: the rings of a live queue are the device's until a reset. */
void
checker_unloading_rings(struct checker *c, const struct bus_map *map,
    unsigned queue, const char *call)
{
	callpath_id where = here(c, NULL);
	struct finding *f = found(c, "dma-unload-posted", map->created,
	    reaches_loaded_only(c), where);

	if (f == NULL)
		return;
	say(f->text, "%s of a map that has the rings of queue %u, while the "
	    "device may look at them (VIRTIO 1.2, 3.3.1)", call, queue);
	say(f->prevent, "reset the device before its queues are taken away");
	note_map(f, map);
}

void
checker_chain_used(struct checker *c, uint16_t queue, uint32_t ordinal)
{
	for (size_t i = 0; i < c->nposted; i++)
		if (c->posted[i].queue == queue &&
		    c->posted[i].ordinal == ordinal)
			c->posted[i].used = 1;
}

/* Rule J4: what came back, once the driver has looked. */
static void
posted_release(struct checker *c, uint16_t queue)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->nposted; i++) {
		struct posted *p = &c->posted[i];

		if (p->queue == queue && p->used)
			mem_shadow_set(c->mem, p->home, p->len, 0, p->bit);
		else
			c->posted[kept++] = *p;
	}
	c->nposted = kept;
}

/* What the driver and the device see of an index; 1 if that differs. */
static int
index_differs(struct checker *c, uint64_t home, uint8_t guest[2],
    uint8_t host[2])
{
	mem_cpu_load(c->mem, home, guest, 2);
	mem_device_load(c->mem, bus_dma_view(c->dma, home), host, 2);
	return memcmp(guest, host, 2) != 0;
}

void
checker_reset(struct checker *c)
{
	for (size_t i = 0; i < c->nposted; i++)
		mem_shadow_set(c->mem, c->posted[i].home, c->posted[i].len, 0,
		    c->posted[i].bit);
	c->nposted = 0;
	for (size_t i = 0; i < c->nindex; i++) {
		struct used_index *at = &c->index[i];

		if (at->told && !at->gave_up)
			at->gave_up = index_differs(c, at->home, at->guest,
			    at->host);
	}
	checker_publish_free(c);
	mem_unwatch_ranges(c->mem);
}

void
checker_used_index_note(struct checker *c, const struct machine_dma *a)
{
	for (size_t i = 0; i < c->nindex; i++)
		if (c->index[i].queue == a->what->queue) {
			c->index[i].home = a->home;
			return;
		}
	c->index = check_realloc(c->index,
	    (c->nindex + 1) * sizeof c->index[0]);
	memset(&c->index[c->nindex], 0, sizeof c->index[0]);
	c->index[c->nindex].home = a->home;
	c->index[c->nindex++].queue = a->what->queue;
}

/*
 * A device writes its index at any time, so one load of an old index is no
 * fault; to look again without a sync in between is: the second load may see
 * the same for ever.  Whether it does is seen when something goes wrong; a
 * driver that looks in passing, and syncs when it is interrupted, may go on.
 */
static void
index_polled(struct checker *c, struct used_index *at, uint64_t pa,
    const void *pc)
{
	const uint8_t *s = mem_shadow(c->mem, pa);
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	struct finding *f;
	uint64_t key;

	if (s == NULL || (s[0] & MEM_DEVICE) == 0) {
		at->unsynced = 0;
		at->told = at->gave_up = 0;
		return;
	}
	if (++at->unsynced != 2)
		return;
	key = map != NULL ? map->created : CALLPATH_NONE;
	at->told = 1;
	at->told_key = key;
	f = found(c, "sync-missing-postread", key, 0, here(c, pc));
	if (f == NULL)
		return;
	f->of_index = 1;
	say(f->text, "the driver looks at used.idx again and again without a "
	    "POSTREAD in between");
	say(f->prevent, "bus_dmamap_sync(9) of used.idx with "
	    "BUS_DMASYNC_POSTREAD before each load of it");
	f->nbytes = 2;
	(void)index_differs(c, pa, f->guest, f->host);
	if (map != NULL)
		note_map(f, map);
}

struct finding *
checker_used_index_stuck(struct checker *c)
{
	for (size_t i = 0; i < c->nindex; i++) {
		struct used_index *at = &c->index[i];
		struct finding *f = !at->told ? NULL : findings_find(
		    c->findings, "sync-missing-postread", at->told_key);

		if (f == NULL || !f->of_index || (!at->gave_up &&
		    !index_differs(c, at->home, at->guest, at->host)))
			continue;
		say(f->text, "the driver looks at used.idx again and again "
		    "without a POSTREAD in between: it sees the old index for "
		    "ever");
		memcpy(f->guest, at->guest, 2);
		memcpy(f->host, at->host, 2);
		f->fatal = 1;
		return f;
	}
	return NULL;
}

/* The driver looks whether its chains have come back. */
void
checker_used_index_load(struct checker *c, uint64_t pa, const void *pc)
{
	for (size_t i = 0; i < c->nindex; i++)
		if (c->index[i].home / 8 == pa / 8) {
			index_polled(c, &c->index[i], c->index[i].home, pc);
			checker_used_index_seen(c, c->index[i].queue,
			    c->index[i].home);
			posted_release(c, c->index[i].queue);
		}
}

void
checker_posted_access(struct checker *c, uint64_t pa, uint64_t size,
    unsigned kind, const void *pc)
{
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	callpath_id where = here(c, pc);
	struct finding *f;

	if ((kind & MEM_WRITE) != 0 && ring_stored(c, pa, size, pc))
		return;
	f = found(c, "posted-buffer-touched", map != NULL ? map->created :
	    where, 1, where);
	if (f == NULL)
		return;
	say(f->text, "the driver %s %llu bytes of a buffer that the device "
	    "still owns", (kind & MEM_WRITE) != 0 ? "stores to" : "loads",
	    (unsigned long long)size);
	say(f->prevent, "wait until the chain is in the used ring before "
	    "touching its buffers");
	if (map != NULL)
		note_map(f, map);
}

/* Rule R2. */
void
checker_between(struct checker *c, const void *pc,
    const struct between_pair *pair)
{
	struct callpaths *paths = machine_callpaths(c->machine);
	callpath_id where = callpath_of(paths,
	    (uint64_t)(uintptr_t)pair->first);
	struct finding *f = found(c, "interrupt-race", where, 0, where);

	if (f == NULL)
		return;
	f->told = 1;
	say(f->text, "an interrupt may come between this access and a later "
	    "one, and its handler touches what both do");
	say(f->prevent, "raise the level by spl(9), or hold a mutex of that "
	    "level, over both");
	finding_note(f, callpath_of(paths, (uint64_t)(uintptr_t)pair->last),
	    "the later access");
	finding_note(f, here(c, pc), "the handler's access");
}

/* Rule R1. */
void
checker_data_race(struct checker *c, size_t size, unsigned kind,
    const void *pc, const struct race_other *other)
{
	callpath_id where = here(c, pc), there = callpath_of(
	    machine_callpaths(c->machine), (uint64_t)(uintptr_t)other->pc);
	struct finding *f = found(c, "data-race", where, 0, where);

	if (f == NULL)
		return;
	f->told = 1;
	say(f->text, "%s %llu bytes that another CPU %s in no order with it",
	    (kind & MEM_WRITE) != 0 ? "stores to" : "loads",
	    (unsigned long long)size, other->write ? "stores to" : "loads");
	say(f->prevent, "hold one lock at both places, or say by atomic "
	    "operations that others look");
	finding_note(f, there, "the other CPU's %s", other->write ? "store" :
	    "load");
}

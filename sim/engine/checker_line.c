/*
 * checker_line.c: what becomes of bytes beside those that a device writes: of
 * neighbours in a cache line, of stores that a POSTREAD comes over; and what is
 * mapped uncached where the host caches it.
 */
#include "checker_var.h"

#include <string.h>

#include "check.h"

typedef unsigned long long ull;

/* Whether devices reach memory at home itself, past the CPU's cache. */
static int
past_the_cache(const struct checker *c, uint64_t home, uint64_t view)
{
	return home == view && mem_line_size(c->mem) != 0;
}

/* Of a map that was never prepared with PREREAD that is the fault (J2). */
static int
never_prepared(struct checker *c, const struct bus_map *map)
{
	return findings_find(c->findings, "sync-missing-preread",
	    map->created) != NULL;
}

/* The store to the byte at pa, as a note that gets its callers later. */
static void
note_stored(struct checker *c, struct finding *f, uint64_t pa,
    const char *text)
{
	struct mem_writer w = mem_last_writer(c->mem, pa);

	if (w.pc <= MEM_PC_COPY)
		return;
	f->store_note = f->nnotes;
	f->store_seq = w.seq;
	finding_note(f, callpath_of(machine_callpaths(c->machine), w.pc), "%s",
	    text);
}

/* Whether the CPU's byte would be lost with its dirty line. */
static int
only_in_its_line(struct checker *c, uint64_t pa)
{
	uint8_t guest, memory;

	mem_cpu_load(c->mem, pa, &guest, 1);
	mem_device_load(c->mem, pa, &memory, 1);
	return mem_lines_dirty(c->mem, pa, 1) && guest != memory;
}

static void
line_shared(struct checker *c, const struct bus_map *map, callpath_id where,
    uint64_t beside, int fatal, int by_sync)
{
	int is_new;
	struct finding *f = never_prepared(c, map) ? NULL :
	    findings_add(c->findings, "line-shared", map->created, fatal,
	    &is_new);

	if (f == NULL || (!is_new && (f->fatal || !fatal)))
		return;
	f->fatal = fatal;
	f->nnotes = 0;
	f->where = where;
	f->event = *c->event;
	if (by_sync)
		say(f->text, "POSTREAD takes a cache line with it in which the "
		    "driver has stored beside the buffer%s", fatal ?
		    ": that store is lost" : "");
	else
		say(f->text, "the host writes into a cache line in which the "
		    "driver has stored beside the buffer since it gave it "
		    "away%s", fatal ? ": the line is written back over it" :
		    "");
	say(f->prevent, "keep what the device writes in cache lines of its "
	    "own, or store nothing beside it from PREREAD to POSTREAD");
	note_stored(c, f, beside, "the store beside it");
	note_map(f, map);
}

/* Rule J18: a device writes; a dirty neighbour's line comes over it (C3). */
void
checker_line_shared(struct checker *c, const struct machine_dma *a)
{
	uint64_t beside;

	if (a->map == NULL)
		return;
	beside = mem_lines_shared(c->mem, a->home, a->len);
	if (beside != MEM_NOWHERE)
		line_shared(c, a->map, a->published, beside,
		    past_the_cache(c, a->home, a->view) &&
		    mem_lines_dirty(c->mem, beside, 1), 0);
}

/* The first byte that the driver stored and gave to nobody, or n; the zeroes
   that memory came with are nobody's loss. */
static uint64_t
stored_byte(struct checker *c, uint64_t home, uint64_t n)
{
	const uint8_t *s = mem_shadow(c->mem, home);
	const unsigned all = MEM_UNREAD | MEM_UNWRITTEN;

	for (uint64_t i = 0; s != NULL && i < n; i++)
		if ((s[i] & (all | MEM_DEVICE)) == all &&
		    mem_last_writer(c->mem, home + i).pc > MEM_PC_COPY)
			return i;
	return n;
}

/* Rule J19: the bytes themselves were stored to since the last PRE. */
static void
sync_loses_store(struct checker *c, const struct bus_map *map, uint64_t home,
    uint64_t view, uint64_t n)
{
	uint64_t first = stored_byte(c, home, n), at = first;
	int fatal = 0, is_new;
	struct finding *f;

	if (first == n || never_prepared(c, map))
		return;
	for (; at < n && !fatal; at++) {
		uint8_t guest, host;

		if (stored_byte(c, home + at, 1) != 0)
			continue;
		mem_cpu_load(c->mem, home + at, &guest, 1);
		mem_device_load(c->mem, view + at, &host, 1);
		if (guest != host && (home != view ||
		    past_the_cache(c, home, view))) {
			fatal = 1;
			first = at;
		}
	}
	f = findings_add(c->findings, "sync-loses-store", map->created, fatal,
	    &is_new);
	if (f == NULL || (!is_new && (f->fatal || !fatal)))
		return;
	f->fatal = fatal;
	f->nnotes = 0;
	f->where = here(c, NULL);
	f->event = *c->event;
	say(f->text, "POSTREAD of bytes that the driver stored to and gave to "
	    "nobody%s", fatal ? ": what it stored is lost" : "");
	say(f->prevent, "POSTREAD before the stores, or PREWRITE after them");
	note_stored(c, f, home + first, "the store");
	note_map(f, map);
}

void
checker_syncing(struct checker *c, const struct bus_map *map, uint64_t home,
    uint64_t view, uint64_t n, uint32_t ops)
{
	uint64_t beside;

	if ((ops & SYNC_POSTREAD) == 0)
		return;
	sync_loses_store(c, map, home, view, n);
	beside = mem_lines_shared(c->mem, home, n);
	if (beside != MEM_NOWHERE)
		line_shared(c, map, here(c, NULL), beside,
		    past_the_cache(c, home, view) &&
		    only_in_its_line(c, beside), 1);
}

/* --- attributes --- */

static void
uncached(struct checker *c, uint64_t pa, int fatal, callpath_id where,
    const char *text)
{
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	const struct bus_memory *m = bus_dma_memory_by_pa(c->dma, pa);
	int is_new;
	struct finding *f = findings_add(c->findings, "memory-uncached",
	    map != NULL ? map->created : where, fatal, &is_new);

	if (f == NULL || (!is_new && (f->fatal || !fatal)))
		return;
	f->fatal = fatal;
	f->nnotes = 0;
	f->where = where;
	f->event = *c->event;
	say(f->text, "%s", text);
	say(f->prevent, "map memory that is shared with the device as it is "
	    "mapped elsewhere: without BUS_DMA_NOCACHE and PMAP_NOCACHE where "
	    "the bus is coherent");
	if (map != NULL)
		note_map(f, map);
	if (m != NULL)
		finding_note(f, m->allocated, "the memory: %llu bytes by "
		    "bus_dmamem_alloc", (ull)m->size);
}

/* Rule J20. */
void
checker_uncached(struct checker *c, const struct machine_dma *a)
{
	if (!machine_desc_of(c->machine)->coherent ||
	    !mem_is_uncached(c->mem, a->home))
		return;
	if (a->home == a->view && mem_mismatch(c->mem, a->home, a->len,
	    0) != a->len)
		uncached(c, a->home, 1, a->published, "the host reads, through "
		    "its caches, memory that the driver stored to uncached: it "
		    "sees old bytes");
	else
		uncached(c, a->home, 0, a->published, "the host reads memory "
		    "that the driver stored to through an uncached mapping, "
		    "and the bus is coherent");
}

void
checker_mismatched_load(struct checker *c, uint64_t pa, uint64_t size,
    const void *pc)
{
	(void)size;
	uncached(c, pa, 1, here(c, pc), "the driver loads uncached what the "
	    "host wrote to its caches: it sees old bytes");
}

/*
 * checker_var.h: what the parts of the checker share and nobody else sees:
 *
 *	checker.c		addresses, syncs, rules, consequences
 *	checker_posted.c	whose a buffer is: posted, overlapping, unloaded
 *	checker_left.c		what a driver leaves behind when it goes
 *	checker_publish.c	what avail.idx covers
 *	checker_line.c		neighbours in a cache line, uncached mappings
 *	checker_state.c		what future findings depend on
 */
#ifndef VIOTAPE_CHECKER_VAR_H
#define VIOTAPE_CHECKER_VAR_H

#include <stdarg.h>
#include <stdio.h>

#include "checker.h"

/* Bytes of a chain that the device was given and the CPU may not touch. */
struct posted {
	uint16_t queue;
	uint32_t ordinal;
	uint64_t map;			/* that the device got it by, or 0 */
	uint64_t home, len;
	unsigned bit;			/* MEM_POSTED_R or MEM_POSTED_W */
	enum dma_purpose purpose;	/* PAYLOAD, or a part of the ring */
	int used;			/* the device has given it back */
};

/* Where a device keeps a queue's used index. */
struct used_index {
	uint64_t home;
	uint16_t queue;
	unsigned unsynced;		/* loads since the device wrote it and
					   without a POSTREAD */
	int told;			/* it was seen twice, an old one: told
					   by the finding of this key */
	uint64_t told_key;
	int gave_up;			/* so it was when the device was reset:
					   its memory may be gone since */
	uint8_t guest[2], host[2];	/* then */
};

/* Bytes of a bounce page that no POSTREAD copied and that is unloaded. */
struct lost {
	uint64_t home, len;
};

#define CHECKER_LOST_MAX	64u	/* the latest; a ring */

struct checker {
	struct findings *findings;
	const uint64_t *event;
	struct machine *machine;
	struct mem *mem;
	struct bus_dma *dma;
	struct door *door;
	struct posted *posted;
	size_t nposted, posted_max;
	struct lost lost[CHECKER_LOST_MAX];
	unsigned nlost;			/* ever */
	struct used_index *index;
	size_t nindex;
	struct publish *publish;	/* NULL: no queue was ready yet */
};

/* "a descriptor", by enum dma_purpose. */
extern const char *const checker_purpose_names[DMA_PURPOSES];

static inline callpath_id
here(struct checker *c, const void *pc)
{
	return callpath_here(machine_callpaths(c->machine), pc);
}

static inline struct finding *
found(struct checker *c, const char *id, uint64_t key, int fatal,
    callpath_id where)
{
	int is_new;
	struct finding *f = findings_add(c->findings, id, key, fatal, &is_new);

	if (f == NULL || !is_new)
		return NULL;
	f->where = where;
	f->event = *c->event;
	return f;
}

static inline void
say(char *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to, FINDING_TEXT_MAX, fmt, ap);
	va_end(ap);
}

/* The map that it is about, and the path of who created it. */
static inline void
note_map(struct finding *f, const struct bus_map *map)
{
	finding_note(f, map->created, "the map: %llu bytes by "
	    "bus_dmamap_create", (unsigned long long)map->size);
}

/* 1 on a machine whose devices reach what a map has loaded, and no more. */
static inline int
reaches_loaded_only(const struct checker *c)
{
	return machine_desc_of(c->machine)->bounce ||
	    machine_desc_of(c->machine)->iommu;
}

/* --- checker_posted.c --- */

/* The device keeps its used index there. */
/* The finding of an index that is still seen old, now fatal; or NULL. */
struct finding *checker_used_index_stuck(struct checker *c);
void checker_used_index_note(struct checker *c, const struct machine_dma *a);
/* An access, by its direction and by what else the device has. */
void checker_direction(struct checker *c, const struct machine_dma *a);
int checker_is_event(const struct checker *c, uint64_t pa, uint64_t size);
void checker_ring_add(struct checker *c, const struct machine_dma *a);
void checker_overlap(struct checker *c, const struct machine_dma *a);
void checker_posted_add(struct checker *c, const struct machine_dma *a);

/* --- checker_publish.c --- */

/* A device reads an entry, a descriptor or a buffer of a chain. */
void checker_published_read(struct checker *c, const struct machine_dma *a);
void checker_publish_free(struct checker *c);
void checker_publish_state(const struct checker *c, struct state *s);
/* The driver loads the used index of a queue, at home. */
void checker_used_index_seen(struct checker *c, uint16_t queue, uint64_t home);
/* 1 if home is in a used entry that was synced, but before the index. */
int checker_synced_before_index(struct checker *c, uint64_t home);

/* --- checker_order.c --- */

/* A device reads what the CPU has not made visible yet. */
void checker_store_late(struct checker *c, const struct machine_dma *a);

/* --- checker_line.c --- */

/* A device writes: what the driver has stored beside it. */
void checker_line_shared(struct checker *c, const struct machine_dma *a);
/* A device reads what was stored through an uncached mapping. */
void checker_uncached(struct checker *c, const struct machine_dma *a);

/* Whether what the host wrote there went with a bounce page. */
int checker_is_lost(const struct checker *c, uint64_t pa, uint64_t size);

/* Whether a device is known to have this already. */
int checker_holds(const struct checker *c, const struct machine_dma *a);

#endif

/*
 * cache.h: the CPU's cache of one guest page, where devices do not snoop it.
 *
 * Write-back, write-allocate, lines of a fixed size.  A line is absent, clean
 * or dirty.  What a cache may do at any time is a choice between two fates, and
 * unless somebody chooses it does what is worst (rules C1 to C5 of MODEL.md):
 *
 *	C1  a dirty line is written back as late as can be: never by itself,
 *	    but for C3; so a device does not see a store without a sync
 *	C2  an absent line that a device is about to write to is filled first
 *	    (a speculative load); so the CPU does not see the device's bytes
 *	    without a sync
 *	C3  a dirty line that a device has just written to is written back then
 *	    (an eviction); so the device's bytes in it are lost
 *	C4  neighbours share their line's fate
 *	C5  a dirty line that is invalidated is thrown away; so the CPU's bytes
 *	    in it are lost
 *
 * An exploration decides when somebody looks (rule C6): cache_looks() and
 * cache_device_looks() ask then, and what they do not ask for is told.
 */
#ifndef VIOTAPE_CACHE_H
#define VIOTAPE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_PAGE		4096u
#define CACHE_LINE_MIN		16u	/* bytes */
#define CACHE_LINES_MAX		(CACHE_PAGE / CACHE_LINE_MIN)

/* CACHE_EVICTED: clean, or it was written back before its latest stores and is
   dirty; only where it is asked when somebody looks. */
enum cache_line { CACHE_ABSENT, CACHE_CLEAN, CACHE_DIRTY, CACHE_EVICTED };

/* {0} is an empty one: every line absent. */
struct cache_page {
	uint8_t data[CACHE_PAGE];
	uint8_t line[CACHE_LINES_MAX];	/* enum cache_line */
	/*
	 * Kept for rule C6 alone, where the caller has set keeps; else none is
	 * set.  Bits for each byte.  third: since the line and memory last had the
	 * same, one of them had a third value.  mixed: a dirty line has what
	 * memory had before the device wrote there, for it was not filled again
	 * before the CPU stored beside it.
	 */
	int keeps;
	uint8_t third[CACHE_PAGE / 8], mixed[CACHE_PAGE / 8];
};

/* What may happen to a line at any time: the rule's way, or the other one. */
enum cache_fate {
	CACHE_EVICT,		/* dirty, a device reads: stays, or written
				   back before it */
	CACHE_FILL,		/* absent, a device writes: filled before, or not */
	CACHE_OVERWRITE,	/* dirty, a device wrote: written back over it,
				   or stays dirty */
	CACHE_DISCARD,		/* dirty, invalidated: thrown away, or written
				   back over memory, as a hypervisor may do */
	CACHE_FATES
};

/* Who chooses: 0 is the rule's way, 1 the other.  pick NULL: always 0. */
struct cache_chooser {
	int (*pick)(void *self, enum cache_fate fate);
	void *self;
};

/*
 * In all of these ram is the page's memory, line_size the bytes of a line (a
 * power of two from CACHE_LINE_MIN to CACHE_PAGE), and [at, at + n) lies
 * within the page.
 */
/* Line i is absent; or clean with the bytes of memory, which is the same: it may
   go at any time, and who loads it, or writes to it, has what was there. */
int cache_absent(const struct cache_page *c, unsigned line_size,
    const uint8_t *ram, size_t i);
/* A load does not say whether the line stays: C2 fills it where that matters. */
void cache_load(const struct cache_page *c, unsigned line_size,
    const uint8_t *ram, size_t at, void *dst, size_t n);
/* A store past the cache is about to happen: rule C2 for its lines. */
void cache_fill(struct cache_page *c, unsigned line_size, const uint8_t *ram,
    size_t at, size_t n);
void cache_store(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, const void *src, size_t n);
/* A device is about to read: rule C1. */
void cache_device_load(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n, const struct cache_chooser *by);
/* A device writes: rules C2 and C3 around its store.  1: a line was dirty, or
   may have been; so of an invalidation. */
int cache_device_store(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, const void *src, size_t n, const struct cache_chooser *by);
/* Dirty lines go to memory and stay, clean.  1: one had mixed bytes. */
int cache_clean(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n);
/* Lines go: rule C5. */
int cache_invalidate(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n, const struct cache_chooser *by);
/*
 * Rule C6.  The CPU is about to load bytes of which memory has others than a
 * clean line: that stays (0), or went before and is filled again (1), as by
 * answers to CACHE_FILL.  Or a device is about to read what a dirty line has
 * otherwise than memory: by answers to CACHE_EVICT.  Returns an or of these.
 */
#define CACHE_THIRD	1	/* a byte had a third value, of which nobody is
				   asked */
#define CACHE_CHANGED	2	/* a line, or memory */
int cache_looks(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n, const struct cache_chooser *by);
int cache_device_looks(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n, const struct cache_chooser *by);
/* 1 if any line of it is dirty. */
int cache_dirty(const struct cache_page *c, unsigned line_size, size_t at,
    size_t n);

#endif

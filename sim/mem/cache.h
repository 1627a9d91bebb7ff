/*
 * cache.h: the CPU's cache of one guest page, where devices do not snoop it.
 *
 * Write-back, write-allocate, lines of a fixed size.  A line is absent, clean
 * or dirty.  What a cache may do at any time, it does here when that is worst
 * (rules C1 to C4 of MODEL.md):
 *
 *	C1  a dirty line is written back as late as can be: never by itself,
 *	    but for C3; so a device does not see a store without a sync
 *	C2  an absent line that a device is about to write to is filled first
 *	    (a speculative load); so the CPU does not see the device's bytes
 *	    without a sync
 *	C3  a dirty line that a device has just written to is written back then
 *	    (an eviction); so the device's bytes in it are lost
 *	C4  neighbours share their line's fate
 */
#ifndef VIOTAPE_CACHE_H
#define VIOTAPE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_PAGE		4096u
#define CACHE_LINE_MIN		16u	/* bytes */
#define CACHE_LINES_MAX		(CACHE_PAGE / CACHE_LINE_MIN)

enum cache_line { CACHE_ABSENT, CACHE_CLEAN, CACHE_DIRTY };

/* {0} is an empty one: every line absent. */
struct cache_page {
	uint8_t data[CACHE_PAGE];
	uint8_t line[CACHE_LINES_MAX];	/* enum cache_line */
};

/*
 * In all of these ram is the page's memory, line_size the bytes of a line (a
 * power of two from CACHE_LINE_MIN to CACHE_PAGE), and [at, at + n) lies
 * within the page.
 */
void cache_load(struct cache_page *c, unsigned line_size, const uint8_t *ram,
    size_t at, void *dst, size_t n);
void cache_store(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, const void *src, size_t n);
/* A device writes: rules C2 and C3 around its store. */
void cache_device_store(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, const void *src, size_t n);
/* Dirty lines go to memory and stay, clean. */
void cache_clean(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n);
/*
 * Lines go.  Of a dirty one the CPU's bytes are thrown away, or with keep
 * written back over memory's, as a hypervisor may make of an invalidation.
 */
void cache_invalidate(struct cache_page *c, unsigned line_size, uint8_t *ram,
    size_t at, size_t n, int keep);
/* 1 if any line of it is dirty. */
int cache_dirty(const struct cache_page *c, unsigned line_size, size_t at,
    size_t n);

#endif

/*
 * mem_heap.h: which bytes of the kernel heap are live, and a simple allocator.
 *
 * Every allocation is rounded up to 16 bytes and followed by 16 that belong to
 * nobody.  Freed memory rests in a queue before it is given out again, so that
 * a use after free is seen; the order of everything is that of the calls.
 */
#ifndef VIOTAPE_MEM_HEAP_H
#define VIOTAPE_MEM_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

struct mem_heap;

struct mem_heap *mem_heap_create(uint64_t base, uint64_t size);
void mem_heap_destroy(struct mem_heap *h);
/* An address, 16-aligned (page-aligned from a page on), or 0: full. */
uint64_t mem_heap_take(struct mem_heap *h, uint64_t size);
/* size is what was taken. */
void mem_heap_give(struct mem_heap *h, uint64_t va, uint64_t size);
/* size bytes, whole pages that were in no use; nothing live. 0: full. */
uint64_t mem_heap_span(struct mem_heap *h, uint64_t size);
/* Makes [va, va + size), from a multiple of 16 on, live; or not any more, the
   same as was made live together. */
void mem_heap_mark(struct mem_heap *h, uint64_t va, uint64_t size, int live);
/* -1: all of it live; 0: not live at its start; 1: runs past a live end. */
int mem_heap_check(const struct mem_heap *h, uint64_t va, uint64_t size);

/* Behind the last byte that was ever given. */
uint64_t mem_heap_end(const struct mem_heap *h);
/* What is live and where the next allocations will lie. */
void mem_heap_state(const struct mem_heap *h, struct state *s);

#endif

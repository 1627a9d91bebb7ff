/* mem.c: what memory there is: physical pages, the window, the heap. */
#include "mem_var.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"
#include "snapshot.h"

uint64_t
mem_base(void)
{
	return MEM_WINDOW_BASE;
}

/* Rule M1: one RAM, in pages of MEM_PAGE. */
struct mem *
mem_create(const struct mem_config *config, struct error *err)
{
	struct mem *m;

	CHECK(config->ram_base % MEM_PAGE == 0);
	CHECK(config->ram_size % MEM_PAGE == 0 && config->ram_size != 0);
	if (host_map_fixed((void *)(uintptr_t)MEM_WINDOW_BASE,
	    MEM_WINDOW_SIZE, err) != 0)
		return NULL;
	m = check_calloc(1, sizeof *m);
	if (config->events != NULL)
		m->events = *config->events;
	m->self = config->self;
	m->activity = &m->no_activity;
	m->ram_base = config->ram_base;
	m->ram_size = config->ram_size;
	m->npages = m->ram_size / MEM_PAGE;
	m->line_size = config->line_size;
	m->line = m->line_size != 0 ? m->line_size : MEM_LINE;
	m->mismatched = config->mismatched;
	CHECK(m->line_size == 0 || (m->line_size >= CACHE_LINE_MIN &&
	    m->line_size <= MEM_PAGE && MEM_PAGE % m->line_size == 0));
	m->ram = config->ram;
	if (m->ram == NULL) {
		m->ram = host_map(m->ram_size, err);
		m->ram_is_ours = 1;
	}
	if (m->ram == NULL) {
		host_unmap((void *)(uintptr_t)MEM_WINDOW_BASE, MEM_WINDOW_SIZE);
		check_free(m);
		return NULL;
	}
	snapshot_track_new((void *)(uintptr_t)MEM_WINDOW_BASE,
	    MEM_WINDOW_SIZE, 0);
	if (m->ram_is_ours)
		snapshot_track_new(m->ram, m->ram_size, 0);
	else
		snapshot_track(m->ram, m->ram_size);
	m->pages = check_calloc(m->npages, sizeof *m->pages);
	m->va_page = check_calloc(MEM_WINDOW_SIZE / MEM_PAGE,
	    sizeof *m->va_page);
	m->va_flags = check_malloc(MEM_WINDOW_SIZE / MEM_PAGE);
	memset(m->va_flags, MEM_VA_HOLE, MEM_WINDOW_SIZE / MEM_PAGE);
	m->heap = mem_heap_create(MEM_WINDOW_BASE + MEM_HEAP_OFFSET,
	    MEM_HEAP_SIZE);
	return m;
}

void
mem_destroy(struct mem *m)
{
	if (m == NULL)
		return;
	for (uint64_t i = 0; i < m->made_end; i++) {
		check_free(m->pages[i].shadow);
		check_free(m->pages[i].cache);
		check_free(m->pages[i].behind);
	}
	mem_heap_destroy(m->heap);
	order_destroy(m->order);
	race_destroy(m->race);
	between_destroy(m->between);
	overtaken_destroy(m->overtaken);
	check_free(m->copies);
	snapshot_untrack((void *)(uintptr_t)MEM_WINDOW_BASE);
	snapshot_untrack(m->ram);
	host_unmap((void *)(uintptr_t)MEM_WINDOW_BASE, MEM_WINDOW_SIZE);
	if (m->ram_is_ours)
		host_unmap(m->ram, m->ram_size);
	check_free(m->stale);
	check_free(m->pages);
	check_free(m->va_page);
	check_free(m->va_flags);
	check_free(m);
}

void
mem_soon(struct mem *m, uint64_t pa, size_t size)
{
	CHECK(is_ram(m, pa, size));
	if (host_page_size() == MEM_PAGE)
		host_soon(page_ram(m, pa), size);
}

void
mem_activity_set(struct mem *m, struct mem_activity *activity)
{
	m->activity = activity != NULL ? activity : &m->no_activity;
}

const uint8_t *
mem_page_flags(const struct mem *m)
{
	return m->va_flags;
}

uint64_t
mem_store_count(const struct mem *m)
{
	return m->stores;
}

uint64_t
mem_work(const struct mem *m)
{
	return m->stores + m->moved / 64;
}

void
mem_watch_stores(struct mem *m, const uint64_t *seqs, size_t n)
{
	m->watch = seqs;
	m->nwatch = n;
}

void
mem_asks(struct mem *m, struct page *p)
{
	uint32_t page = (uint32_t)(p - m->pages) + 1;
	uint32_t i = p->several_vas ? 0 : p->va;
	uint32_t end = p->several_vas ? MEM_WINDOW_SIZE / MEM_PAGE : p->va + 1;

	p->asks = 1;
	for (; i < end; i++)
		if (m->va_page[i] == page)
			m->va_flags[i] |= MEM_VA_ASKS;
}

void
mem_watch_range(struct mem *m, uint64_t pa, unsigned len, uint64_t id)
{
	struct range *r = m->ranges;

	if (!is_ram(m, pa, len) || in_page(pa, len) != len)
		return;
	while (r < m->ranges + m->nranges && r->id != id)
		r++;
	if (r == m->ranges + MEM_RANGES_MAX)
		return;
	if (r == m->ranges + m->nranges)
		m->nranges++;
	*r = (struct range){ pa, id, len };
	page_of(m, pa)->watched = 1;
	page_asks(m, pa);
}

void
mem_unwatch_ranges(struct mem *m)
{
	for (size_t i = 0; i < m->nranges; i++)
		page_of(m, m->ranges[i].pa)->watched = 0;
	m->nranges = 0;
}

/* --- physical memory --- */

uint64_t
mem_ram_base(const struct mem *m)
{
	return m->ram_base;
}

uint64_t
mem_ram_size(const struct mem *m)
{
	return m->ram_size;
}

int
mem_is_ram(const struct mem *m, uint64_t pa, uint64_t size)
{
	return is_ram(m, pa, size);
}

int
mem_page_is_allocated(const struct mem *m, uint64_t pa)
{
	return mem_is_ram(m, pa, 1) && page_of(m, pa)->allocated;
}

/* 0 if [pa, pa + n pages) is free, else where to look next. */
static uint64_t
pages_busy(const struct mem *m, uint64_t pa, uint64_t n)
{
	uint64_t first = (pa - m->ram_base) / MEM_PAGE;

	for (uint64_t i = 0; i < n; i++)
		if (m->pages[first + i].allocated)
			return pa + (i + 1) * MEM_PAGE;
	return 0;
}

/* The bottom of memory fills up and stays so: it is looked through once. */
static void
pages_full_advance(struct mem *m)
{
	while (m->full < m->npages && m->pages[m->full].allocated)
		m->full++;
}

uint64_t
mem_pages_alloc(struct mem *m, uint64_t n, uint64_t align, uint64_t boundary,
    uint64_t low, uint64_t high)
{
	uint64_t size = n * MEM_PAGE, end = m->ram_base + m->ram_size;
	uint64_t pa, next;

	CHECK(align >= MEM_PAGE && (align & (align - 1)) == 0 && n > 0);
	if (high != UINT64_MAX && high + 1 < end)
		end = high + 1;
	pages_full_advance(m);
	pa = m->ram_base + m->full * MEM_PAGE;
	if (pa < low)
		pa = low;
	for (;;) {
		pa = (pa + align - 1) & ~(align - 1);
		if (pa >= end || size > end - pa)
			return MEM_NOWHERE;
		if (boundary != 0 &&
		    pa / boundary != (pa + size - 1) / boundary) {
			if (size > boundary)
				return MEM_NOWHERE;
			pa = (pa / boundary + 1) * boundary;
			continue;
		}
		next = pages_busy(m, pa, n);
		if (next == 0)
			break;
		pa = next;
	}
	for (uint64_t i = 0; i < n; i++) {
		struct page *p = page_touch(m, pa + i * MEM_PAGE);

		p->allocated = 1;
		if (p->used && p->shadow != NULL) {
			/* Its lines stay: who had it before may have left
			   dirty ones (rule M7). */
			check_free(p->shadow);
			check_free(p->behind);
			p->shadow = NULL;
			p->behind = NULL;
		}
		if (!p->used)
			page_stale(m, p);	/* a state has it from now on */
		p->used = 1;
		p->uncached = 0;
	}
	return pa;
}

void
mem_pages_free(struct mem *m, uint64_t pa, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct page *p = page_touch(m, pa + i * MEM_PAGE);

		CHECK(p->allocated);
		p->allocated = 0;
	}
	if ((pa - m->ram_base) / MEM_PAGE < m->full)
		m->full = (pa - m->ram_base) / MEM_PAGE;
}

/* --- the window --- */

int
mem_va_inside(uint64_t va, uint64_t size)
{
	return va_inside(va, size);
}

uint64_t
mem_va_alloc(struct mem *m, uint64_t n)
{
	uint64_t size = (n + 1) * MEM_PAGE;	/* a hole after each */
	uint64_t va;

	if (size > MEM_DMA_SIZE - m->dma_next)
		return 0;
	va = MEM_WINDOW_BASE + MEM_DMA_OFFSET + m->dma_next;
	m->dma_next += size;
	return va;
}

/* Rule T3: from now on there are two of it, the same so far. */
static void
uncached_map(struct mem *m, uint64_t pa)
{
	struct page *p = page_touch(m, pa);

	p->uncached = 1;
	if (!m->mismatched || p->behind != NULL)
		return;
	page_made(m, p);
	p->behind = check_calloc(1, sizeof *p->behind);
	memcpy(p->behind->data, page_ram(m, pa), MEM_PAGE);
}

/* Who maps the page, for mem_asks(). */
static void
va_note(struct mem *m, struct page *p, uint32_t i)
{
	p->several_vas |= p->is_mapped && p->va != i;
	p->is_mapped = 1;
	p->va = i;
	if (p->asks)
		m->va_flags[i] |= MEM_VA_ASKS;
}

void
mem_va_map(struct mem *m, uint64_t va, uint64_t pa, unsigned flags)
{
	uint64_t i = va_index(va);

	CHECK(va % MEM_PAGE == 0);
	mem_va_note(m, i);
	m->va_flags[i] = (uint8_t)flags;
	m->va_page[i] = MEM_NO_PAGE;
	if ((flags & (MEM_VA_LOST | MEM_VA_ABORT)) == 0) {
		m->va_page[i] = (uint32_t)((pa - m->ram_base) / MEM_PAGE) + 1;
		if ((flags & MEM_VA_TRACKED) != 0)
			(void)shadow_make(m, pa);
		va_note(m, page_of(m, pa), (uint32_t)i);
		if ((flags & MEM_VA_UNCACHED) != 0) {
			m->had_uncached = 1;
			uncached_map(m, pa);
		}
	}
	mem_va_note(m, i);
}

int
mem_had_uncached(const struct mem *m)
{
	return m->had_uncached;
}

void
mem_va_unmap(struct mem *m, uint64_t va)
{
	uint64_t i = va_index(va);

	mem_settle(m);
	mem_va_note(m, i);
	m->va_flags[i] = MEM_VA_HOLE;
	m->va_page[i] = MEM_NO_PAGE;
	mem_va_note(m, i);
}

unsigned
mem_va_flags(const struct mem *m, uint64_t va)
{
	return mem_va_inside(va, 1) ? m->va_flags[va_index(va)] : MEM_VA_HOLE;
}

uint64_t
mem_va_to_pa(const struct mem *m, uint64_t va)
{
	return va_to_pa(m, va);
}

/* --- the heap --- */

/* In pages that a device may see these bytes are stores like others. */
static void
heap_fill(struct mem *m, uint64_t va, uint64_t size, uint8_t byte,
    uint64_t writer)
{
	memset((void *)(uintptr_t)va, byte, size);
	for (uint64_t at = va; at < va + size;) {
		uint64_t n = MEM_PAGE - at % MEM_PAGE;

		if (n > va + size - at)
			n = va + size - at;
		if ((m->va_flags[va_index(at)] & MEM_VA_TRACKED) != 0)
			mem_cpu_store(m, mem_va_to_pa(m, at),
			    (void *)(uintptr_t)at, n, writer);
		at += n;
	}
}

uint64_t
mem_heap_alloc(struct mem *m, uint64_t size)
{
	uint64_t va = mem_heap_take(m->heap, size);

	if (va == 0)
		return 0;
	for (uint64_t p = va / MEM_PAGE * MEM_PAGE; p < va + size;
	    p += MEM_PAGE) {
		uint64_t i = va_index(p);

		if (m->va_flags[i] == MEM_VA_HOLE) {
			uint64_t pa = mem_pages_alloc(m, 1, MEM_PAGE, 0,
			    m->heap_floor, UINT64_MAX);

			if (pa == MEM_NOWHERE && m->heap_floor != 0)
				pa = mem_pages_alloc(m, 1, MEM_PAGE, 0, 0,
				    UINT64_MAX);
			if (pa == MEM_NOWHERE) {
				mem_heap_give(m->heap, va, size);
				return 0;
			}
			mem_va_map(m, p, pa, MEM_VA_HEAP);
		}
	}
	heap_fill(m, va, size, 0, MEM_PC_ZEROED);
	return va;
}

int
mem_heap_judged(const struct mem *m, uint64_t va, uint64_t size)
{
	if (size == 0 || !mem_va_inside(va, size) ||
	    va - mem_base() >= MEM_HEAP_SIZE ||
	    size > MEM_HEAP_SIZE - (va - mem_base()))
		return -1;
	return mem_heap_check(m->heap, va, size);
}

void
mem_heap_free(struct mem *m, uint64_t va, uint64_t size)
{
	mem_settle(m);
	heap_fill(m, va, size, MEM_FREED_BYTE, MEM_PC_FREED);
	mem_heap_give(m->heap, va, size);
}

void
mem_heap_floor_set(struct mem *m, uint64_t pa)
{
	m->heap_floor = pa;
}

uint64_t
mem_heap_pages(struct mem *m, uint64_t n)
{
	uint64_t pa = mem_pages_alloc(m, n, MEM_PAGE, 0, 0,
	    m->heap_floor != 0 ? m->heap_floor - 1 : UINT64_MAX);
	uint64_t va;

	if (pa == MEM_NOWHERE)
		return 0;
	va = mem_heap_span(m->heap, n * MEM_PAGE);
	if (va == 0) {
		mem_pages_free(m, pa, n);
		return 0;
	}
	for (uint64_t at = 0; at < n * MEM_PAGE; at += MEM_PAGE)
		mem_va_map(m, va + at, pa + at, MEM_VA_HEAP);
	heap_fill(m, va, n * MEM_PAGE, MEM_FREED_BYTE, MEM_PC_FREED);
	return va;
}

void
mem_heap_live(struct mem *m, uint64_t va, uint64_t size, int live)
{
	mem_settle(m);
	mem_heap_mark(m->heap, va, size, live);
	if (!live)
		heap_fill(m, va, size, MEM_FREED_BYTE, MEM_PC_FREED);
}

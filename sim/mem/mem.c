/* mem.c: physical pages, the window, and the path of a load and a store. */
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "check.h"
#include "host.h"
#include "mem_heap.h"
#include "order.h"

/* Above ASan's shadow on x86-64 and arm64, below 2^47. */
#define MEM_WINDOW_BASE	UINT64_C(0x300000000000)
#define MEM_NO_PAGE	UINT32_MAX
#define MEM_GRAIN	4u		/* bytes that share one writer */
#define PENDING_MAX	64u		/* pages of one store */

struct page_shadow {
	uint8_t byte[MEM_PAGE];
	struct mem_writer writer[MEM_PAGE / MEM_GRAIN];
};

struct page {
	uint8_t allocated;
	uint8_t used;			/* was allocated once in this run */
	struct page_shadow *shadow;	/* NULL: not tracked */
	struct cache_page *cache;	/* of a tracked page, if not snooped */
};

struct pending {
	uint64_t va, pa;
	size_t size;
	const void *pc;
	uint64_t seq;
};

struct mem {
	struct mem_events events;
	void *self;
	uint8_t *ram;
	int ram_is_ours;
	unsigned line_size;		/* 0: devices snoop */
	uint64_t ram_base, ram_size;
	struct page *pages;		/* one a page of RAM */
	uint64_t npages;
	uint32_t *va_page;		/* page number, one a page of the window */
	uint8_t *va_flags;
	uint64_t dma_next;		/* bytes of the DMA part handed out */
	struct mem_heap *heap;
	struct order order;
	struct mem_activity *activity, no_activity;
	/* The pending store: its part in each page that it touches. */
	struct pending pending[PENDING_MAX];
	unsigned npending;
	uint64_t stores;
	const uint64_t *watch;
	size_t nwatch;
};

uint64_t
mem_base(void)
{
	return MEM_WINDOW_BASE;
}

static uint64_t
va_index(uint64_t va)
{
	CHECK(va >= MEM_WINDOW_BASE && va - MEM_WINDOW_BASE < MEM_WINDOW_SIZE);
	return (va - MEM_WINDOW_BASE) / MEM_PAGE;
}

static struct page *
page_of(const struct mem *m, uint64_t pa)
{
	CHECK(pa >= m->ram_base && pa - m->ram_base < m->ram_size);
	return &m->pages[(pa - m->ram_base) / MEM_PAGE];
}

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
	CHECK(m->line_size == 0 || (m->line_size >= CACHE_LINE_MIN &&
	    m->line_size <= MEM_PAGE && MEM_PAGE % m->line_size == 0));
	m->ram = config->ram;
	if (m->ram == NULL) {
		m->ram = host_map(m->ram_size, err);
		m->ram_is_ours = 1;
	}
	if (m->ram == NULL) {
		host_unmap((void *)(uintptr_t)MEM_WINDOW_BASE, MEM_WINDOW_SIZE);
		free(m);
		return NULL;
	}
	m->pages = check_calloc(m->npages, sizeof *m->pages);
	m->va_page = check_malloc(MEM_WINDOW_SIZE / MEM_PAGE *
	    sizeof *m->va_page);
	memset(m->va_page, 0xff, MEM_WINDOW_SIZE / MEM_PAGE *
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
	for (uint64_t i = 0; i < m->npages; i++) {
		free(m->pages[i].shadow);
		free(m->pages[i].cache);
	}
	mem_heap_destroy(m->heap);
	host_unmap((void *)(uintptr_t)MEM_WINDOW_BASE, MEM_WINDOW_SIZE);
	if (m->ram_is_ours)
		host_unmap(m->ram, m->ram_size);
	free(m->pages);
	free(m->va_page);
	free(m->va_flags);
	free(m);
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

void
mem_watch_stores(struct mem *m, const uint64_t *seqs, size_t n)
{
	m->watch = seqs;
	m->nwatch = n;
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
	return pa >= m->ram_base && pa - m->ram_base < m->ram_size &&
	    size <= m->ram_size - (pa - m->ram_base);
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

uint64_t
mem_pages_alloc(struct mem *m, uint64_t n, uint64_t align, uint64_t boundary,
    uint64_t low, uint64_t high)
{
	uint64_t size = n * MEM_PAGE, end = m->ram_base + m->ram_size;
	uint64_t pa, next;

	CHECK(align >= MEM_PAGE && (align & (align - 1)) == 0 && n > 0);
	if (high != UINT64_MAX && high + 1 < end)
		end = high + 1;
	pa = low > m->ram_base ? low : m->ram_base;
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
		struct page *p = page_of(m, pa + i * MEM_PAGE);

		p->allocated = 1;
		if (p->used && p->shadow != NULL) {
			free(p->shadow);
			free(p->cache);
			p->shadow = NULL;
			p->cache = NULL;
		}
		p->used = 1;
	}
	return pa;
}

void
mem_pages_free(struct mem *m, uint64_t pa, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct page *p = page_of(m, pa + i * MEM_PAGE);

		CHECK(p->allocated);
		p->allocated = 0;
	}
}

/* --- the window --- */

int
mem_va_inside(uint64_t va, uint64_t size)
{
	return va >= MEM_WINDOW_BASE && va - MEM_WINDOW_BASE < MEM_WINDOW_SIZE &&
	    size <= MEM_WINDOW_SIZE - (va - MEM_WINDOW_BASE);
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

static struct page_shadow *
shadow_make(struct mem *m, uint64_t pa)
{
	struct page *p = page_of(m, pa);

	if (p->shadow == NULL)
		p->shadow = check_calloc(1, sizeof *p->shadow);
	if (p->cache == NULL && m->line_size != 0)
		p->cache = check_calloc(1, sizeof *p->cache);
	return p->shadow;
}

void
mem_va_map(struct mem *m, uint64_t va, uint64_t pa, unsigned flags)
{
	uint64_t i = va_index(va);

	CHECK(va % MEM_PAGE == 0);
	m->va_flags[i] = (uint8_t)flags;
	m->va_page[i] = MEM_NO_PAGE;
	if ((flags & (MEM_VA_LOST | MEM_VA_ABORT)) == 0) {
		m->va_page[i] = (uint32_t)((pa - m->ram_base) / MEM_PAGE);
		if ((flags & MEM_VA_TRACKED) != 0)
			(void)shadow_make(m, pa);
	}
}

void
mem_va_unmap(struct mem *m, uint64_t va)
{
	uint64_t i = va_index(va);

	mem_settle(m);
	m->va_flags[i] = MEM_VA_HOLE;
	m->va_page[i] = MEM_NO_PAGE;
}

unsigned
mem_va_flags(const struct mem *m, uint64_t va)
{
	return mem_va_inside(va, 1) ? m->va_flags[va_index(va)] : MEM_VA_HOLE;
}

uint64_t
mem_va_to_pa(const struct mem *m, uint64_t va)
{
	uint64_t i;

	if (!mem_va_inside(va, 1))
		return MEM_NOWHERE;
	i = va_index(va);
	if (m->va_page[i] == MEM_NO_PAGE)
		return MEM_NOWHERE;
	return m->ram_base + (uint64_t)m->va_page[i] * MEM_PAGE + va % MEM_PAGE;
}

/* --- the heap --- */

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
			uint64_t pa = mem_pages_alloc(m, 1, MEM_PAGE, 0, 0,
			    UINT64_MAX);

			if (pa == MEM_NOWHERE) {
				mem_heap_give(m->heap, va, size);
				return 0;
			}
			mem_va_map(m, p, pa, MEM_VA_HEAP);
		}
	}
	memset((void *)(uintptr_t)va, 0, size);
	/* In pages that a device may see, the zeroes are stores too. */
	for (uint64_t at = va; at < va + size;) {
		uint64_t n = MEM_PAGE - at % MEM_PAGE;

		if (n > va + size - at)
			n = va + size - at;
		if ((m->va_flags[va_index(at)] & MEM_VA_TRACKED) != 0)
			mem_cpu_store(m, mem_va_to_pa(m, at),
			    (void *)(uintptr_t)at, n, MEM_PC_ZEROED);
		at += n;
	}
	return va;
}

void
mem_heap_free(struct mem *m, uint64_t va, uint64_t size)
{
	mem_settle(m);
	mem_heap_give(m->heap, va, size);
}

/* --- views --- */

void
mem_track(struct mem *m, uint64_t va)
{
	uint64_t i = va_index(va), pa;

	mem_settle(m);
	if ((m->va_flags[i] & MEM_VA_TRACKED) != 0 ||
	    m->va_page[i] == MEM_NO_PAGE)
		return;
	va -= va % MEM_PAGE;
	pa = mem_va_to_pa(m, va);
	m->va_flags[i] |= MEM_VA_TRACKED;
	(void)shadow_make(m, pa);
	mem_cpu_store(m, pa, (void *)(uintptr_t)va, MEM_PAGE, MEM_PC_NONE);
}

/* The memory of the page of pa. */
static uint8_t *
page_ram(const struct mem *m, uint64_t pa)
{
	return m->ram + (pa - m->ram_base) / MEM_PAGE * MEM_PAGE;
}

/* What the CPU sees, within one page. */
static void
view_load(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	struct cache_page *c = m->line_size != 0 ? page_of(m, pa)->cache : NULL;

	if (c != NULL)
		cache_load(c, m->line_size, page_ram(m, pa), pa % MEM_PAGE,
		    dst, size);
	else
		memcpy(dst, m->ram + (pa - m->ram_base), size);
}

/* Bytes of [pa, pa + size) that lie in the first page. */
static size_t
in_page(uint64_t pa, uint64_t size)
{
	uint64_t n = MEM_PAGE - pa % MEM_PAGE;

	return (size_t)(n < size ? n : size);
}

void
mem_cpu_load(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	CHECK(mem_is_ram(m, pa, size));
	while (size > 0) {
		size_t n = in_page(pa, size);

		view_load(m, pa, dst, n);
		dst = (uint8_t *)dst + n;
		pa += n;
		size -= n;
	}
}

unsigned
mem_line_size(const struct mem *m)
{
	return m->line_size;
}

void
mem_lines_clean(struct mem *m, uint64_t pa, uint64_t size)
{
	while (m->line_size != 0 && size > 0) {
		size_t n = in_page(pa, size);

		if (page_of(m, pa)->cache != NULL)
			cache_clean(page_of(m, pa)->cache, m->line_size,
			    page_ram(m, pa), pa % MEM_PAGE, n);
		pa += n;
		size -= n;
	}
}

void
mem_lines_invalidate(struct mem *m, uint64_t pa, uint64_t size, int keep)
{
	while (m->line_size != 0 && size > 0) {
		size_t n = in_page(pa, size);

		if (page_of(m, pa)->cache != NULL)
			cache_invalidate(page_of(m, pa)->cache, m->line_size,
			    page_ram(m, pa), pa % MEM_PAGE, n, keep);
		pa += n;
		size -= n;
	}
}

int
mem_lines_dirty(struct mem *m, uint64_t pa, uint64_t size)
{
	while (m->line_size != 0 && size > 0) {
		size_t n = in_page(pa, size);

		if (page_of(m, pa)->cache != NULL && cache_dirty(
		    page_of(m, pa)->cache, m->line_size, pa % MEM_PAGE, n))
			return 1;
		pa += n;
		size -= n;
	}
	return 0;
}

/* The 4 bytes of a pixel, or 8: nearly all stores there are. */
static int
shadow_stored_word(struct mem *m, uint64_t pa, size_t size, uint64_t writer)
{
	struct page_shadow *s = page_of(m, pa)->shadow;
	size_t at = pa % MEM_PAGE;
	uint32_t keep = ~((MEM_DEVICE | MEM_RACY) * UINT32_C(0x01010101));
	uint32_t set = (MEM_STORED | MEM_UNWRITTEN | MEM_UNREAD) *
	    UINT32_C(0x01010101);

	if (s == NULL)
		return 1;
	if (at % 4 != 0 || (size != 4 && size != 8) || at + size > MEM_PAGE)
		return 0;
	for (size_t i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, s->byte + at + i, 4);
		word = (word & keep) | set;
		memcpy(s->byte + at + i, &word, 4);
		s->writer[(at + i) / MEM_GRAIN].pc = writer;
		s->writer[(at + i) / MEM_GRAIN].seq = m->stores;
	}
	return 1;
}

static void
shadow_stored(struct mem *m, uint64_t pa, size_t size, uint64_t writer)
{
	if (shadow_stored_word(m, pa, size, writer))
		return;
	while (size > 0) {
		size_t at = pa % MEM_PAGE, n = MEM_PAGE - at;
		struct page_shadow *s = page_of(m, pa)->shadow;

		if (n > size)
			n = size;
		for (size_t i = at; s != NULL && i < at + n; i++)
			s->byte[i] = (uint8_t)((s->byte[i] &
			    ~(MEM_DEVICE | MEM_RACY)) | MEM_STORED |
			    MEM_UNWRITTEN | MEM_UNREAD);
		for (size_t g = at / MEM_GRAIN; s != NULL &&
		    g <= (at + n - 1) / MEM_GRAIN; g++) {
			s->writer[g].pc = writer;
			s->writer[g].seq = m->stores;
		}
		pa += n;
		size -= n;
	}
}

static void
mem_visible(void *self, uint64_t pa, const uint8_t *bytes, size_t size)
{
	struct mem *m = self;

	if (m->line_size == 0) {
		memcpy(m->ram + (pa - m->ram_base), bytes, size);
		return;
	}
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct cache_page *c = page_of(m, pa)->cache;

		if (c != NULL)
			cache_store(c, m->line_size, page_ram(m, pa),
			    pa % MEM_PAGE, bytes, n);
		else
			memcpy(m->ram + (pa - m->ram_base), bytes, n);
		bytes += n;
		pa += n;
		size -= n;
	}
}

void
mem_cpu_store(struct mem *m, uint64_t pa, const void *src, size_t size,
    uint64_t writer)
{
	CHECK(mem_is_ram(m, pa, size));
	m->stores++;
	if (writer != MEM_PC_COPY)
		shadow_stored(m, pa, size, writer);
	order_store(&m->order, pa, src, size, mem_visible, m);
}

void
mem_device_load(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	mem_settle(m);
	CHECK(mem_is_ram(m, pa, size));
	memcpy(dst, m->ram + (pa - m->ram_base), size);
}

void
mem_device_store(struct mem *m, uint64_t pa, const void *src, size_t size)
{
	const uint8_t *bytes = src;

	mem_settle(m);
	CHECK(mem_is_ram(m, pa, size));
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct cache_page *c = page_of(m, pa)->cache;

		if (c != NULL)
			cache_device_store(c, m->line_size, page_ram(m, pa),
			    pa % MEM_PAGE, bytes, n);
		else
			memcpy(m->ram + (pa - m->ram_base), bytes, n);
		bytes += n;
		pa += n;
		size -= n;
	}
}

/* --- shadow --- */

uint8_t *
mem_shadow(struct mem *m, uint64_t pa)
{
	struct page_shadow *s;

	if (!mem_is_ram(m, pa, 1))
		return NULL;
	s = page_of(m, pa)->shadow;
	return s != NULL ? s->byte + pa % MEM_PAGE : NULL;
}

static void
shadow_bytes_set(uint8_t *s, uint64_t n, unsigned set, unsigned clear)
{
	uint64_t keep = ~(clear * UINT64_C(0x0101010101010101));
	uint64_t more = set * UINT64_C(0x0101010101010101), i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t word;

		memcpy(&word, s + i, 8);
		word = (word & keep) | more;
		memcpy(s + i, &word, 8);
	}
	for (; i < n; i++)
		s[i] = (uint8_t)((s[i] & ~clear) | set);
}

void
mem_shadow_set(struct mem *m, uint64_t pa, uint64_t size, unsigned set,
    unsigned clear)
{
	while (size > 0) {
		uint64_t n = MEM_PAGE - pa % MEM_PAGE;
		uint8_t *s = mem_shadow(m, pa);

		if (n > size)
			n = size;
		if (s != NULL)
			shadow_bytes_set(s, n, set, clear);
		pa += n;
		size -= n;
	}
}

int
mem_shadow_any(struct mem *m, uint64_t pa, uint64_t size, unsigned bits)
{
	uint64_t mask = bits * UINT64_C(0x0101010101010101);

	if (size == 4 && pa % 4 == 0) {
		const uint8_t *s = mem_shadow(m, pa);
		uint32_t word = 0;

		if (s != NULL)
			memcpy(&word, s, 4);
		return (word & (uint32_t)mask) != 0;
	}
	while (size > 0) {
		uint64_t n = MEM_PAGE - pa % MEM_PAGE, i = 0;
		const uint8_t *s = mem_shadow(m, pa);

		if (n > size)
			n = size;
		for (; s != NULL && i + 8 <= n; i += 8) {
			uint64_t word;

			memcpy(&word, s + i, 8);
			if ((word & mask) != 0)
				return 1;
		}
		for (; s != NULL && i < n; i++)
			if ((s[i] & bits) != 0)
				return 1;
		pa += n;
		size -= n;
	}
	return 0;
}

struct mem_writer
mem_last_writer(struct mem *m, uint64_t pa)
{
	static const struct mem_writer none;
	const struct page_shadow *s;

	if (!mem_is_ram(m, pa, 1))
		return none;
	s = page_of(m, pa)->shadow;
	return s != NULL ? s->writer[pa % MEM_PAGE / MEM_GRAIN] : none;
}

/* --- the path of an access --- */

/*
 * The way of nearly all stores there are: 4 or 8 bytes of a tracked page where
 * devices snoop, aligned, nobody watching.  It does what access_write and
 * mem_settle do, without a question more than needed; 0: it is another store.
 */
static int
quick_write(struct mem *m, uint64_t va, size_t size, const void *pc)
{
	uint32_t number = m->va_page[(va - MEM_WINDOW_BASE) / MEM_PAGE];
	struct page_shadow *s = m->pages[number].shadow;
	struct pending *p = &m->pending[0];
	size_t at = va % MEM_PAGE;
	uint32_t posted, more = 0;

	memcpy(&posted, s->byte + at, 4);
	if (size == 8)
		memcpy(&more, s->byte + at + 4, 4);
	if (((posted | more) & (MEM_POSTED_R | MEM_POSTED_W) *
	    UINT32_C(0x01010101)) != 0)
		return 0;
	mem_settle(m);
	p->va = va;
	p->pa = m->ram_base + (uint64_t)number * MEM_PAGE + at;
	p->size = size;
	p->pc = pc;
	p->seq = ++m->stores;
	m->npending = 1;
	memcpy((void *)(uintptr_t)va, m->ram + (p->pa - m->ram_base), size);
	return 1;
}

/* The same for settling it. */
static int
quick_settle(struct mem *m)
{
	const struct pending *p = &m->pending[0];
	uint64_t seq = m->stores;
	int quick;

	if (m->npending != 1 || m->line_size != 0)
		return 0;
	m->stores = p->seq;
	quick = shadow_stored_word(m, p->pa, p->size,
	    (uint64_t)(uintptr_t)p->pc);
	m->stores = seq;
	if (!quick)
		return 0;
	m->npending = 0;
	order_store(&m->order, p->pa, (const uint8_t *)(uintptr_t)p->va,
	    p->size, mem_visible, m);
	return 1;
}

/*
 * The pending store has happened: into the order model.  Its place was checked
 * when it was hooked.
 */
void
mem_settle(struct mem *m)
{
	uint64_t seq = m->stores;
	unsigned n = m->npending;

	if (n == 0 || quick_settle(m))
		return;
	m->npending = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct pending *p = &m->pending[i];

		m->stores = p->seq;
		shadow_stored(m, p->pa, p->size, (uint64_t)(uintptr_t)p->pc);
		m->stores = seq;
		order_store(&m->order, p->pa,
		    (const uint8_t *)(uintptr_t)p->va, p->size, mem_visible, m);
	}
}

static void
access_write(struct mem *m, uint64_t va, size_t size, const void *pc)
{
	uint64_t pa = mem_va_to_pa(m, va);
	struct pending *p;

	if (mem_shadow_any(m, pa, size, MEM_POSTED_R | MEM_POSTED_W) &&
	    m->events.posted_access != NULL)
		m->events.posted_access(m->self, pa, size, MEM_WRITE, pc);
	view_load(m, pa, (void *)(uintptr_t)va, size);
	CHECK(m->npending < PENDING_MAX);
	p = &m->pending[m->npending++];
	p->va = va;
	p->pa = pa;
	p->size = size;
	p->pc = pc;
	p->seq = ++m->stores;
	while (m->nwatch != 0 && *m->watch < m->stores)
		m->watch++, m->nwatch--;
	if (m->nwatch != 0 && *m->watch == m->stores &&
	    m->events.watched_store != NULL)
		m->events.watched_store(m->self, m->stores, pc);
}

/* Whether the bytes at the KVA are no longer what the write hook left there. */
static int
pending_has_happened(struct mem *m)
{
	uint8_t view[MEM_PAGE];

	for (unsigned i = 0; i < m->npending; i++) {
		const struct pending *p = &m->pending[i];

		view_load(m, p->pa, view, p->size);
		if (memcmp((void *)(uintptr_t)p->va, view, p->size) != 0)
			return 1;
	}
	return 0;
}

static void
access_read(struct mem *m, uint64_t va, size_t size, const void *pc)
{
	uint64_t pa = mem_va_to_pa(m, va);

	if (m->npending != 0 && pending_has_happened(m))
		mem_settle(m);
	if (mem_shadow_any(m, pa, size, MEM_USED_INDEX) &&
	    m->events.used_index_load != NULL)
		m->events.used_index_load(m->self, pa, pc);
	if (mem_shadow_any(m, pa, size, MEM_DEVICE | MEM_POSTED_W)) {
		if (mem_shadow_any(m, pa, size, MEM_POSTED_W) &&
		    m->events.posted_access != NULL)
			m->events.posted_access(m->self, pa, size, MEM_READ,
			    pc);
		if (m->events.stale_load != NULL)
			m->events.stale_load(m->self, pa, size, pc);
	}
	mem_cpu_load(m, pa, (void *)(uintptr_t)va, size);
}

static void
access_page(struct mem *m, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	unsigned flags = m->va_flags[va_index(va)];

	if ((flags & MEM_VA_HEAP) != 0) {
		int bad = mem_heap_check(m->heap, va, size);

		if (bad >= 0 && m->events.bad_access != NULL)
			m->events.bad_access(m->self, bad == 0 ?
			    MEM_BAD_FREED : MEM_BAD_BEYOND, va, size, kind, pc);
	}
	if ((flags & MEM_VA_TRACKED) != 0) {
		if ((kind & MEM_WRITE) != 0)
			access_write(m, va, size, pc);
		else
			access_read(m, va, size, pc);
	} else if ((flags & MEM_VA_LOST) != 0) {
		if ((kind & MEM_WRITE) == 0)
			memset((void *)(uintptr_t)va, 0xff, size);
	} else if ((flags & (MEM_VA_ABORT | MEM_VA_HOLE)) != 0) {
		if (m->events.bad_access != NULL)
			m->events.bad_access(m->self,
			    (flags & MEM_VA_ABORT) != 0 ? MEM_BAD_ABORT :
			    MEM_BAD_HOLE, va, size, kind, pc);
	}
}

void
mem_access(struct mem *m, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	struct mem_activity *activity = m->activity;

	if ((kind & MEM_WRITE) != 0) {
		activity->idle = 0;
		activity->stored = 1;
		if ((size == 4 || size == 8) && va % size == 0 &&
		    m->line_size == 0 && m->nwatch == 0 &&
		    mem_va_inside(va, size) &&
		    m->va_flags[va_index(va)] == MEM_VA_TRACKED &&
		    quick_write(m, va, size, pc))
			return;
		mem_settle(m);
	} else if (++activity->idle >= activity->limit &&
	    activity->limit != 0 && m->events.activity != NULL) {
		m->events.activity(m->self);
	}
	if (size <= MEM_PAGE - va % MEM_PAGE) {
		access_page(m, va, size, kind, pc);
		return;
	}
	while (size > 0) {
		size_t n = MEM_PAGE - va % MEM_PAGE;

		if (n > size)
			n = size;
		if (!mem_va_inside(va, 1))
			return;
		access_page(m, va, n, kind, pc);
		va += n;
		size -= n;
	}
}

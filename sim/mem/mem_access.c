/*
 * mem_access.c: what happens to memory: the path of a load and a store, the two
 * views, the shadow.
 */
#include "mem_var.h"

#include <string.h>

/* --- views --- */

/* Rule M3: what a page holds when a device may come to see it was stored. */
void
mem_track(struct mem *m, uint64_t va)
{
	uint64_t i = va_index(va), pa;

	mem_settle(m);
	if ((m->va_flags[i] & MEM_VA_TRACKED) != 0 ||
	    m->va_page[i] == MEM_NO_PAGE)
		return;
	va -= va % MEM_PAGE;
	pa = va_to_pa(m, va);
	mem_va_note(m, i);
	m->va_flags[i] |= MEM_VA_TRACKED;
	mem_va_note(m, i);
	(void)shadow_make(m, pa);
	mem_cpu_store(m, pa, (void *)(uintptr_t)va, MEM_PAGE, MEM_PC_NONE);
}

/*
 * What the CPU sees, within one page.  Uncached it looks past its cache (rule
 * T2), and behind the host's caches where attributes mismatch (rule T3).
 */
static void
view_load(struct mem *m, uint64_t pa, void *dst, size_t size, int uncached)
{
	const struct page *p = page_of(m, pa);

	if (uncached && p->behind != NULL)
		memcpy(dst, p->behind->data + pa % MEM_PAGE, size);
	else if (m->line_size != 0 && p->cache != NULL && !uncached)
		cache_load(p->cache, m->line_size, page_ram(m, pa),
		    pa % MEM_PAGE, dst, size);
	else
		memcpy(dst, m->ram + (pa - m->ram_base), size);
}

/* The same with the stores that are still in the CPU's buffer (rule O3). */
void
mem_see(struct mem *m, uint64_t pa, void *dst, size_t size, int uncached)
{
	view_load(m, pa, dst, size, uncached);
	if (m->order != NULL)
		order_forward(m->order, m->cpu, pa, dst, size);
}

/* By one of these two, over as many pages as it takes. */
static void
pages_load(struct mem *m, uint64_t pa, void *dst, size_t size,
    void (*load)(struct mem *, uint64_t, void *, size_t, int))
{
	CHECK(is_ram(m, pa, size));
	while (size > 0) {
		size_t n = in_page(pa, size);

		load(m, pa, dst, n, page_of(m, pa)->uncached);
		dst = (uint8_t *)dst + n;
		pa += n;
		size -= n;
	}
}

void
mem_past_buffer(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	pages_load(m, pa, dst, size, view_load);
}

void
mem_cpu_load(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	pages_load(m, pa, dst, size, mem_see);
}

int
mem_is_uncached(const struct mem *m, uint64_t pa)
{
	return is_ram(m, pa, 1) && page_of(m, pa)->uncached;
}

uint64_t
mem_mismatch(const struct mem *m, uint64_t pa, uint64_t size, int device)
{
	for (uint64_t at = 0; at < size;) {
		size_t n = in_page(pa + at, size - at);
		const struct behind *b = page_of(m, pa + at)->behind;
		const uint8_t *ram = m->ram + (pa + at - m->ram_base);
		size_t first = (pa + at) % MEM_PAGE;

		for (size_t i = 0; b != NULL && i < n; i++)
			if (b->data[first + i] != ram[i] &&
			    b->device[first + i] == device)
				return at + i;
		at += n;
	}
	return size;
}

#define PC_MIDDLE	UINT64_C(0x80000000)	/* of a module's, at first */

static struct written
written_now(struct mem *m, uint64_t writer)
{
	struct written w = { (uint32_t)writer, stores_now(m) };

	if (writer <= MEM_PC_COPY)
		return w;
	if (m->pc_base == 0)
		m->pc_base = writer - PC_MIDDLE;
	writer -= m->pc_base;
	/* From far away: somebody stored, and nobody will know who. */
	w.pc = writer > MEM_PC_COPY && writer <= UINT32_MAX ?
	    (uint32_t)writer : MEM_PC_COPY + 1;
	return w;
}

/* The 4 bytes of a pixel, or 8: nearly all stores there are. */
static int
shadow_stored_word(struct mem *m, uint64_t pa, size_t size, uint64_t writer)
{
	struct page_shadow *s = page_touch(m, pa)->shadow;
	size_t at = pa % MEM_PAGE;
	uint32_t keep = ~((MEM_DEVICE | MEM_RACY) * UINT32_C(0x01010101));
	uint32_t set = (MEM_STORED | MEM_UNWRITTEN | MEM_UNREAD) *
	    UINT32_C(0x01010101);
	struct written w;

	if (s == NULL)
		return 1;
	if (at % 4 != 0 || (size != 4 && size != 8) || at + size > MEM_PAGE)
		return 0;
	w = written_now(m, writer);
	s->marks |= MEM_STORED | MEM_UNWRITTEN | MEM_UNREAD;
	for (size_t i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, s->byte + at + i, 4);
		word = (word & keep) | set;
		memcpy(s->byte + at + i, &word, 4);
		s->writer[(at + i) / MEM_GRAIN] = w;
	}
	return 1;
}

/* Rules M5 and M6: the bits of each byte, the writer of each 4. */
static void
shadow_stored(struct mem *m, uint64_t pa, size_t size, uint64_t writer)
{
	struct written w;

	if (shadow_stored_word(m, pa, size, writer))
		return;
	w = written_now(m, writer);
	while (size > 0) {
		size_t at = pa % MEM_PAGE, n = in_page(pa, size);
		struct page_shadow *s = page_touch(m, pa)->shadow;

		if (s != NULL)
			s->marks |= MEM_STORED | MEM_UNWRITTEN | MEM_UNREAD;
		for (size_t i = at; s != NULL && i < at + n; i++)
			s->byte[i] = (uint8_t)((s->byte[i] &
			    ~(MEM_DEVICE | MEM_RACY)) | MEM_STORED |
			    MEM_UNWRITTEN | MEM_UNREAD);
		for (size_t g = at / MEM_GRAIN; s != NULL &&
		    g <= (at + n - 1) / MEM_GRAIN; g++) {
			s->writer[g] = w;
		}
		pa += n;
		size -= n;
	}
}

/* Into memory past the CPU's cache, and behind the host's (rules T2, T3). */
static void
uncached_store(struct mem *m, uint64_t pa, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct page *p = page_touch(m, pa);

		if (p->cache != NULL && m->line_size != 0)
			cache_fill(p->cache, m->line_size, page_ram(m, pa),
			    pa % MEM_PAGE, n);
		memcpy(p->behind != NULL ? p->behind->data + pa % MEM_PAGE :
		    m->ram + (pa - m->ram_base), bytes, n);
		if (p->behind != NULL)
			memset(p->behind->device + pa % MEM_PAGE, 0, n);
		bytes += n;
		pa += n;
		size -= n;
	}
}

static void
cached_store(struct mem *m, uint64_t pa, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct cache_page *c = page_touch(m, pa)->cache;

		if (c != NULL && m->line_size != 0)
			cache_store(c, m->line_size, page_ram(m, pa),
			    pa % MEM_PAGE, bytes, n);
		else
			memcpy(m->ram + (pa - m->ram_base), bytes, n);
		bytes += n;
		pa += n;
		size -= n;
	}
}

/* Rule O1: now everybody sees it who looks where it is. */
void
mem_visible(struct mem *m, uint64_t pa, const void *bytes, size_t size,
    int uncached)
{
	if (uncached)
		uncached_store(m, pa, bytes, size);
	else
		cached_store(m, pa, bytes, size);
}

/* Rule O3: a store, to the order model and what lies behind it. */
static void
store_ordered(struct mem *m, uint64_t pa, const uint8_t *bytes, size_t size,
    int uncached)
{
	if (m->order != NULL)
		order_store(m->order, m->cpu, pa, bytes, size, uncached, 0);
	else
		mem_visible(m, pa, bytes, size, uncached);
}

void
mem_cpu_store(struct mem *m, uint64_t pa, const void *src, size_t size,
    uint64_t writer)
{
	CHECK(is_ram(m, pa, size));
	if (m->copies != NULL)
		copies_store(m->copies, pa, size, m->line_size);
	m->stores++;
	if (writer != MEM_PC_COPY)
		shadow_stored(m, pa, size, writer);
	store_ordered(m, pa, src, size, page_of(m, pa)->uncached);
}

/* Cut at page ends, a device's read (src NULL) or write past the cache. */
static void
device_lines(struct mem *m, uint64_t pa, const uint8_t *src, size_t size)
{
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct cache_page *c = page_touch(m, pa)->cache;

		if (c != NULL && src == NULL)
			cache_device_load(c, m->line_size, page_ram(m, pa),
			    pa % MEM_PAGE, n, &m->chooser);
		else if (c != NULL)
			m->fates_met |= cache_device_store(c, m->line_size,
			    page_ram(m, pa), pa % MEM_PAGE, src, n,
			    &m->chooser);
		else if (src != NULL)
			memcpy(m->ram + (pa - m->ram_base), src, n);
		src = src != NULL ? src + n : NULL;
		pa += n;
		size -= n;
	}
}

/* Rule C6, of a load or of a device's read. */
static void
lines_look(struct mem *m, uint64_t pa, size_t size,
    int (*looks)(struct cache_page *, unsigned, uint8_t *, size_t, size_t,
    const struct cache_chooser *))
{
	while (size > 0) {
		size_t n = in_page(pa, size);
		struct cache_page *c = page_of(m, pa)->cache;
		int seen = c == NULL ? 0 : looks(c, m->line_size,
		    page_ram(m, pa), pa % MEM_PAGE, n, &m->asker);

		m->fates_met |= (seen & CACHE_THIRD) != 0;
		if ((seen & CACHE_CHANGED) != 0)
			(void)page_touch(m, pa);
		pa += n;
		size -= n;
	}
}

void
mem_device_load(struct mem *m, uint64_t pa, void *dst, size_t size)
{
	mem_settle(m);
	CHECK(is_ram(m, pa, size));
	m->moved += size;
	memcpy(dst, m->ram + (pa - m->ram_base), size);
}

void
mem_device_reads(struct mem *m, uint64_t pa, size_t size)
{
	mem_settle(m);
	CHECK(is_ram(m, pa, size));
	if (m->copies != NULL)
		copies_meet(m->copies, pa, size, m->line_size);
	if (m->line_size != 0 && m->chooser.pick != NULL)
		device_lines(m, pa, NULL, size);
	if (m->line_size != 0 && m->asker.pick != NULL)
		lines_look(m, pa, size, cache_device_looks);
}

/* Rule J24. */
static void
late_loads(struct mem *m, uint64_t pa, size_t size)
{
	struct overtaken_load load;

	while (overtaken_write(m->overtaken, pa, size, &load))
		if (m->events.late_load != NULL)
			m->events.late_load(m->self, &load);
}

void
mem_device_store(struct mem *m, uint64_t pa, const void *src, size_t size)
{
	mem_settle(m);
	CHECK(is_ram(m, pa, size));
	m->moved += size;
	if (m->copies != NULL)
		copies_meet(m->copies, pa, size, m->line_size);
	if (m->order != NULL)
		order_stores(m->order, MEM_DEVICE_AGENT, pa, size);
	if (m->overtaken != NULL)
		late_loads(m, pa, size);
	for (uint64_t at = 0; at < size; at += in_page(pa + at, size - at))
		page_asks(m, pa + at);
	device_lines(m, pa, src, size);
	for (uint64_t at = 0; m->mismatched && at < size;) {
		size_t n = in_page(pa + at, size - at);
		struct behind *b = page_touch(m, pa + at)->behind;

		if (b != NULL)
			memset(b->device + (pa + at) % MEM_PAGE, 1, n);
		at += n;
	}
}

/* --- shadow --- */

uint8_t *
mem_shadow(struct mem *m, uint64_t pa)
{
	struct page_shadow *s;

	if (!is_ram(m, pa, 1))
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
		size_t n = in_page(pa, size);
		struct page_shadow *s = is_ram(m, pa, 1) ?
		    page_of(m, pa)->shadow : NULL;

		if (s != NULL && (set != 0 || (s->marks & clear) != 0)) {
			(void)page_touch(m, pa);
			shadow_bytes_set(s->byte + pa % MEM_PAGE, n, set,
			    clear);
			if (n == MEM_PAGE)
				s->marks &= (uint8_t)~clear;
			s->marks |= (uint8_t)set;
			if ((set & MEM_DEVICE) != 0)
				page_asks(m, pa);
		}
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
		size_t n = in_page(pa, size), i = 0;
		const uint8_t *s = mem_shadow(m, pa);

		if (s != NULL && (page_of(m, pa)->shadow->marks & bits) == 0)
			s = NULL;
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
	struct mem_writer found = { 0 };
	const struct page_shadow *s = is_ram(m, pa, 1) ?
	    page_of(m, pa)->shadow : NULL;

	if (s != NULL) {
		const struct written *w = &s->writer[pa % MEM_PAGE / MEM_GRAIN];

		found.pc = w->pc > MEM_PC_COPY ? m->pc_base + w->pc : w->pc;
		found.seq = w->seq;
	}
	return found;
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
	uint32_t number = m->va_page[(va - MEM_WINDOW_BASE) / MEM_PAGE] - 1;
	struct page_shadow *s = m->pages[number].shadow;
	struct pending *p = &m->pending[0];
	size_t at = va % MEM_PAGE;
	uint32_t posted, more = 0;

	if (m->pages[number].watched || m->order != NULL)
		return 0;
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
	p->uncached = p->ranged = 0;
	if (m->pages[number].fresh)
		page_stale(m, &m->pages[number]);
	m->pages[number].uncached = 0;
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

	if (m->npending != 1 || m->line_size != 0 || m->order != NULL ||
	    p->uncached || p->ranged)
		return 0;
	m->stores = p->seq;
	quick = shadow_stored_word(m, p->pa, p->size,
	    (uint64_t)(uintptr_t)p->pc);
	m->stores = seq;
	if (!quick)
		return 0;
	m->npending = 0;
	memcpy(m->ram + (p->pa - m->ram_base), (void *)(uintptr_t)p->va,
	    p->size);
	return 1;
}

/*
 * The pending store has happened: into the order model (rule M4).  Its place was
 * checked when it was hooked.
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
		store_ordered(m, p->pa, (const uint8_t *)(uintptr_t)p->va,
		    p->size, p->uncached);
	}
	for (unsigned i = 0; i < n; i++)
		if (m->pending[i].ranged && m->events.range_store != NULL)
			m->events.range_store(m->self, m->pending[i].range, 1,
			    NULL);
}

/* The watched range that a store hits, told before it happens. */
static void
range_hit(struct mem *m, struct pending *p)
{
	for (size_t i = 0; i < m->nranges && !p->ranged; i++) {
		const struct range *r = &m->ranges[i];

		if (p->pa >= r->pa + r->len || r->pa >= p->pa + p->size)
			continue;
		p->ranged = 1;
		p->range = r->id;
		if (m->overtaken != NULL)
			overtaken_store(m->overtaken,
			    mem_cpu_number(m), OVERTAKEN_STORE);
		if (m->events.range_store != NULL)
			m->events.range_store(m->self, r->id, 0, p->pc);
	}
}

static void
access_write(struct mem *m, uint64_t va, size_t size, int uncached,
    const void *pc)
{
	uint64_t pa = va_to_pa(m, va);
	struct pending *p;

	if (m->copies != NULL)
		copies_store(m->copies, pa, size, m->line_size);
	if (mem_shadow_any(m, pa, size, MEM_POSTED_R | MEM_POSTED_W) &&
	    m->events.posted_access != NULL)
		m->events.posted_access(m->self, pa, size, MEM_WRITE, pc);
	page_touch(m, pa)->uncached = uncached != 0;
	mem_see(m, pa, (void *)(uintptr_t)va, size, uncached);
	CHECK(m->npending < PENDING_MAX);
	p = &m->pending[m->npending++];
	p->va = va;
	p->pa = pa;
	p->size = size;
	p->pc = pc;
	p->seq = ++m->stores;
	p->uncached = uncached != 0;
	p->ranged = 0;
	if (page_of(m, pa)->watched)
		range_hit(m, p);
	while (m->nwatch != 0 && *m->watch < m->stores)
		m->watch++, m->nwatch--;
	if (m->nwatch != 0 && *m->watch == m->stores &&
	    m->events.watched_store != NULL)
		m->events.watched_store(m->self, m->stores, pc);
}

/* Whether the bytes at the KVA are no longer what the write hook left there.
   Never a part of who loads: what lies in the page would tell states apart. */
static __attribute__((noinline)) int
pending_has_happened(struct mem *m)
{
	uint8_t view[MEM_PAGE];

	for (unsigned i = 0; i < m->npending; i++) {
		const struct pending *p = &m->pending[i];

		mem_see(m, p->pa, view, p->size, p->uncached);
		if (memcmp((void *)(uintptr_t)p->va, view, p->size) != 0)
			return 1;
	}
	return 0;
}

/* What is patched in may be older than what is there (rule O6). */
static void
load_ordered(struct mem *m, uint64_t va, uint64_t pa, size_t size,
    const void *pc)
{
	if (order_load(m->order, m->cpu, pa, (void *)(uintptr_t)va, size) &&
	    m->events.old_load != NULL)
		m->events.old_load(m->self, pa, size, pc);
	if (m->overtaken != NULL)
		overtaken_load(m->overtaken, mem_cpu_number(m), pa, size,
		    pc);
}

static void
access_read(struct mem *m, uint64_t va, size_t size, int uncached,
    const void *pc)
{
	uint64_t pa = va_to_pa(m, va);

	if (m->npending != 0 && pending_has_happened(m))
		mem_settle(m);
	mem_copies_look(m, pa, size);
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
	if (uncached && page_of(m, pa)->behind != NULL &&
	    m->events.mismatched_load != NULL &&
	    mem_mismatch(m, pa, size, 1) != size)
		m->events.mismatched_load(m->self, pa, size, pc);
	mem_cpu_looks(m, pa, size);
	if (m->asker.pick != NULL && m->line_size != 0 && !uncached)
		lines_look(m, pa, size, cache_looks);
	view_load(m, pa, (void *)(uintptr_t)va, size, uncached);
	if (m->order != NULL)
		load_ordered(m, va, pa, size, pc);
}

/* Rules U1 to U3: what is not there is lost, aborts, or was never mapped. */
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
			access_write(m, va, size, flags & MEM_VA_UNCACHED, pc);
		else
			access_read(m, va, size, flags & MEM_VA_UNCACHED, pc);
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

/* Rule R1: what says itself that others look is none of it. */
static void
access_compare(struct mem *m, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	struct race_other other;

	if ((kind & (MEM_VOLATILE | MEM_ATOMIC)) == 0 && race_access(m->race,
	    va, size, (kind & MEM_WRITE) != 0, pc, &other) &&
	    m->events.data_race != NULL)
		m->events.data_race(m->self, size, kind, pc, &other);
}

/* What others may tell it by: memory that a device may see, and what says itself
   that others look.  What it needs is on the stack only where it is called. */
static __attribute__((noinline)) void
access_touch(struct mem *m, uint64_t va, size_t size, unsigned kind)
{
	int change = (kind & MEM_WRITE) != 0;

	if ((kind & (MEM_VOLATILE | MEM_ATOMIC)) != 0)
		mem_block_touch(m, MEM_BLOCK_SHARED | va / 8, change);
	for (uint64_t at = va; at < va + size; at += MEM_PAGE - at % MEM_PAGE)
		if (va_inside(at, 1) &&
		    (m->va_flags[va_index(at)] & MEM_VA_TRACKED) != 0)
			mem_block_touch(m, MEM_BLOCK_PAGE |
			    va_to_pa(m, at) / MEM_PAGE, change);
}

void
mem_access(struct mem *m, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	struct mem_activity *activity = m->activity;

	if (m->blocks != NULL)
		access_touch(m, va, size, kind);
	if (m->race != NULL)
		access_compare(m, va, size, kind, pc);
	if (m->between != NULL)
		mem_between_access(m, va, size, (kind & MEM_WRITE) != 0, pc);
	if ((kind & MEM_WRITE) != 0) {
		activity->idle = 0;
		activity->stored = 1;
		if ((size == 4 || size == 8) && va % size == 0 &&
		    m->line_size == 0 && m->nwatch == 0 &&
		    va_inside(va, size) &&
		    (m->va_flags[va_index(va)] & ~MEM_VA_ASKS) ==
		    MEM_VA_TRACKED &&
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
		size_t n = in_page(va, size);

		if (!va_inside(va, 1))
			return;
		access_page(m, va, n, kind, pc);
		va += n;
		size -= n;
	}
}

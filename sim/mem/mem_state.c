/* mem_state.c: the state of memory, a page at a time. */
#include "mem_var.h"

#include "snapshot.h"

_Static_assert(MEM_PAGE == SNAPSHOT_CHUNK, "a page is looked at as a chunk");

void
mem_va_note(struct mem *m, uint64_t i)
{
	struct state one;

	/* Mappings come in any order, so they are added up, each once. */
	state_init(&one);
	state_add_u64(&one, i);
	state_add_u64(&one, (uint64_t)m->va_page[i] << 8 |
	    (m->va_flags[i] & ~MEM_VA_ASKS));
	m->va_state.a ^= one.a;
	m->va_state.b ^= one.b;
}

/*
 * Rule M6 serves reports; of it counts what was stored since it was given, and
 * what the driver stored itself.
 */
static void
shadow_state(const struct page_shadow *p, unsigned line, struct state *s)
{
	uint64_t words[MEM_PAGE / 8];

	/* What may be read at any time is no matter for a judge. */
	memcpy(words, p->byte, sizeof words);
	for (unsigned i = 0; i < MEM_PAGE / 8; i++) {
		uint64_t racy = words[i] &
		    MEM_RACY * UINT64_C(0x0101010101010101);

		words[i] &= ~(racy | racy / (MEM_RACY / MEM_DEVICE));
	}
	state_add(s, words, sizeof words);
	for (unsigned at = 0; at < MEM_PAGE; at += line) {
		uint64_t own = 0, since = 0;

		for (unsigned g = at; g < at + line; g += MEM_GRAIN) {
			const struct written *w = &p->writer[g / MEM_GRAIN];

			since |= w->seq > p->given[at / line];
			own = own << 1 | own >> 63;
			own ^= w->pc > MEM_PC_COPY;
		}
		state_add_u64(s, own << 1 ^ since);
	}
}

/* Whether the copy that a byte is of is left out (rule X7). */
static int
left_out(const struct mem *m, uint64_t pa, int dirty)
{
	const struct copy *y = m->copies != NULL ?
	    copies_at(m->copies, pa) : NULL;

	return y != NULL && (y->bounced || !dirty);
}

/* A line with a copy: as cache_state() has it, of the rest. */
static void
line_rest_state(const struct mem *m, uint64_t pa, const struct cache_page *c,
    struct state *s)
{
	unsigned line = m->line_size, first = pa % MEM_PAGE / line * line;
	int dirty = c->line[first / line] >= CACHE_DIRTY, differs = dirty;
	const uint8_t *ram = page_ram(m, pa);
	struct state rest;

	state_init(&rest);
	for (unsigned at = first; at < first + line; at++) {
		unsigned third = c->third[at / 8] >> at % 8 & 1;
		unsigned mixed = c->mixed[at / 8] >> at % 8 & 1;

		if (left_out(m, pa - pa % MEM_PAGE + at, dirty))
			continue;
		differs |= c->data[at] != ram[at] || (c->keeps && third != 0);
		state_add_u64(&rest, (uint64_t)c->data[at] << 2 | third << 1 |
		    mixed);
	}
	if (c->line[first / line] == CACHE_ABSENT || !differs)
		return;
	state_add_u64(s, (uint64_t)first << 8 | c->line[first / line]);
	state_add_u64(s, rest.a);
	state_add_u64(s, rest.b);
}

static int
has_copy(const struct mem *m, uint64_t pa, uint64_t size)
{
	for (size_t i = 0; m->copies != NULL && i < m->copies->n; i++)
		if (m->copies->list[i].pa < pa + size && pa <
		    m->copies->list[i].pa + m->copies->list[i].size)
			return 1;
	return 0;
}

static void
cache_state(const struct mem *m, uint64_t pa, const struct cache_page *c,
    struct state *s)
{
	unsigned line = m->line_size;
	int copies = has_copy(m, pa, MEM_PAGE);

	for (unsigned at = 0; at < MEM_PAGE; at += line) {
		if (copies && has_copy(m, pa + at, line)) {
			line_rest_state(m, pa + at, c, s);
			continue;
		}
		if (cache_absent(c, line, page_ram(m, pa), at / line))
			continue;
		state_add_u64(s, (uint64_t)at << 8 | c->line[at / line]);
		state_add(s, c->data + at, line);
		state_add(s, c->third + at / 8, line / 8);
		state_add(s, c->mixed + at / 8, line / 8);
	}
	state_add_u64(s, MEM_PAGE);
}

/* What memory has, but for copies in bounced pages. */
static void
bytes_state(const struct mem *m, uint64_t pa, struct state *s)
{
	const uint8_t *ram = page_ram(m, pa);
	uint64_t from = 0;

	for (size_t i = 0; m->copies != NULL && i < m->copies->n; i++) {
		const struct copy *y = &m->copies->list[i];

		if (!y->bounced || y->pa < pa || y->pa - pa >= MEM_PAGE)
			continue;
		state_add(s, ram + from, y->pa - pa - from);
		from = y->pa - pa + y->size;
	}
	state_add(s, ram + from, MEM_PAGE - from);
}

static void
page_state(struct mem *m, uint64_t i)
{
	struct page *p = &m->pages[i];
	struct state *s = &p->state;

	state_init(&p->bytes);
	state_add_u64(&p->bytes, i);
	bytes_state(m, m->ram_base + i * MEM_PAGE, &p->bytes);
	state_init(s);
	state_add_u64(s, (uint64_t)p->allocated << 3 | (uint64_t)p->used << 2 |
	    (uint64_t)p->watched << 1 | p->uncached);
	state_add_u64(s, p->bytes.a);
	state_add_u64(s, p->bytes.b);
	if (p->shadow != NULL)
		shadow_state(p->shadow, m->line, s);
	if (p->cache != NULL && m->line_size != 0)
		cache_state(m, m->ram_base + i * MEM_PAGE, p->cache, s);
	if (p->behind != NULL) {
		state_add(s, p->behind->data, MEM_PAGE);
		state_add(s, p->behind->device, MEM_PAGE);
	}
	state_set_add(&m->states, s);
	if (p->shadow != NULL)
		state_set_add(&m->device_states, &p->bytes);
	p->fresh = 1;
}

void
page_stale(struct mem *m, struct page *p)
{
	if (p->fresh) {
		state_set_take(&m->states, &p->state);
		if (p->shadow != NULL)
			state_set_take(&m->device_states, &p->bytes);
	}
	p->fresh = 0;
	if (m->nstale == m->stale_max) {
		m->stale_max = m->stale_max != 0 ? 2 * m->stale_max : 64;
		m->stale = check_realloc(m->stale,
		    m->stale_max * sizeof m->stale[0]);
	}
	m->stale[m->nstale++] = (uint32_t)(p - m->pages);
}

static void
pages_freshen(struct mem *m)
{
	while (m->nstale > 0)
		page_state(m, m->stale[--m->nstale]);
}

/* Pages of the heap that no device sees have their contents in the window. */
static void
heap_state(struct mem *m, struct state *s)
{
	uint64_t end = mem_heap_end(m->heap);

	mem_heap_state(m->heap, s);
	for (uint64_t va = MEM_WINDOW_BASE; va < end; va += MEM_PAGE)
		if ((m->va_flags[va_index(va)] & (MEM_VA_HEAP |
		    MEM_VA_TRACKED)) == MEM_VA_HEAP)
			snapshot_state((void *)(uintptr_t)va, s);
}

void
mem_state_forget(struct mem *m)
{
	for (uint64_t i = 0; i < m->npages; i++)
		if (m->pages[i].fresh)
			page_stale(m, &m->pages[i]);
}

void
mem_device_state(struct mem *m, struct state *s)
{
	pages_freshen(m);
	state_add_set(s, &m->device_states);
}

/* The store that is about to happen is part of what comes. */
void
mem_state(struct mem *m, struct state *s)
{
	pages_freshen(m);
	state_add_set(s, &m->states);
	state_add_u64(s, m->va_state.a);
	state_add_u64(s, m->va_state.b);
	state_add_u64(s, m->dma_next);
	heap_state(m, s);
	state_add_u64(s, m->nranges);
	for (size_t i = 0; i < m->nranges; i++) {
		state_add_u64(s, m->ranges[i].pa);
		state_add_u64(s, m->ranges[i].id);
		state_add_u64(s, m->ranges[i].len);
	}
	state_add_u64(s, (uint64_t)m->cpu << 32 | m->others);
	if (m->order != NULL)
		order_state(m->order, s);
	if (m->between != NULL)
		between_state(m->between, s);
	if (m->overtaken != NULL)
		overtaken_state(m->overtaken, s);
	if (m->copies != NULL)
		copies_state(m->copies, s);
}

void
mem_copies_state(struct mem *m, struct state *s)
{
	for (size_t i = 0; m->copies != NULL && i < m->copies->n; i++) {
		const struct copy *y = &m->copies->list[i];
		const struct cache_page *c = page_of(m, y->pa)->cache;
		uint64_t at = y->pa % MEM_PAGE, line = m->line_size;

		state_add_u64(s, (uint64_t)y->anew << 1 | (uint64_t)y->beside);
		state_add(s, page_ram(m, y->pa) + at, y->size);
		if (c == NULL || line == 0)
			continue;
		for (uint64_t end = at + y->size; at < end; at++)
			state_add_u64(s, (uint64_t)c->line[at / line] << 10 |
			    (uint64_t)c->data[at] << 2 |
			    (c->third[at / 8] >> at % 8 & 1u) << 1 |
			    (c->mixed[at / 8] >> at % 8 & 1u));
	}
}

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

static void
cache_state(const struct cache_page *c, unsigned line, const uint8_t *ram,
    struct state *s)
{
	for (unsigned at = 0; at < MEM_PAGE; at += line) {
		if (cache_absent(c, line, ram, at / line))
			continue;
		state_add_u64(s, (uint64_t)at << 8 | c->line[at / line]);
		state_add(s, c->data + at, line);
		state_add(s, c->third + at / 8, line / 8);
		state_add(s, c->mixed + at / 8, line / 8);
	}
	state_add_u64(s, MEM_PAGE);
}

static void
page_state(struct mem *m, uint64_t i)
{
	struct page *p = &m->pages[i];
	struct state *s = &p->state;

	state_init(&p->bytes);
	state_add_u64(&p->bytes, i);
	state_add(&p->bytes, m->ram + i * MEM_PAGE, MEM_PAGE);
	state_init(s);
	state_add_u64(s, (uint64_t)p->allocated << 3 | (uint64_t)p->used << 2 |
	    (uint64_t)p->watched << 1 | p->uncached);
	state_add_u64(s, p->bytes.a);
	state_add_u64(s, p->bytes.b);
	if (p->shadow != NULL)
		shadow_state(p->shadow, m->line, s);
	if (p->cache != NULL && m->line_size != 0)
		cache_state(p->cache, m->line_size, m->ram + i * MEM_PAGE, s);
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
	state_add_u64(s, (uint64_t)m->cpu << 1 | (uint64_t)m->both_cpus);
	if (m->order != NULL)
		order_state(m->order, s);
	if (m->between != NULL)
		between_state(m->between, s);
	if (m->overtaken != NULL)
		overtaken_state(m->overtaken, s);
}

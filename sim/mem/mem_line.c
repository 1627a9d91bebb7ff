/*
 * mem_line.c: the lines of the CPU's cache: what a sync does to them, and what
 * becomes of neighbours.
 */
#include "mem_var.h"
#include "check.h"

#include <stdlib.h>

unsigned
mem_line_size(const struct mem *m)
{
	return m->line_size;
}

void
mem_chooser_set(struct mem *m, const struct cache_chooser *by)
{
	m->chooser = *by;
}

void
mem_fates_ask(struct mem *m, const struct cache_chooser *by)
{
	m->asker = *by;
}

int
mem_fates_met(const struct mem *m)
{
	return m->line_size != 0 && (m->fates_met || m->had_uncached);
}

void
mem_lines_clean(struct mem *m, uint64_t pa, uint64_t size)
{
	if (m->copies != NULL)
		copies_meet(m->copies, pa, size, m->line_size);
	while (m->line_size != 0 && size > 0) {
		size_t n = in_page(pa, size);

		if (page_touch(m, pa)->cache != NULL)
			m->fates_met |= cache_clean(page_of(m, pa)->cache,
			    m->line_size, page_ram(m, pa), pa % MEM_PAGE, n);
		pa += n;
		size -= n;
	}
}

void
mem_lines_invalidate(struct mem *m, uint64_t pa, uint64_t size)
{
	if (m->copies != NULL)
		copies_invalidate(m->copies, pa, size, m->line_size);
	while (m->line_size != 0 && size > 0) {
		size_t n = in_page(pa, size);

		if (page_touch(m, pa)->cache != NULL)
			m->fates_met |= cache_invalidate(page_of(m, pa)->cache,
			    m->line_size, page_ram(m, pa), pa % MEM_PAGE, n,
			    &m->chooser);
		pa += n;
		size -= n;
	}
}

void
mem_lines_drop(struct mem *m, uint64_t pa, uint64_t size)
{
	if (m->copies != NULL)
		copies_meet(m->copies, pa, size, m->line_size);
	for (; size != 0; pa += in_page(pa, MEM_PAGE)) {
		check_free(page_of(m, pa)->cache);
		page_touch(m, pa)->cache = NULL;
		size -= in_page(pa, size);
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

/* Rule M10: what was stored so far is the device's as well. */
void
mem_lines_given(struct mem *m, uint64_t pa, uint64_t size)
{
	while (size > 0) {
		size_t n = in_page(pa, size), at = pa % MEM_PAGE;
		struct page_shadow *s = page_touch(m, pa)->shadow;

		for (size_t i = at / m->line; s != NULL &&
		    i <= (at + n - 1) / m->line; i++)
			s->given[i] = stores_now(m);
		pa += n;
		size -= n;
	}
}

/* A byte of [from, to) of a line that was stored to since it was given. */
static uint64_t
line_stored(const struct page_shadow *s, uint64_t page, size_t line,
    size_t from, size_t to)
{
	for (size_t at = from; at < to; at += MEM_GRAIN) {
		const struct written *w = &s->writer[at / MEM_GRAIN];

		if (w->seq > s->given[line] && w->pc > MEM_PC_COPY)
			return page + at;
	}
	return MEM_NOWHERE;
}

uint64_t
mem_lines_shared(struct mem *m, uint64_t pa, uint64_t size)
{
	uint64_t end = pa + size, first = pa / m->line * m->line;
	uint64_t last = (end + m->line - 1) / m->line * m->line, at;
	const struct page_shadow *s = page_of(m, pa)->shadow;

	/* Before it, in the first line. */
	at = s == NULL ? MEM_NOWHERE : line_stored(s, pa - pa % MEM_PAGE,
	    first % MEM_PAGE / m->line, first % MEM_PAGE,
	    pa % MEM_PAGE / MEM_GRAIN * MEM_GRAIN);
	if (at != MEM_NOWHERE)
		return at;
	/* Behind it, in the last one. */
	s = page_of(m, end - 1)->shadow;
	if (s == NULL || end == last)
		return MEM_NOWHERE;
	return line_stored(s, (end - 1) / MEM_PAGE * MEM_PAGE,
	    (last - m->line) % MEM_PAGE / m->line,
	    (end - 1) % MEM_PAGE / MEM_GRAIN * MEM_GRAIN + MEM_GRAIN,
	    (last - 1) % MEM_PAGE + 1);
}

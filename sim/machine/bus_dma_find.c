/* bus_dma_find.c: what is loaded where, for the device and the checkers. */
#include "bus_dma_var.h"

#include <stddef.h>

#include "check.h"

const struct bus_map *
bus_dma_map_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmaps; i++)
		if (b->maps[i] != NULL && n-- == 0)
			return b->maps[i];
	return NULL;
}

int
bus_dma_map_has(const struct bus_map *map, uint64_t bus)
{
	for (size_t k = 0; k < map->npieces; k++)
		if (bus >= map->pieces[k].bus &&
		    bus - map->pieces[k].bus < map->pieces[k].len)
			return 1;
	return 0;
}

uint32_t
bus_dma_map_flags(const struct bus_dma *b, uint64_t id)
{
	return id != 0 && id <= b->nmaps && b->maps[id - 1] != NULL ?
	    b->maps[id - 1]->flags : 0;
}

const struct bus_memory *
bus_dma_memory_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmemory; i++)
		if (b->memory[i].live && n-- == 0)
			return &b->memory[i];
	return NULL;
}

const struct bus_mapping *
bus_dma_mapping_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmappings; i++)
		if (b->mappings[i].live && n-- == 0)
			return &b->mappings[i];
	return NULL;
}

static struct bus_bucket *
bucket_of(const struct bus_dma *b, uint64_t bus)
{
	return &b->buckets[bus / MEM_PAGE % BUS_BUCKETS];
}

static void
place_drop(struct bus_dma *b, uint64_t bus, uint32_t map, uint32_t piece)
{
	struct bus_bucket *u = bucket_of(b, bus);
	size_t i = 0;

	while (i < u->n && (u->list[i].map != map || u->list[i].piece != piece))
		i++;
	CHECK(i < u->n);
	u->list[i] = u->list[--u->n];
}

void
bus_dma_reach_empty(struct bus_dma *b, const struct bus_map *map)
{
	struct bus_reach *r = &b->reach[map->id - 1];

	bus_dma_map_stale(b, map);
	for (size_t i = 0; i < map->npieces; i++)
		place_drop(b, map->pieces[i].bus, (uint32_t)(map->id - 1),
		    (uint32_t)i);
	r->home = UINT64_MAX;
	r->home_end = 0;
}

void
bus_dma_reach_add(struct bus_dma *b, const struct bus_map *map)
{
	size_t last = map->npieces - 1;
	const struct bus_piece *p = &map->pieces[last];
	struct bus_reach *r = &b->reach[map->id - 1];
	struct bus_bucket *u = bucket_of(b, p->bus);

	if (u->n == u->max) {
		u->max = u->max != 0 ? 2 * u->max : 4;
		u->list = check_realloc(u->list, u->max * sizeof u->list[0]);
	}
	u->list[u->n++] = (struct bus_place){ p->bus, p->len,
	    (uint32_t)(map->id - 1), (uint32_t)last };
	if (r->home > p->home)
		r->home = p->home;
	if (r->home_end < p->home + p->len)
		r->home_end = p->home + p->len;
	bus_dma_map_stale(b, map);
}

const struct bus_map *
bus_dma_find(const struct bus_dma *b, uint64_t bus, uint64_t *len,
    const struct bus_piece **piece)
{
	const struct bus_bucket *u = bucket_of(b, bus);
	const struct bus_place *first = NULL;

	for (size_t i = 0; i < u->n; i++) {
		const struct bus_place *p = &u->list[i];

		if (bus >= p->bus && bus - p->bus < p->len &&
		    (first == NULL || p->map < first->map ||
		    (p->map == first->map && p->piece < first->piece)))
			first = p;
	}
	if (first == NULL)
		return NULL;
	if (*len > first->len - (bus - first->bus))
		*len = first->len - (bus - first->bus);
	*piece = &b->maps[first->map]->pieces[first->piece];
	return b->maps[first->map];
}

const struct bus_map *
bus_dma_find_home(const struct bus_dma *b, uint64_t pa)
{
	const uint32_t *loads = bus_dma_loads(b, pa);

	if (loads == NULL || *loads == 0)
		return NULL;
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		if (pa < b->reach[i].home || pa >= b->reach[i].home_end)
			continue;
		for (size_t k = 0; map != NULL && k < map->npieces; k++)
			if (pa >= map->pieces[k].home &&
			    pa - map->pieces[k].home < map->pieces[k].len)
				return map;
	}
	return NULL;
}

const struct bus_map *
bus_dma_find_home_range(const struct bus_dma *b, uint64_t pa, uint64_t size,
    const struct bus_map *but)
{
	uint32_t loads = 0;

	for (uint64_t at = pa / MEM_PAGE * MEM_PAGE; at < pa + size;
	    at += MEM_PAGE)
		loads += bus_dma_loads(b, at) != NULL ?
		    *bus_dma_loads(b, at) : 0;
	if (loads == 0)
		return NULL;
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		if (map == but || pa >= b->reach[i].home_end ||
		    b->reach[i].home >= pa + size)
			continue;
		for (size_t k = 0; map != NULL && k < map->npieces; k++)
			if (pa < map->pieces[k].home + map->pieces[k].len &&
			    map->pieces[k].home < pa + size)
				return map;
	}
	return NULL;
}

uint64_t
bus_dma_view(const struct bus_dma *b, uint64_t pa)
{
	const struct bus_map *map = b->bounce || b->limit != UINT64_MAX ?
	    bus_dma_find_home(b, pa) : NULL;

	for (size_t k = 0; map != NULL && k < map->npieces; k++)
		if (pa >= map->pieces[k].home &&
		    pa - map->pieces[k].home < map->pieces[k].len)
			return map->pieces[k].view + (pa - map->pieces[k].home);
	return pa;
}

const struct bus_mapping *
bus_dma_mapping_by_va(const struct bus_dma *b, uint64_t va)
{
	for (size_t i = b->nmappings; i > 0; i--) {
		const struct bus_mapping *m = &b->mappings[i - 1];

		if (m->live && va >= m->va && va - m->va < m->size)
			return m;
	}
	return NULL;
}

const struct bus_memory *
bus_dma_memory_by_pa(const struct bus_dma *b, uint64_t pa)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		const struct bus_memory *m = &b->memory[i - 1];

		if (m->live && pa >= m->pa && pa - m->pa < m->size)
			return m;
	}
	return NULL;
}

uint64_t
bus_dma_mem_kva(const struct bus_dma *b, uint64_t pa)
{
	uint64_t page = pa / MEM_PAGE * MEM_PAGE;

	for (size_t i = b->nmappings; i > 0; i--) {
		const struct bus_mapping *m = &b->mappings[i - 1];

		for (uint64_t off = 0; m->live && off < m->size;
		    off += MEM_PAGE)
			if (mem_va_to_pa(b->mem, m->va + off) == page)
				return m->va + off + (pa - page);
	}
	return 0;
}

uint64_t
bus_dma_bus_of(const struct bus_dma *b, uint64_t pa)
{
	const struct bus_map *map = bus_dma_find_home(b, pa);

	for (size_t k = 0; map != NULL && k < map->npieces; k++) {
		const struct bus_piece *p = &map->pieces[k];

		if (pa >= p->home && pa - p->home < p->len)
			return p->bus + (pa - p->home);
	}
	return 0;
}

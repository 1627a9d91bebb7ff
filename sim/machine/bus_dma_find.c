/* bus_dma_find.c: what is loaded where, for the device and the checkers. */
#include "bus_dma_var.h"

#include <stddef.h>

const struct bus_map *
bus_dma_map_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmaps; i++)
		if (b->maps[i] != NULL && n-- == 0)
			return b->maps[i];
	return NULL;
}

const struct bus_memory *
bus_dma_memory_at(const struct bus_dma *b, size_t n)
{
	for (size_t i = 0; i < b->nmemory; i++)
		if (b->memory[i].live && n-- == 0)
			return &b->memory[i];
	return NULL;
}

const struct bus_map *
bus_dma_find(const struct bus_dma *b, uint64_t bus, uint64_t *len,
    const struct bus_piece **piece)
{
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		for (size_t k = 0; map != NULL && k < map->npieces; k++) {
			const struct bus_piece *p = &map->pieces[k];

			/* Pieces of one segment lie in a row: skip quickly. */
			if (bus < p->bus || bus - p->bus >= p->len)
				continue;
			if (*len > p->len - (bus - p->bus))
				*len = p->len - (bus - p->bus);
			*piece = p;
			return map;
		}
	}
	return NULL;
}

const struct bus_map *
bus_dma_find_home(const struct bus_dma *b, uint64_t pa)
{
	for (size_t i = 0; i < b->nmaps; i++) {
		const struct bus_map *map = b->maps[i];

		for (size_t k = 0; map != NULL && k < map->npieces; k++)
			if (pa >= map->pieces[k].home &&
			    pa - map->pieces[k].home < map->pieces[k].len)
				return map;
	}
	return NULL;
}

uint64_t
bus_dma_view(const struct bus_dma *b, uint64_t pa)
{
	const struct bus_map *map = b->bounce ? bus_dma_find_home(b, pa) : NULL;

	for (size_t k = 0; map != NULL && k < map->npieces; k++)
		if (pa >= map->pieces[k].home &&
		    pa - map->pieces[k].home < map->pieces[k].len)
			return map->pieces[k].view + (pa - map->pieces[k].home);
	return pa;
}

const struct bus_memory *
bus_dma_memory_by_va(const struct bus_dma *b, uint64_t va)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		const struct bus_memory *m = &b->memory[i - 1];

		if (m->live && m->va != 0 && va >= m->va &&
		    va - m->va < m->mapped)
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

/* bus_dma_state.c: what the future of maps and DMA memory depends on. */
#include "bus_dma_var.h"

/* Who created or loaded it is for reports. */
static void
add_map(const struct bus_map *map, struct state *s)
{
	state_add_u64(s, map->id);
	state_add_u64(s, map->size);
	state_add_u64(s, map->maxsegsz);
	state_add_u64(s, map->boundary);
	state_add_u64(s, (uint64_t)map->nsegments << 32 | map->flags);
	state_add_u64(s, (uint64_t)map->load_flags << 32 | map->owner);
	state_add_u64(s, map->loaded);
	state_add_u64(s, map->npieces);
	for (size_t i = 0; i < map->npieces; i++) {
		const struct bus_piece *p = &map->pieces[i];

		state_add_u64(s, p->offset);
		state_add_u64(s, p->len);
		state_add_u64(s, p->home);
		state_add_u64(s, p->view);
		state_add_u64(s, p->bus);
		state_add_u64(s, p->va);
	}
	state_add_u64(s, map->nsegs);
	for (uint32_t i = 0; i < map->nsegs; i++) {
		state_add_u64(s, map->segs[i].addr);
		state_add_u64(s, map->segs[i].len);
	}
	state_add_u64(s, map->bounce);
	state_add_u64(s, map->nbounce);
	state_add_u64(s, map->bounce_used);
}

/* Each by a state of its own, for few of many maps change between two states. */
static void
add_maps(struct bus_dma *b, struct state *s)
{
	while (b->nstale > 0) {
		size_t i = b->stale[--b->nstale];
		struct bus_reach *r = &b->reach[i];

		if (b->maps[i] == NULL)
			continue;
		state_init(&r->state);
		add_map(b->maps[i], &r->state);
		state_set_add(&b->states, &r->state);
		r->fresh = 1;
	}
	state_add_set(s, &b->states);
}

void
bus_dma_map_stale(struct bus_dma *b, const struct bus_map *map)
{
	struct bus_reach *r = &b->reach[map->id - 1];

	if (!r->fresh)
		return;
	state_set_take(&b->states, &r->state);
	r->fresh = 0;
	b->stale[b->nstale++] = (uint32_t)(map->id - 1);
}

/* Whether a later one begins at the same address, and says what is there. */
static int
memory_is_superseded(const struct bus_dma *b, size_t i)
{
	for (size_t k = i + 1; k < b->nmemory; k++)
		if (b->memory[k].pa == b->memory[i].pa)
			return 1;
	return 0;
}

/* What was freed is known by its address alone, to tell of a second time. */
static void
add_memory(const struct bus_dma *b, size_t i, struct state *s)
{
	const struct bus_memory *m = &b->memory[i];

	if (!m->live && memory_is_superseded(b, i))
		return;
	state_add_u64(s, (uint64_t)m->live);
	state_add_u64(s, m->pa);
	if (!m->live)
		return;
	state_add_u64(s, m->size);
	state_add_u64(s, (uint64_t)m->nsegments << 32 | m->flags);
	state_add_u64(s, (uint64_t)m->map_flags << 32 | m->mappings);
	state_add_u64(s, (uint64_t)m->zeroed << 32 | m->owner);
}

/*
 * Allocations are numbered for one question only: whether memory was there
 * already when a mapping was made.  They come in ascending order, so how much
 * of what is live now was there then answers it.
 */
static void
add_mapping(const struct bus_dma *b, const struct bus_mapping *g,
    struct state *s)
{
	uint64_t before = 0;

	for (size_t i = 0; i < b->nmemory; i++)
		before += b->memory[i].live &&
		    b->memory[i].allocation <= g->allocations;
	state_add_u64(s, g->va);
	state_add_u64(s, g->size);
	state_add_u64(s, before);
	state_add_u64(s, (uint64_t)g->flags << 32 | g->owner);
}

void
bus_dma_state(struct bus_dma *b, struct state *s)
{
	uint64_t live = 0;

	if (b->iommu)			/* without one it counts all the same */
		state_add_u64(s, b->iommu_next);
	state_add_u64(s, b->owner);
	state_add_u64(s, b->nmaps);
	add_maps(b, s);
	for (size_t i = 0; i < b->nmemory; i++)
		add_memory(b, i, s);
	/* One that is gone is not looked for again. */
	live = 0;
	for (size_t i = 0; i < b->nmappings; i++) {
		live += b->mappings[i].live != 0;
		if (b->mappings[i].live)
			add_mapping(b, &b->mappings[i], s);
	}
	state_add_u64(s, live);
}

/* door_mutate.c: what the guest asks at one site is not what it gets. */
#include "door_var.h"

#include "arena.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

void
mutant_sites_free(struct mutant_sites *s)
{
	check_free(s->list);
	memset(s, 0, sizeof *s);
}

void
mutant_sites_add(struct mutant_sites *s, enum mutant_kind kind, uint32_t what,
    const struct callpath *path)
{
	struct mutant_site *site;

	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].kind == kind && s->list[i].what == what &&
		    s->list[i].path.n == path->n && memcmp(s->list[i].path.at,
		    path->at, path->n * sizeof path->at[0]) == 0) {
			s->list[i].calls++;
			return;
		}
	if (s->n == s->max) {
		s->max = s->max != 0 ? 2 * s->max : 64;
		arena_pause();
		s->list = check_realloc(s->list, s->max * sizeof s->list[0]);
		arena_resume();
	}
	site = &s->list[s->n++];
	memset(site, 0, sizeof *site);
	site->kind = kind;
	site->what = what;
	site->calls = 1;
	site->path = *path;
}

void
door_mutate(struct door *d, const struct mutant *m, struct mutant_sites *sites)
{
	struct callpaths *paths = machine_callpaths(d->machine);

	d->mutant = m;
	d->sites = sites;
	if (m == NULL)
		return;
	d->mutant_ids = check_calloc(m->npaths + 1, sizeof d->mutant_ids[0]);
	for (size_t i = 0; i < m->npaths; i++)
		d->mutant_ids[i] = callpath_put(paths, &m->paths[i]);
}

uint64_t
door_mutant_hits(const struct door *d)
{
	return d->mutant_hits;
}

/* The mutant, if this call is what it changes, else NULL; notes the site. */
static const struct mutant *
mutant_here(enum mutant_kind kind, uint32_t what)
{
	const struct mutant *m = door->mutant;
	callpath_id id;

	if (m != NULL && (m->kind != kind || m->what != what))
		m = NULL;
	if (m == NULL && door->sites == NULL)
		return NULL;
	id = path_here();
	if (door->sites != NULL)
		mutant_sites_add(door->sites, kind, what, callpath_get(
		    machine_callpaths(door->machine), id));
	for (size_t i = 0; m != NULL && i < m->npaths; i++)
		if (door->mutant_ids[i] == id) {
			door->mutant_hits++;
			return m;
		}
	return NULL;
}

int
door_mutate_sync(hc_u32 *ops)
{
	const struct mutant *m = mutant_here(MUTANT_SYNC, *ops);

	if (m == NULL)
		return 1;
	*ops &= ~m->change.arg;
	return *ops != 0;
}

int
door_mutate_barrier(int *kind)
{
	const struct mutant *m = mutant_here(MUTANT_BARRIER, (uint32_t)*kind);

	if (m == NULL)
		return 1;
	if (m->change.how == MUTANT_DROPPED)
		return 0;
	*kind = (int)m->change.arg;
	return 1;
}

/* Where the CPU sees the first byte of a loaded piece; 0: nowhere. */
static uint64_t
kva_of_piece(const struct bus_piece *p, uint64_t skip)
{
	return p->va != 0 ? p->va + skip :
	    bus_dma_mem_kva(door->dma, p->home + skip);
}

void
door_mutate_segments(struct bus_segment *segs, uint32_t n)
{
	const struct mutant *m = mutant_here(MUTANT_LOAD, 0);

	for (uint32_t i = 0; m != NULL && i < n; i++) {
		const struct bus_piece *p;
		uint64_t len = segs[i].len, skip, to;

		if (bus_dma_find(door->dma, segs[i].addr, &len, &p) == NULL)
			continue;
		skip = segs[i].addr - p->bus;
		to = m->change.how == MUTANT_KVA ? kva_of_piece(p, skip) :
		    p->home + skip;
		if (to != 0)
			segs[i].addr = to;
	}
}

uint64_t
door_mutate_mmap(uint64_t pa)
{
	const struct mutant *m = mutant_here(MUTANT_MMAP, 0);
	uint64_t to = 0;

	if (m == NULL || pa == UINT64_MAX)
		return pa;
	if (m->change.how == MUTANT_KVA)
		to = bus_dma_mem_kva(door->dma, pa);
	else
		to = bus_dma_bus_of(door->dma, pa);
	return to != 0 ? to : pa;
}

/* door_state.c: what the future of the door's side of a guest depends on. */
#include "door_var.h"

/* Of what was freed its place, to tell of a use or of a second time. */
static struct state
kmem_state(const struct door_kmem *k)
{
	struct state s;

	state_init(&s);
	state_add_u64(&s, k->va);
	state_add_u64(&s, k->size << 1 | (k->live != 0));
	if (k->live) {
		state_add_u64(&s, (uint64_t)k->type << 32 | k->owner);
		state_add_u64(&s, (uint64_t)(k->softc != 0) << 1 |
		    (k->part != 0));
	}
	return s;
}

void
door_kmem_tell(struct door *d, const struct door_kmem *k)
{
	struct state s = kmem_state(k);

	state_set_add(&d->kmem_states, &s);
}

void
door_kmem_untell(struct door *d, const struct door_kmem *k)
{
	struct state s = kmem_state(k);

	state_set_take(&d->kmem_states, &s);
}

void
door_state_forget(struct door *d)
{
	d->kmem_states = (struct state_set){ 0 };
	for (size_t i = 0; i < d->nkmem; i++)
		door_kmem_tell(d, &d->kmem[i]);
}

static void
add_owners(const struct door *d, struct state *s)
{
	state_add_u64(s, d->nowners);
	for (uint32_t i = 0; i < d->nowners; i++)
		state_add_u64(s, d->owners[i]);
	state_add_u64(s, (uint64_t)d->last_owner << 1 | (d->booted != 0));
}

/* Those that still matter: another CPU that takes it makes something visible. */
static void
add_left(const struct door *d, struct state *s)
{
	for (size_t i = 0; i < d->nleft; i++) {
		const struct door_left *l = &d->left[i];
		uint64_t n = mem_lock_buffered(d->mem, l->cpu, l->mark);

		if (n == 0)
			continue;
		state_add_u64(s, l->lock);
		state_add_u64(s, n << 1 | l->cpu);
	}
}

/*
 * What the kernel printed, and the paths that are kept for a report, are left
 * out.
 */
void
door_state(const struct door *d, struct state *s)
{
	state_add_set(s, &d->kmem_states);
	door_pools_state(d->pools, s);
	door_takings_state(&d->takings, s);
	add_owners(d, s);
	state_add_u64(s, d->nheld);
	for (size_t i = 0; i < d->nheld; i++) {
		state_add_u64(s, d->held[i].mtx);
		state_add_u64(s, (uint64_t)d->held[i].ipl << 1 |
		    d->held[i].cpu);
	}
	state_add_u64(s, (uint64_t)d->kernel_locked << 1 | d->kernel_locker);
	add_left(d, s);
	guest_state(d->guest, s);
}

/* checker_left.c: what a driver leaves behind when it goes. */
#include "checker_var.h"

/* Whether something belongs to a device that has gone. */
static int
left_behind(uint32_t of, uint32_t owner, int detached)
{
	return of >= owner && (detached || of != DOOR_OWNER_LATER);
}

static void
leak(struct checker *c, callpath_id taken, const char *what, uint64_t size,
    int detached)
{
	struct finding *f = found(c, "leak", taken, 1, taken);

	if (f == NULL)
		return;
	say(f->text, "%llu bytes by %s are not given back when the %s",
	    (unsigned long long)size, what, detached ? "device is detached" :
	    "attach fails");
	say(f->prevent, "give back on the way out what was taken on "
	    "the way in, in the opposite order");
}

static void
left_handler(struct checker *c, const struct door_taken *t, int detached)
{
	struct finding *f = found(c, "interrupt-left-behind", t->path,
	    1, t->path);

	if (f == NULL)
		return;
	say(f->text, "an interrupt handler is still established when "
	    "the %s", detached ? "device is detached" : "attach has failed");
	say(f->prevent, "pci_intr_disestablish(9), before what the "
	    "handler uses is freed");
}

static void
left_timer(struct checker *c, const struct door_taken *t, int detached)
{
	struct finding *f;

	if (!sched_timer_pending(machine_sched(c->machine), t->key))
		return;
	f = found(c, "timeout-left-behind", t->path, 1, t->path);
	if (f == NULL)
		return;
	say(f->text, "a timeout is still pending when the %s",
	    detached ? "device is detached: it will run on memory that is "
	    "freed" : "attach has failed");
	say(f->prevent, "timeout_del(9) or timeout_del_barrier(9) on "
	    "the way out");
}

static void
left_others(struct checker *c, uint32_t owner, int detached)
{
	const struct door_takings *all = door_takings(c->door);

	for (size_t i = 0; i < all->n; i++) {
		const struct door_taken *t = &all->list[i];

		if (!left_behind(t->owner, owner, detached))
			continue;
		if (t->kind == DOOR_HANDLER)
			left_handler(c, t, detached);
		else if (t->kind == DOOR_TIMER)
			left_timer(c, t, detached);
		else
			leak(c, t->path, "bus_space_map", t->size, detached);
	}
}

/* Rule J13. */
void
checker_leaks(struct checker *c, uint32_t owner, int detached)
{
	const struct bus_memory *memory;
	const struct bus_map *map;
	const struct door_kmem *k;

	for (size_t i = 0; (map = bus_dma_map_at(c->dma, i)) != NULL; i++)
		if (left_behind(map->owner, owner, detached))
			leak(c, map->created, "bus_dmamap_create", map->size,
			    detached);
	for (size_t i = 0; (memory = bus_dma_memory_at(c->dma, i)) != NULL; i++)
		if (left_behind(memory->owner, owner, detached))
			leak(c, memory->allocated, "bus_dmamem_alloc",
			    memory->size, detached);
	for (size_t i = 0; (k = door_kmem_nth(c->door, i)) != NULL; i++)
		if (left_behind(k->owner, owner, detached) &&
		    (detached || !k->softc) && !k->part)
			leak(c, k->path, "malloc", k->size, detached);
	for (size_t i = 0; (k = door_pool_nth(c->door, i)) != NULL; i++)
		if (!detached && left_behind(k->owner, owner, 0))
			leak(c, k->path, "m_get or m_clget", k->size, 0);
	left_others(c, owner, detached);
}

void
checker_device_live(struct checker *c, unsigned status)
{
	callpath_id where = machine_published(c->machine);
	struct finding *f = found(c, "detach-device-live", 0, 1,
	    where);

	if (f == NULL)
		return;
	say(f->text, "the driver is detached and the device goes on: "
	    "device_status is 0x%02x, DRIVER_OK is set", status);
	say(f->prevent, "reset the device and wait until "
	    "device_status reads 0, before anything that it may use is freed");
}

void
checker_failed_note(struct checker *c)
{
	callpath_id who;
	const char *call = machine_failed(c->machine, &who);

	for (size_t i = 0; call != NULL && i < c->findings->n; i++)
		finding_note(&c->findings->list[i], who, "what failed: %s",
		    call);
}

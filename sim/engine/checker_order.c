/*
 * checker_order.c: what an order model has done to a look: rules J22 to J24.
 * Indexes, flags and events are looked at at any time, so that an old one is no
 * fault; whoever is misled by it is found by what comes of it.
 */
#include "checker_var.h"

#include <string.h>

/* Rule J22: the host looks, and stores to these bytes are not visible yet. */
void
checker_store_late(struct checker *c, const struct machine_dma *a)
{
	struct mem_writer w;
	uint8_t guest[MEM_PAGE], host[MEM_PAGE];
	uint64_t at = 0;
	struct finding *f;

	mem_cpu_load(c->mem, a->view, guest, a->len);
	mem_device_load(c->mem, a->view, host, a->len);
	while (at < a->len && guest[at] == host[at])
		at++;
	if (at == a->len)
		return;
	f = found(c, "order-store-late", a->map != NULL ? a->map->created :
	    a->published, 1, a->published);
	if (f == NULL)
		return;
	say(f->text, "the host reads %s before the driver's store there is "
	    "visible: it sees old bytes",
	    checker_purpose_names[a->what->purpose]);
	say(f->prevent, "membar_producer(9), or a stronger barrier, between "
	    "the store and the store of avail.idx");
	f->bytes_at = a->map_offset + at;
	f->nbytes = a->len - at < FINDING_BYTES_MAX ? (size_t)(a->len - at) :
	    FINDING_BYTES_MAX;
	memcpy(f->guest, guest + at, f->nbytes);
	memcpy(f->host, host + at, f->nbytes);
	w = mem_last_writer(c->mem, a->home + at);
	if (w.pc > MEM_PC_COPY) {
		f->store_note = f->nnotes;
		f->store_seq = w.seq;
		finding_note(f, callpath_of(machine_callpaths(c->machine),
		    w.pc), "the store that comes late");
	}
	if (a->map != NULL)
		note_map(f, a->map);
}

/* What says whether the device wants to be notified: avail_event, used.flags. */
static int
is_of_notification(const struct checker *c, uint64_t pa)
{
	for (size_t i = 0; i < c->nindex; i++)
		if (c->index[i].home == pa + 2)	/* flags stand before idx */
			return 1;
	return checker_is_event(c, pa, 1);
}

/*
 * Rule J24: a device has written what a load before its cause may give.  A
 * notification hangs on the load of avail_event or of flags, which decides
 * nothing else.
 */
int
checker_late_load(struct checker *c, const struct overtaken_load *load)
{
	const struct bus_map *map = bus_dma_find_home(c->dma, load->pa);
	callpath_id where = here(c, load->pc);
	struct finding *f;

	if (load->by == OVERTAKEN_REGISTER && is_of_notification(c, load->pa))
		return 0;
	f = found(c, "order-load-late", where, 0, where);
	if (f == NULL)
		return 1;
	f->told = 1;
	say(f->text, "this load may be made after a later store that the host "
	    "acts on, and give what the host writes then");
	say(f->prevent, "membar_consumer(9) on arm, membar_exit(9), or a "
	    "stronger barrier, between the load and the store of avail.idx; "
	    "nothing, if that store hangs on what is loaded");
	if (map != NULL)
		note_map(f, map);
	return 1;
}

/* Rule J23: a load that gives what was there before the device wrote. */
void
checker_old_load(struct checker *c, uint64_t pa, uint64_t size, const void *pc)
{
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	struct finding *f;

	if (mem_shadow_any(c->mem, pa, size, MEM_RACY | MEM_USED_INDEX) ||
	    checker_is_event(c, pa, size))
		return;
	f = found(c, "order-load-early", here(c, pc), 1, here(c, pc));
	if (f == NULL)
		return;
	say(f->text, "this load may be made before the one that saw that the "
	    "host is done, and gives what was there before the host wrote");
	say(f->prevent, "membar_consumer(9), or a stronger barrier, after the "
	    "load of used.idx");
	if (map != NULL)
		note_map(f, map);
}

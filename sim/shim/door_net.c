/* door_net.c: the door's part for mbufs and network interfaces. */
#include "door_var.h"

#include <string.h>

/* OpenBSD's flag of malloc(9), as in hypercall.h. */
#define MAY_FAIL	(HC_M_NOWAIT | HC_M_CANFAIL)

void *
door_pool_get(hc_u32 size, hc_u32 flags)
{
	uint64_t va;

	enter();
	sched_progress(door->sched);
	if ((flags & MAY_FAIL) != 0 && machine_fails(door->machine, "m_get"))
		return NULL;
	va = door_pools_take(door->pools, size, sched_runs(door->sched),
	    path_here(), door_owner(door));
	return (void *)(uintptr_t)va;
}

void
door_pool_put(void *item, hc_u32 size)
{
	enter();
	sched_progress(door->sched);
	if (door_pools_give(door->pools, (uint64_t)(uintptr_t)item, size,
	    path_here()) != 0)
		door->events.rule_broken(door->self, "mbuf-free-unknown",
		    "an mbuf or a cluster is freed that no pool gave");
	else
		bus_dma_heap_free(door->dma, (uint64_t)(uintptr_t)item, size,
		    "m_freem(9)");
}

int
door_pool_used(const void *p)
{
	const struct door_kmem *item;

	enter();
	item = door_pools_item(door->pools, (uint64_t)(uintptr_t)p);
	if (item != NULL && item->live && item->va == (uint64_t)(uintptr_t)p)
		return 1;
	if (item != NULL && item->va == (uint64_t)(uintptr_t)p)
		door->events.rule_broken(door->self, "mbuf-double-free",
		    "an mbuf is freed that was freed before");
	else
		door->events.rule_broken(door->self, "mbuf-free-unknown",
		    "an mbuf is freed that m_get(9) did not give");
	return 0;
}

void
door_pool_leaks(void)
{
	const struct door_kmem *item;

	enter();
	if (door->events.pool_leak == NULL)
		return;
	for (size_t i = 0; (item = door_pools_nth(door->pools, i)) != NULL;
	    i++)
		door->events.pool_leak(door->self, item->size, item->path);
}

const struct door_kmem *
door_pool_nth(const struct door *d, size_t n)
{
	return door_pools_nth(d->pools, n);
}

/*
 * The bytes as the CPU sees them, which in tracked memory is not what lies at
 * the address; and no access of the guest's, so nothing is judged.
 */
static void
gather(struct bytes *to, const struct hc_piece *piece)
{
	uint64_t va = (uint64_t)(uintptr_t)piece->at, left = piece->len;
	uint8_t page[MEM_PAGE];

	while (left > 0) {
		uint64_t n = MEM_PAGE - va % MEM_PAGE, pa;

		if (n > left)
			n = left;
		pa = mem_va_to_pa(door->mem, va);
		if (mem_va_inside(va, n) && pa != MEM_NOWHERE &&
		    (mem_va_flags(door->mem, va) & MEM_VA_TRACKED) != 0)
			mem_cpu_load(door->mem, pa, page, n);
		else if (mem_va_inside(va, n) && pa == MEM_NOWHERE)
			memset(page, 0xff, n);
		else
			memcpy(page, (const void *)(uintptr_t)va, n);
		bytes_add(to, page, n);
		va += n;
		left -= n;
	}
}

void
door_net_frame(hc_u32 dir, hc_u32 queue, const struct hc_piece *pieces,
    hc_u32 npieces, hc_u32 flags, hc_u32 mss)
{
	enter();
	if (door->events.net_frame == NULL)
		return;
	bytes_clear(&door->frame);
	for (hc_u32 i = 0; i < npieces; i++)
		gather(&door->frame, &pieces[i]);
	door->events.net_frame(door->self, dir, queue, door->frame.data,
	    door->frame.len, flags, mss);
}

void
door_net_state(const char *name, const struct hc_net_state *state)
{
	enter();
	if (door->events.net_state != NULL)
		door->events.net_state(door->self, name, state);
}

void
door_net_content(const void *bytes, hc_u64 len)
{
	struct hc_piece piece = { bytes, len };

	enter();
	if (door->events.net_content == NULL)
		return;
	bytes_clear(&door->frame);
	gather(&door->frame, &piece);
	door->events.net_content(door->self, door->frame.data,
	    door->frame.len);
}

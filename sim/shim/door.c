/* door.c: the host's side of hypercall.h. */
#include "door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "door_var.h"
#include "hook_runtime.h"
#include "host.h"
#include "snapshot.h"

_Static_assert(MEM_FREED_BYTE == HC_FREED_BYTE, "one byte for all");

/* OpenBSD's numbers, errno(2). */
#define ENOMEM_	12
#define EINVAL_	22
#define ENODEV_	19

struct door *door;			/* the open one */

/* --- what the kernel says --- */

static void
door_print(const char *bytes, hc_u64 len)
{
	enter();
	if (len > DOOR_DMESG_MAX - door->dmesg.len)
		len = DOOR_DMESG_MAX - door->dmesg.len;
	bytes_add(&door->dmesg, bytes, len);
}

__attribute__((noreturn)) void
door_panic(const char *text)
{
	enter();
	door->events.panic(door->self, text);
	sched_abandon(door->sched);
}

static __attribute__((noreturn)) void
door_unmodelled(const char *function)
{
	enter();
	door->events.unmodelled(door->self, function);
	sched_abandon(door->sched);
}

static void
door_rule_broken(const char *id, const char *text)
{
	enter();
	door->events.rule_broken(door->self, id, text);
}

/* --- malloc --- */

uint64_t
door_kernel_takes(const struct door *d)
{
	return d->kernel_takes;
}

const struct door_kmem *
door_kmem_at(const struct door *d, uint64_t va)
{
	for (size_t i = d->nkmem; i > 0; i--)
		if (va >= d->kmem[i - 1].va &&
		    va - d->kmem[i - 1].va < d->kmem[i - 1].size + 16)
			return &d->kmem[i - 1];
	return door_pools_item(d->pools, va);
}

size_t
door_kmem_live(const struct door *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nkmem; i++)
		n += d->kmem[i].live != 0;
	return n;
}

const struct door_kmem *
door_kmem_nth(const struct door *d, size_t n)
{
	for (size_t i = 0; i < d->nkmem; i++)
		if (d->kmem[i].live && n-- == 0)
			return &d->kmem[i];
	return NULL;
}

callpath_id
door_sleeper(const struct door *d)
{
	return d->sleeper;
}

uint32_t
door_owner(const struct door *d)
{
	return d->nowners != 0 ? d->owners[d->nowners - 1] :
	    d->booted ? DOOR_OWNER_LATER : 0;
}

void
door_booted(struct door *d)
{
	d->booted = 1;
	bus_dma_owner_set(d->dma, door_owner(d));
}

const struct door_takings *
door_takings(const struct door *d)
{
	return &d->takings;
}

void
door_take(enum door_taken_kind kind, uint64_t key, uint64_t size)
{
	struct door_taken t = { kind, key, size, door_owner(door),
	    path_here() };

	door_taken_add(&door->takings, &t);
}

int
door_step_fails(const char *call)
{
	return machine_fails(door->machine, call);
}

static void *
door_kmem_alloc(hc_u64 size, hc_u32 type, hc_u32 flags)
{
	struct door_kmem *k;
	uint64_t va;

	enter();
	sched_progress(door->sched);
	if ((flags & (HC_M_NOWAIT | HC_M_CANFAIL)) != 0 &&
	    door_step_fails("malloc"))
		return NULL;
	va = mem_heap_alloc(door->mem, size != 0 ? size : 1);
	if (va == 0)
		return NULL;
	if (door->nkmem == door->kmem_max) {
		door->kmem_max = door->kmem_max != 0 ? 2 * door->kmem_max : 64;
		door->kmem = check_realloc(door->kmem,
		    door->kmem_max * sizeof door->kmem[0]);
	}
	mem_race_forget(door->mem, va, size != 0 ? size : 1);
	k = &door->kmem[door->nkmem++];
	k->va = va;
	k->size = size != 0 ? size : 1;
	k->type = type;
	k->live = 1;
	k->path = path_here();
	k->owner = door_owner(door);
	k->softc = 0;
	k->part = (flags & HC_M_KERNEL) != 0;
	k->freed = CALLPATH_NONE;
	door_kmem_tell(door, k);
	return (void *)(uintptr_t)va;
}

static void
door_kmem_free(void *p, hc_u32 type, hc_u64 size)
{
	uint64_t va = (uint64_t)(uintptr_t)p;
	struct door_kmem *k = NULL;
	char text[200];

	enter();
	sched_progress(door->sched);
	if (p == NULL)
		return;
	for (size_t i = door->nkmem; i > 0 && k == NULL; i--)
		if (door->kmem[i - 1].va == va)
			k = &door->kmem[i - 1];
	if (k == NULL || !k->live) {
		door->events.rule_broken(door->self, k == NULL ?
		    "free-unknown" : "free-twice", k == NULL ?
		    "free(9) of what malloc(9) did not give" :
		    "free(9) of what was freed before");
		return;
	}
	if (k->type != type || (size != 0 && size != k->size)) {
		snprintf(text, sizeof text, "free(9) of %llu bytes of type %u "
		    "that malloc(9) gave as %llu bytes of type %u",
		    (unsigned long long)size, type,
		    (unsigned long long)k->size, k->type);
		door->events.rule_broken(door->self, "free-mismatch", text);
	}
	bus_dma_heap_free(door->dma, k->va, k->size, "free(9)");
	door_kmem_untell(door, k);
	k->live = 0;
	k->freed = path_here();
	door_kmem_tell(door, k);
	mem_heap_free(door->mem, k->va, k->size);
}

/* --- bus_dma(9) --- */

/* Without BUS_DMA_NOWAIT a call may sleep, so only a process may make it. */
static void
may_wait(hc_u32 flags, const char *call)
{
	char text[120];

	if ((flags & HC_DMA_NOWAIT) != 0 || sched_can_sleep(door->sched))
		return;
	snprintf(text, sizeof text, "%s without BUS_DMA_NOWAIT may sleep, and "
	    "this is no process", call);
	door->events.rule_broken(door->self, "sleep-in-interrupt", text);
}

/* Some calls are for a process only, whatever their flags. */
static void
process_only(const char *call)
{
	char text[120];

	if (sched_can_sleep(door->sched))
		return;
	snprintf(text, sizeof text, "%s must not be called from an interrupt "
	    "context, with BUS_DMA_NOWAIT neither", call);
	door->events.rule_broken(door->self, "dma-call-in-interrupt", text);
}

static int
door_dmamap_create(hc_u64 size, hc_u32 nsegments, hc_u64 maxsegsz,
    hc_u64 boundary, hc_u32 flags, hc_u64 *map)
{
	uint64_t id = 0;
	int error;

	/* A wait in an interrupt has been told: the shim's malloc(9) was it. */
	enter();
	sched_progress(door->sched);
	machine_call_set(door->machine, "bus_dmamap_create");
	error = bus_dma_map_create(door->dma, size, nsegments, maxsegsz,
	    boundary, flags, &id);
	*map = id;
	return error;
}

static void
door_dmamap_destroy(hc_u64 map)
{
	enter();
	bus_dma_map_destroy(door->dma, map);
}

static int
segments_out(int error, const struct bus_segment *from, uint32_t n,
    struct hc_segment *segs, hc_u32 *nsegs)
{
	for (uint32_t i = 0; i < n; i++) {
		segs[i].addr = from[i].addr;
		segs[i].len = from[i].len;
	}
	*nsegs = n;
	return error;
}

static void
segments_in(struct bus_segment *to, const struct hc_segment *segs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		to[i].addr = segs[i].addr;
		to[i].len = segs[i].len;
	}
}

static int
door_dmamap_load(hc_u64 map, const void *kva, hc_u64 len, hc_u32 flags,
    int append, struct hc_segment *segs, hc_u32 *nsegs)
{
	struct bus_segment s[BUS_DMA_SEGMENTS_MAX];
	uint32_t n = 0;
	int error;

	enter();
	/* BUS_DMA_ALLOCNOW has allocated what this would wait for. */
	if ((bus_dma_map_flags(door->dma, map) & HC_DMA_ALLOCNOW) == 0)
		may_wait(flags, "bus_dmamap_load");
	sched_progress(door->sched);
	machine_call_set(door->machine, "bus_dmamap_load");
	error = bus_dma_map_load(door->dma, map, (uint64_t)(uintptr_t)kva, len,
	    flags, append, s, &n);
	door_mutate_segments(s, n);
	return segments_out(error, s, n, segs, nsegs);
}

static int
door_dmamap_load_raw(hc_u64 map, const struct hc_segment *raw, hc_u32 nraw,
    hc_u64 len, hc_u32 flags, struct hc_segment *segs, hc_u32 *nsegs)
{
	struct bus_segment in[BUS_DMA_SEGMENTS_MAX], s[BUS_DMA_SEGMENTS_MAX];
	uint32_t n = 0;
	int error;

	enter();
	if (nraw > BUS_DMA_SEGMENTS_MAX)
		return EINVAL_;
	if ((bus_dma_map_flags(door->dma, map) & HC_DMA_ALLOCNOW) == 0)
		may_wait(flags, "bus_dmamap_load_raw");
	sched_progress(door->sched);
	segments_in(in, raw, nraw);
	machine_call_set(door->machine, "bus_dmamap_load_raw");
	error = bus_dma_map_load_raw(door->dma, map, in, nraw, len, flags, s,
	    &n);
	door_mutate_segments(s, n);
	return segments_out(error, s, n, segs, nsegs);
}

static void
door_dmamap_unload(hc_u64 map)
{
	enter();
	bus_dma_map_unload(door->dma, map);
}

static void
door_dmamap_sync(hc_u64 map, hc_u64 offset, hc_u64 len, hc_u32 ops)
{
	enter();
	if (door_mutate_sync(&ops))
		bus_dma_map_sync(door->dma, map, offset, len, ops);
	sched_poll(door->sched);
}

static int
door_dmamem_alloc(hc_u64 size, hc_u64 alignment, hc_u64 boundary, hc_u64 low,
    hc_u64 high, hc_u32 nsegs_max, hc_u32 flags, struct hc_segment *segs,
    hc_u32 *nsegs)
{
	struct bus_segment s[BUS_DMA_SEGMENTS_MAX];
	uint32_t n = 0;
	int error;

	enter();
	may_wait(flags, "bus_dmamem_alloc");
	sched_progress(door->sched);
	machine_call_set(door->machine, "bus_dmamem_alloc");
	error = bus_dma_mem_alloc(door->dma, size, alignment, boundary, low,
	    high, nsegs_max, flags, s, &n);
	return segments_out(error, s, n, segs, nsegs);
}

static void
door_dmamem_free(const struct hc_segment *segs, hc_u32 nsegs)
{
	struct bus_segment s[BUS_DMA_SEGMENTS_MAX];

	enter();
	CHECK(nsegs <= BUS_DMA_SEGMENTS_MAX);
	segments_in(s, segs, nsegs);
	bus_dma_mem_free(door->dma, s, nsegs);
}

static int
door_dmamem_map(const struct hc_segment *segs, hc_u32 nsegs, hc_u64 size,
    hc_u32 flags, void **kva)
{
	struct bus_segment s[BUS_DMA_SEGMENTS_MAX];
	uint64_t va = 0;
	int error;

	enter();
	process_only("bus_dmamem_map");
	sched_progress(door->sched);
	CHECK(nsegs <= BUS_DMA_SEGMENTS_MAX);
	segments_in(s, segs, nsegs);
	machine_call_set(door->machine, "bus_dmamem_map");
	error = bus_dma_mem_map(door->dma, s, nsegs, size, flags, &va);
	*kva = (void *)(uintptr_t)va;
	return error;
}

static void
door_dmamem_unmap(void *kva, hc_u64 size)
{
	enter();
	process_only("bus_dmamem_unmap");
	bus_dma_mem_unmap(door->dma, (uint64_t)(uintptr_t)kva, size);
}

static hc_u64
door_dmamem_mmap(const struct hc_segment *segs, hc_u32 nsegs, hc_u64 offset,
    hc_u32 prot, hc_u32 flags)
{
	struct bus_segment s[BUS_DMA_SEGMENTS_MAX];

	(void)prot;
	(void)flags;
	enter();
	CHECK(nsegs <= BUS_DMA_SEGMENTS_MAX);
	segments_in(s, segs, nsegs);
	return door_mutate_mmap(bus_dma_mem_mmap(door->dma, s, nsegs, offset));
}

/* --- registers and PCI --- */

static int
door_reg_map(hc_u64 pa, hc_u64 size)
{
	enter();
	if (size == 0 || pa > UINT64_MAX - size)
		return EINVAL_;
	if (door_step_fails("bus_space_map"))
		return ENOMEM_;
	door_take(DOOR_REGISTERS, pa, size);
	return 0;
}

static void
door_reg_unmap(hc_u64 pa, hc_u64 size)
{
	int r;

	enter();
	r = door_taken_del(&door->takings, DOOR_REGISTERS, pa, size);
	if (r != 0)
		door->events.rule_broken(door->self, "register-unmap", r < 0 ?
		    "bus_space_unmap of what is not mapped" :
		    "bus_space_unmap of another size than was mapped");
}

static hc_u64
door_reg_read(hc_u64 pa, hc_u32 size)
{
	enter();
	CHECK(size == 1 || size == 2 || size == 4 || size == 8);
	sched_turn(door->sched, SCHED_DEVICE);
	return machine_reg_read(door->machine, pa, size);
}

static void
door_reg_write(hc_u64 pa, hc_u32 size, hc_u64 value)
{
	enter();
	CHECK(size == 1 || size == 2 || size == 4 || size == 8);
	sched_turn(door->sched, SCHED_DEVICE);
	mem_race_let(door->mem, MEM_RACE_DEVICE);
	machine_reg_write(door->machine, pa, size, value);
}

static int
door_pci_present(void)
{
	enter();
	return machine_desc_of(door->machine)->has_pci;
}

static hc_u32
door_pci_conf_read(hc_u32 bdf, hc_u32 offset)
{
	enter();
	if (bdf > UINT16_MAX || offset > 4092 || offset % 4 != 0)
		return UINT32_MAX;
	return machine_pci_read(door->machine, (uint16_t)bdf, offset);
}

static void
door_pci_conf_write(hc_u32 bdf, hc_u32 offset, hc_u32 value)
{
	enter();
	if (bdf > UINT16_MAX || offset > 4092 || offset % 4 != 0)
		return;
	machine_pci_write(door->machine, (uint16_t)bdf, offset, value);
}

static int
door_pci_intx_irq(hc_u32 bdf, hc_u32 pin, hc_u32 *irq)
{
	uint32_t n = 0;

	enter();
	if (door_step_fails("pci_intr_map") ||
	    machine_intx_irq(door->machine, (uint16_t)bdf, pin, &n) != 0)
		return ENODEV_;
	*irq = n;
	return 0;
}

static int
door_msi_alloc(hc_u32 bdf, hc_u32 vector, hc_u64 *addr, hc_u32 *data,
    hc_u32 *irq)
{
	uint64_t a;
	uint32_t d, i;

	enter();
	if (door_step_fails("MSI allocation") || machine_msi_alloc(door->machine, (uint16_t)bdf, vector, &a, &d,
	    &i) != 0)
		return ENODEV_;
	*addr = a;
	*data = d;
	*irq = i;
	return 0;
}

static void
door_msi_free(hc_u32 irq)
{
	enter();
	machine_msi_free(door->machine, irq);
}

static const void *
door_fdt(hc_u64 *size)
{
	const struct machine_desc *d = machine_desc_of(door->machine);

	enter();
	*size = d->dtb_len;
	return d->dtb;
}

static int
door_fdt_irq(hc_u32 node, hc_u32 index, hc_u32 *irq)
{
	uint32_t n;

	enter();
	if (machine_desc_node_irq(machine_desc_of(door->machine), node, index,
	    &n) != 0)
		return ENODEV_;
	*irq = n;
	return 0;
}

/* --- the user's side --- */

static void *
door_user_map(hc_u32 window, hc_u64 index, hc_u64 pa, hc_u32 prot,
    hc_u32 attributes)
{
	uint64_t va;

	unsigned flags = MEM_VA_TRACKED;

	(void)prot;
	if ((attributes & (HC_MAP_NOCACHE | HC_MAP_WRITECOMBINE |
	    HC_MAP_DEVICE)) != 0)
		flags |= MEM_VA_UNCACHED;	/* rule T1 */
	enter();
	sched_progress(door->sched);
	if (window >= MEM_USER_WINDOWS || index >= MEM_USER_SIZE / MEM_PAGE)
		return NULL;
	va = mem_base() + MEM_USER_OFFSET + window * (uint64_t)MEM_USER_SIZE +
	    index * MEM_PAGE;
	if (mem_is_ram(door->mem, pa, MEM_PAGE)) {
		mem_va_map(door->mem, va, pa, flags);
	} else {
		door->events.user_map_nowhere(door->self, pa, door->answer);
		mem_va_map(door->mem, va, 0,
		    machine_desc_of(door->machine)->unbacked ==
		    UNBACKED_ABORT ? MEM_VA_ABORT : MEM_VA_LOST);
	}
	return (void *)(uintptr_t)va;
}

static void
door_user_unmap(hc_u32 window)
{
	uint64_t va = mem_base() + MEM_USER_OFFSET +
	    window * (uint64_t)MEM_USER_SIZE;

	enter();
	if (window >= MEM_USER_WINDOWS)
		return;
	for (uint64_t i = 0; i < MEM_USER_SIZE / MEM_PAGE; i++)
		if (mem_va_flags(door->mem, va + i * MEM_PAGE) != MEM_VA_HOLE)
			mem_va_unmap(door->mem, va + i * MEM_PAGE);
}

static void
door_console_geometry(hc_u32 rows, hc_u32 columns, hc_u32 x, hc_u32 y)
{
	enter();
	door->events.console_geometry(door->self, rows, columns, x, y);
}

static void
door_answered(void)
{
	enter();
	door->answer = callpath_of(machine_callpaths(door->machine),
	    (uint64_t)(uintptr_t)door_last_pc());
}

static void
door_attaching(const void *softc)
{
	enter();
	if (softc != NULL) {
		for (size_t i = door->nkmem; i > 0; i--) {
			struct door_kmem *k = &door->kmem[i - 1];

			if (k->va != (uint64_t)(uintptr_t)softc || !k->live)
				continue;
			door_kmem_untell(door, k);
			k->softc = 1;
			door_kmem_tell(door, k);
		}
		CHECK(door->nowners < ATTACH_DEPTH_MAX);
		door->owners[door->nowners++] = ++door->last_owner;
	} else {
		CHECK(door->nowners > 0);
		door->nowners--;
	}
	bus_dma_owner_set(door->dma, door_owner(door));
}

static int
door_fails(const char *call)
{
	enter();
	return door_step_fails(call);
}

static const struct hypercall door_calls = {
	.version = HYPERCALL_VERSION,
	.print = door_print,
	.panic = door_panic,
	.unmodelled = door_unmodelled,
	.rule_broken = door_rule_broken,
	.spread = door_spread,
	.kmem_alloc = door_kmem_alloc,
	.kmem_free = door_kmem_free,
	.pool_get = door_pool_get,
	.pool_put = door_pool_put,
	.pool_used = door_pool_used,
	.pool_leaks = door_pool_leaks,
	.dmamap_create = door_dmamap_create,
	.dmamap_destroy = door_dmamap_destroy,
	.dmamap_load = door_dmamap_load,
	.dmamap_load_raw = door_dmamap_load_raw,
	.dmamap_unload = door_dmamap_unload,
	.dmamap_sync = door_dmamap_sync,
	.dmamem_alloc = door_dmamem_alloc,
	.dmamem_free = door_dmamem_free,
	.dmamem_map = door_dmamem_map,
	.dmamem_unmap = door_dmamem_unmap,
	.dmamem_mmap = door_dmamem_mmap,
	.reg_map = door_reg_map,
	.reg_unmap = door_reg_unmap,
	.reg_read = door_reg_read,
	.reg_write = door_reg_write,
	.pci_present = door_pci_present,
	.pci_conf_read = door_pci_conf_read,
	.pci_conf_write = door_pci_conf_write,
	.pci_intx_irq = door_pci_intx_irq,
	.msi_alloc = door_msi_alloc,
	.msi_free = door_msi_free,
	.fdt = door_fdt,
	.fdt_irq = door_fdt_irq,
	.intr_establish = door_intr_establish,
	.intr_disestablish = door_intr_disestablish,
	.intr_barrier = door_intr_barrier,
	.spl = door_spl,
	.spl_get = door_spl_get,
	.softintr_schedule = door_softintr_schedule,
	.softintr_cancel = door_softintr_cancel,
	.timer_set = door_timer_set,
	.timer_del = door_timer_del,
	.uptime_ns = door_uptime_ns,
	.waited_ns = door_waited_ns,
	.delay_us = door_delay_us,
	.busy = door_busy,
	.turn = door_turn,
	.others = door_others,
	.own = door_own,
	.kernel = door_kernel,
	.sleep = door_sleep,
	.wakeup = door_wakeup,
	.can_sleep = door_can_sleep,
	.mtx_enter = door_mtx_enter,
	.mtx_enter_try = door_mtx_enter_try,
	.mtx_leave = door_mtx_leave,
	.mtx_owned = door_mtx_owned,
	.kernel_lock = door_kernel_lock,
	.barrier = door_barrier,
	.user_map = door_user_map,
	.user_unmap = door_user_unmap,
	.console_geometry = door_console_geometry,
	.answered = door_answered,
	.attaching = door_attaching,
	.net_frame = door_net_frame,
	.net_state = door_net_state,
	.net_content = door_net_content,
	.fails = door_fails,
};

/* --- life --- */

static void
hook_access(void *self, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	mem_access(((struct door *)self)->mem, va, size, kind, pc);
}

static void
hook_fence(void *self, int after)
{
	struct mem *m = ((struct door *)self)->mem;

	mem_settle(m);
	if (after == HOOK_AFTER_ATOMIC)
		mem_atomic(m);
	else if (after == HOOK_AFTER_FENCE)
		mem_barrier(m, ORDER_BARRIER_SYNC);
}

struct door *
door_open(struct machine *m, struct guest *g, const struct door_events *events,
    void *self)
{
	struct door *d = check_calloc(1, sizeof *d);

	CHECK(door == NULL);
	d->machine = m;
	d->mem = machine_mem(m);
	d->sched = machine_sched(m);
	d->dma = machine_bus_dma(m);
	d->guest = g;
	d->events = *events;
	d->self = self;
	d->pools = door_pools_create(d->mem);
	sched_locks(d->sched, door_is_held);
	door = d;
	memset(&hook_window, 0, sizeof hook_window);
	d->entry = guest_enter(g, &door_calls);
	hook_window.page_flags = mem_page_flags(d->mem);
	hook_window.quiet = MEM_VA_TRACKED;
	hook_window.asks = MEM_VA_ASKS;
	hook_window.access = hook_access;
	hook_window.fence = hook_fence;
	hook_window.self = d;
	hook_window.base = mem_base();
	hook_window.size = MEM_WINDOW_SIZE;
	host_fault_handler_set(door_fault, d);
	guest_track(g);
	snapshot_track_bytes(&hook_window, sizeof hook_window);
	return d;
}

void
door_close(struct door *d)
{
	if (d == NULL)
		return;
	CHECK(door == d);
	host_fault_handler_set(NULL, NULL);
	memset(&hook_window, 0, sizeof hook_window);
	door = NULL;
	bytes_free(&d->dmesg);
	bytes_free(&d->frame);
	door_pools_destroy(d->pools);
	check_free(d->kmem);
	check_free(d->takings.list);
	check_free(d->mutant_ids);
	check_free(d->left);
	check_free(d);
}

const struct guest_entry *
door_guest(const struct door *d)
{
	return d->entry;
}

const struct bytes *
door_dmesg(const struct door *d)
{
	return &d->dmesg;
}

void
door_capture(struct door *d)
{
	(void)d;
	hook_window.capture = 1;
}

void
door_accesses(struct door *d)
{
	if (hook_window.recent_next != d->accesses)
		sched_called(d->sched);
	d->accesses = hook_window.recent_next;
}

/* low 0: the one that runs, as its latest access left it. */
static void
stack_state(void *self, uint64_t low, uint64_t high)
{
	struct state *s = self;

	if (low == 0) {
		if (hook_window.low == 0)
			hook_capture();
		low = hook_window.low;
		CHECK(low < high && high - low < SCHED_STACK_SIZE);
		state_add(s, hook_window.registers,
		    sizeof hook_window.registers);
	}
	low -= low % sizeof(uint64_t);
	state_add_u64(s, low);
	state_add_stack(s, (const uint64_t *)(uintptr_t)low,
	    (size_t)((high - low) / sizeof(uint64_t)));
}

void
door_stack_here(const struct door *d)
{
	(void)d;
	hook_capture();
}

void
door_stack_state(const struct door *d, struct state *s)
{
	sched_stacks(d->sched, stack_state, s);
}

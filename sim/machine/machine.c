/* machine.c: the simulated hardware as one. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "machine_var.h"

/* --- what the parts tell --- */

static void
tell_time(void *self, uint64_t now_ns)
{
	struct machine *m = self;

	if (m->host.ops != NULL && m->host.ops->time != NULL)
		m->host.ops->time(m->host.self, now_ns);
	m->events.time(m->self, now_ns);
}

void
machine_host_lost(struct machine *m, const struct error *err)
{
	m->host_gone = 1;
	m->events.host_gone(m->self, err);
	if (sched_in_guest(m->sched))
		sched_abandon(m->sched);
}

static int
host_step(void *self, int block)
{
	struct machine *m = self;
	struct error err;
	int r;

	if (m->host_gone || m->host.ops == NULL)
		return 0;
	error_clear(&err);
	/* Whoever waits for the host has nothing in its buffer any more. */
	if (block || !sched_in_guest(m->sched))
		mem_drain(m->mem);
	m->host_running++;
	r = m->host.ops->step(m->host.self, block, &err);
	m->host_running--;
	if (m->choice.mode == CHOICE_ASKED)
		state_stack_clean();
	if (r < 0) {
		machine_host_lost(m, &err);
		return 0;
	}
	if (r == 1)
		sched_touched(m->sched);
	return r;
}

static void
tell_no_progress(void *self)
{
	const struct boundary_happening still = { .what = HAPPEN_STILL };
	struct machine *m = self;

	(void)machine_happen(m, &still);
	m->events.no_progress(m->self);
}

/* Only where it is asked for: nearly every notification leads here. */
static unsigned
pick_arrival(void *self, unsigned n)
{
	struct machine *m = self;

	if ((m->choice.kinds & 1u << CHOICE_ARRIVAL) == 0)
		return 0;
	m->events.arriving(m->self, CHOICE_ARRIVAL);
	return choice_pick(&m->choice, CHOICE_ARRIVAL, n);
}

/* Which is chosen, where it is asked for. */
static unsigned
pick_of(struct machine *m, enum choice_kind kind, unsigned n)
{
	if ((m->choice.kinds & 1u << kind) == 0)
		return 0;
	mem_settle(m->mem);
	m->events.arriving(m->self, kind);
	return choice_pick(&m->choice, kind, n);
}

static unsigned
pick_turn(void *self, unsigned n)
{
	return pick_of(self, CHOICE_CPU, n);
}

static void
tell_known(void *self)
{
	struct machine *m = self;

	if (m->events.known != NULL)
		m->events.known(m->self);
}

static int
pick_timer(void *self)
{
	return pick_of(self, CHOICE_TIMER, 2) != 0;
}

static void
tell_stretch(void *self, unsigned depth, int what, int exposed)
{
	struct machine *m = self;

	switch (what) {
	case STRETCH_BEGINS:
		mem_between_stretch(m->mem, depth, exposed);
		break;
	case STRETCH_BACK:
		mem_between_back(m->mem, depth);
		break;
	default:
		mem_between_exposed(m->mem, exposed);
		break;
	}
}

static void
tell_kernel(void *self, int own)
{
	struct machine *m = self;

	mem_between_shield(m->mem, own);
}

static void
run_cpu(void *self, unsigned cpu, unsigned others)
{
	struct machine *m = self;

	mem_cpu_set(m->mem, cpu, others);
}

static void
run_block(void *self, uint32_t block, uint32_t within)
{
	struct machine *m = self;

	mem_settle(m->mem);
	mem_block(m->mem, block, within);
}

void
machine_blocks(struct machine *m, struct blocks *b, int relies)
{
	mem_blocks(m->mem, b);
	sched_blocks(m->sched, b, relies);
}

static void
run_interrupt(void *self, uint64_t token)
{
	struct machine *m = self;

	mem_interrupted(m->mem);
	mem_race_take(m->mem, MEM_RACE_DEVICE);
	mem_race_take(m->mem, MEM_RACE_HANDLER | token);
	m->events.interrupt(m->self, token);
	mem_race_let(m->mem, MEM_RACE_HANDLER | token);
}

static void
run_softintr(void *self, uint64_t token)
{
	struct machine *m = self;

	mem_race_take(m->mem, MEM_RACE_DEFERRED | token);
	m->events.softintr(m->self, token);
}

static void
run_timeout(void *self, uint64_t token)
{
	struct machine *m = self;

	mem_race_take(m->mem, MEM_RACE_DEFERRED | token);
	m->events.timeout(m->self, token);
}

static void
tell_rule(void *self, const char *id, int fatal, const struct bus_map *map,
    const char *text)
{
	struct machine *m = self;

	m->events.dma_rule(m->self, id, fatal, map, text);
}

static void
tell_syncing(void *self, const struct bus_map *map, uint64_t home,
    uint64_t view, uint64_t n, uint32_t ops)
{
	struct machine *m = self;

	mem_block_pages(m->mem, home, n);
	m->events.syncing(m->self, map, home, view, n, ops);
}

static void
tell_synced(void *self, const struct bus_map *map, uint64_t offset,
    uint64_t len, uint32_t ops)
{
	struct machine *m = self;

	m->events.synced(m->self, map, offset, len, ops);
}

static void
tell_unloading(void *self, const struct bus_map *map, const char *call)
{
	struct machine *m = self;

	m->events.unloading(m->self, map, call);
}

void
machine_mpsafe(struct machine *m)
{
	m->events.mpsafe(m->self);
}

/* Rule J14: each call that may fail is a choice. */
int
machine_fails(struct machine *m, const char *call)
{
	if (choice_pick(&m->choice, CHOICE_ALLOCATION, 2) == 0)
		return 0;
	m->failed_call = call;
	/* What the host refuses is the request's fault: who sent it. */
	m->failed = m->host_running != 0 || !sched_in_guest(m->sched) ?
	    m->published : callpath_here(m->paths, NULL);
	return 1;
}

void
machine_call_set(struct machine *m, const char *call)
{
	m->call = call;
}

const char *
machine_failed(const struct machine *m, callpath_id *who)
{
	*who = m->failed;
	return m->failed_call;
}

/* enum choice_kind has the fates in their order. */
static int
pick_fate(void *self, enum cache_fate fate)
{
	struct machine *m = self;

	return (int)choice_pick(&m->choice, CHOICE_CACHE_EVICT +
	    (unsigned)fate, 2);
}

void
machine_choices_begin(struct machine *m)
{
	const struct cache_chooser by = { pick_fate, m };

	if ((m->choice.kinds & CHOICE_CACHE) != 0)
		mem_chooser_set(m->mem, &by);
}

void
machine_fates_ask(struct machine *m)
{
	static const struct cache_chooser nobody;
	const struct cache_chooser by = { pick_fate, m };

	mem_chooser_set(m->mem, &nobody);
	mem_fates_ask(m->mem, &by);
}

static unsigned
pick_order(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	struct machine *m = self;

	(void)pa;
	(void)size;
	return choice_pick(&m->choice, is_load ? CHOICE_ORDER_AGE :
	    CHOICE_ORDER_LOOK, n);
}

void
machine_order_begin(struct machine *m)
{
	mem_order_begin(m->mem, m->desc->order, pick_order, m);
}

static int
allocation_fails(void *self)
{
	struct machine *m = self;

	return machine_fails(m, m->call);
}

static int
port_fails(void *self, const char *call)
{
	return machine_fails(self, call);
}

/* --- DMA --- */

/*
 * One stretch: where the device's access goes.  Rule A1: without an IOMMU a
 * bus address is taken as a physical one, loaded or not.
 */
static uint64_t
dma_place(struct machine *m, struct machine_dma *a)
{
	const struct bus_piece *piece = NULL;
	uint64_t n = MEM_PAGE - a->bus % MEM_PAGE;

	if (a->len > n)
		a->len = n;
	a->home = a->view = MEM_NOWHERE;
	a->map_offset = 0;
	a->map = bus_dma_find(m->bus_dma, a->bus, &a->len, &piece);
	if (a->map != NULL) {
		a->map_offset = piece->offset + (a->bus - piece->bus);
		a->home = piece->home + (a->bus - piece->bus);
		a->view = piece->view + (a->bus - piece->bus);
	} else if (!m->desc->iommu && a->bus <= m->desc->dma_limit &&
	    mem_is_ram(m->mem, a->bus, a->len)) {
		a->home = a->view = a->bus;	/* rule A1; else I2, B4 */
	}
	return a->len;
}

/* After a device's write: what the CPU has not been told of yet. */
static void
dma_written(struct machine *m, const struct machine_dma *a)
{
	unsigned set = MEM_DEVICE;

	switch (a->what->purpose) {
	case DMA_USED_INDEX:
		set |= MEM_USED_INDEX;
		/* FALLTHROUGH */
	case DMA_USED_FLAGS:
	case DMA_AVAIL_EVENT:
		set |= MEM_RACY;
		break;
	default:
		break;
	}
	mem_shadow_set(m->mem, a->home, a->len, set,
	    (set & MEM_RACY) != 0 ? 0 : MEM_RACY);
	if (a->what->purpose == DMA_AVAIL_EVENT ||
	    a->what->purpose == DMA_USED_FLAGS)
		mem_copies_add(m->mem, a->home, a->view, a->len);
}

/* Not there: rule U1 lost, rule U2 abort. */
static enum dma_result
dma_nowhere(struct machine *m, const struct machine_dma *a, uint8_t *dst)
{
	if (!a->write)
		memset(dst, 0xff, a->len);
	if (m->desc->unbacked != UNBACKED_ABORT)
		return DMA_LOST;
	m->events.dma_aborted(m->self, a->bus);
	return DMA_ABORTED;
}

/*
 * Rule B5: memory that is not shared with the host is ciphertext to it, under a
 * key that changes with the address.
 */
static void
encrypt(uint8_t *bytes, uint64_t n, uint64_t pa)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = (pa + i) * UINT64_C(0x9e3779b97f4a7c15);

		bytes[i] ^= (uint8_t)(at >> 56 | 1);
	}
}

static int
is_private(const struct machine *m, const struct machine_dma *a)
{
	return a->what != NULL && a->view == a->home && m->desc->bounce &&
	    m->desc->arch == SYNC_AMD64;
}

static void
dma_store(struct machine *m, const struct machine_dma *a, const uint8_t *bytes)
{
	uint8_t page[MEM_PAGE];

	if (is_private(m, a)) {
		memcpy(page, bytes, a->len);
		encrypt(page, a->len, a->view);
		bytes = page;
	}
	mem_device_store(m->mem, a->view, bytes, a->len);
}

static void
dma_load(struct machine *m, const struct machine_dma *a, uint8_t *bytes)
{
	if (a->what != NULL)
		mem_device_reads(m->mem, a->view, a->len);
	mem_device_load(m->mem, a->view, bytes, a->len);
	if (is_private(m, a))
		encrypt(bytes, a->len, a->view);
}

/* A host that looks unasked does so because it sees the index (see there). */
static void
device_looks(struct machine *m, const struct machine_dma *a)
{
	if (m->looking && a->what->purpose == DMA_AVAIL_INDEX)
		mem_device_sees(m->mem, a->view, a->len);
	else
		mem_device_looks(m->mem, a->view, a->len);
}

static enum dma_result
dma_access(struct machine *m, int write, uint64_t addr, uint8_t *bytes,
    size_t len, const struct dma_what *what)
{
	enum dma_result worst = DMA_OK, r;
	struct dma_what at;

	mem_settle(m->mem);
	if (what != NULL)
		at = *what;
	while (len > 0) {
		struct machine_dma a = { .what = what != NULL ? &at : NULL,
		    .write = write, .bus = addr, .len = len,
		    .published = m->published, .unasked = m->looking ||
		    m->between };
		uint64_t n = dma_place(m, &a);

		if (what != NULL && a.home != MEM_NOWHERE)
			mem_block_touch(m->mem, MEM_BLOCK_PAGE |
			    a.home / MEM_PAGE, write);
		if (what != NULL && !write && a.view != MEM_NOWHERE)
			device_looks(m, &a);
		if (what != NULL)
			m->events.dma(m->self, &a);
		r = DMA_OK;
		if (a.view == MEM_NOWHERE)
			r = what != NULL ? dma_nowhere(m, &a, bytes) :
			    DMA_LOST;
		else if (write)
			dma_store(m, &a, bytes);
		else
			dma_load(m, &a, bytes);
		if (write && what != NULL && a.home != MEM_NOWHERE)
			dma_written(m, &a);
		if (r > worst)
			worst = r;
		if (what != NULL)
			at.offset += n;
		bytes += n;
		addr += n;
		len -= n;
	}
	return worst;
}

static enum dma_result
port_dma_read(void *self, uint64_t addr, void *dst, size_t len,
    const struct dma_what *what)
{
	return dma_access(self, 0, addr, dst, len, what);
}

static enum dma_result
port_dma_write(void *self, uint64_t addr, const void *src, size_t len,
    const struct dma_what *what)
{
	/* dma_access only reads from bytes when it writes memory. */
	return dma_access(self, 1, addr, (uint8_t *)(uintptr_t)src, len, what);
}

/* Not what memory has: a host that is late may still see it (rule X8). */
static int
port_stored(void *self, uint64_t addr, void *dst, size_t len)
{
	struct machine *m = self;
	struct machine_dma a = { .bus = addr, .len = len };

	if (dma_place(m, &a) != len || a.home == MEM_NOWHERE ||
	    mem_is_buffered(m->mem, a.home, len))
		return -1;
	mem_cpu_load(m->mem, a.home, dst, len);
	return 0;
}

/* Nothing is accessed yet, so nothing can be lost or abort. */
static void
port_held(void *self, uint64_t addr, size_t len, const struct dma_what *what)
{
	struct machine *m = self;
	struct dma_what at = *what;

	mem_settle(m->mem);
	while (len > 0) {
		struct machine_dma a = { .what = &at, .write = 1, .bus = addr,
		    .len = len, .published = m->published };
		uint64_t n = dma_place(m, &a);

		if (a.home != MEM_NOWHERE)
			m->events.held(m->self, &a);
		at.offset += n;
		addr += n;
		len -= n;
	}
}

/* --- interrupts --- */

int
machine_intx_irq(struct machine *m, uint16_t bdf, unsigned pin, uint32_t *irq)
{
	/* Word 0 of a PCI address: bus in bits 23-16, devfn in 15-8. */
	uint32_t address = (uint32_t)bdf << 8 & m->desc->intx_mask;

	for (size_t i = 0; i < m->desc->nintx; i++)
		if ((m->desc->intx[i].address & m->desc->intx_mask) ==
		    address && m->desc->intx[i].pin == pin) {
			*irq = m->desc->intx[i].irq;
			return 0;
		}
	return -1;
}

/* Pin 0 is the line of a virtio-mmio window; its number is the window's. */
static void
port_irq_line(void *self, uint16_t bdf, unsigned pin, int level)
{
	const struct machine_window *w;
	struct machine *m = self;
	uint32_t irq;

	m->events.irq(m->self, bdf, level ? 0 : 1, pin != 0 ? pin : bdf);
	if (pin == 0) {
		CHECK(bdf < m->desc->nwindows);
		w = &m->desc->windows[bdf];
		if (w->has_irq)
			sched_irq_line(m->sched, w->irq, level);
	} else if (machine_intx_irq(m, bdf, pin, &irq) == 0) {
		sched_irq_line(m->sched, irq, level);
	}
}

static void
port_irq_message(void *self, uint16_t bdf, unsigned vector, uint64_t addr,
    uint32_t data)
{
	struct machine *m = self;

	m->events.irq(m->self, bdf, 2, vector);
	data -= MACHINE_MSI_DATA;
	if (addr >= m->msi_page && addr < m->msi_page + MEM_PAGE &&
	    data < MACHINE_MSIS_MAX && m->msis[data].used)
		sched_irq_edge(m->sched, MACHINE_IRQ_MSI + data);
}

int
machine_msi_alloc(struct machine *m, uint16_t bdf, uint32_t vector,
    uint64_t *addr, uint32_t *data, uint32_t *irq)
{
	if (!m->desc->has_msi)
		return -1;
	for (uint32_t i = 0; i < MACHINE_MSIS_MAX; i++)
		if (!m->msis[i].used) {
			m->msis[i].used = 1;
			m->msis[i].bdf = bdf;
			m->msis[i].vector = vector;
			/* A word of its own each: a real host writes it. */
			*addr = m->msi_page + 4 * i;
			*data = MACHINE_MSI_DATA + i;
			*irq = MACHINE_IRQ_MSI + i;
			return 0;
		}
	return -1;
}

void
machine_msi_free(struct machine *m, uint32_t irq)
{
	if (irq >= MACHINE_IRQ_MSI && irq < MACHINE_IRQ_MSI + MACHINE_MSIS_MAX)
		m->msis[irq - MACHINE_IRQ_MSI].used = 0;
}

/* --- the port's other calls are handed on as they are --- */

static void
port_chain_taken(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	struct machine *m = self;

	mem_block_touch(m->mem, SCHED_HOST, 1);
	m->events.chain_taken(m->self, bdf, queue, ordinal, lens, ndesc, nread,
	    read, nread_bytes);
}

static void
port_chain_used(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t nwritten)
{
	struct machine *m = self;

	m->served = 1;
	mem_block_touch(m->mem, SCHED_HOST, 1);
	m->events.chain_used(m->self, bdf, queue, ordinal, used_len, written,
	    nwritten);
}

static void
port_protocol_broken(void *self, const char *id, const char *section,
    const char *text)
{
	struct machine *m = self;

	m->events.protocol_broken(m->self, id, section, text);
}

static void
port_picture(void *self, unsigned scanout, unsigned width, unsigned height,
    const uint8_t *bgrx)
{
	struct machine *m = self;

	m->events.picture(m->self, scanout, width, height, bgrx);
}

static void
port_diverged(void *self, const char *text)
{
	struct machine *m = self;

	m->events.diverged(m->self, text);
}

/* --- life --- */

struct machine *
machine_create(const struct machine_config *config, struct error *err)
{
	static const struct sched_calls calls = {
	    .interrupt = run_interrupt, .softintr = run_softintr,
	    .timeout = run_timeout, .host_step = host_step, .time = tell_time,
	    .no_progress = tell_no_progress, .arrival = pick_arrival,
	    .turn = pick_turn, .cpu = run_cpu, .block = run_block,
	    .known = tell_known, .timer = pick_timer, .stretch = tell_stretch,
	    .kernel = tell_kernel };
	static const struct bus_dma_events dma_events = { tell_rule,
	    tell_unloading, allocation_fails, tell_syncing, tell_synced };
	struct machine *m = check_calloc(1, sizeof *m);
	struct mem_config mem = { config->desc->ram.base,
	    config->desc->ram.size, config->ram, config->desc->line_size,
	    config->desc->mismatched, &config->events->mem, config->self };

	m->desc = config->desc;
	m->events = *config->events;
	m->self = config->self;
	m->mem = mem_create(&mem, err);
	if (m->mem == NULL) {
		check_free(m);
		return NULL;
	}
	m->sched = sched_create(&calls, m);
	mem_activity_set(m->mem, sched_memory_activity(m->sched));
	choice_init(&m->choice);
	m->paths = config->paths;
	m->bus_dma = bus_dma_create(m->mem, m->desc->arch, m->desc->bounce,
	    m->paths, &dma_events, m);
	if (m->desc->iommu)
		bus_dma_iommu_set(m->bus_dma);
	if (m->desc->dma_limit < m->desc->ram.base + m->desc->ram.size - 1) {
		bus_dma_limit_set(m->bus_dma, m->desc->dma_limit);
		mem_heap_floor_set(m->mem, (m->desc->dma_limit + MEM_PAGE) /
		    MEM_PAGE * MEM_PAGE);
	}
	/* The kernel's own pages, then the one that MSIs are written to. */
	(void)mem_pages_alloc(m->mem, 511, MEM_PAGE, 0, 0, UINT64_MAX);
	m->msi_page = mem_pages_alloc(m->mem, 1, MEM_PAGE, 0, 0, UINT64_MAX);
	m->next32 = m->desc->mmio32.base;
	m->next64 = m->desc->mmio64.base;
	m->next_io = m->desc->io.base;
	m->port = (struct boundary_port){ m, port_dma_read, port_dma_write,
	    port_stored, port_irq_line, port_irq_message, port_chain_taken,
	    port_chain_used, port_held, port_protocol_broken, port_picture,
	    port_diverged, port_fails };
	return m;
}

void
machine_destroy(struct machine *m)
{
	if (m == NULL)
		return;
	if (m->host.ops != NULL)
		m->host.ops->close(m->host.self);
	bus_dma_destroy(m->bus_dma);
	choice_free(&m->choice);
	sched_destroy(m->sched);
	mem_destroy(m->mem);
	check_free(m);
}

const struct machine_desc *
machine_desc_of(const struct machine *m)
{
	return m->desc;
}

struct mem *
machine_mem(struct machine *m)
{
	return m->mem;
}

struct bus_dma *
machine_bus_dma(struct machine *m)
{
	return m->bus_dma;
}

struct sched *
machine_sched(struct machine *m)
{
	return m->sched;
}

struct choice *
machine_choice(struct machine *m)
{
	return &m->choice;
}

struct callpaths *
machine_callpaths(struct machine *m)
{
	return m->paths;
}

callpath_id
machine_published(const struct machine *m)
{
	return m->published;
}

const struct boundary_port *
machine_port(struct machine *m)
{
	return &m->port;
}

void
machine_host_set(struct machine *m, struct boundary_host host)
{
	CHECK(m->host.ops == NULL);
	m->host = host;
}

int
machine_happen(struct machine *m, const struct boundary_happening *h)
{
	struct error err;
	int r;

	if (m->host_gone || m->host.ops == NULL || m->host.ops->happen == NULL)
		return 1;
	error_clear(&err);
	r = m->host.ops->happen(m->host.self, h, &err);
	if (r < 0)
		machine_host_lost(m, &err);
	return r;
}

int
machine_host_is_running(const struct machine *m)
{
	return m->host_running;
}

enum boundary_busy
machine_host_busy(const struct machine *m)
{
	return !m->host_gone && m->host.ops != NULL &&
	    m->host.ops->busy != NULL ? m->host.ops->busy(m->host.self) :
	    BUSY_NOT;
}

void
machine_host_waits(struct machine *m)
{
	if (!m->host_gone && m->host.ops->waits != NULL)
		m->host.ops->waits(m->host.self);
}

void
machine_host_run(struct machine *m)
{
	while (host_step(m, 0) == 1)
		continue;
}

/*
 * The driver may have made avail.idx visible: the host may look now, before any
 * notification.  Where the cache is not snooped its line may have been evicted
 * just then; to a copy on a bounce page that is no matter.
 */
void
machine_host_look(struct machine *m, uint64_t pa, callpath_id by)
{
	callpath_id published = m->published;

	if (m->host_gone || m->host_running || m->host.ops == NULL ||
	    m->host.ops->look == NULL ||
	    choice_pick(&m->choice, CHOICE_HOST_LOOK, 2) == 0)
		return;
	if (pa != MEM_NOWHERE)
		mem_lines_clean(m->mem, pa, 1);
	m->published = by;
	m->host.ops->look(m->host.self);
	m->looking = 1;
	machine_host_run(m);
	m->looking = 0;
	m->published = published;
}

void
machine_host_drain(struct machine *m)
{
	if (m->host_running || machine_host_busy(m) == BUSY_NOT ||
	    choice_pick(&m->choice, CHOICE_HOST_DRAIN, 2) == 0)
		return;
	m->between = 1;
	machine_host_run(m);
	m->between = 0;
}

void
machine_host_late(struct machine *m, uint64_t pa)
{
	if (m->host_gone || m->host_running || m->host.ops == NULL ||
	    machine_host_busy(m) != BUSY_SERVES ||
	    choice_pick(&m->choice, CHOICE_HOST_LATE, 2) == 0)
		return;
	m->between = 1;
	m->served = 0;
	for (; host_step(m, 0) == 1; m->served = 0)
		if (m->served && machine_host_busy(m) == BUSY_SERVES &&
		    choice_pick(&m->choice, CHOICE_HOST_PAUSE, 2) != 0) {
			machine_host_waits(m);
			break;
		}
	m->between = 0;
	mem_cpu_sees(m->mem, pa, 2);
	/* Its line may have been evicted, and comes back with the load; of what
	   is a copy of a bounce page nobody can tell. */
	if (bus_dma_view(m->bus_dma, pa) != pa)
		return;
	mem_lines_clean(m->mem, pa, 1);
	mem_lines_invalidate(m->mem, pa, 1);
}

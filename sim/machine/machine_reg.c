/*
 * machine_reg.c: registers of the simulated hardware: PCI configuration space
 * and what its BARs decode, virtio-mmio windows, and the firmware that places
 * the BARs.
 */
#include "machine_var.h"

#include "check.h"

/* --- register accesses --- */

static int
host_read(struct machine *m, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value)
{
	struct error err;

	*value = UINT64_MAX >> (64 - 8 * size);
	if (m->host_gone)
		return -1;
	error_clear(&err);
	if (m->host.ops->read(m->host.self, bdf, region, offset, size, value,
	    &err) != 0) {
		machine_host_lost(m, &err);
		return -1;
	}
	m->events.reg(m->self, 0, bdf, region, offset, size, *value);
	return 0;
}

static int
host_write(struct machine *m, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	struct error err;

	if (m->host_gone)
		return -1;
	error_clear(&err);
	m->events.reg(m->self, 1, bdf, region, offset, size, value);
	if (m->host.ops->write(m->host.self, bdf, region, offset, size, value,
	    &err) != 0) {
		machine_host_lost(m, &err);
		return -1;
	}
	return 0;
}

/* A register access as the host knows it. */
struct place {
	uint16_t bdf;
	enum boundary_region region;
	uint32_t offset;
};

static const struct bar *
bar_at(const struct machine *m, uint64_t pa, unsigned size)
{
	for (size_t i = 0; i < m->nbars; i++)
		if (pa >= m->bars[i].base &&
		    pa - m->bars[i].base < m->bars[i].size &&
		    size <= m->bars[i].size - (pa - m->bars[i].base))
			return &m->bars[i];
	return NULL;
}

/* Where an access goes: a BAR, or a virtio-mmio window; 0: nowhere. */
static int
place_of(const struct machine *m, uint64_t pa, unsigned size,
    struct place *out)
{
	const struct bar *b = bar_at(m, pa, size);

	if (b != NULL) {
		out->bdf = b->bdf;
		out->region = (enum boundary_region)(REGION_BAR0 + b->n);
		out->offset = (uint32_t)(pa - b->base);
		return 1;
	}
	for (size_t i = 0; i < m->desc->nwindows; i++) {
		const struct machine_window *w = &m->desc->windows[i];

		if (pa < w->base || pa - w->base >= w->size ||
		    size > w->size - (pa - w->base))
			continue;
		out->bdf = (uint16_t)i;
		out->region = REGION_MMIO;
		out->offset = (uint32_t)(pa - w->base);
		return 1;
	}
	return 0;
}

/* Rule U3: what no device claims gives all ones, and is told. */
uint64_t
machine_reg_read(struct machine *m, uint64_t pa, unsigned size)
{
	uint64_t value = UINT64_MAX >> (64 - 8 * size);
	struct place p;

	if (!place_of(m, pa, size, &p))
		m->events.reg_unclaimed(m->self, pa, size, 0);
	else
		(void)host_read(m, p.bdf, p.region, p.offset, size, &value);
	sched_activity(m->sched, 0);
	sched_poll(m->sched);
	return value;
}

void
machine_reg_write(struct machine *m, uint64_t pa, unsigned size,
    uint64_t value)
{
	struct place p;

	m->published = callpath_here(m->paths, NULL);
	mem_register_write(m->mem);
	if (!place_of(m, pa, size, &p)) {
		m->events.reg_unclaimed(m->self, pa, size, 1);
	} else {
		(void)host_write(m, p.bdf, p.region, p.offset, size, value);
		/* Choice: the host takes its step now, or when we wait. */
		if (machine_host_busy(m) == BUSY_NOT ||
		    choice_pick(&m->choice, CHOICE_HOST_STEP, 2) == 0)
			machine_host_run(m);
		else
			machine_host_waits(m);
	}
	sched_progress(m->sched);
	sched_poll(m->sched);
}

/* --- PCI --- */

/* A BAR register was written: the guest may have moved it. */
static void
bar_moved(struct machine *m, uint16_t bdf, uint32_t offset, uint32_t value)
{
	for (size_t i = 0; i < m->nbars; i++) {
		struct bar *b = &m->bars[i];
		uint32_t at = 0x10 + 4u * b->n;

		if (b->bdf != bdf || value == UINT32_MAX)
			continue;
		if (offset == at && b->is_io)
			b->base = m->desc->io.base + ((value & ~(uint32_t)3) -
			    m->desc->io_pci);
		else if (offset == at)
			b->base = (b->base & ~(uint64_t)UINT32_MAX) |
			    (value & ~(uint32_t)0xf);
		else if (b->is64 && offset == at + 4)
			b->base = (b->base & UINT32_MAX) |
			    (uint64_t)value << 32;
	}
}

uint32_t
machine_pci_read(struct machine *m, uint16_t bdf, uint32_t offset)
{
	uint64_t value;

	(void)host_read(m, bdf, REGION_CONFIG, offset, 4, &value);
	sched_activity(m->sched, 0);
	return (uint32_t)value;
}

void
machine_pci_write(struct machine *m, uint16_t bdf, uint32_t offset,
    uint32_t value)
{
	mem_register_write(m->mem);
	(void)host_write(m, bdf, REGION_CONFIG, offset, 4, value);
	bar_moved(m, bdf, offset, value);
	sched_progress(m->sched);
}

/* Room for a BAR, aligned to its size, a CPU address; 0: none. */
static uint64_t
bar_room(const struct machine_range *r, uint64_t *next, uint64_t size)
{
	uint64_t at = (*next + size - 1) & ~(size - 1);

	if (at < *next || at - r->base > r->size ||
	    size > r->size - (at - r->base))
		return 0;
	*next = at + size;
	return at;
}

static int
config_read(struct machine *m, uint16_t bdf, uint32_t at, uint64_t *value)
{
	return host_read(m, bdf, REGION_CONFIG, at, 4, value);
}

static int
config_write(struct machine *m, uint16_t bdf, uint32_t at, uint64_t value)
{
	return host_write(m, bdf, REGION_CONFIG, at, 4, value);
}

static void
bar_add(struct machine *m, struct bar b)
{
	if (m->nbars < MACHINE_BARS_MAX)
		m->bars[m->nbars++] = b;
}

/* An I/O BAR: ports behind the ones that are in use; 0 is no port. */
static int
firmware_io_bar(struct machine *m, uint16_t bdf, unsigned n, uint32_t low,
    uint32_t old)
{
	uint64_t size = (~(low & ~UINT32_C(3)) + 1) & UINT32_MAX, base;

	if (m->desc->io.size == 0 || size == 0 || (size & (size - 1)) != 0)
		return config_write(m, bdf, 0x10 + 4 * n, old);
	if (m->next_io == m->desc->io.base && m->desc->io_pci == 0)
		m->next_io += 0x1000;
	base = bar_room(&m->desc->io, &m->next_io, size);
	if (base == 0)
		return config_write(m, bdf, 0x10 + 4 * n, old);
	bar_add(m, (struct bar){ bdf, (uint8_t)n, 0, 1, base, size });
	return config_write(m, bdf, 0x10 + 4 * n, base - m->desc->io.base +
	    m->desc->io_pci);
}

/* A memory BAR; where there is no room it stays as it is. */
static int
firmware_memory_bar(struct machine *m, uint16_t bdf, unsigned n, uint32_t low,
    uint32_t high, int is64)
{
	uint64_t size = ~((uint64_t)high << 32 | (low & ~UINT32_C(0xf))) + 1;
	uint32_t at = 0x10 + 4 * n;
	uint64_t base;

	if (size == 0 || (size & (size - 1)) != 0 ||
	    m->nbars == MACHINE_BARS_MAX)
		return 0;
	base = is64 && m->desc->mmio64.size != 0 ?
	    bar_room(&m->desc->mmio64, &m->next64, size) :
	    bar_room(&m->desc->mmio32, &m->next32, size);
	if (base == 0)
		return 0;
	bar_add(m, (struct bar){ bdf, (uint8_t)n, (uint8_t)is64, 0, base,
	    size });
	if (config_write(m, bdf, at, base & UINT32_MAX) != 0)
		return -1;
	return is64 ? config_write(m, bdf, at + 4, base >> 32) : 0;
}

/* Sizes and places BAR n; *used is the number of registers it takes. */
static int
firmware_bar(struct machine *m, uint16_t bdf, unsigned n, unsigned *used)
{
	uint32_t at = 0x10 + 4 * n;
	uint64_t low, high = UINT32_MAX, old;
	int is64;

	*used = 1;
	if (config_read(m, bdf, at, &old) != 0 ||
	    config_write(m, bdf, at, UINT32_MAX) != 0 ||
	    config_read(m, bdf, at, &low) != 0)
		return -1;
	if (low == 0)
		return config_write(m, bdf, at, old);
	if ((low & 1) != 0)
		return firmware_io_bar(m, bdf, n, (uint32_t)low,
		    (uint32_t)old);
	is64 = (low & 6) == 4;
	if (is64) {
		*used = 2;
		if (config_write(m, bdf, at + 4, UINT32_MAX) != 0 ||
		    config_read(m, bdf, at + 4, &high) != 0)
			return -1;
	}
	return firmware_memory_bar(m, bdf, n, (uint32_t)low, (uint32_t)high,
	    is64);
}

static int
firmware_function(struct machine *m, uint16_t bdf)
{
	uint64_t v;
	unsigned used;

	if (host_read(m, bdf, REGION_CONFIG, 0, 4, &v) != 0)
		return -1;
	if ((v & 0xffff) == 0xffff)
		return 0;
	/* All of it, so that a recording knows its capabilities. */
	for (uint32_t at = 4; at < 256; at += 4)
		if (host_read(m, bdf, REGION_CONFIG, at, 4, &v) != 0)
			return -1;
	if (host_read(m, bdf, REGION_CONFIG, 0x0e, 1, &v) != 0)
		return -1;
	if ((v & 0x7f) != 0)		/* a bridge: nothing behind it */
		return 0;
	for (unsigned n = 0; n < 6; n += used)
		if (firmware_bar(m, bdf, n, &used) != 0)
			return -1;
	return 0;
}

int
machine_firmware(struct machine *m, struct error *err)
{
	for (unsigned device = 0; m->desc->has_pci && device < 32; device++)
		if (firmware_function(m, (uint16_t)(device << 3)) != 0)
			return error_set(err, ERROR_HOST, "the host went away "
			    "while the firmware looked at its PCI devices");
	return 0;
}

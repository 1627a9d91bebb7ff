/* import_log_event.c: from a log's lines to a trace's events. */
#include "import_log_var.h"

#include <stdlib.h>
#include <string.h>

#define ECAM_SIZE	0x10000000u	/* of all buses; its base is a multiple */
#define CONFIG_ADDRESS	0xcf8u		/* ports of the first mechanism */
#define CONFIG_ENABLE	0x80000000u
#define HELD_MAX	32768u		/* chains of a queue */
#define BAR_SIZE_UNKNOWN 0x4000u	/* of memory; QEMU's */
#define BAR_IO_UNKNOWN	0x40u
#define PLACED_BDF	(1u << 3)	/* 00:01.0 */

/* -------------------------------------------------------------------- where */

static int
region_is(const struct qemu_log_line *l, const char *name)
{
	return l->region_len == strlen(name) &&
	    memcmp(l->region, name, l->region_len) == 0;
}

static int
region_begins(const struct qemu_log_line *l, const char *name)
{
	size_t n = strlen(name);

	return l->region_len >= n && memcmp(l->region, name, n) == 0;
}

static enum import_region
place_window(const struct machine_desc *m, uint64_t address,
    struct import_place *out)
{
	for (size_t i = 0; i < m->nwindows; i++) {
		const struct machine_window *w = &m->windows[i];

		if (address < w->base || address - w->base >= w->size)
			continue;
		out->bdf = (uint16_t)i;
		out->offset = (uint32_t)(address - w->base);
		return IMPORT_WINDOW;
	}
	return IMPORT_NO_WINDOW;
}

enum import_region
import_place(struct import_where *w, const struct qemu_log_line *l,
    struct import_place *out)
{
	uint32_t at;

	if (region_is(l, "virtio-mmio"))
		return place_window(w->machine, l->address, out);
	if (region_begins(l, "virtio-pci") || region_begins(l, "msix-"))
		return IMPORT_BAR;
	if (region_is(l, "pcie-mmcfg-mmio")) {
		at = (uint32_t)(l->address & (ECAM_SIZE - 1));
		out->bdf = (uint16_t)(at >> 12);
		out->offset = at & 0xfff;
		return IMPORT_CONFIG;
	}
	if (region_is(l, "pci-conf-idx")) {
		if (l->kind == QEMU_LOG_WRITE && l->size == 4)
			w->index = (uint32_t)l->value;
		return IMPORT_ELSEWHERE;
	}
	if (!region_is(l, "pci-conf-data") || (w->index & CONFIG_ENABLE) == 0)
		return IMPORT_ELSEWHERE;
	out->bdf = (uint16_t)(w->index >> 8 & 0xffff);
	out->offset = (w->index & 0xfc) + (uint32_t)(l->address & 3);
	return IMPORT_CONFIG;
}

int
import_ids_read(struct import_ids *ids, uint32_t offset, unsigned size,
    uint64_t value)
{
	if (offset > 3 || ids->known == 0xf)
		return 0;
	for (unsigned i = 0; i < size && offset + i < 4; i++) {
		unsigned bits = 8 * (offset + i);

		ids->bytes &= ~(UINT32_C(0xff) << bits);
		ids->bytes |= (uint32_t)(value >> 8 * i & 0xff) << bits;
		ids->known |= (uint8_t)(1u << (offset + i));
	}
	/* Nobody is there yet, or a bridge leads elsewhere now. */
	if (ids->known == 0xf && (ids->bytes & 0xffff) == 0xffff)
		ids->known = 0;
	return ids->known == 0xf;
}

/* ------------------------------------------------------------------- events */

static int
add(struct import *m, const struct event *e, struct error *err)
{
	return m->writer != NULL ? trace_writer_add(m->writer, e, err) : 0;
}

static int
add_irq(struct import *m, uint8_t how, uint32_t number, struct error *err)
{
	struct event e = { .kind = EVENT_IRQ };

	e.irq.how = how;
	e.irq.number = number;
	return add(m, &e, err);
}

/* The number of the device's one interrupt line. */
static uint32_t
line_number(const struct import *m)
{
	uint8_t pin = m->st.pci.image[PCI_CFG_IRQ_PIN];

	return m->device->bus == VIRTIO_BUS_MMIO ? m->bdf :
	    pin >= 1 && pin <= 4 ? pin : 1;
}

static int
line_falls(struct import *m, struct error *err)
{
	if (!m->line_up)
		return 0;
	m->line_up = 0;
	return add_irq(m, EVENT_IRQ_LOWER, line_number(m), err);
}

/* After a reset queues count from 0, and the host has nothing. */
static int
reset_seen(struct import *m, struct error *err)
{
	m->resets = m->st.resets;
	for (unsigned q = 0; q < VIRTIO_QUEUES_MAX; q++) {
		m->queues[q].taken = 0;
		m->queues[q].nheld = 0;
	}
	return line_falls(m, err);
}

static int
is_one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return 1;
	return 0;
}

/* How much of the words of features the guest has read. */
static void
features_seen(struct import *m, const char *name, unsigned size)
{
	static const struct { const char *name; unsigned word; } words[] = {
		{ "common.device_feature[0]", 0 },
		{ "common.device_feature[1]", 1 },
		{ "mmio.device_features[0]", 0 },
		{ "mmio.device_features[1]", 1 },
		{ "legacy.device_features", 0 },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strncmp(name, words[i].name, strlen(words[i].name)) == 0 &&
		    m->features[words[i].word] < size)
			m->features[words[i].word] = (uint8_t)size;
}

/* What an access of the device means to what is logged behind it. */
static int
meaning(struct import *m, int write, const char *name, unsigned size,
    uint64_t value, struct error *err)
{
	static const char *const status[] = { "common.device_status",
	    "legacy.device_status", "mmio.status", NULL };
	if (m->resets != m->st.resets && reset_seen(m, err) != 0)
		return -1;
	if (!write)
		features_seen(m, name, size);
	if (write && is_one_of(name, status)) {
		m->status_written = 1;
		m->status = (uint8_t)value;
	}
	if (write && strcmp(name, "mmio.interrupt_ack") == 0)
		return line_falls(m, err);
	return 0;
}

static int
add_access(struct import *m, int write, enum event_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	static const char *const isr[] = { "isr", "legacy.isr", NULL };
	enum boundary_region at = (enum boundary_region)region;
	struct event e = { .kind = write ? EVENT_WRITE : EVENT_READ };
	char name[VIRTIO_NAME_SIZE];

	virtio_state_register_name(&m->st, at, offset, size, name);
	if (write && virtio_state_notified(&m->st, at, offset, value) >= 0)
		m->notify_written = 1;
	if (write)
		virtio_state_write(&m->st, at, offset, size, value);
	else
		virtio_state_read(&m->st, at, offset, size, value);
	/* A read has its answer when what it does is done. */
	if (!write && is_one_of(name, isr) && line_falls(m, err) != 0)
		return -1;
	e.access.bdf = m->bdf;
	e.access.region = (uint8_t)region;
	e.access.size = (uint8_t)size;
	e.access.offset = offset;
	e.access.value = value;
	m->counts.accesses++;
	return add(m, &e, err) != 0 ? -1 : meaning(m, write, name,
	    size, value, err);
}

/* ------------------------------------------------------ configuration space */

/* Whether n is the upper half of the BAR before it. */
static int
is_upper(const struct import *m, unsigned n)
{
	return n > 0 && (m->bars[n - 1].base & (PCI_BAR_IO | PCI_BAR_64)) ==
	    PCI_BAR_64 && !is_upper(m, n - 1);
}

/* The bits of a BAR that are no address. */
static uint32_t
bar_flags(uint32_t bar)
{
	return (bar & PCI_BAR_IO) != 0 ? 0x3u : PCI_BAR_FLAGS;
}

static void
bar_access(struct import *m, int write, uint32_t offset, uint32_t value)
{
	unsigned n = (offset - PCI_CFG_BAR0) / 4;
	struct import_bar *b = &m->bars[n];
	/* What it is can be seen in every read; an upper half is address. */
	uint32_t flags = is_upper(m, n) ? 0 : bar_flags(write ? b->base :
	    value);

	if (write) {
		b->sizing = value == UINT32_MAX;
		if (!b->sizing)
			b->base = (value & ~flags) | (b->base & flags);
		return;
	}
	if (b->sizing)
		b->size = ~(value & ~flags) + 1;
	b->base = (b->sizing ? b->base & ~flags : value & ~flags) |
	    (value & flags);
}

/*
 * The ids are what a device is found by in a trace, by a read of both: who read
 * one after the other gets one read for them.
 */
static int
ids_access(struct import *m, uint32_t offset, unsigned size, uint64_t value,
    struct error *err)
{
	m->id_parts++;
	if (!import_ids_read(&m->ids, offset, size, value))
		return 0;
	m->introduced = 1;
	if (m->id_parts > 1 || size != 4)
		m->counts.joined = m->id_parts;
	return add_access(m, 0, EVENT_REGION_CONFIG, PCI_CFG_VENDOR_ID, 4,
	    m->ids.bytes, err);
}

static int
config_access(struct import *m, const struct import_place *at,
    const struct qemu_log_line *l, struct error *err)
{
	int write = l->kind == QEMU_LOG_WRITE;

	if (at->offset + l->size > PCI_CONFIG_SIZE) {
		m->counts.extended++;
		return 0;
	}
	if (!write && at->offset < 4 && !m->introduced)
		return ids_access(m, at->offset, l->size, l->value, err);
	if (l->size == 4 && at->offset >= PCI_CFG_BAR0 &&
	    at->offset < PCI_CFG_BAR0 + 4 * PCI_CFG_BARS &&
	    at->offset % 4 == 0)
		bar_access(m, write, at->offset, (uint32_t)l->value);
	if (!write)
		memset(m->seen + at->offset, 1, l->size);
	return add_access(m, write, EVENT_REGION_CONFIG, at->offset, l->size,
	    l->value, err);
}

/* ---------------------------------------------------------------- registers */

/* How far behind a BAR's begin an address lies; 1: within it. */
static int
in_bar(const struct import *m, unsigned n, uint64_t address, uint32_t *offset)
{
	const struct machine_desc *d = m->cfg->machine;
	const struct import_bar *b = &m->bars[n];
	int io = (b->base & PCI_BAR_IO) != 0;
	uint64_t base = b->base & ~bar_flags(b->base), size = b->size;

	if (!io && (b->base & PCI_BAR_64) != 0 && n + 1 < PCI_CFG_BARS)
		base |= (uint64_t)m->bars[n + 1].base << 32;
	if (base == 0)
		return 0;
	if (size == 0)
		size = io ? BAR_IO_UNKNOWN : BAR_SIZE_UNKNOWN;
	/* Ports are also seen where the machine has them in memory. */
	if (io && address > UINT16_MAX && address >= d->io.base &&
	    address - d->io.base < d->io.size)
		address = address - d->io.base + d->io_pci;
	if (address < base || address - base >= size)
		return 0;
	*offset = (uint32_t)(address - base);
	return 1;
}

static int
bar_registers(struct import *m, const struct qemu_log_line *l,
    struct error *err)
{
	uint32_t offset;

	for (unsigned n = 0; m->device->bus == VIRTIO_BUS_PCI &&
	    n < PCI_CFG_BARS; n++)
		if (!is_upper(m, n) && in_bar(m, n, l->address, &offset))
			return add_access(m, l->kind == QEMU_LOG_WRITE,
			    (enum event_region)(EVENT_REGION_BAR0 + n),
			    offset, l->size, l->value, err);
	m->counts.others++;
	return 0;
}

static int
line_access(struct import *m, const struct qemu_log_line *l,
    struct error *err)
{
	enum virtio_bus bus = m->device->bus;
	struct import_place at;

	m->status_written = 0;
	switch (import_place(&m->where, l, &at)) {
	case IMPORT_CONFIG:
		if (bus == VIRTIO_BUS_PCI && at.bdf == m->device->address)
			return config_access(m, &at, l, err);
		break;
	case IMPORT_WINDOW:
		if (bus == VIRTIO_BUS_MMIO && at.bdf == m->device->address)
			return add_access(m, l->kind == QEMU_LOG_WRITE,
			    EVENT_REGION_MMIO, at.offset, l->size, l->value,
			    err);
		break;
	case IMPORT_BAR:
		return bar_registers(m, l, err);
	default:
		break;
	}
	m->counts.others++;
	return 0;
}

/* ------------------------------------------------------ queues and interrupts */

/* QEMU's device is known by the status that it was just told. */
static void
line_status(struct import *m, const struct qemu_log_line *l)
{
	if (m->status_written && m->vdev == 0 && l->value == m->status)
		m->vdev = l->vdev;
	m->status_written = 0;
}

static struct import_queue *
queue_of(struct import *m, uint64_t vq, unsigned *number)
{
	for (unsigned q = 0; q < VIRTIO_QUEUES_MAX; q++)
		if (m->queues[q].vq == vq) {
			*number = q;
			return &m->queues[q];
		}
	return NULL;
}

static void
line_notified(struct import *m, const struct qemu_log_line *l)
{
	if (l->vdev != m->vdev || m->vdev == 0 ||
	    l->queue >= VIRTIO_QUEUES_MAX)
		return;
	m->queues[l->queue].vq = l->vq;
	m->counts.kicks += !m->notify_written;
	m->notify_written = 0;
}

static int
line_pop(struct import *m, const struct qemu_log_line *l, struct error *err)
{
	struct event_descriptor *list;
	struct import_queue *q;
	struct event e = { .kind = EVENT_CHAIN };
	uint64_t n = (uint64_t)l->in + l->out;
	unsigned number;
	int ret;

	q = queue_of(m, l->vq, &number);
	if (q == NULL || n == 0 || n > EVENT_DESCRIPTOR_MAX ||
	    q->nheld == HELD_MAX) {
		m->counts.queueless++;
		return 0;
	}
	if (q->nheld == q->held_max) {
		q->held_max = q->held_max != 0 ? 2 * q->held_max : 16;
		q->held = check_realloc(q->held,
		    q->held_max * sizeof q->held[0]);
	}
	q->held[q->nheld].elem = l->elem;
	q->held[q->nheld++].ordinal = q->taken;
	list = check_calloc((size_t)n, sizeof list[0]);
	for (uint64_t i = l->out; i < n; i++)
		list[i].write = 1;
	e.chain.queue = (uint16_t)number;
	e.chain.flags = EVENT_CHAIN_UNSEEN;
	e.chain.ordinal = q->taken++;
	e.chain.descriptors = list;
	e.chain.descriptor_count = (uint32_t)n;
	m->counts.chains++;
	ret = add(m, &e, err);
	check_free(list);
	return ret;
}

static int
line_fill(struct import *m, const struct qemu_log_line *l, struct error *err)
{
	struct event e = { .kind = EVENT_USED };
	struct import_queue *q;
	unsigned number;
	size_t i;

	q = queue_of(m, l->vq, &number);
	for (i = 0; q != NULL && i < q->nheld; i++)
		if (q->held[i].elem == l->elem)
			break;
	if (q == NULL || i == q->nheld) {
		m->counts.queueless++;
		return 0;
	}
	e.used.queue = (uint16_t)number;
	e.used.ordinal = q->held[i].ordinal;
	e.used.used_len = l->len;
	memmove(&q->held[i], &q->held[i + 1],
	    (q->nheld - i - 1) * sizeof q->held[0]);
	q->nheld--;
	m->counts.used++;
	return add(m, &e, err);
}

static int
line_interrupt(struct import *m, const struct qemu_log_line *l,
    struct error *err)
{
	unsigned number;

	if (queue_of(m, l->vq, &number) == NULL) {
		m->counts.queueless++;
		return 0;
	}
	if (m->device->bus == VIRTIO_BUS_PCI &&
	    (m->st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0) {
		if (m->st.queue[number].vector == VIRTIO_PCI_NO_VECTOR)
			return 0;
		m->counts.interrupts++;
		return add_irq(m, EVENT_IRQ_MSIX, m->st.queue[number].vector,
		    err);
	}
	if (m->line_up)
		return 0;
	m->line_up = 1;
	m->counts.interrupts++;
	return add_irq(m, EVENT_IRQ_RAISE, line_number(m), err);
}

int
import_line(struct import *m, const struct qemu_log_line *l,
    struct error *err)
{
	switch (l->kind) {
	case QEMU_LOG_READ:
	case QEMU_LOG_WRITE:
		return line_access(m, l, err);
	case QEMU_LOG_STATUS:
		line_status(m, l);
		return 0;
	case QEMU_LOG_NOTIFIED:
		line_notified(m, l);
		return 0;
	case QEMU_LOG_POP:
		return line_pop(m, l, err);
	case QEMU_LOG_FILL:
		return line_fill(m, l, err);
	case QEMU_LOG_INTERRUPT:
		return line_interrupt(m, l, err);
	default:
		return 0;
	}
}

void
import_begin(struct import *m)
{
	const struct import_device *d = m->device;
	int moved = d->bus == VIRTIO_BUS_PCI &&
	    ((d->address >> 8) != 0 || (d->address & 7) != 0);

	import_end(m);
	memset(&m->counts, 0, sizeof m->counts);
	m->counts.moved = moved;
	m->where.index = 0;
	m->bdf = moved ? PLACED_BDF : d->address;
	virtio_state_init(&m->st, NULL, d->bus, m->bdf);
	if (d->bus == VIRTIO_BUS_MMIO)
		virtio_state_mmio(&m->st, d->version, (uint16_t)d->type);
	memset(&m->ids, 0, sizeof m->ids);
	memset(m->bars, 0, sizeof m->bars);
	m->introduced = 0;
	m->id_parts = 0;
	m->vdev = 0;
	memset(m->seen, 0, sizeof m->seen);
	memset(m->features, 0, sizeof m->features);
	m->status_written = m->notify_written = m->line_up = 0;
	m->resets = m->st.resets;
}

int
import_has_read(const struct import *m, unsigned at, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (at + i >= PCI_CONFIG_SIZE || !m->seen[at + i])
			return 0;
	return 1;
}

void
import_end(struct import *m)
{
	for (unsigned q = 0; q < VIRTIO_QUEUES_MAX; q++)
		check_free(m->queues[q].held);
	memset(m->queues, 0, sizeof m->queues);
}

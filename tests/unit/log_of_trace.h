/*
 * log_of_trace.h: a log as QEMU would have written it of what a trace holds, for
 * tests of import: the same registers, chains and interrupts.
 */
#ifndef VIOTAPE_LOG_OF_TRACE_H
#define VIOTAPE_LOG_OF_TRACE_H

#include <inttypes.h>
#include <string.h>

#include "sim.h"

/* What differs between logs and may not differ between traces. */
struct log_dialect {
	int ports;			/* configuration space by 0xcf8 */
	uint64_t ecam;			/* else what is added to its offsets */
	unsigned second;		/* 0: no times */
	uint64_t pointer;		/* where QEMU's objects are */
	unsigned bus;			/* that the device is put on */
};

struct log_making {
	const struct log_dialect *d;
	const struct machine_desc *machine;
	struct bytes *out;
	struct virtio_watch watch;
	uint32_t bar[6];
	uint32_t lines;
};

static inline void
log_begin(struct log_making *m)
{
	if (m->d->second != 0)
		bytes_printf(m->out, "4200@%u.%06u:", m->d->second + m->lines,
		    m->lines * 37 % 1000000);
	m->lines++;
}

static inline void
log_ops(struct log_making *m, int write, uint64_t address, uint64_t value,
    unsigned size, const char *region)
{
	/* QEMU prints all that the device said, whatever was asked for. */
	uint64_t junk = !write && size < 4 ? UINT64_C(0x5a) << 8 * size : 0;

	log_begin(m);
	bytes_printf(m->out, "memory_region_ops_%s cpu 0 mr 0x%" PRIx64
	    " addr 0x%" PRIx64 " value 0x%" PRIx64 " size %u name '%s'\n",
	    write ? "write" : "read", m->d->pointer + 0x100, address,
	    value | junk, size, region);
}

static inline void
log_config(struct log_making *m, int write, const struct event_access *a)
{
	uint32_t bdf = a->bdf | m->d->bus << 8;

	if (!m->d->ports) {
		log_ops(m, write, m->d->ecam + ((uint64_t)bdf << 12) +
		    a->offset, a->value, a->size, "pcie-mmcfg-mmio");
	} else {
		log_ops(m, 1, 0xcf8, 0x80000000u | bdf << 8 | (a->offset & 0xfc),
		    4, "pci-conf-idx");
		log_ops(m, write, 0xcfc + (a->offset & 3), a->value, a->size,
		    "pci-conf-data");
	}
	if (a->size == 4 && a->offset >= PCI_CFG_BAR0 &&
	    a->offset < PCI_CFG_BAR0 + 24 && a->value != UINT32_MAX &&
	    virtio_watch_is_at(&m->watch, a->bdf, REGION_CONFIG) &&
	    (write || m->bar[(a->offset - PCI_CFG_BAR0) / 4] == 0))
		m->bar[(a->offset - PCI_CFG_BAR0) / 4] = (uint32_t)a->value;
}

static inline void
log_access(struct log_making *m, int write, const struct event_access *a)
{
	struct virtio_state *st = &m->watch.st;
	char name[VIRTIO_NAME_SIZE];
	uint64_t base;
	unsigned n;

	virtio_state_register_name(st, (enum boundary_region)a->region,
	    a->offset, a->size, name);
	if (a->region == EVENT_REGION_CONFIG) {
		log_config(m, write, a);
	} else if (a->region == EVENT_REGION_MMIO) {
		log_ops(m, write, m->machine->windows[a->bdf].base + a->offset,
		    a->value, a->size, "virtio-mmio");
	} else {
		n = a->region - EVENT_REGION_BAR0;
		base = m->bar[n] & ~15u;
		if ((m->bar[n] & 7) == 4)
			base |= (uint64_t)m->bar[n + 1] << 32;
		log_ops(m, write, base + a->offset, a->value, a->size,
		    strncmp(name, "msix", 4) == 0 ? "msix-table" :
		    "virtio-pci-common-virtio-net");
	}
	if (write && strstr(name, "status") != NULL) {
		log_begin(m);
		bytes_printf(m->out, "virtio_set_status vdev 0x%" PRIx64
		    " val %u\n", m->d->pointer, (unsigned)a->value);
	}
	n = (unsigned)virtio_state_notified(st, (enum boundary_region)a->region,
	    a->offset, a->value);
	if (write && (int)n >= 0) {
		log_begin(m);
		bytes_printf(m->out, "virtio_queue_notify vdev 0x%" PRIx64
		    " n %u vq 0x%" PRIx64 "\n", m->d->pointer, n,
		    m->d->pointer + 0x1000 + 0x98 * n);
	}
}

/* The queue that an interrupt is of, by its vector; 0 where there is one. */
static inline unsigned
log_queue_of(const struct log_making *m, const struct event_irq *irq)
{
	for (unsigned q = 0; q < VIRTIO_QUEUES_MAX; q++)
		if (irq->how == EVENT_IRQ_MSIX && m->watch.st.queue[q].size !=
		    0 && m->watch.st.queue[q].vector == irq->number)
			return q;
	return 0;
}

static inline void
log_event(struct log_making *m, const struct event *e)
{
	const struct event_chain *c = &e->chain;
	unsigned in = 0;

	switch (e->kind) {
	case EVENT_READ:
	case EVENT_WRITE:
		log_access(m, e->kind == EVENT_WRITE, &e->access);
		(void)virtio_watch_access(&m->watch, e->kind == EVENT_WRITE,
		    e->access.bdf, (enum boundary_region)e->access.region,
		    e->access.offset, e->access.size, e->access.value);
		break;
	case EVENT_CHAIN:
		for (uint32_t i = 0; i < c->descriptor_count; i++)
			in += c->descriptors[i].write;
		log_begin(m);
		bytes_printf(m->out, "virtqueue_pop vq 0x%" PRIx64 " elem 0x%"
		    PRIx64 " in_num %u out_num %u\n", m->d->pointer + 0x1000 +
		    0x98 * c->queue, m->d->pointer + 0x100000 + 0x100000 *
		    c->queue + c->ordinal, in, c->descriptor_count - in);
		break;
	case EVENT_USED:
		log_begin(m);
		bytes_printf(m->out, "virtqueue_fill vq 0x%" PRIx64 " elem 0x%"
		    PRIx64 " len %u idx 0\n", m->d->pointer + 0x1000 + 0x98 *
		    e->used.queue, m->d->pointer + 0x100000 + 0x100000 *
		    e->used.queue + e->used.ordinal, e->used.used_len);
		break;
	case EVENT_IRQ:
		if (e->irq.how == EVENT_IRQ_LOWER)
			break;
		log_begin(m);
		bytes_printf(m->out, "virtio_notify vdev 0x%" PRIx64 " vq 0x%"
		    PRIx64 "\n", m->d->pointer, m->d->pointer + 0x1000 + 0x98 *
		    log_queue_of(m, &e->irq));
		break;
	default:
		break;
	}
}

static inline void
log_of_trace(struct trace *t, const struct machine_desc *machine,
    const struct log_dialect *d, struct bytes *out)
{
	struct log_making m = { .d = d, .machine = machine, .out = out };
	struct event e;

	virtio_watch_init(&m.watch);
	for (size_t i = 0; i < trace_event_count(t); i++) {
		trace_event_get_packed(t, i, &e);
		log_event(&m, &e);
	}
}

#endif

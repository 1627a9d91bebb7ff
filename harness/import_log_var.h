/*
 * import_log_var.h: what import_log.c and import_log_event.c share: where an
 * access of a log goes, and the one device that becomes a trace.
 */
#ifndef VIOTAPE_IMPORT_LOG_VAR_H
#define VIOTAPE_IMPORT_LOG_VAR_H

#include "import_log.h"
#include "qemu_log.h"

/* --- where an access goes --- */

enum import_region {
	IMPORT_CONFIG,			/* configuration space: bdf, offset */
	IMPORT_WINDOW,			/* a virtio-mmio window: its number */
	IMPORT_NO_WINDOW,		/* one that the machine does not have */
	IMPORT_BAR,			/* registers of some virtio function */
	IMPORT_ELSEWHERE
};

struct import_place {
	uint16_t bdf;			/* or number of the window */
	uint32_t offset;		/* in configuration space up to 4095 */
};

struct import_where {
	const struct machine_desc *machine;
	uint32_t index;			/* port 0xcf8, as it stands */
};

enum import_region import_place(struct import_where *w,
    const struct qemu_log_line *line, struct import_place *out);

/* Vendor and device id, by the bytes that were read. */
struct import_ids {
	uint32_t bytes;
	uint8_t known;			/* bit n: byte n is */
};

/* 1: with this read of configuration space all four are known. */
int import_ids_read(struct import_ids *ids, uint32_t offset, unsigned size,
    uint64_t value);

/* --- devices --- */

struct import_device {
	enum virtio_bus bus;
	uint16_t address;		/* bdf, or number of the window */
	unsigned type;			/* VIRTIO's */
	uint32_t version;		/* of an MMIO window */
};

struct import_devices {
	struct import_device list[IMPORT_DEVICES_MAX];
	size_t n;
	struct import_ids *ids;		/* of each bdf */
	uint32_t version[MACHINE_WINDOWS_MAX];	/* as it was read last */
	uint64_t stray;			/* address of a window that is none */
};

/* --- the one --- */

/* A BAR as the guest placed it. */
struct import_bar {
	uint32_t base;			/* as written, with its flag bits */
	uint32_t size;			/* bytes; 0: not known */
	int sizing;			/* ones were written last */
};

/* A chain that the host has. */
struct import_chain {
	uint64_t elem;
	uint32_t ordinal;
};

/* A queue, known by QEMU's pointer. */
struct import_queue {
	uint64_t vq;			/* 0: not known */
	uint32_t taken;			/* chains since the reset */
	struct import_chain *held;
	size_t nheld, held_max;
};

struct import {
	const struct import_config *cfg;
	struct import_where where;
	struct import_devices devices;
	const struct import_device *device;
	struct import_counts counts;
	struct trace_writer *writer;	/* NULL: only counting */
	/* From import_begin() on: */
	struct virtio_state st;
	uint16_t bdf;			/* in the trace */
	struct import_ids ids;
	int introduced;			/* its ids were read at once */
	uint64_t id_parts;
	struct import_bar bars[PCI_CFG_BARS];
	uint64_t vdev;			/* QEMU's pointer; 0: not known */
	int status_written;		/* by the last access of all */
	uint8_t status;
	int notify_written;		/* a notification's register, since the
					   last virtio_queue_notify */
	struct import_queue queues[VIRTIO_QUEUES_MAX];
	uint8_t seen[PCI_CONFIG_SIZE];	/* that were read */
	uint8_t features[2];		/* bytes that were read of each word */
	int line_up;			/* INTx or the window's interrupt */
	uint32_t resets;
};

/* Before the log is gone through for events; counts begin anew. */
void import_begin(struct import *m);
int import_line(struct import *m, const struct qemu_log_line *line,
    struct error *err);
void import_end(struct import *m);

/* The guest read all of these bytes of configuration space. */
int import_has_read(const struct import *m, unsigned at, unsigned n);

#endif

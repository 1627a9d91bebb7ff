/*
 * qemu_gpu.h: for test_qemu.c: a virtio-gpu behind a QEMU, found by ECAM and
 * driven by as little of PCI and VIRTIO 1.2 as a test needs, and the numbers
 * of its machine out of the device tree.
 */
#ifndef VIOTAPE_QEMU_GPU_H
#define VIOTAPE_QEMU_GPU_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libfdt.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "error.h"
#include "qemu_qtest.h"

/* PCI and VIRTIO 1.2, section 4.1: only what this test reads. */
#define PCI_COMMAND		0x04
#define PCI_BAR			0x10
#define PCI_CAPABILITIES	0x34
#define PCI_PIN			0x3d
#define VIRTIO_CAP_COMMON	1
#define VIRTIO_CAP_NOTIFY	2
#define VIRTIO_CAP_ISR		3
#define VIRTIO_DEVICE_GPU	0x10501af4u
#define WINDOW			0x10000000u	/* where BARs are put */

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static uint64_t
get(struct qemu *q, uint64_t address, unsigned size)
{
	struct error err = { ERROR_NONE, "" };
	uint64_t value = 0;

	if (qemu_read(q, address, size, &value, &err) == -1)
		fail_msg("%s", err.text);
	return value;
}

static void
put(struct qemu *q, uint64_t address, unsigned size, uint64_t value)
{
	struct error err = { ERROR_NONE, "" };

	if (qemu_write(q, address, size, value, &err) == -1)
		fail_msg("%s", err.text);
}

/* ---- what the device tree says ---- */

struct host {
	uint64_t ecam, window;		/* configuration space; 32-bit memory */
	unsigned intx[4][4];		/* [slot mod 4][pin - 1]: SPI */
};

static uint64_t
cells(const fdt32_t *p, int n)
{
	return n == 2 ? (uint64_t)fdt32_to_cpu(p[0]) << 32 |
	    fdt32_to_cpu(p[1]) : fdt32_to_cpu(p[0]);
}

static void
host_read(struct host *h, const struct qemu_config *cfg)
{
	struct bytes dtb = {0};
	struct error err = { ERROR_NONE, "" };
	const fdt32_t *p;
	int node, len, i;

	if (qemu_dump_dtb(cfg, &dtb, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(fdt_check_full(dtb.data, dtb.len), 0);
	node = fdt_node_offset_by_compatible(dtb.data, -1,
	    "pci-host-ecam-generic");
	assert_true(node >= 0);
	memset(h, 0, sizeof *h);
	p = fdt_getprop(dtb.data, node, "reg", &len);
	assert_int_equal(len, 16);
	h->ecam = cells(p, 2);
	p = fdt_getprop(dtb.data, node, "ranges", &len);
	for (i = 0; i + 7 <= len / 4; i += 7)
		if ((fdt32_to_cpu(p[i]) & 0x03000000) == 0x02000000)
			h->window = cells(p + i + 3, 2);
	p = fdt_getprop(dtb.data, node, "interrupt-map", &len);
	assert_int_equal(len, 16 * 10 * 4);
	for (i = 0; i < 16; i++, p += 10)
		h->intx[fdt32_to_cpu(p[0]) >> 11][fdt32_to_cpu(p[3]) - 1] =
		    fdt32_to_cpu(p[8]);
	bytes_free(&dtb);
}

/* ---- a virtio-gpu on PCI, as little of it as is needed ---- */

struct gpu {
	struct qemu *q;
	uint64_t config;		/* its configuration space */
	unsigned slot;
	uint64_t common, notify, isr;
	uint32_t notify_step;
	uint64_t msix_cap, msix_table;
	uint64_t next;			/* free place in the window */
	uint16_t asked;
};

static int
gpu_find(struct gpu *g, struct qemu *q, const struct host *h)
{
	memset(g, 0, sizeof *g);
	g->q = q;
	for (g->slot = 0; g->slot < 32; g->slot++) {
		g->config = h->ecam + ((uint64_t)g->slot << 15);
		if (get(q, g->config, 4) == VIRTIO_DEVICE_GPU)
			break;
	}
	g->next = h->window;
	return g->slot < 32;
}

/* Gives a memory BAR a place, by its size; returns the place. */
static uint64_t
gpu_bar_place(struct gpu *g, unsigned bar)
{
	uint64_t reg = g->config + PCI_BAR + 4 * bar, old, mask, size, place;

	old = get(g->q, reg, 4);
	if ((old & 0xfffffff0u) != 0)
		return old & 0xfffffff0u;
	put(g->q, reg, 4, 0xffffffffu);
	mask = get(g->q, reg, 4);
	assert_int_equal(mask & 1, 0);
	size = (~(mask & 0xfffffff0u) & 0xffffffffu) + 1;
	place = (g->next + size - 1) & ~(size - 1);
	g->next = place + size;
	put(g->q, reg, 4, place);
	if ((mask & 4) != 0)
		put(g->q, reg + 4, 4, 0);
	assert_int_equal(get(g->q, reg, 4), place | (mask & 15));
	return place;
}

static void
gpu_open(struct gpu *g)
{
	uint64_t cap = get(g->q, g->config + PCI_CAPABILITIES, 1), at, place;
	int turns;

	for (turns = 0; cap != 0 && turns < 48; turns++) {
		at = g->config + cap;
		if (get(g->q, at, 1) == 0x11) {
			place = get(g->q, at + 4, 4);
			g->msix_cap = at;
			g->msix_table = gpu_bar_place(g, place & 7) +
			    (place & ~(uint64_t)7);
		}
		if (get(g->q, at, 1) == 9 && get(g->q, at + 3, 1) < 5) {
			place = gpu_bar_place(g,
			    (unsigned)get(g->q, at + 4, 1 )) +
			    get(g->q, at + 8, 4);
			switch (get(g->q, at + 3, 1)) {
			case VIRTIO_CAP_COMMON:
				g->common = place;
				break;
			case VIRTIO_CAP_NOTIFY:
				g->notify = place;
				g->notify_step =
				    (uint32_t)get(g->q, at + 16, 4);
				break;
			case VIRTIO_CAP_ISR:
				g->isr = place;
				break;
			}
		}
		cap = get(g->q, at + 1, 1);
	}
	put(g->q, g->config + PCI_COMMAND, 2, 0x6);	/* memory, master */
}

static uint8_t *
gpu_memory(struct gpu *g, uint64_t address)
{
	return qemu_ram(g->q) + (address - qemu_ram_base(g->q));
}

/* Reset, VERSION_1, queue 0 of 64 at the given address, DRIVER_OK. */
static void
gpu_up(struct gpu *g, uint64_t ring, unsigned vector)
{
	uint64_t c = g->common;

	memset(gpu_memory(g, ring), 0, 0x5000);
	put(g->q, c + 20, 1, 0);
	assert_int_equal(get(g->q, c + 20, 1), 0);
	put(g->q, c + 20, 1, 3);
	put(g->q, c + 8, 4, 1);
	put(g->q, c + 12, 4, 1);
	put(g->q, c + 20, 1, 11);
	assert_int_equal(get(g->q, c + 20, 1), 11);
	put(g->q, c + 22, 2, 0);
	assert_int_equal(get(g->q, c + 24, 2), 64);
	put(g->q, c + 26, 2, vector);
	put(g->q, c + 32, 8, ring);
	put(g->q, c + 40, 8, ring + 0x1000);
	put(g->q, c + 48, 8, ring + 0x2000);
	put(g->q, c + 28, 2, 1);
	g->notify += get(g->q, c + 30, 2) * g->notify_step;
	put(g->q, c + 20, 1, 15);
	assert_int_equal(get(g->q, c + 20, 1), 15);
}

/* One request of len bytes, its answer at ring + 0x4000; then notifies. */
static void
gpu_ask(struct gpu *g, uint64_t ring, const void *request, uint32_t len,
    uint32_t answer_len)
{
	uint8_t *m = gpu_memory(g, ring);

	memset(m + 0x3000, 0, 0x2000);
	memcpy(m + 0x3000, request, len);
	bytes_le_put(m, ring + 0x3000, 8);
	bytes_le_put(m + 8, len, 4);
	bytes_le_put(m + 12, 1, 2);			/* next */
	bytes_le_put(m + 14, 1, 2);
	bytes_le_put(m + 16, ring + 0x4000, 8);
	bytes_le_put(m + 24, answer_len, 4);
	bytes_le_put(m + 28, 2, 2);			/* device writes */
	g->asked++;					/* head 0 each time */
	bytes_le_put(m + 0x1002, g->asked, 2);		/* avail.idx */
	put(g->q, g->notify, 2, 0);
}

static void
gpu_ask_display(struct gpu *g, uint64_t ring)
{
	uint8_t request[24] = { 0x00, 0x01 };	/* GET_DISPLAY_INFO, 0x100 */

	gpu_ask(g, ring, request, sizeof request, 408);
}

/* A command of type with words after its header; waits for OK_NODATA. */
static void
gpu_command(struct gpu *g, uint64_t ring, uint32_t type,
    const uint32_t *words, size_t n)
{
	uint8_t request[24 + 4 * 12] = { 0 };
	size_t i;
	int turns;

	bytes_le_put(request, type, 4);
	for (i = 0; i < n; i++)
		bytes_le_put(request + 24 + 4 * i, words[i], 4);
	gpu_ask(g, ring, request, (uint32_t)(24 + 4 * n), 24);
	for (turns = 0; turns < 1000 && bytes_le(gpu_memory(g, ring) + 0x2002,
	    2) != g->asked; turns++)
		sleep_ms(5);
	assert_int_equal(bytes_le(gpu_memory(g, ring) + 0x4000, 4), 0x1100);
}

#endif

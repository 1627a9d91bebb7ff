/*
 * machine_tree.h: for tests: device trees of small machines, written by
 * libfdt, so that a test needs no dtc(1) and can leave anything out.
 */
#ifndef VIOTAPE_MACHINE_TREE_H
#define VIOTAPE_MACHINE_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libfdt.h>
#include <string.h>

#include "machine_desc.h"

#define TREE_SIZE	8192u
#define TREE_RAM	UINT64_C(0x40000000)
#define TREE_RAM_SIZE	UINT64_C(0x4000000)
#define TREE_IRQ	16u		/* of pin 1 of device 0; then one more each */

/* {0} is an amd64 with everything, coherent, without bounce buffers. */
struct tree {
	const char *arch, *order, *unbacked, *profile, *title, *model;
	const char *cpu;		/* compatible of a cpu node */
	int no_arch;			/* no viotape,arch */
	const char *attributes;
	int unsaid, said;		/* of not_coherent */
	int bounce, no_memory, no_pci, not_coherent, iommu, no_ranges, no_msi;
	int memory_cells;		/* of memory's reg; 0: all 4 */
	int pci_cells;			/* of the PCI host's reg; 0: all 4 */
	uint64_t ram_base, ram_size;	/* size 0: the above */
	uint32_t dma_size;		/* of dma-ranges, from TREE_RAM; 0: none */
};

static inline void
tree_cells(void *fdt, const char *name, const uint32_t *cells, size_t n)
{
	uint8_t b[256];

	assert_true(4 * n <= sizeof b);
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < 4; k++)
			b[4 * i + k] = (uint8_t)(cells[i] >> (24 - 8 * k));
	assert_int_equal(fdt_property(fdt, name, b, (int)(4 * n)), 0);
}

static inline void
tree_string(void *fdt, const char *name, const char *value)
{
	if (value != NULL)
		assert_int_equal(fdt_property_string(fdt, name, value), 0);
}

static inline void
tree_flag(void *fdt, const char *name, int is_set)
{
	if (is_set)
		assert_int_equal(fdt_property(fdt, name, NULL, 0), 0);
}

static inline void
tree_memory(void *fdt, const struct tree *t)
{
	uint64_t base = t->ram_size != 0 ? t->ram_base : TREE_RAM;
	uint64_t size = t->ram_size != 0 ? t->ram_size : TREE_RAM_SIZE;
	uint32_t reg[] = { (uint32_t)(base >> 32), (uint32_t)base,
	    (uint32_t)(size >> 32), (uint32_t)size };

	assert_int_equal(fdt_begin_node(fdt, "memory@40000000"), 0);
	tree_string(fdt, "device_type", "memory");
	tree_cells(fdt, "reg", reg, t->memory_cells != 0 ?
	    (size_t)t->memory_cells : 4);
	assert_int_equal(fdt_end_node(fdt), 0);
}

static inline void
tree_pci(void *fdt, const struct tree *t)
{
	static const uint32_t reg[] = { 0, 0xb0000000, 0, 0x10000000 };
	static const uint32_t ranges[] = { 0x2000000, 0, 0xc0000000, 0,
	    0xc0000000, 0, 0x10000000, 0x3000000, 8, 0, 8, 0, 8, 0 };
	static const uint32_t mask[] = { 0x1800, 0, 0, 7 };
	static const uint32_t map[] = { 0, 0, 0, 1, 1, TREE_IRQ,
	    0x800, 0, 0, 1, 1, TREE_IRQ + 1, 0x1000, 0, 0, 1, 1, TREE_IRQ + 2,
	    0x1800, 0, 0, 1, 1, TREE_IRQ + 3 };
	static const uint32_t two = 2, three = 3, one = 1;

	assert_int_equal(fdt_begin_node(fdt, "pcie@b0000000"), 0);
	tree_string(fdt, "compatible", "pci-host-ecam-generic");
	tree_string(fdt, "device_type", "pci");
	tree_cells(fdt, "#address-cells", &three, 1);
	tree_cells(fdt, "#size-cells", &two, 1);
	tree_cells(fdt, "#interrupt-cells", &one, 1);
	tree_cells(fdt, "reg", reg, t->pci_cells != 0 ? (size_t)t->pci_cells :
	    4);
	if (!t->no_ranges)
		tree_cells(fdt, "ranges", ranges, 14);
	if (t->dma_size != 0) {
		const uint32_t dma[] = { 0x2000000, 0, 0, 0,
		    (uint32_t)TREE_RAM, 0, t->dma_size };

		tree_cells(fdt, "dma-ranges", dma, 7);
	}
	tree_cells(fdt, "interrupt-map-mask", mask, 4);
	tree_cells(fdt, "interrupt-map", map, 24);
	if (!t->no_msi)
		tree_cells(fdt, "msi-parent", &one, 1);
	if (t->iommu)
		tree_cells(fdt, "iommu-map", mask, 4);	/* that it is there */
	tree_flag(fdt, "dma-coherent", !t->not_coherent && !t->unsaid);
	tree_flag(fdt, "dma-noncoherent", t->not_coherent && t->said);
	assert_int_equal(fdt_end_node(fdt), 0);
}

static inline void
tree_intc(void *fdt)
{
	static const uint32_t zero = 0, one = 1;

	assert_int_equal(fdt_begin_node(fdt, "intc"), 0);
	tree_cells(fdt, "#interrupt-cells", &one, 1);
	tree_cells(fdt, "#address-cells", &zero, 1);
	tree_flag(fdt, "interrupt-controller", 1);
	tree_cells(fdt, "phandle", &one, 1);
	assert_int_equal(fdt_end_node(fdt), 0);
}

static inline void
tree_cpus(void *fdt, const char *compatible)
{
	assert_int_equal(fdt_begin_node(fdt, "cpus"), 0);
	assert_int_equal(fdt_begin_node(fdt, "cpu@0"), 0);
	tree_string(fdt, "compatible", compatible);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
}

/* Writes the tree into buf of TREE_SIZE bytes; returns its length. */
static inline size_t
tree_write(const struct tree *t, void *buf)
{
	static const uint32_t two = 2;

	assert_int_equal(fdt_create(buf, (int)TREE_SIZE), 0);
	assert_int_equal(fdt_finish_reservemap(buf), 0);
	assert_int_equal(fdt_begin_node(buf, ""), 0);
	tree_cells(buf, "#address-cells", &two, 1);
	tree_cells(buf, "#size-cells", &two, 1);
	if (!t->no_arch)
		tree_string(buf, "viotape,arch", t->arch != NULL ? t->arch :
		    "amd64");
	tree_string(buf, "viotape,order", t->order);
	tree_string(buf, "viotape,unbacked", t->unbacked);
	tree_string(buf, "viotape,attributes", t->attributes);
	tree_string(buf, "viotape,host-profile", t->profile);
	tree_string(buf, "viotape,title", t->title);
	tree_string(buf, "model", t->model);
	tree_flag(buf, "viotape,bounce", t->bounce);
	if (t->cpu != NULL)
		tree_cpus(buf, t->cpu);
	tree_intc(buf);
	if (!t->no_memory)
		tree_memory(buf, t);
	if (!t->no_pci)
		tree_pci(buf, t);
	assert_int_equal(fdt_end_node(buf), 0);
	assert_int_equal(fdt_finish(buf), 0);
	return fdt_totalsize(buf);
}

/* A machine that can be had. */
static inline void
tree_machine(const struct tree *t, const char *name, struct machine_desc *d)
{
	static uint8_t buf[TREE_SIZE];
	size_t len = tree_write(t, buf);
	struct error err;

	error_clear(&err);
	if (machine_desc_read(d, name, buf, len, &err) != 0)
		fail_msg("%s", err.text);
}

#endif

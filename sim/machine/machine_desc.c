/* machine_desc.c: what a machine is, read from a flattened device tree. */
#include "machine_desc.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "check.h"
#include "mem.h"

/* A property as cells: *n of them, or NULL. */
static const fdt32_t *
cells_of(const void *fdt, int node, const char *name, int *n)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

	*n = p != NULL ? len / 4 : 0;
	return p;
}

static uint64_t
cells_number(const fdt32_t *p, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 32 | fdt32_to_cpu(p[i]);
	return v;
}

static uint32_t
cell_or(const void *fdt, int node, const char *name, uint32_t otherwise)
{
	int n;
	const fdt32_t *p = cells_of(fdt, node, name, &n);

	return n >= 1 ? fdt32_to_cpu(p[0]) : otherwise;
}

/* A string property that ends where it says, or NULL. */
static const char *
string_of(const void *fdt, int node, const char *name)
{
	int len;
	const char *p = fdt_getprop(fdt, node, name, &len);

	return p != NULL && len > 0 && p[len - 1] == '\0' ? p : NULL;
}

static int
read_memory(struct machine_desc *d, const void *fdt, struct error *err)
{
	int ac = fdt_address_cells(fdt, 0), sc = fdt_size_cells(fdt, 0), n;
	int node = fdt_node_offset_by_prop_value(fdt, -1, "device_type",
	    "memory", 7);
	const fdt32_t *p;

	if (node < 0)
		return error_set(err, ERROR_INPUT, "machine %s: the device tree "
		    "has no memory node (device_type = \"memory\"); give it "
		    "one with a reg", d->name);
	p = cells_of(fdt, node, "reg", &n);
	if (ac < 1 || ac > 2 || sc < 1 || sc > 2 || n < ac + sc)
		return error_set(err, ERROR_INPUT, "machine %s: memory's reg "
		    "has %d cells, wanted at least %d", d->name, n, ac + sc);
	d->ram.base = cells_number(p, ac);
	d->ram.size = cells_number(p + ac, sc);
	if (d->ram.size > MACHINE_RAM_MAX)
		d->ram.size = MACHINE_RAM_MAX;
	if (d->ram.base % MEM_PAGE != 0 || d->ram.size % MEM_PAGE != 0 ||
	    d->ram.size < (UINT64_C(16) << 20) ||
	    d->ram.base > UINT64_MAX - d->ram.size)
		return error_set(err, ERROR_INPUT, "machine %s: memory at 0x%llx"
		    " of 0x%llx bytes; wanted whole pages of 4096 and at least "
		    "16 MiB", d->name, (unsigned long long)d->ram.base,
		    (unsigned long long)d->ram.size);
	return 0;
}

/* ranges of a PCI host: 3 cells PCI address, ac cells CPU address, 2 size. */
static void
read_ranges(struct machine_desc *d, const void *fdt, int node, int ac)
{
	int n, row = 3 + ac + 2;
	const fdt32_t *p = cells_of(fdt, node, "ranges", &n);

	for (; n >= row; n -= row, p += row) {
		uint32_t space = fdt32_to_cpu(p[0]) >> 24 & 3;
		struct machine_range r = { cells_number(p + 3, ac),
		    cells_number(p + 3 + ac, 2) };

		if (r.base > UINT64_MAX - r.size)
			continue;
		if (space == 1 && d->io.size == 0) {
			d->io = r;
			d->io_pci = cells_number(p + 1, 2);
		} else if (space == 2 && d->mmio32.size == 0)
			d->mmio32 = r;
		else if (space == 3 && d->mmio64.size == 0)
			d->mmio64 = r;
	}
}

/* dma-ranges: 3 cells PCI address, ac cells CPU address, 2 size; rule B4. */
static void
read_dma_ranges(struct machine_desc *d, const void *fdt, int node, int ac)
{
	int n, row = 3 + ac + 2;
	const fdt32_t *p = cells_of(fdt, node, "dma-ranges", &n);
	uint64_t last = 0;

	for (; n >= row; n -= row, p += row) {
		uint64_t base = cells_number(p + 3, ac);
		uint64_t size = cells_number(p + 3 + ac, 2);

		if (size != 0 && base <= UINT64_MAX - (size - 1) &&
		    base + (size - 1) > last)
			last = base + (size - 1);
	}
	if (last != 0)
		d->dma_limit = last;
}

/* The interrupt number of a specifier of its controller. */
static int
specifier_irq(const fdt32_t *p, uint32_t n, uint32_t *irq)
{
	if (n == 1 || n == 2)
		*irq = fdt32_to_cpu(p[0]);
	else if (n == 3)		/* a GIC: type 0 is SPI, from 32 */
		*irq = fdt32_to_cpu(p[1]) +
		    (fdt32_to_cpu(p[0]) == 0 ? 32 : 16);
	else
		return -1;
	return 0;
}

static void
read_intx(struct machine_desc *d, const void *fdt, int node)
{
	int n, nmask;
	const fdt32_t *p = cells_of(fdt, node, "interrupt-map", &n);
	const fdt32_t *mask = cells_of(fdt, node, "interrupt-map-mask", &nmask);

	d->intx_mask = nmask >= 1 ? fdt32_to_cpu(mask[0]) : 0xf800;
	while (n > 5 && d->nintx < MACHINE_INTX_MAP_MAX) {
		int parent = fdt_node_offset_by_phandle(fdt,
		    fdt32_to_cpu(p[4]));
		uint32_t ac, ic;
		struct machine_intx *row = &d->intx[d->nintx];

		if (parent < 0)
			break;
		ac = cell_or(fdt, parent, "#address-cells", 0);
		ic = cell_or(fdt, parent, "#interrupt-cells", 1);
		if (ac > 2 || ic > 4 || n < 5 + (int)(ac + ic))
			break;
		row->address = fdt32_to_cpu(p[0]);
		row->pin = fdt32_to_cpu(p[3]);
		if (specifier_irq(p + 5 + ac, ic, &row->irq) == 0 &&
		    row->irq < 1024)
			d->nintx++;
		p += 5 + ac + ic;
		n -= 5 + (int)(ac + ic);
	}
}

/* Below /cpus, where maps of them may stand, too; negative: there is none. */
static int
first_cpu(const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus");

	return cpus >= 0 ? fdt_first_subnode(fdt, cpus) : -1;
}

static enum sync_arch
guess_arch(const void *fdt)
{
	for (int cpu = first_cpu(fdt); cpu >= 0; cpu = fdt_next_subnode(fdt, cpu)) {
		const char *c = string_of(fdt, cpu, "compatible");

		if (c == NULL)
			continue;
		if (strncmp(c, "arm,", 4) == 0 || strncmp(c, "apple,", 6) == 0)
			return SYNC_ARM64;
		if (strncmp(c, "riscv", 5) == 0 || strstr(c, "riscv") != NULL)
			return SYNC_RISCV64;
	}
	return SYNC_ARM64;
}

/*
 * Whether a device snoops: it says so, or says that it does not; where it says
 * nothing processors differ, and those of RISC-V take it that it does (QEMU's
 * windows for virtio,mmio say nothing there).
 */
static int
is_coherent(const void *fdt, int node)
{
	if (fdt_getprop(fdt, node, "dma-noncoherent", NULL) != NULL)
		return 0;
	return fdt_getprop(fdt, node, "dma-coherent", NULL) != NULL ||
	    guess_arch(fdt) == SYNC_RISCV64;
}

static int
read_pci(struct machine_desc *d, const void *fdt, struct error *err)
{
	int node = fdt_node_offset_by_compatible(fdt, -1,
	    "pci-host-ecam-generic");
	int parent, ac, sc, n;
	const fdt32_t *p;

	d->coherent = 1;
	if (node < 0)
		return 0;
	parent = fdt_parent_offset(fdt, node);
	ac = fdt_address_cells(fdt, parent);
	sc = fdt_size_cells(fdt, parent);
	p = cells_of(fdt, node, "reg", &n);
	if (ac < 1 || ac > 2 || sc < 1 || sc > 2 || n < ac + sc)
		return error_set(err, ERROR_INPUT, "machine %s: the PCI host's "
		    "reg has %d cells, wanted %d", d->name, n, ac + sc);
	d->has_pci = 1;
	d->ecam.base = cells_number(p, ac);
	d->ecam.size = cells_number(p + ac, sc);
	read_ranges(d, fdt, node, ac);
	read_dma_ranges(d, fdt, node, ac);
	read_intx(d, fdt, node);
	d->has_msi = fdt_getprop(fdt, node, "msi-map", NULL) != NULL ||
	    fdt_getprop(fdt, node, "msi-parent", NULL) != NULL;
	d->coherent = is_coherent(fdt, node);
	if (d->mmio32.size < (1u << 20) && d->mmio64.size < (1u << 20))
		return error_set(err, ERROR_INPUT, "machine %s: the PCI host's "
		    "ranges give no memory window of at least 1 MiB", d->name);
	d->iommu = fdt_getprop(fdt, node, "iommu-map", NULL) != NULL;
	return 0;
}

/* --- virtio-mmio windows --- */

/* The nearest interrupt-parent of a node, by walking up; or -1. */
static int
interrupt_parent(const void *fdt, int node)
{
	uint32_t phandle = 0;

	for (; node >= 0 && phandle == 0; node = fdt_parent_offset(fdt, node))
		phandle = cell_or(fdt, node, "interrupt-parent", 0);
	return phandle != 0 ? fdt_node_offset_by_phandle(fdt, phandle) : -1;
}

static int
node_irq(const void *fdt, int node, uint32_t index, uint32_t *irq)
{
	int n, parent = interrupt_parent(fdt, node);
	const fdt32_t *p = cells_of(fdt, node, "interrupts", &n);
	uint32_t ic;

	if (p == NULL || parent < 0)
		return -1;
	ic = cell_or(fdt, parent, "#interrupt-cells", 1);
	if (ic == 0 || ic > 4 || index >= (uint32_t)n / ic ||
	    specifier_irq(p + index * ic, ic, irq) != 0 || *irq >= 1024)
		return -1;
	return 0;
}

int
machine_desc_node_irq(const struct machine_desc *d, uint32_t node,
    uint32_t index, uint32_t *irq)
{
	if (node > INT32_MAX)
		return -1;
	return node_irq(d->dtb, (int)node, index, irq);
}

/* Whether addresses below a node are the CPU's: the root, or a simple-bus
   whose ranges are empty, all the way up. */
static int
is_plain_bus(const void *fdt, int node)
{
	int len;

	for (; node > 0; node = fdt_parent_offset(fdt, node))
		if (fdt_node_check_compatible(fdt, node, "simple-bus") != 0 ||
		    fdt_getprop(fdt, node, "ranges", &len) == NULL || len != 0)
			return 0;
	return node == 0;
}

/* By address: that is what a window's number means. */
static int
window_add(struct machine_desc *d, const struct machine_window *w,
    struct error *err)
{
	size_t at = d->nwindows;

	if (d->nwindows == MACHINE_WINDOWS_MAX)
		return error_set(err, ERROR_INPUT, "machine %s: more than %u "
		    "virtio,mmio windows", d->name, MACHINE_WINDOWS_MAX);
	for (; at > 0 && d->windows[at - 1].base > w->base; at--)
		d->windows[at] = d->windows[at - 1];
	d->windows[at] = *w;
	d->nwindows++;
	if ((at > 0 && d->windows[at - 1].base + d->windows[at - 1].size >
	    w->base) || (at + 1 < d->nwindows &&
	    w->base + w->size > d->windows[at + 1].base))
		return error_set(err, ERROR_INPUT, "machine %s: the "
		    "virtio,mmio window at 0x%llx overlaps another", d->name,
		    (unsigned long long)w->base);
	return 0;
}

static int
read_window(struct machine_desc *d, const void *fdt, int node,
    struct error *err)
{
	int parent = fdt_parent_offset(fdt, node), n;
	int ac = fdt_address_cells(fdt, parent);
	int sc = fdt_size_cells(fdt, parent);
	const fdt32_t *p = cells_of(fdt, node, "reg", &n);
	const char *status = string_of(fdt, node, "status");
	int coherent = is_coherent(fdt, node);
	struct machine_window w;

	if (status != NULL && strcmp(status, "okay") != 0 &&
	    strcmp(status, "ok") != 0)
		return 0;
	if (!is_plain_bus(fdt, parent))
		return error_set(err, ERROR_INPUT, "machine %s: a virtio,mmio "
		    "node lies below a bus that translates addresses; wanted "
		    "the root, or a simple-bus with empty ranges", d->name);
	if (ac < 1 || ac > 2 || sc < 1 || sc > 2 || n < ac + sc)
		return error_set(err, ERROR_INPUT, "machine %s: the reg of a "
		    "virtio,mmio node has %d cells, wanted %d", d->name, n,
		    ac + sc);
	w.base = cells_number(p, ac);
	w.size = cells_number(p + ac, sc);
	if (w.size <= MACHINE_WINDOW_MIN || w.size > UINT32_MAX ||
	    w.base > UINT64_MAX - w.size)
		return error_set(err, ERROR_INPUT, "machine %s: a virtio,mmio "
		    "window of 0x%llx bytes at 0x%llx; wanted more than 0x%x",
		    d->name, (unsigned long long)w.size,
		    (unsigned long long)w.base, MACHINE_WINDOW_MIN);
	if (!d->has_pci && d->nwindows == 0)
		d->coherent = coherent;
	if (coherent != d->coherent)
		return error_set(err, ERROR_INPUT, "machine %s: the "
		    "virtio,mmio window at 0x%llx is %sdma-coherent, other "
		    "devices are%s; a machine snoops for all or for none",
		    d->name, (unsigned long long)w.base, coherent ? "" :
		    "not ", coherent ? " not" : "");
	w.irq = 0;
	w.has_irq = node_irq(fdt, node, 0, &w.irq) == 0;
	return window_add(d, &w, err);
}

static int
read_windows(struct machine_desc *d, const void *fdt, struct error *err)
{
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(fdt, node,
	    "virtio,mmio")) >= 0)
		if (read_window(d, fdt, node, err) != 0)
			return -1;
	return 0;
}

/* The Devicetree Specification, 3.7: those that are started later as well. */
static unsigned
count_cpus(const void *fdt)
{
	unsigned n = 0;

	for (int cpu = first_cpu(fdt); cpu >= 0; cpu = fdt_next_subnode(fdt, cpu)) {
		const char *type = string_of(fdt, cpu, "device_type");

		n += type != NULL && strcmp(type, "cpu") == 0;
	}
	return n != 0 ? n : 1;
}

/* Bytes of a data cache line; the Devicetree Specification, 3.8.1. */
static int
read_line_size(struct machine_desc *d, const void *fdt, struct error *err)
{
	int cpu = first_cpu(fdt);

	d->line_size = 64;
	if (cpu >= 0)
		d->line_size = cell_or(fdt, cpu, "d-cache-line-size", 64);
	if (d->line_size < CACHE_LINE_MIN || d->line_size > 256 ||
	    (d->line_size & (d->line_size - 1)) != 0)
		return error_set(err, ERROR_INPUT, "machine %s: "
		    "d-cache-line-size is %u; wanted a power of two from %u to "
		    "256", d->name, d->line_size, CACHE_LINE_MIN);
	return 0;
}

static int
read_model(struct machine_desc *d, const void *fdt, struct error *err)
{
	static const enum order_model natural[SYNC_ARCHS] = { ORDER_TSO,
	    ORDER_ARM, ORDER_RVWMO, ORDER_RVWMO };
	const char *s = string_of(fdt, 0, "viotape,arch");
	int found;

	d->arch = guess_arch(fdt);
	if (s != NULL && (found = sync_arch_find(s)) < 0)
		return error_set(err, ERROR_INPUT, "machine %s: viotape,arch is"
		    " \"%s\"; wanted amd64, arm64, riscv64 or contract",
		    d->name, s);
	else if (s != NULL)
		d->arch = (enum sync_arch)found;
	d->order = natural[d->arch];
	s = string_of(fdt, 0, "viotape,order");
	if (s != NULL && (found = order_find(s)) < 0)
		return error_set(err, ERROR_INPUT, "machine %s: viotape,order "
		    "is \"%s\"; wanted sc, tso, arm or rvwmo", d->name, s);
	else if (s != NULL)
		d->order = (enum order_model)found;
	d->bounce = fdt_getprop(fdt, 0, "viotape,bounce", NULL) != NULL;
	if (fdt_getprop(fdt, 0, "viotape,iommu", NULL) != NULL)
		d->iommu = 1;
	s = string_of(fdt, 0, "viotape,attributes");
	if (s != NULL && strcmp(s, "matched") != 0 &&
	    strcmp(s, "mismatched") != 0)
		return error_set(err, ERROR_INPUT, "machine %s: "
		    "viotape,attributes is \"%s\"; wanted matched or "
		    "mismatched", d->name, s);
	d->mismatched = s != NULL && strcmp(s, "mismatched") == 0;
	if (d->mismatched && !d->coherent)
		return error_set(err, ERROR_INPUT, "machine %s: "
		    "viotape,attributes is mismatched and the PCI host is not "
		    "dma-coherent; where devices do not snoop there is no "
		    "cache of the host's to mismatch: drop one of the two",
		    d->name);
	s = string_of(fdt, 0, "viotape,unbacked");
	if (s != NULL && strcmp(s, "abort") == 0)
		d->unbacked = UNBACKED_ABORT;
	else if (s != NULL && strcmp(s, "lost") != 0)
		return error_set(err, ERROR_INPUT, "machine %s: viotape,unbacked"
		    " is \"%s\"; wanted lost or abort", d->name, s);
	s = string_of(fdt, 0, "viotape,host-profile");
	if (s != NULL && strcmp(s, "apple") != 0)
		return error_set(err, ERROR_INPUT, "machine %s: "
		    "viotape,host-profile is \"%s\"; wanted apple", d->name,
		    s);
	d->apple = s != NULL;
	d->cpus = count_cpus(fdt);
	if (!d->coherent && read_line_size(d, fdt, err) != 0)
		return -1;
	if (d->dma_limit - d->ram.base < MACHINE_DMA_MIN ||
	    d->dma_limit < d->ram.base)
		return error_set(err, ERROR_INPUT, "machine %s: dma-ranges end "
		    "at 0x%llx; devices would reach less than %u MiB of the "
		    "memory at 0x%llx", d->name,
		    (unsigned long long)d->dma_limit, MACHINE_DMA_MIN >> 20,
		    (unsigned long long)d->ram.base);
	s = string_of(fdt, 0, "viotape,title");
	if (s == NULL)
		s = string_of(fdt, 0, "model");
	snprintf(d->title, sizeof d->title, "%s", s != NULL ? s : "");
	return 0;
}

int
machine_desc_read(struct machine_desc *d, const char *name, const void *dtb,
    size_t len, struct error *err)
{
	int r;

	memset(d, 0, sizeof *d);
	snprintf(d->name, sizeof d->name, "%s", name);
	d->dma_limit = UINT64_MAX;
	if (len > MACHINE_DTB_MAX)
		return error_set(err, ERROR_LIMIT, "machine %s: the device tree"
		    " has %zu bytes, at most %u are read", d->name, len,
		    MACHINE_DTB_MAX);
	d->dtb = check_malloc(len != 0 ? len : 1);
	if (len != 0)
		memcpy(d->dtb, dtb, len);
	d->dtb_len = len;
	r = len < 4 ? -FDT_ERR_TRUNCATED : fdt_check_full(d->dtb, len);
	if (r != 0) {
		error_set(err, ERROR_INPUT, "machine %s: not a sound device "
		    "tree (%s); give a .dtb as dtc or qemu -machine dumpdtb= "
		    "make it", d->name, fdt_strerror(r));
		machine_desc_free(d);
		return -1;
	}
	if (read_memory(d, d->dtb, err) != 0 || read_pci(d, d->dtb, err) != 0 ||
	    read_windows(d, d->dtb, err) != 0 || read_model(d, d->dtb, err) != 0) {
		machine_desc_free(d);
		return -1;
	}
	return 0;
}

void
machine_desc_free(struct machine_desc *d)
{
	check_free(d->dtb);
	d->dtb = NULL;
	d->dtb_len = 0;
}

void
machine_desc_line(const struct machine_desc *d, char *buf, size_t size)
{
	char windows[48] = "", cpus[24] = "one CPU";

	if (d->cpus != 1)
		snprintf(cpus, sizeof cpus, "%u CPUs", d->cpus);
	if (d->nwindows != 0)
		snprintf(windows, sizeof windows, "%s%zu MMIO window%s",
		    d->has_pci ? ", " : "", d->nwindows,
		    d->nwindows == 1 ? "" : "s");
	snprintf(buf, size, "%s, %s, order %s%s, %s%s, %s%s, unbacked memory "
	    "%s, %s%s%s%s",
	    sync_arch_name(d->arch), cpus, order_name(d->order),
	    d->order == ORDER_SC ? "" : " (run as sc)",
	    d->coherent ? "coherent" : "not coherent",
	    d->mismatched ? ", attributes mismatch" : "",
	    d->bounce ? "bounce buffers" : "no bounce buffers",
	    d->iommu ? ", IOMMU" : "",
	    d->unbacked == UNBACKED_ABORT ? "aborts" : "is lost",
	    !d->has_pci ? "" : d->has_msi ? "MSI-X" : "INTx",
	    d->io.size != 0 ? ", I/O ports" : "", windows,
	    d->apple ? ", Apple's host" : "");
}

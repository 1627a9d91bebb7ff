/*
 * machine_desc.h: what a machine is, read from a flattened device tree.
 *
 * Standard properties are read where they exist (the Devicetree Specification
 * and the bindings of pci-host-ecam-generic): memory's reg; of the PCI host
 * reg, ranges, interrupt-map, interrupt-map-mask, msi-map or msi-parent,
 * dma-coherent, dma-ranges, iommu-map; of each virtio,mmio node below the root or a
 * simple-bus without translation reg, interrupts, interrupt-parent,
 * dma-coherent, status; how many nodes /cpus has with device_type "cpu" (one if
 * it has none), and of the first d-cache-line-size (64 if it does not say), which
 * matters where the PCI host is not coherent.  What they cannot say is said by
 * viotape's own, in the root node, all of them optional:
 *
 *	viotape,arch	  "amd64", "arm64", "riscv64", "contract": what
 *			  bus_dmamap_sync does
 *	viotape,order	  "sc", "tso", "arm", "rvwmo"
 *	viotape,iommu	  present: devices reach only what is loaded
 *	viotape,bounce	  present: devices see only what sync copied
 *	viotape,attributes "matched" or "mismatched": the host caches what the
 *			  guest maps uncached
 *	viotape,unbacked  "lost" or "abort": an access to memory that is not there
 *	viotape,host-profile	"apple": a reset completes late, and a network
 *			  device without MTU is refused
 *	viotape,title	  one line for people
 *
 * Without viotape,arch the compatible strings of the first cpu and of the root
 * decide, so a tree dumped from a real VM works as it is.
 */
#ifndef VIOTAPE_MACHINE_DESC_H
#define VIOTAPE_MACHINE_DESC_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "order.h"
#include "sync_model.h"

#define MACHINE_NAME_MAX	64u
#define MACHINE_TITLE_MAX	128u
#define MACHINE_RAM_MAX		(UINT64_C(4) << 30)	/* bytes used of it */
#define MACHINE_DMA_MIN		(16u << 20)	/* bytes that devices reach */
#define MACHINE_DTB_MAX		(2u << 20)
#define MACHINE_INTX_MAP_MAX	256u
#define MACHINE_WINDOWS_MAX	64u
#define MACHINE_WINDOW_MIN	0x100u	/* bytes: the registers */

enum machine_unbacked {
	UNBACKED_LOST,		/* stores vanish, loads give all ones: QEMU */
	UNBACKED_ABORT		/* the access aborts, the guest panics: Apple */
};

struct machine_range {
	uint64_t base, size;	/* size 0: none */
};

/* One row of interrupt-map: device's address bits, pin, interrupt number. */
struct machine_intx {
	uint32_t address, pin, irq;
};

/* A virtio-mmio window, CPU addresses. */
struct machine_window {
	uint64_t base, size;
	int has_irq;
	uint32_t irq;
};

struct machine_desc {
	char name[MACHINE_NAME_MAX];	/* the preset's, or the file's */
	char title[MACHINE_TITLE_MAX];
	enum sync_arch arch;
	enum order_model order;		/* of the real machine */
	int bounce, iommu;
	int mismatched;			/* the host caches what is mapped
					   uncached */
	uint64_t dma_limit;		/* the last address that devices reach,
					   of dma-ranges; UINT64_MAX: all */
	int coherent;			/* of the PCI host: dma-coherent */
	unsigned cpus;			/* at least 1 */
	unsigned line_size;		/* bytes of a cache line, if it is not */
	enum machine_unbacked unbacked;
	int apple;			/* the host has Apple's manners */
	struct machine_range ram;
	int has_pci;
	struct machine_range ecam;	/* CPU addresses */
	struct machine_range mmio32;	/* CPU == PCI addresses in QEMU */
	struct machine_range mmio64;
	struct machine_range io;	/* of I/O ports: CPU addresses; size 0:
					   there are none */
	uint64_t io_pci;		/* the port at its base */
	uint32_t intx_mask;		/* of address, word 0 of the map's mask */
	struct machine_intx intx[MACHINE_INTX_MAP_MAX];
	size_t nintx;
	int has_msi;
	struct machine_window windows[MACHINE_WINDOWS_MAX]; /* by address */
	size_t nwindows;
	uint8_t *dtb;			/* owned; the tree itself */
	size_t dtb_len;
};

/*
 * Reads a tree; copies it.  -1 with ERROR_INPUT when it is damaged, has no
 * memory, or asks for what is not modelled (its sentence says which property).
 */
int machine_desc_read(struct machine_desc *d, const char *name,
    const void *dtb, size_t len, struct error *err);
void machine_desc_free(struct machine_desc *d);

/*
 * The number of an interrupt of a node, which is known by its place behind the
 * start of the tree's structure: interrupts, and the nearest interrupt-parent.
 * 0, or -1: it has none, or its controller is not understood.
 */
int machine_desc_node_irq(const struct machine_desc *d, uint32_t node,
    uint32_t index, uint32_t *irq);

/* One line: "arm64, one CPU, order arm (run as sc), coherent, no bounce, no IOMMU". */
void machine_desc_line(const struct machine_desc *d, char *buf, size_t size);

#endif

/*
 * virtio_pci_layout.h: where the structures of a virtio PCI function lie
 * (VIRTIO 1.2, 4.1.4): found in its configuration space, whoever made it.
 */
#ifndef VIOTAPE_VIRTIO_PCI_LAYOUT_H
#define VIOTAPE_VIRTIO_PCI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "error.h"
#include "pci_spec.h"

/* A part of the function that registers belong to. */
enum virtio_pci_part {
	VIRTIO_PCI_PART_NONE = 0,	/* nothing that we know */
	VIRTIO_PCI_PART_CONFIG,		/* PCI configuration space */
	VIRTIO_PCI_PART_COMMON,		/* 4.1.4.3 */
	VIRTIO_PCI_PART_NOTIFY,		/* 4.1.4.4 */
	VIRTIO_PCI_PART_ISR,		/* 4.1.4.5 */
	VIRTIO_PCI_PART_DEVICE,		/* 4.1.4.6 */
	VIRTIO_PCI_PART_MSIX_TABLE,
	VIRTIO_PCI_PART_MSIX_PBA,
	VIRTIO_PCI_PART_LEGACY,		/* 4.1.4.10 */
	VIRTIO_PCI_PARTS
};

struct virtio_pci_window {
	uint8_t present;
	uint8_t bar;			/* 0 to 5 */
	uint32_t offset, length;	/* bytes, in that BAR */
};

struct virtio_pci_layout {
	uint16_t device_id;		/* VIRTIO's: 16 is a GPU */
	uint8_t modern, legacy;		/* the structures that it has */
	struct virtio_pci_window window[VIRTIO_PCI_PARTS]; /* CONFIG unused */
	uint32_t notify_multiplier;
	uint16_t vectors;		/* of the MSI-X table; 0: no MSI-X */
	uint8_t msix_cap;		/* its offset, 0: none */
	uint8_t access_cap;		/* of the PCI_CFG capability, 0: none */
	uint8_t irq_pin;		/* 1 to 4, 0: none */
};

/*
 * Finds the structures in 256 bytes of configuration space.  Of several
 * capabilities of one type the first one with a BAR below 6 counts (4.1.4.1).
 * A function with a legacy or transitional id and revision 0 has the legacy
 * structure too, or alone (4.1.2.3, 4.1.5.1.1.1).
 * 0; or -1 with ERROR_INPUT: no virtio function, a loop of capabilities, no
 * common, notify or ISR structure where there must be one.
 */
int virtio_pci_layout_parse(const uint8_t image[PCI_CONFIG_SIZE],
    struct virtio_pci_layout *out, struct error *err);

/*
 * The part that an access belongs to; *inner becomes the offset in that part.
 * An MSI-X table in the same BAR comes before a virtio structure.
 */
enum virtio_pci_part virtio_pci_layout_find(const struct virtio_pci_layout *l,
    enum boundary_region region, uint32_t offset, uint32_t *inner);

#endif

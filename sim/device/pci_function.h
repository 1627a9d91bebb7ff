/*
 * pci_function.h: the configuration space of a PCI function (PCI 3.0,
 * chapter 6): an image and, for each byte, the bits that can be written.
 * Also the one of a virtio function, laid out as QEMU 7.2 lays it out.
 *
 *	BAR0	32 bytes or more, I/O	the legacy structure
 *	BAR1	4 KiB, 32 bits		MSI-X table at 0, PBA at 0x800
 *	BAR4	16 KiB, 64 bits		common 0x0, ISR 0x1000, device 0x2000,
 *					notify 0x3000 (multiplier 4)
 *	capabilities, in list order	MSI-X 0x98 (legacy alone: 0x40),
 *					access 0x84, notify 0x70, device 0x60,
 *					ISR 0x50, common 0x40
 *
 * A function with the legacy structure has the revision 0 and the id of
 * 4.1.2's table of transitional devices; a device that the table does not
 * have (no legacy driver is for it) 0x1000 + its number.
 */
#ifndef VIOTAPE_PCI_FUNCTION_H
#define VIOTAPE_PCI_FUNCTION_H

#include <stdint.h>

#include "pci_spec.h"
#include "state.h"

struct pci_function {
	uint8_t image[PCI_CONFIG_SIZE];
	uint8_t mask[PCI_CONFIG_SIZE];	/* 1: the driver can write the bit */
};

/* What a virtio function says it is. */
struct pci_virtio_identity {
	uint16_t device_id;		/* VIRTIO's: 16 is a GPU */
	uint32_t class_code;		/* 24 bits: 0x038000 other display */
	uint16_t vectors;		/* MSI-X vectors; 0: no MSI-X */
	int modern, legacy;		/* structures it has: one, or both */
	uint32_t config_size;		/* bytes, behind the legacy ones */
};

void pci_function_init_virtio(struct pci_function *f,
    const struct pci_virtio_identity *id);

/* Reads of 1, 2 or 4 bytes (8: two of 4); all ones past the end. */
uint64_t pci_function_read(const struct pci_function *f, uint32_t offset,
    unsigned size);
/* Writes where the mask lets it; a write past the end is lost. */
void pci_function_write(struct pci_function *f, uint32_t offset,
    unsigned size, uint64_t value);

/* 16 bits at an offset, as they stand. */
uint16_t pci_function_word(const struct pci_function *f, uint32_t offset);

/* Adds the image; the mask never changes. */
void pci_function_state(const struct pci_function *f, struct state *s);

#endif

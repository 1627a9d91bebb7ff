/*
 * pci_spec.h: facts of the PCI Local Bus Specification 3.0 that a function's
 * configuration space needs: register offsets, bits, the MSI-X structures.
 * Offsets and sizes are in bytes.
 */
#ifndef VIOTAPE_PCI_SPEC_H
#define VIOTAPE_PCI_SPEC_H

#define PCI_CONFIG_SIZE		256u	/* conventional configuration space */

/* Header type 0 (section 6.1). */
#define PCI_CFG_VENDOR_ID	0x00	/* 16 bits */
#define PCI_CFG_DEVICE_ID	0x02	/* 16 */
#define PCI_CFG_COMMAND		0x04	/* 16 */
#define PCI_CFG_STATUS		0x06	/* 16 */
#define PCI_CFG_REVISION	0x08	/* 8 */
#define PCI_CFG_CLASS		0x09	/* 24: interface, subclass, class */
#define PCI_CFG_CACHE_LINE	0x0c	/* 8 */
#define PCI_CFG_HEADER_TYPE	0x0e	/* 8 */
#define PCI_CFG_BAR0		0x10	/* 32 each, six of them */
#define PCI_CFG_BARS		6
#define PCI_CFG_SUBVENDOR_ID	0x2c	/* 16 */
#define PCI_CFG_SUBDEVICE_ID	0x2e	/* 16 */
#define PCI_CFG_ROM		0x30	/* 32 */
#define PCI_CFG_CAPABILITIES	0x34	/* 8: offset of the first capability */
#define PCI_CFG_IRQ_LINE	0x3c	/* 8 */
#define PCI_CFG_IRQ_PIN		0x3d	/* 8: 1 is INTA# */
#define PCI_CFG_HEADER_END	0x40

#define PCI_COMMAND_IO		0x0001
#define PCI_COMMAND_MEMORY	0x0002
#define PCI_COMMAND_MASTER	0x0004
#define PCI_COMMAND_SERR	0x0100
#define PCI_COMMAND_INTX_OFF	0x0400

#define PCI_STATUS_INTERRUPT	0x0008
#define PCI_STATUS_CAPABILITIES	0x0010

#define PCI_BAR_IO		0x1u
#define PCI_BAR_64		0x4u
#define PCI_BAR_PREFETCH	0x8u
#define PCI_BAR_FLAGS		0xfu	/* of a memory BAR */

/* Capabilities: id, offset of the next (0: last). */
#define PCI_CAP_ID		0
#define PCI_CAP_NEXT		1
#define PCI_CAP_ID_VENDOR	0x09
#define PCI_CAP_ID_MSIX		0x11
#define PCI_CAP_COUNT_MAX	48	/* more is a loop */

/* MSI-X capability (section 6.8.2). */
#define PCI_MSIX_CONTROL	2	/* 16 */
#define PCI_MSIX_TABLE		4	/* 32: offset | BAR number */
#define PCI_MSIX_PBA		8	/* 32: the same */
#define PCI_MSIX_CAP_SIZE	12
#define PCI_MSIX_CONTROL_SIZE	0x07ff	/* vectors - 1 */
#define PCI_MSIX_CONTROL_MASK	0x4000	/* every vector */
#define PCI_MSIX_CONTROL_ENABLE	0x8000
#define PCI_MSIX_BIR		0x7u

/* One entry of the MSI-X table. */
#define PCI_MSIX_ENTRY_SIZE	16u
#define PCI_MSIX_ENTRY_ADDRESS	0	/* 64 */
#define PCI_MSIX_ENTRY_DATA	8	/* 32 */
#define PCI_MSIX_ENTRY_CONTROL	12	/* 32 */
#define PCI_MSIX_ENTRY_MASKED	0x1u

#endif

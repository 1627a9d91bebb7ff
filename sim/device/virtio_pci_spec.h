/*
 * virtio_pci_spec.h: facts of the VIRTIO 1.2 specification about virtio over
 * PCI (4.1): ids, capabilities, the common configuration structure.
 * Offsets and sizes are in bytes.
 */
#ifndef VIOTAPE_VIRTIO_PCI_SPEC_H
#define VIOTAPE_VIRTIO_PCI_SPEC_H

/* Discovery (4.1.2). */
#define VIRTIO_PCI_VENDOR_ID		0x1af4
#define VIRTIO_PCI_DEVICE_ID_LEGACY	0x1000	/* to 0x103f: the subsystem
						   id is the device id */
#define VIRTIO_PCI_DEVICE_ID_MODERN	0x1040	/* plus the device id */
#define VIRTIO_PCI_DEVICE_ID_LAST	0x107f

/* Vendor capability (4.1.4). */
#define VIRTIO_PCI_CAP_LEN		2	/* 8 bits */
#define VIRTIO_PCI_CAP_TYPE		3	/* 8 */
#define VIRTIO_PCI_CAP_BAR		4	/* 8 */
#define VIRTIO_PCI_CAP_OFFSET		8	/* 32 */
#define VIRTIO_PCI_CAP_LENGTH		12	/* 32 */
#define VIRTIO_PCI_CAP_SIZE		16
#define VIRTIO_PCI_CAP_MULTIPLIER	16	/* 32, of a notify capability */
#define VIRTIO_PCI_CAP_NOTIFY_SIZE	20
#define VIRTIO_PCI_CAP_DATA		16	/* 32, of a PCI_CFG capability */
#define VIRTIO_PCI_CAP_ACCESS_SIZE	20
#define VIRTIO_PCI_CAP_VENDOR_DATA	6	/* of a VENDOR_CFG capability:
						   what is behind vendor_id */

#define VIRTIO_PCI_CAP_COMMON		1
#define VIRTIO_PCI_CAP_NOTIFY		2
#define VIRTIO_PCI_CAP_ISR		3
#define VIRTIO_PCI_CAP_DEVICE		4
#define VIRTIO_PCI_CAP_ACCESS		5
#define VIRTIO_PCI_CAP_VENDOR		9

/* Common configuration structure (4.1.4.3). */
#define VIRTIO_PCI_DEVICE_FEATURE_SELECT 0x00	/* 32 */
#define VIRTIO_PCI_DEVICE_FEATURE	0x04	/* 32 */
#define VIRTIO_PCI_DRIVER_FEATURE_SELECT 0x08	/* 32 */
#define VIRTIO_PCI_DRIVER_FEATURE	0x0c	/* 32 */
#define VIRTIO_PCI_CONFIG_VECTOR	0x10	/* 16 */
#define VIRTIO_PCI_NUM_QUEUES		0x12	/* 16 */
#define VIRTIO_PCI_STATUS		0x14	/* 8 */
#define VIRTIO_PCI_CONFIG_GENERATION	0x15	/* 8 */
#define VIRTIO_PCI_QUEUE_SELECT		0x16	/* 16 */
#define VIRTIO_PCI_QUEUE_SIZE		0x18	/* 16 */
#define VIRTIO_PCI_QUEUE_VECTOR		0x1a	/* 16 */
#define VIRTIO_PCI_QUEUE_ENABLE		0x1c	/* 16 */
#define VIRTIO_PCI_QUEUE_NOTIFY_OFF	0x1e	/* 16 */
#define VIRTIO_PCI_QUEUE_DESC		0x20	/* 64 */
#define VIRTIO_PCI_QUEUE_DRIVER		0x28	/* 64 */
#define VIRTIO_PCI_QUEUE_DEVICE		0x30	/* 64 */
#define VIRTIO_PCI_QUEUE_NOTIFY_DATA	0x38	/* 16 */
#define VIRTIO_PCI_QUEUE_RESET		0x3a	/* 16 */
#define VIRTIO_PCI_COMMON_SIZE		0x3c

#define VIRTIO_PCI_NO_VECTOR		0xffff

/* Legacy structure, in the I/O space of BAR 0 (4.1.4.10). */
#define VIRTIO_LEGACY_DEVICE_FEATURES	0	/* 32 */
#define VIRTIO_LEGACY_DRIVER_FEATURES	4	/* 32 */
#define VIRTIO_LEGACY_QUEUE_ADDRESS	8	/* 32: in pages */
#define VIRTIO_LEGACY_QUEUE_SIZE	12	/* 16 */
#define VIRTIO_LEGACY_QUEUE_SELECT	14	/* 16 */
#define VIRTIO_LEGACY_QUEUE_NOTIFY	16	/* 16 */
#define VIRTIO_LEGACY_STATUS		18	/* 8 */
#define VIRTIO_LEGACY_ISR		19	/* 8 */
#define VIRTIO_LEGACY_HEADER_SIZE	20	/* while MSI-X is off */
#define VIRTIO_LEGACY_CONFIG_VECTOR	20	/* 16, while it is on */
#define VIRTIO_LEGACY_QUEUE_VECTOR	22	/* 16, the same */
#define VIRTIO_LEGACY_HEADER_SIZE_MSIX	24
#define VIRTIO_LEGACY_PAGE		4096u	/* bytes; also of Queue Align */

#endif

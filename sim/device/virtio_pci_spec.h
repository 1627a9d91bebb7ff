/*
 * virtio_pci_spec.h: facts of the VIRTIO 1.2 specification about virtio over
 * PCI (4.1): ids, capabilities, the common configuration structure.
 * Offsets and sizes are in bytes.
 */
#ifndef VIOTAPE_VIRTIO_PCI_SPEC_H
#define VIOTAPE_VIRTIO_PCI_SPEC_H

/* Discovery (4.1.2). */
#define VIRTIO_PCI_VENDOR_ID		0x1af4
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

#define VIRTIO_PCI_CAP_COMMON		1
#define VIRTIO_PCI_CAP_NOTIFY		2
#define VIRTIO_PCI_CAP_ISR		3
#define VIRTIO_PCI_CAP_DEVICE		4
#define VIRTIO_PCI_CAP_ACCESS		5

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

/* ISR status (4.1.4.5). */
#define VIRTIO_PCI_ISR_QUEUE		0x1
#define VIRTIO_PCI_ISR_CONFIG		0x2

#endif

/*
 * Virtio over MMIO: facts of VIRTIO 1.2 section 4.2.  A window holds the
 * registers, 32 bits each, and the device configuration behind them.
 * Version 1 is the legacy one (4.2.4).
 */

#ifndef _DEV_PV_VIRTIO_MMIOREG_H_
#define _DEV_PV_VIRTIO_MMIOREG_H_

#define VIRTIO_MMIO_MAGIC		0x74726976	/* "virt" */

#define VIRTIO_MMIO_MAGIC_VALUE		0x000
#define VIRTIO_MMIO_VERSION		0x004
#define VIRTIO_MMIO_DEVICE_ID		0x008	/* 0: nothing is there */
#define VIRTIO_MMIO_VENDOR_ID		0x00c
#define VIRTIO_MMIO_DEVICE_FEATURES	0x010
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL	0x014
#define VIRTIO_MMIO_DRIVER_FEATURES	0x020
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL	0x024
#define VIRTIO_MMIO_QUEUE_SEL		0x030
#define VIRTIO_MMIO_QUEUE_NUM_MAX	0x034
#define VIRTIO_MMIO_QUEUE_NUM		0x038
#define VIRTIO_MMIO_QUEUE_NOTIFY	0x050
#define VIRTIO_MMIO_INTERRUPT_STATUS	0x060
#define VIRTIO_MMIO_INTERRUPT_ACK	0x064
#define VIRTIO_MMIO_STATUS		0x070
#define VIRTIO_MMIO_CONFIG		0x100

/* version 1 alone */
#define VIRTIO_MMIO_GUEST_PAGE_SIZE	0x028
#define VIRTIO_MMIO_QUEUE_ALIGN		0x03c
#define VIRTIO_MMIO_QUEUE_PFN		0x040

/* version 2 alone; addresses are two registers, the low half first */
#define VIRTIO_MMIO_QUEUE_READY		0x044
#define VIRTIO_MMIO_QUEUE_DESC		0x080
#define VIRTIO_MMIO_QUEUE_AVAIL		0x090
#define VIRTIO_MMIO_QUEUE_USED		0x0a0
#define VIRTIO_MMIO_CONFIG_GENERATION	0x0fc

/* bits of the interrupt's status, and of its acknowledgement */
#define VIRTIO_MMIO_INT_VRING		1
#define VIRTIO_MMIO_INT_CONFIG		2

#endif /* _DEV_PV_VIRTIO_MMIOREG_H_ */

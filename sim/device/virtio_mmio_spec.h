/*
 * virtio_mmio_spec.h: facts of the VIRTIO 1.2 specification about virtio over
 * MMIO (4.2.2; 4.2.4 for version 1): offsets in a window, in bytes; all
 * registers before the device configuration have 32 bits.
 */
#ifndef VIOTAPE_VIRTIO_MMIO_SPEC_H
#define VIOTAPE_VIRTIO_MMIO_SPEC_H

#define VIRTIO_MMIO_MAGIC_VALUE		0x000
#define VIRTIO_MMIO_VERSION		0x004
#define VIRTIO_MMIO_DEVICE_ID		0x008	/* 0: no device in the window */
#define VIRTIO_MMIO_VENDOR_ID		0x00c
#define VIRTIO_MMIO_DEVICE_FEATURES	0x010
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL	0x014
#define VIRTIO_MMIO_DRIVER_FEATURES	0x020
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL	0x024
#define VIRTIO_MMIO_GUEST_PAGE_SIZE	0x028	/* version 1 */
#define VIRTIO_MMIO_QUEUE_SEL		0x030
#define VIRTIO_MMIO_QUEUE_NUM_MAX	0x034
#define VIRTIO_MMIO_QUEUE_NUM		0x038
#define VIRTIO_MMIO_QUEUE_ALIGN		0x03c	/* version 1 */
#define VIRTIO_MMIO_QUEUE_PFN		0x040	/* version 1 */
#define VIRTIO_MMIO_QUEUE_READY		0x044	/* version 2, as what follows */
#define VIRTIO_MMIO_QUEUE_NOTIFY	0x050	/* both */
#define VIRTIO_MMIO_INTERRUPT_STATUS	0x060	/* both */
#define VIRTIO_MMIO_INTERRUPT_ACK	0x064	/* both */
#define VIRTIO_MMIO_STATUS		0x070	/* both */
#define VIRTIO_MMIO_QUEUE_DESC		0x080	/* low, then high */
#define VIRTIO_MMIO_QUEUE_DRIVER	0x090
#define VIRTIO_MMIO_QUEUE_DEVICE	0x0a0
#define VIRTIO_MMIO_SHM_SEL		0x0ac
#define VIRTIO_MMIO_SHM_LEN		0x0b0
#define VIRTIO_MMIO_SHM_BASE		0x0b8
#define VIRTIO_MMIO_QUEUE_RESET		0x0c0
#define VIRTIO_MMIO_CONFIG_GENERATION	0x0fc
#define VIRTIO_MMIO_CONFIG		0x100	/* both */

#define VIRTIO_MMIO_MAGIC		0x74726976u	/* "virt" */
#define VIRTIO_MMIO_LEGACY		1u	/* Version */
#define VIRTIO_MMIO_MODERN		2u
#define VIRTIO_MMIO_VENDOR_QEMU		0x554d4551u

#endif

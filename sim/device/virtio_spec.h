/*
 * virtio_spec.h: facts of the VIRTIO 1.2 specification that belong to no one
 * transport: device status, feature bits, the split virtqueue's layout.
 * Everything is little-endian; offsets and sizes are in bytes.
 */
#ifndef VIOTAPE_VIRTIO_SPEC_H
#define VIOTAPE_VIRTIO_SPEC_H

/* Device status (2.1). */
#define VIRTIO_STATUS_ACKNOWLEDGE	0x01
#define VIRTIO_STATUS_DRIVER		0x02
#define VIRTIO_STATUS_DRIVER_OK		0x04
#define VIRTIO_STATUS_FEATURES_OK	0x08
#define VIRTIO_STATUS_NEEDS_RESET	0x40
#define VIRTIO_STATUS_FAILED		0x80

/* Interrupt status: PCI's ISR (4.1.4.5), MMIO's InterruptStatus (4.2.2). */
#define VIRTIO_ISR_QUEUE		0x1
#define VIRTIO_ISR_CONFIG		0x2

/* Device ids (5). */
#define VIRTIO_ID_NET			1
#define VIRTIO_ID_GPU			16

/* Feature bits, numbers of bits (6). */
#define VIRTIO_BIT_ANY_LAYOUT		27	/* legacy only, 6.3 */
#define VIRTIO_BIT_INDIRECT_DESC	28
#define VIRTIO_BIT_EVENT_IDX		29
#define VIRTIO_BIT_VERSION_1		32
#define VIRTIO_BIT_ACCESS_PLATFORM	33
#define VIRTIO_BIT_RING_PACKED		34
#define VIRTIO_BIT_IN_ORDER		35
#define VIRTIO_BIT_NOTIFICATION_DATA	38
#define VIRTIO_BIT_NOTIF_CONFIG_DATA	39
#define VIRTIO_BIT_RING_RESET		40
#define VIRTIO_FEATURE(bit)		((uint64_t)1 << (bit))

/* Split virtqueue (2.7): sizes and alignments of the three parts. */
#define VIRTQ_SIZE_MAX			32768u	/* entries */
#define VIRTQ_DESC_ALIGN		16u
#define VIRTQ_AVAIL_ALIGN		2u
#define VIRTQ_USED_ALIGN		4u

/* Descriptor (2.7.5). */
#define VIRTQ_DESC_SIZE			16u
#define VIRTQ_DESC_ADDR			0	/* 64 bits */
#define VIRTQ_DESC_LEN			8	/* 32 */
#define VIRTQ_DESC_FLAGS		12	/* 16 */
#define VIRTQ_DESC_NEXT			14	/* 16 */
#define VIRTQ_DESC_F_NEXT		0x1
#define VIRTQ_DESC_F_WRITE		0x2
#define VIRTQ_DESC_F_INDIRECT		0x4

/* Available ring (2.7.6); used_event follows the last entry. */
#define VIRTQ_AVAIL_FLAGS		0	/* 16 */
#define VIRTQ_AVAIL_IDX			2	/* 16 */
#define VIRTQ_AVAIL_RING		4	/* 16 each */
#define VIRTQ_AVAIL_F_NO_INTERRUPT	0x1

/* Used ring (2.7.8); avail_event follows the last entry. */
#define VIRTQ_USED_FLAGS		0	/* 16 */
#define VIRTQ_USED_IDX			2	/* 16 */
#define VIRTQ_USED_RING			4	/* id 32, len 32 */
#define VIRTQ_USED_ENTRY_SIZE		8u
#define VIRTQ_USED_F_NO_NOTIFY		0x1

#endif

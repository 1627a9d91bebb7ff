/*
 * Facts of the VIRTIO 1.2 specification that hold on every transport:
 * device types, feature bits, device status, and the split virtqueue.
 *
 * Section numbers in the comments are those of VIRTIO 1.2.  Fields of a
 * version 1 device are little-endian; no conversion is made, so the machine
 * has to be little-endian as well.  All fields are naturally aligned, and the
 * structures are not packed: a ring's index must be loaded and stored whole.
 */

#ifndef _DEV_PV_VIRTIOREG_H_
#define _DEV_PV_VIRTIOREG_H_

#include <sys/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "virtio needs a little-endian machine"
#endif

/* Device types (section 5). */
#define PCI_PRODUCT_VIRTIO_NETWORK	1
#define PCI_PRODUCT_VIRTIO_BLOCK	2
#define PCI_PRODUCT_VIRTIO_CONSOLE	3
#define PCI_PRODUCT_VIRTIO_ENTROPY	4
#define PCI_PRODUCT_VIRTIO_BALLOON	5
#define PCI_PRODUCT_VIRTIO_IOMEM	6
#define PCI_PRODUCT_VIRTIO_RPMSG	7
#define PCI_PRODUCT_VIRTIO_SCSI		8
#define PCI_PRODUCT_VIRTIO_9P		9
#define PCI_PRODUCT_VIRTIO_MAC80211	10
#define PCI_PRODUCT_VIRTIO_GPU		16
#define PCI_PRODUCT_VIRTIO_INPUT	18
#define PCI_PRODUCT_VIRTIO_VSOCK	19
#define PCI_PRODUCT_VIRTIO_CRYPTO	20
#define PCI_PRODUCT_VIRTIO_SOUND	25
#define PCI_PRODUCT_VIRTIO_FS		26

/* Feature bits that belong to the queues and the transport (section 6). */
#define VIRTIO_F_NOTIFY_ON_EMPTY	(1ULL<<24)	/* legacy only */
#define VIRTIO_F_ANY_LAYOUT		(1ULL<<27)	/* legacy only */
#define VIRTIO_F_RING_INDIRECT_DESC	(1ULL<<28)
#define VIRTIO_F_RING_EVENT_IDX		(1ULL<<29)
#define VIRTIO_F_BAD_FEATURE		(1ULL<<30)	/* legacy: a bug trap */
#define VIRTIO_F_VERSION_1		(1ULL<<32)
#define VIRTIO_F_ACCESS_PLATFORM	(1ULL<<33)
#define VIRTIO_F_RING_PACKED		(1ULL<<34)
#define VIRTIO_F_IN_ORDER		(1ULL<<35)
#define VIRTIO_F_ORDER_PLATFORM		(1ULL<<36)
#define VIRTIO_F_SR_IOV			(1ULL<<37)
#define VIRTIO_F_NOTIFICATION_DATA	(1ULL<<38)
#define VIRTIO_F_NOTIF_CONFIG_DATA	(1ULL<<39)
#define VIRTIO_F_RING_RESET		(1ULL<<40)

/* Bits of the device status (section 2.1); writing 0 resets the device. */
#define VIRTIO_CONFIG_DEVICE_STATUS_RESET		0
#define VIRTIO_CONFIG_DEVICE_STATUS_ACK			1
#define VIRTIO_CONFIG_DEVICE_STATUS_DRIVER		2
#define VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK		4
#define VIRTIO_CONFIG_DEVICE_STATUS_FEATURES_OK		8
#define VIRTIO_CONFIG_DEVICE_STATUS_DEVICE_NEEDS_RESET	64
#define VIRTIO_CONFIG_DEVICE_STATUS_FAILED		128

/*
 * A split virtqueue of N entries (section 2.7) is three arrays:
 *
 *	descriptors	16 * N bytes
 *	available ring	flags, idx, ring[N], used_event
 *	used ring	flags, idx, ring[N] of { id, len }, avail_event
 *
 * The driver writes the first two, the device the third.  Each ring is
 * followed by the event index of the side that writes it.  On a legacy
 * device the used ring starts at the next VIRTIO_PAGE_SIZE boundary; here
 * it always does.
 */
#define VIRTIO_PAGE_SIZE	(4096)

/* flags of a descriptor */
#define VRING_DESC_F_NEXT	1	/* next is valid */
#define VRING_DESC_F_WRITE	2	/* the device writes here */
#define VRING_DESC_F_INDIRECT	4	/* addr is a table of descriptors */

/* flags of the rings, meaningless once EVENT_IDX is negotiated */
#define VRING_AVAIL_F_NO_INTERRUPT	1
#define VRING_USED_F_NO_NOTIFY		1

struct vring_desc {
	uint64_t	addr;		/* of the buffer, for the device */
	uint32_t	len;
	uint16_t	flags;
	uint16_t	next;
};

struct vring_avail {
	uint16_t	flags;
	uint16_t	idx;		/* free running */
	uint16_t	ring[];		/* heads of chains */
};

struct vring_used_elem {
	uint32_t	id;		/* head of the chain */
	uint32_t	len;		/* bytes that the device wrote */
};

struct vring_used {
	uint16_t	flags;
	uint16_t	idx;		/* free running */
	struct vring_used_elem	ring[];
};

/* Where the event indices are, as offsets into their rings ... */
#define VRING_USED_EVENT_OFF(num)					\
	(sizeof(struct vring_avail) + sizeof(uint16_t) * (num))
#define VRING_AVAIL_EVENT_OFF(num)					\
	(sizeof(struct vring_used) + sizeof(struct vring_used_elem) * (num))

/* ... and as lvalues of a virtqueue. */
#define VQ_USED_EVENT(vq)						\
	(*(uint16_t *)((char *)(vq)->vq_avail +				\
	    VRING_USED_EVENT_OFF((vq)->vq_num)))
#define VQ_AVAIL_EVENT(vq)						\
	(*(uint16_t *)((char *)(vq)->vq_used +				\
	    VRING_AVAIL_EVENT_OFF((vq)->vq_num)))

#endif /* _DEV_PV_VIRTIOREG_H_ */

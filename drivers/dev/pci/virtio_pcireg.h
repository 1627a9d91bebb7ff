/*
 * Virtio over PCI: facts of VIRTIO 1.2 section 4.1.
 *
 * A modern device tells by vendor-specific PCI capabilities in which BAR and
 * where in it each of its structures is; a legacy one (4.1.4.8 and the
 * first edition of the specification) has them all in BAR 0.
 */

#ifndef _DEV_PCI_VIRTIO_PCIREG_H_
#define _DEV_PCI_VIRTIO_PCIREG_H_

#include <sys/types.h>

/* PCI device ids (4.1.2): 0x1040 + type, or transitional with a subsystem */
#define VIRTIO_PCI_PRODUCT_TRANSITIONAL_FIRST	0x1000
#define VIRTIO_PCI_PRODUCT_MODERN_FIRST		0x1040
#define VIRTIO_PCI_PRODUCT_LAST			0x107f

/* a vector that is none; read back after a write, it says: refused */
#define VIRTIO_MSI_NO_VECTOR	0xffff

/* bits of the interrupt status, which a read clears (4.1.4.5) */
#define VIRTIO_CONFIG_ISR_QUEUE_INTERRUPT	1
#define VIRTIO_CONFIG_ISR_CONFIG_CHANGE		2

/* cfg_type of a capability (4.1.4) */
#define VIRTIO_PCI_CAP_COMMON_CFG	1
#define VIRTIO_PCI_CAP_NOTIFY_CFG	2
#define VIRTIO_PCI_CAP_ISR_CFG		3
#define VIRTIO_PCI_CAP_DEVICE_CFG	4
#define VIRTIO_PCI_CAP_PCI_CFG		5

struct virtio_pci_cap {
	uint8_t		cap_vndr;	/* PCI_CAP_VENDSPEC */
	uint8_t		cap_next;	/* 0 is the end */
	uint8_t		cap_len;
	uint8_t		cfg_type;
	uint8_t		bar;		/* 0 to 5; more is reserved */
	uint8_t		id;
	uint8_t		padding[2];
	uint32_t	offset;		/* in the BAR */
	uint32_t	length;
};

/* queue n is notified at n's queue_notify_off times the multiplier */
struct virtio_pci_notify_cap {
	struct virtio_pci_cap	cap;
	uint32_t		notify_off_multiplier;
};

/* Each is read and written in its own width, 64 bits as two halves. */
struct virtio_pci_common_cfg {
	/* of the device */
	uint32_t	device_feature_select;
	uint32_t	device_feature;
	uint32_t	driver_feature_select;
	uint32_t	driver_feature;
	uint16_t	config_msix_vector;
	uint16_t	num_queues;
	uint8_t		device_status;
	uint8_t		config_generation;

	/* of the queue selected */
	uint16_t	queue_select;
	uint16_t	queue_size;
	uint16_t	queue_msix_vector;
	uint16_t	queue_enable;
	uint16_t	queue_notify_off;
	uint64_t	queue_desc;
	uint64_t	queue_avail;
	uint64_t	queue_used;
};

/* Registers of a legacy device, as offsets into BAR 0. */
#define VIRTIO_CONFIG_DEVICE_FEATURES		0	/* 32 bit */
#define VIRTIO_CONFIG_GUEST_FEATURES		4	/* 32 */
#define VIRTIO_CONFIG_QUEUE_ADDRESS		8	/* 32, in pages */
#define VIRTIO_CONFIG_QUEUE_SIZE		12	/* 16 */
#define VIRTIO_CONFIG_QUEUE_SELECT		14	/* 16 */
#define VIRTIO_CONFIG_QUEUE_NOTIFY		16	/* 16 */
#define VIRTIO_CONFIG_DEVICE_STATUS		18	/* 8 */
#define VIRTIO_CONFIG_ISR_STATUS		19	/* 8 */
#define VIRTIO_CONFIG_DEVICE_CONFIG_NOMSI	20	/* without MSI-X ... */
#define VIRTIO_MSI_CONFIG_VECTOR		20	/* ... with: 16 */
#define VIRTIO_MSI_QUEUE_VECTOR			22	/* 16 */
#define VIRTIO_CONFIG_DEVICE_CONFIG_MSI		24

#endif /* _DEV_PCI_VIRTIO_PCIREG_H_ */

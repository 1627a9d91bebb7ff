/*
 * virtio_state.h: what a driver has told a virtio device, learnt from the
 * register accesses that pass by, over any transport; and the rules of VIRTIO
 * 1.2 that it must obey there.
 *
 *	driver ──access──► virtio_state ──► any host
 *
 * It is told of every access, after it was made, and has no effect on it; so
 * the same state and the same rules serve a built-in device (which answers
 * out of it), a real host and a recorded one.  For those two, what the host
 * answers is taken over: status, queue sizes, offered features.
 *
 *	virtio_state_init(&st, port, VIRTIO_BUS_PCI, bdf);
 *	virtio_state_read(&st, region, offset, size, value);	each read
 *	virtio_state_write(&st, region, offset, size, value);	each write
 *	if (virtio_state_notified(&st, region, offset, value) == queue) ...
 *	if (virtio_state_ring(&st, queue, &vr)) ...	where the rings are
 *
 * One seam parts it.  What no transport has for itself (status, features,
 * queues, and their rules) is in virtio_state.c; where the registers lie is
 * in a file a transport, and what these files share in virtio_state_var.h:
 *
 *	virtio_rules.c		rules that take more than one register
 *	virtio_pci_state.c	PCI: configuration space, MSI-X, and the
 *				structures of 4.1.4
 *	virtio_legacy_state.c	the legacy structure of 4.1.4.10
 *	virtio_mmio_state.c	an MMIO window (4.2), both versions
 *	virtio_pci_rules.c	what must not be done to its capabilities
 *	virtio_state_state.c	all of it, for an explorer
 *
 * The layout of a PCI function comes from its configuration space: from the
 * reads that pass by (a driver must read the capabilities to find the
 * registers), or at once from virtio_state_image().  Until there is one, BARs
 * are not understood and accesses to them are ignored.
 *
 * Rules told to port->protocol_broken (id, section of VIRTIO 1.2):
 *
 *	virtio-access-width		4.1.3.1
 *	virtio-reset-not-awaited	4.1.4.3.2
 *	virtio-status-cleared		2.1.1
 *	virtio-continued-after-failed	2.1.1	a status; 3.1.1 features, a
 *						queue, a notification
 *	virtio-init-order		3.1.1	reset, ACKNOWLEDGE, DRIVER,
 *						features read and accepted,
 *						FEATURES_OK out of order
 *	virtio-driver-ok-early		3.1.1	without FEATURES_OK
 *	virtio-features-ok-not-read	3.1.1	DRIVER_OK without looking
 *	virtio-feature-not-offered	2.2.1
 *	virtio-feature-needs-another	5.1.3.1, 5.7.3
 *	virtio-features-changed		3.1.1	new ones after FEATURES_OK
 *	virtio-version-1-not-accepted	6.1
 *	virtio-config-not-offered	2.5.1	a field of no offered feature
 *	virtio-config-torn		2.5.1	several reads, a change, and
 *						then something is written
 *	virtio-config-written-early	3.1.1	device config, in step 4
 *	virtio-queue-before-features-ok	3.1.1
 *	virtio-queue-missing		4.1.5.1.3 size 0, or above num_queues
 *	virtio-queue-size		4.1.4.3.2 no power of 2; 4.1.4.3 over
 *						the device's own
 *	virtio-queue-enable-zero	4.1.4.3.2
 *	virtio-queue-enable-early	4.1.4.3.2 an address was not written
 *	virtio-queue-changed		4.1.4.3.2 size or address, when enabled
 *	virtio-queue-vector-late	4.1.4.3.2 vector, when enabled
 *	virtio-queue-reset-not-awaited	4.1.4.3.2 enabled before queue_reset
 *						said 0
 *	virtio-field-not-negotiated	2.6.1	queue_reset
 *	virtio-ring-misaligned		2.7.1
 *	virtio-vector-out-of-range	4.1.5.1.2.2
 *	virtio-vector-not-verified	4.1.5.1.2.2 DRIVER_OK without looking
 *	virtio-capability-written	4.1.4.1
 *	virtio-config-window		4.1.4.9.2
 *	virtio-read-only-written	4.1.4.3.2; 5.1.4, 5.7.4.1
 *	virtio-notify-before-driver-ok	3.1.1
 *	virtio-notify-value		4.1.5.2	another queue's index
 *
 * Through the legacy interface, where FEATURES_OK does not exist and queues
 * are enabled by their page number:
 *
 *	virtio-legacy-features-ok	3.1.2	FEATURES_OK set
 *	virtio-features-changed		3.1.2	after a queue, or DRIVER_OK
 *	virtio-init-order		3.1.2	a queue before DRIVER
 *	virtio-queue-changed		4.1.5.1.3.1 another page for a queue
 *	virtio-legacy-size-unread	2.7.2	a queue without asking its size
 *	virtio-legacy-page-size		4.2.4	a page without GuestPageSize
 *	virtio-legacy-align		4.2.4	no QueueAlign, or no power of 2
 *
 * In an MMIO window, beside those above (with 4.2.2.2 for the structure,
 * 4.2.3.3 for notifications, 4.2.4 in version 1), but for the wait for a
 * reset, which is a SHOULD there (2.4.2):
 *
 *	virtio-mmio-not-identified	4.2.3.1.1 MagicValue, Version, DeviceID
 *						were not read first
 *	virtio-mmio-register		4.2.2.2	no register, or not to be read
 *	virtio-mmio-select		4.2.2.2	features without their selector
 *	virtio-mmio-stop-not-read	4.2.2.2	QueueReady 0 was not read back
 *	virtio-mmio-ack			4.2.2.2	undefined bits acknowledged
 *	virtio-mmio-ack-unread		4.2.3.4.1 InterruptStatus was not read
 *
 * REQUIREMENTS.md beside this file has all that the specification asks of a
 * driver, and what is not seen.
 */
#ifndef VIOTAPE_VIRTIO_STATE_H
#define VIOTAPE_VIRTIO_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "error.h"
#include "pci_spec.h"
#include "state.h"
#include "virtio_feature.h"
#include "virtio_pci_layout.h"
#include "vring.h"

#define VIRTIO_QUEUES_MAX	64u	/* queues above it are not understood */
#define VIRTIO_VECTORS_MAX	256u	/* the same, of MSI-X vectors */
#define VIRTIO_NAME_SIZE	64u	/* of a register's name, with the NUL */

/* How a driver finds the device. */
enum virtio_bus {
	VIRTIO_BUS_PCI,			/* address: bus << 8 | device << 3 |
					   function */
	VIRTIO_BUS_MMIO			/* address: number of the window */
};

/* Fields of a queue that the driver wrote. */
#define VIRTIO_WRITTEN_DESC		0x1	/* the low halves */
#define VIRTIO_WRITTEN_DRIVER		0x2
#define VIRTIO_WRITTEN_DEVICE		0x4
#define VIRTIO_WRITTEN_ADDRESSES	0x7
#define VIRTIO_WRITTEN_SIZE		0x8

struct virtio_queue_state {
	uint16_t size;			/* as it stands */
	uint16_t size_max;		/* after a reset; 0: not known */
	uint16_t notify_off;		/* PCI: in units of the multiplier */
	uint16_t vector;		/* PCI: MSI-X */
	uint8_t size_known, notify_off_known;
	uint32_t align;			/* legacy MMIO: of the used ring */
	uint8_t stop_pending;		/* MMIO: 0 written to QueueReady, and
					   not read back */
	uint8_t size_read;		/* the driver asked for it, once */
	uint8_t enabled;
	uint8_t reset_pending;		/* of the queue alone */
	uint8_t vector_unread;		/* PCI: written and not read back */
	uint8_t written;		/* VIRTIO_WRITTEN_*, since its reset */
	uint64_t desc, driver, device;	/* bus addresses */
};

struct virtio_vector {
	uint64_t address;
	uint32_t data;
	uint32_t control;		/* PCI_MSIX_ENTRY_MASKED */
};

/* What only a PCI function has. */
struct virtio_pci_part_state {
	uint8_t image[PCI_CONFIG_SIZE];	/* configuration space, as seen */
	uint8_t image_changed;
	uint8_t layout_valid;
	struct virtio_pci_layout layout;
	uint16_t config_vector;
	uint16_t command, msix_control;	/* of the configuration space */
	struct virtio_vector vector[VIRTIO_VECTORS_MAX];
	uint8_t config_vector_unread;
};

/* The last field of device configuration that takes several accesses. */
struct virtio_config_look {
	const struct virtio_config_field *field;	/* NULL: none */
	uint64_t seen;			/* bytes of it that were read */
	uint32_t changes;		/* config_changes when it was begun */
	uint8_t torn;			/* the configuration changed meanwhile */
};

/* What only an MMIO window has. */
struct virtio_mmio_part_state {
	uint32_t version;		/* 1 or 2; 0: not known */
	uint32_t page_size;		/* GuestPageSize, version 1 */
	uint8_t identified;		/* bits: MagicValue, Version, DeviceID
					   were read */
	uint8_t identity_told;		/* a driver that did not is told once */
	uint8_t selected;		/* bits: DeviceFeaturesSel,
					   DriverFeaturesSel were written */
	uint8_t status_read;		/* InterruptStatus, since the last ACK */
};

struct virtio_state {
	const struct boundary_port *port; /* NULL: nothing is judged */
	enum virtio_bus bus;
	uint16_t address;
	uint16_t device_id;		/* VIRTIO's; 0: not known */
	uint8_t legacy;			/* its legacy interface is used: no
					   FEATURES_OK, rings by page number */

	uint32_t device_feature_select, driver_feature_select;
	uint32_t offered[2];
	uint8_t offered_known;		/* bit n: offered[n] is known */
	uint8_t offered_read;		/* bit n: the driver has read it */
	uint32_t shown[2];		/* what driver_feature reads back */
	uint32_t accepted[2];		/* since the last reset */
	uint16_t num_queues;		/* 0: not known */
	uint8_t status, config_generation;
	uint16_t queue_select;
	struct virtio_queue_state queue[VIRTIO_QUEUES_MAX];

	uint8_t reset_pending;		/* 0 written, 0 not yet read */
	uint8_t features_ok_read;
	uint32_t resets;		/* how many resets there were */
	uint32_t queue_stops;		/* how many queues were taken away from
					   the device by themselves */
	uint32_t config_changes;	/* as virtio_state_config_changed() */
	struct virtio_config_look look;

	struct virtio_pci_part_state pci;
	struct virtio_mmio_part_state mmio;
};

void virtio_state_init(struct virtio_state *st,
    const struct boundary_port *port, enum virtio_bus bus, uint16_t address);

/* Takes the layout from a whole configuration space.  0, or -1 as
   virtio_pci_layout_parse(). */
int virtio_state_image(struct virtio_state *st,
    const uint8_t image[PCI_CONFIG_SIZE], struct error *err);

/*
 * The part of a PCI function that an access belongs to, and its offset there;
 * takes a new layout into use if configuration space has changed.
 */
enum virtio_pci_part virtio_state_find(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, uint32_t *inner);

/* A window whose version and device are known without being read. */
void virtio_state_mmio(struct virtio_state *st, uint32_t version,
    uint16_t device_id);

/* What a device itself knows of itself: offered features, queue sizes
   (each size_max[i] for i < n; notify_off is i).  The driver need not have
   read them then. */
void virtio_state_device(struct virtio_state *st, uint64_t offered,
    unsigned n, const uint16_t *size_max);

/* The device has changed its configuration: what a driver reads from now on
   may not fit what it read before (2.5). */
void virtio_state_config_changed(struct virtio_state *st);

/* An access that was made; value is what was written, or what was answered. */
void virtio_state_write(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value);
void virtio_state_read(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value);

/* Whether an access is one of device configuration; *inner: its offset there. */
int virtio_state_in_config(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, uint32_t *inner);

/* The queue that a write notifies, or -1: it is no notification. */
int virtio_state_notified(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, uint64_t value);

/*
 * The rings of a queue, fresh (indices 0), if it is enabled and makes sense:
 * 1; else 0.
 */
int virtio_state_ring(const struct virtio_state *st, unsigned queue,
    struct vring *out);

/* The selected queue, or NULL when the device has none of that number. */
struct virtio_queue_state *virtio_state_selected(struct virtio_state *st);

/* The offset behind the legacy structure of a PCI function, where its device
   configuration begins: it moves when MSI-X is switched on (4.1.4.10). */
uint32_t virtio_pci_legacy_config(const struct virtio_state *st);

/* Adds all that is here: what was told, what is judged by it later, and whom
   was told what of that already. */
void virtio_state_state(const struct virtio_state *st, struct state *s);

/* Offered and accepted features as one number. */
uint64_t virtio_state_offered(const struct virtio_state *st);
uint64_t virtio_state_features(const struct virtio_state *st);

/*
 * The meaning of an access, for people and for matching recorded answers:
 *
 *	"config.command"  "config.bar4"  "config+0x44"
 *	"common.device_status"  "common.device_feature[1]" (by the selector)
 *	"common.queue_size[0]"  "common.queue_desc[0].high"
 *	"notify[1]"  "isr"  "device+0x8"  "msix.entry[2].data"  "msix.pba+0x0"
 *	"legacy.queue_address[0]"  "mmio.queue_desc[0].high"
 *	"bar4+0x123" for what has no name
 *
 * The selectors are those in force: ask before a write is told to the state
 * (queue_select itself has no index, so it does not matter there).  A width
 * that is not the register's, or that the name does not say, is put behind:
 * "common.queue_size[0]/4", "config+0x44/4".
 */
void virtio_state_register_name(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE]);

#endif

/*
 * virtio_pci_device.c: a virtio device on PCI: its function, its interrupts,
 * and which structure an access belongs to.
 */
#include "virtio_pci_device_var.h"
#include "check.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- interrupts */

static int
device_msix_enabled(const struct virtio_pci_device *d)
{
	return d->core.device.vectors != 0 &&
	    (d->core.st.pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0;
}

static void
device_line_update(struct virtio_pci_device *d)
{
	int level = d->line &&
	    (d->core.st.pci.command & PCI_COMMAND_INTX_OFF) == 0;
	uint8_t *status = &d->function.image[PCI_CFG_STATUS];

	*status = (uint8_t)((*status & ~PCI_STATUS_INTERRUPT) |
	    (d->line ? PCI_STATUS_INTERRUPT : 0));
	if (level == d->line_told)
		return;
	d->line_told = (uint8_t)level;
	d->core.port->irq_line(d->core.port->machine, d->core.st.address,
	    d->function.image[PCI_CFG_IRQ_PIN], level);
}

static void
device_message(struct virtio_pci_device *d, unsigned vector)
{
	const struct virtio_vector *v = &d->core.st.pci.vector[vector];
	uint8_t bit = (uint8_t)(1u << vector % 8);

	if ((d->core.st.pci.msix_control & PCI_MSIX_CONTROL_MASK) != 0 ||
	    (v->control & PCI_MSIX_ENTRY_MASKED) != 0) {
		d->msix_pending[vector / 8] |= bit;
		return;
	}
	d->msix_pending[vector / 8] &= (uint8_t)~bit;
	d->core.port->irq_message(d->core.port->machine, d->core.st.address,
	    vector, v->address, v->data);
}

/* After a change of a mask: what was held back is sent. */
static void
device_messages_pending(struct virtio_pci_device *d)
{
	if (!device_msix_enabled(d))
		return;
	for (unsigned i = 0; i < d->core.device.vectors; i++)
		if ((d->msix_pending[i / 8] & 1u << i % 8) != 0)
			device_message(d, i);
}

static void
device_interrupt(void *self, int queue)
{
	struct virtio_pci_device *d = self;
	unsigned vector = queue == VIRTIO_CORE_CONFIG ?
	    d->core.st.pci.config_vector : d->core.st.queue[queue].vector;

	if (!device_msix_enabled(d)) {
		d->line = 1;
		device_line_update(d);
	} else if (vector < d->core.device.vectors) {
		device_message(d, vector);
	}
}

uint64_t
virtio_pci_device_isr(struct virtio_pci_device *d)
{
	uint64_t value = d->core.isr;

	d->core.isr = d->line = 0;
	device_line_update(d);
	return value;
}

static void
device_quiet(void *self)
{
	struct virtio_pci_device *d = self;

	d->line = 0;
	memset(d->msix_pending, 0, sizeof d->msix_pending);
	device_line_update(d);
}

static int
device_may_work(const void *self)
{
	const struct virtio_pci_device *d = self;

	return (d->core.st.pci.command & PCI_COMMAND_MASTER) != 0;
}

/* ------------------------------------------------------------------- reads */

static uint64_t
device_read_msix(const struct virtio_pci_device *d, uint32_t inner)
{
	const struct virtio_vector *v =
	    &d->core.st.pci.vector[inner / PCI_MSIX_ENTRY_SIZE];

	switch (inner % PCI_MSIX_ENTRY_SIZE) {
	case PCI_MSIX_ENTRY_ADDRESS:
		return v->address & 0xffffffff;
	case PCI_MSIX_ENTRY_ADDRESS + 4:
		return v->address >> 32;
	case PCI_MSIX_ENTRY_DATA:
		return v->data;
	case PCI_MSIX_ENTRY_CONTROL:
		return v->control;
	default:
		return UINT64_MAX;
	}
}

/* Whether the function answers in this part: memory, or I/O of the legacy
   structure, is decoded. */
static int
device_decodes(const struct virtio_pci_device *d, enum virtio_pci_part part)
{
	unsigned bit = part == VIRTIO_PCI_PART_LEGACY ? PCI_COMMAND_IO :
	    PCI_COMMAND_MEMORY;

	return (d->core.st.pci.command & bit) != 0;
}

static uint64_t
device_read_bar(struct virtio_pci_device *d, enum boundary_region region,
    uint32_t offset, unsigned size)
{
	uint32_t inner;
	enum virtio_pci_part part = virtio_state_find(&d->core.st, region,
	    offset, &inner);

	if (!device_decodes(d, part))
		return UINT64_MAX;
	switch (part) {
	case VIRTIO_PCI_PART_COMMON:
		return virtio_pci_common_read(d, inner) | (size == 8 ?
		    virtio_pci_common_read(d, inner + 4) << 32 : 0);
	case VIRTIO_PCI_PART_LEGACY:
		return virtio_pci_legacy_read(d, inner, size);
	case VIRTIO_PCI_PART_NOTIFY:
		return 0;
	case VIRTIO_PCI_PART_ISR:
		return virtio_pci_device_isr(d);
	case VIRTIO_PCI_PART_DEVICE:
		return virtio_core_config_read(&d->core, inner, size);
	case VIRTIO_PCI_PART_MSIX_TABLE:
		return size == 8 ? (device_read_msix(d, inner) & 0xffffffff) |
		    device_read_msix(d, inner + 4) << 32 :
		    device_read_msix(d, inner);
	case VIRTIO_PCI_PART_MSIX_PBA:
		return inner + size <= sizeof d->msix_pending ?
		    bytes_le(d->msix_pending + inner, size) : UINT64_MAX;
	default:
		return UINT64_MAX;
	}
}

/* --------------------------------------- configuration access (4.1.4.9) */

/* Whether an access touches pci_cfg_data; then what it stands for. */
static int
device_access(const struct virtio_pci_device *d, uint32_t offset,
    unsigned size, enum boundary_region *region, uint32_t *at, unsigned *len)
{
	unsigned cap = d->core.st.pci.layout.access_cap;
	const uint8_t *c = d->function.image + cap;

	if (cap == 0 || offset + size <= cap + VIRTIO_PCI_CAP_DATA ||
	    offset >= cap + VIRTIO_PCI_CAP_ACCESS_SIZE)
		return 0;
	*at = (uint32_t)bytes_le(c + VIRTIO_PCI_CAP_OFFSET, 4);
	*len = (unsigned)bytes_le(c + VIRTIO_PCI_CAP_LENGTH, 4);
	if (c[VIRTIO_PCI_CAP_BAR] >= PCI_CFG_BARS ||
	    (*len != 1 && *len != 2 && *len != 4))
		return 0;
	*region = (enum boundary_region)(REGION_BAR0 + c[VIRTIO_PCI_CAP_BAR]);
	return 1;
}

static uint8_t *
device_access_data(struct virtio_pci_device *d)
{
	return d->function.image + d->core.st.pci.layout.access_cap +
	    VIRTIO_PCI_CAP_DATA;
}

static uint64_t
device_read(void *self, enum boundary_region region, uint32_t offset,
    unsigned size)
{
	struct virtio_pci_device *d = self;
	enum boundary_region to;
	uint64_t value;
	uint32_t at;
	unsigned len;

	if (region == REGION_CONFIG && device_access(d, offset, size, &to, &at,
	    &len)) {
		value = virtio_core_read(&d->core, to, at, len);
		bytes_le_put(device_access_data(d), value, len);
	}
	value = region == REGION_CONFIG ?
	    pci_function_read(&d->function, offset, size) :
	    device_read_bar(d, region, offset, size);
	value &= UINT64_MAX >> (64 - 8 * size);
	virtio_state_read(&d->core.st, region, offset, size, value);
	return value;
}

/* ------------------------------------------------------------------ writes */

static void
device_write_config(struct virtio_pci_device *d, uint32_t offset,
    unsigned size, uint64_t value)
{
	struct virtio_state *st = &d->core.st;
	uint16_t command = st->pci.command, control = st->pci.msix_control;
	unsigned msix = st->pci.layout.msix_cap;
	enum boundary_region to;
	uint32_t at;
	unsigned len;

	pci_function_write(&d->function, offset, size, value);
	virtio_state_write(st, REGION_CONFIG, offset, size, value);
	st->pci.command = pci_function_word(&d->function, PCI_CFG_COMMAND);
	if (msix != 0)
		st->pci.msix_control = pci_function_word(&d->function,
		    msix + PCI_MSIX_CONTROL);
	/* QEMU stops a device that must not reach memory any more. */
	if ((command & ~st->pci.command & PCI_COMMAND_MASTER) != 0)
		st->status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	if ((~control & st->pci.msix_control & PCI_MSIX_CONTROL_ENABLE) != 0)
		d->line = 0;
	device_line_update(d);
	device_messages_pending(d);
	if (device_access(d, offset, size, &to, &at, &len))
		virtio_core_write(&d->core, to, at, len,
		    bytes_le(device_access_data(d), len));
}

static void
device_write_bar(struct virtio_pci_device *d, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	uint8_t status_before = d->core.st.status;
	uint32_t inner;
	enum virtio_pci_part part = virtio_state_find(&d->core.st, region,
	    offset, &inner);

	if (!device_decodes(d, part))
		return;
	virtio_state_write(&d->core.st, region, offset, size, value);
	switch (part) {
	case VIRTIO_PCI_PART_COMMON:
		virtio_pci_common_written(d, inner, value, status_before);
		break;
	case VIRTIO_PCI_PART_LEGACY:
		virtio_pci_legacy_written(d, inner, size, value,
		    status_before);
		break;
	case VIRTIO_PCI_PART_NOTIFY:
		virtio_core_notified(&d->core, virtio_state_notified(
		    &d->core.st, region, offset, 0xffff));
		break;
	case VIRTIO_PCI_PART_DEVICE:
		virtio_core_config_write(&d->core, inner, size, value);
		break;
	case VIRTIO_PCI_PART_MSIX_TABLE:
		device_messages_pending(d);
		break;
	default:
		break;
	}
}

static void
device_write(void *self, enum boundary_region region, uint32_t offset,
    unsigned size, uint64_t value)
{
	struct virtio_pci_device *d = self;

	if (region == REGION_CONFIG)
		device_write_config(d, offset, size, value);
	else
		device_write_bar(d, region, offset, size, value);
}

/* ------------------------------------------------------------------ making */

static void
device_free(void *self)
{
	struct virtio_pci_device *d = self;

	virtio_core_end(&d->core);
	check_free(d);
}

static void
device_state(const void *self, struct state *s)
{
	const struct virtio_pci_device *d = self;

	pci_function_state(&d->function, s);
	state_add_u64(s, (uint64_t)d->line << 8 | d->line_told);
	state_add(s, d->msix_pending, sizeof d->msix_pending);
}

static const struct virtio_transport_ops device_ops = {
	device_read, device_write, device_interrupt, device_quiet,
	device_may_work, device_free, device_state
};

static struct virtio_pci_device *
device_make(const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device)
{
	struct virtio_pci_device *d = check_calloc(1, sizeof *d);

	virtio_core_init(&d->core, port, VIRTIO_BUS_PCI, bdf, device,
	    &device_ops, d);
	return d;
}

/* What is offered depends on the structures that the function has. */
static void
device_offer(struct virtio_pci_device *d)
{
	struct virtio_device *device = &d->core.device;

	if (d->core.st.pci.layout.legacy)
		device->features |= VIRTIO_FEATURE(VIRTIO_BIT_ANY_LAYOUT);
	if (!d->core.st.pci.layout.modern)
		device->features &= UINT32_MAX;
	virtio_state_device(&d->core.st, device->features, device->queues,
	    device->queue_size_max);
}

struct virtio_pci_device *
virtio_pci_device_create(const struct boundary_port *port, uint16_t bdf,
    enum virtio_pci_kind kind, const struct virtio_device *device)
{
	struct virtio_pci_device *d = device_make(port, bdf, device);
	struct pci_virtio_identity id = {
		.device_id = device->id, .class_code = device->class_code,
		.vectors = device->vectors, .modern = kind != VIRTIO_PCI_LEGACY,
		.legacy = kind != VIRTIO_PCI_MODERN,
		.config_size = device->config_size
	};
	struct error err;

	pci_function_init_virtio(&d->function, &id);
	CHECK(virtio_state_image(&d->core.st, d->function.image, &err) == 0);
	device_offer(d);
	return d;
}

struct virtio_pci_device *
virtio_pci_device_create_as(const struct boundary_port *port, uint16_t bdf,
    const struct virtio_device *device, const uint8_t image[PCI_CONFIG_SIZE],
    const uint8_t mask[PCI_CONFIG_SIZE], struct error *err)
{
	struct virtio_pci_device *d = device_make(port, bdf, device);

	memcpy(d->function.image, image, PCI_CONFIG_SIZE);
	memcpy(d->function.mask, mask, PCI_CONFIG_SIZE);
	if (virtio_state_image(&d->core.st, image, err) != 0) {
		check_free(d);
		return NULL;
	}
	device_offer(d);
	return d;
}

struct virtio_core *
virtio_pci_device_core(struct virtio_pci_device *d)
{
	return &d->core;
}

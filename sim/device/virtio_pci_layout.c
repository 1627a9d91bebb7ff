/* virtio_pci_layout.c: where the structures of a virtio PCI function lie. */
#include "virtio_pci_layout.h"
#include "bytes.h"
#include "virtio_pci_spec.h"

#include <string.h>

static uint32_t
image_le(const uint8_t *image, unsigned offset, unsigned width)
{
	return (uint32_t)bytes_le(image + offset, width);
}

/* The part that a capability's type describes. */
static enum virtio_pci_part
layout_part(unsigned type)
{
	switch (type) {
	case VIRTIO_PCI_CAP_COMMON:
		return VIRTIO_PCI_PART_COMMON;
	case VIRTIO_PCI_CAP_NOTIFY:
		return VIRTIO_PCI_PART_NOTIFY;
	case VIRTIO_PCI_CAP_ISR:
		return VIRTIO_PCI_PART_ISR;
	case VIRTIO_PCI_CAP_DEVICE:
		return VIRTIO_PCI_PART_DEVICE;
	default:
		return VIRTIO_PCI_PART_NONE;
	}
}

static void
layout_add_vendor(struct virtio_pci_layout *l, const uint8_t *image,
    unsigned at)
{
	unsigned type = image[at + VIRTIO_PCI_CAP_TYPE];
	enum virtio_pci_part part = layout_part(type);
	struct virtio_pci_window *w = &l->window[part];

	if (type == VIRTIO_PCI_CAP_ACCESS && l->access_cap == 0 &&
	    at + VIRTIO_PCI_CAP_ACCESS_SIZE <= PCI_CONFIG_SIZE)
		l->access_cap = (uint8_t)at;
	if (part == VIRTIO_PCI_PART_NONE || w->present ||
	    image[at + VIRTIO_PCI_CAP_BAR] >= PCI_CFG_BARS)
		return;
	if (part == VIRTIO_PCI_PART_NOTIFY) {
		if (at + VIRTIO_PCI_CAP_NOTIFY_SIZE > PCI_CONFIG_SIZE)
			return;
		l->notify_multiplier =
		    image_le(image, at + VIRTIO_PCI_CAP_MULTIPLIER, 4);
	}
	w->present = 1;
	w->bar = image[at + VIRTIO_PCI_CAP_BAR];
	w->offset = image_le(image, at + VIRTIO_PCI_CAP_OFFSET, 4);
	w->length = image_le(image, at + VIRTIO_PCI_CAP_LENGTH, 4);
}

static void
layout_add_msix(struct virtio_pci_layout *l, const uint8_t *image, unsigned at)
{
	struct virtio_pci_window *t = &l->window[VIRTIO_PCI_PART_MSIX_TABLE];
	struct virtio_pci_window *p = &l->window[VIRTIO_PCI_PART_MSIX_PBA];
	uint32_t table = image_le(image, at + PCI_MSIX_TABLE, 4);
	uint32_t pba = image_le(image, at + PCI_MSIX_PBA, 4);

	if (l->msix_cap != 0 || (table & PCI_MSIX_BIR) >= PCI_CFG_BARS ||
	    (pba & PCI_MSIX_BIR) >= PCI_CFG_BARS)
		return;
	l->msix_cap = (uint8_t)at;
	l->vectors = (uint16_t)((image_le(image, at + PCI_MSIX_CONTROL, 2) &
	    PCI_MSIX_CONTROL_SIZE) + 1);
	t->present = p->present = 1;
	t->bar = (uint8_t)(table & PCI_MSIX_BIR);
	t->offset = table & ~PCI_MSIX_BIR;
	t->length = l->vectors * PCI_MSIX_ENTRY_SIZE;
	p->bar = (uint8_t)(pba & PCI_MSIX_BIR);
	p->offset = pba & ~PCI_MSIX_BIR;
	p->length = (l->vectors + 63u) / 64u * 8u;
}

static int
layout_capabilities(struct virtio_pci_layout *l, const uint8_t *image,
    struct error *err)
{
	unsigned at = image[PCI_CFG_CAPABILITIES] & ~3u;

	for (unsigned n = 0; at != 0; n++) {
		if (n == PCI_CAP_COUNT_MAX)
			return error_set(err, ERROR_INPUT, "the capabilities "
			    "of the PCI function loop");
		if (at < PCI_CFG_HEADER_END)
			return error_set(err, ERROR_INPUT, "a PCI capability "
			    "at offset 0x%x lies in the header", at);
		if (image[at] == PCI_CAP_ID_VENDOR &&
		    at + VIRTIO_PCI_CAP_SIZE <= PCI_CONFIG_SIZE)
			layout_add_vendor(l, image, at);
		if (image[at] == PCI_CAP_ID_MSIX &&
		    at + PCI_MSIX_CAP_SIZE <= PCI_CONFIG_SIZE)
			layout_add_msix(l, image, at);
		at = image[at + PCI_CAP_NEXT] & ~3u;
	}
	return 0;
}

/* What the ids say (4.1.2, 4.1.2.3). */
static int
layout_identify(struct virtio_pci_layout *l, const uint8_t *image,
    struct error *err)
{
	struct virtio_pci_window *w = &l->window[VIRTIO_PCI_PART_LEGACY];
	uint32_t vendor = image_le(image, PCI_CFG_VENDOR_ID, 2);
	uint32_t device = image_le(image, PCI_CFG_DEVICE_ID, 2);

	if (vendor != VIRTIO_PCI_VENDOR_ID ||
	    device < VIRTIO_PCI_DEVICE_ID_LEGACY ||
	    device > VIRTIO_PCI_DEVICE_ID_LAST)
		return error_set(err, ERROR_INPUT, "PCI function %04x:%04x is "
		    "no virtio device (1af4:1000 to 1af4:107f)",
		    (unsigned)vendor, (unsigned)device);
	l->irq_pin = image[PCI_CFG_IRQ_PIN] <= 4 ? image[PCI_CFG_IRQ_PIN] : 0;
	if (device >= VIRTIO_PCI_DEVICE_ID_MODERN) {
		l->device_id = (uint16_t)(device -
		    VIRTIO_PCI_DEVICE_ID_MODERN);
		return 0;
	}
	l->device_id = (uint16_t)image_le(image, PCI_CFG_SUBDEVICE_ID, 2);
	l->legacy = image[PCI_CFG_REVISION] == 0;
	w->present = l->legacy;
	w->length = l->legacy ? UINT32_MAX : 0;	/* what the BAR has */
	return 0;
}

int
virtio_pci_layout_parse(const uint8_t image[PCI_CONFIG_SIZE],
    struct virtio_pci_layout *out, struct error *err)
{
	static const struct {
		enum virtio_pci_part part;
		const char *name;
	} needed[] = {
		{ VIRTIO_PCI_PART_COMMON, "common configuration" },
		{ VIRTIO_PCI_PART_NOTIFY, "notification" },
		{ VIRTIO_PCI_PART_ISR, "ISR status" }
	};
	const char *missing = NULL;

	memset(out, 0, sizeof *out);
	if (layout_identify(out, image, err) != 0 ||
	    layout_capabilities(out, image, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (!out->window[needed[i].part].present && missing == NULL)
			missing = needed[i].name;
	out->modern = missing == NULL;
	if (missing != NULL && !out->legacy)
		return error_set(err, ERROR_INPUT, "the virtio function has no "
		    "%s capability", missing);
	return 0;
}

enum virtio_pci_part
virtio_pci_layout_find(const struct virtio_pci_layout *l,
    enum boundary_region region, uint32_t offset, uint32_t *inner)
{
	static const enum virtio_pci_part order[] = {
		VIRTIO_PCI_PART_MSIX_TABLE, VIRTIO_PCI_PART_MSIX_PBA,
		VIRTIO_PCI_PART_COMMON, VIRTIO_PCI_PART_ISR,
		VIRTIO_PCI_PART_DEVICE, VIRTIO_PCI_PART_NOTIFY,
		VIRTIO_PCI_PART_LEGACY
	};

	*inner = offset;
	if (region == REGION_CONFIG)
		return VIRTIO_PCI_PART_CONFIG;
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const struct virtio_pci_window *w = &l->window[order[i]];

		if (w->present &&
		    (unsigned)region == REGION_BAR0 + (unsigned)w->bar &&
		    offset >= w->offset && offset - w->offset < w->length) {
			*inner = offset - w->offset;
			return order[i];
		}
	}
	return VIRTIO_PCI_PART_NONE;
}

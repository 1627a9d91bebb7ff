/*
 * virtio_pci_rules.c: what a driver must not do to the virtio capabilities of
 * a PCI function (VIRTIO 1.2, 4.1.4.1 and 4.1.4.9.2).
 */
#include "virtio_state_var.h"
#include "bytes.h"
#include "virtio_pci_spec.h"

/* The bytes of a capability that a driver may write: [from, to). */
static void
cap_writable(const uint8_t *cap, unsigned *from, unsigned *to)
{
	*from = *to = 0;
	if (cap[VIRTIO_PCI_CAP_TYPE] == VIRTIO_PCI_CAP_ACCESS) {
		/* The padding lies in one word with bar, and kernels write
		   words. */
		*from = VIRTIO_PCI_CAP_BAR;
		*to = VIRTIO_PCI_CAP_ACCESS_SIZE;
	} else if (cap[VIRTIO_PCI_CAP_TYPE] == VIRTIO_PCI_CAP_VENDOR) {
		*from = VIRTIO_PCI_CAP_VENDOR_DATA;
		*to = cap[VIRTIO_PCI_CAP_LEN];
	}
}

static void
judge_write(const struct virtio_state *st, unsigned at, uint32_t offset,
    unsigned size)
{
	const uint8_t *cap = st->pci.image + at;
	unsigned len = cap[VIRTIO_PCI_CAP_LEN], from, to;

	if (offset >= at + len || offset + size <= at)
		return;
	cap_writable(cap, &from, &to);
	if (offset < at + from || offset + size > at + to)
		virtio_judge(st, "virtio-capability-written", "4.1.4.1",
		    "%u bytes written at offset 0x%lx of configuration space, "
		    "in the virtio capability of type %u at 0x%x", size,
		    (unsigned long)offset, cap[VIRTIO_PCI_CAP_TYPE], at);
}

void
virtio_pci_judge_capabilities(const struct virtio_state *st, uint32_t offset,
    unsigned size)
{
	const uint8_t *image = st->pci.image;
	unsigned at = image[PCI_CFG_CAPABILITIES] & ~3u;

	for (unsigned n = 0; at >= PCI_CFG_HEADER_END && n < PCI_CAP_COUNT_MAX;
	    n++) {
		if (image[at + PCI_CAP_ID] == PCI_CAP_ID_VENDOR &&
		    at + VIRTIO_PCI_CAP_SIZE <= PCI_CONFIG_SIZE)
			judge_write(st, at, offset, size);
		at = image[at + PCI_CAP_NEXT] & ~3u;
	}
}

void
virtio_pci_judge_window(const struct virtio_state *st, uint32_t offset,
    unsigned size, int write)
{
	unsigned at = st->pci.layout.access_cap;
	const uint8_t *cap = st->pci.image + at;
	uint32_t where, len, inner;
	enum virtio_pci_part part = VIRTIO_PCI_PART_NONE;

	if (at == 0 || offset + size <= at + VIRTIO_PCI_CAP_DATA ||
	    offset >= at + VIRTIO_PCI_CAP_ACCESS_SIZE)
		return;
	where = (uint32_t)bytes_le(cap + VIRTIO_PCI_CAP_OFFSET, 4);
	len = (uint32_t)bytes_le(cap + VIRTIO_PCI_CAP_LENGTH, 4);
	/* Who copies all of configuration space, firmware for one, reads this
	   too: a window that was never set up does nothing then. */
	if (len == 0 && !write)
		return;
	if (len == 0 || len > 4 || where % len != 0) {
		virtio_judge(st, "virtio-config-window", "4.1.4.9.2",
		    "pci_cfg_data accessed for %lu bytes at offset 0x%lx, "
		    "which is not aligned", (unsigned long)len,
		    (unsigned long)where);
		return;
	}
	if (cap[VIRTIO_PCI_CAP_BAR] < PCI_CFG_BARS)
		part = virtio_pci_layout_find(&st->pci.layout,
		    (enum boundary_region)(REGION_BAR0 +
		    cap[VIRTIO_PCI_CAP_BAR]), where, &inner);
	if (part < VIRTIO_PCI_PART_COMMON || part > VIRTIO_PCI_PART_DEVICE ||
	    len > st->pci.layout.window[part].length - inner)
		virtio_judge(st, "virtio-config-window", "4.1.4.9.2",
		    "pci_cfg_data accessed for %lu bytes at offset 0x%lx of "
		    "BAR %u, where no virtio structure is", (unsigned long)len,
		    (unsigned long)where, cap[VIRTIO_PCI_CAP_BAR]);
}

/* virtio_watch.c: the virtio device that is looked for in all accesses. */
#include "virtio_watch.h"
#include "pci_spec.h"
#include "virtio_mmio_spec.h"
#include "virtio_pci_spec.h"

#include <string.h>

void
virtio_watch_init(struct virtio_watch *w)
{
	memset(w, 0, sizeof *w);
	virtio_state_init(&w->st, NULL, VIRTIO_BUS_PCI, 0);
}

int
virtio_watch_is_at(const struct virtio_watch *w, uint16_t bdf,
    enum boundary_region region)
{
	return w->found && bdf == w->st.address &&
	    (w->st.bus == VIRTIO_BUS_MMIO) == (region == REGION_MMIO);
}

static void
look_pci(struct virtio_watch *w, uint16_t bdf, uint32_t offset, unsigned size,
    uint64_t value)
{
	uint64_t device = value >> 16;

	if (offset != PCI_CFG_VENDOR_ID || size != 4 ||
	    (value & 0xffff) != VIRTIO_PCI_VENDOR_ID ||
	    device < VIRTIO_PCI_DEVICE_ID_LEGACY ||
	    device > VIRTIO_PCI_DEVICE_ID_LAST)
		return;
	w->found = 1;
	virtio_state_init(&w->st, NULL, VIRTIO_BUS_PCI, bdf);
}

static void
look_window(struct virtio_watch *w, uint16_t window, uint32_t offset,
    uint64_t value)
{
	if (offset == VIRTIO_MMIO_VERSION) {
		w->window = window;
		w->version = (uint32_t)value;
	}
	if (offset != VIRTIO_MMIO_DEVICE_ID || value == 0 ||
	    value > UINT16_MAX || w->window != window || w->version == 0 ||
	    w->version > VIRTIO_MMIO_MODERN)
		return;
	w->found = 1;
	virtio_state_init(&w->st, NULL, VIRTIO_BUS_MMIO, window);
	virtio_state_mmio(&w->st, w->version, (uint16_t)value);
}

int
virtio_watch_access(struct virtio_watch *w, int write, uint16_t bdf,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value)
{
	if (!w->found && !write && region == REGION_CONFIG)
		look_pci(w, bdf, offset, size, value);
	else if (!w->found && !write && region == REGION_MMIO)
		look_window(w, bdf, offset, value);
	if (!virtio_watch_is_at(w, bdf, region))
		return 0;
	if (write)
		virtio_state_write(&w->st, region, offset, size, value);
	else
		virtio_state_read(&w->st, region, offset, size, value);
	return 1;
}

void
virtio_watch_state(const struct virtio_watch *w, struct state *s)
{
	state_add_u64(s, (uint64_t)(w->found != 0) << 48 |
	    (uint64_t)w->window << 32 | w->version);
	virtio_state_state(&w->st, s);
}

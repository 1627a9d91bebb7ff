/* pci_function.c: the configuration space of a PCI function. */
#include "pci_function.h"
#include "bytes.h"
#include "check.h"
#include "virtio_pci_spec.h"

#include <string.h>

#define BAR_MSIX_SIZE	0x1000u		/* BAR1 */
#define BAR_VIRTIO_SIZE	0x4000u		/* BAR4 */
#define PART_SIZE	0x1000u		/* each structure in BAR4 */

static void
function_put(struct pci_function *f, unsigned offset, unsigned width,
    uint64_t value, uint64_t mask)
{
	bytes_le_put(f->image + offset, value, width);
	bytes_le_put(f->mask + offset, mask, width);
}

/* One vendor capability; size bytes of it, none writable. */
static void
function_put_cap(struct pci_function *f, unsigned at, unsigned next,
    unsigned type, unsigned size, unsigned bar, uint32_t offset,
    uint32_t length)
{
	memset(f->image + at, 0, size);
	memset(f->mask + at, 0, size);
	f->image[at + PCI_CAP_ID] = PCI_CAP_ID_VENDOR;
	f->image[at + PCI_CAP_NEXT] = (uint8_t)next;
	f->image[at + VIRTIO_PCI_CAP_LEN] = (uint8_t)size;
	f->image[at + VIRTIO_PCI_CAP_TYPE] = (uint8_t)type;
	f->image[at + VIRTIO_PCI_CAP_BAR] = (uint8_t)bar;
	bytes_le_put(f->image + at + VIRTIO_PCI_CAP_OFFSET, offset, 4);
	bytes_le_put(f->image + at + VIRTIO_PCI_CAP_LENGTH, length, 4);
}

/* The table of transitional ids (4.1.2). */
static uint16_t
function_legacy_id(uint16_t device_id)
{
	static const struct {
		uint8_t id, pci;
	} table[] = {
		{ 1, 0 }, { 2, 1 }, { 5, 2 }, { 3, 3 }, { 8, 4 }, { 4, 5 },
		{ 9, 9 }
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].id == device_id)
			return VIRTIO_PCI_DEVICE_ID_LEGACY + table[i].pci;
	return (uint16_t)(VIRTIO_PCI_DEVICE_ID_LEGACY + (device_id & 0x3f));
}

static void
function_put_header(struct pci_function *f,
    const struct pci_virtio_identity *id)
{
	function_put(f, PCI_CFG_VENDOR_ID, 2, VIRTIO_PCI_VENDOR_ID, 0);
	function_put(f, PCI_CFG_DEVICE_ID, 2, id->legacy ?
	    function_legacy_id(id->device_id) :
	    VIRTIO_PCI_DEVICE_ID_MODERN + (uint64_t)id->device_id, 0);
	function_put(f, PCI_CFG_COMMAND, 2, 0, PCI_COMMAND_IO |
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SERR |
	    PCI_COMMAND_INTX_OFF);
	function_put(f, PCI_CFG_STATUS, 2, id->modern || id->vectors != 0 ?
	    PCI_STATUS_CAPABILITIES : 0, 0);
	function_put(f, PCI_CFG_REVISION, 1, id->legacy ? 0 : 1, 0);
	function_put(f, PCI_CFG_CLASS, 2, id->class_code & 0xffff, 0);
	function_put(f, PCI_CFG_CLASS + 2, 1, id->class_code >> 16, 0);
	function_put(f, PCI_CFG_CACHE_LINE, 1, 0, 0xff);
	function_put(f, PCI_CFG_SUBVENDOR_ID, 2, VIRTIO_PCI_VENDOR_ID, 0);
	function_put(f, PCI_CFG_SUBDEVICE_ID, 2, id->legacy ? id->device_id :
	    0x1100, 0);
	function_put(f, PCI_CFG_IRQ_LINE, 1, 0, 0xff);
	function_put(f, PCI_CFG_IRQ_PIN, 1, 1, 0);
}

/* Sizing: the bits below the size do not take a 1. */
static void
function_put_bars(struct pci_function *f,
    const struct pci_virtio_identity *id)
{
	uint32_t io = 32;

	while (io < VIRTIO_LEGACY_HEADER_SIZE_MSIX + id->config_size)
		io *= 2;
	if (id->legacy)
		function_put(f, PCI_CFG_BAR0, 4, PCI_BAR_IO,
		    ~(uint64_t)(io - 1));
	if (id->vectors != 0)
		function_put(f, PCI_CFG_BAR0 + 1 * 4, 4, 0,
		    ~(uint64_t)(BAR_MSIX_SIZE - 1));
	if (!id->modern)
		return;
	function_put(f, PCI_CFG_BAR0 + 4 * 4, 4, PCI_BAR_64 | PCI_BAR_PREFETCH,
	    ~(uint64_t)(BAR_VIRTIO_SIZE - 1));
	function_put(f, PCI_CFG_BAR0 + 5 * 4, 4, 0, 0xffffffff);
}

/* The structures of 4.1.4, as capabilities. */
static void
function_put_structures(struct pci_function *f)
{
	function_put_cap(f, 0x40, 0, VIRTIO_PCI_CAP_COMMON, VIRTIO_PCI_CAP_SIZE,
	    4, 0, PART_SIZE);
	function_put_cap(f, 0x50, 0x40, VIRTIO_PCI_CAP_ISR, VIRTIO_PCI_CAP_SIZE,
	    4, PART_SIZE, PART_SIZE);
	function_put_cap(f, 0x60, 0x50, VIRTIO_PCI_CAP_DEVICE,
	    VIRTIO_PCI_CAP_SIZE, 4, 2 * PART_SIZE, PART_SIZE);
	function_put_cap(f, 0x70, 0x60, VIRTIO_PCI_CAP_NOTIFY,
	    VIRTIO_PCI_CAP_NOTIFY_SIZE, 4, 3 * PART_SIZE, PART_SIZE);
	function_put(f, 0x70 + VIRTIO_PCI_CAP_MULTIPLIER, 4, 4, 0);
	function_put_cap(f, 0x84, 0x70, VIRTIO_PCI_CAP_ACCESS,
	    VIRTIO_PCI_CAP_ACCESS_SIZE, 0, 0, 0);
	f->mask[0x84 + VIRTIO_PCI_CAP_BAR] = 0xff;
	memset(f->mask + 0x84 + VIRTIO_PCI_CAP_OFFSET, 0xff, 12);
}

void
pci_function_init_virtio(struct pci_function *f,
    const struct pci_virtio_identity *id)
{
	unsigned next = id->modern ? 0x84 : 0;
	unsigned msix = id->modern ? 0x98 : 0x40;

	CHECK(id->vectors <= 128);	/* the PBA is at 0x800 of BAR1 */
	CHECK(id->modern || id->legacy);
	memset(f, 0, sizeof *f);
	/* What no capability covers can be written, as in QEMU. */
	memset(f->mask + PCI_CFG_HEADER_END, 0xff,
	    PCI_CONFIG_SIZE - PCI_CFG_HEADER_END);
	function_put_header(f, id);
	function_put_bars(f, id);
	if (id->modern)
		function_put_structures(f);
	function_put(f, PCI_CFG_CAPABILITIES, 1, id->vectors != 0 ? msix :
	    next, 0);
	if (id->vectors == 0)
		return;
	function_put(f, msix, 2, PCI_CAP_ID_MSIX | next << 8, 0);
	function_put(f, msix + PCI_MSIX_CONTROL, 2, id->vectors - 1u,
	    PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
	function_put(f, msix + PCI_MSIX_TABLE, 4, 1, 0);
	function_put(f, msix + PCI_MSIX_PBA, 4, 0x800 | 1, 0);
}

uint64_t
pci_function_read(const struct pci_function *f, uint32_t offset, unsigned size)
{
	uint8_t b[8];

	for (unsigned i = 0; i < size; i++)
		b[i] = offset < PCI_CONFIG_SIZE - i ? f->image[offset + i] :
		    0xff;
	return bytes_le(b, size);
}

void
pci_function_write(struct pci_function *f, uint32_t offset, unsigned size,
    uint64_t value)
{
	for (unsigned i = 0; i < size && offset < PCI_CONFIG_SIZE - i; i++) {
		uint8_t *p = &f->image[offset + i], m = f->mask[offset + i];

		*p = (uint8_t)((*p & ~m) | ((value >> (8 * i)) & m));
	}
}

uint16_t
pci_function_word(const struct pci_function *f, uint32_t offset)
{
	return (uint16_t)pci_function_read(f, offset, 2);
}

void
pci_function_state(const struct pci_function *f, struct state *s)
{
	state_add(s, f->image, sizeof f->image);
}

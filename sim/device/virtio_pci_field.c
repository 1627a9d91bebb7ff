/* virtio_pci_field.c: the registers of a virtio PCI function, and names. */
#include "virtio_feature.h"
#include "virtio_pci_field.h"
#include "virtio_pci_spec.h"
#include "virtio_state_var.h"
#include "virtio_spec.h"

#include <stdio.h>
#include <string.h>

#define S_NONE	VIRTIO_PCI_SELECT_NONE
#define S_DEV	VIRTIO_PCI_SELECT_DEVICE_FEATURE
#define S_DRV	VIRTIO_PCI_SELECT_DRIVER_FEATURE
#define S_QUEUE	VIRTIO_PCI_SELECT_QUEUE

static const struct virtio_pci_field field_table[] = {
	{ VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, 0, 0, S_NONE,
	    "device_feature_select" },
	{ VIRTIO_PCI_DEVICE_FEATURE, 4, 1, 0, S_DEV, "device_feature" },
	{ VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, 0, 0, S_NONE,
	    "driver_feature_select" },
	{ VIRTIO_PCI_DRIVER_FEATURE, 4, 0, 0, S_DRV, "driver_feature" },
	{ VIRTIO_PCI_CONFIG_VECTOR, 2, 0, 0, S_NONE, "config_msix_vector" },
	{ VIRTIO_PCI_NUM_QUEUES, 2, 1, 0, S_NONE, "num_queues" },
	{ VIRTIO_PCI_STATUS, 1, 0, 0, S_NONE, "device_status" },
	{ VIRTIO_PCI_CONFIG_GENERATION, 1, 1, 0, S_NONE,
	    "config_generation" },
	{ VIRTIO_PCI_QUEUE_SELECT, 2, 0, 0, S_NONE, "queue_select" },
	{ VIRTIO_PCI_QUEUE_SIZE, 2, 0, 0, S_QUEUE, "queue_size" },
	{ VIRTIO_PCI_QUEUE_VECTOR, 2, 0, 0, S_QUEUE, "queue_msix_vector" },
	{ VIRTIO_PCI_QUEUE_ENABLE, 2, 0, 0, S_QUEUE, "queue_enable" },
	{ VIRTIO_PCI_QUEUE_NOTIFY_OFF, 2, 1, 0, S_QUEUE, "queue_notify_off" },
	{ VIRTIO_PCI_QUEUE_DESC, 4, 0, 0, S_QUEUE, "queue_desc" },
	{ VIRTIO_PCI_QUEUE_DESC + 4, 4, 0, 1, S_QUEUE, "queue_desc" },
	{ VIRTIO_PCI_QUEUE_DRIVER, 4, 0, 0, S_QUEUE, "queue_driver" },
	{ VIRTIO_PCI_QUEUE_DRIVER + 4, 4, 0, 1, S_QUEUE, "queue_driver" },
	{ VIRTIO_PCI_QUEUE_DEVICE, 4, 0, 0, S_QUEUE, "queue_device" },
	{ VIRTIO_PCI_QUEUE_DEVICE + 4, 4, 0, 1, S_QUEUE, "queue_device" },
	{ VIRTIO_PCI_QUEUE_NOTIFY_DATA, 2, 1, 0, S_QUEUE,
	    "queue_notify_data" },
	{ VIRTIO_PCI_QUEUE_RESET, 2, 0, 0, S_QUEUE, "queue_reset" }
};

const struct virtio_pci_field *
virtio_pci_field_common(uint32_t offset)
{
	for (size_t i = 0; i < sizeof field_table / sizeof field_table[0]; i++)
		if (field_table[i].offset == offset)
			return &field_table[i];
	return NULL;
}

/* The width is in the table; vectors are there while MSI-X is on. */
static const struct virtio_pci_field legacy_table[] = {
	{ VIRTIO_LEGACY_DEVICE_FEATURES, 4, 1, 0, S_NONE, "device_features" },
	{ VIRTIO_LEGACY_DRIVER_FEATURES, 4, 0, 0, S_NONE, "driver_features" },
	{ VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0, 0, S_QUEUE, "queue_address" },
	{ VIRTIO_LEGACY_QUEUE_SIZE, 2, 1, 0, S_QUEUE, "queue_size" },
	{ VIRTIO_LEGACY_QUEUE_SELECT, 2, 0, 0, S_NONE, "queue_select" },
	{ VIRTIO_LEGACY_QUEUE_NOTIFY, 2, 0, 0, S_NONE, "queue_notify" },
	{ VIRTIO_LEGACY_STATUS, 1, 0, 0, S_NONE, "device_status" },
	{ VIRTIO_LEGACY_ISR, 1, 1, 0, S_NONE, "isr" },
	{ VIRTIO_LEGACY_CONFIG_VECTOR, 2, 0, 0, S_NONE, "config_msix_vector" },
	{ VIRTIO_LEGACY_QUEUE_VECTOR, 2, 0, 0, S_QUEUE, "queue_msix_vector" }
};

const struct virtio_pci_field *
virtio_pci_field_legacy(uint32_t offset)
{
	for (size_t i = 0; i < sizeof legacy_table / sizeof legacy_table[0];
	    i++)
		if (legacy_table[i].offset == offset)
			return &legacy_table[i];
	return NULL;
}

unsigned
virtio_pci_field_device_width(uint16_t device_id, uint32_t offset)
{
	const struct virtio_config_field *f = virtio_config_field(device_id,
	    offset);

	return f != NULL ? f->width : 0;
}

/* ----------------------------------------------------------------- names */

/* The registers of configuration space that a driver uses by name. */
static const struct {
	uint8_t offset, width;
	const char *name;
} config_table[] = {
	{ PCI_CFG_VENDOR_ID, 2, "vendor" },
	{ PCI_CFG_DEVICE_ID, 2, "device" },
	{ PCI_CFG_COMMAND, 2, "command" },
	{ PCI_CFG_STATUS, 2, "status" },
	{ PCI_CFG_REVISION, 1, "revision" },
	{ PCI_CFG_HEADER_TYPE, 1, "header_type" },
	{ PCI_CFG_BAR0, 4, "bar0" },
	{ PCI_CFG_BAR0 + 4, 4, "bar1" },
	{ PCI_CFG_BAR0 + 8, 4, "bar2" },
	{ PCI_CFG_BAR0 + 12, 4, "bar3" },
	{ PCI_CFG_BAR0 + 16, 4, "bar4" },
	{ PCI_CFG_BAR0 + 20, 4, "bar5" },
	{ PCI_CFG_SUBVENDOR_ID, 2, "subvendor" },
	{ PCI_CFG_SUBDEVICE_ID, 2, "subdevice" },
	{ PCI_CFG_ROM, 4, "rom" },
	{ PCI_CFG_CAPABILITIES, 1, "capabilities" },
	{ PCI_CFG_IRQ_LINE, 1, "irq_line" },
	{ PCI_CFG_IRQ_PIN, 1, "irq_pin" }
};

/* Returns the width that has no need to be said. */
static unsigned
name_config(const struct virtio_state *st, uint32_t offset, char *out)
{
	if (st->pci.layout_valid && st->pci.layout.msix_cap != 0 &&
	    offset == st->pci.layout.msix_cap + (unsigned)PCI_MSIX_CONTROL) {
		snprintf(out, VIRTIO_NAME_SIZE, "config.msix_control");
		return 2;
	}
	for (size_t i = 0; i < sizeof config_table / sizeof config_table[0];
	    i++) {
		if (config_table[i].offset != offset)
			continue;
		snprintf(out, VIRTIO_NAME_SIZE, "config.%s",
		    config_table[i].name);
		return config_table[i].width;
	}
	snprintf(out, VIRTIO_NAME_SIZE, "config+0x%lx",
	    (unsigned long)offset);
	return 0;
}

static unsigned
name_common(const struct virtio_state *st, uint32_t inner, char *out)
{
	const struct virtio_pci_field *f = virtio_pci_field_common(inner);
	uint32_t index = 0;

	if (f == NULL) {
		snprintf(out, VIRTIO_NAME_SIZE, "common+0x%lx",
		    (unsigned long)inner);
		return 0;
	}
	if (f->selector == S_NONE) {
		snprintf(out, VIRTIO_NAME_SIZE, "common.%s", f->name);
		return f->width;
	}
	if (f->selector == S_DEV)
		index = st->device_feature_select;
	else if (f->selector == S_DRV)
		index = st->driver_feature_select;
	else
		index = st->queue_select;
	snprintf(out, VIRTIO_NAME_SIZE, "common.%s[%lu]%s", f->name,
	    (unsigned long)index, f->high ? ".high" : "");
	return f->width;
}

static unsigned
name_legacy(const struct virtio_state *st, uint32_t inner, char *out)
{
	const struct virtio_pci_field *f = virtio_pci_field_legacy(inner);
	uint32_t config = virtio_pci_legacy_config(st);

	if (inner >= config) {
		snprintf(out, VIRTIO_NAME_SIZE, "device+0x%lx",
		    (unsigned long)(inner - config));
		return virtio_pci_field_device_width(st->device_id,
		    inner - config);
	}
	if (f == NULL)
		snprintf(out, VIRTIO_NAME_SIZE, "legacy+0x%lx",
		    (unsigned long)inner);
	else if (f->selector == S_NONE)
		snprintf(out, VIRTIO_NAME_SIZE, "legacy.%s", f->name);
	else
		snprintf(out, VIRTIO_NAME_SIZE, "legacy.%s[%u]", f->name,
		    (unsigned)st->queue_select);
	return f != NULL ? f->width : 0;
}

static unsigned
name_msix(uint32_t inner, char *out)
{
	static const char *const part[] = {
		"address", "address_high", "data", "control"
	};

	if (inner % 4 != 0) {
		snprintf(out, VIRTIO_NAME_SIZE, "msix.table+0x%lx",
		    (unsigned long)inner);
		return 0;
	}
	snprintf(out, VIRTIO_NAME_SIZE, "msix.entry[%lu].%s",
	    (unsigned long)(inner / PCI_MSIX_ENTRY_SIZE),
	    part[inner % PCI_MSIX_ENTRY_SIZE / 4]);
	return 4;
}

static unsigned
name_notify(struct virtio_state *st, enum boundary_region region,
    uint32_t offset, uint32_t inner, char *out)
{
	/* By the address alone: a queue's number that cannot be is given. */
	int queue = virtio_state_notified(st, region, offset, 0xffff);

	if (queue < 0) {
		snprintf(out, VIRTIO_NAME_SIZE, "notify+0x%lx",
		    (unsigned long)inner);
		return 0;
	}
	snprintf(out, VIRTIO_NAME_SIZE, "notify[%d]", queue);
	return 2;
}

void
virtio_pci_register_name(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE])
{
	uint32_t inner;
	unsigned width = 0;
	size_t used;

	switch (virtio_state_find(st, region, offset, &inner)) {
	case VIRTIO_PCI_PART_CONFIG:
		width = name_config(st, offset, out);
		break;
	case VIRTIO_PCI_PART_COMMON:
		width = name_common(st, inner, out);
		break;
	case VIRTIO_PCI_PART_LEGACY:
		width = name_legacy(st, inner, out);
		break;
	case VIRTIO_PCI_PART_NOTIFY:
		width = name_notify(st, region, offset, inner, out);
		break;
	case VIRTIO_PCI_PART_ISR:
		snprintf(out, VIRTIO_NAME_SIZE, inner == 0 ? "isr" :
		    "isr+0x%lx", (unsigned long)inner);
		width = 1;
		break;
	case VIRTIO_PCI_PART_DEVICE:
		snprintf(out, VIRTIO_NAME_SIZE, "device+0x%lx",
		    (unsigned long)inner);
		width = virtio_pci_field_device_width(st->pci.layout.device_id,
		    inner);
		break;
	case VIRTIO_PCI_PART_MSIX_TABLE:
		width = name_msix(inner, out);
		break;
	case VIRTIO_PCI_PART_MSIX_PBA:
		snprintf(out, VIRTIO_NAME_SIZE, "msix.pba+0x%lx",
		    (unsigned long)inner);
		break;
	default:
		if (region == REGION_MMIO)
			snprintf(out, VIRTIO_NAME_SIZE, "mmio+0x%lx",
			    (unsigned long)offset);
		else
			snprintf(out, VIRTIO_NAME_SIZE, "bar%d+0x%lx",
			    (int)region - (int)REGION_BAR0,
			    (unsigned long)offset);
		break;
	}
	used = strlen(out);
	if (width != size && used + 3 < VIRTIO_NAME_SIZE)
		snprintf(out + used, VIRTIO_NAME_SIZE - used, "/%u", size);
}

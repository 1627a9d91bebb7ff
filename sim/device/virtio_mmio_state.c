/*
 * virtio_mmio_state.c: what a driver has told a virtio device in an MMIO
 * window (VIRTIO 1.2, 4.2; version 1: 4.2.4), and the rules that hold there.
 */
#include "virtio_state_var.h"
#include "virtio_mmio_spec.h"
#include "virtio_pci_field.h"
#include "virtio_spec.h"

#include <stdio.h>
#include <string.h>

#define LAYOUT	"4.2.2.2"
#define START	"4.2.3.1.1"
#define LEGACY	"4.2.4"

#define R	1u			/* for the driver to read */
#define W	2u			/* to write */

struct mmio_register {
	uint8_t offset, access, versions;	/* bit n: version n + 1 */
	enum virtio_pci_selector selector;
	int high;
	const char *name;
};

#define ANY	VIRTIO_PCI_SELECT_NONE
#define DEV	VIRTIO_PCI_SELECT_DEVICE_FEATURE
#define DRV	VIRTIO_PCI_SELECT_DRIVER_FEATURE
#define QUEUE	VIRTIO_PCI_SELECT_QUEUE

static const struct mmio_register registers[] = {
	{ VIRTIO_MMIO_MAGIC_VALUE, R, 3, ANY, 0, "magic_value" },
	{ VIRTIO_MMIO_VERSION, R, 3, ANY, 0, "version" },
	{ VIRTIO_MMIO_DEVICE_ID, R, 3, ANY, 0, "device_id" },
	{ VIRTIO_MMIO_VENDOR_ID, R, 3, ANY, 0, "vendor_id" },
	{ VIRTIO_MMIO_DEVICE_FEATURES, R, 3, DEV, 0, "device_features" },
	{ VIRTIO_MMIO_DEVICE_FEATURES_SEL, W, 3, ANY, 0,
	    "device_features_sel" },
	{ VIRTIO_MMIO_DRIVER_FEATURES, W, 3, DRV, 0, "driver_features" },
	{ VIRTIO_MMIO_DRIVER_FEATURES_SEL, W, 3, ANY, 0,
	    "driver_features_sel" },
	{ VIRTIO_MMIO_GUEST_PAGE_SIZE, W, 1, ANY, 0, "guest_page_size" },
	{ VIRTIO_MMIO_QUEUE_SEL, W, 3, ANY, 0, "queue_sel" },
	{ VIRTIO_MMIO_QUEUE_NUM_MAX, R, 3, QUEUE, 0, "queue_num_max" },
	{ VIRTIO_MMIO_QUEUE_NUM, W, 3, QUEUE, 0, "queue_num" },
	{ VIRTIO_MMIO_QUEUE_ALIGN, W, 1, QUEUE, 0, "queue_align" },
	{ VIRTIO_MMIO_QUEUE_PFN, R | W, 1, QUEUE, 0, "queue_pfn" },
	{ VIRTIO_MMIO_QUEUE_READY, R | W, 2, QUEUE, 0, "queue_ready" },
	{ VIRTIO_MMIO_QUEUE_NOTIFY, W, 3, ANY, 0, "queue_notify" },
	{ VIRTIO_MMIO_INTERRUPT_STATUS, R, 3, ANY, 0, "interrupt_status" },
	{ VIRTIO_MMIO_INTERRUPT_ACK, W, 3, ANY, 0, "interrupt_ack" },
	{ VIRTIO_MMIO_STATUS, R | W, 3, ANY, 0, "status" },
	{ VIRTIO_MMIO_QUEUE_DESC, W, 2, QUEUE, 0, "queue_desc" },
	{ VIRTIO_MMIO_QUEUE_DESC + 4, W, 2, QUEUE, 1, "queue_desc" },
	{ VIRTIO_MMIO_QUEUE_DRIVER, W, 2, QUEUE, 0, "queue_driver" },
	{ VIRTIO_MMIO_QUEUE_DRIVER + 4, W, 2, QUEUE, 1, "queue_driver" },
	{ VIRTIO_MMIO_QUEUE_DEVICE, W, 2, QUEUE, 0, "queue_device" },
	{ VIRTIO_MMIO_QUEUE_DEVICE + 4, W, 2, QUEUE, 1, "queue_device" },
	{ VIRTIO_MMIO_SHM_SEL, W, 2, ANY, 0, "shm_sel" },
	{ VIRTIO_MMIO_SHM_LEN, R, 2, ANY, 0, "shm_len" },
	{ VIRTIO_MMIO_SHM_LEN + 4, R, 2, ANY, 1, "shm_len" },
	{ VIRTIO_MMIO_SHM_BASE, R, 2, ANY, 0, "shm_base" },
	{ VIRTIO_MMIO_SHM_BASE + 4, R, 2, ANY, 1, "shm_base" },
	{ VIRTIO_MMIO_QUEUE_RESET, R | W, 2, QUEUE, 0, "queue_reset" },
	{ VIRTIO_MMIO_CONFIG_GENERATION, R, 2, ANY, 0, "config_generation" }
};

static const struct mmio_register *
register_at(const struct virtio_state *st, uint32_t offset)
{
	unsigned version = st->legacy ? 1 : 2;

	for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
		if (registers[i].offset == offset &&
		    (registers[i].versions & version) != 0)
			return &registers[i];
	return NULL;
}

void
virtio_mmio_state_version(struct virtio_state *st, uint32_t version)
{
	st->mmio.version = version;
	st->legacy = version == VIRTIO_MMIO_LEGACY;
}

void
virtio_mmio_state_reset(struct virtio_state *st)
{
	/* What the driver learnt of the window it still knows. */
	st->legacy = st->mmio.version == VIRTIO_MMIO_LEGACY;
	st->mmio.status_read = 0;
}

/* --------------------------------------------------------------- judging */

/* Whether the registers that say what is there were looked at, in order. */
static void
judge_identified(struct virtio_state *st, uint32_t offset)
{
	struct virtio_mmio_part_state *m = &st->mmio;
	unsigned need = offset == VIRTIO_MMIO_MAGIC_VALUE ||
	    offset == VIRTIO_MMIO_VERSION ? 0 :
	    offset == VIRTIO_MMIO_DEVICE_ID ? 3 : 7;

	if ((m->identified & need) == need || m->identity_told)
		return;
	m->identity_told = 1;
	virtio_judge(st, "virtio-mmio-not-identified", START,
	    "offset 0x%lx of window %u is accessed before %s was read",
	    (unsigned long)offset, st->address,
	    (m->identified & 1) == 0 ? "MagicValue" :
	    (m->identified & 2) == 0 ? "Version" : "DeviceID");
}

static void
judge_register(const struct virtio_state *st, const struct mmio_register *r,
    uint32_t offset, unsigned size, int write)
{
	const char *how = write ? "write" : "read";

	if (size != 4 || offset % 4 != 0)
		virtio_judge(st, "virtio-access-width", LAYOUT,
		    "%s of %u bytes at offset 0x%lx of the window; registers "
		    "take 4, aligned", how, size, (unsigned long)offset);
	else if (r == NULL)
		virtio_judge(st, "virtio-mmio-register", LAYOUT,
		    "%s at offset 0x%lx, where a version %u window has no "
		    "register", how, (unsigned long)offset,
		    st->legacy ? 1u : 2u);
	else if (write && (r->access & W) == 0)
		virtio_judge(st, "virtio-read-only-written", LAYOUT,
		    "%s written, which the driver must not write", r->name);
	else if (!write && (r->access & R) == 0)
		virtio_judge(st, "virtio-mmio-register", LAYOUT,
		    "%s read, which can only be written", r->name);
}

static void
judge_config(const struct virtio_state *st, uint32_t offset, unsigned size,
    int write)
{
	unsigned width = virtio_pci_field_device_width(st->device_id, offset);

	/* Through the legacy interface as it likes (4.1.4.10, alike). */
	if (width != 0 && !st->legacy &&
	    (width != size || offset % width != 0))
		virtio_judge(st, "virtio-access-width", LAYOUT,
		    "%s of %u bytes at offset 0x%lx of the device "
		    "configuration, the field has %u", write ? "write" :
		    "read", size, (unsigned long)offset, width);
}

/* ---------------------------------------------------------------- writes */

static void
write_ready(struct virtio_state *st, struct virtio_queue_state *q,
    uint32_t value)
{
	if (value != 0) {
		if (q->stop_pending)
			virtio_judge(st, "virtio-mmio-stop-not-read", LAYOUT,
			    "queue %u is used again, and QueueReady was not "
			    "read since 0 was written", st->queue_select);
		if (q->reset_pending)
			virtio_judge(st, "virtio-queue-reset-not-awaited",
			    LAYOUT, "queue %u enabled before QueueReset was "
			    "read as 0", st->queue_select);
		q->stop_pending = q->reset_pending = 0;
		virtio_queue_enabled(st, q, "4.2.3.2");
		return;
	}
	st->queue_stops += q->enabled;
	q->stop_pending = q->enabled;
	q->enabled = 0;
}

static void
write_pfn(struct virtio_state *st, struct virtio_queue_state *q,
    uint32_t value)
{
	if (value != 0 && st->mmio.page_size == 0)
		virtio_judge(st, "virtio-legacy-page-size", LEGACY,
		    "QueuePFN of queue %u written before GuestPageSize",
		    st->queue_select);
	if (value != 0 && q->align == 0)
		virtio_judge(st, "virtio-legacy-align", LEGACY,
		    "QueuePFN of queue %u written before QueueAlign",
		    st->queue_select);
	if (value != 0 && (q->written & VIRTIO_WRITTEN_SIZE) == 0)
		virtio_judge(st, "virtio-queue-enable-early", LEGACY,
		    "QueuePFN of queue %u written before QueueNum",
		    st->queue_select);
	virtio_queue_page_written(st, q, value, st->mmio.page_size, q->align,
	    LEGACY);
}

static void
write_align(struct virtio_state *st, struct virtio_queue_state *q,
    uint32_t value)
{
	if (value == 0 || (value & (value - 1)) != 0)
		virtio_judge(st, "virtio-legacy-align", LEGACY,
		    "QueueAlign %lu of queue %u is no power of 2",
		    (unsigned long)value, st->queue_select);
	else
		q->align = value;
}

static void
write_address(struct virtio_state *st, struct virtio_queue_state *q,
    const struct mmio_register *r, uint32_t value)
{
	enum virtio_ring_part part = (enum virtio_ring_part)
	    ((r->offset - VIRTIO_MMIO_QUEUE_DESC) / 0x10);

	virtio_queue_address_written(st, q, part, r->high, value, r->name,
	    LAYOUT);
}

static void
write_queue(struct virtio_state *st, const struct mmio_register *r,
    uint32_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	if (q == NULL) {
		virtio_judge_no_queue(st, r->name, "4.2.3.2");
		return;
	}
	switch (r->offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		virtio_queue_size_written(st, q, (uint16_t)value,
		    st->legacy ? LEGACY : LAYOUT);
		break;
	case VIRTIO_MMIO_QUEUE_ALIGN:
		write_align(st, q, value);
		break;
	case VIRTIO_MMIO_QUEUE_PFN:
		write_pfn(st, q, value);
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		write_ready(st, q, value);
		break;
	case VIRTIO_MMIO_QUEUE_RESET:
		if (value == 1)
			virtio_queue_reset_written(st, q);
		break;
	default:
		write_address(st, q, r, value);
		break;
	}
}

static void
write_notify(const struct virtio_state *st, uint32_t value)
{
	uint32_t queue = value & 0xffff;

	virtio_judge_notify_early(st, VIRTIO_MMIO_QUEUE_NOTIFY);
	if (queue >= VIRTIO_QUEUES_MAX || !st->queue[queue].enabled)
		virtio_judge(st, "virtio-notify-value", "4.2.3.3",
		    "queue %lu is notified, which is not set up",
		    (unsigned long)queue);
}

static void
write_ack(struct virtio_state *st, uint32_t value)
{
	uint32_t known = VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG;

	if ((value & ~known) != 0)
		virtio_judge(st, "virtio-mmio-ack", LAYOUT,
		    "0x%lx written to InterruptACK, 0x%lx of it undefined",
		    (unsigned long)value, (unsigned long)(value & ~known));
	if (!st->mmio.status_read)
		virtio_judge(st, "virtio-mmio-ack-unread", "4.2.3.4.1",
		    "InterruptACK written, and InterruptStatus was not read "
		    "before");
	st->mmio.status_read = 0;
}

static void
write_register(struct virtio_state *st, const struct mmio_register *r,
    uint32_t value)
{
	switch (r->offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		st->device_feature_select = value;
		st->mmio.selected |= 1;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		st->driver_feature_select = value;
		st->mmio.selected |= 2;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		if ((st->mmio.selected & 2) == 0)
			virtio_judge(st, "virtio-mmio-select", LAYOUT,
			    "DriverFeatures written before "
			    "DriverFeaturesSel");
		virtio_features_written(st, st->driver_feature_select, value);
		break;
	case VIRTIO_MMIO_GUEST_PAGE_SIZE:
		st->mmio.page_size = value;
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		st->queue_select = (uint16_t)value;
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		write_notify(st, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		write_ack(st, value);
		break;
	case VIRTIO_MMIO_STATUS:
		virtio_status_written(st, (uint8_t)value);
		/* To wait for the end of a reset is no MUST here. */
		st->reset_pending = 0;
		break;
	default:
		if (r->selector == QUEUE)
			write_queue(st, r, value);
		break;
	}
}

void
virtio_mmio_state_write(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value)
{
	const struct mmio_register *r = register_at(st, offset);

	judge_identified(st, offset);
	if (offset >= VIRTIO_MMIO_CONFIG) {
		judge_config(st, offset - VIRTIO_MMIO_CONFIG, size, 1);
		virtio_config_written(st, offset - VIRTIO_MMIO_CONFIG);
		return;
	}
	judge_register(st, r, offset, size, 1);
	if (r != NULL && (r->access & W) != 0)
		write_register(st, r, (uint32_t)value);
}

/* ----------------------------------------------------------------- reads */

static void
read_queue(struct virtio_state *st, uint32_t offset, uint32_t value)
{
	struct virtio_queue_state *q = virtio_state_selected(st);

	if (q == NULL)
		return;
	if (offset == VIRTIO_MMIO_QUEUE_NUM_MAX) {
		q->size_max = (uint16_t)value;
		q->size_known = q->size_read = 1;
		if ((q->written & VIRTIO_WRITTEN_SIZE) == 0)
			q->size = q->size_max;
	} else if (offset == VIRTIO_MMIO_QUEUE_READY) {
		q->stop_pending = 0;
	} else if (offset == VIRTIO_MMIO_QUEUE_RESET && value == 0) {
		q->reset_pending = 0;
	}
}

static void
read_identity(struct virtio_state *st, uint32_t offset, uint32_t value)
{
	struct virtio_mmio_part_state *m = &st->mmio;

	if (offset == VIRTIO_MMIO_MAGIC_VALUE) {
		m->identified |= 1;
	} else if (offset == VIRTIO_MMIO_VERSION) {
		m->identified |= 2;
		virtio_mmio_state_version(st, value);
	} else {
		m->identified |= 4;
		st->device_id = (uint16_t)value;
	}
}

static void
read_register(struct virtio_state *st, const struct mmio_register *r,
    uint32_t value)
{
	switch (r->offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
	case VIRTIO_MMIO_VERSION:
	case VIRTIO_MMIO_DEVICE_ID:
		read_identity(st, r->offset, value);
		break;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		if ((st->mmio.selected & 1) == 0)
			virtio_judge(st, "virtio-mmio-select", LAYOUT,
			    "DeviceFeatures read before DeviceFeaturesSel was "
			    "written");
		virtio_features_read(st, st->device_feature_select, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		st->mmio.status_read = 1;
		break;
	case VIRTIO_MMIO_STATUS:
		virtio_status_read(st, (uint8_t)value);
		break;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		virtio_generation_read(st, value);
		break;
	default:
		if (r->selector == QUEUE)
			read_queue(st, r->offset, value);
		break;
	}
}

void
virtio_mmio_state_read(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value)
{
	const struct mmio_register *r = register_at(st, offset);

	judge_identified(st, offset);
	if (offset >= VIRTIO_MMIO_CONFIG) {
		judge_config(st, offset - VIRTIO_MMIO_CONFIG, size, 0);
		virtio_config_read(st, offset - VIRTIO_MMIO_CONFIG, size);
		return;
	}
	judge_register(st, r, offset, size, 0);
	if (r != NULL && (r->access & R) != 0)
		read_register(st, r, (uint32_t)value);
}

int
virtio_mmio_state_notified(uint32_t offset, uint64_t value)
{
	uint64_t queue = value & 0xffff;

	return offset == VIRTIO_MMIO_QUEUE_NOTIFY &&
	    queue < VIRTIO_QUEUES_MAX ? (int)queue : -1;
}

/* ----------------------------------------------------------------- names */

static unsigned
name_register(const struct virtio_state *st, const struct mmio_register *r,
    char *out)
{
	uint32_t index = r->selector == DEV ? st->device_feature_select :
	    r->selector == DRV ? st->driver_feature_select : st->queue_select;
	const char *high = r->high ? ".high" : "";

	if (r->selector == ANY)
		snprintf(out, VIRTIO_NAME_SIZE, "mmio.%s%s", r->name, high);
	else
		snprintf(out, VIRTIO_NAME_SIZE, "mmio.%s[%lu]%s", r->name,
		    (unsigned long)index, high);
	return 4;
}

void
virtio_mmio_register_name(const struct virtio_state *st, uint32_t offset,
    unsigned size, char out[VIRTIO_NAME_SIZE])
{
	const struct mmio_register *r = register_at(st, offset);
	unsigned width = 0;
	size_t used;

	if (r != NULL) {
		width = name_register(st, r, out);
	} else if (offset >= VIRTIO_MMIO_CONFIG) {
		offset -= VIRTIO_MMIO_CONFIG;
		snprintf(out, VIRTIO_NAME_SIZE, "device+0x%lx",
		    (unsigned long)offset);
		width = virtio_pci_field_device_width(st->device_id, offset);
	} else {
		snprintf(out, VIRTIO_NAME_SIZE, "mmio+0x%lx",
		    (unsigned long)offset);
	}
	used = strlen(out);
	if (width != size)
		snprintf(out + used, VIRTIO_NAME_SIZE - used, "/%u", size);
}

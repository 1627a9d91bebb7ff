/*
 * fuzz_device.c: the built-in device under a driver that does anything:
 * registers of any region read and written at any width, memory changed at any
 * time.  Input: 1 byte flags, then steps of an operation and its numbers.
 */
#include "check.h"
#include "fuzz_port.h"
#include "gpu_device.h"
#include "pci_spec.h"
#include "virtio_pci_device.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#define OPS_MAX		512u
#define STEPS_MAX	256u		/* of the device, for one operation */
#define RING_DESC	0x0000u		/* where OP_BEGIN puts the rings */
#define RING_AVAIL	0x1000u
#define RING_USED	0x1400u

enum op { OP_READ, OP_WRITE, OP_MEMORY, OP_STEP, OP_BEGIN, OP_NOTIFY, OPS };

struct device {
	struct fuzz_port f;
	struct boundary_host host;
	int gone;
	/* Where it says that its registers are. */
	enum boundary_region common_region, notify_region;
	uint32_t common, notify;
};

static uint64_t
reg_read(struct device *d, enum boundary_region region, uint32_t offset,
    unsigned size)
{
	struct error err;
	uint64_t value;

	error_clear(&err);
	CHECK(d->host.ops->read(d->host.self, VIRTIO_PCI_BDF_DEFAULT, region,
	    offset, size, &value, &err) == 0);
	return value;
}

static void
reg_write(struct device *d, enum boundary_region region, uint32_t offset,
    unsigned size, uint64_t value)
{
	struct error err;

	error_clear(&err);
	CHECK(d->host.ops->write(d->host.self, VIRTIO_PCI_BDF_DEFAULT, region,
	    offset, size, value, &err) == 0);
}

static void
step(struct device *d)
{
	struct error err;

	error_clear(&err);
	for (unsigned i = 0; !d->gone && i < STEPS_MAX; i++) {
		int r = d->host.ops->step(d->host.self, 0, &err);

		d->gone = r < 0;
		if (r != 1)
			break;
	}
}

static uint32_t
config(struct device *d, uint32_t at, unsigned size)
{
	return (uint32_t)reg_read(d, REGION_CONFIG, at, size);
}

/* The capabilities say where the common and the notify registers are. */
static void
find_registers(struct device *d)
{
	uint32_t at = config(d, PCI_CFG_CAPABILITIES, 1);

	for (unsigned i = 0; at != 0 && i < 48; i++) {
		enum boundary_region region = REGION_BAR0 +
		    config(d, at + VIRTIO_PCI_CAP_BAR, 1);
		uint32_t offset = config(d, at + VIRTIO_PCI_CAP_OFFSET, 4);

		if (config(d, at, 1) == PCI_CAP_ID_VENDOR) {
			switch (config(d, at + VIRTIO_PCI_CAP_TYPE, 1)) {
			case VIRTIO_PCI_CAP_COMMON:
				d->common_region = region;
				d->common = offset;
				break;
			case VIRTIO_PCI_CAP_NOTIFY:
				d->notify_region = region;
				d->notify = offset;
				break;
			default:
				break;
			}
		}
		at = config(d, at + PCI_CAP_NEXT, 1);
	}
	CHECK(d->common_region != 0 && d->notify_region != 0);
}

static void
common(struct device *d, uint32_t offset, unsigned size, uint64_t value)
{
	reg_write(d, d->common_region, d->common + offset, size, value);
}

/* What a driver does to begin, so that the rest is not only refusals. */
static void
begin(struct device *d, uint64_t features)
{
	static const uint32_t ring[] = { RING_DESC, RING_AVAIL, RING_USED };
	uint64_t wanted = features | VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);

	reg_write(d, REGION_CONFIG, PCI_CFG_COMMAND, 2, 6);
	common(d, VIRTIO_PCI_STATUS, 1, 0);
	common(d, VIRTIO_PCI_STATUS, 1, 1);
	common(d, VIRTIO_PCI_STATUS, 1, 3);
	for (unsigned i = 0; i < 2; i++) {
		common(d, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		common(d, VIRTIO_PCI_DRIVER_FEATURE, 4,
		    wanted >> (32 * i) & UINT32_MAX);
	}
	common(d, VIRTIO_PCI_STATUS, 1, 11);
	common(d, VIRTIO_PCI_QUEUE_SELECT, 2, 0);
	common(d, VIRTIO_PCI_QUEUE_SIZE, 2, 16);
	for (unsigned i = 0; i < 3; i++)
		common(d, VIRTIO_PCI_QUEUE_DESC + 8 * i, 4,
		    FUZZ_BASE + ring[i]);
	common(d, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	common(d, VIRTIO_PCI_STATUS, 1, 15);
}

static void
operate(struct device *d, enum op op, struct fuzz_input *in)
{
	unsigned what = (unsigned)fuzz_le(in, 1);
	enum boundary_region region = what % 9;
	unsigned size = 1u << (what >> 4) % 4;
	uint32_t offset = (uint32_t)fuzz_le(in, 2);
	const uint8_t *p;
	size_t n;

	switch (op) {
	case OP_READ:
		(void)reg_read(d, region, offset, size);
		break;
	case OP_WRITE:
		reg_write(d, region, offset, size, fuzz_le(in, size));
		break;
	case OP_MEMORY:
		p = fuzz_bytes(in, what, &n);
		offset %= FUZZ_RAM;
		if (n != 0 && n <= FUZZ_RAM - offset)
			memcpy(d->f.ram + offset, p, n);
		break;
	case OP_BEGIN:
		begin(d, (uint64_t)offset << 25);
		break;
	case OP_NOTIFY:
		reg_write(d, d->notify_region, d->notify + 4 * (offset % 4),
		    2, offset % 4);
		step(d);
		break;
	default:
		step(d);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned flags = (unsigned)fuzz_le(&in, 1);
	struct gpu_device_config cfg = { .width = 64, .height = 48,
	    .no_msix = (flags & 2) != 0 };
	struct device d;

	memset(&d, 0, sizeof d);
	fuzz_port_init(&d.f, (flags & 1) != 0);
	d.host = gpu_device_host(&d.f.port, &cfg);
	find_registers(&d);
	for (unsigned i = 0; i < OPS_MAX && in.n != 0 && !d.gone; i++)
		operate(&d, (enum op)(fuzz_le(&in, 1) % OPS), &in);
	d.host.ops->close(d.host.self);
	check_free(d.f.ram);
	return 0;
}

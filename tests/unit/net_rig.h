/*
 * net_rig.h: for tests of the built-in virtio-net: the device over a fake port,
 * and a driver that does what it is told.
 */
#ifndef VIOTAPE_NET_RIG_H
#define VIOTAPE_NET_RIG_H

#include "fake_port.h"
#include "net_device.h"
#include "net_frames.h"
#include "net_header.h"
#include "virtio_pci_device.h"

#define BAR4	((enum boundary_region)(REGION_BAR0 + 4))
#define BDF	VIRTIO_PCI_BDF_DEFAULT
#define RX(pair)	(2u * (pair))
#define TX(pair)	(2u * (pair) + 1u)
#define F(name)		VIRTIO_FEATURE(NET_BIT_##name)
#define BUFFERS		(FAKE_BASE + 0x200000u)	/* receive buffers */
#define BUFFER_SPACE	0x12000u		/* one each */
#define SENT		(FAKE_BASE + 0x180000u)	/* what is being sent */

struct rig {
	struct fake f;
	struct boundary_host host;
	struct net_device *d;
	struct error err;
	uint64_t features;
	unsigned posted;		/* receive buffers, so far */
	unsigned seen[8];		/* used entries, by queue */
};

static inline uint64_t
rd(struct rig *r, uint32_t offset, unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(r->host.ops->read(r->host.self, BDF, BAR4, offset,
	    size, &v, &r->err), 0);
	return v;
}

static inline void
wr(struct rig *r, uint32_t offset, unsigned size, uint64_t v)
{
	assert_int_equal(r->host.ops->write(r->host.self, BDF, BAR4, offset,
	    size, v, &r->err), 0);
}

static inline void
rig_open(struct rig *r, const struct net_device_config *cfg)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	struct net_device_config c = { 0 };

	if (cfg != NULL)
		c = *cfg;
	memcpy(c.mac, mac, 6);
	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	r->host = net_device_host(&r->f.port, &c, &r->d);
}

static inline void
rig_close(struct rig *r)
{
	r->host.ops->close(r->host.self);
	fake_free(&r->f);
}

/* A field of bytes is read by bytes (4.1.3.1). */
static inline void
mac_is(struct rig *r, const char *mac)
{
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(rd(r, 0x2000 + i, 1), (uint8_t)mac[i]);
}

static inline unsigned
queue_size(struct rig *r, unsigned q)
{
	wr(r, VIRTIO_PCI_QUEUE_SELECT, 2, q);
	return (unsigned)rd(r, VIRTIO_PCI_QUEUE_SIZE, 2);
}

static inline uint64_t
offered(struct rig *r)
{
	uint64_t f;

	wr(r, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, 1);
	f = rd(r, VIRTIO_PCI_DEVICE_FEATURE, 4) << 32;
	wr(r, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, 0);
	return f | rd(r, VIRTIO_PCI_DEVICE_FEATURE, 4);
}

/* Up to DRIVER_OK with these features and queues. */
static inline void
rig_start(struct rig *r, uint64_t features, unsigned queues)
{
	features |= VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1);
	r->features = features;
	r->posted = 0;
	memset(r->seen, 0, sizeof r->seen);
	memset(r->f.ram, 0, 0x100000);
	assert_int_equal(r->host.ops->write(r->host.self, BDF, REGION_CONFIG,
	    PCI_CFG_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
	    &r->err), 0);
	wr(r, VIRTIO_PCI_STATUS, 1, 0);
	assert_int_equal(rd(r, VIRTIO_PCI_STATUS, 1), 0);
	wr(r, VIRTIO_PCI_STATUS, 1, 1);
	wr(r, VIRTIO_PCI_STATUS, 1, 3);
	for (uint32_t i = 0; i < 2; i++) {
		wr(r, VIRTIO_PCI_DEVICE_FEATURE_SELECT, 4, i);
		(void)rd(r, VIRTIO_PCI_DEVICE_FEATURE, 4);
		wr(r, VIRTIO_PCI_DRIVER_FEATURE_SELECT, 4, i);
		wr(r, VIRTIO_PCI_DRIVER_FEATURE, 4, features >> (32 * i) &
		    0xffffffff);
	}
	wr(r, VIRTIO_PCI_STATUS, 1, 0x0b);
	assert_int_equal(rd(r, VIRTIO_PCI_STATUS, 1), 0x0b);
	for (uint32_t q = 0; q < queues; q++) {
		assert_int_not_equal(queue_size(r, q), 0);
		for (uint32_t i = 0; i < 3; i++) {
			wr(r, VIRTIO_PCI_QUEUE_DESC + 8 * i, 4, RING_DESC(q) +
			    0x1000 * i);
			wr(r, VIRTIO_PCI_QUEUE_DESC + 8 * i + 4, 4, 0);
		}
		wr(r, VIRTIO_PCI_QUEUE_ENABLE, 2, 1);
	}
	wr(r, VIRTIO_PCI_STATUS, 1, 0x0f);
}

static inline void
notify(struct rig *r, unsigned q)
{
	wr(r, 0x3000 + 4 * q, 2, q);
}

static inline void
work(struct rig *r)
{
	for (int i = 0; i < 100000; i++)
		if (r->host.ops->step(r->host.self, 0, &r->err) != 1)
			return;
	fail_msg("the device works without end");
}

/* Gives n receive buffers of size bytes each, filled with 0xee. */
static inline void
post(struct rig *r, unsigned pair, unsigned n, uint32_t size)
{
	unsigned q = RX(pair), total = queue_size(r, q);

	for (unsigned i = 0; i < n; i++, r->posted++) {
		unsigned k = r->posted % 24;

		memset(fake_at(&r->f, BUFFERS + BUFFER_SPACE * k), 0xee, size);
		fake_desc(&r->f, RING_DESC(q), r->posted % total, BUFFERS +
		    BUFFER_SPACE * k, size, VIRTQ_DESC_F_WRITE, 0);
		fake_avail(&r->f, q, total, r->posted % total);
	}
	notify(r, q);
	work(r);
}

/* The bytes of the next used receive buffer; *n of them. */
static inline const uint8_t *
received(struct rig *r, unsigned pair, size_t *n)
{
	unsigned q = RX(pair), at = r->seen[q]++, total = queue_size(r, q);
	uint64_t e = RING_USED(q) + 4 + 8 * (at % total);
	uint64_t head;

	assert_true(fake_get(&r->f, RING_USED(q) + 2, 2) > at);
	*n = (size_t)fake_get(&r->f, e + 4, 4);
	head = fake_get(&r->f, e, 4);
	return fake_at(&r->f, fake_get(&r->f, RING_DESC(q) + 16 * head, 8));
}

/* How many used entries of a queue were not looked at. */
static inline unsigned
unseen(struct rig *r, unsigned q)
{
	return (unsigned)fake_get(&r->f, RING_USED(q) + 2, 2) - r->seen[q];
}

/* Sends a header and a frame in one chain and lets the device work. */
static inline void
transmit(struct rig *r, unsigned pair, const struct net_header *h,
    const struct test_frame *f)
{
	unsigned q = TX(pair), total = queue_size(r, q);

	net_header_put(h, fake_at(&r->f, SENT), NET_HDR_SIZE);
	memcpy(fake_at(&r->f, SENT + NET_HDR_SIZE), f->p, f->n);
	fake_desc(&r->f, RING_DESC(q), 0, SENT,
	    (uint32_t)(NET_HDR_SIZE + f->n), 0, 0);
	fake_avail(&r->f, q, total, 0);
	notify(r, q);
	work(r);
	r->seen[q] = (unsigned)fake_get(&r->f, RING_USED(q) + 2, 2);
}

/* A control command on queue q: the ack. */
static inline unsigned
command(struct rig *r, unsigned q, const void *bytes, uint32_t n)
{
	unsigned total = queue_size(r, q);

	memcpy(fake_at(&r->f, REQUEST), bytes, n);
	fake_put(&r->f, RESPONSE, 0xee, 1);
	fake_desc(&r->f, RING_DESC(q), 0, REQUEST, n, 1, 1);
	fake_desc(&r->f, RING_DESC(q), 1, RESPONSE, 1, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r->f, q, total, 0);
	notify(r, q);
	work(r);
	return (unsigned)fake_get(&r->f, RESPONSE, 1);
}

#endif

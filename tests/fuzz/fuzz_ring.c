/*
 * fuzz_ring.c: the device's side of a virtqueue, and the observer's, over
 * memory that is anything at all: rings of any size at any address, also over
 * each other and half outside of memory.
 *
 * Input: 2 bytes size, 1 flags, 3 times 2 bytes where the rings are, then what
 * is in memory.
 */
#include "check.h"
#include "fuzz_port.h"
#include "virtio_spec.h"
#include "vring.h"

#define FLAG_EVENT_IDX	0x01u
#define FLAG_INDIRECT	0x02u
#define FLAG_ABORTS	0x04u
#define FLAG_OBSERVE	0x08u
#define CHAINS_MAX	512u

/* From 64 bytes below memory to 64 behind it. */
static uint64_t
ring_address(struct fuzz_input *in)
{
	return FUZZ_BASE - 64 + fuzz_le(in, 2) % (FUZZ_RAM + 128);
}

static void
check_chain(const struct vring_chain *c)
{
	uint64_t sizes[2] = { 0, 0 };

	CHECK(c->ndesc >= 1 && c->ndesc <= VRING_CHAIN_DESC_MAX);
	CHECK(c->nread <= c->ndesc);
	for (unsigned i = 0; i < c->ndesc; i++) {
		CHECK(c->desc[i].len != 0 && c->lens[i] == c->desc[i].len);
		CHECK((c->desc[i].writable != 0) == (i >= c->nread));
		sizes[c->desc[i].writable != 0] += c->desc[i].len;
	}
	CHECK(sizes[0] == c->read_size && sizes[1] == c->write_size);
}

/* Of size bytes from offset at on as many as the chain takes, or an abort. */
static void
check_written(const struct vring_chain *c, size_t at, size_t size, long written)
{
	uint64_t end = at + size;

	if (end > c->write_size)
		end = c->write_size > at ? c->write_size : at;
	CHECK(written < 0 || (uint64_t)written == end);
}

static void
serve(struct fuzz_port *f, struct vring *vr)
{
	static const uint8_t answer[64] = { 0x5a };
	struct vring_chain c = { 0 };
	struct bytes b = { 0 };
	struct error err;

	/* A driver's ring may lie over the device's and go on for ever. */
	for (unsigned n = 0; n < CHAINS_MAX; n++) {
		long written;

		if (vring_take(&f->port, vr, &c) != VRING_TAKEN)
			break;
		CHECK(c.head < vr->size);
		check_chain(&c);
		bytes_clear(&b);
		error_clear(&err);
		if (vring_chain_read(&f->port, vr, &c, &b, &err) == 0)
			CHECK(b.len == c.read_size);
		CHECK(b.len <= VRING_CHAIN_BYTES_MAX);
		written = vring_chain_write(&f->port, vr, &c, n % 8,
		    answer, sizeof answer);
		check_written(&c, n % 8, sizeof answer, written);
		if (written < 0 ||
		    vring_push(&f->port, vr, &c, (uint32_t)written) != 0 ||
		    vring_should_interrupt(&f->port, vr) < 0 ||
		    vring_set_notify(&f->port, vr, n % 2 == 0) != 0)
			break;
	}
	vring_chain_free(&c);
	bytes_free(&b);
}

static void
observe(struct fuzz_port *f, const struct vring *vr)
{
	struct vring_observer o = { 0 };
	const struct vring_chain *c;
	struct vring_observed used;
	struct bytes b = { 0 };
	struct error err;

	vring_observer_init(&o, vr);
	for (unsigned n = 0; n < CHAINS_MAX; n++) {
		bytes_clear(&b);
		if (vring_observe_avail(&f->port, &o, &c, &b) != VRING_TAKEN)
			break;
		check_chain(c);
	}
	for (unsigned n = 0; n < CHAINS_MAX; n++) {
		bytes_clear(&b);
		error_clear(&err);
		if (vring_observe_used(&f->port, &o, &used, &b, &err) != 1)
			break;
		check_chain(used.chain);
	}
	vring_observer_free(&o);
	bytes_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint16_t n = (uint16_t)(fuzz_le(&in, 2) % VIRTQ_SIZE_MAX + 1);
	unsigned flags = (unsigned)fuzz_le(&in, 1);
	uint64_t desc = ring_address(&in), avail = ring_address(&in);
	uint64_t used = ring_address(&in), features = 0;
	struct fuzz_port f;
	struct vring vr;

	if ((flags & FLAG_EVENT_IDX) != 0)
		features |= VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX);
	if ((flags & FLAG_INDIRECT) != 0)
		features |= VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC);
	fuzz_port_init(&f, (flags & FLAG_ABORTS) != 0);
	fuzz_port_fill(&f, &in, 0);
	vring_init(&vr, 8, 0, n, desc, avail, used, features);
	if ((flags & FLAG_OBSERVE) != 0)
		observe(&f, &vr);
	else
		serve(&f, &vr);
	check_free(f.ram);
	return 0;
}

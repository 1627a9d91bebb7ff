/* test_vring.c: the split virtqueue, seen from the device. */
#include "fake_port.h"
#include "vring.h"

#define SIZE	8u

struct ring {
	struct fake f;
	struct vring vr;
	struct vring_chain c;
	struct error err;
};

static void
ring_open(struct ring *r, uint64_t features)
{
	memset(r, 0, sizeof *r);
	fake_init(&r->f);
	vring_init(&r->vr, 8, 0, SIZE, RING_DESC(0), RING_AVAIL(0),
	    RING_USED(0), features);
}

static void
ring_close(struct ring *r)
{
	vring_chain_free(&r->c);
	fake_free(&r->f);
}

static void
ring_desc(struct ring *r, unsigned i, uint64_t addr, uint32_t len,
    unsigned flags, unsigned next)
{
	fake_desc(&r->f, RING_DESC(0), i, addr, len, flags, next);
}

static enum vring_result
ring_take(struct ring *r)
{
	return vring_take(&r->f.port, &r->vr, &r->c);
}

/* A chain of one readable and one writable descriptor goes round. */
static void
a_request_is_taken_read_answered_and_given_back(void **state)
{
	struct ring r;
	struct bytes b = { 0 };

	(void)state;
	ring_open(&r, 0);
	assert_int_equal(ring_take(&r), VRING_EMPTY);
	memcpy(fake_at(&r.f, REQUEST), "hello", 5);
	ring_desc(&r, 3, REQUEST, 5, VIRTQ_DESC_F_NEXT, 1);
	ring_desc(&r, 1, RESPONSE, 4, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r.f, 0, SIZE, 3);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(r.c.head, 3);
	assert_int_equal(r.c.ordinal, 0);
	assert_int_equal(r.c.ndesc, 2);
	assert_int_equal(r.c.nread, 1);
	assert_int_equal(r.c.lens[1], 4);
	assert_int_equal(vring_chain_read(&r.f.port, &r.vr, &r.c, &b, &r.err),
	    0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "hello", 5);
	assert_int_equal(vring_chain_write(&r.f.port, &r.vr, &r.c, 0,
	    (const uint8_t *)"worldwide", 9), 4);
	assert_memory_equal(fake_at(&r.f, RESPONSE), "worl\0", 5);
	assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 4), 0);
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 2, 2), 1);
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 4, 4), 3);
	assert_int_equal(fake_get(&r.f, RING_USED(0) + 8, 4), 4);
	/* Payload, entry, index: in this order and no other. */
	assert_int_equal(r.f.writes, 3);
	assert_int_equal(r.f.order[0], DMA_PAYLOAD);
	assert_int_equal(r.f.order[1], DMA_USED_ENTRY);
	assert_int_equal(r.f.order[2], DMA_USED_INDEX);
	assert_int_equal(ring_take(&r), VRING_EMPTY);
	/* The flags of both rings were looked at for the first chain. */
	assert_int_equal(r.f.unseen_reads, 2);
	fake_expect(&r.f, "");
	bytes_free(&b);
	ring_close(&r);
}

/* What is written at an offset ends behind it, and never behind the chain. */
static void
an_answer_may_begin_at_an_offset(void **state)
{
	static const struct {
		size_t at, n;
		long end;
		const char *memory;
	} t[] = {
		{ 0, 4, 4, "abcd---" },	/* both descriptors */
		{ 3, 4, 7, "---abcd" },	/* the second alone */
		{ 2, 3, 5, "--abc--" },
		{ 5, 9, 7, "-----ab" },	/* as far as it goes */
		{ 7, 2, 7, "-------" },
		{ 9, 2, 9, "-------" }
	};
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	ring_desc(&r, 0, RESPONSE, 3, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT,
	    1);
	ring_desc(&r, 1, RESPONSE + 3, 4, VIRTQ_DESC_F_WRITE, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		memset(fake_at(&r.f, RESPONSE), '-', 8);
		assert_int_equal(vring_chain_write(&r.f.port, &r.vr, &r.c,
		    t[i].at, (const uint8_t *)"abcdefghi", t[i].n), t[i].end);
		assert_memory_equal(fake_at(&r.f, RESPONSE), t[i].memory, 7);
		assert_int_equal(*fake_at(&r.f, RESPONSE + 7), '-');
	}
	fake_expect(&r.f, "");
	ring_close(&r);
}

/* Every index of the ring and of its 16 bits is passed. */
static void
the_indices_wrap(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	ring_desc(&r, 0, REQUEST, 1, 0, 0);
	for (unsigned i = 0; i < 70000; i++) {
		fake_avail(&r.f, 0, SIZE, 0);
		assert_int_equal(ring_take(&r), VRING_TAKEN);
		assert_int_equal(r.c.ordinal, i);
		assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 0), 0);
		assert_int_equal(fake_get(&r.f, RING_USED(0) + 2, 2),
		    (i + 1) & 0xffff);
	}
	fake_expect(&r.f, "");
	ring_close(&r);
}

static void
an_indirect_table_is_followed_also_behind_a_descriptor(void **state)
{
	struct ring r;
	uint64_t table = FAKE_BASE + 0x200000;

	(void)state;
	ring_open(&r, VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC));
	fake_desc(&r.f, table, 0, REQUEST, 24, VIRTQ_DESC_F_NEXT, 1);
	fake_desc(&r.f, table, 1, RESPONSE, 408, VIRTQ_DESC_F_WRITE, 0);
	/* The write flag of the descriptor itself is ignored (2.7.5.3.2). */
	ring_desc(&r, 0, table, 32, VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_WRITE,
	    0);
	ring_desc(&r, 2, REQUEST, 8, VIRTQ_DESC_F_NEXT, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(r.c.ndesc, 2);
	assert_int_equal(r.f.seen_reads[DMA_INDIRECT], 2);
	assert_int_equal(r.f.seen_reads[DMA_DESCRIPTOR], 1);
	assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 0), 0);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(r.c.ndesc, 3);
	assert_int_equal(r.c.read_size, 32);
	assert_int_equal(r.c.write_size, 408);
	fake_expect(&r.f, "");
	ring_close(&r);
}

struct fault {
	const char *id;
	enum vring_result result;
	uint64_t features;
	unsigned head, added;
	struct {
		uint64_t addr;
		uint32_t len;
		unsigned flags, next;
	} d[2];			/* descriptors 0 and 1; then an indirect
				   table of 2, at INDIRECT */
};

#define INDIRECT	(FAKE_BASE + 0x200000u)
#define F_IND		VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC)
#define N		VIRTQ_DESC_F_NEXT
#define W		VIRTQ_DESC_F_WRITE
#define I		VIRTQ_DESC_F_INDIRECT

static const struct fault faults[] = {
	{ "ring-index-jump", VRING_BROKEN, 0, 0, SIZE + 1,
	    { { REQUEST, 1, 0, 0 } } },
	{ "ring-index-jump", VRING_BROKEN, 0, 0, 0xffff,	/* went back */
	    { { REQUEST, 1, 0, 0 } } },
	{ "", VRING_TAKEN, 0, 0, SIZE, { { REQUEST, 1, 0, 0 } } },
	{ "ring-head-out-of-range", VRING_BROKEN, 0, SIZE, 1,
	    { { REQUEST, 1, 0, 0 } } },
	{ "ring-next-out-of-range", VRING_BROKEN, 0, 0, 1,
	    { { REQUEST, 1, N, SIZE } } },
	{ "ring-descriptor-loop", VRING_BROKEN, 0, 0, 1,
	    { { REQUEST, 1, N, 1 }, { REQUEST, 1, N, 0 } } },
	{ "ring-order", VRING_BROKEN, 0, 0, 1,
	    { { RESPONSE, 1, W | N, 1 }, { REQUEST, 1, 0, 0 } } },
	{ "ring-zero-length", VRING_BROKEN, 0, 0, 1,
	    { { REQUEST, 0, 0, 0 } } },
	{ "ring-chain-too-large", VRING_BROKEN, 0, 0, 1,
	    { { RESPONSE, 0xffffffff, W | N, 1 }, { RESPONSE, 2, W, 0 } } },
	{ "", VRING_TAKEN, 0, 0, 1,
	    { { RESPONSE, 0xffffffff, W | N, 1 }, { RESPONSE, 1, W, 0 } } },
	{ "ring-indirect-nested", VRING_BROKEN, F_IND, 0, 1,
	    { { INDIRECT + 32, 16, I, 0 } } },
	{ "ring-indirect-length", VRING_BROKEN, F_IND, 0, 1,
	    { { INDIRECT, 17, I, 0 } } },
	{ "ring-indirect-length", VRING_BROKEN, F_IND, 0, 1,
	    { { INDIRECT, 0, I, 0 } } },
	{ "ring-indirect-next", VRING_TAKEN, F_IND, 0, 1,
	    { { INDIRECT, 16, I | N, 1 }, { RESPONSE, 4, W, 0 } } },
	{ "ring-indirect-not-negotiated", VRING_TAKEN, 0, 0, 1,
	    { { INDIRECT, 16, I, 0 } } },
	{ "ring-next-out-of-range", VRING_BROKEN, F_IND, 0, 1,
	    { { INDIRECT + 16, 16, I, 0 } } }
};

/* Each rule is broken in turn, and told by its own name and no other. */
static void
each_broken_rule_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		const struct fault *t = &faults[i];
		struct ring r;

		ring_open(&r, t->features);
		for (unsigned k = 0; k < 2; k++)
			ring_desc(&r, k, t->d[k].addr, t->d[k].len,
			    t->d[k].flags, t->d[k].next);
		fake_desc(&r.f, INDIRECT, 0, REQUEST, 4, 0, 0);
		fake_desc(&r.f, INDIRECT, 1, REQUEST, 4, N, 1);
		fake_desc(&r.f, INDIRECT, 2, INDIRECT, 16, I, 0);
		fake_put(&r.f, RING_AVAIL(0) + 4, t->head, 2);
		fake_put(&r.f, RING_AVAIL(0) + 2, t->added, 2);
		assert_int_equal(ring_take(&r), t->result);
		fake_expect(&r.f, t->id);
		ring_close(&r);
	}
}

/* A chain longer than the queue is told, and served up to a limit. */
static void
a_chain_longer_than_the_queue_is_told(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, F_IND);
	for (unsigned i = 0; i < VRING_CHAIN_DESC_MAX + 1; i++)
		fake_desc(&r.f, INDIRECT, i, REQUEST, 1, N, i + 1);
	fake_desc(&r.f, INDIRECT, SIZE, REQUEST, 1, 0, 0);
	ring_desc(&r, 0, INDIRECT, 16 * (SIZE + 1), I, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(r.c.ndesc, SIZE + 1);
	fake_expect(&r.f, "ring-chain-too-long");
	assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 0), 0);
	fake_desc(&r.f, INDIRECT, SIZE, REQUEST, 1, N, SIZE + 1);
	ring_desc(&r, 0, INDIRECT, 16 * (VRING_CHAIN_DESC_MAX + 2), I, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(ring_take(&r), VRING_BROKEN);
	fake_expect(&r.f, "ring-chain-too-long");
	ring_close(&r);
}

/* What is in flight may not be used; given back it may (2.7.13.1). */
static void
a_descriptor_in_flight_is_told(void **state)
{
	struct ring r;
	struct vring_chain first = { 0 };

	(void)state;
	ring_open(&r, 0);
	ring_desc(&r, 2, REQUEST, 1, N, 3);
	ring_desc(&r, 3, RESPONSE, 1, W, 0);
	ring_desc(&r, 4, REQUEST, 1, N, 3);
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	vring_chain_copy(&first, &r.c);
	assert_int_equal(first.nslot, 2);
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "ring-head-in-flight");
	fake_avail(&r.f, 0, SIZE, 4);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "ring-descriptor-in-flight");
	assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 0), 0);
	assert_int_equal(vring_push(&r.f.port, &r.vr, &first, 0), 0);
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	/* Beside it are free ones. */
	ring_desc(&r, 1, REQUEST, 1, N, 4);
	ring_desc(&r, 4, RESPONSE, 1, W, 0);
	fake_avail(&r.f, 0, SIZE, 1);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "");
	vring_chain_free(&first);
	ring_close(&r);
}

/* An indirect table is one descriptor of the queue's, whatever is in it. */
static void
a_descriptor_of_a_table_in_flight_is_told(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, F_IND);
	fake_desc(&r.f, INDIRECT, 0, REQUEST, 4, N, 1);
	fake_desc(&r.f, INDIRECT, 1, RESPONSE, 4, W, 0);
	ring_desc(&r, 0, INDIRECT, 32, I, 0);
	ring_desc(&r, 1, REQUEST, 4, 0, 0);
	ring_desc(&r, 2, REQUEST, 4, N, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	fake_avail(&r.f, 0, SIZE, 1);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(r.c.nslot, 1);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "");
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "ring-descriptor-in-flight");
	ring_close(&r);
}

/* One chain with these flags fields: which rule is broken (2.7.7.1). */
static void
flags_case(uint64_t features, unsigned avail, unsigned used, const char *id)
{
	struct ring r;

	ring_open(&r, features);
	ring_desc(&r, 0, REQUEST, 1, 0, 0);
	ring_desc(&r, 1, REQUEST, 1, 0, 0);
	fake_put(&r.f, RING_AVAIL(0), avail, 2);
	fake_put(&r.f, RING_USED(0), used, 2);
	fake_avail(&r.f, 0, SIZE, 0);
	fake_avail(&r.f, 0, SIZE, 1);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, id);		/* once */
	assert_int_equal(r.f.seen_reads[DMA_AVAIL_FLAGS], 0);
	ring_close(&r);
}

static void
flags_of_no_meaning_are_told(void **state)
{
	const uint64_t event = VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX);

	(void)state;
	flags_case(0, 2, 0, "ring-avail-flags");
	flags_case(0, VIRTQ_AVAIL_F_NO_INTERRUPT, 0, "");
	flags_case(event, VIRTQ_AVAIL_F_NO_INTERRUPT, 0, "ring-avail-flags");
	flags_case(event, 0, 0, "");
	flags_case(0, 0, 1, "ring-used-flags");
	flags_case(event, 0, 1, "ring-used-flags");
}

/* What the device itself wrote there is not the driver's. */
static void
used_flags_of_the_device_are_not_told(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	assert_int_equal(vring_set_notify(&r.f.port, &r.vr, 0), 0);
	ring_desc(&r, 0, REQUEST, 1, 0, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(fake_get(&r.f, RING_USED(0), 2), 1);
	fake_expect(&r.f, "");
	ring_close(&r);
}

/* next of the table goes round, in an indirect table it only goes up. */
static void
with_in_order_next_is_the_successor(void **state)
{
	const uint64_t features = F_IND | VIRTIO_FEATURE(VIRTIO_BIT_IN_ORDER);
	struct ring r;

	(void)state;
	ring_open(&r, features);
	ring_desc(&r, SIZE - 1, REQUEST, 1, N, 0);
	ring_desc(&r, 0, REQUEST, 1, 0, 5);
	ring_desc(&r, 1, INDIRECT, 48, I, 0);
	for (unsigned i = 0; i < 3; i++)
		fake_desc(&r.f, INDIRECT, i, REQUEST, 1, i < 2 ? N : 0, i + 1);
	fake_avail(&r.f, 0, SIZE, SIZE - 1);
	fake_avail(&r.f, 0, SIZE, 1);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "");
	ring_desc(&r, 2, REQUEST, 1, N, 4);
	ring_desc(&r, 4, REQUEST, 1, 0, 0);
	fake_avail(&r.f, 0, SIZE, 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "ring-not-in-order");
	ring_close(&r);

	ring_open(&r, features);
	ring_desc(&r, 0, INDIRECT, 48, I, 0);
	fake_desc(&r.f, INDIRECT, 0, REQUEST, 1, N, 2);
	fake_desc(&r.f, INDIRECT, 2, REQUEST, 1, 0, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "ring-not-in-order");
	r.vr.in_order = 0;		/* anything goes */
	ring_desc(&r, 3, REQUEST, 1, N, 1);
	ring_desc(&r, 1, REQUEST, 1, 0, 0);
	fake_avail(&r.f, 0, SIZE, 3);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	fake_expect(&r.f, "");
	ring_close(&r);
}

static void
chains_that_wait_are_counted_unseen(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	assert_int_equal(vring_waiting(&r.f.port, &r.vr), 0);
	ring_desc(&r, 0, REQUEST, 1, 0, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	fake_avail(&r.f, 0, SIZE, 0);
	assert_int_equal(vring_waiting(&r.f.port, &r.vr), 2);
	assert_int_equal(ring_take(&r), VRING_TAKEN);
	assert_int_equal(vring_waiting(&r.f.port, &r.vr), 1);
	fake_put(&r.f, RING_AVAIL(0) + 2, 100, 2);
	assert_int_equal(vring_waiting(&r.f.port, &r.vr), 0);
	r.vr.avail = 0x700000000;
	assert_int_equal(vring_waiting(&r.f.port, &r.vr), 0);
	assert_int_equal(r.f.lost, 0);
	ring_close(&r);
}

/* Rings where no memory is are the machine's to report, not the ring's. */
static void
a_ring_outside_memory_is_broken_or_aborts(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	r.vr.avail = 0x700000000;
	assert_int_equal(ring_take(&r), VRING_BROKEN);
	fake_expect(&r.f, "");
	r.f.abort_on_lost = 1;
	assert_int_equal(ring_take(&r), VRING_ABORTED);
	ring_close(&r);
}

static void
without_event_idx_the_flag_suppresses_interrupts(void **state)
{
	struct ring r;

	(void)state;
	ring_open(&r, 0);
	assert_int_equal(vring_should_interrupt(&r.f.port, &r.vr), 1);
	fake_put(&r.f, RING_AVAIL(0), VIRTQ_AVAIL_F_NO_INTERRUPT, 2);
	assert_int_equal(vring_should_interrupt(&r.f.port, &r.vr), 0);
	assert_int_equal(vring_set_notify(&r.f.port, &r.vr, 0), 0);
	assert_int_equal(fake_get(&r.f, RING_USED(0), 2), 1);
	assert_int_equal(vring_set_notify(&r.f.port, &r.vr, 1), 0);
	assert_int_equal(fake_get(&r.f, RING_USED(0), 2), 0);
	ring_close(&r);
}

/* used_event 2 wants to hear of the entry that was written at index 2. */
static void
with_event_idx_the_index_decides(void **state)
{
	static const int expect[] = { 1, 0, 1, 0, 0 };	/* first: always */
	struct ring r;

	(void)state;
	ring_open(&r, VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX));
	ring_desc(&r, 0, REQUEST, 1, 0, 0);
	fake_put(&r.f, RING_AVAIL(0) + 4 + 2 * SIZE, 2, 2);
	/* Wrong, and ignored by the device. */
	fake_put(&r.f, RING_AVAIL(0), VIRTQ_AVAIL_F_NO_INTERRUPT, 2);
	for (unsigned i = 0; i < 5; i++) {
		fake_avail(&r.f, 0, SIZE, 0);
		assert_int_equal(ring_take(&r), VRING_TAKEN);
		/* avail_event asks for a notification of the next one. */
		assert_int_equal(fake_get(&r.f, RING_USED(0) + 4 + 8 * SIZE,
		    2), i + 1);
		assert_int_equal(vring_push(&r.f.port, &r.vr, &r.c, 0), 0);
		assert_int_equal(vring_should_interrupt(&r.f.port, &r.vr),
		    expect[i]);
	}
	fake_expect(&r.f, "ring-avail-flags");
	ring_close(&r);
}

/* Beside a host that works: what it could read, and what it wrote. */
static void
an_observer_sees_chains_and_answers_unseen(void **state)
{
	struct ring r;
	struct vring_observer o = { 0 };
	struct vring_observed seen;
	const struct vring_chain *c;
	struct bytes in = { 0 }, out = { 0 };

	(void)state;
	ring_open(&r, 0);
	vring_observer_init(&o, &r.vr);
	memcpy(fake_at(&r.f, REQUEST), "abcdef", 6);
	ring_desc(&r, 5, REQUEST, 6, N, 6);
	ring_desc(&r, 6, RESPONSE, 8, W, 0);
	ring_desc(&r, 1, REQUEST, 3, 0, 0);
	fake_avail(&r.f, 0, SIZE, 5);
	fake_avail(&r.f, 0, SIZE, 1);
	assert_int_equal(vring_observe_avail(&r.f.port, &o, &c, &in),
	    VRING_TAKEN);
	assert_int_equal(c->ordinal, 0);
	assert_int_equal(vring_observe_avail(&r.f.port, &o, &c, &in),
	    VRING_TAKEN);
	assert_int_equal(vring_observe_avail(&r.f.port, &o, &c, &in),
	    VRING_EMPTY);
	assert_int_equal(in.len, 9);
	assert_memory_equal(in.data, "abcdefabc", 9);
	assert_int_equal(vring_observe_used(&r.f.port, &o, &seen, &out, &r.err),
	    0);
	/* The host answers the second one first. */
	memcpy(fake_at(&r.f, RESPONSE), "reply...", 8);
	fake_put(&r.f, RING_USED(0) + 4, 1, 4);
	fake_put(&r.f, RING_USED(0) + 12, 5, 4);
	fake_put(&r.f, RING_USED(0) + 16, 5, 4);
	fake_put(&r.f, RING_USED(0) + 2, 2, 2);
	assert_int_equal(vring_observe_used(&r.f.port, &o, &seen, &out, &r.err),
	    1);
	assert_int_equal(seen.ordinal, 1);
	assert_int_equal(out.len, 0);
	assert_int_equal(vring_observe_used(&r.f.port, &o, &seen, &out, &r.err),
	    1);
	assert_int_equal(seen.ordinal, 0);
	assert_int_equal(seen.used_len, 5);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "reply", 5);
	/* A head that the host does not have any more. */
	fake_put(&r.f, RING_USED(0) + 20, 5, 4);
	fake_put(&r.f, RING_USED(0) + 2, 3, 2);
	assert_int_equal(vring_observe_used(&r.f.port, &o, &seen, &out, &r.err),
	    -1);
	/* Nothing was seen, written or told. */
	for (unsigned i = 0; i < DMA_PURPOSES; i++)
		assert_int_equal(r.f.seen_reads[i], 0);
	assert_int_equal(r.f.writes, 0);
	fake_put(&r.f, RING_AVAIL(0) + 2, 100, 2);
	assert_int_equal(vring_observe_avail(&r.f.port, &o, &c, &in),
	    VRING_BROKEN);
	fake_expect(&r.f, "");
	bytes_free(&in);
	bytes_free(&out);
	vring_observer_free(&o);
	ring_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_read_answered_and_given_back),
		cmocka_unit_test(an_answer_may_begin_at_an_offset),
		cmocka_unit_test(the_indices_wrap),
		cmocka_unit_test(
		    an_indirect_table_is_followed_also_behind_a_descriptor),
		cmocka_unit_test(each_broken_rule_is_told),
		cmocka_unit_test(a_chain_longer_than_the_queue_is_told),
		cmocka_unit_test(a_descriptor_in_flight_is_told),
		cmocka_unit_test(a_descriptor_of_a_table_in_flight_is_told),
		cmocka_unit_test(flags_of_no_meaning_are_told),
		cmocka_unit_test(used_flags_of_the_device_are_not_told),
		cmocka_unit_test(with_in_order_next_is_the_successor),
		cmocka_unit_test(chains_that_wait_are_counted_unseen),
		cmocka_unit_test(a_ring_outside_memory_is_broken_or_aborts),
		cmocka_unit_test(
		    without_event_idx_the_flag_suppresses_interrupts),
		cmocka_unit_test(with_event_idx_the_index_decides),
		cmocka_unit_test(an_observer_sees_chains_and_answers_unseen)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

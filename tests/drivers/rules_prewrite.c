/* rules_prewrite.c: cases about what the device reads. */
#include "rules_guest.h"

CASE(prewrite_missing)
{
	WORD(m, 4) = 0x11111111;	/* STORE: prewrite_missing */
	WORD(m, 5) = 0x22222222;
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_missing */
	return 0;
}

CASE(prewrite_short)
{
	int i;

	for (i = 0; i < 16; i++)
		WORD(m, i) = 0x01010101; /* STORE: prewrite_short */
	SYNC(sc, m, 0, 63, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_short */
	return 0;
}

CASE(prewrite_elsewhere)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_elsewhere */
	SYNC(sc, m, 4, 60, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_elsewhere */
	return 0;
}

CASE(prewrite_early)
{
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 0) = 1;			/* STORE: prewrite_early */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_early */
	return 0;
}

CASE(prewrite_other_op)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_other_op */
	SYNC(sc, m, 0, 64, PREREAD);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_other_op */
	return 0;
}

/* What is stored is what is there: a fault that no view shows. */
CASE(prewrite_same_value)
{
	WORD(m, 0) = 0;			/* STORE: prewrite_same_value */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_same_value */
	return 0;
}

/* The zeroes of BUS_DMA_ZERO are stores. */
CASE(prewrite_zeroed)
{
	struct testdev_mem other;

	testdev_mem_alloc(sc, &other, PAGE_SIZE, BUS_DMA_ZERO);
	testdev_mem_load(sc, &other);
	READS(sc, TD_PAYLOAD, BUS(&other), 64);	/* LINE: prewrite_zeroed */
	return 0;
}

/* Memory of malloc(9), on page boundary and not. */
static void
testdev_heap(struct testdev_softc *sc, struct testdev_mem *other)
{
	other->m_size = 3 * PAGE_SIZE;
	other->m_kva = malloc(other->m_size, M_DEVBUF, M_WAITOK | M_ZERO);
	other->m_kva += 200;
	other->m_size -= 300;
	if (bus_dmamap_create(sc->sc_dmat, other->m_size, 3, other->m_size, 0,
	    BUS_DMA_NOWAIT, &other->m_map) != 0)
		panic("testdev: no map");
	testdev_mem_load(sc, other);
	SYNC(sc, other, 0, other->m_size, PREREAD | PREWRITE);
}

CASE(prewrite_heap)
{
	struct testdev_mem other;

	testdev_heap(sc, &other);
	WORD(&other, 0) = 5;		/* STORE: prewrite_heap */
	READS(sc, TD_PAYLOAD, BUS(&other), 64);	/* LINE: prewrite_heap */
	return 0;
}

CASE(prewrite_by_client)
{
	volatile uint32_t *p = testdev_client(testdev_mmap, m);

	p[7] = 7;			/* STORE: prewrite_by_client */
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: prewrite_by_client */
	return 0;
}

/* Who sends the requests of all is not to blame, but who asked for this. */
static void
testdev_send(struct testdev_softc *sc, struct testdev_mem *m)
{
	READS(sc, TD_BACKING, BUS(m), 64);
}

CASE(prewrite_backing)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_backing */
	testdev_send(sc, m);		/* LINE: prewrite_backing */
	return 0;
}

CASE(prewrite_index)
{
	WORD(m, 0) = 1;			/* STORE: prewrite_index */
	READS(sc, TD_AVAIL_INDEX, BUS(m), 2); /* LINE: prewrite_index */
	return 0;
}

CASE(prewrite_made)
{
	int i;

	for (i = 0; i < 16; i++)
		WORD(m, i) = i + 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 16) = 17;		/* beside it */
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(prewrite_made_heap)
{
	struct testdev_mem other;
	uint32_t i;

	testdev_heap(sc, &other);
	for (i = 0; i < other.m_size; i++)
		BYTE(&other, i) = i;
	SYNC(sc, &other, 0, other.m_size, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(&other), 64);
	return 0;
}

CASE(prewrite_twice)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	WORD(m, 1) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_AVAIL_INDEX, BUS(m), 8);
	return 0;
}

CASE(flags_stale)
{
	WORD(m, 0) = 1;
	READS(sc, TD_AVAIL_FLAGS, BUS(m), 2);
	return 0;
}

/* A framebuffer is drawn into while the device may read it. */
CASE(backing_drawn)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	WORD(m, 0) = 2;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	return 0;
}

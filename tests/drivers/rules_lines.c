/* rules_lines.c: cases about cache lines, and how memory is mapped. */
#include "rules_guest.h"

/* The device writes the first half of a line, the driver stores in the other. */
CASE(line_beside)
{
	SYNC(sc, m, 0, 32, PREREAD);
	WORD(m, 8) = 1;			/* STORE: line_beside */
	WRITES(sc, TD_PAYLOAD, BUS(m), 32); /* LINE: line_beside */
	return 0;
}

CASE(line_beside_after)
{
	SYNC(sc, m, 0, 32, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 32);
	testdev_complete(sc);
	WORD(m, 8) = 1;			/* STORE: line_beside_after */
	SYNC(sc, m, 0, 32, POSTREAD);	/* LINE: line_beside_after */
	return 0;
}

/* The same stores, and the line is the device's before it writes. */
CASE(line_given)
{
	WORD(m, 8) = 1;
	SYNC(sc, m, 32, 32, PREWRITE);
	SYNC(sc, m, 0, 32, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 32);
	testdev_complete(sc);
	SYNC(sc, m, 0, 32, POSTREAD);
	WORD(m, 8) = 2;
	return WORD(m, 0) == 0xa5a5a5a5 ? 0 : EIO;
}

CASE(postread_over_store)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WORD(m, 0) = 1;			/* STORE: postread_over_store */
	SYNC(sc, m, 0, 64, POSTREAD);	/* LINE: postread_over_store */
	return 0;
}

CASE(postread_before_store)
{
	SYNC(sc, m, 0, 64, PREREAD);
	SYNC(sc, m, 0, 64, POSTREAD);
	WORD(m, 0) = 1;
	return 0;
}

/* Another mapping of the case's memory, with attributes. */
static volatile uint32_t *
mapped_with(struct testdev_softc *sc, struct testdev_mem *m, int flags)
{
	caddr_t kva;

	if (bus_dmamem_map(sc->sc_dmat, &m->m_seg, 1, m->m_size, &kva,
	    BUS_DMA_NOWAIT | flags) != 0)
		panic("no mapping");
	return (volatile uint32_t *)(void *)kva;
}

CASE(uncached_read)
{
	volatile uint32_t *p = mapped_with(sc, m, BUS_DMA_NOCACHE);

	p[0] = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: uncached_read */
	return 0;
}

CASE(uncached_written)
{
	volatile uint32_t *p = mapped_with(sc, m, BUS_DMA_NOCACHE);

	p[16] = 1;
	SYNC(sc, m, 0, 128, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	SYNC(sc, m, 0, 64, POSTREAD);
	SYNC(sc, m, 64, 64, PREWRITE);
	(void)p[0]; READS(sc, TD_PAYLOAD, BUS(m) + 64, 64); /* LINE: uncached_written */
	return 0;
}

static paddr_t
mmap_nocache(struct testdev_mem *m)
{
	return testdev_mmap(m) | PMAP_NOCACHE;
}

CASE(uncached_by_client)
{
	volatile uint32_t *p = testdev_client(mmap_nocache, m);

	p[0] = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64); /* LINE: uncached_by_client */
	return 0;
}

/* Memory that no device looks at may be mapped as one likes. */
CASE(uncached_alone)
{
	volatile uint32_t *p = mapped_with(sc, m, BUS_DMA_NOCACHE);

	p[0] = 1;
	return p[0] == 1 ? 0 : EIO;
}

/* A hint changes nothing for who syncs, both ways. */
CASE(coherent_hint)
{
	volatile uint32_t *p = mapped_with(sc, m, BUS_DMA_COHERENT);

	p[0] = 1;
	SYNC(sc, m, 0, 64, PREWRITE);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	SYNC(sc, m, 64, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m) + 64, 64);
	testdev_complete(sc);
	SYNC(sc, m, 64, 64, POSTREAD);
	return p[16] == 0xa5a5a5a5 ? 0 : EIO;
}

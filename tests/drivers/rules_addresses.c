/* rules_addresses.c: addresses given to the device, or to a client. */
#include "rules_guest.h"

CASE(address_kva)
{
	READS(sc, TD_PAYLOAD, (u_long)m->m_kva, 64); /* LINE: address_kva */
	return 0;
}

CASE(address_nowhere)
{
	READS(sc, TD_PAYLOAD, 0xdead00000000, 64); /* LINE: address_nowhere */
	return 0;
}

CASE(address_segment)
{
	struct testdev_mem other;

	testdev_mem_alloc(sc, &other, PAGE_SIZE, 0);
	READS(sc, TD_PAYLOAD, other.m_seg.ds_addr, 8); /* LINE: address_segment */
	return 0;
}

CASE(address_unloaded)
{
	bus_addr_t bus = BUS(m);

	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	READS(sc, TD_PAYLOAD, bus, 64);	/* LINE: address_unloaded */
	return 0;
}

/* A part of the ring, in memory that no driver ever had. */
CASE(address_of_nobody)
{
	bus_addr_t bus = m->m_seg.ds_addr + (8 << 20);

	WRITES(sc, TD_AVAIL_EVENT, bus, 2); /* LINE: address_of_nobody */
	return 0;
}

CASE(address_past_end)
{
	testdev_load_part(sc, m, 64);
	READS(sc, TD_PAYLOAD, BUS(m), 65); /* LINE: address_past_end */
	return 0;
}

CASE(address_to_end)
{
	testdev_load_part(sc, m, 64);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

static paddr_t
testdev_mmap_kva(struct testdev_mem *m)
{
	return (paddr_t)m->m_kva;	/* LINE: mmap_kva */
}

static paddr_t
testdev_mmap_nowhere(struct testdev_mem *m)
{
	return m->m_seg.ds_addr + 0x700000000000; /* LINE: mmap_nowhere */
}

CASE(mmap_kva)
{
	testdev_client(testdev_mmap_kva, m)[0] = 1;
	return 0;
}

CASE(mmap_nowhere)
{
	testdev_client(testdev_mmap_nowhere, m)[0] = 1;
	return 0;
}

/* The bytes that the client stored through its own mapping. */
CASE(mmap_right)
{
	volatile uint32_t *p = testdev_client(testdev_mmap, m);

	p[0] = 0x12345678;
	if (WORD(m, 0) != 0x12345678)
		panic("the kernel does not see what its client stored");
	SYNC(sc, m, 0, 4, PREWRITE);
	READS(sc, TD_BACKING, BUS(m), 64);
	hc->user_unmap(0);
	return 0;
}

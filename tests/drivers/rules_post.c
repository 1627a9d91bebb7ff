/* rules_post.c: what the device wrote, and whose a buffer is. */
#include "rules_guest.h"

/* The device has written 64 bytes of m and given them back. */
static void
testdev_receive(struct testdev_softc *sc, struct testdev_mem *m)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
}

CASE(postread_missing)
{
	testdev_receive(sc, m);
	(void)WORD(m, 3);		/* LINE: postread_missing */
	return 0;
}

/* No sync at all, so no barrier either. */
CASE(postread_at_once)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(m, 3);		/* LINE: postread_at_once */
	return 0;
}

CASE(postread_short)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 12, POSTREAD);
	(void)WORD(m, 2);
	(void)WORD(m, 3);		/* LINE: postread_short */
	return 0;
}

CASE(postread_early)
{
	SYNC(sc, m, 0, 64, PREREAD);
	SYNC(sc, m, 0, 64, POSTREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	(void)WORD(m, 0);		/* LINE: postread_early */
	return 0;
}

CASE(postread_of_entry)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	SYNC(sc, &sc->sc_ring, TD_RING_INDEX, 2, POSTREAD);
	(void)WORD(&sc->sc_ring, TD_RING_ENTRY / 4); /* LINE: postread_of_entry */
	return 0;
}

/* What came into a bounce page goes with it. */
CASE(postread_lost)
{
	testdev_receive(sc, m);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	(void)WORD(m, 3);		/* LINE: postread_lost */
	return 0;
}

/* Only an order model makes anything of these two. */
CASE(load_late)
{
	SYNC(sc, m, 0, 64, PREREAD);
	(void)WORD(m, 3);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	SYNC(sc, m, 0, 64, POSTREAD);
	return 0;
}

CASE(load_before_sync)
{
	(void)WORD(m, 3);
	SYNC(sc, m, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	SYNC(sc, m, 0, 64, POSTREAD);
	return 0;
}

CASE(postread_made)
{
	int i;

	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	for (i = 0; i < 16; i++)
		if (WORD(m, i) != 0xa5a5a5a5)
			panic("what the device wrote is not there");
	return 0;
}

CASE(postread_twice)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	SYNC(sc, m, 0, 64, POSTREAD | POSTWRITE);
	(void)WORD(m, 0);
	return 0;
}

CASE(postread_clean)
{
	SYNC(sc, m, 0, 64, POSTREAD);
	(void)WORD(m, 0);
	return 0;
}

CASE(postread_then_unload)
{
	testdev_receive(sc, m);
	SYNC(sc, m, 0, 64, POSTREAD);
	bus_dmamap_unload(sc->sc_dmat, m->m_map);
	if (WORD(m, 0) != 0xa5a5a5a5)
		panic("what the device wrote is not there");
	return 0;
}

/* The index may be looked at stale, if the entry is synced. */
CASE(index_polled)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(&sc->sc_ring, TD_RING_ENTRY / 4);
	return 0;
}

/* The same old index may be seen for ever, ... */
CASE(index_polled_again)
{
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(&sc->sc_ring, 0);	/* LINE: index_polled_again */
	return 0;
}

/* ... which goes wrong where the driver counts on another one. */
CASE(index_polled_for_ever)
{
	uint16_t old = WORD(&sc->sc_ring, 0);

	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	if ((uint16_t)WORD(&sc->sc_ring, 0) == old) /* LINE: index_polled_for_ever */
		panic("what was given back never came");
	return 0;
}

/* In passing, by one that syncs later: nothing goes wrong. */
CASE(index_polled_in_passing)
{
	uint16_t old = WORD(&sc->sc_ring, 0);

	PUT(sc, TD_GO, TD_OP_COMPLETE);
	(void)WORD(&sc->sc_ring, 0);
	(void)WORD(&sc->sc_ring, 0);	/* LINE: index_polled_in_passing */
	SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	if ((uint16_t)WORD(&sc->sc_ring, 0) == old)
		panic("what was given back never came");
	(void)WORD(&sc->sc_ring, TD_RING_ENTRY / 4);
	return 0;
}

/* --- ownership --- */

CASE(posted_stored)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	WORD(m, 0) = 1;			/* LINE: posted_stored */
	return 0;
}

CASE(posted_loaded)
{
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	SYNC(sc, m, 0, 64, POSTREAD);
	(void)WORD(m, 0);		/* LINE: posted_loaded */
	return 0;
}

/* A receive buffer that the device has and has not written yet. */
CASE(posted_held)
{
	SYNC(sc, m, 0, 64, PREREAD);
	GO(sc, TD_OP_HOLD, TD_PAYLOAD, BUS(m), 64);
	WORD(m, 15) = 1;		/* LINE: posted_held */
	return 0;
}

CASE(posted_held_beside)
{
	SYNC(sc, m, 0, 64, PREREAD);
	GO(sc, TD_OP_HOLD, TD_PAYLOAD, BUS(m), 64);
	WORD(m, 64) = 1;
	return 0;
}

/* Given back, and nobody has looked. */
CASE(posted_unseen)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	PUT(sc, TD_GO, TD_OP_COMPLETE);
	WORD(m, 0) = 1;			/* LINE: posted_unseen */
	return 0;
}

/* A look at the index gives back what came back, and no more. */
CASE(posted_looked_early)
{
	READS(sc, TD_PAYLOAD, BUS(m) + 64, 64);
	testdev_complete(sc);
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	(void)WORD(&sc->sc_ring, 0);
	WORD(m, 16) = 1;
	WORD(m, 0) = 1;			/* LINE: posted_looked_early */
	return 0;
}

CASE(posted_readable_loaded)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	(void)WORD(m, 0);
	return 0;
}

CASE(posted_given_back)
{
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	testdev_complete(sc);
	WORD(m, 0) = 1;
	return 0;
}

CASE(posted_neighbour)
{
	READS(sc, TD_PAYLOAD, BUS(m) + 64, 64);
	WORD(m, 15) = 1;
	WORD(m, 32) = 1;
	return 0;
}

/* Command and response in one line of a cache. */
CASE(one_line)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 32, PREWRITE);
	SYNC(sc, m, 32, 32, PREREAD);
	READS(sc, TD_PAYLOAD, BUS(m), 32);
	WRITES(sc, TD_PAYLOAD, BUS(m) + 32, 32);
	testdev_complete(sc);
	SYNC(sc, m, 0, 32, POSTWRITE);
	SYNC(sc, m, 32, 32, POSTREAD);
	return WORD(m, 8) == 0xa5a5a5a5 ? 0 : EIO;
}

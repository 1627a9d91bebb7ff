/* rules_virtio.c: cases about the parts of a queue in memory. */
#include "rules_guest.h"

/* A descriptor, and the buffer that it describes. */
static void
testdev_chain(struct testdev_softc *sc, struct testdev_mem *m)
{
	READS(sc, TD_DESCRIPTOR, BUS(m), 16);
	READS(sc, TD_PAYLOAD, BUS(m) + 64, 16);
}

CASE(descriptor_altered)
{
	testdev_chain(sc, m);
	WORD(m, 3) = 0;			/* LINE: descriptor_altered */
	return 0;
}

CASE(indirect_altered)
{
	READS(sc, TD_INDIRECT, BUS(m), 16);
	WORD(m, 0) = 0;			/* LINE: indirect_altered */
	return 0;
}

/* A free one beside it; and the same once the chain has come back. */
CASE(descriptor_free)
{
	testdev_chain(sc, m);
	WORD(m, 4) = 1;
	SYNC(sc, m, 16, 16, PREWRITE);
	if (WORD(m, 0) != 0)		/* to look is allowed */
		return EIO;
	testdev_complete(sc);
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 16, PREWRITE);
	testdev_chain(sc, m);
	return 0;
}

CASE(used_written)
{
	testdev_complete(sc);
	WORD(&sc->sc_ring, TD_RING_ENTRY / 4) = 0; /* LINE: used_written */
	return 0;
}

CASE(used_index_written)
{
	testdev_complete(sc);
	WORD(&sc->sc_ring, TD_RING_INDEX / 4) = 0; /* LINE: used_index_written */
	return 0;
}

/* What the device does not write there is the driver's. */
CASE(used_beside)
{
	testdev_complete(sc);
	WORD(&sc->sc_ring, TD_RING_ENTRY / 4 + 16) = 7;
	SYNC(sc, &sc->sc_ring, TD_RING_ENTRY + 64, 4, PREWRITE);
	testdev_complete(sc);
	return WORD(&sc->sc_ring, TD_RING_ENTRY / 4 + 16) == 7 ? 0 : EIO;
}

/* Whether to notify is decided by it at once: an old one is too old. */
CASE(event_old)
{
	WRITES(sc, TD_AVAIL_EVENT, BUS(m), 2);
	(void)WORD(m, 0);		/* LINE: event_old */
	return 0;
}

CASE(event_synced)
{
	WRITES(sc, TD_AVAIL_EVENT, BUS(m), 2);
	SYNC(sc, m, 0, 2, POSTREAD);
	return (WORD(m, 0) & 0xffff) == 0xa5a5 ? 0 : EIO;
}

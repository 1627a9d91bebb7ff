/* rules_preread.c: cases about what the device writes, before it does. */
#include "rules_guest.h"

CASE(preread_missing)
{
	WORD(m, 0) = 1;			/* STORE: preread_missing */
	SYNC(sc, m, 0, 64, PREWRITE);
	WRITES(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: preread_missing */
	return 0;
}

CASE(preread_early)
{
	SYNC(sc, m, 0, 64, PREREAD);
	WORD(m, 0) = 1;			/* STORE: preread_early */
	WRITES(sc, TD_PAYLOAD, BUS(m), 64); /* LINE: preread_early */
	return 0;
}

/* Memory that the driver never touched; who had it before did. */
CASE(preread_never)
{
	struct testdev_mem old, new;

	testdev_mem_alloc(sc, &old, PAGE_SIZE, 0);
	WORD(&old, 0) = 1;
	testdev_mem_destroy(sc, &old);
	testdev_mem_alloc(sc, &new, PAGE_SIZE, 0);
	testdev_mem_load(sc, &new);
	WRITES(sc, TD_PAYLOAD, BUS(&new), 64); /* LINE: preread_never */
	return 0;
}

CASE(preread_made)
{
	WORD(m, 0) = 1;
	SYNC(sc, m, 0, 64, PREREAD);
	WORD(m, 16) = 17;		/* beside it */
	WRITES(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(preread_reposted)
{
	int i;

	SYNC(sc, m, 0, 64, PREREAD);
	for (i = 0; i < 3; i++) {
		WRITES(sc, TD_PAYLOAD, BUS(m), 64);
		testdev_complete(sc);
		SYNC(sc, m, 0, 64, POSTREAD);
		if (WORD(m, 15) != 0xa5a5a5a5)
			panic("what the device wrote is not there");
	}
	return 0;
}

CASE(preread_once_for_ring)
{
	int i;

	for (i = 0; i < 3; i++) {
		testdev_complete(sc);
		if (WORD(&sc->sc_ring, TD_RING_ENTRY / 4) != (uint32_t)i + 1)
			panic("the used entry is not there");
	}
	return 0;
}

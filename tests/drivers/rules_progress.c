/* rules_progress.c: waiting for what will happen, and for what never will. */
#include "rules_guest.h"

CASE(poll_for_ever)
{
	while (WORD(m, 0) == 0)		/* LINE: poll_for_ever */
		continue;
	return 0;
}

/* The device is slow; it works when the driver can do nothing but wait. */
CASE(poll_answered)
{
	PUT(sc, TD_GO, TD_OP_LATER);
	while (WORD(&sc->sc_ring, TD_RING_INDEX) == 0)
		SYNC(sc, &sc->sc_ring, 0, 16, POSTREAD);
	return 0;
}

CASE(sleep_for_ever)
{
	return tsleep_nsec(sc, 0, "ever", INFSLP);
}

CASE(step_refused)
{
	return EOPNOTSUPP;
}

CASE(panicked)
{
	panic("case of rules_progress.c");	/* LINE: panicked */
}

CASE(host_gone)
{
	PUT(sc, TD_GO, TD_OP_DIE);	/* LINE: host_gone */
	return 0;
}

/* Barriers that a kernel with one CPU would not need. */
CASE(barriers)
{
	WORD(m, 0) = 1;
	membar_sync();
	membar_producer();
	membar_consumer();
	membar_enter();
	membar_exit();
	SYNC(sc, m, 0, 4, PREWRITE);
	membar_sync();
	READS(sc, TD_PAYLOAD, BUS(m), 64);
	return 0;
}

CASE(nothing)
{
	return 0;
}

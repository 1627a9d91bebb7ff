/* rules_mbuf.c: mbufs that are used after they were freed, freed twice, kept. */
#include <sys/mbuf.h>

#include "rules_guest.h"

CASE(mbuf_used_freed)
{
	struct mbuf *n = m_gethdr(M_DONTWAIT, MT_DATA);

	n->m_len = 1;
	m_freem(n);
	n->m_len = 2;			/* LINE: mbuf_used_freed */
	return 0;
}

/* The cluster is freed with the last mbuf that has it. */
CASE(mbuf_cluster_freed)
{
	struct mbuf *n = MCLGETL(NULL, M_DONTWAIT, 4096);
	volatile char *data = mtod(n, volatile char *);

	data[4095] = 1;
	m_freem(n);
	data[4095] = 2;			/* LINE: mbuf_cluster_freed */
	return 0;
}

CASE(mbuf_cluster_shared)
{
	struct mbuf *n = MCLGETL(NULL, M_DONTWAIT, 4096), *copy;
	volatile char *data = mtod(n, volatile char *);

	n->m_len = n->m_pkthdr.len = 4096;
	copy = m_copym(n, 0, M_COPYALL, M_DONTWAIT);
	m_freem(n);
	data[4095] = 2;
	m_freem(copy);
	return 0;
}

CASE(mbuf_freed_again)
{
	struct mbuf *n = m_gethdr(M_DONTWAIT, MT_DATA);

	m_freem(n);
	m_freem(n);			/* LINE: mbuf_freed_again */
	return 0;
}

CASE(mbuf_freed_once)
{
	struct mbuf *n = m_gethdr(M_DONTWAIT, MT_DATA);

	n->m_next = m_get(M_DONTWAIT, MT_DATA);
	m_freem(n);
	m_freem(NULL);
	return 0;
}

CASE(mbuf_not_one)
{
	void *p = malloc(MSIZE, M_DEVBUF, M_NOWAIT | M_ZERO);

	m_freem(p);			/* LINE: mbuf_not_one */
	free(p, M_DEVBUF, MSIZE);
	return 0;
}

CASE(mbuf_kept)
{
	struct mbuf *n = m_gethdr(M_DONTWAIT, MT_DATA);	/* LINE: mbuf_kept */

	hc->pool_leaks();
	m_freem(n);
	return 0;
}

/* Who gets a cluster does not wait for what a device wrote there before. */
CASE(mbuf_written_once)
{
	struct mbuf *n = MCLGETL(NULL, M_DONTWAIT, MCLBYTES);
	volatile char *data = mtod(n, volatile char *);
	bus_dmamap_t map;
	int i, again = 0;

	if (bus_dmamap_create(sc->sc_dmat, 64, 2, 64, 0, BUS_DMA_NOWAIT,
	    &map) != 0 || bus_dmamap_load(sc->sc_dmat, map, n->m_data, 64,
	    NULL, BUS_DMA_NOWAIT) != 0)
		panic("no load");
	bus_dmamap_sync(sc->sc_dmat, map, 0, 64, PREREAD);
	WRITES(sc, TD_PAYLOAD, map->dm_segs[0].ds_addr, 64);
	testdev_complete(sc);
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	m_freem(n);
	for (i = 0; i < 200 && !again; i++) {
		n = MCLGETL(NULL, M_DONTWAIT, MCLBYTES);
		again = mtod(n, volatile char *) == data;
		if (again)
			(void)data[0];
		m_freem(n);
	}
	return again ? 0 : EIO;
}

CASE(mbuf_given_back)
{
	m_freem(MCLGETL(NULL, M_DONTWAIT, MCLBYTES));
	hc->pool_leaks();
	return 0;
}

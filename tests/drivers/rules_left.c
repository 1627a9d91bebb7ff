/* rules_left.c: cases about what a driver leaves behind when it is detached. */
#include "rules_guest.h"

#include <sys/timeout.h>

static void
left_run(void *arg)
{
	*(volatile int *)arg += 1;
}

CASE(unmap_registers_twice)
{
	bus_space_tag_t t = sc->sc_iot;

	bus_space_unmap(t, sc->sc_ioh, TD_SIZE);
	bus_space_unmap(t, sc->sc_ioh, TD_SIZE); /* LINE: unmap_registers_twice */
	return 0;
}

CASE(unmap_registers_size)
{
	bus_space_tag_t t = sc->sc_iot;

	bus_space_unmap(t, sc->sc_ioh, 4);	/* LINE: unmap_registers_size */
	return 0;
}

CASE(unmap_registers_right)
{
	bus_space_handle_t ioh;

	if (bus_space_map(sc->sc_iot, sc->sc_ioh, 16, 0, &ioh) != 0)
		return EIO;
	bus_space_unmap(sc->sc_iot, ioh, 16);
	bus_space_unmap(sc->sc_iot, sc->sc_ioh, TD_SIZE);
	return 0;
}

CASE(left_handler)
{
	return testdev_establish(sc) != NULL ? 0 : EIO; /* LINE: left_handler */
}

CASE(left_timeout)
{
	static struct timeout to;

	timeout_set(&to, left_run, &sc->sc_interrupts);
	timeout_add_sec(&to, 1);	/* LINE: left_timeout */
	return 0;
}

CASE(left_map)
{
	bus_dma_tag_t t = sc->sc_dmat;
	bus_dmamap_t map;
	int wait = BUS_DMA_NOWAIT;

	return bus_dmamap_create(t, 9, 1, 9, 0, wait, &map); /* LINE: left_map */
}

CASE(left_dma_memory)
{
	bus_dma_tag_t t = sc->sc_dmat;
	bus_dma_segment_t s;
	int n, e, wait = BUS_DMA_NOWAIT;

	e = bus_dmamem_alloc(t, 9, 1, 0, &s, 1, &n, wait); /* LINE: left_dma_memory */
	return e;
}

CASE(left_memory)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);	/* LINE: left_memory */

	return p != NULL ? 0 : EIO;
}

CASE(left_registers)
{
	bus_space_tag_t t = sc->sc_iot;
	bus_space_handle_t h;

	return bus_space_map(t, sc->sc_ioh, 16, 0, &h); /* LINE: left_registers */
}

/* It ran, and is set no more. */
CASE(left_timeout_fired)
{
	static struct timeout to;

	timeout_set(&to, left_run, &sc->sc_interrupts);
	timeout_add_msec(&to, 10);
	delay(50000);
	return sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(left_timeout_deleted)
{
	static struct timeout to;

	timeout_set(&to, left_run, &sc->sc_interrupts);
	timeout_add_sec(&to, 1);
	return timeout_del(&to) ? 0 : EIO;
}

CASE(left_memory_freed)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 64);
	return 0;
}

CASE(left_nothing)
{
	return 0;
}

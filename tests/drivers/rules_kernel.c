/* rules_kernel.c: cases about everything else that a kernel forbids. */
#include "rules_guest.h"

CASE(access_unmapped)
{
	bus_dmamem_unmap(sc->sc_dmat, m->m_kva, m->m_size);
	(void)WORD(m, 0);		/* LINE: access_unmapped */
	return 0;
}

CASE(access_null)
{
	volatile uint32_t *p = (uint32_t *)(uintptr_t)sc->sc_zero;

	*p = 1;				/* LINE: access_null */
	return 0;
}

/* No address that there can be. */
CASE(access_wild)
{
	volatile uint8_t *p = (uint8_t *)0xdeadbeefdeadbeefUL;

	*p = 1;				/* LINE: access_wild */
	return 0;
}

CASE(access_null_load)
{
	const volatile uint32_t *p = (const uint32_t *)(uintptr_t)sc->sc_zero;

	return (int)p[2];		/* LINE: access_null_load */
}

/* Each call needs what it has kept in memory. */
static int
descend(volatile int *above, int n)
{
	volatile int here[64];

	here[0] = *above + 1;
	return n == 0 ? here[0] : descend(here, n - 1) + here[0];
}

CASE(stack_overrun)
{
	volatile int top = 0;

	return descend(&top, 1000000);
}

CASE(stack_deep)
{
	volatile int top = 0;

	return descend(&top, 100) < 0;
}

CASE(call_null)
{
	int (*volatile f)(void) = NULL;

	return f() + 1;			/* LINE: call_null */
}

CASE(trapped)
{
	__builtin_trap();		/* LINE: trapped */
}

CASE(access_freed)
{
	volatile uint8_t *p = malloc(40, M_DEVBUF, M_WAITOK);

	p[39] = 1;
	free((void *)p, M_DEVBUF, 40);
	p[39] = 2;			/* LINE: access_freed */
	return 0;
}

CASE(access_beyond)
{
	volatile uint8_t *p = malloc(40, M_DEVBUF, M_WAITOK);

	p[40] = 1;			/* LINE: access_beyond */
	return 0;
}

CASE(access_last_byte)
{
	volatile uint8_t *p = malloc(41, M_DEVBUF, M_WAITOK | M_ZERO);

	p[0] = p[40] = 1;
	free((void *)p, M_DEVBUF, 41);
	return 0;
}

CASE(access_last_mapped)
{
	(void)BYTE(m, BUF_SIZE - 1);
	return 0;
}

CASE(free_inside)
{
	char *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p + 16, M_DEVBUF, 48);	/* LINE: free_inside */
	return 0;
}

CASE(free_again)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 64);
	free(p, M_DEVBUF, 64);		/* LINE: free_again */
	return 0;
}

CASE(free_size)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 60);		/* LINE: free_size */
	return 0;
}

CASE(free_type)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_TEMP, 64);		/* LINE: free_type */
	return 0;
}

CASE(free_size_untold)
{
	void *p = malloc(64, M_DEVBUF, M_WAITOK);

	free(p, M_DEVBUF, 0);
	free(NULL, M_DEVBUF, 0);
	return 0;
}

/* What some cases do in their interrupt. */
void
testdev_interrupted(struct testdev_softc *sc)
{
	void *p;

	switch (sc->sc_case) {
	case RULE_sleep_in_interrupt:
		tsleep_nsec(sc, 0, "nap", 1); /* LINE: sleep_in_interrupt */
		break;
	case RULE_waitok_in_interrupt:
		p = malloc(8, M_DEVBUF, M_WAITOK); /* LINE: waitok_in_interrupt */
		free(p, M_DEVBUF, 8);
		break;
	case RULE_sleep_below_the_shim:
		hc->sleep(1, 1, "x"); /* LINE: sleep_below_the_shim */
		break;
	default:
		testdev_interrupted_dma(sc);
		break;
	}
}

/* The interrupt comes in at once: nothing blocks it. */
CASE(sleep_in_interrupt)
{
	PUT(sc, TD_IRQ, 1);
	return sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(waitok_in_interrupt)
{
	PUT(sc, TD_IRQ, 1);
	return sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(sleep_below_the_shim)
{
	PUT(sc, TD_IRQ, 1);
	return EIO;			/* the run has ended */
}

CASE(sleep_woken)
{
	int error;

	PUT(sc, TD_GO, TD_OP_RAISE);
	error = tsleep_nsec(&sc->sc_interrupts, 0, "irq", INFSLP);
	return error == 0 && sc->sc_interrupts == 1 ? 0 : EIO;
}

CASE(mutex_again)
{
	struct mutex mtx;

	mtx_init(&mtx, IPL_BIO);
	mtx_enter(&mtx);
	mtx_enter(&mtx);		/* LINE: mutex_again */
	return 0;
}

CASE(mutex_left_twice)
{
	struct mutex mtx;

	mtx_init(&mtx, IPL_BIO);
	mtx_enter(&mtx);
	mtx_leave(&mtx);
	mtx_leave(&mtx);		/* LINE: mutex_left_twice */
	return 0;
}

CASE(mutex_nested)
{
	struct mutex a, b;

	mtx_init(&a, IPL_BIO);
	mtx_init(&b, IPL_TTY);
	mtx_enter(&a);
	mtx_enter(&b);
	if (mtx_enter_try(&b) != 0)
		return EIO;
	mtx_leave(&b);
	mtx_leave(&a);
	mtx_enter(&b);
	mtx_leave(&b);
	return 0;
}

CASE(spl_too_low)
{
	splassert(IPL_TTY);		/* LINE: spl_too_low */
	return 0;
}

CASE(spl_right)
{
	int s = spltty();

	splassert(IPL_TTY);
	splassert(IPL_BIO);
	splx(s);
	return 0;
}

CASE(rule_unnamed)
{
	kern_rule_broken("of-no-table", "something else is broken"); /* LINE: rule_unnamed */
	return 0;
}

CASE(register_past_end)
{
	return bus_space_read_4(sc->sc_iot, sc->sc_ioh, TD_SIZE) == /* LINE: register_past_end */
	    0xffffffff ? 0 : EIO;
}

CASE(register_last)
{
	(void)bus_space_read_4(sc->sc_iot, sc->sc_ioh, TD_SIZE - 4);
	return 0;
}

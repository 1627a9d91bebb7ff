/*
 * cpus_guest.c: a guest driver whose interrupt handler needs no kernel lock, so
 * that another CPU may run it.  The step "raise n" sends a request and waits for
 * its answer, in one of the ways below.
 */
#include <sys/param.h>
#include <sys/mbuf.h>
#include <sys/task.h>
#include <sys/timeout.h>

#include "testvq_guest.h"
#include "cpus_model.h"
#include "hypercall.h"

extern const struct hypercall *hc;

#define REQUEST		32		/* bytes, each way */

static struct timeout cpus_timeout;
static struct mbuf *cpus_packet;	/* the handler's */
static volatile int cpus_phase;
static struct task cpus_task;
static struct mutex cpus_third;

static int testvq_done(struct virtqueue *);

static void
testvq_attach(struct device *parent, struct device *self, void *aux)
{
	struct testvq_softc *sc = testvq_begin(parent, self,
	    IPL_BIO | IPL_MPSAFE, 2);

	sc->sc_vq.vq_done = testvq_done;
	testvq_memory(sc);
	printf("\n");
	testvq_end(sc, aux);
	(void)virtio_start_vq_intr(sc->sc_virtio, &sc->sc_vq);
}

/* The device's answers, all of them. */
static void
cpus_answers(struct testvq_softc *sc)
{
	struct virtqueue *vq = &sc->sc_vq;
	int slot;

	while (virtio_dequeue(vq->vq_owner, vq, &slot, &sc->sc_len) == 0) {
		bus_dmamap_sync(vq->vq_owner->sc_dmat, sc->sc_map, 0, REQUEST,
		    BUS_DMASYNC_POSTWRITE);
		bus_dmamap_sync(vq->vq_owner->sc_dmat, sc->sc_map,
		    PAGE_SIZE / 2, REQUEST, BUS_DMASYNC_POSTREAD);
		virtio_dequeue_commit(vq, slot);
		sc->sc_done++;
	}
	if (sc->sc_mode != CPUS_POLL && sc->sc_mode != CPUS_POLL_LOST)
		(void)virtio_start_vq_intr(vq->vq_owner, vq);
}

static int
testvq_done(struct virtqueue *vq)
{
	struct testvq_softc *sc =
	    (struct testvq_softc *)vq->vq_owner->sc_child;

	switch (sc->sc_mode) {
	case CPUS_SPL:
		cpus_answers(sc);
		break;
	case CPUS_CROSSED:
		mtx_enter(&sc->sc_other);
		mtx_enter(&sc->sc_mtx);
		cpus_answers(sc);
		mtx_leave(&sc->sc_mtx);
		mtx_leave(&sc->sc_other);
		break;
	case CPUS_THREE:
		mtx_enter(&sc->sc_other);
		mtx_enter(&cpus_third);
		cpus_answers(sc);
		mtx_leave(&cpus_third);
		mtx_leave(&sc->sc_other);
		break;
	default:
		mtx_enter(&sc->sc_mtx);
		cpus_answers(sc);
		mtx_leave(&sc->sc_mtx);
		break;
	}
	if (sc->sc_mode == CPUS_RACE || sc->sc_mode == CPUS_COUNT ||
	    sc->sc_mode == CPUS_COUNT_LEVEL)
		sc->sc_shared++;
	else if (sc->sc_mode == CPUS_STORE)
		sc->sc_shared = 2;
	else if (sc->sc_mode == CPUS_CLUSTER)
		cpus_packet = m_freem(cpus_packet);
	else if ((sc->sc_mode == CPUS_OWN || sc->sc_mode == CPUS_OWN_LEFT) &&
	    sc->sc_shared == 1)
		panic("testvq: an interrupt in the middle");
	else if (sc->sc_mode == CPUS_OWN_TWO)
		sc->sc_shared = 3;
	else if (sc->sc_mode == CPUS_STATIC && cpus_phase == 1)
		panic("testvq: an interrupt in the middle");
	wakeup(sc);
	return 1;
}

static void
cpus_send(struct testvq_softc *sc, int notify)
{
	struct virtio_softc *vsc = sc->sc_virtio;
	struct virtqueue *vq = &sc->sc_vq;
	int slot;

	memset(sc->sc_kva, 0x5a, REQUEST);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_map, 0, REQUEST,
	    BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(vsc->sc_dmat, sc->sc_map, PAGE_SIZE / 2, REQUEST,
	    BUS_DMASYNC_PREREAD);
	if (virtio_enqueue_prep(vq, &slot) != 0 ||
	    virtio_enqueue_reserve(vq, slot, 2) != 0)
		panic("testvq: the queue is full");
	virtio_enqueue_p(vq, slot, sc->sc_map, 0, REQUEST, 1);
	virtio_enqueue_p(vq, slot, sc->sc_map, PAGE_SIZE / 2, REQUEST, 0);
	virtio_enqueue_commit(vsc, vq, slot, notify);
}

static void
cpus_send_locked(struct testvq_softc *sc)
{
	mtx_enter(&sc->sc_mtx);
	cpus_send(sc, 1);
	mtx_leave(&sc->sc_mtx);
}

/* As drivers did it when there was one CPU. */
static void
cpus_wait_spl(struct testvq_softc *sc, int before)
{
	int s = splbio();

	cpus_send(sc, 1);
	while (sc->sc_done == before)
		(void)tsleep_nsec(sc, 0, "testvq", INFSLP);
	splx(s);
}

static void
cpus_wait(struct testvq_softc *sc, int before)
{
	mtx_enter(&sc->sc_mtx);
	cpus_send(sc, 1);
	if (sc->sc_mode == CPUS_CROSSED) {
		mtx_enter(&sc->sc_other);
		mtx_leave(&sc->sc_other);
	}
	while (sc->sc_done == before)
		(void)msleep_nsec(sc, &sc->sc_mtx, 0, "testvq", INFSLP);
	mtx_leave(&sc->sc_mtx);
	if (sc->sc_mode == CPUS_RACE)
		sc->sc_shared++;
}

/* One for the handler, and two copies that have its cluster. */
static void
cpus_packet_make(struct mbuf *copies[2])
{
	struct mbuf *m = MCLGETL(NULL, M_WAIT, MCLBYTES);

	m->m_len = m->m_pkthdr.len = REQUEST;
	for (int i = 0; i < 2; i++)
		copies[i] = m_copym(m, 0, M_COPYALL, M_WAIT);
	cpus_packet = m;
}

/* It may come before, and behind. */
static void
cpus_own(struct testvq_softc *sc)
{
	int was;

	mtx_enter(&sc->sc_mtx);
	sc->sc_shared = 0;
	cpus_send(sc, 1);
	mtx_leave(&sc->sc_mtx);
	was = hc->kernel(1);
	hc->busy();
	if (sc->sc_mode == CPUS_OWN_LEFT)
		mtx_enter(&sc->sc_other);
	sc->sc_shared = 1;
	if (sc->sc_mode == CPUS_OWN_LEFT)
		mtx_leave(&sc->sc_other);
	if (sc->sc_mode == CPUS_OWN_TWO) {
		if (sc->sc_done < 0)
			panic("testvq: fewer answers than none");
		hc->own(CPUS_OWN_TWO, 1);
		hc->own(CPUS_OWN_TWO, 0);
	}
	hc->busy();
	sc->sc_shared = 2;
	(void)hc->kernel(was);
}

static void
cpus_static(struct testvq_softc *sc)
{
	cpus_phase = 0;
	cpus_send_locked(sc);
	splx(splbio());
	cpus_phase = 1;
	splx(splbio());
	cpus_phase = 2;
}

static void
cpus_wait_here(struct testvq_softc *sc, int before)
{
	struct mbuf *copies[2] = { NULL, NULL };
	int s = 0;

	if (sc->sc_mode == CPUS_CLUSTER)
		cpus_packet_make(copies);
	if (sc->sc_mode == CPUS_STATIC) {
		cpus_static(sc);
	} else if (sc->sc_mode >= CPUS_OWN) {
		cpus_own(sc);
	} else {
		cpus_send_locked(sc);
	}
	if (sc->sc_mode == CPUS_COUNT_LEVEL)
		s = splbio();
	if (sc->sc_mode == CPUS_STORE)
		sc->sc_shared = 1;
	else if (sc->sc_mode == CPUS_COUNT || sc->sc_mode == CPUS_COUNT_LEVEL)
		sc->sc_shared++;
	m_freem(copies[0]);
	m_freem(copies[1]);
	if (sc->sc_mode == CPUS_COUNT_LEVEL)
		splx(s);
	if (sc->sc_mode != CPUS_SLEEP)
		s = splbio();
	while (sc->sc_done == before)
		(void)tsleep_nsec(sc, 0, "testvq", INFSLP);
	if (sc->sc_mode != CPUS_SLEEP)
		splx(s);
}

static void
cpus_late(void *arg)
{
	struct testvq_softc *sc = arg;

	sc->sc_shared = 2;
	wakeup(sc);
}

static void
cpus_wait_timeout(struct testvq_softc *sc)
{
	int s;

	timeout_set(&cpus_timeout, cpus_late, sc);
	sc->sc_shared = 1;
	timeout_add_msec(&cpus_timeout, 5);
	(void)virtio_get_status(sc->sc_virtio);
	if (sc->sc_shared != 1)
		panic("testvq: five milliseconds have passed");
	s = splsoftclock();
	while (sc->sc_shared == 1)
		(void)tsleep_nsec(sc, 0, "testvq", INFSLP);
	splx(s);
}

/* Before the task, or behind: on one CPU it runs at once. */
static void
cpus_work(void *arg)
{
	struct testvq_softc *sc = arg;

	if (sc->sc_mode == CPUS_THREE) {
		mtx_enter(&cpus_third);
		mtx_enter(&sc->sc_mtx);
		mtx_leave(&sc->sc_mtx);
		mtx_leave(&cpus_third);
		return;
	}
	mtx_enter(&sc->sc_mtx);
	if (sc->sc_mode == CPUS_TASK && sc->sc_shared == 1)
		panic("testvq: a task behind what came after it");
	sc->sc_shared++;
	mtx_leave(&sc->sc_mtx);
}

static void
cpus_tasks(struct testvq_softc *sc)
{
	int count;

	task_set(&cpus_task, cpus_work, sc);
	sc->sc_shared = 0;
	task_add(systqmp, &cpus_task);
	mtx_enter(&sc->sc_mtx);
	count = ++sc->sc_shared;
	mtx_leave(&sc->sc_mtx);
	taskq_barrier(systqmp);
	if (count + sc->sc_shared != 4 && sc->sc_mode == CPUS_TASK_COUNT &&
	    count + sc->sc_shared != 3)
		panic("testvq: a count was lost");
}

/* No handler and no task comes here, on this CPU. */
static void
cpus_three(struct testvq_softc *sc, int before)
{
	mtx_init(&cpus_third, IPL_BIO);
	task_set(&cpus_task, cpus_work, sc);
	mtx_enter(&sc->sc_mtx);
	cpus_send(sc, 1);
	task_add(systqmp, &cpus_task);
	mtx_enter(&sc->sc_other);
	mtx_leave(&sc->sc_other);
	mtx_leave(&sc->sc_mtx);
	taskq_barrier(systqmp);
	mtx_enter(&cpus_third);
	while (sc->sc_done == before)
		(void)msleep_nsec(sc, &cpus_third, 0, "testvq", INFSLP);
	mtx_leave(&cpus_third);
}

static void
cpus_timeout_level(struct testvq_softc *sc)
{
	int s = splsoftclock();

	timeout_set_flags(&cpus_timeout, cpus_work, sc, KCLOCK_NONE,
	    TIMEOUT_MPSAFE);
	sc->sc_shared = 0;
	timeout_add_msec(&cpus_timeout, 5);
	(void)virtio_get_status(sc->sc_virtio);
	mtx_enter(&sc->sc_mtx);
	if (sc->sc_shared != 0)
		panic("testvq: a timeout came past its level");
	mtx_leave(&sc->sc_mtx);
	splx(s);
	timeout_del_barrier(&cpus_timeout);
}

/* The device has answered, and its interrupt is to have been here. */
static void
cpus_barrier(struct testvq_softc *sc, int before)
{
	cpus_send_locked(sc);
	while (sc->sc_done == before && virtio_nused(&sc->sc_vq) == 0)
		continue;
	virtio_intr_barrier(sc->sc_virtio);
	if (sc->sc_done == before)
		panic("testvq: an interrupt is still to come");
}

/* Which entries a chain of three has: the slot, and those behind it. */
static void
cpus_chain(struct virtqueue *vq, int chain[3])
{
	if (virtio_enqueue_prep(vq, &chain[0]) != 0 ||
	    virtio_enqueue_reserve(vq, chain[0], 3) != 0)
		panic("testvq: the queue is full");
	for (int i = 1; i < 3; i++)
		chain[i] = vq->vq_entries[chain[i - 1]].qe_chain;
	virtio_enqueue_abort(vq, chain[0]);
}

/* What was taken for nothing is next again, what was used comes last. */
static void
cpus_slots(struct testvq_softc *sc, int before)
{
	struct virtqueue *vq = &sc->sc_vq;
	int first[3], again[3], after[3];

	cpus_chain(vq, first);
	cpus_chain(vq, again);
	if (memcmp(first, again, sizeof(first)) != 0)
		panic("testvq: other entries than were put back");
	cpus_wait(sc, before);
	cpus_chain(vq, after);
	for (int i = 0; i < 3; i++)
		if (after[i] == first[0])
			panic("testvq: an entry comes again at once");
}

/* 1 if it was not there at the first look. */
static int
cpus_poll(struct testvq_softc *sc, int notify)
{
	int before = sc->sc_done, late;

	virtio_stop_vq_intr(sc->sc_virtio, &sc->sc_vq);
	cpus_send(sc, notify);
	late = virtio_nused(&sc->sc_vq) == 0 && sc->sc_done == before;
	while (sc->sc_done == before)
		if (virtio_nused(&sc->sc_vq) != 0)
			cpus_answers(sc);
	return late;
}

int
testdev_raise(uint64_t mode)
{
	struct testvq_softc *sc = testvq_first();
	int before;

	if (sc == NULL)
		return ENXIO;
	/* A handler of the step before may be about to look at it. */
	if (sc->sc_mode != mode)
		sc->sc_mode = mode;
	before = sc->sc_done;
	if (mode == CPUS_POLL) {
		(void)cpus_poll(sc, 1);
	} else if (mode == CPUS_POLL_LOST) {
		if (cpus_poll(sc, 1))
			(void)cpus_poll(sc, 0);
		before = sc->sc_done - 1;
	} else if (mode == CPUS_TIMEOUT) {
		cpus_wait_timeout(sc);
		before--;
	} else if (mode == CPUS_TASK || mode == CPUS_TASK_COUNT) {
		cpus_tasks(sc);
		before--;
	} else if (mode == CPUS_TIMEOUT_LEVEL) {
		cpus_timeout_level(sc);
		before--;
	} else if (mode == CPUS_THREE) {
		cpus_three(sc, before);
	} else if (mode == CPUS_SLOTS) {
		cpus_slots(sc, before);
	} else if (mode == CPUS_BARRIER) {
		cpus_barrier(sc, before);
	} else if (mode >= CPUS_SLEEP) {
		cpus_wait_here(sc, before);
	} else if (mode == CPUS_UNKNOWN) {
		cpus_send(sc, 1);
		if (sc->sc_done == before)
			hc->unmodelled("what_is_not_there");
	} else if (mode == CPUS_SPL)
		cpus_wait_spl(sc, before);
	else
		cpus_wait(sc, before);
	return sc->sc_done == before + 1 ? 0 : EIO;
}

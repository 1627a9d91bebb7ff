/*
 * Virtio over PCI: interrupts, VIRTIO 1.2 sections 4.1.5.1.2 and 4.1.5.3.
 *
 * A vector for each queue if there are as many, else one for all of them,
 * else the line, whose cause the ISR register tells.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/mutex.h>

#include <machine/bus.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>
#include <dev/pci/virtio_pcireg.h>
#include <dev/pci/virtio_pcivar.h>

int	virtio_pci_establish_msix(struct virtio_pci_softc *,
	    struct pci_attach_args *, int, struct cpu_info *,
	    int (*)(void *), void *);
int	virtio_pci_try_msix(struct virtio_pci_softc *,
	    struct pci_attach_args *, enum virtio_pci_irq);
int	virtio_pci_try_intx(struct virtio_pci_softc *,
	    struct pci_attach_args *);
int	virtio_pci_config_change(struct virtio_softc *);
int	virtio_pci_intx_intr(void *);
int	virtio_pci_config_intr(void *);
int	virtio_pci_shared_intr(void *);
int	virtio_pci_queue_intr(void *);

const char *const virtio_pci_irq_names[] = {
	[IRQ_NONE] = "no interrupts",
	[IRQ_INTX] = "interrupt line",
	[IRQ_MSIX_SHARED] = "msix, one vector for all queues",
	[IRQ_MSIX_PER_VQ] = "msix, one vector for each queue",
	[IRQ_MSIX_CHILD] = "msix, vectors of its driver",
};

/*
 * Interrupts
 */

/* The vector of a queue, by the way that was chosen. */
static int
virtio_pci_vector_of(struct virtio_pci_softc *sc, struct virtqueue *vq)
{
	switch (sc->sc_irq) {
	case IRQ_MSIX_SHARED:
		return 1;
	case IRQ_MSIX_PER_VQ:
		return vq->vq_index + 1;
	case IRQ_MSIX_CHILD:
		return vq->vq_intr_vec;
	default:
		return VIRTIO_MSI_NO_VECTOR;
	}
}

/*
 * Tell the device its vectors; also after a reset, which forgets them.  It
 * may refuse one, which only reading it back shows (4.1.5.1.2).
 */
int
virtio_pci_setup_intrs(struct virtio_softc *vsc)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	struct virtqueue *vq;
	int i, vec;

	if (sc->sc_irq == IRQ_NONE || sc->sc_irq == IRQ_INTX)
		return 0;

	if (sc->sc_config_vector(sc, 0) != 0)
		return ENODEV;

	for (i = 0; i < vsc->sc_nvqs; i++) {
		vq = &vsc->sc_vqs[i];
		if (vq->vq_owner == NULL)
			continue;
		vec = virtio_pci_vector_of(sc, vq);
		if (sc->sc_queue_vector(sc, vq->vq_index, vec) != vec)
			return ENODEV;
	}
	return 0;
}

int
virtio_pci_attach_finish(struct virtio_softc *vsc,
    struct virtio_attach_args *va)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	struct virtio_pci_attach_args *vpa =
	    (struct virtio_pci_attach_args *)va;

	/* The child made its own, and said which queue has which. */
	if (sc->sc_irq == IRQ_MSIX_CHILD)
		return virtio_pci_setup_intrs(vsc);

	if (virtio_pci_try_msix(sc, vpa->vpa_pa, IRQ_MSIX_PER_VQ) == 0 ||
	    virtio_pci_try_msix(sc, vpa->vpa_pa, IRQ_MSIX_SHARED) == 0)
		return 0;
	return virtio_pci_try_intx(sc, vpa->vpa_pa);
}

/* All vectors of one way to use them, or none. */
int
virtio_pci_try_msix(struct virtio_pci_softc *sc, struct pci_attach_args *pa,
    enum virtio_pci_irq irq)
{
	struct virtio_softc *vsc = &sc->sc_sc;
	struct virtqueue *vq;
	int i, error;

	if (sc->sc_nvectors < 2)
		return ENODEV;
	/* One queue is not worth a vector that says which. */
	if (irq == IRQ_MSIX_PER_VQ && vsc->sc_nvqs < 2)
		return ENODEV;

	sc->sc_irq = irq;
	error = virtio_pci_establish_msix(sc, pa, 0, NULL,
	    virtio_pci_config_intr, vsc);
	if (error == 0 && irq == IRQ_MSIX_SHARED)
		error = virtio_pci_establish_msix(sc, pa, 1, NULL,
		    virtio_pci_shared_intr, vsc);
	for (i = 0; error == 0 && irq == IRQ_MSIX_PER_VQ &&
	    i < vsc->sc_nvqs; i++) {
		vq = &vsc->sc_vqs[i];
		if (vq->vq_owner == NULL)
			continue;
		error = virtio_pci_establish_msix(sc, pa,
		    virtio_pci_vector_of(sc, vq), NULL, virtio_pci_queue_intr,
		    vq);
	}
	if (error == 0)
		error = virtio_pci_setup_intrs(vsc);
	if (error != 0)
		virtio_pci_disestablish(sc);
	return error;
}

int
virtio_pci_establish_msix(struct virtio_pci_softc *sc,
    struct pci_attach_args *pa, int vec, struct cpu_info *ci,
    int (*fn)(void *), void *arg)
{
	struct virtio_softc *vsc = &sc->sc_sc;
	struct virtio_pci_vector *v;
	pci_intr_handle_t ih;

	if (vec < 0 || vec >= sc->sc_nvectors)
		return ERANGE;
	v = &sc->sc_vectors[vec];
	if (v->v_ih != NULL)
		return EBUSY;

	if (pci_intr_map_msix(pa, vec, &ih) != 0)
		return ENODEV;
	snprintf(v->v_name, sizeof(v->v_name), "%s:%d", vsc->sc_dev.dv_xname,
	    vec);
	v->v_ih = pci_intr_establish_cpu(sc->sc_pc, ih, vsc->sc_ipl, ci, fn,
	    arg, v->v_name);
	/* MSI-X is on from now: that moves the configuration. */
	if (sc->sc_legacy)
		virtio_pci_legacy_place_config(sc);
	return v->v_ih == NULL ? ENOMEM : 0;
}

int
virtio_pci_try_intx(struct virtio_pci_softc *sc, struct pci_attach_args *pa)
{
	struct virtio_softc *vsc = &sc->sc_sc;
	struct virtio_pci_vector *v = &sc->sc_vectors[0];
	pci_intr_handle_t ih;

	if (pci_intr_map(pa, &ih) != 0)
		return ENODEV;
	v->v_ih = pci_intr_establish(sc->sc_pc, ih, vsc->sc_ipl,
	    virtio_pci_intx_intr, vsc, vsc->sc_dev.dv_xname);
	if (v->v_ih == NULL)
		return ENOMEM;
	sc->sc_irq = IRQ_INTX;
	return 0;
}

/* A child's own vector: before virtio_attach_finish(), MSI-X only. */
int
virtio_pci_intr_establish(struct virtio_softc *vsc,
    struct virtio_attach_args *va, int vec, struct cpu_info *ci,
    int (*fn)(void *), void *arg)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	struct virtio_pci_attach_args *vpa =
	    (struct virtio_pci_attach_args *)va;
	int error;

	if (sc->sc_irq != IRQ_NONE && sc->sc_irq != IRQ_MSIX_CHILD)
		return EINVAL;
	error = virtio_pci_establish_msix(sc, vpa->vpa_pa, vec, ci, fn, arg);
	if (error != 0)
		return error;
	sc->sc_irq = IRQ_MSIX_CHILD;
	return 0;
}

void
virtio_pci_disestablish(struct virtio_pci_softc *sc)
{
	struct virtio_pci_vector *v;
	int i;

	for (i = 0; i < sc->sc_nvectors; i++) {
		v = &sc->sc_vectors[i];
		if (v->v_ih == NULL)
			continue;
		pci_intr_disestablish(sc->sc_pc, v->v_ih);
		v->v_ih = NULL;
	}
	sc->sc_irq = IRQ_NONE;
}

/* When this returns, no handler is running. */
void
virtio_pci_intr_barrier(struct virtio_softc *vsc)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	int i;

	for (i = 0; i < sc->sc_nvectors; i++)
		if (sc->sc_vectors[i].v_ih != NULL)
			intr_barrier(sc->sc_vectors[i].v_ih);
}

/* Such changes are rare: the handler may rely on the kernel lock. */
int
virtio_pci_config_change(struct virtio_softc *vsc)
{
	int r;

	if (vsc->sc_config_change == NULL)
		return 0;
	if (vsc->sc_ipl & IPL_MPSAFE)
		KERNEL_LOCK();
	r = vsc->sc_config_change(vsc);
	if (vsc->sc_ipl & IPL_MPSAFE)
		KERNEL_UNLOCK();
	return r;
}

/* The line may be shared; reading the status tells, and clears it. */
int
virtio_pci_intx_intr(void *arg)
{
	struct virtio_softc *vsc = arg;
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	int isr;

	isr = bus_space_read_1(sc->sc_isr.r_iot, sc->sc_isr.r_ioh, 0);
	if (isr == 0)
		return 0;
	if (isr & VIRTIO_CONFIG_ISR_CONFIG_CHANGE)
		virtio_pci_config_change(vsc);
	if (isr & VIRTIO_CONFIG_ISR_QUEUE_INTERRUPT)
		virtio_check_vqs(vsc);
	return 1;
}

int
virtio_pci_config_intr(void *arg)
{
	virtio_pci_config_change(arg);
	return 1;
}

int
virtio_pci_shared_intr(void *arg)
{
	virtio_check_vqs(arg);
	return 1;
}

int
virtio_pci_queue_intr(void *arg)
{
	struct virtqueue *vq = arg;

	virtio_check_vq(vq->vq_owner, vq);
	return 1;
}

/* Do what interrupts would, where none can come. */
int
virtio_pci_poll_intr(void *arg)
{
	struct virtio_softc *vsc = arg;
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (sc->sc_irq == IRQ_INTX)
		return virtio_pci_intx_intr(arg);
	return virtio_check_vqs(vsc);
}

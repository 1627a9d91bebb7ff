/*
 * Virtio over PCI, VIRTIO 1.2 section 4.1: autoconf, and modern devices.
 *
 * The order of initialisation is that of section 3.1.1:
 *
 *	virtio_pci_attach	reset, wait for it; ACK, DRIVER; find a child
 *	the child's attach	virtio_pci_neg_features: FEATURES_OK, read back
 *	virtio_attach_finish	virtio_pci_attach_finish: interrupts, vectors
 *				virtio_pci_setup_queue: each queue, enabled
 *				DRIVER_OK
 *
 * All that knows the modern register layout is in virtio_pci_ops and in
 * virtio_pci_attach_modern(); a legacy device has its own two in
 * virtio_pci_legacy.c.  A device that is both is taken as modern, unless the
 * kernel's configuration says otherwise.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/malloc.h>
#include <sys/mutex.h>

#include <machine/bus.h>

#include <dev/pci/pcidevs.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>
#include <dev/pci/virtio_pcireg.h>
#include <dev/pci/virtio_pcivar.h>

#define VIRTIO_PCI_RESET_TIMEOUT	1000000	/* microseconds */
#define VIRTIO_PCI_RESET_STEP		10
#define VIRTIO_PCI_NCAPS		48	/* that fit the space */

int	virtio_pci_match(struct device *, void *, void *);
void	virtio_pci_attach(struct device *, struct device *, void *);
int	virtio_pci_detach(struct device *, int);

int	virtio_pci_attach_modern(struct virtio_pci_softc *,
	    struct pci_attach_args *);
int	virtio_pci_map_cap(struct virtio_pci_softc *,
	    struct pci_attach_args *, int);
int	virtio_pci_map_region(struct virtio_pci_softc *,
	    struct pci_attach_args *, struct virtio_pci_region *,
	    const struct virtio_pci_cap *, bus_size_t);
int	virtio_pci_device_id(struct pci_attach_args *);
void	virtio_pci_release(struct virtio_pci_softc *);

void	virtio_pci_kick(struct virtio_softc *, uint16_t);
uint16_t virtio_pci_read_queue_size(struct virtio_softc *, uint16_t);
void	virtio_pci_setup_queue(struct virtio_softc *, struct virtqueue *,
	    uint64_t);
int	virtio_pci_get_status(struct virtio_softc *);
void	virtio_pci_set_status(struct virtio_softc *, int);
int	virtio_pci_neg_features(struct virtio_softc *,
	    const struct virtio_feature_name *);
static int virtio_pci_config_vector(struct virtio_pci_softc *, int);
static int virtio_pci_queue_vector(struct virtio_pci_softc *, int, int);

const struct cfattach virtio_pci_ca = {
	sizeof(struct virtio_pci_softc),
	virtio_pci_match,
	virtio_pci_attach,
	virtio_pci_detach
};

static const struct virtio_ops virtio_pci_ops = {
	.kick = virtio_pci_kick,
	.read_dev_cfg_1 = virtio_pci_read_dev_cfg_1,
	.read_dev_cfg_2 = virtio_pci_read_dev_cfg_2,
	.read_dev_cfg_4 = virtio_pci_read_dev_cfg_4,
	.read_dev_cfg_8 = virtio_pci_read_dev_cfg_8,
	.write_dev_cfg_1 = virtio_pci_write_dev_cfg_1,
	.write_dev_cfg_2 = virtio_pci_write_dev_cfg_2,
	.write_dev_cfg_4 = virtio_pci_write_dev_cfg_4,
	.write_dev_cfg_8 = virtio_pci_write_dev_cfg_8,
	.read_queue_size = virtio_pci_read_queue_size,
	.setup_queue = virtio_pci_setup_queue,
	.setup_intrs = virtio_pci_setup_intrs,
	.get_status = virtio_pci_get_status,
	.set_status = virtio_pci_set_status,
	.neg_features = virtio_pci_neg_features,
	.attach_finish = virtio_pci_attach_finish,
	.poll_intr = virtio_pci_poll_intr,
	.intr_barrier = virtio_pci_intr_barrier,
	.intr_establish = virtio_pci_intr_establish,
};

/* Registers of the common configuration, each in its own width. */
#define COMMON(field)	offsetof(struct virtio_pci_common_cfg, field)
#define CREAD(sc, n, field)						\
	bus_space_read_##n((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh, \
	    COMMON(field))
#define CWRITE(sc, n, field, v)						\
	bus_space_write_##n((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh, \
	    COMMON(field), (v))
/* 64 bits are two registers of 32, the low one first. */
#define CWRITE_8(sc, field, v) do {					\
	bus_space_write_4((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh,	\
	    COMMON(field), (uint32_t)(v));				\
	bus_space_write_4((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh,	\
	    COMMON(field) + 4, (uint32_t)((uint64_t)(v) >> 32));	\
} while (0)

/*
 * Autoconf
 */

/* Type of the device, or -1 if it is no virtio device. */
int
virtio_pci_device_id(struct pci_attach_args *pa)
{
	int product = PCI_PRODUCT(pa->pa_id);

	if (PCI_VENDOR(pa->pa_id) != PCI_VENDOR_QUMRANET)
		return -1;
	if (product < VIRTIO_PCI_PRODUCT_TRANSITIONAL_FIRST ||
	    product > VIRTIO_PCI_PRODUCT_LAST)
		return -1;
	if (product >= VIRTIO_PCI_PRODUCT_MODERN_FIRST)
		return product - VIRTIO_PCI_PRODUCT_MODERN_FIRST;
	/* Transitional: the subsystem says it, and the revision is 0. */
	if (PCI_REVISION(pa->pa_class) != 0)
		return -1;
	return PCI_PRODUCT(pci_conf_read(pa->pa_pc, pa->pa_tag,
	    PCI_SUBSYS_ID_REG));
}

int
virtio_pci_match(struct device *parent, void *match, void *aux)
{
	struct pci_attach_args *pa = aux;

	return virtio_pci_device_id(pa) > 0;
}

/* Modern if the device can be that, legacy if not, or if that is wanted. */
static int
virtio_pci_attach_registers(struct virtio_pci_softc *sc,
    struct pci_attach_args *pa)
{
	int prefer_09 = sc->sc_sc.sc_dev.dv_cfdata->cf_flags &
	    VIRTIO_CF_PREFER_VERSION_09;
	int error;

	if (prefer_09 && virtio_pci_attach_legacy(sc, pa) == 0)
		return 0;
	error = virtio_pci_attach_modern(sc, pa);
	if (error == ENODEV && !prefer_09) {
		virtio_pci_release(sc);
		error = virtio_pci_attach_legacy(sc, pa);
	}
	if (error == ENODEV)
		printf(": no virtio registers\n");
	return error;
}

void
virtio_pci_attach(struct device *parent, struct device *self, void *aux)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)self;
	struct virtio_softc *vsc = &sc->sc_sc;
	struct pci_attach_args *pa = aux;
	struct virtio_pci_attach_args vpa = { { 0 } };
	int devid;

	devid = virtio_pci_device_id(pa);
	sc->sc_pc = pa->pa_pc;
	sc->sc_tag = pa->pa_tag;
	vsc->sc_dmat = pa->pa_dmat;

	if (virtio_pci_attach_registers(sc, pa) != 0) {
		virtio_pci_release(sc);
		return;
	}
	printf(": %s\n", virtio_device_string(devid));

	sc->sc_nvectors = min(pci_intr_msix_count(pa), VIRTIO_PCI_NVECTORS);
	if (sc->sc_nvectors < 1)
		sc->sc_nvectors = 1;
	sc->sc_vectors = mallocarray(sc->sc_nvectors,
	    sizeof(struct virtio_pci_vector), M_DEVBUF, M_WAITOK | M_ZERO);

	virtio_device_reset(vsc);
	if (virtio_get_status(vsc) != 0) {
		printf("%s: device does not finish its reset\n",
		    vsc->sc_dev.dv_xname);
		goto fail;
	}
	virtio_set_status(vsc, VIRTIO_STATUS(ACK));
	virtio_set_status(vsc, VIRTIO_STATUS(DRIVER));

	vpa.vpa_va.va_devid = devid;
	vpa.vpa_va.va_nintr = sc->sc_nvectors;
	vpa.vpa_pa = pa;
	config_found(self, &vpa.vpa_va, NULL);

	if (vsc->sc_child == NULL) {
		printf("%s: no driver for it: not configured\n",
		    vsc->sc_dev.dv_xname);
		goto fail;
	}
	if (vsc->sc_child == VIRTIO_CHILD_ERROR) {
		printf("%s: its driver failed\n", vsc->sc_dev.dv_xname);
		goto fail;
	}
	printf("%s: %s\n", vsc->sc_dev.dv_xname,
	    virtio_pci_irq_names[sc->sc_irq]);
	return;

fail:
	virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	virtio_pci_release(sc);
}

int
virtio_pci_detach(struct device *self, int flags)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)self;
	struct virtio_softc *vsc = &sc->sc_sc;
	int error;

	/* Also a child whose attach failed, which has nothing any more. */
	error = config_detach_children(self, flags);
	if (error != 0)
		return error;
	vsc->sc_child = NULL;

	/* Released already if the attachment failed. */
	if (sc->sc_common.r_size != 0) {
		virtio_device_reset(vsc);
		if (virtio_get_status(vsc) != 0)
			return EBUSY;
	}
	virtio_pci_release(sc);
	return 0;
}

/* Give back vectors and mappings; the device is of no use afterwards. */
void
virtio_pci_release(struct virtio_pci_softc *sc)
{
	struct virtio_pci_bar *b;
	int i;

	virtio_pci_disestablish(sc);
	if (sc->sc_vectors != NULL) {
		free(sc->sc_vectors, M_DEVBUF,
		    sc->sc_nvectors * sizeof(struct virtio_pci_vector));
		sc->sc_vectors = NULL;
	}
	sc->sc_nvectors = 0;

	for (i = 0; i < VIRTIO_PCI_NBARS; i++) {
		b = &sc->sc_bars[i];
		if (b->b_size == 0)
			continue;
		bus_space_unmap(b->b_iot, b->b_ioh, b->b_size);
		b->b_size = 0;
	}
	sc->sc_common.r_size = sc->sc_notify.r_size = 0;
	sc->sc_isr.r_size = sc->sc_devcfg.r_size = 0;
}

/*
 * Finding the registers
 */

/* Map what the capabilities point to. */
int
virtio_pci_attach_modern(struct virtio_pci_softc *sc,
    struct pci_attach_args *pa)
{
	pcireg_t reg;
	int off, i, error;

	sc->sc_sc.sc_ops = &virtio_pci_ops;
	sc->sc_config_vector = virtio_pci_config_vector;
	sc->sc_queue_vector = virtio_pci_queue_vector;

	if (pci_get_capability(sc->sc_pc, sc->sc_tag, PCI_CAP_VENDSPEC, &off,
	    &reg) == 0)
		return ENODEV;

	/* From the first one on, every capability of that kind. */
	for (i = 0; i < VIRTIO_PCI_NCAPS && off != 0; i++) {
		reg = pci_conf_read(sc->sc_pc, sc->sc_tag, off);
		if ((reg & 0xff) == PCI_CAP_VENDSPEC) {
			error = virtio_pci_map_cap(sc, pa, off);
			if (error != 0) {
				printf(": capability at 0x%x: error %d\n",
				    off, error);
				return error;
			}
		}
		off = (reg >> 8) & 0xfc;
	}

	if (sc->sc_common.r_size == 0 || sc->sc_notify.r_size == 0 ||
	    sc->sc_isr.r_size == 0)
		return ENODEV;
	return 0;
}

/*
 * One capability.  The first of each type is the one that the device likes
 * best (4.1.4); types and BARs that are reserved are passed over.
 */
int
virtio_pci_map_cap(struct virtio_pci_softc *sc, struct pci_attach_args *pa,
    int off)
{
	struct virtio_pci_region *r;
	struct virtio_pci_cap cap;
	bus_size_t minsize;
	pcireg_t reg[4];
	int i;

	for (i = 0; i < 4; i++)
		reg[i] = pci_conf_read(sc->sc_pc, sc->sc_tag, off + i * 4);
	cap.cap_len = (reg[0] >> 16) & 0xff;
	cap.cfg_type = (reg[0] >> 24) & 0xff;
	cap.bar = reg[1] & 0xff;
	cap.offset = reg[2];
	cap.length = reg[3];

	switch (cap.cfg_type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		r = &sc->sc_common;
		minsize = sizeof(struct virtio_pci_common_cfg);
		break;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		r = &sc->sc_notify;
		minsize = sizeof(uint16_t);
		break;
	case VIRTIO_PCI_CAP_ISR_CFG:
		r = &sc->sc_isr;
		minsize = sizeof(uint8_t);
		break;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		r = &sc->sc_devcfg;
		minsize = 1;
		break;
	default:
		return 0;
	}

	if (r->r_size != 0 || cap.bar >= VIRTIO_PCI_NBARS)
		return 0;
	if (cap.cap_len < sizeof(struct virtio_pci_cap) ||
	    cap.length < minsize)
		return EINVAL;
	if (cap.cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
		if (cap.cap_len < sizeof(struct virtio_pci_notify_cap))
			return EINVAL;
		sc->sc_notify_mult = pci_conf_read(sc->sc_pc, sc->sc_tag, off +
		    offsetof(struct virtio_pci_notify_cap,
		    notify_off_multiplier));
		/* 0, or an even power of two (4.1.4.4.1): 2 at least */
		if (sc->sc_notify_mult == 1)
			return EINVAL;
	}
	return virtio_pci_map_region(sc, pa, r, &cap, minsize);
}

int
virtio_pci_map_region(struct virtio_pci_softc *sc, struct pci_attach_args *pa,
    struct virtio_pci_region *r, const struct virtio_pci_cap *cap,
    bus_size_t minsize)
{
	struct virtio_pci_bar *b = &sc->sc_bars[cap->bar];
	bus_size_t size = cap->length;
	pcireg_t type;
	int reg, error;

	if (b->b_size == 0) {
		reg = PCI_MAPREG_START + cap->bar * 4;
		type = pci_mapreg_type(sc->sc_pc, sc->sc_tag, reg);
		error = pci_mapreg_map(pa, reg, type, 0, &b->b_iot, &b->b_ioh,
		    NULL, &b->b_size, 0);
		if (error != 0) {
			b->b_size = 0;
			return error;
		}
	}

	if (cap->offset >= b->b_size || minsize > b->b_size - cap->offset)
		return ERANGE;
	if (size > b->b_size - cap->offset)
		size = b->b_size - cap->offset;
	error = bus_space_subregion(b->b_iot, b->b_ioh, cap->offset, size,
	    &r->r_ioh);
	if (error != 0)
		return error;
	r->r_iot = b->b_iot;
	r->r_size = size;
	return 0;
}

/*
 * Status and features
 */
int
virtio_pci_get_status(struct virtio_softc *vsc)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	return CREAD(sc, 1, device_status);
}

/*
 * Bits are only ever added, but for a reset.  That may take its time, and
 * what is written before the status reads 0 is lost on some hosts (4.1.4.3.2
 * has the driver wait).
 */
void
virtio_pci_set_status(struct virtio_softc *vsc, int status)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	int us, old;

	if (status != 0) {
		if (sc->sc_resetting)
			return;
		old = CREAD(sc, 1, device_status);
		/* After FAILED nothing is written but a reset (2.1.1). */
		if ((old & status) != status)
			CWRITE(sc, 1, device_status, old | status);
		return;
	}

	CWRITE(sc, 1, device_status, 0);
	sc->sc_resetting = 1;
	for (us = 0; us < VIRTIO_PCI_RESET_TIMEOUT;
	    us += VIRTIO_PCI_RESET_STEP) {
		if (CREAD(sc, 1, device_status) == 0) {
			sc->sc_resetting = 0;
			return;
		}
		delay(VIRTIO_PCI_RESET_STEP);
	}
	/*
	 * Who needs the reset looks at the status; nothing more is written
	 * to it until another reset ends.
	 */
}

int
virtio_pci_neg_features(struct virtio_softc *vsc,
    const struct virtio_feature_name *names)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	uint64_t offered, taken;

	if (virtio_features_begin(vsc) != 0)
		goto fail;

	CWRITE(sc, 4, device_feature_select, 0);
	offered = CREAD(sc, 4, device_feature);
	CWRITE(sc, 4, device_feature_select, 1);
	offered |= (uint64_t)CREAD(sc, 4, device_feature) << 32;

	taken = virtio_features_choose(vsc, offered,
	    VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM);
	/* These registers are those of version 1, whatever it offers. */
	if ((taken & VIRTIO_F_VERSION_1) == 0)
		goto fail;

	CWRITE(sc, 4, driver_feature_select, 0);
	CWRITE(sc, 4, driver_feature, (uint32_t)taken);
	CWRITE(sc, 4, driver_feature_select, 1);
	CWRITE(sc, 4, driver_feature, (uint32_t)(taken >> 32));

	virtio_set_status(vsc, VIRTIO_STATUS(FEATURES_OK));
	if ((virtio_get_status(vsc) & VIRTIO_STATUS(FEATURES_OK)) == 0)
		goto fail;

	virtio_features_settle(vsc, offered, taken, 1, names);
	return 0;

fail:
	vsc->sc_active_features = 0;
	virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	return ENODEV;
}

/*
 * Device configuration.  What lies outside reads as 0.
 */
static int
virtio_pci_has_dev_cfg(struct virtio_pci_softc *sc, int off, int size)
{
	return off >= 0 && (bus_size_t)off + size <= sc->sc_devcfg.r_size;
}

uint8_t
virtio_pci_read_dev_cfg_1(struct virtio_softc *vsc, int off)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (!virtio_pci_has_dev_cfg(sc, off, 1))
		return 0;
	return bus_space_read_1(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh, off);
}

uint16_t
virtio_pci_read_dev_cfg_2(struct virtio_softc *vsc, int off)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (!virtio_pci_has_dev_cfg(sc, off, 2))
		return 0;
	return bus_space_read_2(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh, off);
}

uint32_t
virtio_pci_read_dev_cfg_4(struct virtio_softc *vsc, int off)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (!virtio_pci_has_dev_cfg(sc, off, 4))
		return 0;
	return bus_space_read_4(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh, off);
}

/* Two reads, again until both are of one generation (2.5.1). */
uint64_t
virtio_pci_read_dev_cfg_8(struct virtio_softc *vsc, int off)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	uint64_t v = 0;
	uint8_t before;
	int i;

	for (i = 0; i < VIRTIO_PCI_CONFIG_TRIES; i++) {
		before = CREAD(sc, 1, config_generation);
		v = virtio_pci_read_dev_cfg_4(vsc, off);
		v |= (uint64_t)virtio_pci_read_dev_cfg_4(vsc, off + 4) << 32;
		if (CREAD(sc, 1, config_generation) == before)
			break;
	}
	return v;
}

void
virtio_pci_write_dev_cfg_1(struct virtio_softc *vsc, int off, uint8_t v)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (virtio_pci_has_dev_cfg(sc, off, 1))
		bus_space_write_1(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh,
		    off, v);
}

void
virtio_pci_write_dev_cfg_2(struct virtio_softc *vsc, int off, uint16_t v)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (virtio_pci_has_dev_cfg(sc, off, 2))
		bus_space_write_2(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh,
		    off, v);
}

void
virtio_pci_write_dev_cfg_4(struct virtio_softc *vsc, int off, uint32_t v)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	if (virtio_pci_has_dev_cfg(sc, off, 4))
		bus_space_write_4(sc->sc_devcfg.r_iot, sc->sc_devcfg.r_ioh,
		    off, v);
}

void
virtio_pci_write_dev_cfg_8(struct virtio_softc *vsc, int off, uint64_t v)
{
	virtio_pci_write_dev_cfg_4(vsc, off, (uint32_t)v);
	virtio_pci_write_dev_cfg_4(vsc, off + 4, (uint32_t)(v >> 32));
}

/*
 * Queues
 */
uint16_t
virtio_pci_read_queue_size(struct virtio_softc *vsc, uint16_t idx)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	/* Others may not be selected (4.1.4.3.2). */
	if (idx >= CREAD(sc, 2, num_queues))
		return 0;
	CWRITE(sc, 2, queue_select, idx);
	return CREAD(sc, 2, queue_size);
}

/*
 * Enable a queue at addr.  Its vector is set already.  It can only be
 * disabled by a reset: 0 is never written to queue_enable (4.1.4.3.2).
 */
void
virtio_pci_setup_queue(struct virtio_softc *vsc, struct virtqueue *vq,
    uint64_t addr)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	uint64_t notify_end;

	if (addr == 0)
		return;

	CWRITE(sc, 2, queue_select, vq->vq_index);
	CWRITE(sc, 2, queue_size, vq->vq_num);
	CWRITE_8(sc, queue_desc, addr);
	CWRITE_8(sc, queue_avail, addr + vq->vq_availoffset);
	CWRITE_8(sc, queue_used, addr + vq->vq_usedoffset);

	vq->vq_notify_off = CREAD(sc, 2, queue_notify_off);
	notify_end = (uint64_t)vq->vq_notify_off * sc->sc_notify_mult +
	    sizeof(uint16_t);
	if (notify_end > sc->sc_notify.r_size) {
		printf("%s: queue %d is notified outside of its region\n",
		    vsc->sc_dev.dv_xname, vq->vq_index);
		virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
		return;
	}

	CWRITE(sc, 2, queue_enable, 1);
	if (CREAD(sc, 2, queue_enable) != 1) {
		printf("%s: queue %d is not enabled\n", vsc->sc_dev.dv_xname,
		    vq->vq_index);
		virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	}
}

void
virtio_pci_kick(struct virtio_softc *vsc, uint16_t idx)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	struct virtqueue *vq;
	int i;

	/* A child's array need not be in the order of the numbers. */
	for (i = 0; i < vsc->sc_nvqs; i++) {
		vq = &vsc->sc_vqs[i];
		if (vq->vq_owner != NULL && vq->vq_index == idx)
			break;
	}
	KASSERT(i < vsc->sc_nvqs);

	bus_space_write_2(sc->sc_notify.r_iot, sc->sc_notify.r_ioh,
	    (bus_size_t)vq->vq_notify_off * sc->sc_notify_mult, idx);
}

/*
 * Vectors; a device may refuse one, which only reading it back shows
 */
static int
virtio_pci_config_vector(struct virtio_pci_softc *sc, int vec)
{
	CWRITE(sc, 2, config_msix_vector, vec);
	return CREAD(sc, 2, config_msix_vector);
}

static int
virtio_pci_queue_vector(struct virtio_pci_softc *sc, int idx, int vec)
{
	CWRITE(sc, 2, queue_select, idx);
	CWRITE(sc, 2, queue_msix_vector, vec);
	return CREAD(sc, 2, queue_msix_vector);
}

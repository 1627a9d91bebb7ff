/*
 * Virtio over MMIO, VIRTIO 1.2 section 4.2: a window of registers that the
 * device tree tells of; version 2, and version 1, the legacy one (4.2.4).
 *
 * The two differ in how features are agreed on (version 1 has 32 of them and
 * no FEATURES_OK) and in how a queue is told (its page, or three addresses).
 * A window may be empty; then its device id is 0, and nothing but that, the
 * magic number and the version may be read.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>

#include <machine/bus.h>
#include <machine/fdt.h>

#include <dev/ofw/fdt.h>
#include <dev/ofw/openfirm.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>
#include <dev/pv/virtio_mmioreg.h>

#define VIRTIO_MMIO_RESET_TIMEOUT	1000000	/* microseconds */
#define VIRTIO_MMIO_RESET_STEP		10
#define VIRTIO_MMIO_CONFIG_TRIES	100

#define VIRTIO_STATUS(name)	VIRTIO_CONFIG_DEVICE_STATUS_##name

struct virtio_mmio_softc {
	struct virtio_softc	 sc_sc;
	int			 sc_node;
	bus_space_tag_t		 sc_iot;
	bus_space_handle_t	 sc_ioh;
	bus_size_t		 sc_iosize;	/* 0: not mapped */
	uint32_t		 sc_version;
	int			 sc_resetting;	/* it did not finish one */
	void			*sc_ih;
};

int	virtio_mmio_match(struct device *, void *, void *);
void	virtio_mmio_attach(struct device *, struct device *, void *);
int	virtio_mmio_detach(struct device *, int);
void	virtio_mmio_release(struct virtio_mmio_softc *);

void	virtio_mmio_kick(struct virtio_softc *, uint16_t);
uint8_t	virtio_mmio_read_dev_cfg_1(struct virtio_softc *, int);
uint16_t virtio_mmio_read_dev_cfg_2(struct virtio_softc *, int);
uint32_t virtio_mmio_read_dev_cfg_4(struct virtio_softc *, int);
uint64_t virtio_mmio_read_dev_cfg_8(struct virtio_softc *, int);
void	virtio_mmio_write_dev_cfg_1(struct virtio_softc *, int, uint8_t);
void	virtio_mmio_write_dev_cfg_2(struct virtio_softc *, int, uint16_t);
void	virtio_mmio_write_dev_cfg_4(struct virtio_softc *, int, uint32_t);
void	virtio_mmio_write_dev_cfg_8(struct virtio_softc *, int, uint64_t);
uint16_t virtio_mmio_read_queue_size(struct virtio_softc *, uint16_t);
void	virtio_mmio_setup_queue(struct virtio_softc *, struct virtqueue *,
	    uint64_t);
int	virtio_mmio_setup_intrs(struct virtio_softc *);
int	virtio_mmio_get_status(struct virtio_softc *);
void	virtio_mmio_set_status(struct virtio_softc *, int);
int	virtio_mmio_neg_features(struct virtio_softc *,
	    const struct virtio_feature_name *);
int	virtio_mmio_attach_finish(struct virtio_softc *,
	    struct virtio_attach_args *);
int	virtio_mmio_poll_intr(void *);
void	virtio_mmio_intr_barrier(struct virtio_softc *);
int	virtio_mmio_intr_establish(struct virtio_softc *,
	    struct virtio_attach_args *, int, struct cpu_info *,
	    int (*)(void *), void *);
int	virtio_mmio_intr(void *);

const struct cfattach virtio_mmio_ca = {
	sizeof(struct virtio_mmio_softc),
	virtio_mmio_match,
	virtio_mmio_attach,
	virtio_mmio_detach
};

static const struct virtio_ops virtio_mmio_ops = {
	.kick = virtio_mmio_kick,
	.read_dev_cfg_1 = virtio_mmio_read_dev_cfg_1,
	.read_dev_cfg_2 = virtio_mmio_read_dev_cfg_2,
	.read_dev_cfg_4 = virtio_mmio_read_dev_cfg_4,
	.read_dev_cfg_8 = virtio_mmio_read_dev_cfg_8,
	.write_dev_cfg_1 = virtio_mmio_write_dev_cfg_1,
	.write_dev_cfg_2 = virtio_mmio_write_dev_cfg_2,
	.write_dev_cfg_4 = virtio_mmio_write_dev_cfg_4,
	.write_dev_cfg_8 = virtio_mmio_write_dev_cfg_8,
	.read_queue_size = virtio_mmio_read_queue_size,
	.setup_queue = virtio_mmio_setup_queue,
	.setup_intrs = virtio_mmio_setup_intrs,
	.get_status = virtio_mmio_get_status,
	.set_status = virtio_mmio_set_status,
	.neg_features = virtio_mmio_neg_features,
	.attach_finish = virtio_mmio_attach_finish,
	.poll_intr = virtio_mmio_poll_intr,
	.intr_barrier = virtio_mmio_intr_barrier,
	.intr_establish = virtio_mmio_intr_establish,
};

static uint32_t
virtio_mmio_read(struct virtio_mmio_softc *sc, bus_size_t reg)
{
	return bus_space_read_4(sc->sc_iot, sc->sc_ioh, reg);
}

static void
virtio_mmio_write(struct virtio_mmio_softc *sc, bus_size_t reg, uint32_t v)
{
	bus_space_write_4(sc->sc_iot, sc->sc_ioh, reg, v);
}

/*
 * Autoconf
 */

/* Type of the device in a window that is mapped, 0 if there is none for us. */
static uint32_t
virtio_mmio_identify(bus_space_tag_t iot, bus_space_handle_t ioh,
    uint32_t *version)
{
	if (bus_space_read_4(iot, ioh, VIRTIO_MMIO_MAGIC_VALUE) !=
	    VIRTIO_MMIO_MAGIC)
		return 0;
	*version = bus_space_read_4(iot, ioh, VIRTIO_MMIO_VERSION);
	if (*version != 1 && *version != 2)
		return 0;
	return bus_space_read_4(iot, ioh, VIRTIO_MMIO_DEVICE_ID);
}

/* Empty windows are many and say nothing: they get no device. */
int
virtio_mmio_match(struct device *parent, void *match, void *aux)
{
	struct fdt_attach_args *faa = aux;
	bus_space_handle_t ioh;
	uint32_t version, id;

	if (!OF_is_compatible(faa->fa_node, "virtio,mmio") ||
	    faa->fa_nreg < 1 || faa->fa_reg[0].size <= VIRTIO_MMIO_CONFIG)
		return 0;
	if (bus_space_map(faa->fa_iot, faa->fa_reg[0].addr,
	    faa->fa_reg[0].size, 0, &ioh) != 0)
		return 0;
	id = virtio_mmio_identify(faa->fa_iot, ioh, &version);
	bus_space_unmap(faa->fa_iot, ioh, faa->fa_reg[0].size);
	return id != 0;
}

void
virtio_mmio_attach(struct device *parent, struct device *self, void *aux)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)self;
	struct virtio_softc *vsc = &sc->sc_sc;
	struct fdt_attach_args *faa = aux;
	struct virtio_attach_args va = { 0 };

	sc->sc_node = faa->fa_node;
	sc->sc_iot = faa->fa_iot;
	vsc->sc_dmat = faa->fa_dmat;
	vsc->sc_ops = &virtio_mmio_ops;
	if (bus_space_map(sc->sc_iot, faa->fa_reg[0].addr, faa->fa_reg[0].size,
	    0, &sc->sc_ioh) != 0) {
		printf(": cannot map registers\n");
		return;
	}
	sc->sc_iosize = faa->fa_reg[0].size;
	va.va_devid = virtio_mmio_identify(sc->sc_iot, sc->sc_ioh,
	    &sc->sc_version);
	va.va_nintr = 1;
	if (va.va_devid == 0) {
		printf(": no device\n");
		virtio_mmio_release(sc);
		return;
	}
	printf(": %s, version %u\n", virtio_device_string(va.va_devid),
	    sc->sc_version);

	virtio_device_reset(vsc);
	if (virtio_get_status(vsc) != 0) {
		printf("%s: device does not finish its reset\n",
		    vsc->sc_dev.dv_xname);
		goto fail;
	}
	virtio_set_status(vsc, VIRTIO_STATUS(ACK));
	virtio_set_status(vsc, VIRTIO_STATUS(DRIVER));

	config_found(self, &va, NULL);
	if (vsc->sc_child == NULL) {
		printf("%s: no driver for it: not configured\n",
		    vsc->sc_dev.dv_xname);
		goto fail;
	}
	if (vsc->sc_child == VIRTIO_CHILD_ERROR) {
		printf("%s: its driver failed\n", vsc->sc_dev.dv_xname);
		goto fail;
	}
	return;

fail:
	virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	virtio_mmio_release(sc);
}

int
virtio_mmio_detach(struct device *self, int flags)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)self;
	struct virtio_softc *vsc = &sc->sc_sc;
	int error;

	/* Also a child whose attach failed, which has nothing any more. */
	error = config_detach_children(self, flags);
	if (error != 0)
		return error;
	vsc->sc_child = NULL;

	/* Released already if the attachment failed. */
	if (sc->sc_iosize != 0) {
		virtio_device_reset(vsc);
		if (virtio_get_status(vsc) != 0)
			return EBUSY;
	}
	virtio_mmio_release(sc);
	return 0;
}

/* Give back interrupt and mapping; the device is of no use afterwards. */
void
virtio_mmio_release(struct virtio_mmio_softc *sc)
{
	if (sc->sc_ih != NULL) {
		fdt_intr_disestablish(sc->sc_ih);
		sc->sc_ih = NULL;
	}
	if (sc->sc_iosize != 0) {
		bus_space_unmap(sc->sc_iot, sc->sc_ioh, sc->sc_iosize);
		sc->sc_iosize = 0;
	}
}

/*
 * Status and features
 */
int
virtio_mmio_get_status(struct virtio_softc *vsc)
{
	return virtio_mmio_read((struct virtio_mmio_softc *)vsc,
	    VIRTIO_MMIO_STATUS);
}

/* Bits are only ever added, but for a reset, which may take its time. */
void
virtio_mmio_set_status(struct virtio_softc *vsc, int status)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;
	int us, old;

	if (status != 0) {
		if (sc->sc_resetting)
			return;
		old = virtio_mmio_read(sc, VIRTIO_MMIO_STATUS);
		/* After FAILED nothing is written but a reset (2.1.1). */
		if ((old & status) != status)
			virtio_mmio_write(sc, VIRTIO_MMIO_STATUS,
			    old | status);
		return;
	}

	virtio_mmio_write(sc, VIRTIO_MMIO_STATUS, 0);
	sc->sc_resetting = 1;
	for (us = 0; us < VIRTIO_MMIO_RESET_TIMEOUT;
	    us += VIRTIO_MMIO_RESET_STEP) {
		if (virtio_mmio_read(sc, VIRTIO_MMIO_STATUS) == 0) {
			sc->sc_resetting = 0;
			break;
		}
		delay(VIRTIO_MMIO_RESET_STEP);
	}
	/* The unit of QueuePFN; a reset may have forgotten it. */
	if (sc->sc_version == 1 && !sc->sc_resetting)
		virtio_mmio_write(sc, VIRTIO_MMIO_GUEST_PAGE_SIZE,
		    VIRTIO_PAGE_SIZE);
}

static uint32_t
virtio_mmio_features(struct virtio_mmio_softc *sc, int word)
{
	virtio_mmio_write(sc, VIRTIO_MMIO_DEVICE_FEATURES_SEL, word);
	return virtio_mmio_read(sc, VIRTIO_MMIO_DEVICE_FEATURES);
}

static void
virtio_mmio_features_take(struct virtio_mmio_softc *sc, int word, uint32_t v)
{
	virtio_mmio_write(sc, VIRTIO_MMIO_DRIVER_FEATURES_SEL, word);
	virtio_mmio_write(sc, VIRTIO_MMIO_DRIVER_FEATURES, v);
}

int
virtio_mmio_neg_features(struct virtio_softc *vsc,
    const struct virtio_feature_name *names)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;
	int modern = sc->sc_version != 1;
	uint64_t offered, taken;

	if (virtio_features_begin(vsc) != 0)
		goto fail;

	offered = virtio_mmio_features(sc, 0);
	if (modern)
		offered |= (uint64_t)virtio_mmio_features(sc, 1) << 32;

	taken = virtio_features_choose(vsc, offered, modern ?
	    VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM :
	    VIRTIO_F_ANY_LAYOUT);
	/* A window of version 2 has a device of version 1. */
	if (modern && (taken & VIRTIO_F_VERSION_1) == 0)
		goto fail;

	virtio_mmio_features_take(sc, 0, (uint32_t)taken);
	if (modern) {
		virtio_mmio_features_take(sc, 1, (uint32_t)(taken >> 32));
		virtio_set_status(vsc, VIRTIO_STATUS(FEATURES_OK));
		if ((virtio_get_status(vsc) &
		    VIRTIO_STATUS(FEATURES_OK)) == 0)
			goto fail;
	}

	virtio_features_settle(vsc, offered, taken, modern, names);
	return 0;

fail:
	vsc->sc_active_features = 0;
	virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	return ENODEV;
}

/*
 * Device configuration, each field in its own width (4.2.2.2).  What lies
 * outside reads as 0.
 */
static int
virtio_mmio_has_dev_cfg(struct virtio_mmio_softc *sc, int off, int size)
{
	return off >= 0 && VIRTIO_MMIO_CONFIG + (bus_size_t)off + size <=
	    sc->sc_iosize;
}

uint8_t
virtio_mmio_read_dev_cfg_1(struct virtio_softc *vsc, int off)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (!virtio_mmio_has_dev_cfg(sc, off, 1))
		return 0;
	return bus_space_read_1(sc->sc_iot, sc->sc_ioh,
	    VIRTIO_MMIO_CONFIG + off);
}

uint16_t
virtio_mmio_read_dev_cfg_2(struct virtio_softc *vsc, int off)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (!virtio_mmio_has_dev_cfg(sc, off, 2))
		return 0;
	return bus_space_read_2(sc->sc_iot, sc->sc_ioh,
	    VIRTIO_MMIO_CONFIG + off);
}

uint32_t
virtio_mmio_read_dev_cfg_4(struct virtio_softc *vsc, int off)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (!virtio_mmio_has_dev_cfg(sc, off, 4))
		return 0;
	return virtio_mmio_read(sc, VIRTIO_MMIO_CONFIG + off);
}

static uint64_t
virtio_mmio_read_halves(struct virtio_softc *vsc, int off)
{
	uint64_t v;

	v = virtio_mmio_read_dev_cfg_4(vsc, off);
	return v | (uint64_t)virtio_mmio_read_dev_cfg_4(vsc, off + 4) << 32;
}

/*
 * Two reads, again until both are of one generation (2.5.1); version 1 has
 * none, so until they say the same twice.
 */
uint64_t
virtio_mmio_read_dev_cfg_8(struct virtio_softc *vsc, int off)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;
	uint64_t v = 0, again;
	uint32_t before;
	int i;

	for (i = 0; i < VIRTIO_MMIO_CONFIG_TRIES; i++) {
		if (sc->sc_version == 1) {
			v = virtio_mmio_read_halves(vsc, off);
			again = virtio_mmio_read_halves(vsc, off);
			if (v == again)
				break;
			continue;
		}
		before = virtio_mmio_read(sc, VIRTIO_MMIO_CONFIG_GENERATION);
		v = virtio_mmio_read_halves(vsc, off);
		if (virtio_mmio_read(sc, VIRTIO_MMIO_CONFIG_GENERATION) ==
		    before)
			break;
	}
	return v;
}

void
virtio_mmio_write_dev_cfg_1(struct virtio_softc *vsc, int off, uint8_t v)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (virtio_mmio_has_dev_cfg(sc, off, 1))
		bus_space_write_1(sc->sc_iot, sc->sc_ioh,
		    VIRTIO_MMIO_CONFIG + off, v);
}

void
virtio_mmio_write_dev_cfg_2(struct virtio_softc *vsc, int off, uint16_t v)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (virtio_mmio_has_dev_cfg(sc, off, 2))
		bus_space_write_2(sc->sc_iot, sc->sc_ioh,
		    VIRTIO_MMIO_CONFIG + off, v);
}

void
virtio_mmio_write_dev_cfg_4(struct virtio_softc *vsc, int off, uint32_t v)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (virtio_mmio_has_dev_cfg(sc, off, 4))
		virtio_mmio_write(sc, VIRTIO_MMIO_CONFIG + off, v);
}

void
virtio_mmio_write_dev_cfg_8(struct virtio_softc *vsc, int off, uint64_t v)
{
	virtio_mmio_write_dev_cfg_4(vsc, off, (uint32_t)v);
	virtio_mmio_write_dev_cfg_4(vsc, off + 4, (uint32_t)(v >> 32));
}

/*
 * Queues
 */
uint16_t
virtio_mmio_read_queue_size(struct virtio_softc *vsc, uint16_t idx)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;
	uint32_t max;

	virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_SEL, idx);
	max = virtio_mmio_read(sc, VIRTIO_MMIO_QUEUE_NUM_MAX);
	return max > 0x8000 ? 0x8000 : max;
}

static void
virtio_mmio_write_address(struct virtio_mmio_softc *sc, bus_size_t reg,
    uint64_t addr)
{
	virtio_mmio_write(sc, reg, (uint32_t)addr);
	virtio_mmio_write(sc, reg + 4, (uint32_t)(addr >> 32));
}

/* By 4.2.3.2 and, version 1, 4.2.4; not 0 if it cannot be done. */
static int
virtio_mmio_enable_queue(struct virtio_mmio_softc *sc, struct virtqueue *vq,
    uint64_t addr)
{
	bus_size_t used = sc->sc_version == 1 ? VIRTIO_MMIO_QUEUE_PFN :
	    VIRTIO_MMIO_QUEUE_READY;
	uint64_t page = addr / VIRTIO_PAGE_SIZE;

	virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_SEL, vq->vq_index);
	if (virtio_mmio_read(sc, used) != 0)
		return EBUSY;
	virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_NUM, vq->vq_num);
	if (sc->sc_version == 1) {
		if (page > 0xffffffff)
			return ERANGE;
		virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_ALIGN,
		    VIRTIO_PAGE_SIZE);
		virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_PFN, page);
		return virtio_mmio_read(sc, used) != page;
	}
	virtio_mmio_write_address(sc, VIRTIO_MMIO_QUEUE_DESC, addr);
	virtio_mmio_write_address(sc, VIRTIO_MMIO_QUEUE_AVAIL,
	    addr + vq->vq_availoffset);
	virtio_mmio_write_address(sc, VIRTIO_MMIO_QUEUE_USED,
	    addr + vq->vq_usedoffset);
	virtio_mmio_write(sc, VIRTIO_MMIO_QUEUE_READY, 1);
	return virtio_mmio_read(sc, used) != 1;
}

void
virtio_mmio_setup_queue(struct virtio_softc *vsc, struct virtqueue *vq,
    uint64_t addr)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (addr == 0)
		return;
	if (virtio_mmio_enable_queue(sc, vq, addr) != 0) {
		printf("%s: queue %d is not enabled\n", vsc->sc_dev.dv_xname,
		    vq->vq_index);
		virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	}
}

void
virtio_mmio_kick(struct virtio_softc *vsc, uint16_t idx)
{
	virtio_mmio_write((struct virtio_mmio_softc *)vsc,
	    VIRTIO_MMIO_QUEUE_NOTIFY, idx);
}

/*
 * Interrupts: there is one
 */
int
virtio_mmio_setup_intrs(struct virtio_softc *vsc)
{
	return 0;
}

int
virtio_mmio_attach_finish(struct virtio_softc *vsc,
    struct virtio_attach_args *va)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	sc->sc_ih = fdt_intr_establish(sc->sc_node, vsc->sc_ipl,
	    virtio_mmio_intr, sc, vsc->sc_dev.dv_xname);
	return sc->sc_ih == NULL ? ENOMEM : 0;
}

int
virtio_mmio_intr_establish(struct virtio_softc *vsc,
    struct virtio_attach_args *va, int vec, struct cpu_info *ci,
    int (*fn)(void *), void *arg)
{
	return ENXIO;
}

void
virtio_mmio_intr_barrier(struct virtio_softc *vsc)
{
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;

	if (sc->sc_ih != NULL)
		intr_barrier(sc->sc_ih);
}

/* Such changes are rare: the handler may rely on the kernel lock. */
static void
virtio_mmio_config_change(struct virtio_softc *vsc)
{
	if (vsc->sc_config_change == NULL)
		return;
	if (vsc->sc_ipl & IPL_MPSAFE)
		KERNEL_LOCK();
	vsc->sc_config_change(vsc);
	if (vsc->sc_ipl & IPL_MPSAFE)
		KERNEL_UNLOCK();
}

/*
 * Events are acknowledged when they are handled (4.2.2.2).  What the device
 * uses between the look at a queue and the acknowledgement would tell no more
 * of itself, so there is another look behind.
 */
int
virtio_mmio_intr(void *arg)
{
	struct virtio_softc *vsc = arg;
	struct virtio_mmio_softc *sc = (struct virtio_mmio_softc *)vsc;
	uint32_t what;

	what = virtio_mmio_read(sc, VIRTIO_MMIO_INTERRUPT_STATUS) &
	    (VIRTIO_MMIO_INT_VRING | VIRTIO_MMIO_INT_CONFIG);
	if (what == 0)
		return 0;
	if (what & VIRTIO_MMIO_INT_CONFIG)
		virtio_mmio_config_change(vsc);
	if (what & VIRTIO_MMIO_INT_VRING)
		virtio_check_vqs(vsc);
	virtio_mmio_write(sc, VIRTIO_MMIO_INTERRUPT_ACK, what);
	virtio_check_vqs(vsc);
	return 1;
}

/* Do what the interrupt would, where none can come. */
int
virtio_mmio_poll_intr(void *arg)
{
	return virtio_mmio_intr(arg);
}

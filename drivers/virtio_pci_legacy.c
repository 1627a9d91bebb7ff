/*
 * Virtio over PCI: legacy devices, VIRTIO 1.2 section 4.1.4.10 (what was
 * version 0.9.5).
 *
 * All registers are in one structure in the I/O space of BAR 0, the device
 * configuration behind them: at 20, or at 24 while MSI-X is on.  There are 32
 * features and no FEATURES_OK, queues have the size that the device says, and
 * are told by the number of their first page.
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

#define VIRTIO_PCI_LEGACY_BAR		PCI_MAPREG_START
#define VIRTIO_PCI_LEGACY_SIZE		20	/* bytes, at least */

void	virtio_pci_legacy_kick(struct virtio_softc *, uint16_t);
uint64_t virtio_pci_legacy_read_dev_cfg_8(struct virtio_softc *, int);
uint16_t virtio_pci_legacy_read_queue_size(struct virtio_softc *, uint16_t);
void	virtio_pci_legacy_setup_queue(struct virtio_softc *,
	    struct virtqueue *, uint64_t);
int	virtio_pci_legacy_get_status(struct virtio_softc *);
void	virtio_pci_legacy_set_status(struct virtio_softc *, int);
int	virtio_pci_legacy_neg_features(struct virtio_softc *,
	    const struct virtio_feature_name *);

static const struct virtio_ops virtio_pci_legacy_ops = {
	.kick = virtio_pci_legacy_kick,
	.read_dev_cfg_1 = virtio_pci_read_dev_cfg_1,
	.read_dev_cfg_2 = virtio_pci_read_dev_cfg_2,
	.read_dev_cfg_4 = virtio_pci_read_dev_cfg_4,
	.read_dev_cfg_8 = virtio_pci_legacy_read_dev_cfg_8,
	.write_dev_cfg_1 = virtio_pci_write_dev_cfg_1,
	.write_dev_cfg_2 = virtio_pci_write_dev_cfg_2,
	.write_dev_cfg_4 = virtio_pci_write_dev_cfg_4,
	.write_dev_cfg_8 = virtio_pci_write_dev_cfg_8,
	.read_queue_size = virtio_pci_legacy_read_queue_size,
	.setup_queue = virtio_pci_legacy_setup_queue,
	.setup_intrs = virtio_pci_setup_intrs,
	.get_status = virtio_pci_legacy_get_status,
	.set_status = virtio_pci_legacy_set_status,
	.neg_features = virtio_pci_legacy_neg_features,
	.attach_finish = virtio_pci_attach_finish,
	.poll_intr = virtio_pci_poll_intr,
	.intr_barrier = virtio_pci_intr_barrier,
	.intr_establish = virtio_pci_intr_establish,
};

/* Registers, each in its own width. */
#define LREAD(sc, n, reg)						\
	bus_space_read_##n((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh, (reg))
#define LWRITE(sc, n, reg, v)						\
	bus_space_write_##n((sc)->sc_common.r_iot, (sc)->sc_common.r_ioh, \
	    (reg), (v))

static int
virtio_pci_legacy_config_vector(struct virtio_pci_softc *sc, int vec)
{
	LWRITE(sc, 2, VIRTIO_MSI_CONFIG_VECTOR, vec);
	return LREAD(sc, 2, VIRTIO_MSI_CONFIG_VECTOR);
}

static int
virtio_pci_legacy_queue_vector(struct virtio_pci_softc *sc, int idx, int vec)
{
	LWRITE(sc, 2, VIRTIO_CONFIG_QUEUE_SELECT, idx);
	LWRITE(sc, 2, VIRTIO_MSI_QUEUE_VECTOR, vec);
	return LREAD(sc, 2, VIRTIO_MSI_QUEUE_VECTOR);
}

/* A part of the structure; what the BAR does not have is not there. */
static void
virtio_pci_legacy_region(struct virtio_pci_softc *sc,
    struct virtio_pci_region *r, bus_size_t off, bus_size_t size)
{
	struct virtio_pci_bar *b = &sc->sc_bars[0];

	r->r_size = 0;
	if (off >= b->b_size)
		return;
	if (size > b->b_size - off)
		size = b->b_size - off;
	if (bus_space_subregion(b->b_iot, b->b_ioh, off, size, &r->r_ioh) != 0)
		return;
	r->r_iot = b->b_iot;
	r->r_size = size;
}

/* Where the device configuration is depends on whether MSI-X is on. */
void
virtio_pci_legacy_place_config(struct virtio_pci_softc *sc)
{
	bus_size_t off = VIRTIO_CONFIG_DEVICE_CONFIG_NOMSI;
	pcireg_t reg;

	if (pci_get_capability(sc->sc_pc, sc->sc_tag, PCI_CAP_MSIX, NULL,
	    &reg) && (reg & PCI_MSIX_MC_MSIXE) != 0)
		off = VIRTIO_CONFIG_DEVICE_CONFIG_MSI;
	virtio_pci_legacy_region(sc, &sc->sc_devcfg, off, sc->sc_bars[0].b_size);
}

int
virtio_pci_attach_legacy(struct virtio_pci_softc *sc,
    struct pci_attach_args *pa)
{
	struct virtio_pci_bar *b = &sc->sc_bars[0];
	pcireg_t type;

	/* Only these have it (4.1.2.3). */
	if (PCI_PRODUCT(pa->pa_id) >= VIRTIO_PCI_PRODUCT_MODERN_FIRST)
		return ENODEV;
	type = pci_mapreg_type(sc->sc_pc, sc->sc_tag, VIRTIO_PCI_LEGACY_BAR);
	if (type != PCI_MAPREG_TYPE_IO)
		return ENODEV;
	if (pci_mapreg_map(pa, VIRTIO_PCI_LEGACY_BAR, type, 0, &b->b_iot,
	    &b->b_ioh, NULL, &b->b_size, 0) != 0) {
		b->b_size = 0;
		return ENODEV;
	}
	if (b->b_size < VIRTIO_PCI_LEGACY_SIZE)
		return ENODEV;

	sc->sc_legacy = 1;
	sc->sc_sc.sc_ops = &virtio_pci_legacy_ops;
	sc->sc_config_vector = virtio_pci_legacy_config_vector;
	sc->sc_queue_vector = virtio_pci_legacy_queue_vector;
	virtio_pci_legacy_region(sc, &sc->sc_common, 0, b->b_size);
	virtio_pci_legacy_region(sc, &sc->sc_isr, VIRTIO_CONFIG_ISR_STATUS,
	    sizeof(uint8_t));
	virtio_pci_legacy_place_config(sc);
	return 0;
}

/*
 * Status and features
 */
int
virtio_pci_legacy_get_status(struct virtio_softc *vsc)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	return LREAD(sc, 1, VIRTIO_CONFIG_DEVICE_STATUS);
}

/* A legacy device has finished a reset when the write returns. */
void
virtio_pci_legacy_set_status(struct virtio_softc *vsc, int status)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	int old = 0;

	if (status != 0)
		old = LREAD(sc, 1, VIRTIO_CONFIG_DEVICE_STATUS);
	/* After FAILED nothing is written but a reset (2.1.1). */
	if (status == 0 || (old & status) != status)
		LWRITE(sc, 1, VIRTIO_CONFIG_DEVICE_STATUS, old | status);
}

int
virtio_pci_legacy_neg_features(struct virtio_softc *vsc,
    const struct virtio_feature_name *names)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	uint64_t offered, taken;

	/* Once accepted, features stay; a second round begins anew. */
	if (virtio_get_status(vsc) & (VIRTIO_STATUS(DRIVER_OK) |
	    VIRTIO_STATUS(FAILED)))
		virtio_reset(vsc);
	virtio_set_status(vsc, VIRTIO_STATUS(ACK));
	virtio_set_status(vsc, VIRTIO_STATUS(DRIVER));

	offered = LREAD(sc, 4, VIRTIO_CONFIG_DEVICE_FEATURES);
	taken = virtio_features_choose(vsc, offered, VIRTIO_F_ANY_LAYOUT);
	LWRITE(sc, 4, VIRTIO_CONFIG_GUEST_FEATURES, (uint32_t)taken);

	virtio_features_settle(vsc, offered, taken, 0, names);
	return 0;
}

/* There is no generation: until two reads say the same (2.5.4). */
uint64_t
virtio_pci_legacy_read_dev_cfg_8(struct virtio_softc *vsc, int off)
{
	uint64_t v = 0, last;
	int i;

	for (i = 0; i < VIRTIO_PCI_CONFIG_TRIES; i++) {
		last = v;
		v = virtio_pci_read_dev_cfg_4(vsc, off);
		v |= (uint64_t)virtio_pci_read_dev_cfg_4(vsc, off + 4) << 32;
		if (i > 0 && v == last)
			break;
	}
	return v;
}

/*
 * Queues
 */
uint16_t
virtio_pci_legacy_read_queue_size(struct virtio_softc *vsc, uint16_t idx)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	LWRITE(sc, 2, VIRTIO_CONFIG_QUEUE_SELECT, idx);
	return LREAD(sc, 2, VIRTIO_CONFIG_QUEUE_SIZE);
}

/* Rings lie as 2.7.2 has them, since virtio_alloc_vq() always does that. */
void
virtio_pci_legacy_setup_queue(struct virtio_softc *vsc, struct virtqueue *vq,
    uint64_t addr)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;
	uint64_t page = addr / VIRTIO_PAGE_SIZE;

	if (addr == 0)
		return;
	LWRITE(sc, 2, VIRTIO_CONFIG_QUEUE_SELECT, vq->vq_index);
	if (page <= 0xffffffff &&
	    LREAD(sc, 2, VIRTIO_CONFIG_QUEUE_SIZE) == vq->vq_num)
		LWRITE(sc, 4, VIRTIO_CONFIG_QUEUE_ADDRESS, page);
	if (LREAD(sc, 4, VIRTIO_CONFIG_QUEUE_ADDRESS) != page) {
		printf("%s: queue %d is not enabled\n", vsc->sc_dev.dv_xname,
		    vq->vq_index);
		virtio_set_status(vsc, VIRTIO_STATUS(FAILED));
	}
}

void
virtio_pci_legacy_kick(struct virtio_softc *vsc, uint16_t idx)
{
	struct virtio_pci_softc *sc = (struct virtio_pci_softc *)vsc;

	LWRITE(sc, 2, VIRTIO_CONFIG_QUEUE_NOTIFY, idx);
}

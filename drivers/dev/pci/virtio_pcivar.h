/*
 * Virtio over PCI: what its three files share.
 *
 *	virtio_pci.c		autoconf, the structures of modern devices
 *	virtio_pci_legacy.c	the legacy structure (4.1.4.10)
 *	virtio_pci_intr.c	interrupts: MSI-X and the line, of both
 */

#ifndef _DEV_PCI_VIRTIO_PCIVAR_H_
#define _DEV_PCI_VIRTIO_PCIVAR_H_

#include <dev/pci/pcivar.h>
#include <dev/pv/virtiovar.h>

#define VIRTIO_PCI_NBARS	6
#define VIRTIO_PCI_NVECTORS	64	/* that we ask for at most */
#define VIRTIO_PCI_CONFIG_TRIES	100	/* for a config that keeps changing */

#define VIRTIO_STATUS(name)	VIRTIO_CONFIG_DEVICE_STATUS_##name

/* A base address register, mapped once for all structures in it. */
struct virtio_pci_bar {
	bus_space_tag_t		b_iot;
	bus_space_handle_t	b_ioh;
	bus_size_t		b_size;		/* 0: not mapped */
};

/* One structure of the device, inside a BAR. */
struct virtio_pci_region {
	bus_space_tag_t		r_iot;
	bus_space_handle_t	r_ioh;
	bus_size_t		r_size;		/* 0: the device has none */
};

struct virtio_pci_vector {
	void			*v_ih;		/* NULL: not established */
	char			 v_name[32];
};

/* How the vectors are used; weaker ones are tried one after the other. */
enum virtio_pci_irq {
	IRQ_NONE,
	IRQ_INTX,		/* one line, and the ISR register */
	IRQ_MSIX_SHARED,	/* 0 configuration, 1 all queues */
	IRQ_MSIX_PER_VQ,	/* 0 configuration, n + 1 queue n */
	IRQ_MSIX_CHILD		/* as the child said by vq_intr_vec */
};

struct virtio_pci_softc {
	struct virtio_softc	 sc_sc;
	pci_chipset_tag_t	 sc_pc;
	pcitag_t		 sc_tag;

	struct virtio_pci_bar	 sc_bars[VIRTIO_PCI_NBARS];
	struct virtio_pci_region sc_common;
	struct virtio_pci_region sc_notify;
	struct virtio_pci_region sc_isr;
	struct virtio_pci_region sc_devcfg;
	uint32_t		 sc_notify_mult;
	int			 sc_legacy;	/* all of them in BAR 0 */
	int			 sc_resetting;	/* it did not finish one */

	enum virtio_pci_irq	 sc_irq;
	struct virtio_pci_vector *sc_vectors;
	int			 sc_nvectors;

	/* Writes a vector and says what the register took. */
	int			(*sc_config_vector)(struct virtio_pci_softc *,
				    int);
	int			(*sc_queue_vector)(struct virtio_pci_softc *,
				    int, int);
};

struct virtio_pci_attach_args {
	struct virtio_attach_args	 vpa_va;
	struct pci_attach_args		*vpa_pa;
};

/* virtio_pci.c: device configuration, what lies outside reads as 0 */
uint8_t	virtio_pci_read_dev_cfg_1(struct virtio_softc *, int);
uint16_t virtio_pci_read_dev_cfg_2(struct virtio_softc *, int);
uint32_t virtio_pci_read_dev_cfg_4(struct virtio_softc *, int);
uint64_t virtio_pci_read_dev_cfg_8(struct virtio_softc *, int);
void	virtio_pci_write_dev_cfg_1(struct virtio_softc *, int, uint8_t);
void	virtio_pci_write_dev_cfg_2(struct virtio_softc *, int, uint16_t);
void	virtio_pci_write_dev_cfg_4(struct virtio_softc *, int, uint32_t);
void	virtio_pci_write_dev_cfg_8(struct virtio_softc *, int, uint64_t);

/* virtio_pci_legacy.c */
int	virtio_pci_attach_legacy(struct virtio_pci_softc *,
	    struct pci_attach_args *);
void	virtio_pci_legacy_place_config(struct virtio_pci_softc *);

/* virtio_pci_intr.c */
extern const char *const virtio_pci_irq_names[];
int	virtio_pci_setup_intrs(struct virtio_softc *);
int	virtio_pci_attach_finish(struct virtio_softc *,
	    struct virtio_attach_args *);
int	virtio_pci_poll_intr(void *);
void	virtio_pci_intr_barrier(struct virtio_softc *);
int	virtio_pci_intr_establish(struct virtio_softc *,
	    struct virtio_attach_args *, int, struct cpu_info *,
	    int (*)(void *), void *);
void	virtio_pci_disestablish(struct virtio_pci_softc *);

#endif /* _DEV_PCI_VIRTIO_PCIVAR_H_ */

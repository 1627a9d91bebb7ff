/*
 * The PCI bus as a driver sees it, pci_conf_read(9), pci_mapreg_map(9),
 * pci_intr_map(9).
 */
#ifndef _DEV_PCI_PCIVAR_H_
#define _DEV_PCI_PCIVAR_H_

#include <sys/device.h>
#include <sys/malloc.h>
#include <machine/bus.h>
#include <machine/intr.h>
#include <dev/pci/pcireg.h>

struct cpu_info;

typedef uint32_t	pcireg_t;
typedef uint32_t	pcitag_t;	/* bus << 8 | device << 3 | function */
typedef uint16_t	pci_vendor_id_t;
typedef uint16_t	pci_product_id_t;
typedef uint8_t		pci_class_t;
typedef uint8_t		pci_subclass_t;
typedef uint8_t		pci_interface_t;
typedef uint8_t		pci_revision_t;

typedef struct pci_chipset	*pci_chipset_tag_t;

enum pci_intr_type {
	PCI_NONE,
	PCI_INTX,
	PCI_MSI,
	PCI_MSIX
};

/* What pci_intr_map and its kind fill in, pci_intr_establish uses. */
typedef struct pci_intr_handle {
	pci_chipset_tag_t	ih_pc;
	pcitag_t		ih_tag;
	enum pci_intr_type	ih_type;
	uint32_t		ih_vector;	/* MSI-X: table entry */
	uint32_t		ih_irq;		/* INTx: the number */
} pci_intr_handle_t;

#define PCI_FLAGS_IO_ENABLED	0x01
#define PCI_FLAGS_MEM_ENABLED	0x02
#define PCI_FLAGS_MSI_ENABLED	0x20
#define PCI_FLAGS_MSIVEC_ENABLED 0x40

struct pcibus_attach_args {
	const char		*pba_busname;	/* "pci" */
	bus_space_tag_t		 pba_iot;
	bus_space_tag_t		 pba_memt;
	bus_dma_tag_t		 pba_dmat;
	pci_chipset_tag_t	 pba_pc;
	int			 pba_flags;
	int			 pba_domain;
	int			 pba_bus;
};

struct pci_attach_args {
	bus_space_tag_t		pa_iot;
	bus_space_tag_t		pa_memt;
	bus_dma_tag_t		pa_dmat;
	pci_chipset_tag_t	pa_pc;
	int			pa_flags;
	u_int			pa_domain;
	u_int			pa_bus;
	u_int			pa_device;
	u_int			pa_function;
	pcitag_t		pa_tag;
	pcireg_t		pa_id;
	pcireg_t		pa_class;
	u_int			pa_intrpin;	/* 0: none, 1: INTA */
	u_int			pa_intrline;
};

#define PCI_UNKNOWN_PRODUCT	0xffff
#define PCICF_DEV	0
#define PCICF_FUNCTION	1

struct pci_matchid {
	pci_vendor_id_t		pm_vid;
	pci_product_id_t	pm_pid;
};

pcitag_t pci_make_tag(pci_chipset_tag_t, int, int, int);
void pci_decompose_tag(pci_chipset_tag_t, pcitag_t, int *, int *, int *);
pcireg_t pci_conf_read(pci_chipset_tag_t, pcitag_t, int);
void pci_conf_write(pci_chipset_tag_t, pcitag_t, int, pcireg_t);

/* 1 if found; then the offset and the capability's first register. */
int pci_get_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);

pcireg_t pci_mapreg_type(pci_chipset_tag_t, pcitag_t, int);
int pci_mapreg_probe(pci_chipset_tag_t, pcitag_t, int, pcireg_t *);
int pci_mapreg_info(pci_chipset_tag_t, pcitag_t, int, pcireg_t, bus_addr_t *,
    bus_size_t *, int *);
/* ... handle, base, size, greatest size; all but the handle may be NULL. */
int pci_mapreg_map(struct pci_attach_args *, int, pcireg_t, int,
    bus_space_tag_t *, bus_space_handle_t *, bus_addr_t *, bus_size_t *,
    bus_size_t);

/* 0 if the interrupt can be had. */
int pci_intr_map(struct pci_attach_args *, pci_intr_handle_t *);
int pci_intr_map_msi(struct pci_attach_args *, pci_intr_handle_t *);
int pci_intr_map_msix(struct pci_attach_args *, int, pci_intr_handle_t *);
int pci_intr_msix_count(struct pci_attach_args *);
const char *pci_intr_string(pci_chipset_tag_t, pci_intr_handle_t);
void *pci_intr_establish(pci_chipset_tag_t, pci_intr_handle_t, int,
    int (*)(void *), void *, const char *);
void *pci_intr_establish_cpu(pci_chipset_tag_t, pci_intr_handle_t, int,
    struct cpu_info *, int (*)(void *), void *, const char *);
void pci_intr_disestablish(pci_chipset_tag_t, void *);

void pci_devinfo(pcireg_t, pcireg_t, int, char *, size_t);
int pci_matchbyid(struct pci_attach_args *, const struct pci_matchid *, int);

#endif

/*
 * kern_pci.c: the PCI bus: its functions are found and offered to drivers;
 * configuration space, capabilities; pci_conf_read(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <dev/pci/pcidevs.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kern_var.h"

#define PCI_DEVICES_MAX		32
#define PCI_FUNCTIONS_MAX	8
#define PCI_CAPABILITIES_MAX	48	/* 192 bytes of 4: a longer list loops */

struct pci_softc {
	struct device		sc_dev;
	bus_space_tag_t		sc_iot;
	bus_space_tag_t		sc_memt;
	bus_dma_tag_t		sc_dmat;
	int			sc_bus;
	/* Who was attached where: it may be gone since. */
	struct device		*sc_children[PCI_DEVICES_MAX]
				    [PCI_FUNCTIONS_MAX];
};

static int pci_match(struct device *, void *, void *);
static void pci_attach(struct device *, struct device *, void *);
static int ppb_match(struct device *, void *, void *);
static void ppb_attach(struct device *, struct device *, void *);

const struct cfattach pci_ca = {
	sizeof(struct pci_softc), pci_match, pci_attach
};

struct cfdriver pci_cd = {
	NULL, "pci", DV_DULL, CD_COCOVM
};

const struct cfattach ppb_ca = {
	sizeof(struct device), ppb_match, ppb_attach
};

struct cfdriver ppb_cd = {
	NULL, "ppb", DV_DULL, CD_COCOVM
};

pcitag_t
pci_make_tag(pci_chipset_tag_t pc, int bus, int device, int function)
{
	return bus << 8 | device << 3 | function;
}

void
pci_decompose_tag(pci_chipset_tag_t pc, pcitag_t tag, int *bus, int *device,
    int *function)
{
	if (bus != NULL)
		*bus = tag >> 8 & 0xff;
	if (device != NULL)
		*device = tag >> 3 & 0x1f;
	if (function != NULL)
		*function = tag & 0x7;
}

pcireg_t
pci_conf_read(pci_chipset_tag_t pc, pcitag_t tag, int reg)
{
	KASSERT((reg & 0x3) == 0);
	return hc->pci_conf_read(tag, reg);
}

void
pci_conf_write(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t data)
{
	KASSERT((reg & 0x3) == 0);
	hc->pci_conf_write(tag, reg, data);
}

int
pci_get_capability(pci_chipset_tag_t pc, pcitag_t tag, int capid, int *offset,
    pcireg_t *value)
{
	pcireg_t reg;
	int n, off;

	reg = pci_conf_read(pc, tag, PCI_COMMAND_STATUS_REG);
	if ((reg & PCI_STATUS_CAPLIST_SUPPORT) == 0)
		return 0;
	off = PCI_CAPLIST_PTR(pci_conf_read(pc, tag, PCI_CAPLISTPTR_REG));
	for (n = 0; off != 0; n++) {
		if (off < 0x40 || n == PCI_CAPABILITIES_MAX) {
			printf("pci: capabilities of %u:%u:%u are damaged\n",
			    tag >> 8, tag >> 3 & 0x1f, tag & 0x7);
			return 0;
		}
		reg = pci_conf_read(pc, tag, off);
		if (PCI_CAPLIST_CAP(reg) == (pcireg_t)capid) {
			if (offset != NULL)
				*offset = off;
			if (value != NULL)
				*value = reg;
			return 1;
		}
		off = PCI_CAPLIST_NEXT(reg);
	}
	return 0;
}

int
pci_matchbyid(struct pci_attach_args *pa, const struct pci_matchid *ids, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (PCI_VENDOR(pa->pa_id) == ids[i].pm_vid &&
		    PCI_PRODUCT(pa->pa_id) == ids[i].pm_pid)
			return 1;
	}
	return 0;
}

/* --- the bus --- */

static int
pci_match(struct device *parent, void *match, void *aux)
{
	struct pcibus_attach_args *pba = aux;

	return strcmp(pba->pba_busname, "pci") == 0;
}

static int
pci_print(void *aux, const char *pnp)
{
	struct pci_attach_args *pa = aux;
	char devinfo[128];

	pci_devinfo(pa->pa_id, pa->pa_class, pnp != NULL, devinfo,
	    sizeof(devinfo));
	if (pnp != NULL)
		printf("%s at %s", devinfo, pnp);
	printf(" dev %u function %u", pa->pa_device, pa->pa_function);
	if (pnp == NULL)
		printf(" %s", devinfo);
	return UNCONF;
}

/* Offers one function, whose identity is id, to the drivers. */
static void
pci_function_attach(struct pci_softc *sc, int device, int function,
    pcireg_t id)
{
	struct pci_attach_args pa;
	pcireg_t intr;

	memset(&pa, 0, sizeof(pa));
	pa.pa_iot = sc->sc_iot;
	pa.pa_memt = sc->sc_memt;
	pa.pa_dmat = sc->sc_dmat;
	pa.pa_bus = sc->sc_bus;
	pa.pa_device = device;
	pa.pa_function = function;
	pa.pa_tag = pci_make_tag(NULL, sc->sc_bus, device, function);
	pa.pa_id = id;
	pa.pa_class = pci_conf_read(NULL, pa.pa_tag, PCI_CLASS_REG);
	intr = pci_conf_read(NULL, pa.pa_tag, PCI_INTERRUPT_REG);
	pa.pa_intrpin = PCI_INTERRUPT_PIN(intr);
	pa.pa_intrline = PCI_INTERRUPT_LINE(intr);
	pa.pa_flags = PCI_FLAGS_MEM_ENABLED |
	    (kern_io_space_present() ? PCI_FLAGS_IO_ENABLED : 0);
	sc->sc_children[device][function] = config_found_sm(&sc->sc_dev, &pa,
	    pci_print, NULL);
}

static void
pci_device_attach(struct pci_softc *sc, int device)
{
	pcitag_t tag = pci_make_tag(NULL, sc->sc_bus, device, 0);
	pcireg_t bhlc, id = pci_conf_read(NULL, tag, PCI_ID_REG);
	int function, nfunctions;

	if (PCI_VENDOR(id) == PCI_VENDOR_INVALID || PCI_VENDOR(id) == 0)
		return;
	bhlc = pci_conf_read(NULL, tag, PCI_BHLC_REG);
	nfunctions = PCI_HDRTYPE_MULTIFN(bhlc) ? PCI_FUNCTIONS_MAX : 1;
	for (function = 0; function < nfunctions; function++) {
		tag = pci_make_tag(NULL, sc->sc_bus, device, function);
		if (function != 0)
			id = pci_conf_read(NULL, tag, PCI_ID_REG);
		if (PCI_VENDOR(id) == PCI_VENDOR_INVALID ||
		    PCI_VENDOR(id) == 0)
			continue;
		pci_function_attach(sc, device, function, id);
	}
}

static void
pci_attach(struct device *parent, struct device *self, void *aux)
{
	struct pci_softc *sc = (struct pci_softc *)self;
	struct pcibus_attach_args *pba = aux;
	int device;

	sc->sc_iot = pba->pba_iot;
	sc->sc_memt = pba->pba_memt;
	sc->sc_dmat = pba->pba_dmat;
	sc->sc_bus = pba->pba_bus;
	printf("\n");
	for (device = 0; device < PCI_DEVICES_MAX; device++)
		pci_device_attach(sc, device);
}

/* Only what was there at boot and has no driver now: nothing is plugged in. */
int
kern_pci_rescan(struct device *bus)
{
	struct pci_softc *sc = (struct pci_softc *)bus;
	int device, function, n = 0;
	pcireg_t id;

	for (device = 0; device < PCI_DEVICES_MAX; device++) {
		for (function = 0; function < PCI_FUNCTIONS_MAX; function++) {
			if (sc->sc_children[device][function] == NULL ||
			    kern_device_is_child(
			    sc->sc_children[device][function], bus))
				continue;
			id = pci_conf_read(NULL, pci_make_tag(NULL, sc->sc_bus,
			    device, function), PCI_ID_REG);
			pci_function_attach(sc, device, function, id);
			n += sc->sc_children[device][function] != NULL;
		}
	}
	return n;
}

/* --- a bridge to another bus, whose number the firmware has set --- */

static int
ppb_match(struct device *parent, void *match, void *aux)
{
	struct pci_attach_args *pa = aux;

	return PCI_CLASS(pa->pa_class) == PCI_CLASS_BRIDGE &&
	    PCI_SUBCLASS(pa->pa_class) == PCI_SUBCLASS_BRIDGE_PCI;
}

static int
ppb_print(void *aux, const char *pnp)
{
	struct pcibus_attach_args *pba = aux;

	if (pnp != NULL)
		printf("pci at %s", pnp);
	printf(" bus %d", pba->pba_bus);
	return UNCONF;
}

static void
ppb_attach(struct device *parent, struct device *self, void *aux)
{
	struct pci_attach_args *pa = aux;
	struct pcibus_attach_args pba;
	pcireg_t businfo;

	printf("\n");
	businfo = pci_conf_read(pa->pa_pc, pa->pa_tag, PCI_PPB_BUSINFO_REG);
	if (PCI_PPB_BUSINFO_SECONDARY(businfo) <= pa->pa_bus) {
		printf("%s: not configured by the firmware\n", self->dv_xname);
		return;
	}
	memset(&pba, 0, sizeof(pba));
	pba.pba_busname = "pci";
	pba.pba_iot = pa->pa_iot;
	pba.pba_memt = pa->pa_memt;
	pba.pba_dmat = pa->pa_dmat;
	pba.pba_flags = pa->pa_flags;
	pba.pba_bus = PCI_PPB_BUSINFO_SECONDARY(businfo);
	config_found(self, &pba, ppb_print);
}

/*
 * kern_mainbus.c: the root of the devices: what the device tree tells of, and
 * the PCI host.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <dev/ofw/openfirm.h>
#include <dev/pci/pcivar.h>
#include <machine/fdt.h>

#include "kern_ioconf.h"
#include "kern_var.h"

#define MAINBUS_REGS_MAX	8	/* register windows of one node */
#define MAINBUS_NODES_MAX	64	/* with a driver, at some time */

/* Which node has which device; it may be gone since. */
static struct {
	int node;
	struct device *dev;
} mainbus_nodes[MAINBUS_NODES_MAX];
static int mainbus_nnodes;

static int mainbus_match(struct device *, void *, void *);
static void mainbus_attach(struct device *, struct device *, void *);

const struct cfattach mainbus_ca = {
	sizeof(struct device), mainbus_match, mainbus_attach
};

struct cfdriver mainbus_cd = {
	NULL, "mainbus", DV_DULL, CD_COCOVM
};

static int
mainbus_match(struct device *parent, void *match, void *aux)
{
	return 1;
}

static int
mainbus_pci_print(void *aux, const char *pnp)
{
	struct pcibus_attach_args *pba = aux;

	if (pnp != NULL)
		printf("pci at %s", pnp);
	printf(" bus %d", pba->pba_bus);
	return UNCONF;
}

/* A line of the table may be a node's driver or the PCI bus's: say which. */
static int
mainbus_pci_submatch(struct device *parent, void *match, void *aux)
{
	struct cfdata *cf = match;

	if (strcmp(cf->cf_driver->cd_name, "pci") != 0)
		return 0;
	return cf->cf_attach->ca_match(parent, match, aux);
}

static int
mainbus_node_submatch(struct device *parent, void *match, void *aux)
{
	struct cfdata *cf = match;

	if (strcmp(cf->cf_driver->cd_name, "pci") == 0)
		return 0;
	return cf->cf_attach->ca_match(parent, match, aux);
}

static void
mainbus_pci_attach(struct device *self)
{
	struct pcibus_attach_args pba;

	memset(&pba, 0, sizeof(pba));
	pba.pba_busname = "pci";
	pba.pba_iot = &io_bus_space;
	pba.pba_memt = &mem_bus_space;
	pba.pba_dmat = &pci_bus_dma_tag;
	pba.pba_flags = PCI_FLAGS_MEM_ENABLED |
	    (kern_io_space_present() ? PCI_FLAGS_IO_ENABLED : 0);
	config_found_sm(self, &pba, mainbus_pci_print, mainbus_pci_submatch);
}

/* A number of cells 32 bits each, most significant first; at most two. */
static uint64_t
mainbus_cells(const uint32_t *cells, int n)
{
	return n == 2 ? (uint64_t)cells[0] << 32 | cells[1] :
	    n == 1 ? cells[0] : 0;
}

/* The note of a node, a new one if it has none. */
static int
mainbus_node_index(int node)
{
	int i;

	for (i = 0; i < mainbus_nnodes; i++)
		if (mainbus_nodes[i].node == node)
			return i;
	if (mainbus_nnodes == MAINBUS_NODES_MAX)
		KERN_UNMODELLED("device tree with more than 64 devices");
	mainbus_nodes[mainbus_nnodes].node = node;
	return mainbus_nnodes++;
}

/* Offers one node of the device tree's root to the drivers. */
static struct device *
mainbus_node_attach(struct device *self, int node, int acells, int scells)
{
	uint32_t cells[MAINBUS_REGS_MAX * 4];
	struct fdt_reg regs[MAINBUS_REGS_MAX];
	struct fdt_attach_args fa;
	char name[64];
	int i, len, n = 0;

	if (OF_getprop(node, "name", name, sizeof(name)) <= 0)
		return NULL;
	name[sizeof(name) - 1] = '\0';
	len = OF_getpropintarray(node, "reg", cells, sizeof(cells));
	for (i = 0; i + acells + scells <= len / 4; i += acells + scells) {
		regs[n].addr = mainbus_cells(cells + i, acells);
		regs[n].size = mainbus_cells(cells + i + acells, scells);
		n++;
	}
	memset(&fa, 0, sizeof(fa));
	fa.fa_name = name;
	fa.fa_node = node;
	fa.fa_iot = &mem_bus_space;
	fa.fa_dmat = &pci_bus_dma_tag;
	fa.fa_reg = regs;
	fa.fa_nreg = n;
	fa.fa_acells = acells;
	fa.fa_scells = scells;
	/* Most nodes describe what no driver here is for: nothing is said. */
	return config_found_sm(self, &fa, NULL, mainbus_node_submatch);
}

/* Whether a node has its device, or had it and keeps it. */
static int
mainbus_node_has_device(struct device *self, int node)
{
	int i;

	for (i = 0; i < mainbus_nnodes; i++)
		if (mainbus_nodes[i].node == node &&
		    kern_device_is_child(mainbus_nodes[i].dev, self))
			return 1;
	return 0;
}

/*
 * Nodes below a bus, the root or a simple-bus, which has the same addresses.
 * Those that have a device keep it.  Returns how many came.
 */
static int
mainbus_bus_attach(struct device *self, int bus)
{
	int acells, scells, n = 0, node;
	struct device *dev;

	acells = OF_getpropint(bus, "#address-cells", 2);
	scells = OF_getpropint(bus, "#size-cells", 1);
	if (acells < 1 || acells > 2 || scells < 1 || scells > 2)
		KERN_UNMODELLED("device tree with cells other than 1 or 2");
	for (node = OF_child(bus); node != 0; node = OF_peer(node)) {
		if (OF_is_compatible(node, "simple-bus")) {
			n += mainbus_bus_attach(self, node);
			continue;
		}
		if (mainbus_node_has_device(self, node))
			continue;
		dev = mainbus_node_attach(self, node, acells, scells);
		if (dev == NULL)
			continue;
		mainbus_nodes[mainbus_node_index(node)].dev = dev;
		n++;
	}
	return n;
}

static int
mainbus_nodes_attach(struct device *self)
{
	int root = OF_peer(0);

	return root == 0 ? 0 : mainbus_bus_attach(self, root);
}

/*
 * Where PCI's I/O ports are: a row of the host's ranges whose space is 1 (the
 * PCI bus binding): 3 cells of PCI address, acells of CPU address, 2 of size.
 */
static void
mainbus_io_find(int bus)
{
	uint32_t cells[MAINBUS_REGS_MAX * 7], *row;
	int acells, node, i, len;

	acells = OF_getpropint(bus, "#address-cells", 2);
	for (node = OF_child(bus); node != 0; node = OF_peer(node)) {
		if (!OF_is_compatible(node, "pci-host-ecam-generic")) {
			if (OF_is_compatible(node, "simple-bus"))
				mainbus_io_find(node);
			continue;
		}
		len = OF_getpropintarray(node, "ranges", cells, sizeof(cells));
		for (i = 0; i + 5 + acells <= len / 4; i += 5 + acells) {
			row = &cells[i];
			if ((row[0] >> 24 & 3) != 1)
				continue;
			kern_io_space_set(mainbus_cells(row + 1, 2),
			    mainbus_cells(row + 3, acells),
			    mainbus_cells(row + 3 + acells, 2));
			return;
		}
	}
}

int
kern_mainbus_rescan(struct device *bus)
{
	return mainbus_nodes_attach(bus);
}

static void
mainbus_attach(struct device *parent, struct device *self, void *aux)
{
	printf("\n");
	(void)mainbus_nodes_attach(self);
	if (hc->pci_present()) {
		mainbus_io_find(OF_peer(0));
		mainbus_pci_attach(self);
	}
}

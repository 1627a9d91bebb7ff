/*
 * kern_pci_names.c: what a PCI function is called in the dmesg.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <dev/pci/pcidevs.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

static const struct {
	uint16_t	 vendor, product;
	const char	*name;
} pci_names[] = {
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO_NET,
	    "Qumranet Virtio Network" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO_BLOCK,
	    "Qumranet Virtio Storage" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO_CONS,
	    "Qumranet Virtio Console" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO_RNG,
	    "Qumranet Virtio RNG" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_NET,
	    "Qumranet Virtio 1.x Network" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_BLOCK,
	    "Qumranet Virtio 1.x Storage" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_CONS,
	    "Qumranet Virtio 1.x Console" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_RNG,
	    "Qumranet Virtio 1.x RNG" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_SCSI,
	    "Qumranet Virtio 1.x SCSI" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_GPU,
	    "Qumranet Virtio 1.x GPU" },
	{ PCI_VENDOR_QUMRANET, PCI_PRODUCT_QUMRANET_VIO1_INPUT,
	    "Qumranet Virtio 1.x Input" },
	{ PCI_VENDOR_OPENBSD, PCI_PRODUCT_OPENBSD_CONTROL,
	    "OpenBSD VMM Control" },
};

static const struct {
	uint16_t	 vendor;
	const char	*name;
} pci_vendors[] = {
	{ PCI_VENDOR_OPENBSD, "OpenBSD" },
	{ PCI_VENDOR_QUMRANET, "Qumranet" },
	{ PCI_VENDOR_REDHAT, "Red Hat" },
	{ PCI_VENDOR_INTEL, "Intel" },
	{ PCI_VENDOR_APPLE, "Apple" },
};

static const char *
pci_vendor_name(pcireg_t id)
{
	size_t i;

	for (i = 0; i < nitems(pci_vendors); i++) {
		if (pci_vendors[i].vendor == PCI_VENDOR(id))
			return pci_vendors[i].name;
	}
	return NULL;
}

/* "NAME" rev 0x01; with showclass, for what has no driver, the class too. */
void
pci_devinfo(pcireg_t id, pcireg_t class, int showclass, char *buf, size_t size)
{
	const char *vendor = pci_vendor_name(id);
	char kind[48] = "";
	size_t i;

	if (showclass)
		snprintf(kind, sizeof(kind), "class 0x%02x subclass 0x%02x, ",
		    PCI_CLASS(class), PCI_SUBCLASS(class));
	for (i = 0; i < nitems(pci_names); i++) {
		if (pci_names[i].vendor != PCI_VENDOR(id) ||
		    pci_names[i].product != PCI_PRODUCT(id))
			continue;
		if (showclass)
			snprintf(buf, size, "\"%s\" (%srev 0x%02x)",
			    pci_names[i].name, kind, PCI_REVISION(class));
		else
			snprintf(buf, size, "\"%s\" rev 0x%02x",
			    pci_names[i].name, PCI_REVISION(class));
		return;
	}
	if (vendor != NULL)
		snprintf(buf, size,
		    "vendor \"%s\", unknown product 0x%04x (%srev 0x%02x)",
		    vendor, PCI_PRODUCT(id), kind, PCI_REVISION(class));
	else
		snprintf(buf, size,
		    "vendor 0x%04x, product 0x%04x (%srev 0x%02x)",
		    PCI_VENDOR(id), PCI_PRODUCT(id), kind,
		    PCI_REVISION(class));
}

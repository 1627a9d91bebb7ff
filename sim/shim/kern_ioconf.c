/*
 * kern_ioconf.c: the guest's configuration, what config(8) makes elsewhere.
 */
#include "kern_ioconf.h"

#include <sys/param.h>

extern const struct cfattach mainbus_ca, pci_ca, ppb_ca;
extern struct cfdriver mainbus_cd, pci_cd, ppb_cd;
extern const struct cfattach virtio_pci_ca, virtio_mmio_ca, viogpu_ca, vio_ca;
extern struct cfdriver virtio_cd, viogpu_cd, vio_cd;
extern const struct cfattach vio_compat_ca;
extern const struct cfattach wsdisplay_emul_ca, testdev_ca, testvq_ca;
extern struct cfdriver wsdisplay_cd, testdev_cd, testvq_cd;

/* A line `name* at parent flags f'. */
#define STAR(ca, cd, parent, loc, flags) \
	{ &(ca), &(cd), 0, FSTATE_STAR, (loc), (flags), (parent) }

static long no_loc[] = { -1, -1 };
#if NWSDISPLAY > 0 && NVIOGPU > 0
static long wsdisplay_loc[] = { -1, -1, 1 };	/* console, primary, mux */
#endif

struct cfdata cfdata[] = {
	{ &mainbus_ca, &mainbus_cd, 0, FSTATE_NOTFOUND, no_loc, 0, NULL },
	STAR(pci_ca, pci_cd, "mainbus", no_loc, 0),
	STAR(pci_ca, pci_cd, "ppb", no_loc, 0),
	STAR(ppb_ca, ppb_cd, "pci", no_loc, 0),
#if NVIRTIO > 0 && NVIRTIO_PCI > 0
	STAR(virtio_pci_ca, virtio_cd, "pci", no_loc, VIRTIO_FLAGS),
#endif
#if NVIRTIO > 0 && NVIRTIO_MMIO > 0
	STAR(virtio_mmio_ca, virtio_cd, "mainbus", no_loc, VIRTIO_FLAGS),
#endif
#if NVIOGPU > 0
	STAR(viogpu_ca, viogpu_cd, "virtio", no_loc, 0),
#endif
#if NVIO > 0 && VIO_COMPAT > 0
	STAR(vio_compat_ca, vio_cd, "virtio", no_loc, 0),
#elif NVIO > 0
	STAR(vio_ca, vio_cd, "virtio", no_loc, 0),
#endif
#if NWSDISPLAY > 0 && NVIOGPU > 0
	STAR(wsdisplay_emul_ca, wsdisplay_cd, "viogpu", wsdisplay_loc, 0),
#endif
#if NTESTVQ > 0
	STAR(testvq_ca, testvq_cd, "virtio", no_loc, 0),
#endif
#if NTESTDEV > 0
	STAR(testdev_ca, testdev_cd, "pci", no_loc, 0),
#endif
	{ NULL, NULL, 0, 0, NULL, 0, NULL }
};

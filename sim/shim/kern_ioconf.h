/*
 * kern_ioconf.h: the drivers of this guest, as config(8) would write them.
 *
 * The build says with -DNAME=1 which drivers it links; a driver that is not
 * named is not referred to.  Every name is 0 unless given:
 *
 *	NVIRTIO		virtio.c		virtio_cd
 *	NVIRTIO_PCI	virtio_pci.c		virtio_pci_ca
 *	NVIRTIO_MMIO	virtio_mmio.c		virtio_mmio_ca
 *	NVIOGPU		viogpu.c		viogpu_ca, viogpu_cd
 *	NVIO		if_vio.c		vio_ca, vio_cd
 *	VIO_COMPAT	virtio_compat.c		vio_compat_ca in vio_ca's place
 *	NWSDISPLAY	kern_wscons.c		wsdisplay_emul_ca, wsdisplay_cd;
 *			kern_user.c, kern_font.c and kern_rasops.c too
 *	NTESTVQ		a test's own, at virtio	testvq_ca, testvq_cd;
 *			takes the step HC_OP_RAISE	testdev_raise
 *	NTESTDEV	a test's own, at pci	testdev_ca, testdev_cd;
 *			takes the step HC_OP_RAISE	testdev_raise
 *
 * KERN_COCOVM is 1 where the drivers are of a time (September 2025 and later)
 * whose kernel leaves some out of confidential guests.
 *
 * VIRTIO_FLAGS is the cf_flags of virtio's lines, as `flags 0x..' in a kernel
 * configuration; 0 unless given.
 */
#ifndef KERN_IOCONF_H
#define KERN_IOCONF_H

#include <sys/device.h>

#ifndef NVIRTIO
#define NVIRTIO		0
#endif
#ifndef NVIRTIO_PCI
#define NVIRTIO_PCI	0
#endif
#ifndef NVIRTIO_MMIO
#define NVIRTIO_MMIO	0
#endif
#ifndef NVIOGPU
#define NVIOGPU		0
#endif
#ifndef VIO_COMPAT
#define VIO_COMPAT	0
#endif
#ifndef NVIO
#define NVIO		0
#endif
#ifndef NWSDISPLAY
#define NWSDISPLAY	0
#endif
#ifndef NTESTVQ
#define NTESTVQ		0
#endif
#ifndef NTESTDEV
#define NTESTDEV	0
#endif
#ifndef KERN_COCOVM
#define KERN_COCOVM	0
#endif
#ifndef VIRTIO_FLAGS
#define VIRTIO_FLAGS	0
#endif

/*
 * The lines of the configuration, up to one without a cf_driver.  A device is
 * attached by the line whose match gives the greatest number above 0; between
 * equals, the earlier line.
 */
extern struct cfdata cfdata[];

#endif

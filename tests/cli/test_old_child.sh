#!/bin/sh
# test_old_child.sh: a child of virtio as they were until 2023: it is told its
# device by virtio_softc, gives virtio_alloc_vq six arguments, and leaves the
# end of its attach to the transport (drivers/virtio_compat.c).

. "${VIOTAPE_SOURCE:?}/tests/cli/asking.sh"
asking old-child

cat >net.scn <<'END'
device net
title An interface of one queue that does nothing
expect
END

cat >if_vio-old.c <<'END'
#include "bpfilter.h"
#include "vlan.h"
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/device.h>
#include <sys/mbuf.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/if_ether.h>

struct old_softc {
	struct device		 sc_dev;
	struct arpcom		 sc_ac;
	struct virtqueue	 sc_vq[1];
};

static const struct virtio_feature_name names[] = { { 0, NULL } };

static int
old_match(struct device *parent, void *match, void *aux)
{
	struct virtio_softc *va = aux;

	return va->sc_childdevid == 1;
}

static void
old_start(struct ifnet *ifp)
{
	IFQ_PURGE(&ifp->if_snd);
}

static int
old_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	return ether_ioctl(ifp, ifp->if_softc, cmd, data);
}

static int
old_done(struct virtqueue *vq)
{
	return 0;
}

static void
old_attach(struct device *parent, struct device *self, void *aux)
{
	struct old_softc *sc = (struct old_softc *)self;
	struct virtio_softc *vsc = (struct virtio_softc *)parent;
	struct ifnet *ifp = &sc->sc_ac.ac_if;

	vsc->sc_child = self;
	vsc->sc_ipl = IPL_NET;
	vsc->sc_vqs = sc->sc_vq;
	(void)virtio_negotiate_features(vsc, names);
	if (virtio_alloc_vq(vsc, &sc->sc_vq[0], 0, MCLBYTES, 2, "rx") != 0) {
		vsc->sc_child = VIRTIO_CHILD_ERROR;
		return;
	}
	vsc->sc_nvqs = 1;
	sc->sc_vq[0].vq_done = old_done;
	ether_fakeaddr(ifp);
	printf(": of 2022, address %s\n", ether_sprintf(sc->sc_ac.ac_enaddr));
	strlcpy(ifp->if_xname, self->dv_xname, IFNAMSIZ);
	ifp->if_softc = &sc->sc_ac;
	ifp->if_start = old_start;
	ifp->if_ioctl = old_ioctl;
	IFQ_SET_MAXLEN(&ifp->if_snd, 7);
	if_attach(ifp);
	ether_ifattach(ifp);
}

struct cfattach vio_ca = {
	sizeof(struct old_softc), old_match, old_attach, NULL
};

struct cfdriver vio_cd = {
	NULL, "vio", DV_IFNET
};
END

run 0 record --host builtin --scenario net.scn --driver if_vio-old.c -o net.vtr
run 0 replay --verbose --driver if_vio-old.c net.vtr
has out 'vio0 at virtio0: of 2022, address fe:e1:ba:d0:51:00'
has out 'virtio0: msix'

# One that finishes by itself is told its device the other way.
sed 's/	ether_ifattach(ifp);/&	\/* virtio_attach_finish *\//' if_vio-old.c \
    >if_vio-new.c
run 0 replay --verbose --driver if_vio-new.c net.vtr
has out 'no driver for it: not configured'

exit $failed

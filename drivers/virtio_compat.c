/*
 * Children of virtio as they were until 2023: they are told the device by
 * virtio_softc's sc_childdevid and not by struct virtio_attach_args, and the
 * transport finishes their attach, not they.
 *
 *	config_found(virtio_attach_args)
 *	    vio_compat_match, vio_compat_attach	translate
 *		vio_match, vio_attach		with the softc as aux
 *	    virtio_attach_finish
 *
 * Only compiled where such a driver is in the place of ours (VIO_COMPAT).
 */

#include <sys/param.h>
#include <sys/device.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

#if defined(VIO_COMPAT) && VIO_COMPAT > 0

int	vio_compat_match(struct device *, void *, void *);
void	vio_compat_attach(struct device *, struct device *, void *);

extern struct cfattach vio_ca;

/* The size of its softc is known when it is matched. */
struct cfattach vio_compat_ca = {
	sizeof(struct device), vio_compat_match, vio_compat_attach
};

int
vio_compat_match(struct device *parent, void *match, void *aux)
{
	struct virtio_softc *vsc = (struct virtio_softc *)parent;
	struct virtio_attach_args *va = aux;

	vio_compat_ca.ca_devsize = vio_ca.ca_devsize;
	vio_compat_ca.ca_detach = vio_ca.ca_detach;
	vsc->sc_childdevid = va->va_devid;
	return vio_ca.ca_match(parent, match, vsc);
}

void
vio_compat_attach(struct device *parent, struct device *self, void *aux)
{
	struct virtio_softc *vsc = (struct virtio_softc *)parent;

	vio_ca.ca_attach(parent, self, vsc);
	if (vsc->sc_child != NULL && vsc->sc_child != VIRTIO_CHILD_ERROR &&
	    virtio_attach_finish(vsc, aux) != 0)
		vsc->sc_child = VIRTIO_CHILD_ERROR;
}

#endif /* VIO_COMPAT > 0 */

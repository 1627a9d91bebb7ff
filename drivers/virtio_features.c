/*
 * Features: what every transport's neg_features does in the same way.  How the
 * device is asked, and told, is the transport's.
 *
 * In a file of its own and not in virtio.c, so that the transports also work
 * with a user's virtio.c.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

int
virtio_features_begin(struct virtio_softc *vsc)
{
	/* Once accepted, features stay; a second round begins anew. */
	if (virtio_get_status(vsc) & (VIRTIO_CONFIG_DEVICE_STATUS_FEATURES_OK |
	    VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK |
	    VIRTIO_CONFIG_DEVICE_STATUS_FAILED)) {
		virtio_reset(vsc);
		if (virtio_get_status(vsc) != 0)
			return EBUSY;
	}
	virtio_set_status(vsc, VIRTIO_CONFIG_DEVICE_STATUS_ACK);
	virtio_set_status(vsc, VIRTIO_CONFIG_DEVICE_STATUS_DRIVER);
	return 0;
}

uint64_t
virtio_features_choose(struct virtio_softc *vsc, uint64_t offered,
    uint64_t transport)
{
	int cf_flags = vsc->sc_dev.dv_cfdata->cf_flags;
	uint64_t taken = vsc->sc_driver_features | transport |
	    VIRTIO_F_RING_INDIRECT_DESC | VIRTIO_F_RING_EVENT_IDX;

	if (cf_flags & VIRTIO_CF_NO_INDIRECT)
		taken &= ~VIRTIO_F_RING_INDIRECT_DESC;
	if (cf_flags & VIRTIO_CF_NO_EVENT_IDX)
		taken &= ~VIRTIO_F_RING_EVENT_IDX;
	return taken & offered;
}

void
virtio_features_settle(struct virtio_softc *vsc, uint64_t offered,
    uint64_t taken, int version_1, const struct virtio_feature_name *names)
{
	vsc->sc_active_features = taken;
	vsc->sc_version_1 = version_1;
	vsc->sc_indirect = virtio_has_feature(vsc,
	    VIRTIO_F_RING_INDIRECT_DESC);
#if VIRTIO_DEBUG
	printf("%s:", vsc->sc_dev.dv_xname);
	virtio_log_features(offered, taken, names);
#endif
}

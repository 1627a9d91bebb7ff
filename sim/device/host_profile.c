/* host_profile.c: a host's manners, laid over any host. */
#include "host_profile.h"
#include "check.h"
#include "virtio_pci_spec.h"
#include "virtio_state.h"
#include "virtio_spec.h"

#include <stdlib.h>

#define NET_BIT_MTU	3

struct profile_host {
	struct boundary_host_ops ops;	/* the name is the inner host's */
	struct boundary_host inner;
	struct host_profile profile;
	struct virtio_state st;	/* judges nothing */
	uint8_t status_old;		/* shown while a reset lasts */
	unsigned reads_left;		/* of that */
	uint32_t resets_told;		/* st.resets when last reported */
};

/* The offset in the common structure, or VIRTIO_PCI_COMMON_SIZE. */
static uint32_t
profile_common(struct profile_host *h, uint16_t bdf,
    enum boundary_region region, uint32_t offset)
{
	uint32_t at;

	if (bdf != h->profile.bdf || virtio_state_find(&h->st, region,
	    offset, &at) != VIRTIO_PCI_PART_COMMON ||
	    at >= VIRTIO_PCI_COMMON_SIZE)
		return VIRTIO_PCI_COMMON_SIZE;
	return at;
}

static int
profile_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct profile_host *h = self;

	if (h->reads_left != 0 && profile_common(h, bdf, region, offset) ==
	    VIRTIO_PCI_STATUS) {
		h->reads_left--;
		*value = h->status_old;
		return 0;
	}
	if (h->inner.ops->read(h->inner.self, bdf, region, offset, size, value,
	    err) != 0)
		return -1;
	if (h->st.resets == 0 && h->profile.firmware_status != 0 &&
	    profile_common(h, bdf, region, offset) == VIRTIO_PCI_STATUS)
		*value = h->profile.firmware_status;
	if (bdf == h->profile.bdf)
		virtio_state_read(&h->st, region, offset, size, *value);
	return 0;
}

static int
profile_refuses(const struct profile_host *h)
{
	uint64_t offered = h->st.offered[0] | (uint64_t)h->st.offered[1] << 32;

	return h->profile.features_refused != NULL &&
	    h->profile.features_refused(h->st.pci.layout.device_id, offered,
	    virtio_state_features(&h->st));
}

/* The host underneath does not see the write, so it cannot judge it. */
static void
profile_lost(struct profile_host *h)
{
	const struct boundary_port *port = h->profile.port;

	if (port == NULL || h->resets_told == h->st.resets)
		return;
	h->resets_told = h->st.resets;
	port->protocol_broken(port->machine, "virtio-reset-not-awaited",
	    "4.1.4.3.2", "a register was written after a reset, before "
	    "device_status was read as 0: this host loses it");
}

static int
profile_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct profile_host *h = self;
	uint32_t at = profile_common(h, bdf, region, offset);
	int status = at == VIRTIO_PCI_STATUS;

	if (status && (uint8_t)value == 0) {
		if (!h->st.reset_pending) {
			h->status_old = h->st.resets == 0 &&
			    h->profile.firmware_status != 0 ?
			    h->profile.firmware_status : h->st.status;
			h->reads_left = h->status_old != 0 ?
			    h->profile.late_reset_reads : 0;
		}
	} else if (at < VIRTIO_PCI_COMMON_SIZE && h->st.reset_pending &&
	    h->profile.late_reset_reads != 0 && h->status_old != 0) {
		profile_lost(h);
		return 0;
	}
	if (status &&
	    (value & ~h->st.status & VIRTIO_STATUS_FEATURES_OK) != 0 &&
	    profile_refuses(h))
		value &= ~(uint64_t)VIRTIO_STATUS_FEATURES_OK;
	if (bdf == h->profile.bdf)
		virtio_state_write(&h->st, region, offset, size, value);
	return h->inner.ops->write(h->inner.self, bdf, region, offset, size,
	    value, err);
}

static int
profile_step(void *self, int block, struct error *err)
{
	struct profile_host *h = self;

	return h->inner.ops->step(h->inner.self, block, err);
}

static void
profile_time(void *self, uint64_t ns)
{
	struct profile_host *h = self;

	h->inner.ops->time(h->inner.self, ns);
}

static int
profile_happen(void *self, const struct boundary_happening *what,
    struct error *err)
{
	struct profile_host *h = self;

	return h->inner.ops->happen == NULL ? 1 :
	    h->inner.ops->happen(h->inner.self, what, err);
}

static void
profile_close(void *self)
{
	struct profile_host *h = self;

	h->inner.ops->close(h->inner.self);
	check_free(h);
}

static void
profile_look(void *self)
{
	struct profile_host *h = self;

	h->inner.ops->look(h->inner.self);
}

static enum boundary_busy
profile_busy(void *self)
{
	struct profile_host *h = self;

	return h->inner.ops->busy(h->inner.self);
}

static void
profile_waits(void *self)
{
	struct profile_host *h = self;

	h->inner.ops->waits(h->inner.self);
}

/* Its own, which has the resets told, then that of the host underneath. */
static void
profile_state(void *self, struct state *s)
{
	struct profile_host *h = self;

	virtio_state_state(&h->st, s);
	state_add_u64(s, (uint64_t)h->reads_left << 8 | h->status_old);
	state_add_u64(s, h->resets_told == h->st.resets);
	h->inner.ops->state(h->inner.self, s);
}

struct boundary_host
host_profile_create(struct boundary_host inner,
    const struct host_profile *profile)
{
	struct profile_host *h = check_calloc(1, sizeof *h);
	struct boundary_host out;

	h->inner = inner;
	h->profile = *profile;
	virtio_state_init(&h->st, NULL, VIRTIO_BUS_PCI, profile->bdf);
	h->ops.name = inner.ops->name;
	h->ops.read = profile_read;
	h->ops.write = profile_write;
	h->ops.step = profile_step;
	h->ops.time = profile_time;
	h->ops.close = profile_close;
	h->ops.happen = profile_happen;
	h->ops.look = inner.ops->look != NULL ? profile_look : NULL;
	h->ops.busy = inner.ops->busy != NULL ? profile_busy : NULL;
	h->ops.waits = inner.ops->waits != NULL ? profile_waits : NULL;
	h->ops.state = inner.ops->state != NULL ? profile_state : NULL;
	out.ops = &h->ops;
	out.self = h;
	return out;
}

int
host_profile_apple_refused(uint16_t device_id, uint64_t offered,
    uint64_t accepted)
{
	return device_id == VIRTIO_ID_NET &&
	    (offered & ~accepted & VIRTIO_FEATURE(NET_BIT_MTU)) != 0;
}

/*
 * vring_model.h: for tests and the bench: the virtqueue as a model checker has
 * it: a driver that posts K chains one by one (vring_guest.c), and a device
 * that polls avail.idx whenever it likes.  Every behaviour of both is explored.
 *
 *	the driver		the device
 *	entry, descriptor	looks at a store of avail.idx, or does not
 *	barrier			poll: reads avail.idx; takes the next chain, if
 *	avail.idx		it sees one more, and polls again, or stops
 *
 * It wants no notifications and gives nothing back.  A device that polls K
 * times, each poll reading whatever it may, has C(2K, K) executions: as many
 * sequences of K indexes from 0 to K there are that do not fall.  Here it polls
 * as often as it likes; what it did at one store is one of these sequences, cut
 * where the store became visible.
 */
#ifndef VIOTAPE_VRING_MODEL_H
#define VIOTAPE_VRING_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "echo_device.h"
#include "guest_build.h"
#include "sim.h"

#define VRING_MODEL_KINDS	(EXPLORE_USUAL | 1u << CHOICE_HOST_PAUSE)
#define VRING_MODEL_MAX		128u	/* K */

/* What comes of a poll. */
enum { POLL_NOTHING, POLL_RIGHT, POLL_WRONG, POLL_RESULTS };

/* What was seen in any way: in memory of who asks, or NULL. */
struct vring_model_seen {
	/* By how many the driver had posted, and how many were taken. */
	uint8_t poll[VRING_MODEL_MAX + 1][VRING_MODEL_MAX + 1][POLL_RESULTS];
	/* ... and of those the first polls of a look. */
	uint8_t first[VRING_MODEL_MAX + 1][VRING_MODEL_MAX + 1];
	uint8_t left[VRING_MODEL_MAX + 1];	/* at the end, by taken */
};

struct vring_model {
	unsigned k;
	struct vring_model_seen *seen;
	/* The rest is vring_model_explore()'s. */
	struct scenario scenario;
	uint16_t queue_size;
};

struct vring_poller {
	const struct vring_model *model;
	struct boundary_host registers;	/* a device that is never notified */
	struct virtio_core *core;
	const struct boundary_port *port;
	struct choice *choice;
	struct vring vr;
	struct vring_chain chain;
	struct bytes payload;
	uint8_t live, broken, looking, again;
};

/* --- the device --- */

/* What came of a poll, by a device that had taken so many. */
static inline void
poller_saw(const struct vring_poller *d, unsigned taken, unsigned what)
{
	struct vring_model_seen *s = d->model->seen;
	/* At each store of avail.idx it is asked once. */
	uint64_t posted = d->choice->asked[CHOICE_HOST_LOOK];

	if (s == NULL)
		return;
	CHECK(posted <= VRING_MODEL_MAX && taken <= VRING_MODEL_MAX);
	s->poll[posted][taken][what] = 1;
	if (!d->again)
		s->first[posted][taken] = 1;
}

/* 1: a chain was there, and right; after a wrong one it never looks again. */
static inline int
poller_poll(struct vring_poller *d, struct error *err)
{
	unsigned taken = d->vr.last_avail;
	enum vring_result r = vring_take(d->port, &d->vr, &d->chain);

	if (r != VRING_TAKEN) {
		d->broken = r != VRING_EMPTY;
		poller_saw(d, taken, d->broken ? POLL_WRONG : POLL_NOTHING);
		return 0;
	}
	bytes_clear(&d->payload);
	if (vring_chain_read(d->port, &d->vr, &d->chain, &d->payload, err) != 0)
		return -1;
	d->port->chain_taken(d->port->machine, d->vr.bdf, d->vr.queue,
	    d->chain.ordinal, d->chain.lens, d->chain.ndesc, d->chain.nread,
	    d->payload.data, d->payload.len);
	d->broken = d->payload.len != 4 || d->chain.ndesc != 1 ||
	    bytes_le(d->payload.data, 4) != d->chain.ordinal + 1u;
	poller_saw(d, taken, d->broken ? POLL_WRONG : POLL_RIGHT);
	return !d->broken;
}

static inline int
poller_step(void *self, int block, struct error *err)
{
	struct vring_poller *d = self;
	int r;

	(void)block;
	if (!d->live && (virtio_core_state(d->core)->status &
	    VIRTIO_STATUS_DRIVER_OK) != 0 && virtio_state_ring(
	    virtio_core_state(d->core), 0, &d->vr)) {
		d->live = 1;
		return vring_set_notify(d->port, &d->vr, 0) == 0 ? 1 : -1;
	}
	if (!d->looking)
		return 0;
	if (d->again && choice_pick(d->choice, CHOICE_HOST_PAUSE, 2) != 0)
		r = 0;
	else
		r = poller_poll(d, err);
	d->again = d->looking = r == 1;
	return r;
}

static inline void
poller_look(void *self)
{
	struct vring_poller *d = self;

	d->looking = d->live && !d->broken;
}

static inline enum boundary_busy
poller_busy(void *self)
{
	return ((struct vring_poller *)self)->looking ? BUSY_SERVES : BUSY_NOT;
}

static inline int
poller_happen(void *self, const struct boundary_happening *h,
    struct error *err)
{
	struct vring_poller *d = self;

	(void)err;
	if (h->what == HAPPEN_STILL && d->live && d->model->seen != NULL)
		d->model->seen->left[d->vr.last_avail] = 1;
	return h->what != HAPPEN_STILL;
}

static inline int
poller_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct vring_poller *d = self;

	return d->registers.ops->read(d->registers.self, bdf, region, offset,
	    size, value, err);
}

static inline int
poller_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct vring_poller *d = self;

	return d->registers.ops->write(d->registers.self, bdf, region, offset,
	    size, value, err);
}

static inline void
poller_close(void *self)
{
	struct vring_poller *d = self;

	d->registers.ops->close(d->registers.self);
	vring_chain_free(&d->chain);
	bytes_free(&d->payload);
	check_free(d);
}

static inline void
poller_state(void *self, struct state *s)
{
	struct vring_poller *d = self;

	d->registers.ops->state(d->registers.self, s);
	state_add_u64(s, (uint64_t)d->live << 3 |
	    (uint64_t)d->broken << 2 | (uint64_t)d->looking << 1 | d->again);
	if (d->live)
		vring_state(&d->vr, s);
}

static inline uint64_t
poller_config_read(void *self, uint32_t offset, unsigned size)
{
	(void)self;
	(void)offset;
	return UINT64_MAX >> (64 - 8 * size);
}

/* run_config.host; self is a struct vring_model. */
static inline int
poller_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	static const struct boundary_host_ops ops = { "polling", poller_read,
	    poller_write, poller_step, NULL, poller_close, poller_happen,
	    poller_look, poller_busy, NULL, poller_state };
	static const struct virtio_device_ops device_ops = {
		.config_read = poller_config_read,
		.config_write = echo_config_write, .request = echo_request
	};
	const struct vring_model *model = self;
	struct virtio_device dev = {
		.id = 4, .class_code = 0xff0000,
		.features = VIRTIO_FEATURE(VIRTIO_BIT_VERSION_1),
		.config_size = 8, .vectors = 2, .queues = 1,
		.queue_size_max = &model->queue_size, .ops = &device_ops
	};
	struct vring_poller *d = check_calloc(1, sizeof *d);

	(void)err;
	d->model = model;
	d->port = machine_port(m);
	d->choice = machine_choice(m);
	d->core = virtio_transport_create(d->port, VIRTIO_TRANSPORT_PCI, &dev);
	d->registers = virtio_core_host(d->core);
	host->ops = &ops;
	host->self = d;
	return 0;
}

/* --- the model --- */

/* The guest, out of the source tree at top; as guest_build(). */
static inline struct guest *
vring_model_guest(const char *top, const char *const *faults, size_t nfaults,
    struct guest_built *built, struct error *err)
{
	static const char *const defines[] = { "-DNTESTVQ=1" };
	char *path = host_path_join(top, "tests/drivers/vring_guest.c");
	const char *extra[] = { path };
	const struct guest_spec spec = { .extra = extra, .nextra = 1,
	    .defines = defines, .ndefines = 1, .faults = faults,
	    .nfaults = nfaults };
	struct guest *g = NULL;

	if (guest_build(&spec, built, err) == 0)
		g = guest_load(built->path, err);
	check_free(path);
	return g;
}

/* K chains: what explore_execute() is asked; ended by vring_model_end(). */
static inline int
vring_model_begin(struct vring_model *model, const struct machine_desc *desc,
    struct guest *guest, struct explore_config *config, struct error *err)
{
	char text[32];

	CHECK(model->k <= VRING_MODEL_MAX);
	/* One slot is kept by the guest. */
	for (model->queue_size = 2; model->queue_size <= model->k;)
		model->queue_size *= 2;
	snprintf(text, sizeof text, "raise %u\n", model->k);
	memset(config, 0, sizeof *config);
	config->kinds = VRING_MODEL_KINDS;
	config->run.desc = desc;
	config->run.guest = guest;
	config->run.scenario = &model->scenario;
	config->run.host = poller_create;
	config->run.self = model;
	return scenario_parse(&model->scenario, "vring", text, strlen(text),
	    err);
}

static inline void
vring_model_end(struct vring_model *model)
{
	scenario_free(&model->scenario);
}

#endif

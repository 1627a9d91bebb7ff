/* replay_host.c: a trace as the host. */
#include "replay_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu2d.h"
#include "gpu_spec.h"
#include "net_device.h"
#include "net_spec.h"
#include "replay_net.h"
#include "replay_tape.h"
#include "state_memo.h"
#include "virtio_mmio_device.h"
#include "virtio_pci_device.h"
#include "virtio_spec.h"

/* Device configuration, where no structure says how much there is. */
#define CONFIG_SIZE_UNKNOWN	256u

/*
 * How often each recorded meaning was asked in this run: by the first chain of
 * the tape that has that meaning.
 */
struct asked {
	size_t first;
	size_t times;
};

struct replay {
	const struct replay_tape *tape;
	const struct boundary_port *port;
	struct virtio_core *core;
	struct gpu2d *gpu;		/* NULL: no pictures */
	struct net_device *net;		/* NULL: no packets */
	uint32_t gpu_events;		/* its events_read */
	unsigned resized;		/* so often */
	size_t *read_count;		/* of each register of the tape */
	size_t next[TAPE_QUEUES_MAX];	/* the chain that is expected */
	struct asked *asked[TAPE_QUEUES_MAX];
	size_t nasked[TAPE_QUEUES_MAX];
	int ended[TAPE_QUEUES_MAX];	/* said that the tape is at its end */
};

/* --- requests --- */

static void
request_print(const struct replay *r, const uint8_t *p, size_t n,
    struct bytes *out)
{
	if (r->gpu != NULL)
		gpu2d_request_print(p, n, out);
	else
		bytes_printf(out, "a request of %zu bytes", n);
}

/* Names what differs from the recording, and finds the place again. */
static void
follow(struct replay *r, unsigned queue, const uint8_t *request, size_t n)
{
	const struct replay_tape *t = r->tape;
	size_t at = r->next[queue];
	struct bytes text = { 0 };

	if (t->unseen)
		return;
	if (at < t->nchains[queue] && replay_tape_same(t,
	    t->chains[queue][at].request, t->chains[queue][at].nrequest,
	    request, n)) {
		r->next[queue]++;
		return;
	}
	if (at >= t->nchains[queue]) {
		/* More of what was asked before is no news. */
		if (r->ended[queue] || replay_tape_find(t, queue, request, n,
		    0) != TAPE_NOTHING)
			return;
		r->ended[queue] = 1;
		bytes_printf(&text, "queue %u: the recording ends, driver sent "
		    , queue);
	} else {
		bytes_printf(&text, "queue %u: expected ", queue);
		request_print(r, t->chains[queue][at].request,
		    t->chains[queue][at].nrequest, &text);
		bytes_printf(&text, ", driver sent ");
	}
	request_print(r, request, n, &text);
	r->port->diverged(r->port->machine, (const char *)text.data);
	bytes_free(&text);
	for (size_t i = at; i < t->nchains[queue]; i++)
		if (replay_tape_same(t, t->chains[queue][i].request,
		    t->chains[queue][i].nrequest, request, n)) {
			r->next[queue] = i + 1;
			return;
		}
}

/* The recorded chain that answers this one, or NULL. */
static const struct tape_chain *
answer_of(struct replay *r, unsigned queue, const uint8_t *request, size_t n)
{
	const struct replay_tape *t = r->tape;
	size_t first = replay_tape_find(t, queue, request, n, 0), i, at;

	if (first == TAPE_NOTHING)
		return NULL;
	for (i = 0; i < r->nasked[queue]; i++)
		if (r->asked[queue][i].first == first)
			break;
	if (i == r->nasked[queue]) {
		r->asked[queue] = check_realloc(r->asked[queue],
		    (i + 1) * sizeof r->asked[queue][0]);
		r->asked[queue][i].first = first;
		r->asked[queue][i].times = 0;
		r->nasked[queue]++;
	}
	at = replay_tape_find(t, queue, request, n, r->asked[queue][i].times);
	/* The last answer repeats: how often says nothing any more. */
	if (t->chains[queue][at].same_before >= r->asked[queue][i].times)
		r->asked[queue][i].times++;
	return &t->chains[queue][at];
}

/* A fence is echoed: this run's, not the recording's (VIRTIO 1.2, 5.7.6.7). */
static void
fence_echo(const uint8_t *request, size_t n, struct bytes *response)
{
	if (n < GPU_HDR_SIZE || response->len < GPU_HDR_SIZE)
		return;
	memcpy(response->data + GPU_HDR_FLAGS, request + GPU_HDR_FLAGS,
	    GPU_HDR_CTX_ID - GPU_HDR_FLAGS);
}

/*
 * What the request means on this run's memory: pictures, and whether a device
 * could have answered as recorded.  1: the recording's answer does not fit.
 */
static int
gpu_meaning(struct replay *r, unsigned queue, uint32_t ordinal,
    const uint8_t *request, size_t n, const struct tape_chain *c,
    struct gpu2d_reply *reply)
{
	uint32_t type;
	char a[16], b[16], text[160];

	if (r->gpu == NULL || queue != 0)
		return c == NULL;
	if (gpu2d_apply(r->gpu, ordinal, request, n, 1, reply) ==
	    GPU2D_ABORTED)
		return -1;
	/* Which display there is follows from this run's resize steps. */
	if (c == NULL || (c->resized != r->resized && n >= 4 &&
	    (bytes_le(request, 4) == GPU_GET_DISPLAY_INFO ||
	    bytes_le(request, 4) == GPU_GET_EDID)))
		return 1;
	type = c->nresponse >= 4 ? (uint32_t)bytes_le(c->response, 4) : 0;
	if (type == reply->type || reply->type == 0)
		return 0;
	snprintf(text, sizeof text, "queue %u: the recorded answer is %s, but "
	    "to this request a device answers %s", queue,
	    gpu2d_type_name(type, a), gpu2d_type_name(reply->type, b));
	r->port->diverged(r->port->machine, text);
	return 1;
}

static enum virtio_request_result
replay_request(void *self, unsigned queue, uint32_t ordinal,
    const uint8_t *read, size_t nread, size_t writable_max,
    struct bytes *response, struct error *err)
{
	struct replay *r = self;
	const struct tape_chain *c;
	struct gpu2d_reply reply;
	int own;

	(void)writable_max;
	(void)err;
	memset(&reply, 0, sizeof reply);
	follow(r, queue, read, nread);
	c = answer_of(r, queue, read, nread);
	own = gpu_meaning(r, queue, ordinal, read, nread, c, &reply);
	if (own == 0)
		bytes_add(response, c->response, c->nresponse);
	else if (own > 0)
		bytes_add(response, reply.response.data, reply.response.len);
	if (own == 0 && r->gpu != NULL)
		fence_echo(read, nread, response);
	gpu2d_reply_free(&reply);
	return own < 0 ? VIRTIO_REQUEST_ABORTED : VIRTIO_REQUEST_DONE;
}

/* --- the device --- */

static void
replay_reset(void *self)
{
	struct replay *r = self;

	if (r->gpu != NULL)
		gpu2d_reset(r->gpu);
	r->gpu_events = 0;
}

/*
 * Events of a display follow from the scenario and from what this driver
 * cleared; all else is answered from the recording's registers, see host_read.
 */
static uint64_t
replay_config_read(void *self, uint32_t offset, unsigned size)
{
	struct replay *r = self;

	(void)size;
	return offset == GPU_CONFIG_EVENTS_READ ? r->gpu_events : 0;
}

static void
replay_config_write(void *self, uint32_t offset, unsigned size, uint64_t value)
{
	struct replay *r = self;

	if (offset == GPU_CONFIG_EVENTS_CLEAR && size == 4)
		r->gpu_events &= ~(uint32_t)value;
}

static int
replay_resize(void *self, uint32_t width, uint32_t height)
{
	struct replay *r = self;

	gpu2d_mode_set(r->gpu, width, height);
	r->gpu_events |= GPU_EVENT_DISPLAY;
	r->resized++;
	return 1;
}

static const struct virtio_device_ops replay_ops = {
	.reset = replay_reset, .config_read = replay_config_read,
	.config_write = replay_config_write, .request = replay_request
};

static const struct virtio_device_ops replay_gpu_ops = {
	.reset = replay_reset, .config_read = replay_config_read,
	.config_write = replay_config_write, .request = replay_request,
	.resize = replay_resize
};

/* --- the host --- */

/*
 * Registers that say what the host is, and so answer from the recording; the
 * others follow from what this driver did (status, ISR, addresses, vectors).
 */
static int
is_recorded(const struct replay *r, const char *name)
{
	if (r->gpu != NULL && (strcmp(name, "device+0x0") == 0 ||
	    strcmp(name, "device+0x4") == 0))
		return 0;		/* events_read, events_clear */
	if (r->net != NULL && strncmp(name, "device+", 7) == 0)
		return 0;		/* the device was told, see net_make */
	return strncmp(name, "device+", 7) == 0 ||
	    strncmp(name, "common.device_feature[", 22) == 0 ||
	    strncmp(name, "common.num_queues", 17) == 0 ||
	    strncmp(name, "legacy.device_features", 22) == 0 ||
	    strncmp(name, "mmio.device_features[", 21) == 0;
}

static int
host_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct replay *r = self;
	char name[VIRTIO_NAME_SIZE], text[160];
	const struct tape_register *reg;
	size_t i;

	(void)err;
	if (!virtio_core_is_at(r->core, bdf, region)) {
		*value = virtio_core_absent_read(r->core, bdf, region, offset,
		    size);
		return 0;
	}
	virtio_state_register_name(virtio_core_state(r->core), region, offset,
	    size, name);
	*value = virtio_core_read(r->core, region, offset, size);
	if (region == REGION_CONFIG || !is_recorded(r, name))
		return 0;
	reg = replay_tape_register(r->tape, name);
	if (reg == NULL) {
		snprintf(text, sizeof text, "driver reads %s, which the "
		    "recording never did", name);
		r->port->diverged(r->port->machine, text);
		return 0;
	}
	i = r->read_count[reg - r->tape->registers]++;
	*value = reg->values[i < reg->n ? i : reg->n - 1];
	return 0;
}

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct replay *r = self;

	(void)err;
	if (virtio_core_is_at(r->core, bdf, region))
		virtio_core_write(r->core, region, offset, size, value);
	else
		virtio_core_absent_write(r->core, bdf, region, offset);
	return 0;
}

static int
host_step(void *self, int block, struct error *err)
{
	struct replay *r = self;

	return r->net != NULL ? net_device_step(r->net, block, err) :
	    virtio_core_step(r->core, err);
}

static void
host_time(void *self, uint64_t ns)
{
	virtio_core_time(((struct replay *)self)->core, ns);
}

static void
host_close(void *self)
{
	struct replay *r = self;

	virtio_core_free(r->core);
	gpu2d_free(r->gpu);
	for (unsigned q = 0; q < TAPE_QUEUES_MAX; q++)
		check_free(r->asked[q]);
	check_free(r->read_count);
	check_free(r);
}

static int
host_happen(void *self, const struct boundary_happening *h, struct error *err)
{
	struct replay *r = self;

	(void)err;
	return r->net != NULL ? net_device_happen(r->net, h) :
	    virtio_core_happen(r->core, h);
}

static void
host_look(void *self)
{
	virtio_core_look(((struct replay *)self)->core);
}

static enum boundary_busy
host_busy(void *self)
{
	struct replay *r = self;

	return r->net != NULL ? net_device_busy(r->net) :
	    virtio_core_busy(r->core);
}

static void
host_waits(void *self)
{
	virtio_core_waits(((struct replay *)self)->core);
}

/* In which order things were asked first says nothing. */
static void
add_asked(const struct replay *r, unsigned queue, struct state *s)
{
	struct state_set set = { 0 };

	for (size_t i = 0; i < r->nasked[queue]; i++) {
		struct state one;

		state_init(&one);
		state_add_u64(&one, r->asked[queue][i].first);
		state_add_u64(&one, r->asked[queue][i].times);
		state_set_add(&set, &one);
	}
	state_add_set(s, &set);
}

/* The places on the tape, then the device that this run has. */
static void
host_state(void *self, struct state *s)
{
	struct replay *r = self;
	const struct tape_register *reg = r->tape->registers;

	for (size_t i = 0; i < r->tape->nregisters; i++)
		state_add_u64(s, r->read_count[i] < reg[i].n ?
		    r->read_count[i] : reg[i].n - 1);
	for (unsigned q = 0; q < r->tape->nqueues; q++) {
		state_add_u64(s, (uint64_t)r->next[q] << 1 |
		    (uint64_t)(r->ended[q] != 0));
		add_asked(r, q, s);
	}
	state_add_u64(s, (uint64_t)r->gpu_events << 32 | r->resized);
	if (r->gpu != NULL)
		gpu2d_state(r->gpu, s);
	virtio_core_state_add(r->core, s);
}

static const struct boundary_host_ops host_ops = { "trace", host_read,
    host_write, host_step, host_time, host_close, host_happen,
    host_look, host_busy, host_waits, host_state };

/* The mode of scanout 0, as the recorded host told it. */
static void
gpu_make(struct replay *r)
{
	struct gpu2d_config cfg = { r->tape->watch.st.address, 1, 0, 0 };
	uint8_t ask[GPU_HDR_SIZE] = { 0 };
	size_t i;

	bytes_le_put(ask, GPU_GET_DISPLAY_INFO, 4);
	i = replay_tape_find(r->tape, 0, ask, sizeof ask, 0);
	if (i != TAPE_NOTHING && r->tape->chains[0][i].nresponse >= 48) {
		const uint8_t *p = r->tape->chains[0][i].response;

		cfg.width = (uint32_t)bytes_le(p + GPU_HDR_SIZE + 8, 4);
		cfg.height = (uint32_t)bytes_le(p + GPU_HDR_SIZE + 12, 4);
	}
	if (cfg.width == 0 || cfg.height == 0 || cfg.width > 8192 ||
	    cfg.height > 8192) {
		cfg.width = 640;
		cfg.height = 480;
	}
	r->gpu = gpu2d_create(r->port, &cfg);
}

/* What the recorded host's configuration held when it was first read. */
static void
net_config(const struct replay_tape *tape, uint8_t config[NET_CONFIG_SIZE])
{
	char name[VIRTIO_NAME_SIZE];
	const struct tape_register *reg;

	memset(config, 0, NET_CONFIG_SIZE);
	bytes_le_put(config + NET_CONFIG_STATUS, NET_S_LINK_UP, 2);
	for (unsigned at = 0; at < NET_CONFIG_SIZE; at++) {
		snprintf(name, sizeof name, "device+0x%x", at);
		reg = replay_tape_register(tape, name);
		if (reg != NULL)
			bytes_le_put(config + at, reg->values[0],
			    at < NET_CONFIG_STATUS || at + 2 > NET_CONFIG_SIZE ?
			    1 : 2);
	}
}

/* The built-in device, as the recorded one was; *device is it. */
static void
net_make(struct replay *r, struct virtio_device *device)
{
	const struct replay_tape *tape = r->tape;
	struct net_device_config cfg = { 0 };
	struct net_device_as as = { 0 };
	const struct net_peer_config peer = { 0 };
	uint16_t sizes[TAPE_QUEUES_MAX];
	unsigned pairs;

	net_config(tape, as.config);
	pairs = (unsigned)bytes_le(as.config + NET_CONFIG_MAX_PAIRS, 2);
	if ((tape->offered & VIRTIO_FEATURE(NET_BIT_MQ)) == 0 ||
	    2 * pairs + 1 < tape->nqueues)
		pairs = tape->nqueues / 2;
	if (pairs == 0)
		pairs = 1;
	if (pairs > NET_DEVICE_PAIRS_MAX)
		pairs = NET_DEVICE_PAIRS_MAX;
	as.features = tape->offered;
	as.queues = 2 * pairs +
	    ((tape->offered & VIRTIO_FEATURE(NET_BIT_CTRL_VQ)) != 0);
	/* A queue that the recorded driver never asked for is like the first. */
	for (unsigned q = 0; q < as.queues; q++)
		sizes[q] = q < tape->nqueues && tape->queue_size[q] != 0 ?
		    tape->queue_size[q] : tape->queue_size[0];
	as.queue_size_max = sizes;
	as.vectors = device->vectors;
	as.wire = tape->unseen ? net_peer_wire(net_peer_create(&peer)) :
	    replay_net_wire(tape->net, r->port);
	cfg.as = &as;
	r->net = net_device_create(r->port, &cfg, device);
}

/* The transport with this device behind it; or NULL. */
static struct virtio_core *
core_make(const struct replay_tape *tape, const struct boundary_port *port,
    const struct virtio_device *device, struct error *err)
{
	const struct virtio_state *st = &tape->watch.st;
	struct virtio_pci_device *function;

	if (st->bus == VIRTIO_BUS_MMIO)
		return virtio_mmio_device_core(virtio_mmio_device_create(port,
		    st->address, st->mmio.version, device));
	function = virtio_pci_device_create_as(port, st->address, device,
	    tape->image, tape->mask, err);
	return function != NULL ? virtio_pci_device_core(function) : NULL;
}

int
replay_host_create(struct boundary_host *host, const struct replay_tape *tape,
    const struct boundary_port *port, struct error *err)
{
	const struct virtio_state *st = &tape->watch.st;
	struct replay *r = check_calloc(1, sizeof *r);
	struct virtio_device device = { 0 };

	r->tape = tape;
	r->port = port;
	r->read_count = check_calloc(tape->nregisters + 1,
	    sizeof r->read_count[0]);
	device.id = st->device_id;
	device.features = tape->offered;
	device.config_size = tape->transport == VIRTIO_TRANSPORT_PCI ||
	    tape->transport == VIRTIO_TRANSPORT_PCI_INTX ?
	    st->pci.layout.window[VIRTIO_PCI_PART_DEVICE].length :
	    CONFIG_SIZE_UNKNOWN;
	device.vectors = st->pci.layout.vectors;
	device.queues = tape->nqueues;
	device.queue_size_max = tape->queue_size;
	device.ops = device.id == VIRTIO_ID_GPU ? &replay_gpu_ops :
	    &replay_ops;
	device.self = r;
	if (device.id == VIRTIO_ID_GPU)
		gpu_make(r);
	if (tape->net != NULL)
		net_make(r, &device);
	r->core = core_make(tape, port, &device, err);
	if (r->core == NULL) {
		if (r->net != NULL)
			device.ops->close(device.self);
		gpu2d_free(r->gpu);
		check_free(r->read_count);
		check_free(r);
		return -1;
	}
	if (tape->hears_early)
		virtio_core_hear_early(r->core);
	if (r->net != NULL)
		net_device_behind(r->net, r->core);
	host->ops = &host_ops;
	host->self = r;
	return 0;
}

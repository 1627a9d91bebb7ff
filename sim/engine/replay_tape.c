/* replay_tape.c: what a trace says of its host, sorted for answering. */
#include "replay_tape.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu2d.h"
#include "gpu_spec.h"
#include "replay_host.h"
#include "replay_net.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

const struct tape_register *
replay_tape_register(const struct replay_tape *t, const char *name)
{
	for (size_t i = 0; i < t->nregisters; i++)
		if (strcmp(t->registers[i].name, name) == 0)
			return &t->registers[i];
	return NULL;
}

static void
register_add(struct replay_tape *t, const char *name, uint64_t value)
{
	struct tape_register *r;
	size_t i;

	for (i = 0; i < t->nregisters; i++)
		if (strcmp(t->registers[i].name, name) == 0)
			break;
	if (i == t->nregisters) {
		t->registers = check_realloc(t->registers,
		    (i + 1) * sizeof t->registers[0]);
		memset(&t->registers[i], 0, sizeof t->registers[i]);
		memcpy(t->registers[i].name, name, strlen(name) + 1);
		t->nregisters++;
	}
	r = &t->registers[i];
	if (r->n == r->max) {
		r->max = r->max != 0 ? 2 * r->max : 4;
		r->values = check_realloc(r->values,
		    r->max * sizeof r->values[0]);
	}
	r->values[r->n++] = value;
}

int
replay_tape_same(const struct replay_tape *t, const uint8_t *a, size_t na,
    const uint8_t *b, size_t nb)
{
	if (t->watch.st.device_id == VIRTIO_ID_GPU)
		return gpu2d_request_equal_meaning(a, na, b, nb);
	return na == nb && (na == 0 || memcmp(a, b, na) == 0);
}

size_t
replay_tape_find(const struct replay_tape *t, unsigned queue,
    const uint8_t *request, size_t n, size_t nth)
{
	size_t last = TAPE_NOTHING;

	for (size_t i = 0; i < t->nchains[queue]; i++) {
		const struct tape_chain *c = &t->chains[queue][i];

		if (!c->answered || !replay_tape_same(t, c->request,
		    c->nrequest, request, n))
			continue;
		last = i;
		if (c->same_before >= nth)
			return i;
	}
	return last;
}

/* --- reading --- */

static uint8_t *
copy(const uint8_t *p, size_t n)
{
	uint8_t *c = check_malloc(n);

	if (n != 0)
		memcpy(c, p, n);
	return c;
}

static void
chain_add(struct replay_tape *t, const struct event *e, unsigned resized)
{
	unsigned q = e->chain.queue;
	struct tape_chain *c;

	if (q >= TAPE_QUEUES_MAX)
		return;
	if ((t->nchains[q] & (t->nchains[q] - 1)) == 0)
		t->chains[q] = check_realloc(t->chains[q], (t->nchains[q] != 0 ?
		    2 * t->nchains[q] : 1) * sizeof t->chains[q][0]);
	c = &t->chains[q][t->nchains[q]];
	memset(c, 0, sizeof *c);
	c->request = copy(e->data, e->data_len);
	c->nrequest = e->data_len;
	/* How often it was asked before: from the latest that is the same. */
	for (size_t i = t->nchains[q]; i > 0; i--) {
		const struct tape_chain *o = &t->chains[q][i - 1];

		if (replay_tape_same(t, o->request, o->nrequest, c->request,
		    c->nrequest)) {
			c->same_before = o->same_before + 1;
			break;
		}
	}
	c->used_len = e->chain.ordinal;	/* until its answer comes */
	c->resized = resized;
	t->nchains[q]++;
}

static void
chain_answer(struct replay_tape *t, const struct event *e)
{
	unsigned q = e->used.queue;

	for (size_t i = q < TAPE_QUEUES_MAX ? t->nchains[q] : 0; i > 0; i--) {
		struct tape_chain *c = &t->chains[q][i - 1];

		if (c->answered || c->used_len != e->used.ordinal)
			continue;
		c->answered = 1;
		c->used_len = e->used.used_len;
		c->response = copy(e->data, e->data_len);
		c->nresponse = e->data_len;
		return;
	}
}

/* Configuration space: as it was before the first write to a byte. */
static void
config_access(struct replay_tape *t, uint8_t seen[PCI_CONFIG_SIZE],
    uint8_t written[PCI_CONFIG_SIZE], int write, const struct event_access *a)
{
	for (unsigned i = 0; i < a->size && a->offset + i < PCI_CONFIG_SIZE;
	    i++) {
		uint32_t at = a->offset + i;
		uint8_t byte = (uint8_t)(a->value >> (8 * i));

		if (write) {
			written[at] = 1;
		} else if (!seen[at] && !written[at]) {
			seen[at] = 1;
			t->image[at] = byte;
		}
	}
}

/* The answer to ones in a BAR register says which of its bits are address. */
static void
config_bar_mask(struct replay_tape *t, uint32_t offset, uint32_t value)
{
	int upper = offset > PCI_CFG_BAR0 &&
	    (t->image[offset - 4] & 7) == 4 && t->mask[offset - 1] != 0;
	uint32_t flags = (t->image[offset] & PCI_BAR_IO) != 0 ? 0x3 : 0xf;
	uint32_t bits = upper ? value : value & ~flags;

	bytes_le_put(t->mask + offset, bits, 4);
}

static void
masks_finish(struct replay_tape *t)
{
	const struct virtio_pci_layout *l = &t->watch.st.pci.layout;

	bytes_le_put(t->mask + PCI_CFG_COMMAND, PCI_COMMAND_IO |
	    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF, 2);
	t->mask[PCI_CFG_IRQ_LINE] = 0xff;
	if (l->msix_cap != 0)
		bytes_le_put(t->mask + l->msix_cap + PCI_MSIX_CONTROL,
		    PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK, 2);
	if (l->access_cap != 0) {
		t->mask[l->access_cap + VIRTIO_PCI_CAP_BAR] = 0xff;
		memset(t->mask + l->access_cap + VIRTIO_PCI_CAP_OFFSET, 0xff,
		    12);
	}
}

struct reading {
	struct replay_tape *tape;
	uint8_t seen[PCI_CONFIG_SIZE], written[PCI_CONFIG_SIZE];
	uint32_t ones_at;		/* BAR that ones were written to */
	unsigned resized;		/* resize steps so far */
	const uint8_t *image;		/* configuration space as it is to be
					   taken, or NULL: as it is read */
};

static void
read_config_event(struct reading *r, int write, const struct event_access *a)
{
	struct replay_tape *t = r->tape;

	if (!write && r->ones_at == a->offset && a->size == 4 &&
	    a->offset >= PCI_CFG_BAR0 && a->offset < PCI_CFG_BAR0 + 24)
		config_bar_mask(t, a->offset, (uint32_t)a->value);
	r->ones_at = write && a->value == UINT32_MAX ? a->offset : 0;
	config_access(t, r->seen, r->written, write, a);
}

static void
read_access(struct reading *r, int write, const struct event_access *a)
{
	struct replay_tape *t = r->tape;
	enum boundary_region region = (enum boundary_region)a->region;
	char name[VIRTIO_NAME_SIZE];
	int found = t->watch.found;

	/* By the selectors as they are before the access. */
	if (!write && region != REGION_CONFIG &&
	    virtio_watch_is_at(&t->watch, a->bdf, region)) {
		virtio_state_register_name(&t->watch.st, region, a->offset,
		    a->size, name);
		register_add(t, name, a->value);
	}
	if (virtio_watch_access(&t->watch, write, a->bdf, region, a->offset,
	    a->size, a->value) && region == REGION_CONFIG)
		read_config_event(r, write, a);
	if (!found && t->watch.found && r->image != NULL &&
	    t->watch.st.bus == VIRTIO_BUS_PCI)
		(void)virtio_state_image(&t->watch.st, r->image, NULL);
}

static int
all_seen(const struct reading *r, unsigned at, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (at + i >= PCI_CONFIG_SIZE || !r->seen[at + i])
			return 0;
	return 1;
}

/* Two sorts have a field of their own behind it. */
static uint8_t
capability_size(unsigned type)
{
	return type == VIRTIO_PCI_CAP_NOTIFY ? VIRTIO_PCI_CAP_NOTIFY_SIZE :
	    type == VIRTIO_PCI_CAP_ACCESS ? VIRTIO_PCI_CAP_ACCESS_SIZE :
	    VIRTIO_PCI_CAP_SIZE;
}

/*
 * Somebody else's guest need not have read all of configuration space.  What
 * only can be so is put there, the subsystem of a transitional device (VIRTIO
 * 1.2, 4.1.2.1) and the size of a capability (4.1.4); MSI-X that was never looked at is taken out, for nobody knows
 * where its table is.
 */
static void
image_complete(struct replay_tape *t, const struct reading *r)
{
	unsigned id = (unsigned)bytes_le(t->image + PCI_CFG_DEVICE_ID, 2);
	unsigned link = PCI_CFG_CAPABILITIES, at;

	if (!t->watch.found || t->watch.st.bus != VIRTIO_BUS_PCI)
		return;
	if (!all_seen(r, PCI_CFG_SUBVENDOR_ID, 4)) {
		bytes_le_put(t->image + PCI_CFG_SUBVENDOR_ID,
		    VIRTIO_PCI_VENDOR_ID, 2);
		bytes_le_put(t->image + PCI_CFG_SUBDEVICE_ID, id ==
		    VIRTIO_PCI_DEVICE_ID_LEGACY ? VIRTIO_ID_NET : id, 2);
	}
	for (unsigned i = 0; i < PCI_CAP_COUNT_MAX; i++) {
		at = t->image[link] & 0xfcu;
		if (at < PCI_CFG_HEADER_END)
			return;
		if (t->image[at] == PCI_CAP_ID_MSIX && !all_seen(r, at,
		    PCI_MSIX_CAP_SIZE)) {
			t->image[link] = t->image[at + PCI_CAP_NEXT];
			continue;
		}
		if (t->image[at] == PCI_CAP_ID_VENDOR && at + 4 <=
		    PCI_CONFIG_SIZE && !r->seen[at + VIRTIO_PCI_CAP_LEN])
			t->image[at + VIRTIO_PCI_CAP_LEN] =
			    capability_size(t->image[at + VIRTIO_PCI_CAP_TYPE]);
		link = at + PCI_CAP_NEXT;
	}
}

/* The features that the host offered, as its registers said first. */
static uint64_t
offered_of(const struct replay_tape *t)
{
	static const struct {
		const char *name;
		unsigned shift;
	} words[] = {
		{ "common.device_feature[0]", 0 },
		{ "common.device_feature[1]", 32 },
		{ "mmio.device_features[0]", 0 },
		{ "mmio.device_features[1]", 32 },
		{ "legacy.device_features", 0 },
		/* Who reads half of one may be somebody else's guest. */
		{ "common.device_feature[0]/2", 0 },
		{ "common.device_feature[1]/2", 32 },
	};
	const struct tape_register *r;
	uint64_t offered = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((r = replay_tape_register(t, words[i].name)) != NULL)
			offered |= r->values[0] << words[i].shift;
	return offered;
}

static int
tape_finish(struct replay_tape *t, struct error *err)
{
	struct virtio_state *st = &t->watch.st;

	if (st->bus == VIRTIO_BUS_PCI &&
	    virtio_state_image(st, t->image, err) != 0)
		return error_prefix(err, "the recorded device");
	t->transport = virtio_transport_of(st);
	t->offered = offered_of(t);
	for (unsigned q = 0; q < TAPE_QUEUES_MAX; q++) {
		t->queue_size[q] = st->queue[q].size_max;
		if (t->queue_size[q] != 0)
			t->nqueues = q + 1;
	}
	/* Firmware does without a cursor; it has its queue all the same. */
	if (t->unseen && st->device_id == VIRTIO_ID_GPU && t->nqueues == 1) {
		t->queue_size[1] = t->queue_size[0];
		t->nqueues = 2;
	}
	if (t->nqueues == 0)
		return error_set(err, ERROR_INPUT, "the recording's driver "
		    "never asked for a queue's size, so there is nothing to "
		    "replay: record it with a driver that attaches");
	if (st->bus == VIRTIO_BUS_PCI)
		masks_finish(t);
	return 0;
}

static void
registers_free(struct replay_tape *t)
{
	for (size_t i = 0; i < t->nregisters; i++)
		check_free(t->registers[i].values);
	check_free(t->registers);
	t->registers = NULL;
	t->nregisters = 0;
}

/*
 * Which device it is, and so what registers are called, may stand where the
 * guest never looked: configuration space comes first then.
 */
static void
read_unseen(struct replay_tape *t, struct reading *r, struct trace *trace,
    uint8_t image[PCI_CONFIG_SIZE])
{
	struct event e;

	for (size_t i = 0; i < trace_event_count(trace); i++) {
		trace_event_get_packed(trace, i, &e);
		if ((e.kind == EVENT_READ || e.kind == EVENT_WRITE) &&
		    e.access.region == EVENT_REGION_CONFIG)
			read_access(r, e.kind == EVENT_WRITE, &e.access);
	}
	image_complete(t, r);
	memcpy(image, t->image, PCI_CONFIG_SIZE);
	registers_free(t);
	memset(r, 0, sizeof *r);
	r->tape = t;
	r->image = image;
	virtio_watch_init(&t->watch);
}

struct replay_tape *
replay_tape_read(struct trace *trace, struct error *err)
{
	struct replay_tape *t = check_calloc(1, sizeof *t);
	uint8_t image[PCI_CONFIG_SIZE];
	struct reading r;

	memset(&r, 0, sizeof r);
	r.tape = t;
	t->unseen = trace_header(trace)->unseen[0] != '\0';
	t->hears_early = strcmp(trace_header(trace)->host_name, "qemu") == 0;
	virtio_watch_init(&t->watch);
	if (t->unseen)
		read_unseen(t, &r, trace, image);
	for (size_t i = 0; i < trace_event_count(trace); i++) {
		struct event e;

		trace_event_get_packed(trace, i, &e);
		if (e.kind == EVENT_READ || e.kind == EVENT_WRITE)
			read_access(&r, e.kind == EVENT_WRITE, &e.access);
		else if (e.kind == EVENT_CHAIN &&
		    (e.chain.flags & EVENT_CHAIN_UNSEEN) == 0)
			chain_add(t, &e, r.resized);
		else if (e.kind == EVENT_USED)
			chain_answer(t, &e);
		else if (e.kind == EVENT_STEP && e.data_len > 7 &&
		    memcmp(e.data, "resize ", 7) == 0)
			r.resized++;
	}
	if (t->unseen)
		memcpy(t->image, image, sizeof image);
	if (!t->watch.found)
		error_set(err, ERROR_INPUT, "the trace has no virtio device in "
		    "it: no PCI function with virtio's ids, no MMIO window "
		    "with a device");
	if (!t->watch.found || tape_finish(t, err) != 0 ||
	    (t->watch.st.device_id == VIRTIO_ID_NET &&
	    (t->net = replay_net_read(trace, err)) == NULL)) {
		replay_tape_free(t);
		return NULL;
	}
	return t;
}

enum virtio_transport
replay_tape_transport(const struct replay_tape *t)
{
	return t->transport;
}

uint16_t
replay_tape_address(const struct replay_tape *t)
{
	return t->watch.st.address;
}

void
replay_tape_free(struct replay_tape *t)
{
	if (t == NULL)
		return;
	for (unsigned q = 0; q < TAPE_QUEUES_MAX; q++) {
		for (size_t i = 0; i < t->nchains[q]; i++) {
			check_free(t->chains[q][i].request);
			check_free(t->chains[q][i].response);
		}
		check_free(t->chains[q]);
	}
	registers_free(t);
	replay_net_free(t->net);
	check_free(t);
}

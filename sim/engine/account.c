/* account.c: events as items that can be compared by meaning. */
#include "account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu2d.h"
#include "gpu_spec.h"
#include "net_packets.h"
#include "net_control.h"
#include "net_frame.h"
#include "virtio_spec.h"
#include "virtio_watch.h"

#define RECEIVE_BUFFER	"receive buffer"

/* A chain that was taken and not yet given back. */
struct account_open {
	uint16_t queue;
	uint32_t ordinal;
	uint64_t name;			/* of its item */
	size_t item;
};

struct account {
	struct virtio_watch watch;
	struct net_packets *packets;
	struct account_item *items;
	size_t n, max;
	struct account_open *open;
	size_t nopen, open_max;
	struct bytes text;		/* of all items, each with its NUL */
	struct bytes bytes;
	uint64_t time_ns;
	/* The item in the making. */
	struct bytes line, detail;
};

struct account *
account_create(void)
{
	struct account *a = check_calloc(1, sizeof *a);

	virtio_watch_init(&a->watch);
	a->packets = net_packets_create();
	return a;
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	net_packets_free(a->packets);
	check_free(a->items);
	check_free(a->open);
	bytes_free(&a->text);
	bytes_free(&a->bytes);
	bytes_free(&a->line);
	bytes_free(&a->detail);
	check_free(a);
}

static uint64_t
digest_of(const void *p, size_t n)
{
	uint8_t hash[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_add(&d, p, n);
	digest_final(&d, hash);
	return bytes_le(hash, 8);
}

static size_t
text_keep(struct account *a, const struct bytes *line)
{
	size_t at = a->text.len;

	bytes_add(&a->text, line->data, line->len);
	bytes_add(&a->text, "", 1);
	return at;
}

static void
item_begin(struct account *a)
{
	bytes_clear(&a->line);
	bytes_clear(&a->detail);
}

/*
 * The item whose words are in line and detail.  Its name is the sort and those
 * words, and key, of nkey bytes, where the words do not say all of it; its
 * content is detail and these n bytes.  What it returns lasts until the next.
 */
static struct account_item *
item_add(struct account *a, enum account_sort sort, uint64_t number,
    callpath_id at, const void *key, size_t nkey, const void *p, size_t n)
{
	struct bytes name = { 0 };
	struct account_item *i;

	if (a->n == a->max) {
		a->max = a->max != 0 ? 2 * a->max : 256;
		a->items = check_realloc(a->items, a->max * sizeof *i);
	}
	i = &a->items[a->n++];
	memset(i, 0, sizeof *i);
	i->sort = sort;
	i->event = number;
	i->at = at;
	bytes_add_le(&name, sort, 4);
	bytes_add_le(&name, a->line.len, 8);
	bytes_add(&name, a->line.data, a->line.len);
	bytes_add(&name, key, nkey);
	i->name = digest_of(name.data, name.len);
	bytes_clear(&name);
	bytes_add_le(&name, a->detail.len, 8);
	bytes_add(&name, a->detail.data, a->detail.len);
	bytes_add(&name, p, n);
	i->content = digest_of(name.data, name.len);
	bytes_free(&name);
	i->text = text_keep(a, &a->line);
	i->detail = text_keep(a, &a->detail);
	i->bytes = a->bytes.len;
	i->nbytes = n < ACCOUNT_CONTENT_MAX ? n : ACCOUNT_CONTENT_MAX;
	bytes_add(&a->bytes, p, i->nbytes);
	return i;
}

/* Text of others: without what a terminal would obey. */
static void
clean_text(const struct event *e, struct bytes *out)
{
	for (size_t i = 0; i < e->data_len; i++)
		if (e->data[i] >= 0x20 && e->data[i] < 0x7f)
			bytes_printf(out, "%c", e->data[i]);
		else
			bytes_printf(out, "\\x%02x", e->data[i]);
}

/* --- registers ----------------------------------------------------------- */

/* Whether a register holds what guest or machine may choose. */
static int
is_chosen(const char *name)
{
	static const char *const begins[] = { "config.bar", "config.rom",
	    "config.irq_line", "common.queue_desc", "common.queue_driver",
	    "common.queue_device", "legacy.queue_address", "mmio.queue_pfn",
	    "mmio.queue_desc", "mmio.queue_driver", "mmio.queue_device",
	    "msix.entry[" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return strncmp(name, "msix.", 5) != 0 ||
			    n < 7 || strcmp(name + n - 7, "control") != 0;
	return 0;
}

static void
add_access(struct account *a, const struct event *e, const char *name,
    uint64_t number, callpath_id at)
{
	const struct event_access *r = &e->access;

	item_begin(a);
	bytes_printf(&a->line, "%s %s", e->kind == EVENT_WRITE ? "write" :
	    "read", name);
	if (!is_chosen(name))
		bytes_printf(&a->detail, "0x%0*" PRIx64, r->size * 2,
		    r->value);
	(void)item_add(a, ACCOUNT_REGISTER, number, at, NULL, 0, NULL, 0);
}

/* Beside the registers, for two that have not the same ones. */
static void
add_ready(struct account *a, uint64_t number, callpath_id at)
{
	item_begin(a);
	bytes_printf(&a->line, "the driver is ready");
	bytes_printf(&a->detail, "features 0x%" PRIx64,
	    virtio_state_features(&a->watch.st));
	(void)item_add(a, ACCOUNT_READY, number, at, NULL, 0, NULL, 0);
}

static void
access_event(struct account *a, const struct event *e, uint64_t number,
    callpath_id at)
{
	const struct event_access *r = &e->access;
	enum boundary_region region = (enum boundary_region)r->region;
	char name[VIRTIO_NAME_SIZE];
	struct virtio_state *st = &a->watch.st;
	int known = virtio_watch_is_at(&a->watch, r->bdf, region);
	uint32_t resets = st->resets;
	uint8_t status = st->status;

	/* By the selectors as they are before the access. */
	if (known)
		virtio_state_register_name(st, region, r->offset, r->size,
		    name);
	if (!virtio_watch_access(&a->watch, e->kind == EVENT_WRITE, r->bdf,
	    region, r->offset, r->size, r->value))
		return;
	if (!known)
		virtio_state_register_name(st, region, r->offset, r->size,
		    name);
	if (resets != st->resets)
		a->nopen = 0;
	add_access(a, e, name, number, at);
	if (e->kind == EVENT_WRITE && (~status & st->status &
	    VIRTIO_STATUS_DRIVER_OK) != 0)
		add_ready(a, number, at);
}

/* --- chains -------------------------------------------------------------- */

static int
is_gpu(const struct account *a)
{
	return a->watch.st.device_id == VIRTIO_ID_GPU;
}

static void
packet_print(const struct net_packet *p, struct bytes *out)
{
	if (p->kind == NET_PACKET_CONTROL) {
		net_control_print(p->frame, p->n, out);
		return;
	}
	bytes_printf(out, "%s, ", p->kind == NET_PACKET_OUT ? "sent" :
	    "received");
	net_header_print(&p->header, out);
	bytes_printf(out, ": ");
	net_frame_print(p->frame, p->n, out);
}

/* Descriptors of a kind: "24", or "12 + 1514", at most three of them. */
static void
lens_print(const struct event_chain *c, int write, struct bytes *out)
{
	uint64_t sum = 0;
	unsigned n = 0;

	for (uint32_t i = 0; i < c->descriptor_count; i++)
		if ((c->descriptors[i].write != 0) == write) {
			sum += c->descriptors[i].len;
			n++;
		}
	if (n > 3) {
		bytes_printf(out, "%" PRIu64 " in %u", sum, n);
		return;
	}
	n = 0;
	for (uint32_t i = 0; i < c->descriptor_count; i++)
		if ((c->descriptors[i].write != 0) == write)
			bytes_printf(out, "%s%" PRIu32, n++ == 0 ? "" : " + ",
			    c->descriptors[i].len);
	if (n == 0)
		bytes_printf(out, "none");
}

static void
sizes_print(const struct event_chain *c, int only_written, struct bytes *out)
{
	if (!only_written) {
		bytes_printf(out, "reads ");
		lens_print(c, 0, out);
		bytes_printf(out, ", ");
	}
	bytes_printf(out, "writes ");
	lens_print(c, 1, out);
}

/* A backing has as many entries as its memory happens to have segments. */
static int
cut_by_addresses(const struct account *a, const struct event *e)
{
	return is_gpu(a) && e->data_len >= 4 &&
	    bytes_le(e->data, 4) == GPU_RESOURCE_ATTACH_BACKING;
}

static void
open_add(struct account *a, const struct event *e, uint64_t name)
{
	if (a->nopen == a->open_max) {
		a->open_max = a->open_max != 0 ? 2 * a->open_max : 64;
		a->open = check_realloc(a->open,
		    a->open_max * sizeof a->open[0]);
	}
	a->open[a->nopen++] = (struct account_open){ e->chain.queue,
	    e->chain.ordinal, name, a->n - 1 };
}

static void
chain_event(struct account *a, const struct event *e,
    const struct net_packet *packet, uint64_t number, callpath_id at)
{
	const struct event_chain *c = &e->chain;
	struct bytes meaning = { 0 }, shape = { 0 };

	item_begin(a);
	bytes_printf(&a->line, "queue %u ", c->queue);
	if (is_gpu(a)) {
		gpu2d_request_print_meaning(e->data, e->data_len, &a->line);
		gpu2d_request_meaning(e->data, e->data_len, &meaning);
	} else {
		if (packet != NULL)
			packet_print(packet, &a->line);
		else if (e->data_len == 0)
			bytes_printf(&a->line, RECEIVE_BUFFER);
		else
			bytes_printf(&a->line, "request of %zu bytes",
			    e->data_len);
		bytes_add(&meaning, e->data, e->data_len);
	}
	sizes_print(c, cut_by_addresses(a, e), &a->detail);
	for (uint32_t i = 0; i < c->descriptor_count; i++)
		if (c->descriptors[i].write || !cut_by_addresses(a, e))
			bytes_add_le(&shape,
			    (uint64_t)c->descriptors[i].len << 1 |
			    (c->descriptors[i].write != 0), 8);
	(void)item_add(a, ACCOUNT_REQUEST, number, at, meaning.data,
	    meaning.len, shape.data, shape.len);
	a->items[a->n - 1].nbytes = 0;
	open_add(a, e, a->items[a->n - 1].name);
	bytes_free(&meaning);
	bytes_free(&shape);
}

/* The bytes of an answer, as far as they are the host's to say. */
static void
answer_bytes(const struct account *a, const struct event *e,
    struct bytes *out)
{
	bytes_add(out, e->data, e->data_len);
	if (is_gpu(a) && out->len >= GPU_HDR_SIZE)
		memset(out->data + GPU_HDR_FENCE_ID, 0,
		    GPU_HDR_CTX_ID - GPU_HDR_FENCE_ID);
}

/* "SET_SCANOUT ..." of "queue 0 SET_SCANOUT ...". */
static const char *
behind_queue(const char *text)
{
	for (unsigned words = 0; words < 2; words++) {
		text += strcspn(text, " ");
		text += *text == ' ';
	}
	return text;
}

static void
add_packet(struct account *a, const struct net_packet *packet,
    uint64_t number)
{
	item_begin(a);
	bytes_printf(&a->line, "pair %u ", packet->pair);
	packet_print(packet, &a->line);
	if (packet->header.num_buffers > 1)
		bytes_printf(&a->detail, "%u buffers",
		    packet->header.num_buffers);
	(void)item_add(a, ACCOUNT_PACKET, number, CALLPATH_NONE,
	    packet->frame, packet->n, NULL, 0);
}

static void
used_event(struct account *a, const struct event *e,
    const struct net_packet *packet, uint64_t number)
{
	uint64_t request = 0;
	struct bytes held = { 0 };
	int received = !is_gpu(a) && e->used.queue % 2 == 0;
	char buf[16];

	item_begin(a);
	bytes_printf(&a->line, "queue %u answered: ", e->used.queue);
	for (size_t i = 0; i < a->nopen; i++)
		if (a->open[i].queue == e->used.queue &&
		    a->open[i].ordinal == e->used.ordinal) {
			const struct account_item *of =
			    &a->items[a->open[i].item];

			request = a->open[i].name;
			bytes_printf(&a->line, "%s", behind_queue(
			    account_text(a, of)));
			received &= strcmp(behind_queue(account_text(a, of)),
			    RECEIVE_BUFFER) == 0;
			a->open[i] = a->open[--a->nopen];
			break;
		}
	if (received) {			/* a packet tells all that it is */
		if (packet != NULL)
			add_packet(a, packet, number);
		return;
	}
	if (is_gpu(a) && e->data_len >= 4)
		bytes_printf(&a->detail, "%s, ", gpu2d_type_name(
		    (uint32_t)bytes_le(e->data, 4), buf));
	bytes_printf(&a->detail, "%" PRIu32 " bytes", e->used.used_len);
	answer_bytes(a, e, &held);
	item_add(a, ACCOUNT_ANSWER, number, CALLPATH_NONE, &request,
	    sizeof request, held.data, held.len)->request = request;
	bytes_free(&held);
}

/* --- the rest ------------------------------------------------------------ */

static void
irq_event(struct account *a, const struct event *e, uint64_t number)
{
	item_begin(a);
	switch (e->irq.how) {
	case EVENT_IRQ_MSIX:
		bytes_printf(&a->line, "MSI-X message %" PRIu32,
		    e->irq.number);
		break;
	case EVENT_IRQ_LOWER:
		bytes_printf(&a->line, "the line falls");
		break;
	default:
		bytes_printf(&a->line, "the line rises");
		break;
	}
	(void)item_add(a, ACCOUNT_INTERRUPT, number, CALLPATH_NONE, NULL, 0,
	    NULL, 0);
}

static void
picture_event(struct account *a, const struct event *e, uint64_t number)
{
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	event_picture_hash(e, hash);
	digest_hex(hash, hex);
	item_begin(a);
	bytes_printf(&a->line, "scanout %" PRIu32 ", %s", e->picture.scanout,
	    e->picture.origin == EVENT_ORIGIN_HOST ? "the host's own" :
	    "from the device's view");
	bytes_printf(&a->detail, "%" PRIu32 "x%" PRIu32 ", sha256 %.16s",
	    e->picture.width, e->picture.height, hex);
	(void)item_add(a, ACCOUNT_PICTURE, number, CALLPATH_NONE, NULL, 0,
	    hash, sizeof hash);
	a->items[a->n - 1].nbytes = 0;
}

static void
text_event(struct account *a, const struct event *e, enum account_sort sort,
    uint64_t number)
{
	item_begin(a);
	if (sort == ACCOUNT_STEP)
		bytes_printf(&a->line, "step %" PRIu32 ": ", e->step.index);
	clean_text(e, &a->line);
	(void)item_add(a, sort, number, CALLPATH_NONE, NULL, 0, NULL, 0);
}

void
account_event(struct account *a, const struct event *e, uint64_t number,
    callpath_id at)
{
	struct net_packet packet;
	int whole = net_packets_event(a->packets, e, number, &packet) &&
	    a->watch.st.device_id == VIRTIO_ID_NET;

	switch (e->kind) {
	case EVENT_STEP:
		text_event(a, e, ACCOUNT_STEP, number);
		break;
	case EVENT_READ:
	case EVENT_WRITE:
		access_event(a, e, number, at);
		break;
	case EVENT_CHAIN:
		chain_event(a, e, whole ? &packet : NULL, number, at);
		break;
	case EVENT_USED:
		used_event(a, e, whole ? &packet : NULL, number);
		break;
	case EVENT_IRQ:
		irq_event(a, e, number);
		break;
	case EVENT_TIME:
		a->time_ns = e->time_ns;
		break;
	case EVENT_PICTURE:
		picture_event(a, e, number);
		break;
	case EVENT_HOST_END:
		text_event(a, e, ACCOUNT_HOST_END, number);
		break;
	default:
		break;
	}
}

void
account_sync(struct account *a, const struct bus_map *map, uint64_t offset,
    uint64_t len, uint32_t ops, uint64_t number, callpath_id at)
{
	static const struct {
		uint32_t op;
		const char *name;
	} names[] = {
		{ SYNC_PREREAD, "PREREAD" }, { SYNC_PREWRITE, "PREWRITE" },
		{ SYNC_POSTREAD, "POSTREAD" }, { SYNC_POSTWRITE, "POSTWRITE" }
	};
	const char *between = "";

	item_begin(a);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if ((ops & names[i].op) != 0) {
			bytes_printf(&a->line, "%s%s", between,
			    names[i].name);
			between = "|";
		}
	bytes_printf(&a->line, "%s of a map of %" PRIu64 " bytes",
	    between[0] != '\0' ? "" : "no operation", map->size);
	bytes_printf(&a->detail, "%" PRIu64 " bytes from %" PRIu64, len,
	    offset);
	item_add(a, ACCOUNT_SYNC, number, at, NULL, 0, NULL, 0)->made =
	    map->created;
}

void
account_findings(struct account *a, const struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		item_begin(a);
		bytes_printf(&a->line, "%s", f->list[i].kind->id);
		bytes_printf(&a->detail, "%s", f->list[i].fatal ? "fatal" :
		    "latent");
		(void)item_add(a, ACCOUNT_FINDING, f->list[i].event,
		    f->list[i].where, NULL, 0, NULL, 0);
	}
}

/* --- asking -------------------------------------------------------------- */

size_t
account_count(const struct account *a)
{
	return a->n;
}

const struct account_item *
account_at(const struct account *a, size_t n)
{
	CHECK(n < a->n);
	return &a->items[n];
}

const char *
account_text(const struct account *a, const struct account_item *i)
{
	return (const char *)a->text.data + i->text;
}

const char *
account_detail(const struct account *a, const struct account_item *i)
{
	return (const char *)a->text.data + i->detail;
}

const uint8_t *
account_bytes(const struct account *a, const struct account_item *i)
{
	return a->bytes.data + i->bytes;
}

uint16_t
account_device(const struct account *a)
{
	return a->watch.found ? a->watch.st.device_id : 0;
}

enum virtio_transport
account_transport(const struct account *a)
{
	return virtio_transport_of(&a->watch.st);
}

uint64_t
account_time_ns(const struct account *a)
{
	return a->time_ns;
}

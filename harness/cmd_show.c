/*
 * cmd_show.c: traces, decoded: viotape show, stat, verify, recover.
 */
#include "cmd_certificate.h"
#include "counterexample.h"
#include "load.h"
#include "options.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX	64u		/* PCI functions that are understood */
#define RESPONSE_SHOWN	24u		/* bytes of what is not understood */

/* --- show ---------------------------------------------------------------- */

/* What the events so far said of the functions, and of MMIO windows. */
struct decoder {
	struct virtio_state *state[FUNCTIONS_MAX];
	size_t n;
	struct virtio_state *device;	/* the last whose registers were used;
					   NULL: none yet */
};

static struct virtio_state *
decoder_state(struct decoder *d, enum virtio_bus bus, uint16_t bdf)
{
	struct virtio_state *st;

	for (size_t i = 0; i < d->n; i++)
		if (d->state[i]->bus == bus && d->state[i]->address == bdf)
			return d->state[i];
	if (d->n == FUNCTIONS_MAX)
		return NULL;
	st = check_calloc(1, sizeof *st);
	virtio_state_init(st, NULL, bus, bdf);
	d->state[d->n++] = st;
	return st;
}

static void
decoder_free(struct decoder *d)
{
	for (size_t i = 0; i < d->n; i++)
		check_free(d->state[i]);
}

static void
show_access(struct decoder *d, const struct event *e, struct bytes *out)
{
	const struct event_access *a = &e->access;
	enum boundary_region region = (enum boundary_region)a->region;
	struct virtio_state *st = decoder_state(d, region == REGION_MMIO ?
	    VIRTIO_BUS_MMIO : VIRTIO_BUS_PCI, a->bdf);
	char name[VIRTIO_NAME_SIZE];

	if (st == NULL) {
		event_print(e, out);
		return;
	}
	if (region != REGION_CONFIG && (region != REGION_MMIO ||
	    e->kind == EVENT_WRITE))
		d->device = st;
	virtio_state_register_name(st, region, a->offset, a->size, name);
	bytes_printf(out, "%-7s ", event_kind_name(e->kind));
	if (region == REGION_MMIO)
		bytes_printf(out, "window %u", a->bdf);
	else
		bytes_printf(out, "%02x:%02x.%u", a->bdf >> 8,
		    a->bdf >> 3 & 0x1fu, a->bdf & 7u);
	bytes_printf(out, " %s = 0x%0*" PRIx64, name, a->size * 2, a->value);
	if (e->kind == EVENT_WRITE)
		virtio_state_write(st, region, a->offset, a->size,
		    a->value);
	else
		virtio_state_read(st, region, a->offset, a->size,
		    a->value);
}

/* Whether the queues belong to a GPU; there is one device in a recording. */
static int
decoder_is_gpu(struct decoder *d)
{
	return d->device != NULL && d->device->device_id == VIRTIO_ID_GPU;
}

static void
show_hex(const uint8_t *p, size_t n, struct bytes *out)
{
	for (size_t i = 0; i < n && i < RESPONSE_SHOWN; i++)
		bytes_printf(out, "%s%02x", i % 4 == 0 ? " " : "", p[i]);
	if (n > RESPONSE_SHOWN)
		bytes_printf(out, " ...");
}

static void
show_chain(struct decoder *d, const struct event *e, struct bytes *out)
{
	const struct event_chain *c = &e->chain;
	uint64_t writable = 0;

	if (!decoder_is_gpu(d)) {
		event_print(e, out);
		return;
	}
	for (uint32_t i = 0; i < c->descriptor_count; i++)
		if (c->descriptors[i].write)
			writable += c->descriptors[i].len;
	bytes_printf(out, "CHAIN   queue %u #%" PRIu32 " ", c->queue,
	    c->ordinal);
	if ((c->flags & EVENT_CHAIN_UNSEEN) != 0) {
		bytes_printf(out, "%" PRIu32 " descriptors, unseen",
		    c->descriptor_count);
		return;
	}
	gpu2d_request_print(e->data, e->data_len, out);
	bytes_printf(out, ", %" PRIu32 " descriptors, room for %" PRIu64
	    " bytes%s", c->descriptor_count, writable,
	    (c->flags & EVENT_CHAIN_INFERRED) != 0 ? ", inferred" : "");
}

static void
show_used(struct decoder *d, const struct event *e, struct bytes *out)
{
	char buf[16];

	if (!decoder_is_gpu(d) || e->data_len < 4) {
		event_print(e, out);
		return;
	}
	bytes_printf(out, "USED    queue %u #%" PRIu32 " %s, %" PRIu32
	    " bytes:", e->used.queue, e->used.ordinal, gpu2d_type_name(
	    (uint32_t)bytes_le(e->data, 4), buf), e->used.used_len);
	show_hex(e->data, e->data_len, out);
}

static void
show_event(struct decoder *d, const struct event *e, struct bytes *out)
{
	switch (e->kind) {
	case EVENT_READ:
	case EVENT_WRITE:
		show_access(d, e, out);
		break;
	case EVENT_CHAIN:
		show_chain(d, e, out);
		break;
	case EVENT_USED:
		show_used(d, e, out);
		break;
	default:
		event_print(e, out);
		break;
	}
}

static struct trace *
trace_of(const char *given, enum trace_mode mode, struct error *err)
{
	char *path = load_trace_path(given, err);
	struct trace *t = path != NULL ? trace_open(path, mode, err) : NULL;

	check_free(path);
	return t;
}

/* What a packet is, behind the event that completes it. */
static void
show_packet(const struct net_packet *p, struct bytes *out)
{
	if (p->kind == NET_PACKET_CONTROL) {
		bytes_printf(out, "  | ");
		net_control_print(p->frame, p->n, out);
		return;
	}
	bytes_printf(out, "  | %s, ", p->kind == NET_PACKET_OUT ? "sent" :
	    "received");
	net_header_print(&p->header, out);
	bytes_printf(out, ": ");
	net_frame_print(p->frame, p->n, out);
}

/* What a counterexample is, behind a word that says so. */
static void
way_print(const struct trace_way *way, const char *word)
{
	struct bytes text = { 0 };

	counterexample_words(way, &text);
	printf("%s ", word);
	report_clean_print((const char *)text.data);
	printf("\n");
	bytes_free(&text);
}

/* All events are decoded, so that names are right; some are printed. */
static int
show(struct trace *t, uint64_t from, uint64_t to, struct error *err)
{
	int is_net = strncmp(trace_header(t)->device, "virtio-net", 10) == 0;
	struct net_packets *packets = net_packets_create();
	struct net_packet packet;
	struct decoder d = {0};
	struct bytes line = {0};
	int ret = 0;

	if (from == 0 && trace_header(t)->way != NULL)
		way_print(trace_header(t)->way, "     way");
	for (size_t n = 0; ret == 0 && n < trace_event_count(t); n++) {
		uint64_t number = trace_event_number(t, n);
		struct event e;

		if (number > to)
			break;
		ret = trace_event_get(t, n, &e, err);
		if (ret != 0)
			break;
		bytes_clear(&line);
		show_event(&d, &e, &line);
		if (net_packets_event(packets, &e, number, &packet) && is_net)
			show_packet(&packet, &line);
		if (number >= from)
			printf("%8" PRIu64 " %.*s\n", number, (int)line.len,
			    (const char *)line.data);
	}
	bytes_free(&line);
	net_packets_free(packets);
	decoder_free(&d);
	return ret;
}

int
cmd_show(const struct options *o)
{
	struct error err;
	struct trace *t = trace_of(o->args.list[0], TRACE_STRICT, &err);
	int status = EXIT_HOLDS;

	if (t == NULL || show(t, o->from, o->to, &err) != 0)
		status = options_fail(&err);
	trace_close(t);
	return status;
}

/* --- stat ---------------------------------------------------------------- */

static void
stat_text(const char *what, const char *text)
{
	printf("  %-10s ", what);
	report_clean_print(text);
	printf("\n");
}

static void
stat_header(const struct trace_header *h)
{
	char text[2 * TRACE_NAME_SIZE_MAX + 2], hex[DIGEST_HEX_SIZE];
	struct machine_desc d;
	struct error err;

	stat_text("device", h->device);
	snprintf(text, sizeof text, "%s %s", h->host_name, h->host_version);
	stat_text("host", text);
	stat_text("scenario", h->scenario_name);
	if (machine_desc_read(&d, "as recorded", h->machine, h->machine_len,
	    &err) == 0) {
		machine_desc_line(&d, text, sizeof text);
		stat_text("machine", text);
		machine_desc_free(&d);
	} else {
		stat_text("machine", err.text);
	}
	stat_text("creator", h->creator);
	digest_hex(h->driver_digest, hex);
	stat_text("driver", hex);
	if (h->unseen[0] != '\0')
		stat_text("unseen", h->unseen);
	if (h->way != NULL)
		way_print(h->way, "  way       ");
}

static void
stat_print(const char *name, struct trace *t)
{
	struct trace_stat s;
	char hex[DIGEST_HEX_SIZE];

	trace_stat(t, &s);
	printf("%s\n", name);
	stat_header(trace_header(t));
	printf("  %-10s %" PRIu64 " bytes, %" PRIu64 " frames\n", "file",
	    s.file_size, s.frame_count);
	printf("  %-10s %" PRIu64 " (%" PRIu64 " bytes, %" PRIu64 " packed)\n",
	    "events", s.event_count, s.raw_size, s.packed_size);
	for (unsigned k = EVENT_STEP; k < EVENT_KIND_END; k++)
		if (s.kind_count[k] > 0)
			printf("    %-8s %" PRIu64 "\n", event_kind_name(k),
			    s.kind_count[k]);
	printf("  %-10s %" PRIu64 " bytes of pixels\n", "pictures",
	    s.pixels_size);
	digest_hex(trace_run_digest(t), hex);
	printf("  %-10s %s\n", "run", hex);
	digest_hex(trace_hash(t), hex);
	printf("  %-10s %s\n", "hash", hex);
}

int
cmd_stat(const struct options *o)
{
	int status = EXIT_HOLDS;

	for (size_t i = 0; i < o->args.n; i++) {
		struct error err;
		struct trace *t = trace_of(o->args.list[i], TRACE_STRICT,
		    &err);

		if (t != NULL)
			stat_print(o->args.list[i], t);
		else
			status = options_fail(&err);
		trace_close(t);
	}
	return status;
}

/* --- verify -------------------------------------------------------------- */

int
cmd_verify(const struct options *o)
{
	int status = EXIT_HOLDS;

	for (size_t i = 0; i < o->args.n; i++) {
		struct error err;
		struct trace *t;

		if (certificate_is(o->args.list[i])) {
			int ret = certificate_verify(o, o->args.list[i]);

			if (ret > status)
				status = ret;
			continue;
		}
		t = trace_of(o->args.list[i], TRACE_STRICT, &err);
		if (t != NULL && trace_verify(t, &err) == 0)
			printf("%s: whole, %zu events%s\n", o->args.list[i],
			    trace_event_count(t), trace_header(t)->way !=
			    NULL ? " and a way" : "");
		else
			status = options_fail(&err);
		trace_close(t);
	}
	return status;
}

/* --- recover ------------------------------------------------------------- */

static void
loss_print(struct trace *t)
{
	for (size_t i = 0; i < trace_loss_count(t); i++) {
		const struct trace_loss *l = trace_loss(t, i);

		printf("lost: bytes %" PRIu64 " to %" PRIu64 ": ",
		    l->byte_first, l->byte_count > 0 ?
		    l->byte_first + l->byte_count - 1 : l->byte_first);
		if (l->open_end)
			printf("all events from event %" PRIu64
			    ", nobody knows how many: ", l->event_first);
		else
			printf("%" PRIu64 " frames, %" PRIu64
			    " events from event %" PRIu64 ": ",
			    l->frame_count, l->event_count, l->event_first);
		report_clean_print(l->cause);
		printf("\n");
	}
	if (trace_loss_count(t) == 0)
		printf("nothing is lost\n");
}

/* A gap in the events is a note in the new trace: replay ignores those. */
static int
add_gap(struct trace_writer *w, uint64_t first, uint64_t count,
    struct error *err)
{
	struct event e = { .kind = EVENT_NOTE };
	char text[96];

	e.data_len = (size_t)snprintf(text, sizeof text, "recovered: %" PRIu64
	    " events from event %" PRIu64 " are lost here", count, first);
	e.data = (const uint8_t *)text;
	return trace_writer_add(w, &e, err);
}

static int
copy_events(struct trace *t, struct trace_writer *w, uint64_t *copied,
    struct error *err)
{
	uint64_t next = 0;

	*copied = 0;
	for (size_t n = 0; n < trace_event_count(t); n++) {
		uint64_t number = trace_event_number(t, n);
		struct event e;

		if (number > next && add_gap(w, next, number - next, err) != 0)
			return -1;
		next = number + 1;
		if (trace_event_get(t, n, &e, err) != 0)
			return -1;
		if (trace_writer_add(w, &e, err) != 0)
			return -1;
		++*copied;
	}
	return 0;
}

static int
recover(const char *given, const char *output, struct error *err)
{
	struct trace *t = trace_of(given, TRACE_RECOVER, err);
	struct trace_writer *w = NULL;
	uint64_t copied = 0;
	int ret = -1;

	if (t == NULL)
		return -1;
	loss_print(t);
	if (trace_header(t) == NULL)
		error_set(err, ERROR_INPUT, "%s: its header is lost, and with "
		    "it the machine and the scenario; %zu events are left, "
		    "which cannot be replayed", given, trace_event_count(t));
	else if (trace_event_count(t) == 0)
		error_set(err, ERROR_INPUT, "%s: no whole frame is left, so "
		    "there is nothing to recover", given);
	else
		w = trace_writer_open(output, trace_header(t), err);
	if (w != NULL) {
		ret = copy_events(t, w, &copied, err);
		if (ret == 0)
			ret = trace_writer_close(w, trace_run_digest(t), err);
		else
			trace_writer_abort(w);
	}
	if (ret == 0)
		printf("%s: %" PRIu64 " events recovered\n", output, copied);
	if (ret == 0 && trace_header(t)->way == NULL &&
	    trace_version(t) == TRACE_VERSION_WAY)
		printf("%s: the way is lost: this is the recording only, and no "
		    "counterexample\n", output);
	trace_close(t);
	return ret;
}

int
cmd_recover(const struct options *o)
{
	struct error err;

	if (o->output == NULL)
		error_set(&err, ERROR_USAGE, "recover wants -o FILE, the trace "
		    "to write");
	else if (host_is_file(o->output))
		error_set(&err, ERROR_USAGE, "%s is there; give -o another "
		    "name", o->output);
	else if (recover(o->args.list[0], o->output, &err) == 0)
		return EXIT_HOLDS;
	return options_fail(&err);
}

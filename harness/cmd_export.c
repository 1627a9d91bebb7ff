/* cmd_export.c: viotape export: a trace in another format. */
#include "load.h"
#include "options.h"
#include "pcapng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct export {
	struct trace *trace;
	struct bytes out;
	uint64_t in, sent;
	uint8_t mac[6];
	int has_mac;
	unsigned mtu;			/* 0: the host told none */
};

/* The address and the mtu that the driver read from the configuration. */
static void
config_seen(struct export *x, struct virtio_state *st, const struct event *e)
{
	const struct event_access *a = &e->access;
	uint32_t inner;

	if (e->kind != EVENT_READ || a->region == EVENT_REGION_CONFIG ||
	    virtio_state_find(st, (enum boundary_region)a->region, a->offset,
	    &inner) != VIRTIO_PCI_PART_DEVICE)
		return;
	for (unsigned i = 0; i < a->size && inner + i < 6; i++) {
		x->mac[inner + i] = (uint8_t)(a->value >> (8 * i));
		x->has_mac |= inner + i == 5;
	}
	if (inner == NET_CONFIG_MTU && a->size == 2)
		x->mtu = (unsigned)a->value;
}

/* Adds a packet as a block; a command has none. */
static void
packet_add(struct export *x, const struct net_packet *p)
{
	struct bytes text = { 0 };

	if (p->kind == NET_PACKET_CONTROL)
		return;
	if (p->event_last != p->event)
		bytes_printf(&text, "events %" PRIu64 " to %" PRIu64,
		    p->event, p->event_last);
	else
		bytes_printf(&text, "event %" PRIu64, p->event);
	bytes_printf(&text, ", queue %u, ", p->pair);
	net_header_print(&p->header, &text);
	pcapng_packet(&x->out, p->time_ns, p->kind == NET_PACKET_IN,
	    (const char *)text.data, p->frame, p->n);
	x->in += p->kind == NET_PACKET_IN;
	x->sent += p->kind == NET_PACKET_OUT;
	bytes_free(&text);
}

/* Once for what the interface is (blocks 0), once for the packets. */
static int
walk(struct export *x, int blocks, struct error *err)
{
	struct net_packets *d = net_packets_create();
	struct net_packet p;
	struct event e;
	int ret = 0;

	for (size_t n = 0; ret == 0 && n < trace_event_count(x->trace); n++) {
		ret = trace_event_get(x->trace, n, &e, err);
		if (ret != 0)
			break;
		if (!blocks && (e.kind == EVENT_READ))
			config_seen(x, net_packets_state(d), &e);
		if (net_packets_event(d, &e, trace_event_number(x->trace, n),
		    &p) && blocks)
			packet_add(x, &p);
	}
	net_packets_free(d);
	return ret;
}

static int
export_pcapng(struct export *x, const char *file, struct error *err)
{
	const struct trace_header *h = trace_header(x->trace);
	char text[160];
	int n;

	if (strncmp(h->device, "virtio-net", 10) != 0)
		return error_set(err, ERROR_INPUT, "the trace is of %s; "
		    "--pcapng wants one of a network device", h->device);
	if (h->unseen[0] != '\0')
		return error_set(err, ERROR_INPUT, "the trace was imported from "
		    "a log that has no packets in it: %s", h->unseen);
	if (walk(x, 0, err) != 0)
		return -1;
	n = snprintf(text, sizeof text, "%s, host %s %s", h->device,
	    h->host_name, h->host_version);
	if (x->mtu != 0 && n > 0 && (size_t)n < sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, ", mtu %u",
		    x->mtu);
	pcapng_begin(&x->out, h->creator, h->scenario_name, text,
	    x->has_mac ? x->mac : NULL);
	if (walk(x, 1, err) != 0)
		return -1;
	return host_file_write_atomic(file, x->out.data, x->out.len, err);
}

int
cmd_export(const struct options *o)
{
	struct export x = { 0 };
	struct error err;
	char *path;
	int ret = -1;

	error_clear(&err);
	if (o->pcapng == NULL) {
		error_set(&err, ERROR_USAGE, "export wants --pcapng FILE, the "
		    "file to write");
		return options_fail(&err);
	}
	path = load_trace_path(o->args.list[0], &err);
	if (path != NULL)
		x.trace = trace_open(path, TRACE_STRICT, &err);
	if (x.trace != NULL)
		ret = export_pcapng(&x, o->pcapng, &err);
	if (ret == 0)
		printf("%s: %" PRIu64 " packets sent, %" PRIu64 " received\n",
		    o->pcapng, x.sent, x.in);
	check_free(path);
	trace_close(x.trace);
	bytes_free(&x.out);
	return ret == 0 ? EXIT_HOLDS : options_fail(&err);
}

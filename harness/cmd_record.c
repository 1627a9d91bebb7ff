/* cmd_record.c: viotape record: a host at work, recorded into a trace. */
#include "load.h"
#include "options.h"
#include "qemu_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPLAY_ID	"gpu0"
#define QEMU_ARGS_MAX	16

struct recording {
	const struct options *options;
	struct machine_desc desc;
	struct scenario scenario;
	enum virtio_transport transport;
	struct qemu_host *qemu;		/* NULL: the built-in host */
	struct qemu_net *net;		/* its cable, of a network card */
	struct trace_writer *writer;
	int host_ended;
	uint64_t flushed;		/* events in whole frames */
};

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct recording *r = self;

	(void)err;
	if (r->qemu != NULL) {
		*host = qemu_host_attach(r->qemu, m);
		return 0;
	}
	*host = builtin_host_create(machine_port(m), &r->scenario,
	    r->transport);
	return 0;
}

static uint8_t *
host_ram(void *self)
{
	return qemu_host_ram(((struct recording *)self)->qemu);
}

static int
host_picture(void *self, struct bytes *bgrx, unsigned *width,
    unsigned *height, struct error *err)
{
	return qemu_host_screen(((struct recording *)self)->qemu, DISPLAY_ID,
	    bgrx, width, height, err);
}

/* A step is a good place to end a frame: what was recorded so far is kept. */
static int
keep_event(void *self, const struct event *e, struct error *err)
{
	struct recording *r = self;

	if (e->kind == EVENT_HOST_END)
		r->host_ended = 1;
	if (trace_writer_add(r->writer, e, err) != 0)
		return -1;
	if (e->kind == EVENT_STEP &&
	    trace_writer_event_count(r->writer) - r->flushed > 200) {
		r->flushed = trace_writer_event_count(r->writer);
		return trace_writer_flush(r->writer, err);
	}
	return 0;
}

static int
writer_open(struct recording *r, const struct guest_built *built,
    struct error *err)
{
	char device[BUILTIN_HOST_DEVICE_SIZE];
	struct trace_header h = { 0 };

	builtin_host_device(&r->scenario, r->transport, device);
	h.device = device;
	h.host_name = r->qemu != NULL ? "qemu" : "builtin";
	h.host_version = r->qemu != NULL ? qemu_host_version(r->qemu) : "";
	h.scenario_name = r->scenario.name;
	h.scenario_text = r->scenario.source;
	h.creator = "viotape " VIOTAPE_VERSION;
	h.machine = r->desc.dtb;
	h.machine_len = r->desc.dtb_len;
	digest_of_hex(built->driver_digest, h.driver_digest);
	r->writer = trace_writer_open(r->options->output, &h, err);
	return r->writer != NULL ? 0 : -1;
}

/* builtin, qemu or qemu=PROGRAM. */
static int
host_start(struct recording *r, struct error *err)
{
	const char *host = r->options->host, *program = NULL;
	char type[QEMU_DEVICE_SIZE], device[QEMU_DEVICE_SIZE + 64];
	const char *args[QEMU_ARGS_MAX] = { "-device", device, NULL };
	const char *const *more = qemu_host_globals(r->transport);
	struct qemu_host_config cfg = { .args = args };
	size_t n;

	if (strcmp(host, "builtin") == 0)
		return 0;
	if (strncmp(host, "qemu=", 5) == 0)
		program = host + 5;
	else if (strcmp(host, "qemu") != 0)
		return error_set(err, ERROR_USAGE, "--host %s: wanted builtin, "
		    "qemu or qemu=PROGRAM", host);
	cfg.program = program;
	if (r->scenario.device == SCENARIO_DEVICE_NET) {
		r->net = qemu_net_create(&r->scenario, r->transport, err);
		if (r->net == NULL)
			return -1;
		cfg.args = qemu_net_args(r->net);
		cfg.fds = qemu_net_fds(r->net, &cfg.fds_count);
		cfg.net = r->net;
	}
	if (r->transport == VIRTIO_TRANSPORT_PCI_LEGACY &&
	    r->scenario.device != SCENARIO_DEVICE_NET)
		return error_set(err, ERROR_INPUT, "QEMU's virtio-gpu has no "
		    "legacy form, nor has any (VIRTIO 1.2, 5.7): record one "
		    "with --host builtin to see how a driver declines it");
	qemu_host_device(r->transport, "gpu", type);
	snprintf(device, sizeof device, "%s,id=" DISPLAY_ID ",xres=%u,yres=%u",
	    type, r->scenario.width, r->scenario.height);
	/* What the device needs is followed by what its transport does. */
	for (n = 0; cfg.args[n] != NULL; n++)
		args[n] = cfg.args[n];
	for (; *more != NULL; more++)
		args[n++] = *more;
	CHECK(n < QEMU_ARGS_MAX);
	args[n] = NULL;
	cfg.args = args;
	r->qemu = qemu_host_start(&cfg, &r->desc, err);
	if (r->net != NULL)
		qemu_net_started(r->net);
	return r->qemu != NULL ? 0 : -1;
}

static void
tell(const struct recording *r, const struct run_result *result,
    uint64_t events)
{
	if (r->scenario.device == SCENARIO_DEVICE_NET)
		printf("%s: %" PRIu64 " events, %" PRIu64 " packets sent, %"
		    PRIu64 " received, ", r->options->output, events,
		    result->packets_sent, result->packets_received);
	else
		printf("%s: %" PRIu64 " events, %zu pictures, ",
		    r->options->output, events, result->pictures);
	printf("scenario %s on %s, host %s\n", r->scenario.name, r->desc.name, r->qemu != NULL ?
	    qemu_host_version(r->qemu) : "builtin");
	for (size_t i = 0; i < result->findings.n; i++) {
		const struct finding *f = &result->findings.list[i];

		if (f->fatal)
			printf("while recording: %s: %s\n", f->kind->id,
			    f->text);
	}
	if (r->host_ended)
		printf("the host died; the trace ends there\n");
}

static int
record_run(struct recording *r, const struct guest_built *built,
    struct guest *guest, struct error *err)
{
	struct run_config config = { 0 };
	struct run_result result;
	uint64_t events;

	config.desc = &r->desc;
	config.guest = guest;
	config.scenario = &r->scenario;
	config.host = make_host;
	config.self = r;
	config.event = keep_event;
	config.once = 1;
	if (r->qemu != NULL) {
		config.ram = host_ram;
		if (r->net == NULL)
			config.host_picture = host_picture;
	}
	if (writer_open(r, built, err) != 0)
		return -1;
	if (run_execute(&config, &result, err) != 0) {
		trace_writer_abort(r->writer);
		return -1;
	}
	events = trace_writer_event_count(r->writer);
	if (trace_writer_close(r->writer, result.digest, err) != 0) {
		run_result_free(&result);
		return -1;
	}
	tell(r, &result, events);
	run_result_free(&result);
	return 0;
}

static int
record(struct recording *r, struct error *err)
{
	struct guest_built built = { 0 };
	struct guest *guest = NULL;
	const char *missing;
	int status = -1;

	if (load_guest(r->options, &built, &guest, err) == 0 &&
	    (missing = load_driver_missing(r->scenario.device, r->transport,
	    &built)) != NULL)
		(void)error_set(err, ERROR_INPUT, "scenario %s: %s",
		    r->options->scenario, missing);
	else if (guest != NULL && host_start(r, err) == 0)
		status = record_run(r, &built, guest, err);
	qemu_host_stop(r->qemu);
	qemu_net_free(r->net);
	guest_unload(guest);
	guest_built_free(&built);
	return status;
}

static int
transport_set(struct recording *r, struct error *err)
{
	const char *name = r->options->transport;
	struct bytes list = {0};

	if (name == NULL || virtio_transport_find(name, &r->transport) == 0)
		return 0;
	for (unsigned i = 0; i < VIRTIO_TRANSPORTS; i++)
		bytes_printf(&list, "%s%s", i == 0 ? "" :
		    i + 1 == VIRTIO_TRANSPORTS ? " or " : ", ",
		    virtio_transport_name((enum virtio_transport)i));
	error_set(err, ERROR_USAGE, "--transport %s: wanted %s", name,
	    (const char *)list.data);
	bytes_free(&list);
	return -1;
}

int
cmd_record(const struct options *o)
{
	struct recording r = { 0 };
	struct error err;
	int status = 0;

	error_clear(&err);
	r.options = o;
	if (o->host == NULL || o->scenario == NULL || o->output == NULL)
		status = error_set(&err, ERROR_USAGE, "record wants --host, "
		    "--scenario and -o; see viotape record --help");
	else if (o->machines.n > 1)
		status = error_set(&err, ERROR_USAGE, "record takes one "
		    "machine, %zu were given", o->machines.n);
	else if (transport_set(&r, &err) != 0)
		status = -1;
	else if (load_machine(o->machines.n == 1 ? o->machines.list[0] :
	    "arm64-qemu", &r.desc, &err) != 0)
		status = -1;
	else if (load_scenario(o->scenario, &r.scenario, &err) != 0 ||
	    record(&r, &err) != 0)
		status = -1;
	machine_desc_free(&r.desc);
	scenario_free(&r.scenario);
	return status == 0 ? EXIT_HOLDS : options_fail(&err);
}

/*
 * import_log.c: a log of QEMU's becomes a trace; see import_log.h.
 *
 * The log is gone through three times: which devices there are; what the one
 * has, for the header; its events.
 */
#include "import_log.h"
#include "import_log_var.h"
#include "qemu_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ devices */

static const char *
type_name(unsigned type)
{
	static const struct { unsigned type; const char *name; } names[] = {
		{ 1, "net" }, { 2, "block" }, { 3, "console" }, { 4, "rng" },
		{ 5, "balloon" }, { 8, "scsi" }, { 9, "9p" }, { 16, "gpu" },
		{ 18, "input" }, { 19, "vsock" }, { 26, "fs" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].type == type)
			return names[i].name;
	return "another device";
}

/* Of a PCI device id (VIRTIO 1.2, 4.1.2). */
static unsigned
type_of_id(unsigned id)
{
	static const unsigned legacy[] = { 1, 2, 5, 3, 8, 4 };

	if (id >= 0x1040)
		return id - 0x1040;
	if (id - 0x1000 < sizeof legacy / sizeof legacy[0])
		return legacy[id - 0x1000];
	return id == 0x1009 ? 9 : 0;
}

static void
device_print(const struct import_device *d, struct bytes *out)
{
	bytes_printf(out, "virtio-%s ", type_name(d->type));
	if (d->bus == VIRTIO_BUS_MMIO)
		bytes_printf(out, "in window %u", d->address);
	else
		bytes_printf(out, "at %02x:%02x.%u", d->address >> 8,
		    d->address >> 3 & 0x1fu, d->address & 7u);
}

static void
device_add(struct import_devices *l, enum virtio_bus bus, uint16_t address,
    unsigned type, uint32_t version)
{
	struct import_device *d;

	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].bus == bus && l->list[i].address == address)
			return;
	if (l->n == IMPORT_DEVICES_MAX)
		return;
	d = &l->list[l->n++];
	d->bus = bus;
	d->address = address;
	d->type = type;
	d->version = version;
}

/* The bytes of a function's ids, as far as they were read. */
static void
look_config(struct import_devices *l, const struct import_place *at,
    const struct qemu_log_line *line)
{
	struct import_ids *ids = &l->ids[at->bdf];
	unsigned vendor, id;

	if (line->kind != QEMU_LOG_READ || !import_ids_read(ids, at->offset,
	    line->size, line->value))
		return;
	vendor = ids->bytes & 0xffff;
	id = ids->bytes >> 16;
	if (vendor == VIRTIO_PCI_VENDOR_ID && id >=
	    VIRTIO_PCI_DEVICE_ID_LEGACY && id <= VIRTIO_PCI_DEVICE_ID_LAST)
		device_add(l, VIRTIO_BUS_PCI, at->bdf, type_of_id(id), 0);
}

static void
look_window(struct import_devices *l, const struct import_place *at,
    const struct qemu_log_line *line)
{
	if (line->kind != QEMU_LOG_READ || at->bdf >= MACHINE_WINDOWS_MAX)
		return;
	if (at->offset == VIRTIO_MMIO_VERSION)
		l->version[at->bdf] = (uint32_t)line->value;
	if (at->offset == VIRTIO_MMIO_DEVICE_ID && line->value != 0 &&
	    line->value <= UINT16_MAX && l->version[at->bdf] != 0 &&
	    l->version[at->bdf] <= VIRTIO_MMIO_MODERN)
		device_add(l, VIRTIO_BUS_MMIO, at->bdf,
		    (unsigned)line->value, l->version[at->bdf]);
}

static void
look(struct import *m, const struct qemu_log_line *line)
{
	struct import_place at;

	if (line->kind != QEMU_LOG_READ && line->kind != QEMU_LOG_WRITE)
		return;
	switch (import_place(&m->where, line, &at)) {
	case IMPORT_CONFIG:
		look_config(&m->devices, &at, line);
		break;
	case IMPORT_WINDOW:
		look_window(&m->devices, &at, line);
		break;
	case IMPORT_NO_WINDOW:
		if (m->devices.stray == 0)
			m->devices.stray = line->address;
		break;
	default:
		break;
	}
}

static int
is_ours(const struct import_device *d)
{
	return d->type == VIRTIO_ID_NET || d->type == VIRTIO_ID_GPU;
}

/* All of them, with the numbers that --device takes. */
static void
devices_print(const struct import_devices *l, struct bytes *out)
{
	for (size_t i = 0; i < l->n; i++) {
		bytes_printf(out, "%s%zu ", i == 0 ? "" : ", ", i + 1);
		device_print(&l->list[i], out);
	}
}

static int
none_found(const struct import *m, struct error *err)
{
	if (m->devices.stray != 0)
		return error_set(err, ERROR_INPUT, "%s: its virtio-mmio device "
		    "is at 0x%" PRIx64 ", where %s has no window; name the "
		    "machine that it ran on by -m", m->cfg->name,
		    m->devices.stray, m->cfg->machine->name);
	return error_set(err, ERROR_INPUT, "%s: no virtio device is in it: "
	    "wanted a guest that finds one, from its start, logged by -trace "
	    "'virtio*' -trace 'memory_region_ops_*' -trace 'virtqueue_*'",
	    m->cfg->name);
}

static int
is_chosen(const struct import *m, size_t i)
{
	const char *want = m->cfg->device;
	char number[24];

	if (want == NULL)
		return is_ours(&m->devices.list[i]);
	snprintf(number, sizeof number, "%zu", i + 1);
	return strcmp(want, number) == 0 ||
	    strcmp(want, type_name(m->devices.list[i].type)) == 0;
}

/* Sets m->device. */
static int
choose(struct import *m, struct error *err)
{
	const struct import_devices *l = &m->devices;
	struct bytes list = { 0 };
	size_t chosen = 0;
	int ret = 0;

	if (l->n == 0)
		return none_found(m, err);
	for (size_t i = 0; i < l->n; i++)
		if (is_chosen(m, i)) {
			m->device = &l->list[i];
			chosen++;
		}
	devices_print(l, &list);
	if (chosen == 0 && m->cfg->device != NULL)
		ret = error_set(err, ERROR_USAGE, "--device %s: %s has %s",
		    m->cfg->device, m->cfg->name, (const char *)list.data);
	else if (chosen > 1)
		ret = error_set(err, ERROR_INPUT, "%s: several virtio devices "
		    "are in it: %s; say which by --device NUMBER", m->cfg->name,
		    (const char *)list.data);
	else if (chosen == 0 || !is_ours(m->device))
		ret = error_set(err, ERROR_INPUT, "%s: viotape has network "
		    "devices and displays, and the log has %s", m->cfg->name,
		    (const char *)list.data);
	bytes_free(&list);
	return ret;
}

/* -------------------------------------------------------------------- lines */

/* Calls each for all lines but a last one that is cut off. */
static int
walk(struct import *m, const char *text, size_t n,
    int (*each)(struct import *m, const struct qemu_log_line *line,
    struct error *err), struct error *err)
{
	const char *end = text + n;
	struct qemu_log_line line;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));

		m->counts.lines++;
		if (nl == NULL)
			line.kind = QEMU_LOG_BAD;
		else
			qemu_log_line(text, (size_t)(nl - text), &line);
		if (line.kind == QEMU_LOG_BAD && m->counts.bad++ == 0)
			m->counts.bad_first = m->counts.lines;
		m->counts.no_use += line.kind == QEMU_LOG_OTHER;
		if (line.kind < QEMU_LOG_OTHER && each(m, &line, err) != 0)
			return -1;
		if (nl == NULL)
			break;
		text = nl + 1;
	}
	return 0;
}

static int
look_each(struct import *m, const struct qemu_log_line *line,
    struct error *err)
{
	(void)err;
	look(m, line);
	return 0;
}

/* --------------------------------------------------------------- the header */

/* What nobody read of it cannot be told: then it is as if it were not there. */
static int
msix_unread(const struct import *m)
{
	unsigned at = m->st.pci.layout.msix_cap;

	return at != 0 && !import_has_read(m, at, PCI_MSIX_CAP_SIZE);
}

/* A display has two; a network card may have one for commands. */
static int
queues_unread(const struct import *m)
{
	if (m->device->type == VIRTIO_ID_GPU)
		return m->st.queue[1].size_max == 0;
	return m->st.queue[2].size_max == 0 && (m->features[0] < 4 ||
	    (virtio_state_offered(&m->st) & VIRTIO_FEATURE(NET_BIT_CTRL_VQ)) !=
	    0);
}

static void
unseen_print(const struct import *m, struct bytes *out)
{
	const struct import_counts *c = &m->counts;

	bytes_printf(out, "what is in its %" PRIu64 " chains (lengths, bytes, "
	    "answers) and in all other memory; the time; interrupts that no "
	    "queue caused", c->chains);
	if (c->kicks != 0)
		bytes_printf(out, "; %" PRIu64 " notifications as register "
		    "writes", c->kicks);
	if (m->device->bus == VIRTIO_BUS_PCI) {
		if (!import_has_read(m, PCI_CFG_SUBVENDOR_ID, 4))
			bytes_printf(out, "; the subsystem's ids, which the "
			    "guest did not read");
		if (msix_unread(m))
			bytes_printf(out, "; MSI-X, which it did not look "
			    "at");
	}
	if (queues_unread(m))
		bytes_printf(out, "; queues that the guest did not ask for");
	if (m->features[0] < 4)
		bytes_printf(out, "; features over bit %u of each 32, which "
		    "the guest did not read", 8 * m->features[0] - 1u);
	bytes_printf(out, " (viotape's own device model answers requests%s)",
	    m->device->type == VIRTIO_ID_NET ? ", its peer sends the packets" :
	    ", on a display of 640x480");
}

static const char *
scenario_text(const struct import *m)
{
	if (m->cfg->scenario != NULL)
		return m->cfg->scenario->source;
	return m->device->type == VIRTIO_ID_NET ?
	    "title a network card as a log of QEMU's has it\n"
	    "device net\nup 10.0.2.15/24\nping 10.0.2.2 2 56\nexpect\n" :
	    "title a display as a log of QEMU's has it\n"
	    "text hello\\n\nexpect\n";
}

static enum virtio_transport
transport(const struct import *m)
{
	const struct virtio_pci_layout *l = &m->st.pci.layout;

	if (m->device->bus == VIRTIO_BUS_MMIO)
		return m->device->version == VIRTIO_MMIO_LEGACY ?
		    VIRTIO_TRANSPORT_MMIO_LEGACY : VIRTIO_TRANSPORT_MMIO;
	return !l->modern ? VIRTIO_TRANSPORT_PCI_LEGACY : l->vectors != 0 &&
	    !msix_unread(m) ?
	    VIRTIO_TRANSPORT_PCI : VIRTIO_TRANSPORT_PCI_INTX;
}

static int
writer_open(struct import *m, struct error *err)
{
	struct scenario kind = { .device = m->device->type == VIRTIO_ID_NET ?
	    SCENARIO_DEVICE_NET : SCENARIO_DEVICE_GPU };
	char device[BUILTIN_HOST_DEVICE_SIZE];
	struct trace_header h = { 0 };
	struct bytes unseen = { 0 };

	if (m->cfg->scenario != NULL &&
	    m->cfg->scenario->device != kind.device)
		return error_set(err, ERROR_INPUT, "scenario %s is for another "
		    "device than virtio-%s", m->cfg->scenario->name,
		    type_name(m->device->type));
	builtin_host_device(&kind, transport(m), device);
	unseen_print(m, &unseen);
	h.device = device;
	h.host_name = "qemu";
	h.host_version = "(a log of a guest's)";
	h.scenario_name = m->cfg->scenario != NULL ? m->cfg->scenario->name :
	    "imported";
	h.scenario_text = scenario_text(m);
	h.creator = "viotape " VIOTAPE_VERSION;
	h.machine = m->cfg->machine->dtb;
	h.machine_len = m->cfg->machine->dtb_len;
	h.unseen = (const char *)unseen.data;
	m->writer = trace_writer_open_memory(&h, err);
	bytes_free(&unseen);
	return m->writer != NULL ? 0 : -1;
}

/* ------------------------------------------------------------------ the end */

/* A trace that nobody can replay is none. */
static int
replayable(struct import *m, const struct bytes *trace, struct error *err)
{
	struct trace *t = trace_open_memory(m->cfg->name, trace->data,
	    trace->len, TRACE_STRICT, err);
	struct replay_tape *tape = t != NULL ? replay_tape_read(t, err) : NULL;

	if (tape != NULL && (m->features[0] < 2 || (m->features[1] < 2 &&
	    !m->st.legacy))) {
		replay_tape_free(tape);
		tape = NULL;
		error_set(err, ERROR_INPUT, "the guest never read which "
		    "features are offered");
	}
	replay_tape_free(tape);
	trace_close(t);
	if (tape != NULL)
		return 0;
	return error_prefix(err, "%s: the log does not tell enough of the "
	    "device, it may begin too late", m->cfg->name);
}

static void
count_print(struct bytes *out, uint64_t n, const char *what)
{
	if (n != 0)
		bytes_printf(out, "%s%" PRIu64 " %s", out->len == 0 ? "" : ", ",
		    n, what);
}

static void
tell(const struct import *m, struct bytes *told)
{
	const struct import_counts *c = &m->counts;
	struct bytes left = { 0 };

	device_print(m->device, told);
	bytes_printf(told, ", %s: %" PRIu64 " register accesses, %" PRIu64
	    " chains, %" PRIu64 " given back, %" PRIu64 " interrupts\n",
	    virtio_transport_name(transport(m)), c->accesses, c->chains,
	    c->used, c->interrupts);
	count_print(&left, c->others, "accesses of other devices");
	count_print(&left, c->no_use, "events that a trace has no use for");
	count_print(&left, c->extended, "accesses of configuration space over "
	    "256 bytes");
	count_print(&left, c->queueless, "chains and interrupts of other "
	    "devices' queues, or of none that is named");
	if (left.len != 0)
		bytes_printf(told, "of %" PRIu64 " lines left out: %s\n",
		    c->lines, (const char *)left.data);
	if (c->bad != 0)
		bytes_printf(told, "not understood, and left out: %" PRIu64
		    " lines, the first is line %" PRIu64 "\n", c->bad,
		    c->bad_first);
	if (c->joined != 0)
		bytes_printf(told, "the guest read the device's ids in %"
		    PRIu64 " parts, which are one read in the trace\n",
		    c->joined);
	if (m->counts.moved)
		bytes_printf(told, "the device is put at 00:01.0, for the "
		    "machines here have one bus and no functions on it\n");
	bytes_printf(told, "what it does not hold: ");
	unseen_print(m, told);
	bytes_printf(told, "\n");
	bytes_free(&left);
}

int
import_log(const struct import_config *cfg, const char *text, size_t n,
    struct bytes *out, struct bytes *told, struct error *err)
{
	struct import *m = check_calloc(1, sizeof *m);
	struct bytes trace = { 0 };
	int ret;

	m->cfg = cfg;
	m->where.machine = cfg->machine;
	m->devices.ids = check_calloc(65536, sizeof m->devices.ids[0]);
	ret = walk(m, text, n, look_each, err);
	if (ret == 0)
		ret = choose(m, err);
	if (ret == 0) {
		import_begin(m);
		ret = walk(m, text, n, import_line, err);
	}
	if (ret == 0)
		ret = writer_open(m, err);
	if (ret == 0) {
		import_begin(m);
		ret = walk(m, text, n, import_line, err);
	}
	if (ret == 0) {
		ret = trace_writer_close_memory(m->writer, NULL, &trace, err);
		m->writer = NULL;
	}
	if (ret == 0)
		ret = replayable(m, &trace, err);
	if (ret == 0) {
		bytes_add(out, trace.data, trace.len);
		tell(m, told);
	}
	trace_writer_abort(m->writer);
	bytes_free(&trace);
	import_end(m);
	check_free(m->devices.ids);
	check_free(m);
	return ret;
}

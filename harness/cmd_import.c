/*
 * cmd_import.c: viotape import: what another recorder wrote becomes a trace, or
 * a scenario; which is seen by what is in the file.
 */
#include "capture.h"
#include "import_log.h"
#include "import_packets.h"
#include "load.h"
#include "options.h"
#include "qemu_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* Writes it where nothing is, or over a file of the same kind. */
static int
write_result(const struct options *o, const char *suffix, const char *what,
    const struct bytes *out, struct error *err)
{
	if (!name_ends(o->output, suffix))
		return error_set(err, ERROR_USAGE, "-o %s: %s becomes a file "
		    "whose name ends in %s", o->output, what, suffix);
	return host_file_write_atomic(o->output, out->data, out->len, err);
}

/* An option that is the other kind's. */
static int
not_taken(const char *option, const char *kind, struct error *err)
{
	return error_set(err, ERROR_USAGE, "%s is of no use for %s", option,
	    kind);
}

static int
from_log(const struct options *o, const struct bytes *text, struct error *err)
{
	struct import_config cfg = { .name = host_path_base(o->args.list[0]),
	    .device = o->device };
	struct bytes out = { 0 }, told = { 0 };
	struct machine_desc machine = { 0 };
	struct scenario scenario = { 0 };
	int ret;

	if (o->mac != NULL)
		return not_taken("--mac", "a log of QEMU's", err);
	ret = load_machine(o->machines.n != 0 ? o->machines.list[0] :
	    "arm64-qemu", &machine, err);
	if (ret == 0 && o->scenario != NULL) {
		ret = load_scenario(o->scenario, &scenario, err);
		cfg.scenario = &scenario;
	}
	cfg.machine = &machine;
	if (ret == 0)
		ret = import_log(&cfg, (const char *)text->data, text->len,
		    &out, &told, err);
	if (ret == 0)
		ret = write_result(o, TRACE_SUFFIX, "a log of QEMU's", &out,
		    err);
	if (ret == 0) {
		printf("%s: ", o->output);
		fwrite(told.data, 1, told.len, stdout);
	}
	scenario_free(&scenario);
	machine_desc_free(&machine);
	bytes_free(&told);
	bytes_free(&out);
	return ret;
}

static int
from_packets(const struct options *o, const struct bytes *data,
    struct error *err)
{
	struct import_packets told;
	struct bytes out = { 0 };
	int ret = -1;

	if (o->device != NULL || o->scenario != NULL || o->machines.n != 0)
		return not_taken(o->device != NULL ? "--device" :
		    o->scenario != NULL ? "--scenario" : "-m", "packets", err);
	if (import_packets(host_path_base(o->args.list[0]), data->data,
	    data->len, o->mac, &out, &told, err) == 0)
		ret = write_result(o, ".scn", "a capture of packets", &out,
		    err);
	if (ret == 0)
		printf("%s: %" PRIu64 " packets that the guest sends, %" PRIu64
		    " that it gets; it is %02x:%02x:%02x:%02x:%02x:%02x\n",
		    o->output, told.out, told.in, told.mac[0], told.mac[1],
		    told.mac[2], told.mac[3], told.mac[4], told.mac[5]);
	bytes_free(&out);
	return ret;
}

static int
import_file(const struct options *o, struct error *err)
{
	const char *file = o->args.list[0];
	struct bytes text = { 0 };
	int ret = host_file_read(file, &text, IMPORT_LOG_SIZE_MAX, err);

	if (ret == 0 && capture_is(text.data, text.len))
		ret = from_packets(o, &text, err);
	else if (ret == 0 && qemu_log_is((const char *)text.data, text.len))
		ret = from_log(o, &text, err);
	else if (ret == 0)
		ret = error_set(err, ERROR_INPUT, "%s is neither a log of "
		    "QEMU's (-trace 'virtio*' -trace 'memory_region_ops_*' "
		    "-trace 'virtqueue_*') nor a pcap or pcapng", file);
	bytes_free(&text);
	return ret;
}

int
cmd_import(const struct options *o)
{
	struct error err;

	error_clear(&err);
	if (o->output == NULL)
		error_set(&err, ERROR_USAGE, "import wants -o NAME.vtr for a "
		    "log of QEMU's, -o NAME.scn for packets");
	else if (o->machines.n > 1)
		error_set(&err, ERROR_USAGE, "import takes one machine, %zu "
		    "were given", o->machines.n);
	else if (import_file(o, &err) == 0)
		return EXIT_HOLDS;
	return options_fail(&err);
}

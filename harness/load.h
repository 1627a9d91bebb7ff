/*
 * load.h: what the command line names, found and read: machines, traces,
 * scenarios, the guest.
 *
 * A machine is a preset (traces/machines/NAME.dts of the data directory), a
 * .dts or a .dtb; sources are compiled by dtc(1), and what it made is kept in
 * the cache, in machines/.  A trace is a file, or the name of one in traces/.
 *
 * Unless they say otherwise, functions return 0, or -1 with ERROR_USAGE (no
 * such name: near ones are told), ERROR_INPUT, ERROR_LIMIT or ERROR_SYSTEM.
 */
#ifndef VIOTAPE_LOAD_H
#define VIOTAPE_LOAD_H

#include <stddef.h>

#include "guest_build.h"
#include "options.h"
#include "sim.h"

#define LOAD_MACHINES_MAX	64
#define LOAD_TRACES_MAX		4096

/* --- names --------------------------------------------------------------- */

enum load_kind { LOAD_MACHINES, LOAD_TRACES, LOAD_SCENARIOS };

/*
 * The names there are in the data directory, without their endings: machines
 * in the order of reports, the rest sorted.  Free by host_names_free().
 */
int load_names(enum load_kind kind, struct host_names *names,
    struct error *err);

/* --- machines ------------------------------------------------------------ */

struct machines {
	struct machine_desc *list;
	size_t n;
};

/* The machines that were given; none, or "all": every preset. */
int load_machines(const char *const *given, size_t n, struct machines *out,
    struct error *err);
/* The file that a machine's name means; NULL: no such preset; the caller's. */
char *load_machine_path(const char *given, struct error *err);
/* One of them: a preset's name, a .dts, a .dtb. */
int load_machine(const char *given, struct machine_desc *out,
    struct error *err);
void machines_free(struct machines *m);

/* --- traces -------------------------------------------------------------- */

struct loaded_trace {
	char *name;			/* as reports call it, no directory */
	struct trace *trace;
	struct replay_tape *tape;
	struct scenario scenario;
};

struct loaded_traces {
	struct loaded_trace *list;
	size_t n;
};

/* The file that a trace's name means, existing or not; the caller's. */
char *load_trace_path(const char *given, struct error *err);
/* One trace, ready to be replayed. */
int load_trace(const char *given, struct loaded_trace *out,
    struct error *err);
void loaded_trace_free(struct loaded_trace *t);
/* Those that were given; none: all of traces/, of which there must be one. */
int load_traces(const char *const *given, size_t n, struct loaded_traces *out,
    struct error *err);
void loaded_traces_free(struct loaded_traces *t);

/* NULL if the machine has what the trace's device sits on, else why not. */
const char *load_transport_missing(const struct loaded_trace *t,
    const struct machine_desc *m);
/* NULL if the guest has drivers for such a device, there, else why not. */
const char *load_driver_missing(enum scenario_device device,
    enum virtio_transport transport, const struct guest_built *built);
/* The same of a trace's. */
const char *load_guest_missing(const struct loaded_trace *t,
    const struct guest_built *built);

/* Both: NULL if this guest can run over the trace on this machine. */
const char *load_pair_missing(const struct loaded_trace *t,
    const struct machine_desc *m, const struct guest_built *built);

/* --- scenarios, the guest ------------------------------------------------ */

/* A scenario's name, or a .scn file. */
int load_scenario(const char *given, struct scenario *out, struct error *err);

/*
 * Builds and loads the guest that the options ask for.  -1: also ERROR_BUILD.
 * built is to be freed in every case, *guest by guest_unload().
 */
int load_guest(const struct options *o, struct guest_built *built,
    struct guest **guest, struct error *err);

#endif

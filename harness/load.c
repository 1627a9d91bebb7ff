/* load.c: what the command line names, found and read; see load.h. */
#include "load.h"
#include "guest_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHED_MACHINES_MAX	200	/* files kept of what dtc made */

static const struct {
	const char *folder, *suffix, *one, *list;
} kinds[] = {
	[LOAD_MACHINES] = { "traces/machines", ".dts", "machine",
	    "viotape machines" },
	[LOAD_TRACES] = { "traces", TRACE_SUFFIX, "trace", "the directory "
	    "traces/" },
	[LOAD_SCENARIOS] = { "traces/scenarios", ".scn", "scenario",
	    "viotape scenarios" },
};

static int
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* "traces/machines/NAME.dts" below the data directory, or NULL. */
static char *
data_path(enum load_kind kind, const char *name, const char *suffix,
    struct error *err)
{
	char *data = host_data_dir(err), *folder, *path;
	struct bytes text = {0};

	if (data == NULL)
		return NULL;
	folder = host_path_join(data, kinds[kind].folder);
	bytes_printf(&text, "%s%s", name, suffix);
	path = host_path_join(folder, (const char *)text.data);
	bytes_free(&text);
	check_free(folder);
	check_free(data);
	return path;
}

/* --- names --------------------------------------------------------------- */

/* Presets stand in this order, what is not listed follows by name. */
static size_t
machine_rank(const char *name)
{
	static const char *const order[] = { "arm64-qemu", "amd64-qemu",
	    "amd64-sev", "arm64-apple-vz", "riscv64-qemu", "arm64-noncoherent",
	    "contract", "contract-bounce" };
	size_t n = sizeof order / sizeof order[0];

	for (size_t i = 0; i < n; i++)
		if (strcmp(order[i], name) == 0)
			return i;
	return n;
}

static int
by_machine(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t rx = machine_rank(x), ry = machine_rank(y);

	return rx != ry ? (rx < ry ? -1 : 1) : strcmp(x, y);
}

int
load_names(enum load_kind kind, struct host_names *names, struct error *err)
{
	const char *suffix = kinds[kind].suffix;
	char *dir = data_path(kind, "", "", err);
	size_t n = 0;
	int ret;

	memset(names, 0, sizeof *names);
	if (dir == NULL)
		return -1;
	ret = host_is_directory(dir) ? host_tree_list(dir, 0, names, err) : 0;
	check_free(dir);
	if (ret != 0)
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		char *name = names->names[i];

		if (!name_ends(name, suffix)) {
			check_free(name);
			continue;
		}
		name[strlen(name) - strlen(suffix)] = '\0';
		names->names[n++] = name;
	}
	names->n = n;
	if (kind == LOAD_MACHINES && n > 1)
		qsort(names->names, n, sizeof names->names[0], by_machine);
	return 0;
}

/* There is none of that name: says so, with the nearest. */
static int
name_unknown(enum load_kind kind, const char *given, struct error *err)
{
	const char *near = NULL;
	struct host_names names;
	int ret;

	if (load_names(kind, &names, NULL) == 0)
		near = options_near(given, (const char *const *)names.names,
		    names.n);
	if (near != NULL)
		ret = error_set(err, ERROR_USAGE, "there is no %s %s; did you "
		    "mean %s?", kinds[kind].one, given, near);
	else
		ret = error_set(err, ERROR_USAGE, "there is no %s %s; %s lists "
		    "what there is", kinds[kind].one, given, kinds[kind].list);
	host_names_free(&names);
	return ret;
}

/* The file's name without directory and ending; the caller's. */
static char *
stem_of(const char *path)
{
	char *stem = check_strdup(host_path_base(path));
	char *dot = strrchr(stem, '.');

	if (dot != NULL && dot != stem)
		*dot = '\0';
	return stem;
}

/* --- machines ------------------------------------------------------------ */

/* What is found elsewhere can change without the source's doing so. */
static int
source_includes(const struct bytes *text)
{
	static const char *const words[] = { "/include/", "/incbin/" };

	for (size_t w = 0; w < 2; w++) {
		size_t len = strlen(words[w]);

		for (size_t i = 0; i + len <= text->len; i++)
			if (memcmp(text->data + i, words[w], len) == 0)
				return 1;
	}
	return 0;
}

static int
dtc_run(const char *path, const char *to, struct error *err)
{
	const char *argv[] = { "dtc", "-I", "dts", "-O", "dtb", "-q", "-o", to,
	    path, NULL };
	char *found = host_program_find("dtc");
	struct bytes words = {0};
	int status, ret;

	if (found == NULL)
		return error_set(err, ERROR_SYSTEM, "machine %s: its source "
		    "needs dtc, which was not found; install it (package "
		    "device-tree-compiler, elsewhere dtc)",
		    host_path_base(path));
	check_free(found);
	ret = host_spawn_wait(argv, &words, &status, err);
	while (words.len > 0 && words.data[words.len - 1] == '\n')
		words.len--;
	if (ret == 0 && status != 0)
		ret = error_set(err, ERROR_INPUT, "machine %s: dtc refuses its "
		    "source: %.*s", host_path_base(path), (int)words.len,
		    words.len > 0 ? (const char *)words.data : "");
	bytes_free(&words);
	return ret;
}

/* Compiles into final, by another name. */
static int
dts_compile(const char *path, const char *final, struct error *err)
{
	char *temp = guest_cache_temp(final);
	int ret = dtc_run(path, temp, err);

	if (ret == 0)
		ret = guest_cache_commit(temp, final, err);
	if (ret != 0)
		(void)unlink(temp);
	check_free(temp);
	return ret;
}

/* Where the cache keeps the tree of a source of this text. */
static char *
dts_cached(const struct bytes *text, struct error *err)
{
	char *cache = host_cache_dir(err), *dir, *path = NULL;
	char name[DIGEST_HEX_SIZE + 8], hex[DIGEST_HEX_SIZE];
	uint8_t sum[DIGEST_SIZE];
	struct digest d;

	if (cache == NULL)
		return NULL;
	digest_init(&d);
	digest_add_string(&d, "dtc -I dts -O dtb");
	digest_add(&d, text->data, text->len);
	digest_final(&d, sum);
	digest_hex(sum, hex);
	snprintf(name, sizeof name, "%s.dtb", hex);
	dir = host_path_join(cache, "machines");
	if (host_mkdir_p(dir, err) == 0)
		path = host_path_join(dir, name);
	if (path != NULL && !host_is_file(path))
		guest_cache_prune(dir, CACHED_MACHINES_MAX);
	check_free(dir);
	check_free(cache);
	return path;
}

static int
dts_read(const char *path, struct bytes *tree, struct error *err)
{
	struct bytes text = {0};
	char *cached = NULL;
	int ret = host_file_read(path, &text, MACHINE_DTB_MAX, err);

	if (ret == 0 && (cached = dts_cached(&text, err)) == NULL)
		ret = -1;
	if (ret == 0 && (source_includes(&text) || !host_is_file(cached)))
		ret = dts_compile(path, cached, err);
	if (ret == 0)
		ret = host_file_read(cached, tree, MACHINE_DTB_MAX, err);
	check_free(cached);
	bytes_free(&text);
	return ret;
}

char *
load_machine_path(const char *given, struct error *err)
{
	char *path;

	if (name_ends(given, ".dts") || name_ends(given, ".dtb"))
		return check_strdup(given);
	path = strchr(given, '/') != NULL || given[0] == '\0' ? NULL :
	    data_path(LOAD_MACHINES, given, ".dts", err);
	if (path == NULL || !host_is_file(path)) {
		check_free(path);
		(void)name_unknown(LOAD_MACHINES, given, err);
		return NULL;
	}
	return path;
}

int
load_machine(const char *given, struct machine_desc *out, struct error *err)
{
	int is_source = name_ends(given, ".dts");
	int is_tree = name_ends(given, ".dtb"), ret = 0;
	struct bytes tree = {0};
	char *path = load_machine_path(given, err), *name = NULL;

	memset(out, 0, sizeof *out);
	if (path == NULL)
		return -1;
	ret = is_tree ? host_file_read(path, &tree, MACHINE_DTB_MAX, err) :
	    dts_read(path, &tree, err);
	name = is_source || is_tree ? stem_of(given) : check_strdup(given);
	if (ret == 0)
		ret = machine_desc_read(out, name, tree.data, tree.len, err);
	check_free(name);
	check_free(path);
	bytes_free(&tree);
	return ret;
}

/* Adds one; the same preset twice is one, another of the same name is not. */
static int
machines_add(struct machines *m, const char *given, struct error *err)
{
	struct machine_desc d;

	if (load_machine(given, &d, err) != 0)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		int same;

		if (strcmp(m->list[i].name, d.name) != 0)
			continue;
		same = m->list[i].dtb_len == d.dtb_len && memcmp(
		    m->list[i].dtb, d.dtb, d.dtb_len) == 0;
		if (!same)
			error_set(err, ERROR_USAGE, "two machines are called "
			    "%s; give one of the files another name", d.name);
		machine_desc_free(&d);
		return same ? 0 : -1;
	}
	if (m->n == LOAD_MACHINES_MAX) {
		machine_desc_free(&d);
		return error_set(err, ERROR_LIMIT, "more than %d machines",
		    LOAD_MACHINES_MAX);
	}
	m->list = check_realloc(m->list, (m->n + 1) * sizeof m->list[0]);
	m->list[m->n++] = d;
	return 0;
}

static int
machines_add_presets(struct machines *m, struct error *err)
{
	struct host_names names;
	int ret = load_names(LOAD_MACHINES, &names, err);

	if (ret == 0 && names.n == 0)
		ret = error_set(err, ERROR_INPUT, "there is no machine in "
		    "traces/machines; give one by -m FILE.dts");
	for (size_t i = 0; ret == 0 && i < names.n; i++)
		ret = machines_add(m, names.names[i], err);
	host_names_free(&names);
	return ret;
}

int
load_machines(const char *const *given, size_t n, struct machines *out,
    struct error *err)
{
	int ret = 0;

	memset(out, 0, sizeof *out);
	if (n == 0)
		ret = machines_add_presets(out, err);
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = strcmp(given[i], "all") == 0 ?
		    machines_add_presets(out, err) :
		    machines_add(out, given[i], err);
	if (ret != 0)
		machines_free(out);
	return ret;
}

void
machines_free(struct machines *m)
{
	for (size_t i = 0; i < m->n; i++)
		machine_desc_free(&m->list[i]);
	check_free(m->list);
	memset(m, 0, sizeof *m);
}

/* --- traces -------------------------------------------------------------- */

char *
load_trace_path(const char *given, struct error *err)
{
	char *path;

	if (host_is_file(given) || strchr(given, '/') != NULL ||
	    name_ends(given, TRACE_SUFFIX) || name_ends(given,
	    TRACE_PART_SUFFIX))
		return check_strdup(given);
	path = data_path(LOAD_TRACES, given, TRACE_SUFFIX, err);
	if (path != NULL && !host_is_file(path)) {
		check_free(path);
		(void)name_unknown(LOAD_TRACES, given, err);
		return NULL;
	}
	return path;
}

int
load_trace(const char *given, struct loaded_trace *out, struct error *err)
{
	const struct trace_header *h;
	char *path = load_trace_path(given, err);

	memset(out, 0, sizeof *out);
	if (path == NULL)
		return -1;
	out->name = stem_of(given);
	out->trace = trace_open(path, TRACE_STRICT, err);
	check_free(path);
	if (out->trace == NULL) {
		loaded_trace_free(out);
		return -1;
	}
	h = trace_header(out->trace);
	out->tape = replay_tape_read(out->trace, err);
	if (out->tape == NULL || scenario_parse(&out->scenario,
	    h->scenario_name, h->scenario_text, strlen(h->scenario_text),
	    err) != 0) {
		error_prefix(err, "trace %s", out->name);
		loaded_trace_free(out);
		return -1;
	}
	return 0;
}

void
loaded_trace_free(struct loaded_trace *t)
{
	scenario_free(&t->scenario);
	replay_tape_free(t->tape);
	trace_close(t->trace);
	check_free(t->name);
	memset(t, 0, sizeof *t);
}

static int
traces_add(struct loaded_traces *t, const char *given, struct error *err)
{
	struct loaded_trace one;

	if (t->n == LOAD_TRACES_MAX)
		return error_set(err, ERROR_LIMIT, "more than %d traces",
		    LOAD_TRACES_MAX);
	if (load_trace(given, &one, err) != 0)
		return -1;
	for (size_t i = 0; i < t->n; i++) {
		int same;

		if (strcmp(t->list[i].name, one.name) != 0)
			continue;
		same = memcmp(trace_hash(t->list[i].trace),
		    trace_hash(one.trace), DIGEST_SIZE) == 0;
		if (!same)
			error_set(err, ERROR_USAGE, "two traces are called %s; "
			    "give one of the files another name", one.name);
		loaded_trace_free(&one);
		return same ? 0 : -1;
	}
	t->list = check_realloc(t->list, (t->n + 1) * sizeof t->list[0]);
	t->list[t->n++] = one;
	return 0;
}

int
load_traces(const char *const *given, size_t n, struct loaded_traces *out,
    struct error *err)
{
	struct host_names names = {0};
	int ret = 0;

	memset(out, 0, sizeof *out);
	if (n == 0) {
		ret = load_names(LOAD_TRACES, &names, err);
		if (ret == 0 && names.n == 0)
			ret = error_set(err, ERROR_INPUT, "there is no trace "
			    "in traces/; give one, or make one by viotape "
			    "record");
		given = (const char *const *)names.names;
		n = names.n;
	}
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = traces_add(out, given[i], err);
	host_names_free(&names);
	if (ret != 0)
		loaded_traces_free(out);
	return ret;
}

void
loaded_traces_free(struct loaded_traces *t)
{
	for (size_t i = 0; i < t->n; i++)
		loaded_trace_free(&t->list[i]);
	check_free(t->list);
	memset(t, 0, sizeof *t);
}

const char *
load_transport_missing(const struct loaded_trace *t,
    const struct machine_desc *m)
{
	enum virtio_transport transport = replay_tape_transport(t->tape);

	if (virtio_transport_bus(transport) == VIRTIO_BUS_MMIO)
		return m->nwindows == 0 ? "the machine has no virtio-mmio" :
		    replay_tape_address(t->tape) >= m->nwindows ? "the machine "
		    "has fewer virtio-mmio windows" : NULL;
	if (!m->has_pci)
		return "the machine has no PCI host";
	return transport == VIRTIO_TRANSPORT_PCI_LEGACY &&
	    m->io.size == 0 ? "the machine has no I/O ports, which legacy PCI "
	    "devices need" : NULL;
}

const char *
load_driver_missing(enum scenario_device device,
    enum virtio_transport transport, const struct guest_built *built)
{
	int mmio = virtio_transport_bus(transport) == VIRTIO_BUS_MMIO;

	if (mmio ? built->lacks_mmio : built->lacks_pci)
		return mmio ? "the tree has no virtio_mmio.c" :
		    "the tree has no virtio_pci.c";
	if (device == SCENARIO_DEVICE_NET)
		return built->lacks_net ? "the tree has no if_vio.c" : NULL;
	return built->lacks_gpu ? "the tree has no viogpu.c" : NULL;
}

const char *
load_guest_missing(const struct loaded_trace *t,
    const struct guest_built *built)
{
	return load_driver_missing(t->scenario.device,
	    replay_tape_transport(t->tape), built);
}

const char *
load_pair_missing(const struct loaded_trace *t, const struct machine_desc *m,
    const struct guest_built *built)
{
	const char *missing = load_transport_missing(t, m);

	return missing != NULL ? missing : load_guest_missing(t, built);
}

/* --- scenarios, the guest ------------------------------------------------ */

int
load_scenario(const char *given, struct scenario *out, struct error *err)
{
	int is_file = name_ends(given, ".scn"), ret;
	struct bytes text = {0};
	char *path, *name;

	memset(out, 0, sizeof *out);
	path = is_file ? check_strdup(given) : strchr(given, '/') != NULL ?
	    NULL : data_path(LOAD_SCENARIOS, given, ".scn", err);
	if (path == NULL || (!is_file && !host_is_file(path))) {
		check_free(path);
		return name_unknown(LOAD_SCENARIOS, given, err);
	}
	name = is_file ? stem_of(given) : check_strdup(given);
	ret = host_file_read(path, &text, TRACE_SCENARIO_SIZE_MAX, err);
	if (ret == 0)
		ret = scenario_parse(out, name, (const char *)text.data,
		    text.len, err);
	bytes_free(&text);
	check_free(name);
	check_free(path);
	return ret;
}

int
load_guest(const struct options *o, struct guest_built *built,
    struct guest **guest, struct error *err)
{
	struct guest_spec spec = options_guest(o);

	*guest = NULL;
	if (guest_build(&spec, built, err) != 0)
		return -1;
	*guest = guest_load(built->path, err);
	return *guest != NULL ? 0 : -1;
}

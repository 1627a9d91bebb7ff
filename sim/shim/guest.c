/* guest.c: loading a built guest, and putting its data back. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"
#include "snapshot.h"

struct range {
	void *start, *saved;
	size_t len;
};

typedef const struct guest_entry *entry_fn(const struct hypercall *);

struct guest {
	struct host_module *module;
	char *path;
	struct range *ranges;
	size_t nranges;
	uintptr_t end;			/* of the last, which is behind code */
	entry_fn *get;
};

static void
save_range(void *arg, void *start, size_t len)
{
	struct guest *g = arg;
	struct range *r;

	g->ranges = check_realloc(g->ranges,
	    (g->nranges + 1) * sizeof g->ranges[0]);
	r = &g->ranges[g->nranges++];
	if ((uintptr_t)start + len > g->end)
		g->end = (uintptr_t)start + len;
	r->start = start;
	r->len = len;
	r->saved = check_malloc(len);
	memcpy(r->saved, start, len);
}

struct guest *
guest_load(const char *path, struct error *err)
{
	struct guest *g = check_calloc(1, sizeof *g);
	void *symbol;

	g->path = check_strdup(path);
	g->module = host_module_open(path, err);
	if (g->module == NULL) {
		guest_unload(g);
		return NULL;
	}
	symbol = host_module_symbol(g->module, "guest_entry_get");
	if (symbol == NULL) {
		error_set(err, ERROR_BUILD, "%s has no guest_entry_get: it was "
		    "not linked with the kernel shim", path);
		guest_unload(g);
		return NULL;
	}
	memcpy(&g->get, &symbol, sizeof g->get);
	if (host_module_writable_ranges(g->module, save_range, g, err) != 0) {
		guest_unload(g);
		return NULL;
	}
	return g;
}

void
guest_unload(struct guest *g)
{
	if (g == NULL)
		return;
	host_module_close(g->module);
	for (size_t i = 0; i < g->nranges; i++)
		check_free(g->ranges[i].saved);
	check_free(g->ranges);
	check_free(g->path);
	check_free(g);
}

void
guest_reset(struct guest *g)
{
	for (size_t i = 0; i < g->nranges; i++)
		memcpy(g->ranges[i].start, g->ranges[i].saved,
		    g->ranges[i].len);
}

void
guest_state(const struct guest *g, struct state *s)
{
	for (size_t i = 0; i < g->nranges; i++)
		state_add(s, g->ranges[i].start, g->ranges[i].len);
}

void
guest_track(const struct guest *g)
{
	for (size_t i = 0; i < g->nranges; i++)
		snapshot_track_bytes(g->ranges[i].start, g->ranges[i].len);
}

const struct guest_entry *
guest_enter(struct guest *g, const struct hypercall *calls)
{
	const struct guest_entry *e;

	guest_reset(g);
	e = g->get(calls);
	CHECK(e != NULL && e->version == HYPERCALL_VERSION);
	return e;
}

uint64_t
guest_base(const struct guest *g)
{
	return host_module_base(g->module);
}

uint64_t
guest_size(const struct guest *g)
{
	return g->end > host_module_base(g->module) ?
	    g->end - host_module_base(g->module) : 0;
}

const char *
guest_path(const struct guest *g)
{
	return g->path;
}

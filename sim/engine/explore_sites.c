/*
 * explore_sites.c: sites that only some ways come by: a branch tells those of
 * its run, and whoever started it adds them to its own.
 */
#include "explore_run.h"
#include "mutate.h"
#include "run_state.h"

void
explore_sites_pack(const struct run *r, struct bytes *out)
{
	if (r->config->sites != NULL)
		mutate_sites_pack(r->config->sites, out);
}

/* Numbers of paths are each process's own. */
void
explore_sites_unpack(struct run *r, struct bytes_reader *in)
{
	struct mutant_sites told;

	if (r->config->sites == NULL)
		return;
	mutate_sites_unpack(in, &told);
	for (size_t i = 0; i < told.n; i++) {
		const struct mutant_site *s = &told.list[i];

		mutant_sites_add(r->config->sites, s->kind, s->what, &s->path,
		    callpath_put(r->result->paths, &s->path));
	}
	mutant_sites_free(&told);
}

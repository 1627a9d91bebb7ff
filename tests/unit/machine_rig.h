/* machine_rig.h: for tests: a machine of a small tree, without a guest. */
#ifndef VIOTAPE_MACHINE_RIG_H
#define VIOTAPE_MACHINE_RIG_H

#include "machine_tree.h"
#include "sim.h"
#include "untold.h"

struct machine_rig {
	struct machine_desc desc;
	struct callpaths *paths;
	struct machine *m;
	const struct boundary_port *port;
};

/* The events of told are copied. */
static inline void
machine_rig_open(struct machine_rig *r, const struct tree *tree,
    const struct machine_events *told)
{
	struct machine_config config = { .desc = &r->desc, .events = told };
	struct error err;

	error_clear(&err);
	tree_machine(tree, "rig", &r->desc);
	config.paths = r->paths = callpaths_create(0, 0, untold_stack, NULL);
	r->m = machine_create(&config, &err);
	assert_non_null(r->m);
	r->port = machine_port(r->m);
}

static inline void
machine_rig_close(struct machine_rig *r)
{
	machine_destroy(r->m);
	callpaths_destroy(r->paths);
	machine_desc_free(&r->desc);
}

#endif

/*
 * vio_rig.h: for tests: our drivers with the built-in network device, asked
 * what a scenario's text says, over any transport.
 */
#ifndef VIOTAPE_VIO_RIG_H
#define VIOTAPE_VIO_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest_build.h"
#include "load.h"
#include "sim.h"

struct vio_rig {
	enum virtio_transport transport;
	/* What was seen. */
	int follow;			/* features are wanted */
	struct net_packets *packets;	/* what was told, of a run under way */
	uint64_t events;
	uint64_t accepted;		/* features, when the interface came */
	unsigned attached;		/* interfaces that came */
	struct hc_net_state state;	/* the last one told */
	const struct scenario *scenario;
};

static struct guest_built vio_built;
static struct guest *vio_guest;

static inline int
vio_set_up(void **state)
{
	static const struct guest_spec spec;	/* our drivers */
	struct error err;

	(void)state;
	error_clear(&err);
	if (guest_build(&spec, &vio_built, &err) != 0)
		fail_msg("%s", err.text);
	vio_guest = guest_load(vio_built.path, &err);
	if (vio_guest == NULL)
		fail_msg("%s", err.text);
	return 0;
}

static inline int
vio_tear_down(void **state)
{
	(void)state;
	guest_unload(vio_guest);
	guest_built_free(&vio_built);
	return 0;
}

static inline int
vio_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct vio_rig *rig = self;

	(void)err;
	*host = builtin_host_create(machine_port(m), rig->scenario,
	    rig->transport);
	return 0;
}

/* Follows what the driver tells the device. */
static inline int
vio_event(void *self, const struct event *e, struct error *err)
{
	struct vio_rig *rig = self;
	struct net_packet packet;

	(void)err;
	(void)net_packets_event(rig->packets, e, ++rig->events, &packet);
	return 0;
}

static inline void
vio_net_state(void *self, const struct hc_net_state *state)
{
	struct vio_rig *rig = self;

	if (state->attached && !rig->state.attached) {
		rig->attached++;
		if (rig->follow)
			rig->accepted = virtio_state_features(
			    net_packets_state(rig->packets));
	}
	rig->state = *state;
}

/* Runs the text on a machine; rig says over which transport, and learns. */
static inline void
vio_run(struct vio_rig *rig, const struct machine_desc *desc,
    const char *text, struct run_result *result)
{
	struct run_config config = { .host = vio_host, .self = rig,
	    .net_state = vio_net_state, .guest = vio_guest, .desc = desc };
	struct scenario s;
	struct error err;

	error_clear(&err);
	if (scenario_parse(&s, "vio", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	rig->scenario = config.scenario = &s;
	if (rig->follow) {
		rig->packets = net_packets_create();
		config.event = vio_event;
	}
	if (run_execute(&config, result, &err) != 0)
		fail_msg("%s", err.text);
	net_packets_free(rig->packets);
	rig->packets = NULL;
	scenario_free(&s);
}

static inline void
vio_print_findings(const char *what, struct run_result *result)
{
	bytes_add(&result->dmesg, "", 1);
	for (size_t i = 0; i < result->findings.n; i++)
		print_message("    %s: %s: %s\n%s", what,
		    result->findings.list[i].kind->id,
		    result->findings.list[i].text,
		    (const char *)result->dmesg.data);
}

#endif

/* builtin_host.c: the built-in host that a scenario is for. */
#include "builtin_host.h"

#include <stdio.h>
#include <string.h>

#include "gpu_device.h"
#include "net_device.h"

void
builtin_host_device(const struct scenario *s, enum virtio_transport t,
    char out[BUILTIN_HOST_DEVICE_SIZE])
{
	snprintf(out, BUILTIN_HOST_DEVICE_SIZE, "virtio-%s-%s",
	    s->device == SCENARIO_DEVICE_NET ? "net" : "gpu",
	    virtio_transport_name(t));
}

static struct boundary_host
net_host(const struct boundary_port *port, const struct scenario_net *n,
    enum virtio_transport t)
{
	struct net_device_config cfg = { .transport = t };

	memcpy(cfg.mac, n->mac, sizeof cfg.mac);
	cfg.mtu_offered = n->mtu_offered;
	cfg.mtu = n->mtu;
	cfg.pairs = n->queues;
	cfg.features_off = n->features_off;
	cfg.peer.loss = n->loss;
	cfg.peer.reorder = n->reorder;
	cfg.peer.seed = n->seed;
	cfg.peer.silent = n->silent;
	return net_device_host(port, &cfg, NULL);
}

struct boundary_host
builtin_host_create(const struct boundary_port *port, const struct scenario *s,
    enum virtio_transport t)
{
	struct gpu_device_config cfg = { .transport = t };

	if (s->device == SCENARIO_DEVICE_NET)
		return net_host(port, &s->net, t);
	cfg.width = s->width;
	cfg.height = s->height;
	return gpu_device_host(port, &cfg);
}

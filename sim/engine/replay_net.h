/*
 * replay_net.h: the packets of a recording as the other end of a network
 * device's cable; the inside of replay_host.h.
 *
 * The device is the built-in one, told to be as the recorded one was: its
 * registers, the buffers and the rules are this run's.  From the recording come
 * the packets that the host gave, each when its cause is there: as many packets
 * of the driver were seen, and as many were asked for by the scenario, as had
 * been when it was recorded.  They are laid out for what this driver
 * negotiated: joined segments are cut for one that cannot take them.
 *
 * What the driver sends is compared with what was recorded; the first
 * difference is named, and the run goes on.  Our own peer (net_peer.h) hears it
 * all, too: as long as the recorded host says what that says, it is one of
 * those, and the peer answers in its place from the first packet on that the
 * recording knows nothing of.  So a driver that cuts segments where the
 * recorded one did not still has a conversation.
 */
#ifndef VIOTAPE_REPLAY_NET_H
#define VIOTAPE_REPLAY_NET_H

#include "boundary.h"
#include "error.h"
#include "net_wire.h"
#include "trace.h"

/* What a trace says of packets, read once, used by any number of runs. */
struct replay_net;

struct replay_net *replay_net_read(struct trace *t, struct error *err);
void replay_net_free(struct replay_net *n);	/* NULL is fine */

/* For one run; n and port outlive it. */
struct net_wire replay_net_wire(const struct replay_net *n,
    const struct boundary_port *port);

#endif

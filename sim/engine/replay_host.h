/*
 * replay_host.h: a trace as the host: answers and their order come from the
 * recording, pictures are computed anew from what this run's device sees.
 *
 * Replay matches by meaning.  Registers answer by name (a queue's size is a
 * queue's size wherever the recorded host kept it); the n-th chain of a queue
 * with the same request gets the recorded answer; an interrupt comes when the
 * answer does.  Where the driver departs from the recording, port->diverged
 * names the first difference, decoded, and the device model goes on by the
 * specification.
 *
 * What a trace's header says is unseen is not asked of it: requests are then
 * answered by the device model, and packets by its peer.
 */
#ifndef VIOTAPE_REPLAY_HOST_H
#define VIOTAPE_REPLAY_HOST_H

#include "boundary.h"
#include "error.h"
#include "trace.h"
#include "virtio_transport.h"

/* What a trace says, read once and used by any number of runs. */
struct replay_tape;

/* ERROR_INPUT: no PCI function in it, or not one that can be replayed. */
struct replay_tape *replay_tape_read(struct trace *t, struct error *err);
void replay_tape_free(struct replay_tape *tape);	/* NULL is allowed */

/* The host of one run; the tape outlives it. */
int replay_host_create(struct boundary_host *host,
    const struct replay_tape *tape, const struct boundary_port *port,
    struct error *err);

/* How the recorded device is reached, and where: bdf, or window. */
enum virtio_transport replay_tape_transport(const struct replay_tape *t);
uint16_t replay_tape_address(const struct replay_tape *t);

#endif

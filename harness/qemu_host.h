/*
 * qemu_host.h: QEMU's own device models as the host of a run, and what they
 * do, observed.
 *
 *	machine ── register access ──► qtest ──► QEMU's device
 *	memory ◄──────── shared ───────────────► QEMU's device
 *	machine ◄── line, or a message's store in memory ── QEMU's device
 *
 * Register accesses and interrupts are seen as they are.  What QEMU reads of
 * shared memory cannot be observed: at each notification the available ring is
 * read beside it, and what each chain lets the host read is taken as read
 * (inferred); what it wrote is read when the used ring gives the chain back.
 *
 * A notification is followed until the host has given everything back and has
 * interrupted if it should, so that a recording does not depend on how fast
 * QEMU was.
 */
#ifndef VIOTAPE_QEMU_HOST_H
#define VIOTAPE_QEMU_HOST_H

#include "qemu_net.h"
#include "qemu_qtest.h"
#include "sim.h"

struct qemu_host_config {
	const char *program;		/* NULL: qemu-system-aarch64 of PATH */
	const char *const *args;	/* devices, NULL-terminated */
	const int *fds;			/* that QEMU inherits */
	size_t fds_count;
	struct qemu_net *net;		/* of a network card, or NULL; the
					   caller's, outlives the host */
};

/*
 * The -device of QEMU's virtio-KIND ("gpu", "net") behind this transport,
 * without its own properties; and further arguments, NULL-terminated.
 */
#define QEMU_DEVICE_SIZE	128u
void qemu_host_device(enum virtio_transport t, const char *kind,
    char out[QEMU_DEVICE_SIZE]);
const char *const *qemu_host_globals(enum virtio_transport t);

struct qemu_host;

/*
 * Starts QEMU for this machine, which must be an arm64 one laid out as QEMU's
 * virt (memory, ECAM): else ERROR_INPUT.  NULL with err as qemu_start.
 */
struct qemu_host *qemu_host_start(const struct qemu_host_config *config,
    const struct machine_desc *desc, struct error *err);
/* Its memory, to be the machine's. */
uint8_t *qemu_host_ram(struct qemu_host *h);
const char *qemu_host_version(const struct qemu_host *h);
/* The host, on its machine; closing it does not stop QEMU. */
struct boundary_host qemu_host_attach(struct qemu_host *h, struct machine *m);
/* What the display with this id shows; BGRX. -1: it does not answer. */
int qemu_host_screen(struct qemu_host *h, const char *id, struct bytes *bgrx,
    unsigned *width, unsigned *height, struct error *err);
void qemu_host_stop(struct qemu_host *h);	/* NULL is allowed */

#endif

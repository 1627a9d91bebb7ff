/*
 * replay_tape.h: what a trace says of its host, sorted for answering; the
 * inside of replay_host.h.
 */
#ifndef VIOTAPE_REPLAY_TAPE_H
#define VIOTAPE_REPLAY_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include "pci_spec.h"
#include "virtio_transport.h"
#include "virtio_watch.h"

#define TAPE_QUEUES_MAX		VIRTIO_QUEUES_MAX
#define TAPE_NOTHING		SIZE_MAX

/* A request as it was recorded, and what the host answered. */
struct tape_chain {
	uint8_t *request;
	size_t nrequest;
	int answered;
	uint32_t used_len;
	uint8_t *response;
	size_t nresponse;
	size_t same_before;	/* chains before it that ask the same */
	unsigned resized;	/* resize steps before it */
};

/* What a register said, in order; the last one repeats. */
struct tape_register {
	char name[VIRTIO_NAME_SIZE];
	uint64_t *values;
	size_t n, max;
};

struct replay_tape {
	struct virtio_watch watch;	/* at the end of the recording */
	enum virtio_transport transport; /* a PCI function's, if transitional,
					   is modern */
	uint8_t image[PCI_CONFIG_SIZE];	/* before any BAR was placed */
	uint8_t mask[PCI_CONFIG_SIZE];	/* bits that the guest can write */
	int unseen;			/* what is in chains: the model's */
	int hears_early;		/* QEMU's: virtio_core_hear_early() */
	uint64_t offered;
	unsigned nqueues;
	uint16_t queue_size[TAPE_QUEUES_MAX];
	struct replay_net *net;		/* of a network device, or NULL */
	struct tape_register *registers;
	size_t nregisters;
	struct tape_chain *chains[TAPE_QUEUES_MAX];
	size_t nchains[TAPE_QUEUES_MAX];
};

const struct tape_register *replay_tape_register(const struct replay_tape *t,
    const char *name);
/*
 * The chain of a queue that asks the same, the nth of them (from 0), or the
 * last when there are fewer; TAPE_NOTHING when nobody asked this.
 */
size_t replay_tape_find(const struct replay_tape *t, unsigned queue,
    const uint8_t *request, size_t n, size_t nth);
/* Whether two requests to this device ask the same. */
int replay_tape_same(const struct replay_tape *t, const uint8_t *a, size_t na,
    const uint8_t *b, size_t nb);

#endif

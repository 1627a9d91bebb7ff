/*
 * virtio_watch.h: the virtio device that is looked for in all accesses that
 * pass by: the first PCI function that has virtio's ids, or the first MMIO
 * window whose DeviceID is not 0; and what the driver tells it from then on.
 *
 *	virtio_watch_init(&w);
 *	if (virtio_watch_access(&w, write, bdf, region, offset, size, value))
 *		... it is the device's; w.st has taken it
 *
 * For who stands beside a host and was not told what it has: a run, a tape, a
 * real host's observer.
 */
#ifndef VIOTAPE_VIRTIO_WATCH_H
#define VIOTAPE_VIRTIO_WATCH_H

#include "virtio_state.h"

struct virtio_watch {
	int found;
	struct virtio_state st;		/* judges nothing */
	uint16_t window;		/* whose Version was read last */
	uint32_t version;
};

void virtio_watch_init(struct virtio_watch *w);

/* Whether an access would be the device's. */
int virtio_watch_is_at(const struct virtio_watch *w, uint16_t bdf,
    enum boundary_region region);

/*
 * An access that was made (a read: with its answer).  1 if it is one of the
 * device's, also the one that it is found by.
 */
int virtio_watch_access(struct virtio_watch *w, int write, uint16_t bdf,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value);

/* Adds whether it was found, and what the driver told it. */
void virtio_watch_state(const struct virtio_watch *w, struct state *s);

#endif

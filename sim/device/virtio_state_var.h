/*
 * virtio_state_var.h: what virtio_state.c and the files of the transports
 * share.  Nobody else includes it; virtio_state.h is for the rest.
 *
 * A transport finds out which field an access means and says so here; what
 * the field means, and what must hold, is the same for all.  Sections of the
 * specification that differ come with the call.
 */
#ifndef VIOTAPE_VIRTIO_STATE_VAR_H
#define VIOTAPE_VIRTIO_STATE_VAR_H

#include "virtio_state.h"

/* The three addresses of a queue. */
enum virtio_ring_part {
	VIRTIO_RING_DESC, VIRTIO_RING_DRIVER, VIRTIO_RING_DEVICE
};

/* Tells the port that a rule is broken. */
void virtio_judge(const struct virtio_state *st, const char *id,
    const char *section, const char *fmt, ...) ERROR_PRINTF(4, 5);

int virtio_accepted(const struct virtio_state *st, unsigned bit);

/* --- fields that were written; each judges and takes over --- */

/* A status; 0 is a reset. */
void virtio_status_written(struct virtio_state *st, uint8_t value);
/* Word sel of the features. */
void virtio_features_written(struct virtio_state *st, uint32_t sel,
    uint32_t value);
void virtio_queue_size_written(const struct virtio_state *st,
    struct virtio_queue_state *q, uint16_t value, const char *section);
void virtio_queue_address_written(const struct virtio_state *st,
    struct virtio_queue_state *q, enum virtio_ring_part part, int high,
    uint32_t value, const char *name, const char *section);
/* The queue is to be used from now on. */
void virtio_queue_enabled(const struct virtio_state *st,
    struct virtio_queue_state *q, const char *section);
/*
 * Legacy: the ring is at this page (0: nowhere), its used part at the next
 * multiple of align (2.7.2); page and align in bytes.
 */
void virtio_queue_page_written(struct virtio_state *st,
    struct virtio_queue_state *q, uint32_t number, uint32_t page,
    uint32_t align, const char *section);
/* 1 to a queue's reset register. */
void virtio_queue_reset_written(struct virtio_state *st,
    struct virtio_queue_state *q);
/* A notification of a queue's number. */
void virtio_judge_notify_early(const struct virtio_state *st,
    uint32_t offset);
/* Device configuration was written at this offset. */
void virtio_config_written(const struct virtio_state *st, uint32_t offset);
/* A register of queues was written, and no queue has the selected number. */
void virtio_judge_no_queue(const struct virtio_state *st, const char *name,
    const char *section);
/* Something is written that a driver that gave up would not write. */
void virtio_judge_failed(const struct virtio_state *st, const char *what);
/* With FEATURES_OK: what 5.1.3.1 and its like say of all that was accepted. */
void virtio_judge_lacks(const struct virtio_state *st);
/* Any register was written: has a torn value been used? */
void virtio_judge_torn(struct virtio_state *st);

/* --- fields that were read --- */

void virtio_status_read(struct virtio_state *st, uint8_t value);
void virtio_features_read(struct virtio_state *st, uint32_t sel,
    uint32_t value);
void virtio_queue_size_read(struct virtio_queue_state *q, uint16_t value);
/* Device configuration; and its generation. */
void virtio_config_read(struct virtio_state *st, uint32_t offset,
    unsigned size);
void virtio_generation_read(struct virtio_state *st, uint32_t value);

/* --- PCI --- */

void virtio_pci_state_init(struct virtio_state *st);
/* A write to configuration space; an access to it (4.1.4.1, 4.1.4.9.2). */
void virtio_pci_judge_capabilities(const struct virtio_state *st,
    uint32_t offset, unsigned size);
void virtio_pci_judge_window(const struct virtio_state *st, uint32_t offset,
    unsigned size, int write);
/* Vectors that were written and not read back, when DRIVER_OK is set. */
void virtio_pci_judge_vectors(const struct virtio_state *st);
/* What a reset of the device forgets. */
void virtio_pci_state_reset(struct virtio_state *st);
void virtio_pci_state_write(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value);
void virtio_pci_state_read(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    uint64_t value);
int virtio_pci_state_notified(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, uint64_t value);
void virtio_pci_register_name(struct virtio_state *st,
    enum boundary_region region, uint32_t offset, unsigned size,
    char out[VIRTIO_NAME_SIZE]);
/* A vector that was written: judged; what the register then says. */
uint16_t virtio_pci_vector_written(const struct virtio_state *st,
    uint16_t value);

/* --- MMIO --- */

void virtio_mmio_state_version(struct virtio_state *st, uint32_t version);
void virtio_mmio_state_reset(struct virtio_state *st);
void virtio_mmio_state_write(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value);
void virtio_mmio_state_read(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value);
int virtio_mmio_state_notified(uint32_t offset, uint64_t value);
void virtio_mmio_register_name(const struct virtio_state *st, uint32_t offset,
    unsigned size, char out[VIRTIO_NAME_SIZE]);

/* --- the legacy structure of a PCI function --- */

void virtio_legacy_state_write(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value);
void virtio_legacy_state_read(struct virtio_state *st, uint32_t offset,
    unsigned size, uint64_t value);

#endif

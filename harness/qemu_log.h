/*
 * qemu_log.h: the lines of a log that QEMU's trace backend "log" writes:
 *
 *	qemu-system-... -trace 'virtio*' -trace 'memory_region_ops_*' \
 *	    -trace 'virtqueue_*' -msg timestamp=on -D FILE
 *
 *	[PID@SECONDS.MICROSECONDS:]EVENT KEYS AND VALUES
 *
 *	4200@1795650201.491585:memory_region_ops_read cpu 0 mr 0x55a7afa6c0a0
 *	    addr 0xb0000010 value 0x0 size 4 name 'pcie-mmcfg-mmio'	(one line)
 *
 * addr is absolute as far as QEMU knows, and the offset in its region where
 * that is seen through an alias; value may have more bits than the access.
 * Pointers tell queues and devices apart and mean nothing else.  The time is
 * not read: nothing of it may come into a trace.
 */
#ifndef VIOTAPE_QEMU_LOG_H
#define VIOTAPE_QEMU_LOG_H

#include <stddef.h>
#include <stdint.h>

enum qemu_log_kind {
	QEMU_LOG_READ,			/* memory_region_ops_read */
	QEMU_LOG_WRITE,			/* memory_region_ops_write */
	QEMU_LOG_NOTIFIED,		/* virtio_queue_notify: by the guest */
	QEMU_LOG_INTERRUPT,		/* virtio_notify, virtio_notify_irqfd */
	QEMU_LOG_STATUS,		/* virtio_set_status */
	QEMU_LOG_POP,			/* virtqueue_pop */
	QEMU_LOG_FILL,			/* virtqueue_fill */
	QEMU_LOG_OTHER,			/* an event that is of no use here */
	QEMU_LOG_BAD			/* no event, or not all of one */
};

struct qemu_log_line {
	enum qemu_log_kind kind;
	uint64_t address, value;	/* READ, WRITE; value: of STATUS, too */
	unsigned size;			/* bytes, 1, 2, 4 or 8; value fits */
	const char *region;		/* in the log, not terminated */
	size_t region_len;
	uint64_t vdev, vq, elem;	/* pointers */
	uint32_t queue;			/* NOTIFIED */
	uint32_t in, out;		/* POP: segments to write, to read */
	uint32_t len;			/* FILL: used length */
};

/* One line of n bytes, without its newline. */
void qemu_log_line(const char *text, size_t n, struct qemu_log_line *out);

/*
 * Whether a text looks like such a log: one of its first lines is an event
 * that is understood.
 */
int qemu_log_is(const char *text, size_t n);

#endif

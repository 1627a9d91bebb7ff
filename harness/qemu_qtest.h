/*
 * qemu_qtest.h: QEMU's own device models as the real host, driven over qtest,
 * with the guest's memory shared.
 *
 * A QEMU is started whose processor never runs; what the processor of a guest
 * would do at the hardware boundary, we do instead: register accesses go over
 * the qtest protocol, one line each way; memory is a file that both map; the
 * levels of interrupt lines come as lines of their own, at any time.
 *
 *	cfg.args = {"-device", "virtio-gpu-pci,id=gpu0,xres=640,yres=480", NULL}
 *	q = qemu_start(&cfg, &err)
 *	qemu_irq_intercept(q, NULL, &err)
 *	qemu_write(q, address, 4, value, &err)		a register, not memory
 *	memcpy(qemu_ram(q) + offset, ...)		memory, never over qtest
 *	qemu_wait(q, 1000, &err), qemu_irq_next(q, &irq)
 *	qemu_stop(q)
 *
 * What must be known of it:
 * - Work of a virtqueue runs after the notification's answer has come back.
 *   It is done when the interrupt line rises, or when used.idx in memory says
 *   so.  One more round trip is no barrier.
 * - QEMU's "virt" loads its device tree at the beginning of memory, so its
 *   first 1 MiB is not all zero when qemu_start returns.
 * - A driver's fault may kill QEMU: that is a result.  Every function here
 *   that can fail then says ERROR_HOST with exit status or signal and QEMU's
 *   last words, and goes on saying so; nothing hangs, nothing dies of SIGPIPE.
 * - No wait is without an end: an answer that is not there after timeout_ms
 *   is ERROR_HOST too.  Such a QEMU is not asked again (its answer might come
 *   late and be taken for another's).
 * - A SIGKILL of the recorder ends QEMU as well (qemu_process.h says how) and
 *   takes its files away, at any moment but one: between making the private
 *   folder and forking, which is less than a millisecond, its folder may stay.
 *
 * One thread only.  Functions that return int return 0, or -1 with err filled
 * (err may be NULL), unless they say otherwise.  Tested with QEMU 7.2; at
 * least 7.1 is needed (dtb-randomness).
 *
 * Sources: QEMU's manual pages and "QEMU Machine Protocol" reference; qtest is
 * undocumented and was observed.
 */
#ifndef VIOTAPE_QEMU_QTEST_H
#define VIOTAPE_QEMU_QTEST_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"
#include "sim.h"

#define QEMU_RAM_SIZE_MAX	0x80000000u	/* bytes, 2 GiB */
#define QEMU_RAM_SIZE_DEFAULT	0x10000000u	/* bytes, 256 MiB */
#define QEMU_TIMEOUT_MS_DEFAULT	30000		/* for one answer */
#define QEMU_IRQ_QUEUE_MAX	4096		/* not yet taken */

enum qemu_arch {
	QEMU_AARCH64,		/* machine virt, memory at 0x40000000 */
	QEMU_X86_64		/* machine q35, memory at 0 */
};

struct qemu_config {
	/* Path or name of the program; NULL: qemu-system-ARCH out of PATH. */
	const char *program;
	enum qemu_arch arch;
	/*
	 * The value of -M, without dumpdtb; NULL: "virt,dtb-randomness=off" or
	 * "q35".  A virt of one's own should say dtb-randomness=off too, or
	 * memory differs in every run.
	 */
	const char *machine;
	/* Bytes, a multiple of 1 MiB; 0: QEMU_RAM_SIZE_DEFAULT. */
	uint64_t ram_size;
	/* More arguments, NULL-terminated ("-device", "...", NULL); or NULL. */
	const char *const *args;
	/* Descriptors that QEMU inherits under the same number. */
	const int *fds;
	size_t fds_count;	/* at most 16 */
	/* What QEMU says on stderr is added to this file; NULL: nowhere. */
	const char *log_path;
	unsigned timeout_ms;	/* for one answer; 0: QEMU_TIMEOUT_MS_DEFAULT */
};

struct qemu_irq {
	unsigned number;	/* input of the intercepted controller */
	int level;		/* 1 raised, 0 lowered */
};

struct qemu_picture {
	uint32_t width, height;	/* pixels */
	struct bytes pixels;	/* rows from the top; B, G, R, 0 each */
};

struct qemu;

/*
 * Starts QEMU and shakes hands with it.  NULL, with err filled, when it is not
 * installed (the sentence says how to install it: ERROR_HOST), when it refuses
 * its arguments or dies (ERROR_HOST, with its last words), when the
 * configuration is wrong (ERROR_USAGE) or the system refuses (ERROR_SYSTEM).
 * No process and no file is left then.  The configuration is not kept.
 */
struct qemu *qemu_start(const struct qemu_config *cfg, struct error *err);

/*
 * Ends QEMU: politely, after some seconds by force; takes its memory and
 * files away and frees q.  May follow QEMU's death.  NULL is nothing to do.
 */
void qemu_stop(struct qemu *q);

/* "QEMU 7.2.22 (Debian 1:7.2+dfsg-7)"; lives as long as q. */
const char *qemu_version(const struct qemu *q);
/* The process of QEMU itself; for messages and tests. */
long qemu_pid(const struct qemu *q);

/* The guest's memory, mapped; stays valid after QEMU's death, until stop. */
uint8_t *qemu_ram(struct qemu *q);
uint64_t qemu_ram_size(const struct qemu *q);	/* bytes */
uint64_t qemu_ram_base(const struct qemu *q);	/* guest physical address */

/*
 * One access of 1, 2, 4 or 8 bytes at a guest physical address: a register, or
 * PCI configuration space by ECAM.  An address where nothing is reads as QEMU
 * pleases (all ones in an empty PCI window, 0 elsewhere), and a write there is
 * lost; neither is an error.  value keeps its low size bytes.
 */
int qemu_read(struct qemu *q, uint64_t address, unsigned size,
    uint64_t *value, struct error *err);
int qemu_write(struct qemu *q, uint64_t address, unsigned size,
    uint64_t value, struct error *err);
/* The same for an I/O port of x86, 1, 2 or 4 bytes. */
int qemu_port_read(struct qemu *q, uint16_t port, unsigned size,
    uint64_t *value, struct error *err);
int qemu_port_write(struct qemu *q, uint16_t port, unsigned size,
    uint64_t value, struct error *err);

/*
 * From now on the changes of the inputs of one interrupt controller are
 * collected, and no longer reach the controller.  path is its QOM path; NULL
 * finds the GIC (x86: the IOAPIC).  Once for each QEMU.
 *
 * Numbers on virt: the SPI's, that is, the GIC's interrupt id minus 32: what
 * the device tree has in the second cell of an interrupt.  INTx of PCI is
 * 3 + (slot + pin) mod 4, INTA being pin 0.  A message (MSI-X) whose address is
 * in memory is a store there and no line; one to the GICv2m frame raises its
 * SPI and lowers it again.  On x86 the inputs 0 and 2 are the timer's and are
 * left out.
 */
int qemu_irq_intercept(struct qemu *q, const char *path, struct error *err);

/*
 * Takes the oldest change of a line that has come in while answers were read
 * or in qemu_wait.  Does not look for new ones.  Returns 1, or 0 for none.
 * Changes that nobody takes fill the queue: past QEMU_IRQ_QUEUE_MAX the
 * function that was reading fails with ERROR_LIMIT, and every later one too.
 */
int qemu_irq_next(struct qemu *q, struct qemu_irq *irq);

/*
 * Waits for a change of a line, timeout_ms at most (0: looks, only).  Returns
 * 1 when there is one for qemu_irq_next (at once, if one was waiting), 0 when
 * none came, -1 when QEMU is dead.
 */
int qemu_wait(struct qemu *q, unsigned timeout_ms, struct error *err);

/* 0 if QEMU lives; -1 with the sentence if not.  Does not wait. */
int qemu_alive(struct qemu *q, struct error *err);

/*
 * One QMP command, a JSON object in one line without the newline.  The reply's
 * "return" value (JSON text) is put into reply, which may be NULL.  A reply
 * that is an error is ERROR_HOST with QEMU's description.  Events that come
 * between are dropped.
 */
int qemu_qmp(struct qemu *q, const char *command, struct bytes *reply,
    struct error *err);

/*
 * What the display of a device shows now.  device is the id given to -device;
 * NULL is the first display.  The picture is empty before ({0}) or is reused;
 * free it with bytes_free(&picture->pixels).
 */
int qemu_screendump(struct qemu *q, const char *device,
    struct qemu_picture *picture, struct error *err);

/*
 * The device tree that QEMU makes for this configuration (program, arch,
 * machine, ram_size, timeout_ms; devices on PCI are not in it), without
 * starting a machine.  Added to dtb.  x86 has none: ERROR_USAGE.
 */
int qemu_dump_dtb(const struct qemu_config *cfg, struct bytes *dtb,
    struct error *err);

#endif

/*
 * qemu_var.h: what qemu_start.c and qemu_qtest.c share: a started QEMU from
 * inside.  Nobody else includes this; qemu_qtest.h is for the rest.
 */
#ifndef VIOTAPE_QEMU_VAR_H
#define VIOTAPE_QEMU_VAR_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"
#include "sim.h"
#include "qemu_line.h"
#include "qemu_process.h"
#include "qemu_qtest.h"

struct qemu {
	enum qemu_arch arch;
	const struct qemu_arch_facts *facts;
	unsigned timeout_ms;
	struct qemu_process *process;
	struct qemu_line qtest, qmp;
	uint8_t *ram;
	uint64_t ram_size;
	char *folder;
	char *version;
	struct qemu_irq irqs[QEMU_IRQ_QUEUE_MAX];	/* a ring */
	size_t irq_first, irq_count;
	int failed;		/* then failure is the answer to everything */
	struct error failure;
};

/* What differs between the architectures; one each, in qemu_start.c. */
struct qemu_arch_facts {
	const char *program;	/* looked for in PATH */
	const char *machine;	/* -M, if nobody said otherwise */
	const char *advice;	/* how to install it */
	uint64_t ram_base;	/* guest physical address */
	const char *irq_controllers[3];	/* QOM types as qom-list says them */
};

/* Waits for QMP's greeting, enters command mode, asks for the version. */
int qemu_qmp_greet(struct qemu *q, struct error *err);

/* Adds a file of the private folder to out and takes it away. */
int qemu_file_take(const char *folder, enum qemu_file file, struct bytes *out,
    struct error *err);

#endif

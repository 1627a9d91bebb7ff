/*
 * machine_var.h: the machine from inside, shared by machine.c (memory, DMA,
 * interrupts, life), machine_reg.c (registers, PCI, windows) and
 * machine_state.c (what the future depends on).  Nobody else includes it.
 */
#ifndef VIOTAPE_MACHINE_VAR_H
#define VIOTAPE_MACHINE_VAR_H

#include "machine.h"

/* A base address register that firmware placed. */
struct bar {
	uint16_t bdf;
	uint8_t n;			/* 0 to 5 */
	uint8_t is64, is_io;
	uint64_t base, size;		/* CPU addresses */
};

struct msi {
	uint16_t bdf;
	uint32_t vector;
	int used;
};

struct machine {
	const struct machine_desc *desc;
	struct machine_events events;
	void *self;
	struct mem *mem;
	struct bus_dma *bus_dma;
	struct sched *sched;
	struct choice choice;
	struct callpaths *paths;
	struct boundary_port port;
	struct boundary_host host;
	struct bar bars[MACHINE_BARS_MAX];
	size_t nbars;
	uint64_t next32, next64, next_io;	/* where firmware places the
						   next BAR */
	struct msi msis[MACHINE_MSIS_MAX];
	uint64_t msi_page;		/* pa that MSIs are written to */
	callpath_id published, failed;
	const char *call, *failed_call;	/* names */
	int host_gone, host_running;
	int looking;			/* the host does, unasked */
	int served;			/* it gave a chain back */
	int between;			/* ... works in the middle of what the
					   driver does */
};

/* The host is gone: told once, and a guest that runs is abandoned. */
void machine_host_lost(struct machine *m, const struct error *err);

#endif

/*
 * machine.h: the simulated hardware as one: memory, PCI, interrupts, DMA, the
 * clock, and the host behind the boundary.
 *
 *	machine_create		memory, scheduler, from a description
 *	machine_host_set	a host behind the boundary
 *	machine_firmware	looks at every PCI function, places its BARs
 *	... the guest runs: the door calls machine_reg_*, machine_pci_* ...
 *	machine_destroy		closes the host too
 *
 * What happens is told to one struct machine_events; engine/run.c hands it on
 * to the recorder, the checkers, the oracles and the digest.
 */
#ifndef VIOTAPE_MACHINE_H
#define VIOTAPE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "boundary.h"
#include "bus_dma.h"
#include "callpath.h"
#include "choice.h"
#include "error.h"
#include "machine_desc.h"
#include "mem.h"
#include "sched.h"
#include "state.h"

#define MACHINE_BARS_MAX	64u
#define MACHINE_MSIS_MAX	64u
#define MACHINE_IRQ_MSI		512u	/* MSIs are interrupts from here on */
#define MACHINE_MSI_DATA	0x4d534900u	/* their data; never 0, so that a
					   real host's store can be seen */

struct machine;

/* One DMA access of a device to one stretch within a page. */
struct machine_dma {
	const struct dma_what *what;
	int write;
	uint64_t bus;			/* the address that the device used */
	uint64_t len;			/* within one page */
	const struct bus_map *map;	/* loaded there, or NULL */
	uint64_t map_offset;
	uint64_t home;			/* pa of the memory, or MEM_NOWHERE */
	uint64_t view;			/* pa that was accessed, or MEM_NOWHERE */
	callpath_id published;		/* the latest notification's caller */
	int unasked;			/* the host looks by itself */
};

struct machine_events {
	void (*reg)(void *self, int write, uint16_t bdf,
	    enum boundary_region region, uint32_t offset, unsigned size,
	    uint64_t value);
	/* Before the access; for a write the shadow is still as it was. */
	void (*dma)(void *self, const struct machine_dma *access);
	/* The host has these bytes, to write them later. */
	void (*held)(void *self, const struct machine_dma *access);
	void (*chain_taken)(void *self, uint16_t bdf, uint16_t queue,
	    uint32_t ordinal, const uint32_t *lens, unsigned ndesc,
	    unsigned nread, const uint8_t *read, size_t nread_bytes);
	void (*chain_used)(void *self, uint16_t bdf, uint16_t queue,
	    uint32_t ordinal, uint32_t used_len, const uint8_t *written,
	    size_t nwritten);
	/* how is 0 raise, 1 lower, 2 message; number a pin (of a virtio-mmio
	   window its number) or a vector. */
	void (*irq)(void *self, uint16_t bdf, int how, uint32_t number);
	void (*time)(void *self, uint64_t now_ns);
	void (*picture)(void *self, unsigned scanout, unsigned width,
	    unsigned height, const uint8_t *bgrx);
	void (*diverged)(void *self, const char *text);
	void (*protocol_broken)(void *self, const char *id,
	    const char *section, const char *text);
	void (*dma_rule)(void *self, const char *id, int fatal,
	    const struct bus_map *map, const char *text);
	void (*syncing)(void *self, const struct bus_map *map, uint64_t home,
	    uint64_t view, uint64_t n, uint32_t ops);
	void (*synced)(void *self, const struct bus_map *map, uint64_t offset,
	    uint64_t len, uint32_t ops);
	void (*unloading)(void *self, const struct bus_map *map,
	    const char *call);
	/* A register access that no device claims. */
	void (*reg_unclaimed)(void *self, uint64_t pa, unsigned size,
	    int write);
	/* A device reached memory that is not there and the machine aborts. */
	void (*dma_aborted)(void *self, uint64_t bus);
	void (*no_progress)(void *self);
	/* Interrupts may be delivered, and which of them is a choice. */
	/* A handler that another CPU may run beside the first is there. */
	void (*mpsafe)(void *self);
	/* What comes from here on was gone in another order; or NULL. */
	void (*known)(void *self);
	void (*arriving)(void *self, enum choice_kind kind);
	/* The host is gone: its sentence. The run is to be abandoned. */
	void (*host_gone)(void *self, const struct error *err);
	/* The contexts of the guest: hand over to the guest's entry. */
	void (*interrupt)(void *self, uint64_t token);
	void (*softintr)(void *self, uint64_t token);
	void (*timeout)(void *self, uint64_t token);
	struct mem_events mem;
};

struct machine_config {
	const struct machine_desc *desc;	/* must outlive the machine */
	uint8_t *ram;			/* the host's, or NULL */
	struct callpaths *paths;	/* the caller's, outlives the machine */
	const struct machine_events *events;
	void *self;
};

struct machine *machine_create(const struct machine_config *config,
    struct error *err);
void machine_destroy(struct machine *m);

const struct machine_desc *machine_desc_of(const struct machine *m);
struct mem *machine_mem(struct machine *m);
struct bus_dma *machine_bus_dma(struct machine *m);
struct sched *machine_sched(struct machine *m);
struct choice *machine_choice(struct machine *m);
/* From now on memory is ordered as the machine orders it; before, it is sc. */
void machine_order_begin(struct machine *m);
/* From now on what becomes of lines is asked when somebody looks (rule C6). */
void machine_fates_ask(struct machine *m);
/* The choice's mode and kinds are set: call it before the guest runs. */
void machine_choices_begin(struct machine *m);
struct callpaths *machine_callpaths(struct machine *m);
/* Who sent the latest notification (wrote a register last). */
callpath_id machine_published(const struct machine *m);
/*
 * Whether a step that can fail (an allocation, a mapping, a request of the
 * host) shall fail now: a choice.  call is its name, a constant.
 */
int machine_fails(struct machine *m, const char *call);
/* The guest has established a handler that needs no kernel lock. */
void machine_mpsafe(struct machine *m);
/* What blocks touch is kept from now on (rule K3), and relied on, or learned alone;
   not owned. */
void machine_blocks(struct machine *m, struct blocks *b, int relies);
/* The name of what bus_dma is asked next. */
void machine_call_set(struct machine *m, const char *call);
/* What failed last for that reason, and who asked for it; NULL: nothing. */
const char *machine_failed(const struct machine *m, callpath_id *who);

/* What a host gets; valid as long as the machine. */
const struct boundary_port *machine_port(struct machine *m);
/* The host is the machine's from now on. */
void machine_host_set(struct machine *m, struct boundary_host host);
/*
 * What firmware does before a kernel runs: reads the configuration space of
 * every function of bus 0, sizes and places its BARs.  -1: the host is gone.
 */
int machine_firmware(struct machine *m, struct error *err);

/* --- the guest's registers; in guest context --- */

uint64_t machine_reg_read(struct machine *m, uint64_t pa, unsigned size);
void machine_reg_write(struct machine *m, uint64_t pa, unsigned size,
    uint64_t value);
uint32_t machine_pci_read(struct machine *m, uint16_t bdf, uint32_t offset);
void machine_pci_write(struct machine *m, uint16_t bdf, uint32_t offset,
    uint32_t value);
/* 0, or -1: no such interrupt. */
int machine_intx_irq(struct machine *m, uint16_t bdf, unsigned pin,
    uint32_t *irq);
int machine_msi_alloc(struct machine *m, uint16_t bdf, uint32_t vector,
    uint64_t *addr, uint32_t *data, uint32_t *irq);
void machine_msi_free(struct machine *m, uint32_t irq);

/* --- the host's turn --- */

/* Lets the host work until it has nothing more to do. */
void machine_host_run(struct machine *m);
/* As the host's happen; 1 also without a host. */
int machine_happen(struct machine *m, const struct boundary_happening *h);
/*
 * Choice: a host that can looks at its queues now, because the driver (by) has
 * just stored avail.idx, or synced it; not while the host works.  pa is where the
 * device sees it in the CPU's memory, or MEM_NOWHERE: it has a copy.
 */
void machine_host_look(struct machine *m, uint64_t pa, callpath_id by);
/*
 * Choice: the host works now, between what the driver did last and its load of
 * used.idx at pa; not while the host works.
 */
void machine_host_late(struct machine *m, uint64_t pa);
/* Choice: a host that is busy works now, before stores that a barrier is about
   to make visible; not while the host works. */
void machine_host_drain(struct machine *m);
/* What the host has been told of and has not done yet. */
enum boundary_busy machine_host_busy(const struct machine *m);
/* A host that is busy has no turn now, by a choice (rule X8). */
void machine_host_waits(struct machine *m);
/* 1 while the host works because of a notification or of an idle guest. */
int machine_host_is_running(const struct machine *m);

/* --- its state --- */

/*
 * Of the machine with its scheduler, bus_dma and host; memory has a state of
 * its own.  Of choices nothing is added: what was picked shows in the rest, and
 * what will be is not the machine's.
 */
void machine_state(const struct machine *m, struct state *s);
/* Of the host alone. */
void machine_host_state(const struct machine *m, struct state *s);
/* 0: there is a host whose state nobody knows, and none is added. */
int machine_host_has_state(const struct machine *m);

#endif

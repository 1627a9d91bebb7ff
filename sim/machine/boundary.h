/*
 * boundary.h: the hardware boundary: everything that crosses between the guest
 * and a host is a register access, a DMA access or an interrupt.
 *
 *	guest ── register access ──►  machine ──►  host (struct boundary_host)
 *	guest memory  ◄── DMA ──────  machine ◄──  host  through boundary_port
 *	guest handler ◄── interrupt   machine ◄──  host
 *
 * A host is a built-in device model, a real one (QEMU over qtest) or a trace.
 * The machine does not know which it has, and the guest cannot.
 */
#ifndef VIOTAPE_BOUNDARY_H
#define VIOTAPE_BOUNDARY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "state.h"

/* Where a register lies; the numbers are those of traces/FORMAT.md. */
enum boundary_region {
	REGION_CONFIG = 0,		/* PCI configuration space */
	REGION_BAR0 = 1,		/* REGION_BAR0 + n is BAR n, n 0 to 5 */
	REGION_MMIO = 8			/* a virtio-mmio window */
};

/* What a DMA access is for; decides how the checkers judge it. */
enum dma_purpose {
	DMA_DESCRIPTOR,		/* an entry of the descriptor table */
	DMA_INDIRECT,		/* an entry of an indirect table */
	DMA_AVAIL_FLAGS,	/* read by the device at any time */
	DMA_AVAIL_INDEX,	/* the same */
	DMA_AVAIL_ENTRY,	/* avail.ring[n], covered by the index read */
	DMA_USED_EVENT,		/* read by the device at any time */
	DMA_USED_FLAGS,		/* written, the guest may read at any time */
	DMA_USED_ENTRY,		/* written before the index that covers it */
	DMA_USED_INDEX,		/* written, the guest may read at any time */
	DMA_AVAIL_EVENT,	/* the same */
	DMA_PAYLOAD,		/* a buffer of a chain */
	DMA_BACKING,		/* memory that a request named (a framebuffer) */
	DMA_PURPOSES
};

struct dma_what {
	enum dma_purpose purpose;
	uint16_t bdf;
	uint16_t queue;
	uint32_t ordinal;	/* of the chain on its queue, from 0 */
	uint64_t offset;	/* bytes from the start of the chain's readable
				   or writable part, or of the backing */
};

/* How a DMA access ended. */
enum dma_result {
	DMA_OK = 0,
	DMA_LOST,		/* nothing there: reads gave 0xff, writes are gone */
	DMA_ABORTED		/* the machine aborts; the run is over */
};

/* What the machine offers to its host. Every call is made with port->machine. */
struct boundary_port {
	void *machine;
	/* addr is a bus address; what may be NULL for an observer, which
	   looks without being seen: no checker, no event, no effect. */
	enum dma_result (*dma_read)(void *machine, uint64_t addr, void *dst,
	    size_t len, const struct dma_what *what);
	enum dma_result (*dma_write)(void *machine, uint64_t addr,
	    const void *src, size_t len, const struct dma_what *what);
	/*
	 * What the driver has stored at a bus address, whoever sees it yet; for
	 * an observer.  0; -1: nobody knows.  NULL: nobody ever does.
	 */
	int (*stored)(void *machine, uint64_t addr, void *dst, size_t len);
	/* Level of the INTx line of a pin (1 to 4); pin 0: of a virtio-mmio
	   window, whose number bdf is. */
	void (*irq_line)(void *machine, uint16_t bdf, unsigned pin, int level);
	/* A message-signalled interrupt; the vector number is for the record. */
	void (*irq_message)(void *machine, uint16_t bdf, unsigned vector,
	    uint64_t addr, uint32_t data);
	/*
	 * The host took a chain and later gave it back: for the record, the
	 * checkers and the oracles.  lens[i] is the length of descriptor i,
	 * the first nread of ndesc are device-readable; read holds all their
	 * bytes, nread_bytes of them.
	 */
	void (*chain_taken)(void *machine, uint16_t bdf, uint16_t queue,
	    uint32_t ordinal, const uint32_t *lens, unsigned ndesc,
	    unsigned nread, const uint8_t *read, size_t nread_bytes);
	void (*chain_used)(void *machine, uint16_t bdf, uint16_t queue,
	    uint32_t ordinal, uint32_t used_len, const uint8_t *written,
	    size_t nwritten);
	/*
	 * The host has len bytes at a bus address from now on, to be written
	 * some time until the chain of what is given back.  NULL: nobody asks.
	 */
	void (*held)(void *machine, uint64_t addr, size_t len,
	    const struct dma_what *what);
	/*
	 * A driver broke a rule of the VIRTIO specification that is seen here:
	 * id is a finding's id, section the specification's.
	 */
	void (*protocol_broken)(void *machine, const char *id,
	    const char *section, const char *text);
	/* What a display shows has changed (a flush). BGRX, no stride. */
	void (*picture)(void *machine, unsigned scanout, unsigned width,
	    unsigned height, const uint8_t *bgrx);
	/* Where a run departs from a recording; a note. */
	void (*diverged)(void *machine, const char *text);
	/* Whether the host shall refuse what is asked of it; may be NULL. */
	int (*fails)(void *machine, const char *what);
};

/* What comes to a host from outside, by a step of a scenario. */
struct boundary_happening {
	enum {
		HAPPEN_RESIZE, HAPPEN_NEEDS_RESET,
		/* Nothing: neither guest nor host will do anything any more,
		   and what a host was never told of is left undone. */
		HAPPEN_STILL,
		/* Of a network device: its cable, a wish for gratuitous
		   packets, another mtu or address, frames to an address. */
		HAPPEN_LINK, HAPPEN_ANNOUNCE, HAPPEN_MTU, HAPPEN_MAC,
		HAPPEN_SEND,
		/* ... and one frame as it is. */
		HAPPEN_FRAME
	} what;
	uint32_t width, height;		/* RESIZE: pixels; 0 is no display */
	uint32_t value;			/* LINK: 1 is up; MTU */
	uint8_t mac[6];			/* MAC, SEND */
	uint32_t count, size;		/* SEND: frames, bytes of payload */
	const uint8_t *bytes;		/* FRAME: from its Ethernet header on */
	size_t n;
};

struct boundary_host {
	const struct boundary_host_ops *ops;
	void *self;
};

/* What a host has to do; each says more than the one before. */
enum boundary_busy {
	BUSY_NOT,		/* nothing: what was notified was served */
	BUSY_TAKES,		/* it would take chains that it keeps until it has
				   something for them (rule X9) */
	BUSY_SERVES		/* something that a driver may see, or that may
				   miss what the driver has stored */
};

struct boundary_host_ops {
	const char *name;		/* "builtin", "qemu", "trace" */
	/*
	 * A register access of size 1, 2, 4 or 8 at offset in a region of a
	 * function; bdf is a window's number with REGION_MMIO.  Unknown
	 * functions read as all ones.  -1: the host is gone.
	 */
	int (*read)(void *self, uint16_t bdf, enum boundary_region region,
	    uint32_t offset, unsigned size, uint64_t *value, struct error *);
	int (*write)(void *self, uint16_t bdf, enum boundary_region region,
	    uint32_t offset, unsigned size, uint64_t value, struct error *);
	/*
	 * Lets the host do one unit of work that it has pending.  1: did some;
	 * 0: nothing to do; -1: gone.  With block not 0 a real host is waited
	 * for (bounded) when it has taken work and not finished it.
	 */
	int (*step)(void *self, int block, struct error *);
	/* The guest's virtual time moved on to ns. */
	void (*time)(void *self, uint64_t ns);
	/* Frees everything. */
	void (*close)(void *self);
	/*
	 * Something comes from outside.  0; 1: this host knows no such thing;
	 * -1: gone.  NULL: it knows none.
	 */
	int (*happen)(void *self, const struct boundary_happening *h,
	    struct error *);
	/*
	 * The host looks at its queues although nobody notified it, as it may
	 * at any time (VIRTIO 1.2, 2.7.13.3): the next step() serves what is
	 * there.  NULL: a host that does as it likes.
	 */
	void (*look)(void *self);
	/*
	 * What step() would do, or might: of what was notified and not served.
	 * NULL: nobody knows.
	 */
	enum boundary_busy (*busy)(void *self);
	/*
	 * A host that is busy does not step() now, or no further: of queues in
	 * which there is nothing new it has seen that, and sleeps.  NULL with
	 * busy.
	 */
	void (*waits)(void *self);
	/* Adds what the host's future depends on.  NULL: a host whose state
	   nobody knows, QEMU's. */
	void (*state)(void *self, struct state *s);
};

#endif

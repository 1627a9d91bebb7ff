/*
 * rules_guest.h: what the files of the tests' guest driver share: its memory,
 * its device, and a function for each case.
 *
 *	rules_guest.c		attaching, helpers, the step
 *	rules_addresses.c	addresses given to the device, or to a client
 *	rules_prewrite.c	what the device reads
 *	rules_preread.c		what the device writes, before it does
 *	rules_post.c		the same, after; and whose a buffer is
 *	rules_lines.c		lines of a cache, attributes of mappings
 *	rules_virtio.c		the parts of a queue in memory
 *	rules_calls.c		the calls of bus_dma(9)
 *	rules_loads.c		what is loaded, which way, until when
 *	rules_memory.c		memory for DMA, calls in interrupts
 *	rules_kernel.c		everything else in section 9 of the manual
 *	rules_mbuf.c		mbuf(9): whose an mbuf is
 *	rules_left.c		what is still there after a detach
 *	rules_net.c		ifnet(9) and its kind
 *	rules_progress.c	what nobody will do
 *
 * What each case must be found to be stands in rules_cases.h.  Loads and stores
 * are volatile, so that each is made where it is written.
 */
#ifndef RULES_GUEST_H
#define RULES_GUEST_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/device.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <machine/bus.h>
#include <machine/pmap.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kern_var.h"
#include "rules_cases.h"

#define BUF_SIZE	(4 * PAGE_SIZE)
#define PREREAD		BUS_DMASYNC_PREREAD
#define PREWRITE	BUS_DMASYNC_PREWRITE
#define POSTREAD	BUS_DMASYNC_POSTREAD
#define POSTWRITE	BUS_DMASYNC_POSTWRITE

/* Memory for DMA: allocated, mapped, loaded. */
struct testdev_mem {
	bus_dma_segment_t	 m_seg;
	size_t			 m_size;
	caddr_t			 m_kva;
	bus_dmamap_t		 m_map;
};

struct testdev_softc {
	struct device		 sc_dev;
	bus_space_tag_t		 sc_iot;
	bus_space_handle_t	 sc_ioh;
	bus_dma_tag_t		 sc_dmat;
	pci_intr_handle_t	 sc_intr;
	void			*sc_ih;
	struct testdev_mem	 sc_buf, sc_ring;
	int			 sc_case;
	int			 sc_interrupts;
	bus_dmamap_t		 sc_map;	/* a case's */
	int			 sc_error;	/* ... of its interrupt */
	int			 sc_zero;	/* always */
};

/* Word i of memory, byte i of it; its bus address. */
#define WORD(m, i)	(((volatile uint32_t *)(void *)(m)->m_kva)[i])
#define BYTE(m, i)	(((volatile uint8_t *)(m)->m_kva)[i])
#define BUS(m)		((m)->m_map->dm_segs[0].ds_addr)
#define SYNC(sc, m, at, n, ops) \
	bus_dmamap_sync((sc)->sc_dmat, (m)->m_map, (at), (n), (ops))

/* One access of the device; the last register write is in the line itself. */
#define PUT(sc, r, v)	bus_space_write_4((sc)->sc_iot, (sc)->sc_ioh, (r), (v))
#define GO(sc, op, why, at, n) \
	do { testdev_aim(sc, why, at, n); PUT(sc, TD_GO, op); } while (0)
#define READS(sc, why, at, n)	GO(sc, TD_OP_READ, why, at, n)
#define WRITES(sc, why, at, n)	GO(sc, TD_OP_WRITE, why, at, n)

#define CASE(name) \
	int case_##name(struct testdev_softc *sc, struct testdev_mem *m)

#define RULES_FUNCTION(name, id, fatal)	CASE(name);
RULES_CASES(RULES_FUNCTION)

/* What the next access of the device is made to. */
void testdev_aim(struct testdev_softc *sc, int purpose, uint64_t addr,
    uint32_t len);
/* The device gives all chains back, and the driver looks and sees it. */
void testdev_complete(struct testdev_softc *sc);

/* These panic when there is no memory: no case is about that. */
void testdev_mem_alloc(struct testdev_softc *sc, struct testdev_mem *m,
    size_t size, int flags);
void testdev_mem_load(struct testdev_softc *sc, struct testdev_mem *m);
/* Unloads m, and loads and syncs only its first n bytes. */
void testdev_load_part(struct testdev_softc *sc, struct testdev_mem *m,
    size_t n);
void testdev_mem_destroy(struct testdev_softc *sc, struct testdev_mem *m);

/* One more handler of the device's interrupt, or NULL. */
void *testdev_establish(struct testdev_softc *sc);
/* What the case that runs does in an interrupt. */
void testdev_interrupted(struct testdev_softc *sc);
void testdev_interrupted_dma(struct testdev_softc *sc);

/* What a driver's mmap is to answer for the first page of m. */
paddr_t testdev_mmap(struct testdev_mem *m);
/* A client maps the page that mmap answers; its first word. */
volatile uint32_t *testdev_client(paddr_t (*mmap)(struct testdev_mem *),
    struct testdev_mem *m);

#endif

/*
 * mem.h: the guest's memory: physical pages, kernel virtual addresses, and the
 * two views of memory that the CPU and a device have.
 *
 *	instrumented store ──hook──► pending ──► order ──► CPU view ──► RAM
 *	instrumented load  ◄─patch── CPU view                            │
 *	device (bus address ─► physical)  ◄───────── device view ◄───────┘
 *
 * The window.  Guest kernel memory lies at a fixed address of this process, so
 * that kernel virtual addresses (KVAs) are the same in every run: the heap of
 * malloc(9), the mappings of bus_dmamem_map(9), and the user's mappings of
 * mmap(2).  Guest pages are MEM_PAGE bytes whatever the host's pages are.
 *
 * Tracked pages.  A page becomes tracked when a device may come to look at it:
 * DMA memory at birth, heap memory when it is first loaded into a DMA map.  In
 * a tracked page the bytes at the KVA are only the register of one access: a
 * load is patched from the CPU view before it happens, a store is read back
 * once it has happened.  So one physical page may have any number of KVAs, and
 * RAM may be memory that another process (QEMU) writes.
 *
 * A store is pending between its hook and the next event, because a hook runs
 * before its access.  gcc makes a struct copy as write hook, read hook, copy:
 * at a read hook the pending store may still be to come.  Therefore the bytes
 * at the KVA are made equal to the view at the write hook, and a read hook
 * settles the pending store only if they have changed since.
 *
 * Shadow.  For every byte of a tracked page, who wrote it last and what
 * bus_dmamap_sync(9) has done for it since; see MEM_* below and MODEL.md.
 *
 * Addresses: pa is physical, va a KVA or user address (host pointer value).
 */
#ifndef VIOTAPE_MEM_H
#define VIOTAPE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "between.h"
#include "copies.h"
#include "error.h"
#include "order.h"
#include "overtaken.h"
#include "race.h"
#include "state.h"

#define MEM_PAGE	4096u
#define MEM_NOWHERE	UINT64_MAX
#define MEM_CPUS_MAX	4u

/* The window's parts, offsets from mem_base(). */
#define MEM_HEAP_OFFSET		0x00000000u
#define MEM_HEAP_SIZE		0x20000000u	/* 512 MiB */
#define MEM_DMA_OFFSET		0x20000000u
#define MEM_DMA_SIZE		0x40000000u	/* 1 GiB */
#define MEM_USER_OFFSET		0x60000000u
#define MEM_USER_SIZE		0x08000000u	/* 128 MiB each */
#define MEM_USER_WINDOWS	4u
#define MEM_WINDOW_SIZE		0x80000000u

/* Flags of a page of the window; what the hooks look at first. */
#define MEM_VA_HEAP	0x01u	/* checked against live allocations */
#define MEM_VA_TRACKED	0x02u	/* see above */
#define MEM_VA_LOST	0x04u	/* maps nothing: stores vanish, loads give ~0 */
#define MEM_VA_ABORT	0x08u	/* maps nothing: an access ends the run */
#define MEM_VA_HOLE	0x10u	/* not mapped: an access is a fault */
#define MEM_VA_UNCACHED	0x20u	/* mapped uncached (rules T1 to T3) */
#define MEM_VA_ASKS	0x40u	/* a range is watched there, or a device wrote
				   or will by a copy: an access may come to a
				   choice.  mem's own */

/* Shadow of one byte. */
#define MEM_STORED	0x01u	/* the CPU has stored to it */
#define MEM_UNWRITTEN	0x02u	/* ... and no PREWRITE since */
#define MEM_UNREAD	0x04u	/* ... and no PREREAD since */
#define MEM_DEVICE	0x08u	/* a device wrote it, and no POSTREAD since */
#define MEM_RACY	0x10u	/* ... as an index or flag, readable at any time */
#define MEM_POSTED_R	0x20u	/* part of a posted chain that the device reads */
#define MEM_POSTED_W	0x40u	/* the same, that the device writes */
#define MEM_USED_INDEX	0x80u	/* a device keeps used.idx here */

/* Writers that are not instrumented stores; see struct mem_writer. */
#define MEM_PC_NONE	0u
#define MEM_PC_ZEROED	1u	/* BUS_DMA_ZERO or M_ZERO */
#define MEM_PC_FREED	2u	/* what nobody is promised (rule M7) */
#define MEM_PC_COPY	3u	/* a bounce buffer's copy */
#define MEM_FREED_BYTE	0xdfu	/* what is there then; HC_FREED_BYTE */

struct blocks;
struct mem;

/* Kinds of an access as the hooks tell it; a bit set. */
#define MEM_READ	0x0u
#define MEM_WRITE	0x1u
#define MEM_VOLATILE	0x2u
#define MEM_ATOMIC	0x4u

/* Why an access was refused. */
enum mem_bad {
	MEM_BAD_HOLE,		/* no mapping there */
	MEM_BAD_FREED,		/* heap memory that was freed, or never given */
	MEM_BAD_BEYOND,		/* past the end of a heap allocation */
	MEM_BAD_ABORT		/* a mapping of physical memory that is not there */
};

/*
 * Who counts loads that nothing comes of, to find polling loops: a store sets
 * stored and clears idle, a load counts idle up, and at limit activity is
 * called.  Kept apart from the calls because every access touches it.
 */
struct mem_activity {
	unsigned idle, limit;
	int stored;
};

/* What mem tells its owner; each may be NULL.  self is config->self. */
struct mem_events {
	void (*bad_access)(void *self, enum mem_bad why, uint64_t va,
	    size_t size, unsigned kind, const void *pc);
	/* A load of bytes with MEM_DEVICE and not MEM_RACY set. */
	void (*stale_load)(void *self, uint64_t pa, size_t size,
	    const void *pc);
	/* An access to bytes of a posted chain. */
	void (*posted_access)(void *self, uint64_t pa, size_t size,
	    unsigned kind, const void *pc);
	/* The driver has looked at the used index at pa. */
	void (*used_index_load)(void *self, uint64_t pa, const void *pc);
	/* See struct mem_activity. */
	void (*activity)(void *self);
	/* A store whose number is watched is about to happen. */
	void (*watched_store)(void *self, uint64_t seq, const void *pc);
	/*
	 * A store to the watched range id: about to happen (visible 0, pc is
	 * its place), and then seen by others (visible 1, pc NULL).
	 */
	void (*range_store)(void *self, uint64_t id, int visible,
	    const void *pc);
	/* A load that gives what was there before a device wrote, as the order
	   model allows. */
	void (*old_load)(void *self, uint64_t pa, size_t size, const void *pc);
	/* A barrier is about to perform what is buffered, among which is a
	   store to a watched range. */
	void (*draining)(void *self);
	/* A load through an uncached mapping of what a device wrote to the
	   caches that this host keeps (rule T3). */
	void (*mismatched_load)(void *self, uint64_t pa, size_t size,
	    const void *pc);
	/* This access and one of another CPU, at other, are in no order. */
	void (*data_race)(void *self, size_t size, unsigned kind,
	    const void *pc, const struct race_other *other);
	/* This access is a handler's, which could have come between these. */
	void (*between)(void *self, const void *pc,
	    const struct between_pair *pair);
	/* A device has written what this load may give, too: a store that the
	   device acted on may overtake it. */
	void (*late_load)(void *self, const struct overtaken_load *load);
};

struct mem_config {
	uint64_t ram_base, ram_size;	/* bytes, multiples of MEM_PAGE */
	/* Memory of the caller's to use as RAM (QEMU's), or NULL. */
	uint8_t *ram;
	/* Bytes of a line where devices do not snoop the CPU's cache; 0: they
	   do, and there is nothing to model.  See cache.h. */
	unsigned line_size;
	/* The host caches what the guest maps uncached: rule T3. */
	int mismatched;
	const struct mem_events *events;
	void *self;
};

/* At most one struct mem exists at a time: the window is one address. */
struct mem *mem_create(const struct mem_config *config, struct error *err);
void mem_destroy(struct mem *m);

uint64_t mem_base(void);		/* the window's fixed address */
/* Whether anything was ever mapped uncached. */
int mem_had_uncached(const struct mem *m);
/* Whose counter it is; NULL: nobody's. */
void mem_activity_set(struct mem *m, struct mem_activity *activity);

/* --- hooks --- */

/* One instrumented access, before it happens. */
void mem_access(struct mem *m, uint64_t va, size_t size, unsigned kind,
    const void *pc);
/* The pending store has happened: called at every entry through the door. */
void mem_settle(struct mem *m);
/* Page flags of the window, for the hooks' first look. */
const uint8_t *mem_page_flags(const struct mem *m);
/* The number of stores so far; the next one that mem_events tells of. */
uint64_t mem_store_count(const struct mem *m);
/* How much was stored and transferred: grows by 1 for a store, and for about 64
   bytes that a device reads or writes. */
uint64_t mem_work(const struct mem *m);
/* n numbers in ascending order, not copied: see watched_store. */
void mem_watch_stores(struct mem *m, const uint64_t *seqs, size_t n);
/*
 * Tells range_store of stores to [pa, pa + len), which lies in one page; up to
 * MEM_RANGES_MAX ranges, further ones are not watched.  An id that is watched
 * already moves.
 */
#define MEM_RANGES_MAX	256u
void mem_watch_range(struct mem *m, uint64_t pa, unsigned len, uint64_t id);
void mem_unwatch_ranges(struct mem *m);		/* all of them */

/* --- physical memory --- */

int mem_is_ram(const struct mem *m, uint64_t pa, uint64_t size);
uint64_t mem_ram_base(const struct mem *m);
uint64_t mem_ram_size(const struct mem *m);
/*
 * n contiguous pages within [low, high], the first a multiple of align (a power
 * of two, at least MEM_PAGE), not crossing a multiple of boundary (0: none).
 * First fit from the bottom.  The pages are zero only if they never were in
 * use in this run.  MEM_NOWHERE if there are none.
 */
uint64_t mem_pages_alloc(struct mem *m, uint64_t n, uint64_t align,
    uint64_t boundary, uint64_t low, uint64_t high);
void mem_pages_free(struct mem *m, uint64_t pa, uint64_t n);
int mem_page_is_allocated(const struct mem *m, uint64_t pa);

/* --- the window --- */

/* n pages of address space in the DMA part, not mapped; 0 when it is full. */
uint64_t mem_va_alloc(struct mem *m, uint64_t n);
void mem_va_map(struct mem *m, uint64_t va, uint64_t pa, unsigned flags);
void mem_va_unmap(struct mem *m, uint64_t va);	/* leaves a hole */
unsigned mem_va_flags(const struct mem *m, uint64_t va);
int mem_va_inside(uint64_t va, uint64_t size);	/* in the window at all? */
uint64_t mem_va_to_pa(const struct mem *m, uint64_t va);	/* or MEM_NOWHERE */

/* --- the heap --- */

/*
 * From now on pages of malloc(9) lie at pa or above while there are any, and
 * those of mem_heap_pages (mbufs) below it: devices do not reach pa (rule B4).
 */
void mem_heap_floor_set(struct mem *m, uint64_t pa);
/* Guest memory of size bytes (at least 1), zeroed; 0 when there is no more. */
uint64_t mem_heap_alloc(struct mem *m, uint64_t size);
void mem_heap_free(struct mem *m, uint64_t va, uint64_t size);
/*
 * n pages of the heap, one behind the other in physical memory too, for
 * somebody who cuts them up: no byte of them is live, and they are never given
 * back.  0 when there is no more.  mem_heap_live() makes bytes live, or not,
 * from a multiple of 16 on; those that are not, at first or any more, are
 * overwritten.
 */
uint64_t mem_heap_pages(struct mem *m, uint64_t n);
void mem_heap_live(struct mem *m, uint64_t va, uint64_t size, int live);
/* -1: no heap, or all of it allocated; 0: not at its start; 1: runs past an
   end.  As an access of these bytes would be judged. */
int mem_heap_judged(const struct mem *m, uint64_t va, uint64_t size);

/* --- views --- */

/* Makes the page of va tracked; what it holds goes into the CPU view. */
void mem_track(struct mem *m, uint64_t va);
/* The CPU's view. writer is MEM_PC_* or a program counter of the guest. */
void mem_cpu_load(struct mem *m, uint64_t pa, void *dst, size_t size);
void mem_cpu_store(struct mem *m, uint64_t pa, const void *src, size_t size,
    uint64_t writer);
/* Whether the CPU's last store to the page went through an uncached mapping. */
int mem_is_uncached(const struct mem *m, uint64_t pa);
/*
 * The first of size bytes where the caches that the host keeps differ from what
 * uncached accesses see (rule T3), and which a device (1) or the CPU (0) wrote
 * last, as an offset; size: none.
 */
uint64_t mem_mismatch(const struct mem *m, uint64_t pa, uint64_t size,
    int device);

/* A device's view; [pa, pa + size) must be RAM. No shadow is touched. */
void mem_device_load(struct mem *m, uint64_t pa, void *dst, size_t size);
/* A device is about to load: what the cache does then (rule C1). */
void mem_device_reads(struct mem *m, uint64_t pa, size_t size);
void mem_device_store(struct mem *m, uint64_t pa, const void *src, size_t size);
/* All of it is about to be stored to: so it costs less. */
void mem_soon(struct mem *m, uint64_t pa, size_t size);

/* --- lines of the cache: mem_line.c --- */

/*
 * The cache's lines over [pa, pa + size), whole ones; nothing where devices
 * snoop.
 */
void mem_lines_clean(struct mem *m, uint64_t pa, uint64_t size);
void mem_lines_invalidate(struct mem *m, uint64_t pa, uint64_t size);
/* The pages of [pa, pa + size) are not cached from now on, until tracked. */
void mem_lines_drop(struct mem *m, uint64_t pa, uint64_t size);
int mem_lines_dirty(struct mem *m, uint64_t pa, uint64_t size);
unsigned mem_line_size(const struct mem *m);
/* Who chooses what becomes of lines; *by is copied.  At first nobody does. */
void mem_chooser_set(struct mem *m, const struct cache_chooser *by);
/* From now on by is asked when somebody looks (rule C6), and nobody before.
   No page is tracked yet. */
void mem_fates_ask(struct mem *m, const struct cache_chooser *by);
/* Whether a line's fate may have mattered where nobody was asked. */
int mem_fates_met(const struct mem *m);
/*
 * Lines as any machine might have them (64 bytes where this one has none to
 * model): the driver gave the lines over [pa, pa + size) to the device, so that
 * none of them is dirty; and: the pa of a byte beside [pa, pa + size) and in a
 * line with it that was stored to since its line was given, or MEM_NOWHERE.
 */
void mem_lines_given(struct mem *m, uint64_t pa, uint64_t size);
uint64_t mem_lines_shared(struct mem *m, uint64_t pa, uint64_t size);

/* --- order: mem_order.c --- */

/*
 * From now on stores are delayed and loads are old as the model allows, and
 * pick chooses as struct order_memory has it.  Without it all is sc.
 */
void mem_order_begin(struct mem *m, enum order_model model,
    unsigned (*pick)(void *self, int is_load, uint64_t pa, size_t size,
    unsigned n), void *self);
/* A barrier of the CPU; ORDER_* bits of one; nothing while all is sc. */
void mem_barrier(struct mem *m, enum order_barrier barrier);
void mem_barrier_bits(struct mem *m, unsigned bits);
/* An atomic operation has happened. */
void mem_atomic(struct mem *m);
/* The CPU writes a register; it does nothing any more until it is woken; it
   takes an interrupt. */
void mem_register_write(struct mem *m);
void mem_drain(struct mem *m);
void mem_interrupted(struct mem *m);
/* The CPU that runs from now on, of MEM_CPUS_MAX, whose accesses are ordered for
   themselves; others: which ones but the first are at work, a bit each. */
void mem_cpu_set(struct mem *m, unsigned cpu, unsigned others);
/* What blocks touch is kept from now on, see blocks.h; not owned.  The block that
   runs; what it touches. */
void mem_blocks(struct mem *m, struct blocks *b);
void mem_block(struct mem *m, uint32_t block, uint32_t within);
void mem_block_touch(struct mem *m, uint64_t what, int change);
void mem_block_pages(struct mem *m, uint64_t pa, uint64_t size);
/* Of what, besides the scheduler's own: */
#define MEM_BLOCK_PAGE		(UINT64_C(1) << 63)	/* | number */
#define MEM_BLOCK_SHARED	(UINT64_C(1) << 62)	/* | address / 8 */
/*
 * The CPU that runs lets go of a lock: *mark is for who takes it next.  The CPU
 * that runs has taken a lock that cpu let go of at mark: it sees all that was
 * stored before (rule O10).  Of those, what is still buffered, for a state.
 */
uint64_t mem_lock_left(struct mem *m);
void mem_lock_taken(struct mem *m, unsigned cpu, uint64_t mark);
uint64_t mem_lock_buffered(const struct mem *m, unsigned cpu, uint64_t mark);
/*
 * From now on accesses of two CPUs are compared; what orders them: race_let()
 * and race_take(), nothing where they are not compared.
 */
#define MEM_RACE_KERNEL_LOCK	UINT64_C(0)
#define MEM_RACE_DEVICE		UINT64_C(1)	/* what it may have seen */
#define MEM_RACE_CHANNEL	(UINT64_C(1) << 63)	/* | of wakeup(9) */
#define MEM_RACE_DEFERRED	(UINT64_C(1) << 62)	/* | soft interrupt */
#define MEM_RACE_HANDLER	(UINT64_C(1) << 61)	/* | interrupt */
void mem_race_begin(struct mem *m);
void mem_race_let(struct mem *m, uint64_t token);
void mem_race_take(struct mem *m, uint64_t token);
void mem_race_forget(struct mem *m, uint64_t va, uint64_t size);
/*
 * From now on accesses are kept, between which something could come; see
 * between.h, whose functions these are, nothing where they are not kept.
 */
void mem_between_begin(struct mem *m);
void mem_between_stretch(struct mem *m, unsigned depth, int exposed);
void mem_between_back(struct mem *m, unsigned depth);
void mem_between_exposed(struct mem *m, int exposed);
/* A call of the kernel's that is done at once, on what token names. */
void mem_between_touch(struct mem *m, uint64_t token, const void *pc);
/* What is accessed until it ends is the kernel's own, and done at once. */
void mem_between_shield(struct mem *m, int begins);
/*
 * From now on states leave out copies that nobody looks at (rule X7, copies.h);
 * nothing where they do not.  At home, of what devices see at view, one wrote
 * what says whether it wants to be notified; somebody looks; ways were compared;
 * and 1 if somebody has looked at what was left out.
 */
void mem_copies_begin(struct mem *m);
void mem_copies_add(struct mem *m, uint64_t home, uint64_t view, size_t size);
void mem_copies_look(struct mem *m, uint64_t pa, size_t size);
void mem_copies_compared(struct mem *m);
int mem_copies_looked(const struct mem *m);
/* What mem_state() leaves out. */
void mem_copies_state(struct mem *m, struct state *s);
/* A device is about to look at RAM: which buffered stores does it see? */
void mem_device_looks(struct mem *m, uint64_t pa, size_t size);
/* The same where it is known that it sees them; and where the CPU is known to
   see what is in memory now. */
void mem_device_sees(struct mem *m, uint64_t pa, size_t size);
void mem_cpu_sees(struct mem *m, uint64_t pa, size_t size);
/* Whether the CPU's buffer holds stores to these bytes. */
int mem_is_buffered(const struct mem *m, uint64_t pa, size_t size);
/* A look was offered fewer ways than there were. */
int mem_order_capped(const struct mem *m);

/* All of memory, both views, shadow, mappings, heap. */
void mem_state(struct mem *m, struct state *s);
/* Of it what devices could read now: the same for every compiler of the
   guest. */
void mem_device_state(struct mem *m, struct state *s);
/* What is known of pages that did not change is made again: the state is the
   same, unless a change was missed. */
void mem_state_forget(struct mem *m);

/* --- shadow --- */

/* The shadow bytes of pa up to the end of its page, or NULL: not tracked. */
uint8_t *mem_shadow(struct mem *m, uint64_t pa);
void mem_shadow_set(struct mem *m, uint64_t pa, uint64_t size, unsigned set,
    unsigned clear);
/* 1 if any byte has any of the bits. */
int mem_shadow_any(struct mem *m, uint64_t pa, uint64_t size, unsigned bits);
/* The last store to the 4 bytes around pa; seq 0: never. */
struct mem_writer {
	uint64_t pc;		/* guest program counter, or MEM_PC_* */
	uint64_t seq;		/* number of the store in this run, from 1 */
};
struct mem_writer mem_last_writer(struct mem *m, uint64_t pa);

#endif

/*
 * mem_var.h: the inside of struct mem, for mem.c (what there is: pages, the
 * window, the heap), mem_access.c (what happens to it: loads and stores, the
 * two views, the shadow) and mem_line.c (the cache's lines).
 */
#ifndef VIOTAPE_MEM_VAR_H
#define VIOTAPE_MEM_VAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "between.h"
#include "blocks.h"
#include "cache.h"
#include "check.h"
#include "copies.h"
#include "mem.h"
#include "mem_heap.h"
#include "order.h"
#include "overtaken.h"
#include "state_memo.h"

/* Above ASan's shadow on x86-64 and arm64, below 2^47. */
#define MEM_WINDOW_BASE	UINT64_C(0x300000000000)
/* So the table of a window is untouched memory where nothing is mapped: a
   branch of the exploration has that much less to copy. */
#define MEM_NO_PAGE	0u
#define MEM_GRAIN	4u		/* bytes that share one writer */
#define MEM_LINE	64u		/* bytes of a line where none is modelled */
#define PENDING_MAX	64u		/* pages of one store */

/* Agents of the order model: the first CPU, the devices, and the other CPUs; see
   mem_cpu_set(). */
#define MEM_FIRST_CPU	0u
#define MEM_DEVICE_AGENT 1u
#define MEM_SECOND_CPU	2u
#define MEM_AGENTS	(MEM_CPUS_MAX + 1u)
_Static_assert(MEM_CPUS_MAX == RACE_CPUS && MEM_CPUS_MAX == OVERTAKEN_CPUS,
    "CPUs are counted in three places");

/*
 * A struct mem_writer in half of the room: there is one for each grain of a
 * tracked page.  Program counters are those of one module, so they are kept as
 * what they are beyond mem.pc_base; MEM_PC_* as they are.  The number stays at
 * its greatest when there are more stores.
 */
struct written {
	uint32_t pc, seq;
};

struct page_shadow {
	uint8_t byte[MEM_PAGE];
	uint8_t marks;			/* every bit that a byte has, and maybe
					   more: pages without are passed over */
	struct written writer[MEM_PAGE / MEM_GRAIN];
	/* The number of stores when the line was last given to the device. */
	uint32_t given[CACHE_LINES_MAX];
};

/* Memory behind the host's caches; mem.ram is what the caches hold. */
struct behind {
	uint8_t data[MEM_PAGE];
	uint8_t device[MEM_PAGE];	/* 1: a device wrote the byte last */
};

struct page {
	uint8_t allocated;
	uint8_t used;			/* was allocated once in this run */
	uint8_t watched;		/* has a range of mem.ranges */
	uint8_t asks;			/* see MEM_VA_ASKS */
	uint8_t is_mapped, several_vas;	/* was once, and not only at va */
	uint32_t va;			/* the latest, a page's index */
	uint8_t uncached;		/* the last store was, or none was and a
					   mapping is */
	uint8_t fresh;			/* states are of what it holds now, and
					   in mem's sums */
	struct page_shadow *shadow;	/* NULL: not tracked */
	struct cache_page *cache;	/* of a tracked page, if not snooped */
	struct behind *behind;		/* of a page that was mapped uncached
					   where attributes mismatch */
	struct state bytes;		/* of ram alone, with its number */
	struct state state;
};

struct range {
	uint64_t pa, id;
	unsigned len;
};

struct pending {
	uint64_t va, pa;
	size_t size;
	const void *pc;
	uint64_t seq;
	uint8_t uncached;
	uint8_t ranged;			/* range is the one that it hits */
	uint64_t range;			/* id */
};

struct mem {
	struct mem_events events;
	void *self;
	uint8_t *ram;
	int ram_is_ours;
	unsigned line_size;		/* 0: devices snoop */
	unsigned line;			/* the same, MEM_LINE if they do */
	int mismatched;
	struct cache_chooser chooser;
	struct cache_chooser asker;	/* when somebody looks (rule C6) */
	int fates_met;			/* what asker is not asked for mattered */
	uint64_t ram_base, ram_size;
	struct page *pages;		/* one a page of RAM */
	uint64_t npages;
	uint64_t made_end;		/* pages behind have no shadow, nor
					   anything else that is allocated */
	uint64_t full;			/* pages from 0 on, all allocated */
	uint32_t *va_page;		/* page number + 1, or MEM_NO_PAGE; one a
					   page of the window */
	uint8_t *va_flags;
	uint64_t dma_next;		/* bytes of the DMA part handed out */
	struct mem_heap *heap;
	uint64_t heap_floor;		/* pa, or 0 */
	enum order_model model;
	unsigned (*pick)(void *self, int is_load, uint64_t pa, size_t size,
	    unsigned n);
	void *pick_self;
	struct order *order;		/* NULL: sc, at once (rule O1) */
	unsigned cpu;			/* that runs, as an agent */
	struct race *race;		/* NULL: nobody compares them */
	struct between *between;	/* NULL: nobody wants to know */
	int had_uncached;
	unsigned shielded;		/* accesses are the kernel's own */
	struct overtaken *overtaken;	/* NULL: no store overtakes a load */
	struct copies *copies;		/* NULL: all are told apart */
	unsigned others;		/* CPUs but the first at work, a bit each */
	unsigned ncpus;			/* that ever were at work */
	struct blocks *blocks;
	uint32_t block, within;		/* that run; the same, or a part */
	struct state va_state;		/* of all mappings of the window */
	/* Of used pages that are fresh: their states; and the bytes of those
	   that are tracked.  And the numbers of those that are not. */
	struct state_set states, device_states;
	uint32_t *stale;
	size_t nstale, stale_max;
	struct mem_activity *activity, no_activity;
	/* The pending store: its part in each page that it touches. */
	struct pending pending[PENDING_MAX];
	unsigned npending;
	uint64_t stores;
	uint64_t pc_base;		/* 0: no store by a program counter yet */
	uint64_t moved;			/* bytes, by devices */
	const uint64_t *watch;
	size_t nwatch;
	struct range ranges[MEM_RANGES_MAX];
	size_t nranges;
};

static inline uint64_t
va_index(uint64_t va)
{
	CHECK(va >= MEM_WINDOW_BASE && va - MEM_WINDOW_BASE < MEM_WINDOW_SIZE);
	return (va - MEM_WINDOW_BASE) / MEM_PAGE;
}

static inline struct page *
page_of(const struct mem *m, uint64_t pa)
{
	CHECK(pa >= m->ram_base && pa - m->ram_base < m->ram_size);
	return &m->pages[(pa - m->ram_base) / MEM_PAGE];
}

static inline int
va_inside(uint64_t va, uint64_t size)
{
	return va >= MEM_WINDOW_BASE && va - MEM_WINDOW_BASE < MEM_WINDOW_SIZE &&
	    size <= MEM_WINDOW_SIZE - (va - MEM_WINDOW_BASE);
}

static inline uint64_t
va_to_pa(const struct mem *m, uint64_t va)
{
	uint64_t i;

	if (!va_inside(va, 1))
		return MEM_NOWHERE;
	i = va_index(va);
	if (m->va_page[i] == MEM_NO_PAGE)
		return MEM_NOWHERE;
	return m->ram_base + (uint64_t)(m->va_page[i] - 1) * MEM_PAGE +
	    va % MEM_PAGE;
}

static inline int
is_ram(const struct mem *m, uint64_t pa, uint64_t size)
{
	return pa >= m->ram_base && pa - m->ram_base < m->ram_size &&
	    size <= m->ram_size - (pa - m->ram_base);
}

/* The number of the latest store, as struct written has it. */
static inline uint32_t
stores_now(const struct mem *m)
{
	return m->stores < UINT32_MAX ? (uint32_t)m->stores : UINT32_MAX;
}

/* Its states are to be made again; mem_state.c. */
void page_stale(struct mem *m, struct page *p);

/* The same, to change it or what it holds. */
static inline struct page *
page_touch(struct mem *m, uint64_t pa)
{
	struct page *p = page_of(m, pa);

	if (p->fresh)
		page_stale(m, p);
	return p;
}

/* The flag MEM_VA_ASKS, for all that map it. */
void mem_asks(struct mem *m, struct page *p);

static inline void
page_asks(struct mem *m, uint64_t pa)
{
	if (!page_of(m, pa)->asks)
		mem_asks(m, page_of(m, pa));
}

/* The memory of the page of pa. */
static inline uint8_t *
page_ram(const struct mem *m, uint64_t pa)
{
	return m->ram + (pa - m->ram_base) / MEM_PAGE * MEM_PAGE;
}

/* Bytes of [at, at + size), pa or va, that lie in the first page. */
static inline size_t
in_page(uint64_t at, uint64_t size)
{
	uint64_t n = MEM_PAGE - at % MEM_PAGE;

	return (size_t)(n < size ? n : size);
}

/* It has something of its own from now on, for mem_destroy(). */
static inline void
page_made(struct mem *m, const struct page *p)
{
	uint64_t end = (uint64_t)(p - m->pages) + 1;

	if (m->made_end < end)
		m->made_end = end;
}

/* The shadow, and the cache where devices do not snoop, of a page to track. */
static inline struct page_shadow *
shadow_make(struct mem *m, uint64_t pa)
{
	struct page *p = page_touch(m, pa);

	page_made(m, p);
	if (p->shadow == NULL) {	/* rule M9: born with old contents */
		p->shadow = check_calloc(1, sizeof *p->shadow);
		memset(p->shadow->byte, MEM_UNREAD, MEM_PAGE);
		p->shadow->marks = MEM_UNREAD;
	}
	if (p->cache == NULL && m->line_size != 0) {
		p->cache = check_calloc(1, sizeof *p->cache);
		p->cache->keeps = m->asker.pick != NULL;
	}
	return p->shadow;
}

/* What the CPU would see without its buffer. */
void mem_past_buffer(struct mem *m, uint64_t pa, void *dst, size_t size);
/* Past the order model: into the CPU's view. */
void mem_visible(struct mem *m, uint64_t pa, const void *bytes, size_t size,
    int uncached);
/* What of [pa, pa + size) the CPU sees there, its own stores included. */
void mem_see(struct mem *m, uint64_t pa, void *dst, size_t size, int uncached);
/* The CPU is about to load what another one may have stored (rule O10). */
void mem_cpu_looks(struct mem *m, uint64_t pa, size_t size);
/* A mapping changes: called before and after. */
void mem_va_note(struct mem *m, uint64_t i);

/* The CPU that runs, as others number them: the agents have the devices between. */
static inline unsigned
mem_cpu_number(const struct mem *m)
{
	return m->cpu == MEM_FIRST_CPU ? 0 : m->cpu - MEM_SECOND_CPU + 1;
}

/* An access, where what an interrupt could come between is kept. */
void mem_between_access(struct mem *m, uint64_t va, size_t size, int write,
    const void *pc);

#endif

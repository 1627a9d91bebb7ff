/*
 * test_mem.c: the guest's memory: one page seen through any mapping, stores
 * that become visible at the next event, what is kept of every byte, and
 * accesses to what is not there.
 *
 * A test is the guest here: it calls the hook, then makes the access itself,
 * as the compilers' instrumentation does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "mem.h"
#include "pick_plain.h"

#define RAM_BASE	UINT64_C(0x40000000)
#define RAM_PAGES	2048u
#define PC(n)		((const void *)(uintptr_t)(0x1000 + (n)))

static struct {
	struct mem *m;
	unsigned bad, stale, posted, used_index, idle;
	enum mem_bad why;
	uint64_t va, pa, seq;
	size_t size;
	unsigned kind, watched;
	const void *pc;
	unsigned born;			/* shadow of the latest new page */
	unsigned nrange, range[4];	/* id * 2 + visible, the latest four */
} t;

static void
on_bad(void *self, enum mem_bad why, uint64_t va, size_t size, unsigned kind,
    const void *pc)
{
	(void)self;
	t.bad++;
	t.why = why;
	t.va = va;
	t.size = size;
	t.kind = kind;
	t.pc = pc;
}

static void
on_stale(void *self, uint64_t pa, size_t size, const void *pc)
{
	(void)self;
	t.stale++;
	t.pa = pa;
	t.size = size;
	t.pc = pc;
}

static void
on_posted(void *self, uint64_t pa, size_t size, unsigned kind, const void *pc)
{
	(void)self;
	t.posted++;
	t.pa = pa;
	t.size = size;
	t.kind = kind;
	t.pc = pc;
}

static void
on_used_index(void *self, uint64_t pa, const void *pc)
{
	(void)self;
	t.used_index++;
	t.pa = pa;
	t.pc = pc;
}

static void
on_activity(void *self)
{
	(void)self;
	t.idle++;
}

static void
on_watched(void *self, uint64_t seq, const void *pc)
{
	(void)self;
	t.watched++;
	t.seq = seq;
	t.pc = pc;
}

static void
on_range(void *self, uint64_t id, int visible, const void *pc)
{
	(void)self;
	(void)pc;
	t.range[t.nrange % 4] = (unsigned)id * 2 + (visible != 0);
	t.nrange++;
}

static int
set_up(void **state)
{
	static const struct mem_events events = { on_bad, on_stale, on_posted,
	    on_used_index, on_activity, on_watched, on_range, NULL, NULL, NULL,
	    NULL, NULL, NULL };
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = (uint64_t)RAM_PAGES * MEM_PAGE, .events = &events };
	struct error err;

	(void)state;
	memset(&t, 0, sizeof t);
	error_clear(&err);
	t.m = mem_create(&config, &err);
	return t.m != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	mem_destroy(t.m);
	return 0;
}

/* --- a guest ---------------------------------------------------------------- */

static void
store32(uint64_t va, uint32_t v, unsigned pc)
{
	mem_access(t.m, va, 4, MEM_WRITE, PC(pc));
	memcpy((void *)(uintptr_t)va, &v, 4);
}

static uint32_t
load32(uint64_t va, unsigned pc)
{
	uint32_t v;

	mem_access(t.m, va, 4, MEM_READ, PC(pc));
	memcpy(&v, (void *)(uintptr_t)va, 4);
	return v;
}

static uint32_t
device32(uint64_t pa)
{
	uint32_t v;

	mem_device_load(t.m, pa, &v, 4);
	return v;
}

/* n tracked pages; their mapping in *va. */
static uint64_t
tracked(unsigned n, uint64_t *va)
{
	uint64_t pa = mem_pages_alloc(t.m, n, MEM_PAGE, 0, 0, UINT64_MAX);

	assert_true(pa != MEM_NOWHERE);
	*va = mem_va_alloc(t.m, n);
	assert_true(*va != 0);
	for (unsigned i = 0; i < n; i++)
		mem_va_map(t.m, *va + i * MEM_PAGE, pa + i * MEM_PAGE,
		    MEM_VA_TRACKED);
	/* It is born UNREAD (rule M9), which only one test is about. */
	t.born = *mem_shadow(t.m, pa);
	mem_shadow_set(t.m, pa, n * (uint64_t)MEM_PAGE, 0, MEM_UNREAD);
	return pa;
}

static unsigned
shadow(uint64_t pa)
{
	const uint8_t *s = mem_shadow(t.m, pa);

	assert_non_null(s);
	return *s;
}

/* A store to a watched range is told before it happens and once it is seen. */
static void
a_store_to_a_watched_range_is_told_twice(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_watch_range(t.m, pa + 16, 2, 7);
	store32(va + 12, 1, 1);
	store32(va + 20, 1, 2);
	mem_settle(t.m);
	assert_int_equal(t.nrange, 0);
	store32(va + 16, 0x01020304, 3);
	assert_int_equal(t.nrange, 1);
	assert_int_equal(t.range[0], 7 * 2);
	mem_settle(t.m);
	assert_int_equal(t.nrange, 2);
	assert_int_equal(t.range[1], 7 * 2 + 1);
	assert_int_equal(device32(pa + 16), 0x01020304);
	mem_unwatch_ranges(t.m);
	store32(va + 16, 5, 4);
	mem_settle(t.m);
	assert_int_equal(t.nrange, 2);
}

/* --- views -------------------------------------------------------------------- */

static void
a_store_is_visible_at_the_next_event(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint32_t v;

	(void)state;
	store32(va + 8, 0x12345678, 1);
	mem_cpu_load(t.m, pa + 8, &v, 4);
	assert_int_equal(v, 0);		/* it is still to happen */
	assert_int_equal(device32(pa + 8), 0x12345678);	/* that settles */
	store32(va + 8, 5, 1);
	mem_settle(t.m);
	mem_cpu_load(t.m, pa + 8, &v, 4);
	assert_int_equal(v, 5);
}

/* Rule O2: what was stored before a barrier is before it, pending or not. */
static void
a_barrier_settles_what_is_before_it(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_order_begin(t.m, ORDER_ARM, pick_plain, NULL);
	store32(va + 8, 5, 1);
	assert_int_equal(device32(pa + 8), 0);	/* in the buffer */
	store32(va + 16, 6, 1);
	mem_barrier(t.m, ORDER_BARRIER_SYNC);
	assert_int_equal(device32(pa + 8), 5);
	assert_int_equal(device32(pa + 16), 6);
	store32(va + 8, 7, 1);
	mem_barrier(t.m, ORDER_BARRIER_CONSUMER);
	assert_int_equal(device32(pa + 8), 5);
}

/* Nothing is seen that a look may leave in the buffer. */
static unsigned
pick_none(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	(void)self;
	(void)is_load;
	(void)pa;
	(void)size;
	return n - 1;
}

/* What was stored before a lock was left is there for who takes it, and what
   was stored after it may not be (rule O10). */
static void
a_lock_hands_over_what_is_before_it(void **state)
{
	static const enum order_model models[] = { ORDER_TSO, ORDER_ARM,
	    ORDER_RVWMO };
	uint64_t mark, va;

	for (unsigned i = 0; i < 3; i++) {
		(void)tracked(1, &va);
		mem_order_begin(t.m, models[i], pick_none, NULL);
		store32(va + 8, 5, 1);
		mark = mem_lock_left(t.m);
		store32(va + 16, 6, 1);
		mem_cpu_set(t.m, 1, 1u << 1);
		/* Whoever looks without it sees nothing, surely. */
		assert_int_equal(load32(va + 16, 2), 0);
		if (models[i] != ORDER_ARM) {
			assert_int_equal(load32(va + 8, 2), 0);
			assert_true(mem_lock_buffered(t.m, 0, mark) > 0);
		}
		mem_lock_taken(t.m, 0, mark);
		assert_int_equal(mem_lock_buffered(t.m, 0, mark), 0);
		assert_int_equal(load32(va + 8, 2), 5);
		assert_int_equal(load32(va + 16, 2), 0);
		/* A CPU sees its own. */
		store32(va + 24, 7, 2);
		assert_int_equal(load32(va + 24, 2), 7);
		mem_cpu_set(t.m, 0, 1u << 1);
		assert_int_equal(load32(va + 24, 1), 0);
		assert_int_equal(load32(va + 16, 1), 6);
		/* When both have nothing else to do it is there. */
		mem_cpu_set(t.m, 0, 0);
		mem_drain(t.m);
		mem_barrier(t.m, ORDER_BARRIER_SYNC);
		assert_int_equal(load32(va + 24, 1), 7);
		mem_destroy(t.m);
		set_up(state);
	}
}

static void
one_page_is_seen_through_two_mappings(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint64_t other = mem_base() + MEM_USER_OFFSET;

	(void)state;
	mem_va_map(t.m, other, pa, MEM_VA_TRACKED);
	assert_int_equal(mem_va_to_pa(t.m, other + 12), pa + 12);
	store32(va + 12, 7, 1);
	assert_int_equal(load32(other + 12, 2), 7);
	store32(other + 12, 8, 3);
	store32(other + 16, 9, 3);
	assert_int_equal(load32(va + 12, 4), 8);
	assert_int_equal(load32(va + 16, 4), 9);
	assert_int_equal(device32(pa + 12), 8);
}

static void
a_load_sees_what_a_device_wrote(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint32_t v = 99;

	(void)state;
	assert_int_equal(load32(va, 1), 0);
	mem_device_store(t.m, pa, &v, 4);
	assert_int_equal(load32(va, 1), 99);
	/* No shadow is touched by a device's access itself. */
	assert_int_equal(shadow(pa), 0);
}

/* gcc copies a structure as: write hook, read hook, the copy. */
static void
a_structure_copy_is_seen_whole(void **state)
{
	uint64_t va, pa = tracked(2, &va);
	uint64_t from = va + MEM_PAGE, n = 24;
	uint8_t b[24];

	(void)state;
	for (unsigned i = 0; i < n; i += 4)
		store32(from + i, 0x01010101 * (i + 1), 1);
	mem_access(t.m, va, n, MEM_WRITE, PC(2));
	mem_access(t.m, from, n, MEM_READ, PC(2));
	memcpy((void *)(uintptr_t)va, (void *)(uintptr_t)from, n);
	mem_device_load(t.m, pa, b, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(b[i], i / 4 * 4 + 1);
}

/* A store, then a load of something else: the store has happened by then. */
static void
a_store_before_a_load_is_settled_by_it(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint32_t v;

	(void)state;
	store32(va, 0xaa, 1);
	(void)load32(va + 64, 2);
	mem_cpu_load(t.m, pa, &v, 4);
	assert_int_equal(v, 0xaa);
	/* A load of what was just stored gives the new value. */
	store32(va, 0xbb, 1);
	assert_int_equal(load32(va, 2), 0xbb);
}

/* What lies at the mapping before a store is no part of it. */
static void
a_partial_store_keeps_the_rest(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint32_t v = 0x11223344;

	(void)state;
	mem_device_store(t.m, pa, &v, 4);
	mem_access(t.m, va + 1, 1, MEM_WRITE, PC(1));
	*(uint8_t *)(uintptr_t)(va + 1) = 0xee;
	assert_int_equal(device32(pa), 0x1122ee44);
}

/* Two pages side by side in the window and apart in memory. */
static uint64_t
apart(uint64_t *first, uint64_t *second)
{
	uint64_t va;

	*first = tracked(2, &va);
	*second = mem_pages_alloc(t.m, 3, MEM_PAGE, 0, 0, UINT64_MAX) +
	    2 * MEM_PAGE;
	mem_va_map(t.m, va + MEM_PAGE, *second, MEM_VA_TRACKED);
	return va + MEM_PAGE;
}

static void
a_load_over_a_page_boundary_is_of_both(void **state)
{
	uint64_t first, second, va = apart(&first, &second);

	(void)state;
	mem_device_store(t.m, first + MEM_PAGE - 2, "\xaa\xbb", 2);
	mem_device_store(t.m, second, "\xcc\xdd", 2);
	assert_int_equal(load32(va - 2, 1), 0xddccbbaa);
}

/* A store over a page boundary is two parts, both settled once it is made. */
static void
a_store_over_a_page_boundary_is_whole(void **state)
{
	uint64_t first, second, va = apart(&first, &second);

	(void)state;
	store32(va - 2, 0xddccbbaa, 1);
	mem_settle(t.m);
	assert_int_equal(device32(second) & 0xffff, 0xddcc);
	assert_int_equal(device32(first + MEM_PAGE - 4) >> 16, 0xbbaa);
}

static void
memory_of_the_caller_is_used_as_it_is(void **state)
{
	static uint8_t ram[64 * MEM_PAGE];
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = sizeof ram, .ram = ram };
	struct error err;
	uint64_t va, pa;

	(void)state;
	mem_destroy(t.m);
	t.m = mem_create(&config, &err);
	assert_non_null(t.m);
	pa = tracked(1, &va);
	store32(va + 4, 0xabcdef01, 1);
	mem_settle(t.m);
	assert_memory_equal(ram + (pa - RAM_BASE) + 4, "\x01\xef\xcd\xab", 4);
	ram[pa - RAM_BASE] = 0x77;	/* another process writes */
	assert_int_equal(load32(va, 1), 0x77);
}

static void
an_uncached_access_goes_past_the_cache(void **state)
{
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = 64 * MEM_PAGE, .line_size = 64 };
	struct error err;
	uint64_t va, past, pa;
	uint32_t v = 3;

	(void)state;
	mem_destroy(t.m);
	t.m = mem_create(&config, &err);
	assert_non_null(t.m);
	pa = tracked(1, &va);
	past = mem_va_alloc(t.m, 1);
	mem_va_map(t.m, past, pa, MEM_VA_TRACKED | MEM_VA_UNCACHED);
	store32(va, 9, 1);
	assert_int_equal(device32(pa), 0);	/* rule C1 */
	store32(past + 64, 5, 1);
	assert_int_equal(device32(pa + 64), 5);
	assert_int_equal(load32(va + 128, 1), 0);
	mem_device_store(t.m, pa + 128, &v, 4);
	assert_int_equal(load32(va + 128, 1), 0);
	assert_int_equal(load32(past + 128, 1), 3);
}

static int
keep_fate(void *self, enum cache_fate fate)
{
	(void)fate;
	++*(unsigned *)self;
	return 0;
}

/* Rule C6: it is asked at a look, and what is not asked is told. */
static void
what_a_fate_may_have_mattered_for_is_told(void **state)
{
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = 64 * MEM_PAGE, .line_size = 64 };
	unsigned asked = 0;
	const struct cache_chooser by = { keep_fate, &asked };
	struct error err;
	uint64_t va, pa;

	(void)state;
	for (unsigned what = 0; what < 5; what++) {
		uint32_t v = 3;

		mem_destroy(t.m);
		t.m = mem_create(&config, &err);
		assert_non_null(t.m);
		mem_fates_ask(t.m, &by);
		pa = tracked(1, &va);
		mem_lines_clean(t.m, pa, MEM_PAGE);
		/* All in order: asked twice, and nothing is told. */
		asked = 0;
		mem_device_store(t.m, pa, &v, 4);
		assert_int_equal(load32(va, 1), 0);
		mem_lines_invalidate(t.m, pa, 64);
		assert_int_equal(load32(va, 1), 3);
		store32(va + 64, 4, 1);
		mem_device_reads(t.m, pa + 64, 4);
		mem_lines_clean(t.m, pa + 64, 64);
		mem_device_reads(t.m, pa + 64, 4);
		assert_int_equal(asked, 2);
		assert_false(mem_fates_met(t.m));
		switch (what) {
		case 0:		/* a dirty line is written to */
			store32(va + 128, 5, 1);
			mem_settle(t.m);
			mem_device_store(t.m, pa + 132, &v, 4);
			break;
		case 1:		/* ... or invalidated */
			store32(va + 128, 5, 1);
			mem_settle(t.m);
			mem_lines_invalidate(t.m, pa + 128, 64);
			break;
		case 2:		/* older bytes are written back */
			mem_device_store(t.m, pa + 128, &v, 4);
			store32(va + 132, 5, 1);
			mem_settle(t.m);
			assert_false(mem_fates_met(t.m));
			mem_lines_clean(t.m, pa + 128, 64);
			break;
		case 3:		/* one of three is loaded */
			mem_device_store(t.m, pa + 128, &v, 4);
			v++;
			mem_device_store(t.m, pa + 128, &v, 4);
			assert_false(mem_fates_met(t.m));
			(void)load32(va + 128, 1);
			break;
		default:	/* ... or read */
			store32(va + 128, 5, 1);
			store32(va + 128, 6, 1);
			mem_settle(t.m);
			assert_false(mem_fates_met(t.m));
			mem_device_reads(t.m, pa + 128, 4);
		}
		assert_true(mem_fates_met(t.m));
	}
}

/* What a device wrote is behind the host's caches no more than there (T3). */
static void
a_mismatched_load_is_told(void **state)
{
	static const struct mem_events told = { .mismatched_load = on_stale };
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = 64 * MEM_PAGE, .mismatched = 1, .events = &told };
	uint64_t va, past, pa;
	struct error err;
	uint32_t v = 3;

	(void)state;
	mem_destroy(t.m);
	t.m = mem_create(&config, &err);
	assert_non_null(t.m);
	pa = tracked(1, &va);
	past = mem_va_alloc(t.m, 1);
	mem_va_map(t.m, past, pa, MEM_VA_TRACKED | MEM_VA_UNCACHED);
	assert_int_equal(load32(past + 8, 1), 0);
	assert_int_equal(t.stale, 0);
	mem_device_store(t.m, pa + 8, &v, 4);
	assert_int_equal(load32(va + 8, 1), 3);
	assert_int_equal(load32(past + 12, 1), 0);
	assert_int_equal(t.stale, 0);
	assert_int_equal(load32(past + 8, 1), 0);
	assert_int_equal(t.stale, 1);
}

/* --- shadow -------------------------------------------------------------------- */

#define DIRTY	(MEM_STORED | MEM_UNWRITTEN | MEM_UNREAD)

static void
a_store_marks_its_bytes_and_no_others(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	store32(va + 100, 1, 1);
	mem_access(t.m, va + 201, 3, MEM_WRITE, PC(2));
	mem_settle(t.m);
	for (unsigned i = 0; i < MEM_PAGE; i++)
		assert_int_equal(shadow(pa + i), (i >= 100 && i < 104) ||
		    (i >= 201 && i < 204) ? DIRTY : 0);
}

/* What a device wrote is the CPU's again once the CPU stores there. */
static void
a_store_takes_a_devices_bytes_back(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_shadow_set(t.m, pa, 64, MEM_DEVICE | MEM_RACY | MEM_USED_INDEX, 0);
	store32(va + 4, 1, 1);
	mem_access(t.m, va + 17, 2, MEM_WRITE, PC(1));
	mem_settle(t.m);
	assert_int_equal(shadow(pa + 3), MEM_DEVICE | MEM_RACY |
	    MEM_USED_INDEX);
	assert_int_equal(shadow(pa + 4), DIRTY | MEM_USED_INDEX);
	assert_int_equal(shadow(pa + 17), DIRTY | MEM_USED_INDEX);
	assert_int_equal(shadow(pa + 19), MEM_DEVICE | MEM_RACY |
	    MEM_USED_INDEX);
}

static void
shadow_is_set_and_cleared_over_pages(void **state)
{
	uint64_t va, pa = tracked(2, &va), at = pa + MEM_PAGE - 10;

	(void)state;
	mem_shadow_set(t.m, at, 20, MEM_STORED | MEM_DEVICE, 0);
	mem_shadow_set(t.m, at + 5, 10, MEM_RACY, MEM_DEVICE);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(shadow(at + i), i >= 5 && i < 15 ?
		    MEM_STORED | MEM_RACY : MEM_STORED | MEM_DEVICE);
	assert_int_equal(shadow(at - 1), 0);
	assert_int_equal(shadow(at + 20), 0);
}

/* By word and by byte the answer is the same, wherever the bit is. */
static void
any_finds_one_bit_in_any_byte(void **state)
{
	uint64_t va, pa = tracked(2, &va);

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		uint64_t at = pa + MEM_PAGE - 20 + i;

		mem_shadow_set(t.m, at, 1, MEM_RACY, 0);
		assert_true(mem_shadow_any(t.m, pa, 2 * MEM_PAGE, MEM_RACY));
		assert_true(mem_shadow_any(t.m, at, 1, MEM_RACY));
		assert_true(mem_shadow_any(t.m, at & ~UINT64_C(3), 4,
		    MEM_RACY));
		assert_true(mem_shadow_any(t.m, at - 8, 9, MEM_RACY));
		assert_false(mem_shadow_any(t.m, at - 8, 8, MEM_RACY));
		assert_false(mem_shadow_any(t.m, at + 1, 17, MEM_RACY));
		assert_false(mem_shadow_any(t.m, at, 1, MEM_DEVICE |
		    MEM_STORED));
		mem_shadow_set(t.m, at, 1, 0, MEM_RACY);
	}
	assert_false(mem_shadow_any(t.m, pa, 2 * MEM_PAGE, 0xff));
}

static void
the_last_writer_is_known(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	struct mem_writer w;

	(void)state;
	assert_int_equal(mem_last_writer(t.m, pa).seq, 0);
	store32(va, 1, 11);
	store32(va + 4, 1, 12);
	store32(va, 2, 13);
	mem_settle(t.m);
	w = mem_last_writer(t.m, pa + 3);
	assert_int_equal(w.pc, (uintptr_t)PC(13));
	assert_int_equal(w.seq, 3);
	w = mem_last_writer(t.m, pa + 4);
	assert_int_equal(w.pc, (uintptr_t)PC(12));
	assert_int_equal(w.seq, 2);
	assert_int_equal(mem_store_count(t.m), 3);
	mem_cpu_store(t.m, pa, "abcd", 4, MEM_PC_ZEROED);
	assert_int_equal(mem_last_writer(t.m, pa).pc, MEM_PC_ZEROED);
}

/* A copy of bounce pages is no store of the driver's. */
static void
a_copy_leaves_the_shadow(void **state)
{
	uint64_t va, pa = tracked(1, &va);
	uint32_t v;

	(void)state;
	mem_shadow_set(t.m, pa, 4, MEM_DEVICE, 0);
	mem_cpu_store(t.m, pa, "abcd", 4, MEM_PC_COPY);
	assert_int_equal(shadow(pa), MEM_DEVICE);
	assert_int_equal(mem_last_writer(t.m, pa).seq, 0);
	mem_cpu_load(t.m, pa, &v, 4);
	assert_memory_equal(&v, "abcd", 4);
}

static void
memory_that_is_not_tracked_has_no_shadow(void **state)
{
	uint64_t pa = mem_pages_alloc(t.m, 1, MEM_PAGE, 0, 0, UINT64_MAX);

	(void)state;
	assert_null(mem_shadow(t.m, pa));
	assert_null(mem_shadow(t.m, RAM_BASE - 1));
	assert_false(mem_shadow_any(t.m, pa, 64, 0xff));
	mem_shadow_set(t.m, pa, 64, 0xff, 0);	/* nothing happens */
	assert_null(mem_shadow(t.m, pa));
}

/* --- what the owner is told ------------------------------------------------------ */

static void
a_stale_load_is_told_a_fresh_one_not(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	(void)load32(va, 1);
	assert_int_equal(t.stale, 0);
	mem_shadow_set(t.m, pa + 3, 1, MEM_DEVICE, 0);
	(void)load32(va + 4, 1);
	assert_int_equal(t.stale, 0);
	(void)load32(va, 5);
	assert_int_equal(t.stale, 1);
	assert_int_equal(t.pa, pa);
	assert_int_equal(t.size, 4);
	assert_ptr_equal(t.pc, PC(5));
	store32(va, 1, 1);		/* a store looks at nothing */
	assert_int_equal(t.stale, 1);
}

static void
posted_bytes_are_guarded_by_direction(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_shadow_set(t.m, pa, 4, MEM_POSTED_R, 0);
	mem_shadow_set(t.m, pa + 8, 4, MEM_POSTED_W, 0);
	(void)load32(va, 1);		/* both may read it */
	assert_int_equal(t.posted, 0);
	store32(va, 1, 1);
	assert_int_equal(t.posted, 1);
	assert_int_equal(t.kind & MEM_WRITE, MEM_WRITE);
	(void)load32(va + 8, 1);
	assert_int_equal(t.posted, 2);
	assert_int_equal(t.kind & MEM_WRITE, 0);
	assert_int_equal(t.pa, pa + 8);
	store32(va + 8, 1, 1);
	assert_int_equal(t.posted, 3);
	store32(va + 4, 1, 1);
	(void)load32(va + 12, 1);
	assert_int_equal(t.posted, 3);
}

static void
a_load_of_the_used_index_is_told(void **state)
{
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_shadow_set(t.m, pa + 2, 2, MEM_USED_INDEX, 0);
	store32(va, 0, 1);
	assert_int_equal(t.used_index, 0);
	(void)load32(va + 4, 1);
	assert_int_equal(t.used_index, 0);
	(void)load32(va, 6);
	assert_int_equal(t.used_index, 1);
	assert_int_equal(t.pa, pa);
	assert_ptr_equal(t.pc, PC(6));
}

static void
watched_stores_are_told_before_they_happen(void **state)
{
	static const uint64_t seqs[] = { 2, 5 };
	uint64_t va;

	(void)state;
	(void)tracked(1, &va);
	mem_watch_stores(t.m, seqs, 2);
	store32(va, 1, 1);
	assert_int_equal(t.watched, 0);
	store32(va, 2, 2);
	assert_int_equal(t.watched, 1);
	assert_int_equal(t.seq, 2);
	assert_ptr_equal(t.pc, PC(2));
	store32(va, 3, 3);
	store32(va, 4, 4);
	assert_int_equal(t.watched, 1);
	store32(va, 5, 5);
	assert_int_equal(t.watched, 2);
	assert_int_equal(t.seq, 5);
	store32(va, 6, 6);
	assert_int_equal(t.watched, 2);
}

/* Copies count too: numbers go on, and a watched one may pass unseen. */
static void
watching_survives_stores_that_are_not_hooked(void **state)
{
	static const uint64_t seqs[] = { 2, 4 };
	uint64_t va, pa = tracked(1, &va);

	(void)state;
	mem_watch_stores(t.m, seqs, 2);
	store32(va, 1, 1);
	mem_settle(t.m);
	mem_cpu_store(t.m, pa, "abcd", 4, MEM_PC_COPY);		/* 2 */
	store32(va, 3, 3);
	assert_int_equal(t.watched, 0);
	store32(va, 4, 4);
	assert_int_equal(t.watched, 1);
	assert_int_equal(t.seq, 4);
}

/* So many loads with no store between them are told, each from then on. */
static void
loads_alone_are_told_as_idle(void **state)
{
	struct mem_activity activity = { .limit = 10 };
	uint64_t va;

	(void)state;
	(void)tracked(1, &va);
	mem_activity_set(t.m, &activity);
	for (unsigned i = 0; i < 9; i++)
		(void)load32(va, 1);
	store32(va, 1, 1);
	assert_int_equal(activity.stored, 1);
	for (unsigned i = 0; i < 9; i++)
		(void)load32(va, 1);
	assert_int_equal(t.idle, 0);
	(void)load32(va, 1);
	assert_int_equal(t.idle, 1);
	mem_activity_set(t.m, NULL);
	for (unsigned i = 0; i < 100; i++)
		(void)load32(va, 1);
	assert_int_equal(t.idle, 1);
}

/* --- what is not there ------------------------------------------------------------ */

static void
holes_and_mappings_of_nothing(void **state)
{
	uint64_t va, lost = mem_base() + MEM_USER_OFFSET;

	(void)state;
	(void)tracked(1, &va);
	(void)load32(va + MEM_PAGE, 3);	/* the hole after each mapping */
	assert_int_equal(t.bad, 1);
	assert_int_equal(t.why, MEM_BAD_HOLE);
	assert_int_equal(t.va, va + MEM_PAGE);
	assert_ptr_equal(t.pc, PC(3));
	mem_va_unmap(t.m, va);
	assert_int_equal(mem_va_to_pa(t.m, va), MEM_NOWHERE);
	store32(va, 1, 1);
	assert_int_equal(t.bad, 2);
	mem_va_map(t.m, lost, 0, MEM_VA_LOST);
	store32(lost, 1, 1);
	assert_int_equal(load32(lost, 1), 0xffffffff);
	assert_int_equal(t.bad, 2);
	mem_va_map(t.m, lost, 0, MEM_VA_ABORT);
	(void)load32(lost, 1);
	assert_int_equal(t.bad, 3);
	assert_int_equal(t.why, MEM_BAD_ABORT);
}

static void
heap_accesses_are_checked_to_the_byte(void **state)
{
	uint64_t a = mem_heap_alloc(t.m, 21), b = mem_heap_alloc(t.m, 5000);

	(void)state;
	assert_true(a != 0 && a % 16 == 0 && b % MEM_PAGE == 0);
	mem_access(t.m, a, 21, MEM_WRITE, PC(1));
	mem_access(t.m, a + 20, 1, MEM_READ, PC(1));
	mem_access(t.m, b + 4999, 1, MEM_READ, PC(1));
	assert_int_equal(t.bad, 0);
	mem_access(t.m, a + 21, 1, MEM_READ, PC(1));
	assert_int_equal(t.bad, 1);
	assert_int_equal(t.why, MEM_BAD_BEYOND);
	mem_access(t.m, a + 17, 5, MEM_WRITE, PC(1));
	assert_int_equal(t.bad, 2);
	assert_int_equal(t.why, MEM_BAD_BEYOND);
	mem_access(t.m, b + 5000, 1, MEM_READ, PC(1));
	assert_int_equal(t.bad, 3);
	assert_int_equal(t.why, MEM_BAD_BEYOND);
	mem_heap_free(t.m, a, 21);
	mem_access(t.m, a, 1, MEM_READ, PC(1));
	assert_int_equal(t.bad, 4);
	assert_int_equal(t.why, MEM_BAD_FREED);
}

/* What was freed is not given out again at once. */
static void
freed_memory_rests(void **state)
{
	uint64_t first = mem_heap_alloc(t.m, 64);

	(void)state;
	mem_heap_free(t.m, first, 64);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t va = mem_heap_alloc(t.m, 64);

		assert_true(va != 0 && va != first);
		mem_heap_free(t.m, va, 64);
	}
}

/* By stores like others where a device may see it; and of items of a pool. */
static void
freed_memory_says_nothing(void **state)
{
	uint64_t plain = mem_heap_alloc(t.m, 5000);
	uint64_t seen = mem_heap_alloc(t.m, 100);
	uint64_t item = mem_heap_pages(t.m, 1), pa;
	uint8_t now[100];

	(void)state;
	memset((void *)(uintptr_t)plain, 0x11, 5000);
	mem_heap_free(t.m, plain, 5000);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(((uint8_t *)(uintptr_t)plain)[i],
		    MEM_FREED_BYTE);
	mem_track(t.m, seen);
	pa = mem_va_to_pa(t.m, seen);
	mem_shadow_set(t.m, pa, 100, 0, MEM_UNWRITTEN | MEM_UNREAD);
	mem_heap_free(t.m, seen, 100);
	mem_cpu_load(t.m, pa, now, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(now[i], MEM_FREED_BYTE);
	assert_true(mem_shadow_any(t.m, pa, 100, MEM_UNWRITTEN));
	assert_int_equal(mem_last_writer(t.m, pa + 96).pc, MEM_PC_FREED);
	mem_heap_live(t.m, item, 64, 1);
	memset((void *)(uintptr_t)item, 0x22, 96);
	mem_heap_live(t.m, item, 64, 0);
	assert_int_equal(((uint8_t *)(uintptr_t)item)[63], MEM_FREED_BYTE);
	assert_int_equal(((uint8_t *)(uintptr_t)item)[64], 0x22);
}

static void
heap_memory_is_zero_and_its_own(void **state)
{
	uint64_t va[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		va[i] = mem_heap_alloc(t.m, 100 * i + 1);
		assert_true(va[i] != 0);
		for (unsigned k = 0; k < 100 * i + 1; k++)
			assert_int_equal(((uint8_t *)(uintptr_t)va[i])[k], 0);
		memset((void *)(uintptr_t)va[i], (int)i + 1, 100 * i + 1);
	}
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(((uint8_t *)(uintptr_t)va[i])[100 * i], i + 1);
	for (unsigned i = 0; i < 64; i++)
		mem_heap_free(t.m, va[i], 100 * i + 1);
	/* Memory that comes again is zero again. */
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t p = mem_heap_alloc(t.m, 101);

		assert_int_equal(((uint8_t *)(uintptr_t)p)[100], 0);
		memset((void *)(uintptr_t)p, 0xff, 101);
		mem_heap_free(t.m, p, 101);
	}
}

/* Loaded into a map: from then on a page is seen by devices. */
static void
tracking_heap_memory_keeps_what_it_holds(void **state)
{
	uint64_t va = mem_heap_alloc(t.m, 8192), pa;

	(void)state;
	memcpy((void *)(uintptr_t)(va + 10), "before", 6);
	mem_track(t.m, va);
	pa = mem_va_to_pa(t.m, va);
	assert_int_equal(mem_va_flags(t.m, va), MEM_VA_HEAP | MEM_VA_TRACKED);
	assert_int_equal(mem_va_flags(t.m, va + MEM_PAGE), MEM_VA_HEAP);
	assert_int_equal(device32(pa + 10), 0x6f666562);	/* befo */
	/* What it held at that moment was stored by the CPU. */
	assert_int_equal(shadow(pa + 10), DIRTY);
	store32(va, 77, 1);
	assert_int_equal(device32(pa), 77);
	mem_track(t.m, va);		/* twice is once */
	assert_int_equal(load32(va, 1), 77);
	mem_access(t.m, va + 8192, 1, MEM_READ, PC(1));
	assert_int_equal(t.bad, 1);
}

/* Of a page that a device may see. */
static void
zeroes_of_the_heap_are_stores_too(void **state)
{
	uint64_t first = mem_heap_alloc(t.m, 64), next, pa;

	(void)state;
	mem_track(t.m, first);
	pa = mem_va_to_pa(t.m, first);
	mem_shadow_set(t.m, pa - pa % MEM_PAGE, MEM_PAGE, 0, DIRTY);
	next = mem_heap_alloc(t.m, 64);
	assert_int_equal(next / MEM_PAGE, first / MEM_PAGE);
	assert_int_equal(shadow(mem_va_to_pa(t.m, next)), DIRTY);
	assert_int_equal(shadow(pa), 0);
}

/* --- pages ------------------------------------------------------------------------ */

static void
pages_keep_alignment_boundary_and_range(void **state)
{
	uint64_t first = mem_pages_alloc(t.m, 1, MEM_PAGE, 0, 0, UINT64_MAX);
	uint64_t pa;

	(void)state;
	assert_int_equal(first, RAM_BASE);	/* first fit from the bottom */
	pa = mem_pages_alloc(t.m, 3, 16 * MEM_PAGE, 0, 0, UINT64_MAX);
	assert_int_equal(pa, RAM_BASE + 16 * MEM_PAGE);
	pa = mem_pages_alloc(t.m, 1, MEM_PAGE, 0, 0, UINT64_MAX);
	assert_int_equal(pa, RAM_BASE + MEM_PAGE);
	/* 4 pages that cross no multiple of 8 pages: not at 6. */
	(void)mem_pages_alloc(t.m, 4, MEM_PAGE, 0, 0, UINT64_MAX);
	pa = mem_pages_alloc(t.m, 4, MEM_PAGE, 8 * MEM_PAGE, 0, UINT64_MAX);
	assert_int_equal(pa, RAM_BASE + 8 * MEM_PAGE);
	pa = mem_pages_alloc(t.m, 2, MEM_PAGE, 0, RAM_BASE + 0x100000,
	    RAM_BASE + 0x101fff);
	assert_int_equal(pa, RAM_BASE + 0x100000);
	assert_int_equal(mem_pages_alloc(t.m, 1, MEM_PAGE, 0, RAM_BASE +
	    0x100000, RAM_BASE + 0x101fff), MEM_NOWHERE);
	/* Larger than its boundary: nowhere. */
	assert_int_equal(mem_pages_alloc(t.m, 9, MEM_PAGE, 8 * MEM_PAGE, 0,
	    UINT64_MAX), MEM_NOWHERE);
	assert_int_equal(mem_pages_alloc(t.m, 1, MEM_PAGE, 0, 0,
	    RAM_BASE - 1), MEM_NOWHERE);
}

static void
pages_run_out_and_come_back(void **state)
{
	uint64_t pa[RAM_PAGES], got = 0, p;

	(void)state;
	while ((p = mem_pages_alloc(t.m, 1, MEM_PAGE, 0, 0, UINT64_MAX)) !=
	    MEM_NOWHERE) {
		assert_true(got < RAM_PAGES);
		assert_true(mem_page_is_allocated(t.m, p));
		pa[got++] = p;
	}
	assert_int_equal(got, RAM_PAGES);
	assert_int_equal(mem_heap_alloc(t.m, 64), 0);
	for (unsigned i = 100; i < 104; i++)
		mem_pages_free(t.m, pa[i], 1);
	assert_false(mem_page_is_allocated(t.m, pa[100]));
	assert_int_equal(mem_pages_alloc(t.m, 5, MEM_PAGE, 0, 0, UINT64_MAX),
	    MEM_NOWHERE);
	assert_int_equal(mem_pages_alloc(t.m, 4, MEM_PAGE, 0, 0, UINT64_MAX),
	    pa[100]);
}

/* Pages that come again have no past, but what is in them. */
static void
a_page_that_comes_again_has_a_fresh_shadow(void **state)
{
	uint64_t va, pa = tracked(1, &va), again;

	(void)state;
	store32(va, 0x55, 1);
	mem_va_unmap(t.m, va);
	mem_pages_free(t.m, pa, 1);
	again = tracked(1, &va);
	assert_int_equal(again, pa);
	assert_int_equal(t.born, MEM_UNREAD);
	assert_int_equal(shadow(pa), 0);
	assert_int_equal(load32(va, 1), 0x55);
}

/* That nothing changes a page and leaves its state. */
static struct state
state_now(void)
{
	struct state s[2];

	for (unsigned i = 0; i < 2; i++) {
		state_init(&s[i]);
		mem_state(t.m, &s[i]);
		mem_device_state(t.m, &s[i]);
		mem_state_forget(t.m);
	}
	assert_true(state_same(&s[0], &s[1]));
	/* Known again, so that the next change has something to miss. */
	mem_state(t.m, &s[1]);
	return s[0];
}

/* Each time it is another state than before. */
static void
changes(struct state *before)
{
	struct state now = state_now();

	assert_false(state_same(before, &now));
	*before = now;
}

/* What is live of the heap is as much of the state as what it holds. */
static void
what_is_live_is_in_the_state(void **state)
{
	uint64_t items = mem_heap_pages(t.m, 1);
	struct state none, one, other, again;

	(void)state;
	memset((void *)(uintptr_t)items, MEM_FREED_BYTE, MEM_PAGE);
	none = state_now();
	mem_heap_live(t.m, items, 64, 1);
	one = state_now();
	assert_false(state_same(&none, &one));
	mem_heap_live(t.m, items, 64, 0);
	again = state_now();
	assert_true(state_same(&none, &again));
	mem_heap_live(t.m, items + 64, 64, 1);
	other = state_now();
	assert_false(state_same(&one, &other));
	assert_false(state_same(&none, &other));
}

static void
a_change_of_a_page_is_in_the_state(unsigned line_size)
{
	const struct mem_config config = { .ram_base = RAM_BASE,
	    .ram_size = 64 * MEM_PAGE, .line_size = line_size };
	struct error err;
	struct state before, now;
	uint64_t va, pa;
	uint32_t word;

	mem_destroy(t.m);
	t.m = mem_create(&config, &err);
	assert_non_null(t.m);
	pa = tracked(2, &va);
	before = state_now();
	store32(va + 8, 1, 1);
	mem_settle(t.m);
	changes(&before);
	mem_device_store(t.m, pa + 8, "abcd", 4);
	changes(&before);
	mem_shadow_set(t.m, pa + 64, 4, MEM_DEVICE, 0);
	changes(&before);
	mem_shadow_set(t.m, pa + 64, 4, 0, MEM_DEVICE);
	changes(&before);
	mem_cpu_store(t.m, pa + MEM_PAGE - 2, "abcd", 4, MEM_PC_COPY);
	changes(&before);
	mem_lines_clean(t.m, pa, 2 * MEM_PAGE);
	if (line_size != 0)
		changes(&before);
	mem_lines_given(t.m, pa, 2 * MEM_PAGE);
	changes(&before);
	/* A load alone is no change. */
	mem_cpu_load(t.m, pa + 128, &word, 4);
	assert_int_equal(load32(va + 256, 1), 0);
	now = state_now();
	assert_true(state_same(&before, &now));
	mem_device_store(t.m, pa + 128, "abcd", 4);
	changes(&before);
	mem_lines_invalidate(t.m, pa, MEM_PAGE);
	if (line_size != 0)
		changes(&before);
	mem_va_unmap(t.m, va);
	changes(&before);
	mem_pages_free(t.m, pa, 1);
	changes(&before);
}

static void
changes_of_pages_are_in_the_state(void **state)
{
	(void)state;
	a_change_of_a_page_is_in_the_state(0);
}

static void
changes_of_lines_are_in_the_state(void **state)
{
	(void)state;
	a_change_of_a_page_is_in_the_state(64);
}

static void
the_window_runs_out(void **state)
{
	uint64_t pages = MEM_DMA_SIZE / MEM_PAGE;

	(void)state;
	assert_int_equal(mem_va_alloc(t.m, pages), 0);
	assert_true(mem_va_alloc(t.m, pages - 2) != 0);
	assert_int_equal(mem_va_alloc(t.m, 1), 0);
	assert_true(mem_va_inside(mem_base(), MEM_WINDOW_SIZE));
	assert_false(mem_va_inside(mem_base(), MEM_WINDOW_SIZE + 1));
	assert_false(mem_va_inside(mem_base() - 1, 1));
	assert_int_equal(mem_va_flags(t.m, 12345), MEM_VA_HOLE);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_to_a_watched_range_is_told_twice),
		TEST(a_store_is_visible_at_the_next_event),
		TEST(a_barrier_settles_what_is_before_it),
		TEST(a_lock_hands_over_what_is_before_it),
		TEST(one_page_is_seen_through_two_mappings),
		TEST(a_load_sees_what_a_device_wrote),
		TEST(a_structure_copy_is_seen_whole),
		TEST(a_store_before_a_load_is_settled_by_it),
		TEST(a_partial_store_keeps_the_rest),
		TEST(a_load_over_a_page_boundary_is_of_both),
		TEST(a_store_over_a_page_boundary_is_whole),
		TEST(memory_of_the_caller_is_used_as_it_is),
		TEST(an_uncached_access_goes_past_the_cache),
		TEST(what_a_fate_may_have_mattered_for_is_told),
		TEST(a_mismatched_load_is_told),
		TEST(a_store_marks_its_bytes_and_no_others),
		TEST(a_store_takes_a_devices_bytes_back),
		TEST(shadow_is_set_and_cleared_over_pages),
		TEST(any_finds_one_bit_in_any_byte),
		TEST(the_last_writer_is_known),
		TEST(a_copy_leaves_the_shadow),
		TEST(memory_that_is_not_tracked_has_no_shadow),
		TEST(a_stale_load_is_told_a_fresh_one_not),
		TEST(posted_bytes_are_guarded_by_direction),
		TEST(a_load_of_the_used_index_is_told),
		TEST(watched_stores_are_told_before_they_happen),
		TEST(watching_survives_stores_that_are_not_hooked),
		TEST(loads_alone_are_told_as_idle),
		TEST(holes_and_mappings_of_nothing),
		TEST(heap_accesses_are_checked_to_the_byte),
		TEST(freed_memory_rests),
		TEST(freed_memory_says_nothing),
		TEST(heap_memory_is_zero_and_its_own),
		TEST(tracking_heap_memory_keeps_what_it_holds),
		TEST(zeroes_of_the_heap_are_stores_too),
		TEST(pages_keep_alignment_boundary_and_range),
		TEST(pages_run_out_and_come_back),
		TEST(a_page_that_comes_again_has_a_fresh_shadow),
		TEST(what_is_live_is_in_the_state),
		TEST(changes_of_pages_are_in_the_state),
		TEST(changes_of_lines_are_in_the_state),
		TEST(the_window_runs_out),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}

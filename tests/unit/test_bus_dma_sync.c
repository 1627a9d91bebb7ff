/*
 * test_bus_dma_sync.c: what a sync of bus_dma(9) does below the door, on each
 * machine, and what it must not be asked.
 */
#include "bus_dma_rig.h"

static void
without_bounce_both_see_the_same(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	assert_int_equal(f.dm[0].addr, f.seg[0].addr);
	cpu_fill(&f, 10, 4, 0x11);
	assert_int_equal(device_byte(&f, 10), 0x11);
	device_fill(&f, 20, 4, 0x22);
	assert_int_equal(cpu_byte(&f, 20), 0x22);
}

/* Exactly the bytes [offset, offset + len), over pages too. */
static void
a_bounce_copies_exactly_its_bytes(void **state)
{
	static const struct {
		uint64_t at, n;
	} ranges[] = { { 0, 1 }, { 100, 50 }, { 4000, 200 }, { 4095, 2 },
	    { 8191, 1 }, { 0, 8192 }, { 17, 0 }, { 4096, 4096 } };
	struct buf f;

	(void)state;
	buf_make(&f, 8192);
	assert_true(bus_of(&f, 0) != f.seg[0].addr);
	for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
		uint64_t at = ranges[r].at, end = at + ranges[r].n;
		uint8_t v = (uint8_t)(0x40 + r);

		device_fill(&f, 0, 8192, 0x01);
		cpu_fill(&f, 0, 8192, v);
		sync(&f, at, ranges[r].n, SYNC_PREWRITE);
		for (uint64_t i = 0; i < 8192; i++)
			assert_int_equal(device_byte(&f, i), i >= at &&
			    i < end ? v : 0x01);
		device_fill(&f, 0, 8192, 0xee);
		sync(&f, at, ranges[r].n, SYNC_POSTREAD);
		for (uint64_t i = 0; i < 8192; i++)
			assert_int_equal(cpu_byte(&f, i), i >= at && i < end ?
			    0xee : v);
	}
	rules_are("");
}

/*
 * Rule B4: beyond the limit there are bounce pages, with their copies, though
 * the machine is coherent; below it there are none.
 */
static void
memory_beyond_the_limit_bounces(void **state)
{
	const uint64_t limit = RAM_BASE + RAM_SIZE / 2;
	struct buf near, far = { .size = 4096 };

	(void)state;
	buf_make(&near, 4096);
	assert_true(near.seg[0].addr < limit);
	assert_int_equal(near.dm[0].addr, near.seg[0].addr);
	far.va = mem_heap_alloc(t.mem, 4096);
	assert_true(mem_va_to_pa(t.mem, far.va) >= limit);
	buf_map(&far, 16, 4096, 0);
	assert_int_equal(buf_load(&far, 0, 4096), 0);
	assert_true(far.dm[0].addr < limit);
	cpu_fill(&far, 0, 8, 0x11);
	assert_int_equal(device_byte(&far, 0), 0);
	sync(&far, 0, 4, SYNC_PREWRITE);
	assert_int_equal(device_byte(&far, 3), 0x11);
	assert_int_equal(device_byte(&far, 4), 0);
	device_fill(&far, 0, 8, 0x22);
	assert_int_equal(cpu_byte(&far, 0), 0x11);
	sync(&far, 0, 8, SYNC_POSTREAD);
	assert_int_equal(cpu_byte(&far, 0), 0x22);
	rules_are("");
	sync(&far, 0, 4097, SYNC_POSTREAD);	/* runs off the map */
	rules_are("dma-sync-past-end! ");
	sync(&near, 0, 4097, SYNC_POSTREAD);	/* a barrier, and no more */
	rules_are("dma-sync-past-end ");
}

static void
a_bounce_copies_for_its_operations_only(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 64, 0x11);
	device_fill(&f, 0, 64, 0x22);
	sync(&f, 0, 64, SYNC_PREREAD);
	sync(&f, 0, 64, SYNC_POSTWRITE);
	assert_int_equal(cpu_byte(&f, 0), 0x11);
	assert_int_equal(device_byte(&f, 0), 0x22);
	/* As bits: in comes first, and goes out again. */
	sync(&f, 0, 64, SYNC_POSTREAD | SYNC_PREWRITE);
	assert_int_equal(cpu_byte(&f, 0), 0x22);
	assert_int_equal(device_byte(&f, 0), 0x22);
	rules_are("dma-sync-mixed ");
}

/* Whoever loads the map next finds nothing of what was there. */
static void
what_a_bounce_page_holds_at_a_load_is_nothing(void **state)
{
	struct buf f, g;

	(void)state;
	buf_make(&f, 4096);
	assert_int_equal(device_byte(&f, 0), 0);	/* zeroed at birth */
	cpu_fill(&f, 0, 64, 0x77);
	sync(&f, 0, 64, SYNC_PREWRITE);
	bus_dma_map_unload(t.b, f.map);
	buf_alloc(&g, 4096);
	g.map = f.map;
	assert_int_equal(buf_load(&g, 0, 4096), 0);
	assert_int_equal(bus_of(&g, 0), bus_of(&f, 0));
	assert_int_equal(device_byte(&g, 0), 0);
	assert_int_equal(cpu_byte(&g, 0), 0);
	rules_are("");
}

/* B1: the pages may have been anybody's before. */
static void
bounce_pages_are_zeroed_when_a_map_is_created(void **state)
{
	static const uint8_t old[MEM_PAGE] = { 0xee, 0xee };
	uint64_t pa = mem_pages_alloc(t.mem, 64, MEM_PAGE, 0, 0, UINT64_MAX);
	struct buf f;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		mem_device_store(t.mem, pa + i * MEM_PAGE, old, sizeof old);
	mem_pages_free(t.mem, pa, 64);
	buf_make(&f, 4096);
	assert_true(bus_of(&f, 0) >= pa && bus_of(&f, 0) < pa + 64 * MEM_PAGE);
	assert_int_equal(device_byte(&f, 0), 0);
	assert_int_equal(device_byte(&f, 1), 0);
}

static void
past_the_end_nothing_is_copied(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	buf_map(&f, 4, 8192, 0);
	assert_int_equal(buf_load(&f, 0, 100), 0);
	cpu_fill(&f, 0, 200, 0x11);
	sync(&f, 50, 100, SYNC_PREWRITE);
	rules_are("dma-sync-past-end ");
	assert_int_equal(device_byte(&f, 49), 0);
	assert_int_equal(device_byte(&f, 99), 0x11);
	mem_device_load(t.mem, bus_of(&f, 99) + 1, &t.fail, 1);
	assert_int_equal(t.fail, 0);
	sync(&f, 10, UINT64_MAX - 5, SYNC_PREWRITE);	/* wraps round */
	rules_are("dma-sync-past-end ");
	assert_int_equal(device_byte(&f, 10), 0x11);
	assert_int_equal(device_byte(&f, 9), 0);
}

/* Where the cache is not snooped: whole lines, in an exact switch. */
static void
a_cache_is_cleaned_and_invalidated_by_lines(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 128, 0x11);
	assert_int_equal(device_byte(&f, 0), 0);
	sync(&f, 10, 1, SYNC_PREWRITE);
	assert_int_equal(device_byte(&f, 0), 0x11);	/* neighbours too */
	assert_int_equal(device_byte(&f, 63), 0x11);
	assert_int_equal(device_byte(&f, 64), 0);
	sync(&f, 0, 128, SYNC_PREREAD);			/* cleans as well */
	assert_int_equal(device_byte(&f, 64), 0x11);
	device_fill(&f, 0, 64, 0x22);
	assert_int_equal(cpu_byte(&f, 0), 0x11);	/* filled before */
	sync(&f, 0, 64, SYNC_POSTWRITE);		/* a barrier at most */
	assert_int_equal(cpu_byte(&f, 0), 0x11);
	sync(&f, 0, 64, SYNC_POSTREAD);
	assert_int_equal(cpu_byte(&f, 0), 0x22);
	rules_are("");
}

static void
a_mixed_sync_does_nothing_in_an_exact_switch(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	cpu_fill(&f, 0, 64, 0x11);
	sync(&f, 0, 64, SYNC_PREWRITE | SYNC_POSTREAD);
	rules_are("dma-sync-mixed ");
	assert_int_equal(device_byte(&f, 0), 0);
	sync(&f, 0, 64, SYNC_PREWRITE | SYNC_PREREAD);
	assert_int_equal(device_byte(&f, 0), 0x11);
}

static void
past_the_end_panics_without_coherence(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	sync(&f, 4000, 97, SYNC_PREWRITE);
	rules_are("dma-sync-past-end! ");
}

/* --- the whole table --- */

/*
 * What can be seen of a sync of two lines: of A, which the CPU stored 0x11 to,
 * and of B, which the CPU has looked at and the device then stored 0x22 to.
 * Each was 0 before.
 */
struct seen {
	char letter;
	uint8_t cpu_a, device_a, cpu_b, device_b;
};

static const struct seen seen[] = {
	{ '=', 0x11, 0x11, 0x22, 0x22 },	/* there is one memory */
	{ '.', 0x11, 0x00, 0x00, 0x22 },	/* nothing is done */
	{ 'i', 0x00, 0x00, 0x22, 0x22 },	/* copied in */
	{ 'o', 0x11, 0x11, 0x00, 0x00 },	/* copied out */
	{ 'x', 0x00, 0x00, 0x22, 0x22 },	/* in, and then out again */
	{ 'c', 0x11, 0x11, 0x00, 0x22 },	/* written back */
	{ 'v', 0x00, 0x00, 0x22, 0x22 },	/* invalidated, A thrown away */
	{ 'w', 0x11, 0x11, 0x22, 0x22 },	/* written back, invalidated */
};

/*
 * Operation by operation, as numbers 0 to 15 of POSTREAD 1, POSTWRITE 2,
 * PREREAD 4, PREWRITE 8: what is seen, and where there is a barrier.  Written
 * down from the kernels and the manual, not from sync_model.c.
 */
static const struct row {
	const char *name;
	enum sync_arch arch;
	int bounce, cached;
	const char *effect, *barrier;
} rows[] = {
	{ "amd64", SYNC_AMD64, 0, 0,
	  "================", "................" },
	{ "amd64, bounce", SYNC_AMD64, 1, 0,
	  ".i.i.i.ioxoxoxox", "................" },
	{ "arm64, coherent", SYNC_ARM64, 0, 0,
	  "================", "bbbbbbbbbbbbbbbb" },
	{ "arm64, not coherent", SYNC_ARM64, 0, 1,
	  ".v.vw...c...w...", ".b.b............" },
	{ "riscv64", SYNC_RISCV64, 0, 0,
	  "================", "bbbbbbbbbbbbbbbb" },
	{ "riscv64, not coherent", SYNC_RISCV64, 0, 1,
	  ".v.vw...c...w...", ".b.b............" },
	{ "contract, coherent", SYNC_CONTRACT, 0, 0,
	  "================", "bbbbbbbbbbbbbbbb" },
	{ "contract", SYNC_CONTRACT, 0, 1,
	  ".v.vwwwwcwcwwwww", "bbbbbbbbbbbbbbbb" },
	{ "contract, bounce", SYNC_CONTRACT, 1, 0,
	  ".i.i.i.ioxoxoxox", "bbbbbbbbbbbbbbbb" },
};

static void
check_row(const struct row *r, uint32_t ops)
{
	const int pre = (ops & 0xc) != 0, post = (ops & 0x3) != 0;
	const struct seen *w = seen;
	struct sync_effect e = r->cached ? sync_effect_uncached(r->arch, ops) :
	    sync_effect_of(r->arch, r->bounce, ops);
	struct buf f;

	while (w->letter != r->effect[ops])
		w++;
	begin(r->arch, r->bounce, r->cached ? LINE : 0);
	buf_make(&f, 4096);
	cpu_fill(&f, 0, LINE, 0x11);
	(void)cpu_byte(&f, LINE);
	device_fill(&f, LINE, LINE, 0x22);
	sync(&f, 0, 2 * LINE, ops);
	if (device_byte(&f, 5) != w->device_a || cpu_byte(&f, 5) != w->cpu_a ||
	    cpu_byte(&f, LINE + 5) != w->cpu_b ||
	    device_byte(&f, LINE + 5) != w->device_b ||
	    e.barrier != (r->barrier[ops] == 'b'))
		fail_msg("%s, operations 0x%x", r->name, ops);
	rules_are(ops == 0 ? "dma-sync-operation " : pre && post ?
	    "dma-sync-mixed " : "");
	(void)tear_down(NULL);
}

static void
the_whole_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint32_t ops = 0; ops < 16; ops++)
			check_row(&rows[i], ops);
}

/* S11: where it was loaded, and only where that matters is it fatal. */
static void
unmapped_memory_is_told(const char *of_prewrite, const char *of_postwrite)
{
	struct buf f;
	uint64_t other;

	buf_make(&f, 4096);
	bus_dma_mem_unmap(t.b, f.va, 4096);
	sync(&f, 0, 64, SYNC_PREWRITE);
	rules_are(of_prewrite);
	sync(&f, 0, 64, SYNC_POSTWRITE);
	rules_are(of_postwrite);
	/* Another mapping is not this load's. */
	assert_int_equal(bus_dma_mem_map(t.b, f.seg, 1, 4096, 0, &other), 0);
	assert_int_not_equal(other, f.va);
	sync(&f, 0, 64, SYNC_PREWRITE);
	rules_are(of_prewrite);
	sync(&f, 64, 0, SYNC_PREWRITE);
	bus_dma_map_unload(t.b, f.map);
	rules_are("");
	/* Loaded raw, any mapping does. */
	assert_int_equal(bus_dma_map_load_raw(t.b, f.map, f.seg, 1, 4096, 0,
	    f.dm, &f.ndm), 0);
	sync(&f, 0, 64, SYNC_PREWRITE);
	rules_are("");
	bus_dma_mem_unmap(t.b, other, 4096);
	sync(&f, 0, 64, SYNC_POSTWRITE);
	rules_are("dma-sync-unmapped ");
}

static void
memory_is_mapped_while_it_is_synced(void **state)
{
	(void)state;
	unmapped_memory_is_told("dma-sync-unmapped ", "dma-sync-unmapped ");
}

static void
a_bounce_copies_from_where_it_was_mapped(void **state)
{
	(void)state;
	unmapped_memory_is_told("dma-sync-unmapped! ", "dma-sync-unmapped ");
}

static void
a_cache_is_cleaned_where_it_was_mapped(void **state)
{
	(void)state;
	unmapped_memory_is_told("dma-sync-unmapped! ", "dma-sync-unmapped ");
}

static void
hints_of_a_load_hold_for_its_syncs(void **state)
{
	static const struct {
		uint32_t flags, ops;
		const char *rules;
	} cases[] = {
		{ 0, SYNC_PREREAD | SYNC_PREWRITE, "" },
		{ 0x0300, SYNC_PREREAD | SYNC_PREWRITE, "" },
		{ 0x0100, SYNC_PREREAD, "" },
		{ 0x0100, SYNC_POSTREAD, "" },
		{ 0x0100, SYNC_PREWRITE, "dma-direction " },
		{ 0x0100, SYNC_POSTREAD | SYNC_POSTWRITE, "dma-direction " },
		{ 0x0200, SYNC_PREWRITE, "" },
		{ 0x0200, SYNC_POSTWRITE, "" },
		{ 0x0200, SYNC_PREREAD, "dma-direction " },
		{ 0x0200, SYNC_POSTREAD, "dma-direction " },
	};
	struct buf f;

	(void)state;
	buf_alloc(&f, 4096);
	buf_map(&f, 1, 4096, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(bus_dma_map_load(t.b, f.map, f.va, 4096,
		    cases[i].flags, 0, f.dm, &f.ndm), 0);
		sync(&f, 0, 64, cases[i].ops);
		rules_are(cases[i].rules);
		bus_dma_map_unload(t.b, f.map);
	}
}

/* --- shadow --- */

static void
a_sync_is_noted_byte_by_byte(void **state)
{
	struct buf f;
	uint64_t pa;

	(void)state;
	buf_make(&f, 8192);
	pa = f.seg[0].addr;
	cpu_fill(&f, 4000, 200, 1);
	sync(&f, 4050, 100, SYNC_PREWRITE);
	for (unsigned i = 4000; i < 4200; i++)
		assert_int_equal(mem_shadow_any(t.mem, pa + i, 1,
		    MEM_UNWRITTEN), i < 4050 || i >= 4150);
	assert_true(mem_shadow_any(t.mem, pa + 4100, 1, MEM_UNREAD));
	sync(&f, 4050, 100, SYNC_PREREAD);
	assert_false(mem_shadow_any(t.mem, pa + 4050, 100, MEM_UNREAD));
	assert_true(mem_shadow_any(t.mem, pa + 4049, 1, MEM_UNREAD));
	mem_shadow_set(t.mem, pa, 64, MEM_DEVICE | MEM_RACY, 0);
	sync(&f, 0, 32, SYNC_POSTREAD);
	assert_false(mem_shadow_any(t.mem, pa, 32, MEM_DEVICE | MEM_RACY));
	assert_true(mem_shadow_any(t.mem, pa + 32, 1, MEM_DEVICE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    memory_beyond_the_limit_bounces, set_up_limit, tear_down),
		TEST(without_bounce_both_see_the_same),
		BOUNCE(a_bounce_copies_exactly_its_bytes),
		BOUNCE(a_bounce_copies_for_its_operations_only),
		BOUNCE(what_a_bounce_page_holds_at_a_load_is_nothing),
		BOUNCE(bounce_pages_are_zeroed_when_a_map_is_created),
		BOUNCE(past_the_end_nothing_is_copied),
		CACHED(a_cache_is_cleaned_and_invalidated_by_lines),
		CACHED(a_mixed_sync_does_nothing_in_an_exact_switch),
		CACHED(past_the_end_panics_without_coherence),
		cmocka_unit_test(the_whole_table),
		TEST(memory_is_mapped_while_it_is_synced),
		BOUNCE(a_bounce_copies_from_where_it_was_mapped),
		CACHED(a_cache_is_cleaned_where_it_was_mapped),
		TEST(hints_of_a_load_hold_for_its_syncs),
		TEST(a_sync_is_noted_byte_by_byte),
	};

	return cmocka_run_group_tests_name("bus_dma_sync", tests, NULL, NULL);
}

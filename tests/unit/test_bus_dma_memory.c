/*
 * test_bus_dma_memory.c: memory of bus_dma(9) below the door: allocated,
 * mapped, given to clients, freed, and the rules of these calls.
 */
#include "bus_dma_rig.h"

#include "bus_dma_var.h"

static int
alloc_range(uint64_t size, uint64_t alignment, uint64_t boundary, uint64_t low,
    uint64_t high, uint32_t nsegs_max, struct bus_segment *segs, uint32_t *n)
{
	return bus_dma_mem_alloc(t.b, size, alignment, boundary, low, high,
	    nsegs_max, 0, segs, n);
}

static int
alloc(uint64_t size, uint32_t nsegs_max, struct bus_segment *segs, uint32_t *n)
{
	return alloc_range(size, 0, 0, 0, UINT64_MAX, nsegs_max, segs, n);
}

/* What BUS_DMA_ZERO zeroes is dirty at birth, and once only. */
static void
zeroed_memory_is_stored_to(void **state)
{
	struct bus_segment seg;
	uint64_t va, other;
	uint32_t n;

	(void)state;
	assert_int_equal(bus_dma_mem_alloc(t.b, 4096, 0, 0, 0, UINT64_MAX, 1,
	    0x0800, &seg, &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &va), 0);
	assert_true(mem_shadow_any(t.mem, seg.addr + 4095, 1, MEM_UNWRITTEN));
	assert_int_equal(mem_last_writer(t.mem, seg.addr).pc, MEM_PC_ZEROED);
	mem_shadow_set(t.mem, seg.addr, 4096, 0, 0xff);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &other), 0);
	assert_false(mem_shadow_any(t.mem, seg.addr, 4096, MEM_UNWRITTEN));
}

static void
alloc_checks_its_arguments(void **state)
{
	struct bus_segment seg;
	uint32_t n = 5;

	(void)state;
	assert_int_equal(alloc(0, 1, &seg, &n), 22);
	assert_int_equal(alloc(1, 0, &seg, &n), 22);
	assert_int_equal(alloc_range(1, 12288, 0, 0, UINT64_MAX, 1, &seg, &n),
	    22);
	assert_int_equal(alloc_range(1, 0, 12288, 0, UINT64_MAX, 1, &seg, &n),
	    22);
	assert_int_equal(n, 0);
	rules_are("dma-alloc-arguments! dma-alloc-arguments! "
	    "dma-alloc-arguments! dma-alloc-arguments! ");
	/* A boundary that the allocation itself would cross. */
	assert_int_equal(alloc_range(8193, 0, 8192, 0, UINT64_MAX, 1, &seg,
	    &n), 22);
	rules_are("dma-alloc-arguments! ");
	assert_int_equal(alloc_range(8192, 0, 8192, 0, UINT64_MAX, 1, &seg,
	    &n), 0);
	rules_are("");
}

/* low and high of bus_dmamem_alloc_range(9), both inclusive. */
static void
a_range_is_kept(void **state)
{
	struct bus_segment seg, other;
	uint32_t n;

	(void)state;
	assert_int_equal(alloc_range(100, 65536, 65536, RAM_BASE + 0x10000,
	    RAM_BASE + 0x10fff, 1, &seg, &n), 0);
	assert_int_equal(seg.addr, RAM_BASE + 0x10000);
	assert_int_equal(seg.len, MEM_PAGE);
	assert_int_equal(alloc_range(100, 65536, 65536, RAM_BASE + 0x10000,
	    RAM_BASE + 0x10fff, 1, &other, &n), BUS_DMA_ENOMEM);
	assert_int_equal(n, 0);
	rules_are("");
}

/* One segment while there is room for one; more when there is not. */
static void
segments_are_several_where_memory_is_in_pieces(void **state)
{
	struct bus_segment hole[3], seg, segs[4];
	uint32_t n;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(alloc_range(4096, 0, 0, RAM_BASE,
		    RAM_BASE + 0x4fff, 1, &hole[i], &n), 0);
	/* Pages 0 and 2 are free, and 3 and 4. */
	bus_dma_mem_free(t.b, &hole[0], 1);
	bus_dma_mem_free(t.b, &hole[2], 1);
	assert_int_equal(alloc_range(8192, 0, 0, RAM_BASE, RAM_BASE + 0x4fff,
	    4, segs, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(alloc_range(8192, 0, 0, RAM_BASE, RAM_BASE + 0x4fff,
	    1, &seg, &n), BUS_DMA_ENOMEM);
	assert_int_equal(alloc_range(8192, 0, 0, RAM_BASE, RAM_BASE + 0x4fff,
	    2, segs + 1, &n), 0);
	assert_int_equal(n, 2);
	assert_true(segs[1].addr + segs[1].len != segs[2].addr);
	assert_int_equal(segs[1].len + segs[2].len, 8192);
	/* What did not fit has been given back. */
	bus_dma_mem_free(t.b, segs, 1);
	assert_int_equal(alloc_range(12288, 0, 0, RAM_BASE, RAM_BASE + 0x4fff,
	    2, &seg, &n), BUS_DMA_ENOMEM);
	assert_int_equal(alloc_range(8192, 0, 0, RAM_BASE, RAM_BASE + 0x4fff,
	    1, &seg, &n), 0);
	rules_are("");
}

/* M8: where only the manual holds, all the segments that are allowed. */
static void
contract_gives_as_many_segments_as_it_may(void **state)
{
	struct bus_segment segs[3];
	uint64_t va, pa;
	uint32_t n;

	(void)state;
	assert_int_equal(alloc(5 * 4096, 3, segs, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(segs[0].len + segs[1].len + segs[2].len, 5 * 4096);
	for (unsigned i = 0; i < 2; i++)
		assert_true(segs[i].addr + segs[i].len != segs[i + 1].addr);
	assert_int_equal(bus_dma_mem_map(t.b, segs, n, 5 * 4096, 0, &va), 0);
	/* One mapping over all of them, in order. */
	pa = mem_va_to_pa(t.mem, va + segs[0].len);
	assert_int_equal(pa, segs[1].addr);
	assert_int_equal(mem_va_to_pa(t.mem, va + 5 * 4096 - 1),
	    segs[2].addr + segs[2].len - 1);
	assert_int_equal(bus_dma_mem_mmap(t.b, segs, n, segs[0].len),
	    segs[1].addr);
	bus_dma_mem_unmap(t.b, va, 5 * 4096);
	bus_dma_mem_free(t.b, segs, n);
	assert_null(bus_dma_memory_at(t.b, 0));
	assert_null(bus_dma_mapping_at(t.b, 0));
	assert_int_equal(alloc(5 * 4096, 1, segs, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(alloc(100, 3, segs, &n), 0);
	assert_int_equal(n, 1);			/* there is one page */
	rules_are("");
}

/* What was taken to keep segments apart has been given back. */
static void
between_segments_there_is_memory_for_others(void **state)
{
	const uint64_t low = RAM_BASE + 0x100000, high = low + 0x4fff;
	struct bus_segment segs[3];
	uint32_t n;

	(void)state;
	assert_int_equal(alloc_range(3 * 4096, 0, 0, low, high, 3, segs, &n),
	    0);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(alloc_range(4096, 0, 0, low, high, 1, segs,
		    &n), 0);
	assert_int_equal(alloc_range(4096, 0, 0, low, high, 1, segs, &n),
	    BUS_DMA_ENOMEM);
}

static void
memory_is_freed_as_it_was_given(void **state)
{
	struct bus_segment half, never = { RAM_BASE + 0x100000, 4096 };
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	bus_dma_mem_unmap(t.b, f.va, 8192);
	half = f.seg[0];
	half.addr += 4096;
	bus_dma_mem_free(t.b, &half, 1);
	bus_dma_mem_free(t.b, &never, 1);
	rules_are("dma-free-unknown! dma-free-unknown! ");
	half = f.seg[0];
	half.len = 4096;
	bus_dma_mem_free(t.b, &half, 1);	/* all of it goes */
	rules_are("dma-free-size! ");
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-twice! ");
	buf_alloc(&f, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-mapped! ");
	bus_dma_mem_unmap(t.b, f.va, 4096);
	rules_are("");
}

static void
segments_are_freed_together(void **state)
{
	struct bus_segment segs[2];
	uint32_t n;

	(void)state;
	assert_int_equal(alloc(8192, 2, segs, &n), 0);
	assert_int_equal(n, 2);
	bus_dma_mem_free(t.b, segs, 2);
	rules_are("");
	assert_int_equal(alloc(8192, 2, segs, &n), 0);
	bus_dma_mem_free(t.b, segs, 1);
	rules_are("dma-free-size ");
	assert_non_null(bus_dma_memory_at(t.b, 0));
}

static void
memory_is_not_freed_while_it_is_loaded(void **state)
{
	struct buf f;

	(void)state;
	buf_make(&f, 4096);
	bus_dma_mem_unmap(t.b, f.va, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-loaded ");
	bus_dma_map_unload(t.b, f.map);
	buf_make(&f, 4096);
	bus_dma_mem_unmap(t.b, f.va, 4096);
	mem_shadow_set(t.mem, f.seg[0].addr + 100, 1, MEM_POSTED_R, 0);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-loaded! ");
	bus_dma_map_unload(t.b, f.map);
	buf_make(&f, 4096);
	bus_dma_map_unload(t.b, f.map);
	bus_dma_mem_unmap(t.b, f.va, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("");
	buf_alloc(&f, 8192);			/* its last byte */
	buf_map(&f, 1, 8192, 0);
	assert_int_equal(buf_load(&f, 8191, 1), 0);
	bus_dma_mem_unmap(t.b, f.va, 8192);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-loaded ");
}

/* free(9): any byte of it that is loaded. */
static void
heap_memory_is_not_freed_while_it_is_loaded(void **state)
{
	uint64_t va = mem_heap_alloc(t.mem, 10000), id;
	struct bus_segment segs[4];
	uint32_t n;

	(void)state;
	assert_int_equal(bus_dma_map_create(t.b, 4096, 4, 4096, 0, 0, &id), 0);
	assert_int_equal(bus_dma_map_load(t.b, id, va + 9000, 10, 0, 0, segs,
	    &n), 0);
	bus_dma_heap_free(t.b, va, 9000, "free(9)");
	bus_dma_heap_free(t.b, va + 9010, 990, "free(9)");
	rules_are("");
	bus_dma_heap_free(t.b, va, 10000, "free(9)");
	rules_are("dma-free-loaded ");
	bus_dma_map_unload(t.b, id);
	bus_dma_heap_free(t.b, va, 10000, "free(9)");
	rules_are("");
}

static void
memory_is_mapped_whole(void **state)
{
	struct bus_segment segs[3];
	uint64_t va;
	uint32_t n;

	(void)state;
	assert_int_equal(alloc(5000, 1, segs, &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 4097, 0, &va), 0);
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 8192, 0, &va), 0);
	rules_are("");
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 4096, 0, &va), 0);
	rules_are("dma-mem-map-size! ");
	assert_int_equal(mem_va_to_pa(t.mem, va + 4096), MEM_NOWHERE);
	bus_dma_mem_unmap(t.b, va, 4096);
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 8193, 0, &va), 0);
	rules_are("dma-mem-map-size ");
	assert_int_equal(mem_va_to_pa(t.mem, va + 8192), MEM_NOWHERE);
	bus_dma_mem_unmap(t.b, va, 8193);
	rules_are("");
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 0, 0, &va),
	    BUS_DMA_EINVAL);
	rules_are("dma-mem-map-size! ");
}

/* amd64 takes the direct map's address for one segment, and looks no more. */
static void
amd64_counts_the_size_of_several_segments_only(void **state)
{
	struct bus_segment segs[2];
	uint64_t va;
	uint32_t n;

	(void)state;
	assert_int_equal(alloc(8192, 1, &segs[0], &n), 0);
	assert_int_equal(alloc(8192, 1, &segs[1], &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, segs, 1, 4096, 0, &va), 0);
	rules_are("dma-mem-map-size ");
	assert_int_equal(bus_dma_mem_map(t.b, segs, 2, 4096, 0, &va), 0);
	rules_are("dma-mem-map-size! ");
}

static void
mappings_are_unmapped_as_they_were_made(void **state)
{
	struct buf f;
	uint64_t second;

	(void)state;
	buf_alloc(&f, 8192);
	bus_dma_mem_unmap(t.b, f.va + 4096, 4096);
	rules_are("dma-unmap-unknown! ");
	/* Memory may have two mappings, which go one by one. */
	assert_int_equal(bus_dma_mem_map(t.b, f.seg, 1, 8192, 0x0004, &second),
	    0);
	assert_int_equal(bus_dma_memory_at(t.b, 0)->mappings, 2);
	assert_int_equal(bus_dma_memory_at(t.b, 0)->map_flags, 0x0004);
	bus_dma_mem_unmap(t.b, f.va, 8192);
	assert_int_equal(bus_dma_memory_at(t.b, 0)->mappings, 1);
	assert_int_equal(mem_va_to_pa(t.mem, f.va), MEM_NOWHERE);
	assert_int_equal(mem_va_to_pa(t.mem, second), f.seg[0].addr);
	rules_are("");
	bus_dma_mem_unmap(t.b, second, 4096);	/* all of it goes */
	rules_are("dma-unmap-size! ");
	assert_int_equal(mem_va_to_pa(t.mem, second + 4096), MEM_NOWHERE);
	bus_dma_mem_unmap(t.b, second, 8192);
	rules_are("dma-unmap-unknown! ");
	bus_dma_mem_free(t.b, f.seg, 1);
	assert_int_equal(bus_dma_mem_map(t.b, f.seg, 1, 8192, 0, &second),
	    BUS_DMA_EINVAL);
	rules_are("dma-mem-map-unknown! ");
}

/* A mapping that outlives its memory takes nothing from what comes there. */
static void
a_late_unmap_is_not_the_new_memorys(void **state)
{
	struct buf f, g;

	(void)state;
	buf_alloc(&f, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-mapped! ");
	buf_alloc(&g, 4096);
	assert_int_equal(g.seg[0].addr, f.seg[0].addr);
	bus_dma_mem_unmap(t.b, f.va, 4096);
	assert_int_equal(bus_dma_memory_at(t.b, 0)->mappings, 1);
	rules_are("");
}

static void
a_client_gets_pages_that_are_allocated(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 4096), f.seg[0].addr +
	    4096);
	/* Past the end there is no page, and that is all. */
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 8192), UINT64_MAX);
	rules_are("");
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 4100), f.seg[0].addr +
	    4096);
	rules_are("dma-mmap-offset! ");
	bus_dma_mem_unmap(t.b, f.va, 8192);
	bus_dma_mem_free(t.b, f.seg, 1);
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 0), UINT64_MAX);
	rules_are("dma-mmap-unknown! ");
}

static void
memory_is_found_by_either_address(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	assert_int_equal(bus_dma_mapping_by_va(t.b, f.va + 8191)->va, f.va);
	assert_null(bus_dma_mapping_by_va(t.b, f.va + 8192));
	assert_non_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr - 1));
	bus_dma_mem_unmap(t.b, f.va, 8192);
	assert_null(bus_dma_mapping_by_va(t.b, f.va));
	bus_dma_mem_free(t.b, f.seg, 1);
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
}

static unsigned
flags_of_a_mapping(uint32_t flags)
{
	struct bus_segment seg;
	uint32_t n;
	uint64_t va;

	assert_int_equal(bus_dma_mem_alloc(t.b, 4096, 0, 0, 0, UINT64_MAX, 1, 0,
	    &seg, &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, flags, &va), 0);
	return mem_va_flags(t.mem, va) & MEM_VA_UNCACHED;
}

/* Rule T1: a hint, of which a machine makes something or nothing. */
static void
coherent_is_a_hint(void **state)
{
	static const struct {
		enum sync_arch arch;
		unsigned line, taken;
	} machines[] = { { SYNC_ARM64, 64, 1 }, { SYNC_RISCV64, 64, 1 },
	    { SYNC_CONTRACT, 64, 0 }, { SYNC_ARM64, 0, 0 },
	    { SYNC_AMD64, 0, 0 } };

	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		(void)tear_down(state);
		begin(machines[i].arch, 0, machines[i].line);
		assert_int_equal(flags_of_a_mapping(0), 0);
		assert_int_equal(flags_of_a_mapping(BUS_DMA_FLAG_NOCACHE),
		    MEM_VA_UNCACHED);
		assert_int_equal(flags_of_a_mapping(BUS_DMA_FLAG_COHERENT),
		    machines[i].taken ? MEM_VA_UNCACHED : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(zeroed_memory_is_stored_to),
		TEST(alloc_checks_its_arguments),
		TEST(a_range_is_kept),
		TEST(segments_are_several_where_memory_is_in_pieces),
		CONTRACT(contract_gives_as_many_segments_as_it_may),
		CONTRACT(between_segments_there_is_memory_for_others),
		TEST(memory_is_freed_as_it_was_given),
		CONTRACT(segments_are_freed_together),
		TEST(memory_is_not_freed_while_it_is_loaded),
		TEST(heap_memory_is_not_freed_while_it_is_loaded),
		TEST(memory_is_mapped_whole),
		IOMMU(amd64_counts_the_size_of_several_segments_only),
		TEST(mappings_are_unmapped_as_they_were_made),
		TEST(a_late_unmap_is_not_the_new_memorys),
		TEST(a_client_gets_pages_that_are_allocated),
		TEST(memory_is_found_by_either_address),
		TEST(coherent_is_a_hint),
	};

	return cmocka_run_group_tests_name("bus_dma_memory", tests, NULL,
	    NULL);
}
